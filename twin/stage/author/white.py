"""The white space of one scalable unit: two rows of four racks around a hot aisle.

Frame: x along the rows, the hot aisle in the middle, row A south of it and facing south, row B north.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from twin.stage.author.loops import route
from twin.stage.author.parts import Library, Opening, Part, Place, made
from twin.stage.author.sets import merge
from twin.stage.author.text import Prim, extent, joint, layer

RACKS_PER_ROW = 4
RACK_WIDTH_M, RACK_DEPTH_M, CDU_WIDTH_M, NETWORK_WIDTH_M = 0.6, 1.2, 0.9, 0.8
# Containment passes the ceiling grid, which is 0.1 m thick.
HOT_AISLE_HEIGHT_M = 3.6
ROW_LENGTH_M = CDU_WIDTH_M + RACKS_PER_ROW * RACK_WIDTH_M + NETWORK_WIDTH_M
FEED_COLOUR = {"A": "(0.9, 0.62, 0)", "B": "(0.53, 0.13, 0.33)"}
SUPPLY_Z_M, RETURN_Z_M, BUSWAY_Z_M = 2.75, 2.95, 2.55
# What the maker of the doors asks for before their inputs.
DOOR_BREAKER_A = 6.0
ROOT = "/White"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an author may choose for a white space.

    Attributes:
        cooling: ``liquid``, ``air`` or ``rear_door``.
        rack: Asset of the compute racks.
        whip: Asset of their whips, and how many per feed when not as many as the asset says.
        cdu: Asset of the CDUs.
        door: Asset of the rear doors.
        set_kpa: Pressure difference the CDU group holds between its headers.
        maximum_percent: Highest CDU pump speed, set by the dead-head pressure.
        hot_aisle_m: Distance between the backs of the two rows.
    """

    cooling: str = "liquid"
    rack: str = "GB300_NVL72"
    whip: str = "Whip_4x63A"
    whip_count: int = 0
    cdu: str = "Vertiv_XDU1350"
    door: str = "RearDoor_75kW"
    set_kpa: float = 135.0
    maximum_percent: float = 82.0
    hot_aisle_m: float = 1.5

    @property
    def row_y_m(self) -> float:
        """Return how far the middle of a row is from the middle of the hot aisle."""
        return 0.5 * (self.hot_aisle_m + RACK_DEPTH_M)


# What each way of cooling can carry. Doors of 0.3 m on both sides leave 1.2 m of a hot aisle of 1.8 m.
CHOICES: Mapping[str, Choice] = MappingProxyType({
    "liquid": Choice(),
    "air": Choice(cooling="air", rack="HGX_B200_Rack2", whip="Whip_63A"),
    "rear_door": Choice(
        cooling="rear_door", rack="HGX_B200_Rack4", whip="Whip_63A", whip_count=2, hot_aisle_m=1.8
    ),
})  # fmt: skip
BUSWAYS: Mapping[str, str] = MappingProxyType({f"{a}": f"Busway_{a}A" for a in (1250, 1000, 800)})


@dataclass(kw_only=True)
class White:
    """A white space under construction.

    Attributes:
        choice: What was chosen.
        racks, network: Compute racks of each row, and its network rack.
        busways: By row and feed.
        cdus: Both CDUs, none without liquid cooling.
        doors: Rear doors of each row, none without.
        headers: Chilled-water headers of each row, supply and return, none without doors.
        scopes: Discipline to its scope: what every rack and every number of CDUs has in common.
        fleet: The compute racks and their whips.
        second: The second CDU with its pipes, and the control of both.
        alone: The control of one CDU.
    """

    choice: Choice
    racks: dict[str, list[Part]]
    network: dict[str, Part]
    busways: dict[str, Part] = field(default_factory=dict)
    cdus: list[Part] = field(default_factory=list)
    doors: dict[str, list[Part]] = field(default_factory=dict)
    headers: dict[tuple[str, str], Part] = field(default_factory=dict)
    scopes: dict[str, Prim] = field(default_factory=dict)
    fleet: list[Prim] = field(default_factory=list)
    second: Prim | None = None
    alone: Prim | None = None


def sign(row: str) -> int:
    """Return on which side of the hot aisle a row stands."""
    return -1 if row == "A" else 1


def turn(row: str) -> float:
    """Return the turn that makes a cabinet face away from the hot aisle."""
    return 0.0 if row == "A" else 180.0


def rows(library: Library, choice: Choice) -> White:
    """Return a white space with its cabinets in place and nothing joined to them."""
    return White(
        choice=choice,
        racks={row: _racks(library, choice, row) for row in "AB"},
        network={row: _network(library, choice, row) for row in "AB"},
    )


def _racks(library: Library, choice: Choice, row: str) -> list[Part]:
    first = -0.5 * ROW_LENGTH_M + (CDU_WIDTH_M if row == "A" else NETWORK_WIDTH_M) + 0.5 * RACK_WIDTH_M
    return [
        library.part(
            f"Rack_{row}{i + 1}", choice.rack, f"{ROOT}/IT",
            (round(first + i * RACK_WIDTH_M, 4), sign(row) * choice.row_y_m, 0.0), turn_deg=turn(row),
        )
        for i in range(RACKS_PER_ROW)
    ]  # fmt: skip


def _network(library: Library, choice: Choice, row: str) -> Part:
    x = 0.5 * (ROW_LENGTH_M - NETWORK_WIDTH_M)
    at = (x if row == "A" else -x, sign(row) * choice.row_y_m, 0.0)
    return library.part(f"Network_{row}", "NetworkRack", f"{ROOT}/IT", at, turn_deg=turn(row))


def cabinets(white: White) -> Prim:
    """Return the scope of what every fleet of racks stands beside."""
    return Prim(name="IT", type="Scope", kind="group").add(*(p.prim for p in white.network.values()))


def contained(white: White) -> Prim:
    """Return the contained hot aisle, open into the plenum above."""
    aisle = Prim(name="HotAisle", type="Xform", apis=("TwinAisleAPI",), kind="component")
    aisle.say(aisle__containment="hot", aisle__openTop="yes").place(0.0, 0.0)
    aisle.lines.append(extent((ROW_LENGTH_M, white.choice.hot_aisle_m, HOT_AISLE_HEIGHT_M)))
    return Prim(name="Architectural", type="Scope", kind="group").add(aisle)


def electrical(library: Library, white: White) -> Prim:
    """Return one busway per feed and row, and the whips of all that every fleet of racks stands beside."""
    scope = Prim(name="Electrical", type="Scope", kind="group")
    whips = Prim(name="Whips", type="Scope")
    for row in "AB":
        scope.add(*(_busway(white, row, feed).prim for feed in "AB"))
        for whip in _whips(library, white, row, RACKS_PER_ROW, white.network[row], asset="Whip_63A"):
            whips.add(whip)
        for i, door in enumerate(white.doors.get(row, [])):
            for whip in _whips(library, white, row, RACKS_PER_ROW + 1 + i, door, asset="Whip_32A"):
                whips.add(whip.set(whip__breakerRating=DOOR_BREAKER_A))
    return scope.add(whips)


def fleet(library: Library, white: White) -> list[Prim]:
    """Return the compute racks and their whips, as opinions below the white space."""
    choice = white.choice
    whips = Prim(name="Whips", spec="over")
    for row in "AB":
        for i, rack in enumerate(white.racks[row]):
            for whip in _whips(library, white, row, i, rack, asset=choice.whip):
                whips.add(whip.set(whip__count=choice.whip_count) if choice.whip_count else whip)
    racks = [rack.prim for row in "AB" for rack in white.racks[row]]
    return [Prim(name="IT", spec="over").add(*racks), Prim(name="Electrical", spec="over").add(whips)]


def _busway(white: White, row: str, feed: str) -> Part:
    """Return a busway fed on the CDU side, a tap-off group over each cabinet, and one beside it for its door.

    Its numbers come with the variant set ``busway``.
    """
    above = [c.at[0] for c in (*white.racks[row], white.network[row])]
    above += [round(d.at[0] + 0.2 * -sign(row), 4) for d in white.doors.get(row, [])]
    start, way = (min(above) - 1.0, 1.0) if row == "A" else (max(above) + 1.0, -1.0)
    taps = [round(way * (x - start), 4) for x in above]
    length = max(taps) + 0.4
    part = made(
        f"Busway_{row}{feed}", "TwinBuswayAPI", f"{ROOT}/Electrical",
        (round(start, 4), sign(row) * white.choice.row_y_m + (-0.15 if feed == "A" else 0.15), BUSWAY_Z_M),
        (length, 0.12, 0.16), openings=list(_openings(taps)), colour=FEED_COLOUR[feed], turn_deg=turn(row),
        centre=(length / 2, 0.0, -0.08), boxed=True,
    )  # fmt: skip
    white.busways[row + feed] = part
    return part


def _openings(taps_m: list[float]) -> Iterator[Opening]:
    both = {"domain": "electrical", "system": "power"}
    yield Opening(name="feed", direction="input", role="feed", at=(0, 0, 0), **both)
    for i, offset in enumerate(taps_m):
        yield Opening(name=f"tap_{i + 1:02d}", direction="output", role="tap", at=(offset, 0, 0), **both)


def _whips(library: Library, white: White, row: str, index: int, unit: Part, *, asset: str) -> Iterator[Prim]:
    """Yield the whips of a cabinet or door, one per feed, from the tap-off group with that number."""
    for at, feed in enumerate("AB"):
        tap = white.busways[row + feed].port("electrical", role="tap", index=index)
        into = unit.port("electrical", "power", "input", index=at)
        yield joint(
            f"{unit.name}_{feed}", "", tap.path, into.path, route(tap, into, tap.at[2]), width=0.03,
            colour=FEED_COLOUR[feed], reference=library.asset(asset),
        )  # fmt: skip


def hose(
    library: Library, name: str, start: Place, stop: Place, level_m: float, *, asset: str, colour: str
) -> Prim:
    """Return a hose or a whole branch between two ports."""
    return joint(
        name, "", start.path, stop.path, route(start, stop, level_m), width=0.043, colour=colour,
        reference=library.asset(asset),
    )  # fmt: skip


def flat(white: White) -> White:
    """Return the white space with its racks, and both CDUs, in the scopes of their disciplines."""
    root = Prim(name="White").add(*white.scopes.values())
    for prim in [*white.fleet, *(white.second.children if white.second else ())]:
        if isinstance(prim, Prim):
            merge(root, prim)
    return white


def layers(white: White, prefix: str) -> dict[str, str]:
    """Return one layer per discipline, by file name below ``white/``."""
    docs = {
        "fabric": "Leaves and the links of the racks.",
        "architectural": "Aisle.", "electrical": "Busways and whips.", "it": "Racks.",
        "mechanical": "Coolant or chilled water to the racks.",
    }  # fmt: skip
    return {
        f"white/{prefix}{name}.usda": layer(
            [Prim(name="White", spec="over").add(scope)], doc=docs[name], default="White"
        )
        for name, scope in white.scopes.items()
    }
