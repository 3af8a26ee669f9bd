"""Phases of a conductor and vector groups of a transformer: words and numbers."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from twin.arrays import Array, Index

PHASES = MappingProxyType({"abc": 7, "a": 1, "b": 2, "c": 4, "ab": 3, "bc": 6, "ca": 5})
"""Phases by word; each is a bit. One phase goes with the neutral, two go without."""
ALL_PHASES = PHASES["abc"]

VECTOR_GROUPS = ("Dyn11", "Dyn5", "Dyn1", "YNyn0", "YNd11", "YNd5", "YNd1", "Dd0")
"""Vector groups (IEC 60076-1:2011, annex D): high voltage, low voltage, and by how many hours that lags."""


def phase_bits(words: Sequence[str]) -> Index:
    """Return the phases of each word, shape (word,)."""
    return np.array([PHASES[word] for word in words], dtype=np.intp)


def group_numbers(words: Sequence[str]) -> Index:
    """Return the place of each word among ``VECTOR_GROUPS``, shape (word,)."""
    return np.array([VECTOR_GROUPS.index(word) for word in words], dtype=np.intp)


def clock_hours(numbers: Index) -> Index:
    """Return by how many hours of the clock the low voltage lags, shape (transformer,)."""
    hours = [int("".join(c for c in word if c.isdigit())) for word in VECTOR_GROUPS]
    return np.array(hours, dtype=np.intp)[numbers]


NEUTRALS = ("solid", "isolated", "resistor")
"""How a star point is earthed."""
# IEC 60364-1, 312.2: low voltage is TN unless somebody says otherwise; above it nothing is usual.
EARTHED_V = 1000.0


def neutral_ohm(words: Sequence[str], resistance_ohm: Array, volts_v: Array) -> Array:
    """Return what stands between star points and earth [ohm]: inf isolated, NaN not known.

    Args:
        words: One of ``NEUTRALS`` each; "" is solid up to 1 kV and not known above it.
        resistance_ohm: Of a resistor, shape (part, 1 or variant).
        volts_v: Voltage, line to line, likewise.
    """
    word = np.array(words)[:, None]
    said = np.select([word == "solid", word == "isolated"], [0.0, np.inf], resistance_ohm)
    return np.asarray(np.where(word == "", np.where(volts_v <= EARTHED_V, 0.0, np.nan), said))
