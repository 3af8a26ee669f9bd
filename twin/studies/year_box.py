"""Boxes of the space of outdoor air and load: corners, middles of edges, parabolas along them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from twin.arrays import Array, Index
from twin.studies.year_points import Points

Coordinates = tuple[float, ...]
# An axis, and the corners of the box whose edges along it were halved.
Bend = tuple[int, Coordinates, Coordinates]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A cell of the space.

    Attributes:
        low, high: Corners, SI, one number per axis; the same where the year has one value only.
        steps: States of the year that lie in it.
        off_ratio: How far the middle of its parent's edges was off their ends' mean along each axis, NaN
            where not tried.
        bent_ratio: How far it was off the parabola known then, NaN where there was none.
        bends: Corners of the box whose ends and middles along each axis give the parabola, or None.
        curved: Whether the parabola is taken along each axis.
        straight: Whether it is near enough along each axis.
        expected_ratio: Greatest distance from the solved state that is to be expected along each axis, over
            IT power.
    """

    low: Coordinates
    high: Coordinates
    steps: Index
    off_ratio: Coordinates
    bent_ratio: Coordinates
    bends: tuple[tuple[Coordinates, Coordinates] | None, ...]
    curved: tuple[bool, ...]
    straight: tuple[bool, ...]
    expected_ratio: Coordinates

    @property
    def error_ratio(self) -> float:
        """Return the greatest distance from the solved state that is to be expected, over IT power."""
        return sum(self.expected_ratio)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Solved points, and what the states of the year are the mean of.

    Attributes:
        axes: Axes along which states differ over the year.
        points: Every solved point.
        corner: Points that each state is the mean of, shape (step, point of them).
        weight: Their weights, shape (step, point of them); they sum to 1, some may be below 0.
        error_ratio: Distance from the solved state that is to be expected, over IT power, shape (step,).
        boxes: How many boxes hold a state.
        rounds: Blocks of points that were solved one after the other.
    """

    axes: tuple[str, ...]
    points: Points
    corner: Index
    weight: Array
    error_ratio: Array
    boxes: int
    rounds: int

    def of(self, values: Array) -> Array:
        """Return values of points at every state of the year, shape (step,); NaN next to a NaN."""
        return np.asarray(np.where(self.weight != 0.0, self.weight * values[self.corner], 0.0).sum(axis=1))


def both_halves(
    boxes: Sequence[Box], gaps: Mapping[tuple[int, int], tuple[float, float]]
) -> dict[Bend, float]:
    """Return how far parabolas are off at worst, of those that were asked in both their halves."""
    worst: dict[Bend, float] = {}
    halves: dict[Bend, set[float]] = {}
    for box in boxes:
        for axis, bend in enumerate(box.bends):
            if bend is not None and (id(box), axis) in gaps:
                key = axis, *bend
                worst[key] = max(worst.get(key, 0.0), gaps[id(box), axis][1])
                halves.setdefault(key, set()).add(box.low[axis])
    return {key: off for key, off in worst.items() if len(halves[key]) > 1}


def moved(place: Coordinates, axis: int, value: float) -> Coordinates:
    """Return a place with another value along an axis."""
    return (*place[:axis], value, *place[axis + 1 :])


def corners_of(box: Box) -> list[Coordinates]:
    """Return the corners of a box, the last axis fastest."""
    return list(product(*zip(box.low, box.high, strict=True)))


def middle_of(box: Box, axis: int) -> float:
    """Return where an axis of a box is halved."""
    return 0.5 * (box.low[axis] + box.high[axis])


def middles_of(box: Box, axis: int) -> Iterator[tuple[Coordinates, tuple[Coordinates, Coordinates]]]:
    """Yield the middles of the edges along an axis, each with its two ends."""
    middle = middle_of(box, axis)
    for corner in dict.fromkeys(corners_of(box)):
        if corner[axis] == box.low[axis]:
            yield moved(corner, axis, middle), (corner, moved(corner, axis, box.high[axis]))
