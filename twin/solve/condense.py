"""A radial power net with the far of it condensed: what hangs on a kept node is one load there.

What it draws, and what its elements carry, follows the voltage at that node along the parabola through three
solutions of the whole net: in normal operation, with its feeds lowered, and with them raised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.element import Use
from twin.model.network import Network
from twin.model.part import numbers
from twin.model.power_net import PowerNet
from twin.solve.power import Power, solve_power
from twin.solve.power_grid import Complex, build_grid, line_currents, winding_currents
from twin.solve.power_settle import Running, settle
from twin.solve.power_supply import find_supply
from twin.solve.power_tree import BRANCHES, Tree, tree_of

# Nodes with more than this share of all nodes below them are kept in every condensed net.
BACKBONE_SHARE = 0.05
# With fewer nodes nothing is condensed: calls cost more than nodes.
LEAST_NODES = 2_000
# By how much the feeds are lowered and raised for parabolas: far above rounding, below what a cube adds.
BENT = 1e-3
# Share of a change at the feeds that a node follows, unless it lies behind a converter.
FOLLOWS = 0.1
# By how much voltages may leave those of normal operation where the far is attached.
FARTHEST = 5e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whole:
    """A radial net in normal operation.

    Attributes:
        power: Its power flow of one variant, settled, with factors.
        found: Its solution.
        bent: Its solutions with the voltage of every feed lowered and raised by ``BENT``, settled.
        asked_w: Power that its consumers ask for, shape (consumer, 1).
        tree: Every node below the branch that feeds it.
        group: Nodes with one another's consumers, numbered; -1 for the backbone, shape (node,).
        room: Flow node that each line, transformer and converter warms, -1 outdoors.
        loss_w: What each of them loses, shape (element, 1).
    """

    power: Running
    found: Power
    bent: tuple[Power, Power]
    asked_w: Array
    tree: Tree
    group: Index
    room: Mapping[str, Index]
    loss_w: Mapping[str, Array]


def whole_of(network: Network, power: Running, found: Power, asked_w: Array, tree: Tree) -> Whole:
    """Return the power net of a facility in normal operation, ready to be condensed."""
    net = power.grid.net

    def bend(ratio: float) -> Power:
        feeds = replace(net.feeds, voltage_v=net.feeds.voltage_v * ratio)
        grid = replace(power.grid, net=replace(net, feeds=feeds))
        # What is kept of the factors knows the voltage of the feeds.
        again = replace(power, grid=grid, draws=None, kept=None, used=0)
        return solve_power(grid.net, asked_w, running=again)

    return Whole(
        power=power, found=found, bent=(bend(1.0 - BENT), bend(1.0 + BENT)), asked_w=asked_w,
        tree=tree, group=_groups(net, tree),
        room={name: getattr(network, f"{name[:-1]}_room") for name in BRANCHES},
        loss_w={name: getattr(found, f"{name[:-1]}_loss_w") for name in BRANCHES},
    )  # fmt: skip


def _groups(net: PowerNet, tree: Tree) -> Index:
    count = len(net.node)
    backbone = tree.size > BACKBONE_SHARE * count
    low = np.flatnonzero(~backbone & (tree.above >= 0))
    low = low[~backbone[tree.above[low]]]
    inputs = net.consumers
    order = np.argsort(inputs.consumer, kind="stable")
    same = inputs.consumer[order][1:] == inputs.consumer[order][:-1]
    first, second = inputs.node[order][:-1][same], inputs.node[order][1:][same]
    apart = ~backbone[first] & ~backbone[second]
    a, b = np.concatenate([low, first[apart]]), np.concatenate([tree.above[low], second[apart]])
    label = connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(count, count)), directed=False)[
        1
    ]
    small = count < LEAST_NODES
    return np.where(backbone | small, -1, label).astype(np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condensed:
    """A condensed net in normal operation.

    Attributes:
        whole: What it was made from.
        rows: Its nodes, lines, transformers, converters, feeds and inputs among those of the whole.
        attach: Node of it, by its number here, that each node of the whole lies below, shape (node,).
        power: Its power flow of one variant, with factors.
        tree: Its tree.
        asked_w: What its consumers ask for: those of the whole, then what is far, shape (consumer, 1).
        beside: Consumers without an input in it: those of the whole that are far, which draw what they ask
            for, and the last ones, which give off the losses of far elements.
        warmed: Flow node that each of these last ones warms.
        far: Nodes with what stands for the far, in the order of its consumers, shape (far,).
        far_va: What that draws in normal operation, with feeds lowered, and raised, shape (3, far).
    """

    whole: Whole
    rows: Mapping[str, Index]
    attach: Index
    power: Running
    tree: Tree
    asked_w: Array
    beside: Index
    warmed: Index
    far: Index
    far_va: Complex


def condensed(whole: Whole, groups: Index) -> Condensed | None:
    """Return a net of the backbone and some groups.

    None where it is no tree, where something far feeds back, or where something far is behind a converter
    that is kept: voltages there do not follow the feeds.
    """
    net, tree, grid = whole.power.grid.net, whole.tree, whole.power.grid
    keep = np.isin(whole.group, np.append(groups, -1)) & (tree.size > 0)
    attach = _attached(tree, keep)
    node = np.flatnonzero(keep)
    local = numbers(node, len(keep))
    rows = {"node": node} | {
        name: np.flatnonzero(keep[getattr(net, name).a] & keep[getattr(net, name).b]) for name in BRANCHES
    }
    rows["feeds"] = np.flatnonzero(keep[net.feeds.node])
    rows["inputs"] = np.flatnonzero(keep[net.consumers.node])
    running = whole.power, *(bent.running for bent in whole.bent)
    every_va = np.array([_far(each, tree, keep) for each in running if each is not None])
    far_va = every_va[0]
    loads = np.flatnonzero(far_va.real > 0.0)
    lower = np.abs(whole.found.node_voltage_ratio - whole.bent[0].node_voltage_ratio)[loads]
    if (far_va.real < 0.0).any() or (lower < FOLLOWS * BENT).any():
        return None
    count = len(net.consumers.use)
    beside = np.setdiff1d(np.arange(count), net.consumers.consumer[rows["inputs"]])
    heat_w = _far_heat(whole, rows)
    warmed = np.flatnonzero(heat_w > 0.0)
    more = local[loads], far_va[loads], heat_w[warmed]
    away = np.append(beside, count + len(loads) + np.arange(len(warmed)))
    own = _net(net, rows, local, more)
    small = build_grid(own, find_supply(own))
    stands = far_va[loads, None]
    lag = np.concatenate([
        grid.taps.lag_ratio[rows["inputs"]], stands / stands.real
    ])  # fmt: skip
    small = replace(small, taps=replace(small.taps, lag_ratio=lag))
    found = tree_of(own, small.supply)
    if found is None:
        return None
    asked = np.concatenate([whole.asked_w, stands.real, heat_w[warmed, None]])
    begun = _begun(whole, small, rows)
    return Condensed(
        whole=whole, rows=rows, attach=local[attach], power=settle(begun, asked), tree=found, asked_w=asked,
        beside=away, warmed=warmed, far=local[loads], far_va=every_va[:, loads],
    )  # fmt: skip


def _attached(tree: Tree, keep: Flags) -> Index:
    """Return the kept node that each node is or lies below, -1 for dead ones, shape (node,)."""
    found = np.where(keep, np.arange(len(keep)), -1)
    for node in np.argsort(tree.place)[: int((tree.size > 0).sum())].tolist():
        if not keep[node]:
            found[node] = found[tree.above[node]]
    return found


def _far(power: Running, tree: Tree, keep: Flags) -> Complex:
    """Return what each kept node gives to branches that are not kept [VA], shape (node,)."""
    grid, state = power.grid, power.state
    into, out = winding_currents(grid, state.deviation)
    along = line_currents(grid, state.deviation)
    found = np.zeros(len(keep), dtype=np.complex128)
    voltage = 1.0 + state.deviation[:, 0]
    for name, forth, back in (("lines", along, -along), ("transformers", into, -out)):
        branch: Any = getattr(grid.net, name)
        child = tree.child[name]
        cut = np.flatnonzero((child >= 0) & ~keep[child] & keep[tree.above[child]])
        node = tree.above[child[cut]]
        current = np.where(node == branch.a[cut], forth[cut, 0], back[cut, 0])
        np.add.at(found, node, voltage[node] * current.conj())
    child, node = tree.child["converters"], grid.net.converters.a
    cut = np.flatnonzero((child >= 0) & ~keep[child] & keep[node])
    np.add.at(found, node[cut], state.converter_va[cut, 0])
    return found


def _far_heat(whole: Whole, rows: Mapping[str, Index]) -> Array:
    """Return what elements that are not kept give to each flow node [W], shape (node,)."""
    found = np.zeros(max(int(room.max(initial=-1)) for room in whole.room.values()) + 1)
    for name in BRANCHES:
        far = whole.room[name] >= 0
        far[rows[name]] = False
        np.add.at(found, whole.room[name][far], whole.loss_w[name][far, 0])
    return found


def _net(
    net: PowerNet, rows: Mapping[str, Index], local: Index,
    far: tuple[Index, Complex, Array],
) -> PowerNet:  # fmt: skip
    """Return some elements of a net, with loads that stand for the far."""

    def part(name: str, *ends: str) -> Any:
        columns = getattr(net, name)
        own = {field: getattr(columns, field)[rows[name]] for field in columns.__dataclass_fields__}
        return replace(columns, **own | {end: local[own[end]] for end in ends})

    whole, (node, power_va, heat_w) = net.consumers, far
    inputs, count, new = rows["inputs"], len(net.consumers.use), len(power_va) + len(heat_w)
    one = np.ones((new, 1))
    consumers = replace(
        whole, node=np.append(local[whole.node[inputs]], node),
        consumer=np.append(whole.consumer[inputs], count + np.arange(len(node))),
        priority=np.append(whole.priority[inputs], np.zeros_like(node)),
        weight_ratio=np.concatenate([whole.weight_ratio[inputs], one[: len(node)]]),
        power_w=np.concatenate([whole.power_w, power_va.real[:, None], heat_w[:, None]]),
        power_factor_ratio=np.concatenate([whole.power_factor_ratio, one]),
        use=np.append(whole.use, np.full(new, int(Use.OTHER))),
        in_service=np.concatenate([whole.in_service, one > 0.0]),
    )  # fmt: skip
    return replace(
        net, node=net.node[rows["node"]], nominal_v=net.nominal_v[rows["node"]],
        direct=net.direct[rows["node"]],
        lines=part("lines", "a", "b"), transformers=part("transformers", "a", "b"),
        converters=part("converters", "a", "b"),
        feeds=part("feeds", "node"), consumers=consumers, rows={}, inputs={}, blocks=(),
    )  # fmt: skip


def _begun(whole: Whole, small: Any, rows: Mapping[str, Index]) -> Running:
    """Return the power flow of a condensed net started where the whole stands."""
    state, converters = whole.power.state, rows["converters"]
    before, after = whole.power.grid.supply.bus[converters, 0], small.supply.bus[:, 0]
    bus_va, shift = (np.zeros(small.supply.buses, dtype=np.complex128) for _ in range(2))
    bus_va[after], shift[after] = state.bus_va[before], state.shift[before]
    begun = replace(
        state, deviation=state.deviation[rows["node"]], converter_va=state.converter_va[converters],
        bus_va=bus_va, shift=shift,
    )  # fmt: skip
    return Running(grid=small, state=begun)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carried:
    """What a net carries in outages, fields as in ``Power``."""

    line_loading_ratio: Array
    transformer_loading_ratio: Array
    converter_loading_ratio: Array
    feed_power_va: Complex
    input_power_w: Array
    input_voltage_ratio: Array
    consumer_power_w: Array
    dropped: Flags
    residual_ratio: Array


def moved(net: Condensed, power: Running) -> Array:
    """Return by how much each voltage leaves that of normal operation, shape (node, variant)."""
    found: Array = np.abs(1.0 + power.state.deviation) - np.abs(1.0 + net.power.state.deviation)
    return found


def final(net: Condensed, power: Running, asked_w: Array) -> Power | None:
    """Return the solution with the far at the voltages found, None where these are too far off.

    Args:
        net: The net in normal operation.
        power: Settled in outages.
        asked_w: What consumers ask for there, shape (consumer, variant).
    """
    away = moved(net, power)[net.far]
    if np.abs(away).max(initial=0.0) > FARTHEST:
        return None
    volts = [np.abs(p.node_voltage_ratio[net.rows["node"][net.far], 0]) for p in _three(net.whole)]
    power_va = _parabola(volts, list(net.far_va), away)
    asked = asked_w.copy()
    first, taps = len(net.whole.asked_w), power.grid.taps
    asked[first : first + len(net.far)] = power_va.real
    lag = np.repeat(taps.lag_ratio, away.shape[1], axis=1)
    wires = len(net.rows["inputs"])
    lag[wires : wires + len(net.far)] = power_va / power_va.real
    grid = replace(power.grid, taps=replace(taps, lag_ratio=lag))
    return solve_power(grid.net, asked, running=replace(power, grid=grid, draws=None))


def _three(whole: Whole) -> tuple[Power, Power, Power]:
    return whole.found, *whole.bent


def _parabola(at: Any, values: Any, away: Array) -> Any:
    """Return values at some distance from the first of three points, on the parabola through them.

    Args:
        at: Three places of each row, each of shape (row,).
        values: The values there, likewise.
        away: Distances from the first place, shape (row, variant).
    """
    first, second = at[1] - at[0], at[2] - at[0]
    bends = (first != 0.0) & (second != 0.0) & (first != second)
    first, second = np.where(bends, first, -1.0), np.where(bends, second, 1.0)
    slope, other = (values[1] - values[0]) / first, (values[2] - values[0]) / second
    slope, bend = np.where(bends, slope, 0.0), np.where(bends, (other - slope) / (second - first), 0.0)
    return values[0][:, None] + away * (slope[:, None] + (away - first[:, None]) * bend[:, None])


def spread_out(net: Condensed, found: Power) -> Carried:
    """Return what the whole net carries when the condensed one stands as found."""
    whole, rows, tree = net.whole, net.rows, net.whole.tree
    inputs, power = rows["inputs"], whole.power.grid.net
    volts = [np.abs(p.node_voltage_ratio[:, 0]) for p in _three(whole)]
    before = volts[0][rows["node"], None]
    away = np.abs(found.node_voltage_ratio) - before

    def along(name: str, child: Index) -> Array:
        """Return a result of every element, by the voltage of the node that it lies below."""
        at = np.where(child >= 0, net.attach[child], 0)
        values = [np.nan_to_num(getattr(p, name)[:, 0]) for p in _three(whole)]
        found: Array = _parabola([v[rows["node"][at]] for v in volts], values, away[at])
        return found

    loading = {name: along(f"{name[:-1]}_loading_ratio", tree.child[name]) for name in BRANCHES}
    for name, values in loading.items():
        values[rows[name]] = getattr(found, f"{name[:-1]}_loading_ratio")
    voltage = along("input_voltage_ratio", power.consumers.node)
    given = np.repeat(whole.found.input_power_w, away.shape[1], axis=1)
    voltage[inputs] = found.input_voltage_ratio[: len(inputs)]
    given[inputs] = found.input_power_w[: len(inputs)]
    feed = np.repeat(whole.found.feed_power_va, away.shape[1], axis=1)
    feed[rows["feeds"]] = found.feed_power_va
    count = len(whole.asked_w)
    drawn, far = found.consumer_power_w[:count].copy(), net.beside[net.beside < count]
    drawn[far] = whole.found.consumer_power_w[far]
    return Carried(
        line_loading_ratio=loading["lines"], transformer_loading_ratio=loading["transformers"],
        converter_loading_ratio=loading["converters"], feed_power_va=feed, input_power_w=given,
        input_voltage_ratio=voltage, consumer_power_w=drawn,
        dropped=found.dropped[:count], residual_ratio=found.residual_ratio,
    )  # fmt: skip
