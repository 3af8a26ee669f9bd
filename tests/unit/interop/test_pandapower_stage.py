"""Networks of pandapower as stages: what becomes a prim, what is told, what is refused and where."""

import json

import numpy as np
import pytest

from twin.errors import InputError
from twin.interop.pandapower_stage import import_pandapower
from twin.interop.pandapower_write import pandapower_text
from twin.interop.power_moment import power_moment
from twin.walk import walk

BUS = [{"name": "grid", "vn_kv": 20.0}, {"name": "board", "vn_kv": 0.4}, {"name": "end", "vn_kv": 0.4}]
GRID = [{"bus": 0, "vm_pu": 1.01, "name": "utility", "s_sc_max_mva": 500.0, "rx_max": 0.1}]
LINE = [{"name": "run", "from_bus": 1, "to_bus": 2, "length_km": 0.08, "r_ohm_per_km": 0.05,
         "x_ohm_per_km": 0.08, "c_nf_per_km": 0.0, "max_i_ka": 1.2, "parallel": 2}]  # fmt: skip
TRAFO = [{"name": "unit", "hv_bus": 0, "lv_bus": 1, "sn_mva": 1.0, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4,
          "vk_percent": 6.0, "vkr_percent": 1.0, "pfe_kw": 0.0, "i0_percent": 0.0, "shift_degree": 150.0,
          "tap_pos": None, "tap_neutral": 0, "tap_step_percent": 2.5, "tap_side": "hv",
          "tap_changer_type": "Ratio"}]  # fmt: skip
LOAD = [{"name": "racks", "bus": 2, "p_mw": 0.3, "q_mvar": 0.1, "scaling": 1.0}]
WHOLE = {"bus": BUS, "ext_grid": GRID, "line": LINE, "trafo": TRAFO, "load": LOAD}


def frame(rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    data = [[row.get(key) for key in columns] for row in rows]
    held = {"columns": columns, "index": list(range(len(rows))), "data": data}
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(held),
        "orient": "split",
    }


def written(folder, **tables):
    file = folder / "net.json"
    network = {name: frame(rows) for name, rows in {**WHOLE, **tables}.items()}
    whole = {
        "_module": "pandapower.auxiliary",
        "_class": "pandapowerNet",
        "_object": {"f_hz": 60.0, **network},
    }
    file.write_text(json.dumps(whole), encoding="utf-8")
    return file


def one(row, **changed):
    return [{**row[0], **changed}]


def stage(folder, without=(), **tables):
    made = import_pandapower(written(folder, **tables), without)
    site = folder / "site.usda"
    site.write_text(made.text, encoding="utf-8")
    return made, walk(str(site))


def by_hand(load_va=0.3e6 + 0.1e6j, tap=1.0):
    """Return the voltage of the far bus over nominal, by fixed point."""
    ohm = (0.05 + 0.08j) * 0.08 / 2 + (0.01 + 1j * np.sqrt(0.06**2 - 0.01**2)) * 0.4**2
    volts, source = 400.0 + 0j, 1.01 * 400.0 / tap
    for _ in range(200):
        volts = source - ohm * np.conj(load_va / volts)
    return abs(volts) / 400.0


def far_v(outcome):
    net = outcome.solution.network.power
    at = [net.name(node) for node in range(net.node.size)].index("/World/Boards/B_end.bus")
    return abs(outcome.solution.power.node_voltage_ratio[at, 0]) * net.nominal_v[at, 0] / 400.0


def test_a_network_solves_as_a_stage_to_what_it_is_by_hand(tmp_path):
    made, outcome = stage(tmp_path)
    assert made.counts == {
        "Utilities": 1, "Boards": 2, "Transformers": 1, "Cables": 1, "Loads": 1, "Links": 3
    }  # fmt: skip
    assert far_v(outcome) == pytest.approx(by_hand(), abs=1e-7)
    assert outcome.balance.energy_ratio.max() <= 1e-9
    assert outcome.facility.tables["site"].numbers["frequency_hz"][0, 0] == 60.0


def test_a_tap_acts_where_its_changer_is_named_and_in_version_2(tmp_path):
    turned = one(TRAFO, tap_pos=-2)
    assert far_v(stage(tmp_path, trafo=turned)[1]) == pytest.approx(by_hand(tap=0.95), abs=1e-7)
    idle = one(turned, tap_changer_type=None)
    assert far_v(stage(tmp_path, trafo=idle)[1]) == pytest.approx(by_hand(), abs=1e-7)
    older = [{key: value for key, value in turned[0].items() if key != "tap_changer_type"}]
    assert far_v(stage(tmp_path, trafo=older)[1]) == pytest.approx(by_hand(tap=0.95), abs=1e-7)


def test_closed_switches_join_buses_and_open_ones_are_told(tmp_path):
    bus = [*BUS, {"name": "beside", "vn_kv": 0.4}]
    switch = [
        {"bus": 2, "element": 3, "et": "b", "closed": True, "z_ohm": 0.0},
        {"bus": 2, "element": 1, "et": "l", "closed": False, "z_ohm": 0.0},
    ]  # fmt: skip
    line = [*LINE, {**LINE[0], "name": "spare"}]
    made, outcome = stage(tmp_path, bus=bus, switch=switch, line=line, load=one(LOAD, bus=3))
    assert far_v(outcome) == pytest.approx(by_hand(), abs=1e-7)
    assert "line 1: out of service or behind an open switch" in made.left_out


def test_a_load_greater_than_one_prim_stands_in_parts(tmp_path):
    load = [{"name": "works", "bus": 0, "p_mw": 25.0, "q_mvar": 5.0}, *LOAD]
    made, outcome = stage(tmp_path, load=load)
    assert made.counts["Loads"] == 4
    assert "load[0] stands as 3 loads of like power" in made.left_out
    assert outcome.solution.power.consumer_power_w.sum() == pytest.approx(25.3e6, rel=1e-6)


def test_what_is_asked_to_be_left_out_is_told_and_refused_otherwise(tmp_path):
    charged, magnetised = one(LINE, c_nf_per_km=200.0), one(TRAFO, i0_percent=0.5)
    with pytest.raises(InputError) as refused:
        import_pandapower(written(tmp_path, line=charged, trafo=magnetised))
    assert {(f.code, f.prim, f.attribute) for f in refused.value.faults} == {
        ("ST176", "line[0]", "c_nf_per_km, g_us_per_km"), ("ST176", "trafo[0]", "i0_percent")
    }  # fmt: skip
    made = import_pandapower(
        written(tmp_path, line=charged, trafo=magnetised), ("charging", "magnetising")
    )  # fmt: skip
    assert "charging of line[0]: left out as asked for" in made.left_out
    assert "magnetising of trafo[0]: left out as asked for" in made.left_out


def test_a_core_within_its_leakage_is_told(tmp_path):
    made, _ = stage(tmp_path, trafo=one(TRAFO, pfe_kw=2.0, i0_percent=0.2))
    assert any(line.startswith("place of the core of trafo[0] within its leakage") for line in made.left_out)


REFUSED = {
    "a generator": ({"gen": [{"bus": 1, "p_mw": 0.1, "vm_pu": 1.0}]}, "ST174", "gen[0]", ""),
    "a static generator": ({"sgen": [{"bus": 1, "p_mw": 0.1, "q_mvar": 0.0}]}, "ST174", "sgen[0]", ""),
    "a shunt": ({"shunt": [{"bus": 1, "p_mw": 0.0, "q_mvar": 0.1}]}, "ST174", "shunt[0]", ""),
    "three windings": ({"trafo3w": [{"hv_bus": 0}]}, "ST174", "trafo3w[0]", ""),
    "a table that nobody knows": ({"windmill": [{"bus": 0}]}, "ST174", "windmill[0]", ""),
    "a phase shifter": (
        {"trafo": one(TRAFO, tap_pos=1, tap_changer_type="Ideal")}, "ST174", "trafo[0]", "tap_changer_type"
    ),
    "a bus that is not there": ({"load": one(LOAD, bus=9)}, "ST173", "load[0]", "bus"),
    "no resistance": ({"line": one(LINE, r_ohm_per_km=0.0)}, "ST172", "line[0]", "r_ohm_per_km"),
    "more resistance than impedance": (
        {"trafo": one(TRAFO, vkr_percent=7.0)}, "ST172", "trafo[0]", "vkr_percent"
    ),
    "two voltages on a line": ({"line": one(LINE, from_bus=0)}, "ST175", "line[0]", ""),
    "a winding for another voltage": ({"trafo": one(TRAFO, vn_hv_kv=10.0)}, "ST175", "ext_grid[0]", ""),
    "shares of impedance": (
        {"load": one(LOAD, const_z_p_percent=20.0)}, "ST179", "load[0]", "const_z_p_percent"
    ),
    "a leading load": ({"load": one(LOAD, q_mvar=-0.1)}, "ST179", "load[0]", "p_mw, q_mvar"),
    "a load that nothing feeds": ({"line": one(LINE, in_service=False)}, "ST178", "load[0]", ""),
    "no source": ({"ext_grid": one(GRID, in_service=False)}, "ST178", "load[0]", ""),
    "sources that fight": ({"ext_grid": [*GRID, {**GRID[0], "vm_pu": 1.02}]}, "ST177", "ext_grid[1]", ""),
    "phases that fight": ({"trafo": [*TRAFO, {**TRAFO[0], "shift_degree": 0.0}]}, "ST177", "trafo[1]", ""),
    "a column that lacks": ({"load": [{"bus": 2, "p_mw": 0.1}]}, "ST171", "load", "q_mvar"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_come_out_wrong_is_refused_by_table_row_and_column(name, tmp_path):
    tables, code, entry, column = REFUSED[name]
    with pytest.raises(InputError) as refused:
        import_pandapower(written(tmp_path, **tables))
    assert (code, entry, column) in {(f.code, f.prim, f.attribute) for f in refused.value.faults}
    assert all(f.where == "net.json" and f.found and f.expected for f in refused.value.faults)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"_class": "pandapowerNet", "_object": {}}'])
def test_what_is_no_network_is_refused(text, tmp_path):
    file = tmp_path / "net.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_pandapower(file)
    assert [f.code for f in refused.value.faults] == ["ST170"]


def test_a_layout_that_left_is_read_up_to_what_has_no_counterpart(tmp_path):
    outcome = walk("layouts/pod")
    file = tmp_path / "pod.json"
    file.write_text(pandapower_text(power_moment(outcome.facility, outcome.solution)), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_pandapower(file)
    assert {f.prim for f in refused.value.faults if f.code == "ST174"} == {"shunt[0]", "shunt[1]"}
