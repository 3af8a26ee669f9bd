"""Reads what a study asks for off a solved block: all its variants at once, or each alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from twin.arrays import Array, Index
from twin.balance import balance
from twin.checks import declare_rules
from twin.checks.review_many import Judged, only_cases, review_many
from twin.checks.rule import rules
from twin.metrics import metrics
from twin.model.facility import Facility
from twin.model.network import lay_out
from twin.model.variants import take
from twin.results import add_facility, to_tree
from twin.solve.couple import Solution
from twin.studies.study_axes import Output, Study

SOLVED, FAILED = 1, 2
# Read together and apart agree to this share of output, or limit and margin; more is another number.
ALIKE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """What some variants came to. Shapes: (variant,) and (variant, rule).

    Attributes:
        status: ``SOLVED`` or ``FAILED``.
        outputs: Output name to its number, SI; NaN where failed.
        judged: How every rule stands.
        unsolved_count: Contingencies without a steady state.
        reasons: Variant within the rows to why it failed.
    """

    status: Index
    outputs: Mapping[str, Array]
    judged: Judged
    unsolved_count: Index
    reasons: Mapping[int, str] = field(default_factory=dict)


def rule_ids() -> tuple[str, ...]:
    """Return the rules that are measured, in order."""
    declare_rules()
    return tuple(sorted(rules()))


def empty_rows(study: Study, count: int) -> Rows:
    """Return rows that hold nothing yet."""
    ids = rule_ids()
    return Rows(
        status=np.full(count, FAILED, dtype=np.intp),
        outputs={output.name: np.full(count, np.nan) for output in study.outputs},
        judged=Judged(
            rules=ids, margin=np.full((count, len(ids)), np.nan),
            closeness_ratio=np.full((count, len(ids)), np.nan),
            broken_count=np.zeros((count, len(ids)), dtype=np.intp),
        ),
        unsolved_count=np.zeros(count, dtype=np.intp), reasons={},
    )  # fmt: skip


def put(found: Rows, at: Index, part: Rows) -> None:
    """Write some variants among others, in place."""
    found.status[at] = part.status
    found.unsolved_count[at] = part.unsolved_count
    for name, values in part.outputs.items():
        found.outputs[name][at] = values
    for name in ("margin", "closeness_ratio", "broken_count"):
        getattr(found.judged, name)[at] = getattr(part.judged, name)


def together(
    study: Study, facility: Facility, solution: Solution, designs: int, differs: frozenset[tuple[str, str]]
) -> Rows:
    """Return what every variant of a solved block came to, read at once.

    Args:
        study: What is asked for.
        facility: Its variant axis holds the cases of the first variant, then those of the next.
        solution: Its state, short-circuit currents included.
        designs: How many variants there are.
        differs: Kind and parameter of the columns in which they differ.
    """
    tree = add_facility(to_tree(facility, solution), facility, metrics(facility, solution, balance(solution)))
    return Rows(
        status=np.full(designs, SOLVED, dtype=np.intp),
        outputs={output.name: value_of(output, tree, designs) for output in study.outputs},
        judged=review_many(facility, tree, designs, differs),
        unsolved_count=np.full(designs, len(facility.unsolved), dtype=np.intp),
    )  # fmt: skip


def apart(study: Study, facility: Facility, solution: Solution, designs: int) -> Rows:
    """Return the same as ``together``, each variant read as if it were solved by itself."""
    found = empty_rows(study, designs)
    cases = len(facility.cases) // designs
    for design in range(designs):
        own = np.arange(design * cases, (design + 1) * cases)
        put(found, np.array([design]), together(study, *_alone(facility, solution, own), 1, frozenset()))
    return found


def _alone(facility: Facility, solution: Solution, own: Index) -> tuple[Facility, Solution]:
    """Return one variant of a block with its state."""
    count = len(facility.cases)
    facility = only_cases(facility, own)
    network = lay_out(facility)
    # Branches whose drive has no supply were closed for the solution.
    closed = solution.network.flow.in_service[:, own]
    network = replace(network, flow=replace(network.flow, in_service=closed))
    cut = take(solution, own, count)
    faults, collapse = solution.faults, solution.collapse_ratio
    cut = replace(
        cut, network=network, medium=take(solution.medium, own, count),
        power=replace(cut.power, residual_ratio=solution.power.residual_ratio[own]),
        faults=None if faults is None else take(faults, own, count),
        collapse_ratio=None if collapse is None else collapse[own],
    )  # fmt: skip
    return facility, cut


def alike(one: Rows, other: Rows) -> bool:
    """Return whether two readings of the same variants hold the same numbers."""
    for name, a in one.outputs.items():
        b = other.outputs[name]
        if not np.allclose(a, b, rtol=ALIKE, atol=0.0, equal_nan=True):
            return False
    left, right = one.judged, other.judged
    close = np.where(right.closeness_ratio == 0.0, np.nan, right.closeness_ratio)
    size = np.abs(np.nan_to_num(right.margin / close)) + np.abs(np.nan_to_num(right.margin))
    gap = np.abs(np.nan_to_num(left.margin) - np.nan_to_num(right.margin))
    # The residual of one variant is that of its block: rounding, and no property of a design.
    kept = np.array([name not in RESIDUALS for name in left.rules], dtype=np.bool_)
    same = (gap <= ALIKE * size) & (np.isnan(left.margin) == np.isnan(right.margin))
    return bool(same[:, kept].all() and np.array_equal(left.broken_count, right.broken_count))


# Rules about how well the equations are met.
RESIDUALS = frozenset({"EN002"})


def value_of(output: Output, tree: xr.DataTree, designs: int) -> Array:
    """Return an output of every variant, in its first case: normal operation, SI, shape (variant,).

    NaN where a topology has no such part; what no topology has is refused when a study is planned.
    """
    group = tree.children.get(output.group)
    data = None if group is None else group.to_dataset()
    if data is None or output.variable not in data:
        return np.full(designs, np.nan)
    values = np.asarray(data[output.variable].values, dtype=np.float64)
    values = values.reshape(designs, -1, *values.shape[1:])[:, 0]
    if values.ndim == 1:
        return values
    if output.prim:
        at = np.flatnonzero(data[output.group].values == output.prim)
        return values[:, at[0]] if len(at) else np.full(designs, np.nan)
    known = np.isfinite(values)
    reduced: Array = {
        "max": np.where(known, values, -np.inf).max(axis=1, initial=-np.inf),
        "min": np.where(known, values, np.inf).min(axis=1, initial=np.inf),
        "sum": np.where(known, values, 0.0).sum(axis=1),
        "mean": np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1),
    }[output.reduce]
    return np.where(known.any(axis=1), reduced, np.nan)
