"""The page of a year says what was computed, and its rows are what a year comes to now."""

import pytest

from tests.golden.year_page import DESIGNS, PAGE, PLACES, TOLERANCE, page, read_rows, row_of
from twin.interop.climate import read_climate
from twin.studies.year import read_for_year, run_year
from twin.studies.year_load import load_of


def test_the_page_is_made_of_its_rows():
    rows = read_rows()
    assert page(rows) == PAGE.read_text(encoding="utf-8")
    assert {row["climate"] for row in rows} == {place.name for place in PLACES}
    assert all(float(row["residual"]) < 1e-9 for row in rows)
    assert all(bool(row["pue"]) is not bool(row["infeasible"]) for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("climate", ["phoenix", "dublin"])
def test_a_row_of_the_legacy_hall_is_what_a_year_comes_to(climate):
    (design,) = [one for one in DESIGNS if one.layout]
    (place,) = [one for one in PLACES if one.name == climate]
    weather = read_climate(climate)
    year = run_year(read_for_year(design.layout), weather, load_of(None, weather), tolerance_ratio=TOLERANCE)
    row = row_of(design.name, place, weather, year)
    (held,) = [r for r in read_rows() if (r["climate"], r["design"]) == (climate, design.name)]
    assert row["infeasible"] == held["infeasible"]
    assert float(row.get("pue", "nan")) == pytest.approx(float(held["pue"] or "nan"), abs=2e-4, nan_ok=True)
