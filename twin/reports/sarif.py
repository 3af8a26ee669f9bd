"""Findings as SARIF 2.1.0, for code hosts that mark lines: where lines move, the prim path stays."""

import hashlib
import json
from collections.abc import Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

from twin.checks.rule import Rule
from twin.model.finding import Fault, Finding, Severity
from twin.reports.machine import plain
from twin.reports.numbers import sentence
from twin.reports.places import Place
from twin.reports.report import Problem, Report

VERSION = "2.1.0"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL: Mapping[Severity, str] = {"critical": "error", "major": "error", "minor": "warning", "note": "note"}


def check_sarif(report: Report, version: str) -> str:
    """Return the log as text.

    Args:
        report: What the run has to say.
        version: Version of this package.
    """
    results = [
        *(_finding(f, report) for f in report.findings),
        *(_fault(p, "error", report.layout) for p in report.problems if p.reason == "input"),
        *(_warning(w, report.layout) for w in report.warnings),
    ]
    ids = {str(r["ruleId"]): r for r in results}
    described = [_rule(rule) for rule in report.measured.values()]
    known = {r["id"] for r in described}
    described += [{"id": i, "shortDescription": {"text": i}} for i in sorted(ids) if i not in known]
    at = {rule["id"]: number for number, rule in enumerate(described)}
    for result in results:
        result["ruleIndex"] = at[result["ruleId"]]
    run = {
        "tool": {"driver": {"name": "twin", "semanticVersion": version, "rules": described}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "properties": {"layout": report.layout, "verdict": report.verdict, "metrics": plain(report.metrics)},
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _invocation(report: Report) -> dict[str, Any]:
    notes = [{"level": "error", "message": {"text": p.text}} for p in report.problems if p.reason != "input"]
    return {
        "executionSuccessful": not report.problems,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": notes,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.formula.rstrip('.')}. Limit: {rule.source.rstrip('.')}."},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {"severity": rule.severity, "unit": rule.unit},
    }


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    read = sentence(finding.value, finding.limit, finding.margin, finding.unit)
    text = f"{finding.title}: {read} (case {finding.case})"
    cause = f". Cause: {finding.cause.text}" if finding.cause.text else ""
    return {
        "ruleId": finding.rule,
        "level": _LEVEL[finding.severity],
        "message": {"text": text + cause},
        "locations": [_location(finding.prim, report.places.of(finding.where))],
        "partialFingerprints": {"rulePrim/v1": fingerprint(finding.rule, finding.prim)},
        "properties": {
            "severity": finding.severity,
            "value": plain(finding.value),
            "limit": plain(finding.limit),
            "margin": plain(finding.margin),
            "unit": finding.unit,
            "case": finding.case,
            "source": finding.source,
            "evidence": finding.evidence,
        },
    }


def _fault(problem: Problem, level: str, layout: str) -> dict[str, Any]:
    target = f"{problem.prim}.{problem.attribute}" if problem.attribute else problem.prim
    return {
        "ruleId": problem.code,
        "level": level,
        "message": {"text": f"{target}: {problem.found}; {problem.expected}"},
        "locations": [_location(problem.prim or "/", _place_of_fault(problem.where, layout))],
        "partialFingerprints": {"rulePrim/v1": fingerprint(problem.code, target)},
    }


def _warning(fault: Fault, layout: str) -> dict[str, Any]:
    problem = Problem(
        reason="input", text=str(fault), code=fault.code, prim=fault.prim, attribute=fault.attribute,
        where=fault.where, found=fault.found, expected=fault.expected,
    )  # fmt: skip
    return _fault(problem, "warning", layout)


def _place_of_fault(where: str, layout: str) -> Place:
    """Return the place of a fault, whose file is shown from the layout's folder."""
    name, *numbers = where.split(":")
    line = int(numbers[0]) if numbers and numbers[0].isdecimal() else 0
    base = Path(layout) if Path(layout).is_dir() else Path(layout).parent
    file = base / name
    return Place(name, line, "", str(file) if name and file.is_file() else "")


def _location(prim: str, place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": prim, "kind": "element"}]}
    if place.file:
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(place.file)}}
        if place.line:
            physical["region"] = {"startLine": place.line}
        location["physicalLocation"] = physical
    return location


def uri_of(file: str) -> str:
    """Return a file as code hosts want it: from the folder the command runs in, where it lies below."""
    path = Path(file).resolve()
    if path.is_relative_to(Path.cwd()):
        return Path(relpath(path, Path.cwd())).as_posix()
    return path.as_uri()


def fingerprint(rule: str, target: str) -> str:
    """Return what tells a finding from others when lines move."""
    return hashlib.sha256(f"{rule}\0{target}".encode()).hexdigest()[:32]
