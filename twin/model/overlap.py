"""Rooms and aisles that share a place, where air would belong to two volumes at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.component import kinds
from twin.model.facility import Table
from twin.model.place import AISLE

# Drawings are not closer than that.
TOUCH_M = 0.01
# A contained aisle is closed up to the slab: its walls pass the false ceiling or the raised floor.
PLENUMS = ("raised_floor", "ceiling_plenum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two zones in one place: kind and row of each, and how deep one reaches into the other [m]."""

    one: tuple[str, int]
    other: tuple[str, int]
    depth_m: float


@dataclass(frozen=True, slots=True, eq=False)
class _Zones:
    """Boxes of all rooms and aisles. Shapes: (zone,), corners (zone, 4, 2)."""

    kind: Index
    row: Index
    centre: Array
    axes: Array
    half: Array
    low: Array
    high: Array
    aisle: Flags
    plenum: Flags


def overlaps(tables: Mapping[str, Table]) -> Iterator[Overlap]:
    """Yield each pair of rooms or aisles in one place of which neither lies within the other."""
    named = [t for _, t in sorted(tables.items()) if kinds()[t.kind].zone and t.paths]
    if not named:
        return
    zones = _zones(named)
    one, other = _pairs(zones)
    depth = _depth_m(zones, one, other)
    meet = depth > TOUCH_M
    one, other, depth = one[meet], other[meet], depth[meet]
    for at in np.flatnonzero(~_nested(zones, one, other)):
        i, j = int(one[at]), int(other[at])
        yield Overlap(
            one=(named[int(zones.kind[i])].kind, int(zones.row[i])),
            other=(named[int(zones.kind[j])].kind, int(zones.row[j])), depth_m=float(depth[at]),
        )  # fmt: skip


def _nested(zones: _Zones, one: Index, other: Index) -> Flags:
    """Return whether two boxes that meet do so as they may, shape (pair,).

    Of two rooms or two aisles, one lies wholly within the other. An aisle lies within the outline of the room
    that its middle is in, however high it reaches; it may pass through plenums.
    """
    alike = zones.aisle[one] == zones.aisle[other]
    wholly = _outlined(zones, one, other) & _below(zones, one, other)
    filled = _outlined(zones, other, one) & _below(zones, other, one)
    aisle, room = np.where(zones.aisle[one], one, other), np.where(zones.aisle[one], other, one)
    middle = 0.5 * (zones.low[aisle] + zones.high[aisle])
    inside = _outlined(zones, aisle, room) & (zones.low[room] < middle) & (middle < zones.high[room])
    return np.where(alike, wholly != filled, inside | zones.plenum[room])


def _zones(tables: list[Table]) -> _Zones:
    floor = np.concatenate([t.floor_m for t in tables])
    size = np.concatenate([t.size_m for t in tables])
    angle = np.concatenate([t.angle_rad for t in tables])
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    axes = np.stack([along, np.stack([-along[:, 1], along[:, 0]], axis=1)], axis=1)
    use = [t.words.get("use", ("",) * len(t.paths)) for t in tables]
    return _Zones(
        kind=np.repeat(np.arange(len(tables)), [len(t.paths) for t in tables]),
        row=np.concatenate([np.arange(len(t.paths)) for t in tables]),
        centre=floor[:, :2], axes=axes, half=0.5 * size[:, :2],
        low=floor[:, 2], high=floor[:, 2] + size[:, 2],
        aisle=np.repeat([t.kind == AISLE for t in tables], [len(t.paths) for t in tables]),
        plenum=np.isin(np.concatenate([np.array(u) for u in use]), PLENUMS),
    )  # fmt: skip


def _pairs(zones: _Zones) -> tuple[Index, Index]:
    """Return the pairs of zones whose upright boxes meet, in order."""
    reach = np.sum(np.abs(zones.axes) * zones.half[:, :, None], axis=1)
    low = np.column_stack([zones.centre - reach, zones.low])
    high = np.column_stack([zones.centre + reach, zones.high])
    order = np.argsort(low[:, 0], kind="stable")
    last = np.searchsorted(low[order, 0], high[order, 0], side="left")
    count = np.maximum(last - np.arange(len(order)) - 1, 0)
    first = np.repeat(np.arange(len(order)), count)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    one, other = order[first], order[second]
    for axis in (1, 2):
        meet = np.minimum(high[one, axis], high[other, axis]) > np.maximum(low[one, axis], low[other, axis])
        one, other = one[meet], other[meet]
    one, other = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((other, one))
    return one[order], other[order]


def _depth_m(zones: _Zones, one: Index, other: Index) -> Array:
    """Return how far two boxes have to be moved apart until they only touch [m], shape (pair,)."""
    away = zones.centre[other] - zones.centre[one]
    depth = np.minimum(zones.high[one], zones.high[other]) - np.maximum(zones.low[one], zones.low[other])
    for axes in (zones.axes[one], zones.axes[other]):
        span = np.abs(np.einsum("pij,pj->pi", axes, away))
        reach = np.zeros_like(span)
        for box in (one, other):
            turned = np.abs(np.einsum("pij,pkj->pik", axes, zones.axes[box]))
            reach += np.sum(turned * zones.half[box][:, None], axis=2)
        depth = np.minimum(depth, (reach - span).min(axis=1))
    return depth


def _outlined(zones: _Zones, inner: Index, outer: Index) -> Flags:
    """Return whether the first box lies within the second as seen from above, shape (pair,)."""
    signs = np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=np.float64)
    reach = signs[None] * zones.half[inner][:, None]
    corner = zones.centre[inner][:, None] + np.einsum("pki,pij->pkj", reach, zones.axes[inner])
    own = np.einsum("pkj,pij->pki", corner - zones.centre[outer][:, None], zones.axes[outer])
    return np.asarray(np.all(np.abs(own) <= zones.half[outer][:, None] + TOUCH_M, axis=(1, 2)))


def _below(zones: _Zones, inner: Index, outer: Index) -> Flags:
    """Return whether the first box lies within the second's height, shape (pair,)."""
    low, high = zones.low, zones.high
    return np.asarray((low[inner] >= low[outer] - TOUCH_M) & (high[inner] <= high[outer] + TOUCH_M))
