"""A fabric as drawings: tiers and rails, and trays by fill with the way of one cable; one HTML file."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twin.plots.one_file import one_file

_Json = dict[str, Any]
# Colours of Okabe and Ito, which the colour-blind tell apart.
RAIL_COLOURS = (
    "#5b6672",
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#8a4f9e",
    "#999933",
)
_FILL = ((0.2, "#56b4e9"), (0.4, "#009e73"), (0.5, "#e69f00"), (float("inf"), "#a3102a"))
_INK, _GRID = "#1a2027", "#e3e8ed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One node of the drawing: where, its tier and rail, and what is told of it."""

    x: float
    y: float
    text: str
    tier: str
    rail: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyData:
    """What the page shows; every text in it is inert.

    Attributes:
        title, site: Headings.
        marks: Nodes.
        lines: For each rail the ends of its bundles: x0, y0, x1, y1.
        tiers: Height of each tier and its name.
        trays: Trays: x0, y0, x1, y1, fill, text.
        cabinets: Outlines of cabinets: points of a closed line each.
        way, way_name: Points of the way of one cable, and which it is.
        tables: Rows of the two panels, heads first.
        notes: How to read it.
    """

    title: str
    site: str
    marks: Sequence[Mark]
    lines: dict[int, list[tuple[float, float, float, float]]]
    tiers: Sequence[tuple[float, str]]
    trays: Sequence[tuple[float, float, float, float, float, str]]
    cabinets: Sequence[Sequence[tuple[float, float]]]
    way: Sequence[tuple[float, float]]
    way_name: str
    tables: tuple[Sequence[Sequence[str]], Sequence[Sequence[str]]]
    notes: Sequence[str]


def topology_html(data: TopologyData) -> str:
    """Return the drawings as one HTML page that needs no other file and asks for none."""
    payload = {
        "title": data.title, "site": data.site, "notes": list(data.notes), "page": "fabric",
        "panels": [_tree(data), _plan(data)],
    }  # fmt: skip
    return one_file("fabric", title=data.title, payload=payload, scripts=("unpack.js", "fabric.js"))


def _tree(data: TopologyData) -> _Json:
    traces: list[_Json] = []
    for rail, lines in sorted(data.lines.items()):
        x = [v for a, _, b, _ in lines for v in (a, b, None)]
        y = [v for _, a, _, b in lines for v in (a, b, None)]
        name = f"rail {rail}" if rail else "all rails"
        traces.append({
            "x": x, "y": y, "mode": "lines", "name": name, "hoverinfo": "skip",
            "line": {"color": _rail(rail), "width": 0.6}, "opacity": 0.5 if len(lines) < 500 else 0.25,
        })  # fmt: skip
    for tier, symbol in (("rack", "square"), ("leaf", "circle"), ("spine", "diamond"), ("core", "star")):
        mine = [m for m in data.marks if m.tier == tier]
        if mine:
            traces.append({
                "x": [m.x for m in mine], "y": [m.y for m in mine], "mode": "markers", "name": tier,
                "text": [html.escape(m.text) for m in mine],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {"symbol": symbol, "size": 9 if len(mine) < 100 else 4,
                           "color": [_rail(m.rail) for m in mine]},
            })  # fmt: skip
    axis = {"showgrid": False, "zeroline": False, "fixedrange": False}
    layout = {
        "xaxis": {**axis, "showticklabels": False},
        "yaxis": {**axis, "tickvals": [y for y, _ in data.tiers], "ticktext": [t for _, t in data.tiers]},
    }  # fmt: skip
    return _panel(
        "Tiers and rails", "Each line is a bundle; colours are rails.", traces, layout, 460, data.tables[0]
    )


def _plan(data: TopologyData) -> _Json:
    traces: list[_Json] = [{
        "x": [v for box in data.cabinets for v in (*(p[0] for p in box), None)],
        "y": [v for box in data.cabinets for v in (*(p[1] for p in box), None)],
        "mode": "lines", "name": "cabinets", "hoverinfo": "skip", "line": {"color": "#b8c0c8", "width": 1},
    }]  # fmt: skip
    low = 0.0
    for high, colour in _FILL:
        mine = [t for t in data.trays if low <= t[4] < high]
        label = (
            f"fill {low * 100:.0f} to {high * 100:.0f} %" if high < 1.0 else f"fill above {low * 100:.0f} %"
        )
        if mine:
            traces.append({
                "x": [v for t in mine for v in (t[0], (t[0] + t[2]) / 2, t[2], None)],
                "y": [v for t in mine for v in (t[1], (t[1] + t[3]) / 2, t[3], None)],
                "text": [v for t in mine for v in (*([html.escape(t[5])] * 3), "")],
                "mode": "lines", "name": label, "line": {"color": colour, "width": 5},
                "hovertemplate": "%{text}<extra></extra>",
            })  # fmt: skip
        low = high
    traces.append({
        "x": [p[0] for p in data.way], "y": [p[1] for p in data.way], "mode": "lines+markers",
        "name": "way of one cable", "hoverinfo": "skip",
        "line": {"color": "#000000", "width": 2, "dash": "dot"},
        "marker": {"size": 5},
    })  # fmt: skip
    axis = {"gridcolor": _GRID, "zeroline": False, "ticksuffix": " m"}
    layout = {"xaxis": axis, "yaxis": {**axis, "scaleanchor": "x"}}
    told = f"Trays where they are fullest. Dotted: {data.way_name}."
    return _panel("Trays on the floor plan", told, traces, layout, 620, data.tables[1])


def _panel(  # noqa: PLR0917  one panel, in reading order
    title: str, subtitle: str, traces: list[_Json], layout: _Json, height: int, table: Sequence[Sequence[str]]
) -> _Json:
    common = {
        "margin": {"l": 80, "r": 20, "t": 10, "b": 40}, "hovermode": "closest",
        "font": {"color": _INK, "size": 12}, "paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff",
        "legend": {"orientation": "h", "y": 1.06},
    }  # fmt: skip
    return {"title": title, "subtitle": subtitle, "traces": traces, "layout": {**common, **layout},
            "height": height, "table": [list(row) for row in table], "notes": []}  # fmt: skip


def _rail(rail: int) -> str:
    return RAIL_COLOURS[rail % len(RAIL_COLOURS)]
