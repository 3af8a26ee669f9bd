"""Rules on mixtures and users of heat, each at its limit."""

import pytest

from tests.unit.checks.reviews import CELSIUS, L_MIN, built, found, table


@pytest.mark.parametrize(("mixed_c", "count"), [(19.95, 0), (19.8, 1)])
def test_a_bypass_that_cannot_warm_its_supply_is_told(mixed_c, count):
    facility = built(table("mixing_valve", set_k=20 + CELSIUS, flow_m3_s=400 * L_MIN))
    state = {"cool_flow_m3_s": 300 * L_MIN, "bypass_flow_m3_s": 50 * L_MIN, "set_point_k": 20 + CELSIUS}
    assert len(found("CL083", facility, mixing_valve=state | {"mixed_k": mixed_c + CELSIUS})) == count
    still = state | {"mixed_k": mixed_c + CELSIUS, "cool_flow_m3_s": 0.0, "bypass_flow_m3_s": 0.0}
    assert found("CL083", facility, mixing_valve=still) == []


@pytest.mark.parametrize(("heat_kw", "count"), [(98.0, 0), (97.0, 1)])
def test_a_user_that_gets_less_than_it_asks_for_is_a_note(heat_kw, count):
    facility = built(table("heat_user", demand_w=100e3))
    findings = found("CL084", facility, heat_user={"heat_w": heat_kw * 1e3})
    assert len(findings) == count
    assert all(f.severity == "note" for f in findings)
