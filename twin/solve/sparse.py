"""Direct solution of sparse systems that share one pattern; the one module that factorises.

``factorise`` does not pivot: its matrices are symmetric positive definite, M-matrices or nodal admittances; a
lost pivot is named. ``pivoted`` serves a single matrix of any kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Never, final

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetrs
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.solve.elimination import Assembly, Plan, analyse
from twin.solve.steps import Step, Sum, Values, product

__all__ = [
    "Assembly", "Factor", "Pivoted", "Plan", "Step", "Sum", "Values", "analyse", "factorise", "pivoted",
    "product",
]  # fmt: skip

FEW = 4
"""Variants up to which the last rows are dense: with more of them rounds cost less."""

WARY = 1e3
"""Roundings within a dense tail are not followed: pivots this close to being lost are found in rounds."""

Triangles = tuple[Array, Index]

LOST = 10.0 * float(np.finfo(np.float64).eps)
"""Share of the sum of its roundings below which a pivot has not one decimal digit left."""


@final
@dataclass(frozen=True, eq=False)
class Factor:
    """Triangular factors of a matrix, in order of elimination.

    Attributes:
        plan: The order they belong to.
        pivots: Diagonal after elimination, shape (row, variant).
        upper: Entries of the eliminated rows over their pivots, shape (pair, variant).
        lower: Entries of the eliminated columns over their pivots, shape (pair, variant).
        tail: Triangles of what is left at the plan's tail and the exchange of its rows, by variant, or None.
    """

    plan: Plan
    pivots: Values
    upper: Values
    lower: Values
    tail: tuple[Triangles, ...] | None = None

    def solve(self, right: Values) -> Values:
        """Return the solution for one right-hand side or several.

        Args:
            right: Right-hand side, real or complex, shape (row, variant) or (row, variant, side).

        Returns:
            Solution, shape of ``right``.
        """
        if right.ndim > self.pivots.ndim:
            return np.moveaxis(self._solve(np.moveaxis(right, 2, 1), 1), 1, 2)
        return self._solve(right, 0)

    def inverse_diagonal(self) -> Values:
        """Return the diagonal of the inverse, shape (row, variant), at the price of the factorisation.

        Only entries of the inverse within the pattern of the factors are worked out, last rows first.

        Raises:
            ValueError: The matrix is not symmetric, or its last rows are a dense tail.

        Source:
            Takahashi, Fagan, Chen, Formation of a sparse bus impedance matrix and its application to short
            circuit study, 8th PICA Conference, 1973.
        """
        plan = self.plan
        if not plan.symmetric or self.tail is not None:
            msg = "the diagonal of the inverse needs a symmetric matrix without a dense tail"
            raise ValueError(msg)
        size = plan.size
        work: Values = np.empty((size + plan.pairs, self.pivots.shape[1]), self.pivots.dtype)
        work[:size] = 1.0 / self.pivots
        for step in reversed(plan.steps):
            # The place that a product of the elimination went to holds the inverse between its two rows.
            assert step.fill.places is not None
            between = work[np.repeat(step.fill.places, np.diff(step.fill.starts))]
            found: Values = np.zeros_like(work[size + step.pairs.start : size + step.pairs.stop])
            first, second, apart = step.first, step.second, step.first != step.second
            np.subtract.at(found, first - step.pairs.start, self.upper[second] * between)
            np.subtract.at(found, second[apart] - step.pairs.start, self.upper[first[apart]] * between[apart])
            work[size + step.pairs.start : size + step.pairs.stop] = found
            step.back.subtract(self.upper[step.pairs] * found, work[step.rows])
        return work[:size].take(plan.place, axis=0)

    def part(self, which: Index) -> "Factor":
        """Return the factors for some of the variants; those that hold for every variant stay."""
        if self.pivots.shape[1] == 1:
            return self
        tail = None if self.tail is None else tuple(self.tail[i] for i in which)
        pivots, upper, lower = (each[:, which] for each in (self.pivots, self.upper, self.lower))
        return Factor(self.plan, pivots, upper, lower, tail)

    def _solve(self, right: Values, sides: int) -> Values:
        """Return the solution for sides ahead of variants, so that the long axis is the last one."""
        plan, axes = self.plan, (1,) * sides
        shape = self.pivots.shape[0], *axes, *self.pivots.shape[1:]
        work: Values = right.take(plan.order, axis=0)
        work = work.astype(np.result_type(right, self.pivots), order="C", copy=False)
        lower, upper = self.lower.reshape(-1, *shape[1:]), self.upper.reshape(-1, *shape[1:])
        steps = plan.steps if self.tail is None else plan.steps[: plan.tail.steps]
        for step in steps:
            carried = work.take(step.owner, axis=0)
            carried *= lower[step.pairs]
            step.carry.subtract(carried, work)
        work /= self.pivots.reshape(shape)
        if self.tail is not None:
            last = work[plan.tail.start :]
            parts = [last] if len(self.tail) == 1 else np.moveaxis(last, -1, 0)  # one may hold for all
            for triangles, part in zip(self.tail, parts, strict=True):
                part[:] = dgetrs(*triangles, part.reshape(len(part), -1))[0].reshape(part.shape)
        for step in reversed(steps):
            known = work.take(step.later, axis=0)
            known *= upper[step.pairs]
            step.back.subtract(known, work[step.rows])
        return work.take(plan.place, axis=0)


def factorise(
    plan: Plan,
    diagonal: Values,
    off: Values,
    *,
    name: Callable[[int], str],
    what: str,
    traced: bool = True,
) -> Factor:
    """Return the factors of a matrix for each variant.

    The roundings that go into each pivot are followed through the elimination; a pivot of which they leave
    nothing is refused. So an island that nothing ties down is found whatever the spread of its conductances.

    Args:
        plan: Its pattern.
        diagonal: Diagonal entries, real or complex, shape (row, variant).
        off: Off-diagonal entries in the slots of the plan, real or complex, shape (2 * pair, variant), of a
            symmetric plan (pair, variant).
        name: Gives the readable name of a row, for the refusal.
        what: The equation that the rows state, in words, for the refusal.
        traced: Whether to follow the roundings; without, a pivot is held against its diagonal entry only.

    Raises:
        ConvergenceError: A pivot is zero, not finite or nothing but rounding.

    Source:
        Davis, Direct Methods for Sparse Linear Systems, SIAM 2006, ch. 6 (here without pivoting).
        Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sec. 3.3 (running error).
    """
    real = plan.symmetric and not np.iscomplexobj(diagonal) and not np.iscomplexobj(off)
    if real and diagonal.shape[1] <= FEW and plan.tail.start < plan.size:
        found, sound = _eliminated(plan, diagonal, off, traced=traced, dense=True)
        if sound.all():
            return found
    found, sound = _eliminated(plan, diagonal, off, traced=traced, dense=False)
    if not sound.all():
        _refuse(plan, sound, name, what)
    return found


def _eliminated(
    plan: Plan, diagonal: Values, off: Values, *, traced: bool, dense: bool
) -> tuple[Factor, Flags]:
    """Return the factors, and which pivots are more than rounding, in order of elimination."""
    size, split = plan.size, plan.size + plan.pairs
    work: Values = np.empty((size + off.shape[0], diagonal.shape[1]), np.result_type(diagonal, off))
    work[:size], work[size:] = diagonal.take(plan.order, axis=0), off
    pivots, upper = work[:size], work[size:split]
    lower: Values = np.empty_like(upper) if plan.symmetric else work[split:]
    rounding: Array = np.abs(pivots)
    with np.errstate(all="ignore"):  # a bad pivot spoils later ones only, and the first bad one is named
        for step in plan.steps[: plan.tail.steps] if dense else plan.steps:
            above = pivots.take(step.owner, axis=0)
            np.divide((upper if plan.symmetric else lower)[step.pairs], above, out=lower[step.pairs])
            made = lower.take(step.first, axis=0)
            made *= upper.take(step.second, axis=0)
            if traced:
                error = rounding.take(step.owner, axis=0) / np.abs(above)
                error *= -np.abs(lower[step.pairs] * upper[step.pairs])
                step.carry.subtract(error, rounding)
            if not plan.symmetric:
                upper[step.pairs] /= above
            step.fill.subtract(made, work)
        tail = None
        if dense:
            tail = _tail(plan, pivots, upper)
            rounding[plan.tail.start :] *= WARY
        left = np.abs(pivots)
        sound = np.isfinite(left) & (left > LOST * rounding)
    if dense:
        pivots[plan.tail.start :] = 1.0  # the tail divides by its own
    return Factor(plan, pivots, lower if plan.symmetric else upper, lower, tail), sound


def _tail(plan: Plan, pivots: Array, upper: Array) -> tuple[Triangles, ...]:
    """Return the factors of what is left at the plan's tail, for each variant; set the pivots there.

    Rows whose diagonal is no less than the rest are not exchanged: pivots are then those of the rounds.
    """
    tail = plan.tail
    own = np.arange(plan.size - tail.start)
    left: Array = np.zeros((pivots.shape[1], own.size, own.size))
    left[:, own, own] = pivots[tail.start :].T
    left[:, tail.owner, tail.later] = upper[tail.pairs].T
    left[:, tail.later, tail.owner] = upper[tail.pairs].T
    factors = tuple(dgetrf(part.T, overwrite_a=1)[:2] for part in left)
    pivots[tail.start :] = left[:, own, own].T
    return factors


def _refuse(plan: Plan, sound: Flags, name: Callable[[int], str], what: str) -> Never:
    """Raise for the first pivot in order of elimination that is not sound."""
    place = int(np.argmin(sound.all(axis=1)))
    component = name(int(plan.order[place]))
    msg = f"{what} has no unique solution at {component}"
    raise ConvergenceError(msg, component=component, equation=what)


@final
@dataclass(frozen=True, eq=False)
class Pivoted:
    """Factors of one real matrix, rows exchanged where that keeps digits.

    Attributes:
        factors: Of the matrix with each row over its largest entry.
        scale: What rows were multiplied with, shape (row,).
        sign: Sign of the determinant.
    """

    factors: Any
    scale: Array
    sign: int

    def solve(self, right: Array) -> Array:
        """Return the solution for one right-hand side, shape (row,)."""
        solution: Array = self.factors.solve(self.scale * right)
        return solution


def pivoted(matrix: csc_array) -> Pivoted | None:
    """Return the factors of a real matrix, None where it is singular.

    Args:
        matrix: Real and square, none of its rows empty.

    Source:
        Li, An overview of SuperLU, ACM Trans. Math. Softw. 31 (2005): row exchange by magnitude.
    """
    largest: Array = abs(matrix).max(axis=1).toarray().ravel()
    if not np.isfinite(largest).all() or not largest.all():
        return None
    scale = 1.0 / largest
    try:
        factors = splu(csc_array(diags_array(scale) @ matrix))
    except RuntimeError:  # exactly singular
        return None
    pivots = factors.U.diagonal()
    if np.abs(pivots).min(initial=1.0) < LOST:
        return None
    turns = sum(_odd(order) for order in (factors.perm_r, factors.perm_c))
    return Pivoted(factors, scale, int(np.prod(np.sign(pivots))) * (-1) ** turns)


def _odd(order: Index) -> bool:
    """Return whether a permutation is odd: rows less cycles."""
    seen, cycles = np.zeros(order.size, dtype=np.bool_), 0
    for start in range(order.size):
        at, cycles = start, cycles + (not seen[start])
        while not seen[at]:
            seen[at], at = True, order[at]
    return (order.size - cycles) % 2 == 1
