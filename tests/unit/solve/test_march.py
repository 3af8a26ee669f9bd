"""Laws of the march in time: batteries to the joule, energy that closes, the step that does not matter."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.support.bench import assembly
from tests.unit.solve.power_halls import (
    column,
    converter_block,
    feed_block,
    line_block,
    load_block,
)
from twin.model.element import Store
from twin.model.facility import Case
from twin.solve.march import march
from twin.solve.march_energy import energy
from twin.solve.march_plan import Switching, plan_of
from twin.solve.march_state import Mode
from twin.solve.power import solve_power
from twin.solve.shapes import follow, integral, longest_above, steepest, training_steps, widest

RATED_W, ENERGY_J, LOAD_W = 1.5e6, 6.0e7, 1.0e6
LOSSLESS = (0.0, 0.0, 0.0)


def plan(
    *, loss=(0.0082, 0.0031, 0.0228), curve=None, recharge=np.nan, lost=None, back=np.inf, energy_j=ENERGY_J
):
    """Return a feed, a cable, a UPS and a load on its busbar; the feed may fail at a time and come back."""
    load = load_block([2], [0], [LOAD_W])
    blocks = [
        feed_block([0], 415.0), line_block([0], [1], 2e-4, 1e-4),
        converter_block([1], [2], rated=RATED_W, loss=loss), load,
        Store(
            role="battery", part=np.arange(1), node=np.array([2]), energy_j=column([energy_j]),
            rated_w=column([RATED_W]), recharge_w=column([recharge]), charge_ratio=column([0.9]),
        ),
    ]  # fmt: skip
    made = assembly(*blocks, nodes=3)
    facility = SimpleNamespace(tables={}, cases=(Case(name="normal"),))
    found = plan_of(facility, made, np.full((1, 1), LOAD_W))
    if curve is not None:
        found = replace(found, curves=(curve,), shape=np.where(found.it, 0, -1))
    if lost is not None:
        out = np.zeros(found.switches.size, dtype=bool)
        feeds = found.net.feeds.node.size
        out[-feeds] = True
        event = Switching(name="loss", lost_s=lost, return_s=back, out=out, ready_s=np.full(out.size, np.inf))
        found = replace(found, events=(event,))
    return found


def steps_curve(ramp=np.nan):
    lengths, phase = training_steps(6, 5.0, 0.7, 0.05)
    target = np.array([1.3e6, LOAD_W, 3e5])[phase]
    return follow(np.r_[2.0, lengths], np.r_[3e5, target], 3e5, ramp, ramp)


def test_a_flat_load_is_the_steady_solution_at_every_instant():
    case = plan()
    run = march(case, 30.0, 1.0)
    wanted = np.where(case.it, LOAD_W, 0.0)[:, None]
    steady = solve_power(case.net if not case.battery.any() else _without_battery(case), wanted)
    np.testing.assert_array_equal(run.instants.feed_power_va[0], steady.feed_power_va[0, 0])
    assert run.solved == run.factorised == 1
    assert np.all(run.stored_j == ENERGY_J)


def _without_battery(case):
    from twin.solve.march_stores import switched

    return switched(case.net, case.switches[:, None])


def test_a_battery_holds_for_its_energy_over_its_power_and_the_load_drops_at_that_instant():
    run = march(plan(lost=3.0), 300.0, 7.0)
    power = run.given_w[0, run.mode[0] == Mode.GIVES]
    assert np.ptp(power) == 0.0
    assert power[0] > LOAD_W
    assert run.lost_s[np.flatnonzero(run.plan.it)[0]] == pytest.approx(3.0 + ENERGY_J / power[0], rel=1e-12)
    after = run.time_s > run.lost_s.min()
    assert run.stored_j[0, -1] == 0.0
    assert np.all(run.instants.consumer_power_w[0, after] == 0.0)


def test_a_lossless_battery_under_a_ramping_load_is_empty_where_the_parabola_says():
    curve = np.array([0.0, 100.0]), np.array([4e5, 1.2e6])
    run = march(plan(loss=LOSSLESS, curve=curve, lost=10.0), 100.0, 3.0)
    slope, first = 8e3, 4e5 + 8e3 * 10.0
    wait = (np.sqrt(first**2 + 2.0 * slope * ENERGY_J) - first) / slope
    assert run.lost_s.min() == pytest.approx(10.0 + wait, rel=1e-9)


@pytest.mark.parametrize("curve", [steps_curve(), steps_curve(ramp=5e5)], ids=["jumps", "ramps"])
def test_energy_closes_through_loss_discharge_return_and_recharge(curve):
    run = march(plan(curve=curve, lost=7.0, back=20.0, recharge=2e5), 60.0, 0.5)
    closed = energy(run)
    assert closed.residual_ratio <= 1e-9
    assert {Mode.GIVES, Mode.RECHARGES} <= set(run.mode[0])
    assert closed.stored_j < 0.0
    given, taken = (integral(run.time_s, p)[0, -1] for p in (run.given_w, run.taken_w))
    assert closed.stored_j == pytest.approx(0.9 * taken - given, rel=1e-9)


def test_what_straight_lines_lose_of_a_bent_loss_falls_with_the_square_of_the_step():
    curve = np.array([0.0, 40.0]), np.array([2e5, 1.4e6])
    losses = [energy(march(plan(curve=curve), 40.0, step)).loss_j for step in (8.0, 4.0, 2.0, 1.0)]
    errors = np.abs(np.diff(losses))
    np.testing.assert_allclose(errors[:-1] / errors[1:], 4.0, rtol=0.05)


def test_halving_the_step_changes_no_event_time():
    runs = [march(plan(curve=steps_curve(), lost=7.0, energy_j=2e7), 60.0, step) for step in (2.0, 1.0)]
    times = [run.lost_s.min() for run in runs]
    assert np.isfinite(times[0])
    assert times[0] == pytest.approx(times[1], rel=1e-9)


def test_the_load_stays_off_when_supply_is_back_and_the_battery_fills_to_its_last_joule():
    run = march(plan(lost=3.0, back=80.0, recharge=5e5), 300.0, 5.0)
    assert run.lost_s.min() < 80.0
    assert run.instants.consumer_power_w[0, -1] == 0.0
    assert run.stored_j[0, -1] == ENERGY_J
    assert run.mode[0, -1] == Mode.IDLE
    full = run.time_s[run.mode[0] == Mode.RECHARGES].max()
    assert full == pytest.approx(80.0 + ENERGY_J / (0.9 * 5e5), rel=1e-9)


def test_equal_instants_are_solved_once_and_a_stretch_is_factorised_once():
    run = march(plan(curve=steps_curve(), lost=7.0, back=20.0), 60.0, 0.1)
    assert run.time_s.size > 600
    assert run.factorised <= 3
    assert run.solved <= 3 * 3


def test_a_ramp_limit_is_honoured_at_the_load_and_seen_at_the_feed():
    time, power = steps_curve(ramp=4e5)
    assert np.abs(np.diff(power)).max() <= 4e5 * np.diff(time).max()
    assert steepest(time, power, 0.1)[0] <= 4e5 * (1 + 1e-9)
    run = march(plan(loss=LOSSLESS, curve=(time, power)), 30.0, 0.5)
    seen, _ = steepest(run.time_s, run.instants.feed_power_va[0].real, 0.1)
    assert 4e5 <= seen <= 4e5 * 1.05


def test_ramps_and_swings_are_those_of_a_fine_sampling():
    time, power = steps_curve(ramp=3e5)
    fine = np.linspace(time[0], time[-1], 200_001)
    curve = np.interp(fine, time, power)
    step = fine[1] - fine[0]
    for window in (0.5, 2.0):
        wide = round(window / step)
        brute = np.abs(curve[wide:] - curve[:-wide]).max() / window
        assert steepest(time, power, window)[0] == pytest.approx(brute, rel=1e-3)
        blocks = np.lib.stride_tricks.sliding_window_view(curve, wide + 1)[::50]
        assert widest(time, power, window)[0] == pytest.approx(np.ptp(blocks, axis=1).max(), rel=5e-3)


def test_a_jump_counts_whole_in_any_window():
    time, power = np.array([0.0, 1.0, 1.0, 5.0]), np.array([1.0, 1.0, 4.0, 4.0])
    assert steepest(time, power, 0.25)[0] == pytest.approx(12.0)
    assert widest(time, power, 0.25)[0] == 3.0


def test_time_above_a_limit_is_counted_between_crossings_and_over_jumps():
    time = np.array([0.0, 2.0, 4.0, 5.0, 5.0, 6.0])
    power = np.array([0.0, 2.0, 0.0, 0.0, 9.0, 9.0])
    assert longest_above(time, power, 1.0) == pytest.approx(2.0)
    assert longest_above(time, power, 8.0) == pytest.approx(1.0)
    assert longest_above(time, power, 10.0) == 0.0
