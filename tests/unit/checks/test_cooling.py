"""Rules on coolant and plant, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import (
    BAR,
    CELSIUS,
    L_MIN,
    NORMAL,
    built,
    checked,
    found,
    measured,
    out,
    site,
    table,
)
from tests.unit.checks.test_review import racks, running

WEATHER = {"dry_bulb_k": 28 + CELSIUS, "recirculation_dk": 2.0, "minimum_k": CELSIUS - 10.0}


def cdu(count=1, **numbers):
    given = {
        "capacity_w": 1368e3, "ua_w_k": 342e3, "reference_tcs_flow_m3_s": 1200 * L_MIN,
        "tcs_flow_max_m3_s": 1200 * L_MIN, "tcs_supply_set_k": 40 + CELSIUS, "tcs_supply_min_k": 10 + CELSIUS,
        "tcs_supply_max_k": 52 + CELSIUS,
    } | numbers  # fmt: skip
    return table("cdu", count, **given)


def pumping(supply_c=40.0, **results):
    return {
        "tcs_flow_m3_s": 1000 * L_MIN,
        "tcs_supply_k": supply_c + CELSIUS,
        "heat_w": 950e3,
        "set_point_k": 40.0 + CELSIUS,
        "saturated_ratio": 0.0,
    } | results


def test_the_maker_asks_for_more_flow_the_warmer_the_supply():
    (at_40,), (at_45,) = (measured("CL001", built(racks()), rack=running(supply_c=c)) for c in (40.0, 45.0))
    assert at_40.limit[0] == pytest.approx(116.0)
    assert at_45.limit[0] == pytest.approx(173.0)


def test_enough_flow_at_40_degrees_is_too_little_at_41():
    assert found("CL001", built(racks()), rack=running(117.0, 40.0)) == []
    assert len(found("CL001", built(racks()), rack=running(117.0, 41.0))) == 1


def test_a_rack_without_coolant_is_critical_and_told_once():
    stopped = running(0.0, it_power_w=0.0, coolant_lost_ratio=1.0)
    findings, _ = checked(built(racks()), rack=stopped)
    assert {f.rule for f in findings} & {"CL001", "CL002", "CL003"} == {"CL002"}
    (finding,) = (f for f in findings if f.rule == "CL002")
    assert (finding.severity, finding.value, finding.limit) == ("critical", 0.0, pytest.approx(132.0))


def test_a_rack_without_supply_has_not_lost_its_coolant():
    dark = running(125.0, it_power_w=0.0, supply_lost_ratio=1.0)
    assert found("CL002", built(racks()), rack=dark) == []
    assert len(found("EL050", built(racks()), rack=dark)) == 1


@pytest.mark.parametrize(("supply_c", "rules"), [(45.1, {"CL003"}), (1.9, {"CL004"}), (40.0, set())])
def test_the_supply_stays_between_the_limits_of_the_rack(supply_c, rules):
    findings, _ = checked(built(racks()), rack=running(129.0 if supply_c < 45 else 174.0, supply_c))
    assert {f.rule for f in findings} & {"CL003", "CL004"} == rules


def test_a_rack_bears_only_so_much_flow():
    assert found("CL005", built(racks()), rack=running(130.0)) == []
    assert len(found("CL005", built(racks()), rack=running(131.0))) == 1


@pytest.mark.parametrize(("dew_c", "count"), [(38.0, 0), (38.1, 1)])
def test_coolant_stays_two_kelvin_above_the_dew_point(dew_c, count):
    facility = built(racks(), owner=site(dew_point_k=dew_c + CELSIUS))
    assert len(found("CL006", facility, rack=running())) == count


def test_a_cold_coil_matters_less_where_it_has_a_drain():
    facility = built(table("fan_wall"), table("crah"), owner=site(dew_point_k=15 + CELSIUS))
    cold = {"water_supply_k": 7 + CELSIUS}
    findings, _ = checked(facility, fan_wall=cold, crah=cold)
    assert {(f.rule, f.severity) for f in findings} >= {("CL006", "major"), ("CL007", "minor")}


def test_a_cdu_carries_no_more_than_its_rating_and_its_flow():
    assert found("CL010", built(cdu()), cdu=pumping(heat_w=1368e3)) == []
    assert len(found("CL010", built(cdu()), cdu=pumping(heat_w=1369e3))) == 1
    assert len(found("CL011", built(cdu()), cdu=pumping(tcs_flow_m3_s=1201 * L_MIN))) == 1


def test_a_cdu_that_floats_has_lost_its_set_point_and_is_minor():
    (finding,) = found("CL012", built(cdu()), cdu=pumping(41.0, saturated_ratio=1.0, approach_dk=3.0))
    assert (finding.severity, finding.value) == ("minor", pytest.approx(41.0))
    assert found("CL012", built(cdu()), cdu=pumping(40.05)) == []


def test_a_standing_cdu_holds_no_set_point():
    still = pumping(60.0, tcs_flow_m3_s=0.0)
    assert found("CL012", built(cdu()), cdu=still) == []
    assert found("CL014", built(cdu()), cdu=still) == []


def test_the_approach_is_told_only_while_the_valve_stands_open():
    assert found("CL013", built(cdu()), cdu=pumping(approach_dk=8.0)) == []
    assert len(found("CL013", built(cdu()), cdu=pumping(approach_dk=4.5, saturated_ratio=1.0))) == 1
    assert found("CL013", built(cdu()), cdu=pumping(approach_dk=3.9, saturated_ratio=1.0)) == []


@pytest.mark.parametrize("supply_c", [9.0, 53.0])
def test_a_cdu_works_within_its_own_range(supply_c):
    assert len(found("CL014", built(cdu()), cdu=pumping(supply_c))) == 1


def cooler(**numbers):
    return table(
        "dry_cooler", capacity_w=500e3, leaving_set_k=36 + CELSIUS, reference_flow_m3_s=500 * L_MIN, **numbers
    )


def test_a_dry_cooler_loses_its_set_point_in_hot_air():
    facility = built(cooler(), cases=(*NORMAL, out("dry_cooler", "One cooler is out")))
    hot = {"heat_w": [[320e3], [480e3]], "flow_m3_s": 500 * L_MIN, "leaving_k": [[309.15], [311.0]]}
    hot["set_point_k"] = 36 + CELSIUS
    (finding,) = found("CL021", facility, dry_cooler=hot)
    assert (finding.severity, finding.cause.text) == ("minor", "One cooler is out")
    assert found("CL020", facility, dry_cooler=hot) == []


def chiller(kind="air_cooled_chiller", curve="path_a", **numbers):
    given = {
        "capacity_w": 300e3, "cop_ratio": 4.3, "leaving_set_k": 18 + CELSIUS,
        "rating_leaving_k": 18 + CELSIUS,
        "rating_entering_k": 30 + CELSIUS,
    } | numbers  # fmt: skip
    return table(kind, words={"curve_set": curve}, **given)


def test_a_chiller_at_its_rating_point_is_loaded_to_its_capacity():
    facility = built(chiller(), owner=site(**WEATHER))
    run = {"heat_w": 300e3, "leaving_k": 18 + CELSIUS, "set_point_k": 18 + CELSIUS}
    (margin,) = measured("CL022", facility, air_cooled_chiller=run)
    assert margin.value[0] == pytest.approx(100.0)
    over = run | {"heat_w": 301e3, "leaving_k": 18.3 + CELSIUS}
    assert len(found("CL022", facility, air_cooled_chiller=over)) == 1


def test_a_warm_chiller_is_outside_its_curves_and_that_is_a_note():
    facility = built(chiller(), owner=site(**WEATHER))
    (finding,) = found("CL023", facility, air_cooled_chiller={"heat_w": 200e3, "leaving_k": 18 + CELSIUS})
    assert (finding.severity, finding.unit) == ("note", "degC")
    assert found("CL023", facility, air_cooled_chiller={"heat_w": 200e3, "leaving_k": 7 + CELSIUS}) == []


def test_a_water_cooled_chiller_is_judged_by_its_condenser_water():
    facility = built(chiller("water_cooled_chiller", "york_yt_1023", leaving_set_k=7 + CELSIUS))
    run = {"heat_w": 100e3, "leaving_k": 7 + CELSIUS, "condenser_inlet_k": 40 + CELSIUS}
    (finding,) = found("CL023", facility, water_cooled_chiller=run)
    assert finding.value == pytest.approx(40.0)


def test_an_air_handler_carries_no_more_than_its_rating():
    facility = built(table("fan_wall", capacity_w=233e3))
    assert found("CL030", facility, fan_wall={"heat_w": 233e3}) == []
    assert len(found("CL030", facility, fan_wall={"heat_w": 234e3})) == 1


@pytest.mark.parametrize(
    ("fluid", "share", "minimum_c", "count"),
    [
        ("propylene_glycol", 0.30, -10.0, 0), ("propylene_glycol", 0.30, -15.0, 1), ("water", 0.0, -10.0, 1),
        ("water", 0.0, 1.0, 0),
    ],
)  # fmt: skip
def test_a_loop_outdoors_bears_the_coldest_weather(fluid, share, minimum_c, count):
    vessel = table(
        "expansion_vessel", words={"fluid": fluid}, glycol_mass_ratio=share, fill_pressure_pag=1.5 * BAR
    )
    facility = built(vessel, cooler(), owner=site(minimum_k=minimum_c + CELSIUS))
    assert len(found("CL040", facility)) == count


def test_a_loop_indoors_may_be_filled_with_water():
    vessels = table("expansion_vessel", 2, words={"fluid": "water"}, fill_pressure_pag=1.5 * BAR)
    facility = built(vessels, cooler(), owner=site(minimum_k=CELSIUS - 20))
    results = {"expansion_vessel": {"loop_index": [[0.0, 1.0]]}, "dry_cooler": {"loop_index": 1.0}}
    (finding,) = found("CL040", facility, **results)
    assert finding.prim.endswith("0001")
    assert np.isfinite(finding.value)
