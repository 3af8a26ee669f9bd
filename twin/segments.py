"""What lies between isolating valves: the fluid that a leak there lets out, and who goes without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.element import Mover, Path, Valve
from twin.model.facility import Table
from twin.model.network import Network

# Kinds and roles whose flow is what the loop is for.
LOADS = frozenset({
    ("rack", "coolant"), ("cdu", "fws"), ("rear_door", "coil_water"), ("crah", "coil_water"),
    ("fan_wall", "coil_water"),
})  # fmt: skip
PIPEWORK = frozenset({"pipe", "hose", "manifold"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Pieces of loops that isolating valves and self-sealing couplings cut off.

    Attributes:
        of_branch: Segment of each branch, shape (branch,).
        volume_m3: Declared volume of each segment [m3], shape (segment,).
        lost_count: Racks, units and coils that lose their flow with it, shape (segment,).
    """

    of_branch: Index
    volume_m3: Array
    lost_count: Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Graph:
    """Branches of all loops by what they are. Shapes: (branch,)."""

    tail: Index
    head: Index
    volume: Array
    cuts: Flags
    loads: Flags
    movers: Flags
    pipes: Flags


def coupled(table: Table) -> Flags:
    """Return which hoses have self-sealing couplings, shape (part,)."""
    return np.asarray(np.isfinite(table.numbers["coupling_kv_m3_s"]).any(axis=1))


def segments(network: Network, hoses: Table | None, valves: Table | None) -> Segments:
    """Return the segments of every loop, as built: whatever a case takes out counts as there.

    A hand valve for isolation cuts; so does a hose with couplings, whose own fluid stays with the end that is
    not at a load. A load goes without when its supply is cut off from the discharge, or its return from the
    suction, of every pump.
    """
    graph = _graph(network, hoses, valves)
    count = len(network.flow.node)
    segment = _components(graph, ~graph.cuts, count)
    own = segment[graph.tail]
    at_load = np.zeros(count, dtype=np.bool_)
    at_load[graph.tail[graph.loads]] = at_load[graph.head[graph.loads]] = True
    own[graph.cuts & at_load[graph.tail]] = segment[graph.head][graph.cuts & at_load[graph.tail]]
    pieces = int(segment.max(initial=-1)) + 1
    volume = np.bincount(own, weights=graph.volume, minlength=pieces)
    piped = np.zeros(pieces, dtype=np.bool_)
    piped[own[graph.pipes]] = True
    touched = np.stack([segment[graph.tail], segment[graph.head]])[:, graph.loads]
    lost = np.bincount(touched[0], minlength=pieces) + np.bincount(
        touched[1][touched[0] != touched[1]], minlength=pieces
    )
    for piece in np.flatnonzero(piped).tolist():
        lost[piece] = _lost(graph, segment, piece, count)
    return Segments(of_branch=own, volume_m3=volume, lost_count=lost.astype(np.intp))


def _lost(graph: _Graph, segment: Index, piece: int, count: int) -> int:
    """Return how many loads of a loop go without once one of its segments is shut."""
    left = (segment[graph.tail] != piece) & (segment[graph.head] != piece)
    joined = _components(graph, left & ~graph.loads & ~graph.movers, count)
    pumps = np.flatnonzero(graph.movers & left)
    feeds = np.unique(np.stack([joined[graph.head[pumps]], joined[graph.tail[pumps]]]), axis=1)
    loads = np.flatnonzero(graph.loads)
    ends = np.stack([joined[graph.tail[loads]], joined[graph.head[loads]]])
    width = count + 1
    alive = left[loads] & np.isin(ends[0] * width + ends[1], feeds[0] * width + feeds[1])
    return int((~alive & _fed(graph, loads, count)).sum())


def _fed(graph: _Graph, loads: Index, count: int) -> Flags:
    """Return which loads stand in a loop with a pump."""
    island = _components(graph, np.ones(len(graph.tail), dtype=np.bool_), count)
    return np.isin(island[graph.tail[loads]], island[graph.tail[graph.movers]])


def _components(graph: _Graph, chosen: Flags, count: int) -> Index:
    ends = graph.tail[chosen], graph.head[chosen]
    joined = coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1], dtype=np.intp)


def _graph(network: Network, hoses: Table | None, valves: Table | None) -> _Graph:
    net = network.flow
    size = len(net.tail)
    volume, (cuts, loads, movers, pipes) = np.zeros(size), np.zeros((4, size), dtype=np.bool_)
    sealed = coupled(hoses) if hoses is not None else np.zeros(0, dtype=np.bool_)
    isolating = np.array([use == "isolating" for use in _uses(valves)], dtype=np.bool_)
    for kind, block in network.assembly.blocks:
        if not isinstance(block, Path | Mover | Valve) or not len(block.part):
            continue
        rows = net.rows[id(block)]
        part = np.asarray(block.part)
        loads[rows] = (kind, block.role) in LOADS
        pipes[rows] = kind in PIPEWORK
        if isinstance(block, Path):
            volume[rows] = np.broadcast_to(block.volume_m3, (len(part), block.volume_m3.shape[1]))[:, 0]
        if isinstance(block, Mover):
            movers[rows] = ~np.isfinite(block.held_m3_s).any(axis=1)
        if kind == "hose" and block.role == "bore":
            cuts[rows] = sealed[part]
        if kind == "valve":
            cuts[rows] = isolating[part]
    return _Graph(
        tail=net.tail, head=net.head, volume=volume, cuts=cuts, loads=loads, movers=movers, pipes=pipes
    )


def _uses(valves: Table | None) -> Sequence[str]:
    return valves.words["use"] if valves is not None else ()
