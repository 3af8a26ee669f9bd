"""Where the flow solver stands: a solved flow, a point of Newton's iteration, and where it begins."""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.movers import runout_flow
from twin.model.flow_net import FlowNet
from twin.solve.branch import Medium
from twin.solve.keepers import ACTIVE

PASSES = 60
# Flows have settled when no branch moves by more than this share of the largest flow of its island.
SETTLED = 1e-9
ROUNDING = 1e-15
# What a step leaves of a flow that it takes away; a check valve does not shut for it.
TRACE_KG_S = 1e-12
# Below this the largest flow of an island is not the measure of its others.
LEAST_KG_S = 1e-6
# After this many passes, steps that have not shrunk to this share of those before are halved.
DAMPED_AFTER, SHRINKS = 8, 0.8
# After this many passes, pressure-keeping valves change only where no flow moved by more than this share.
HELD_AFTER, CALM = 12, 1e-2
# Passes that one more mover of a controller may take to settle.
PASSES_PER_MOVER = 15
# Where flows begin: any moderate number serves, and none of them is left in the answer.
USUAL_M_S, USUAL_PA, USUAL_M3_S = 1.0, 1e4, 1e-4
LEAST_PA = 1e-30


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
        compiled: Whether compiled kernels solved it.
    """

    pressure_pag: Array
    flow_kg_s: Array
    speed_ratio: Array
    control_ratio: Array
    running_count: Index
    keeper_state: Index
    iteration_count: int
    compiled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """Where Newton stands.

    Attributes:
        flow, pressure: Of branches [kg/s] and nodes [Pa].
        speed: Common speed of each controller [1], shape (control, variant).
        running: Movers that each controller turns, at most, shape (control, variant).
        keeper: What each pressure-keeping valve does, shape (keeper, variant).
        shut: Which check valves are shut, shape (check, variant).
        lift_pa: What height adds to what controllers sense [Pa], shape (control, variant).
        density_kg_m3: Of the fluid in each mover, shape (mover, variant).
    """

    flow: Array
    pressure: Array
    speed: Array
    running: Index
    keeper: Index
    shut: Flags
    lift_pa: Array
    density_kg_m3: Array


def stayed(after: Point, before: Point, done: Flags) -> Point:
    """Return the point after a step, with those variants as before it that had settled."""
    names = "flow", "pressure", "speed", "keeper", "shut"
    kept = {name: np.where(done, getattr(before, name), getattr(after, name)) for name in names}
    return replace(after, **kept)


def begin(net: FlowNet, medium: Medium, usual: Array | None = None) -> Flow:
    """Return a start: every branch at a moderate flow, every controller at its highest speed.

    ``usual`` is what ``usual_m3_s`` returns for the network, where it is at hand.
    """
    speed = np.broadcast_to(net.maximum_ratio, (len(net.plus), net.variants)).copy()
    running = np.ones(speed.shape, dtype=np.intp)
    turning = mover_speed(net, speed, running)
    return Flow(
        pressure_pag=np.zeros((len(net.node), net.variants)),
        flow_kg_s=moderate(net, medium, turning, usual),
        speed_ratio=turning, control_ratio=speed, running_count=running,
        keeper_state=np.full((len(net.keeper), net.variants), ACTIVE, dtype=np.intp), iteration_count=0,
    )  # fmt: skip


def moderate(net: FlowNet, medium: Medium, speed_ratio: Array, usual: Array | None = None) -> Array:
    """Return a flow that each branch may well have [kg/s], shape (branch, variant)."""
    volume = np.empty((len(net.tail), net.variants))
    volume[:] = usual_m3_s(net) if usual is None else usual
    volume[net.mover] *= np.maximum(speed_ratio, 0.1)
    return np.where(net.in_service, volume * medium.density_kg_m3, 0.0)


def usual_m3_s(net: FlowNet) -> Array:
    """Return the volume flow that a branch may well have [m3/s], shape (branch, 1 or variant).

    1 m/s in pipes, 10 kPa in what was measured, half of the runout flow in pumps, at full speed, what is held
    where it is.
    """
    parts = [
        (net.measured, _at_loss(net.linear_pa_s_m3, net.quadratic_pa_s2_m6)),
        (net.friction, 0.25 * np.pi * net.diameter_m**2 * USUAL_M_S),
        (net.mover, 0.5 * _reach(net)),
        (net.tabled, 0.5 * np.nanmax(net.table_m3_s, axis=1, initial=0.0)),
        (net.held_flow, net.held_m3_s),
    ]
    volume = np.full((len(net.tail), max(values.shape[1] for _, values in parts)), USUAL_M3_S)
    for rows, values in parts:
        volume[rows] = values
    return volume


def _reach(net: FlowNet) -> Array:
    """Return the flow of movers that rise no more, at full speed [m3/s]."""
    runout = runout_flow(net.shutoff_pa, net.rise_linear, net.rise_quadratic)
    power, exponent = np.maximum(net.rise_power_pa, LEAST_PA), net.rise_exponent_ratio
    return np.where(net.rise_power_pa > 0.0, (net.shutoff_pa / power) ** (1.0 / exponent), runout)


def _at_loss(linear: Array, quadratic: Array) -> Array:
    """Return the flow [m3/s] at which a measured curve loses 10 kPa; a usual one where it loses nothing."""
    root = linear + np.sqrt(linear**2 + 4.0 * quadratic * USUAL_PA)
    return np.where(root > 0.0, 2.0 * USUAL_PA / np.where(root > 0.0, root, 1.0), USUAL_M3_S)


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
