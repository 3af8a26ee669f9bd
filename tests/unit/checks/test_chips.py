"""Rules on chips, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import CELSIUS, L_MIN, NORMAL, built, found, table
from tests.unit.checks.test_review import TABLE, running
from twin.model.facility import Case

POINTS = [(0.4 * L_MIN, 0.0389), (2.4 * L_MIN, 0.0197)]
SHARES = [(20 + CELSIUS, 0.95), (50 + CELSIUS, 0.85)]


def racks(count=1, **numbers):
    given = {"it_power_w": 132e3, "junction_max_k": 105 + CELSIUS} | numbers
    curves = {"required_flow_m3_s": TABLE, "plate_curve_k_w": POINTS, "capture_curve_ratio": SHARES}
    return table("rack", count, words={"air_class": "A2"}, curves=curves, **given)


@pytest.mark.parametrize(
    ("rule", "name", "holds", "breaks"),
    [
        ("CL090", "junction_k", 105.0 + CELSIUS, 105.1 + CELSIUS),
        ("CL091", "throttle_ratio", 0.0, 1e-3),
        ("CL092", "plate_flow_m3_s", 0.4 * L_MIN, 0.39 * L_MIN),
        ("CL093", "plate_flow_m3_s", 2.4 * L_MIN, 2.41 * L_MIN),
        ("CL094", "plate_fluid_ratio", 1.0, 0.0),
        ("CL095", "capture_coolant_k", 50.0 + CELSIUS, 50.1 + CELSIUS),
        ("CL095", "capture_coolant_k", 20.0 + CELSIUS, 19.9 + CELSIUS),
    ],
)
def test_a_rule_fires_at_its_limit_and_not_before(rule, name, holds, breaks):
    facility = built(racks(3))
    result = running(125.0, 40.0, **{name: np.array([holds, breaks, np.nan])})
    findings = found(rule, facility, rack=result)
    assert [f.prim for f in findings] == ["/World/rack_0001"]


def test_a_rack_that_is_off_is_not_judged_hot():
    assert found("CL090", built(racks()), rack=running(it_power_w=0.0, junction_k=450.0)) == []


def test_a_limit_nobody_gave_is_not_judged():
    assert found("CL090", built(racks(junction_max_k=np.nan)), rack=running(junction_k=450.0)) == []


def test_only_cases_with_all_heat_in_liquid_count():
    cases = (Case(name="normal", capture="liquid"), Case(name="normal", capture="air"))
    result = running(junction_k=np.array([[300.0], [450.0]]))
    assert found("CL090", built(racks(), cases=cases), rack=result) == []
    assert len(found("CL090", built(racks(), cases=NORMAL), rack=running(junction_k=450.0))) == 1
