"""Halls of pods: blocks of sixteen white spaces on common mains, each block with a plant, on one grid connection."""

from dataclasses import dataclass, field

from twin.stage.author import power as powers
from twin.stage.author import white as whites
from twin.stage.author.hall_power import Supply, connect, feed_block
from twin.stage.author.loops import Loop, draw
from twin.stage.author.parts import Library, Part
from twin.stage.author.pod import cooled, site, site_record, warmed
from twin.stage.author.power import Board, Seen, room
from twin.stage.author.text import Prim, VariantSet, extent, layer

PODS_PER_BLOCK, ROOM, ROOM_HEIGHT_M, PLENUM_M, GALLERY_M = 16, (24.0, 25.0), 3.5, 2.0, 1.8
POD_X_M, POD_Y_M = (-7.35, -3.25, 3.25, 7.35), (-8.55, -2.85, 2.85, 8.55)
BLOCK_PITCH_M = (150.0, 110.0)
BLOCKS_ACROSS = 2
RACKS_PER_POD = 2 * whites.RACKS_PER_ROW
SPINE_RACKS, SPINE_KW, SPINE_AIR_M3_S = 8, 33.75, 2.36


@dataclass(kw_only=True)
class Block:
    """One block: where it is, and how the site sees its sixteen modules."""

    number: int
    x_m: float
    y_m: float
    plant: Board
    white: list[Seen] = field(default_factory=list)
    power: list[Seen] = field(default_factory=list)
    spine: list[Part] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Return the prim path."""
        return f"/World/Block_{self.number}"


def build(library: Library, choice: whites.Choice, *, pods: int) -> dict[str, str]:
    """Return the layers of a hall site of so many pods, by file name; the last block may be part filled."""
    white = whites.build(library, choice)
    module, power_layers = powers.build(library)
    blocks = -(-pods // PODS_PER_BLOCK)
    made = [_block(library, i + 1, min(PODS_PER_BLOCK, pods - i * PODS_PER_BLOCK)) for i in range(blocks)]
    supply = Supply(library=library, module=module, white=white, main=connect(library, blocks))
    layers = {**white.layers, **power_layers}
    mechanical = []
    for block in made:
        loops = _mechanical(block, white, module)
        feed_block(supply, block)
        mechanical.append(_over(block, "Mechanical", [*(p.prim for p in block.plant.parts.values()), *loops]))
    layers["layers/architectural.usda"] = _layer("Rooms.", site_record(), *(_rooms(b) for b in made))
    layers["layers/mechanical.usda"] = _layer("Cooling plant and its loops.", *mechanical)
    layers["layers/it.usda"] = _layer("White spaces and spine racks.", *(_modules(b) for b in made))
    layers["layers/electrical.usda"] = _layer(
        "Power: grid to busways.", Prim(name="Grid", type="Xform", kind="group").add(*supply.main.prims()), *(_over(b, "Electrical", supply.prims(b)) for b in made)
    )
    layers["layers/fabric.usda"] = _layer("Fabric cabling.")
    layers["layers/controls.usda"] = _layer("Contingencies and air control.", _controls(made, supply))
    doc = f"Hall of {pods * RACKS_PER_POD} liquid-cooled racks in {blocks} blocks."
    layers["site.usda"] = site(doc, _variants())
    return layers


def _layer(doc: str, *prims: Prim) -> str:
    return layer([Prim(name="World", spec="over").add(*prims)], doc=doc, default="World")


def _over(block: Block, scope: str, prims: list[Prim]) -> Prim:
    inner = Prim(name=scope, type="Scope", kind="group").add(*prims)
    return Prim(name=f"Block_{block.number}", type="Xform", kind="group").add(inner)


def _block(library: Library, number: int, pods: int) -> Block:
    across = (number - 1) % BLOCKS_ACROSS, (number - 1) // BLOCKS_ACROSS
    x, y = across[0] * BLOCK_PITCH_M[0], across[1] * BLOCK_PITCH_M[1]
    block = Block(number=number, x_m=x, y_m=y, plant=Board(library=library, parent=f"/World/Block_{number}/Mechanical"))
    for i in range(pods):
        dx, dy = POD_X_M[i % 4], POD_Y_M[i // 4]
        home = f"{block.path}/Pod_{i + 1:02d}"
        block.white.append(Seen(root=whites.ROOT, path=f"{home}/White", x_m=x + dx, y_m=y + dy))
    # Sixteen modules for the pods and one for the spine racks, in two columns west of the room.
    for i in range(pods + 1):
        home = f"{block.path}/Pod_{i + 1:02d}" if i < pods else f"{block.path}/Spine"
        at = (x - 24.0 - 24.0 * (i % 2), y - 44.0 + 11.0 * (i // 2))
        block.power.append(Seen(root=powers.ROOT, path=f"{home}/Power", x_m=at[0], y_m=at[1]))
    for i in range(SPINE_RACKS):
        at = (round(x - 2.8 + 0.8 * i, 4), y + 18.0)
        rack = library.part(f"Rack_{i + 1}", "NetworkRack", f"{block.path}/Spine", (*at, 0.0))
        rack.prim.set(airRack__itPower=SPINE_KW, airRack__airflow=SPINE_AIR_M3_S)
        block.spine.append(rack)
    return block


def _modules(block: Block) -> Prim:
    out = Prim(name=f"Block_{block.number}", type="Xform", kind="group")
    for i, seen in enumerate(block.white):
        pod = Prim(name=f"Pod_{i + 1:02d}", type="Xform", kind="group")
        power = block.power[i]
        pod.add(
            Prim(name="White", reference="@../white/white.usda@").place(seen.x_m, seen.y_m),
            Prim(name="Power", reference="@../power/power.usda@").place(power.x_m, power.y_m),
        )
        out.add(pod)
    spine = Prim(name="Spine", type="Xform", kind="group", note="Spine switches and their power.")
    last = block.power[-1]
    spine.add(Prim(name="Power", reference="@../power/power.usda@").place(last.x_m, last.y_m))
    return out.add(spine.add(*(rack.prim for rack in block.spine)))


def _rooms(block: Block) -> Prim:
    x, y = block.x_m, block.y_m
    width, depth = ROOM
    rooms = [
        room("WhiteRoom", "white", (x, y, 0.0), (width, depth, ROOM_HEIGHT_M)),
        room("CeilingPlenum", "ceiling_plenum", (x, y, ROOM_HEIGHT_M), (width + 2 * GALLERY_M, depth, PLENUM_M)),
        room("NetworkRoom", "network", (x, y + 18.0, 0.0), (14.0, 9.0, 4.0)),
    ]
    for name, sign in (("West", -1.0), ("East", 1.0)):
        gallery = Prim(name=f"Gallery{name}", type="Xform", apis=("TwinAisleAPI",), kind="component")
        gallery.say(aisle__containment="hot", aisle__openTop="yes").set(aisle__cellLength=50.0)
        gallery.lines.append(extent((GALLERY_M, depth, ROOM_HEIGHT_M)))
        rooms.append(gallery.place(round(x + sign * (width / 2 + GALLERY_M / 2), 4), y))
    inner = Prim(name="Architectural", type="Scope", kind="group").add(*rooms)
    return Prim(name=f"Block_{block.number}", type="Xform", kind="group").add(inner)


def _mechanical(block: Block, white: whites.White, module: Board) -> list[Prim]:
    x, y, stand = block.x_m, block.y_m, block.plant.stand
    half = ROOM[0] / 2
    for i in range(10):
        stand(f"FanWall_{i + 1:02d}", "FanWall_233kW", (x - half, round(y - 11.25 + 2.5 * i, 4), 0.0), turn_deg=90.0)
    for i in range(9):
        stand(
            f"FanWall_{i + 11:02d}", "FanWall_233kW", (x + half, round(y - 11.25 + 2.5 * i, 4), 0.0), turn_deg=-90.0,
            standby=i >= 7,  # noqa: PLR2004
        )  # fmt: skip
    for i in range(3):
        stand(f"SpineCooler_{i + 1}", "FanWall_233kW", (x - 3.0 + 3.0 * i, y + 21.5, 0.0), standby=i == 2)  # noqa: PLR2004
    coolers = [
        stand(f"DryCooler_{i + 1:02d}", "DryCooler_1MW", (round(x + 28.0 + 7.0 * (i % 6), 4), y - 20.0 + 9.0 * (i // 6), 0.0))
        for i in range(18)
    ]
    chillers = [
        stand(f"Chiller_{i + 1}", "AirChiller_1MW", (x + 28.0 + 7.0 * i, y + 12.0, 0.0), standby=i == 5)  # noqa: PLR2004
        for i in range(6)
    ]
    fws = [stand(f"FwsPump_{i + 1}", "Pump_55", (x + 18.0, y - 6.0 + 3.0 * i, 0.0), standby=i == 3) for i in range(4)]  # noqa: PLR2004
    chw = [stand(f"ChwPump_{i + 1}", "Pump_CHW_22", (x + 21.0, y - 6.0 + 3.0 * i, 0.0), standby=i == 2) for i in range(3)]  # noqa: PLR2004
    p = block.plant.parts
    walls = [warmed(p[f"FanWall_{i + 1:02d}"], "", None) for i in range(19)]
    walls += [warmed(p[f"SpineCooler_{i + 1}"], "", None) for i in range(3)]
    walls += [warmed(module.parts[f"RoomCooler_{i + 1}"], "", seen) for seen in block.power for i in range(2)]
    cdus = [warmed(cdu, "FWS", seen) for seen in block.white for cdu in white.cdus]
    return [
        draw(
            Loop(
                name="Fws", parent=block.plant.parent, system="FWS", producers=[cooled(c) for c in coolers], pumps=fws,
                consumers=sorted(cdus, key=lambda e: -e.inlet.at[0]), main="DN400", branch="DN100", unit="DN150",
                pump="DN250", library=block.plant.library, vessel="ExpansionVessel_FWS", set_kpa=120.0,
                level_m=3.2, plant_at=(x + 22.0, y - 24.0, 0.0), reverse_return=True,
            )
        ),
        draw(
            Loop(
                name="Chw", parent=block.plant.parent, system="CHW", producers=[cooled(c) for c in chillers], pumps=chw,
                consumers=sorted(walls, key=lambda e: -e.inlet.at[0]), main="DN250", branch="DN65", unit="DN150",
                pump="DN200", library=block.plant.library, vessel="ExpansionVessel_CHW", set_kpa=90.0,
                level_m=3.4, plant_at=(x + 22.0, y + 8.0, 0.0), reverse_return=True,
            )
        ),
    ]  # fmt: skip


def _controls(blocks: list[Block], supply: Supply) -> Prim:
    out = Prim(name="Controls", type="Scope", kind="group")
    for block in blocks:
        air = Prim(name=f"FanWalls_{block.number}", type="Scope", apis=("TwinControlAPI",))
        air.relate(
            "twin:control:senses",
            [f"{block.path}/Architectural/WhiteRoom", f"{block.path}/Pod_01/White/Architectural/HotAisle"],
        )
        air.relate("twin:control:actuates", [f"{block.path}/Mechanical/FanWall_{i + 1:02d}" for i in range(19)])
        air.set(control__set=0.002, control__minimumRatio=20.0, control__maximumRatio=100.0)
        out.add(air)
    return out.add(*_contingencies(blocks, supply))


def _contingencies(blocks: list[Block], supply: Supply) -> list[Prim]:
    """The failures stand in the last block, which is farthest from the grid."""
    far = blocks[-1].path
    m = f"{far}/Mechanical"
    rows = [
        *supply.contingencies(far),
        ("cdu", "A CDU of the last pod of the last block is out", [f"{blocks[-1].white[-1].path}/Mechanical/Cdu_1"], []),
        ("fws_pump", "An FWS pump is out, the spare starts", [f"{m}/FwsPump_1"], [f"{m}/FwsPump_4"]),
        ("chw_pump", "A chilled-water pump is out, the spare starts", [f"{m}/ChwPump_1"], [f"{m}/ChwPump_3"]),
        ("dry_cooler", "A dry cooler is out", [f"{m}/DryCooler_01"], []),
        ("chiller", "A chiller is out, the spare starts", [f"{m}/Chiller_1"], [f"{m}/Chiller_6"]),
        ("fan_wall", "A fan wall is out, a spare starts", [f"{m}/FanWall_01"], [f"{m}/FanWall_18"]),
    ]
    out = []
    for name, text, gone, start in rows:
        prim = Prim(name=name, type="Scope", apis=("TwinContingencyAPI",)).tell(contingency__description=text)
        prim.relate("twin:contingency:out", gone)
        if start:
            prim.relate("twin:contingency:start", start)
        out.append(prim)
    return out


def _variants() -> list[VariantSet]:
    weather = Prim(name="").add(Prim(name="Site", spec="over").set(site__dryBulb=28, site__wetBulb=20))
    return [VariantSet(name="scenario", variants={"design": weather})]
