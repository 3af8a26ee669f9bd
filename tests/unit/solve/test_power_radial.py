"""Radial grids as forests: sums up and down the branches are what the factors of the matrix solve."""

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, feed_block, hall, load_block, transformer_block
from tests.unit.solve.test_power_kept import same, tree
from twin.solve.power import solve_power
from twin.solve.power_grid import solve_rows
from twin.solve.power_radial import forest_of
from twin.solve.power_settle import prepare


def tapped():
    """Return two transformers off their nominal ratio in a row, the second one turned around."""
    wiring = Wiring()
    source, high, low, between, up, end = wiring.nodes(6)[:, None]
    wiring.add(feed_block(source, 20e3))
    wiring.line(source, high, 0.5)
    wiring.add(transformer_block(high, low, primary=20.5e3))
    wiring.line(low, between, 2e-4)
    wiring.add(transformer_block(up, between, primary=10e3, secondary=400.0))
    wiring.line(up, end, 0.1)
    wiring.add(load_block(np.concatenate([low, end]), [0, 1], [1e5, 2e5]))
    return wiring.net(), np.array([[1e5], [2e5]])


@pytest.mark.parametrize("made", [tree(), hall(1), tapped()], ids=["busway", "hall", "taps"])
def test_sums_along_branches_solve_the_nodal_matrix(made):
    net, watts = made
    factor = solve_power(net, watts).running.factor
    forest = forest_of(prepare(net).grid)
    count = forest.node.size
    taken = np.random.default_rng(1).normal(size=count) + 1j
    right = np.zeros((net.node.size, 1), dtype=complex)
    right[forest.node, 0] = taken
    flows, volts = np.append(taken * forest.scale, 0.0), np.zeros(count + 1, dtype=complex)
    for row in reversed(range(count)):
        flows[forest.above[row]] += flows[row]
    for row in range(count):
        volts[row] = forest.impedance[row] * flows[row] + volts[forest.above[row]]
    solved = solve_rows(factor, right)[forest.node, 0]
    np.testing.assert_allclose(volts[:-1] * forest.scale, solved, rtol=1e-10, atol=1e-12 * abs(solved).max())


def test_a_mesh_is_no_forest():
    assert forest_of(prepare(tree(feeds=2)[0]).grid) is None


def test_taps_settle_to_the_same_results_compiled(monkeypatch):
    pytest.importorskip("numba")
    net, watts = tapped()
    found = []
    for path in ("0", "1"):
        monkeypatch.setenv("TWIN_FAST", path)
        power = None
        for share in (0.6, 0.7, 0.8, 0.9, 1.0):
            power = solve_power(net, share * watts, power)
        found.append(power)
    np.testing.assert_allclose(found[1].node_voltage_ratio, found[0].node_voltage_ratio, rtol=1e-12)
    same(found[0], found[1])
