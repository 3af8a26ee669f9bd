"""Flow, heat and power to one fixed point: they feed each other through fluid properties, pump and fan
power, losses that warm rooms, and valves and fans that hold temperatures until they saturate.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.model.element import Fluid, Use
from twin.model.network import Network
from twin.model.variants import put, spread, take
from twin.solve import flow as flows
from twin.solve import flow_system as flow_systems
from twin.solve import heat as heats
from twin.solve.branch import Medium
from twin.solve.demand import machine_power, mover_power, rejector_modes, valve_limits
from twin.solve.power import Power, solve_power

PASSES = 60
# The state has settled when no load and no enthalpy stream moves by more than this share of the IT power.
SETTLED = 5e-10
# Flows are settled to this share of the last coupled change, at least to COARSEST of the largest flow.
SHARPER, COARSEST = 0.01, 1e-3
# A valve that overshoots its neighbour's answer goes half way after this many passes.
PLAIN_PASSES = 10
# A control that still switches after this many changes is named; the run has not converged.
SWITCHES = 10


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
    """What one pass hands to the next; columns by variant."""

    flow: flows.Flow
    heat: heats.Heat
    asked_w: Array
    exchanger_mode: Index
    rejector_mode: Index
    limit_m3_s: Array
    lost: Flags
    switches: Index
    open: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Job:
    """The variants still on the way: their network, what it needs once, and how far they are."""

    network: Network
    flow_system: flows.FlowSystem
    heat_system: heats.HeatSystem
    state: _State
    power: Power | None
    change: Array
    sharp: float


def solve(network: Network) -> Solution:
    """Return the settled state of every variant.

    The first variant is settled alone; the others start from it, and leave the batch as they settle.

    Raises:
        ConvergenceError: A domain has no solution, or a control keeps switching; it is named.
    """
    first = network if network.variants == 1 else take(network, np.zeros(1, dtype=np.intp), network.variants)
    state, passes, change = _settle(_job(first, _begin(first)))
    if network.variants > 1:
        state, passes, change = _settle(_job(network, _neighbour(network, state)))
    return _solution(network, state, passes, change)


def _job(network: Network, state: _State) -> _Job:
    return _Job(
        network=network, flow_system=flows.prepare(network.flow),
        heat_system=heats.prepare(network.flow, network.heat), state=state, power=None,
        change=np.full(network.variants, np.inf), sharp=COARSEST,
    )  # fmt: skip


def _spread(state: _State, variants: int) -> _State:
    wide = spread(state, variants)
    return replace(wide, flow=spread(state.flow, variants), heat=spread(state.heat, variants))


def _neighbour(network: Network, state: _State) -> _State:
    """Return a start for every variant from one settled one; what stands still there may run here."""
    wide = _spread(state, network.variants)
    fresh = _begin_modes(network)
    stood = wide.exchanger_mode == heats.Mode.OFF
    valve = network.heat.valve
    shut = np.zeros(wide.limit_m3_s.shape, dtype=np.bool_)
    shut[valve[valve >= 0]] = stood[valve >= 0]
    return replace(
        wide,
        exchanger_mode=np.where(stood, fresh[0], wide.exchanger_mode),
        rejector_mode=np.where(wide.rejector_mode == heats.Mode.OFF, fresh[1], wide.rejector_mode),
        limit_m3_s=np.where(shut, network.flow.limit_m3_s, wide.limit_m3_s),
        lost=np.zeros_like(wide.lost),
        open=network.flow.in_service.copy(),
    )


def _begin_modes(network: Network) -> tuple[Index, Index]:
    """Return every control holding: exchangers with a valve and a set-point, rejectors in service."""
    net, variants = network.heat, network.variants
    held = np.isfinite(np.broadcast_to(net.hold_k, (len(net.hot), variants))) & (net.valve >= 0)[:, None]
    return (
        np.where(held, heats.Mode.HOLDS, heats.Mode.FREE).astype(np.intp),
        np.where(net.reject_in_service, heats.Mode.HOLDS, heats.Mode.OFF).astype(np.intp),
    )


def _narrow(job: _Job, keep: Index) -> _Job:
    """Return the job for some of its variants."""
    count = job.network.variants
    network, state = take(job.network, keep, count), take(job.state, keep, count)
    state = replace(state, flow=take(job.state.flow, keep, count), heat=take(job.state.heat, keep, count))
    system = job.flow_system
    return replace(
        job, network=network, state=state, power=None, change=job.change[keep],
        flow_system=flow_systems.of_variants(system, network.flow, keep),
        heat_system=replace(job.heat_system, flow=network.flow, net=network.heat),
    )  # fmt: skip


def _settle(job: _Job) -> tuple[_State, int, float]:
    """Return the settled state of every variant of a job, the passes it took, and the last change."""
    total = _spread(_pick(job.state, 0), job.network.variants)
    active, worst = np.arange(job.network.variants), 0.0
    for passes in range(1, PASSES + 1):
        job = _pass(job, share=1.0 if passes <= PLAIN_PASSES else 0.5)
        done = (job.change < SETTLED) & (job.sharp <= flows.SETTLED)
        if done.all() or 2 * done.sum() >= len(active):
            _archive(total, active[done], _pick(job.state, np.flatnonzero(done)))
            worst = max(worst, float(job.change[done].max(initial=0.0)))
            if done.all():
                return total, passes, worst
            keep = np.flatnonzero(~done)
            active, job = active[keep], _narrow(job, keep)
    raise _unsettled(job)


def _pick(state: _State, which: Index | int) -> _State:
    rows = np.atleast_1d(np.asarray(which, dtype=np.intp))
    count = state.open.shape[1]
    if count == 1:
        return state
    picked = take(state, rows, count)
    return replace(picked, flow=take(state.flow, rows, count), heat=take(state.heat, rows, count))


def _archive(total: _State, which: Index, part: _State) -> None:
    put(total, which, part)
    put(total.flow, which, part.flow)
    put(total.heat, which, part.heat)


def _unsettled(job: _Job) -> ConvergenceError:
    switches, change = job.state.switches, job.change.max()
    worst = int(np.argmax(switches.max(axis=1))) if switches.size else -1
    often = worst >= 0 and switches[worst].max() > SWITCHES
    where = job.network.flow.branch_name(int(job.network.heat.hot[worst])) if often else ""
    return ConvergenceError(
        f"flow, heat and power still change by {change:.2g} of the IT power after {PASSES} passes"
        + (f"; {where} switched {switches[worst].max()} times" if often else ""),
        component=where.rpartition(".")[0],
        equation="coupled energy balance",
    )


def _begin(network: Network) -> _State:
    """Start every island at the temperature it was filled at, every control holding."""
    net, flow, variants = network.heat, network.flow, network.variants
    t = np.repeat(flow.fill_k[flow.island][:, None], variants, axis=1)
    at_branch = t[flow.tail]
    heat = heats.Heat(
        enthalpy_j_kg=heats.enthalpy_at(flow, np.arange(len(flow.node)), t), temperature_k=t,
        inlet_k=at_branch, outlet_k=at_branch.copy(), branch_heat_w=np.zeros_like(at_branch),
        exchanged_w=np.zeros((len(net.hot), variants)), rejected_w=np.zeros((len(net.rejector), variants)),
        conducted_w=np.zeros((len(net.conduct_a), variants)), parked=np.zeros(t.shape, dtype=np.bool_),
        stored_w=np.zeros((1, variants)),
    )  # fmt: skip
    exchangers, rejectors = _begin_modes(network)
    return _State(
        flow=flows.begin(flow, _medium(flow, heat)), heat=heat, asked_w=_declared(network),
        exchanger_mode=exchangers, rejector_mode=rejectors,
        limit_m3_s=np.broadcast_to(flow.limit_m3_s, (len(flow.limited), variants)).copy(),
        lost=np.zeros((len(net.load_names), variants), dtype=np.bool_),
        switches=np.zeros((len(net.hot), variants), dtype=np.intp), open=flow.in_service.copy(),
    )  # fmt: skip


def _declared(network: Network) -> Array:
    """Return what consumers draw before movers and machines are added [W], shape (consumer, variant)."""
    consumers = network.power.consumers
    return np.where(consumers.in_service, consumers.power_w, 0.0)


def _asked(network: Network, lost: Flags, mover_w: Array, machine_w: Array) -> Array:
    """Return what consumers ask for [W], movers and machines included, shape (consumer, variant)."""
    asked = np.where(lost, 0.0, _declared(network))
    driven = network.heat.mover_load >= 0
    np.add.at(asked, network.heat.mover_load[driven], mover_w[driven])
    np.add.at(asked, network.heat.reject_load, machine_w)
    return asked


def _pass(job: _Job, *, share: float) -> _Job:
    """Settle each domain once on what the others left, then let controls go a ``share`` of their way."""
    network, state, system = job.network, job.state, job.heat_system
    medium = _medium(network.flow, state.heat)
    # While the other domains still move, flows need not be sharper than they are.
    sharp = float(min(max(SHARPER * job.change.min(), flows.SETTLED), COARSEST))
    flow = flows.solve_flow(job.flow_system, medium, state.limit_m3_s, start=state.flow, settled=sharp)
    q = flow.flow_kg_s
    machine_w, _ = machine_power(system, q, state.heat, state.rejector_mode)
    asked = _asked(network, state.lost, mover_power(network.flow, flow, medium), machine_w)
    power = solve_power(network.power, asked, job.power)
    drawn = power.consumer_power_w
    heat = _warm(system, network, state, q, drawn, power)
    limit, exchanger_mode = valve_limits(system, q, medium, heat, state.exchanger_mode, state.limit_m3_s)
    rejector_mode = rejector_modes(system, q, heat, state.rejector_mode)
    limit = state.limit_m3_s + share * (limit - state.limit_m3_s)
    lost = state.lost | _lost_cooling(network, q, drawn, heat.parked)
    switched = exchanger_mode != state.exchanger_mode
    open_ = _still_open(network, power)
    changed = (
        switched,
        rejector_mode != state.rejector_mode,
        lost != state.lost,
        open_ != network.flow.in_service,
    )
    unsettled = np.any([c.any(axis=0) for c in changed], axis=0)
    change = np.where(unsettled, np.inf, _change(network, state, q, heat, asked))
    following = _State(
        flow=flow, heat=heat, asked_w=asked, exchanger_mode=exchanger_mode, rejector_mode=rejector_mode,
        limit_m3_s=limit, lost=lost, switches=state.switches + switched, open=open_,
    )  # fmt: skip
    job = replace(job, state=following, power=power, change=change, sharp=sharp)
    return _reopen(job, open_) if changed[-1].any() else job


def _reopen(job: _Job, open_: Flags) -> _Job:
    """Return the job with branches closed whose drive has lost its supply."""
    flow = replace(job.network.flow, in_service=open_)
    return replace(
        job,
        network=replace(job.network, flow=flow),
        flow_system=flows.prepare(flow),
        heat_system=replace(job.heat_system, flow=flow),
    )


def _solution(network: Network, state: _State, passes: int, change: float) -> Solution:
    network = replace(network, flow=replace(network.flow, in_service=state.open))
    system = heats.prepare(network.flow, network.heat)
    medium = _medium(network.flow, state.heat)
    machine_w, ratio = machine_power(system, state.flow.flow_kg_s, state.heat, state.rejector_mode)
    power = solve_power(network.power, state.asked_w)
    residual = flows.residual_ratio(network.flow, state.flow.flow_kg_s)
    return Solution(
        network=network, flow=replace(state.flow, residual_ratio=residual), heat=state.heat, power=power,
        medium=medium, consumer_w=power.consumer_power_w,
        mover_w=mover_power(network.flow, state.flow, medium), machine_w=machine_w, machine_ratio=ratio,
        exchanger_mode=state.exchanger_mode, rejector_mode=state.rejector_mode, limit_m3_s=state.limit_m3_s,
        lost_cooling=state.lost, iteration_count=passes, change_ratio=change,
    )  # fmt: skip


def _medium(flow: FlowNet, heat: heats.Heat) -> Medium:
    """Return fluid properties at the mean temperature of each branch."""
    known = heats.properties_at(flow, flow.tail, 0.5 * (heat.inlet_k + heat.outlet_k))
    return Medium(
        density_kg_m3=known.density_kg_m3, viscosity_pa_s=known.viscosity_pa_s * flow.viscosity_ratio
    )


def _warm(
    system: heats.HeatSystem, network: Network, state: _State, q: Array, drawn: Array, power: Power
) -> heats.Heat:
    """Turn the power drawn and lost into heat, and solve the temperatures it leads to."""
    net = network.heat
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


def _lost_cooling(network: Network, q: Array, drawn: Array, parked: Flags) -> Flags:
    """Return IT consumers whose coolant would boil or warm for ever: their own protection drops them."""
    net, flow = network.heat, network.flow
    lost = np.zeros((len(net.load_names), network.variants), dtype=np.bool_)
    it = network.power.consumers.use[net.release_load] == Use.IT
    piped = (net.release_branch >= 0) & it
    load, branch = net.release_load[piped], net.release_branch[piped]
    given = (net.release_share * drawn[net.release_load])[piped]
    liquid = flow.fluid[flow.island[flow.tail[branch]]] != Fluid.AIR
    gone = (given > np.abs(q[branch]) * heats.BOILING_J_KG) | parked[flow.head[branch]]
    np.logical_or.at(lost, load, gone & (given > 1.0) & liquid[:, None])
    return lost


def _still_open(network: Network, power: Power) -> Flags:
    """Return which branches stay open: those whose mover has lost its supply close, shape (branch, variant)."""
    net, flow = network.heat, network.flow
    driven = net.mover_load >= 0
    open_ = flow.in_service.copy()
    open_[flow.mover[driven]] &= ~power.dropped[net.mover_load[driven]]
    return open_


def _change(network: Network, state: _State, q: Array, heat: heats.Heat, asked: Array) -> Array:
    """Return the largest change of a load or of an enthalpy stream over the IT power, shape (variant,)."""
    total = np.maximum(asked.sum(axis=0), 1.0)
    streams = np.abs(q) * np.abs(
        heats.upstream(network.flow, q, heat.enthalpy_j_kg - state.heat.enthalpy_j_kg)
    )
    moved = np.abs(asked - state.asked_w)
    # A stream carries some 1e4 J/kg between its two temperatures, so that is what its drift moves.
    drift = np.abs(q - state.flow.flow_kg_s) * 1e4
    worst = np.maximum(streams.max(axis=0, initial=0.0), moved.max(axis=0, initial=0.0))
    return np.asarray(np.maximum(worst, drift.max(axis=0, initial=0.0)) / total)
