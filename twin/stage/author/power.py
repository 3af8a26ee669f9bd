"""The power module of one scalable unit: transformers, UPS or rectifiers, boards, and a cooled room.

Frame: the room in the middle, transformers west of it, critical boards on its east side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from twin.stage.author.parts import Library, Part, Place
from twin.stage.author.sets import body, offer
from twin.stage.author.text import Point, Prim, VariantSet, extent, joint, layer
from twin.stage.author.white import FEED_COLOUR

ROOT = "/Power"
# Single-core XLPE copper in trefoil on a ladder at 30 °C: the engineer's figures, after IEC 60364-5-52.
CABLES_A = {16.0: 91.0, 50.0: 180.0, 185.0: 430.0, 240.0: 500.0, 300.0: 580.0}

# What carries power from the transformers on; direct current reaches the busways only.
DIRECT = "dc_800"
DISTRIBUTIONS = ("ac_415", "ac_480", DIRECT)
SMALL_UPS_KW = 200.0


@dataclass(kw_only=True)
class Board:
    """Equipment and cables of one layer under construction."""

    library: Library
    parent: str
    parts: dict[str, Part] = field(default_factory=dict)
    cables: list[Prim] = field(default_factory=list)

    def stand(
        self, name: str, asset: str, at: Point, *, turn_deg: float = 0.0, standby: bool = False
    ) -> Part:
        """Place an asset and remember it."""
        part = self.library.part(name, asset, self.parent, at, turn_deg=turn_deg)
        if standby:
            part.prim.lines.append("bool twin:standby = true")
        self.parts[name] = part
        return part

    def cable(
        self,
        name: str,
        start: Place,
        stop: Place,
        *,
        section_mm2: float,
        count: int,
        feed: str,
        level_m: float = 3.2,
    ) -> None:
        """Join two electrical ports by ``count`` runs."""
        (x0, y0, z0), (x1, y1, z1) = start.at, stop.at
        points = [(x0, y0, z0), (x0, y0, level_m), (x1, y0, level_m), (x1, y1, level_m), (x1, y1, z1)]
        drawn = joint(
            name, "TwinPowerCableAPI", start.path, stop.path, points, width=0.05, colour=FEED_COLOUR[feed]
        )
        self.cables.append(
            drawn.set(
                powerCable__count=count,
                powerCable__section=section_mm2,
                powerCable__rating=CABLES_A[section_mm2],
            )
        )

    def prims(self) -> list[Prim]:
        """Return everything, cables in a scope of their own."""
        return [*(p.prim for p in self.parts.values()), Prim(name="Cables", type="Scope").add(*self.cables)]


def room(name: str, use: str, at: Point, size: Point, *, note: str = "") -> Prim:
    """Return a room: a box of air without walls drawn."""
    prim = Prim(name=name, type="Xform", apis=("TwinRoomAPI",), kind="component", note=note)
    prim.say(room__use=use).lines.append(extent(size))
    return prim.place(*at)


@dataclass(kw_only=True)
class Module(Board):
    """A power module under construction; ``direct`` is what only distribution by direct current brings."""

    direct: dict[str, Part] = field(default_factory=dict)

    def before_busways(self, name: str, feed: str) -> Part:
        """Return the board that feeds busways with that distribution."""
        return self.direct[f"DirectBoard_{feed}"] if name == DIRECT else self.parts[f"CriticalBoard_{feed}"]


def build(library: Library, *, undecided: bool = False) -> tuple[Module, dict[str, str]]:
    """Return the parts of a power module, and its layer; undecided where its place decides for it."""
    board = Module(library=library, parent=ROOT)
    for feed, y in (("A", -3.0), ("B", 3.0)):
        board.stand(f"Transformer_{feed}", "Transformer_2000kVA", (-9.0, y, 0.0))
        board.stand(f"MainBoard_{feed}", "Switchboard_65kA", (-4.0, y, 0.0))
        board.stand(f"Ups_{feed}", "Ups_1500kW", (0.0, y, 0.0))
        board.stand(f"CriticalBoard_{feed}", "Switchboard_65kA", (4.0, y, 0.0))
    for i in range(2):
        # They move air within the room; 40 % of full speed suits its losses.
        unit = board.stand(
            f"RoomCooler_{i + 1}", "FanWall_233kW", (2.0 - 4.0 * i, -4.3, 0.0), turn_deg=180.0, standby=i > 0
        )
        unit.prim.set(fanWall__fanSpeedRatio=40.0)
    for feed in "AB":
        _join(board, feed)
    root = Prim(name="Power", type="Xform", kind="group")
    root.add(room("PowerRoom", "electrical", (0.0, 0.0, 0.0), (12.0, 10.0, 4.0)), *board.prims())
    bodies = {
        "ac_415": body(), "ac_480": body(*_higher_voltage(480.0)), DIRECT: body(*_direct(library, board)),
    }  # fmt: skip
    offer(root, VariantSet(name="distribution", variants=bodies), undecided=undecided)
    return board, {"power/power.usda": layer([root], doc="Power of one scalable unit.", default="Power")}


def _join(board: Board, feed: str) -> None:
    p = board.parts
    main, ups, critical = p[f"MainBoard_{feed}"], p[f"Ups_{feed}"], p[f"CriticalBoard_{feed}"]
    low = p[f"Transformer_{feed}"].port("electrical", "power", "output")
    ways = [main.port("electrical", "power", which, index=0) for which in ("input", "output")]
    into, out = (ups.port("electrical", "power", which) for which in ("input", "output"))
    critical_in = critical.port("electrical", "power", "input", index=0)
    for name, start, stop, count in (
        ("Lv", low, ways[0], 6), ("UpsIn", ways[1], into, 5), ("UpsOut", out, critical_in, 5),
    ):  # fmt: skip
        board.cable(f"{name}_{feed}", start, stop, section_mm2=300.0, count=count, feed=feed)
    for i in range(2):
        cooler = p[f"RoomCooler_{i + 1}"].port("electrical", "power", "input", index="AB".index(feed))
        way = critical.port("electrical", "power", "output", index=6 + i)
        board.cable(f"RoomCooler_{i + 1}_{feed}", way, cooler, section_mm2=16.0, count=1, feed=feed)


def _higher_voltage(volts: float) -> Iterator[Prim]:
    for feed in "AB":
        yield Prim(name=f"Transformer_{feed}", spec="over").set(transformer__secondaryVoltage=volts)
        yield Prim(name=f"Ups_{feed}", spec="over").set(ups__outputVoltage=volts)
        for name in ("MainBoard", "CriticalBoard"):
            yield Prim(name=f"{name}_{feed}", spec="over").set(switchboard__nominalVoltage=volts)


def _direct(library: Library, module: Module) -> Iterator[Prim]:
    """Yield rectifiers with a board behind them for the busways; the UPS keep what moves air and coolant."""
    here = Board(library=library, parent=ROOT)
    for feed, y in (("A", -3.0), ("B", 3.0)):
        unit = here.stand(f"Rectifier_{feed}", "Rectifier_800V_1500kW", (0.0, y / 3.0, 0.0))
        own = here.stand(f"DirectBoard_{feed}", "Switchboard_800V_DC", (4.0, y / 3.0, 0.0))
        way = module.parts[f"MainBoard_{feed}"].port("electrical", "power", "output", index=2)
        for name, start, stop in (
            ("RectifierIn", way, unit.port("electrical", "power", "input")),
            ("RectifierOut", unit.port("electrical", "power", "output"),
             own.port("electrical", "power", "input", index=0)),
        ):  # fmt: skip
            here.cable(f"{name}_{feed}", start, stop, section_mm2=300.0, count=5, feed=feed)
        small = Prim(name=f"Ups_{feed}", spec="over")
        yield small.set(ups__ratedPower=SMALL_UPS_KW, ups__batteryEnergy=round(SMALL_UPS_KW / 12.0, 1))
    module.direct.update(here.parts)
    *units, cables = here.prims()
    cables.spec, cables.type = "over", ""
    yield from (*units, cables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a site sees a module it references: under another path, moved."""

    root: str
    path: str
    x_m: float = 0.0
    y_m: float = 0.0

    def __call__(self, place: Place) -> Place:
        """Return a port of the module as the site sees it."""
        x, y, z = place.at
        at = (round(x + self.x_m, 4), round(y + self.y_m, 4), z)
        return Place(path=place.path.replace(self.root, self.path, 1), at=at)
