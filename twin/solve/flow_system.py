"""What the flow solver needs once per topology: incidence, elimination, pinned nodes, controllers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.flow_net import FlowNet
from twin.solve import sparse
from twin.solve.keepers import Keepers, keepers_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowSystem:
    """What one topology needs once.

    Attributes:
        net: The network.
        free: Nodes whose pressure is unknown, shape (free,).
        local: Number of each node among them, -1 for held ones, shape (node,).
        leaving: Sums branch flows that leave free nodes, shape (free, branch).
        driving: Its columns of the movers, shape (free, mover).
        plan: Order of elimination.
        matrix: Sums conductances into entries of the plan, shape (free + pair, branch).
        pinned: 1 at one free node of every part that an outage cuts off, shape (free, variant).
        alive: Nodes that reach a held node over open branches, shape (node, variant).
        open: 1 for branches in service, shape (branch, variant).
        by_island: Branches by island, shape (branch,).
        islands: Islands that have branches, and where theirs start in ``by_island``.
        keepers: Valves that keep a pressure.
        anchored: Whether something else holds a pressure beyond them, shape (keeper, variant); one that all
            hangs on cannot regulate and stands open or shut.
        groups: Controllers of islands with equally many, each of shape (island, controller).
        colour_of: Rank of each controller in its island, shape (control,).
        memo, own: What ``once`` and ``for_net`` have made.
    """

    net: FlowNet
    free: Index
    local: Index
    leaving: csr_array
    driving: csr_array
    plan: sparse.Plan
    matrix: csr_array
    pinned: Array
    alive: Flags
    open: Array
    by_island: Index
    islands: tuple[Index, Index]
    keepers: Keepers
    anchored: Flags
    groups: tuple[Index, ...]
    colour_of: Index
    memo: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what only the topology decides, made when first asked for."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    def for_net(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what the numbers of the network decide too, made when first asked for."""
        if name not in self.own:
            self.own[name] = make()
        return self.own[name]

    def largest(self, values: Array) -> Array:
        """Return the largest value of the branches of each island that has some, shape (island, variant)."""
        starts = self.islands[1]
        if not len(starts):
            return np.zeros((0, values.shape[1]))
        return np.asarray(np.maximum.reduceat(values.take(self.by_island, axis=0), starts, axis=0))


def prepare(net: FlowNet) -> FlowSystem:
    """Return what can be computed before any number changes."""
    nodes, branches = len(net.node), len(net.tail)
    is_held = np.zeros(nodes, dtype=np.bool_)
    is_held[net.held] = True
    free = np.flatnonzero(~is_held)
    local = np.full(nodes, -1, dtype=np.intp)
    local[free] = np.arange(len(free))
    tail, head = local[net.tail], local[net.head]
    at_tail, at_head = np.flatnonzero(tail >= 0), np.flatnonzero(head >= 0)
    rows, cols = np.concatenate([tail[at_tail], head[at_head]]), np.concatenate([at_tail, at_head])
    sign = np.repeat([1.0, -1.0], [len(at_tail), len(at_head)])
    leaving = csr_array((sign, (rows, cols)), shape=(len(free), branches))
    plan, matrix = _plan(tail, head, len(free))
    island = net.island[net.tail]
    by_island = np.argsort(island, kind="stable")
    starts = np.flatnonzero(np.diff(island[by_island], prepend=-1))
    groups, colour = _groups(net)
    alive, keepers = _alive(net), keepers_of(net)
    return FlowSystem(
        net=net, free=free, local=local, leaving=leaving, driving=csr_array(leaving[:, net.mover]), plan=plan,
        matrix=matrix, pinned=_pins(net, alive, free), alive=alive,
        open=net.in_service.astype(np.float64), by_island=by_island,
        islands=(island[by_island][starts], starts), keepers=keepers,
        anchored=_anchored(net, keepers), groups=groups, colour_of=colour,
    )  # fmt: skip


def _plan(tail: Index, head: Index, size: int) -> tuple[sparse.Plan, csr_array]:
    """Return the order of elimination, and what sums conductances into its entries; ends are -1 if held."""
    real = tail != head
    within = np.flatnonzero((tail >= 0) & (head >= 0) & real)
    plan = sparse.analyse(size, tail[within], head[within], symmetric=True)
    at_tail, at_head = np.flatnonzero((tail >= 0) & real), np.flatnonzero((head >= 0) & real)
    ends = np.concatenate([tail[at_tail], head[at_head]])
    summed = plan.assembly(np.concatenate([ends, tail[within]]), np.concatenate([ends, head[within]])).ones
    source = np.concatenate([at_tail, at_head, within])
    weight = np.repeat([1.0, -1.0], [len(ends), len(within)])
    given = csr_array((weight, (np.arange(len(source)), source)), shape=(len(source), len(tail)))
    return plan, csr_array(summed @ given)


def of_variants(system: FlowSystem, net: FlowNet, which: Index) -> FlowSystem:
    """Return the system for some of its variants, whose network is ``net``."""
    return replace(
        system, net=net, own={}, keepers=replace(system.keepers, keep_pag=net.keep_pag),
        pinned=np.ascontiguousarray(system.pinned[:, which]),
        anchored=np.ascontiguousarray(system.anchored[:, which]),
        alive=np.ascontiguousarray(system.alive[:, which]), open=np.ascontiguousarray(system.open[:, which]),
    )  # fmt: skip


def renumbered(system: FlowSystem, net: FlowNet) -> FlowSystem:
    """Return the system for a network of the same topology with other numbers, outages or variants."""
    alive = _alive(net)
    return replace(
        system, net=net, own={}, keepers=replace(system.keepers, keep_pag=net.keep_pag), alive=alive,
        pinned=_pins(net, alive, system.free), open=net.in_service.astype(np.float64),
    )  # fmt: skip


def with_numbers(system: FlowSystem, net: FlowNet) -> FlowSystem:
    """Return the system for a network of the same branches with other numbers, and others in service."""
    made = replace(system, net=net, own={}, keepers=replace(system.keepers, keep_pag=net.keep_pag))
    if np.array_equal(net.in_service, system.net.in_service):
        return made
    alive = _alive(net)
    return replace(
        made, alive=alive, pinned=_pins(net, alive, system.free), anchored=_anchored(net, system.keepers),
        open=net.in_service.astype(np.float64),
    )  # fmt: skip


def _alive(net: FlowNet) -> Flags:
    """Return which nodes reach a held node over open branches, shape (node, variant).

    What is drawn to an open end at a constant flow tells nothing of the pressure there.
    """
    drawn = net.held_flow[np.isin(net.head[net.held_flow], net.held[net.open_ended])]
    alive = np.ones((len(net.node), net.variants), dtype=np.bool_)
    for variants in _alike(net.in_service):
        tells = net.in_service[:, variants[0]].copy()
        tells[drawn] = False
        part = _parts(net, tells)
        alive[:, variants] = np.isin(part, np.unique(part[net.held]))[:, None]
    return alive


def _anchored(net: FlowNet, keepers: Keepers) -> Flags:
    """Return beyond which valves a source, or another valve that regulates, holds, (keeper, variant).

    What leads there only over the node that the valve keeps does not count: it would flow in a circle.
    """
    out, count = np.ones((len(keepers.branch), net.variants), dtype=np.bool_), len(keepers.branch)
    # A constant flow passes whatever the pressures: it holds none.
    ties = ~np.isin(np.arange(len(net.tail)), np.concatenate([keepers.branch, net.held_flow]))
    for variants in _alike(net.in_service) if count else []:
        on = net.in_service[:, variants[0]]
        apart = [(net.tail != kept) & (net.head != kept) for kept in keepers.kept]
        parts = [_parts(net, on & ties & beside) for beside in apart]
        reached = np.zeros(count, dtype=np.bool_)
        for _ in range(count):
            firm = np.concatenate([net.held, keepers.kept[on[keepers.branch] & reached]])
            reached = np.array([
                np.isin(part[other], part[firm[firm != kept]])
                for part, other, kept in zip(parts, keepers.other, keepers.kept, strict=True)
            ])  # fmt: skip
        out[:, variants] = reached[:, None]
    return out


def _alike(flags: Flags) -> list[Index]:
    """Return the variants that have the same flags, by first appearance."""
    groups: dict[bytes, list[int]] = {}
    for variant, key in enumerate(np.packbits(flags, axis=0).T):
        groups.setdefault(key.tobytes(), []).append(variant)
    return [np.array(group) for group in groups.values()]


def _parts(net: FlowNet, open_: Flags) -> Index:
    count = len(net.node)
    graph = coo_array((np.ones(open_.sum()), (net.tail[open_], net.head[open_])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _pins(net: FlowNet, alive: Flags, free: Index) -> Array:
    """Return 1 at one node of every part that an outage cuts off: its pressure has no other reference."""
    pinned = np.zeros((len(net.node), net.variants))
    for variant in np.flatnonzero(~alive.all(axis=0)):
        part = _parts(net, net.in_service[:, variant])
        dead = np.flatnonzero(~alive[:, variant])
        first = np.unique(part[dead], return_index=True)[1]
        pinned[dead[first], variant] = 1.0
    return np.asarray(pinned[free])


def _groups(net: FlowNet) -> tuple[tuple[Index, ...], Index]:
    """Return controllers of islands with equally many, and the colour (rank in its island) of each."""
    island = net.island[net.plus]
    order = np.argsort(island, kind="stable")
    starts = np.flatnonzero(np.diff(island[order], prepend=-1))
    lengths = np.diff(np.r_[starts, len(order)])
    colour = np.zeros(len(island), dtype=np.intp)
    colour[order] = np.arange(len(order)) - np.repeat(starts, lengths)
    groups = tuple(
        order[starts[lengths == length][:, None] + np.arange(length)] for length in np.unique(lengths)
    )
    return groups, colour
