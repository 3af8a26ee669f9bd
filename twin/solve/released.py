"""Where the power of consumers becomes heat, and which of them nothing cools."""

import numpy as np

from twin.arrays import Array, Flags
from twin.model.element import Fluid, Use
from twin.model.network import Network
from twin.solve import heat as heats
from twin.solve import power_settle


def released(network: Network, taken: power_settle.Taken, share: Array) -> tuple[Array, Array]:
    """Return the heat that loads and losses give to branches and to nodes [W], outdoors left out.

    ``share`` is that of each release, shape (release, 1 or variant). Shapes: (branch, variant) and (node,
    variant).
    """
    net, flow = network.heat, network.flow
    into_branch = np.zeros((len(flow.tail), network.variants))
    into_node = np.zeros((len(flow.node), network.variants))
    given = share * taken.consumer_power_w[net.release_load]
    piped, roomed = net.release_branch >= 0, net.release_node >= 0
    np.add.at(into_branch, net.release_branch[piped], given[piped])
    np.add.at(into_node, net.release_node[roomed], given[roomed])
    for loss_w, node in network.losses_to(taken):
        inside = node >= 0
        np.add.at(into_node, node[inside], loss_w[inside])
    return into_branch, into_node


def lost_cooling(network: Network, q: Array, drawn: Array, parked: Flags, share: Array) -> Flags:
    """Return IT consumers whose coolant would boil or warm for ever: their own protection drops them."""
    net, flow = network.heat, network.flow
    lost = np.zeros((len(net.load_names), network.variants), dtype=np.bool_)
    it = network.power.consumers.use[net.release_load] == Use.IT
    piped = (net.release_branch >= 0) & it
    load, branch = net.release_load[piped], net.release_branch[piped]
    given = (share * drawn[net.release_load])[piped]
    liquid = flow.fluid[flow.island[flow.tail[branch]]] != Fluid.AIR
    gone = (given > np.abs(q[branch]) * heats.BOILING_J_KG) | parked[flow.head[branch]]
    np.logical_or.at(lost, load, gone & (given > 1.0) & liquid[:, None])
    return lost
