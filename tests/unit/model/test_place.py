"""Laws of placing: which volume of air a point, a part and an opening belong to."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.model.facilities import aisles, facility, rooms, table
from twin.model.element import OUTDOORS
from twin.model.place import place

HALL = rooms(["/World/Hall"], [(0, 0, 0)], [(20, 10, 4)])


def openings(*points):
    """Return ports at points, which belong to nobody in particular."""
    return [(f"/World/P_{i}", "rack", 0, point) for i, point in enumerate(points)]


def nodes_of(fac):
    return place(fac).opening.tolist()


def moved(fac, angle=0.0, by=(0.0, 0.0, 0.0)):
    """Return a facility turned about the vertical and shifted."""
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    tables = {
        k: replace(t, position_m=t.position_m @ turn + by, angle_rad=t.angle_rad + angle)
        for k, t in fac.tables.items()
    }
    return replace(fac, tables=tables, ports=replace(fac.ports, position_m=fac.ports.position_m @ turn + by))


def test_without_a_room_everything_is_outdoors():
    found = place(facility(table("rack", ["/World/Rack"]), ports=openings((0, 0, 1), (5, 5, 5))))
    assert found.opening.tolist() == [OUTDOORS, OUTDOORS]
    assert found.room["rack"].tolist() == [OUTDOORS]
    assert found.count == 0
    assert found.cells == {}


def test_air_nodes_follow_the_ports():
    found = place(facility(HALL, ports=openings((0, 0, 1))))
    assert (found.first, found.count) == (1, 1)
    assert found.opening.tolist() == [1]
    assert found.cells["room"].node.tolist() == [1]


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((0, 0, 1), True), ((9.99, 4.99, 3.99), True), ((10, 5, 4), True), ((-10, -5, 0), True),
        ((10.001, 0, 1), False), ((0, 5.001, 1), False), ((0, 0, 4.001), False), ((0, 0, -0.001), False),
    ],
)  # fmt: skip
def test_a_box_stands_on_its_floor_and_its_faces_belong_to_it(point, inside):
    assert (nodes_of(facility(HALL, ports=openings(point))) == [1]) == inside


def test_what_stands_on_the_floor_is_in_the_room_above_it():
    plenum = rooms(["/World/Floor", "/World/Hall"], [(0, 0, -1), (0, 0, 0)], [(20, 10, 1), (20, 10, 4)])
    found = place(facility(plenum, table("rack", ["/World/Rack"], at=[(1, 1, 0)])))
    assert found.room["rack"].tolist() == found.cells["room"].node[1:].tolist()


def test_the_smallest_volume_wins():
    found = place(
        facility(
            HALL, aisles(["/World/Aisle"], [(0, 0, 0)], [(6, 2, 3)], cell_length=6.0),
            ports=openings((0, 0, 1), (0, 1.5, 1), (0, 0, 3.5)),
        )
    )  # fmt: skip
    aisle, hall = found.cells["aisle"].node[0], found.cells["room"].node[0]
    assert found.opening.tolist() == [aisle, hall, hall]


def test_the_order_of_zones_does_not_matter():
    boxes = [
        ("/World/A", (0, 0, 0), (20, 10, 4)),
        ("/World/B", (3, 0, 0), (4, 4, 3)),
        ("/World/C", (3, 0, 0), (2, 2, 2)),
    ]
    points = openings((3, 0, 1), (3, 1.5, 1), (3, 0, 2.5), (-5, 0, 1), (50, 0, 0))

    def owners(order):
        chosen = [boxes[i] for i in order]
        fac = facility(rooms(*(list(column) for column in zip(*chosen, strict=True))), ports=points)
        found = place(fac)
        path = {
            int(n): chosen[int(p)][0]
            for p, n in zip(found.cells["room"].part, found.cells["room"].node, strict=True)
        }
        return [path.get(n, "outdoors") for n in found.opening.tolist()]

    expected = ["/World/C", "/World/B", "/World/B", "/World/A", "outdoors"]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert owners(order) == expected


# ------------------------------------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("length", "cell", "count"), [(6.0, 1.2, 5), (6.0, 6.0, 1), (6.0, 50.0, 1), (6.1, 1.2, 5), (1.0, 0.3, 3)]
)
def test_an_aisle_is_divided_evenly_along_its_longer_side(length, cell, count):
    found = place(facility(aisles(["/World/Aisle"], [(0, 0, 0)], [(length, 0.9, 3)], cell_length=cell)))
    cells = found.cells["aisle"]
    assert len(cells.node) == found.count == count
    np.testing.assert_allclose(cells.length_m, length / count)
    assert (np.diff(cells.node) == 1).all()


@pytest.mark.parametrize("along_y", [False, True])
def test_a_point_belongs_to_the_cell_it_lies_in(along_y):
    size = (1.0, 6.0, 3.0) if along_y else (6.0, 1.0, 3.0)
    steps = [(0.0, s, 1.0) if along_y else (s, 0.0, 1.0) for s in (-3.0, -1.81, -1.79, 0.0, 1.81, 3.0)]
    found = place(facility(aisles(["/World/Aisle"], [(0, 0, 0)], [size]), ports=openings(*steps)))
    assert (found.opening - found.cells["aisle"].node[0]).tolist() == [0, 0, 1, 2, 4, 4]


def test_cells_of_several_aisles_are_listed_by_part():
    found = place(
        facility(aisles(["/World/A", "/World/B"], [(0, 0, 0), (0, 9, 0)], [(2.4, 1, 3), (3.6, 1, 3)]))
    )
    cells = found.cells["aisle"]
    assert cells.part.tolist() == [0, 0, 1, 1, 1]
    assert sorted(cells.node.tolist()) == list(range(5))


def test_a_cell_knows_what_is_around_above_and_below_it():
    volumes = rooms(
        ["/World/Hall", "/World/Ceiling", "/World/Floor"], [(0, 0, 0), (0, 0, 3), (0, 0, -1)],
        [(20, 10, 3), (20, 10, 1), (20, 10, 1)],
    )  # fmt: skip
    found = place(facility(volumes, aisles(["/World/Aisle"], [(0, 0, 0)], [(2.4, 1, 3)])))
    hall, ceiling, floor = found.cells["room"].node.tolist()
    aisle = found.cells["aisle"]
    assert aisle.around.tolist() == [hall, hall]
    assert aisle.above.tolist() == [ceiling, ceiling]
    assert aisle.below.tolist() == [floor, floor]
    own = found.cells["room"]
    assert own.around[1:].tolist() == [OUTDOORS] * 2
    assert own.above[0] == ceiling
    assert own.below[0] == floor
    assert own.below[1] in {hall, *aisle.node.tolist()}


def test_a_room_is_not_enclosed_by_the_aisle_in_its_middle():
    found = place(facility(HALL, aisles(["/World/Aisle"], [(0, 0, 0)], [(2.4, 1, 3)])))
    assert found.cells["room"].around.tolist() == [OUTDOORS]


def test_an_aisle_that_fills_its_room_is_the_one_within():
    found = place(facility(HALL, aisles(["/World/Aisle"], [(0, 0, 0)], [(20, 10, 4)], cell_length=20.0)))
    assert found.cells["room"].around.tolist() == [OUTDOORS]
    assert found.cells["aisle"].around.tolist() == found.cells["room"].node.tolist()


def test_a_box_is_where_it_is_drawn_around_its_prim():
    corner = replace(HALL, position_m=np.array([[-10.0, -5.0, 0.0]]), drawn_m=np.array([[10.0, 5.0, 0.0]]))
    turned = replace(corner, angle_rad=np.array([np.pi / 2]), position_m=np.array([[5.0, -10.0, 0.0]]))
    for table_, inside, outside in ((corner, (9, 4, 1), (11, 4, 1)), (turned, (4, 9, 1), (9, 4, 1))):
        assert nodes_of(facility(table_, ports=openings(inside, outside))) == [2, OUTDOORS]


def test_nothing_is_around_itself():
    found = place(facility(HALL))
    assert found.cells["room"].around.tolist() == [OUTDOORS]


# ------------------------------------------------------------------------------------------- invariances


def crowd(seed):
    """Return nested volumes and many points, none of them on a face."""
    rng = np.random.default_rng(seed)
    aisle_at = [(-5, -2.5, 0), (-5, 2.5, 0), (4, 0, 0)]
    volumes = [
        rooms(["/World/Hall", "/World/Annex"], [(0, 0, 0), (14, 0, 0)], [(20, 10, 4), (8, 6, 3)]),
        aisles(
            [f"/World/Aisle_{i}" for i in range(3)],
            aisle_at,
            [(7.3, 1.1, 2.2), (7.3, 1.1, 2.2), (1.3, 6.1, 2.2)],
            turn=[0.0, 0.3, -0.2],
        ),
        table(
            "rack", [f"/World/Rack_{i}" for i in range(40)], at=rng.uniform((-12, -6, 0), (20, 6, 3), (40, 3))
        ),
    ]
    return facility(*volumes, ports=openings(*rng.uniform((-12, -6, -1), (20, 6, 5), (200, 3))))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("angle", [0.3, 1.57079632679, -2.4])
def test_turning_and_shifting_the_building_changes_nothing(seed, angle):
    fac = crowd(seed)
    here, there = place(fac), place(moved(fac, angle, (120.0, -45.0, 3.5)))
    np.testing.assert_array_equal(there.opening, here.opening)
    np.testing.assert_array_equal(there.room["rack"], here.room["rack"])
    for kind, cells in here.cells.items():
        for name in ("part", "node", "around", "above", "below"):
            np.testing.assert_array_equal(getattr(there.cells[kind], name), getattr(cells, name))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_ports_and_parts_does_not_matter(seed):
    fac = crowd(seed)
    order = np.random.default_rng(seed).permutation(len(fac.ports.paths))
    mixed = replace(fac, ports=replace(fac.ports, position_m=fac.ports.position_m[order]))
    np.testing.assert_array_equal(place(mixed).opening, place(fac).opening[order])


@pytest.mark.parametrize("seed", range(4))
def test_every_point_is_in_the_smallest_box_that_holds_it(seed):
    fac = crowd(seed)
    found = place(fac)
    boxes = []
    for kind, cells in found.cells.items():
        zones = fac.tables[kind]
        for part in range(len(zones.paths)):
            mine = cells.node[cells.part == part]
            boxes.append((np.prod(zones.size_m[part]), zones, part, set(mine.tolist())))
    boxes.sort(key=lambda box: box[0])
    for point, node in zip(fac.ports.position_m, found.opening.tolist(), strict=True):
        holder = next((own for _, zones, part, own in boxes if holds(zones, part, point)), {OUTDOORS})
        assert node in holder


def holds(zones, part, point):
    """Return whether a box holds a point, worked out on its own axes."""
    angle, away = zones.angle_rad[part], point - zones.position_m[part]
    along = np.cos(angle) * away[0] + np.sin(angle) * away[1]
    across = -np.sin(angle) * away[0] + np.cos(angle) * away[1]
    length, width, height = zones.size_m[part]
    return abs(along) <= length / 2 and abs(across) <= width / 2 and 0.0 <= away[2] <= height
