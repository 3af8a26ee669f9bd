"""A network of conductors solved again with other loads: what is prepared once finds the same state."""

import numpy as np
import pytest

from tests.support.circuits import hall, load, three
from twin.interop.circuit_wires import wires_circuit
from twin.solve import wires as module
from twin.solve.wires import prepare_wires, solve_wires

CIRCUITS = {
    "unlike phases": hall(), "alike": hall(three("tap2", 20.0)), "neutral through 1 ohm": hall(rneut=1.0),
    "impedances among them": hall({
        "a": load("tap2.1.4", 30.0, model=2), "b": load("tap1.2.4", 20.0),
        "c": load("tap2.2.3", 9.0, kv=0.415),
    }),
    "constant currents": hall({"a": load("tap2.1.4", 30.0, model=5), "b": load("tap1.2.4", 20.0, model=4)}),
}  # fmt: skip


def wires_of(name):
    return wires_circuit(name, CIRCUITS[name]).wires


def loads(net, count):
    """Return sets of loads, shape (draw, set)."""
    return net.draws.power_va[:, None] * np.random.default_rng(5).uniform(0.4, 1.2, (1, count))


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_prepared_network_is_solved_as_one_that_is_not(name):
    net = wires_of(name)
    ready, sets = prepare_wires(net), loads(net, 6)
    assert ready.kept is not None
    again, whole = solve_wires(net, sets, ready=ready), solve_wires(net, sets, method="phases")
    assert again.method == whole.method
    np.testing.assert_allclose(again.voltage_v, whole.voltage_v, rtol=0.0, atol=1e-9 * 6351.0)
    np.testing.assert_allclose(again.draw_power_va, whole.draw_power_va, rtol=1e-9, atol=1e-6)
    assert again.balance_ratio.max() < 1e-9
    for one, other in zip(again.loss_w, whole.loss_w, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-6)


def test_one_general_pass_says_that_the_short_ones_hold(monkeypatch):
    net = wires_of("unlike phases")
    ready, solved = prepare_wires(net), []
    solve = module.solve_rows
    monkeypatch.setattr(module, "solve_rows", lambda *given: solved.append(1) or solve(*given))
    solve_wires(net, loads(net, 1), ready=ready)
    assert len(solved) == 1


def test_loads_too_heavy_for_the_short_passes_go_the_general_way():
    net = wires_of("unlike phases")
    ready, heavy = prepare_wires(net), net.draws.power_va[:, None] * np.array([[1.0, 27.0]])
    again, whole = solve_wires(net, heavy, ready=ready), solve_wires(net, heavy, method="phases")
    assert again.method == whole.method
    np.testing.assert_allclose(again.voltage_v, whole.voltage_v, rtol=0.0, atol=1e-8 * 6351.0)
