"""Flows that are asked for and have no way: the device that stands in their way is named."""

from typing import Never

import numpy as np

from twin.arrays import Array
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve.branch import Medium

# A constant flow is missed, and a check valve forced, by more than rounding beyond these.
MISSED_RATIO = 1e-6
FORCED_RATIO = 1e-6
FORCED_PA = 1e7


def refuse_forced(net: FlowNet, flow: Array, pressure: Array, medium: Medium) -> None:
    """Refuse a solution in which a constant flow is not met or a check valve is forced open backwards.

    Args:
        net: The network.
        flow: Settled flow of every branch [kg/s], shape (branch, variant).
        pressure: Settled pressure of every node [Pa], shape (node, variant).
        medium: What flows.

    Raises:
        ConvergenceError: The constant flow, or the check valve, is named.
    """
    rows = net.check
    back = pressure[net.head[rows]] - pressure[net.tail[rows]]
    largest = np.abs(flow).max(axis=0, initial=0.0)
    forced = net.in_service[rows] & (flow[rows] < -FORCED_RATIO * largest) & (back > FORCED_PA)
    if forced.any():
        name = net.branch_name(int(rows[int(np.argmax(forced.any(axis=1)))]))
        _refuse(name, f"what is drawn behind {name} could come only backwards through its check valve")
    held = net.held_flow
    wanted = net.held_m3_s * medium.density_kg_m3[held]
    missed = net.in_service[held] & (np.abs(flow[held] - wanted) > MISSED_RATIO * np.abs(wanted))
    if missed.any():
        name = net.branch_name(int(held[int(np.argmax(missed.any(axis=1)))]))
        _refuse(name, f"the constant flow of {name} has nowhere to come from, or to go")


def _refuse(name: str, sentence: str) -> Never:
    raise ConvergenceError(sentence, component=name.rpartition(".")[0], equation="continuity")
