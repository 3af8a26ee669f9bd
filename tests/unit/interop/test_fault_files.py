# ruff: noqa: E501  a fault is one line, however long
"""Networks with faults in JSON: what is read, what is refused, and in which order answers come."""

import json

import numpy as np
import pytest

from tests.unit.solve.fault_nets import bus, generator, grid, hall, line, motor, solved, transformer
from twin.cli import main
from twin.errors import InputError
from twin.interop.fault_read import question, read_faults
from twin.interop.fault_results import answer, faults_json


def refused(network, **call):
    """Return the faults that an input is refused with, as text."""
    with pytest.raises(InputError) as refusal:
        question({"network": network, "call": {"fault": "3ph"} | call}, file="net.json")
    return [str(fault) for fault in refusal.value.faults]


PLANTED = [
    ("unknown table", hall(ward=[{"bus": 0}]), {}, "ST151", "ward"),
    ("unknown option", hall(), {"kappa": "C"}, "ST151", "call.kappa"),
    ("unknown fault", hall(), {"fault": "2pe"}, "ST155", "'2pe'"),
    ("tolerance of 8 %", hall(), {"lv_tol_percent": 8}, "ST153", "6 or 10"),
    ("Ib without a delay", hall(), {"ib": True}, "ST152", "call 0.tmin_s"),
    ("machine among converters", hall(sgen=[{"bus": 1, "sn_mva": 1.0, "k": 1, "current_source": False}]), {}, "ST151", "sgen 0"),
    ("feeder without power", hall(ext_grid=[grid(0, s_sc_max_mva=None)]), {}, "ST152", "ext_grid 0.s_sc_max_mva"),
    ("power as a word", hall(ext_grid=[grid(0, s_sc_max_mva="500")]), {}, "ST152", "'500'"),
    ("length of zero", hall(line=[line(1, 2, km=0.0)]), {}, "ST153", "line 0.length_km"),
    ("line without impedance", hall(line=[line(1, 2, r=0.0, x=0.0)]), {}, "ST153", "without impedance"),
    ("cold end of a minimum", hall(line=[line(1, 2, endtemp_degree=None)]), {"case": "min"}, "ST152", "endtemp_degree"),
    ("bus that is not there", hall(line=[line(1, 7)]), {}, "ST154", "line 0.to_bus"),
    ("line between voltages", hall(line=[line(0, 2)]), {}, "ST154", "20 kV to 0.4 kV"),
    ("resistive part too great", hall(trafo=[transformer(0, 1, ur=7.0)]), {}, "ST153", "at most vk_percent, 6"),
    ("vector group of three", hall(trafo=[transformer(0, 1, group="YNynd")]), {"fault": "1ph"}, "ST155", "trafo 0.vector_group"),
    ("no zero sequence", hall(trafo=[transformer(0, 1, vk0_percent=None)]), {"fault": "1ph"}, "ST152", "vk0_percent"),
    ("unit without transformer", hall(gen=[generator(1, power_station_trafo=4)]), {}, "ST154", "gen 0"),
    ("motor without poles", hall(motor=[motor(1, pole_pairs=None)]), {"ib": True, "tmin_s": 0.1}, "ST152", "pole_pairs"),
    ("two buses of one index", hall(bus=[*bus(20.0, 0.4, 0.4), {"index": 1, "vn_kv": 0.4}]), {}, "ST154", "bus 1.index"),
    ("asked bus not there", hall(), {"bus": [1, 9]}, "ST154", "call.bus"),
    ("coupler between voltages", hall(switch=[{"bus": 0, "element": 1, "et": "b", "closed": True}]), {}, "ST154", "20 kV joined to 0.4 kV"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("network", "call", "code", "said"), [p[1:] for p in PLANTED], ids=[p[0] for p in PLANTED]
)
def test_a_planted_fault_is_told_with_file_and_entry(network, call, code, said):
    faults = refused(network, **call)
    assert len(faults) == 1
    assert faults[0].startswith(f"net.json  {code} error")
    assert said in faults[0]


def test_all_faults_are_told_at_once():
    network = hall(line=[line(1, 2, km=-1.0)], ext_grid=[grid(0, rx_max=None)], trafo=[transformer(0, 5)])
    assert [fault.split()[1] for fault in refused(network, foo=1)] == ["ST151", "ST152", "ST153", "ST154"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"network": {"bus": [{"vn_kv": 1}]}}'])
def test_a_file_that_holds_no_question_is_refused_by_name(text, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"bad\.json.*ST150"):
        read_faults(file)


def test_the_command_refuses_bad_input_with_exit_3_and_writes_nothing(tmp_path, capsys):
    file, out = tmp_path / "net.json", tmp_path / "out.json"
    file.write_text(json.dumps({"network": hall(line=[line(1, 9)]), "call": {"fault": "3ph"}}))
    assert main(["solve", str(file), "-o", str(out)]) == 3
    assert "ST154 error line 0.to_bus" in capsys.readouterr().err
    assert not out.exists()


def test_the_command_never_writes_over_its_input(tmp_path):
    file = tmp_path / "net.json"
    file.write_text(json.dumps({"network": hall(), "call": {"fault": "3ph"}}))
    assert main(["solve", str(file), "-o", str(file)]) == 2
    assert json.loads(file.read_text())["call"] == {"fault": "3ph"}


def test_answers_come_in_the_order_of_the_table_or_of_the_call():
    buses = [{"index": n, "vn_kv": kv, "name": f"B{n}"} for n, kv in ((7, 0.4), (3, 20.0), (5, 0.4))]
    network = {"bus": buses, "ext_grid": [grid(3)], "trafo": [transformer(3, 7)], "line": [line(7, 5)]}
    whole = question({"network": network, "call": {"fault": "3ph", "ith": True}}, file="net.json")
    table = json.loads(faults_json(whole, answer(whole)))["bus"]
    assert table["index"] == [7, 3, 5]
    assert table["name"] == ["B7", "B3", "B5"]
    assert table["ikss_a"][1] == pytest.approx(500e6 / (3**0.5 * 20e3))
    assert {"ip_a", "ith_a", "resistance_ohm", "reactance_ohm"} < table.keys()
    part = question({"network": network, "call": {"fault": "3ph", "bus": [5, 7]}}, file="net.json")
    chosen = json.loads(faults_json(part, answer(part)))["bus"]
    assert chosen["ikss_a"] == [table["ikss_a"][2], table["ikss_a"][0]]


def test_what_nobody_declared_is_null_and_what_is_out_of_service_too():
    network = {
        "bus": [*bus(0.4, 0.4), {"index": 2, "vn_kv": 0.4, "in_service": False}],
        "gen": [generator(0)],
    }
    asked = question({"network": network, "call": {"fault": "3ph", "ik": True}}, file="net.json")
    table = json.loads(faults_json(asked, answer(asked)))["bus"]
    assert table["ik_a"] == [None, 0.0, None]
    assert table["ikss_a"][1:] == [0.0, None]
    assert table["reactance_ohm"][1:] == [None, None]


def test_closed_couplers_make_one_bus_and_open_switches_cut_lines():
    coupled = hall(bus=bus(20.0, 0.4, 0.4, 0.4), switch=[{"bus": 1, "element": 3, "et": "b", "closed": True}])
    asked = question({"network": coupled, "call": {"fault": "3ph"}}, file="net.json")
    current = answer(asked).ikss_a[asked.node, 0]
    assert current[3] == current[1] > 0.0
    cut = solved(hall(switch=[{"bus": 1, "element": 0, "et": "l", "closed": False}]))
    assert cut.ikss_a[2, 0] == 0.0


def test_what_is_out_of_service_counts_for_nothing_and_may_lack_numbers():
    off = {"in_service": False}
    idle = solved(hall(line=[*hall()["line"], line(1, 2, km=None, **off)], motor=[motor(1) | off]))
    np.testing.assert_array_equal(idle.ikss_a, solved(hall()).ikss_a)


def test_loads_are_left_out_and_said_to_be():
    asked = question(
        {"network": hall(load=[{"bus": 2, "p_mw": 0.1}]), "call": {"fault": "3ph"}}, file="net.json"
    )
    assert asked.left_out == ("load: 1",)
    np.testing.assert_array_equal(answer(asked).ikss_a, solved(hall()).ikss_a)
