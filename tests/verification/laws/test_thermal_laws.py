"""Fluids, exchangers, moist air, chillers and towers against published numbers (TWIN_CASES/thermal)."""

import json

import numpy as np
import pytest

from twin.laws import exchange, fluids, glycol, psychrometrics, rejection, towers, water


@pytest.fixture
def case(published_cases):
    return lambda name: json.loads((published_cases / "thermal" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "law", "fraction"), [("water", water, ()), ("INCOMP::MPG[0.25]", glycol, (0.25,))]
)
def test_liquids_have_the_properties_of_their_source(case, name, law, fraction):
    rows = case("fluid_properties")["fluids"][name]["rows"]
    at = (np.array([row["T_C"] for row in rows]) + 273.15, *map(np.array, fraction))
    for symbol, function in (
        ("rho", law.density),
        ("cp", law.heat_capacity),
        ("k", law.conductivity),
        ("mu", law.viscosity),
    ):
        np.testing.assert_allclose(function(*at), [row[symbol] for row in rows], rtol=1e-3)


def test_glycol_freezes_where_its_source_says(case):
    expected = case("fluid_properties")["fluids"]["INCOMP::MPG[0.25]"]["freezing_C"]
    assert glycol.freezing(np.array(0.25)) - 273.15 == pytest.approx(expected, abs=1e-3)


EFFECTIVENESS = {
    "counterflow": exchange.counterflow,
    "parallel": exchange.parallel,
    "crossflow": exchange.crossflow_unmixed,
    "crossflow approximate": exchange.crossflow_incropera,
    "crossflow, mixed Cmax": exchange.crossflow_mixed_larger,
    "crossflow, mixed Cmin": exchange.crossflow_mixed_smaller,
    "S&T": exchange.shell_and_tube,
}


@pytest.mark.parametrize("arrangement", EFFECTIVENESS)
def test_effectiveness_agrees_to_a_millionth(case, arrangement):
    rows = [row for row in case("eps_ntu")["rows"] if row["subtype"] == arrangement]
    found = EFFECTIVENESS[arrangement](
        np.array([float(row["NTU"]) for row in rows]), np.array([float(row["Cr"]) for row in rows])
    )
    np.testing.assert_allclose(found, [row["eff"] for row in rows], atol=1e-6)


def test_rated_exchangers_move_their_heat_within_a_thousandth(case):
    numbers = {"counterflow": 0, "crossflow": 1, "crossflow, mixed Cmax": 3}
    for row in case("hx_rating")["cases"]:
        given, expected = row["inputs"], row["expected"]
        if given.get("UA") is None:
            continue
        hot, cold = np.array(given["mh"] * given["Cph"]), np.array(given["mc"] * given["Cpc"])
        rate = exchange.exchange_rate(
            np.array(given["UA"]), hot, cold, design_w_k=np.minimum(hot, cold),
            arrangement_index=numbers[given["subtype"]],
        )  # fmt: skip
        heat = rate * (given["Thi"] - given["Tci"])
        assert heat == pytest.approx(expected["Q"], rel=1e-3)
        assert given["Thi"] - heat / hot == pytest.approx(expected["Tho"], abs=0.01)
        assert given["Tci"] + heat / cold == pytest.approx(expected["Tco"], abs=0.01)


def test_plate_exchanger_points_agree_within_20_millikelvin(case):
    data = case("plate_hx_points")
    hot_in, hot_flow, cold_in, cold_flow, hot_out, cold_out, effectiveness = np.array(data["rows"], float).T
    ok = hot_flow > 0.0
    heat_capacity = (
        water.heat_capacity(0.5 * (hot_in + hot_out) + 273.15),
        water.heat_capacity(0.5 * (cold_in + cold_out) + 273.15),
    )
    hot, cold = hot_flow * heat_capacity[0], cold_flow * heat_capacity[1]
    rate = exchange.exchange_rate(np.array(data["UA_W_K"]), hot, cold, design_w_k=np.minimum(hot, cold).max())
    heat = rate * (hot_in - cold_in)
    np.testing.assert_allclose((hot_in - heat / hot)[ok], hot_out[ok], atol=0.02)
    np.testing.assert_allclose((cold_in + heat / cold)[ok], cold_out[ok], atol=0.02)
    np.testing.assert_allclose((rate / np.minimum(hot, cold))[ok], effectiveness[ok], atol=2e-3)


def test_moist_air_is_that_of_ashrae(case):
    rows = case("psychrometrics")["rows"]
    column = {
        name: np.array([row[name] for row in rows], float) for name in rows[0] if name != "coolprop_RP1485"
    }
    warm, pressure = column["Tdb_C"] + 273.15, column["p_Pa"]
    humid = psychrometrics.humidity_at(warm, column["RH"], pressure)
    np.testing.assert_allclose(humid, column["W"], rtol=5e-4)
    np.testing.assert_allclose(
        psychrometrics.wet_bulb(warm, humid, pressure) - 273.15, column["Twb_C"], atol=0.01
    )
    np.testing.assert_allclose(psychrometrics.dew_point(humid, pressure) - 273.15, column["Tdp_C"], atol=0.01)
    np.testing.assert_allclose(psychrometrics.enthalpy(warm, humid), column["h_J_kgda"], atol=1.0)
    density = fluids.air_density(warm, psychrometrics.vapour_fraction(humid), pressure)
    np.testing.assert_allclose((1.0 + humid) / density, column["v_m3_kgda"], rtol=1e-5)
    real = np.array([row["coolprop_RP1485"]["Twb_C"] for row in rows if row.get("coolprop_RP1485")])
    ideal = column["Twb_C"][[bool(row.get("coolprop_RP1485")) for row in rows]]
    assert np.abs(real - ideal).max() < 0.1


def test_chiller_points_agree_with_energyplus(case):
    data = case("chiller_eir_points")
    curves = data["coefficients"]
    leaving, entering, heat, power, load, _, _, condenser = np.array(data["rows"], float).T
    duty = rejection.eir_chiller(
        heat, leaving + 273.15, entering + 273.15,
        capacity_w=np.array(curves["cap"]), cop_ratio=np.array(curves["cop"]),
        capacity_curve_ratio=np.array(curves["capft"]), power_curve_ratio=np.array(curves["eirft"]),
        part_curve_ratio=np.array(curves["eirplr"]),
        least_load_ratio=curves["plrmin"], greatest_load_ratio=curves["plrmax"],
    )  # fmt: skip
    np.testing.assert_allclose(duty.power_w, power, rtol=5e-4)
    np.testing.assert_allclose(duty.loading_ratio, load, atol=1e-4)
    at = entering + 273.15
    rate = curves["vco"] * water.density(at) * water.heat_capacity(at)
    np.testing.assert_allclose(entering + (heat + duty.power_w) / rate, condenser, atol=0.05)


def test_yorkcalc_is_that_of_modelica_buildings(case):
    expected = case("yorkcalc_reference")["expected"]
    ratio, one = np.array(expected["x"]), np.array(1.0)
    at = np.array(5.56), np.array(25.55 + 273.15)
    np.testing.assert_allclose(
        towers.yorkcalc_approach(*at, ratio, one), expected["approach_K_vs_FRwater_FRair1"], atol=1e-4
    )
    np.testing.assert_allclose(
        towers.yorkcalc_approach(*at, one, ratio), expected["approach_K_vs_FRair_FRwater1"], atol=1e-4
    )


def test_towers_leave_their_water_within_0_05_kelvin_of_energyplus(case):
    rows = np.array([row[1:] for row in case("york_tower_points")["rows"]], float)
    wet, entering, leaving = rows[:, 0], rows[:, 1], rows[:, 2]
    factor = towers.york_calibration(np.array(5.6), np.array(25.6 + 273.15), np.array(4.0))
    found = towers.york_leaving(entering + 273.15, wet + 273.15, factor, np.array(1.0))
    np.testing.assert_allclose(found - 273.15, leaving, atol=0.05)


def test_a_loop_solved_by_tespy_is_met_by_counterflow_and_enthalpies(case):
    data = case("tespy_loop_water")
    given, expected = data["inputs"], data["expected"]
    hot_in, cold_in = expected["return_to_hx"]["T_C"] + 273.15, given["T_primary_in_C"] + 273.15
    hot = given["m_secondary"] * water.heat_capacity(np.array(hot_in - 4.0))
    cold = given["m_primary"] * water.heat_capacity(np.array(cold_in + 3.0))
    heat = exchange.exchange_rate(np.array(given["kA_W_K"]), hot, cold, design_w_k=hot) * (hot_in - cold_in)
    assert heat / 1e3 == pytest.approx(-expected["hx_Q"], rel=1e-3)
    left = water.temperature(water.enthalpy(np.array(hot_in)) - heat / given["m_secondary"]) - 273.15
    assert left == pytest.approx(expected["hx_out"]["T_C"], abs=0.02)
