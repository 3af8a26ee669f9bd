"""Laws of transfer switches in the power flow."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.solve.power_halls import (
    Wiring,
    column,
    converter_block,
    feed_block,
    line_block,
    load_block,
    outdoors,
    transformer_block,
)
from twin.errors import ConvergenceError
from twin.model.element import Line
from twin.solve.power import solve_power
from twin.solve.power_supply import find_supply
from twin.solve.power_tree import tree_of
from twin.solve.site_faults import site_faults

OHM = 1e-4


def contacts(preferred, alternate, output, *, on=None):
    a = np.concatenate([np.atleast_1d(preferred), np.atleast_1d(alternate)])
    b = np.tile(np.atleast_1d(output), 2)
    count = len(b) // 2
    return Line(
        role="contact", part=np.tile(np.arange(count), 2), a=a, b=b, resistance_ohm=column([OHM] * 2 * count),
        reactance_ohm=column([0.0] * 2 * count), rating_a=column([1e3] * 2 * count), room=outdoors(a),
        priority=np.repeat([[0.0], [1.0]], count, axis=0),
        in_service=np.ones((2 * count, 1), dtype=bool) if on is None else on,
    )  # fmt: skip


def two_feeds(*cases, between=()):
    """Return a switch between two feeds and a load behind it, in cases that say which feeds are alive."""
    wiring = Wiring()
    a, b, out, end = wiring.nodes(4)
    alive = np.array(cases, dtype=bool).T
    wiring.add(feed_block([a, b], 415.0, in_service=alive))
    wiring.add(contacts(a, b, out))
    wiring.line(out, end, 1e-3)
    load = wiring.add(load_block(end, 0, [3e5]))
    for block in between:
        wiring.add(block)
    return wiring.net(len(cases)), load


BOTH, ONLY_A, ONLY_B, NONE = (1, 1), (1, 0), (0, 1), (0, 0)


def test_it_takes_the_preferred_supply_while_that_is_alive_else_the_alternate_else_none():
    net, _ = two_feeds(BOTH, ONLY_A, ONLY_B, NONE)
    power = solve_power(net, np.full((1, 4), 3e5))
    contact = power.line_closed[:2]
    assert contact.tolist() == [[True, True, False, False], [False, False, True, False]]
    given = power.feed_power_va.real
    lost = power.line_loss_w.sum(axis=0)
    np.testing.assert_allclose(given[0], (3e5 + lost) * [1, 1, 0, 0], rtol=1e-10)
    np.testing.assert_allclose(given[1], (3e5 + lost) * [0, 0, 1, 0], rtol=1e-10)
    assert power.dropped[0].tolist() == [False, False, False, True]


def test_the_supply_that_is_not_taken_carries_nothing_and_a_dead_one_is_not_fed_backwards():
    net, _ = two_feeds(ONLY_B)
    power = solve_power(net, np.full((1, 1), 3e5))
    assert power.node_alive[:, 0].tolist() == [False, True, True, True]
    assert power.line_current_a[0, 0] == 0.0


def test_it_stands_as_a_closed_line_would():
    """The same circuit with the switch drawn as the line that it closes."""
    net, _ = two_feeds(ONLY_B)
    wiring = Wiring()
    b, out, end = wiring.nodes(3)
    wiring.add(feed_block(b, 415.0))
    wiring.line([b, out], [out, end], [OHM, 1e-3], [0.0, 6e-4])
    wiring.add(load_block(end, 0, [3e5]))
    drawn = solve_power(wiring.net(), np.full((1, 1), 3e5))
    power = solve_power(net, np.full((1, 1), 3e5))
    assert power.node_voltage_ratio[3, 0] == pytest.approx(drawn.node_voltage_ratio[2, 0], rel=1e-12)


def chain(length, alive):
    """Switches in series: the output of each is the preferred supply of the next; alternates have feeds."""
    wiring = Wiring()
    first, outputs, alternates = wiring.nodes(1), wiring.nodes(length), wiring.nodes(length)
    feeds = np.concatenate([first, alternates])
    wiring.add(feed_block(feeds, 415.0, in_service=np.array(alive, dtype=bool)[:, None]))
    wiring.add(contacts(np.concatenate([first, outputs[:-1]]), alternates, outputs))
    wiring.add(load_block(outputs[-1], 0, [1e5]))
    return wiring.net(), outputs


@pytest.mark.parametrize("length", [1, 2, 5, 9])
def test_a_chain_of_switches_takes_what_stands_nearest_its_head(length):
    for living in range(length + 1):
        alive = np.arange(length + 1) >= living
        net, outputs = chain(length, alive)
        power = solve_power(net, np.full((1, 1), 1e5))
        given = np.flatnonzero(power.feed_power_va[:, 0].real > 1.0)
        assert given.tolist() == [living]
        assert power.node_alive[outputs[-1], 0]


def test_switches_that_wait_for_each_other_are_refused_by_name():
    wiring = Wiring()
    a, b, one, other = wiring.nodes(4)
    wiring.add(feed_block([a, b], 415.0))
    wiring.add(contacts([other, one], [a, b], [one, other]))
    wiring.add(load_block(one, 0, [1e5]))
    with pytest.raises(ConvergenceError, match=r"transfer switch at node 2 .* in a ring") as refusal:
        find_supply(wiring.net())
    assert refusal.value.component == "node 2"


@pytest.mark.parametrize("beside", ["feed", "converter", "switch"])
def test_two_supplies_are_never_put_in_parallel(beside):
    wiring = Wiring()
    a, b, out, third = wiring.nodes(4)
    wiring.add(feed_block([a, b], 415.0))
    wiring.add(contacts(a, b, out))
    wiring.add(load_block(out, 0, [1e5]))
    if beside == "feed":
        wiring.add(feed_block(out, 415.0))
    elif beside == "converter":
        wiring.add(feed_block(third, 415.0))
        wiring.add(converter_block(third, out))
    else:
        wiring.add(feed_block(third, 415.0))
        wiring.line(out, wiring.nodes(1), 1e-4)
        wiring.add(contacts(third, b, wiring.count - 1))
    with pytest.raises(ConvergenceError, match="two supplies would run in parallel"):
        find_supply(wiring.net())


def test_a_converter_behind_a_switch_runs_from_whichever_supply_it_takes():
    wiring = Wiring()
    a, b, out, load = wiring.nodes(4)
    wiring.add(feed_block([a, b], 415.0, in_service=np.array([[True, False], [True, True]])))
    wiring.add(contacts(a, b, out))
    wiring.add(converter_block(out, load))
    wiring.add(load_block(load, 0, [8e5]))
    power = solve_power(wiring.net(2), np.full((1, 2), 8e5))
    np.testing.assert_allclose(power.converter_out_w, 8e5, rtol=1e-10)
    assert (power.feed_power_va.real > 1.0).tolist() == [[True, False], [False, True]]


def test_a_switch_out_of_service_passes_nothing():
    wiring = Wiring()
    a, b, out = wiring.nodes(3)
    wiring.add(feed_block([a, b], 415.0))
    wiring.add(contacts(a, b, out, on=np.zeros((2, 1), dtype=bool)))
    wiring.add(load_block(out, 0, [1e5]))
    assert find_supply(wiring.net()).dropped.all()


def test_a_short_circuit_behind_it_is_fed_by_the_supply_it_takes_only():
    """Two transformers of unlike size: the current behind the switch is that of one of them."""
    wiring = Wiring()
    grid, a, b, out = wiring.nodes(4)
    wiring.add(feed_block(grid, 20e3))
    wiring.add(transformer_block(grid, a, va=2e6, in_service=np.array([[True, False]])))
    wiring.add(transformer_block(grid, b, va=1e6))
    wiring.add(contacts(a, b, out))
    wiring.add(load_block(out, 0, [1e5]))
    found = site_faults(wiring.net(2)).ikss_max_a[out]
    for case, va in enumerate((2e6, 1e6)):
        alone = Wiring()
        grid_, low, behind = alone.nodes(3)
        alone.add(feed_block(grid_, 20e3))
        alone.add(transformer_block(grid_, low, va=va))
        alone.line(low, behind, OHM, 0.0)
        alone.add(load_block(behind, 0, [1e5]))
        assert found[case] == pytest.approx(site_faults(alone.net()).ikss_max_a[behind, 0], rel=1e-9)


def test_a_net_in_which_load_moves_by_itself_or_voltage_is_followed_is_no_tree():
    def net(switch, follow):
        wiring = Wiring()
        a, b, out, end = wiring.nodes(4)
        wiring.add(feed_block([a, b], 415.0, in_service=np.array([[True], [switch]])))
        wiring.add(contacts(a, b, out) if switch else line_block(a, out, OHM, 0.0))
        unit = converter_block(out, end)
        wiring.add(replace(unit, follow_ratio=np.array([[float(follow)]])))
        wiring.add(load_block(end, 0, [1e5]))
        made = wiring.net()
        return made, find_supply(made)

    assert tree_of(*net(switch=False, follow=False)) is not None
    assert tree_of(*net(switch=True, follow=False)) is None
    assert tree_of(*net(switch=False, follow=True)) is None
