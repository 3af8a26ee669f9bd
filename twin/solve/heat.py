"""Steady temperatures carried by a solved flow: one linear system in node enthalpies, all variants at once.

Unknowns are specific enthalpies, so that flow times enthalpy closes exactly; temperatures follow from
them by the fluid laws, linearised about the last pass. Exchangers and rejectors that hold a temperature
are linear in the enthalpy that enters them, so a set-point is met exactly while it can be met.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.laws import fluids
from twin.laws.exchange import exchange_rate, off_design_ua
from twin.laws.rejection import dry_cooler_rate
from twin.model.element import Machine
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.solve import chiller, sparse
from twin.solve.adrift import adrift

# A node that less than this flows into is shown at the temperature it was filled at.
STILL_KG_S = 1e-9
# Heat beyond this per mass of fluid (60 K of water) boils it off: it has no steady state and counts as stored.
BOILING_J_KG = 2.5e5


class Mode(IntEnum):
    """What an exchanger or a rejector does in a variant."""

    FREE = 0
    HOLDS = 1
    OFF = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatSystem:
    """What one topology needs once."""

    flow: FlowNet
    net: HeatNet
    plan: sparse.Plan
    assembly: sparse.Assembly
    row_of: Index
    rest_j_kg: Array
    into: csr_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heat:
    """Solved temperatures.

    Attributes:
        enthalpy_j_kg: At each node, shape (node, variant).
        temperature_k: At each node [K], shape (node, variant).
        inlet_k: Where each branch takes its fluid from [K], shape (branch, variant).
        outlet_k: What leaves each branch [K], shape (branch, variant).
        branch_heat_w: Heat each branch's fluid takes up [W], shape (branch, variant).
        exchanged_w: Heat from hot to cold [W], shape (exchanger, variant).
        rejected_w: Heat taken out of each rejector's fluid [W], shape (rejector, variant).
        conducted_w: Heat from a to b [W], shape (conductance, variant).
        parked: Nodes of parts that heat cannot leave, shown as they were filled, shape (node, variant).
        stored_w: Heat that goes into such parts, and into still nodes, and stays [W], shape (1, variant).
    """

    enthalpy_j_kg: Array
    temperature_k: Array
    inlet_k: Array
    outlet_k: Array
    branch_heat_w: Array
    exchanged_w: Array
    rejected_w: Array
    conducted_w: Array
    parked: Flags
    stored_w: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duty:
    """What the heat solver is given for one pass. Shapes: (branch | node | exchanger | rejector, variant)."""

    flow_kg_s: Array
    into_branch_w: Array
    into_node_w: Array
    exchanger_mode: Index
    rejector_mode: Index


def prepare(flow: FlowNet, net: HeatNet) -> HeatSystem:
    """Return what can be computed before any number changes."""
    ht, hh = flow.tail[net.hot], flow.head[net.hot]
    ct, ch = flow.tail[net.cold], flow.head[net.cold]
    corners = (ht, hh, ct, ch)
    inner = (net.conduct_a >= 0) & (net.conduct_b >= 0)
    everyone = np.arange(len(flow.node))
    a = net.conduct_a[net.conduct_a >= 0]
    b = net.conduct_b[net.conduct_b >= 0]
    ab, ba = net.conduct_a[inner], net.conduct_b[inner]
    rows = [everyone, flow.head, flow.tail, *(r for r in corners for _ in corners), a, b, ab, ba]
    cols = [everyone, flow.tail, flow.head, *(c for _ in corners for c in corners), a, b, ba, ab]
    rows_, cols_ = np.concatenate(rows), np.concatenate(cols)
    plan = sparse.analyse(len(flow.node), rows_, cols_)
    count = len(flow.tail)
    ends = (np.ones(2 * count), (np.r_[flow.tail, flow.head], np.r_[np.arange(count), count + np.arange(count)]))
    return HeatSystem(
        flow=flow, net=net, plan=plan, assembly=plan.assembly(rows_, cols_), row_of=rows_,
        rest_j_kg=enthalpy_at(flow, everyone, flow.fill_k[flow.island][:, None]),
        into=csr_array(ends, shape=(len(flow.node), 2 * count)),
    )  # fmt: skip


def properties_at(flow: FlowNet, node: Index, temperature_k: Array) -> fluids.Properties:
    """Return the properties of the fluid at each of ``node``, shape (len(node), variant)."""
    island = flow.island[node]
    return fluids.properties(
        flow.fluid[island][:, None], flow.mass_fraction[island][:, None], temperature_k, flow.air_pressure_pa
    )


def enthalpy_at(flow: FlowNet, node: Index, temperature_k: Array) -> Array:
    """Return the enthalpy of the fluid at each of ``node`` [J/kg], shape (len(node), variant)."""
    island = flow.island[node]
    return fluids.enthalpy(flow.fluid[island][:, None], flow.mass_fraction[island][:, None], temperature_k)


def temperature_at(flow: FlowNet, node: Index, enthalpy_j_kg: Array) -> Array:
    """Return the temperature of the fluid at each of ``node`` [K], shape (len(node), variant)."""
    island = flow.island[node]
    return fluids.temperature(
        flow.fluid[island][:, None], flow.mass_fraction[island][:, None], enthalpy_j_kg
    )


def solve_heat(system: HeatSystem, duty: Duty, last: Heat) -> Heat:
    """Solve upwind mixing at nodes, heating along branches, exchangers and rejectors, flows given.

    Args:
        system: From ``prepare``.
        duty: Flows, heat released, and what exchangers and rejectors do.
        last: The temperatures to linearise about.

    Source:
        First law for steady open systems; ε-NTU as in twin.laws.exchange.
    """
    flow, net = system.flow, system.net
    q = duty.flow_kg_s
    boiling = duty.into_branch_w > np.abs(q) * BOILING_J_KG
    kept_w = np.where(boiling, duty.into_branch_w, 0.0).sum(axis=0)
    duty = replace(duty, into_branch_w=np.where(boiling, 0.0, duty.into_branch_w))
    ahead = np.maximum(q, 0.0), np.maximum(-q, 0.0)
    known = properties_at(flow, np.arange(len(flow.node)), last.temperature_k)
    capacity = known.heat_capacity_j_kgk
    exchange = _exchange_terms(system, duty, last, known)
    reject = _reject_terms(system, duty, last, known)
    inflow = system.into @ np.concatenate([ahead[1], ahead[0]])
    still = inflow < STILL_KG_S
    diagonal = np.where(still, 1.0, inflow)
    swallowed = np.where(q >= 0.0, reject.factor, 0.0), np.where(q < 0.0, reject.factor, 0.0)
    right = duty.into_node_w + system.into @ _at_outlet(q, duty.into_branch_w)
    values = [diagonal, -ahead[0] + swallowed[0], -ahead[1] + swallowed[1]]
    pulled = _at_outlet(q, reject.constant)
    values += exchange.entries
    right = right + system.into @ pulled
    np.add.at(right, flow.tail[net.hot], exchange.hot_tail)
    np.add.at(right, flow.head[net.hot], exchange.hot_head)
    np.add.at(right, flow.tail[net.cold], exchange.cold_tail)
    np.add.at(right, flow.head[net.cold], exchange.cold_head)
    values += _conduct(system, last, capacity, right)
    entries, held = np.concatenate(values), still
    try:
        h = _eliminate(system, entries, right, held)
    except ConvergenceError:
        held = still | _adrift(system, duty)
        if (held == still).all():
            raise
        h = _eliminate(system, entries, right, held)
    stored = np.where(held, duty.into_node_w + system.into @ _at_outlet(q, duty.into_branch_w), 0.0)
    return _finish(system, duty, h, exchange, reject, parked=held & ~still, stored=stored.sum(axis=0) + kept_w)


def _eliminate(system: HeatSystem, entries: Array, right: Array, held: Flags) -> Array:
    """Return the enthalpies of all nodes; those held are as cold as they were filled."""
    flow = system.flow
    diag, off = system.assembly.values(_mask(system, entries, held))
    factor = sparse.factorise(
        system.plan, diag, off, name=lambda row: flow.name_of(int(flow.node[row])), what="energy balance"
    )
    answer: Array = factor.solve(np.where(held, system.rest_j_kg, right))
    return answer


def _adrift(system: HeatSystem, duty: Duty) -> Flags:
    return adrift(
        system.flow, system.net, duty.flow_kg_s, duty.exchanger_mode == Mode.OFF,
        (duty.rejector_mode == Mode.OFF) | ~system.net.reject_in_service, still_kg_s=STILL_KG_S,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Exchange:
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
class _Reject:
    """Q = factor·h(in) - constant, by branch."""

    factor: Array
    constant: Array


def upstream(net: FlowNet, q: Array, node_values: Array) -> Array:
    """Return the node value where each branch takes its fluid from, shape (branch, variant)."""
    return np.where(q >= 0.0, node_values[net.tail], node_values[net.head])


def _at_outlet(q: Array, branch_w: Array) -> Array:
    """Stack a branch quantity onto the branch's outlet: first rows for tails, then rows for heads."""
    return np.concatenate([np.where(q < 0.0, branch_w, 0.0), np.where(q >= 0.0, branch_w, 0.0)])


def _exchange_terms(system: HeatSystem, duty: Duty, last: Heat, known: fluids.Properties) -> _Exchange:
    flow, net = system.flow, system.net
    capacity = known.heat_capacity_j_kgk
    qh, qc = duty.flow_kg_s[net.hot], duty.flow_kg_s[net.cold]
    forward_h, forward_c = qh >= 0.0, qc >= 0.0
    h, t = last.enthalpy_j_kg, last.temperature_k
    h_hot = np.where(forward_h, h[flow.tail[net.hot]], h[flow.head[net.hot]])
    h_cold = np.where(forward_c, h[flow.tail[net.cold]], h[flow.head[net.cold]])
    t_hot = np.where(forward_h, t[flow.tail[net.hot]], t[flow.head[net.hot]])
    t_cold = np.where(forward_c, t[flow.tail[net.cold]], t[flow.head[net.cold]])
    c_hot = np.where(forward_h, capacity[flow.tail[net.hot]], capacity[flow.head[net.hot]])
    c_cold = np.where(forward_c, capacity[flow.tail[net.cold]], capacity[flow.head[net.cold]])
    per_kelvin = exchange_per_kelvin(system, duty.flow_kg_s, known)
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
    entries = [
        np.where(down[r] & up[col], sign[r] * factor[col], 0.0) for r in range(4) for col in range(4)
    ]
    return _Exchange(
        a=a, b=b, c=c, entries=entries,
        hot_tail=np.where(forward_h, 0.0, -c), hot_head=np.where(forward_h, -c, 0.0),
        cold_tail=np.where(forward_c, 0.0, c), cold_head=np.where(forward_c, c, 0.0),
    )  # fmt: skip


def exchange_per_kelvin(system: HeatSystem, q: Array, known: fluids.Properties) -> Array:
    """Return the heat each exchanger moves per kelvin between its two inlets [W/K], shape (exchanger, variant)."""
    flow, net = system.flow, system.net
    qh, qc = np.abs(q[net.hot]), np.abs(q[net.cold])
    capacity = upstream(flow, q, known.heat_capacity_j_kgk)
    density = upstream(flow, q, known.density_kg_m3)
    c_hot, c_cold, rho_h, rho_c = capacity[net.hot], capacity[net.cold], density[net.hot], density[net.cold]
    design_h, design_c = rho_h * net.hot_reference_m3_s, rho_c * net.cold_reference_m3_s
    return exchange_rate(
        off_design_ua(net.ua_w_k, qh / design_h, qc / design_c), qh * c_hot, qc * c_cold,
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


def _reject_terms(system: HeatSystem, duty: Duty, last: Heat, known: fluids.Properties) -> _Reject:
    flow, net = system.flow, system.net
    capacity = known.heat_capacity_j_kgk
    shape = duty.flow_kg_s.shape
    factor, constant = np.zeros(shape), np.zeros(shape)
    rows = net.rejector
    if not len(rows):
        return _Reject(factor=factor, constant=constant)
    q = np.abs(duty.flow_kg_s[rows])
    t_in = upstream(flow, duty.flow_kg_s, last.temperature_k)[rows]
    h_in = upstream(flow, duty.flow_kg_s, last.enthalpy_j_kg)[rows]
    c_in = upstream(flow, duty.flow_kg_s, capacity)[rows]
    holds, free = duty.rejector_mode == Mode.HOLDS, duty.rejector_mode == Mode.FREE
    dry = (net.machine == Machine.DRY_COOLER)[:, None]
    most = reject_per_kelvin(system, duty.flow_kg_s, known)
    factor[rows] = np.where(holds, q, np.where(free & dry, most / c_in, 0.0))
    held = _enthalpy(system, rows, net.leaving_k)
    entering = np.where(np.isfinite(net.entering_k), net.entering_k, 0.0)
    level = most * (h_in / c_in - t_in + entering)
    constant[rows] = np.where(holds, q * held, np.where(free & dry, level, 0.0))
    cold = np.flatnonzero((net.machine != Machine.DRY_COOLER) & free.any(axis=1))
    if len(cold):
        _run_flat_out(system, duty, last, c_in, cold, _Reject(factor=factor, constant=constant))
    return _Reject(factor=factor, constant=constant)


def _run_flat_out(
    system: HeatSystem, duty: Duty, last: Heat, c_in: Array, cold: Index, into: _Reject
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


def reject_per_kelvin(system: HeatSystem, q: Array, known: fluids.Properties) -> Array:
    """Return what a dry cooler at full fan speed rejects per kelvin above its air [W/K], 0 for chillers."""
    flow, net = system.flow, system.net
    out = np.zeros((len(net.rejector), flow.variants))
    dry = np.flatnonzero(net.machine == Machine.DRY_COOLER)
    if len(dry):
        rows = net.rejector[dry]
        rate = np.abs(q[rows]) * upstream(flow, q, known.heat_capacity_j_kgk)[rows]
        density = upstream(flow, q, known.density_kg_m3)[rows]
        moved = dry_cooler_rate(
            net.reject_ua_w_k[dry], rate, air_rate(system, dry),
            fluid_flow_ratio=np.abs(q[rows]) / density / net.reference_m3_s[dry],
            fan_speed_ratio=np.ones_like(rate),
        )  # fmt: skip
        out[dry] = np.where(net.reject_in_service[dry], moved, 0.0)
    return out


def air_rate(system: HeatSystem, dry: Index) -> Array:
    """Return the capacity rate of the air of dry coolers at full fan speed [W/K], shape (dry, 1 or variant)."""
    net = system.net
    entering = net.entering_k[dry]
    density = fluids.air_density(entering, np.zeros_like(entering), system.flow.air_pressure_pa)
    return np.asarray(net.airflow_m3_s[dry] * density * fluids.DRY_AIR_HEAT_J_KGK)


def _conduct(system: HeatSystem, last: Heat, capacity: Array, right: Array) -> list[Array]:
    """Add the constant part of conductances to ``right`` in place and return their matrix entries."""
    net = system.net
    if not len(net.conduct_a):
        return [np.zeros((0, right.shape[1]))]
    t, h = last.temperature_k, last.enthalpy_j_kg
    u = np.broadcast_to(net.conductance_w_k, (len(net.conduct_a), right.shape[1]))
    a, b = net.conduct_a, net.conduct_b
    level_a = np.where((a >= 0)[:, None], t[a] - h[a] / capacity[a], net.outdoors_k)
    level_b = np.where((b >= 0)[:, None], t[b] - h[b] / capacity[b], net.outdoors_k)
    base = u * (level_a - level_b)
    np.add.at(right, a[a >= 0], -base[a >= 0])
    np.add.at(right, b[b >= 0], base[b >= 0])
    inner = (a >= 0) & (b >= 0)
    return [
        (u / capacity[a])[a >= 0],
        (u / capacity[b])[b >= 0],
        -(u / capacity[b])[inner],
        -(u / capacity[a])[inner],
    ]


def _mask(system: HeatSystem, triplets: Array, still: Flags) -> Array:
    """Drop every entry of the rows of held nodes but their diagonal one."""
    if not still.any():
        return triplets
    masked = np.where(still[system.row_of], 0.0, triplets)
    masked[: len(still)] = np.where(still, 1.0, triplets[: len(still)])
    return masked


def _finish(
    system: HeatSystem, duty: Duty, h: Array, exchange: _Exchange, reject: _Reject, *, parked: Flags, stored: Array
) -> Heat:
    flow, net = system.flow, system.net
    q = duty.flow_kg_s
    t = temperature_at(flow, np.arange(len(flow.node)), h)
    h_in = upstream(flow, q, h)
    exchanged = exchange.a * h_in[net.hot] - exchange.b * h_in[net.cold] + exchange.c
    rejected = reject.factor * h_in - reject.constant
    gained = duty.into_branch_w - rejected
    np.add.at(gained, net.hot, -exchanged)
    np.add.at(gained, net.cold, exchanged)
    moving = np.abs(q) > STILL_KG_S
    h_out = h_in + np.where(moving, gained / np.where(moving, np.abs(q), 1.0), 0.0)
    outlet = temperature_at(flow, flow.tail, h_out)
    return Heat(
        enthalpy_j_kg=h, temperature_k=t, inlet_k=upstream(flow, q, t), outlet_k=outlet,
        branch_heat_w=np.where(moving, gained, 0.0), exchanged_w=exchanged, rejected_w=rejected[net.rejector],
        conducted_w=_conducted(system, t), parked=parked, stored_w=stored[None, :],
    )  # fmt: skip


def _conducted(system: HeatSystem, t: Array) -> Array:
    net = system.net
    a, b = net.conduct_a, net.conduct_b
    if not len(a):
        return np.zeros((0, t.shape[1]))
    t_a = np.where((a >= 0)[:, None], t[a], net.outdoors_k)
    t_b = np.where((b >= 0)[:, None], t[b], net.outdoors_k)
    return np.asarray(net.conductance_w_k * (t_a - t_b))
