"""The verdict as a page for a terminal: what fails and why, then how close the rest comes."""

from collections.abc import Iterator

from twin.model.finding import Severity
from twin.reports.causes import Breach, Group, by_cause
from twin.reports.lines import WIDTH, Colour, Ink, between, columns, fit, shorten, wrapped
from twin.reports.numbers import number, plural, power, reading, seconds, sentence
from twin.reports.report import BOUNDARY, Problem, Report
from twin.reports.surges import surge_lines

CLOSEST = 8
_COLOUR: dict[Severity, Colour] = {"critical": "red", "major": "red", "minor": "yellow", "note": "cyan"}
_VERDICT: dict[str, Colour] = {"pass": "green", "fail": "red", "invalid": "red"}
_CASE = 18  # columns of a case's name


def check_text(report: Report, ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    lines = [*_head(report, ink)]
    if report.problems:
        lines += _problems(report, ink)
    else:
        lines += _findings(report, ink)
        lines += _tightest(report, ink)
        lines += ["", *_figures(report, ink)]
    lines += _warnings(report, ink)
    return "\n".join(lines) + "\n"


def _head(report: Report, ink: Ink) -> Iterator[str]:
    racks, cases, lost = report.rack_count, len(report.cases), len(set(report.unsolved) - set(report.cases))
    facts = [
        f"{racks} rack{plural(racks)}" if racks else "",
        f"{power(report.metrics['it_power_w'])} IT" if report.metrics.get("it_power_w") else "",
        f"{cases} of {cases + lost} cases solved"
        if lost
        else f"{cases} case{plural(cases)} solved"
        if cases
        else "",
    ]
    yield ink("bold", between(report.layout, " · ".join(f for f in facts if f)).rstrip())
    chosen = _chosen(report)
    if chosen:
        yield ink("dim", fit(chosen, WIDTH))
    yield ""
    if report.problems:
        yield (
            ink("red", "INVALID") + f"  no result: {len(report.problems)} error{plural(len(report.problems))}"
        )
        return
    counts = ", ".join(f"{count} {severity}" for severity, count in report.counts.items() if count)
    limit = "" if report.fail_on == "never" else f"  (fails on {report.fail_on} and above)"
    yield ink(_VERDICT[report.verdict], report.verdict.upper()) + f"  {counts or 'no findings'}{limit}"


def _chosen(report: Report) -> str:
    """Return what this run selects and overrides."""
    parts = []
    for key in ("variants", "overrides"):
        held = report.inputs.get(key)
        if isinstance(held, dict):
            parts += [f"{name}={value}" for name, value in held.items()]
    scenario = report.inputs.get("scenario")
    climate = report.inputs.get("climate")
    parts = [f"climate {climate}"] * bool(climate) + parts
    return "  ".join([f"scenario={scenario}"] * bool(scenario) + parts)


def _findings(report: Report, ink: Ink) -> Iterator[str]:
    for group in by_cause(report.findings):
        yield ""
        count = f"{group.count} finding{plural(group.count)}" if group.count > 1 else ""
        yield ink("bold", between(group.title, count).rstrip())
        if place := "  ".join(t for t in (group.cause.prim, _case_of(group)) if t):
            yield ink("dim", "  " + fit(place, WIDTH - 2))
        for breach in group.breaches:
            yield from _breach(report, breach, ink)


def _case_of(group: Group) -> str:
    return f"case {group.cause.rule.removeprefix('case:')}" if group.cause.rule.startswith("case:") else ""


def _breach(report: Report, breach: Breach, ink: Ink) -> Iterator[str]:
    worst, indent = breach.worst, " " * 11
    many = breach.count > 1
    places = f"{breach.count} places" if many else ""
    severity = ink(_COLOUR[worst.severity], f"{worst.severity:<8}")
    yield f"  {severity} {worst.rule}  " + between(worst.title, places, WIDTH - 18).rstrip()
    read = sentence(worst.value, worst.limit, worst.margin, worst.unit)
    said = f"{'worst ' if many else ''}{read}, case {worst.case}"
    yield from wrapped(said, indent=indent)
    place = fit(str(report.places.of(worst.where)), 50)
    yield (indent + between(worst.prim, place, WIDTH - len(indent))).rstrip()
    basis = f"{worst.source}{f' · weakest input: {worst.evidence}' if worst.evidence else ''}"
    yield from (ink("dim", line) for line in wrapped(basis, indent=indent))


def _tightest(report: Report, ink: Ink) -> Iterator[str]:
    shown = report.tightest[:CLOSEST]
    if not shown:
        return
    yield ""
    yield ink("bold", f"Closest to their limit, of {len(report.measured)} rules measured")
    read = [reading(t.value, t.limit, t.margin, t.rule.unit) for t in shown]
    numbers = columns([("value", "limit", "margin"), *read], right=(0, 1, 2))
    cases = ["case", *(fit(t.case, _CASE) for t in shown)]
    width = max(len(case) for case in cases)
    # Title and part share what is left of the line.
    left = WIDTH - 2 - 7 - len(numbers[1]) - width - 6
    titles = ["rule", *(shorten(t.rule.title, left * 3 // 5) for t in shown)]
    title = max(len(text) for text in titles)
    parts = ["part", *(fit(t.prim, left - title) for t in shown)]
    rules = ["", *(t.rule.id for t in shown)]
    for row in zip(rules, titles, numbers, cases, parts, strict=True):
        yield f"  {row[0]:<5}  {row[1]:<{title}}  {row[2]}  {row[3]:<{width}}  {row[4]}".rstrip()


def _figures(report: Report, ink: Ink) -> Iterator[str]:
    figures = report.metrics
    if "pue_design" in figures:
        it, total = power(figures["it_power_w"]), power(figures["facility_power_w"])
        ratio = f"{figures['pue_design']:.3f}"
        yield from _line("Design point", f"{total} for {it} of IT: ratio {ratio} ({BOUNDARY})", ink)
    for name, said in zip(("Surges", *[""] * len(report.surges)), surge_lines(report.surges), strict=False):
        yield from _line(name, said, ink)
    if report.residuals:
        closes = ", ".join(f"{name} {number(value, 2)}" for name, value in report.residuals.items())
        yield from _line("Closes to", f"{closes} (relative)", ink)
    if report.evidence:
        yield from _line("Evidence", evidence_sentence(report), ink)
    if report.timings_s:
        spent = ", ".join(f"{name.replace('_', ' ')} {seconds(t)}" for name, t in report.timings_s.items())
        yield from _line("Time", spent, ink)


def evidence_sentence(report: Report) -> str:
    """Return what the result rests on."""
    total = sum(report.evidence.values())
    parts = ", ".join(
        f"{count} {name}" for name, count in sorted(report.evidence.items(), key=lambda e: -e[1])
    )
    assumed = report.evidence.get("assumption", 0)
    return f"{assumed} of {total} inputs are assumptions ({parts})"


def _line(name: str, said: str, ink: Ink) -> Iterator[str]:
    first, *rest = wrapped(said, indent=" " * 14)
    yield ink("bold", f"{name:<14}") + first[14:]
    yield from rest


def _problems(report: Report, ink: Ink) -> Iterator[str]:
    for problem in report.problems:
        yield ""
        yield from problem_lines(problem, ink)
    codes = sorted({p.code for p in report.problems if p.code})
    if codes:
        yield ""
        yield from wrapped(
            f"`twin explain {codes[0]}` tells what a code means and how to mend it.", indent=""
        )


def problem_lines(problem: Problem, ink: Ink) -> Iterator[str]:
    """Yield why there is no result: place, what stands there, what would be right."""
    if not problem.code:
        yield from wrapped(problem.text, indent="  ", first="")
        if problem.prim or problem.equation:
            yield fit("  " + "  ".join(t for t in (problem.prim, problem.equation) if t), WIDTH)
        return
    target = f"{problem.prim}.{problem.attribute}" if problem.attribute else problem.prim
    yield ink("red", problem.code) + "  " + fit("  ".join(t for t in (problem.where, target) if t), WIDTH - 7)
    yield from wrapped(problem.found, indent=" " * 7)
    yield from wrapped(problem.expected, indent=" " * 9, first=" " * 7 + "→ ")


def _warnings(report: Report, ink: Ink) -> Iterator[str]:
    if not report.warnings:
        return
    yield ""
    yield ink("bold", f"{len(report.warnings)} warning{plural(len(report.warnings))} about the input")
    by_code: dict[str, list[str]] = {}
    for warning in report.warnings:
        by_code.setdefault(warning.code, []).append(str(warning))
    for code, said in sorted(by_code.items()):
        more = f"  (and {len(said) - 1} more {code})" if len(said) > 1 else ""
        yield from (ink("yellow", line) for line in wrapped(said[0] + more, indent="    ", first="  "))
