"""Laws of conductors and converters."""

import numpy as np
import pytest

from twin.laws import conductors, converters


# Engineering data §E2, oracle K9.
def test_142_kilowatts_at_415_volts_draw_202_amperes():
    current = conductors.three_phase_current(np.array(142e3), np.array(415.0), np.array(0.98))
    assert current == pytest.approx(202.0, abs=0.5)
    assert current * 1.25 == pytest.approx(252.0, abs=0.5)


def test_copper_is_a_fifth_more_resistive_at_70_celsius():
    base = conductors.conductor_resistance(
        np.array(1000.0), np.array(150e-6), np.array(conductors.COPPER_OHM_M)
    )
    warm = conductors.resistance_at(base, np.array(343.15), np.array(conductors.COPPER_PER_K))
    assert base == pytest.approx(0.115, abs=1e-3)
    assert warm / base == pytest.approx(1.1965)


def test_the_usual_drop_is_the_exact_one_for_short_lines():
    given = (np.array(200.0), np.array(0.004), np.array(0.003), np.array(0.95))
    drop = conductors.three_phase_drop(*given)
    exact = 415.0 - conductors.three_phase_receiving(np.array(415.0), *given)
    assert drop == pytest.approx(exact, rel=5e-3)


def test_power_in_is_power_out_and_line_loss():
    current, resistance, reactance, factor = np.array(300.0), np.array(0.02), np.array(0.01), 0.9
    end = conductors.three_phase_receiving(np.array(415.0), current, resistance, reactance, np.array(factor))
    phasor = end / np.sqrt(3) + current * (factor - 1j * np.sqrt(1 - factor**2)) * (
        resistance + 1j * reactance
    )
    assert abs(phasor) * np.sqrt(3) == pytest.approx(415.0, rel=1e-12)
    delivered = np.sqrt(3) * end * current * factor
    sent = 3.0 * (phasor * current * (factor + 1j * np.sqrt(1 - factor**2))).real
    assert sent == pytest.approx(delivered + conductors.line_loss(current, resistance), rel=1e-12)


def test_a_dc_line_carries_its_load_until_it_collapses():
    power, resistance = np.array([0.0, 1e5, 1.6e7, 1.7e7]), np.array(0.01)
    current, carried = conductors.dc_load_current(power, np.array(800.0), resistance)
    np.testing.assert_array_equal(carried, [True, True, True, False])
    np.testing.assert_allclose(current[:3] * (800.0 - 0.01 * current[:3]), power[:3], rtol=1e-12)


# Engineering data §E2: typical transformer-free UPS.
def test_a_loss_curve_meets_the_efficiencies_that_it_was_fitted_to():
    load, efficiency = np.array([0.25, 0.5, 0.75, 1.0]), np.array([0.96, 0.97, 0.97, 0.967])
    curve = converters.fit_loss_curve(load, efficiency)
    np.testing.assert_allclose(curve, [0.0082, 0.0031, 0.0228], atol=1.2e-3)
    loss, slope = converters.converter_loss(load * 1e6, np.array(1e6), *curve)
    np.testing.assert_allclose(converters.efficiency_of(load * 1e6, loss), efficiency, atol=5e-4)
    higher, _ = converters.converter_loss(load * 1e6 + 1.0, np.array(1e6), *curve)
    np.testing.assert_allclose(higher - loss, slope, rtol=1e-5)


def test_output_is_the_inverse_of_output_plus_loss():
    output, rated = np.array([0.0, 1e4, 5e5, 1e6, 1.2e6]), np.array(1e6)
    curve = (np.array(0.0082), np.array(0.0031), np.array(0.0228))
    loss, _ = converters.converter_loss(output, rated, *curve)
    np.testing.assert_allclose(
        converters.converter_output(output + loss, rated, *curve), output, rtol=1e-12, atol=1e-6
    )
    straight = converters.converter_output(
        output + 0.05 * output, rated, np.array(0.0), np.array(0.05), np.array(0.0)
    )
    np.testing.assert_allclose(straight, output, rtol=1e-12)


def test_a_fit_skips_padding_and_says_where_points_are_too_few():
    load = np.array([[0.25, 0.5, 0.75, 1.0, np.nan], [0.5, np.nan, np.nan, np.nan, np.nan]])
    efficiency = np.array([[0.96, 0.97, 0.97, 0.967, np.nan], [0.95, np.nan, np.nan, np.nan, np.nan]])
    curves = converters.fit_loss_curve(load, efficiency)
    assert np.all(np.isfinite([curve[0] for curve in curves]))
    assert np.all(np.isnan([curve[1] for curve in curves]))


# Engineering data §E1: EU tier 2 liquid transformers at half load.
@pytest.mark.parametrize(
    ("kva", "no_load", "load", "percent"),
    [(1000, 693, 7600, 99.48), (1600, 1080, 12000, 99.49), (2500, 1575, 18500, 99.51)],
)
def test_a_tier_2_transformer_is_99_5_percent_efficient_at_half_load(kva, no_load, load, percent):
    loss = converters.transformer_loss(np.array(0.5), np.array(no_load), np.array(load))
    assert converters.efficiency_of(np.array(kva * 500.0), loss) == pytest.approx(percent / 100.0, abs=6e-5)


def test_a_transformer_has_its_short_circuit_impedance():
    # pandapower 0.63 MVA, 20/0.4 kV: uk 6 %, ukr 1.206 %.
    r, x = converters.transformer_impedance(
        np.array(630e3), np.array(400.0), np.array(0.06), np.array(0.01206 * 630e3)
    )
    assert np.hypot(r, x) == pytest.approx(0.06 * 400.0**2 / 630e3)
    assert r == pytest.approx(0.01206 * 400.0**2 / 630e3)


@pytest.mark.parametrize(
    ("limit", "factors"),
    [
        (90.0, {10: 1.15, 15: 1.12, 20: 1.08, 25: 1.04, 30: 1.0, 35: 0.96, 40: 0.91, 45: 0.87, 50: 0.82,
                55: 0.76, 60: 0.71, 70: 0.58, 80: 0.41}),
        (70.0, {10: 1.22, 15: 1.17, 20: 1.12, 25: 1.06, 30: 1.0, 35: 0.94, 40: 0.87, 45: 0.79, 50: 0.71,
                55: 0.61, 60: 0.50}),
    ],
)  # fmt: skip
def test_ampacity_in_warm_air_is_that_of_the_table(limit, factors):
    """IEC 60364-5-52:2009, table B.52.14, XLPE and PVC, to the two digits printed."""
    air = np.array(list(factors), dtype=float) + 273.15
    found = conductors.ampacity_ratio(air, np.array(303.15), np.array(limit + 273.15))
    np.testing.assert_allclose(found, list(factors.values()), atol=0.0066)


def test_nothing_may_be_carried_in_air_as_warm_as_the_conductor_may_be():
    assert conductors.ampacity_ratio(
        np.array([363.15, 400.0]), np.array(303.15), np.array(363.15)
    ).tolist() == [0.0, 0.0]
