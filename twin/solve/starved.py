"""Why heat finds no way out: exchangers whose cold side stands, and what is in its way."""

import numpy as np

from twin.arrays import Array, Index
from twin.model.network import Network
from twin.solve.branch import GRAVITY_M_S2, Medium

# A cold side with less than this share of the flow of its hot side takes next to nothing.
LEAST_RATIO = 0.02
NAMED = 3
# Pumps that give less than this do not turn.
LEAST_PA = 10.0


def starved(network: Network, medium: Medium, flow_kg_s: Array, pressure_pag: Array, variant: int) -> str:
    """Return which exchangers have no flow on their cold side and why, in words; "" where all have some.

    Args:
        network: What is solved.
        medium: Density of every branch.
        flow_kg_s: Flow of every branch [kg/s], shape (branch, variant).
        pressure_pag: Pressure of every node [Pa], shape (node, variant).
        variant: Which column to look at.
    """
    heat = network.heat
    flow = np.abs(flow_kg_s[:, variant])
    rows = np.flatnonzero((flow[heat.cold] < LEAST_RATIO * flow[heat.hot]) & (flow[heat.hot] > 0.0))
    if not len(rows):
        return ""
    cold = heat.cold[rows]
    reason = _in_the_way(network, medium, pressure_pag[:, variant], cold, variant)
    return f"; next to nothing flows through the cold side of {_names(network, cold)}: {reason}"


def _in_the_way(network: Network, medium: Medium, pressure_pag: Array, cold: Index, variant: int) -> str:
    """Return the passage of their loop that most of the pressure stands across."""
    net = network.flow
    mine = net.island[net.tail] == net.island[net.tail[cold[0]]]
    mine[net.mover] = mine[cold] = False
    rows = np.flatnonzero(mine)
    height = net.height_m[net.head[rows]] - net.height_m[net.tail[rows]]
    weight = GRAVITY_M_S2 * medium.density_kg_m3[rows, 0] * height
    taken = np.abs(pressure_pag[net.tail[rows]] - pressure_pag[net.head[rows]] - weight)
    if not taken.max(initial=0.0) > LEAST_PA:
        return "no pump of that loop turns"
    most = int(np.argmax(taken))
    told = f"{taken[most] / 1e3:.4g} kPa, more than anywhere, stand across {_names(network, rows[[most]])}"
    return told if net.in_service[rows[most], variant] else f"{told}, which is shut"


def _names(network: Network, rows: Index) -> str:
    names = list(dict.fromkeys(network.flow.branch_name(row).rpartition(".")[0] for row in rows.tolist()))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
