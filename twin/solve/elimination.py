"""Order of elimination of a sparse pattern, with every index that the numbers need later.

Elimination runs in rounds: the rows of a round share no entry, so numpy eliminates all of them at once, over
every island of the network and every variant. It suits networks that are nearly trees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Flags, Index
from twin.solve.steps import DENSE, Step, Sum, Tail, Values

BLOCK = 8_192
"""Products per variant that one step may hold: larger blocks leave the cache, smaller ones cost calls."""


@final
@dataclass(frozen=True, eq=False)
class Assembly:
    """Sums a fixed list of triplets into the entries of a plan.

    Attributes:
        size: Number of rows of the system.
        ones: Matrix of ones, shape (row + off-diagonal entry, triplet).
    """

    size: int
    ones: csr_array

    def values(self, triplets: Values) -> tuple[Values, Values]:
        """Return diagonal and off-diagonal entries as ``factorise`` takes them.

        Args:
            triplets: Values in the order of the rows and columns given to ``Plan.assembly``, real or complex,
                shape (triplet, variant).

        Returns:
            Diagonal, shape (row, variant), and off-diagonal entries, shape (2 * pair, variant), of a
            symmetric plan (pair, variant).
        """
        summed: Values = self.ones @ triplets
        return summed[: self.size], summed[self.size :]


@final
@dataclass(frozen=True, eq=False)
class Plan:
    """Order of elimination of one pattern, with every index that the numbers need.

    Off-diagonal entries lie in order of elimination, first A[i, j] with i eliminated before j, then A[j, i];
    a symmetric plan holds the first ones only.

    Attributes:
        order: Rows in order of elimination, shape (row,).
        place: Position of each row in that order, shape (row,).
        keys: Every pair, fill included, as ``low * size + high``, ascending, shape (pair,).
        ranks: Position of each of these pairs in order of elimination, shape (pair,).
        steps: What to eliminate at once, in order; rows without neighbours need no step.
        rounds: Number of rounds.
        symmetric: Whether the matrix equals its transpose.
    """

    order: Index
    place: Index
    keys: Index
    ranks: Index
    steps: tuple[Step, ...]
    rounds: int
    symmetric: bool

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return self.order.size

    @property
    def pairs(self) -> int:
        """Return the number of pairs, fill included."""
        return self.keys.size

    @cached_property
    def tail(self) -> Tail:
        """Return the rows from the first step with no more than ``DENSE`` rows left, maybe none."""
        left = [self.size - step.rows.start for step in self.steps]
        steps = sum(rows > DENSE for rows in left)
        last = self.steps[steps:]
        start = last[0].rows.start if last else self.size
        owner, later = (
            _joined([getattr(step, each) for step in last]) - start for each in ("owner", "later")
        )
        return Tail(start, steps, slice(self.pairs - owner.size, self.pairs), owner, later)

    def slots(self, rows: Index, cols: Index) -> Index:
        """Return where entries lie among the off-diagonal ones, -1 for those on the diagonal.

        Args:
            rows: Rows of the entries, shape (entry,).
            cols: Columns of the entries, shape (entry,).

        Returns:
            Slots, shape (entry,), from 0 to 2 * pairs - 1 (pairs - 1 of a symmetric plan), or -1.

        Raises:
            ValueError: An entry lies outside the pattern.
        """
        return _slots(self, rows, cols)

    def assembly(self, rows: Index, cols: Index) -> Assembly:
        """Return what sums triplets at these entries; they may repeat and may lie on the diagonal.

        Args:
            rows: Rows of the triplets, shape (triplet,).
            cols: Columns of the triplets, shape (triplet,); of a symmetric plan one triplet per pair.

        Raises:
            ValueError: An entry lies outside the pattern.
        """
        slots = self.slots(rows, cols)
        target = np.where(slots < 0, rows, self.size + slots)
        shape = self.size + (1 if self.symmetric else 2) * self.pairs, rows.size
        ends = np.concatenate([np.zeros(1, np.intp), np.cumsum(np.bincount(target, minlength=shape[0]))])
        order = np.argsort(target, kind="stable")
        return Assembly(self.size, csr_array((np.ones(rows.size), order, ends), shape=shape))


def _slots(plan: Plan, rows: Index, cols: Index) -> Index:
    keys = _keys(plan.size, rows, cols)
    found = np.full(keys.shape, -1, np.intp)
    beside = np.flatnonzero(rows != cols)
    at = np.searchsorted(plan.keys, keys[beside])
    if np.any(at >= plan.pairs) or np.any(plan.keys[at] != keys[beside]):
        msg = "an entry lies outside the pattern that was analysed"
        raise ValueError(msg)
    found[beside] = plan.ranks[at]
    if not plan.symmetric:
        found[beside] += plan.pairs * (plan.place[rows[beside]] > plan.place[cols[beside]])
    return found


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


def analyse(size: int, rows: Index, cols: Index, *, symmetric: bool = False) -> Plan:
    """Return the plan of elimination for a symmetric pattern.

    Args:
        size: Number of rows.
        rows: Rows of the entries, in either order or both, repeated and diagonal ones too, shape (entry,).
        cols: Columns of the entries, shape (entry,).
        symmetric: Whether the values are symmetric too, so that half of them is enough.

    Raises:
        ValueError: An entry lies outside the matrix.

    Source:
        George and Liu, Computer Solution of Large Sparse Positive Definite Systems, 1981, ch. 5.
        Luby, A simple parallel algorithm for the maximal independent set problem, SIAM J. Comput. 15, 1986.
    """
    rounds = list(_rounds(size, _keys(size, rows, cols)[rows != cols]))
    order = _joined([part.rows for part in rounds])
    degree = _joined([part.degree for part in rounds])
    later = _joined([part.later for part in rounds])
    place = np.empty_like(order)
    place[order] = np.arange(size)
    keys = _keys(size, np.repeat(order, degree), later)
    ranks = np.argsort(keys)
    ends = np.cumsum([part.rows.size for part in rounds])
    bare = Plan(_fixed(order), _fixed(place), _fixed(keys[ranks]), _fixed(ranks), (), len(rounds), symmetric)
    steps = tuple(_steps(bare, degree, later, ends))
    return Plan(bare.order, bare.place, bare.keys, bare.ranks, steps, bare.rounds, symmetric)


def _rounds(size: int, keys: Index) -> Iterator[_Round]:
    """Yield independent rows until none is left, adding the fill of each round to the pairs that remain."""
    keys, chance = _distinct(keys), _chance(size)
    left, at = np.ones(size, np.bool_), np.empty(size, np.intp)
    low, high = np.divmod(keys, size)
    while left.any():
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
        first, second = couples(part.degree, 1)
        if first.size:
            fill = _keys(size, part.later[first], part.later[second])
            keys = _distinct(np.concatenate([keys[~gone], np.sort(fill)]))
            low, high = np.divmod(keys, size)
        else:
            keys, low, high = keys[~gone], low[~gone], high[~gone]


def _distinct(keys: Index) -> Index:
    """Return each number once, ascending; runs that are ascending already are merged."""
    keys = np.sort(keys, kind="stable")
    return keys[np.diff(keys, prepend=-1) > 0]


def couples(degree: Index, apart: int | None) -> tuple[Index, Index]:
    """Return all pairs of neighbours of each row, as positions among neighbours side by side.

    Args:
        degree: Neighbours of each row, shape (row,).
        apart: 1 for each couple once, 0 with itself too, None in both orders.
    """
    pairs = np.arange(int(degree.sum()))
    ends = np.repeat(np.cumsum(degree), degree)
    begin = ends - np.repeat(degree, degree) if apart is None else pairs + apart
    count = ends - begin
    first = np.repeat(pairs, count)
    within = np.arange(first.size) - np.repeat(np.cumsum(count) - count, count)
    return first, np.repeat(begin, count) + within


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


def _steps(plan: Plan, degree: Index, later: Index, ends: Index) -> Iterator[Step]:
    """Yield the steps of all rounds, with the places their numbers go to.

    Args:
        plan: Order and pairs.
        degree: Neighbours of each row in order of elimination, shape (row,).
        later: Neighbours of all rows side by side, shape (pair,).
        ends: Position behind the last row of each round, shape (round,).
    """
    first, second = couples(degree, 0 if plan.symmetric else None)
    slots = _slots(plan, later[first], later[second])
    target = np.where(slots < 0, plan.place[later[first]], plan.size + slots)
    upto = np.concatenate([np.zeros(1, np.intp), np.cumsum(degree)])
    many = degree * (degree + 1) // 2 if plan.symmetric else degree**2
    made = np.concatenate([np.zeros(1, np.intp), np.cumsum(many)])
    owner, beside = np.repeat(np.arange(plan.size), degree), plan.place[later]
    for start, stop in _blocks(degree, made, ends):
        pairs, products = slice(upto[start], upto[stop]), slice(made[start], made[stop])
        order = np.argsort(target[products], kind="stable")
        yield Step(
            slice(start, stop), pairs, _fixed(owner[pairs]), _fixed(beside[pairs]),
            _fixed(first[products][order]), _fixed(second[products][order]),
            _grouped(target[products][order], np.arange(order.size)),
            _grouped(*_sorted(beside[pairs])),
            _sum(upto[start : stop + 1] - upto[start], np.arange(pairs.stop - pairs.start)),
        )  # fmt: skip


def _blocks(degree: Index, made: Index, ends: Index) -> Iterator[tuple[int, int]]:
    """Yield first and last row of each step: a round without its lone rows, cut where a block is full."""
    begin = 0
    for end in ends.tolist():
        start = begin + int(np.searchsorted(degree[begin:end], 1))
        while start < end:
            stop = int(np.searchsorted(made, made[start] + BLOCK, side="right")) - 1
            stop = min(max(stop, start + 1), end)
            yield start, stop
            start = stop
        begin = end


def _sorted(target: Index) -> tuple[Index, Index]:
    order = np.argsort(target, kind="stable")
    return target[order], order


def _grouped(target: Index, rows: Index) -> Sum:
    """Return what sums rows into their targets, which are ascending."""
    begins = np.flatnonzero(np.diff(target, prepend=-1))
    return _sum(np.append(begins, target.size), rows, _fixed(target[begins]))


def _sum(starts: Index, rows: Index, places: Index | None = None) -> Sum:
    return Sum(_fixed(starts), _fixed(rows), np.full(rows.size, -1.0), places)


def _keys(size: int, rows: Index, cols: Index) -> Index:
    """Return one number per pair, the same in both directions; refuse what lies outside the matrix."""
    low, high = np.minimum(rows, cols), np.maximum(rows, cols)
    if low.size and (low.min() < 0 or high.max() >= size):
        msg = f"an entry lies outside a matrix of {size} rows"
        raise ValueError(msg)
    return low * size + high


def _joined(parts: Sequence[Index]) -> Index:
    """Return the parts one after another, nothing if there are none."""
    return np.concatenate([np.empty(0, np.intp), *parts])


def _fixed(array: Index) -> Index:
    """Return the array, read-only from now on."""
    array.setflags(write=False)
    return array
