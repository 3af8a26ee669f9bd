"""Circuits in plain JSON, from the command line."""

import json

import pytest

from tests.support.circuits import bus, hall, line, load
from twin.cli import INVALID, NOT_CONVERGED, OK, USAGE, main


@pytest.fixture
def written(tmp_path):
    def write(circuit, name="hall.circuit.json"):
        file = tmp_path / name
        file.write_text(json.dumps(circuit), encoding="utf-8")
        return str(file)

    return write


def test_a_circuit_is_solved_into_json_and_one_line(written, tmp_path, capsys):
    target = tmp_path / "out.json"
    assert main(["solve", written(hall()), "-o", str(target)]) == OK
    out, err = capsys.readouterr()
    assert "4 buses, 15 nodes; current injection" in out
    assert "kW of loads +" in out
    assert err == ""
    assert set(json.loads(target.read_text())["bus"]["tap2"]) == {"1", "2", "3", "4"}


def test_a_floating_neutral_is_told_on_stderr(written, tmp_path, capsys):
    assert main(["solve", written(hall(rneut=-1.0)), "-o", str(tmp_path / "out.json")]) == OK
    assert "twin: main, tap1, tap2: not earthed; voltages are those to main.4" in capsys.readouterr().err


def test_what_is_out_of_service_is_dead_and_carries_nothing(written, tmp_path):
    circuit = hall({})
    circuit["lines"]["feeder"]["enabled"] = False
    target = tmp_path / "out.json"
    assert main(["solve", written(circuit), "-o", str(target)]) == OK
    made = json.loads(target.read_text())
    assert made["dead"] == [f"{at}.{node}" for at in ("tap1", "tap2") for node in (1, 2, 3, 4)]
    assert made["line"]["feeder"]["current_a"] == [0.0] * 4
    assert made["bus"]["tap2"]["1"]["voltage_v"] == 0.0


def test_a_broken_neutral_is_told_and_its_shift_is_solved(written, tmp_path, capsys):
    circuit = hall()
    circuit["lines"]["busway"] = line("tap1", "tap2", 3)
    target = tmp_path / "out.json"
    assert main(["solve", written(circuit), "-o", str(target)]) == OK
    assert "twin: tap2.4: not earthed; only loads that lead elsewhere set its" in capsys.readouterr().err
    assert json.loads(target.read_text())["bus"]["tap2"]["4"]["voltage_v"] > 50.0


def test_a_faulty_circuit_is_refused_with_every_fault_and_leaves_nothing(written, tmp_path, capsys):
    circuit = hall()
    circuit["loads"]["a"]["kv"] = 0.4
    del circuit["lines"]["busway"]
    assert main(["solve", written(circuit), "-o", str(tmp_path / "out.json")]) == INVALID
    assert "hall.circuit.json  ST161 error loads.a: unknown key 'kv'; kV\n" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_a_collapse_ends_in_not_converged_and_tells_the_loading(written, tmp_path, capsys):
    circuit = hall({"x": load("far.1.4", 100.0)})
    circuit["buses"]["far"] = bus()
    circuit["lines"]["long"] = line("tap2", "far", ohm=0.5)
    assert main(["solve", written(circuit), "-o", str(tmp_path / "out.json")]) == NOT_CONVERGED
    said = capsys.readouterr().err
    assert "voltage collapses at 0." in said
    assert "far.1" in said
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("more", [["--duration", "1h"], ["--set", "/a.b=1"], ["--scenario", "x"]])
def test_options_of_layouts_do_not_go_with_circuits(written, tmp_path, more):
    assert main(["solve", written(hall()), "-o", str(tmp_path / "out.json"), *more]) == USAGE


def test_a_circuit_is_never_written_over(written, tmp_path):
    file = written(hall())
    assert main(["solve", file, "-o", file]) == USAGE
    assert main(["solve", file, "-o", str(tmp_path / "out.nc")]) == USAGE
