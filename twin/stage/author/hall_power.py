"""Power of a hall: grid connection, medium-voltage rings per block, generators, and the plant's own boards."""

from dataclasses import dataclass, field
from typing import Protocol

from twin.stage.author.parts import Library, Opening, Part, made
from twin.stage.author.pod import feed_white
from twin.stage.author.power import Board, Seen
from twin.stage.author.text import Point, Prim
from twin.stage.author.white import White

GENERATORS = 9
GREY = "(0.45, 0.45, 0.5)"


class Site(Protocol):
    """What this module needs of a block."""

    number: int
    x_m: float
    y_m: float
    plant: Board
    white: list[Seen]
    power: list[Seen]
    spine: list[Part]

    @property
    def path(self) -> str: ...  # noqa: D102


@dataclass(kw_only=True)
class Supply:
    """The electrical side of a hall under construction."""

    library: Library
    module: Board
    white: White
    main: Board
    boards: dict[int, Board] = field(default_factory=dict)

    def prims(self, block: Site) -> list[Prim]:
        """Return the equipment and cables of a block."""
        return self.boards[block.number].prims()

    def contingencies(self, far: str) -> list[tuple[str, str, list[str], list[str]]]:
        """Return the electrical failures of the block at ``far``: name, sentence, what is out, what starts."""
        e, grid_ = f"{far}/Electrical", "/World/Grid"
        rings = {f: [f"{e}/MvBoard_{f}", f"{e}/PlantTransfer_{f}"] for f in "AB"}
        return [
            ("feed_a", "Ring A of the last block is lost; its plant transfers to B", rings["A"], [f"{e}/PlantTransfer_B"]),
            ("feed_b", "Ring B of the last block is lost", rings["B"][:1], []),
            ("grid_transformer", "Grid transformer 1 is out, transformer 3 takes over",
             [f"{grid_}/Transformer_1", f"{grid_}/Swing_0"], [f"{grid_}/Swing_A"]),
        ]  # fmt: skip


def board(
    name: str, parent: str, at: Point, *, volts: float, amperes: float, incomers: int, ways: int, turn_deg: float = 0.0
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
    part = made(name, "TwinSwitchboardAPI", parent, at, (length, 1.2, 2.2), openings, colour=GREY, turn_deg=turn_deg)
    part.prim.set(
        switchboard__nominalVoltage=volts, switchboard__rating=amperes, switchboard__incomerRating=amperes,
        switchboard__outgoingRating=amperes, switchboard__withstand=25.0 if volts > 1000.0 else 80.0,  # noqa: PLR2004
        switchboard__incomerResistance=20.0, switchboard__outgoingResistance=20.0,
    )  # fmt: skip
    return part


def switch(name: str, parent: str, at: Point, *, amperes: float, standby: bool) -> Part:
    """Return a breaker made to measure; standby means normally open."""
    openings = [
        Opening(name="line", domain="electrical", system="power", direction="input", role="", at=(-0.2, 0.0, 1.5)),
        Opening(name="load", domain="electrical", system="power", direction="output", role="", at=(0.2, 0.0, 1.5)),
    ]
    part = made(name, "TwinBreakerAPI", parent, at, (0.8, 1.0, 2.2), openings, colour=GREY)
    part.prim.set(breaker__rating=amperes, breaker__breakingCapacity=65.0, breaker__resistance=15.0)
    if standby:
        part.prim.lines.append("bool twin:standby = true")
    return part


def _put(onto: Board, part: Part) -> Part:
    onto.parts[part.name] = part
    return part


def connect(library: Library, blocks: int) -> Board:
    """Return the grid connection: three 110/20 kV transformers on two main boards; the third swings."""
    here = Board(library=library, parent="/World/Grid")
    here.stand("Utility", "Utility_110kV", (-90.0, 0.0, 0.0))
    for i, y in enumerate((-12.0, 12.0, 0.0)):
        here.stand(f"Transformer_{i + 1}", "Transformer_63MVA", (-80.0, y, 0.0))
    for feed, y in (("A", -12.0), ("B", 12.0)):
        _put(here, board(f"MvMain_{feed}", here.parent, (-65.0, y, 0.0), volts=20000, amperes=3150, incomers=2, ways=blocks))
        _put(here, switch(f"Swing_{feed}", here.parent, (-70.0, y / 2, 0.0), amperes=2500, standby=True))
    _put(here, switch("Swing_0", here.parent, (-74.0, -12.0, 0.0), amperes=2500, standby=False))
    p = here.parts
    for i, feed in enumerate("ABA"):
        high = p[f"Transformer_{i + 1}"].port("electrical", "power", "input")
        here.cable(f"Hv_{i + 1}", p["Utility"].port("electrical", "power", "output"), high, section_mm2=300.0, count=1, feed=feed, level_m=6.0)
    low = [p[f"Transformer_{i + 1}"].port("electrical", "power", "output") for i in range(3)]
    swing = p["Swing_0"]
    here.cable("Mv_1a", low[0], swing.port("electrical", "power", "input"), section_mm2=300.0, count=4, feed="A")
    here.cable("Mv_1b", swing.port("electrical", "power", "output"), p["MvMain_A"].port("electrical", "power", "input"), section_mm2=300.0, count=4, feed="A")
    here.cable("Mv_2", low[1], p["MvMain_B"].port("electrical", "power", "input"), section_mm2=300.0, count=4, feed="B")
    spread = _put(here, board("MvSwing", here.parent, (-74.0, 0.0, 0.0), volts=20000, amperes=2500, incomers=1, ways=2))
    here.cable("Mv_3", low[2], spread.port("electrical", "power", "input"), section_mm2=300.0, count=4, feed="A")
    for feed in "AB":
        tie = p[f"Swing_{feed}"]
        here.cable(f"SwingIn_{feed}", spread.port("electrical", "power", "output"), tie.port("electrical", "power", "input"), section_mm2=300.0, count=4, feed=feed)
        here.cable(f"SwingOut_{feed}", tie.port("electrical", "power", "output"), p[f"MvMain_{feed}"].port("electrical", "power", "input"), section_mm2=300.0, count=4, feed=feed)
    return here


def feed_block(supply: Supply, block: Site) -> None:
    """Give a block its two rings, its modules, its plant board and its generators."""
    here = Board(library=supply.library, parent=f"{block.path}/Electrical")
    supply.boards[block.number] = here
    main = supply.main
    x, y = block.x_m - 70.0, block.y_m
    modules = len(block.power)
    _put(here, board("PlantBoard", here.parent, (x + 84.0, y + 28.0, 0.0), volts=415, amperes=6300, incomers=2, ways=len(block.plant.parts)))
    for feed, dy in (("A", -14.0), ("B", 14.0)):
        ring = _put(here, board(f"MvBoard_{feed}", here.parent, (x, y + dy, 0.0), volts=20000, amperes=1250, incomers=1, ways=modules + 1, turn_deg=90.0))
        out = main.parts[f"MvMain_{feed}"].port("electrical", "power", "output")
        main.cable(f"Ring_{block.number}{feed}", out, ring.port("electrical", "power", "input"), section_mm2=300.0, count=3, feed=feed)
        for i, seen in enumerate(block.power):
            out = ring.port("electrical", "power", "output", index=i)
            primary = seen(supply.module.parts[f"Transformer_{feed}"].port("electrical", "power", "input", index=0))
            here.cable(f"Mv_{feed}{i + 1:02d}", out, primary, section_mm2=50.0, count=1, feed=feed, level_m=0.2)
        _plant_feed(here, ring, feed, (x + 6.0, y + 2 * dy, 0.0), modules)
        for i, seen in enumerate(block.white):
            critical = supply.module.parts[f"CriticalBoard_{feed}"]
            feed_white(here, supply.white, critical, feed, seen, block.power[i], name=f"Pod_{i + 1:02d}_")
        _critical_cooling(supply, here, block, feed)
    _plant_loads(here, block)


def _plant_feed(here: Board, ring: Part, feed: str, at: Point, modules: int) -> None:
    """A transformer for the plant on each ring; the plant board's two incomers are a transfer switch."""
    unit = here.stand(f"PlantTransformer_{feed}", "Transformer_2500kVA", at)
    here.cable(f"PlantMv_{feed}", ring.port("electrical", "power", "output", index=modules), unit.port("electrical", "power", "input"), section_mm2=50.0, count=1, feed=feed, level_m=0.2)
    tie = _put(here, switch(f"PlantTransfer_{feed}", here.parent, (at[0] + 70.0, at[1], 0.0), amperes=4000, standby=feed == "B"))
    here.cable(f"PlantLv_{feed}", unit.port("electrical", "power", "output"), tie.port("electrical", "power", "input"), section_mm2=300.0, count=8, feed=feed)
    into = here.parts["PlantBoard"].port("electrical", "power", "input")
    here.cable(f"PlantIn_{feed}", tie.port("electrical", "power", "output"), into, section_mm2=300.0, count=8, feed=feed)


def _critical_cooling(supply: Supply, here: Board, block: Site, feed: str) -> None:
    """Fan walls hang on the critical boards of the pods in turn, spine racks and coolers on the spine's."""
    at = "AB".index(feed)
    critical = supply.module.parts[f"CriticalBoard_{feed}"]
    walls = [p for n, p in sorted(block.plant.parts.items()) if n.startswith("FanWall")]
    for i, wall in enumerate(walls):
        seen = block.power[i % len(block.white)]
        out = seen(critical.port("electrical", "power", "output", index=4 + i // len(block.white)))
        here.cable(f"{wall.name}_{feed}", out, wall.port("electrical", "power", "input", index=at), section_mm2=16.0, count=1, feed=feed)
    spine = block.power[-1]
    coolers = [p for n, p in sorted(block.plant.parts.items()) if n.startswith("SpineCooler")]
    for i, unit in enumerate([*coolers, *block.spine]):
        way = (0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12)[i]
        out = spine(critical.port("electrical", "power", "output", index=way))
        here.cable(f"{unit.name}_Spine_{feed}", out, unit.port("electrical", "power", "input", index=at), section_mm2=16.0, count=1, feed=feed)


def _plant_loads(here: Board, block: Site) -> None:
    for name, part in sorted(block.plant.parts.items()):
        if name.startswith(("FanWall", "SpineCooler")):
            continue
        out = here.parts["PlantBoard"].port("electrical", "power", "output")
        section, count = (240.0, 2) if name.startswith("Chiller") else (50.0, 1)
        here.cable(f"{name}_Feed", out, part.port("electrical", "power", "input", index=0), section_mm2=section, count=count, feed="A")
