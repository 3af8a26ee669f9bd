"""Flow, heat and power to one fixed point: they feed each other through fluid properties, pump and fan
power, losses that warm rooms, and valves and fans that hold temperatures until they saturate.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.model.network import Network
from twin.solve import flow as flows
from twin.solve import heat as heats
from twin.solve.branch import Medium
from twin.solve.demand import machine_power, mover_power, rejector_modes, valve_limits
from twin.solve.power import Power, solve_power

PASSES = 60
# The state has settled when no load and no enthalpy stream moves by more than this share of the IT power.
SETTLED = 5e-10
# A control that still switches after this many changes is named; the run has not converged.
SWITCHES = 10
# Coolant that would warm by more than this has stopped: the rack's own protection drops its load.
LOST_COOLING_DK = 60.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """The settled state of every variant.

    Attributes:
        network: What was solved.
        flow, heat, power: States of the three domains.
        medium: Density and viscosity of each branch.
        consumer_w: Power each consumer asks for [W], shape (consumer, variant).
        mover_w: Electric power of each mover [W], shape (mover, variant).
        machine_w: Electric power of each rejector [W], shape (rejector, variant).
        machine_ratio: Fan speed or part load of each rejector [1], shape (rejector, variant).
        exchanger_mode, rejector_mode: What they do, shape (exchanger | rejector, variant).
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).
        lost_cooling: Consumers dropped because their coolant stopped, shape (consumer, variant).
        iteration_count: Passes until settled.
        change_ratio: Last change over the IT power [1].
    """

    network: Network
    flow: flows.Flow
    heat: heats.Heat
    power: Power
    medium: Medium
    consumer_w: Array
    mover_w: Array
    machine_w: Array
    machine_ratio: Array
    exchanger_mode: Index
    rejector_mode: Index
    limit_m3_s: Array
    lost_cooling: Flags
    iteration_count: int
    change_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """What one pass hands to the next."""

    network: Network
    flow_system: flows.FlowSystem
    flow: flows.Flow | None
    heat: heats.Heat
    power: Power | None
    asked_w: Array
    exchanger_mode: Index
    rejector_mode: Index
    limit_m3_s: Array
    lost: Flags
    switches: Index
    change: float


def solve(network: Network) -> Solution:
    """Return the settled state of every variant.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    heat_system = heats.prepare(network.flow, network.heat)
    state = _begin(network)
    for passes in range(1, PASSES + 1):
        state, solution = _pass(state, heat_system, passes)
        if state.change < SETTLED:
            return solution
    worst = int(np.argmax(state.switches.max(axis=1))) if state.switches.size else -1
    where = network.flow.branch_name(int(network.heat.hot[worst])) if worst >= 0 else ""
    raise ConvergenceError(
        f"flow, heat and power still change by {state.change:.2g} of the IT power after {PASSES} passes"
        + (f"; {where} switched {state.switches[worst].max()} times" if where else ""),
        component=where.rpartition(".")[0],
        equation="coupled energy balance",
    )


def _begin(network: Network) -> _State:
    """Start every island at the temperature it was filled at, every control holding."""
    net, variants = network.heat, network.variants
    t = np.broadcast_to(
        network.flow.fill_k[network.flow.island][:, None], (len(network.flow.node), variants)
    ).copy()
    h = heats.enthalpy_at(network.flow, np.arange(len(network.flow.node)), t)
    at_branch = t[network.flow.tail]
    heat = heats.Heat(
        enthalpy_j_kg=h, temperature_k=t, inlet_k=at_branch, outlet_k=at_branch,
        branch_heat_w=np.zeros_like(at_branch), exchanged_w=np.zeros((len(net.hot), variants)),
        rejected_w=np.zeros((len(net.rejector), variants)), conducted_w=np.zeros((len(net.conduct_a), variants)),
    )  # fmt: skip
    held = np.isfinite(np.broadcast_to(net.hold_k, (len(net.hot), variants)))
    holding = held & (net.valve >= 0)[:, None]
    limit = np.broadcast_to(network.flow.limit_m3_s, (len(network.flow.limited), variants)).copy()
    return _State(
        network=network, flow_system=flows.prepare(network.flow), flow=None, heat=heat, power=None,
        asked_w=_declared(network),
        exchanger_mode=np.where(holding, heats.Mode.HOLDS, heats.Mode.FREE).astype(np.intp),
        rejector_mode=np.where(net.reject_in_service, heats.Mode.HOLDS, heats.Mode.OFF).astype(np.intp),
        limit_m3_s=limit, lost=np.zeros((len(net.load_names), variants), dtype=np.bool_),
        switches=np.zeros((len(net.hot), variants), dtype=np.intp), change=np.inf,
    )  # fmt: skip


def _declared(network: Network) -> Array:
    """Return what consumers draw before movers and machines are added [W], shape (consumer, variant)."""
    consumers = network.power.consumers
    return np.where(consumers.in_service, consumers.power_w, 0.0)


def _pass(state: _State, system: heats.HeatSystem, passes: int) -> tuple[_State, Solution]:
    network = state.network
    medium = _medium(network.flow, state.heat)
    flow = flows.solve_flow(state.flow_system, medium, state.limit_m3_s, start=state.flow)
    mover_w = mover_power(network.flow, flow, medium)
    machine_w, machine_ratio = machine_power(system, flow.flow_kg_s, state.heat, state.rejector_mode)
    asked = np.where(state.lost, 0.0, _declared(network))
    driven = network.heat.mover_load >= 0
    np.add.at(asked, network.heat.mover_load[driven], mover_w[driven])
    np.add.at(asked, network.heat.reject_load, machine_w)
    power = solve_power(network.power, asked, state.power)
    drawn = power.consumer_power_w
    heat = _warm(system, state, flow.flow_kg_s, drawn, power)
    limit, exchanger_mode = valve_limits(
        system, flow.flow_kg_s, medium, heat, state.exchanger_mode, state.limit_m3_s
    )
    rejector_mode = rejector_modes(system, flow.flow_kg_s, heat, state.rejector_mode)
    lost = state.lost | _lost_cooling(network, flow.flow_kg_s, drawn)
    switched = exchanger_mode != state.exchanger_mode
    unsettled = switched.any() or (rejector_mode != state.rejector_mode).any() or (lost != state.lost).any()
    stopped = _stopped(network, power)
    change = _change(network, state, flow.flow_kg_s, heat, asked, limit)
    solution = Solution(
        network=network, flow=flow, heat=heat, power=power, medium=medium, consumer_w=drawn, mover_w=mover_w,
        machine_w=machine_w, machine_ratio=machine_ratio, exchanger_mode=exchanger_mode,
        rejector_mode=rejector_mode, limit_m3_s=limit, lost_cooling=lost, iteration_count=passes,
        change_ratio=change,
    )  # fmt: skip
    following = replace(
        state, flow=flow, heat=heat, power=power, asked_w=asked, exchanger_mode=exchanger_mode,
        rejector_mode=rejector_mode, limit_m3_s=limit, lost=lost, switches=state.switches + switched,
        change=np.inf if unsettled or stopped is not None else change,
    )  # fmt: skip
    if stopped is not None:
        following = _restart(following, stopped)
    return following, solution


def _medium(flow: FlowNet, heat: heats.Heat) -> Medium:
    """Return fluid properties at the mean temperature of each branch."""
    known = heats.properties_at(flow, flow.tail, 0.5 * (heat.inlet_k + heat.outlet_k))
    return Medium(density_kg_m3=known.density_kg_m3, viscosity_pa_s=known.viscosity_pa_s)


def _warm(system: heats.HeatSystem, state: _State, q: Array, drawn: Array, power: Power) -> heats.Heat:
    """Turn the power drawn and lost into heat, and solve the temperatures it leads to."""
    network, net = state.network, state.network.heat
    into_branch, into_node = released(network, drawn, power)
    if len(net.rejector) and (net.condenser >= 0).any():
        wet = net.condenser >= 0
        np.add.at(into_branch, net.condenser[wet], state.heat.rejected_w[wet])
    duty = heats.Duty(
        flow_kg_s=q,
        into_branch_w=into_branch,
        into_node_w=into_node,
        exchanger_mode=state.exchanger_mode,
        rejector_mode=state.rejector_mode,
    )
    return heats.solve_heat(system, duty, state.heat)


def released(network: Network, drawn_w: Array, power: Power) -> tuple[Array, Array]:
    """Return the heat that loads and losses give to branches and to nodes [W], outdoors left out.

    Shapes: (branch, variant) and (node, variant).
    """
    net, flow = network.heat, network.flow
    into_branch = np.zeros((len(flow.tail), network.variants))
    into_node = np.zeros((len(flow.node), network.variants))
    given = net.release_share * drawn_w[net.release_load]
    piped, roomed = net.release_branch >= 0, net.release_node >= 0
    np.add.at(into_branch, net.release_branch[piped], given[piped])
    np.add.at(into_node, net.release_node[roomed], given[roomed])
    for loss_w, node in network.losses_to(power):
        inside = node >= 0
        np.add.at(into_node, node[inside], loss_w[inside])
    return into_branch, into_node


def _lost_cooling(network: Network, q: Array, drawn: Array) -> Flags:
    """Return consumers whose heat would boil the coolant it goes into: it has stopped."""
    net = network.heat
    lost = np.zeros((len(net.load_names), network.variants), dtype=np.bool_)
    piped = net.release_branch >= 0
    load, branch = net.release_load[piped], net.release_branch[piped]
    given = (net.release_share * drawn[net.release_load])[piped]
    liquid = network.flow.fluid[network.flow.island[network.flow.tail[branch]]] != 2  # noqa: PLR2004
    # 4,200 J/kgK is above the heat capacity of every coolant here, so the test errs towards keeping the load.
    gone = (given > np.abs(q[branch]) * 4200.0 * LOST_COOLING_DK) & (given > 1.0) & liquid[:, None]
    np.logical_or.at(lost, load, gone)
    return lost


def _stopped(network: Network, power: Power) -> Flags | None:
    """Return branches that lose their drive because their load is dropped, None when nothing changes."""
    net, flow = network.heat, network.flow
    driven = net.mover_load >= 0
    dead = power.dropped[net.mover_load[driven]]
    running = flow.in_service[flow.mover[driven]]
    if not (dead & running).any():
        return None
    open_ = flow.in_service.copy()
    open_[flow.mover[driven]] &= ~dead
    return open_


def _restart(state: _State, open_: Flags) -> _State:
    network = replace(state.network, flow=replace(state.network.flow, in_service=open_))
    return replace(state, network=network, flow_system=flows.prepare(network.flow), flow=None)


def _change(
    network: Network, state: _State, q: Array, heat: heats.Heat, asked: Array, limit: Array
) -> float:
    """Return the largest change of a load or of an enthalpy stream over the IT power."""
    it = max(float(asked.sum(axis=0).max(initial=0.0)), 1.0)
    streams = np.abs(q) * np.abs(heats.upstream(network.flow, q, heat.enthalpy_j_kg - state.heat.enthalpy_j_kg))
    moved = np.abs(asked - state.asked_w)
    if state.flow is None:
        return np.inf
    drift = np.abs(q - state.flow.flow_kg_s) * 1e4
    return float(max(streams.max(initial=0.0), moved.max(initial=0.0), drift.max(initial=0.0)) / it)
