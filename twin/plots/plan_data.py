"""What the floor plan is given: plain data, already solved, in the units it is shown in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite
from typing import Literal

from twin.arrays import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The footprint of one piece of equipment, one room or one aisle.

    Attributes:
        path: Prim path, unique among boxes and routes.
        name: What people call it.
        kind: Its kind in snake case: `rack`, `cdu`, `room`, `aisle_hot`; an unknown kind is drawn grey.
        x_m: East coordinate of the centre of the footprint [m].
        y_m: North coordinate of the centre of the footprint [m].
        width_m: Extent along its own x axis [m].
        depth_m: Extent along its own y axis [m].
        angle_deg: Turn about the centre, counter-clockwise [deg].
        row: Name of the row it stands in; "" takes the parent prim.
        where: Layer and line that place it, `layers/it.usda:27`.
    """

    path: str
    name: str
    kind: str
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    angle_deg: float = 0.0
    row: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The centre line of a pipe, busway, duct, tray or cable.

    Attributes:
        path: Prim path, unique among boxes and routes.
        name: What people call it.
        kind: `pipe_supply`, `pipe_return`, `busway_a`, `busway_b`, `cable`, `duct`, `tray` or another.
        x_m: East coordinates along the flow [m], shape (point,).
        y_m: North coordinates along the flow [m], shape (point,).
        size_m: Diameter or width seen from above [m], 0 when unknown.
        where: Layer and line that draw it.
    """

    path: str
    name: str
    kind: str
    x_m: Sequence[float]
    y_m: Sequence[float]
    size_m: float = 0.0
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """One quantity of some boxes or routes, in every case.

    Attributes:
        key: Short name, used in links: `outlet`.
        title: Name in words: `TCS return temperature`.
        unit: Unit the values are shown in: `°C`.
        paths: Prim paths of the boxes or routes the columns belong to, shape (path,).
        values: Values, shape (case, path); NaN where the quantity does not apply.
        limit: The number not to be passed; None when there is none.
        limit_side: `max` when values above the limit break it, `min` when values below do.
        source: Where value and limit come from, in words.
    """

    key: str
    title: str
    unit: str
    paths: Sequence[str]
    values: Array
    limit: float | None = None
    limit_side: Literal["max", "min"] = "max"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One solved state: normal operation, or one thing out of service.

    Attributes:
        name: What people call it: `Normal`, `CDU-1 out`.
        out: Prim paths that are out of service; those on the plan are crossed out.
    """

    name: str
    out: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanData:
    """Everything one floor plan shows.

    Attributes:
        title: Heading, the name of the site.
        boxes: Footprints, in any order.
        routes: Centre lines, in any order.
        cases: Solved states; the first is normal operation.
        metrics: Quantities; the first is shown when the page opens.
        findings: One mapping per finding with the keys of `check.json`, all optional: rule, severity, title,
            prim, where, value, limit, unit, margin, case, source, and cause as text or as {prim, text}.
        verdict: `pass`, `fail`, or "" when nothing was checked.
        site: A line under the title: climate, variant, hash of the input.
        summary: Pairs of label and number with unit: (`IT`, `1.09 MW`).
        north_deg: Direction of true north, clockwise from +y [deg].
    """

    title: str
    boxes: Sequence[Box]
    routes: Sequence[Route] = ()
    cases: Sequence[Case] = (Case(name="Normal"),)
    metrics: Sequence[Metric] = ()
    findings: Sequence[Mapping[str, object]] = ()
    verdict: Literal["pass", "fail", ""] = ""
    site: str = ""
    summary: Sequence[tuple[str, str]] = ()
    north_deg: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn, naming the part.

        Raises:
            ValueError: A path is given twice, a metric names an unknown path or has the wrong shape.
        """
        if not self.cases:
            raise ValueError("a floor plan needs at least one case")
        known: set[str] = set()
        for path in chain((box.path for box in self.boxes), (route.path for route in self.routes)):
            if path in known:
                raise ValueError(f"{path} is drawn twice")
            known.add(path)
        for box in self.boxes:
            if not isfinite(box.x_m + box.y_m + box.width_m + box.depth_m + box.angle_deg):
                raise ValueError(f"{box.path} has no place: a coordinate or a size is not a number")
        for route in self.routes:
            if not all(map(isfinite, chain(route.x_m, route.y_m, (route.size_m,)))):
                raise ValueError(f"{route.path} has no place: a coordinate or its size is not a number")
            if len(route.x_m) != len(route.y_m):
                raise ValueError(f"{route.path} has {len(route.x_m)} x and {len(route.y_m)} y coordinates")
        for metric in self.metrics:
            shape = (len(self.cases), len(metric.paths))
            if metric.values.shape != shape:
                raise ValueError(f"metric {metric.key} has shape {metric.values.shape}, not {shape}")
            if strangers := [path for path in metric.paths if path not in known]:
                raise ValueError(f"metric {metric.key} names {strangers[0]}, which is not on the plan")
