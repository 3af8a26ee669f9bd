"""The page that compares the electrical solvers is whole, and no error on it is above its bar."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs/electrical.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^\|.*\n)+", TEXT, flags=re.MULTILINE)
SECTIONS = (
    "Published cases", "IEEE and CIGRE networks that come with pandapower", "Unequal phases",
    "Short circuits", "Layouts, as they are written", "Networks of pandapower, as stages",
)  # fmt: skip
CASES = (
    "ieee4_dy_bal", "ieee13", "busway_balanced", "busway_unbalanced", "pf_case9", "pf_case14", "dc_2n_normal",
    "sc_trafo_10_04", "sc_iec60909_4_small_no_gen",
)  # fmt: skip


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_the_page_has_its_sections_and_every_published_case():
    assert tuple(re.findall(r"^## (.*)$", TEXT, flags=re.MULTILINE)) == SECTIONS
    first = [cells(line)[0] for block in BLOCKS for line in block.splitlines()]
    assert all(first.count(name) == 1 for name in CASES)
    for layout in ("pod", "hall_legacy", "hall_liquid"):
        assert {f"`{layout}`, OpenDSS", f"`{layout}`, pandapower"} <= set(first)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: cells(block.partition("\n")[0])[0])
def test_no_error_of_a_table_is_above_its_bar(block):
    head, _, bar, *rows = [cells(line) for line in block.splitlines()]
    assert bar[0] == "*bar*"
    assert rows
    for row in rows:
        assert len(row) == len(bar) == len(head)
        for limit, value in zip(bar[1:], row[1:], strict=True):
            if value and limit:
                assert 0.0 <= float(value) <= float(limit), row
            elif value:
                assert int(value) > 0, row
