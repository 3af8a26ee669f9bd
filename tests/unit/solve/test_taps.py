"""Users of heat, mixtures held at a temperature, and economisers in small plants of whole components."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints, site
from tests.unit.solve.loops import resistors
from tests.unit.solve.plants import ZERO_K, Plant, network
from twin.balance import balance
from twin.components.heat_user import HeatUser
from twin.components.mixing_valve import MixingValve
from twin.model.binding import Cells, Nodes
from twin.solve.couple import solve

NONE = ints()
L_MIN = 1.0 / 60000.0


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
        numbers = {k: ints(v) if isinstance(v, int) else col(v) for k, v in fields.items()}
        made = kind(
            paths=(f"/Bench/{kind.kind}",), site=site(), nodes=self.nodes, in_service=np.ones((1, 1), bool),
            room=ints(-1), position_m=np.zeros((1, 3)), size_m=np.ones((1, 3)), cells=empty,
            **(given | numbers),
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
