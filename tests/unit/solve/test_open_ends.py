"""Laws of heat and balance where fluid enters and leaves: reservoirs, tanks, outlets."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints, vessel
from tests.unit.solve.loops import resistors
from tests.unit.solve.plants import ZERO_K, driven, feed, into, load, network
from twin.balance import balance, open_ends, require_closed
from twin.errors import ConvergenceError
from twin.laws import fluids
from twin.model.element import UNSAID, Fluid, Keeps, Source, Valve
from twin.solve.couple import solve
from twin.solve.keepers import OPEN, SHUT, keepers_of, next_state

CLOSED = 1e-9


def lake(node, pressure_pag=0.0, kelvin=293.15):
    """Return a reservoir: a source that is open."""
    return replace(vessel(node, pressure_pag, kelvin=kelvin), open_ended=True)


def outlet(*nodes):
    """Return outlets, where fluid of whatever kind leaves into the air."""
    zero = np.zeros((len(nodes), 1))
    return Source(
        role="outlet", part=np.arange(len(nodes)), node=ints(*nodes), pressure_pag=zero,
        fluid=np.full(len(nodes), UNSAID), mass_fraction=zero, supply_k=np.full_like(zero, np.nan),
        open_ended=True,
    )  # fmt: skip


def celsius(solution, node):
    """Return the temperature of a node [degC]."""
    at = int(np.flatnonzero(solution.network.flow.node == node)[0])
    return float(solution.heat.temperature_k[at, 0]) - ZERO_K


def settled(*blocks, nodes, **more):
    solution = solve(network(*blocks, nodes=nodes, **more))
    closed = balance(solution)
    require_closed(solution, closed)
    assert closed.energy_ratio.max() <= CLOSED
    assert closed.mass_ratio <= CLOSED
    return solution


def test_water_that_enters_is_as_warm_as_its_reservoir():
    pipe = resistors([(0, 1)], 1e8)
    solution = settled(lake(0, 1e5, kelvin=ZERO_K + 8.0), lake(1, kelvin=ZERO_K + 30.0), pipe, nodes=2)
    assert celsius(solution, 0) == pytest.approx(8.0, abs=1e-9)
    assert celsius(solution, 1) == pytest.approx(8.0, abs=1e-9)


def test_two_reservoirs_mix_by_mass_and_enthalpy():
    pipes = resistors([(0, 2), (1, 2), (2, 3)], [1e8, 2e8, 1e8])
    solution = settled(
        lake(0, 2e5, kelvin=ZERO_K + 10.0), lake(1, 2e5, kelvin=ZERO_K + 50.0), lake(3), pipes, nodes=4
    )
    cold, warm, out = solution.flow.flow_kg_s[:, 0]
    heat = [float(fluids.enthalpy(ints(0), col(0.0), col(ZERO_K + t))[0, 0]) for t in (10.0, 50.0)]
    mixed = float(fluids.enthalpy(ints(0), col(0.0), col(ZERO_K + celsius(solution, 2)))[0, 0])
    assert cold + warm == pytest.approx(out, rel=1e-9)
    assert mixed == pytest.approx((cold * heat[0] + warm * heat[1]) / out, rel=1e-9)


def test_every_watt_leaves_with_the_water_that_it_warms():
    pipe = resistors([(0, 1)], 1e8)
    drawn = load(5, [42e3])
    solution = settled(
        lake(0, 1e5, kelvin=ZERO_K + 12.0), lake(1), pipe, feed(5), drawn, into(pipe, drawn), nodes=6
    )
    carried = open_ends(solution)
    assert carried == pytest.approx(42e3, rel=1e-9)
    flow = float(solution.flow.flow_kg_s[0, 0])
    assert celsius(solution, 1) == pytest.approx(12.0 + 42e3 / (flow * 4187.0), rel=5e-3)


def test_a_drawn_flow_leaves_at_the_temperature_of_its_junction():
    pipe, tap = resistors([(0, 1)], 1e8), driven([(1, 2)], [1e-3])
    solution = settled(lake(0, 1e5, kelvin=ZERO_K + 9.0), outlet(2), pipe, tap, nodes=3)
    assert celsius(solution, 2) == pytest.approx(9.0, abs=1e-9)
    assert float(solution.flow.flow_kg_s[0, 0]) == pytest.approx(0.9997, rel=1e-3)


def test_what_is_brought_in_at_a_junction_is_as_warm_as_the_fill():
    pipe, tap = resistors([(0, 1)], 1e8), driven([(1, 2)], [-1e-3])
    solution = settled(lake(0, 1e5, kelvin=ZERO_K + 9.0), outlet(2), pipe, tap, nodes=3)
    assert celsius(solution, 1) == pytest.approx(9.0, abs=1e-9)


def test_still_water_at_an_open_end_is_shown_at_its_supply():
    pipe = resistors([(0, 1)], 1e8)
    solution = settled(lake(0, 1e5, kelvin=ZERO_K + 6.0), lake(1, 1e5, kelvin=ZERO_K + 40.0), pipe, nodes=2)
    assert celsius(solution, 0) == pytest.approx(6.0, abs=1e-6)
    assert celsius(solution, 1) == pytest.approx(40.0, abs=1e-6)


def test_a_facility_of_water_alone_settles_without_any_power():
    pipes = resistors([(0, 1), (1, 2)], [1e6, 1e6])
    solution = settled(lake(0, 3e5), lake(2), pipes, nodes=3)
    assert solution.iteration_count < 10
    assert balance(solution).power_in_w == 0.0


def test_two_fluids_in_one_network_are_refused_by_name():
    pipe = resistors([(0, 1)], 1e8)
    glycol = replace(vessel(1, fluid=Fluid.PROPYLENE_GLYCOL), open_ended=True)
    with pytest.raises(ConvergenceError, match="another fluid") as refusal:
        network(lake(0, 1e5), glycol, pipe, nodes=2)
    assert refusal.value.component.startswith("/Bench/Node_")


def test_a_network_of_outlets_alone_holds_no_pressure():
    pipe, tap = resistors([(0, 1)], 1e8), driven([(1, 2)], [1e-3])
    with pytest.raises(ConvergenceError, match="holds no pressure reference"):
        network(outlet(2), pipe, tap, nodes=3)


def test_a_demand_that_an_outage_cuts_off_is_refused_by_name():
    pipe, tap = resistors([(0, 1)], 1e8), driven([(1, 2)], [1e-3])
    closed = replace(pipe, in_service=np.zeros((1, 1), dtype=np.bool_))
    with pytest.raises(ConvergenceError, match="nowhere to come from"):
        solve(network(lake(0, 1e5), outlet(2), closed, tap, nodes=3))


def reducing(keep_pag):
    """Return a valve from node 1 to node 2 that reduces the pressure."""
    return Valve(
        role="valve", part=ints(0), a=ints(1), b=ints(2), keeps=Keeps.DOWNSTREAM, keep_pag=col(keep_pag)
    )


@pytest.mark.parametrize(("higher_m", "after"), [(0.0, SHUT), (2.0, OPEN), (-2.0, SHUT)])
def test_a_shut_reducing_valve_reopens_by_heads_not_by_pressures(higher_m, after):
    pipes = resistors([(0, 1), (2, 3)], 1e8)
    net = network(
        lake(0, 1e5), lake(3, 1e5), pipes, reducing(2e5), nodes=4, heights=[0.0, higher_m, 0.0, 0.0]
    ).flow
    # What drives water through a shut valve is its head: 1 kPa less before it, but 2 m higher up.
    state = next_state(
        keepers_of(net), net, np.array([[SHUT]]), flow=np.zeros((3, 1)),
        pressure=col(1e5, 0.99e5, 1e5, 1e5), loss=col(0.0, 0.0, -9790.0 * higher_m),
    )  # fmt: skip
    assert state.item() == after
