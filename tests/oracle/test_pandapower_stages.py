"""Networks that come with pandapower, imported as stages and solved by the walk, beside pandapower itself."""

import logging
import re
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from twin.errors import InputError
from twin.interop.pandapower_stage import import_pandapower
from twin.walk import walk

pandapower = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")

VOLTAGE_RATIO = 1e-6
# As they are; and with charging and magnetising power taken out on both sides.
AS_THEY_ARE = ("case33bw", "create_cigre_network_lv")
BARE = (
    "create_cigre_network_mv", "simple_mv_open_ring_net", "create_kerber_landnetz_freileitung_1",
    "create_kerber_landnetz_freileitung_2", "create_kerber_landnetz_kabel_1",
    "create_kerber_landnetz_kabel_2", "create_kerber_dorfnetz", "create_kerber_vorstadtnetz_kabel_1",
    "create_kerber_vorstadtnetz_kabel_2", "kb_extrem_landnetz_freileitung", "kb_extrem_dorfnetz",
    "panda_four_load_branch", "four_loads_with_branches_out", "create_dickert_lv_network",
)  # fmt: skip
WITHOUT_GENERATION = ("simple_four_bus_system", "mv_oberrhein")
REFUSED = {
    "case9": "ST174", "case14": "ST174", "case118": "ST174", "create_cigre_network_hv": "ST174",
    "simple_four_bus_system": "ST174", "mv_oberrhein": "ST176", "example_multivoltage": "ST174",
    "ieee_european_lv_asymmetric": "ST174", "create_cigre_network_mv": "ST176",
    "create_kerber_landnetz_freileitung_1": "ST176", "panda_four_load_branch": "ST176",
}  # fmt: skip


@dataclass(frozen=True)
class Apart:
    """Buses compared, and the worst difference of a voltage over that of its bus."""

    buses: int
    voltage_ratio: float
    loss_ratio: float


def shipped(name, *, bare=False):
    """Return a network of pandapower; bare is without charging and magnetising power."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # theirs, about files of theirs
        net = getattr(networks, name)()
    if "tap_dependency_table" not in net.trafo:
        net.trafo["tap_dependency_table"] = False  # asked for by version 3, left out by some of its files
    if bare:
        net.line["c_nf_per_km"] = 0.0
        net.line["g_us_per_km"] = 0.0
        net.trafo["i0_percent"] = 0.0
    return net


def compared(net, folder, without=()):
    """Return how far the stage of a network is from pandapower."""
    file, site = folder / "net.json", folder / "site.usda"
    pandapower.to_json(net, str(file))
    site.write_text(import_pandapower(file, without).text, encoding="utf-8")
    outcome = walk(str(site))
    assert outcome.balance.energy_ratio.max() <= 1e-8
    pandapower.runpp(net, numba=False, tolerance_mva=1e-10, trafo_model="t", max_iteration=50)
    ours = volts(outcome, site)
    fed = net.res_bus.vm_pu.dropna()
    assert set(ours) == set(fed.index)
    apart = [abs(ours[bus] / (1e3 * net.bus.vn_kv[bus]) - size) for bus, size in fed.items()]
    power = outcome.solution.power
    loss = 1e6 * (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum())
    mine = float(power.line_loss_w.sum() + power.transformer_loss_w.sum())
    return Apart(len(fed), max(apart), abs(mine / loss - 1.0) if loss else 0.0)


def volts(outcome, site):
    """Return the voltage of each bus [V], by the boards and utilities that are traced to it."""
    text = site.read_text(encoding="utf-8")
    net, power = outcome.solution.network.power, outcome.solution.power
    node_v = np.abs(power.node_voltage_ratio[:, 0]) * net.nominal_v[:, 0]
    names = [net.name(node) for node in range(net.node.size)]
    found = {}
    for name, traced in re.findall(
        r'def Xform "(\w+)" \([^)]*string pandapower = "((?:bus|ext)[^"]*)"', text
    ):
        feeder = f"/World/Utilities/{name}/"
        at = next(i for i, n in enumerate(names) if n == f"/World/Boards/{name}.bus" or n.startswith(feeder))
        found |= {int(bus): node_v[at] for bus in re.findall(r"bus\[(\d+)\]", traced)}
    return found


@pytest.mark.parametrize("name", AS_THEY_ARE)
def test_networks_have_the_voltages_of_pandapower(name, tmp_path):
    assert compared(shipped(name), tmp_path).voltage_ratio <= VOLTAGE_RATIO


@pytest.mark.parametrize("name", BARE)
def test_networks_without_charging_have_the_voltages_of_pandapower(name, tmp_path):
    assert compared(shipped(name, bare=True), tmp_path).voltage_ratio <= VOLTAGE_RATIO


@pytest.mark.parametrize("name", WITHOUT_GENERATION)
def test_networks_without_generation_have_the_voltages_of_pandapower(name, tmp_path):
    net = shipped(name, bare=True)
    net.sgen["in_service"] = False
    assert compared(net, tmp_path).voltage_ratio <= VOLTAGE_RATIO


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_is_refused_by_table_and_row(name, tmp_path):
    file = tmp_path / "net.json"
    pandapower.to_json(shipped(name), str(file))
    with pytest.raises(InputError) as refused:
        import_pandapower(file)
    first = refused.value.faults[0]
    assert first.code == REFUSED[name]
    assert re.fullmatch(r"\w+\[[\d, ]+\]", first.prim)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("panda_four_load_branch", "charging of line[0, 1, 2, 3]"),
        ("create_kerber_landnetz_freileitung_1", "magnetising of trafo[0]"),
    ],
)
def test_what_is_left_out_as_asked_for_is_told(name, said, tmp_path):
    file = tmp_path / "net.json"
    pandapower.to_json(shipped(name), str(file))
    told = import_pandapower(file, ("charging", "magnetising")).left_out
    assert f"{said}: left out as asked for" in told
