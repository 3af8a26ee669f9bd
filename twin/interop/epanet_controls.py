"""[CONTROLS] and [RULES] of an EPANET input: simple controls are read, rules are listed."""

from collections.abc import Mapping, Sequence

from twin.interop.epanet_lines import Line, Reading, seconds
from twin.interop.epanet_links import Link, setting_unit
from twin.interop.epanet_model import Control, Pipe, Pump, Status, Valve, ValveKind, When
from twin.interop.epanet_nodes import Nodes
from twin.interop.epanet_options import DAY_S, Units
from twin.interop.epanet_tables import Sheet

NODE_FORM = "LINK ID STATUS IF NODE ID ABOVE/BELOW VALUE"
TIME_FORM = "LINK ID STATUS AT TIME/CLOCKTIME VALUE (UNIT)"


def read_controls(sheet: Sheet, links: Mapping[str, Link], nodes: Nodes) -> tuple[Control, ...]:
    """Return the simple controls of a network, in input order."""
    units, reading = sheet.units, sheet.reading
    heights = {j.name: (j.elevation_m, units.pressure_m) for j in nodes[0]}
    heights |= {r.name: (r.head_m, units.length_m) for r in nodes[1]}
    heights |= {t.name: (t.elevation_m, units.length_m) for t in nodes[2]}
    made = []
    for line in sheet.lines("CONTROLS"):
        if line.says(len(line.words) - 1, "DISABLED"):
            continue
        at_time = line.says(3, "AT")
        if reading.complete(line, TIME_FORM if at_time else NODE_FORM):
            action = _action(line, links, units, reading)
            condition = _at_time(line, reading) if at_time else _at_node(line, heights, reading)
            if action is not None and condition is not None:
                made.append(_control(line, action, condition))
    return tuple(made)


Action = tuple[Status | None, float | None]
Condition = tuple[When, str, float]


def _control(line: Line, action: Action, condition: Condition) -> Control:
    (status, setting), (when, node, value) = action, condition
    head, time = (value, 0.0) if node else (0.0, value)
    return Control(
        link=line.words[1], when=when, status=status, setting=setting, node=node, head_m=head, time_s=time,
        line=line.number,
    )  # fmt: skip


def _action(line: Line, links: Mapping[str, Link], units: Units, reading: Reading) -> Action | None:
    """Return the status or the setting that a control gives, None where that cannot be."""
    name = line.words[1]
    if not reading.known(line.number, name, "link", name, links):
        return None
    link = links[name]
    if isinstance(link, Pipe) and link.check_valve:
        reading.fault("ST109", line.number, name, found="a check valve", expected="a link that can be set")
        return None
    for status in (Status.OPEN, Status.CLOSED):
        if line.says(2, status.name):
            return status, None
    setting = reading.number(line, 2, "setting", least=0.0)
    if isinstance(link, Pipe):
        return (Status.OPEN if setting > 0.0 else Status.CLOSED), None
    if isinstance(link, Valve) and link.kind is ValveKind.GPV:
        reading.fault("ST109", line.number, name, found="the setting of a GPV", expected="OPEN or CLOSED")
        return None
    return None, setting if isinstance(link, Pump) else setting * setting_unit(link.kind, units)


def _at_node(line: Line, heights: Mapping[str, tuple[float, float]], reading: Reading) -> Condition | None:
    """Return what a control waits for at a node: a level of a tank, a pressure of a junction."""
    name, node = line.words[1], line.words[5]
    for keyword, at, right in (("IF", 3, ("IF", "AT")), (None, 6, ("ABOVE", "BELOW"))):
        if not line.says(at, *((keyword,) if keyword else right)):
            reading.unknown_word(line.number, name, line.words[at], right)
            return None
    if not reading.known(line.number, name, "node", node, heights):
        return None
    bottom, unit = heights[node]
    when = When.ABOVE if line.says(6, "ABOVE") else When.BELOW
    return when, node, bottom + reading.number(line, 7, "level or pressure") * unit


def _at_time(line: Line, reading: Reading) -> Condition | None:
    """Return the time that a control waits for."""
    name, clock = line.words[1], line.says(4, "CLOCKTIME")
    if not line.says(4, "TIME", "CLOCKTIME"):
        reading.unknown_word(line.number, name, line.words[4], ("TIME", "CLOCKTIME"))
        return None
    time = seconds(line.words[5:])
    if time is None:
        reading.fault(
            "ST103", line.number, name, found=" ".join(line.words[5:]),
            expected="a time like 1.5, 90 MIN, 13:30 or 1:30 PM",
        )  # fmt: skip
        return None
    whole = float(int(time))
    return (When.CLOCK_TIME, "", whole % DAY_S) if clock else (When.TIME, "", whole)


def list_rules(lines: Sequence[Line], reading: Reading) -> None:
    """List the rules, none of which is followed."""
    for line in lines:
        if line.says(0, "RULE"):
            name = line.words[1] if len(line.words) > 1 else "without a name"
            reading.unsupported.append(f"rule {name} ({reading.where(line.number)}): not followed")
