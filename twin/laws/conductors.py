"""Resistance of conductors, voltage drop and loss of lines, current of loads: balanced AC and DC."""

import numpy as np

from twin.arrays import Array, Flags

BASE_K = 293.15
_ROOT_3 = 3.0**0.5
# IEC 60028 (annealed copper) and IEC 60889 (hard-drawn aluminium), both at 20 °C.
COPPER_OHM_M = 1.7241e-8
COPPER_PER_K = 3.93e-3
ALUMINIUM_OHM_M = 2.8264e-8
ALUMINIUM_PER_K = 4.03e-3


def resistance_at(resistance_ohm: Array, temperature_k: Array, coefficient_per_k: Array) -> Array:
    """Return the resistance of a conductor at its temperature.

    Args:
        resistance_ohm: Resistance at 20 °C [ohm], any shape, >= 0.
        temperature_k: Temperature of the conductor [K].
        coefficient_per_k: Temperature coefficient at 20 °C [1/K], ``COPPER_PER_K`` or ``ALUMINIUM_PER_K``.

    Returns:
        Resistance [ohm], broadcast shape.

    Source:
        IEC 60028:1925 and IEC 60889:1987, linear law.
    """
    return resistance_ohm * (1.0 + coefficient_per_k * (temperature_k - BASE_K))


def ampacity_ratio(air_k: Array, reference_k: Array, limit_k: Array) -> Array:
    """Return what a conductor may carry in air of one temperature over what it may at the reference.

    Args:
        air_k: Temperature of the air around it [K], any shape.
        reference_k: Air temperature of its rated current [K], below ``limit_k``.
        limit_k: Highest temperature of the conductor at its rated current [K].

    Returns:
        Current over rated current [1], broadcast shape; above 1 in cooler air, 0 in air as warm as the limit.

    Source:
        IEC 60287-1-1:2006, 1.4.1, without losses of dielectric and sun: I² follows the rise over the air;
        the factors of IEC 60364-5-52:2009, table B.52.14, are these.
    """
    share = (limit_k - air_k) / (limit_k - reference_k)
    return np.sqrt(np.maximum(share, 0.0 * share))


def steady_temperature(
    loading_ratio: Array, air_k: Array, reference_k: Array, limit_k: Array, coefficient_per_k: Array
) -> Array:
    """Return the temperature that a steady current brings a conductor to.

    Args:
        loading_ratio: Current over rated current [1], any shape, >= 0.
        air_k: Temperature of the air around it [K].
        reference_k: Air temperature of its rated current [K], below ``limit_k``.
        limit_k: Temperature of the conductor at its rated current in that air [K].
        coefficient_per_k: Temperature coefficient of its resistance at 20 °C [1/K].

    Returns:
        Temperature [K], broadcast shape; that of the air without current. Half way to the current that no
        conductor survives, for copper of 60 K rise 1.6 times the rated one, its tangent in I² goes on.

    Source:
        IEC 60287-1-1:2006, 1.4.1, without losses of dielectric and sun: the rise over the air follows the
        loss, I² times the resistance at the temperature itself.
    """
    scale = 1.0 + coefficient_per_k * (limit_k - BASE_K)
    cold_dk = loading_ratio**2 * (limit_k - reference_k) / scale
    share = coefficient_per_k * cold_dk
    half = 0.0 * share + 0.5
    growth = np.where(share <= half, 1.0 / (1.0 - np.minimum(share, half)), 4.0 * share)
    return air_k + cold_dk * (1.0 + coefficient_per_k * (air_k - BASE_K)) * growth


def conductor_resistance(length_m: Array, area_m2: Array, resistivity_ohm_m: Array) -> Array:
    """Return the DC resistance of a conductor.

    Args:
        length_m: Length [m], any shape, >= 0.
        area_m2: Cross-section [m^2], > 0.
        resistivity_ohm_m: Resistivity [ohm m], ``COPPER_OHM_M`` or ``ALUMINIUM_OHM_M`` at 20 °C.

    Returns:
        Resistance [ohm], broadcast shape.

    Source:
        Ohm's law for a uniform conductor.
    """
    return resistivity_ohm_m * length_m / area_m2


def three_phase_current(power_w: Array, voltage_v: Array, power_factor_ratio: Array) -> Array:
    """Return the line current of a balanced three-phase load.

    Args:
        power_w: Real power [W], any shape.
        voltage_v: Voltage between lines [V], > 0.
        power_factor_ratio: Power factor [1], above 0 to 1.

    Returns:
        Current [A], broadcast shape.

    Source:
        P = √3·U·I·cos φ; IEC 60050-141.
    """
    return power_w / (_ROOT_3 * voltage_v * power_factor_ratio)


def three_phase_drop(
    current_a: Array, resistance_ohm: Array, reactance_ohm: Array, power_factor_ratio: Array
) -> Array:
    """Return the voltage drop between lines of a balanced three-phase line with a lagging load.

    Args:
        current_a: Line current [A], any shape.
        resistance_ohm: Resistance of one phase, whole run [ohm].
        reactance_ohm: Reactance of one phase, whole run [ohm].
        power_factor_ratio: Power factor of the load, lagging [1], 0 to 1.

    Returns:
        Drop [V], broadcast shape.

    Source:
        IEC 60364-5-52:2009, annex G: √3·(R·cos φ + X·sin φ)·I.
    """
    reactive = np.sqrt(np.maximum(1.0 - power_factor_ratio**2, 0.0))
    return _ROOT_3 * current_a * (resistance_ohm * power_factor_ratio + reactance_ohm * reactive)


def three_phase_receiving(
    voltage_v: Array, current_a: Array, resistance_ohm: Array, reactance_ohm: Array, power_factor_ratio: Array
) -> Array:
    """Return the exact voltage between lines at the end of a balanced line with a lagging load.

    Args:
        voltage_v: Voltage between lines at the start [V], any shape, > 0.
        current_a: Line current [A].
        resistance_ohm: Resistance of one phase, whole run [ohm].
        reactance_ohm: Reactance of one phase, whole run [ohm].
        power_factor_ratio: Power factor of the load at the end, lagging [1], 0 to 1.

    Returns:
        Voltage between lines at the end [V], broadcast shape; zero where the line cannot carry the current.

    Source:
        Phasor diagram of the short line; J. D. Glover et al., Power System Analysis and Design, 6th ed., 5.1.
    """
    reactive = np.sqrt(np.maximum(1.0 - power_factor_ratio**2, 0.0))
    along = three_phase_drop(current_a, resistance_ohm, reactance_ohm, power_factor_ratio)
    across = _ROOT_3 * current_a * (reactance_ohm * power_factor_ratio - resistance_ohm * reactive)
    square = voltage_v**2 - across**2
    end = np.sqrt(np.maximum(square, 0.0 * square)) - along
    return np.maximum(end, 0.0 * end)


def line_loss(current_a: Array, resistance_ohm: Array, conductor_count: float | Array = 3.0) -> Array:
    """Return the heat that a line gives off.

    Args:
        current_a: Current of one conductor [A], any shape.
        resistance_ohm: Resistance of one conductor, whole run [ohm].
        conductor_count: Conductors that carry it [1]: 3 for three-phase, 2 for DC or single-phase.

    Returns:
        Loss [W], broadcast shape, >= 0.

    Source:
        Joule's law.
    """
    return conductor_count * resistance_ohm * current_a**2


def dc_load_current(power_w: Array, voltage_v: Array, resistance_ohm: Array) -> tuple[Array, Flags]:
    """Return the current of a constant-power load on a DC line, and whether the line carries it.

    Args:
        power_w: Power that the load takes at its own terminals [W], any shape, >= 0.
        voltage_v: Voltage at the start of the line [V], > 0.
        resistance_ohm: Resistance of both conductors together [ohm], >= 0.

    Returns:
        Current [A], broadcast shape; at the point of collapse where the line cannot carry the load, marked
        False in the second array.

    Source:
        Upper root of U·I = P + R·I², in the form that does not cancel.
    """
    square = voltage_v**2 - 4.0 * resistance_ohm * power_w
    root = np.sqrt(np.maximum(square, 0.0 * square))
    return 2.0 * power_w / (voltage_v + root), square >= 0.0 * square
