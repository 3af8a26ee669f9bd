"""Laws of a year: what balances hour by hour, and what no order of hours may change."""

from dataclasses import replace

import numpy as np
import pytest

import twin
from twin.data import folder
from twin.errors import InputError, UsageError
from twin.metrics import metrics
from twin.model.network import lay_out
from twin.model.weather import Weather
from twin.reports.year_page import year_json, year_text
from twin.reports.year_reasons import reasons
from twin.stage.author import new
from twin.states import settle
from twin.studies.year import read_for_year, run_year
from twin.studies.year_figures import RATIOS, beyond, claimed, figures, lacking
from twin.studies.year_limits import held_against, known_limits
from twin.studies.year_load import load_of
from twin.studies.year_money import carbon_of, cost_of, emitted, tariff_of
from twin.studies.year_points import Plant
from twin.studies.year_table import WORST
from twin.studies.years import run_years

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


def test_years_that_share_a_table_are_the_year_of_all_their_hours(year, pod):
    columns = ("month", "day", "hour", "dry_bulb_k", "wet_bulb_k", "dew_point_k", "pressure_pa")
    halves = slice(HOURS), slice(HOURS, None)
    parts = [replace(year.weather, **{n: getattr(year.weather, n)[h] for n in columns}) for h in halves]
    shared = run_years(pod, [(part, load_of(None, part)) for part in parts], tolerance_ratio=TOLERANCE)
    assert shared[0].solved_count == year.solved_count
    for name, values in year.hourly.items():
        np.testing.assert_array_equal(np.concatenate([one.hourly[name] for one in shared]), values)


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


def test_legal_limits_look_at_the_annual_ratio_only_and_none_is_met_without_one(year):
    found = figures(year)
    names = known_limits(["de-new", "de-old-2030", "de-new"])
    held = held_against(year, found | {"pue": 1.25}, names)
    assert [(one.rule, one.limit, one.met) for one in held] == [("EN010", 1.2, False), ("EN012", 1.3, True)]
    (without,) = held_against(year, {n: v for n, v in found.items() if n != "pue"}, ["de-new"])
    assert not without.met
    assert np.isnan(without.pue)
    with pytest.raises(UsageError, match="de-old-2030"):
        known_limits(["de-nieuw"])


def days(*dry_bulb_c: float) -> Weather:
    """Return a few hours of each of some temperatures."""
    return weather(np.repeat(np.array(dry_bulb_c) + 273.15, 6))


def test_an_hour_whose_heat_finds_no_way_is_named_with_its_amount_and_gets_no_ratio(pod):
    air = days(20.0, 110.0)
    hot = run_year(pod, air, load_of(None, air), tolerance_ratio=2e-2)
    assert [one.step for one in lacking(hot)] == list(range(6, 12))
    assert all(one.short_w > 1e5 and "cannot leave" in one.reason for one in lacking(hot))
    assert not {"pue", "wue_m3_j", "mlc"} & set(claimed(hot))
    text = year_text("pod", hot)
    assert "INFEASIBLE in 6 h" in text
    assert "144 kW short" in text or "143.6 kW short" in text
    assert "\nPUE" not in text
    assert reasons(hot)[0].startswith("no steady state 6 h, up to 14")
    assert not held_against(hot, claimed(hot), ["de-old-2027"])[0].met


def test_a_year_that_breaks_a_limit_of_its_equipment_claims_no_ratio(year):
    assert {one.severity for one in beyond(year)} & {"critical", "major"}
    assert "pue" in figures(year)
    assert "pue" not in claimed(year)
    assert '"pue"' not in year_json("pod", year)
    assert "No PUE is given" in year_text("pod", year)
    serious = dict.fromkeys(b.rule for b in beyond(year) if b.severity in {"critical", "major"})
    assert [text.split()[0] for text in reasons(year)] == list(serious)
    assert all(" h, " in text and " is the " in text for text in reasons(year))


def test_scripts_get_no_ratio_of_an_infeasible_year_and_are_told_why():
    phoenix, stockholm = twin.years("pod", ["phoenix", "stockholm"], tolerance_ratio=2e-2)
    assert any(text.startswith("CL003") and "where 45 °C is the most" in text for text in phoenix.infeasible)
    for year in (phoenix.figures, phoenix.tree["/annual"].data_vars):
        assert not RATIOS & set(year)
        assert "facility_energy_j" in year
    assert not stockholm.infeasible
    assert stockholm.figures["pue"] == float(stockholm.tree["/annual"]["pue"]) > 1.0


def test_load_and_dry_bulb_span_a_table_and_less_load_has_the_higher_ratio(pod, tmp_path):
    day = tmp_path / "day.csv"
    day.write_text("1.0\n" * 12 + "0.5\n" * 12)
    air = weather(np.tile(np.linspace(283.15, 295.15, 12), 2))
    both = run_year(pod, air, load_of(str(day), air), tolerance_ratio=2e-2)
    assert both.table.axes == ("dry_bulb_k", "load_ratio")
    assert figures(both)["energy_residual_ratio"] < 1e-9
    full, half = (both.hourly["facility_power_w"] / both.hourly["it_power_w"]).reshape(2, 12)
    assert np.all(half > full)


def test_wetted_pads_drink_on_warm_hours_only_and_the_wet_bulb_is_an_axis(tmp_path):
    new("hall", racks=8, out=tmp_path / "hall", assets=str(folder("assets")))
    hall = read_for_year(str(tmp_path / "hall"), variants=["/World:heat_rejection=adiabatic"])
    air = weather(np.array([288.15, 291.15, 306.15, 308.15]))
    air = replace(air, wet_bulb_k=np.array([281.15, 286.15, 291.15, 295.15]))
    wet = run_year(hall, air, load_of(None, air), tolerance_ratio=5e-2)
    assert wet.table.axes == ("dry_bulb_k", "wet_bulb_k")
    assert figures(wet)["energy_residual_ratio"] < 1e-9
    water = wet.hourly["make_up_kg_s"]
    assert np.all(water[:2] == 0.0)
    assert np.all(water[2:] > 0.0)
