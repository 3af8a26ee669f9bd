"""Short-circuit currents of capacitors and batteries on direct current, each one alone."""

import numpy as np

from twin.arrays import Array

# IEC 61660-1:1997, 5.2: share of a battery's resistance that counts at the peak, and its voltage later on.
BATTERY_PEAK_RATIO = 0.9
BATTERY_VOLTAGE_RATIO = 0.95
# Nearer to critical damping than this both branches of the solution are their common limit.
CRITICAL_RATIO = 1e-6


def capacitor_current(
    voltage_v: Array, resistance_ohm: Array, inductance_henry: Array, capacitance_farad: Array
) -> tuple[Array, Array]:
    """Return the peak of the current of a capacitor that is discharged into a short circuit, and its time.

    Args:
        voltage_v: Voltage before the fault [V], any shape.
        resistance_ohm: Resistance of the capacitor and of the way to the fault and back [ohm], > 0.
        inductance_henry: Inductance of them [H], > 0.
        capacitance_farad: Capacitance [F], > 0.

    Returns:
        Peak [A] and time to it [s], broadcast shape. Nothing is left of the current in the end.

    Source:
        IEC 61660-1:1997, 5.3: κC·E/R with κC and tp of a series circuit of R, L and C, in the form
        E·√(C/L)·exp(-ζ·g), tp = g·√(L·C), g = arccos ζ/√(1 - ζ²), with the hyperbolic one above ζ = 1.
    """
    wave = np.sqrt(capacitance_farad / inductance_henry)
    damping = 0.5 * resistance_ohm * wave
    one = 1.0 + 0.0 * damping
    near = np.abs(damping - one) < CRITICAL_RATIO * one
    low = np.where(near | (damping > one), 0.5 * one, damping)
    high = np.where(near | (damping < one), 2.0 * one, damping)
    swings = np.arccos(low) / np.sqrt(one - low**2)
    creeps = np.log(high + np.sqrt(high**2 - one)) / np.sqrt(high**2 - one)
    shape = np.where(near, one, np.where(damping < one, swings, creeps))
    return voltage_v * wave * np.exp(-damping * shape), shape * np.sqrt(inductance_henry * capacitance_farad)


def battery_current(voltage_v: Array, battery_ohm: Array, branch_ohm: Array) -> tuple[Array, Array]:
    """Return the peak and the quasi-steady short-circuit current of a charged battery.

    Args:
        voltage_v: Its open-circuit voltage [V], any shape.
        battery_ohm: Its resistance, charged [ohm], > 0.
        branch_ohm: Resistance of the way to the fault and back [ohm], >= 0.

    Returns:
        Peak [A], which it is up to without inductance, and current 1 s after the fault [A], broadcast shape.

    Source:
        IEC 61660-1:1997, 5.2 (recalled): E/(0.9·RB + R) and 0.95·E/(RB + R).
    """
    peak = voltage_v / (BATTERY_PEAK_RATIO * battery_ohm + branch_ohm)
    return peak, BATTERY_VOLTAGE_RATIO * voltage_v / (battery_ohm + branch_ohm)
