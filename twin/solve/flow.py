"""Steady flow: pressures, flows and controlled speeds that satisfy continuity and every branch law.

Newton on the global-gradient form (Todini & Pilati 1988), all variants at once, with one symbolic
elimination per network. Controllers hold a pressure difference or a flow by one common speed inside the
same Newton step and saturate at their limits by projection.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve.branch import Laws, Medium, fixed_of, laws_of
from twin.solve.fast.choice import chosen
from twin.solve.feasible import infeasible, refuse_missed
from twin.solve.flow_control import control_lift_pa, more_running
from twin.solve.flow_state import (
    CALM,
    DAMPED_AFTER,
    HELD_AFTER,
    LEAST_KG_S,
    PASSES,
    PASSES_PER_MOVER,
    ROUNDING,
    SETTLED,
    SHRINKS,
    Flow,
    Point,
    begin,
    moderate,
    mover_speed,
    standing,
    stayed,
    usual_m3_s,
)
from twin.solve.flow_step import chords, kept, linearised, newton
from twin.solve.flow_system import FlowSystem, prepare

__all__ = ["SETTLED", "Flow", "FlowSystem", "begin", "control_lift_pa", "mass_gaps", "prepare", "solve_flow"]


def solve_flow(
    system: FlowSystem,
    medium: Medium,
    limit_m3_s: Array,
    *,
    start: Flow | None = None,
    settled: float | Array = SETTLED,
    passes: int = PASSES,
) -> Flow:
    """Solve continuity and branch laws together, for every variant.

    A variant that has settled stays as it is, so that no answer depends on the variants beside it.

    Args:
        system: From ``prepare``.
        medium: Density and viscosity of every branch.
        limit_m3_s: Limit of every limiting branch [m3/s], shape (limited, variant).
        start: A neighbouring solution.
        settled: Share of the largest flow of its island that no branch may still move by [1], for all or
            of shape (variant,).
        passes: Most Newton passes.

    Raises:
        ConvergenceError: Flows have not settled; the worst branch is named.

    Source:
        Todini & Pilati, A gradient algorithm for the analysis of pipe networks, 1988.
    """
    net = system.net
    common = system.for_net("usual", lambda: usual_m3_s(net))
    state = begin(net, medium, common) if start is None else start
    laws = laws_of(net, medium, limit_m3_s, system.for_net("laws", lambda: fixed_of(net)))
    at = Point(
        flow=state.flow_kg_s * system.open, pressure=state.pressure_pag.copy(), speed=state.control_ratio,
        running=state.running_count, keeper=state.keeper_state, lift_pa=control_lift_pa(net, medium),
        shut=state.flow_kg_s[net.check] < LEAST_KG_S, density_kg_m3=medium.density_kg_m3[net.mover],
    )  # fmt: skip
    at.pressure[net.held] = net.held_pag
    # Only check valves ask for it.
    usual = moderate(net, medium, state.speed_ratio, common) if len(net.check) else at.flow
    most = passes + PASSES_PER_MOVER * int(net.turn_index.max(initial=0))
    sharp, found = np.reshape(np.asarray(settled, dtype=np.float64), (1, -1)), None
    if chosen(system):
        from twin.solve.fast.settle import settle_flow

        found = settle_flow(system, laws, at, state, moderate=usual, settled=sharp, passes=most)
    if found is None:
        chord = chords(system, laws, usual, state.speed_ratio)
        found = _settle(system, medium, laws, at, chord=chord, settled=sharp, passes=most)
    flow, shut = found
    refuse_missed(net, medium, flow.flow_kg_s, shut, system.alive)
    return flow


def _settle(
    system: FlowSystem, medium: Medium, laws: Laws, at: Point, *, chord: Array, settled: Array, passes: int
) -> tuple[Flow, Flags]:
    """Return the settled flow of every variant, and which check valves are shut."""
    net = system.net
    last_change, done = np.full(net.variants, np.inf), np.zeros(net.variants, dtype=np.bool_)
    calm = ~done
    in_turn, speed = net.turn_index.any(), mover_speed(net, at.speed, at.running)
    for iteration in range(1, passes + 1):
        speed, before = mover_speed(net, at.speed, at.running) if len(at.speed) else speed, at
        across = at.pressure.take(net.tail, axis=0) - at.pressure.take(net.head, axis=0)
        at, (loss, slope, by_speed) = linearised(system, laws, at, (across, speed), chord)
        if in_turn:
            by_speed[standing(net, at.running)] = 0.0
        if len(net.keeper):
            # Valves that trade states for ever let the flow come to rest before they are reconsidered.
            judged = calm | (iteration <= HELD_AFTER)
            at = kept(system, at, loss, slope, judged=judged & (iteration > 1))
        conductance = system.open / slope
        slopes = loss - across, conductance, by_speed
        pressure, step, turn = newton(system, at, slopes, traced=iteration == 1)
        # Two check valves can trade places for ever; where steps do not shrink, they are halved.
        change = np.abs(step).max(axis=0, initial=0.0) if iteration >= DAMPED_AFTER else last_change
        if iteration > DAMPED_AFTER:
            share = np.where(change > SHRINKS * last_change, 0.5, 1.0)
            step, turn = share * step, share * turn
        last_change = change
        at = replace(at, flow=at.flow + step, pressure=pressure, speed=at.speed + turn)
        if done.any():
            at = stayed(at, before, done)
        # A pressure cannot be told apart from its neighbour below its last digit, nor the flow that makes.
        blur = ROUNDING * np.abs(pressure).max(axis=0, initial=0.0) * conductance
        moved = system.largest(np.abs(step) - blur) / np.maximum(system.largest(np.abs(at.flow)), LEAST_KG_S)
        still = (moved < settled).all(axis=0)
        if len(turn):
            still &= (np.abs(turn) < settled).all(axis=0)
        if len(net.keeper):
            still &= judged & (before.keeper == at.keeper).all(axis=0)
            calm = np.all(moved < CALM, axis=0)
        if in_turn and still.any():
            running = np.where(still, more_running(system, at), at.running)
            still &= (running == at.running).all(axis=0)
            at = replace(at, running=running)
        done |= still
        if done.all():
            return _flow(net, at, iteration), at.shut
    raise _unsettled(net, medium, np.where(done, 0.0, step), passes)


def _flow(net: FlowNet, at: Point, passes: int) -> Flow:
    return Flow(
        pressure_pag=at.pressure, flow_kg_s=at.flow, control_ratio=at.speed,
        speed_ratio=np.array(mover_speed(net, at.speed, at.running)), running_count=at.running,
        keeper_state=at.keeper, iteration_count=passes,
    )  # fmt: skip


def _unsettled(net: FlowNet, medium: Medium, step: Array, passes: int) -> ConvergenceError:
    moving = int(np.argmax(np.abs(step).max(axis=0)))
    if refusal := infeasible(net, medium, moving):
        return refusal
    row = int(np.unravel_index(np.argmax(np.abs(step)), step.shape)[0])
    name = net.branch_name(row)
    return ConvergenceError(
        f"the flow through {name} still changes by {np.abs(step[row]).max():.3g} kg/s after {passes} passes",
        component=name.rpartition(".")[0],
        equation="pressure drop of the branch",
    )


def mass_gaps(net: FlowNet, flow_kg_s: Array) -> Array:
    """Return each node's continuity error over the largest flow of its island [1], shape (node, variant).

    Nodes that hold a pressure count too, unless they are open-ended: a closed loop gives and takes nothing.
    """
    count = len(net.tail)
    ends = (np.r_[np.ones(count), -np.ones(count)], (np.r_[net.tail, net.head], np.r_[:count, :count]))
    excess = np.abs(csr_array(ends, shape=(len(net.node), count)) @ flow_kg_s)
    excess[net.held[net.open_ended]] = 0.0
    return np.asarray(excess / _scale_of_nodes(net, _island_scale(net, flow_kg_s)))


def _island_scale(net: FlowNet, flow: Array) -> Array:
    """Return the largest flow of each branch's island, shape (branch, variant), never below 1e-6 kg/s."""
    largest = np.full((int(net.island.max(initial=-1)) + 1, net.variants), 1e-6)
    np.maximum.at(largest, net.island[net.tail], np.abs(flow))
    return largest[net.island[net.tail]]


def _scale_of_nodes(net: FlowNet, scale: Array) -> Array:
    """Return the largest flow of each node's island, shape (node, variant), from that of branches."""
    largest = np.full((int(net.island.max(initial=-1)) + 1, net.variants), 1e-6)
    largest[net.island[net.tail]] = scale
    return largest[net.island]
