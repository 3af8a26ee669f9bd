"""States that cannot be are told: by whom, how bad, since when; and sound ones are not."""

import json

import pytest
import xarray as xr

from twin.cli import main
from twin.interop.epanet_results import network_json
from twin.interop.epanet_run import run
from twin.interop.epanet_text import parse_inp
from twin.interop.epanet_warn import warnings_of

PUMPED = """
[JUNCTIONS]
 a {height} {drawn}
[RESERVOIRS]
 r 10
 top {top}
[PIPES]
 p a top 100 300 120 0 {status}
[PUMPS]
 u r a HEAD c {more}
[CURVES]
 c {curve}
[OPTIONS]
UNITS LPS
"""
POWER_LAW, POINTS = "0 40\n c 10 36\n c 20 24", "0 40\n c 10 36\n c 20 30\n c 30 20"


def pumped(drawn=0.0, *, curve="10 30", top=20.0, status="OPEN", more="", height=0.0):
    return PUMPED.format(drawn=drawn, curve=curve, top=top, status=status, more=more, height=height)


def warned(text, duration_s=0.0):
    return warnings_of(run(parse_inp(text), duration_s=duration_s))


@pytest.mark.parametrize("curve", ["10 30", POWER_LAW, POINTS])
def test_a_sound_state_has_no_warning(curve):
    assert warned(pumped(5.0, curve=curve, top=40.0)) == []
    # A pump against a closed end delivers all the head that it has, and no flow.
    assert warned(pumped(0.0, curve=curve, status="CLOSED")) == []


@pytest.mark.parametrize(
    ("curve", "speed", "end"), [("10 30", 1.0, 0.020), (POINTS, 1.0, 0.030), (POINTS, 1.2, 0.036)]
)
def test_a_pump_warns_beyond_the_end_of_its_curve_at_its_speed_and_not_before(curve, speed, end):
    text = {"curve": curve, "status": "CLOSED", "more": f"SPEED {speed}", "height": -900.0}
    assert warned(pumped(0.999e3 * end, **text)) == []
    (told,) = warned(pumped(1.001e3 * end, **text))
    assert (told.component, told.time_s) == ("u", 0.0)
    assert f"its curve ends at {end:.4g} m3/s" in told.text


@pytest.mark.parametrize(("curve", "shutoff"), [("10 30", 40.0), (POWER_LAW, 40.0), (POINTS, 40.0)])
@pytest.mark.parametrize("speed", [1.0, 0.8])
def test_a_pump_warns_where_more_head_stands_against_it_than_it_has(curve, shutoff, speed):
    reach = 10.0 + shutoff * speed**2
    more = f"SPEED {speed}"
    assert warned(pumped(curve=curve, top=reach - 0.1, more=more)) == []
    (told,) = warned(pumped(curve=curve, top=reach + 0.1, more=more))
    assert told.component == "u"
    assert f"against {shutoff * speed**2:.4g} m at no flow" in told.text


@pytest.mark.parametrize(("height", "count"), [(19.9, 0), (20.1, 1)])
def test_a_junction_below_the_pressure_outdoors_warns(height, count):
    text = "[JUNCTIONS]\n a {} 0\n[RESERVOIRS]\n r 20\n[PIPES]\n p r a 9 300 120\n[OPTIONS]\nUNITS LPS\n"
    told = warned(text.format(height))
    assert [(one.component, "-0.1 m" in one.text) for one in told] == [("a", True)] * count


@pytest.mark.parametrize(("limit", "count"), [(20, 0), (2000, 1)])
def test_a_limiting_valve_warns_where_it_does_not_reach_its_flow(limit, count):
    text = (
        "[JUNCTIONS]\n a 0 0\n b 0 0\n[RESERVOIRS]\n r 30\n s 10\n[PIPES]\n p r a 100 200 120\n"
        f" q b s 100 200 120\n[VALVES]\n v a b 200 FCV {limit}\n[OPTIONS]\nUNITS LPS\n"
    )
    told = warned(text)
    assert [one.component for one in told] == ["v"] * count
    assert all(f"of {limit / 1e3:g} m3/s" in one.text for one in told)


def test_over_time_a_warning_tells_when_it_begins_how_often_it_is_so_and_the_worst():
    text = pumped(10.0, status="CLOSED", height=-900.0).replace(f"a {-900.0} {10.0}", f"a {-900.0} 10 day")
    text += "[PATTERNS]\n day 1 2.2 1 2.5\n[TIMES]\nPATTERN TIMESTEP 1:00\n"
    (told,) = warned(text, 3.0 * 3600.0)
    assert told.time_s == 3600.0
    assert "0.025 m3/s" in told.text
    assert "at 2 of 4 times" in told.text


def test_warnings_are_in_json_netcdf_and_on_stderr(tmp_path, capsys):
    text = pumped(50.0, status="CLOSED")
    told = json.loads(network_json(run(parse_inp(text), duration_s=0.0), over_time=False))["warnings"]
    assert [set(one) for one in told] == [{"component", "text", "time_s"}] * 2
    assert [one["component"] for one in told] == ["a", "u"]
    file = tmp_path / "net.inp"
    file.write_text(text, encoding="utf-8")
    assert main(["solve", str(file), "-o", str(tmp_path / "out.nc")]) == 0
    said = capsys.readouterr().err
    assert [line.removeprefix("twin: warning: ") for line in said.splitlines()] == [w["text"] for w in told]
    with xr.open_dataset(tmp_path / "out.nc") as data:
        assert json.loads(data.attrs["warnings"]) == told


def test_of_many_warnings_the_first_are_told_and_where_the_others_are(tmp_path, capsys):
    nodes = "".join(f" j{i} 30 0\n" for i in range(14))
    pipes = "".join(f" p{i} r j{i} 9 100 120\n" for i in range(14))
    file = tmp_path / "net.inp"
    file.write_text(f"[JUNCTIONS]\n{nodes}[RESERVOIRS]\n r 20\n[PIPES]\n{pipes}", encoding="utf-8")
    assert main(["solve", str(file), "-o", str(tmp_path / "out.json")]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert "4 more warnings in" in lines[-1]
    assert len(json.loads((tmp_path / "out.json").read_text("utf-8"))["warnings"]) == 14
