"""Heat networks that pandapipes, EnergyPlus and TESPy solved; see README.md."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import vessel
from tests.unit.solve.loops import pipes, pumps, resistors
from tests.unit.solve.plants import (
    OUTDOORS,
    ZERO_K,
    conductance,
    driven,
    dry_cooler,
    exchanger,
    feed,
    heated,
    into,
    into_room,
    load,
    network,
)
from twin.balance import balance
from twin.laws import fluids, water
from twin.solve.branch import Medium
from twin.solve.couple import solve
from twin.solve.flow import prepare, solve_flow
from twin.solve.heat import Mode, effectiveness_ratio

BAR = 1e5


@pytest.fixture
def case(published_cases):
    return lambda name: json.loads((published_cases / "thermal" / f"{name}.json").read_text(encoding="utf-8"))


def sink(path, kelvin, node, *, name):
    """Return a rejector that holds what leaves its path, and its load."""
    fans = load(node, [0.0], role=name)
    return fans, dry_cooler(path, fans, leaving_k=kelvin, entering_k=250.0)


# ------------------------------------------------------------- six racks on one header (pandapipes)


@pytest.fixture
def constant_fluid(monkeypatch):
    """Return a function that puts a fluid of constant properties in the place of ours, as the case has it."""

    def put(rho, mu, cp):
        def properties(_fluid, _fraction, temperature_k, _pressure_pa):
            like = np.ones_like(temperature_k)
            return fluids.Properties(
                density_kg_m3=rho * like, viscosity_pa_s=mu * like, heat_capacity_j_kgk=cp * like,
                conductivity_w_mk=0.5 * like, enthalpy_j_kg=cp * (temperature_k - ZERO_K),
            )  # fmt: skip

        monkeypatch.setattr(fluids, "properties", properties)
        monkeypatch.setattr(fluids, "enthalpy", lambda _fluid, _fraction, kelvin: cp * (kelvin - ZERO_K))
        monkeypatch.setattr(fluids, "temperature", lambda _fluid, _fraction, joule: joule / cp + ZERO_K)

    return put


def test_six_racks_in_parallel_have_the_flows_temperatures_and_pressures_of_pandapipes(case, constant_fluid):
    data = case("heatnet_direct_6")
    given, expected = data["inputs"], data["expected"]
    fluid = given["fluid"]
    constant_fluid(**fluid)
    names = [n for n in expected["pressure_bar"] if n in expected["temperature_C"]]
    number = {name: i for i, name in enumerate(names)}
    power = len(names)
    ends = [[number[n] for n in pipe["name"].split("-")] for pipe in given["pipes"]]
    length, bore = (np.array([p[key] for p in given["pipes"]]) for key in ("L_m", "D_m"))
    runs = pipes(
        ends, length=length, diameter=bore, roughness=np.array([p["eps_m"] for p in given["pipes"]]),
        loss=np.array([p["K"] for p in given["pipes"]]),
    )  # fmt: skip
    count = len(given["rack_heat_kW"])
    racks = resistors([(number[f"m{i}"], number[f"r{i}"]) for i in range(1, count + 1)], 1.0)
    # A pump of constant lift, which also brings the water back to its supply temperature.
    pump = pumps([(number["cr"], number["cs"])], shutoff=given["pump_lift_bar"] * BAR, quadratic=-1.0)
    it = load(power, 1e3 * np.array(given["rack_heat_kW"]))
    fans, cooler = sink(pump, given["T_supply_C"] + ZERO_K, power, name="fans")
    wall = conductance(
        [end[1] for end in ends], [OUTDOORS] * len(ends), given["U_W_m2K"] * np.pi * bore * length
    )
    blocks = [
        runs,
        racks,
        pump,
        it,
        fans,
        cooler,
        into(racks, it),
        wall,
        vessel(number["cs"], 3.0 * BAR),
        feed(power),
    ]
    net = network(*blocks, nodes=power + 1, dry_bulb_k=given["T_ambient_C"] + ZERO_K)
    shape = (len(net.flow.tail), 1)
    medium = Medium(density_kg_m3=np.full(shape, fluid["rho"]), viscosity_pa_s=np.full(shape, fluid["mu"]))
    flow = solve_flow(prepare(net.flow), medium, net.flow.limit_m3_s)
    q = flow.flow_kg_s
    heat = heated(
        net, q, np.array([*(1e3 * np.array(given["rack_heat_kW"])), 0.0])[:, None], rejector_mode=Mode.HOLDS
    )
    for pipe, through in zip(given["pipes"], q[net.flow.rows[id(runs)]][:, 0], strict=True):
        assert through == pytest.approx(expected["mass_flow_kg_s"][pipe["name"]], rel=3e-3)
    local = {int(n): i for i, n in enumerate(net.flow.node)}
    for name in names:
        at = local[number[name]]
        assert flow.pressure_pag[at, 0] == pytest.approx(
            expected["pressure_bar"][name] * BAR, abs=0.002 * BAR
        )
        assert heat.temperature_k[at, 0] - ZERO_K == pytest.approx(expected["temperature_C"][name], abs=0.05)
    leaving = heat.outlet_k[net.flow.rows[id(racks)]][:, 0] - ZERO_K
    np.testing.assert_allclose(leaving, [r["T_out_C"] for r in expected["racks"].values()], atol=0.05)
    assert heat.rejected_w[0, 0] == pytest.approx(expected["heat_to_cdu_W"], rel=1e-3)
    assert heat.conducted_w.sum() == pytest.approx(expected["ambient_loss_W"], rel=0.02)


# -------------------------------------------------------- a plate exchanger at many points (EnergyPlus)


def test_a_plate_exchanger_has_the_outlet_temperatures_of_energyplus_at_every_point(case):
    data = case("plate_hx_points")
    hot_in, hot_flow, cold_in, cold_flow, hot_out, cold_out, share = (
        column[None] for column in np.array([r for r in data["rows"] if r[1] > 0.0], float).T
    )
    points = hot_in.shape[1]
    heater, warm, cooler, cool = (resistors([ends], 1e6) for ends in ((0, 1), (1, 0), (2, 3), (3, 2)))
    # What matters is the flow over that of the rating, which is one: the case holds UA constant.
    rates = (hot_flow / water.density(hot_in + ZERO_K), cold_flow / water.density(cold_in + ZERO_K))
    between = exchanger(warm, cool, data["UA_W_K"], hot_flow=rates[0], cold_flow=rates[1])
    fans_a, keeps_hot = sink(heater, hot_in + ZERO_K, 4, name="a")
    fans_b, keeps_cold = sink(cooler, cold_in + ZERO_K, 4, name="b")
    blocks = [
        heater,
        warm,
        cooler,
        cool,
        fans_a,
        fans_b,
        keeps_hot,
        keeps_cold,
        between,
        vessel(0),
        vessel(2),
        feed(4),
    ]
    net = network(*blocks, nodes=5, variants=points)
    q = np.zeros((4, points))
    for block, through in ((heater, hot_flow), (warm, hot_flow), (cooler, cold_flow), (cool, cold_flow)):
        q[net.flow.rows[id(block)]] = through
    heat = heated(net, q, np.zeros((2, points)), exchanger_mode=Mode.FREE, rejector_mode=Mode.HOLDS)
    np.testing.assert_allclose(heat.inlet_k[net.flow.rows[id(warm)]] - ZERO_K, hot_in, atol=1e-9)
    np.testing.assert_allclose(heat.outlet_k[net.flow.rows[id(warm)]] - ZERO_K, hot_out, atol=0.02)
    np.testing.assert_allclose(heat.outlet_k[net.flow.rows[id(cool)]] - ZERO_K, cold_out, atol=0.02)
    np.testing.assert_allclose(effectiveness_ratio(net.flow, net.heat, q, heat), share, atol=2e-3)
    assert points > 20


# ------------------------------------------------------- a loop with its pump, racks and CDU (TESPy)


def test_a_coolant_loop_with_its_pump_settles_where_tespy_says(case):
    data = case("tespy_loop_water")
    given, expected = data["inputs"], data["expected"]
    density = 995.7  # water at 30 degC, only to turn mass flows into volume flows
    through, each = given["m_secondary"] / density, given["m_secondary"] / 3.0 / density
    racks = resistors([(2, 3)] * 3, given["dp_racks_bar"] * BAR / each**2)
    warm = resistors([(3, 0)], given["dp_hx_sec_bar"] * BAR / through**2)
    cool, back = resistors([(5, 6)], 1e6), resistors([(6, 4)], 1e6)
    rise = (given["dp_racks_bar"] + given["dp_hx_sec_bar"]) * BAR
    drive, it = load(7, [0.0], role="pump"), load(7, 1e3 * np.array(given["rack_heat_kW"]))
    pump = replace(
        pumps(
            [(0, 2)], shutoff=2.0 * rise, quadratic=-rise / through**2, efficiency=given["pump_eta"],
            rated_power_w=rise * through / given["pump_eta"],
        ),
        load=drive,
    )  # fmt: skip
    fans, cooler = sink(back, given["T_primary_in_C"] + ZERO_K, 7, name="fans")
    primary = given["m_primary"] / density
    between = exchanger(warm, cool, given["kA_W_K"], hot_flow=through, cold_flow=primary)
    blocks = [
        racks,
        warm,
        cool,
        back,
        pump,
        driven([(4, 5)], primary),
        drive,
        it,
        fans,
        cooler,
        between,
        into(racks, it),
        into(pump, drive),
        into_room(fans, OUTDOORS),
        vessel(0, BAR),
        vessel(4, BAR),
        feed(7),
    ]
    solution = solve(network(*blocks, nodes=8))
    net, heat = solution.network, solution.heat
    assert balance(solution).energy_ratio[0] < 1e-9

    def celsius(block, values):
        return values[net.flow.rows[id(block)]][:, 0] - ZERO_K

    flow = solution.flow.flow_kg_s[net.flow.rows[id(pump)]][0, 0]
    assert flow == pytest.approx(given["m_secondary"], rel=2e-3)
    assert celsius(racks, heat.inlet_k)[0] == pytest.approx(expected["supply_to_racks"]["T_C"], abs=0.1)
    np.testing.assert_allclose(
        celsius(racks, heat.outlet_k), [r["T_C"] for r in expected["rack_out"]], atol=0.1
    )
    assert celsius(warm, heat.inlet_k)[0] == pytest.approx(expected["return_to_hx"]["T_C"], abs=0.1)
    assert celsius(warm, heat.outlet_k)[0] == pytest.approx(expected["hx_out"]["T_C"], abs=0.1)
    assert celsius(cool, heat.inlet_k)[0] == pytest.approx(given["T_primary_in_C"], abs=1e-6)
    assert celsius(cool, heat.outlet_k)[0] == pytest.approx(expected["primary_out"]["T_C"], abs=0.1)
    assert solution.mover_w[0, 0] == pytest.approx(1e3 * expected["pump_power"], rel=0.01)
    assert heat.exchanged_w[0, 0] == pytest.approx(-1e3 * expected["hx_Q"], rel=1e-3)
