"""Laws of the settled state: flow, heat and power as one."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import vessel
from tests.unit.solve.loops import pumps, resistors
from tests.unit.solve.plants import ZERO_K, Plant, carried, dry_cooler, feed, into, load, network
from twin.balance import balance, require_closed
from twin.errors import ConvergenceError
from twin.model.element import OUTDOORS, Fluid, Release, Use
from twin.solve.couple import SETTLED, solve
from twin.solve.heat import BOILING_J_KG, Mode, enthalpy_at

CLOSED = 1e-9


def run(**choices):
    """Return a plant and its settled state."""
    plant = Plant(**choices)
    return plant, solve(plant.network())


def leaving(plant, solution, block=None):
    """Return what leaves the exchanger towards the racks [degC], shape (variant,)."""
    rows = solution.network.flow.rows[id(block or plant.hot)]
    return solution.heat.outlet_k[rows][0] - ZERO_K


def flow_of(solution, block):
    return solution.flow.flow_kg_s[solution.network.flow.rows[id(block)]]


def power_of(solution, load_block):
    return solution.consumer_w[solution.network.heat.load_rows[id(load_block)]]


CHOICES = [
    {},
    {"fluid": Fluid.WATER},
    {"rack_w": 5e3},
    {"rack_w": 140e3},
    {"outdoor_c": 45.0},
    {"outdoor_c": -10.0},
    {"set_c": 20.0},
    {"set_c": 55.0},
    {"ua_w_k": 5e3},
    {"racks": 1},
    {"racks": 16, "rack_w": 20e3},
    {"valve_m3_s": 1e-3},
    {"cooler_ua_w_k": 5e3},
]


@pytest.mark.parametrize(
    "choice", CHOICES, ids=lambda c: ", ".join(f"{k}={v}" for k, v in c.items()) or "plain"
)
def test_energy_mass_and_current_close(choice):
    _, solution = run(**choice)
    closed = balance(solution)
    assert closed.energy_ratio.max() < CLOSED
    assert closed.mass_ratio < CLOSED
    assert closed.current_ratio < CLOSED
    assert solution.change_ratio < SETTLED
    assert solution.flow.iteration_count <= 25


def test_every_watt_drawn_reaches_the_facility_water_or_the_outside_air():
    plant, solution = run()
    heat, q = solution.heat, solution.flow.flow_kg_s
    racks = power_of(solution, plant.it).sum()
    pump = power_of(solution, plant.coolant_power).sum()
    assert racks == pytest.approx(4 * 60e3, rel=1e-12)
    assert pump > 100.0
    moved = carried(solution.network, heat, q, plant.cold)[0, 0]
    assert moved == pytest.approx(racks + pump, rel=1e-9)
    rejected = -carried(solution.network, heat, q, plant.cooler)[0, 0]
    assert rejected == pytest.approx(moved + power_of(solution, plant.water_power).sum(), rel=1e-9)
    total = solution.power.feed_power_va.real.sum()
    assert total == pytest.approx(rejected + power_of(solution, plant.fan_power).sum(), rel=1e-9)


def test_one_millikelvin_is_seen_by_the_balance():
    plant, solution = run()
    assert balance(solution).energy_ratio[0] < CLOSED
    row = solution.network.flow.rows[id(plant.cooler)]
    for name in ("inlet_k", "outlet_k"):
        shifted = getattr(solution.heat, name).copy()
        shifted[row] += 1e-3
        wrong = replace(solution, heat=replace(solution.heat, **{name: shifted}))
        assert balance(wrong).energy_ratio[0] > 1e-5


def test_one_watt_lost_on_the_way_is_seen_by_the_balance():
    _, solution = run()
    wrong = replace(solution, consumer_w=solution.consumer_w + 1.0)
    assert balance(wrong).energy_ratio[0] > 1e-6


@pytest.mark.parametrize("choice", CHOICES[:6])
def test_what_the_coolant_loses_the_water_gains(choice):
    plant, solution = run(**choice)
    heat, q = solution.heat, solution.flow.flow_kg_s
    moved = heat.exchanged_w[0, 0]
    assert carried(solution.network, heat, q, plant.hot)[0, 0] == pytest.approx(-moved, rel=1e-8)
    assert carried(solution.network, heat, q, plant.cold)[0, 0] == pytest.approx(moved, rel=1e-8)


def test_each_rack_warms_its_coolant_by_its_own_power():
    plant, solution = run(rack_w=np.array([[20e3], [50e3], [80e3], [110e3]]))
    rise = carried(solution.network, solution.heat, solution.flow.flow_kg_s, plant.racks)[:, 0]
    np.testing.assert_allclose(rise, [20e3, 50e3, 80e3, 110e3], rtol=1e-9)


# ---------------------------------------------------------------------------------------------- set-points


@pytest.mark.parametrize("set_c", [34.0, 36.0, 40.0, 45.0])
def test_a_set_point_is_held_exactly_while_the_valve_can(set_c):
    plant, solution = run(set_c=set_c)
    assert solution.exchanger_mode[0, 0] == Mode.HOLDS
    assert leaving(plant, solution)[0] == pytest.approx(set_c, abs=1e-7)
    widest = solution.network.flow.limit_m3_s[0, 0]
    assert 0.0 < solution.limit_m3_s[0, 0] < widest
    assert solution.heat.exchanged_w[0, 0] == pytest.approx(
        4 * 60e3 + power_of(solution, plant.coolant_power).sum()
    )


def test_a_set_point_out_of_reach_leaves_the_valve_open_and_the_supply_floats_above_it():
    plant, solution = run(set_c=28.0)
    assert solution.exchanger_mode[0, 0] == Mode.FREE
    assert leaving(plant, solution)[0] > 28.1
    assert solution.limit_m3_s[0, 0] == solution.network.flow.limit_m3_s[0, 0]


def test_between_holding_and_floating_there_is_no_gap():
    sets = np.arange(30.0, 37.0, 0.05)[None, :]
    plant, solution = run(set_c=sets, variants=sets.size)
    supply, holds = leaving(plant, solution), solution.exchanger_mode[0] == Mode.HOLDS
    floor = supply[~holds].max()
    assert holds.any()
    assert (~holds).any()
    np.testing.assert_allclose(supply[holds], sets[0, holds], atol=1e-7)
    assert np.ptp(supply[~holds]) < 0.01
    assert sets[0, holds].min() - floor < 0.06
    assert (np.diff(holds.astype(int)) >= 0).all()


def test_the_cooler_holds_its_leaving_water_until_its_fans_run_flat_out():
    outdoor = np.arange(0.0, 44.0, 2.0)[None, :]
    plant, solution = run(outdoor_c=outdoor, variants=outdoor.size)
    water, speed = leaving(plant, solution, plant.cooler), solution.machine_ratio[0]
    holds = solution.rejector_mode[0] == Mode.HOLDS
    np.testing.assert_allclose(water[holds], 30.0, atol=1e-7)
    assert (water[~holds] > 30.0).all()
    assert holds.any()
    assert (~holds).any()
    assert (np.diff(speed[holds]) > 0.0).all()
    assert (speed[~holds] == 1.0).all()


def test_a_warmer_day_never_cools_the_racks_and_never_saves_power():
    outdoor = np.arange(-10.0, 50.0, 2.5)[None, :]
    plant, solution = run(outdoor_c=outdoor, variants=outdoor.size)
    assert (np.diff(leaving(plant, solution)) > -1e-6).all()
    assert (np.diff(solution.power.feed_power_va.real.sum(axis=0)) > -1e-3).all()


def test_more_conductance_never_warms_the_supply():
    areas = np.geomspace(4e3, 4e6, 25)[None, :]
    for set_c in (30.0, 38.0):
        plant, solution = run(ua_w_k=areas, set_c=set_c, variants=areas.size)
        assert (np.diff(leaving(plant, solution)) < 1e-6).all()


def test_more_load_never_cools_the_supply():
    power = np.arange(5e3, 200e3, 10e3)[None, :]
    plant, solution = run(rack_w=power, variants=power.size)
    assert (np.diff(leaving(plant, solution)) > -1e-6).all()


# ------------------------------------------------------------------------------ what stops and fails


def test_a_rack_whose_coolant_stops_loses_its_load_and_is_flagged():
    on = np.array([[True, True], [True, False], [True, True], [True, True]])
    plant, solution = run(rack_on=on, variants=2)
    rows = solution.network.heat.load_rows[id(plant.it)]
    lost = solution.lost_cooling[rows]
    assert lost.tolist() == (~on).tolist()
    assert solution.consumer_w[rows][1, 1] == 0.0
    np.testing.assert_allclose(solution.consumer_w[rows][lost == 0], 60e3)
    assert balance(solution).energy_ratio.max() < CLOSED


def test_racks_keep_their_load_while_some_coolant_is_left():
    _, solution = run(rack_w=60e3)
    assert not solution.lost_cooling.any()


def test_a_rack_that_would_boil_its_coolant_loses_its_load():
    plant, solution = run(rack_w=8000e3, racks=1)
    assert flow_of(solution, plant.racks)[0, 0] * BOILING_J_KG < 8000e3
    assert solution.lost_cooling[solution.network.heat.load_rows[id(plant.it)]].all()
    assert balance(solution).energy_ratio[0] < CLOSED


def test_a_stopped_coolant_pump_takes_every_rack_down_in_that_variant_only():
    plant, solution = run(pump_on=np.array([[True, False, True]]), variants=3)
    it = power_of(solution, plant.it).sum(axis=0)
    np.testing.assert_allclose(it, [240e3, 0.0, 240e3])
    assert abs(flow_of(solution, plant.coolant_pump)[0, 1]) < 1e-9
    assert np.isfinite(solution.heat.temperature_k).all()
    assert balance(solution).energy_ratio.max() < CLOSED


@pytest.mark.parametrize("first", [0, 1])
def test_variants_alone_and_in_a_batch_agree_whichever_comes_first(first):
    flags = np.array([[True, False]] if first == 0 else [[False, True]])
    plant, batch = run(pump_on=flags, variants=2)
    for variant in range(2):
        other, one = run(pump_on=flags[:, [variant]])
        np.testing.assert_allclose(power_of(batch, plant.it)[:, [variant]], power_of(one, other.it))
        scale = np.abs(one.flow.flow_kg_s).max()
        np.testing.assert_allclose(batch.flow.flow_kg_s[:, [variant]], one.flow.flow_kg_s, atol=1e-7 * scale)


def varied(count, rack_on):
    """Return choices that differ by variant."""
    rng = np.random.default_rng(1)
    return {
        "rack_w": rng.uniform(20e3, 140e3, (4, count)), "set_c": rng.uniform(28.0, 45.0, (1, count)),
        "outdoor_c": rng.uniform(-5.0, 42.0, (1, count)), "ua_w_k": rng.uniform(1e4, 2e5, (1, count)),
        "cooler_set_c": rng.uniform(24.0, 34.0, (1, count)), "rack_on": rack_on,
    }  # fmt: skip


def same_alone(choices, count):
    """Compare every variant of a batch with a run of its own."""
    plant, batch = run(**choices, variants=count)
    assert balance(batch).energy_ratio.max() < CLOSED
    for variant in range(count):
        _other, one = run(**{name: value[:, [variant]] for name, value in choices.items()})
        scale = np.abs(one.flow.flow_kg_s).max()
        np.testing.assert_allclose(batch.flow.flow_kg_s[:, [variant]], one.flow.flow_kg_s, atol=1e-7 * scale)
        moving = (np.abs(one.flow.flow_kg_s) > 1e-6)[:, 0]
        np.testing.assert_allclose(
            batch.heat.outlet_k[moving, variant], one.heat.outlet_k[moving, 0], atol=1e-6
        )
        np.testing.assert_allclose(batch.consumer_w[:, [variant]], one.consumer_w, rtol=1e-6, atol=1e-3)
        np.testing.assert_array_equal(batch.exchanger_mode[:, [variant]], one.exchanger_mode)
        np.testing.assert_array_equal(batch.rejector_mode[:, [variant]], one.rejector_mode)
    return plant


def test_a_batch_of_variants_equals_each_of_them_alone():
    on = np.random.default_rng(2).random((4, 12)) > 0.15
    on[:, 0] = True
    same_alone(varied(12, on), 12)


def test_a_batch_whose_first_variant_has_lost_a_rack_equals_each_variant_alone():
    on = np.ones((4, 6), bool)
    on[1, 0] = False
    same_alone(varied(6, on), 6)


def test_a_load_that_takes_heat_from_nowhere_is_a_heater_of_its_room_only():
    # A consumer whose heat goes outdoors changes the power drawn and nothing else.
    plant = Plant()
    lamp = load(7, [5e3], role="lamp", use=Use.OTHER)
    outdoors = Release(
        role="lamp_heat", part=lamp.part, load=lamp, share_ratio=np.ones((1, 1)), room=np.full(1, OUTDOORS)
    )
    bare = solve(plant.network())
    plant.blocks += [lamp, outdoors]
    lit = solve(plant.network())
    np.testing.assert_allclose(lit.flow.flow_kg_s, bare.flow.flow_kg_s, rtol=1e-7)
    np.testing.assert_allclose(lit.heat.outlet_k, bare.heat.outlet_k, atol=1e-6)
    gained = lit.power.feed_power_va.real.sum() - bare.power.feed_power_va.real.sum()
    assert gained == pytest.approx(5e3, abs=0.1)
    assert balance(lit).energy_ratio[0] < CLOSED


def test_nothing_running_is_a_state_too():
    plant, solution = run(rack_w=0.0)
    closed = balance(solution)
    assert closed.energy_ratio.max() < CLOSED
    assert leaving(plant, solution)[0] <= 38.0 + 1e-6


def test_the_coolers_heat_is_counted_once_when_two_share_a_loop():
    rack, first, second = resistors([(1, 2)], 1e9), resistors([(2, 0)], 5e8), resistors([(2, 0)], 5e8)
    it, drive = load(3, [300e3]), load(3, [0.0], role="pump", use=Use.COOLING)
    fans = [load(3, [0.0], role=f"fans_{i}", use=Use.COOLING) for i in range(2)]
    pump = replace(pumps([(0, 1)], efficiency=0.5, rated_power_w=3e3, check_valve=True), load=drive)
    coolers = [
        dry_cooler(path, fan, leaving_k=303.15, entering_k=295.15, ua_w_k=ua)
        for path, fan, ua in zip((first, second), fans, (80e3, 10e3), strict=True)
    ]
    out = [
        Release(role="out", part=f.part, load=f, share_ratio=np.ones((1, 1)), room=np.full(1, OUTDOORS))
        for f in fans
    ]
    blocks = [rack, first, second, it, drive, *fans, pump, *coolers, *out, into(rack, it), into(pump, drive)]
    solution = solve(network(*blocks, vessel(0), feed(3), nodes=4))
    assert balance(solution).energy_ratio[0] < CLOSED
    rejected = solution.heat.rejected_w[:, 0]
    assert rejected.sum() == pytest.approx(solution.consumer_w[:2].sum(), rel=1e-9)
    assert rejected[0] > rejected[1] > 0.0


def test_enthalpies_and_temperatures_at_nodes_agree():
    _, solution = run()
    flow = solution.network.flow
    every = np.arange(len(flow.node))
    np.testing.assert_allclose(
        enthalpy_at(flow, every, solution.heat.temperature_k), solution.heat.enthalpy_j_kg, rtol=1e-12
    )


def test_water_that_one_vessel_gives_and_another_takes_is_seen_by_the_balance():
    plant = Plant()
    alone = solve(plant.network())
    node = int(np.flatnonzero(alone.network.flow.node == 2)[0])
    plant.blocks.append(vessel(2, float(alone.flow.pressure_pag[node, 0]) + 2e3, Fluid.PROPYLENE_GLYCOL))
    solution = solve(plant.network())
    closed = balance(solution)
    assert closed.mass_ratio > 1e-3
    with pytest.raises(ConvergenceError, match="one place of a loop holds the pressure") as refusal:
        require_closed(solution, closed)
    assert refusal.value.component


def test_an_open_energy_balance_is_refused():
    _, solution = run()
    require_closed(solution, balance(solution))
    wrong = replace(solution, consumer_w=solution.consumer_w + 1.0)
    with pytest.raises(ConvergenceError, match="not closed"):
        require_closed(wrong, balance(wrong))
