"""Published thermal cases, each row of each within its bar; see README.md."""

import json

import pytest

from tests.verification.thermal import laws, makers, networks, plants

COMPARED = [*laws.CASES.items(), *networks.CASES.items()]


@pytest.mark.parametrize(
    ("name", "compare"), COMPARED, ids=lambda given: given if isinstance(given, str) else ""
)
def test_every_point_of_a_published_case_is_within_its_bar(published_cases, name, compare):
    rows = compare(json.loads((published_cases / "thermal" / f"{name}.json").read_text(encoding="utf-8")))
    assert rows
    assert [row for row in rows if not row.passed] == []


def test_every_published_case_is_compared(published_cases):
    assert {file.stem for file in (published_cases / "thermal").glob("*.json")} == {
        name for name, _ in COMPARED
    }


@pytest.mark.parametrize("name", plants.CASES)
def test_components_do_in_sampled_hours_what_they_did_in_a_year_of_energyplus(published_cases, name):
    text = (published_cases / "annual" / f"{name}.expected.json").read_text(encoding="utf-8")
    assert [row for row in plants.CASES[name](json.loads(text)) if not row.passed] == []


def test_assets_do_what_their_makers_say():
    assert [row for row in makers.rows() if not row.passed] == []
