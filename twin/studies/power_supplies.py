"""How consumers are supplied: by one input, by several that share, by one after another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.model.element import Load
from twin.model.facility import Facility
from twin.studies.power_rows import PowerRow
from twin.studies.power_switches import Switches

SINGLE, SHARES, TRANSFERS = "single", "shares", "transfers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The supply of one consumer that runs in normal operation.

    Attributes:
        part: Its prim.
        kind: Its kind.
        input_count: Inputs that have a supply in normal operation.
        supply: ``single`` with one input; ``shares`` where inputs of one priority share its power by weight
            and those alive take over from a dead one; ``transfers`` where the next priority takes over.
        share_ratio: Share of its power that each input carries in normal operation, in their order [1].
        dark_count: Outages looked at that leave it without power.
    """

    part: str
    kind: str
    input_count: int
    supply: str
    share_ratio: tuple[float, ...]
    dark_count: int


def supplies(facility: Facility, rows: Sequence[PowerRow] = ()) -> tuple[Supply, ...]:
    """Return how every consumer that runs is supplied.

    Args:
        facility: From the stage.
        rows: Outages, to count those that leave a consumer without power.
    """
    switches = Switches(facility)
    net, dark = switches.net, Counter(part for row in rows for part in (*row.racks_dark, *row.loads_dark))
    inputs, share = net.consumers, switches.supply.share_ratio[:, 0]
    found = []
    for kind, block in switches.blocks:
        if not isinstance(block, Load):
            continue
        paths, wires = facility.tables[kind].paths, net.inputs[id(block)]
        first = net.rows[id(block)].start
        owner = inputs.consumer[wires] - first
        for row in np.flatnonzero(inputs.in_service[net.rows[id(block)], 0]).tolist():
            own = wires.start + np.flatnonzero(owner == row)
            own = own[switches.supply.alive[inputs.node[own], 0]]
            several = len(np.unique(inputs.priority[own])) > 1
            path = paths[int(block.part[row])]
            found.append(
                Supply(
                    part=path, kind=kind, input_count=len(own),
                    supply=SINGLE if len(own) < 2 else TRANSFERS if several else SHARES,
                    share_ratio=tuple(share[own].tolist()), dark_count=dark[path],
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda each: each.part))
