"""Liquid loops as EPANET inputs: what is written reads back, traces to its prims, and flows as solved."""

import numpy as np
import pytest

from tests.support.town import town
from tests.unit.interop.test_epanet_stage import imported
from twin.interop.epanet_branches import falling
from twin.interop.epanet_export import export_epanet, numbered
from twin.interop.epanet_loops import unique_names
from twin.interop.epanet_model import WATER_KG_M3, HeadLoss, Status, ValveKind
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_start import at_start
from twin.interop.epanet_text import parse_inp
from twin.interop.epanet_write import LONGEST_NAME, inp_text
from twin.walk import walk

# Rack flows of the written input against those of the stage.
RACKS_RATIO = 5e-3
EVERY_RATIO = 2e-3


@pytest.fixture(scope="module")
def pod():
    outcome = walk("layouts/pod")
    return outcome, export_epanet(outcome.facility, outcome.solution)


def flow_of(exported):
    """Return the mass flow [kg/s] of every link of an input, by what it is traced to."""
    record = snapshot(parse_inp(exported.text))
    density = exported.network.options.specific_gravity_ratio * WATER_KG_M3
    told = exported.remarks.links
    return {
        told[link.name]: density * flow
        for link, flow in zip(record.plan.links, record.flow_m3_s[0], strict=True)
        if link.name in told
    }


def solved_flows(outcome):
    net = outcome.solution.network.flow
    names = numbered({row: net.branch_name(row) for row in range(len(net.tail))})
    return {name: float(outcome.solution.flow.flow_kg_s[row, 0]) for row, name in names.items()}


def test_there_is_one_input_per_fluid_and_temperature(pod):
    names = [one.name for one in pod[1]]
    assert len(names) == 3
    assert [name.rpartition("_")[0] for name in names] == [
        "water", "propylene_glycol_25", "propylene_glycol_30"
    ]  # fmt: skip


def test_every_loop_of_liquid_is_there_and_no_air(pod):
    outcome, made = pod
    net = outcome.solution.network.flow
    liquid = {row for row in range(len(net.tail)) if net.fluid[net.island[net.tail[row]]] != 2}
    assert sum(len(one.remarks.links) for one in made) == len(liquid)


def test_every_id_is_traced_to_a_prim_of_the_stage(pod):
    outcome, made = pod
    prims = {path for table in outcome.facility.tables.values() for path in table.paths}
    for one in made:
        ids = {k.name for k in (*one.network.pipes, *one.network.pumps, *one.network.valves)}
        assert ids == set(one.remarks.links)
        assert {j.name for j in one.network.junctions} <= set(one.remarks.nodes)
        for told in one.remarks.links.values():
            assert told.rpartition(".")[0] in prims, told
        for told in one.remarks.nodes.values():
            prim = told.partition("/ConnectionPoints/")[0] if "/Conn" in told else told.rpartition(".")[0]
            assert prim in prims, told


def test_ids_are_short_enough_and_unlike(pod):
    for one in pod[1]:
        for names in (one.remarks.nodes, one.remarks.links):
            assert all(len(name) <= LONGEST_NAME and " " not in name for name in names)
            assert len({name.upper() for name in names}) == len(names)


def test_what_is_written_reads_back(pod):
    for one in pod[1]:
        again = parse_inp(one.text)
        assert again.unsupported == ()
        for ours, theirs in ((one.network.pipes, again.pipes), (one.network.valves, again.valves)):
            assert [k.name for k in ours] == [k.name for k in theirs]
        assert len(again.junctions) == len(one.network.junctions)
        assert again.options.head_loss is HeadLoss.DARCY_WEISBACH
        assert again.options.viscosity_m2_s == pytest.approx(one.network.options.viscosity_m2_s, rel=1e-8)


def test_rack_flows_of_the_input_are_those_of_the_stage(pod):
    outcome, made = pod
    ours = solved_flows(outcome)
    theirs = {k: v for one in made for k, v in flow_of(one).items()}
    racks = [name for name in theirs if name.endswith(".coolant")]
    assert len(racks) == 8
    for name in racks:
        assert theirs[name] == pytest.approx(ours[name], rel=RACKS_RATIO), name


def test_every_flow_of_the_input_is_that_of_the_stage(pod):
    outcome, made = pod
    ours = solved_flows(outcome)
    for one in made:
        theirs = flow_of(one)
        largest = max(abs(flow) for flow in theirs.values())
        assert max(abs(flow - ours[name]) for name, flow in theirs.items()) <= EVERY_RATIO * largest


def test_flows_agree_where_no_valve_limits_them(pod):
    racks = [f"{row}{number}" for row in "AB" for number in range(1, 5)]
    valves = [f"/World/White/Mechanical/Tcs/Rack_{r}_Return.twin:hose:flowLimit=400" for r in racks]
    outcome = walk("layouts/pod", overrides=valves)
    ours = solved_flows(outcome)
    made = export_epanet(outcome.facility, outcome.solution)
    theirs = {k: v for one in made for k, v in flow_of(one).items() if k.endswith(".coolant")}
    assert max(theirs.values()) > 1.003 * min(theirs.values())
    for name, flow in theirs.items():
        assert flow == pytest.approx(ours[name], rel=RACKS_RATIO), name


def test_what_epanet_cannot_say_stands_at_the_head(pod):
    head = "\n".join(line for one in pod[1] for line in one.remarks.head)
    for words in ("Case normal", "kg/m3", "Kinematic viscosity", "PumpControl", "fws_valve holds 40 C"):
        assert words in head


def test_what_stands_by_is_closed(pod):
    closed = [p.name for one in pod[1] for p in one.network.pumps if p.status is Status.CLOSED]
    assert {"ChwPump_2.pump", "FwsPump_2.pump"} <= set(closed)


def test_an_outage_can_be_written_too(pod):
    outcome, _ = pod
    names = [case.name for case in outcome.facility.cases]
    made = export_epanet(outcome.facility, outcome.solution, names.index("fws_pump"))
    closed = [p.name for one in made for p in one.network.pumps if p.status is Status.CLOSED]
    assert "FwsPump_1.pump" in closed
    assert "FwsPump_2.pump" not in closed


def test_pump_curves_fall_as_epanet_asks(pod):
    for one in pod[1]:
        for pump in one.network.pumps:
            curve = one.network.curves[pump.head_curve]
            assert (np.diff(curve.x) > 0.0).all()
            assert (np.diff(curve.y) < 0.0).all()


def test_points_that_rise_are_left_out_of_a_pump_curve():
    flow, head = np.array([0.0, 1.0, 2.0, 3.0]), np.array([10.0, 12.0, 9.0, 9.0])
    assert falling(flow, head) == ((1.0, 3.0), (12.0, 9.0))


def test_limits_and_pressures_become_valves_that_regulate(pod):
    kinds = {v.kind for one in pod[1] for v in one.network.valves}
    assert {ValveKind.FCV, ValveKind.TCV, ValveKind.GPV} <= kinds


def test_a_network_that_was_taken_in_leaves_again_with_its_flows(tmp_path):
    _, layer = imported(tmp_path, town("D-W", "0.1"))
    outcome = walk(str(layer))
    (made,) = export_epanet(outcome.facility, outcome.solution)
    ours, theirs = solved_flows(outcome), flow_of(made)
    largest = max(map(abs, theirs.values()))
    for name, flow in theirs.items():
        assert flow == pytest.approx(ours[name], rel=3e-3, abs=1e-4 * largest), name


def test_a_network_at_one_moment_is_written_as_it_is_read():
    start = at_start(parse_inp(town("D-W", "0.1"))).network
    again = parse_inp(inp_text(start))
    for kind in ("junctions", "reservoirs", "tanks", "pipes", "pumps", "valves"):
        for ours, theirs in zip(getattr(start, kind), getattr(again, kind), strict=True):
            for name in type(ours).__dataclass_fields__:
                one, other = getattr(ours, name), getattr(theirs, name)
                if isinstance(one, float):
                    assert other == pytest.approx(one, rel=1e-8), (ours.name, name)
                elif name not in {"line", "demands"}:
                    assert other == one, (ours.name, name)


def test_names_are_cut_and_kept_apart():
    assert unique_names(["a b", "a_b", "A_B", "x" * 40], 8) == ["a_b", "a_b~2", "A_B~3", "x" * 8]
