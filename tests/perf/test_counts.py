"""How much work the pod takes to settle, in counts: they gate what seconds only hint at."""

from collections import Counter

import numpy as np
import pytest

from twin.balance import balance
from twin.components import declare_all
from twin.model.network import lay_out
from twin.model.variants import families, take
from twin.solve import couple, flow, power_grid, power_point, sparse
from twin.stage.read import read


@pytest.fixture(scope="module")
def network():
    """Return the pod with all its cases."""
    declare_all()
    return lay_out(read("pod").facility)


@pytest.fixture
def counts(monkeypatch):
    """Count what a solution calls."""
    found = Counter()

    def counted(name, call):
        def counting(*args, **named):
            found[name] += 1
            return call(*args, **named)

        return counting

    for module, function, name in (
        (couple, "_pass", "coupled passes"), (flow, "newton", "newton passes"),
        (power_point, "solve_rows", "power passes"),
        (sparse, "factorise", "factorisations"), (power_grid, "factorise", "factorisations"),
        (sparse, "analyse", "analyses"), (power_grid, "analyse", "analyses"),
    ):  # fmt: skip
        monkeypatch.setattr(module, function, counted(name, getattr(module, function)))
    return found


def test_one_variant_settles_in_few_passes(network, counts):
    couple.solve(take(network, np.zeros(1, dtype=np.intp), network.variants))
    assert counts["analyses"] == 3
    assert counts["coupled passes"] <= 9
    assert counts["newton passes"] <= 28
    assert counts["power passes"] <= 16
    assert counts["factorisations"] <= 40


def test_all_cases_together_take_little_more_than_twice_the_passes_of_the_first(network, counts):
    solution = couple.solve(network)
    assert counts["coupled passes"] <= 18
    assert counts["newton passes"] <= 60
    assert counts["power passes"] <= 30
    assert counts["factorisations"] <= 82
    closed = balance(solution)
    assert max(closed.energy_ratio.max(), closed.mass_ratio, closed.current_ratio) <= 1e-9


def test_a_batch_takes_no_more_passes_when_its_cases_are_there_twice(network, counts):
    couple.solve(network)
    once = counts["newton passes"]
    counts.clear()
    couple.solve(take(network, np.arange(network.variants).repeat(2), network.variants))
    assert counts["newton passes"] <= once + 4


# ------------------------------------------------------------------------------ a large facility, in parts


@pytest.fixture(scope="module")
def hall():
    """Return the 512-rack hall with all its cases."""
    declare_all()
    return lay_out(read("hall_liquid").facility)


def test_the_second_heat_capture_of_the_hall_leads_a_family_of_its_own(hall):
    leaders, of = families(hall)
    assert leaders.tolist() == [0, hall.variants // 2]
    assert (of[leaders] == np.arange(len(leaders))).all()


def test_a_hall_settled_in_parts_is_the_hall_settled_as_a_whole(hall, monkeypatch):
    cut = []
    inner = couple.inner
    monkeypatch.setattr(couple, "inner", lambda *given: cut.append(inner(*given)) or cut[-1])
    parts = couple.solve(hall)
    assert [len(each.rows["node"]) < 0.6 * len(hall.flow.node) for each in cut] == [True]
    monkeypatch.setattr(couple, "LARGE", np.inf)
    whole = couple.solve(hall)
    assert len(cut) == 1
    assert (parts.exchanger_mode == whole.exchanger_mode).all()
    assert (parts.rejector_mode == whole.rejector_mode).all()
    assert (parts.lost_cooling == whole.lost_cooling).all()
    np.testing.assert_allclose(parts.consumer_w, whole.consumer_w, rtol=1e-8, atol=1e-3)
    np.testing.assert_allclose(parts.heat.temperature_k, whole.heat.temperature_k, rtol=1e-8)
    through = np.abs(whole.flow.flow_kg_s)
    np.testing.assert_allclose(parts.flow.flow_kg_s, whole.flow.flow_kg_s, atol=1e-8 * through.max())
    for solution in (parts, whole):
        closed = balance(solution)
        assert max(closed.energy_ratio.max(), closed.mass_ratio, closed.current_ratio) <= 1e-9
