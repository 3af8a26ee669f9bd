"""How long what hangs on each node is without supply while something before it transfers.

A transfer switch leaves what is behind it without supply for its own time, a unit in eco mode until its
inverter has taken over; behind a unit whose battery carries the load nothing is felt of what is before it.
Limits: as switched in normal operation; one transfer at a time; of several ways to a node the worst counts.
"""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from twin.arrays import Array, Flags, Index
from twin.model.element import Converter, Line
from twin.model.power_net import PowerNet

NORMAL = 0


def transfer_gap(net: PowerNet) -> Array:
    """Return the longest time without supply at each node while one device before it transfers [s].

    Args:
        net: The electrical side of the facility; of its cases the first is looked at.

    Returns:
        Shape (node,); 0 where nothing transfers or a battery rides through, NaN where a device does not
        declare its time, and where no feed reaches.
    """
    a, b, own, rides = _branches(net)
    size = net.node.size
    distance = _distance(net, a, b, size)
    gap = np.where(np.isfinite(distance), -np.inf, np.nan)
    gap[net.feeds.node[net.feeds.in_service[:, NORMAL]]] = 0.0
    down = distance[a] < distance[b]
    first, last = np.where(down, a, b), np.where(down, b, a)
    for row in np.argsort(distance[last], kind="stable").tolist():
        if not np.isfinite(distance[last[row]]) or distance[a[row]] == distance[b[row]]:
            continue
        told = own[row] if rides[row] else np.maximum(gap[first[row]], own[row])
        gap[last[row]] = np.maximum(gap[last[row]], told)
    return gap


def consumer_gap(net: PowerNet) -> Array:
    """Return the time of each consumer's best input [s], as ``transfer_gap``, shape (consumer, variant)."""
    found = np.full(len(net.consumers.use), np.nan)
    np.fmin.at(found, net.consumers.consumer, transfer_gap(net)[net.consumers.node])
    return np.repeat(found[:, None], net.variants, axis=1)


def converter_gap(net: PowerNet) -> Array:
    """Return the time at the input of each converter [s], as ``transfer_gap``, shape (converter, variant)."""
    return np.repeat(transfer_gap(net)[net.converters.a][:, None], net.variants, axis=1)


def _distance(net: PowerNet, a: Index, b: Index, size: int) -> Array:
    """Return how many branches lie between each node and the nearest feed, inf for none, shape (node,)."""
    feeds = np.flatnonzero(net.feeds.in_service[:, NORMAL])
    if not feeds.size or not a.size:
        found = np.full(size, np.inf)
        found[net.feeds.node[feeds]] = 0.0
        return found
    graph = coo_array((np.ones(a.size), (a, b)), shape=(size, size)).tocsr()
    graph.data[:] = 1.0  # like branches side by side are one step
    steps: Array = dijkstra(
        graph, directed=False, indices=np.unique(net.feeds.node[feeds]), unweighted=True, min_only=True
    )
    return steps


def _branches(net: PowerNet) -> tuple[Index, Index, Array, Flags]:
    """Return ends, own time without supply [s] and whether a battery rides, of what is in service."""
    lines, windings, converters = net.lines, net.transformers, net.converters
    own = [np.zeros(len(table.a)) for table in (lines, windings, converters)]
    rides = [np.zeros(len(table.a), dtype=np.bool_) for table in (lines, windings, converters)]
    for block in net.blocks:
        if isinstance(block, Line):
            switch = np.isfinite(np.broadcast_to(block.priority, (len(block.part), 1))[:, 0])
            own[0][net.rows[id(block)]] = np.where(switch, _column(block.transfer_s, len(block.part)), 0.0)
        elif isinstance(block, Converter):
            rows = net.rows[id(block)]
            carried = _column(block.rides_ratio, len(block.part)) > 0.0
            own[2][rows] = np.where(carried, _column(block.transfer_s, len(block.part)), 0.0)
            rides[2][rows] = carried
    on = [table.in_service[:, NORMAL] for table in (lines, windings, converters)]
    kept = np.concatenate(on)
    a, b = (
        np.concatenate([getattr(table, side) for table in (lines, windings, converters)])[kept]
        for side in ("a", "b")
    )
    return a, b, np.concatenate(own)[kept], np.concatenate(rides)[kept]


def _column(values: Array, count: int) -> Array:
    return np.broadcast_to(values, (count, values.shape[1]))[:, NORMAL]
