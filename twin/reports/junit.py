"""The rules as JUnit test cases: one per rule that found something to measure."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from twin.checks.rule import Rule
from twin.model.finding import Finding
from twin.reports.causes import relative_margin
from twin.reports.numbers import sentence
from twin.reports.report import DEFAULT_FAIL_ON, Report, reaches

LISTED = 50
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_junit(report: Report) -> str:
    """Return the test suite as text; a case fails where the rule's findings fail the run."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    cases = [_case(rule, by_rule.get(rule.id, []), report) for _, rule in sorted(report.measured.items())]
    cases += _errors(report)
    failures = sum(case.find("failure") is not None for case in cases)
    errors = sum(case.find("error") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    spent = f"{sum(report.timings_s.values()):.3f}"
    top = ET.Element("testsuites", {"name": "twin check", **counts, "time": spent})
    suite = ET.SubElement(
        top, "testsuite", {"name": _clean(report.layout), **counts, "skipped": "0", "time": spent}
    )
    suite.extend(cases)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _case(rule: Rule, findings: Sequence[Finding], report: Report) -> ET.Element:
    case = ET.Element(
        "testcase", {"classname": f"twin.{rule.id[:2]}", "name": f"{rule.id} {rule.title}", "time": "0"}
    )
    if not findings:
        return case
    ordered = sorted(findings, key=relative_margin)
    lines = [_line(f, report) for f in ordered[:LISTED]]
    if len(ordered) > LISTED:
        lines.append(f"and {len(ordered) - LISTED} more")
    text = _clean("\n".join([*lines, f"Limit: {rule.source}", f"Remedy: {rule.remedy}"]))
    limit = DEFAULT_FAIL_ON if report.fail_on == "never" else report.fail_on
    if any(reaches(f.severity, limit) for f in findings):
        said = {"message": _clean(lines[0]), "type": ordered[0].severity}
        ET.SubElement(case, "failure", said).text = text
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _errors(report: Report) -> list[ET.Element]:
    made = []
    for problem in report.problems:
        name = f"{problem.code or problem.reason} {problem.prim}".strip()
        case = ET.Element("testcase", {"classname": "twin.input", "name": _clean(name), "time": "0"})
        said = {"message": _clean(problem.text), "type": problem.code or problem.reason}
        ET.SubElement(case, "error", said).text = _clean(problem.text)
        made.append(case)
    return made


def _line(finding: Finding, report: Report) -> str:
    read = sentence(finding.value, finding.limit, finding.margin, finding.unit)
    return f"{finding.prim}: {read}, case {finding.case}  {report.places.of(finding.where)}".rstrip()


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("?", text)
