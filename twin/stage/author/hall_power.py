"""Power of a hall: grid connection, medium-voltage rings, and each block's boards and feeders."""

from dataclasses import replace

from twin.stage.author.hall_block import ROOT, Block
from twin.stage.author.hall_plant import Plant
from twin.stage.author.parts import Library, Opening, Part, Place, made
from twin.stage.author.pod import feed_busways, feed_twice, feed_units
from twin.stage.author.power import DIRECT, DISTRIBUTIONS, Board, Seen
from twin.stage.author.text import Point, Prim

GREY = "(0.45, 0.45, 0.5)"
HERE = f"{ROOT}/Electrical"
RINGS_X_M, RING_Y_M, TIE_X_M = -70.0, {"A": -14.0, "B": 14.0}, 6.0
# Ways of a ring board for plant transformers.
PLANT_WAYS = 2
# One grid transformer carries four blocks once the board of the other is lost: switchgear and cables for its
# rated current of 2,887 A at 80 %.
MV_MAIN_A, MV_MAIN_CABLES = 4000.0, 7
# Generator sets of a full block: one more stands by. Cables of one length, so that sets share alike.
SETS, SET_X_M, SET_Y_M, SET_PITCH_M, SET_CABLE_M = 8, -78.0, 18.0, 4.2, 40.0
HOUSE_KW = 100.0
# Section and number of the plant's cables, where 50 mm² is too little.
FEEDERS = {"Chiller": (240.0, 2), "HouseLoad": (185.0, 1)}
# Ways of a critical board that busways, CDUs and the room's own coolers leave free.
FREE_WAYS = (4, 5, *range(8, 20))
# The spine's critical board: coolers first, then its racks.
SPINE_WAYS = (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12)


def board(
    name: str,
    parent: str,
    at: Point,
    *,
    volts: float,
    amperes: float,
    incomers: int,
    ways: int,
    turn_deg: float = 0.0,
) -> Part:
    """Return a switchboard made to measure, with that many incomers and outgoing ways."""
    length = 0.6 * (incomers + ways)
    ports = [("in", i, "input") for i in range(incomers)] + [("out", i, "output") for i in range(ways)]
    openings = [
        Opening(
            name=f"{kind}_{i + 1:02d}", domain="electrical", system="power", direction=direction, role="",
            at=(round(-length / 2 + 0.3 + 0.6 * n, 4), 0.0, 2.2),
        )
        for n, (kind, i, direction) in enumerate(ports)
    ]  # fmt: skip
    part = made(
        name,
        "TwinSwitchboardAPI",
        parent,
        at,
        (length, 1.2, 2.2),
        openings=openings,
        colour=GREY,
        turn_deg=turn_deg,
    )
    part.prim.set(
        switchboard__nominalVoltage=volts, switchboard__rating=amperes, switchboard__incomerRating=amperes,
        switchboard__outgoingRating=amperes, switchboard__withstand=25.0 if volts > 1000.0 else 80.0,
        switchboard__incomerResistance=20.0, switchboard__outgoingResistance=20.0,
    )  # fmt: skip
    return part


def switch(name: str, parent: str, at: Point, *, amperes: float, standby: bool) -> Part:
    """Return a breaker made to measure; standby means normally open."""
    openings = [
        Opening(
            name="line", domain="electrical", system="power", direction="input", role="", at=(-0.2, 0.0, 1.5)
        ),
        Opening(
            name="load", domain="electrical", system="power", direction="output", role="", at=(0.2, 0.0, 1.5)
        ),
    ]
    part = made(name, "TwinBreakerAPI", parent, at, (0.8, 1.0, 2.2), openings=openings, colour=GREY)
    part.prim.set(breaker__rating=amperes, breaker__breakingCapacity=65.0, breaker__resistance=15.0)
    if standby:
        part.prim.lines.append("bool twin:standby = true")
    return part


def _put(onto: Board, part: Part) -> Part:
    onto.parts[part.name] = part
    return part


def connect(library: Library, name: str, y_m: float, blocks: int) -> Board:
    """Return a grid connection: three 110/20 kV transformers on two main boards; the third swings."""
    here = Board(library=library, parent=f"/World/{name}")
    here.stand("Utility", "Utility_110kV", (-90.0, y_m, 0.0))
    for i, y in enumerate((-12.0, 12.0, 0.0)):
        here.stand(f"Transformer_{i + 1}", "Transformer_100MVA", (-80.0, y_m + y, 0.0))
    for feed, y in (("A", -12.0), ("B", 12.0)):
        at = (-65.0, y_m + y, 0.0)
        _put(
            here,
            board(f"MvMain_{feed}", here.parent, at, volts=20000, amperes=MV_MAIN_A, incomers=2, ways=blocks),
        )
        _put(
            here,
            switch(f"Swing_{feed}", here.parent, (-70.0, y_m + y / 2, 0.0), amperes=MV_MAIN_A, standby=True),
        )
    _put(here, switch("Swing_0", here.parent, (-74.0, y_m - 12.0, 0.0), amperes=MV_MAIN_A, standby=False))
    at = (-74.0, y_m, 0.0)
    _put(here, board("MvSwing", here.parent, at, volts=20000, amperes=MV_MAIN_A, incomers=1, ways=2))
    for i, feed in enumerate("ABA"):
        high = here.parts[f"Transformer_{i + 1}"].port("electrical", "power", "input")
        grid = here.parts["Utility"].port("electrical", "power", "output")
        here.cable(f"Hv_{i + 1}", grid, high, section_mm2=300.0, count=2, feed=feed, level_m=6.0)
    for run, feed, start, stop in (
        ("Mv_1a", "A", "Transformer_1", "Swing_0"), ("Mv_1b", "A", "Swing_0", "MvMain_A"),
        ("Mv_2", "B", "Transformer_2", "MvMain_B"), ("Mv_3", "A", "Transformer_3", "MvSwing"),
        ("SwingIn_A", "A", "MvSwing", "Swing_A"), ("SwingOut_A", "A", "Swing_A", "MvMain_A"),
        ("SwingIn_B", "B", "MvSwing", "Swing_B"), ("SwingOut_B", "B", "Swing_B", "MvMain_B"),
    ):  # fmt: skip
        out = here.parts[start].port("electrical", "power", "output")
        into = here.parts[stop].port("electrical", "power", "input")
        here.cable(run, out, into, section_mm2=300.0, count=MV_MAIN_CABLES, feed=feed)
    return here


def join_block(main: Board, common: Board, number: int, seen: Seen) -> None:
    """Run a ring from each main board to a block."""
    for feed in "AB":
        out = main.parts[f"MvMain_{feed}"].port("electrical", "power", "output")
        into = seen(common.parts[f"MvBoard_{feed}"].port("electrical", "power", "input", index=0))
        main.cable(f"Ring_{number}{feed}", out, into, section_mm2=300.0, count=3, feed=feed)


def sets_of(block: Block) -> int:
    """Return how many generator sets carry a block; one more stands by."""
    return block.share(SETS)


def _generators(block: Block, here: Board) -> None:
    """Stand generator sets on a board of their own, tied to both ring boards by breakers that stand open."""
    count = sets_of(block) + 1
    at = (RINGS_X_M, SET_Y_M + SET_PITCH_M * SETS / 2, 0.0)
    own = board("GenBoard", HERE, at, volts=20000, amperes=1250, incomers=count, ways=2, turn_deg=90.0)
    _put(here, own)
    for i in range(count):
        spot = (SET_X_M, round(SET_Y_M + SET_PITCH_M * i, 4), 0.0)
        unit = here.stand(f"Generator_{i + 1}", "Generator_3MW", spot, turn_deg=90.0, standby=True)
        out, into = (
            unit.port("electrical", "power", "output"),
            own.port("electrical", "power", "input", index=i),
        )
        here.cable(f"Gen_{i + 1}", out, into, section_mm2=50.0, count=1, feed="A", level_m=0.2)
        here.cables[-1].set(powerCable__length=SET_CABLE_M)
    for i, feed in enumerate("AB"):
        spot = (RINGS_X_M + TIE_X_M, at[1] - 3.0 + 6.0 * i, 0.0)
        tie = _put(here, switch(f"GenTie_{feed}", HERE, spot, amperes=1250, standby=True))
        ring = here.parts[f"MvBoard_{feed}"].port("electrical", "power", "input", index=1)
        way = own.port("electrical", "power", "output", index=i)
        for name, out, into in (
            (f"GenOut_{feed}", way, tie.port("electrical", "power", "input")),
            (f"GenIn_{feed}", tie.port("electrical", "power", "output"), ring),
        ):
            here.cable(name, out, into, section_mm2=300.0, count=2, feed=feed, level_m=0.2)


def common_feeders(block: Block) -> Board:
    """Return what every way of cooling leaves alone: ring boards, generators, modules, spine racks."""
    here = Board(library=block.library, parent=HERE)
    ways = len(block.power) + PLANT_WAYS
    for feed in "AB":
        at = (RINGS_X_M, RING_Y_M[feed], 0.0)
        ring = _put(
            here,
            board(
                f"MvBoard_{feed}", HERE, at, volts=20000, amperes=1250, incomers=2, ways=ways, turn_deg=90.0
            ),
        )
        for i, seen in enumerate(block.power):
            out = ring.port("electrical", "power", "output", index=i)
            primary = seen(
                block.module.parts[f"Transformer_{feed}"].port("electrical", "power", "input", index=0)
            )
            here.cable(
                f"Mv_{feed}{i + 1:02d}", out, primary, section_mm2=50.0, count=1, feed=feed, level_m=0.2
            )
        for i, rack in enumerate(block.spine):
            into = rack.port("electrical", "power", "input", index="AB".index(feed))
            here.cable(
                f"Spine_{rack.name}_{feed}",
                _spine_way(block, feed, i + 3),
                into,
                section_mm2=16.0,
                count=1,
                feed=feed,
            )
    _generators(block, here)
    return here


def _spine_way(block: Block, feed: str, number: int) -> Place:
    critical = block.module.parts[f"CriticalBoard_{feed}"]
    return block.power[-1](critical.port("electrical", "power", "output", index=SPINE_WAYS[number]))


def _plant_boards(block: Block, here: Board, common: Board, index: int, loads: list[Part]) -> None:
    """Feed loads of the plant from two boards, each behind a transformer of its own on one ring."""
    name, x = f"Plant{index + 1 if index else ''}", 20.0 * index
    boards = {}
    for i, feed in enumerate("AB"):
        y, side = 2 * RING_Y_M[feed], x if feed == "B" else -x
        at = (14.0, 36.0 + 2.5 * (2 * index + i), 0.0)
        own = board(f"{name}Board_{feed}", HERE, at, volts=415, amperes=6300, incomers=1, ways=len(loads))
        boards[feed] = _put(here, own)
        spot = (RINGS_X_M + TIE_X_M, y + side / 4, 0.0)
        unit = here.stand(f"{name}Transformer_{feed}", "Transformer_2500kVA", spot)
        out = common.parts[f"MvBoard_{feed}"].port(
            "electrical", "power", "output", index=len(block.power) + index
        )
        into = unit.port("electrical", "power", "input")
        here.cable(f"{name}Mv_{feed}", out, into, section_mm2=50.0, count=1, feed=feed, level_m=0.2)
        out, into = unit.port("electrical", "power", "output"), own.port("electrical", "power", "input")
        here.cable(f"{name}Lv_{feed}", out, into, section_mm2=300.0, count=8, feed=feed)
    for part in loads:
        section, count = FEEDERS.get(part.name.partition("_")[0], (50.0, 1))
        feed_twice(here, boards, part, section_mm2=section, count=count)


def cooling_feeders(block: Block, plant: Plant, common: Board) -> Board:
    """Return what one way of cooling hangs on the boards: white spaces, air handlers, the plant's boards."""
    here = Board(library=block.library, parent=HERE)
    loads = [
        part
        for name, part in sorted(plant.board.parts.items())
        if not name.startswith(("FanWall", "SpineCooler"))
    ]
    house = here.stand("HouseLoad", "HouseLoad_100kW", (14.0, 32.0, 0.0))
    house.prim.set(auxiliaryLoad__power=round(block.share(HOUSE_KW * 10.0) / 10.0, 1))
    loads.append(house)
    for index in range(plant.sized.boards):
        _plant_boards(block, here, common, index, loads[index :: plant.sized.boards])
    for feed in "AB":
        for i, seen in enumerate(block.white):
            critical = block.module.parts[f"CriticalBoard_{feed}"]
            feed_units(
                here, block.whites[plant.cooling], critical, feed, seen=seen, power=block.power[i],
                name=f"{block.pod(i)}_",
            )  # fmt: skip
        _air_handlers(block, plant, here, feed)
    return here


def busway_feeders(block: Block, cooling: str, distribution: str) -> Prim:
    """Return the cables to the busways of a block, as opinions on its electrical scope."""
    here = Board(library=block.library, parent=HERE)
    for feed in "AB":
        source = block.module.before_busways(distribution, feed)
        for i, seen in enumerate(block.white):
            feed_busways(
                here, block.whites[cooling], source, feed, seen=seen, power=block.power[i],
                name=f"{block.pod(i)}_",
            )  # fmt: skip
    cables = Prim(name="Cables", spec="over").add(*here.cables)
    return Prim(name="Electrical", spec="over").add(cables)


def feeders_of(cooling: str) -> dict[str, tuple[str, ...]]:
    """Return which distributions have the same cables to the busways, by the name of their layer."""
    alternating = tuple(d for d in DISTRIBUTIONS if d != DIRECT)
    if cooling == "liquid":
        return {"ac": alternating, "dc": (DIRECT,)}
    return {"ac": DISTRIBUTIONS}


def _air_handlers(block: Block, plant: Plant, here: Board, feed: str) -> None:
    """Fan walls hang on the boards of the pods in turn, coolers of the network room on the spine's board."""
    at = "AB".index(feed)
    critical = block.module.parts[f"CriticalBoard_{feed}"]
    for i, wall in enumerate(plant.named("FanWall")):
        seen = block.power[i % block.pods]
        out = seen(critical.port("electrical", "power", "output", index=FREE_WAYS[i // block.pods]))
        here.cable(
            f"{wall.name}_{feed}",
            out,
            wall.port("electrical", "power", "input", index=at),
            section_mm2=16.0,
            count=1,
            feed=feed,
        )
    for i, unit in enumerate(plant.named("SpineCooler")):
        into = unit.port("electrical", "power", "input", index=at)
        here.cable(
            f"{unit.name}_{feed}", _spine_way(block, feed, i), into, section_mm2=16.0, count=1, feed=feed
        )


def opinions(here: Board) -> tuple[Prim, Prim]:
    """Return boards and cables as opinions on what every way of cooling has, those of second CDUs apart."""
    second = [c for c in here.cables if "_Cdu_2_" in c.name]
    rest = [c for c in here.cables if c not in second]
    first = replace(here, cables=rest).prims()
    apart = Prim(name="Cables", spec="over").add(*second)
    for prim in first[-1:]:
        prim.spec, prim.type = "over", ""
    return (Prim(name="Electrical", spec="over").add(*first), Prim(name="Electrical", spec="over").add(apart))
