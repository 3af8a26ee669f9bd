"""The figure of pumps as a file: what goes in comes out, nothing else does."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.unit.plots.test_plan import HOSTILE, unpacked
from twin.plots.pump_curves import pump_curves_html, pump_payload
from twin.plots.pump_data import PumpData, PumpLine, PumpMark, PumpPanel

FLOW = np.linspace(0.0, 100.0, 11)
NONE = np.full(11, np.nan)


def line(role="rated", speed=1.0, **more):
    return PumpLine(**{
        "role": role, "name": f"{role} speed", "flow": FLOW * speed,
        "rise": speed**2 * (200.0 - 0.01 * FLOW**2), "npsh": NONE, "efficiency": NONE,
        "end": (90.0 * speed, 119.0 * speed**2), **more,
    })  # fmt: skip


def mark(role="normal", **more):
    return PumpMark(**{
        "role": role, "label": "2 × normal", "flow": 40.0, "rise": 110.0, "npsh_required": np.nan,
        "npsh_available": np.nan, "efficiency": np.nan, **more,
    })  # fmt: skip


def panel(**more):
    return PumpPanel(**{
        "title": "2 × Pump", "subtitle": "make", "flow_unit": "L/min", "rise_unit": "kPa", "top_unit": "m³/h",
        "top_ratio": 0.06, "given_name": "points given (derived)",
        "given": np.array([[0.0, 200.0], [90.0, 119.0]]), "given_texts": ["one", "two"],
        "lines": [line(), line("normal", 0.8)], "marks": [mark()],
        "end": np.array([[0.0, 0.0], [90.0, 119.0]]), "least": np.zeros((0, 2)),
        "table": [["State"], ["Normal operation"]], "notes": ["a note"], **more,
    })  # fmt: skip


def page(*panels):
    return PumpData(title="Hall", site="as shipped", panels=panels or [panel()], notes=["a limit"])


def traces(data, name):
    return [t for t in pump_payload(data)["panels"][0]["traces"] if t.get("name") == name]


def test_the_page_holds_the_payload_and_no_address():
    html = pump_curves_html(page())
    assert unpacked(html) == pump_payload(page())
    own = re.sub(r'<script type="application/octet-stream".*?</script>', "", html, flags=re.DOTALL)
    assert "http:" not in own
    assert "https:" not in own
    assert "{{" not in own


def test_equal_data_gives_equal_bytes():
    assert pump_curves_html(page()) == pump_curves_html(page())


def test_a_curve_is_solid_up_to_the_end_of_the_points_and_dotted_beyond():
    solid, dotted = traces(page(), "rated speed")
    assert (solid["line"]["dash"], dotted["line"]["dash"]) == ("solid", "dot")
    assert solid["x"][-1] == dotted["x"][0] == 90.0
    assert (solid["showlegend"], dotted["showlegend"]) == (True, False)


@pytest.mark.parametrize(("given", "axes"), [
    ({}, 1), ({"npsh": 0.02 * FLOW}, 2), ({"efficiency": 50.0 + 0.0 * FLOW}, 2),
    ({"npsh": 0.02 * FLOW, "efficiency": 50.0 + 0.0 * FLOW}, 3),
])  # fmt: skip
def test_suction_and_efficiency_have_an_axis_where_they_are_given(given, axes):
    figure = pump_payload(page(panel(lines=[line(**given)])))["panels"][0]
    names = [key for key in figure["layout"] if key.startswith("yaxis")]
    assert len(names) == axes
    spans = sorted(figure["layout"][name]["domain"] for name in names)
    assert all(below[1] < above[0] for below, above in pairwise(spans))
    assert spans[0][0] == 0.0


def test_both_flow_axes_are_one_scale():
    layout = pump_payload(page())["panels"][0]["layout"]
    assert np.array(layout["xaxis2"]["range"]) == pytest.approx(0.06 * np.array(layout["xaxis"]["range"]))
    assert layout["xaxis"]["title"]["text"] == "Flow [L/min]"
    assert layout["yaxis"]["title"]["text"] == "Pressure rise [kPa]"


def test_hostile_texts_are_inert():
    data = page(panel(
        title=HOSTILE, given_name=HOSTILE, given_texts=[HOSTILE, HOSTILE], lines=[line(name=HOSTILE)],
        marks=[mark(label=HOSTILE)], table=[[HOSTILE]], notes=[HOSTILE],
    ))  # fmt: skip
    html = pump_curves_html(replace(data, title=HOSTILE, site=HOSTILE))
    assert html.count("<script") == pump_curves_html(page()).count("<script")
    figure = pump_payload(data)["panels"][0]
    told = repr([figure["traces"], figure["layout"]])
    assert "<script" not in told
