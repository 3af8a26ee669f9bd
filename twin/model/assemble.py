"""Facility to elements: makes one component per kind from its columns and asks it for its blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from twin.arrays import Array, Index
from twin.errors import InputError
from twin.laws.air import pressure_at_elevation
from twin.model.binding import Cells, Ends, Nodes, Site, Targets
from twin.model.component import Component, kinds
from twin.model.element import Block
from twin.model.facility import Facility, Table
from twin.model.finding import Fault
from twin.model.place import Placement, place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assembly:
    """Every block of a facility.

    Attributes:
        blocks: Kind and block, in kind order.
        nodes: Node names and count.
        height_m: Height of every node [m], shape (node,).
        placement: Air nodes.
        site: What the facility shares.
        variants: Length of the variant axis.
    """

    blocks: tuple[tuple[str, Block], ...]
    nodes: Nodes
    height_m: Array
    placement: Placement
    site: Site
    variants: int


# A facility never changes: what the reader has expanded to look for gaps is what the solvers want.
_EXPANDED: WeakKeyDictionary[Facility, Assembly] = WeakKeyDictionary()


def elements(facility: Facility) -> Assembly:
    """Expand a facility into elements, once.

    Raises:
        InputError: There is not exactly one site.
    """
    found = _EXPANDED.get(facility)
    if found is None:
        found = _EXPANDED[facility] = _expand(facility)
    return found


def _expand(facility: Facility) -> Assembly:
    placement = place(facility)
    ports = facility.ports.paths
    zone_names = _zone_names(facility, placement)
    first = placement.first + placement.count

    def port_name(node: int) -> str:
        return ports[node] if node < len(ports) else zone_names[node - len(ports)]

    nodes = Nodes(first, port_name)
    site = _site(facility)
    blocks: list[tuple[str, Block]] = []
    for kind in sorted(facility.tables):
        table = facility.tables[kind]
        if table.paths:
            made = _make(table, placement, site, nodes, facility.ports.position_m)
            blocks.extend((kind, block) for block in made.elements())
    zone_heights = np.zeros(placement.count)
    for kind, cells in placement.cells.items():
        zone_heights[cells.node - placement.first] = facility.tables[kind].floor_m[cells.part, 2]
    height = np.concatenate([facility.ports.position_m[:, 2], zone_heights, nodes.heights_m()])
    return Assembly(
        blocks=tuple(blocks),
        nodes=nodes,
        height_m=height,
        placement=placement,
        site=site,
        variants=len(facility.cases),
    )


def _zone_names(facility: Facility, placement: Placement) -> list[str]:
    names = [""] * placement.count
    for kind, cells in placement.cells.items():
        paths = facility.tables[kind].paths
        for part, node in zip(cells.part, cells.node, strict=True):
            names[int(node) - placement.first] = paths[int(part)]
    return names


def _site(facility: Facility) -> Site:
    table = facility.tables.get("site")
    if table is None or len(table.paths) != 1:
        found = "no prim" if table is None or not table.paths else f"{len(table.paths)} prims"
        raise InputError(
            [
                Fault(
                    code="ST080",
                    prim="/World",
                    attribute="",
                    where="",
                    found=f"{found} with TwinSiteAPI",
                    expected="exactly one prim with TwinSiteAPI: elevation, design air temperatures",
                )
            ]
        )
    n = table.numbers
    capture = np.array([[case.capture == "liquid" for case in facility.cases]])
    return Site(
        dry_bulb_k=n["dry_bulb_k"],
        wet_bulb_k=n["wet_bulb_k"],
        dew_point_k=n["dew_point_k"],
        minimum_k=n["minimum_k"],
        recirculation_dk=n["recirculation_dk"],
        pressure_pa=pressure_at_elevation(n["elevation_m"]),
        frequency_hz=n["frequency_hz"],
        high_capture=capture,
        viscosity_ratio=np.array([[case.viscosity_ratio for case in facility.cases]]),
        warm_conductors="by_load" in table.words.get("conductor_temperature", ()),
    )


def _make(table: Table, placement: Placement, site: Site, nodes: Nodes, port_m: Array) -> Component:
    kind = kinds()[table.kind]
    fields: dict[str, Any] = {**table.numbers, **table.words, **table.curves}
    for port in kind.ports:
        ends = table.ends.get(port.name)
        node = _bound(ends, port.domain, placement)
        if port.many:
            fields[port.name] = _many(ends, node)
        else:
            single = np.full(len(table.paths), -1, dtype=np.intp)
            if ends is not None:
                single[ends.part] = node
            fields[port.name] = single
    for relation in kind.relations:
        fields[relation.name] = _resolve(table.targets[relation.name], placement)
    return kind(
        paths=table.paths,
        site=site,
        nodes=nodes,
        in_service=table.in_service,
        room=placement.room[table.kind],
        position_m=table.position_m,
        size_m=table.size_m,
        cells=placement.cells.get(table.kind, _no_cells()),
        route_m=_routes(table, port_m, fields),
        **fields,
    )


def _routes(table: Table, port_m: Array, fields: Mapping[str, Any]) -> tuple[Array, ...]:
    """Return the points of each run of fluid from its first to its second end, () for equipment.

    They are those of its drawn curve, whichever way it is drawn, else the straight line between its ports.
    """
    names = {p.end: p.name for p in kinds()[table.kind].ports if p.end and p.domain == "thermal"}
    if not names:
        return ()
    known = np.vstack([port_m, np.zeros(3)])  # the last one is where an end that lacks is
    lines = np.stack([known[fields[names[end]]] for end in ("from", "to")], axis=1)
    out = []
    for row, line in enumerate(lines):
        drawn = table.route_m[row] if row < len(table.route_m) and len(table.route_m[row]) > 1 else line
        back, forth = np.abs(drawn[[0, -1]] - line[::-1]).sum(), np.abs(drawn[[0, -1]] - line).sum()
        out.append(drawn[::-1] if back < forth else drawn)
    return tuple(out)


def _bound(ends: Ends | None, domain: str, placement: Placement) -> Index:
    if ends is None:
        return np.zeros(0, dtype=np.intp)
    return placement.opening[ends.node] if domain == "airflow" else ends.node


def _many(ends: Ends | None, node: Index) -> Ends:
    if ends is None:
        empty = np.zeros(0, dtype=np.intp)
        return Ends(part=empty, node=empty, offset_m=np.zeros(0))
    return Ends(part=ends.part, node=node, offset_m=ends.offset_m)


def _resolve(targets: Targets, placement: Placement) -> Targets:
    """Give zone targets the node of their first cell."""
    node = targets.node.copy()
    for i, (kind, row) in enumerate(zip(targets.kind, targets.row, strict=True)):
        if kind in placement.cells:
            cells = placement.cells[kind]
            node[i] = cells.node[np.flatnonzero(cells.part == row)[0]]
    return Targets(part=targets.part, node=node, kind=targets.kind, row=targets.row)


def _no_cells() -> Cells:
    empty = np.zeros(0, dtype=np.intp)
    return Cells(part=empty, node=empty, length_m=np.zeros(0), around=empty, above=empty, below=empty)
