"""Cooling towers: approach, leaving water, fan speed, after YorkCalc and after Merkel."""

import numpy as np

from twin.arrays import Array, Flags
from twin.laws._bracket import rising_root
from twin.laws._polynomial import horner
from twin.laws.exchange import COUNTERFLOW, exchange_rate, ua_for_heat
from twin.laws.fluids import air_density
from twin.laws.psychrometrics import (
    DRY_AIR_HEAT_J_KGK,
    humidity_ratio,
    saturated_enthalpy,
    saturation_pressure,
    vapour_fraction,
)  # fmt: skip

FREEZING_K = 273.15
ONE_K = 1.0
ONE_DK = 1.0

# Where YorkCalc holds: EnergyPlus 25.2 Input Output Reference, CoolingTowerPerformance:YorkCalc.
LEAST_WET_BULB_K, GREATEST_WET_BULB_K = 238.75, 299.8167
LEAST_RANGE_DK, GREATEST_RANGE_DK = 1.1111, 22.2222
LEAST_APPROACH_DK, GREATEST_APPROACH_DK = 1.1111, 40.0
LEAST_WATER_RATIO, GREATEST_WATER_RATIO = 0.75, 1.25
LEAST_LIQUID_GAS_RATIO, GREATEST_LIQUID_GAS_RATIO = 0.5, 8.0
# Between these EnergyPlus looks for the water flow that meets the design approach: the least of YorkCalc's
# range, and four times the greatest.
LEAST_SCALE_RATIO, GREATEST_SCALE_RATIO = 0.75, 5.0
# Below, the corrections of Merkel's conductance have no data (Modelica Buildings, Data/UAMerkel).
MERKEL_WATER_RATIO = 0.3
# The slope of saturated enthalpy is taken over this much at least.
LEAST_RISE_DK = 0.01

# YorkCalc: powers of liquid-gas ratio (rows) of range (columns) of wet bulb in °C (innermost);
# EnergyPlus Engineering Reference, as in lbl-srg/modelica-buildings@c4117ccec1, yorkCalc.mo.
_YORK = (
    (
        (-0.359741205, -0.055053608, 0.0023850432),
        (0.173926877, -0.0248473764, 0.00048430224),
        (-0.005589849456, 0.0005770079712, -1.342427256e-5),
    ),
    (
        (2.84765801111111, -0.121765149, 0.0014599242),
        (1.680428651, -0.0166920786, -0.0007190532),
        (-0.025485194448, 4.87491696e-5, 2.719234152e-5),
    ),
    (
        (-0.0653766255555556, -0.002278167, 0.0002500254),
        (-0.0910565458, 0.00318176316, 3.8621772e-5),
        (-0.0034285382352, 8.56589904e-6, -1.516821552e-6),
    ),
)


def yorkcalc_approach(
    range_dk: Array, wet_bulb_k: Array, water_flow_ratio: Array, air_flow_ratio: Array
) -> Array:
    """Return how far above the wet bulb a cooling tower cools its water.

    Args:
        range_dk: Entering minus leaving water [K], any shape, 1.1 to 22.2.
        wet_bulb_k: Outdoor wet bulb [K], 238.7 to 299.8.
        water_flow_ratio: Water flow over design [1], 0.75 to 1.25.
        air_flow_ratio: Airflow over design [1], above 0 to 1.

    Returns:
        Approach [K], broadcast shape.

    Source:
        YorkCalc; EnergyPlus Engineering Reference, CoolingTower:VariableSpeed, 27 coefficients.
    """
    return horner(_york(range_dk, wet_bulb_k), water_flow_ratio / air_flow_ratio) * ONE_DK


def _york(range_dk: Array, wet_bulb_k: Array) -> list[Array]:
    """Return the coefficients of the powers of the liquid-gas ratio."""
    wet, spread = (wet_bulb_k - FREEZING_K) / ONE_K, range_dk / ONE_DK
    return [horner([horner(inner, wet) for inner in row], spread) for row in _YORK]


def yorkcalc_flow_scale(range_dk: Array, wet_bulb_k: Array, approach_dk: Array) -> tuple[Array, Flags]:
    """Return the factor on water flow with which a YorkCalc tower meets its design approach.

    Args:
        range_dk: Entering minus leaving water at the design point [K], any shape.
        wet_bulb_k: Outdoor wet bulb at the design point [K].
        approach_dk: Leaving water minus wet bulb at the design point [K].

    Returns:
        Ratio [1], broadcast shape, 0.75 to 5: the flow over design that the curve is asked with, at design
        flow of water and air; and True where the approach is met, False where only the end of that range is
        left.

    Source:
        EnergyPlus Engineering Reference, CoolingTower:VariableSpeed, calibrated water flow; the root of the
        curve, quadratic in the liquid-gas ratio, where the approach rises.
    """
    constant, linear, quadratic = _york(range_dk, wet_bulb_k)
    above = approach_dk / ONE_DK - constant
    square = linear**2 + 4.0 * quadratic * above
    slope = linear + np.sqrt(np.maximum(square, 0.0))
    ratio = np.where(slope > 0.0, 2.0 * above / np.where(slope > 0.0, slope, 1.0), GREATEST_SCALE_RATIO)
    met = (square >= 0.0) & (slope > 0.0) & (ratio >= LEAST_SCALE_RATIO) & (ratio <= GREATEST_SCALE_RATIO)
    return np.clip(ratio, LEAST_SCALE_RATIO, GREATEST_SCALE_RATIO), met


def york_approach(
    range_dk: Array, wet_bulb_k: Array, water_flow_ratio: Array, air_flow_ratio: Array
) -> Array:
    """Return the approach of a machine that follows YorkCalc inside its range, and holds on to it outside.

    Wet bulb and liquid-gas ratio count as the nearest end of their ranges. Beyond the ends of the
    range, approach goes in proportion to range: water at the wet bulb is left as it is. Past the top of the
    parabola in liquid-gas ratio it stays at the top, so that more air never warms the water.

    Args:
        range_dk: Entering minus leaving water [K], any shape.
        wet_bulb_k: Entering wet bulb [K].
        water_flow_ratio: Water flow over design, times ``yorkcalc_flow_scale`` [1].
        air_flow_ratio: Airflow over design [1], above 0 to 1.

    Returns:
        Approach [K], broadcast shape; of the sign of the range.

    Source:
        ``yorkcalc_approach``; limits of EnergyPlus 25.2, CoolingTowerPerformance:YorkCalc. What stands in
        beyond them is an assumption, and a finding says so.
    """
    return _held(_powers(wet_bulb_k), range_dk / ONE_DK, water_flow_ratio, air_flow_ratio) * ONE_DK


def _powers(wet_bulb_k: Array) -> list[list[Array]]:
    """Return the coefficients of YorkCalc at a wet bulb: by liquid-gas ratio, then by range."""
    wet = np.minimum(np.maximum(wet_bulb_k, LEAST_WET_BULB_K), GREATEST_WET_BULB_K)
    at = (wet - FREEZING_K) / ONE_K
    return [[horner(inner, at) for inner in row] for row in _YORK]


def _held(powers: list[list[Array]], spread: Array, water_flow_ratio: Array, air_flow_ratio: Array) -> Array:
    """Return the approach over one kelvin from the range over one kelvin, see ``york_approach``."""
    inside = np.minimum(np.maximum(spread, LEAST_RANGE_DK / ONE_DK), GREATEST_RANGE_DK / ONE_DK)
    level, rise, bend = (horner(row, inside) for row in powers)
    top = np.where(bend < 0.0, -0.5 * rise / np.minimum(bend, -1e-9), GREATEST_LIQUID_GAS_RATIO)
    gas = np.maximum(water_flow_ratio / air_flow_ratio, LEAST_LIQUID_GAS_RATIO)
    gas = np.minimum(np.minimum(gas, GREATEST_LIQUID_GAS_RATIO), np.maximum(top, 0.0))
    return (level + gas * (rise + bend * gas)) * (spread / inside)


def york_leaving(
    entering_k: Array, wet_bulb_k: Array, water_flow_ratio: Array, air_flow_ratio: Array
) -> Array:
    """Return the temperature of the water that leaves a tower after YorkCalc.

    Args:
        entering_k: Entering water [K], any shape.
        wet_bulb_k: Entering wet bulb [K].
        water_flow_ratio: Water flow over design, times ``yorkcalc_flow_scale`` [1].
        air_flow_ratio: Airflow over design [1], above 0 to 1.

    Returns:
        Temperature [K], broadcast shape; between entering water and wet bulb.

    Source:
        Range plus ``york_approach`` equals entering water minus wet bulb.
    """
    above, powers = (entering_k - wet_bulb_k) / ONE_DK, _powers(wet_bulb_k)

    def excess(spread: Array) -> Array:
        return spread + _held(powers, spread, water_flow_ratio, air_flow_ratio) - above

    least = LEAST_RANGE_DK / ONE_DK + 0.0 * above * water_flow_ratio * air_flow_ratio
    first = excess(least) + above
    found = rising_root(excess, least, np.maximum(above, least))
    spread = np.where(above <= first, above * least / first, found)
    return entering_k - spread * ONE_DK


def york_speed(
    range_dk: Array, approach_dk: Array, wet_bulb_k: Array, water_flow_ratio: Array, least_speed_ratio: Array
) -> Array:
    """Return the airflow at which a tower after YorkCalc has a range and an approach.

    Args:
        range_dk: Entering minus leaving water [K], any shape.
        approach_dk: Leaving water minus wet bulb [K].
        wet_bulb_k: Entering wet bulb [K].
        water_flow_ratio: Water flow over design, times ``yorkcalc_flow_scale`` [1].
        least_speed_ratio: Least airflow over design [1], above 0.

    Returns:
        Airflow over design [1], broadcast shape, least to 1; an end of it where none does.

    Source:
        Root of ``york_approach`` in airflow.
    """
    wanted, spread, powers = approach_dk / ONE_DK, range_dk / ONE_DK, _powers(wet_bulb_k)

    def excess(air: Array) -> Array:
        return wanted - _held(powers, spread, water_flow_ratio, air)

    none = 0.0 * wanted * (range_dk / ONE_DK) * (wet_bulb_k / ONE_K) * water_flow_ratio
    return rising_root(excess, none + least_speed_ratio, none + 1.0)


def merkel_ua_ratio(wet_bulb_fall_dk: Array, water_flow_ratio: Array, air_flow_ratio: Array) -> Array:
    """Return the conductance of a Merkel tower away from its design point, over that at the design point.

    Args:
        wet_bulb_fall_dk: Design wet bulb minus wet bulb now [K], any shape.
        water_flow_ratio: Water flow over design [1], 0.3 to 1; beyond, the value of the end.
        air_flow_ratio: Airflow over design [1], 0.2 to 1.

    Returns:
        Ratio of conductances [1], broadcast shape; 1 at design to half a percent.

    Source:
        EnergyPlus Engineering Reference, CoolingTower Merkel; lbl-srg/modelica-buildings, Data/UAMerkel.
    """
    water = np.minimum(np.maximum(water_flow_ratio, MERKEL_WATER_RATIO), 1.0)
    by_water = 0.1082 + water * (1.667 - 0.7713 * water)
    by_air = air_flow_ratio * (1.3 - 0.3 * air_flow_ratio)
    return (1.0 + 0.0081 * (wet_bulb_fall_dk / ONE_DK)) * by_water * by_air


def merkel_heat(
    entering_k: Array,
    wet_bulb_k: Array,
    water_w_k: Array,
    *,
    air_kg_s: Array,
    ua_w_k: Array,
    pressure_pa: Array,
) -> Array:
    """Return the heat that a Merkel tower takes out of its water.

    Counterflow of water and of air whose capacity rate is that of saturated air along its way.

    Args:
        entering_k: Entering water [K], any shape.
        wet_bulb_k: Entering wet bulb [K].
        water_w_k: Capacity rate of the water [W/K], >= 0.
        air_kg_s: Mass flow of dry air [kg/s], > 0.
        ua_w_k: Conductance of dry air at this flow [W/K], >= 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Heat [W], broadcast shape; negative for water colder than the wet bulb.

    Source:
        EnergyPlus 25.2 Engineering Reference, CoolingTower:SingleSpeed, after Merkel; ε-NTU.
    """
    lift = (entering_k - wet_bulb_k) / ONE_DK
    heat_in = saturated_enthalpy(wet_bulb_k, pressure_pa)

    def moved(rise: Array) -> tuple[Array, Array]:
        apart = np.maximum(rise, LEAST_RISE_DK / ONE_DK) * ONE_DK
        capacity = (saturated_enthalpy(wet_bulb_k + apart, pressure_pa) - heat_in) / apart
        air = air_kg_s * capacity
        rate = exchange_rate(
            ua_w_k * (capacity / DRY_AIR_HEAT_J_KGK), water_w_k, air, design_w_k=air,
            arrangement_index=COUNTERFLOW,
        )  # fmt: skip
        return rate, air

    def excess(rise: Array) -> Array:
        rate, air = moved(rise)
        return rise - rate / air * lift

    still = 0.0 * excess(np.maximum(lift, 0.0))
    rise = rising_root(excess, still, still + np.maximum(lift, 0.0))
    return moved(rise)[0] * (lift * ONE_DK)


def merkel_ua(
    heat_w: Array,
    entering_k: Array,
    wet_bulb_k: Array,
    water_w_k: Array,
    *,
    air_kg_s: Array,
    pressure_pa: Array,
) -> tuple[Array, Flags]:
    """Return the conductance that a Merkel tower needs; the inverse of ``merkel_heat``.

    Args:
        heat_w: Heat at the design point [W], any shape, > 0.
        entering_k: Entering water [K], above the wet bulb.
        wet_bulb_k: Entering wet bulb [K].
        water_w_k: Capacity rate of the water [W/K], > 0.
        air_kg_s: Mass flow of dry air [kg/s], > 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Conductance of dry air [W/K], broadcast shape, that of NTU 100 where the air cannot take the heat; and
        True where it can.

    Source:
        ``merkel_heat``, with air that leaves as the heat says.
    """
    heat_in = saturated_enthalpy(wet_bulb_k, pressure_pa)
    leaving, lift = heat_in + heat_w / air_kg_s, (entering_k - wet_bulb_k) / ONE_DK

    def excess(rise: Array) -> Array:
        return saturated_enthalpy(wet_bulb_k + rise * ONE_DK, pressure_pa) / leaving - 1.0

    none = 0.0 * excess(lift)
    rise = np.maximum(rising_root(excess, none, none + lift), LEAST_RISE_DK / ONE_DK)
    capacity = heat_w / air_kg_s / (rise * ONE_DK)
    ua, reached = ua_for_heat(
        heat_w, lift * ONE_DK, water_w_k, air_kg_s * capacity, arrangement_index=COUNTERFLOW
    )
    return ua * (DRY_AIR_HEAT_J_KGK / capacity), reached


def merkel_speed(
    heat_w: Array,
    entering_k: Array,
    wet_bulb_k: Array,
    water_w_k: Array,
    *,
    air_kg_s: Array,
    design_ua_w_k: Array,
    wet_bulb_fall_dk: Array,
    water_flow_ratio: Array,
    least_speed_ratio: Array,
    pressure_pa: Array,
) -> Array:
    """Return the airflow at which a Merkel tower takes a heat.

    Args:
        heat_w: Heat to be taken [W], any shape.
        entering_k: Entering water [K].
        wet_bulb_k: Entering wet bulb [K].
        water_w_k: Capacity rate of the water [W/K], > 0.
        air_kg_s: Mass flow of dry air at full speed [kg/s], > 0.
        design_ua_w_k: Conductance at the design point [W/K].
        wet_bulb_fall_dk: Design wet bulb minus wet bulb now [K].
        water_flow_ratio: Water flow over design [1].
        least_speed_ratio: Least airflow over design [1], above 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Airflow over design [1], broadcast shape, least to 1; an end of it where none does.

    Source:
        Root of ``merkel_heat`` in airflow, conductance by ``merkel_ua_ratio``.
    """
    one_w = water_w_k * ONE_DK

    def excess(speed: Array) -> Array:
        ua = design_ua_w_k * merkel_ua_ratio(wet_bulb_fall_dk, water_flow_ratio, speed)
        given = merkel_heat(
            entering_k, wet_bulb_k, water_w_k, air_kg_s=air_kg_s * speed, ua_w_k=ua, pressure_pa=pressure_pa
        )
        return (given - heat_w) / one_w

    none = 0.0 * excess(1.0 + 0.0 * (heat_w / one_w))
    return rising_root(excess, none + least_speed_ratio, none + 1.0)


def saturated_air(airflow_m3_s: Array, wet_bulb_k: Array, pressure_pa: Array) -> Array:
    """Return the dry air that the fan of a tower moves, which it finds saturated at the wet bulb.

    Args:
        airflow_m3_s: Airflow [m^3/s], any shape.
        wet_bulb_k: Entering wet bulb [K].
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Mass flow of dry air [kg/s], broadcast shape.

    Source:
        A fan on top of the fill draws saturated air; that it is as cold as the wet bulb is an assumption.
    """
    humidity = humidity_ratio(saturation_pressure(wet_bulb_k), pressure_pa)
    density = air_density(wet_bulb_k, vapour_fraction(humidity), pressure_pa)
    return airflow_m3_s * density / (1.0 + humidity)
