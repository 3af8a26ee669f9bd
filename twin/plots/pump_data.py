"""What the figure of pumps is given: plain data, already solved, in the units it is shown in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from twin.arrays import Array

Role = Literal["rated", "normal", "right", "fastest"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PumpLine:
    """One curve of a pump. Shapes: (point,).

    Attributes:
        role: What it belongs to.
        name: What the legend calls it: `normal operation, 59.5 %`.
        flow: Flow.
        rise: Pressure rise.
        npsh: Net positive suction head required; NaN where not given.
        efficiency: Wire-to-water efficiency; NaN where not given.
        end: Flow and rise where the points given end at this speed.
    """

    role: Role
    name: str
    flow: Array
    rise: Array
    npsh: Array
    efficiency: Array
    end: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpMark:
    """One operating point.

    Attributes:
        role: What it belongs to.
        label: What stands beside it: `normal, 2 pumps`.
        flow, rise, npsh_required, npsh_available, efficiency: Where it is; NaN where not established.
    """

    role: Role
    label: str
    flow: float
    rise: float
    npsh_required: float
    npsh_available: float
    efficiency: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PumpPanel:
    """One group of pumps.

    Attributes:
        title: What stands above it: `2 × FwsPump`.
        subtitle: Make, control, how many run.
        flow_unit, rise_unit: Units of both axes.
        top_unit, top_ratio: Unit of the upper axis, and one of it per one of the lower.
        given_name: What the legend calls the points given.
        given: Flow and rise of the points given, shape (point, 2).
        given_texts: What is said where the pointer is on each of them.
        lines: Curves, that at rated speed first.
        marks: Operating points.
        end: Flow and rise of the end of the points over speed, shape (point, 2).
        least: The same of the least continuous flow; no rows where not given.
        table: First row the head, then one row per operating point.
        notes: Sentences below it.
    """

    title: str
    subtitle: str
    flow_unit: str
    rise_unit: str
    top_unit: str
    top_ratio: float
    given_name: str
    given: Array
    given_texts: Sequence[str]
    lines: Sequence[PumpLine]
    marks: Sequence[PumpMark]
    end: Array
    least: Array
    table: Sequence[Sequence[str]]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PumpData:
    """Everything the figure shows.

    Attributes:
        title: Heading, the name of the site.
        site: A line under it: variants, overrides, what is counted.
        panels: Groups of pumps.
        notes: Limits, in sentences.
    """

    title: str
    site: str
    panels: Sequence[PumpPanel]
    notes: Sequence[str]
