"""Properties of liquid water in a pressurised loop.

Fitted at 3 bar, 0 to 110 °C; between 1 and 10 bar liquid water differs by less than 0.04 %. Outside the
range heat capacity, viscosity and conductivity keep the value of its end, so that enthalpy stays monotone.
"""

import numpy as np

from twin.arrays import Array, Flags
from twin.laws._polynomial import horner, integral

FREEZING_K = 273.15
HOTTEST_K = 383.15
SPAN_K = 100.0
ONE_KG_M3 = 1.0
ONE_J_KGK = 1.0
ONE_W_MK = 1.0
ONE_PA_S = 1.0
# A step of Newton below 0.1 mK leaves an error below 1e-11 K: it is the last.
LAST_STEP = 1e-6

# Powers of (T - 273.15 K) / 100 K.
_DENSITY = (999.953235, 6.02583361, -82.2292471, 60.9666856, -34.9796907, 8.70039787)
_HEAT = (4218.35375, -331.904857, 1101.36077, -1954.91193, 2074.07674, -1162.88012, 271.093063)
_CONDUCTIVITY = (0.555847993, 0.252466352, -0.242178309, 0.215277699, -0.1440402, 0.0399233236)
_LOG_VISCOSITY = (-6.32490356, -3.47370659, 3.48278572, -3.84541053, 3.32292414, -1.72187806, 0.385260999)
_ENTHALPY = tuple(integral(_HEAT))


def _reduced(temperature_k: Array) -> Array:
    return (np.minimum(np.maximum(temperature_k, FREEZING_K), HOTTEST_K) - FREEZING_K) / SPAN_K


def density(temperature_k: Array) -> Array:
    """Return the density of liquid water.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 383.15.

    Returns:
        Density [kg/m^3], shape of the argument.

    Source:
        Our fit to IAPWS R6-95(2018) at 0.3 MPa, CoolProp 8.0.0; greatest error 9e-6.
    """
    return horner(_DENSITY, _reduced(temperature_k)) * ONE_KG_M3


def heat_capacity(temperature_k: Array) -> Array:
    """Return the specific heat of liquid water at constant pressure.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 383.15.

    Returns:
        Specific heat [J/(kg K)], shape of the argument.

    Source:
        Our fit to IAPWS R6-95(2018) at 0.3 MPa, CoolProp 8.0.0; greatest error 2.4e-5.
    """
    return horner(_HEAT, _reduced(temperature_k)) * ONE_J_KGK


def conductivity(temperature_k: Array) -> Array:
    """Return the thermal conductivity of liquid water.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 383.15.

    Returns:
        Conductivity [W/(m K)], shape of the argument.

    Source:
        Our fit to IAPWS R15-11 at 0.3 MPa, CoolProp 8.0.0; greatest error 8.4e-5.
    """
    return horner(_CONDUCTIVITY, _reduced(temperature_k)) * ONE_W_MK


def viscosity(temperature_k: Array) -> Array:
    """Return the dynamic viscosity of liquid water.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 383.15.

    Returns:
        Viscosity [Pa s], shape of the argument.

    Source:
        Our fit to IAPWS R12-08 at 0.3 MPa, CoolProp 8.0.0; greatest error 9.5e-5.
    """
    return np.exp(horner(_LOG_VISCOSITY, _reduced(temperature_k))) * ONE_PA_S


def enthalpy(temperature_k: Array) -> Array:
    """Return the specific enthalpy of liquid water, zero at 273.15 K: the integral of its specific heat.

    Args:
        temperature_k: Temperature [K], any shape.

    Returns:
        Enthalpy [J/kg], shape of the argument, strictly rising.

    Source:
        Integral of ``heat_capacity``, term by term.
    """
    reduced = _reduced(temperature_k)
    inside = horner(_ENTHALPY, reduced) * (ONE_J_KGK * SPAN_K)
    beyond = temperature_k - FREEZING_K - reduced * SPAN_K
    return inside + beyond * (horner(_HEAT, reduced) * ONE_J_KGK)


def temperature(enthalpy_j_kg: Array) -> Array:
    """Return the temperature of liquid water of a given enthalpy; the inverse of ``enthalpy``.

    Args:
        enthalpy_j_kg: Specific enthalpy [J/kg], any shape, zero at 273.15 K.

    Returns:
        Temperature [K], shape of the argument.

    Source:
        Newton's method on ``enthalpy``; its slope is the specific heat.
    """
    found = FREEZING_K + enthalpy_j_kg / (4190.0 * ONE_J_KGK)
    for _ in range(4):
        step = (enthalpy_j_kg - enthalpy(found)) / heat_capacity(found)
        found = found + step
        if np.all(np.abs(step) < LAST_STEP * SPAN_K):
            break
    return found


def in_range(temperature_k: Array) -> Flags:
    """Return whether the fits hold at a temperature.

    Args:
        temperature_k: Temperature [K], any shape.

    Returns:
        True inside 0 to 110 °C, shape of the argument.

    Source:
        Range of the fits of this module.
    """
    return (temperature_k >= FREEZING_K) & (temperature_k <= HOTTEST_K)
