"""The networks that come with WNTR, read and solved here and by EPANET 2.2."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twin.interop.epanet_model import Status
from twin.interop.epanet_run import run, snapshot
from twin.interop.epanet_text import read_inp

wntr = pytest.importorskip("wntr")

LIBRARY = Path(wntr.__file__).parent / "library" / "networks"
NAMES = ("Net1", "Net2", "Net3", "Net6", "ky4")
HEAD_M, FLOW_RATIO, LEAST_RATIO = 0.02, 1e-3, 1e-3
# EPANET lets 1e-8 ft³/s pass a closed link for each foot of head across it; we let nothing pass.
CLOSED_M3_S, NOTHING_M3_S = 3e-7, 1e-12
DAY_S = 86400.0
# EPANET never starts this pump of constant power, see the last tests.
STALLED, FLOATING = "~@Pump-11", {"I-RV-4", "O-Pump-11"}


def epanet(network, folder):
    """Return heads and flows of EPANET, rows by time, converged as far as it goes."""
    hydraulic = network.options.hydraulic
    hydraulic.accuracy, hydraulic.headerror, hydraulic.flowchange, hydraulic.trials = 1e-7, 1e-6, 1e-9, 200
    found = wntr.sim.EpanetSimulator(network).run_sim(file_prefix=str(folder / "net"), version=2.2)
    return found.node["head"], found.link["flowrate"]


def library(name, duration_s=0.0):
    """Return EPANET's view of one of the networks."""
    network = wntr.network.WaterNetworkModel(str(LIBRARY / f"{name}.inp"))
    network.options.time.duration = duration_s
    return network


def differences(record, heads, flows, *, beside=frozenset()):
    """Return the worst difference of heads [m], and of flows [1] where something flows."""
    nodes, links = list(record.plan.nodes), [link.name for link in record.plan.links]
    kept = [name not in beside for name in nodes]
    assert not np.isnan(record.head_m).any()
    head = np.abs(record.head_m - heads[nodes].to_numpy())[:, kept]
    ours, theirs = record.flow_m3_s, flows[links].to_numpy()
    largest = np.abs(theirs).max(axis=1, keepdims=True)
    flow = np.abs(ours - theirs) / np.maximum(np.abs(theirs), LEAST_RATIO * largest)
    still = (record.status == Status.CLOSED) | (np.abs(ours) < NOTHING_M3_S)
    assert np.abs(theirs[still]).max(initial=0.0) < CLOSED_M3_S
    return head.max(), flow[~still].max()


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_the_heads_and_flows_of_epanet(name, tmp_path):
    record = snapshot(read_inp(LIBRARY / f"{name}.inp"))
    head, flow = differences(record, *epanet(library(name), tmp_path))
    assert head <= HEAD_M
    assert flow <= FLOW_RATIO
    assert record.residual_ratio.max() < 1e-9


@pytest.mark.parametrize("name", ["Net1", "Net3"])
def test_a_day_of_a_network_is_that_of_epanet(name, tmp_path):
    record = run(read_inp(LIBRARY / f"{name}.inp"), duration_s=DAY_S)
    heads, flows = epanet(library(name, DAY_S), tmp_path)
    assert record.time_s.tolist() == heads.index.tolist()
    head, flow = differences(record, heads, flows)
    assert head <= HEAD_M
    assert flow <= FLOW_RATIO


def test_with_its_stalled_pump_closed_ky10_is_that_of_epanet(tmp_path):
    """EPANET leaves this pump of constant power at no flow and no lift, which contradicts its power."""
    heads, flows = epanet(library("ky10"), tmp_path)
    assert abs(flows[STALLED].iloc[0]) < CLOSED_M3_S
    network = read_inp(LIBRARY / "ky10.inp")
    pumps = [replace(p, status=Status.CLOSED) if p.name == STALLED else p for p in network.pumps]
    record = snapshot(replace(network, pumps=tuple(pumps)))
    head, flow = differences(record, heads, flows, beside=FLOATING)
    assert head <= HEAD_M
    assert flow <= FLOW_RATIO


def test_with_a_curve_through_the_same_point_epanet_finds_our_answer_for_ky10(tmp_path):
    """Started by a curve in the place of its power, the pump delivers in EPANET what it delivers here."""
    record = snapshot(read_inp(LIBRARY / "ky10.inp"))
    at = [link.name for link in record.plan.links].index(STALLED)
    pump = record.plan.links[at]
    through = float(record.flow_m3_s[0, at])
    lift = float(record.head_m[0, record.plan.b[at]] - record.head_m[0, record.plan.a[at]])
    other = library("ky10")
    other.remove_link(STALLED)
    other.add_curve("through", "HEAD", [(through, lift)])
    other.add_pump(STALLED, pump.a, pump.b, pump_type="HEAD", pump_parameter="through")
    head, flow = differences(record, *epanet(other, tmp_path))
    assert head <= HEAD_M
    assert flow <= FLOW_RATIO
