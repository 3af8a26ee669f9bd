"""A balance as a page for a terminal, and as settings to adopt."""

from collections.abc import Iterator

from twin.reports.lines import WIDTH, Ink, columns, fit, wrapped
from twin.reports.numbers import gap, number, percent, plural, power, shown
from twin.stage.proposal import Setting
from twin.studies.balancing import Balanced, ControlRow, StateRow, ValveRow
from twin.units import display_unit, from_si

LISTED = 24
FLOW, DROP = display_unit("flow_m3_s"), display_unit("spare_pa")
KV = "m3/h"
UNCHANGED = 1e-12
MET_RATIO, MET_PA = 1e-6, 0.1
TARGETS = {
    "design": "what makers ask for at the solved supply temperature",
    "equal": "an equal share of what each loop delivers as it stands",
}


def balance_text(layout: str, found: Balanced, target: str, ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    lines = [ink("bold", f"{layout}: valve settings, target {target}"), f"  {TARGETS[target]}", ""]
    lines += _states(found)
    lines += ["", *_valves(found, ink), *_controls(found)]
    lines.append(
        f"Flows as set hold to {number(found.miss_ratio, 2)} of those wanted, where no step or range binds."
    )
    lines += [line for note in found.notes for line in wrapped(note, indent="  ")]
    lines += _every_case(found)
    if found.missed:
        lines += ["", ink("red", f"{len(found.missed)} cannot be met")]
        lines += [fit(f"  {prim}  {reason}", WIDTH) for prim, reason in found.missed[:LISTED]]
        more = len(found.missed) - LISTED
        lines += [f"  and {more} more"] if more > 0 else []
    return "\n".join(lines).rstrip() + "\n"


def _states(found: Balanced) -> list[str]:
    head = (
        f"rack flow [{FLOW}]", "least", "greatest", "max/min", "std", "margin", "in all cases", "pumps",
        "power",
    )  # fmt: skip
    return columns([head, *map(_state, found.states)], right=range(1, 9))


def _state(row: StateRow) -> tuple[str, ...]:
    deviation, margin, every = (
        # What settings leave of a difference is rounding.
        0.0 if abs(value) < MET_RATIO * row.least_m3_s else value
        for value in (row.deviation_m3_s, row.margin_m3_s, row.every_case_m3_s)
    )
    return (
        row.name, shown(row.least_m3_s, "flow_m3_s"), shown(row.greatest_m3_s, "flow_m3_s"),
        number(row.spread_ratio, 5), shown(deviation, "flow_m3_s", 3), gap(margin, "flow_m3_s"),
        gap(every, "flow_m3_s"), percent(row.speed_ratio), power(row.pumping_w),
    )  # fmt: skip


def _valves(found: Balanced, ink: Ink) -> Iterator[str]:
    """Yield the valves, those with the least to spare first where they are many."""
    rows = list(found.valves)
    if len(rows) > LISTED:
        rows = sorted(rows, key=lambda row: row.spare_pa)[:LISTED]
    head = ("valve", "racks", "open", "now", "as set", "setting", "", "", f"spare [{DROP}]", "")
    yield ink("bold", f"{len(found.valves)} valve{plural(len(found.valves))}, flow in {FLOW}")
    table = columns([head, *map(_valve, rows)], right=(1, 2, 3, 4, 5, 8))
    yield from (fit(line, WIDTH) for line in table)
    if len(found.valves) > len(rows):
        yield f"  and {len(found.valves) - len(rows)} with more to spare (--format csv lists all)"


def _valve(row: ValveRow) -> tuple[str, ...]:
    old, new, unit = _setting(row)
    flows = (shown(flow, "flow_m3_s") for flow in (row.open_m3_s, row.before_m3_s, row.after_m3_s))
    return (
        fit(row.prim, 44), str(len(row.racks)), *flows, old, f"→ {new}", unit,
        "0" if abs(row.spare_pa) < MET_PA else shown(row.spare_pa, "spare_pa", 3),
        "index" if row.index else "",
    )  # fmt: skip


def _setting(row: ValveRow) -> tuple[str, str, str]:
    unit = KV if row.kind == "valve" else FLOW
    old, new = (number(float(from_si(value, unit, row.name)), 5) for value in (row.old, row.new))
    return old, new, f"Kv {unit}" if row.kind == "valve" else unit


def _controls(found: Balanced) -> Iterator[str]:
    for row in found.controls[:LISTED]:
        old, new = (shown(value, "set_pa") for value in (row.old_pa, row.new_pa))
        speeds = f"{percent(row.old_speed_ratio)} → {percent(row.new_speed_ratio)}"
        yield fit(f"{row.prim} holds {old} → {new} {DROP}, pumps {speeds}", WIDTH)
    if len(found.controls) > LISTED:
        yield f"  and {len(found.controls) - LISTED} more control loops"


def _every_case(found: Balanced) -> Iterator[str]:
    after = found.states[-1]
    if after.every_case_m3_s < 0.0 and after.every_case_m3_s < after.margin_m3_s:
        missing = shown(-after.every_case_m3_s, "flow_m3_s")
        yield from wrapped(
            f"In the worst case of the layout a rack gets {missing} {FLOW} less than asked for; `--reserve` "
            "leaves room for it.", indent="  ",
        )  # fmt: skip


def balance_settings(found: Balanced, target: str) -> Iterator[Setting]:
    """Yield what changes: valves, then set-points of the pumps."""
    source = f"twin balance, target {target}"
    for row in found.valves:
        if abs(row.new / row.old - 1.0) > UNCHANGED:
            old, new, unit = _setting(row)
            yield Setting(
                prim=row.prim, kind=row.kind, name=row.name, value=row.new, source=source,
                note=f"flow {shown(row.before_m3_s, 'flow_m3_s')} as it stood, "
                f"{shown(row.after_m3_s, 'flow_m3_s')} {FLOW} as set; setting {old} before, {new} {unit}"
                f"{'; index circuit' if row.index else ''}",
            )  # fmt: skip
    yield from (_control_setting(row, source) for row in found.controls)


def _control_setting(row: ControlRow, source: str) -> Setting:
    return Setting(
        prim=row.prim, kind="control", name="set_pa", value=row.new_pa, source=source,
        note=f"held {shown(row.old_pa, 'set_pa')} {DROP} at {percent(row.old_speed_ratio)} speed before, "
        f"{percent(row.new_speed_ratio)} as set",
    )  # fmt: skip
