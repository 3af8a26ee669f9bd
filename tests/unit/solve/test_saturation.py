"""A cooler just at its limit: it holds, or it runs flat out and what leaves is warmer, never colder."""

import numpy as np

from tests.unit.solve.plants import ZERO_K, Plant
from twin.laws.movers import fan_power
from twin.solve.couple import solve
from twin.solve.heat import Mode


def test_a_cooler_that_runs_flat_out_sends_out_nothing_colder_than_its_set_point():
    outdoor_c = np.linspace(20.0, 30.0, 26)
    plant = Plant(variants=26, outdoor_c=outdoor_c[None], cooler_set_c=30.0)
    solution = solve(plant.network())
    leaving = solution.heat.outlet_k[solution.network.heat.rejector[0]] - ZERO_K
    free = solution.rejector_mode[0] == Mode.FREE
    assert 0 < free.sum() < 26
    assert np.all(np.diff(free.astype(int)) >= 0)
    assert np.all(leaving[free] > 30.0)
    assert np.all(np.abs(leaving[~free] - 30.0) < 1e-6)
    assert np.all(np.diff(solution.machine_w[0]) > -1e-6 * fan_power(np.array(1.0), np.array(15e3)))
