"""Heat networks that pandapipes, EnergyPlus and TESPy solved, solved by our networks, as rows."""

from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from tests.support.bench import vessel
from tests.unit.solve.loops import pipes, pumps, resistors
from tests.unit.solve.plants import (
    OUTDOORS,
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
from tests.verification.thermal.rows import ZERO_K, Row, apart, kelvin, percent
from twin.balance import balance
from twin.laws import fluids, water
from twin.solve.branch import Medium
from twin.solve.couple import solve
from twin.solve.flow import prepare, solve_flow
from twin.solve.heat import Mode, effectiveness_ratio

BAR = 1e5
# Water of 30 °C, only to turn mass flows into volume flows.
WARM_KG_M3 = 995.7


def sink(path, leaving_k, node, *, name):
    """Return a rejector that holds what leaves its path, and its load."""
    fans = load(node, [0.0], role=name)
    return fans, dry_cooler(path, fans, leaving_k=leaving_k, entering_k=250.0)


@contextmanager
def constant_fluid(rho, mu, cp):
    """Put a fluid of constant properties in the place of ours, as the case has it."""

    def properties(_fluid, _fraction, temperature_k, _pressure_pa):
        like = np.ones_like(temperature_k)
        return fluids.Properties(
            density_kg_m3=rho * like, viscosity_pa_s=mu * like, heat_capacity_j_kgk=cp * like,
            conductivity_w_mk=0.5 * like, enthalpy_j_kg=cp * (temperature_k - ZERO_K),
        )  # fmt: skip

    with (
        patch.object(fluids, "properties", properties),
        patch.object(fluids, "enthalpy", lambda _fluid, _fraction, at: cp * (at - ZERO_K)),
        patch.object(fluids, "temperature", lambda _fluid, _fraction, joule: joule / cp + ZERO_K),
    ):
        yield


def heatnet_direct_6(case) -> list[Row]:
    """Compare six racks on one header: flows, pressures, temperatures, heat lost (pandapipes)."""
    given, expected, name = case["inputs"], case["expected"], "heatnet_direct_6"
    with constant_fluid(**given["fluid"]):
        net, number, runs, racks, flow, heat = _six_racks(given, expected)
    through = flow.flow_kg_s[net.flow.rows[id(runs)]][:, 0]
    theirs = [expected["mass_flow_kg_s"][pipe["name"]] for pipe in given["pipes"]]
    local = {int(n): i for i, n in enumerate(net.flow.node)}
    at = [local[i] for i in number.values()]
    pressure = apart(flow.pressure_pag[at, 0] / BAR, [expected["pressure_bar"][n] for n in number])
    nodes = apart(heat.temperature_k[at, 0] - ZERO_K, [expected["temperature_C"][n] for n in number])
    leaving = heat.outlet_k[net.flow.rows[id(racks)]][:, 0] - ZERO_K
    leaves = apart(leaving, [rack["T_out_C"] for rack in expected["racks"].values()])
    lost = percent(heat.conducted_w.sum(), expected["ambient_loss_W"])
    return [
        _row(name, f"flow of {len(theirs)} pipes", percent(through, theirs), 0.3, "%"),
        _row(name, f"pressure of {len(at)} nodes", pressure, 0.002, "bar"),
        _row(name, "temperature of nodes and racks' outlets", max(nodes, leaves), 0.05, "K"),
        _row(name, "heat to the CDU", percent(heat.rejected_w[0, 0], expected["heat_to_cdu_W"]), 0.1, "%"),
        _row(name, "heat to the ambient", lost, 2.0, "%"),
    ]


def _six_racks(given, expected):
    """Return the network, its nodes by name, pipes and racks, and the solved flow and heat."""
    number = {name: i for i, name in enumerate(expected["pressure_bar"])}
    power = len(number)
    ends = [[number[n] for n in pipe["name"].split("-")] for pipe in given["pipes"]]
    length, bore = (np.array([p[key] for p in given["pipes"]]) for key in ("L_m", "D_m"))
    rough, loss = (np.array([p[key] for p in given["pipes"]]) for key in ("eps_m", "K"))
    runs = pipes(ends, length=length, diameter=bore, roughness=rough, loss=loss)
    power_w = 1e3 * np.array(given["rack_heat_kW"])
    racks = resistors([(number[f"m{i}"], number[f"r{i}"]) for i in range(1, len(power_w) + 1)], 1.0)
    # A pump of constant lift, which also brings the water back to its supply temperature.
    pump = pumps([(number["cr"], number["cs"])], shutoff=given["pump_lift_bar"] * BAR, quadratic=-1.0)
    it = load(power, power_w)
    fans, cooler = sink(pump, kelvin(given["T_supply_C"]), power, name="fans")
    loss_w_k = given["U_W_m2K"] * np.pi * bore * length
    wall = conductance([end[1] for end in ends], [OUTDOORS] * len(ends), loss_w_k)
    held = vessel(number["cs"], given["p_supply_bar"] * BAR)
    blocks = [runs, racks, pump, it, fans, cooler, into(racks, it), wall, held, feed(power)]
    net = network(*blocks, nodes=power + 1, dry_bulb_k=given["T_ambient_C"] + ZERO_K)
    shape, fluid = (len(net.flow.tail), 1), given["fluid"]
    medium = Medium(density_kg_m3=np.full(shape, fluid["rho"]), viscosity_pa_s=np.full(shape, fluid["mu"]))
    flow = solve_flow(prepare(net.flow), medium, net.flow.limit_m3_s)
    drawn = np.append(power_w, 0.0)[:, None]
    return net, number, runs, racks, flow, heated(net, flow.flow_kg_s, drawn, rejector_mode=Mode.HOLDS)


def plate_hx_points(case) -> list[Row]:
    """Compare a plate exchanger at many points, each a variant of one batch (EnergyPlus)."""
    hot_in, hot_flow, cold_in, cold_flow, hot_out, cold_out, share = (
        column[None] for column in np.array([r for r in case["rows"] if r[1] > 0.0], float).T
    )
    points = hot_in.shape[1]
    heater, warm, cooler, cool = (resistors([ends], 1e6) for ends in ((0, 1), (1, 0), (2, 3), (3, 2)))
    # What matters is the flow over that of the rating, which is one: the case holds UA constant.
    rates = (hot_flow / water.density(kelvin(hot_in)), cold_flow / water.density(kelvin(cold_in)))
    between = exchanger(warm, cool, case["UA_W_K"], hot_flow=rates[0], cold_flow=rates[1])
    fans_a, keeps_hot = sink(heater, kelvin(hot_in), 4, name="a")
    fans_b, keeps_cold = sink(cooler, kelvin(cold_in), 4, name="b")
    blocks = [
        heater, warm, cooler, cool, fans_a, fans_b, keeps_hot, keeps_cold, between,
        vessel(0), vessel(2), feed(4),
    ]  # fmt: skip
    net = network(*blocks, nodes=5, variants=points)
    q = np.zeros((4, points))
    for block, through in ((heater, hot_flow), (warm, hot_flow), (cooler, cold_flow), (cool, cold_flow)):
        q[net.flow.rows[id(block)]] = through
    heat = heated(net, q, np.zeros((2, points)), exchanger_mode=Mode.FREE, rejector_mode=Mode.HOLDS)
    warm_k, cool_k = (heat.outlet_k[net.flow.rows[id(block)]] - ZERO_K for block in (warm, cool))
    enters = apart(heat.inlet_k[net.flow.rows[id(warm)]] - ZERO_K, hot_in)
    found, name = effectiveness_ratio(net.flow, net.heat, q, heat), "plate_hx_points"
    worst = max(apart(warm_k, hot_out), apart(cool_k, cold_out), enters)
    return [
        _row(name, f"outlets, network, {points} variants", worst, 0.02, "K"),
        _row(name, "effectiveness, network", apart(found, share), 2e-3, ""),
    ]


def tespy_loop_water(case) -> list[Row]:
    """Compare a coolant loop with its pump, racks and CDU (TESPy)."""
    given, expected, name = case["inputs"], case["expected"], "tespy_loop_water"
    blocks, (racks, warm, cool, pump) = _loop(given)
    solution = solve(network(*blocks, nodes=8))
    net, heat = solution.network, solution.heat

    def at(block, values):
        return values[net.flow.rows[id(block)]][:, 0] - ZERO_K

    flow = solution.flow.flow_kg_s[net.flow.rows[id(pump)]][0, 0]
    found = [
        at(racks, heat.inlet_k)[0], *at(racks, heat.outlet_k), at(warm, heat.inlet_k)[0],
        at(warm, heat.outlet_k)[0], at(cool, heat.inlet_k)[0], at(cool, heat.outlet_k)[0],
    ]  # fmt: skip
    theirs = [expected["supply_to_racks"], *expected["rack_out"]]
    theirs += [expected[key] for key in ("return_to_hx", "hx_out", "primary_in", "primary_out")]
    worst = apart(found, [point["T_C"] for point in theirs])
    exchanged = percent(heat.exchanged_w[0, 0], -1e3 * expected["hx_Q"])
    power = percent(solution.mover_w[0, 0], 1e3 * expected["pump_power"])
    return [
        _row(name, f"temperature at {len(found)} places", worst, 0.1, "K"),
        _row(name, "flow", percent(flow, given["m_secondary"]), 0.2, "%"),
        _row(name, "heat of the CDU", exchanged, 0.1, "%"),
        _row(name, "pump power", power, 1.0, "%"),
        _row(name, "energy balance of ours", balance(solution).energy_ratio[0], 1e-9, ""),
    ]


def _loop(given):
    """Return the blocks of a coolant loop and its primary side, and those that are looked at."""
    through, each = given["m_secondary"] / WARM_KG_M3, given["m_secondary"] / 3.0 / WARM_KG_M3
    racks = resistors([(2, 3)] * 3, given["dp_racks_bar"] * BAR / each**2)
    warm = resistors([(3, 0)], given["dp_hx_sec_bar"] * BAR / through**2)
    cool, back = resistors([(5, 6)], 1e6), resistors([(6, 4)], 1e6)
    rise = (given["dp_racks_bar"] + given["dp_hx_sec_bar"]) * BAR
    drive, it = load(7, [0.0], role="pump"), load(7, 1e3 * np.array(given["rack_heat_kW"]))
    curve = pumps(
        [(0, 2)], shutoff=2.0 * rise, quadratic=-rise / through**2, efficiency=given["pump_eta"],
        rated_power_w=rise * through / given["pump_eta"],
    )  # fmt: skip
    pump = replace(curve, load=drive)
    fans, cooler = sink(back, kelvin(given["T_primary_in_C"]), 7, name="fans")
    primary = given["m_primary"] / WARM_KG_M3
    between = exchanger(warm, cool, given["kA_W_K"], hot_flow=through, cold_flow=primary)
    blocks = [
        racks, warm, cool, back, pump, driven([(4, 5)], primary), drive, it, fans, cooler, between,
        into(racks, it), into(pump, drive), into_room(fans, OUTDOORS), vessel(0, BAR),
        vessel(4, BAR), feed(7),
    ]  # fmt: skip
    return blocks, (racks, warm, cool, pump)


def _row(case, quantity, worst, bar, unit) -> Row:
    return Row(case=case, quantity=quantity, worst=float(worst), bar=bar, unit=unit)


CASES = {
    "heatnet_direct_6": heatnet_direct_6, "plate_hx_points": plate_hx_points,
    "tespy_loop_water": tespy_loop_water,
}  # fmt: skip
