"""Writes docs/hydraulics.md: how far the flow solver is from EPANET 2.2, network by network.

Run in the environment of the oracles, with the published cases: ``python -m tests.oracle.hydraulics_page``.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import wntr

from tests.oracle import test_epanet_networks as shipped
from tests.oracle import test_random_networks as random
from tests.support.water_networks import SORTS, sort_of
from twin.errors import ConvergenceError
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import read_inp

PAGE = Path(__file__).parents[2] / "docs/hydraulics.md"
PUBLISHED = ("net1_dw_t0", "todini_fig2_dw", "tcs_direct_all_open", "tcs_direct_speed80")
HEAD = """<!-- Written by `python -m tests.oracle.hydraulics_page`; do not edit. -->

# What the flow solver is checked against

Heads and flows against EPANET 2.2 as it comes with WNTR, both reading the same text and using EPANET's
constants. A flow error is |ΔQ| over the larger of |Q| and a thousandth of the network's largest flow. Bars:
0.02 m and 0.1 %. EPANET is run as sharply as it goes (accuracy 1e-7, head error 1e-6, flow change 1e-7 or
less); our Newton stops when no branch moves by more than 1e-9 of the largest flow.

Printed answers of Crane TP-410, Jeppson and other textbooks: `twin verify`.

"""


def compared(file, folder):
    """Return nodes, links, passes and the worst errors of one input."""
    record = snapshot(read_inp(file))
    network = wntr.network.WaterNetworkModel(str(file))
    network.options.time.duration = 0.0
    head, flow = shipped.differences(record, *shipped.epanet(network, folder))
    return record, head, flow


def rows(files, folder):
    """Yield a line of the table for every input."""
    for file in files:
        record, head, flow = compared(file, folder)
        sizes = f"{len(record.plan.nodes):,} | {len(record.plan.links):,}"
        passes, mass = int(record.iteration_count.max()), record.residual_ratio.max()
        yield f"| {file.stem} | {sizes} | {passes} | {head:.2g} | {100 * flow:.2g} | {mass:.1g} |"


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


def page():
    """Return the page."""
    folder = Path(tempfile.mkdtemp())
    published = Path(os.environ["TWIN_CASES"]) / "hydraulics"
    columns = "| network | nodes | links | passes | worst head [m] | worst flow [%] | mass residual |"
    rule = "|---|--:|--:|--:|--:|--:|--:|"
    lines = ["## Published cases", "", columns, rule]
    lines += rows([published / f"{name}.inp" for name in PUBLISHED], folder)
    lines += ["", "## Networks that come with WNTR", "", columns, rule]
    lines += rows([shipped.LIBRARY / f"{name}.inp" for name in shipped.NAMES], folder)
    lines += [
        "",
        "ky10 holds a pump of constant power that EPANET leaves standing. With that pump shut the two",
        "agree, and EPANET finds our answer when the pump has a curve",
        "(`tests/oracle/test_epanet_networks.py`).",
        "",
        "## Two hundred random networks",
        "",
        "10 to 2,000 junctions, seeds 0 to 199. Refused: demand hung behind a check valve that points away",
        "from it; the valve is named. Idle: less than 0.15 mm of head stand across a check valve, where",
        "EPANET leaves it as it was; flows of these are not compared.",
        "",
        "| sort | networks | solved | refused | median passes | most | worst head [m] | worst flow [%] "
        "| idle | mass residual |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    return HEAD + "\n".join([*lines, *random_rows(folder)]) + "\n"


if __name__ == "__main__":
    np.seterr(all="ignore")
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.name, file=sys.stderr)
