"""Places the taps of busways and headers along their run, and refuses those that lie beyond it."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import kinds
from twin.stage.bind import Bound
from twin.stage.declared import PORT_POSITION
from twin.stage.expand import Parts
from twin.stage.faults import Faults
from twin.stage.openings import Opening

TAP, FAR = "tap", "far"
# Drawings are not closer than that.
TOUCH_M = 0.01
# Of a run that nobody drew: no busway and no header is longer than the longest hall.
LONGEST_M = 1000.0


def place_taps(
    parts: Mapping[str, Parts], bound: Bound, sets: list[tuple[Opening, ...]], faults: Faults
) -> None:
    """Give every port its distance from the first end of its part; note taps that lie beyond the other."""
    for name, mine in parts.items():
        scale = np.linalg.norm(mine.matrix[:, 0, :3], axis=1)
        size, middle = mine.told.size[mine.place, 0], mine.told.floor[mine.place, 0]
        length, first = size * scale, (middle - 0.5 * size) * scale
        for port in (p for p in kinds()[name].ports if not p.end):
            ends = bound.ends[name][port.name]
            drawn = _drawn(mine, bound.ports.position_m[ends.node], ends.part) - first[ends.part]
            placed = np.where(np.isnan(ends.offset_m), drawn, ends.offset_m)
            if port.role == TAP:
                _check(mine, replace(ends, offset_m=placed), length, bound=bound, sets=sets, faults=faults)
            elif port.role == FAR:
                _check_far(mine, ends.part, length, faults)
            bound.ends[name][port.name] = replace(ends, offset_m=placed)


def _drawn(parts: Parts, port_m: Array, part: Index) -> Array:
    """Return how far from its part's origin each port is drawn along the part's x axis [m]."""
    matrix = parts.matrix[part]
    axis = matrix[:, 0, :3] / np.linalg.norm(matrix[:, 0, :3], axis=1)[:, None]
    found: Array = np.sum((port_m - matrix[:, 3, :3]) * axis, axis=1)
    return found.round(9) + 0.0


def _check(
    parts: Parts,
    ends: Ends,
    length: Array,
    *,
    bound: Bound,
    sets: list[tuple[Opening, ...]],
    faults: Faults,
) -> None:
    run = np.where(length > 0.0, length, LONGEST_M)[ends.part]
    within = (ends.offset_m >= -TOUCH_M) & (ends.offset_m <= run + TOUCH_M)
    for at in np.flatnonzero(~within):
        row, path = int(ends.part[at]), bound.ports.paths[ends.node[at]]
        owner = parts.paths[row]
        opening = next(o for o in sets[parts.place_of(row).openings] if owner + o.rel == path)
        faults.add(
            "ST088", prim=path, attribute=PORT_POSITION if opening.along_m is not None else "",
            spot=opening.along_spot, found=f"{ends.offset_m[at]:g} m from the first end of {owner}",
            expected=f"from 0 to {run[at]:g} m, {'as drawn' if length[row] > 0.0 else 'the longest run'}",
        )  # fmt: skip


def _check_far(parts: Parts, part: Index, length: Array, faults: Faults) -> None:
    """Note runs with a far end whose length nobody drew."""
    for row in np.unique(part[length[part] <= 0.0]):
        faults.add(
            "ST088", prim=parts.paths[row], attribute="extentsHint", spot=parts.place_of(int(row)).spot,
            found="no box, so that its far end is nowhere", expected="extentsHint, or Geometry to measure",
        )  # fmt: skip
