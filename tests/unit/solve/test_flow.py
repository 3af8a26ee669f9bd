"""Laws that every solved flow obeys, on loops small enough to be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.bench import col, ints
from tests.unit.solve.loops import (
    WATER_KG_M3,
    drop,
    flow_in,
    flow_net,
    mesh,
    pipes,
    pumps,
    resistors,
    shuffled,
    solved,
    valves,
    vessel,
    volume,
    water,
    without,
)
from twin.errors import ConvergenceError
from twin.laws.friction import darcy_drop
from twin.model.element import Controller, Mover
from twin.solve.branch import GRAVITY_M_S2, laws_of
from twin.solve.flow import LEAST_KG_S, PASSES, control_lift_pa, mass_gaps, prepare, solve_flow

SHUTOFF, BEND, RACK = 200e3, -2e9, 1e11


def controller(plus, minus, set_pa, movers, *, low=0.2, high=1.0):
    """Return controllers; ``movers`` names the parts that each of them turns."""
    owner = [i for i, mine in enumerate(movers) for _ in mine]
    return Controller(
        role="control", part=np.arange(len(plus)), plus=ints(*plus), minus=ints(*minus),
        set_pa=np.asarray(set_pa, float).reshape(len(plus), -1), minimum_ratio=col(*[low] * len(plus)),
        maximum_ratio=col(*[high] * len(plus)), owner=ints(*owner), mover_kind=("bench",) * len(owner),
        mover_part=ints(*[m for mine in movers for m in mine]),
    )  # fmt: skip


def racks_on_a_pump(count=3, **columns):
    """Return a pump from node 0 to 1, and equal racks from 1 back to 0."""
    return resistors([(1, 0)] * count, RACK, **columns), pumps([(0, 1)], shutoff=SHUTOFF, quadratic=BEND)


# -------------------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize("count", [1, 2, 8, 64])
def test_a_pump_and_parallel_racks_meet_where_the_two_parabolas_cross(count):
    racks, pump = racks_on_a_pump(count)
    net, flow = solved(racks, pump, vessel(0), nodes=2)
    expected = np.sqrt(SHUTOFF / (RACK / count**2 - BEND))
    assert volume(net, flow, pump)[0, 0] == pytest.approx(expected, rel=1e-6)
    assert drop(net, flow, 1, 0)[0] == pytest.approx(RACK * (expected / count) ** 2, rel=1e-6)


def test_a_pipe_loses_what_darcy_says_at_the_flow_that_the_pump_gives():
    pipe, pump = pipes([(1, 0)], length=40.0, diameter=0.05), pumps([(0, 1)])
    net, flow = solved(pipe, pump, vessel(0), nodes=2)
    through = flow.flow_kg_s[net.rows[id(pipe)]]
    loss, _ = darcy_drop(through, col(40.0), col(0.05), col(4.5e-5), col(0.0), col(WATER_KG_M3), col(1e-3))
    assert drop(net, flow, 1, 0)[0] == pytest.approx(loss[0, 0], rel=1e-9)


def test_pumps_in_parallel_add_flows_and_pumps_in_series_add_rises():
    rack, two = resistors([(1, 0)], RACK), pumps([(0, 1), (0, 1)], shutoff=SHUTOFF, quadratic=BEND)
    net, flow = solved(rack, two, vessel(0), nodes=2)
    assert volume(net, flow, rack)[0, 0] == pytest.approx(np.sqrt(SHUTOFF / (RACK - BEND / 4)), rel=1e-6)
    rack, two = resistors([(2, 0)], RACK), pumps([(0, 1), (1, 2)], shutoff=SHUTOFF, quadratic=BEND)
    net, flow = solved(rack, two, vessel(0), nodes=3)
    assert volume(net, flow, rack)[0, 0] == pytest.approx(np.sqrt(2 * SHUTOFF / (RACK - 2 * BEND)), rel=1e-6)


def test_a_linear_passage_passes_a_flow_in_proportion_to_the_difference():
    path = resistors([(1, 0)], 0.0, linear_pa_s_m3=1e8)
    pump = pumps([(0, 1)], shutoff=1e5, quadratic=-1e6)
    net, flow = solved(path, pump, vessel(0), nodes=2)
    through = volume(net, flow, path)[0, 0]
    assert 1e8 * through == pytest.approx(drop(net, flow, 1, 0)[0], rel=1e-9)


@pytest.mark.parametrize("speed", [0.3, 0.8, 1.0])
def test_flow_follows_speed_and_rise_its_square(speed):
    rack = resistors([(1, 0)], RACK)
    net, full = solved(rack, pumps([(0, 1)]), vessel(0), nodes=2)
    net, slow = solved(rack, pumps([(0, 1)], speed_ratio=speed), vessel(0), nodes=2)
    assert slow.flow_kg_s[0, 0] == pytest.approx(speed * full.flow_kg_s[0, 0], rel=1e-6)
    assert drop(net, slow, 1, 0)[0] == pytest.approx(speed**2 * drop(net, full, 1, 0)[0], rel=1e-6)


def test_a_vessel_sets_the_level_and_nothing_else():
    racks, pump = racks_on_a_pump()
    _, low = solved(racks, pump, vessel(0, 0.0), nodes=2)
    _, high = solved(racks, pump, vessel(0, 3e5), nodes=2)
    np.testing.assert_allclose(high.flow_kg_s, low.flow_kg_s, rtol=1e-9)
    np.testing.assert_allclose(high.pressure_pag - low.pressure_pag, 3e5, rtol=1e-9)


# ------------------------------------------------------------------------------- what valves and pumps do


def test_a_pressure_independent_valve_passes_its_limit_whatever_the_difference():
    for shutoff in (60e3, 200e3, 900e3):
        valve = valves([(1, 0)] * 2, 1e9, limit_m3_s=[1e-3, 2e-3])
        net, flow = solved(valve, pumps([(0, 1)], shutoff=shutoff), vessel(0), nodes=2)
        np.testing.assert_allclose(volume(net, flow, valve)[:, 0], [1e-3, 2e-3], rtol=1e-5)


def test_a_pressure_independent_valve_is_open_below_its_limit():
    valve = valves([(1, 0)], 1e11, limit_m3_s=1.0)
    net, flow = solved(valve, pumps([(0, 1)], shutoff=SHUTOFF, quadratic=BEND), vessel(0), nodes=2)
    assert volume(net, flow, valve)[0, 0] == pytest.approx(np.sqrt(SHUTOFF / (1e11 - BEND)), rel=1e-6)


def test_a_limiting_valve_lets_reversed_flow_pass_as_an_open_one():
    limited, bare = valves([(0, 1)], 1e11, limit_m3_s=1e-4), valves([(0, 1)], 1e11)
    pump = pumps([(0, 1)], shutoff=SHUTOFF, quadratic=BEND)
    net, flow = solved(limited, pump, vessel(0), nodes=2)
    other, same = solved(bare, pump, vessel(0), nodes=2)
    assert volume(net, flow, limited)[0, 0] < -1e-3
    np.testing.assert_allclose(volume(net, flow, limited), volume(other, same, bare), rtol=1e-9)


def test_a_check_valve_refuses_reversed_flow_and_does_not_hinder_the_other():
    shut, open_ = valves([(0, 1)], 1e9, check_valve=True), valves([(1, 0)], 1e9, check_valve=True)
    rack, pump = resistors([(1, 0)], RACK), pumps([(0, 1)])
    net, flow = solved(shut, rack, pump, vessel(0), nodes=2)
    assert abs(volume(net, flow, shut)[0, 0]) < 1e-9
    net, flow = solved(open_, rack, pump, vessel(0), nodes=2)
    assert 1e9 * volume(net, flow, open_)[0, 0] ** 2 == pytest.approx(drop(net, flow, 1, 0)[0], rel=1e-6)


def test_a_stopped_pump_stands_in_the_way_and_moves_nothing():
    rack = resistors([(1, 0)], RACK)
    net, flow = solved(rack, pumps([(0, 1)], speed_ratio=0.0), vessel(0), nodes=2)
    assert np.abs(flow.flow_kg_s).max() < 1e-9
    assert abs(drop(net, flow, 1, 0)[0]) < 1e-6


def test_a_stopped_pump_beside_a_running_one_leaks_only_without_a_check_valve():
    rack = resistors([(1, 0)], RACK)
    leaking = pumps([(0, 1), (0, 1)], speed_ratio=[1.0, 0.0])
    tight = pumps([(0, 1), (0, 1)], speed_ratio=[1.0, 0.0], check_valve=True)
    net, flow = solved(rack, leaking, vessel(0), nodes=2)
    assert volume(net, flow, leaking)[1, 0] < -1e-4
    net, flow = solved(rack, tight, vessel(0), nodes=2)
    assert abs(volume(net, flow, tight)[1, 0]) < 1e-9
    alone, same = solved(rack, pumps([(0, 1)]), vessel(0), nodes=2)
    assert volume(net, flow, rack)[0, 0] == pytest.approx(volume(alone, same, rack)[0, 0], rel=1e-6)


def test_a_constant_flow_mover_gives_its_flow_against_any_resistance():
    for quadratic in (1e6, 1e10, 1e12):
        rack, fan = (
            resistors([(1, 0)], quadratic),
            pumps([(0, 1)], shutoff=0.0, quadratic=0.0, held_m3_s=2e-3),
        )
        net, flow = solved(rack, fan, vessel(0), nodes=2)
        assert volume(net, flow, rack)[0, 0] == pytest.approx(2e-3, rel=1e-4)


def test_nothing_flows_where_nothing_drives():
    pipe = pipes([(0, 1), (1, 2), (2, 0), (0, 2)])
    _, flow = solved(pipe, vessel(0, 1e5), nodes=3)
    assert np.abs(flow.flow_kg_s).max() < 1e-9
    np.testing.assert_allclose(flow.pressure_pag, 1e5, rtol=1e-9)


def test_a_dead_end_carries_nothing_and_takes_the_pressure_of_its_root():
    racks, pump = racks_on_a_pump()
    stub = pipes([(1, 2), (2, 3)])
    net, flow = solved(racks, pump, stub, vessel(0), nodes=4)
    assert np.abs(volume(net, flow, stub)).max() < 1e-9
    assert abs(drop(net, flow, 1, 3)[0]) < 1e-6 * SHUTOFF


def test_equal_branches_carry_equal_flows():
    racks, pump = racks_on_a_pump(16)
    net, flow = solved(racks, pump, vessel(0), nodes=2)
    through = volume(net, flow, racks)
    np.testing.assert_allclose(through, through[:1].repeat(16, axis=0), rtol=1e-12)


def test_a_mirrored_ladder_has_mirrored_flows():
    def ladder(order):
        supply = pipes([(i, i + 1) for i in range(6)], diameter=0.05)
        back = pipes([(8 + i, 7 + i) for i in range(6)], diameter=0.05)
        racks = resistors([(i, 7 + i) for i in order], RACK)
        ends = [(7, 0), (13, 6)]
        net, flow = solved(supply, back, racks, pumps(ends), vessel(7), nodes=14)
        return volume(net, flow, racks)

    there, mirrored = ladder(range(7)), ladder(range(6, -1, -1))
    np.testing.assert_allclose(there, mirrored[::-1], rtol=1e-9)
    np.testing.assert_allclose(there, there[::-1], rtol=1e-9)


# ------------------------------------------------------------------------------------------- in service


def out_of(count, variants, shut):
    """Return flags with single elements shut: {variant: elements}."""
    on = np.ones((count, variants), dtype=bool)
    for variant, rows in shut.items():
        on[list(rows), variant] = False
    return on


def test_a_branch_out_of_service_carries_exactly_nothing():
    on = out_of(3, 4, {1: [0], 2: [0, 1], 3: [0, 1, 2]})
    racks, pump = racks_on_a_pump(3, in_service=on)
    net, flow = solved(racks, pump, vessel(0), nodes=2, variants=4)
    through = volume(net, flow, racks)
    assert (through[~on] == 0.0).all()
    for variant, left in enumerate((3, 2, 1)):
        expected = np.sqrt(SHUTOFF / (RACK / left**2 - BEND))
        assert through[:, variant].sum() == pytest.approx(expected, rel=1e-6)
    assert abs(volume(net, flow, pump)[0, 3]) < 1e-9
    assert drop(net, flow, 1, 0)[3] == pytest.approx(SHUTOFF, rel=1e-6)


def test_one_flag_stands_for_every_variant():
    on = np.array([[True], [False], [True]])
    racks, pump = racks_on_a_pump(3, in_service=on)
    wide, same = racks_on_a_pump(3, in_service=on.repeat(5, axis=1))
    _, first = solved(racks, pump, vessel(0), nodes=2, variants=5)
    _, second = solved(wide, same, vessel(0), nodes=2, variants=5)
    np.testing.assert_array_equal(first.flow_kg_s, second.flow_kg_s)
    np.testing.assert_allclose(first.flow_kg_s, first.flow_kg_s[:, :1].repeat(5, axis=1), rtol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_branch_out_of_service_is_as_good_as_not_built(seed):
    (grid, pump, held), nodes = mesh(seed, variants=5, service=0.2)
    net, flow = solved(grid, pump, held, nodes=nodes, variants=5)
    for variant in range(5):
        shut = np.flatnonzero(~grid.in_service[:, variant])
        less = replace(without(grid, shut), in_service=np.ones((1, 1), bool))
        try:
            other, alone = solved(less, pump, held, nodes=nodes)
        except ConvergenceError:
            continue  # a part without a vessel; the batch keeps it still, see below
        left = np.setdiff1d(np.arange(len(grid.part)), shut)
        scale = max(np.abs(alone.flow_kg_s).max(), LEAST_KG_S)  # where nothing runs, nothing flows
        np.testing.assert_allclose(
            volume(net, flow, grid)[left, variant], volume(other, alone, less)[:, 0], atol=1e-9 * scale
        )
        local = np.searchsorted(net.node, other.node)
        np.testing.assert_allclose(
            flow.pressure_pag[local, variant], alone.pressure_pag[:, 0], atol=1e-7 * pump.shutoff_pa[0, 0]
        )


def test_a_part_that_an_outage_cuts_off_stands_still():
    # 0 -pump- 1 =rack= 0, and a second rack at 2, 3 behind two isolation valves.
    rack, far = resistors([(1, 0)], RACK), resistors([(2, 3)], RACK)
    on = out_of(2, 3, {1: [0], 2: [0, 1]})
    isolation = valves([(1, 2), (3, 0)], 1e8, in_service=on)
    net, flow = solved(rack, far, isolation, pumps([(0, 1)]), vessel(0), nodes=4, variants=3)
    through = volume(net, flow, far)[0]
    assert through[0] > 1e-4
    assert np.abs(through[1:]).max() < 1e-12
    assert np.isfinite(flow.pressure_pag).all()


def test_a_loop_that_an_outage_cuts_from_its_vessel_still_turns():
    racks, pump = racks_on_a_pump(2)
    link = valves([(2, 0)], 1e8, in_service=[[True, False]])
    net, flow = solved(racks, pump, link, vessel(2, 2e5), nodes=3, variants=2)
    np.testing.assert_allclose(volume(net, flow, pump)[0, 1], volume(net, flow, pump)[0, 0], rtol=1e-9)
    np.testing.assert_allclose(drop(net, flow, 1, 0)[1], drop(net, flow, 1, 0)[0], rtol=1e-9)


def test_many_parts_cut_off_at_once_each_keep_to_themselves():
    count = 5
    ring = [(0, 1)]
    loops = [(2 + 2 * i, 3 + 2 * i) for i in range(count)]
    on = np.ones((count, 2**count), dtype=bool)
    for variant in range(2**count):
        on[:, variant] = [not variant >> i & 1 for i in range(count)]
    links = valves([(0, a) for a, _ in loops], 1e8, in_service=on)
    drives = pumps([*ring, *loops], shutoff=np.linspace(1e5, 2e5, count + 1))
    back = resistors([(b, a) for a, b in [*ring, *loops]], RACK)
    net, flow = solved(links, drives, back, vessel(0), nodes=2 + 2 * count, variants=2**count)
    through = volume(net, flow, drives)
    np.testing.assert_allclose(through, through[:, :1].repeat(2**count, axis=1), rtol=1e-9)
    assert np.abs(volume(net, flow, links)).max() < 1e-9


@pytest.mark.parametrize("kind", ["pump", "constant flow", "limiting valve", "check valve"])
def test_every_sort_of_branch_can_be_out_of_service(kind):
    on = np.array([[True, False]])
    rack = resistors([(1, 0)], RACK)
    extra = {
        "pump": pumps([(0, 1)], in_service=on),
        "constant flow": pumps([(0, 1)], shutoff=0.0, quadratic=0.0, held_m3_s=1e-3, in_service=on),
        "limiting valve": valves([(1, 0)], limit_m3_s=1e-3, in_service=on),
        "check valve": valves([(1, 0)], check_valve=True, in_service=on),
    }[kind]
    net, flow = solved(rack, pumps([(0, 1)]), extra, vessel(0), nodes=2, variants=2)
    assert abs(volume(net, flow, extra)[0, 0]) > 1e-5
    assert volume(net, flow, extra)[0, 1] == 0.0
    other, alone = solved(rack, pumps([(0, 1)]), vessel(0), nodes=2)
    assert volume(net, flow, rack)[0, 1] == pytest.approx(volume(other, alone, rack)[0, 0], rel=1e-9)


def test_with_everything_out_of_service_nothing_flows():
    racks, _ = racks_on_a_pump(3, in_service=np.zeros((3, 1), bool))
    pump = pumps([(0, 1)], in_service=np.zeros((1, 1), bool))
    _, flow = solved(racks, pump, vessel(0), nodes=2)
    assert (flow.flow_kg_s == 0.0).all()


def test_the_outage_of_each_branch_in_turn_is_one_batch():
    (grid, pump, held), nodes = mesh(11)
    count = len(grid.part)
    on = out_of(count, count + 1, {i + 1: [i] for i in range(count)})
    net, batch = solved(replace(grid, in_service=on), pump, held, nodes=nodes, variants=count + 1)
    for variant in range(count + 1):
        alone = replace(grid, in_service=on[:, variant : variant + 1])
        _other, one = solved(alone, pump, held, nodes=nodes)
        scale = np.abs(one.flow_kg_s).max()
        np.testing.assert_allclose(batch.flow_kg_s[:, variant], one.flow_kg_s[:, 0], atol=1e-9 * scale)
        np.testing.assert_allclose(
            batch.pressure_pag[:, variant], one.pressure_pag[:, 0], atol=1e-9 * pump.shutoff_pa[0, 0]
        )
    assert net.variants == count + 1
    assert batch.iteration_count <= 25


# ---------------------------------------------------------------------------------------- the variant axis


def varied(seed, variants):
    """Return a network in which every column differs by variant."""
    rng = np.random.default_rng(seed)
    (grid, pump, held), nodes = mesh(seed, variants=variants, service=0.15)

    def spread(column):
        return column * rng.uniform(0.7, 1.4, (len(column), variants))

    grid = replace(
        grid,
        length_m=spread(grid.length_m),
        roughness_m=spread(grid.roughness_m),
        loss_ratio=spread(grid.loss_ratio),
    )
    pump = replace(pump, speed_ratio=spread(pump.speed_ratio), in_service=np.array([[True] * variants]))
    ends = [(int(grid.a[i]), int(grid.b[i])) for i in range(3)]
    limiting = valves(ends, 1e9, limit_m3_s=rng.uniform(1e-4, 1e-2, (3, variants)))
    held = replace(held, pressure_pag=rng.uniform(0.0, 3e5, (1, variants)))
    return [grid, pump, limiting, held], nodes


def variant_of(block, variant):
    """Return a block as it is in one variant."""
    made = {}
    for name in block.__dataclass_fields__:
        value = getattr(block, name)
        wide = isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] > 1
        made[name] = value[:, variant : variant + 1] if wide else value
    return replace(block, **made)


@pytest.mark.parametrize("seed", range(8))
def test_a_batch_of_variants_equals_each_of_them_alone(seed):
    blocks, nodes = varied(seed, 7)
    net, batch = solved(*blocks, nodes=nodes, variants=7)
    for variant in range(7):
        _, one = solved(*(variant_of(b, variant) for b in blocks), nodes=nodes)
        scale, level = max(np.abs(one.flow_kg_s).max(), 1e-3), np.abs(one.pressure_pag).max()
        np.testing.assert_allclose(batch.flow_kg_s[:, [variant]], one.flow_kg_s, atol=1e-9 * scale)
        np.testing.assert_allclose(batch.pressure_pag[:, [variant]], one.pressure_pag, atol=1e-9 * level)
    assert net.variants == 7


def test_variants_in_another_order_give_results_in_that_order():
    blocks, nodes = varied(3, 6)
    order = np.array([4, 0, 5, 2, 1, 3])
    turned = [
        replace(b, **{
            name: value[:, order]
            for name in b.__dataclass_fields__
            if isinstance(value := getattr(b, name), np.ndarray) and value.ndim == 2 and value.shape[1] == 6
        })
        for b in blocks
    ]  # fmt: skip
    _, first = solved(*blocks, nodes=nodes, variants=6)
    _, second = solved(*turned, nodes=nodes, variants=6)
    scale = np.abs(first.flow_kg_s).max()
    np.testing.assert_allclose(second.flow_kg_s, first.flow_kg_s[:, order], atol=1e-9 * scale)


def test_equal_variants_have_equal_answers():
    blocks, nodes = mesh(5)
    _, flow = solved(*blocks, nodes=nodes, variants=9)
    np.testing.assert_array_equal(flow.flow_kg_s, flow.flow_kg_s[:, :1].repeat(9, axis=1))


def test_a_variant_that_is_hard_to_solve_does_not_disturb_the_others():
    rack = resistors([(1, 0)], RACK)
    pump = pumps([(0, 1)], speed_ratio=[[1.0, 1e-6, 0.0]])
    net, flow = solved(rack, pump, vessel(0), nodes=2, variants=3)
    assert volume(net, flow, rack)[0, 0] == pytest.approx(np.sqrt(SHUTOFF / (RACK + 2e9)), rel=1e-6)
    assert abs(volume(net, flow, rack)[0, 2]) < 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_elements_and_of_blocks_changes_nothing(seed):
    (grid, pump, limiting, held), nodes = varied(seed, 4)
    order = np.random.default_rng(seed).permutation(len(grid.part))
    mixed = shuffled(grid, order)
    net, first = solved(grid, pump, limiting, held, nodes=nodes, variants=4)
    other, second = solved(held, limiting, pump, mixed, nodes=nodes, variants=4)
    scale = np.abs(first.flow_kg_s).max()
    np.testing.assert_allclose(
        volume(other, second, mixed), volume(net, first, grid)[order], atol=1e-9 * scale / WATER_KG_M3
    )
    np.testing.assert_allclose(
        volume(other, second, limiting), volume(net, first, limiting), atol=1e-9 * scale / WATER_KG_M3
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_branch_drawn_the_other_way_round_carries_the_same_flow_with_the_other_sign(seed):
    (grid, pump, held), nodes = mesh(seed)
    turned = replace(grid, a=grid.b, b=grid.a)
    net, first = solved(grid, pump, held, nodes=nodes)
    other, second = solved(turned, pump, held, nodes=nodes)
    scale = np.abs(first.flow_kg_s).max() / WATER_KG_M3
    np.testing.assert_allclose(volume(other, second, turned), -volume(net, first, grid), atol=1e-9 * scale)


@pytest.mark.parametrize("seed", range(4))
def test_renumbering_the_nodes_changes_nothing(seed):
    (grid, pump, held), nodes = mesh(seed)
    new = np.random.default_rng(seed).permutation(nodes)

    def moved(block, *ends):
        return replace(block, **{end: new[getattr(block, end)] for end in ends})

    far = moved(grid, "a", "b"), moved(pump, "a", "b"), moved(held, "node")
    net, first = solved(grid, pump, held, nodes=nodes)
    other, second = solved(*far, nodes=nodes)
    scale = np.abs(first.flow_kg_s).max() / WATER_KG_M3
    np.testing.assert_allclose(volume(other, second, far[0]), volume(net, first, grid), atol=1e-9 * scale)


def test_a_neighbouring_solution_as_start_leads_to_the_same_answer_in_fewer_passes():
    blocks, nodes = mesh(2)
    net, cold = solved(*blocks, nodes=nodes)
    warm = flow_in(net, start=cold)
    np.testing.assert_allclose(warm.flow_kg_s, cold.flow_kg_s, atol=1e-9 * np.abs(cold.flow_kg_s).max())
    assert warm.iteration_count < cold.iteration_count


# ---------------------------------------------------------------------------------------------- laws hold


@pytest.mark.parametrize("seed", range(10))
def test_continuity_and_every_branch_law_hold_at_the_solution(seed):
    blocks, nodes = varied(seed, 3)
    net, flow = solved(*blocks, nodes=nodes, variants=3)
    gaps = mass_gaps(net, flow.flow_kg_s)
    gaps[net.held] = 0.0
    assert gaps.max() < 1e-12
    limit = np.broadcast_to(net.limit_m3_s, (len(net.limited), 3))
    loss, _, _ = laws_of(net, water(net), limit).at(flow.flow_kg_s, flow.speed_ratio)
    across = flow.pressure_pag[net.tail] - flow.pressure_pag[net.head]
    level = np.abs(flow.pressure_pag).max()
    regulates = np.zeros_like(net.in_service)
    regulates[net.limited] = flow.flow_kg_s[net.limited] >= limit * WATER_KG_M3 * (1.0 - 1e-12)
    plain = net.in_service & ~regulates
    np.testing.assert_allclose(loss[plain], across[plain], atol=1e-7 * level)
    np.testing.assert_allclose(
        flow.flow_kg_s[regulates], (limit * WATER_KG_M3)[regulates[net.limited]], rtol=1e-12
    )
    assert (across[regulates] >= loss[regulates] - 1e-7 * level).all()


@pytest.mark.parametrize("seed", range(40))
def test_newton_needs_no_more_than_25_passes(seed):
    blocks, nodes = varied(seed, 4)
    _, flow = solved(*blocks, nodes=nodes, variants=4)
    assert flow.iteration_count <= 25


@pytest.mark.parametrize("seed", range(5))
def test_heights_do_not_change_the_flow_of_a_closed_loop(seed):
    blocks, nodes = mesh(seed)
    heights = np.random.default_rng(seed).uniform(-5.0, 30.0, nodes)
    net, flat = solved(*blocks, nodes=nodes)
    _, hilly = solved(*blocks, nodes=nodes, heights=heights)
    scale = np.abs(flat.flow_kg_s).max()
    np.testing.assert_allclose(hilly.flow_kg_s, flat.flow_kg_s, atol=1e-8 * scale)
    root = net.height_m[net.held]
    assert (root == 0.0).all()
    lift = WATER_KG_M3 * GRAVITY_M_S2 * (heights - heights[blocks[2].node])[:, None]
    np.testing.assert_allclose(hilly.pressure_pag + lift, flat.pressure_pag, atol=1e-3)


def test_islands_do_not_see_each_other():
    first, second = resistors([(1, 0)], RACK), resistors([(3, 2)], RACK)
    drives = pumps([(0, 1), (2, 3)], shutoff=[1e5, 4e5])
    two = [vessel(0, 1e5), vessel(2, 5e5)]
    net, both = solved(first, second, drives, *two, nodes=4)
    alone, one = solved(first, pumps([(0, 1)], shutoff=1e5), vessel(0, 1e5), nodes=2)
    assert len(np.unique(net.island)) == 2
    np.testing.assert_allclose(volume(net, both, first), volume(alone, one, first), rtol=1e-9)


def test_an_island_without_reference_is_named():
    with pytest.raises(ConvergenceError, match="holds no pressure reference") as refusal:
        solved(resistors([(1, 0), (3, 2)], RACK), pumps([(0, 1), (2, 3)]), vessel(0), nodes=4)
    assert refusal.value.component in {"/Bench/Node_2", "/Bench/Node_3"}
    assert refusal.value.equation == "continuity"


def test_a_branch_that_opens_nowhere_is_named():
    with pytest.raises(ConvergenceError, match=r"/Bench/Part_1\.rack opens into no room"):
        flow_net(resistors([(1, 0), (1, -1)], RACK), vessel(0), nodes=2)


def test_too_few_passes_are_refused_and_the_worst_branch_is_named():
    blocks, nodes = mesh(1)
    net = flow_net(*blocks, nodes=nodes)
    with pytest.raises(ConvergenceError, match=r"after 2 passes") as refusal:
        solve_flow(prepare(net), water(net), net.limit_m3_s, passes=2)
    assert refusal.value.component.startswith("/Bench/Part_")
    assert PASSES > 2


# ----------------------------------------------------------------------------------------- controllers


def test_a_controller_holds_its_difference_exactly():
    racks = resistors([(1, 0)] * 3, RACK)
    pump = pumps([(0, 1)], shutoff=SHUTOFF, quadratic=BEND)
    net, flow = solved(racks, pump, vessel(0), controller([1], [0], [120e3], [[0]]), nodes=2)
    assert drop(net, flow, 1, 0)[0] == pytest.approx(120e3, rel=1e-9)
    through = 3 * np.sqrt(120e3 / RACK)
    speed = np.sqrt((120e3 - BEND * through**2) / SHUTOFF)
    assert flow.control_ratio[0, 0] == pytest.approx(speed, rel=1e-6)
    assert flow.speed_ratio[0, 0] == flow.control_ratio[0, 0]


@pytest.mark.parametrize(("set_pa", "speed"), [(190e3, 1.0), (1e3, 0.2)])
def test_a_saturated_controller_stands_at_its_limit_and_the_difference_floats(set_pa, speed):
    racks = resistors([(1, 0)] * 3, RACK)
    net, flow = solved(
        racks,
        pumps([(0, 1)], shutoff=SHUTOFF, quadratic=-2e10),
        vessel(0),
        controller([1], [0], [set_pa], [[0]]),
        nodes=2,
    )
    _, fixed = solved(
        racks, pumps([(0, 1)], shutoff=SHUTOFF, quadratic=-2e10, speed_ratio=speed), vessel(0), nodes=2
    )
    assert flow.control_ratio[0, 0] == speed
    np.testing.assert_allclose(flow.flow_kg_s, fixed.flow_kg_s, rtol=1e-9)
    assert abs(drop(net, flow, 1, 0)[0] - set_pa) > 100.0


def test_a_set_point_by_variant_is_held_in_each_and_saturates_alone():
    sets = [[20e3, 80e3, 150e3, 400e3]]
    racks = resistors([(1, 0)] * 2, RACK)
    control = controller([1], [0], sets, [[0]])
    net, flow = solved(racks, pumps([(0, 1)]), vessel(0), control, nodes=2, variants=4)
    np.testing.assert_allclose(drop(net, flow, 1, 0)[:3], sets[0][:3], rtol=1e-9)
    assert flow.control_ratio[0, 3] == 1.0
    assert drop(net, flow, 1, 0)[3] < 400e3
    for variant in range(4):
        one = controller([1], [0], [sets[0][variant]], [[0]])
        _, alone = solved(racks, pumps([(0, 1)]), vessel(0), one, nodes=2)
        np.testing.assert_allclose(flow.flow_kg_s[:, [variant]], alone.flow_kg_s, rtol=1e-9)


def test_pumps_of_one_controller_turn_together():
    drives = pumps([(0, 1), (0, 1)], quadratic=[-2e9, -8e9])
    control = controller([1], [0], [100e3], [[0, 1]])
    net, flow = solved(resistors([(1, 0)], 1e10), drives, vessel(0), control, nodes=2)
    assert flow.speed_ratio[0, 0] == flow.speed_ratio[1, 0]
    assert drop(net, flow, 1, 0)[0] == pytest.approx(100e3, rel=1e-9)


def test_a_controller_whose_pump_is_out_lets_its_difference_float():
    drives = pumps([(0, 1), (0, 1)], check_valve=True, in_service=[[True, True, False], [True, False, False]])
    control = controller([1], [0], [100e3], [[0, 1]])
    net, flow = solved(resistors([(1, 0)], RACK), drives, vessel(0), control, nodes=2, variants=3)
    held = drop(net, flow, 1, 0)
    np.testing.assert_allclose(held[:2], 100e3, rtol=1e-9)
    assert abs(held[2]) < 1e-3
    assert flow.control_ratio[0, 1] > flow.control_ratio[0, 0]


def test_two_controllers_on_islands_of_their_own_do_not_see_each_other():
    racks = resistors([(1, 0), (3, 2)], RACK)
    drives = pumps([(0, 1), (2, 3)])
    control = controller([1, 3], [0, 2], [50e3, 90e3], [[0], [1]])
    net, flow = solved(racks, drives, vessel(0), vessel(2), control, nodes=4)
    assert drop(net, flow, 1, 0)[0] == pytest.approx(50e3, rel=1e-9)
    assert drop(net, flow, 3, 2)[0] == pytest.approx(90e3, rel=1e-9)
    moved = controller([1, 3], [0, 2], [50e3, 500e3], [[0], [1]])
    _, other = solved(racks, drives, vessel(0), vessel(2), moved, nodes=4)
    np.testing.assert_allclose(other.flow_kg_s[0], flow.flow_kg_s[0], rtol=1e-9)
    assert other.control_ratio[1, 0] == 1.0


NARROW, WIDE = 0.012, 0.04


def two_on_one_loop(sets, *, on=None, width=NARROW):
    """Return a loop of two pumped racks joined by pipes, each with a controller that the other disturbs."""
    racks, between = resistors([(1, 0), (2, 3)], RACK), pipes([(1, 2), (3, 0)], length=5.0, diameter=width)
    flags = np.ones((2, 1), bool) if on is None else np.array(on)
    drives = pumps([(0, 1), (3, 2)], check_valve=True, in_service=flags)
    control = controller([1, 2], [0, 3], sets, [[0], [1]])
    net, flow = solved(racks, between, drives, vessel(0), control, nodes=4, variants=flags.shape[1])
    return net, flow, np.array([drop(net, flow, 1, 0), drop(net, flow, 2, 3)])


def test_two_controllers_on_one_loop_both_hold():
    _, flow, held = two_on_one_loop([60e3, 80e3])
    np.testing.assert_allclose(held[:, 0], [60e3, 80e3], rtol=1e-9)
    assert ((flow.control_ratio > 0.2) & (flow.control_ratio < 1.0)).all()


@pytest.mark.parametrize(("sets", "saturated"), [([100e3, 400e3], 1), ([400e3, 100e3], 0), ([100e3, 5e3], 1)])
def test_a_controller_holds_although_its_neighbour_on_the_loop_is_saturated(sets, saturated):
    _, flow, held = two_on_one_loop(sets)
    free = 1 - saturated
    assert flow.control_ratio[saturated, 0] in {0.2, 1.0}
    assert 0.2 < flow.control_ratio[free, 0] < 1.0
    assert held[free, 0] == pytest.approx(sets[free], rel=1e-9)
    assert held[saturated, 0] != pytest.approx(sets[saturated], rel=1e-2)


def test_a_controller_whose_neighbour_gives_more_than_it_asks_for_stands_at_its_least():
    _, flow, held = two_on_one_loop([60e3, 80e3], width=WIDE)
    assert flow.control_ratio[0, 0] == 0.2
    assert held[1, 0] == pytest.approx(80e3, rel=1e-9)
    assert 60e3 < held[0, 0] < 80e3


def test_a_controller_holds_although_the_pump_of_its_neighbour_is_out():
    _, _, held = two_on_one_loop([60e3, 80e3], on=[[True, False, True], [True, True, False]])
    np.testing.assert_allclose(held[0, [0, 2]], 60e3, rtol=1e-9)
    np.testing.assert_allclose(held[1, [0, 1]], 80e3, rtol=1e-9)


def test_controllers_that_sense_the_same_difference_are_named():
    drives = pumps([(0, 1), (0, 1)])
    both = controller([1, 1], [0, 0], [60e3, 80e3], [[0], [1]])
    with pytest.raises(ConvergenceError) as refusal:
        solved(resistors([(1, 0)], RACK), drives, vessel(0), both, nodes=2)
    assert refusal.value.component.startswith("/Bench/Part_")


def test_controllers_compare_at_one_height():
    racks, pump = resistors([(1, 0)] * 2, RACK), pumps([(0, 1)])
    control = controller([1], [0], [100e3], [[0]])
    net, low = solved(racks, pump, vessel(0), control, nodes=2)
    high_net, high = solved(racks, pump, vessel(0), control, nodes=2, heights=[0.0, 12.0])
    np.testing.assert_allclose(high.flow_kg_s, low.flow_kg_s, rtol=1e-9)
    lift = control_lift_pa(high_net, water(high_net))
    np.testing.assert_allclose(lift, WATER_KG_M3 * GRAVITY_M_S2 * 12.0)
    assert drop(high_net, high, 1, 0)[0] + lift[0, 0] == pytest.approx(100e3, rel=1e-9)
    assert (control_lift_pa(net, water(net)) == 0.0).all()


def test_the_fluid_in_a_pump_that_stands_does_not_shift_what_its_controller_senses():
    racks, drives = (
        resistors([(1, 0)], RACK),
        pumps([(0, 1), (0, 1)], in_service=[[True, False], [False, True]]),
    )
    control = controller([1], [0], [100e3], [[0, 1]])
    net = flow_net(racks, drives, vessel(0), control, nodes=2, variants=2, heights=[0.0, 10.0])
    medium = water(net)
    stands = net.mover[:, None], np.array([[1, 0]])
    medium.density_kg_m3[stands[0].ravel()[::-1], [0, 1]] = 500.0
    np.testing.assert_allclose(control_lift_pa(net, medium), WATER_KG_M3 * GRAVITY_M_S2 * 10.0, rtol=1e-6)


def test_a_controller_does_not_turn_a_constant_flow_mover_of_its_part():
    pump, fan = pumps([(0, 1)]), pumps([(0, 1)], shutoff=0.0, quadratic=0.0, held_m3_s=1e-4)
    control = controller([1], [0], [60e3], [[0]])
    net, flow = solved(resistors([(1, 0)], RACK), pump, fan, vessel(0), control, nodes=2)
    assert volume(net, flow, fan)[0, 0] == pytest.approx(1e-4, rel=1e-4)
    assert drop(net, flow, 1, 0)[0] == pytest.approx(60e3, rel=1e-9)


def test_the_answer_does_not_depend_on_whether_speeds_are_given_or_found():
    racks = resistors([(1, 0)] * 5, [RACK, 2 * RACK, 3 * RACK, 4 * RACK, 5 * RACK])
    _net, found = solved(racks, pumps([(0, 1)]), vessel(0), controller([1], [0], [77e3], [[0]]), nodes=2)
    given = pumps([(0, 1)], speed_ratio=found.speed_ratio)
    _, set_ = solved(racks, given, vessel(0), nodes=2)
    np.testing.assert_allclose(set_.flow_kg_s, found.flow_kg_s, rtol=1e-8)
    assert isinstance(given, Mover)
