"""Writes ``docs/fabric.md``: the fabrics of the pod and the hall, designed, routed, and with one loss each.

Run ``python -m tests.golden.fabric_page`` from the top of the repository; ``python
benchmarks/fabric.py`` gives the times.
"""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.fabric import measured
from twin.model.facility import Facility
from twin.reports.entry import read
from twin.reports.fabric_page import fabric_text
from twin.stage.fabric_layer import products, switch_facts, switch_ports
from twin.studies.fabric_bill import pulls
from twin.studies.fabric_design import Design, Options, design
from twin.studies.fabric_report import report_of

PAGE = Path(__file__).parents[2] / "docs/fabric.md"
MARK = "<!-- below: written by tests.golden.fabric_page -->"


def designed(facility: Facility, **options: float) -> Design:
    """Return the fabric of a facility, spines and trays included."""
    facts = switch_facts("SpineSwitch_Q3400")
    return design(facility, Options(**options), media=products(), ports=switch_ports, facts=facts)


def away(facility: Facility, dx_m: float) -> Facility:
    """Return the pod with both network cabinets and what stands in them farther from the racks."""
    tables = dict(facility.tables)
    at = facility.ports.position_m.copy()
    for kind in ("air_rack", "switch"):
        table = tables[kind]
        step = np.where(table.position_m[:, :1] > 0.0, dx_m, -dx_m) * np.array([1.0, 0.0, 0.0])
        tables[kind] = replace(table, position_m=table.position_m + step)
        mine = np.array([k == kind for k in facility.ports.kind])
        at[mine] += step[facility.ports.part[mine]]
    return replace(facility, tables=tables, ports=replace(facility.ports, position_m=at))


def shift() -> list[str]:
    """Return what a row of network cabinets does that stands elsewhere, and trays at other heights."""
    pod = read("pod")
    lines = ["change                            cables AEC    SR4    DAC   longest    power of ends"]
    cases = [(f"network cabinets {dx:+.1f} m along x", away(pod, dx), {}) for dx in (0.0, 0.4, 1.0)]
    cases += [(f"trays at {level:.1f} m", pod, {"level_m": level}) for level in (2.7, 2.9)]
    for name, facility, options in cases:
        found = designed(facility, **options).routed
        count = found.fabric.links.count
        media = [c.medium.medium if c.medium else "" for c in found.choices]
        each = [
            sum(int(n) for n, m in zip(count, media, strict=True) if m == k)
            for k in ("AEC", "multimode", "DAC")
        ]
        power = sum(
            2 * int(n) * c.medium.power_per_end_w
            for n, c in zip(count, found.choices, strict=True)
            if c.medium
        )
        longest = f"{found.length_m.max():6.2f} m"
        lines.append(f"{name:<33} {each[0]:>10} {each[1]:>6} {each[2]:>6}  {longest} {power / 1e3:10.2f} kW")
    return lines


def schedule(made: Design) -> list[str]:
    """Return the first cables of a few bundles as a contractor reads them."""
    kept, seen = [], set()
    for pull in pulls(made.routed):
        if pull.bundle not in seen and len(seen) < 60:
            seen.add(pull.bundle)
            kept.append(pull)
    rows = [
        "label  medium                ordered  from cabinet, port (x, y, z)                      "
        "to cabinet, switch, port"
    ]
    for pull in islice(kept, 0, None, 9):
        start = f"{pull.from_cabinet.rpartition('/')[2]} {pull.from_port.removeprefix('nvidia_network_')}"
        place = f"({pull.from_x_m:.2f}, {pull.from_y_m:.2f}, {pull.from_z_m:.2f})"
        stop = f"{pull.to_cabinet.rpartition('/')[2]} {pull.to_prim.rpartition('/')[2]} "
        stop += f"no. {pull.to_switch} {pull.to_port}"
        trays = ", ".join(t.rpartition("/")[2] for t in pull.trays) or "within the cabinet"
        rows.append(
            f"{pull.label}  {pull.medium:<20} {pull.ordered_m:6.1f} m  {start:<22} {place:<22} {stop}"
        )
        rows.append(f"       via {trays}; {pull.routed_m:.2f} m with slack")
    return rows


def page() -> str:
    """Return the page: what stands above the mark, and the tables anew."""
    pod, hall = designed(read("pod")), designed(read("hall_liquid"))
    parts = {
        "`twin fabric pod -o fabric.usda --losses`":
            fabric_text("pod", report_of(pod.routed, {}, with_losses=True), pod),
        "`twin fabric hall_liquid -o fabric.usda --losses`":
            fabric_text("hall_liquid", report_of(hall.routed, {}, with_losses=True), hall),
        "The pod, were its network cabinets or its trays elsewhere": "\n".join(shift()) + "\n",
        "Some lines of the pull schedule of the pod": "\n".join(schedule(pod)) + "\n",
        "Time, memory, and networkx": "\n".join(measured()) + "\n",
    }  # fmt: skip
    lines = [PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    lines += [f"\n## {title}\n\n```text\n{text}```" for title, text in parts.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
