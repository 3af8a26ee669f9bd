"""Laws of pressure drop."""

import numpy as np
import pytest

from twin.laws import friction

FLOWS = np.concatenate([-np.geomspace(1e-9, 100.0, 700)[::-1], [0.0], np.geomspace(1e-9, 100.0, 700)])
PIPES = [(10.0, 0.05, 1.5e-5, 0.0), (10.0, 0.05, 1.5e-5, 3.0), (0.0, 0.05, 1.5e-5, 3.0), (5.0, 0.3, 0.0, 0.5)]
LAWS = [friction.darcy_drop, friction.darcy_drop_swamee_jain]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pipe", PIPES)
def test_the_slope_is_the_derivative_of_the_drop(law, pipe):
    step = 1e-6 * np.maximum(np.abs(FLOWS), 1e-7)
    up, down = (law(FLOWS + side * step, *pipe, 1010.0, 1.3e-3)[0] for side in (1.0, -1.0))
    slope = law(FLOWS, *pipe, 1010.0, 1.3e-3)[1]
    np.testing.assert_allclose((up - down) / (2.0 * step), slope, rtol=1e-7)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("pipe", PIPES)
def test_the_drop_has_the_sign_of_the_flow_and_keeps_a_slope_at_rest(law, pipe):
    drop, slope = law(FLOWS, *pipe, 1010.0, 1.3e-3)
    np.testing.assert_array_equal(np.sign(drop), np.sign(FLOWS))
    np.testing.assert_array_equal(drop, -drop[::-1])
    assert np.all(np.diff(drop) > 0.0)
    assert np.all(slope > 0.0)


def test_friction_is_continuous_in_value_and_slope_where_regimes_meet():
    for edge in (2000.0, 4000.0):
        around = edge + np.array([-2e-3, -1e-3, 1e-3, 2e-3])
        factor = friction.darcy_factor(around, np.array(1e-3))
        rates = np.diff(factor) / np.diff(around)
        np.testing.assert_allclose(factor, factor[0], rtol=1e-5)
        assert rates[0] == pytest.approx(rates[2], rel=1e-3)


def test_laminar_friction_is_64_over_reynolds():
    reynolds = np.array([1e-3, 10.0, 2000.0])
    np.testing.assert_allclose(friction.darcy_factor(reynolds, np.array(0.01)), 64.0 / reynolds, rtol=1e-14)


def test_colebrook_satisfies_its_own_equation():
    reynolds, rough = np.meshgrid(np.geomspace(4000.0, 1e8, 60), np.array([0.0, 1e-6, 1e-4, 1e-2, 0.05]))
    factor, fall = friction.colebrook(reynolds, rough)
    root = 1.0 / np.sqrt(factor)
    np.testing.assert_allclose(root, -2.0 * np.log10(rough / 3.7 + 2.51 * root / reynolds), rtol=1e-14)
    higher, _ = friction.colebrook(reynolds * (1.0 + 1e-6), rough)
    np.testing.assert_allclose(np.log(higher / factor) / 1e-6, fall, atol=1e-6)


def test_swamee_jain_stays_within_three_percent_of_colebrook():
    reynolds, rough = np.meshgrid(np.geomspace(5000.0, 1e8, 40), np.array([1e-6, 1e-4, 1e-2]))
    ratio = friction.swamee_jain(reynolds, rough)[0] / friction.colebrook(reynolds, rough)[0]
    assert np.all(np.abs(ratio - 1.0) < 0.03)


def test_a_loss_coefficient_is_that_of_the_velocity_head_once_it_flows():
    area = np.pi / 4.0 * 0.05**2
    flow = 2.0
    exact = 3.0 * 0.5 * 1010.0 * (flow / (1010.0 * area)) ** 2
    drop, _ = friction.darcy_drop(np.array(flow), 0.0, 0.05, 0.0, 3.0, 1010.0, 1.3e-3)
    assert drop == pytest.approx(exact, rel=1e-6)


def test_a_measured_curve_returns_its_own_points_and_their_slope():
    flow = np.array([-0.003, -1e-6, 0.0, 1e-6, 0.003])
    drop, slope = friction.polynomial_drop(flow * 998.0, 1e7, 2e10, 998.0, 1.0, 1.0)
    np.testing.assert_allclose(drop, 1e7 * flow + 2e10 * flow * np.abs(flow), rtol=1e-4)
    step = 1e-7
    up, down = (
        friction.polynomial_drop(flow * 998.0 + s, 1e7, 2e10, 998.0, 1.0, 1.0)[0] for s in (step, -step)
    )
    np.testing.assert_allclose((up - down) / (2 * step), slope, rtol=1e-5)
    assert slope[2] > 0.0


def test_a_thicker_fluid_drops_more_and_a_purely_quadratic_part_keeps_a_slope_at_rest():
    water, _ = friction.polynomial_drop(np.array(2.0), 1e7, 2e10, 998.0, 1.0, 1.0)
    glycol, _ = friction.polynomial_drop(np.array(2.0), 1e7, 2e10, 998.0, 1.0, 1.5)
    assert glycol > water
    assert friction.polynomial_drop(np.array(0.0), 0.0, 2e10, 998.0, 1.0, 1.0)[1] > 0.0


# Lenovo LP2357 table 27, p. 38: GB300 rack, L/min and kPa (engineering data §A1, oracle K2).
RACK = np.array([[59.0, 15.9], [71.0, 22.1], [89.0, 33.8], [119.0, 58.6], [177.0, 126.9]])


def test_the_gb300_rack_table_is_met_by_its_quadratic_fit():
    flow, drop = RACK[:, 0] / 6e4, RACK[:, 1] * 1e3
    linear, quadratic = friction.fit_quadratic_through_zero(flow, drop)
    fitted = linear * flow + quadratic * flow**2
    assert np.abs(fitted - drop).max() < 400.0
    np.testing.assert_allclose(fitted / 1e3, [15.6, 22.1, 33.8, 58.8, 126.8], atol=0.1)


def test_a_fit_skips_padding_and_never_turns_negative():
    nan = np.nan
    flow = np.array([[1.0, nan, nan], [nan, nan, nan], [1.0, 2.0, nan], [1.0, 2.0, 3.0]])
    drop = np.array([[3.0, nan, nan], [nan, nan, nan], [1.0, 1.5, nan], [2.0, 6.0, 12.0]])
    linear, quadratic = friction.fit_quadratic_through_zero(flow, drop)
    np.testing.assert_allclose(linear, [0.0, 0.0, 0.8, 1.0])
    np.testing.assert_allclose(quadratic, [3.0, 0.0, 0.0, 1.0])
