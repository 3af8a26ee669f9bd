"""A table of steady states, refined until what lies between them is near enough.

The space of outdoor air and load that a year visits is cut into boxes whose corners are solved. The middle of
an edge is solved to see how far off what was taken to lie there is; it becomes a corner where the box is cut.
What lies in a box is the multilinear mean of its corners; along an axis that bends evenly, the parabola
through ends and middle of the box that it was cut from. It is one set of weights with the sum 1 for every
quantity, so that whatever balances at solved states balances between them.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.studies.year_box import (
    Bend,
    Box,
    Coordinates,
    Table,
    both_halves,
    corners_of,
    middle_of,
    middles_of,
    moved,
)
from twin.studies.year_points import AXES, Plant, Points, joined

# Cells along each axis to begin with, and up to how many loads each of which is a table of its own.
BEGIN = {"dry_bulb_k": 4, "wet_bulb_k": 4, "load_ratio": 2}
DISTINCT = 3
# Along one axis alone, so many times all boxes are cut at once, whether or not all of it is needed.
AT_ONCE = 4
# No box is cut finer where a state jumps, and where it ends.
FINEST = {"dry_bulb_k": 0.05, "wet_bulb_k": 0.05, "load_ratio": 0.002}
EDGE = {"dry_bulb_k": 0.5, "wet_bulb_k": 0.5, "load_ratio": 0.02}
MOST_POINTS = 3000
# What bends evenly is off by a quarter after a cut, a parabola by an eighth; less than that is taken for
# chance, as of two kinks that make up for each other. One kink is off by twice what was seen at most.
EVEN_RATIO, LEAST_RATIO = 0.5, 0.25
EVEN_CURVE_RATIO, LEAST_CURVE_RATIO = 0.25, 0.125
EVENLY, UNKNOWN, KINKED = 0.5, 1.0, 2.0
# A step may be off by so many times what the year may on average; an axis is left alone below this share.
WORST, CALM = 10.0, 0.05


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
        self._solve(
            dict.fromkeys([*(c for b in open_ for c in corners_of(b)), *self._at_once(open_)], ((), ()))
        )
        if self.points is None or all(self.points.reasons):
            reason = self.points.reasons[0] if self.points else ""
            raise ConvergenceError(f"no hour of the year has a steady state: {reason}")
        while open_:
            tried = [box for box in open_ if self._loose(box) and len(self.number) < MOST_POINTS]
            done += [box for box in open_ if not any(box is b for b in tried)]
            self._solve({
                middle: ends for box in tried for axis in self._loose(box)
                for middle, ends in middles_of(box, axis) if middle not in self.number
            })  # fmt: skip
            gaps = {(id(box), axis): self._gaps(box, axis) for box in tried for axis in self._loose(box)}
            pairs = both_halves(tried, gaps)
            open_, enough = self._sorted(
                [child for box in tried for child in self._cut(box, gaps, pairs)], done
            )
            done += enough
        return self._table(done)

    # ------------------------------------------------------------------ where to solve

    def _first(self) -> Iterator[Box]:
        """Yield the boxes to begin with that hold a state of the year."""
        knots, places = [], []
        for axis, values in zip(self.axes, self.state, strict=True):
            distinct = np.unique(values)
            if axis == "load_ratio" and distinct.size <= DISTINCT:
                spans = [(v, v) for v in distinct.tolist()]
            else:
                cells = 1 if len(self.axes) == 1 else BEGIN[axis]
                edges = np.linspace(values.min(), values.max(), cells + 1).tolist()
                spans = list(pairwise(edges))
            highs = np.array([high for _, high in spans])
            knots.append(spans)
            places.append(np.minimum(np.searchsorted(highs, values), len(spans) - 1))
        none = np.zeros(self.state.shape[1], dtype=np.intp)
        label = np.stack([*places, none])
        for place in product(*(range(len(spans)) for spans in knots)):
            inside = np.all(label[:-1] == np.array(place, dtype=np.intp)[:, None], axis=0)
            if inside.any():
                spans = [knots[axis][at] for axis, at in enumerate(place)]
                yield Box(
                    low=tuple(low for low, _ in spans), high=tuple(high for _, high in spans),
                    steps=np.flatnonzero(inside), off_ratio=(np.nan,) * len(spans),
                    bent_ratio=(np.nan,) * len(spans), bends=(None,) * len(spans),
                    curved=(False,) * len(spans), straight=tuple(low == high for low, high in spans),
                    expected_ratio=tuple(0.0 if low == high else np.inf for low, high in spans),
                )  # fmt: skip

    def _at_once(self, boxes: Sequence[Box]) -> Iterator[Coordinates]:
        """Yield the places between the ends of the only axis that are solved with them."""
        for box in boxes if len(self.axes) == 1 else ():
            ends = [box.low[0], box.high[0]]
            for _ in range(AT_ONCE if ends[1] > ends[0] else 0):
                ends = sorted({*ends, *(0.5 * (low + high) for low, high in pairwise(ends))})
            yield from ((place,) for place in ends[1:-1])

    def _sorted(self, boxes: list[Box], done: list[Box]) -> tuple[list[Box], list[Box]]:
        """Return the boxes that have to be cut on, and those that will do.

        None may be far off, and all steps of the year together little: what a box is off by counts as often
        as it is visited.
        """
        total = sum(box.error_ratio * box.steps.size for box in (*boxes, *done))
        open_, enough = [], []
        for box in sorted(boxes, key=lambda b: -b.error_ratio * b.steps.size):
            far = box.error_ratio > WORST * self.tolerance
            near = box.error_ratio <= self.tolerance
            if far or (not near and total > self.tolerance * self.state.shape[1]):
                open_.append(box)
                total -= (1.0 - EVENLY) * box.error_ratio * box.steps.size
            else:
                enough.append(box)
        return open_, enough

    def _loose(self, box: Box) -> list[int]:
        """Return the axes along which a box may still be cut."""
        ends = [self._fails(corner) for corner in corners_of(box)]
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
        ends = self._near(wanted)
        start = len(self.number)
        self.number |= {place: start + i for i, place in enumerate(places)}
        self.blocks.append(self.plant.solve(state, ends))
        self.points = joined(self.blocks)

    def _near(
        self, wanted: Mapping[Coordinates, tuple[Coordinates, Coordinates]]
    ) -> tuple[Index, Index] | None:
        """Return the numbers of two solved places that each lies between, the nearer one first."""
        if not self.number:
            return None
        pairs = list(wanted.values())
        if len(self.axes) == 1:
            known = sorted(self.number)
            at = [bisect_left(known, place) for place in wanted]
            pairs = [(known[i - 1], known[i]) for i in at]
            pairs = [
                (b, a) if b[0] - place[0] < place[0] - a[0] else (a, b)
                for place, (a, b) in zip(wanted, pairs, strict=True)
            ]
        near = np.array([[self.number[end] for end in pair] for pair in pairs], dtype=np.intp)
        return near[:, 0], near[:, 1]

    # ------------------------------------------------------------------ how good it is

    def _cut(
        self, box: Box, gaps: Mapping[tuple[int, int], tuple[float, float]], pairs: Mapping[Bend, float]
    ) -> Iterator[Box]:
        """Yield the halves of a box along the axis that is off most; they are done where that is enough."""
        loose = self._loose(box)
        off, bent, expected = list(box.off_ratio), list(box.bent_ratio), list(box.expected_ratio)
        bends, curved, straight = list(box.bends), list(box.curved), list(box.straight)
        worst = max(loose, key=lambda axis: gaps[id(box), axis][box.curved[axis]])
        for axis in loose:
            linear, parabola = gaps[id(box), axis]
            first, evenly = np.isnan(off[axis]), linear <= EVEN_RATIO * off[axis]
            linear = linear if first else max(linear, LEAST_RATIO * off[axis])
            share = UNKNOWN if first else EVENLY if evenly else KINKED
            expected_linear = linear * (share if axis == worst else max(share, UNKNOWN))
            expected_curved, bent[axis] = self._curved(box, axis, parabola, pairs)
            curved[axis] = expected_curved < expected_linear
            expected[axis] = min(expected_curved, expected_linear)
            straight[axis] = expected[axis] <= CALM * self.tolerance
            off[axis], bends[axis] = linear, (box.low, box.high) if np.isfinite(linear) else None
        middle = middle_of(box, worst)
        lower = self.state[worst, box.steps] <= middle
        for half, (low, high) in ((lower, (box.low[worst], middle)), (~lower, (middle, box.high[worst]))):
            if half.any():
                child = Box(
                    low=moved(box.low, worst, low), high=moved(box.high, worst, high), steps=box.steps[half],
                    off_ratio=tuple(off), bent_ratio=tuple(bent), bends=tuple(bends), curved=tuple(curved),
                    straight=tuple(straight), expected_ratio=tuple(expected),
                )  # fmt: skip
                seen = self._seen(child)
                if seen > child.error_ratio:
                    told = moved(child.expected_ratio, worst, child.expected_ratio[worst] + seen)
                    child = replace(
                        child,
                        expected_ratio=told,
                        straight=(*straight[:worst], False, *straight[worst + 1 :]),
                    )
                yield child

    def _seen(self, box: Box) -> float:
        """Return how far off solved states are that lie in a box already, over IT power."""
        assert self.points is not None
        places = np.array(list(self.number))
        low, high = np.array(box.low), np.array(box.high)
        within = np.flatnonzero(np.all((places >= low) & (places <= high), axis=1))
        corner, weight = self._weights(box, places[within].T)
        it, worst = self.points.values["it_power_w"], 0.0
        for name, values in self.points.values.items():
            if name.endswith("_w") or "/" in name:
                found = np.where(weight != 0.0, weight * values[corner], 0.0).sum(axis=1)
                gap = np.abs(found - values[within]) / it[within]
                worst = max(worst, float(np.nanmax(gap, initial=0.0)))
        return worst

    def _curved(
        self, box: Box, axis: int, parabola: float, pairs: Mapping[Bend, float]
    ) -> tuple[float, float]:
        """Return how far the parabola through a box's ends and middles is expected to be off, and was.

        A kink can lie where one middle is met by chance, but not both middles of the two halves of a box.
        """
        bend = box.bends[axis]
        if bend is None:
            return np.inf, np.nan
        if box.low[axis] == bend[0][axis] and box.high[axis] == bend[1][axis]:
            # The box has been cut along other axes since: its middle was part of the parabola.
            known = box.expected_ratio[axis] if box.curved[axis] else np.inf
            return max(known, parabola), box.bent_ratio[axis]
        both = pairs.get((axis, *bend))
        now, before = (parabola if both is None else both), box.bent_ratio[axis]
        if np.isnan(before):
            return now * (UNKNOWN if both is not None else KINKED), now
        evenly = both is not None and now <= EVEN_CURVE_RATIO * before
        now = max(now, LEAST_CURVE_RATIO * before)
        return now * (EVENLY if evenly else KINKED), now

    def _gaps(self, box: Box, axis: int) -> tuple[float, float]:
        """Return how far the middles of the edges along an axis are off their ends' mean, and a parabola."""
        assert self.points is not None
        places = [(m, self.number[m], self.number[a], self.number[b]) for m, (a, b) in middles_of(box, axis)]
        middle, a, b = np.array([numbers for _, *numbers in places], dtype=np.intp).T
        fails = np.array([bool(reason) for reason in self.points.reasons])
        some = fails[middle].astype(int) + fails[a] + fails[b]
        if np.any((some > 0) & (some < 3)):
            return np.inf, np.inf
        at = np.array([place for place, *_ in places]).T
        nodes, weights = self._parabola(box, axis, at)
        it, known = self.points.values["it_power_w"], some == 0
        worst = [0.0, 0.0]
        for name, values in self.points.values.items():
            if name.endswith("_w") or "/" in name:
                gap = (values[middle] - 0.5 * (values[a] + values[b])) / it[middle]
                bent = gap - weights @ values[nodes] / it[middle]
                for i, off in enumerate((gap, bent)):
                    worst[i] = max(worst[i], float(np.abs(off[known]).max(initial=0.0)))
        return worst[0], worst[1] if len(nodes) else np.inf

    def _parabola(self, box: Box, axis: int, at: Array) -> tuple[Index, Array]:
        """Return what the parabola along an axis adds to the straight line between the ends of a box.

        Args:
            box: The box.
            axis: Along it.
            at: Where, shape (axis, place).

        Returns:
            Numbers of points, shape (point,), and their weights with the sum 0, shape (place, point).
        """
        bend = box.bends[axis]
        if bend is None:
            return np.zeros(0, dtype=np.intp), np.zeros((at.shape[1], 0))
        low, high = bend
        x, width = at[axis], high[axis] - low[axis]
        amount = 2.0 * (x - box.low[axis]) * (x - box.high[axis]) / width**2
        nodes, weights = [], []
        for corner in dict.fromkeys(
            product(*zip(moved(low, axis, 0.0), moved(high, axis, 0.0), strict=True))
        ):
            share = amount
            for other, end in enumerate(corner):
                if other != axis and high[other] > low[other]:
                    share = share * (1.0 - np.abs(at[other] - end) / (high[other] - low[other]))
            for place, sign in ((low[axis], 1.0), (0.5 * (low[axis] + high[axis]), -2.0), (high[axis], 1.0)):
                nodes.append(self.number[moved(corner, axis, place)])
                weights.append(sign * share)
        return np.array(nodes, dtype=np.intp), np.array(weights).T

    def _weights(self, box: Box, at: Array) -> tuple[Index, Array]:
        """Return the numbers of points that places in a box are the mean of, and their weights.

        Args:
            box: The box.
            at: Places, shape (axis, place).

        Returns:
            Shape (place, point) each; as many points for every box.
        """
        axes = at.shape[0]
        corners = 2**axes
        more = 3 * corners // 2
        corner = np.zeros((at.shape[1], corners + axes * more), dtype=np.intp)
        weight = np.zeros(corner.shape)
        corner[:, :corners] = [self.number[place] for place in corners_of(box)]
        weight[:, :corners] = 1.0
        for axis, (low, high) in enumerate(zip(box.low, box.high, strict=True)):
            share = (at[axis] - low) / (high - low) if high > low else 0.0
            for number, ends in enumerate(product((0, 1), repeat=axes)):
                weight[:, number] *= share if ends[axis] else 1.0 - share
            if box.curved[axis]:
                nodes, weights = self._parabola(box, axis, at)
                columns = slice(corners + axis * more, corners + axis * more + len(nodes))
                corner[:, columns], weight[:, columns] = nodes, weights
        return corner, weight

    def _table(self, boxes: Sequence[Box]) -> Table:
        assert self.points is not None
        found = [self._weights(box, self.state[:, box.steps]) for box in boxes]
        steps = np.concatenate([box.steps for box in boxes])
        order = np.argsort(steps)
        error = np.repeat([box.error_ratio for box in boxes], [box.steps.size for box in boxes])
        return Table(
            axes=self.axes, points=self.points, corner=np.concatenate([c for c, _ in found])[order],
            weight=np.concatenate([w for _, w in found])[order], error_ratio=error[order], boxes=len(boxes),
            rounds=len(self.blocks),
        )  # fmt: skip
