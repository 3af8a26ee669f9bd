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
        lost: Branches of the racks, units and coils that lose their flow with it, for each segment.
        piped: Which segments hold pipes, hoses or manifolds, shape (segment,).
    """

    of_branch: Index
    volume_m3: Array
    lost: tuple[Index, ...]
    piped: Flags

    @property
    def lost_count(self) -> Index:
        """Return how many lose their flow with each segment, shape (segment,)."""
        return np.array([len(rows) for rows in self.lost], dtype=np.intp)


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
    lost = _touched(graph, segment, pieces)
    for rows in _loops(graph, count):
        mine = own[rows[graph.pipes[rows]]]
        for piece in np.unique(mine[piped[mine]]).tolist():
            ends = segment[graph.tail[rows]], segment[graph.head[rows]]
            lost[piece] = rows[_lost(_part(graph, rows), *ends, piece)]
    return Segments(of_branch=own, volume_m3=volume.astype(np.float64), lost=tuple(lost), piped=piped)


def _touched(graph: _Graph, segment: Index, pieces: int) -> list[Index]:
    """Return the loads that begin or end in each segment."""
    loads = np.flatnonzero(graph.loads)
    ends = segment[graph.tail[loads]], segment[graph.head[loads]]
    both = ends[0] != ends[1]
    piece, load = np.concatenate([ends[0], ends[1][both]]), np.concatenate([loads, loads[both]])
    order = np.argsort(piece, kind="stable")
    return np.split(load[order], np.searchsorted(piece[order], np.arange(1, pieces)))


def _loops(graph: _Graph, count: int) -> list[Index]:
    """Return the branches of each connected loop that holds loads and pumps."""
    island = _components(graph, np.ones(len(graph.tail), dtype=np.bool_), count)[graph.tail]
    order = np.argsort(island, kind="stable").astype(np.intp)
    rows = np.split(order, np.flatnonzero(np.diff(island[order])) + 1)
    return [r for r in rows if graph.loads[r].any() and graph.movers[r].any()]


def _part(graph: _Graph, rows: Index) -> _Graph:
    """Return some branches, their nodes numbered from zero."""
    _, local = np.unique(np.concatenate([graph.tail[rows], graph.head[rows]]), return_inverse=True)
    tail, head = np.split(local.ravel().astype(np.intp), 2)
    return _Graph(
        tail=tail, head=head, volume=graph.volume[rows], cuts=graph.cuts[rows], loads=graph.loads[rows],
        movers=graph.movers[rows], pipes=graph.pipes[rows],
    )  # fmt: skip


def _lost(loop: _Graph, tail: Index, head: Index, piece: int) -> Index:
    """Return which branches of a loop are loads that go without once one of its segments is shut.

    ``tail`` and ``head`` are the segments of the two ends of its branches.
    """
    left = (tail != piece) & (head != piece)
    count = int(max(loop.tail.max(), loop.head.max())) + 1
    joined = _components(loop, left & ~loop.loads & ~loop.movers, count)
    pumps, loads = np.flatnonzero(loop.movers & left), np.flatnonzero(loop.loads)
    fed = joined[loop.head[pumps]] * count + joined[loop.tail[pumps]]
    alive = left[loads] & np.isin(joined[loop.tail[loads]] * count + joined[loop.head[loads]], fed)
    return np.asarray(loads[~alive], dtype=np.intp)


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
