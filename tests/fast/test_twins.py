"""Compiled kernels say what the numpy path says, over random networks of everything that they cover."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, flow_net, ints, vessel
from tests.unit.solve.loops import made, mesh, pipes, pumps, resistors, valves
from twin.errors import ConvergenceError
from twin.model.element import Controller, Friction, Keeps, Mover, Path
from twin.solve.branch import Medium
from twin.solve.flow import prepare, solve_flow
from twin.solve.flow_state import SETTLED

pytest.importorskip("numba")

# Of the largest flow or pressure of a variant: what rounding leaves of the same sums in two orders.
EQUAL = 1e-12


def numbered(block, first):
    """Return a block whose parts are counted from a number."""
    return replace(block, part=first + np.arange(len(block.part)))


def control(movers, plus, minus, *, low=0.2, in_turn=False, **wanted):
    """Return a controller of these parts."""
    wanted = {name: np.atleast_2d(value) for name, value in wanted.items()}
    return Controller(
        role="control", part=ints(0), plus=ints(plus), minus=ints(minus), minimum_ratio=col(low),
        maximum_ratio=col(1.1), owner=ints(*[0] * len(movers)), mover_kind=("bench",) * len(movers),
        mover_part=ints(*movers), in_turn=np.array([in_turn]), **{"set_pa": col(0.0)} | wanted,
    )  # fmt: skip


def passages(rng, variants, first):
    """Return a mesh of passages of every law, some shut in some variants, and its first and last node."""
    (net, _, _), nodes = mesh(int(rng.integers(1 << 30)), variants=variants, service=0.08)
    ends, kinds = np.c_[net.a, net.b] + first, np.array_split(rng.permutation(len(net.part)), 6)
    (a, b, c, d, e, f), on = kinds, [{"in_service": net.in_service[rows]} for rows in kinds]
    swamee_jain = pipes(ends[b], loss=rng.uniform(0.0, 9.0, (len(b), variants)), **on[1])
    points = np.tile([1e-3, 2e-3, 4e-3], (len(e), 1)), np.tile([2e4, 6e4, 2e5], (len(e), 1))
    return [
        pipes(ends[a], diameter=rng.uniform(0.02, 0.1, len(a)), laminar_loss_ratio=50.0, **on[0]),
        replace(swamee_jain, friction=Friction.SWAMEE_JAIN),
        resistors(
            ends[c], rng.uniform(1e9, 1e11, len(c)), linear_pa_s_m3=1e6, reference_density_kg_m3=1020.0,
            reference_viscosity_pa_s=2e-3, **on[2],
        ),
        made(Path, "main", ends[d], power_pa=1e8, exponent_ratio=1.852, fixed_pa=100.0, **on[3]),
        replace(made(Path, "rack", ends[e], **on[4]), curve_m3_s=points[0], curve_pa=points[1]),
        valves(ends[f], 1e9, limit_m3_s=rng.uniform(1e-4, 3e-3, (len(f), variants)), **on[5]),
        valves(ends[f], 5e9, check_valve=True, reference_density_kg_m3=999.1),
    ], first, first + nodes - 1  # fmt: skip


def plant(rng, variants, first):
    """Return a mesh with pumps of several kinds between its corners, two controlled, and its last node."""
    paths, top, bottom = passages(rng, variants, first)
    ends, on, branch = [(bottom, top)], {"in_service": rng.random((1, variants)) < 0.8}, bottom + 2
    table = made(Mover, "table", ends, check_valve=True, **on)
    movers = [
        pumps(ends, shutoff=rng.uniform(1e5, 3e5), quadratic=-1e9, linear_pa_s_m3=-1e6),
        pumps([(bottom, branch)], shutoff=3e5, quadratic=-3e9, check_valve=True, **on),
    ]
    others = [
        made(Mover, "power", ends, shutoff_pa=2e5, power_pa=3e8, exponent_ratio=1.7, **on),
        replace(table, curve_m3_s=np.array([[0.0, 2e-3, 5e-3]]), curve_pa=np.array([[2.2e5, 2e5, 1e5]])),
        made(Mover, "steady", [(top, bottom)], hydraulic_power_w=rng.uniform(5.0, 30.0)),
        made(Mover, "held", [(bottom, top + 1)], held_m3_s=rng.uniform(-1e-4, 2e-4, (1, variants))),
    ]
    movers += [block for block in others if rng.random() < 0.6]
    movers = [numbered(block, 10 * first + i) for i, block in enumerate(movers)]
    controls = [
        control([10 * first], top, bottom, set_pa=rng.uniform(2e4, 2e5, (1, variants))),
        control([10 * first + 1], -1, -1, set_m3_s=rng.uniform(1e-4, 2e-3, (1, variants))),
    ]
    riser = resistors([(branch, top)], 1e10)
    return [*paths, riser, *movers, *controls, vessel(bottom, 1e5)], bottom + 3


def loop(rng, variants, first):
    """Return racks on pumps that lead and lag, and its last node."""
    racks = resistors([(first + 1, first)] * 5, rng.uniform(2e9, 2e10, (5, variants)))
    lag = pumps([(first, first + 1)] * 3, check_valve=True, in_service=rng.random((3, variants)) < 0.8)
    lag = numbered(lag, 10 * first)
    wanted = {"set_m3_s": rng.uniform(1e-3, 3e-2, (1, variants))}
    if rng.integers(2):
        wanted = {"set_pa": rng.uniform(2e4, 2e5, (1, variants))}
    held = control(lag.part, first + 1, first, in_turn=True, **wanted)
    return [racks, lag, held, vessel(first, 3e5)], first + 2


def network(seed, variants):
    """Return a network of islands, a medium that differs by branch and variant, and limits."""
    rng = np.random.default_rng(seed)
    blocks, first = [], 0
    for make in (plant, loop, plant):
        more, first = make(rng, variants, first)
        blocks += more
    net = flow_net(*blocks, nodes=first, variants=variants, heights=rng.uniform(0.0, 5.0, first))
    shape = len(net.tail), variants
    medium = Medium(
        density_kg_m3=rng.uniform(980.0, 1040.0, shape), viscosity_pa_s=rng.uniform(4e-4, 3e-3, shape)
    )
    return net, medium, np.broadcast_to(net.limit_m3_s, (len(net.limited), variants))


def both(monkeypatch, net, medium, limit, **more):
    """Return what the numpy path says and what the kernels say: a flow, or the reason to refuse."""
    said = []
    for way in ("0", "1"):
        monkeypatch.setenv("TWIN_FAST", way)
        try:
            said.append(solve_flow(prepare(net), medium, limit, **more))
        except ConvergenceError as reason:
            said.append((str(reason), reason.component))
    return said


def assert_equal(plain, fast):
    """Compare two flows to the last digits."""
    assert (plain.compiled, fast.compiled) == (False, True)
    assert fast.iteration_count == plain.iteration_count
    flow, pressure = np.abs(plain.flow_kg_s).max(axis=0), np.abs(plain.pressure_pag).max(axis=0)
    assert np.abs((fast.flow_kg_s - plain.flow_kg_s) / flow).max() < EQUAL
    apart = np.abs(fast.pressure_pag - plain.pressure_pag) / pressure
    # A step settles flows: in a dead end, where none is, pressures are as close as the last step was small.
    assert apart.max() < SETTLED
    assert np.quantile(apart, 0.99) < EQUAL
    np.testing.assert_allclose(fast.speed_ratio, plain.speed_ratio, rtol=EQUAL, atol=EQUAL)
    np.testing.assert_allclose(fast.control_ratio, plain.control_ratio, rtol=EQUAL, atol=EQUAL)
    np.testing.assert_array_equal(fast.running_count, plain.running_count)


@pytest.mark.parametrize("variants", [1, 5])
@pytest.mark.parametrize("seed", range(8))
def test_kernels_say_what_numpy_says(monkeypatch, seed, variants):
    assert_equal(*both(monkeypatch, *network(seed, variants)))


def test_blocks_of_variants_say_what_numpy_says_of_all_at_once(monkeypatch):
    net, medium, limit = network(20, 70)
    plain, fast = both(monkeypatch, net, medium, limit)
    assert_equal(plain, fast)
    # A neighbouring solution as start, and a bound of its own for every variant.
    sharp = np.where(np.arange(70) % 2, 1e-3, 1e-9)
    again = both(monkeypatch, net, medium, limit * 0.99, start=plain, settled=sharp)
    assert_equal(*again)


def test_numbers_that_every_variant_shares_may_be_one_column_seen_many_times(monkeypatch):
    net, medium, limit = network(21, 6)
    one = Medium(
        density_kg_m3=np.broadcast_to(medium.density_kg_m3[:, :1], (len(net.tail), 6)),
        viscosity_pa_s=np.broadcast_to(medium.viscosity_pa_s[:, :1], (len(net.tail), 6)),
    )
    assert_equal(*both(monkeypatch, net, one, limit))


@pytest.mark.parametrize("case", ["untied", "missed", "unsettled", "alike"])
def test_what_numpy_refuses_kernels_refuse_in_the_same_words(monkeypatch, case):
    blocks, passes = {
        "untied": (
            [pumps([(0, 1)]), resistors([(1, 0)], 1e9), resistors([(1, 2)], 0.0, linear_pa_s_m3=1e20),
             resistors([(2, 3), (2, 3), (3, 4), (4, 2)], 1e-3), vessel(0)], 60,
        ),
        "missed": (
            [pumps([(0, 1)], shutoff=0.0, quadratic=0.0, held_m3_s=1e-2),
             valves([(0, 1)], check_valve=True), vessel(0)], 60,
        ),
        "unsettled": ([pumps([(0, 1)]), pipes([(1, 0)]), vessel(0)], 2),
        "alike": (
            [pumps([(0, 1)]), numbered(pumps([(0, 1)]), 1), resistors([(1, 0)], 1e10),
             control([0], 1, 0, set_pa=1e5), control([1], 1, 0, set_pa=1e5), vessel(0)], 60,
        ),
    }[case]  # fmt: skip
    net = flow_net(*blocks, nodes=5)
    shape = len(net.tail), 1
    medium = Medium(density_kg_m3=np.full(shape, 998.0), viscosity_pa_s=np.full(shape, 1e-3))
    plain, fast = both(monkeypatch, net, medium, net.limit_m3_s, passes=passes)
    assert plain == fast
    assert isinstance(plain, tuple)


def test_valves_that_keep_a_pressure_are_left_to_numpy(monkeypatch):
    keeping = replace(valves([(0, 1)]), keeps=Keeps.DOWNSTREAM, keep_pag=col(2e5))
    ends = [replace(vessel(node, bar * 1e5), open_ended=True) for node, bar in ((0, 4.0), (2, 1.0))]
    net = flow_net(keeping, resistors([(1, 2)], 1e10), *ends, nodes=3)
    shape = len(net.tail), 1
    medium = Medium(density_kg_m3=np.full(shape, 998.0), viscosity_pa_s=np.full(shape, 1e-3))
    plain, fast = both(monkeypatch, net, medium, net.limit_m3_s)
    assert not fast.compiled
    np.testing.assert_array_equal(plain.flow_kg_s, fast.flow_kg_s)
