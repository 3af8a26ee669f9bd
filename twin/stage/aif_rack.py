"""`aif:spec:*` of the compute rack (18 attributes)."""

from twin.stage.aif_table import ONE, AssetClass, Name

_TRIPLE = "flow written twice, in two units"
_PAIR = "pairs in a three-vector: the third component means nothing"

# Source: simready-foundation-tier-aif 2026.8.0, capability-metadata.md, aif-equipment-compute-rack.json.
_NAMES = (
    Name("namePlatePower", "int", "W", trap="the only power of this class that is not in kW"),
    Name("requiredAirFlowRate", "float3[]", "degC,m^3/s", trap=_PAIR),
    Name("requiredLiquidFlowRate", "float3[]", "degC,L/s,L/min", trap=_TRIPLE),
    Name("heatCaptureRatio", "float", "%", trap="a percentage named a ratio"),
    Name("liquidSidePqCurve", "string", "L/min,kPa", trap="an equation in words"),
    Name("significantInternalStructure", "string"),
    Name("doorsPerforations", "string"),
    Name("numGPUs", "int", ONE),
    Name("maxPowerDcEdpp2", "float", "kW", basis="DC"),
    Name("maxPowerDcEdpp1", "float", "kW", basis="DC"),
    Name("maxPowerDcTdp", "float", "kW", basis="DC"),
    Name("maxPowerAcEdpp1", "float", "kW", basis="AC"),
    Name("idlePowerDefault30Pct", "float", "kW"),
    Name("idlePowerSmoothing90Pct", "float", "kW"),
    Name("rampUpRateDefault", "float", "W/s", basis="per GPU"),
    Name("rampDownRateDefault", "float", "W/s", basis="per GPU"),
    Name("liquidCooling", "float", "kW"),
    Name("airCooling", "float", "kW"),
)

RACK = AssetClass(
    kind="rack",
    label="compute rack",
    tokens=("compute rack", "compute-rack", "compute_rack", "gb300", "gb300 rack", "gb300_rack"),
    names=_NAMES,
)
