"""The electrical page of `twin failures`: worst failure of each class, then the outages."""

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import NONE, number, percent, plural, seconds, signed
from twin.reports.records import cell
from twin.studies.failures import NORMAL
from twin.studies.power_devices import Loading
from twin.studies.power_failures import PowerFailures
from twin.studies.power_matrix import by_class
from twin.studies.power_outages import POWER_GROUPS
from twin.studies.power_rows import RACKS, PowerRow
from twin.studies.power_supplies import SHARES, SINGLE, TRANSFERS

# Above so many outages only the worst of each sort are listed.
LISTED, OF_EACH, NAMES = 40, 3, 3
LABEL = {
    "utility": "grid", "transformer": "transf", "generator": "gen", "ups": "UPS", "switchboard": "board",
    "breaker": "breaker", "busway": "busway", "power_cable": "cable", "whip": "whip", "power_shelf": "shelf",
}  # fmt: skip
Table = tuple[str, tuple[str, ...], list[tuple[str, ...]], tuple[int, ...]]


def power_text(layout: str, found: PowerFailures, ink: Ink | None = None) -> str:
    """Return the page for a terminal."""
    ink = ink or Ink()
    count = len(found.rows) - 1
    lines = [
        ink(
            "bold",
            f"{layout}: {count} outage{plural(count)} of power equipment, {seconds(found.duration_s)}",
        )
    ]
    for title, head, rows, right in _tables(found, full=False):
        lines += ["", ink("bold", title)]
        lines += [fit(line, WIDTH) for line in columns([head, *rows], right=right)]
    lines += ["", *_supplies(found), *_harm(found, ink)]
    return "\n".join(lines).rstrip() + "\n"


def power_markdown(layout: str, found: PowerFailures) -> str:
    """Return the page as Markdown, every outage in it."""
    count = len(found.rows) - 1
    lines = [f"## {layout}: {count} outage{plural(count)} of power equipment"]
    for title, head, rows, right in _tables(found, full=True):
        rule = ["--:" if at in right else "---" for at in range(len(head))]
        lines += ["", f"### {title}", ""]
        lines += [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
    lines += ["", *(f"- {line.strip()}" for line in (*_supplies(found), *_harm(found, Ink())))]
    return "\n".join(lines).rstrip() + "\n"


def power_csv(rows: Sequence[PowerRow]) -> str:
    """Return every outage in SI as comma-separated values: what it leaves, then each class."""
    plain = [field.name for field in dataclasses.fields(PowerRow) if field.name != "loadings"]
    of_class = [field.name for field in dataclasses.fields(Loading) if field.name != "device"]
    devices = [loading.device for loading in rows[0].loadings]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*plain, *(f"{device}_{name}" for device in devices for name in of_class)])
    for row in rows:
        held = [cell(getattr(loading, name)) for loading in row.loadings for name in of_class]
        blank = [""] * (len(devices) * len(of_class) - len(held))
        writer.writerow([*(cell(getattr(row, name)) for name in plain), *held, *blank])
    return out.getvalue()


def _tables(found: PowerFailures, *, full: bool) -> Iterator[Table]:
    yield _summary(found.rows)
    rows, titles = _chosen(found.rows, full=full)
    devices = [
        at for at in range(len(found.rows[0].loadings))
        if any(row.loadings and row.loadings[at].part for row in found.rows)
    ]  # fmt: skip
    head = ("out", "", *(LABEL[found.rows[0].loadings[at].device] for at in devices))
    cells = [
        (row.group, _short(row.part, 27, full=full), *(_load(row, at) for at in devices)) for row in rows
    ]
    yield f"{titles}: loading of the worst survivor of each class [%]", head, cells, _span(2, len(head))
    head = ("out", "", "moved [kW]", "lost [kW]", "dark", "dry", "hot", "low V", "at", "margin", "of")
    cells = [(row.group, _short(row.part, 22, full=full), *_effect(row, full=full)) for row in rows]
    yield (
        f"{titles}: what moves, what drops, lowest voltage, least margin",
        head,
        cells,
        (2, 3, 4, 5, 6, 7, 9),
    )


def _span(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last))


def _summary(rows: Sequence[PowerRow]) -> Table:
    head = ("", "normal", "margin", "worst", "limit", "margin", "part", "when out")
    cells: list[tuple[str, ...]] = [
        (
            row.device.replace("_", " "), percent(row.normal_loading_ratio), _points(row.normal_margin_ratio),
            percent(row.worst_loading_ratio), percent(row.limit_ratio), _points(row.worst_margin_ratio),
            fit(row.worst_part, 34), fit(row.outage, 34),
        )
        for row in by_class(rows)
        if row.worst_part or row.normal_part
    ]  # fmt: skip
    return "Normal and worst single failure: loading and margin of each class", head, cells, _span(1, 6)


def _points(ratio: float) -> str:
    return signed(float(f"{100.0 * ratio:.3g}")) if ratio == ratio else NONE  # noqa: PLR0124


def _chosen(rows: Sequence[PowerRow], *, full: bool) -> tuple[list[PowerRow], str]:
    """Return the outages listed: all where they are few, else the worst of each sort."""
    if full or len(rows) - 1 <= LISTED:
        return list(rows), "Each outage"
    found = [row for row in rows if row.group == NORMAL]
    for group in POWER_GROUPS:
        own = [row for row in rows if row.group == group and not row.unsolved]
        found += sorted(own, key=_order)[:OF_EACH]
    return found, "The worst of each sort"


def _order(row: PowerRow) -> tuple[int, int, float]:
    lost = len(row.racks_dark) + len(row.racks_short) + len(row.racks_hot)
    return -lost, -len(row.loads_dark), round(row.margin_ratio, 9)


def _short(path: str, width: int, *, full: bool) -> str:
    return path if full else fit(path, width)


def _load(row: PowerRow, at: int) -> str:
    loading = row.loadings[at] if row.loadings else None
    return number(100.0 * loading.loading_ratio, 3) if loading and loading.part else NONE


def _effect(row: PowerRow, *, full: bool) -> tuple[str, ...]:
    part = row.worst_part if full else fit(row.worst_part.rpartition("/")[2], 12)
    low = row.lowest_voltage_part if full else fit(row.lowest_voltage_part.rpartition("/")[2], 12)
    return (
        number(1e-3 * row.transferred_w), number(1e-3 * row.dropped_w), str(len(row.racks_dark)),
        str(len(row.racks_dry)), str(len(row.racks_hot)), percent(row.lowest_voltage_ratio), low,
        _points(row.margin_ratio), part,
    )  # fmt: skip


def _supplies(found: PowerFailures) -> Iterator[str]:
    """Yield how racks and other consumers are supplied, and how many an outage leaves dark."""
    racks = [each for each in found.supplies if each.kind in RACKS]
    for name, own in (("racks", racks), ("other loads", [e for e in found.supplies if e.kind not in RACKS])):
        many = Counter(each.supply for each in own)
        dark = sum(each.dark_count > 0 for each in own)
        said = ", ".join(
            f"{many[supply]} {what}"
            for supply, what in (
                (SHARES, "share between inputs and fail over"), (TRANSFERS, "transfer to another input"),
                (SINGLE, "with one input"),
            )
            if many[supply]
        )  # fmt: skip
        if own:
            yield f"{len(own)} {name}: {said}; {dark} of them without power in some outage"


def _harm(found: PowerFailures, ink: Ink) -> Iterator[str]:
    """Yield the outages that leave racks without power or coolant, something overloaded, or no state."""
    bad = [row for row in found.rows if not row.harmless]
    if not bad:
        yield ink("green", "No rack loses power or cooling, and nothing is above its limit, in any of them.")
        return
    yield ink("red", f"{len(bad)} of them leave racks without power or cooling, or overload something")
    for row in bad[:LISTED]:
        yield from wrapped(f"{row.group}: {row.part}: {_told(row)}", indent="    ", first="  ")
    if len(bad) > LISTED:
        yield f"  and {len(bad) - LISTED} more"


def _told(row: PowerRow) -> str:
    if row.unsolved:
        return f"no steady state: {row.unsolved}"
    said = []
    for names, what in (
        (row.racks_dark, "without power"),
        (row.racks_short, "short of coolant"),
        (row.racks_hot, "without cooling"),
    ):
        if names:
            more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
            said.append(f"{len(names)} rack{plural(len(names))} {what}: {', '.join(names[:NAMES])}{more}")
    if row.overloaded:
        said.append(f"{row.worst_part} {_points(row.margin_ratio)} points to its limit")
    return "; ".join(said)
