"""Pumps on their curves: one HTML file with a panel per group of pumps."""

import html
from collections.abc import Iterator
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.plots.one_file import one_file
from twin.plots.pump_data import PumpData, PumpMark, PumpPanel

_Json = dict[str, Any]

_SCRIPTS = ("unpack.js", "pumps.js")
# Colours of Okabe and Ito, which the colour-blind tell apart.
_COLOUR = {"rated": "#6b7683", "normal": "#0072b2", "right": "#d55e00", "fastest": "#8a4f9e"}
_SYMBOL = {"normal": "circle", "right": "diamond", "fastest": "square-open"}
_SIZE_PX = {"normal": 11, "right": 11, "fastest": 15}
_INK, _QUIET, _GRID, _END = "#1a2027", "#5b6672", "#e3e8ed", "#a3102a"
# Where the words of a point stand from it [px], and which side of them: apart even where points coincide.
_BESIDE = {"normal": (-30, 40, "right"), "right": (34, -44, "left"), "fastest": (-30, -34, "right")}
# Where there is no room to the right they stand to the left, higher than all others.
_CROWDED, _CROWDED_RATIO = (8, -76, "right"), 0.6
_ABOVE, _BELOW, _GAP = 1.0, 0.24, 0.11
_HEIGHT_PX, _LOWER_PX = 440, 150
_HEADROOM_RATIO = 1.12
_ANCHORS = ("y", "y2", "y3")


def pump_curves_html(data: PumpData) -> str:
    """Return the figure as one HTML page that needs no other file and asks for none.

    Args:
        data: What to show; nothing is solved or judged here.

    Returns:
        The page. Names and texts of `data` are inert in it, whatever they hold.
    """
    return one_file("pumps", title=data.title, payload=pump_payload(data), scripts=_SCRIPTS)


def pump_payload(data: PumpData) -> _Json:
    """Return what the page draws: texts, tables, and a figure of traces and layout per panel."""
    return {
        "title": data.title,
        "site": data.site,
        "notes": list(data.notes),
        "panels": [
            {
                "title": panel.title,
                "subtitle": panel.subtitle,
                "table": [list(row) for row in panel.table],
                "notes": list(panel.notes),
                **_figure(panel),
            }
            for panel in data.panels
        ],
    }


def _figure(panel: PumpPanel) -> _Json:
    lower = [name for name in ("npsh", "efficiency") if any(_known(getattr(x, name)) for x in panel.lines)]
    traces = [*_rise_traces(panel)]
    for axis, name in zip(_ANCHORS[1:], lower, strict=False):
        traces += _lower_traces(panel, name, axis)
    # An axis is drawn only where something lies on it.
    traces.append({"x": [0], "y": [0], "xaxis": "x2", "mode": "markers", "opacity": 0, "hoverinfo": "skip",
                   "showlegend": False})  # fmt: skip
    return {"traces": traces, "layout": _layout(panel, lower), "height": _HEIGHT_PX + _LOWER_PX * len(lower)}


def _rise_traces(panel: PumpPanel) -> Iterator[_Json]:
    flow, rise = panel.flow_unit, panel.rise_unit
    told = f"%{{x:.4~g}} {flow}, %{{y:.4~g}} {rise}"
    for line in panel.lines:
        inside = line.flow <= line.end[0]
        for part, dash in ((inside, "solid"), (line.flow >= line.end[0], "dot")):
            yield {
                "x": _numbers(line.flow[part]), "y": _numbers(line.rise[part]), "mode": "lines",
                "name": _inert(line.name), "legendgroup": _inert(line.name), "showlegend": dash == "solid",
                "line": {"color": _COLOUR[line.role], "dash": dash, "width": 1.8},
                "hovertemplate": f"{_inert(line.name)}<br>{told}"
                + ("<br>extrapolated" if dash == "dot" else "") + "<extra></extra>",
            }  # fmt: skip
    for name, place, dash in (
        ("end of the points given", panel.end, "dash"), ("least continuous flow", panel.least, "dashdot"),
    ):  # fmt: skip
        if len(place):
            yield {
                "x": _numbers(place[:, 0]), "y": _numbers(place[:, 1]), "mode": "lines", "name": name,
                "line": {"color": _END, "dash": dash, "width": 1.3}, "hoverinfo": "skip",
            }  # fmt: skip
    yield {
        "x": _numbers(panel.given[:, 0]), "y": _numbers(panel.given[:, 1]), "mode": "markers",
        "name": _inert(panel.given_name), "text": [_inert(text) for text in panel.given_texts],
        "marker": {"symbol": "circle-open", "size": 8, "color": _INK, "line": {"width": 1.6}},
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
    for mark in panel.marks:
        yield _point(mark, mark.rise, "y", f"{_inert(mark.label)}<br>{told}<extra></extra>")


def _lower_traces(panel: PumpPanel, name: str, axis: str) -> Iterator[_Json]:
    """Yield what the suction needs and has, or the efficiency, over the same flow."""
    unit = "m" if name == "npsh" else "%"
    for line in panel.lines:
        values: Array = getattr(line, name)
        if _known(values):
            yield {
                "x": _numbers(line.flow), "y": _numbers(values), "yaxis": axis, "mode": "lines",
                "showlegend": False, "line": {"color": _COLOUR[line.role], "width": 1.6},
                "hovertemplate": f"{_inert(line.name)}<br>%{{y:.3~g}} {unit}<extra></extra>",
            }  # fmt: skip
    for mark in panel.marks:
        said = f"{_inert(mark.label)}<br>%{{y:.3~g}} {unit}"
        if name == "npsh":
            yield _point(mark, mark.npsh_required, axis, f"{said} required<extra></extra>")
            available = _point(mark, mark.npsh_available, axis, f"{said} available<extra></extra>")
            yield {**available, "marker": {**available["marker"], "symbol": "triangle-down-open"}}
        else:
            yield _point(mark, mark.efficiency, axis, f"{said}<extra></extra>")


def _point(mark: PumpMark, height: float, axis: str, told: str) -> _Json:
    return {
        "x": _numbers(np.array([mark.flow])), "y": _numbers(np.array([height])), "yaxis": axis,
        "mode": "markers", "showlegend": False, "hovertemplate": told,
        "marker": {
            "symbol": _SYMBOL[mark.role], "size": _SIZE_PX[mark.role], "color": _COLOUR[mark.role],
            "line": {"color": _COLOUR[mark.role] if mark.role == "fastest" else "#ffffff", "width": 1.5},
        },
    }  # fmt: skip


def _layout(panel: PumpPanel, lower: list[str]) -> _Json:
    most = max(float(line.flow.max()) for line in panel.lines)
    highest = max(float(np.nanmax(line.rise)) for line in panel.lines)
    axis = {"fixedrange": True, "gridcolor": _GRID, "linecolor": _QUIET, "showline": True, "ticks": "outside",
            "tickcolor": _QUIET, "zeroline": False, "separatethousands": True}  # fmt: skip
    bottom = {0: 0.0, 1: _BELOW + _GAP, 2: 2.0 * (_BELOW + 0.4 * _GAP)}[len(lower)]
    lowest = _ANCHORS[len(lower)]
    layout: _Json = {
        "font": {"family": 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif', "size": 12, "color": _INK},
        "margin": {"l": 64, "r": 18, "t": 46, "b": 132}, "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff", "hovermode": "closest",
        "annotations": [_words(mark, most) for mark in panel.marks],
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom",
                   "font": {"size": 11}},
        "xaxis": {**axis, "title": {"text": f"Flow [{panel.flow_unit}]", "standoff": 4}, "range": [0.0, most],
                  "anchor": lowest},
        "xaxis2": {**axis, "title": {"text": f"Flow [{panel.top_unit}]", "standoff": 4}, "side": "top",
                   "overlaying": "x", "range": [0.0, most * panel.top_ratio], "showgrid": False,
                   "anchor": "y"},
        "yaxis": {**axis, "title": {"text": f"Pressure rise [{panel.rise_unit}]"}, "domain": [bottom, _ABOVE],
                  "range": [0.0, _HEADROOM_RATIO * highest]},
    }  # fmt: skip
    titles = {"npsh": "NPSH [m]", "efficiency": "Wire to water [%]"}
    for number, name in enumerate(lower):
        start = (len(lower) - 1 - number) * (_BELOW + 0.4 * _GAP)
        layout[f"yaxis{number + 2}"] = {
            **axis, "title": {"text": titles[name]}, "domain": [start, start + _BELOW], "rangemode": "tozero",
        }  # fmt: skip
    return layout


def _words(mark: PumpMark, most: float) -> _Json:
    crowded = mark.role == "right" and mark.flow > _CROWDED_RATIO * most
    across, up, side = _CROWDED if crowded else _BESIDE[mark.role]
    return {
        "x": _number(mark.flow), "y": _number(mark.rise), "text": _inert(mark.label), "ax": across, "ay": up,
        "xanchor": side,
        "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": _COLOUR[mark.role], "standoff": 7,
        "font": {"color": _COLOUR[mark.role], "size": 12}, "bgcolor": "rgba(255,255,255,0.85)",
    }  # fmt: skip


def _known(values: Array) -> bool:
    return bool(np.isfinite(values).any())


def _inert(text: str) -> str:
    """Return a text in which plotly.js finds no markup."""
    return html.escape(text)


def _numbers(values: Array) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return float(f"{value:.7g}") if np.isfinite(value) else None
