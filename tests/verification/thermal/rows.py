"""One line of a comparison: how far ours is from a published number at worst, and how far it may be."""

import math
from dataclasses import dataclass

import numpy as np

ZERO_K = 273.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The worst of many points.

    Attributes:
        case: Name of the case, that of its file.
        quantity: What is compared, in words, and how many points.
        worst: Largest distance from the reference, in ``unit``.
        bar: Largest distance allowed.
        unit: "" for a pure number, "%" of the reference, or a unit.
    """

    case: str
    quantity: str
    worst: float
    bar: float
    unit: str

    @property
    def passed(self) -> bool:
        """Return whether every point is near enough; NaN never is."""
        return math.isfinite(self.worst) and self.worst <= self.bar


def apart(found, expected) -> float:
    """Return the largest distance."""
    return float(np.max(np.abs(np.asarray(found, float) - np.asarray(expected, float))))


def percent(found, expected) -> float:
    """Return the largest distance over the reference [%]."""
    theirs = np.asarray(expected, float)
    return 100.0 * float(np.max(np.abs(np.asarray(found, float) / theirs - 1.0)))


def kelvin(celsius):
    """Return K of degrees Celsius."""
    return np.asarray(celsius, float) + ZERO_K
