"""Random water networks as EPANET input: 10 to 2,000 junctions, in three sorts that solvers find hard.

A third each has parallel pumps of which some stand, check valves of which some are shut, and branches in
which nothing flows. One in thirty hangs demand behind a check valve that points the wrong way.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

SORTS = ("parallel pumps", "check valves", "still branches")
SIZES_MM = np.array(
    [25.0, 32.0, 40.0, 50.0, 65.0, 80.0, 100.0, 125.0, 150.0, 200.0, 250.0, 300.0, 400.0, 500.0]
)
ROUGHNESS_MM = (0.0015, 0.045, 0.1, 0.5)
LOSSES = (0.0, 0.0, 1.0, 5.0, 20.0)
# The largest of the demands of one network [L/s] over the square root of their number.
DEMAND_LPS = 0.8
# Solve as sharply as EPANET can, so that what is left between two answers is not its own tolerance.
OPTIONS = (
    "UNITS LPS", "HEADLOSS D-W", "VISCOSITY 1.0", "ACCURACY 1e-8", "HEADERROR 1e-6", "FLOWCHANGE 1e-7",
    "TRIALS 500", "UNBALANCED STOP",
)  # fmt: skip


@dataclass
class Sections:
    """Lines of an input by section."""

    junctions: list[str] = field(default_factory=list)
    reservoirs: list[str] = field(default_factory=list)
    pipes: list[str] = field(default_factory=list)
    pumps: list[str] = field(default_factory=list)
    curves: list[str] = field(default_factory=list)

    def text(self, title: str) -> str:
        named = [
            ("TITLE", [title]), ("JUNCTIONS", self.junctions), ("RESERVOIRS", self.reservoirs),
            ("PIPES", self.pipes), ("PUMPS", self.pumps), ("CURVES", self.curves), ("OPTIONS", OPTIONS),
            ("TIMES", ["DURATION 0"]),
        ]  # fmt: skip
        return "".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in named) + "[END]\n"


def sort_of(seed):
    return SORTS[seed % 3]


def random_inp(seed):
    """Return the input of a seed; the same seed gives the same text on every machine."""
    rng = np.random.default_rng(seed)
    count = int(np.exp(rng.uniform(np.log(10.0), np.log(2000.0))))
    place = rng.random((count, 2)) * 60.0 * np.sqrt(count)
    tree, extra = _edges(place, rng, count)
    demand = np.where(rng.random(count) < 0.6, rng.random(count), 0.0) * DEMAND_LPS * 10.0 / np.sqrt(count)
    if sort_of(seed) == "still branches":
        _quiet(demand, tree, count)
    demand[0], demand[-1] = 0.0, 0.3
    out = Sections(junctions=[f"J{i} {rng.uniform(0, 5):.3f} {q:.6g}" for i, q in enumerate(demand)])
    flow = _carried(tree, demand)
    for row, (a, b) in enumerate(tree):
        _pipe(out, f"T{row}", (a, b) if rng.random() < 0.7 else (b, a), flow[row], (place, rng))
    for row, (a, b) in enumerate(extra):
        way = (a, b) if rng.random() < 0.5 else (b, a)
        checked = sort_of(seed) == "check valves" and rng.random() < 0.3
        _pipe(out, f"X{row}", way, rng.uniform(0.05, 0.6) * flow.mean(), (place, rng), checked=checked)
    _sources(out, demand, place, rng, sort_of(seed))
    if sort_of(seed) == "check valves":
        _backflow_preventers(out, tree, flow, place, rng, wrong=seed % 30 == 1)
    return out.text(f"seed {seed}: {sort_of(seed)}")


def _edges(place, rng, count):
    """Return a spanning tree from junction 0 outwards, and further edges between neighbours."""
    near = min(7, count)
    distance, other = cKDTree(place).query(place, k=near)
    rows = np.repeat(np.arange(count), near)
    graph = coo_array((distance.ravel() + 1e-6, (rows, other.ravel())), shape=(count, count)).tocsr()
    graph = graph.maximum(graph.T)
    parts = connected_components(graph, directed=False)[1]
    links = [(0, int(np.argmax(parts == part))) for part in range(1, parts.max() + 1)]
    if links:
        a, b = np.array(links).T
        graph = graph + coo_array((np.full(len(a), 1e4), (a, b)), shape=graph.shape).tocsr()
    spanning = minimum_spanning_tree(graph)
    order, parent = breadth_first_order(spanning, 0, directed=False)
    tree = [(int(parent[i]), int(i)) for i in order[1:]]
    known = {frozenset(edge) for edge in tree}
    share, extra = rng.uniform(0.05, 0.4), []
    for i in range(count):
        for j in other[i, 1:].tolist():
            if rng.random() < share and frozenset((i, j)) not in known:
                known.add(frozenset((i, j)))
                extra.append((i, j))
    return tree, extra


def _quiet(demand, tree, count):
    """Take all demand out of a few whole branches of the tree."""
    parent = {b: a for a, b in tree}
    for root in range(count // 4, count, max(count // 5, 1)):
        for i in range(count):
            at = i
            while at != root and at in parent:
                at = parent[at]
            if at == root:
                demand[i] = 0.0


def _carried(tree, demand):
    """Return what each edge of the tree carries to what lies behind it [L/s]."""
    total = demand.copy()
    out = np.zeros(len(tree))
    for row in range(len(tree) - 1, -1, -1):
        a, b = tree[row]
        out[row] = total[b]
        total[a] += total[b]
    return out


def _pipe(out, name, ends, flow_lps, spot, *, checked=False):
    (a, b), (place, rng) = ends, spot
    length = max(float(np.hypot(*(place[a] - place[b]))), 1.0) * rng.uniform(1.0, 1.3)
    bore = 1e3 * np.sqrt(4.0 * max(flow_lps, 0.05) * 1e-3 / np.pi / rng.uniform(0.3, 1.2))
    size = SIZES_MM[min(int(np.searchsorted(SIZES_MM, bore)), len(SIZES_MM) - 1)]
    out.pipes.append(
        f"{name} J{a} J{b} {length:.3f} {size:g} {rng.choice(ROUGHNESS_MM):g} {rng.choice(LOSSES):g} "
        f"{'CV' if checked else 'Open'}"
    )


def _sources(out, demand, place, rng, sort):
    total = demand.sum() + 1.0
    if sort == "parallel pumps":
        out.reservoirs.append(f"R0 {rng.uniform(2, 10):.3f}")
        pumps = int(rng.integers(2, 5))
        head, weakest = rng.uniform(30, 60), rng.uniform(0.35, 0.9)
        for row in range(pumps):
            strength = weakest if row == pumps - 1 else rng.uniform(0.95, 1.05)
            rated, power = total / max(pumps - 1, 1) * rng.uniform(0.7, 1.4), rng.uniform(1.2, 2.8)
            bend = 0.25 * head * strength / rated**power
            flows = [0.0, rated, 1.6 * rated]
            if row == 0:
                out.curves.append(f"C{row} {rated:.6g} {0.75 * head:.6g}")
            else:
                out.curves += [f"C{row} {q:.9g} {head * strength - bend * q**power:.9g}" for q in flows]
            out.pumps.append(f"P{row} R0 J0 HEAD C{row} SPEED {rng.uniform(0.85, 1.0):.4f}")
        return
    head = rng.uniform(45, 70)
    out.reservoirs.append(f"R0 {head:.3f}")
    out.pipes.append("M0 R0 J0 20 500 0.1 1 Open")
    if rng.random() < 0.5:
        far = int(np.argmax(np.hypot(*(place - place[0]).T)))
        equal = sort == "still branches" and rng.random() < 0.5
        out.reservoirs.append(f"R1 {head if equal else head - rng.uniform(0, 8):.3f}")
        out.pipes.append(f"M1 R1 J{far} 50 300 0.1 1 {'CV' if sort == 'check valves' else 'Open'}")


def _backflow_preventers(out, tree, flow, place, rng, *, wrong):
    """Put check valves beside pipes of the tree, with the flow and against it; one alone if it is wrong."""
    for row in rng.choice(len(tree), max(len(tree) // 10, 1), replace=False).tolist():
        a, b = tree[row]
        _pipe(out, f"B{row}", (a, b) if rng.random() < 0.5 else (b, a), flow[row], (place, rng), checked=True)
    if wrong:
        out.junctions.append("JW 0 0.05")
        out.pipes.append("W JW J0 10 50 0.1 0 CV")
