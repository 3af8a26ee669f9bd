"""Designs what a compute fabric lacks: spines, trays, bundles, and the rating of their cabinets."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from twin.errors import UsageError
from twin.model.fabric import Fabric, Links, Medium, Node, Placed, Point, Rating
from twin.model.facility import Facility
from twin.model.fat_tree import Tree, tree, two_tier_limit
from twin.studies.fabric_routes import SLACK_M, Routed, routed
from twin.studies.fabric_stage import Cabinet, cabinets, fabric_of
from twin.studies.fabric_trays import plan, sized

NETWORK, SPINE = "compute", "SpineSwitch_Q3400"
ROOT = "/World/Fabric"
LEVEL_M = 3.1
# Rack units of one spine switch, and of a cabinet that switches may take.
UNITS, CABINET_UNITS, UNIT_M = 4, 44, 0.04445
ROUNDS = 3
# Room above the first loads, which shift once trays have their sizes.
SPARE_RATIO = 1.1
# Air that carries a watt with the rise of 12 K that network racks are given [m3/s per W].
AIR_M3_J = 1.0 / (1.19 * 1006.0 * 12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an engineer chooses.

    Attributes:
        spine: Asset of spines and cores.
        oversubscription_ratio: Downlinks over uplinks of a leaf, 1 for none.
        planes: 0 to let the size decide, 1 for one tree of all rails, else one tree for each rail.
        level_m: Height of the trays' floor.
        slack_m: Left over at each end of a cable.
    """

    spine: str = SPINE
    oversubscription_ratio: float = 1.0
    planes: int = 0
    level_m: float = LEVEL_M
    slack_m: float = SLACK_M


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """What a layer has to hold.

    Attributes:
        size: The tree.
        routed: The whole fabric on its trays, those of the stage and the new ones.
        placed: New switches.
        ratings: Cabinets whose rating the new switches exceed.
        kept_count: Bundles that the stage has already; they come first.
        tray_count: New trays; they come last.
    """

    size: Tree
    routed: Routed
    placed: Sequence[Placed]
    ratings: Sequence[Rating]
    kept_count: int
    tray_count: int


@dataclass(kw_only=True)
class Arrays:
    """Port arrays of one node that still have room, in name order.

    Attributes:
        node: Number of the node.
        ports: Path, place and room of each.
    """

    node: int
    ports: list[tuple[str, Point, int]]

    def take(self, count: int) -> tuple[str, Point, int]:
        """Take up to ``count`` ports of the first array with room, and return which, where and how many.

        Raises:
            UsageError: No array has room.
        """
        for i, (path, at, room) in enumerate(self.ports):
            if room > 0:
                given = min(room, count)
                self.ports[i] = path, at, room - given
                return path, at, given
        raise UsageError(f"node {self.node} has no port left")


@dataclass(kw_only=True)
class _Wiring:
    """Bundles under construction."""

    rows: list[tuple[str, int, int, str, str, Point, Point, int, int, str]] = field(default_factory=list)

    def join(self, low: Arrays, high: Arrays, count: int, *, name: str, rail: int, group: str) -> None:
        """Join two nodes by ``count`` cables, in as many bundles as their port arrays ask for."""
        left, part = count, 0
        while left:
            a_path, a_at, room = low.take(left)
            b_path, b_at, given = high.take(room)
            if given < room:  # give back what the other end has no room for
                low.ports = [(p, at, r + room - given if p == a_path else r) for p, at, r in low.ports]
            part += 1
            suffix = f"_{part}" if part > 1 else ""
            self.rows.append(
                (f"{name}{suffix}", low.node, high.node, a_path, b_path, a_at, b_at, given, rail, group)
            )
            left -= given


# What stands where, and the ports of an asset: the author's library, passed so that no study opens USD.
Ports = Callable[[str, str, Point, float], Sequence[tuple[str, Point]]]
Facts = Mapping[str, float]


def design(
    facility: Facility, options: Options, *, media: Mapping[str, Medium], ports: Ports, facts: Facts
) -> Design:
    """Return spines, cores, trays and bundles for the compute network of a facility.

    Args:
        facility: What is built; racks and leaves with the bundles between them.
        options: What the engineer chose.
        media: Cable products.
        ports: Returns the data ports of an asset placed as named, with their paths and places.
        facts: ``port_count``, ``power_w`` and ``mass_kg`` of the spine asset.

    Raises:
        UsageError: There is nothing to join, or it does not fit.
    """
    have = fabric_of(facility, media)
    racks = cabinets(facility)
    leaves = [i for i, n in enumerate(have.nodes) if n.tier == "leaf" and n.network == NETWORK]
    if not leaves:
        raise UsageError(f"{facility.layout} has no leaf switches that racks are joined to")
    if any(n.tier in {"spine", "core"} for n in have.nodes):
        raise UsageError(f"{facility.layout} has spines already; a fabric is designed from its leaves")
    size, rails = _size(have, leaves, options, int(facts["port_count"]))
    homes = _homes(racks, have)
    placed = _place(size, rails, homes, have, options, facts)
    nodes = [*have.nodes, *(p.node for p in placed)]
    links = _wire(facility, have, nodes, leaves, placed, size, ports)
    trays = [replace(t, path=f"{ROOT}/Trays/{t.path}") for t in plan(racks, level_m=options.level_m)]
    whole = Fabric(nodes=tuple(nodes), links=links, trays=(*have.trays, *trays), media=media)
    return Design(
        size=size, routed=_fitted(whole, len(trays), options.slack_m), placed=placed,
        ratings=_ratings(facility, racks, have, placed), kept_count=len(have.links.paths),
        tray_count=len(trays),
    )  # fmt: skip


def _size(have: Fabric, leaves: Sequence[int], options: Options, radix: int) -> tuple[Tree, list[int]]:
    """Return the tree, and the rail of each of its planes (0 for all rails in one)."""
    down = np.zeros(len(have.nodes), dtype=np.intp)
    np.add.at(down, have.links.b, have.links.count)
    np.add.at(down, have.links.a, have.links.count)
    used = {int(down[i]) for i in leaves}
    if len(used) > 1:
        raise UsageError(
            f"leaves serve {', '.join(map(str, sorted(used)))} links: an even tree needs the same number"
        )
    each = used.pop()
    by_rail = Counter(have.nodes[i].rail for i in leaves)
    split = options.planes > 1 or (options.planes == 0 and len(leaves) * each > two_tier_limit(radix))
    rails = sorted(by_rail) if split else [0]
    if split and (0 in by_rail or len(set(by_rail.values())) > 1):
        raise UsageError("planes need leaves of one rail each, as many on every rail")
    per_plane = len(leaves) * each // len(rails)
    group = None
    if per_plane > two_tier_limit(radix):
        group = radix // 2
    found = tree(
        per_plane, radix, down_count=each, plane_count=len(rails), group_leaf_count=group,
        oversubscription_ratio=options.oversubscription_ratio,
    )  # fmt: skip
    return found, rails


def natural(path: str) -> list[tuple[int, str]]:
    """Return a key that orders Rack_2 before Rack_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path)]


def _homes(racks: Sequence[Cabinet], have: Fabric) -> list[Cabinet]:
    """Return the cabinets for spines: those for switches that hold none yet, else all that hold some."""
    taken = {n.home for n in have.nodes if n.home}
    free = [r for r in racks if not r.ports or r.asset == "NetworkRack"]
    empty = [r for r in free if r.path not in taken]
    found = sorted(empty or free, key=lambda r: natural(r.path))
    if not found:
        raise UsageError("there is no network rack for spines to stand in")
    return found


def _place(  # noqa: PLR0917  what stands where, in order of need
    size: Tree, rails: Sequence[int], homes: Sequence[Cabinet], have: Fabric, options: Options, facts: Facts
) -> list[Placed]:
    """Return spines and cores in their cabinets: each plane in its own share of them, evenly."""
    out: list[Placed] = []
    used = Counter(n.home for n in have.nodes if n.home)
    units = {r.path: used[r.path] * UNITS for r in homes}
    for tier, total in (("spine", size.spine_count), ("core", size.core_count)):
        each = total // len(rails)
        for p, rail in enumerate(rails):
            mine = homes[p * len(homes) // len(rails) : (p + 1) * len(homes) // len(rails)] or homes
            counts = [each // len(mine) + (i < each % len(mine)) for i in range(len(mine))]
            for number, (home, count) in enumerate(zip(mine, counts, strict=True), 1):
                if not count:
                    continue
                units[home.path] += count * UNITS
                if units[home.path] > CABINET_UNITS:
                    raise UsageError(
                        f"{home.path} would hold {units[home.path]} rack units of switches and has "
                        f"{CABINET_UNITS}: add network racks"
                    )
                low = (units[home.path] - count * UNITS + 2) * UNIT_M
                middle = low + 0.5 * (count - 1) * UNITS * UNIT_M
                name = f"{tier.capitalize()}_{f'R{rail}_' if rail else ''}{number:02d}"
                node = Node(
                    path=f"{ROOT}/Switches/{name}", tier=tier, network=NETWORK, home=home.path, rail=rail,
                    count=count, port_count=int(facts["port_count"]), power_w=facts["power_w"],
                    mass_kg=facts["mass_kg"],
                )  # fmt: skip
                at = (home.at[0], home.at[1], round(middle, 4))
                out.append(Placed(node=node, asset=options.spine, at=at, turn_deg=round(home.turn_deg, 6)))
    return out


def _wire(  # noqa: PLR0917  what is joined to what
    facility: Facility, have: Fabric, nodes: Sequence[Node], leaves: Sequence[int], placed: Sequence[Placed],
    size: Tree, ports: Ports,
) -> Links:  # fmt: skip
    """Return the bundles of the stage and those from leaves to spines."""
    if size.core_count:
        raise UsageError(
            f"{size.endpoint_count} endpoints per plane need {size.core_count} cores: a third tier is "
            "sized, not laid; split the layout"
        )
    wiring = _Wiring()
    first = len(have.nodes)
    above = []
    for i, p in enumerate(placed):
        openings = ports(p.asset, p.node.path, p.at, p.turn_deg)
        room = p.node.port_count * p.node.count // len(openings)
        above.append((p.node.rail, Arrays(node=first + i, ports=[(path, at, room) for path, at in openings])))
    free = _free(facility, have)
    rate = Counter(have.links.rate).most_common(1)[0][0]
    for leaf in leaves:
        low, rail = free[leaf], nodes[leaf].rail
        short = re.sub(
            r"[^A-Za-z0-9]+", "_", nodes[leaf].path.removeprefix("/World/").replace("/White/Fabric", "")
        )
        mine = [high for of, high in above if of in {0, rail}]
        for k, high in enumerate(mine):
            count = size.leaf_spine_links_count * nodes[high.node].count
            name = f"{short}/{nodes[high.node].path.rpartition('/')[2]}"
            # Every two uplinks of a leaf run apart, so that no tray takes both.
            wiring.join(low, high, count, name=name, rail=rail, group=f"{short}_{k // 2 + 1}")
    return _joined(have.links, wiring, rate)


def _joined(old: Links, wiring: _Wiring, rate: str) -> Links:
    """Return old and new bundles as columns."""
    name, a, b, a_port, b_port, a_at, b_at, count, rail, group = zip(*wiring.rows, strict=True)
    more = len(name)
    return Links(
        paths=(*old.paths, *(f"{ROOT}/Cables/{n}" for n in name)),
        a=np.concatenate([old.a, a]).astype(np.intp), b=np.concatenate([old.b, b]).astype(np.intp),
        a_port=(*old.a_port, *a_port), b_port=(*old.b_port, *b_port),
        a_m=np.concatenate([old.a_m, np.array(a_at)]), b_m=np.concatenate([old.b_m, np.array(b_at)]),
        count=np.concatenate([old.count, count]).astype(np.intp),
        network=(*old.network, *((NETWORK,) * more)),
        rail=np.concatenate([old.rail, rail]).astype(np.intp), group=(*old.group, *group),
        medium=(*old.medium, *(("",) * more)), rate=(*old.rate, *((rate,) * more)),
    )  # fmt: skip


def _free(facility: Facility, have: Fabric) -> dict[int, Arrays]:
    """Return the port arrays of every switch of the stage with the room that its bundles leave."""
    taken: Counter[str] = Counter()
    for ends in (have.links.a_port, have.links.b_port):
        for path, count in zip(ends, have.links.count.tolist(), strict=True):
            taken[path] += count
    table = facility.tables["switch"]
    ends_ = table.ends["data"]
    first = np.searchsorted(ends_.part, np.arange(len(table.paths) + 1))
    row = {path: i for i, path in enumerate(table.paths)}
    out = {}
    for i, node in enumerate(have.nodes):
        if node.path not in row:
            continue
        at = row[node.path]
        mine = ends_.node[first[at] : first[at + 1]].tolist()
        room = node.port_count * node.count // max(len(mine), 1)
        out[i] = Arrays(node=i, ports=[
            (path, _point(facility.ports.position_m[p]), room - taken[path])
            for p in mine for path in [facility.ports.paths[p]]
        ])  # fmt: skip
    return out


def _point(at: np.ndarray) -> Point:
    x, y, z = (round(float(v), 6) for v in at)
    return (x, y, z)


def _fitted(whole: Fabric, new: int, slack_m: float) -> Routed:
    """Return the fabric on trays of the smallest sections that hold it at the fill to design for."""
    kept = whole.trays[: len(whole.trays) - new]
    trays = [replace(t, width_m=0.9, depth_m=0.2) for t in whole.trays[len(kept) :]]
    found = routed(replace(whole, trays=(*kept, *trays)), slack_m=slack_m)
    for _ in range(ROUNDS):
        old = trays
        trays = sized(trays, SPARE_RATIO * found.peak_m2[len(kept) :])
        found = routed(replace(whole, trays=(*kept, *trays)), slack_m=slack_m)
        over = found.fill_ratio[len(kept) :] > trays[0].design_ratio + 1e-9
        if trays == old or not over.any():
            break
    return found


def _ratings(
    facility: Facility, racks: Sequence[Cabinet], have: Fabric, placed: Sequence[Placed]
) -> list[Rating]:
    """Return the cabinets that the new switches ask more of than they are rated for."""
    by_path = {r.path: r for r in racks}
    had, new = Counter[str](), Counter[str]()
    for node in have.nodes:
        had[node.home] += round(node.count * node.power_w)
    for p in placed:
        new[p.node.home] += round(p.node.count * p.node.power_w)
    out = []
    for path, more in sorted(new.items(), key=lambda item: natural(item[0])):
        rack = by_path[path]
        numbers = facility.tables[rack.kind].numbers
        rated = float(numbers["it_power_w"][rack.row, 0])
        # What a cabinet without switches is rated for is a provision for them; else they come on top.
        need = rated + more if had[path] else float(more)
        if need > rated:
            air = float(numbers["airflow_m3_s"][rack.row, 0]) * need / rated
            why = f"{more / 1e3:g} kW of new switches; rated {rated / 1e3:g} kW before"
            out.append(Rating(path=path, kind=rack.kind, it_power_w=need, airflow_m3_s=air, why=why))
    return out
