"""Where parts stand and what they are: transforms, boxes, points and runs, as drawn or refused."""

import numpy as np
import pytest

from tests.data.sites import BOX, layer, small_site
from twin.errors import InputError
from twin.stage.read import read

SITE, WHITE, MANIFOLD = "site.usda", "assets/White/White.usda", "assets/Manifold/Manifold.usda"
PLACE = "double3 xformOp:translate = (0, 0, 0)"
ORDER = '["xformOp:translate"]'
EXTENT = BOX.strip()


def one_pod():
    """Return a site of one pod that has no contingency; its first rack stands at the pod's origin."""
    site = small_site(pods=1)
    site.files["layers/controls.usda"] = layer([])
    return site


def faults(site, folder):
    """Return everything that is found wrong with a site."""
    try:
        return list(read(site.write(folder)).warnings)
    except InputError as refusal:
        return list(refusal.faults)


def only(site, folder, code):
    """Return the one fault of a site, which has that code."""
    found = faults(site, folder)
    assert [f.code for f in found] == [code], "\n".join(map(str, found))
    return found[0]


# ------------------------------------------------------------------------------------------------ places


@pytest.mark.parametrize(
    ("line", "order", "found"),
    [
        (PLACE, '["xformOp:traslate"]', "'xformOp:traslate' is no attribute of the prim"),
        (PLACE, '["translate"]', "'translate' is no attribute of the prim"),
        ("double xformOp:translate = 0", ORDER, "double xformOp:translate = 0"),
        ("double3m xformOp:translate = (0, 0, 0)", ORDER, "double3m xformOp:translate"),
        ('string xformOp:translate = "here"', ORDER, "string xformOp:translate = here"),
        ("double3 xformOp:shift = (0, 0, 0)", '["xformOp:shift"]', "double3 xformOp:shift"),
        ("rel xformOp:translate = </White>", ORDER, "'xformOp:translate' is no attribute of the prim"),
        ("double3 xformOp:translate", ORDER, "no value"),
        ("double3 xformOp:translate.timeSamples = { 1: (0, 0, 0) }", ORDER, "no value"),
        ("double3 xformOp:translate = (nan, 0, 0)", ORDER, "(nan, 0, 0)"),
        ("double3 xformOp:translate = (1e9, 0, 0)", ORDER, "1e+09 m from its parent"),
        ("double3 xformOp:translate = (1e308, 0, 0)", ORDER, "1e+308 m from its parent"),
        ("float3 xformOp:scale = (1, 0, 1)", '["xformOp:scale"]', "flat: scale 1, 0, 1"),
        ("float3 xformOp:scale = (-1, 1, 1)", '["xformOp:scale"]', "mirrored"),
        ("float3 xformOp:scale = (1e9, 1, 1)", '["xformOp:scale"]', "scale 1e+09, 1, 1"),
        ("float3 xformOp:scale = (0, 1, 1)", '["!invert!xformOp:scale"]', "(0, 1, 1)"),
        (
            "matrix4d xformOp:transform = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 2))",
            '["xformOp:transform"]', "perspective",
        ),
    ],
)  # fmt: skip
def test_a_transform_that_nothing_can_stand_in_is_refused_where_it_is_written(tmp_path, line, order, found):
    site = one_pod().edit(WHITE, PLACE, line).edit(WHITE, ORDER, order)
    fault = only(site, tmp_path, "ST085")
    assert (fault.severity, fault.prim) == ("error", "/World/Hall/Pod_00/Rack_00")
    first = min(site.line(WHITE, line), site.line(WHITE, order))
    assert fault.where in {f"{WHITE}:{first}", f"{WHITE}:{first + 1}"}
    assert found in fault.found


@pytest.mark.parametrize(
    "order",
    [
        f"uniform string[] xformOpOrder = {ORDER}", 'uniform token xformOpOrder = "xformOp:translate"',
        f"uniform tokn[] xformOpOrder = {ORDER}", "rel xformOpOrder = </White>",
    ],
)  # fmt: skip
def test_an_order_of_another_type_than_usd_reads_is_refused(tmp_path, order):
    site = one_pod().edit(WHITE, f"uniform token[] xformOpOrder = {ORDER}", order)
    fault = only(site, tmp_path, "ST085")
    assert fault.where == f"{WHITE}:{site.line(WHITE, order)}"
    assert fault.expected == "uniform token[] xformOpOrder"


@pytest.mark.parametrize(("typed", "found"), [("Scope ", "of type Scope"), ("", "without type")])
def test_a_place_of_what_usd_does_not_move_is_refused(tmp_path, typed, found):
    site = one_pod().edit(MANIFOLD, 'def Xform "acme_taps_00"', f'def {typed}"acme_taps_00"')
    (fault,) = [f for f in faults(site, tmp_path) if f.severity == "error"]
    assert (fault.code, fault.prim) == ("ST085", "/World/Hall/Pod_00/Supply/ConnectionPoints/acme_taps_00")
    assert found in fault.found


def test_a_place_that_no_order_lists_is_a_doubt(tmp_path):
    site = one_pod().edit(WHITE, f"uniform token[] xformOpOrder = {ORDER}", "")
    fault = only(site, tmp_path, "ST085")
    assert (fault.severity, fault.where) == ("warning", f"{WHITE}:{site.line(WHITE, PLACE)}")


def test_a_port_has_a_place_like_any_part(tmp_path):
    site = one_pod().edit(MANIFOLD, "double3 xformOp:translate = (0.1", "double3 xformOp:translate = (inf")
    fault = only(site, tmp_path, "ST085")
    assert fault.prim == "/World/Hall/Pod_00/Supply/ConnectionPoints/acme_taps_01"
    assert fault.where.startswith(f"{MANIFOLD}:")


def test_a_drawing_may_be_mirrored(tmp_path):
    site = one_pod().edit("assets/Rack/geometry.usda", "scale = (0.6", "scale = (-0.6")
    np.testing.assert_allclose(read(site.write(tmp_path)).facility.tables["rack"].size_m[0], [0.6, 1.2, 2.2])


# ------------------------------------------------------------------------------------------------- boxes


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("float3[] extentsHint = [(500, -50, 0), (-500, 50, 10)]", "a highest corner below the lowest"),
        ("float3[] extentsHint = [(-500, -50, 0), (nan, 50, 10)]", "not finite"),
        ("float3[] extentsHint = [(-500, -50, 0), (500, 50, 1e38)]", "a box of 1e+38 m"),
        ("float3[] extentsHint = [(-500, -50, 0)]", "1 corners"),
        ("float3[] extentsHint = []", "0 corners"),
        ("float[] extentsHint = [-500, -50, 0, 500, 50, 10]", "float[]"),
        ("flot3[] extentsHint = [(-500, -50, 0), (500, 50, 10)]", "flot3[]"),
        ('string extentsHint = "500 by 50"', "string"),
    ],
)
def test_an_extent_that_is_no_box_is_refused_where_it_is_written(tmp_path, written, found):
    site = one_pod().edit(SITE, EXTENT, written)
    fault = only(site, tmp_path, "ST086")
    assert (fault.prim, fault.where) == ("/World/Room", f"{SITE}:{site.line(SITE, written)}")
    assert found in fault.found


def test_a_box_is_taken_as_it_is_drawn_wherever_its_origin_is(tmp_path):
    (tmp_path / "corner").mkdir()
    site = one_pod().edit(SITE, EXTENT, "float3[] extentsHint = [(-100, -50, 0), (900, 50, 10)]")
    room = read(site.write(tmp_path / "corner")).facility.tables["room"]
    np.testing.assert_allclose(room.position_m, [[0.0, 0.0, 0.0]])
    np.testing.assert_allclose(room.floor_m, [[400.0, 0.0, 0.0]])
    np.testing.assert_allclose(room.size_m, [[1000.0, 100.0, 10.0]])


def test_a_room_that_is_tilted_is_refused(tmp_path):
    turn = 'float xformOp:rotateX = 90\n        uniform token[] xformOpOrder = ["xformOp:rotateX"]'
    fault = only(one_pod().edit(SITE, EXTENT, f"{EXTENT}\n        {turn}"), tmp_path, "ST085")
    assert (fault.prim, fault.expected) == ("/World/Room", "a turn about the vertical only")


def test_the_boxes_of_several_purposes_are_taken_together_and_empty_ones_left_out(tmp_path):
    nothing = "(3.4028235e38, 3.4028235e38, 3.4028235e38), (-3.4028235e38, -3.4028235e38, -3.4028235e38)"
    both = f"float3[] extentsHint = [{nothing}, (-500, -50, 0), (500, 50, 8), (0, 0, 0), (10, 10, 10)]"
    room = read(one_pod().edit(SITE, EXTENT, both).write(tmp_path)).facility.tables["room"]
    np.testing.assert_allclose(room.size_m, [[1000.0, 100.0, 10.0]])


# ---------------------------------------------------------------------------------------- points and runs

CURVE, POINTS = "layers/electrical.usda", "point3f[] points = [(0, 0, 0), (3, 0, 0), (3, 4, 0)]"


@pytest.mark.parametrize(
    ("written", "code", "found"),
    [
        ("point3mf[] points = [(0, 0, 0), (3, 0, 0)]", "ST011", "point3mf[] points"),
        ("float[] points = [0, 0, 0, 3, 0, 0]", "ST011", "float[] points"),
        ("rel points = </World>", "ST011", "rel points"),
        ("point3f[] points = [(0, 0, 0), (nan, 0, 0)]", "ST015", "not finite"),
        ("point3f[] points = [(0, 0, 0), (1e38, 0, 0)]", "ST015", "far from everything"),
    ],
)
def test_points_that_draw_no_route_are_refused_where_they_are_written(tmp_path, written, code, found):
    site = one_pod().edit(CURVE, POINTS, written)
    told = faults(site, tmp_path)
    fault = next(f for f in told if f.code == code)
    assert fault.where == f"{CURVE}:{site.line(CURVE, written)}"
    assert found in fault.found
    assert {f.code for f in told} <= {code, "ST016"}  # without points it has no length either


def test_points_that_are_blocked_draw_nothing(tmp_path):
    (fault,) = faults(one_pod().edit(CURVE, POINTS, "point3f[] points = None"), tmp_path)
    assert (fault.code, fault.attribute) == ("ST016", "twin:whip:length")


ROLE = 'token twin:port:role = "tap"'


@pytest.mark.parametrize("place", ["-0.1", "0.7", "6e11", "nan", "-inf"])
def test_a_tap_beyond_its_run_is_refused_where_its_place_is_written(tmp_path, place):
    line = f"double twin:port:position = {place}"
    site = one_pod().edit(MANIFOLD, ROLE, f"{ROLE}\n            {line}")
    fault = next(f for f in faults(site, tmp_path) if f.code == "ST088")
    assert fault.prim == "/World/Hall/Pod_00/Return/ConnectionPoints/acme_taps_00"
    assert fault.where == f"{MANIFOLD}:{site.line(MANIFOLD, line)}"
    assert fault.expected == "from 0 to 0.6 m, as drawn"


def test_a_tap_drawn_beyond_its_run_is_refused_at_its_prim(tmp_path):
    site = one_pod().edit(MANIFOLD, "double3 xformOp:translate = (0.1", "double3 xformOp:translate = (1")
    fault = only(site, tmp_path, "ST088")
    assert fault.found.startswith("1 m from the first end")


def test_a_run_with_a_far_end_needs_a_box(tmp_path):
    site = one_pod()
    text = site.files[MANIFOLD]
    first = text.index('    def Xform "Geometry"')
    site.files[MANIFOLD] = text[:first] + text[text.index('    def Scope "ConnectionPoints"') :]
    found = faults(site, tmp_path)
    assert {f.code for f in found} == {"ST088"}
    assert "its far end is nowhere" in found[0].found
