"""Result fields of short circuits, at ends of lines and converters and at inputs of loads."""

from collections.abc import Callable
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.model.element import Converter, Line, Load
from twin.solve.couple import Solution

Field = Callable[[Solution, Any], Array]
LEAST_FAULTS = ("ikss_min_a", "ikss_line_min_a", "ikss_earth_min_a")
FAULTS = ("ikss_max_a", "ip_a", "ikss_earth_max_a", "ikss_dc_a", "ip_dc_a", *LEAST_FAULTS)


def _at_ends(name: str) -> Field:
    """Return a short-circuit current of each element: the worse of its ends, NaN where none was solved."""
    worse = np.minimum if name in LEAST_FAULTS else np.fmax

    def pick(s: Solution, block: Line | Converter) -> Array:
        if s.faults is None:
            return np.full((len(block.part), s.network.variants), np.nan)
        rows, table = s.network.power.rows[id(block)], s.network.power
        ends = table.lines if isinstance(block, Line) else table.converters
        values = getattr(s.faults, name)
        return np.asarray(worse(values[ends.a[rows]], values[ends.b[rows]]))

    return pick


def _at_inputs(name: str) -> Field:
    """Return a short-circuit current of each consumer: the worst of its inputs."""
    worse = np.minimum if name in LEAST_FAULTS else np.fmax

    def pick(s: Solution, block: Load) -> Array:
        out = np.full((len(block.part), s.network.variants), np.nan)
        if s.faults is not None and len(block.node):
            rows = s.network.power.inputs[id(block)]
            values = getattr(s.faults, name)[s.network.power.consumers.node[rows]]
            order = np.argsort(block.consumer, kind="stable")
            owner = block.consumer[order]
            starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
            out[owner[starts]] = worse.reduceat(values[order], starts, axis=0)
        return out

    return pick


FAULT_FIELDS: dict[tuple[type, str], Field] = {
    **{(kind, name): _at_ends(name) for kind in (Line, Converter) for name in FAULTS},
    **{(Load, name): _at_inputs(name) for name in FAULTS},
}
