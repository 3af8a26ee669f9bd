"""Branch laws beyond friction, and valves that keep a pressure, on networks small enough to be worked out."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints
from tests.unit.solve.loops import (
    WATER_KG_M3,
    drop,
    flow_net,
    made,
    pipes,
    pumps,
    resistors,
    solved,
    valves,
    vessel,
    volume,
    water,
)
from twin.errors import ConvergenceError
from twin.laws.curves import along, cubics
from twin.laws.friction import darcy_drop_swamee_jain
from twin.model.element import Controller, Friction, Keeps, Path
from twin.solve.flow import mass_gaps, prepare, solve_flow
from twin.solve.keepers import ACTIVE, OPEN, SHUT

FEED_PAG = 5e5


def outlet(node, pressure_pag=0.0):
    """Return a place that takes fluid from the network, or gives it."""
    return replace(vessel(node, pressure_pag), open_ended=True)


def demand(node, sink, flow_m3_s):
    return pumps([(node, sink)], shutoff=0.0, quadratic=0.0, held_m3_s=flow_m3_s)


# ----------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize("exponent", [1.0, 1.852, 2.0])
def test_a_power_law_passes_the_root_of_the_difference(exponent):
    path = made(Path, "main", [(0, 1)], power_pa=1e8, exponent_ratio=exponent)
    net, flow = solved(path, outlet(0, FEED_PAG), outlet(1), nodes=2)
    assert volume(net, flow, path)[0, 0] == pytest.approx((FEED_PAG / 1e8) ** (1 / exponent), rel=1e-6)


def test_a_pipe_may_follow_the_friction_factor_of_swamee_and_jain():
    ends, common = [(0, 1), (0, 1)], {"length": 40.0, "diameter": 0.05}
    one = replace(pipes(ends[:1], **common), friction=Friction.SWAMEE_JAIN)
    two = pipes(ends[1:], **common)
    net, flow = solved(one, two, outlet(0, 3e4), outlet(1), nodes=2)
    through = flow.flow_kg_s[net.rows[id(one)]]
    loss, _ = darcy_drop_swamee_jain(
        through, col(40.0), col(0.05), col(4.5e-5), col(0.0), col(WATER_KG_M3), col(1e-3)
    )
    assert loss[0, 0] == pytest.approx(3e4, rel=1e-9)
    assert volume(net, flow, one)[0, 0] != pytest.approx(volume(net, flow, two)[0, 0], rel=1e-6)


def test_the_laminar_part_of_a_fitting_is_a_linear_resistance():
    fitting = made(
        Path, "bend", [(0, 1)], diameter_m=0.05, laminar_loss_ratio=800.0, loss_ratio=0.0, length_m=0.0
    )
    net, flow = solved(fitting, outlet(0, 10.0), outlet(1), nodes=2)
    through = volume(net, flow, fitting)[0, 0]
    area = np.pi / 4 * 0.05**2
    reynolds = WATER_KG_M3 * through / area * 0.05 / 1e-3
    assert 800.0 / reynolds * WATER_KG_M3 / 2 * (through / area) ** 2 == pytest.approx(10.0, rel=1e-6)


def test_a_constant_difference_is_lost_whatever_flows():
    breaker = resistors([(1, 2)], 0.0, fixed_pa=2e5)
    pipe = pipes([(0, 1)])
    net, flow = solved(pipe, breaker, outlet(0, FEED_PAG), demand(2, 3, 1e-3), outlet(3), nodes=4)
    assert drop(net, flow, 1, 2)[0] == pytest.approx(2e5, rel=1e-6)


@pytest.mark.parametrize("thick", [1.0, 4.0])
@pytest.mark.parametrize("density", [850.0, 1040.0])
def test_what_is_lost_by_kv_follows_density_and_not_viscosity(density, thick):
    loss, told = 1e9, {"reference_density_kg_m3": 999.1}
    passage, valve = resistors([(0, 1)], loss, **told), valves([(0, 1)], loss, **told)
    net = flow_net(passage, valve, outlet(0, 1e5), outlet(1), nodes=2)
    limit = np.zeros((0, 1))
    flow = solve_flow(prepare(net), water(net, density=density, viscosity=thick * 1e-3), limit)
    for block in (passage, valve):
        through = volume(net, flow, block, density)[0, 0]
        assert loss * density / 999.1 * through**2 == pytest.approx(1e5, rel=1e-9)


@pytest.mark.parametrize("straight", [True, False])
def test_measured_points_are_met_exactly(straight):
    flows, losses = [1e-3, 2e-3, 3e-3], [1e4, 3.5e4, 9e4]
    for known, lost in zip(flows, losses, strict=True):
        rack = Path(
            role="rack", part=ints(0), a=ints(0), b=ints(1), curve_m3_s=np.array([flows]),
            curve_pa=np.array([losses]), curve_straight=straight,
        )  # fmt: skip
        net, flow = solved(rack, outlet(0, lost), outlet(1), nodes=2)
        assert volume(net, flow, rack)[0, 0] == pytest.approx(known, rel=1e-6)
        net, flow = solved(rack, outlet(0, -lost), outlet(1), nodes=2)
        assert volume(net, flow, rack)[0, 0] == pytest.approx(-known, rel=1e-6)


def test_a_cubic_through_points_rises_where_they_do_and_its_slope_is_its_own():
    knots, values = np.array([[0.0, 1.0, 2.0, 4.0, np.nan]]), np.array([[0.0, 0.1, 3.0, 3.1, np.nan]])
    at = np.linspace(-1.0, 6.0, 2_000)[None]
    value, slope = along(knots, cubics(knots, values, straight=False), at)
    assert (np.diff(value) > 0.0).all()
    np.testing.assert_allclose(np.gradient(value[0], at[0])[5:-5], slope[0][5:-5], atol=2e-2)


@pytest.mark.parametrize("speed", [0.5, 1.0])
def test_a_pump_with_points_follows_the_affinity_laws(speed):
    flows, rises = np.array([[0.0, 2e-3, 4e-3]]), np.array([[2e5, 1.8e5, 1.0e5]])
    pump = replace(
        pumps([(0, 1)], shutoff=0.0, quadratic=0.0, speed_ratio=speed), curve_m3_s=flows, curve_pa=rises
    )
    net, flow = solved(pump, outlet(0), outlet(1, 1.8e5 * speed**2), nodes=2)
    assert volume(net, flow, pump)[0, 0] == pytest.approx(2e-3 * speed, rel=1e-6)


@pytest.mark.parametrize("speed", [0.6, 1.0])
@pytest.mark.parametrize("exponent", [1.3, 2.0, 2.7])
def test_a_pump_with_a_power_curve_follows_the_affinity_laws(speed, exponent):
    pump = pumps(
        [(0, 1)], shutoff=2e5, quadratic=0.0, power_pa=1e5 / 2e-3**exponent, exponent_ratio=exponent,
        speed_ratio=speed,
    )  # fmt: skip
    net, flow = solved(pump, outlet(0), outlet(1, 1e5 * speed**2), nodes=2)
    assert volume(net, flow, pump)[0, 0] == pytest.approx(2e-3 * speed, rel=1e-6)


def test_a_pump_of_constant_power_gives_it():
    pump, rack = (
        pumps([(0, 1)], shutoff=0.0, quadratic=0.0, hydraulic_power_w=500.0),
        resistors([(1, 0)], 1e11),
    )
    net, flow = solved(pump, rack, vessel(0), nodes=2)
    assert drop(net, flow, 1, 0)[0] * volume(net, flow, pump)[0, 0] == pytest.approx(500.0, rel=1e-9)


# ------------------------------------------------------------------------- valves that keep a pressure


def reducing(ends, keep_pag, **columns):
    return replace(valves(ends, 1e8, keep_pag=keep_pag, **columns), keeps=Keeps.DOWNSTREAM)


def sustaining(ends, keep_pag, **columns):
    return replace(valves(ends, 1e8, keep_pag=keep_pag, **columns), keeps=Keeps.UPSTREAM)


def behind_a_reducing_valve(feed_pag, keep_pag, draw_m3_s=2e-3, nodes=4):
    """Return a feed, a reducing valve, a pipe and a demand in a row; the pressure behind the valve; state."""
    valve, pipe, use = reducing([(0, 1)], keep_pag), pipes([(1, 2)]), demand(2, 3, draw_m3_s)
    net, flow = solved(valve, pipe, use, outlet(0, feed_pag), outlet(3), nodes=nodes)
    return flow.pressure_pag[1, 0], flow.keeper_state[0, 0], volume(net, flow, valve)[0, 0]


def test_a_reducing_valve_keeps_the_pressure_behind_it():
    pressure, state, through = behind_a_reducing_valve(5e5, 3e5)
    assert state == ACTIVE
    assert pressure == pytest.approx(3e5, rel=1e-9)
    assert through == pytest.approx(2e-3, rel=1e-9)


def test_a_reducing_valve_that_cannot_reach_its_pressure_stands_open():
    pressure, state, through = behind_a_reducing_valve(2e5, 3e5)
    assert state == OPEN
    assert pressure == pytest.approx(2e5 - 1e8 * 2e-3**2, rel=1e-6)
    assert through == pytest.approx(2e-3, rel=1e-9)


def test_a_reducing_valve_refuses_reversed_flow():
    valve, pipe = reducing([(0, 1)], 3e5), pipes([(1, 2)])
    net, flow = solved(valve, pipe, outlet(0, 1e5), outlet(2, 2e5), nodes=3)
    assert flow.keeper_state[0, 0] == SHUT
    assert abs(volume(net, flow, valve)[0, 0]) < 1e-9


def test_a_sustaining_valve_keeps_the_pressure_before_it():
    pipe, valve, rest = pipes([(0, 1)], diameter=0.02), sustaining([(1, 2)], 4e5), pipes([(2, 3)])
    net, flow = solved(pipe, valve, rest, outlet(0, 5e5), outlet(3), nodes=4)
    assert flow.keeper_state[0, 0] == ACTIVE
    assert flow.pressure_pag[1, 0] == pytest.approx(4e5, rel=1e-9)
    assert mass_gaps(net, flow.flow_kg_s).max() < 1e-12


def test_a_sustaining_valve_that_has_enough_before_it_stands_open_and_one_that_never_has_shuts():
    for feed, expected in ((9e5, OPEN), (2e5, SHUT)):
        pipe, valve, rest = pipes([(0, 1)]), sustaining([(1, 2)], 4e5), pipes([(2, 3)], diameter=0.012)
        _, flow = solved(pipe, valve, rest, outlet(0, feed), outlet(3), nodes=4)
        assert flow.keeper_state[0, 0] == expected


def test_two_zones_in_a_row_are_each_at_their_own_pressure():
    one, two = reducing([(0, 1)], 4e5), reducing([(2, 3)], 2e5)
    mains = pipes([(1, 2), (3, 4)])
    net, flow = solved(
        one, two, mains, demand(4, 5, 1e-3), demand(2, 5, 5e-4), outlet(0, 6e5), outlet(5), nodes=6
    )
    assert flow.keeper_state[:, 0].tolist() == [ACTIVE, ACTIVE]
    np.testing.assert_allclose(flow.pressure_pag[[1, 3], 0], [4e5, 2e5], rtol=1e-9)
    assert volume(net, flow, one)[0, 0] == pytest.approx(1.5e-3, rel=1e-9)


def test_valves_may_stand_differently_in_each_variant():
    valve, pipe = reducing([(0, 1)], np.array([[3e5, 1e5, 9e5]])), pipes([(1, 2)], diameter=0.02)
    net, flow = solved(valve, pipe, outlet(0, 5e5), outlet(2, 2e5), nodes=3, variants=3)
    assert flow.keeper_state[0].tolist() == [ACTIVE, SHUT, OPEN]
    assert mass_gaps(net, flow.flow_kg_s).max() < 1e-12


def test_a_valve_that_keeps_a_held_place_is_refused_by_name():
    with pytest.raises(
        ConvergenceError, match=r"Part_0\.valve keeps the pressure of a place where it is held"
    ):
        solved(reducing([(0, 1)], 3e5), outlet(0, 5e5), outlet(1), nodes=2)


# ------------------------------------------------------------------------------------------ open networks


def test_a_demand_takes_exactly_what_it_says_at_any_pressure():
    for feed in (1e5, 1e6, 1e7):
        use = demand(1, 2, 1.2345e-3)
        net, flow = solved(pipes([(0, 1)]), use, outlet(0, feed), outlet(2), nodes=3)
        assert volume(net, flow, use)[0, 0] == pytest.approx(1.2345e-3, rel=1e-13)


def test_open_ends_give_and_take_and_a_closed_loop_does_not():
    pipe = pipes([(0, 1)])
    net, flow = solved(pipe, outlet(0, 1e4), outlet(1), nodes=2)
    assert mass_gaps(net, flow.flow_kg_s).max() < 1e-12
    net, flow = solved(pipe, vessel(0, 1e4), vessel(1), nodes=2)
    assert mass_gaps(net, flow.flow_kg_s).max() == pytest.approx(1.0)


def test_a_demand_that_a_check_valve_cuts_off_is_refused_by_the_name_of_the_valve():
    wrong, use = valves([(1, 0)], 1e8, check_valve=True), demand(1, 2, 1e-3)
    with pytest.raises(ConvergenceError, match=r"could come only backwards through it") as refusal:
        solved(wrong, use, outlet(0, 1e5), outlet(2), nodes=3)
    assert refusal.value.component == "/Bench/Part_0"


def test_a_constant_flow_that_has_nowhere_to_go_is_refused_by_name():
    fan, wall = demand(0, 1, 1e-3), pipes([(1, 2)], in_service=np.array([[False]]))
    with pytest.raises(ConvergenceError, match=r"has nowhere to come from, or to go"):
        solved(fan, wall, outlet(0), outlet(2), nodes=3)


# ------------------------------------------------------------------- pumps that hold a flow, lead and lag


def holding(movers, *, flow=None, difference=None, in_turn=False, high=1.0):
    """Return a controller of all these pumps: of their flow, or of the difference from node 1 to node 0."""
    given = {} if flow is None else {"set_m3_s": np.atleast_2d(flow)}
    return Controller(
        role="control", part=ints(0), plus=ints(-1 if difference is None else 1),
        minus=ints(-1 if difference is None else 0), set_pa=np.atleast_2d(difference or 0.0),
        minimum_ratio=col(0.2), maximum_ratio=col(high), owner=ints(*[0] * len(movers)),
        mover_kind=("bench",) * len(movers), mover_part=ints(*movers), in_turn=np.array([in_turn]), **given,
    )  # fmt: skip


def parallel_pumps(count, **columns):
    return pumps([(0, 1)] * count, shutoff=2e5, quadratic=-2e9, check_valve=True, **columns)


@pytest.mark.parametrize("wanted", [3e-3, 5e-3, 9e-3])
def test_pumps_hold_their_flow_together_by_one_speed(wanted):
    racks, drives = resistors([(1, 0)], 1e9), parallel_pumps(3)
    net, flow = solved(racks, drives, holding([0, 1, 2], flow=wanted), vessel(0), nodes=2)
    assert volume(net, flow, racks)[0, 0] == pytest.approx(wanted, rel=1e-9)
    np.testing.assert_allclose(volume(net, flow, drives)[:, 0], wanted / 3, rtol=1e-9)


def test_a_flow_beyond_the_highest_speed_floats():
    racks, drives = resistors([(1, 0)], 1e9), parallel_pumps(1)
    net, flow = solved(racks, drives, holding([0], flow=1.0), vessel(0), nodes=2)
    assert flow.control_ratio[0, 0] == 1.0
    assert volume(net, flow, racks)[0, 0] == pytest.approx(np.sqrt(2e5 / 3e9), rel=1e-6)


def test_a_lag_pump_starts_when_the_lead_is_at_its_highest_speed_and_not_before():
    racks = resistors([(1, 0)], 1e9)
    for wanted, running in ((5e-3, 1), (1.0e-2, 2), (1.2e-2, 3), (1.0, 3)):
        drives = parallel_pumps(3)
        net, flow = solved(racks, drives, holding([0, 1, 2], flow=wanted, in_turn=True), vessel(0), nodes=2)
        assert flow.running_count[0, 0] == running
        through = volume(net, flow, drives)[:, 0]
        assert (np.abs(through[running:]) < 1e-9).all()
        np.testing.assert_allclose(through[:running], through[0], rtol=1e-8)
        if wanted < 1.0:
            assert volume(net, flow, racks)[0, 0] == pytest.approx(wanted, rel=1e-9)


def test_the_lag_pump_takes_over_where_the_lead_is_out():
    on = np.array([[True, False], [True, True]])
    racks, drives = resistors([(1, 0)], 1e9), parallel_pumps(2, in_service=on)
    control = holding([0, 1], difference=2e4, in_turn=True)
    net, flow = solved(racks, drives, control, vessel(0), nodes=2, variants=2)
    through = volume(net, flow, drives)
    np.testing.assert_allclose(drop(net, flow, 1, 0), 2e4, rtol=1e-9)
    assert (np.abs(through[[1, 0], [0, 1]]) < 1e-9).all()
    assert (through[[0, 1], [0, 1]] > 4e-3).all()


def test_a_flow_and_a_reducing_valve_are_held_at_once():
    drives, valve, rest = parallel_pumps(1), reducing([(1, 2)], 3e4), pipes([(2, 0)], length=5.0)
    use = demand(2, 3, 5e-4)
    net, flow = solved(
        drives, valve, rest, use, holding([0], flow=3e-3, high=2.0), outlet(0), outlet(3), nodes=4
    )  # fmt: skip
    assert volume(net, flow, drives)[0, 0] == pytest.approx(volume(net, flow, valve)[0, 0], rel=1e-9)
    assert flow.keeper_state[0, 0] in {OPEN, ACTIVE}
    assert mass_gaps(net, flow.flow_kg_s).max() < 1e-12


# ----------------------------------------------------------------------------------------- robustness


def test_pumps_stand_at_shut_off_against_a_loop_that_is_closed():
    shut = valves([(1, 0)], 1e8, in_service=np.array([[False]]))
    drives = parallel_pumps(2)
    net, flow = solved(drives, shut, vessel(0), nodes=2)
    assert np.abs(flow.flow_kg_s).max() < 1e-9
    assert drop(net, flow, 1, 0)[0] == pytest.approx(2e5, rel=1e-6)


def test_a_weaker_pump_stands_behind_its_check_valve_beside_a_stronger_one():
    drives = pumps([(0, 1)] * 2, shutoff=[3e5, 1.5e5], quadratic=-1e9, check_valve=True)
    use = demand(1, 2, 1e-3)
    net, flow = solved(drives, use, outlet(0), outlet(2), nodes=3)
    assert volume(net, flow, drives)[:, 0] == pytest.approx([1e-3, 0.0], abs=1e-12)


@pytest.mark.parametrize("flow_m3_s", [1e-9, 1e-7, 1e-5])
def test_loops_with_next_to_no_flow_settle(flow_m3_s):
    ring = pipes([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)], length=200.0, diameter=0.3)
    net, flow = solved(ring, demand(2, 4, flow_m3_s), outlet(0, 1e5), outlet(4), nodes=5)
    assert flow.iteration_count <= 25
    through = volume(net, flow, ring)[:, 0]
    assert through[1] - through[2] + through[4] == pytest.approx(flow_m3_s, rel=1e-9)


def test_equal_heads_drive_nothing():
    between = pipes([(0, 1), (1, 2), (1, 3)])
    _, flow = solved(between, outlet(0, 1e5), outlet(2, 1e5), outlet(3, 1e5), nodes=4)
    assert np.abs(flow.flow_kg_s).max() < 1e-9


def test_a_branch_between_two_shut_check_valves_keeps_still():
    into, out = valves([(1, 0)], 1e8, check_valve=True), valves([(2, 1)], 1e8, check_valve=True)
    net, flow = solved(into, out, pipes([(1, 3)]), outlet(0, 3e5), outlet(2, 1e5), nodes=4)
    assert np.abs(flow.flow_kg_s).max() < 1e-9
    assert np.isfinite(flow.pressure_pag).all()
    assert net.variants == 1
