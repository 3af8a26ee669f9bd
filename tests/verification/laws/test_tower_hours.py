"""Fans and water of towers, hour by hour, against two EnergyPlus plants (folder TWIN_CASES/annual)."""

import json

import numpy as np
import pytest

from twin.laws import evaporation, psychrometrics, towers

ZERO_K = 273.15
HOUR_S = 3600.0
WATER_KG_M3 = 998.2
NAMES = {
    "dry": "Site Outdoor Air Drybulb", "wet": "Site Outdoor Air Wetbulb", "pressure": "Barometric",
    "entering": "Cooling Tower Inlet", "leaving": "Cooling Tower Outlet", "flow": "Cooling Tower Mass Flow",
    "heat": "Cooling Tower Heat", "fan": "Tower Fan Electricity", "air": "Air Flow Rate Ratio",
    "made_up": "Make Up Water", "evaporated": "Water Evaporation",
}  # fmt: skip


@pytest.fixture(params=["plant_chiller_phoenix", "plant_warm_intlfalls"])
def hours(request, published_cases):
    """Return the sampled hours as columns, and the tower as its input has it."""
    folder = published_cases / "annual"
    case = json.loads((folder / f"{request.param}.expected.json").read_text(encoding="utf-8"))
    model = json.loads((folder / f"{request.param}.epJSON").read_text(encoding="utf-8"))
    (tower,) = model["CoolingTower:VariableSpeed"].values()
    rows = np.array(case["sampled_hours"], float)
    at = {k: next(i for i, c in enumerate(case["columns"]) if n in c) for k, n in NAMES.items()}
    return {k: rows[:, i] for k, i in at.items()}, tower


def flow_ratio(columns, tower):
    factor, _ = towers.yorkcalc_flow_scale(
        np.array(tower["design_range_temperature"]),
        np.array(tower["design_inlet_air_wet_bulb_temperature"] + ZERO_K),
        np.array(tower["design_approach_temperature"]),
    )
    return factor * columns["flow"] / (WATER_KG_M3 * tower["design_water_flow_rate"])


def test_a_fan_that_holds_the_water_draws_what_it_does_in_energyplus(hours):
    columns, tower = hours
    spread, near = columns["entering"] - columns["leaving"], columns["leaving"] - columns["wet"]
    slows = (columns["air"] < 0.9999) & (columns["air"] > tower["minimum_air_flow_rate_ratio"])
    inside = slows & (spread > towers.LEAST_RANGE_DK) & (near > towers.LEAST_APPROACH_DK)
    speed = towers.york_speed(
        spread, near, columns["wet"] + ZERO_K, flow_ratio(columns, tower), np.array(0.2)
    )
    drawn = tower["design_fan_power"] * speed**3
    assert inside.sum() > 140
    np.testing.assert_allclose(drawn[inside], columns["fan"][inside], rtol=0.03)


def test_evaporation_and_make_up_are_those_of_energyplus(hours):
    columns, tower = hours
    wet = columns["wet"] + ZERO_K
    humidity = psychrometrics.humidity_of_wet_bulb(columns["dry"] + ZERO_K, wet, columns["pressure"])
    air = columns["air"] * towers.saturated_air(
        np.array(tower["design_air_flow_rate"]), wet, columns["pressure"]
    )
    found = evaporation.evaporated_into(columns["heat"], air, wet, humidity, columns["pressure"])
    expected = columns["evaporated"] * WATER_KG_M3 / HOUR_S
    np.testing.assert_allclose(found, expected, rtol=0.07)
    assert found.sum() == pytest.approx(expected.sum(), rel=0.04)
    made_up = evaporation.make_up(expected, np.array(tower["blowdown_concentration_ratio"]), 0.0 * expected)
    np.testing.assert_allclose(made_up, columns["made_up"] * WATER_KG_M3 / HOUR_S, rtol=1e-4)
