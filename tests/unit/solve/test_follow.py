"""Laws of what follows temperature: chips that leak and throttle, heat that splits by its coolant."""

import numpy as np
import pytest

from tests.support.bench import col, ints
from tests.unit.solve.plants import ZERO_K, Plant, into, into_room, network
from twin.balance import balance, require_closed
from twin.laws.curves import falling, levelling
from twin.model.element import OUTDOORS, Chip, Fluid, Split
from twin.solve import couple
from twin.solve.couple import solve

L_MIN = 1.0 / 60000.0
PLATE_L_MIN = (0.5, 0.8, 1.2, 1.6, 2.4)
PLATE_K_KW = (32.5, 26.5, 23.0, 21.4, 19.7)
LEAKS = {"leakage_w_k": 2.0, "leakage_reference_k": 85.0 + ZERO_K, "junction_max_k": 105.0 + ZERO_K}
THROTTLES = {
    "slowdown_k": 75.0 + ZERO_K, "throttle_per_k": 0.02, "clock_least_ratio": 0.5, "clock_power_ratio": 1.0,
}  # fmt: skip


def chips(plant, count=4, *, fluid=Fluid.PROPYLENE_GLYCOL, each=4, series=1, **numbers):
    """Return the chips of the racks of a plant: ten trays of four GPUs of 1.2 kW."""
    given = {
        "tray_count": 10.0, "chip_tray_count": 8.0, "tray_chip_count": float(each),
        "series_count": float(series), "header_diameter_m": 0.038, "header_length_m": 1.8,
        "header_roughness_m": 4.5e-5, "plate_flow_ratio": 0.2, "package_k_w": 0.01, "power_w": 1200.0,
        "mass_fraction": 0.25 if fluid is Fluid.PROPYLENE_GLYCOL else 0.0,
    } | numbers  # fmt: skip
    points = [np.tile(np.array([p]), (count, 1)) for p in (PLATE_L_MIN, PLATE_K_KW)]
    return Chip(
        role="chip", part=np.arange(count), row=np.arange(count), load=plant.it, path=plant.racks,
        fluid=np.full(count, int(fluid), dtype=np.intp), plate_m3_s=points[0] * L_MIN,
        plate_k_w=points[1] / 1e3, **{name: np.full((count, 1), value) for name, value in given.items()},
    )  # fmt: skip


def run(*blocks, plant=None, replaced=(), variants=1, **choices):
    """Return a plant, its settled state and its balance, which closes."""
    made = Plant(variants=variants, **choices) if plant is None else plant
    kept = [b for b in made.blocks if b not in replaced]
    solution = solve(network(*kept, *(b(made) if callable(b) else b for b in blocks), nodes=8,
                             variants=variants))  # fmt: skip
    closed = balance(solution)
    require_closed(solution, closed)
    assert closed.energy_ratio.max() < 1e-9
    return made, solution


def racks_w(plant, solution):
    return solution.consumer_w[solution.network.heat.load_rows[id(plant.it)]]


def test_chips_whose_slopes_nobody_gave_change_nothing_but_are_told():
    plain, bare = run()
    told, solution = run(chips)
    np.testing.assert_array_equal(solution.heat.temperature_k, bare.heat.temperature_k)
    np.testing.assert_array_equal(racks_w(told, solution), racks_w(plain, bare))
    assert np.isnan(solution.chips.clock_ratio).all()
    assert np.all(solution.chips.junction_k > 340.0)


def test_a_junction_is_that_of_the_plate_which_gets_least():
    plant, solution = run(chips)
    rows = solution.network.flow.rows[id(plant.racks)]
    flow = solution.flow.flow_kg_s[rows] / solution.medium.density_kg_m3[rows]
    mean = 0.2 * flow / 10.0
    assert np.all(solution.chips.plate_m3_s < mean)
    assert np.all(solution.chips.plate_m3_s > 0.8 * mean)
    table = np.array([PLATE_L_MIN]) * L_MIN, np.array([PLATE_K_KW]) / 1e3
    level, _, exponent = levelling(*table)
    plate = falling(*table, solution.chips.plate_m3_s.T, level, exponent).T
    by_hand = solution.heat.inlet_k[rows] + 1200.0 * (plate + 0.01)
    np.testing.assert_allclose(solution.chips.junction_k, by_hand, rtol=1e-12)


@pytest.mark.parametrize("slopes", [LEAKS, THROTTLES, LEAKS | THROTTLES])
def test_a_rack_draws_what_its_chips_draw_more_and_the_plant_carries_it(slopes):
    plant, solution = run(lambda p: chips(p, efficiency_ratio=0.97, **slopes), outdoor_c=50.0)
    more = racks_w(plant, solution) - 60e3
    np.testing.assert_allclose(more, solution.chips.more_w, atol=60e3 * 4 * 1e-8)
    assert np.all(np.abs(more) > 10.0)
    warmed = solution.heat.branch_heat_w[solution.network.flow.rows[id(plant.racks)]]
    np.testing.assert_allclose(warmed, racks_w(plant, solution), rtol=1e-9)


def test_throttling_cools_and_warmer_air_takes_more_clock():
    weather = np.array([[42.0, 46.0, 50.0, 54.0]])
    _, free = run(chips, outdoor_c=weather, variants=4)
    _, held = run(lambda p: chips(p, **THROTTLES), outdoor_c=weather, variants=4)
    assert np.all(held.chips.junction_k < free.chips.junction_k)
    assert np.all(np.diff(held.chips.clock_ratio) < 0.0)
    assert held.chips.clock_ratio.min() < 0.9


@pytest.mark.parametrize("slope", [0.001, 0.02, 0.2, 1.0])
def test_the_steepest_throttle_settles(slope):
    _, solution = run(
        lambda p: chips(p, **(LEAKS | THROTTLES | {"throttle_per_k": slope, "clock_power_ratio": 1.5})),
        outdoor_c=50.0, ua_w_k=15e3, rack_w=90e3, cooler_ua_w_k=20e3,
    )  # fmt: skip
    assert solution.iteration_count < 45


def test_the_second_plate_of_a_chain_sees_warmed_coolant():
    _, side = run(lambda p: chips(p, plate_flow_ratio=0.2))
    plant, chain = run(lambda p: chips(p, series=2, plate_flow_ratio=0.2))
    rows = chain.network.flow.rows[id(plant.racks)]
    carried = chain.chips.plate_m3_s * chain.medium.density_kg_m3[rows] * 3970.0
    rise = chain.chips.junction_k - side.chips.junction_k
    np.testing.assert_allclose(rise, 1200.0 / carried, rtol=0.01)


def test_a_plate_measured_with_another_coolant_establishes_nothing_and_draws_nothing():
    plant, solution = run(lambda p: chips(p, fluid=Fluid.WATER, **LEAKS, **THROTTLES))
    assert np.isnan(solution.chips.junction_k).all()
    assert not solution.chips.same_coolant.any()
    np.testing.assert_array_equal(racks_w(plant, solution), 60e3)


def test_variants_solved_together_are_those_solved_alone(monkeypatch):
    weather = np.array([[25.0, 45.0, 52.0, 45.0]])

    def hot(plant):
        return chips(plant, **LEAKS, **THROTTLES)

    _, together = run(hot, outdoor_c=weather, variants=4)
    alone = [run(hot, outdoor_c=t)[1] for t in weather[0, :2]]
    np.testing.assert_allclose(
        together.chips.junction_k[:, :2], np.hstack([s.chips.junction_k for s in alone]), rtol=1e-9
    )
    monkeypatch.setattr(couple, "LARGE", 1)
    _, apart = run(hot, outdoor_c=weather, variants=4)
    np.testing.assert_allclose(apart.chips.junction_k, together.chips.junction_k, rtol=1e-9)


def test_a_rack_that_is_out_keeps_the_others_as_they_follow(monkeypatch):
    on = np.ones((4, 3), dtype=bool)
    on[0, 1] = on[2, 2] = False

    def hot(plant):
        return chips(plant, **LEAKS, **THROTTLES)

    states = []
    for large in (couple.LARGE, 1):
        monkeypatch.setattr(couple, "LARGE", large)
        states.append(run(hot, rack_on=on, outdoor_c=45.0, variants=3)[1])
    np.testing.assert_allclose(states[0].chips.more_w, states[1].chips.more_w, rtol=1e-6, atol=1e-3)
    np.testing.assert_allclose(states[0].consumer_w, states[1].consumer_w, rtol=1e-8, atol=1e-4)


def split(plant, *, mean=False):
    """Return releases whose share to the coolant falls from 95 to 75 % between 30 and 60 degC."""
    liquid, air = into(plant.racks, plant.it, share=0.9), into_room(plant.it, OUTDOORS, share=0.1)
    points = np.tile([[30.0 + ZERO_K, 60.0 + ZERO_K]], (4, 1)), np.tile([[0.95, 0.75]], (4, 1))
    return liquid, air, Split(
        role="split", part=np.arange(4), row=np.arange(4), liquid=liquid, air=air, path=plant.racks,
        coolant_k=points[0], share_ratio=points[1], mean=np.full(4, mean),
    )  # fmt: skip


@pytest.mark.parametrize("mean", [False, True])
def test_the_share_of_liquid_follows_its_coolant_and_the_rest_goes_to_the_air(mean):
    plant = Plant(outdoor_c=45.0)
    whole = next(b for b in plant.blocks if getattr(b, "path", None) is plant.racks)
    plant, solution = run(*split(plant, mean=mean), plant=plant, replaced=(whole,))
    rows = solution.network.flow.rows[id(plant.racks)]
    inlet, outlet = solution.heat.inlet_k[rows], solution.heat.outlet_k[rows]
    read = 0.5 * (inlet + outlet) if mean else inlet
    share = 0.95 - 0.2 * (read - 30.0 - ZERO_K) / 30.0
    np.testing.assert_allclose(solution.heat.branch_heat_w[rows], share * 60e3, rtol=1e-7)
    assert np.all(share < 0.93)


def test_an_element_of_no_rack_stays_out_of_the_way():
    empty = Plant(racks=1)
    none = Chip(
        role="chip", part=ints(), row=ints(), load=empty.it, path=empty.racks, fluid=ints(),
        plate_m3_s=np.zeros((0, 3)), plate_k_w=np.zeros((0, 3)),
        **dict.fromkeys((
            "mass_fraction", "tray_count", "chip_tray_count", "tray_chip_count", "series_count",
            "header_diameter_m", "header_length_m", "header_roughness_m", "plate_flow_ratio", "package_k_w",
            "power_w",
        ), col()[:0]),
    )  # fmt: skip
    _, solution = run(none, plant=empty)
    assert solution.chips.junction_k.shape == (0, 1)
