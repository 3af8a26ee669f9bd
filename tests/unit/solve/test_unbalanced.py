"""Laws of facilities in which cords lack phases."""

import dataclasses

import numpy as np
import pytest

from tests.unit.solve.power_halls import (
    Wiring,
    converter_block,
    feed_block,
    hall,
    line_block,
    load_block,
    transformer_block,
)
from twin.errors import ConvergenceError, InputError
from twin.model.phases import PHASES, VECTOR_GROUPS
from twin.solve.power import solve_power
from twin.solve.power_settle import prepare, settle
from twin.solve.site_faults import site_faults
from twin.solve.unbalanced import solve_phases


def both(net, watts):
    """Return the balanced solution and the one phase by phase."""
    running = settle(prepare(net), watts)
    balanced = solve_power(net, watts, running=running)
    return balanced, solve_phases(running.grid, balanced, watts)


def cords(net, words):
    """Return a net whose last lines carry these phases."""
    phases = net.lines.phases.copy()
    phases[len(phases) - len(words) :] = [PHASES[w] for w in words]
    return dataclasses.replace(net, lines=dataclasses.replace(net.lines, phases=phases))


def board(words, watts, *, group="Dyn11", ups=False, factor=0.95):
    """Return a transformer, a board behind it, perhaps a UPS, and a cord with a load for each word."""
    wiring = Wiring()
    n = wiring.nodes(4 + len(words))
    wiring.add(feed_block(n[0], 20e3))
    coil = transformer_block(n[[0]], n[[1]])
    wiring.add(dataclasses.replace(coil, group=np.array([VECTOR_GROUPS.index(group)])))
    wiring.line(n[1], n[2], 1e-3)
    if ups:
        wiring.add(converter_block(n[[2]], n[[3]], rated=2e5))
    else:
        wiring.line(n[2], n[3], 1e-5)
    for k in range(len(words)):
        wiring.line(n[3], n[4 + k], 2e-2)
    watts = np.asarray(watts, dtype=float)
    wiring.add(load_block(n[4:], np.arange(len(words)), watts, factor=factor))
    return cords(wiring.net(), words), watts[:, None]


CLOSE = 1e-9


@pytest.mark.parametrize("group", VECTOR_GROUPS[:4])
@pytest.mark.parametrize("ups", [False, True])
def test_equal_loads_on_three_phases_leave_neutrals_before_them_empty(group, ups):
    net, watts = board(["a", "b", "c"], [1e4, 1e4, 1e4], group=group, ups=ups)
    _, phases = both(net, watts)
    assert phases.line_neutral_a[:-3].max() <= 1e-6
    cord = np.abs(phases.line_current_a[-3:, 0])
    assert cord == pytest.approx(np.full(3, cord[0]), rel=CLOSE)
    assert phases.line_loss_w[-3:, 0] == pytest.approx(2.0 * 2e-2 * cord**2, rel=CLOSE)
    assert abs(phases.line_current_a[1, 0]) == pytest.approx(cord[0], rel=1e-9)


@pytest.mark.parametrize("words", [["a"], ["ab"], ["a", "b"], ["a", "a", "bc"], ["abc", "c"]])
@pytest.mark.parametrize("ups", [False, True])
def test_every_watt_of_the_feed_is_load_or_loss(words, ups):
    net, watts = board(words, [2e4] * len(words), ups=ups)
    _, phases = both(net, watts)
    lost = phases.line_loss_w.sum() + phases.transformer_loss_w.sum() + phases.converter_loss_w.sum()
    assert phases.consumer_power_w[:, 0] == pytest.approx(watts[:, 0], rel=CLOSE)
    assert phases.feed_power_va.real.sum() == pytest.approx(watts.sum() + lost, rel=CLOSE)
    assert phases.residual_ratio.max() <= 1e-9


def test_a_cord_of_one_phase_carries_its_current_in_the_neutral():
    net, watts = board(["a"], [2e4])
    _, phases = both(net, watts)
    assert phases.line_neutral_a[-1, 0] == pytest.approx(abs(phases.line_current_a[-1, 0]), rel=1e-12)
    volts = phases.input_voltage_ratio[0, 0] * 415.0 / np.sqrt(3.0)
    assert abs(phases.line_current_a[-1, 0]) == pytest.approx(2e4 / 0.95 / volts, rel=CLOSE)


def test_a_cord_of_two_phases_needs_no_neutral():
    net, watts = board(["ab"], [2e4])
    _, phases = both(net, watts)
    assert phases.line_neutral_a.max() <= 1e-9 * abs(phases.line_current_a[-1, 0])
    volts = phases.input_voltage_ratio[0, 0] * 415.0
    assert abs(phases.line_current_a[-1, 0]) == pytest.approx(2e4 / 0.95 / volts, rel=CLOSE)


def test_a_ups_draws_from_all_phases_alike_whatever_hangs_behind_it():
    net, watts = board(["a"], [2e4], ups=True)
    _, phases = both(net, watts)
    assert phases.line_neutral_a[0, 0] <= 1e-9 * abs(phases.line_current_a[0, 0])
    assert phases.line_loss_w[0, 0] == pytest.approx(3e-3 * abs(phases.line_current_a[0, 0]) ** 2, rel=CLOSE)


@pytest.mark.parametrize("pods", [1, 3])
def test_a_hall_with_all_phases_alike_is_the_same_phase_by_phase(pods):
    net, watts = hall(pods, variants=3, failures=True)
    running = settle(prepare(net), watts)
    balanced = solve_power(net, watts, running=running)
    assert not net.unbalanced
    phases = solve_phases(running.grid, balanced, watts, everywhere=True)
    for name in (
        "line_loss_w", "line_drop_ratio", "line_voltage_ratio", "transformer_in_w", "transformer_out_w",
        "transformer_loading_ratio", "converter_out_w", "input_power_w", "input_current_a",
        "input_voltage_ratio", "consumer_power_w", "feed_current_a",
    ):  # fmt: skip
        one, other = getattr(balanced, name), getattr(phases, name)
        assert np.abs(one - other).max(initial=0.0) <= CLOSE * max(np.abs(one).max(initial=0.0), 1e-3), name
    assert np.abs(phases.line_current_a) == pytest.approx(
        np.abs(balanced.line_current_a), rel=CLOSE, abs=1e-6
    )
    assert phases.feed_power_va == pytest.approx(balanced.feed_power_va, rel=CLOSE)


def test_a_converter_draws_the_current_of_its_power_at_its_voltage():
    net, watts = board(["a", "b", "a"], [2e4, 1e4, 3e4], ups=True)
    balanced, phases = both(net, watts)
    taken = phases.converter_in_w[0, 0] / 0.99
    volts = abs(phases.node_voltage_ratio[net.converters.a[0], 0]) * 415.0
    assert phases.converter_current_a[0, 0] == pytest.approx(taken / np.sqrt(3.0) / volts, rel=1e-9)
    assert phases.converter_current_a[0, 0] > balanced.converter_current_a[0, 0]


def test_the_least_fault_current_behind_a_cord_of_one_phase_is_not_established():
    net, _ = board(["a", "abc"], [1e4, 1e4])
    behind = net.lines.b[-2:]
    assert np.isnan(site_faults(net).ikss_min_a[behind[0]]).all()
    assert np.isfinite(site_faults(net).ikss_max_a[behind]).all()


def test_variants_whose_sources_hold_other_voltages_are_solved_apart():
    """Two UPS on one board share by rating, so what the leader holds follows the load of each variant."""

    def shared(loads):
        wiring = Wiring()
        n = wiring.nodes(7)
        wiring.add(feed_block(n[0], 415.0))
        wiring.line([n[0], n[0]], n[1:3], 1e-3)
        wiring.add(converter_block(n[1:3], n[3:5], rated=2e5))
        wiring.line(n[3:5], [n[5], n[5]], [1e-3, 4e-3])
        wiring.line(n[5], n[6], 1e-2)
        wiring.add(load_block(n[6], 0, np.ones(1)))
        return cords(wiring.net(len(loads)), ["a"]), np.array([loads])

    _, together = both(*shared([1e4, 4e4]))
    for column, watts in enumerate((1e4, 4e4)):
        _, alone = both(*shared([watts]))
        for name in ("line_loss_w", "converter_out_w", "input_voltage_ratio", "feed_power_va"):
            one, other = getattr(together, name)[:, column], getattr(alone, name)[:, 0]
            np.testing.assert_allclose(one, other, rtol=1e-10, err_msg=name)


def test_a_cord_without_a_neutral_to_draw_from_is_named():
    wiring = Wiring()
    n = wiring.nodes(2)
    wiring.add(feed_block(n[0], 20e3))
    wiring.line(n[0], n[1], 1e-2)
    wiring.add(load_block(n[1], 0, [1e4]))
    net = cords(wiring.net(), ["a"])
    with pytest.raises(InputError) as refused:
        both(net, np.array([[1e4]]))
    assert [fault.code for fault in refused.value.faults] == ["PW009"]


def test_an_inverter_on_direct_current_before_single_phases_is_named():
    wiring = Wiring()
    n = wiring.nodes(4)
    wiring.add(feed_block(n[0], 415.0))
    wiring.add(converter_block(n[[0]], n[[1]], volts=800.0, direct=True))
    wiring.add(converter_block(n[[1]], n[[2]], volts=415.0))
    wiring.add(line_block(n[[2]], n[[3]], 1e-3, 1e-3))
    wiring.add(load_block(n[3], 0, [1e4]))
    net = cords(wiring.net(), ["a"])
    with pytest.raises(ConvergenceError, match="direct current"):
        both(net, np.array([[1e4]]))


def parallel(first, second):
    wiring = Wiring()
    n = wiring.nodes(2)
    wiring.add(feed_block(n[0], 20e3))
    coils = transformer_block(n[[0, 0]], n[[1, 1]])
    number = [VECTOR_GROUPS.index(word) for word in (first, second)]
    wiring.add(dataclasses.replace(coils, group=np.array(number)))
    wiring.add(load_block(n[1], 0, [1e5]))
    return wiring.net()


def test_transformers_in_parallel_turn_voltages_alike():
    solve_power(parallel("Dyn11", "YNd11"), np.array([[1e5]]))
    with pytest.raises(InputError) as refused:
        solve_power(parallel("Dyn11", "Dyn5"), np.array([[1e5]]))
    assert [fault.code for fault in refused.value.faults] == ["PW008"]
    assert "Dyn5" in refused.value.faults[0].found
