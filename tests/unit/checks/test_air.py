"""Rules on room air, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import CELSIUS, built, checked, found, measured, port, site, table


def air_rack(count=1, maximum_c=np.nan, air_class="A2", **numbers):
    limit = np.asarray(maximum_c) + CELSIUS
    return table(
        "air_rack",
        count,
        words={"air_class": air_class},
        it_power_w=8e3,
        air_inlet_max_k=limit,
        airflow_m3_s=0.55,
        **numbers,
    )


def breathing(inlet_c, **results):
    return {"it_power_w": 8e3, "air_inlet_k": np.asarray(inlet_c) + CELSIUS} | results


@pytest.mark.parametrize(
    ("air_class", "elevation_m", "limit_c"),
    [("A1", 0, 32), ("A2", 900, 35), ("A2", 1500, 33), ("A3", 1250, 38), ("A4", 1400, 41), ("H1", 0, 25)],
)
def test_an_air_class_allows_less_the_higher_the_site(air_class, elevation_m, limit_c):
    facility = built(air_rack(air_class=air_class), owner=site(elevation_m=elevation_m))
    (margin,) = measured("AI001", facility, air_rack=breathing(20.0))
    assert margin.limit[0] == pytest.approx(limit_c)


def test_what_the_maker_says_goes_before_the_class():
    facility = built(air_rack(maximum_c=30.0), owner=site(elevation_m=0))
    (finding,) = found("AI001", facility, air_rack=breathing(31.0))
    assert (finding.severity, finding.limit) == ("major", pytest.approx(30.0))


def test_an_intake_that_runs_away_is_critical():
    findings, _ = checked(
        built(air_rack(maximum_c=35.0), owner=site(elevation_m=0)), air_rack=breathing(60.0)
    )
    told = {f.rule: f.severity for f in findings if f.rule.startswith("AI")}
    assert told == {"AI001": "major", "AI002": "critical", "AI004": "note"}


@pytest.mark.parametrize(("inlet_c", "rules"), [(27.0, set()), (28.0, {"AI004"}), (9.0, {"AI003"})])
def test_the_recommended_range_is_a_note_and_the_cold_end_minor(inlet_c, rules):
    findings, _ = checked(
        built(air_rack(maximum_c=35.0), owner=site(elevation_m=0)), air_rack=breathing(inlet_c)
    )
    assert {f.rule for f in findings if f.rule.startswith("AI")} == rules


def test_a_rack_that_is_off_breathes_nothing():
    assert found("AI001", built(air_rack(maximum_c=35.0)), air_rack=breathing(60.0, it_power_w=0.0)) == []


def test_air_blows_no_faster_than_the_owner_allows():
    facility = built(table("aisle", size_m=[[4.0, 1.5, 3.0]]), owner=site(aisle_velocity_max_m_s=3.5))
    assert found("AI010", facility, aisle={"velocity_m_s": 3.5}) == []
    assert len(found("AI010", facility, aisle={"velocity_m_s": 6.2})) == 1


@pytest.mark.parametrize("kind", ["fan_wall", "crah", "rear_door"])
def test_an_air_handler_that_floats_has_lost_its_set_point(kind):
    facility = built(table(kind, supply_set_k=24 + CELSIUS, airflow_m3_s=10.0))
    warm = {"airflow_m3_s": 10.0, "air_supply_k": 25 + CELSIUS}
    assert [f.severity for f in found("AI020", facility, **{kind: warm})] == ["minor"]
    assert found("AI020", facility, **{kind: warm | {"airflow_m3_s": 0.0}}) == []
    assert found("AI020", facility, **{kind: warm | {"supply_lost_ratio": 1.0}}) == []


def legacy(tiles=2):
    """An aisle along x with two racks that draw from it and some tiles below."""
    aisle = table(
        "aisle", position_m=[[0.0, 0.0, 0.0]], size_m=[[4.0, 1.2, 2.5]], words={"containment": "open"}
    )
    intakes = [
        port("air_rack", "air_intake", i, at=(x, 0.3, 1.0), domain="airflow")
        for i, x in enumerate((-1.0, 1.0))
    ]
    openings = [port("tile", "air_above", i, at=(0.5 * i, 0.0, 0.01), domain="airflow") for i in range(tiles)]
    racks = air_rack(
        2, maximum_c=35.0, position_m=[[-1.0, 1.2, 0.0], [1.0, 1.2, 0.0]], ends={"air_intake": [0, 1]}
    )
    tile = table("tile", tiles, ends={"air_above": list(range(2, 2 + tiles))})
    return built(aisle, racks, tile, openings=(*intakes, *openings), owner=site(elevation_m=0))


@pytest.mark.parametrize(("flow_m3_s", "count"), [(0.61, 0), (0.5, 1)])
def test_tiles_bring_what_the_racks_of_their_aisle_draw(flow_m3_s, count):
    findings = found("AI030", legacy(), air_rack=breathing(20.0), tile={"airflow_m3_s": flow_m3_s})
    assert [f.severity for f in findings] == ["note"] * count
