"""The page of a year: what it draws is finite, counted once, and inert."""

import json
from dataclasses import replace

import numpy as np
import pytest

from twin.plots.year import year_html, year_payload
from twin.plots.year_data import Card, Fall, Stack, YearData


def data(**changes) -> YearData:
    """Return three hundred hours of one rack hall, the first of them without a steady state."""
    count = 300
    ratio = np.linspace(1.1, 1.3, count)
    ratio[0] = np.nan
    made = YearData(
        title="<b>hall</b>: a year", site=["Weather: made"], verdict="Infeasible in 1 h.", good=False,
        cards=[Card(label="PUE", figure="1.2", note="annual")], ratio=ratio, step_h=1.0,
        dry_bulb=np.linspace(-5.0, 35.0, count), load=np.full(count, 100.0), month=np.arange(count) % 12 + 1,
        annual=1.2, stacks=[Stack(name="pump & <i>", sort="cooling", ratio=np.full(12, 0.2))],
        falls=[
            Fall(name="connection", energy=120.0, total=True), Fall(name="pump", energy=20.0, total=False),
            Fall(name="racks", energy=100.0, total=True),
        ],
        limits=[("rule", "severity"), ("CL001", "major")], notes=["one"],
    )  # fmt: skip
    return replace(made, **changes)


def test_every_hour_with_a_state_is_drawn_once_in_the_colour_of_its_month():
    curve, air, *_ = year_payload(data())["panels"]
    assert len(curve["traces"][0]["x"]) == 299
    assert sum(len(trace["x"]) for trace in air["traces"]) == 299
    assert curve["note"].startswith("1 h without")


def test_load_has_a_panel_only_where_it_varies():
    assert len(year_payload(data())["panels"]) == 4
    assert len(year_payload(data(load=np.linspace(40.0, 100.0, 300)))["panels"]) == 5


def test_the_waterfall_ends_where_its_last_level_stands():
    trace = year_payload(data())["panels"][-1]["traces"][0]
    assert trace["y"] == [120.0, -20.0, 100.0]
    assert trace["measure"] == ["absolute", "relative", "absolute"]
    assert sum(trace["y"][:-1]) == pytest.approx(trace["y"][-1])


def test_names_are_inert_and_no_number_is_lost():
    held = year_payload(data(annual=float("nan")))
    json.dumps(held, allow_nan=False)
    assert held["panels"][2]["traces"][0]["name"] == "pump &amp; &lt;i&gt;"
    assert "<b>hall</b>" not in year_html(data())
