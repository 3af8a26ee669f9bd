"""Cooling towers: approach, leaving water, conductance off design, and the water they use."""

import numpy as np

from twin.arrays import Array, Flags
from twin.laws._bracket import rising_root
from twin.laws._polynomial import horner

FREEZING_K = 273.15
# Between these EnergyPlus looks for the water flow that meets the design approach: the least of YorkCalc's
# range, and four times the greatest.
LEAST_SCALE_RATIO, GREATEST_SCALE_RATIO = 0.75, 5.0
# The curve was measured up to this range; above, it bends down and meets a water once more.
GREATEST_RANGE_DK = 22.2
ONE_K = 1.0
ONE_DK = 1.0

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


def tower_leaving(
    entering_k: Array, wet_bulb_k: Array, water_flow_ratio: Array, air_flow_ratio: Array
) -> Array:
    """Return the temperature of the water that leaves a cooling tower.

    Args:
        entering_k: Entering water [K], any shape.
        wet_bulb_k: Outdoor wet bulb [K].
        water_flow_ratio: Water flow over design [1], 0.75 to 1.25.
        air_flow_ratio: Airflow over design [1], above 0 to 1.

    Returns:
        Temperature [K], broadcast shape; the entering one where that is not above the wet bulb, and 22.2 K
        below it where the curve would have the tower cool by more than that.

    Source:
        Range plus ``yorkcalc_approach`` equals entering water minus wet bulb.
    """
    above = (entering_k - wet_bulb_k) / ONE_DK

    def excess(spread: Array) -> Array:
        approach = yorkcalc_approach(spread * ONE_DK, wet_bulb_k, water_flow_ratio, air_flow_ratio)
        return spread + approach / ONE_DK - above

    none = 0.0 * np.abs(above) * (water_flow_ratio + air_flow_ratio)
    most = np.minimum(np.maximum(above + none, 0.0), GREATEST_RANGE_DK / ONE_DK)
    return entering_k - rising_root(excess, none, most) * ONE_DK


def merkel_ua_ratio(wet_bulb_fall_dk: Array, water_flow_ratio: Array, air_flow_ratio: Array) -> Array:
    """Return the conductance of a Merkel tower away from its design point, over that at the design point.

    Args:
        wet_bulb_fall_dk: Design wet bulb minus wet bulb now [K], any shape.
        water_flow_ratio: Water flow over design [1], 0.3 to 1.
        air_flow_ratio: Airflow over design [1], 0.2 to 1.

    Returns:
        Ratio of conductances [1], broadcast shape.

    Source:
        EnergyPlus Engineering Reference, CoolingTower Merkel; lbl-srg/modelica-buildings, Data/UAMerkel.
    """
    by_water = 0.1082 + water_flow_ratio * (1.667 - 0.7713 * water_flow_ratio)
    by_air = air_flow_ratio * (1.3 - 0.3 * air_flow_ratio)
    return (1.0 + 0.0081 * (wet_bulb_fall_dk / ONE_DK)) * by_water * by_air


def evaporated(heat_w: Array, water_kg_j: float | Array = 5e-7) -> Array:
    """Return the water that a cooling tower evaporates.

    Args:
        heat_w: Heat rejected [W], any shape, >= 0.
        water_kg_j: Water evaporated per heat [kg/J]; 5e-7 is 1.8 L/kWh.

    Returns:
        Mass flow [kg/s], broadcast shape.

    Source:
        1.8 L/kWh at no blowdown, practice (recalled, rec-H); all-latent rejection would be 1.5 L/kWh.
    """
    return heat_w * water_kg_j


def make_up(evaporated_kg_s: Array, cycles_ratio: Array) -> Array:
    """Return the water that a cooling tower takes: evaporation and blowdown.

    Args:
        evaporated_kg_s: Water evaporated [kg/s], any shape.
        cycles_ratio: Cycles of concentration [1], above 1; 4 to 6 are usual.

    Returns:
        Mass flow [kg/s], broadcast shape.

    Source:
        Mass balance of dissolved solids: blowdown = evaporation / (cycles - 1).
    """
    return evaporated_kg_s * cycles_ratio / (cycles_ratio - 1.0)
