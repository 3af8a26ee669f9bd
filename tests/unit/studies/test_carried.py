"""Which valve carries which user, followed along given flows."""

import dataclasses

import numpy as np
import pytest

from tests.support.bench import flow_net, vessel
from tests.unit.solve.loops import pumps, resistors, valves
from twin.studies.valves import carried


@pytest.fixture
def tree():
    """Return a loop with a main valve, two branches with a valve each, and a user without: net, flow, rows.

    Nodes: 0 suction, 1 discharge, 2 behind the main valve, 3 and 4 behind the branch valves.
    """
    pump, users = pumps([(0, 1)]), resistors([(3, 0), (4, 0), (2, 0)], 1e8)
    taps = valves([(1, 2), (2, 3), (2, 4)], 1e7)
    net = flow_net(pump, users, taps, vessel(0), nodes=5)
    flow = np.zeros(len(net.tail))
    flow[net.rows[id(pump)]], flow[net.rows[id(users)]] = 3.0, 1.0
    flow[net.rows[id(taps)]] = [3.0, 1.0, 1.0]
    every = np.arange(len(net.tail))
    return net, flow, every[net.rows[id(taps)]], every[net.rows[id(users)]]


def test_a_main_valve_carries_everybody_and_a_branch_valve_its_own_user(tree):
    assert carried(*tree).tolist() == [[True, True, True], [True, False, False], [False, True, False]]


def test_it_is_the_same_which_way_a_branch_is_drawn(tree):
    net, flow, taps, users = tree
    mine = np.arange(len(flow)) == taps[1]
    turned = dataclasses.replace(
        net, tail=np.where(mine, net.head, net.tail), head=np.where(mine, net.tail, net.head)
    )
    flow[taps[1]] *= -1.0
    assert carried(turned, flow, taps, users)[1].tolist() == [True, False, False]


def test_a_valve_behind_a_user_carries_it_as_one_before_it_does():
    pump, users = pumps([(0, 1)]), resistors([(1, 2), (1, 3)], 1e8)
    taps = valves([(2, 0), (3, 0)], 1e7)
    net = flow_net(pump, users, taps, vessel(0), nodes=4)
    flow = np.ones(len(net.tail))
    flow[net.rows[id(pump)]] = 2.0
    every = np.arange(len(net.tail))
    found = carried(net, flow, every[net.rows[id(taps)]], every[net.rows[id(users)]])
    assert found.tolist() == [[True, False], [False, True]]


def test_of_two_valves_in_parallel_neither_carries_the_user_behind_them():
    pump, user, taps = pumps([(0, 1)]), resistors([(2, 0)], 1e8), valves([(1, 2), (1, 2)], 1e7)
    net = flow_net(pump, user, taps, vessel(0), nodes=3)
    flow = np.ones(len(net.tail))
    flow[net.rows[id(taps)]] = [0.3, 0.7]
    every = np.arange(len(net.tail))
    assert not carried(net, flow, every[net.rows[id(taps)]], every[net.rows[id(user)]]).any()


def test_a_shut_valve_carries_nobody(tree):
    net, flow, taps, users = tree
    flow[taps[2]] = flow[users[1]] = 0.0
    flow[taps[0]] = flow[net.mover] = 2.0
    assert carried(net, flow, taps, users)[2].tolist() == [False, False, False]
