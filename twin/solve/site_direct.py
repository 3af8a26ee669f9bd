"""Short-circuit currents on direct current, by IEC 61660-1: what every source gives alone, added up.

Each converter gives the current that it declares, its capacitors what they hold, a battery what its voltage
drives, all through their own way in the tree of conductors. Peaks need not coincide and currents of other
sources in common conductors are left out: what is told is no less than what flows. Limits: poles are joined,
not poles and earth; rings of conductors are not established; capacitors at the inputs of what hangs on direct
current feed nothing back; no motors.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from twin.arrays import Array, Flags, Index
from twin.laws.direct_short_circuit import battery_current, capacitor_current
from twin.model.power_net import PowerNet
from twin.solve.fault_circuit import groups_of

# Ways without length have this much, so that a peak stays finite: a hundredth of a metre of busbar.
LEAST_OHM, LEAST_HENRY = 1e-7, 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """From the output of one converter to every node that it reaches. Shapes: (node,)."""

    converter: int
    node: Index
    resistance_ohm: Array
    inductance_henry: Array


def direct_faults(net: PowerNet) -> tuple[Array, Array]:
    """Return quasi-steady and peak short-circuit current at every node [A], shape (node, variant).

    They are NaN on alternating current, in a ring of conductors, and where a converter does not declare what
    it gives; 0 where nothing feeds.

    Args:
        net: The electrical side of the facility, transfer switches where they stand.

    Source:
        IEC 61660-1:1997, 5 (partial currents) and 6 (several sources).
    """
    shape = net.node.size, net.variants
    steady, peak = np.zeros(shape), np.zeros(shape)
    steady[~net.direct], peak[~net.direct] = np.nan, np.nan
    if not net.direct.any():
        return steady, peak
    for variant in range(net.variants):
        for way in _ways(net, variant):
            lasting, most = _given(net, way, variant)
            steady[way.node, variant] += lasting
            peak[way.node, variant] += most
    return steady, peak


def _ways(net: PowerNet, variant: int) -> Iterator[Way]:
    lines, size = net.lines, net.node.size
    kept = np.flatnonzero(net.direct[lines.a] & lines.in_service[:, variant])
    a, b = lines.a[kept], lines.b[kept]
    group = groups_of(size, a, b, np.ones(kept.size, dtype=np.bool_))
    ring: Flags = np.bincount(group[a], minlength=size) >= np.bincount(group, minlength=size)
    cold = np.where(np.isfinite(lines.cold_ohm[kept]), 2.0 * lines.cold_ohm[kept], lines.resistance_ohm[kept])
    ohm = cold[:, min(variant, cold.shape[1] - 1)]
    loop = lines.loop_reactance_ohm[kept]
    henry = loop[:, min(variant, loop.shape[1] - 1)] / (2.0 * np.pi * net.frequency_hz)
    edge = {frozenset(ends): row for row, ends in enumerate(zip(a.tolist(), b.tolist(), strict=True))}
    tree = coo_array((np.ones(kept.size), (a, b)), shape=(size, size)).tocsr()
    gives = net.converters.in_service[:, variant] & net.direct[net.converters.b]
    for row in np.flatnonzero(gives).tolist():
        start = int(net.converters.b[row])
        order, before = breadth_first_order(tree, start, directed=False)
        far_ohm, far_henry = np.zeros(size), np.zeros(size)
        for node in order[1:].tolist():
            last = int(before[node])
            line = edge[frozenset((last, node))]
            far_ohm[node], far_henry[node] = far_ohm[last] + ohm[line], far_henry[last] + henry[line]
        told = np.nan if ring[group[start]] else 0.0
        yield Way(
            converter=row, node=order.astype(np.intp), resistance_ohm=far_ohm[order] + told,
            inductance_henry=far_henry[order],
        )  # fmt: skip


def _given(net: PowerNet, way: Way, variant: int) -> tuple[Array, Array]:
    """Return what one converter gives to a fault at each node in the end, and at most [A]."""
    table = net.converters

    def own(name: str) -> float:
        values = getattr(table, name)[way.converter]
        return float(values[min(variant, values.size - 1)])

    limit = own("fault_a") + 0.0 * way.resistance_ohm
    held = own("capacitance_farad")
    if held == 0.0:
        discharged = np.zeros(way.node.size)
    else:
        discharged, _ = capacitor_current(
            np.full(way.node.size, own("output_v")),
            np.maximum(own("capacitor_ohm") + way.resistance_ohm, LEAST_OHM),
            np.maximum(own("capacitor_henry") + way.inductance_henry, LEAST_HENRY),
            np.full(way.node.size, held),
        )  # fmt: skip
    if np.isnan(own("battery_ohm")):
        return limit, limit + discharged
    first, later = battery_current(
        np.full(way.node.size, own("battery_v")), np.full(way.node.size, own("battery_ohm")),
        way.resistance_ohm,
    )  # fmt: skip
    return limit + later, limit + discharged + first
