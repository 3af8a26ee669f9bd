"""Writes the tables of ``docs/layouts.md``: every shipped layout and variant, solved.

Run ``python -m tests.golden.layouts_page`` from the top of the repository.
"""

from collections import Counter
from pathlib import Path

from tests.golden.test_layout_rules import EXPECTED, WORSE
from twin.model.finding import SEVERITIES
from twin.walk import Outcome, walk

PAGE = Path(__file__).parents[2] / "docs/layouts.md"

MARK = "<!-- below: written by tests.golden.layouts_page -->"


def row_of(variants: tuple[str, ...], outcome: Outcome) -> str:
    """Return one row of the table."""
    normal = [i for i, case in enumerate(outcome.facility.cases) if case.name == "normal"]
    figures = outcome.tree["facility"]
    ratio = float(figures["pue_design_ratio"].values[normal].max())
    it_mw = float(figures["it_power_w"].values[normal].max()) / 1e6
    counts = Counter(f.severity for f in outcome.findings)
    failing = sorted({f.rule for f in outcome.findings if f.severity in WORSE})
    closed = outcome.balance
    told = ", ".join(f"{counts[s]:,} {s}" for s in SEVERITIES if counts[s])
    chosen = " ".join(v.removeprefix("/World:") for v in variants) or "as shipped"
    cases = len(outcome.facility.cases) + len(outcome.facility.unsolved)
    return (
        f"| {chosen} | {'FAIL' if failing else 'PASS'} | {it_mw:.2f} | {ratio:.3f} | {cases} | {told} "
        f"| {' '.join(failing) or '–'} "
        f"| {closed.energy_ratio.max():.0e} / {closed.mass_ratio:.0e} / {closed.current_ratio:.0e} |"
    )


def page() -> str:
    """Return the page: what stands above the mark, and the tables anew."""
    lines = [PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    for layout, expected in EXPECTED.items():
        lines += [
            f"\n## `{layout}`\n",
            "| variant | verdict | IT [MW] | ratio | cases | findings | fails | energy / mass / current |",
            "|---|---|--:|--:|--:|---|---|---|",
            *(row_of(variants, walk(layout, variants=variants)) for variants in expected),
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name)
