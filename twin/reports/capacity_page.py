"""Stranded capacity as a page for a terminal: each row with what limits it, then what it hangs on."""

from collections.abc import Iterator, Sequence

import numpy as np

from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import number, percent, plural, power
from twin.studies.capacity import Resource, RowCapacity

SORTS = ("power", "coolant", "plant", "air", "space")
UNKNOWN = "not established"
# Rows and parts listed; json and csv hold all of them.
LISTED, OF_EACH = 20, 3


def capacity_text(layout: str, rows: Sequence[RowCapacity], ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    if not rows:
        return f"{layout}: no rack that draws power\n"
    racks = sum(len(row.racks) for row in rows)
    drawn = power(sum(row.it_power_w for row in rows))
    lines = [
        ink("bold", f"{layout}: {len(rows)} row{plural(len(rows))}, {racks} racks, {drawn}"), "",
        *_summary(rows), "", *(line for row in _chosen(rows) for line in _row(row, ink)), *_closing(rows),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _chosen(rows: Sequence[RowCapacity]) -> list[RowCapacity]:
    return list(rows) if len(rows) <= OF_EACH else sorted(rows, key=_room)[:OF_EACH]


def _room(row: RowCapacity) -> float:
    return row.limit.more_count if row.limit else np.inf


def _summary(rows: Sequence[RowCapacity]) -> list[str]:
    """Return the rows: how many racks more, what limits, and what then lies idle of the rest."""
    head = ("row", "racks", "IT", "room for", "limited by", *(f"{sort} idle" for sort in SORTS[:-1]))
    shown = sorted(rows, key=_room)[:LISTED]
    table = [
        (
            fit(row.name, 34), str(len(row.racks)), power(row.it_power_w),
            _count(row.limit.more_count) if row.limit else UNKNOWN, row.limit.device if row.limit else "",
            *(_idle(row, sort) for sort in SORTS[:-1]),
        )
        for row in shown
    ]  # fmt: skip
    found = [fit(line, WIDTH) for line in columns([head, *table], right=(1, 2, 3, 5, 6, 7, 8))]
    left = len(rows) - len(shown)
    return [*found, f"and {left} more (--format json lists all)"] if left else found


def _idle(row: RowCapacity, sort: str) -> str:
    """Return the IT power that the tightest part of a sort could carry beyond what limits the row."""
    idle = [r.idle_w for r in row.resources if r.sort == sort and np.isfinite(r.idle_w)]
    return power(min(idle)) if idle else UNKNOWN


def _count(racks: float) -> str:
    """Return whole racks where there is room, else how far the limit is passed."""
    if not np.isfinite(racks):
        return UNKNOWN
    return str(int(np.floor(racks + 1e-9))) if racks >= 0.0 else number(racks, 2)


def _row(row: RowCapacity, ink: Ink) -> Iterator[str]:
    yield ink("bold", f"{row.name}: room for racks of {power(row.rack_w)}, by part, in its worst case")
    head = ("", "of", "nearest its limit", "case", "carries", "may", "serves", "room for")
    table = [_line(r) for r in _of_each(row.resources)]
    yield from (fit(line, WIDTH) for line in columns([head, *table], right=(4, 5, 6, 7)))
    yield ""


def _of_each(resources: Sequence[Resource]) -> list[Resource]:
    """Return of each class of part the one with the least room."""
    first: dict[str, Resource] = {}
    for each in resources:
        first.setdefault(each.device, each)
    return list(first.values())


def _line(r: Resource) -> tuple[str, ...]:
    return (
        r.sort, r.device, fit(r.part, 40), _case(r),
        percent(r.loading_ratio), percent(r.limit_ratio), number(r.served_count, 3),
        number(r.more_count, 3) if np.isfinite(r.more_count) else UNKNOWN,
    )  # fmt: skip


def _case(r: Resource) -> str:
    if r.case:
        return fit(r.case, 14)
    return "carries nothing" if np.isfinite(r.loading_ratio) else "no rating told"


def _closing(rows: Sequence[RowCapacity]) -> Iterator[str]:
    least = min(_room(row) for row in rows)
    if least < 0.0:
        yield "A part is above its limit already: room below nothing says by how many racks."
    yield from wrapped(
        "Each part is taken to carry more in the proportion of the racks it serves. Floor space and "
        "positions are not declared: room for cabinets is not established.", indent="", first="",
    )  # fmt: skip
