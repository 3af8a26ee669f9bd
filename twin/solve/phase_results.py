"""From conductors back to the columns of a facility: what is worst among phases, and the neutral."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Index
from twin.solve.phase_net import ROOT3, Phased
from twin.solve.power import Power
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_point import LOWEST_RATIO, conversion_loss
from twin.solve.wires import WireFlow
from twin.solve.wires_net import EARTH, TURN, Branches


@dataclass(kw_only=True, eq=False)
class Found:
    """Results on their way: those of the balanced solution, replaced island by island.

    Attributes:
        grid: The facility.
        balanced: Its balanced solution.
        wanted_va: What inputs want [VA], shape (input, variant).
        columns: Arrays of ``Power`` by name, which are written to.
        converter_out_w: What converters give [W], shape (converter, variant).
        pushed_va: What converters give [VA], shape (converter, variant).
    """

    grid: Grid
    balanced: Power
    wanted_va: Complex
    columns: dict[str, NDArray[Any]]
    converter_out_w: Array
    pushed_va: Complex

    def converter_va(self, variants: Index) -> Complex:
        """Return what converters draw [VA], shape (converter, set)."""
        converters = self.grid.net.converters
        lag = 1.0 + 1j * np.tan(np.arccos(converters.power_factor_ratio))
        loss = conversion_loss(self.grid, self.converter_out_w)
        through = self.pushed_va + loss  # what follows its input passes reactive power on
        wants = np.where(converters.follow_ratio > 0.0, through, lag * (self.converter_out_w + loss))
        drawn: Complex = wants[:, variants]
        return drawn

    def power(self, grid: Grid) -> Power:
        """Return the state that was found."""
        out, loss = self.converter_out_w, conversion_loss(grid, self.converter_out_w)
        inputs = self.columns["input_power_w"]
        total = np.zeros_like(self.columns["consumer_power_w"])
        np.add.at(total, grid.net.consumers.consumer, inputs)
        converters, every = grid.net.converters, np.arange(grid.net.variants)
        volts = np.abs(self.columns["node_voltage_ratio"][converters.a]) * grid.net.ampere_v[converters.a]
        drawn = np.where(grid.supply.converters, np.abs(self.converter_va(every)), 0.0)
        changed: dict[str, Any] = self.columns | {
            "converter_current_a": drawn / np.where(volts > 0.0, volts, 1.0),
            "consumer_power_w": total, "converter_out_w": out, "converter_loss_w": loss,
            "converter_in_w": np.where(grid.supply.converters, out + loss, 0.0),
            "converter_loading_ratio": out / converters.rated_w,
        }  # fmt: skip
        return replace(self.balanced, **changed)


def blank(grid: Grid, balanced: Power, wanted_va: Complex) -> Found:
    """Return nothing found yet: everything as in the balanced solution."""
    arrays = {
        f.name: value.copy()
        for f in fields(balanced)
        if isinstance(value := getattr(balanced, f.name), np.ndarray)
    }
    out, supply = balanced.converter_out_w, grid.supply
    state = balanced.running.state if balanced.running is not None else None
    pushed = out.astype(np.complex128)
    if state is not None:
        current = supply.rated_ratio * state.bus_va[supply.bus]
        pushed = (1.0 + state.deviation[grid.net.converters.b]) * current.conj()
    return Found(
        grid=grid, balanced=balanced, wanted_va=wanted_va, columns=arrays, converter_out_w=out.copy(),
        pushed_va=pushed,
    )  # fmt: skip


def write(grid: Grid, found: Found, variants: Index, island: Phased, told: tuple[WireFlow, Complex]) -> None:
    """Write the results of some islands for some variants."""
    flow, held = told
    earthed = np.concatenate([flow.voltage_v, np.zeros((1, flow.voltage_v.shape[1]))])  # row EARTH
    blocks = list(flow.net.branches)
    for number, rows in enumerate(island.lines):
        point = island.conductors.wire[grid.net.lines.a[rows[0]]][-1]
        neutral = point >= 0 and point == blocks[number].a[0, -1]
        _lines(grid, found, (variants, rows), (earthed, flow, number), neutral=bool(neutral))
    number = len(island.lines)
    if island.transformers.size:
        _transformers(grid, found, (variants, island.transformers), island, (earthed, flow, number))
    _inputs(grid, found, variants, island, (earthed, flow))
    _feeds(grid, found, variants, island, held)
    _nodes(grid, found, variants, island, earthed)
    gap = _mismatch(flow)
    worst = found.columns["residual_ratio"]
    worst[variants] = np.maximum(worst[variants], gap)


def _put(found: Found, name: str, at: tuple[Index, Index], values: NDArray[Any]) -> None:
    variants, rows = at
    found.columns[name][rows[:, None], variants] = values


def _across(columns: int, neutral: bool) -> Array:
    """Return what is compared with rated voltage: phases to the neutral, or between phases, (row, column)."""
    if neutral:
        return np.hstack([np.eye(columns - 1), -np.ones((columns - 1, 1))])
    if columns == 2:
        return np.array([[1.0, -1.0]])
    return np.eye(3) - np.roll(np.eye(3), 1, axis=1)


def _lines(
    grid: Grid, found: Found, at: tuple[Index, Index], told: tuple[Complex, WireFlow, int], *, neutral: bool
) -> None:
    (variants, rows), (earthed, flow, number), lines = at, told, grid.net.lines
    block, current = flow.net.branches[number], flow.branch_current_a[number]
    columns = current.shape[1]
    phases = current[:, : columns - 1] if neutral else current
    size = np.abs(phases)
    most = size.argmax(axis=1)[:, None]
    nominal = np.broadcast_to(grid.net.nominal_v, (grid.net.node.size, grid.net.variants))
    rated = nominal[lines.a[rows]][:, variants] / (ROOT3 if neutral else 1.0)
    gather = _across(columns, neutral)
    start, end = (
        np.abs(np.einsum("mc,ecs->ems", gather, earthed[ends])) / rated[:, None]
        for ends in (block.a, block.b)
    )
    power = np.einsum("ecs,ecs->es", earthed[block.a], current.conj()).real
    forward = (power >= 0.0)[:, None]
    drop = np.where(forward, start - end, end - start)
    _put(found, "line_current_a", at, np.take_along_axis(phases, most, axis=1)[:, 0])
    _put(found, "line_loss_w", at, flow.loss_w[number])
    _put(found, "line_drop_ratio", at, drop.max(axis=1))
    rating = np.broadcast_to(lines.rating_a, lines.in_service.shape)[rows][:, variants]
    _put(found, "line_loading_ratio", at, size.max(axis=1) / rating)
    _put(found, "line_voltage_ratio", at, np.where(forward, end, start).min(axis=1))
    _put(found, "line_neutral_a", at, np.abs(current[:, -1]) if neutral else np.zeros_like(power))


def _transformers(
    grid: Grid, found: Found, at: tuple[Index, Index], island: Phased, told: tuple[Complex, WireFlow, int]
) -> None:
    """Write transformers; branches go phase by phase, the coil of the low side before the other one."""
    earthed, flow, number = told
    block, current = flow.net.branches[number], flow.branch_current_a[number]
    across = earthed[block.a] - earthed[block.b]
    power = np.einsum("eps,eps->eps", across, current.conj()).real
    table, rows = grid.net.transformers, at[1]
    into, loss = power[:, 1::2].sum(axis=1), flow.loss_w[number]
    sides = (table.secondary_v, table.primary_v)
    coil_v = np.stack([_coil_v(block, number, volts, rows) for number, volts in enumerate(sides)])
    rated_a = table.rated_va[rows, 0] / 3.0 / coil_v
    size = np.abs(current)
    most = np.maximum(
        size[:, 0::2].max(axis=1) / rated_a[0][:, None], size[:, 1::2].max(axis=1) / rated_a[1][:, None]
    )
    _put(found, "transformer_in_w", at, into)
    _put(found, "transformer_out_w", at, into - loss)
    _put(found, "transformer_loss_w", at, loss)
    _put(found, "transformer_loading_ratio", at, most)
    wire = island.conductors.wire[table.b[rows]][:, :3]
    out = np.stack([_entering(block, current, wire[:, k]) for k in range(3)])
    _put(found, "transformer_current_a", at, np.abs(out).max(axis=0))


def _coil_v(block: Branches, side: int, rated_v: Array, rows: Index) -> Array:
    """Return the rated voltage across the coils of one side: in star to a point that phases share."""
    ends = np.sort(np.stack([block.a[:, side::2], block.b[:, side::2]], axis=-1), axis=-1)
    star = [np.unique(row).size > 3 for row in ends.reshape(len(rows), -1)]
    return np.asarray(rated_v[rows, 0] / np.where(np.array(star, dtype=np.bool_), ROOT3, 1.0))


def _entering(block: Branches, current: Complex, wire: Index) -> Complex:
    """Return what enters coils from one conductor of each element, shape (element, set)."""
    sign = (block.a == wire[:, None]).astype(np.float64) - (block.b == wire[:, None])
    total: Complex = np.einsum("ep,eps->es", sign, current)
    return total


def _inputs(
    grid: Grid, found: Found, variants: Index, island: Phased, told: tuple[Complex, WireFlow]
) -> None:
    """Write load inputs: power of all their phases, current and voltage of the worst."""
    earthed, flow = told
    draws, count = flow.net.draws, grid.net.consumers.node.size
    own = island.hung < count
    rows, at = np.unique(island.hung[own], return_inverse=True)
    ratio = (np.abs(earthed[draws.a] - earthed[draws.b]) / draws.rated_v[:, None])[own]
    power, current = np.zeros((2, rows.size, len(variants)))
    lowest = np.full((rows.size, len(variants)), np.inf)
    np.add.at(power, at, flow.draw_power_va[own].real)
    around = np.isin(draws.b[own], island.conductors.wire[:, :3]) & (np.bincount(at)[at] == 3)
    np.maximum.at(current, at, np.where(around[:, None], ROOT3, 1.0) * np.abs(flow.draw_current_a[own]))
    np.minimum.at(lowest, at, ratio)
    _put(found, "input_power_w", (variants, rows), power)
    _put(found, "input_current_a", (variants, rows), current)
    _put(found, "input_voltage_ratio", (variants, rows), lowest)
    _put(found, "limited", (variants, rows), lowest < LOWEST_RATIO)


def _feeds(grid: Grid, found: Found, variants: Index, island: Phased, held: Complex) -> None:
    """Write what feeds give; feeds on one node share it equally."""
    feeds, on = grid.net.feeds, grid.supply.feeds
    place = np.full(grid.net.node.size, -1, dtype=np.intp)
    place[island.held] = np.arange(island.held.size)
    rows = np.flatnonzero((place[feeds.node] >= 0) & on[:, variants].any(axis=1))
    if not rows.size:
        return
    beside = np.zeros((grid.net.node.size, len(variants)))
    np.add.at(beside, feeds.node, on[:, variants].astype(np.float64))
    live = on[rows][:, variants]
    given = np.where(live, held[place[feeds.node[rows]]] / np.maximum(beside[feeds.node[rows]], 1.0), 0.0)
    _put(found, "feed_power_va", (variants, rows), given)
    volts = np.abs(found.balanced.node_voltage_ratio[feeds.node[rows]][:, variants])
    nominal = np.broadcast_to(grid.net.ampere_v, (grid.net.node.size, grid.net.variants))
    per = nominal[feeds.node[rows]][:, variants] * np.where(volts > 0.0, volts, 1.0)
    _put(found, "feed_current_a", (variants, rows), np.abs(given) / per)


def _nodes(grid: Grid, found: Found, variants: Index, island: Phased, earthed: Complex) -> None:
    """Write the positive sequence of node voltages, to the neutral where there is one; no angle of groups."""
    wire = island.conductors.wire
    rows = np.flatnonzero((wire >= 0).any(axis=1))
    there = wire[rows][:, :3] >= 0
    volts = earthed[np.where(wire[rows] >= 0, wire[rows], EARTH)]
    to = volts[:, :3] - np.where((wire[rows][:, 3] >= 0)[:, None, None], volts[:, 3:], 0.0)
    turned = np.where(there[:, :, None], to * TURN ** np.arange(3)[None, :, None], 0.0)
    mean = turned.sum(axis=1) / np.maximum(there.sum(axis=1), 1)[:, None]
    nominal = np.broadcast_to(grid.net.nominal_v, (grid.net.node.size, grid.net.variants))
    _put(found, "node_voltage_ratio", (variants, rows), mean / (nominal[rows][:, variants] / ROOT3))


def _mismatch(flow: WireFlow) -> Array:
    """Return the worst current left over at a conductor that nothing holds, over the largest, (set,)."""
    net = flow.net
    total = np.zeros((net.size + 1, flow.voltage_v.shape[1]), dtype=np.complex128)
    largest = np.zeros(flow.voltage_v.shape[1])
    for block, current in zip(net.branches, flow.branch_current_a, strict=True):
        np.add.at(total, block.a, current)
        np.subtract.at(total, block.b, current)
        largest = np.maximum(largest, np.abs(current).max(axis=(0, 1), initial=0.0))
    np.add.at(total, net.draws.a, flow.draw_current_a)
    np.subtract.at(total, net.draws.b, flow.draw_current_a)
    total[[*net.held.node.tolist(), EARTH]] = 0.0
    for part in flow.floating:
        total[part.pinned] = 0.0
    return np.asarray(np.abs(total).max(axis=0) / np.where(largest > 0.0, largest, 1.0))
