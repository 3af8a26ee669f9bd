"""A layout in time, from the layer of docs/time.md to the exit code."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from twin.checks.rule import rules
from twin.cli import main
from twin.data import folder
from twin.errors import InputError
from twin.plots.march import march_figure
from twin.studies.march import time_march

PAGE = Path(__file__).parents[2] / "docs" / "time.md"
UTILITY, TRAINING, LOST = (
    "/World/Electrical/Utility",
    "/World/Controls/Training",
    "/World/Controls/UtilityLost",
)


def layer(target: Path, layout: str = "pod", **changes: str) -> str:
    """Return the layer of the page over a bundled layout; lines that hold a key become its value."""
    text = PAGE.read_text(encoding="utf-8").partition("```usda\n")[2].partition("```")[0]
    text = text.replace("./my_pod/site.usda", (folder("layouts") / layout / "site.usda").resolve().as_posix())
    for key, line in changes.items():
        old = next(li for li in text.splitlines() if f":{key} =" in li)
        text = text.replace(old, line)
    target.mkdir(exist_ok=True)
    (target / "training.usda").write_text(text, encoding="utf-8")
    return str(target / "training.usda")


def said(prim: str, kind: str, **values: str) -> list[str]:
    return [a for n, v in values.items() for a in ("--set", f"{prim}.twin:{kind}:{n}={v}")]


def test_the_pod_in_training_rides_through_until_its_generator_starts(tmp_path, capsys):
    out = tmp_path / "run.nc"
    assert main(["solve", layer(tmp_path / "site"), "--duration", "40s", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "quasi-static, no network dynamics" in printed
    assert "no findings" in printed
    assert "not established, as no limit is given: ramp at the grid (EL090)" in printed
    with xr.open_datatree(out, engine="h5netcdf") as tree:
        assert tree.attrs["energy_residual_ratio"] <= 1e-9
        for name in ("plant", "converter", "rack"):
            assert tree[name].to_dataset()["kind"].dims == (name,)
        power = tree["plant"]["power_w"]
        assert power.dims == ("variant", "time", "plant")
        assert power.attrs["units"] == "W"
        time = tree["facility"]["time"].values
        grid = tree["facility"]["utility_power_w"].values[0]
        assert np.all(grid[time > 15.0] == 0.0)
        assert np.all(tree["facility"]["source_power_w"].values[0][(time > 15.0) & (time < 25.0)] == 0.0)
        assert tree["march/ups"]["gap_s"].values[0, 0] == pytest.approx(10.0, abs=1e-9)
        assert np.all(tree["rack"]["supply_lost_ratio"].values == 0.0)


def test_ramp_swing_and_a_battery_that_is_empty_too_soon_are_findings(tmp_path, capsys):
    limits = said(
        UTILITY, "utility", rampLimit="1MW/min", rampWindow="1s", swingLimit="0.2MW", swingWindow="5s"
    )
    out = tmp_path / "run.json"
    command = ["solve", layer(tmp_path / "site"), "--duration", "4000s", "-o", str(out), *limits]
    assert main(command) == 1
    printed = capsys.readouterr().out
    for code in ("EL090", "EL091", "EL092"):
        source = re.escape(rules()[code][0].source)
        place = r"\S+(\.usda:\d+|--set.*)"
        assert re.search(rf"{code}  .*\n.*\n +/World/\S+  {place}\n +{source}", printed)
    held = json.loads(out.read_text(encoding="utf-8"))
    assert held["attributes"]["method"].startswith("quasi-static")
    assert {"/plant", "/converter", "/rack", "/facility"} <= set(held["groups"])


def test_a_loss_of_the_grid_is_no_ramp_of_the_site_but_its_return_is(tmp_path):
    site = layer(tmp_path / "site", stepsCount="            double twin:loadShape:stepsCount = 0")
    flat = time_march(site, 40.0).tree["march/utility"]["second_ramp_w_s"].values[0, 0]
    assert flat == 0.0
    timed = time_march(site, 40.0, overrides=[f"{LOST}.twin:supplyEvent:return=30s"])
    back = timed.tree["march/utility"]["second_ramp_w_s"].values[0, 0]
    power = timed.tree["facility"]["utility_power_w"].values[0]
    assert back == pytest.approx(power[timed.march.time_s >= 30.0].max(), rel=1e-12)


def test_peaks_above_a_short_time_rating_are_findings(tmp_path):
    rating = [
        "/World/White/IT/Rack_A1.twin:rack:shelfPeakPower=10kW",
        "/World/White/IT/Rack_A1.twin:rack:shelfPeak=1s",
    ]
    timed = time_march(layer(tmp_path / "site"), 14.0, overrides=rating)
    found = {(f.rule, f.prim) for f in timed.findings}
    assert found == {("EL093", "/World/White/IT/Rack_A1")}
    loose = [rating[0].replace("10kW", "100kW"), rating[1].replace("1s", "5s")]
    assert not time_march(layer(tmp_path / "site"), 14.0, overrides=loose).findings


def test_both_supplies_lost_drop_the_racks_when_the_batteries_are_empty(tmp_path):
    small = [f"/World/Power/Ups_{s}.twin:ups:batteryEnergy=0.5kWh" for s in "AB"]
    timed = time_march(layer(tmp_path / "site"), 24.0, overrides=small)
    lost = timed.march.lost_s[np.isfinite(timed.march.lost_s)]
    assert {"EL092", "EL094"} == {f.rule for f in timed.findings}
    assert lost.size >= 8
    assert 15.0 < lost.min() < 25.0
    halved = time_march(layer(tmp_path / "site"), 24.0, step_s=0.06, overrides=small).march
    np.testing.assert_allclose(halved.lost_s[np.isfinite(halved.lost_s)], lost, rtol=1e-9)


def test_without_a_shape_or_an_event_every_instant_is_the_steady_state(tmp_path):
    timed = time_march("pod", 60.0)
    from twin.walk import walk

    steady = walk("pod").tree["plant"].to_dataset()
    grid = [str(k) for k in steady["kind"].values].index("utility")
    np.testing.assert_allclose(
        timed.tree["facility"]["utility_power_w"].values, steady["power_w"].values[0, grid], rtol=1e-9
    )
    assert timed.march.solved == timed.march.factorised == 1


def test_the_figure_is_one_file_and_says_that_it_is_quasi_static(tmp_path):
    out = tmp_path / "run.html"
    assert main(["solve", layer(tmp_path / "site"), "--duration", "10s", "-o", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert "Quasi-static: a steady power flow at every instant" in page
    assert "<script src=" not in page


def test_the_shipped_variant_is_the_layer_of_the_page(tmp_path):
    own = time_march("pod", 20.0, variants=["/World:training=steps"])
    written = time_march(layer(tmp_path / "site"), 20.0)
    np.testing.assert_array_equal(own.march.time_s, written.march.time_s)
    power = [np.asarray(t.tree["facility"]["utility_power_w"].values) for t in (own, written)]
    np.testing.assert_allclose(*power, rtol=1e-12)
    figure = march_figure(own.tree, "")
    drawn = {trace.legend or "legend" for trace in figure.data}
    assert drawn == {"legend", "legend2", "legend3", "legend4"}
    assert figure.layout.yaxis3.title.text == "Stored, % of full"


@pytest.mark.parametrize("text", ["0s", "-3s", "60"])
def test_a_march_without_length_or_unit_is_refused(text, tmp_path, capsys):
    assert main(["solve", "pod", f"--duration={text}", "-o", str(tmp_path / "run.nc")]) == 2
    assert "--duration" in capsys.readouterr().err


NO_TIME = {
    "transfer": "",
    "contingency": "            rel twin:supplyEvent:contingency = </World/Controls/chiller>",
}
WRONG = {
    "ST180": ([], "racks"),
    "ST181": (said(LOST, "supplyEvent", **{"return": "10s"}), ""),
    "ST182": ([], "transfer"),
    "ST183": (said(UTILITY, "utility", rampLimit="1MW/min"), ""),
    "ST184": (said("/World/Power/Ups_A", "ups", overloadPower="1800kW"), ""),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_a_march_cannot_be_followed_with_is_refused_by_code(code, tmp_path):
    overrides, what = WRONG[code]
    site = layer(tmp_path / "site", **(NO_TIME if what == "transfer" else {}))
    if what == "racks":
        text = Path(site).read_text(encoding="utf-8")
        first = text[
            text.index('        def Scope "Training"') : text.index('        def Scope "UtilityLost"')
        ]
        Path(site).write_text(
            text.replace(first, first + first.replace('Training"', 'Again"')), encoding="utf-8"
        )
    with pytest.raises(InputError) as refusal:
        time_march(site, 30.0, overrides=overrides[1::2])
    assert {f.code for f in refusal.value.faults} == {code}
    assert all(re.search(r"\.usda:\d+$", f.where) for f in refusal.value.faults)


def test_cords_of_single_phases_are_refused_in_time(tmp_path, capsys):
    whip = "/World/White/Electrical/Whips/Rack_A1_A.twin:whip:phases=a"
    assert main(["solve", "pod", "--duration=10s", "--set", whip, "-o", str(tmp_path / "run.nc")]) == 2
    assert "single phases" in capsys.readouterr().err


def test_off_the_grid_no_ramp_is_told(tmp_path):
    tree = time_march(layer(tmp_path / "site"), 30.0).tree
    whole = tree["facility"].to_dataset()
    ramp, power = (np.asarray(whole[name].values)[0] for name in ("ramp_w_s", "utility_power_w"))
    time = np.asarray(whole["time"].values)
    assert np.isnan(ramp[time > 15.1]).all()
    assert np.isfinite(ramp[time < 15.0]).all()
    assert (power[time > 15.1] == 0.0).all()


def test_a_ups_on_its_maintenance_bypass_has_no_battery_to_ride_on(tmp_path):
    both = [f"/World/Power/Ups_{feed}.twin:ups:mode=maintenance_bypass" for feed in "AB"]
    found = time_march(layer(tmp_path / "site"), 30.0, overrides=both).march
    lost = found.lost_s[np.isfinite(found.lost_s)]
    assert lost.size
    assert lost == pytest.approx(np.full(lost.size, 15.0))
