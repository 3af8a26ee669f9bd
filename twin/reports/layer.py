"""What the results layer holds: per prim, its normal results and what the rules say of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import UsageError
from twin.model.finding import SEVERITIES, Finding, Severity
from twin.reports.report import Report
from twin.units import kind_of, stem_of, suffix_of

if TYPE_CHECKING:
    from twin.stage.overlay import Colour, ResultRow
    from twin.walk import Outcome

_COLOURS: "dict[Severity | None, Colour]" = {
    "critical": (0.75, 0.10, 0.12), "major": (0.86, 0.33, 0.13), "minor": (0.93, 0.65, 0.20),
    "note": (0.90, 0.83, 0.45), None: (0.35, 0.60, 0.45),
}  # fmt: skip
_HEAD_BYTES = 20_000


def write_layer(target: Path, outcome: "Outcome", report: Report, version: str) -> None:
    """Write the results layer of a run."""
    from twin.stage.overlay import write_results

    meta = {
        "version": version, "case": outcome.facility.cases[_normal(outcome)].name, "verdict": report.verdict,
        "inputs": outcome.facility.inputs, "unsolved": ", ".join(report.unsolved),
    }  # fmt: skip
    write_results(target, outcome.facility.layout, rows(outcome), meta=meta)


def refuse_foreign(target: Path) -> None:
    """Refuse to replace a layer that is not a results layer of ours.

    Raises:
        UsageError: Somebody else wrote the file.
    """
    from twin.stage.share import RESULTS

    if target.is_file():
        with target.open("rb") as file:
            if RESULTS.encode() not in file.read(_HEAD_BYTES):
                raise UsageError(f"{target} exists and is no results layer; name another folder")


def rows(outcome: "Outcome") -> "Iterator[ResultRow]":
    """Yield one row per prim that has results or was measured by a rule."""
    from twin.stage.overlay import ResultRow

    values = _values(outcome)
    gravest = _gravest(outcome)
    for prim in sorted({*values, *gravest}):
        found = gravest.get(prim)
        words: dict[str, str] = {}
        if prim in gravest:
            words["verdict"] = found.severity if found else "pass"
        if found:
            words |= {"rule": found.rule, "finding": found.title, "worst_case": found.case}
        colour = _COLOURS[found.severity if found else None] if prim in gravest else None
        yield ResultRow(prim=prim, values=values.get(prim, {}), words=words, colour=colour)


def _normal(outcome: "Outcome") -> int:
    names = [case.name for case in outcome.facility.cases]
    return names.index("normal") if "normal" in names else 0


def _values(outcome: "Outcome") -> dict[str, dict[str, float]]:
    """Return the finite results of every prim in normal operation."""
    at = _normal(outcome)
    found: dict[str, dict[str, float]] = {}
    for group, node in outcome.tree.children.items():
        if group not in node.coords:
            continue
        paths = [str(path) for path in np.asarray(node.coords[group].values)]
        shown = told_apart([str(name) for name in node.data_vars])
        for name, variable in node.data_vars.items():
            if variable.dims != ("variant", group):
                continue  # a series over time, say
            for path, value in zip(paths, np.asarray(variable.values)[at], strict=True):
                if np.isfinite(value):
                    found.setdefault(path, {})[shown[str(name)]] = float(value)
    return found


def told_apart(names: Sequence[str]) -> dict[str, str]:
    """Return names that differ even without their units: ``inlet_k`` becomes ``inlet_temperature_k``."""
    stems = [stem_of(name) for name in names]
    shown = {}
    for name, stem in zip(names, stems, strict=True):
        measure = kind_of(name).replace(" ", "_").replace("-", "_")
        shown[name] = name if stems.count(stem) == 1 else f"{stem}_{measure}_{suffix_of(name)}"
    return shown


def _gravest(outcome: "Outcome") -> dict[str, Finding | None]:
    """Return the gravest finding of every prim that a rule measured, None where all hold."""
    worst: dict[str, Finding | None] = {}
    for margin in outcome.margins:
        paths = outcome.facility.tables[margin.kind].paths
        worst |= {paths[int(part)]: None for part in margin.parts}
    for finding in outcome.findings:
        known = worst.get(finding.prim)
        if known is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(known.severity):
            worst[finding.prim] = finding
    return worst
