"""What the floor plan shows, gathered from the facility, its results and its margins."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags
from twin.model.facility import Facility, Table
from twin.model.finding import SEVERITIES, Finding
from twin.model.provenance import NOT_GIVEN
from twin.plots.plan_data import Box, Case, Metric, PlanData, Route
from twin.reports.machine import finding_object
from twin.reports.numbers import power
from twin.reports.places import Places
from twin.reports.report import BOUNDARY, Report
from twin.units import canonical, display_unit, from_si, pretty

if TYPE_CHECKING:
    import xarray as xr

    from twin.checks.review import Margin
    from twin.walk import Outcome

# Names the plan draws in the colours of a family.
_FAMILY = {
    "air_cooled_chiller": "chiller", "water_cooled_chiller": "chiller", "plate_exchanger": "heat_exchanger",
    "expansion_vessel": "tank", "adiabatic_cooler": "dry_cooler",
}  # fmt: skip
_ROUTES = {"hose": "pipe", "power_cable": "cable", "whip": "cable", "fabric_cable": "cable"}
# The letter a busway's name ends in: Busway_A1_B and Busway_AB are fed from side B.
_FEED = re.compile(r"([AB])\d*$|[_-]([ab])\d*$")
# Kinds that pass a fluid on from port to port, without a supply or a return side of their own.
_PASSING = frozenset({"pipe", "hose", "manifold", "valve", "picv", "strainer", "pump"})
# Equipment thinner than this is drawn as a line along its length.
_THIN_RATIO = 8.0
# Of a rule without degrees only what is broken by more than rounding is shown as a margin.
_BROKEN_PERCENT = 1e-6


@dataclass(frozen=True, slots=True)
class Shown:
    """A result that the plan offers to colour by.

    Attributes:
        key: Short name, used in links.
        title: Name in words.
        variable: Variable of the results; every group that has it contributes.
    """

    key: str
    title: str
    variable: str


RESULTS = (
    Shown("return", "Coolant return temperature", "coolant_return_k"),
    Shown("inlet", "Air inlet temperature", "air_inlet_k"),
    Shown("power", "IT power", "it_power_w"),
    Shown("flow", "Coolant flow", "coolant_flow_m3_s"),
    Shown("speed", "Fluid speed", "velocity_m_s"),
    Shown("loading", "Loading", "loading_ratio"),
    Shown("approach", "Approach", "approach_dk"),
    Shown("air", "Air temperature", "air_k"),
)


@dataclass(slots=True)
class _Bound:
    """What the rules say about one variable on the parts they look at."""

    limits: set[float] = field(default_factory=set)
    sides: set[Literal["max", "min"]] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


def plan_data(outcome: "Outcome", report: Report) -> PlanData:
    """Return what the plan of one run shows."""
    facility = outcome.facility
    boxes = list(_boxes(facility, report.places))
    routes = list(_routes(facility, report.places))
    drawn = {box.path for box in boxes} | {route.path for route in routes}
    figures = report.metrics
    summary = [
        (name, power(figures[key]))
        for name, key in (("IT", "it_power_w"), ("Facility", "facility_power_w"))
        if figures.get(key)
    ]
    if "pue_design" in figures:
        summary.append(("Design-point ratio", f"{figures['pue_design']:.3f}"))
    return PlanData(
        title=site_title(report.layout), boxes=boxes, routes=routes, cases=_cases(facility),
        metrics=[
            *_margins(facility, outcome.margins, drawn),
            *_metrics(outcome.tree, outcome.margins, drawn),
        ],
        findings=[_finding(f, report.places) for f in report.findings],
        verdict=report.verdict if report.verdict != "invalid" else "",
        site=site_line(report), summary=summary,
    )  # fmt: skip


def _finding(finding: Finding, places: Places) -> dict[str, object]:
    unit = pretty(canonical(finding.unit)) if finding.unit else ""
    return {**finding_object(finding, places), "unit": unit}


def site_title(layout: str) -> str:
    """Return what a site is called on a page."""
    path = Path(layout)
    return path.parent.name or layout if path.stem == "site" else path.stem or layout


def site_line(report: Report, counts: str = BOUNDARY) -> str:
    """Return what was chosen for a run, and what it counts."""
    chosen = [f"{k}={v}" for k, v in _texts(report.inputs.get("variants")).items()]
    chosen += [f"{k}={v}" for k, v in _texts(report.inputs.get("overrides")).items()]
    if climate := report.inputs.get("climate"):
        chosen.insert(0, f"climate {climate}")
    if scenario := report.inputs.get("scenario"):
        chosen.insert(0, f"scenario {scenario}")
    return " · ".join([*chosen, counts])


def _texts(held: object) -> Mapping[str, str]:
    return {str(k): str(v) for k, v in held.items()} if isinstance(held, Mapping) else {}


def _cases(facility: Facility) -> list[Case]:
    return [Case(name=n, out=c.out) for n, c in zip(case_names(facility), facility.cases, strict=True)]


def case_names(facility: Facility) -> list[str]:
    """Return what cases are called; those with the heat to air say so where it is split both ways."""
    split = len({case.capture for case in facility.cases}) > 1
    return [f"{c.name}, heat to air" if split and c.capture == "air" else c.name for c in facility.cases]


def _boxes(facility: Facility, places: Places) -> Iterator[Box]:
    for table in facility.tables.values():
        for row, path in enumerate(table.paths):
            width, depth = (float(x) for x in table.size_m[row, :2])
            if not (width > 0.0 and depth > 0.0) or _line_of(table, row) is not None:
                continue
            yield Box(
                path=path, name=_name(table, row), kind=_box_kind(table, row),
                x_m=float(table.floor_m[row, 0]), y_m=float(table.floor_m[row, 1]),
                width_m=width, depth_m=depth, angle_deg=float(np.rad2deg(table.angle_rad[row])),
                where=_where(facility, table, row, places),
            )  # fmt: skip


def _routes(facility: Facility, places: Places) -> Iterator[Route]:
    returning = _sides(facility) == "return"
    for table in facility.tables.values():
        back = _touching(table, returning)
        for row, path in enumerate(table.paths):
            line = _line_of(table, row)
            if line is None:
                continue
            yield Route(
                path=path, name=_name(table, row), kind=_route_kind(table, row, returns=bool(back[row])),
                x_m=line[:, 0].tolist(), y_m=line[:, 1].tolist(), size_m=_size(table, row),
                where=_where(facility, table, row, places),
            )  # fmt: skip


def _line_of(table: Table, row: int) -> Array | None:
    """Return the centre line of what is drawn as one: a route, or a long thin box."""
    if row < len(table.route_m) and len(table.route_m[row]) > 1:
        return np.asarray(table.route_m[row])
    long, short = np.max(table.size_m[row, :2]), np.min(table.size_m[row, :2])
    if table.kind not in {"busway", "tray"} or not long > _THIN_RATIO * short:
        return None
    turn = table.angle_rad[row] + (0.0 if table.size_m[row, 0] >= table.size_m[row, 1] else 0.5 * np.pi)
    half = 0.5 * long * np.array([np.cos(turn), np.sin(turn)])
    middle = table.floor_m[row, :2]
    return np.array([middle - half, middle + half])


def _name(table: Table, row: int) -> str:
    return table.paths[row].rpartition("/")[2]


def _box_kind(table: Table, row: int) -> str:
    if table.kind == "aisle" and "containment" in table.words:
        side = table.words["containment"][row]
        return f"aisle_{side}" if side in {"hot", "cold"} else "aisle"
    return _FAMILY.get(table.kind, table.kind)


def _route_kind(table: Table, row: int, *, returns: bool) -> str:
    kind = _ROUTES.get(table.kind, table.kind)
    if kind == "pipe":
        return f"pipe_{'return' if returns else 'supply'}"
    if kind == "busway":
        side = _FEED.search(_name(table, row))
        return f"busway_{(side[1] or side[2]).lower() if side else 'a'}"
    return kind


def _touching(table: Table, ports: Flags) -> Flags:
    """Return whether any end of each part is one of some ports, shape (part,)."""
    found = np.zeros(len(table.paths), dtype=np.bool_)
    for ends in table.ends.values():
        known = ends.node >= 0
        found[ends.part[known][ports[ends.node[known]]]] = True
    return found


def _sides(facility: Facility) -> NDArray[np.str_]:
    """Return for each port whether it is on the ``supply`` or the ``return`` side, "" where nothing tells.

    What only passes the fluid on joins its ports; the ports of all other equipment say which side they are.
    """
    count = len(facility.ports.paths)
    one, other = [], []
    for table in facility.tables.values():
        if table.kind in _PASSING:
            ends = [e for e in table.ends.values() if len(e.part)]
            first = np.full(len(table.paths), -1, dtype=np.intp)
            for e in ends:
                known = e.node >= 0
                first[e.part[known][::-1]] = e.node[known][::-1]
            for e in ends:
                known = e.node >= 0
                one.append(first[e.part[known]])
                other.append(e.node[known])
    rows, columns = (np.concatenate([*x, np.zeros(0, dtype=np.intp)]).astype(np.intp) for x in (one, other))
    joined = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    side = connected_components(joined, directed=False)[1] if count else np.zeros(0, dtype=np.intp)
    said = {"supply": 1.0, "return": -1.0}
    told = [0.0 if p.kind in _PASSING else said.get(p.direction, 0.0) for p in facility.ports.specs]
    score = np.bincount(side, np.array([*told, 0.0])[facility.ports.spec])[side]
    return np.select([score > 0.0, score < 0.0], ["supply", "return"], "")


def _size(table: Table, row: int) -> float:
    given = table.numbers.get("inner_diameter_m")
    known = float(given[row, 0]) if given is not None else 0.0
    return known if np.isfinite(known) else 0.0


def _where(facility: Facility, table: Table, row: int, places: Places) -> str:
    if table.located is None or table.located[row] == NOT_GIVEN:
        return ""
    return str(places.opinion(facility.opinions[int(table.located[row])]))


def _metrics(tree: "xr.DataTree", margins: Sequence["Margin"], drawn: set[str]) -> Iterator[Metric]:
    bounds = _bounds(margins)
    for shown in RESULTS:
        paths: list[str] = []
        columns: list[Array] = []
        for group, node in tree.children.items():
            if shown.variable not in node.data_vars or group == "facility":
                continue
            known = [str(p) for p in np.asarray(node.coords[group].values)]
            keep = [i for i, path in enumerate(known) if path in drawn]
            paths += [known[i] for i in keep]
            columns.append(np.asarray(node[shown.variable].values)[:, keep])
        if paths and np.isfinite(values := np.concatenate(columns, axis=1)).any():
            yield _metric(shown, paths, values, bounds.get(shown.variable, _Bound()))


def _metric(shown: Shown, paths: list[str], values: Array, bound: _Bound) -> Metric:
    unit = display_unit(shown.variable)
    side: Literal["max", "min"] = "min" if bound.sides == {"min"} else "max"
    limit = None
    if bound.limits and len(bound.sides) == 1:
        limit = min(bound.limits) if side == "max" else max(bound.limits)
    return Metric(
        key=shown.key, title=shown.title, unit=pretty(unit), paths=paths,
        values=from_si(values, unit, shown.variable),
        limit=None if limit is None else float(from_si(limit, unit, shown.variable)), limit_side=side,
        source="; ".join(sorted(bound.sources)) or "solved",
    )  # fmt: skip


def _bounds(margins: Sequence["Margin"]) -> dict[str, _Bound]:
    """Return what the rules say about each variable, the strictest where parts differ."""
    found: dict[str, _Bound] = {}
    for margin in margins:
        limit = np.asarray(margin.measure.limit)
        bound = found.setdefault(margin.measure.name, _Bound())
        bound.limits |= {float(x) for x in np.unique(limit[np.isfinite(limit)])}
        bound.sides.add("max" if margin.measure.side == "most" else "min")
        bound.sources.add(f"{margin.rule.id} {margin.rule.source}")
    return found


def _margins(facility: Facility, margins: Sequence["Margin"], drawn: set[str]) -> Iterator[Metric]:
    """Yield the margin of the rules on coolant flow, and of whatever rule is closest to its limit."""
    flow = [m for m in margins if m.measure.side == "least" and m.measure.name.endswith("flow_m3_s")]
    for key, title, chosen in (
        ("margin", "Least margin of any rule", [m for m in margins if m.rule.severity in SEVERITIES[:2]]),
        ("flow_margin", "Coolant flow margin", [m for m in flow if m.kind == "rack"]),
    ):
        paths: list[str] = []
        columns: list[Array] = []
        for kind, least in _least(facility, chosen).items():
            known = facility.tables[kind].paths
            keep = [row for row in np.flatnonzero(np.isfinite(least).any(axis=0)) if known[row] in drawn]
            paths += [known[row] for row in keep]
            columns.append(least[:, keep])
        if paths:
            yield Metric(
                key=key, title=title, unit="%", paths=paths, values=np.concatenate(columns, axis=1),
                limit=0.0, limit_side="min",
                source="distance to the limit over the size of the limit"
                + ("; of critical and major rules" if key == "margin" else ""),
            )  # fmt: skip


def _least(facility: Facility, margins: Sequence["Margin"]) -> dict[str, Array]:
    """Return the least margin over the size of the limit [%] by kind, shape (variant, part)."""
    least: dict[str, Array] = {}
    for margin in margins:
        shape = len(facility.cases), len(facility.tables[margin.kind].paths)
        held = least.setdefault(margin.kind, np.full(shape, np.nan))
        sign = 1.0 if margin.measure.side == "most" else -1.0
        size = np.where(margin.limit == 0.0, 1.0, np.abs(margin.limit))
        rows = margin.parts.astype(np.intp)
        gap = 100.0 * sign * (margin.limit - margin.every) / size
        if not margin.rule.graded:
            gap = np.where(gap < -_BROKEN_PERCENT, gap, np.nan)
        held[:, rows] = np.fmin(held[:, rows], gap)
    return least
