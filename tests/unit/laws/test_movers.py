"""Laws of pumps and fans."""

import numpy as np
import pytest

from twin.laws import movers
from twin.laws.curves import from_nothing

LPM = 6e4
# Vertiv XDU1350, two pumps (engineering data §B1): kPa over L/min.
XDU = (np.array(476457.0), np.array(92.063 * LPM), np.array(-0.234 * LPM**2))
FLOWS = np.linspace(-1.0, 3.0, 801) * 0.03
CURVES = [XDU, (1e5, -1e6, 0.0), (1e5, -5e6, 3e7), (1e5, 0.0, 0.0), (0.0, 0.0, -1e6), (0.0, 0.0, 0.0)]


def test_the_xdu1350_gives_250_kpa_at_1200_and_370_at_900_litres_per_minute():
    rise, _, _ = movers.pump_rise(np.array([1200.0, 900.0]) / LPM, np.array(1.0), *XDU)
    np.testing.assert_allclose(rise, [250e3, 370e3], atol=500.0)


@pytest.mark.parametrize("speed", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("curve", CURVES)
def test_both_slopes_are_derivatives(speed, curve):
    curve = tuple(np.asarray(c, dtype=float) for c in curve)
    rise, by_flow, by_speed = movers.pump_rise(FLOWS, np.array(speed), *curve)
    up, down = (movers.pump_rise(FLOWS + s * 1e-8, np.array(speed), *curve)[0] for s in (1, -1))
    np.testing.assert_allclose(
        (up - down) / 2e-8, by_flow, rtol=1e-4, atol=1e-5 * (np.abs(by_flow).max() + 1)
    )
    up, down = (movers.pump_rise(FLOWS, np.array(speed + s * 1e-6), *curve)[0] for s in (1, -1))
    np.testing.assert_allclose(
        (up - down) / 2e-6, by_speed, rtol=1e-4, atol=1e-5 * (np.abs(by_speed).max() + 1)
    )
    assert np.all(np.isfinite(rise))


def test_speed_scales_flow_and_the_square_of_speed_scales_rise():
    full, _, _ = movers.pump_rise(FLOWS, np.array(1.0), *XDU)
    half, _, _ = movers.pump_rise(FLOWS * 0.5, np.array(0.5), *XDU)
    np.testing.assert_allclose(half, 0.25 * full, rtol=1e-6, atol=0.01)


def test_the_curve_falls_beyond_runout_and_rises_against_reversed_flow():
    runout = movers.runout_flow(*XDU)
    assert movers.pump_rise(runout, np.array(1.0), *XDU)[0] == pytest.approx(0.0, abs=1e-2)
    beyond = runout * np.linspace(1.0, 4.0, 50)
    assert np.all(np.diff(movers.pump_rise(beyond, np.array(1.0), *XDU)[0]) < 0.0)
    back = -runout * np.linspace(0.05, 1.0, 50)
    assert np.all(np.diff(movers.pump_rise(back, np.array(1.0), *XDU)[0]) > 0.0)


def test_a_pump_that_stands_still_is_a_resistance_with_a_slope_at_rest():
    rise, by_flow, _ = movers.pump_rise(FLOWS, np.array(0.0), *XDU)
    assert np.all(rise * FLOWS <= 0.0)
    assert np.all(by_flow < 0.0)


def test_the_power_is_hydraulic_power_over_efficiency_at_the_rated_point():
    # Wilo IL 80/220-4/4, engineering data §B4.
    flow = np.array([0.00303, 0.00864, 0.01461, 0.02143, 0.02824])
    rise = np.array([168.2e3, 164.3e3, 154.4e3, 128.4e3, 86.9e3])
    measured = np.array([1905.0, 2549.0, 3146.0, 3593.0, 3793.0])
    efficiency = flow[3] * rise[3] / measured[3]
    power = movers.pump_power(flow, rise, efficiency, rated_power_w=measured[3], speed_ratio=np.array(1.0))
    assert power[3] == pytest.approx(measured[3])
    np.testing.assert_allclose(power, measured, rtol=0.13)


def test_a_pump_at_no_flow_draws_its_floor_and_one_at_rest_nothing():
    zero = np.array(0.0)
    idle = movers.pump_power(
        zero, zero, np.array(0.7), rated_power_w=np.array(1000.0), speed_ratio=np.array(1.0)
    )
    rest = movers.pump_power(zero, zero, np.array(0.7), rated_power_w=np.array(1000.0), speed_ratio=zero)
    assert (idle, rest) == (500.0, 0.0)


def test_a_fan_at_half_speed_draws_about_a_sixth():
    power = movers.fan_power(np.array([0.0, 0.5, 1.0]), np.array(1000.0))
    np.testing.assert_allclose(power, [40.0, 40.0 + 960.0 * 0.5**2.7, 1000.0])


def test_a_fit_gives_back_the_curve_that_its_points_lie_on():
    flow = np.array([0.0, 600.0, 900.0, 1200.0, 1400.0]) / LPM
    rise = XDU[0] + XDU[1] * flow + XDU[2] * flow**2
    padded = np.array([[*flow, np.nan], [1.0, 1.0, np.nan, np.nan, np.nan, np.nan]])
    fitted = movers.fit_curve(padded, np.array([[*rise, np.nan], [1.0] * 6]))
    for found, exact in zip(fitted, XDU, strict=True):
        assert found[0] == pytest.approx(exact, rel=1e-9)
        assert np.isnan(found[1])


def test_a_table_from_nothing_is_in_proportion_before_its_first_point_and_level_after_its_last():
    knots, values = np.array([[2.0, 4.0, np.nan]]), np.array([[0.4, 0.8, np.nan]])
    at = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 9.0]])
    np.testing.assert_allclose(from_nothing(knots, values, at), [[0.0, 0.2, 0.4, 0.6, 0.8, 0.8]])


@pytest.mark.parametrize("curve", CURVES)
def test_no_rise_within_the_curve_is_above_its_peak_and_one_reaches_it(curve):
    curve = tuple(np.asarray(c, dtype=float) for c in curve)
    peak = movers.peak_rise(*curve)
    flow = np.linspace(0.0, 1.0, 100_001) * movers.runout_flow(*curve)
    solved = curve[0] + curve[1] * flow + curve[2] * flow**2
    assert peak == pytest.approx(solved.max(), rel=1e-8)
