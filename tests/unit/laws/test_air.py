"""Laws of air in halls, moist air, fittings and tables."""

import numpy as np
import pytest

from twin.laws import air, curves, fittings, psychrometrics

P = np.array(101325.0)


def test_the_standard_atmosphere_has_its_tabulated_pressures():
    found = air.pressure_at_elevation(np.array([0.0, 1000.0, 3000.0]))
    np.testing.assert_allclose(found, [101325.0, 89874.6, 70108.5], rtol=1e-5)


# Engineering data §C, tile note: 600 x 600 mm.
@pytest.mark.parametrize(
    ("open_fraction", "loss", "at_12", "at_25"), [(0.25, 43.0, 0.25, 0.36), (0.56, 7.4, 0.61, 0.86)]
)
def test_a_perforated_tile_passes_its_usual_flow(open_fraction, loss, at_12, at_25):
    found = air.tile_loss(np.array(open_fraction))
    assert found == pytest.approx(loss, rel=0.01)
    flow = np.array([at_12, at_25]) * 1.2
    drop, _ = air.opening_drop(flow, np.array(0.36), found, np.array(1.2))
    np.testing.assert_allclose(drop, [12.5, 25.0], rtol=0.035)


def test_a_tile_without_metal_has_one_velocity_head_and_a_sharp_hole_more():
    assert air.tile_loss(np.array(1.0)) == 1.0
    assert air.orifice_loss(np.array(0.6)) == pytest.approx(2.78, abs=0.01)


def test_an_opening_has_no_corner_at_rest_and_its_slope_is_the_derivative():
    flow = np.linspace(-1.0, 1.0, 401)
    given = (np.array(0.36), np.array(43.0), np.array(1.2))
    drop, slope = air.opening_drop(flow, *given)
    up, down = (air.opening_drop(flow + step, *given)[0] for step in (1e-7, -1e-7))
    np.testing.assert_allclose((up - down) / 2e-7, slope, rtol=1e-5)
    np.testing.assert_allclose(drop, -drop[::-1], atol=1e-12)
    assert np.all(slope > 0.0)


def test_a_kilowatt_needs_158_cfm_at_20_fahrenheit():
    flow = air.airflow_for_heat(np.array(1e3), np.array(20.0 / 1.8))
    assert flow / 1.2 / 4.719474e-4 == pytest.approx(158.0, rel=0.01)


def test_cooling_indices_are_one_in_the_recommended_band_and_fall_outside():
    inlet = np.array([[293.15, 301.15], [295.15, 305.15]])
    high = air.rack_cooling_high(inlet, np.array(300.15), np.array(305.15))
    np.testing.assert_allclose(high, [1.0, 1.0 - (1.0 + 5.0) / (5.0 * 2.0)])
    low = air.rack_cooling_low(inlet - 5.0, np.array(291.15), np.array(288.15))
    np.testing.assert_allclose(low, [1.0 - (3.0 + 1.0) / (3.0 * 2.0), 1.0])


def test_bypass_lowers_and_recirculation_raises_the_return_temperature_index():
    index = air.return_temperature_index(np.array([300.0, 306.0, 310.0]), np.array(294.0), np.array(12.0))
    np.testing.assert_allclose(index, [0.5, 1.0, 4.0 / 3.0])


def test_the_supply_heat_index_is_zero_when_racks_breathe_supply_air():
    supply, flow = np.array(293.0), np.array([1.0, 2.0])
    assert air.supply_heat_index(np.array([293.0, 293.0]), np.array([303.0, 303.0]), flow, supply) == 0.0
    assert air.supply_heat_index(
        np.array([295.0, 295.0]), np.array([303.0, 303.0]), flow, supply
    ) == pytest.approx(0.2)
    assert air.supply_heat_index(np.array([293.0]), np.array([293.0]), np.array([1.0]), supply) == 0.0


# ASHRAE Handbook Fundamentals 2017, chapter 1, table 3.
@pytest.mark.parametrize(
    ("celsius", "pascal"), [(-20, 103.24), (0, 611.2), (20, 2338.8), (50, 12351.3), (100, 101418.0)]
)
def test_saturation_pressure_is_that_of_the_steam_table(celsius, pascal):
    assert psychrometrics.saturation_pressure(np.array(celsius + 273.15)) == pytest.approx(pascal, rel=1e-3)


def test_wet_bulb_and_dew_point_are_the_dry_bulb_in_saturated_air():
    warm = np.array([263.15, 283.15, 303.15])
    humid = psychrometrics.humidity_at(warm, np.array(1.0), P)
    np.testing.assert_allclose(psychrometrics.dew_point(humid, P), warm, atol=1e-9)
    np.testing.assert_allclose(psychrometrics.wet_bulb(warm, humid, P), warm, atol=1e-6)


def test_wet_bulb_and_relative_humidity_are_inverses():
    warm, relative = np.meshgrid(np.linspace(255.0, 320.0, 14), np.linspace(0.05, 0.95, 7))
    humid = psychrometrics.humidity_at(warm, relative, P)
    wet = psychrometrics.wet_bulb(warm, humid, P)
    jump = np.abs(wet - 273.15) < 0.02
    back = psychrometrics.humidity_of_wet_bulb(warm, wet, P)
    np.testing.assert_allclose(back[~jump], humid[~jump], rtol=1e-9)
    np.testing.assert_allclose(psychrometrics.relative_humidity(warm, humid, P), relative, rtol=1e-12)
    assert np.all(psychrometrics.dew_point(humid, P) <= wet + 1e-9)
    assert np.all(wet <= warm)


def test_air_without_vapour_has_a_wet_bulb_and_the_coldest_dew_point():
    assert psychrometrics.dew_point(np.array(0.0), P) == 173.15
    assert 278.0 < psychrometrics.wet_bulb(np.array(293.15), np.array(0.0), P) < 280.0


# Engineering data §B2, oracle K5: UQD04 at its rated 1.7 gpm; Cv 0.8 is that of the coupled pair.
def test_a_pair_of_quick_disconnects_loses_31_kilopascal():
    gpm = 6.30901964e-5
    kv = fittings.kv_of_cv(np.array(0.8 * gpm))
    assert kv * 3600.0 == pytest.approx(0.692, abs=1e-3)
    drop, _ = fittings.kv_drop(np.array(1.7 * gpm * 1000.0), kv, np.array(1000.0))
    assert drop == pytest.approx(31e3, abs=200.0)


def test_kv_and_loss_coefficient_are_inverses():
    kv, bore = np.array([1e-3, 1e-2]), np.array([0.025, 0.1])
    np.testing.assert_allclose(fittings.kv_of_loss(fittings.loss_of_kv(kv, bore), bore), kv)
    flow = np.array(3.0)
    drop, slope = fittings.kv_drop(flow, kv, np.array(998.0))
    area = np.pi / 4.0 * bore**2
    np.testing.assert_allclose(
        drop, fittings.loss_of_kv(kv, bore) * flow**2 / (2.0 * 998.0 * area**2), rtol=1e-9
    )
    np.testing.assert_allclose(slope, 2.0 * drop / flow, rtol=1e-9)
    assert np.all(fittings.kv_drop(np.array(0.0), kv, np.array(998.0))[1] > 0.0)


def test_fittings_lose_less_in_larger_pipes_and_at_higher_reynolds_numbers():
    for row in fittings.DARBY.values():
        losses = fittings.darby_loss(
            np.array([1e3, 1e5, 1e5]), np.array([0.05, 0.05, 0.2]), *map(np.array, row)
        )
        assert np.all(np.diff(losses) < 0.0)
    for row in fittings.HOOPER.values():
        losses = fittings.hooper_loss(
            np.array([1e3, 1e5, 1e5]), np.array([0.05, 0.05, 0.2]), *map(np.array, row)
        )
        assert np.all(np.diff(losses) < 0.0)


def test_an_equal_percentage_valve_gains_the_same_share_per_stroke():
    share = fittings.equal_percentage(np.array([0.0, 0.5, 1.0]), np.array(50.0))
    np.testing.assert_allclose(share, [1 / 50.0, 50.0**-0.5, 1.0])


NAN = np.nan
KNOTS = np.array([[0, 1, 3, NAN], [0, 2, 4, 8], [5, NAN, NAN, NAN], [NAN] * 4, [1, 2, NAN, NAN]])
VALUES = np.array([[0, 10, 30, NAN], [1, 2, 0, 4], [7, NAN, NAN, NAN], [NAN] * 4, [3, 4, NAN, NAN]])
AT = np.array([[-1, 0.5, 2, 3, 9], [0, 1, 4, 6, 9], [1, 5, 6, 7, 8], [1, 2, 3, 4, 5], [0, 1, 1.5, 2, 3]])


def test_a_padded_table_is_read_like_each_row_alone():
    found = curves.interpolate(KNOTS, VALUES, AT)
    for row in (0, 1, 2, 4):
        known = np.isfinite(KNOTS[row])
        np.testing.assert_allclose(found[row], np.interp(AT[row], KNOTS[row][known], VALUES[row][known]))
    assert np.all(np.isnan(found[3]))
    np.testing.assert_array_equal(curves.interpolate(KNOTS, VALUES, AT[:, 1]), found[:, 1])


def test_a_table_says_where_it_was_left_and_is_level_there():
    beyond = curves.clamped(KNOTS, AT)
    np.testing.assert_array_equal(beyond[0], [True, False, False, False, True])
    assert np.all(beyond[3])
    slope = curves.slope(KNOTS, VALUES, AT)
    assert np.all(slope[beyond] == 0.0)
    np.testing.assert_allclose(slope[1], [0.5, 0.5, 1.0, 1.0, 0.0])


def test_a_table_that_does_not_rise_is_told():
    np.testing.assert_array_equal(curves.is_rising(KNOTS), [True, True, True, False, True])
    bad = np.array([[0.0, NAN, 1.0], [1.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
    assert not np.any(curves.is_rising(bad))
