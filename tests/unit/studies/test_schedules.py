"""Electrical schedules say what was solved: watts, amperes, volts and kilograms add up."""

import dataclasses
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest

from twin.laws.conductors import COPPER_OHM_M, three_phase_drop
from twin.model.element import Line
from twin.studies.schedule_losses import loss_rows, own_supplies
from twin.studies.schedule_runs import Bars, masses
from twin.studies.schedules import schedules
from twin.studies.stages import DIRECT_CABLES, OWN
from twin.studies.wiring import Feeder, Wiring, wiring_of, worst
from twin.walk import walk

AC, DC = "ac_415", "dc_800"
VARIANTS = {AC: (), DC: ("/World:distribution=dc_800", "/World:busway=1000")}
LEGACY, UNLIKE = "legacy", "legacy with a cord of one phase"
RACK, WHIP = "/World/IT/Rack_01_01", "/World/Electrical/Whips/Whip_01_01"
ONE_PHASE = (f"{WHIP}.twin:whip:phases=b", f"{RACK}.twin:airRack:itPower=3kW")
LAYOUTS = {
    **{name: ("pod", chosen, ()) for name, chosen in VARIANTS.items()},
    LEGACY: ("hall_legacy", (), ()),
    UNLIKE: ("hall_legacy", (), ONE_PHASE),
}


@pytest.fixture(scope="module")
def solved():
    """Return outcome and schedules of the pod with both sorts of current, and of the legacy hall."""
    found = {}
    for name, (layout, chosen, overrides) in LAYOUTS.items():
        outcome = walk(layout, variants=chosen, overrides=overrides)
        found[name] = outcome, schedules(outcome)
    return found


@pytest.fixture(params=tuple(LAYOUTS))
def site(request, solved):
    return solved[request.param]


def named(rows, end, name="prim"):
    return next(row for row in rows if getattr(row, name).endswith(end))


def result(outcome, kind, name):
    """Return a result of the parts of one kind by prim, shape (variant,) each."""
    for group in outcome.tree.children.values():
        data = group.to_dataset()
        if "kind" in data.coords and name in data and kind in data["kind"].values:
            axis = str(data["kind"].dims[0])
            mine = np.flatnonzero(data["kind"].values == kind)
            values = data[name].values[:, mine]
            return dict(zip(data[axis].values[mine].tolist(), values.T, strict=True))
    raise AssertionError(kind)


def test_the_stages_lose_what_the_metrics_say_and_what_does_not_arrive(site):
    outcome, found = site
    told = float(outcome.tree["facility"]["distribution_loss_w"].values[0])
    staged = sum(row.loss_w for row in found.losses if row.stage != OWN)
    assert staged == pytest.approx(told, rel=1e-12)
    drawn = sum(values[0] for values in result(outcome, "utility", "power_w").values())
    assert drawn == pytest.approx(found.closure.connection_w, rel=1e-12)
    assert drawn - sum(row.power_w for row in found.loads) == pytest.approx(staged, rel=1e-7)
    assert abs(found.closure.residual_ratio) < 1e-12
    assert abs(found.closure.boundary_ratio) < 1e-9


def test_every_watt_of_a_consumer_comes_through_its_inputs(site):
    _, found = site
    inputs, whole = defaultdict(float), {}
    for row in found.loads:
        inputs[row.consumer, row.role] += row.power_w
        whole[row.consumer, row.role] = row.consumer_w
    assert whole == {key: pytest.approx(watts, rel=1e-9) for key, watts in inputs.items()}


def test_the_current_of_an_input_carries_its_power(site):
    for row in site[1].loads:
        factor = {"b": 3.0**-0.5, "abc": 3.0**0.5, "": 1.0}[row.phases]
        carried = row.current_a * row.nominal_v * row.power_factor_ratio * factor
        assert not row.run or row.direct == (row.phases == "")
        # The voltage at the input is a few per cent from nominal.
        assert row.power_w == pytest.approx(carried, rel=0.05, abs=1e-6)


def test_a_board_passes_on_what_its_ups_gives_less_the_cable_and_the_incomer(solved):
    outcome, found = solved[AC]
    given = result(outcome, "ups", "power_out_w")["/World/Power/Ups_A"][0]
    cable = result(outcome, "power_cable", "loss_w")["/World/Power/Cables/UpsOut_A"][0]
    incomer = result(outcome, "switchboard", "incomer_loss_w")["/World/Power/CriticalBoard_A"][0]
    board = named(found.totals, "CriticalBoard_A")
    assert board.power_w == pytest.approx(given - cable - incomer, rel=1e-9)


def test_loads_hang_on_the_board_and_the_run_that_the_stage_wires_them_to(solved):
    for name, board in ((AC, "CriticalBoard_B"), (DC, "DirectBoard_B")):
        row = next(r for r in solved[name][1].loads if r.consumer.endswith("Rack_A1") and r.feed == "B")
        ends = row.run.rsplit("/", 1)[1], row.source.rsplit("/", 1)[1], row.board.rsplit("/", 1)[1]
        assert ends == ("Rack_A1_B", "Busway_AB", board)
        assert row.peak_w > row.consumer_w
        assert row.direct == (name == DC)


@pytest.mark.parametrize(("kind", "rule"), [("busway", "EL001"), ("whip", "EL002"), ("power_cable", "EL003")])
def test_runs_are_loaded_as_the_review_measures_and_allowed_what_it_allows(site, kind, rule):
    outcome, found = site
    rows = {row.prim: row for row in found.runs if row.kind == kind}
    current = result(outcome, kind, "current_a")
    margin = next(m for m in outcome.margins if m.rule.id == rule)
    paths = outcome.facility.tables[kind].paths
    for part, value, limit in zip(margin.parts.tolist(), margin.value, margin.limit, strict=True):
        row = rows[paths[part]]
        assert row.loading_ratio == pytest.approx(value / 100.0, rel=1e-6)
        assert row.limit_a == pytest.approx(limit / 100.0 * row.rating_a, rel=1e-9)
        assert row.margin_a == pytest.approx(row.limit_a - row.worst_current_a)
        assert row.current_a == pytest.approx(current[row.prim][0], rel=1e-12)
        assert row.worst_current_a == pytest.approx(current[row.prim].max(), rel=1e-6)


def test_breakers_are_loaded_as_the_review_measures(site):
    outcome, found = site
    worst_way = defaultdict(float)
    for row in found.breakers:
        if row.kind == "switchboard":
            role = row.way.split(" ")[0]
            worst_way[row.prim, role] = max(worst_way[row.prim, role], row.loading_ratio)
    for role in ("incomer", "outgoing"):
        for prim, values in result(outcome, "switchboard", f"{role}_loading_ratio").items():
            assert worst_way[prim, role] == pytest.approx(np.nanmax(values), rel=1e-6, abs=1e-12)
    for kind, rule in (("breaker", "EL070"), ("whip", "EL070")):
        for margin in (m for m in outcome.margins if m.rule.id == rule and m.kind == kind):
            rows = {row.prim: row for row in found.breakers if row.kind == kind}
            for part, left in zip(margin.parts.tolist(), margin.margin, strict=True):
                prim = outcome.facility.tables[kind].paths[part]
                assert rows[prim].breaking_margin_a == pytest.approx(1e3 * left, rel=1e-6)


def test_a_drop_is_the_difference_of_the_solved_voltages(site):
    outcome, found = site
    along = result(outcome, "whip", "drop_ratio")
    cases = [case.name for case in outcome.facility.cases]
    lowest = {}
    for row in found.drops:
        assert row.total_ratio == pytest.approx(row.feeder_ratio + row.busway_ratio + row.run_ratio)
        assert row.total_ratio >= row.normal_ratio - 1e-6
        if row.run in along and not outcome.solution.network.power.unbalanced:
            same = [along[row.run][at] for at, name in enumerate(cases) if name == row.worst_case]
            assert any(row.run_ratio == pytest.approx(value, rel=1e-9, abs=1e-12) for value in same)
        lowest[row.rack] = min(lowest.get(row.rack, np.inf), row.lowest_ratio)
    for kind in {row.kind for row in found.drops}:
        for prim, values in result(outcome, kind, "input_voltage_ratio").items():
            assert lowest[prim] == pytest.approx(np.nanmin(values), abs=1e-9)


def test_the_drop_of_a_feeder_is_that_of_the_textbook(solved):
    outcome, found = solved[AC]
    cable = named(found.runs, "Busway_AA_Feed")
    row = next(r for r in found.drops if r.rack.endswith("Rack_A1") and r.feed == "A")
    resistance = COPPER_OHM_M * (1.0 + 3.93e-3 * 40.0) * cable.length_m / cable.section_m2 / cable.count
    reactance = 0.08e-3 * cable.length_m / cable.count
    at = [case.name for case in outcome.facility.cases].index(row.worst_case)
    current = result(outcome, "power_cable", "current_a")[cable.prim][at]
    way = outcome.facility.tables["switchboard"].numbers["outgoing_resistance_ohm"].min()
    factor = np.array(0.98)
    drop_v = three_phase_drop(np.array(current), np.array(resistance + way), np.array(reactance), factor)
    assert row.feeder_ratio == pytest.approx(float(drop_v) / 415.0, rel=5e-3)


def test_a_drop_on_direct_current_is_current_times_both_poles(solved):
    outcome, found = solved[DC]
    whip = named(found.runs, "Whips/Rack_A1_A")
    row = next(r for r in found.drops if r.rack.endswith("Rack_A1") and r.feed == "A")
    at = [case.name for case in outcome.facility.cases].index(row.worst_case)
    current = result(outcome, "whip", "current_a")[whip.prim][at]
    pole = COPPER_OHM_M * (1.0 + 3.93e-3 * 40.0) * whip.length_m / whip.section_m2 / whip.count
    assert row.run_ratio == pytest.approx(2.0 * pole * current / 800.0, rel=1e-9)


def test_copper_is_section_times_length_times_conductors_by_hand(solved):
    # Five runs of 300 mm² in each of three phases over 7.05 m: 31.725 dm³ of copper.
    cable = named(solved[AC][1].runs, "Power/Cables/UpsIn_A")
    assert cable.metal_kg == pytest.approx(31.725e-3 * 8960.0, rel=1e-6)
    assert cable.neutral_kg == pytest.approx(cable.metal_kg / 3.0)
    # 0.043 mΩ/m stand for 17.241 nΩ·m over 400.95 mm²; three bars of 3.9 m.
    busway = named(solved[AC][1].runs, "Busway_AA")
    assert busway.section_m2 == pytest.approx(400.95e-6, rel=1e-5)
    assert busway.metal_kg == pytest.approx(3 * 400.953e-6 * 3.9 * 8960.0, rel=1e-5)
    # Above 1 kV there is no neutral.
    assert named(solved[AC][1].runs, "Mv_A").neutral_kg == 0.0


def test_direct_current_has_two_poles_and_no_neutral(solved):
    found = solved[DC][1]
    # Five runs of 300 mm² in each of two poles over 4.5 m.
    cable = named(found.runs, "RectifierOut_A")
    assert (cable.stage, cable.conductor_count) == (DIRECT_CABLES, 2)
    assert cable.metal_kg == pytest.approx(5 * 300e-6 * 2 * 4.5 * 8960.0, rel=1e-6)
    direct = [row for row in found.runs if row.direct]
    assert {row.kind for row in direct} == {"busway", "whip", "power_cable"}
    assert all(row.conductor_count == 2 and row.neutral_kg == 0.0 for row in direct)
    assert not any(row.direct for row in solved[AC][1].runs)


def test_masses_follow_the_metal_and_the_sort_of_current():
    bars = Bars(
        stage=("x",) * 3, conductor=("copper", "aluminium", "copper"), node=np.arange(3),
        count=np.array([2.0, 1.0, 1.0]), length_m=np.full(3, 10.0), section_m2=np.full(3, 1e-4),
        rating_a=np.full(3, 100.0), phases=("abc",) * 3,
    )  # fmt: skip
    direct, high = np.array([True, False, False]), np.array([False, False, True])
    count, mass_kg, neutral_kg = masses(bars, direct, high)
    assert count.tolist() == [2, 3, 3]
    assert mass_kg == pytest.approx([2 * 2 * 8.96, 3 * 2.7, 3 * 8.96])
    assert neutral_kg == pytest.approx([0.0, 2.7, 0.0])
    alone = dataclasses.replace(bars, conductor=("copper",) * 3, phases=("a", "bc", "abc"))
    count, mass_kg, neutral_kg = masses(alone, np.zeros(3, dtype=bool), np.zeros(3, dtype=bool))
    assert count.tolist() == [2, 2, 3]
    assert mass_kg == pytest.approx([2 * 2 * 8.96, 2 * 8.96, 3 * 8.96])
    assert neutral_kg == pytest.approx([0.0, 0.0, 8.96])


def test_a_cord_of_one_phase_is_told_and_its_board_has_no_three_phase_power(solved):
    outcome, found = solved[UNLIKE]
    load = next(row for row in found.loads if row.consumer == RACK and row.run == WHIP)
    assert load.phases == "b"
    assert next(row for row in found.runs if row.prim == WHIP).conductor_count == 2
    board = next(row for row in found.totals if row.prim == load.board)
    assert np.isnan(board.power_w)
    like = next(row for row in solved[LEGACY][1].totals if row.prim == load.board)
    # Four UPS feed it: currents of worst phases do not add up.
    assert np.isnan(board.loading_ratio)
    assert np.isfinite(like.loading_ratio)
    drop = next(row for row in found.drops if row.run == WHIP)
    ratio = result(outcome, "air_rack", "input_voltage_ratio")[RACK]
    assert drop.lowest_ratio == pytest.approx(np.nanmin(ratio), rel=1e-9)


def test_the_metal_of_the_stages_is_that_of_the_runs(site):
    found = site[1]
    assert sum(r.mass_kg for r in found.metals) == pytest.approx(sum(r.metal_kg for r in found.runs))
    assert sum(r.count for r in found.metals) == len(found.runs)


def test_short_circuits_are_those_of_the_review(site):
    outcome, found = site
    rows = {(row.kind, row.prim): row for row in found.faults}
    seen = 0
    for margin in outcome.margins:
        if margin.rule.id in {"EL070", "EL071", "EL072", "EL074", "EL075"}:
            for part, left in zip(margin.parts.tolist(), margin.margin, strict=True):
                row = rows[margin.kind, outcome.facility.tables[margin.kind].paths[part]]
                assert row.margin_a == pytest.approx(1e3 * left, rel=1e-6, abs=1e-3)
                seen += 1
        if margin.rule.id == "EL073":
            for part, left in zip(margin.parts.tolist(), margin.margin, strict=True):
                row = rows[margin.kind, outcome.facility.tables[margin.kind].paths[part]]
                assert row.peak_margin_a == pytest.approx(1e3 * left, rel=1e-6, abs=1e-3)
    assert seen


def test_short_circuits_on_direct_current_are_not_established(solved):
    rows = solved[DC][1].faults
    busways = [row for row in rows if row.kind == "busway"]
    assert busways
    assert not any(row.established for row in busways)
    assert all(np.isnan(row.margin_a) and row.unknown_count for row in busways)
    assert all(row.established for row in rows if "MechanicalBoard" in row.prim)


def test_a_rack_loses_in_its_own_supplies_what_its_efficiency_says(solved):
    for name, power_w, ratio in ((AC, 132e3, 0.97), (DC, 132e3 * 0.97 / 0.98, 0.98)):
        own = next(row for row in solved[name][1].losses if row.stage == OWN)
        assert own.loss_w == pytest.approx(8 * power_w * (1.0 - ratio), rel=1e-6)
        assert solved[name][1].closure.busbar_w == pytest.approx(8 * 132e3 * 0.97, rel=1e-6)


def test_no_line_is_left_out_of_the_stages(site):
    wiring = wiring_of(site[0])
    lines = sum(len(block.part) for _, block in wiring.blocks(Line))
    assert lines == len(wiring.net.lines.a)
    assert [row.stage for row in loss_rows(wiring)] == [row.stage for row in site[1].losses]


def test_nothing_has_two_rows_among_the_totals(site):
    prims = [row.prim for row in site[1].totals]
    assert len(prims) == len(set(prims))


def test_spare_modules_of_a_ups_lower_what_is_allowed():
    modules = [f"/World/Power/Ups_A.twin:ups:{name}" for name in ("moduleCount=6", "spareCount=1")]
    outcome = walk("pod", overrides=modules)
    ups = {row.prim.rpartition("_")[2]: row for row in schedules(outcome).totals if row.kind == "ups"}
    assert ups["A"].limit_ratio == pytest.approx(5.0 / 6.0)
    assert ups["B"].limit_ratio == 1.0
    assert ups["A"].worst_loading_ratio == pytest.approx(ups["B"].worst_loading_ratio, rel=1e-2)


def test_of_cases_that_rounding_tells_apart_the_first_is_the_worst():
    values = np.array([[1.0, 1.0, np.nan], [1.0 + 1e-9, 1.1, np.nan], [np.nan, 0.5, np.nan]])
    top, case = worst(values)
    assert case.tolist() == [0, 1, 0]
    assert top[:2] == pytest.approx([1.0, 1.1])
    assert np.isnan(top[2])


def test_a_busway_behind_a_breaker_is_fed_by_the_board_before_it():
    # Nodes: 0 a way of a board, 1 and 2 a breaker's ports, 3 and 4 feed and tap-off of a busway.
    one = {"part": np.array([0])}
    ends = {
        "breaker": {n: SimpleNamespace(node=np.array([at]), **one) for n, at in (("line", 1), ("load", 2))},
        "busway": {"feed": SimpleNamespace(node=np.array([3]), **one)},
        "power_cable": {
            "a": SimpleNamespace(node=np.array([0, 2])),
            "b": SimpleNamespace(node=np.array([1, 3])),
        },
    }  # fmt: skip
    ports = SimpleNamespace(
        kind=("switchboard", "breaker", "breaker", "busway", "busway"), part=np.array([7, 0, 0, 0, 0])
    )
    review = SimpleNamespace(
        facility=SimpleNamespace(ports=ports), built=lambda *_: ("power_cable",),
        table=lambda kind: SimpleNamespace(ends=ends[kind]),
    )  # fmt: skip
    wiring = Wiring(review=review, solution=None)
    far = wiring.above(Feeder(run_kind="whip", run=0, node=4, kind="busway", part=0))
    assert (far.kind, far.part, far.run_kind, far.run) == ("switchboard", 7, "power_cable", 0)
    assert wiring.above(far) is far


def test_a_rack_behind_power_shelves_has_no_supplies_of_its_own():
    # Nodes: 0 and 1 alternating current, 2 the busbar of a shelf, 3 behind a conductor from it.
    ends = SimpleNamespace(node=np.array([1, 3]), part=np.array([0, 1]))
    shelf = SimpleNamespace(role="supplies", part=np.array([0]), b=np.array([2]))
    review = SimpleNamespace(
        has=lambda *_: True, table=lambda _: SimpleNamespace(paths=("/R1", "/R2"), ends={"power": ends}),
        result=lambda *_: np.array([[100e3, 100e3]]), number=lambda *_: np.array([[0.97, 0.97]]),
    )  # fmt: skip
    lines = SimpleNamespace(a=np.array([0, 2]), b=np.array([1, 3]))
    wiring = SimpleNamespace(
        review=review, normal=0, net=SimpleNamespace(node=np.arange(4), lines=lines), at=lambda node: node,
        blocks=lambda *_: iter([("power_shelf", shelf)]),
    )  # fmt: skip
    count, lost_w, behind_w = own_supplies(wiring)
    assert (count, lost_w, behind_w) == (1, pytest.approx(3e3), pytest.approx(97e3 + 100e3))
