"""What a stage says reaches the facility: values, units, ports, connections, places, provenance."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.data.sites import HEAD, SCENARIO, small_site
from twin.errors import InputError
from twin.model.assemble import elements
from twin.stage.read import read


@pytest.fixture(scope="module")
def facility(tmp_path_factory):
    return read(small_site().write(tmp_path_factory.mktemp("site"))).facility


def part(facility, kind, path):
    return facility.tables[kind].paths.index(path)


def number(facility, kind, path, name):
    return facility.tables[kind].numbers[name][part(facility, kind, path), 0]


RACK = "/World/Hall/Pod_01/Rack_00"


def test_every_part_of_every_reference_is_a_row_in_path_order(facility):
    racks = facility.tables["rack"].paths
    assert racks == tuple(f"/World/Hall/Pod_0{p}/Rack_0{r}" for p in range(2) for r in range(2))
    assert len(facility.tables["hose"].paths) == 8
    assert all(t.paths == tuple(sorted(t.paths)) for t in facility.tables.values())


def test_numbers_are_si_columns_of_one_variant(facility):
    power = facility.tables["rack"].numbers["it_power_w"]
    assert power.shape == (4, 1)
    assert power[:, 0] == pytest.approx(132e3)
    assert facility.tables["rack"].numbers["heat_capture_ratio"][:, 0] == pytest.approx(0.9)


def test_a_bare_number_is_in_the_declared_unit_and_a_marked_one_in_its_own(tmp_path):
    site = small_site().edit(
        "assets/Rack/Rack.usda", "twin:rack:itPower = 132", 'twin:rack:itPower = 140000 (twinUnit = "W")'
    )
    facility = read(site.write(tmp_path)).facility
    assert number(facility, "rack", RACK, "it_power_w") == pytest.approx(140e3)


def test_the_same_site_in_binary_layers_is_the_same_facility(tmp_path, facility):
    from pxr import Sdf

    folder = small_site().write(tmp_path / "text")
    binary = tmp_path / "binary"
    for file in folder.rglob("*.usda"):
        target = (binary / file.relative_to(folder)).with_suffix(".usdc")
        target.parent.mkdir(parents=True, exist_ok=True)
        layer = Sdf.Layer.CreateAnonymous(".usda")
        layer.ImportFromString(file.read_text().replace(".usda@", ".usdc@"))
        layer.Export(str(target))
    other = read(binary / "site.usdc").facility
    for kind, table in facility.tables.items():
        assert other.tables[kind].paths == table.paths
        for name, values in table.numbers.items():
            np.testing.assert_array_equal(other.tables[kind].numbers[name], values)
    assert other.ports.paths == facility.ports.paths


def test_a_curve_is_read_in_the_units_of_its_columns(facility):
    curve = facility.tables["rack"].curves["required_flow_m3_s"]
    assert curve.shape == (4, 2, 2)
    assert curve[0, :, 0] == pytest.approx([293.15, 313.15])


def test_what_nobody_says_is_nan_and_has_no_opinion(facility):
    table = facility.tables["rack"]
    assert np.isnan(table.numbers["edpp_power_w"]).all()
    assert (table.opinion["edpp_power_w"] == -1).all()


def test_a_default_is_used_and_is_an_assumption_with_its_source(facility):
    table = facility.tables["manifold"]
    assert np.isfinite(table.numbers["run_loss_ratio"]).all()
    opinion = facility.opinions[table.opinion["run_loss_ratio"][0]]
    assert (opinion.layer, opinion.evidence) == ("default", "derived")
    assert opinion.source.startswith("derived: Darby")


def test_a_bare_opinion_is_given_and_a_sourced_one_keeps_evidence_and_source(tmp_path):
    site = small_site().edit(
        "assets/Rack/Rack.usda",
        "twin:rack:itPower = 132",
        'twin:rack:itPower = 132 (customData = { string evidence = "datasheet"; string source = "Sheet 7" })',
    )
    table = (facility := read(site.write(tmp_path)).facility).tables["rack"]
    power = facility.opinions[table.opinion["it_power_w"][0]]
    assert (power.evidence, power.source) == ("datasheet", "Sheet 7")
    assert (power.layer, power.spec) == ("assets/Rack/Rack.usda", "/Rack.twin:rack:itPower")
    mass = facility.opinions[table.opinion["mass_kg"][0]]
    assert (mass.evidence, mass.source) == ("given", "")


def test_a_stronger_bare_opinion_does_not_inherit_the_source_of_the_weaker_one(tmp_path):
    site = small_site().edit(
        "assets/Rack/Rack.usda",
        "twin:rack:itPower = 132",
        'twin:rack:itPower = 132 (customData = { string evidence = "datasheet"; string source = "Sheet 7" })',
    )
    facility = read(site.write(tmp_path), overrides=[f"{RACK}.twin:rack:itPower=142kW"]).facility
    row = part(facility, "rack", RACK)
    opinion = facility.opinions[facility.tables["rack"].opinion["it_power_w"][row]]
    assert (opinion.layer, opinion.evidence, opinion.source, opinion.unit) == ("--set", "given", "", "kW")


def test_ports_are_nodes_and_bind_by_domain_system_and_direction(facility):
    table = facility.tables["rack"]
    row = part(facility, "rack", RACK)
    paths = facility.ports.paths
    supply = table.ends["supply"]
    assert paths[supply.node[row]] == f"{RACK}/ConnectionPoints/acme_supply_00"
    power = table.ends["power"]
    assert [paths[n] for n in power.node[power.part == row]] == [
        f"{RACK}/ConnectionPoints/acme_power_0{k}" for k in range(2)
    ]
    spec = facility.ports.specs[facility.ports.spec[supply.node[row]]]
    assert (spec.port, spec.domain, spec.system, spec.direction) == ("supply", "thermal", "TCS", "supply")


def test_ports_of_equal_assets_share_one_specification(facility):
    ends = facility.tables["rack"].ends["supply"]
    assert len({int(s) for s in facility.ports.spec[ends.node]}) == 1


def test_the_offset_of_a_port_is_its_place_along_the_part_unless_authored(tmp_path, facility):
    taps = facility.tables["manifold"].ends["taps"]
    assert taps.offset_m[taps.part == 0] == pytest.approx([0.0, 0.1])  # from the near end, wherever drawn
    site = small_site().edit(
        "assets/Manifold/Manifold.usda", 'token twin:port:role = "tap"',
        'token twin:port:role = "tap"\n            double twin:port:position = 0.55',
    )  # fmt: skip
    other = read(site.write(tmp_path)).facility.tables["manifold"].ends["taps"]
    assert other.offset_m[other.part == 0] == pytest.approx([0.55, 0.1])


def test_a_connection_ends_at_the_nodes_of_the_ports_it_names(facility):
    hose = facility.tables["hose"]
    row = part(facility, "hose", "/World/Hall/Pod_01/Hose_S_00")
    ends = [facility.ports.paths[e.node[row]] for e in (hose.ends["a"], hose.ends["b"])]
    assert ends == [
        "/World/Hall/Pod_01/Supply/ConnectionPoints/acme_taps_00",
        f"{RACK}/ConnectionPoints/acme_supply_00",
    ]


def test_a_site_level_connection_reaches_into_a_shared_reference(facility):
    row = part(facility, "whip", "/World/Hall/Feeder_01")
    node = facility.tables["whip"].ends["b"].node[row]
    assert facility.ports.paths[node] == "/World/Hall/Pod_01/Board/ConnectionPoints/acme_incomers_00"


def test_a_connection_without_a_length_takes_that_of_its_curve(facility):
    table = facility.tables["whip"]
    assert table.numbers["length_m"][:, 0] == pytest.approx(7.0)
    opinion = facility.opinions[table.opinion["length_m"][0]]
    assert (opinion.evidence, opinion.source) == ("derived", "length of the drawn curve")
    assert facility.tables["hose"].numbers["length_m"][:, 0] == pytest.approx(2.5)


def test_places_sizes_and_routes_are_in_world_metres(facility):
    racks = facility.tables["rack"]
    assert racks.position_m[part(facility, "rack", "/World/Hall/Pod_01/Rack_01")] == pytest.approx(
        [6.6, 1, 0]
    )
    assert racks.size_m[0] == pytest.approx([0.6, 1.2, 2.2])
    route = facility.tables["hose"].route_m[part(facility, "hose", "/World/Hall/Pod_01/Hose_S_00")]
    assert route == pytest.approx(np.array([[6, 1, 0], [9, 1, 0], [9, 5, 0]]))
    port = facility.ports.paths.index(f"{RACK}/ConnectionPoints/acme_power_01")
    assert facility.ports.position_m[port] == pytest.approx([6.1, 1.05, 1.0])


def test_a_turned_part_keeps_its_size_and_tells_its_angle(tmp_path):
    site = small_site().edit(
        "layers/it.usda",
        'uniform token[] xformOpOrder = ["xformOp:translate"]',
        "float xformOp:rotateZ = 90\n            "
        'uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateZ"]',
    )
    racks = read(site.write(tmp_path)).facility.tables["rack"]
    assert racks.angle_rad == pytest.approx([np.pi / 2, np.pi / 2, 0, 0])
    assert racks.size_m == pytest.approx(np.tile([0.6, 1.2, 2.2], (4, 1)))
    assert racks.position_m[1] == pytest.approx([0, 1.6, 0])


def test_a_part_knows_the_asset_it_is_an_instance_of(facility):
    assert set(facility.tables["rack"].asset) == {"Rack"}
    assert set(facility.tables["hose"].asset) == {""}


def test_a_local_opinion_below_a_reference_counts_and_leaves_the_others_alone(tmp_path):
    site = small_site(pods=4).edit(
        "layers/it.usda", "double3 xformOp:translate = (6, 1, 0)",
        'double3 xformOp:translate = (6, 1, 0)\n            over "Rack_01"\n            {\n'
        "                double twin:rack:itPower = 99\n            }",
    )  # fmt: skip
    facility = read(site.write(tmp_path)).facility
    powers = dict(
        zip(facility.tables["rack"].paths, facility.tables["rack"].numbers["it_power_w"][:, 0], strict=True)
    )
    assert powers.pop("/World/Hall/Pod_01/Rack_01") == pytest.approx(99e3)
    assert set(powers.values()) == {132e3}


def test_sharing_and_plain_composition_give_the_same_facility(tmp_path, monkeypatch):
    folder = small_site(pods=3).write(tmp_path)
    shared = read(folder).facility
    monkeypatch.setattr("twin.stage.open.share", lambda root, session: None)
    plain = read(folder).facility
    assert plain.ports.paths == shared.ports.paths
    np.testing.assert_allclose(plain.ports.position_m, shared.ports.position_m)
    for kind, table in shared.tables.items():
        other = plain.tables[kind]
        assert other.paths == table.paths
        for name, ends in table.ends.items():
            np.testing.assert_array_equal(other.ends[name].node, ends.node)
        for name, values in table.numbers.items():
            np.testing.assert_array_equal(other.numbers[name], values)
            said = [
                facility.opinions[o]
                for facility, t in ((shared, table), (plain, other))
                for o in t.opinion[name]
            ]
            assert said[: len(said) // 2] == said[len(said) // 2 :]


def test_what_an_asset_says_below_a_part_it_references_is_not_lost_by_sharing(tmp_path):
    site = small_site(pods=3)
    white, it = "assets/White/White.usda", "layers/it.usda"
    moved = """
        over "ConnectionPoints"
        {
            over "acme_supply_00"
            {
                double3 xformOp:translate = (0, 0.05, 7)
            }
        }
"""
    at = site.files[white].index("{", site.files[white].index('"Rack_01"')) + 1
    site.files[white] = site.files[white][:at] + moved + site.files[white][at:]
    for pod in range(3):  # a local opinion below the pod, so that the racks in it are shared one by one
        place = f"double3 xformOp:translate = ({6 * pod}, 1, 0)"
        site.edit(it, place, f'{place}\nover "Rack_00"\n{{\n    double twin:rack:mass = 1600\n}}')
    ports = read(site.write(tmp_path)).facility.ports
    height = {p: ports.position_m[i, 2] for i, p in enumerate(ports.paths) if "Rack_" in p and "supply" in p}
    assert {p: z for p, z in height.items() if "Rack_01" in p and z != 7.0} == {}
    assert {p: z for p, z in height.items() if "Rack_00" in p and z != 1.0} == {}


def test_racks_that_their_author_made_instances_are_read_with_their_ports(tmp_path, facility):
    site = small_site()
    text = site.files["assets/White/White.usda"]
    site.files["assets/White/White.usda"] = text.replace(
        "prepend references = @../Rack/Rack.usda@",
        "instanceable = true\n        prepend references = @../Rack/Rack.usda@",
    )
    other = read(site.write(tmp_path)).facility
    assert other.ports.paths == facility.ports.paths
    assert other.tables["rack"].paths == facility.tables["rack"].paths
    np.testing.assert_allclose(other.ports.position_m, facility.ports.position_m)
    np.testing.assert_array_equal(other.tables["hose"].ends["b"].node, facility.tables["hose"].ends["b"].node)
    np.testing.assert_allclose(other.tables["rack"].size_m, facility.tables["rack"].size_m)


def test_the_number_of_prims_visited_grows_with_distinct_content_only(tmp_path):
    few = read(small_site(pods=3).write(tmp_path / "few"))
    many = read(small_site(pods=40).write(tmp_path / "many"))
    assert len(many.facility.tables["rack"].paths) == 80
    # One reference, one feeder for each further pod; nothing below them.
    assert many.visited - few.visited == 2 * (40 - 3)


def test_a_class_in_the_site_reaches_every_part_that_inherits_it(tmp_path):
    facility = read(small_site().write(tmp_path), overrides=["/_class_Rack.twin:rack:itPower=120"]).facility
    assert facility.tables["rack"].numbers["it_power_w"][:, 0] == pytest.approx(120e3)


def test_a_simready_asset_without_our_schema_is_read_by_its_class(tmp_path):
    site = (
        small_site()
        .edit(
            "assets/Rack/Rack.usda",
            '    prepend apiSchemas = ["TwinRackAPI"]\n',
            "",
        )
        .edit(
            "assets/Rack/Rack.usda",
            "    double twin:rack:itPower = 132\n",
            '    string aif:core:assetClass = "compute rack"\n    int aif:spec:namePlatePower = 140000\n',
        )
    )
    facility = read(site.write(tmp_path)).facility
    assert facility.tables["rack"].numbers["it_power_w"][:, 0] == pytest.approx(140e3)
    opinion = facility.opinions[facility.tables["rack"].opinion["it_power_w"][0]]
    assert (opinion.evidence, opinion.unit) == ("datasheet", "W")
    assert opinion.spec == "/Rack.aif:spec:namePlatePower"


def test_a_scenario_is_a_variant_of_the_default_prim(tmp_path):
    assert "150" in SCENARIO
    folder = small_site().write(tmp_path)
    hot = read(folder, scenario="hot").facility
    assert number(hot, "rack", RACK, "it_power_w") == pytest.approx(150e3)
    assert number(read(folder).facility, "rack", RACK, "it_power_w") == pytest.approx(132e3)
    assert hot.inputs["scenario"] == "hot"


def test_the_record_of_inputs_holds_a_hash_of_every_layer_in_use(facility):
    layers = facility.inputs["layers"]
    assert {"site.usda", "layers/it.usda", "assets/Rack/Rack.usda"} <= set(layers)
    assert all(len(digest) == 64 for digest in layers.values())


def test_reading_edits_no_file(tmp_path):
    folder = small_site().write(tmp_path)
    before = {f: f.read_bytes() for f in folder.rglob("*.usda")}
    read(folder, overrides=[f"{RACK}.twin:rack:itPower=142kW"], scenario="hot")
    assert {f: f.read_bytes() for f in folder.rglob("*.usda")} == before


def test_a_file_that_changed_since_the_last_reading_is_read_anew(tmp_path):
    folder = small_site().write(tmp_path)
    read(folder)
    rack = folder / "assets/Rack/Rack.usda"
    rack.write_text(rack.read_text().replace("itPower = 132", "itPower = 141"))
    os.utime(rack, (2e9, 2e9))
    assert number(read(folder).facility, "rack", RACK, "it_power_w") == pytest.approx(141e3)


def test_a_facility_goes_to_another_process_that_knows_no_usd(tmp_path, facility):
    (tmp_path / "facility.pickle").write_bytes(pickle.dumps(facility))
    script = (
        "import pickle, sys\n"
        "facility = pickle.load(open(sys.argv[1], 'rb'))\n"
        "assert 'pxr' not in sys.modules\n"
        "print(len(facility.tables['rack'].paths), len(facility.opinions) > 0)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "facility.pickle")]
    root = Path(__file__).parents[3]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert run.stdout.split() == ["4", "True"]


def test_a_stage_without_parts_is_an_empty_facility(tmp_path):
    site = small_site()
    site.files = {"site.usda": HEAD.format(root="World", more="") + 'def Xform "World"\n{\n}\n'}
    facility = read(site.write(tmp_path)).facility
    assert (dict(facility.tables), facility.ports.paths, len(facility.cases)) == ({}, (), 1)


def test_all_faults_come_at_once(tmp_path):
    site = (
        small_site()
        .edit("assets/Rack/Rack.usda", "twin:rack:itPower = 132", "twin:rack:itPower = nan")
        .edit("assets/White/White.usda", "twin:hose:length = 2.5", "twin:hose:lenght = 2.5")
    )
    with pytest.raises(InputError) as refusal:
        read(site.write(tmp_path))
    assert {"ST010", "ST015"} <= {f.code for f in refusal.value.faults}


def test_a_site_says_whether_its_conductors_are_as_warm_as_their_load_makes_them(facility, tmp_path):
    assert not elements(facility).site.warm_conductors
    told = "/World/Site.twin:site:conductorTemperature=by_load"
    assert elements(read(small_site().write(tmp_path), overrides=[told]).facility).site.warm_conductors
