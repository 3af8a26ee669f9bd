"""`aif:spec:*` of the uninterruptible power supply (29 attributes; the specification's text says 31)."""

from twin.stage.aif_table import ONE, AssetClass, Name

# Source: simready-foundation-tier-aif 2026.8.0, capability-metadata.md and config/aif-equipment-ups.json.
_NAMES = (
    Name("upsRating", "float", None, basis="kW or kVA", trap="table: kW; EL.002: kW or kVA", rule="EL.002"),
    Name("outputActivePower", "float", "kW", basis="at 104 degF"),
    Name("electricalInputVoltage", "float", "V", basis="line not stated", rule="EL.001"),
    Name("electricalCurrent", "float", None),
    Name("inputCurrentDistortion", "float", None),
    Name("electricalInputFrequency", "float", "Hz", rule="EL.003"),
    Name("electricalInputPhase", "int", ONE),
    Name("inputPowerFactor", "float", ONE),
    Name("electricalPowerWalkIn", "float", "s"),
    Name("batteryType", "string"),
    Name("batteryFloatVoltage", "float", "V", basis="DC"),
    Name("dcRippleVoltage", "float", "%", basis="of nominal DC voltage"),
    Name("nominalBatteryBus", "string"),
    Name("loadPowerFactor", "float", ONE),
    Name("outputVoltage", "float", None, trap="the input voltage has a unit, the output voltage has none"),
    Name("electricalOutputFrequency", "float", "Hz"),
    Name("electricalOutputPhase", "int", ONE),
    Name("outputThdNominalVoltage", "float", "%"),
    Name("outputThdNominalVoltageWithNonLinearLoad", "float", None),
    Name("transientRecoveryLoad", "string"),
    Name("overloadAtNominalVoltage", "float", "%", basis="for 50 ms", trap="one number for a curve"),
    Name("upsEnclosureClass", "string"),
    Name("color", "string"),
    Name("operatingTemperature", "float", "degC", trap="one number for a range; ratings in prose at degF"),
    Name("relativeHumidity", "float", "%"),
    Name("operatingAltitude", "float", None),
    Name("communicationOptions", "float", trap="what is named in words is typed as a number"),
    Name("cardCompatibility", "string"),
    Name("protocolsAvailable", "string"),
)

UPS = AssetClass(
    kind="ups",
    label="UPS",
    tokens=("ups",),
    names=_NAMES,
    voltage="electricalInputVoltage",
    power="upsRating",
    frequency="electricalInputFrequency",
)
