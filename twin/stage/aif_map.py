"""Which `aif` value is which of our parameters. The only place that says so."""

from dataclasses import dataclass
from types import MappingProxyType

Points = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value of ours as the asset's author wrote it; whoever takes it converts.

    Attributes:
        value: Number, or the points of a curve.
        unit: Unit as the vocabulary states it, one per column of a curve.
        source_attribute: USD name it was read from.
        note: How it differs from what we mean by the parameter, "" for not at all.
        port: Path of the port prim that carries it, "" for the asset itself.
    """

    value: float | Points
    unit: str
    source_attribute: str
    note: str = ""
    port: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that the asset gives and that cannot be used.

    Attributes:
        attribute: USD name of an attribute, or of a port property.
        reason: Why, in words.
    """

    attribute: str
    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter that the asset does not give.

    Attributes:
        param: Our parameter name.
        reason: Why, in words.
        refused: Values that would give it, were their unit stated or their text understood.
    """

    param: str
    reason: str
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One place a parameter can come from.

    Attributes:
        attribute: USD name of an `aif` attribute or, with `port`, of a connection point property.
        columns: Columns to keep of a curve, in order.
        sampled: Whether the text is an equation to be sampled.
        port: Domain, direction and system of the ports that must agree on the value.
        note: How it differs from what we mean by the parameter.
    """

    attribute: str
    columns: tuple[int, ...] = ()
    sampled: bool = False
    port: tuple[str, str, str] | None = None
    note: str = ""


def _spec(name: str, note: str = "", columns: tuple[int, ...] = (), *, sampled: bool = False) -> Source:
    return Source(f"aif:spec:{name}", columns=columns, sampled=sampled, note=note)


def _port(domain: str, direction: str, system: str, name: str, note: str = "") -> Source:
    return Source(f"simready:connectionPoint:{domain}:{name}", port=(domain, direction, system), note=note)


def _feed(direction: str, name: str) -> Source:
    return _port("electrical", direction, "power", name)


_MASS = Source("aif:core:weight", note="empty or filled is not said")

# Kind → parameter → sources, best first. A kind's other parameters have no name in the vocabulary.
AIF_MAP = MappingProxyType(
    {
        "rack": {
            "it_power_w": (
                _spec("maxPowerDcTdp", "DC side: losses of the power shelves come on top"),
                _spec("namePlatePower", "nameplate, not thermal design power"),
            ),
            "edpp_power_w": (
                _spec("maxPowerAcEdpp1"),
                _spec("maxPowerDcEdpp2", "DC side"),
                _spec("maxPowerDcEdpp1", "DC side"),
            ),
            "heat_capture_ratio": (_spec("heatCaptureRatio"),),
            "required_flow_m3_s": (_spec("requiredLiquidFlowRate", columns=(0, 2)),),
            "pressure_curve_pa": (_spec("liquidSidePqCurve", sampled=True),),
            "airflow_m3_s": (
                _port("airflow", "input", "equipment_cooling", "designAirflowRate", "density not stated"),
            ),
            "power_factor_ratio": (_feed("input", "powerFactor"),),
            "pressure_max_pag": (_port("thermal", "supply", "TCS", "maxPressure"),),
            "mass_kg": (_MASS,),
        },
        "cdu": {
            "capacity_w": (_spec("nominalCoolingCapacity"),),
            "reference_tcs_flow_m3_s": (
                _spec("referenceTechnologyCoolantFlowRate"),
                _spec("nominalFlow", "of the rating is not said"),
            ),
            "reference_fws_flow_m3_s": (
                _port("thermal", "supply", "FWS", "designFlowRate", "of the rating is not said"),
            ),
            "tcs_flow_max_m3_s": (_spec("maximumFlow"),),
            "pump_curve_pa": (_spec("pumpFlowCurve", columns=(0, 1)),),
            "pump_power_w": (_spec("maximumPowerConsumption2XPumps"),),
            "nameplate_power_w": (_spec("powerRating"),),
            "pump_count": (_spec("numberOfPumps", "duty or standby is not said"),),
            "power_factor_ratio": (_spec("powerFactor"), _feed("input", "powerFactor")),
            "mass_kg": (_MASS,),
        },
        "crah": {
            "capacity_w": (
                _spec("sensibleCapacity"),
                _spec("nominalCoolingCapacity", "sensible or total is not said"),
            ),
            "water_flow_m3_s": (_spec("flowRate"),),
            "airflow_m3_s": (
                _spec("returnAirVolume"),
                _spec("nominalAirVolume", "actual or standard flow is not stated"),
            ),
            "fan_power_w": (
                _spec("fanMotorPowerMax", "rating of the motors"),
                _spec("maximumHp", "shaft power"),
            ),
            "external_drop_pa": (_spec("externalStaticUnitPressure"),),
            "power_factor_ratio": (_feed("input", "powerFactor"),),
            "mass_kg": (_MASS,),
        },
        "ups": {
            "rated_power_w": (_spec("outputActivePower"), _spec("upsRating", "kW or kVA")),
            "power_factor_ratio": (_spec("inputPowerFactor"), _feed("input", "powerFactor")),
            "output_voltage_v": (_spec("outputVoltage"), _feed("output", "nominalVoltage")),
            "mass_kg": (_MASS,),
        },
    }
)

_GEOMETRY = "the size of a part is that of its geometry"

# `aif` quantities without a parameter of ours, and why there is none.
UNMAPPED = MappingProxyType(
    {
        "aif:core:width": _GEOMETRY,
        "aif:core:depth": _GEOMETRY,
        "aif:core:height": _GEOMETRY,
        "aif:spec:liquidCooling": "heat_capture_ratio of the power is what the model splits heat by",
        "aif:spec:airCooling": "heat_capture_ratio of the power is what the model splits heat by",
        "aif:spec:requiredAirFlowRate": "airflow_m3_s is one number; the intake's design airflow gives it",
        "aif:spec:idlePowerDefault30Pct": "the design holds at full load",
        "aif:spec:referenceFacilityCoolantTemperature": "ua_w_k holds at two flows, at any temperature",
        "aif:spec:referenceSecondaryCoolantTemperature": "the set-point is the site's, not the rating's",
        "aif:spec:totalCapacity": "the coil takes sensible heat only",
        "aif:spec:loadPowerFactor": "power_factor_ratio is that of the input",
        "aif:spec:electricalInputVoltage": "the input takes the voltage of what feeds it",
    }
)
