"""Suction of pumps and pressure of closed loops: vapour pressure, NPSH, expansion, vessels."""

import numpy as np

from twin.arrays import Array, Index
from twin.laws.psychrometrics import saturation_pressure

GRAVITY_M_S2 = 9.80665
WATER_KG_KMOL = 18.015
PROPYLENE_GLYCOL_KG_KMOL = 76.095
ATMOSPHERE_PA = 1e5
# A vessel holds this share of the loop as a reserve, and at least so much.
RESERVE_RATIO = 0.005
LEAST_RESERVE_M3 = 3e-3


def vapour_pressure(fluid_index: Index, mass_fraction: Array, temperature_k: Array) -> Array:
    """Return the vapour pressure of water, or of propylene glycol in water by Raoult's law for its water.

    The glycol's own share, below 1 % of that of the water, is left out. That an ideal mixture serves is an
    assumption.

    Args:
        fluid_index: 0 for water, 1 for propylene glycol in water [1], any shape.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 1; not looked at for water.
        temperature_k: Temperature [K], 273.16 to 473.15.

    Returns:
        Absolute vapour pressure [Pa], broadcast shape.

    Source:
        Water: see ``psychrometrics.saturation_pressure``. Raoult: J. M. Smith et al., Introduction to
        Chemical Engineering Thermodynamics, 7th ed., eq. 10.1.
    """
    water = (1.0 - mass_fraction) / WATER_KG_KMOL
    mole_fraction = water / (water + mass_fraction / PROPYLENE_GLYCOL_KG_KMOL)
    return np.where(fluid_index == 0, 1.0, mole_fraction) * saturation_pressure(temperature_k)


def npsh_available(suction_pa: Array, vapour_pa: Array, density_kg_m3: Array) -> Array:
    """Return the net positive suction head that a loop offers a pump; its velocity head is left out.

    Args:
        suction_pa: Absolute pressure at the suction [Pa], any shape.
        vapour_pa: Vapour pressure there [Pa].
        density_kg_m3: Density there [kg/m^3], > 0.

    Returns:
        Head [m], broadcast shape; negative where the liquid boils.

    Source:
        ANSI/HI 9.6.1-2017, definition of NPSHA, without the velocity head (on the safe side).
    """
    return (suction_pa - vapour_pa) / (density_kg_m3 * GRAVITY_M_S2)


def expansion(volume_m3: Array, cold_kg_m3: Array, hot_kg_m3: Array) -> Array:
    """Return the volume that a filled loop gains from cold to hot.

    Args:
        volume_m3: Volume of the loop [m^3], any shape, >= 0.
        cold_kg_m3: Density of the fill [kg/m^3], > 0.
        hot_kg_m3: Density when hot [kg/m^3], > 0.

    Returns:
        Volume [m^3], broadcast shape.

    Source:
        Conservation of mass; the vessel of walls that do not grow.
    """
    return volume_m3 * (cold_kg_m3 / hot_kg_m3 - 1.0)


def vessel_volume(volume_m3: Array, expansion_m3: Array, precharge_pag: Array, highest_pag: Array) -> Array:
    """Return the nominal volume of the pre-charged vessel that a closed loop needs.

    It takes the expansion and a water reserve of 0.5 % of the loop, 3 litres at least.

    Args:
        volume_m3: Volume of the loop [m^3], any shape.
        expansion_m3: Volume that it gains [m^3].
        precharge_pag: Gauge pressure of the gas in the empty vessel [Pa].
        highest_pag: Highest gauge pressure that the vessel may come to [Pa], above the precharge.

    Returns:
        Volume [m^3], broadcast shape; infinite where the highest pressure is not above the precharge.

    Source:
        EN 12828:2012, annex D: (V_e + V_wr)·(p_e + 1 bar)/(p_e - p_0) (recalled: assumption).
    """
    reserve = np.maximum(RESERVE_RATIO * volume_m3, LEAST_RESERVE_M3)
    useful = (highest_pag - precharge_pag) / (highest_pag + ATMOSPHERE_PA)
    helps = useful > 0.0
    return (expansion_m3 + reserve) / np.where(helps, useful, 1.0) * np.where(helps, 1.0, np.inf)
