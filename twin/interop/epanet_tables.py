"""[CURVES] and [PATTERNS] of an EPANET input: points and multipliers, and what a curve is used for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from twin.interop.epanet_lines import Line, Reading
from twin.interop.epanet_model import Curve, Options
from twin.interop.epanet_options import Units


class Use(Enum):
    """What a curve tells: y over x."""

    PUMP = "head over flow of a pump"
    VALVE = "head loss over flow of a valve"
    VOLUME = "volume over level of a tank"
    EFFICIENCY = "efficiency over flow of a pump"


@dataclass(slots=True)
class Tables:
    """Curves and patterns by name, as written.

    Attributes:
        points: Curve to its points.
        first: Curve to its first line.
        patterns: Pattern to its multipliers.
        uses: Curve to what it is used for.
    """

    points: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    patterns: dict[str, tuple[float, ...]] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)

    def use(self, curve: str, use: Use, line: int, name: str, reading: Reading) -> None:
        """Note what an element uses a curve for, and faults of the curve for that."""
        if not reading.known(line, name, "curve", curve, self.points):
            return
        if self.uses.setdefault(curve, use) is use:
            return
        reading.fault(
            "ST108", line, curve, found=f"{self.uses[curve].value}, and {use.value}",
            expected="a curve for each",
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the readers of nodes, links and controls need of an input.

    Attributes:
        sections: Section to its lines.
        units: What its units are worth.
        options: Its options.
        tables: Its curves and patterns.
        reading: Where faults go.
    """

    sections: Mapping[str, Sequence[Line]]
    units: Units
    options: Options
    tables: Tables
    reading: Reading

    def lines(self, section: str) -> Sequence[Line]:
        """Return the lines of a section, none where the input does not have it."""
        return self.sections.get(section, ())


def read_tables(curves: Sequence[Line], patterns: Sequence[Line], reading: Reading) -> Tables:
    """Return curves and patterns; lines of one name go on where the last one ended."""
    tables = Tables()
    for line in curves:
        if reading.complete(line, "ID X-VALUE Y-VALUE"):
            x, y = reading.number(line, 1, "x"), reading.number(line, 2, "y")
            tables.points.setdefault(line.words[0], []).append((x, y))
            tables.first.setdefault(line.words[0], line.number)
    for line in patterns:
        if reading.complete(line, "ID MULTIPLIER ..."):
            more = tuple(reading.number(line, at, "multiplier") for at in range(1, len(line.words)))
            tables.patterns[line.words[0]] = tables.patterns.get(line.words[0], ()) + more
    return tables


def curves_of(sheet: Sheet) -> Mapping[str, Curve]:
    """Return the curves that are used, in SI; note those that cannot serve."""
    tables, units, reading = sheet.tables, sheet.units, sheet.reading
    scale = {
        Use.PUMP: (units.flow_m3_s, units.length_m),
        Use.VALVE: (units.flow_m3_s, units.length_m),
        Use.VOLUME: (units.length_m, units.length_m**3),
        Use.EFFICIENCY: (units.flow_m3_s, 0.01),
    }
    for name, points in tables.points.items():
        _check(name, points, tables.uses.get(name), tables.first[name], reading)
    return {
        name: Curve(
            x=tuple(x * scale[use][0] for x, _ in tables.points[name]),
            y=tuple(y * scale[use][1] for _, y in tables.points[name]), line=tables.first[name],
        )
        for name, use in tables.uses.items()
    }  # fmt: skip


def _check(
    name: str, points: Sequence[tuple[float, float]], use: Use | None, line: int, reading: Reading
) -> None:
    """Note a curve whose points cannot be what it is used for."""
    x, y = zip(*points, strict=True)
    rises = all(low < high for low, high in pairwise(x))
    falling = all(low > high for low, high in pairwise(y))
    growing = all(low < high for low, high in pairwise(y))
    found = expected = ""
    if not rises:
        found, expected = "x values that do not rise", "points in rising order of x"
    elif use is Use.PUMP and not falling:
        found, expected = "heads that do not fall", "a head curve that falls with flow"
    elif use is Use.PUMP and (x[0] < 0.0 or (len(x) == 1 and (x[0] <= 0.0 or y[0] <= 0.0))):
        found, expected = f"the point {x[0]:g}, {y[0]:g}", "flow and head above 0"
    elif use is Use.VALVE and (len(x) < 2 or x[0] < 0.0 or any(b < a for a, b in pairwise(y))):
        found, expected = f"{len(x)} points, losses {y}", "two points or more, losses that do not fall"
    elif use is Use.VOLUME and (len(x) < 2 or not growing):
        found, expected = f"{len(x)} points, volumes {y}", "two points or more, volumes that rise"
    elif use is Use.EFFICIENCY and not all(0.0 < percent <= 100.0 for percent in y):
        found, expected = f"efficiencies {y}", "more than 0 % and no more than 100 %"
    if found:
        reading.fault("ST108", line, name, found=found, expected=expected)
