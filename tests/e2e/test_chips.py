"""The pod with chips: by default nothing is established; with notional chips the hottest hour is walked."""

import numpy as np
import pytest

from twin.walk import walk

NOTIONAL = ("/World:chip=notional",)


@pytest.fixture(scope="module")
def hottest():
    return walk("pod", variants=NOTIONAL, scenario="entering_45")


def rows(run):
    data = run.tree["rack"].to_dataset()
    liquid = data.isel(rack=np.flatnonzero(data["kind"].values == "rack"))
    cases = zip(data["variant"].values.tolist(), data["capture"].values.tolist(), strict=True)
    return liquid, [case for case, capture in cases if capture == "liquid"].index


def test_the_hottest_hour_tells_junctions_lost_clock_and_lost_tokens_case_by_case(hottest):
    data, at = rows(hottest)
    junction, lost, made = (data[n].values for n in ("junction_k", "throttle_ratio", "tokens_per_s"))
    order = [at(case) for case in ("normal", "cdu", "dry_cooler")]
    assert np.all(np.diff(junction[order], axis=0) > 0.0)
    assert np.all(lost[order] > 0.05)
    np.testing.assert_allclose(made, 625e3 * (1.0 - lost), rtol=1e-9)
    assert hottest.balance.energy_ratio.max() < 1e-9


def test_what_racks_draw_less_is_what_their_throttled_chips_draw_less(hottest):
    data, _ = rows(hottest)
    np.testing.assert_allclose(data["it_power_w"].values - 132e3, data["chip_more_w"].values, atol=1e-3)
    assert data["chip_more_w"].values.max() < -4e3


def test_figures_of_the_facility_and_findings_say_the_same(hottest):
    site = hottest.tree["facility"].to_dataset()
    data, _ = rows(hottest)
    np.testing.assert_allclose(site["junction_worst_k"].values, data["junction_k"].values.max(axis=1))
    assert np.all(site["throttled_rack_count"].values == 8)
    made = data["tokens_per_s"].values.sum(axis=1)
    np.testing.assert_allclose(site["tokens_per_s"].values, made)
    np.testing.assert_allclose(site["tokens_per_j"].values, made / site["facility_power_w"].values)
    told = {f.rule for f in hottest.findings}
    assert "CL091" in told
    assert "CL090" not in told
    assert {f.evidence for f in hottest.findings if f.rule == "CL091"} == {"assumption"}


def test_without_a_plate_a_junction_and_its_tokens_beyond_the_makers_limits_are_not_established():
    run = walk("pod", scenario="entering_45")
    data, at = rows(run)
    assert np.isnan(data["junction_k"].values).all()
    assert np.isnan(data["throttle_ratio"].values).all()
    assert np.isnan(data["tokens_per_s"].values[at("normal")]).all()
    assert "junction_worst_k" not in run.tree["facility"].to_dataset()
