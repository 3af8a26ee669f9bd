"""Single outages as a page for a terminal: each sort of outage with its worst, then what to look at."""

from collections.abc import Iterator, Sequence

import numpy as np

from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import gap, percent, plural, seconds, shown
from twin.studies.failures import NORMAL, Failures, Row
from twin.studies.leaks import Leak
from twin.studies.outages import GROUPS, PAIR
from twin.units import display_unit

# Above so many outages only the worst of each sort are listed.
LISTED, OF_EACH, NAMES, FEW = 40, 3, 3, 2
UNKNOWN = "not established"
FLOW, TEMPERATURE = display_unit("flow_m3_s"), display_unit("supply_k")
VOLUME = display_unit("volume_m3")


def failures_text(layout: str, found: Failures, ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    normal, outages = found.rows[0], found.rows[1:]
    sort = "" if any(row.group == PAIR for row in outages) else "single "
    lines = [
        ink(
            "bold",
            f"{layout}: {len(outages)} {sort}outage{plural(len(outages))}, {seconds(found.duration_s)}",
        ),
        "",
        *_summary(normal, outages),
        "",
        *_list(outages, ink),
        *_chips((normal, *outages), ink),
        *_lost(normal, outages, ink),
        *_leaks(found.leaks, ink),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _worst(rows: Sequence[Row]) -> Row:
    """Return the row that is worst off: no state before no flow before little margin."""
    return min(
        rows, key=lambda row: (not row.unsolved, row.margin_m3_s if np.isfinite(row.margin_m3_s) else 0.0)
    )


def _summary(normal: Row, outages: Sequence[Row]) -> list[str]:
    head = (
        "", "outages", f"worst rack [{FLOW}]", "asked", "margin", "racks short", "dry", "CDU pumps",
        "other pumps",
    )  # fmt: skip
    sorts = [(group, [row for row in outages if row.group == group]) for group in GROUPS]
    table = [_sort(group, rows) for group, rows in ((NORMAL, [normal]), *sorts) if rows]
    return columns([head, *table], right=range(1, 9))


def _sort(group: str, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return a sort of outage by its worst, each number for itself but flow, need and margin."""
    worst = _worst(rows)
    return (
        group, "" if group == NORMAL else str(len(rows)), shown(worst.flow_m3_s, "flow_m3_s"),
        shown(worst.required_m3_s, "flow_m3_s"), gap(worst.margin_m3_s, "flow_m3_s"),
        str(max(len(row.short) for row in rows)), str(max(len(row.dry) for row in rows)),
        percent(max(row.cdu_speed_ratio for row in rows)), percent(max(row.pump_speed_ratio for row in rows)),
    )  # fmt: skip


def _list(outages: Sequence[Row], ink: Ink) -> Iterator[str]:
    """Yield the outages, all where they are few, else the worst of each sort."""
    shown_rows: list[Row] = []
    for group in GROUPS:
        rows = sorted(
            (r for r in outages if r.group == group and not r.unsolved),
            key=lambda r: round(r.margin_m3_s, 12),
        )
        shown_rows += rows if len(outages) <= LISTED else rows[:OF_EACH]
    if not shown_rows:
        return
    every = len(outages) <= LISTED
    yield ink("bold", "Each outage" if every else "The worst of each sort (--format csv lists all)")
    head = ("out", "", "worst rack", FLOW, "margin", TEMPERATURE, "starts")
    table = columns([head, *map(_outage, shown_rows)], right=(3, 4, 5))
    yield from (fit(line, WIDTH) for line in table)


def _outage(row: Row) -> tuple[str, ...]:
    return (
        row.group, fit(row.part, 40), fit(row.worst_rack, 30), shown(row.flow_m3_s, "flow_m3_s"),
        gap(row.margin_m3_s, "flow_m3_s"), shown(row.supply_k, "supply_k"),
        fit(", ".join(path.rpartition("/")[2] for path in row.starts), 24),
    )  # fmt: skip


def _chips(rows: Sequence[Row], ink: Ink) -> Iterator[str]:
    """Yield what is left of clock and tokens where junctions are established, the hottest first."""
    hot = [row for row in rows if np.isfinite(row.junction_k)]
    if not hot:
        return
    hot = sorted(hot, key=lambda row: -round(row.junction_k, 6))[:LISTED]
    head = ("out", "", f"junction [{TEMPERATURE}]", "throttled", "tokens lost [1/s]")
    table = [
        (
            row.group, fit(row.part, 48), shown(row.junction_k, "junction_k"),
            *(UNKNOWN if np.isnan(n) else f"{n:,.0f}" for n in (row.throttled_count, row.tokens_lost_per_s)),
        )
        for row in hot
    ]  # fmt: skip
    yield from ("", ink("bold", "Chips, hottest first"))
    yield from (fit(line, WIDTH) for line in columns([head, *table], right=(2, 3, 4)))


def _lost(normal: Row, outages: Sequence[Row], ink: Ink) -> Iterator[str]:
    """Yield the outages that leave racks short or no steady state."""
    bad = [row for row in outages if row.short or row.unsolved]
    yield ""
    if normal.short:
        yield ink("red", f"{len(normal.short)} rack{plural(len(normal.short))} short while all is running")
    if not bad:
        if not normal.short:
            yield ink("green", "No rack in service gets less than its maker asks for in any of them.")
        return
    yield ink(
        "red", f"{len(bad)} outages leave racks short" if len(bad) > 1 else "1 outage leaves racks short"
    )
    for row in bad[:LISTED]:
        name = f"{row.group}: {row.part}"
        if row.unsolved:
            yield from wrapped(f"{name}: no steady state: {row.unsolved}", indent="    ", first="  ")
            continue
        names = ", ".join(fit(path, 40) for path in row.short[:NAMES])
        more = f" and {len(row.short) - NAMES} more" if len(row.short) > NAMES else ""
        dry = f", {len(row.dry)} without flow" if row.dry else ""
        yield from wrapped(f"{name}: {len(row.short)} short{dry}: {names}{more}", indent="    ", first="  ")
    if len(bad) > LISTED:
        yield f"  and {len(bad) - LISTED} more"


def _leaks(leaks: Sequence[Leak], ink: Ink) -> Iterator[str]:
    """Yield what lies between isolating valves, what most depends on first."""
    if not leaks:
        return
    few = leaks if len(leaks) <= OF_EACH else leaks[:OF_EACH]
    yield from ("", ink("bold", "A leak, and all between the nearest isolating valves shut (as built)"))
    head = ("largest part", "parts", f"lets out [{VOLUME}]", "without flow", "")
    table = columns([head, *map(_leak, few)], right=(1, 2, 3))
    yield from (fit(line, WIDTH) for line in table)
    if len(leaks) > len(few):
        yield f"and {len(leaks) - len(few)} more (--format json lists all)"


def _leak(leak: Leak) -> tuple[str, ...]:
    names = ", ".join(fit(path.rpartition("/")[2], 16) for path in leak.lost[:FEW])
    more = f" and {len(leak.lost) - FEW} more" if len(leak.lost) > FEW else ""
    return (
        fit(leak.part, 44), str(leak.part_count), shown(leak.volume_m3, "volume_m3"), str(len(leak.lost)),
        names + more,
    )  # fmt: skip
