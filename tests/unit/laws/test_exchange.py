"""Laws of heat exchangers."""

import numpy as np
import pytest

from twin.laws import exchange

NTU = np.geomspace(1e-8, 1e4, 200)[:, None]
RATIO = np.linspace(0.0, 1.0, 7)[None, :]
ARRANGEMENTS = range(6)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_effectiveness_lies_between_0_and_1_and_rises_with_ntu(arrangement):
    found = exchange.effectiveness(NTU, RATIO, arrangement)
    assert np.all((found >= 0.0) & (found <= 1.0 + 1e-15))
    assert np.all(np.diff(found, axis=0) >= -1e-14)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_without_a_capacity_ratio_every_arrangement_is_the_same(arrangement):
    ntu = np.array([0.1, 1.0, 3.0])
    np.testing.assert_allclose(
        exchange.effectiveness(ntu, np.zeros(3), arrangement), 1.0 - np.exp(-ntu), rtol=1e-9
    )


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_a_small_exchanger_moves_ua_times_the_inlet_difference(arrangement):
    np.testing.assert_allclose(
        exchange.effectiveness(np.full(3, 1e-6), np.full(3, 0.5), arrangement), 1e-6, rtol=1e-5
    )


def test_counterflow_is_smooth_where_the_capacity_rates_are_equal():
    near = exchange.counterflow(np.full(3, 2.0), 1.0 - np.array([1e-7, 1e-9, 0.0]))
    np.testing.assert_allclose(near, 2.0 / 3.0, rtol=1e-7)


def test_crossflow_lies_between_parallel_and_counterflow():
    ntu, ratio = NTU[60:], RATIO[:, 1:]
    cross = exchange.crossflow_unmixed(ntu, ratio)
    assert np.all(cross <= exchange.counterflow(ntu, ratio) + 1e-12)
    assert np.all(cross >= exchange.parallel(ntu, ratio) - 1e-12)


def test_the_usual_approximation_of_crossflow_is_close_to_the_series():
    ntu, ratio = np.geomspace(0.1, 8.0, 30)[:, None], RATIO[:, 1:]
    ratio_of_both = exchange.crossflow_incropera(ntu, ratio) / exchange.crossflow_unmixed(ntu, ratio)
    assert np.all(np.abs(ratio_of_both - 1.0) < 0.04)


def test_arrangements_by_number_may_differ_from_row_to_row():
    kinds = np.array([[0], [1], [2]])
    found = exchange.effectiveness(np.full((3, 2), 2.0), np.full((3, 2), 0.7), kinds)
    laws = (exchange.counterflow, exchange.crossflow_unmixed, exchange.parallel)
    for row, law in enumerate(laws):
        np.testing.assert_array_equal(found[row], law(np.full(2, 2.0), np.full(2, 0.7)))


def test_heat_fades_out_without_a_corner_when_the_flow_stops():
    flow = np.linspace(0.0, 2e-3, 2001) * 1e5
    rate = exchange.exchange_rate(np.array(5e5), flow, np.array(1.3e5), design_w_k=np.array(1e5))
    assert rate[0] == 0.0
    assert np.all(np.diff(rate) > 0.0)
    slope = np.diff(rate) / np.diff(flow)
    assert slope[0] < 1e-2
    assert np.abs(np.diff(slope)).max() < 0.01
    np.testing.assert_allclose(slope[-100:], 1.0, rtol=1e-3)


# Engineering data §B1, oracle K4: Google Deschutes, 2 MW at 3.0 K approach with UA 550 kW/K.
def test_the_deschutes_exchanger_approaches_facility_water_by_3_kelvin():
    hot, cold = np.array(31.48 * 3930.0), np.array(32.3 * 4180.0)
    rate = exchange.exchange_rate(np.array(550e3), hot, cold, design_w_k=hot)
    heat = rate * (46.0 - 26.8)
    assert heat == pytest.approx(2e6, rel=0.005)
    assert rate / hot == pytest.approx(0.843, abs=2e-3)
    assert 46.0 - heat / hot - 26.8 == pytest.approx(3.0, abs=0.05)
    ua, reached = exchange.ua_for_heat(np.array(2e6), np.array(46.0 - 26.8), hot, cold)
    assert reached
    assert ua == pytest.approx(550e3, rel=0.01)


@pytest.mark.parametrize("arrangement", [0, 1, 2])
def test_ua_for_heat_is_the_inverse_of_exchange_rate(arrangement):
    hot, cold = np.array([2e4, 1e5]), np.array([3e4, 9e4])
    ua = np.array([1e4, 2e5])
    heat = 15.0 * exchange.exchange_rate(ua, hot, cold, design_w_k=hot, arrangement_index=arrangement)
    found, reached = exchange.ua_for_heat(heat, np.full(2, 15.0), hot, cold, arrangement_index=arrangement)
    np.testing.assert_allclose(found, ua, rtol=1e-9)
    assert np.all(reached)
    assert not np.any(exchange.ua_for_heat(2.0 * hot * 15.0, np.full(2, 15.0), hot, cold)[1])


def test_off_design_conductance_is_that_of_design_at_design_and_follows_the_flows():
    ua = exchange.off_design_ua(np.array(1e5), np.array([1.0, 0.5, 1.0, 0.0]), np.array([1.0, 0.5, 0.5, 1.0]))
    assert ua[0] == pytest.approx(1e5, rel=1e-6)
    assert ua[1] == pytest.approx(1e5 * 0.5**0.8, rel=1e-5)
    assert ua[1] < ua[2] < ua[0]
    assert 0.0 < ua[3] < 0.02 * ua[0]
    dirty = exchange.off_design_ua(np.array(1e5), np.array(1.0), np.array(1.0), fouling_k_w=np.array(1e-6))
    assert 1.0 / dirty == pytest.approx(1e-5 + 1e-6, rel=1e-5)


def test_a_film_is_thinner_in_a_runnier_fluid():
    assert exchange.film_ratio(np.array(1.0), np.array(1.0), np.array(0.5)) == pytest.approx(2.0**0.4)


@pytest.mark.parametrize("arrangement", [0, 1])
def test_flow_for_heat_is_the_flow_that_moves_that_heat(arrangement):
    random = np.random.default_rng(1)
    shape = (40, 5)
    ratio, difference = random.uniform(0.0, 1.2, shape), random.uniform(5.0, 25.0, shape)
    hot = ratio * 1.24e5
    heat = random.uniform(-0.2, 1.4, shape) * hot * difference
    given = {
        "cold_heat_capacity_j_kgk": np.array(4180.0), "greatest_flow_kg_s": np.array(50.0),
        "design_flow_kg_s": np.array(32.3), "design_ua_w_k": np.array(550e3), "design_w_k": np.array(1.24e5),
        "hot_flow_ratio": ratio, "arrangement_index": arrangement,
    }  # fmt: skip
    flow, saturated = exchange.flow_for_heat(heat, difference, hot, **given)
    ua = exchange.off_design_ua(np.array(550e3), ratio, flow / 32.3)
    moved = difference * exchange.exchange_rate(
        ua, hot, flow * 4180.0, design_w_k=np.array(1.24e5), arrangement_index=arrangement
    )
    np.testing.assert_allclose(moved[~saturated], heat[~saturated], rtol=1e-9)
    assert set(np.unique(flow[saturated])) <= {0.0, 50.0}
    np.testing.assert_array_equal(saturated & (flow == 0.0), heat <= 0.0)
    assert 0.2 < saturated.mean() < 0.8
