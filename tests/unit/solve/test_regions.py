"""Regions that have nothing to do with each other: cut out, solved where they differ, put together again."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from twin.balance import balance
from twin.components import declare_all
from twin.model import region
from twin.model.network import lay_out
from twin.model.variants import take
from twin.solve import couple
from twin.stage.read import read

# What the numbers in each column are numbers of; the others are not numbers of anything.
ENDS = {
    "island": "island", "held": "node", "tail": "node", "head": "node", "friction": "branch",
    "measured": "branch", "mover": "branch", "held_flow": "branch", "limited": "branch", "check": "branch",
    "plus": "node", "minus": "node", "control_of": "control", "hot": "branch", "cold": "branch",
    "valve": "limited", "rejector": "branch", "condenser": "branch", "reject_load": "consumer",
    "release_load": "consumer", "release_branch": "branch", "release_node": "node", "conduct_a": "node",
    "conduct_b": "node", "mover_load": "consumer", "a": "power", "b": "power", "consumer": "consumer",
    "line_room": "node", "transformer_room": "node", "converter_room": "node",
}  # fmt: skip
SITE = {"air_pressure_pa", "viscosity_ratio", "outdoors_k"}


def beside(*networks):
    """Return networks of one pattern side by side."""
    first = networks[0]
    flow, names = first.flow, first.flow.branch_name
    sizes = {
        "node": len(flow.node), "island": len(flow.fluid), "branch": len(flow.tail),
        "limited": len(flow.limited), "control": len(flow.plus), "consumer": len(first.heat.load_names),
        "power": len(first.power.node),
    }  # fmt: skip

    def moved(values, axis):
        if axis is None:
            return np.concatenate(values)
        steps = [each * sizes[axis] for each in range(len(values))]
        return np.concatenate([np.where(v >= 0, v + s, -1) for v, s in zip(values, steps, strict=True)])

    def joined(things, *, electrical):
        changed = {}
        for field in fields(things[0]):
            name, values = field.name, [getattr(thing, field.name) for thing in things]
            inner = name == "node" and electrical and not hasattr(things[0], "rows")
            if isinstance(values[0], np.ndarray) and name not in SITE:
                changed[name] = moved(values, "power" if inner else ENDS.get(name))
            elif isinstance(values[0], tuple):
                changed[name] = sum(values, ())
            elif is_dataclass(values[0]) and name != "assembly":
                changed[name] = joined(values, electrical=electrical or name == "power")
        return replace(things[0], **changed)

    whole = joined(networks, electrical=False)
    net = replace(whole.flow, branch_name=lambda row: names(row % sizes["branch"]))
    return replace(whole, flow=net)


@pytest.fixture(scope="module")
def pod():
    """Return the pod with all its cases."""
    declare_all()
    return lay_out(read("pod").facility)


@pytest.fixture
def small(monkeypatch):
    """Let regions of the size of a pod be solved by themselves."""
    monkeypatch.setattr(couple, "LARGE", 0)
    monkeypatch.setattr(region, "LEAST_NODES", 100)


def test_a_pod_is_one_region_and_is_solved_as_a_whole(pod, small):
    assert region.shares(pod) == []


def test_equal_pods_are_solved_once(pod, small):
    (share,) = region.shares(beside(pod, pod, pod))
    assert len(share.network.flow.node) == len(pod.flow.node)
    assert len(np.unique(np.concatenate([place["branch"][1] for place in share.places]))) == 3 * len(
        pod.flow.tail
    )


def test_equal_pods_all_have_the_solution_of_one(pod, small):
    one, three = couple.solve(pod), couple.solve(beside(pod, pod, pod))
    for part, name in (
        (lambda s: s.flow, "flow_kg_s"),
        (lambda s: s.heat, "temperature_k"),
        (lambda s: s.power, "line_loss_w"),
        (lambda s: s, "consumer_w"),
    ):
        alone = getattr(part(one), name)
        found = getattr(part(three), name)
        np.testing.assert_allclose(found, np.tile(alone, (3, 1)), rtol=1e-9, atol=1e-9 * np.abs(alone).max())
    closed = balance(three)
    np.testing.assert_allclose(closed.power_in_w, 3.0 * balance(one).power_in_w, rtol=1e-12)
    assert max(closed.energy_ratio.max(), closed.mass_ratio, closed.current_ratio) <= 1e-9


def hotter(network, row, factor):
    """Return the network with another power of one consumer."""
    consumers = network.power.consumers
    power_w = consumers.power_w.copy()
    power_w[row] *= factor
    return replace(network, power=replace(network.power, consumers=replace(consumers, power_w=power_w)))


def test_pods_that_differ_have_the_solution_of_the_whole(pod, small):
    rack = int(np.argmax(pod.power.consumers.power_w.max(axis=1)))
    site = hotter(beside(pod, pod, pod), len(pod.heat.load_names) + rack, 0.9)
    (share,) = region.shares(site)
    assert len(share.network.flow.node) == 2 * len(pod.flow.node)
    assert [len(place["node"][1]) for place in share.places] == [*[len(pod.flow.node)] * 3, 0]
    apart, whole = couple.solve(site), couple._by_phases(site)
    np.testing.assert_allclose(apart.consumer_w, whole.consumer_w, rtol=1e-8, atol=1e-3)
    np.testing.assert_allclose(apart.heat.temperature_k, whole.heat.temperature_k, rtol=1e-8)
    through = np.abs(whole.flow.flow_kg_s).max()
    np.testing.assert_allclose(apart.flow.flow_kg_s, whole.flow.flow_kg_s, atol=1e-8 * through)
    np.testing.assert_allclose(apart.power.line_loss_w, whole.power.line_loss_w, rtol=1e-7, atol=1e-3)


def test_a_pod_is_solved_only_in_the_cases_that_concern_it(pod, small):
    calm = take(pod, np.zeros(pod.variants, dtype=np.intp), pod.variants)
    found = region.shares(beside(pod, calm))
    few, many = sorted(found, key=lambda share: share.network.variants)
    # The coolant's viscosity is given for the whole site, so that its case differs everywhere.
    assert few.column.tolist() == [0] * (pod.variants - 1) + [1]
    assert many.network.variants == len(set(many.column.tolist())) > pod.variants - 3


def test_what_is_too_small_goes_with_the_others(pod, small, monkeypatch):
    monkeypatch.setattr(region, "LEAST_NODES", 10_000)
    assert region.shares(beside(pod, pod, pod)) == []
