"""Outages of a radial power net: what they leave dead, solved with the factors of the whole net.

A branch that is out in a radial net leaves dead all that hangs on it. Where nothing draws there, it carries
no current whether it is open or not: the matrix of the whole net holds in every outage, but for the cores of
dead transformers, which are taken off on the right-hand side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import depth_first_order

from twin.arrays import Flags, Index
from twin.model.power_net import PowerNet
from twin.solve.power_grid import Absent, Grid
from twin.solve.power_settle import Running
from twin.solve.power_supply import Supply, share_inputs

BRANCHES = ("lines", "transformers", "converters")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """A radial net, every node below the branch that feeds it.

    Attributes:
        place: Place of each node in an order in which those below it come right after it, shape (node,).
        size: Nodes below it, itself included; 0 for dead ones, shape (node,).
        above: Node above it, -1 for a feed and for dead ones, shape (node,).
        child: Node below each line, transformer, converter and feed, -1 where it is open or dead.
    """

    place: Index
    size: Index
    above: Index
    child: dict[str, Index]

    def dead(self, out: Sequence[Sequence[tuple[str, int]]]) -> Flags:
        """Return the nodes that elements out of service leave dead, shape (node, variant).

        Args:
            out: Names of columns and rows of the elements that are out, by variant.
        """
        marks = np.zeros((len(self.place) + 1, len(out)), dtype=np.int32)
        for variant, elements in enumerate(out):
            for name, row in elements:
                node = self.child[name][row] if name in self.child else -1
                if node >= 0:
                    marks[self.place[node], variant] += 1
                    marks[self.place[node] + self.size[node], variant] -= 1
        found: Flags = (np.cumsum(marks[:-1], axis=0) > 0)[self.place]
        return found


def tree_of(net: PowerNet, supply: Supply) -> Tree | None:
    """Return the tree of a net of one variant, None where it is not radial.

    None too where transfer switches move load by themselves, or converters follow the voltage before them.
    """
    if np.isfinite(net.lines.priority).any() or net.converters.follow_ratio.any():
        return None
    root, ends, child = len(net.node), [], {}
    for name in BRANCHES:
        branch: Any = getattr(net, name)
        on = getattr(supply, name)[:, 0]
        ends.append(np.stack([branch.a[on], branch.b[on]]))
    on = supply.feeds[:, 0]
    ends.append(np.stack([np.full(on.sum(), root), net.feeds.node[on]]))
    a, b = np.concatenate(ends, axis=1)
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(root + 1, root + 1)).tocsr()
    order, above = depth_first_order(graph, root, directed=False)
    if len(a) != len(order) - 1 or len(order) - 1 != supply.alive[:, 0].sum():
        return None
    size = np.zeros(root + 1, dtype=np.intp)
    for node in order[:0:-1].tolist():
        size[node] += 1
        size[above[node]] += size[node]
    place = np.full(root + 1, root, dtype=np.intp)
    place[order] = np.arange(-1, len(order) - 1)
    place[np.setdiff1d(np.arange(root), order)] = np.arange(len(order) - 1, root)
    for name in BRANCHES:
        branch = getattr(net, name)
        below = np.where(above[branch.b] == branch.a, branch.b, branch.a)
        child[name] = np.where(getattr(supply, name)[:, 0], below, -1)
    fed = supply.converters[:, 0]
    if (child["converters"][fed] != net.converters.b[fed]).any():
        return None
    child["feeds"] = np.where(supply.feeds[:, 0], net.feeds.node, -1)
    up = np.where((above[:root] < 0) | (above[:root] == root), -1, above[:root])
    return Tree(place=place[:root], size=size[:root], above=up, child=child)


def without(normal: Running, tree: Tree, dead: Flags) -> Running:
    """Return the power flow of a radial net with some nodes dead, started from normal operation.

    Args:
        normal: Settled, of one variant, with its factors.
        tree: Of its net.
        dead: Nodes that each outage leaves dead, shape (node, variant).
    """
    grid = _grid(normal.grid, tree, dead)
    variants, state, supply = dead.shape[1], normal.state, grid.supply
    bus, before = supply.bus, normal.grid.supply.bus[:, 0]
    bus_va, shift = (np.zeros(supply.buses, dtype=np.complex128) for _ in range(2))
    bus_va[bus] = state.bus_va[before][:, None]
    shift[bus] = state.shift[before][:, None]
    started = replace(
        state, deviation=np.repeat(state.deviation, variants, axis=1),
        converter_va=np.where(supply.converters, state.converter_va, 0.0), bus_va=bus_va, shift=shift,
    )  # fmt: skip
    return Running(grid=grid, state=started, factor=normal.factor)


def _grid(whole: Grid, tree: Tree, dead: Flags) -> Grid:
    """Return the admittances with some nodes dead; the plan and the factors stay those of the whole."""
    supply, net, variants = _supply(whole, tree, dead), whole.net, dead.shape[1]
    off, variant = np.nonzero(whole.supply.transformers & ~supply.transformers)
    a, b = net.transformers.a[off], net.transformers.b[off]
    tap, core = whole.tap_ratio[off, 0], whole.core_va[off, 0]
    out = whole.winding[off, 0] * (1.0 / tap - 1.0)
    bias = np.repeat(whole.bias, variants, axis=1)
    np.subtract.at(bias, (a, variant), out / tap + core)
    np.add.at(bias, (b, variant), out)
    free = (whole.supply.alive & ~whole.supply.held)[a, 0]
    consumers = np.broadcast_to(net.consumers.in_service, (len(net.consumers.use), variants))
    return replace(
        whole, supply=supply, line=whole.line * supply.lines, winding=whole.winding * supply.transformers,
        core_va=whole.core_va * supply.transformers, bias=bias,
        net=replace(net, variants=variants, consumers=replace(net.consumers, in_service=consumers)),
        absent=Absent(node=a[free], variant=variant[free], core_va=core[free]),
    )  # fmt: skip


def _supply(whole: Grid, tree: Tree, dead: Flags) -> Supply:
    normal, net, variants = whole.supply, whole.net, dead.shape[1]
    alive = normal.alive & ~dead
    on = {name: (child >= 0)[:, None] & alive[child] for name, child in tree.child.items()}
    wanted = np.broadcast_to(net.consumers.in_service, (len(net.consumers.use), variants))
    share, dropped = share_inputs(replace(net.consumers, in_service=wanted), alive[net.consumers.node])
    wired = np.bincount(net.consumers.consumer, minlength=len(wanted)) > 0
    count = len(net.converters.a)
    return replace(
        normal, alive=alive, **on, share_ratio=share, dropped=dropped & wired[:, None],
        held=normal.held & alive,
        leads=normal.leads & on["converters"], rated_ratio=on["converters"].astype(np.float64),
        bus=np.arange(count * variants).reshape(count, variants), buses=count * variants, uniform=False,
        pattern=np.arange(variants).reshape(1, -1),
    )  # fmt: skip
