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


def from_nothing(knots: Array, values: Array, at: Array) -> Array:
    """Return each part's table at given places; before its first point in proportion to the place.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point; the first > 0.
        values: Values there, shape (part, point).
        at: Where to look, shape (part, variant), >= 0.

    Returns:
        Values, shape of ``at``; level beyond the last point.

    Source:
        Linear interpolation.
    """
    first = knots[:, :1]
    return interpolate(knots, values, np.maximum(at, first)) * np.minimum(at / first, 1.0)


def extended(knots: Array, values: Array, at: Array) -> Array:
    """Return each part's table at given places; beyond its last point it rises on as steeply as before it.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        values: Values there, shape (part, point).
        at: Where to look, shape (part, variant).

    Returns:
        Values, shape of ``at``: level before the first point, and beyond the last one where the table falls
        there or has a single point.

    Source:
        Linear extrapolation, to the side of more only.
    """
    last = np.nanmax(knots, axis=1, keepdims=True)
    steep = np.maximum(slope(knots, values, np.nextafter(last, -np.inf)), 0.0)
    beyond: Array = steep * np.maximum(at - last, 0.0)
    return interpolate(knots, values, at) + beyond


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


def cubics(knots: Array, values: Array, straight: bool) -> Array:
    """Return the cubic of each piece of each part's table, which never turns where the points do not.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        values: Values there, shape (part, point).
        straight: Whether pieces are straight lines instead.

    Returns:
        Coefficients of 1, t, t², t³ with t the distance from the point that a piece starts at, shape
        (part, point, 4); the last point and those padded go on along the tangent.

    Source:
        F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300: harmonic mean of the slopes.
    """
    known = np.isfinite(knots)
    inside = known[:, 1:]
    width = np.where(inside, np.diff(knots, axis=1), 1.0)
    rise = np.where(inside, np.diff(values, axis=1), 0.0) / width
    tangent = np.zeros_like(knots)
    if knots.shape[1] > 1:
        tangent[:, 0] = rise[:, 0]
        before, after, w0, w1 = rise[:, :-1], rise[:, 1:], width[:, :-1], width[:, 1:]
        same = inside[:, 1:] & (before * after > 0.0)
        share = (w0 + 2.0 * w1) / (3.0 * (w0 + w1))
        mean = before * after / np.where(same, share * after + (1.0 - share) * before, 1.0)
        tangent[:, 1:-1] = np.where(same, mean, 0.0)
        last = np.maximum(known.sum(axis=1) - 1, 1)
        tangent[np.arange(len(knots)), last] = rise[np.arange(len(knots)), last - 1]
    out = np.zeros((*knots.shape, 4))
    out[..., 0], out[..., 1] = np.nan_to_num(values), tangent
    if straight:
        out[:, :-1, 1] = np.where(inside, rise, tangent[:, :-1])
    else:
        stop = tangent[:, 1:]
        start = tangent[:, :-1]
        out[:, :-1, 2] = np.where(inside, (3.0 * rise - 2.0 * start - stop) / width, 0.0)
        out[:, :-1, 3] = np.where(inside, (start + stop - 2.0 * rise) / width**2, 0.0)
    return out


def along(knots: Array, pieces: Array, at: Array) -> tuple[Array, Array]:
    """Return each part's table of cubics and its slope at given places; beyond the ends along the tangent.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point.
        pieces: From ``cubics``, shape (part, point, 4).
        at: Where to look, shape (part, variant).

    Returns:
        Values and slopes, shape of ``at``.

    Source:
        Horner's scheme.
    """
    start = np.zeros(at.shape, dtype=np.intp)
    for point in range(1, knots.shape[1]):
        start += at >= knots[:, point, None]
    rows = np.arange(len(knots), dtype=np.intp)[:, None]
    t = at - knots[rows, start]
    c0, c1, c2, c3 = np.moveaxis(pieces[rows, start], -1, 0)
    before = t < 0.0
    c2, c3 = np.where(before, 0.0, c2), np.where(before, 0.0, c3)
    return c0 + t * (c1 + t * (c2 + t * c3)), c1 + t * (2.0 * c2 + 3.0 * t * c3)


def levelling(knots: Array, values: Array) -> tuple[Array, Array, Array]:
    """Return level, reach above it and exponent of a falling power fitted to each part's table.

    The fit is level + reach · (at / first knot)^-exponent, exponent in steps of 0.01 from 0.3 to 3.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point; the first > 0.
        values: Falling values there, > 0, shape (part, point).

    Returns:
        Level, >= 0, reach, and exponent, shape (part, 1) each: least squares of the values.

    Source:
        Least squares, linear in level and reach, by search over the exponent.
    """
    steps = np.arange(0.3, 3.005, 0.01)
    known = np.isfinite(knots)
    x = np.where(known, knots, 1.0) / knots[:, :1]
    y = np.where(known, values, 0.0)
    basis = np.where(known[..., None], x[..., None] ** -steps, 0.0)
    count = known.sum(axis=1)[:, None]
    mean_x, mean_y = basis.sum(axis=1) / count, y.sum(axis=1)[:, None] / count
    apart = np.where(known[..., None], basis - mean_x[:, None], 0.0)
    spread = np.maximum((apart**2).sum(axis=1), 1e-300)
    reach = (apart * y[..., None]).sum(axis=1) / spread
    level = mean_y - reach * mean_x
    sunk = level < 0.0
    through = (basis * y[..., None]).sum(axis=1) / (basis**2).sum(axis=1)
    reach, level = np.where(sunk, through, reach), np.where(sunk, 0.0, level)
    miss = np.where(known[..., None], level[:, None] + reach[:, None] * basis - y[..., None], 0.0)
    best = (miss**2).sum(axis=1).argmin(axis=1)[:, None]
    rows = np.arange(len(knots))[:, None]
    return level[rows, best], reach[rows, best], steps[best]


def falling(knots: Array, values: Array, at: Array, level: Array, exponent: Array) -> Array:
    """Return each part's falling table at given places.

    It is a monotone cubic between the points. Beyond either end it goes on as the fit of ``levelling`` does,
    from the end point on.

    Args:
        knots: Rising places of the points, shape (part, point), NaN after the last point; the first > 0.
        values: Falling values there, > 0, shape (part, point).
        at: Where to look, > 0, shape (part, place).
        level: Level of the fit, shape (part, 1).
        exponent: Exponent of the fit, shape (part, 1).

    Returns:
        Values, shape of ``at``.

    Source:
        ``cubics`` within the points, ``levelling`` beyond them.
    """
    rows, last = np.arange(len(knots))[:, None], _points(knots)[:, None] - 1
    first, end = knots[:, :1], knots[rows, last]
    inside, _ = along(knots, cubics(knots, values, straight=False), np.clip(at, first, end))
    edge = np.where(at < first, first, end)
    gone = np.where((at < first) | (at > end), (at / edge) ** -exponent, 1.0)
    floor = np.minimum(level, inside)
    return np.asarray(floor + (inside - floor) * gone)


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
