"""Laws of a year: what balances hour by hour, and what no order of hours may change."""

from dataclasses import replace

import numpy as np
import pytest

from twin.errors import InputError, UsageError
from twin.metrics import metrics
from twin.model.network import lay_out
from twin.model.weather import Weather
from twin.states import settle
from twin.studies.year import read_for_year, run_year
from twin.studies.year_figures import beyond, figures
from twin.studies.year_load import load_of
from twin.studies.year_money import carbon_of, cost_of, emitted, tariff_of
from twin.studies.year_points import Plant
from twin.studies.year_table import WORST

TOLERANCE = 2e-3
HOURS = 8760


def weather(dry_bulb_k: np.ndarray) -> Weather:
    """Return a year of dry air at some temperatures, an hour each."""
    count = dry_bulb_k.size
    hour = np.arange(count)
    month = np.minimum(hour // 730 + 1, 12)
    return Weather(
        name="made for a test", source="a test", evidence="assumption", latitude_deg=0.0, longitude_deg=0.0,
        elevation_m=0.0, step_s=3600.0, month=month, day=hour // 24 % 28 + 1, hour=hour % 24,
        dry_bulb_k=dry_bulb_k, wet_bulb_k=dry_bulb_k - 5.0, dew_point_k=dry_bulb_k - 9.0,
        pressure_pa=np.full(count, 101325.0),
    )  # fmt: skip


def mild() -> Weather:
    """Return a year between 14 and 34 °C, and after it one that is 2 K warmer in every hour."""
    hour = np.arange(HOURS)
    swing = 7.0 * np.cos(2.0 * np.pi * hour / HOURS) + 3.0 * np.cos(2.0 * np.pi * hour / 24.0)
    return weather(np.concatenate([297.15 - swing, 299.15 - swing]))


@pytest.fixture(scope="module")
def pod():
    return read_for_year("pod")


@pytest.fixture(scope="module")
def year(pod):
    air = mild()
    return run_year(pod, air, load_of(None, air), tolerance_ratio=TOLERANCE)


def test_every_hour_closes_as_the_states_it_lies_between_do(year):
    assert figures(year)["energy_residual_ratio"] < 1e-9
    parts = sum(v for n, v in year.hourly.items() if "/" in n) + year.hourly["it_power_w"]
    np.testing.assert_allclose(parts, year.hourly["facility_power_w"], rtol=1e-9)


def test_hours_are_as_near_to_solved_states_as_the_table_says(year, pod):
    hours = np.random.default_rng(5).choice(HOURS, 6, replace=False)
    state = np.stack([year.weather.dry_bulb_k, year.weather.wet_bulb_k, year.load.ratio])[:, hours]
    direct = Plant(pod).solve(state).values
    off = max(
        np.abs(direct[n] - year.hourly[n][hours]).max() / direct["it_power_w"].max()
        for n in direct
        if n.endswith("_w") or "/" in n
    )
    found = figures(year)
    assert off <= found["interpolation_error_ratio"] <= WORST * TOLERANCE
    assert found["mean_interpolation_error_ratio"] <= TOLERANCE


def test_few_states_are_solved_for_a_year(year):
    assert year.solved_count <= 20
    assert year.table.axes == ("dry_bulb_k",)
    assert year.load.ratio.size == 2 * HOURS


def test_ratios_stand_in_the_order_of_their_boundaries(year):
    found = figures(year)
    assert 1.0 < found["pue_category_1"] < found["pue_category_2"] < found["pue"]
    assert 1.0 < found["cooling_ppue"] < found["pue"]
    # Incoming service, UPS and distribution carry what cools, too: their share of IT energy is less.
    assert 0.0 < found["elc"] < found["distribution_loss_energy_j"] / found["it_energy_j"]


def test_the_order_of_hours_changes_no_figure_of_the_year(year):
    order = np.random.default_rng(7).permutation(2 * HOURS)
    table = year.table
    other = replace(
        year, hourly={n: v[order] for n, v in year.hourly.items()},
        table=replace(
            table, **{n: getattr(table, n)[order] for n in ("corner", "weight", "error_ratio")}
        ),
    )  # fmt: skip
    assert figures(other) == pytest.approx(figures(year), rel=1e-12)
    assert [(b.rule, b.duration_s) for b in beyond(other)] == [(b.rule, b.duration_s) for b in beyond(year)]


def test_a_warmer_climate_has_no_lower_ratio(year):
    mild_w, warmer_w = year.hourly["facility_power_w"].reshape(2, HOURS)
    assert np.all(warmer_w >= mild_w)


def test_constant_weather_gives_the_ratio_of_the_design_point(pod):
    air = weather(np.full(24, pod.tables["site"].numbers["dry_bulb_k"][0, 0]))
    constant = run_year(pod, air, load_of(None, air))
    assert constant.solved_count == 1
    solution, closed = settle(lay_out(pod))
    design = metrics(pod, solution, closed)["pue_design_ratio"][0]
    assert figures(constant)["pue"] == pytest.approx(design, rel=1e-9)


def test_a_profile_is_read_by_hour_and_refused_by_row(tmp_path):
    air = mild()
    day = tmp_path / "day.csv"
    day.write_text("working,weekend\n" + "0.8,0.5\n" * 24)
    ratio = load_of(str(day), air).ratio
    assert ratio[:120].tolist() == [0.8] * 120
    assert ratio[120:168].tolist() == [0.5] * 48
    day.write_text("0.8\n" * 10 + "1.2\n" + "x\n")
    with pytest.raises(InputError) as refused:
        load_of(str(day), air)
    assert [(f.code, f.where.rpartition(":")[2]) for f in refused.value.faults] == [
        ("ST231", "11"),
        ("ST231", "12"),
    ]
    day.write_text("0.8\n" * 25)
    with pytest.raises(InputError, match="ST230"):
        load_of(str(day), air)
    for wrong in ("0", "1.5", "no_such_file.csv"):
        with pytest.raises(UsageError):
            load_of(wrong, air)


def test_a_tariff_charges_each_hour_once_and_each_month_its_peak(year, tmp_path):
    tariff = tmp_path / "tariff.toml"
    tariff.write_text(
        'currency = "EUR"\nsource = "a test"\ndemand_per_kw_month = 10.0\n'
        "[[energy]]\nprice = 0.30\nhours = [8, 20]\n[[energy]]\nprice = 0.10\n"
    )
    cost = cost_of(year, tariff_of(str(tariff), year.weather))
    kwh = year.hourly["facility_power_w"] / 1e3
    day = (year.weather.hour >= 8) & (year.weather.hour < 20)
    assert cost.energy == pytest.approx(0.30 * kwh[day].sum() + 0.10 * kwh[~day].sum(), rel=1e-12)
    peaks = [kwh[year.weather.month == month].max() for month in range(1, 13)]
    assert cost.demand == pytest.approx(10.0 * sum(peaks), rel=1e-12)
    tariff.write_text('currency = "EUR"\nsource = "a test"\n[[energy]]\nprice = 0.30\nhours = [8, 20]\n')
    with pytest.raises(InputError, match="ST233"):
        tariff_of(str(tariff), year.weather)
    tariff.write_text("energy = -1.0\ncolour = 3\n")
    with pytest.raises(InputError) as refused:
        tariff_of(str(tariff), year.weather)
    assert [fault.code for fault in refused.value.faults] == ["ST232"] * 4


def test_carbon_of_a_mean_is_its_share_of_the_energy(year):
    kg, cue = emitted(year, carbon_of("100", year.weather))
    assert kg == pytest.approx(figures(year)["facility_energy_j"] / 3.6e6 * 0.1, rel=1e-12)
    assert cue * 3.6e6 == pytest.approx(0.1 * figures(year)["pue"], rel=1e-12)
