"""Which nodes a source reaches, and which parts of a network nothing ties to earth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Flags, Index
from twin.solve.wires_net import EARTH, Branches, Draws, Wires
from twin.solve.wires_parts import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Floating:
    """A part of a network whose voltages to earth nothing sets.

    Attributes:
        nodes: Its nodes.
        pinned: Nodes whose mean voltage to earth is taken for 0; none where something weak sets it.
        weak: What sets it otherwise: capacitances of lines, or loads that lead elsewhere; "" for nothing.
    """

    nodes: Index
    pinned: Index
    weak: str = ""


def reached(net: Wires) -> Flags:
    """Return which nodes a source or generator reaches through conductors and coils, shape (node,)."""
    pairs = [np.stack([block.a, block.b]).reshape(2, -1) for block in net.branches]
    pairs += [_coupled(block) for block in net.branches if block.kind == "transformer"]
    _, label = _parts(net.size, pairs)
    fed = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.bool_)
    sources = [block.a[block.a >= 0] for block in net.branches if block.kind == "source"]
    for nodes in (*sources, net.held.node, net.generators.node):
        fed[label[nodes]] = True
    return np.asarray(fed[label])


def _coupled(block: Branches) -> Index:
    """Return pairs of nodes of coils that share a core."""
    element, first, second = np.nonzero(block.admittance_s)
    end = np.where(block.a != EARTH, block.a, block.b)
    return np.stack([end[element, first], end[element, second]])


def _parts(size: int, pairs: list[Index]) -> tuple[int, Index]:
    """Return how many parts pairs of nodes leave, and the part of each node; pairs with earth are none."""
    a, b = np.concatenate([np.zeros((2, 0), np.intp), *pairs], axis=1)
    real = (a != EARTH) & (b != EARTH)
    graph = coo_array((np.ones(int(real.sum())), (a[real], b[real])), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    return int(count), label.astype(np.intp)


def floating(net: Wires) -> list[Floating]:
    """Return the parts of a network whose voltages to earth nothing sets, or only something weak."""
    count, label = metal_parts(net)
    firm, weak, leaning = (np.zeros(count, dtype=np.bool_) for _ in range(3))
    firm[label[net.held.node]] = True
    for block in net.branches:
        own = np.diagonal(block.admittance_s, axis1=1, axis2=2)
        capacitive = (own.real == 0.0) & (own.imag > 0.0)
        for ends, others in ((block.a, block.b), (block.b, block.a)):
            earthed = (others == EARTH) & (ends != EARTH) & (own != 0.0)
            together = np.einsum("epq,eq->ep", block.admittance_s, earthed.astype(np.float64))
            firm[label[ends[earthed & ~capacitive]]] = True
            weak[label[ends[earthed & capacitive & (together != 0.0)]]] = True
    for one in _leaning(net.draws, label, firm | weak):
        leaning[one] = True
    found = []
    for part in np.flatnonzero(~firm):
        nodes = np.flatnonzero(label == part)
        if weak[part] or leaning[part]:
            what = "capacitances to earth" if weak[part] else "loads that lead elsewhere"
            found.append(Floating(nodes=nodes, pinned=np.zeros(0, np.intp), weak=what))
        else:
            found.append(Floating(nodes=nodes, pinned=_star(net, nodes)))
    return found


def _leaning(draws: Draws, label: Index, tied: Flags) -> Iterator[int]:
    """Yield parts that loads alone tie to earth or to a part that is tied."""
    tied = tied.copy()
    a, b = (np.where(end == EARTH, -1, label[end]) for end in (draws.a, draws.b))
    moved = not tied.all()
    while moved:
        moved = False
        for one, other in zip(np.concatenate([a, b]), np.concatenate([b, a]), strict=True):
            if one != -1 and not tied[one] and (other == -1 or tied[other]):
                tied[one] = moved = True
                yield int(one)


def _star(net: Wires, nodes: Index) -> Index:
    """Return where to measure from: a star point, else the ends of a winding, else the first node."""
    inside = np.zeros(net.size, dtype=np.bool_)
    inside[nodes] = True
    for block in net.branches:
        if block.kind != "transformer":
            continue
        for a, b in zip(block.a, block.b, strict=True):
            ends = np.concatenate([a, b])
            own = np.unique(ends[(ends != EARTH) & inside[ends]])
            if not own.size:
                continue
            stars = np.setdiff1d(np.intersect1d(own, b), a)
            return stars[:1] if stars.size else own
    return nodes[:1]


def pins(net: Wires, islands: list[Floating]) -> list[Part]:
    """Return what ties each floating part to earth: it carries no current, whatever its admittance."""
    stiff = np.zeros(net.size)
    for block in net.branches:
        own = np.abs(np.diagonal(block.admittance_s, axis1=1, axis2=2))
        for ends in (block.a, block.b):
            np.maximum.at(stiff, ends[ends >= 0], own[ends >= 0])
    return [
        Part(
            "earth", net.name(int(island.pinned[0])), island.pinned.tolist(), [EARTH] * island.pinned.size,
            np.full((island.pinned.size,) * 2, stiff[island.pinned].max() or 1.0, dtype=np.complex128),
        )
        for island in islands
        if island.pinned.size
    ]  # fmt: skip


def metal_parts(net: Wires) -> tuple[int, Index]:
    """Return how many parts conductors join, and the part of each node, shape (node,)."""
    return _parts(net.size, [np.stack([k.a, k.b]).reshape(2, -1) for k in net.branches])
