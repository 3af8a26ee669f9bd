"""A year held against legal limits of its PUE, each by the name that asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from twin.checks.legal import LIMITS
from twin.checks.rule import Review, rules
from twin.errors import UsageError
from twin.studies.year import ROUNDING, Year


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A legal limit and what a year makes of it.

    Attributes:
        name: As it was asked for.
        rule: Its rule.
        pue: Annual PUE; NaN where the year has none.
        limit: The most that is allowed.
        met: Whether it is; a year without a PUE meets none.
        source: Clause.
    """

    name: str
    rule: str
    pue: float
    limit: float
    met: bool
    source: str


def known_limits(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of limits, each once.

    Raises:
        UsageError: There is no such limit.
    """
    for name in names:
        if name not in LIMITS:
            raise UsageError(f"there is no limit '{name}'; there is {', '.join(LIMITS)}")
    return tuple(dict.fromkeys(names))


def held_against(year: Year, found: Mapping[str, float], names: Sequence[str]) -> list[Held]:
    """Return what a year makes of limits by name.

    Args:
        year: The year.
        found: Its figures; without ``pue`` where hours have no steady state or there is no IT.
        names: Names of ``LIMITS``.
    """
    pue = found.get("pue", float("nan"))
    tree = xr.DataTree.from_dict({"/annual": xr.Dataset({"pue": ((), pue)})})
    review = Review(facility=year.facility, tree=tree)
    held = []
    for name in names:
        rule, check = rules()[LIMITS[name]]
        for measure in check(review):
            limit = float(measure.limit[0, 0])
            held.append(
                Held(
                    name=name, rule=rule.id, pue=pue, limit=limit,
                    met=bool(pue <= limit * (1.0 + ROUNDING)), source=rule.source,
                )
            )  # fmt: skip
    return held
