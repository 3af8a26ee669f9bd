"""The variant axis: normal, contingencies, and both ends of the heat split."""

import numpy as np
import pytest

from tests.data.sites import contingency, layer, small_site
from twin.errors import InputError
from twin.stage.read import read

CAPTURE = "twin:rack:heatCaptureRatio = 90"


def running(facility, kind, case):
    """Return the parts of a kind that run in a case."""
    names = [f"{c.name} {c.capture}" for c in facility.cases]
    flags = np.broadcast_to(facility.tables[kind].in_service, (len(facility.tables[kind].paths), len(names)))
    return {p for p, on in zip(facility.tables[kind].paths, flags[:, names.index(case)], strict=True) if on}


@pytest.fixture(scope="module")
def facility(tmp_path_factory):
    return read(small_site().write(tmp_path_factory.mktemp("site"))).facility


def test_the_axis_is_normal_then_contingencies_in_path_order_then_all_with_the_heat_in_the_air(facility):
    assert [(c.name, c.capture) for c in facility.cases if c.viscosity_ratio == 1.0] == [
        (name, capture) for capture in ("liquid", "air") for name in ("normal", "A_feeder", "B_pod")
    ]
    assert facility.cases[1].prim == "/World/Hall/A_feeder"
    assert facility.cases[1].text == "what happened"


def test_racks_that_split_their_heat_one_way_only_need_no_second_half(tmp_path):
    site = small_site().edit("assets/Rack/Rack.usda", CAPTURE, CAPTURE.replace("90", "85"))
    assert {c.capture for c in read(site.write(tmp_path)).facility.cases} == {"liquid"}


def test_a_site_with_liquid_cooled_racks_is_also_solved_with_a_thicker_coolant(facility):
    *others, last = facility.cases
    assert all(case.viscosity_ratio == 1.0 for case in others)
    assert last.viscosity_ratio > 1.0
    assert (last.out, last.start, last.capture) == ((), (), "liquid")


def test_a_prim_that_is_out_takes_all_below_it_out(facility):
    everything = set(facility.tables["rack"].paths)
    assert running(facility, "rack", "normal liquid") == everything
    assert running(facility, "rack", "B_pod air") == {p for p in everything if "Pod_00" in p}
    assert not {p for p in running(facility, "hose", "B_pod liquid") if "Pod_01" in p}


def test_a_contingency_may_take_out_a_connection(facility):
    everything = set(facility.tables["whip"].paths)
    assert everything - running(facility, "whip", "A_feeder liquid") == {"/World/Hall/Feeder_00"}


def test_a_kind_that_no_case_touches_has_one_column(facility):
    assert facility.tables["site"].in_service.shape == (1, 1)
    assert facility.tables["rack"].in_service.shape == (4, len(facility.cases))


def test_a_name_that_only_begins_alike_stays_in_service(tmp_path):
    site = small_site(pods=12)
    site.files["layers/controls.usda"] = layer([contingency("One", out=["/World/Hall/Pod_01"])])
    facility = read(site.write(tmp_path)).facility
    out = set(facility.tables["rack"].paths) - running(facility, "rack", "One liquid")
    assert out == {"/World/Hall/Pod_01/Rack_00", "/World/Hall/Pod_01/Rack_01"}


def test_what_stands_by_runs_only_where_a_contingency_starts_it(tmp_path):
    site = small_site()
    hose = site.files["assets/White/White.usda"]
    at = hose.index("{", hose.index('"Hose_S_00"')) + 1
    site.files["assets/White/White.usda"] = hose[:at] + "\n        bool twin:standby = true" + hose[at:]
    facility = read(site.write(tmp_path)).facility
    standby = {"/World/Hall/Pod_00/Hose_S_00", "/World/Hall/Pod_01/Hose_S_00"}
    assert standby.isdisjoint(running(facility, "hose", "normal liquid"))
    assert standby & running(facility, "hose", "B_pod liquid") == {"/World/Hall/Pod_00/Hose_S_00"}


def test_a_contingency_without_effect_is_a_fault(tmp_path):
    site = small_site()
    site.files["layers/controls.usda"] = layer(
        ['def Scope "Empty"\n{\n}\n', contingency("One", out=["/World/Hall/Empty"])]
    )
    with pytest.raises(InputError) as refusal:
        read(site.write(tmp_path))
    assert "ST050" in {f.code for f in refusal.value.faults}


def test_a_contingency_that_names_no_prim_is_a_fault_with_a_suggestion(tmp_path):
    site = small_site()
    site.files["layers/controls.usda"] = layer([contingency("One", out=["/World/Hall/Pod_0"])])
    with pytest.raises(InputError) as refusal:
        read(site.write(tmp_path))
    fault = next(f for f in refusal.value.faults if f.code == "ST031")
    assert "/World/Hall/Pod_0 does not exist" in fault.found
    assert "did you mean Pod_0" in fault.expected


def test_a_part_relationship_stands_for_the_parts_below_its_target(facility):
    out = facility.tables["contingency"].targets["out"]
    second = np.flatnonzero(out.part == 1)
    assert len(second) > 2
    racks = {facility.tables[out.kind[i]].paths[out.row[i]] for i in second if out.kind[i] == "rack"}
    assert racks == {"/World/Hall/Pod_01/Rack_00", "/World/Hall/Pod_01/Rack_01"}
