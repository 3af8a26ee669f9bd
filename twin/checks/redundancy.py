"""Rule on redundancy: what a group of units may carry so that its scheme holds."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from twin.arrays import Array, Index
from twin.checks.rule import Measure, Review, rule

# Systems of which one may fail, by scheme; those that are not here lose their largest unit, or none.
SYSTEMS: Mapping[str, int] = MappingProxyType({"2n": 2, "3_make_2": 3, "4_make_3": 4})
CAUGHT = "block_redundant"
RATINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "ups": ("rated_power_w",), "power_converter": ("rated_power_w", "module_count"),
    "transformer": ("rated_power_va",),
})  # fmt: skip


def largest_utilization(scheme: str, rating: Array) -> Array:
    """Return the share of its rating that a group may carry [1], shape (variant or 1,).

    Args:
        scheme: Scheme of the group.
        rating: Rating of each of its units, shape (variant or 1, unit).

    Source:
        What is left must carry all: N+1 and block redundant n/(n + 1), 2N 1/2, 3-make-2 2/3, 4-make-3 3/4 of
        equal units. Unequal units of several systems count as the smallest of them; so do those of a block
        redundant group, whose catcher takes the whole load of any one of them and may be the smallest.
    """
    whole = rating.sum(axis=1)
    if scheme == "n":
        return np.ones(len(rating))
    if scheme in SYSTEMS:
        share = 1.0 - 1.0 / SYSTEMS[scheme]
        return np.asarray(share * rating.shape[1] * rating.min(axis=1) / whole)
    if scheme == CAUGHT:
        return np.asarray((rating.shape[1] - 1) * rating.min(axis=1) / whole)
    return np.asarray((whole - rating.max(axis=1)) / whole)


def _groups(review: Review, kind: str) -> Iterator[tuple[str, Index]]:
    """Yield scheme and units of each group that declares one."""
    table = review.table(kind)
    keys = zip(table.words["redundancy"], table.redundancy_group or ("",) * len(table.paths), strict=True)
    members: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(keys):
        if key[0]:
            members.setdefault(key, []).append(row)
    for (scheme, _), rows in members.items():
        yield scheme, np.array(rows, dtype=np.intp)


@rule(
    "EL109", severity="major", title="The group carries more than its redundancy scheme allows", unit="%",
    formula="load over rating of all units of the redundancy group, standby ones and the catcher included, "
    "in normal operation, against what is left of the rating without the largest unit (N+1), without the "
    "catcher (block redundant, every unit as large as the smallest) or without one system (2N 1/2, 3-make-2 "
    "2/3, 4-make-3 3/4); told on its first unit",
    source="Definition of the schemes; twin:redundancyGroup and twin:ups:redundancy, "
    "twin:powerConverter:redundancy, twin:transformer:redundancy",
    remedy="Add a unit to the group, move load to another one, or declare the scheme that it is.",
    cases="normal",
)  # fmt: skip
def utilization(review: Review) -> Iterator[Measure]:
    """Measure groups of UPS, power converters and transformers that declare their scheme."""
    for kind in review.built(*RATINGS):
        groups = list(_groups(review, kind))
        if not groups:
            continue
        factors = [review.number(kind, name) for name in RATINGS[kind]]
        rating = factors[0] if len(factors) == 1 else factors[0] * factors[1]
        loading = np.nan_to_num(np.where(review.runs(kind), review.result(kind, "loading_ratio"), 0.0))
        value, limit = np.full((2, *loading.shape), np.nan)
        for scheme, rows in groups:
            own = rating[:, rows]
            value[:, rows[0]] = (loading[:, rows] * own).sum(axis=1) / own.sum(axis=1)
            limit[:, rows[0]] = largest_utilization(scheme, own)
        yield Measure(
            kind=kind, value=value, limit=limit, side="most", name="utilization_ratio", inputs=RATINGS[kind],
        )  # fmt: skip
