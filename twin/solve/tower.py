"""What cooling towers take, how fast their fans turn for it, and the water that wet machines use."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws import fluids
from twin.laws.evaporation import evaporated, evaporated_into, make_up
from twin.laws.movers import fan_power
from twin.laws.psychrometrics import humidity_of_wet_bulb
from twin.laws.towers import (
    GREATEST_WATER_RATIO,
    LEAST_WATER_RATIO,
    merkel_heat,
    merkel_speed,
    merkel_ua_ratio,
    saturated_air,
    york_leaving,
    york_speed,
)  # fmt: skip
from twin.model.choices import Machine
from twin.model.heat_net import HeatNet
from twin.solve.heat_state import STILL_KG_S, Heat, HeatSystem, Mode, properties_at

# Slopes are taken over this much entering water.
STEP_K = 0.01
# With fans off all of the heat is taken to leave as vapour of 25 degC: an upper bound.
LATENT_KG_J = 1.0 / 2.442e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Water:
    """What enters towers. Shapes: (tower, variant).

    Attributes:
        entering_k: Its temperature [K].
        rate_w_k: Its capacity rate [W/K].
        flow_ratio: Its volume flow over design [1].
    """

    entering_k: Array
    rate_w_k: Array
    flow_ratio: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fans:
    """How the fans of towers run. Shapes: (tower, variant).

    Attributes:
        speed_ratio: Speed while they turn [1].
        share_ratio: Share of the time that they turn [1]; below 1 they cycle at their least speed.
        heat_w: Heat rejected while they turn [W].
    """

    speed_ratio: Array
    share_ratio: Array
    heat_w: Array


def towers(net: HeatNet) -> Index:
    """Return the rows of cooling towers among rejectors."""
    return np.flatnonzero(net.machine >= Machine.YORK_TOWER)


def water_of(system: HeatSystem, q: Array, entering_k: Array, rows: Index) -> Water:
    """Return what enters towers at flows [kg/s], shape (branch, variant), and temperatures [K]."""
    branch = system.net.rejector[rows]
    flowing = np.maximum(np.abs(q[branch]), STILL_KG_S)
    known = properties_at(system.flow, system.flow.tail[branch], entering_k)
    return Water(
        entering_k=entering_k, rate_w_k=flowing * known.heat_capacity_j_kgk,
        flow_ratio=flowing / known.density_kg_m3 / system.net.reference_m3_s[rows],
    )  # fmt: skip


def air_kg_s(system: HeatSystem, rows: Index) -> Array:
    """Return the dry air that fans of towers move at full speed [kg/s], shape (tower, 1 or variant)."""
    net = system.net
    return saturated_air(net.airflow_m3_s[rows], net.wet_bulb_k[rows], system.flow.air_pressure_pa)


def rejected(system: HeatSystem, water: Water, rows: Index, air_ratio: Array) -> Array:
    """Return the heat that towers take at an airflow over design [W], shape (tower, variant)."""
    net, found = system.net, np.zeros(water.entering_k.shape)
    york = net.machine[rows] == Machine.YORK_TOWER
    for here, merkel in ((np.flatnonzero(york), False), (np.flatnonzero(~york), True)):
        if not len(here):
            continue
        own, wet = rows[here], net.wet_bulb_k[rows[here]]
        entering, rate, ratio = (x[here] for x in (water.entering_k, water.rate_w_k, water.flow_ratio))
        if merkel:
            fall = net.design_wet_bulb_k[own] - wet
            found[here] = merkel_heat(
                entering, wet, rate, air_kg_s=air_kg_s(system, own) * air_ratio[here],
                ua_w_k=net.reject_ua_w_k[own] * merkel_ua_ratio(fall, ratio, air_ratio[here]),
                pressure_pa=system.flow.air_pressure_pa,
            )  # fmt: skip
        else:
            leaving = york_leaving(entering, wet, _calibrated(net, ratio, own), air_ratio[here])
            found[here] = rate * (entering - leaving)
    return found


def _calibrated(net: HeatNet, flow_ratio: Array, rows: Index) -> Array:
    """Return the water flow that YorkCalc is asked with [1]: held inside its range, and calibrated."""
    return np.clip(flow_ratio, LEAST_WATER_RATIO, GREATEST_WATER_RATIO) * net.calibration_ratio[rows]


def flat_out(system: HeatSystem, q: Array, entering_k: Array, rows: Index) -> tuple[Array, Array]:
    """Return what towers take with fans at full speed [W], and how that rises with entering water [W/K]."""
    full = np.ones(entering_k.shape)
    here, above = (
        rejected(system, water_of(system, q, entering_k + step, rows), rows, full) for step in (0.0, STEP_K)
    )
    works = system.net.reject_in_service[rows]
    return np.where(works, here, 0.0), np.where(works, (above - here) / STEP_K, 0.0)


def following(
    system: HeatSystem, q: Array, heat: Heat, mode: Index, wanted: tuple[Index, Array]
) -> tuple[Index, Flags]:
    """Return what towers do next, and whether those too cold stand, from the rows and the heat wanted [W].

    From full speed to fans off a tower goes by way of holding: what it would take at a temperature that it
    does not hold tells nothing of the one at which it does.
    """
    rows, wanted_w = wanted
    water = water_of(system, q, heat.inlet_k[system.net.rejector[rows]], rows)
    taken = rejected(system, water, rows, np.ones(wanted_w.shape))
    still, was = system.net.still_ratio[rows], mode[rows]
    # With its fans off water still trickles down: a tower that overcools does not stand.
    stands = np.broadcast_to(still <= 0.0, was.shape)
    full = (wanted_w > taken) & (was != Mode.COASTS)
    coasts = (wanted_w < still * taken) & (was != Mode.FREE)
    return np.where(full, Mode.FREE, np.where(coasts & ~stands, Mode.COASTS, Mode.HOLDS)), stands


def fans(system: HeatSystem, q: Array, heat: Heat, mode: Index, rows: Index) -> Fans:
    """Return how fast fans turn, and for how much of the time, to reject what they reject."""
    net = system.net
    water = water_of(system, q, heat.inlet_k[net.rejector[rows]], rows)
    shape = water.entering_k.shape
    least = np.broadcast_to(net.least_speed_ratio[rows], shape)
    full = rejected(system, water, rows, np.ones(shape))
    off = net.still_ratio[rows] * full
    slow = np.minimum(np.maximum(rejected(system, water, rows, least), off), full)
    wanted = np.minimum(np.maximum(heat.rejected_w[rows], 0.0), np.maximum(full, 0.0))
    cycles = wanted < slow
    share = np.where(cycles, (wanted - off) / np.where(slow > off, slow - off, 1.0), 1.0)
    speed = np.where(cycles, least, _speed(system, water, wanted, least, rows))
    free, turns = mode[rows] == Mode.FREE, _works(net, heat, mode, rows) & (mode[rows] != Mode.COASTS)
    return Fans(
        speed_ratio=np.where(free, 1.0, speed),
        share_ratio=np.where(turns, np.where(free, 1.0, np.clip(share, 0.0, 1.0)), 0.0),
        heat_w=np.where(cycles & ~free, slow, wanted),
    )


def _works(net: HeatNet, heat: Heat, mode: Index, rows: Index) -> Flags:
    works: Flags = net.reject_in_service[rows] & (mode[rows] != Mode.OFF) & (heat.rejected_w[rows] > 0.0)
    return works


def _speed(system: HeatSystem, water: Water, wanted_w: Array, least: Array, rows: Index) -> Array:
    net, found = system.net, least.copy()
    york = net.machine[rows] == Machine.YORK_TOWER
    if (here := np.flatnonzero(york)).size:
        own, wet = rows[here], net.wet_bulb_k[rows[here]]
        spread = wanted_w[here] / water.rate_w_k[here]
        near = water.entering_k[here] - spread - wet
        flow = _calibrated(net, water.flow_ratio[here], own)
        found[here] = york_speed(spread, near, wet, flow, least[here])
    if (here := np.flatnonzero(~york)).size:
        own, wet = rows[here], net.wet_bulb_k[rows[here]]
        found[here] = merkel_speed(
            wanted_w[here], water.entering_k[here], wet, water.rate_w_k[here], air_kg_s=air_kg_s(system, own),
            design_ua_w_k=net.reject_ua_w_k[own], wet_bulb_fall_dk=net.design_wet_bulb_k[own] - wet,
            water_flow_ratio=water.flow_ratio[here], least_speed_ratio=least[here],
            pressure_pa=system.flow.air_pressure_pa,
        )  # fmt: skip
    return found


def power(system: HeatSystem, q: Array, heat: Heat, mode: Index, rows: Index) -> tuple[Array, Array]:
    """Return electric power of fans [W] and their speed averaged over time [1], shape (tower, variant)."""
    run = fans(system, q, heat, mode, rows)
    turned = fan_power(run.speed_ratio, system.net.fan_power_w[rows], exponent_ratio=3.0, fixed_fraction=0.0)
    return run.share_ratio * turned, run.share_ratio * run.speed_ratio


def make_up_of(system: HeatSystem, q: Array, heat: Heat, mode: Index, ratio: Array) -> Array:
    """Return the water that every rejector takes [kg/s], 0 for dry ones, shape (rejector, variant).

    Args:
        system: Flow and heat elements.
        q: Flow of each branch [kg/s], shape (branch, variant).
        heat: Settled temperatures.
        mode: What each rejector does, shape (rejector, variant).
        ratio: Fan speed of each rejector [1], shape (rejector, variant).

    Source:
        Air that leaves towers saturated, and pads at their stated efficiency; twin.laws.evaporation.
    """
    net, pressure = system.net, system.flow.air_pressure_pa
    taken, drift = np.zeros(mode.shape), np.zeros(mode.shape)
    wet = np.flatnonzero((net.humidified_kg_kg > 0.0).any(axis=1))
    if len(wet):
        entering = net.entering_k[wet]
        air = net.airflow_m3_s[wet] * fluids.air_density(entering, np.zeros_like(entering), pressure)
        taken[wet] = ratio[wet] * air * net.humidified_kg_kg[wet]
    rows = towers(net)
    if len(rows):
        run = fans(system, q, heat, mode, rows)
        humidity = np.maximum(humidity_of_wet_bulb(net.entering_k[rows], net.wet_bulb_k[rows], pressure), 0.0)
        blown = evaporated_into(
            run.heat_w, air_kg_s(system, rows) * run.speed_ratio, net.wet_bulb_k[rows], humidity, pressure
        )
        still = heat.rejected_w[rows] - run.share_ratio * run.heat_w
        still = np.where(_works(net, heat, mode, rows), np.maximum(still, 0.0), 0.0)
        taken[rows] = run.share_ratio * blown + evaporated(still, LATENT_KG_J)
        turning = run.share_ratio * run.speed_ratio
        drift[rows] = net.drift_ratio[rows] * np.abs(q[net.rejector[rows]]) * turning
    cycles = np.where(np.isfinite(net.cycles_ratio), net.cycles_ratio, 2.0)
    return np.where(taken > 0.0, make_up(taken, cycles, drift), 0.0)
