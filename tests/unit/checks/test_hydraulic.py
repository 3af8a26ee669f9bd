"""Rules on pipes and pumps, each at its limit."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.checks.reviews import BAR, L_MIN, built, found, measured, relation, site, table
from tests.unit.checks.test_review import racks

# The two-pump curve of the XDU1350 [L/min, kPa], 476.457 kPa at no flow.
CURVE = [(q * L_MIN, (476.457 + 0.092063 * q - 0.000234 * q**2) * 1e3) for q in (0, 300, 600, 900, 1200)]
FAST = site(pipe_velocity_max_m_s=3.0)


def loop(maximum=0.82, rack_rating=5 * BAR, fill=1.2 * BAR):
    """Two loops: racks and CDU in loop 1, a pump in loop 2; the control turns the CDU."""
    control = table(
        "control", maximum_ratio=maximum, set_pa=135e3, targets={"actuates": relation((0, "cdu", 0))}
    )
    vessels = table("expansion_vessel", 2, fill_pressure_pag=[fill, 1.5 * BAR])
    cdu = table(
        "cdu", curves={"pump_curve_pa": CURVE}, tcs_pressure_max_pag=6 * BAR, fws_pressure_max_pag=10 * BAR
    )
    pump = table("pump", curves={"curve_pa": CURVE}, pressure_max_pag=10 * BAR, rated_power_w=7.5e3)
    facility = built(racks(2, pressure_max_pag=rack_rating), control, vessels, cdu, pump)
    results = {
        "rack": {"loop_index": 1.0},
        "expansion_vessel": {"loop_index": [[1.0, 2.0]], "fill_density_kg_m3": 1000.0},
        "cdu": {"tcs_loop_index": 1.0, "fws_loop_index": 2.0, "dead_head_pa": 476.457e3 * maximum**2},
        "pump": {"loop_index": 2.0, "dead_head_pa": 476.457e3},
    }  # fmt: skip
    return facility, results


@pytest.mark.parametrize(("speed", "count"), [(3.0, 0), (3.1, 1)])
@pytest.mark.parametrize("kind", ["pipe", "hose", "manifold"])
def test_fluid_moves_no_faster_than_the_owner_allows(kind, speed, count):
    facility = built(table(kind, inner_diameter_m=0.1), owner=FAST)
    assert len(found("HY001", facility, **{kind: {"velocity_m_s": speed}})) == count


def test_without_an_owner_s_limit_nothing_is_said_about_speed():
    assert measured("HY001", built(table("pipe", inner_diameter_m=0.1)), pipe={"velocity_m_s": 9.0}) == []


@pytest.mark.parametrize(("size", "count"), [("DN50", 1), ("DN65", 0)])
def test_small_pipes_are_slower_by_practice_and_that_is_a_note(size, count):
    pipe = table("pipe", words={"size": size, "schedule": "10S"})
    findings = found("HY002", built(pipe), pipe={"velocity_m_s": 1.5})
    assert [f.severity for f in findings] == ["note"] * count


def test_only_manifolds_in_racks_follow_the_rack_manifold_guide():
    manifolds = table("manifold", 2, paths=("/World/Row", "/World/rack_0000/Manifold"), inner_diameter_m=0.04)
    (finding,) = found("HY003", built(manifolds, racks()), manifold={"velocity_m_s": 1.6})
    assert finding.prim == "/World/rack_0000/Manifold"


def test_dead_head_is_fill_plus_what_the_pumps_reach_against_shut_valves():
    facility, results = loop()
    cdu, pump = measured("HY011", facility, **results)
    assert cdu.value[0] == pytest.approx(1.2 + 4.76457 * 0.82**2, rel=1e-6)
    assert cdu.limit[0] == pytest.approx(5.0)
    assert pump.value[0] == pytest.approx(1.5 + 4.76457, rel=1e-6)
    assert pump.limit[0] == pytest.approx(10.0)
    assert found("HY011", facility, **results) == []


def test_dead_head_at_full_speed_bursts_the_weakest_part_of_the_loop():
    facility, results = loop(maximum=1.0)
    (finding,) = found("HY011", facility, **results)
    assert (finding.severity, finding.value) == ("critical", pytest.approx(5.96, abs=0.01))


def test_a_stronger_rack_leaves_the_cdu_as_the_weakest_part():
    facility, results = loop(maximum=1.0, rack_rating=7 * BAR)
    (margin, _) = measured("HY011", facility, **results)
    assert margin.limit[0] == pytest.approx(6.0)


def test_the_working_pressure_stays_below_every_rating():
    facility, results = loop()
    results["rack"] |= {"coolant_pressure_pag": [[5.1 * BAR, 4.9 * BAR]]}
    results["cdu"] |= {"tcs_supply_pag": 5.5 * BAR, "fws_supply_pag": 10.5 * BAR}
    assert [f.prim for f in found("HY010", facility, **results)] == ["/World/cdu_0000", "/World/rack_0000"]


def test_a_pipe_that_could_draw_air_is_told_by_its_lower_end():
    facility = built(table("pipe", inner_diameter_m=0.1))
    (finding,) = found("HY012", facility, pipe={"inlet_pag": 0.5 * BAR, "outlet_pag": 0.2 * BAR})
    assert finding.value == pytest.approx(0.2)


def test_a_control_loop_holds_its_difference_within_a_hundredth():
    control = table("control", 2, set_pa=[135e3, 135e3])
    (finding,) = found("HY020", built(control), control={"difference_pa": [[133.7e3, 130e3]]})
    assert (finding.prim, finding.unit) == ("/World/control_0001", "kPa")


def test_pumps_draw_no_more_than_their_rating():
    facility, results = loop()
    results["pump"] |= {"power_w": 7.6e3}
    assert len(found("HY021", facility, **results)) == 1


def test_a_valve_regulates_only_with_its_least_difference():
    hoses = table(
        "hose",
        3,
        inner_diameter_m=0.1,
        flow_limit_m3_s=[125 * L_MIN, 125 * L_MIN, np.nan],
        valve_minimum_drop_pa=2e4,
    )
    flowing = {"flow_m3_s": [[110 * L_MIN, 0.0, 90 * L_MIN]], "valve_drop_pa": [[1.5e4, 0.0, np.nan]]}
    (finding,) = found("HY022", built(hoses), hose=flowing)
    assert finding.prim == "/World/hose_0000"


def test_a_valve_stands_only_so_much_difference():
    picv = table("picv", flow_limit_m3_s=125 * L_MIN, minimum_drop_pa=2e4, maximum_drop_pa=4e5)
    assert len(found("HY023", built(picv), picv={"drop_pa": 4.1e5})) == 1


def test_two_controls_in_one_loop_hunt():
    control = table(
        "control", 3, targets={"actuates": relation((0, "cdu", 0), (1, "cdu", 1), (2, "pump", 0))}
    )
    facility = built(control, table("cdu", 2), table("pump"))
    together = {"cdu": {"tcs_loop_index": 1.0}, "pump": {"loop_index": 2.0}}
    assert [f.prim[-1] for f in found("HY024", facility, **together)] == ["0", "1"]
    apart = {"cdu": {"tcs_loop_index": [[1.0, 3.0]]}, "pump": {"loop_index": 2.0}}
    assert found("HY024", facility, **apart) == []


def test_one_control_may_turn_both_pumps_of_a_loop():
    control = table("control", targets={"actuates": relation((0, "cdu", 0), (0, "cdu", 1))})
    assert found("HY024", built(control, table("cdu", 2)), cdu={"tcs_loop_index": 1.0}) == []


def test_what_stands_below_the_vessel_has_to_bear_the_column_between():
    facility, results = loop()
    racks_ = facility.tables["rack"]
    sunk = replace(racks_, position_m=racks_.position_m - [0.0, 0.0, 10.0])
    lower = replace(facility, tables={**facility.tables, "rack": sunk})
    cdu, _ = measured("HY011", lower, **results)
    assert cdu.limit[0] == pytest.approx(5.0 - 1000.0 * 9.80665 * 10.0 / BAR)


def test_a_run_whose_highest_point_could_draw_air_is_told_by_it():
    facility = built(table("pipe", 2, inner_diameter_m=0.1))
    results = {"inlet_pag": 0.5 * BAR, "outlet_pag": 0.2 * BAR, "top_pag": [[0.1 * BAR, 0.3 * BAR]],
               "top_m": 7.0}  # fmt: skip
    end, over = found("HY012", facility, pipe=results)
    assert (over.value, over.cause.text) == (pytest.approx(0.1), "at its highest point, z = 7.00 m")
    assert (end.value, end.cause.text) == (pytest.approx(0.2), "Pipe as designed")


def test_the_lower_end_of_a_hose_lies_behind_its_valve():
    hoses = table("hose", 2, inner_diameter_m=0.05)
    results = {"inlet_pag": 0.5 * BAR, "outlet_pag": [[0.4 * BAR, 0.2 * BAR]],
               "valve_outlet_pag": [[0.1 * BAR, np.nan]]}  # fmt: skip
    assert [f.value for f in found("HY012", built(hoses), hose=results)] == pytest.approx([0.1, 0.2])


def test_both_sides_of_a_cdu_and_both_ends_of_a_pump_stay_above_the_least_pressure():
    facility = built(table("cdu", tcs_pressure_min_pag=0.8 * BAR), table("pump"))
    fine = {
        "cdu": {"tcs_return_pag": 0.9 * BAR, "tcs_supply_pag": 0.4 * BAR, "fws_supply_pag": 0.4 * BAR,
                "fws_return_pag": 0.4 * BAR},
        "pump": {"inlet_pag": 0.4 * BAR, "outlet_pag": 0.4 * BAR},
    }  # fmt: skip
    assert found("HY012", facility, **fine) == []
    for kind, name in ((kind, name) for kind, ends in fine.items() for name in ends):
        low = {**fine, kind: {**fine[kind], name: 0.2 * BAR}}
        (finding,) = found("HY012", facility, **low)
        assert (finding.prim, finding.value) == (f"/World/{kind}_0000", pytest.approx(0.2))
