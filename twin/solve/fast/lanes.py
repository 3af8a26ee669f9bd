"""Numbers of a block of variants as kernels take them: one flat array, lanes of a row side by side."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Index
from twin.laws.movers import Parabola
from twin.model.flow_net import FlowNet
from twin.solve.branch import FLAT_RATIO, Laws
from twin.solve.fast.layout import Layout, Short, short
from twin.solve.flow_state import place_in_turn
from twin.solve.flow_system import FlowSystem

# Parts of the array, in their order.
OPEN, LIFT, REYNOLDS, ROUGHNESS, RUB, LOCAL, VISCOUS, SMALL = np.arange(8, dtype=np.intp)
LINEAR, QUADRATIC, MEASURED_DENSITY = np.arange(8, 11, dtype=np.intp)
POWER_PA, EXPONENT, POWERED_DENSITY = np.arange(11, 14, dtype=np.intp)
TABLE_RATIO, TABLE_DENSITY, TABLE_FLOOR = np.arange(14, 17, dtype=np.intp)
DENSITY, C0, C1, C2, RUNOUT, OVER, REVERSE, LITTLE, FLOOR = np.arange(17, 26, dtype=np.intp)
OWN_SPEED, PLACE, ON = np.arange(26, 29, dtype=np.intp)
HELD_FLOW, HELD_STIFF, LIMIT, PINNED = np.arange(29, 33, dtype=np.intp)
SET_PA, SENSED_LIFT, SET_M3_S, MINIMUM, MAXIMUM, SETTLED = np.arange(33, 39, dtype=np.intp)

# What rise a mover has.
PARABOLA, POWER, STEADY = 0, 1, 2

Lanes = Array | tuple[float]
"""One for each variant of a block; of a tuple the compiler knows the length."""


class Numbers(NamedTuple):
    """Numbers of a block.

    Attributes:
        flat: All parts, row by row, shape (row · lane,).
        start: First row of each part, shape (part + 1,).
        knots: Flows of the points of tables, shape (tabled, point).
        pieces: Coefficients of their pieces, shape (tabled, point, 4).
        kind: What rise each mover has, shape (mover,).
        holds_flow: 1 for controllers that hold a flow, shape (control,).
    """

    flat: Array
    start: Index
    knots: Array
    pieces: Array
    kind: Short
    holds_flow: Short


class State(NamedTuple):
    """Where a block of variants stands, flat, the lanes of a row side by side.

    Attributes:
        flow, pressure: Of branches [kg/s] and nodes [Pa].
        control: Common speed of each controller [1].
        running: Movers that each controller turns, at most.
        shut: 1 for check valves that are shut.
        moderate: A flow that each branch may well have [kg/s]; none without check valves.
        speed: Speed of each mover [1].
    """

    flow: Array
    pressure: Array
    control: Array
    running: Index
    shut: Index
    moderate: Array
    speed: Array


class Work(NamedTuple):
    """Arrays that a pass fills, flat, as ``State``: what they hold is said where they are set.

    By branch down to ``step``, by mover ``by_speed`` and ``gain``, by controller ``turn``, by check valve
    ``chord``; entries of the matrix, its factors and right-hand sides; by island ``moved`` and ``largest``;
    by lane the rest, where ``live`` is 1 until a lane has settled.
    """

    loss: Array
    slope: Array
    conductance: Array
    step: Array
    by_speed: Array
    gain: Array
    turn: Array
    chord: Array
    entries: Array
    lower: Array
    inverse: Array
    rounding: Array
    buffer: Array
    right: Array
    moved: Array
    largest: Array
    last: Array
    change: Array
    through: Array
    live: Array
    still: Array
    blur: Array


class Source(NamedTuple):
    """Columns that blocks are cut from, one for each part, shape (row, 1 or variant); more as ``Numbers``."""

    columns: tuple[Array, ...]
    start: Index
    knots: Array
    pieces: Array
    kind: Short
    holds_flow: Short

    def block(self, lanes: slice) -> Numbers:
        """Return the numbers of some variants that stand side by side."""
        width = lanes.stop - lanes.start
        if all(column.shape[1] == 1 for column in self.columns) and width == 1:
            return Numbers(np.concatenate(self.columns).reshape(-1), *self[1:])
        values = np.empty((int(self.start[-1]), width))
        for column, start, stop in zip(self.columns, self.start[:-1], self.start[1:], strict=True):
            values[start:stop] = column if column.shape[1] == 1 else column[:, lanes]
        return Numbers(values.reshape(-1), *self[1:])


def source_of(system: FlowSystem, layout: Layout, laws: Laws, lift_pa: Array, settled: Array) -> Source:
    """Return the columns of a system.

    Args:
        system: Network and what its topology needs.
        layout: Its layout.
        laws: Its laws, for one medium.
        lift_pa: What height adds to what controllers sense [Pa], shape (control, variant).
        settled: Share of the largest flow of its island that no branch may still move by, shape (1, 1 or
            variant).
    """
    net = system.net
    columns = tuple(_columns(system, layout, laws, lift_pa, settled))
    start = np.cumsum([0, *(len(column) for column in columns)])
    return Source(columns, start, *system.for_net("kinds", lambda: _kinds(net)))


def _columns(
    system: FlowSystem, layout: Layout, laws: Laws, lift_pa: Array, settled: Array
) -> Iterator[Array]:
    """Yield the columns in the order of the parts."""
    net, branches, density = system.net, layout.branches, laws.density_kg_m3
    yield system.open[branches]
    yield laws.lift_pa[branches]
    for each in range(6):
        yield _stacked([tube.pipe[each] for tube in laws.tubes])
    yield from (laws.linear_pa_s_m3, laws.quadratic_pa_s2_m6, density[laws.measured])
    yield from (net.power_pa, net.exponent_ratio, density[laws.powered])
    yield from (laws.table_ratio, density[net.tabled], laws.lift_floor)
    yield density[laws.mover]
    yield from system.for_net("movers", lambda: tuple(_movers(net, laws)))
    yield from (laws.held_kg_s, laws.held_stiff, laws.limit_kg_s, system.pinned[system.plan.order])
    yield from (net.set_pa, lift_pa, net.set_m3_s, net.minimum_ratio, net.maximum_ratio)
    yield settled


def _kinds(net: FlowNet) -> tuple[Array, Array, Short, Short]:
    """Return knots, pieces, kinds of movers and of controllers; copies: kernels take what may be written."""
    kind = np.where(
        net.hydraulic_power_w.any(axis=1), STEADY, np.where(net.rise_power_pa.any(axis=1), POWER, PARABOLA)
    )
    knots, pieces = (np.array(each, order="C") for each in (net.table_m3_s[..., 0], net.table_pa))
    return knots, pieces, short(kind), short(np.asarray(np.isfinite(net.set_m3_s).any(axis=1), dtype=np.intp))


def _movers(net: FlowNet, laws: Laws) -> Iterator[Array]:
    """Yield the columns of movers; the numbers of their curve stand where those of a parabola do."""
    kind = _kinds(net)[2][:, None]
    parabola = Parabola.of(net.shutoff_pa, net.rise_linear, net.rise_quadratic)
    floor = FLAT_RATIO * np.sqrt(np.maximum(-net.rise_quadratic * net.shutoff_pa, 0.0))
    if laws.curves.powers.size:
        wide = np.zeros((len(kind), laws.curves.power_floor.shape[1]))
        wide[laws.curves.powers] = laws.curves.power_floor
        floor = np.where(kind == POWER, wide, floor)
    yield np.where(kind == STEADY, net.hydraulic_power_w, net.shutoff_pa)
    yield np.where(kind == POWER, net.rise_power_pa, net.rise_linear)
    yield np.where(kind == POWER, net.rise_exponent_ratio, net.rise_quadratic)
    yield from (parabola.runout_m3_s, parabola.over_pa_s2_m6, parabola.reverse_pa_s2_m6)
    yield from (parabola.small_m6_s2, floor, net.speed_ratio)
    yield place_in_turn(net).astype(np.float64) if net.turn_index.any() else np.zeros((len(kind), 1))
    yield net.in_service[net.mover].astype(np.float64)


def _stacked(parts: list[Array]) -> Array:
    """Return columns one below the other."""
    if len(parts) == 1:
        return parts[0]
    width = max((part.shape[1] for part in parts), default=1)
    return np.concatenate([np.zeros((0, width)), *(np.broadcast_to(p, (len(p), width)) for p in parts)])
