"""Small water networks whose answers are known by hand."""

import numpy as np
import pytest

from twin.errors import ConvergenceError
from twin.interop.epanet_model import FOOT_M, GRAVITY_M_S2, Status
from twin.interop.epanet_run import run, snapshot
from twin.interop.epanet_text import parse_inp

SECOND = "[OPTIONS]\nUNITS LPS\nHEADLOSS H-W\n"


def solved(text, *, duration_s=0.0, options=SECOND):
    """Return the record of a network in litres per second and metres."""
    return run(parse_inp(text + options), duration_s=duration_s)


def head(record, name, at=0):
    return record.head_m[at, record.plan.nodes.index(name)]


def link(record, name, at=0):
    """Return flow and status of a link."""
    number = [k.name for k in record.plan.links].index(name)
    return record.flow_m3_s[at, number], Status(record.status[at, number])


def hazen_williams(flow_m3_s, *, length_m, diameter_m, roughness):
    """Return the head lost in a pipe, EPANET's formula in feet."""
    resistance = 4.727 * length_m / FOOT_M / roughness**1.852 / (diameter_m / FOOT_M) ** 4.871
    return FOOT_M * resistance * (flow_m3_s / FOOT_M**3) ** 1.852


LINE = """
[JUNCTIONS]
 a 10 0
 b 10 {drawn}
[RESERVOIRS]
 r 60
[PIPES]
 p1 r a 1000 300 120 0
 p2 b c 1000 300 120 0
[VALVES]
 v a b 300 {valve}
"""


def with_valve(valve, *, drawn=50.0, more=""):
    text = LINE.format(valve=valve, drawn=drawn).replace("[RESERVOIRS]", " c 10 0\n[RESERVOIRS]")
    return solved(text + more)


def test_a_pipe_loses_what_hazen_and_williams_say():
    record = with_valve("TCV 0")
    lost = hazen_williams(0.05, length_m=1000.0, diameter_m=0.3, roughness=120.0)
    assert 60.0 - head(record, "a") == pytest.approx(lost, rel=1e-9)


def test_a_manning_pipe_loses_what_manning_says():
    record = solved(
        "[JUNCTIONS]\n a 0 50\n[RESERVOIRS]\n r 60\n[PIPES]\n p r a 1000 300 0.012\n",
        options="[OPTIONS]\nUNITS LPS\nHEADLOSS C-M\n",
    )
    area, radius = np.pi * 0.15**2, 0.075
    slope = (0.05 / area * 0.012) ** 2 / radius ** (4.0 / 3.0)
    # EPANET's 1.49 stands for (1/0.3048)^(1/3) = 1.4859, and its 1.333 for 4/3.
    assert 60.0 - head(record, "a") == pytest.approx(1000.0 * slope, rel=0.01)


def test_a_reducing_valve_keeps_the_pressure_behind_it():
    record = with_valve("PRV 20")
    assert head(record, "b") == pytest.approx(30.0, abs=1e-6)
    assert link(record, "v") == (pytest.approx(0.05), Status.ACTIVE)


def test_a_reducing_valve_that_is_asked_for_too_much_stands_open():
    record = with_valve("PRV 80")
    assert head(record, "b") == pytest.approx(head(record, "a"), abs=1e-3)
    assert link(record, "v")[1] == Status.OPEN


def test_a_sustaining_valve_keeps_the_pressure_before_it():
    text = LINE.format(valve="PSV 40", drawn=0.0).replace("p2 b c", "p2 b s").replace(" r 60", " r 60\n s 20")
    record = solved(text)
    assert head(record, "a") == pytest.approx(50.0, abs=1e-6)
    assert link(record, "v")[1] == Status.ACTIVE


def test_a_limiting_valve_passes_what_it_is_set_to_and_no_more():
    text = LINE.format(valve="FCV 30", drawn=0.0).replace("p2 b c", "p2 b s").replace(" r 60", " r 60\n s 20")
    assert link(solved(text), "v") == (pytest.approx(0.03, rel=1e-6), Status.ACTIVE)
    wide = solved(text.replace("FCV 30", "FCV 3000"))
    assert link(wide, "v")[1] == Status.OPEN
    assert link(wide, "v")[0] < 3.0


def test_a_breaker_takes_a_constant_difference_until_its_own_loss_exceeds_it():
    record = with_valve("PBV 15")
    assert head(record, "a") - head(record, "b") == pytest.approx(15.0, abs=1e-6)
    assert link(record, "v")[1] == Status.ACTIVE
    own = with_valve("PBV 0.001 20")
    speed = 0.05 / (np.pi * 0.15**2)
    lost = 20.0 * speed**2 / (2.0 * GRAVITY_M_S2)
    assert head(own, "a") - head(own, "b") == pytest.approx(lost, rel=1e-3)
    assert link(own, "v")[1] == Status.OPEN


def test_a_throttle_valve_loses_its_setting_in_velocity_heads():
    record = with_valve("TCV 12")
    speed = 0.05 / (np.pi * 0.15**2)
    lost = 12.0 * speed**2 / (2.0 * GRAVITY_M_S2)
    assert head(record, "a") - head(record, "b") == pytest.approx(lost, rel=1e-3)


def test_a_general_valve_follows_its_curve():
    record = with_valve("GPV g", more="[CURVES]\n g 0 0\n g 40 4\n g 60 10\n")
    assert head(record, "a") - head(record, "b") == pytest.approx(7.0, abs=1e-6)


def test_a_valve_of_fixed_status_does_not_regulate():
    opened = with_valve("PRV 20", more="[STATUS]\n v OPEN\n")
    assert head(opened, "b") == pytest.approx(head(opened, "a"), abs=1e-3)
    closed = with_valve("PRV 20", drawn=0.0, more="[STATUS]\n v CLOSED\n")
    assert link(closed, "v") == (0.0, Status.CLOSED)
    assert np.isnan(head(closed, "b"))


def test_a_check_valve_lets_nothing_flow_back():
    text = (
        "[JUNCTIONS]\n a 0 5\n[RESERVOIRS]\n r 30\n s 50\n"
        "[PIPES]\n p1 a r 500 200 120 0 {}\n p2 s a 500 200 120\n"
    )
    assert link(solved(text.format("CV")), "p1")[0] > 0.0
    record = solved(text.format("CV").replace("p1 a r", "p1 r a"))
    assert link(record, "p1") == (0.0, Status.CLOSED)
    assert link(record, "p2")[0] == pytest.approx(0.005, rel=1e-9)


def test_an_emitter_discharges_by_the_power_of_its_pressure():
    text = "[JUNCTIONS]\n a 12 0\n[RESERVOIRS]\n r 60\n[PIPES]\n p r a 100 300 120\n[EMITTERS]\n a 2\n"
    for exponent in (0.5, 0.8):
        record = solved(text, options=SECOND + f"EMITTER EXPONENT {exponent}\n")
        pressure = head(record, "a") - 12.0
        assert link(record, "p")[0] == pytest.approx(2e-3 * pressure**exponent, rel=1e-6)


PUMPED = """
[JUNCTIONS]
 a 0 0
 b 0 {drawn}
[RESERVOIRS]
 r 5
[PIPES]
 p1 r a 10 600 140
[PUMPS]
 u a b {pump}
[CURVES]
 one 50 30
 many 0 45
 many 30 40
 many 60 28
 many 90 8
"""


def lift(pump, drawn=50.0):
    record = solved(PUMPED.format(pump=pump, drawn=drawn))
    return head(record, "b") - head(record, "a")


def test_a_pump_of_one_point_lifts_four_thirds_at_rest_and_follows_the_affinity_laws():
    assert lift("HEAD one") == pytest.approx(30.0, rel=1e-6)
    assert lift("HEAD one", drawn=25.0) == pytest.approx(40.0 - 10.0 * 0.25, rel=1e-6)
    assert lift("HEAD one SPEED 0.8", drawn=40.0) == pytest.approx(30.0 * 0.64, rel=1e-6)


def test_a_pump_of_many_points_is_straight_between_them_at_any_speed():
    assert lift("HEAD many", drawn=45.0) == pytest.approx(34.0, rel=1e-6)
    assert lift("HEAD many SPEED 1.2", drawn=54.0) == pytest.approx(34.0 * 1.44, rel=1e-6)


def test_a_pump_of_constant_power_gives_its_power_to_62_4_pounds_of_water():
    newton = 62.4 * 0.45359237 * 9.80665 / FOOT_M**3
    assert lift("POWER 20") == pytest.approx(20e3 / (newton * 0.05), rel=1e-4)


def test_a_pump_follows_its_pattern_and_stands_where_that_is_zero():
    text = PUMPED.format(pump="HEAD one PATTERN s", drawn=0.0).replace(" r 5", " r 5\n s 10")
    text = text.replace("[PUMPS]", " p2 b s 100 300 120\n[PUMPS]")
    record = solved(text + "[PATTERNS]\n s 1 0 0.9\n[TIMES]\nPATTERN TIMESTEP 1:00\n", duration_s=7200.0)
    assert record.time_s.tolist() == [0.0, 3600.0, 7200.0]
    flows = [link(record, "u", at) for at in range(3)]
    assert [status for _, status in flows] == [Status.OPEN, Status.CLOSED, Status.OPEN]
    assert flows[0][0] > flows[2][0] > 0.0 == flows[1][0]


def test_demands_of_several_kinds_follow_their_patterns_and_the_multiplier():
    text = """
[JUNCTIONS]
 a 0 99
[RESERVOIRS]
 r 50
[PIPES]
 p r a 100 300 120
[DEMANDS]
 a 10 day
 a 4
[PATTERNS]
 1 2 3
 day 1 0.5
[TIMES]
PATTERN TIMESTEP 1:00
"""
    record = solved(text, duration_s=3600.0, options=SECOND + "DEMAND MULTIPLIER 1.5\n")
    assert [link(record, "p", at)[0] for at in (0, 1)] == pytest.approx([0.027, 0.0255], rel=1e-6)


TANKED = """
[JUNCTIONS]
 a 0 {drawn}
[RESERVOIRS]
 r 60
[TANKS]
 t 20 5 1 9 10 0 {more}
[PIPES]
 p1 r a 1000 200 120 0 {status}
 p2 a t 10 300 120
{controls}
[TIMES]
DURATION 24:00
"""
AREA_M2 = 0.25 * np.pi * 10.0**2


def tanked(drawn=0.0, *, duration_s, status="OPEN", controls="", more=""):
    text = TANKED.format(drawn=drawn, status=status, controls=controls, more=more)
    return solved(text, duration_s=duration_s)


def test_a_tank_fills_by_what_flows_in_and_takes_nothing_when_full():
    record = tanked(duration_s=6.0 * 3600.0)
    levels = [head(record, "t", at) - 20.0 for at in range(len(record.time_s))]
    inflow = link(record, "p2", 0)[0]
    assert levels[1] - levels[0] == pytest.approx(3600.0 * inflow / AREA_M2, rel=1e-9)
    assert levels[-1] == pytest.approx(9.0, abs=1e-9)
    assert link(record, "p2", -1) == (0.0, Status.CLOSED)
    assert max(levels) == levels[-1]


def test_a_full_tank_that_overflows_goes_on_taking():
    record = tanked(duration_s=6.0 * 3600.0, more="* YES")
    assert head(record, "t", -1) == pytest.approx(29.0, abs=1e-9)
    assert link(record, "p2", -1)[0] > 0.0


def test_an_empty_tank_gives_nothing_and_the_reservoir_goes_on_alone():
    record = tanked(200.0, duration_s=6.0 * 3600.0)
    assert head(record, "t", -1) == pytest.approx(21.0, abs=1e-9)
    assert link(record, "p2", -1) == (0.0, Status.CLOSED)
    assert link(record, "p1", -1)[0] == pytest.approx(0.2, rel=1e-9)


def test_an_empty_tank_gives_nothing_to_another_one_that_is_empty_too():
    text = """
[JUNCTIONS]
 a 0 1
[RESERVOIRS]
 r 60
[TANKS]
 high 30 1 1 9 10 0
 low 20 1 1 9 10 0
[PIPES]
 p r a 100 200 120
 q high low 10 200 120
"""
    record = solved(text)
    assert link(record, "q") == (0.0, Status.CLOSED)


def test_a_tank_that_stays_full_costs_no_second_answer():
    record = tanked(duration_s=12.0 * 3600.0)
    full = np.isclose(record.head_m[:, record.plan.nodes.index("t")], 29.0)
    assert full.sum() > 5
    assert record.iteration_count[-3:].max() <= 2


def test_a_tank_with_a_curve_holds_the_volume_of_the_curve():
    curve = "[CURVES]\n v 0 0\n v 5 100\n v 10 1000\n"
    record = tanked(duration_s=3600.0, more="v", controls=curve)
    inflow = link(record, "p2", 0)[0]
    assert head(record, "t", 1) - 25.0 == pytest.approx(3600.0 * inflow * 5.0 / 900.0, rel=1e-9)


def test_a_control_by_level_acts_when_the_level_is_there():
    controls = "[CONTROLS]\n LINK p1 CLOSED IF NODE t ABOVE 6\n"
    record = tanked(duration_s=6.0 * 3600.0, controls=controls)
    assert head(record, "t", -1) - 20.0 == pytest.approx(6.0, abs=2e-3)
    assert link(record, "p1", -1) == (0.0, Status.CLOSED)
    assert len(record.iteration_count) == len(record.time_s) + 1


def test_controls_by_time_and_by_the_clock_act_to_the_second():
    controls = (
        "[CONTROLS]\n LINK p1 CLOSED AT TIME 0:30\n LINK p1 OPEN AT CLOCKTIME 7:30 AM\n"
        "[TIMES]\nSTART CLOCKTIME 6 AM\nREPORT TIMESTEP 0:30\n"
    )
    record = tanked(duration_s=7200.0, controls=controls)
    assert record.time_s.tolist() == [0.0, 1800.0, 3600.0, 5400.0, 7200.0]
    assert [link(record, "p1", at)[1] for at in range(5)] == [
        Status.OPEN,
        *[Status.CLOSED] * 2,
        *[Status.OPEN] * 2,
    ]


def test_a_control_by_pressure_acts_at_once():
    controls = "[CONTROLS]\n LINK p1 CLOSED IF NODE a ABOVE 20\n"
    record = tanked(duration_s=0.0, controls=controls)
    assert link(record, "p1") == (0.0, Status.CLOSED)


def test_what_is_drawn_behind_a_closed_link_is_refused_by_its_name():
    with pytest.raises(ConvergenceError, match=r"junction b draws .* cut it off") as refused:
        with_valve("PRV 20", more="[STATUS]\n v CLOSED\n")
    assert refused.value.component == "v"


def test_a_refusal_tells_the_time():
    text = "[JUNCTIONS]\n a 0 5\n[RESERVOIRS]\n r 30\n[PIPES]\n p r a 100 200 120\n"
    with pytest.raises(ConvergenceError, match=r"\(at 3600 s\)"):
        solved(text + "[CONTROLS]\n LINK p CLOSED AT TIME 1\n", duration_s=7200.0)


def test_what_is_drawn_beyond_a_limiting_valve_and_is_more_than_its_limit_is_refused_by_its_name():
    with pytest.raises(ConvergenceError, match="is more than it lets pass") as refused:
        with_valve("FCV 40")
    assert "v" in refused.value.component


def test_a_pump_of_constant_power_against_a_closed_end_is_refused():
    with pytest.raises(ConvergenceError, match="pump u of constant power"):
        solved(PUMPED.format(pump="POWER 20", drawn=0.0))


def test_controls_that_contradict_each_other_are_refused_by_their_link():
    text = """
[JUNCTIONS]
 a 0 20
[RESERVOIRS]
 r 60
[PIPES]
 wide r a 500 300 120
 thin r a 500 100 120
[CONTROLS]
 LINK wide CLOSED IF NODE a ABOVE 50
 LINK wide OPEN IF NODE a BELOW 50
"""
    with pytest.raises(ConvergenceError, match="wide opens and closes without end") as refused:
        solved(text)
    assert refused.value.component == "wide"


def test_a_snapshot_is_the_first_moment_of_a_run():
    network = parse_inp(TANKED.format(drawn=3.0, status="OPEN", controls="", more="") + SECOND)
    now, day = snapshot(network), run(network)
    assert day.time_s[-1] == 86400.0
    np.testing.assert_array_equal(now.head_m[0], day.head_m[0])
    np.testing.assert_array_equal(now.flow_m3_s[0], day.flow_m3_s[0])
