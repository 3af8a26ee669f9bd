"""What is alive and who shares: supplies reached through closed conductors, per variant."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.power_net import Consumers, PowerNet
from twin.solve.power_islands import islands
from twin.solve.transfer import closed_contacts
from twin.solve.vector_groups import refuse_unlike_groups


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Supply:
    """State of the switches and what follows from it.

    Attributes:
        alive: Whether a node is reached by a feed, shape (node, variant).
        lines, transformers, converters, feeds: Whether each is in service and alive, shape (…, variant).
        share_ratio: Share of its consumer's power each input carries, shape (input, variant); 0 for dead.
        dropped: Consumers that want power and have no input alive, shape (consumer, variant).
        held: Nodes whose voltage a feed, or the leading converter of a bus, holds, shape (node, variant).
        leads: Whether a converter's output node is the held one of its bus, shape (converter, variant).
        rated_ratio: Share of its bus each converter carries, by rating, shape (converter, variant).
        bus: Numbered output bus of each converter, shape (converter, variant).
        buses: How many there are.
        uniform: Whether every variant has the same switches.
        pattern: Number of the pattern of switches of each variant, shape (1, variant).
    """

    alive: Flags
    lines: Flags
    transformers: Flags
    converters: Flags
    feeds: Flags
    share_ratio: Array
    dropped: Flags
    held: Flags
    leads: Flags
    rated_ratio: Array
    bus: Index
    buses: int
    uniform: bool
    pattern: Index


def find_supply(net: PowerNet) -> Supply:
    """Return what is alive in each variant.

    Raises:
        InputError: Transformers of vector groups that do not fit are in parallel.
        ConvergenceError: A converter or a transfer switch feeds conductors that a feed holds already, or
            transfer switches hang on each other in a ring.
    """
    switches = np.concatenate([
        net.lines.in_service, net.transformers.in_service, net.converters.in_service, net.feeds.in_service
    ])  # fmt: skip
    kept, number = _distinct(switches)
    cuts = np.cumsum([net.lines.a.size, net.transformers.a.size, net.converters.a.size])
    lines, transformers, converters, feeds = np.split(switches[:, kept], cuts)
    lines = closed_contacts(net, lines, transformers, converters, feeds)
    refuse_unlike_groups(net, lines, transformers)
    label = islands(net, np.concatenate([lines, transformers]))
    fed, by_feed = _fed(net, label, converters, feeds)
    alive = fed[label]
    converters = converters & alive[net.converters.a]
    _refuse_two_masters(net, label, converters, by_feed)
    held, leads = _leaders(net, label, converters, feeds)
    bus, buses, rated_ratio = _buses(net, label[net.converters.b], converters, number)
    share, dropped = share_inputs(net.consumers, alive[net.consumers.node][:, number])
    return Supply(
        alive=alive[:, number], lines=(lines & alive[net.lines.a])[:, number],
        transformers=(transformers & alive[net.transformers.a])[:, number],
        converters=converters[:, number], feeds=feeds[:, number], share_ratio=share, dropped=dropped,
        held=held[:, number], leads=leads[:, number], rated_ratio=rated_ratio,
        bus=bus, buses=buses, uniform=kept.size == 1, pattern=number.reshape(1, -1),
    )  # fmt: skip


def _distinct(switches: Flags) -> tuple[Index, Index]:
    """Return one variant per pattern of switches, and the pattern of each variant."""
    packed = np.packbits(switches, axis=0)
    if packed.shape[0] == 0 or np.all(packed == packed[:, :1]):
        return np.zeros(1, dtype=np.intp), np.zeros(switches.shape[1], dtype=np.intp)
    _, kept, number = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    return kept, number


def _fed(net: PowerNet, label: Index, converters: Flags, feeds: Flags) -> tuple[Flags, Flags]:
    """Return which islands are alive, and which of them through a feed of their own."""
    fed = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.bool_)
    fed[label[net.feeds.node][feeds]] = True
    by_feed = fed.copy()
    before, behind = label[net.converters.a], label[net.converters.b]
    while True:
        reached = behind[converters & fed[before]]
        if fed[reached].all():
            return fed, by_feed
        fed[reached] = True


def _refuse_two_masters(net: PowerNet, label: Index, converters: Flags, by_feed: Flags) -> None:
    clash = np.argwhere(converters & by_feed[label[net.converters.b]])
    if clash.size:
        name = net.name(int(net.converters.b[clash[0, 0]]))
        raise ConvergenceError(
            f"the converter output {name} is joined to conductors that a utility or a generator holds",
            component=name,
            equation="voltage of the island",
        )


def _leaders(net: PowerNet, label: Index, converters: Flags, feeds: Flags) -> tuple[Flags, Flags]:
    """Return the held nodes and the leading converters, per pattern.

    The first converter alive on a bus leads: its output node is held, the others push their share by rating.
    """
    behind = label[net.converters.b]
    owner = np.broadcast_to(net.converters.b[:, None], behind.shape)
    first = np.full(int(label.max(initial=-1)) + 1, net.node.size, dtype=np.intp)
    np.minimum.at(first, behind[converters], owner[converters])
    leads = converters & (first[behind] == owner)
    held = np.zeros(label.shape, dtype=np.bool_)
    for nodes, holds in ((net.converters.b, leads), (net.feeds.node, feeds)):
        which, pattern = np.nonzero(holds)
        held[nodes[which], pattern] = True
    return held, leads


def _buses(net: PowerNet, behind: Index, converters: Flags, number: Index) -> tuple[Index, int, Array]:
    """Return the output bus of each converter, their count, and each one's share of its bus by rating."""
    islands = int(behind.max(initial=-1)) + 1
    names, flat = np.unique(behind[:, number] + islands * np.arange(number.size), return_inverse=True)
    rated = np.where(converters[:, number], net.converters.rated_w, 0.0)
    total = np.bincount(flat.ravel(), weights=rated.ravel(), minlength=names.size)
    bus = flat.reshape(rated.shape)
    return bus, names.size, rated / np.where(total > 0.0, total, 1.0)[bus]


def share_inputs(consumers: Consumers, alive: Flags) -> tuple[Array, Flags]:
    """Return the share of its consumer's power that each input carries, and the consumers without any.

    Args:
        consumers: Consumers and their inputs.
        alive: Whether each input's node is alive, shape (input, variant).
    """
    count, inputs = consumers.in_service.shape[0], consumers.node.size
    of = csr_array((np.ones(inputs), (consumers.consumer, np.arange(inputs))), shape=(count, inputs))
    served = np.zeros(consumers.in_service.shape, dtype=np.bool_)
    weight = np.zeros(alive.shape)
    for rank in np.unique(consumers.priority):
        takes = alive & (consumers.priority == rank)[:, None] & ~served[consumers.consumer]
        weight += np.where(takes, consumers.weight_ratio, 0.0)
        served |= of @ takes.astype(np.float64) > 0.0
    total = of @ weight
    wanted = np.where(total > 0.0, consumers.in_service / np.where(total > 0.0, total, 1.0), 0.0)
    return weight * wanted[consumers.consumer], consumers.in_service & (total <= 0.0)
