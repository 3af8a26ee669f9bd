"""Writes docs/hydraulics.md: how far the flow solver is from EPANET 2.2, pandapipes and Colebrook's equation.

Run in the environment of the oracles, with the published cases: ``python -m tests.oracle.hydraulics_page``.
"""

import json
import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import wntr

from tests.oracle import test_epanet_networks as shipped
from tests.oracle import test_random_networks as random
from tests.support.water_networks import SORTS, sort_of
from tests.verification.flow import test_flow_cases as cases
from twin.errors import ConvergenceError
from twin.interop.epanet_model import Status
from twin.interop.epanet_run import run, snapshot
from twin.interop.epanet_text import read_inp
from twin.laws import friction

PAGE = Path(__file__).parents[2] / "docs/hydraulics.md"
PUBLISHED = ("net1_dw_t0", "todini_fig2_dw", "tcs_direct_all_open", "tcs_direct_speed80")
# |ΔQ| and |ΔH| against pandapipes with Colebrook; friction against the equation itself.
PANDAPIPES_RATIO, FRICTION_RATIO = 5e-3, 1e-6
HEAD = """<!-- Written by `python -m tests.oracle.hydraulics_page`; do not edit. -->

# What the flow solver is checked against

Heads and flows against EPANET 2.2 as it comes with WNTR, both reading the same text and using EPANET's
constants. A flow error is |ΔQ| over the larger of |Q| and a thousandth of the network's largest flow.
EPANET is run as sharply as it goes (accuracy 1e-7, head error 1e-6, flow change 1e-7 or less); our Newton
stops when no branch moves by more than 1e-9 of the largest flow.

Printed answers of Crane TP-410, Jeppson and other textbooks: `twin verify`.

"""
COLUMNS = "| network | nodes | links | passes | worst head [m] | worst flow [%] | mass residual |"
RULE = "|---|--:|--:|--:|--:|--:|--:|"
BAR = f"| *bar* | | | | {shipped.HEAD_M:g} | {100 * shipped.FLOW_RATIO:g} | |"


def row(name, record, head, flow):
    """Return a line of the table."""
    sizes = f"{len(record.plan.nodes):,} | {len(record.plan.links):,}"
    passes, mass = int(record.iteration_count.max()), record.residual_ratio.max()
    return f"| {name} | {sizes} | {passes} | {head:.2g} | {100 * flow:.2g} | {mass:.1g} |"


def compared(file, folder, duration_s=0.0):
    """Return a line for one input, at its start or over time."""
    network = wntr.network.WaterNetworkModel(str(file))
    network.options.time.duration = duration_s
    record = run(read_inp(file), duration_s=duration_s)
    return row(file.stem, record, *shipped.differences(record, *shipped.epanet(network, folder)))


def ky10(folder):
    """Return the line of ky10 with the pump closed that EPANET leaves standing."""
    network = read_inp(shipped.LIBRARY / "ky10.inp")
    pumps = [replace(p, status=Status.CLOSED) if p.name == shipped.STALLED else p for p in network.pumps]
    record = snapshot(replace(network, pumps=tuple(pumps)))
    theirs = shipped.epanet(shipped.library("ky10"), folder)
    found = shipped.differences(record, *theirs, beside=shipped.FLOATING)
    return row(f"ky10, `{shipped.STALLED}` closed", record, *found)


def pandapipes_rows(folder):
    """Yield a line for every loop that pandapipes solved, and each law of friction."""
    laws = {"Colebrook": (cases.OURS, "colebrook"), "Swamee-Jain": (cases.PANDAPIPES, "swamee_jain")}
    for name in cases.LOOPS:
        expected = json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))
        for law, (formulas, key) in laws.items():
            theirs = expected[f"pandapipes_{key}"]
            heads, flows = cases.heads_and_flows(snapshot(read_inp(folder / f"{name}.inp"), formulas))
            flow = max(abs(flows[cases.LINKS.get(k, k)] / q - 1.0) for k, q in theirs["flow_m3s"].items())
            head = cases.errors(heads, theirs["head_m"])
            loop = max(theirs["head_m"].values()) - min(theirs["head_m"].values())
            errors = f"{100 * flow:.2g} | {100 * head / loop:.2g} | {head:.2g}"
            yield f"| {name} | {law} | {len(heads)} | {errors} |"


def friction_ratio():
    """Return how far the friction factor of pipes is from Colebrook's equation at worst, and where."""
    reynolds, rough = np.meshgrid(np.geomspace(4000.0, 1e9, 2000), np.r_[0.0, np.geomspace(1e-7, 0.05, 200)])
    at, wall = reynolds.astype(np.longdouble), rough.astype(np.longdouble)
    root = np.full(at.shape, 8.0, dtype=np.longdouble)
    for _ in range(60):
        root = -2.0 * np.log10(wall / 3.7 + 2.51 * root / at)
    error = np.abs(friction.darcy_factor(reynolds, rough) * root**2 - 1.0)
    worst = np.unravel_index(np.argmax(error), error.shape)
    return float(error[worst]), float(reynolds[worst]), float(rough[worst]), error.size


def random_rows(folder):
    """Return the summary of the random networks, a line for each sort."""
    table = random.solved(folder)
    lines = []
    for sort in SORTS:
        mine = {seed: row for seed, row in table.items() if sort_of(seed) == sort}
        refused = [row for row in mine.values() if isinstance(row, ConvergenceError)]
        done = [row for row in mine.values() if isinstance(row, dict)]
        tight = [row for row in done if not row["idle"]]
        passes = [row["passes"] for row in done]
        lines.append(
            f"| {sort} | {len(mine)} | {len(done)} | {len(refused)} "
            f"| {statistics.median(passes):g} | {max(passes)} | "
            f"{max(row['head_m'] for row in done):.2g} | "
            f"{100 * max(row['flow_ratio'] for row in tight):.2g} | "
            f"{len(done) - len(tight)} | {max(row['mass'] for row in done):.1g} |"
        )
    return lines


def against_epanet(published, folder):
    """Return the tables of networks that EPANET solves beside us."""
    days = [published / "net1_dw_eps24.inp", *(shipped.LIBRARY / f"{name}.inp" for name in ("Net1", "Net3"))]
    return [
        "## Published cases", "", COLUMNS, RULE, BAR,
        *(compared(published / f"{name}.inp", folder) for name in PUBLISHED), "",
        "## Networks that come with WNTR", "", COLUMNS, RULE, BAR,
        *(compared(shipped.LIBRARY / f"{name}.inp", folder) for name in shipped.NAMES), ky10(folder), "",
        "ky10 holds a pump of constant power that EPANET leaves standing. With that pump shut the two",
        "agree, and EPANET finds our answer when the pump has a curve",
        "(`tests/oracle/test_epanet_networks.py`).", "",
        "## Over a day", "",
        "Tanks fill and empty, controls act; every hour is compared. Passes are those of the longest step.",
        "`net1_dw_eps24` is the published case, the others come with WNTR.", "",
        COLUMNS, RULE, BAR, *(compared(file, folder, shipped.DAY_S) for file in days), "",
    ]  # fmt: skip


def other_tables(published):
    """Return the comparisons with pandapipes and with Colebrook's equation."""
    worst, reynolds, rough, count = friction_ratio()
    return [
        "## Pandapipes", "",
        "Loops of eight racks that pandapipes 0.16.0 solved, by the same law of friction on both sides.",
        "Heads are over the difference of the loop.", "",
        "| loop | friction | nodes | worst flow [%] | worst head [%] | worst head [m] |",
        "|---|---|--:|--:|--:|--:|",
        f"| *bar* | | | {100 * PANDAPIPES_RATIO:g} | {100 * PANDAPIPES_RATIO:g} | |",
        *pandapipes_rows(published), "",
        "## Friction factor", "",
        "That of pipes, in two explicit steps, against Colebrook's equation iterated in extended precision;",
        "Re 4000 to 1e9, walls smooth to 5 % of the bore.", "",
        "| points | worst relative error | bar | at Re | at roughness |", "|--:|--:|--:|--:|--:|",
        f"| {count:,} | {worst:.1g} | {FRICTION_RATIO:g} | {reynolds:.2g} | {rough:.2g} |", "",
    ]  # fmt: skip


def page():
    """Return the page."""
    folder = Path(tempfile.mkdtemp())
    published = Path(os.environ["TWIN_CASES"]) / "hydraulics"
    lines = [
        *against_epanet(published, folder), *other_tables(published),
        "## Two hundred random networks", "",
        "10 to 2,000 junctions, seeds 0 to 199. Refused: demand hung behind a check valve that points away",
        "from it; the valve is named. Idle: less than 0.15 mm of head stand across a check valve, where",
        "EPANET leaves it as it was; flows of these are not compared.", "",
        "| sort | networks | solved | refused | median passes | most | worst head [m] | worst flow [%] "
        "| idle | mass residual |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        f"| *bar* | | | | | {random.PASSES} | {random.HEAD_M:g} | {100 * random.FLOW_RATIO:g} | "
        f"| {random.MASS_RATIO:g} |",
        *random_rows(folder),
    ]  # fmt: skip
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    np.seterr(all="ignore")
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name, file=sys.stderr)
