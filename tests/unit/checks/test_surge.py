"""Rules on surges fire at their limit and not before, and name the event."""

import numpy as np
import pytest

from tests.unit.checks.reviews import BAR, built, end, port, solved, surged, table
from twin.checks.review import review

JUST = 1.0 + 1e-6


def facility(**stroke):
    openings = [port("rack", name, 0) for name in ("supply", "return_")]
    rack = table("rack", pressure_max_pag=5 * BAR, ends={"supply": end([0]), "return_": end([1])})
    surge = table(
        "surge", 2, words={"description": ("a pump trips", "a valve slams")}, closing_s=[np.nan, 0.1],
    )  # fmt: skip
    return built(rack, surge, table("hose", flow_limit_m3_s=2e-3, **stroke), table("cdu"), openings=openings)


def found(rule, at, *, places=None, **numbers):
    results = {"surge": {"peak_pag": 3 * BAR, "vapour_margin_pa": 1e4} | numbers}
    results["cdu"] = {"tcs_supply_pag": 3 * BAR}
    results["hose"] = {"valve_closing_pa": numbers.pop("closing", 1 * BAR)}
    results["surge"].pop("closing", None)
    tree = solved(at, **results)
    if places is not None:
        tree = surged(tree, [0, 1], places)
    return [f for f in review(at, tree)[0] if f.rule == rule]


def test_a_peak_above_the_rating_of_a_rack_is_told_with_the_event_that_makes_it():
    peaks = np.array([[3 * BAR, 4 * BAR], [5 * BAR * JUST, 2 * BAR]])
    (only,) = found("HY050", facility(), places=peaks)
    assert only.severity == "critical"
    assert only.prim == "/World/rack_0000"
    assert (only.value, only.limit) == (pytest.approx(5 * JUST), 5.0)
    assert only.cause.prim == "/World/surge_0001"
    assert only.cause.text == "a valve slams"


def test_a_peak_at_the_rating_passes_at_either_port():
    peaks = np.array([[5 * BAR, 4 * BAR], [3 * BAR, 5 * BAR]])
    assert found("HY050", facility(), places=peaks) == []


def test_an_event_that_does_not_reach_the_rack_says_nothing_of_it():
    peaks = np.array([[np.nan, np.nan], [np.nan, np.nan]])
    assert found("HY050", facility(), places=peaks, peak_pag=9 * BAR) == []
    assert found("HY051", facility(), places=peaks, peak_pag=9 * BAR) == []


def test_a_peak_between_rated_parts_is_held_against_the_lowest_rating_of_the_loop():
    peaks = np.full((2, 2), 3 * BAR)
    at_limit = found("HY051", facility(), places=peaks, peak_pag=5 * BAR)
    above = found("HY051", facility(), places=peaks, peak_pag=[[4 * BAR, 5 * BAR * JUST]])
    assert at_limit == []
    assert [f.prim for f in above] == ["/World/surge_0001"]
    assert above[0].severity == "minor"


def test_a_column_separates_where_the_pressure_falls_below_that_of_the_vapour():
    assert found("HY052", facility(), vapour_margin_pa=0.0) == []
    (only,) = found("HY052", facility(), vapour_margin_pa=[[1.0, -1.0]])
    assert only.severity == "major"
    assert only.prim == "/World/surge_0001"
    assert only.margin == pytest.approx(-1e-3)


def test_a_stroke_is_judged_only_where_one_is_declared():
    assert found("HY053", facility(), closing=9 * BAR) == []
    fast = facility(valve_stroke_s=0.05)
    assert found("HY053", fast, closing=2 * BAR) == []
    (only,) = found("HY053", fast, closing=2 * BAR * JUST)
    assert only.prim == "/World/hose_0000"
    assert only.value == pytest.approx(3 + 2 * JUST)


@pytest.mark.parametrize("kind", ["picv", "valve"])
def test_every_kind_of_valve_is_judged_by_its_stroke(kind):
    rack = table("rack", pressure_max_pag=5 * BAR)
    own = {"flow_limit_m3_s": 2e-3} if kind == "picv" else {"kv_m3_s": 1e-2}
    at = built(rack, table(kind, stroke_s=0.05, **own), table("cdu"))
    for closing, count in ((2 * BAR, 0), (2 * BAR * JUST, 1)):
        tree = solved(at, **{kind: {"closing_pa": closing}, "cdu": {"tcs_supply_pag": 3 * BAR}})
        assert len([f for f in review(at, tree)[0] if f.rule == "HY053"]) == count


def test_without_events_nothing_is_measured():
    bare = built(table("rack", pressure_max_pag=5 * BAR))
    margins = review(bare, solved(bare))[1]
    assert not {m.rule.id for m in margins} & {"HY050", "HY051", "HY052", "HY053"}
