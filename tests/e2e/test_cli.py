"""The command line from stage to exit code, on a site small enough to be read here: one rack in one room."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import xarray as xr
from pxr import Usd

from twin.cli import main, parser
from twin.errors import ConvergenceError
from twin.reports.lines import WIDTH
from twin.reports.machine import schema

ROOT = Path(__file__).parents[2]
RACK = "/World/Rack"
POWER = f"{RACK}.twin:airRack:itPower"

SITE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 24
    subLayers = [@./layers/hall.usda@]
)

def Xform "World" (
    variants = {
        string scenario = "usual"
    }
    prepend variantSets = "scenario"
)
{
    def Xform "Site" (
        prepend apiSchemas = ["TwinSiteAPI"]
    )
    {
        double twin:site:elevation = 100
        double twin:site:dryBulb = 10
        double twin:site:wetBulb = 8
        double twin:site:dewPoint = 5
        double twin:site:minimum = -10
        double twin:site:recirculation = 2
        double twin:site:frequency = 50
        token twin:site:loadingRegime = "iec"
    }

    variantSet "scenario" = {
        "usual" {
            over "Rack"
            {
                double twin:airRack:itPower = 20 (
                    customData = {
                        string evidence = "datasheet"
                        string source = "sheet 1"
                    }
                )
            }
        }
        "heavy" {
            over "Rack"
            {
                double twin:airRack:itPower = 60
            }
        }
    }
}
"""

PORT = """            def Xform "{name}" (
                prepend apiSchemas = ["TwinPortAPI"]
            )
            {{
                token simready:connectionPoint:domain = "{domain}"
                token simready:connectionPoint:system = "{system}"
                token simready:connectionPoint:direction = "{direction}"
                double3 xformOp:translate = ({x}, {y}, 1)
                uniform token[] xformOpOrder = ["xformOp:translate"]
            }}
"""
HALL = (
    """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    upAxis = "Z"
    timeCodesPerSecond = 24
)

def Xform "World"
{
    def Xform "Room" (
        prepend apiSchemas = ["TwinRoomAPI"]
    )
    {
        token twin:room:use = "white"
        double twin:room:wallConductance = 4000
        float3[] extentsHint = [(-5, -4, 0), (5, 4, 4)]
    }

    def Xform "Utility" (
        prepend apiSchemas = ["TwinUtilityAPI"]
    )
    {
        double twin:utility:voltage = 0.4
        double twin:utility:shortCircuitPower = 10

        def Scope "ConnectionPoints"
        {
"""
    + PORT.format(name="feeder_1", domain="electrical", system="power", direction="output", x=0, y=0)
    + """        }
    }

    def Xform "Rack" (
        prepend apiSchemas = ["TwinAirRackAPI"]
    )
    {
        double twin:airRack:powerFactorRatio = 0.95
        double twin:airRack:airflow = 3
        double twin:airRack:airInletMax = 32
        token twin:airRack:airClass = "A2"
        double twin:airRack:mass = 900
        float3[] extentsHint = [(-0.3, -0.6, 0), (0.3, 0.6, 2.2)]

        def Scope "ConnectionPoints"
        {
"""
    + PORT.format(name="input_1", domain="electrical", system="power", direction="input", x=0, y=0)
    + PORT.format(name="air_in", domain="airflow", system="", direction="input", x=0, y=-0.7)
    + PORT.format(name="air_out", domain="airflow", system="", direction="output", x=0, y=0.7)
    + """        }
    }

    def BasisCurves "Cable" (
        prepend apiSchemas = ["TwinPowerCableAPI"]
    )
    {
        double twin:powerCable:count = 1
        double twin:powerCable:rating = 125
        double twin:powerCable:section = 50
        rel twin:connection:from = </World/Utility/ConnectionPoints/feeder_1>
        rel twin:connection:to = </World/Rack/ConnectionPoints/input_1>
        uniform token type = "linear"
        int[] curveVertexCounts = [2]
        point3f[] points = [(0, 0, 1), (10, 0, 1)]
    }
}
"""
).replace('                token simready:connectionPoint:system = ""\n', "")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return write(folder)


def write(folder: Path, hall: str = HALL) -> Path:
    (folder / "layers").mkdir()
    (folder / "site.usda").write_text(SITE)
    (folder / "layers" / "hall.usda").write_text(hall)
    return folder


@pytest.fixture
def twin(capsys):
    def run(*arguments):
        code = main([str(a) for a in arguments])
        said = capsys.readouterr()
        return SimpleNamespace(code=code, out=said.out, err=said.err)

    return run


def line_of(text: str, file: str) -> int:
    return next(i for i, line in enumerate(file.splitlines(), start=1) if text in line)


def valid_json(text: str) -> dict:
    told = json.loads(text)
    jsonschema.validate(told, schema())
    return told


def test_a_sound_layout_passes_and_nothing_is_written(twin, site):
    before = sorted(site.rglob("*"))
    done = twin("check", site)
    assert (done.code, done.err) == (0, "")
    assert "PASS" in done.out
    assert "20 kW IT" in done.out
    assert max(map(len, done.out.splitlines())) <= WIDTH
    assert sorted(site.rglob("*")) == before


def test_json_tells_inputs_metrics_and_closed_balances(twin, site):
    told = valid_json(twin("check", site, "--format", "json").out)
    assert told["summary"]["verdict"] == "pass"
    assert told["metrics"]["it_power_w"] == pytest.approx(20e3)
    assert told["metrics"]["pue_design"] > 1.0
    assert max(told["residuals"].values()) < 1e-9
    assert set(told["inputs"]["layers"]) == {"site.usda", "layers/hall.usda"}


def test_a_climate_puts_its_design_day_on_the_site(twin, site, tmp_path):
    told = valid_json(
        twin("check", site, "--climate", "phoenix", "--fail-on", "never", "--format", "json").out
    )
    assert told["inputs"]["climate"].startswith("phoenix: 0.4 % dry bulb with the wet bulb beside it, 43.4")
    page = twin("explain", "/World/Site.twin:site:dryBulb", "--layout", site, "--climate", "dublin").out
    assert "--climate /World/Site.twin:site:dryBulb" in page
    for asked in (
        ("--climate", "phenix"),
        ("--climate", "dublin", "--design-day", "n20"),
        ("--design-day", "1"),
    ):
        assert twin("check", site, *asked).code == 2
    (tmp_path / "w.epw").write_text("LOCATION,Nowhere\n")
    refused = twin("check", site, "--climate", tmp_path / "w.epw", "--format", "json")
    assert refused.code == 3
    assert {error["code"] for error in valid_json(refused.out)["errors"]} == {"ST201"}


def test_climates_are_listed_and_shown(twin):
    listed = twin("climate")
    assert listed.code == 0
    assert [line.split()[0] for line in listed.out.splitlines()[1:7]] == [
        "phoenix", "miami", "sterling", "chicago", "denver", "frankfurt",
    ]  # fmt: skip
    page = twin("climate", "frankfurt").out
    assert "not established" in page
    assert max(map(len, (*page.splitlines(), *listed.out.splitlines()))) <= WIDTH
    held = json.loads(twin("climate", "phoenix", "--format", "json").out)
    assert held["schema"] == "twin-climate/1"
    assert len(held["months"]) == 13
    assert {day["key"] for day in held["design_days"]} >= {"0.4", "99.6", "n20", "cold50"}
    every = json.loads(twin("climate", "--format", "json").out)["climates"]
    assert len(every) >= 6


def test_a_scenario_and_an_override_change_the_answer_and_are_recorded(twin, site):
    told = valid_json(
        twin("check", site, "--scenario", "heavy", "--format", "json", "--fail-on", "never").out
    )
    assert told["metrics"]["it_power_w"] == pytest.approx(60e3)
    assert told["inputs"]["scenario"] == "heavy"
    told = valid_json(
        twin(
            "check",
            site,
            "--set",
            f"{POWER}=25000 W",
            "--variant",
            "/World:scenario=usual",
            "--format",
            "json",
        ).out
    )
    assert told["metrics"]["it_power_w"] == pytest.approx(25e3)
    assert told["inputs"]["overrides"] == {POWER: "25000 W"}


def test_out_writes_every_file_and_they_can_be_read_again(twin, site, tmp_path):
    done = twin("check", site, "--out", tmp_path / "out")
    assert done.code == 0
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "check.json", "findings.md", "plan.html", "results.nc", "results.usda",
    ]  # fmt: skip
    assert valid_json((tmp_path / "out" / "check.json").read_text())["layout"] == str(site)
    with xr.open_datatree(tmp_path / "out" / "results.nc", engine="h5netcdf") as tree:
        assert tree["rack/it_power_w"].values.ravel() == pytest.approx(20e3)
        assert tree["rack/it_power_w"].attrs["units"] == "W"
    stage = Usd.Stage.Open(str(tmp_path / "out" / "results.usda"))
    result = stage.GetPrimAtPath(RACK).GetAttribute("twin:result:itPower")
    assert (result.Get(), result.GetCustomDataByKey("unit")) == (pytest.approx(20.0), "kW")
    assert "<html" in (tmp_path / "out" / "plan.html").read_text()[:500].lower()
    # A figure of pumps that an older run left is not one of this run, which has none.
    (tmp_path / "out" / "pumps.html").write_text("old")
    assert twin("check", site, "--out", tmp_path / "out").code == 0
    assert not (tmp_path / "out" / "pumps.html").exists()


def test_nothing_is_written_into_the_layout(twin, site):
    before = sorted(site.rglob("*"))
    assert twin("check", site, "--out", site / "out").code == 2
    assert twin("plan", site, "-o", site / "plan.html").code == 2
    assert twin("solve", site / "site.usda", "-o", site / "layers" / "x.nc").code == 2
    assert sorted(site.rglob("*")) == before


def test_solve_and_plan_write_one_file(twin, site, tmp_path):
    assert twin("solve", site, "-o", tmp_path / "results.nc").code == 0
    assert twin("solve", site, "-o", tmp_path / "results.json").code == 0
    told = json.loads((tmp_path / "results.json").read_text())
    assert told["groups"]["/rack"]["variables"]["it_power_w"]["values"][0] == pytest.approx([20e3])
    assert twin("plan", site, "-o", tmp_path / "plan.html").code == 0
    assert len(list(tmp_path.iterdir())) == 3
    assert twin("solve", site, "-o", tmp_path / "results.txt").code == 2


def test_solve_names_the_outages_without_a_state_and_does_not_end_in_0(twin, tmp_path):
    target = tmp_path / "results.nc"
    run = twin("solve", "hall_legacy", "--variant", "/World:rack=all_132", "-o", target)
    assert run.code == 4
    assert all(f"no steady state in {name}" in run.err for name in ("transformer_a", "transformer_b", "ups"))
    with xr.open_datatree(target) as tree:
        assert "transformer_a" in tree.attrs["unsolved"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "no_such_layout"], "there is no layout no_such_layout"),
        (["check", "{site}", "--set", f"{POWER}=20kVA"], "expected power"),
        (["check", "{site}", "--set", f"{RACK}.twin:airRack:itPowr=20"], "did you mean"),
        (["check", "{site}", "--scenario", "odd"], "no scenario='odd'"),
        (["explain", "XX999"], "there is no rule XX999"),
        (["explain", POWER], "which layout?"),
        (["verify", "nothing"], "there is no case nothing"),
    ],
)
def test_what_does_not_exist_is_a_usage_error_on_one_line(twin, site, arguments, said):
    done = twin(*(a.format(site=site) for a in arguments))
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("twin: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["check"], ["check", "x", "--fail-on", "note"], ["nothing"]])
def test_a_wrong_command_line_is_refused_by_the_parser(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_an_invalid_layout_tells_file_and_line_and_what_is_right(twin, tmp_path):
    hall = HALL.replace("twin:airRack:mass", "twin:airRack:mas")
    (tmp_path / "bad").mkdir()
    site = write(tmp_path / "bad", hall)
    done = twin("check", site)
    assert done.code == 3
    assert "INVALID" in done.out
    assert f"layers/hall.usda:{line_of('twin:airRack:mas ', hall)}" in done.out
    assert "did you mean twin:airRack:mass" in done.out
    told = valid_json(twin("check", site, "--format", "json").out)
    assert (told["summary"]["verdict"], told["summary"]["exit_code"]) == ("invalid", 3)
    assert {e["code"] for e in told["errors"]} == {"ST010", "ST016"}
    assert ET.fromstring(twin("check", site, "--format", "junit").out).get("errors") == "2"
    assert "ST010" in twin("check", site, "--format", "md").out
    (run,) = json.loads(twin("check", site, "--format", "sarif").out)["runs"]
    assert {r["ruleId"] for r in run["results"]} == {"ST010", "ST016"}
    done = twin("solve", site, "-o", tmp_path / "results.nc")
    assert done.code == 3
    assert "ST010" in done.err
    assert not (tmp_path / "results.nc").exists()


def test_a_layer_cut_off_in_the_middle_is_invalid_input(twin, tmp_path):
    done = twin("check", write(tmp_path, HALL[: len(HALL) // 2]))
    assert done.code == 3
    assert "layers/hall.usda:" in done.out


def refuse_with(monkeypatch, reason):
    def walk(*_, **__):
        raise reason

    monkeypatch.setattr("twin.walk.walk", walk)


def test_no_solution_is_exit_4_and_names_the_component(twin, site, monkeypatch):
    refuse_with(monkeypatch, ConvergenceError("flow still changing", component=RACK, equation="mass balance"))
    done = twin("check", site)
    assert done.code == 4
    assert "flow still changing" in done.out
    assert RACK in done.out
    told = valid_json(twin("check", site, "--format", "json").out)
    assert told["errors"][0]["equation"] == "mass balance"


def test_a_fault_of_ours_is_exit_5_on_one_line_without_a_traceback(twin, site, monkeypatch):
    monkeypatch.delenv("TWIN_DEBUG", raising=False)
    refuse_with(monkeypatch, ZeroDivisionError("division\nby zero"))
    done = twin("check", site)
    assert (done.code, done.out) == (5, "")
    assert done.err.count("\n") == 1
    assert "please report" in done.err
    assert "test_cli.py" in done.err
    told = valid_json(twin("check", site, "--format", "json", "--set", f"{POWER}=30").out)
    assert told["errors"][0]["reason"] == "internal"
    assert told["inputs"]["overrides"] == {POWER: "30"}
    monkeypatch.setenv("TWIN_DEBUG", "1")
    assert "Traceback" in twin("check", site).err


def test_explain_tells_which_line_gives_a_number_and_which_it_overrides(twin, site):
    done = twin("explain", POWER, "--layout", site, "--set", f"{POWER}=25000 W")
    assert done.code == 0
    assert "25 kW (it_power_w = 25000 W)" in done.out
    line = line_of("twin:airRack:itPower = 20", SITE)
    assert f"Overrides   site.usda:{line}  20 kW" in done.out
    done = twin("explain", POWER, "--layout", site)
    assert f"site.usda:{line}  20 kW" in done.out
    assert "datasheet · sheet 1" in done.out


def test_explain_tells_a_result_in_every_case_and_what_it_rests_on(twin, site):
    done = twin("explain", f"{RACK}.air_outlet_k", "--layout", site)
    assert done.code == 0
    for word in ("normal", "°C", "outlet_k of the element 'air'", "Mover", "airflow_m3_s"):
        assert word in done.out


def test_explain_of_a_code_needs_no_layout(twin):
    assert "Remedy" in twin("explain", "ST017").out
    assert "Remedy" in twin("explain", "st017").out
    assert "ST017" in twin("explain").out


def test_verify_compares_with_published_numbers(twin):
    done = twin("verify", "gb300_rack")
    assert done.code == 0
    assert "18 of 18 numbers within tolerance" in done.out


def test_schema_lists_writes_and_compares(twin, tmp_path):
    assert "twin:airRack:itPower [kW]" in twin("schema").out
    assert twin("schema", "-o", tmp_path / "schema").code == 0
    assert twin("schema", "--check", "-o", tmp_path / "schema").code == 0
    (tmp_path / "schema" / "plugInfo.json").write_text("{}")
    assert twin("schema", "--check", "-o", tmp_path / "schema").code == 1
    assert (Path(twin("schema", "--plugin-path").out.strip()) / "plugInfo.json").is_file()


def test_doctor_finds_nothing_missing(twin):
    done = twin("doctor")
    assert done.code == 0, done.out
    assert "everything that is needed is there" in done.out


def test_help_names_every_command_and_fits(capsys):
    for command in ("", "check", "solve", "plan", "new", "schema", "explain", "verify", "doctor"):
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"] if command else ["--help"])
        assert stop.value.code == 0
        assert max(map(len, capsys.readouterr().out.splitlines())) <= WIDTH
    assert parser().prog == "twin"


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -m twin schema | head -n 1"
    run = subprocess.run(command, shell=True, cwd=ROOT, check=True, capture_output=True, text=True)
    assert run.stdout.count("\n") == 1
    assert run.stderr == ""


def test_version_names_what_results_depend_on():
    command = [sys.executable, "-m", "twin", "--version"]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert run.stdout.startswith("twin ")
    assert "usd-core" in run.stdout
