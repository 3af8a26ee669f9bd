"""Looks for the cheapest design that passes, where a table of all variants would be too long."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.optimize import differential_evolution

from twin.arrays import Array
from twin.errors import InputError
from twin.model.finding import Fault
from twin.studies.study_answers import Answers, answers
from twin.studies.study_axes import Study
from twin.studies.study_read import Rows
from twin.studies.study_store import arrays_of

Solve = Callable[[Array], Rows]
# Candidates per axis and generation: Storn and Price, J. Global Optimization 11 (1997), take 5 to 10.
PER_AXIS, FEWEST = 8, 16
# What a candidate costs that breaks a constraint, before the breach is added, and that has no result.
BROKEN, LOST = 1e12, 1e15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """What a search found.

    Attributes:
        study: The study, its axes as ranges.
        rows: Every candidate looked at, shape (candidate, axis).
        found: What is said of each.
        best: The cheapest that passes, -1 where none does.
    """

    study: Study
    rows: Array
    found: Answers
    best: int


def search(study: Study, solve: Solve, *, generations: int) -> Search:
    """Return the cheapest design that passes, by differential evolution; equal seeds give equal searches.

    Args:
        study: With a cost; every axis of numbers counts as a range, words as a choice.
        solve: Solves candidates, shape (candidate, axis).
        generations: How often all candidates are bred.

    Raises:
        InputError: The study has no cost.

    Source:
        Storn and Price, J. Global Optimization 11 (1997); a design that breaks less beats one that breaks
        more, one that passes beats both: Deb, Comput. Methods Appl. Mech. Eng. 186 (2000).
    """
    if not study.cost:
        fault = Fault(
            code="ST252", prim="", attribute="cost", where=study.file, found="a search without a cost",
            expected="cost = 'an expression of axes and outputs'",
        )  # fmt: skip
        raise InputError([fault])
    kept: dict[bytes, tuple[Array, Rows]] = {}

    def prices(candidates: Array) -> Array:
        """Return what candidates cost, shape (candidate,); every distinct one is solved once."""
        rows = _rows(study, np.atleast_2d(candidates.T))
        new = [row for row in {row.tobytes(): row for row in rows}.values() if row.tobytes() not in kept]
        if new:
            made = solve(np.array(new))
            kept.update({row.tobytes(): (row, _row(made, at)) for at, row in enumerate(new)})
        said = _said(study, rows, [kept[row.tobytes()][1] for row in rows])
        breach = BROKEN * (1.0 + np.maximum(-np.nan_to_num(said.worst_margin), 0.0))
        priced = np.where(said.passes & np.isfinite(said.cost), said.cost, breach)
        return np.asarray(np.where(said.status == 1, priced, LOST))

    bounds = [axis.ends if axis.is_number else (0.0, float(len(axis.levels) - 1)) for axis in study.axes]
    words = [not axis.is_number for axis in study.axes]
    differential_evolution(
        prices, bounds, maxiter=generations, popsize=max(PER_AXIS, -(-FEWEST // len(bounds))), tol=0.0,
        polish=False, vectorized=True, updating="deferred", rng=np.random.default_rng(study.seed),
        integrality=np.array(words),
    )  # fmt: skip
    rows = np.array([row for row, _ in kept.values()])
    said = _said(study, rows, [result for _, result in kept.values()])
    price = np.where(said.passes, said.cost, np.inf)
    best = int(np.argmin(price)) if np.isfinite(price).any() else -1
    return Search(study=study, rows=rows, found=said, best=best)


def _rows(study: Study, candidates: Array) -> Array:
    """Return candidates as variants: listed numbers are taken from their list, words are codes."""
    rows = candidates.copy()
    for at, axis in enumerate(study.axes):
        if axis.numbers:
            listed = np.array(axis.numbers)
            rows[:, at] = listed[np.abs(rows[:, [at]] - listed).argmin(axis=1)]
        elif not axis.is_number:
            rows[:, at] = np.round(rows[:, at])
    return np.ascontiguousarray(rows)


def _row(rows: Rows, at: int) -> Rows:
    """Return one variant of some."""
    judged = replace(
        rows.judged, margin=rows.judged.margin[[at]], closeness_ratio=rows.judged.closeness_ratio[[at]],
        broken_count=rows.judged.broken_count[[at]],
    )  # fmt: skip
    return Rows(
        status=rows.status[[at]], outputs={n: v[[at]] for n, v in rows.outputs.items()}, judged=judged,
        unsolved_count=rows.unsolved_count[[at]],
    )  # fmt: skip


def _said(study: Study, rows: Array, results: list[Rows]) -> Answers:
    """Return what a study says of variants that are in no store."""
    parts = [arrays_of(result) for result in results]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    data = xr.Dataset(
        {name: (("variant", "rule")[: values.ndim], values) for name, values in joined.items()},
        coords={
            "rule": list(results[0].judged.rules),
            **{axis.name: ("variant", rows[:, at]) for at, axis in enumerate(study.axes)},
        },
    )
    return answers(study, data)
