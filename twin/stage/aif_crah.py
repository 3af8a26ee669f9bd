"""`aif:spec:*` of the computer room air handler (31 attributes)."""

from twin.stage.aif_table import ONE, AssetClass, Name

_STATE = "reference state not stated"

# Source: simready-foundation-tier-aif 2026.8.0, capability-metadata.md and config/aif-equipment-crah.json.
_NAMES = (
    Name("faceArea", "float", "m^2"),
    Name("nominalCoolingCapacity", "float", "kW", rule="TC.001"),
    Name("totalCapacity", "float", "kW", basis="sensible and latent"),
    Name("sensibleCapacity", "float", "kW", basis="sensible"),
    Name("flowRate", "float", "gpm", trap="US gallons; L/s on the ports"),
    Name("returnAirVolume", "float", "cfm", basis="actual", trap="a flow, despite its name"),
    Name("fanMotorPowerMax", "float", "kW"),
    Name("unitPressureDrop", "float", "ftH2O", basis="difference", trap="feet of water; kPa or Pa elsewhere"),
    Name("externalStaticUnitPressure", "float", "Pa", basis="difference"),
    Name("electricalPanelAccess", "float", "mm"),
    Name("nominalAirVolume", "float", "cfm", basis=_STATE, trap="a flow, despite its name"),
    Name("maximumHp", "float", "hp", trap="horsepower beside fanMotorPowerMax in kW"),
    Name("numberOfFans", "int", ONE),
    Name("numberOfRows", "int", ONE),
    Name("faceVelocity", "float", "ft/min", trap="feet per minute beside faceArea in m^2"),
    Name("primaryPipeDiameter", "float", None),
    Name("secondaryPipeDiameter", "float", None),
    Name("pipingConnection", "string"),
    Name("primaryControl", "string"),
    Name("powerSupply", "float", None),
    Name("electricalNominalVoltage", "float", "V", basis="line not stated", rule="EL.001"),
    Name("electricalCurrent", "float", None),
    Name("electricalFrequency", "float", "Hz", rule="EL.003"),
    Name("electricalPowerRating", "float", "kW", trap="the class table gives no unit", rule="EL.002"),
    Name("electricalPhase", "int", ONE),
    Name("electricalPanelOptions", "string"),
    Name("humidification", "string"),
    Name("airFilter", "string"),
    Name("coil", "string"),
    Name("highVoltageOptions", "float", trap="what is named in words is typed as a number"),
    Name("monitoring", "string"),
)

CRAH = AssetClass(
    kind="crah",
    label="CRAH",
    tokens=("crah",),
    names=_NAMES,
    voltage="electricalNominalVoltage",
    power="electricalPowerRating",
    frequency="electricalFrequency",
    prefixes=("liq_supply", "liq_return"),
)
