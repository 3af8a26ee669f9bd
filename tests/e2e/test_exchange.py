"""Networks in and loops out, from the command line."""

import pytest

from tests.support.town import town
from tests.unit.interop.test_pandapower_stage import LINE, one, written
from twin.cli import FINDINGS, INVALID, OK, USAGE, main
from twin.interop.epanet_text import read_inp


@pytest.fixture
def inp(tmp_path):
    file = tmp_path / "town.inp"
    file.write_text(town(), encoding="utf-8")
    return file


def test_an_input_becomes_a_layer_that_the_walk_solves(inp, tmp_path, capsys):
    site = tmp_path / "site.usda"
    assert main(["import", "epanet", str(inp), "-o", str(site)]) == OK
    out, err = capsys.readouterr()
    assert "12 junctions, 2 reservoirs, 1 tanks, 13 pipes, 2 pumps, 4 valves" in out
    assert "left out: control of link Boost (town.inp:" in err
    assert str(tmp_path) not in site.read_text(encoding="utf-8")
    assert main(["check", str(site)]) in {OK, FINDINGS}
    assert "Closes to" in capsys.readouterr().out


def test_a_layer_is_never_written_over(inp, tmp_path, capsys):
    site = tmp_path / "site.usda"
    site.write_text("mine", encoding="utf-8")
    assert main(["import", "epanet", str(inp), "-o", str(site)]) == USAGE
    assert "never written over another" in capsys.readouterr().err
    assert site.read_text(encoding="utf-8") == "mine"


def test_a_faulty_input_is_refused_with_its_line_and_leaves_nothing(inp, tmp_path, capsys):
    inp.write_text(town().replace("J4 12 5", "J4 12 five"), encoding="utf-8")
    assert main(["import", "epanet", str(inp), "-o", str(tmp_path / "site.usda")]) == INVALID
    assert "town.inp:9  ST103" in capsys.readouterr().err
    assert not (tmp_path / "site.usda").exists()


def test_the_loops_of_the_pod_leave_as_one_input_per_fluid(tmp_path, capsys):
    assert main(["export", "epanet", "pod", "-o", str(tmp_path / "net.inp")]) == OK
    out, err = capsys.readouterr()
    files = sorted(tmp_path.glob("net_*.inp"))
    assert len(files) == 3
    assert all(str(file) in out for file in files)
    assert "EPANET cannot say: viscosity and density follow the temperature" in err
    assert all(read_inp(file).unsupported == () for file in files)


def test_a_network_of_pandapower_becomes_a_layer_that_the_walk_solves(tmp_path, capsys):
    site = tmp_path / "site.usda"
    file = written(tmp_path, line=one(LINE, c_nf_per_km=200.0))
    assert main(["import", "pandapower", str(file), "-o", str(site)]) == INVALID
    assert "net.json  ST176 error line[0].c_nf_per_km" in capsys.readouterr().err
    assert main(["import", "pandapower", str(file), "-o", str(site), "--without", "charging"]) == OK
    out, err = capsys.readouterr()
    assert "1 utilities, 2 boards, 1 transformers, 1 cables, 1 loads, 3 links" in out
    assert "left out: charging of line[0]: left out as asked for" in err
    assert main(["check", str(site)]) in {OK, FINDINGS}
    assert "Closes to" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "ending"), [("opendss", "dss"), ("pandapower", "json")])
def test_the_circuits_of_the_pod_leave_for_another_program(name, ending, tmp_path, capsys):
    file = tmp_path / f"net.{ending}"
    assert main(["export", name, "pod", "-o", str(file), "--case", "feed_a"]) == OK
    out, err = capsys.readouterr()
    assert f"{file}: 246 buses, 240 branches, 8 sources, 54 loads" in out
    assert "cannot say: /World/Power/Ups_B.conversion.output stands as a source" in err
    assert "case feed_a" in file.read_text(encoding="utf-8")
    assert str(tmp_path) not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "epanet", "pod", "-o", "{0}/net.inp", "--case", "flood"], "there is no case flood"),
        (["export", "epanet", "pod", "-o", "{0}/net.txt"], "does not end in .inp"),
        (
            ["import", "epanet", "{0}/town.inp", "-o", "{0}/s.usda", "--without", "charging"],
            "--without is for pandapower networks",
        ),
        (["export", "opendss", "pod", "-o", "{0}/net.json"], "does not end in .dss"),
        (["export", "pandapower", "pod", "-o", "{0}/net.json", "--case", "flood"], "there is no case flood"),
        (["import", "epanet", "{0}/town.inp", "-o", "{0}/site.txt"], "does not end in .usda"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(words, said, inp, tmp_path, capsys):
    assert main([word.format(tmp_path) for word in words]) == USAGE
    assert said in capsys.readouterr().err
