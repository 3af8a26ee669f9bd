"""How long what hangs on a node is without supply while something before it transfers."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.solve.power_halls import Wiring, column, converter_block, feed_block, line_block, load_block
from twin.solve.transfer_gap import consumer_gap, converter_gap, transfer_gap


def hung(*, switch_s=0.004, rides=0.0, own_s=np.nan, second=False):
    """Return two feeds, a transfer switch, a converter, and a load that may have a second input."""
    wiring = Wiring()
    grid, spare, before, behind = wiring.nodes(4)
    for row in (grid, spare):
        wiring.add(feed_block(row, 415.0))
    contacts = line_block([grid, spare], [before, before], [1e-4, 1e-4], [0.0, 0.0])
    wiring.add(replace(contacts, priority=column([0.0, 1.0]), transfer_s=column([switch_s] * 2)))
    unit = converter_block(before, behind)
    wiring.add(replace(unit, rides_ratio=column([rides]), transfer_s=column([own_s])))
    ends = [behind, spare] if second else [behind]
    wiring.add(load_block(ends, [0] * len(ends), [1e5]))
    return wiring.net()


def test_a_load_behind_a_transfer_switch_feels_its_time():
    assert transfer_gap(hung()) == pytest.approx([0.0, 0.0, 0.004, 0.004])
    assert consumer_gap(hung()) == pytest.approx(np.array([[0.004]]))
    assert converter_gap(hung()) == pytest.approx(np.array([[0.004]]))


def test_behind_a_battery_only_its_own_time_is_felt():
    assert consumer_gap(hung(switch_s=5.0, rides=1.0, own_s=0.0))[0, 0] == 0.0
    assert consumer_gap(hung(switch_s=5.0, rides=1.0, own_s=0.01))[0, 0] == 0.01
    assert consumer_gap(hung(switch_s=np.nan, rides=1.0, own_s=0.01))[0, 0] == 0.01


def test_an_input_that_stands_leaves_nothing_to_bridge():
    assert consumer_gap(hung(second=True))[0, 0] == 0.0


def test_a_device_that_does_not_declare_its_time_establishes_nothing():
    assert np.isnan(consumer_gap(hung(switch_s=np.nan))[0, 0])
    assert np.isnan(consumer_gap(hung(rides=1.0))[0, 0])
