"""What a study says: which variants pass, what binds each, which are not beaten by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks import declare_rules
from twin.checks.rule import rules
from twin.model.finding import SEVERITIES
from twin.studies.study_axes import Bound, Study, columns_of
from twin.studies.study_read import FAILED, SOLVED
from twin.studies.study_terms import Term

if TYPE_CHECKING:
    import xarray as xr

# A limit that is met exactly is met, whatever rounding did to the number.
ROUNDING = 1e-9
WORST, COST = "worst_margin", "cost"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What a study says of its variants. Shapes: (variant,).

    Attributes:
        status: 0 not solved yet, 1 solved, 2 failed.
        passes: Whether every constraint holds.
        worst_margin: Least margin over limit of all constraints [1]; negative where one is broken.
        binding: What that constraint is: a rule, or ``limit:<output>``, "" for none.
        cost: Value of the cost expression, NaN where there is none.
        pareto: Whether no other passing variant is at least as good in every objective and better in one.
        axes, outputs: Their columns, by name: numbers in SI of outputs, as written of axes.
        counts: Constraint to the number of variants that it fails.
        bound: Constraint to the number of passing variants that it binds.
    """

    status: Index
    passes: Flags
    worst_margin: Array
    binding: tuple[str, ...]
    cost: Array
    pareto: Flags
    axes: Mapping[str, Array]
    outputs: Mapping[str, Array]
    counts: Mapping[str, int]
    bound: Mapping[str, int]


def required(study: Study) -> tuple[str, ...]:
    """Return the rules that a variant must keep."""
    declare_rules()
    if study.rules:
        return tuple(sorted(study.rules))
    worst = SEVERITIES.index(study.fail_on)
    return tuple(sorted(name for name, (r, _) in rules().items() if SEVERITIES.index(r.severity) <= worst))


def answers(study: Study, data: "xr.Dataset") -> Answers:
    """Return what a study says, as far as it is solved.

    Args:
        study: Its constraints, cost and objectives may be others than it was solved with.
        data: Its store.
    """
    status = np.asarray(data["status"].values, dtype=np.intp)
    names = [output.name for output in study.outputs]
    outputs = {name: np.asarray(data[name].values) for name in names}
    table = np.stack([np.asarray(data[axis.name].values) for axis in study.axes], axis=1)
    axes = columns_of(study, table)
    held, close, labels = constraints(study, data, outputs)
    solved = status == SOLVED
    passes = held.all(axis=1) & solved
    worst, binding = _binding(close, labels, solved)
    cost = np.full(len(status), np.nan)
    if study.cost:
        cost = np.broadcast_to(
            np.asarray(Term(study.cost, {**axes, **outputs})({**axes, **outputs})), cost.shape
        )
    aims = {**outputs, COST: cost, WORST: worst}
    pareto = np.zeros(len(status), dtype=np.bool_)
    if study.objectives:
        good = np.flatnonzero(passes)
        wanted = np.stack(
            [aims[name][good] * (1.0 if aim == "min" else -1.0) for name, aim in study.objectives.items()],
            axis=1,
        )
        pareto[good] = front(wanted)
    binds = [binding[v] for v in np.flatnonzero(passes).tolist()]
    return Answers(
        status=status, passes=passes, worst_margin=worst, binding=binding,
        cost=np.asarray(cost, dtype=np.float64),
        pareto=pareto, axes=axes, outputs=outputs,
        counts=_sorted({name: int((~held[solved, at]).sum()) for at, name in enumerate(labels)}),
        bound=_sorted({name: binds.count(name) for name in set(binds)}),
    )  # fmt: skip


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n and name}


def constraints(
    study: Study, data: "xr.Dataset", outputs: Mapping[str, Array]
) -> tuple[Flags, Array, tuple[str, ...]]:
    """Return whether each constraint holds, its margin over its limit, and its name.

    Shapes: (variant, constraint) twice, (constraint,). A margin that says nothing is infinite.
    """
    ids = [str(name) for name in data["rule"].values]
    wanted = [name for name in required(study) if name in ids]
    at = [ids.index(name) for name in wanted]
    broken = np.asarray(data["broken_count"].values)[:, at] > 0
    close = np.asarray(data["closeness_ratio"].values)[:, at]
    graded = np.array([rules()[name][0].graded for name in wanted], dtype=np.bool_)
    close = np.where(np.isfinite(close) & (graded | broken), close, np.inf)
    # A rule of yes and no that is broken has no margin to tell.
    close = np.where(broken & (close >= 0.0), -1.0, close)
    held, margin = [~broken], [close]
    for bound in study.bounds:
        ok, ratio = _bound(bound, outputs[bound.output])
        held.append(ok[:, None])
        margin.append(ratio[:, None])
    labels = (*wanted, *(f"limit:{bound.output} {bound.text}" for bound in study.bounds))
    return np.concatenate(held, axis=1), np.concatenate(margin, axis=1), labels


def _bound(bound: Bound, values: Array) -> tuple[Flags, Array]:
    """Return whether a limit on an output holds, and the margin over it; an unknown value breaks it."""
    gap = (bound.limit - values) * (1.0 if bound.side == "most" else -1.0)
    size = abs(bound.limit) if bound.limit else np.maximum(np.abs(values), np.finfo(np.float64).tiny)
    held = gap >= -ROUNDING * np.maximum(abs(bound.limit), np.abs(values))
    return np.asarray(held, dtype=np.bool_), np.where(np.isfinite(gap), gap / size, -1.0)


def _binding(close: Array, labels: Sequence[str], solved: Flags) -> tuple[Array, tuple[str, ...]]:
    """Return the least margin of every variant, and whose it is."""
    if not close.shape[1]:
        return np.full(len(close), np.nan), ("",) * len(close)
    at = np.argmin(close, axis=1)
    worst = close[np.arange(len(close)), at]
    known = solved & np.isfinite(worst)
    return np.where(known, worst, np.nan), tuple(
        labels[a] if k else "" for a, k in zip(at, known, strict=True)
    )


def front(values: Array) -> Flags:
    """Return which rows no other row beats: at least as low in every column, and lower in one.

    Args:
        values: To be small, shape (row, objective); a row with NaN is beaten.

    Source:
        Kung, Luccio and Preparata, J. ACM 22 (1975): sorted first, a row can only be beaten by earlier ones.
    """
    keep = np.zeros(len(values), dtype=np.bool_)
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    order = known[np.lexsort(values[known].T[::-1])]
    best = np.empty((0, values.shape[1]))
    for row in order.tolist():
        own = values[row]
        if not np.any(np.all(best <= own, axis=1) & np.any(best < own, axis=1)):
            keep[row] = True
            best = np.concatenate([best, own[None]])
    return keep


def failed(found: Answers) -> Index:
    """Return the variants that have no result."""
    return np.flatnonzero(found.status == FAILED)
