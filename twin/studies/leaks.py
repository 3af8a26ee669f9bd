"""Leaks: what each piece between isolating valves lets out, and who goes without while it is shut."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.model.element import Path
from twin.model.facility import Facility
from twin.model.network import Network, lay_out
from twin.segments import PIPEWORK, segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One piece of a loop that isolating valves and self-sealing couplings cut off.

    Attributes:
        part: The pipe, hose or manifold of it that holds most.
        part_count: Parts that it is made of.
        volume_m3: Declared volume, which a leak lets out.
        lost: Racks, units and coils that have no flow while the piece is shut.
    """

    part: str
    part_count: int
    volume_m3: float
    lost: tuple[str, ...]


def leaks(facility: Facility) -> tuple[Leak, ...]:
    """Return every piece of pipework, the one that most depends on first.

    Pieces are those as built: positions of valves and what a case takes out do not count.
    """
    network = lay_out(facility)
    found = segments(network, facility.tables.get("hose"), facility.tables.get("valve"))
    parts: dict[int, dict[str, float]] = {}
    for path, row, volume in _pipework(network):
        piece = parts.setdefault(int(found.of_branch[row]), {})
        piece[path] = piece.get(path, 0.0) + volume
    told = [
        Leak(
            part=max(piece, key=lambda path: (piece[path], path)), part_count=len(piece),
            volume_m3=float(found.volume_m3[at]), lost=_names(network, found.lost[at].tolist()),
        )
        for at, piece in parts.items()
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda leak: (-len(leak.lost), -leak.volume_m3, leak.part)))


def _pipework(network: Network) -> Iterator[tuple[str, int, float]]:
    """Yield prim, branch and declared volume [m3] of every branch of pipework."""
    for kind, block in network.assembly.blocks:
        if kind in PIPEWORK and isinstance(block, Path) and id(block) in network.flow.rows:
            rows = network.flow.rows[id(block)]
            volume = np.broadcast_to(block.volume_m3[:, :1], (len(block.part), 1))[:, 0]
            for row, held in zip(range(rows.start, rows.stop), volume.tolist(), strict=True):
                yield _prim(network, row), row, held


def _prim(network: Network, row: int) -> str:
    return network.flow.branch_name(row).rpartition(".")[0]


def _names(network: Network, rows: list[int]) -> tuple[str, ...]:
    return tuple(sorted({_prim(network, row) for row in rows}))
