"""What pressure waves are told about a network."""

import numpy as np
import pytest

from tests.support.bench import assembly, col, ints, vessel
from twin.errors import ConvergenceError
from twin.model.element import Mover, Path, Valve
from twin.model.event import Event
from twin.model.flow_net import lay_out_flow
from twin.model.surge_net import lay_out_surge, repeated
from twin.solve.branch import Medium, laws_of

PATHS = {"bench": tuple(f"/Bench/Part_{i}" for i in range(10))}


def net_of(*events, variants=1):
    pipe = Path(
        role="pipe", part=ints(0, 1), a=ints(0, 1), b=ints(1, 2), length_m=col(10.0, 5.0),
        diameter_m=col(0.1, 0.05), roughness_m=col(1e-5, 1e-5), stretch_per_pa=col(1e-10, 0.0),
    )  # fmt: skip
    pump = Mover(
        role="pump", part=ints(2), a=ints(2), b=ints(3), shutoff_pa=col(2e5), quadratic_pa_s2_m6=col(-1e9),
        spin_energy_j=col(800.0),
    )  # fmt: skip
    valve = Valve(
        role="valve", part=ints(1), a=ints(3), b=ints(0), quadratic_pa_s2_m6=col(1e8), stroke_s=col(0.5)
    )
    made = assembly(vessel(0, 1e5), pipe, pump, valve, *events, nodes=4, variants=variants)
    return made, lay_out_flow(made, PATHS)


def event(closes=(), trips=()):
    many = len(closes), len(trips)
    return Event(
        role="event", part=ints(0), closes_owner=np.zeros(many[0], dtype=int),
        closes_kind=("bench",) * many[0], closes_part=np.array(closes, dtype=int),
        trips_owner=np.zeros(many[1], dtype=int),
        trips_kind=("bench",) * many[1], trips_part=np.array(trips, dtype=int), close_s=col(0.1),
        stop_s=col(1.0), closing=ints(0), column=ints(0),
    )  # fmt: skip


def test_length_bore_wall_stroke_and_inertia_stand_at_their_branches():
    made, net = net_of()
    surge = lay_out_surge(made, net)
    np.testing.assert_allclose(surge.length_m, [10.0, 5.0, 0.0, 0.0])
    np.testing.assert_allclose(surge.area_m2[:2], 0.25 * np.pi * np.array([0.01, 0.0025]))
    np.testing.assert_allclose(surge.stretch_per_pa, [1e-10, 0.0, 0.0, 0.0])
    assert surge.stroke_s[3] == 0.5
    assert np.isnan(surge.stroke_s[:3]).all()
    assert surge.spin_energy_j.tolist() == [800.0]


def test_a_pipe_of_an_empirical_law_is_as_long_as_its_volume_says():
    area = 0.25 * np.pi * np.array([0.01, 0.0025])
    pipe = Path(
        role="pipe", part=ints(0, 1), a=ints(0, 1), b=ints(1, 0), diameter_m=col(0.1, 0.05),
        power_pa=col(1e6, 1e6), exponent_ratio=col(1.852, 2.0), volume_m3=col(*(area * [40.0, 15.0])),
        stretch_per_pa=col(1e-10, 1e-10),
    )  # fmt: skip
    made = assembly(vessel(0, 1e5), pipe, nodes=2)
    surge = lay_out_surge(made, lay_out_flow(made, PATHS))
    np.testing.assert_allclose(surge.length_m, [40.0, 15.0])


def test_a_part_closes_its_valve_or_else_its_first_path():
    made, net = net_of(event(closes=(0, 1), trips=(2,)))
    surge = lay_out_surge(made, net)
    assert surge.closes.tolist() == [[0, 0], [0, 3]]
    assert surge.trips.tolist() == [[0], [0]]


def test_what_cannot_trip_is_refused():
    made, net = net_of(event(trips=(0,)))
    with pytest.raises(ConvergenceError, match="trips part 0"):
        lay_out_surge(made, net)


def test_repeated_branches_follow_the_laws_of_the_originals():
    _, net = net_of()
    flow = np.array([[2.0], [1.0], [3.0], [1.5]])
    one = Medium(density_kg_m3=np.full((4, 1), 998.0), viscosity_pa_s=np.full((4, 1), 1e-3))
    loss, slope, _ = laws_of(net, one, np.zeros((0, 1))).at(flow, np.ones((1, 1)))
    which = np.array([0, 0, 1, 2, 3])
    many = Medium(density_kg_m3=np.full((5, 1), 998.0), viscosity_pa_s=np.full((5, 1), 1e-3))
    again = laws_of(repeated(net, which), many, np.zeros((0, 1))).at(flow[which], np.ones((1, 1)))
    np.testing.assert_allclose(again[0], loss[which], rtol=1e-14)
    np.testing.assert_allclose(again[1], slope[which], rtol=1e-14)
