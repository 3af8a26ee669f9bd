"""Bounds of surges by algebra: Joukowsky at once, Michaud when slower than the wave."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Index
from twin.solve.branch import GRAVITY_M_S2
from twin.solve.hammer_loop import Loop

# Differences and shares below these are none.
LEAST_PA, LEAST_SHARE = 1.0, 1e-6


def stopping(loop: Loop, branches: Index) -> tuple[Array, Array]:
    """Return what a unit of flow that stops raises before each branch: at once, and times its duration.

    The column that has to stop is that of the shortest way, by length over bore, from before the branch to
    where a pressure is held; ways beside it would make it easier.

    Args:
        loop: Islands that hold the branches.
        branches: Branches of the loop, shape (stop,).

    Returns:
        Joukowsky's rise per flow [Pa s/kg], and twice the inertia of the column [Pa s^2/kg], infinite where
        no way leads, shape (stop,).

    Source:
        ``twin.laws.waves.joukowsky_rise`` with rho·V = m/A; Michaud, as in ``closing_rise``.
    """
    forward = loop.flow_kg_s[branches] >= 0.0
    before = np.where(forward, loop.tail[branches], loop.head[branches])
    at_once, column = np.empty(len(branches)), np.empty(len(branches))
    held, inertance = np.flatnonzero(loop.held), loop.inertance_per_m
    everywhere = loop.away(inertance, held, without=branches)
    for row, (branch, node) in enumerate(zip(branches.tolist(), before.tolist(), strict=True)):
        way = everywhere[node]
        if not np.isfinite(way):
            way = loop.away(inertance, held, without=np.array([branch]))[node]
        at_once[row], column[row] = _impedance(loop, branch, node), 2.0 * way
    return at_once, column


def _impedance(loop: Loop, branch: int, node: int) -> float:
    """Return the impedance of the pipes at a node, or where branches without length lead [Pa s/kg]."""
    runs = loop.length_m > 0.0
    runs[branch] = False
    near = np.zeros(len(loop.node), dtype=np.bool_)
    near[node] = True
    if not (runs & ((loop.tail == node) | (loop.head == node))).any():
        joins = np.flatnonzero((loop.length_m <= 0.0) & (np.arange(len(loop.tail)) != branch))
        ends = np.ones(len(joins)), (loop.tail[joins], loop.head[joins])
        graph = coo_array(ends, shape=(len(loop.node),) * 2)
        part = connected_components(graph, directed=False)[1]
        near = part == part[node]
    if loop.held[near].any():
        return 0.0
    opening = np.where(runs, loop.area_m2 / np.where(runs, loop.wave_m_s, 1.0), 0.0)
    total = float(opening[near[loop.tail]].sum() + opening[near[loop.head]].sum())
    return 1.0 / total if total > 0.0 else float("inf")


def seat(loop: Loop, branches: Index) -> tuple[Array, Array]:
    """Return how valves close at the end of their stroke.

    Kv falls evenly with the stroke. While the rest of the loop takes most of the drop, flow hardly follows;
    it goes at the end, where all the loop's difference stands across the valve: as if it fell evenly in
    T·sqrt(N), N being the drop of the open valve over that difference. The difference is the widest of the
    loop at one height, so that N is rather too small.

    Args:
        loop: Islands that hold the branches.
        branches: Branches of the loop that close, shape (stop,).

    Returns:
        Share sqrt(N) of the stroke [1], above 0 to 1, and the difference [Pa], shape (stop,).

    Source:
        Q/Q0 = s/sqrt(s²·(1 - N) + N) at opening s, from quadratic drops in series; its slope at s = 0.
    """
    net, count = loop.steady.net, len(loop.node)
    weight = GRAVITY_M_S2 * float(loop.steady.density_kg_m3[loop.branch].mean())
    level = loop.pressure_pag + weight * net.height_m[loop.node]
    ends = np.ones(len(loop.tail)), (loop.tail, loop.head)
    part = connected_components(coo_array(ends, shape=(count, count)), directed=False)[1]
    widest = np.full((2, int(part.max(initial=-1)) + 1), -np.inf)
    np.maximum.at(widest[0], part, level)
    np.maximum.at(widest[1], part, -level)
    laws = loop.laws(branches)
    lost = laws.at(loop.flow_kg_s[branches, None], np.ones((len(laws.net.mover), 1)))[0] - laws.lift_pa
    across = np.maximum(widest.sum(axis=0)[part[loop.tail[branches]]], LEAST_PA)
    return np.sqrt(np.clip(np.abs(lost[:, 0]) / across, LEAST_SHARE, 1.0)), across


def bound(
    stops: tuple[Array, Array], flow_kg_s: Array, time_s: Array, across_pa: Array | None = None
) -> Array:
    """Return the lesser of Joukowsky's rise and one for slower closing [Pa], shape of the flow.

    Before a valve that closes, a wave and its echo leave no more than Michaud's rise of the steepest fall of
    flow. By its Kv that is steeper by sqrt(1 + h), h being the rise over what stands across it: so h is the
    root of h² = m²·(1 + h), m Michaud's rise over that difference.

    Args:
        stops: From ``stopping``.
        flow_kg_s: Flow that stops, shape (stop, ...).
        time_s: In which time it would fall evenly, shape of the flow.
        across_pa: What stands across a valve that closes by its Kv, infinite where the flow falls evenly,
            shape (stop,); None for all.

    Source:
        Wylie & Streeter, Fluid Transients in Systems, 1993: h(t) + h(t - 2L/a) = a/gA·(Q(t - 2L/a) - Q(t)).
    """
    deep = (-1, *(1,) * (np.ndim(flow_kg_s) - 1))
    at_once, column = (each.reshape(deep) for each in stops)
    evenly = np.abs(flow_kg_s) * column / np.maximum(time_s, 1e-9)
    if across_pa is not None:
        across = across_pa.reshape(deep)
        ratio = np.where(np.isfinite(across), evenly / across, 0.0)
        by_kv = 0.5 * ratio * (ratio + np.sqrt(ratio**2 + 4.0))
        evenly = np.where(np.isfinite(across), np.where(np.isfinite(across), across, 0.0) * by_kv, evenly)
    return np.asarray(np.minimum(np.abs(flow_kg_s) * at_once, evenly))
