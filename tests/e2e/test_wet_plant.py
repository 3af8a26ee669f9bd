"""The pod on cooling towers, and on adiabatic coolers, in the place of its dry coolers."""

import json
import shutil

import pytest

from twin.cli import main
from twin.data import folder

pytestmark = pytest.mark.slow


def checked(place, capsys, *, model, attribute, ports=""):
    """Return what a check says of a pod whose dry coolers are of another model."""
    for name in ("layouts/pod", "assets"):
        shutil.copytree(folder(name.split("/")[0]) / name.partition("/")[2], place / name)
    for file in (place / "layouts/pod/layers").glob("*.usda"):
        text = file.read_text(encoding="utf-8").replace("DryCooler_500kW", model)
        if ports:
            for cooler in (1, 2, 3):
                opening = f"DryCooler_{cooler}/ConnectionPoints/twin_"
                text = text.replace(f"{opening}fws", f"{opening}{ports}")
        file.write_text(text.replace("dryCooler", attribute), encoding="utf-8")
    main(["check", str(place / "layouts/pod"), "--scenario", "entering_45", "--format", "json"])
    return json.loads(capsys.readouterr().out)


def test_towers_tell_their_water_and_where_their_law_ends(tmp_path, capsys):
    said = checked(tmp_path, capsys, model="CoolingTower_1200kW", attribute="coolingTower", ports="cws")
    told = {f["rule"]: f for f in said["findings"]}
    assert said["residuals"]["energy"] < 1e-9
    # Air of 45 degC gives water its own heat too: more evaporates than 1.1 MW do, a fifth is blown down.
    assert 1.25 < said["metrics"]["make_up_kg_s"] / (1.1e6 / 2.44e6) < 4.0
    assert told["CL060"]["margin"] == pytest.approx(-0.333, abs=0.01)
    assert told["CL062"]["value"] < 10.0


def test_wetted_pads_carry_a_hot_day_and_drink(tmp_path, capsys):
    said = checked(tmp_path, capsys, model="AdiabaticCooler_1MW", attribute="adiabaticCooler")
    assert said["residuals"]["energy"] < 1e-9
    assert "CL021" not in {f["rule"] for f in said["findings"]}
    assert said["metrics"]["make_up_kg_s"] > 0.1
