"""The fabric that a facility holds: its switches, bundles and trays as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Index
from twin.checks.fabric_spans import run_of
from twin.model.fabric import MEDIUM_NUMBERS, Fabric, Links, Medium, Node, Point, Tray, medium_of
from twin.model.facility import Facility, Table
from twin.solve.tray_graph import Trays

RACKS = ("rack", "air_rack")
CABLE = "fabric_cable"
# A switch stands in the cabinet whose plan it lies in.
WITHIN_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cabinet:
    """A cabinet of a facility as a fabric sees it.

    Attributes:
        path: Prim path.
        kind, row: Its kind, and its row in the table of that kind.
        asset: Asset it is an instance of.
        at: Middle of its floor [m].
        size: Width, depth and height [m].
        turn_deg: Turn about the vertical.
        ports: Nodes of its network ports, in name order.
    """

    path: str
    kind: str
    row: int
    asset: str
    at: Point
    size: Point
    turn_deg: float
    ports: tuple[int, ...]


def cabinets(facility: Facility) -> list[Cabinet]:
    """Return every cabinet, those with network ports and those for switches alike, in path order."""
    out = []
    for table in (facility.tables[kind] for kind in RACKS if kind in facility.tables):
        ends = table.ends["network"]
        first = np.searchsorted(ends.part, np.arange(len(table.paths) + 1))
        for row, path in enumerate(table.paths):
            if not table.in_service[row, 0]:
                continue
            out.append(Cabinet(
                path=path, kind=table.kind, row=row, asset=table.asset[row] if table.asset else "",
                at=_point(table.floor_m[row]), size=_point(table.size_m[row]),
                turn_deg=float(np.rad2deg(table.angle_rad[row])),
                ports=tuple(ends.node[first[row] : first[row + 1]].tolist()),
            ))  # fmt: skip
    return sorted(out, key=lambda c: c.path)


def _point(at: Array) -> Point:
    x, y, z = at.round(6).tolist()
    return (x, y, z)


def fabric_of(facility: Facility, media: Mapping[str, Medium]) -> Fabric:
    """Return the fabric of a facility; bundles that end nowhere are left out, as the checks tell them.

    Args:
        facility: What is built.
        media: Cable products by name.
    """
    racks = cabinets(facility)
    joined, nodes = _nodes(facility, racks)
    trays, rows = _trays(facility)
    links = _links(facility, joined, rows)
    nodes, links = _railed(facility, racks, nodes, links)
    known = dict(media)
    links = replace(links, medium=_media(facility, links, known))
    return Fabric(nodes=tuple(nodes), links=links, trays=tuple(trays), media=known)


def _media(facility: Facility, links: Links, known: dict[str, Medium]) -> tuple[str, ...]:
    """Return the product of each bundle; what is like none is added to those known."""
    if not links.paths:
        return ()
    table = facility.tables[CABLE]
    row = {path: i for i, path in enumerate(table.paths)}
    like = {_key(m): m.name for m in known.values()}
    words = [table.words[w] for w in ("medium", "data_rate", "connector", "transceiver")]
    numbers = [table.numbers[n][:, 0].tolist() for n in MEDIUM_NUMBERS]
    out = []
    for path in links.paths:
        at = row[path]
        own = medium_of("", [w[at] for w in words], [n[at] for n in numbers])
        if _key(own) not in like:
            like[_key(own)] = f"{own.medium} {own.data_rate} {own.reach_m:g} m"
            known[like[_key(own)]] = replace(own, name=like[_key(own)])
        out.append(like[_key(own)])
    return tuple(out)


def _key(medium: Medium) -> tuple[str, ...]:
    numbers = medium.reach_m, medium.diameter_m, medium.power_per_end_w, medium.mass_kg_m
    words = medium.medium, medium.data_rate, medium.connector, medium.transceiver
    return (*words, *(f"{x:.6g}" for x in numbers))


def _nodes(facility: Facility, racks: Sequence[Cabinet]) -> tuple[dict[tuple[str, int], int], list[Node]]:
    """Return nodes, and which of them each part with network ports is."""
    joined: dict[tuple[str, int], int] = {}
    nodes: list[Node] = []
    for rack in racks:
        if rack.ports:
            joined[rack.kind, rack.row] = len(nodes)
            nodes.append(Node(path=rack.path, tier="rack"))
    table = facility.tables.get("switch")
    if table is None:
        return joined, nodes
    home = homes(racks, table.floor_m)
    numbers = table.numbers
    for row, path in enumerate(table.paths):
        if not table.in_service[row, 0]:
            continue
        joined["switch", row] = len(nodes)
        nodes.append(Node(
            path=path, tier=table.words["tier"][row] or "leaf", home=home[row],
            count=int(numbers["count"][row, 0]), port_count=int(numbers["port_count"][row, 0]),
            power_w=float(numbers["power_w"][row, 0]), mass_kg=float(numbers["mass_kg"][row, 0]),
        ))  # fmt: skip
    return joined, nodes


def homes(racks: Sequence[Cabinet], at_m: Array) -> list[str]:
    """Return the cabinet whose plan each point lies in, "" for none."""
    if not racks or not len(at_m):
        return [""] * len(at_m)
    at = np.array([r.at for r in racks])
    half = 0.5 * np.array([r.size[:2] for r in racks]) + WITHIN_M
    turn = np.deg2rad([r.turn_deg for r in racks])
    gap = at_m[:, None, :2] - at[None, :, :2]
    along = np.cos(turn) * gap[..., 0] + np.sin(turn) * gap[..., 1]
    across = np.cos(turn) * gap[..., 1] - np.sin(turn) * gap[..., 0]
    inside = (np.abs(along) <= half[:, 0]) & (np.abs(across) <= half[:, 1])
    first = np.argmax(inside, axis=1)
    return [racks[i].path if inside[row, i] else "" for row, i in enumerate(first.tolist())]


def _links(facility: Facility, joined: Mapping[tuple[str, int], int], trays: Mapping[int, int]) -> Links:
    table = facility.tables.get(CABLE)
    if table is None:
        return no_links()
    ports = facility.ports
    ends = [table.ends[name].node for name in "ab"]
    node = [_node_of(facility, end, joined) for end in ends]
    keep = np.flatnonzero((node[0] >= 0) & (node[1] >= 0) & table.in_service[:, 0])
    kept = keep.tolist()
    a, b = ends[0][keep], ends[1][keep]
    return Links(
        paths=tuple(table.paths[i] for i in kept), a=node[0][keep], b=node[1][keep],
        a_port=tuple(ports.paths[i] for i in a.tolist()), b_port=tuple(ports.paths[i] for i in b.tolist()),
        a_m=ports.position_m[a], b_m=ports.position_m[b],
        count=table.numbers["count"][keep, 0].astype(np.intp),
        network=tuple(_role(facility, i) for i in a.tolist()), rail=np.zeros(len(kept), dtype=np.intp),
        group=tuple(table.redundancy_group[i] if table.redundancy_group else "" for i in kept),
        medium=("",) * len(kept),
        rate=tuple(table.words["data_rate"][i] for i in kept), given=_given(table, kept, trays),
    )  # fmt: skip


def _given(table: Table, kept: Sequence[int], trays: Mapping[int, int]) -> tuple[tuple[int, ...], ...]:
    """Return the trays that each bundle names."""
    named: dict[int, list[int]] = {}
    through = table.targets["trays"]
    for part, kind, row in zip(through.part.tolist(), through.kind, through.row.tolist(), strict=True):
        if kind == "tray" and row in trays:
            named.setdefault(part, []).append(trays[row])
    return tuple(tuple(named.get(i, ())) for i in kept)


def no_links() -> Links:
    """Return no bundles."""
    none, nowhere = np.zeros(0, dtype=np.intp), np.zeros((0, 3))
    return Links(
        paths=(), a=none, b=none, a_port=(), b_port=(), a_m=nowhere, b_m=nowhere, count=none, network=(),
        rail=none, group=(), medium=(), rate=(),
    )  # fmt: skip


def _node_of(facility: Facility, port: Index, joined: Mapping[tuple[str, int], int]) -> Index:
    """Return the node that each port belongs to, -1 for none."""
    ports = facility.ports
    return np.array(
        [joined.get((ports.kind[p], int(ports.part[p])), -1) if p >= 0 else -1 for p in port.tolist()],
        dtype=np.intp,
    )


def _role(facility: Facility, port: int) -> str:
    ports = facility.ports
    return ports.specs[int(ports.spec[port])].words.get("fabricRole", "") or "compute"


def _railed(
    facility: Facility, racks: Sequence[Cabinet], nodes: list[Node], links: Links
) -> tuple[list[Node], Links]:
    """Return nodes and bundles with their rail: the place of a rack's port, and of what it leads to."""
    place = {facility.ports.paths[p]: k + 1 for rack in racks for k, p in enumerate(rack.ports)}
    rail = links.rail.copy()
    of_node: dict[int, set[int]] = {}
    network: dict[int, str] = {}
    tier = [TIER_ORDER.get(n.tier, 1) for n in nodes]
    order = np.argsort(
        [min(tier[a], tier[b]) for a, b in zip(links.a.tolist(), links.b.tolist(), strict=True)]
    )
    for i in order.tolist():
        low, high, port = links.a[i], links.b[i], links.a_port[i]
        if tier[low] > tier[high]:
            low, high, port = high, low, links.b_port[i]
        mine = of_node.get(int(low), set()) if nodes[low].tier != "rack" else {place.get(port, 0)}
        rail[i] = next(iter(mine)) if len(mine) == 1 else 0
        of_node.setdefault(int(high), set()).update(mine)
        network.setdefault(int(high), links.network[i])
    found = [
        n
        if n.tier == "rack"
        else replace(
            n, rail=next(iter(of_node[i])) if len(of_node.get(i, ())) == 1 else 0, network=network.get(i, "")
        )
        for i, n in enumerate(nodes)
    ]
    return found, replace(links, rail=rail)


TIER_ORDER = {"rack": 0, "leaf": 1, "management": 1, "spine": 2, "core": 3}


def _trays(facility: Facility) -> tuple[list[Tray], dict[int, int]]:
    """Return the trays that carry data, and where each row of the table went."""
    table = facility.tables.get("tray")
    if table is None:
        return [], {}
    numbers, out, rows = table.numbers, list[Tray](), dict[int, int]()
    for row, path in enumerate(table.paths):
        if table.words["carries"][row] != "data" or not table.in_service[row, 0]:
            continue
        rows[row] = len(out)
        start, stop = run_of(table, row)
        out.append(Tray(
            path=path, start=_point(start), stop=_point(stop), width_m=float(numbers["width_m"][row, 0]),
            depth_m=float(numbers["depth_m"][row, 0]),
            design_ratio=float(numbers["design_fill_ratio"][row, 0]),
            limit_ratio=float(numbers["limit_fill_ratio"][row, 0]),
            allowed_kg_m=float(numbers["allowed_load_kg_m"][row, 0]),
            bend_radius_m=float(numbers["bend_radius_m"][row, 0]),
        ))  # fmt: skip
    return out, rows


def tray_arrays(trays: Sequence[Tray]) -> Trays:
    """Return trays as the router takes them."""
    return Trays(
        start_m=np.array([t.start for t in trays]).reshape(-1, 3),
        stop_m=np.array([t.stop for t in trays]).reshape(-1, 3),
        width_m=np.array([t.width_m for t in trays]),
        section_m2=np.array([t.width_m * t.depth_m for t in trays]),
        design_ratio=np.array([t.design_ratio for t in trays]),
        limit_ratio=np.array([t.limit_ratio for t in trays]),
    )  # fmt: skip
