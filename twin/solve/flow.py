"""Steady flow: pressures, flows and controlled speeds that satisfy continuity and every branch law.

Newton on the global-gradient form (Todini & Pilati 1988), all variants at once, with one symbolic
elimination per network. Controllers hold a pressure difference by one common speed inside the same
Newton step and saturate at their limits by projection.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve import sparse
from twin.solve.branch import CHECK_PA_S_KG, GRAVITY_M_S2, Medium, laws_of
from twin.solve.feasible import refuse_forced
from twin.solve.flow_system import FlowSystem, prepare
from twin.solve.keepers import ACTIVE, PIN_RATIO, SHUT, next_state, passing

__all__ = ["Flow", "FlowSystem", "begin", "control_lift_pa", "mass_gaps", "prepare", "solve_flow"]

PASSES = 60
# Flows have settled when no branch moves by more than this share of the largest flow of its island.
SETTLED = 1e-9
ROUNDING = 1e-15
# Below this the largest flow of an island is not the measure of its others.
LEAST_KG_S = 1e-6
# After this many passes Newton steps are halved: two check valves can otherwise trade places for ever.
DAMPED_AFTER = 20
LARGEST_SPEED_STEP = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """Solved flow.

    Attributes:
        pressure_pag: Gauge pressure at each node's height [Pa], shape (node, variant).
        flow_kg_s: Flow from tail to head [kg/s], shape (branch, variant).
        speed_ratio: Speed of each mover [1], shape (mover, variant).
        control_ratio: Common speed of each controller [1], shape (control, variant).
        keeper_state: 0 for a pressure-keeping valve that is shut, 1 open, 2 active, shape (keeper, variant).
        iteration_count: Newton passes.
    """

    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    control_ratio: Array
    keeper_state: Index
    iteration_count: int


def solve_flow(
    system: FlowSystem,
    medium: Medium,
    limit_m3_s: Array,
    *,
    start: Flow | None = None,
    settled: float | Array = SETTLED,
    passes: int = PASSES,
) -> Flow:
    """Solve continuity and branch laws together, for every variant.

    Args:
        system: From ``prepare``.
        medium: Density and viscosity of every branch.
        limit_m3_s: Limit of every limiting branch [m3/s], shape (limited, variant).
        start: A neighbouring solution.
        settled: Share of the largest flow of its island that no branch may still move by [1], for all or
            of shape (variant,).
        passes: Most Newton passes.

    Raises:
        ConvergenceError: Flows have not settled; the worst branch is named.

    Source:
        Todini & Pilati, A gradient algorithm for the analysis of pipe networks, 1988.
    """
    net = system.net
    state = begin(net, medium) if start is None else start
    lift, laws = control_lift_pa(net, medium), laws_of(net, medium, limit_m3_s)
    at = _Point(
        state.flow_kg_s * system.open, state.pressure_pag.copy(), state.control_ratio, lift,
        state.keeper_state,
    )  # fmt: skip
    at.pressure[net.held] = net.held_pag
    for iteration in range(1, passes + 1):
        across = at.pressure[net.tail] - at.pressure[net.head]
        loss, slope, by_speed = laws.at(at.flow, _mover_speed(net, at.speed), across)
        before = at.keeper
        if len(net.keeper):
            at = _kept(system, at, loss, slope, first=iteration == 1)
        conductance = system.open / slope
        slopes = loss - across, conductance, by_speed
        pressure, step, turn = _newton(system, at, slopes, traced=iteration == 1)
        if iteration > DAMPED_AFTER:
            step, turn = 0.5 * step, 0.5 * turn
        at = _Point(at.flow + step, pressure, at.speed + turn, lift, at.keeper)
        # A pressure cannot be told apart from its neighbour below its last digit, nor the flow that makes.
        blur = ROUNDING * np.abs(pressure).max(initial=0.0) * conductance
        moved = system.largest(np.abs(step) - blur) / np.maximum(system.largest(np.abs(at.flow)), LEAST_KG_S)
        if np.all(moved < settled) and np.all(np.abs(turn) < settled) and np.array_equal(before, at.keeper):
            return _settled(system, at, iteration, medium)
    row = int(np.unravel_index(np.argmax(np.abs(step)), step.shape)[0])
    name = net.branch_name(row)
    raise ConvergenceError(
        f"the flow through {name} still changes by {np.abs(step[row]).max():.3g} kg/s after {passes} passes",
        component=name.rpartition(".")[0],
        equation="pressure drop of the branch",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Where Newton stands: flows, pressures, controller speeds; and what height adds to what these sense."""

    flow: Array
    pressure: Array
    speed: Array
    lift_pa: Array
    keeper: Index


def _kept(system: FlowSystem, at: _Point, loss: Array, slope: Array, *, first: bool) -> _Point:
    """Return the point with what its pressure-keeping valves do now; those shut resist in ``slope``."""
    net, state = system.net, at.keeper
    if not first:
        state = next_state(system.keepers, net, state, flow=at.flow, pressure=at.pressure, loss=loss)
        state = np.where(net.in_service[net.keeper], state, at.keeper)
    shut = np.where(state == SHUT, CHECK_PA_S_KG, 0.0)
    loss[net.keeper] += shut * at.flow[net.keeper]
    slope[net.keeper] += shut
    return replace(at, keeper=state)


def control_lift_pa(net: FlowNet, medium: Medium) -> Array:
    """Return what height adds to what controllers sense [Pa], shape (control, variant).

    A controller compares at one height, as gauges with filled lines do.
    """
    driven = np.flatnonzero(net.control_of >= 0)
    control, rows = net.control_of[driven], net.mover[driven]
    # The fluid of a mover that stands still has the temperature it was filled at: only those that run count.
    weight = np.where(net.in_service[rows], 1.0, 1e-9)
    total, mass = np.zeros((2, len(net.plus), net.variants))
    np.add.at(total, control, weight)
    np.add.at(mass, control, weight * medium.density_kg_m3[rows])
    density = mass / np.where(total > 0.0, total, 1.0)
    height = (net.height_m[net.plus] - net.height_m[net.minus])[:, None]
    return np.asarray(GRAVITY_M_S2 * density * height)


def _settled(system: FlowSystem, at: _Point, iteration: int, medium: Medium) -> Flow:
    net = system.net
    refuse_forced(net, at.flow, at.pressure, medium)
    return Flow(
        pressure_pag=at.pressure, flow_kg_s=at.flow, speed_ratio=np.array(_mover_speed(net, at.speed)),
        control_ratio=at.speed, keeper_state=at.keeper, iteration_count=iteration,
    )  # fmt: skip


def mass_gaps(net: FlowNet, flow_kg_s: Array) -> Array:
    """Return each node's continuity error over the largest flow of its island [1], shape (node, variant).

    Nodes that hold a pressure count too, unless they are open-ended: a closed loop gives and takes nothing.
    """
    count = len(net.tail)
    ends = (np.r_[np.ones(count), -np.ones(count)], (np.r_[net.tail, net.head], np.r_[:count, :count]))
    excess = np.abs(csr_array(ends, shape=(len(net.node), count)) @ flow_kg_s)
    excess[net.held[net.open_ended]] = 0.0
    return np.asarray(excess / _scale_of_nodes(net, _island_scale(net, flow_kg_s)))


def _newton(
    system: FlowSystem, at: _Point, slopes: tuple[Array, Array, Array], *, traced: bool
) -> tuple[Array, Array, Array]:
    """Return pressures, and the changes of flows and of controller speeds, of the linearised network.

    Unknowns are changes of pressure, so that rounding shrinks with them.

    Args:
        system: From ``prepare``.
        at: Where to linearise.
        slopes: What each branch loses less the pressure across it, its conductance, and what speed adds.
        traced: Whether to look for parts that nothing ties down.
    """
    net, (missed, conductance, by_speed) = system.net, slopes
    step = conductance * -missed
    colours, count = int(system.colour_of.max(initial=-1)) + 1, len(net.keeper)
    active = (at.keeper == ACTIVE) & net.in_service[net.keeper]
    if count:
        conductance[net.keeper] = np.where(active, 0.0, conductance[net.keeper])
        step[net.keeper] = np.where(active, -at.flow[net.keeper], step[net.keeper])
    gain = conductance[net.mover] * by_speed
    right = np.zeros((len(system.free), 1 + colours + count, net.variants))
    right[:, 0] = -(system.leaving @ (at.flow + step))
    for colour in range(colours):
        right[:, 1 + colour] = -(system.driving @ _own(system, colour, gain))
    pins = _pin(system, at, active, conductance.max(axis=0, initial=1e-9), right)
    answer = _factor(system, conductance, pins, traced=traced).solve(np.moveaxis(right, 1, 2))
    if count:
        answer, passed = _pass_keepers(system, at, active, (step, conductance, gain), answer)
    rise = np.zeros_like(at.pressure)
    rise[system.free] = answer[..., 0]
    turn = np.zeros_like(at.speed)
    if colours:
        turn = _turn(system, at, rise, answer)
        for colour in range(colours):
            own = np.zeros((int(net.island.max(initial=-1)) + 1, net.variants))
            chosen = np.flatnonzero(system.colour_of == colour)
            own[net.island[net.plus[chosen]]] = turn[chosen]
            rise[system.free] += answer[..., 1 + colour] * own[net.island[system.free]]
            if count:
                passed[..., 0] += passed[..., 1 + colour] * own[net.island[net.tail[net.keeper]]]
        step[net.mover] += gain * np.where((net.control_of >= 0)[:, None], turn[net.control_of], 0.0)
    step += conductance * (rise[net.tail] - rise[net.head])
    if count:
        step[net.keeper] += passed[..., 0]
    return at.pressure + rise, step, turn


def _own(system: FlowSystem, colour: int, gain: Array) -> Array:
    """Return the gains of the movers that controllers of one colour turn."""
    net = system.net
    mine = (net.control_of >= 0) & (system.colour_of[net.control_of] == colour)
    return np.where(mine[:, None], gain, 0.0)


def _pin(system: FlowSystem, at: _Point, active: Flags, conductance: Array, right: Array) -> Array | float:
    """Hold the nodes that active valves keep, and let a unit flow pass each on a side of its own.

    Args:
        system: From ``prepare``.
        at: Where Newton stands.
        active: Which valves regulate, shape (keeper, variant).
        conductance: Largest conductance [kg/(s·Pa)], shape (variant,).
        right: Right-hand sides, the last ones those of the valves, shape (free, side, variant); changed.

    Returns:
        What to add to the diagonal of the matrix, shape (free, variant).
    """
    keepers, net = system.keepers, system.net
    if not len(keepers.branch):
        return 0.0
    pins, stiff = np.zeros((len(system.free), net.variants)), PIN_RATIO * conductance
    first = right.shape[1] - len(keepers.branch)
    for row, kept in enumerate(system.local[keepers.kept]):
        pins[kept] = np.where(active[row], stiff, 0.0)
        missing = np.broadcast_to(keepers.keep_pag[row], stiff.shape) - at.pressure[keepers.kept[row]]
        right[kept, 0] = np.where(active[row], stiff * missing, right[kept, 0])
        if (other := system.local[keepers.other[row]]) >= 0:
            right[other, first + row] = np.where(active[row], np.where(keepers.down[row], -1.0, 1.0), 0.0)
    return pins


def _pass_keepers(
    system: FlowSystem, at: _Point, active: Flags, parts: tuple[Array, Array, Array], answer: Array
) -> tuple[Array, Array]:
    """Return the answers with what active valves pass worked in, and what they pass [kg/s] by side."""
    net, (step, conductance, gain), count = system.net, parts, len(system.keepers.branch)
    rises = np.zeros((len(net.node), net.variants, answer.shape[2]))
    rises[system.free] = answer
    through = np.zeros((len(net.tail), net.variants, answer.shape[2]))
    through[..., 0] = at.flow + step
    for colour in range(answer.shape[2] - 1 - count):
        through[net.mover, :, 1 + colour] = _own(system, colour, gain)
    passed = passing(system.keepers, net, active, through=through, rises=rises, conductance=conductance)
    plain = answer[..., : answer.shape[2] - count]
    return plain + np.einsum("nvk,kvs->nvs", answer[..., answer.shape[2] - count :], passed), passed


def _factor(system: FlowSystem, conductance: Array, pins: Array | float, *, traced: bool) -> sparse.Factor:
    net, size = system.net, len(system.free)
    entries = system.matrix @ conductance
    return sparse.factorise(
        system.plan, entries[:size] + system.pinned + pins, entries[size:],
        name=lambda row: net.name_of(int(net.node[system.free[row]])), what="continuity", traced=traced,
    )  # fmt: skip


def _turn(system: FlowSystem, at: _Point, rise: Array, answer: Array) -> Array:
    """Return the change of controller speeds: every group solved, limits projected."""
    net, speed = system.net, at.speed
    error = net.set_pa - at.lift_pa
    error = error - (at.pressure + rise)[net.plus] + (at.pressure + rise)[net.minus]
    effect = _at_nodes(system, answer, net.plus) - _at_nodes(system, answer, net.minus)
    low, high = (np.broadcast_to(ratio, speed.shape) for ratio in (net.minimum_ratio, net.maximum_ratio))
    turn = np.zeros_like(speed)
    for members in system.groups:
        # (island, variant, member, member'): what a turn of member' does to what member senses.
        matrix = np.moveaxis(effect[members][..., 1 : 1 + members.shape[1]], 2, 1)
        own = np.diagonal(matrix, axis1=2, axis2=3)
        dead = np.abs(own) < 1e-9
        wanted = np.moveaxis(error[members], 1, 2)
        if members.shape[1] == 1:
            wanted = np.where(dead, 0.0, wanted / np.where(dead, 1.0, own))
        else:
            # Who stands at a limit and wants to go beyond stays there; the others are solved without it.
            now = speed[members], low[members], high[members]
            now_, low_, high_ = (np.moveaxis(part, 1, 2) for part in now)
            fixed = dead | np.where(wanted * own > 0.0, now_ >= high_, now_ <= low_)
            matrix = np.where(fixed[..., None], np.eye(members.shape[1]), matrix)
            wanted = _solve_groups(net, members, matrix, np.where(fixed, 0.0, wanted))
        turn[members] = np.moveaxis(np.clip(wanted, -LARGEST_SPEED_STEP, LARGEST_SPEED_STEP), 1, 2)
    return np.asarray(np.clip(speed + turn, low, high) - speed)


def _at_nodes(system: FlowSystem, answer: Array, nodes: Index) -> Array:
    """Return rows of an answer at nodes, 0 at held ones, shape (len(nodes), variant, side)."""
    if not len(answer):
        return np.zeros((len(nodes), *answer.shape[1:]))
    row = system.local[nodes]
    return np.where((row >= 0)[:, None, None], answer[row], 0.0)


def _solve_groups(net: FlowNet, members: Index, matrix: Array, wanted: Array) -> Array:
    """Return the turns of the controllers of islands that meet their set-points together."""
    try:
        return np.asarray(np.linalg.solve(matrix, wanted[..., None])[..., 0])
    except np.linalg.LinAlgError:
        group = members[int(np.argmin(np.linalg.matrix_rank(matrix).min(axis=1)))]
        first = [m for c in group for m in np.flatnonzero(net.control_of == c)[:1]]
        driven = [net.branch_name(int(net.mover[m])) for m in first]
        raise ConvergenceError(
            f"the controllers of {', '.join(driven)} cannot be told apart: they sense the same difference",
            component=driven[0].rpartition(".")[0],
            equation="set-points of the controllers",
        ) from None


def begin(net: FlowNet, medium: Medium) -> Flow:
    """Return a start: every branch at a moderate velocity, every controller at its highest speed."""
    flow = np.full((len(net.tail), net.variants), 0.1)
    area = np.zeros((len(net.tail), 1))
    area[net.friction] = 0.25 * np.pi * net.diameter_m[:, :1] ** 2
    flow = np.maximum(flow, area * medium.density_kg_m3)
    held = net.held_flow
    flow[held] = net.held_m3_s * medium.density_kg_m3[held]
    flow = np.where(net.in_service, flow, 0.0)
    speed = np.broadcast_to(net.maximum_ratio, (len(net.plus), net.variants)).copy()
    return Flow(
        pressure_pag=np.zeros((len(net.node), net.variants)), flow_kg_s=flow,
        speed_ratio=_mover_speed(net, speed), control_ratio=speed, iteration_count=0,
        keeper_state=np.full((len(net.keeper), net.variants), ACTIVE, dtype=np.intp),
    )  # fmt: skip


def _mover_speed(net: FlowNet, control_ratio: Array) -> Array:
    own = np.broadcast_to(net.speed_ratio, (len(net.mover), net.variants))
    if not len(control_ratio):
        return own
    return np.where((net.control_of >= 0)[:, None], control_ratio[net.control_of], own)


def _island_scale(net: FlowNet, flow: Array) -> Array:
    """Return the largest flow of each branch's island, shape (branch, variant), never below 1e-6 kg/s."""
    largest = np.full((int(net.island.max(initial=-1)) + 1, net.variants), 1e-6)
    np.maximum.at(largest, net.island[net.tail], np.abs(flow))
    return largest[net.island[net.tail]]


def _scale_of_nodes(net: FlowNet, scale: Array) -> Array:
    """Return the largest flow of each node's island, shape (node, variant), from that of branches."""
    largest = np.full((int(net.island.max(initial=-1)) + 1, net.variants), 1e-6)
    largest[net.island[net.tail]] = scale
    return largest[net.island]
