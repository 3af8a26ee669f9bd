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
FIRST = ("feed", "near")
# Drawings are not closer than that.
TOUCH_M = 0.01
# Taps may leave a run on both of its sides.
WIDEST_M = 0.5
# Of a run that nobody drew: no busway and no header is longer than the longest hall.
LONGEST_M = 1000.0


def place_taps(
    parts: Mapping[str, Parts], bound: Bound, sets: list[tuple[Opening, ...]], faults: Faults
) -> None:
    """Give every port its distance along its part; note taps that do not lie along the run.

    Distances run along the part's x axis, from where the part is fed, else from its lowest x.
    """
    for name, mine in parts.items():
        low, high = _box(mine)
        zero = low.copy()
        for port in (p for p in kinds()[name].ports if p.role in FIRST):
            ends = bound.ends[name][port.name]
            zero[ends.part] = _local(mine, bound.ports.position_m[ends.node], ends.part)[:, 0]
        for port in (p for p in kinds()[name].ports if not p.end):
            ends = bound.ends[name][port.name]
            local = _local(mine, bound.ports.position_m[ends.node], ends.part)
            local[:, 0] -= zero[ends.part]
            authored = ~np.isnan(ends.offset_m)
            placed = np.where(authored, ends.offset_m, np.abs(local[:, 0]))
            if port.role == TAP:
                run = low - zero, high - zero
                _check(
                    mine, ends, placed=placed, drawn=np.where(authored, np.nan, local[:, 0]), run=run,
                    bound=bound, sets=sets, faults=faults,
                )  # fmt: skip
                if "ST085" not in faults.errors():  # what has no place is told already
                    _check_axis(mine, ends.part[~authored], local[~authored], faults)
            elif port.role == FAR:
                _check_far(mine, ends.part, high - low, faults)
            bound.ends[name][port.name] = replace(ends, offset_m=placed)


def _box(parts: Parts) -> tuple[Array, Array]:
    """Return lowest and highest x of each part's box from its origin [m], shape (part,)."""
    scale = np.linalg.norm(parts.matrix[:, 0, :3], axis=1)
    size, middle = parts.told.size[parts.place, 0], parts.told.floor[parts.place, 0]
    return (middle - 0.5 * size) * scale, (middle + 0.5 * size) * scale


def _local(parts: Parts, port_m: Array, part: Index) -> Array:
    """Return where each port is drawn, from its part's origin along the part's own axes [m]."""
    matrix = parts.matrix[part, :3, :3]
    size = np.linalg.norm(matrix, axis=2)[:, :, None]
    axes = matrix / np.where(size > 0.0, size, 1.0)
    found: Array = np.einsum("pij,pj->pi", axes, port_m - parts.matrix[part, 3, :3])
    return found.round(9) + 0.0


def _check_axis(parts: Parts, part: Index, local: Array, faults: Faults) -> None:
    """Note runs whose taps are drawn across their x axis, or on both sides of their feed."""
    least, most = np.full((2, len(parts.paths), 3), np.nan)
    np.fmin.at(least, part, local)
    np.fmax.at(most, part, local)
    spread = most - least
    across = np.max(spread[:, 1:], axis=1)
    skew, forked = (
        across > np.maximum(spread[:, 0], WIDEST_M),
        (least[:, 0] < -TOUCH_M) & (most[:, 0] > TOUCH_M),
    )
    for row in np.flatnonzero(skew | forked):
        what = f"taps spread over {across[row]:g} m across x, {spread[row, 0]:g} m along it"
        faults.add(
            "ST088", prim=parts.paths[row], attribute="", spot=parts.place_of(int(row)).spot,
            found=what if skew[row] else "taps on both sides of where it is fed",
            expected=f"a run along its own x axis, fed at one end, or {PORT_POSITION} on its taps",
        )  # fmt: skip


def _check(
    parts: Parts,
    ends: Ends,
    *,
    placed: Array,
    drawn: Array,
    run: tuple[Array, Array],
    bound: Bound,
    sets: list[tuple[Opening, ...]],
    faults: Faults,
) -> None:
    """Note taps beyond the ends of their run.

    Args:
        parts: Parts of one kind.
        ends: Their taps.
        placed: Distance of each tap from where the run is fed [m], shape (tap,).
        drawn: Where it is drawn from there, along x [m]; NaN where its distance is authored.
        run: Where the box begins and ends from there [m], shape (part,).
        bound: Every port.
        sets: Every set of ports.
        faults: Where to note them.
    """
    length = run[1] - run[0]
    longest = np.where(length > 0.0, length, LONGEST_M)[ends.part]
    within = (placed >= -TOUCH_M) & (placed <= longest + TOUCH_M)
    inside = (drawn >= run[0][ends.part] - TOUCH_M) & (drawn <= run[1][ends.part] + TOUCH_M)
    within &= np.isnan(drawn) | inside | (length[ends.part] <= 0.0)
    for at in np.flatnonzero(~within):
        row, path = int(ends.part[at]), bound.ports.paths[ends.node[at]]
        owner = parts.paths[row]
        opening = next(o for o in sets[parts.place_of(row).openings] if owner + o.rel == path)
        faults.add(
            "ST088", prim=path, attribute=PORT_POSITION if opening.along_m is not None else "",
            spot=opening.along_spot, found=f"{placed[at]:g} m from the first end of {owner}",
            expected=f"from 0 to {longest[at]:g} m, {'as drawn' if length[row] > 0.0 else 'the longest run'}",
        )  # fmt: skip


def _check_far(parts: Parts, part: Index, length: Array, faults: Faults) -> None:
    """Note runs with a far end whose length nobody drew."""
    for row in np.unique(part[length[part] <= 0.0]):
        faults.add(
            "ST088", prim=parts.paths[row], attribute="extentsHint", spot=parts.place_of(int(row)).spot,
            found="no box, so that its far end is nowhere", expected="extentsHint, or Geometry to measure",
        )  # fmt: skip
