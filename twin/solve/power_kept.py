"""Repeated solutions of one grid: what is kept of its factors makes a pass two sparse products.

Loads at one node stand for one load, and nodes that carry none are left out of the passes. What this does
not cover (converters, switches that differ by variant, loads below half of nominal voltage) is for
``power_point``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_array, eye_array

from twin.arrays import Array, Flags, Index
from twin.solve.power_grid import Complex, Grid, solve_rows
from twin.solve.sparse import Factor
from twin.solve.steps import product

GROWTH = 16
"""Entries of the inverse triangle per node above which it is not formed: a mesh fills it, a tree does not."""
SAME_RATIO = 1e-12
"""Share of the largest entry by which the triangles of a symmetric matrix may differ, by roundings."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """When a settling gives up: after so many passes, or below a voltage over nominal where loads change."""

    passes: int
    lowest: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Triangle:
    """The factors of the nodal matrix of free nodes, L D L^T, in order of elimination.

    Attributes:
        node: Node of each row, shape (row,).
        upto: Where the pairs of each row end, shape (row + 1,).
        later: The other row of each pair, shape (pair,).
        lower: Entries of L below its diagonal of ones, shape (pair,).
        inverse: One over the pivots, shape (row,).
    """

    node: Index
    upto: Index
    later: Index
    lower: Complex
    inverse: Complex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What a solution from other loads needs of a grid whose variants differ by loads only.

    Attributes:
        triangle: Factors of the nodal matrix.
        drawing: Rows of the triangle on which something hangs, shape (drawing,).
        fixed: Nodes without a row: held or dead, shape (fixed,).
        into: Sums load inputs into them, shape (drawing, input).
        empty: Voltage without loads less nominal, per unit, shape (node, 1).
        held_va: Largest current that no load changes [VA].
        inward: Currents of ``drawing`` to D^-1 L^-1 of them, shape (row, drawing).
        outward: These to voltages of ``drawing``, shape (drawing, row).
        whole: These to voltages of all nodes, shape (node, row).
        memo: What others have made of it, by name.
    """

    triangle: Triangle
    drawing: Index
    fixed: Index
    into: csr_array
    empty: Complex
    held_va: float
    inward: csr_array
    outward: csr_array
    whole: csr_array
    memo: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what others make of it, made when first asked for."""
        if name not in self.memo:
            self.memo[name] = make()
        return self.memo[name]

    @property
    def node(self) -> Index:
        """Return the nodes that something hangs on, shape (drawing,)."""
        return self.triangle.node[self.drawing]


def kept_of(grid: Grid, factor: Factor, right: Complex) -> Kept | None:
    """Return what repeated solutions need, None where the grid is not of this kind.

    Args:
        grid: Admittances.
        factor: Factors of the nodal matrix without limited draws.
        right: Right-hand side without draws, shape (node, variant).
    """
    supply = grid.supply
    if grid.absent is not None or not supply.uniform or factor.pivots.shape[1] > 1 or supply.converters.any():
        return None
    if right.shape[1] > 1 and not (right == right[:, :1]).all():
        return None
    free = (supply.alive & ~supply.held)[:, 0]
    triangle = triangle_of(factor, free)
    if triangle is None:
        return None
    inverse = inverse_of(triangle, GROWTH * (triangle.node.size + 1))
    if inverse is None:
        return None
    inputs = grid.taps.into[:, : grid.net.consumers.node.size]
    hangs = np.zeros(free.size, dtype=np.bool_)
    hangs[grid.net.consumers.node] = True
    drawing = np.flatnonzero(hangs[triangle.node])
    columns = csr_array(inverse[:, drawing])
    whole = csr_array((free.size, triangle.node.size), dtype=np.complex128)
    spread = csr_array(
        (np.ones(triangle.node.size), (triangle.node, np.arange(triangle.node.size))), shape=whole.shape
    )
    scaled = columns.copy()
    scaled.data *= np.repeat(triangle.inverse, np.diff(columns.indptr))
    empty = solve_rows(factor, np.ascontiguousarray(right[:, :1]))
    held = np.abs(right[free, 0])
    return Kept(
        triangle=triangle, drawing=drawing, fixed=np.flatnonzero(~free),
        into=csr_array(inputs[triangle.node[drawing]], dtype=np.complex128), empty=empty,
        held_va=max(1.0, float(held.max(initial=0.0))), inward=scaled, outward=csr_array(columns.T),
        whole=csr_array(spread @ inverse.T),
    )  # fmt: skip


def triangle_of(factor: Factor, free: Flags) -> Triangle | None:
    """Return the triangle of free nodes, None where the two triangles are not each other's transpose."""
    plan = factor.plan
    steps = plan.steps
    none = np.zeros(0, dtype=np.intp)
    owner = np.concatenate([none, *(step.owner for step in steps)])
    later = np.concatenate([none, *(step.later for step in steps)])
    row = np.cumsum(free[plan.order]) - 1
    inner = free[plan.order[owner]] & free[plan.order[later]]
    lower, upper = factor.lower[inner, 0], factor.upper[inner, 0]
    largest = np.abs(upper).max(initial=0.0)
    if factor.tail is not None or np.any(np.abs(lower - upper) > SAME_RATIO * largest):
        return None
    node = plan.order[free[plan.order]]
    owner = row[owner[inner]]
    return Triangle(
        node=node, upto=np.searchsorted(owner, np.arange(node.size + 1)), later=row[later[inner]],
        lower=lower, inverse=1.0 / factor.pivots[free[plan.order], 0],
    )  # fmt: skip


def inverse_of(triangle: Triangle, most: int) -> csr_array | None:
    """Return the inverse of L, by doubling: (I + N)^-1 = (I - N)(I + N^2)(I + N^4) ...; None if it fills."""
    size = triangle.node.size
    columns = np.repeat(np.arange(size), np.diff(triangle.upto))
    below = csr_array((triangle.lower, (triangle.later, columns)), shape=(size, size))
    one = eye_array(size, format="csr", dtype=np.complex128)
    found, power = csr_array(one - below), csr_array(below @ below)
    while power.nnz:
        found = csr_array(found @ (one + power))
        if found.nnz > most:
            return None
        power = csr_array(power @ power)
    return found


def settled(
    kept: Kept, wanted_va: Complex, deviation: Complex, accuracy: Array, limits: Limits
) -> tuple[Complex, int] | None:
    """Return the voltages less nominal at which loads and currents agree, and the passes.

    Args:
        kept: The grid.
        wanted_va: Power that load inputs want [VA], shape (input, variant).
        deviation: Where to start from, shape (node, variant).
        accuracy: Share of the largest power that no current may still change by, shape (variant,).
        limits: When to give up.

    Returns:
        Voltages, shape (node, variant), and passes; None where they do not settle, or fall too low.
    """
    power = product(kept.into, wanted_va).conj()
    bound = accuracy * np.maximum(np.abs(power).max(axis=0, initial=0.0), kept.held_va)
    at, empty = 1.0 + deviation[kept.node], 1.0 + kept.empty[kept.node]
    with np.errstate(all="ignore"):  # what runs away is left to the general path
        current = power / at.conj()
        for count in range(1, limits.passes + 1):  # noqa: B007 - returned
            inner = product(kept.inward, current)
            at = empty - product(kept.outward, inner)
            used, current = current, power / at.conj()
            if (np.abs(current - used).max(axis=0, initial=0.0) <= bound).all():
                break  # not reached by what is no number
        else:
            return None
        if not (at.real**2 + at.imag**2 >= limits.lowest**2).all():
            return None
    return kept.empty - product(kept.whole, inner), count
