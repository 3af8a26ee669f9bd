"""Steady flow: pressures, flows and controlled speeds that satisfy continuity and every branch law.

Newton on the global-gradient form (Todini & Pilati 1988), all variants at once, with one symbolic
elimination per network. Controllers hold a pressure difference by one common speed inside the same
Newton step and saturate at their limits by projection.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve import sparse
from twin.solve.branch import GRAVITY_M_S2, Medium, losses

PASSES = 60
# Flows have settled when no branch moves by more than this share of the largest flow of its island.
SETTLED = 1e-9
ROUNDING = 1e-15
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
        iteration_count: Newton passes.
        residual_ratio: Largest continuity error over the largest flow of its island [1].
    """

    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    control_ratio: Array
    iteration_count: int
    residual_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowSystem:
    """What one topology needs once: incidence, elimination plan, pinned nodes, controller groups."""

    net: FlowNet
    free: Index
    incidence: csr_array
    leaving: csr_array
    plan: sparse.Plan
    assembly: sparse.Assembly
    within: Index
    pinned: Array
    alive: Flags
    group: Index
    colour_of: Index


def prepare(net: FlowNet) -> FlowSystem:
    """Return what can be computed before any number changes."""
    nodes, branches = len(net.node), len(net.tail)
    is_held = np.zeros(nodes, dtype=np.bool_)
    is_held[net.held] = True
    free = np.flatnonzero(~is_held)
    local = np.full(nodes, -1, dtype=np.intp)
    local[free] = np.arange(len(free))
    rows = np.arange(branches)
    ones = np.ones(branches)
    incidence = csr_array(
        (np.r_[ones, -ones], (np.r_[rows, rows], np.r_[net.tail, net.head])), shape=(branches, nodes)
    )
    tail, head = local[net.tail], local[net.head]
    within = np.flatnonzero((tail >= 0) & (head >= 0))
    plan = sparse.analyse(len(free), tail[within], head[within])
    at_tail, at_head = np.flatnonzero(tail >= 0), np.flatnonzero(head >= 0)
    assembly = plan.assembly(
        np.r_[tail[at_tail], head[at_head], tail[within], head[within]],
        np.r_[tail[at_tail], head[at_head], head[within], tail[within]],
    )
    alive = _alive(net)
    group, colour = _groups(net)
    return FlowSystem(
        net=net, free=free, incidence=incidence, leaving=csr_array(incidence[:, free].T), plan=plan,
        assembly=assembly, within=within, pinned=_pins(net, alive, free), alive=alive,
        group=group, colour_of=colour,
    )  # fmt: skip


def solve_flow(
    system: FlowSystem,
    medium: Medium,
    limit_m3_s: Array,
    *,
    start: Flow | None = None,
    settled: float = SETTLED,
    passes: int = PASSES,
) -> Flow:
    """Solve continuity and branch laws together, for every variant.

    Args:
        system: From ``prepare``.
        medium: Density and viscosity of every branch.
        limit_m3_s: Limit of every limiting branch [m3/s], shape (limited, variant).
        start: A neighbouring solution.
        settled: Share of the largest flow of its island that no branch may still move by [1].
        passes: Most Newton passes.

    Raises:
        ConvergenceError: Flows have not settled; the worst branch is named.

    Source:
        Todini & Pilati, A gradient algorithm for the analysis of pipe networks, 1988.
    """
    net = system.net
    state = begin(net, medium) if start is None else start
    lift = control_lift_pa(net, medium)
    at = _Point(state.flow_kg_s, state.pressure_pag.copy(), state.control_ratio, lift)
    at.pressure[net.held] = net.held_pag
    for iteration in range(1, passes + 1):
        loss, slope, by_speed = losses(net, at.flow, _mover_speed(net, at.speed), medium, limit_m3_s)
        conductance = np.where(net.in_service, 1.0 / slope, 0.0)
        pressure, flow_new, speed_new = _newton(system, at, loss, conductance, by_speed)
        share = 1.0 if iteration <= DAMPED_AFTER else 0.5
        step, turn = share * (flow_new - at.flow), share * (speed_new - at.speed)
        at = _Point(at.flow + step, pressure, at.speed + turn, lift)
        scale = _island_scale(net, at.flow)
        # A pressure cannot be told apart from its neighbour below its last digit, nor the flow that makes.
        blur = ROUNDING * np.abs(pressure).max(initial=0.0) * conductance
        moved = np.maximum(np.abs(step) - blur, 0.0) / scale
        if moved.max(initial=0.0) < settled and np.abs(turn).max(initial=0.0) < settled:
            return _settled(system, at, iteration)
    row = int(np.unravel_index(np.argmax(moved), step.shape)[0])
    name = net.branch_name(row)
    raise ConvergenceError(
        f"the flow through {name} still changes by {np.abs(step[row]).max():.3g} kg/s after {passes} passes",
        component=name.rpartition(".")[0],
        equation="pressure drop of the branch",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Where Newton stands: flows, pressures, controller speeds, and what height adds to what controllers sense."""

    flow: Array
    pressure: Array
    speed: Array
    lift_pa: Array


def control_lift_pa(net: FlowNet, medium: Medium) -> Array:
    """Return what height adds to what controllers sense [Pa], shape (control, variant).

    A controller compares at one height, as gauges with filled lines do.
    """
    density = np.full((len(net.plus), net.variants), 0.0)
    driven = np.flatnonzero(net.control_of >= 0)
    density[net.control_of[driven]] = medium.density_kg_m3[net.mover[driven]]
    height = (net.height_m[net.plus] - net.height_m[net.minus])[:, None]
    return np.asarray(GRAVITY_M_S2 * density * height)


def _settled(system: FlowSystem, at: _Point, iteration: int) -> Flow:
    net = system.net
    return Flow(
        pressure_pag=at.pressure, flow_kg_s=at.flow, speed_ratio=np.array(_mover_speed(net, at.speed)),
        control_ratio=at.speed, iteration_count=iteration, residual_ratio=residual_ratio(net, at.flow),
    )  # fmt: skip


def residual_ratio(net: FlowNet, flow_kg_s: Array) -> float:
    """Return the largest continuity error of a node over the largest flow of its island [1]."""
    count = len(net.tail)
    ends = (np.r_[np.ones(count), -np.ones(count)], (np.r_[net.tail, net.head], np.r_[:count, :count]))
    excess = np.abs(csr_array(ends, shape=(len(net.node), count)) @ flow_kg_s)
    excess[net.held] = 0.0
    scale = _scale_of_nodes(net, _island_scale(net, flow_kg_s))
    return float((excess / scale).max(initial=0.0))


def _newton(
    system: FlowSystem, at: _Point, loss: Array, conductance: Array, by_speed: Array
) -> tuple[Array, Array, Array]:
    """Return pressures, flows and controller speeds of the linearised network.

    Unknowns are changes of pressure, so that rounding shrinks with them.
    """
    net = system.net
    here = np.where(net.in_service, at.flow - conductance * (loss - system.incidence @ at.pressure), 0.0)
    colours = int(system.colour_of.max(initial=-1)) + 1
    gain = conductance[net.mover] * by_speed
    right = np.zeros((len(system.free), net.variants, 1 + colours))
    right[..., 0] = -(system.leaving @ here)
    for colour in range(colours):
        pushed = np.zeros_like(at.flow)
        mine = (net.control_of >= 0) & (system.colour_of[net.control_of] == colour)
        pushed[net.mover[mine]] = gain[mine]
        right[..., 1 + colour] = -(system.leaving @ pushed)
    answer = _factor(system, conductance).solve(right)
    rise = np.zeros_like(at.pressure)
    rise[system.free] = answer[..., 0]
    speed = at.speed
    if colours:
        speed, change = _turn(system, at, rise, answer)
        for colour in range(colours):
            own = np.zeros((int(net.island.max(initial=-1)) + 1, net.variants))
            chosen = np.flatnonzero(system.colour_of == colour)
            own[net.island[net.plus[chosen]]] = change[chosen]
            rise[system.free] += answer[..., 1 + colour] * own[net.island[system.free]]
        here[net.mover] += gain * np.where((net.control_of >= 0)[:, None], change[net.control_of], 0.0)
    return at.pressure + rise, here + conductance * (system.incidence @ rise), speed


def _factor(system: FlowSystem, conductance: Array) -> sparse.Factor:
    net = system.net
    at_tail = conductance[np.isin(net.tail, system.free)]
    at_head = conductance[np.isin(net.head, system.free)]
    across = conductance[system.within]
    diagonal, off = system.assembly.values(np.concatenate([at_tail, at_head, -across, -across]))
    return sparse.factorise(
        system.plan,
        diagonal + system.pinned,
        off,
        name=lambda row: net.name_of(int(net.node[system.free[row]])),
        what="continuity",
    )


def _turn(system: FlowSystem, at: _Point, rise: Array, answer: Array) -> tuple[Array, Array]:
    """Return new controller speeds and their change: every group solved, limits projected."""
    net, speed = system.net, at.speed
    pressure = at.pressure + rise
    colours = answer.shape[2] - 1
    lifted = np.zeros((len(net.node), net.variants, colours))
    lifted[system.free] = answer[..., 1:]
    error = net.set_pa - at.lift_pa - (pressure[net.plus] - pressure[net.minus])
    effect = lifted[net.plus] - lifted[net.minus]
    change = np.zeros_like(speed)
    for members in system.group:
        real = members[members >= 0]
        colour = system.colour_of[real]
        # (member, member', variant): what a turn of member' does to what member senses.
        matrix = np.moveaxis(effect[real][:, :, colour], 1, 0)
        own = np.diagonal(matrix, axis1=1, axis2=2)
        dead = np.abs(own) < 1e-9
        step, low, high = error[real].T.copy(), net.minimum_ratio[real].T, net.maximum_ratio[real].T
        now = speed[real].T
        if len(real) == 1:
            wanted = np.where(dead, 0.0, step / np.where(dead, 1.0, own))
        else:
            # Who stands at a limit and wants to go beyond stays there; the others are solved without it.
            fixed = dead | np.where(step * own > 0.0, now >= high, now <= low)
            matrix = np.where(fixed[:, :, None], np.eye(len(real)), matrix)
            wanted = _solve_group(net, real, matrix, np.where(fixed, 0.0, step))
        wanted = np.clip(wanted, -LARGEST_SPEED_STEP, LARGEST_SPEED_STEP)
        change[real] = (np.clip(now + wanted, low, high) - now).T
    return speed + change, change


def _solve_group(net: FlowNet, group: Index, matrix: Array, step: Array) -> Array:
    """Return the turns of the controllers of one island that meet their set-points together."""
    try:
        return np.asarray(np.linalg.solve(matrix, step[..., None])[..., 0])
    except np.linalg.LinAlgError:
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
        speed_ratio=_mover_speed(net, speed), control_ratio=speed, iteration_count=0, residual_ratio=np.inf,
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


def _alive(net: FlowNet) -> Flags:
    """Return which nodes reach a held node over open branches, shape (node, variant)."""
    alive = np.zeros((len(net.node), net.variants), dtype=np.bool_)
    first = net.in_service[:, :1]
    same = np.all(net.in_service == first, axis=0)
    for variant in range(net.variants):
        if variant and same[variant] and same[0]:
            alive[:, variant] = alive[:, 0]
            continue
        open_ = net.in_service[:, variant]
        graph = coo_array(
            (np.ones(open_.sum()), (net.tail[open_], net.head[open_])), shape=(len(net.node),) * 2
        )
        part = connected_components(graph, directed=False)[1]
        alive[:, variant] = np.isin(part, np.unique(part[net.held]))
    return alive


def _pins(net: FlowNet, alive: Flags, free: Index) -> Array:
    """Return 1 at one node of every part that an outage cuts off: its pressure has no other reference."""
    pinned = np.zeros((len(net.node), net.variants))
    for variant in np.flatnonzero(~alive.all(axis=0)):
        open_ = net.in_service[:, variant]
        graph = coo_array(
            (np.ones(open_.sum()), (net.tail[open_], net.head[open_])), shape=(len(net.node),) * 2
        )
        part = connected_components(graph, directed=False)[1]
        dead = np.flatnonzero(~alive[:, variant])
        first = np.unique(part[dead], return_index=True)[1]
        pinned[dead[first], variant] = 1.0
    return pinned[free]


def _groups(net: FlowNet) -> tuple[Index, Index]:
    """Return controllers grouped by island, padded with -1, and the colour (rank in its group) of each."""
    island = net.island[net.plus]
    order = np.argsort(island, kind="stable")
    colour = np.zeros(len(island), dtype=np.intp)
    starts = np.flatnonzero(np.r_[True, np.diff(island[order]) > 0]) if len(order) else np.zeros(0, int)
    lengths = np.diff(np.r_[starts, len(order)])
    widest = int(lengths.max(initial=0))
    group = np.full((len(starts), widest), -1, dtype=np.intp)
    for row, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        members = order[start : start + length]
        group[row, :length] = members
        colour[members] = np.arange(length)
    return group, colour
