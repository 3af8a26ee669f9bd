"""Results of water networks as files, and the command that writes them."""

import json

import numpy as np
import pytest
import xarray as xr

from twin.cli import main
from twin.interop.epanet_laws import POWER_N_M3
from twin.interop.epanet_model import GRAVITY_M_S2
from twin.interop.epanet_results import network_dataset, network_json, summary
from twin.interop.epanet_run import run
from twin.interop.epanet_text import parse_inp

TEXT = """
[JUNCTIONS]
 a 10 5
 b 12 0
[RESERVOIRS]
 r 60
[TANKS]
 t 40 5 1 9 10 0
[PIPES]
 p1 r a 1000 200 120
 p2 a t 100 200 120
 p3 a b 100 200 120 0 CLOSED
[RULES]
 RULE night
 IF TANK t LEVEL ABOVE 7
 THEN PIPE p1 STATUS IS CLOSED
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
"""


@pytest.fixture
def network():
    return parse_inp(TEXT, file="small.inp")


@pytest.fixture
def inp(tmp_path):
    file = tmp_path / "small.inp"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_json_tells_heads_pressures_flows_and_statuses_by_name(network):
    told = json.loads(network_json(run(network, duration_s=0.0), over_time=False))
    assert told["friction_law"] == "Hazen-Williams"
    assert told["mass_residual_ratio"] < 1e-9
    assert told["iteration_count"] > 0
    assert "night" in told["unsupported"][0]
    a, t = told["node"]["a"], told["node"]["t"]
    weight = told["density_kg_m3"] * GRAVITY_M_S2
    assert a["pressure_pa"] == pytest.approx(weight * (a["head_m"] - 10.0), rel=1e-8)
    assert t["pressure_pa"] == pytest.approx(weight * 5.0, rel=1e-8)
    assert told["node"]["r"] == {"head_m": pytest.approx(60.0), "pressure_pa": 0.0}
    assert told["link"]["p1"]["flow_m3_s"] == pytest.approx(0.005 + told["link"]["p2"]["flow_m3_s"], rel=1e-8)
    assert told["link"]["p1"]["headloss_m"] == pytest.approx(60.0 - a["head_m"], rel=1e-8)
    assert told["link"]["p3"]["status"] == "closed"


def test_a_node_that_closed_links_cut_off_has_no_head(network):
    told = json.loads(network_json(run(network, duration_s=0.0), over_time=False))
    assert told["node"]["b"] == {"head_m": None, "pressure_pa": None}


PUMPED = """
[JUNCTIONS]
 a 0 10
[RESERVOIRS]
 r 10
[PUMPS]
 u r a HEAD c SPEED {speed}
[CURVES]
 c 0 40
 c 10 30
 c 20 10
 e 0 20
 e 20 80
[ENERGY]
 GLOBAL EFFIC 60
 {own}
[OPTIONS]
 UNITS LPS
"""


@pytest.mark.parametrize(
    ("own", "speed", "efficiency"),
    [
        ("", 1.0, 0.6),
        ("PUMP u EFFIC e", 1.0, 0.5),
        ("PUMP u EFFIC e", 0.9, 1.0 - (1.0 - 8.0 / 15.0) * 0.9**-0.1),
    ],
)
def test_a_pump_draws_the_power_it_gives_over_its_efficiency_at_its_flow_and_speed(own, speed, efficiency):
    record = run(parse_inp(PUMPED.format(own=own, speed=speed)), duration_s=3600.0)
    told = json.loads(network_json(record, over_time=False))["link"]["u"]
    assert told["power_w"] == pytest.approx(-POWER_N_M3 * 0.01 * told["headloss_m"] / efficiency, rel=1e-8)
    data = network_dataset(record)
    assert data.power_w.sel(link="u").values == pytest.approx([told["power_w"]] * 2, rel=1e-8)
    assert data.power_w.attrs["units"] == "W"


def test_a_pump_at_rest_draws_nothing_and_other_links_have_no_power(network):
    text = PUMPED.format(own="", speed=1.0).replace(" a 0 10", " a 0 0") + "[STATUS]\n u CLOSED\n"
    told = json.loads(network_json(run(parse_inp(text), duration_s=0.0), over_time=False))
    assert told["link"]["u"]["power_w"] == 0.0
    plain = json.loads(network_json(run(network, duration_s=0.0), over_time=False))
    assert all("power_w" not in link for link in plain["link"].values())


def test_over_time_numbers_are_arrays(network):
    told = json.loads(network_json(run(network, duration_s=7200.0), over_time=True))
    assert told["time_s"] == [0.0, 3600.0, 7200.0]
    assert len(told["node"]["t"]["head_m"]) == len(told["link"]["p1"]["status"]) == 3
    assert told["step_count"] >= 3


def test_the_command_writes_json_and_netcdf_and_lists_what_is_left_out(inp, tmp_path, capsys):
    assert main(["solve", str(inp), "-o", str(tmp_path / "out.json")]) == 0
    said = capsys.readouterr()
    assert "iterations, mass residual" in said.out
    assert "not supported: rule night" in said.err
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert main(["solve", str(inp), "-o", str(tmp_path / "out.nc"), "--duration", "2h"]) == 0
    with xr.open_dataset(tmp_path / "out.nc") as data:
        assert data.time_s.values.tolist() == [0.0, 3600.0, 7200.0]
        assert data.head_m.attrs["units"] == "m"
        assert data.attrs["friction_law"] == "Hazen-Williams"
        first = data.flow_m3_s.sel(link="p1").values[0]
        assert first == pytest.approx(told["link"]["p1"]["flow_m3_s"], rel=1e-9)
        assert np.isnan(data.head_m.sel(node="b").values).all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--duration", "24"], "no unit"),
        (["--duration=-1h"], "below 0"),
        (["--scenario", "hot"], "not with EPANET inputs"),
    ],
)
def test_what_does_not_go_with_an_epanet_input_is_refused(inp, tmp_path, capsys, words, told):
    assert main(["solve", str(inp), "-o", str(tmp_path / "out.json"), *words]) == 2
    assert told in capsys.readouterr().err


def test_faults_and_dead_ends_have_exit_codes_of_their_own(inp, tmp_path, capsys):
    inp.write_text(TEXT.replace("1000 200 120", "1000 -200 120"), encoding="utf-8")
    assert main(["solve", str(inp), "-o", str(tmp_path / "out.json")]) == 3
    assert "small.inp:10" in capsys.readouterr().err
    inp.write_text(TEXT.replace(" b 12 0", " b 12 1"), encoding="utf-8")
    assert main(["solve", str(inp), "-o", str(tmp_path / "out.json")]) == 4
    assert "p3" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_the_summary_is_one_line(network):
    assert "\n" not in summary(run(network, duration_s=7200.0))
