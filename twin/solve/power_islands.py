"""Islands of power nodes that closed lines and transformers join."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Flags, Index
from twin.model.power_net import PowerNet


def islands(net: PowerNet, closed: Flags) -> Index:
    """Return the island of each node, numbered over all patterns, shape (node, pattern).

    Args:
        net: Elements as columns.
        closed: Whether each line, then each transformer, conducts, shape (line and transformer, pattern).
    """
    count, patterns = net.node.size, closed.shape[1]
    branch, pattern = np.nonzero(closed)
    tail = np.concatenate([net.lines.a, net.transformers.a])[branch]
    head = np.concatenate([net.lines.b, net.transformers.b])[branch]
    size = count * patterns
    edges = coo_array(
        (np.ones(branch.size), (tail + count * pattern, head + count * pattern)), shape=(size, size)
    )
    label = connected_components(edges, directed=False)[1]
    return np.ascontiguousarray(label.reshape(patterns, count).T)
