"""Short circuits of direct current against the circuit itself, integrated in time."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from twin.laws.direct_short_circuit import battery_current, capacitor_current

HENRY, FARAD, VOLTS = 2e-6, 20e-3, 800.0
CRITICAL_OHM = 2.0 * np.sqrt(HENRY / FARAD)


def integrated(ohm):
    """Return peak and its time of a series circuit of R, L and C that is closed at full voltage."""

    def rates(_, state):
        current, volts = state
        return [(volts - ohm * current) / HENRY, -current / FARAD]

    def turns(_, state):
        return state[1] - ohm * state[0]

    turns.terminal = True
    turns.direction = -1.0
    end = solve_ivp(rates, (0.0, 0.1), [0.0, VOLTS], events=turns, rtol=1e-11, atol=1e-7, max_step=1e-3)
    return end.y_events[0][0][0], end.t_events[0][0]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.999999, 1.0, 1.000001, 1.5, 10.0, 50.0])
def test_peak_and_its_time_are_those_of_the_circuit_integrated_in_time(share):
    peak, at = integrated(share * CRITICAL_OHM)
    found, when = (float(v) for v in capacitor_current(VOLTS, share * CRITICAL_OHM, HENRY, FARAD))
    assert found == pytest.approx(peak, rel=1e-6)
    assert when == pytest.approx(at, rel=1e-4)


def test_the_factor_is_that_of_the_standard():
    """κC·E/R with the formulas of IEC 61660-1 as they are printed, on both sides of critical damping."""
    for ohm in (0.3 * CRITICAL_OHM, 3.0 * CRITICAL_OHM):
        delta, natural = ohm / (2.0 * HENRY), 1.0 / np.sqrt(HENRY * FARAD)
        own = np.sqrt(abs(natural**2 - delta**2))
        if delta < natural:
            at = np.arctan(own / delta) / own
            factor = 2.0 * delta / own * np.exp(-delta * at) * np.sin(own * at)
        else:
            at = np.log((delta + own) / (delta - own)) / (2.0 * own)
            factor = 2.0 * delta / own * np.exp(-delta * at) * np.sinh(own * at)
        found, when = capacitor_current(VOLTS, ohm, HENRY, FARAD)
        assert float(found) == pytest.approx(factor * VOLTS / ohm, rel=1e-12)
        assert float(when) == pytest.approx(at, rel=1e-12)


def test_resistance_alone_or_inductance_alone_bounds_the_peak():
    assert float(capacitor_current(VOLTS, 0.01, 1e-12, FARAD)[0]) == pytest.approx(VOLTS / 0.01, rel=1e-5)
    swing = VOLTS * np.sqrt(FARAD / HENRY)
    assert float(capacitor_current(VOLTS, 1e-9, HENRY, FARAD)[0]) == pytest.approx(swing, rel=1e-5)


def test_a_battery_gives_more_at_first_than_later_and_never_more_than_its_voltage_drives():
    first, later = battery_current(800.0, 0.1, 0.02)
    assert first == pytest.approx(800.0 / 0.11)
    assert later == pytest.approx(760.0 / 0.12)
    end = solve_ivp(lambda _, i: (800.0 - 0.11 * i) / 50e-6, (0.0, 0.02), [0.0], rtol=1e-9)
    assert end.y.max() == pytest.approx(first, rel=1e-6)
