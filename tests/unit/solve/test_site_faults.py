"""Laws of short-circuit currents in a facility."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, column, converter_block, feed_block, hall, transformer_block
from twin.model.element import Feed
from twin.solve.site_faults import site_faults

ROOT3 = np.sqrt(3.0)
FACTOR = 0.95 * 1.1 / (1.0 + 0.6 * np.sqrt(0.06**2 - (15e3 / 2e6) ** 2))
GRID = 1.1 * 415.0**2 / 5e8 / np.hypot(1.0, 0.1) * (0.1 + 1j)
TRANSFORMER = FACTOR * 415.0**2 / 2e6 * (15e3 / 2e6 + 1j * np.sqrt(0.06**2 - (15e3 / 2e6) ** 2))


def path(*, units=1, cable=(1e-4, 2e-4), cold=None, feeds=None, on=None, **ups):
    """Return grid, transformer, board, UPS side by side, their output, and a cable to a rack."""
    wiring = Wiring()
    grid, board, out, rack = wiring.nodes(4)
    for feed in feeds or [replace(feed_block(grid, 20e3), rx_ratio=np.array([[0.1]]))]:
        wiring.add(replace(feed, node=feed.node % 4))
    wiring.add(transformer_block(grid, board))
    bypass = ups.pop("bypass", 1.0)
    made = converter_block(np.full(units, board), np.full(units, out), in_service=on)
    fault = column(ups.pop("fault_a", np.full(units, np.nan)))
    wiring.add(replace(made, fault_a=fault, bypass_ratio=np.full((units, 1), bypass)))
    wiring.line(out, rack, [cable[0]], [cable[1]])
    net = wiring.net(1 if on is None else on.shape[1])
    if cold is not None:
        hot = replace(net.lines, cold_ohm=column(cold[0]), end_k=column(cold[1]))
        net = replace(net, lines=hot)
    return net


def test_with_the_ups_in_bypass_the_board_and_what_is_behind_it_see_grid_and_transformer():
    found = site_faults(path())
    board = 1.1 * 415.0 / (ROOT3 * abs(GRID + TRANSFORMER))
    rack = 1.1 * 415.0 / (ROOT3 * abs(GRID + TRANSFORMER + 1e-4 + 2e-4j))
    np.testing.assert_allclose(found.ikss_max_a[1:, 0], [board, board, rack], rtol=1e-4)
    assert found.ip_a[1, 0] > np.sqrt(2.0) * 1.6 * board


def test_behind_an_inverter_every_fault_gets_its_current_and_no_more():
    found = site_faults(path(fault_a=[3100.0]))
    np.testing.assert_allclose(found.ikss_min_a[2:, 0], 3100.0, rtol=1e-12)
    pair = site_faults(path(units=2, fault_a=[3100.0, 2000.0]))
    np.testing.assert_allclose(pair.ikss_min_a[2:, 0], 5100.0, rtol=1e-12)
    one = site_faults(path(units=2, fault_a=[3100.0, 2000.0], on=np.array([[True], [False]])))
    np.testing.assert_allclose(one.ikss_min_a[2:, 0], 3100.0, rtol=1e-12)


def test_what_an_inverter_or_a_grid_does_not_declare_is_not_established():
    found = site_faults(path(units=2, fault_a=[3100.0, np.nan]))
    assert np.isnan(found.ikss_min_a).all()
    assert np.isfinite(found.ikss_max_a).all()
    declared = replace(feed_block(0, 20e3), least_short_circuit_va=np.array([[3e8]]))
    found = site_faults(path(feeds=[declared]))
    assert found.ikss_min_a[0, 0] == pytest.approx(3e8 / (ROOT3 * 20e3), rel=1e-12)
    assert np.isnan(found.ikss_min_a[2:]).all()


def test_with_its_bypass_locked_out_a_ups_gives_its_inverter_current_at_most():
    found = site_faults(path(bypass=0.0, fault_a=[3100.0]))
    np.testing.assert_allclose(found.ikss_max_a[2:, 0], 3100.0, rtol=1e-12)
    np.testing.assert_allclose(found.ip_a[2:, 0], np.sqrt(2.0) * 3100.0, rtol=1e-12)


def test_greatest_currents_take_cold_conductors_and_least_ones_hot_conductors():
    grid = replace(feed_block(0, 20e3), least_short_circuit_va=np.array([[5e8]]))
    wiring = Wiring()
    source, end = wiring.nodes(2)
    wiring.add(grid)
    wiring.line(source, end, [1.2], [0.5])
    net = wiring.net()
    net = replace(net, lines=replace(net.lines, cold_ohm=column([1.0]), end_k=column([293.15 + 100.0])))
    found = site_faults(net)
    own = 1j * 20e3**2 / 5e8
    assert found.ikss_max_a[1, 0] == pytest.approx(
        1.1 * 20e3 / (ROOT3 * abs(1.1 * own + 1.0 + 0.5j)), rel=1e-9
    )
    assert found.ikss_min_a[1, 0] == pytest.approx(20e3 / (ROOT3 * abs(own + 1.4 + 0.5j)), rel=1e-9)


def test_a_generator_stands_behind_its_corrected_subtransient_reactance():
    machine = replace(
        feed_block(1, 415.0), short_circuit_va=np.array([[2.5e6 / 0.14]]), rated_va=np.array([[2.5e6]]),
        sine_ratio=np.array([[0.6]]),
    )  # fmt: skip
    idle = replace(feed_block(0, 20e3), in_service=np.array([[False]]))
    found = site_faults(path(feeds=[idle, machine]))
    factor = 1.1 / (1.0 + 0.14 * 0.6)
    greatest = 1.1 * 415.0 / (ROOT3 * factor * 0.14 * 415.0**2 / 2.5e6)
    assert found.ikss_max_a[1, 0] == pytest.approx(greatest, rel=1e-9)
    assert found.ikss_min_a[1, 0] == pytest.approx(greatest * 0.9 / 1.1, rel=1e-9)


def test_without_a_source_there_is_no_current():
    idle = Feed(
        **{f: getattr(feed_block(0, 20e3), f) for f in Feed.__dataclass_fields__}
        | {"in_service": np.array([[False]])}
    )
    found = site_faults(path(feeds=[idle]))
    assert np.all(found.ikss_max_a == 0.0)


def test_cases_that_switch_alike_are_solved_once_and_each_is_what_it_is_alone():
    net, _ = hall(2, variants=4, seed=3, failures=True)
    net = replace(net, feeds=replace(net.feeds, least_short_circuit_va=0.5 * net.feeds.short_circuit_va))
    whole = site_faults(net)
    for variant in range(4):
        alone = replace(
            net, variants=1,
            **{
                name: replace(table, in_service=table.in_service[:, [variant]])
                for name in ("lines", "transformers", "converters", "feeds")
                if (table := getattr(net, name)) is not None
            },
        )  # fmt: skip
        found = site_faults(alone)
        np.testing.assert_allclose(whole.ikss_max_a[:, [variant]], found.ikss_max_a, rtol=1e-9)
        np.testing.assert_allclose(whole.ikss_min_a[:, [variant]], found.ikss_min_a, rtol=1e-9)
