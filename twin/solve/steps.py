"""Steps of an elimination as lists of indices, and the last rows, which a dense matrix takes."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse._sparsetools import csr_matvec, csr_matvecs

from twin.arrays import Index

Values = NDArray[Any]  # float64 or complex128

DENSE = 32
"""Rows that a dense matrix takes on at the end: factors of more cost more than the rounds that they save."""


def product(matrix: csr_array, values: Values) -> Values:
    """Return a sparse matrix times values, contiguous ones of shape (column, variant).

    The kernel of scipy's product, without what scipy asks first: small networks wait for little else.
    """
    wide = values.shape[1]
    out = np.zeros((matrix.shape[0], wide), values.dtype)
    shape, kernel = (matrix.shape, csr_matvec) if wide == 1 else ((*matrix.shape, wide), csr_matvecs)
    kernel(*shape, matrix.indptr, matrix.indices, matrix.data, values.reshape(-1), out.reshape(-1))
    return out


@final
@dataclass(frozen=True, eq=False)
class Sum:
    """Takes rows of values off the places they belong to.

    Attributes:
        starts: Where the rows of each place start in ``rows``, shape (place + 1,).
        rows: Rows by place, shape (given row,).
        places: Places that receive something, ascending, shape (place,); None for all, in their order.
        minus: -1 for every row, shape (given row,).
    """

    starts: Index
    rows: Index
    minus: Values
    places: Index | None = None

    def subtract(self, values: Values, total: Values) -> None:
        """Subtract the rows of ``values`` from ``total`` where they belong, in place; both contiguous."""
        if not self.rows.size:
            return
        part = total if self.places is None else total.take(self.places, axis=0)
        shape = self.starts.size - 1, values.shape[0], values[0].size
        weight = self.minus.astype(values.dtype, copy=False)
        # The kernel of scipy's product, which would make an array of zeros and add once more.
        csr_matvecs(*shape, self.starts, self.rows, weight, values.reshape(-1), part.reshape(-1))
        if self.places is not None:
            total[self.places] = part


@final
@dataclass(frozen=True, eq=False)
class Step:
    """Rows that are eliminated at once. Products are numbered by the place they go to.

    Attributes:
        rows: Where they lie in order of elimination.
        pairs: Where their pairs lie in order of elimination, those of one row side by side.
        owner: Row of each pair, as position in order of elimination, shape (pair,).
        later: Neighbour of each pair, likewise, shape (pair,).
        first, second: Pairs whose lower and upper entries each product has, shape (product,).
        fill: Sums products into diagonal, upper and lower entries.
        carry: Sums pairs into the positions of their neighbours.
        back: Sums pairs into their rows.
    """

    rows: slice
    pairs: slice
    owner: Index
    later: Index
    first: Index
    second: Index
    fill: Sum
    carry: Sum
    back: Sum


@final
@dataclass(frozen=True, eq=False)
class Tail:
    """The last rows of a plan, few enough for a dense matrix; their rounds are many and hold little.

    Attributes:
        start: Position of the first one.
        steps: Number of steps before them.
        pairs: Where their pairs lie in order of elimination.
        owner, later: Rows of each pair, counted from ``start``, shape (pair,).
    """

    start: int
    steps: int
    pairs: slice
    owner: Index
    later: Index
