"""Cable trays as a graph: where they meet, and how ports reach them."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from twin.arrays import Array, Index
from twin.model.closest import closest

# Trays meet where their edges touch; drawings are not closer than that.
TOUCH_M = 0.02
# Of trays above each other: a drop-out or a short riser joins them.
LEVEL_M = 0.3
SAMPLE_M = 0.25
# What a change of tray costs beside its length: a bend to lay (assumption).
TURN_M = 0.5
PAIRS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trays:
    """Straight trays as columns.

    Attributes:
        start_m, stop_m: Ends of the centre line, shape (tray, 3).
        width_m: Usable width, shape (tray,).
        section_m2: Width times depth, shape (tray,).
        design_ratio, limit_ratio: Fill to design for and not to exceed, shape (tray,).
    """

    start_m: Array
    stop_m: Array
    width_m: Array
    section_m2: Array
    design_ratio: Array
    limit_ratio: Array

    @property
    def length_m(self) -> Array:
        """Return the length of each, shape (tray,)."""
        found: Array = np.linalg.norm(self.stop_m - self.start_m, axis=1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Trays cut where they meet others: nodes are the meetings, two for each; slots lie between.

    Attributes:
        trays: The trays.
        tray, along_m: Tray of each node and its distance from that tray's start, shape (node,).
        first: First node of each tray, shape (tray + 1,): its nodes follow in order along it.
        edge_a, edge_b: Nodes that an edge joins, shape (edge,): along trays first, then from tray to tray.
        edge_m: Length of each edge, shape (edge,).
        edge_slot: Slot that an edge runs through, -1 from tray to tray, shape (edge,).
        slot_tray: Tray of each slot, shape (slot,); tray t has one slot more than nodes, from first[t] + t.
    """

    trays: Trays
    tray: Index
    along_m: Array
    first: Index
    edge_a: Index
    edge_b: Index
    edge_m: Array
    edge_slot: Index
    slot_tray: Index

    def weighted(self, factor: Array) -> csr_array:
        """Return the weights of all edges under a cost factor per slot, both ways, shape (node, node)."""
        along = self.edge_slot >= 0
        cost = np.where(along, self.edge_m * factor[self.edge_slot], self.edge_m + TURN_M)
        count = len(self.tray)
        both = (
            np.concatenate([cost, cost]),
            (
                np.concatenate([self.edge_a, self.edge_b]),
                np.concatenate([self.edge_b, self.edge_a]),
            ),
        )
        return csr_array(both, shape=(count, count))

    def numbered(self) -> csr_array:
        """Return edge number plus one at each pair of nodes, shape (node, node)."""
        number = np.arange(1, len(self.edge_a) + 1)
        count = len(self.tray)
        rows, columns = np.concatenate([self.edge_a, self.edge_b]), np.concatenate([self.edge_b, self.edge_a])
        return csr_array((np.concatenate([number, number]), (rows, columns)), shape=(count, count))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Access:
    """How ports reach trays: the nearest few, by a vertical drop and a step aside.

    Attributes:
        tray: Tray of each way in, -1 for none, shape (port, way).
        along_m: Where it enters, from the tray's start, shape (port, way).
        drop_m: Vertical and sideways length up to the tray, inf for none, shape (port, way).
    """

    tray: Index
    along_m: Array
    drop_m: Array


def graph_of(trays: Trays) -> Graph:
    """Return the graph of trays that meet."""
    one, two = _near(trays)
    at_one, at_two, gap = closest(
        (trays.start_m[one], trays.stop_m[one]), (trays.start_m[two], trays.stop_m[two])
    )
    count = len(trays.width_m)
    # Each meeting is a node on either tray.
    tray, along = np.concatenate([one, two]), np.concatenate([at_one, at_two])
    order = np.lexsort((along, tray))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    tray, along = tray[order], along[order]
    first = np.searchsorted(tray, np.arange(count + 1))
    follows = np.flatnonzero(tray[1:] == tray[:-1])
    half = len(one)
    slot_of_node = np.arange(len(tray)) + tray  # slot before the node; the slot after it is one more
    return Graph(
        trays=trays, tray=tray, along_m=along, first=first,
        edge_a=np.concatenate([follows, place[:half]]), edge_b=np.concatenate([follows + 1, place[half:]]),
        # Weights of zero would be no edges to a sparse matrix.
        edge_m=np.maximum(np.concatenate([along[follows + 1] - along[follows], gap]), 1e-6),
        edge_slot=np.concatenate([slot_of_node[follows] + 1, np.full(half, -1, dtype=np.intp)]),
        slot_tray=np.repeat(np.arange(count), np.diff(first) + 1),
    )  # fmt: skip


def access(trays: Trays, port_m: Array, *, reach_m: float, ways: int = 4) -> Access:
    """Return the nearest trays of each port.

    Args:
        trays: The trays.
        port_m: Ports, shape (port, 3).
        reach_m: How far a port may lie beside a tray's centre line in plan.
        ways: Trays looked at, the nearest ones.
    """
    count = len(port_m)
    if not len(trays.width_m) or not count:
        none = np.full((count, 1), -1, dtype=np.intp)
        return Access(tray=none, along_m=np.zeros((count, 1)), drop_m=np.full((count, 1), np.inf))
    port, tray = _candidates(trays, port_m, reach_m)
    along, beside, drop = _onto(trays, port_m[port], tray)
    near = beside <= reach_m
    port, tray, along, cost = port[near], tray[near], along[near], (beside + drop)[near]
    order = np.lexsort((cost, port))
    port, tray, along, cost = port[order], tray[order], along[order], cost[order]
    rank = np.arange(len(port)) - np.searchsorted(port, port)
    keep = rank < ways
    spot = port[keep], rank[keep]
    out = Access(
        tray=np.full((count, ways), -1, dtype=np.intp), along_m=np.zeros((count, ways)),
        drop_m=np.full((count, ways), np.inf),
    )  # fmt: skip
    out.tray[spot], out.along_m[spot], out.drop_m[spot] = tray[keep], along[keep], cost[keep]
    return out


def _candidates(trays: Trays, port_m: Array, reach_m: float) -> tuple[Index, Index]:
    """Return pairs of port and tray that may be near each other in plan, each pair once."""
    steps = np.maximum(np.ceil(trays.length_m / SAMPLE_M).astype(np.intp), 1) + 1
    tray = np.repeat(np.arange(len(steps)), steps)
    share = (np.arange(len(tray)) - np.repeat(np.cumsum(steps) - steps, steps)) / (steps - 1)[tray]
    points = trays.start_m[tray] + share[:, None] * (trays.stop_m - trays.start_m)[tray]
    found = cKDTree(points[:, :2]).query_ball_point(port_m[:, :2], reach_m + SAMPLE_M)
    sizes = np.fromiter(map(len, found), dtype=np.intp, count=len(found))
    if not sizes.sum():
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    port = np.repeat(np.arange(len(port_m)), sizes)
    pair = np.unique(port * len(steps) + tray[np.concatenate([np.asarray(f, dtype=np.intp) for f in found])])
    return pair // len(steps), pair % len(steps)


def _onto(trays: Trays, port_m: Array, tray: Index) -> tuple[Array, Array, Array]:
    """Return where points lie along trays, how far beside them in plan, and how far above or below."""
    start, run = trays.start_m[tray], (trays.stop_m - trays.start_m)[tray]
    length = np.linalg.norm(run, axis=1)
    share = np.clip(np.einsum("ij,ij->i", port_m - start, run) / length**2, 0.0, 1.0)
    gap = port_m - start - share[:, None] * run
    return share * length, np.hypot(gap[:, 0], gap[:, 1]), np.abs(gap[:, 2])


def _near(trays: Trays) -> tuple[Index, Index]:
    """Return pairs of trays whose upright boxes touch."""
    low = np.minimum(trays.start_m, trays.stop_m)
    high = np.maximum(trays.start_m, trays.stop_m)
    grow = 0.5 * trays.width_m[:, None] + TOUCH_M
    low[:, :2] -= grow
    high[:, :2] += grow
    low[:, 2] -= 0.5 * LEVEL_M
    high[:, 2] += 0.5 * LEVEL_M
    count = len(low)
    block = max(1, PAIRS // max(count, 1))
    found = []
    for begin in range(0, count, block):
        some = slice(begin, begin + block)
        touch = np.ones((len(low[some]), count), dtype=np.bool_)
        for axis in range(3):
            touch &= (low[some, axis, None] <= high[None, :, axis]) & (
                low[None, :, axis] <= high[some, axis, None]
            )
        one, two = np.nonzero(touch)
        found.append(np.stack([one + begin, two])[:, one + begin < two])
    pairs = np.concatenate(found, axis=1) if found else np.zeros((2, 0), dtype=np.intp)
    return pairs[0], pairs[1]
