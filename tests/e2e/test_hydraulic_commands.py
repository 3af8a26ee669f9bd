"""`twin balance`, `twin size` and `twin failures`: from a pod to layers that hold what they promise."""

import csv
import io
import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pxr import Sdf

from tests.property.pods import copy_pod, one_mechanical_board
from tests.support.hand_valves import LENGTHS, hand_set
from twin.cli import FINDINGS, OK, USAGE, main
from twin.model.network import lay_out
from twin.reports.lines import WIDTH
from twin.solve.couple import solve
from twin.stage.read import read
from twin.studies.outages import in_cases
from twin.studies.rack_flow import rack_flow
from twin.studies.sizing import size

L_MIN = 1.0 / 60_000.0


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    return copy_pod(tmp_path_factory.mktemp("pod"))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory, pod):
    return hand_set(tmp_path_factory.mktemp("by_hand") / "site", pod, rows=True)


@pytest.fixture(scope="module")
def set_by_hand(tmp_path_factory, by_hand):
    """Return the layer that balances the site with valves set by hand, and what was printed about it."""
    layer = tmp_path_factory.mktemp("out") / "balance.usda"
    with redirect_stdout(io.StringIO()) as printed:
        assert main(["balance", str(by_hand), "-o", str(layer), "--format", "json"]) == OK
    return layer, json.loads(printed.getvalue())


def run(capsys, *arguments):
    """Return exit code, stdout and stderr of a command."""
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def stacked(folder: Path, *layers: Path) -> Path:
    """Return a root layer that puts layers on top of a site, strongest first."""
    folder.mkdir(parents=True, exist_ok=True)
    text = ", ".join(f"@{layer}@" for layer in layers)
    head = 'defaultPrim = "World"\n    metersPerUnit = 1\n    upAxis = "Z"\n    timeCodesPerSecond = 1'
    (folder / "site.usda").write_text(
        f"#usda 1.0\n(\n    {head}\n    subLayers = [{text}]\n)\n", encoding="utf-8"
    )
    return folder / "site.usda"


def racks_of(site):
    """Return the coolant of the racks of a site in normal operation, solved anew from its layers."""
    facility = in_cases(read(site).facility, ())
    return rack_flow(facility, solve(lay_out(facility)))


def texts(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_settings_by_hand_give_every_rack_what_its_maker_asks_for(tmp_path, by_hand, set_by_hand):
    before = racks_of(by_hand)
    assert before.flow_m3_s.max() / before.flow_m3_s.min() > 1.1
    after = racks_of(stacked(tmp_path / "adopted", set_by_hand[0], by_hand))
    assert after.flow_m3_s == pytest.approx(after.required_m3_s, rel=1e-6)
    assert (after.margin_m3_s > 0.0).all()


def test_one_valve_of_every_loop_and_of_every_row_stands_open(set_by_hand):
    valves = {v["prim"].rpartition("/")[2]: v for v in set_by_hand[1]["valves"]}
    opened = {name for name, v in valves.items() if v["new"] == pytest.approx(v["old"], rel=1e-6)}
    assert opened == {"Valve_A4", "Valve_B4", "Valve_RowB"}
    assert [name for name, v in valves.items() if v["index"]] == ["Valve_B4"]
    # The shorter the way to a rack, the more its valve throttles.
    kv = [[valves[f"Valve_{row}{n}"]["new"] for n in (1, 2, 3, 4)] for row in "AB"]
    assert [sorted(row) for row in kv] == kv
    assert len(valves) == len(LENGTHS) + 2


def test_a_balanced_site_is_balanced(capsys, tmp_path, by_hand, set_by_hand):
    site = stacked(tmp_path / "adopted", set_by_hand[0], by_hand)
    _, out, _ = run(capsys, "balance", site, "--format", "json")
    found = json.loads(out)
    for row in found["valves"]:
        assert row["new"] == pytest.approx(row["old"], rel=1e-5)
    (control,) = found["controls"]
    assert control["new_pa"] == pytest.approx(control["old_pa"], rel=1e-6)


def test_equal_shares_are_equal_and_leave_the_total(capsys, tmp_path, by_hand):
    layer = tmp_path / "out" / "balance.usda"
    assert run(capsys, "balance", by_hand, "-o", layer, "--target", "equal")[0] == OK
    before, after = racks_of(by_hand), racks_of(stacked(tmp_path / "adopted", layer, by_hand))
    assert np.ptp(after.flow_m3_s) < 1e-6 * after.flow_m3_s.mean()
    assert after.flow_m3_s.mean() == pytest.approx(before.flow_m3_s.mean(), rel=1e-3)


def test_a_reserve_comes_on_top(capsys, tmp_path, by_hand):
    layer = tmp_path / "out" / "balance.usda"
    assert run(capsys, "balance", by_hand, "-o", layer, "--reserve", "2.5")[0] == OK
    after = racks_of(stacked(tmp_path / "adopted", layer, by_hand))
    assert after.flow_m3_s == pytest.approx(1.025 * after.required_m3_s, rel=1e-6)


def test_valves_that_regulate_keep_every_rack_supplied_in_every_case_of_the_layout(capsys, tmp_path, pod):
    layer = tmp_path / "balance.usda"
    code, out, _ = run(capsys, "balance", pod, "-o", layer, "--format", "json")
    assert code == OK
    wide, stands, balanced = json.loads(out)["states"]
    assert wide["spread_ratio"] > 1.004
    assert balanced["spread_ratio"] == pytest.approx(1.0, abs=1e-9)
    assert stands["pumping_w"] > 1.2 * balanced["pumping_w"]
    assert 0.0 < balanced["every_case_m3_s"] < 1e-3 * L_MIN
    code, out, _ = run(
        capsys, "check", stacked(tmp_path / "adopted", layer, pod / "site.usda"), "--format", "json"
    )
    assert code == OK
    assert not {"CL001", "HY022"} & {finding["rule"] for finding in json.loads(out)["findings"]}


def test_a_step_of_the_scale_rounds_up_and_a_range_binds(capsys, pod):
    step = ("--set", "/_class_Hose_DN40_PICV.twin:hose:flowLimitStep=5")
    _, out, _ = run(capsys, "balance", pod, "--format", "json", *step)
    assert {round(row["new"] / L_MIN, 9) for row in json.loads(out)["valves"]} == {120.0}
    most = ("--set", "/_class_Hose_DN40_PICV.twin:hose:flowLimitMost=110")
    code, out, _ = run(capsys, "balance", pod, *most)
    assert code == FINDINGS
    assert "cannot be set above 110 L/min" in out


def test_a_rack_that_the_pumps_cannot_reach_is_named(capsys, by_hand):
    slow = ("--set", "/World/White/Mechanical/CduGroup.twin:control:maximumRatio=55")
    code, out, _ = run(capsys, "balance", by_hand, *slow)
    assert code == FINDINGS
    assert f"{'/World/White/Mechanical/Tcs/Valve_B4'}  gets" in out
    assert "the pumps' head is short" in out


def test_a_valve_that_cannot_throttle_enough_is_named(capsys, tmp_path, pod):
    site = hand_set(tmp_path / "site", pod, least=12.0)
    code, out, _ = run(capsys, "balance", site)
    assert code == FINDINGS
    assert max(map(len, out.splitlines())) <= WIDTH
    assert "needs a Kv of 11.81 m3/h and cannot be set below 12 m3/h" in out


@pytest.mark.parametrize("command", ["balance", "size"])
def test_no_layer_is_written_over_and_none_into_the_layout(capsys, tmp_path, pod, command):
    before = texts(pod)
    layer = tmp_path / "mine.usda"
    layer.write_text("#usda 1.0\n# mine\n", encoding="utf-8")
    code, _, err = run(capsys, command, pod, "-o", layer)
    assert (code, "--force" in err) == (USAGE, True)
    assert layer.read_text(encoding="utf-8") == "#usda 1.0\n# mine\n"
    assert run(capsys, command, pod, "-o", pod / "new.usda", "--force")[0] == USAGE
    assert run(capsys, command, pod, "-o", tmp_path / "new.usdc")[0] == USAGE
    site = stacked(tmp_path / "adopted", layer, pod / "site.usda")
    code, _, err = run(capsys, command, site, "-o", layer, "--force")
    assert (code, "a layer of the site" in err) == (USAGE, True)
    assert run(capsys, command, pod, "-o", layer, "--force")[0] == OK
    assert texts(pod) == before


def test_a_layer_holds_what_changes_and_says_where_it_comes_from(capsys, tmp_path, pod):
    layer = tmp_path / "balance.usda"
    run(capsys, "balance", pod, "-o", layer, "--pumps", "keep")
    written = Sdf.Layer.FindOrOpen(str(layer))
    changed = []
    written.Traverse("/", lambda path: changed.append(path) if path.IsPropertyPath() else None)
    assert {path.name for path in changed} == {"twin:hose:flowLimit"}
    assert len(changed) == 8
    attribute = written.GetAttributeAtPath(changed[0])
    assert attribute.customData["evidence"] == "derived"
    assert attribute.GetInfo("twinUnit") == "L/min"
    said = written.customLayerData["twinProposal"]
    assert (said["command"], said["layout"], said["target"]) == ("twin balance", str(pod), "design")
    assert len(said["layersSha256"]) == 64
    assert all(spec.specifier == Sdf.SpecifierOver for spec in written.rootPrims)
    assert "# flow 125 as it stood, 116.9 L/min as set" in layer.read_text(encoding="utf-8")


def test_sizes_that_are_adopted_are_the_sizes_that_are_found_again(capsys, tmp_path, pod):
    layer = tmp_path / "size.usda"
    code, out, _ = run(capsys, "size", pod, "-o", layer, "--format", "json")
    found = json.loads(out)
    assert code == OK
    assert not found["faults"]
    for row in found["pipes"]:
        bound = 1.2 if row["new"] in {"DN15", "DN20", "DN25", "DN32", "DN40", "DN50"} else 3.0
        assert row["velocity_m_s"] <= bound
        assert bound < 3.0 or row["gradient_pa_m"] <= 400.0
    _, again, _ = run(
        capsys, "size", stacked(tmp_path / "adopted", layer, pod / "site.usda"), "--format", "json"
    )
    assert {row["prim"]: row["old"] for row in json.loads(again)["pipes"]} == {
        row["prim"]: row["new"] for row in found["pipes"]
    }
    assert [row for row in json.loads(again)["pipes"] if row["old"] != row["new"]] == []


def test_sizes_for_normal_operation_are_never_larger_than_those_for_every_outage(capsys, pod):
    chosen = {}
    for cases in ("normal", "all", "outages"):
        rows = csv.DictReader(io.StringIO(run(capsys, "size", pod, "--cases", cases, "--format", "csv")[1]))
        chosen[cases] = {row["prim"]: int(row["new"][2:]) for row in rows if row["kind"] == "pipe"}
    for low, high in (("normal", "all"), ("all", "outages")):
        assert all(size <= chosen[high][prim] for prim, size in chosen[low].items())
    # Either unit may be out, whichever the contingency of the layout names.
    ends = [chosen["outages"][f"/World/White/Mechanical/Tcs/Cdu{n}Supply"] for n in (1, 2)]
    assert ends[0] == ends[1]


def test_a_pipe_with_a_check_valve_is_sized_like_one_without(pod):
    facility = read(pod).facility
    table = facility.tables["pipe"]
    at = table.paths.index("/World/White/Mechanical/Tcs/Cdu1Supply")
    words = {
        **table.words,
        "valve": tuple("check" if row == at else "none" for row in range(len(table.paths))),
    }
    checked = replace(facility, tables={**facility.tables, "pipe": replace(table, words=words)})
    plain, other = (size(made, cases="normal").pipes for made in (facility, checked))
    assert [(row.prim, row.new) for row in other] == [(row.prim, row.new) for row in plain]


def test_limits_that_are_asked_for_hold_for_every_bore(capsys, pod):
    _, out, _ = run(capsys, "size", pod, "--velocity", "0.9", "--gradient", "150", "--format", "json")
    rows = json.loads(out)["pipes"]
    assert max(row["velocity_m_s"] for row in rows) <= 0.9
    assert max(row["gradient_pa_m"] for row in rows) <= 150.0


def test_every_single_outage_of_the_pod_is_listed_with_its_worst_rack(capsys, pod):
    code, out, _ = run(capsys, "failures", pod, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == OK
    assert [row["group"] for row in rows].count("rack isolated") == 8
    assert rows[0]["group"] == "all running"
    for row in rows:
        gap = float(row["flow_m3_s"]) - float(row["required_m3_s"])
        assert float(row["margin_m3_s"]) == pytest.approx(gap, abs=1e-12)
        assert row["worst_rack"] != row["part"]
    _, page, _ = run(capsys, "failures", pod)
    assert max(map(len, page.splitlines())) <= WIDTH
    assert "No rack in service gets less" in page


def test_a_leak_is_told_with_its_volume_and_those_who_go_without(capsys, pod):
    _, out, _ = run(capsys, "failures", pod, "--format", "json")
    header = json.loads(out)["leaks"][0]
    assert header["part"] == "/World/White/Mechanical/Tcs/SupplyHeader"
    assert header["lost"] == [f"/World/White/IT/Rack_{row}{i}" for row in "AB" for i in (1, 2, 3, 4)]
    assert 0.1 < header["volume_m3"] < 0.5
    _, out, _ = run(capsys, "failures", pod, "--only", "CDU out", "--format", "json")
    assert json.loads(out)["leaks"] == []


def test_a_unit_without_one_pump_turns_faster_than_with_both_and_slower_than_alone(capsys, pod):
    _, out, _ = run(capsys, "failures", pod, "--format", "json")
    rows = json.loads(out)["outages"]
    speed = {
        group: max(r["cdu_speed_ratio"] for r in rows if r["group"] == group)
        for group in {r["group"] for r in rows}
    }
    assert speed["all running"] < speed["one pump out"] < speed["CDU out"]


def test_racks_that_an_outage_leaves_dry_are_named(capsys, pod):
    slow = ("--set", "/World/White/Mechanical/CduGroup.twin:control:maximumRatio=62")
    code, out, _ = run(capsys, "failures", pod, "--only", "CDU out", "--format", "json", *slow)
    rows = json.loads(out)["outages"]
    assert code == FINDINGS
    assert [len(row["short"]) for row in rows] == [0, 8, 8]
    assert all(row["margin_m3_s"] < 0.0 for row in rows[1:])
    assert run(capsys, "failures", pod, "--only", "meteor")[0] == USAGE


def test_a_contingency_may_stop_one_pump_of_a_unit(tmp_path, pod):
    layer = tmp_path / "one_pump.usda"
    layer.write_text(
        '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n    timeCodesPerSecond = 1\n)\n'
        'over "World"\n{\n    over "Controls"\n    {\n        def Scope "one_pump" (\n'
        '            prepend apiSchemas = ["TwinContingencyAPI"]\n        )\n        {\n'
        '            string twin:contingency:description = "CDU 1 loses a pump"\n'
        "            rel twin:contingency:onePumpOut = </World/White/Mechanical/Cdu_1>\n"
        "        }\n    }\n}\n",
        encoding="utf-8",
    )
    facility = read(stacked(tmp_path / "adopted", layer, pod / "site.usda")).facility
    columns = [at for at, case in enumerate(facility.cases) if case.name == "one_pump"]
    out = facility.tables["cdu"].numbers["pumps_out_count"]
    assert columns
    assert out[:, columns].tolist() == [[1.0] * len(columns), [0.0] * len(columns)]
    assert out.sum() == len(columns)


def test_both_sides_are_told_and_no_single_failure_of_the_pod_leaves_a_rack_alone(capsys, pod):
    code, page, _ = run(capsys, "failures", pod)
    assert code == OK
    assert max(map(len, page.splitlines())) <= WIDTH
    assert "21 single outages" in page
    assert "102 outages of power equipment" in page
    assert "Normal and worst single failure" in page
    assert "nothing is above its limit" in " ".join(page.split())


def test_racks_without_cooling_are_a_finding(capsys, tmp_path):
    site = one_mechanical_board(copy_pod(tmp_path))
    code, page, _ = run(capsys, "failures", site, "--only", "board out")
    assert code == FINDINGS
    assert "MechanicalBoard_A: 8 racks without cooling" in " ".join(page.split())


def test_the_failure_matrix_is_data(capsys, pod):
    _, out, _ = run(capsys, "failures", pod, "--only", "power", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 103
    for row in rows:
        for device in ("transformer", "ups", "busway", "whip", "power_shelf"):
            if row[f"{device}_part"]:
                gap = float(row[f"{device}_limit_ratio"]) - float(row[f"{device}_loading_ratio"])
                assert float(row[f"{device}_margin_ratio"]) == pytest.approx(gap, abs=1e-12)
    _, out, _ = run(capsys, "failures", pod, "--only", "UPS out", "--format", "json")
    found = json.loads(out)
    assert "outages" not in found
    assert [row["part"] for row in found["power_outages"]] == ["", "/World/Power/Ups_A", "/World/Power/Ups_B"]
    assert {row["device"] for row in found["power_classes"]} >= {"transformer", "ups", "whip"}


def test_pairs_and_maintenance_are_options(capsys, pod):
    pair = "/World/Power/Ups_A,/World/Power/Ups_B"
    code, page, _ = run(capsys, "failures", pod, "--only", "UPS out", "--pair", pair, "--format", "md")
    assert code == FINDINGS
    assert "| pair out | /World/Power/Ups_A and /World/Power/Ups_B |" in page
    code, _, _ = run(capsys, "failures", pod, "--only", "busway out", "--maintenance", "/World/Power/Ups_A")
    assert code == FINDINGS
    assert run(capsys, "failures", pod, "--pair", "/World/Power/Ups_A")[0] == USAGE
    assert run(capsys, "failures", pod, "--maintenance", "/World/Nothing")[0] == USAGE
