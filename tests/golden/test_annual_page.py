"""The page of the year beside EnergyPlus is whole, and no figure on it is beyond its bar."""

import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs/annual.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| figure")
]  # fmt: skip


def test_both_plants_and_all_their_figures_are_on_the_page():
    assert len(re.findall(r"^## ", TEXT, flags=re.MULTILINE)) == 2
    names = [row[0].split(",")[0] for row in ROWS]
    assert [names.count(name) for name in ("IT", "chiller", "tower fan", "make-up water", "pPUE")] == [
        2,
        1,
        2,
        2,
        2,
    ]
    assert len([name for name in names if name.startswith("pump")]) == 4


def test_no_figure_is_beyond_its_bar():
    for name, theirs, ours, apart, bar, _, passed in ROWS:
        gap = float(ours.replace(",", "")) - float(theirs.replace(",", ""))
        if apart.endswith("%"):
            gap *= 100.0 / float(theirs.replace(",", ""))
        assert abs(gap - float(apart.removesuffix(" %"))) < 0.01, name
        assert abs(gap) <= (1e-3 if bar == "rounding" else float(bar.removesuffix(" %"))), name
        assert passed == "yes"
