"""Pressure zones that feed each other over valves of every kind: whatever is asked, all of them settle."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from tests.unit.solve.loops import WATER_KG_M3, pipes, pumps, resistors, solved, valves, vessel
from twin.model.element import Keeps
from twin.solve.flow import Flow, mass_gaps
from twin.solve.keepers import ACTIVE, OPEN, SHUT

TOWNS, NODES, SINK, RIVER_PAG = 2_000, 13, 12, 6e5
PRESSURE_PA, FLOW_RATIO, MASS_RATIO, PASSES = 2.0, 1e-9, 1e-10, 50


class Town(NamedTuple):
    """Many variants of a town: its network and flow, and the pressures that its two valves are to keep."""

    net: object
    flow: Flow
    valve: object
    limiting: object
    checked: tuple
    keep_pag: np.ndarray
    limit_m3_s: np.ndarray


def demand(node, flow_m3_s):
    return pumps([(node, SINK)], shutoff=0.0, quadratic=0.0, held_m3_s=flow_m3_s)


def solved_towns(keeps):
    """Solve towns of one kind of valve: pump and river feed a high zone, a low one, and one between them."""
    rng = np.random.default_rng(20)
    keep_pag, limit = rng.uniform(2e4, 5e5, (2, TOWNS)), 10 ** rng.uniform(-4.5, -2.0, (1, TOWNS))
    lift, river = rng.uniform(2e5, 6e5, (1, TOWNS)), rng.uniform(0.0, RIVER_PAG, (1, TOWNS))
    pump = pumps([(0, 2)], shutoff=lift, quadratic=-2e8, check_valve=True)
    bank = pipes([(1, 9)], length=200.0, diameter=0.15, check_valve=True, fixed_pa=RIVER_PAG - river)
    valve = replace(valves([(6, 7), (8, 10)], 1e8, keep_pag=keep_pag), keeps=keeps)
    limiting = valves([(5, 8)], 1e3, limit_m3_s=limit)
    mains = [
        pipes([(2, 3), (3, 4), (4, 5)], length=300.0, diameter=0.2),
        pipes([(3, 6), (7, 8)], length=200.0, diameter=0.15),
        pipes([(8, 9), (9, 11), (11, 10)], length=150.0, diameter=0.1),
        pipes([(4, 10)], length=300.0, diameter=0.05),
    ]
    drawn = [demand(3, 8e-3), demand(8, 1e-3), demand(7, 1.5e-3), resistors([(10, SINK)], 1e10)]
    ends = [replace(vessel(node, pag), open_ended=True) for node, pag in enumerate((0.0, RIVER_PAG))]
    ends.append(replace(vessel(SINK), open_ended=True))
    net, flow = solved(pump, bank, valve, limiting, *mains, *drawn, *ends, nodes=NODES, variants=TOWNS)
    return Town(net, flow, valve, limiting, (pump, bank), keep_pag, limit)


@pytest.fixture(scope="module", params=[Keeps.DOWNSTREAM, Keeps.UPSTREAM], ids=["reducing", "sustaining"])
def town(request):
    return solved_towns(request.param)


def test_every_town_settles_and_closes_its_mass(town):
    assert town.flow.iteration_count <= PASSES
    assert mass_gaps(town.net, town.flow.flow_kg_s).max() <= MASS_RATIO


def test_a_valve_that_regulates_keeps_its_pressure_and_one_that_is_shut_passes_nothing(town):
    rows, state, pressure = town.net.rows[id(town.valve)], town.flow.keeper_state, town.flow.pressure_pag
    assert all({SHUT, OPEN, ACTIVE} == set(valve) for valve in state.tolist())
    through = town.flow.flow_kg_s[rows]
    before, behind = pressure[town.net.tail[rows]], pressure[town.net.head[rows]]
    down = town.valve.keeps == Keeps.DOWNSTREAM
    beyond = behind - town.keep_pag if down else town.keep_pag - before
    least = FLOW_RATIO * np.abs(town.flow.flow_kg_s).max(axis=0)
    assert np.abs(beyond[state == ACTIVE]).max() <= PRESSURE_PA
    assert beyond[state == OPEN].max() <= PRESSURE_PA
    assert (np.abs(through) <= least)[state == SHUT].all()
    assert (through >= -least).all()
    # A shut valve has no reason to open: nothing drives forwards, or its pressure is met without it.
    driven = (before - behind > PRESSURE_PA) & (beyond < -PRESSURE_PA)
    assert not driven[state == SHUT].any()


def test_nothing_flows_backwards_through_a_check_valve_nor_beyond_a_limit(town):
    flow = town.flow.flow_kg_s
    least = FLOW_RATIO * np.abs(flow).max(axis=0)
    for block in town.checked:
        assert (flow[town.net.rows[id(block)]] >= -least).all()
    limited = flow[town.net.rows[id(town.limiting)]]
    assert (limited <= town.limit_m3_s * WATER_KG_M3 + least).all()
    assert (limited > 0.99 * town.limit_m3_s * WATER_KG_M3).any()
    assert (limited < 0.5 * town.limit_m3_s * WATER_KG_M3).any()
