"""Polynomials in one variable, lowest power first."""

from collections.abc import Sequence

import numpy as np

from twin.arrays import Array


def horner(coefficients: Sequence[float | Array], at: Array) -> Array:
    """Return the sum of ``coefficients[n] * at**n``; coefficients broadcast with ``at``."""
    total = coefficients[-1] + 0.0 * at
    for coefficient in reversed(coefficients[:-1]):
        total = total * at
        if type(total) is np.ndarray and np.ndim(coefficient) == 0:
            total += coefficient
        else:
            total = total + coefficient
    return total


def integral(coefficients: Sequence[float | Array]) -> list[float | Array]:
    """Return the coefficients of the integral that is zero at zero."""
    return [0.0, *(coefficient / (power + 1.0) for power, coefficient in enumerate(coefficients))]
