"""Measures every rule on many designs of one layout at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from twin.arrays import Array, Index
from twin.checks.review import gaps_of, review_of
from twin.checks.rule import Review, Rule, rules
from twin.model.facility import Facility
from twin.model.variants import take
from twin.units import from_si

# Rules about these kinds look at the numbers of the first case only: nothing else of theirs ever changes.
FIRST_CASE_KINDS = frozenset({"expansion_vessel", "fabric_cable", "switch", "tray"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """How every rule stands in every design. Shapes: (design, rule); NaN where a rule measures nothing.

    Attributes:
        rules: Ids of the rules, shape (rule,).
        margin: Least margin, in the unit of the rule; negative where it is broken.
        closeness_ratio: Least margin over the size of its limit [1].
        broken_count: Parts that break the rule in one case at least.
    """

    rules: tuple[str, ...]
    margin: Array
    closeness_ratio: Array
    broken_count: Index


class _Site(dict[str, float]):
    """What the owner says, and whether a rule asked for a number that differs between designs."""

    def __init__(self, numbers: Mapping[str, float], differs: frozenset[str]) -> None:
        super().__init__(numbers)
        self.differs, self.asked = differs, False

    def get(self, name: str, default: Any = None) -> Any:
        """Return a number, and remember the question."""
        self.asked |= name in self.differs
        return super().get(name, default)

    def __getitem__(self, name: str) -> float:
        """Return a number, and remember the question."""
        self.asked |= name in self.differs
        return super().__getitem__(name)


def review_many(
    facility: Facility, tree: xr.DataTree, designs: int, differs: frozenset[tuple[str, str]]
) -> Judged:
    """Return how every rule stands in every design.

    Args:
        facility: Its variant axis holds the cases of the first design, then those of the next.
        tree: Results of all of them.
        designs: How many there are.
        differs: Kind and parameter of the columns in which they differ.
    """
    ids = tuple(sorted(rules()))
    shape = designs, len(ids)
    judged = Judged(
        rules=ids, margin=np.full(shape, np.nan), closeness_ratio=np.full(shape, np.nan),
        broken_count=np.zeros(shape, dtype=np.intp),
    )  # fmt: skip
    whole = review_of(facility, tree)
    site = _Site(whole.site, frozenset(name for kind, name in differs if kind == "site"))
    whole = replace(whole, site=site)
    apart = designs > 1 and any(kind in FIRST_CASE_KINDS for kind, _ in differs)
    single: dict[int, Review] = {}
    for column in range(len(ids)):
        site.asked = apart
        if not apart:
            _judge(judged, column, slice(0, designs), whole)
        if site.asked and designs > 1:
            for design in range(designs):
                if design not in single:
                    single[design] = _alone(facility, tree, designs, design)
                _judge(judged, column, slice(design, design + 1), single[design])
    return judged


def _alone(facility: Facility, tree: xr.DataTree, designs: int, design: int) -> Review:
    """Return what rules look at in one design."""
    count = len(facility.cases) // designs
    own = np.arange(design * count, (design + 1) * count)
    facility = only_cases(facility, own)
    cut = {
        f"/{name}": data.isel(variant=own) if "variant" in data.dims else data
        for name, node in tree.children.items()
        for data in (node.to_dataset(),)
    }
    return review_of(facility, xr.DataTree.from_dict({"/": tree.to_dataset(), **cut}))


def only_cases(facility: Facility, which: Index) -> Facility:
    """Return the facility in some of its cases; columns that hold for every case stay."""
    cases = len(facility.cases)
    tables = {}
    for kind, table in facility.tables.items():
        numbers = {
            name: values[:, which] if values.shape[1] == cases > 1 else values
            for name, values in table.numbers.items()
        }
        tables[kind] = replace(take(table, which, cases), numbers=numbers)
    return replace(facility, tables=tables, cases=tuple(facility.cases[i] for i in which.tolist()))


def _judge(judged: Judged, column: int, designs: slice, review: Review) -> None:
    """Put how one rule stands in some designs in its place."""
    rule, check = rules()[judged.rules[column]]
    count = designs.stop - designs.start
    margin, closeness = (np.full(count, np.inf) for _ in range(2))
    broken = np.zeros(count, dtype=np.intp)
    for least, close, parts in _standing(review, rule, check(review), count):
        margin, closeness, broken = np.minimum(margin, least), np.minimum(closeness, close), broken + parts
    judged.margin[designs, column] = np.where(np.isfinite(margin), margin, np.nan)
    judged.closeness_ratio[designs, column] = np.where(np.isfinite(closeness), closeness, np.nan)
    judged.broken_count[designs, column] = broken


def _standing(
    review: Review, rule: Rule, measures: Iterator[Any] | Sequence[Any], designs: int
) -> Iterator[tuple[Array, Array, Index]]:
    """Yield least margin, least margin over the limit, and parts that break a rule, each per design."""
    cases = len(review.facility.cases) // designs
    for measure in measures:
        found = gaps_of(review.facility, rule, measure)
        if not found.gap.size or not len(found.chosen):
            continue
        known = np.isfinite(found.gap)
        sign = 1.0 if measure.side == "most" else -1.0
        shown, bound = (from_si(x, rule.unit, measure.name) for x in (found.value, found.limit))
        margin = np.where(known, sign * (bound - shown), np.inf)
        size = np.where(bound == 0.0, np.abs(shown), np.abs(bound))
        close = np.divide(margin, size, out=np.full(margin.shape, np.inf), where=known & (size > 0.0))
        if found.steady:
            yield (
                np.full(designs, margin.min()), np.full(designs, close.min()),
                np.full(designs, np.count_nonzero(found.broken)),
            )  # fmt: skip
            continue
        owner = found.chosen // cases
        least, closest = (np.full(designs, np.inf) for _ in range(2))
        np.minimum.at(least, owner, margin.min(axis=1))
        np.minimum.at(closest, owner, close.min(axis=1))
        broken = np.zeros((designs, found.broken.shape[1]), dtype=np.bool_)
        np.logical_or.at(broken, owner, found.broken)
        yield least, closest, np.count_nonzero(broken, axis=1)
