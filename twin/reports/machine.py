"""One JSON object per run, for scripts: the contract of ``--format json`` and of ``check.json``."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from typing import Any

import numpy as np

from twin.model.finding import Fault, Finding
from twin.reports.places import Places
from twin.reports.report import Report, Tight
from twin.reports.surges import surge_object

SCHEMA = "twin-check/1"


def check_json(report: Report) -> str:
    """Return the object as text; numbers that are not finite are null."""
    return json.dumps(check_object(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def check_object(report: Report) -> dict[str, Any]:
    """Return what one run has to say as plain data, every key always there."""
    return {
        "schema": SCHEMA,
        "layout": report.layout,
        "inputs": plain(report.inputs),
        "summary": {
            "verdict": report.verdict,
            "fail_on": report.fail_on,
            "exit_code": report.exit_code,
            "counts": report.counts,
            "rack_count": report.rack_count,
            "cases": list(report.cases),
            "unsolved": list(report.unsolved),
            "evidence": dict(report.evidence),
        },
        "metrics": plain(report.metrics),
        "residuals": plain(report.residuals),
        "findings": [finding_object(f, report.places) for f in report.findings],
        "tightest": [_tight(t, report.places) for t in report.tightest],
        "surges": [plain(surge_object(s)) for s in report.surges],
        "warnings": [_warning(w) for w in report.warnings],
        "errors": [asdict(p) for p in report.problems],
        "timings_s": plain(report.timings_s),
    }


def finding_object(finding: Finding, places: Places) -> dict[str, Any]:
    """Return one finding with its file and line."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": finding.title,
        "prim": finding.prim,
        "where": str(places.of(finding.where)),
        "value": plain(finding.value),
        "limit": plain(finding.limit),
        "margin": plain(finding.margin),
        "unit": finding.unit,
        "source": finding.source,
        "case": finding.case,
        "cause": asdict(finding.cause),
        "evidence": finding.evidence,
        "inputs": dict(finding.inputs),
    }


def _tight(tight: Tight, places: Places) -> dict[str, Any]:
    return {
        "rule": tight.rule.id,
        "title": tight.rule.title,
        "prim": tight.prim,
        "where": str(places.of(tight.where)),
        "value": plain(tight.value),
        "limit": plain(tight.limit),
        "margin": plain(tight.margin),
        "unit": tight.rule.unit,
        "case": tight.case,
    }


def _warning(fault: Fault) -> dict[str, str]:
    return {key: str(text) for key, text in asdict(fault).items() if key != "severity"} | {"text": str(fault)}


def plain(value: object) -> Any:
    """Return data that JSON can hold: arrays as lists, numbers that are not finite as None."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case np.generic() | np.ndarray():
            return plain(value.tolist())
        case Mapping():
            return {str(key): plain(held) for key, held in value.items()}
        case Sequence() | set() | frozenset():
            return [plain(held) for held in value]
        case _:
            return str(value)


def schema() -> dict[str, Any]:
    """Return the JSON schema of ``check_object``."""
    text = resources.files("twin.reports").joinpath("check.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
