"""Laws of the balanced power flow."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.solve.power_halls import (
    Wiring,
    converter_block,
    feed_block,
    hall,
    load_block,
    transformer_block,
)
from twin.errors import ConvergenceError, InputError
from twin.laws.conductors import three_phase_receiving
from twin.laws.converters import converter_loss, transformer_loss
from twin.solve.power import results_of, solve_power


def end_of_line(power_w, *, ohm=0.05, reactance=0.03, factor=0.9, variants=1, volts=400.0):
    """Return the solution of one load at the end of one line."""
    wiring = Wiring()
    source, end = wiring.nodes(2)
    wiring.line(source, end, [ohm], [reactance])
    wiring.add(feed_block(source, volts))
    power = np.full((1, variants), power_w)
    wiring.add(load_block(end, 0, power, factor=factor))
    return solve_power(wiring.net(variants), power)


def spent(power):
    return (
        power.consumer_power_w.sum(axis=0)
        + power.line_loss_w.sum(axis=0)
        + power.transformer_loss_w.sum(axis=0)
        + power.converter_loss_w.sum(axis=0)
    )


@given(pods=st.integers(1, 6), variants=st.integers(1, 4), seed=st.integers(0, 999), failures=st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_the_feeds_give_is_what_loads_take_and_losses_warm(pods, variants, seed, failures):
    net, wanted = hall(pods, variants=variants, seed=seed, failures=failures)
    power = solve_power(net, wanted)
    assert power.feed_power_va.real.sum(axis=0) == pytest.approx(spent(power), rel=1e-10)
    assert power.residual_ratio.max() < 1e-11
    np.testing.assert_allclose(power.consumer_power_w, wanted, rtol=1e-10)


@pytest.mark.parametrize("factor", [1.0, 0.98, 0.7])
def test_the_end_of_a_line_has_the_voltage_of_its_phasor_diagram(factor):
    power = end_of_line(60e3, factor=factor)
    current = power.input_current_a[0, 0]
    by_hand = three_phase_receiving(400.0, current, 0.05, 0.03, factor)
    assert power.input_voltage_ratio[0, 0] * 400.0 == pytest.approx(by_hand, rel=1e-12)
    assert power.line_loss_w[0, 0] == pytest.approx(3.0 * 0.05 * current**2, rel=1e-12)
    assert power.input_power_w[0, 0] == pytest.approx(60e3, rel=1e-11)
    assert np.sqrt(3.0) * power.input_voltage_ratio[0, 0] * 400.0 * current * factor == pytest.approx(
        60e3, rel=1e-11
    )


@pytest.mark.parametrize("share", [0.1, 0.9, 0.99, 0.999])
def test_a_resistive_line_carries_a_load_on_the_upper_root_of_its_quadratic(share):
    ohm, watts = 0.05, share * 400.0**2 / (4.0 * 0.05)
    power = end_of_line(watts, ohm=ohm, reactance=0.0, factor=1.0)
    upper = 0.5 * (1.0 + np.sqrt(1.0 - 4.0 * ohm * watts / 400.0**2))
    assert power.input_voltage_ratio[0, 0] == pytest.approx(upper, rel=1e-9)


def test_beyond_the_point_of_collapse_a_load_is_a_constant_impedance_and_named_limited():
    ohm, reactance, watts, factor = 0.05, 0.03, 2e6, 0.9
    power = end_of_line(watts, ohm=ohm, reactance=reactance, factor=factor)
    wanted = watts * (1.0 + 1j * np.tan(np.arccos(factor)))
    by_hand = 1.0 / (1.0 + (ohm + 1j * reactance) * 4.0 * wanted.conjugate() / 400.0**2)
    assert power.limited.all()
    assert power.node_voltage_ratio[1, 0] == pytest.approx(by_hand, rel=1e-10)
    assert power.consumer_power_w[0, 0] < watts
    assert power.feed_power_va.real.sum() == pytest.approx(spent(power)[0], rel=1e-10)


def test_a_load_at_the_very_point_of_collapse_is_refused_by_name():
    most = 400.0**2 / abs(0.01 + 0.05j) / (2.0 * (1.0 + np.cos(np.angle(0.01 + 0.05j) - np.arccos(0.8))))
    with pytest.raises(ConvergenceError, match=r"node 1 does not settle: 7\.19\de\+05 W wanted at 0\.5"):
        end_of_line(0.8 * most, ohm=0.01, reactance=0.05, factor=0.8)


def test_a_converter_whose_supply_collapses_is_refused_by_name():
    wiring = Wiring()
    source, into, out = wiring.nodes(3)
    wiring.line(source, into, [0.2], [0.1])
    wiring.add(feed_block(source, 400.0))
    wiring.add(converter_block(into, out, rated=500e3, volts=400.0))
    wiring.add(load_block(out, 0, [400e3]))
    with pytest.raises(ConvergenceError, match=r"converter at node 1 collapses.*W at 0\.") as refused:
        solve_power(wiring.net(), np.array([[400e3]]))
    assert refused.value.component == "node 1"


def two_sided(variants=1, *, priority=None, weight=None, lost=()):
    """Return a net of two feeds A and B, a line each, and one consumer with a cord to both."""
    wiring = Wiring()
    source, cord = wiring.nodes(2), wiring.nodes(2)
    wiring.line(source, cord, 0.01)
    on = np.ones((2, variants), dtype=bool)
    for side, variant in lost:
        on[side, variant] = False
    wiring.add(feed_block(source, 415.0, in_service=on))
    wiring.add(load_block(cord, [0, 0], np.full((1, variants), 100e3), priority=priority, weight=weight))
    return wiring.net(variants)


def test_dual_cords_share_equally_and_the_one_alive_carries_all():
    power = solve_power(two_sided(3, lost=[(0, 1), (0, 2), (1, 2)]), np.full((1, 3), 100e3))
    np.testing.assert_allclose(power.input_power_w, [[50e3, 0.0, 0.0], [50e3, 100e3, 0.0]], rtol=1e-11)
    assert power.dropped.tolist() == [[False, False, True]]
    assert power.input_voltage_ratio[:, 2].tolist() == [0.0, 0.0]
    assert power.feed_power_va[:, 2].tolist() == [0.0, 0.0]


def test_a_transfer_switch_draws_on_the_first_supply_alive():
    power = solve_power(two_sided(2, priority=[0, 1], lost=[(0, 1)]), np.full((1, 2), 100e3))
    np.testing.assert_allclose(power.input_power_w, [[100e3, 0.0], [0.0, 100e3]], rtol=1e-11)


def test_weights_divide_a_load_among_its_inputs():
    power = solve_power(two_sided(weight=[3.0, 1.0]), np.full((1, 1), 100e3))
    np.testing.assert_allclose(power.input_power_w[:, 0], [75e3, 25e3], rtol=1e-11)


def test_a_consumer_out_of_service_draws_nothing_and_is_not_dropped():
    wiring = Wiring()
    source, end = wiring.nodes(2)
    wiring.line(source, end, [0.01])
    wiring.add(feed_block(source, 415.0))
    wiring.add(load_block(end, 0, [1e5], in_service=np.zeros((1, 1), dtype=bool)))
    power = solve_power(wiring.net(), np.array([[1e5]]))
    assert power.consumer_power_w[0, 0] == 0.0
    assert not power.dropped.any()
    assert power.node_alive.all()


def paralleled(ratings, ohms, watts, *, on=None):
    """Return converters with a cable each to one board that carries a load, and the solution."""
    wiring = Wiring()
    source, board = wiring.nodes(2)
    into, out = wiring.nodes(len(ratings)), wiring.nodes(len(ratings))
    wiring.line(source, into, 1e-4)
    wiring.line(out, board, np.array(ohms))
    wiring.add(feed_block(source, 415.0))
    units = wiring.add(converter_block(into, out, rated=np.array(ratings), in_service=on))
    wiring.add(load_block(board, 0, [watts]))
    net = wiring.net()
    return net, units, solve_power(net, np.array([[watts]]))


def test_converters_on_one_bus_share_by_rating_whatever_their_cables():
    _, _, power = paralleled([1e6, 1e6, 0.5e6], [1e-3, 3e-3, 2e-3], 1.2e6)
    loading = power.converter_loading_ratio[:, 0]
    np.testing.assert_allclose(loading, loading[0], rtol=1e-2)  # voltages differ by the cables' drops
    current = power.line_current_a[3:, 0]
    np.testing.assert_allclose(np.abs(current) / [1e6, 1e6, 0.5e6], np.abs(current[0]) / 1e6, rtol=1e-9)
    held = np.average(power.node_voltage_ratio[5:, 0], weights=[1.0, 1.0, 0.5])
    assert held == pytest.approx(1.0, abs=1e-11)
    assert power.feed_power_va.real.sum() == pytest.approx(spent(power)[0], rel=1e-10)


def test_a_converter_out_of_service_leaves_its_share_to_the_others():
    on = np.array([[True], [False], [True]])
    _, _, power = paralleled([1e6, 1e6, 1e6], [1e-3, 1e-3, 1e-3], 1.2e6, on=on)
    assert power.converter_out_w[1, 0] == power.converter_in_w[1, 0] == power.converter_loss_w[1, 0] == 0.0
    np.testing.assert_allclose(power.converter_out_w[[0, 2], 0], power.converter_out_w[0, 0], rtol=1e-9)


def test_a_converter_takes_what_it_gives_and_its_loss_even_when_idle():
    net, units, power = paralleled([1e6], [1e-3], 6e5)
    got = results_of(net, power, units)
    loss, _ = converter_loss(
        got["power_out_w"], units.rated_w, units.fixed_loss_ratio, units.linear_loss_ratio,
        units.quadratic_loss_ratio,
    )  # fmt: skip
    np.testing.assert_allclose(got["loss_w"], loss, rtol=1e-12)
    np.testing.assert_allclose(got["power_in_w"], got["power_out_w"] + loss, rtol=1e-10)
    _, _, idle = paralleled([1e6], [1e-3], 0.0)
    assert idle.converter_in_w[0, 0] == pytest.approx(0.0082e6, rel=1e-10)


def test_converters_in_a_chain_hold_their_own_islands():
    wiring = Wiring()
    a, b, c, d = wiring.nodes(4)
    wiring.add(feed_block(a, 415.0))
    wiring.add(converter_block([a, c], [b, d], volts=415.0))
    wiring.line(b, c, [1e-3])
    wiring.add(load_block(d, 0, [5e5]))
    power = solve_power(wiring.net(), np.array([[5e5]]))
    np.testing.assert_allclose(np.abs(power.node_voltage_ratio[[1, 3], 0]), 1.0, rtol=1e-12)
    assert power.converter_out_w[0, 0] == pytest.approx(
        power.converter_in_w[1, 0] + power.line_loss_w[0, 0], rel=1e-10
    )
    assert power.feed_power_va.real.sum() == pytest.approx(spent(power)[0], rel=1e-10)


def test_a_transformer_loses_what_its_plate_says():
    wiring = Wiring()
    high, low = wiring.nodes(2)
    wiring.add(feed_block(high, 20e3))
    unit = wiring.add(transformer_block(high, low))
    wiring.add(load_block(low, 0, [1.5e6], factor=1.0))
    net = wiring.net()
    got = results_of(net, solve_power(net, np.array([[1.5e6]])), unit)
    secondary = got["current_a"] * np.sqrt(3.0) * 415.0 / 2e6
    assert got["loss_w"][0, 0] == pytest.approx(transformer_loss(secondary, 1305.0, 15e3)[0, 0], rel=1e-12)
    assert got["power_in_w"][0, 0] - got["power_out_w"][0, 0] == pytest.approx(got["loss_w"][0, 0], rel=1e-9)


def test_an_idle_transformer_on_a_lower_tap_gives_its_ratio():
    wiring = Wiring()
    high, low = wiring.nodes(2)
    wiring.add(feed_block(high, 20e3))
    wiring.add(transformer_block(high, low, primary=19e3, core_w=0.0))
    wiring.add(load_block(low, 0, [0.0]))
    power = solve_power(wiring.net(), np.zeros((1, 1)))
    assert np.abs(power.node_voltage_ratio[1, 0]) == pytest.approx(20.0 / 19.0, rel=1e-12)


def test_the_voltages_are_those_of_a_direct_solution_with_the_same_currents():
    net, wanted = hall(4, seed=3)
    power = solve_power(net, wanted)
    volts = power.node_voltage_ratio[:, 0] * net.nominal_v[:, 0]
    lines, units = net.lines, net.transformers
    size = net.node.size
    matrix = scipy.sparse.lil_array((size, size), dtype=complex)
    for a, b, r, x in zip(
        lines.a, lines.b, lines.resistance_ohm[:, 0], lines.reactance_ohm[:, 0], strict=True
    ):
        y = 1.0 / (r + 1j * x)
        for i, j, value in ((a, a, y), (b, b, y), (a, b, -y), (b, a, -y)):
            matrix[i, j] += value
    for row, (a, b) in enumerate(zip(units.a, units.b, strict=True)):
        rated, low, high = units.rated_va[row, 0], units.secondary_v[row, 0], units.primary_v[row, 0]
        r = units.load_loss_w[row, 0] / rated
        y = rated / low**2 / (r + 1j * np.sqrt(units.impedance_ratio[row, 0] ** 2 - r**2))
        t = high / low
        core = units.no_load_loss_w[row, 0] / high**2
        for i, j, value in ((a, a, y / t**2 + core), (b, b, y), (a, b, -y / t), (b, a, -y / t)):
            matrix[i, j] += value
    right = np.zeros(size, dtype=complex)
    drawn = power.input_power_w[:, 0] * (1.0 + 1j * np.tan(np.arccos(0.98)))
    np.subtract.at(right, net.consumers.node, (drawn / volts[net.consumers.node]).conj())
    into = power.converter_in_w[:, 0] * (1.0 + 1j * np.tan(np.arccos(0.99)))
    np.subtract.at(right, net.converters.a, (into / volts[net.converters.a]).conj())
    held = np.concatenate([net.feeds.node, net.converters.b])
    matrix[held] = 0.0
    matrix[held, held] = 1.0
    right[held] = volts[held]
    direct = scipy.sparse.linalg.spsolve(matrix.tocsc(), right)
    np.testing.assert_allclose(volts, direct, rtol=1e-9)


def test_the_order_of_blocks_and_nodes_changes_nothing():
    rng = np.random.default_rng(1)
    net, wanted = hall(2, seed=5)
    place = rng.permutation(net.node.size)
    order = {}

    def moved(table):
        changes = {name: place[getattr(table, name)] for name in ("a", "b", "node") if hasattr(table, name)}
        if hasattr(table, "a"):
            turn = order[type(table)] = rng.permutation(table.a.size)
            fields = table.__dataclass_fields__
            return type(table)(**{f: changes.get(f, getattr(table, f))[turn] for f in fields})
        return dataclasses.replace(table, **changes)

    volts = np.empty_like(net.nominal_v)
    volts[place] = net.nominal_v
    other = dataclasses.replace(
        net, nominal_v=volts, lines=moved(net.lines), transformers=moved(net.transformers),
        converters=moved(net.converters), consumers=moved(net.consumers), feeds=moved(net.feeds),
    )  # fmt: skip
    first, second = solve_power(net, wanted), solve_power(other, wanted)
    np.testing.assert_allclose(second.node_voltage_ratio[place], first.node_voltage_ratio, rtol=1e-11)
    turn = order[type(net.converters)]
    np.testing.assert_allclose(second.converter_loss_w, first.converter_loss_w[turn], rtol=1e-10)


def test_a_batch_of_variants_is_each_of_them_alone():
    net, wanted = hall(3, variants=4, seed=2, failures=True)
    together = solve_power(net, wanted)
    for variant in range(4):
        one = slice(variant, variant + 1)
        alone = dataclasses.replace(
            net, variants=1, lines=_variant(net.lines, one), transformers=_variant(net.transformers, one),
            converters=_variant(net.converters, one), consumers=_variant(net.consumers, one),
            feeds=_variant(net.feeds, one),
        )  # fmt: skip
        single = solve_power(alone, wanted[:, one])
        np.testing.assert_allclose(
            together.node_voltage_ratio[:, one], single.node_voltage_ratio, rtol=1e-10, atol=1e-15
        )


def _variant(table, one):
    wide = {f: getattr(table, f) for f in table.__dataclass_fields__ if getattr(table, f).ndim == 2}
    return dataclasses.replace(table, **{f: v if v.shape[1] == 1 else v[:, one] for f, v in wide.items()})


def test_a_start_from_another_load_ends_at_the_same_state():
    net, wanted = hall(3, variants=2, seed=7)
    warm = solve_power(net, wanted, solve_power(net, 0.5 * wanted))
    cold = solve_power(net, wanted)
    np.testing.assert_allclose(warm.node_voltage_ratio, cold.node_voltage_ratio, rtol=1e-11)
    again = solve_power(net, wanted, cold)
    assert again.passes <= 2


def test_a_start_from_collapse_recovers():
    wiring = Wiring()
    source, end = wiring.nodes(2)
    wiring.line(source, end, [0.05], [0.03])
    wiring.add(feed_block(source, 400.0))
    wiring.add(load_block(end, 0, [6e4]))
    net = wiring.net()
    fallen = solve_power(net, np.array([[3e6]]))
    again = solve_power(net, np.array([[6e4]]), fallen)
    assert fallen.limited.all()
    assert not again.limited.any()
    assert again.consumer_power_w[0, 0] == pytest.approx(6e4, rel=1e-11)


def test_an_open_line_leaves_what_is_behind_it_dead():
    wiring = Wiring()
    a, b, c = wiring.nodes(3)
    wiring.line([a, b], [b, c], 0.01)
    wiring.add(feed_block(a, 415.0))
    wiring.add(load_block([b, c], [0, 1], [1e4, 1e4]))
    net = wiring.net(in_service=np.array([[True], [False]]))
    power = solve_power(net, np.full((2, 1), 1e4))
    assert power.node_alive[:, 0].tolist() == [True, True, False]
    assert power.dropped[:, 0].tolist() == [False, True]
    assert power.line_current_a[1, 0] == 0.0


def test_a_ring_divides_its_current_by_impedance():
    wiring = Wiring()
    a, b = wiring.nodes(2)
    wiring.line([a, a], [b, b], [0.01, 0.03])
    wiring.add(feed_block(a, 415.0))
    wiring.add(load_block(b, 0, [1e5]))
    power = solve_power(wiring.net(), np.array([[1e5]]))
    ratio = power.line_current_a[0, 0] / power.line_current_a[1, 0]
    assert ratio == pytest.approx(3.0, rel=1e-11)


def test_conductors_that_join_two_nominal_voltages_are_refused():
    wiring = Wiring()
    a, b = wiring.nodes(2)
    wiring.add(feed_block([a, b], [20e3, 415.0]))
    wiring.line(a, b, [0.1])
    with pytest.raises(InputError, match="20000 V is joined to 415 V at node 1"):
        wiring.net()


def test_a_conductor_without_impedance_is_refused():
    wiring = Wiring()
    a, b = wiring.nodes(2)
    wiring.add(feed_block(a, 415.0))
    wiring.line(a, b, [0.0], [0.0])
    with pytest.raises(InputError, match="conductor to node 1 has no impedance"):
        wiring.net()


def test_a_transformer_that_loses_more_than_its_impedance_is_refused():
    wiring = Wiring()
    a, b = wiring.nodes(2)
    wiring.add(feed_block(a, 20e3))
    wiring.add(transformer_block(a, b, impedance=0.005))
    with pytest.raises(InputError, match="load loss is above"):
        wiring.net()


def test_a_converter_without_a_loss_curve_is_refused():
    wiring = Wiring()
    a, b = wiring.nodes(2)
    wiring.add(feed_block(a, 415.0))
    wiring.add(converter_block(a, b, loss=(np.nan, 0.0, 0.0)))
    with pytest.raises(InputError, match="fixed_loss_ratio is not known"):
        wiring.net()


def test_a_converter_that_feeds_the_utility_is_refused():
    wiring = Wiring()
    a, b, c = wiring.nodes(3)
    wiring.add(feed_block([a, c], 415.0))
    wiring.add(converter_block(a, b))
    wiring.line(b, c, [0.01])
    with pytest.raises(ConvergenceError, match="a utility or a generator holds") as refused:
        solve_power(wiring.net(), np.zeros((0, 1)))
    assert refused.value.component == "node 1"


def test_power_that_is_no_number_is_refused():
    with pytest.raises(ConvergenceError, match="wanted at node 1 is no number"):
        end_of_line(np.nan)


def test_a_load_reports_the_lowest_voltage_of_its_inputs_alive():
    net = two_sided(2, lost=[(0, 1)])
    power = solve_power(net, np.full((1, 2), 100e3))
    block = next(b for b in net.blocks if type(b).__name__ == "Load")
    got = results_of(net, power, block)
    assert got["power_w"][0] == pytest.approx([1e5, 1e5], rel=1e-11)
    assert got["voltage_ratio"][0] == pytest.approx(power.input_voltage_ratio[1], rel=1e-12)
    assert got["current_a"][0] == pytest.approx(power.input_current_a.sum(axis=0), rel=1e-12)
