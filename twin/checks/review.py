"""Measures every rule on the results and turns breaches into findings, grouped by cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.arrays import Array, Flags, Index
from twin.checks.rule import Measure, Review, Rule, rules
from twin.model.component import kinds
from twin.model.facility import Facility
from twin.model.finding import SEVERITIES, Cause, Finding
from twin.model.place import Placement
from twin.model.provenance import NOT_GIVEN, Evidence, weakest
from twin.units import from_si

# Rounding of a solved number must not break a limit that it meets exactly.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Margin:
    """How far one rule is from its limit on every part of one kind, in its worst case.

    Attributes:
        rule: The rule.
        kind: Kind of the parts.
        parts: Rows of the parts measured, shape (part,).
        value, limit, margin: In the rule's display unit, worst case, shape (part,).
        every: Value in every case, shape (variant, part); NaN where the case does not count.
        case: Row of the worst case, shape (part,).
        broken: Whether the limit is broken, shape (part,).
        as_built: Whether it is broken already while nothing is out, shape (part,).
        measure: What was measured.
    """

    rule: Rule
    kind: str
    parts: Index
    value: Array
    limit: Array
    margin: Array
    every: Array
    case: Index
    broken: Flags
    as_built: Flags
    measure: Measure


def review(
    facility: Facility, tree: xr.DataTree, placement: Placement | None = None, *, only: Sequence[str] = ()
) -> tuple[list[Finding], list[Margin]]:
    """Return every finding, worst first, and every margin, broken or not.

    Args:
        facility: What is built.
        tree: Results.
        placement: Which air volume every part stands in, where it is known already.
        only: Rules to measure, all where none is named.
    """
    case = review_of(facility, tree, placement)
    margins = [
        _margin(facility, declared, measure)
        for declared, check in (rules()[r] for r in sorted(only or rules()))
        for measure in check(case)
    ]
    margins = [m for m in margins if len(m.parts)]
    found = [f for m in margins for f in _findings(facility, m)]
    order = {s: i for i, s in enumerate(SEVERITIES)}
    found.sort(key=lambda f: (order[f.severity], f.rule, f.cause.prim, f.prim))
    return found, margins


def review_of(facility: Facility, tree: xr.DataTree, placement: Placement | None = None) -> Review:
    """Return what rules look at."""
    return Review(
        facility=facility,
        tree=tree,
        site={n: float(v[0, 0]) for n, v in facility.tables["site"].numbers.items()},
        words={n: v[0] for n, v in facility.tables["site"].words.items()},
        memory={} if placement is None else {"placement": placement},
    )


def _counts(facility: Facility, rule: Rule) -> Flags:
    """Return which cases a rule looks at, shape (variant,)."""
    both = len({c.capture for c in facility.cases}) > 1
    return np.array(
        [
            (not both or not rule.capture or c.capture == rule.capture)
            and (rule.cases == "all" or c.name == "normal")
            for c in facility.cases
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaps:
    """What a rule measured in the cases that it looks at. Shapes: (case, part).

    Attributes:
        parts: Rows of the parts measured, shape (part,).
        chosen: Cases that count, shape (case,); the first one for what no case changes.
        steady: Whether no case changes it.
        value, limit: In SI.
        gap: Distance to the limit [SI], infinite where there is none.
        broken: Whether the limit is broken, rounding left out.
    """

    parts: Index
    chosen: Index
    steady: bool
    value: Array
    limit: Array
    gap: Array
    broken: Flags


def gaps_of(facility: Facility, rule: Rule, measure: Measure) -> Gaps:
    """Return how far what a rule measured is from its limit, in every case that counts."""
    every = np.arange(len(facility.tables[measure.kind].paths), dtype=np.intp)
    parts = every if measure.parts is None else measure.parts
    shape = len(facility.cases), len(parts)
    chosen = np.flatnonzero(_counts(facility, rule))
    steady = all(np.ndim(x) < 2 or np.shape(x)[0] == 1 for x in (measure.value, measure.limit))
    if steady:
        chosen = chosen[:1]
    value, limit = (
        np.broadcast_to(x, (1 if steady else shape[0], shape[1]))[slice(None) if steady else chosen]
        for x in (measure.value, measure.limit)
    )
    sign = 1.0 if measure.side == "most" else -1.0
    gap = sign * (limit - value)
    gap = np.where(np.isfinite(gap), gap, np.inf)
    broken: Flags = np.less(gap, -ROUNDING * np.maximum(np.abs(limit), np.abs(value)))
    return Gaps(
        parts=np.asarray(parts),
        chosen=chosen,
        steady=steady,
        value=value,
        limit=limit,
        gap=gap,
        broken=broken,
    )


def _margin(facility: Facility, rule: Rule, measure: Measure) -> Margin:
    found = gaps_of(facility, rule, measure)
    chosen, known = found.chosen, np.isfinite(found.gap)
    worst = np.argmin(found.gap, axis=0) if len(chosen) else np.zeros(len(found.parts), dtype=np.intp)
    keep = np.flatnonzero(known.any(axis=0))
    at = worst[keep], keep
    shown = from_si(found.value, rule.unit, measure.name)
    bound = from_si(found.limit[at], rule.unit, measure.name)
    normal = np.array([facility.cases[c].name == "normal" for c in chosen.tolist()], dtype=np.bool_)
    values = np.where(known, shown, np.nan)[:, keep]
    return Margin(
        rule=rule, kind=measure.kind, parts=found.parts[keep],
        value=shown[at], limit=bound, margin=(1.0 if measure.side == "most" else -1.0) * (bound - shown[at]),
        every=_spread(values, chosen, len(facility.cases), steady=found.steady),
        case=chosen[worst[keep]], broken=found.broken[at],
        as_built=np.any(found.broken[normal], axis=0, keepdims=True)[0, keep],
        measure=measure,
    )  # fmt: skip


def _spread(values: Array, chosen: Index, cases: int, *, steady: bool) -> Array:
    """Return values of every case, NaN in those that do not count, shape (variant, part)."""
    if steady:
        return np.broadcast_to(values, (cases, values.shape[1]))
    if len(chosen) == cases:
        return values
    every = np.full((cases, values.shape[1]), np.nan)
    every[chosen] = values
    return every


def _findings(facility: Facility, margin: Margin) -> list[Finding]:
    rows = np.flatnonzero(margin.broken)
    if not len(rows):
        return []
    table, rule = facility.tables[margin.kind], margin.rule
    told = _Told(facility, margin)
    out = []
    for row in rows.tolist():
        part = int(margin.parts[row])
        case = facility.cases[int(margin.case[row])]
        where, evidence, inputs = told.inputs(part)
        out.append(
            Finding(
                rule=rule.id, severity=rule.severity, title=rule.title, prim=table.paths[part], where=where,
                value=float(margin.value[row]), limit=float(margin.limit[row]),
                margin=float(margin.margin[row]),
                unit=rule.unit, source=rule.source, case=margin.measure.case or case.name,
                evidence=evidence, inputs=inputs,
                cause=told.cause(part, int(margin.case[row]), in_normal=bool(margin.as_built[row])),
            )
        )  # fmt: skip
    return out


class _Told:
    """What the findings of one margin share: thousands of parts of one design rest on the same opinions."""

    def __init__(self, facility: Facility, margin: Margin) -> None:
        """Start with nothing said."""
        self._facility, self._margin = facility, margin
        table = facility.tables[margin.kind]
        self._columns = [table.opinion[n] for n in margin.measure.inputs if n in table.opinion]
        self._inputs: dict[tuple[int, ...], tuple[str, Evidence, dict[str, Evidence]]] = {}
        self._causes: dict[tuple[int, bool, str], Cause] = {}

    def inputs(self, part: int) -> tuple[str, Evidence, Mapping[str, Evidence]]:
        """Return where to edit, the weakest evidence, and the evidence of each input of a part."""
        key = tuple(int(column[part]) for column in self._columns)
        if all(number == NOT_GIVEN for number in key):
            located_ = self._facility.tables[self._margin.kind].located
            key = (*key, -2 if located_ is None else int(located_[part]))
        if key not in self._inputs:
            kind, names = self._margin.kind, self._margin.measure.inputs
            evidence = _evidence(self._facility, kind, part, names)
            where = located(self._facility, kind, part, names)
            self._inputs[key] = where, weakest(list(evidence.values())), evidence
        return self._inputs[key]

    def cause(self, part: int, number: int, *, in_normal: bool) -> Cause:
        """Return why a part breaks the rule, in its worst case."""
        margin = self._margin
        if margin.measure.cause is not None and (told := margin.measure.cause(part)) is not None:
            prim, sentence = told
            return Cause(prim=prim, rule=margin.rule.id, text=sentence)
        table, case = self._facility.tables[margin.kind], self._facility.cases[number]
        model = table.asset[part] if table.asset else ""
        key = number, in_normal, model
        if key not in self._causes:
            if case.name != "normal" and not in_normal:
                why = Cause(prim=case.prim, rule=f"case:{case.name}", text=case.text or f"{case.name} is out")
            else:
                text = f"{kinds()[margin.kind].label} {model}".strip() + " as designed"
                why = Cause(prim="", rule=margin.rule.id, text=text)
            self._causes[key] = why
        return self._causes[key]


def _evidence(facility: Facility, kind: str, part: int, inputs: Sequence[str]) -> dict[str, Evidence]:
    table = facility.tables[kind]
    numbers = {n: int(table.opinion[n][part]) for n in inputs if n in table.opinion}
    return {n: facility.opinions[i].evidence for n, i in numbers.items() if i != NOT_GIVEN}


def located(facility: Facility, kind: str, part: int, inputs: Sequence[str]) -> str:
    """Return ``layer`` and spec path of the opinion an engineer would edit: the first input, or the prim."""
    table = facility.tables[kind]
    for name in inputs:
        if name in table.opinion and table.opinion[name][part] != NOT_GIVEN:
            opinion = facility.opinions[int(table.opinion[name][part])]
            if opinion.identifier:
                return f"{opinion.layer}#{opinion.spec}"
    if table.located is not None and table.located[part] != NOT_GIVEN:
        opinion = facility.opinions[int(table.located[part])]
        return f"{opinion.layer}#{opinion.spec}"
    return ""
