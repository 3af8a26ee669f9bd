"""Nominal voltage, and sort of current, of what conductors join."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.errors import InputError
from twin.model.columns import freeze
from twin.model.finding import Fault

Rated = Sequence[tuple[Index, Array]]
NOMINAL_SPREAD = 1.1
"""Voltages joined by conductors may be rated this far apart (EN 50160:2010, 4.2.2.2: supply within ±10 %)."""


def joined(count: int, a: Index, b: Index) -> Index:
    """Return the group of each of ``count`` nodes that lines from ``a`` to ``b`` join, shape (node,)."""
    graph = coo_array((np.ones(a.size), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def direct_nodes(group: Index, gives: Index, others: Index, name: Callable[[int], str]) -> Flags:
    """Return which nodes carry direct current, shape (node,).

    Args:
        group: Group of each node, shape (node,).
        gives: Nodes that a converter gives direct current to.
        others: Nodes of everything that gives or takes alternating current.
        name: Node to name, for refusals.

    Raises:
        InputError: Conductors would carry both sorts.
    """
    groups = int(group.max(initial=-1)) + 1
    direct, other = np.zeros(groups, dtype=np.bool_), np.zeros(groups, dtype=np.bool_)
    direct[group[gives]] = True
    other[group[others]] = True
    faults = [
        fault(
            "PW006", name(int(others[group[others] == clash][0])),
            "alternating current is joined to direct current from "
            f"{name(int(gives[group[gives] == clash][0]))}", "a converter between them",
        )
        for clash in np.flatnonzero(direct & other)
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    return np.asarray(direct[group], dtype=np.bool_)


def refuse_fighting(node: Index, voltage_v: Array, name: Callable[[int], str]) -> None:
    """Refuse feeds on one node that hold different voltages.

    Args:
        node: Node of each feed, shape (feed,).
        voltage_v: What it holds, line to line, shape (feed, 1 or variant).
        name: Node to name, for refusals.

    Raises:
        InputError: There are some.
    """
    faults = []
    for twice in np.flatnonzero(np.bincount(node) > 1):
        volts = voltage_v[node == twice]
        low, high = float(volts.min()), float(volts.max())
        if np.any(np.ptp(volts, axis=0) > 0.0):
            found = f"sources of {low:g} V and {high:g} V hold it both"
            faults.append(fault("PW010", name(int(twice)), found, "one voltage, or a cable between them"))
    if faults:
        raise InputError(faults)


def nominal(group: Index, rated: Rated, name: Callable[[int], str]) -> Array:
    """Return the nominal voltage of each node: that of the strongest source its conductors reach.

    Feeds come before converters, converters before windings of transformers; of several the highest.
    """
    groups = int(group.max(initial=-1)) + 1
    _refuse_mixed_voltages(groups, group, rated, name)
    wide = max(values.shape[1] for _, values in rated)
    found = np.zeros((groups, wide))
    for rank in (rated[:2], rated[2:3], rated[3:]):
        stronger = np.zeros((groups, wide))
        for nodes, values in rank:
            np.maximum.at(stronger, group[nodes], values)
        found = np.where(stronger > 0.0, stronger, found)
    return freeze(found[group])  # type: ignore[no-any-return]


def _refuse_mixed_voltages(groups: int, group: Index, rated: Rated, name: Callable[[int], str]) -> None:
    nodes = np.concatenate([nodes for nodes, _ in rated])
    wide = max(values.shape[1] for _, values in rated)
    volts = np.concatenate([np.broadcast_to(v, (v.shape[0], wide)) for _, v in rated])
    lowest, highest = np.full((groups, wide), np.inf), np.zeros((groups, wide))
    np.minimum.at(lowest, group[nodes], volts)
    np.maximum.at(highest, group[nodes], volts)
    spread = np.max(highest / lowest, axis=1)
    faults = []
    for mixed in np.flatnonzero(spread > NOMINAL_SPREAD):
        own = np.flatnonzero(group[nodes] == mixed)
        variant = int(np.argmax(highest[mixed] / lowest[mixed]))
        top, bottom = own[np.argmax(volts[own, variant])], own[np.argmin(volts[own, variant])]
        low = f"{volts[bottom, variant]:g} V at {name(int(nodes[bottom]))}"
        found = f"{volts[top, variant]:g} V is joined to {low}"
        faults.append(fault("PW001", name(int(nodes[top])), found, "one nominal voltage within conductors"))
    if faults:
        raise InputError(faults)


def refuse_bypasses(
    ends: tuple[Index, Index], volts: Array, direct: Flags, name: Callable[[int], str]
) -> None:
    """Refuse a bypass between two voltages, or from direct to alternating current.

    Args:
        ends: Input and output node of each converter whose output follows its input, shape (converter,).
        volts: Nominal voltage, 0 where nothing could ever feed, shape (node, 1 or variant).
        direct: Which nodes carry direct current, shape (node,).
        name: Node to name.

    Raises:
        InputError: There is one.
    """
    a, b = (volts[end] for end in ends)
    known = np.where((a > 0.0) & (b > 0.0), a, 1.0) / np.where((a > 0.0) & (b > 0.0), b, 1.0)
    apart = (np.maximum(known, 1.0 / known) > NOMINAL_SPREAD).any(axis=1) | direct[ends[0]]
    faults = [
        fault(
            "PW001", name(int(ends[1][row])),
            f"a bypass joins {b[row].max():g} V to {a[row].max():g} V at {name(int(ends[0][row]))}"
            + (", direct current" if direct[ends[0][row]] else ""),
            "one nominal voltage on both sides of a bypass, or mode double_conversion",
        )
        for row in np.flatnonzero(apart)
    ]  # fmt: skip
    if faults:
        raise InputError(faults)


def fault(code: str, prim: str, found: str, expected: str) -> Fault:
    """Return a fault of the network at a named node."""
    return Fault(code=code, prim=prim, attribute="", where="", found=found, expected=expected)
