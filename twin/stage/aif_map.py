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
    """

    value: float | Points
    unit: str
    source_attribute: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter that the asset does not give.

    Attributes:
        param: Our parameter name.
        reason: Why, in words.
    """

    param: str
    reason: str


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


def _core(name: str) -> Source:
    return Source(f"aif:core:{name}")


def _feed(direction: str, name: str) -> Source:
    return Source(f"simready:connectionPoint:electrical:{name}", port=("electrical", direction, "power"))


_SIZE = {
    "mass_kg": (_core("weight"),),
    "width_m": (_core("width"),),
    "depth_m": (_core("depth"),),
    "height_m": (_core("height"),),
}

# Kind → parameter → sources, best first.
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
            "liquid_heat_w": (_spec("liquidCooling"),),
            "air_heat_w": (_spec("airCooling"),),
            "heat_capture_ratio": (_spec("heatCaptureRatio"),),
            "required_flow_curve": (_spec("requiredLiquidFlowRate", columns=(0, 2)),),
            "pressure_curve": (_spec("liquidSidePqCurve", sampled=True),),
            "required_airflow_curve": (_spec("requiredAirFlowRate", columns=(0, 1)),),
            "idle_power_w": (_spec("idlePowerDefault30Pct"),),
            **_SIZE,
        },
        "cdu": {
            "capacity_w": (_spec("nominalCoolingCapacity"),),
            "reference_tcs_flow_m3_s": (_spec("referenceTechnologyCoolantFlowRate"),),
            "reference_fws_supply_k": (_spec("referenceFacilityCoolantTemperature"),),
            "reference_tcs_supply_k": (_spec("referenceSecondaryCoolantTemperature"),),
            "pump_curve": (_spec("pumpFlowCurve", columns=(0, 1)),),
            "pump_power_w": (
                _spec("maximumPowerConsumption2XPumps"),
                _spec("powerRating", "rating of the whole unit, its controls included"),
            ),
            "nominal_flow_m3_s": (_spec("nominalFlow"),),
            "max_flow_m3_s": (_spec("maximumFlow"),),
            "pump_count": (_spec("numberOfPumps"),),
        },
        "crah": {
            "capacity_w": (_spec("nominalCoolingCapacity"), _spec("totalCapacity")),
            "water_flow_m3_s": (_spec("flowRate"),),
            "airflow_m3_s": (
                _spec("returnAirVolume"),
                _spec("nominalAirVolume", "actual or standard flow is not stated"),
            ),
            "fan_power_w": (_spec("fanMotorPowerMax"), _spec("maximumHp", "shaft power")),
            "external_static_pa": (_spec("externalStaticUnitPressure"),),
        },
        "ups": {
            "rated_w": (_spec("outputActivePower"), _spec("upsRating", "kW or kVA")),
            "load_power_factor_ratio": (_spec("loadPowerFactor"),),
            "input_voltage_v": (
                _spec("electricalInputVoltage"),
                _feed("input", "nominalVoltage"),
            ),
            "output_voltage_v": (_spec("outputVoltage"), _feed("output", "nominalVoltage")),
        },
    }
)
