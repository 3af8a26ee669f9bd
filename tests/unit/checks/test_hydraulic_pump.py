"""Rules on the duty of pumps, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import L_MIN, built, found, measured, relation, table

CURVE = [(0.0, 300e3), (500 * L_MIN, 280e3), (1000 * L_MIN, 220e3), (1300 * L_MIN, 160e3)]
PUMPS = [("pump", "curve_pa", "minimum_flow_m3_s"), ("cdu", "pump_curve_pa", "pump_minimum_flow_m3_s")]


def controlled(maximum=1.0, **numbers):
    control = table(
        "control", maximum_ratio=maximum, targets={"actuates": relation((0, "pump", 0), (0, "pump", 1))},
        **numbers,
    )  # fmt: skip
    return built(control, table("pump", 2, curves={"curve_pa": CURVE}))


@pytest.mark.parametrize(("flow", "count"), [(1009.0, 0), (1011.0, 1), (991.0, 0), (989.0, 1)])
def test_a_control_loop_holds_its_flow_within_a_hundredth(flow, count):
    facility = controlled(set_flow_m3_s=1000 * L_MIN)
    assert len(found("HY025", facility, control={"flow_m3_s": flow * L_MIN})) == count


def test_a_control_loop_that_holds_a_difference_is_not_asked_for_its_flow():
    assert measured("HY025", controlled(set_pa=1e5), control={"flow_m3_s": 0.01}) == []


@pytest.mark.parametrize(("kind", "curve"), [p[:2] for p in PUMPS])
@pytest.mark.parametrize(("place", "count"), [(0.99, 0), (1.01, 1)])
def test_a_pump_stays_on_its_curve(kind, curve, place, count):
    facility = built(table(kind, curves={curve: CURVE}))
    assert len(found("HY026", facility, **{kind: {"runout_ratio": place}})) == count


@pytest.mark.parametrize(("kind", "least"), [p[::2] for p in PUMPS])
@pytest.mark.parametrize(("flow", "count"), [(101.0, 0), (99.0, 1)])
def test_a_pump_moves_its_least_flow(kind, least, flow, count):
    facility = built(table(kind, **{least: 100 * L_MIN}))
    assert len(found("HY027", facility, **{kind: {"curve_flow_m3_s": flow * L_MIN}})) == count


def test_a_pump_that_stands_or_says_no_least_flow_is_not_judged():
    assert measured("HY027", built(table("pump")), pump={"curve_flow_m3_s": 1e-6}) == []
    standing = built(table("pump", minimum_flow_m3_s=1.0))
    assert measured("HY027", standing, pump={"curve_flow_m3_s": np.nan}) == []


def test_a_set_point_lies_below_what_the_stronger_pump_reaches_against_a_shut_valve():
    facility, held = controlled(set_pa=200e3), {"difference_pa": 150e3}
    (finding,) = found("HY028", facility, control=held, pump={"dead_head_pa": [[170e3, 192e3]]})
    assert (finding.severity, finding.value) == ("major", pytest.approx(200.0))
    assert finding.limit == pytest.approx(192.0)
    assert found("HY028", facility, control=held, pump={"dead_head_pa": [[170e3, 243e3]]}) == []


def test_a_control_of_fans_is_not_judged_by_a_pump_curve():
    control = table("control", set_pa=2.0, targets={"actuates": relation((0, "fan_wall", 0))})
    assert measured("HY028", built(control), control={"difference_pa": 2.0}) == []


@pytest.mark.parametrize(("held", "count"), [(100.9e3, 0), (101.1e3, 1)])
def test_pumps_at_their_lowest_speed_may_hold_too_much(held, count):
    findings = found("HY029", controlled(set_pa=100e3), control={"difference_pa": held})
    assert [f.severity for f in findings] == ["note"] * count
