"""Pressures where pipes and lumped branches meet, at one instant: continuity and every law together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.solve import sparse
from twin.solve.hammer_loop import STILL_KG_S, Loop

PASSES, FLIPS = 60, 12
# Newton's error after a step is about its square: one of this share of the flow is the last.
SETTLED, ROUNDING = 1e-5, 1e-15
# A part that shut valves close off keeps its pressure by a leak: this share of the usual flow per pascal.
LEAK_PER_PA = 1e-15
# No branch counts as less steep than this per usual flow; beside waves and inertia that is next to nothing.
LEAST_PA = 100.0

LawAt = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instant:
    """What one instant is given. Shapes: (node,), (lump,).

    Attributes:
        law: Loss and slope of the lumps over their flow.
        drag_pa_s_kg, pull_pa: What inertia adds: loss + drag · flow - pull.
        fixed, given_kg_s: Lumps whose flow is given, and that flow.
        conductance, inflow_kg_s: Sums over the ends of elastic pipes: a node takes in
            ``inflow_kg_s`` - ``conductance`` · pressure.
    """

    law: LawAt
    drag_pa_s_kg: Array
    pull_pa: Array
    fixed: Flags
    given_kg_s: Array
    conductance: Array
    inflow_kg_s: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Junctions:
    """What the nodes of one loop need once.

    Attributes:
        loop: The loop.
        lump: Its lumped branches, shape (lump,).
        tail, head: Their ends, shape (lump,).
        check: Which refuse reversed flow, shape (lump,).
        free: Nodes whose pressure is unknown, shape (free,).
        leaving: Sums what leaves nodes through lumps, shape (node, lump).
        plan, matrix: Elimination, and what sums conductances into its entries.
    """

    loop: Loop
    lump: Index
    tail: Index
    head: Index
    check: Flags
    free: Index
    leaving: csr_array
    plan: sparse.Plan
    matrix: csr_array


def junctions_of(loop: Loop, lump: Index, check: Flags) -> Junctions:
    """Return what can be computed before any number changes."""
    count, nodes = len(lump), len(loop.node)
    tail, head = loop.tail[lump], loop.head[lump]
    rows, cols = np.concatenate([tail, head]), np.concatenate([np.arange(count)] * 2)
    leaving = csr_array((np.repeat([1.0, -1.0], count), (rows, cols)), shape=(nodes, count))
    free = np.flatnonzero(~loop.held)
    place = np.full(nodes, -1, dtype=np.intp)
    place[free] = np.arange(len(free))
    a, b = place[tail], place[head]
    real = a != b
    within = np.flatnonzero((a >= 0) & (b >= 0) & real)
    plan = sparse.analyse(len(free), a[within], b[within], symmetric=True)
    at_a, at_b = np.flatnonzero((a >= 0) & real), np.flatnonzero((b >= 0) & real)
    ends = np.concatenate([a[at_a], b[at_b]])
    entries = plan.assembly(np.concatenate([ends, a[within]]), np.concatenate([ends, b[within]])).ones
    source = np.concatenate([at_a, at_b, within])
    weight = np.repeat([1.0, -1.0], [len(ends), len(within)])
    given = csr_array((weight, (np.arange(len(source)), source)), shape=(len(source), count))
    return Junctions(
        loop=loop, lump=lump, tail=tail, head=head, check=check, free=free, leaving=leaving, plan=plan,
        matrix=csr_array(entries @ given),
    )  # fmt: skip


def settle(
    junctions: Junctions, instant: Instant, start: tuple[Array, Array, Flags], scale_kg_s: float
) -> tuple[Array, Array, Flags, Array]:
    """Return pressures, flows of lumps, which check valves are shut, and what lumps lose, at one instant.

    Args:
        junctions: From ``junctions_of``.
        instant: What holds now.
        start: Pressures, flows and shut check valves to begin with.
        scale_kg_s: Flow that changes are measured by.

    Raises:
        ConvergenceError: Flows do not settle; the worst branch is named.
    """
    pressure, flow, shut = start
    for _ in range(FLIPS):
        fixed = instant.fixed | shut
        given = np.where(shut, 0.0, instant.given_kg_s)
        pressure, flow, loss = _newton(junctions, instant, (pressure, flow), (fixed, given), scale_kg_s)
        across = pressure[junctions.tail] - pressure[junctions.head]
        back = junctions.check & ~fixed & (flow < -STILL_KG_S)
        pushed = shut & (across - loss + instant.pull_pa > 0.0)
        # One that the fluid pushes open and back again stays shut for this instant.
        pushed &= ~back.any()
        if not (back | pushed).any():
            return pressure, flow, shut, loss
        shut = (shut | back) & ~pushed
    return pressure, flow, shut, loss


def _newton(
    junctions: Junctions,
    instant: Instant,
    start: tuple[Array, Array],
    fixing: tuple[Flags, Array],
    scale: float,
) -> tuple[Array, Array, Array]:
    (pressure, flow), (fixed, given) = start, fixing
    pressure, flow = pressure.copy(), np.where(fixed, given, flow)
    tail, head, free = junctions.tail, junctions.head, junctions.free
    before, leak = pressure.copy(), LEAK_PER_PA * scale
    for _ in range(PASSES):
        loss, slope = instant.law(flow)
        steep = np.where(fixed, np.inf, np.maximum(slope + instant.drag_pa_s_kg, LEAST_PA / scale))
        conductance = 1.0 / steep
        missed = pressure[tail] - pressure[head] - loss - instant.drag_pa_s_kg * flow + instant.pull_pa
        step = conductance * missed
        diagonal = instant.conductance + leak
        excess = instant.inflow_kg_s - instant.conductance * pressure - junctions.leaving @ (flow + step)
        excess -= leak * (pressure - before)
        entries = junctions.matrix @ conductance[:, None]
        size = len(free)
        factor = sparse.factorise(
            junctions.plan, entries[:size] + diagonal[free, None], entries[size:],
            name=lambda row: _name(junctions, row), what="continuity", traced=False,
        )  # fmt: skip
        rise = np.zeros_like(pressure)
        rise[free] = factor.solve(excess[free, None])[:, 0]
        pressure += rise
        step += conductance * (rise[tail] - rise[head])
        flow = flow + step
        blur = ROUNDING * np.abs(pressure).max(initial=1.0) * conductance
        if (np.abs(step) - blur).max(initial=0.0) <= SETTLED * max(
            scale, float(np.abs(flow).max(initial=0.0))
        ):
            return pressure, flow, loss + slope * step
    worst = int(np.argmax(np.abs(step)))
    name = junctions.loop.steady.net.branch_name(int(junctions.loop.branch[junctions.lump[worst]]))
    raise ConvergenceError(
        f"during a surge the flow through {name} still changes by {abs(step[worst]):.3g} kg/s after {PASSES} "
        "passes",
        component=name.rpartition(".")[0], equation="pressure drop of the branch in time",
    )  # fmt: skip


def _name(junctions: Junctions, row: int) -> str:
    net, loop = junctions.loop.steady.net, junctions.loop
    return net.name_of(int(net.node[loop.node[junctions.free[row]]]))
