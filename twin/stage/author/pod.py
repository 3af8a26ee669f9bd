"""A pod: one white space with a plant and a power module of its own, fed twice."""

from collections.abc import Sequence

from twin.stage.author import power as powers
from twin.stage.author import white as whites
from twin.stage.author import white_sets
from twin.stage.author.loops import Ends, Loop, draw
from twin.stage.author.parts import Library, Part
from twin.stage.author.power import Board, Seen, room
from twin.stage.author.sets import body, choose, offer
from twin.stage.author.text import Point, Prim, VariantSet, extent, layer

ROOM: Point = (9.0, 8.0, 3.5)
PLENUM_M = 1.0
GALLERY_M = 1.8
POWER_X_M = -11.0
DISCIPLINES = ("architectural", "controls", "electrical", "fabric", "it", "mechanical")
WHITE = Seen(root=whites.ROOT, path="/World/White")
POWER = Seen(root=powers.ROOT, path="/World/Power", x_m=POWER_X_M)


def build(library: Library, choice: whites.Choice) -> dict[str, str]:
    """Return the layers of a pod site, by file name."""
    white, white_layers = white_sets.pod(library, choice)
    module, power_layers = powers.build(library)
    plant = Board(library=library, parent="/World/Mechanical")
    loops = _mechanical(plant, white, module)
    electrical = Board(library=library, parent="/World/Electrical")
    _supply(electrical, module)
    _feed_equipment(electrical, plant, white, module)
    layers = {**white_layers, **power_layers}
    layers["layers/architectural.usda"] = _layer("Rooms and site.", site_record(), *_rooms())
    layers["layers/electrical.usda"] = _layer(
        "Power: utility to busways.",
        Prim(name="Power", reference="@../power/power.usda@").place(POWER_X_M, 0.0),
        Prim(name="Electrical", type="Scope", kind="group").add(*electrical.prims()),
    )
    layers["layers/mechanical.usda"] = _layer(
        "Cooling plant and its loops.",
        Prim(name="Mechanical", type="Scope", kind="group").add(
            *(p.prim for p in plant.parts.values()), *loops
        ),
    )
    layers["layers/it.usda"] = _layer(
        "The white space.",
        Prim(name="White", reference="@../white/white.usda@").place(0.0, 0.0),
    )
    layers["layers/fabric.usda"] = _layer("Fabric cabling.")
    layers["layers/controls.usda"] = _layer("Contingencies and air control.", *_controls())
    layers["site.usda"] = site(
        "Pod: eight liquid-cooled racks with a plant of their own.",
        [climates(), _busways(), _distributions(library, white, module), _events(), _chips(white)],
    )
    return layers


def site(doc: str, sets: list[VariantSet]) -> str:
    """Return the root layer: sublayers, and variant sets on /World."""
    root = offer(Prim(name="World", type="Xform", kind="assembly"), *sets)
    subs = [f"./layers/{d}.usda" for d in DISCIPLINES]
    return layer([root], doc=doc, default="World", sublayers=subs)


def _layer(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="World", spec="over").add(*prims)], doc=doc, default="World")


def site_record() -> Prim:
    """Return design conditions and policies; what the scenario changes stands in its variants."""
    record = Prim(
        name="Site", type="Scope", apis=("TwinSiteAPI",), note="Design conditions and policies of the owner."
    )
    record.set(
        site__elevation=100, site__dewPoint=15, site__minimum=-10,
        site__recirculation=2, site__frequency=50, site__loadingLimitRatio=80, site__facilityTargetRatio=1.15,
        site__floorRating=12, site__floorFootprintRating=24, site__aisleVelocityMax=3.5,
        site__pipeVelocityMax=3.0,
        site__aisleWidthMin=1.2,
    ).say(site__loadingRegime="iec")  # fmt: skip
    return record


def _rooms() -> list[Prim]:
    x, y, z = ROOM
    gallery = Prim(
        name="ReturnGallery", type="Xform", apis=("TwinAisleAPI",), kind="component",
        note="Behind the fan walls; warm air comes down into it from the ceiling plenum.",
    ).say(aisle__containment="hot", aisle__openTop="yes").set(aisle__cellLength=8.0)  # fmt: skip
    gallery.lines.append(extent((GALLERY_M, y, z)))
    gallery.place(x / 2 + GALLERY_M / 2, 0.0)
    rooms = [
        room("WhiteRoom", "white", (0.0, 0.0, 0.0), ROOM),
        gallery,
        room("CeilingPlenum", "ceiling_plenum", (GALLERY_M / 2, 0.0, z), (x + GALLERY_M, y, PLENUM_M)),
    ]
    return [Prim(name="Architectural", type="Scope", kind="group").add(*rooms)]


def _supply(board: Board, module: Board) -> None:
    """Utility, generators, and the mechanical board with its transfer switch."""
    board.stand("Utility", "Utility_20kV", (-32.0, 0.0, 0.0))
    board.stand("HouseLoad", "HouseLoad_10kW", (-7.0, 0.5, 0.0))
    board.stand("MechanicalBoard", "Switchboard_65kA", (-11.0, 0.0, 0.0))
    for feed, y, x in (("A", -7.0, -13.5), ("B", 7.0, -8.5)):
        board.stand(f"Generator_{feed}", "Generator_2MW", (-28.0, y, 0.0), standby=True)
        # The two incomers are a transfer switch: one is closed at a time.
        board.stand(f"Transfer_{feed}", "Breaker_1600A", (x, 1.2, 0.0), standby=feed == "B")
    p, m = board.parts, module.parts
    for feed in "AB":
        main = m[f"MainBoard_{feed}"]
        primary = POWER(m[f"Transformer_{feed}"].port("electrical", "power", "input"))
        grid = p["Utility"].port("electrical", "power", "output")
        board.cable(f"Mv_{feed}", grid, primary, section_mm2=50.0, count=1, feed=feed, level_m=0.2)
        genset = p[f"Generator_{feed}"].port("electrical", "power", "output")
        into = POWER(main.port("electrical", "power", "input", index=1))
        board.cable(f"Gen_{feed}", genset, into, section_mm2=300.0, count=6, feed=feed)
        tie = p[f"Transfer_{feed}"]
        out = POWER(main.port("electrical", "power", "output", index=1))
        board.cable(
            f"TransferIn_{feed}",
            out,
            tie.port("electrical", "power", "input"),
            section_mm2=300.0,
            count=2,
            feed=feed,
        )
        into = p["MechanicalBoard"].port("electrical", "power", "input")
        board.cable(
            f"TransferOut_{feed}",
            tie.port("electrical", "power", "output"),
            into,
            section_mm2=300.0,
            count=2,
            feed=feed,
        )


def _mechanical(plant: Board, white: whites.White, module: Board) -> list[Prim]:
    stand, here, x = plant.stand, plant.parent, ROOM[0] / 2
    coolers = [stand(f"DryCooler_{i + 1}", "DryCooler_500kW", (14.0, -9.0 + 5.0 * i, 0.0)) for i in range(3)]
    chillers = [
        stand(f"Chiller_{i + 1}", "AirChiller_300kW", (24.0, -4.0 + 6.0 * i, 0.0), standby=i > 0)
        for i in range(2)
    ]
    fws = [
        stand(f"FwsPump_{i + 1}", "Pump_7k5", (10.0, -1.0 + 1.5 * i, 0.0), standby=i > 0) for i in range(2)
    ]
    chw = [
        stand(f"ChwPump_{i + 1}", "Pump_CHW_1k5", (10.0, 2.5 + 1.5 * i, 0.0), standby=i > 0) for i in range(2)
    ]
    walls = [
        stand(f"FanWall_{i + 1}", "FanWall_233kW", (x, -2.0 + 4.0 * i, 0.0), turn_deg=-90.0, standby=i > 0)
        for i in range(2)
    ]
    rooms = [module.parts[f"RoomCooler_{i + 1}"] for i in range(2)]
    return [
        draw(
            Loop(
                name="Fws", parent=here, system="FWS", producers=[cooled(c) for c in coolers], pumps=fws,
                consumers=[warmed(c, "FWS", WHITE) for c in white.cdus],
                main="DN125", branch="DN100", unit="DN100", pump="DN100", library=plant.library,
                vessel="ExpansionVessel_FWS", set_kpa=110.0, level_m=3.1, plant_at=(11.0, -6.0, 0.0),
            )
        ),
        draw(
            Loop(
                name="Chw", parent=here, system="CHW", producers=[cooled(c) for c in chillers], pumps=chw,
                consumers=[*(warmed(u, "", None) for u in walls), *(warmed(u, "", POWER) for u in rooms)],
                main="DN80", branch="DN65", unit="DN80", pump="DN65", library=plant.library,
                vessel="ExpansionVessel_CHW", set_kpa=80.0, level_m=3.3, plant_at=(20.0, 2.0, 0.0),
            )
        ),
    ]  # fmt: skip


def cooled(unit: Part) -> Ends:
    """Return the ends of a unit that cools a loop."""
    return Ends(
        inlet=unit.port("thermal", "", "return", index=0), outlet=unit.port("thermal", "", "supply", index=0)
    )


def warmed(unit: Part, system: str, seen: Seen | None) -> Ends:
    """Return the ends of a unit that a loop cools, as the site sees it."""
    ends = [unit.port("thermal", system, direction, index=0) for direction in ("supply", "return")]
    moved = [seen(e) if seen else e for e in ends]
    return Ends(inlet=moved[0], outlet=moved[1])


def _feed_equipment(board: Board, plant: Board, white: whites.White, module: Board) -> None:
    """CDUs and fan walls hang on the critical boards, other cooling on the mechanical board."""
    for feed in "AB":
        critical = module.parts[f"CriticalBoard_{feed}"]
        feed_units(board, white, critical, feed, seen=WHITE, power=POWER)
        for i in range(2):
            wall = plant.parts[f"FanWall_{i + 1}"].port(
                "electrical", "power", "input", index="AB".index(feed)
            )
            out = POWER(critical.port("electrical", "power", "output", index=4 + i))
            board.cable(f"FanWall_{i + 1}_{feed}", out, wall, section_mm2=16.0, count=1, feed=feed)
    into = [(n, p) for n, p in sorted(plant.parts.items()) if not n.startswith("FanWall")]
    for name, part in [*into, ("HouseLoad", board.parts["HouseLoad"])]:
        out = board.parts["MechanicalBoard"].port("electrical", "power", "output")
        section = 185.0 if name.startswith("Chiller") else 16.0
        end = part.port("electrical", "power", "input", index=0)
        board.cable(f"{name}_Feed", out, end, section_mm2=section, count=1, feed="A")


def feed_busways(
    board: Board, white: whites.White, source: Part, feed: str, *, seen: Seen, power: Seen, name: str = ""
) -> None:
    """Join the busways of a white space to the first outgoing ways of a board."""
    for i, row in enumerate("AB"):
        into = seen(white.busways[row + feed].port("electrical", role="feed", index=0))
        out = power(source.port("electrical", "power", "output", index=i))
        board.cable(f"{name}Busway_{row}{feed}_Feed", out, into, section_mm2=300.0, count=3, feed=feed)


def feed_units(
    board: Board, white: whites.White, critical: Part, feed: str, *, seen: Seen, power: Seen, name: str = ""
) -> None:
    """Join the CDUs of a white space to outgoing ways of a critical board."""
    at = "AB".index(feed)
    for i, cdu in enumerate(white.cdus):
        into = seen(cdu.port("electrical", "power", "input", index=at))
        out = power(critical.port("electrical", "power", "output", index=2 + i))
        board.cable(f"{name}{cdu.name}_{feed}", out, into, section_mm2=16.0, count=1, feed=feed)


def _controls() -> list[Prim]:
    here = "/World/Mechanical"
    air = Prim(
        name="FanWallControl", type="Scope", apis=("TwinControlAPI",),
        note="Fan walls keep the hot aisle a breath below the room, so that containment leaks inwards.",
    )  # fmt: skip
    air.relate(
        "twin:control:senses", ["/World/Architectural/WhiteRoom", "/World/White/Architectural/HotAisle"]
    )
    air.relate("twin:control:actuates", [f"{here}/FanWall_1", f"{here}/FanWall_2"])
    air.set(control__set=0.002, control__minimumRatio=20.0, control__maximumRatio=100.0)
    return [Prim(name="Controls", type="Scope", kind="group").add(air, *_contingencies())]


def _events() -> VariantSet:
    """Return fast events of normal operation: the facility-water pump trips, a rack is shut off.

    Following them takes longer than all else that is computed of the pod, so they have to be asked for.
    """
    pump = Prim(name="fws_trip", type="Scope", apis=("TwinSurgeAPI",)).tell(
        surge__description="FWS pump 1 loses its supply and runs down"
    )
    pump.relate("twin:surge:trips", ["/World/Mechanical/FwsPump_1"])
    valve = Prim(
        name="rack_shut", type="Scope", apis=("TwinSurgeAPI",),
        note="100 ms is an assumption: a direct solenoid valve, faster than any motor.",
    ).tell(surge__description="A leak is sensed below rack A1 and its return valve is shut")  # fmt: skip
    valve.relate("twin:surge:closes", ["/World/White/Mechanical/Tcs/Rack_A1_Return"])
    events = Prim(name="Controls", spec="over").add(pump, valve.set(surge__closing=0.1))
    return VariantSet(name="surges", variants={"none": body(), "events": body(events)})


def _chips(white: whites.White) -> VariantSet:
    """Return what is known of the chips of the racks: what is sourced, or notional cold plates as well.

    What is sourced is what the asset selects; said here again, it would be where each rack is looked for.
    """
    racks = [f"White/IT/{rack.name}" for row in "AB" for rack in white.racks[row]]
    notional = body(*(choose(path, chip="notional") for path in racks))
    return VariantSet(name="chip", variants={"sourced": body(), "notional": notional})


def _contingencies() -> list[Prim]:
    m, e, w = "/World/Mechanical", "/World/Electrical", "/World/Power"
    rows: list[tuple[str, str, list[str], list[str]]] = [
        ("feed_a", "Feed A is lost from its main board on; the mechanical board transfers to B",
         [f"{w}/MainBoard_A", f"{e}/Cables/Mv_A", f"{e}/Transfer_A"],
         [f"{e}/Transfer_B"]),
        ("feed_b", "Feed B is lost from its main board on", [f"{w}/MainBoard_B", f"{e}/Cables/Mv_B"], []),
        ("utility", "The utility is lost; generator A starts, generator B fails to",
         [f"{e}/Utility", f"{e}/Cables/Mv_A", f"{e}/Cables/Mv_B", f"{w}/Cables/Lv_A", f"{w}/Cables/Lv_B"],
         [f"{e}/Generator_A"]),
        ("cdu", "CDU 1 is out", ["/World/White/Mechanical/Cdu_1"], []),
        ("fws_pump", "FWS pump 1 is out, pump 2 starts", [f"{m}/FwsPump_1"], [f"{m}/FwsPump_2"]),
        ("chw_pump", "Chilled-water pump 1 is out, pump 2 starts", [f"{m}/ChwPump_1"], [f"{m}/ChwPump_2"]),
        ("dry_cooler", "Dry cooler 1 is out", [f"{m}/DryCooler_1"], []),
        ("chiller", "Chiller 1 is out, chiller 2 starts", [f"{m}/Chiller_1"], [f"{m}/Chiller_2"]),
        ("fan_wall", "Fan wall 1 is out, fan wall 2 starts", [f"{m}/FanWall_1"], [f"{m}/FanWall_2"]),
        ("room_cooler", "Cooler 1 of the power room is out, cooler 2 starts",
         [f"{w}/RoomCooler_1"], [f"{w}/RoomCooler_2"]),
    ]  # fmt: skip
    return contingencies(rows)


def contingencies(rows: Sequence[tuple[str, str, list[str], list[str]]]) -> list[Prim]:
    """Return contingencies: name, what happened as a sentence, what stops, what starts."""
    out = []
    for name, text, gone, start in rows:
        prim = Prim(name=name, type="Scope", apis=("TwinContingencyAPI",)).tell(contingency__description=text)
        prim.relate("twin:contingency:out", gone)
        if start:
            prim.relate("twin:contingency:start", start)
        out.append(prim)
    return out


def climates() -> VariantSet:
    """Return the weather that enters the coolers: design conditions, and air of 36 and of 45 °C."""
    # Dry bulb plus 2 K recirculation enters the coolers; a local opinion elsewhere would hide these.
    climate = {"design": (28, 20), "entering_36": (34, 23), "entering_45": (43, 25)}
    return VariantSet(
        name="scenario",
        variants={
            name: body(Prim(name="Site", spec="over").set(site__dryBulb=dry, site__wetBulb=wet))
            for name, (dry, wet) in climate.items()
        },
    )


def _distributions(library: Library, white: whites.White, module: powers.Module) -> VariantSet:
    """Return what carries power from the transformers on: its voltages, and what the busways hang on."""
    bodies = {}
    for name in powers.DISTRIBUTIONS:
        board = Board(library=library, parent="/World/Electrical")
        for feed in "AB":
            source = module.before_busways(name, feed)
            feed_busways(board, white, source, feed, seen=WHITE, power=POWER)
        cables = Prim(name="Cables", spec="over").add(*board.cables)
        electrical = Prim(name="Electrical", spec="over").add(cables)
        if name == "ac_480":
            electrical.add(
                *(Prim(name=f"Generator_{feed}", spec="over").set(generator__voltage=480.0) for feed in "AB"),
                Prim(name="MechanicalBoard", spec="over").set(switchboard__nominalVoltage=480.0),
            )
        chosen = (choose(prim, distribution=name) for prim in ("Power", "White"))
        bodies[name] = body(electrical, *chosen)
    return VariantSet(name="distribution", variants=bodies)


def _busways() -> VariantSet:
    return VariantSet(
        name="busway", variants={name: body(choose("White", busway=name)) for name in whites.BUSWAYS}
    )
