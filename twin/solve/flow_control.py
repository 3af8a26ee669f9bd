"""Controllers of pumps and fans, in the Newton step of the flow: what they sense, and how they turn."""

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve.branch import GRAVITY_M_S2, Medium
from twin.solve.flow_state import Point
from twin.solve.flow_system import FlowSystem

LARGEST_SPEED_STEP = 0.5
# A turn that does less than this to what its controller senses [Pa or m3/s] does nothing.
DEAD = 1e-9
# A controller whose speed is at its limit lacks something by more than this share of its set-point.
SHORT_RATIO = 1e-6


def control_lift_pa(net: FlowNet, medium: Medium) -> Array:
    """Return what height adds to what controllers sense [Pa], shape (control, variant).

    A controller compares at one height, as gauges with filled lines do.
    """
    if not len(net.plus):
        return np.zeros((0, net.variants))
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


def own(net: FlowNet, colour_of: Index, colour: int, gain: Array) -> Array:
    """Return the gains of the movers that controllers of one colour turn, 0 for others."""
    mine = (net.control_of >= 0) & (colour_of[net.control_of] == colour)
    return np.where(mine[:, None], gain, 0.0)


def turns(
    system: FlowSystem, at: Point, rise: Array, answer: Array, flows: tuple[Array, Array, Array]
) -> Array:
    """Return the change of controller speeds: every group solved, limits projected.

    Args:
        system: From ``prepare``.
        at: Where Newton stands.
        rise: Change of pressure of every node without a turn [Pa], shape (node, variant).
        answer: Changes of pressure at free nodes: without a turn, then for a turn of each colour.
        flows: Change of flow of every branch at the pressures of now [kg/s], its conductance, and what a turn
            adds to the flow of each mover.
    """
    net, speed = system.net, at.speed
    error, effect = sensed(system, at, rise, answer, flows)
    low, high = (np.broadcast_to(ratio, speed.shape) for ratio in (net.minimum_ratio, net.maximum_ratio))
    turn = np.zeros_like(speed)
    for members in system.groups:
        # (island, variant, member, member'): what a turn of member' does to what member senses.
        matrix = np.moveaxis(effect[members][..., 1 : 1 + members.shape[1]], 2, 1)
        alone = np.diagonal(matrix, axis1=2, axis2=3)
        dead = np.abs(alone) < DEAD
        wanted = np.moveaxis(error[members], 1, 2)
        if members.shape[1] == 1:
            wanted = np.where(dead, 0.0, wanted / np.where(dead, 1.0, alone))
        else:
            # Who stands at a limit and wants to go beyond stays there; the others are solved without it.
            now = speed[members], low[members], high[members]
            now_, low_, high_ = (np.moveaxis(part, 1, 2) for part in now)
            fixed = dead | np.where(wanted * alone > 0.0, now_ >= high_, now_ <= low_)
            matrix = np.where(fixed[..., None], np.eye(members.shape[1]), matrix)
            wanted = _solve_groups(net, members, matrix, np.where(fixed, 0.0, wanted))
        turn[members] = np.moveaxis(np.clip(wanted, -LARGEST_SPEED_STEP, LARGEST_SPEED_STEP), 1, 2)
    return np.asarray(np.clip(speed + turn, low, high) - speed)


def sensed(
    system: FlowSystem, at: Point, rise: Array, answer: Array, flows: tuple[Array, Array, Array]
) -> tuple[Array, Array]:
    """Return what controllers lack of their set-point, and what a turn of each colour adds to it.

    Units are Pa where a difference is held and m3/s where a flow is. Arguments as of ``turns``.

    Returns:
        Lack, shape (control, variant), and effect, shape (control, variant, side).
    """
    net, after = system.net, at.pressure + rise
    error = net.set_pa - at.lift_pa - after[net.plus] + after[net.minus]
    effect = _at_nodes(system, answer, net.plus) - _at_nodes(system, answer, net.minus)
    holds_flow = np.asarray(np.isfinite(net.set_m3_s).any(axis=1))
    if not holds_flow.any():
        return error, effect
    step, conductance, gain = flows
    turned = np.flatnonzero((net.control_of >= 0) & holds_flow[net.control_of])
    branch, control = net.mover[turned], net.control_of[turned]
    ends = _at_nodes(system, answer, net.tail[branch]) - _at_nodes(system, answer, net.head[branch])
    each = conductance[branch][..., None] * ends
    for colour in range(answer.shape[2] - 1):
        each[..., 1 + colour] += own(net, system.colour_of, colour, gain)[turned]
    across = rise[net.tail[branch]] - rise[net.head[branch]]
    through = (at.flow + step)[branch] + conductance[branch] * across
    total, by_turn = np.zeros_like(error), np.zeros_like(effect)
    np.add.at(total, control, through / at.density_kg_m3[turned])
    np.add.at(by_turn, control, each / at.density_kg_m3[turned][..., None])
    error = np.where(holds_flow[:, None], net.set_m3_s - total, error)
    return error, np.where(holds_flow[:, None, None], by_turn, effect)


def more_running(system: FlowSystem, at: Point) -> Index:
    """Return how many movers each controller turns next: one more where those that turn fall short.

    Args:
        system: From ``prepare``.
        at: A settled point.
    """
    net, running = system.net, at.running
    staged = np.unique(net.control_of[net.turn_index > 0])
    out = running.copy()
    for control in staged:
        mine = np.flatnonzero(net.control_of == control)
        rows = net.mover[mine]
        on = net.in_service[rows]
        full = at.speed[control] >= net.maximum_ratio[control] * (1.0 - SHORT_RATIO)
        flow_m3_s = (at.flow[rows] / at.density_kg_m3[mine]).sum(axis=0)
        held_pa = at.pressure[net.plus[control]] - at.pressure[net.minus[control]] + at.lift_pa[control]
        wanted_pa, wanted_m3_s = net.set_pa[control], net.set_m3_s[control]
        short = np.where(
            np.isfinite(wanted_m3_s), flow_m3_s < wanted_m3_s * (1.0 - SHORT_RATIO),
            held_pa < wanted_pa - SHORT_RATIO * np.abs(wanted_pa),
        )  # fmt: skip
        out[control] += full & short & (running[control] < on.sum(axis=0))
    return out


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
