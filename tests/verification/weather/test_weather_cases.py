"""Weather files that pvlib read and PsychroLib derived wet bulbs of; see README.md."""

import json

import numpy as np
import pytest

from twin.interop.climate import read_climate
from twin.interop.epw import read_epw
from twin.laws.psychrometrics import enthalpy, humidity_ratio, saturation_pressure
from twin.model.weather_stats import counts
from twin.reports.weather_page import DRY_C, TYPICAL_YEARS, WET_C

ZERO_K = 273.15
FILES = ("USA_AZ_Phoenix", "USA_FL_Miami", "USA_MN_International")


@pytest.fixture(scope="module")
def stats(published_cases):
    held = json.loads((published_cases / "annual" / "weather_stats.json").read_text(encoding="utf-8"))
    return held["files"]


@pytest.fixture(scope="module", params=FILES)
def pair(request, stats, published_cases):
    """What others found in a file, and what we read from it."""
    (case,) = [each for each in stats if each["file"].startswith(request.param)]
    return case, read_epw(published_cases / "weather" / case["file"])


def test_values_are_parsed_exactly(pair):
    case, weather = pair
    assert weather.dry_bulb_k.size == case["n"]
    assert (weather.latitude_deg, weather.longitude_deg) == (case["latitude"], case["longitude"])
    assert weather.elevation_m == case["altitude_m"]
    assert weather.warnings == ()
    for sample in case["samples"]:
        at = sample["hour_index"]
        assert (weather.month[at], weather.day[at]) == (sample["month"], sample["day"])
        assert weather.dry_bulb_k[at] - ZERO_K == pytest.approx(sample["db"], abs=1e-9)
        assert weather.dew_point_k[at] - ZERO_K == pytest.approx(sample["dp"], abs=1e-9)
        assert weather.pressure_pa[at] == sample["p"]


def test_wet_bulbs_are_those_of_psychrolib(pair):
    case, weather = pair
    humid = humidity_ratio(saturation_pressure(weather.dew_point_k), weather.pressure_pa)
    heat = enthalpy(weather.dry_bulb_k, humid)
    for sample in case["samples"]:
        at = sample["hour_index"]
        assert weather.wet_bulb_k[at] - ZERO_K == pytest.approx(sample["wb"], abs=0.002)
        assert humid[at] == pytest.approx(sample["W"], rel=1e-4)
        assert heat[at] == pytest.approx(sample["h"], rel=1e-4)


def test_statistics_of_the_year(pair):
    case, weather = pair
    held = {
        "dry_bulb_C": weather.dry_bulb_k,
        "dew_point_C": weather.dew_point_k,
        "wet_bulb_C": weather.wet_bulb_k,
    }
    for name, column in held.items():
        found = (column.mean(), column.min(), column.max(), *np.percentile(column, [1, 99]))
        wanted = [case[name][key] for key in ("mean", "min", "max", "p01", "p99")]
        assert np.array(found) - ZERO_K == pytest.approx(np.array(wanted), abs=0.002)
    for name, column in (("dry", weather.dry_bulb_k), ("wet", weather.wet_bulb_k)):
        means = [column[weather.month == month].mean() - ZERO_K for month in range(1, 13)]
        assert means == pytest.approx(case[f"monthly_mean_{name}_bulb"], abs=0.002)
    assert weather.pressure_pa.mean() == pytest.approx(case["pressure_Pa"]["mean"], abs=0.01)


def test_hours_below_a_wet_bulb(pair):
    case, weather = pair
    for name, column in (("dry", weather.dry_bulb_k), ("wet", weather.wet_bulb_k)):
        for limit, count in case[f"hours_{name}_bulb_below"].items():
            # Between ice and water, two wet bulbs hold for one humidity: see README.md.
            near = np.abs(column - ZERO_K - float(limit)) < (0.25 if limit == "0" else 0.001)
            found = int((column[~near] - ZERO_K < float(limit)).sum())
            assert found - 5 <= count <= found + int(near.sum()) + 5


@pytest.mark.parametrize("name", TYPICAL_YEARS)
def test_the_documented_figures_of_typical_years_are_those_of_the_files(name, published_cases):
    year = TYPICAL_YEARS[name]
    (file,) = (published_cases / "weather").glob(f"*{year.source.split()[1]}_TMY3.epw")
    weather = read_epw(file)
    found = (weather.dry_bulb_k.mean(), weather.wet_bulb_k.mean(), weather.wet_bulb_k.max())
    assert np.array(found) - ZERO_K == pytest.approx(
        [year.mean_c, year.wet_mean_c, year.wet_peak_c], abs=0.006
    )
    assert [count.hours_count for count in counts(weather, DRY_C, WET_C)] == pytest.approx(year.hours, abs=2)


@pytest.mark.parametrize("name", TYPICAL_YEARS)
def test_built_in_climates_are_near_the_typical_years_of_their_stations(name):
    # Other years and another method: bounds of what docs/weather.md shows, not of what is right.
    year, weather = TYPICAL_YEARS[name], read_climate(name)
    assert weather.dry_bulb_k.mean() - ZERO_K == pytest.approx(year.mean_c, abs=1.0)
    assert weather.wet_bulb_k.mean() - ZERO_K == pytest.approx(year.wet_mean_c, abs=0.5)
    assert [count.hours_count for count in counts(weather, DRY_C, WET_C)] == pytest.approx(
        year.hours, abs=700
    )
