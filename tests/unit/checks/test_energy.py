"""Rules on the whole facility."""

from dataclasses import replace

import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, site
from twin.model.facility import Case, Unsolved


@pytest.mark.parametrize(("ratio", "count"), [(1.15, 0), (1.16, 1)])
def test_the_facility_meets_the_ratio_its_owner_wants(ratio, count):
    facility = built(owner=site(facility_target_ratio=1.15))
    assert len(found("EN001", facility, {"facility_power_w": 1e6, "pue_design_ratio": ratio})) == count


def test_the_ratio_counts_in_normal_operation_only():
    facility = built(owner=site(facility_target_ratio=1.15), cases=(*NORMAL, out("feed_a")))
    assert found("EN001", facility, {"facility_power_w": 1e6, "pue_design_ratio": [1.12, 1.4]}) == []


def test_a_facility_without_a_target_is_not_judged():
    assert measured("EN001", built()) == []


@pytest.mark.parametrize(("residual", "count"), [(1e-12, 0), (1e-8, 1)])
def test_a_solution_that_does_not_balance_is_critical(residual, count):
    figures = {"facility_power_w": 1e6, "pue_design_ratio": 1.1, "energy_residual_ratio": residual}
    findings = found("EN002", built(), figures)
    assert [f.severity for f in findings] == ["critical"] * count
    assert measured("EN002", built()) == []


def test_an_outage_without_a_state_is_critical_and_names_its_cause():
    lost = Unsolved(
        case=Case(name="feed_a", prim="/World/Controls/feed_a", text="Feed A is out"),
        component="/World/Ups_1/ConnectionPoints/in",
        text="the supply at /World/Ups_1/ConnectionPoints/in collapses",
    )  # fmt: skip
    assert measured("EN003", built()) == []
    (finding,) = found("EN003", replace(built(), unsolved=(lost,)))
    assert (finding.severity, finding.case) == ("critical", "feed_a")
    assert finding.cause.prim == "/World/Controls/feed_a"
    assert finding.cause.text == "Feed A is out: the supply at Ups_1 collapses"
