"""What a study says, as text, Markdown, JSON, JUnit and as a table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from twin.arrays import Array
from twin.checks.rule import rules
from twin.reports.lines import Ink, shorten, wrapped
from twin.reports.machine import plain
from twin.studies.study_answers import COST, WORST, Answers
from twin.studies.study_axes import Study, command
from twin.studies.study_plan import Plan
from twin.studies.study_read import FAILED, SOLVED
from twin.studies.study_sensitivity import Driver, distribution, drivers
from twin.units import display_unit, from_si, pretty

SCHEMA = "twin-study-result/1"
SHOWN, LISTED = 10, 20
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dry_run_text(planned: Plan, *, block_s: float, workers: int) -> str:
    """Return how many variants there are, and how long they take.

    Args:
        planned: The study.
        block_s: Seconds that the first block took.
        workers: How many blocks are solved at once.
    """
    per = block_s / len(planned.rows[planned.rows_of(0)])
    total = per * len(planned.rows) / workers
    axes = [
        f"  {axis.name}: {_range(planned.study, at, planned.rows)}"
        for at, axis in enumerate(planned.study.axes)
    ]
    anew = sorted(planned.first.anew)
    return "\n".join([
        f"{len(planned.rows)} variants of {planned.study.layout}, {planned.blocks} blocks of at most "
        f"{planned.study.block}, {planned.topologies} to read",
        *axes,
        *([f"  read anew for every value: {', '.join(anew)}"] if anew else []),
        f"one block of {len(planned.rows[planned.rows_of(0)])} took {block_s:.1f} s: about {_time(total)} "
        f"on {workers} worker{'s' if workers > 1 else ''}, {3600.0 / per * workers:,.0f} variants an hour",
        "",
    ])  # fmt: skip


def _range(study: Study, at: int, rows: Array) -> str:
    axis, values = study.axes[at], rows[:, at]
    count = len(np.unique(values))
    if axis.is_number:
        return f"{axis.shown(values.min())} to {axis.shown(values.max())}, {count} values"
    return f"{', '.join(axis.levels)}"


def _time(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )


def formatted(planned: Plan, found: Answers, reasons: Mapping[int, str], form: str, ink: Ink) -> str:
    """Return what a study says in one format."""
    if form == "json":
        return study_json(planned, found, reasons)
    if form == "junit":
        return study_junit(planned, found, reasons)
    if form == "csv":
        return study_csv(planned, found)
    lines = list(_page(planned, found, reasons, ink if form == "text" else Ink(), markdown=form == "md"))
    return "\n".join(lines) + "\n"


def best(study: Study, found: Answers) -> list[int]:
    """Return the passing variants worth a look first: the front, else the cheapest, else the roomiest."""
    passing = np.flatnonzero(found.passes)
    key = found.cost if np.isfinite(found.cost[passing]).any() else -found.worst_margin
    order = passing[np.argsort(key[passing], kind="stable")]
    if study.objectives:
        order = order[np.argsort(~found.pareto[order], kind="stable")]
    return [int(v) for v in order]


def every_driver(planned: Plan, found: Answers) -> dict[str, list[Driver]]:
    """Return what drives each output and the worst margin."""
    values = {**found.outputs, WORST: found.worst_margin}
    told = {name: drivers(planned.study, planned.rows, name, column) for name, column in values.items()}
    return {name: each for name, each in told.items() if each}


def _page(
    planned: Plan, found: Answers, reasons: Mapping[int, str], ink: Ink, *, markdown: bool
) -> Iterator[str]:
    study = planned.study
    solved, passing, lost = (
        int(x.sum()) for x in (found.status == SOLVED, found.passes, found.status == FAILED)
    )
    head = f"{passing} of {len(found.status)} variants pass"
    yield f"## {head}" if markdown else ink("green" if passing else "red", head)
    waiting = len(found.status) - solved - lost
    yield f"{study.layout}: {solved} solved, {lost} failed" + (
        f", {waiting} not solved yet" if waiting else ""
    )
    for title, counts in (("fails variants", found.counts), ("binds passing variants", found.bound)):
        if counts:
            yield ""
            yield from _table(markdown, ["constraint", title, ""], [
                [name, str(n), rules()[name][0].title if name in rules() else ""]
                for name, n in list(counts.items())[:SHOWN]
            ])  # fmt: skip
    chosen = best(study, found)[:SHOWN]
    if chosen:
        yield ""
        yield from _table(markdown, _heads(study), [_cells(planned, found, v) for v in chosen])
        yield ""
        yield from _said(markdown, f"The first of them: {command(study, planned.rows[chosen[0]])}")
    yield from _spread_lines(planned, found, markdown=markdown)
    if reasons:
        yield ""
        yield "Failed variants:"
        for variant, why in sorted(reasons.items())[:SHOWN]:
            yield from _said(markdown, f"{variant}: {why}")
        if len(reasons) > SHOWN:
            yield f"and {len(reasons) - SHOWN} more"


def _said(markdown: bool, text: str) -> list[str]:
    return [f"- `{text}`"] if markdown else wrapped(text, indent="    ", first="  ")


def _spread_lines(planned: Plan, found: Answers, *, markdown: bool) -> Iterator[str]:
    """Yield the distribution of every output, and what drives it."""
    rows = []
    for output in planned.study.outputs:
        if told := distribution(found.outputs[output.name]):
            shown = [_shown(output.variable, told[key]) for key in ("min", "p5", "p50", "p95", "max")]
            rows.append([output.name, *shown, pretty(display_unit(output.variable))])
    if rows:
        yield ""
        yield from _table(markdown, ["output", "min", "5 %", "median", "95 %", "max", ""], rows)
    lines = [
        [name, driver.axis, driver.measure, f"{driver.value:.3g}", f"{driver.low:.3g} to {driver.high:.3g}"]
        for name, told in every_driver(planned, found).items()
        for driver in told[: 2 * len(planned.study.axes)]
    ]
    if lines:
        yield ""
        yield from _table(markdown, ["of", "axis", "measure", "value", "95 % interval"], lines)


def _heads(study: Study) -> list[str]:
    own = [
        f"{o.name}{f' [{pretty(display_unit(o.variable))}]' if pretty(display_unit(o.variable)) else ''}"
        for o in study.outputs
    ]
    return [
        "variant",
        *(axis.name for axis in study.axes),
        *own,
        *(["cost"] if study.cost else []),
        "worst margin",
        "binds",
    ]


def _cells(planned: Plan, found: Answers, variant: int) -> list[str]:
    study, row = planned.study, planned.rows[variant]
    own = [_shown(o.variable, found.outputs[o.name][variant]) for o in study.outputs]
    cost = [f"{found.cost[variant]:.5g}"] if study.cost else []
    star = "*" if found.pareto[variant] else ""
    return [
        f"{variant}{star}", *(a.shown(value) for a, value in zip(study.axes, row.tolist(), strict=True)),
        *own, *cost, f"{100.0 * found.worst_margin[variant]:.1f} %", found.binding[variant],
    ]  # fmt: skip


def _shown(variable: str, value: float) -> str:
    return f"{float(from_si(value, display_unit(variable), variable)):.5g}" if np.isfinite(value) else "–"


def _table(markdown: bool, heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    if markdown:
        yield f"| {' | '.join(heads)} |"
        yield f"|{' --- |' * len(heads)}"
        for row in rows:
            yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
        return
    width = [max(len(line[at]) for line in [heads, *rows]) for at in range(len(heads))]
    for line in [heads, *rows]:
        yield shorten("  ".join(cell.ljust(w) for cell, w in zip(line, width, strict=True)).rstrip(), 120)


def records(planned: Plan, found: Answers) -> tuple[list[str], list[list[Any]]]:
    """Return names and rows of the table of all variants: axes as written, outputs in SI."""
    study = planned.study
    names = ["variant", *found.axes, *found.outputs, COST, WORST, "binding", "passes", "pareto", "status"]
    word = {0: "open", SOLVED: "solved", FAILED: "failed"}
    rows = [
        [
            v, *(found.axes[name][v].item() for name in found.axes),
            *(float(found.outputs[name][v]) for name in found.outputs), float(found.cost[v]),
            float(found.worst_margin[v]), found.binding[v], bool(found.passes[v]), bool(found.pareto[v]),
            word[int(found.status[v])],
        ]
        for v in range(len(found.status))
    ]  # fmt: skip
    assert len(names) == 7 + len(found.axes) + len(found.outputs), study.file
    return names, rows


def study_csv(planned: Plan, found: Answers) -> str:
    """Return every variant as comma-separated values: axes as written, outputs in SI."""
    import csv
    import io

    names, rows = records(planned, found)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(["" if isinstance(x, float) and not np.isfinite(x) else x for x in row] for row in rows)
    return out.getvalue()


def study_json(planned: Plan, found: Answers, reasons: Mapping[int, str]) -> str:
    """Return what a study says as one JSON object; null where a number is not finite."""
    study = planned.study
    names, rows = records(planned, found)
    chosen = best(study, found)
    top = {
        "schema": SCHEMA, "study": study.file, "layout": study.layout, "layers": dict(planned.first.layers),
        "summary": {
            "variants": len(rows), "solved": int((found.status == SOLVED).sum()),
            "failed": int((found.status == FAILED).sum()), "passing": int(found.passes.sum()),
            "pareto": np.flatnonzero(found.pareto).tolist(),
        },
        "best": [
            {"variant": v, "command": command(study, planned.rows[v])} for v in chosen[:SHOWN]
        ],
        "constraints": {"fails": dict(found.counts), "binds": dict(found.bound)},
        "outputs": {
            o.name: {"variable": o.variable, **distribution(found.outputs[o.name])} for o in study.outputs
        },
        "drivers": {
            name: [
                {"axis": d.axis, "measure": d.measure, "value": d.value, "low": d.low, "high": d.high}
                for d in told
            ]
            for name, told in every_driver(planned, found).items()
        },
        "failures": {str(variant): why for variant, why in sorted(reasons.items())},
        "variants": [dict(zip(names, row, strict=True)) for row in rows],
    }  # fmt: skip
    return json.dumps(plain(top), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def study_junit(planned: Plan, found: Answers, reasons: Mapping[int, str]) -> str:
    """Return a test case per variant: a failure names what binds it, an error why it has no result."""
    failures = int(((found.status == SOLVED) & ~found.passes).sum())
    counts = {
        "tests": str(len(found.status)), "failures": str(failures),
        "errors": str(int((found.status == FAILED).sum())), "skipped": str(int((found.status == 0).sum())),
    }  # fmt: skip
    whole = {k: v for k, v in counts.items() if k != "skipped"}
    top = ET.Element("testsuites", {"name": "twin study", **whole})
    suite = ET.SubElement(top, "testsuite", {"name": _clean(planned.study.file), **counts})
    for v, status in enumerate(found.status.tolist()):
        row = zip(planned.study.axes, planned.rows[v].tolist(), strict=True)
        name = f"{v} " + ", ".join(f"{axis.name}={axis.shown(value)}" for axis, value in row)
        case = ET.SubElement(
            suite, "testcase", {"classname": _clean(planned.study.file), "name": _clean(name), "time": "0"}
        )
        if status == FAILED:
            ET.SubElement(case, "error", {"message": _clean(reasons.get(v, "no result"))})
        elif status == 0:
            ET.SubElement(case, "skipped")
        elif not found.passes[v]:
            said = f"{found.binding[v]}: margin {100.0 * found.worst_margin[v]:.3g} % of its limit"
            ET.SubElement(case, "failure", {"message": _clean(said)}).text = _clean(
                command(planned.study, planned.rows[v])
            )
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
