"""Flows that are asked for and have no way: the device that stands in their way is named."""

import numpy as np
from scipy.sparse import csr_array, hstack, identity

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.flow_net import FlowNet
from twin.solve.branch import Medium

# A constant flow is missed, and a check valve forced, by more than rounding beyond this share of the largest.
MISSED_RATIO = 1e-6
LEAST_KG_S = 1e-9


def refuse_missed(net: FlowNet, medium: Medium, flow: Array, shut: Flags, alive: Flags) -> None:
    """Refuse a solution in which a constant flow is not met, or something flows through a shut valve.

    Args:
        net: The network.
        medium: What flows.
        flow: Settled flow of every branch [kg/s], shape (branch, variant).
        shut: Which check valves are shut, shape (check, variant).
        alive: Which nodes reach a held pressure, shape (node, variant).

    Raises:
        ConvergenceError: The device that stands in the way is named.
    """
    if not len(net.held_flow) and not len(net.check):
        return
    held, largest = net.held_flow, np.abs(flow).max(axis=0, initial=0.0)
    wanted = net.held_m3_s * medium.density_kg_m3[held]
    missed = np.abs(flow[held] - wanted) > MISSED_RATIO * np.maximum(np.abs(wanted), largest)
    # What an outage cuts off from every reservoir has nothing to give.
    to_open = np.isin(net.head[held], net.held[net.open_ended])[:, None]
    missed |= to_open & ~alive[net.tail[held]] & (wanted != 0.0)
    missed &= net.in_service[held]
    forced = (
        shut & net.in_service[net.check] & (np.abs(flow[net.check]) > LEAST_KG_S + MISSED_RATIO * largest)
    )
    wrong = missed.any(axis=0) | forced.any(axis=0)
    if wrong.any():
        variant = int(np.argmax(wrong))
        named = np.concatenate([held[missed[:, variant]], net.check[forced[:, variant]]])
        raise infeasible(net, medium, variant) or _nowhere(net, named)


def infeasible(net: FlowNet, medium: Medium, variant: int) -> ConvergenceError | None:
    """Return the refusal of a variant whose constant flows no flow can meet, None where one can.

    A flow is sought that closes at every node but open ends, with nothing backwards through check valves and
    pressure-keeping valves, and no more through limiting ones than their limit, whatever the pressures; what
    it has to leave out is made least. The valves that would pass it, were they not there, are to blame.

    Source:
        Linear programme for a feasible flow; its dual values are the cut that stands in the way: Ahuja,
        Magnanti & Orlin, Network Flows, 1993, sec. 6.7.
    """
    from scipy.optimize import linprog

    on, held = net.in_service[:, variant], net.held_flow
    wanted = np.zeros(len(net.tail))
    wanted[held] = np.broadcast_to(net.held_m3_s, (len(held), net.variants))[:, variant]
    wanted[held] *= medium.density_kg_m3[held, variant]
    asked = np.abs(wanted[on]).sum()
    if not asked > 0.0:
        return None
    free = np.flatnonzero(on & ~np.isin(np.arange(len(on)), held))
    closes = np.setdiff1d(np.arange(len(net.node)), net.held)
    ends = _incidence(net)[closes]
    one_way = np.isin(free, np.concatenate([net.check, net.keeper]))
    lowest = np.where(one_way, 0.0, -np.inf)
    most = _most(net, medium, variant)[free] / asked
    slack = identity(len(closes), format="csr")
    answer = linprog(
        np.r_[np.zeros(len(free)), np.ones(2 * len(closes))],
        A_eq=hstack([ends[:, free], slack, -slack]), b_eq=-(ends @ np.where(on, wanted, 0.0)) / asked,
        bounds=np.concatenate([np.c_[lowest, most], np.tile([0.0, np.inf], (2 * len(closes), 1))]),
    )  # fmt: skip
    if answer.status != 0 or answer.fun < MISSED_RATIO:
        return None
    price = np.zeros(len(net.node))
    price[closes] = answer.eqlin.marginals
    against = np.abs(price[net.tail[free]] - price[net.head[free]]) > 0.5
    full = against & (answer.x[: len(free)] >= most)
    blocked = np.r_[free[full], free[against & one_way & ~full]]
    if not len(blocked):
        return _nowhere(net, held)
    name = net.branch_name(int(blocked[0]))
    more = f" ({len(blocked) - 1} more stand beside it)" if len(blocked) > 1 else ""
    why = "is more than it lets pass" if full.any() else "could come only backwards through it"
    return ConvergenceError(
        f"what is drawn beyond {name} {why}{more}", component=name.rpartition(".")[0], equation="continuity"
    )


def _most(net: FlowNet, medium: Medium, variant: int) -> Array:
    """Return the most that each branch lets pass [kg/s], infinite without a limit, shape (branch,)."""
    most = np.full(len(net.tail), np.inf)
    limit = np.broadcast_to(net.limit_m3_s, (len(net.limited), net.variants))[:, variant]
    known = np.isfinite(limit)
    rows = net.limited[known]
    most[rows] = limit[known] * medium.density_kg_m3[rows, variant]
    return most


def _incidence(net: FlowNet) -> csr_array:
    """Return what leaves each node through each branch, shape (node, branch)."""
    count = len(net.tail)
    ends = (np.r_[np.ones(count), -np.ones(count)], (np.r_[net.tail, net.head], np.r_[:count, :count]))
    return csr_array(ends, shape=(len(net.node), count))


def _nowhere(net: FlowNet, branches: Index) -> ConvergenceError:
    name = net.branch_name(int(branches[0]))
    return ConvergenceError(
        f"the flow of {name} has nowhere to come from, or to go",
        component=name.rpartition(".")[0], equation="continuity",
    )  # fmt: skip
