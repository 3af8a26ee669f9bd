"""Joining the columns of many blocks into one array per number."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index


def zero() -> Array:
    """Return a number that is none."""
    return np.zeros((1, 1))


def one() -> Array:
    """Return a number that changes nothing as a factor."""
    return np.ones((1, 1))


def nan() -> Array:
    """Return a number that is not given."""
    return np.full((1, 1), np.nan)


def no_points() -> Array:
    """Return a table without points."""
    return np.zeros((1, 0))


def on() -> Flags:
    """Return that something is in service."""
    return np.ones((1, 1), dtype=np.bool_)


def freeze(array: Any) -> Any:
    """Return the array, read-only from now on."""
    array.setflags(write=False)
    return array


def column(blocks: Sequence[Any], field: str, counts: Sequence[int]) -> Array:
    """Return one number of every block, shape (element, 1 or variant), variant axis contiguous."""
    parts = [np.asarray(getattr(b, field)) for b in blocks]
    wide = max((p.shape[1] for p in parts), default=1)
    out = np.empty((sum(counts), wide), dtype=np.result_type(*parts) if parts else np.float64)
    start = 0
    for values, count in zip(parts, counts, strict=True):
        out[start : start + count] = values
        start += count
    return freeze(out)  # type: ignore[no-any-return]


def flags(blocks: Sequence[Any], counts: Sequence[int], variants: int) -> Flags:
    """Return ``in_service`` of every block, shape (element, variant)."""
    out = np.ones((sum(counts), variants), dtype=np.bool_)
    start = 0
    for block, count in zip(blocks, counts, strict=True):
        out[start : start + count] = block.in_service
        start += count
    return freeze(out)  # type: ignore[no-any-return]


def index(blocks: Sequence[Any], field: str) -> Index:
    """Return one topology column of every block, shape (element,)."""
    parts = [np.asarray(getattr(b, field), dtype=np.intp) for b in blocks]
    return freeze(np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp))  # type: ignore[no-any-return]


def slices(counts: Sequence[int]) -> list[slice]:
    """Return the rows of each block."""
    ends = np.cumsum(np.asarray(counts, dtype=np.intp)).tolist()
    return [slice(e - c, e) for e, c in zip(ends, counts, strict=True)]
