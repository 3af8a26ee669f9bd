"""Coolant to the racks of a white space: CDUs on common headers, row pipes, a valve per rack.

The second CDU is a tree of its own, so that a variant may leave it out; the headers' far ends are then
capped.
"""

from twin.stage.author.loops import GREY, RETURN, SUPPLY, header, pipe
from twin.stage.author.parts import Library, Part
from twin.stage.author.sets import take
from twin.stage.author.text import Point, Prim
from twin.stage.author.white import (
    CDU_WIDTH_M,
    RETURN_Z_M,
    ROOT,
    ROW_LENGTH_M,
    SUPPLY_Z_M,
    White,
    hose,
    sign,
)

HERE = f"{ROOT}/Mechanical/Tcs"
SIDES = (("Supply", "supply", SUPPLY, SUPPLY_Z_M), ("Return", "return", RETURN, RETURN_Z_M))
Headers = dict[str, Part]
Rows = dict[tuple[str, str], Part]


def draw(library: Library, white: White) -> Prim:
    """Return the scope of the coolant loop with one CDU; note what the second adds, and what one turns."""
    white.cdus = [
        library.part(
            f"Cdu_{i + 1}", white.choice.cdu, f"{ROOT}/Mechanical", _place(white, i), turn_deg=180.0 * i
        )
        for i in range(2)
    ]
    headers, rows = _headers(white)
    tcs = Prim(name="Tcs", type="Scope", note="Technology cooling system: CDUs, headers, rows, racks.")
    tcs.add(*(h.prim for h in headers.values()), *(r.prim for r in rows.values()))
    tcs.add(*_cdu_pipes(white, headers, 0), *_row_pipes(headers, rows), *_branches(library, white, rows))
    tcs.add(*_vessel(library, headers))
    white.second = _root(white.cdus[1].prim, _second(white, headers), _acting(white, 2))
    white.alone = _root(_acting(white, 1))
    return Prim(name="Mechanical", type="Scope", kind="group").add(
        white.cdus[0].prim, tcs, _control(headers, white)
    )


def _root(*prims: Prim) -> Prim:
    return Prim(name="White", spec="over").add(Prim(name="Mechanical", spec="over").add(*prims))


def _place(white: White, number: int) -> Point:
    x, y = 0.5 * (ROW_LENGTH_M - CDU_WIDTH_M), white.choice.row_y_m
    return (-x, -y, 0.0) if number == 0 else (x, y, 0.0)


def _headers(white: White) -> tuple[Headers, Rows]:
    headers, rows = {}, {}
    for loop, _, colour, z in SIDES:
        y = 0.3 if loop == "Supply" else -0.3
        headers[loop] = header(
            f"{loop}Header",
            HERE,
            (-1.6, y, z),
            [1.3, 1.9, 2.5],
            size="DN100",
            system="TCS",
            far=True,
            colour=colour,
        )
        for row in "AB":
            # Each tap stands over its rack.
            at = (
                round(white.racks[row][0].at[0] - 0.3, 4),
                sign(row) * (1.0 if loop == "Supply" else 0.8),
                z,
            )
            rows[loop, row] = header(
                f"Row{row}{loop}", HERE, at, [0.3, 0.9, 1.5, 2.1], size="DN80", system="TCS", colour=colour
            )
    return headers, rows


def _cdu_pipes(white: White, headers: Headers, number: int) -> list[Prim]:
    out = []
    for loop, direction, colour, z in SIDES:
        unit = white.cdus[number].port("thermal", "TCS", direction)
        end = headers[loop].port("thermal", role="far" if number else "near")
        ends = (unit, end) if loop == "Supply" else (end, unit)
        # An open isolation valve: 0.5 dynamic heads, entry and exit of the header as much again.
        out.append(pipe(f"Cdu{number + 1}{loop}", *ends, "DN100", z, system="TCS", colour=colour, loss=1.0))
    return out


def _second(white: White, headers: Headers) -> Prim:
    """Return the far ends of the headers and the pipes that join the second CDU to them."""
    tcs = Prim(name="Tcs", spec="over")
    for part in headers.values():
        ports = next(c for c in part.prim.children if isinstance(c, Prim) and c.name == "ConnectionPoints")
        far = Prim(name="ConnectionPoints", spec="over").add(*take(ports, ["rear"]))
        tcs.add(Prim(name=part.name, spec="over").add(far))
    return tcs.add(*_cdu_pipes(white, headers, 1))


def _row_pipes(headers: Headers, rows: Rows) -> list[Prim]:
    out = []
    for loop, _, colour, z in SIDES:
        for at, row in enumerate("AB"):
            tap = headers[loop].port("thermal", role="tap", index=at)
            near = rows[loop, row].port("thermal", role="near")
            ends = (tap, near) if loop == "Supply" else (near, tap)
            out.append(
                pipe(f"Row{row}{loop}Feed", *ends, "DN80", z, system="TCS", colour=colour, elbows=2, loss=1.0)
            )
    return out


def _branches(library: Library, white: White, rows: Rows) -> list[Prim]:
    out = []
    for row in "AB":
        for i, rack in enumerate(white.racks[row]):
            supply = rows["Supply", row].port("thermal", role="tap", index=i)
            back = rows["Return", row].port("thermal", role="tap", index=i)
            into, from_ = rack.port("thermal", "TCS", "supply"), rack.port("thermal", "TCS", "return")
            to, fro = f"{rack.name}_Supply", f"{rack.name}_Return"
            out.append(hose(library, to, supply, into, SUPPLY_Z_M, asset="Hose_DN40", colour=SUPPLY))
            out.append(hose(library, fro, from_, back, RETURN_Z_M, asset="Hose_DN40_PICV", colour=RETURN))
    return out


def _vessel(library: Library, headers: Headers) -> list[Prim]:
    tap = headers["Return"].port("thermal", role="tap", index=2)
    # Beyond the end of the rows, where it stands behind no cabinet; pods side by side leave room for it.
    vessel = library.part("ExpansionVessel", "ExpansionVessel_TCS", HERE, (2.4, 0.0, 0.0))
    line = pipe(
        "ExpansionLine", tap, vessel.port("thermal"), "DN25", 3.0, system="TCS", colour=GREY, elbows=3
    )
    return [vessel.prim, line]


def _control(headers: Headers, white: White) -> Prim:
    """Return the control of the CDUs; which ones it turns is said where their number is."""
    plus = headers["Supply"].port("thermal", role="tap", index=1)
    minus = headers["Return"].port("thermal", role="tap", index=1)
    note = "CDUs hold one difference with one speed."
    control = Prim(name="CduGroup", type="Scope", apis=("TwinControlAPI",), note=note)
    control.relate("twin:control:senses", [plus.path, minus.path])
    return control.set(
        control__set=white.choice.set_kpa,
        control__minimumRatio=20.0,
        control__maximumRatio=white.choice.maximum_percent,
    )


def _acting(white: White, count: int) -> Prim:
    return Prim(name="CduGroup", spec="over").relate(
        "twin:control:actuates", [c.path for c in white.cdus[:count]]
    )
