"""Where pumps stand on their curves: on the curve solved, at the speed solved, in the case that is worst."""

import numpy as np
import pytest

from tests.property.pods import copy_pod
from twin.laws.curves import extended, from_nothing, interpolate
from twin.laws.movers import fit_curve
from twin.studies.pump_curves import pump_groups
from twin.walk import walk

L_MIN = 1.0 / 60000.0
NPSH = "[(141.4, 1.2), (681.8, 1.9), (1317.8, 4.5)]"
EFFICIENCY = "[(141.4, 20), (681.8, 50), (1000, 55), (1317.8, 48)]"


@pytest.fixture(scope="module")
def pod():
    outcome = walk("pod")
    return outcome, {group.asset: group for group in pump_groups(outcome.facility, outcome.solution)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return the groups of a pod whose pump model gives NPSH and efficiency, and follows its points."""
    site = copy_pod(tmp_path_factory.mktemp("told"))
    asset = site.parents[1] / "assets" / "Pump_7k5" / "Pump_7k5.usda"
    text = asset.read_text()
    start = text.index("    double2[] twin:pump:curve")
    more = (
        f"    double2[] twin:pump:npshRequired = {NPSH}\n"
        f"    double2[] twin:pump:efficiencyRatio = {EFFICIENCY}\n"
        '    token twin:pump:curveLaw = "points"\n    double twin:pump:minimumFlow = 150\n'
    )
    asset.write_text(text[:start] + more + text[start:])
    outcome = walk(str(site))
    return outcome, {group.asset: group for group in pump_groups(outcome.facility, outcome.solution)}


def duties(group):
    return [duty for duty in (*group.normal, group.right, group.fastest) if duty is not None]


def at(curve, flow_m3_s, values):
    """Return a value of a curve where one of its points is."""
    (found,) = np.flatnonzero(curve.flow_m3_s == flow_m3_s)
    return values[found]


@pytest.mark.parametrize("run", ["pod", "told"])
def test_every_operating_point_lies_on_the_curve_at_its_speed(run, request):
    for group in request.getfixturevalue(run)[1].values():
        assert duties(group)
        for duty in duties(group):
            on_curve = at(duty.curve, duty.flow_m3_s, duty.curve.rise_pa)
            assert on_curve == pytest.approx(duty.rise_pa, rel=1e-6)
            assert duty.curve.speed_ratio == duty.speed_ratio


def test_the_curve_at_rated_speed_is_the_parabola_solved_at_the_points_given(pod):
    _, groups = pod
    for name in ("Pump_7k5", "Pump_CHW_1k5"):
        group = groups[name]
        c0, c1, c2 = fit_curve(group.given_m3_s, group.given_pa)
        for flow, rise in zip(group.given_m3_s, group.given_pa, strict=True):
            solved = at(group.rated, flow, group.rated.rise_pa)
            assert solved == pytest.approx(c0 + c1 * flow + c2 * flow**2, rel=1e-6)
            assert abs(solved - rise) <= group.off_ratio * group.given_pa.max() * (1.0 + 1e-9)


def test_a_curve_that_follows_its_points_passes_them(told):
    group = told[1]["Pump_7k5"]
    assert not group.fitted
    assert group.off_ratio == pytest.approx(0.0, abs=1e-12)
    assert np.interp(group.given_m3_s, group.rated.flow_m3_s, group.rated.rise_pa) == pytest.approx(
        group.given_pa, rel=1e-9
    )


def test_the_points_of_a_unit_are_raised_by_its_own_drop(pod):
    group = pod[1]["Vertiv_XDU1350"]
    numbers = pod[0].facility.tables["cdu"].numbers
    drop, flow = (float(numbers[n][0, 0]) for n in ("tcs_drop_pa", "reference_tcs_flow_m3_s"))
    assert group.inside_pa == pytest.approx(drop * (group.given_m3_s / flow) ** 2, rel=1e-12)
    drawn = np.interp(group.given_m3_s, group.rated.flow_m3_s, group.rated.rise_pa)
    assert drawn == pytest.approx(group.given_pa + group.inside_pa, rel=1e-3)


def test_affinity_moves_a_curve_and_its_end(pod):
    for group in pod[1].values():
        for duty in duties(group):
            n, curve, rated = duty.speed_ratio, duty.curve, group.rated
            assert curve.end_m3_s == pytest.approx(n * rated.end_m3_s, rel=1e-9)
            assert curve.end_pa == pytest.approx(n**2 * rated.end_pa, rel=1e-6)
            assert duty.flow_m3_s / curve.end_m3_s == pytest.approx(duty.runout_ratio, rel=1e-9)


def test_what_is_told_as_farthest_and_fastest_is_that_of_all_cases(pod):
    outcome, groups = pod
    data = outcome.tree["plant"].to_dataset()
    for name in ("Pump_7k5", "Pump_CHW_1k5"):
        group, mine = groups[name], data.sel(plant=list(groups[name].prims))
        most, fastest = (float(np.nanmax(mine[n].values)) for n in ("runout_ratio", "speed_ratio"))
        assert group.right.runout_ratio == pytest.approx(most, rel=1e-3)
        assert group.fastest.speed_ratio == pytest.approx(fastest, rel=1e-3)
    unit = groups["Vertiv_XDU1350"]
    assert outcome.facility.cases[unit.right.case].name == "cdu"
    assert unit.fastest is unit.right


def test_every_pump_that_runs_is_counted_once(pod):
    for group in pod[1].values():
        drawn = [prim for duty in group.normal for prim in duty.prims]
        assert sorted([*drawn, *group.standing]) == sorted(group.prims)


def test_suction_and_efficiency_follow_speed_as_they_are_solved(told):
    group = told[1]["Pump_7k5"]
    assert group.minimum_m3_s == pytest.approx(150 * L_MIN)
    given = np.array([[141.4, 1.2], [681.8, 1.9], [1317.8, 4.5]])
    share = np.array([[141.4, 0.20], [681.8, 0.50], [1000, 0.55], [1317.8, 0.48]])
    for duty in duties(group):
        n, curve = duty.speed_ratio, duty.curve
        place = (curve.flow_m3_s / (n * L_MIN))[None]
        needed = n**2 * extended(given[None, :, 0], given[None, :, 1], place)[0]
        assert curve.npsh_required_m == pytest.approx(needed, rel=1e-9)
        efficiency = from_nothing(share[None, :, 0], share[None, :, 1], place)[0]
        assert curve.efficiency_ratio == pytest.approx(efficiency, rel=1e-9)
        assert at(curve, duty.flow_m3_s, curve.npsh_required_m) == pytest.approx(duty.npsh_required_m)
        assert at(curve, duty.flow_m3_s, curve.efficiency_ratio) == pytest.approx(duty.wire_to_water_ratio)
        assert duty.npsh_available_m > duty.npsh_required_m


def test_with_a_pump_out_the_rated_curve_stays_that_of_all():
    unit = "/World/White/Mechanical/Cdu_1"
    outcome = walk("pod", overrides=[f"{unit}.twin:cdu:pumpsOutCount=1"])
    short, whole = (
        next(g for g in pump_groups(outcome.facility, outcome.solution) if path in g.prims)
        for path in (unit, unit.replace("Cdu_1", "Cdu_2"))
    )
    (duty,) = short.normal
    assert duty.curve.running_ratio == 0.5
    assert duty.flow_m3_s / (0.5 * duty.speed_ratio * short.given_m3_s[-1]) == pytest.approx(
        duty.runout_ratio
    )
    grid = short.rated.flow_m3_s
    assert interpolate(whole.rated.flow_m3_s[None], whole.rated.rise_pa[None], grid[None])[
        0
    ] == pytest.approx(short.rated.rise_pa, rel=1e-3)
    assert short.off_ratio == pytest.approx(whole.off_ratio, rel=1e-6)


def test_pumps_that_stand_apart_are_points_of_their_own(pod, monkeypatch):
    outcome, groups = pod
    (both,) = groups["Vertiv_XDU1350"].normal
    assert len(both.prims) == 2
    monkeypatch.setattr("twin.studies.pump_curves.ALIKE_RATIO", 1e-5)
    unit = next(g for g in pump_groups(outcome.facility, outcome.solution) if g.kind == "cdu")
    assert [len(duty.prims) for duty in unit.normal] == [1, 1]
    assert unit.normal[0].flow_m3_s == both.flow_m3_s > unit.normal[1].flow_m3_s


def test_unlike_units_of_one_control_are_groups_of_their_own():
    outcome = walk("pod", overrides=["/World/White/Mechanical/Cdu_1.twin:cdu:tcsDrop=250"])
    units = [g for g in pump_groups(outcome.facility, outcome.solution) if g.kind == "cdu"]
    assert [len(group.prims) for group in units] == [1, 1]
    assert units[0].controls == units[1].controls
