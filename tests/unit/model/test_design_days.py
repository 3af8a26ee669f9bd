"""Design days are what a year exceeds in few hours, or what is published for its station."""

from dataclasses import replace

import numpy as np
import pytest

from twin.interop.climate import read_climate
from twin.model.design_days import design_days, extreme_factor, site_climate
from twin.model.weather_stats import counts, months

ZERO_K = 273.15


@pytest.fixture(scope="module")
def phoenix():
    return read_climate("phoenix")


def test_n_year_extremes_are_those_that_the_handbook_prints(phoenix):
    # Head of the TMY3 file of Phoenix, ASHRAE Handbook Fundamentals 2009: n = 5, 10, 20, 50.
    days = design_days(phoenix)
    hot = [days[f"n{years}"].dry_bulb_k - ZERO_K for years in (5, 10, 20, 50)]
    cold = [days[f"cold{years}"].dry_bulb_k - ZERO_K for years in (5, 10, 20, 50)]
    assert hot == pytest.approx([46.9, 47.8, 48.7, 49.8], abs=0.18)  # both rounded
    assert cold == pytest.approx([0.3, -0.6, -1.4, -2.5], abs=0.18)  # both rounded


def test_the_factor_of_more_years_is_larger():
    factors = [extreme_factor(years) for years in (2, 5, 10, 20, 50, 100)]
    assert factors == sorted(factors)
    assert extreme_factor(50) == pytest.approx(2.592, abs=1e-3)  # Gumbel variate of 0.98, reduced


def test_published_conditions_go_before_those_of_the_hours(phoenix):
    day = design_days(phoenix)["0.4"]
    assert (day.dry_bulb_k - ZERO_K, day.wet_bulb_k - ZERO_K) == pytest.approx((43.4, 21.1))
    assert day.evidence == "standard"
    assert "ASHRAE" in day.source


def test_conditions_of_the_hours_are_exceeded_as_often_as_they_say(phoenix):
    days = design_days(replace(phoenix, published=None))
    for key, share in (("0.4", 0.004), ("1", 0.01), ("2", 0.02)):
        assert (phoenix.dry_bulb_k > days[key].dry_bulb_k).sum() == pytest.approx(share * 8760, abs=1)
        assert (phoenix.wet_bulb_k > days[f"wet{key}"].wet_bulb_k).sum() == pytest.approx(share * 8760, abs=1)
        assert days[key].wet_bulb_k < days[key].dry_bulb_k
        assert days[f"wet{key}"].wet_bulb_k > days[key].wet_bulb_k
    assert (phoenix.dry_bulb_k < days["99.6"].dry_bulb_k).sum() == pytest.approx(35, abs=1)
    assert days["0.4"].evidence == "assumption"
    assert "n20" not in days


def test_a_site_gets_the_day_and_the_lowest_of_twenty_years(phoenix):
    held = site_climate(phoenix, name="phoenix", key="n20")
    assert held.day.key == "n20"
    assert held.minimum.key == "cold20"
    assert "48.6 and 22.6 °C" in held.told
    lone = site_climate(replace(phoenix, published=None), name="phoenix")
    assert lone.minimum.dry_bulb_k == phoenix.dry_bulb_k.min()
    with pytest.raises(KeyError):
        site_climate(replace(phoenix, published=None), name="phoenix", key="n20")


def test_months_and_hours_add_up_to_the_year(phoenix):
    *each, year = months(phoenix)
    assert [month.month for month in each] == list(range(1, 13))
    hours = np.array([(phoenix.month == m).sum() for m in range(1, 13)])
    means = np.array([month.wet_bulb_k for month in each])
    assert (hours * means).sum() / 8760 == pytest.approx(year.wet_bulb_k)
    above = counts(phoenix)
    assert {count.column for count in above} == {"dry_bulb", "wet_bulb"}
    assert above[0].hours_count == (phoenix.dry_bulb_k > ZERO_K).sum()
