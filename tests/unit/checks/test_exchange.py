"""Rules on makers' points of exchangers, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import CELSIUS, L_MIN, built, found, measured, table
from twin.model.rating import conductance, rated_approach

POINT = {
    "capacity_w": 2000e3, "reference_tcs_flow_m3_s": 1893 * L_MIN, "reference_fws_flow_m3_s": 1945 * L_MIN,
    "rating_approach_dk": 3.0, "rating_fws_supply_k": 26.8 + CELSIUS, "rating_tcs_glycol_ratio": 0.25,
    "rating_fws_glycol_ratio": 0.0,
}  # fmt: skip


def cdu(**numbers):
    return built(table("cdu", **POINT | numbers))


@pytest.mark.parametrize(("ua_w_k", "count"), [(550e3, 0), (470e3, 1), (700e3, 1)])
def test_a_conductance_that_gives_another_approach_than_the_maker_says_is_told(ua_w_k, count):
    findings = found("CL070", cdu(ua_w_k=ua_w_k))
    assert len(findings) == count
    assert all(abs(f.margin) > 0.0 and f.limit in (pytest.approx(2.5), pytest.approx(3.5)) for f in findings)


def test_a_rating_without_fluids_contradicts_nothing_and_sets_a_conductance_as_an_assumption():
    bare = {"rating_tcs_glycol_ratio": np.nan, "rating_fws_supply_k": np.nan}
    assert found("CL070", cdu(ua_w_k=300e3, **bare)) == []
    (finding,) = found("CL071", cdu(**bare))
    assert (finding.severity, finding.value) == ("note", 2.0)
    assert found("CL071", cdu()) == []


def test_a_conductance_that_is_left_out_follows_from_the_makers_point():
    numbers = table("cdu", **POINT).numbers
    assert conductance(numbers) == pytest.approx(563e3, rel=1e-3)
    assert rated_approach(numbers, np.zeros((1, 1))) == pytest.approx(3.0, abs=1e-4)


def test_dirt_widens_the_approach_until_it_is_told():
    (some,) = measured("CL072", cdu(fouling_ratio=0.10))
    (more,) = measured("CL072", cdu(fouling_ratio=0.25))
    assert 3.0 < some.value[0] < 3.5 < more.value[0]
    assert found("CL072", cdu()) == []
    assert len(found("CL072", cdu(fouling_ratio=0.25))) == 1
