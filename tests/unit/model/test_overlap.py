"""Laws of volumes of air: which may share a place, and which may not."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.model.facilities import aisles, rooms
from twin.model.overlap import overlaps

HALL = ((0, 0, 0), (20, 10, 4))


def found(*tables):
    """Return the paths of each pair, and how deep they reach into each other."""
    by_kind = {t.kind: t for t in tables}
    return [
        (by_kind[o.one[0]].paths[o.one[1]], by_kind[o.other[0]].paths[o.other[1]], round(o.depth_m, 3))
        for o in overlaps(by_kind)
    ]


def hall(*more, use=("white",)):
    """Return a hall and further rooms, each (place, size)."""
    boxes = (HALL, *more)
    table = rooms([f"/R{i}" for i in range(len(boxes))], [b[0] for b in boxes], [b[1] for b in boxes])
    return replace(table, words={**table.words, "use": (*use, *("white",) * (len(boxes) - len(use)))})


def aisle(*boxes, **more):
    return aisles([f"/A{i}" for i in range(len(boxes))], [b[0] for b in boxes], [b[1] for b in boxes], **more)


def test_an_aisle_within_its_room_shares_no_place_with_it():
    assert found(hall(), aisle(((0, 0, 0), (6, 1.2, 3)))) == []


def test_volumes_that_touch_share_no_place():
    assert found(hall(((20, 0, 0), (20, 10, 4)))) == []
    assert found(aisle(((0, 0, 0), (6, 1.2, 3)), ((0, 1.2, 0), (6, 1.2, 3)))) == []


@pytest.mark.parametrize(("away", "shares"), [(1.195, False), (1.18, True)])
def test_a_centimetre_is_touching_and_two_are_not(away, shares):
    assert bool(found(aisle(((0, 0, 0), (6, 1.2, 3)), ((0, away, 0), (6, 1.2, 3))))) == shares


def test_two_aisles_in_one_place_are_a_pair():
    box = ((0, 0, 0), (6, 1.2, 3))
    assert found(aisle(box, box)) == [("/A0", "/A1", 1.2)]


def test_two_rooms_in_one_place_are_a_pair():
    assert found(hall(HALL)) == [("/R0", "/R1", 4.0)]


def test_rooms_and_aisles_may_lie_wholly_within_their_like():
    assert found(hall(((3, 0, 0), (4, 4, 3)))) == []
    assert found(aisle(((0, 0, 0), (6, 1.2, 3)), ((2, 0, 0), (0.6, 0.15, 2.3)))) == []


def test_an_aisle_that_reaches_through_two_rooms_is_in_neither():
    two = hall(((20, 0, 0), (20, 10, 4)))
    assert found(two, aisle(((10, 0, 0), (6, 1.2, 3)))) == [("/A0", "/R0", 3.0), ("/A0", "/R1", 3.0)]


def test_an_aisle_that_reaches_out_of_its_room_is_a_pair_with_it():
    assert [pair[:2] for pair in found(hall(), aisle(((9, 0, 0), (6, 1.2, 3))))] == [("/A0", "/R0")]


def test_an_aisle_may_pass_the_ceiling_into_the_plenum_but_not_into_a_second_storey():
    tall = aisle(((0, 0, 0), (6, 1.2, 4.2)))
    above = ((0, 0, 4), (20, 10, 1))
    assert found(hall(above, use=("white", "ceiling_plenum")), tall) == []
    assert [pair[:2] for pair in found(hall(above), tall)] == [("/A0", "/R1")]


def test_an_aisle_as_large_as_its_room_fills_it():
    assert found(hall(), aisle(HALL)) == []


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, 2.5])
def test_turning_the_building_changes_nothing(angle):
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    volumes = [
        hall(((20, 0, 0), (20, 10, 4)), ((5, 4, 0), (4, 4, 4))),
        aisle(((0, 0, 0), (6, 1.2, 3)), ((3, 0.3, 0), (2, 0.8, 3)), turn=[0.0, 0.7]),
    ]
    turned = [
        replace(t, position_m=t.position_m @ turn + (7.0, -3.0, 0.5), angle_rad=t.angle_rad + angle)
        for t in volumes
    ]
    assert [p[:2] for p in found(*turned)] == [p[:2] for p in found(*volumes)]
    assert [p[:2] for p in found(*volumes)] == [("/A0", "/A1"), ("/R0", "/R2")]
