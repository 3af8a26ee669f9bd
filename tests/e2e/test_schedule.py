"""`twin schedule`: pages that fit a terminal, tables that hold every row."""

import csv
import io
import json
import re
import shutil

import pytest

from tests.e2e.test_power_devices import with_transfer_switch
from tests.property.pods import apply_all, copy_pod, swap
from twin.cli import OK, USAGE, main
from twin.data import folder
from twin.reports.lines import WIDTH

DIRECT = ("--variant", "/World:distribution=dc_800", "--variant", "/World:busway=1000")
NETWORK = """[JUNCTIONS]
J 0 5
[RESERVOIRS]
R 50
[PIPES]
P R J 100 200 0.1 0 OPEN
[OPTIONS]
UNITS LPS
HEADLOSS D-W
[END]
"""
PIPE = re.compile(r"(?<!\\)\|")


def printed(capsys, *arguments):
    """Return what a command prints, which it does without a fault."""
    assert main(["schedule", *arguments]) == OK
    return capsys.readouterr().out


@pytest.mark.parametrize("chosen", [("pod",), ("pod", *DIRECT), ("hall_legacy",)], ids=" ".join)
def test_no_line_is_wider_than_a_terminal_and_none_is_cut(capsys, chosen):
    lines = printed(capsys, *chosen).splitlines()
    assert max(map(len, lines)) <= WIDTH
    # The middle of a line is left out only within the name of a part, which is behind its root.
    assert not [line for line in lines if "…" in line and not re.match(r"  \S+…\S", line)]


def test_every_schedule_has_its_table(capsys):
    page = printed(capsys, "pod", *DIRECT)
    for title in (
        "Loads",
        "Totals",
        "Busways",
        "Breakers",
        "Voltage drop",
        "Short circuit",
        "Losses",
        "Metal",
    ):
        assert f"\n{title}" in page
    assert "n. est." in page
    assert "800 DC" in page


def test_one_schedule_may_be_asked_for(capsys):
    page = printed(capsys, "pod", "--only", "drop")
    assert "Voltage drop" in page
    assert "Breakers" not in page


def test_a_spreadsheet_gets_every_row_with_its_table_first(capsys):
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "pod", "--format", "csv"))))
    tables = {row["table"] for row in rows}
    assert tables == {"loads", "totals", "runs", "breakers", "drops", "faults", "losses", "metals"}
    assert len([row for row in rows if row["table"] == "drops"]) == 20
    whips = [row for row in rows if row["table"] == "runs" and row["kind"] == "whip"]
    assert len(whips) == 20
    assert all(row["metal_kg"] and not row["stage"].isdigit() for row in whips)
    assert all(row["ikss_max_a"] == "" for row in whips)


def test_json_holds_every_row_and_how_the_losses_close(tmp_path, capsys):
    target = tmp_path / "schedules.json"
    assert printed(capsys, "pod", "--format", "json", "-o", str(target)) == ""
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["schema"] == "twin-schedule/1"
    assert found["closure"][0]["staged_w"] == pytest.approx(found["closure"][0]["distribution_loss_w"])
    assert len(found["runs"]) == 74
    assert found["runs"][0]["peak_loading_ratio"] > found["runs"][0]["loading_ratio"]
    assert any(row["ikss_min_a"] is None for row in found["faults"])


def test_markdown_tables_have_as_many_cells_as_their_heads(capsys):
    lines = printed(capsys, "pod", "--format", "md").splitlines()
    width = 0
    for line in lines:
        cells = len(PIPE.split(line)) if line.startswith("|") else 0
        assert not cells or not width or cells == width
        width = cells


def rows_of(page, table):
    return [row for row in csv.DictReader(io.StringIO(page)) if row["table"] == table]


def test_a_transfer_switch_has_its_rows(tmp_path, capsys):
    page = printed(capsys, str(with_transfer_switch(tmp_path)), "--format", "csv")
    (switch,) = [row for row in rows_of(page, "breakers") if row["kind"] == "transfer_switch"]
    assert (switch["way"], switch["load"]) == ("switch", "/World/Electrical/MechanicalBoard_A")
    assert float(switch["limit_a"]) == pytest.approx(0.8 * 1600.0)
    assert float(switch["worst_current_a"]) == pytest.approx(
        float(switch["loading_ratio"]) * 1600.0, rel=1e-6
    )
    (fault,) = [row for row in rows_of(page, "faults") if row["kind"] == "transfer_switch"]
    assert float(fault["ikss_max_a"]) > 40e3
    assert {row["stage"] for row in rows_of(page, "losses")} >= {"boards and breakers"}
    assert "Transfer switch" not in {row["stage"] for row in rows_of(page, "losses")}


def test_fuses_stand_in_the_breaker_schedule(tmp_path, capsys):
    site = copy_pod(tmp_path)
    shutil.copytree(folder("assets") / "Fuse_1600A", site.parents[1] / "assets/Fuse_1600A")
    apply_all(site, [
        swap("layers/electrical.usda", f'"MechanicalIncomer_{feed}"', "assets/Breaker_1600A/Breaker_1600A",
             "assets/Fuse_1600A/Fuse_1600A")
        for feed in "AB"
    ])  # fmt: skip
    page = printed(capsys, str(site), "--format", "csv")
    fuses = [row for row in rows_of(page, "breakers") if row["kind"] == "fuse"]
    assert [row["way"] for row in fuses] == ["fuse"] * 2
    faults = {
        row["prim"]: float(row["ikss_max_a"]) for row in rows_of(page, "faults") if row["kind"] == "fuse"
    }
    assert {row["prim"] for row in fuses} == set(faults)
    for row in fuses:
        assert faults[row["prim"]] == pytest.approx(43e3, rel=0.05)
        left = float(row["breaking_capacity_a"]) - faults[row["prim"]]
        assert float(row["breaking_margin_a"]) == pytest.approx(left, rel=1e-6)


def test_a_layout_without_anything_electrical_has_nothing_to_list(tmp_path, capsys):
    net = tmp_path / "net.inp"
    net.write_text(NETWORK, encoding="utf-8")
    site = tmp_path / "site.usda"
    assert main(["import", "epanet", str(net), "-o", str(site)]) == OK
    capsys.readouterr()
    assert "nothing electrical" in printed(capsys, str(site))
    found = json.loads(printed(capsys, str(site), "--format", "json"))
    assert found["loads"] == []
    assert found["closure"][0]["residual_ratio"] is None


def test_an_unknown_schedule_is_a_fault_of_usage(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["schedule", "pod", "--only", "cables"])
    assert stop.value.code == USAGE
    assert "short_circuit" in capsys.readouterr().err
