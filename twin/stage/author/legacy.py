"""An air-cooled hall as many were built: raised floor, tiles, 8 kW racks, chilled water at 7/12 °C.

Frame: origin at the south-west corner of the hall, rows along y, five pairs of rows beside each other.
What the variants of ``/World`` change (racks and their whips) stands in layers that only they reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from twin.stage.author.legacy_power import LegacyPower, feed_cooling, supply
from twin.stage.author.loops import Loop, draw
from twin.stage.author.parts import Library, Opening, Part, made
from twin.stage.author.pod import cooled, site, warmed
from twin.stage.author.power import Board, room
from twin.stage.author.text import Point, Prim, VariantSet, extent, layer

PAIRS, RACKS_PER_ROW = 5, 16
ROWS = 2 * PAIRS
RACK_COUNT = ROWS * RACKS_PER_ROW
HALL: Point = (28.0, 14.0, 4.5)
FLOOR_M = 0.6
RACK_WIDTH_M, RACK_DEPTH_M, AISLE_M, AISLE_HEIGHT_M = 0.6, 1.2, 1.2, 2.1
# Two rows, the cold aisle between them, and half a hot aisle behind each.
PAIR_M, BAY_HEIGHT_M = 2 * RACK_DEPTH_M + 2 * AISLE_M, 4.3
ROW_M = RACKS_PER_ROW * RACK_WIDTH_M
POWER_ROOM_AT: Point = (34.5, 7.0, 0.0)
POWER_ROOM: Point = (12.0, 14.0, 3.5)
STANDBY = ("Crah_N5", "Crah_S4")
PLENUM_KPA = 0.0125
# Cable cut-outs under eight racks, so that a tenth of the air leaks: 5–15 % is usual.
CUTOUT_M2 = 0.31
ARCHITECTURAL, MECHANICAL = "/World/Architectural", "/World/Mechanical"
TILES = f"{ARCHITECTURAL}/Tiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What stands in the rows: dense racks from the feed end of row 1 on, 8 kW racks in the other rows.

    A hall that is full by power gives up positions for dense racks: the rest of row 1, and the far end of
    every other row alike, so that no busway stands idle.
    """

    dense: str
    dense_count: int
    legacy_count: int

    def assets(self) -> dict[tuple[int, int], str]:
        """Return the asset at each filled position (row, place), both from 1."""
        places = range(1, RACKS_PER_ROW + 1)
        rows = range(1 if self.dense_count == 0 else 2, ROWS + 1)
        dense = [(row, at) for row in range(1, ROWS + 1) for at in places][: self.dense_count]
        legacy = [(row, at) for at in places for row in rows][: self.legacy_count]
        return dict.fromkeys(dense, self.dense) | dict.fromkeys(legacy, "Legacy8")


FLEETS: Mapping[str, Fleet] = MappingProxyType({
    "legacy_8kw": Fleet(dense="", dense_count=0, legacy_count=RACK_COUNT),
    "row_60": Fleet(dense="Air60", dense_count=8, legacy_count=100),
    "row_132": Fleet(dense="Air132", dense_count=4, legacy_count=94),
    "all_60": Fleet(dense="Air60", dense_count=RACK_COUNT, legacy_count=0),
    "all_132": Fleet(dense="Air132", dense_count=RACK_COUNT, legacy_count=0),
})  # fmt: skip


def build(library: Library) -> dict[str, str]:
    """Return the layers of the hall, by file name."""
    plant = Board(library=library, parent=MECHANICAL)
    loop = _cooling(plant)
    power = supply(library, [_busway_at(row) for row in range(1, ROWS + 1)], _places_m())
    feed_cooling(power, plant)
    layers = {
        "layers/architectural.usda": _layer(
            "Rooms, aisles, tiles. Sizes, gaps and policies: the engineer's own (evidence: given).",
            _site(), Prim(name="Architectural", type="Scope", kind="group").add(*_rooms(), *_tiles(library)),
        ),
        "layers/controls.usda": _layer("Air control and contingencies.", _controls(plant)),
        "layers/electrical.usda": _layer(
            "Power: grid to row busways. Cable sizes and routes: the engineer's own (evidence: given).",
            Prim(name="Electrical", type="Scope", kind="group").add(*power.prims()),
        ),
        "layers/fabric.usda": _layer("No fabric: the racks hold mixed servers."),
        "layers/it.usda": _layer("No racks here: each variant of /World brings its own, with their whips."),
        "layers/mechanical.usda": _layer(
            "Chilled water and air handlers. Pipe sizes, set-points: the engineer's own (evidence: given).",
            Prim(name="Mechanical", type="Scope", kind="group").add(
                *(p.prim for p in plant.parts.values()), loop
            ),
        ),
    }  # fmt: skip
    for name, fleet in FLEETS.items():
        layers[_rack_layer(name)] = _racks(library, power, name, fleet)
    doc = f"Air-cooled hall of {RACK_COUNT} racks on a raised floor, and what denser racks do to it."
    layers["site.usda"] = site(doc, [_variants()])
    return layers


def _layer(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="World", spec="over").add(*prims)], doc=doc, default="World")


def _rack_layer(variant: str) -> str:
    return f"layers/racks_{variant}.usda"


def _variants() -> VariantSet:
    """Each variant references its racks; the site's own layers hold none, or they would win over it."""
    return VariantSet(
        name="rack",
        variants={
            name: Prim(name="", metadata=[f"prepend references = @./{_rack_layer(name)}@"]) for name in FLEETS
        },
    )


# ------------------------------------------------------------------------------------------- rows


def _pair_x(pair: int) -> float:
    """Return the middle of a pair's cold aisle; pairs count from 1."""
    return round(0.5 * (HALL[0] - PAIRS * PAIR_M) + (pair - 0.5) * PAIR_M, 4)


def _row_x(row: int) -> tuple[float, float]:
    """Return the middle of a row, and the turn that faces it to its cold aisle: odd rows face east."""
    aside = 0.5 * (AISLE_M + RACK_DEPTH_M)
    east = row % 2 == 1
    return round(_pair_x((row + 1) // 2) + (-aside if east else aside), 4), 90.0 if east else -90.0


def _place_y(at: int) -> float:
    return round(0.5 * (HALL[1] - ROW_M) + (at - 0.5) * RACK_WIDTH_M, 4)


def _places_m() -> list[float]:
    """Return how far along its busway each place of a row lies; the feed is a metre before the first."""
    return [round(1.0 + RACK_WIDTH_M * i, 4) for i in range(RACKS_PER_ROW)]


def _busway_at(row: int) -> Point:
    """Return where a row's busway begins: above the rear of its racks."""
    x, turn = _row_x(row)
    return (round(x + (-0.4 if turn > 0 else 0.4), 4), round(_place_y(1) - 1.0, 4), 2.6)


def _racks(library: Library, power: LegacyPower, name: str, fleet: Fleet) -> str:
    racks, whips = [], []
    for (row, at), asset in fleet.assets().items():
        x, turn = _row_x(row)
        place = (x, _place_y(at), 0.0)
        rack = library.part(f"Rack_{row:02d}_{at:02d}", asset, "/World/IT", place, turn_deg=turn)
        racks.append(rack.prim)
        whips.append(power.whip(rack, row, at))
    root = Prim(name="World", type="Xform", kind="assembly").add(
        Prim(name="IT", type="Scope", kind="group").add(*racks),
        Prim(name="Electrical", spec="over").add(Prim(name="Whips", type="Scope").add(*whips)),
    )
    return layer([root], doc=f"Racks and whips of the variant {name}.", default="World")


# ------------------------------------------------------------------------------------------ rooms


def _site() -> Prim:
    note = "Design conditions and policies of the owner."
    record = Prim(name="Site", type="Scope", apis=("TwinSiteAPI",), note=note)
    record.set(
        site__elevation=100, site__dryBulb=28, site__wetBulb=20, site__dewPoint=15, site__minimum=-10,
        site__recirculation=2, site__frequency=50, site__loadingLimitRatio=80, site__facilityTargetRatio=1.6,
        site__floorRating=7.2, site__aisleVelocityMax=3.5, site__pipeVelocityMax=3.0, site__aisleWidthMin=1.2,
    ).say(site__loadingRegime="iec")  # fmt: skip
    return record


def _rooms() -> list[Prim]:
    x, y, _ = HALL
    beside = room(
        "PowerUnderFloor", "raised_floor", (*POWER_ROOM_AT[:2], -FLOOR_M), (*POWER_ROOM[:2], FLOOR_M)
    )
    return [
        room("Hall", "white", (x / 2, y / 2, 0.0), HALL),
        room("UnderFloor", "raised_floor", (x / 2, y / 2, -FLOOR_M), (x, y, FLOOR_M)),
        room("PowerRoom", "electrical", POWER_ROOM_AT, POWER_ROOM),
        beside.set(room__leakageArea=0.005 * POWER_ROOM[0] * POWER_ROOM[1]),
        *_aisles(),
    ]


def _aisles() -> Iterator[Prim]:
    """Yield each cold aisle, and the bay around it whose air mixes before it reaches the hall."""
    for pair in range(1, PAIRS + 1):
        at = (_pair_x(pair), HALL[1] / 2)
        bay = Prim(
            name=f"Bay_{pair}", type="Xform", apis=("TwinAisleAPI",), kind="component",
            note="A pair of rows with half a hot aisle behind each: exhaust mixes here, over half a row,\n"
            "before it leaves for the air handlers; a cold aisle short of tile air draws from here.",
        )  # fmt: skip
        bay.say(aisle__containment="open").set(aisle__cellLength=ROW_M / 2)
        bay.lines.append(extent((PAIR_M, ROW_M, BAY_HEIGHT_M)))
        yield bay.place(*at)
        cold = Prim(name=f"ColdAisle_{pair}", type="Xform", apis=("TwinAisleAPI",), kind="component")
        cold.say(aisle__containment="open").lines.append(extent((AISLE_M, ROW_M, AISLE_HEIGHT_M)))
        yield cold.place(*at)


def _tiles(library: Library) -> list[Prim]:
    """Return a tile in front of every position, filled or not, and those of the power room."""
    places: dict[str, Point] = {}
    for row in range(1, ROWS + 1):
        x = round(_pair_x((row + 1) // 2) + (-0.25 if row % 2 else 0.25) * AISLE_M, 4)
        places |= {f"Tile_{row:02d}_{at:02d}": (x, _place_y(at), 0.0) for at in range(1, RACKS_PER_ROW + 1)}
    for i in range(8):
        x = round(POWER_ROOM_AT[0] - 3.75 + 2.5 * (i % 4), 4)
        places[f"PowerTile_{i + 1:02d}"] = (x, round(5.7 + 2.7 * (i // 4), 4), 0.0)
    tiles = [library.part(name, "Tile_56", TILES, at) for name, at in places.items()]
    tiles += [_cutouts(row, half) for row in range(1, ROWS + 1) for half in (1, 2)]
    return [Prim(name="Tiles", type="Scope", kind="group").add(*(t.prim for t in tiles))]


def _cutouts(row: int, half: int) -> Part:
    """Return the cable cut-outs under half a row: air that reaches no cold aisle."""
    x, turn = _row_x(row)
    at = (round(x + (-0.4 if turn > 0 else 0.4), 4), round(HALL[1] / 2 + (half - 1.5) * ROW_M / 2, 4), 0.0)
    openings = [
        Opening(name=n, domain="airflow", system="equipment_cooling", direction=d, role="", at=(0.0, 0.0, z))
        for n, d, z in (("below", "input", -0.1), ("above", "output", 0.1))
    ]
    part = made(
        f"Cutouts_{row:02d}_{half}", "TwinTileAPI", TILES, at, (0.3, 2.4, 0.03), openings=openings,
        colour="(0.3, 0.3, 0.3)",
    )  # fmt: skip
    part.prim.set(tile__area=CUTOUT_M2, tile__openRatio=56)
    return part


# ---------------------------------------------------------------------------------------- cooling


def _crahs(plant: Board) -> list[Part]:
    """Stand eight air handlers at each long wall, discharging below the floor, and two in the power room."""
    units = []
    for i in range(8):
        x = round(0.5 * HALL[0] + 3.2 * (i - 3.5), 4)
        for wall, y, turn in (("S", 0.475, 180.0), ("N", HALL[1] - 0.475, 0.0)):
            name = f"Crah_{wall}{i + 1}"
            units.append(plant.stand(name, "CRAH_120kW", (x, y, 0.0), turn_deg=turn, standby=name in STANDBY))
    for i in range(2):
        at = (POWER_ROOM_AT[0] - 2.5 + 5.0 * i, POWER_ROOM[1] - 0.475, 0.0)
        units.append(plant.stand(f"PowerCrah_{i + 1}", "CRAH_120kW", at, standby=i > 0))
    return units


def _cooling(plant: Board) -> Prim:
    stand = plant.stand
    chillers = [
        stand(
            f"Chiller_{i + 1}", "AirChiller_750kW", (-10.0, 2.0 + 5.0 * i, 0.0), turn_deg=180.0,
            standby=i == 2,
        )
        for i in range(3)
    ]  # fmt: skip
    pumps = [
        stand(f"ChwPump_{i + 1}", "Pump_CHW_22", (-3.5, 2.0 + 1.5 * i, 0.0), standby=i > 0) for i in range(2)
    ]
    ends = sorted((warmed(u, "", None) for u in _crahs(plant)), key=lambda e: e.inlet.at[0] + e.outlet.at[0])
    # Mains lie below the raised floor; the last consumer is in the power room, where the pumps' sensor is:
    # what is held there lets its valve pass its full flow.
    return draw(
        Loop(
            name="Chw", parent=plant.parent, system="CHW", producers=[cooled(c) for c in chillers],
            pumps=pumps, consumers=ends, main="DN250", branch="DN80", unit="DN150", pump="DN200",
            library=plant.library, vessel="ExpansionVessel_CHW", set_kpa=70.0, level_m=-0.3,
            plant_at=(-5.0, 6.0, 0.0),
        )
    )  # fmt: skip


# --------------------------------------------------------------------------------------- controls


def _controls(plant: Board) -> Prim:
    scope = Prim(name="Controls", type="Scope", kind="group")
    for name, floor, above, units in (
        ("PlenumControl", "UnderFloor", "Hall", "Crah_"),
        ("PowerPlenumControl", "PowerUnderFloor", "PowerRoom", "PowerCrah_"),
    ):
        note = "All fans of the room hold the pressure that its tiles need."
        air = Prim(name=name, type="Scope", apis=("TwinControlAPI",), note=note)
        air.relate("twin:control:senses", [f"{ARCHITECTURAL}/{z}" for z in (floor, above)])
        air.relate("twin:control:actuates", [p.path for n, p in plant.parts.items() if n.startswith(units)])
        scope.add(air.set(control__set=PLENUM_KPA, control__minimumRatio=20.0, control__maximumRatio=100.0))
    return scope.add(*_contingencies())


def _contingencies() -> Iterator[Prim]:
    m, e = MECHANICAL, "/World/Electrical"
    grid = [f"{e}/Utility", *(f"{e}/Cables/{k}_{s}" for k in ("Mv", "Lv") for s in "AB")]
    sides = {s: [f"{e}/Transformer_{s}", f"{e}/Cables/Mv_{s}", f"{e}/Cables/Lv_{s}"] for s in "AB"}
    rows: list[tuple[str, str, list[str], list[str]]] = [
        ("crah", "One air handler of the hall is out, a standby one starts",
         [f"{m}/Crah_N1"], [f"{m}/{STANDBY[0]}"]),
        ("power_crah", "The power room's air handler is out, the other starts",
         [f"{m}/PowerCrah_1"], [f"{m}/PowerCrah_2"]),
        ("chiller", "Chiller 1 is out, chiller 3 starts", [f"{m}/Chiller_1"], [f"{m}/Chiller_3"]),
        ("chw_pump", "Chilled-water pump 1 is out, pump 2 starts", [f"{m}/ChwPump_1"], [f"{m}/ChwPump_2"]),
        ("ups", "UPS module 1 is out, the other three carry the racks", [f"{e}/Ups_1"], []),
        ("transformer_a", "Transformer A is out, the coupler closes and B carries the site",
         sides["A"], [f"{e}/Coupler"]),
        ("transformer_b", "Transformer B is out, the coupler closes and A carries the site",
         sides["B"], [f"{e}/Coupler"]),
        ("utility", "The utility is lost; each generator carries its board",
         grid, [f"{e}/Generator_A", f"{e}/Generator_B"]),
    ]  # fmt: skip
    for name, text, gone, start in rows:
        prim = Prim(name=name, type="Scope", apis=("TwinContingencyAPI",)).tell(contingency__description=text)
        prim.relate("twin:contingency:out", gone)
        yield prim.relate("twin:contingency:start", start) if start else prim
