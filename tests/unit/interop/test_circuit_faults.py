# ruff: noqa: E501  a fault is one line, however long
"""Faults planted in circuits: each is told with its code, its entry and what is right, all at once."""

import json
import re
from pathlib import Path

import pytest

from tests.support.circuits import bus, hall, line, load, winding
from twin.errors import InputError
from twin.interop.circuit import read_circuit, solve_circuit
from twin.interop.circuit_case import case_circuit
from twin.interop.circuit_tables import tables_circuit
from twin.interop.circuit_wires import wires_circuit
from twin.reports.explain import explain_code

INTEROP = Path(__file__).parents[3] / "twin" / "interop"
CODES = {f"ST{number}" for number in range(160, 170)}


def case():
    """Return two buses and a branch in MATPOWER's columns."""
    row = {"Pd_MW": 0.0, "Qd_Mvar": 0.0, "baseKV": 110.0}
    return {
        "baseMVA": 100.0,
        "bus": [{"i": 0, "type": 3, **row}, {"i": 7, "type": 1, **row, "Pd_MW": 50.0}],
        "gen": [{"bus": 0, "Vset_pu": 1.0}],
        "branch": [{"f": 0, "t": 7, "r": 0.01, "x": 0.1}],
    }


def tables():
    """Return a transformer and a feeder in pandapower's tables."""
    return {"network": {
        "bus": [{"name": n, "vn_kv": v, "index": i} for i, (n, v) in enumerate(
            [("MV", 11.0), ("LV", 0.415), ("PDU", 0.415)])],
        "ext_grid": [{"name": "grid", "bus": 0, "vm_pu": 1.0}],
        "line": [{
            "name": "f", "from_bus": 1, "to_bus": 2, "length_km": 0.1, "r_ohm_per_km": 0.02, "x_ohm_per_km": 0.01
        }],
        "trafo": [{
            "name": "t", "hv_bus": 0, "lv_bus": 1, "sn_mva": 1.0, "vn_hv_kv": 11.0, "vn_lv_kv": 0.415,
            "vk_percent": 6.0, "vkr_percent": 1.0,
        }],
        "load": [{"name": "it", "bus": 2, "p_mw": 0.3, "q_mvar": 0.1}],
    }}  # fmt: skip


def planted(make, path, value):
    """Return a circuit with one value in the place of another; None takes it out."""
    made = make()
    *way, last = path
    at = made
    for key in way:
        at = at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return made


IN_WIRES = (
    ("key misspelt", ("loads", "a", "kw"), 3.0, "ST161", "loads.a", "unknown key 'kw'; kW"),
    ("table misspelt", ("lins",), {}, "ST161", "", "unknown key 'lins'; lines"),
    ("power missing", ("loads", "a", "kW"), None, "ST162", "loads.a", "no key 'kW'"),
    ("no frequency", ("base_frequency_Hz",), None, "ST162", "", "no key 'base_frequency_Hz'"),
    ("power in words", ("loads", "a", "kW"), "much", "ST163", "loads.a.kW", '"much"; a finite number'),
    ("power of nan", ("loads", "a", "kW"), float("nan"), "ST163", "loads.a.kW", "finite number"),
    ("no voltage", ("loads", "a", "kV"), 0.0, "ST163", "loads.a.kV", "above 0"),
    ("model of none", ("loads", "a", "model"), 9, "ST163", "loads.a.model", "one of 1, 2, 3, 4, 5"),
    ("limits crossed", ("loads", "a", "vminpu"), 1.9, "ST163", "loads.a.vminpu", "no more than vmaxpu"),
    ("four phases", ("loads", "a", "phases"), 4, "ST163", "loads.a.phases", "one of 1, 2, 3"),
    ("one row too few", ("lines", "feeder", "R_ohm"), [[1.0]], "ST163", "lines.feeder.R_ohm", "4 rows of 4"),
    ("switch of 0", ("lines", "feeder"), line("main", "tap1", ohm=0.0), "ST163", "lines.feeder", "impedance of 0"),
    ("gives power", ("lines", "feeder"), line("main", "tap1", ohm=-1.0), "ST163", "lines.feeder", "negative resist"),
    ("negative leakage", ("transformers", "tx", "XHL_pct"), -6.0, "ST163", "transformers.tx.XHL_pct", "above 0"),
    ("one winding", ("transformers", "tx", "windings"), [{}], "ST163", "transformers.tx.windings", "2 or 3"),
    ("negative source", ("source", "R1"), -1.0, "ST163", "source.R1", "0 or more"),
    ("one sequence", ("source",), hall()["source"] | {"R0": 0.0, "X0": 0.0}, "ST163", "source.R1", "one sequence without"),
    ("bus misspelt", ("loads", "a", "bus"), "tab2.1.4", "ST164", "loads.a.bus", "no bus tab2; the name of a bus; did"),
    ("phase missing", ("buses", "tap2"), bus((1, 2, 4)), "ST164", "loads.c.bus", "bus tap2 has no node 3"),
    ("two nodes for three", ("lines", "feeder", "bus1"), "main.1.2", "ST164", "lines.feeder.bus1", "2 nodes"),
    ("line voltage", ("loads", "a", "kV"), 0.415, "ST165", "loads.a.kV", "415 V from phase to neutral; near 239.6 V"),
    ("volts for kilovolts", ("loads", "a", "kV"), 239.6, "ST165", "loads.a.kV", "near 239.6 V, as bus tap2"),
    ("line past it", ("lines", "x"), line("grid", "main", 3), "ST165", "lines.x", "6351 V at grid and 239.6 V at main"),
    ("wrong winding", ("transformers", "tx", "windings", 1), winding("main", 11.0), "ST165", "windings[1].kV", "6350.9 V from phase to neutral; near 239.6 V"),
    ("gap in the busway", ("lines", "busway"), None, "ST166", "loads.a.bus", "no source reaches tap2.1"),
    ("out of service", ("lines", "busway", "enabled"), False, "ST166", "loads.b.bus", "no source reaches tap2.2"),
    ("phase not run", ("lines", "busway"), line("tap1", "tap2", 2), "ST166", "loads.c.bus", "reaches tap2.3"),
)  # fmt: skip

IN_CASES = (
    ("bus of none", ("branch", 0, "t"), 8, "ST164", "branch[0].t", "there is no bus 8"),
    ("branch of 0", ("branch", 0), {"f": 0, "t": 7, "r": 0.0, "x": 0.0}, "ST163", "branch[0]", "impedance of 0"),
    ("two settings", ("gen",), [{"bus": 0, "Vset_pu": 1.0}, {"bus": 0, "Vset_pu": 1.02}], "ST167", "gen[1]", "holds 1"),
    ("no slack", ("bus", 0, "type"), 1, "ST168", "bus.type", "no bus of type 3"),
    ("no generator", ("bus", 1, "type"), 2, "ST168", "bus[1].type", "no generator"),
    ("bus twice", ("bus", 1, "i"), 0, "ST169", "bus[1].i", "bus 0 twice"),
    ("island", ("branch",), [], "ST166", "bus.7", "no source reaches 7"),
)  # fmt: skip

GRIDS = [{"name": n, "bus": 0, "vm_pu": v} for n, v in (("one", 1.0), ("two", 1.05))]
IN_TABLES = (
    ("two sources", ("network", "ext_grid"), GRIDS, "ST167", "ext_grid.two", "where one holds 11000 V"),
    ("no source", ("network", "ext_grid"), [], "ST168", "ext_grid", "no source in service"),
    ("unknown table", ("network", "trafo3w"), [], "ST161", "network", "unknown key 'trafo3w'"),
    ("line of 0", ("network", "line", 0, "length_km"), 0.0, "ST163", "line.f.length_km", "above 0"),
    ("all loss", ("network", "trafo", 0, "vkr_percent"), 7.0, "ST163", "trafo.t", "vkr no more than vk"),
    ("phase shifter", ("network", "trafo", 0), {**tables()["network"]["trafo"][0], "tap_pos": 1, "tap_changer_type": "Ideal"}, "ST163", "trafo.t.tap_changer_type", "Ratio or Symmetrical"),
    ("voltages", ("network", "trafo", 0, "vn_lv_kv"), 0.24, "ST165", "trafo.t.vn_lv_kv", "near 415 V, as bus LV"),
    ("line past it", ("network", "line", 0, "from_bus"), 0, "ST165", "line.f", "11000 V at MV and 415 V at PDU"),
    ("bus of none", ("network", "load", 0, "bus"), 9, "ST164", "load.it.bus", "there is no bus 9; one of 0, 1, 2"),
    ("switched off", ("network", "line", 0, "in_service"), False, "ST166", "load.it.bus", "no source reaches PDU"),
    ("name twice", ("network", "bus", 2, "name"), "LV", "ST169", "bus.LV", "stands twice"),
)  # fmt: skip

ALL = [
    (reader, make, *row)
    for reader, make, rows in (
        (wires_circuit, hall, IN_WIRES), (case_circuit, case, IN_CASES), (tables_circuit, tables, IN_TABLES)
    )
    for row in rows
]  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "make"), [(wires_circuit, hall), (case_circuit, case), (tables_circuit, tables)]
)
def test_the_circuits_that_faults_are_planted_in_have_none(reader, make):
    reader("net.json", make())


@pytest.mark.parametrize("plant", ALL, ids=[f"{row[1].__name__}: {row[2]}" for row in ALL])
def test_a_planted_fault_is_told_with_code_entry_and_what_is_right(plant):
    reader, make, _, path, value, code, entry, said = plant
    given = planted(make, path, value)
    with pytest.raises(InputError) as told:
        reader("net.json", given)
    lines = str(told.value).splitlines()
    assert any(
        text.startswith(f"net.json  {code} error") and entry in text and said in text for text in lines
    ), lines
    assert {fault.where for fault in told.value.faults} == {"net.json"}


def test_every_code_of_circuits_is_planted_and_explained():
    assert {row[5] for row in ALL} | {"ST160"} == CODES
    used = {
        code
        for file in INTEROP.glob("circuit*.py")
        if file.name != "circuit_pandapower.py"  # has codes of its own
        for code in re.findall(r"ST1\d\d", file.read_text("utf-8"))
    }
    assert used == CODES
    for code in CODES:
        assert explain_code(code)


def test_all_faults_are_told_at_once():
    given = hall()
    given["loads"]["a"]["kW"] = "much"
    given["loads"]["b"]["bus"] = "tap9.2.4"
    given["lines"]["feeder"]["R_ohm"] = [[1.0]]
    with pytest.raises(InputError) as told:
        wires_circuit("net.json", given)
    assert sorted(fault.code for fault in told.value.faults) == ["ST163", "ST163", "ST164"]


def test_a_nominal_voltage_that_nothing_shares_is_told_and_does_not_refuse():
    given = hall()
    for name in ("main", "tap1", "tap2"):
        given["buses"][name]["kV_base_LN"] = 6.351
    made = wires_circuit("net.json", given)
    assert made.warnings == (
        "kV_base_LN of main, tap2: 6351 V, where all that is rated there agrees on 239.6 V",
    )


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("no json", "ST160", "no JSON"), ("[1, 2]", "ST160", "one JSON object"),
        ('{"schema": "1.0"}', "ST160", "one of buses, baseMVA, network"),
        ('{"buses": {"a": {}, "a": {}}}', "ST169", "stands twice"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_circuit_is_told(tmp_path, text, code, said):
    file = tmp_path / "net.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)) as told:
        read_circuit(str(file))
    assert told.value.faults[0].code == code


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="ST160"):
        read_circuit(str(tmp_path / "none.json"))


def test_results_have_nodes_by_bus_and_currents_in_the_order_of_the_first_bus(tmp_path):
    given = hall()
    given["lines"]["tie"] = line("tap1", "tap2", enabled=False)
    file = tmp_path / "hall.circuit.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    made = json.loads(solve_circuit(str(file)).text)
    assert list(made["bus"]["tap2"]) == ["1", "2", "3", "4"]
    assert set(made["bus"]["tap2"]["1"]) == {"voltage_v", "angle_deg", "voltage_ratio"}
    current = made["line"]["busway"]
    assert current["current_a"] == sorted(current["current_a"][:3], reverse=True) + current["current_a"][3:]
    assert made["line"]["tie"] == {"current_a": [0.0] * 4, "angle_deg": [0.0] * 4, "loss_w": 0.0}
    items = [row["loss_w"] for table in ("line", "transformer", "capacitor") for row in made[table].values()]
    assert made["losses_w"] == pytest.approx(sum(items), rel=1e-9)
    assert made["load"]["a"]["power_w"] == pytest.approx(30e3, rel=1e-9)


def test_charging_of_a_line_is_in_the_current_at_its_first_bus(tmp_path):
    given = hall({"x": load("tap1.1.4", 1.0)})
    given["lines"]["busway"]["C_nF"] = [[1e6 * (i == j and i < 3) for j in range(4)] for i in range(4)]
    file = tmp_path / "hall.circuit.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    made = json.loads(solve_circuit(str(file)).text)
    volts = made["bus"]["tap2"]["1"]["voltage_v"]
    assert made["line"]["busway"]["current_a"][0] == pytest.approx(volts * 2e-3 * 157.08, rel=2e-3)
