"""Roots of many rising functions at once, each kept in its bracket."""

from collections.abc import Callable

import numpy as np

from twin.arrays import Array

_LIMIT = 80


def rising_root(
    value: Callable[[Array], Array], low: Array, high: Array, *, tolerance: float = 1e-14
) -> Array:
    """Return where each function crosses zero from ``low`` to ``high``; the near end where none does.

    Inverse quadratic steps, bisection where they would stray.

    Source:
        T. R. Chandrupatla, Adv. Eng. Softw. 28 (1997) 145.
    """
    b, a = high, low
    fb, fa = value(b), value(a)
    outside = (fa >= 0.0) | (fb <= 0.0)
    end = np.where(fa >= 0.0, a, b)
    c, fc = a, fa
    t = 0.5 + 0.0 * a
    for _ in range(_LIMIT):
        x = a + t * (b - a)
        fx = value(x)
        same = (fx >= 0.0) == (fa >= 0.0)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        limit = np.minimum((2e-16 * np.abs(best) + 0.5 * tolerance) / np.maximum(np.abs(b - a), 1e-300), 0.5)
        done = outside | (limit >= 0.5) | (fa == 0.0)
        if np.all(done):
            break
        t = np.minimum(np.maximum(_step(a, b, c, fa, fb, fc), limit), 1.0 - limit)
        t = np.where(done, 0.0, t)
    return np.where(outside, end, np.where(np.abs(fa) < np.abs(fb), a, b))


def _step(  # noqa: PLR0917  three points of the parabola
    a: Array, b: Array, c: Array, fa: Array, fb: Array, fc: Array
) -> Array:
    """Return where the inverse parabola through three points goes, 0 at a, 1 at b; 0.5 where it strays."""
    xi = _over(a - b, c - b)
    phi = _over(fa - fb, fc - fb)
    trusted = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
    first = _over(fa, fb - fa) * _over(fc, fb - fc)
    second = _over(c - a, b - a) * _over(fa, fc - fa) * _over(fb, fc - fb)
    return np.where(trusted, first + second, 0.5)


def _over(top: Array, bottom: Array) -> Array:
    """Return a quotient, zero where the divisor is zero."""
    safe = np.where(bottom == 0.0, 1.0, bottom)
    return np.where(bottom == 0.0, 0.0, top / safe)
