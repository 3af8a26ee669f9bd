"""Pressure waves and rigid columns on small networks."""

import numpy as np
import pytest

from tests.support.bench import col, ints, vessel
from tests.support.surge_bench import WATER_KG_M3, column, replace, run, steady_of, through
from twin.errors import ConvergenceError
from twin.model.element import Mover, Path, Valve
from twin.solve.hammer_bound import bound, seat, stopping
from twin.solve.hammer_grid import best_step, divide
from twin.solve.hammer_loop import loop_of

WAVE_M_S = 1200.0
PUMP = {
    "shutoff_pa": col(3e5),
    "quadratic_pa_s2_m6": col(-1.5e9),
    "efficiency": col(0.6),
    "rated_power_w": col(4e3),
}


def pipe(a, b, length_m=60.0, diameter_m=0.1, part=0, **more):
    return Path(
        role="pipe", part=ints(part), a=ints(a), b=ints(b), length_m=col(length_m),
        diameter_m=col(diameter_m), roughness_m=col(4.5e-5), **more,
    )  # fmt: skip


def pipes(*ends, length_m=60.0, diameters_m=None, **more):
    a, b = zip(*ends, strict=True)
    bores = [0.1] * len(ends) if diameters_m is None else diameters_m
    return Path(
        role="pipe", part=np.arange(len(ends)), a=np.array(a), b=np.array(b), diameter_m=col(*bores),
        length_m=np.full((len(ends), 1), float(length_m)), roughness_m=np.full((len(ends), 1), 4.5e-5),
        **more,
    )  # fmt: skip


def valve(a, b, loss_pa=1e5, at_m3_s=0.01, part=50, **more):
    return Valve(
        role="valve",
        part=ints(part),
        a=ints(a),
        b=ints(b),
        quadratic_pa_s2_m6=col(loss_pa / at_m3_s**2),
        **more,
    )


def line(loss_pa=1e5, **more):
    """Return a reservoir, a pipe of 60 m, and a valve to the open."""
    return steady_of(
        vessel(0, 3e5), vessel(2, 0.0), pipe(0, 1), valve(1, 2, loss_pa=loss_pa), nodes=3, wave_m_s=WAVE_M_S,
        **more,
    )  # fmt: skip


def ring(**more):
    """Return a closed loop: vessel, pump with check valve, pipe, a valve, pipe back."""
    pump = Mover(role="pump", part=ints(40), a=ints(0), b=ints(1), check_valve=True, **PUMP, **more)
    return steady_of(vessel(0, 1e5), pump, pipes((1, 2), (3, 0)), valve(2, 3), nodes=4, wave_m_s=WAVE_M_S)


@pytest.mark.parametrize("rigid", [False, True])
def test_without_an_event_nothing_moves(rigid):
    for steady in (line(), ring()):
        found = run(steady, 1e-3, 1.0, rigid=rigid)
        moved = np.abs(found.pressure_pag - found.grid.loop.pressure_pag).max()
        assert moved < 1e-6 * np.abs(found.grid.loop.pressure_pag).max()


def test_a_valve_that_shuts_at_once_raises_pressure_as_joukowsky_says():
    steady = line()
    found = run(steady, 1e-4, 0.09, closes=ints(1), close_s=1e-4)
    stopped = steady.flow_kg_s[1] / WATER_KG_M3 / (0.25 * np.pi * 0.1**2)
    rise = column(found, 1) - steady.pressure_pag[1]
    assert rise[len(rise) // 2] == pytest.approx(WATER_KG_M3 * WAVE_M_S * stopped, rel=0.02)


def test_anything_faster_than_the_wave_and_back_is_as_high_as_at_once():
    steady = line()
    peaks = [run(steady, 1e-3, 0.3, closes=ints(1), close_s=t).highest_pag[1] for t in (0.001, 0.02, 0.08)]
    assert peaks == pytest.approx([peaks[0]] * 3, rel=0.02)
    assert run(steady, 1e-3, 0.6, closes=ints(1), close_s=0.4).highest_pag[1] < 0.7 * peaks[0]


def test_the_bound_holds_for_every_time_of_closing():
    steady = line(loss_pa=2.5e5)
    loop = loop_of(steady, ints(0))
    stops, flow = stopping(loop, loop.local(ints(1))), loop.flow_kg_s[loop.local(ints(1))]
    for time in (0.01, 0.1, 0.2, 0.5, 2.0):
        peak = run(steady, 1e-3, time + 0.5, closes=ints(1), close_s=time, evenly=True).highest_pag[1]
        assert peak - 3e5 <= bound(stops, flow, np.array([time]))[0] * 1.001
    at_once = flow[0] * stops[0][0]
    assert bound(stops, flow, np.array([0.05]))[0] == pytest.approx(at_once)
    assert bound(stops, flow, np.array([1.0]))[0] == pytest.approx(at_once * 2.0 * 60.0 / WAVE_M_S)


@pytest.mark.parametrize("share", [0.8, 0.3, 0.1, 0.03])
def test_the_bound_holds_for_a_valve_that_takes_little_of_the_drop_until_it_is_nearly_shut(share):
    drop_pa, flow_m3_s = 2e5, 0.0157
    rest = valve(0, 1, loss_pa=(1.0 - share) * drop_pa, at_m3_s=flow_m3_s, part=40)
    closing = valve(2, 3, loss_pa=share * drop_pa, at_m3_s=flow_m3_s)
    ends = vessel(0, 4e5), vessel(3, 2e5)
    steady = steady_of(*ends, rest, pipe(1, 2, length_m=100.0), closing, nodes=4, wave_m_s=WAVE_M_S)
    loop, at = loop_of(steady, ints(0)), ints(len(steady.net.tail) - 1)
    rows = loop.local(at)
    stops, flow, (even, across) = stopping(loop, rows), loop.flow_kg_s[rows], seat(loop, rows)
    assert 0.5 * np.sqrt(share) < even[0] <= np.sqrt(share)
    for time in (0.3, 1.0, 4.0):
        found = run(steady, 2e-3, 1.2 * time + 0.4, closes=at, close_s=time)
        assert found.highest_pag[2] - 4e5 <= bound(stops, flow, even * time, across)[0]


def test_slow_closing_of_waves_is_that_of_rigid_columns_up_to_what_a_wave_may_add():
    steady, close_s = line(), 2.0
    waves, columns = (
        run(steady, step, 2.5, rigid=rigid, closes=ints(1), close_s=close_s, evenly=True)
        for step, rigid in ((1e-3, False), (5e-3, True))
    )
    high = [found.highest_pag[1] for found in (waves, columns)]
    stopped = steady.flow_kg_s[1] / WATER_KG_M3 / (0.25 * np.pi * 0.1**2)
    # A column that is slowed evenly from one instant to the next swings to twice its rise.
    assert 0.0 <= high[0] - high[1] <= 1.01 * WATER_KG_M3 * 60.0 * stopped / close_s
    # Over one period of the wave both are the same.
    middle = [column(f, 1)[(f.time_s > 0.9) & (f.time_s < 1.1)].mean() for f in (waves, columns)]
    assert middle[0] == pytest.approx(middle[1], rel=0.005)


def smooth(step_s, rigid=False):
    """Return the pressure before a valve that is being closed gently, in a pipe that loses a lot."""
    steady = steady_of(
        vessel(0, 3e5), vessel(2, 0.0), pipe(0, 1, diameter_m=0.04), valve(1, 2), nodes=3, wave_m_s=WAVE_M_S
    )  # fmt: skip
    found = run(
        steady, step_s, 0.6, rigid=rigid, closes=ints(1), close_s=1.0, evenly=True, exponent_ratio=3.0
    )
    return np.interp(0.6, found.time_s, column(found, 1))


def test_the_method_of_characteristics_is_of_second_order_in_the_step():
    steps = 0.05 / np.array([4, 8, 16, 128])
    coarse, middle, fine, exact = (smooth(step) for step in steps)
    errors = np.abs(np.array([coarse, middle, fine]) - exact)
    assert (errors[:-1] / errors[1:] > 3.2).all()


def test_the_rigid_column_is_of_second_order_in_the_step():
    coarse, middle, fine, exact = (smooth(0.6 / n, rigid=True) for n in (15, 30, 60, 960))
    errors = np.abs(np.array([coarse, middle, fine]) - exact)
    assert (errors[:-1] / errors[1:] > 3.2).all()


@pytest.mark.parametrize("closing", [0.01, 0.3])
def test_mass_and_energy_close(closing):
    for steady in (line(), ring()):
        branch = len(steady.net.tail) - 1
        found = run(steady, 1e-3, 0.8, closes=ints(branch), close_s=closing)
        assert found.mass_ratio < 1e-5
        assert found.energy_ratio < 2e-3


def test_without_friction_the_energy_of_a_wave_is_conserved():
    steady = steady_of(
        vessel(0, 3e5), vessel(2, 0.0),
        replace(pipe(0, 1), roughness_m=col(0.0), length_m=col(0.0), quadratic_pa_s2_m6=col(1e-9)),
        valve(1, 2), nodes=3, wave_m_s=WAVE_M_S,
    )  # fmt: skip
    surge = replace(steady.surge, length_m=np.array([60.0, 0.0]))
    steady = replace(steady, surge=surge, wave_m_s=np.array([WAVE_M_S, np.nan]))
    found = run(steady, 2.5e-3, 4.0, closes=ints(1), close_s=2.5e-3)
    later = column(found, 1)[found.time_s > 3.0]
    rise = found.highest_pag[1] - 3e5
    assert later.max() - 3e5 == pytest.approx(rise, rel=1e-6)
    assert 3e5 - later.min() == pytest.approx(rise, rel=1e-6)


def test_a_wave_passes_a_change_of_bore_as_its_impedances_say():
    ends = ((0, 1), (1, 2))
    steady = steady_of(
        vessel(0, 3e5), vessel(3, 0.0), pipes(*ends, diameters_m=[0.2, 0.1]), valve(2, 3), nodes=4,
        wave_m_s=WAVE_M_S,
    )  # fmt: skip
    found = run(steady, 1e-3, 0.09, closes=ints(2), close_s=1e-3)
    area = np.array([0.2, 0.1]) ** 2
    sent = np.interp(0.01, found.time_s, column(found, 2)) - steady.pressure_pag[2]
    passed = np.interp(0.07, found.time_s, column(found, 1)) - steady.pressure_pag[1]
    assert passed / sent == pytest.approx(2.0 * area[1] / area.sum(), rel=0.01)


def test_a_dead_end_doubles_the_wave_that_meets_it():
    # The valve is at node 2; a branch of 60 m from node 1 ends at node 4, capped.
    steady = steady_of(
        vessel(0, 3e5), vessel(3, 0.0), pipes((0, 1), (1, 2), (1, 4)), valve(2, 3), nodes=5, wave_m_s=WAVE_M_S
    )
    found = run(steady, 1e-3, 0.14, closes=ints(3), close_s=1e-3)
    arrives = np.interp(0.08, found.time_s, column(found, 1)) - steady.pressure_pag[1]
    ends = np.interp(0.13, found.time_s, column(found, 4)) - steady.pressure_pag[4]
    assert ends == pytest.approx(2.0 * arrives, rel=0.01)
    assert arrives == pytest.approx(2.0 / 3.0 * (found.highest_pag[2] - steady.pressure_pag[2]), rel=0.02)


def test_a_pump_that_trips_slows_down_as_its_inertia_says_and_the_flow_stops():
    steady = ring(spin_energy_j=col(500.0))
    found = run(steady, 4e-3, 6.0, trips=ints(0), close_s=1.0)
    speed = found.speed_ratio[:, 0]
    assert (np.diff(speed) < 0.0).all()
    # At first the shaft loses what the motor drew: dn/dt = -P / (2 E).
    flow, rise = (
        steady.flow_kg_s[steady.net.mover[0]] / WATER_KG_M3,
        steady.pressure_pag[1] - steady.pressure_pag[0],
    )
    power = np.sqrt((flow * rise / 0.6) ** 2 * 0.75 + (0.5 * 4e3) ** 2)
    assert speed[1] == pytest.approx(1.0 - 4e-3 * power / (2.0 * 500.0), rel=1e-3)
    assert 0.0 <= through(found, int(steady.net.mover[0]))[-1] < 0.3 * steady.flow_kg_s[steady.net.mover[0]]


def test_a_pump_without_inertia_stops_evenly_in_the_given_time():
    found = run(ring(), 1e-2, 2.0, rigid=True, trips=ints(0), stop_s=0.8)
    np.testing.assert_allclose(found.speed_ratio[:, 0], np.maximum(1.0 - found.time_s / 0.8, 0.0), atol=1e-12)


def lift():
    """Return a pump that lifts water through 60 m of pipe to a high reservoir, with a check valve."""
    pump = Mover(role="pump", part=ints(40), a=ints(0), b=ints(1), check_valve=True, **PUMP)
    return steady_of(vessel(0, 0.5e5), vessel(2, 2.5e5), pump, pipe(1, 2), nodes=3, wave_m_s=WAVE_M_S)


@pytest.mark.parametrize("rigid", [False, True])
def test_a_check_valve_shuts_when_the_flow_turns_and_lets_nothing_back(rigid):
    found = run(lift(), 2e-3, 2.0, rigid=rigid, trips=ints(0), stop_s=0.3)
    assert np.isfinite(found.shut_s).sum() == 1
    assert 0.0 < found.shut_s[np.isfinite(found.shut_s)][0] < 1.0
    assert through(found, 1).min() > -1e-9
    assert through(found, 1)[-1] == 0.0


@pytest.mark.parametrize("rigid", [False, True])
def test_a_pipe_with_a_check_valve_lets_nothing_back_either(rigid):
    pump = Mover(role="pump", part=ints(40), a=ints(0), b=ints(1), **PUMP)
    steady = steady_of(
        vessel(0, 0.5e5), vessel(3, 2.5e5), pump, pipe(1, 2, check_valve=True), pipe(2, 3, part=1), nodes=4,
        wave_m_s=WAVE_M_S,
    )  # fmt: skip
    found = run(steady, 2e-3, 2.0, rigid=rigid, trips=ints(0), stop_s=0.3)
    assert through(found, 0).min() > -1e-9
    assert np.isfinite(found.shut_s).sum() == 1


def test_pressure_behind_a_shut_check_valve_swings_about_the_reservoir():
    found = run(lift(), 2e-3, 2.0, trips=ints(0), stop_s=0.3)
    late = column(found, 1)[found.time_s > 1.0]
    assert late.min() < 2.5e5 < late.max()


def test_wave_speeds_are_adjusted_to_whole_steps_and_the_adjustment_is_told():
    loop = loop_of(line(), ints(0))
    grid = divide(loop, 0.0037, np.zeros(2, dtype=bool))
    count = round(60.0 / WAVE_M_S / 0.0037)
    assert grid.reach_count.tolist() == [count]
    assert grid.adjusted_ratio[0] == pytest.approx(60.0 / (count * 0.0037) / WAVE_M_S - 1.0)
    step = best_step(loop, 0.0037, np.zeros(2, dtype=bool))
    best = divide(loop, step, np.zeros(2, dtype=bool))
    assert step <= 0.0037
    assert np.abs(best.adjusted_ratio[0]) < 0.01 < np.abs(grid.adjusted_ratio[0])


def test_a_pipe_too_short_for_the_step_is_a_rigid_column_and_that_is_told():
    steady = steady_of(
        vessel(0, 3e5), vessel(3, 0.0), pipe(0, 1), pipe(1, 2, length_m=0.5, part=1), valve(2, 3), nodes=4,
        wave_m_s=WAVE_M_S,
    )  # fmt: skip
    grid = divide(loop_of(steady, ints(0)), 5e-3, np.zeros(3, dtype=bool))
    assert grid.pipe.tolist() == [0]
    assert grid.rigid_ratio == pytest.approx(0.5 / 60.5)


def test_a_valve_that_regulates_stands_as_it_stood():
    limit = valve(1, 2, loss_pa=2e4, limit_m3_s=col(0.004))
    steady = steady_of(vessel(0, 3e5), vessel(2, 0.0), pipe(0, 1), limit, nodes=3, wave_m_s=WAVE_M_S)
    found = run(steady, 1e-3, 0.5)
    assert np.abs(found.pressure_pag - found.grid.loop.pressure_pag).max() < 0.3
    assert through(found, 1)[-1] == pytest.approx(0.004 * WATER_KG_M3, rel=1e-6)


def test_out_of_service_branches_take_no_part():
    spare = replace(pipe(1, 4, part=3), in_service=np.zeros((1, 1), dtype=bool))
    steady = steady_of(
        vessel(0, 3e5), vessel(2, 0.0), vessel(4, 0.0), pipe(0, 1), spare, valve(1, 2), nodes=5,
        wave_m_s=WAVE_M_S,
    )  # fmt: skip
    loop = loop_of(steady, ints(0))
    assert len(loop.branch) == 2
    peak = run(steady, 1e-3, 0.3, closes=ints(2), close_s=0.01).highest_pag
    assert peak[1] == pytest.approx(
        run(line(), 1e-3, 0.3, closes=ints(1), close_s=0.01).highest_pag[1], rel=1e-9
    )


def test_heights_change_what_stands_and_not_what_moves():
    flat, tall = line(), line(heights=[0.0, 0.0, 0.0])
    high = steady_of(
        vessel(0, 3e5), vessel(2, 0.0 - WATER_KG_M3 * 9.80665 * 4.0), pipe(0, 1), valve(1, 2), nodes=3,
        heights=[0.0, 4.0, 4.0], wave_m_s=WAVE_M_S,
    )  # fmt: skip
    rises = []
    for steady in (flat, tall, high):
        found = run(steady, 1e-3, 0.3, closes=ints(1), close_s=0.01)
        rises.append(found.highest_pag[1] - steady.pressure_pag[1])
    assert rises == pytest.approx([rises[0]] * 3, rel=1e-9)


def test_a_junction_that_does_not_settle_is_named(monkeypatch):
    monkeypatch.setattr("twin.solve.hammer_junction.PASSES", 1)
    monkeypatch.setattr("twin.solve.hammer_junction.SETTLED", 0.0)
    with pytest.raises(ConvergenceError, match="Part_50") as refused:
        run(line(), 1e-3, 0.1, closes=ints(1), close_s=0.01)
    assert refused.value.component == "/Bench/Part_50"
    assert refused.value.equation
