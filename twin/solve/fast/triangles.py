"""Elimination of symmetric systems, compiled: the order of a ``Plan``, row by row, all lanes of a row at once."""

import numpy as np

from twin.solve.fast.compiled import compiled

LOST = 10.0 * float(np.finfo(np.float64).eps)


@compiled
def factor(rows, entries, lower, inverse, rounding, traced, lanes):  # type: ignore
    w, size, couple, sound = len(lanes), rows.upto.size - 1, 0, True
    row = np.empty(rows.widest * w)
    for i in range(size):
        first, last = rows.upto[i], rows.upto[i + 1]
        diagonal, per, err = (
            entries[i * w : i * w + w],
            inverse[i * w : i * w + w],
            rounding[i * w : i * w + w],
        )
        for v in range(w):
            per[v] = 1.0 / diagonal[v]
            sound &= abs(diagonal[v]) > LOST * err[v]
        for p in range(first, last):
            entry, low = entries[(size + p) * w : (size + p + 1) * w], lower[p * w : p * w + w]
            own = row[(p - first) * w : (p - first + 1) * w]
            for v in range(w):
                own[v] = entry[v]
                low[v] = entry[v] * per[v]
        if traced:
            for p in range(first, last):
                low, own = lower[p * w : p * w + w], row[(p - first) * w : (p - first + 1) * w]
                to = rounding[rows.later[p] * w : rows.later[p] * w + w]
                for v in range(w):
                    to[v] += err[v] * abs(per[v] * low[v] * own[v])
        for p in range(first, last):
            low = lower[p * w : p * w + w]
            for q in range(p - first, last - first):
                at = rows.target[couple] * w
                couple += 1
                to, own = entries[at : at + w], row[q * w : q * w + w]
                for v in range(w):
                    to[v] -= low[v] * own[v]
    return sound


@compiled
def substitute(rows, lower, inverse, right, lanes):  # type: ignore
    w, size = len(lanes), rows.upto.size - 1
    for i in range(size):
        known = right[i * w : i * w + w]
        for p in range(rows.upto[i], rows.upto[i + 1]):
            at = rows.later[p] * w
            to, low = right[at : at + w], lower[p * w : p * w + w]
            for v in range(w):
                to[v] -= low[v] * known[v]
    for k in range(right.size):
        right[k] *= inverse[k]
    for i in range(size - 1, -1, -1):
        to = right[i * w : i * w + w]
        for p in range(rows.upto[i], rows.upto[i + 1]):
            at = rows.later[p] * w
            known, low = right[at : at + w], lower[p * w : p * w + w]
            for v in range(w):
                to[v] -= low[v] * known[v]
