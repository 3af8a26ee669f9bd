"""Elimination of symmetric systems, compiled: in the order of a ``Plan``, row by row for all lanes."""

import numpy as np

from twin.arrays import Array
from twin.solve.fast.branches import row_of
from twin.solve.fast.compiled import inner
from twin.solve.fast.lanes import Lanes
from twin.solve.fast.layout import Rows
from twin.solve.sparse import LOST


@inner
def factor(
    rows: Rows,
    entries: Array,
    lower: Array,
    inverse: Array,
    rounding: Array,
    buffer: Array,
    traced: bool,
    lanes: Lanes,
) -> bool:
    """Eliminate, as ``sparse.factorise`` does; return whether every pivot is more than rounding.

    Args:
        rows: The order.
        entries: Diagonal in order of elimination, then pairs, flat; changed.
        lower: Set to the entries of pairs over their pivots, flat.
        inverse: Set to one over the pivots, flat.
        rounding: Sizes of diagonal entries, flat; changed when traced.
        buffer: Room for the pairs of a row, flat.
        traced: Whether to follow the roundings into each pivot.
        lanes: As of ``newton.settle``.
    """
    w, size, couple, sound = len(lanes), rows.upto.size - 1, 0, True
    for i in range(size):
        first, last = rows.upto[i], rows.upto[i + 1]
        diagonal, per, err = row_of(entries, i, w), row_of(inverse, i, w), row_of(rounding, i, w)
        for v in range(w):
            per[v] = 1.0 / diagonal[v]
            sound &= LOST * err[v] < abs(diagonal[v]) < np.inf
        for p in range(first, last):
            entry, low = row_of(entries, rows.pairs + p, w), row_of(lower, p, w)
            own = row_of(buffer, p - first, w)
            for v in range(w):
                own[v] = entry[v]
                low[v] = entry[v] * per[v]
        if traced:
            for p in range(first, last):
                low, own = row_of(lower, p, w), row_of(buffer, p - first, w)
                to = row_of(rounding, rows.later[p], w)
                for v in range(w):
                    to[v] += err[v] * abs(per[v] * low[v] * own[v])
        for p in range(first, last):
            low = row_of(lower, p, w)
            for q in range(p - first, last - first):
                to, own = row_of(entries, rows.target[couple], w), row_of(buffer, q, w)
                couple += 1
                for v in range(w):
                    to[v] -= low[v] * own[v]
    return sound


@inner
def substitute(rows: Rows, lower: Array, inverse: Array, right: Array, lanes: Lanes) -> None:
    """Solve for one right-hand side in order of elimination, flat, in place."""
    w, size = len(lanes), rows.upto.size - 1
    for i in range(size):
        known = row_of(right, i, w)
        for p in range(rows.upto[i], rows.upto[i + 1]):
            to, low = row_of(right, rows.later[p], w), row_of(lower, p, w)
            for v in range(w):
                to[v] -= low[v] * known[v]
    for k in range(inverse.size):
        right[k] *= inverse[k]
    for i in range(size - 1, -1, -1):
        to = row_of(right, i, w)
        for p in range(rows.upto[i], rows.upto[i + 1]):
            known, low = row_of(right, rows.later[p], w), row_of(lower, p, w)
            for v in range(w):
                to[v] -= low[v] * known[v]
