"""What a load draws at a voltage: constant power, current or impedance, and beyond its limits.

Source:
    R. C. Dugan et al., OpenDSS Reference Guide, EPRI, Load object (model, vminpu, vmaxpu, vlowpu); how the
    current goes beyond the limits was measured on DSS C-API 0.14.5 and is held by tests/oracle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from twin.arrays import Array, Index
from twin.solve.wires_net import Complex, Draws

LOW_RATIO = 0.5
"""Voltage over rated below which every load is its rated impedance (OpenDSS, vlowpu)."""

EXPONENTS = {1: (0.0, 0.0), 2: (2.0, 2.0), 3: (0.0, 2.0), 4: (1.0, 2.0), 5: (1.0, 1.0)}
"""How active and reactive power follow voltage, by OpenDSS's number of the model."""

CURRENT_MODEL = 5
IMPEDANCE = 2.0


class Draw(NamedTuple):
    """One phase of a load.

    Attributes:
        name: The load.
        a, b: Nodes it stands between, -1 for earth.
        rated_v: Voltage at which it draws ``power_va``.
        power_va: Active and reactive power then.
        model: 1 constant power, 2 impedance, 3 constant P with Q by the square of voltage, 4 P by voltage and
            Q by its square, 5 constant current.
        least_ratio, most_ratio: Voltages over rated between which that holds.
        exponents: How P and Q follow voltage, where it is not as the model says.
    """

    name: str
    a: int
    b: int
    rated_v: float
    power_va: complex
    model: int = 1
    least_ratio: float = 0.0
    most_ratio: float = np.inf
    exponents: tuple[float, float] | None = None


def draws_of(rows: Sequence[Draw]) -> Draws:
    """Return draws as columns."""

    def column(at: int) -> Array:
        return np.array([row[at] for row in rows], dtype=np.float64)

    powers = np.array([row.exponents or EXPONENTS[row.model] for row in rows]).reshape(-1, 2)
    least, most = column(6), column(7)
    steady = column(5) == CURRENT_MODEL
    with np.errstate(divide="ignore"):
        inverse = np.where(least > 0.0, 1.0 / least, 0.0)
    return Draws(
        names=tuple(row.name for row in rows), a=_index(rows, 1), b=_index(rows, 2), rated_v=column(3),
        power_va=np.array([row.power_va for row in rows], dtype=np.complex128),
        active_exponent=powers[:, 0], reactive_exponent=powers[:, 1], least_ratio=least, most_ratio=most,
        least_current_ratio=np.where(steady, 1.0, inverse),
        most_admittance_ratio=np.where(steady, 1.0 / most, 1.0 / most**2),
    )  # fmt: skip


def _index(rows: Sequence[Draw], at: int) -> Index:
    return np.array([row[at] for row in rows], dtype=np.intp)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """Admittance of draws at a voltage.

    Attributes:
        admittance_s: Current over voltage, shape (draw, set).
        slope_s: Its derivative by the voltage over rated, times that, shape (draw, set).
    """

    admittance_s: Complex
    slope_s: Complex


def response(draws: Draws, power_va: Complex, size_v: Array) -> Response:
    """Return the admittance of draws and how it changes with the voltage across them.

    Within the limits P = P0 v^p and Q = Q0 v^q with v the voltage over rated, so
    y = (P0 v^(p-2) - j Q0 v^(q-2)) / rated^2. Below the lower limit the current falls in a straight line to
    that of the rated impedance at ``LOW_RATIO``, above the upper one the admittance stays.

    Args:
        draws: Loads by phase.
        power_va: Power at rated voltage, shape (draw, 1 or set).
        size_v: Magnitude of the voltage across each draw [V], shape (draw, set).

    Source:
        As of this module.
    """
    ratio = size_v / draws.rated_v[:, None]
    rated = power_va.conj() / draws.rated_v[:, None] ** 2
    active, active_slope = _shape(draws, draws.active_exponent, ratio)
    if np.array_equal(draws.active_exponent, draws.reactive_exponent):
        return Response(rated * active, rated * active_slope)
    reactive, reactive_slope = _shape(draws, draws.reactive_exponent, ratio)
    return Response(
        rated.real * active + 1j * rated.imag * reactive,
        rated.real * active_slope + 1j * rated.imag * reactive_slope,
    )


def _shape(draws: Draws, exponent: Array, ratio: Array) -> tuple[Array, Array]:
    """Return admittance over rated, and voltage times its slope, at a voltage over rated."""
    least, power = draws.least_ratio[:, None], exponent[:, None] - 2.0
    changes = np.minimum(draws.active_exponent, draws.reactive_exponent)[:, None] != IMPEDANCE
    safe = np.maximum(ratio, np.finfo(np.float64).tiny ** 0.25)
    shape: Array = np.where(power == 0.0, 1.0, safe**power)
    slope: Array = power * shape
    above = (ratio > draws.most_ratio[:, None]) & changes
    shape = np.where(above, np.broadcast_to(draws.most_admittance_ratio[:, None], ratio.shape), shape)
    slope = np.where(above, 0.0, slope)
    below = (ratio < least) & changes
    if below.any():
        low = np.minimum(LOW_RATIO, least)
        rise = (draws.least_current_ratio[:, None] - low) / np.maximum(least - low, np.finfo(np.float64).eps)
        start = low - rise * low
        line = ratio > low
        shape = np.where(below, np.where(line, rise + start / safe, 1.0), shape)
        slope = np.where(below, np.where(line, -start / safe, 0.0), slope)
    return shape, slope
