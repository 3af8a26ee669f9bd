"""Racks and CDUs of the asset library, each in a loop of its own, beside what their makers say, as rows."""

from dataclasses import replace

import numpy as np
from pxr import Usd

from tests.support.bench import vessel
from tests.unit.components.test_cooling_kinds import blocks, make
from tests.unit.solve.loops import resistors
from tests.unit.solve.plants import driven, feed, heated, into, load, network
from tests.verification.thermal.networks import sink
from tests.verification.thermal.rows import ZERO_K, Row, apart, kelvin, percent
from twin.components.cdu import Cdu
from twin.components.rack import Rack, required_flow_at
from twin.data import folder
from twin.laws import curves, fluids
from twin.model.binding import Ends, Nodes
from twin.model.element import Exchanger, Fluid, Mover, Path, Valve
from twin.solve.branch import Medium
from twin.solve.couple import solve
from twin.solve.flow import prepare, solve_flow
from twin.solve.heat import Mode
from twin.stage.declared import attribute_name
from twin.units import from_si, to_si

# Lenovo LP2357, table 27: supply [°C], flow [L/min], drop [psi], at 90 % of 135 kW in liquid.
LIQUID_W, TDP_LIQUID_W = 0.9 * 135e3, 0.9 * 132e3
SUPPLY_C, FLOW_L_MIN = np.array([25.0, 30.0, 35.0, 40.0, 45.0]), np.array([59.0, 71.0, 89.0, 119.0, 177.0])
DROP_PSI = np.array([2.3, 3.2, 4.9, 8.5, 18.4])
# Rounding of the flows to whole L/min is 0.25 K of the return at 59 L/min; the rule of the table is 55 °C.
RETURN_C, RETURN_BAR_K = np.array([54.9, 54.8, 54.8, 54.8, 55.0]), 0.3
# Heat [W], approach [K], facility water [°C], coolant (25 % propylene glycol) and facility water [kg/s]: OCP
# Project Deschutes v1.0 and its model record. Vertiv SL-71309 states neither fluids nor facility water: water
# of 30 °C with the coolant's capacity rate is what the asset's UA rests on.
RATINGS = {
    "Deschutes_CDU": (2000e3, 3.0, 26.8, 31.48, 32.3),
    "Vertiv_XDU1350": (1368e3, 4.0, 30.0, None, None),
}
# What the XDU1350 gives outside itself with two pumps [L/min, kPa]: 250 at its rating, the rest its curve.
HEAD_L_MIN, HEAD_KPA = np.array([600.0, 900.0, 1200.0, 1400.0]), np.array([447.0, 370.0, 250.0, 147.0])
# OCP OAI System Liquid Cooling Guidelines, figures 7 and 8: a plate of 1 kW, flow [L/min], resistance [mK/W].
PLATES = {
    "25 % glycol": (
        (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2, 2.4),
        (38.9, 32.5, 30.0, 28.0, 26.5, 25.5, 24.5, 23.0, 22.0, 21.4, 20.9, 20.4, 20.0, 19.7),
    ),
    "water": ((2.0, 3.0, 4.0, 5.0), (17.2, 16.0, 15.4, 15.1)),
}


def said(kind, asset):
    """Return the columns of one part that an asset's file gives, in SI."""
    stage = Usd.Stage.Open(str(folder("assets") / asset / f"{asset}.usda"))
    prim = stage.GetDefaultPrim()
    columns = {}
    for param in kind.params:
        value = prim.GetAttribute(attribute_name(kind.kind, param.attribute)).Get()
        if value is not None and param.form == "number":
            columns[param.name] = np.array([[float(to_si(value, param.unit, param.name))]])
        elif value is not None and param.form == "curve":
            points = np.array([tuple(point) for point in value]).T
            x, y = to_si(points[0], param.x_unit, param.x_name), to_si(points[1], param.unit, param.name)
            columns[param.name] = np.stack([x, y], axis=-1)[None]
        elif value is not None and param.form == "token":
            columns[param.name] = (value,)
    return columns


def gb300() -> list[Row]:
    """Solve a rack with the flows of the table, a variant for each, and read its return and its drop."""
    numbers = said(Rack, "GB300_NVL72")
    rack = blocks(make(Rack, 1, supply=np.array([0]), return_=np.array([1]), **numbers), Path)
    cool = resistors([(1, 2)], 1e6)
    fans, cooler = sink(cool, kelvin(SUPPLY_C)[None], 3, name="fans")
    it = load(3, [LIQUID_W])
    flow = to_si(FLOW_L_MIN, "L/min", "flow_m3_s")
    drive = driven([(2, 0)], flow[None])
    ring = [rack, cool, drive, it, fans, cooler, into(rack, it), vessel(0, 1e5), feed(3)]
    solution = solve(network(*ring, nodes=4, variants=len(flow)))
    leaving = solution.heat.outlet_k[solution.network.flow.rows[id(rack)]][0] - ZERO_K
    fluid = numbers["curve_density_kg_m3"][0, 0], numbers["curve_viscosity_pa_s"][0, 0]
    drop = from_si(between(solution.network.flow, solution.flow, 0, 1), "psi", "drop_pa")
    there = from_si(between(*flowing(solution.network.flow, *fluid), 0, 1), "psi", "drop_pa")
    asked = required_flow_at(numbers["required_flow_m3_s"], kelvin(SUPPLY_C)[None])[0]
    name = "GB300_NVL72"
    return [
        _row(name, "return at 121.5 kW, 5 flows", apart(leaving, RETURN_C), RETURN_BAR_K, "K"),
        _row(name, "pressure drop, 5 flows, fluid of its curve", apart(there, DROP_PSI), 0.05, "psi"),
        _row(name, "pressure drop, 5 flows, water as warm as it is", percent(drop, DROP_PSI), 5.0, "%"),
        _row(name, "flow asked for, over its heat", percent(asked / TDP_LIQUID_W, flow / LIQUID_W), 0.5, "%"),
    ]  # fmt: skip


def flowing(net, density_kg_m3, viscosity_pa_s):
    """Return a flow network and its flow with one fluid everywhere."""
    like = np.ones((len(net.tail), net.variants))
    medium = Medium(density_kg_m3=density_kg_m3 * like, viscosity_pa_s=viscosity_pa_s * like)
    return net, solve_flow(prepare(net), medium, net.limit_m3_s)


def between(net, flow, a, b):
    """Return the pressure at one node less that at another [Pa], shape (variant,)."""
    local = {int(n): i for i, n in enumerate(net.node)}
    return flow.pressure_pag[local[a]] - flow.pressure_pag[local[b]]


def cdu(asset) -> list[Row]:
    """Solve a CDU at both flows of its rating, its valve open: the approach at its rated heat."""
    heat_w, approach_dk, water_c, *flows = RATINGS[asset]
    numbers, nodes = said(Cdu, asset), Nodes(6, str)
    ports = {"tcs_supply": [0], "tcs_return": [1], "fws_supply": [2], "fws_return": [3]}
    unit = make(
        Cdu, 1, nodes=nodes, **{name: np.array(node) for name, node in ports.items()},
        power=Ends(part=np.array([0]), node=np.array([4]), offset_m=np.array([0.0])), **numbers,
    )  # fmt: skip
    made = list(unit.elements())
    exchange = next(block for block in made if isinstance(block, Exchanger))
    valve = next(block for block in made if isinstance(block, Valve))
    back = resistors([(1, exchange.hot.a[0])], 1e6)
    rack, cool = resistors([(0, 1)], 1e6), resistors([(3, 2)], 1e6)
    fans, cooler = sink(cool, kelvin(water_c), 4, name="fans")
    it = load(4, [heat_w])
    ring = [
        rack, back, exchange.hot, valve, exchange.cold, exchange, cool, it, fans, cooler, into(rack, it),
        vessel(1, 1e5, Fluid.PROPYLENE_GLYCOL), vessel(3, 1e5), feed(4),
    ]  # fmt: skip
    net = network(*ring, nodes=nodes.count)
    hot_kg_s, cold_kg_s = flows if flows[0] else like_rates(numbers, water_c, water_c + approach_dk)
    q = np.zeros((len(net.flow.tail), 1))
    for through, chain in ((hot_kg_s, (rack, back, exchange.hot)), (cold_kg_s, (valve, exchange.cold, cool))):
        for block in chain:
            q[net.flow.rows[id(block)]] = through
    drawn = np.array([[heat_w], [0.0]])
    heat = heated(net, q, drawn, exchanger_mode=Mode.FREE, rejector_mode=Mode.HOLDS)
    supply = heat.outlet_k[net.flow.rows[id(exchange.hot)]]
    inlet = heat.inlet_k[net.flow.rows[id(exchange.cold)]]
    approach = float((supply - inlet)[0, 0])
    return [
        _row(asset, "heat through the exchanger", percent(heat.exchanged_w[0, 0], heat_w), 1e-6, "%"),
        _row(asset, f"approach at {heat_w / 1e3:,.0f} kW", apart(approach, approach_dk), 0.1, "K"),
        _row(asset, f"heat at {approach_dk:g} K approach", percent(approach_dk / approach, 1.0), 3.0, "%"),
    ]


def plates() -> list[Row]:
    """Compare cold plates at their points, and at each inner one when it is left out of the table."""
    rows = []
    for fluid, points in PLATES.items():
        flow, resistance = np.array(points)
        found = resistance_at(flow, resistance, flow)
        inner = np.arange(1, len(flow) - 1)
        guessed = [
            resistance_at(*(np.delete(each, i) for each in (flow, resistance)), flow[i : i + 1])[0]
            for i in inner
        ]
        met, left_out = percent(found, resistance), percent(guessed, resistance[inner])
        rows += [
            _row("OCP cold plate", f"resistance, {fluid}, {len(flow)} points", met, 0.1, "%"),
            _row("OCP cold plate", f"each inner point left out, {fluid}", left_out, 5.0, "%"),
        ]
    return rows


def resistance_at(flow, resistance, asked):
    """Return what a table of points gives at flows."""
    level, _, exponent = curves.levelling(flow[None], resistance[None])
    return curves.falling(flow[None], resistance[None], asked[None], level, exponent)[0]


def like_rates(numbers, water_c, coolant_c):
    """Return the reference flow of the coolant and a flow of water of the same capacity rate [kg/s]."""
    coolant, water = (np.array(Fluid.PROPYLENE_GLYCOL), 0.25), (np.array(Fluid.WATER), 0.0)
    hot = numbers["reference_tcs_flow_m3_s"][0, 0] * fluids.density(*coolant, kelvin(coolant_c))
    rate = hot * fluids.heat_capacity(*coolant, kelvin(coolant_c))
    return float(hot), float(rate / fluids.heat_capacity(*water, kelvin(water_c)))


def head() -> list[Row]:
    """Solve the pumps of the XDU1350 at full speed beside what its maker says they give outside the unit."""
    numbers, nodes = said(Cdu, "Vertiv_XDU1350"), Nodes(6, str)
    unit = make(Cdu, 1, nodes=nodes, tcs_supply=np.array([0]), tcs_return=np.array([1]), **numbers)
    made = list(unit.elements())
    pump = replace(next(block for block in made if isinstance(block, Mover)), load=None)
    own = next(block for block in made if isinstance(block, Path) and block.role == "tcs")
    flow = to_si(HEAD_L_MIN, "L/min", "flow_m3_s")
    rack = driven([(0, 1)], flow[None])
    net = network(pump, own, rack, vessel(1, 1e5), nodes=nodes.count, variants=len(flow)).flow
    rise = from_si(between(*flowing(net, 998.0, 1e-3), 0, 1), "kPa", "rise_pa")
    return [_row("Vertiv_XDU1350", f"external head, {len(flow)} flows", apart(rise, HEAD_KPA), 1.0, "kPa")]


def rows() -> list[Row]:
    """Return every comparison with a maker."""
    return [*gb300(), *(row for asset in RATINGS for row in cdu(asset)), *head(), *plates()]


def _row(case, quantity, worst, bar, unit) -> Row:
    return Row(case=case, quantity=quantity, worst=float(worst), bar=bar, unit=unit)
