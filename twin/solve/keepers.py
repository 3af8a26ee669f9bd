"""Valves that keep a pressure, in the Newton step of the flow: reducing and sustaining valves.

One that regulates holds the pressure of its kept node; what passes it is what continuity asks of that node,
and enters or leaves at its other node. So the matrix stays symmetric, with one more right-hand side for each.
"""

from dataclasses import dataclass
from typing import Never

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.element import Keeps
from twin.model.flow_net import FlowNet

SHUT, OPEN, ACTIVE = 0, 1, 2
# A kept node is held this much stiffer than its surroundings.
PIN_RATIO = 1e10
# A pressure this far beyond the set-point, and a flow this far below none, change what a valve does.
PRESSURE_STEP_PA = 1.0
FLOW_STEP_KG_S = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keepers:
    """The valves that keep a pressure, and where.

    Attributes:
        branch: Their branches, shape (keeper,).
        kept, other: Nodes that they keep, and their other ends, shape (keeper,).
        down: Whether they keep the node behind them, shape (keeper, 1).
        keep_pag: Pressure that they keep [Pa], shape (keeper, 1 or variant).
    """

    branch: Index
    kept: Index
    other: Index
    down: Flags
    keep_pag: Array


def keepers_of(net: FlowNet) -> Keepers:
    """Return the valves of a network that keep a pressure.

    Raises:
        ConvergenceError: One keeps a node whose pressure is held already, by a source or another valve.
    """
    down = net.keeps == Keeps.DOWNSTREAM
    tail, head = net.tail[net.keeper], net.head[net.keeper]
    kept = np.where(down, head, tail)
    held = np.isin(kept, net.held)
    held[np.setdiff1d(np.arange(len(kept)), np.unique(kept, return_index=True)[1])] = True
    if held.any():
        name = net.branch_name(int(net.keeper[int(np.argmax(held))]))
        raise ConvergenceError(
            f"{name} keeps the pressure of a place where it is held already", component=name,
            equation="pressure kept by the valve",
        )  # fmt: skip
    return Keepers(
        branch=net.keeper, kept=kept, other=np.where(down, tail, head), down=down[:, None],
        keep_pag=net.keep_pag,
    )  # fmt: skip


def next_state(
    keepers: Keepers, net: FlowNet, state: Index, *, flow: Array, pressure: Array, loss: Array
) -> Index:
    """Return what every valve does next: shut, open or active, shape (keeper, variant).

    Args:
        keepers: The valves.
        net: Their network.
        state: What they do now.
        flow: Flow of every branch [kg/s], shape (branch, variant).
        pressure: Pressure of every node [Pa], shape (node, variant).
        loss: What every branch loses at its flow [Pa], shape (branch, variant).

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1: states of valves.
    """
    through, lost = flow[keepers.branch], loss[keepers.branch]
    before, behind = pressure[net.tail[keepers.branch]], pressure[net.head[keepers.branch]]
    # Open, a reducing valve would leave this behind it; a sustaining one would have this before it.
    open_ = np.where(keepers.down, before - lost, behind + lost)
    beyond = np.where(keepers.down, open_ - keepers.keep_pag, keepers.keep_pag - open_)
    kept = np.where(keepers.down, behind - keepers.keep_pag, keepers.keep_pag - before)
    backwards = through < -FLOW_STEP_KG_S
    running = np.where(
        state == ACTIVE, np.where(beyond < -PRESSURE_STEP_PA, OPEN, ACTIVE),
        np.where(kept > PRESSURE_STEP_PA, ACTIVE, OPEN),
    )  # fmt: skip
    # Shut, it loses nothing but the height between its ends.
    reaches = before - lost
    drives = reaches > behind + PRESSURE_STEP_PA
    enough = np.where(keepers.down, reaches >= keepers.keep_pag, behind + lost < keepers.keep_pag)
    wakes = drives & np.where(keepers.down, behind < keepers.keep_pag, before > keepers.keep_pag)
    opened = np.where(wakes, np.where(enough, ACTIVE, OPEN), SHUT)
    opened = np.where(~keepers.down & drives & ~enough, OPEN, opened)
    return np.where(state == SHUT, opened, np.where(backwards, SHUT, running)).astype(np.intp)


def passing(
    keepers: Keepers, net: FlowNet, active: Flags, *, through: Array, rises: Array, conductance: Array
) -> Array:
    """Return what passes each active valve [kg/s], shape (keeper, variant, side).

    Args:
        keepers: The valves.
        net: Their network.
        active: Which of them regulate, shape (keeper, variant).
        through: Flow of every branch at the pressures of now, shape (branch, variant, side); for the last
            sides, one for each valve, none.
        rises: Change of pressure by side, shape (node, variant, side).
        conductance: Of every branch, none in active valves, shape (branch, variant).
    """
    count, sides = len(keepers.branch), rises.shape[2]
    flows = through + conductance[..., None] * (rises[net.tail] - rises[net.head])
    sign = np.where(keepers.down, 1.0, -1.0)
    asked = np.zeros((count, net.variants, sides))
    for row, node in enumerate(keepers.kept):
        out, into = net.tail == node, net.head == node
        asked[row] = sign[row] * (flows[out].sum(axis=0) - flows[into].sum(axis=0))
        # A valve whose other end is this node takes from it, or gives to it, what passes itself.
        for also in np.flatnonzero(keepers.other == node):
            asked[row, :, sides - count + also] += sign[row] * np.where(keepers.down[also, 0], 1.0, -1.0)
    asked = np.where(active[..., None], asked, 0.0)
    own, right = asked[..., sides - count :], asked[..., : sides - count]
    matrix = np.eye(count)[:, None, :] - own * active.T[None]
    try:
        found = np.linalg.solve(np.moveaxis(matrix, 1, 0), np.moveaxis(right, 1, 0))
    except np.linalg.LinAlgError:
        _refuse(keepers, net)
    return np.asarray(np.moveaxis(found, 0, 1))


def _refuse(keepers: Keepers, net: FlowNet) -> Never:
    names = ", ".join(net.branch_name(int(branch)) for branch in keepers.branch[:3])
    raise ConvergenceError(
        f"the pressures that {names} keep leave the flow between them open",
        component=net.branch_name(int(keepers.branch[0])), equation="pressure kept by the valve",
    )  # fmt: skip
