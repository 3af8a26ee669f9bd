"""Faults from a line to earth, and between lines, in a facility: by hand, and by the solver of tables."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, column, converter_block, feed_block, transformer_block
from tests.unit.solve.test_site_faults import GRID, ROOT3, TRANSFORMER
from twin.solve import site_faults as solved
from twin.solve.short_circuit import solve_faults
from twin.solve.site_faults import GREATEST, LEAST, site_faults

UK, UR = 0.06, 15e3 / 2e6
X0_RATIO, CABLE = 0.9, 1e-4 + 2e-4j
# The correction factor of the transformer counts for its zero sequence too.
ZERO = TRANSFORMER.real + 1j * X0_RATIO * TRANSFORMER.imag


def net_of(*, neutral_ohm=0.0, group=0, ratio=4.0, inverter=False, **feed):
    """Return grid, transformer, board and a cable to a rack, behind a UPS that may be on inverter."""
    wiring = Wiring()
    grid, board, out, rack = wiring.nodes(4)
    declared = {"rx_ratio": 0.1, "least_short_circuit_va": 5e8} | feed
    wiring.add(replace(feed_block(grid, 20e3), **{n: np.array([[v]]) for n, v in declared.items()}))
    made = replace(
        transformer_block(grid, board), zero_reactance_ratio=column(X0_RATIO),
        neutral_ohm=column(neutral_ohm), group=np.array([group]),
    )  # fmt: skip
    wiring.add(made)
    ups = converter_block(np.array([board]), np.array([out]))
    bypass = np.zeros((1, 1)) if inverter else np.ones((1, 1))
    wiring.add(replace(ups, fault_a=column(3100.0), bypass_ratio=bypass))
    wiring.line(out, rack, [CABLE.real], [CABLE.imag])
    net = wiring.net(1)
    wide = column(ratio)
    return replace(net, lines=replace(net.lines, zero_resistance_ratio=wide, zero_reactance_ratio=wide))


def by_hand(z1, z0, c=1.1):
    return ROOT3 * c * 415.0 / abs(2.0 * z1 + z0)


def test_behind_a_solidly_earthed_star_the_current_is_that_of_the_textbook():
    found = site_faults(net_of())
    board = by_hand(GRID + TRANSFORMER, ZERO)
    rack = by_hand(GRID + TRANSFORMER + CABLE, ZERO + 4.0 * CABLE)
    np.testing.assert_allclose(found.ikss_earth_max_a[1:, 0], [board, board, rack], rtol=2e-4)
    # Near a transformer of X0 < X1 a fault to earth is the greater, at the end of a cable the lesser one.
    assert found.ikss_earth_max_a[1, 0] > found.ikss_max_a[1, 0]
    poor = site_faults(net_of(ratio=12.0))
    assert poor.ikss_earth_max_a[3, 0] < poor.ikss_max_a[3, 0]


@pytest.mark.parametrize("neutral_ohm", [0.0, 0.05])
def test_it_is_what_the_solver_of_tables_finds_on_the_same_net(neutral_ohm):
    net = net_of(neutral_ohm=neutral_ohm)
    found, volts = site_faults(net), net.nominal_v.max(axis=1)
    for case, closed, ours in (
        (GREATEST, True, found.ikss_earth_max_a), (LEAST, False, found.ikss_earth_min_a),
    ):  # fmt: skip
        faults = solved._fault_net(net, volts, case, np.array([closed]))
        theirs = solve_faults(faults, replace(case, kind="1ph")).ikss_a
        seen = np.array([1, 2, 3]) if closed else np.array([1])
        np.testing.assert_allclose(ours[seen], theirs[seen], rtol=1e-9)
        two = solve_faults(faults, replace(case, kind="2ph")).ikss_a
        if not closed:
            np.testing.assert_allclose(found.ikss_line_min_a[seen], two[seen], rtol=1e-9)


def test_a_resistor_that_takes_most_of_the_voltage_decides_the_current():
    found = site_faults(net_of(neutral_ohm=10.0))
    assert found.ikss_earth_max_a[1, 0] == pytest.approx(1.1 * 415.0 / ROOT3 / 10.0, rel=2e-3)


def test_without_an_earthed_star_there_is_no_such_current_and_without_a_word_none_is_told():
    assert (site_faults(net_of(neutral_ohm=np.inf)).ikss_earth_max_a[1:] == 0.0).all()
    assert (site_faults(net_of(group=7)).ikss_earth_max_a[1:] == 0.0).all()  # Dd0
    assert np.isnan(site_faults(net_of(neutral_ohm=np.nan)).ikss_earth_max_a[1:]).all()
    assert np.isnan(site_faults(net_of(group=3)).ikss_earth_max_a).all()  # YNyn0: what earths its high side?


def test_a_network_is_told_where_its_zero_sequence_is_declared():
    assert np.isnan(site_faults(net_of()).ikss_earth_max_a[0, 0])
    grid = GRID * (20e3 / 415.0) ** 2
    found = site_faults(net_of(zero_reactance_ratio=3.0))
    zero = 3.0 * grid.imag * (0.1 + 1j)
    assert found.ikss_earth_max_a[0, 0] == pytest.approx(ROOT3 * 1.1 * 20e3 / abs(2 * grid + zero), rel=1e-4)


def test_behind_an_inverter_only_the_current_of_three_phases_is_known():
    found = site_faults(net_of(inverter=True))
    assert (found.ikss_min_a[2:] == 3100.0).all()
    assert np.isnan(found.ikss_line_min_a[2:]).all()
    assert np.isnan(found.ikss_earth_min_a[2:]).all()
    assert found.ikss_line_min_a[1, 0] == pytest.approx(0.5 * ROOT3 * found.ikss_min_a[1, 0], rel=1e-12)
