"""What the drawings of a fabric show, from the fabric as routed."""

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from twin.plots.fabric_topology import Mark, TopologyData
from twin.studies.fabric_design import natural
from twin.studies.fabric_routes import Routed, line_of
from twin.studies.fabric_stage import TIER_ORDER, cabinets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.model.facility import Facility

    Outlines = Sequence[Sequence[tuple[float, float]]]

TIERS = ("racks", "leaves", "spines", "cores")
WORST = 12
NOTES = (
    "A rack stands in the tree by the natural order of its path; switches by their rail, then by their path.",
    "The fill of a tray is that of its fullest place: cross sections of the cables over width times depth.",
    "A prim of several switches is one mark; its text says how many.",
)


def topology_of(found: Routed, *, title: str, bundle: str = "", outline: "Outlines" = ()) -> TopologyData:
    """Return the drawings of a routed fabric.

    Args:
        found: The fabric on its trays.
        title: What the page is about.
        bundle: Bundle whose way is drawn, the longest by default.
        outline: Outlines of cabinets.
    """
    nodes, links = found.fabric.nodes, found.fabric.links
    at = _places(found)
    lines: dict[int, list[tuple[float, float, float, float]]] = defaultdict(list)
    for a, b, rail in zip(links.a.tolist(), links.b.tolist(), links.rail.tolist(), strict=True):
        lines[rail].append((*at[a], *at[b]))
    marks = [
        Mark(x=at[i][0], y=at[i][1], text=f"{n.path} ({n.count} x {n.tier})", tier=n.tier, rail=n.rail)
        for i, n in enumerate(nodes)
    ]
    known = np.flatnonzero(np.isfinite(found.length_m))
    chosen = links.paths.index(bundle) if bundle in links.paths else (
        int(known[np.argmax(found.length_m[known])]) if len(known) else -1
    )  # fmt: skip
    trays, fill = found.fabric.trays, found.fill_ratio
    used = sorted({round(at[i][1]) for i in range(len(nodes))})
    return TopologyData(
        title=title,
        site=f"{len(nodes)} nodes, {int(links.count.sum())} cables in {len(links.paths)} bundles",
        marks=marks, lines=dict(lines), tiers=[(float(y), TIERS[y]) for y in used],
        trays=[
            (*t.start[:2], *t.stop[:2], float(fill[i]), f"{t.path}: {fill[i] * 100:.1f} %")
            for i, t in enumerate(trays)
        ],
        cabinets=outline, way=[(x, y) for x, y, _ in line_of(found, chosen)] if chosen >= 0 else [],
        way_name=f"{links.paths[chosen]}, {found.length_m[chosen]:.2f} m" if chosen >= 0 else "no way",
        tables=(_tier_rows(found), _tray_rows(found)), notes=NOTES,
    )  # fmt: skip


def outlines(facility: "Facility") -> list[list[tuple[float, float]]]:
    """Return the closed outline of every cabinet in plan [m]."""
    out = []
    for rack in cabinets(facility):
        turn = np.deg2rad(rack.turn_deg)
        half = 0.5 * np.array(rack.size[:2])
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * half
        x = rack.at[0] + np.cos(turn) * corners[:, 0] - np.sin(turn) * corners[:, 1]
        y = rack.at[1] + np.sin(turn) * corners[:, 0] + np.cos(turn) * corners[:, 1]
        out.append(list(zip(x.round(3).tolist(), y.round(3).tolist(), strict=True)))
    return out


def _places(found: Routed) -> list[tuple[float, float]]:
    """Return where each node is drawn: its tier up, its order across from 0 to 1."""
    nodes = found.fabric.nodes
    out = [(0.0, 0.0)] * len(nodes)
    for level in sorted({TIER_ORDER.get(n.tier, 1) for n in nodes}):
        mine = [i for i, n in enumerate(nodes) if TIER_ORDER.get(n.tier, 1) == level]
        mine.sort(key=lambda i: (nodes[i].rail, natural(nodes[i].path)))
        for place, i in enumerate(mine):
            out[i] = ((place + 0.5) / len(mine), float(level))
    return out


def _tier_rows(found: Routed) -> list[list[str]]:
    rows: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for node in found.fabric.nodes:
        rows[node.tier, node.rail][0] += node.count
        rows[node.tier, node.rail][1] += round(node.count * node.power_w)
    body = [
        [tier, str(rail) if rail else "all", str(count), f"{power / 1e3:.1f}" if power else "–"]
        for (tier, rail), (count, power) in sorted(
            rows.items(), key=lambda r: (TIER_ORDER.get(r[0][0], 1), r[0][1])
        )
    ]
    return [["tier", "rail", "pieces", "planning power [kW]"], *body]


def _tray_rows(found: Routed) -> list[list[str]]:
    fill, trays = found.fill_ratio, found.fabric.trays
    head = ["tray", "size [mm]", "fill [%]", "design [%]", "load [kg/m]"]
    return [head, *(
        [trays[i].path, f"{trays[i].width_m * 1e3:.0f} x {trays[i].depth_m * 1e3:.0f}",
         f"{fill[i] * 100:.1f}",
         f"{trays[i].design_ratio * 100:.0f}", f"{found.peak_kg_m[i]:.1f}"]
        for i in np.argsort(-fill)[:WORST].tolist()
    )]  # fmt: skip
