"""Tables of points, one row per part, padded with NaN to one width. They carry any unit."""

import numpy as np

from twin.arrays import Array, Flags, Index


def interpolate(knots: Array, values: Array, at: Array) -> Array:
    """Return each part's table at given places: straight lines between points, level beyond the ends.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        values: Values there, shape (part, point).
        at: Where to look, shape (part,) or (part, variant).

    Returns:
        Values, shape of ``at``; NaN for a part without points.

    Source:
        Linear interpolation; end values as ``numpy.interp`` holds them.
    """
    start, share = _place(knots, at)
    rows = _rows(at)
    stop = np.minimum(start + 1, np.maximum(_points(knots) - 1, 0)[rows])
    low, high = values[rows, start], values[rows, stop]
    return np.where(start == stop, low, low + share * (high - low))


def slope(knots: Array, values: Array, at: Array) -> Array:
    """Return the slope of each part's table at given places, zero beyond the ends.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        values: Values there, shape (part, point).
        at: Where to look, shape (part,) or (part, variant).

    Returns:
        Change of value over change of place, shape of ``at``; at a point that of the piece above it.

    Source:
        Derivative of ``interpolate``.
    """
    start, _ = _place(knots, at)
    rows = _rows(at)
    stop = np.minimum(start + 1, np.maximum(_points(knots) - 1, 0)[rows])
    width = np.where(start == stop, 1.0, knots[rows, stop] - knots[rows, start])
    inside = (start != stop) & ~clamped(knots, at)
    return np.where(inside, (values[rows, stop] - values[rows, start]) / width, 0.0)


def clamped(knots: Array, at: Array) -> Flags:
    """Return where a place lies beyond the ends of its part's table.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        at: Where to look, shape (part,) or (part, variant).

    Returns:
        True beyond the ends or without points, shape of ``at``.

    Source:
        Definition.
    """
    rows = _rows(at)
    last = np.maximum(_points(knots) - 1, 0)[rows]
    inside: Flags = (at >= knots[rows, 0]) & (at <= knots[rows, last])
    return ~inside


def is_rising(knots: Array) -> Flags:
    """Return which parts have points that strictly rise, with no gap before the last one.

    Args:
        knots: Places of the points, shape (part, point), NaN after the last point.

    Returns:
        True for a table that ``interpolate`` can use, shape (part,).

    Source:
        Definition.
    """
    known = np.isfinite(knots)
    gap = ~known[..., :-1] & known[..., 1:]
    step = np.where(known[..., 1:] & known[..., :-1], np.nan_to_num(np.diff(knots, axis=-1)), 1.0)
    rising: Flags = np.all(step > 0.0, axis=-1) & ~np.any(gap, axis=-1) & known[..., 0]
    return rising


def _points(knots: Array) -> Index:
    count: Index = np.isfinite(knots).sum(axis=-1, dtype=np.intp)
    return count


def _rows(at: Array) -> Index:
    """Return the part of each place, broadcast against ``at``."""
    rows = np.arange(at.shape[0], dtype=np.intp)
    return rows.reshape(-1, *([1] * (at.ndim - 1)))


def _place(knots: Array, at: Array) -> tuple[Index, Array]:
    """Return the piece each place lies on and how far along it, 0 to 1."""
    rows = _rows(at)
    last = np.maximum(_points(knots) - 1, 0)[rows]
    start = np.zeros(at.shape, dtype=np.intp)
    for point in range(1, knots.shape[-1] - 1):
        start += at >= knots[:, point].reshape(rows.shape)
    start = np.minimum(start, np.maximum(last - 1, 0))
    stop = np.minimum(start + 1, last)
    low, high = knots[rows, start], knots[rows, stop]
    width = np.where(stop > start, high - low, 1.0)
    return start, np.clip((at - low) / width, 0.0, 1.0)
