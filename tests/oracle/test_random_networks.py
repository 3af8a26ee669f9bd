"""Two hundred random water networks, read from one text by EPANET and by us."""

import numpy as np
import pytest

from tests.support.water_networks import random_inp, sort_of
from twin.errors import ConvergenceError
from twin.interop.epanet_model import Status
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_text import parse_inp

toolkit = pytest.importorskip("wntr.epanet.toolkit")

SEEDS = range(200)
# EPANET's codes of what a node and a link know: head, flow, status.
HEAD, FLOW, STATUS = 10, 8, 11
HEAD_M, FLOW_RATIO, SMALL_RATIO = 0.02, 1e-3, 1e-3
MASS_RATIO, PASSES = 1e-10, 25
# Where less than 0.0005 ft of head stand across a check valve, EPANET leaves it as it was a pass before: shut
# against a small flow, or open to a reversed one. Of such networks only heads are compared; they are few.
HEAD_STEP_M, LEAK_M3_S, IDLE = 0.0005 * 0.3048, 1e-9, 20
WRONG = set(range(1, 200, 30))  # demand behind a check valve that points away from it


class Theirs:
    """Heads, flows and statuses of EPANET 2.2."""

    def __init__(self, text, folder, record):
        file = folder / "net.inp"
        file.write_text(text, encoding="utf-8")
        engine = toolkit.ENepanet(str(file), str(folder / "net.rpt"), str(folder / "net.bin"))
        engine.ENopen(str(file), str(folder / "net.rpt"), str(folder / "net.bin"))
        engine.ENopenH()
        engine.ENinitH(0)
        engine.ENrunH()
        nodes = [engine.ENgetnodeindex(name) for name in record.plan.nodes]
        links = [engine.ENgetlinkindex(link.name) for link in record.plan.links]
        self.head_m = np.array([engine.ENgetnodevalue(at, HEAD) for at in nodes])
        self.flow_m3_s = 1e-3 * np.array([engine.ENgetlinkvalue(at, FLOW) for at in links])
        self.open = np.array([engine.ENgetlinkvalue(at, STATUS) for at in links]) > 0
        refuses = np.array([getattr(link, "check_valve", False) for link in record.plan.links])
        stuck = ~self.open & (record.flow_m3_s[0] > LEAK_M3_S)
        self.idle = bool((refuses & (stuck | (self.flow_m3_s < -LEAK_M3_S))).any())
        engine.ENcloseH()
        engine.ENclose()


def solved(folder):
    """Solve every network in both engines: seed to passes, residual, errors and statuses that differ."""
    rows = {}
    for seed in SEEDS:
        text = random_inp(seed)
        try:
            ours = snapshot(parse_inp(text))
        except ConvergenceError as refusal:
            rows[seed] = refusal
            continue
        theirs = Theirs(text, folder, ours)
        flow, head = ours.flow_m3_s[0], ours.head_m[0]
        measure = np.maximum(np.abs(flow), SMALL_RATIO * np.abs(flow).max())
        across = np.abs(head[ours.plan.a] - head[ours.plan.b])
        decided = (across > HEAD_STEP_M) | (np.abs(flow) > LEAK_M3_S)
        stands = ((ours.status[0] != Status.CLOSED) != theirs.open) & decided
        rows[seed] = {
            "passes": int(ours.iteration_count.max()), "mass": float(ours.residual_ratio.max()),
            "head_m": float(np.abs(theirs.head_m - head).max()),
            "flow_ratio": float((np.abs(theirs.flow_m3_s - flow) / measure).max()),
            "status": [ours.plan.links[i].name for i in np.flatnonzero(stands)],
            "idle": theirs.idle, "links": len(flow), "shut": int((ours.status[0] == Status.CLOSED).sum()),
        }  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return solved(tmp_path_factory.mktemp("net"))


def worst(table, name, *, tight=False):
    done = {seed: row for seed, row in table.items() if isinstance(row, dict)}
    found = {seed: row[name] for seed, row in done.items() if not (tight and row["idle"])}
    seed = max(found, key=found.__getitem__)
    return found[seed], seed


def test_a_network_converges_or_names_the_device_in_the_way_and_nothing_else(table):
    refused = {seed: row for seed, row in table.items() if isinstance(row, ConvergenceError)}
    assert set(refused) == WRONG
    assert all("W.pipe could come only backwards" in str(refusal) for refusal in refused.values())
    assert all(refusal.component for refusal in refused.values())


def test_heads_are_those_of_epanet(table):
    assert worst(table, "head_m")[0] <= HEAD_M, worst(table, "head_m")


def test_flows_are_those_of_epanet(table):
    assert worst(table, "flow_ratio", tight=True)[0] <= FLOW_RATIO, worst(table, "flow_ratio", tight=True)


def test_links_are_shut_where_they_are_in_epanet(table):
    done = {seed: row for seed, row in table.items() if isinstance(row, dict)}
    assert {seed: row["status"] for seed, row in done.items() if row["status"] and not row["idle"]} == {}
    assert sum(row["idle"] for row in done.values()) <= IDLE


def test_newton_needs_few_passes_and_mass_closes(table):
    assert worst(table, "passes")[0] <= PASSES
    assert worst(table, "mass")[0] <= MASS_RATIO


def test_each_sort_has_what_it_is_named_for(table):
    done = {seed: row for seed, row in table.items() if isinstance(row, dict)}
    shut = {sort_of(seed): 0 for seed in done}
    for seed, row in done.items():
        shut[sort_of(seed)] += row["shut"]
    assert shut["parallel pumps"] >= 20
    assert shut["check valves"] >= 200
    assert min(row["links"] for row in done.values()) < 20
    assert max(row["links"] for row in done.values()) > 2_000
