"""Writes the figures of ``docs/hydraulic_studies.md``: shipped layouts with things out, balanced, sized.

Run ``python -m tests.golden.hydraulics_page`` from the top of the repository.
"""

from pathlib import Path

from twin.reports.balance_page import balance_text
from twin.reports.failures_page import failures_text
from twin.reports.numbers import gap, number, percent, power, shown
from twin.reports.sizing_page import sizing_text
from twin.stage.read import read
from twin.studies.balancing import balance
from twin.studies.failures import NORMAL, failures
from twin.studies.outages import ONE_PUMP, RACK
from twin.studies.sizing import size

PAGE = Path(__file__).parents[2] / "docs/hydraulic_studies.md"
MARK = "<!-- below: written by tests.golden.hydraulics_page -->"
SHOWN = (NORMAL, "CDU out", ONE_PUMP, "pump out", RACK)
LAYOUTS = ("pod", "hall_liquid")


def without_time(text: str) -> str:
    """Return a page without how long it took, which is another time another time."""
    first, _, rest = text.partition("\n")
    return f"{first.rpartition(', ')[0]}\n{rest}"


def pod_pages(facility) -> dict[str, str]:
    """Return what the three commands print for the pod."""
    return {
        "twin failures pod": without_time(failures_text("pod", failures(facility))),
        "twin balance pod": balance_text("pod", balance(facility), "design"),
        "twin size pod": sizing_text("pod", size(facility)),
    }


def rounded(margin_m3_s: float) -> str:
    """Return a margin, 0 for what rounding leaves of it."""
    return gap(0.0 if abs(margin_m3_s) < 1e-9 else margin_m3_s, "flow_m3_s")


def outage_rows(name: str, rows) -> list[str]:
    """Return one row per sort of outage: its count and its worst."""
    found = []
    for group in SHOWN:
        mine = [row for row in rows if row.group == group]
        if mine:
            worst = min(mine, key=lambda row: row.margin_m3_s)
            flow, asked = (shown(x, "flow_m3_s") for x in (worst.flow_m3_s, worst.required_m3_s))
            margin = rounded(worst.margin_m3_s)
            short, speed = max(len(row.short) for row in mine), max(row.cdu_speed_ratio for row in mine)
            cells = (name, group, str(len(mine)), flow, asked, margin, str(short), percent(speed))
            found.append(f"| {' | '.join(cells)} |")
    return found


def state_row(layout: str, row) -> str:
    """Return racks and pumps in one state of the valves."""
    least, greatest = (shown(x, "flow_m3_s") for x in (row.least_m3_s, row.greatest_m3_s))
    margin = rounded(row.margin_m3_s)
    pumps = percent(row.speed_ratio), power(row.pumping_w)
    cells = (f"`{layout}` {row.name}", least, greatest, number(row.spread_ratio, 5), margin, *pumps)
    return f"| {' | '.join(cells)} |"


def size_row(layout: str, sized) -> str:
    """Return what sizing changes."""
    changed = sum(row.old != row.new for row in sized.pipes)
    old, new = (sum(getattr(row, name) for row in sized.pipes) for name in ("old_kg", "new_kg"))
    steel = " → ".join(number(x / 1e3) for x in (old, new))
    pumps = " → ".join(power(row.pumping_w) for row in sized.states)
    margin = gap(sized.states[-1].margin_m3_s, "flow_m3_s")
    cells = (f"`{layout}`", str(len(sized.pipes)), str(changed), steel, pumps, margin, str(sized.pass_count))
    return f"| {' | '.join(cells)} |"


def page() -> str:
    """Return the page: what stands above the mark, and the figures anew."""
    outages, states, sizes = [], [], []
    facilities = {layout: read(layout).facility for layout in LAYOUTS}
    for layout, facility in facilities.items():
        balanced = balance(facility)
        outages += outage_rows(f"`{layout}` as shipped", failures(facility).rows)
        outages += outage_rows(f"`{layout}` balanced", failures(balanced.facility).rows)
        states += [state_row(layout, row) for row in balanced.states]
        sizes.append(size_row(layout, size(facility)))
    lines = [
        PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK,
        "\n## Figures\n", "Worst rack of each sort of outage, in L/min:\n",
        "| layout | out | outages | flow | asked | margin | racks short | CDU pumps |",
        "|---|---|--:|--:|--:|--:|--:|--:|", *outages,
        "\nBalanced against unbalanced, normal operation, in L/min; power of the racks' pumps:\n",
        "| layout | least | greatest | max/min in a loop | margin | speed | power |",
        "|---|--:|--:|--:|--:|--:|--:|", *states,
        "\nSizes for every outage of a whole unit; steel in tonnes:\n",
        "| layout | pipes | changed | steel | pumps | worst rack [L/min] | passes |",
        "|---|--:|--:|---|---|--:|--:|", *sizes, "\n## Printed for the pod",
    ]  # fmt: skip
    for command, text in pod_pages(facilities["pod"]).items():
        lines += [f"\n`{command}`\n", "```text", text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name)
