"""Laws of what is drawn: a riser, a pivot, a scaled instance."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.data.sites import small_site
from twin.stage.read import _drawn, read
from twin.stage.transform import _slips_of_matrix

IT = "layers/it.usda"
SIZE, FLOOR = np.array([[4.0, 0.08, 0.08]]), np.array([[2.0, 0.0, -0.04]])


def drawn(turn):
    """Return the floor of a bar of 4 m that begins at its origin, turned."""
    matrix = np.eye(4)[None].copy()
    matrix[0, :3, :3] = turn
    told = SimpleNamespace(size=SIZE, floor=FLOOR)
    return _drawn(SimpleNamespace(matrix=matrix, told=told, place=np.zeros(1, dtype=np.intp)))[0]


def about(axis, degrees):
    """Return the rotation about an axis, rows as in USD."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    i, j = [k for k in range(3) if k != axis]
    out = np.eye(3)
    sign = -1.0 if axis == 1 else 1.0
    out[i, i], out[j, j], out[i, j], out[j, i] = cos, cos, sign * sin, -sign * sin
    return out


def test_a_riser_stands_on_the_lower_of_its_ends():
    np.testing.assert_allclose(drawn(about(1, -90.0)), [0.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(drawn(about(1, 90.0)), [0.0, 0.0, -4.0], atol=1e-12)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 180.0])
def test_a_part_that_only_turns_about_the_vertical_keeps_its_own_floor(degrees):
    np.testing.assert_allclose(drawn(about(2, degrees)), FLOOR[0], atol=1e-12)


def test_a_turned_riser_is_told_along_its_heading():
    """The plan turns what is told by the heading, so that both together give USD's own box."""
    turn = about(1, -60.0) @ about(2, 40.0)
    x, y, z = drawn(turn)
    angle = np.arctan2(turn[0, 1], turn[0, 0])
    world = np.array([np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y, z])
    corners = np.array([[a, b, c] for a in (0, 4) for b in (-0.04, 0.04) for c in (-0.04, 0.04)]) @ turn
    low, high = corners.min(axis=0), corners.max(axis=0)
    np.testing.assert_allclose(world, [*(0.5 * (low + high))[:2], low[2]], atol=1e-12)


def test_rounding_of_a_pivot_is_no_perspective():
    matrix = np.eye(4)
    matrix[1, 3] = 3e-16
    assert list(_slips_of_matrix(matrix, drawing=False)) == []
    matrix[1, 3] = 1e-3
    (slip,) = _slips_of_matrix(matrix, drawing=False)
    assert "perspective" in slip.found


def test_a_scaled_instance_has_cables_as_long_as_they_are_drawn(tmp_path):
    site = small_site()
    reference = "prepend references = @../assets/White/White.usda@"
    text = site.files[IT].replace(reference, f"{reference}\n            instanceable = true")
    before, pod, after = text.partition('"Pod_01"')
    order = 'uniform token[] xformOpOrder = ["xformOp:translate"]'
    scaled = "double3 xformOp:scale = (2, 2, 2)\n" + order.replace('"]', '", "xformOp:scale"]')
    site.files[IT] = before + pod + after.replace(order, scaled, 1)
    whips = read(site.write(tmp_path)).facility.tables["whip"]
    drawn_m = [np.linalg.norm(np.diff(points, axis=0), axis=1).sum() for points in whips.route_m]
    assert max(drawn_m) > 1.9 * min(drawn_m)
    np.testing.assert_allclose(whips.numbers["length_m"][:, 0], drawn_m)
