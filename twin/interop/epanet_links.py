"""Links of an EPANET input: pipes, pumps, valves, and the status that they begin with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from twin.interop.epanet_lines import NUMBER, Line
from twin.interop.epanet_model import HeadLoss, Pipe, Pump, Status, Valve, ValveKind
from twin.interop.epanet_nodes import Nodes
from twin.interop.epanet_options import Units
from twin.interop.epanet_tables import Sheet, Use
from twin.laws.friction import ROUGHEST_RATIO

Link = Pipe | Pump | Valve
REGULATING = frozenset({ValveKind.PRV, ValveKind.PSV, ValveKind.FCV})
PRESSURES = frozenset({ValveKind.PRV, ValveKind.PSV, ValveKind.PBV})
# Narrower is no pipe, wider no tunnel: assumption.
LEAST_BORE_M, MOST_BORE_M = 1e-3, 30.0
ROUNDING = 1e-12


@dataclass(slots=True)
class Links:
    """What the readers of links share.

    Attributes:
        sheet: The input.
        junctions: Names of junctions.
        nodes: Names of all nodes.
        found: Links so far, by name.
    """

    sheet: Sheet
    junctions: frozenset[str]
    nodes: frozenset[str]
    found: dict[str, Link] = field(default_factory=dict)


def read_links(sheet: Sheet, nodes: Nodes) -> dict[str, Link]:
    """Return pipes, pumps and valves by name, with the status that they begin with."""
    junctions = frozenset(node.name for node in nodes[0])
    fixed = {node.name for node in nodes[1]} | {node.name for node in nodes[2]}
    links, reading = Links(sheet, junctions, junctions | fixed), sheet.reading
    forms: Mapping[str, tuple[str, Callable[[Line, Links], Link]]] = {
        "PIPES": ("ID NODE1 NODE2 LENGTH DIAMETER ROUGHNESS (MINOR-LOSS) (STATUS)", _pipe),
        "PUMPS": ("ID NODE1 NODE2 KEYWORD (VALUE) ...", _pump),
        "VALVES": ("ID NODE1 NODE2 DIAMETER TYPE SETTING (MINOR-LOSS)", _valve),
    }
    for section, (form, make) in forms.items():
        for line in sheet.lines(section):
            if reading.complete(line, form) and _joins(line, links):
                links.found[line.words[0]] = make(line, links)
    for line in sheet.lines("STATUS"):
        if reading.complete(line, "LINK (LINK2) STATUS"):
            _set_status(line, links)
    _check_valves([link for link in links.found.values() if isinstance(link, Valve)], links)
    return links.found


def _joins(line: Line, links: Links) -> bool:
    """Return whether a link has a name of its own; note it if not, and nodes that cannot be its ends."""
    name, a, b = line.words[:3]
    reading = links.sheet.reading
    for node in (a, b):
        reading.known(line.number, name, "node", node, links.nodes)
    if a == b:
        reading.fault(
            "ST109", line.number, name, found=f"from {a} to {b}", expected="two different nodes"
        )  # fmt: skip
    if name in links.found:
        reading.fault(
            "ST106", line.number, name, expected="a name of its own",
            found=f"a second link {name}; the first on line {links.found[name].line}",
        )  # fmt: skip
        return False
    return True


def _pipe(line: Line, links: Links) -> Pipe:
    reading, units = links.sheet.reading, links.sheet.units
    rough = links.sheet.options.head_loss is HeadLoss.DARCY_WEISBACH
    bound = {"least": 0.0} if rough else {"above": 0.0}
    roughness = reading.number(line, 5, "roughness", **bound) * (units.roughness_m if rough else 1.0)
    diameter_m = _diameter_m(line, 4, links)
    if rough and roughness > ROUGHEST_RATIO * diameter_m * (1.0 + ROUNDING):
        reading.fault(
            "ST122", line.number, line.words[0], attribute="roughness",
            found=f"{1e3 * roughness:.4g} mm, {100.0 * roughness / diameter_m:.3g} % of the bore of "
            f"{1e3 * diameter_m:.4g} mm", expected=f"at most {100.0 * ROUGHEST_RATIO:g} % of the bore",
        )  # fmt: skip
    # The seventh word is a loss or a status; a status may follow a loss.
    words = line.words[6:]
    said = words[-1].upper() if words and not NUMBER.fullmatch(words[-1]) else "OPEN"
    if not said.startswith(("OPEN", "CLOSED", "CV")):
        reading.unknown_word(line.number, line.words[0], words[-1], ("OPEN", "CLOSED", "CV"))
    loss = len(words) > 1 or (words and NUMBER.fullmatch(words[0]))
    return Pipe(
        name=line.words[0], a=line.words[1], b=line.words[2],
        length_m=reading.number(line, 3, "length", above=0.0) * units.length_m,
        diameter_m=diameter_m, roughness=roughness,
        loss_ratio=reading.number(line, 6, "minor loss", least=0.0) if loss else 0.0,
        status=Status.CLOSED if said.startswith("CLOSED") else Status.OPEN,
        check_valve=said.startswith("CV"), line=line.number,
    )  # fmt: skip


def _diameter_m(line: Line, at: int, links: Links) -> float:
    """Return the diameter of a pipe or valve; note one that nobody builds, mostly of another unit."""
    reading, unit_m = links.sheet.reading, links.sheet.units.diameter_m
    diameter_m = reading.number(line, at, "diameter", above=0.0) * unit_m
    if diameter_m < LEAST_BORE_M or diameter_m > MOST_BORE_M:
        reading.fault(
            "ST104", line.number, line.words[0], attribute="diameter", found=f"{diameter_m:.4g} m",
            expected=f"{LEAST_BORE_M / unit_m:.4g} to {MOST_BORE_M / unit_m:.4g} in the unit of the input, "
            f"{LEAST_BORE_M:g} to {MOST_BORE_M:g} m",
        )  # fmt: skip
    return diameter_m


def _pump(line: Line, links: Links) -> Pump:
    name, reading = line.words[0], links.sheet.reading
    pump = Pump(name=name, a=line.words[1], b=line.words[2], line=line.number)
    if NUMBER.fullmatch(line.words[3]):
        return _old_pump(pump, line, links)
    for at in range(3, len(line.words), 2):
        if at + 1 >= len(line.words):
            reading.fault(
                "ST102", line.number, name, found=f"nothing after {line.words[at]}", expected="a value"
            )
        elif line.says(at, "HEAD"):
            links.sheet.tables.use(line.words[at + 1], Use.PUMP, line.number, name, reading)
            pump = replace(pump, head_curve=line.words[at + 1])
        elif line.says(at, "POWER"):
            power = reading.number(line, at + 1, "power", above=0.0) * links.sheet.units.power_w
            pump = replace(pump, power_w=power)
        elif line.says(at, "SPEE"):
            pump = replace(pump, speed_ratio=reading.number(line, at + 1, "speed", least=0.0))
        elif line.says(at, "PATT"):
            reading.known(line.number, name, "pattern", line.words[at + 1], links.sheet.tables.patterns)
            pump = replace(pump, pattern=line.words[at + 1])
        else:
            reading.unknown_word(line.number, name, line.words[at], ("HEAD", "POWER", "SPEED", "PATTERN"))
    if (pump.head_curve != "") == (pump.power_w != 0.0):
        found = "both HEAD and POWER" if pump.head_curve else "neither HEAD nor POWER"
        reading.fault("ST102", line.number, name, found=found, expected="one of them")
    return pump


def _old_pump(pump: Pump, line: Line, links: Links) -> Pump:
    """Return a pump in the form of EPANET 1: its power, or one head and flow, or shut-off and two of them."""
    sheet = links.sheet
    given = [sheet.reading.number(line, at, "pump curve", least=0.0) for at in range(3, len(line.words))]
    if len(given) == 1:
        return replace(pump, power_w=given[0] * sheet.units.power_w)
    if len(given) not in {2, 5}:
        sheet.reading.fault(
            "ST102", line.number, pump.name, found=f"{len(given)} numbers", expected="1, 2 or 5 numbers"
        )
        return pump
    heads = given if len(given) == 2 else given[1:]
    points = [(flow, head) for head, flow in zip(heads[::2], heads[1::2], strict=True)]
    curve = f"[PUMPS] {pump.name}"
    sheet.tables.points[curve] = points if len(given) == 2 else [(0.0, given[0]), *points]
    sheet.tables.first[curve] = line.number
    sheet.tables.use(curve, Use.PUMP, line.number, pump.name, sheet.reading)
    return replace(pump, head_curve=curve)


def _valve(line: Line, links: Links) -> Valve:
    name, reading = line.words[0], links.sheet.reading
    word = line.words[4].upper()
    valve = Valve(
        name=name, a=line.words[1], b=line.words[2], kind=ValveKind.TCV,
        diameter_m=_diameter_m(line, 3, links),
        loss_ratio=reading.number(line, 6, "minor loss", default=0.0, least=0.0), line=line.number,
    )  # fmt: skip
    if word not in ValveKind.__members__:
        reading.unknown_word(line.number, name, line.words[4], tuple(ValveKind.__members__))
        return valve
    kind = ValveKind[word]
    if kind is ValveKind.GPV:
        links.sheet.tables.use(line.words[5], Use.VALVE, line.number, name, reading)
        return replace(valve, kind=kind, curve=line.words[5], status=Status.OPEN)
    least = -float("inf") if kind in PRESSURES - {ValveKind.PBV} else 0.0
    setting = reading.number(line, 5, "setting", least=least)
    return replace(valve, kind=kind, setting=setting * setting_unit(valve_kind=kind, units=links.sheet.units))


def setting_unit(valve_kind: ValveKind, units: Units) -> float:
    """Return what one unit of a valve's setting is worth: of pressure head, of flow, or 1."""
    if valve_kind in PRESSURES:
        return units.pressure_m
    return units.flow_m3_s if valve_kind is ValveKind.FCV else 1.0


def _set_status(line: Line, links: Links) -> None:
    """Give one link, or a range of them, the status or setting of a line."""
    last, reading = len(line.words) - 1, links.sheet.reading
    status = Status.OPEN if line.says(last, "OPEN") else Status.CLOSED if line.says(last, "CLOSED") else None
    setting = 0.0 if status is not None else reading.number(line, last, "setting", least=0.0)
    for name in _range(line, links):
        link = links.found[name]
        fixed = isinstance(link, Pipe) and link.check_valve
        if fixed or (isinstance(link, Valve) and link.kind is ValveKind.GPV and status is None):
            if last == 1:
                what = "a check valve" if fixed else "the setting of a GPV"
                reading.fault("ST109", line.number, name, found=what, expected="a link that can be set")
            continue
        links.found[name] = with_status(link, status, setting, links.sheet.units)


def _range(line: Line, links: Links) -> Iterator[str]:
    """Yield the links that a line of [STATUS] means: one, or all from one to another."""
    if len(line.words) == 2:
        if links.sheet.reading.known(line.number, line.words[0], "link", line.words[0], links.found):
            yield line.words[0]
        return
    low, high = line.words[:2]
    if low.isdecimal() and high.isdecimal():
        yield from (n for n in links.found if n.isdecimal() and int(low) <= int(n) <= int(high))
    else:
        yield from (n for n in links.found if low <= n <= high)


def with_status(link: Link, status: Status | None, setting: float, units: Units) -> Link:
    """Return a link with another status, or with a setting in the units of the input where it is None."""
    if isinstance(link, Pipe):
        return link if status is None else replace(link, status=status)
    if isinstance(link, Pump):
        if status is None:
            return replace(link, speed_ratio=setting, status=Status.OPEN if setting > 0.0 else Status.CLOSED)
        return replace(link, status=status, speed_ratio=1.0 if status is Status.OPEN else link.speed_ratio)
    if status is None:
        return replace(link, setting=setting * setting_unit(link.kind, units), status=Status.ACTIVE)
    return replace(link, status=status)


def _check_valves(valves: Sequence[Valve], links: Links) -> None:
    """Note valves that regulate where they cannot.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1, rules for connecting valves.
    """
    regulating = [v for v in valves if v.kind in REGULATING]
    for valve in regulating:
        if not {valve.a, valve.b} & (links.nodes - links.junctions):
            continue
        links.sheet.reading.fault(
            "ST109", valve.line, valve.name, found=f"a {valve.kind.value} at a reservoir or tank",
            expected="a pipe between them",
        )  # fmt: skip
    by_end: dict[tuple[ValveKind, str, str], list[Valve]] = {}
    for valve in regulating:
        by_end.setdefault((valve.kind, "a", valve.a), []).append(valve)
        by_end.setdefault((valve.kind, "b", valve.b), []).append(valve)
    for valve in regulating:
        for own, end, kind, other in CLASHES:
            if valve.kind is not own:
                continue
            for beside in by_end.get((kind, other, valve.a if end == "a" else valve.b), ()):
                if beside.line < valve.line:
                    links.sheet.reading.fault(
                        "ST109", valve.line, valve.name, expected="a pipe between them",
                        found=f"{own.value} at the node of {kind.value} {beside.name}, line {beside.line}",
                    )  # fmt: skip


_PAIRS = (
    (ValveKind.PRV, "b", ValveKind.PRV, "b"), (ValveKind.PRV, "a", ValveKind.PRV, "b"),
    (ValveKind.PSV, "a", ValveKind.PSV, "a"), (ValveKind.PSV, "b", ValveKind.PSV, "a"),
    (ValveKind.PRV, "b", ValveKind.PSV, "a"), (ValveKind.FCV, "b", ValveKind.PSV, "a"),
    (ValveKind.FCV, "a", ValveKind.PRV, "b"),
)  # fmt: skip
# A valve of a kind whose end lies at an end of another one: each pair is looked at from both sides.
CLASHES = frozenset([*_PAIRS, *((kind, other, own, end) for own, end, kind, other in _PAIRS)])
