"""Which number a result field is: from the solution, for every kind of element."""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.chip_fields import CHIP_FIELDS
from twin.fault_fields import FAULT_FIELDS
from twin.loop_fields import LOOP_FIELDS
from twin.model.element import (
    Controller,
    Converter,
    Exchanger,
    Feed,
    Line,
    Load,
    Mover,
    Path,
    Rejector,
    Source,
    Transformer,
    Valve,
    Zone,
)  # fmt: skip
from twin.model.event import Event
from twin.model.heat_net import HeatNet
from twin.solve.branch import GRAVITY_M_S2
from twin.solve.couple import Solution
from twin.solve.flow import control_lift_pa
from twin.solve.hammer import NORMAL, closing_bound
from twin.solve.heat import effectiveness_ratio, given_at, properties_at
from twin.solve.line_heat import air_around, conductor_temperature, derating_ratio
from twin.solve.transfer_gap import consumer_gap, converter_gap

Field = Callable[[Solution, Any], Array]
# A valve that passes this share of its limit stands at it.
AT_LIMIT_RATIO = 1.0 - 1e-6


def _branch(pick: Callable[[Solution, slice], Array]) -> Field:
    return lambda s, block: pick(s, s.network.flow.rows[id(block)])


def _end_pag(s: Solution, rows: slice, inlet: bool) -> Array:
    net = s.network.flow
    forward = s.flow.flow_kg_s[rows] >= 0.0
    at_tail, at_head = s.flow.pressure_pag[net.tail[rows]], s.flow.pressure_pag[net.head[rows]]
    return np.where(forward == inlet, at_tail, at_head)


def _drop(s: Solution, rows: slice) -> Array:
    """Return what the branch loses to friction: the difference of its ends, height taken out."""
    net = s.network.flow
    rise = (net.height_m[net.head[rows]] - net.height_m[net.tail[rows]])[:, None]
    ends = s.flow.pressure_pag[net.tail[rows]] - s.flow.pressure_pag[net.head[rows]]
    return np.asarray(ends - GRAVITY_M_S2 * s.medium.density_kg_m3[rows] * rise)


def _velocity(s: Solution, block: Path) -> Array:
    rows = s.network.flow.rows[id(block)]
    area = 0.25 * np.pi * block.diameter_m**2
    return np.asarray(np.abs(s.flow.flow_kg_s[rows]) / s.medium.density_kg_m3[rows] / area)


def _approach(s: Solution, block: Exchanger) -> Array:
    flow, rows = s.network.flow, s.network.heat.rows[id(block)]
    hot, cold = s.network.heat.hot[rows], s.network.heat.cold[rows]
    running = np.abs(s.flow.flow_kg_s[hot]) > 1e-6
    return np.where(running & flow.in_service[hot], s.heat.outlet_k[hot] - s.heat.inlet_k[cold], np.nan)


def _open_valve(s: Solution, block: Exchanger) -> Array:
    """Return 1 where a held temperature floats because the valve is open, 0 while it holds."""
    rows = s.network.heat.rows[id(block)]
    held = np.isfinite(s.network.heat.hold_k[rows])
    return np.where(held & (s.exchanger_mode[rows] == 0), 1.0, 0.0)


def _zone_temperature(s: Solution, block: Zone) -> Array:
    flow = s.network.flow
    at = np.searchsorted(flow.node, block.node)
    known = (at < len(flow.node)) & (flow.node[np.minimum(at, len(flow.node) - 1)] == block.node)
    return np.where(known[:, None], s.heat.temperature_k[np.minimum(at, len(flow.node) - 1)], np.nan)


def _mover(values: Callable[[Solution], Array]) -> Field:
    def pick(s: Solution, block: Mover) -> Array:
        rows = s.network.flow.rows[id(block)]
        return values(s)[np.searchsorted(s.network.flow.mover, np.arange(rows.start, rows.stop))]

    return pick


def _heat_rows(values: Callable[[Solution], Array]) -> Field:
    return lambda s, block: values(s)[s.network.heat.rows[id(block)]]


def _set_point(values: Callable[[HeatNet], Array]) -> Field:
    """Return what each element holds [K], NaN where it holds nothing, shape (element, variant)."""

    def pick(s: Solution, block: Exchanger | Rejector) -> Array:
        mine = values(s.network.heat)[s.network.heat.rows[id(block)]]
        return np.broadcast_to(mine, (len(block.part), s.network.variants))

    return pick


def _density(s: Solution, rows: slice) -> Array:
    return s.medium.density_kg_m3[rows]


def _power(values: Callable[[Solution], Array]) -> Field:
    return lambda s, block: values(s)[s.network.power.rows[id(block)]]


def _size_of(field: str) -> Field:
    """Return the magnitude of a field of the power solution."""
    return lambda s, block: np.abs(getattr(s.power, field)[s.network.power.rows[id(block)]])


def _inputs(values: Callable[[Solution], Array], worst: Callable[..., Array]) -> Field:
    """Reduce what the inputs of a consumer see to one number per consumer; dead inputs do not count."""

    def pick(s: Solution, block: Load) -> Array:
        rows = s.network.power.inputs[id(block)]
        alive = s.power.input_current_a[rows] > 0.0
        seen = np.where(alive, values(s)[rows], np.nan)
        out = np.full((len(block.part), s.network.variants), np.nan)
        order = np.argsort(block.consumer, kind="stable")
        owner = block.consumer[order]
        if len(owner):
            starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
            out[owner[starts]] = worst(seen[order], starts, axis=0)
        return out

    return pick


def _control_rows(s: Solution, block: Controller) -> slice:
    start = 0
    for _, other in s.network.assembly.blocks:
        if other is block:
            break
        if isinstance(other, Controller):
            start += len(other.part)
    return slice(start, start + len(block.part))


def _control_speed(s: Solution, block: Controller) -> Array:
    return s.flow.control_ratio[_control_rows(s, block)]


def _control_difference(s: Solution, block: Controller) -> Array:
    rows, flow = _control_rows(s, block), s.network.flow
    ends = s.flow.pressure_pag[flow.plus[rows]] - s.flow.pressure_pag[flow.minus[rows]]
    held = np.asarray(ends + control_lift_pa(flow, s.medium)[rows])
    return np.where(np.isfinite(flow.set_m3_s[rows]), np.nan, held)


def _control_flow(s: Solution, block: Controller) -> Array:
    """Return the volume flow of all movers that each controller turns, shape (control, variant)."""
    rows, flow = _control_rows(s, block), s.network.flow
    turned = np.flatnonzero(flow.control_of >= 0)
    total = np.zeros((len(flow.plus), s.network.variants))
    branch = flow.mover[turned]
    np.add.at(total, flow.control_of[turned], s.flow.flow_kg_s[branch] / s.medium.density_kg_m3[branch])
    return total[rows]


def _control_running(s: Solution, block: Controller) -> Array:
    return s.flow.running_count[_control_rows(s, block)].astype(np.float64)


def _dew_point(s: Solution, block: Zone) -> Array:
    return np.broadcast_to(block.dew_point_k, (len(block.part), s.network.variants))


def _loop(s: Solution, rows: slice) -> Array:
    net = s.network.flow
    island = net.island[net.tail[rows]].astype(np.float64)
    return np.broadcast_to(island[:, None], (len(island), s.network.variants))


def _held_loop(s: Solution, block: Source) -> Array:
    net = s.network.flow
    island = net.island[np.searchsorted(net.node, block.node)].astype(np.float64)
    return np.broadcast_to(island[:, None], (len(island), s.network.variants))


def _at_source(values: Callable[[Solution], Array]) -> Field:
    """Return a field of a source: what stands at its node."""
    return lambda s, block: values(s)[np.searchsorted(s.network.flow.node, block.node)]


def _given(s: Solution, block: Source) -> Array:
    """Return the volume flow that each open end gives to its network [m3/s], shape (source, variant)."""
    flow = s.network.flow
    node = np.searchsorted(flow.node, block.node)
    row = np.searchsorted(flow.held, node, sorter=(order := np.argsort(flow.held)))
    given = given_at(flow, s.flow.flow_kg_s)[order[row]]
    return given / properties_at(flow, node, s.heat.temperature_k[node]).density_kg_m3


def _regulating(s: Solution, rows: slice) -> Array:
    """Return 0 for a shut valve, 1 for an open one, 2 for one that regulates, shape (branch, variant)."""
    net, branch = s.network.flow, np.arange(rows.start, rows.stop)
    state = net.in_service[rows].astype(np.float64)
    keeper = np.flatnonzero(np.isin(net.keeper, branch))
    state[net.keeper[keeper] - rows.start] *= s.flow.keeper_state[keeper]
    limited = np.flatnonzero(np.isin(net.limited, branch))
    flow = s.flow.flow_kg_s[net.limited[limited]] / s.medium.density_kg_m3[net.limited[limited]]
    state[net.limited[limited] - rows.start] *= 1.0 + (flow > AT_LIMIT_RATIO * s.limit_m3_s[limited])
    return state


def _uncooled(s: Solution, block: Load) -> Array:
    return s.lost_cooling[s.network.heat.load_rows[id(block)]].astype(np.float64)


def _effectiveness(s: Solution, block: Exchanger) -> Array:
    return effectiveness_ratio(s.network.flow, s.network.heat, s.flow.flow_kg_s, s.heat)[
        s.network.heat.rows[id(block)]
    ]


def _event(name: str) -> Field:
    """Return a number of each event in the normal case, NaN in the others, which no event was followed in."""

    def pick(s: Solution, block: Event) -> Array:
        out = np.full((len(block.part), s.network.variants), np.nan)
        if s.surges is not None:
            at = np.searchsorted(s.surges.part, block.part)
            out[:, NORMAL] = getattr(s.surges, name)[at]
        return out

    return pick


def _closing(s: Solution, block: Valve) -> Array:
    """Return a bound of the rise before each valve that closes in its stroke, NaN where none is said."""
    rows = np.arange(len(s.network.flow.tail))[s.network.flow.rows[id(block)]]
    out = np.full((len(rows), s.network.variants), np.nan)
    said = np.isfinite(block.stroke_s).any(axis=1)
    if said.any():
        out[said] = closing_bound(s, rows[said], block.stroke_s[said])
    return out


EVENT_FIELDS = (
    "peak_pag", "peak_rise_pa", "lowest_pag", "vapour_margin_pa", "joukowsky_pa", "bound_pa",
    "column_rise_pa", "critical_s", "time_s", "elastic_ratio", "step_s", "adjusted_ratio", "rigid_ratio",
    "shut_count", "mass_ratio", "energy_ratio",
)  # fmt: skip
BRANCH_FIELDS: dict[str, Field] = {
    "flow_kg_s": _branch(lambda s, r: s.flow.flow_kg_s[r]),
    "flow_m3_s": _branch(lambda s, r: s.flow.flow_kg_s[r] / s.medium.density_kg_m3[r]),
    "inlet_k": _branch(lambda s, r: s.heat.inlet_k[r]),
    "outlet_k": _branch(lambda s, r: s.heat.outlet_k[r]),
    "drop_pa": _branch(_drop),
    "inlet_pag": _branch(lambda s, r: _end_pag(s, r, inlet=True)),
    "outlet_pag": _branch(lambda s, r: _end_pag(s, r, inlet=False)),
    "heat_w": _branch(lambda s, r: s.heat.branch_heat_w[r]),
    "density_kg_m3": _branch(_density),
    "loop_index": _branch(_loop),
    "first_pag": _branch(lambda s, r: s.flow.pressure_pag[s.network.flow.tail[r]]),
    "first_k": _branch(lambda s, r: s.heat.temperature_k[s.network.flow.tail[r]]),
    "state_index": _branch(_regulating),
}
FIELDS: dict[tuple[type, str], Field] = {
    **{(kind, name): field for kind in (Path, Mover, Valve) for name, field in BRANCH_FIELDS.items()},
    (Path, "velocity_m_s"): _velocity,
    (Mover, "rise_pa"): _branch(lambda s, r: -_drop(s, r)),
    (Mover, "speed_ratio"): _mover(lambda s: s.flow.speed_ratio),
    (Mover, "power_w"): _mover(lambda s: s.mover_w),
    (Mover, "hydraulic_power_w"): _branch(
        lambda s, r: -_drop(s, r) * s.flow.flow_kg_s[r] / s.medium.density_kg_m3[r]
    ),
    (Exchanger, "heat_w"): _heat_rows(lambda s: s.heat.exchanged_w),
    (Exchanger, "approach_dk"): _approach,
    (Exchanger, "saturated_ratio"): _open_valve,
    (Valve, "mix_k"): lambda s, b: np.broadcast_to(b.mix_k, (len(b.part), s.network.variants)),
    (Valve, "head_k"): _branch(lambda s, r: s.heat.temperature_k[s.network.flow.head[r]]),
    (Exchanger, "set_k"): _set_point(lambda net: net.hold_k),
    (Rejector, "set_k"): _set_point(lambda net: net.leaving_k),
    (Rejector, "heat_w"): _heat_rows(lambda s: s.heat.rejected_w),
    (Rejector, "power_w"): _heat_rows(lambda s: s.machine_w),
    (Rejector, "speed_ratio"): _heat_rows(lambda s: s.machine_ratio),
    (Rejector, "loading_ratio"): _heat_rows(lambda s: s.machine_ratio),
    (Rejector, "water_kg_s"): _heat_rows(lambda s: s.water_kg_s),
    (Rejector, "wet_bulb_k"): _heat_rows(
        lambda s: np.broadcast_to(s.network.heat.wet_bulb_k, s.water_kg_s.shape)
    ),
    (Rejector, "entering_k"): _heat_rows(
        lambda s: np.broadcast_to(s.network.heat.entering_k, s.water_kg_s.shape)
    ),
    (Rejector, "wetted_ratio"): _heat_rows(
        lambda s: np.broadcast_to(s.network.heat.humidified_kg_kg > 0.0, s.water_kg_s.shape).astype(float)
    ),
    (Zone, "temperature_k"): _zone_temperature,
    (Zone, "dew_point_k"): _dew_point,
    (Exchanger, "effectiveness_ratio"): _effectiveness,
    (Rejector, "leaving_k"): lambda s, b: s.heat.outlet_k[
        s.network.heat.rejector[s.network.heat.rows[id(b)]]
    ],
    (Controller, "speed_ratio"): _control_speed,
    (Controller, "difference_pa"): _control_difference,
    (Controller, "flow_m3_s"): _control_flow,
    (Controller, "running_count"): _control_running,
    **FAULT_FIELDS,
    (Line, "current_a"): _size_of("line_current_a"),
    (Line, "loss_w"): _power(lambda s: s.power.line_loss_w),
    (Line, "drop_ratio"): _power(lambda s: s.power.line_drop_ratio),
    (Line, "loading_ratio"): _power(lambda s: s.power.line_loading_ratio),
    (Line, "air_k"): _power(air_around),
    (Line, "conductor_k"): _power(conductor_temperature),
    (Line, "derating_ratio"): _power(derating_ratio),
    (Line, "closed_ratio"): _power(lambda s: s.power.line_closed.astype(np.float64)),
    (Line, "voltage_ratio"): _power(lambda s: s.power.line_voltage_ratio),
    (Line, "neutral_a"): _power(lambda s: s.power.line_neutral_a),
    **{
        (Transformer, name): _size_of(field)
        for name, field in (
            ("power_in_w", "transformer_in_w"),
            ("power_out_w", "transformer_out_w"),
            ("loss_w", "transformer_loss_w"),
            ("loading_ratio", "transformer_loading_ratio"),
            ("current_a", "transformer_current_a"),
        )
    },
    **{
        (Converter, name): _size_of(field)
        for name, field in (
            ("power_in_w", "converter_in_w"),
            ("power_out_w", "converter_out_w"),
            ("loss_w", "converter_loss_w"),
            ("loading_ratio", "converter_loading_ratio"),
            ("current_a", "converter_current_a"),
        )
    },
    (Source, "loop_index"): _held_loop,
    **LOOP_FIELDS,
    **CHIP_FIELDS,
    (Source, "pressure_pag"): _at_source(lambda s: s.flow.pressure_pag),
    (Source, "temperature_k"): _at_source(lambda s: s.heat.temperature_k),
    (Source, "given_m3_s"): _given,
    (Valve, "closing_pa"): _closing,
    **{(Event, name): _event(name) for name in EVENT_FIELDS},
    (Load, "transfer_gap_s"): _power(lambda s: consumer_gap(s.network.power)),
    (Converter, "transfer_gap_s"): _power(lambda s: converter_gap(s.network.power)),
    (Load, "coolant_lost_ratio"): _uncooled,
    (Load, "supply_lost_ratio"): _power(lambda s: s.power.dropped.astype(np.float64)),
    (Load, "power_w"): _power(lambda s: s.power.consumer_power_w),
    (Load, "voltage_ratio"): _inputs(lambda s: s.power.input_voltage_ratio, np.fmin.reduceat),
    (Load, "current_a"): _inputs(lambda s: s.power.input_current_a, np.fmax.reduceat),
    (Feed, "power_w"): _power(lambda s: s.power.feed_power_va.real),
    (Feed, "reactive_power_var"): _power(lambda s: s.power.feed_power_va.imag),
    (Feed, "current_a"): _power(lambda s: s.power.feed_current_a),
}
