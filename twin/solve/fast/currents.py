"""Fixed point of loads and voltages on one triangle, compiled: ``twin.solve.power_kept`` by lanes."""

from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Index
from twin.solve.fast import radial
from twin.solve.fast.branches import row_of
from twin.solve.fast.compiled import compiled, inner
from twin.solve.fast.lanes import Lanes
from twin.solve.fast.layout import Short, short
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_kept import Kept, Limits
from twin.solve.steps import product

UNSETTLED = -1
"""What ``settle`` returns when loads and voltages do not agree: the general path then says why."""
ROOM, NARROW, WIDE = 1 << 21, 8, 32
"""Bytes that the voltages of a block may fill, so that they stay in caches; its least and most variants: full
vectors."""


class Wired(NamedTuple):
    """A grid as kernels take it: what ``Triangle`` and ``Kept`` hold, complex numbers in two parts."""

    upto: Short
    later: Short
    drawing: Short
    node: Index
    lower_re: Array
    lower_im: Array
    inverse_re: Array
    inverse_im: Array
    empty_re: Array
    empty_im: Array
    held_va: float


def wired(kept: Kept) -> Wired:
    """Return a grid as kernels take it."""
    triangle = kept.triangle
    empty = kept.empty[triangle.node, 0]
    return Wired(
        upto=short(triangle.upto), later=short(triangle.later), drawing=short(kept.drawing),
        node=np.ascontiguousarray(triangle.node), lower_re=_half(triangle.lower.real),
        lower_im=_half(triangle.lower.imag), inverse_re=_half(triangle.inverse.real),
        inverse_im=_half(triangle.inverse.imag), empty_re=_half(empty.real), empty_im=_half(empty.imag),
        held_va=kept.held_va,
    )  # fmt: skip


def _half(part: Array) -> Array:
    return np.ascontiguousarray(part)


def settled(
    over: Grid, kept: Kept, wanted_va: Complex, deviation: Complex, accuracy: Array, limits: Limits
) -> tuple[Complex, int] | None:
    """Return what ``power_kept.settled`` does, from the same arguments and the grid."""
    forest = kept.once("forest", lambda: radial.forested(over, kept))
    if forest is not None:
        return radial.settled(forest, kept, wanted_va, deviation, accuracy, limits)
    grid = kept.once("wired", lambda: wired(kept))
    power, found = product(kept.into, wanted_va), np.empty_like(deviation)
    found[kept.fixed] = kept.empty[kept.fixed]
    count, most = power.shape[1], ROOM // (16 * grid.node.size + 1)
    wide = min(WIDE, max(NARROW, most // NARROW * NARROW))
    took = 0
    for first in range(0, count, wide):
        last = min(first + wide, count)
        lanes = (0.0,) if last - first == 1 else np.empty(last - first)
        passed = settle(grid, power, deviation, found, accuracy, limits.lowest, limits.passes, first, lanes)
        if passed == UNSETTLED:
            return None
        took = max(took, passed)
    return found, took


@compiled
def settle(
    grid: Wired,
    power: Complex,
    deviation: Complex,
    found: Complex,
    accuracy: Array,
    lowest: float,
    passes: int,
    first: int,
    lanes: Lanes,
) -> int:
    """Return the passes that a block of variants took to settle, or ``UNSETTLED``.

    Args:
        grid: Triangle, and voltage without loads.
        power: Power at each drawing row [VA], shape (drawing, variant).
        deviation: Voltage less nominal to start from, shape (node, variant).
        found: Set to the voltages less nominal of free nodes, shape (node, variant).
        accuracy: Share of the largest power that no current may still change by, shape (variant,).
        lowest: Least voltage over nominal.
        passes: Most passes.
        first: First variant of the block.
        lanes: As many as the block has variants.
    """
    w, size = len(lanes), grid.node.size
    # Real parts of a row's lanes, then imaginary ones.
    wanted, current = np.empty(grid.drawing.size * 2 * w), np.zeros(grid.drawing.size * 2 * w)
    volts, told = np.empty(size * 2 * w), np.zeros(4 * w)
    bound = row_of(told, 3, w)
    for k in range(grid.drawing.size):
        row, own = grid.drawing[k], row_of(wanted, k, 2 * w)
        node, at = grid.node[row], row_of(volts, row, 2 * w)
        for v in range(w):
            want, stood = power[k, first + v], deviation[node, first + v]
            own[v], own[w + v] = want.real, want.imag
            at[v], at[w + v] = stood.real - grid.empty_re[row], stood.imag - grid.empty_im[row]
            bound[v] = max(bound[v], want.real * want.real + want.imag * want.imag)
    for v in range(w):
        bound[v] = max(bound[v], grid.held_va**2) * accuracy[first + v] ** 2
    draw(grid, volts, wanted, current, told, lanes)
    count, waiting = 0, True
    while waiting:
        if count == passes:
            return UNSETTLED
        count += 1
        lower(grid, current, volts, lanes)
        draw(grid, volts, wanted, current, told, lanes)
        waiting = False
        for v in range(w):
            # The sum is finite only if every change is a number.
            waiting |= not (told[v] <= bound[v] and told[w + v] < np.inf)
    for v in range(w):
        if not told[2 * w + v] >= lowest**2:
            return UNSETTLED
    for row in range(size):
        node, at = grid.node[row], row_of(volts, row, 2 * w)
        er, ei = grid.empty_re[row], grid.empty_im[row]
        for v in range(w):
            found[node, first + v] = complex(er + at[v], ei + at[w + v])
    return count


@inner
def draw(grid: Wired, volts: Array, wanted: Array, current: Array, told: Array, lanes: Lanes) -> None:
    """Set the currents at these voltages.

    Tell, by lane, the largest square of their changes, the sum of these, and the least square of a voltage.
    """
    w = len(lanes)
    most, total, least = row_of(told, 0, w), row_of(told, 1, w), row_of(told, 2, w)
    for v in range(w):
        most[v], total[v], least[v] = 0.0, 0.0, np.inf
    for k in range(grid.drawing.size):
        row = grid.drawing[k]
        er, ei = 1.0 + grid.empty_re[row], grid.empty_im[row]
        at, want, now = row_of(volts, row, 2 * w), row_of(wanted, k, 2 * w), row_of(current, k, 2 * w)
        for v in range(w):
            re, im = er + at[v], ei + at[w + v]
            square = re * re + im * im
            per = 1.0 / square
            nr, ni = (want[v] * re + want[w + v] * im) * per, (want[v] * im - want[w + v] * re) * per
            dr, di = nr - now[v], ni - now[w + v]
            change = dr * dr + di * di
            now[v], now[w + v] = nr, ni
            least[v] = square if square < least[v] else least[v]  # noqa: FURB136 - runs by lanes
            most[v] = change if change > most[v] else most[v]  # noqa: FURB136 - runs by lanes
            total[v] += change


@inner
def lower(grid: Wired, current: Array, volts: Array, lanes: Lanes) -> None:
    """Set what currents add to the voltages of all rows: substitution forwards, pivots, backwards."""
    w, size = len(lanes), grid.node.size
    for k in range(volts.size):
        volts[k] = 0.0
    for k in range(grid.drawing.size):
        at, now = row_of(volts, grid.drawing[k], 2 * w), row_of(current, k, 2 * w)
        for v in range(2 * w):
            at[v] = -now[v]
    for i in range(size):
        own = row_of(volts, i, 2 * w)
        for pair in range(grid.upto[i], grid.upto[i + 1]):
            re, im, to = grid.lower_re[pair], grid.lower_im[pair], row_of(volts, grid.later[pair], 2 * w)
            for v in range(w):
                to[v] -= re * own[v] - im * own[w + v]
                to[w + v] -= re * own[w + v] + im * own[v]
        re, im = grid.inverse_re[i], grid.inverse_im[i]
        for v in range(w):
            own[v], own[w + v] = re * own[v] - im * own[w + v], re * own[w + v] + im * own[v]
    for i in range(size - 1, -1, -1):
        own = row_of(volts, i, 2 * w)
        for pair in range(grid.upto[i], grid.upto[i + 1]):
            re, im, known = grid.lower_re[pair], grid.lower_im[pair], row_of(volts, grid.later[pair], 2 * w)
            for v in range(w):
                own[v] -= re * known[v] - im * known[w + v]
                own[w + v] -= re * known[w + v] + im * known[v]
