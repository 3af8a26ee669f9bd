"""A closed loop as an author draws it: units on headers, one vessel, one control."""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.stage.author.parts import Library, Opening, Part, Place, made
from twin.stage.author.text import Point, Prim, joint

BORE_MM = {
    "DN25": 27.86, "DN40": 42.76, "DN50": 54.76, "DN65": 66.9, "DN80": 82.8, "DN100": 108.2, "DN125": 134.5,
    "DN150": 161.5, "DN200": 211.58, "DN250": 264.72, "DN300": 314.76, "DN350": 346.04, "DN400": 396.84,
}  # fmt: skip
SUPPLY, RETURN, GREY = "(0, 0.45, 0.7)", "(0.8, 0.2, 0.07)", "(0.5, 0.5, 0.5)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where a unit takes fluid in and gives it back."""

    inlet: Place
    outlet: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """What to draw.

    Attributes:
        name: Prim name of the loop's scope, and prefix of what is in it.
        parent: Prim it stands under.
        system: ``FWS``, ``CHW`` or ``TCS``.
        producers: Units that cool the fluid, in parallel.
        pumps: Pumps, in parallel.
        consumers: Units that warm it, in parallel, in the order of the mains.
        main: Nominal size of the mains; ``branch`` of the pipes to consumers, ``unit`` to producers.
        pump: Nominal size of the pipes to pumps.
        reverse_return: Whether the return main starts at the first consumer and leaves at the last.
        library: Where assets come from.
        vessel: Asset of the expansion vessel, which says what the loop is filled with; ``vessel_l`` litres,
            where they are not those of the asset.
        set_kpa: Difference the pumps hold between the mains, ``minimum_percent`` their lowest speed.
        level_m: Height of the mains; the plant's headers lie at ``plant_level_m``.
        plant_at: Where the plant's headers lie.
    """

    name: str
    parent: str
    system: str
    producers: Sequence[Ends]
    pumps: Sequence[Part]
    consumers: Sequence[Ends]
    main: str
    branch: str
    unit: str
    pump: str
    library: Library
    vessel: str
    set_kpa: float
    level_m: float
    plant_at: Point
    vessel_l: float = 0.0
    reverse_return: bool = False
    minimum_percent: float = 30.0
    plant_level_m: float = 0.5


def header(
    name: str,
    parent: str,
    at: Point,
    taps_m: Sequence[float],
    *,
    size: str,
    system: str,
    far: bool = False,
    colour: str = GREY,
    turn_deg: float = 0.0,
) -> Part:
    """Return a header with taps at distances from its near end along its own x axis, origin at that end."""
    length = max(taps_m) + 0.3
    ends = [
        Opening(name="near", domain="thermal", system=system, direction="input", role="near", at=(0, 0, 0))
    ]
    if far:
        ends.append(
            Opening(
                name="rear",
                domain="thermal",
                system=system,
                direction="output",
                role="far",
                at=(length, 0, 0),
            )
        )
    taps = [
        Opening(
            name=f"tap_{i + 1:02d}", domain="thermal", system=system, direction="bidirectional", role="tap",
            at=(round(d, 4), 0, 0),
        )
        for i, d in enumerate(taps_m)
    ]  # fmt: skip
    width = BORE_MM[size] / 1000.0
    part = made(
        name, "TwinManifoldAPI", parent, at, (length, width, width), openings=[*ends, *taps], colour=colour,
        turn_deg=turn_deg, centre=(length / 2, 0.0, -width / 2),
    )  # fmt: skip
    part.prim.set(manifold__innerDiameter=BORE_MM[size])
    return part


def route(start: Place, stop: Place, level_m: float) -> list[Point]:
    """Return a drawn route: up or down to a level, along x, along y, and to the end."""
    (x0, y0, z0), (x1, y1, z1) = start.at, stop.at
    points = [(x0, y0, z0), (x0, y0, level_m), (x1, y0, level_m), (x1, y1, level_m), (x1, y1, z1)]
    return [p for i, p in enumerate(points) if not i or p != points[i - 1]]


def pipe(
    name: str,
    start: Place,
    stop: Place,
    size: str,
    level_m: float,
    *,
    system: str,
    colour: str,
    elbows: int = 4,
    loss: float = 0.0,
) -> Prim:
    """Return a pipe of a nominal size between two ports, its length that of the drawn route."""
    path, bore_m = route(start, stop, level_m), float(size[2:]) / 1000.0
    drawn = joint(name, "TwinPipeAPI", start.path, stop.path, path, width=bore_m, colour=colour)
    drawn.say(pipe__size=size, pipe__system=system)
    drawn.set(pipe__elbowCount=elbows)
    return drawn.set(pipe__lossRatio=loss) if loss else drawn


def draw(loop: Loop) -> Prim:
    """Return the loop's scope: headers, pipes, vessel and control; the units themselves stand elsewhere."""
    scope = Prim(name=loop.name, type="Scope")
    here = f"{loop.parent}/{loop.name}"
    mains = _mains(loop, here)
    plant = _plant_headers(loop, here)
    scope.add(*(p.prim for p in [*mains.values(), *plant.values()]))
    scope.add(*_units(loop, plant), *_consumers(loop, mains), *_trunks(loop, mains, plant))
    scope.add(*_vessel(loop, mains["Return"], here), _control(loop, mains))
    return scope


def _along(loop: Loop) -> list[float]:
    """Return where the taps of the mains are: above their consumers, from the first of them on."""
    xs = [0.5 * (c.inlet.at[0] + c.outlet.at[0]) for c in loop.consumers]
    return [round(0.6 + abs(x - xs[0]) + 0.05 * i, 4) for i, x in enumerate(xs)]


def _mains(loop: Loop, here: str) -> dict[str, Part]:
    """Return both mains; the vessel and the control's sensor sit on a tap beyond the last consumer."""
    first = loop.consumers[0].inlet.at
    y = sum(c.inlet.at[1] for c in loop.consumers) / len(loop.consumers)
    sign = -1.0 if loop.consumers[-1].inlet.at[0] < first[0] else 1.0
    taps = _along(loop)
    taps.append(round(taps[-1] + 0.4, 4))
    total = round(taps[-1] + 0.3, 4)
    near, far = first[0] - sign * 0.6, first[0] + sign * (total - 0.6)
    turn = 0.0 if sign > 0 else 180.0
    supply = header(
        f"{loop.name}Supply", here, (round(near, 4), round(y + 0.15, 4), loop.level_m), taps,
        size=loop.main, system=loop.system, colour=SUPPLY, turn_deg=turn,
    )  # fmt: skip
    # A reverse-return main begins at the first consumer, so that all of them see the same length of main.
    back = [round(total - t, 4) for t in taps] if loop.reverse_return else taps
    start, turned = (far, 180.0 - turn) if loop.reverse_return else (near, turn)
    return {
        "Supply": supply,
        "Return": header(
            f"{loop.name}Return", here, (round(start, 4), round(y - 0.15, 4), loop.level_m), back,
            size=loop.main, system=loop.system, colour=RETURN, turn_deg=turned,
        ),
    }  # fmt: skip


def _plant_headers(loop: Loop, here: str) -> dict[str, Part]:
    x, y, _ = loop.plant_at
    z = loop.plant_level_m
    units = [0.6 + 1.0 * i for i in range(len(loop.producers))]
    pumps = [0.6 + 1.0 * i for i in range(len(loop.pumps))]
    rows = (
        ("ProducerOut", units, SUPPLY, 0.0), ("ProducerIn", units, RETURN, 0.4),
        ("PumpDischarge", pumps, RETURN, 0.8), ("PumpSuction", pumps, RETURN, 1.2),
    )  # fmt: skip
    return {
        name: header(
            f"{loop.name}{name}",
            here,
            (x, round(y + dy, 4), z),
            taps,
            size=loop.main,
            system=loop.system,
            colour=c,
        )
        for name, taps, c, dy in rows
    }


def _units(loop: Loop, plant: dict[str, Part]) -> list[Prim]:
    out = []
    for i, unit in enumerate(loop.producers):
        into, from_ = (
            plant["ProducerIn"].port("thermal", role="tap"),
            plant["ProducerOut"].port("thermal", role="tap"),
        )
        out.append(_short(loop, f"Unit{i + 1:02d}In", into, unit.inlet, RETURN))
        out.append(_short(loop, f"Unit{i + 1:02d}Out", unit.outlet, from_, SUPPLY))
    for i, pump in enumerate(loop.pumps):
        suction, discharge = (
            plant["PumpSuction"].port("thermal", role="tap"),
            plant["PumpDischarge"].port("thermal", role="tap"),
        )
        out.append(_short(loop, f"Pump{i + 1:02d}In", suction, pump.port("thermal", role="inlet"), RETURN))
        out.append(
            _short(loop, f"Pump{i + 1:02d}Out", pump.port("thermal", role="outlet"), discharge, RETURN)
        )
    return out


def _short(loop: Loop, name: str, start: Place, stop: Place, colour: str) -> Prim:
    size = loop.pump if name.startswith("Pump") else loop.unit
    # An open butterfly valve and a strainer's share stand for 1.5 dynamic heads at each unit.
    return pipe(
        name, start, stop, size, loop.plant_level_m, system=loop.system, colour=colour, elbows=2, loss=1.5
    )


def _consumers(loop: Loop, mains: dict[str, Part]) -> list[Prim]:
    out = []
    for i, unit in enumerate(loop.consumers):
        take = mains["Supply"].port("thermal", role="tap", index=i)
        give = mains["Return"].port("thermal", role="tap", index=i)
        ends = (("To", take, unit.inlet, SUPPLY), ("From", unit.outlet, give, RETURN))
        out += [
            pipe(f"{name}{i + 1:02d}", start, stop, loop.branch, loop.level_m, system=loop.system,
                 colour=colour, elbows=3, loss=1.5)
            for name, start, stop, colour in ends
        ]  # fmt: skip
    return out


def _trunks(loop: Loop, mains: dict[str, Part], plant: dict[str, Part]) -> list[Prim]:
    near = {name: part.port("thermal", role="near") for name, part in (mains | plant).items()}
    pairs = (
        ("SupplyTrunk", near["ProducerOut"], near["Supply"], SUPPLY, 6),
        ("ReturnTrunk", near["Return"], near["PumpSuction"], RETURN, 6),
        ("PumpTrunk", near["PumpDischarge"], near["ProducerIn"], RETURN, 2),
    )
    return [
        pipe(name, start, stop, loop.main, loop.level_m if "Pump" not in name else loop.plant_level_m,
             system=loop.system, colour=colour, elbows=elbows, loss=1.0)
        for name, start, stop, colour, elbows in pairs
    ]  # fmt: skip


def _vessel(loop: Loop, back: Part, here: str) -> list[Prim]:
    tap = back.port("thermal", role="tap", index=len(loop.consumers))
    x, y, _ = loop.plant_at
    vessel = loop.library.part("ExpansionVessel", loop.vessel, here, (x, round(y - 1.0, 4), 0.0))
    if loop.vessel_l:
        vessel.prim.set(expansionVessel__volume=loop.vessel_l)
    line = pipe(
        "ExpansionLine", tap, vessel.port("thermal"), "DN25", loop.level_m, system=loop.system, colour=GREY
    )
    return [vessel.prim, line]


def _control(loop: Loop, mains: dict[str, Part]) -> Prim:
    """The pumps hold a difference where the last consumer is joined, the worst placed one."""
    last = len(loop.consumers) - 1
    control = Prim(name="PumpControl", type="Scope", apis=("TwinControlAPI",))
    control.relate(
        "twin:control:senses",
        [mains[side].port("thermal", role="tap", index=last).path for side in ("Supply", "Return")],
    )
    control.relate("twin:control:actuates", [p.path for p in loop.pumps])
    return control.set(
        control__set=loop.set_kpa, control__minimumRatio=loop.minimum_percent, control__maximumRatio=100.0
    )
