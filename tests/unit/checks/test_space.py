"""Rules on space, on floors drawn by hand."""

import numpy as np
import pytest

from tests.unit.checks.reviews import built, checked, end, found, measured, port, site, table

RACK = (0.6, 1.2, 2.3)
OWNER = {"floor_rating_pa": 12e3, "floor_footprint_rating_pa": 24e3, "aisle_width_min_m": 1.2}


def room(size=(9.0, 8.0, 3.5), at=(0.0, 0.0, 0.0)):
    return table("room", position_m=[at], size_m=[size], words={"use": "white"})


def racks(at, *, angle=None, size=RACK, mass=1590.0, **fields):
    count = len(at)
    return table(
        "rack", count, words={"air_class": "A2"}, mass_kg=mass, position_m=[(*p, 0.0) for p in at],
        size_m=np.tile(np.array(size), (count, 1)),
        angle_rad=np.zeros(count) if angle is None else np.asarray(angle),
        **fields,
    )  # fmt: skip


def test_the_floor_carries_a_rack_over_its_footprint_and_half_its_aisles():
    # Two rows 1.5 m apart, 2.05 m to the walls: of the wide aisle only 1.8 m count.
    facility = built(racks([(0.0, -1.35), (0.0, 1.35)]), room(), owner=site(**OWNER))
    (margin,) = measured("SP001", facility)
    assert margin.value == pytest.approx([1590 * 9.80665 / (0.6 * (1.2 + 0.75 + 0.9)) / 1e3] * 2)


def test_the_footprint_alone_carries_more():
    facility = built(racks([(0.0, 0.0)]), room(), owner=site(**OWNER))
    (margin,) = measured("SP002", facility)
    assert margin.value[0] == pytest.approx(21.66, abs=0.01)
    heavy = built(racks([(0.0, 0.0)], mass=1800.0), room(), owner=site(**OWNER))
    assert len(found("SP002", heavy)) == 1


def test_without_a_rating_the_floor_is_not_judged():
    assert measured("SP002", built(racks([(0.0, 0.0)]), room())) == []


@pytest.mark.parametrize(("apart", "count"), [(2.4, 0), (2.3, 2)])
def test_rows_stand_as_far_apart_as_the_owner_wants(apart, count):
    facility = built(racks([(0.0, 0.0), (0.0, apart)]), room((20.0, 20.0, 4.0)), owner=site(**OWNER))
    assert len(found("SP004", facility)) == count


def test_a_drawn_aisle_is_judged_once_not_for_every_rack_along_it():
    aisle = table(
        "aisle", position_m=[(0.0, 0.0, 0.0)], size_m=[(4.0, 1.0, 3.5)], words={"containment": "hot"}
    )
    made = [
        port("rack", "air_exhaust", i, at=(0.0, y, 1.0), domain="airflow")
        for i, y in enumerate((-0.45, 0.45))
    ]
    both = racks([(0.0, -1.1), (0.0, 1.1)], angle=[0.0, np.pi], ends={"air_exhaust": end([0, 1])})
    facility = built(both, aisle, room(), openings=made, owner=site(**OWNER))
    assert [f.prim for f in found("SP004", facility)] == ["/World/aisle_0000"]


def test_a_volume_of_air_around_rows_is_no_wall_and_no_aisle():
    volume = table(
        "aisle", position_m=[(0.0, 1.2, 0.0)], size_m=[(9.6, 4.8, 3.4)], words={"containment": "open"}
    )
    pair = racks([(0.0, 0.0), (0.0, 2.3)])
    facility = built(pair, volume, room((20.0, 20.0, 4.0)), owner=site(**OWNER))
    assert [f.value for f in found("SP004", facility)] == [pytest.approx(1.1)] * 2


def test_the_gap_behind_a_rear_door_is_no_aisle():
    gap = table("aisle", position_m=[(0.0, 0.0, 0.0)], size_m=[(0.6, 0.2, 2.2)], words={"containment": "hot"})
    door = table("rear_door", ends={"air_intake": end([0])})
    made = [port("rear_door", "air_intake", 0, at=(0.0, 0.0, 1.0), domain="airflow")]
    assert found("SP004", built(gap, door, room(), openings=made, owner=site(**OWNER))) == []


@pytest.mark.parametrize("angle", [0.0, 0.5 * np.pi, np.pi, -0.5 * np.pi])
def test_clearance_is_measured_before_the_face_whichever_way_the_rack_stands(angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # 0.8 m of clear floor before the -y face; the port there asks for 1 m.
    other, face = turn @ (0.0, -2.0), turn @ (0.0, -0.6)
    made = [port("rack", "air_intake", 0, at=(*face, 1.0), domain="airflow", service_clearance_m=1.0)]
    facility = built(
        racks([(0.0, 0.0), tuple(other)], angle=[angle, angle]), room((20.0, 20.0, 4.0)), openings=made
    )
    (finding,) = found("SP005", facility)
    assert (finding.prim, finding.value) == ("/World/rack_0000", pytest.approx(0.8))


def test_ports_on_top_ask_for_no_floor():
    made = [port("rack", "supply", 0, at=(0.0, 0.5, 2.3), service_clearance_m=5.0)]
    assert found("SP005", built(racks([(0.0, 0.0)]), room(), openings=made)) == []


def test_cabinets_side_by_side_do_not_overlap():
    assert found("SP006", built(racks([(0.6 * i, 0.0) for i in range(8)]), room((20.0, 8.0, 3.5)))) == []


def test_a_cabinet_within_another_overlaps_it():
    facility = built(
        racks([(0.0, 0.0)]), table("cdu", position_m=[(0.3, 1.1, 0.0)], size_m=[(0.9, 1.2, 2.1)]), room()
    )
    (finding,) = found("SP006", facility)
    assert finding.value == pytest.approx(0.1)


def test_a_long_unit_that_reaches_over_several_others_overlaps_each():
    units = table(
        "dry_cooler", 3, position_m=[(7.0 * i, 0.0, 0.0) for i in range(3)], size_m=[(11.5, 2.3, 2.4)] * 3
    )
    assert len(found("SP006", built(units))) == 2


def test_what_stands_in_different_rooms_does_not_overlap():
    upstairs = racks([(0.0, 0.0), (0.0, 0.0)])
    upstairs.position_m[1, 2] = 5.0
    both = table(
        "room",
        2,
        position_m=[(0.0, 0.0, 0.0), (0.0, 0.0, 5.0)],
        size_m=[(9.0, 8.0, 4.0)] * 2,
        words={"use": "white"},
    )
    assert found("SP006", built(upstairs, both)) == []


def test_racks_stand_in_rooms():
    (finding,) = found("SP007", built(racks([(0.0, 0.0), (30.0, 0.0)]), room()))
    assert finding.prim == "/World/rack_0001"


@pytest.mark.parametrize("angle", [0.0, 0.5 * np.pi])
@pytest.mark.parametrize(("number", "gap", "count"), [(20, 0.0, 0), (21, 0.0, 1), (24, 2.4, 0)])
def test_a_row_is_broken_by_a_cross_aisle(angle, number, gap, count):
    along = 0.6 * np.arange(number) + np.where(np.arange(number) >= 12, gap, 0.0)
    at = [(x, 0.0) if angle == 0.0 else (0.0, x) for x in along]
    facility = built(racks(at, angle=[angle] * number), room((60.0, 60.0, 4.0)))
    findings = found("SP008", facility)
    assert len(findings) == count
    assert all(f.value == number for f in findings)


def test_a_point_load_is_judged_where_the_site_gives_a_rating():
    facility = built(racks([(0.0, 0.0)]), room())
    assert measured("SP003", facility) == []


def test_an_empty_site_breaks_no_rule_of_space():
    findings, _ = checked(built())
    assert findings == []
