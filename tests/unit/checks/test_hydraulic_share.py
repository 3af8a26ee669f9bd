"""Rules on how flow is shared, each at its limit."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.checks.reviews import L_MIN, built, found, measured, table
from tests.unit.checks.test_review import racks

DEMAND = [(290.0, 100 * L_MIN), (330.0, 100 * L_MIN)]


@pytest.mark.parametrize(("loss", "count"), [(399.0, 0), (401.0, 1)])
def test_a_pipe_loses_what_is_usual_per_metre_and_more_is_a_note(loss, count):
    findings = found("HY004", built(table("pipe", inner_diameter_m=0.1)), pipe={"gradient_pa_m": loss})
    assert [f.severity for f in findings] == ["note"] * count


def served(*flows, header=0.0, demand=DEMAND):
    facility = built(table("rack", len(flows), curves={"required_flow_m3_s": demand}))
    results = {
        "coolant_flow_m3_s": [[f * L_MIN for f in flows]], "coolant_supply_k": 313.15,
        "header_index": header, "header_flow_ratio": [[1.0 if f else np.nan for f in flows]],
    }  # fmt: skip
    return facility, results


def test_racks_of_one_header_are_served_within_a_tenth_of_their_mean():
    facility, results = served(120.0, 100.0, 100.0)
    (margin,) = measured("HY030", facility, rack=results)
    assert margin.value == pytest.approx([12.5, 6.25, 6.25])
    (finding,) = found("HY030", facility, rack=results)
    assert (finding.prim, finding.severity) == ("/World/rack_0000", "note")


def test_racks_of_two_headers_are_not_compared():
    facility, results = served(120.0, 100.0, header=[[0.0, 1.0]])
    assert found("HY030", facility, rack=results) == []


def test_a_rack_that_is_shut_off_is_not_short_of_flow():
    facility, results = served(100.0, 0.0, 100.0)
    (margin,) = measured("HY030", facility, rack=results)
    assert margin.parts.tolist() == [0, 2]
    assert found("HY030", facility, rack=results) == []


def test_racks_are_compared_by_what_they_ask_for():
    small, large = DEMAND, [(290.0, 200 * L_MIN), (330.0, 200 * L_MIN)]
    facility, results = served(100.0, 200.0)
    by_design = np.array([small, large])
    facility = built(replace(facility.tables["rack"], curves={"required_flow_m3_s": by_design}))
    assert found("HY030", facility, rack=results) == []


@pytest.mark.parametrize(("spread", "count"), [(0.049, 0), (0.051, 1)])
def test_trays_differ_by_a_twentieth_at_most(spread, count):
    assert len(found("HY031", built(racks()), rack={"tray_spread_ratio": spread})) == count


@pytest.mark.parametrize(("share", "count"), [(0.31, 0), (0.29, 1)])
@pytest.mark.parametrize("kind", ["cdu", "crah", "fan_wall", "rear_door"])
def test_a_control_valve_has_authority(kind, share, count):
    name = "fws_authority_ratio" if kind == "cdu" else "water_authority_ratio"
    assert len(found("HY032", built(table(kind)), **{kind: {name: share}})) == count
    assert found("HY032", built(table(kind)), **{kind: {name: np.nan}}) == []


@pytest.mark.parametrize(("drop", "count"), [(29e3, 0), (31e3, 1)])
def test_a_strainer_is_cleaned_in_time(drop, count):
    strainer = built(table("strainer", drop_max_pa=30e3))
    assert len(found("HY033", strainer, strainer={"drop_pa": drop})) == count


def test_the_valve_of_a_hose_stands_only_so_much_difference():
    hose = table("hose", inner_diameter_m=0.04, flow_limit_m3_s=1e-3, valve_maximum_drop_pa=4e5)
    assert len(found("HY023", built(hose), hose={"valve_drop_pa": 4.1e5})) == 1
    assert found("HY023", built(hose), hose={"valve_drop_pa": 3.9e5}) == []
