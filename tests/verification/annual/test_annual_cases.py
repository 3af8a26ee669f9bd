"""The year of two plants that EnergyPlus ran, within the bars of the cases; see README.md."""

import numpy as np
import pytest

from tests.support.annual_plants import PLANTS, ZERO_K, built, case_of, solved
from tests.verification.annual.figures import figures
from twin.laws.chiller_curves import curve_index, in_range


@pytest.fixture(scope="module", params=PLANTS)
def year(request, published_cases, tmp_path_factory):
    """Return a case and every hour of its year."""
    case = case_of(published_cases, request.param)
    return case, solved(case, *built(case, tmp_path_factory.mktemp(request.param)))


def test_a_year_of_the_network_is_that_of_energyplus(year):
    found = figures(*year)
    assert {"IT", "tower fan", "make-up water", "pPUE"} < {one.name for one in found}
    assert [one for one in found if not one.passed] == []


def test_every_month_is_as_near_as_the_year_has_to_be(year):
    assert [one for one in figures(*year) if one.month_apart > one.bar and one.name != "IT"] == []


def test_every_hour_closes_and_holds_its_set_point_until_the_tower_is_at_its_end(year):
    case, hours = year
    assert hours.residual_ratio.max() < 1e-9
    set_k = case.spec.get("cw_setpoint_C", case.spec.get("tower_setpoint_C")) + ZERO_K
    full = hours.power_w["Tower"] > case.spec["tower"]["fan_W"] * (1.0 - 1e-9)
    off = hours.power_w["Tower"] == 0.0
    np.testing.assert_allclose(hours.condenser_k[~full & ~off], set_k, atol=1e-6)
    assert np.all(hours.condenser_k[full] >= set_k - 1e-6)


def test_the_chiller_stays_inside_its_curve_set(year):
    case, hours = year
    if "Chiller" in hours.power_w:
        leaving = np.array(case.spec["chw_setpoint_C"] + ZERO_K)
        assert in_range(np.array(curve_index("trane_cvhf_2317")), leaving, hours.condenser_k).all()
