"""Heat given to the weather by dry coolers and chillers, and the power that takes."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws._bracket import rising_root
from twin.laws.chiller_curves import coefficients, least_load
from twin.laws.exchange import CROSSFLOW, exchange_rate, off_design_ua

FREEZING_K = 273.15
ONE_K = 1.0
# No curve falls below this, however far it is extrapolated.
LEAST_CURVE_RATIO = 1e-3
# Below this lift compressors draw no less: assumption (rec-M).
LEAST_LIFT_DK = 5.0
# Air film over fluid film conductance 0.5, so the fluid film holds a third of the resistance; exponents of
# flow: lbl-srg/modelica-buildings@c4117ccec1, CoolingTowers/Data/DryCooler and Generic_epsNTU.
FLUID_FILM_FRACTION = 1.0 / 3.0
AIR_FILM_FRACTION = 2.0 / 3.0
FLUID_EXPONENT = 0.85
AIR_EXPONENT = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duty:
    """What a chiller does, shape (chiller, variant).

    Attributes:
        power_w: Electric power of the compressors [W].
        available_w: Heat that it could take at these temperatures [W].
        loading_ratio: Heat taken over heat available [1], 0 to 1.
        saturated: True where more heat is asked for than it can take.
    """

    power_w: Array
    available_w: Array
    loading_ratio: Array
    saturated: Flags


def dry_cooler_rate(
    design_ua_w_k: Array, fluid_w_k: Array, air_w_k: Array, *, fluid_flow_ratio: Array, fan_speed_ratio: Array
) -> Array:
    """Return the heat per kelvin between entering fluid and outdoor air of a dry cooler.

    Args:
        design_ua_w_k: Conductance at the design point [W/K], shape (rejector, variant), > 0.
        fluid_w_k: Capacity rate of the fluid now [W/K], >= 0.
        air_w_k: Capacity rate of the air at full fan speed [W/K], > 0.
        fluid_flow_ratio: Mass flow of the fluid over design [1], >= 0.
        fan_speed_ratio: Fan speed over full speed [1], 0 to 1; airflow follows it.

    Returns:
        Heat per kelvin [W/K], shape (rejector, variant), >= 0, rising with fan speed.

    Source:
        Crossflow unmixed, off-design as lbl-srg/modelica-buildings, CoolingTowers/Data/DryCooler.
    """
    ua = off_design_ua(
        design_ua_w_k,
        fluid_flow_ratio,
        fan_speed_ratio,
        hot_film_fraction=FLUID_FILM_FRACTION,
        cold_film_fraction=AIR_FILM_FRACTION,
        hot_exponent_ratio=FLUID_EXPONENT,
        cold_exponent_ratio=AIR_EXPONENT,
    )
    return exchange_rate(
        ua, fluid_w_k, air_w_k * fan_speed_ratio, design_w_k=air_w_k, arrangement_index=CROSSFLOW
    )


def dry_cooler_leaving(
    entering_k: Array,
    outdoor_k: Array,
    fluid_w_k: Array,
    *,
    air_w_k: Array,
    design_ua_w_k: Array,
    fluid_flow_ratio: Array,
    fan_speed_ratio: Array,
) -> Array:
    """Return the temperature of the fluid that leaves a dry cooler.

    Args:
        entering_k: Entering fluid [K], shape (rejector, variant).
        outdoor_k: Outdoor dry bulb at the inlet of the cooler [K].
        fluid_w_k: Capacity rate of the fluid now [W/K], > 0.
        air_w_k: Capacity rate of the air at full fan speed [W/K], > 0.
        design_ua_w_k: Conductance at the design point [W/K], > 0.
        fluid_flow_ratio: Mass flow of the fluid over design [1], >= 0.
        fan_speed_ratio: Fan speed over full speed [1], 0 to 1.

    Returns:
        Temperature [K], shape (rejector, variant).

    Source:
        First law on ``dry_cooler_rate``.
    """
    rate = dry_cooler_rate(
        design_ua_w_k,
        fluid_w_k,
        air_w_k,
        fluid_flow_ratio=fluid_flow_ratio,
        fan_speed_ratio=fan_speed_ratio,
    )
    share = rate / np.maximum(fluid_w_k, 1e-6 * air_w_k)
    return entering_k - share * (entering_k - outdoor_k)


def dry_cooler_speed(
    entering_k: Array,
    outdoor_k: Array,
    leaving_k: Array,
    *,
    fluid_w_k: Array,
    air_w_k: Array,
    design_ua_w_k: Array,
    fluid_flow_ratio: Array,
) -> tuple[Array, Flags]:
    """Return the fan speed that holds the leaving fluid; the inverse of ``dry_cooler_leaving``.

    Args:
        entering_k: Entering fluid [K], shape (rejector, variant).
        outdoor_k: Outdoor dry bulb at the inlet of the cooler [K].
        leaving_k: Set-point of the leaving fluid [K].
        fluid_w_k: Capacity rate of the fluid now [W/K], > 0.
        air_w_k: Capacity rate of the air at full fan speed [W/K], > 0.
        design_ua_w_k: Conductance at the design point [W/K], > 0.
        fluid_flow_ratio: Mass flow of the fluid over design [1], >= 0.

    Returns:
        Fan speed [1], shape (rejector, variant), 0 to 1, 0 where nothing is to be cooled; and True where full
        speed is not enough.

    Source:
        Root of ``dry_cooler_rate`` in fan speed.
    """
    # Both sides of the heat balance over the capacity rate of the air, so that no difference divides.
    wanted = fluid_w_k / air_w_k * ((entering_k - leaving_k) / ONE_K)
    lift = (entering_k - outdoor_k) / ONE_K

    def excess(speed: Array) -> Array:
        rate = dry_cooler_rate(
            design_ua_w_k, fluid_w_k, air_w_k, fluid_flow_ratio=fluid_flow_ratio, fan_speed_ratio=speed
        )
        return rate / air_w_k * lift - wanted

    still = 0.0 * np.abs(wanted * lift) * fluid_flow_ratio * (design_ua_w_k / air_w_k)
    found = rising_root(excess, still, still + 1.0)
    some = wanted > 0.0
    return np.where(some & (lift > 0.0), found, np.where(some, still + 1.0, still)), (
        some & (excess(still + 1.0) < 0.0)
    )


def _biquadratic(curve: Array, cold: Array, warm: Array) -> Array:
    value: Array = (
        curve[0] + cold * (curve[1] + curve[2] * cold + curve[5] * warm) + warm * (curve[3] + curve[4] * warm)
    )
    return value


def eir_chiller(
    heat_w: Array,
    leaving_k: Array,
    entering_k: Array,
    *,
    capacity_w: Array,
    cop_ratio: Array,
    capacity_curve_ratio: Array,
    power_curve_ratio: Array,
    part_curve_ratio: Array,
    least_load_ratio: float | Array = 0.1,
    greatest_load_ratio: float | Array = 1.0,
) -> Duty:
    """Return the electric power of a chiller over its load and two temperatures.

    Below the least load it cycles: the power falls in proportion to the load. Above the greatest load it
    takes what it can.

    Args:
        heat_w: Heat to be taken from the chilled water [W], shape (chiller, variant), >= 0.
        leaving_k: Leaving chilled water [K].
        entering_k: Entering condenser water, or outdoor air for an air-cooled chiller [K].
        capacity_w: Capacity at the reference temperatures of the curves [W], > 0.
        cop_ratio: Coefficient of performance there [1], > 0.
        capacity_curve_ratio: Six coefficients of capacity [1], shape (6, ...).
        power_curve_ratio: Six coefficients of power per capacity [1], shape (6, ...).
        part_curve_ratio: Three coefficients of part load [1], shape (3, ...).
        least_load_ratio: Least load without cycling [1], > 0.
        greatest_load_ratio: Greatest load [1].

    Returns:
        Power [W], available heat [W], loading [1] and saturation, shape (chiller, variant).

    Source:
        EnergyPlus 25.2 Engineering Reference, Chiller:Electric:EIR, after DOE-2 (M. Hydeman et al. 2002).
    """
    cold, warm = (leaving_k - FREEZING_K) / ONE_K, (entering_k - FREEZING_K) / ONE_K
    lift = np.maximum(_biquadratic(capacity_curve_ratio, cold, warm), LEAST_CURVE_RATIO)
    available = capacity_w * lift
    wanted = heat_w / available
    load = np.minimum(np.maximum(wanted, 0.0), greatest_load_ratio)
    steady = np.maximum(load, least_load_ratio)
    d1, d2, d3 = part_curve_ratio[0], part_curve_ratio[1], part_curve_ratio[2]
    part = d1 + steady * (d2 + d3 * steady)
    effort = np.maximum(_biquadratic(power_curve_ratio, cold, warm), LEAST_CURVE_RATIO)
    return Duty(
        power_w=available / cop_ratio * effort * part * np.minimum(load / least_load_ratio, 1.0),
        available_w=available * greatest_load_ratio,
        loading_ratio=load,
        saturated=wanted > greatest_load_ratio,
    )


def chiller_capacity(capacity_w: Array, leaving_k: Array, entering_k: Array, curve_index: Index) -> Array:
    """Return the heat that a chiller can take at two temperatures.

    Args:
        capacity_w: Capacity at the reference temperatures of its curves [W], shape (chiller, variant), > 0.
        leaving_k: Leaving chilled water [K].
        entering_k: Entering condenser water, or outdoor air for an air-cooled chiller [K].
        curve_index: Place in ``chiller_curves.CURVES`` [1], shape (chiller, 1).

    Returns:
        Heat [W], shape (chiller, variant), > 0.

    Source:
        EnergyPlus 25.2 Engineering Reference, Chiller:Electric:EIR.
    """
    curve, _, _ = coefficients(curve_index)
    cold, warm = (leaving_k - FREEZING_K) / ONE_K, (entering_k - FREEZING_K) / ONE_K
    return capacity_w * np.maximum(_biquadratic(curve, cold, warm), LEAST_CURVE_RATIO)


def chiller_power(  # noqa: PLR0917  the order of the equation
    heat_w: Array,
    capacity_w: Array,
    cop_ratio: Array,
    leaving_k: Array,
    entering_k: Array,
    curve_index: Index,
) -> Array:
    """Return the electric power of a chiller with a curve set of the table.

    Args:
        heat_w: Heat to be taken from the chilled water [W], shape (chiller, variant), >= 0.
        capacity_w: Capacity at the reference temperatures of its curves [W], > 0.
        cop_ratio: Coefficient of performance there [1], > 0.
        leaving_k: Leaving chilled water [K].
        entering_k: Entering condenser water, or outdoor air for an air-cooled chiller [K].
        curve_index: Place in ``chiller_curves.CURVES`` [1], shape (chiller, 1).

    Returns:
        Power [W], shape (chiller, variant), >= 0; see ``eir_chiller``.

    Source:
        EnergyPlus 25.2 Engineering Reference, Chiller:Electric:EIR.
    """
    capacity, power, part = coefficients(curve_index)
    return eir_chiller(
        heat_w,
        leaving_k,
        entering_k,
        capacity_w=capacity_w,
        cop_ratio=cop_ratio,
        capacity_curve_ratio=capacity,
        power_curve_ratio=power,
        part_curve_ratio=part,
        least_load_ratio=least_load(curve_index),
    ).power_w


def carnot_chiller(
    heat_w: Array,
    leaving_k: Array,
    entering_k: Array,
    *,
    carnot_fraction: Array,
    least_lift_dk: float | Array = LEAST_LIFT_DK,
) -> Array:
    """Return the electric power of a chiller that reaches a share of Carnot's efficiency.

    For warm water, where no curve set holds.

    Args:
        heat_w: Heat taken from the chilled water [W], shape (chiller, variant), >= 0.
        leaving_k: Leaving chilled water [K], > 0.
        entering_k: Entering condenser water, or outdoor air [K].
        carnot_fraction: Share of Carnot's COP between those temperatures [1], 0.5 to 0.65.
        least_lift_dk: The compressors never see less lift than this [K], > 0.

    Returns:
        Power [W], broadcast shape, >= 0.

    Source:
        COP = η·Te/(Tc - Te); lbl-srg/modelica-buildings, Fluid.Chillers.Carnot. η and the
        least lift of 5 K are assumptions (rec-M).
    """
    lift = np.maximum(entering_k - leaving_k, least_lift_dk)
    return heat_w * lift / (carnot_fraction * leaving_k)
