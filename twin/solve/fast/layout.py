"""A flow system as kernels take it: branches by law, nodes in order of elimination, 32-bit indices."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Index
from twin.model.element import Friction
from twin.solve.elimination import Plan, couples
from twin.solve.flow_system import FlowSystem

Short = NDArray[np.int32]


class Rows(NamedTuple):
    """Rows of a matrix in order of elimination.

    Attributes:
        upto: Where the pairs of each row start, shape (row + 1,).
        later: Neighbour of each pair, eliminated later, shape (pair,).
        target: Entry that each product of two pairs of a row is taken from.
        widest: Most pairs of a row.
        pairs: Where pairs start among entries: diagonal entries of all nodes come first.
    """

    upto: Short
    later: Short
    target: Short
    widest: int
    pairs: int


# Parts of the wiring, in their order: ends, pair of the matrix and island of each branch; island of each free
# node; number of islands; branches whose factor is Colebrook's, and the others with friction.
TAIL, HEAD, PAIR, ISLAND, NODE_ISLAND, ISLANDS, COLEBROOK, SWAMEE_JAIN = np.arange(8, dtype=np.intp)
# Branches that follow each law; movers of the last of those with a table.
MEASURED, POWERED, TABLED, MOVER, HELD, LIMITED, CHECK, LIFTING = np.arange(8, 16, dtype=np.intp)
# Controller of each mover, -1 for none; whether it starts them in turn; what each controller senses.
CONTROL_OF, STAGED, PLUS, MINUS = np.arange(16, 20, dtype=np.intp)
# Rank of each controller in its island, and number of ranks; controller of each rank and island, -1 for none;
# where the controllers of each island start, and which they are.
COLOUR, COLOURS, CONTROL_AT, GROUP, MEMBER = np.arange(20, 25, dtype=np.intp)


class Wiring(NamedTuple):
    """A network without its numbers. Branches are those with friction first; nodes are held ones last.

    One more node and one more pair take what goes nowhere, so that loops need not ask.

    Attributes:
        flat: All parts, one behind the other.
        start: Where each part starts, shape (part + 1,).
    """

    flat: Short
    start: Index


class Layout(NamedTuple):
    """All that one topology needs once.

    Attributes:
        rows: Order of elimination.
        wiring: The network.
        branches, nodes: Which branch or node of the network stands at each place.
        branch_at, node_at: Place of each branch and node.
    """

    rows: Rows
    wiring: Wiring
    branches: Index
    nodes: Index
    branch_at: Index
    node_at: Index


def layout_of(system: FlowSystem) -> Layout:
    """Return the layout of a system."""
    net, plan = system.net, system.plan
    nodes = np.concatenate([system.free[plan.order], np.setdiff1d(np.arange(len(net.node)), system.free)])
    node_at = _inverse(nodes)
    law = np.argsort(net.friction_law, kind="stable")
    rubbing = net.friction[law]
    branches = np.concatenate([rubbing, np.setdiff1d(np.arange(len(net.tail)), rubbing)])
    branch_at = _inverse(branches)
    parts = [short(each) for each in _parts(system, branches, branch_at, node_at)]
    wiring = Wiring(np.concatenate(parts), np.cumsum([0, *(len(each) for each in parts)]))
    return Layout(rows_of(plan, len(nodes) + 1), wiring, branches, nodes, branch_at, node_at)


def _parts(system: FlowSystem, branches: Index, branch_at: Index, node_at: Index) -> Iterator[Index]:
    """Yield the parts of the wiring in their order."""
    net = system.net
    tail, head = net.tail[branches], net.head[branches]
    ends = (np.where(tail == head, len(node_at), node_at[end]) for end in (tail, head))
    yield from (*ends, _pairs(system, tail, head), net.island[tail])
    yield net.island[system.free[system.plan.order]]
    yield np.array([net.island.max(initial=-1) + 1])
    for law in (Friction.COLEBROOK, Friction.SWAMEE_JAIN):
        yield branch_at[net.friction[net.friction_law == law]]
    for rows in (net.measured, net.powered, net.tabled, net.mover, net.held_flow, net.limited, net.check):
        yield branch_at[rows]
    yield np.searchsorted(net.mover, net.tabled[np.isin(net.tabled, net.mover)])
    yield net.control_of
    in_turn = np.isin(net.control_of, np.unique(net.control_of[net.turn_index > 0]))
    yield (in_turn & (net.control_of >= 0)).astype(np.intp)
    yield from (node_at[net.plus], node_at[net.minus])
    yield from _controllers(system)


def _controllers(system: FlowSystem) -> Iterator[Index]:
    """Yield rank, number of ranks, controller of each rank and island, and controllers by island."""
    net, colour = system.net, system.colour_of
    island, islands = net.island[net.plus], int(net.island.max(initial=-1)) + 1
    at = np.full((int(colour.max(initial=-1)) + 1, islands), -1)
    at[colour, island] = np.arange(len(island))
    members = [row for group in system.groups for row in group]
    yield from (colour, np.array([len(at)]), at.ravel())
    yield np.cumsum([0, *(len(row) for row in members)])
    yield np.concatenate([np.zeros(0, dtype=np.intp), *members])


def rows_of(plan: Plan, pairs: int) -> Rows:
    """Return the rows of a symmetric plan, in order of elimination; pairs start at that entry."""
    size = plan.size
    low, high = np.divmod(plan.keys, max(size, 1))
    owner, other = np.empty((2, plan.pairs), dtype=np.intp)
    before = plan.place[low] < plan.place[high]
    owner[plan.ranks] = plan.place[np.where(before, low, high)]
    other[plan.ranks] = np.where(before, high, low)
    degree = np.bincount(owner, minlength=size)
    first, second = couples(degree, 0)
    slots = plan.slots(other[first], other[second])
    target = np.where(slots < 0, plan.place[other[first]], pairs + slots)
    upto = np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(degree)])
    return Rows(short(upto), short(plan.place[other]), short(target), int(degree.max(initial=0)), pairs)


def _pairs(system: FlowSystem, tail: Index, head: Index) -> Index:
    """Return the pair that each branch adds to, one more for those to a held node or back to their own."""
    low, high = system.local[tail], system.local[head]
    pair = np.full(len(tail), system.plan.pairs, dtype=np.intp)
    within = np.flatnonzero((low >= 0) & (high >= 0) & (low != high))
    pair[within] = system.plan.slots(low[within], high[within])
    return pair


def _inverse(order: Index) -> Index:
    at = np.empty_like(order)
    at[order] = np.arange(len(order))
    return at


def short(values: Index) -> Short:
    """Return whole numbers as kernels take them."""
    return np.ascontiguousarray(values, dtype=np.int32)
