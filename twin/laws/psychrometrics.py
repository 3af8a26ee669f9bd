"""Moist air: saturation, humidity, dew point, wet bulb and enthalpy, per kilogram of dry air."""

import numpy as np

from twin.arrays import Array
from twin.laws._bracket import rising_root
from twin.laws._polynomial import horner

FREEZING_K = 273.15
TRIPLE_POINT_K = 273.16
COLDEST_K = 173.15
HOTTEST_K = 473.15
ONE_K = 1.0
ONE_PA = 1.0
MOLAR_RATIO = 0.621945

DRY_AIR_HEAT_J_KGK = 1006.0
VAPOUR_HEAT_J_KGK = 1860.0
VAPOUR_HEAT_AT_FREEZING_J_KG = 2.501e6
ICE_VAPOUR_HEAT_J_KG = 2.830e6
LIQUID_HEAT_J_KGK = 4186.0
ICE_HEAT_J_KGK = 2100.0
# Slopes of the heat of vaporisation in eq. 33 and 35.
LIQUID_HEAT_AT_WET_BULB_J_KGK = 2326.0
ICE_HEAT_AT_WET_BULB_J_KGK = 240.0

# ASHRAE Handbook Fundamentals 2017, chapter 1: logarithm of Pa = first / T + powers of T + last · ln T.
_OVER_ICE = (-5674.5359, (6.3925247, -9.6778430e-3, 6.2215701e-7, 2.0747825e-9, -9.4840240e-13), 4.1635019)
_OVER_WATER = (-5800.2206, (1.3914993, -4.8640239e-2, 4.1764768e-5, -1.4452093e-8), 6.5459673)


def _log_saturation(temperature: Array) -> Array:
    """Return ln of the saturation pressure in Pa."""
    t = np.minimum(np.maximum(temperature, COLDEST_K), HOTTEST_K) / ONE_K
    log = np.log(t)
    ice, water = (
        first / t + horner(powers, t) + last * log for first, powers, last in (_OVER_ICE, _OVER_WATER)
    )
    return np.where(temperature <= TRIPLE_POINT_K, ice, water)


def saturation_pressure(temperature_k: Array) -> Array:
    """Return the pressure of saturated water vapour, over ice below the triple point.

    Args:
        temperature_k: Temperature [K], any shape, 173.15 to 473.15; beyond, the value of the end.

    Returns:
        Vapour pressure [Pa], shape of the argument.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 5 (ice) and 6 (water), after Hyland and Wexler 1983.
    """
    return np.exp(_log_saturation(temperature_k)) * ONE_PA


def humidity_ratio(vapour_pa: Array, pressure_pa: Array) -> Array:
    """Return the mass of vapour per mass of dry air.

    Args:
        vapour_pa: Partial pressure of the vapour [Pa], any shape, below the total.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Humidity ratio [kg/kg], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 20.
    """
    dry = np.maximum(pressure_pa - vapour_pa, 1e-3 * pressure_pa)
    return MOLAR_RATIO * vapour_pa / dry


def vapour_pressure(humidity_kg_kg: Array, pressure_pa: Array) -> Array:
    """Return the partial pressure of the vapour; the inverse of ``humidity_ratio``.

    Args:
        humidity_kg_kg: Humidity ratio [kg/kg], any shape, >= 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Vapour pressure [Pa], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 36.
    """
    return pressure_pa * humidity_kg_kg / (MOLAR_RATIO + humidity_kg_kg)


def humidity_at(temperature_k: Array, relative_ratio: Array, pressure_pa: Array) -> Array:
    """Return the humidity ratio of air of a relative humidity.

    Args:
        temperature_k: Dry-bulb temperature [K], any shape.
        relative_ratio: Relative humidity [1], 0 to 1.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Humidity ratio [kg/kg], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 20 and 22.
    """
    return humidity_ratio(relative_ratio * saturation_pressure(temperature_k), pressure_pa)


def relative_humidity(temperature_k: Array, humidity_kg_kg: Array, pressure_pa: Array) -> Array:
    """Return the relative humidity of air; the inverse of ``humidity_at``.

    Args:
        temperature_k: Dry-bulb temperature [K], any shape.
        humidity_kg_kg: Humidity ratio [kg/kg], >= 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Relative humidity [1], broadcast shape; above 1 the air is foggy.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 22.
    """
    return vapour_pressure(humidity_kg_kg, pressure_pa) / saturation_pressure(temperature_k)


def dew_point(humidity_kg_kg: Array, pressure_pa: Array) -> Array:
    """Return the temperature at which the vapour begins to condense, or to frost.

    Args:
        humidity_kg_kg: Humidity ratio [kg/kg], any shape, >= 0.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Dew point [K], broadcast shape, 173.15 to 473.15.

    Source:
        Inverse of ``saturation_pressure``, ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 5 and 6.
    """
    vapour = vapour_pressure(humidity_kg_kg, pressure_pa) / ONE_PA
    wanted = np.log(np.maximum(vapour, 1e-12))
    low = COLDEST_K / ONE_K + 0.0 * wanted
    high = HOTTEST_K / ONE_K + 0.0 * wanted
    return rising_root(lambda t: _log_saturation(t * ONE_K) - wanted, low, high) * ONE_K


def humidity_of_wet_bulb(temperature_k: Array, wet_bulb_k: Array, pressure_pa: Array) -> Array:
    """Return the humidity ratio of air from its wet bulb.

    Args:
        temperature_k: Dry-bulb temperature [K], any shape.
        wet_bulb_k: Wet-bulb temperature [K], not above the dry bulb.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Humidity ratio [kg/kg], broadcast shape; negative for a wet bulb that no air has.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 33 (water) and 35 (ice).
    """
    saturated = humidity_ratio(saturation_pressure(wet_bulb_k), pressure_pa)
    dry, wet = temperature_k - FREEZING_K, wet_bulb_k - FREEZING_K
    sensible = DRY_AIR_HEAT_J_KGK * (dry - wet)
    ice = ICE_VAPOUR_HEAT_J_KG - ICE_HEAT_AT_WET_BULB_J_KGK * wet
    water = VAPOUR_HEAT_AT_FREEZING_J_KG - LIQUID_HEAT_AT_WET_BULB_J_KGK * wet
    vapour = VAPOUR_HEAT_J_KGK * dry
    over_ice = (ice * saturated - sensible) / (ICE_VAPOUR_HEAT_J_KG + vapour - ICE_HEAT_J_KGK * wet)
    over_water = (water * saturated - sensible) / (
        VAPOUR_HEAT_AT_FREEZING_J_KG + vapour - LIQUID_HEAT_J_KGK * wet
    )
    return np.where(wet_bulb_k < FREEZING_K, over_ice, over_water)


def wet_bulb(temperature_k: Array, humidity_kg_kg: Array, pressure_pa: Array) -> Array:
    """Return the thermodynamic wet-bulb temperature of air; the inverse of ``humidity_of_wet_bulb``.

    Args:
        temperature_k: Dry-bulb temperature [K], any shape.
        humidity_kg_kg: Humidity ratio [kg/kg], >= 0; above saturation the dry bulb is returned.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Wet bulb [K], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 33 and 35.
    """
    high = temperature_k / ONE_K + 0.0 * humidity_kg_kg * (pressure_pa / ONE_PA)
    low = np.minimum(dew_point(humidity_kg_kg, pressure_pa) / ONE_K, high)

    def excess(wet: Array) -> Array:
        return humidity_of_wet_bulb(temperature_k, wet * ONE_K, pressure_pa) - humidity_kg_kg

    return rising_root(excess, low, high) * ONE_K


def enthalpy(temperature_k: Array, humidity_kg_kg: Array) -> Array:
    """Return the specific enthalpy of moist air per mass of dry air, zero for dry air at 273.15 K.

    Args:
        temperature_k: Dry-bulb temperature [K], any shape.
        humidity_kg_kg: Humidity ratio [kg/kg], >= 0.

    Returns:
        Enthalpy [J/kg], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 30.
    """
    warm = temperature_k - FREEZING_K
    return DRY_AIR_HEAT_J_KGK * warm + humidity_kg_kg * (
        VAPOUR_HEAT_AT_FREEZING_J_KG + VAPOUR_HEAT_J_KGK * warm
    )


def saturated_enthalpy(temperature_k: Array, pressure_pa: Array) -> Array:
    """Return the specific enthalpy of saturated air per mass of dry air.

    Args:
        temperature_k: Temperature [K], any shape, 173.15 to 473.15.
        pressure_pa: Absolute pressure of the air [Pa].

    Returns:
        Enthalpy [J/kg], broadcast shape.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 20 and 30 at saturation.
    """
    return enthalpy(temperature_k, humidity_ratio(saturation_pressure(temperature_k), pressure_pa))


def vapour_fraction(humidity_kg_kg: Array) -> Array:
    """Return the mass of vapour over the mass of moist air, as ``twin.laws.fluids`` takes it.

    Args:
        humidity_kg_kg: Humidity ratio [kg/kg], any shape, >= 0.

    Returns:
        Vapour fraction [1], shape of the argument, 0 to 1.

    Source:
        ASHRAE Handbook Fundamentals 2017, chapter 1, eq. 9b.
    """
    return humidity_kg_kg / (1.0 + humidity_kg_kg)
