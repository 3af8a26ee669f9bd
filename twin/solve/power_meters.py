"""Currents of every element at the voltages of a grid, read through what the grid says once.

Currents of all elements stand in one array, so that what holds for each of them is one operation: lines,
primaries and secondaries of transformers, load inputs and converter inputs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Index
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_point import Draws, State
from twin.solve.steps import product

ROOT3 = np.sqrt(3.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Meters:
    """What readings of one grid have in common. Numbers have shape (..., 1 or variant).

    Attributes:
        grid: The grid.
        lines, coils: Number of lines, and of lines and transformers.
        a, b: Ends of lines, then of transformers, shape (branch,).
        admittance: Of lines, then of transformers at the secondary.
        step_ratio: One over the taps of transformers.
        out_of: Sums currents into what leaves each node, shape (node, current).
        per_v: Turns currents [VA] into amperes.
        line_w: Loss of a line over the square of its current [1/VA].
        rating_v: Turns currents of lines [VA] into shares of their ratings.
        coil_ratio: Turns currents of primaries, then of secondaries [VA], into shares of their ratings.
        load_w: Load loss of transformers over the square of the secondary's current [1/VA].
        core_w: No-load loss of transformers at nominal voltage.
        feed_share: Share of what leaves its node that each feed gives.
        feed_v: Turns currents of feeds [VA] into amperes.
        fixed: Nodes that are held or dead in all variants, None where variants differ in that.
        dead: Whether any node is.
        memo: What others have made of it, by name.
    """

    grid: Grid
    lines: int
    coils: int
    a: Index
    b: Index
    admittance: Complex
    step_ratio: Array
    out_of: csr_array
    per_v: Array
    line_w: Array
    rating_v: Array
    coil_ratio: tuple[Array, Array]
    load_w: Array
    core_w: Array
    feed_share: Array
    feed_v: Array
    fixed: Index | None
    dead: bool
    memo: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what others make of it, made when first asked for."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """Currents [VA] at a state.

    Attributes:
        voltage: Over nominal, 0 for dead nodes, shape (node, variant).
        current: Of lines, primaries, secondaries, load inputs and converter inputs, shape (current, variant).
        size: Its magnitude.
        leaving: What leaves each node into branches and draws, shape (node, variant).
        left_over: What of it nothing pushes into the node, 0 at held and dead ones, shape (node, variant).
        ratio: The worst of that over the largest current, shape (variant,).
    """

    voltage: Complex
    current: Complex
    size: Array
    leaving: Complex
    left_over: Complex
    ratio: Array


def meters_of(grid: Grid) -> Meters:
    """Return what readings of a grid have in common."""
    net, supply = grid.net, grid.supply
    low, high, feeds, draws = net.lines, net.transformers, net.feeds, grid.taps.node
    lines, coils = low.a.size, low.a.size + high.a.size
    node = np.concatenate([low.a, low.b, high.a, high.b, draws])
    count = coils + high.a.size + draws.size
    along = np.arange(count)
    column = np.concatenate([along[:lines], along[:lines], along[lines:]])
    sign = np.ones(node.size, dtype=np.complex128)
    sign[lines : 2 * lines] = -1.0
    sign[2 * lines + high.a.size : 2 * coils] = -1.0
    at = np.concatenate([low.a, high.a, high.b, draws])
    per_v = 1.0 / _positive(net.ampere_v)
    nominal = _positive(net.nominal_v)
    beside = np.zeros((net.node.size, net.variants))
    np.add.at(beside, feeds.node, supply.feeds.astype(np.float64))
    idle = supply.held | ~supply.alive
    alike = (idle == idle[:, :1]).all()
    share = high.secondary_v / high.rated_va / nominal[high.b]
    return Meters(
        grid=grid, lines=lines, coils=coils, a=np.concatenate([low.a, high.a]),
        b=np.concatenate([low.b, high.b]), admittance=_side_by_side(grid.line, grid.winding),
        step_ratio=1.0 / grid.tap_ratio,
        out_of=csr_array((sign, (node, column)), shape=(net.node.size, count)), per_v=per_v[at],
        line_w=low.resistance_ohm / nominal[low.a] ** 2, rating_v=per_v[low.a] / low.rating_a,
        coil_ratio=(
            ROOT3 * per_v[high.a] * high.primary_v / high.rated_va,
            ROOT3 * per_v[high.b] * high.secondary_v / high.rated_va,
        ),
        load_w=high.load_loss_w * share**2, core_w=grid.core_va,
        feed_share=supply.feeds / np.maximum(beside[feeds.node], 1.0), feed_v=per_v[feeds.node],
        fixed=np.flatnonzero(idle[:, 0]) if alike else None, dead=not supply.alive.all(),
    )  # fmt: skip


def _positive(volts: Array) -> Array:
    return np.where(volts > 0.0, volts, 1.0)


def _side_by_side(one: Complex, other: Complex) -> Complex:
    wide = max(one.shape[1], other.shape[1])
    return np.concatenate([np.broadcast_to(each, (each.shape[0], wide)) for each in (one, other)])


def read(meters: Meters, draws: Draws, state: State) -> Reading:
    """Return the currents at a state."""
    grid, lines, coils = meters.grid, meters.lines, meters.coils
    deviation, more = state.deviation, 2 * coils - lines
    voltage = 1.0 + deviation
    if meters.dead:
        voltage = np.where(grid.supply.alive, voltage, 0.0)
    across = deviation.take(meters.a, axis=0)
    current = np.empty((meters.per_v.shape[0], deviation.shape[1]), dtype=np.complex128)
    into, out = current[lines:coils], current[coils:more]
    if more > coils:
        np.multiply(meters.core_w, 1.0 + across[lines:], out=into)
        across[lines:] *= meters.step_ratio
        across[lines:] += meters.step_ratio - 1.0
    across -= deviation.take(meters.b, axis=0)
    across *= meters.admittance
    current[:lines] = across[:lines]
    if more > coils:
        out[:] = across[lines:]
        into += out * meters.step_ratio
    taken = draws.wanted_va
    if state.converter_va.size:
        taken = np.concatenate([taken, state.converter_va])
    current[more:] = draws.current(taken, voltage.take(draws.taps.node, axis=0))
    size = np.abs(current)
    leaving = product(meters.out_of, current)
    left_over = _left_over(meters, state, leaving)
    largest = size.max(axis=0, initial=0.0)
    most = np.sqrt((left_over.real**2 + left_over.imag**2).max(axis=0, initial=0.0))
    return Reading(
        voltage=voltage, current=current, size=size, leaving=leaving, left_over=left_over,
        ratio=most / np.where(largest > 0.0, largest, 1.0),
    )  # fmt: skip


def _left_over(meters: Meters, state: State, leaving: Complex) -> Complex:
    supply, converters = meters.grid.supply, meters.grid.net.converters
    found = leaving.copy()
    if converters.a.size:
        which, variant = np.nonzero(supply.converters & ~supply.leads)
        pushed = (supply.rated_ratio * state.bus_va[supply.bus])[which, variant]
        np.subtract.at(found, (converters.b[which], variant), pushed)
    if meters.fixed is None:
        found[supply.held | ~supply.alive] = 0.0
    else:
        found[meters.fixed] = 0.0
    return found
