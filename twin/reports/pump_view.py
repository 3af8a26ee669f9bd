"""What the figure of pumps shows, in the units of the trade, from where they stand on their curves."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from twin.arrays import Array
from twin.plots.pump_data import PumpData, PumpLine, PumpMark, PumpPanel, Role
from twin.reports.numbers import number, percent
from twin.reports.plan_view import case_names, site_line, site_title
from twin.studies.pump_curves import ALIKE_RATIO, SAME_RATIO, Curve, Duty, PumpGroup, pump_groups
from twin.units import display_unit, from_si, pretty

if TYPE_CHECKING:
    from twin.reports.report import Report
    from twin.walk import Outcome

FLOW, RISE = display_unit("flow_m3_s"), display_unit("rise_pa")
TOP = "m3/h"
# So many points of normal operation are drawn and told; more are one on the other.
MOST = 6
COUNTS = "steady states of every case; curves by the affinity laws"
LIMITS = (
    "Curves at other than rated speed follow the affinity laws, flow with speed, rise and NPSH required "
    "with its square (Karassik et al., Pump Handbook, 4th ed., 2.3). They are those that the solver takes.",
    "Dotted: beyond the last point given, which is the dashed line while all duty pumps run. Rise and power "
    "are extrapolated there, motor and suction are not established (rule HY026).",
    f"Pumps within {percent(ALIKE_RATIO)} of each other, in flow over the end of the curve and in speed, "
    "are drawn once, with their count; told is the one farthest right. Groups that stand alike are one.",
    "Farthest right and highest speed are among the cases of the layout, where they exceed normal operation "
    f"by more than {percent(SAME_RATIO)}; outages that are no case of it are not in it (twin failures LAYOUT "
    "--only water solves them).",
    "NPSH required and efficiency are drawn where their points are given; a triangle is the NPSH available. "
    "A dash stands for what is not given; it is not judged.",
)
_NUMBERED = re.compile(r"[_-]?\d+$")


def pump_data(outcome: "Outcome", report: "Report") -> PumpData | None:
    """Return what the figure of pumps of one run shows; None without a pump that has a curve."""
    groups = pump_groups(outcome.facility, outcome.solution)
    cases = case_names(outcome.facility)
    return PumpData(
        title=site_title(report.layout), site=site_line(report, COUNTS), notes=LIMITS,
        panels=[_panel(group, cases) for group in groups],
    ) if groups else None  # fmt: skip


def _panel(group: PumpGroup, cases: Sequence[str]) -> PumpPanel:
    states = list(_states(group))
    given = _points(group.given_m3_s, group.given_pa + group.inside_pa)
    return PumpPanel(
        title=f"{len(group.prims)} × {_stem(group)}", subtitle=_subtitle(group),
        flow_unit=pretty(FLOW), rise_unit=pretty(RISE), top_unit=pretty(TOP),
        top_ratio=float(from_si(1.0, TOP, "flow_m3_s") / from_si(1.0, FLOW, "flow_m3_s")),
        given_name=f"points given ({group.evidence})" if group.evidence else "points given",
        given=given, given_texts=[_given_text(group, at) for at in range(len(given))],
        lines=list(_lines(group, states, cases)), marks=[_mark(*state, cases) for state in states],
        end=_over_speed(group, group.rated.end_m3_s), least=_over_speed(group, group.minimum_m3_s),
        table=[_head(), *(_row(group, *state, cases) for state in states)],
        notes=list(_notes(group)),
    )  # fmt: skip


def _states(group: PumpGroup) -> Iterator[tuple[Role, str, Duty]]:
    """Yield what is marked: its role, what it is called, where it is."""
    for duty in group.normal[:MOST]:
        yield "normal", "Normal operation", duty
    if group.right is not None and group.right is group.fastest:
        yield "right", "Farthest right, highest speed", group.right
        return
    if group.right is not None:
        yield "right", "Farthest right", group.right
    if group.fastest is not None:
        yield "fastest", "Highest speed", group.fastest


# ------------------------------------------------------------------------------------------------ curves


def _lines(
    group: PumpGroup, states: Sequence[tuple[Role, str, Duty]], cases: Sequence[str]
) -> Iterator[PumpLine]:
    """Yield the curve at rated speed and those at solved speeds, equal ones once."""
    drawn = [group.rated]
    yield _line("rated", "rated speed", group.rated)
    for role, _, duty in states:
        same = (
            abs(duty.curve.speed_ratio - c.speed_ratio) < SAME_RATIO
            and duty.curve.running_ratio == c.running_ratio
            for c in drawn
        )
        if not any(same):
            drawn.append(duty.curve)
            speed = percent(duty.speed_ratio)
            yield _line(role, f"{_case(duty, cases)}, {speed} speed{_running(group, duty)}", duty.curve)


def _line(role: Role, name: str, curve: Curve) -> PumpLine:
    return PumpLine(
        role=role, name=name, flow=from_si(curve.flow_m3_s, FLOW, "flow_m3_s"),
        rise=from_si(curve.rise_pa, RISE, "rise_pa"), npsh=curve.npsh_required_m,
        efficiency=100.0 * curve.efficiency_ratio, end=_point(curve.end_m3_s, curve.end_pa),
    )  # fmt: skip


def _mark(role: Role, _name: str, duty: Duty, cases: Sequence[str]) -> PumpMark:
    flow, rise = _point(duty.flow_m3_s, duty.rise_pa)
    count = f"{len(duty.prims)} × " if len(duty.prims) > 1 else ""
    return PumpMark(
        role=role, label=f"{count}{_case(duty, cases)}", flow=flow, rise=rise,
        npsh_required=duty.npsh_required_m, npsh_available=duty.npsh_available_m,
        efficiency=100.0 * duty.wire_to_water_ratio,
    )  # fmt: skip


def _over_speed(group: PumpGroup, flow_m3_s: float) -> Array:
    """Return how a place on the curve moves with speed, from standstill to the highest one drawn."""
    if not np.isfinite(flow_m3_s):
        return np.zeros((0, 2))
    rise = float(np.interp(flow_m3_s, group.rated.flow_m3_s, group.rated.rise_pa))
    duties = [duty for duty in (*group.normal, group.right, group.fastest) if duty is not None]
    speed = np.linspace(0.0, max(1.0, *(duty.speed_ratio for duty in duties), 0.0), 25)
    return _points(speed * flow_m3_s, speed**2 * rise)


def _points(flow_m3_s: Array, rise_pa: Array) -> Array:
    return np.stack(
        [from_si(flow_m3_s, FLOW, "flow_m3_s"), from_si(rise_pa, RISE, "rise_pa")], axis=1
    )  # fmt: skip


def _point(flow_m3_s: float, rise_pa: float) -> tuple[float, float]:
    return float(from_si(flow_m3_s, FLOW, "flow_m3_s")), float(from_si(rise_pa, RISE, "rise_pa"))


# ------------------------------------------------------------------------------------------------- words


def _stem(group: PumpGroup) -> str:
    """Return what pumps are called but for their numbers."""
    stems = dict.fromkeys(_NUMBERED.sub("", path.rpartition("/")[2]) for path in group.prims)
    return " and ".join(list(stems)[:3])


def _subtitle(group: PumpGroup) -> str:
    runs = len(group.prims) - len(group.standing)
    said = [group.asset] if group.asset else []
    if group.duty_pumps > 1:
        said.append(f"curve of {group.duty_pumps} duty pumps together")
    said.append(f"{runs} run, {len(group.standing)} stand in normal operation")
    others = len(group.controls) - 1
    if group.controls[0]:
        said.append(f"turned by {group.controls[0]}" + (f" and {others} more" if others else ""))
    else:
        said.append("at their own speed")
    return " · ".join(said)


def _case(duty: Duty, cases: Sequence[str]) -> str:
    return cases[duty.case]


def _running(group: PumpGroup, duty: Duty) -> str:
    """Return how many duty pumps run where it is not all of them."""
    if duty.curve.running_ratio == 1.0:
        return ""
    return f", {round(duty.curve.running_ratio * group.duty_pumps)} of {group.duty_pumps} pumps"


def _given_text(group: PumpGroup, at: int) -> str:
    flow, rise = _point(float(group.given_m3_s[at]), float(group.given_pa[at]))
    inside = float(from_si(group.inside_pa[at], RISE, "rise_pa"))
    own = f" outside + {number(inside)} {pretty(RISE)} of its own" if inside else ""
    return f"given: {number(flow)} {pretty(FLOW)}, {number(rise)} {pretty(RISE)}{own}"


def _head() -> tuple[str, ...]:
    return (
        "State", "Case", "Count", "Speed", pretty(FLOW), pretty(TOP), pretty(RISE), "Of curve's end",
        "Wire to water", "NPSH available", "NPSH required",
    )  # fmt: skip


def _row(group: PumpGroup, _role: Role, name: str, duty: Duty, cases: Sequence[str]) -> tuple[str, ...]:
    flow, rise = _point(duty.flow_m3_s, duty.rise_pa)
    top = float(from_si(duty.flow_m3_s, TOP, "flow_m3_s"))
    suction = [
        f"{number(x, 3)} m" if np.isfinite(x) else "–" for x in (duty.npsh_available_m, duty.npsh_required_m)
    ]
    return (
        name, f"{_case(duty, cases)}{_running(group, duty)}", str(len(duty.prims)), percent(duty.speed_ratio),
        number(flow), number(top), number(rise), percent(duty.runout_ratio),
        percent(duty.wire_to_water_ratio), *suction,
    )  # fmt: skip


def _notes(group: PumpGroup) -> Iterator[str]:
    source = f": {group.source}" if group.source else ""
    yield f"Points given ({group.evidence or 'no evidence'}){source}"
    if group.fitted:
        off = percent(group.off_ratio, 2)
        yield f"Solved with the parabola closest to them, no farther off than {off} of the highest one."
    if group.kind == "cdu":
        yield (
            "Points are the unit's external pressure; drawn is the rise of its pumps, which is that and the "
            "drop of its own exchanger and filter."
        )
    if (more := len(group.normal) - MOST) > 0:
        yield f"Points of normal operation that are not drawn: {more}."
    if group.right is None and group.normal:
        yield "In no case does one stand farther right."
    if group.fastest is None and group.normal:
        yield "In no case does one turn faster."
    if group.right is not None:
        yield f"Farthest right: {group.right.prims[0]}"
    if group.fastest is not None and group.fastest is not group.right:
        yield f"Highest speed: {group.fastest.prims[0]}"
