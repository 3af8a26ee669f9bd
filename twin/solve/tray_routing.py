"""Routes bundles over trays by least cost, loads trays fairly, keeps redundant bundles apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.arrays import Array, Flags, Index
from twin.model.closest import peak
from twin.solve.tray_graph import Access, Graph
from twin.solve.tray_load import Routes, sides

# Travel cost of a loaded link, U.S. Bureau of Public Roads (1964): 1 + 0.15 (load / design load)^4.
GROWTH, POWER = 0.15, 4
# What a metre of a tray over its limit, of one to avoid, or of the other of two parallel ones costs.
OVER, APART, OTHER = 50.0, 1e3, 30.0
# A metre of a tray that nobody gave, and the cost from which on a way is none.
BARRED, NO_WAY = 1e9, 1e6
PORTIONS, ROUNDS, BATCHES, SETS = 8, 4, 3, 40
BLOCK = 1 << 14
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ways:
    """Both ends of some bundles as ways into the graph, shape (bundle, way x 2): node and cost to it."""

    node: Index
    cost_m: Array
    slot: Index
    way: Index


_NO_INDEX, _NO_ARRAY = np.zeros(0, dtype=np.intp), np.zeros(0)


class _Steps(NamedTuple):
    """Steps of bundles in order, as columns, and the run they were found in."""

    owner: Index
    tray: Index
    slot: Index
    from_m: Array
    to_m: Array
    run: int


def _picked(s: _Steps, keep: Flags) -> _Steps:
    return _Steps(s.owner[keep], s.tray[keep], s.slot[keep], s.from_m[keep], s.to_m[keep], s.run)


@dataclass(kw_only=True, eq=False)
class _Work:
    graph: Graph
    ends: tuple[Access, Access]
    area_m2: Array
    twin_side: Index
    prefer: Index
    number: csr_array
    length_m: Array
    run: Index
    runs: int = 0
    steps: list[_Steps] = field(default_factory=list)

    def whole(self) -> _Steps:
        """Return the steps of all bundles as they run now."""
        kept = [_picked(s, self.run[s.owner] == s.run) for s in self.steps]
        self.steps = [s for s in kept if len(s.owner)]
        if not self.steps:
            return _Steps(_NO_INDEX, _NO_INDEX, _NO_INDEX, _NO_ARRAY, _NO_ARRAY, -1)
        return _Steps(
            np.concatenate([s.owner for s in self.steps]),
            np.concatenate([s.tray for s in self.steps]),
            np.concatenate([s.slot for s in self.steps]),
            np.concatenate([s.from_m for s in self.steps]),
            np.concatenate([s.to_m for s in self.steps]),
            -1,
        )


def route(  # noqa: PLR0917  both ends are alike
    graph: Graph,
    start: Access,
    stop: Access,
    area_m2: Array,
    groups: Sequence[str] = (),
    given: Sequence[tuple[int, ...]] = (),
) -> Routes:
    """Return the cheapest ways of bundles that fill trays no more than is allowed, where they can.

    Args:
        graph: Trays that meet.
        start: Ways from the first end of each bundle into trays.
        stop: Ways from its other end.
        area_m2: Cross section of each bundle [m^2], shape (bundle,).
        groups: Redundancy group of each bundle, "" for none: those of one group run apart where they can.
        given: Trays that somebody chose for each bundle, () for none: it runs over those only.

    Returns:
        Routes; trays are over their limit where no other way is left.

    Source:
        E. W. Dijkstra, Numerische Mathematik 1 (1959); incremental loading with the cost function of the
        U.S. Bureau of Public Roads, Traffic Assignment Manual (1964).
    """
    count = len(area_m2)
    work = _Work(
        graph=graph,
        ends=(start, stop),
        area_m2=area_m2,
        twin_side=sides(graph.trays),
        prefer=np.full(count, -1, dtype=np.intp),
        number=graph.numbered(),
        length_m=np.full(count, np.inf),
        run=np.full(count, -1, dtype=np.intp),
    )
    if not len(graph.slot_tray):
        return _collect(work, 0)
    chosen = np.array([bool(g) for g in given] or [False] * count, dtype=np.bool_)
    _run_given(work, given)
    first = np.where(chosen, -1, _firsts(groups, count))
    second = first >= 0
    work.prefer[first[second]], work.prefer[second] = 0, 1
    order = np.flatnonzero(~chosen)
    for part in range(PORTIONS):
        _run(work, order[part::PORTIONS])
    rounds = _relieve(work, chosen)
    _run_apart(work, first)
    return _collect(work, rounds)


def _relieve(work: _Work, chosen: Flags) -> int:
    """Move bundles out of places over their limit, but for those whose trays are given; return the rounds."""
    graph = work.graph
    rounds = 0
    for _ in range(ROUNDS):
        limit = graph.trays.limit_ratio[graph.slot_tray] * (1.0 + ROUNDING)
        over = _through(work, _ratio(work) > limit)
        over = over[~chosen[over]]
        if not len(over):
            break
        rounds += 1
        for batch in range(BATCHES):
            moved = over[batch::BATCHES]
            work.run[moved] = -1
            for few in np.array_split(moved, min(len(moved), BATCHES)):
                _run(work, few)
    return rounds


def _firsts(groups: Sequence[str], count: int) -> Index:
    """Return the bundle that each one has to keep apart from, -1 for none, shape (bundle,)."""
    first: dict[str, int] = {}
    out = np.full(count, -1, dtype=np.intp)
    for i, group in enumerate(groups):
        if group:
            out[i] = first.setdefault(group, i)
            if out[i] == i:
                out[i] = -1
    return out


def _ratio(work: _Work) -> Array:
    """Return the fill of every slot where it is fullest, shape (slot,)."""
    steps, graph = work.whole(), work.graph
    fullest = peak(steps.slot, steps.from_m, steps.to_m, work.area_m2[steps.owner], len(graph.slot_tray))
    return np.asarray(fullest / graph.trays.section_m2[graph.slot_tray])


def _factor(work: _Work, more_m2: float) -> Array:
    """Return the cost of a metre in each slot when so much is added to its load, shape (slot,)."""
    trays, tray = work.graph.trays, work.graph.slot_tray
    ratio = _ratio(work) + more_m2 / trays.section_m2[tray]
    over = ratio > trays.limit_ratio[tray] * (1.0 + ROUNDING)
    return np.asarray(1.0 + GROWTH * (ratio / trays.design_ratio[tray]) ** POWER + OVER * over)


def _run_given(work: _Work, given: Sequence[tuple[int, ...]]) -> None:
    """Route the bundles whose trays are given, over those only."""
    kept: dict[tuple[int, ...], list[int]] = {}
    for i, trays in enumerate(given):
        if trays:
            kept.setdefault(tuple(sorted(set(trays))), []).append(i)
    for trays, bundles in kept.items():
        _run(work, np.array(bundles, dtype=np.intp), only=np.array(trays, dtype=np.intp))


def _run_apart(work: _Work, first: Index) -> None:
    """Route anew the second of each redundant pair that shares a tray with the first, where it need not."""
    steps, graph = work.whole(), work.graph
    pairs = np.unique(steps.owner * len(graph.trays.width_m) + steps.tray)
    owner, tray = pairs // len(graph.trays.width_m), pairs % len(graph.trays.width_m)
    own: dict[int, set[int]] = {}
    for bundle, place in zip(owner.tolist(), tray.tolist(), strict=True):
        own.setdefault(bundle, set()).add(place)
    kept: dict[tuple[int, ...], list[int]] = {}
    for i in np.flatnonzero(first >= 0).tolist():
        avoid = own.get(int(first[i]), set())
        if avoid & own.get(i, set()):
            kept.setdefault(tuple(sorted(avoid)), []).append(i)
    # The sides have parted most pairs; of the rest the largest sets are tried one by one.
    for trays, bundles in sorted(kept.items(), key=lambda k: (-len(k[1]), k[0]))[:SETS]:
        _run(work, np.array(bundles, dtype=np.intp), avoid=np.array(trays, dtype=np.intp))


def _run(work: _Work, bundles: Index, *, avoid: Index | None = None, only: Index | None = None) -> None:
    """Route some bundles at the present load and add theirs to it."""
    sides_ = np.unique(work.prefer[bundles])
    if len(sides_) > 1 and avoid is None and only is None:
        for side in sides_.tolist():
            _run(work, bundles[work.prefer[bundles] == side])
        return
    if not len(bundles):
        return
    work.runs += 1
    work.run[bundles] = work.runs
    factor = _factor(work, float(work.area_m2[bundles].max()))
    if avoid is None and sides_[0] >= 0:
        factor = factor + OTHER * (work.twin_side[work.graph.slot_tray] == 1 - sides_[0])
    if avoid is not None and len(avoid):
        factor = factor + APART * np.isin(work.graph.slot_tray, avoid)
    ends = [_of(end, bundles) for end in work.ends]
    if only is not None:
        factor = np.where(np.isin(work.graph.slot_tray, only), 1.0, BARRED)
        ends = [replace(end, tray=np.where(np.isin(end.tray, only), end.tray, -1)) for end in ends]
    a, b = (_ways(work.graph, end, factor) for end in ends)
    sources = np.unique(b.node[b.node >= 0])
    if len(sources):
        far, before = dijkstra(work.graph.weighted(factor), indices=sources, return_predecessors=True)
    else:
        far, before = np.zeros((0, 0)), np.zeros((0, 0), dtype=np.intp)
    row = np.full(len(work.graph.tray) + 1, -1, dtype=np.intp)
    row[sources] = np.arange(len(sources))
    for begin in range(0, len(bundles), BLOCK):
        some = slice(begin, begin + BLOCK)
        _choose(work, bundles[some], (_part(a, some), _part(b, some)), row, far, before, factor)


def _of(end: Access, bundles: Index) -> Access:
    return Access(tray=end.tray[bundles], along_m=end.along_m[bundles], drop_m=end.drop_m[bundles])


def _part(ways: _Ways, some: slice) -> _Ways:
    return _Ways(node=ways.node[some], cost_m=ways.cost_m[some], slot=ways.slot[some], way=ways.way[some])


def _slot(graph: Graph, tray: Index, along_m: Array) -> Index:
    """Return the slot of places on trays; any slot where there is no tray."""
    span = float(graph.trays.length_m.max(initial=0.0)) + 1.0
    at = np.searchsorted(graph.tray * span + graph.along_m, np.maximum(tray, 0) * span + along_m)
    return np.asarray(at + np.maximum(tray, 0), dtype=np.intp)


def _ways(graph: Graph, end: Access, factor: Array) -> _Ways:
    """Return the two nodes beside each way in, and what it costs to get there, shape (bundle, way x 2)."""
    known = end.tray >= 0
    tray = np.where(known, end.tray, 0)
    slot = _slot(graph, tray, end.along_m)
    lower = slot - tray - 1
    nodes, costs = [], []
    for node, inside in (
        (lower, lower >= graph.first[tray]),
        (lower + 1, lower + 1 < graph.first[tray + 1]),
    ):
        there = inside & known
        safe = np.where(there, node, 0)
        run = np.abs(graph.along_m[safe] - end.along_m) if len(graph.along_m) else np.zeros(tray.shape)
        nodes.append(np.where(there, node, -1))
        costs.append(np.where(there, end.drop_m + run * factor[slot], np.inf))
    way = np.broadcast_to(np.arange(tray.shape[1]), tray.shape)
    return _Ways(
        node=np.concatenate(nodes, axis=1), cost_m=np.concatenate(costs, axis=1),
        slot=np.where(known, slot, -1), way=np.concatenate([way, way], axis=1),
    )  # fmt: skip


def _choose(  # noqa: PLR0917  one pass, its own arrays
    work: _Work,
    bundles: Index,
    ways: tuple[_Ways, _Ways],
    row: Index,
    far: Array,
    before: Index,
    factor: Array,
) -> None:
    """Take the cheapest of all combinations of ways in, over the graph or within one slot."""
    a, b = ways
    rows = row[b.node]
    if len(far):
        between = np.where(
            (rows[:, None, :] >= 0) & (a.node[:, :, None] >= 0),
            far[rows[:, None, :], a.node[:, :, None]],
            np.inf,
        )
        total = a.cost_m[:, :, None] + b.cost_m[:, None, :] + between
    else:
        total = np.full((len(bundles), a.node.shape[1], b.node.shape[1]), np.inf)
    flat = total.reshape(len(bundles), -1)
    best = np.argmin(flat, axis=1)
    cost = flat[np.arange(len(bundles)), best]
    cost = np.where(cost < NO_WAY, cost, np.inf)
    pick_a, pick_b = np.unravel_index(best, total.shape[1:])
    start, stop = (_of(end, bundles) for end in work.ends)
    same = (a.slot[:, :, None] == b.slot[:, None, :]) & (a.slot[:, :, None] >= 0)
    run = np.abs(start.along_m[:, :, None] - stop.along_m[:, None, :])
    straight = np.where(
        same, start.drop_m[:, :, None] + stop.drop_m[:, None, :] + run * factor[a.slot][:, :, None], np.inf
    ).reshape(len(bundles), -1)
    direct = np.argmin(straight, axis=1)
    shortest = straight[np.arange(len(bundles)), direct]
    within = (shortest <= cost) & np.isfinite(shortest)
    way_a, way_b = np.unravel_index(direct, same.shape[1:])
    each = np.arange(len(bundles))
    _keep_direct(work, bundles[within], (start, way_a, stop, way_b), each[within])
    over = np.flatnonzero(~within & np.isfinite(cost))
    far_ends = a.node[over, pick_a[over]], b.node[over, pick_b[over]]
    chosen = a.way[over, pick_a[over]], b.way[over, pick_b[over]]
    _keep_graph(work, bundles[over], far_ends, chosen, before[row[far_ends[1]]] if len(over) else before)


def _keep_direct(
    work: _Work, bundles: Index, chosen: tuple[Access, Index, Access, Index], each: Index
) -> None:
    start, way_a, stop, way_b = chosen
    a, b = way_a[each], way_b[each]
    tray, begin, end = start.tray[each, a], start.along_m[each, a], stop.along_m[each, b]
    length = start.drop_m[each, a] + stop.drop_m[each, b] + np.abs(begin - end)
    slot = _slot(work.graph, tray, begin)
    work.length_m[bundles] = length
    work.steps.append(_Steps(bundles, tray, slot, begin, end, work.runs))


def _keep_graph(
    work: _Work, bundles: Index, ends: tuple[Index, Index], chosen: tuple[Index, Index], before: Index
) -> None:
    """Walk all chosen paths back at once and keep their steps."""
    graph = work.graph
    start, stop = (_of(end, bundles) for end in work.ends)
    each = np.arange(len(bundles))
    steps: list[tuple[Index, Index, Array, Array, Index]] = []
    length = start.drop_m[each, chosen[0]] + stop.drop_m[each, chosen[1]]

    def stub(access: Access, way: Index, node: Index, *, outward: bool) -> None:
        tray, at = access.tray[each, way], access.along_m[each, way]
        there = graph.along_m[node]
        steps.append((tray, _slot(graph, tray, at), *((at, there) if outward else (there, at)), each))
        np.add(length, np.abs(there - at), out=length)

    if not len(bundles):
        return
    stub(start, chosen[0], ends[0], outward=True)
    here, going = ends[0].copy(), np.flatnonzero(ends[0] != ends[1])
    while len(going):
        onward = before[going, here[going]]
        edge = np.asarray(work.number[here[going], onward]).ravel().astype(np.intp) - 1
        length[going] += graph.edge_m[edge]
        along = graph.edge_slot[edge] >= 0
        on = going[along]
        steps.append((
            graph.tray[here[on]], graph.edge_slot[edge[along]], graph.along_m[here[on]],
            graph.along_m[onward[along]], on,
        ))  # fmt: skip
        here[going] = onward
        going = going[onward != ends[1][going]]
    stub(stop, chosen[1], ends[1], outward=False)
    work.length_m[bundles] = length
    tray, slot, begin, end, owner = (np.concatenate(x) for x in zip(*steps, strict=True))
    work.steps.append(_Steps(bundles[owner], tray, slot, begin, end, work.runs))


def _through(work: _Work, slots: Flags) -> Index:
    steps = work.whole()
    return np.unique(steps.owner[slots[steps.slot]])


def _collect(work: _Work, rounds: int) -> Routes:
    steps = work.whole()
    order = np.argsort(steps.owner, kind="stable")
    return Routes(
        length_m=work.length_m, bundle=steps.owner[order], tray=steps.tray[order], from_m=steps.from_m[order],
        to_m=steps.to_m[order], rounds_count=rounds,
    )  # fmt: skip
