"""Fixed point of loads and voltages on a forest, compiled: ``twin.solve.power_kept`` for radial grids.

A pass adds currents up from the ends to the roots, and voltages down again. Nodes at the ends, half of most
grids, keep no voltage: their load takes what the row above has, less the drop on their branch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from twin.arrays import Array, Index
from twin.solve.fast.compiled import compiled, inner
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_kept import Kept, Limits
from twin.solve.power_radial import forest_of
from twin.solve.steps import product

UNSETTLED = -1
"""What kernels return when loads and voltages do not agree: the general path then says why."""
BLOCK = 8
"""Variants that are read and written at once: those of a row lie side by side."""
# Rows of ``Forested.number``: impedance of the branch [1/VA]; over nominal the scaled voltage without loads,
# and what it is above nominal, not scaled; the scale, and one over it.
IMPEDANCE, EMPTY, ABOVE, SCALE, PER_SCALE = range(5)
# Row numbers without a sign: kernels then need not ask whether they count from the end.
Row = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forested:
    """A radial grid as kernels take it: rows that something may hang on first, then ends.

    Attributes:
        above: Row above each, shape (row,); the last of the first rows stands for all held nodes.
        node: Node of each row, shape (row,).
        drawing: Row of each sum of loads, shape (drawing,); those of ends come last, in the order of rows.
        into: Sums load inputs into them, in scaled unknowns, shape (drawing, input).
        number: See above, shape (5, row).
        ends: Number of ends.
        held_va: Largest current that no load changes [VA].
        least: Least size of a scale, at most 1.
    """

    above: Row
    node: Row
    drawing: Row
    into: csr_array
    number: Complex
    ends: int
    held_va: float
    least: float


def forested(grid: Grid, kept: Kept) -> Forested | None:
    """Return a grid as kernels take it, None where it is meshed."""
    forest = forest_of(grid)
    if forest is None or not forest.node.size:
        return None
    into = csr_array(grid.taps.into[:, : grid.net.consumers.node.size], dtype=np.complex128)
    draws = np.diff(into.indptr)[forest.node] > 0
    end = forest.leaf & draws
    held = forest.node.size
    rows = np.concatenate([np.flatnonzero(~end), [held], np.flatnonzero(end)])
    place = np.argsort(rows)
    first = rows.size - int(end.sum())
    node = np.append(forest.node, 0)[rows]
    drawing = np.append(np.flatnonzero(draws[rows[: first - 1]]), np.arange(first, rows.size))
    scale, impedance = np.append(forest.scale, 1.0)[rows], np.append(forest.impedance, 0.0)[rows]
    turn = diags_array(scale[drawing].conj() / scale[drawing])
    empty = kept.empty[node, 0]
    return Forested(
        above=_row(place[np.append(forest.above, held)[rows]]), node=_row(node), drawing=_row(drawing),
        into=csr_array(turn @ into[node[drawing]]),
        number=np.stack([impedance, (1.0 + empty) / scale, empty, scale, 1.0 / scale]),
        ends=rows.size - first, held_va=kept.held_va, least=min(1.0, float(np.abs(scale).min())),
    )  # fmt: skip


def _row(values: Index) -> Row:
    return np.ascontiguousarray(values, dtype=np.uint32)


def settled(
    grid: Forested, kept: Kept, wanted_va: Complex, deviation: Complex, accuracy: Array, limits: Limits
) -> tuple[Complex, int] | None:
    """Return what ``power_kept.settled`` does, from the same arguments and the grid."""
    power, found = product(grid.into, wanted_va), np.empty_like(deviation)
    if kept.fixed.size:
        found[kept.fixed] = kept.empty[kept.fixed]
    passed = settle(
        grid.above, grid.node, grid.drawing, grid.number, power, deviation, found, accuracy, grid.ends,
        grid.held_va, grid.least, limits.lowest, limits.passes,
    )  # fmt: skip
    return None if passed == UNSETTLED else (found, passed)


@compiled
def settle(
    above: Row,
    node: Row,
    drawing: Row,
    number: Complex,
    power: Complex,
    deviation: Complex,
    found: Complex,
    accuracy: Array,
    ends: int,
    held_va: float,
    least_scale: float,
    lowest: float,
    passes: int,
) -> int:
    """Return the passes that variants took to settle one after the other, or ``UNSETTLED``.

    Args:
        above: As of ``Forested``, like the next three and ``ends``.
        node: Likewise.
        drawing: Likewise.
        number: Likewise.
        power: Power of each sum of loads [VA], shape (drawing, variant).
        deviation: Voltage less nominal to start from, shape (node, variant).
        found: Set to the voltages less nominal of free nodes, shape (node, variant).
        accuracy: Share of the largest power that no current may still change by, shape (variant,).
        ends: Likewise.
        held_va: Largest current that no load changes [VA].
        least_scale: Least size of a scale.
        lowest: Least voltage over nominal.
        passes: Most passes.
    """
    inward, inside = above.size - ends - 1, drawing.size - ends
    flows, volts = np.zeros(inward + 1, np.complex128), np.zeros(inward + 1, np.complex128)
    block, most = min(BLOCK, power.shape[1]), 0
    rows = np.empty((block, above.size), np.complex128)
    wanted, current = np.empty((2, block, drawing.size), np.complex128)
    for first in range(0, power.shape[1], block):
        width = min(block, power.shape[1] - first)
        for k in range(drawing.size):
            row = drawing[k]
            for v in range(width):
                wanted[v, k] = power[k, first + v]
                current[v, k] = (1.0 + deviation[node[row], first + v]) * number[PER_SCALE, row]
        for v in range(width):
            flows[:] = 0.0
            largest = held_va**2
            for k in range(drawing.size):
                row, want = drawing[k], wanted[v, k]
                _, current[v, k] = drawn(want, current[v, k])
                flows[row if k < inside else above[row]] -= current[v, k]
                largest = max(largest, want.real**2 + want.imag**2)
            bound = largest * (accuracy[first + v] * least_scale) ** 2
            state = flows, volts, wanted[v], current[v]
            passed = repeated(above, drawing, number, state, ends, bound, (lowest / least_scale) ** 2, passes)
            if passed == UNSETTLED:
                return UNSETTLED
            most = max(most, passed)
            rows[v, :inward] = volts[:inward]
            for k in range(inside, drawing.size):
                row = drawing[k]
                rows[v, row] = volts[above[row]] - number[IMPEDANCE, row] * current[v, k]
        for row in range(above.size):
            for v in range(width if row != inward else 0):
                found[node[row], first + v] = number[ABOVE, row] + number[SCALE, row] * rows[v, row]
    return most


@inner
def repeated(
    above: Row,
    drawing: Row,
    number: Complex,
    state: tuple[Complex, Complex, Complex, Complex],
    ends: int,
    bound: float,
    lowest: float,
    passes: int,
) -> int:
    """Return the passes until no square of a change exceeds a bound, ``UNSETTLED`` as ``settle`` does."""
    change, least = np.inf, np.inf
    for count in range(1, passes + 1):
        change, least = swept(above, drawing, number, state, ends)
        if change <= bound:
            return count if least >= lowest else UNSETTLED
    return UNSETTLED


@inner
def swept(
    above: Row,
    drawing: Row,
    number: Complex,
    state: tuple[Complex, Complex, Complex, Complex],
    ends: int,
) -> tuple[float, float]:
    """Add currents up and voltages down, then set the currents at these voltages.

    Return the largest square of their changes, infinite if one is no number, and the least of a voltage.
    """
    flows, volts, wanted, current = state
    inward, inside = volts.size - 1, drawing.size - ends
    impedance, empty = number[IMPEDANCE], number[EMPTY]
    for i in range(inward - 1, -1, -1):
        flows[above[i]] += flows[i]
    for i in range(inward):
        volts[i] = impedance[i] * flows[i] + volts[above[i]]
        flows[i] = 0.0
    change, total, least = 0.0, 0.0, np.inf
    for k in range(drawing.size):
        row = drawing[k]
        hung = row if k < inside else above[row]
        at = empty[row] + volts[hung]
        if k >= inside:
            at -= impedance[row] * current[k]
        square, now = drawn(wanted[k], at)
        step = now - current[k]
        size = step.real**2 + step.imag**2
        current[k] = now
        flows[hung] -= now
        change, total, least = max(change, size), total + size, min(least, square)
    return (change if total < np.inf else np.inf), least


@inner
def drawn(power: complex, at: complex) -> tuple[float, complex]:
    """Return the square of a voltage, and the current that takes a power there."""
    square = at.real**2 + at.imag**2
    per = 1.0 / square
    real = (power.real * at.real + power.imag * at.imag) * per
    return square, complex(real, (power.real * at.imag - power.imag * at.real) * per)
