"""Rules on power devices, each at its limit."""

import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, site, table
from tests.unit.checks.test_electrical import IEC, NEC


def test_a_maintenance_bypass_is_told_while_the_unit_is_in_service():
    words = {"mode": ("double_conversion", "eco", "maintenance_bypass")}
    (finding,) = found("EL100", built(table("ups", 3, words=words)))
    assert (finding.prim, finding.severity) == ("/World/ups_0002", "minor")


def test_a_transfer_switch_carries_up_to_its_continuous_load():
    facility = built(table("transfer_switch", rating_a=1600.0), owner=IEC)
    assert found("EL101", facility, transfer_switch={"loading_ratio": 0.7}) == []
    (finding,) = found("EL101", facility, transfer_switch={"loading_ratio": 0.71})
    assert finding.limit == pytest.approx(70.0)


def test_a_transfer_switch_withstands_up_to_its_rating_in_every_case_and_nothing_is_said_without_one():
    cases = (*NORMAL, out("feed_a"))
    facility = built(table("transfer_switch", withstand_a=50e3), cases=cases)
    assert found("EL102", facility, transfer_switch={"ikss_max_a": [[40e3], [50e3]]}) == []
    (finding,) = found("EL102", facility, transfer_switch={"ikss_max_a": [[40e3], [51e3]]})
    assert finding.case == "feed_a"
    assert measured("EL102", built(table("transfer_switch")), transfer_switch={"ikss_max_a": 90e3}) == []


@pytest.mark.parametrize("kind", ["busway", "whip", "power_cable"])
@pytest.mark.parametrize(("owner", "limit"), [(IEC, 63.0), (NEC, 90.0)])
def test_warm_air_takes_its_share_of_what_a_conductor_may_carry(kind, owner, limit):
    facility = built(table(kind), owner=owner)
    at = 0.01 * limit
    assert found("EL103", facility, **{kind: {"loading_ratio": at, "derating_ratio": 0.9}}) == []
    (finding,) = found("EL103", facility, **{kind: {"loading_ratio": 1.01 * at, "derating_ratio": 0.9}})
    assert finding.limit == pytest.approx(limit)
    # In cooler air the rules on the rating itself say all there is to say.
    assert measured("EL103", facility, **{kind: {"loading_ratio": 2.0, "derating_ratio": 1.0}}) == []


def test_a_whip_of_more_ampacity_than_its_breaker_has_that_to_lose():
    facility = built(table("whip", ampacity_a=76.0, breaker_rating_a=63.0), owner=NEC)
    (margin,) = measured("EL103", facility, whip={"loading_ratio": 0.8, "derating_ratio": 0.9})
    assert margin.limit[0] == pytest.approx(90.0 * 76.0 / 63.0)


@pytest.mark.parametrize("kind", ["busway", "whip", "power_cable"])
def test_a_conductor_may_be_as_warm_as_its_insulation_where_it_follows_its_load(kind):
    cases = (*NORMAL, out("feed_a"))
    facility = built(
        table(kind, conductor_max_k=363.15), cases=cases, owner=site(conductor_temperature="by_load")
    )
    assert found("EL113", facility, **{kind: {"conductor_k": [[330.0], [363.0]]}}) == []
    (finding,) = found("EL113", facility, **{kind: {"conductor_k": [[330.0], [364.15]]}})
    assert (finding.case, finding.limit, finding.value) == ("feed_a", pytest.approx(90), pytest.approx(91))
    declared = built(table(kind), owner=site(conductor_temperature="declared"))
    assert measured("EL113", declared, **{kind: {"conductor_k": 400.0}}) == []


@pytest.mark.parametrize("kind", ["breaker", "fuse", "whip"])
def test_on_direct_current_the_peak_is_what_has_to_be_broken(kind):
    facility = built(table(kind, breaking_capacity_a=50e3))
    assert found("EL114", facility, **{kind: {"ip_dc_a": 50e3, "ikss_dc_a": 9e3}}) == []
    (finding,) = found("EL114", facility, **{kind: {"ip_dc_a": 50.1e3, "ikss_dc_a": 9e3}})
    assert finding.limit == pytest.approx(50.0)
    assert found("EL114", facility, **{kind: {}}) == []


SHELVES = {"it_power_w": 132e3, "shelf_count": 8.0, "shelf_power_w": 33e3, "shelf_efficiency_ratio": 1.0}


def test_supplies_hold_longer_at_half_load_and_have_to_bridge_the_transfer_before_them():
    facility = built(table("rack", hold_up_s=0.01, **SHELVES))
    assert found("EL115", facility, rack={"transfer_gap_s": 0.02}) == []
    (finding,) = found("EL115", facility, rack={"transfer_gap_s": 0.021})
    assert finding.value == pytest.approx(0.02)
    shelf = built(table("power_shelf", hold_up_s=0.02))
    assert found("EL115", shelf, power_shelf={"transfer_gap_s": 0.02, "loading_ratio": 1.2}) == []
    (finding,) = found("EL115", shelf, power_shelf={"transfer_gap_s": 0.03, "loading_ratio": 1.0})
    assert finding.limit == pytest.approx(0.03)


@pytest.mark.parametrize("gap", [0.0, float("nan")])
def test_without_a_transfer_or_a_declared_hold_up_nothing_is_judged(gap):
    assert found("EL115", built(table("rack", hold_up_s=0.0, **SHELVES)), rack={"transfer_gap_s": gap}) == []
    bare = built(table("rack", **SHELVES))
    assert found("EL115", bare, rack={"transfer_gap_s": 0.5}) == []
    held = built(table("rack", hold_up_s=0.0, bbu_energy_j=3.6e6, **SHELVES))
    assert found("EL115", held, rack={"transfer_gap_s": 0.5}) == []
