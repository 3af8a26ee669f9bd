"""Friction, valves and solved problems against published numbers (folder TWIN_CASES/hydraulics)."""

import json

import numpy as np
import pytest

from twin.laws import fittings, friction, movers


@pytest.fixture
def case(published_cases):
    return lambda name: json.loads(
        (published_cases / "hydraulics" / f"{name}.json").read_text(encoding="utf-8")
    )


def test_friction_factors_are_those_of_an_exact_colebrook_to_a_millionth(case):
    rows = case("friction_factor_darcy")["rows"]
    for row in rows:
        at = np.array(float(row["Re"])), np.array(float(row["eD"]))
        if row["Re"] <= 2000:
            assert friction.darcy_factor(*at) == pytest.approx(row["laminar"], rel=1e-6)
        elif "colebrook_exact" in row:
            assert friction.darcy_factor(*at) == pytest.approx(row["colebrook_exact"], rel=1e-6)
            assert friction.swamee_jain(*at)[0] == pytest.approx(row["swamee_jain"], rel=1e-5)
        else:
            turbulent = friction.colebrook(np.array(4000.0), at[1])[0]
            assert row["laminar"] <= friction.darcy_factor(*at) <= turbulent


def test_valve_coefficients_agree_within_two_thousandths(case):
    for row in case("valve_kv")["rows"]:
        kv = np.array(row["Kv_m3h"] / 3600.0)
        assert fittings.loss_of_kv(kv, np.array(row["D_m"])) == pytest.approx(row["K"], rel=2e-3)
        assert fittings.kv_of_cv(np.array(row["Cv_US"] * 6.30901964e-5)) == pytest.approx(kv, rel=2e-3)
        drop, _ = fittings.kv_drop(np.array(1e4 / 3600.0), kv, np.array(1000.0))
        assert drop == pytest.approx(row["dp_Pa_at_10_m3h"], rel=2e-3)


def problem(case, number):
    return next(p for p in case("crane_tp410")["problems"] if p["id"] == number)


def test_crane_7_1_smooth_pipe(case):
    given = problem(case, "7.1")
    flow = 995.65 * given["inputs"]["Q_m3s"]
    reynolds = np.array(4.0 * flow / (np.pi * given["inputs"]["D_m"] * 7.97e-4))
    assert reynolds == pytest.approx(given["published"]["Re"], rel=0.01)
    assert friction.darcy_factor(reynolds, np.array(0.0)) == pytest.approx(given["published"]["f"], rel=0.015)


def test_crane_7_9_laminar_oil(case):
    given, expected = problem(case, "7.9")["inputs"], problem(case, "7.9")["fluids"]
    flow = given["rho"] * given["Q_m3s"]
    drop, _ = friction.darcy_drop(
        np.array(flow), given["L_m"], given["D_m"], 0.0, given["K_fittings"], given["rho"], given["mu"]
    )
    lift = 9.80665 * given["rho"] * given["lift_m"]
    assert drop + lift == pytest.approx(expected["dp_Pa"], rel=1e-4)


def test_crane_7_33_affinity(case):
    given, expected = problem(case, "7.33")["inputs"], problem(case, "7.33")["published"]
    speed = 1700.0 / 3500.0
    curve = (np.array(1.3 * given["H_m"]), np.array(0.0), np.array(-0.3 * given["H_m"] / given["Q_m3s"] ** 2))
    rise, _, _ = movers.pump_rise(np.array(given["Q_m3s"] * speed), np.array(speed), *curve)
    assert rise == pytest.approx(expected["H_m"], rel=1e-3)
    assert given["Q_m3s"] * speed == pytest.approx(expected["Q_m3s"], rel=1e-3)
    fan = movers.fan_power(np.array(speed), np.array(given["P_W"]), exponent_ratio=3.0, fixed_fraction=0.0)
    assert fan == pytest.approx(expected["P_W"], rel=1e-3)


def test_crane_7_34_electric_power_of_a_pump(case):
    given, expected = problem(case, "7.34")["inputs"], problem(case, "7.34")["fluids"]
    rise = np.array(given["rho"] * 9.80665 * given["H_m"])
    power = movers.pump_power(
        np.array(given["Q_m3s"]), rise, np.array(np.prod(given["eff"])),
        rated_power_w=np.array(expected["elec_W"]), speed_ratio=np.array(1.0),
    )  # fmt: skip
    assert power == pytest.approx(expected["elec_W"], rel=2e-3)
