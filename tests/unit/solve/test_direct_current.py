"""Laws of direct current in the power flow: islands that converters feed, pole to pole."""

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, converter_block, feed_block, load_block, outdoors
from twin.errors import ConvergenceError, InputError
from twin.laws.conductors import dc_load_current
from twin.model.element import Line
from twin.solve.collapse import collapse_load_ratio, with_loading
from twin.solve.power import results_of, solve_power
from twin.solve.site_faults import site_faults

SIMPLE = (0.004, 0.002, 0.014)


def conductors(a, b, ohm, reactance=0.0):
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    ohm = np.broadcast_to(np.asarray(ohm, dtype=float), a.shape)
    return Line(
        role="run", part=np.arange(a.size), a=a, b=b, resistance_ohm=ohm[:, None],
        reactance_ohm=np.full((a.size, 1), reactance), rating_a=np.full((a.size, 1), 1e3), room=outdoors(a),
    )  # fmt: skip


def rectified(watts, ohm, *, reactance=0.0, poles=800.0):
    """Return a feed, a rectifier, a run of one pole's resistance, and a load behind it."""
    wiring = Wiring()
    node = wiring.nodes(3)
    wiring.add(feed_block(node[0], 415.0))
    unit = wiring.add(converter_block(node[0], node[1], volts=poles, loss=SIMPLE, direct=True))
    run = wiring.add(conductors(node[1], node[2], ohm, reactance))
    load = wiring.add(load_block(node[2], 0, [watts], factor=0.9))
    return wiring.net(), unit, run, load


@pytest.mark.parametrize("watts", [0.0, 1e3, 7.5e5, 1.4e6])
def test_a_load_on_direct_current_draws_the_upper_root_of_its_line(watts):
    net, _, run, _ = rectified(watts, 0.01)
    power = solve_power(net, np.array([[watts]]))
    current, carried = dc_load_current(np.array(watts), np.array(800.0), np.array(0.02))
    assert carried
    found = results_of(net, power, run)
    assert found["current_a"][0, 0] == pytest.approx(float(current), rel=1e-9, abs=1e-9)
    assert found["loss_w"][0, 0] == pytest.approx(0.02 * float(current) ** 2, rel=1e-9, abs=1e-9)
    assert found["drop_ratio"][0, 0] == pytest.approx(0.02 * float(current) / 800.0, rel=1e-9, abs=1e-12)


def test_reactance_and_power_factor_do_nothing_on_direct_current():
    watts = np.array([[7.5e5]])
    bare, loaded = (
        solve_power(rectified(7.5e5, 0.01, reactance=reactance)[0], watts) for reactance in (0.0, 0.5)
    )
    assert np.array_equal(bare.line_current_a, loaded.line_current_a)
    assert np.abs(bare.line_current_a.imag).max() <= 1e-9


def test_every_watt_of_the_feed_is_load_or_loss():
    net, *_ = rectified(1.2e6, 0.01)
    power = solve_power(net, np.array([[1.2e6]]))
    lost = power.line_loss_w.sum() + power.converter_loss_w.sum()
    assert power.feed_power_va.real.sum() == pytest.approx(1.2e6 + lost, rel=1e-12)


def test_the_rectifier_draws_its_own_power_factor():
    net, *_ = rectified(1.2e6, 0.01)
    given = solve_power(net, np.array([[1.2e6]])).feed_power_va[0, 0]
    assert given.real / abs(given) == pytest.approx(0.99, rel=1e-12)


def test_a_mesh_of_direct_current_is_ohms_law():
    """Two rectifiers share a ring of 800 V by rating; conductances and constant powers, solved densely."""
    wiring = Wiring()
    n = wiring.nodes(7)
    wiring.add(feed_block(n[0], 20e3))
    wiring.add(converter_block(n[[0]], n[[1]], volts=800.0, direct=True))
    tail, head = n[[1, 2, 3, 4, 5, 1, 2]], n[[2, 3, 4, 5, 6, 6, 5]]
    ohm = np.array([1e-3, 2e-3, 1.5e-3, 3e-3, 2.5e-3, 1e-3, 4e-3])
    wiring.add(conductors(tail, head, ohm))
    watts = np.array([[1e5], [2e5], [1.5e5], [3e5], [0.5e5]])
    wiring.add(load_block(n[2:7], np.arange(5), watts[:, 0]))
    net = wiring.net()
    power = solve_power(net, watts)
    conductance = np.zeros((7, 7))
    for a, b, g in zip(tail, head, 1.0 / (2.0 * ohm), strict=True):
        conductance[[a, b], [a, b]] += g
        conductance[[a, b], [b, a]] -= g
    volts = np.full(7, 800.0)
    for _ in range(100):
        rest = -watts[:, 0] / volts[2:] - conductance[2:, 1] * 800.0
        volts[2:] = np.linalg.solve(conductance[2:, 2:], rest)
    assert np.abs(power.node_voltage_ratio)[1:7, 0] * 800.0 == pytest.approx(volts[1:], rel=1e-12)


def test_stages_of_direct_current_follow_each_other():
    """From 800 V to 50 V: each converter takes what it gives and what it loses."""
    wiring = Wiring()
    n = wiring.nodes(5)
    wiring.add(feed_block(n[0], 480.0))
    first = wiring.add(converter_block(n[0], n[1], volts=800.0, loss=SIMPLE, direct=True))
    wiring.add(conductors(n[1], n[2], 2e-3))
    second = wiring.add(
        converter_block(n[2], n[3], rated=2e5, volts=50.0, loss=SIMPLE, factor=0.7, direct=True)
    )
    bar = wiring.add(conductors(n[3], n[4], 1e-6))
    wiring.add(load_block(n[4], 0, [1.3e5]))
    net = wiring.net()
    power = solve_power(net, np.array([[1.3e5]]))
    run, last = results_of(net, power, second), results_of(net, power, bar)
    amperes, _ = dc_load_current(np.array(1.3e5), np.array(50.0), np.array(2e-6))
    assert last["current_a"][0, 0] == pytest.approx(float(amperes), rel=1e-9)
    out = 1.3e5 + 2e-6 * amperes**2
    share = out / 2e5
    assert run["power_out_w"][0, 0] == pytest.approx(out, rel=1e-9)
    taken = out + 2e5 * (SIMPLE[0] + SIMPLE[1] * share + SIMPLE[2] * share**2)
    assert run["power_in_w"][0, 0] == pytest.approx(taken, rel=1e-9)
    assert results_of(net, power, first)["power_out_w"][0, 0] > taken


def test_an_inverter_turns_it_back():
    wiring = Wiring()
    n = wiring.nodes(4)
    wiring.add(feed_block(n[0], 415.0))
    wiring.add(converter_block(n[0], n[1], volts=800.0, loss=SIMPLE, direct=True))
    wiring.add(converter_block(n[1], n[2], volts=415.0, loss=SIMPLE))
    run = wiring.add(conductors(n[2], n[3], 1e-3, 5e-4))
    wiring.add(load_block(n[3], 0, [5e5], factor=0.95))
    net = wiring.net()
    power = solve_power(net, np.array([[5e5]]))
    assert net.direct.tolist() == [False, True, False, False]
    found = results_of(net, power, run)["current_a"][0, 0]
    assert found == pytest.approx(5e5 / 0.95 / np.sqrt(3.0) / (415.0 * power.line_voltage_ratio[0, 0]))


@pytest.mark.parametrize("times", [1.25, 2.0, 5.0])
def test_a_line_collapses_at_the_square_of_its_voltage_over_four_times_its_resistance(times):
    most = 800.0**2 / (4.0 * 0.02)
    net, *_ = rectified(times * most, 0.01)
    asked = np.array([[times * most]])
    assert collapse_load_ratio(net, asked, np.array([0])) == pytest.approx([1.0 / times], abs=1e-4)
    assert collapse_load_ratio(net, 0.9 * asked / times, np.array([0])).tolist() == [1.0]
    reason = ConvergenceError("it falls", equation="nodal current balance")
    assert f"carries {1.0 / times:.1%}" in str(with_loading(net, reason))


def test_direct_and_alternating_current_are_never_joined():
    wiring = Wiring()
    n = wiring.nodes(3)
    wiring.add(feed_block(n[0], 800.0))
    wiring.add(converter_block(n[0], n[1], volts=800.0, direct=True))
    wiring.add(conductors(n[0], n[2], 1e-3))
    wiring.add(conductors(n[2], n[1], 1e-3))
    with pytest.raises(InputError) as refused:
        wiring.net()
    assert [fault.code for fault in refused.value.faults] == ["PW006"]


def test_fault_currents_on_direct_current_are_not_established():
    net, *_ = rectified(1e5, 0.01)
    faults = site_faults(net)
    assert np.isnan(faults.ikss_max_a[1:]).all()
    assert np.isfinite(faults.ikss_max_a[0]).all()
