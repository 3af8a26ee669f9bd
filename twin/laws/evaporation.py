"""Water that cooling towers and wetted pads use: evaporation, drift, blowdown."""

import numpy as np

from twin.arrays import Array
from twin.laws._bracket import rising_root
from twin.laws.psychrometrics import humidity_ratio, saturated_enthalpy, saturation_pressure

ONE_DK = 1.0
# Air does not leave warmer than this above its wet bulb: no tower has such a range and approach.
GREATEST_WARMING_DK = 70.0


def evaporated_into(
    heat_w: Array, air_kg_s: Array, wet_bulb_k: Array, humidity_kg_kg: Array, pressure_pa: Array
) -> Array:
    """Return the water that air takes up in a tower which it leaves saturated.

    Args:
        heat_w: Heat rejected [W], any shape, >= 0.
        air_kg_s: Mass flow of dry air [kg/s], > 0.
        wet_bulb_k: Entering wet bulb [K].
        humidity_kg_kg: Humidity ratio of the entering air [kg/kg].
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Mass flow [kg/s], broadcast shape, >= 0.

    Source:
        EnergyPlus 25.2 Engineering Reference, cooling towers, evaporation loss by saturated exit.
    """
    rise = heat_w / air_kg_s
    leaving = saturated_enthalpy(wet_bulb_k, pressure_pa) + rise

    def excess(warmed: Array) -> Array:
        return saturated_enthalpy(wet_bulb_k + warmed * ONE_DK, pressure_pa) / leaving - 1.0

    none = 0.0 * excess(0.0 * (rise / leaving)) * humidity_kg_kg
    out = wet_bulb_k + rising_root(excess, none, none + GREATEST_WARMING_DK / ONE_DK) * ONE_DK
    taken = humidity_ratio(saturation_pressure(out), pressure_pa) - humidity_kg_kg
    return air_kg_s * np.maximum(taken, 0.0)


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


def make_up(evaporated_kg_s: Array, cycles_ratio: Array, drift_kg_s: Array) -> Array:
    """Return the water that a cooling tower takes: evaporation, drift and blowdown.

    Drift carries dissolved solids out as blowdown does, so that much less is blown down.

    Args:
        evaporated_kg_s: Water evaporated [kg/s], any shape.
        cycles_ratio: Cycles of concentration [1], above 1; 4 to 6 are usual.
        drift_kg_s: Drops carried off by the air [kg/s].

    Returns:
        Mass flow [kg/s], broadcast shape.

    Source:
        Mass balance of dissolved solids: blowdown = evaporation / (cycles - 1) - drift, not below nothing.
    """
    return evaporated_kg_s + np.maximum(evaporated_kg_s / (cycles_ratio - 1.0), drift_kg_s)
