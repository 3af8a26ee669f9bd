"""Power of the air-cooled hall: two transformers, four UPS modules, a busway above each row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from twin.stage.author.loops import route
from twin.stage.author.parts import Library, Opening, Part, made
from twin.stage.author.power import Board
from twin.stage.author.text import Point, Prim, joint
from twin.stage.author.white import FEED_COLOUR

HERE = "/World/Electrical"
CRITICAL_V = 400.0


@dataclass(kw_only=True)
class LegacyPower:
    """The electrical layer under construction, and what racks of any variant hang on.

    Attributes:
        board: Equipment and cables.
        busways: One per row, row 1 first.
    """

    board: Board
    busways: list[Part] = field(default_factory=list)

    def prims(self) -> list[Prim]:
        """Return everything in the site's own layer: no whips."""
        return [*(b.prim for b in self.busways), *self.board.prims()]

    def whip(self, rack: Part, row: int, at: int) -> Prim:
        """Return the one cord of a rack, from the tap above it to its first input; both count from 1."""
        tap = self.busways[row - 1].port("electrical", role="tap", index=at - 1)
        into = rack.port("electrical", "power", "input", index=0)
        return joint(
            rack.name.replace("Rack", "Whip"), "", tap.path, into.path, route(tap, into, tap.at[2]),
            width=0.03, colour=FEED_COLOUR["A"], reference=self.board.library.asset("Whip_32A"),
        )  # fmt: skip


def supply(library: Library, starts: Sequence[Point], taps_m: Sequence[float]) -> LegacyPower:
    """Return grid, boards, UPS modules and row busways.

    Args:
        library: Where assets come from.
        starts: Where each row's busway begins; it runs along y.
        taps_m: Distance of each tap from there.
    """
    power = LegacyPower(board=Board(library=library, parent=HERE))
    _stand(power.board)
    _cable(power.board)
    for i, start in enumerate(starts):
        power.busways.append(_busway(library, i + 1, start, taps_m))
        out = power.board.parts["CriticalBoard"].port("electrical", "power", "output", index=i)
        into = power.busways[-1].port("electrical", role="feed", index=0)
        power.board.cable(f"Row_{i + 1:02d}", out, into, section_mm2=185.0, count=1, feed="A")
    return power


def feed_cooling(power: LegacyPower, plant: Board) -> None:
    """Give each unit of the cooling plant one feed, by turns from side A and side B."""
    p, sides = power.board.parts, {"Chiller": "ABA", "ChwPump": "AB", "PowerCrah": "AB"}
    seen: dict[str, int] = {}
    for name, unit in sorted(plant.parts.items()):
        kind = name.partition("_")[0]
        at = seen[kind] = seen.get(kind, -1) + 1
        side = sides.get(kind, "AB" * 8)[at]
        board = p[f"MainBoard_{side}" if kind == "Chiller" else f"AirBoard_{side}"]
        into = unit.port("electrical", "power", "input", index=0)
        out = board.port("electrical", "power", "output")
        section, count = (185.0, 2) if kind == "Chiller" else (16.0, 1)
        power.board.cable(f"{name}_Feed", out, into, section_mm2=section, count=count, feed=side)


def _stand(board: Board) -> None:
    board.stand("Utility", "Utility_20kV", (54.0, 7.0, 0.0))
    for side, y, x in (("A", 3.5, 31.0), ("B", 10.5, 38.0)):
        board.stand(f"Transformer_{side}", "Transformer_2500kVA", (44.0, y, 0.0))
        board.stand(f"Generator_{side}", "Generator_2MW", (49.0, y, 0.0), standby=True)
        board.stand(f"MainBoard_{side}", "Switchboard_65kA", (x, 3.5, 0.0))
        board.stand(f"AirBoard_{side}", "Switchboard_65kA", (x, 1.5, 0.0))
    # Open in normal service: two transformers on one board would pass more than its withstand current.
    board.stand("Coupler", "Breaker_4000A", (34.5, 3.5, 0.0), standby=True)
    for i in range(4):
        module = board.stand(f"Ups_{i + 1}", "Ups_500kW", (30.75 + 2.5 * i, 7.0, 0.0))
        if i >= 2:
            # Bypasses of both sides at once would join the transformers on the critical board.
            module.prim.note = (
                "Bypass locked out (assumption): with both, 105 kA would meet on a board for 65 kA."
            )
            module.prim.say(ups__bypass="none")
    critical = board.stand("CriticalBoard", "Switchboard_65kA", (34.5, 10.5, 0.0))
    # What the row busways withstand is what the breakers before them may let through: a demand on these.
    critical.prim.note = (
        "20 kA is a design demand on the breakers before the row busways (assumption), no maker's number."
    )
    critical.prim.set(switchboard__nominalVoltage=CRITICAL_V, switchboard__outgoingLetThrough=20.0)
    board.stand("HouseLoad", "HouseLoad_10kW", (29.5, 12.0, 0.0))


def _cable(board: Board) -> None:
    """Join the boards; 300 mm² in as many runs as the current needs, 20 kV in one run of 50 mm²."""
    rows: list[tuple[str, str, str, int]] = []
    for side, modules in (("A", (1, 2)), ("B", (3, 4))):
        main = f"MainBoard_{side}"
        rows += [
            (f"Mv_{side}", "Utility", f"Transformer_{side}", 1),
            (f"Lv_{side}", f"Transformer_{side}", main, 8),
            (f"Gen_{side}", f"Generator_{side}", main, 8),
            (f"Air_{side}", main, f"AirBoard_{side}", 1),
        ]
        rows += [(f"UpsIn_{i}", main, f"Ups_{i}", 2) for i in modules]
        rows += [(f"UpsOut_{i}", f"Ups_{i}", "CriticalBoard", 2) for i in modules]
    rows += [("Coupler_A", "MainBoard_A", "Coupler", 6), ("Coupler_B", "Coupler", "MainBoard_B", 6)]
    rows += [("House_A", "AirBoard_A", "HouseLoad", 1)]
    sections = {"Mv": 50.0, "Air": 185.0, "House": 16.0}
    for name, start, stop, count in rows:
        out = board.parts[start].port("electrical", "power", "output")
        into = board.parts[stop].port("electrical", "power", "input")
        kind, _, side = name.partition("_")
        board.cable(
            name, out, into, section_mm2=sections.get(kind, 300.0), count=count,
            feed=side if side in FEED_COLOUR else "A", level_m=0.2 if kind == "Mv" else 3.2,
        )  # fmt: skip


def _busway(library: Library, row: int, start: Point, taps_m: Sequence[float]) -> Part:
    """Return a row's busway; the asset gives its numbers, the taps stand above the racks of this hall."""
    marks = [("feed", "input", "feed", 0.0)]
    marks += [(f"tap_{i + 1:02d}", "output", "tap", d) for i, d in enumerate(taps_m)]
    ends = [
        Opening(name=n, domain="electrical", system="power", direction=d, role=r, at=(x, 0.0, 0.0))
        for n, d, r, x in marks
    ]
    length = max(taps_m) + 0.4
    return made(
        f"Busway_{row:02d}", "TwinBuswayAPI", HERE, start, (length, 0.12, 0.16), openings=ends,
        colour=FEED_COLOUR["A"], turn_deg=90.0, reference=library.asset("Busway_400A"),
        centre=(length / 2, 0.0, -0.08), boxed=True,
    )  # fmt: skip
