"""Direct solution of sparse systems that share one pattern; the one module that factorises.

Elimination runs in rounds: the rows of a round share no entry, so numpy eliminates all of them at once, over
every island of the network and every variant. It suits networks that are nearly trees. Nothing is pivoted:
the matrices are symmetric positive definite, M-matrices or nodal admittances; a lost pivot is named.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Never, cast, final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError

Values = NDArray[Any]  # float64 or complex128

BLOCK = 16_384
"""Products per variant that one step may hold: larger blocks leave the cache, smaller ones cost calls."""

LOST = 10.0 * float(np.finfo(np.float64).eps)
"""Share of the sum of its roundings below which a pivot has not one decimal digit left."""


@final
@dataclass(frozen=True, eq=False)
class Sum:
    """Sums rows of values by the place they belong to.

    Attributes:
        places: Places that receive something, ascending, shape (place,).
        ones: Matrix of ones that sums the rows, shape (place, given row).
    """

    places: Index
    ones: csr_array

    def of(self, rows: Values) -> Values:
        """Return the sums, shape (place, variant * side), of rows whose leading axes count the given rows."""
        return cast("Values", self.ones @ rows.reshape(self.ones.shape[1], -1))


@final
@dataclass(frozen=True, eq=False)
class Step:
    """Rows of one round with equally many neighbours, so that their entries form a block.

    Attributes:
        rows: Where they lie in order of elimination.
        pairs: Where their pairs lie in order of elimination, those of one row side by side.
        later: Their neighbours as positions in order of elimination, shape (row, neighbour).
        fill: Sums a (row, neighbour, neighbour) block into diagonal, upper and lower entries.
        carry: Sums a (row, neighbour) block into positions.
    """

    rows: slice
    pairs: slice
    later: Index
    fill: Sum
    carry: Sum


@final
@dataclass(frozen=True, eq=False)
class Assembly:
    """Sums a fixed list of triplets into the entries of a plan.

    Attributes:
        size: Number of rows of the system.
        ones: Matrix of ones, shape (row + 2 * pair, triplet).
    """

    size: int
    ones: csr_array

    def values(self, triplets: Values) -> tuple[Values, Values]:
        """Return diagonal and off-diagonal entries as ``factorise`` takes them.

        Args:
            triplets: Values in the order of the rows and columns given to ``Plan.assembly``, real or complex,
                shape (triplet, variant).

        Returns:
            Diagonal, shape (row, variant), and off-diagonal entries, shape (2 * pair, variant).
        """
        summed: Values = self.ones @ triplets
        return summed[: self.size], summed[self.size :]


@final
@dataclass(frozen=True, eq=False)
class Plan:
    """Order of elimination of one pattern, with every index that the numbers need.

    Off-diagonal entries lie in order of elimination, first A[i, j] with i eliminated before j, then A[j, i].

    Attributes:
        order: Rows in order of elimination, shape (row,).
        place: Position of each row in that order, shape (row,).
        keys: Every pair, fill included, as ``low * size + high``, ascending, shape (pair,).
        ranks: Position of each of these pairs in order of elimination, shape (pair,).
        steps: What to eliminate at once, in order; rows without neighbours need no step.
        rounds: Number of rounds.
    """

    order: Index
    place: Index
    keys: Index
    ranks: Index
    steps: tuple[Step, ...]
    rounds: int

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return self.order.size

    @property
    def pairs(self) -> int:
        """Return the number of pairs, fill included."""
        return self.keys.size

    def slots(self, rows: Index, cols: Index) -> Index:
        """Return where entries lie among the off-diagonal ones, -1 for those on the diagonal.

        Args:
            rows: Rows of the entries, shape (entry,).
            cols: Columns of the entries, shape (entry,).

        Returns:
            Slots, shape (entry,), from 0 to 2 * pairs - 1, or -1.

        Raises:
            ValueError: An entry lies outside the pattern.
        """
        keys = _keys(self.size, rows, cols)
        found = np.full(keys.shape, -1, np.intp)
        beside = np.flatnonzero(rows != cols)
        at = np.searchsorted(self.keys, keys[beside])
        if np.any(at >= self.pairs) or np.any(self.keys[at] != keys[beside]):
            msg = "an entry lies outside the pattern that was analysed"
            raise ValueError(msg)
        backward = self.place[rows[beside]] > self.place[cols[beside]]
        found[beside] = self.ranks[at] + self.pairs * backward
        return found

    def assembly(self, rows: Index, cols: Index) -> Assembly:
        """Return what sums triplets at these entries; they may repeat and may lie on the diagonal.

        Args:
            rows: Rows of the triplets, shape (triplet,).
            cols: Columns of the triplets, shape (triplet,).

        Raises:
            ValueError: An entry lies outside the pattern.
        """
        slots = self.slots(rows, cols)
        target = np.where(slots < 0, rows, self.size + slots)
        counts = np.bincount(target, minlength=self.size + 2 * self.pairs)
        return Assembly(self.size, _ones(np.argsort(target, kind="stable"), counts))


@final
@dataclass(frozen=True, eq=False)
class Factor:
    """Triangular factors of a matrix, in order of elimination.

    Attributes:
        plan: The order they belong to.
        pivots: Diagonal after elimination, shape (row, variant).
        upper: Entries of the eliminated rows, shape (pair, variant).
        lower: Entries of the eliminated columns over their pivots, shape (pair, variant).
    """

    plan: Plan
    pivots: Values
    upper: Values
    lower: Values

    def solve(self, right: Values) -> Values:
        """Return the solution for one right-hand side or several.

        Args:
            right: Right-hand side, real or complex, shape (row, variant) or (row, variant, side).

        Returns:
            Solution, shape of ``right``.
        """
        axes = (*self.pivots.shape[1:], *(1,) * (right.ndim - 2))
        pivots = self.pivots.reshape(-1, *axes)
        work: Values = right.take(self.plan.order, axis=0).astype(np.result_type(right, pivots), copy=False)
        for step in self.plan.steps:
            lower = self.lower[step.pairs].reshape(*step.later.shape, *axes)
            carried = step.carry.of(lower * work[step.rows, None])
            work[step.carry.places] -= carried.reshape(-1, *work.shape[1:])
        work /= pivots
        for step in reversed(self.plan.steps):
            upper = self.upper[step.pairs].reshape(*step.later.shape, *axes)
            known = (upper * work.take(step.later, axis=0)).sum(axis=1)
            work[step.rows] -= known / pivots[step.rows]
        return work.take(self.plan.place, axis=0)


def factorise(plan: Plan, diagonal: Values, off: Values, *, name: Callable[[int], str], what: str) -> Factor:
    """Return the factors of a matrix for each variant.

    The roundings that go into each pivot are followed through the elimination; a pivot of which they leave
    nothing is refused. So an island that nothing ties down is found whatever the spread of its conductances.

    Args:
        plan: Its pattern.
        diagonal: Diagonal entries, real or complex, shape (row, variant).
        off: Off-diagonal entries in the slots of the plan, real or complex, shape (2 * pair, variant).
        name: Gives the readable name of a row, for the refusal.
        what: The equation that the rows state, in words, for the refusal.

    Raises:
        ConvergenceError: A pivot is zero, not finite or nothing but rounding.

    Source:
        Davis, Direct Methods for Sparse Linear Systems, SIAM 2006, ch. 6 (here without pivoting).
        Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sec. 3.3 (running error).
    """
    size, split = plan.size, plan.size + plan.pairs
    work: Values = np.empty((split + plan.pairs, diagonal.shape[1]), np.result_type(diagonal, off))
    work[:size], work[size:] = diagonal.take(plan.order, axis=0), off
    pivots, upper, lower = work[:size], work[size:split], work[split:]
    rounding: Array = np.abs(pivots)
    with np.errstate(all="ignore"):  # a bad pivot spoils later ones only, and the first bad one is named
        for step in plan.steps:
            block = (*step.later.shape, -1)
            below = lower[step.pairs].reshape(block)
            below /= pivots[step.rows, None]
            product = below[:, :, None] * upper[step.pairs].reshape(block)[:, None]
            work[step.fill.places] -= step.fill.of(product)
            error = np.abs(product.diagonal(axis1=1, axis2=2)).swapaxes(1, 2)
            error *= (rounding[step.rows] / np.abs(pivots[step.rows]))[:, None]
            rounding[step.carry.places] += step.carry.of(error)
        left = np.abs(pivots)
        sound = np.isfinite(left) & (left > LOST * rounding)
    if not sound.all():
        _refuse(plan, sound, name, what)
    return Factor(plan, pivots, upper, lower)


def _refuse(plan: Plan, sound: Flags, name: Callable[[int], str], what: str) -> Never:
    """Raise for the first pivot in order of elimination that is not sound."""
    place = int(np.argmin(sound.all(axis=1)))
    component = name(int(plan.order[place]))
    msg = f"{what} has no unique solution at {component} (variant {int(np.argmin(sound[place]))})"
    raise ConvergenceError(msg, component=component, equation=what)


@final
@dataclass(frozen=True, eq=False)
class _Round:
    """What one round eliminates.

    Attributes:
        rows: Rows by rising number of neighbours, shape (row,).
        degree: Their numbers of neighbours, shape (row,).
        later: Their neighbours side by side, shape (pair,).
    """

    rows: Index
    degree: Index
    later: Index

    def blocks(self) -> Iterator[tuple[slice, slice, Index]]:
        """Yield rows, pairs and a (row, neighbour) table, split by number of neighbours and by size."""
        row, pair = int(np.count_nonzero(self.degree == 0)), 0
        while row < self.degree.size:
            degree = int(self.degree[row])
            end = int(np.searchsorted(self.degree, degree, side="right"))
            end = min(end, row + max(1, BLOCK // degree**2))
            pairs = slice(pair, pair + (end - row) * degree)
            yield slice(row, end), pairs, self.later[pairs].reshape(-1, degree)
            row, pair = end, pairs.stop


def analyse(size: int, rows: Index, cols: Index) -> Plan:
    """Return the plan of elimination for a symmetric pattern.

    Args:
        size: Number of rows.
        rows: Rows of the entries, in either order or both, repeated and diagonal ones too, shape (entry,).
        cols: Columns of the entries, shape (entry,).

    Raises:
        ValueError: An entry lies outside the matrix.

    Source:
        George and Liu, Computer Solution of Large Sparse Positive Definite Systems, 1981, ch. 5.
        Luby, A simple parallel algorithm for the maximal independent set problem, SIAM J. Comput. 15, 1986.
    """
    rounds = list(_rounds(size, _keys(size, rows, cols)[rows != cols]))
    order = _joined([part.rows for part in rounds])
    owner = np.repeat(order, _joined([part.degree for part in rounds]))
    place = np.empty_like(order)
    place[order] = np.arange(size)
    keys = _keys(size, owner, _joined([part.later for part in rounds]))
    ranks = np.argsort(keys)
    plan = Plan(_fixed(order), _fixed(place), _fixed(keys[ranks]), _fixed(ranks), (), len(rounds))
    return replace(plan, steps=tuple(_steps(plan, rounds)))


def _rounds(size: int, keys: Index) -> Iterator[_Round]:
    """Yield independent rows until none is left, adding the fill of each round to the pairs that remain."""
    keys, chance = np.unique(keys), _chance(size)
    left, at = np.ones(size, np.bool_), np.empty(size, np.intp)
    while left.any():
        low, high = np.divmod(keys, size)
        degree = np.bincount(low, minlength=size) + np.bincount(high, minlength=size)
        taken = _independent(left, degree * size + chance, low, high)
        rows = np.flatnonzero(taken)
        rows = rows[np.argsort(degree[rows], kind="stable")]
        at[rows] = np.arange(rows.size)
        gone = taken[low] | taken[high]
        owner = np.where(taken[low], low, high)[gone]
        other = (low + high)[gone] - owner
        part = _Round(rows, degree[rows], other[np.lexsort((other, at[owner]))])
        yield part
        left[rows] = False
        fill = [_fill(size, table) for _, _, table in part.blocks()]
        keys = np.unique(np.concatenate([keys[~gone], *fill]))


def _independent(left: Flags, priority: Index, low: Index, high: Index) -> Flags:
    """Return the rows left that come before all their neighbours."""
    taken = left.copy()
    taken[np.where(priority[low] > priority[high], low, high)] = False
    return taken


def _chance(size: int) -> Index:
    """Return a fixed shuffle of the rows (by MurmurHash3), so that a chain soon falls into pieces."""
    mixed = np.arange(size, dtype=np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed ^= mixed >> np.uint64(33)
        mixed *= np.uint64(factor)
    return np.argsort(mixed ^ (mixed >> np.uint64(33)))


def _fill(size: int, table: Index) -> Index:
    """Return the keys of all pairs of neighbours in each row of a (row, neighbour) table."""
    first, second = np.triu_indices(table.shape[1], 1)
    return _keys(size, table[:, first].ravel(), table[:, second].ravel())


def _steps(plan: Plan, rounds: Sequence[_Round]) -> Iterator[Step]:
    """Yield the steps of all rounds, with the places their numbers go to."""
    row = pair = 0
    for part in rounds:
        for rows, pairs, table in part.blocks():
            to, source = (side.ravel() for side in np.broadcast_arrays(table[:, :, None], table[:, None]))
            slots = plan.slots(to, source)
            yield Step(
                slice(row + rows.start, row + rows.stop),
                slice(pair + pairs.start, pair + pairs.stop),
                _fixed(plan.place[table]),
                _sum(np.where(slots < 0, plan.place[to], plan.size + slots)),
                _sum(plan.place[table].ravel()),
            )
        row, pair = row + part.rows.size, pair + part.later.size


def _keys(size: int, rows: Index, cols: Index) -> Index:
    """Return one number per pair, the same in both directions; refuse what lies outside the matrix."""
    low, high = np.minimum(rows, cols), np.maximum(rows, cols)
    if low.size and (low.min() < 0 or high.max() >= size):
        msg = f"an entry lies outside a matrix of {size} rows"
        raise ValueError(msg)
    return low * size + high


def _sum(target: Index) -> Sum:
    """Return what sums rows into their targets."""
    places, counts = np.unique(target, return_counts=True)
    return Sum(_fixed(places), _ones(np.argsort(target, kind="stable"), counts))


def _ones(columns: Index, counts: Index) -> csr_array:
    """Return a matrix of ones whose rows take ``counts`` of the columns in turn."""
    ends = np.concatenate([np.zeros(1, np.intp), np.cumsum(counts)])
    return csr_array((np.ones(columns.size), columns, ends), shape=(counts.size, columns.size))


def _joined(parts: Sequence[Index]) -> Index:
    """Return the parts one after another, nothing if there are none."""
    return np.concatenate([np.empty(0, np.intp), *parts])


def _fixed(array: Index) -> Index:
    """Return the array, read-only from now on."""
    array.setflags(write=False)
    return array
