"""Bounds of surges by algebra: Joukowsky at once, Michaud when slower than the wave."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Index
from twin.solve.hammer_loop import Loop


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


def bound(stops: tuple[Array, Array], flow_kg_s: Array, time_s: Array) -> Array:
    """Return the lesser of Joukowsky's and Michaud's rise [Pa], shape of the flow.

    Args:
        stops: From ``stopping``.
        flow_kg_s: Flow that stops, shape (stop, ...).
        time_s: In which time, shape of the flow.
    """
    at_once, column = (each.reshape(-1, *(1,) * (np.ndim(flow_kg_s) - 1)) for each in stops)
    return np.asarray(np.abs(flow_kg_s) * np.minimum(at_once, column / np.maximum(time_s, 1e-9)))
