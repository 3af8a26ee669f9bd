"""What an answer to a water network must not be: cut off, stalled, open; the device is named."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags
from twin.errors import ConvergenceError
from twin.interop.epanet_model import Pump
from twin.interop.epanet_moment import STILL_M3_S
from twin.interop.epanet_net import Moment, Plan
from twin.solve.flow import mass_gaps
from twin.solve.flow_state import LEAST_KG_S
from twin.solve.flow_system import FlowSystem

# A pump of constant power that moves less has no head that means something.
STALLED_M3_S = 1e-6
# A thousand times EPANET's least flow: a network that moves less is at rest.
REST_M3_S = 1e3 * STILL_M3_S
# Continuity of every node, over the largest flow.
OPEN_RATIO = 1e-6


def reached(plan: Plan, system: FlowSystem) -> Flags:
    """Return which nodes reach a reservoir, tank or emitter over links that are not closed, shape (node,)."""
    net = system.net
    on = system.open[:, 0] > 0.0
    on[plan.demand_row[plan.demand_row >= 0]] = False
    count = len(net.node)
    graph = coo_array((np.ones(int(on.sum())), (net.tail[on], net.head[on])), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    firm = np.zeros(count, dtype=np.bool_)
    firm[part[net.held]] = True
    return np.asarray(firm[part][plan.node_row])


def refuse_cut_off(plan: Plan, system: FlowSystem, moment: Moment) -> None:
    """Refuse a moment in which something is drawn where closed links let nothing get.

    Raises:
        ConvergenceError: A closed link at the part that is cut off is named.
    """
    tied = reached(plan, system)
    dry = ~tied[: len(moment.demand_m3_s)] & (moment.demand_m3_s != 0.0)
    if not dry.any():
        return
    node = int(np.argmax(dry))
    across = np.flatnonzero(tied[plan.a] != tied[plan.b])
    shut = [plan.links[at].name for at in across]
    more = f" and {len(shut) - 1} more" if len(shut) > 1 else ""
    why = f"closed links ({shut[0]}{more}) cut it off from every" if shut else "no link leads to it from a"
    raise ConvergenceError(
        f"junction {plan.nodes[node]} draws {moment.demand_m3_s[node]:.4g} m3/s, and {why} reservoir or tank",
        component=shut[0] if shut else plan.nodes[node], equation="continuity",
    )  # fmt: skip


def residual_ratio(plan: Plan, system: FlowSystem, flow_kg_s: Array) -> float:
    """Return the largest continuity error over the largest flow of its part of the network.

    Where less than ``REST_M3_S`` flows that is the measure: rounding of heads is all that is left there.
    """
    net = system.net
    largest = np.full(int(net.island.max(initial=-1)) + 1, LEAST_KG_S)
    np.maximum.at(largest, net.island[net.tail], np.abs(flow_kg_s[:, 0]))
    own = largest[net.island]
    least = np.maximum(own, REST_M3_S * plan.density_kg_m3)
    return float((mass_gaps(net, flow_kg_s)[:, 0] * own / least).max(initial=0.0))


def refuse_unsound(plan: Plan, moment: Moment, flow_m3_s: Array, residual_ratio: float) -> None:
    """Refuse an answer that does not close, or in which a pump of constant power moves nothing.

    Raises:
        ConvergenceError: The pump is named.
    """
    if not residual_ratio < OPEN_RATIO:
        raise ConvergenceError(
            f"continuity is missed by {residual_ratio:.2g} of the largest flow", equation="continuity"
        )
    for at, link in enumerate(plan.links):
        turns = bool(moment.status[at]) and moment.setting[at] > 0.0
        steady = isinstance(link, Pump) and not link.head_curve
        if turns and steady and flow_m3_s[at] < STALLED_M3_S:
            raise ConvergenceError(
                f"pump {link.name} of constant power moves nothing: its head has no bound",
                component=link.name, equation="power of the pump",
            )  # fmt: skip
