"""A year as one HTML page: duration curve, hours over dry bulb, months, waterfall, limits."""

import html
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.plots.one_file import one_file
from twin.plots.year_data import Stack, YearData

_Json = dict[str, Any]

_SCRIPTS = ("unpack.js", "year.js")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# The seasons of the north as a circle of colours: December stands next to January.
_SEASONS = (
    "#3b6fb6", "#4f93c8", "#58b0a6", "#6fb56b", "#a3bb4b", "#d9b13b", "#e58a35", "#d9603b", "#c0487a",
    "#9a56a3", "#7360b0", "#4f64b4",
)  # fmt: skip
_SORTS = {
    "cooling": ("#0072b2", "#4f9fd0", "#8cc4e4", "#bcdcf0", "#56b4e9", "#2f6f94"),
    "loss": ("#d55e00", "#e08a48", "#ecb283", "#c98b2b", "#e69f00", "#f0c265", "#8f4a12", "#b0703c"),
    "other": ("#8a8f96", "#b3b8be", "#6b7683"),
}
_LINE, _LEVEL, _TAKEN = "#0072b2", "#0072b2", "#d55e00"
_MOST_POINTS = 9000
_CURVE_POINTS = 1200


def year_html(data: YearData) -> str:
    """Return the page; it needs no other file and asks for none.

    Args:
        data: What to show; nothing is solved or judged here.

    Returns:
        The page. Names and texts of `data` are inert in it, whatever they hold.
    """
    return one_file("year", title=data.title, payload=year_payload(data), scripts=_SCRIPTS)


def year_payload(data: YearData) -> _Json:
    """Return what the page draws: texts, tables, and panels of traces and layout."""
    panels = [_duration(data), _over_air(data)]
    if np.ptp(data.load) > 0.0:
        panels.append(_over_load(data))
    panels += [_months(data, wide=len(panels) % 2 == 0), _waterfall(data)]
    return {
        "title": data.title, "site": list(data.site), "verdict": data.verdict, "good": data.good,
        "cards": [[card.label, card.figure, card.note] for card in data.cards],
        "panels": panels, "limits": [list(row) for row in data.limits], "notes": list(data.notes),
    }  # fmt: skip


def _panel(title: str, note: str, traces: list[_Json], *, wide: bool = False, **layout: Any) -> _Json:
    return {"title": title, "note": note, "traces": traces, "layout": layout, "wide": wide}


def _duration(data: YearData) -> _Json:
    """Return the ratio of every hour, from the highest to the lowest."""
    known = np.sort(data.ratio[np.isfinite(data.ratio)])[::-1]
    at = np.unique(np.linspace(0, max(known.size - 1, 0), _CURVE_POINTS).astype(np.intp))[: known.size]
    hours: Array = data.step_h * (at.astype(np.float64) + 0.5)
    curve = {
        "type": "scatter", "mode": "lines", "x": _numbers(hours), "y": _numbers(known[at]),
        "line": {"color": _LINE, "width": 2.5},
        "hovertemplate": "%{x:,.0f} h at or above %{y:.4f}<extra></extra>",
    }  # fmt: skip
    shapes, notes = [], []
    if np.isfinite(data.annual):
        shapes.append({
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": data.annual, "y1": data.annual,
            "line": {"color": _TAKEN, "width": 1.5, "dash": "dash"},
        })  # fmt: skip
        notes.append({
            "xref": "paper", "x": 1, "y": data.annual, "xanchor": "right", "yanchor": "bottom",
            "showarrow": False, "text": f"annual PUE {data.annual:.4f}", "font": {"color": _TAKEN},
        })  # fmt: skip
    lost = float(np.isnan(data.ratio).sum()) * data.step_h
    note = (
        f"{lost:,.0f} h without a steady state are not drawn." if lost else "Every hour of the year, sorted."
    )
    return _panel(
        "Facility over IT power, duration", note, [curve], shapes=shapes, annotations=notes,
        xaxis={"title": {"text": "Hours at or above"}, "rangemode": "tozero", "tickformat": ",d"},
        yaxis={"title": {"text": "Facility power / IT power"}},
    )  # fmt: skip


def _over_air(data: YearData) -> _Json:
    """Return every hour over its dry bulb, one colour a month."""
    traces = []
    for month, (name, colour) in enumerate(zip(MONTHS, _SEASONS, strict=True), start=1):
        own = np.flatnonzero((data.month == month) & np.isfinite(data.ratio))
        own = own[:: max(1, data.ratio.size // _MOST_POINTS)]
        if own.size:
            traces.append({
                "type": "scatter", "mode": "markers", "name": name, "x": _numbers(data.dry_bulb[own]),
                "y": _numbers(data.ratio[own]), "marker": {"color": colour, "size": 5, "opacity": 0.65},
                "hovertemplate": f"{name}: %{{x:.1f}} °C, %{{y:.4f}}<extra></extra>",
            })  # fmt: skip
    return _panel(
        "Facility over IT power, over outdoor temperature", "One point an hour, one colour a month.", traces,
        showlegend=True, legend={"orientation": "v", "itemsizing": "constant"},
        xaxis={"title": {"text": "Dry bulb [°C]"}}, yaxis={"title": {"text": "Facility power / IT power"}},
    )  # fmt: skip


def _over_load(data: YearData) -> _Json:
    """Return every hour over its load, coloured by dry bulb."""
    own = np.flatnonzero(np.isfinite(data.ratio))[:: max(1, data.ratio.size // _MOST_POINTS)]
    trace = {
        "type": "scatter", "mode": "markers", "x": _numbers(data.load[own]), "y": _numbers(data.ratio[own]),
        "marker": {
            "color": _numbers(data.dry_bulb[own]), "colorscale": "Viridis", "size": 5, "opacity": 0.65,
            "colorbar": {"title": {"text": "°C"}, "thickness": 12},
        },
        "hovertemplate": "%{x:.0f} % load, %{y:.4f}<extra></extra>",
    }  # fmt: skip
    return _panel(
        "Facility over IT power, over load", "One point an hour, coloured by dry bulb.", [trace],
        xaxis={"title": {"text": "IT load over declared [%]"}},
        yaxis={"title": {"text": "Facility power / IT power"}},
    )  # fmt: skip


def _months(data: YearData, *, wide: bool) -> _Json:
    """Return what is drawn beside IT in each month, over its IT energy."""
    used = dict.fromkeys(_SORTS, 0)
    traces = []
    for stack in data.stacks:
        colours = _SORTS[stack.sort]
        traces.append(_bar(stack, colours[used[stack.sort] % len(colours)]))
        used[stack.sort] += 1
    total = np.sum([stack.ratio for stack in data.stacks], axis=0) if data.stacks else np.zeros(12)
    tops = [
        {
            "x": name,
            "y": float(top),
            "text": f"{1.0 + top:.3f}",
            "showarrow": False,
            "yanchor": "bottom",
            "font": {"size": 12 if wide else 9},
        }
        for name, top in zip(MONTHS, np.atleast_1d(total), strict=True)
        if np.isfinite(top) and top > 0.0
    ]
    return _panel(
        "Energy beside IT, by month", "Over IT energy of the month; above each bar stands its ratio.", traces,
        wide=wide, barmode="stack", showlegend=True, annotations=tops, bargap=0.25,
        legend={"orientation": "v", "traceorder": "reversed", "font": {"size": 11}},
        yaxis={"title": {"text": "Energy beside IT / IT energy"}, "tickformat": ".0%"}, xaxis={},
    )  # fmt: skip


def _bar(stack: Stack, colour: str) -> _Json:
    return {
        "type": "bar", "name": _inert(stack.name), "x": list(MONTHS), "y": _numbers(stack.ratio),
        "marker": {"color": colour}, "hovertemplate": f"{_inert(stack.name)}: %{{y:.2%}}<extra></extra>",
    }  # fmt: skip


def _waterfall(data: YearData) -> _Json:
    """Return what becomes of the energy from the connection to the chips."""
    first = data.falls[0].energy if data.falls else 0.0
    trace = {
        "type": "waterfall", "x": [_inert(fall.name) for fall in data.falls],
        "measure": ["absolute" if fall.total else "relative" for fall in data.falls],
        "y": [fall.energy if fall.total else -fall.energy for fall in data.falls],
        "text": [
            f"{fall.energy:,.0f}" if fall.total else f"−{fall.energy / first:.2%}" for fall in data.falls
        ],
        "textposition": "outside", "cliponaxis": False,
        "decreasing": {"marker": {"color": _TAKEN}}, "totals": {"marker": {"color": _LEVEL}},
        "connector": {"line": {"color": "#8a8f96", "width": 1}},
        "hovertemplate": "%{x}: %{y:,.0f} MWh<extra></extra>",
    }  # fmt: skip
    levels = [fall.energy for fall in data.falls if fall.total]
    low, high = (min(levels), max(levels)) if levels else (0.0, 1.0)
    last = data.falls[-1].name if data.falls else ""
    return _panel(
        f"From the connection to the {last}",
        "MWh a year; what is taken off in percent of the whole. The axis does not begin at nought.",
        [trace], wide=True, xaxis={"tickangle": -30, "automargin": True},
        yaxis={
            "title": {"text": "MWh"}, "tickformat": ",d",
            "range": [max(0.0, low - 0.35 * (high - low)), high + 0.12 * (high - low)],
        },
    )  # fmt: skip


def _inert(text: str) -> str:
    """Return a text in which plotly.js finds no markup."""
    return html.escape(text)


def _numbers(values: Array) -> list[float | None]:
    return [float(f"{v:.6g}") if np.isfinite(v) else None for v in np.asarray(values, dtype=float).tolist()]
