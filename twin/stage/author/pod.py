"""A pod: one white space with a plant of its own, in its own room, fed twice."""

from dataclasses import dataclass, field

from twin.stage.author import white as whites
from twin.stage.author.loops import Ends, Loop, draw
from twin.stage.author.parts import Library, Part, Place
from twin.stage.author.text import Point, Prim, VariantSet, extent, joint, layer

ROOM: Point = (9.0, 8.0, 3.5)
PLENUM_M = 1.0
GALLERY_M = 1.8
FEED_COLOUR = whites.FEED_COLOUR
DISCIPLINES = ("architectural", "controls", "electrical", "fabric", "it", "mechanical")
# XLPE copper, single cores in trefoil on a tray, 30 °C: IEC 60364-5-52 class of figures, recalled.
CABLES = {16.0: 91.0, 50.0: 180.0, 185.0: 430.0, 300.0: 580.0}


@dataclass(kw_only=True)
class Plant:
    """The plant of a pod under construction."""

    library: Library
    parts: dict[str, Part] = field(default_factory=dict)
    cables: list[Prim] = field(default_factory=list)

    def stand(self, name: str, asset: str, parent: str, at: Point, *, turn_deg: float = 0.0, standby: bool = False) -> Part:
        """Place an asset and remember it."""
        part = self.library.part(name, asset, parent, at, turn_deg=turn_deg)
        if standby:
            part.prim.lines.append("bool twin:standby = true")
        self.parts[name] = part
        return part

    def cable(self, name: str, start: Place, stop: Place, *, section_mm2: float, count: int, feed: str, level_m: float = 3.2) -> None:
        """Join two electrical ports by ``count`` runs."""
        (x0, y0, z0), (x1, y1, z1) = start.at, stop.at
        points = [(x0, y0, z0), (x0, y0, level_m), (x1, y0, level_m), (x1, y1, level_m), (x1, y1, z1)]
        drawn = joint(name, "TwinPowerCableAPI", start.path, stop.path, points, width=0.05, colour=FEED_COLOUR[feed])
        self.cables.append(
            drawn.set(powerCable__count=count, powerCable__section=section_mm2, powerCable__rating=CABLES[section_mm2])
        )


def build(library: Library, choice: whites.Choice) -> dict[str, str]:
    """Return the layers of a pod site, by file name."""
    white = whites.build(library, choice)
    plant = Plant(library=library)
    electrical = _electrical(plant)
    mechanical, loops = _mechanical(plant, white)
    _feed_equipment(plant, white)
    layers = dict(white.layers)
    layers["layers/architectural.usda"] = _layer("Rooms and site.", _site(), *_rooms())
    layers["layers/electrical.usda"] = _layer(
        "Power: utility to busways.", electrical.add(Prim(name="Cables", type="Scope").add(*plant.cables))
    )
    layers["layers/mechanical.usda"] = _layer("Cooling plant and its loops.", mechanical.add(*loops))
    layers["layers/it.usda"] = _layer(
        "The white space.",
        Prim(name="White", reference="@../white/white.usda@").place(0.0, 0.0),
    )
    layers["layers/fabric.usda"] = _layer("Fabric cabling.", *_fabric(plant, white))
    layers["layers/controls.usda"] = _layer("Contingencies and air control.", *_controls())
    layers["site.usda"] = site("Pod: eight liquid-cooled racks with a plant of their own.", _variants())
    return layers


def site(doc: str, sets: list[VariantSet]) -> str:
    """Return the root layer: sublayers, and variant sets on /World."""
    root = Prim(name="World", type="Xform", kind="assembly")
    if sets:
        names = ", ".join(f'"{s.name}"' for s in sets)
        root.metadata.append(f"prepend variantSets = [{names}]")
        root.metadata += ["variants = {", *(f'    string {s.name} = "{next(iter(s.variants))}"' for s in sets), "}"]
        root.add(*sets)
    subs = [f"./layers/{d}.usda" for d in DISCIPLINES]
    return layer([root], doc=doc, default="World", sublayers=subs)


def _layer(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="World", spec="over").add(*prims)], doc=doc, default="World")


def _site() -> Prim:
    record = Prim(name="Site", type="Scope", apis=("TwinSiteAPI",), note="Design conditions and policies of the owner.")
    record.set(
        site__elevation=100, site__dewPoint=15, site__minimum=-10,
        site__recirculation=2, site__frequency=50, site__loadingLimitRatio=80, site__facilityTargetRatio=1.15,
        site__floorRating=12, site__floorFootprintRating=24, site__aisleVelocityMax=3.5, site__pipeVelocityMax=3.0,
        site__aisleWidthMin=1.2,
    ).say(site__loadingRegime="iec")  # fmt: skip
    return record


def _room(name: str, use: str, at: Point, size: Point, *, reference: str = "") -> Prim:
    prim = Prim(name=name, type="Xform", apis=("TwinRoomAPI",), kind="component").say(room__use=use)
    if reference:
        prim.say(room__airReference=reference)
    prim.lines.append(extent(size))
    return prim.place(*at)


def _rooms() -> list[Prim]:
    x, y, z = ROOM
    gallery = Prim(
        name="ReturnGallery", type="Xform", apis=("TwinAisleAPI",), kind="component",
        note="Behind the fan walls; warm air comes down into it from the ceiling plenum.",
    ).say(aisle__containment="hot", aisle__openTop="yes").set(aisle__cellLength=8.0)  # fmt: skip
    gallery.lines.append(extent((GALLERY_M, y, z)))
    gallery.place(x / 2 + GALLERY_M / 2, 0.0)
    rooms = [
        _room("WhiteRoom", "white", (0.0, 0.0, 0.0), ROOM),
        gallery,
        _room("CeilingPlenum", "ceiling_plenum", (GALLERY_M / 2, 0.0, z), (x + GALLERY_M, y, PLENUM_M)),
        _room("PowerRoom", "electrical", (-x / 2 - 6.5, 0.0, 0.0), (12.0, 10.0, 4.0)),
    ]
    return [Prim(name="Architectural", type="Scope", kind="group").add(*rooms)]


def _electrical(plant: Plant) -> Prim:
    scope = Prim(name="Electrical", type="Scope", kind="group")
    here = "/World/Electrical"
    stand = plant.stand
    stand("Utility", "Utility_20kV", here, (-30.0, 0.0, 0.0))
    for feed, y in (("A", -3.0), ("B", 3.0)):
        stand(f"Transformer_{feed}", "Transformer_2000kVA", here, (-22.0, y, 0.0))
        stand(f"Generator_{feed}", "Generator_2MW", here, (-26.0, 4.0 * y / 3.0, 0.0), standby=True)
        stand(f"MainBoard_{feed}", "Switchboard_65kA", here, (-15.0, y, 0.0))
        stand(f"Ups_{feed}", "Ups_1500kW", here, (-11.0, y, 0.0))
        stand(f"CriticalBoard_{feed}", "Switchboard_65kA", here, (-7.5, y, 0.0))
    stand("HouseLoad", "HouseLoad_10kW", here, (-6.0, 0.0, 0.0))
    stand("MechanicalBoard", "Switchboard_65kA", here, (-12.5, 0.0, 0.0))
    for feed, x in (("A", -14.3), ("B", -10.7)):
        # The mechanical board's two incomers are a transfer switch: one is closed at a time.
        stand(f"Transfer_{feed}", "Breaker_1600A", here, (x, 0.0, 0.0), standby=feed == "B")
    p = plant.parts
    for feed in "AB":
        utility = p["Utility"].port("electrical", "power", "output")
        primary = p[f"Transformer_{feed}"].port("electrical", "power", "input")
        plant.cable(f"Mv_{feed}", utility, primary, section_mm2=50.0, count=1, feed=feed, level_m=0.2)
        board = p[f"MainBoard_{feed}"]
        low = p[f"Transformer_{feed}"].port("electrical", "power", "output")
        plant.cable(f"Lv_{feed}", low, board.port("electrical", "power", "input"), section_mm2=300.0, count=6, feed=feed)
        genset = p[f"Generator_{feed}"].port("electrical", "power", "output")
        plant.cable(f"Gen_{feed}", genset, board.port("electrical", "power", "input"), section_mm2=300.0, count=6, feed=feed)
        ups, critical = p[f"Ups_{feed}"], p[f"CriticalBoard_{feed}"]
        out = board.port("electrical", "power", "output")
        plant.cable(f"UpsIn_{feed}", out, ups.port("electrical", "power", "input"), section_mm2=300.0, count=5, feed=feed)
        out = ups.port("electrical", "power", "output")
        plant.cable(f"UpsOut_{feed}", out, critical.port("electrical", "power", "input"), section_mm2=300.0, count=5, feed=feed)
        tie = p[f"Transfer_{feed}"]
        out = board.port("electrical", "power", "output")
        plant.cable(f"TransferIn_{feed}", out, tie.port("electrical", "power", "input"), section_mm2=300.0, count=2, feed=feed)
        into = p["MechanicalBoard"].port("electrical", "power", "input")
        plant.cable(f"TransferOut_{feed}", tie.port("electrical", "power", "output"), into, section_mm2=300.0, count=2, feed=feed)
    return scope.add(*(part.prim for name, part in p.items()))


def _mechanical(plant: Plant, white: whites.White) -> tuple[Prim, list[Prim]]:
    here = "/World/Mechanical"
    scope = Prim(name="Mechanical", type="Scope", kind="group")
    before = set(plant.parts)
    stand = plant.stand
    x = ROOM[0] / 2
    coolers = [stand(f"DryCooler_{i + 1}", "DryCooler_500kW", here, (14.0, -9.0 + 5.0 * i, 0.0)) for i in range(3)]
    chillers = [
        stand(f"Chiller_{i + 1}", "AirChiller_300kW", here, (24.0, -4.0 + 6.0 * i, 0.0), standby=i > 0) for i in range(2)
    ]
    fws = [stand(f"FwsPump_{i + 1}", "Pump_7k5", here, (10.0, -1.0 + 1.5 * i, 0.0), standby=i > 0) for i in range(2)]
    chw = [stand(f"ChwPump_{i + 1}", "Pump_CHW_1k5", here, (10.0, 2.5 + 1.5 * i, 0.0), standby=i > 0) for i in range(2)]
    walls = [
        stand(f"FanWall_{i + 1}", "FanWall_233kW", here, (x, -2.0 + 4.0 * i, 0.0), turn_deg=-90.0, standby=i > 0)
        for i in range(2)
    ]
    # The power room's coolers move air within the room; 40 % of full speed suits its losses.
    crahs = [
        stand(f"RoomCooler_{i + 1}", "FanWall_233kW", here, (-9.0 - 4.0 * i, -4.3, 0.0), turn_deg=180.0, standby=i > 0)
        for i in range(2)
    ]
    for unit in crahs:
        unit.prim.set(fanWall__fanSpeedRatio=40.0)
    loops = [
        draw(
            Loop(
                name="Fws", parent=here, system="FWS", producers=[_cooled(c) for c in coolers], pumps=fws,
                consumers=[_warmed(c, "FWS", inside=True) for c in white.cdus],
                main="DN125", branch="DN100", unit="DN100", library=plant.library, vessel="ExpansionVessel_FWS",
                set_kpa=110.0, level_m=3.1, plant_at=(11.0, -6.0, 0.0),
            )
        ),
        draw(
            Loop(
                name="Chw", parent=here, system="CHW", producers=[_cooled(c) for c in chillers], pumps=chw,
                consumers=[_warmed(u, "", inside=False) for u in [*walls, *crahs]],
                main="DN80", branch="DN65", unit="DN80", library=plant.library, vessel="ExpansionVessel_CHW",
                set_kpa=80.0, level_m=3.3, plant_at=(20.0, 2.0, 0.0),
            )
        ),
    ]  # fmt: skip
    scope.add(*(part.prim for name, part in plant.parts.items() if name not in before))
    return scope, loops


def _cooled(unit: Part) -> Ends:
    return Ends(inlet=unit.port("thermal", "", "return"), outlet=unit.port("thermal", "", "supply"))


def _warmed(unit: Part, system: str, *, inside: bool) -> Ends:
    """Return a consumer's ends; a part of the white space is seen where the site references it."""
    ends = [unit.port("thermal", system, direction) for direction in ("supply", "return")]
    moved = [_seen(e) if inside else e for e in ends]
    return Ends(inlet=moved[0], outlet=moved[1])


def _feed_equipment(plant: Plant, white: whites.White) -> None:
    """Busways, CDUs and air handlers hang on the critical boards, other cooling on the mechanical board."""
    p = plant.parts
    for feed in "AB":
        critical = p[f"CriticalBoard_{feed}"]
        for row in "AB":
            into = _seen(white.busways[row + feed].port("electrical", role="feed"))
            out = critical.port("electrical", "power", "output")
            plant.cable(f"Busway_{row}{feed}_Feed", out, into, section_mm2=300.0, count=3, feed=feed)
        for cdu in white.cdus:
            into = _seen(cdu.port("electrical", "power", "input", index="AB".index(feed)))
            out = critical.port("electrical", "power", "output")
            plant.cable(f"{cdu.name}_{feed}", out, into, section_mm2=16.0, count=1, feed=feed)
    for name in sorted(p):
        kind, _, number = name.partition("_")
        if kind in ("FanWall", "RoomCooler"):
            feed = "AB"[int(number) - 1]
            board, section = p[f"CriticalBoard_{feed}"], 16.0
        elif kind in ("DryCooler", "FwsPump", "ChwPump", "Chiller", "HouseLoad"):
            feed, board, section = "A", p["MechanicalBoard"], 185.0 if kind == "Chiller" else 16.0
        else:
            continue
        into = p[name].port("electrical", "power", "input")
        out = board.port("electrical", "power", "output")
        plant.cable(f"{name}_Feed", out, into, section_mm2=section, count=1, feed=feed)


def _seen(place: Place) -> Place:
    """Return a port of the white space where the site references it."""
    return Place(path=place.path.replace(whites.ROOT, "/World/White", 1), at=place.at)


def _fabric(plant: Plant, white: whites.White) -> list[Prim]:
    return []


def _controls() -> list[Prim]:
    here = "/World/Mechanical"
    air = Prim(
        name="FanWallControl", type="Scope", apis=("TwinControlAPI",),
        note="Fan walls keep the hot aisle a breath below the room, so that containment leaks inwards.",
    )  # fmt: skip
    air.relate("twin:control:senses", ["/World/Architectural/WhiteRoom", "/World/White/Architectural/HotAisle"])
    air.relate("twin:control:actuates", [f"{here}/FanWall_1", f"{here}/FanWall_2"])
    air.set(control__set=0.002, control__minimumRatio=20.0, control__maximumRatio=100.0)
    return [Prim(name="Controls", type="Scope", kind="group").add(air, *_contingencies())]


def _contingencies() -> list[Prim]:
    m, e = "/World/Mechanical", "/World/Electrical"
    rows: list[tuple[str, str, list[str], list[str]]] = [
        ("feed_a", "Feed A is lost from its main board on; the mechanical board transfers to B",
         [f"{e}/MainBoard_A", f"{e}/Cables/Mv_A", f"{e}/Transfer_A"],
         [f"{e}/Transfer_B", f"{m}/FanWall_2", f"{m}/RoomCooler_2"]),
        ("feed_b", "Feed B is lost from its main board on", [f"{e}/MainBoard_B", f"{e}/Cables/Mv_B"], []),
        ("utility", "The utility is lost; generator A starts, generator B fails to",
         [f"{e}/Utility", f"{e}/Cables/Mv_A", f"{e}/Cables/Mv_B", f"{e}/Cables/Lv_A", f"{e}/Cables/Lv_B"],
         [f"{e}/Generator_A"]),
        ("cdu", "CDU 1 is out", ["/World/White/Mechanical/Cdu_1"], []),
        ("fws_pump", "FWS pump 1 is out, pump 2 starts", [f"{m}/FwsPump_1"], [f"{m}/FwsPump_2"]),
        ("chw_pump", "Chilled-water pump 1 is out, pump 2 starts", [f"{m}/ChwPump_1"], [f"{m}/ChwPump_2"]),
        ("dry_cooler", "Dry cooler 1 is out", [f"{m}/DryCooler_1"], []),
        ("chiller", "Chiller 1 is out, chiller 2 starts", [f"{m}/Chiller_1"], [f"{m}/Chiller_2"]),
        ("fan_wall", "Fan wall 1 is out, fan wall 2 starts", [f"{m}/FanWall_1"], [f"{m}/FanWall_2"]),
        ("room_cooler", "Cooler 1 of the power room is out, cooler 2 starts", [f"{m}/RoomCooler_1"], [f"{m}/RoomCooler_2"]),
    ]  # fmt: skip
    out = []
    for name, text, gone, start in rows:
        prim = Prim(name=name, type="Scope", apis=("TwinContingencyAPI",)).tell(contingency__description=text)
        prim.relate("twin:contingency:out", gone)
        if start:
            prim.relate("twin:contingency:start", start)
        out.append(prim)
    return out


def _variants() -> list[VariantSet]:
    # Dry bulb plus 2 K recirculation enters the coolers; a local opinion elsewhere would hide these.
    climate = {"design": (28, 20), "entering_36": (34, 23), "entering_45": (43, 25)}
    return [
        VariantSet(
            name="scenario",
            variants={
                name: Prim(name="").add(
                    Prim(name="Site", spec="over").set(site__dryBulb=dry, site__wetBulb=wet)
                )
                for name, (dry, wet) in climate.items()
            },
        )
    ]
