"""Water hammer and pump trip: every event of a facility, followed in time from its normal state."""

from dataclasses import replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.psychrometrics import saturation_pressure
from twin.laws.waves import glycol_bulk_modulus, water_bulk_modulus, wave_speed
from twin.model.element import Fluid
from twin.model.event import Closing, Column, Event
from twin.model.surge_net import SurgeNet, lay_out_surge
from twin.model.variants import take
from twin.solve.couple import Solution
from twin.solve.hammer_bound import bound, seat, stopping
from twin.solve.hammer_grid import best_step, divide
from twin.solve.hammer_loop import Happening, Loop, Steady, loop_of
from twin.solve.hammer_lumps import lumps_of
from twin.solve.hammer_march import Run, march
from twin.solve.hammer_told import Followed, gathered

NORMAL = 0
# An event that takes longer than this many times the way of its wave and back is one of rigid columns.
SLOW = 10.0
# Steps per way of a wave, and per closing; and the most steps that one event may take.
STEPS_PER_WAY, STEPS_PER_CLOSING, MOST_STEPS = 100.0, 20.0, 20_000
# Rigid columns: steps per event. A mover on its inertia is followed until it turns at a third of its speed.
COLUMN_STEPS, RUN_DOWN, BEYOND = 200, 2.0, 1.25
# Ways of a wave that are followed after an event.
AFTER, SAMPLES = 4.0, 400


def with_events(solution: Solution) -> Solution:
    """Return the solution with what its events came to; the same one where none is declared.

    Raises:
        ConvergenceError: A junction does not settle in time; it is named.
    """
    assembly = solution.network.assembly
    if not any(isinstance(block, Event) for _, block in assembly.blocks):
        return solution
    surge = lay_out_surge(assembly, solution.network.flow, NORMAL)
    steady = steady_of(solution, surge)
    return replace(solution, surges=gathered(steady, [_follow(steady, e) for e in range(len(surge.part))]))


def steady_of(solution: Solution, surge: SurgeNet) -> Steady:
    """Return the normal state as waves start from it."""
    net = take(solution.network.flow, np.array([NORMAL]), solution.network.variants)
    medium, heat = solution.medium, solution.heat
    warm = np.maximum(heat.inlet_k[:, NORMAL], heat.outlet_k[:, NORMAL])
    middle = 0.5 * (heat.inlet_k[:, NORMAL] + heat.outlet_k[:, NORMAL])
    island = net.island[net.tail]
    fluid, fraction = net.fluid[island], net.mass_fraction[island]
    density = medium.density_kg_m3[:, NORMAL]
    bulk = np.where(
        fluid == Fluid.PROPYLENE_GLYCOL, glycol_bulk_modulus(middle, fraction), water_bulk_modulus(middle)
    )
    runs = (fluid != Fluid.AIR) & (surge.length_m > 0.0)
    return Steady(
        net=net, surge=surge, pressure_pag=solution.flow.pressure_pag[:, NORMAL],
        flow_kg_s=solution.flow.flow_kg_s[:, NORMAL], speed_ratio=solution.flow.speed_ratio[:, NORMAL],
        density_kg_m3=density, viscosity_pa_s=medium.viscosity_pa_s[:, NORMAL],
        wave_m_s=np.where(runs, wave_speed(density, bulk, surge.stretch_per_pa), np.nan),
        vapour_pag=saturation_pressure(warm) - float(net.air_pressure_pa[0, 0]),
    )  # fmt: skip


def happening_of(steady: Steady, event: int) -> Happening:
    """Return one event, without what is out of service."""
    surge, net = steady.surge, steady.net
    closes, trips = (pairs[1, pairs[0] == event] for pairs in (surge.closes, surge.trips))
    return Happening(
        closes=closes[net.in_service[closes, 0]], trips=trips[net.in_service[net.mover[trips], 0]],
        close_s=float(surge.close_s[event]), stop_s=float(surge.stop_s[event]),
        evenly=bool(surge.closing[event] == Closing.FLOW),
    )  # fmt: skip


def closing_bound(solution: Solution, branches: Index, stroke_s: Array) -> Array:
    """Return a bound of the rise before valves that close in their stroke [Pa], shape (valve, variant).

    The pipes are those of the normal state; the flow that stops is that of each variant.

    Args:
        solution: What was solved.
        branches: The valves, shape (valve,).
        stroke_s: How fast they close [s], shape (valve, 1 or variant).
    """
    surge = lay_out_surge(solution.network.assembly, solution.network.flow, NORMAL)
    loop = loop_of(steady_of(solution, surge), branches)
    out = np.zeros((len(branches), solution.network.variants))
    here = np.flatnonzero(loop.local(branches) >= 0)
    flow = solution.flow.flow_kg_s[branches[here]]
    rows = loop.local(branches[here])
    share, across = seat(loop, rows)
    out[here] = bound(stopping(loop, rows), flow, share[:, None] * stroke_s[here], across)
    return out


def _follow(steady: Steady, event: int) -> Followed:
    """Return what came of one event."""
    surge, net = steady.surge, steady.net
    happening = happening_of(steady, event)
    named = surge.closes[1, surge.closes[0] == event], net.mover[surge.trips[1, surge.trips[0] == event]]
    loop = loop_of(steady, np.concatenate(named))
    moved = loop.local(np.concatenate([happening.closes, net.mover[happening.trips]]))
    time_s = event_time(loop, happening)
    critical_s = way_and_back(loop, moved)
    rigid = np.ones(len(loop.tail), dtype=np.bool_)
    columns = _columns(loop, happening, time_s, rigid)
    asked = Column(int(surge.column[event]))
    elastic = asked is Column.ELASTIC or (asked is Column.AUTO and time_s < SLOW * critical_s)
    run = _waves(loop, happening, (time_s, critical_s)) if elastic and critical_s > 0.0 else columns
    stops = stopping(loop, moved)
    flow, (even_s, across) = loop.flow_kg_s[moved], np.full((2, len(moved)), [[time_s], [np.inf]])
    if not happening.evenly and (count := len(happening.closes)):
        share, across[:count] = seat(loop, moved[:count])
        even_s[:count] *= share
    return Followed(
        run=run, columns=columns, loop=loop, moved=moved, time_s=time_s, critical_s=critical_s,
        joukowsky_pa=_finite(np.abs(flow) * stops[0]),
        bound_pa=_finite(bound(stops, flow, even_s, across)),
    )  # fmt: skip


def event_time(loop: Loop, happening: Happening) -> float:
    """Return how long the fastest part of an event takes [s]: closing, or running down to a standstill."""
    times = [happening.close_s] if len(happening.closes) else []
    if len(happening.trips):
        lumps = lumps_of(loop, np.arange(len(loop.tail)), happening)
        speed = loop.steady.speed_ratio[np.isin(loop.steady.net.mover, loop.branch)]
        flow = loop.flow_kg_s
        slowing = lumps.slowing_per_s(speed, flow, lumps.at(flow, speed, 1.0)[0])[lumps.trips]
        known = np.isfinite(lumps.spin_energy_j[lumps.trips]) & (slowing > 0.0)
        own = speed[lumps.trips] / np.where(known, slowing, 1.0)
        times += np.where(known, own, happening.stop_s).tolist()
    return float(min(times, default=1.0))


def way_and_back(loop: Loop, moved: Index) -> float:
    """Return the time of a wave from what closes or trips to the farthest node and back [s]."""
    if not len(moved):
        return 0.0
    ends = np.unique(np.concatenate([loop.tail[moved], loop.head[moved]]))
    away = loop.away(loop.travel_s, ends)
    return 2.0 * float(away[np.isfinite(away)].max(initial=0.0))


def _followed(loop: Loop, happening: Happening) -> float:
    """Return for how many of its times an event is followed."""
    spinning = np.isfinite(loop.steady.surge.spin_energy_j[happening.trips]).any()
    return RUN_DOWN if spinning else BEYOND


def _columns(loop: Loop, happening: Happening, time_s: float, rigid: Flags) -> Run:
    duration = time_s * _followed(loop, happening)
    return march(divide(loop, time_s / COLUMN_STEPS, rigid), happening, duration_s=duration, samples=SAMPLES)


def _waves(loop: Loop, happening: Happening, times: tuple[float, float]) -> Run:
    time_s, critical_s = times
    spinning = _followed(loop, happening) if len(happening.trips) else 1.0
    duration = time_s * spinning + AFTER * critical_s
    longest = critical_s / STEPS_PER_WAY
    if len(happening.closes):
        longest = min(longest, happening.close_s / STEPS_PER_CLOSING)
    longest = max(longest, duration / MOST_STEPS)
    rigid = np.zeros(len(loop.tail), dtype=np.bool_)
    # What closes is a valve at the end of its column, so the column goes with it.
    rigid[loop.local(happening.closes)] = True
    return march(
        divide(loop, best_step(loop, longest, rigid), rigid), happening, duration_s=duration, samples=SAMPLES
    )


def _finite(values: Array) -> float:
    """Return the sum of bounds; without a pipe there is none, and no wave either."""
    return float(values[np.isfinite(values)].sum())
