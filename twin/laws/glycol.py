"""Properties of propylene glycol in water, any mass fraction from 0 to 0.6.

Inhibited products (PG25 as sold) are 3 to 17 % more viscous than these uninhibited mixtures. Outside -50 to
100 °C the properties keep the value of the end, so that enthalpy stays monotone.
"""

import numpy as np

from twin.arrays import Array, Flags
from twin.laws._bracket import rising_root
from twin.laws._polynomial import horner, integral

COLDEST_K = 223.15
HOTTEST_K = 373.15
ZERO_ENTHALPY_K = 273.15
BASE_K = 305.8583
BASE_FRACTION = 0.307031
RICHEST_FRACTION = 0.6
ONE_K = 1.0
ONE_KG_M3 = 1.0
ONE_J_KGK = 1.0
ONE_W_MK = 1.0
ONE_PA_S = 1.0
# A step of Newton below 0.1 mK leaves an error below 1e-11 K: it is the last.
LAST_STEP = 1e-4

_Table = tuple[tuple[float, ...], ...]

# Melinder 2010: rows are powers of T - 305.8583 K, columns powers of mass fraction - 0.307031.
_DENSITY: _Table = (
    (1018.0, 76.04, -24.98, -155.0, -113.1, 234.2),
    (-0.5406, -0.945, 0.27, 2.829, -2.221),
    (-0.002666, 0.005541, -0.004018, -0.007175),
    (1.347e-5, -1.343e-5, 3.376e-5),
)
_HEAT: _Table = (
    (3882.0, -1304.0, -1598.0, 353.9, 5000.0, -4959.0),
    (2.699, 5.07, 0.9534, 31.02, -71.35),
    (-0.001659, -0.004752, 0.1167, -0.295),
    (-1.032e-5, 1.522e-4, -4.87e-4),
)
_CONDUCTIVITY: _Table = (
    (0.4513, -0.4795, 0.2076, -0.09083, -0.05952, 0.2104),
    (7.955e-4, -0.001678, 0.001563, -0.002518, -0.003605),
    (3.482e-8, 8.941e-6, -4.615e-5, 6.543e-5),
    (-5.966e-9, 1.493e-8, 9.897e-8),
)
# The source gives the logarithm of mPa s; the first number is lowered by ln 1000.
_LOG_VISCOSITY: _Table = (
    (0.6837 - np.log(1000.0), 3.328, 0.5453, -3.9, -1.587, 35.64),
    (-0.03045, -0.03984, -0.00086, 0.1054, 0.04475),
    (2.525e-4, 4.332e-4, -1.593e-4, -0.001589),
    (-1.399e-6, -1.86e-6, -4.465e-7),
)
_FREEZING = (259.9, -66.31, -109.4, -228.3, -340.9, 146.5)


def _reduced(temperature: Array) -> Array:
    return (np.minimum(np.maximum(temperature, COLDEST_K), HOTTEST_K) - BASE_K) / ONE_K


def _rows(table: _Table, fraction: Array) -> list[float | Array]:
    """Return the coefficients of the powers of temperature in the shape of the mass fraction."""
    return [horner(row, fraction - BASE_FRACTION) for row in table]


def density(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the density of a propylene glycol mixture.

    Args:
        temperature_k: Temperature [K], any shape, freezing point to 373.15.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Density [kg/m^3], broadcast shape.

    Source:
        Å. Melinder, Properties of Secondary Working Fluids for Indirect Systems, IIR 2010 (CoolProp MPG).
    """
    return horner(_rows(_DENSITY, mass_fraction), _reduced(temperature_k)) * ONE_KG_M3


def heat_capacity(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the specific heat of a propylene glycol mixture.

    Args:
        temperature_k: Temperature [K], any shape, freezing point to 373.15.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Specific heat [J/(kg K)], broadcast shape.

    Source:
        Å. Melinder, Properties of Secondary Working Fluids for Indirect Systems, IIR 2010 (CoolProp MPG).
    """
    return horner(_rows(_HEAT, mass_fraction), _reduced(temperature_k)) * ONE_J_KGK


def conductivity(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the thermal conductivity of a propylene glycol mixture.

    Args:
        temperature_k: Temperature [K], any shape, freezing point to 373.15.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Conductivity [W/(m K)], broadcast shape.

    Source:
        Å. Melinder, Properties of Secondary Working Fluids for Indirect Systems, IIR 2010 (CoolProp MPG).
    """
    return horner(_rows(_CONDUCTIVITY, mass_fraction), _reduced(temperature_k)) * ONE_W_MK


def viscosity(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the dynamic viscosity of a propylene glycol mixture without inhibitors.

    Args:
        temperature_k: Temperature [K], any shape, freezing point to 373.15.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Viscosity [Pa s], broadcast shape.

    Source:
        Å. Melinder, Properties of Secondary Working Fluids for Indirect Systems, IIR 2010 (CoolProp MPG).
    """
    return np.exp(horner(_rows(_LOG_VISCOSITY, mass_fraction), _reduced(temperature_k))) * ONE_PA_S


def freezing(mass_fraction: Array) -> Array:
    """Return the temperature at which the first ice forms.

    Args:
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Temperature [K], shape of the argument, falling.

    Source:
        Å. Melinder, Properties of Secondary Working Fluids for Indirect Systems, IIR 2010 (CoolProp MPG).
    """
    return horner(_FREEZING, mass_fraction - BASE_FRACTION) * ONE_K


def freezing_fraction(freezing_k: Array) -> Array:
    """Return the mass fraction whose first ice forms at a temperature; the inverse of ``freezing``.

    Args:
        freezing_k: Temperature [K], any shape.

    Returns:
        Mass fraction [1], shape of the argument, 0 to 0.6; an end where the mixture cannot do it.

    Source:
        Root of ``freezing``, which falls all along.
    """
    none = 0.0 * freezing_k / ONE_K
    return rising_root(lambda x: freezing_k / ONE_K - freezing(x) / ONE_K, none, none + RICHEST_FRACTION)


def _enthalpy(rows: list[float | Array], temperature: Array) -> tuple[Array, Array]:
    """Return the enthalpy from the freezing point of water and its slope, for given coefficients of heat."""
    reduced = _reduced(temperature)
    powers = integral(rows)
    slope = horner(rows, reduced) * ONE_J_KGK
    zero = (ZERO_ENTHALPY_K - BASE_K) / ONE_K * np.ones(())
    inside = (horner(powers, reduced) - horner(powers, zero)) * (ONE_J_KGK * ONE_K)
    return inside + (temperature - BASE_K - reduced * ONE_K) * slope, slope


def enthalpy(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the specific enthalpy of a mixture, zero at 273.15 K: the integral of its specific heat.

    Args:
        temperature_k: Temperature [K], any shape.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Enthalpy [J/kg], broadcast shape, strictly rising with temperature.

    Source:
        Integral of ``heat_capacity``, term by term.
    """
    return _enthalpy(_rows(_HEAT, mass_fraction), temperature_k)[0]


def temperature(enthalpy_j_kg: Array, mass_fraction: Array) -> Array:
    """Return the temperature of a mixture of a given enthalpy; the inverse of ``enthalpy``.

    Args:
        enthalpy_j_kg: Specific enthalpy [J/kg], any shape, zero at 273.15 K.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Temperature [K], broadcast shape.

    Source:
        Newton's method on ``enthalpy``; its slope is the specific heat.
    """
    rows = _rows(_HEAT, mass_fraction)
    found = ZERO_ENTHALPY_K + enthalpy_j_kg / (rows[0] * ONE_J_KGK)
    for _ in range(4):
        value, slope = _enthalpy(rows, found)
        step = (enthalpy_j_kg - value) / slope
        found = found + step
        if np.all(np.abs(step) < LAST_STEP * ONE_K):
            break
    return found


def in_range(temperature_k: Array, mass_fraction: Array) -> Flags:
    """Return whether the correlations hold: liquid, below 100 °C and not richer than 0.6.

    Args:
        temperature_k: Temperature [K], any shape.
        mass_fraction: Mass of glycol over mass of mixture [1].

    Returns:
        True inside the range, broadcast shape.

    Source:
        CoolProp 8.0.0, MPG: Tmax, xmax and freezing line.
    """
    lean = (mass_fraction >= 0.0) & (mass_fraction <= RICHEST_FRACTION)
    return lean & (temperature_k >= freezing(mass_fraction)) & (temperature_k <= HOTTEST_K)
