"""Conductors as warm as their current makes them, in rooms that they warm."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints, vessel
from tests.unit.solve.loops import resistors
from tests.unit.solve.plants import conductance, driven, feed, into_room, load, network
from twin.balance import balance
from twin.laws.conductors import (
    ALUMINIUM_PER_K,
    BASE_K,
    COPPER_PER_K,
    ampacity_ratio,
    resistance_at,
    steady_temperature,
)
from twin.model.element import OUTDOORS, Fluid, Line
from twin.model.variants import take
from twin.solve.couple import solve
from twin.solve.line_heat import air_around, conductor_temperature

COLD_OHM, RATED_A, WALLS_W_K, OUTDOOR_K = 2e-3, 600.0, 120.0, 301.15
REFERENCE_K, LIMIT_K = 303.15, 363.15


def steady(loading, air_k=REFERENCE_K, coefficient=COPPER_PER_K):
    return steady_temperature(loading, air_k, REFERENCE_K, LIMIT_K, coefficient)


@pytest.mark.parametrize("air_k", [263.15, 303.15, 315.15, 350.15])
def test_a_conductor_is_at_its_limit_at_the_current_that_its_air_allows(air_k):
    allowed = ampacity_ratio(air_k, REFERENCE_K, LIMIT_K)
    assert steady(allowed, air_k) == pytest.approx(LIMIT_K, abs=1e-9)
    assert steady(0.0, air_k) == air_k


@pytest.mark.parametrize("coefficient", [COPPER_PER_K, ALUMINIUM_PER_K])
@pytest.mark.parametrize("loading", [0.3, 0.8, 1.2, 1.5])
def test_the_heat_that_leaves_a_conductor_is_its_loss_at_its_own_temperature(loading, coefficient):
    at = steady(loading, 310.15, coefficient)
    per_kelvin = RATED_A**2 * resistance_at(COLD_OHM, LIMIT_K, coefficient) / (LIMIT_K - REFERENCE_K)
    loss = (loading * RATED_A) ** 2 * resistance_at(COLD_OHM, at, coefficient)
    assert per_kelvin * (at - 310.15) == pytest.approx(loss, rel=1e-12)


def test_temperature_rises_smoothly_and_stays_finite_past_the_current_that_no_conductor_survives():
    loading = np.linspace(0.0, 4.0, 4001)
    square, at = loading**2, steady(loading)
    slope = np.diff(at) / np.diff(square)
    assert np.isfinite(at).all()
    assert (np.diff(slope) > -1e-6).all()
    assert np.abs(np.diff(slope)).max() < 0.01 * slope.max()


class Room:
    """A cable from a feed to a load outdoors, in a room that it warms; 3 variants of the load."""

    def __init__(self, power_w=(0.0, 250e3, 400e3), *, by_load=True, metal=COPPER_PER_K):
        """Settle the room."""
        self.power_w = np.array([power_w])
        self.cable = Line(
            role="conductor", part=ints(0), a=ints(2), b=ints(3),
            resistance_ohm=resistance_at(col(COLD_OHM), 333.15, metal), reactance_ohm=col(1e-3),
            rating_a=col(RATED_A), room=ints(1), cold_ohm=col(COLD_OHM), reference_k=col(REFERENCE_K),
            limit_k=col(LIMIT_K), coefficient_per_k=col(metal),
        )  # fmt: skip
        self.load = load(3, self.power_w)
        made = network(
            driven([(0, 1)], 1.0), resistors([(1, 0)], 10.0), self.cable, self.load,
            into_room(self.load, OUTDOORS), conductance([1], [OUTDOORS], WALLS_W_K),
            vessel(0, 0.0, Fluid.AIR), feed(2), nodes=4, variants=3, dry_bulb_k=OUTDOOR_K,
        )  # fmt: skip
        site = replace(made.assembly.site, warm_conductors=by_load)
        self.network = replace(made, assembly=replace(made.assembly, site=site))
        self.solution = solve(self.network)


def by_hand(power_w):
    """Return temperature [K] and loss [W] of the cable, by bisection of its temperature."""
    if not power_w:
        return OUTDOOR_K, 0.0
    low, high = OUTDOOR_K, 600.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        ohm, x = COLD_OHM * (1.0 + COPPER_PER_K * (middle - BASE_K)), 1e-3
        volts, at = 415.0, power_w / (np.sqrt(3.0) * 415.0)
        for _ in range(100):  # unity power factor at the load: fixed point of its voltage
            end = np.sqrt(volts**2 - 3.0 * (at * x) ** 2) - np.sqrt(3.0) * at * ohm
            at = power_w / (np.sqrt(3.0) * end)
        loss = 3.0 * at**2 * ohm
        hot = COLD_OHM * (1.0 + COPPER_PER_K * (LIMIT_K - BASE_K))
        held = 3.0 * RATED_A**2 * hot / (LIMIT_K - REFERENCE_K)
        low, high = (middle, high) if OUTDOOR_K + loss / WALLS_W_K + loss / held > middle else (low, middle)
    return middle, loss


def test_cable_room_and_current_settle_where_a_bisection_by_hand_does():
    room = Room()
    found, lost = conductor_temperature(room.solution), room.solution.power.line_loss_w
    for variant, power_w in enumerate(room.power_w[0]):
        at, loss = by_hand(power_w)
        assert found[0, variant] == pytest.approx(at, abs=1e-5)
        assert lost[0, variant] == pytest.approx(loss, rel=1e-7, abs=1e-9)
    assert found[0, 2] > LIMIT_K > found[0, 1] > air_around(room.solution)[0, 1] > OUTDOOR_K
    assert balance(room.solution).energy_ratio.max() <= 1e-9


def test_resistance_stands_at_the_temperature_of_the_settled_state():
    solution = Room(metal=ALUMINIUM_PER_K).solution
    at = conductor_temperature(solution)
    ohm = resistance_at(COLD_OHM, at, ALUMINIUM_PER_K)
    np.testing.assert_allclose(solution.network.power.lines.resistance_ohm, ohm, rtol=1e-7)
    assert solution.network.power.rows  # results are still read by block


def test_a_declared_temperature_stands_and_the_one_of_its_current_is_told_beside():
    room = Room(by_load=False)
    told = room.solution.network.power.lines.resistance_ohm
    np.testing.assert_array_equal(told, room.network.power.lines.resistance_ohm)
    assert conductor_temperature(room.solution)[0, 2] > LIMIT_K


def test_a_batch_is_what_its_variants_are_alone():
    room = Room()
    alone = solve(take(room.network, np.array([1]), 3))
    np.testing.assert_allclose(
        alone.power.line_loss_w[:, 0], room.solution.power.line_loss_w[:, 1], rtol=1e-7
    )
