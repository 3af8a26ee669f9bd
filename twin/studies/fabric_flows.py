"""What a fabric carries, whole and after one loss, by maximum flow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from twin.arrays import Flags, Index
from twin.model.fabric import Fabric
from twin.studies.fabric_design import natural
from twin.studies.fabric_routes import Routed, trays_of
from twin.studies.fabric_stage import TIER_ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """Links that can carry at once from one half of the racks to the other.

    Attributes:
        name: Which rails send and which receive.
        links_count: Maximum flow, in links of the racks' rate.
        offered_count: What the racks of one half could send and those of the other receive.
    """

    name: str
    links_count: int
    offered_count: int

    @property
    def ratio(self) -> float:
        """Return the flow over what is offered, NaN where nothing is."""
        return self.links_count / self.offered_count if self.offered_count else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The fabric after one loss, while nothing else is out.

    Attributes:
        what: ``switch``, ``cabinet``, ``cable`` or ``tray``.
        prim: What is lost.
        cables_count: Cables that go with it.
        attached_ratio: Links of racks that are left over all of them.
        bisection_ratio: Bisection over that of the whole fabric.
        cut_off: Racks without any link left.
    """

    what: str
    prim: str
    cables_count: int
    attached_ratio: float
    bisection_ratio: float
    cut_off: tuple[str, ...]


def halves(fabric: Fabric) -> tuple[Flags, Flags]:
    """Return the nodes of the first and of the second half of the racks, in natural order of their paths."""
    racks = [i for i, n in enumerate(fabric.nodes) if n.tier == "rack"]
    racks.sort(key=lambda i: natural(fabric.nodes[i].path))
    one, two = np.zeros((2, len(fabric.nodes)), dtype=np.bool_)
    one[racks[: len(racks) // 2]] = True
    two[racks[len(racks) // 2 :]] = True
    return one, two


def flow(
    fabric: Fabric, count: Index, sides: tuple[Flags, Flags], *, sends: int = 0, receives: int = 0
) -> tuple[int, int]:
    """Return the maximum flow from racks of one side to those of the other, and what both sides offer.

    A rack passes nothing on, so that what crosses goes through switches.

    Args:
        fabric: Nodes and bundles.
        count: Cables of each bundle that are left, shape (bundle,).
        sides: Racks that send, and racks that receive, shape (node,).
        sends: Rail that sends, 0 for all of them.
        receives: Rail that receives, 0 for all of them.

    Source: Y. Dinitz, Soviet Mathematics Doklady 11 (1970); L. R. Ford and D. R. Fulkerson (1956).
    """
    links, nodes = fabric.links, len(fabric.nodes)
    tier = np.array([TIER_ORDER.get(n.tier, 1) for n in fabric.nodes])
    up = tier[links.a] <= tier[links.b]
    low, high = np.where(up, links.a, links.b), np.where(up, links.b, links.a)
    of_rack = tier[low] == 0
    out = of_rack & sides[0][low] & ((links.rail == sends) | (sends == 0))
    into = of_rack & sides[1][low] & ((links.rail == receives) | (receives == 0))
    between = ~of_rack
    source, sink = nodes, nodes + 1
    head = [np.full(out.sum(), source), high[into], low[between], high[between]]
    tail = [high[out], np.full(into.sum(), sink), high[between], low[between]]
    size = [count[out], count[into], count[between], count[between]]
    graph = csr_array(
        (np.concatenate(size).astype(np.int32), (np.concatenate(head), np.concatenate(tail))),
        shape=(nodes + 2, nodes + 2), dtype=np.int32,
    )  # fmt: skip
    offered = min(int(count[out].sum()), int(count[into].sum()))
    return int(maximum_flow(graph, source, sink).flow_value), offered


def bisections(fabric: Fabric) -> list[Bisection]:
    """Return the bisection over all rails, within each rail, and from each rail to the next."""
    rails = sorted({int(r) for r in fabric.links.rail if r})
    sides, count = halves(fabric), fabric.links.count
    asked = [("all rails", 0, 0), *((f"rail {r} to rail {r}", r, r) for r in rails)]
    asked += [
        (f"rail {a} to rail {b}", a, b)
        for a, b in zip(rails, [*rails[1:], *rails[:1]], strict=True)
        if a != b
    ]
    out = []
    for name, a, b in asked:
        carried, offered = flow(fabric, count, sides, sends=a, receives=b)
        out.append(Bisection(name=name, links_count=carried, offered_count=offered))
    return out


def losses(found: Routed, *, cables: bool = True) -> list[Loss]:
    """Return the fabric after each single loss: each switch, cabinet and tray, a cable of each kind."""
    fabric = found.fabric
    sides = halves(fabric)
    whole, _ = flow(fabric, fabric.links.count, sides)
    return [_loss(fabric, sides, whole, *row) for row in _asked(found, cables=cables)]


def _asked(found: Routed, *, cables: bool) -> Iterator[tuple[str, str, Index]]:
    """Yield what is lost, its prim, and the cables of each bundle that are left."""
    fabric = found.fabric
    links, count = fabric.links, fabric.links.count
    for i, node in enumerate(fabric.nodes):
        if node.tier != "rack":
            mine = (links.a == i) | (links.b == i)
            yield "switch", node.path, np.where(mine, count - -(-count // node.count), count)
    home = np.array([n.home for n in fabric.nodes])
    for path in dict.fromkeys(n.home for n in fabric.nodes if n.home):
        gone = home == path
        yield "cabinet", path, np.where(gone[links.a] | gone[links.b], 0, count)
    ways = trays_of(found)
    through: dict[int, list[int]] = {}
    for bundle, trays in enumerate(ways):
        for tray in trays:
            through.setdefault(tray, []).append(bundle)
    for tray, bundles in sorted(through.items()):
        left = count.copy()
        left[bundles] = 0
        yield "tray", fabric.trays[tray].path, left
    if cables:
        tiers = [n.tier for n in fabric.nodes]
        kinds = {(tiers[a], tiers[b]): i for i, (a, b) in enumerate(zip(links.a, links.b, strict=True))}
        for bundle in kinds.values():
            left = count.copy()
            left[bundle] -= 1
            yield "cable", links.paths[bundle], left


def _loss(  # noqa: PLR0917  one row
    fabric: Fabric, sides: tuple[Flags, Flags], whole: int, what: str, prim: str, left: Index
) -> Loss:
    links = fabric.links
    of_rack = np.array([n.tier == "rack" for n in fabric.nodes])
    attached, now = np.zeros((2, len(fabric.nodes)))
    for end in (links.a, links.b):
        np.add.at(attached, end, links.count)
        np.add.at(now, end, left)
    cut = np.flatnonzero(of_rack & (attached > 0) & (now == 0))
    carried, _ = flow(fabric, left, sides)
    return Loss(
        what=what, prim=prim, cables_count=int((links.count - left).sum()),
        attached_ratio=float(now[of_rack].sum() / attached[of_rack].sum()),
        bisection_ratio=carried / whole if whole else float("nan"),
        cut_off=tuple(fabric.nodes[i].path for i in cut.tolist()),
    )  # fmt: skip


def worst(rows: Sequence[Loss], what: str) -> Loss | None:
    """Return the loss of a kind that leaves least: racks cut off, then bisection, then attached links."""
    mine = [r for r in rows if r.what == what]
    return min(mine, key=lambda r: (-len(r.cut_off), r.bisection_ratio, r.attached_ratio), default=None)
