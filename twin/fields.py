"""Which number a result field is: from the solution, for every kind of element."""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.arrays import Array, Index
from twin.laws import fluids
from twin.laws.curves import interpolate
from twin.laws.suction import expansion, npsh_available, vapour_pressure
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
from twin.solve.branch import GRAVITY_M_S2
from twin.solve.couple import Solution
from twin.solve.flow import control_lift_pa
from twin.solve.heat import effectiveness_ratio

Field = Callable[[Solution, Any], Array]


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


def _npsh_available(s: Solution, block: Mover) -> Array:
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    island = net.island[net.tail[rows]]
    vapour = vapour_pressure(
        net.fluid[island][:, None], net.mass_fraction[island][:, None], s.heat.inlet_k[rows]
    )
    suction = s.flow.pressure_pag[net.tail[rows]] + net.air_pressure_pa
    return npsh_available(suction, vapour, s.medium.density_kg_m3[rows])


def _npsh_required(s: Solution, block: Mover) -> Array:
    """Return what the points of a pump say at its flow and speed; NaN, not established, without points."""
    net, rows = s.network.flow, s.network.flow.rows[id(block)]
    speed = s.flow.speed_ratio[np.searchsorted(net.mover, np.arange(rows.start, rows.stop))]
    out = np.full(speed.shape, np.nan)
    known = np.flatnonzero(np.isfinite(block.npsh_m).any(axis=1))
    if len(known):
        volume = np.maximum(s.flow.flow_kg_s[rows] / s.medium.density_kg_m3[rows], 0.0)[known]
        turning = speed[known]
        at = volume / np.maximum(turning, 1e-3)
        out[known] = turning**2 * interpolate(block.npsh_m3_s[known], block.npsh_m[known], at)
    return out


def _islands(s: Solution, block: Source) -> Index:
    net = s.network.flow
    return net.island[np.searchsorted(net.node, block.node)]


def _in_loop(worst: Any, start: float, values: Callable[[Solution], Array]) -> Field:
    """Return the greatest or least of the nodes of the loop that each source holds."""

    def pick(s: Solution, block: Source) -> Array:
        net = s.network.flow
        found = np.full((len(net.fluid), s.network.variants), start)
        worst.at(found, net.island, values(s))
        return np.asarray(found[_islands(s, block)])

    return pick


def _boiling_margin(s: Solution) -> Array:
    """Return the absolute pressure of every node above the vapour pressure there [Pa]."""
    net = s.network.flow
    fluid, fraction = net.fluid[net.island][:, None], net.mass_fraction[net.island][:, None]
    vapour = vapour_pressure(fluid, fraction, s.heat.temperature_k)
    return np.asarray(s.flow.pressure_pag + net.air_pressure_pa - vapour)


_hottest = _in_loop(np.maximum, -np.inf, lambda s: s.heat.temperature_k)


def _fill_density(s: Solution, block: Source) -> Array:
    return _density_at(s, block, np.broadcast_to(block.supply_k, (len(block.part), s.network.variants)))


def _density_at(s: Solution, block: Source, temperature_k: Array) -> Array:
    net, island = s.network.flow, _islands(s, block)
    fluid, fraction = net.fluid[island][:, None], net.mass_fraction[island][:, None]
    return np.asarray(fluids.density(fluid, fraction, temperature_k, net.air_pressure_pa))


def _static(s: Solution, block: Source) -> Array:
    net = s.network.flow
    own = net.height_m[np.searchsorted(net.node, block.node)][:, None]
    highest = _in_loop(np.maximum, -np.inf, lambda _: net.height_m[:, None])(s, block)
    return np.asarray(GRAVITY_M_S2 * _fill_density(s, block) * (highest - own))


def _loop_volume(s: Solution, block: Source) -> Array:
    volume, _ = _volumes(s)
    return np.asarray(volume[_islands(s, block)])


def _unstated(s: Solution, block: Source) -> Array:
    _, unstated = _volumes(s)
    return np.asarray(np.broadcast_to(unstated[_islands(s, block)], (len(block.part), s.network.variants)))


def _volumes(s: Solution) -> tuple[Array, Array]:
    """Return the declared volume of every loop [m3], and how many parts declare none for it."""
    net = s.network.flow
    volume, unstated = np.zeros((len(net.fluid), s.network.variants)), np.zeros((len(net.fluid), 1))
    for kind, block in s.network.assembly.blocks:
        if isinstance(block, Path) and len(block.part):
            island = net.island[net.tail[net.rows[id(block)]]]
            own = np.broadcast_to(block.volume_m3, (len(block.part), s.network.variants))
            np.add.at(volume, island, own)
            parts = np.unique(np.stack([island, block.part])[:, ~own.any(axis=1)], axis=1)
            if kind not in VOLUMELESS:
                np.add.at(unstated, parts[0], 1.0)
    return volume, unstated


def _expansion(s: Solution, block: Source) -> Array:
    hot = _density_at(s, block, _hottest(s, block))
    return expansion(_loop_volume(s, block), _fill_density(s, block), hot)


def _uncooled(s: Solution, block: Load) -> Array:
    return s.lost_cooling[s.network.heat.load_rows[id(block)]].astype(np.float64)


def _effectiveness(s: Solution, block: Exchanger) -> Array:
    return effectiveness_ratio(s.network.flow, s.network.heat, s.flow.flow_kg_s, s.heat)[
        s.network.heat.rows[id(block)]
    ]


# Kinds whose elements hold next to no fluid.
VOLUMELESS = frozenset({"valve", "picv", "strainer", "tile"})
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
}
FIELDS: dict[tuple[type, str], Field] = {
    **{(kind, name): field for kind in (Path, Mover, Valve) for name, field in BRANCH_FIELDS.items()},
    (Path, "velocity_m_s"): _velocity,
    (Mover, "rise_pa"): _branch(lambda s, r: -_drop(s, r)),
    (Mover, "speed_ratio"): _mover(lambda s: s.flow.speed_ratio),
    (Mover, "power_w"): _mover(lambda s: s.mover_w),
    (Exchanger, "heat_w"): _heat_rows(lambda s: s.heat.exchanged_w),
    (Exchanger, "approach_dk"): _approach,
    (Exchanger, "saturated_ratio"): _open_valve,
    (Rejector, "heat_w"): _heat_rows(lambda s: s.heat.rejected_w),
    (Rejector, "power_w"): _heat_rows(lambda s: s.machine_w),
    (Rejector, "speed_ratio"): _heat_rows(lambda s: s.machine_ratio),
    (Rejector, "loading_ratio"): _heat_rows(lambda s: s.machine_ratio),
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
    (Line, "current_a"): _size_of("line_current_a"),
    (Line, "loss_w"): _power(lambda s: s.power.line_loss_w),
    (Line, "drop_ratio"): _power(lambda s: s.power.line_drop_ratio),
    (Line, "loading_ratio"): _power(lambda s: s.power.line_loading_ratio),
    (Line, "voltage_ratio"): _power(lambda s: s.power.line_voltage_ratio),
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
    (Source, "volume_m3"): _loop_volume,
    (Source, "unstated_count"): _unstated,
    (Source, "fill_density_kg_m3"): _fill_density,
    (Source, "hottest_k"): _hottest,
    (Source, "expansion_m3"): _expansion,
    (Source, "static_pa"): _static,
    (Source, "lowest_pag"): _in_loop(np.minimum, np.inf, lambda s: s.flow.pressure_pag),
    (Source, "highest_pag"): _in_loop(np.maximum, -np.inf, lambda s: s.flow.pressure_pag),
    (Source, "boiling_margin_pa"): _in_loop(np.minimum, np.inf, _boiling_margin),
    (Mover, "npsh_available_m"): _npsh_available,
    (Mover, "npsh_required_m"): _npsh_required,
    (Load, "coolant_lost_ratio"): _uncooled,
    (Load, "supply_lost_ratio"): _power(lambda s: s.power.dropped.astype(np.float64)),
    (Load, "power_w"): _power(lambda s: s.power.consumer_power_w),
    (Load, "voltage_ratio"): _inputs(lambda s: s.power.input_voltage_ratio, np.fmin.reduceat),
    (Load, "current_a"): _inputs(lambda s: s.power.input_current_a, np.fmax.reduceat),
    (Feed, "power_w"): _power(lambda s: s.power.feed_power_va.real),
    (Feed, "reactive_power_var"): _power(lambda s: s.power.feed_power_va.imag),
    (Feed, "current_a"): _power(lambda s: s.power.feed_current_a),
}
