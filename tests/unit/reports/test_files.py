"""What is written stands there whole, or not at all."""

import json
import sysconfig
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import twin
from tests.unit.reports.outcomes import CDU, PIPE, RACKS, outcome, report
from twin.data import folder
from twin.errors import UsageError
from twin.reports.files import layout_folder, refuse_target, write_file, write_folder
from twin.reports.layer import refuse_foreign, rows, told_apart
from twin.reports.netcdf import write_netcdf
from twin.reports.trees import results_json


def text(content):
    return lambda target: target.write_text(content)


def broken(_):
    raise ValueError("stopped half way")


def test_a_new_folder_appears_complete(tmp_path):
    write_folder(tmp_path / "deep" / "out", {"a": text("1"), "b": text("2")})
    assert {p.name: p.read_text() for p in (tmp_path / "deep" / "out").iterdir()} == {"a": "1", "b": "2"}
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]


def test_an_old_folder_keeps_what_is_not_ours(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    (tmp_path / "out" / "a").write_text("old")
    write_folder(tmp_path / "out", {"a": text("new")})
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {"a": "new", "mine.txt": "mine"}


@pytest.mark.parametrize("exists", [True, False])
def test_an_interrupted_run_leaves_nothing_half_written(tmp_path, exists):
    if exists:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "a").write_text("old")
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="half way"):
        write_folder(tmp_path / "out", {"a": text("new"), "b": broken})
    with pytest.raises(ValueError, match="half way"):
        write_file(tmp_path / "c.html", broken)
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before
    assert not exists or (tmp_path / "out" / "a").read_text() == "old"


def test_a_file_is_replaced_whole(tmp_path):
    write_file(tmp_path / "x" / "plan.html", text("1"))
    write_file(tmp_path / "x" / "plan.html", text("2"))
    assert (tmp_path / "x" / "plan.html").read_text() == "2"
    assert len(list((tmp_path / "x").iterdir())) == 1


def test_a_file_for_a_folder_or_a_folder_for_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write_folder(tmp_path / "file", {"a": text("")})
    with pytest.raises(UsageError, match="is a folder"):
        write_file(tmp_path, text(""))
    with pytest.raises(UsageError, match="cannot write"):
        write_folder(tmp_path / "file" / "out", {"a": text("")})


def test_nothing_is_written_into_a_layout(tmp_path):
    (tmp_path / "pod" / "layers").mkdir(parents=True)
    (tmp_path / "pod" / "site.usda").write_text("#usda 1.0\n")
    (tmp_path / "link").symlink_to(tmp_path / "pod")
    for layout in (tmp_path / "pod", tmp_path / "pod" / "site.usda", tmp_path / "link"):
        for target in (tmp_path / "pod", tmp_path / "pod" / "out", tmp_path / "pod" / "x" / ".." / "layers"):
            with pytest.raises(UsageError, match="folder of the layout"):
                refuse_target(target, str(layout))
    refuse_target(tmp_path / "pod_out", str(tmp_path / "pod"))
    refuse_target(tmp_path / "out", "a layout that is not there")


def test_nothing_is_written_into_an_installed_package():
    for target in (
        Path(sysconfig.get_path("purelib")) / "x",
        folder("assets") / "Rack",
        folder("layouts") / "pod",
    ):
        with pytest.raises(UsageError, match="installed package"):
            refuse_target(target, "nowhere")


def test_a_bundled_layout_lies_in_the_bundled_folder(monkeypatch):
    monkeypatch.setattr("twin.reports.files.bundled_layouts", lambda: ("pod",))
    monkeypatch.chdir(Path(twin.__file__).parent)
    assert layout_folder("pod") == (folder("layouts") / "pod").resolve()
    assert layout_folder("elsewhere") is None


def test_netcdf_keeps_groups_units_and_paths(tmp_path):
    write_netcdf(outcome().tree, tmp_path / "results.nc")
    with xr.open_datatree(tmp_path / "results.nc", engine="h5netcdf") as tree:
        assert tree["rack/coolant_return_k"].attrs["units"] == "K"
        assert tree["rack"]["rack"].values.tolist() == list(RACKS)
        xr.testing.assert_identical(tree["facility"].to_dataset(), outcome().tree["facility"].to_dataset())


def test_netcdf_is_the_file_that_xarray_would_write(tmp_path):
    tree = outcome().tree
    tree["odd"] = xr.DataTree(
        xr.Dataset(
            {"a": (("x", "bare"), np.array([[1.0, np.nan]])), "n": ("bare", np.array([1, 2])), "s": ((), "")},
            {"x": ["é"], "beside": ("x", [2.5])},
            {"said": ""},
        )
    )
    write_netcdf(tree, tmp_path / "ours.nc")
    tree.to_netcdf(tmp_path / "theirs.nc", engine="h5netcdf")
    with (
        xr.open_datatree(tmp_path / "ours.nc", engine="h5netcdf") as ours,
        xr.open_datatree(tmp_path / "theirs.nc", engine="h5netcdf") as theirs,
    ):
        xr.testing.assert_identical(ours.load(), theirs.load())
        assert ours["odd/a"].encoding["_FillValue"] != ours["odd/a"].encoding["_FillValue"]  # NaN


def test_results_as_json_say_the_same():
    told = json.loads(results_json(outcome().tree))
    rack = told["groups"]["/rack"]
    assert rack["dimensions"] == {"variant": 2, "rack": 2}
    assert rack["variables"]["air_inlet_k"]["values"][0] == [297.0, None]
    assert rack["variables"]["air_inlet_k"]["units"] == "K"
    assert rack["coordinates"]["rack"]["values"] == list(RACKS)


def test_the_results_layer_holds_normal_operation_and_the_gravest_finding():
    found = {row.prim: row for row in rows(outcome())}
    assert found[RACKS[0]].values["coolant_return_k"] == 54.0 + 273.15
    assert "air_inlet_k" not in found[RACKS[1]].values
    assert found[RACKS[0]].words["verdict"] == "critical"
    assert found[RACKS[0]].words["worst_case"] == "CDU_A_out"
    assert found[RACKS[1]].words == {"verdict": "pass"}
    assert found[RACKS[0]].colour != found[RACKS[1]].colour
    assert not {CDU, PIPE} & set(found)


def test_results_that_differ_in_unit_only_get_attributes_of_their_own():
    assert told_apart(["inlet_k", "inlet_pag", "flow_m3_s"]) == {
        "inlet_k": "inlet_temperature_k", "inlet_pag": "inlet_gauge_pressure_pag", "flow_m3_s": "flow_m3_s",
    }  # fmt: skip


def test_a_layer_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "results.usda").write_text('#usda 1.0\ndef "World" {}\n')
    with pytest.raises(UsageError, match="no results layer"):
        refuse_foreign(tmp_path / "results.usda")
    refuse_foreign(tmp_path / "absent.usda")
    assert report().findings
