"""Outages of power equipment after which every consumer still has a supply, coupled.

They change currents and losses, and through the heat of the losses what fans, pumps and chillers draw.
Power is solved on condensed nets, started from normal operation; flow and heat are settled anew, coupled with
power, in the parts of the facility that the losses reach. Losses and loads that change by less than
``LEFT_RATIO`` of all power are left as in normal operation.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.element import Fluid, Use
from twin.model.heat_net import HeatNet
from twin.model.network import Network
from twin.model.part import numbers
from twin.model.power_net import PowerNet
from twin.solve import power_settle
from twin.solve.condense import Carried, Condensed, Whole, condensed, final, spread_out, whole_of
from twin.solve.couple import COARSEST, Settled, settle_job
from twin.solve.couple_state import (
    Inner,
    State,
    Systems,
    begin,
    declared,
    inner,
    neighbour,
    of_variants,
    prepare,
    rows_of,
    started,
)
from twin.solve.power import solve_power
from twin.solve.power_settle import Running, Taken
from twin.solve.power_tree import tree_of, without

# Share of all power that loads and enthalpy streams of an outage are settled to.
ENOUGH = 1e-6
# Currents settled to this share before it is known which parts their losses reach.
FIRST = 1e-7
# Parts whose losses change by less than this share of all power are left as in normal operation.
LEFT_RATIO = 2e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Normal:
    """Normal operation, settled, and room for as many outages as the network has variants.

    Attributes:
        systems: The network, every variant in normal operation.
        state: Settled state of one variant.
        whole: Its power net.
        nets: Condensed nets by the groups that they keep.
        cuts: Parts of the network that outages reached, by their flags.
        driven: Groups whose machines follow when losses in these parts change.
    """

    systems: Systems
    state: State
    whole: Whole
    nets: dict[bytes, Condensed | None] = field(default_factory=dict)
    cuts: dict[bytes, Inner] = field(default_factory=dict)
    driven: dict[bytes, Index] = field(default_factory=dict)

    def net(self, groups: Index) -> Condensed | None:
        """Return the power net with all but some groups condensed."""
        key = groups.tobytes()
        if key not in self.nets:
            self.nets[key] = condensed(self.whole, groups)
        return self.nets[key]


def normal_of(network: Network) -> Normal | None:
    """Return normal operation settled, None where the power net is not radial or not plain.

    Args:
        network: Every variant in normal operation, as many as outages are to be solved at once.

    Raises:
        ConvergenceError: It has no steady state.
    """
    if not _is_plain(network.power):
        return None
    systems = prepare(network)
    first = of_variants(systems, np.zeros(1, dtype=np.intp))
    grid = first.power.grid
    tree = tree_of(grid.net, grid.supply)
    if tree is None:
        return None
    done = settle_job(started(first, begin(first.network), first.power, COARSEST))
    found = solve_power(first.network.power, done.state.asked_w, running=done.power)
    power = found.running
    assert power is not None
    whole = whole_of(network, power, found, done.state.asked_w, tree)
    return Normal(systems=systems, state=done.state, whole=whole)


def _is_plain(net: PowerNet) -> bool:
    """Return whether all is balanced AC behind converters that hold their voltage, and nothing transfers."""
    switched, follows = np.isfinite(net.lines.priority).any(), (net.converters.follow_ratio > 0.0).any()
    return not (net.unbalanced or net.direct.any() or switched or follows)


def settled_outages(normal: Normal, dead: Flags, groups: Index) -> Carried | None:
    """Return what the power net carries in outages, None where they have to be solved like any other.

    Args:
        normal: Normal operation.
        dead: Nodes that each outage leaves dead, every consumer with an input alive; shape (node, variant).
        groups: Groups of the net that dead nodes are in, ascending.

    Raises:
        ConvergenceError: One has no steady state.
    """
    key = _warmed_parts(normal, groups)
    groups = np.union1d(groups, normal.driven.get(key, groups))
    net = normal.net(groups)
    if net is None:
        return None
    asked = np.repeat(net.asked_w, dead.shape[1], axis=1)
    begun = without(net.power, net.tree, dead[net.rows["node"]])
    power = power_settle.settle(begun, asked, FIRST)
    total_w = LEFT_RATIO * float(normal.state.asked_w.sum())
    usual = power_settle.taken(net.power, net.asked_w)
    change = _losses(normal, net, power_settle.taken(power, asked)) - _losses(normal, net, usual)
    reached = _reached(normal.systems, np.abs(change), total_w)
    if reached.any():
        if reached[normal.systems.part[_coolant(normal.systems.network)]].any():
            return None
        done = _coupled(normal, net, reached, power)
        asked, power = done.state.asked_w, replace(done.power, factor=net.power.factor)
        moved = np.abs(asked - net.asked_w).max(axis=1)
        if moved[net.beside].sum() > total_w:
            far = _most(net.beside, moved[net.beside], total_w)
            consumers = normal.whole.power.grid.net.consumers
            driven = np.unique(normal.whole.group[consumers.node[np.isin(consumers.consumer, far)]])
            driven = np.union1d(normal.driven.get(key, driven[:0]), driven[driven >= 0])
            if not len(np.setdiff1d(driven, groups)):
                return None
            normal.driven[key] = driven
            return settled_outages(normal, dead, np.union1d(groups, driven))
    found = final(net, power, asked)
    return None if found is None else spread_out(net, found)


def _most(rows: Index, moved: Array, left: float) -> Index:
    """Return those that move most, so that all others together move by no more than is left."""
    order = np.argsort(-moved, kind="stable")
    rest = moved.sum() - np.cumsum(moved[order])
    return rows[order[: int(np.argmax(rest <= left)) + 1]]


def _warmed_parts(normal: Normal, groups: Index) -> bytes:
    """Return the flags of the parts that losses of some groups go into."""
    part, whole = normal.systems.part, normal.whole
    found = np.zeros(int(part.max(initial=-1)) + 1, dtype=np.bool_)
    for name, room in whole.room.items():
        child = whole.tree.child[name]
        own = (room >= 0) & (child >= 0) & np.isin(whole.group[child], groups)
        found[part[room[own]]] = True
    return found.tobytes()


def _losses(normal: Normal, net: Condensed, taken: Taken) -> Array:
    """Return the losses of a condensed net that go into each flow node [W], shape (node, variant)."""
    network = normal.systems.network
    into = np.zeros((len(network.flow.node), taken.line_loss_w.shape[1]))
    for kind, loss_w in (
        ("line", taken.line_loss_w), ("transformer", taken.transformer_loss_w),
        ("converter", taken.converter_loss_w),
    ):  # fmt: skip
        node = getattr(network, f"{kind}_room")[net.rows[f"{kind}s"]]
        np.add.at(into, node[node >= 0], loss_w[node >= 0])
    return into


def _reached(systems: Systems, change_w: Array, total_w: float) -> Flags:
    """Return the parts whose losses change by more than may be left, shape (part,)."""
    found = np.zeros((int(systems.part.max(initial=-1)) + 1, change_w.shape[1]))
    np.add.at(found, systems.part, change_w)
    reached: Flags = found.max(axis=1, initial=0.0) > LEFT_RATIO * total_w
    return reached


def _coolant(network: Network) -> Index:
    """Return the nodes behind which liquid cools racks."""
    net, flow = network.heat, network.flow
    cooled = (net.release_branch >= 0) & (network.power.consumers.use[net.release_load] == Use.IT)
    tail: Index = flow.tail[net.release_branch[cooled]]
    return np.asarray(tail[flow.fluid[flow.island[tail]] != Fluid.AIR], dtype=np.intp)


def _coupled(normal: Normal, net: Condensed, reached: Flags, power: Running) -> Settled:
    """Settle outages coupled within some parts of the facility."""
    variants, width = power.grid.net.variants, normal.systems.network.variants
    like, more = np.zeros(width, dtype=np.intp), len(net.asked_w) - len(normal.state.asked_w)
    cut = _cut(normal, reached, like)
    whole = cut.systems.network
    far = {
        f"{kind}_room": getattr(whole, f"{kind}_room")[net.rows[f"{kind}s"]]
        for kind in ("line", "transformer", "converter")
    }
    systems = of_variants(cut.systems, np.arange(variants))
    network = replace(
        systems.network, power=power.grid.net, **far,
        heat=_warmed(systems.network.heat, cut, net, more),
    )  # fmt: skip
    outside = np.concatenate([cut.systems.outside_w[:, :variants], np.zeros((more, variants))])
    systems = replace(systems, network=network, power=power, outside_w=outside)
    unchanged = np.zeros((len(reached), variants), dtype=np.bool_)
    state = neighbour(systems, unchanged, rows_of(normal.state, cut.rows), like[:variants])
    lost = np.concatenate([cut.lost[:, :variants], np.zeros((more, variants), dtype=np.bool_)])
    asked = np.repeat(net.asked_w, variants, axis=1)
    state = replace(state, lost=lost, asked_w=asked, drawn_w=asked)
    return settle_job(started(systems, state, power, COARSEST), ENOUGH)


def _warmed(heat: HeatNet, cut: Inner, net: Condensed, more: int) -> HeatNet:
    """Return the heat side of some parts with what far elements of the power net give to its nodes."""
    place = numbers(cut.rows["node"], int(max(cut.rows["node"].max(), net.warmed.max(initial=0))) + 1)
    inside = place[net.warmed] >= 0
    load = net.beside[len(net.beside) - len(net.warmed) :][inside]
    node = place[net.warmed[inside]]
    outside = np.full(len(node), -1, dtype=np.intp)
    share = np.ones((len(node), heat.release_share.shape[1]))
    return replace(
        heat, load_names=(*heat.load_names, *("",) * more),
        release_load=np.append(heat.release_load, load),
        release_branch=np.append(heat.release_branch, outside),
        release_node=np.append(heat.release_node, node),
        release_share=np.concatenate([heat.release_share, share]),
    )  # fmt: skip


def _cut(normal: Normal, reached: Flags, like: Index) -> Inner:
    """Return some parts of the facility in normal operation."""
    key = reached.tobytes()
    if key not in normal.cuts:
        usual = np.where(normal.state.lost, 0.0, declared(normal.systems.network)[:, :1])
        inside = reached[normal.systems.part]
        found = inner(
            normal.systems, inside, (np.arange(len(like)), like), normal.state.lost,
            normal.state.asked_w - usual,
        )  # fmt: skip
        normal.cuts[key] = found
    return normal.cuts[key]
