"""Laws of unbalanced networks with neutrals."""

import re

import numpy as np
import pytest

from tests.support.circuits import (
    bus,
    hall,
    line,
    load,
    node,
    of_kind,
    solved,
    three,
    transformer,
    volts,
    winding,
)  # fmt: skip
from twin.errors import ConvergenceError
from twin.interop.circuit_case import case_circuit
from twin.interop.circuit_wires import wires_circuit
from twin.solve.wires import solve_wires
from twin.solve.wires_load import Draw, draws_of, response


def powers(flow):
    """Return source power, load power and itemised losses [W]."""
    source = -sum(value.real for value in of_kind(flow, "source", "branch_power_va").values())
    lost = sum(
        loss.sum()
        for block, loss in zip(flow.net.branches, flow.loss_w, strict=True)
        if block.kind != "source"
    )
    return source, flow.draw_power_va.real.sum(), lost


@pytest.mark.parametrize("model", [1, 2, 3, 4, 5])
def test_every_watt_of_the_source_is_a_load_or_a_loss(model):
    circuit = hall(
        {"a": load("tap2.1.4", 60.0, model=model), "b": load("tap1.2.3", 40.0, kv=0.415, delta=True)}
    )
    circuit["transformers"]["tx"] |= {"noload_loss_pct": 0.2, "imag_pct": 0.5}
    circuit["capacitors"] = {"c": {"bus": "tap1", "phases": 3, "kV": 0.415, "kvar": 20.0}}
    _, flow = solved(circuit)
    source, loads, losses = powers(flow)
    assert source == pytest.approx(loads + losses, rel=1e-9)
    assert losses > 0.0
    assert flow.balance_ratio[0] < 1e-9


def test_losses_of_a_line_are_the_squares_of_its_currents_times_its_resistances():
    _, flow = solved(hall())
    current = of_kind(flow, "line", "branch_current_a")["busway"]
    expected = 4e-3 * (np.abs(current) ** 2).sum()
    assert of_kind(flow, "line", "loss_w")["busway"] == pytest.approx(expected, rel=1e-9)


def test_unequal_loads_shift_the_neutral_by_the_current_they_send_down_it():
    wires, flow = solved(hall())
    current = of_kind(flow, "line", "branch_current_a")
    assert abs(current["busway"].sum()) < 1e-6 * abs(current["busway"][0])
    far, near = volts(wires, flow, "tap2.4"), volts(wires, flow, "tap1.4")
    impedance = 4e-3 * (1.0 + 0.6j), 4e-3 * 0.24j
    drop = impedance[0] * current["busway"][3] + impedance[1] * current["busway"][:3].sum()
    assert near - far == pytest.approx(drop, rel=1e-9)
    assert abs(far) > 0.3


def test_the_most_loaded_phase_has_the_lowest_voltage_to_neutral():
    wires, flow = solved(hall())
    size = [abs(volts(wires, flow, f"tap2.{phase}", "tap2.4")) for phase in (1, 2, 3)]
    assert size == sorted(size)


def test_equal_loads_leave_the_neutral_at_rest():
    wires, flow = solved(hall(three("tap2", 25.0)), method="phases")
    assert abs(volts(wires, flow, "tap2.4")) < 1e-9


@pytest.mark.parametrize("model", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("delta", [False, True])
def test_the_positive_sequence_is_the_solution_of_all_phases(model, delta):
    loads = three("tap1", 25.0, model=model) | three("tap2", 30.0, model=model)
    loads["all"] = load("tap2", 90.0, kv=0.415, phases=3, delta=delta, model=model)
    circuit = hall(loads)
    circuit["transformers"]["tx"] |= {"noload_loss_pct": 0.2, "imag_pct": 0.5}
    (_, quick), (wires, whole) = solved(circuit), solved(circuit, method="phases")
    assert quick.method == ("positive sequence",)
    assert whole.method == ("current injection",)
    gap = np.abs(quick.voltage_v - whole.voltage_v)[:, 0]
    level = np.where(wires.bus == 0, 6351.0, 239.6)
    assert (gap / level).max() < 1e-9
    for one, other in zip(quick.loss_w, whole.loss_w, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-6)


def test_one_unequal_load_is_not_taken_for_balanced():
    _, flow = solved(hall(three("tap1", 25.0) | {"one": load("tap2.1.4", 1e-3)}))
    assert flow.method == ("current injection",)


@pytest.mark.parametrize(
    ("high", "low", "leadlag", "lag_deg"),
    [
        (True, False, "Lag", 30.0), (True, False, "Lead", -30.0), (False, True, "Lag", 30.0),
        (False, True, "Euro", -30.0), (True, True, "Lag", 0.0), (False, False, "Lag", 0.0),
    ],
)  # fmt: skip
def test_the_low_voltage_lags_as_the_vector_group_says(high, low, leadlag, lag_deg):
    circuit = hall({})
    circuit["transformers"]["tx"] = transformer(
        winding("grid", 11.0, delta=high), winding("main", 0.415, delta=low), leadlag=leadlag
    )
    circuit["lines"] = {}
    wires, flow = solved(circuit)
    high_v, low_v = (volts(wires, flow, f"{at}.1", f"{at}.2") for at in ("grid", "main"))
    assert np.degrees(np.angle(high_v / low_v)) == pytest.approx(lag_deg, abs=1e-6)
    assert abs(low_v) == pytest.approx(415.0, rel=1e-6)


def test_a_tap_raises_the_voltage_by_its_share():
    circuit = hall({})
    circuit["transformers"]["tx"]["windings"][1]["tap"] = 1.05
    wires, flow = solved(circuit)
    assert abs(volts(wires, flow, "main.1")) == pytest.approx(1.05 * 415.0 / np.sqrt(3.0), rel=1e-6)


def test_the_core_takes_its_loss_without_load():
    circuit = hall({})
    circuit["transformers"]["tx"]["noload_loss_pct"] = 0.2
    _, flow = solved(circuit)
    assert of_kind(flow, "transformer", "loss_w")["tx"] == pytest.approx(2000.0, rel=1e-3)


@pytest.mark.parametrize("ideal", [True, False])
def test_a_source_alone_stands_at_its_voltage(ideal):
    circuit = hall({})
    circuit["lines"] = circuit["transformers"] = {}
    if ideal:
        circuit["source"] |= dict.fromkeys(("R1", "X1", "R0", "X0"), 0.0)
    wires, flow = solved(circuit)
    assert abs(volts(wires, flow, "grid.1")) == pytest.approx(11e3 / np.sqrt(3.0), rel=1e-12)
    assert not flow.reached[wires.bus > 0].any()


def test_a_floating_neutral_is_named_and_moves_nothing_between_conductors():
    earthed, floating = hall(), hall(rneut=-1.0)
    (wires, one), (_, other) = solved(earthed), solved(floating)
    assert one.floating == ()
    assert [wires.name(int(n)) for n in other.floating[0].pinned] == ["main.4"]
    assert volts(wires, other, "main.4") == pytest.approx(0.0, abs=1e-9)
    for phase in (1, 2, 3):
        assert volts(wires, one, f"tap2.{phase}", "tap2.4") == pytest.approx(
            volts(wires, other, f"tap2.{phase}", "tap2.4"), rel=1e-9
        )


def test_a_delta_that_nothing_earths_is_told_by_the_mean_of_its_phases():
    circuit = hall({"d": load("main", 50.0, kv=0.415, phases=3, delta=True)})
    circuit["buses"]["main"] = bus((1, 2, 3))
    circuit["lines"] = {}
    circuit["transformers"]["tx"]["windings"][1] = winding("main", 0.415, delta=True)
    wires, flow = solved(circuit)
    pinned = next(k.pinned for k in flow.floating if k.pinned.size == 3)
    assert [wires.name(int(number)) for number in pinned] == ["main.1", "main.2", "main.3"]
    assert abs(flow.voltage_v[pinned].mean()) < 1e-9


def test_beyond_a_broken_neutral_loads_alone_set_it():
    circuit = hall({
        "a": load("tap2.1.4", 30.0, model=2, kvar=0.0), "b": load("tap2.2.4", 10.0, model=2, kvar=0.0)
    })  # fmt: skip
    circuit["lines"]["busway"] = line("tap1", "tap2", 3)
    wires, flow = solved(circuit)
    assert [k.weak for k in flow.floating] == ["loads that lead elsewhere"]
    light, heavy = (abs(volts(wires, flow, f"tap2.{phase}", "tap2.4")) for phase in (2, 1))
    assert light / heavy == pytest.approx(3.0, rel=1e-6)  # one current through R and 3 R
    assert light + heavy == pytest.approx(abs(volts(wires, flow, "tap2.1", "tap2.2")), rel=1e-6)


def test_a_voltage_that_nothing_sets_is_refused_by_name():
    circuit = hall({})
    circuit["transformers"]["tx"]["windings"][0] = winding("grid", 11.0)
    circuit["buses"]["grid"]["nodes"].append(4)
    circuit["transformers"]["tx"]["windings"][0]["bus"] = "grid.1.2.3.4"
    with pytest.raises(
        ConvergenceError, match="current balance of conductors has no unique solution at"
    ) as told:
        solved(circuit, method="phases")
    assert told.value.component


def test_a_load_to_earth_where_nothing_is_earthed_is_named():
    circuit = hall(rneut=-1.0)
    circuit["loads"]["a"]["bus"] = "tap2.1"
    with pytest.raises(ConvergenceError) as told:
        solved(circuit)
    assert told.value.component == "a"


def test_sets_of_loads_are_solved_as_each_by_itself():
    wires = wires_circuit("hall", hall()).wires
    scale = np.array([0.0, 0.5, 1.0, 1.7])
    together = solve_wires(wires, wires.draws.power_va[:, None] * scale)
    for number, share in enumerate(scale):
        alone = solve_wires(wires, wires.draws.power_va[:, None] * share)
        np.testing.assert_allclose(together.voltage_v[:, number], alone.voltage_v[:, 0], rtol=1e-9, atol=1e-8)


def two_nodes(watts):
    """Return a source of 1 V behind a line of 1 ohm: a load of constant power draws 1/4 W at most."""
    circuit = hall({"x": load("far.1", 1e-3 * watts, kv=1e-3, kvar=0.0)})
    circuit["source"] = dict.fromkeys(("R1", "X1", "R0", "X0", "angle_deg"), 0.0) | {
        "bus": "near", "basekV_LL": 1e-3 * np.sqrt(3.0), "pu": 1.0
    }  # fmt: skip
    circuit["buses"] = {"near": bus((1, 2, 3), 1e-3), "far": bus((1,), 1e-3)}
    circuit["lines"] = {"l": line("near", "far", 1, ohm=1.0) | {"X_ohm": [[0.0]]}}
    circuit["transformers"] = {}
    return circuit


@pytest.mark.parametrize(
    ("watts", "method"), [(0.1, "current injection"), (0.249, "Newton"), (0.2499999, "Newton")]
)
def test_the_state_is_that_of_the_upper_branch_up_to_collapse(watts, method):
    wires, flow = solved(two_nodes(watts))
    expected = (1.0 + np.sqrt(1.0 - 4.0 * watts)) / 2.0
    assert volts(wires, flow, "far.1") == pytest.approx(expected, rel=1e-9)
    assert flow.method == (method,)


def test_collapse_is_told_with_the_loading_at_which_it_happens():
    sentence = r"collapses at 0\.5 times the load asked for \(0\.00025 kW\): far\.1"
    with pytest.raises(ConvergenceError, match=sentence) as told:
        solved(two_nodes(0.5))
    assert told.value.component == "far.1"


def ring(load_mw):
    """Return a slack, a generator and a load, all joined, in MATPOWER's columns."""
    row = {"Pd_MW": 0.0, "Qd_Mvar": 0.0, "baseKV": 110.0}
    return case_circuit("ring.json", {
        "baseMVA": 100.0,
        "bus": [
            {"i": 0, "type": 3, **row}, {"i": 1, "type": 2, **row},
            {"i": 2, "type": 1, **row, "Pd_MW": load_mw, "Qd_Mvar": load_mw / 4.0},
        ],
        "gen": [{"bus": 0, "Vset_pu": 1.0}, {"bus": 1, "Vset_pu": 1.02, "Pg_MW": load_mw / 2.0}],
        "branch": [{"f": f, "t": t, "r": 0.01, "x": 0.1, "b": 0.02} for f, t in ((0, 1), (1, 2), (2, 0))],
    }).wires  # fmt: skip


def test_a_generator_gives_its_power_at_its_voltage():
    flow = solve_wires(ring(100.0))
    assert flow.method == ("Newton",)
    assert flow.generator_power_va[0, 0].real == pytest.approx(50e6, rel=1e-9)
    assert abs(flow.voltage_v[1, 0]) == pytest.approx(1.02 * 110e3 / np.sqrt(3.0), rel=1e-9)
    assert flow.balance_ratio[0] < 1e-9


def test_a_network_with_generators_collapses_at_one_load_whatever_was_asked_for():
    found = []
    for asked in (2000.0, 3000.0):
        with pytest.raises(ConvergenceError, match="times the load and generation asked for") as told:
            solve_wires(ring(asked))
        found.append(asked * float(re.search(r"at ([\d.]+) times", str(told.value))[1]))
    assert found[0] == pytest.approx(found[1], rel=1e-3)
    assert abs(solve_wires(ring(0.999 * found[0])).voltage_v[2, 0]) > 0.5 * 110e3 / np.sqrt(3.0)


def draw(model, least=0.0, most=np.inf):
    return draws_of([Draw("x", 0, -1, 100.0, 300.0 + 90.0j, model, least, most)])


@pytest.mark.parametrize(
    ("model", "active", "reactive"), [(1, 0, 0), (2, 2, 2), (3, 0, 2), (4, 1, 2), (5, 1, 1)]
)
def test_power_follows_voltage_as_the_model_says(model, active, reactive):
    volts_now = np.array([[80.0], [100.0], [130.0]])
    for size in volts_now[:, 0]:
        found = response(draw(model), np.array([[300.0 + 90.0j]]), np.array([[size]])).admittance_s[0, 0]
        power = size**2 * found.conjugate()
        ratio = size / 100.0
        assert power == pytest.approx(300.0 * ratio**active + 90.0j * ratio**reactive, rel=1e-12)


@pytest.mark.parametrize("model", [1, 5])
@pytest.mark.parametrize("limit", [50.0, 95.0, 105.0])
def test_the_current_of_a_load_does_not_jump_at_its_limits(model, limit):
    mine = draw(model, 0.95, 1.05)
    near = [
        limit
        * side
        * response(mine, np.array([[300.0 + 90.0j]]), np.array([[limit * side]])).admittance_s[0, 0]
        for side in (1.0 - 1e-9, 1.0 + 1e-9)
    ]
    assert near[0] == pytest.approx(near[1], rel=1e-7)


@pytest.mark.parametrize("model", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.0, 1.2])
def test_the_slope_of_a_load_is_that_of_its_current(model, ratio):
    mine, power, step = draw(model, 0.95, 1.05), np.array([[300.0 + 90.0j]]), 1e-6
    low, high, here = (
        response(mine, power, np.array([[100.0 * ratio * (1.0 + s)]])) for s in (-step, step, 0.0)
    )
    slope = (high.admittance_s - low.admittance_s) / (2.0 * step)
    np.testing.assert_allclose(here.slope_s, slope, rtol=1e-6, atol=1e-9)


def test_turning_the_phases_turns_the_solution():
    one, other = hall(), hall()
    other["loads"] = {name: row | {"bus": f"tap2.{k % 3 + 1}.4"} for k, (name, row) in enumerate(
        other["loads"].items(), start=1)}  # fmt: skip
    (wires, first), (_, second) = solved(one), solved(other)
    for phase in (1, 2, 3):
        moved = volts(wires, second, f"tap2.{phase % 3 + 1}") * np.exp(2j * np.pi / 3)
        assert moved == pytest.approx(volts(wires, first, f"tap2.{phase}"), rel=1e-9)
    assert node(wires, "tap2.4") == 14
