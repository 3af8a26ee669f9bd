"""Rules on trip units and fuses, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import NORMAL, built, found, measured, out, port, table
from tests.unit.checks.test_electrical import IEC, NEC, racks

SETTINGS = {
    "long_time_pickup_a": 63.0, "short_time_pickup_a": 315.0, "instantaneous_pickup_a": 630.0,
}  # fmt: skip
TWO_LINES = np.sqrt(3.0) / 2.0
UNITS = ("breaker", "switchboard", "whip")


def unit(kind, **settings):
    """Return one part of a kind whose breaker has these settings, and a current of 60 A."""
    prefix = "outgoing_" if kind == "switchboard" else ""
    own = {"whip": {"count": 4.0}, "switchboard": {"outgoing_rating_a": 100.0}}.get(kind, {})
    results = {
        "whip": {"current_a": 240.0}, "switchboard": {"outgoing_loading_ratio": 0.6},
        "breaker": {"current_a": 60.0},
    }  # fmt: skip
    return table(kind, **own, **{prefix + n: v for n, v in settings.items()}), {kind: results[kind]}


@pytest.mark.parametrize("kind", UNITS)
def test_the_long_time_pickup_lies_above_what_one_breaker_carries(kind):
    made, results = unit(kind, long_time_pickup_a=60.0)
    assert found("EL104", built(made), **results) == []
    made, results = unit(kind, long_time_pickup_a=59.0)
    (finding,) = found("EL104", built(made), **results)
    assert (finding.value, finding.limit) == (pytest.approx(60.0), pytest.approx(59.0))
    made, results = unit(kind)
    assert measured("EL104", built(made), **results) == []


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize("region", ["short_time_pickup_a", "instantaneous_pickup_a"])
def test_a_peak_stays_below_four_fifths_of_the_lower_short_circuit_pickup(kind, region):
    """A rack of 132 kW with a peak of 155 kW makes 60 A peak at 70.5 A."""
    peak, at = 60.0 * 155.0 / 132.0, [port("rack", "power", 0, domain="electrical")]
    for pickup, count in ((peak / 0.8 * 1.001, 0), (peak / 0.8 * 0.999, 1)):
        made, results = unit(kind, **{region: pickup})
        if kind == "whip":
            made.ends["b"].node[:] = 0
        assert len(found("EL105", built(racks(), made, openings=at), **results)) == count
    made, results = unit(kind, **SETTINGS)
    assert found("EL105", built(racks(), made, openings=at), **results) == []


@pytest.mark.parametrize("kind", UNITS)
@pytest.mark.parametrize(("seconds", "limit"), [(0.05, 378.0 * np.sqrt(10.0)), (2.0, 189.0), (60.0, 63.0)])
def test_a_peak_is_over_before_the_long_time_region_opens_on_it(kind, seconds, limit):
    """Ir 63 A and tr 0.5 s at six times that: I²·t is 0.5 s·(378 A)², and Ir itself never opens it."""
    at = [port("rack", "power", 0, domain="electrical")]
    made, results = unit(kind, long_time_pickup_a=63.0, long_time_delay_s=0.5)
    if kind == "whip":
        made.ends["b"].node[:] = 0
    (margin,) = measured("EL105", built(racks(edpp_s=seconds), made, openings=at), **results)
    assert margin.limit[0] == pytest.approx(limit)
    assert margin.value[0] == pytest.approx(60.0 * 155.0 / 132.0)
    assert margin.broken[0] == (limit < 70.0)
    assert measured("EL105", built(racks(), made, openings=at), **results) == []


@pytest.mark.parametrize("kind", UNITS)
def test_the_least_fault_of_two_lines_exceeds_a_fifth_more_than_the_pickup(kind):
    made, _ = unit(kind, **SETTINGS)
    enough = 1.2 * 630.0 / TWO_LINES
    assert found("EL106", built(made), **{kind: {"ikss_min_a": enough * 1.001}}) == []
    (finding,) = found("EL106", built(made), **{kind: {"ikss_min_a": enough * 0.999}})
    assert finding.limit == pytest.approx(0.756)
    made, _ = unit(kind, short_time_pickup_a=315.0)
    (margin,) = measured("EL106", built(made), **{kind: {"ikss_min_a": 1e3}})
    assert margin.limit[0] == pytest.approx(0.378)


@pytest.mark.parametrize("least", [np.nan, 0.0])
def test_what_is_not_established_or_dead_is_not_judged(least):
    made, _ = unit("breaker", **SETTINGS)
    assert measured("EL106", built(made), breaker={"ikss_min_a": least}) == []
    made, _ = unit("breaker")
    assert measured("EL106", built(made), breaker={"ikss_min_a": 1e3}) == []


def board(drawn=("a", "b"), **settings):
    """Return a board with two cables away, the second to a busway, and one cable towards it."""
    openings = [
        port(kind, name, 0, domain="electrical")
        for kind, name in (
            ("switchboard", "outgoing"), ("switchboard", "outgoing"), ("switchboard", "incomers"),
            ("busway", "feed"), ("auxiliary_load", "power"),
        )
    ]  # fmt: skip
    near, far = drawn
    cables = table("power_cable", 3, ends={near: [0, 1, 2], far: [4, 3, 4]})
    return built(
        table("switchboard", **{f"outgoing_{n}": v for n, v in settings.items()}), cables, table("busway"),
        table("auxiliary_load"), openings=openings,
    )  # fmt: skip


@pytest.mark.parametrize("drawn", [("a", "b"), ("b", "a")])
def test_a_way_protects_its_cable_and_the_busway_behind_it_to_the_far_end(drawn):
    results = {
        "switchboard": {"ikss_min_a": 30e3}, "power_cable": {"ikss_min_a": [[20e3, 25e3, 1e3]]},
        "busway": {"ikss_min_a": 15e3},
    }  # fmt: skip
    (margin,) = measured("EL106", board(drawn, instantaneous_pickup_a=5e3), **results)
    assert margin.value[0] == pytest.approx(15.0 * TWO_LINES)
    results["power_cable"] = {"ikss_min_a": [[12e3, 25e3, 1e3]]}
    (margin,) = measured("EL106", board(drawn, instantaneous_pickup_a=5e3), **results)
    assert margin.value[0] == pytest.approx(12.0 * TWO_LINES)
    results["power_cable"] = {"ikss_min_a": [[0.0, 25e3, 1e3]]}  # a cable out of service
    (margin,) = measured("EL106", board(drawn, instantaneous_pickup_a=5e3), **results)
    assert margin.value[0] == pytest.approx(15.0 * TWO_LINES)
    results["power_cable"] = {"ikss_min_a": [[np.nan, 25e3, 1e3]]}
    assert measured("EL106", board(drawn, instantaneous_pickup_a=5e3), **results) == []


@pytest.mark.parametrize(("owner", "limit"), [(IEC, 0.7), (NEC, 0.8)])
def test_a_fuse_carries_up_to_its_continuous_load(owner, limit):
    facility = built(table("fuse"), owner=owner)
    assert found("EL107", facility, fuse={"loading_ratio": limit}) == []
    assert len(found("EL107", facility, fuse={"loading_ratio": limit + 0.01})) == 1


def test_a_fuse_breaks_up_to_its_capacity_in_every_case():
    facility = built(table("fuse", breaking_capacity_a=100e3), cases=(*NORMAL, out("feed_a")))
    assert found("EL070", facility, fuse={"ikss_max_a": [[90e3], [100e3]]}) == []
    assert len(found("EL070", facility, fuse={"ikss_max_a": [[90e3], [101e3]]})) == 1


POINTS = [[100.0, 1000.0], [1000.0, 1.0], [10000.0, 0.001]]  # t = 1e9/I³, straight on logarithms


@pytest.mark.parametrize(
    ("least", "seconds"),
    [(500.0, 8.0), (585.0, 1e9 / 585.0**3), (2000.0, 0.125), (20e3, 0.00025), (90.0, 3600.0), (np.nan, None)],
)  # fmt: skip
def test_a_fuse_melts_in_the_time_of_its_points(least, seconds):
    facility = built(table("fuse", curves={"melting_curve_s": POINTS}))
    margins = measured("EL108", facility, fuse={"ikss_min_a": least / TWO_LINES})
    if seconds is None:
        assert margins == []
        return
    assert margins[0].value[0] == pytest.approx(seconds, rel=1e-9)
    assert len(found("EL108", facility, fuse={"ikss_min_a": least / TWO_LINES})) == (seconds > 5.0)


def test_beyond_its_points_a_fuse_melts_by_its_declared_energy():
    facility = built(table("fuse", melting_a2_s=80e3, curves={"melting_curve_s": POINTS}))
    (margin,) = measured("EL108", facility, fuse={"ikss_min_a": 20e3 / TWO_LINES})
    assert margin.value[0] == pytest.approx(2e-4, rel=1e-9)
