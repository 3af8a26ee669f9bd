"""Connection points: base and domain properties of 0.2.0, names of 0.1.0, tokens, sense of flow."""

from twin.stage.aif_table import ONE, FluidToken, Name, PortName, Sense

_LINE = "line not stated"
_STATE = "reference state not stated"

# Source: simready-foundation-tier-aif 2026.8.0, requirements CP.011 and CP.012.
BASE = (
    Name("domain", "token", rule="CP.011"),
    Name("direction", "token", rule="CP.011"),
    Name("system", "token", rule="CP.011"),
    Name("disconnectType", "token", rule="CP.011"),
    Name("serviceClearance", "float", "m", trap="metres; clearances of aif:core are mm", rule="CP.011"),
)
DOMAIN_ALIAS = "type"  # the old name of `domain`

THERMAL = (
    Name("portDiameter", "float", "m", basis="inside"),
    Name("matingDepth", "float", "m"),
    Name("designFlowRate", "float", "L/s", trap="L/s; m^3/s, L/min and gpm in aif:spec"),
    Name("maxFlowRate", "float", "L/s"),
    Name("designTemperature", "float", "degC", trap="degC; K in aif:spec of a CDU"),
    Name("maxTemperature", "float", "degC"),
    Name("operatingPressure", "float", "Pa g", basis="gauge"),
    Name("maxPressure", "float", "Pa g", basis="gauge"),
    Name("fluidType", "token", trap="kind of glycol and mass or volume share are not said"),
    Name("flangeRating", "token"),
    Name("flangeSize", "token"),
)
ELECTRICAL = (
    Name("matingDepth", "float", "m"),
    Name("nominalVoltage", "float", "V", basis=_LINE, trap="line-to-line or line-to-neutral not said"),
    Name("maxCurrent", "float", "A"),
    Name("phases", "int", ONE),
    Name("frequency", "float", "Hz"),
    Name("connectorType", "token"),
    Name("ratedPower", "float", "W", trap="W; ratings of aif:spec are kW"),
    Name("breakerRating", "float", "A"),
    Name("powerFactor", "float", ONE),
)
NETWORK = (
    Name("portWidth", "float", "m"),
    Name("portHeight", "float", "m"),
    Name("matingDepth", "float", "m"),
    Name("portType", "token"),
    Name("protocol", "token"),
    Name("dataRate", "token", trap="a token, not a number"),
    Name("medium", "token"),
    Name("fabricRole", "token"),
    Name("supportedLineRates", "token[]"),
    Name("supportedConfigurations", "token[]"),
    Name("allowedTransceivers", "token[]"),
    Name("hotPlugCapable", "bool"),
)
AIRFLOW = (
    Name("interfaceWidth", "float", "m"),
    Name("interfaceHeight", "float", "m"),
    Name("freeAreaRatio", "float", ONE),
    Name("designAirflowRate", "float", "m^3/s", basis=_STATE, trap="at which density is not said"),
    Name("maxAirflowRate", "float", "m^3/s", basis=_STATE),
    Name("designTemperature", "float", "degC"),
    Name("maxTemperature", "float", "degC"),
    Name("staticPressure", "float", "Pa", basis="difference"),
    Name("filterType", "token"),
)
DOMAINS = {"thermal": THERMAL, "electrical": ELECTRICAL, "network": NETWORK, "airflow": AIRFLOW}
RESERVED_DOMAINS = ("mechanical", "pneumatic")

DRY_CONTACT = "dry_contact"  # a connectorType: what follows is left out and is not missing
DRY_CONTACT_OMITS = ("phases", "frequency", "powerFactor")

FLUIDS = (
    FluidToken("water", "water"),
    FluidToken("glycol_water_25", "glycol", 0.25),
    FluidToken("glycol_water_30", "glycol", 0.30),
    FluidToken("glycol_water_50", "glycol", 0.50),
    FluidToken("refrigerant_R410A", "refrigerant"),
    FluidToken("refrigerant_R134a", "refrigerant"),
    FluidToken("refrigerant_R454B", "refrigerant"),
    FluidToken("dielectric", "dielectric"),
)
# Example tokens: the sets are open and matching is exact in case.
TOKENS = {
    "domain": tuple(DOMAINS),
    "direction": ("supply", "return", "input", "output", "bidirectional"),
    "system": ("FWS", "TCS", "power", "BMS", "high_speed_data", "mgmt", "equipment_cooling"),
    "disconnectType": (
        "flanged", "quick_disconnect", "hardwired", "RJ45", "OSFP", "blind_mate", "open_vent",
    ),
    "fluidType": tuple(fluid.token for fluid in FLUIDS),
    "connectorType": ("hardwired", "IEC_60309", "NEMA_L21_30", DRY_CONTACT),
    "portType": ("RJ45", "SFP_plus", "QSFP28", "QSFP_DD", "OSFP"),
    "protocol": ("BACnet_IP", "Modbus_TCP", "SNMP", "Ethernet"),
    "dataRate": ("100Mbps", "25GbE", "100GbE", "400GbE", "800GbE"),
    "medium": ("copper", "fiber", "DAC"),
    "fabricRole": ("compute", "storage", "mgmt", "bms"),
    "filterType": ("MERV_8", "none"),
}  # fmt: skip

# Source: CP.004. `liq_supply` is an intake, `liq_return` an outflow; of which loop is not said.
PORT_NAMES = (
    PortName("liq_supply", "thermal", "supply", ""),
    PortName("liq_return", "thermal", "return", ""),
    PortName("fws_supply", "thermal", "supply", "FWS"),
    PortName("fws_return", "thermal", "return", "FWS"),
    PortName("tcs_supply", "thermal", "supply", "TCS"),
    PortName("tcs_return", "thermal", "return", "TCS"),
    PortName("electrical_nominal_voltage", "electrical", "", "power"),
    PortName("airvent_intake", "airflow", "input", "equipment_cooling"),
    PortName("airvent_outflow", "airflow", "output", "equipment_cooling"),
)

# (kind, system, direction) → what the fluid does to the equipment; "" stands for any system of that kind.
# Derived: `direction` is the role in the loop, not in or out of the equipment.
PIPE_SENSE: dict[tuple[str, str, str], Sense] = {
    ("cdu", "FWS", "supply"): "enters",
    ("cdu", "FWS", "return"): "leaves",
    ("cdu", "TCS", "supply"): "leaves",
    ("cdu", "TCS", "return"): "enters",
    ("rack", "", "supply"): "enters",
    ("rack", "", "return"): "leaves",
    ("crah", "", "supply"): "enters",
    ("crah", "", "return"): "leaves",
}
# Power, data and air: `input` and `output` are already seen from the equipment.
OPEN_SENSE: dict[str, Sense] = {"input": "enters", "output": "leaves"}
