"""Users of heat, mixtures held at a temperature, and economisers in small plants of whole components."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints, site, vessel
from tests.unit.solve.loops import pumps, resistors
from tests.unit.solve.plants import (
    ZERO_K,
    Plant,
    conductance,
    dry_cooler,
    feed,
    into,
    into_room,
    load,
    network,
)
from twin.balance import balance
from twin.components.cdu_air import CduAir
from twin.components.heat_user import HeatUser
from twin.components.mixing_valve import MixingValve
from twin.components.plate_exchanger import PlateExchanger
from twin.model.binding import Cells, Ends, Nodes
from twin.model.element import OUTDOORS, Fluid, Machine, Rejector, Use
from twin.solve.couple import solve

NONE = ints()
L_MIN = 1.0 / 60000.0
ASIS = ("power", "pump_curve_pa")


class Works:
    """A plant whose return passes more equipment on its way to the cooler.

    Nodes: as ``Plant``; the return 6 is led to 8 and what is between is added by name.
    """

    def __init__(self, **plant):
        self.plant = Plant(fluid=0, **plant)
        self.nodes = Nodes(12, lambda n: f"/Bench/Node_{n}")
        self.extra = []

    def add(self, kind, **fields):
        """Add a component of one part."""
        given = {p.name: np.full((1, 1), np.nan if p.default is None else p.default) for p in kind.params
                 if p.form == "number"}  # fmt: skip
        given |= {p.name: (p.default or "",) for p in kind.params if p.form == "token"}
        given |= {p.name: np.full((1, 2, 2), np.nan) for p in kind.params if p.form == "curve"}
        empty = Cells(part=NONE, node=NONE, length_m=np.zeros(0), around=NONE, above=NONE, below=NONE)
        numbers = {
            k: ints(v) if isinstance(v, int) else v if k in ASIS else col(v) for k, v in fields.items()
        }
        made = kind(
            paths=(f"/Bench/{kind.kind}",), site=site(), nodes=self.nodes, in_service=np.ones((1, 1), bool),
            position_m=np.zeros((1, 3)), size_m=np.ones((1, 3)), cells=empty,
            **({"room": ints(-1)} | given | numbers),
        )  # fmt: skip
        blocks = list(made.elements())
        self.extra += blocks
        return {b.role: b for b in blocks}

    def solved(self, **moved):
        """Solve with some blocks of the plant led elsewhere."""
        plant = self.plant
        swap = {id(getattr(plant, name)): block for name, block in moved.items()}
        cooled = moved.get("cooler", plant.cooler)
        swap[id(plant.reject)] = replace(plant.reject, path=cooled)
        blocks = [swap.get(id(b), b) for b in plant.blocks]
        return solve(network(*blocks, *self.extra, nodes=self.nodes.count))


def user(demand_w, **more):
    """Return a plant of 240 kW whose return passes a heat user before the cooler."""
    works = Works(cooler_set_c=30.0, outdoor_c=20.0)
    given = {
        "demand_w": demand_w, "user_return_k": 25.0 + ZERO_K, "user_supply_k": 32.0 + ZERO_K, "ua_w_k": 40e3,
        "hot_flow_m3_s": 8e-3, "hot_drop_pa": 10e3, "mass_kg": 100.0, "hot_inlet": 6, "hot_outlet": 8,
    }  # fmt: skip
    blocks = works.add(HeatUser, **(given | more))
    return works.solved(cooler=resistors([(8, 3)], 5e8)), blocks


def rows(solution, block):
    return solution.network.heat.rows[id(block)]


def test_a_heat_user_takes_its_demand_and_the_cooler_the_rest():
    (alone, none), (solution, blocks) = user(0.0), user(60e3)
    taken = solution.heat.exchanged_w[rows(solution, blocks["exchanger"])]
    assert taken[0, 0] == pytest.approx(60e3, rel=1e-7)
    assert alone.heat.exchanged_w[rows(alone, none["exchanger"])][0, 0] == pytest.approx(0.0, abs=5.0)
    spared = alone.heat.rejected_w.sum() - solution.heat.rejected_w.sum()
    assert spared == pytest.approx(60e3, rel=0.02)
    assert balance(solution).energy_ratio.max() < 1e-9


def test_a_heat_user_gets_no_more_than_the_return_can_warm():
    solution, blocks = user(400e3, user_return_k=33.0 + ZERO_K, user_supply_k=60.0 + ZERO_K)
    net = solution.network
    taken = solution.heat.exchanged_w[rows(solution, blocks["exchanger"])][0, 0]
    assert 1e3 < taken < 250e3
    cold = net.flow.rows[id(blocks["cold"])]
    hot = net.flow.rows[id(blocks["hot"])]
    assert solution.heat.outlet_k[cold][0, 0] < solution.heat.inlet_k[hot][0, 0]
    assert balance(solution).energy_ratio.max() < 1e-9


def test_a_user_warmer_than_the_return_takes_nothing():
    solution, blocks = user(60e3, user_return_k=70.0 + ZERO_K, user_supply_k=80.0 + ZERO_K)
    assert abs(solution.heat.exchanged_w[rows(solution, blocks["exchanger"])][0, 0]) < 50.0
    assert balance(solution).energy_ratio.max() < 1e-9


def mixed(set_c, *, bypass_l_min=400.0, cooler_set_c=10.0):
    """Return a plant whose cooler gives colder water than its supply may have."""
    works = Works(cooler_set_c=cooler_set_c, outdoor_c=0.0)
    blocks = works.add(
        MixingValve, set_k=set_c + ZERO_K, flow_m3_s=400 * L_MIN, drop_pa=2e3,
        bypass_flow_max_m3_s=bypass_l_min * L_MIN, bypass_drop_pa=2e3, mass_kg=20.0, cool_inlet=8,
        warm_inlet=6, outlet=9,
    )  # fmt: skip
    joint = resistors([(9, 3)], 1e5)
    works.extra.append(replace(joint, role="joint"))
    return works.solved(cooler=resistors([(6, 8)], 5e8)), blocks


def test_a_bypass_holds_the_supply_at_its_least_temperature():
    solution, blocks = mixed(20.0)
    net = solution.network.flow
    warm, cool = net.rows[id(blocks["bypass"])], net.rows[id(blocks["cool"])]
    assert solution.heat.temperature_k[net.head[warm]][0, 0] == pytest.approx(20.0 + ZERO_K, abs=1e-5)
    assert solution.heat.inlet_k[cool][0, 0] == pytest.approx(10.0 + ZERO_K, abs=1e-5)
    assert solution.flow.flow_kg_s[warm][0, 0] > 0.1
    assert balance(solution).energy_ratio.max() < 1e-9


def test_a_bypass_is_shut_while_the_supply_is_warm_enough():
    solution, blocks = mixed(8.0)
    warm = solution.network.flow.rows[id(blocks["bypass"])]
    assert solution.flow.flow_kg_s[warm][0, 0] < 1e-4


def test_a_bypass_that_is_open_lets_the_supply_float():
    solution, blocks = mixed(20.0, bypass_l_min=20.0)
    net = solution.network.flow
    warm = net.rows[id(blocks["bypass"])]
    assert solution.heat.temperature_k[net.head[warm]][0, 0] < 19.5 + ZERO_K
    assert solution.flow.flow_kg_s[warm][0, 0] > 0.8 * 20.0 / 60.0
    assert balance(solution).energy_ratio.max() < 1e-9


class Economised:
    """Chilled water 20 … 24, cooled by a plate exchanger and then by a chiller, and a tower-side loop.

    Nodes: chilled water 0 (vessel) -pump- 1 =racks= 2 -plate, hot- 3 -evaporator- 0; outdoor water 4 (vessel)
    -pump- 5 -plate, cold- 6 -dry cooler- 4; power 7.
    """

    def solved(self, outdoor_c):
        """Solve for some outdoor temperatures at once."""
        outdoor_c = np.atleast_1d(outdoor_c)[None, :] + ZERO_K
        works = Works.__new__(Works)
        works.nodes, works.extra = Nodes(8, lambda n: f"/Bench/Node_{n}"), []
        plate = works.add(
            PlateExchanger, ua_w_k=100e3, hot_flow_m3_s=8e-3, cold_flow_m3_s=9e-3, hot_drop_pa=30e3,
            cold_drop_pa=30e3, hot_set_k=18.0 + ZERO_K, mass_kg=500.0, hot_inlet=2, hot_outlet=3,
            cold_inlet=5, cold_outlet=6,
        )  # fmt: skip
        racks, evaporator = resistors([(1, 2)], 1e9), resistors([(3, 0)], 5e8)
        cooler = resistors([(6, 4)], 5e8)
        it = load(7, [200e3])
        power = {
            name: load(7, [0.0], role=name, use=Use.COOLING) for name in ("warm", "cold", "fans", "chill")
        }
        curve = {"shutoff": 180e3, "quadratic": -4e8, "efficiency": 0.5, "rated_power_w": 3e3}
        warm = replace(pumps([(0, 1)], **curve), load=power["warm"])
        cold = replace(pumps([(4, 5)], **curve), load=power["cold"])
        trims = Rejector(
            role="chiller", part=ints(0), path=evaporator, load=power["chill"],
            machine=Machine.AIR_COOLED_CHILLER, leaving_k=col(18.0 + ZERO_K), entering_k=outdoor_c,
            capacity_w=col(300e3), cop_ratio=col(4.0),
        )  # fmt: skip
        tower = dry_cooler(cooler, power["fans"], leaving_k=5.0 + ZERO_K, entering_k=outdoor_c)
        blocks = [
            racks, evaporator, cooler, it, *power.values(), warm, cold, trims, tower, vessel(0, 1e5),
            vessel(4, 1e5), feed(7), into(racks, it), into(warm, power["warm"], role="warm_heat"),
            into(cold, power["cold"], role="cold_heat"), into_room(power["fans"], OUTDOORS),
            into_room(power["chill"], OUTDOORS),
        ]  # fmt: skip
        made = network(*blocks, *works.extra, nodes=works.nodes.count, variants=outdoor_c.shape[1])
        solution = solve(made)
        economised = solution.heat.exchanged_w[made.heat.rows[id(plate["exchanger"])]][0]
        chilled = solution.heat.rejected_w[made.heat.rows[id(trims)]][0]
        drawn = solution.machine_w[made.heat.rows[id(trims)]][0]
        supply = solution.heat.outlet_k[made.flow.rows[id(evaporator)]][0]
        return economised, chilled, drawn, supply, balance(solution).energy_ratio


def test_an_economiser_unloads_the_chiller_to_nothing_as_it_gets_cold():
    economised, chilled, drawn, supply, gap = Economised().solved([-5.0, 5.0, 10.0, 14.0, 18.0, 30.0])
    assert np.all(np.diff(economised) < 1.0)
    assert np.all(np.diff(chilled) > -1.0)
    assert chilled[0] == drawn[0] == 0.0
    assert 0.0 < chilled[3] < economised[3] + chilled[3]
    assert abs(economised[-1]) < 1.0
    assert drawn[-1] > 30e3
    assert np.all(supply <= 18.0 + ZERO_K + 1e-6)
    assert gap.max() < 1e-9


def air_cooled(it_w, *, set_c=40.0, walls_w_k=30e3):
    """Return a row on a liquid-to-air CDU in a room that loses its heat through its walls to 28 °C.

    Nodes: coolant 0 (return, vessel) and 1 (supply); air of the room 2; power 3.
    """
    works = Works.__new__(Works)
    works.nodes, works.extra = Nodes(4, lambda n: f"/Bench/Node_{n}"), []
    curve = np.array([[[0.0, 300e3], [3e-3, 250e3], [6e-3, 100e3]]])
    unit = works.add(
        CduAir, capacity_w=200e3, ua_w_k=25e3, reference_tcs_flow_m3_s=5e-3, airflow_m3_s=15.0,
        internal_drop_pa=150.0, fan_power_w=8e3, tcs_drop_pa=60e3, tcs_supply_set_k=set_c + ZERO_K,
        tcs_flow_max_m3_s=6e-3, pump_curve_pa=curve, pump_power_w=3e3, pump_heat_to_coolant_ratio=0.9,
        power_factor_ratio=0.95, mass_kg=900.0, tcs_supply=1, tcs_return=0, air_intake=2, air_discharge=2,
        power=Ends(part=ints(0), node=ints(3), offset_m=np.zeros(1)), room=2,
    )  # fmt: skip
    racks, it = resistors([(1, 0)], 4e9), load(3, [it_w])
    blocks = [
        racks, it, into(racks, it), vessel(0, 1e5, Fluid.PROPYLENE_GLYCOL), vessel(2, 0.0, Fluid.AIR),
        feed(3), conductance([2], [OUTDOORS], walls_w_k),
    ]  # fmt: skip
    solution = solve(network(*blocks, *works.extra, nodes=works.nodes.count))
    assert balance(solution).energy_ratio.max() < 1e-9
    flow = solution.network.flow
    bypass = flow.rows[id(unit["bypass"])]
    supply = solution.heat.temperature_k[flow.head[bypass]][0, 0] - ZERO_K
    return supply, solution.flow.flow_kg_s[bypass][0, 0], solution.heat.exchanged_w[0, 0]


def test_a_liquid_to_air_unit_holds_its_supply_by_what_passes_its_coil():
    supply, past, heat = air_cooled(120e3)
    assert supply == pytest.approx(40.0, abs=1e-6)
    assert past > 0.1
    assert heat == pytest.approx(120e3 + 2.7e3, rel=0.01)


def test_a_liquid_to_air_unit_floats_with_the_room_once_its_bypass_is_shut():
    supply, past, _ = air_cooled(200e3, set_c=32.0)
    assert supply > 33.0
    assert past < 1e-4
