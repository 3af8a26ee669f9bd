"""Friction, valves and solved problems against published numbers (folder TWIN_CASES/hydraulics)."""

import json

import numpy as np
import pytest

from tests.support.bench import flow_net, vessel
from tests.unit.solve.loops import pipes
from twin.laws import fittings, friction, movers
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow


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


def test_crane_7_9_fluid_speed(case):
    given = problem(case, "7.9")
    speed = given["inputs"]["Q_m3s"] / (np.pi / 4.0 * given["inputs"]["D_m"] ** 2)
    assert speed == pytest.approx(given["published"]["v_m_s"], rel=0.01)


def test_crane_7_15_head_and_power_of_a_pump(case):
    given, published = problem(case, "7.15")["inputs"], problem(case, "7.15")["published"]
    bore, seat = np.array(given["D_m"]), np.array(2.469 * 0.0254)
    check = fittings.crane_loss(np.array(fittings.CRANE["lift check valve"]), bore)
    fixed = fittings.CRANE["gate valve"] + 4.0 * fittings.CRANE["elbow 90, threaded"]
    loss = 1.0 + fittings.crane_loss(np.array(fixed), bore) + fittings.reduced_seat_loss(check, seat / bore)
    flow = np.array(given["rho"] * given["Q_m3s"])
    drop, _ = friction.darcy_drop(
        flow, given["L_m"], bore, given["eps_m"], loss, given["rho"], given["mu_Pa_s"]
    )
    head = given["lift_m"] + drop / given["rho"] / 9.80665
    assert head == pytest.approx(published["head_m"], rel=0.01)
    assert flow * 9.80665 * head / 0.70 == pytest.approx(published["power_W"], rel=0.01)


def test_crane_7_19_discharge_of_a_reservoir(case):
    given, published = problem(case, "7.19")["inputs"], problem(case, "7.19")["published"]
    wide, narrow = np.array(given["D1_m"]), np.array(given["D2_m"])
    fixed = fittings.CRANE["mitre bend 90"] + fittings.CRANE["gate valve"]
    first = 0.5 + fittings.crane_loss(np.array(fixed), wide)
    second = 1.0 + fittings.contraction_loss(narrow / wide, np.array(np.pi / 2.0))
    first_pipe = pipes([(0, 1)], length=given["L1_m"], diameter=wide, roughness=given["eps_m"], loss=first)
    last_pipe = pipes([(1, 2)], length=given["L2_m"], diameter=narrow, roughness=given["eps_m"], loss=second)
    head_pa = 9.80665 * given["rho"] * given["head_m"]
    net = flow_net(vessel(0, head_pa), vessel(2), first_pipe, last_pipe, nodes=3)
    shape = (len(net.tail), 1)
    medium = Medium(density_kg_m3=np.full(shape, given["rho"]), viscosity_pa_s=np.full(shape, given["mu"]))
    flow = solve_flow(prepare(net), medium, net.limit_m3_s).flow_kg_s / given["rho"]
    assert flow[0, 0] == pytest.approx(published["Q_m3s"], rel=0.02)


def test_crane_7_34_cost_of_a_year(case):
    given, published = problem(case, "7.34")["inputs"], problem(case, "7.34")["published"]
    power = given["rho"] * 9.80665 * given["H_m"] * given["Q_m3s"] / np.prod(given["eff"])
    assert 0.12 * 8000.0 * power / 1000.0 == pytest.approx(published["cost_usd"], rel=2e-3)
