"""Chips on cold plates: OCP's measured plates, what goes on beyond the points, and the settled junction."""

import numpy as np
import pytest

from twin.laws.cold_plate import chip_power, clock, junction, settled_junction
from twin.laws.curves import falling, levelling

PG25 = {
    0.4: 38.9, 0.5: 32.5, 0.6: 30.0, 0.7: 28.0, 0.8: 26.5, 0.9: 25.5, 1.0: 24.5, 1.2: 23.0, 1.4: 22.0,
    1.6: 21.4, 1.8: 20.9, 2.0: 20.4, 2.2: 20.0, 2.4: 19.7,
}  # fmt: skip
WATER = {2.0: 17.2, 3.0: 16.0, 4.0: 15.4, 5.0: 15.1}
CLOCK = {"slowdown_k": 365.0, "throttle_per_k": 0.02, "clock_least_ratio": 0.5}
POWER = {
    "rated_w": 1400.0, "clock_power_ratio": 1.0, "leakage_w_k": 2.0, "leakage_reference_k": 358.0,
    "leakage_end_k": 378.0,
}  # fmt: skip


def plate(points):
    """Return the points of a plate as a table of one part, and the fit that goes on beyond them."""
    knots, values = np.array([list(points)]), np.array([list(points.values())]) / 1e3
    level, reach, exponent = levelling(knots, values)
    return (knots, values), level, reach, exponent


def at(points, *flow):
    table, level, _, exponent = plate(points)
    return falling(*table, np.array([flow]), level, exponent)[0]


@pytest.mark.parametrize(("points", "error"), [(PG25, 9e-4), (WATER, 2e-5)])
def test_the_measured_points_are_met_and_their_fit_is_as_good_as_it_says(points, error):
    (knots, values), level, reach, exponent = plate(points)
    np.testing.assert_allclose(at(points, *points), values[0], rtol=1e-12)
    fit = level + reach * (knots / knots[:, :1]) ** -exponent
    assert np.abs(fit - values).max() < error
    assert 0.9 < exponent[0, 0] < 1.6


@pytest.mark.parametrize("points", [PG25, WATER])
def test_resistance_falls_with_flow_everywhere_and_never_to_nothing(points):
    first, last = min(points), max(points)
    flow = np.geomspace(first / 50.0, last * 50.0, 4000)
    found = at(points, *flow)
    assert np.all(np.diff(found) < 0.0)
    _, level, _, _ = plate(points)
    assert found[-1] > level[0, 0] > 0.0
    for end in (first, last):
        before, after = at(points, end * (1.0 - 1e-9), end * (1.0 + 1e-9))
        assert before == pytest.approx(after, rel=1e-7)


def test_water_leaves_less_resistance_than_glycol_even_where_flow_no_longer_counts():
    assert at(WATER, 2.0)[0] < at(PG25, 2.0)[0]
    assert plate(WATER)[1][0, 0] < plate(PG25)[1][0, 0]


def test_a_junction_is_the_entering_coolant_and_power_times_both_resistances():
    assert junction(313.15, 1000.0, 0.0245, 0.010) == pytest.approx(313.15 + 34.5)


def settled(local_k, resistance_k_w=0.035, **changed):
    clocked = {name: np.array(changed.get(name, value)) for name, value in CLOCK.items()}
    powered = {name: np.array(changed.get(name, value)) for name, value in POWER.items()}
    found = settled_junction(np.array(local_k), np.array(resistance_k_w), **clocked, **powered)
    return found, chip_power(found, clock(found, **clocked), **powered), clock(found, **clocked)


@pytest.mark.parametrize("resistance", [0.01, 0.035, 0.2, 0.6, 5.0])
def test_a_chip_makes_just_the_heat_that_its_plate_carries_off(resistance):
    local = np.linspace(280.0, 430.0, 301)
    found, power, kept = settled(local, resistance)
    np.testing.assert_allclose(power * resistance, found - local, rtol=1e-9, atol=1e-9)
    assert np.all(np.diff(found) > 0.0)
    assert np.all((kept >= 0.5) & (kept <= 1.0))


def test_warmer_coolant_moves_the_junction_without_a_jump_even_where_leakage_runs_away():
    # 0.6 K/W times 2 W/K is above 1: without an end leakage would have no settled state.
    local = np.linspace(280.0, 430.0, 20001)
    found, _, _ = settled(local, 0.45)
    assert np.diff(found).max() < 12.0 * (local[1] - local[0])


def test_the_clock_falls_by_its_slope_and_power_with_it():
    found, power, kept = settled(330.0)
    assert kept == pytest.approx(1.0 - 0.02 * (found - 365.0))
    assert power == pytest.approx(1400.0 * kept + 2.0 * (found - 358.0))
    assert 365.0 < found < settled(330.0, throttle_per_k=1e-9)[0]


def test_leakage_warms_and_stays_level_beyond_its_end():
    cold, hot = settled(310.0)[0], settled(310.0, leakage_w_k=0.0)[0]
    assert settled(320.0, slowdown_k=1e6)[0] > settled(320.0, slowdown_k=1e6, leakage_w_k=0.0)[0]
    assert (cold < hot) == (cold < 358.0)
    _, power, _ = settled(400.0, slowdown_k=1e6)
    assert power == pytest.approx(1400.0 + 2.0 * 20.0)
