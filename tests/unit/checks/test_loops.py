"""Rules on closed loops and the suction of their pumps, each at its limit."""

import numpy as np
import pytest

from tests.unit.checks.reviews import BAR, built, found, measured, table


@pytest.mark.parametrize(("available", "count"), [(3.6, 0), (3.4, 1)])
@pytest.mark.parametrize("kind", ["pump", "cdu"])
def test_a_pump_is_offered_half_a_metre_more_than_it_needs(kind, available, count):
    results = {"npsh_available_m": available, "npsh_required_m": 3.0}
    assert len(found("HY013", built(table(kind)), **{kind: results})) == count


def test_what_a_pump_needs_is_not_judged_where_nobody_says_it():
    results = {"npsh_available_m": -5.0, "npsh_required_m": np.nan}
    assert found("HY013", built(table("pump")), pump=results) == []


@pytest.mark.parametrize(("margin", "count"), [(1.1e4, 0), (0.9e4, 1)])
def test_a_loop_stays_a_tenth_of_a_bar_above_boiling(margin, count):
    vessel = built(table("expansion_vessel"))
    assert len(found("HY014", vessel, expansion_vessel={"boiling_margin_pa": margin})) == count


@pytest.mark.parametrize(("fill", "count"), [(1.31, 0), (1.29, 1)])
def test_the_fill_carries_the_column_and_a_reserve(fill, count):
    vessel = built(table("expansion_vessel", fill_pressure_pag=fill * BAR))
    assert len(found("HY015", vessel, expansion_vessel={"static_pa": 1.0 * BAR})) == count


@pytest.mark.parametrize(("litres", "count"), [(80.0, 0), (78.0, 1)])
def test_a_vessel_has_room_for_what_its_loop_gains(litres, count):
    vessel = table(
        "expansion_vessel", volume_m3=litres * 1e-3, precharge_pag=1.0 * BAR, safety_valve_pag=3.0 * BAR
    )
    results = {"volume_m3": 1.0, "expansion_m3": 0.0287}
    ((measure),) = measured("HY016", built(vessel), expansion_vessel=results)
    assert measure.limit[0] == pytest.approx((28.7 + 5.0) * 3.5 / 1.5)
    assert len(found("HY016", built(vessel), expansion_vessel=results)) == count


@pytest.mark.parametrize(("precharge", "count"), [(0.89, 0), (0.91, 1)])
def test_the_precharge_lies_below_the_fill(precharge, count):
    vessel = table("expansion_vessel", fill_pressure_pag=1.2 * BAR, precharge_pag=precharge * BAR)
    assert len(found("HY017", built(vessel), expansion_vessel={"loop_index": 0.0})) == count


def test_the_run_that_holds_the_highest_point_of_a_loop_is_named():
    vessel = table("expansion_vessel", 2, fill_pressure_pag=1.0 * BAR)
    results = {
        "expansion_vessel": {"loop_index": [[1.0, 2.0]], "static_pa": 1.0 * BAR, "highest_m": [[9.0, 9.0]]},
        "pipe": {"loop_index": [[1.0, 1.0, 2.0]], "top_m": [[4.0, 9.0, 4.0]]},
    }
    port, low = found("HY015", built(vessel, table("pipe", 3)), **results)
    assert (low.cause.prim, low.cause.text) == ("/World/pipe_0001", "at its highest point, z = 9.00 m")
    assert (port.cause.prim, port.cause.text) == ("", "Expansion vessel as designed")


def test_the_run_at_whose_top_a_loop_comes_nearest_to_boiling_is_named():
    vessel = built(table("expansion_vessel"), table("pipe", 2))
    margins = {"expansion_vessel": {"boiling_margin_pa": 5e3}, "pipe": {"top_margin_pa": [[8e3, 5e3]]}}
    (finding,) = found("HY014", vessel, **margins)
    assert finding.cause.prim == "/World/pipe_0001"


@pytest.mark.parametrize(("unstated", "count"), [(0.0, 0), (3.0, 1)])
def test_what_a_vessel_cannot_know_of_its_loop_is_said_even_where_it_suffices(unstated, count):
    vessel = table("expansion_vessel", volume_m3=0.08, precharge_pag=1.0 * BAR, safety_valve_pag=3.0 * BAR)
    results = {"volume_m3": 1.0, "expansion_m3": 0.0287, "unstated_count": unstated}
    assert found("HY016", built(vessel), expansion_vessel=results) == []
    notes = found("HY018", built(vessel), expansion_vessel=results)
    assert [(f.severity, f.value) for f in notes] == [("note", unstated)] * count


def test_a_vessel_of_no_size_is_not_asked_about_the_volumes_of_its_loop():
    assert measured("HY018", built(table("expansion_vessel")), expansion_vessel={"unstated_count": 3.0}) == []
