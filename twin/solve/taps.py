"""What valves pass that follow a heat or a temperature: users of heat, and mixtures."""

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.exchange import flow_for_heat
from twin.model.heat_net import HeatNet
from twin.solve.branch import Medium
from twin.solve.heat import STILL_KG_S, Heat, HeatSystem, enthalpy_at, properties_at

# A valve that is to pass more than the loop can give stands open; its limit is set out of reach.
OPEN_M3_S = 1e3
# A limit counts as reached within this share of itself.
REACHED = 1e-6
# A shut valve still weeps this share of its rated flow, so that its branch keeps a temperature.
SHUT = 1e-6
# Streams that differ by less (0.25 mK of water) cannot be told apart, and mixing them changes nothing.
ALIKE_J_KG = 1.0


def flow_needed(
    system: HeatSystem, q: Array, heat: Heat, rows: Index, wanted_w: Array
) -> tuple[Array, Flags]:
    """Return the cold flow that moves a heat through exchangers [kg/s], and whether there is one.

    Args:
        system: Network and what it needs once.
        q: Flow of each branch [kg/s], shape (branch, variant).
        heat: Temperatures.
        rows: Exchangers with a valve, shape (row,).
        wanted_w: Heat [W], shape (row, variant).
    """
    net, flow = system.net, system.flow
    hot, cold = net.hot[rows], net.cold[rows]
    warm = properties_at(flow, flow.tail[hot], heat.inlet_k[hot])
    cool = properties_at(flow, flow.tail[cold], heat.inlet_k[cold])
    qh = np.maximum(np.abs(q[hot]), STILL_KG_S)
    lift = heat.inlet_k[hot] - heat.inlet_k[cold]
    possible = (wanted_w > 0.0) & (lift > 0.0)
    design_h = warm.density_kg_m3 * net.hot_reference_m3_s[rows]
    design_c = cool.density_kg_m3 * net.cold_reference_m3_s[rows]
    greatest = np.broadcast_to(np.minimum(flow.limit_m3_s, OPEN_M3_S), (len(flow.limited), flow.variants))
    needed, saturated = flow_for_heat(
        np.where(possible, wanted_w, 0.0), np.where(possible, lift, 1.0), qh * warm.heat_capacity_j_kgk,
        cold_heat_capacity_j_kgk=cool.heat_capacity_j_kgk,
        greatest_flow_kg_s=greatest[net.valve[rows]] * cool.density_kg_m3,
        design_flow_kg_s=design_c, design_ua_w_k=np.broadcast_to(net.ua_w_k[rows], qh.shape),
        design_w_k=np.minimum(design_h * warm.heat_capacity_j_kgk, design_c * cool.heat_capacity_j_kgk),
        hot_flow_ratio=qh / design_h, arrangement_index=net.arrangement[rows],
        fouling_k_w=np.broadcast_to(net.fouling_k_w[rows], qh.shape),
    )  # fmt: skip
    return needed, possible & ~saturated


def tap_limits(system: HeatSystem, q: Array, medium: Medium, heat: Heat, *, limit_m3_s: Array) -> Array:
    """Return the limits with those of users and mixtures written anew [m3/s], shape (limited, variant).

    A user's valve passes what carries its demand, stands open where it cannot, and shut where the user is
    warmer; one that mixes passes what brings the mixture behind it to its set-point, none where the others do
    so already or where it would make things worse.
    """
    limit = limit_m3_s.copy()
    _users(system, q, medium, heat, limit)
    _mixtures(system, q, medium, heat, limit)
    return limit


def _users(system: HeatSystem, q: Array, medium: Medium, heat: Heat, limit: Array) -> None:
    net, flow = system.net, system.flow
    rows = np.flatnonzero((net.valve >= 0) & np.isfinite(net.demand_w).any(axis=1))
    if len(rows):
        valve = net.valve[rows]
        wanted = np.broadcast_to(net.demand_w[rows], (len(rows), flow.variants))
        needed, enough = flow_needed(system, q, heat, rows, wanted)
        widest = np.broadcast_to(flow.limit_m3_s, limit.shape)[valve]
        asks = (wanted > 0.0) & (heat.inlet_k[net.hot[rows]] > heat.inlet_k[net.cold[rows]])
        open_ = np.where(asks, widest, SHUT * widest)
        passed = needed / medium.density_kg_m3[flow.limited[valve]]
        limit[valve] = np.where(enough, np.clip(passed, SHUT * widest, widest), open_)


def mixed_enthalpy(system: HeatSystem, limit_m3_s: Array) -> Array | None:
    """Return what each node is mixed to [J/kg], shape (node, variant), NaN for none.

    It is None where nothing mixes. A valve holds its mixture while its limit lies between shut and open.
    """
    net, flow = system.net, system.flow
    rows = _mixing(net)
    if not len(rows):
        return None
    out = np.full((len(flow.node), flow.variants), np.nan)
    node = flow.head[flow.limited[rows]]
    widest = np.broadcast_to(flow.limit_m3_s, limit_m3_s.shape)[rows]
    regulates = (limit_m3_s[rows] > SHUT * (1.0 + REACHED) * widest) & (limit_m3_s[rows] < widest)
    out[node] = np.where(regulates, _wanted(system, rows, node), np.nan)
    return out


def _mixing(net: HeatNet) -> Index:
    return np.flatnonzero(np.isfinite(net.mix_k).any(axis=1))


def _wanted(system: HeatSystem, rows: Index, node: Index) -> Array:
    mix = system.net.mix_k[rows]
    return enthalpy_at(system.flow, node, np.where(np.isfinite(mix), mix, 293.15))


def _mixtures(system: HeatSystem, q: Array, medium: Medium, heat: Heat, limit: Array) -> None:
    net, flow = system.net, system.flow
    rows = _mixing(net)
    if not len(rows):
        return
    branch = flow.limited[rows]
    node, from_ = flow.head[branch], flow.tail[branch]
    entering = np.concatenate([np.maximum(-q, 0.0), np.maximum(q, 0.0)])
    inflow = (system.into @ entering)[node]
    beside = _beside(system, q, heat, (branch, node), entering)
    h, mine = heat.enthalpy_j_kg[node], heat.enthalpy_j_kg[from_]
    # What the loop adds between the mixture and the tap is its heat over its flow: neither depends on the
    # share that is mixed in, so that the share follows from it in one step.
    lacks, adds = _wanted(system, rows, node) - beside, mine - h
    helps = (lacks * adds > 0.0) & (np.abs(adds) > ALIKE_J_KG)
    share = np.where(helps, lacks / np.where(helps, lacks + adds, 1.0), 0.0)
    widest, last = np.broadcast_to(flow.limit_m3_s, limit.shape)[rows], limit[rows]
    needed, actual = share * inflow / medium.density_kg_m3[branch], q[branch] / medium.density_kg_m3[branch]
    starved = (actual < last * (1.0 - REACHED)) & (needed > actual)
    limit[rows] = np.where(starved, widest, np.clip(needed, SHUT * widest, widest))


def _beside(system: HeatSystem, q: Array, heat: Heat, ends: tuple[Index, Index], entering: Array) -> Array:
    """Return the enthalpy of what flows into nodes beside a branch [J/kg], shape (row, variant).

    The branches that bring it take up no heat themselves, as those of a mixing valve.
    """
    flow, (branch, node) = system.flow, ends
    carried = np.concatenate([heat.enthalpy_j_kg[flow.head], heat.enthalpy_j_kg[flow.tail]]) * entering
    own = np.maximum(q[branch], 0.0)
    others = (system.into @ entering)[node] - own
    brought = (system.into @ carried)[node] - own * heat.enthalpy_j_kg[flow.tail[branch]]
    flows = others > STILL_KG_S
    return np.where(flows, brought / np.where(flows, others, 1.0), heat.enthalpy_j_kg[node])
