"""Fluid on its way through a pipe: what it loses through the wall, and when it arrives."""

import numpy as np

from twin.arrays import Array


def leaving(entering_k: Array, ambient_k: Array, loss_w_k: Array, capacity_w_k: Array) -> Array:
    """Return the temperature of the fluid at the end of a pipe that loses heat, in a steady state.

    Args:
        entering_k: Entering fluid [K], any shape.
        ambient_k: Air around the pipe [K].
        loss_w_k: Conductance from the fluid to that air, of the whole pipe [W/K], >= 0.
        capacity_w_k: Capacity rate of the fluid [W/K], > 0.

    Returns:
        Temperature [K], broadcast shape.

    Source:
        Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., eq. 8.45b.
    """
    return ambient_k + (entering_k - ambient_k) * np.exp(-loss_w_k / capacity_w_k)


def insulated_conductance(
    length_m: Array,
    inner_diameter_m: Array,
    outer_diameter_m: Array,
    insulation_m: Array,
    *,
    wall_w_mk: Array,
    insulation_w_mk: Array,
    inner_film_w_m2k: Array,
    outer_film_w_m2k: Array,
) -> Array:
    """Return the conductance from the fluid in an insulated pipe to the air around it.

    Args:
        length_m: Length of the pipe [m], any shape.
        inner_diameter_m: Bore [m], > 0.
        outer_diameter_m: Outer diameter of the wall [m], >= the bore.
        insulation_m: Thickness of the insulation [m], >= 0.
        wall_w_mk: Conductivity of the wall [W/(m K)], > 0.
        insulation_w_mk: Conductivity of the insulation [W/(m K)], > 0.
        inner_film_w_m2k: Film coefficient inside, from ``convection.pipe_nusselt`` [W/(m^2 K)], > 0.
        outer_film_w_m2k: Film coefficient outside, with radiation [W/(m^2 K)], > 0.

    Returns:
        Conductance [W/K], broadcast shape.

    Source:
        Incropera et al., 7th ed., eq. 3.34: films, wall and insulation in series.
    """
    outside_m = outer_diameter_m + 2.0 * insulation_m
    films = 1.0 / (inner_film_w_m2k * inner_diameter_m) + 1.0 / (outer_film_w_m2k * outside_m)
    wall = np.log(outer_diameter_m / inner_diameter_m) / (2.0 * wall_w_mk)
    around = np.log(outside_m / outer_diameter_m) / (2.0 * insulation_w_mk)
    return np.pi * length_m / (films + wall + around)


def plug_flow_leaving(
    time_s: Array,
    entering_k: Array,
    flow_m3_s: Array,
    *,
    volume_m3: float | Array,
    capacity_j_k: float | Array,
    loss_w_k: float | Array,
    ambient_k: float | Array,
    initial_k: float | Array,
) -> Array:
    """Return what leaves a pipe over time: each parcel as it entered, less what it lost on the way.

    Exact for flows and temperatures that hold from each time to the next: a step arrives as a step, after the
    content of the pipe has passed, with no smearing. Heat does not travel along the pipe, nor into its wall.

    Args:
        time_s: Times, rising [s], shape (time,).
        entering_k: Fluid that enters from each time to the next [K], shape (time,).
        flow_m3_s: Flow from each time to the next [m^3/s], shape (time,), >= 0; it may stand.
        volume_m3: Content of the pipe [m^3].
        capacity_j_k: Heat capacity of that content [J/K], > 0.
        loss_w_k: Conductance from the fluid to the air, of the whole pipe [W/K], >= 0.
        ambient_k: Air around the pipe [K].
        initial_k: What fills the pipe at the first time [K].

    Returns:
        Temperature of the fluid at the end of the pipe [K], shape (time,).

    Source:
        Method of characteristics for one-dimensional advection with a linear loss.
    """
    passed = np.concatenate([np.zeros(1), np.cumsum(flow_m3_s[:-1] * np.diff(time_s))])
    behind = passed - volume_m3
    arrived = behind >= 0.0
    entry_s = np.where(arrived, np.interp(behind, passed, time_s), time_s[0])
    row = np.searchsorted(time_s, entry_s, side="right") - 1
    began_k = np.where(arrived, entering_k[row], initial_k)
    return ambient_k + (began_k - ambient_k) * np.exp(-(time_s - entry_s) * loss_w_k / capacity_j_k)
