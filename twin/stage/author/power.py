"""The power module of one scalable unit: transformers, UPS, boards, and a cooled room.

Frame: the room in the middle, transformers west of it, critical boards on its east side.
"""

from dataclasses import dataclass, field

from twin.stage.author.parts import Library, Part, Place
from twin.stage.author.text import Point, Prim, extent, joint, layer
from twin.stage.author.white import FEED_COLOUR

ROOT = "/Power"
# Single-core XLPE copper in trefoil on a ladder at 30 °C: the engineer's figures, after IEC 60364-5-52.
CABLES_A = {16.0: 91.0, 50.0: 180.0, 185.0: 430.0, 240.0: 500.0, 300.0: 580.0}


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


def build(library: Library) -> tuple[Board, dict[str, str]]:
    """Return the parts of a power module, and its layer."""
    board = Board(library=library, parent=ROOT)
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
    p = board.parts
    for feed in "AB":
        main, ups, critical = p[f"MainBoard_{feed}"], p[f"Ups_{feed}"], p[f"CriticalBoard_{feed}"]
        low = p[f"Transformer_{feed}"].port("electrical", "power", "output")
        board.cable(
            f"Lv_{feed}",
            low,
            main.port("electrical", "power", "input", index=0),
            section_mm2=300.0,
            count=6,
            feed=feed,
        )
        out = main.port("electrical", "power", "output", index=0)
        board.cable(
            f"UpsIn_{feed}",
            out,
            ups.port("electrical", "power", "input"),
            section_mm2=300.0,
            count=5,
            feed=feed,
        )
        out = ups.port("electrical", "power", "output")
        board.cable(
            f"UpsOut_{feed}",
            out,
            critical.port("electrical", "power", "input", index=0),
            section_mm2=300.0,
            count=5,
            feed=feed,
        )
        for i in range(2):
            cooler = p[f"RoomCooler_{i + 1}"].port("electrical", "power", "input", index="AB".index(feed))
            out = critical.port("electrical", "power", "output", index=6 + i)
            board.cable(f"RoomCooler_{i + 1}_{feed}", out, cooler, section_mm2=16.0, count=1, feed=feed)
    root = Prim(name="Power", type="Xform", kind="group")
    root.add(room("PowerRoom", "electrical", (0.0, 0.0, 0.0), (12.0, 10.0, 4.0)), *board.prims())
    return board, {"power/power.usda": layer([root], doc="Power of one scalable unit.", default="Power")}


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
