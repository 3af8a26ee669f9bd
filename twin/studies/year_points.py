"""States of a facility over outdoor air and IT load: the points that a year is read from.

Every point is the whole walk's steady state; nothing here is a model of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.balance import balance, require_closed
from twin.checks.review import Margin, review
from twin.checks.rule import Rule, rules
from twin.errors import ConvergenceError
from twin.metrics import metrics
from twin.model.facility import Facility, Table
from twin.model.network import Network, lay_out
from twin.model.variants import unlike
from twin.results import add_facility, to_tree
from twin.solve.couple import Solution, solve
from twin.solve.couple_state import declared
from twin.solve.onward import Kept, UnsettledError, begun, follow, together
from twin.studies.year_parts import Parts, parts_of, quantities

# What a state of the year is: outdoor air, and IT power over that declared.
AXES = ("dry_bulb_k", "wet_bulb_k", "load_ratio")
# Difference of the wet bulb by which the reader is asked whether anything depends on it [K].
PROBE_DK = 1.0
# Heat that stays where it cannot leave, or IT that drops out, above this share makes no steady state.
LOST_RATIO = 1e-6
# Two states that are the same are no line [K2].
TINY = 1e-12
# A note, but one that says where a result rests on an extrapolation.
CURVE_RANGE = ("CL023",)
# Numbers of racks that go with the IT load.
LOADED = ("it_power_w", "chip_power_w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One measure of a rule: on which kind, by which quantity, against which side."""

    rule: str
    kind: str
    name: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Solved points, in the order in which they were asked for.

    Attributes:
        state: Outdoor air and load, as ``AXES``, shape (axis, point).
        values: Powers, heats and water by name, shape (point,); NaN where there is no steady state.
        measured: Value and limit of the part nearest to its limit, by measure of a rule, SI, shape (point,)
            each; NaN where the rule does not apply.
        reasons: Why there is no steady state, "" where there is one.
        short_w: Heat that cannot leave and IT power that drops out [W], shape (point,); NaN where no state
            was found.
        residual_ratio: Relative gap of the energy balance, shape (point,).
        passes: Passes of the coupled solver.
    """

    state: Array
    values: Mapping[str, Array]
    measured: Mapping[Key, tuple[Array, Array]]
    reasons: tuple[str, ...]
    short_w: Array
    residual_ratio: Array
    passes: int


class Plant:
    """A facility that is solved at one block of points after the other; the stage is read before."""

    def __init__(self, facility: Facility) -> None:
        """Take a facility in the one case that stands all year."""
        self.facility = facility
        self._scaled = tuple(k for k, t in facility.tables.items() if "it_power_w" in t.numbers)
        self._kept: Kept | None = None
        self._row: dict[int, int] = {}
        self._solved = np.zeros((len(AXES), 0))
        self._parts: Parts | None = None
        self.count = 0

    def at(self, state: Array) -> Facility:
        """Return the facility with one variant per point: outdoor air of the site, IT power of racks."""
        site = self.facility.tables["site"]
        outdoors = {name: state[None, axis] for axis, name in enumerate(AXES[:2])}
        tables = {"site": replace(site, numbers={**site.numbers, **outdoors})}
        tables |= {kind: loaded(self.facility.tables[kind], state[2]) for kind in self._scaled}
        return replace(
            self.facility, tables={**self.facility.tables, **tables},
            cases=self.facility.cases[:1] * state.shape[1],
        )  # fmt: skip

    def used(self) -> Flags:
        """Return which axes any element depends on, shape (axis,).

        It is asked of the elements themselves, so that a new kind of equipment need not be named here.
        """
        numbers = self.facility.tables["site"].numbers
        base = np.array([numbers["dry_bulb_k"][0, 0], numbers["wet_bulb_k"][0, 0], 1.0])
        probe = np.repeat(base[:, None], 4, axis=1)
        probe[0, 1] += PROBE_DK
        probe[1, 2] -= PROBE_DK
        probe[2, 3] *= 0.5
        network = lay_out(self.at(probe))
        return np.asarray(unlike(network, 0, 4)[1:] > 0)

    def solve(self, state: Array, ends: tuple[Index, Index] | None = None) -> Points:
        """Return the steady state of every point.

        Args:
            state: As ``AXES``, shape (axis, point).
            ends: Numbers of the two earlier points that each lies between, in the order of all points ever
                asked for; None where it is not known.
        """
        none = np.zeros(state.shape[1], dtype=np.intp)
        ends = (none, none) if ends is None else ends
        first = self.count
        self.count += state.shape[1]
        every = np.arange(state.shape[1])
        found: list[tuple[Index, Points]] = []
        pending = [every]
        while pending:
            which = pending.pop()
            try:
                near = ends[0][which], ends[1][which]
                found.append((which, self._block(state[:, which], near, first + which)))
            except UnsettledError as reason:
                lost = which[reason.which]
                found.append((lost, _none(state[:, lost], str(reason))))
                if (rest := np.setdiff1d(which, lost)).size:
                    pending.append(rest)
            except ConvergenceError as reason:
                if which.size == 1:
                    found.append((which, _none(state[:, which], str(reason))))
                else:
                    pending += np.array_split(which, 2)
        order = np.argsort(np.concatenate([which for which, _ in found]))
        return _ordered(joined([block for _, block in found]), order)

    def _block(self, state: Array, ends: tuple[Index, Index], number: Index) -> Points:
        facility = self.at(state)
        network = lay_out(facility)
        solution = self._settled(network, state, ends, number)
        closed = balance(solution)
        require_closed(solution, closed)
        if self._parts is None:
            self._parts = parts_of(facility, solution)
        figures = metrics(facility, solution, closed)
        tree = add_facility(to_tree(facility, solution), facility, figures)
        moving = [name for name, (rule, _) in rules().items() if _moves(rule)]
        _, margins = review(facility, tree, network.assembly.placement, only=moving)
        values = quantities(self._parts, solution, closed, figures)
        stays = solution.heat.stored_w.sum(axis=0)
        asked = declared(network)[self._parts.it].sum(axis=0)
        lost = np.maximum(asked - values["it_power_w"], 0.0)
        bad = np.maximum(stays, lost) > LOST_RATIO * np.maximum(asked, 1.0)
        return Points(
            state=state, values={n: np.where(bad, np.nan, v) for n, v in values.items()},
            measured=dict(_measured(margins, state.shape[1])),
            reasons=tuple(_why(b, s, i) for b, s, i in zip(bad, stays, lost, strict=True)),
            short_w=np.maximum(stays, lost), residual_ratio=closed.energy_ratio,
            passes=solution.iteration_count,
        )  # fmt: skip

    def _settled(self, network: Network, state: Array, ends: tuple[Index, Index], number: Index) -> Solution:
        """Return the settled states, from their neighbours where they can start there."""
        if network.power.unbalanced or network.assembly.site.warm_conductors:
            return solve(network)
        if self._kept is None:
            solution, self._kept = begun(network)
            self._row, self._solved = {int(n): i for i, n in enumerate(number)}, state
            return solution
        a, b = (np.array([self._row.get(int(n), 0) for n in end], dtype=np.intp) for end in ends)
        apart = self._solved[:, b] - self._solved[:, a]
        along = ((state - self._solved[:, a]) * apart).sum(axis=0)
        share = np.clip(along / np.maximum((apart**2).sum(axis=0), TINY), 0.0, 1.0)
        solution, kept = follow(network, self._kept, (a, b), share)
        self._row |= {int(n): self._solved.shape[1] + i for i, n in enumerate(number)}
        self._solved = np.concatenate([self._solved, state], axis=1)
        self._kept = together(self._kept, kept)
        return solution


def loaded(table: Table, load: Array) -> Table:
    """Return racks at a load: what they draw, and what their chips may take of it, go with it alike."""
    scaled = {n: table.numbers[n][:, :1] * load for n in LOADED if n in table.numbers}
    return replace(table, numbers={**table.numbers, **scaled})


def _why(bad: bool, stays_w: float, lost_w: float) -> str:
    if not bad:
        return ""
    if stays_w > lost_w:
        return f"{stays_w / 1e3:.4g} kW of heat cannot leave"
    return f"{lost_w / 1e3:.4g} kW of IT loses its cooling or its supply"


def _none(state: Array, reason: str) -> Points:
    return Points(
        state=state, values={}, measured={}, reasons=(reason,) * state.shape[1],
        short_w=np.full(state.shape[1], np.nan), residual_ratio=np.full(state.shape[1], np.nan), passes=0,
    )  # fmt: skip


def _moves(rule: Rule) -> bool:
    """Return whether a year tells what breaks a rule, where weather or load moves it at all."""
    wanted = rule.severity in {"critical", "major"} or rule.id in CURVE_RANGE
    return wanted and not rule.id.startswith("EN")


def _measured(margins: Sequence[Margin], count: int) -> Iterator[tuple[Key, tuple[Array, Array]]]:
    """Yield each measure that moves with the points: value and limit of the part nearest to its limit.

    What neither weather nor load moves is told by the review of the layout.
    """
    for margin in margins:
        rule, measure = margin.rule, margin.measure
        if np.shape(measure.value)[0] != count:
            continue
        value = np.asarray(measure.value, dtype=np.float64)
        limit = np.broadcast_to(measure.limit, value.shape)
        gap = (limit - value) * (1.0 if measure.side == "most" else -1.0)
        gap = np.where(np.isfinite(gap), gap, np.inf)
        at = np.arange(count), np.argmin(gap, axis=1)
        known = np.isfinite(gap[at])
        yield (
            Key(rule=rule.id, kind=measure.kind, name=measure.name, side=measure.side),
            (np.where(known, value[at], np.nan), np.where(known, limit[at], np.nan)),
        )


def joined(blocks: Sequence[Points]) -> Points:
    """Return several blocks of points as one."""
    names = dict.fromkeys(name for block in blocks for name in block.values)
    keys = dict.fromkeys(key for block in blocks for key in block.measured)
    nothing = [np.full(block.state.shape[1], np.nan) for block in blocks]
    pairs = list(zip(blocks, nothing, strict=True))
    return Points(
        state=np.concatenate([block.state for block in blocks], axis=1),
        values={n: np.concatenate([block.values.get(n, none) for block, none in pairs]) for n in names},
        measured={
            k: (
                np.concatenate([block.measured.get(k, (none, none))[0] for block, none in pairs]),
                np.concatenate([block.measured.get(k, (none, none))[1] for block, none in pairs]),
            )
            for k in keys
        },
        reasons=tuple(reason for block in blocks for reason in block.reasons),
        short_w=np.concatenate([block.short_w for block in blocks]),
        residual_ratio=np.concatenate([block.residual_ratio for block in blocks]),
        passes=sum(block.passes for block in blocks),
    )


def _ordered(points: Points, order: Index) -> Points:
    """Return points in another order."""
    return replace(
        points, state=points.state[:, order], values={n: v[order] for n, v in points.values.items()},
        measured={k: (value[order], limit[order]) for k, (value, limit) in points.measured.items()},
        reasons=tuple(points.reasons[i] for i in order.tolist()), short_w=points.short_w[order],
        residual_ratio=points.residual_ratio[order],
    )  # fmt: skip
