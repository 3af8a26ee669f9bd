"""The engine: worst case, cause, evidence, which cases count."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.unit.checks.reviews import (
    BAR,
    CELSIUS,
    L_MIN,
    NORMAL,
    built,
    checked,
    found,
    measured,
    out,
    site,
    solved,
    table,
)
from twin.checks.review import review
from twin.checks.rule import group_min, group_sum
from twin.model.facility import Case
from twin.model.provenance import Opinion

TABLE = [(25 + CELSIUS, 58 * L_MIN), (40 + CELSIUS, 116 * L_MIN), (45 + CELSIUS, 173 * L_MIN)]


def racks(count=1, **numbers):
    given = {
        "it_power_w": 132e3, "coolant_supply_max_k": 45 + CELSIUS, "coolant_supply_min_k": 2 + CELSIUS,
        "coolant_flow_max_m3_s": 130 * L_MIN, "pressure_max_pag": 5 * BAR,
    } | numbers  # fmt: skip
    return table("rack", count, words={"air_class": "A2"}, curves={"required_flow_m3_s": TABLE}, **given)


def running(flow_l_min=125.0, supply_c=40.0, **results):
    return {
        "it_power_w": 132e3, "coolant_flow_m3_s": np.asarray(flow_l_min) * L_MIN,
        "coolant_supply_k": np.asarray(supply_c) + CELSIUS,
    } | results  # fmt: skip


def test_a_finding_tells_its_worst_case():
    cases = (*NORMAL, out("cdu"), out("pump"))
    facility = built(racks(), cases=cases)
    (finding,) = found("CL001", facility, rack=running(flow_l_min=[[120.0], [90.0], [110.0]]))
    assert (finding.case, finding.unit) == ("cdu", "L/min")
    assert finding.value == pytest.approx(90.0)
    assert finding.limit == pytest.approx(116.0)
    assert finding.margin == pytest.approx(-26.0)


def test_what_fails_only_while_something_is_out_is_caused_by_that():
    facility = built(racks(), cases=(*NORMAL, out("cdu", "CDU 1 is out")))
    (finding,) = found("CL001", facility, rack=running(flow_l_min=[[120.0], [90.0]]))
    assert (finding.cause.rule, finding.cause.text) == ("case:cdu", "CDU 1 is out")


def test_what_fails_in_normal_operation_is_caused_by_the_design():
    facility = built(racks(), cases=(*NORMAL, out("cdu")))
    (finding,) = found("CL001", facility, rack=running(flow_l_min=[[110.0], [90.0]]))
    assert finding.cause.rule == "CL001"
    assert "as designed" in finding.cause.text


def test_thicker_coolant_is_a_case_like_any_other():
    facility = built(racks(), cases=(*NORMAL, out("viscosity", "The coolant is 15 % more viscous")))
    (finding,) = found("CL001", facility, rack=running(flow_l_min=[[118.0], [113.0]]))
    assert (finding.case, finding.cause.text) == ("viscosity", "The coolant is 15 % more viscous")


def test_a_liquid_rule_leaves_the_cases_of_the_air_side_out():
    cases = (Case(name="normal", capture="liquid"), Case(name="normal", capture="air"))
    facility = built(racks(), cases=cases)
    assert found("CL001", facility, rack=running(flow_l_min=[[120.0], [1.0]])) == []
    (margin,) = measured("CL001", facility, rack=running(flow_l_min=[[120.0], [1.0]]))
    assert np.isnan(margin.every[1, 0])
    assert len(found("CL001", facility, rack=running(flow_l_min=[[1.0], [120.0]]))) == 1


def test_a_limit_that_is_met_exactly_holds():
    facility = built(racks())
    assert found("CL003", facility, rack=running(supply_c=45.0)) == []
    assert found("CL003", facility, rack=running(supply_c=45.0 * (1 + 1e-14))) == []
    assert len(found("CL003", facility, rack=running(supply_c=45.001))) == 1


def test_a_finding_points_to_the_opinion_to_edit_and_tells_its_evidence():
    limit = Opinion(
        "assets/rack.usda", "/Rack.twin:rack:coolantSupplyMax", "degC", "datasheet", "LP2357", "f.usda"
    )
    hot = dataclasses.replace(
        racks(2), opinion={"coolant_supply_max_k": np.array([0, -1])}, located=np.array([1, 1])
    )
    prim = Opinion("layers/it.usda", "/World/Rack", "", "given", "", "it.usda")
    facility = dataclasses.replace(built(hot), opinions=(limit, prim))
    first, second = found("CL003", facility, rack=running(supply_c=50.0))
    assert first.where == "assets/rack.usda#/Rack.twin:rack:coolantSupplyMax"
    assert (first.evidence, first.inputs) == ("datasheet", {"coolant_supply_max_k": "datasheet"})
    assert (second.where, second.evidence) == ("layers/it.usda#/World/Rack", "")


def test_a_part_out_of_service_breaks_nothing():
    idle = racks(1, in_service=np.zeros((1, 1), dtype=bool))
    assert found("CL001", built(idle), rack=running(flow_l_min=0.0, it_power_w=0.0)) == []
    assert found("CL002", built(idle), rack=running(flow_l_min=0.0, it_power_w=0.0)) == []


def test_the_gravest_findings_come_first():
    findings, _ = checked(
        built(racks(2)),
        rack=running(flow_l_min=[[0.0, 60.0]], it_power_w=[[0.0, 132e3]], coolant_lost_ratio=[[1.0, 0.0]]),
    )
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=["critical", "major", "minor", "note"].index
    )
    assert findings[0].rule == "CL002"


def test_sums_and_least_values_by_owner():
    owner = np.array([0, 2, 2, -1])
    values = np.array([1.0, 2.0, np.nan, 9.0])
    assert np.array_equal(group_min(owner, values, 4), [1.0, np.nan, 2.0, np.nan], equal_nan=True)
    assert np.array_equal(group_sum(owner, np.array([[1.0, 2.0, 3.0, 9.0]]), 3), [[1.0, 0.0, 5.0]])


def hall(count=7168, cases=16):
    names = tuple(out(f"case_{i}") for i in range(cases - 1))
    whips = table(
        "whip",
        2 * count,
        breaker_rating_a=63.0,
        count=4.0,
        ends={"a": np.full(2 * count, -1), "b": np.full(2 * count, -1)},
    )
    hoses = table("hose", 2 * count, inner_diameter_m=0.043, flow_limit_m3_s=125 * L_MIN)
    facility = built(
        racks(count),
        whips,
        hoses,
        cases=(*NORMAL, *names),
        owner=site(loading_regime="nec", pipe_velocity_max_m_s=3.0),
    )
    flow = np.full((cases, count), 125.0)
    tree = solved(
        facility, rack=running(flow_l_min=flow, air_inlet_k=297.0),
        whip={"loading_ratio": np.full((cases, 2 * count), 0.7)},
        hose={"velocity_m_s": np.full((cases, 2 * count), 1.4), "flow_m3_s": 125 * L_MIN,
        "valve_drop_pa": 3e4},
    )  # fmt: skip
    return facility, tree


def calls_of(work):
    """Return how many calls of Python functions some work takes."""
    count = 0

    def seen(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_review_costs_what_its_findings_cost_however_large_the_hall():
    found, calls = {}, {}
    for count in (256, 2048):
        facility, tree = hall(count)
        found[count] = len(review(facility, tree)[0])
        calls[count] = calls_of(lambda facility=facility, tree=tree: review(facility, tree))
    more = calls[2048] - calls[256]
    assert more < 8 * (found[2048] - found[256])
