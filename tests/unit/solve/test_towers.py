"""Laws of a chiller whose condenser is on a cooling tower: chilled loop, condenser loop, one feed."""

from functools import cache

import numpy as np
import pytest

from tests.support.bench import vessel
from tests.unit.solve.loops import numbers, resistors
from tests.unit.solve.plants import ZERO_K, carried, driven, feed, into, into_room, load, network
from twin.balance import balance
from twin.laws.chiller_curves import least_entering
from twin.laws.towers import GREATEST_WET_BULB_K, yorkcalc_flow_scale
from twin.model.element import OUTDOORS, Machine, Rejector, Use
from twin.model.groups import merkel_at_design
from twin.solve import chiller
from twin.solve.couple import solve
from twin.solve.heat import Mode

SET_C, FAN_W, LEAST, CYCLES = 24.0, 9e3, 0.2, 5.0
FLOW, AIRFLOW = 0.032, 18.0
RATING = 298.75, 5.6, 4.0
BOTH = (Machine.YORK_TOWER, Machine.MERKEL_TOWER)


class Chilled:
    """Chilled water goes round nodes 0, 1 and 2, condenser water round 3, 4 and 5; power is at 6."""

    def __init__(self, machine=Machine.YORK_TOWER, *, it_w=600e3, wet_c=20.0, carnot=np.nan, runs=True):
        """Build the blocks; ``it_w`` and ``wet_c`` may be rows of variants."""

        def one(value):
            return numbers(np.atleast_2d(np.asarray(value, float)), 1)

        wide = np.broadcast_arrays(it_w, wet_c, runs)[0]
        self.variants = max(np.size(wide), 1)
        self.it = load(6, one(it_w))
        self.racks, self.evaporator = resistors([(1, 2)], 5e7), resistors([(2, 0)], 5e7)
        self.condenser, self.fill = resistors([(4, 5)], 5e7), resistors([(5, 3)], 5e7)
        self.compressor = load(6, [0.0], role="chiller", use=Use.COOLING)
        self.fan = load(6, [0.0], role="fan", use=Use.COOLING)
        chiller = Rejector(
            role="rejector", part=self.evaporator.part, path=self.evaporator, load=self.compressor,
            machine=Machine.WATER_COOLED_CHILLER, leaving_k=one(280.0), entering_k=one(300.0),
            capacity_w=one(1e6), cop_ratio=one(5.8), carnot_ratio=one(carnot), condenser=self.condenser,
        )  # fmt: skip
        wet, spread, near = map(one, RATING)
        ua, _ = merkel_at_design(
            wet, spread, near, flow_m3_s=one(FLOW), airflow_m3_s=one(AIRFLOW), pressure_pa=one(101325.0)
        )
        tower = Rejector(
            role="rejector", part=self.fill.part, path=self.fill, load=self.fan, machine=machine,
            leaving_k=one(SET_C + ZERO_K), entering_k=one(np.asarray(wet_c) + 8.0 + ZERO_K), ua_w_k=ua,
            wet_bulb_k=one(np.asarray(wet_c) + ZERO_K), design_wet_bulb_k=wet,
            calibration_ratio=yorkcalc_flow_scale(spread, wet, near)[0], reference_m3_s=one(FLOW),
            airflow_m3_s=one(AIRFLOW), fan_power_w=one(FAN_W), least_speed_ratio=one(LEAST),
            still_ratio=one(0.125), cycles_ratio=one(CYCLES), drift_ratio=one(8e-5),
            in_service=np.atleast_2d(np.asarray(runs)),
        )  # fmt: skip
        self.blocks = [
            self.it, self.racks, self.evaporator, self.condenser, self.fill, self.compressor, self.fan,
            driven([(0, 1)], 0.02), driven([(3, 4)], FLOW), chiller, tower, vessel(0, 1e5), vessel(3, 1e5),
            feed(6), into(self.racks, self.it), into(self.condenser, self.compressor, role="condenser_heat"),
            into_room(self.fan, OUTDOORS),
        ]  # fmt: skip


@cache
def over_wet_bulb(machine):
    """Return plant and settled state from a frosty day to a tropical one, 600 kW."""
    plant = Chilled(machine, wet_c=np.arange(-10.5, 29.0, 5.0)[None, :])
    return plant, solve(network(*plant.blocks, nodes=7, variants=plant.variants))


@cache
def over_load(machine):
    """Return plant and settled state from nothing to more than the chiller can take, wet bulb 5 degC."""
    plant = Chilled(machine, it_w=np.array([[0.0, 5e3, 5e4, 1e5, 3e5, 6e5, 1.2e6]]), wet_c=5.0)
    return plant, solve(network(*plant.blocks, nodes=7, variants=plant.variants))


def leaving_c(plant, solution):
    return solution.heat.outlet_k[solution.network.flow.rows[id(plant.fill)]][0] - ZERO_K


both = pytest.mark.parametrize("machine", BOTH)


@both
def test_energy_closes_and_every_watt_is_rejected(machine):
    for plant, solution in (over_wet_bulb(machine), over_load(machine)):
        assert balance(solution).energy_ratio.max() < 1e-9
        q, heat = solution.flow.flow_kg_s, solution.heat
        given = -carried(solution.network, heat, q, plant.fill)[0]
        asked = solution.consumer_w[solution.network.heat.load_rows[id(plant.it)]][0] + solution.machine_w[0]
        np.testing.assert_allclose(given, asked, rtol=1e-7, atol=1e-2)


@both
def test_a_tower_holds_its_water_until_its_fan_is_full(machine):
    plant, solution = over_wet_bulb(machine)
    mode, left = solution.rejector_mode[1], leaving_c(plant, solution)
    holds = mode == Mode.HOLDS
    assert holds.any()
    assert (mode[~holds] == Mode.FREE).all()
    np.testing.assert_allclose(left[holds], SET_C, atol=1e-7)
    assert (left[~holds] > SET_C).all()
    assert (np.diff(solution.machine_ratio[1][holds]) > 0.0).all()
    assert (solution.machine_ratio[1][~holds] == 1.0).all()


@both
def test_a_moister_day_never_cools_the_water_and_never_saves_power(machine):
    plant, solution = over_wet_bulb(machine)
    assert (np.diff(leaving_c(plant, solution)) > -1e-6).all()
    assert (np.diff(solution.power.feed_power_va.real.sum(axis=0)) > -1e-3).all()


@both
def test_fan_power_falls_as_the_cube_of_speed_and_below_the_least_speed_with_time(machine):
    _, solution = over_load(machine)
    speed, power = solution.machine_ratio[1], solution.machine_w[1]
    turns = speed >= LEAST
    np.testing.assert_allclose(power[turns], FAN_W * speed[turns] ** 3, rtol=1e-12)
    np.testing.assert_allclose(power[~turns], FAN_W * LEAST**2 * speed[~turns], rtol=1e-12)
    assert (np.diff(speed) >= 0.0).all()


@both
def test_with_little_load_the_fan_stands_and_the_water_goes_below_its_set_point(machine):
    plant, solution = over_load(machine)
    coasts = solution.rejector_mode[1] == Mode.COASTS
    left = leaving_c(plant, solution)
    assert coasts.tolist()[:3] == [True] * 3
    assert (solution.machine_w[1][coasts] == 0.0).all()
    assert (left[coasts] < SET_C).all()
    assert (np.diff(left) > -1e-6).all()
    assert left[0] == pytest.approx(5.0, abs=1e-3)


@both
def test_water_is_never_negative_and_lies_between_a_third_and_all_of_the_heat(machine):
    for _, solution in (over_wet_bulb(machine), over_load(machine)):
        water, heat = solution.water_kg_s[1], solution.heat.rejected_w[1]
        latent = water * (CYCLES - 1.0) / CYCLES * 2.44e6
        assert (water >= 0.0).all()
        assert (latent[heat > 1.0] > 0.33 * heat[heat > 1.0]).all()
        assert (latent <= 1.05 * heat + 1e-6).all()
        assert (solution.water_kg_s[0] == 0.0).all()


def test_towers_of_both_laws_agree_on_a_plant_within_a_quarter_of_a_kelvin_where_both_hold():
    (york, by_york), (merkel, by_merkel) = (over_wet_bulb(machine) for machine in BOTH)
    apart = leaving_c(york, by_york) - leaving_c(merkel, by_merkel)
    holds = by_york.network.heat.wet_bulb_k[1] < GREATEST_WET_BULB_K
    assert np.abs(apart[holds]).max() < 0.25
    totals = [s.power.feed_power_va.real.sum(axis=0) for s in (by_york, by_merkel)]
    np.testing.assert_allclose(*totals, rtol=0.003)


def test_a_chiller_may_follow_carnot_and_then_draws_heat_times_lift():
    plant = Chilled(carnot=0.6, wet_c=np.array([[20.0, 25.0]]))
    solution = solve(network(*plant.blocks, nodes=7, variants=2))
    entering = solution.heat.inlet_k[solution.network.flow.rows[id(plant.condenser)]][0]
    leaving = solution.heat.outlet_k[solution.network.flow.rows[id(plant.evaporator)]][0]
    np.testing.assert_allclose(leaving, 280.0, atol=1e-6)
    np.testing.assert_allclose(solution.machine_w[0], 6e5 * (entering - leaving) / (0.6 * leaving), rtol=1e-8)
    assert balance(solution).energy_ratio.max() < 1e-9


def test_a_carnot_chiller_beyond_its_capacity_floats_and_says_by_how_much():
    plant = Chilled(carnot=0.6, it_w=1.05e6)
    solution = solve(network(*plant.blocks, nodes=7))
    assert solution.rejector_mode[0, 0] == Mode.FREE
    assert solution.machine_ratio[0, 0] == pytest.approx(1.05)
    assert solution.heat.outlet_k[solution.network.flow.rows[id(plant.evaporator)]][0, 0] > 280.1


def test_without_its_tower_the_chiller_stops_and_its_racks_lose_their_load():
    plant = Chilled(runs=np.array([[True, False]]), wet_c=20.0)
    solution = solve(network(*plant.blocks, nodes=7, variants=2))
    assert solution.lost_cooling[solution.network.heat.load_rows[id(plant.it)]][0].tolist() == [False, True]
    assert (solution.machine_w[:, 1] == 0.0).all()
    assert solution.water_kg_s[1, 1] == 0.0
    assert balance(solution).energy_ratio.max() < 1e-9


def test_condensers_are_kept_from_colder_water_than_their_curves_were_made_for():
    plant = Chilled()
    net = network(*plant.blocks, nodes=7, variants=1).heat
    cold = chiller.chillers(net)
    end = least_entering(net.curve[cold, None])
    entering = end + np.array([[-30.0, -5.0, 0.0, 5.0]])
    leaving, heat = np.full_like(entering, 280.0), np.full_like(entering, 6e5)
    found = chiller.duty(net, heat, leaving, entering, cold)
    for values in (found.power_w[0], found.available_w[0]):
        assert values[0] == values[1] == values[2] != values[3]
    net = network(*Chilled(carnot=0.5).blocks, nodes=7, variants=1).heat
    assert np.all(np.diff(chiller.duty(net, heat, leaving, entering, cold).power_w) >= 0.0)
