"""Measures every rule on the results and turns breaches into findings, grouped by cause."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.arrays import Array, Flags
from twin.checks.rule import Measure, Review, Rule, rules
from twin.model.component import kinds
from twin.model.facility import Case, Facility
from twin.model.finding import SEVERITIES, Cause, Finding
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
        measure: What was measured.
    """

    rule: Rule
    kind: str
    parts: Array
    value: Array
    limit: Array
    margin: Array
    every: Array
    case: Array
    broken: Flags
    measure: Measure


def review(facility: Facility, tree: xr.DataTree) -> tuple[list[Finding], list[Margin]]:
    """Return every finding, worst first, and every margin, broken or not."""
    case = Review(
        facility=facility,
        tree=tree,
        site={n: float(v[0, 0]) for n, v in facility.tables["site"].numbers.items()},
        words={n: v[0] for n, v in facility.tables["site"].words.items()},
    )
    margins = [
        _margin(facility, declared, measure)
        for declared, check in (rules()[r] for r in sorted(rules()))
        for measure in check(case)
    ]
    margins = [m for m in margins if len(m.parts)]
    found = [f for m in margins for f in _findings(facility, m)]
    order = {s: i for i, s in enumerate(SEVERITIES)}
    found.sort(key=lambda f: (order[f.severity], f.rule, f.cause.prim, f.prim))
    return found, margins


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


def _margin(facility: Facility, rule: Rule, measure: Measure) -> Margin:
    parts = np.arange(len(facility.tables[measure.kind].paths)) if measure.parts is None else measure.parts
    value = np.broadcast_to(measure.value, (len(facility.cases), len(parts))).astype(np.float64)
    limit = np.broadcast_to(measure.limit, value.shape)
    name = measure.name
    shown, bound = from_si(value, rule.unit, name), from_si(limit, rule.unit, name)
    sign = 1.0 if measure.side == "most" else -1.0
    gap = sign * (limit - value)
    known = np.isfinite(gap) & _counts(facility, rule)[:, None]
    ranked = np.where(known, gap, np.inf)
    case = np.argmin(ranked, axis=0)
    at = case, np.arange(len(parts))
    some = known.any(axis=0)
    slack = ROUNDING * np.maximum(np.abs(limit[at]), np.abs(value[at]))
    broken = some & (ranked[at] < -np.where(np.isfinite(slack), slack, 0.0))
    keep = np.flatnonzero(some)
    return Margin(
        rule=rule, kind=measure.kind, parts=np.asarray(parts)[keep],
        value=shown[at][keep], limit=bound[at][keep], margin=(sign * (bound[at] - shown[at]))[keep],
        every=np.where(known, shown, np.nan)[:, keep], case=case[keep], broken=broken[keep], measure=measure,
    )  # fmt: skip


def _findings(facility: Facility, margin: Margin) -> list[Finding]:
    table = facility.tables[margin.kind]
    rows = np.flatnonzero(margin.broken)
    normal = np.array([c.name == "normal" for c in facility.cases])
    sign = 1.0 if margin.measure.side == "most" else -1.0
    out = []
    for row in rows:
        part = int(margin.parts[row])
        case = facility.cases[int(margin.case[row])]
        worst = margin.every[normal, row]
        fails_in_normal = bool(np.any(sign * (margin.limit[row] - worst) < 0.0))
        out.append(
            Finding(
                rule=margin.rule.id, severity=margin.rule.severity, title=margin.rule.title,
                prim=table.paths[part], where=located(facility, margin.kind, part, margin.measure.inputs),
                value=float(margin.value[row]), limit=float(margin.limit[row]), margin=float(margin.margin[row]),
                unit=margin.rule.unit, source=margin.rule.source, case=case.name,
                cause=_cause(facility, margin, part, case, in_normal=fails_in_normal),
                evidence=weakest(list(_evidence(facility, margin.kind, part, margin.measure.inputs).values())),
                inputs=dict(_evidence(facility, margin.kind, part, margin.measure.inputs)),
            )
        )  # fmt: skip
    return out


def _cause(facility: Facility, margin: Margin, part: int, case: Case, *, in_normal: bool) -> Cause:
    if margin.measure.cause is not None:
        prim, sentence = margin.measure.cause(part)
        return Cause(prim=prim, rule=margin.rule.id, text=sentence)
    if case.name != "normal" and not in_normal:
        return Cause(prim=case.prim, rule=f"case:{case.name}", text=case.text or f"{case.name} is out")
    label = kinds()[margin.kind].label
    asset = facility.tables[margin.kind].asset
    model = asset[part] if asset else ""
    return Cause(prim="", rule=margin.rule.id, text=f"{label} {model}".strip() + " as designed")


def _evidence(facility: Facility, kind: str, part: int, inputs: Sequence[str]) -> dict[str, Evidence]:
    table = facility.tables[kind]
    numbers = {n: int(table.opinion[n][part]) for n in inputs if n in table.opinion}
    return {n: facility.opinions[i].evidence for n, i in numbers.items() if i != NOT_GIVEN}


def located(facility: Facility, kind: str, part: int, inputs: Sequence[str]) -> str:
    """Return ``layer`` and spec path of the opinion an engineer would edit: the first input, else the prim."""
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
