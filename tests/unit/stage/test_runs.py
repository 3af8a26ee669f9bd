"""Laws of runs: where taps stand along a busway, whichever way it is drawn."""

import numpy as np
import pytest

from tests.property.pods import copy_pod
from twin.errors import InputError
from twin.stage.read import read

PRIM = "/World/White/Electrical/Busway_AA"
PLACES = (1.0, 1.6, 2.2, 2.8, 3.5)


def redrawn(tmp_path, box, taps):
    """Return a pod whose first busway has another box and taps elsewhere, none with an authored distance."""
    site = copy_pod(tmp_path)
    lines = [
        f'over "{name}" {{\n double twin:port:position = None\n double3 xformOp:translate = {place}\n'
        ' uniform token[] xformOpOrder = ["xformOp:translate"]\n}'
        for name, place in ((f"tap_0{i + 1}", p) for i, p in enumerate(taps))
    ]
    body = "\n".join([f"float3[] extentsHint = {box}", 'over "ConnectionPoints" {', *lines, "}"])
    for name in reversed(PRIM.split("/")[2:]):
        body = f'over "{name}" {{\n{body}\n}}'
    top = site / "redrawn.usda"
    top.write_text(
        '#usda 1.0\n(defaultPrim = "World"\nmetersPerUnit = 1\nupAxis = "Z"\nsubLayers = [@./site.usda@])\n'
        f'over "World" {{\n{body}\n}}\n'
    )
    return top


def distances(layout):
    busway = read(layout).facility.tables["busway"]
    taps = busway.ends["taps"]
    return taps.offset_m[taps.part == busway.paths.index(PRIM)]


def test_taps_are_as_far_from_the_feed_whichever_way_the_run_is_drawn(tmp_path):
    along = redrawn(tmp_path / "a", "[(0, -0.06, -0.08), (3.9, 0.06, 0.08)]", [(x, 0, 0) for x in PLACES])
    against = redrawn(tmp_path / "b", "[(-3.9, -0.06, -0.08), (0, 0.06, 0.08)]", [(-x, 0, 0) for x in PLACES])
    np.testing.assert_allclose(distances(along), PLACES)
    np.testing.assert_allclose(distances(against), PLACES)


@pytest.mark.parametrize(
    ("box", "taps", "what"),
    [
        ("[(-0.06, 0, -0.08), (0.06, 3.9, 0.08)]", [(0, y, 0) for y in PLACES], "across x"),
        ("[(-3.9, -0.06, -0.08), (3.9, 0.06, 0.08)]", [(x, 0, 0) for x in (-1, -2, 1, 2, 3)], "both sides"),
    ],
)  # fmt: skip
def test_a_run_across_its_axis_or_fed_amid_its_taps_is_refused(tmp_path, box, taps, what):
    with pytest.raises(InputError) as refusal:
        read(redrawn(tmp_path, box, taps))
    assert any(f.code == "ST088" and f.prim == PRIM and what in f.found for f in refusal.value.faults)
