"""Which air volume a point lies in: binds equipment and air openings to rooms and aisles by position."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.binding import Cells
from twin.model.component import kinds
from twin.model.element import OUTDOORS
from twin.model.facility import Facility, Table

TOUCH_M = 1e-6
# A probe just past a face finds the neighbour on the other side of it.
PROBE_M = 0.05
AISLE = "aisle"
_DIGITS = 6  # of a volume
# Points are looked up in strips about as wide as a room.
STRIP_M = 10.0
# Pairs of box and point looked at together: what they take fits the processor's cache.
PAIRS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Air nodes of the facility.

    Attributes:
        cells: Zone kind to its cells.
        room: Kind to the air node each part stands in, -1 outdoors, shape (part,).
        opening: Air node of every port, -1 where it opens outdoors, shape (port,).
        first: Number of the first air node; they follow the ports.
        count: How many air nodes there are.
    """

    cells: Mapping[str, Cells]
    room: Mapping[str, Index]
    opening: Index
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Boxes:
    """Zone parts of every zone kind, largest first. Shapes: (zone,)."""

    kind: tuple[str, ...]
    part: Index
    position_m: Array
    size_m: Array
    angle_rad: Array
    first_cell: Index
    cell_count: Index


def place(facility: Facility) -> Placement:
    """Return the air nodes, and which of them every part and every port belongs to."""
    first = len(facility.ports.paths)
    tables = [t for t in facility.tables.values() if kinds()[t.kind].zone and t.paths]
    boxes = _boxes(tables, first)
    count = int(boxes.cell_count.sum())
    cells = {t.kind: _cells(t, boxes) for t in tables}
    room = {
        t.kind: _containing(boxes, _standing_m(t) + np.array([0.0, 0.0, PROBE_M]), own=None)
        for t in facility.tables.values()
    }
    opening = _containing(boxes, facility.ports.position_m, own=None)
    return Placement(cells=cells, room=room, opening=opening, first=first, count=count)


def _standing_m(table: Table) -> Array:
    """Return where each part stands: the middle of its floor, or of its drawn route, shape (part, 3)."""
    points = np.fromiter(map(len, table.route_m), dtype=np.intp, count=len(table.route_m))
    drawn = np.flatnonzero(points)
    if not len(drawn):
        return table.floor_m
    standing, points = np.array(table.floor_m), points[drawn]
    first = np.cumsum(points) - points
    standing[drawn] = np.concatenate([table.route_m[part] for part in drawn])[first + points // 2]
    return standing


def _cell_count(table: Table) -> Index:
    longest = np.max(table.size_m[:, :2], axis=1)
    if "cell_length_m" not in table.numbers:
        return np.ones(len(table.paths), dtype=np.intp)
    wanted = table.numbers["cell_length_m"][:, 0]
    count: Index = np.maximum(1, np.rint(longest / wanted)).astype(np.intp)
    return count


def _boxes(tables: list[Table], first: int) -> _Boxes:
    if not tables:
        empty = np.zeros(0, dtype=np.intp)
        return _Boxes(
            kind=(), part=empty, position_m=np.zeros((0, 3)), size_m=np.zeros((0, 3)),
            angle_rad=np.zeros(0), first_cell=empty, cell_count=empty,
        )  # fmt: skip
    kind = np.concatenate([np.full(len(t.paths), i) for i, t in enumerate(tables)])
    part = np.concatenate([np.arange(len(t.paths)) for t in tables])
    count = np.concatenate([_cell_count(t) for t in tables])
    start = first + np.cumsum(count) - count
    size = np.concatenate([t.size_m for t in tables])
    # An aisle that fills its room is the one within.
    aisle = np.array([t.kind == AISLE for t in tables])[kind]
    order = np.lexsort((aisle, -np.prod(size, axis=1).round(_DIGITS)))
    return _Boxes(
        kind=tuple(tables[int(k)].kind for k in kind[order]),
        part=part[order].astype(np.intp),
        position_m=np.concatenate([t.floor_m for t in tables])[order],
        size_m=size[order],
        angle_rad=np.concatenate([t.angle_rad for t in tables])[order],
        first_cell=start[order].astype(np.intp),
        cell_count=count[order],
    )


def _cells(table: Table, boxes: _Boxes) -> Cells:
    mine = [i for i, kind in enumerate(boxes.kind) if kind == table.kind]
    mine.sort(key=lambda i: int(boxes.part[i]))
    box = np.repeat(np.array(mine, dtype=np.intp), boxes.cell_count[mine])
    number = _count_up(boxes.cell_count[mine])
    size, count = boxes.size_m[box], boxes.cell_count[box]
    length = np.max(size[:, :2], axis=1) / count
    along = (number + 0.5) * length - 0.5 * np.max(size[:, :2], axis=1)
    lengthwise = size[:, 0] >= size[:, 1]
    x, y = np.where(lengthwise, along, 0.0), np.where(lengthwise, 0.0, along)
    cos, sin = np.cos(boxes.angle_rad[box]), np.sin(boxes.angle_rad[box])
    centre = boxes.position_m[box].copy()
    centre[:, 0] += cos * x - sin * y
    centre[:, 1] += sin * x + cos * y
    height = size[:, 2]
    middle, top, bottom = centre.copy(), centre.copy(), centre.copy()
    middle[:, 2] += 0.5 * height
    top[:, 2] += height + PROBE_M
    bottom[:, 2] -= PROBE_M
    return Cells(
        part=boxes.part[box],
        node=boxes.first_cell[box] + number,
        length_m=length,
        around=_containing(boxes, middle, own=box),
        above=_containing(boxes, top, own=None),
        below=_containing(boxes, bottom, own=None),
    )


def _containing(boxes: _Boxes, points_m: Array, *, own: Index | None) -> Index:
    """Return the air node of the smallest box that holds each point, -1 for none, shape (point,).

    With ``own`` given, what lies within that box of each point does not count: only what may be around it.
    """
    node = np.full(len(points_m), OUTDOORS, dtype=np.intp)
    box, point = _near(boxes, points_m)
    if own is not None:
        larger = box < own[point]
        box, point = box[larger], point[larger]
    # Pairs come largest box first, so that the smallest one has the last word.
    for start in range(0, len(box), PAIRS):
        some = slice(start, start + PAIRS)
        inside, cell = _cell(boxes, box[some], points_m[point[some]])
        node[point[some][inside]] = cell[inside]
    return node


def _cell(boxes: _Boxes, box: Index, points_m: Array) -> tuple[Flags, Index]:
    """Return whether each point lies in its box, and the air node it would have there, shape (pair,)."""
    cos, sin = np.cos(boxes.angle_rad)[box], np.sin(boxes.angle_rad)[box]
    dx, dy, dz = (points_m - boxes.position_m[box]).T
    along, across = cos * dx + sin * dy, cos * dy - sin * dx
    sx, sy, sz = boxes.size_m[box].T
    inside = (
        (np.abs(along) <= 0.5 * sx + TOUCH_M)
        & (np.abs(across) <= 0.5 * sy + TOUCH_M)
        & (dz >= -TOUCH_M)
        & (dz <= sz + TOUCH_M)
    )
    run, span = np.where(sx >= sy, along, across), np.where(sx >= sy, sx, sy)
    count = boxes.cell_count[box]
    cell = np.clip(((run / span + 0.5) * count).astype(np.intp), 0, count - 1)
    return inside, boxes.first_cell[box] + cell


def _near(boxes: _Boxes, points_m: Array) -> tuple[Index, Index]:
    """Return which boxes and points lie close to each other in plan, by box; shapes (pair,).

    Points are sorted into strips along x, so that the work grows with the pairs and not with their product.
    """
    if not len(points_m) or not len(boxes.part):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    # Half of the upright rectangle around a turned box; wider by as much as a point may lie beside it.
    cos, sin = np.abs(np.cos(boxes.angle_rad)), np.abs(np.sin(boxes.angle_rad))
    sx, sy = 0.5 * boxes.size_m[:, 0] + TOUCH_M, 0.5 * boxes.size_m[:, 1] + TOUCH_M
    reach_x, reach_y = cos * sx + sin * sy + TOUCH_M, sin * sx + cos * sy + TOUCH_M
    origin = points_m.min(axis=0)
    x, y, _ = (points_m - origin).T
    strip = np.floor(y / STRIP_M)
    row_m = x.max() + 1.0
    key = strip * row_m + x
    order = np.argsort(key, kind="stable")
    key = key[order]
    first, last = (
        np.clip(np.floor((boxes.position_m[:, 1] + side * reach_y - origin[1]) / STRIP_M), 0, strip.max())
        for side in (-1.0, 1.0)
    )
    strips = (last - first).astype(np.intp) + 1
    box = np.repeat(np.arange(len(sx)), strips)
    row = (first[box] + _count_up(strips)) * row_m
    left, right = (
        np.clip(boxes.position_m[:, 0] + side * reach_x - origin[0], -TOUCH_M, row_m - 0.5)[box]
        for side in (-1.0, 1.0)
    )
    low = np.searchsorted(key, row + left, side="left")
    found = np.maximum(np.searchsorted(key, row + right, side="right") - low, 0)
    return np.repeat(box, found), order[np.repeat(low, found) + _count_up(found)]


def _count_up(lengths: Index) -> Index:
    """Return 0 … length - 1 for each length, one after another."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
