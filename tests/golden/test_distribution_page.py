"""What the page on ways of distribution says of the pod is what is computed, and its tables are tables."""

import pytest

from tests.golden.distribution_page import (
    BUSWAYS,
    MARK,
    NAMES,
    PAGE,
    PEAK_RATIO,
    SERIES,
    SMALLER,
    sets_of,
    tables,
)


@pytest.fixture(scope="module")
def sets():
    """Return the pod with every distribution and set of conductors."""
    return sets_of("pod")


def test_the_page_shows_what_is_computed_for_the_pod(sets):
    assert "\n".join(tables("pod", sets)) in PAGE.read_text(encoding="utf-8")


def test_one_rule_chooses_the_busways_of_all_three(sets):
    for name, one in sets[BUSWAYS].items():
        assert one.peak_ratio <= PEAK_RATIO
        smaller = SERIES[SERIES.index(SMALLER[name]) + 1]
        assert one.peak_ratio * SMALLER[name] / smaller > PEAK_RATIO


def test_every_row_of_the_page_has_the_cells_of_its_head():
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(MARK) == 1
    width = 0
    for line in text.splitlines():
        cells = line.count("|") if line.startswith("|") else 0
        assert not cells or not width or cells == width, line
        width = cells
    assert all(text.count(f"| {name} |") >= 6 for name in NAMES.values())
    assert "FAIL" not in text.partition(MARK)[2]
    assert "nan" not in text
