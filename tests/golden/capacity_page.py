"""Writes ``docs/capacity.md``: stranded capacity of the pod, and its hottest hour with notional chips.

Run ``python -m tests.golden.capacity_page`` from the top of the repository.
"""

import re
from pathlib import Path

from twin.reports.capacity_page import capacity_text
from twin.reports.failures_page import failures_text
from twin.stage import read
from twin.studies.capacity import capacity
from twin.studies.failures import failures
from twin.walk import walk

PAGE = Path(__file__).parents[2] / "docs/capacity.md"
MARK = "<!-- below: written by tests.golden.capacity_page -->"
PAIR = ("/World/Mechanical/DryCooler_1", "/World/White/Mechanical/Cdu_1")
CHOSEN = ("/World:chip=notional",)
# Times differ from run to run.
TIME = re.compile(r", [\d.]+ m?s$", re.MULTILINE)


def page() -> str:
    """Return the page: what stands above the mark, and the tables anew."""
    pod = walk("pod")
    facility = read("pod", variants=CHOSEN, scenario="entering_45").facility
    found = failures(facility, pairs=[PAIR], groups=["contingency", "CDU out", "pair out"])
    parts = {
        "twin capacity pod": capacity_text("pod", capacity(pod.facility, pod.solution)),
        "twin failures pod --variant /World:chip=notional --scenario entering_45 --only contingency "
        f"--only 'CDU out' --pair {','.join(PAIR)}": TIME.sub("", failures_text("pod", found)),
    }
    lines = [PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    lines += [f"\n## `{command}`\n\n```text\n{text}```" for command, text in parts.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
