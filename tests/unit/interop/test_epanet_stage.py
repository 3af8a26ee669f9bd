"""EPANET inputs as stages: every element is there, solves as in the input, and what is left out is told."""

import numpy as np
import pytest
from pxr import Sdf

from tests.support.town import town
from twin.interop.epanet_fluid import kinematic_m2_s
from twin.interop.epanet_run import snapshot
from twin.interop.epanet_stage import import_epanet
from twin.interop.epanet_text import parse_inp
from twin.walk import walk

# Hazen-Williams is the same law on both sides; Darcy-Weisbach differs by Colebrook against Swamee-Jain, and
# by EPANET's gravity, 0.08 %.
LAWS = {"H-W": ("120", 1e-3), "D-W": ("0.1", 3e-3), "C-M": ("0.011", 1e-3)}
CLOSED = 1e-9


def imported(folder, text, name="town.inp"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    made = import_epanet(file)
    layer = folder / "site.usda"
    layer.write_text(made.text, encoding="utf-8")
    return made, layer


def by_id(outcome, layer, group, variable):
    """Return a result by what it was in the input."""
    stage = Sdf.Layer.FindOrOpen(str(layer))
    data = outcome.tree[group]
    told = {}
    for path, value in zip(data[group].values.tolist(), data[variable].values[0], strict=True):
        if "epanet" in stage.GetPrimAtPath(path).customData:
            told[stage.GetPrimAtPath(path).customData["epanet"].split(" ", 1)[1]] = float(value)
    return told


def flows(outcome, layer):
    """Return the flow of every link by its id."""
    groups = [g for g in ("pipe", "plant", "valve") if g in outcome.tree.children]
    return {k: v for g in groups for k, v in by_id(outcome, layer, g, "flow_m3_s").items()}


@pytest.fixture(scope="module", params=LAWS)
def solved(request, tmp_path_factory):
    text = town(request.param, LAWS[request.param][0])
    made, layer = imported(tmp_path_factory.mktemp("town"), text)
    return request.param, made, layer, walk(str(layer)), snapshot(parse_inp(text))


def test_the_stage_flows_as_the_input(solved):
    law, _, layer, outcome, record = solved
    ours = flows(outcome, layer)
    theirs = {k.name: q for k, q in zip(record.plan.links, record.flow_m3_s[0], strict=True)}
    assert set(ours) == set(theirs)
    largest = max(map(abs, theirs.values()))
    for name, flow in theirs.items():
        assert ours[name] == pytest.approx(flow, rel=LAWS[law][1], abs=2e-4 * largest), name


def test_the_stage_stands_under_the_pressures_of_the_input(solved):
    _, _, layer, outcome, record = solved
    ours = by_id(outcome, layer, "node", "pressure_pag")
    heights = {j.name: j.elevation_m for j in record.plan.network.junctions}
    for name, head in zip(record.plan.nodes, record.head_m[0], strict=True):
        if name in heights:
            assert ours[name] == pytest.approx((head - heights[name]) * 9790.0, rel=3e-3, abs=300.0), name


def test_mass_and_energy_close(solved):
    *_, outcome, _ = solved
    assert outcome.balance.energy_ratio.max() <= CLOSED
    assert outcome.balance.mass_ratio <= CLOSED


def test_a_stage_of_water_alone_has_no_ratio_to_it(solved):
    *_, outcome, _ = solved
    assert "pue_design_ratio" not in outcome.tree["/facility"]
    assert all(np.isfinite(v.values).all() for v in outcome.tree["/facility"].data_vars.values())
    assert [f for f in outcome.findings if f.severity in {"critical", "major"}] == []


def test_every_node_and_link_is_one_prim(solved):
    _, made, _, _, record = solved
    net = record.plan.network
    sizes = {
        "Junctions": len(net.junctions), "Reservoirs": len(net.reservoirs), "Tanks": len(net.tanks),
        "Pipes": len(net.pipes), "Pumps": len(net.pumps), "Valves": len(net.valves),
        "Flanges": 2 * (len(net.pumps) + len(net.valves)),
    }  # fmt: skip
    assert dict(made.counts) == sizes


def test_names_that_differ_by_signs_only_stay_apart(solved):
    _, _, layer, outcome, _ = solved
    assert {"J/10", "J-10"} <= set(by_id(outcome, layer, "node", "pressure_pag"))


def test_what_the_stage_does_not_hold_is_told_and_kept(solved):
    _, made, layer, _, _ = solved
    said = "\n".join(made.left_out)
    for words in ("patterns day", "link Boost (town.inp:", "link P12 (town.inp:", "duration of 6 h"):
        assert words in said
    kept = Sdf.Layer.FindOrOpen(str(layer)).customLayerData
    assert tuple(kept["leftOut"]) == made.left_out
    assert kept["source"] == "town.inp"


def test_a_network_of_which_nothing_is_left_out_is_read_and_flows(tmp_path):
    text = "[JUNCTIONS]\n a 0 5\n[RESERVOIRS]\n r 30\n[PIPES]\n p r a 100 200 120\n[OPTIONS]\nUNITS LPS\n"
    made, layer = imported(tmp_path, text)
    assert made.left_out == ()
    assert flows(walk(str(layer)), layer)["p"] == pytest.approx(5e-3, rel=1e-9)


def test_the_pattern_counts_at_the_start(solved):
    _, _, layer, outcome, _ = solved
    drawn = by_id(outcome, layer, "node", "demand_m3_s")
    assert drawn["J2"] == pytest.approx(4.8e-3, rel=1e-6)


def test_valves_do_what_they_are_for(solved):
    _, _, layer, outcome, _ = solved
    state = by_id(outcome, layer, "valve", "state_index")
    assert (state["Prv"], state["Fcv"]) == (2.0, 2.0)
    assert set(state) == {"Prv", "Fcv", "Tcv", "Gpv"}
    assert by_id(outcome, layer, "node", "pressure_pag")["J7"] == pytest.approx(22.0 * 9789.0, rel=1e-3)
    assert by_id(outcome, layer, "node", "emitter_m3_s")["J11"] > 1e-4
    assert flows(outcome, layer)["P8"] == pytest.approx(0.0, abs=1e-9)


def test_the_same_input_gives_the_same_layer(tmp_path):
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        texts.append(imported(tmp_path / name, town())[0].text)
    assert texts[0] == texts[1]


def test_nodes_lie_where_the_map_says(tmp_path):
    _, layer = imported(tmp_path, town())
    stage = Sdf.Layer.FindOrOpen(str(layer))
    place = stage.GetAttributeAtPath("/World/Junctions/J_J2.xformOp:translate").default
    assert tuple(place) == (450.0, 70.0, 22.0)
    points = stage.GetAttributeAtPath("/World/Pipes/P_P3.points").default
    assert [tuple(p)[:2] for p in points] == [(450.0, 70.0), (500.0, 200.0), (470.0, 280.0), (450.0, 350.0)]
    heights = [p[2] for p in points]
    assert heights == sorted(heights)


def test_a_network_without_a_map_is_drawn_and_says_so(tmp_path):
    text = town().split("[COORDINATES]")[0] + "[END]\n"
    made, layer = imported(tmp_path, text)
    assert "has no map" in Sdf.Layer.FindOrOpen(str(layer)).documentation
    assert walk(str(layer)).balance.mass_ratio <= CLOSED
    assert made.text.count('def "J_') == 12


def test_nodes_that_the_map_forgets_stand_by_their_neighbours(tmp_path):
    _, layer = imported(tmp_path, town().replace("J9 1400 500\n", ""))
    stage = Sdf.Layer.FindOrOpen(str(layer))
    assert "1 nodes without a place" in stage.documentation
    x, y, _ = stage.GetAttributeAtPath("/World/Junctions/J_J9.xformOp:translate").default
    assert 1100.0 < x < 1600.0
    assert 300.0 < y < 600.0


def test_the_water_has_the_viscosity_of_the_input(tmp_path):
    options = "HEADLOSS D-W\nVISCOSITY 0.6"
    made, layer = imported(tmp_path, town("D-W", "0.1").replace("HEADLOSS D-W", options))
    stage = Sdf.Layer.FindOrOpen(str(layer))
    celsius = stage.GetAttributeAtPath("/World/Reservoirs/R_Lake.twin:reservoir:supplyTemperature").default
    assert kinematic_m2_s(celsius + 273.15) == pytest.approx(0.6 * 1.1e-5 * 0.3048**2, rel=1e-5)
    assert not any("viscosity" in line for line in made.left_out)


def test_a_fluid_that_is_no_water_is_told(tmp_path):
    options = "HEADLOSS D-W\nVISCOSITY 5\nSPECIFIC GRAVITY 1.1"
    made, _ = imported(tmp_path, town("D-W", "0.1").replace("HEADLOSS D-W", options))
    said = "\n".join(made.left_out)
    assert "no water has it" in said
    assert "specific gravity 1.1" in said


@pytest.mark.parametrize(("level", "lake"), [("0.5", "0"), ("6", "30")], ids=["empty", "full"])
def test_an_empty_tank_gives_nothing_and_a_full_one_takes_nothing(tmp_path, level, lake):
    text = town(lake=lake, level=level)
    _, layer = imported(tmp_path, text)
    ours, record = walk(str(layer)), snapshot(parse_inp(text))
    names = [k.name for k in record.plan.links]
    assert float(record.flow_m3_s[0][names.index("P3")]) == pytest.approx(0.0, abs=1e-9)
    assert flows(ours, layer)["P3"] == pytest.approx(0.0, abs=1e-9)
