"""Networks of others as stages, and our loops as inputs, each solved by EPANET 2.2 beside us."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.town import sharp, town
from tests.unit.interop.test_epanet_export import solved_flows
from tests.unit.interop.test_epanet_stage import flows, imported
from twin.interop.epanet_export import export_epanet
from twin.interop.epanet_model import WATER_KG_M3
from twin.interop.epanet_options import FLOW_M3_S
from twin.interop.epanet_text import parse_inp
from twin.walk import walk

toolkit = pytest.importorskip("wntr.epanet.toolkit")
NETWORKS = Path(toolkit.__file__).parents[1] / "library" / "networks"
PUBLISHED = (
    "todini_fig2_dw", "net1_dw_t0", "net1_dw_eps24", "tcs_direct_all_open", "tcs_direct_speed80",
    "transient_pipe_instant",
)  # fmt: skip
FLOW = 8
# The same law on both sides; Colebrook against Swamee-Jain, and another gravity. A flow below a thousandth of
# the largest is measured by that one.
HAZEN_WILLIAMS_RATIO, DARCY_RATIO, SMALL_RATIO = 1e-3, 3e-3, 1e-3
# What flows between two CDUs that share a load is the difference of two large flows.
RACKS_RATIO, BETWEEN_RATIO = 5e-3, 1e-2


def with_epanet(text, folder):
    """Return the flow of every link [m3/s] at the start, by EPANET 2.2."""
    file = folder / "net.inp"
    file.write_text(sharp(text), encoding="utf-8")
    report, results = str(folder / "net.rpt"), str(folder / "net.bin")
    engine = toolkit.ENepanet(str(file), report, results)
    engine.ENopen(str(file), report, results)
    engine.ENopenH()
    engine.ENinitH(0)
    engine.ENrunH()
    network = parse_inp(text)
    unit = FLOW_M3_S[network.options.flow_units]
    names = [k.name for k in (*network.pipes, *network.pumps, *network.valves)]
    found = {name: unit * engine.ENgetlinkvalue(engine.ENgetlinkindex(name), FLOW) for name in names}
    engine.ENcloseH()
    engine.ENclose()
    return found


def assert_flows_as(ours, theirs, ratio, small_ratio=SMALL_RATIO):
    small = small_ratio * max(map(abs, theirs.values()))
    assert set(theirs) <= set(ours)
    for name, flow in theirs.items():
        assert abs(ours[name] - flow) <= ratio * max(abs(flow), small), name


def as_stage(text, folder):
    _, layer = imported(folder, text)
    outcome = walk(str(layer))
    assert outcome.balance.mass_ratio <= 1e-9
    assert outcome.balance.energy_ratio.max() <= 1e-9
    return flows(outcome, layer)


def library(name):
    return (NETWORKS / f"{name}.inp").read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3"])
def test_the_networks_of_epanet_flow_as_stages(name, tmp_path):
    text = library(name)
    assert_flows_as(as_stage(text, tmp_path), with_epanet(text, tmp_path), HAZEN_WILLIAMS_RATIO)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_flow_as_stages(name, published_cases, tmp_path):
    text = (published_cases / "hydraulics" / f"{name}.inp").read_text(encoding="utf-8")
    assert_flows_as(as_stage(text, tmp_path), with_epanet(text, tmp_path), DARCY_RATIO)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ky4", "Net6"])
def test_networks_of_towns_flow_as_stages(name, tmp_path):
    text = library(name)
    assert_flows_as(as_stage(text, tmp_path), with_epanet(text, tmp_path), HAZEN_WILLIAMS_RATIO)


@pytest.mark.parametrize(
    ("law", "rough", "ratio"),
    [
        ("H-W", "120", HAZEN_WILLIAMS_RATIO),
        ("C-M", "0.011", HAZEN_WILLIAMS_RATIO),
        ("D-W", "0.1", DARCY_RATIO),
    ],
)
@pytest.mark.parametrize("lake", ["15", "0", "-20"])
def test_a_town_with_every_kind_of_valve_flows_as_a_stage(law, rough, ratio, lake, tmp_path):
    text = town(law, rough, lake=lake)
    assert_flows_as(as_stage(text, tmp_path), with_epanet(text, tmp_path), ratio)


@pytest.mark.parametrize(("law", "rough"), [("H-W", "120"), ("C-M", "0.011")])
def test_a_town_whose_empty_tank_gives_nothing_flows_as_a_stage(law, rough, tmp_path):
    text = town(law, rough, lake="-10", level="0.5")
    assert_flows_as(as_stage(text, tmp_path), with_epanet(text, tmp_path), HAZEN_WILLIAMS_RATIO)


def compared(outcome, folder):
    """Return the mass flow [kg/s] of every link by EPANET and by us, as two dictionaries."""
    ours, theirs = solved_flows(outcome), {}
    for one in export_epanet(outcome.facility, outcome.solution):
        density = one.network.options.specific_gravity_ratio * WATER_KG_M3
        found = with_epanet(one.text, folder)
        theirs |= {told: density * found[name] for name, told in one.remarks.links.items()}
    return ours, theirs


def assert_loops_as(outcome, folder, racks):
    ours, theirs = compared(outcome, folder)
    cooled = [name for name in theirs if name.endswith(".coolant")]
    assert len(cooled) == racks
    apart = np.array([theirs[name] / ours[name] - 1.0 for name in cooled])
    assert np.abs(apart).max() <= RACKS_RATIO
    assert_flows_as(ours, theirs, RACKS_RATIO, BETWEEN_RATIO)


def test_the_loops_of_the_pod_flow_in_epanet(tmp_path):
    assert_loops_as(walk("layouts/pod"), tmp_path, 8)


def test_the_loops_of_the_pod_flow_in_epanet_where_no_valve_limits(tmp_path):
    racks = [f"{row}{number}" for row in "AB" for number in range(1, 5)]
    valves = [f"/World/White/Mechanical/Tcs/Rack_{r}_Return.twin:hose:flowLimit=400" for r in racks]
    assert_loops_as(walk("layouts/pod", overrides=valves), tmp_path, 8)


@pytest.mark.slow
def test_the_loops_of_the_hall_flow_in_epanet(tmp_path):
    assert_loops_as(walk("layouts/hall_liquid"), tmp_path, 512)
