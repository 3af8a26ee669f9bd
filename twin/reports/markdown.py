"""The verdict as Markdown, fit for a pull request."""

import re
from collections.abc import Iterator, Sequence

from twin.reports.causes import Breach, by_cause
from twin.reports.numbers import number, plural, power, reading, seconds
from twin.reports.report import BOUNDARY, Problem, Report, Tight
from twin.reports.surges import surge_lines
from twin.reports.text import CLOSEST, evidence_sentence

_SIGN = {"pass": "✅", "fail": "❌", "invalid": "⛔"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")


def check_markdown(report: Report) -> str:
    """Return the page."""
    lines = [f"## {_SIGN[report.verdict]} twin check: {_safe(report.layout)} – {report.verdict}", ""]
    if report.problems:
        lines += _problems(report.problems)
    else:
        lines += [_summary(report), ""]
        lines += _findings(report)
        lines += _tightest(report)
        lines += _foot(report)
    if report.warnings:
        lines += ["<details><summary>Warnings about the input</summary>", ""]
        lines += [f"- {_safe(str(warning))}" for warning in report.warnings]
        lines += ["", "</details>", ""]
    return "\n".join(lines).rstrip() + "\n"


def _summary(report: Report) -> str:
    counts = ", ".join(f"{count} {severity}" for severity, count in report.counts.items() if count)
    facts = [f"**{counts or 'No findings'}**", f"{report.rack_count} rack{plural(report.rack_count)}"]
    if report.metrics.get("it_power_w"):
        facts.append(f"{power(report.metrics['it_power_w'])} IT")
    if "pue_design" in report.metrics:
        facts.append(f"ratio {report.metrics['pue_design']:.3f} ({BOUNDARY})")
    facts.append(f"{len(report.cases)} case{plural(len(report.cases))}")
    if report.unsolved:
        facts.append(f"**no steady state: {', '.join(report.unsolved)}**")
    return " · ".join(facts)


def _findings(report: Report) -> Iterator[str]:
    for group in by_cause(report.findings):
        prim = f" – {_code(group.cause.prim)}" if group.cause.prim else ""
        yield f"### {_safe(group.title)}{prim}"
        yield ""
        yield "| severity | rule | what | worst | limit | margin | case | where |"
        yield "|---|---|---|--:|--:|--:|---|---|"
        yield from (_breach(b, report) for b in group.breaches)
        yield ""


def _breach(breach: Breach, report: Report) -> str:
    worst = breach.worst
    count = f" ({breach.count}×)" if breach.count > 1 else ""
    place = str(report.places.of(worst.where))
    where = f"{_code(worst.prim)}<br>{_code(place)}" if place else _code(worst.prim)
    cells = (
        worst.severity,
        worst.rule,
        f"{_safe(worst.title)}{count}",
        *reading(worst.value, worst.limit, worst.margin, worst.unit),
        _safe(worst.case),
        where,
    )
    return f"| {' | '.join(cells)} |"


def _tightest(report: Report) -> Iterator[str]:
    if not report.tightest:
        return
    yield f"<details><summary>Closest to their limit, of {len(report.measured)} rules measured</summary>"
    yield ""
    yield "| rule | what | value | limit | margin | case | part |"
    yield "|---|---|--:|--:|--:|---|---|"
    yield from (_tight(t) for t in report.tightest[:CLOSEST])
    yield ""
    yield "</details>"
    yield ""


def _tight(tight: Tight) -> str:
    read = reading(tight.value, tight.limit, tight.margin, tight.rule.unit)
    cells = (tight.rule.id, _safe(tight.rule.title), *read, _safe(tight.case), _code(tight.prim))
    return f"| {' | '.join(cells)} |"


def _foot(report: Report) -> Iterator[str]:
    for said in surge_lines(report.surges):
        yield f"- Surge {_safe(said)}"
    if report.surges:
        yield ""
    if report.evidence:
        yield f"Evidence: {evidence_sentence(report)}."
    closes = ", ".join(f"{name} {number(value, 2)}" for name, value in report.residuals.items())
    spent = f" Solved and checked in {seconds(sum(report.timings_s.values()))}." if report.timings_s else ""
    yield f"Balances close to {closes} (relative).{spent}" if closes else ""


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    yield "No result:"
    yield ""
    for problem in problems:
        yield f"- {_safe(problem.text)}"
    yield ""


def _safe(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Return text set as code, also within a table."""
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('|', chr(92) + '|')}`"
