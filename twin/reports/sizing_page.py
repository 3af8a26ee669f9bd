"""A sizing as a page for a terminal, and as settings to adopt."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import gap, number, plural, power, shown, signed
from twin.stage.proposal import Setting
from twin.studies.sizing import PipeRow, Sized
from twin.units import display_unit

LISTED = 60
FLOW = display_unit("flow_m3_s")


def sizing_text(layout: str, found: Sized, ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    changed = [row for row in found.pipes if row.old != row.new]
    lines = [
        ink("bold", f"{layout}: {len(changed)} of {len(found.pipes)} pipes change size"),
        *_limits(found),
        "",
    ]
    lines += _pipes(changed, ink)
    lines += ["", *_totals(found)]
    lines += [line for note in found.notes for line in wrapped(note, indent="  ")]
    lines += _suggested(found.suggested, ink)
    bad = [f"{row.prim}: no size of its schedule keeps the limits" for row in found.pipes if row.missed]
    for text in (*bad[:LISTED], *found.faults):
        lines.append(ink("red", fit(text, WIDTH)))
    return "\n".join(lines).rstrip() + "\n"


def _limits(found: Sized) -> Iterator[str]:
    limits = found.limits
    yield from wrapped(
        f"velocity up to {number(limits.velocity_m_s)} m/s: {limits.velocity_source}", indent="  "
    )
    yield from wrapped(
        f"velocity up to {number(limits.small_velocity_m_s)} m/s up to DN50: {limits.small_source}",
        indent="  ",
    )
    small = "" if np.isfinite(limits.small_gradient_pa_m) else " above DN50"
    yield from wrapped(
        f"friction up to {number(limits.gradient_pa_m)} Pa/m{small}: {limits.gradient_source}", indent="  "
    )


def _pipes(rows: Sequence[PipeRow], ink: Ink) -> Iterator[str]:
    if not rows:
        return
    yield ink("bold", "Pipes that change")
    head = ("pipe", "case", FLOW, "old", "new", "m/s", "", "Pa/m", "kg", "")
    table = columns([head, *map(_pipe, rows[:LISTED])], right=(2, 5, 7, 8))
    yield from (fit(line, WIDTH) for line in table)
    if len(rows) > LISTED:
        yield f"  and {len(rows) - LISTED} more (--format csv lists all)"


def _pipe(row: PipeRow) -> tuple[str, ...]:
    return (
        fit(row.prim, 40), fit(_case(row), 16), shown(row.flow_m3_s, "flow_m3_s"), row.old, row.new,
        number(row.old_velocity_m_s, 3), f"→ {number(row.velocity_m_s, 3)}", number(row.gradient_pa_m, 3),
        number(row.old_kg, 3), f"→ {number(row.new_kg, 3)}",
    )  # fmt: skip


def _case(row: PipeRow) -> str:
    return row.case.rpartition("/")[2]


def _totals(found: Sized) -> Iterator[str]:
    old, new = (sum(getattr(row, name) for row in found.pipes) for name in ("old_kg", "new_kg"))
    share = f" ({signed(100.0 * (new / old - 1.0))} %)" if old else ""
    yield f"steel {number(old / 1e3)} → {number(new / 1e3)} t{share}, plain pipe of 7850 kg/m³"
    for state in found.states:
        margin = gap(state.margin_m3_s, "flow_m3_s")
        yield f"{state.name}: worst rack {margin} {FLOW}, pumps {power(state.pumping_w)} in normal operation"
    if found.still_count:
        yield f"{found.still_count} pipe{plural(found.still_count)} without flow in any case stay as they are"


def _suggested(rows: Sequence[PipeRow], ink: Ink) -> Iterator[str]:
    """Yield what has a bore instead of a nominal size, counted by what would do."""
    if not rows:
        return
    yield ""
    yield ink("bold", "Bores that another size would suit; not part of the layer")
    counts = Counter((row.kind, row.old, row.new) for row in rows)
    for (kind, old, new), count in sorted(counts.items()):
        worst = max(
            (r for r in rows if (r.kind, r.old, r.new) == (kind, old, new)), key=lambda r: r.flow_m3_s
        )
        speed, friction = number(worst.old_velocity_m_s, 3), number(worst.gradient_pa_m, 3)
        yield fit(
            f"  {count} {kind}{plural(count)} of {old} would be {new}: {speed} m/s, {friction} Pa/m at "
            f"{shown(worst.flow_m3_s, 'flow_m3_s')} {FLOW}, {worst.prim}", WIDTH,
        )  # fmt: skip


def sizing_settings(found: Sized) -> Iterator[Setting]:
    """Yield the sizes that change."""
    for row in found.pipes:
        if row.old != row.new:
            yield Setting(
                prim=row.prim, kind="pipe", name="size", value=row.new, source="twin size",
                note=f"{row.old} before; {shown(row.flow_m3_s, 'flow_m3_s')} {FLOW} in {_case(row)}: "
                f"{number(row.velocity_m_s, 3)} m/s, {number(row.gradient_pa_m, 3)} Pa/m",
            )  # fmt: skip
