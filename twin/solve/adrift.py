"""Parts of a facility that heat goes into and cannot leave: they have no steady temperature."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet


def adrift(
    flow: FlowNet, net: HeatNet, q: Array, exchanger_off: Flags, rejector_off: Flags, *, still_kg_s: float
) -> Flags:
    """Return which nodes reach no rejector, no wall and no open end over streams and exchangers.

    The answer has shape (node, variant).

    Args:
        flow: Branches.
        net: Exchangers, rejectors, conductances.
        q: Flow of each branch [kg/s], shape (branch, variant).
        exchanger_off: Exchangers that move nothing, shape (exchanger, variant).
        rejector_off: Rejectors that stand, shape (rejector, variant).
        still_kg_s: Flow below which a branch carries nothing [kg/s].
    """
    out = np.zeros((len(flow.node), q.shape[1]), dtype=np.bool_)
    for variant in range(q.shape[1]):
        moving = np.abs(q[:, variant]) > still_kg_s
        part = _parts(flow, net, moving, ~exchanger_off[:, variant], ~rejector_off[:, variant])
        anchored = np.unique(part[_anchors(flow, net, moving, ~rejector_off[:, variant])])
        open_ = flow.held[flow.open_ended]
        if len(open_):
            # What enters at an open end leaves by another one, and carries heat with it.
            passes = np.zeros(len(flow.node), dtype=np.bool_)
            passes[flow.tail[moving]] = passes[flow.head[moving]] = True
            anchored = np.union1d(anchored, part[open_[passes[open_]]])
        out[:, variant] = ~np.isin(part, anchored)
    return out


def _parts(flow: FlowNet, net: HeatNet, moving: Flags, exchanging: Flags, rejecting: Flags) -> Index:
    joined = exchanging & moving[net.hot] & moving[net.cold]
    inner = (net.conduct_a >= 0) & (net.conduct_b >= 0)
    wet = np.flatnonzero((net.condenser >= 0) & rejecting)
    a = [flow.tail[moving], flow.tail[net.hot[joined]], net.conduct_a[inner], flow.tail[net.rejector[wet]]]
    b = [flow.head[moving], flow.tail[net.cold[joined]], net.conduct_b[inner], flow.tail[net.condenser[wet]]]
    ends = np.concatenate(a), np.concatenate(b)
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(len(flow.node),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _anchors(flow: FlowNet, net: HeatNet, moving: Flags, rejecting: Flags) -> Index:
    """Return nodes from which heat leaves the facility."""
    dry = rejecting & (net.condenser < 0) & moving[net.rejector]
    walls = np.concatenate([net.conduct_a[net.conduct_b < 0], net.conduct_b[net.conduct_a < 0]])
    return np.concatenate([flow.tail[net.rejector[dry]], flow.head[net.rejector[dry]], walls[walls >= 0]])
