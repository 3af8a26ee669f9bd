"""Writes docs/thermal.md: how far laws and heat solver are from published and from live numbers.

Run in the environment of the oracles, with the published cases: ``python -m tests.oracle.thermal_page``.
"""

import json
import os
import sys
from pathlib import Path

from tests.oracle.test_laws_against_ht import ENGINES
from tests.verification.thermal import laws, makers, networks, plants

PAGE = Path(__file__).parents[2] / "docs/thermal.md"
HEAD = """<!-- Written by `python -m tests.oracle.thermal_page`; do not edit. -->

# What the thermal laws and the heat solver are checked against

The worst of all points, as a distance in the unit shown or in % of the reference. What each case is,
where its bar comes from, and known differences: `tests/verification/thermal/README.md`.

"""


def table(rows) -> list[str]:
    """Return the lines of a table."""
    lines = ["| case | quantity | worst error | bar | passed |", "|---|---|--:|--:|---|"]
    for row in rows:
        shown = [" ".join(filter(None, (f"{each:.2g}", row.unit))) for each in (row.worst, row.bar)]
        lines.append(
            f"| {row.case} | {row.quantity} | {' | '.join(shown)} | {'yes' if row.passed else 'NO'} |"
        )
    return [*lines, ""]


def published(folder):
    """Yield the rows of the published cases, each case together."""
    for name in sorted(laws.CASES.keys() | networks.CASES.keys()):
        case = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for cases in (laws.CASES, networks.CASES):
            if name in cases:
                yield from cases[name](case)


def sampled(folder):
    """Yield the rows of the plants."""
    for name, compare in plants.CASES.items():
        yield from compare(json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8")))


def page(cases: Path) -> str:
    """Return the page."""
    lines = [
        "## Published cases", "", *table(published(cases / "thermal")),
        "## A year of EnergyPlus, component by component", "",
        "Hours sampled from a year of a plant with a chiller in Phoenix and of one with warm water in",
        "International Falls. What enters a component is EnergyPlus' own; hours are means of four steps.", "",
        *table(sampled(cases / "annual")),
        "## Makers' tables", "",
        "Racks and CDUs of the asset library, each solved in a loop of its own at the maker's flows.", "",
        *table(makers.rows()),
        "## Live, on random inputs", "",
        "Effectiveness at 0.01 to 12 transfer units; water of 1 to 95 °C; propylene glycol of 5 to 55 % by",
        "mass from its freezing point to 95 °C; air of -25 to 50 °C, any humidity, 65 to 105 kPa.", "",
        *table(row for rows in ENGINES for row in rows()),
    ]  # fmt: skip
    return HEAD + "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    folder = os.environ.get("TWIN_CASES", "")
    if not Path(folder or "?").is_dir():
        sys.exit(f"TWIN_CASES names no folder of published cases: {folder!r}")
    PAGE.write_text(page(Path(folder)), encoding="utf-8")
    print(PAGE.name)
