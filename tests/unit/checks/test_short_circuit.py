"""Rules on short circuits, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, port, table
from tests.unit.checks.test_electrical import racks


@pytest.mark.parametrize(
    ("rule", "kind", "name"),
    [
        ("EL070", "breaker", "breaking_capacity_a"), ("EL070", "whip", "breaking_capacity_a"),
        ("EL071", "switchboard", "withstand_a"), ("EL072", "busway", "withstand_a"),
        ("EL074", "ups", "withstand_a"), ("EL075", "rack", "withstand_a"),
        ("EL075", "air_rack", "withstand_a"),
    ],
)  # fmt: skip
def test_a_rating_is_met_up_to_its_limit_in_every_case_and_not_established_without(rule, kind, name):
    cases = (*NORMAL, out("feed_a", "Feed A is lost"))
    words = {"air_class": "A2"} if "rack" in kind else {}
    facility = built(table(kind, words=words, **{name: 50e3}), cases=cases)
    assert found(rule, facility, **{kind: {"ikss_max_a": [[40e3], [50e3]]}}) == []
    (finding,) = found(rule, facility, **{kind: {"ikss_max_a": [[40e3], [50.1e3]]}})
    assert (finding.severity, finding.case, finding.unit) == ("major", "feed_a", "kA")
    assert finding.margin == pytest.approx(-0.1)
    assert measured(rule, built(table(kind, words=words)), **{kind: {"ikss_max_a": 90e3}}) == []


@pytest.mark.parametrize(("icw", "ratio"), [(5e3, 1.5), (10e3, 1.7), (20e3, 2.0), (50e3, 2.1), (65e3, 2.2)])
@pytest.mark.parametrize("kind", ["switchboard", "busway"])
def test_the_peak_is_judged_by_the_factor_of_its_step(kind, icw, ratio):
    facility = built(table(kind, withstand_a=icw))
    calm = {"ikss_max_a": 0.9 * icw}
    assert found("EL073", facility, **{kind: calm | {"ip_a": ratio * icw}}) == []
    (finding,) = found("EL073", facility, **{kind: calm | {"ip_a": 1.01 * ratio * icw}})
    assert finding.limit == pytest.approx(ratio * icw / 1e3)


def fed(kind="switchboard", **numbers):
    """Return a busway behind a cable from a board or a breaker."""
    name = "outgoing" if kind == "switchboard" else "load"
    openings = [port(kind, name, 0, domain="electrical"), port("busway", "feed", 0, domain="electrical")]
    cable = table("power_cable", ends={"a": [0], "b": [1]})
    return built(table(kind, **numbers), table("busway", withstand_a=20e3), cable, openings=openings)


@pytest.mark.parametrize(
    ("kind", "name"), [("switchboard", "outgoing_let_through_a"), ("breaker", "let_through_a")]
)
def test_what_the_breaker_before_a_busway_lets_through_is_what_it_has_to_withstand(kind, name):
    strong = {"busway": {"ikss_max_a": 35e3, "ip_a": 75e3}}
    assert len(found("EL072", fed(kind), **strong)) == 1
    assert len(found("EL073", fed(kind), **strong)) == 1
    limited = fed(kind, **{name: 20e3})
    assert found("EL072", limited, **strong) == []
    assert found("EL073", limited, **strong) == []
    (finding,) = found("EL072", fed(kind, **{name: 25e3}), **strong)
    assert finding.value == pytest.approx(25.0)
    (margin,) = measured("EL072", limited, busway={"ikss_max_a": 15e3, "ip_a": 30e3})
    assert margin.value[0] == pytest.approx(15.0)


def whipped(*let_through):
    """Return a rack of 25 kA behind whips."""
    count = len(let_through)
    openings = [port("rack", "power", 0, domain="electrical") for _ in range(count)]
    whip = table("whip", count, let_through_a=np.array(let_through), ends={"b": list(range(count))})
    return built(racks(withstand_a=25e3), whip, openings=openings)


@pytest.mark.parametrize(
    ("let_through", "value"), [((20e3, 22e3), 22.0), ((20e3, np.nan), 40.0), ((np.nan, np.nan), 40.0)]
)
def test_a_rack_sees_the_most_that_any_of_its_tap_off_breakers_lets_through(let_through, value):
    (margin,) = measured("EL075", whipped(*let_through), rack={"ikss_max_a": 40e3}, whip={"ikss_max_a": 42e3})
    assert margin.value[0] == pytest.approx(value)
    assert margin.broken[0] == (value > 25.0)
