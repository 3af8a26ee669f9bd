"""Transformers in parallel: their vector groups have to turn voltages alike."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Flags, Index
from twin.errors import InputError
from twin.model.finding import Fault
from twin.model.phases import VECTOR_GROUPS, clock_hours
from twin.model.power_net import PowerNet

HOURS = 12


def refuse_unlike_groups(net: PowerNet, lines: Flags, transformers: Flags) -> None:
    """Refuse closed circuits through transformers around which the hours of their groups do not add up.

    Args:
        net: The facility.
        lines: Which lines are closed, shape (line, pattern).
        transformers: Which transformers are, shape (transformer, pattern).

    Raises:
        InputError: There is one; the transformer that closes it is named.

    Source:
        IEC 60076-1:2011, annex D (clock-hour figure); IEC 60076-8:1997, 6.1 (parallel operation).
    """
    hours = clock_hours(net.transformers.group)
    if np.unique(hours).size < 2:
        return
    faults = {}
    for pattern in range(lines.shape[1]):
        on = lines[:, pattern]
        count = net.node.size
        graph = coo_array((np.ones(int(on.sum())), (net.lines.a[on], net.lines.b[on])), shape=(count, count))
        group = connected_components(graph, directed=False)[1]
        for row, before in _clashes(net, group, transformers[:, pattern], hours):
            faults[row] = _fault(net, row, before)
    if faults:
        raise InputError(list(faults.values()))


def _clashes(net: PowerNet, group: Index, on: Flags, hours: Index) -> list[tuple[int, int]]:
    """Return transformers that close a circuit whose hours do not add up, and one of the others in it."""
    coils = net.transformers
    rows = np.flatnonzero(on).tolist()
    ends: dict[int, list[int]] = {}
    for row in rows:
        for node in (coils.a[row], coils.b[row]):
            ends.setdefault(int(group[node]), []).append(row)
    hour: dict[int, int] = {}
    reached: dict[int, int] = {}
    found = []
    for first in ends:
        waiting = [] if first in hour else [first]
        hour.setdefault(first, 0)
        while waiting:
            here = waiting.pop()
            for row in ends[here]:
                high, low = int(group[coils.a[row]]), int(group[coils.b[row]])
                there, turn = (low, hours[row]) if here == high else (high, -hours[row])
                wanted = int(hour[here] + turn) % HOURS
                if there not in hour:
                    hour[there], reached[there] = wanted, row
                    waiting.append(there)
                elif hour[there] != wanted and reached.get(there) != row:
                    found.append((row, reached.get(there, row)))
    return found


def _fault(net: PowerNet, row: int, other: int) -> Fault:
    coils = net.transformers
    words = VECTOR_GROUPS[coils.group[row]], VECTOR_GROUPS[coils.group[other]]
    return Fault(
        code="PW008", prim=net.name(int(coils.a[row])), attribute="", where="",
        found=f"vector group {words[0]} is in parallel with {words[1]} at {net.name(int(coils.a[other]))}",
        expected="vector groups whose hours of the clock add up to the same around every closed circuit",
    )  # fmt: skip
