"""The plant of a block for each way of cooling: fan walls, chillers, dry coolers, loops."""

from dataclasses import dataclass, field

from twin.stage.author.hall_block import ROOM, ROOT, SIZES, Block, Sized
from twin.stage.author.loops import Ends, Loop, draw
from twin.stage.author.parts import Part
from twin.stage.author.pod import cooled, warmed
from twin.stage.author.power import Board
from twin.stage.author.sets import body, take
from twin.stage.author.text import Prim, VariantSet

WALL_PITCH_M = 2.45
# Dry coolers are 11.5 × 2.3 m, chillers 9.5 × 2.3 m; three abreast, air between the rows.
YARD_X_M, YARD_PITCH_M, YARD_ACROSS = 34.0, (13.0, 4.8), 3
COOLER_Y_M, CHILLER_Y_M = -42.0, 8.0
SPINE_COOLERS = 3
COOLER_SPARES = 2
# Equal coils, ports and inputs; wetted pads are what the second adds.
COOLERS = {"dry": "DryCooler_1MW", "adiabatic": "AdiabaticCooler_1MW"}


@dataclass(kw_only=True)
class Plant:
    """The plant of one way of cooling under construction.

    Attributes:
        cooling: ``liquid``, ``air`` or ``rear_door``.
        sized: How many units.
        board: Its equipment.
        loops: Its loops.
        second: Pipes to the second CDUs.
    """

    cooling: str
    sized: Sized
    board: Board
    loops: list[Prim] = field(default_factory=list)
    second: Prim | None = None

    def named(self, start: str) -> list[Part]:
        """Return the units whose name starts so, in the order they stand."""
        return [part for name, part in self.board.parts.items() if name.startswith(start)]

    def rejection(self) -> VariantSet:
        """Return which coolers stand in the yard."""
        bodies = {}
        for name, asset in COOLERS.items():
            reference = self.board.library.asset(asset)
            units = [Prim(name=c.name, spec="over", reference=reference) for c in self.named("DryCooler")]
            bodies[name] = body(Prim(name="Mechanical", spec="over").add(*units))
        return VariantSet(name="heat_rejection", variants=bodies)

    def scope(self) -> Prim:
        """Return everything; what the coolers of the yard are is left to ``rejection``."""
        for cooler in self.named("DryCooler"):
            cooler.prim.reference = ""
        units = (part.prim for part in self.board.parts.values())
        return Prim(name="Mechanical", type="Scope", kind="group").add(*units, *self.loops)


def build(block: Block, cooling: str) -> Plant:
    """Return the plant of a block."""
    sized = SIZES[cooling].for_pods(block.pods)
    plant = Plant(
        cooling=cooling, sized=sized, board=Board(library=block.library, parent=f"{ROOT}/Mechanical")
    )
    _air_handlers(plant)
    _yard(plant)
    if plant.sized.coolers:
        plant.loops.append(_facility_water(block, plant))
    plant.loops.append(_chilled_water(block, plant))
    return plant


def _air_handlers(plant: Plant) -> None:
    """Stand fan walls at both ends of the room, and the coolers of the network room."""
    sized, x = plant.sized, ROOM[0] / 2
    total = sized.walls + sized.spare_walls
    west = -(-total // 2)
    for i in range(total):
        at, side = (i, -1.0) if i < west else (i - west, 1.0)
        y = round(-12.25 + WALL_PITCH_M * at, 4)
        plant.board.stand(
            f"FanWall_{i + 1:02d}", "FanWall_233kW", (side * x, y, 0.0), turn_deg=-90.0 * side,
            standby=i >= sized.walls,
        )  # fmt: skip
    for i in range(SPINE_COOLERS):
        spot = (-3.0 + 3.0 * i, 22.0, 0.0)
        plant.board.stand(f"SpineCooler_{i + 1}", "FanWall_233kW", spot, standby=i == SPINE_COOLERS - 1)


def _yard(plant: Plant) -> None:
    """Stand dry coolers south, chillers north, pumps between them and the room."""
    stand, sized = plant.board.stand, plant.sized
    units = [("DryCooler", "DryCooler_1MW", COOLER_Y_M, sized.coolers, COOLER_SPARES if sized.coolers else 0)]
    units.append(("Chiller", "AirChiller_1MW", CHILLER_Y_M, sized.chillers, 1))
    for name, asset, y, duty, spare in units:
        for i in range(duty + spare):
            column, row = i % YARD_ACROSS, i // YARD_ACROSS
            spot = (YARD_X_M + YARD_PITCH_M[0] * column, round(y + YARD_PITCH_M[1] * row, 4), 0.0)
            stand(f"{name}_{i + 1:02d}", asset, spot, standby=name == "Chiller" and i == duty)
    for name, asset, x, count in (
        ("FwsPump", "Pump_55", 18.0, sized.fws_pumps), ("ChwPump", "Pump_CHW_22", 21.0, sized.chw_pumps),
    ):  # fmt: skip
        for i in range(count + 1 if count else 0):
            stand(f"{name}_{i + 1}", asset, (x, -6.0 + 3.0 * i, 0.0), standby=i == count)


def _facility_water(block: Block, plant: Plant) -> Prim:
    """Draw the loop of dry coolers and CDUs; the pipes to second CDUs are kept apart."""
    ends = [
        (warmed(cdu, "FWS", seen), number)
        for seen in block.white
        for number, cdu in enumerate(block.whites[plant.cooling].cdus)
    ]
    ends.sort(key=lambda e: -e[0].inlet.at[0])
    scope = draw(
        Loop(
            name="Fws", parent=plant.board.parent, system="FWS",
            producers=[cooled(c) for c in plant.named("DryCooler")], pumps=plant.named("FwsPump"),
            consumers=[e for e, _ in ends], main="DN400", branch="DN100", unit="DN125", pump="DN250",
            library=block.library, vessel="ExpansionVessel_FWS", vessel_l=3000.0, set_kpa=120.0, level_m=3.2,
            plant_at=(22.0, -24.0, 0.0), reverse_return=True,
        )
    )  # fmt: skip
    second = [i + 1 for i, (_, number) in enumerate(ends) if number]
    pipes = take(scope, [f"{way}{i:02d}" for i in second for way in ("To", "From")])
    plant.second = Prim(name="Mechanical", spec="over").add(Prim(name="Fws", spec="over").add(*pipes))
    return scope


def _chilled_water(block: Block, plant: Plant) -> Prim:
    """Draw the loop of chillers, air handlers, coolers of the power rooms, and rows of rear doors."""
    ends = [warmed(unit, "", None) for unit in (*plant.named("FanWall"), *plant.named("SpineCooler"))]
    coolers = [block.module.parts[f"RoomCooler_{i + 1}"] for i in range(2)]
    ends += [warmed(unit, "", seen) for seen in block.power for unit in coolers]
    headers = block.whites[plant.cooling].headers
    for seen in block.white:
        for row in sorted({row for row, _ in headers}):
            supply, back = (
                seen(headers[row, s].port("thermal", role="near", index=0)) for s in ("Supply", "Return")
            )
            ends.append(Ends(inlet=supply, outlet=back))
    ends.sort(key=lambda e: -e.inlet.at[0])
    return draw(
        Loop(
            name="Chw", parent=plant.board.parent, system="CHW",
            producers=[cooled(c) for c in plant.named("Chiller")], pumps=plant.named("ChwPump"),
            consumers=ends,
            main=plant.sized.chw_main, branch="DN65", unit="DN125", pump="DN200", library=block.library,
            vessel="ExpansionVessel_CHW", vessel_l=plant.sized.chw_vessel_l,
            set_kpa=plant.sized.chw_kpa, level_m=3.4,
            plant_at=(22.0, 8.0, 0.0), reverse_return=True,
        )
    )  # fmt: skip
