"""Controls that cannot do what they are told: across two loops, or two of them on the same two points."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Flags, Index
from twin.model.assemble import Assembly
from twin.model.element import Controller, Mover, Path, Valve
from twin.model.lacks import Lack


def apart(assembly: Assembly) -> Iterator[Lack]:
    """Yield each control whose points and movers are not all in one connected loop."""
    island, used = _islands(assembly)
    drives = {
        (kind, int(part)): int(island[node])
        for kind, block in assembly.blocks
        if isinstance(block, Mover) and not np.any(np.isfinite(block.held_m3_s))
        for part, node in zip(block.part, block.a, strict=True)
        if node >= 0
    }
    for kind, block in assembly.blocks:
        if not isinstance(block, Controller):
            continue
        for at in np.flatnonzero((block.plus >= 0) & used[block.plus] & used[block.minus]).tolist():
            movers = np.flatnonzero(block.owner == block.part[at]).tolist()
            pushed = {drives.get((block.mover_kind[m], int(block.mover_part[m])), -1) for m in movers} - {-1}
            sensed = {int(island[block.plus[at]]), int(island[block.minus[at]])}
            if len(sensed | pushed) > 1:
                told = "two loops" if len(sensed) > 1 else "another loop than what it turns"
                yield Lack(
                    code="ST124", kind=kind, part=int(block.part[at]), attribute="twin:control:senses",
                    found=f"its points are in {told}",
                    expected="two points of the loop that its pumps or fans push in",
                )  # fmt: skip


def doubled(assembly: Assembly) -> Iterator[Lack]:
    """Yield each control that holds the difference of two points that another one holds already."""
    seen: dict[frozenset[int], tuple[str, int]] = {}
    for kind, block in assembly.blocks:
        if not isinstance(block, Controller):
            continue
        for at in np.flatnonzero((block.plus >= 0) & ~np.isfinite(block.set_m3_s).any(axis=1)).tolist():
            points = frozenset((int(block.plus[at]), int(block.minus[at])))
            other = seen.setdefault(points, (kind, int(block.part[at])))
            if other != (kind, int(block.part[at])):
                yield Lack(
                    code="ST125", kind=kind, part=int(block.part[at]), attribute="twin:control:senses",
                    found="another control holds the difference of the same two points:", beside=other,
                    expected="one control that actuates the pumps or fans of both, with one set-point",
                )  # fmt: skip


def _islands(assembly: Assembly) -> tuple[Index, Flags]:
    """Return the connected loop of each node, and whether anything flows through it, shape (node,)."""
    ends = [(b.a, b.b) for _, b in assembly.blocks if isinstance(b, Path | Mover | Valve)]
    tail, head = (np.concatenate([e[side] for e in ends] or [np.zeros(0, dtype=np.intp)]) for side in (0, 1))
    inside = (tail >= 0) & (head >= 0)
    graph = coo_array(
        (np.ones(int(inside.sum())), (tail[inside], head[inside])),
        shape=(assembly.nodes.count, assembly.nodes.count),
    )
    used = np.zeros(assembly.nodes.count, dtype=np.bool_)
    used[tail[inside]] = used[head[inside]] = True
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp), used
