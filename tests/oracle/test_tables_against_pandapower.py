"""The same balanced tables in pandapower and here: T model with taps, charging, shares of load models."""

import json

import numpy as np
import pytest

from twin.interop.circuit import solve_circuit

pandapower = pytest.importorskip("pandapower")

BUSES = [("grid", 20.0), ("mv", 20.0), ("lv", 0.4), ("far", 0.4)]
LINES = [
    {"name": "cable", "from_bus": 0, "to_bus": 1, "length_km": 8.0, "r_ohm_per_km": 0.16,
     "x_ohm_per_km": 0.11, "c_nf_per_km": 270.0, "g_us_per_km": 2.0, "parallel": 2},
    {"name": "busway", "from_bus": 2, "to_bus": 3, "length_km": 0.05, "r_ohm_per_km": 0.04,
     "x_ohm_per_km": 0.03, "c_nf_per_km": 0.0, "g_us_per_km": 0.0, "parallel": 1},
]  # fmt: skip
PLATE = {
    "name": "unit", "hv_bus": 1, "lv_bus": 2, "sn_mva": 0.8, "vn_hv_kv": 20.0, "vn_lv_kv": 0.41,
    "vk_percent": 6.0, "vkr_percent": 1.1, "pfe_kw": 1.8, "i0_percent": 0.4,
}  # fmt: skip
LOAD = {"name": "racks", "bus": 3, "p_mw": 0.35, "q_mvar": 0.12, "scaling": 1.1}
SHARES = {
    "const_z_p_percent": 20.0, "const_i_p_percent": 30.0, "const_z_q_percent": 40.0, "const_i_q_percent": 10.0
}  # fmt: skip
TAP = {"tap_neutral": 0, "tap_step_percent": 2.5}
CASES = {
    "plain": ({}, {}),
    "tap on the high side": ({**TAP, "tap_side": "hv", "tap_pos": -2}, {}),
    "tap on the low side": ({**TAP, "tap_side": "lv", "tap_pos": 1}, {}),
    "tap without a changer": ({**TAP, "tap_side": "hv", "tap_pos": -2, "tap_changer_type": None}, {}),
    "shift": ({"shift_degree": 150.0}, {}),
    "two in parallel": ({"parallel": 2}, {}),
    "shares of load models": ({}, SHARES),
}  # fmt: skip


def theirs(tables):
    net = pandapower.create_empty_network()
    for name, volts in BUSES:
        pandapower.create_bus(net, vn_kv=volts, name=name)
    pandapower.create_ext_grid(net, 0, vm_pu=1.02, va_degree=10.0)
    for row in tables["line"]:
        pandapower.create_line_from_parameters(net, **row, max_i_ka=1.0)
    for row in tables["trafo"]:
        more = {"tap_changer_type": "Ratio"} if "tap_pos" in row else {}
        pandapower.create_transformer_from_parameters(net, **(more | row))
    for row in tables["load"]:
        pandapower.create_load(net, **row)
    pandapower.runpp(net, tolerance_mva=1e-11, trafo_model="t", max_iteration=50, numba=False)
    return net


@pytest.mark.parametrize("name", CASES)
def test_voltages_currents_and_losses_are_those_of_pandapower(tmp_path, name):
    plate, shares = CASES[name]
    tables = {
        "bus": [{"name": bus, "vn_kv": volts, "index": i} for i, (bus, volts) in enumerate(BUSES)],
        "ext_grid": [{"name": "utility", "bus": 0, "vm_pu": 1.02, "va_degree": 10.0}],
        "line": LINES, "trafo": [PLATE | plate], "load": [LOAD | shares],
    }  # fmt: skip
    net = theirs(tables)
    file = tmp_path / "net.json"
    file.write_text(json.dumps({"network": tables}), encoding="utf-8")
    ours = json.loads(solve_circuit(str(file)).text)
    for number, (bus, _) in enumerate(BUSES):
        assert ours["bus"][bus]["1"]["voltage_ratio"] == pytest.approx(net.res_bus.vm_pu[number], abs=1e-8)
        turned = ours["bus"][bus]["1"]["angle_deg"] - net.res_bus.va_degree[number]
        assert np.angle(np.exp(1j * np.radians(turned))) == pytest.approx(0.0, abs=1e-8)
    for number, row in enumerate(LINES):
        mine = ours["line"][row["name"]]
        assert mine["current_a"][0] == pytest.approx(1e3 * net.res_line.i_from_ka[number], rel=1e-7)
        assert mine["loss_w"] == pytest.approx(1e6 * net.res_line.pl_mw[number], rel=1e-6)
    unit = ours["transformer"]["unit"]
    assert unit["loss_w"] == pytest.approx(1e6 * net.res_trafo.pl_mw[0], rel=1e-6)
    assert unit["loading_ratio"] == pytest.approx(net.res_trafo.loading_percent[0] / 100.0, rel=1e-6)
    assert ours["source"]["utility"]["power_w"] == pytest.approx(1e6 * net.res_ext_grid.p_mw[0], rel=1e-8)
