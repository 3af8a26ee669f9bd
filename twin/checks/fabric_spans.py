"""Over which stretch of each tray a cable runs, and what lies side by side where a tray is fullest."""

import numpy as np

from twin.arrays import Array, Index
from twin.checks.rule import Review
from twin.model.closest import closest, peak
from twin.model.facility import Table


def run_of(table: Table, row: int) -> tuple[Array, Array]:
    """Return both ends of the line along the longer side of a part's box, on its floor [m]."""
    size = table.size_m[row]
    turn = table.angle_rad[row] + (0.0 if size[0] >= size[1] else 0.5 * np.pi)
    half = 0.5 * max(size[0], size[1]) * np.array([np.cos(turn), np.sin(turn), 0.0])
    return table.floor_m[row] - half, table.floor_m[row] + half


def ways(review: Review) -> tuple[Index, Index]:
    """Return cable and tray of each naming of a tray by a cable, in authored order."""
    through = review.table("fabric_cable").targets["trays"]
    tray = np.array([kind == "tray" for kind in through.kind], dtype=np.bool_)
    return through.part[tray], through.row[tray]


def lines_of(table: Table) -> tuple[Array, Array]:
    """Return both ends of the run of every part, shape (part, 3) each [m]."""
    ends = [run_of(table, row) for row in range(len(table.paths))]
    return np.array([a for a, _ in ends]).reshape(-1, 3), np.array([b for _, b in ends]).reshape(-1, 3)


def fullest(review: Review, per_cable: Array) -> Array:
    """Return the largest sum over the cables side by side in any place of each tray, shape (tray,).

    A cable runs from where it comes nearest to what precedes a tray to where it comes nearest to what
    follows: another tray, or its port. Where neither is known it runs over the whole tray.

    Args:
        review: What is built.
        per_cable: What is summed, of each bundle, shape (cable,).
    """
    cable, tray = ways(review)
    start, stop = lines_of(review.table("tray"))
    length = np.linalg.norm(stop - start, axis=1)
    low, high = _before(review, cable, tray, (start, stop)), _after(review, cable, tray, (start, stop))
    # Without a length, or entered and left at one point, all that names the tray counts there.
    low, high = np.minimum(low, high), np.maximum(low, high)
    low, high = np.where(length[tray] > 0.0, low, 0.0), np.where(length[tray] > 0.0, high, 1.0)
    return peak(tray, low, high, per_cable[cable], len(length))


def _before(review: Review, cable: Index, tray: Index, lines: tuple[Array, Array]) -> Array:
    """Return where along its tray each naming begins [m]."""
    first = np.ones(len(cable), dtype=np.bool_)
    first[1:] = cable[1:] != cable[:-1]
    other = np.concatenate([tray[:1], tray[:-1]])
    return _meeting(review, tray, other, lines, np.where(first, _ports(review, "a")[cable], -2), 0.0)


def _after(review: Review, cable: Index, tray: Index, lines: tuple[Array, Array]) -> Array:
    """Return where along its tray each naming ends [m]."""
    last = np.ones(len(cable), dtype=np.bool_)
    last[:-1] = cable[1:] != cable[:-1]
    other = np.concatenate([tray[1:], tray[-1:]])
    return _meeting(review, tray, other, lines, np.where(last, _ports(review, "b")[cable], -2), 1.0)


def _ports(review: Review, end: str) -> Index:
    return review.table("fabric_cable").ends[end].node


def _meeting(  # noqa: PLR0917  one place from all that decides it
    review: Review, tray: Index, other: Index, lines: tuple[Array, Array], port: Index, unknown: float
) -> Array:
    """Return where trays come nearest to another tray, or where ``port`` is none of -2 to that port."""
    start, stop = lines
    found = closest((start[tray], stop[tray]), (start[other], stop[other]))[0]
    at = review.facility.ports.position_m
    if len(at):
        spot = at[np.maximum(port, 0)]
        found = np.where(port >= 0, closest((start[tray], stop[tray]), (spot, spot))[0], found)
    return np.where(port == -1, unknown * np.linalg.norm(stop - start, axis=1)[tray], found)
