"""Rear doors of a white space: one behind each rack, chilled water from a header above each row."""

from twin.stage.author.loops import RETURN, SUPPLY, header
from twin.stage.author.parts import Library, Opening, Part
from twin.stage.author.text import Prim, extent, port
from twin.stage.author.white import (
    HOT_AISLE_HEIGHT_M,
    RACK_DEPTH_M,
    RACK_WIDTH_M,
    RETURN_Z_M,
    ROOT,
    ROW_LENGTH_M,
    SUPPLY_Z_M,
    White,
    hose,
    sign,
    turn,
)

DOOR_DEPTH_M, DOOR_HEIGHT_M = 0.3, 2.294
# What a door draws beyond its rack comes in around its frame: brushes that cover four fifths of the gap.
GAP_DEPTH_M, GAP_LEAK_PERCENT = 0.15, 20.0
# One end of a header needs this much pipe for a row of four doors at their highest flow.
HEADER = "DN65"
SIDES = (("Supply", SUPPLY, SUPPLY_Z_M), ("Return", RETURN, RETURN_Z_M))


def stand(library: Library, white: White) -> None:
    """Put a door behind every rack, with a second power input of the site's own (evidence: given)."""
    behind = 0.5 * (RACK_DEPTH_M + DOOR_DEPTH_M)
    for row, racks in white.racks.items():
        y = round(sign(row) * (white.choice.row_y_m - behind), 4)
        white.doors[row] = [
            _dual(library.part(f"Door_{rack.name[5:]}", white.choice.door, f"{ROOT}/Mechanical",
                               (rack.at[0], y, 0.0), turn_deg=turn(row)))
            for rack in racks
        ]  # fmt: skip


def _dual(door: Part) -> Part:
    name, at = "twin_electrical_nominal_voltage_b", (0.1, 0.0, DOOR_HEIGHT_M)
    how = ("electrical", "power", "input")
    own = Opening(name=name, domain=how[0], system=how[1], direction=how[2], role="", at=at)
    door.openings = [*door.openings, own]
    door.prim.add(Prim(name="ConnectionPoints", spec="over").add(port(name, *how, at)))
    return door


def open_aisle(white: White) -> Prim:
    """Return the aisle between the doors, not contained, and the gap between each rack and its door."""
    scope = Prim(name="Architectural", type="Scope", kind="group")
    aisle = Prim(name="HotAisle", type="Xform", apis=("TwinAisleAPI",), kind="component")
    aisle.say(aisle__containment="open").place(0.0, 0.0)
    width = round(white.choice.hot_aisle_m - 2 * DOOR_DEPTH_M, 4)
    aisle.lines.append(extent((ROW_LENGTH_M, width, HOT_AISLE_HEIGHT_M - 0.6)))
    scope.add(aisle)
    for row, racks in white.racks.items():
        y = round(sign(row) * (white.choice.row_y_m - 0.5 * (RACK_DEPTH_M + GAP_DEPTH_M)), 4)
        for rack in racks:
            gap = Prim(name=f"Gap_{rack.name[5:]}", type="Xform", apis=("TwinAisleAPI",), kind="component")
            gap.say(aisle__containment="hot").set(aisle__leakageRatio=GAP_LEAK_PERCENT)
            gap.lines.append(extent((RACK_WIDTH_M, GAP_DEPTH_M, DOOR_HEIGHT_M)))
            scope.add(gap.place(rack.at[0], y))
    return scope


def draw(library: Library, white: White) -> Prim:
    """Return the scope of doors, row headers and hoses."""
    here = f"{ROOT}/Mechanical/Chw"
    chw = Prim(name="Chw", type="Scope", note="Chilled water of the doors: a header per row and side.")
    hoses = []
    for row, doors in white.doors.items():
        for side, colour, z in SIDES:
            start = (round(doors[0].at[0] - 0.3, 4), sign(row) * (1.0 if side == "Supply" else 0.8), z)
            white.headers[row, side] = header(
                f"Row{row}{side}", here, start, [0.3, 0.9, 1.5, 2.1], size=HEADER, system="CHW", colour=colour
            )
            chw.add(white.headers[row, side].prim)
        for i, door in enumerate(doors):
            supply, back = (
                white.headers[row, s].port("thermal", role="tap", index=i) for s in ("Supply", "Return")
            )
            into, from_ = door.port("thermal", "", "supply"), door.port("thermal", "", "return")
            to, fro = f"{door.name}_Supply", f"{door.name}_Return"
            hoses.append(hose(library, to, supply, into, SUPPLY_Z_M, asset="Hose_DN40", colour=SUPPLY))
            hoses.append(hose(library, fro, from_, back, RETURN_Z_M, asset="Hose_DN40", colour=RETURN))
    units = [door.prim for doors in white.doors.values() for door in doors]
    return Prim(name="Mechanical", type="Scope", kind="group").add(*units, chw.add(*hoses))
