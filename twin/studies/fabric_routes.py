"""Routes a fabric over its trays and finds what every link becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags
from twin.model.fabric import Fabric, Links, Medium, Point
from twin.solve.tray_graph import Access, Graph, access, graph_of
from twin.solve.tray_load import Routes, peak_area
from twin.solve.tray_routing import route
from twin.studies.fabric_media import NO_ROUTE, Choice, choices, orderable
from twin.studies.fabric_stage import tray_arrays

# Left over at each end, for a loop and for moves (practice; assumption).
SLACK_M = 0.3
# A port reaches trays whose middle is not farther beside it, in plan: half a rack and a hand's breadth.
REACH_M = 1.2
# Pitch of switches of four rack units that one prim stands for.
STACK_M = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Routed:
    """A fabric on its trays.

    Attributes:
        fabric: The fabric.
        graph: Its trays as a graph.
        routes: Steps of every bundle.
        length_m: Routed length of one cable with slack, inf where there is no way, shape (bundle,).
        choices: What each bundle becomes.
        area_m2: Cross section of each bundle, shape (bundle,).
        peak_m2: Largest sum of cross sections in any place of a tray, shape (tray,).
        peak_kg_m: Largest mass per length in any place of a tray, NaN where not known, shape (tray,).
    """

    fabric: Fabric
    graph: Graph
    routes: Routes
    length_m: Array
    choices: Sequence[Choice]
    area_m2: Array
    peak_m2: Array
    peak_kg_m: Array

    @property
    def fill_ratio(self) -> Array:
        """Return the filled share of each tray where it is fullest, shape (tray,)."""
        return np.asarray(self.peak_m2 / self.graph.trays.section_m2) if len(self.peak_m2) else self.peak_m2


def routed(fabric: Fabric, *, slack_m: float = SLACK_M, keep_media: bool = False) -> Routed:
    """Return a fabric routed over its trays.

    Args:
        fabric: Nodes, bundles and trays.
        slack_m: Left over at each end.
        keep_media: Whether bundles keep the cable product the stage gives them, also where it does not reach.
    """
    links, trays = fabric.links, tray_arrays(fabric.trays)
    graph = graph_of(trays)
    a, b = (access(trays, at, reach_m=REACH_M) for at in (links.a_m, links.b_m))
    more = 2.0 * slack_m + _stacks(fabric)
    guess = _media(fabric, links.manhattan_m + more + 1.0, keep=keep_media)
    inside = _inside(fabric)
    found = _route(graph, (a, b), _areas(links, guess), links, inside)
    length = found.length_m + more
    chosen = _media(fabric, length, keep=keep_media)
    area = _areas(links, chosen)
    mass = np.array([c.medium.mass_kg_m if c.medium else np.nan for c in chosen]) * links.count.astype(float)
    count = len(fabric.trays)
    return Routed(
        fabric=fabric, graph=graph, routes=found, length_m=length, choices=chosen, area_m2=area,
        peak_m2=peak_area(found, area, count), peak_kg_m=_mass(found, mass, count),
    )  # fmt: skip


def _mass(found: Routes, mass_kg_m: Array, count: int) -> Array:
    """Return the largest mass per length of each tray, NaN where that of a cable in it is not known."""
    known = np.isfinite(mass_kg_m)
    out = peak_area(found, np.where(known, mass_kg_m, 0.0), count)
    out[found.tray[~known[found.bundle]]] = np.nan
    return out


def _inside(fabric: Fabric) -> Flags:
    """Return which bundles stay in one cabinet, and so need no tray, shape (bundle,)."""
    home = np.array([n.home or n.path for n in fabric.nodes] or [""])
    return np.asarray(home[fabric.links.a] == home[fabric.links.b])


def _route(graph: Graph, ways: tuple[Access, Access], area_m2: Array, links: Links, inside: Flags) -> Routes:
    """Return the routes of all bundles; those within a cabinet run along its manager."""
    out = np.flatnonzero(~inside)
    a, b = (Access(tray=w.tray[out], along_m=w.along_m[out], drop_m=w.drop_m[out]) for w in ways)
    found = route(
        graph, a, b, area_m2[out], [links.group[i] for i in out.tolist()],
        [links.given[i] for i in out.tolist()] if links.given else (),
    )  # fmt: skip
    length = links.manhattan_m.copy()
    length[out] = found.length_m
    return replace(found, length_m=length, bundle=out[found.bundle])


def _stacks(fabric: Fabric) -> Array:
    """Return half the height of the stacks at both ends of each bundle [m]: the farthest switch of a prim."""
    high = np.array([0.5 * STACK_M * (n.count - 1) for n in fabric.nodes])
    return high[fabric.links.a] + high[fabric.links.b] if len(high) else np.zeros(0)


def _media(fabric: Fabric, length_m: Array, *, keep: bool) -> list[Choice]:
    found = choices(length_m, fabric.links.rate, list(fabric.media.values()))
    if not keep:
        return found
    named = [fabric.media.get(name) for name in fabric.links.medium]
    return [
        _kept(medium, length) if medium is not None else choice
        for medium, length, choice in zip(named, length_m.tolist(), found, strict=True)
    ]


def _kept(medium: Medium, length_m: float) -> Choice:
    """Return what the stage has, with its excess where it does not reach."""
    if not np.isfinite(length_m):
        return Choice(medium=medium, ordered_m=float("nan"), excess_m=float("inf"), remedy=NO_ROUTE)
    ordered = orderable(length_m, medium.medium)
    excess = max(0.0, length_m - medium.reach_m)
    remedy = "" if not excess else (
        f"{medium.name} reaches {medium.reach_m:g} m: move an end {excess:.2f} m closer, take a shorter "
        "tray, or another medium"
    )  # fmt: skip
    return Choice(medium=medium, ordered_m=ordered, excess_m=excess, remedy=remedy)


def _areas(links: Links, chosen: Sequence[Choice]) -> Array:
    """Return the cross section of each bundle [m^2]; without a medium it is that of a thin fibre."""
    thick = np.array([c.medium.diameter_m if c.medium else 0.003 for c in chosen])
    return np.asarray(links.count * 0.25 * np.pi * thick**2)


def trays_of(found: Routed) -> list[tuple[int, ...]]:
    """Return the trays of every bundle in order, each once."""
    out: list[list[int]] = [[] for _ in found.fabric.links.paths]
    for bundle, tray in zip(found.routes.bundle.tolist(), found.routes.tray.tolist(), strict=True):
        if not out[bundle] or out[bundle][-1] != tray:
            out[bundle].append(tray)
    return [tuple(dict.fromkeys(steps)) for steps in out]


def line_of(found: Routed, bundle: int) -> list[Point]:
    """Return the points of a bundle's way: port, up and aside, along trays, down to the other port."""
    routes, trays, links = found.routes, found.graph.trays, found.fabric.links
    first, last = np.searchsorted(routes.bundle, [bundle, bundle + 1])
    points = [links.a_m[bundle]]
    for step in range(int(first), int(last)):
        tray = routes.tray[step]
        run = (trays.stop_m[tray] - trays.start_m[tray]) / trays.length_m[tray]
        points.extend(trays.start_m[tray] + along * run for along in (routes.from_m[step], routes.to_m[step]))
    if last > first:  # straight up at either port, then aside
        points.insert(1, np.array([*points[0][:2], points[1][2]]))
        points.append(np.array([*links.b_m[bundle][:2], points[-1][2]]))
    points.append(links.b_m[bundle])
    kept = [p for i, p in enumerate(points) if not i or np.abs(p - points[i - 1]).max() > 1e-4]
    return [(float(x), float(y), float(z)) for x, y, z in (p.round(4) for p in kept)]


def bundles(found: Routed) -> list[dict[str, object]]:
    """Return what a layer says of every bundle."""
    links, names, ways = found.fabric.links, [t.path for t in found.fabric.trays], trays_of(found)
    return [
        {
            "path": path, "start": links.a_port[i], "stop": links.b_port[i], "count": int(links.count[i]),
            "medium": medium.name if (medium := found.choices[i].medium) else "",
            "length_m": float(round(found.length_m[i], 3)), "trays": tuple(names[t] for t in ways[i]),
            "points": line_of(found, i), "group": links.group[i],
        }
        for i, path in enumerate(links.paths)
    ]  # fmt: skip
