"""Laws that temperatures on given flows obey."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import vessel
from tests.unit.solve.loops import resistors
from tests.unit.solve.plants import (
    carried,
    conductance,
    driven,
    dry_cooler,
    exchanger,
    feed,
    heated,
    into,
    into_room,
    load,
    network,
    stirred,
)
from twin.errors import ConvergenceError
from twin.laws import exchange, fluids
from twin.laws.rejection import dry_cooler_rate
from twin.model.element import Fluid
from twin.solve.heat import (
    Mode,
    air_rate,
    effectiveness_ratio,
    enthalpy_at,
    exchange_per_kelvin,
    prepare,
    properties_at,
    reject_per_kelvin,
)

TOLERANCE = 1e-9


def run(*blocks, nodes, power, variants=1, **modes):
    """Return network, flow and settled temperatures of blocks whose consumers draw ``power``."""
    net = network(*blocks, nodes=nodes, variants=variants)
    flow = stirred(net)
    drawn = np.broadcast_to(np.atleast_1d(np.asarray(power, float)).reshape(len(net.heat.load_names), -1),
                            (len(net.heat.load_names), variants))  # fmt: skip
    return net, flow.flow_kg_s, heated(net, flow.flow_kg_s, drawn, **modes)


def at(net, heat, node):
    """Return the temperature of a facility node [K], shape (variant,)."""
    return heat.temperature_k[int(np.flatnonzero(net.flow.node == node)[0])]


def of(net, values, block):
    """Return rows of a branch quantity that belong to a block."""
    return values[net.flow.rows[id(block)]]


def sink(path, consumer, kelvin=298.15):
    """Return a rejector that holds what leaves its path."""
    return dry_cooler(path, consumer, leaving_k=kelvin, entering_k=280.0)


# ------------------------------------------------------------------------------------------ racks and mixing


def warmed(heat_w=100e3, flow=2e-3, fluid=Fluid.WATER, **more):
    """Return a loop: mover 0 to 1, rack 1 to 2, sink 2 to 0."""
    rack, back = resistors([(1, 2)], 1e10), resistors([(2, 0)], 1e10)
    it, fans = load(3, [heat_w]), load(3, [0.0], role="fans")
    blocks = [
        driven([(0, 1)], flow),
        rack,
        back,
        it,
        fans,
        into(rack, it),
        sink(back, fans),
        vessel(0, 0.0, fluid),
    ]
    found = run(*blocks, feed(3), nodes=4, power=[heat_w, 0.0], rejector_mode=Mode.HOLDS, **more)
    return *found, rack, back


@pytest.mark.parametrize("fluid", [Fluid.WATER, Fluid.PROPYLENE_GLYCOL])
@pytest.mark.parametrize("heat_w", [0.0, 1.0, 100e3, -20e3])
def test_flow_times_enthalpy_rise_is_the_heat_put_in(fluid, heat_w):
    net, q, heat, rack, back = warmed(heat_w, fluid=fluid)
    assert carried(net, heat, q, rack)[0, 0] == pytest.approx(heat_w, abs=1e-4)
    assert carried(net, heat, q, back)[0, 0] == pytest.approx(-heat_w, abs=1e-4)
    assert heat.rejected_w[0, 0] == pytest.approx(heat_w, abs=1e-4)
    assert of(net, heat.branch_heat_w, rack)[0, 0] == heat_w


def test_water_warms_by_heat_over_capacity_rate():
    net, q, heat, rack, _ = warmed(10e3)
    rise = of(net, heat.outlet_k, rack) - of(net, heat.inlet_k, rack)
    middle = 0.5 * (of(net, heat.outlet_k, rack) + of(net, heat.inlet_k, rack))
    capacity = properties_at(net.flow, net.flow.tail[net.flow.rows[id(rack)]], middle).heat_capacity_j_kgk
    assert (of(net, q, rack) * capacity * rise)[0, 0] == pytest.approx(10e3, rel=1e-6)


def test_a_held_leaving_temperature_is_met_exactly():
    net, _, heat, _, back = warmed()
    assert of(net, heat.outlet_k, back)[0, 0] == pytest.approx(298.15, abs=TOLERANCE)
    assert at(net, heat, 0)[0] == pytest.approx(298.15, abs=TOLERANCE)


def mixing(turned=False):
    """Return two streams of different heat that meet at node 3."""
    ends = [(1, 3), (1, 3)]
    racks = resistors([(b, a) for a, b in ends] if turned else ends, [1e10, 4e10])
    back, it, fans = resistors([(3, 0)], 1e9), load(4, [30e3, 90e3]), load(4, [0.0], role="fans")
    blocks = [
        driven([(0, 1)], 3e-3),
        racks,
        back,
        it,
        fans,
        into(racks, it),
        sink(back, fans),
        vessel(0),
        feed(4),
    ]
    found = run(*blocks, nodes=5, power=[30e3, 90e3, 0.0], rejector_mode=Mode.HOLDS)
    return *found, racks


def test_streams_mix_to_their_mean_enthalpy_weighted_by_flow():
    net, q, heat, racks = mixing()
    rows = net.flow.rows[id(racks)]
    leaving = enthalpy_at(net.flow, net.flow.head[rows], heat.outlet_k[rows])
    mixed = (q[rows] * leaving).sum() / q[rows].sum()
    node = int(np.flatnonzero(net.flow.node == 3)[0])
    assert heat.enthalpy_j_kg[node, 0] == pytest.approx(mixed, rel=1e-12)
    assert at(net, heat, 3)[0] < of(net, heat.outlet_k, racks).max()
    assert at(net, heat, 3)[0] > of(net, heat.outlet_k, racks).min()


def test_a_branch_drawn_against_its_flow_has_the_same_temperatures():
    net, _, heat, racks = mixing()
    other, q, same, turned = mixing(turned=True)
    assert (of(other, q, turned) < 0.0).all()
    np.testing.assert_allclose(of(other, same.outlet_k, turned), of(net, heat.outlet_k, racks), rtol=1e-12)
    np.testing.assert_allclose(of(other, same.inlet_k, turned), of(net, heat.inlet_k, racks), rtol=1e-12)
    assert at(other, same, 3)[0] == pytest.approx(at(net, heat, 3)[0], rel=1e-12)


def test_a_node_that_nothing_flows_into_keeps_its_temperature():
    rack, back, stub = resistors([(1, 2)], 1e10), resistors([(2, 0)], 1e10), resistors([(1, 5)], 1e10)
    it, fans = load(3, [1e5]), load(3, [0.0], role="fans")
    blocks = [driven([(0, 1)], 2e-3), rack, back, stub, it, fans, into(rack, it), sink(back, fans)]
    net, _, heat = run(
        *blocks, vessel(0, kelvin=291.15), feed(3), nodes=6, power=[1e5, 0.0], rejector_mode=Mode.HOLDS
    )
    assert at(net, heat, 5)[0] == pytest.approx(291.15, abs=TOLERANCE)
    assert np.isfinite(heat.temperature_k).all()
    assert of(net, heat.branch_heat_w, stub)[0, 0] == 0.0


def test_equal_racks_get_equally_warm_and_their_order_does_not_matter():
    def racks(power):
        count = len(power)
        path, back = resistors([(1, 2)] * count, 1e10), resistors([(2, 0)], 1e8)
        it, fans = load(3, power), load(3, [0.0], role="fans")
        blocks = [
            driven([(0, 1)], 4e-3),
            path,
            back,
            it,
            fans,
            into(path, it),
            sink(back, fans),
            vessel(0),
            feed(3),
        ]
        net, _, heat = run(*blocks, nodes=4, power=[*power, 0.0], rejector_mode=Mode.HOLDS)
        return of(net, heat.outlet_k, path)[:, 0]

    assert np.ptp(racks([5e4] * 6)) == 0.0
    there, back = racks([1e4, 2e4, 3e4, 4e4]), racks([4e4, 3e4, 2e4, 1e4])
    np.testing.assert_allclose(there, back[::-1], rtol=1e-13)


# --------------------------------------------------------------------------------------------- exchangers


def coupled(
    ua_w_k=60e3,
    hot=5e-3,
    cold=7e-3,
    heat_w=150e3,
    *,
    hold_k=np.nan,
    mode=Mode.FREE,
    fluid=Fluid.WATER,
    ends=(5, 6),
):
    """Return a rack loop 0 1 2 and a cold loop 4 5 6 with an exchanger between, a sink in the cold loop."""
    rack, warm = resistors([(1, 2)], 1e10), resistors([(2, 0)], 1e9)
    cool, back = resistors([ends], 1e9), resistors([(6, 4)], 1e9)
    it, fans = load(3, [heat_w]), load(3, [0.0], role="fans")
    between = exchanger(warm, cool, ua_w_k, hot_flow=hot, cold_flow=cold, hold_k=hold_k)
    blocks = [
        driven([(0, 1)], hot), rack, warm, driven([(4, 5)], cold), cool, back, it, fans, into(rack, it),
        sink(back, fans), between, vessel(0, 0.0, fluid), vessel(4), feed(3),
    ]  # fmt: skip
    net = network(*blocks, nodes=7)
    q = stirred(net).flow_kg_s
    drawn = np.array([[heat_w], [0.0]])
    return net, q, heated(net, q, drawn, exchanger_mode=mode, rejector_mode=Mode.HOLDS), warm, cool


@pytest.mark.parametrize("fluid", [Fluid.WATER, Fluid.PROPYLENE_GLYCOL])
@pytest.mark.parametrize(("ua", "hot", "cold"), [(60e3, 5e-3, 7e-3), (10e3, 5e-3, 2e-3), (400e3, 4e-3, 4e-3)])
def test_an_exchanger_moves_what_the_closed_form_says(ua, hot, cold, fluid):
    net, q, heat, warm, cool = coupled(ua, hot, cold, fluid=fluid)
    known = properties_at(net.flow, np.arange(len(net.flow.node)), heat.temperature_k)
    rates, inlets, ratios = [], [], []
    for block, reference in ((warm, hot), (cool, cold)):
        rows = net.flow.rows[id(block)]
        node = net.flow.tail[rows]
        rates.append(q[rows] * known.heat_capacity_j_kgk[node])
        inlets.append(heat.inlet_k[rows])
        ratios.append(q[rows] / (known.density_kg_m3[node] * reference))
    lesser, greater = np.minimum(*rates), np.maximum(*rates)
    own = exchange.off_design_ua(np.array([[ua]]), *ratios)
    share = exchange.counterflow(own / lesser, lesser / greater)
    expected = (share * lesser * (inlets[0] - inlets[1]))[0, 0]
    assert heat.exchanged_w[0, 0] == pytest.approx(expected, rel=1e-9)
    assert heat.exchanged_w[0, 0] == pytest.approx(150e3, rel=1e-9)


@pytest.mark.parametrize("ends", [(5, 6), (6, 5)])
def test_what_the_hot_side_loses_the_cold_side_gains(ends):
    net, q, heat, warm, cool = coupled(ends=ends)
    moved = heat.exchanged_w[0, 0]
    assert moved > 1e5
    assert carried(net, heat, q, warm)[0, 0] == pytest.approx(-moved, rel=1e-9)
    assert carried(net, heat, q, cool)[0, 0] == pytest.approx(moved, rel=1e-9)


def test_a_held_exchanger_leaves_at_its_set_point_exactly_and_moves_all_the_heat():
    net, q, heat, warm, cool = coupled(hold_k=313.15, mode=Mode.HOLDS)
    assert of(net, heat.outlet_k, warm)[0, 0] == pytest.approx(313.15, abs=TOLERANCE)
    assert carried(net, heat, q, cool)[0, 0] == pytest.approx(150e3, rel=1e-9)


def test_an_exchanger_that_is_off_moves_nothing():
    rack, warm, rest = resistors([(1, 2)], 1e10), resistors([(2, 8)], 1e9), resistors([(8, 0)], 1e9)
    cool, back = resistors([(5, 6)], 1e9), resistors([(6, 4)], 1e9)
    it, fans, more = load(3, [5e4]), load(3, [0.0], role="fans"), load(3, [0.0], role="more_fans")
    blocks = [
        driven([(0, 1)], 4e-3),
        rack,
        warm,
        rest,
        driven([(4, 5)], 4e-3),
        cool,
        back,
        it,
        fans,
        more,
        into(rack, it),
        sink(rest, fans),
        sink(back, more),
        exchanger(warm, cool, 5e4),
        vessel(0),
        vessel(4),
        feed(3),
    ]
    power = [5e4, 0.0, 0.0]
    for mode, moves in ((Mode.OFF, False), (Mode.FREE, True)):
        _, _, heat = run(*blocks, nodes=9, power=power, exchanger_mode=mode, rejector_mode=Mode.HOLDS)
        assert (heat.exchanged_w[0, 0] != 0.0) == moves
        assert heat.rejected_w.sum() == pytest.approx(5e4, rel=1e-9)


def test_more_conductance_never_warms_the_supply():
    areas = [5e3, 1e4, 2e4, 5e4, 1e5, 5e5, 5e6]
    supply = [of(*(f := coupled(ua))[:1], f[2].outlet_k, f[3])[0, 0] for ua in areas]
    assert (np.diff(supply) < 0.0).all()
    assert supply[-1] > 298.15


def test_effectiveness_lies_between_zero_and_one_and_fits_the_heat():
    net, q, heat, warm, cool = coupled()
    share = effectiveness_ratio(net.flow, net.heat, q, heat)[0, 0]
    assert 0.0 < share < 1.0
    rate = exchange_per_kelvin(
        prepare(net.flow, net.heat),
        q,
        properties_at(net.flow, np.arange(len(net.flow.node)), heat.temperature_k),
    )
    lift = of(net, heat.inlet_k, warm) - of(net, heat.inlet_k, cool)
    assert (rate * lift)[0, 0] == pytest.approx(heat.exchanged_w[0, 0], rel=1e-9)


def test_an_exchanger_without_flow_on_one_side_moves_nothing():
    rack, warm, cool = resistors([(1, 2)], 1e10), resistors([(2, 0)], 1e9), resistors([(4, 5)], 1e9)
    back, it, fans = resistors([(1, 0)], 1e9), load(3, [1e4]), load(3, [0.0], role="fans")
    blocks = [
        driven([(0, 1)], 4e-3), rack, warm, cool, back, it, fans, into(rack, it), sink(back, fans),
        exchanger(warm, cool, 5e4), vessel(0), vessel(4, kelvin=280.0), feed(3),
    ]  # fmt: skip
    net = network(*blocks, nodes=6)
    q = stirred(net).flow_kg_s
    heat = heated(net, q, np.array([[0.0], [0.0]]), rejector_mode=Mode.HOLDS)
    assert heat.exchanged_w[0, 0] == 0.0
    assert np.isfinite(heat.temperature_k).all()


# ---------------------------------------------------------------------------------------- rejection and walls


def free_cooler(**more):
    rack, back = resistors([(1, 2)], 1e10), resistors([(2, 0)], 1e10)
    it, fans = load(3, [200e3]), load(3, [0.0], role="fans")
    cooler = dry_cooler(back, fans, leaving_k=250.0, entering_k=300.0, ua_w_k=20e3, flow=6e-3, airflow=30.0)
    cooler = replace(cooler, **more)
    blocks = [driven([(0, 1)], 6e-3), rack, back, it, fans, into(rack, it), cooler, vessel(0), feed(3)]
    return run(*blocks, nodes=4, power=[200e3, 0.0], rejector_mode=Mode.FREE), back


def test_a_dry_cooler_flat_out_rejects_what_its_crossflow_coil_can():
    (net, q, heat), back = free_cooler()
    rows = net.flow.rows[id(back)]
    known = properties_at(net.flow, net.flow.tail[rows], heat.inlet_k[rows])
    system = prepare(net.flow, net.heat)
    air = air_rate(system, np.array([0]))
    density = fluids.air_density(np.array([[300.0]]), np.zeros((1, 1)), np.array([[101325.0]]))
    np.testing.assert_allclose(air, 30.0 * density * fluids.DRY_AIR_HEAT_J_KGK)
    rate = dry_cooler_rate(
        np.array([[20e3]]), q[rows] * known.heat_capacity_j_kgk, air,
        fluid_flow_ratio=q[rows] / known.density_kg_m3 / 6e-3, fan_speed_ratio=np.ones((1, 1)),
    )  # fmt: skip
    assert heat.rejected_w[0, 0] == pytest.approx((rate * (heat.inlet_k[rows] - 300.0))[0, 0], rel=1e-9)
    assert heat.rejected_w[0, 0] == pytest.approx(200e3, rel=1e-9)


def test_a_dry_cooler_out_of_service_rejects_nothing_per_kelvin():
    (net, q, heat), _ = free_cooler()
    known = properties_at(net.flow, np.arange(len(net.flow.node)), heat.temperature_k)
    off = replace(net.heat, reject_in_service=np.zeros((1, 1), bool))
    assert reject_per_kelvin(prepare(net.flow, off), q, known)[0, 0] == 0.0


def room(walls, *, heat_w=5e3, flow=1.0):
    """Return a room at node 1 that air passes through, with walls; node 0 is air at 20 degC."""
    it, back, fans = load(2, [heat_w]), resistors([(1, 0)], 10.0), load(2, [0.0], role="fans")
    blocks = [driven([(0, 1)], flow), back, it, fans, into_room(it, 1), sink(back, fans, 293.15), walls]
    return run(
        *blocks, vessel(0, 0.0, Fluid.AIR), feed(2), nodes=3, power=[heat_w, 0.0], rejector_mode=Mode.HOLDS
    )


@pytest.mark.parametrize("watts_per_kelvin", [0.0, 50.0, 5e3])
def test_a_wall_loses_its_conductance_times_the_difference_to_outdoors(watts_per_kelvin):
    net, q, heat = room(conductance([1], [-1], watts_per_kelvin))
    inside = at(net, heat, 1)[0]
    lost = watts_per_kelvin * (inside - 301.15)
    assert heat.conducted_w[0, 0] == pytest.approx(lost, abs=1e-6)
    node = int(np.flatnonzero(net.flow.node == 1)[0])
    come = q[0, 0] * (
        heat.enthalpy_j_kg[node, 0] - enthalpy_at(net.flow, np.array([node]), np.array([[293.15]]))
    )
    assert come[0, 0] == pytest.approx(5e3 - lost, rel=1e-9, abs=1e-6)


def test_a_wall_counts_the_same_from_either_side():
    net, _, heat = room(conductance([1], [-1], 200.0))
    other, _, turned = room(conductance([-1], [1], 200.0))
    np.testing.assert_allclose(turned.temperature_k, heat.temperature_k, rtol=1e-12)
    np.testing.assert_allclose(turned.conducted_w, -heat.conducted_w, rtol=1e-9)
    assert net.flow.fluid[0] == other.flow.fluid[0] == Fluid.AIR


def test_heat_conducted_between_two_streams_leaves_one_and_enters_the_other():
    first, second = resistors([(1, 0)], 10.0), resistors([(4, 3)], 10.0)
    it, fans = load(2, [5e3]), load(2, [0.0, 0.0], role="fans")
    coolers = [
        replace(sink(path, fans, 293.15), load=load(2, [0.0], role=f"fans_{i}"))
        for i, path in enumerate((first, second))
    ]
    blocks = [
        driven([(0, 1), (3, 4)], [1.0, 2.0]), first, second, it, *(c.load for c in coolers), into_room(it, 1),
        *coolers, conductance([1], [4], 300.0), vessel(0, 0.0, Fluid.AIR), vessel(3, 0.0, Fluid.AIR), feed(2),
    ]  # fmt: skip
    net, _, heat = run(*blocks, nodes=5, power=[5e3, 0.0, 0.0], rejector_mode=Mode.HOLDS)
    passed = 300.0 * (at(net, heat, 1)[0] - at(net, heat, 4)[0])
    assert heat.conducted_w[0, 0] == pytest.approx(passed, rel=1e-9)
    np.testing.assert_allclose(heat.rejected_w[:, 0], [5e3 - passed, passed], rtol=1e-7)


# --------------------------------------------------------------------------------- variants, names


def test_a_batch_of_variants_equals_each_of_them_alone():
    power = np.array([[10e3, 60e3, 200e3, 0.0]])
    on = np.array([[True, True, True, True], [True, False, True, True]])

    def loop(power, on, variants):
        racks, back = resistors([(1, 2)] * 2, 1e10, in_service=on), resistors([(2, 0)], 1e10)
        it, fans = load(3, np.repeat(power, 2, axis=0)), load(3, [0.0], role="fans")
        drawn = np.concatenate([np.where(on, power, 0.0), np.zeros((1, variants))])
        blocks = [
            driven([(0, 1)], 2e-3),
            racks,
            back,
            it,
            fans,
            into(racks, it),
            sink(back, fans),
            vessel(0),
            feed(3),
        ]
        net = network(*blocks, nodes=4, variants=variants)
        return heated(net, stirred(net).flow_kg_s, drawn, rejector_mode=Mode.HOLDS)

    batch = loop(power, on, 4)
    for variant in range(4):
        one = loop(power[:, [variant]], on[:, [variant]], 1)
        np.testing.assert_allclose(batch.temperature_k[:, [variant]], one.temperature_k, rtol=1e-12)
        np.testing.assert_allclose(batch.rejected_w[:, [variant]], one.rejected_w, atol=1e-3)


def test_heat_into_a_room_without_air_is_refused_and_named():
    it = load(2, [1e3])
    blocks = [driven([(0, 1)], 1.0), resistors([(1, 0)], 10.0), it, into_room(it, 3), vessel(0), feed(2)]
    with pytest.raises(ConvergenceError, match="gives heat to /Bench/Node_3, but no air flows") as refusal:
        network(*blocks, nodes=4)
    assert refusal.value.component == "/Bench/Node_3"


def test_heat_without_a_sink_stays_in_its_loop_and_is_counted():
    rack, it = resistors([(1, 0)], 1e10), load(2, [1e5])
    net = network(driven([(0, 1)], 2e-3), rack, it, into(rack, it), vessel(0), feed(2), nodes=3)
    heat = heated(net, stirred(net).flow_kg_s, np.array([[1e5]]))
    assert heat.parked[net.flow.tail].all()
    assert heat.stored_w[:, 0].sum() == pytest.approx(1e5)
