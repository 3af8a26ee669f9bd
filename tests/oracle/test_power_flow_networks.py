"""IEEE and CIGRE networks as pandapower ships them, solved by `twin solve` from plain tables, and by it."""

import json
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from twin.interop.circuit import solve_circuit

pandapower = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")
pandas = pytest.importorskip("pandas")
branches = pytest.importorskip("pandapower.pypower.idx_brch")

# Generators, shunts and taps, in MATPOWER's columns: what pandapower itself solves.
CASES = (
    "case4gs", "case5", "case6ww", "case9", "case14", "case30", "case33bw", "case39", "case57", "case118",
    "case_ieee30", "case24_ieee_rts", "create_cigre_network_hv", "create_cigre_network_mv",
    "create_cigre_network_lv",
)  # fmt: skip
# By our own lines and transformers, from pandapower's tables.
TABLES = (
    "case33bw", "create_cigre_network_mv", "create_cigre_network_lv", "simple_mv_open_ring_net",
    "create_kerber_landnetz_freileitung_1", "create_kerber_landnetz_kabel_2", "create_kerber_dorfnetz",
    "create_kerber_vorstadtnetz_kabel_1", "panda_four_load_branch", "four_loads_with_branches_out",
)  # fmt: skip
# As `pandapower.to_json` writes them: switches, several grids, static generators, shunts, taps.
FILES = (
    "case33bw", "create_cigre_network_mv", "create_cigre_network_lv", "simple_four_bus_system",
    "simple_mv_open_ring_net", "mv_oberrhein", "create_kerber_landnetz_kabel_1", "kb_extrem_dorfnetz",
    "create_synthetic_voltage_control_lv_network",
)  # fmt: skip
VOLTAGE_RATIO, ANGLE_DEG, LOSS_RATIO = 1e-6, 1e-5, 1e-6
USED = {
    "bus": ("name", "vn_kv", "in_service"),
    "ext_grid": ("name", "bus", "vm_pu", "va_degree", "in_service"),
    "line": (
        "name", "from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km",
        "g_us_per_km", "parallel", "in_service",
    ),
    "trafo": (
        "name", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw",
        "i0_percent", "shift_degree", "parallel", "in_service",
    ),
    "load": ("name", "bus", "p_mw", "q_mvar", "scaling", "in_service"),
}  # fmt: skip


@dataclass(frozen=True)
class Apart:
    """Buses compared, and the worst differences."""

    buses: int
    voltage_ratio: float
    angle_deg: float
    loss_ratio: float


def shipped(name):
    """Return a network, solved by pandapower."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # theirs, about files of theirs
        net = getattr(networks, name)()
    if "tap_dependency_table" not in net.trafo:
        net.trafo["tap_dependency_table"] = False  # asked for by version 3, left out by some of its files
    pandapower.runpp(net, tolerance_mva=1e-9, trafo_model="t", max_iteration=50, numba=False, init="dc")
    return net


def as_case(net):
    """Return what pandapower solves, in MATPOWER's columns, and its answer."""
    ppc = net._ppc
    bus = [
        {"i": int(row[0]), "type": int(row[1]), "Pd_MW": row[2], "Qd_Mvar": row[3], "Gs": row[4],
         "Bs": row[5], "baseKV": row[9], "Va_deg": row[8] if row[1] == 3 else 0.0}
        for row in np.real(ppc["bus"])
    ]  # fmt: skip
    slack = {row["i"] for row in bus if row["type"] == 3}
    gen = [
        {"bus": int(row[0]), "Pg_MW": None if int(row[0]) in slack else row[1], "Vset_pu": row[5]}
        for row in np.real(ppc["gen"]) if row[7] > 0
    ]  # fmt: skip
    columns = {
        "r": branches.BR_R, "x": branches.BR_X, "b": branches.BR_B, "g": branches.BR_G, "ratio": branches.TAP,
        "shift_deg": branches.SHIFT,
    }  # fmt: skip
    branch = [
        {"f": int(row[0]), "t": int(row[1]), **{key: row[at] for key, at in columns.items()}}
        for row in np.real(ppc["branch"]) if row[branches.BR_STATUS] > 0
    ]  # fmt: skip
    answer = {str(int(row[0])): (row[7], row[8]) for row in np.real(ppc["bus"]) if np.isfinite(row[7])}
    bus = [row for row in bus if str(row["i"]) in answer]
    return {"baseMVA": float(ppc["baseMVA"]), "bus": bus, "gen": gen, "branch": branch}, answer


def as_tables(net):
    """Return the tables that our reader takes, and the answer.

    A line with one end switched off ends at a bus of its own; buses that a closed switch joins are one.
    """
    closed = net.switch.closed.astype(bool)
    joined = net.switch[closed & (net.switch.et == "b")]
    same = {int(row.element): int(row.bus) for _, row in joined.iterrows()}
    network = {}
    for table, columns in USED.items():
        rows = []
        for index, row in net[table].iterrows():
            made = {key: _plain(row[key]) for key in columns if key in row and not pandas.isna(row[key])}
            made["name"] = f"{table} {index}"
            for key in ("bus", "from_bus", "to_bus", "hv_bus", "lv_bus"):
                if key in made:
                    made[key] = same.get(int(made[key]), int(made[key]))
            rows.append(made | ({"index": int(index)} if table == "bus" else {}))
        network[table] = rows
    assert not (~closed & (net.switch.et == "t")).any()
    for number, row in net.switch[~closed & (net.switch.et == "l")].iterrows():
        line = next(each for each in network["line"] if each["name"] == f"line {row.element}")
        end = "from_bus" if net.line.from_bus[row.element] == row.bus else "to_bus"
        line[end] = 100_000 + number
        network["bus"].append({"name": f"end {number}", "index": line[end], "vn_kv": net.bus.vn_kv[row.bus]})
    answer = {
        f"bus {index}": (row.vm_pu, row.va_degree) for index, row in net.res_bus.dropna().iterrows()
        if index not in same
    }  # fmt: skip
    return {"network": network, "f_hz": float(net.f_hz)}, answer


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def compared(given, answer, net, folder):
    """Return how far `twin solve` is from pandapower; voltages and losses of the whole network."""
    file = folder / "net.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    ours = json.loads(solve_circuit(str(file)).text)
    size, angle = [], []
    for bus, (ratio, degrees) in answer.items():
        mine = ours["bus"][bus]["1"]
        size.append(abs(mine["voltage_ratio"] - ratio))
        angle.append(abs((mine["angle_deg"] - degrees + 180.0) % 360.0 - 180.0))
    loss = 1e6 * sum(net[f"res_{table}"].pl_mw.sum() for table in ("line", "trafo") if len(net[table]))
    return Apart(len(answer), max(size), max(angle), abs(ours["losses_w"] / loss - 1.0))


def as_file(net):
    """Return what pandapower writes of a network, and its answer at the buses that stand for themselves."""
    joined = net.switch[net.switch.closed.astype(bool) & (net.switch.et == "b")]
    names = net.bus.name.astype(str)
    answer = {
        names[index] if names.eq(names[index]).sum() == 1 else f"bus {index}": (row.vm_pu, row.va_degree)
        for index, row in net.res_bus.dropna().iterrows() if index not in set(joined.element)
    }  # fmt: skip
    return json.loads(pandapower.to_json(net)), answer


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_the_state_of_pandapower(name, tmp_path):
    net = shipped(name)
    apart = compared(*as_file(net), net, tmp_path)
    assert apart.voltage_ratio <= VOLTAGE_RATIO
    assert apart.angle_deg <= ANGLE_DEG


def test_a_file_with_shunts_and_two_grids_has_the_state_of_pandapower(tmp_path):
    net = shipped("create_cigre_network_mv")
    pandapower.create_shunt(net, 5, q_mvar=-0.4, p_mw=0.01, vn_kv=19.0, step=2, max_step=2)
    pandapower.create_ext_grid(net, 14, vm_pu=0.99, va_degree=-32.0)
    pandapower.create_sgen(net, 9, p_mw=0.6, q_mvar=0.1, scaling=0.5)
    pandapower.runpp(net, tolerance_mva=1e-9, max_iteration=50, numba=False)
    apart = compared(*as_file(net), net, tmp_path)
    assert apart.voltage_ratio <= VOLTAGE_RATIO
    assert apart.angle_deg <= ANGLE_DEG


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_the_state_of_pandapower(name, tmp_path):
    net = shipped(name)
    apart = compared(*as_case(net), net, tmp_path)
    assert apart.voltage_ratio <= VOLTAGE_RATIO
    assert apart.angle_deg <= ANGLE_DEG


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_state_of_pandapower(name, tmp_path):
    net = shipped(name)
    apart = compared(*as_tables(net), net, tmp_path)
    assert apart.voltage_ratio <= VOLTAGE_RATIO
    assert apart.angle_deg <= ANGLE_DEG
    assert apart.loss_ratio <= LOSS_RATIO
