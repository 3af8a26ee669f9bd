"""Rules: declared once with clause, formula and remedy; measured on results; turned into findings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.model.facility import Facility, Table
from twin.model.finding import Severity

Side = Literal["most", "least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule says, for people.

    Attributes:
        id: Stable id, two letters for the subject and three digits.
        severity: How bad a breach is.
        title: What is wrong when it is broken, without numbers.
        unit: Display unit of value, limit and margin.
        formula: How the value comes about, in words or symbols.
        source: Clause or document the limit rests on.
        remedy: What an engineer can change.
        capture: Which way the heat splits in the cases it looks at, "" for every case.
        cases: ``all`` or ``normal`` only.
    """

    id: str
    severity: Severity
    title: str
    unit: str
    formula: str
    source: str
    remedy: str
    capture: Literal["liquid", "air", ""] = ""
    cases: Literal["all", "normal"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """One rule measured on every part of one kind.

    Attributes:
        kind: Kind of the parts.
        value: In SI, shape (variant, part); NaN where it does not apply.
        limit: In SI, broadcastable to ``value``; NaN where there is none.
        side: Whether the limit is the ``most`` or the ``least`` allowed.
        name: Suffixed name of the quantity, which tells its SI unit.
        inputs: Parameters the value rests on, for provenance; the first is what an engineer would edit.
        cause: Part row to why it happens, where a rule knows better than "the case".
        parts: Rows measured, when not every part of the kind, shape (part,).
    """

    kind: str
    value: Array
    limit: Array
    side: Side
    name: str
    inputs: tuple[str, ...] = ()
    cause: Callable[[int], tuple[str, str]] | None = None
    parts: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """What a rule may look at: what is built, and what was solved. Never a stage, never a solver.

    Attributes:
        facility: What is built.
        tree: Results.
        site: Site parameters in SI, by name (numbers) .
        words: Site tokens, by name.
    """

    facility: Facility
    tree: xr.DataTree
    site: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        """Return whether any part of this kind is built."""
        table = self.facility.tables.get(kind)
        return table is not None and len(table.paths) > 0

    def table(self, kind: str) -> Table:
        """Return the columns of a kind."""
        return self.facility.tables[kind]

    def number(self, kind: str, name: str) -> Array:
        """Return a parameter as (variant or 1, part)."""
        return self.facility.tables[kind].numbers[name].T

    def result(self, kind: str, group: str, name: str) -> Array:
        """Return a result of the parts of one kind, shape (variant, part)."""
        data = self.tree[group]
        mine = np.asarray(data["kind"].values) == kind
        return np.asarray(data[name].values)[:, mine]


Check = Callable[[Review], Iterator[Measure]]
_rules: dict[str, tuple[Rule, Check]] = {}


def rule(
    id: str,  # noqa: A002
    *,
    severity: Severity,
    title: str,
    unit: str,
    formula: str,
    source: str,
    remedy: str,
    capture: Literal["liquid", "air", ""] = "",
    cases: Literal["all", "normal"] = "all",
) -> Callable[[Check], Check]:
    """Declare the function below as the measurement of a rule."""

    def declare(check: Check) -> Check:
        if id in _rules:
            msg = f"rule {id} is declared twice"
            raise TypeError(msg)
        made = Rule(
            id=id, severity=severity, title=title, unit=unit, formula=formula, source=source,
            remedy=remedy, capture=capture, cases=cases,
        )  # fmt: skip
        _rules[id] = (made, check)
        return check

    return declare


def rules() -> Mapping[str, tuple[Rule, Check]]:
    """Return every rule declared so far, by id."""
    return MappingProxyType(_rules)
