"""Residuals from final states at the boundary: what enters the facility is what leaves it.

Nothing here uses a solver's sums: power in is V·I* at the feeds, heat out is flow times enthalpy
difference at rejection plus what stands outdoors plus what fluid carries off through open ends, mass is what
enters and leaves every node.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.errors import ConvergenceError
from twin.model.element import OUTDOORS, Use
from twin.model.flow_net import FlowNet
from twin.solve.couple import Solution
from twin.solve.flow import mass_gaps
from twin.solve.follow import release_share
from twin.solve.heat import CARRIED_J_KG, enthalpy_at, given_at

# No result is given beyond this; what runs close to is printed and is some thousand times smaller.
OPEN_RATIO = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Balance:
    """Relative residuals, worst first.

    Attributes:
        energy_ratio: Power in less heat out, over power in and what streams carry at open ends, shape
            (variant,).
        mass_ratio: Largest node imbalance over the largest flow of its island.
        current_ratio: Largest current mismatch over the largest current.
        power_in_w: Power at the feeds [W], shape (variant,).
        heat_out_w: Heat that leaves the facility, or stays where it cannot leave [W], shape (variant,).
        charged_w: Power that batteries take up [W], shape (variant,).
    """

    energy_ratio: Array
    mass_ratio: float
    current_ratio: float
    power_in_w: Array
    heat_out_w: Array
    charged_w: Array


def balance(solution: Solution) -> Balance:
    """Return the residuals of a settled state."""
    power_in = np.asarray(solution.power.feed_power_va.real.sum(axis=0))
    out = rejected(solution).sum(axis=0) + outdoors(solution) + walls(solution)
    out += solution.heat.stored_w.sum(axis=0) + open_ends(solution)
    kept = charged(solution)
    return Balance(
        energy_ratio=np.abs(power_in - out - kept) / scale(solution, power_in),
        mass_ratio=float(mass_gaps(solution.network.flow, solution.flow.flow_kg_s).max(initial=0.0)),
        current_ratio=float(solution.power.residual_ratio.max(initial=0.0)),
        power_in_w=power_in,
        heat_out_w=out,
        charged_w=kept,
    )


def charged(solution: Solution) -> Array:
    """Return what batteries take up [W], shape (variant,)."""
    charges = solution.network.power.consumers.use == Use.CHARGE
    return np.asarray(solution.consumer_w[charges].sum(axis=0))


def require_closed(solution: Solution, closed: Balance) -> None:
    """Refuse a state that loses or gains more than ``OPEN_RATIO``: the solvers' word is not enough.

    Raises:
        ConvergenceError: Mass does not close at a node, which is named; or power and heat differ.
    """
    if not closed.mass_ratio <= OPEN_RATIO:
        raise _leak(solution.network.flow, mass_gaps(solution.network.flow, solution.flow.flow_kg_s))
    gap_w = np.abs(closed.power_in_w - closed.heat_out_w - closed.charged_w)
    gap = float(gap_w.max(initial=0.0)) / float(scale(solution, closed.power_in_w).max(initial=1.0))
    if not gap <= OPEN_RATIO:
        msg = f"power in and heat out differ by {gap:.2g} of the power: not closed"
        raise ConvergenceError(msg, equation="energy balance of the facility")


def _leak(net: FlowNet, gaps: Array) -> ConvergenceError:
    worst = int(np.argmax(gaps.max(axis=1)))
    name = net.name_of(int(net.node[worst]))
    why = "the flow has not settled"
    if np.isin(worst, net.held):
        others = net.held[(net.island[net.held] == net.island[worst]) & (net.held != worst)]
        also = ", ".join(net.name_of(int(net.node[i])) for i in others[:3])
        why = f"its pressure is held there and at {also} too; one place of a loop holds the pressure"
    msg = f"{name} gives or takes {gaps[worst].max():.2g} of the largest flow around it: {why}"
    return ConvergenceError(msg, component=name, equation="continuity")


def rejected(solution: Solution) -> Array:
    """Return flow times enthalpy drop over every rejector that meets the outside air [W]."""
    flow, net = solution.network.flow, solution.network.heat
    rows = net.rejector[net.condenser < 0]
    q = np.abs(solution.flow.flow_kg_s[rows])
    node = flow.tail[rows]
    drop = enthalpy_at(flow, node, solution.heat.inlet_k[rows]) - enthalpy_at(
        flow, node, solution.heat.outlet_k[rows]
    )
    return np.asarray(q * drop)


def outdoors(solution: Solution) -> Array:
    """Return what loads and losses give straight to the outside air [W], shape (variant,)."""
    network, net = solution.network, solution.network.heat
    bare = (net.release_branch < 0) & (net.release_node == OUTDOORS)
    total = (release_share(net, solution.heat) * solution.consumer_w[net.release_load])[bare].sum(axis=0)
    for loss_w, node in network.losses_to(solution.power):
        total = total + loss_w[node == OUTDOORS].sum(axis=0)
    return np.asarray(total)


def open_ends(solution: Solution) -> Array:
    """Return the heat that fluid carries off through open ends, less what it brings [W], shape (variant,)."""
    flow = solution.network.flow
    given = given_at(flow, solution.flow.flow_kg_s)
    brings = enthalpy_at(flow, flow.held, flow.supply_k)
    leaves = enthalpy_at(flow, flow.held, solution.heat.temperature_k[flow.held])
    return np.asarray(-np.where(given > 0.0, given * brings, given * leaves).sum(axis=0))


def scale(solution: Solution, power_in_w: Array) -> Array:
    """Return the measure of a gap in energy [W], power in and streams at open ends, shape (variant,)."""
    given = given_at(solution.network.flow, solution.flow.flow_kg_s)
    carried = CARRIED_J_KG * np.maximum(given, 0.0).sum(axis=0)
    return np.asarray(np.maximum(np.abs(power_in_w) + carried, 1.0))


def walls(solution: Solution) -> Array:
    """Return what conducts through walls to the outside air [W], shape (variant,)."""
    net = solution.network.heat
    leaving = np.where((net.conduct_b < 0)[:, None], solution.heat.conducted_w, 0.0)
    entering = np.where((net.conduct_a < 0)[:, None], solution.heat.conducted_w, 0.0)
    return np.asarray(leaving.sum(axis=0) - entering.sum(axis=0))
