"""The figure of pumps of the shipped pod: the words and the numbers that a reader sees."""

import pytest

from twin.reports.outputs import write_run
from twin.reports.pump_view import MOST, pump_data
from twin.reports.report import report_of
from twin.walk import walk


@pytest.fixture(scope="module")
def pod():
    return walk("pod")


@pytest.fixture(scope="module")
def data(pod):
    return pump_data(pod, report_of(pod))


def test_every_group_has_a_panel_with_units_and_evidence(data):
    assert [panel.title for panel in data.panels] == ["2 × ChwPump", "2 × FwsPump", "2 × Cdu"]
    for panel in data.panels:
        assert (panel.flow_unit, panel.rise_unit, panel.top_unit) == ("L/min", "kPa", "m³/h")
        assert panel.top_ratio == pytest.approx(0.06)
    assert [panel.given_name for panel in data.panels] == [
        "points given (derived)", "points given (derived)", "points given (assumption)",
    ]  # fmt: skip


def test_the_numbers_are_those_of_the_results(pod, data):
    fws, unit = data.panels[1], data.panels[2]
    plant = pod.tree["plant"].to_dataset().isel(variant=0).sel(plant="/World/Mechanical/FwsPump_1")
    row = dict(zip(*fws.table[:2], strict=True))
    assert float(row["L/min"]) == pytest.approx(float(plant["flow_m3_s"]) * 60000.0, rel=1e-3)
    assert float(row["kPa"]) == pytest.approx(float(plant["rise_pa"]) / 1e3, rel=1e-3)
    assert (row["Count"], row["NPSH required"]) == ("1", "–")
    assert unit.table[1][2] == "2"
    assert unit.table[2][:2] == ("Farthest right, highest speed", "cdu")
    assert unit.marks[0].label == "2 × normal"


def test_a_speed_is_drawn_once_and_rated_speed_first(data):
    for panel in data.panels:
        assert panel.lines[0].role == "rated"
        names = [line.name for line in panel.lines]
        assert len(set(names)) == len(names) <= MOST + 3


def test_a_run_with_pumps_leaves_their_figure_behind(pod, tmp_path):
    write_run(tmp_path / "out", pod, report_of(pod))
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "check.json", "findings.md", "plan.html", "pumps.html", "results.nc", "results.usda",
    ]  # fmt: skip
    assert "pumps on their curves" in (tmp_path / "out" / "pumps.html").read_text(encoding="utf-8")[:2000]
