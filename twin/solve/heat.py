"""Steady temperatures carried by a solved flow: one linear system in node enthalpies.

Unknowns are specific enthalpies, so that flow times enthalpy closes exactly; temperatures follow from
them by the fluid laws, linearised about the last pass. Exchangers and rejectors that hold a temperature
are linear in the enthalpy that enters them, so a set-point is met exactly while it can be met.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.solve import sparse
from twin.solve.adrift import adrift
from twin.solve.heat_state import (
    BOILING_J_KG,
    CARRIED_J_KG,
    STILL_KG_S,
    Duty,
    Heat,
    HeatSystem,
    Mode,
    enthalpy_at,
    given_at,
    properties_at,
    temperature_at,
    upstream,
)  # fmt: skip
from twin.solve.heat_terms import (
    Exchange,
    Reject,
    air_rate,
    effectiveness_ratio,
    exchange_per_kelvin,
    exchange_terms,
    reject_per_kelvin,
    reject_terms,
)  # fmt: skip

__all__ = [
    "BOILING_J_KG", "CARRIED_J_KG", "STILL_KG_S", "Duty", "Heat", "HeatSystem", "Mode", "air_rate",
    "effectiveness_ratio", "enthalpy_at", "exchange_per_kelvin", "given_at", "prepare", "properties_at",
    "reject_per_kelvin", "solve_heat", "upstream",
]  # fmt: skip


def prepare(flow: FlowNet, net: HeatNet) -> HeatSystem:
    """Return what can be computed before any number changes."""
    ht, hh = flow.tail[net.hot], flow.head[net.hot]
    ct, ch = flow.tail[net.cold], flow.head[net.cold]
    corners = (ht, hh, ct, ch)
    inner = (net.conduct_a >= 0) & (net.conduct_b >= 0)
    everyone = np.arange(len(flow.node))
    rest_k = flow.fill_k[flow.island]
    rest_k[flow.held[flow.open_ended]] = flow.supply_k[flow.open_ended, 0]
    a = net.conduct_a[net.conduct_a >= 0]
    b = net.conduct_b[net.conduct_b >= 0]
    ab, ba = net.conduct_a[inner], net.conduct_b[inner]
    rows = [everyone, flow.head, flow.tail, *(r for r in corners for _ in corners), a, b, ab, ba]
    cols = [everyone, flow.tail, flow.head, *(c for _ in corners for c in corners), a, b, ba, ab]
    rows_, cols_ = np.concatenate(rows), np.concatenate(cols)
    plan = sparse.analyse(len(flow.node), rows_, cols_)
    count = len(flow.tail)
    ends = (
        np.ones(2 * count),
        (np.r_[flow.tail, flow.head], np.r_[np.arange(count), count + np.arange(count)]),
    )
    return HeatSystem(
        flow=flow, net=net, plan=plan, assembly=plan.assembly(rows_, cols_), row_of=rows_,
        rest_j_kg=enthalpy_at(flow, everyone, rest_k[:, None]),
        into=csr_array(ends, shape=(len(flow.node), 2 * count)),
    )  # fmt: skip


def solve_heat(system: HeatSystem, duty: Duty, last: Heat) -> Heat:
    """Solve upwind mixing at nodes, heating along branches, exchangers and rejectors, flows given.

    What enters at an open end is as warm as its source says; what leaves there is as warm as its node.

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
    kept_w = np.where(boiling, duty.into_branch_w, 0.0)
    duty = replace(duty, into_branch_w=np.where(boiling, 0.0, duty.into_branch_w))
    ahead = np.maximum(q, 0.0), np.maximum(-q, 0.0)
    exchange, reject = exchange_terms(system, duty, last), reject_terms(system, duty, last)
    inflow = system.into @ np.concatenate([ahead[1], ahead[0]])
    given = np.maximum(given_at(flow, q), 0.0)
    brought = given * enthalpy_at(flow, flow.held, flow.supply_k)
    np.add.at(inflow, flow.held, given)
    still = inflow < STILL_KG_S
    diagonal = np.where(still, 1.0, inflow)
    swallowed = np.where(q >= 0.0, reject.factor, 0.0), np.where(q < 0.0, reject.factor, 0.0)
    right = duty.into_node_w + system.into @ _at_outlet(q, duty.into_branch_w)
    np.add.at(right, flow.held, brought)
    values = [diagonal, -ahead[0] + swallowed[0], -ahead[1] + swallowed[1]]
    pulled = _at_outlet(q, reject.constant)
    values += exchange.entries
    right = right + system.into @ pulled
    np.add.at(right, flow.tail[net.hot], exchange.hot_tail)
    np.add.at(right, flow.head[net.hot], exchange.hot_head)
    np.add.at(right, flow.tail[net.cold], exchange.cold_tail)
    np.add.at(right, flow.head[net.cold], exchange.cold_head)
    values += _conduct(system, last, right)
    entries, held, rest = np.concatenate(values), still, system.rest_j_kg
    mixed = np.zeros((1, 1), dtype=np.bool_) if duty.mixed_j_kg is None else np.isfinite(duty.mixed_j_kg)
    if duty.mixed_j_kg is not None:
        rest = np.where(mixed & ~still, duty.mixed_j_kg, rest)
    try:
        h = _eliminate(system, entries, np.where(held | mixed, rest, right), held | mixed)
    except ConvergenceError:
        held = still | _adrift(system, duty)
        if (held == still).all():
            raise
        h = _eliminate(system, entries, np.where(held | mixed, rest, right), held | mixed)
    stored = np.where(held, duty.into_node_w + system.into @ _at_outlet(q, duty.into_branch_w), 0.0)
    if boiling.any():
        np.add.at(stored, flow.tail, kept_w)
    return _finish(system, duty, h, exchange, reject, parked=held & ~still, stored=stored)


def _eliminate(system: HeatSystem, entries: Array, right: Array, held: Flags) -> Array:
    """Return the enthalpies of all nodes; those held have what ``right`` says."""
    flow = system.flow
    diag, off = system.assembly.values(_mask(system, entries, held))
    factor = sparse.factorise(
        system.plan, diag, off, name=lambda row: flow.name_of(int(flow.node[row])), what="energy balance"
    )
    answer: Array = factor.solve(right)
    return answer


def _adrift(system: HeatSystem, duty: Duty) -> Flags:
    return adrift(
        system.flow, system.net, duty.flow_kg_s, duty.exchanger_mode == Mode.OFF,
        (duty.rejector_mode == Mode.OFF) | ~system.net.reject_in_service, still_kg_s=STILL_KG_S,
    )  # fmt: skip


def _at_outlet(q: Array, branch_w: Array) -> Array:
    """Stack a branch quantity onto the branch's outlet: first rows for tails, then rows for heads."""
    return np.concatenate([np.where(q < 0.0, branch_w, 0.0), np.where(q >= 0.0, branch_w, 0.0)])


def _conduct(system: HeatSystem, last: Heat, right: Array) -> list[Array]:
    """Add the constant part of conductances to ``right`` in place and return their matrix entries."""
    net = system.net
    if not len(net.conduct_a):
        return [np.zeros((0, right.shape[1]))]
    t, h = last.temperature_k, last.enthalpy_j_kg
    capacity = properties_at(system.flow, np.arange(len(t)), t).heat_capacity_j_kgk
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
    system: HeatSystem,
    duty: Duty,
    h: Array,
    exchange: Exchange,
    reject: Reject,
    *,
    parked: Flags,
    stored: Array,
) -> Heat:
    flow, net = system.flow, system.net
    q = duty.flow_kg_s
    t = temperature_at(flow, np.arange(len(flow.node)), h)
    h_in = upstream(flow, q, h)
    exchanged = exchange.a * h_in[net.hot] - exchange.b * h_in[net.cold] + exchange.c
    # What stands in a parked part is as it was filled: a rejector there takes nothing out of it.
    rejected = np.where(parked[flow.tail], 0.0, reject.factor * h_in - reject.constant)
    gained = duty.into_branch_w - rejected
    np.add.at(gained, net.hot, -exchanged)
    np.add.at(gained, net.cold, exchanged)
    moving = np.abs(q) > STILL_KG_S
    h_out = h_in + np.where(moving, gained / np.where(moving, np.abs(q), 1.0), 0.0)
    # The sign of what flows in a branch that stands is rounding: such a branch is as warm as its tail.
    inlet = upstream(flow, np.where(moving, q, 0.0), t)
    outlet, warmed = inlet.copy(), np.flatnonzero((h_out != h_in).any(axis=1))
    outlet[warmed] = temperature_at(flow, flow.tail[warmed], h_out[warmed])
    return Heat(
        enthalpy_j_kg=h, temperature_k=t, inlet_k=inlet, outlet_k=outlet,
        branch_heat_w=np.where(moving, gained, 0.0), exchanged_w=exchanged, rejected_w=rejected[net.rejector],
        conducted_w=_conducted(system, t), parked=parked, stored_w=stored,
    )  # fmt: skip


def _conducted(system: HeatSystem, t: Array) -> Array:
    net = system.net
    a, b = net.conduct_a, net.conduct_b
    if not len(a):
        return np.zeros((0, t.shape[1]))
    t_a = np.where((a >= 0)[:, None], t[a], net.outdoors_k)
    t_b = np.where((b >= 0)[:, None], t[b], net.outdoors_k)
    return np.asarray(net.conductance_w_k * (t_a - t_b))
