"""Which parts of a facility are given something else in one variant than in another."""

from dataclasses import replace

import numpy as np

from twin.arrays import Flags, Index
from twin.model.variants import unlike
from twin.solve.couple_state import EMPTY, Systems


def changed_parts(systems: Systems, which: Index, like: Index) -> Flags:
    """Return where a part is given something else in ``which`` than in ``like``, shape (part, which)."""
    flow, net, part = systems.network.flow, systems.network.heat, systems.part
    consumers = systems.network.power.consumers
    out = np.zeros((int(part.max(initial=-1)) + 1, len(which)), dtype=np.bool_)
    release = np.where(net.release_branch >= 0, flow.tail[net.release_branch], net.release_node)
    indoors = np.flatnonzero(release >= 0)
    load = net.release_load[indoors]
    power = np.broadcast_to(consumers.power_w, consumers.in_service.shape)
    fed = consumers.in_service & ~systems.power.grid.supply.dropped
    for flags, node in (
        (flow.in_service, flow.tail), (net.reject_in_service, flow.tail[net.rejector]),
        (fed[load], release[indoors]), (power[load], release[indoors]),
    ):  # fmt: skip
        row, variant = np.nonzero(flags[:, which] != flags[:, like])
        out[part[node[row]], variant] = True
    seen = replace(flow, in_service=EMPTY), replace(net, reject_in_service=EMPTY)
    for leader in np.unique(like):
        numbers = sum(unlike(net_, int(leader), flow.variants)[which] for net_ in seen)
        out[:, (numbers > 0) & (like == leader)] = True
    return out


def heated_parts(systems: Systems) -> Flags:
    """Return the parts that losses of lines, transformers and converters go into, shape (part,)."""
    network = systems.network
    out = np.zeros(int(systems.part.max(initial=-1)) + 1, dtype=np.bool_)
    for room in (network.line_room, network.transformer_room, network.converter_room):
        out[systems.part[room[room >= 0]]] = True
    return out
