"""Where straight runs come closest to each other, and what runs side by side along one."""

import numpy as np

from twin.arrays import Array, Index


def closest(one: tuple[Array, Array], two: tuple[Array, Array]) -> tuple[Array, Array, Array]:
    """Return where each pair of segments comes closest, along either, and the distance left [m].

    Args:
        one: Both ends of the first segments, shape (pair, 3); they may coincide.
        two: Both ends of the second segments.

    Returns:
        From the start of the first, from the start of the second, and apart [m], shape (pair,).

    Source: C. Ericson, Real-Time Collision Detection (2005), 5.1.9, closest points of two segments.
    """
    p, q = one[0], two[0]
    u, v, r = one[1] - p, two[1] - q, p - q
    a, e, f = np.sum(u * u, axis=1), np.sum(v * v, axis=1), np.sum(v * r, axis=1)
    c, b = np.sum(u * r, axis=1), np.sum(u * v, axis=1)
    square = a * e - b * b
    skew = square > 1e-9 * a * e
    s = np.clip(np.where(skew, (b * f - c * e) / np.where(skew, square, 1.0), 0.0), 0.0, 1.0)
    t = np.clip((b * s + f) / np.where(e > 0.0, e, 1.0), 0.0, 1.0)
    s = np.clip((b * t - c) / np.where(a > 0.0, a, 1.0), 0.0, 1.0)
    gap = r + s[:, None] * u - t[:, None] * v
    return s * np.sqrt(a), t * np.sqrt(e), np.linalg.norm(gap, axis=1)


def peak(place: Index, from_m: Array, to_m: Array, area_m2: Array, count: int) -> Array:
    """Return the greatest sum of what runs side by side in each place, shape (place,)."""
    low, high = np.minimum(from_m, to_m), np.maximum(from_m, to_m)
    both, at = np.concatenate([place, place]), np.concatenate([low, high])
    step = np.concatenate([area_m2, -area_m2])
    # What ends at a point has left it before what begins there.
    order = np.lexsort((np.sign(step), at.round(6), both))
    out = np.zeros(count)
    np.maximum.at(out, both[order], np.cumsum(step[order]))
    return out
