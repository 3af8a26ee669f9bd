"""Built-in climates have the monthly statistics that they are made from."""

import numpy as np
import pytest

from twin.errors import UsageError
from twin.interop.climate import read_climate
from twin.interop.climates import climates
from twin.interop.epw_notes import DAYS
from twin.interop.synthesis import OTHER, pattern
from twin.laws.psychrometrics import saturation_pressure

MONTH = np.repeat(np.arange(12), DAYS)
EVIDENCE = {"datasheet", "standard", "derived", "assumption"}


def by_month(daily):
    return np.array([daily[month == MONTH].mean() for month in range(12)])


@pytest.mark.parametrize("name", climates())
def test_a_climate_meets_its_monthly_means(name):
    held, weather = climates()[name], read_climate(name)
    hours = weather.dry_bulb_k.reshape(365, 24)
    assert np.allclose(by_month(hours.max(axis=1)), held.maximum_k.values, atol=0.1)
    assert np.allclose(by_month(hours.min(axis=1)), held.minimum_k.values, atol=0.1)
    if held.mean_k is not None:
        assert np.allclose(by_month(hours.mean(axis=1)), held.mean_k.values, atol=0.1)
    if held.dew_point_k is not None:
        dew = weather.dew_point_k.reshape(365, 24).mean(axis=1)
        assert np.allclose(by_month(dew), held.dew_point_k.values, atol=0.1)
    else:
        humid = saturation_pressure(weather.dew_point_k) / saturation_pressure(weather.dry_bulb_k)
        means = by_month(humid.reshape(365, 24).mean(axis=1))
        assert np.allclose(means, held.humidity_ratio.values, atol=0.002)
    assert np.all(weather.dew_point_k <= weather.dry_bulb_k)
    assert np.all(np.isfinite(weather.wet_bulb_k))
    # A year without a rare event reaches about the mean annual extremes.
    assert weather.dry_bulb_k.min() == pytest.approx(held.extreme_k.values[0], abs=1.5)
    assert weather.dry_bulb_k.max() == pytest.approx(held.extreme_k.values[1], abs=1.5)


def test_every_number_has_source_and_evidence():
    for held in climates().values():
        for series in held.series.values():
            assert series.source
            assert series.evidence in EVIDENCE
            assert ("ecalled" in series.source) == (series.evidence == "assumption")


def test_an_anomaly_has_the_mean_0_and_reaches_1_in_every_month():
    for shift in (0, OTHER):
        made = pattern(shift)
        for month in range(12):
            days = made[month == MONTH]
            assert days.mean() == pytest.approx(0.0, abs=1e-12)
            assert (days.min(), days.max()) == pytest.approx((-1.0, 1.0))
    # Weather lasts: a day resembles the one before it.
    assert np.corrcoef(pattern(0)[1:], pattern(0)[:-1])[0, 1] > 0.6
    assert abs(np.corrcoef(pattern(0), pattern(OTHER))[0, 1]) < 0.1


def test_a_year_is_the_same_every_time():
    assert np.array_equal(read_climate("Denver").dry_bulb_k, read_climate("denver").dry_bulb_k)


def test_a_climate_that_is_not_there_is_told_with_what_is():
    with pytest.raises(UsageError, match="did you mean phoenix"):
        read_climate("phenix")
    with pytest.raises(UsageError, match="there is phoenix, miami"):
        read_climate("moon.csv")
