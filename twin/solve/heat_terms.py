"""How exchangers and rejectors enter the linear system: heat, linear in entering enthalpies."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index
from twin.laws import fluids
from twin.laws.exchange import exchange_rate, off_design_ua
from twin.laws.rejection import dry_cooler_rate
from twin.model.element import Machine
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.solve import chiller, tower
from twin.solve.heat_state import (
    STILL_KG_S,
    Duty,
    Heat,
    HeatSystem,
    Known,
    Mode,
    enthalpy_at,
    properties_at,
    upstream,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exchange:
    """Q = a·h(hot in) - b·h(cold in) + c, and its matrix entries."""

    a: Array
    b: Array
    c: Array
    entries: list[Array]
    hot_tail: Array
    hot_head: Array
    cold_tail: Array
    cold_head: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reject:
    """Q = factor·h(in) - constant, by branch."""

    factor: Array
    constant: Array


def exchange_terms(system: HeatSystem, duty: Duty, last: Heat) -> Exchange:
    """Return what each exchanger moves, linear about the last temperatures."""
    flow, net = system.flow, system.net
    qh, qc = duty.flow_kg_s[net.hot], duty.flow_kg_s[net.cold]
    forward_h, forward_c = qh >= 0.0, qc >= 0.0
    h, t = last.enthalpy_j_kg, last.temperature_k
    (h_hot, h_cold), (t_hot, t_cold) = (
        [upstream(flow, duty.flow_kg_s, values, rows) for rows in (net.hot, net.cold)] for values in (h, t)
    )
    warm = properties_at(flow, flow.tail[net.hot], t_hot)
    cool = properties_at(flow, flow.tail[net.cold], t_cold)
    c_hot, c_cold = warm.heat_capacity_j_kgk, cool.heat_capacity_j_kgk
    densities = warm.density_kg_m3, cool.density_kg_m3
    per_kelvin = _per_kelvin(net, (np.abs(qh), np.abs(qc)), (c_hot, c_cold), densities)
    free = duty.exchanger_mode == Mode.FREE
    holds = duty.exchanger_mode == Mode.HOLDS
    a = np.where(free, per_kelvin / c_hot, np.where(holds, np.abs(qh), 0.0))
    b = np.where(free, per_kelvin / c_cold, 0.0)
    held_h = _enthalpy(system, net.hot, np.where(np.isfinite(net.hold_k), net.hold_k, 293.15))
    level = per_kelvin * ((t_hot - h_hot / c_hot) - (t_cold - h_cold / c_cold))
    c = np.where(free, level, np.where(holds, -np.abs(qh) * held_h, 0.0))
    down = (~forward_h, forward_h, ~forward_c, forward_c)
    up = (forward_h, ~forward_h, forward_c, ~forward_c)
    sign = (1.0, 1.0, -1.0, -1.0)
    factor = (a, a, -b, -b)
    entries = [np.where(down[r] & up[col], sign[r] * factor[col], 0.0) for r in range(4) for col in range(4)]
    return Exchange(
        a=a, b=b, c=c, entries=entries,
        hot_tail=np.where(forward_h, 0.0, -c), hot_head=np.where(forward_h, -c, 0.0),
        cold_tail=np.where(forward_c, 0.0, c), cold_head=np.where(forward_c, c, 0.0),
    )  # fmt: skip


def exchange_per_kelvin(system: HeatSystem, q: Array, known: Known) -> Array:
    """Return the heat moved per kelvin between the two inlets [W/K], shape (exchanger, variant)."""
    flow, sides = system.flow, (system.net.hot, system.net.cold)
    flows = np.abs(q[sides[0]]), np.abs(q[sides[1]])
    at = [
        (upstream(flow, q, values, sides[0]), upstream(flow, q, values, sides[1]))
        for values in (known.heat_capacity_j_kgk, known.density_kg_m3)
    ]
    return _per_kelvin(system.net, flows, at[0], at[1])


def _per_kelvin(
    net: HeatNet, flows: tuple[Array, Array], capacity: tuple[Array, Array], density: tuple[Array, Array]
) -> Array:
    """Return heat per kelvin from flow, specific heat and density of the entering hot and cold streams."""
    (qh, qc), (c_hot, c_cold), (rho_h, rho_c) = flows, capacity, density
    design_h, design_c = rho_h * net.hot_reference_m3_s, rho_c * net.cold_reference_m3_s
    return exchange_rate(
        off_design_ua(net.ua_w_k, qh / design_h, qc / design_c, fouling_k_w=net.fouling_k_w),
        qh * c_hot, qc * c_cold,
        design_w_k=np.minimum(design_h * c_hot, design_c * c_cold), arrangement_index=net.arrangement,
    )  # fmt: skip


def effectiveness_ratio(flow: FlowNet, net: HeatNet, q: Array, heat: Heat) -> Array:
    """Return heat moved over the greatest possible, shape (exchanger, variant); 0 without flow."""
    hot, cold = net.hot, net.cold
    warm = properties_at(flow, flow.tail[hot], heat.inlet_k[hot]).heat_capacity_j_kgk * np.abs(q[hot])
    cool = properties_at(flow, flow.tail[cold], heat.inlet_k[cold]).heat_capacity_j_kgk * np.abs(q[cold])
    most = np.minimum(warm, cool) * (heat.inlet_k[hot] - heat.inlet_k[cold])
    some = np.abs(most) > 1.0
    return np.where(some, heat.exchanged_w / np.where(some, most, 1.0), 0.0)


def _enthalpy(system: HeatSystem, branch: Index, temperature_k: Array) -> Array:
    """Return the enthalpy of a branch's fluid at a temperature."""
    return enthalpy_at(system.flow, system.flow.tail[branch], temperature_k)


def reject_terms(system: HeatSystem, duty: Duty, last: Heat) -> Reject:
    """Return what each rejector takes, linear about the last temperatures."""
    flow, net = system.flow, system.net
    shape = duty.flow_kg_s.shape
    factor, constant = np.zeros(shape), np.zeros(shape)
    rows = net.rejector
    if not len(rows):
        return Reject(factor=factor, constant=constant)
    q = np.abs(duty.flow_kg_s[rows])
    t_in = upstream(flow, duty.flow_kg_s, last.temperature_k, rows)
    h_in = upstream(flow, duty.flow_kg_s, last.enthalpy_j_kg, rows)
    known = properties_at(flow, flow.tail[rows], t_in)
    c_in = known.heat_capacity_j_kgk
    holds, free = duty.rejector_mode == Mode.HOLDS, duty.rejector_mode == Mode.FREE
    dry = (net.machine == Machine.DRY_COOLER)[:, None]
    most = inlet_per_kelvin(system, duty.flow_kg_s, known)
    factor[rows] = np.where(holds, q, np.where(free & dry, most / c_in, 0.0))
    held = _enthalpy(system, rows, net.leaving_k)
    entering = np.where(np.isfinite(net.entering_k), net.entering_k, 0.0)
    level = most * (h_in / c_in - t_in + entering)
    constant[rows] = np.where(holds, q * held, np.where(free & dry, level, 0.0))
    terms, machines = Reject(factor=factor, constant=constant), chiller.chillers(net)
    cold = machines[free[machines].any(axis=1)]
    if len(cold):
        _run_flat_out(system, duty, last, c_in, cold, into=terms)
    if len(wet := tower.towers(net)):
        _cool_wet(system, duty, (t_in[wet], h_in[wet], c_in[wet]), wet, into=terms)
    return terms


def _cool_wet(
    system: HeatSystem, duty: Duty, last: tuple[Array, Array, Array], wet: Index, *, into: Reject
) -> None:
    """Write the terms of towers whose fans run flat out, or stand: heat along its tangent in what enters."""
    t_in, h_in, c_in = last
    branch, mode = system.net.rejector[wet], duty.rejector_mode[wet]
    taken, slope = tower.flat_out(system, duty.flow_kg_s, t_in, wet)
    share = np.where(mode == Mode.FREE, 1.0, np.where(mode == Mode.COASTS, system.net.still_ratio[wet], 0.0))
    holds = mode == Mode.HOLDS
    into.factor[branch] = np.where(holds, into.factor[branch], share * slope / c_in)
    into.constant[branch] = np.where(holds, into.constant[branch], share * (slope / c_in * h_in - taken))


def _run_flat_out(
    system: HeatSystem, duty: Duty, last: Heat, c_in: Array, cold: Index, *, into: Reject
) -> None:
    """Write the terms of chillers that cannot hold their set-point: what they take rises with what leaves."""
    net, branch = system.net, system.net.rejector[cold]
    q = np.maximum(np.abs(duty.flow_kg_s[branch]), STILL_KG_S)
    leaving = last.outlet_k[branch]
    taken, slope = chiller.flat_out(net, leaving, chiller.entering(net, last.inlet_k, cold), cold)
    per_j_kg = slope / c_in[cold]
    share = 1.0 / (1.0 + per_j_kg / q)
    free = duty.rejector_mode[cold] == Mode.FREE
    level = taken - per_j_kg * enthalpy_at(system.flow, system.flow.tail[branch], leaving)
    into.factor[branch] = np.where(free, per_j_kg * share, into.factor[branch])
    into.constant[branch] = np.where(free, -level * share, into.constant[branch])


def reject_per_kelvin(system: HeatSystem, q: Array, known: Known) -> Array:
    """Return what a dry cooler at full fan speed rejects per kelvin above its air [W/K], 0 for chillers."""
    rows = system.net.rejector
    capacity = upstream(system.flow, q, known.heat_capacity_j_kgk, rows)
    return _rejected_per_kelvin(system, q, capacity, upstream(system.flow, q, known.density_kg_m3, rows))


def inlet_per_kelvin(system: HeatSystem, q: Array, known: Known) -> Array:
    """Return the same from properties at the inlet of each rejector."""
    return _rejected_per_kelvin(system, q, known.heat_capacity_j_kgk, known.density_kg_m3)


def _rejected_per_kelvin(system: HeatSystem, q: Array, capacity: Array, density: Array) -> Array:
    flow, net = system.flow, system.net
    out = np.zeros((len(net.rejector), flow.variants))
    dry = np.flatnonzero(net.machine == Machine.DRY_COOLER)
    if len(dry):
        rows = net.rejector[dry]
        rate = np.abs(q[rows]) * capacity[dry]
        moved = dry_cooler_rate(
            net.reject_ua_w_k[dry], rate, air_rate(system, dry),
            fluid_flow_ratio=np.abs(q[rows]) / density[dry] / net.reference_m3_s[dry],
            fan_speed_ratio=np.ones_like(rate),
        )  # fmt: skip
        out[dry] = np.where(net.reject_in_service[dry], moved, 0.0)
    return out


def air_rate(system: HeatSystem, dry: Index) -> Array:
    """Return the capacity rate of dry coolers' air at full speed [W/K], shape (dry, 1 or variant)."""
    net = system.net
    entering = net.entering_k[dry]
    density = fluids.air_density(entering, np.zeros_like(entering), system.flow.air_pressure_pa)
    return np.asarray(net.airflow_m3_s[dry] * density * fluids.DRY_AIR_HEAT_J_KGK)
