"""Where the flow solver stands: a solved flow, a point of Newton's iteration, and where it begins."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Index
from twin.model.flow_net import FlowNet
from twin.solve.branch import Medium
from twin.solve.keepers import ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """Solved flow.

    Attributes:
        pressure_pag: Gauge pressure at each node's height [Pa], shape (node, variant).
        flow_kg_s: Flow from tail to head [kg/s], shape (branch, variant).
        speed_ratio: Speed of each mover [1], shape (mover, variant).
        control_ratio: Common speed of each controller [1], shape (control, variant).
        running_count: Movers that each controller turns, at most, shape (control, variant).
        keeper_state: 0 for a pressure-keeping valve that is shut, 1 open, 2 active, shape (keeper, variant).
        iteration_count: Newton passes.
    """

    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    control_ratio: Array
    running_count: Index
    keeper_state: Index
    iteration_count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """Where Newton stands.

    Attributes:
        flow, pressure: Of branches [kg/s] and nodes [Pa].
        speed: Common speed of each controller [1], shape (control, variant).
        running: Movers that each controller turns, at most, shape (control, variant).
        keeper: What each pressure-keeping valve does, shape (keeper, variant).
        lift_pa: What height adds to what controllers sense [Pa], shape (control, variant).
        density_kg_m3: Of the fluid in each mover, shape (mover, variant).
    """

    flow: Array
    pressure: Array
    speed: Array
    running: Index
    keeper: Index
    lift_pa: Array
    density_kg_m3: Array


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
    running = np.ones(speed.shape, dtype=np.intp)
    return Flow(
        pressure_pag=np.zeros((len(net.node), net.variants)), flow_kg_s=flow,
        speed_ratio=mover_speed(net, speed, running), control_ratio=speed, running_count=running,
        iteration_count=0,
        keeper_state=np.full((len(net.keeper), net.variants), ACTIVE, dtype=np.intp),
    )  # fmt: skip


def mover_speed(net: FlowNet, control_ratio: Array, running: Index) -> Array:
    """Return the speed of each mover [1], its own or that of its controller, shape (mover, variant)."""
    own = np.broadcast_to(net.speed_ratio, (len(net.mover), net.variants))
    if not len(control_ratio):
        return own
    speed = np.where((net.control_of >= 0)[:, None], control_ratio[net.control_of], own)
    return np.where(standing(net, running), 0.0, speed) if net.turn_index.any() else speed


def standing(net: FlowNet, running: Index) -> Array:
    """Return which movers stand because their controller needs no more of them, shape (mover, variant)."""
    return np.asarray((net.control_of >= 0)[:, None] & (place_in_turn(net) >= running[net.control_of]))


def place_in_turn(net: FlowNet) -> Index:
    """Return how many movers in service their controller starts before each one, shape (mover, variant)."""
    place = np.zeros((len(net.mover), net.variants), dtype=np.intp)
    for control in np.unique(net.control_of[net.turn_index > 0]):
        mine = np.flatnonzero(net.control_of == control)
        mine = mine[np.argsort(net.turn_index[mine], kind="stable")]
        on = net.in_service[net.mover[mine]].astype(np.intp)
        place[mine] = np.cumsum(on, axis=0) - on
    return place
