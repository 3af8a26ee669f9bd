"""Rules on faults to earth, each at its limit."""

import pytest

from tests.unit.checks.reviews import built, found, measured, table


@pytest.mark.parametrize("kind", ["breaker", "fuse", "whip"])
def test_a_breaking_capacity_is_met_up_to_its_limit(kind):
    curves = {"melting_curve_s": [(1.0, 9.0), (2.0, 8.0)]} if kind == "fuse" else {}
    facility = built(table(kind, curves=curves, breaking_capacity_a=50e3))
    assert found("EL110", facility, **{kind: {"ikss_earth_max_a": 50e3}}) == []
    (finding,) = found("EL110", facility, **{kind: {"ikss_earth_max_a": 50.1e3}})
    assert (finding.severity, finding.unit) == ("major", "kA")
    assert finding.margin == pytest.approx(-0.1)


def test_a_pickup_is_reached_with_a_fifth_to_spare_and_what_is_not_established_is_not_judged():
    facility = built(table("breaker", instantaneous_pickup_a=5e3))
    assert found("EL111", facility, breaker={"ikss_earth_min_a": 6e3}) == []
    (finding,) = found("EL111", facility, breaker={"ikss_earth_min_a": 5.9e3})
    assert finding.limit == pytest.approx(6.0)
    for unsaid in (0.0, float("nan")):  # nothing is earthed, or nobody says what is
        assert measured("EL111", facility, breaker={"ikss_earth_min_a": unsaid}) == []


def test_a_fuse_melts_within_five_seconds():
    facility = built(table("fuse", curves={"melting_curve_s": [(1e3, 100.0), (2e3, 5.0), (4e3, 0.1)]}))
    assert found("EL112", facility, fuse={"ikss_earth_min_a": 2000.1}) == []
    (finding,) = found("EL112", facility, fuse={"ikss_earth_min_a": 1900.0})
    assert finding.value > 5.0
