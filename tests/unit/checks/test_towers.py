"""Rules on cooling towers and Carnot chillers, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import CELSIUS, built, found, site, table

FLOW = 0.05


def tower(law="york_calc", **numbers):
    given = {
        "design_wet_bulb_k": 25.55 + CELSIUS, "design_range_dk": 5.56, "design_approach_dk": 3.89,
        "reference_flow_m3_s": FLOW, "airflow_m3_s": 36.0, "leaving_set_k": 24 + CELSIUS,
    } | numbers  # fmt: skip
    return built(table("cooling_tower", words={"law": law}, **given), owner=site(elevation_m=0.0))


def running(**results):
    return {
        "heat_w": 1e6, "flow_m3_s": FLOW, "inlet_k": 29 + CELSIUS, "leaving_k": 24 + CELSIUS,
        "wet_bulb_k": 15 + CELSIUS, "fan_speed_ratio": 0.7,
    } | results  # fmt: skip


def told(rule, facility, **results):
    return found(rule, facility, cooling_tower=running(**results))


@pytest.mark.parametrize("rule", ["CL060", "CL061", "CL062", "CL063", "CL065"])
def test_a_tower_within_its_correlation_breaks_no_rule(rule):
    assert told(rule, tower()) == []
    assert told(rule, tower("merkel")) == []


@pytest.mark.parametrize(("wet_c", "by_k"), [(28.0, 1.33), (-36.0, 1.6)])
def test_a_wet_bulb_outside_is_told_by_how_much(wet_c, by_k):
    (finding,) = told("CL060", tower(), wet_bulb_k=wet_c + CELSIUS)
    assert finding.severity == "note"
    assert finding.margin == pytest.approx(-by_k, abs=0.01)
    assert told("CL060", tower("merkel"), wet_bulb_k=wet_c + CELSIUS) == []


def test_a_range_below_a_kelvin_and_an_approach_above_forty_are_told():
    (finding,) = told("CL061", tower(), inlet_k=25 + CELSIUS)
    assert (finding.value, finding.limit) == (pytest.approx(1.0), pytest.approx(1.11, abs=0.01))
    (finding,) = told("CL061", tower(), wet_bulb_k=CELSIUS - 18.0)
    assert finding.value == pytest.approx(42.0)


def test_water_flow_and_water_per_air_are_told():
    assert len(told("CL062", tower(), flow_m3_s=0.5 * FLOW)) == 1
    assert len(told("CL062", tower(), flow_m3_s=1.3 * FLOW)) == 1
    assert told("CL062", tower("merkel"), flow_m3_s=0.5 * FLOW) == []
    assert len(told("CL062", tower("merkel"), flow_m3_s=0.25 * FLOW)) == 1
    slow = tower(fan_least_ratio=0.1)
    assert len(told("CL062", slow, fan_speed_ratio=0.1)) == 1
    assert told("CL062", slow, fan_speed_ratio=0.0) == []


def test_a_tower_that_floats_has_lost_its_set_point_and_a_standing_one_has_not():
    (finding,) = told("CL063", tower(), leaving_k=25 + CELSIUS)
    assert (finding.severity, finding.value) == ("minor", pytest.approx(25.0))
    assert told("CL063", tower(), leaving_k=25 + CELSIUS, heat_w=0.0) == []


def test_a_rating_that_its_law_cannot_meet_is_major():
    (finding,) = told("CL065", tower(design_approach_dk=1.3))
    assert finding.severity == "major"
    assert finding.value == pytest.approx(2.6, abs=0.1)
    (finding,) = told("CL065", tower("merkel", airflow_m3_s=8.0))
    assert finding.value > 5.0


def chiller(**numbers):
    given = {
        "capacity_w": 1e6, "cop_ratio": 6.0, "leaving_set_k": 20 + CELSIUS, "rating_leaving_k": 20 + CELSIUS,
        "rating_entering_k": 30 + CELSIUS, "carnot_ratio": np.nan,
    } | numbers  # fmt: skip
    return built(table("water_cooled_chiller", words={"curve_set": "york_yt_1023"}, **given))


def test_a_carnot_chiller_has_no_curve_to_leave_and_tells_when_its_lift_is_small():
    warm = {"heat_w": 9e5, "leaving_k": 20 + CELSIUS, "condenser_inlet_k": 30 + CELSIUS}
    assert len(found("CL023", chiller(), water_cooled_chiller=warm)) == 1
    assert found("CL023", chiller(carnot_ratio=0.6), water_cooled_chiller=warm) == []
    assert found("CL022", chiller(carnot_ratio=0.6), water_cooled_chiller=warm) == []
    assert len(found("CL022", chiller(carnot_ratio=0.6), water_cooled_chiller=warm | {"heat_w": 1.1e6})) == 1
    assert found("CL064", chiller(carnot_ratio=0.6), water_cooled_chiller=warm) == []
    near = warm | {"condenser_inlet_k": 23 + CELSIUS}
    assert found("CL064", chiller(), water_cooled_chiller=near) == []
    (finding,) = found("CL064", chiller(carnot_ratio=0.6), water_cooled_chiller=near)
    assert finding.value == pytest.approx(3.0)
