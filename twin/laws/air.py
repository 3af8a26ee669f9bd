"""Air in halls: site pressure, openings and tiles, airflow for heat, and indices of how it is aired."""

import numpy as np

from twin.arrays import Array
from twin.laws.fluids import DRY_AIR_HEAT_J_KGK, STANDARD_PA

# International standard atmosphere, troposphere.
SEA_LEVEL_K = 288.15
LAPSE_DK_M = 0.0065
GRAVITY_M_S2 = 9.80665
GAS_CONSTANT_J_KGK = 287.05287
# Below this mean velocity the square of flow acts like a linear resistance.
SMALL_SPEED_M_S = 1e-3


def pressure_at_elevation(elevation_m: Array) -> Array:
    """Return the standard atmospheric pressure at an elevation.

    Args:
        elevation_m: Elevation above sea level [m], any shape, -500 to 11000.

    Returns:
        Absolute pressure [Pa], shape of the argument.

    Source:
        ICAO Doc 7488/3, Manual of the ICAO Standard Atmosphere, eq. 12; ASHRAE Fundamentals 2021, 1.1, eq. 3.
    """
    warmth = 1.0 - LAPSE_DK_M * elevation_m / SEA_LEVEL_K
    return STANDARD_PA * warmth ** (GRAVITY_M_S2 / (GAS_CONSTANT_J_KGK * LAPSE_DK_M))


def tile_loss(open_fraction: Array) -> Array:
    """Return the loss coefficient of a perforated tile on its approach velocity.

    Args:
        open_fraction: Open area over tile area [1], any shape, above 0 to 1.

    Returns:
        Loss coefficient [1], shape of the argument, >= 0.

    Source:
        E. Fried and I. E. Idelchik, Flow Resistance (1989), diagram 8-1, thin plates (recalled, rec-H).
    """
    blocked = 1.0 - open_fraction
    return (1.0 + 0.5 * blocked**0.75 + 1.414 * blocked**0.375) / open_fraction**2


def orifice_loss(discharge_ratio: Array) -> Array:
    """Return the loss coefficient of an opening on the velocity through its area.

    Args:
        discharge_ratio: Discharge coefficient [1], any shape, 0.6 for a sharp edge to 1.

    Returns:
        Loss coefficient [1], shape of the argument, 1/Cd².

    Source:
        Bernoulli with contraction; F. M. White, Fluid Mechanics, 7th ed., eq. 6.104.
    """
    return discharge_ratio**-2.0


def opening_drop(
    flow_kg_s: Array, area_m2: Array, loss_ratio: Array, density_kg_m3: Array
) -> tuple[Array, Array]:
    """Return the pressure drop of air through tiles, doors, grilles and leaks, and its slope in flow.

    Args:
        flow_kg_s: Mass flow [kg/s], shape (branch, variant); the drop has its sign.
        area_m2: Area that the loss coefficient refers to [m^2], > 0.
        loss_ratio: Loss coefficient [1], > 0.
        density_kg_m3: Density [kg/m^3], > 0.

    Returns:
        Drop [Pa] and slope [Pa s/kg], shape (branch, variant); the slope is > 0.

    Source:
        Drop = K·rho·v²/2; linear below 1 mm/s so that a still opening keeps a slope.
    """
    head = loss_ratio / (2.0 * density_kg_m3 * area_m2**2)
    soft = np.sqrt(flow_kg_s**2 + (SMALL_SPEED_M_S * density_kg_m3 * area_m2) ** 2)
    return head * soft * flow_kg_s, head * (soft + flow_kg_s**2 / soft)


def airflow_for_heat(
    heat_w: Array, rise_dk: Array, heat_capacity_j_kgk: float | Array = DRY_AIR_HEAT_J_KGK
) -> Array:
    """Return the mass flow of air that takes up a heat with a given temperature rise.

    Args:
        heat_w: Heat [W], any shape.
        rise_dk: Temperature rise [K], > 0.
        heat_capacity_j_kgk: Specific heat [J/(kg K)].

    Returns:
        Mass flow [kg/s], broadcast shape.

    Source:
        First law, steady flow.
    """
    return heat_w / (heat_capacity_j_kgk * rise_dk)


def rack_cooling_high(inlet_k: Array, recommended_k: Array, allowable_k: Array) -> Array:
    """Return the rack cooling index against heat: 1 when no inlet is above the recommended temperature.

    Args:
        inlet_k: Air inlet temperature of each rack [K], shape (rack, ...).
        recommended_k: Highest recommended temperature [K].
        allowable_k: Highest allowable temperature [K], above the recommended one.

    Returns:
        Index RCI_HI [1], shape (...), 1 or less.

    Source:
        M. K. Herrlin, ASHRAE Transactions 111(2) (2005) 725, eq. 1 (title read, formula recalled, rec-H).
    """
    over = np.maximum(inlet_k - recommended_k, 0.0 * (inlet_k - recommended_k))
    mean: Array = np.mean(over, axis=0)
    return 1.0 - mean / (allowable_k - recommended_k)


def rack_cooling_low(inlet_k: Array, recommended_k: Array, allowable_k: Array) -> Array:
    """Return the rack cooling index against cold: 1 when no inlet is below the recommended temperature.

    Args:
        inlet_k: Air inlet temperature of each rack [K], shape (rack, ...).
        recommended_k: Lowest recommended temperature [K].
        allowable_k: Lowest allowable temperature [K], below the recommended one.

    Returns:
        Index RCI_LO [1], shape (...), 1 or less.

    Source:
        M. K. Herrlin, ASHRAE Transactions 111(2) (2005) 725, eq. 2 (title read, formula recalled, rec-H).
    """
    under = np.maximum(recommended_k - inlet_k, 0.0 * (recommended_k - inlet_k))
    mean: Array = np.mean(under, axis=0)
    return 1.0 - mean / (recommended_k - allowable_k)


def return_temperature_index(return_k: Array, supply_k: Array, equipment_rise_dk: Array) -> Array:
    """Return the return temperature index: below 1 air bypasses the racks, above 1 it recirculates.

    Args:
        return_k: Mean return temperature of the air handlers [K], any shape.
        supply_k: Mean supply temperature of the air handlers [K].
        equipment_rise_dk: Temperature rise across the equipment, weighted by airflow [K], > 0.

    Returns:
        Index RTI [1], broadcast shape.

    Source:
        M. K. Herrlin, ASHRAE Transactions 114(1) (2008) 169 (formula recalled, rec-H).
    """
    return (return_k - supply_k) / equipment_rise_dk


def supply_heat_index(inlet_k: Array, outlet_k: Array, flow_kg_s: Array, supply_k: Array) -> Array:
    """Return the supply heat index: the share of heat that air takes up before it enters the racks.

    Args:
        inlet_k: Air inlet temperature of each rack [K], shape (rack, ...).
        outlet_k: Air outlet temperature of each rack [K].
        flow_kg_s: Air mass flow of each rack [kg/s].
        supply_k: Supply temperature of the air handlers [K].

    Returns:
        Index SHI [1], shape (...), 0 to 1; zero where nothing is warmed.

    Source:
        R. K. Sharma, C. E. Bash, C. D. Patel, AIAA-2002-3091, eq. 4 (abstract read, formula recalled, rec-H).
    """
    early = np.sum(flow_kg_s * (inlet_k - supply_k), axis=0)
    whole = np.sum(flow_kg_s * (outlet_k - supply_k), axis=0)
    warmed = whole > 0.0 * whole
    return np.where(warmed, early / np.where(warmed, whole, np.nan), 0.0)
