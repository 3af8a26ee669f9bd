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


def outage_rows(layout: str, facility, name: str) -> list[str]:
    """Return one row per sort of outage: its count and its worst."""
    rows = failures(facility).rows
    found = []
    for group in SHOWN:
        mine = [row for row in rows if row.group == group]
        if mine:
            worst = min(mine, key=lambda row: row.margin_m3_s)
            found.append(
                f"| `{layout}` {name} | {group} | {len(mine)} | {shown(worst.flow_m3_s, 'flow_m3_s')} "
                f"| {shown(worst.required_m3_s, 'flow_m3_s')} | {gap(worst.margin_m3_s, 'flow_m3_s')} "
                f"| {max(len(row.short) for row in mine)} | {percent(max(row.cdu_speed_ratio for row in mine))} |"
            )  # fmt: skip
    return found


def page() -> str:
    """Return the page: what stands above the mark, and the figures anew."""
    outages, states, sizes = [], [], []
    facilities = {layout: read(layout).facility for layout in LAYOUTS}
    for layout, facility in facilities.items():
        balanced, sized = balance(facility), size(facility)
        outages += outage_rows(layout, facility, "as shipped")
        outages += outage_rows(layout, balanced.facility, "balanced")
        states += [
            f"| `{layout}` {row.name} | {shown(row.least_m3_s, 'flow_m3_s')} "
            f"| {shown(row.greatest_m3_s, 'flow_m3_s')} | {number(row.spread_ratio, 5)} "
            f"| {gap(round(row.margin_m3_s, 9), 'flow_m3_s')} | {percent(row.speed_ratio)} | {power(row.pumping_w)} |"
            for row in balanced.states
        ]
        changed = sum(row.old != row.new for row in sized.pipes)
        old, new = (sum(getattr(row, name) for row in sized.pipes) for name in ("old_kg", "new_kg"))
        pumps = " → ".join(power(row.pumping_w) for row in sized.states)
        sizes.append(
            f"| `{layout}` | {len(sized.pipes)} | {changed} | {number(old / 1e3)} → {number(new / 1e3)} "
            f"| {pumps} | {gap(sized.states[-1].margin_m3_s, 'flow_m3_s')} | {sized.pass_count} |"
        )
    lines = [PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    lines += [
        "\n## Figures\n", "Worst rack of each sort of outage, in L/min:\n",
        "| layout | out | outages | flow | asked | margin | racks short | CDU pumps |", "|---|---|--:|--:|--:|--:|--:|--:|",
        *outages, "\nBalanced against unbalanced, normal operation, in L/min; power of the racks' pumps:\n",
        "| layout | least | greatest | max/min in a loop | margin | speed | power |", "|---|--:|--:|--:|--:|--:|--:|",
        *states, "\nSizes for every outage of a whole unit; steel in tonnes:\n",
        "| layout | pipes | changed | steel | pumps | worst rack [L/min] | passes |", "|---|--:|--:|---|---|--:|--:|",
        *sizes, "\n## Printed for the pod",
    ]  # fmt: skip
    for command, text in pod_pages(facilities["pod"]).items():
        lines += [f"\n`{command}`\n", "```text", text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name)
