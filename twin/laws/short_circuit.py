"""Factors of IEC 60909: voltage, corrections of transformers and generators, peak, decay, heating."""

import numpy as np

from twin.arrays import Array

# IEC 60909-0:2016, table 1: low voltage reaches up to 1 000 V.
LOW_VOLTAGE_V = 1000.0
NARROW_RATIO = 0.06
# IEC 60909-0:2016, 6.4: temperature coefficient of copper, aluminium and their alloys.
HEATED_PER_K = 0.004
# Least time delays that the curves of mu and q are given for, IEC 60909-0:2016, 9.1.1 and 9.1.2.
FIRST_S, SECOND_S, THIRD_S, LAST_S = 0.02, 0.05, 0.10, 0.25
MEGAWATT_W = 1e6
# Below this share of rated current a machine is far from the fault: nothing decays.
FAR_RATIO = 2.0
# At κ = 2 nothing decays and m is 2, which its formula reaches only as a limit.
UNDAMPED_RATIO = 2.0 - 1e-9


def voltage_factors(nominal_v: Array, tolerance_ratio: Array) -> tuple[Array, Array]:
    """Return the voltage factors for maximum and minimum short-circuit currents.

    Args:
        nominal_v: Nominal voltage, line to line [V], any shape, > 0.
        tolerance_ratio: Tolerance of low voltage [1], 0.06 or 0.10.

    Returns:
        Factor c for maximum [1], factor c for minimum [1], broadcast shape.

    Source:
        IEC 60909-0:2016, table 1.
    """
    low, narrow = nominal_v <= LOW_VOLTAGE_V, tolerance_ratio <= NARROW_RATIO
    most = np.where(low & narrow, 1.05, 1.10)
    least = np.where(low, np.where(narrow, 0.95, 0.90), 1.00)
    return most, least


def feeder_impedance(
    nominal_v: Array, short_circuit_va: Array, voltage_factor_ratio: Array, rx_ratio: Array
) -> tuple[Array, Array]:
    """Return the impedance of a network feeder at its connection.

    Args:
        nominal_v: Nominal voltage, line to line [V], any shape.
        short_circuit_va: Initial symmetrical short-circuit power √3·Un·Ik″ [VA], > 0.
        voltage_factor_ratio: Voltage factor c of this voltage [1].
        rx_ratio: Resistance over reactance [1], >= 0.

    Returns:
        Resistance [ohm] and reactance [ohm], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.2 (network feeders).
    """
    size = voltage_factor_ratio * nominal_v**2 / short_circuit_va
    reactance = size / np.sqrt(1.0 + rx_ratio**2)
    return rx_ratio * reactance, reactance


def machine_impedance(
    rated_v: Array, rated_va: Array, starting_ratio: Array, rx_ratio: Array
) -> tuple[Array, Array]:
    """Return the short-circuit impedance of an asynchronous machine.

    Args:
        rated_v: Rated voltage, line to line [V], any shape.
        rated_va: Rated apparent power [VA], > 0.
        starting_ratio: Locked-rotor current over rated current [1], > 0.
        rx_ratio: Resistance over reactance [1], >= 0.

    Returns:
        Resistance [ohm] and reactance [ohm], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.10 (asynchronous motors).
    """
    size = rated_v**2 / (starting_ratio * rated_va)
    reactance = size / np.sqrt(1.0 + rx_ratio**2)
    return rx_ratio * reactance, reactance


def transformer_factor(voltage_factor_ratio: Array, reactance_ratio: Array) -> Array:
    """Return the correction KT of a network transformer, or of two of its three windings.

    Args:
        voltage_factor_ratio: Greatest voltage factor of the network at the lower voltage [1], any shape.
        reactance_ratio: Short-circuit reactance xT on the rating of the transformer [1], >= 0.

    Returns:
        Factor on impedance, positive and zero sequence [1], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.3.3 (KT; KTAB, KTAC and KTBC of three windings).
    """
    return 0.95 * voltage_factor_ratio / (1.0 + 0.6 * reactance_ratio)


def generator_factor(
    *,
    nominal_v: Array,
    rated_v: Array,
    voltage_factor_ratio: Array,
    subtransient_ratio: Array,
    sine_ratio: Array,
    raised_ratio: Array,
) -> Array:
    """Return the correction KG of the impedance of a synchronous generator.

    Args:
        nominal_v: Nominal voltage of the network, line to line [V], any shape.
        rated_v: Rated voltage of the generator, line to line [V].
        voltage_factor_ratio: Greatest voltage factor of the network [1].
        subtransient_ratio: Subtransient reactance xd″ on the rating [1], > 0.
        sine_ratio: Sine of the rated power-factor angle [1], 0 to 1.
        raised_ratio: By how much the terminal voltage lies above the rated one for good [1], mostly 0.

    Returns:
        Factor on impedance [1], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.6.1 (synchronous generators).
    """
    return (
        nominal_v
        / (rated_v * (1.0 + raised_ratio))
        * voltage_factor_ratio
        / (1.0 + subtransient_ratio * sine_ratio)
    )


def unit_factor(
    network_ratio: Array,
    voltage_factor_ratio: Array,
    subtransient_ratio: Array,
    reactance_ratio: Array,
    sine_ratio: Array,
) -> Array:
    """Return the correction KS of a power-station unit whose transformer changes taps on load.

    Args:
        network_ratio: Un of the network over UrG, times the transformer's rated UrTLV/UrTHV [1], any shape.
        voltage_factor_ratio: Greatest voltage factor of the network [1].
        subtransient_ratio: Subtransient reactance xd″ of the generator on its rating [1], > 0.
        reactance_ratio: Short-circuit reactance xT of the transformer on its rating [1], >= 0.
        sine_ratio: Sine of the generator's rated power-factor angle [1], 0 to 1.

    Returns:
        Factor on the impedance of generator and transformer together [1], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.7.1 (power-station units with on-load tap changer).
    """
    apart = np.abs(subtransient_ratio - reactance_ratio)
    return network_ratio**2 * voltage_factor_ratio / (1.0 + apart * sine_ratio)


def fixed_unit_factor(
    *,
    network_ratio: Array,
    voltage_factor_ratio: Array,
    subtransient_ratio: Array,
    sine_ratio: Array,
    raised_ratio: Array,
    tap_ratio: Array,
) -> Array:
    """Return the correction KSO of a power-station unit whose transformer has no taps on load.

    Args:
        network_ratio: Un of the network over UrG, times the transformer's rated UrTLV/UrTHV [1], any shape.
        voltage_factor_ratio: Greatest voltage factor of the network [1].
        subtransient_ratio: Subtransient reactance xd″ of the generator on its rating [1], > 0.
        sine_ratio: Sine of the generator's rated power-factor angle [1], 0 to 1.
        raised_ratio: By how much the generator's voltage lies above the rated one for good [1], mostly 0.
        tap_ratio: Step of a tap that is used for good, with its sign [1], mostly 0.

    Returns:
        Factor on the impedance of generator and transformer together [1], broadcast shape.

    Source:
        IEC 60909-0:2016, 6.7.2 (power-station units without on-load tap changer).
    """
    inside = voltage_factor_ratio / (1.0 + subtransient_ratio * sine_ratio)
    return network_ratio / (1.0 + raised_ratio) * (1.0 + tap_ratio) * inside


def peak_factor(resistance_ohm: Array, reactance_ohm: Array) -> Array:
    """Return the factor κ from the amplitude of the initial current to its peak.

    Args:
        resistance_ohm: Resistance at the fault [ohm], any shape, >= 0.
        reactance_ohm: Reactance at the fault at rated frequency [ohm], > 0.

    Returns:
        Factor [1], 1.02 to 2, broadcast shape.

    Source:
        IEC 60909-0:2016, 8.1 (peak short-circuit current).
    """
    return 1.02 + 0.98 * np.exp(-3.0 * (resistance_ohm / reactance_ohm))


def decay_factor(current_ratio: Array, delay_s: Array) -> Array:
    """Return the factor μ by which the current of a machine has decayed when contacts part.

    Args:
        current_ratio: Initial short-circuit current of the machine over its rated current [1], any shape.
        delay_s: Least time until contacts part [s], from 0.02; the curve of 0.25 s holds for longer ones.

    Returns:
        Factor [1], at most 1; 1 up to twice rated current; between the curves linear in time.

    Source:
        IEC 60909-0:2016, 9.1.1 (μ for synchronous machines).
    """
    curves = [
        base + rise * np.exp(-slope * current_ratio)
        for base, rise, slope in (
            (0.84, 0.26, 0.26), (0.71, 0.51, 0.30), (0.62, 0.72, 0.32), (0.56, 0.94, 0.38),
        )
    ]  # fmt: skip
    near = np.minimum(_between(curves, delay_s), 1.0)
    return np.where(current_ratio > FAR_RATIO, near, 1.0)


def motor_decay_factor(power_per_pole_pair_w: Array, delay_s: Array) -> Array:
    """Return the factor q by which the current of an asynchronous motor has decayed, besides μ.

    Args:
        power_per_pole_pair_w: Rated active power over pairs of poles [W], any shape, > 0.
        delay_s: Least time until contacts part [s], from 0.02; the curve of 0.25 s holds for longer ones.

    Returns:
        Factor [1], 0 to 1; between the curves linear in time.

    Source:
        IEC 60909-0:2016, 9.1.2 (q for asynchronous machines).
    """
    size = np.log(power_per_pole_pair_w / MEGAWATT_W)
    pairs = ((1.03, 0.12), (0.79, 0.12), (0.57, 0.12), (0.26, 0.10))
    found = _between([base + slope * size for base, slope in pairs], delay_s)
    return np.minimum(np.maximum(found, 0.0), 1.0)


def _between(curves: list[Array], delay_s: Array) -> Array:
    """Return what lies between curves that are given at the four delays, linear in time."""
    times = FIRST_S, SECOND_S, THIRD_S, LAST_S
    found = curves[0]
    for before, after, low, high in zip(times[:-1], times[1:], curves[:-1], curves[1:], strict=True):
        share = np.minimum(np.maximum((delay_s - before) / (after - before), 0.0), 1.0)
        found = found + share * (high - low)
    return found


def direct_heating(peak_factor_ratio: Array, duration_s: Array, frequency_hz: Array) -> Array:
    """Return the factor m: heat of the decaying direct current over that of the initial current.

    Args:
        peak_factor_ratio: Factor κ [1], 1.02 to 2, any shape.
        duration_s: Duration of the fault [s], > 0.
        frequency_hz: Rated frequency [Hz].

    Returns:
        Factor m [1], broadcast shape; the equivalent current is Ik″·√(m + n).

    Source:
        IEC 60909-0:2016, clause 13 and annex A (Joule integral).
    """
    decay = np.log(np.minimum(peak_factor_ratio, UNDAMPED_RATIO) - 1.0)
    turns = 2.0 * frequency_hz * duration_s * decay
    return np.expm1(2.0 * turns) / turns
