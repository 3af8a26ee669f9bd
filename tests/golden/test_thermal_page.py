"""The page that compares laws and heat solver is whole, and every error on it is within its bar."""

import re
from pathlib import Path

from tests.verification.thermal import laws, makers, networks, plants

TEXT = (Path(__file__).parents[2] / "docs/thermal.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| case")
]  # fmt: skip


def test_every_published_case_and_every_live_engine_is_on_the_page():
    names = {row[0] for row in ROWS}
    assert laws.CASES.keys() | networks.CASES.keys() | plants.CASES.keys() <= names
    assert {"ht", "CoolProp", "PsychroLib", "GB300_NVL72", *makers.RATINGS} <= names


def test_no_error_is_above_its_bar():
    for case, quantity, worst, bar, passed in ROWS:
        (found, *unit), (limit, *like) = worst.split(" ", 1), bar.split(" ", 1)
        assert unit == like, quantity
        assert 0.0 <= float(found) <= float(limit), (case, quantity)
        assert passed == "yes"


def test_the_page_has_its_sections():
    assert re.findall(r"^## (.*)$", TEXT, flags=re.MULTILINE) == [
        "Published cases", "A year of EnergyPlus, component by component", "Makers' tables",
        "Live, on random inputs",
    ]  # fmt: skip
