"""One Newton step of the flow: the linearised network, its controllers, pressure-keeping valves."""

from dataclasses import replace

import numpy as np

from twin.arrays import Array, Flags
from twin.solve import sparse
from twin.solve.branch import Laws
from twin.solve.flow_control import own, turns
from twin.solve.flow_state import ROUNDING, TRACE_KG_S, Point
from twin.solve.flow_system import FlowSystem
from twin.solve.keepers import ACTIVE, OPEN, PIN_RATIO, SHUT, next_state, passing

# How stiff a shut check valve stands in the matrix, so that the part behind it keeps a pressure.
CHECK_PA_S_KG = 1e10


def linearised(
    system: FlowSystem, laws: Laws, at: Point, known: tuple[Array, Array], chord: Array
) -> tuple[Point, tuple[Array, Array, Array]]:
    """Return the point, and what each branch loses [Pa], its slope and what speed adds there.

    Check valves shut where the fluid flows backwards, by more than pressures round to: nothing passes them
    then, and they take whatever stands across them until it drives forwards. One that opens is as steep as
    its chord at first, because curves are flat where nothing flows.

    Args:
        system: From ``prepare``.
        laws: Laws of the branches.
        at: Where Newton stands.
        known: Pressure at tail less that at head [Pa], shape (branch, variant), and speed of each mover [1],
            shape (mover, variant).
        chord: Slope of each check valve's branch from no flow to a moderate one, shape (check, variant).
    """
    net, (across, speed_ratio) = system.net, known
    loss, slope, by_speed = laws.at(at.flow, speed_ratio, across)
    if not len(rows := net.check):
        return at, (loss, slope, by_speed)
    # Shut by rounding alone, a valve to a dead end would keep a pressure of the way there.
    blur = ROUNDING * np.abs(at.pressure).max(axis=0, initial=0.0) / slope[rows]
    shut = np.where(at.shut, across[rows] < loss[rows], at.flow[rows] < -TRACE_KG_S - blur)
    woken = at.shut & ~shut & net.in_service[rows]
    slope[rows] = np.where(woken, np.maximum(slope[rows], chord), slope[rows])
    loss[rows] = np.where(shut, across[rows] + CHECK_PA_S_KG * at.flow[rows], loss[rows])
    slope[rows] += np.where(shut, CHECK_PA_S_KG, 0.0)
    return replace(at, shut=shut), (loss, slope, by_speed)


def chords(system: FlowSystem, laws: Laws, moderate_kg_s: Array, speed_ratio: Array) -> Array:
    """Return the slope of check valves' branches from no flow to a moderate one, (check, variant)."""
    rows = system.net.check
    if not len(rows):
        return np.zeros((0, system.net.variants))
    rest, moving = (laws.at(flow, speed_ratio)[0][rows] for flow in (0.0 * moderate_kg_s, moderate_kg_s))
    return np.asarray((moving - rest) / np.where(moderate_kg_s[rows] > 0.0, moderate_kg_s[rows], 1.0))


def kept(system: FlowSystem, at: Point, loss: Array, slope: Array, *, judged: Flags) -> Point:
    """Return the point with what its pressure-keeping valves do now; those shut resist in ``slope``.

    Args:
        system: From ``prepare``.
        at: Where Newton stands.
        loss: What every branch loses [Pa], shape (branch, variant); changed.
        slope: Its slope in flow [Pa s/kg], likewise.
        judged: Where valves may change what they do, shape (variant,).
    """
    net, state = system.net, at.keeper
    if judged.any():
        state = next_state(system.keepers, net, state, flow=at.flow, pressure=at.pressure, loss=loss)
        state = np.where(net.in_service[net.keeper] & judged, state, at.keeper)
    state = np.where((state == ACTIVE) & ~system.anchored, OPEN, state)
    rows, shut = net.keeper, state == SHUT
    across = at.pressure[net.tail[rows]] - at.pressure[net.head[rows]]
    loss[rows] = np.where(shut, across + CHECK_PA_S_KG * at.flow[rows], loss[rows])
    slope[rows] += np.where(shut, CHECK_PA_S_KG, 0.0)
    return replace(at, keeper=state)


def newton(
    system: FlowSystem, at: Point, slopes: tuple[Array, Array, Array], *, traced: bool
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
    if not len(net.plus) and not len(net.keeper):
        rise = np.zeros(at.pressure.shape)
        right = -sparse.product(system.leaving, at.flow + step)
        rise[system.free] = _factor(system, conductance, 0.0, traced=traced).solve(right)
        step += conductance * (rise.take(net.tail, axis=0) - rise.take(net.head, axis=0))
        return at.pressure + rise, step, np.zeros(at.speed.shape)
    colours, count = int(system.colour_of.max(initial=-1)) + 1, len(net.keeper)
    active = (at.keeper == ACTIVE) & net.in_service[net.keeper]
    if count:
        conductance[net.keeper] = np.where(active, 0.0, conductance[net.keeper])
        step[net.keeper] = np.where(active, -at.flow[net.keeper], step[net.keeper])
    gain = conductance[net.mover] * by_speed
    right = np.zeros((len(system.free), 1 + colours + count, net.variants))
    right[:, 0] = -sparse.product(system.leaving, at.flow + step)
    for colour in range(colours):
        right[:, 1 + colour] = -(system.driving @ own(net, system.colour_of, colour, gain))
    pins = _pin(system, at, active, conductance.max(axis=0, initial=1e-9), right)
    answer = _factor(system, conductance, pins, traced=traced).solve(np.moveaxis(right, 1, 2))
    if count:
        answer, passed = _pass_keepers(system, at, active, (step, conductance, gain), answer)
    rise = np.zeros_like(at.pressure)
    rise[system.free] = answer[..., 0]
    turn = np.zeros_like(at.speed)
    if colours:
        turn = turns(system, at, rise, answer, (step, conductance, gain))
        for colour in range(colours):
            mine = np.zeros((int(net.island.max(initial=-1)) + 1, net.variants))
            chosen = np.flatnonzero(system.colour_of == colour)
            mine[net.island[net.plus[chosen]]] = turn[chosen]
            rise[system.free] += answer[..., 1 + colour] * mine[net.island[system.free]]
            if count:
                passed[..., 0] += passed[..., 1 + colour] * mine[net.island[net.tail[net.keeper]]]
        step[net.mover] += gain * np.where((net.control_of >= 0)[:, None], turn[net.control_of], 0.0)
    step += conductance * (rise[net.tail] - rise[net.head])
    if count:
        step[net.keeper] += passed[..., 0]
    return at.pressure + rise, step, turn


def _pin(system: FlowSystem, at: Point, active: Flags, conductance: Array, right: Array) -> Array | float:
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
    system: FlowSystem, at: Point, active: Flags, parts: tuple[Array, Array, Array], answer: Array
) -> tuple[Array, Array]:
    """Return the answers with what active valves pass worked in, and what they pass [kg/s] by side."""
    net, (step, conductance, gain), count = system.net, parts, len(system.keepers.branch)
    rises = np.zeros((len(net.node), net.variants, answer.shape[2]))
    rises[system.free] = answer
    through = np.zeros((len(net.tail), net.variants, answer.shape[2]))
    through[..., 0] = at.flow + step
    for colour in range(answer.shape[2] - 1 - count):
        through[net.mover, :, 1 + colour] = own(net, system.colour_of, colour, gain)
    passed = passing(system.keepers, net, active, through=through, rises=rises, conductance=conductance)
    # While all else is shut, what passes only comes back to its node: any flow would do, so none leaps.
    now, most = at.flow[net.keeper], np.abs(at.flow).max(axis=0, initial=0.0)
    passed[..., 0] = np.clip(passed[..., 0], now - most, now + most)
    plain = answer[..., : answer.shape[2] - count]
    return plain + np.einsum("nvk,kvs->nvs", answer[..., answer.shape[2] - count :], passed), passed


def _factor(system: FlowSystem, conductance: Array, pins: Array | float, *, traced: bool) -> sparse.Factor:
    net, size = system.net, len(system.free)
    entries = sparse.product(system.matrix, conductance)
    return sparse.factorise(
        system.plan, entries[:size] + system.pinned + pins, entries[size:],
        name=lambda row: net.name_of(int(net.node[system.free[row]])), what="continuity", traced=traced,
    )  # fmt: skip
