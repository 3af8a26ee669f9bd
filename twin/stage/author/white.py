"""The white space of one scalable unit: two rows of four racks around a contained hot aisle, two CDUs.

Frame: x along the rows, the hot aisle in the middle, row A south of it and facing south, row B north.
"""

from dataclasses import dataclass

from twin.stage.author.loops import GREY, RETURN, SUPPLY, header, pipe, route
from twin.stage.author.parts import Library, Opening, Part, Place, made
from twin.stage.author.text import Point, Prim, extent, joint, layer

RACKS_PER_ROW = 4
RACK_WIDTH_M, RACK_DEPTH_M, CDU_WIDTH_M, NETWORK_WIDTH_M = 0.6, 1.2, 0.9, 0.8
HOT_AISLE_M, HOT_AISLE_HEIGHT_M = 1.5, 3.5
ROW_LENGTH_M = CDU_WIDTH_M + RACKS_PER_ROW * RACK_WIDTH_M + NETWORK_WIDTH_M
ROW_Y_M = 0.5 * (HOT_AISLE_M + RACK_DEPTH_M)
FEED_COLOUR = {"A": "(0.9, 0.62, 0)", "B": "(0.53, 0.13, 0.33)"}
SUPPLY_Z_M, RETURN_Z_M, BUSWAY_Z_M = 2.75, 2.95, 2.55
ROOT = "/White"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an author may choose for a white space.

    Attributes:
        rack: Asset of the compute racks.
        liquid: Whether they are cooled by coolant.
        cdu: Asset of the CDUs, and how many.
        cdu_count: One or two.
        busway: Asset of the busways.
        set_kpa: Pressure difference the CDU group holds between its headers.
        maximum_percent: Highest CDU pump speed, set by the dead-head pressure.
    """

    rack: str = "GB300_NVL72"
    cdu: str = "Vertiv_XDU1350"
    cdu_count: int = 2
    busway: str = "Busway_1250A"
    set_kpa: float = 135.0
    maximum_percent: float = 82.0


@dataclass(kw_only=True)
class White:
    """A white space under construction: its parts, and the text of its layers."""

    choice: Choice
    racks: dict[str, list[Part]]
    network: dict[str, Part]
    cdus: list[Part]
    busways: dict[str, Part]
    layers: dict[str, str]


def build(library: Library, choice: Choice) -> White:
    """Return a white space."""
    racks = {row: _racks(library, choice, row) for row in "AB"}
    network = {row: _network(library, row) for row in "AB"}
    cdus = [
        library.part(f"Cdu_{i + 1}", choice.cdu, f"{ROOT}/Mechanical", _cdu_place(i), turn_deg=180.0 * i)
        for i in range(choice.cdu_count)
    ]
    white = White(choice=choice, racks=racks, network=network, cdus=cdus, busways={}, layers={})
    white.layers["white/architectural.usda"] = _architectural()
    white.layers["white/mechanical.usda"] = _mechanical(library, white)
    white.layers["white/electrical.usda"] = _electrical(library, white)
    white.layers["white/it.usda"] = _it(white)
    subs = [f"./{n.split('/')[1]}" for n in sorted(white.layers)]
    white.layers["white/white.usda"] = layer(
        [Prim(name="White", type="Xform", kind="group")],
        doc="White space of one scalable unit.", default="White", sublayers=subs,
    )  # fmt: skip
    return white


def _sign(row: str) -> int:
    return -1 if row == "A" else 1


def _racks(library: Library, choice: Choice, row: str) -> list[Part]:
    first = -0.5 * ROW_LENGTH_M + (CDU_WIDTH_M if row == "A" else NETWORK_WIDTH_M) + 0.5 * RACK_WIDTH_M
    return [
        library.part(
            f"Rack_{row}{i + 1}", choice.rack, f"{ROOT}/IT",
            (round(first + i * RACK_WIDTH_M, 4), _sign(row) * ROW_Y_M, 0.0),
            turn_deg=0.0 if row == "A" else 180.0,
        )
        for i in range(RACKS_PER_ROW)
    ]  # fmt: skip


def _network(library: Library, row: str) -> Part:
    x = 0.5 * (ROW_LENGTH_M - NETWORK_WIDTH_M)
    at = (x if row == "A" else -x, _sign(row) * ROW_Y_M, 0.0)
    return library.part(f"Network_{row}", "NetworkRack", f"{ROOT}/IT", at, turn_deg=0.0 if row == "A" else 180.0)


def _cdu_place(number: int) -> Point:
    x = 0.5 * (ROW_LENGTH_M - CDU_WIDTH_M)
    return (-x, -ROW_Y_M, 0.0) if number == 0 else (x, ROW_Y_M, 0.0)


def _root(*scopes: Prim) -> list[Prim]:
    return [Prim(name="White", spec="over").add(*scopes)]


def _it(white: White) -> str:
    parts = [p.prim for row in "AB" for p in [*white.racks[row], white.network[row]]]
    return layer(
        _root(Prim(name="IT", type="Scope", kind="group").add(*parts)), doc="Racks.", default="White"
    )


def _architectural() -> str:
    aisle = Prim(name="HotAisle", type="Xform", apis=("TwinAisleAPI",), kind="component")
    aisle.say(aisle__containment="hot", aisle__openTop="yes").place(0.0, 0.0)
    size = (ROW_LENGTH_M, HOT_AISLE_M, HOT_AISLE_HEIGHT_M)
    aisle.lines.append(extent(size))
    return layer(
        _root(Prim(name="Architectural", type="Scope", kind="group").add(aisle)),
        doc="Containment.", default="White",
    )  # fmt: skip


def _hose(library: Library, name: str, start: Place, stop: Place, level_m: float, *, asset: str, colour: str) -> Prim:
    return joint(
        name, "", start.path, stop.path, route(start, stop, level_m), width=0.043, colour=colour,
        reference=library.asset(asset),
    )  # fmt: skip


def _mechanical(library: Library, white: White) -> str:
    scope = Prim(name="Mechanical", type="Scope", kind="group").add(*(c.prim for c in white.cdus))
    parent = f"{ROOT}/Mechanical/Tcs"
    headers, rows = {}, {}
    for loop, z, y, colour in (("Supply", SUPPLY_Z_M, 0.3, SUPPLY), ("Return", RETURN_Z_M, -0.3, RETURN)):
        headers[loop] = header(
            f"{loop}Header", parent, (-1.6, y, z), [1.3, 1.9, 2.5], size="DN100", system="TCS",
            far=len(white.cdus) > 1, colour=colour,
        )  # fmt: skip
        for row in "AB":
            # Each tap stands over its rack.
            at = (round(white.racks[row][0].at[0] - 0.3, 4), _sign(row) * (1.0 if loop == "Supply" else 0.8), z)
            rows[loop, row] = header(
                f"Row{row}{loop}", parent, at, [0.3, 0.9, 1.5, 2.1], size="DN80", system="TCS", colour=colour
            )
    tcs = Prim(name="Tcs", type="Scope", note="Technology cooling system: CDUs, headers, rows, racks.")
    tcs.add(*(h.prim for h in headers.values()), *(r.prim for r in rows.values()))
    tcs.add(*_tcs_pipes(white, headers, rows), *_branches(library, white, rows), *_vessel(library, headers, parent))
    return layer(
        _root(scope.add(tcs, _control(headers, white))), doc="Coolant distribution.", default="White"
    )


def _tcs_pipes(white: White, headers: dict[str, Part], rows: dict[tuple[str, str], Part]) -> list[Prim]:
    out = []
    for loop, direction, colour, z in (
        ("Supply", "supply", SUPPLY, SUPPLY_Z_M), ("Return", "return", RETURN, RETURN_Z_M),
    ):  # fmt: skip
        for i, cdu in enumerate(white.cdus):
            unit = cdu.port("thermal", "TCS", direction)
            end = headers[loop].port("thermal", role="near" if i == 0 else "far")
            ends = (unit, end) if loop == "Supply" else (end, unit)
            # An open isolation valve: 0.5 dynamic heads, entry and exit of the header as much again.
            out.append(pipe(f"Cdu{i + 1}{loop}", *ends, "DN100", z, system="TCS", colour=colour, loss=1.0))
        for at, row in enumerate("AB"):
            tap = headers[loop].port("thermal", role="tap", index=at)
            near = rows[loop, row].port("thermal", role="near")
            ends = (tap, near) if loop == "Supply" else (near, tap)
            out.append(
                pipe(f"Row{row}{loop}Feed", *ends, "DN80", z, system="TCS", colour=colour, elbows=2, loss=1.0)
            )
    return out


def _branches(library: Library, white: White, rows: dict[tuple[str, str], Part]) -> list[Prim]:
    out = []
    for row in "AB":
        for i, rack in enumerate(white.racks[row]):
            supply = rows["Supply", row].port("thermal", role="tap", index=i)
            back = rows["Return", row].port("thermal", role="tap", index=i)
            into, from_ = rack.port("thermal", "TCS", "supply"), rack.port("thermal", "TCS", "return")
            to, fro = f"{rack.name}_Supply", f"{rack.name}_Return"
            out.append(_hose(library, to, supply, into, SUPPLY_Z_M, asset="Hose_DN40", colour=SUPPLY))
            out.append(_hose(library, fro, from_, back, RETURN_Z_M, asset="Hose_DN40_PICV", colour=RETURN))
    return out


def _vessel(library: Library, headers: dict[str, Part], parent: str) -> list[Prim]:
    tap = headers["Return"].port("thermal", role="tap", index=2)
    vessel = library.part("ExpansionVessel", "ExpansionVessel_TCS", parent, (2.6, 0.0, 0.0))
    line = pipe(
        "ExpansionLine", tap, vessel.port("thermal"), "DN25", 3.0, system="TCS", colour=GREY, elbows=3
    )
    return [vessel.prim, line]


def _control(headers: dict[str, Part], white: White) -> Prim:
    plus = headers["Supply"].port("thermal", role="tap", index=1)
    minus = headers["Return"].port("thermal", role="tap", index=1)
    control = Prim(name="CduGroup", type="Scope", apis=("TwinControlAPI",), note="Both CDUs hold one difference with one speed.")
    control.relate("twin:control:senses", [plus.path, minus.path])
    control.relate("twin:control:actuates", [c.path for c in white.cdus])
    control.set(control__set=white.choice.set_kpa, control__minimumRatio=20.0, control__maximumRatio=white.choice.maximum_percent)
    return control


def _electrical(library: Library, white: White) -> str:
    """One busway per feed and row, end-fed on the CDU side, a tap-off group over each rack."""
    scope = Prim(name="Electrical", type="Scope", kind="group")
    parent = f"{ROOT}/Electrical"
    for row in "AB":
        cabinets = [*white.racks[row], white.network[row]]
        xs = [c.at[0] for c in cabinets]
        start, sign = (min(xs) - 1.0, 1.0) if row == "A" else (max(xs) + 1.0, -1.0)
        for feed, dy in (("A", -0.15), ("B", 0.15)):
            taps = [round(sign * (x - start), 4) for x in xs]
            openings = [
                Opening(name="feed", domain="electrical", system="power", direction="input", role="feed", at=(0, 0, 0)),
                *(
                    Opening(
                        name=f"tap_{i + 1:02d}", domain="electrical", system="power", direction="output",
                        role="tap", at=(d, 0, 0),
                    )
                    for i, d in enumerate(taps)
                ),
            ]  # fmt: skip
            length = max(taps) + 0.4
            busway = made(
                f"Busway_{row}{feed}", "TwinBuswayAPI", parent, (round(start, 4), _sign(row) * ROW_Y_M + dy, BUSWAY_Z_M),
                (length, 0.12, 0.16), openings, colour=FEED_COLOUR[feed], turn_deg=0.0 if sign > 0 else 180.0,
                reference=library.asset(white.choice.busway),
                centre=(length / 2, 0.0, -0.08),
            )  # fmt: skip
            white.busways[row + feed] = busway
            scope.add(busway.prim)
    whips = Prim(name="Whips", type="Scope")
    for row in "AB":
        for i, cabinet in enumerate([*white.racks[row], white.network[row]]):
            whips.add(*_whips(library, white, row, i, cabinet))
    return layer(_root(scope.add(whips)), doc="Busways and whips.", default="White")


def _whips(library: Library, white: White, row: str, index: int, cabinet: Part) -> list[Prim]:
    out = []
    for at, feed in enumerate("AB"):
        tap = white.busways[row + feed].port("electrical", role="tap", index=index)
        into = cabinet.port("electrical", "power", "input", index=at)
        asset = "Whip_63A" if cabinet is white.network[row] else "Whip_4x63A"
        out.append(
            joint(
                f"{cabinet.name}_{feed}", "", tap.path, into.path, route(tap, into, tap.at[2]), width=0.03,
                colour=FEED_COLOUR[feed], reference=library.asset(asset),
            )
        )  # fmt: skip
    return out
