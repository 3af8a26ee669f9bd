"""The floor plan: one to-scale HTML file that opens by double click, without a network."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from twin.arrays import Array
from twin.plots.one_file import one_file
from twin.plots.plan_data import Box, Metric, PlanData, Route

_Json = dict[str, object]

# What a file uses lies in a file before it.
_SCRIPTS = (
    "unpack.js",
    "plan_model.js",
    "plan_scale.js",
    "plan_view.js",
    "plan_draw.js",
    "plan_marks.js",
    "plan_panels.js",
    "plan_charts.js",
    "plan.js",
)
_DIGITS = 4


def floor_plan_html(data: PlanData) -> str:
    """Return the floor plan as one HTML page that needs no other file and asks for none.

    Args:
        data: What to show; nothing is solved or judged here.

    Returns:
        The page. Names and texts of `data` are inert in it, whatever they hold.
    """
    return one_file("plan", title=data.title, payload=plan_payload(data), scripts=_SCRIPTS)


def plan_payload(data: PlanData) -> _Json:
    """Return what the page draws, as columns of rounded numbers."""
    things: list[Box | Route] = [*data.boxes, *data.routes]
    thing_at = {thing.path: at for at, thing in enumerate(things)}
    return {
        "title": data.title,
        "site": data.site,
        "verdict": data.verdict,
        "summary": [list(pair) for pair in data.summary],
        "north": _number(data.north_deg),
        "boxes": _boxes(data.boxes),
        "routes": _routes(data.routes),
        "cases": [
            {"name": case.name, "out": [thing_at[path] for path in case.out if path in thing_at]}
            for case in data.cases
        ],
        "metrics": [_metric(metric, thing_at) for metric in data.metrics],
        "findings": [_finding(finding) for finding in data.findings],
    }


def _boxes(boxes: Sequence[Box]) -> _Json:
    """Return the footprints as columns; kinds and rows as tables with one index per box."""
    kinds, kind = _table(box.kind for box in boxes)
    rows, row = _table(box.row or box.path.rpartition("/")[0] for box in boxes)
    return {
        "path": [box.path for box in boxes],
        "name": [box.name for box in boxes],
        "where": [box.where for box in boxes],
        "kinds": kinds,
        "kind": kind,
        "rows": rows,
        "row": row,
        "x": _millimetres(box.x_m for box in boxes),
        "y": _millimetres(box.y_m for box in boxes),
        "width": _millimetres(box.width_m for box in boxes),
        "depth": _millimetres(box.depth_m for box in boxes),
        "angle": [_number(box.angle_deg % 360.0) for box in boxes],
    }


def _routes(routes: Sequence[Route]) -> _Json:
    """Return the centre lines as columns; all points in one flat list."""
    kinds, kind = _table(route.kind for route in routes)
    return {
        "path": [route.path for route in routes],
        "name": [route.name for route in routes],
        "where": [route.where for route in routes],
        "kinds": kinds,
        "kind": kind,
        "size": _millimetres(route.size_m for route in routes),
        "points": [len(route.x_m) for route in routes],
        "x": _millimetres(x_m for route in routes for x_m in route.x_m),
        "y": _millimetres(y_m for route in routes for y_m in route.y_m),
    }


def _metric(metric: Metric, thing_at: Mapping[str, int]) -> _Json:
    """Return one quantity: its first case whole, of every other case only what differs from the first."""
    values = np.where(np.isfinite(metric.values), metric.values, np.nan)
    decimals = _decimals(values)
    steps = _steps(values, decimals, metric)
    return {
        "key": metric.key,
        "title": metric.title,
        "unit": metric.unit,
        "source": metric.source,
        "limit": None if metric.limit is None else _number(metric.limit),
        "side": metric.limit_side,
        "decimals": decimals,
        "things": [thing_at[path] for path in metric.paths],
        "first": _whole(steps[0]),
        "changes": [_change(steps[0], other) for other in steps[1:]],
    }


def _decimals(values: Array) -> int:
    """Return how many decimals keep four digits of the largest value."""
    largest = float(np.nanmax(np.abs(values), initial=0.0, where=np.isfinite(values)))
    return int(np.clip(_DIGITS - 1 - np.floor(np.log10(largest)), 0, 9)) if largest > 0.0 else 0


def _steps(values: Array, decimals: int, metric: Metric) -> Array:
    """Return the values as whole steps of the last decimal; none is rounded across the limit."""
    steps = np.rint(values * 10.0**decimals)
    if metric.limit is None:
        return steps
    limit = metric.limit * 10.0**decimals
    over = values > metric.limit
    under = values < metric.limit
    steps = np.where(over & (steps <= limit), np.floor(limit) + 1.0, steps)
    return np.where(under & (steps >= limit), np.ceil(limit) - 1.0, steps)


def _change(first: Array, other: Array) -> _Json:
    """Return the places where `other` differs, as gaps, and its values there."""
    same = (first == other) | (np.isnan(first) & np.isnan(other))
    places = np.flatnonzero(~same)
    return {"gaps": np.diff(places, prepend=0).tolist(), "values": _whole(other[places])}


def _whole(steps: Array) -> list[int | None]:
    """Return whole numbers, None for NaN."""
    return [None if step != step else int(step) for step in steps.tolist()]  # noqa: PLR0124


def _finding(finding: Mapping[str, object]) -> _Json:
    """Return one finding with every key the page reads, whatever was left out."""
    cause = finding.get("cause") or ""
    cause_of = cause if isinstance(cause, Mapping) else {"text": cause}
    texts = {key: _text(finding.get(key)) for key in ("rule", "title", "prim", "where", "unit", "source")}
    return {
        **texts,
        "severity": _text(finding.get("severity")) or "note",
        "case": _text(finding.get("case")),
        "value": _number(finding.get("value")),
        "limit": _number(finding.get("limit")),
        "margin": _number(finding.get("margin")),
        "cause": _text(cause_of.get("text")),
        "cause_prim": _text(cause_of.get("prim")),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    """Return a finite number with six digits, else None."""
    if isinstance(value, (int, float, np.number)) and np.isfinite(value):
        return float(f"{float(value):.6g}")
    return None


def _millimetres(lengths_m: Iterable[float]) -> list[float]:
    """Return lengths rounded to the millimetre, below which no plan can be read."""
    return [round(float(length_m), 3) for length_m in lengths_m]


def _table(texts: Iterable[str]) -> tuple[list[str], list[int]]:
    """Return the different texts in order of first use, and the index of each."""
    index_of: dict[str, int] = {}
    index = [index_of.setdefault(text, len(index_of)) for text in texts]
    return list(index_of), index
