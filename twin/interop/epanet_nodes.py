"""Nodes of an EPANET input: junctions with demands and emitters, reservoirs, tanks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from twin.interop.epanet_lines import Line, Reading
from twin.interop.epanet_model import Demand, Junction, Reservoir, Tank
from twin.interop.epanet_tables import Sheet, Use

RESERVOIR_WORDS = 3
Nodes = tuple[tuple[Junction, ...], tuple[Reservoir, ...], tuple[Tank, ...]]


def read_nodes(sheet: Sheet) -> Nodes:
    """Return junctions, reservoirs and tanks.

    A line of [TANKS] with an elevation only, and perhaps a pattern, is a reservoir.
    """
    reading = sheet.reading
    first: dict[str, int] = {}
    junctions: dict[str, Junction] = {}
    reservoirs, tanks = [], []
    for line in sheet.lines("JUNCTIONS"):
        if reading.complete(line, "ID ELEVATION (DEMAND) (PATTERN)") and _new(line, "node", first, reading):
            junctions[line.words[0]] = _junction(line, sheet)
    for line in (*sheet.lines("RESERVOIRS"), *sheet.lines("TANKS")):
        if len(line.words) <= RESERVOIR_WORDS:
            if reading.complete(line, "ID HEAD (PATTERN)") and _new(line, "node", first, reading):
                reservoirs.append(_reservoir(line, sheet))
        elif reading.complete(line, TANK_FORM) and _new(line, "node", first, reading):
            tanks.append(_tank(line, sheet))
    _demands(sheet, junctions, first)
    _emitters(sheet, junctions, first)
    return tuple(junctions.values()), tuple(reservoirs), tuple(tanks)


TANK_FORM = "ID ELEVATION LEVEL MINIMUM MAXIMUM DIAMETER (MINIMUM-VOLUME) (VOLUME-CURVE) (OVERFLOW)"


def _new(line: Line, kind: str, first: dict[str, int], reading: Reading) -> bool:
    """Return whether a name is new among those of its kind; note it if not."""
    name = line.words[0]
    if name in first:
        reading.fault(
            "ST106", line.number, name, found=f"a second {kind} {name}; the first on line {first[name]}",
            expected="a name of its own",
        )  # fmt: skip
        return False
    first[name] = line.number
    return True


def _pattern(line: Line, at: int, sheet: Sheet) -> str:
    """Return the pattern that a line names, "" for none."""
    if at >= len(line.words):
        return ""
    sheet.reading.known(line.number, line.words[0], "pattern", line.words[at], sheet.tables.patterns)
    return line.words[at]


def _junction(line: Line, sheet: Sheet) -> Junction:
    reading, units = sheet.reading, sheet.units
    base = reading.number(line, 2, "demand", default=0.0) * units.flow_m3_s
    demand = Demand(base_m3_s=base, pattern=_pattern(line, 3, sheet))
    return Junction(
        name=line.words[0], elevation_m=reading.number(line, 1, "elevation") * units.length_m,
        demands=(demand,) if base != 0.0 else (), line=line.number,
    )  # fmt: skip


def _reservoir(line: Line, sheet: Sheet) -> Reservoir:
    return Reservoir(
        name=line.words[0], head_m=sheet.reading.number(line, 1, "head") * sheet.units.length_m,
        pattern=_pattern(line, 2, sheet), line=line.number,
    )  # fmt: skip


def _tank(line: Line, sheet: Sheet) -> Tank:
    reading, tables = sheet.reading, sheet.tables
    name, length = line.words[0], sheet.units.length_m
    curve = line.words[7] if len(line.words) > 7 and line.words[7] not in {"", "*"} else ""
    tank = Tank(
        name=name, elevation_m=reading.number(line, 1, "elevation") * length,
        level_m=reading.number(line, 2, "level", least=0.0) * length,
        minimum_m=reading.number(line, 3, "minimum level", least=0.0) * length,
        maximum_m=reading.number(line, 4, "maximum level", least=0.0) * length,
        diameter_m=reading.number(line, 5, "diameter", above=0.0) * length,
        minimum_volume_m3=reading.number(line, 6, "minimum volume", default=0.0, least=0.0) * length**3,
        volume_curve=curve, overflow=line.says(8, "YES"), line=line.number,
    )  # fmt: skip
    if not line.says(8, "YES", "NO") and len(line.words) > 8:
        reading.unknown_word(line.number, name, line.words[8], ("YES", "NO"))
    if tank.minimum_m > tank.level_m or tank.level_m > tank.maximum_m:
        reading.fault(
            "ST111", line.number, name, found=f"levels {line.words[3]}, {line.words[2]}, {line.words[4]}",
            expected="minimum, level and maximum in this order",
        )  # fmt: skip
    if curve:
        tables.use(curve, Use.VOLUME, line.number, name, reading)
        levels = [x * length for x, _ in tables.points.get(curve, ())]
        if levels and (levels[0] > tank.minimum_m or tank.maximum_m > levels[-1]):
            reading.fault(
                "ST111", line.number, name, found=f"levels {line.words[3]} to {line.words[4]}",
                expected=f"levels within the volume curve {curve}",
            )  # fmt: skip
    return tank


def _demands(sheet: Sheet, junctions: dict[str, Junction], nodes: Mapping[str, int]) -> None:
    """Give junctions the demands of their section in the place of those they had."""
    reading, units = sheet.reading, sheet.units
    given: dict[str, list[Demand]] = {}
    for line in sheet.lines("DEMANDS"):
        if line.says(0, "MULT") and line.words[0] not in nodes:
            continue
        if not reading.complete(line, "JUNCTION DEMAND (PATTERN) (CATEGORY) ..."):
            continue
        name = line.words[0]
        if not reading.known(line.number, name, "node", name, nodes) or name not in junctions:
            continue
        demand = Demand(
            base_m3_s=reading.number(line, 1, "demand") * units.flow_m3_s,
            pattern=_pattern(line, 2, sheet), category=line.comment,
        )  # fmt: skip
        given.setdefault(name, []).append(demand)
    for name, demands in given.items():
        junctions[name] = replace(junctions[name], demands=tuple(demands))


def demand_multiplier(lines: Sequence[Line], reading: Reading) -> float | None:
    """Return the factor of all demands that [DEMANDS] gives, None where it gives none."""
    found = None
    for line in lines:
        if line.says(0, "MULT") and reading.complete(line, "MULTIPLY FACTOR"):
            found = reading.number(line, 1, "multiplier", above=0.0)
    return found


def _emitters(sheet: Sheet, junctions: dict[str, Junction], nodes: Mapping[str, int]) -> None:
    """Give junctions their emitters, whose flow is coefficient · pressure^exponent."""
    reading, units, options = sheet.reading, sheet.units, sheet.options
    per_metre = units.flow_m3_s / units.pressure_m**options.emitter_exponent_ratio
    for line in sheet.lines("EMITTERS"):
        if not reading.complete(line, "JUNCTION COEFFICIENT"):
            continue
        name = line.words[0]
        known = reading.known(line.number, name, "node", name, nodes)
        flow = reading.number(line, 1, "coefficient", least=0.0) * per_metre
        if known and name in junctions:
            junctions[name] = replace(junctions[name], emitter_m3_s=flow)
