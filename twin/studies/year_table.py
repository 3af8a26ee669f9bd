"""A table of steady states, refined until straight lines between them are near enough.

The space of outdoor air and load that a year visits is cut into boxes whose corners are solved. The middle of
an edge is solved to see how far a straight line is off, and becomes a corner where the box is cut. What lies
in a box is the multilinear mean of its corners: one set of weights for every quantity, so that whatever
balances at the corners balances between them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.studies.year_points import AXES, Plant, Points, joined

# Cells along each axis to begin with, and up to how many loads each of which is a table of its own.
BEGIN = {"dry_bulb_k": 4, "wet_bulb_k": 4, "load_ratio": 2}
DISTINCT = 3
# No box is cut finer where a state jumps, and where it ends.
FINEST = {"dry_bulb_k": 0.05, "wet_bulb_k": 0.05, "load_ratio": 0.002}
EDGE = {"dry_bulb_k": 0.5, "wet_bulb_k": 0.5, "load_ratio": 0.02}
MOST_POINTS = 3000
# What bends evenly is off by a quarter after a cut, what has one kink by twice as much at most.
EVEN_RATIO, EVENLY, UNKNOWN, KINKED = 0.5, 1.5 / 4.0, 1.0, 2.0
# A step may be off by so many times what the year may on average; an axis is left alone below this share.
WORST, CALM = 10.0, 0.05

Coordinates = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A cell of the space.

    Attributes:
        low, high: Corners, SI, one number per axis; the same where the year has one value only.
        steps: States of the year that lie in it.
        off_ratio: How far the middle of its parent's edges was off along each axis, NaN where not tried.
        straight: Whether it is near enough to a straight line along each axis.
        error_ratio: Greatest distance from its corners' mean that is to be expected, over IT power.
    """

    low: Coordinates
    high: Coordinates
    steps: Index
    off_ratio: Coordinates
    straight: tuple[bool, ...]
    error_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Solved points, and what the states of the year are the mean of.

    Attributes:
        axes: Axes along which states differ over the year.
        points: Every solved point.
        corner: Points that each state lies between, shape (step, corner).
        weight: Their weights, shape (step, corner); they sum to 1.
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
        return np.asarray(np.where(self.weight > 0.0, self.weight * values[self.corner], 0.0).sum(axis=1))


def tabulate(plant: Plant, state: Array, tolerance_ratio: float) -> Table:
    """Return the table of the states of a year.

    Args:
        plant: What is solved.
        state: Outdoor air and load of every step, as ``AXES``, shape (axis, step).
        tolerance_ratio: Distance from the solved state, over IT power, that no quantity may have on the mean
            of all steps, and ten times that in any step.

    Raises:
        ConvergenceError: Not one state of the year has a steady state.
    """
    return _Builder(plant, state, tolerance_ratio).table()


class _Builder:
    """Solves corners and middles round by round until every box is straight enough."""

    def __init__(self, plant: Plant, state: Array, tolerance_ratio: float) -> None:
        used = plant.used()
        varies = used & (np.ptp(state, axis=1) > 0.0)
        self.plant, self.tolerance = plant, tolerance_ratio
        self.rows = np.flatnonzero(varies)
        self.axes = tuple(AXES[i] for i in self.rows)
        self.state = state[self.rows]
        self.fixed = state.mean(axis=1)
        self.number: dict[Coordinates, int] = {}
        self.blocks: list[Points] = []
        self.points: Points | None = None

    def table(self) -> Table:
        open_, done = list(self._first()), []
        self._solve(dict.fromkeys((c for b in open_ for c in _corners(b)), ((), ())))
        if self.points is None or all(self.points.reasons):
            reason = self.points.reasons[0] if self.points else ""
            raise ConvergenceError(f"no hour of the year has a steady state: {reason}")
        while open_:
            tried = [box for box in open_ if self._loose(box) and len(self.number) < MOST_POINTS]
            done += [box for box in open_ if not any(box is b for b in tried)]
            self._solve({
                middle: ends for box in tried for axis in self._loose(box)
                for middle, ends in _middles(box, axis) if middle not in self.number
            })  # fmt: skip
            open_, enough = self._sorted([child for box in tried for child in self._cut(box)], done)
            done += enough
        return self._table(done)

    # ------------------------------------------------------------------ where to solve

    def _first(self) -> Iterator[Box]:
        """Yield the boxes to begin with that hold a state of the year."""
        knots, cells = [], []
        for axis, values in zip(self.axes, self.state, strict=True):
            distinct = np.unique(values)
            if axis == "load_ratio" and distinct.size <= DISTINCT:
                spans = [(v, v) for v in distinct.tolist()]
            else:
                edges = np.linspace(values.min(), values.max(), BEGIN[axis] + 1).tolist()
                spans = list(pairwise(edges))
            highs = np.array([high for _, high in spans])
            knots.append(spans)
            cells.append(np.minimum(np.searchsorted(highs, values), len(spans) - 1))
        none = np.zeros(self.state.shape[1], dtype=np.intp)
        label = np.stack([*cells, none])
        for place in product(*(range(len(spans)) for spans in knots)):
            inside = np.all(label[:-1] == np.array(place, dtype=np.intp)[:, None], axis=0)
            if inside.any():
                spans = [knots[axis][at] for axis, at in enumerate(place)]
                yield Box(
                    low=tuple(low for low, _ in spans), high=tuple(high for _, high in spans),
                    steps=np.flatnonzero(inside), off_ratio=(np.nan,) * len(spans),
                    straight=tuple(low == high for low, high in spans),
                )  # fmt: skip

    def _sorted(self, boxes: list[Box], done: list[Box]) -> tuple[list[Box], list[Box]]:
        """Return the boxes that have to be cut on, and those that will do.

        None may be far off, and all steps of the year together little: what a box is off by counts as often
        as it is visited.
        """
        total = sum(box.error_ratio * box.steps.size for box in (*boxes, *done))
        open_, enough = [], []
        for box in sorted(boxes, key=lambda b: -b.error_ratio * b.steps.size):
            far = box.error_ratio > WORST * self.tolerance
            if far or total > self.tolerance * self.state.shape[1]:
                open_.append(box)
                total -= (1.0 - EVENLY) * box.error_ratio * box.steps.size
            else:
                enough.append(box)
        return open_, enough

    def _loose(self, box: Box) -> list[int]:
        """Return the axes along which a box may still be cut."""
        ends = [self._fails(corner) for corner in _corners(box)]
        least = EDGE if any(ends) else FINEST
        return [
            axis
            for axis, name in enumerate(self.axes)
            if not box.straight[axis] and box.high[axis] - box.low[axis] > least[name] and not all(ends)
        ]

    def _fails(self, place: Coordinates) -> bool:
        assert self.points is not None
        return bool(self.points.reasons[self.number[place]])

    def _solve(self, wanted: dict[Coordinates, tuple[Coordinates, Coordinates]]) -> None:
        """Solve places, each between two that are solved already, or from nothing."""
        if not wanted:
            return
        places = list(wanted)
        state = np.repeat(self.fixed[:, None], len(places), axis=1)
        if self.rows.size:
            state[self.rows] = np.array(places).T
        near = [[self.number.get(end, -1) for end in pair] for pair in wanted.values()]
        ends = np.array(near, dtype=np.intp).T
        start = len(self.number)
        self.number |= {place: start + i for i, place in enumerate(places)}
        self.blocks.append(self.plant.solve(state, (ends[0], ends[1])))
        self.points = joined(self.blocks)

    # ------------------------------------------------------------------ how good it is

    def _cut(self, box: Box) -> Iterator[Box]:
        """Yield the halves of a box along the axis that bends most; they are done where that is enough."""
        loose = self._loose(box)
        off = list(box.off_ratio)
        expected = [0.0] * len(off)
        straight = list(box.straight)
        for axis in loose:
            now = self._off(box, axis)
            first, evenly = np.isnan(off[axis]), now <= EVEN_RATIO * off[axis]
            expected[axis] = now * (UNKNOWN if first else EVENLY if evenly else KINKED)
            straight[axis] = expected[axis] <= CALM * self.tolerance
            off[axis] = now
        worst = max(loose, key=lambda axis: off[axis])
        middle = 0.5 * (box.low[worst] + box.high[worst])
        lower = self.state[worst, box.steps] <= middle
        for half, (low, high) in ((lower, (box.low[worst], middle)), (~lower, (middle, box.high[worst]))):
            if half.any():
                yield Box(
                    low=_with(box.low, worst, low), high=_with(box.high, worst, high), steps=box.steps[half],
                    off_ratio=tuple(off), straight=tuple(straight), error_ratio=sum(expected),
                )  # fmt: skip

    def _off(self, box: Box, axis: int) -> float:
        """Return how far the middles of the edges along an axis are off the mean of their ends."""
        assert self.points is not None
        edges = [(self.number[m], self.number[a], self.number[b]) for m, (a, b) in _middles(box, axis)]
        middle, a, b = np.array(edges, dtype=np.intp).T
        fails = np.array([bool(reason) for reason in self.points.reasons])
        some = fails[middle].astype(int) + fails[a] + fails[b]
        if np.any((some > 0) & (some < 3)):
            return float("inf")
        it = self.points.values["it_power_w"]
        known = some == 0
        worst = 0.0
        for name, values in self.points.values.items():
            if name.endswith("_w") or "/" in name:
                gap = np.abs(values[middle] - 0.5 * (values[a] + values[b])) / it[middle]
                worst = max(worst, float(gap[known].max(initial=0.0)))
        return worst

    def _table(self, boxes: Sequence[Box]) -> Table:
        assert self.points is not None
        count = self.state.shape[1]
        corners = 2 ** len(self.axes)
        corner, weight = np.zeros((count, corners), dtype=np.intp), np.ones((count, corners))
        error = np.zeros(count)
        for box in boxes:
            corner[box.steps] = [self.number[place] for place in _corners(box)]
            error[box.steps] = box.error_ratio
            for axis, (low, high) in enumerate(zip(box.low, box.high, strict=True)):
                share = (self.state[axis, box.steps] - low) / (high - low) if high > low else 0.0
                for at, ends in enumerate(product((0, 1), repeat=len(self.axes))):
                    weight[box.steps, at] *= share if ends[axis] else 1.0 - share
        return Table(
            axes=self.axes, points=self.points, corner=corner, weight=weight, error_ratio=error,
            boxes=len(boxes), rounds=len(self.blocks),
        )  # fmt: skip


def _with(place: Coordinates, axis: int, value: float) -> Coordinates:
    return (*place[:axis], value, *place[axis + 1 :])


def _corners(box: Box) -> list[Coordinates]:
    """Return the corners of a box, the last axis fastest."""
    return list(product(*zip(box.low, box.high, strict=True)))


def _middles(box: Box, axis: int) -> Iterator[tuple[Coordinates, tuple[Coordinates, Coordinates]]]:
    """Yield the middles of the edges along an axis, each with its two ends."""
    middle = 0.5 * (box.low[axis] + box.high[axis])
    for corner in dict.fromkeys(_corners(box)):
        if corner[axis] == box.low[axis]:
            yield _with(corner, axis, middle), (corner, _with(corner, axis, box.high[axis]))
