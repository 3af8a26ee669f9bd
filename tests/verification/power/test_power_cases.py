"""Power flow against circuits solved by pandapower and OpenDSS; see README.md."""

import json

import numpy as np
import pytest

from twin.model.element import Feed, Line, Load, Transformer, Use
from twin.model.power_net import lay_out_power
from twin.solve.power import solve_power


def column(values):
    return np.asarray(values, dtype=float).reshape(-1, 1)


def lines_of(rows):
    """Return a block from (a, b, R, X) rows."""
    a, b, r, x = (np.array(part) for part in zip(*rows, strict=True))
    return Line(
        role="line", part=np.arange(len(rows)), a=a.astype(int), b=b.astype(int), resistance_ohm=column(r),
        reactance_ohm=column(x), rating_a=np.full((len(rows), 1), np.nan), room=np.full(len(rows), -1),
    )  # fmt: skip


def feeds_of(rows):
    """Return a block from (node, V) rows."""
    node, volts = (np.array(part) for part in zip(*rows, strict=True))
    bare = np.full((len(rows), 1), np.nan)
    return Feed(
        role="feed", part=np.arange(len(rows)), node=node.astype(int), voltage_v=column(volts),
        short_circuit_va=bare, rated_w=bare,
    )  # fmt: skip


def transformers_of(rows):
    """Return a block from (a, b, VA, primary V, secondary V, uk, Pk, P0) rows."""
    a, b, *numbers = (np.array(part) for part in zip(*rows, strict=True))
    va, high, low, uk, pk, p0 = (column(n) for n in numbers)
    return Transformer(
        role="winding", part=np.arange(len(rows)), a=a.astype(int), b=b.astype(int), rated_va=va,
        primary_v=high, secondary_v=low, impedance_ratio=uk, load_loss_w=pk, no_load_loss_w=p0,
        room=np.full(len(rows), -1),
    )  # fmt: skip


def loads_of(rows):
    """Return a block from (node, W, power factor) rows, one input each."""
    node, watts, factor = (np.array(part) for part in zip(*rows, strict=True))
    each = np.arange(len(rows))
    return Load(
        role="load", part=each, node=node.astype(int), consumer=each, priority=np.zeros(len(rows), dtype=int),
        weight_ratio=np.ones((len(rows), 1)), power_w=column(watts), power_factor_ratio=column(factor),
        use=Use.IT,
    )  # fmt: skip


def solved(nodes, **blocks):
    net = lay_out_power(list(blocks.items()), nodes, 1)
    return net, solve_power(net, net.consumer_power_w)


def from_pandapower(case, *, as_t):
    """Return the net and the solution; with ``as_t`` transformers are pandapower's T made of our elements."""
    network = case["network"]
    buses = len(network["bus"])
    lines = [
        (
            row["from_bus"],
            row["to_bus"],
            row["length_km"] * row["r_ohm_per_km"],
            row["length_km"] * row["x_ohm_per_km"],
        )
        for row in network["line"]
    ]
    loads = [
        (row["bus"], 1e6 * row["p_mw"], row["p_mw"] / np.hypot(row["p_mw"], row["q_mvar"]))
        for row in network["load"]
    ]
    transformers = []
    for middle, row in enumerate(network["trafo"], start=buses):
        va, low = 1e6 * row["sn_mva"], 1e3 * row["vn_lv_kv"]
        uk, pk, p0 = row["vk_percent"] / 100, va * row["vkr_percent"] / 100, 1e3 * row["pfe_kw"]
        half = 0.5 if as_t else 1.0
        end = middle if as_t else row["lv_bus"]
        plate = (va, 1e3 * row["vn_hv_kv"], low, half * uk, half * pk, 0.0 if as_t else p0)
        transformers.append((row["hv_bus"], end, *plate))
        if as_t:
            resistance = pk / va
            base = low**2 / va
            lines.append(
                (middle, row["lv_bus"], 0.5 * base * resistance, 0.5 * base * np.sqrt(uk**2 - resistance**2))
            )
            loads.append((middle, p0, p0 / (va * row["i0_percent"] / 100)))
    feeds = [
        (row["bus"], 1e3 * network["bus"][row["bus"]]["vn_kv"] * row["vm_pu"]) for row in network["ext_grid"]
    ]
    return solved(
        buses + len(transformers), line=lines_of(lines), transformer=transformers_of(transformers),
        load=loads_of(loads), feed=feeds_of(feeds),
    )  # fmt: skip


@pytest.fixture(scope="module")
def two_n(published_cases):
    return json.loads((published_cases / "electrical" / "dc_2n_normal.json").read_text())


@pytest.mark.parametrize(("as_t", "within"), [(True, 1e-5), (False, 5e-5)])
def test_a_2n_path_has_the_voltages_of_pandapower(two_n, as_t, within):
    _, power = from_pandapower(two_n, as_t=as_t)
    for row, bus in enumerate(two_n["network"]["bus"]):
        expected = two_n["expected"]["bus"][bus["name"]]
        assert np.abs(power.node_voltage_ratio[row, 0]) == pytest.approx(expected["vm_pu"], abs=within)
        angle = np.degrees(np.angle(power.node_voltage_ratio[row, 0]))
        assert angle == pytest.approx(expected["va_deg"], abs=2e-3)


def test_a_2n_path_has_the_currents_and_losses_of_pandapower(two_n):
    _, power = from_pandapower(two_n, as_t=True)
    for row, line in enumerate(two_n["network"]["line"]):
        expected = two_n["expected"]["line"][line["name"]]
        assert np.abs(power.line_current_a[row, 0]) == pytest.approx(1e3 * expected["i_ka"], rel=1e-5)
        assert power.line_loss_w[row, 0] == pytest.approx(1e3 * expected["loss_kw"], rel=2e-3)


def test_a_2n_path_has_the_transformer_losses_of_pandapower(two_n):
    _, power = from_pandapower(two_n, as_t=False)
    for row, unit in enumerate(two_n["network"]["trafo"]):
        expected = two_n["expected"]["trafo"][unit["name"]]
        assert power.transformer_loss_w[row, 0] == pytest.approx(1e3 * expected["loss_kw"], rel=5e-3)
        assert power.transformer_in_w[row, 0] == pytest.approx(1e6 * expected["p_hv_mw"], rel=1e-4)
        assert power.transformer_loading_ratio[row, 0] == pytest.approx(
            expected["loading_percent"] / 100, rel=2e-3
        )


@pytest.fixture(scope="module")
def busway(published_cases):
    folder = published_cases / "electrical"
    return tuple(
        json.loads((folder / f"busway_balanced.{part}.json").read_text()) for part in ("circuit", "expected")
    )


def from_opendss(circuit):
    """Return bus numbers and the solution of the positive sequence."""
    bus = {name: number for number, name in enumerate([*circuit["buses"], "grid"])}
    source, unit = circuit["source"], circuit["transformers"]["t1"]
    lines = [(bus["grid"], bus[source["bus"]], source["R1"], source["X1"])]
    for row in circuit["lines"].values():
        ends = (bus[row[end].partition(".")[0]] for end in ("bus1", "bus2"))
        lines.append((*ends, row["R_ohm"][0][0], row["X_ohm"][0][0] - row["X_ohm"][0][1]))
    high, low = unit["windings"]
    va = 1e3 * high["kVA"]
    resistance = (high["pctR"] + low["pctR"]) / 100
    plate = (
        va,
        1e3 * high["kV"],
        1e3 * low["kV"],
        np.hypot(unit["XHL_pct"] / 100, resistance),
        va * resistance,
    )
    core = va * float(unit["noload_loss_pct"]) / 100
    ends = (bus[source["bus"]], bus[low["bus"].partition(".")[0]])
    loads = [
        (bus[row["bus"].partition(".")[0]], 1e3 * row["kW"], row["kW"] / np.hypot(row["kW"], row["kvar"]))
        for row in circuit["loads"].values()
    ]
    _, power = solved(
        len(bus), line=lines_of(lines), transformer=transformers_of([(*ends, *plate, core)]),
        load=loads_of(loads), feed=feeds_of([(bus["grid"], 1e3 * source["basekV_LL"] * source["pu"])]),
    )  # fmt: skip
    return bus, power


def test_a_balanced_busway_has_the_voltages_of_opendss(busway):
    circuit, expected = busway
    bus, power = from_opendss(circuit)
    for name, phases in expected["phase_to_neutral"].items():
        volts = np.abs(power.node_voltage_ratio[bus[name], 0]) * 415.0 / np.sqrt(3.0)
        assert volts == pytest.approx(phases["1"]["V"], rel=2e-4), name


def test_a_balanced_busway_has_the_currents_and_losses_of_opendss(busway):
    circuit, expected = busway
    _, power = from_opendss(circuit)
    for row, name in enumerate(circuit["lines"], start=1):
        current = expected["line_current_A_deg_from_bus1"][name][0][0]
        assert np.abs(power.line_current_a[row, 0]) == pytest.approx(current, rel=1e-3), name
    # Line 0 is the source's own impedance, which OpenDSS does not count.
    losses = power.line_loss_w[1:].sum() + power.transformer_loss_w.sum()
    assert losses == pytest.approx(1e3 * expected["total_losses_kW_kvar"][0], rel=5e-3)
    given = power.feed_power_va[0, 0].real - power.line_loss_w[0, 0]
    assert given == pytest.approx(1e3 * expected["source_power_kW_kvar"][0], rel=1e-3)
