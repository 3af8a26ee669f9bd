"""One block of a hall in its own frame: where its modules stand, its rooms, its spine racks.

Frame: the middle of the white room. Power modules stand west of it, the plant's yard east.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from twin.stage.author import power as powers
from twin.stage.author import white as whites
from twin.stage.author.parts import Library, Part
from twin.stage.author.power import Seen, room
from twin.stage.author.text import Prim, extent
from twin.stage.author.white import White

ROOT = "/Block"
PODS_PER_BLOCK = 16
# Eleven fan walls of 2.4 m fill each end; 1.9 m before them their air mixes.
ROOM = (26.0, 27.0)
CEILING_M, CEILING_GRID_M, PLENUM_M, GALLERY_M = 3.5, 0.1, 1.9, 1.8
# Two columns on each side of a cross aisle of 2.4 m, 0.7 m for expansion vessels between them; four rows of
# pods with cold aisles of 2.4 m between them.
POD_X_M, POD_Y_M = (-8.05, -3.25, 3.25, 8.05), (-9.45, -3.15, 3.15, 9.45)
# The first cell at each end lies before the first rack, so that what enters is what is measured.
COLD_AISLE_M, COLD_AISLE_LENGTH_M, CELL_M = 2.4, 24.0, 2.4
SPINE_RACKS, SPINE_KW, SPINE_AIR_M3_S = 8, 33.75, 2.36


@dataclass(kw_only=True)
class Block:
    """A block under construction.

    Attributes:
        pods: How many white spaces it holds.
        library: Where assets come from.
        whites: White spaces by way of cooling.
        module: The power module.
        white, power: How the block sees its modules; the last power module is that of the spine racks.
        spine: Spine racks.
    """

    pods: int
    library: Library
    whites: Mapping[str, White]
    module: powers.Module
    white: list[Seen] = field(default_factory=list)
    power: list[Seen] = field(default_factory=list)
    spine: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the modules and the spine racks in their places."""
        for i in range(self.pods):
            home = f"{ROOT}/Pod_{i + 1:02d}"
            at = POD_X_M[i % 4], POD_Y_M[i // 4]
            self.white.append(Seen(root=whites.ROOT, path=f"{home}/White", x_m=at[0], y_m=at[1]))
        # One power module for each pod and one for the spine racks, in two columns west of the room.
        for i in range(self.pods + 1):
            home = f"{ROOT}/Pod_{i + 1:02d}" if i < self.pods else f"{ROOT}/Spine"
            at = (-24.0 - 24.0 * (i % 2), -44.0 + 11.0 * (i // 2))
            self.power.append(Seen(root=powers.ROOT, path=f"{home}/Power", x_m=at[0], y_m=at[1]))
        for i in range(SPINE_RACKS):
            at = (round(-2.8 + 0.8 * i, 4), 18.5)
            rack = self.library.part(f"Rack_{i + 1}", "NetworkRack", f"{ROOT}/Spine", (*at, 0.0))
            # 1.08 MW of spine switches on the 32 racks of four blocks, 12 K in their air (evidence: given).
            rack.prim.set(airRack__itPower=SPINE_KW, airRack__airflow=SPINE_AIR_M3_S)
            self.spine.append(rack)

    @property
    def folder(self) -> str:
        """Return the folder of its layers, below the site's."""
        return "block" if self.pods == PODS_PER_BLOCK else f"block_{self.pods}"

    def share(self, count: float) -> int:
        """Return how much of what a full block needs is enough for this one."""
        return share_of(self.pods, count)

    def pod(self, number: int) -> str:
        """Return the name of a pod, counted from 0."""
        return f"Pod_{number + 1:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """How many units run in a block of sixteen pods, and how many more stand by.

    Attributes:
        walls, spare_walls: Fan walls.
        chillers, chw_pumps: One more of each stands by.
        coolers: Dry coolers that carry the load; two more run with them.
        fws_pumps: One more stands by.
        chw_main: Nominal size of the chilled-water mains.
        chw_kpa: Difference held between them at the last consumer.
        chw_vessel_l: Expansion vessel of the chilled water.
        boards: Pairs of boards, one on each ring, that share the plant's power.
    """

    walls: int = 0
    spare_walls: int = 0
    chillers: int
    chw_pumps: int
    coolers: int = 0
    fws_pumps: int = 0
    chw_main: str = "DN250"
    chw_kpa: float = 90.0
    chw_vessel_l: float = 600.0
    boards: int = 1

    def for_pods(self, pods: int) -> "Sized":
        """Return what fewer pods need."""
        named = ("walls", "chillers", "chw_pumps", "coolers", "fws_pumps")
        fewer: dict[str, Any] = {n: share_of(pods, getattr(self, n)) for n in named}
        return replace(self, **fewer)


def share_of(pods: int, count: float) -> int:
    """Return how much of what a full block needs is enough for some pods; the spine counts as one more."""
    return math.ceil(count * (pods + 1) / (PODS_PER_BLOCK + 1))


SIZES: Mapping[str, Sized] = MappingProxyType({
    "liquid": Sized(walls=17, spare_walls=2, chillers=5, chw_pumps=2, coolers=16, fws_pumps=3),
    "air": Sized(walls=20, spare_walls=2, chillers=6, chw_pumps=3),
    "rear_door": Sized(
        chillers=10, chw_pumps=5, chw_main="DN400", chw_kpa=115.0, chw_vessel_l=2500.0, boards=2,
    ),
})  # fmt: skip


def modules(block: Block, name: str, origin: tuple[float, float], reference: str) -> Prim:
    """Return a block as the site's layers place it; its modules stand there, so that USD reads them once."""
    out = Prim(name=name, type="Xform", kind="group", reference=reference).place(*origin)
    for i, seen in enumerate(block.white):
        power = block.power[i]
        out.add(
            Prim(name=block.pod(i), type="Xform", kind="group").add(
                Prim(name="White", reference="@../white/white.usda@").place(seen.x_m, seen.y_m),
                Prim(name="Power", reference="@../power/power.usda@").place(power.x_m, power.y_m),
            )
        )
    last = block.power[-1]
    spine = Prim(name="Spine", type="Xform", kind="group", note="Spine switches and their power.")
    spine.add(Prim(name="Power", reference="@../power/power.usda@").place(last.x_m, last.y_m))
    return out.add(spine.add(*(rack.prim for rack in block.spine)))


def rooms() -> Prim:
    """Return the rooms that every way of cooling needs."""
    white = room("WhiteRoom", "white", (0.0, 0.0, 0.0), (*ROOM, CEILING_M))
    network = room("NetworkRoom", "network", (0.0, 18.5, 0.0), (14.0, 9.0, 4.0))
    return Prim(name="Architectural", type="Scope", kind="group").add(white, network)


def air_path(pods: int) -> Prim:
    """Return what fan walls need: galleries, the plenum between, cold aisles beside filled rows."""
    width, depth = ROOM
    above = CEILING_M + CEILING_GRID_M
    scope = Prim(name="Architectural", spec="over")
    plenum = (width + 2 * GALLERY_M, depth, PLENUM_M)
    scope.add(room("CeilingPlenum", "ceiling_plenum", (0.0, 0.0, above), plenum))
    for name, sign in (("West", -1.0), ("East", 1.0)):
        gallery = Prim(name=f"Gallery{name}", type="Xform", apis=("TwinAisleAPI",), kind="component")
        gallery.say(aisle__containment="hot", aisle__openTop="yes").set(aisle__cellLength=50.0)
        gallery.lines.append(extent((GALLERY_M, depth, above)))
        scope.add(gallery.place(round(sign * (width / 2 + GALLERY_M / 2), 4), 0.0))
    middle = [0.5 * (a + b) for a, b in pairwise(POD_Y_M)]
    last = 0.5 * (depth - _outer_m())
    rows = -(-pods // len(POD_X_M))
    for i, y in enumerate([-last, *middle, last][: rows + 1]):
        scope.add(_cold_aisle(i + 1, round(y, 4), COLD_AISLE_M if 0 < i <= len(middle) else _outer_m()))
    return scope


def _outer_m() -> float:
    """Return the width of the aisle between the outermost row and the wall."""
    row = POD_Y_M[-1] + 0.5 * whites.CHOICES["air"].hot_aisle_m + whites.RACK_DEPTH_M
    return round(ROOM[1] / 2 - row, 4)


def _cold_aisle(number: int, y_m: float, width_m: float) -> Prim:
    aisle = Prim(
        name=f"ColdAisle_{number}", type="Xform", apis=("TwinAisleAPI",), kind="component",
        note="Reaches to the ceiling, so that air enters at its ends only: no opening at its top.",
    )  # fmt: skip
    aisle.say(aisle__containment="open", aisle__openTop="yes").set(aisle__cellLength=CELL_M)
    aisle.lines.append(extent((COLD_AISLE_LENGTH_M, width_m, CEILING_M)))
    return aisle.place(0.0, y_m)
