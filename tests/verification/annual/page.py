"""Writes docs/annual.md: a year of two plants beside EnergyPlus.

Run with the published cases: ``python -m tests.verification.annual.page``.
"""

import math
import os
import sys
import tempfile
from pathlib import Path

from tests.support.annual_plants import PLANTS, ZERO_K, AnnualCase, built, case_of, solved
from tests.verification.annual.figures import Figure, figures

PAGE = Path(__file__).parents[3] / "docs/annual.md"
HEAD = """<!-- Written by `python -m tests.verification.annual.page`; do not edit. -->

# A year of two plants beside EnergyPlus

EnergyPlus 25.2 ran both for 8,760 hours. Here each is a stage of ours, read, laid out and solved like any
other: racks, pumps, chiller or exchanger, YorkCalc tower, pipes, supply. Every hour is a steady state solved
for itself.
What is the same, what differs and why: `tests/verification/annual/README.md`.

"""
TITLES = {
    "plant_chiller_phoenix": "A chiller on a cooling tower, Phoenix",
    "plant_warm_intlfalls": "Warm water on an exchanger and a cooling tower, International Falls",
}


def table(found: list[Figure]) -> list[str]:
    """Return the lines of a table."""
    lines = [
        "| figure | EnergyPlus | ours | apart | bar | worst month | passed |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]  # fmt: skip
    for one in found:
        if one.unit:
            cells = [
                f"{one.name}, {one.unit}", f"{one.theirs:,.0f}", f"{one.ours:,.0f}", f"{one.apart:+.2f} %",
                "rounding" if one.bar < 1e-3 else f"{one.bar:g} %", f"{one.month_apart:.2f} %",
            ]  # fmt: skip
        else:
            cells = [
                one.name,
                f"{one.theirs:.6f}",
                f"{one.ours:.6f}",
                f"{one.apart:+.6f}",
                f"{one.bar:g}",
                "–",
            ]
        lines.append(f"| {' | '.join(cells)} | {'yes' if one.passed else 'NO'} |")
    return [*lines, ""]


def section(case: AnnualCase, folder: Path) -> list[str]:
    """Return the lines of one plant."""
    facility, state = built(case, folder)
    hours = solved(case, facility, state)
    within = 10.0 ** math.ceil(math.log10(hours.residual_ratio.max()))
    low, high = hours.condenser_k.min() - ZERO_K, hours.condenser_k.max() - ZERO_K
    return [
        f"## {TITLES[case.name]}", "", *table(figures(case, hours)),
        f"Water leaves the tower at {low:.1f} to {high:.1f} °C. "
        f"The energy balance of the worst hour closes to {within:.0e} or better.", "",
    ]  # fmt: skip


if __name__ == "__main__":
    folder = os.environ.get("TWIN_CASES", "")
    if not Path(folder or "?").is_dir():
        sys.exit(f"TWIN_CASES names no folder of published cases: {folder!r}")
    with tempfile.TemporaryDirectory() as work:
        lines = [line for name in PLANTS for line in section(case_of(Path(folder), name), Path(work, name))]
    PAGE.write_text(HEAD + "\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(PAGE.name)
