"""Steady networks that EPANET and pandapipes solved; see README.md."""

import json

import numpy as np
import pytest

from tests.verification.flow.inp import parse, solve
from twin.laws.friction import darcy_drop_swamee_jain

LOOPS = ("tcs_direct_all_open", "tcs_direct_speed80")
LINKS = {"pump_total": "pump1"}
NETWORKS = ("todini_fig2_dw", "net1_dw_t0")


@pytest.fixture
def case(published_cases):
    def load(name):
        folder = published_cases / "hydraulics"
        expected = json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))
        return parse((folder / f"{name}.inp").read_text(encoding="utf-8")), expected

    return load


@pytest.fixture
def as_epanet(monkeypatch):
    """Take EPANET's friction factor in the place of ours."""
    monkeypatch.setattr("twin.solve.branch.darcy_drop", darcy_drop_swamee_jain)


def errors(ours, theirs):
    """Return the largest difference."""
    assert theirs.keys() <= ours.keys()
    return max(abs(ours[name] - value) for name, value in theirs.items())


@pytest.mark.parametrize("name", LOOPS)
def test_a_rack_loop_is_that_of_epanet_with_its_own_friction_factor(case, as_epanet, name):
    inp, expected = case(name)
    inp.density_kg_m3 = expected["spec"]["density_kg_m3"]
    answer = solve(inp)
    for link, flow in expected["epanet"]["flow_m3s"].items():
        assert answer.flows[LINKS.get(link, link)] == pytest.approx(flow, rel=1e-3)
    assert errors(answer.heads, expected["epanet"]["head_m"]) < 0.02
    assert answer.passes <= 25


@pytest.mark.parametrize("name", LOOPS)
def test_with_the_same_formula_a_rack_loop_is_that_of_pandapipes_to_seven_digits(case, as_epanet, name):
    inp, expected = case(name)
    answer, theirs = solve(inp), expected["pandapipes_swamee_jain"]
    for link, flow in theirs["flow_m3s"].items():
        assert answer.flows[LINKS.get(link, link)] == pytest.approx(flow, rel=1e-7)
    assert errors(answer.heads, theirs["head_m"]) < 1e-6


@pytest.mark.parametrize("name", LOOPS)
def test_a_rack_loop_is_that_of_pandapipes_with_colebrook(case, name):
    inp, expected = case(name)
    inp.density_kg_m3 = expected["spec"]["density_kg_m3"]
    answer, theirs = solve(inp), expected["pandapipes_colebrook"]
    for link, flow in theirs["flow_m3s"].items():
        assert answer.flows[LINKS.get(link, link)] == pytest.approx(flow, rel=5e-3)
    loop = max(theirs["head_m"].values()) - min(theirs["head_m"].values())
    assert errors(answer.heads, theirs["head_m"]) < 0.005 * loop


@pytest.mark.parametrize("name", LOOPS)
def test_far_racks_get_less_than_near_ones(case, name):
    flows = solve(case(name)[0]).flows
    racks = [flows[f"rack{i}"] for i in range(1, 9)]
    assert (np.diff(racks) < 0.0).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_is_that_of_epanet_with_its_own_friction_factor(case, as_epanet, name):
    inp, expected = case(name)
    answer, theirs = solve(inp), _results(expected)
    largest = max(abs(q) for q in theirs["flow"].values())
    for link, flow in theirs["flow"].items():
        assert answer.flows[link] == pytest.approx(flow, rel=1e-3, abs=1e-5 * largest)
    assert errors(answer.heads, theirs["head"]) < 0.01


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_is_near_that_of_epanet_with_colebrook(case, name):
    inp, expected = case(name)
    answer, theirs = solve(inp), _results(expected)
    largest = max(abs(q) for q in theirs["flow"].values())
    assert errors(answer.flows, theirs["flow"]) < 0.015 * largest
    for pipe in inp.pipes:
        _link, a, b = pipe[:3]
        loss = theirs["head"][a] - theirs["head"][b]
        ours = answer.heads[a] - answer.heads[b]
        assert ours == pytest.approx(loss, rel=0.03, abs=0.03)


def _results(expected):
    """Return heads and flows at the first time of an EPANET result."""
    results = expected["results"]
    (at,) = results if isinstance(results, list) else [results]
    pick = {key: at[key] for key in at}
    flow = next(v for k, v in pick.items() if k.startswith("flow"))
    head = next(v for k, v in pick.items() if k.startswith("head"))
    first = {k: v[0] if isinstance(v, list) else v for k, v in flow.items()}
    return {"flow": first, "head": {k: v[0] if isinstance(v, list) else v for k, v in head.items()}}
