"""Networks that EPANET and pandapipes solved; see README.md."""

import json

import numpy as np
import pytest

from twin.interop.epanet_laws import Formulas
from twin.interop.epanet_run import run, snapshot
from twin.interop.epanet_text import read_inp
from twin.model.element import Friction

LOOPS = ("tcs_direct_all_open", "tcs_direct_speed80")
LINKS = {"pump_total": "pump1"}
NETWORKS = ("todini_fig2_dw", "net1_dw_t0")
CLOSED_M3_S = 1e-7
OURS = Formulas(friction=Friction.COLEBROOK, minor_ratio=1.0)
# EPANET rounds the constant of minor losses; pandapipes does not.
PANDAPIPES = Formulas(minor_ratio=1.0)


@pytest.fixture
def case(published_cases):
    def load(name):
        folder = published_cases / "hydraulics"
        expected = json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))
        return read_inp(folder / f"{name}.inp"), expected

    return load


def heads_and_flows(record, at=0):
    """Return heads by node and flows by link at one time."""
    plan = record.plan
    flows = zip([link.name for link in plan.links], record.flow_m3_s[at], strict=True)
    return dict(zip(plan.nodes, record.head_m[at], strict=True)), dict(flows)


def errors(ours, theirs):
    """Return the largest difference."""
    assert theirs.keys() <= ours.keys()
    return max(abs(ours[name] - value) for name, value in theirs.items())


@pytest.mark.parametrize("name", LOOPS)
def test_a_rack_loop_is_that_of_epanet(case, name):
    network, expected = case(name)
    record = snapshot(network)
    heads, flows = heads_and_flows(record)
    for link, flow in expected["epanet"]["flow_m3s"].items():
        assert flows[LINKS.get(link, link)] == pytest.approx(flow, rel=1e-3)
    assert errors(heads, expected["epanet"]["head_m"]) < 0.02
    assert record.iteration_count.sum() <= 25


@pytest.mark.parametrize("name", LOOPS)
def test_with_the_same_formula_a_rack_loop_is_that_of_pandapipes_to_seven_digits(case, name):
    network, expected = case(name)
    heads, flows = heads_and_flows(snapshot(network, PANDAPIPES))
    theirs = expected["pandapipes_swamee_jain"]
    for link, flow in theirs["flow_m3s"].items():
        assert flows[LINKS.get(link, link)] == pytest.approx(flow, rel=1e-7)
    assert errors(heads, theirs["head_m"]) < 1e-6


@pytest.mark.parametrize("name", LOOPS)
def test_a_rack_loop_is_that_of_pandapipes_with_colebrook(case, name):
    network, expected = case(name)
    heads, flows = heads_and_flows(snapshot(network, OURS))
    theirs = expected["pandapipes_colebrook"]
    for link, flow in theirs["flow_m3s"].items():
        assert flows[LINKS.get(link, link)] == pytest.approx(flow, rel=5e-3)
    loop = max(theirs["head_m"].values()) - min(theirs["head_m"].values())
    assert errors(heads, theirs["head_m"]) < 0.005 * loop


@pytest.mark.parametrize("name", LOOPS)
def test_far_racks_get_less_than_near_ones(case, name):
    _, flows = heads_and_flows(snapshot(case(name)[0]))
    racks = [flows[f"rack{i}"] for i in range(1, 9)]
    assert (np.diff(racks) < 0.0).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_is_that_of_epanet(case, name):
    network, expected = case(name)
    heads, flows = heads_and_flows(snapshot(network))
    theirs = results(expected)[0]
    assert_flows(flows, theirs["flow_m3s"])
    assert errors(heads, theirs["head_m"]) < 0.01


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_is_near_that_of_epanet_with_colebrook(case, name):
    network, expected = case(name)
    heads, flows = heads_and_flows(snapshot(network, OURS))
    theirs = results(expected)[0]
    largest = max(abs(q) for q in theirs["flow_m3s"].values())
    assert errors(flows, theirs["flow_m3s"]) < 0.015 * largest
    for pipe in network.pipes:
        loss = theirs["head_m"][pipe.a] - theirs["head_m"][pipe.b]
        assert heads[pipe.a] - heads[pipe.b] == pytest.approx(loss, rel=0.03, abs=0.03)


def test_a_day_of_a_published_network_is_that_of_epanet(case):
    network, expected = case("net1_dw_eps24")
    record, theirs = run(network, duration_s=86400.0), results(expected)
    assert record.time_s.tolist() == [moment["time_s"] for moment in theirs]
    (tank,) = network.tanks
    for at, moment in enumerate(theirs):
        heads, flows = heads_and_flows(record, at)
        assert errors(heads, moment["head_m"]) < 0.01
        assert_flows(flows, moment["flow_m3s"])
        assert heads[tank.name] == pytest.approx(moment["head_m"][tank.name], abs=0.05)
    pump = [link.name for link in record.plan.links].index(network.pumps[0].name)
    assert {0, 1} == set(record.status[:, pump].tolist())


def assert_flows(ours, theirs):
    """Assert that flows agree to 0.1 %, those below a thousandth of the largest to that of it.

    EPANET lets 1e-8 ft³/s pass a closed link for each foot of head across it; we let nothing pass.
    """
    largest = max(abs(q) for q in theirs.values())
    for link, flow in theirs.items():
        if ours[link] == 0.0:
            assert abs(flow) < CLOSED_M3_S, link
        else:
            assert abs(ours[link] - flow) < 1e-3 * max(abs(flow), 1e-3 * largest), link


def results(expected):
    """Return the moments of an EPANET result."""
    found = expected["results"]
    return found if isinstance(found, list) else [found]
