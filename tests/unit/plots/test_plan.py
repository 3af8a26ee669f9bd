"""The floor plan as a file: what goes in comes out, nothing else does."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from twin.plots.plan import floor_plan_html, plan_payload
from twin.plots.plan_data import Box, Case, Metric, PlanData, Route

HOSTILE = "</script><script>alert(1)</script>"


def rack(number, **more):
    return Box(path=f"/W/Row/R{number}", name=f"R{number}", kind="rack", x_m=0.6 * number, y_m=1.0,
               width_m=0.6, depth_m=1.07, **more)  # fmt: skip


def metric(values, **more):
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    paths = [f"/W/Row/R{number}" for number in range(values.shape[1])]
    return Metric(**{"key": "t", "title": "T", "unit": "°C", "paths": paths, "values": values, **more})


def site(*metrics, racks=3, **more):
    cases = max((len(each.values) for each in metrics), default=1)
    return PlanData(
        title="Hall",
        boxes=[rack(number) for number in range(racks)],
        cases=[Case(name=f"case {number}") for number in range(cases)],
        metrics=metrics,
        **more,
    )


def unpacked(html):
    packed = re.search(r'id="packed-data">([^<]*)</script>', html)
    return json.loads(gzip.decompress(base64.b64decode(packed[1])))


def decoded(payload, case):
    """Decode as the page does."""
    steps = list(payload["first"])
    if case > 0:
        change = payload["changes"][case - 1]
        for place, step in zip(np.cumsum(change["gaps"]), change["values"], strict=True):
            steps[place] = step
    return [np.nan if step is None else step / 10 ** payload["decimals"] for step in steps]


def test_the_page_holds_the_payload_and_no_address():
    data = site(metric([[54.0, 55.0, np.nan]]))
    html = floor_plan_html(data)
    assert unpacked(html) == plan_payload(data)
    own = re.sub(r'<script type="application/octet-stream".*?</script>', "", html, flags=re.DOTALL)
    assert "http:" not in own
    assert "https:" not in own
    assert "{{" not in own


def test_equal_data_gives_equal_bytes():
    assert floor_plan_html(site()) == floor_plan_html(site())


def test_the_policy_allows_our_script_and_no_other():
    html = floor_plan_html(site())
    own = html.rpartition("<script>")[2].rpartition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert f"'sha256-{digest}'" in policy
    assert "script-src 'sha256-" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy


def test_hostile_texts_stay_texts():
    box = replace(rack(0), name=HOSTILE, kind=HOSTILE, row=HOSTILE, where=HOSTILE)
    finding = {"rule": HOSTILE, "title": HOSTILE, "cause": {"text": HOSTILE}}
    data = PlanData(title=HOSTILE + "{{script}}", site=HOSTILE, boxes=[box], findings=[finding])
    html = floor_plan_html(data)
    assert "alert(1)</script>" not in html
    assert html.count("<script") == floor_plan_html(site()).count("<script")
    assert unpacked(html)["boxes"]["name"] == [HOSTILE]


@pytest.mark.parametrize("unit_size", [1e-4, 0.01, 1.0, 300.0, 2.5e6])
def test_values_come_back_to_four_digits_in_every_case(unit_size):
    rng = np.random.default_rng(3)
    values = unit_size * rng.uniform(0.5, 1.0, (4, 50))
    values[2] = values[0]
    values[3, 7:9] = np.nan
    payload = plan_payload(site(metric(values), racks=50))["metrics"][0]
    for case in range(4):
        np.testing.assert_allclose(decoded(payload, case), values[case], rtol=2e-3, equal_nan=True)
    assert payload["changes"][1] == {"gaps": [], "values": []}, "an equal case costs nothing"


@pytest.mark.parametrize("side", ["max", "min"])
def test_rounding_never_carries_a_value_across_its_limit(side):
    limit = 60.0
    values = np.array([[60.0001, 59.9999, 60.0]])
    payload = plan_payload(site(metric(values, limit=limit, limit_side=side)))["metrics"][0]
    assert np.sign(np.array(decoded(payload, 0)) - limit).tolist() == [1.0, -1.0, 0.0]


def test_infinite_and_missing_values_are_not_applicable():
    payload = plan_payload(site(metric([[np.inf, -np.inf, np.nan]], limit=1.0)))["metrics"][0]
    assert payload["first"] == [None, None, None]


def test_a_metric_may_colour_routes_and_cases_cross_out_what_is_lost():
    route = Route(path="/W/BW", name="BW", kind="busway_a", x_m=(0.0, 9.0), y_m=(0.0, 0.0), size_m=0.1)
    data = PlanData(
        title="Hall",
        boxes=[rack(0)],
        routes=[route],
        cases=[Case(name="Normal"), Case(name="BW out", out=("/W/BW", "/W/NotDrawn"))],
        metrics=[
            Metric(key="load", title="Load", unit="%", paths=["/W/BW"], values=np.array([[50.0], [0.0]]))
        ],
    )
    payload = plan_payload(data)
    assert payload["metrics"][0]["things"] == [1]
    assert payload["cases"][1]["out"] == [1]
    assert payload["routes"]["points"] == [2]


def test_a_finding_may_leave_out_everything_and_its_cause_may_be_text_or_object():
    causes = (
        {},
        {"cause": "CDU out"},
        {"cause": {"text": "CDU out", "prim": "/W/CDU"}, "value": np.float64(61.23456789)},
    )
    payload = plan_payload(site(findings=causes))
    assert [finding["cause"] for finding in payload["findings"]] == ["", "CDU out", "CDU out"]
    assert payload["findings"][2]["cause_prim"] == "/W/CDU"
    assert payload["findings"][2]["value"] == 61.2346
    assert payload["findings"][0]["severity"] == "note"


def test_a_row_is_named_or_is_the_parent_prim():
    data = PlanData(title="Hall", boxes=[rack(0), rack(1, row="R03A"), rack(2)])
    boxes = plan_payload(data)["boxes"]
    assert boxes["rows"] == ["/W/Row", "R03A"]
    assert boxes["row"] == [0, 1, 0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cases": ()}, "at least one case"),
        ({"boxes": [rack(0), rack(0)]}, "/W/Row/R0 is drawn twice"),
        ({"boxes": [replace(rack(0), x_m=np.nan)]}, "/W/Row/R0 has no place"),
        ({"metrics": [metric([[1.0]], paths=["/W/Nowhere"])]}, "/W/Nowhere, which is not on the plan"),
        ({"metrics": [metric([[1.0], [2.0]])]}, r"shape \(2, 1\), not \(1, 1\)"),
        ({"routes": [Route(path="/P", name="P", kind="duct", x_m=(0.0, 1.0), y_m=(0.0,))]}, "2 x and 1 y"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(change, told):
    with pytest.raises(ValueError, match=told):
        PlanData(**{"title": "Hall", "boxes": [rack(0)], **change})


def test_a_large_site_stays_within_three_megabytes():
    count, cases = 7168, 40
    rng = np.random.default_rng(1)
    values = np.tile(rng.uniform(50.0, 58.0, count), (cases, 1))
    for case in range(1, cases):
        values[case, 32 * case : 32 * case + 32] += 4.0
    many = [metric(values * (1 + number), key=f"m{number}", limit=60.0) for number in range(8)]
    assert len(floor_plan_html(site(*many, racks=count)).encode()) < 3_000_000
