"""Polynomials in one variable, lowest power first."""

from collections.abc import Sequence

import numpy as np

from twin.arrays import Array


def horner(coefficients: Sequence[float | Array], at: Array) -> Array:
    """Return the sum of ``coefficients[n] * at**n``; coefficients broadcast with ``at``."""
    if len(coefficients) == 1:
        return coefficients[0] + 0.0 * at
    total = coefficients[-1] * at + coefficients[-2]
    for coefficient in reversed(coefficients[:-2]):
        # In place where nothing grows; quantities with units and single numbers have no place.
        if type(total) is np.ndarray and total.shape == np.shape(at) and np.size(coefficient) == 1:
            total *= at
            total += coefficient
        else:
            total = total * at + coefficient
    return total


def integral(coefficients: Sequence[float | Array]) -> list[float | Array]:
    """Return the coefficients of the integral that is zero at zero."""
    return [0.0, *(coefficient / (power + 1.0) for power, coefficient in enumerate(coefficients))]
