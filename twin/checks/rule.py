"""Rules: declared once with clause, formula and remedy; measured on results; turned into findings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import xarray as xr

from twin.arrays import Array, Flags, Index
from twin.model.component import kinds
from twin.model.facility import Facility, Table
from twin.model.finding import Severity
from twin.model.place import Placement, place

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
        graded: Whether its margin tells how close a design is to its limit; not for what is so or is not, and
            not for set-points, which control holds right at the limit.
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
    graded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """One rule measured on every part of one kind.

    Attributes:
        kind: Kind of the parts.
        value: In SI, shape (variant or 1, part), 1 when no case changes it; NaN where it does not apply.
        limit: In SI, broadcastable to ``value``; NaN where there is none.
        side: Whether the limit is the ``most`` or the ``least`` allowed.
        name: Suffixed name of the quantity, which tells its SI unit; that of the result where it is one.
        inputs: Parameters the value rests on, for provenance; the first is what an engineer would edit.
        cause: Part row to why it happens, where a rule knows better than "the case"; None where it does not.
        parts: Rows measured, when not every part of the kind, shape (part,).
        case: Name of the case it stands for, where that is none of the variant axis.
    """

    kind: str
    value: Array
    limit: Array
    side: Side
    name: str
    inputs: tuple[str, ...] = ()
    cause: Callable[[int], tuple[str, str] | None] | None = None
    parts: Index | None = None
    case: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Review:
    """What a rule may look at: what is built, and what was solved. Never a stage, never a solver.

    Attributes:
        facility: What is built.
        tree: Results.
        site: Site parameters in SI, by name (numbers) .
        words: Site tokens, by name.
        memory: What rules of one subject work out once, by their own key.
    """

    facility: Facility
    tree: xr.DataTree
    site: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Return whether every one of these kinds is built."""
        tables = self.facility.tables
        return all(name in tables and len(tables[name].paths) > 0 for name in names)

    def built(self, *names: str) -> tuple[str, ...]:
        """Return those of these kinds that are built."""
        return tuple(name for name in names if self.has(name))

    def table(self, kind: str) -> Table:
        """Return the columns of a kind."""
        return self.facility.tables[kind]

    def owner(self, name: str) -> float:
        """Return what the owner demands [SI], NaN when the site does not say."""
        return self.site.get(name, float("nan"))

    def number(self, kind: str, name: str) -> Array:
        """Return a parameter as (variant or 1, part)."""
        return self.facility.tables[kind].numbers[name].T

    def runs(self, kind: str) -> Flags:
        """Return whether each part is in service, shape (variant or 1, part)."""
        return self.facility.tables[kind].in_service.T

    def result(self, kind: str, name: str) -> Array:
        """Return a result of the parts of one kind, shape (variant, part)."""
        group = kinds()[kind].group
        if kind not in self._rows:
            mine = np.flatnonzero(np.asarray(self._group(group)["kind"].values) == kind)
            self._rows[kind] = slice(int(mine[0]), int(mine[-1]) + 1)
        found: Array = np.asarray(self._group(group)[name].values)[:, self._rows[kind]]
        return found

    def loop(self, kind: str, name: str = "loop_index") -> Index:
        """Return the number of the connected loop of fluid that each part is in, shape (part,)."""
        number: Index = self.result(kind, name)[0].astype(np.intp)
        return number

    def closed(self, kind: str, name: str = "loop_index") -> Flags:
        """Return which parts are in a loop without an open end (reservoir, tank), shape (part,)."""
        ends = self.built("reservoir", "tank")
        if not ends:
            return np.ones(len(self.facility.tables[kind].paths), dtype=np.bool_)
        return ~np.isin(self.loop(kind, name), np.concatenate([self.loop(end) for end in ends]))

    def rooms(self, kind: str) -> Index:
        """Return the air node of the room or aisle each part stands in, -1 outdoors, shape (part,)."""
        return self.placement.room[kind]

    @cached_property
    def placement(self) -> Placement:
        """Which air volume every part stands in and every port opens into."""
        known: Placement | None = self.memory.get("placement")
        return place(self.facility) if known is None else known

    @cached_property
    def _rows(self) -> dict[str, slice]:
        return {}

    @cached_property
    def _datasets(self) -> dict[str, xr.Dataset]:
        return {}

    def _group(self, name: str) -> xr.Dataset:
        if name not in self._datasets:
            self._datasets[name] = self.tree[name].to_dataset()
        return self._datasets[name]


def only(where: Flags, value: Array) -> Array:
    """Return values where they apply, NaN elsewhere."""
    return np.where(where, value, np.nan)


def group_min(owner: Index, values: Array, count: int) -> Array:
    """Return the least value of each owner, shape (owner,); NaN for none. NaN values are left out."""
    found = np.full(count, np.inf)
    known = np.isfinite(values) & (owner >= 0)
    np.minimum.at(found, owner[known], values[known])
    return np.where(np.isfinite(found), found, np.nan)


def group_sum(owner: Index, values: Array, count: int) -> Array:
    """Return the sum per owner along the last axis, shape (..., owner)."""
    flat = np.atleast_2d(values)
    rows = [np.bincount(owner[owner >= 0], weights=row[owner >= 0], minlength=count) for row in flat]
    return np.array(rows, dtype=np.float64).reshape(*values.shape[:-1], count)


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
    graded: bool = True,
) -> Callable[[Check], Check]:
    """Declare the function below as the measurement of a rule."""

    def declare(check: Check) -> Check:
        if id in _rules:
            msg = f"rule {id} is declared twice"
            raise TypeError(msg)
        made = Rule(
            id=id, severity=severity, title=title, unit=unit, formula=formula, source=source,
            remedy=remedy, capture=capture, cases=cases, graded=graded,
        )  # fmt: skip
        _rules[id] = (made, check)
        return check

    return declare


def rules() -> Mapping[str, tuple[Rule, Check]]:
    """Return every rule declared so far, by id."""
    return MappingProxyType(_rules)
