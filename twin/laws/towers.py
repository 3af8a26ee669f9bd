"""Cooling towers: approach, leaving water, conductance off design, and the water they use."""

import numpy as np

from twin.arrays import Array
from twin.laws._bracket import rising_root
from twin.laws._polynomial import horner

FREEZING_K = 273.15
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
    wet = (wet_bulb_k - FREEZING_K) / ONE_K
    spread = range_dk / ONE_DK
    liquid_gas = water_flow_ratio / air_flow_ratio
    by_gas = [horner([horner(inner, wet) for inner in row], spread) for row in _YORK]
    return horner(by_gas, liquid_gas) * ONE_DK


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
        Temperature [K], broadcast shape; the entering one where that is not above the wet bulb.

    Source:
        Range plus ``yorkcalc_approach`` equals entering water minus wet bulb.
    """
    above = (entering_k - wet_bulb_k) / ONE_DK

    def excess(spread: Array) -> Array:
        approach = yorkcalc_approach(spread * ONE_DK, wet_bulb_k, water_flow_ratio, air_flow_ratio)
        return spread + approach / ONE_DK - above

    none = 0.0 * np.abs(above) * (water_flow_ratio + air_flow_ratio)
    return entering_k - rising_root(excess, none, np.maximum(above + none, 0.0)) * ONE_DK


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
