"""Repeated power flows of one grid: what is kept of its factors finds what the general path finds."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, feed_block, hall, load_block, transformer_block
from twin.solve import power_settle
from twin.solve.fast import choice
from twin.solve.power import solve_power
from twin.solve.power_settle import narrowed, settle

RACKS = 24


def tree(variants=1, *, feeds=1, consumers_on=None):
    """Return a 20 kV feeder, a transformer, a busway of dual-corded racks; with two feeds it is a mesh."""
    wiring = Wiring()
    sources = wiring.nodes(2)
    high, low = wiring.nodes(1)[0], wiring.nodes(1)[0]
    wiring.line(sources[:feeds], high, 0.5)
    wiring.add(feed_block(sources[:feeds], 20e3))
    wiring.add(transformer_block(high, low))
    bus, taps = wiring.nodes(2, RACKS), wiring.nodes(2, RACKS)
    wiring.line(np.concatenate([[[low], [low]], bus[:, :-1]], axis=1), bus, 4e-5)
    wiring.line(bus, taps, 1e-3)
    watts = np.random.default_rng(3).uniform(10e3, 40e3, (RACKS, variants))
    on = np.ones((RACKS, 1), dtype=bool) if consumers_on is None else consumers_on
    wiring.add(load_block(taps.ravel(), np.tile(np.arange(RACKS), 2), np.ones(RACKS), in_service=on))
    return wiring.net(variants), watts


def again(net, watts, times=5):
    """Return the solution after loads went around and came back."""
    power = None
    for number in range(times):
        power = solve_power(net, watts * (1.0 if number == times - 1 else 0.6 + 0.1 * number), power)
    return power


def same(one, other):
    for field in dataclasses.fields(one):
        values = getattr(one, field.name)
        if isinstance(values, np.ndarray) and field.name != "residual_ratio":
            scale = max(np.abs(values[np.isfinite(values)]).max(initial=0.0), 1e-300)
            np.testing.assert_allclose(
                getattr(other, field.name), values, rtol=1e-10, atol=1e-11 * scale, err_msg=field.name
            )


@pytest.fixture(params=["0", "1"])
def path(request, monkeypatch):
    """By numpy, then by compiled kernels."""
    if request.param == "1":
        pytest.importorskip("numba")
    monkeypatch.setenv("TWIN_FAST", request.param)
    return request.param


@pytest.mark.parametrize("feeds", [1, 2])
@pytest.mark.parametrize("variants", [1, 70])
def test_what_is_kept_of_the_factors_finds_the_same_state(path, variants, feeds):
    net, watts = tree(variants, feeds=feeds)
    power = again(net, watts)
    assert power.running.kept is not None
    same(solve_power(net, watts), power)
    assert power.residual_ratio.max() < 1e-10


def test_variants_that_leave_take_what_is_kept_along(path):
    net, watts = tree(40)
    which = np.array([3, 17, 39])
    power = again(net, watts)
    part = settle(narrowed(power.running, which), 0.9 * watts[:, which])
    assert part.kept is power.running.kept
    whole = solve_power(net, 0.9 * watts)
    np.testing.assert_allclose(1.0 + part.state.deviation, whole.node_voltage_ratio[:, which], rtol=1e-11)


def test_a_load_that_pulls_its_voltage_down_is_left_to_the_general_path(path):
    net, watts = tree()
    power = again(net, watts)
    much = watts * np.where(np.arange(RACKS) == RACKS - 1, 900.0, 1.0)[:, None]
    low, fresh = solve_power(net, much, power), solve_power(net, much)
    assert low.limited.any()
    same(fresh, low)
    same(power, solve_power(net, watts, low))


def test_consumers_out_of_service_in_some_variants_draw_nothing(path):
    on = np.ones((RACKS, 3), dtype=bool)
    on[4, 1] = on[7, 2] = False
    net, watts = tree(3, consumers_on=on)
    power = again(net, watts)
    assert power.running.kept is not None
    assert (power.consumer_power_w[~on] == 0.0).all()
    same(solve_power(net, watts), power)


def test_converters_and_switches_that_differ_are_for_the_general_path():
    for failures in (False, True):
        net, wanted = hall(2, variants=3, failures=failures)
        power = again(net, wanted)
        assert power.running.kept is None
        same(solve_power(net, wanted), power)


def test_nothing_is_kept_before_factors_have_served_twice(monkeypatch):
    made = []
    monkeypatch.setattr(power_settle, "kept_of", lambda *_: made.append(1))
    net, watts = tree()
    again(net, watts, times=2)
    assert not made
    again(net, watts, times=9)
    assert len(made) == 1


def test_a_pass_more_is_needed_for_every_two_digits():
    net, watts = tree()
    power = again(net, watts)
    passes = [
        settle(power.running, 0.8 * watts, accuracy).passes - power.running.passes
        for accuracy in (1e-4, 1e-8, 1e-12)
    ]
    assert passes == sorted(passes)
    assert passes[-1] <= 10


def test_kernels_of_currents_are_loaded_only_when_much_was_solved(monkeypatch):
    monkeypatch.delenv("TWIN_FAST", raising=False)
    monkeypatch.delitem(sys.modules, choice.POWER, raising=False)
    monkeypatch.setattr(choice.TALLY, "solved", choice.Counter())
    net, watts = tree()
    again(net, watts)
    assert choice.POWER not in sys.modules
