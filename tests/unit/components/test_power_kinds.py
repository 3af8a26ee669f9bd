"""Laws of the electrical and fabric kinds: what their columns become."""

import numpy as np
import pytest

from twin.components import declare_all
from twin.errors import InputError
from twin.fault_fields import FAULTS
from twin.fields import FIELDS
from twin.laws.conductors import three_phase_drop
from twin.model.binding import Cells, Ends, Nodes, Site, Targets
from twin.model.component import kinds
from twin.model.element import Converter, Feed, Line, Load, Release, Transformer
from twin.model.power_net import lay_out_power
from twin.solve.power import results_of, solve_power

RECORDS = ("switch", "optic", "fabric_cable", "tray")
SOLVED = (
    "transformer", "generator", "ups", "switchboard", "busway", "whip", "power_cable", "breaker", "utility",
    "auxiliary_load", "power_converter", "power_shelf", "transfer_switch",
    "fuse",
)  # fmt: skip
ELEMENTS = (Line, Transformer, Converter, Load, Feed)
# What the power flow does not know.
BESIDE = (*FAULTS, "air_k", "conductor_k", "derating_ratio", "transfer_gap_s")
EFFICIENCY = np.array([[[0.25, 0.960], [0.50, 0.970], [0.75, 0.970], [1.00, 0.967]]])

# SI numbers of one part of each kind.
PLATES = {
    "utility": {"voltage_v": 20e3, "short_circuit_power_va": 5e8},
    "transformer": {
        "rated_power_va": 2e6, "primary_voltage_v": 20e3, "secondary_voltage_v": 415.0,
        "impedance_ratio": 0.06,
        "load_loss_w": 15e3, "no_load_loss_w": 1305.0,
    },
    "generator": {
        "rated_power_w": 2e6, "apparent_power_va": 2.5e6, "voltage_v": 415.0, "subtransient_ratio": 0.14,
        "breaker_rating_a": 4000.0, "breaker_resistance_ohm": 2e-5,
    },
    "ups": {"rated_power_w": 1.5e6, "output_voltage_v": 415.0, "power_factor_ratio": 0.99,
    "battery_energy_j": 4.5e8},
    "switchboard": {
        "rating_a": 4000.0, "withstand_a": 65e3, "nominal_voltage_v": 415.0, "incomer_rating_a": 4000.0,
        "outgoing_rating_a": 2500.0, "incomer_resistance_ohm": 1.5e-5, "outgoing_resistance_ohm": 3e-5,
    },
    "busway": {"rating_a": 1250.0, "conductor_temperature_k": 293.15, "tap_pitch_m": 0.05},
    "whip": {
        "count": 4.0, "breaker_rating_a": 63.0, "length_m": 3.0, "section_m2": 1.6e-5,
        "reactance_ohm_per_m": 8e-5, "conductor_temperature_k": 293.15,
    },
    "power_cable": {
        "count": 8.0, "rating_a": 450.0, "length_m": 30.0, "section_m2": 2.4e-4, "reactance_ohm_per_m": 8e-5,
        "conductor_temperature_k": 293.15,
    },
    "breaker": {"rating_a": 1250.0, "breaking_capacity_a": 65e3, "resistance_ohm": 4e-5,
    "continuous_ratio": 0.8},
    "transfer_switch": {"rating_a": 1600.0, "loss_w": 300.0},
    "fuse": {"rating_a": 1000.0, "breaking_capacity_a": 1e5, "loss_w": 60.0},
    "auxiliary_load": {"power_w": 1e4, "power_factor_ratio": 0.95},
    "power_converter": {
        "rated_power_w": 1e5, "module_count": 12.0, "spare_count": 1.0, "output_voltage_v": 800.0,
        "power_factor_ratio": 0.99,
    },
    "power_shelf": {
        "rated_power_w": 33e3, "supply_count": 6.0, "spare_count": 1.0, "output_voltage_v": 49.0,
        "busbar_rating_a": 700.0, "power_factor_ratio": 0.98,
    },
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _declared():
    declare_all()


def site():
    numbers = {name: np.full((1, 1), 300.0) for name in Site.__dataclass_fields__ if name != "high_capture"}
    return Site(**numbers, high_capture=np.ones((1, 1), dtype=bool))


def none():
    return np.zeros(0, dtype=np.intp)


class Bench:
    """Hands out port nodes and collects the blocks of parts placed on it."""

    def __init__(self):
        self.ports = 0
        self.made = []

    def node(self, count=None):
        start = self.ports
        self.ports += count or 1
        return np.arange(start, self.ports) if count else start

    def put(self, kind, *, words=None, curves=None, ends=None, in_service=True, numbers=None, parts=1):
        """Place parts of one kind: ``ends`` is port name to nodes, or to (part, node, offset) columns."""
        self.made.append((kind, words or {}, curves or {}, ends or {}, in_service, numbers or {}, parts))

    def blocks(self):
        nodes = Nodes(self.ports, lambda node: f"port {node}")
        made = [
            (entry[0], block) for entry in self.made for block in self._component(entry, nodes).elements()
        ]
        return made, nodes

    def net(self):
        made, nodes = self.blocks()
        return lay_out_power(made, nodes.count, 1, name_of=nodes.name)

    def _component(self, entry, nodes):
        kind, words, curves, ends, in_service, numbers, parts = entry
        cls = kinds()[kind]
        fields = {}
        for param in cls.params:
            if param.form == "number":
                plate = PLATES.get(kind, {}) | numbers
                default = np.nan if param.default is None else param.default
                value = np.asarray(plate.get(param.name, default), dtype=float)
                fields[param.name] = np.broadcast_to(value.reshape(-1, 1), (parts, 1))
            elif param.form == "curve":
                fields[param.name] = curves.get(param.name, EFFICIENCY)
            else:
                fields[param.name] = (words.get(param.name, param.default or ""),) * parts
        for port in cls.ports:
            at = ends.get(port.name, none() if port.many else np.full(parts, -1))
            if port.many and not isinstance(at, tuple):
                at = np.zeros(len(np.atleast_1d(at)), dtype=np.intp), np.atleast_1d(at), np.zeros(np.size(at))
            fields[port.name] = (
                Ends(part=at[0], node=at[1], offset_m=at[2]) if port.many else np.atleast_1d(at)
            )
        for relation in cls.relations:
            fields[relation.name] = Targets(part=none(), node=none(), kind=(), row=none())
        return cls(
            paths=tuple(f"/World/{kind}_{n}" for n in range(parts)), site=site(), nodes=nodes,
            in_service=np.full((parts, 1), in_service),
            room=np.full(parts, -1), position_m=np.zeros((parts, 3)), size_m=np.ones((parts, 3)),
            cells=Cells(**{name: none() for name in Cells.__dataclass_fields__}),
            **fields,
        )  # fmt: skip


def path_of_kinds(watts=6e5):
    """Return a bench with every solved kind between a utility and a load, in series."""
    bench = Bench()
    n = bench.node(20)
    bench.put("utility", ends={"feeders": n[0]})
    bench.put("transformer", ends={"primary": n[0], "secondary": n[1]})
    bench.put("power_cable", words={"conductor": "copper"}, ends={"a": n[1], "b": n[2]})
    bench.put("switchboard", ends={"incomers": n[[2, 3]], "outgoing": n[[4, 5]]})
    bench.put("generator", ends={"output": n[3]}, in_service=False)
    charging = {"recharge_power_w": 1e5, "recharging_ratio": 0.5}
    bench.put("ups", ends={"input": n[4], "output": n[6]}, numbers=charging)
    bench.put("breaker", ends={"line": n[6], "load": n[13]})
    bench.put("transfer_switch", ends={"preferred": n[14], "alternate": n[13], "output": n[15]})
    bench.put("fuse", ends={"line": n[15], "load": n[7]})
    bench.put(
        "busway", words={"conductor": "copper"},
        ends={"feed": n[7], "taps": (np.zeros(2, int), n[[8, 9]], np.array([1.0, 4.0]))},
    )  # fmt: skip
    bench.put("whip", ends={"a": n[9], "b": n[10]})
    bench.put(
        "auxiliary_load", words={"supply": "share"}, ends={"power": n[[8, 10]]}, numbers={"power_w": watts}
    )
    bench.put(
        "power_converter", words={"output_current": "direct"}, ends={"input": n[4], "output": n[11]},
        numbers=charging,
    )  # fmt: skip
    bench.put("power_shelf", ends={"inputs": n[[8, 10]], "busbar": n[12]})
    for node in n[[11, 12]]:
        bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": node}, numbers={"power_w": 2e4})
    return bench


@pytest.mark.parametrize("kind", SOLVED)
def test_every_output_names_a_role_and_a_field_that_its_blocks_have(kind):
    net = path_of_kinds().net()
    power = solve_power(net, net.consumer_power_w)
    made = [b for k, b in path_blocks(net) if k == kind]
    assert kinds()[kind].outputs
    for output in kinds()[kind].outputs:
        block = next(b for b in made if b.role == output.role)
        if output.field in (
            *FAULTS,
            "air_k",
            "conductor_k",
            "derating_ratio",
            "transfer_gap_s",
        ):  # which the power flow does not know
            assert (type(block), output.field) in FIELDS, output.name
            continue
        values = results_of(net, power, block)[output.field]
        assert values.shape == (len(block.part), 1), output.name
        assert np.isfinite(values).all(), output.name


def path_blocks(net):
    owners = {
        "winding": "transformer", "segment": "busway", "link": "fuse",
        "auxiliary": "auxiliary_load", "incomer": "switchboard", "outgoing": "switchboard",
        "supplies": "power_shelf",
    }  # fmt: skip
    feeds, cords = iter(["utility", "generator"]), iter(["power_cable", "whip"])
    conversions, charges = iter(["ups", "power_converter"]), iter(["ups", "power_converter"])
    for block in net.blocks:
        if "contact" in block.role:
            yield ("breaker" if len(block.part) == 1 else "transfer_switch"), block
        elif block.role == "feed":
            yield next(feeds), block
        elif block.role == "conductor":
            yield next(cords), block
        elif block.role == "conversion":
            yield next(conversions), block
        elif block.role == "recharge":
            yield next(charges), block
        elif isinstance(block, Line) and block.role == "breaker":
            yield "generator", block
        else:
            yield owners[block.role], block


def test_a_path_through_every_kind_closes_its_power_balance():
    net = path_of_kinds().net()
    power = solve_power(net, net.consumer_power_w)
    spent = power.consumer_power_w.sum() + power.line_loss_w.sum() + power.transformer_loss_w.sum()
    assert power.feed_power_va.real.sum() == pytest.approx(spent + power.converter_loss_w.sum(), rel=1e-10)
    assert power.feed_power_va[1, 0] == 0.0


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_adds_no_element(kind):
    bench = Bench()
    ends = {"a": bench.node(), "b": bench.node()} if kind == "fabric_cable" else {}
    bench.put(kind, ends=ends)
    assert bench.blocks()[0] == []


@pytest.mark.parametrize("kind", [*SOLVED, *RECORDS])
def test_a_kind_says_what_its_numbers_rest_on(kind):
    declared = kinds()[kind]
    assert declared.source
    for param in declared.params:
        assert param.doc.endswith("."), param.name
        assert param.default is None or param.form != "number" or param.source, param.name


def test_every_watt_an_auxiliary_load_draws_warms_its_room():
    bench = Bench()
    bench.put("auxiliary_load", ends={"power": bench.node(2)})
    blocks = [block for _, block in bench.blocks()[0]]
    released = [b for b in blocks if isinstance(b, Release)]
    assert sum(b.share_ratio for b in released) == pytest.approx(1.0)
    assert all(b.load is blocks[0] and b.room is not None for b in released)


def test_the_first_input_of_a_transfer_supply_comes_first_for_every_part():
    bench = Bench()
    ends = (np.array([0, 0, 1, 1, 1]), bench.node(5), np.zeros(5))
    bench.put("auxiliary_load", words={"supply": "transfer"}, ends={"power": ends}, parts=2)
    assert bench.blocks()[0][0][1].priority.tolist() == [0, 1, 0, 1, 2]


def busway(offsets, *, parts=1, part=None, **numbers):
    bench = Bench()
    feed, taps = bench.node(parts), bench.node(len(offsets))
    owner = np.zeros(len(offsets), int) if part is None else np.array(part)
    words = {"conductor": numbers.pop("conductor", "copper")}
    ends = {"feed": feed, "taps": (owner, taps, np.array(offsets, dtype=float))}
    bench.put("busway", words=words, ends=ends, numbers=numbers, parts=parts)
    return bench, bench.blocks()[0][0][1]


def test_a_busway_is_a_chain_from_its_feed_through_its_taps_in_order_of_distance():
    _, line = busway([6.0, 1.5, 3.0])
    assert line.a.tolist() == [0, 2, 3]
    assert line.b.tolist() == [2, 3, 1]
    np.testing.assert_allclose(line.resistance_ohm[:, 0], 43e-6 * np.array([1.5, 1.5, 3.0]), rtol=1e-12)
    np.testing.assert_allclose(line.reactance_ohm[:, 0], 42e-6 * np.array([1.5, 1.5, 3.0]), rtol=1e-12)


def test_each_busway_starts_at_its_own_feed():
    _, line = busway([2.0, 1.0, 5.0, 4.0], parts=2, part=[0, 0, 1, 1])
    assert line.a.tolist() == [0, 3, 1, 5]
    assert line.part.tolist() == [0, 0, 1, 1]


def test_taps_at_one_place_are_a_pitch_apart():
    _, line = busway([0.0, 2.0, 2.0])
    np.testing.assert_allclose(line.resistance_ohm[:, 0], 43e-6 * np.array([0.05, 2.0, 0.05]), rtol=1e-12)


def test_a_tap_before_the_feed_is_refused_by_name():
    bench, _ = busway([-2.0, 2.0])
    with pytest.raises(InputError, match="port 0: the conductor to port 1 has no impedance"):
        bench.net()


def test_a_warm_busway_and_an_aluminium_one_resist_more():
    cold, warm, aluminium = (
        busway([1.0], **changed)[1].resistance_ohm[0, 0]
        for changed in ({}, {"conductor_temperature_k": 333.15}, {"conductor": "aluminium"})
    )
    assert warm == pytest.approx(cold * (1.0 + 3.93e-3 * 40.0), rel=1e-12)
    assert aluminium == pytest.approx(69e-6, rel=1e-12)


def test_a_given_busway_impedance_replaces_the_table():
    _, line = busway([1.0], resistance_ohm_per_m=5e-5, reactance_ohm_per_m=2e-5)
    assert (line.resistance_ohm[0, 0], line.reactance_ohm[0, 0]) == pytest.approx((5e-5, 2e-5), rel=1e-12)


def test_a_busway_beyond_the_table_needs_its_own_impedance():
    bench, _ = busway([1.0], rating_a=100.0)
    with pytest.raises(InputError, match="has no impedance"):
        bench.net()


def test_the_busway_of_a_pod_drops_what_the_layout_expects():
    _, line = busway([20.0])
    drop = three_phase_drop(777.0, line.resistance_ohm[0, 0], line.reactance_ohm[0, 0], 0.98) / 415.0
    assert drop == pytest.approx(0.0033, abs=5e-5)


@pytest.mark.parametrize("kind", ["whip", "power_cable"])
def test_like_runs_share_current_and_add_their_ratings(kind):
    lines = []
    for count in (1.0, 4.0):
        bench = Bench()
        bench.put(
            kind,
            words={"conductor": "copper"},
            ends={"a": bench.node(), "b": bench.node()},
            numbers={"count": count},
        )
        lines.append(bench.blocks()[0][0][1])
    one, four = lines
    assert four.rating_a == pytest.approx(4.0 * one.rating_a)
    assert one.resistance_ohm == pytest.approx(4.0 * four.resistance_ohm)
    assert one.reactance_ohm == pytest.approx(4.0 * four.reactance_ohm)


def test_a_whip_resists_as_its_copper():
    bench = Bench()
    bench.put("whip", ends={"a": bench.node(), "b": bench.node()})
    line = bench.blocks()[0][0][1]
    assert line.resistance_ohm[0, 0] == pytest.approx(1.7241e-8 * 3.0 / 1.6e-5 / 4.0, rel=1e-12)
    assert line.rating_a[0, 0] == 252.0


def test_a_ups_loses_what_its_efficiency_curve_says():
    bench = Bench()
    bench.put("ups", ends={"input": bench.node(), "output": bench.node()})
    unit = bench.blocks()[0][0][1]
    load, efficiency = EFFICIENCY[0].T
    fixed, linear, quadratic = (
        getattr(unit, f"{n}_loss_ratio")[0, 0] for n in ("fixed", "linear", "quadratic")
    )
    loss = fixed + linear * load + quadratic * load**2
    np.testing.assert_allclose(load / (load + loss), efficiency, atol=6e-4)


def test_a_standby_generator_takes_over_when_its_case_starts_it():
    bench = Bench()
    n = bench.node(3)
    bench.put("generator", ends={"output": n[0]})
    bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": n[[0]]}, numbers={"power_w": 1e6})
    net = bench.net()
    power = solve_power(net, net.consumer_power_w)
    assert power.feed_power_va[0, 0].real == pytest.approx(1e6 + power.line_loss_w[0, 0], rel=1e-10)
    assert net.feeds.short_circuit_va[0, 0] == pytest.approx(2.5e6 / 0.14)


def test_all_ways_of_a_switchboard_meet_at_its_bus():
    bench = Bench()
    n = bench.node(5)
    bench.put("switchboard", ends={"incomers": n[:2], "outgoing": n[2:]})
    made, nodes = bench.blocks()
    incomers, outgoing = (block for _, block in made)
    assert set(incomers.b) == set(outgoing.a) == {5}
    assert nodes.name(5) == "/World/switchboard_0.bus"


ECO = np.array([[[0.25, 0.980], [0.50, 0.988], [0.75, 0.990], [1.00, 0.990]]])


def ups(**put):
    bench = Bench()
    n = bench.node(3)
    bench.put("utility", ends={"feeders": n[0]})
    bench.put("transformer", ends={"primary": n[0], "secondary": n[1]})
    bench.put("ups", ends={"input": n[1], "output": n[2]}, curves={"eco_efficiency": ECO}, **put)
    bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": n[[2]]}, numbers={"power_w": 9e5})
    net = bench.net()
    block = next(b for b in net.blocks if b.role == "conversion")
    return net, block, solve_power(net, net.consumer_power_w)


@pytest.mark.parametrize(
    ("mode", "efficiency"), [("double_conversion", 0.9705), ("eco", 0.9895), ("maintenance_bypass", 1.0)]
)
def test_a_ups_has_the_efficiency_of_its_mode(mode, efficiency):
    net, block, power = ups(words={"mode": mode})
    found = results_of(net, power, block)
    assert found["power_out_w"][0, 0] == pytest.approx(9e5, rel=1e-10)
    assert found["power_out_w"] / found["power_in_w"] == pytest.approx(efficiency, abs=1e-3)
    spent = power.consumer_power_w.sum() + power.transformer_loss_w.sum() + power.converter_loss_w.sum()
    assert power.feed_power_va.real.sum() == pytest.approx(spent, rel=1e-10)


@pytest.mark.parametrize("mode", ["eco", "maintenance_bypass"])
def test_past_the_converter_the_load_has_the_voltage_of_the_input_and_the_input_its_reactive_power(mode):
    net, block, power = ups(words={"mode": mode})
    a, b = 1, 2
    assert power.node_voltage_ratio[b, 0] == pytest.approx(power.node_voltage_ratio[a, 0], rel=1e-12)
    assert abs(power.node_voltage_ratio[b, 0]) < 0.99
    held = ups()[2]
    assert held.node_voltage_ratio[b, 0] == pytest.approx(1.0, rel=1e-12)
    through = results_of(net, power, block)["current_a"][0, 0] * np.sqrt(3.0) * 415.0
    reactive = 9e5 * np.tan(np.arccos(0.95))
    assert through * abs(power.node_voltage_ratio[a, 0]) == pytest.approx(
        np.hypot(results_of(net, power, block)["power_in_w"][0, 0], reactive), rel=1e-10
    )


def test_a_bypass_without_loss_is_a_closed_contact():
    _, _, bypassed = ups(words={"mode": "maintenance_bypass"})
    bench = Bench()
    n = bench.node(3)
    bench.put("utility", ends={"feeders": n[0]})
    bench.put("transformer", ends={"primary": n[0], "secondary": n[1]})
    bench.put("breaker", ends={"line": n[1], "load": n[2]}, numbers={"resistance_ohm": 1e-10})
    bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": n[[2]]}, numbers={"power_w": 9e5})
    net = bench.net()
    closed = solve_power(net, net.consumer_power_w)
    np.testing.assert_allclose(bypassed.node_voltage_ratio, closed.node_voltage_ratio, rtol=1e-7)
    np.testing.assert_allclose(bypassed.feed_power_va, closed.feed_power_va, rtol=1e-7)


def test_a_battery_that_recharges_draws_its_share_at_the_input_and_nothing_behind_the_unit():
    net, block, power = ups(numbers={"recharge_power_w": 1.5e5, "recharging_ratio": 0.6})
    _, idle_block, idle = ups(numbers={"recharge_power_w": 1.5e5})
    charge = next(b for b in net.blocks if b.role == "recharge")
    assert results_of(net, power, charge)["power_w"][0, 0] == pytest.approx(9e4, rel=1e-12)
    assert results_of(net, power, block)["power_out_w"] == pytest.approx(9e5)
    more = power.feed_power_va.real.sum() - idle.feed_power_va.real.sum()
    assert more == pytest.approx(
        9e4 + power.transformer_loss_w.sum() - idle.transformer_loss_w.sum(), rel=1e-9
    )
    assert idle_block.role == "conversion"


def test_eco_mode_without_its_efficiency_has_no_answer():
    bench = Bench()
    n = bench.node(2)
    bench.put(
        "ups",
        words={"mode": "eco"},
        ends={"input": n[0], "output": n[1]},
        curves={"eco_efficiency": np.full((1, 3, 2), np.nan)},
    )
    with pytest.raises(InputError, match="fixed_loss_ratio is not known"):
        bench.net()


def test_a_transfer_switch_loses_its_declared_loss_at_its_rated_current():
    bench = Bench()
    bench.put("transfer_switch", ends={"preferred": [0], "alternate": [1], "output": bench.node(3)[[2]]})
    line = bench.blocks()[0][0][1]
    assert (line.a.tolist(), line.b.tolist(), line.priority[:, 0].tolist()) == ([0, 1], [2, 2], [0.0, 1.0])
    assert 3.0 * line.resistance_ohm[0, 0] * 1600.0**2 == pytest.approx(300.0, rel=1e-12)


def test_a_transformer_before_a_board_is_a_power_distribution_unit_and_a_board_behind_it_its_panel():
    bench = Bench()
    n = bench.node(6)
    bench.put("utility", ends={"feeders": n[0]}, numbers={"voltage_v": 480.0, "short_circuit_power_va": 3e7})
    plate = {"rated_power_va": 3e5, "primary_voltage_v": 480.0, "load_loss_w": 4e3, "no_load_loss_w": 600.0}
    bench.put("transformer", ends={"primary": n[0], "secondary": n[1]}, numbers=plate)
    ways = {"outgoing_rating_a": 225.0, "outgoing_resistance_ohm": 4e-4}
    bench.put("switchboard", ends={"incomers": n[[1]], "outgoing": n[[2, 3]]}, numbers=ways)
    panel = {"outgoing_rating_a": 32.0, "outgoing_resistance_ohm": 2e-3, "rating_a": 225.0}
    bench.put("switchboard", ends={"incomers": n[[2]], "outgoing": n[[4, 5]]}, numbers=panel)
    for node in n[3:]:
        bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": n[[node]]})
    net = bench.net()
    power = solve_power(net, net.consumer_power_w)
    outgoing = [results_of(net, power, b)["current_a"][:, 0] for b in net.blocks if b.role == "outgoing"]
    assert outgoing[0][0] == pytest.approx(outgoing[1].sum(), rel=1e-6)
    volts = 415.0 * abs(power.node_voltage_ratio[-2, 0])
    assert outgoing[1][0] == pytest.approx(1e4 / (0.95 * np.sqrt(3.0) * volts), rel=2e-3)
    spent = power.consumer_power_w.sum() + power.transformer_loss_w.sum() + power.line_loss_w.sum()
    assert power.feed_power_va.real.sum() == pytest.approx(spent, rel=1e-10)


def test_the_links_of_a_fuse_lose_their_declared_loss_at_rated_current():
    bench = Bench()
    bench.put("fuse", ends={"line": bench.node(), "load": bench.node()})
    assert bench.blocks()[0][0][1].resistance_ohm[0, 0] * 1000.0**2 == pytest.approx(60.0, rel=1e-12)


@pytest.mark.parametrize("mode", ["eco", "maintenance_bypass"])
def test_the_voltage_past_the_converter_is_the_upper_root_of_its_line_for_load_and_loss(mode):
    """One cable from a stiff feed: |V|⁴ + (2·(R·P + X·Q) - E²)·|V|² + |Z|²·|S|² = 0, per phase."""
    bench = Bench()
    n = bench.node(3)
    bench.put("utility", ends={"feeders": n[0]}, numbers={"voltage_v": 415.0})
    bench.put(
        "power_cable", words={"conductor": "copper"}, ends={"a": n[0], "b": n[1]}, numbers={"length_m": 150.0}
    )
    bench.put(
        "ups", ends={"input": n[1], "output": n[2]}, curves={"eco_efficiency": ECO}, words={"mode": mode}
    )
    bench.put("auxiliary_load", words={"supply": "share"}, ends={"power": n[[2]]}, numbers={"power_w": 9e5})
    net = bench.net()
    power = solve_power(net, net.consumer_power_w)
    load = 9e5 / 1.5e6
    points = ECO[0]
    fit = np.polyfit(points[:, 0], points[:, 0] * (1.0 / points[:, 1] - 1.0), 2)
    loss = 1.5e6 * np.polyval(fit, load) if mode == "eco" else 0.0
    p, q = (9e5 + loss) / 3.0, 9e5 * np.tan(np.arccos(0.95)) / 3.0
    r = 1.7241e-8 * 150.0 / 2.4e-4 / 8.0
    x, e = 8e-5 * 150.0 / 8.0, 415.0 / np.sqrt(3.0)
    half = 0.5 * (e**2 - 2.0 * (r * p + x * q))
    volts = np.sqrt(half + np.sqrt(half**2 - (r**2 + x**2) * (p**2 + q**2)))
    assert abs(power.node_voltage_ratio[2, 0]) == pytest.approx(volts / e, rel=1e-10)
    assert power.converter_loss_w[0, 0] == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize("mode", ["eco", "maintenance_bypass"])
def test_no_bypass_joins_two_voltages(mode):
    with pytest.raises(InputError, match="a bypass joins 480 V to 415 V at port 1"):
        ups(words={"mode": mode}, numbers={"output_voltage_v": 480.0})
