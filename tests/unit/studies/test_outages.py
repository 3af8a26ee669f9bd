"""Single outages as cases: what they take out, what starts for it, what they leave alone."""

from dataclasses import replace

import numpy as np
import pytest

from tests.property.pods import copy_pod
from twin.stage.read import read
from twin.studies.outages import CONTINGENCY, ONE_PUMP, RACK, authored_cases, in_cases, single_outages

WHITE = "/World/White/Mechanical"


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    return read(copy_pod(tmp_path_factory.mktemp("outages"))).facility


@pytest.fixture(scope="module")
def outages(pod):
    return single_outages(pod)


def parts_of(outages, group):
    return [o.part for o in outages if o.group == group]


def test_every_running_pump_and_unit_is_out_once(pod, outages):
    assert parts_of(outages, "CDU out") == [f"{WHITE}/Cdu_1", f"{WHITE}/Cdu_2"]
    assert parts_of(outages, ONE_PUMP) == [f"{WHITE}/Cdu_1", f"{WHITE}/Cdu_2"]
    assert parts_of(outages, "pump out") == ["/World/Mechanical/ChwPump_1", "/World/Mechanical/FwsPump_1"]
    assert parts_of(outages, RACK) == list(pod.tables["rack"].paths)


def test_a_contingency_that_takes_out_one_unit_is_that_units_outage(outages):
    (cdu,) = [o for o in outages if o.part == f"{WHITE}/Cdu_1" and o.group == "CDU out"]
    assert cdu.authored
    assert cdu.case.name == "cdu"
    assert "/World/Controls/cdu" not in parts_of(outages, CONTINGENCY)
    assert "/World/Controls/utility" in parts_of(outages, CONTINGENCY)


def test_a_rack_is_isolated_by_its_two_hoses(outages):
    (found,) = [o for o in outages if o.group == RACK and o.part.endswith("Rack_B3")]
    assert found.case.out == (
        "/World/White/IT/Rack_B3", f"{WHITE}/Tcs/Rack_B3_Return", f"{WHITE}/Tcs/Rack_B3_Supply",
    )  # fmt: skip


def test_a_standby_pump_starts_for_the_one_that_stops(pod):
    bare = replace(pod, cases=tuple(c for c in pod.cases if c.name == "normal"))
    bare = replace(bare, tables=in_cases(pod, ()).tables)
    (found,) = [o for o in single_outages(bare) if o.part.endswith("FwsPump_1")]
    assert not found.authored
    assert found.case.start == ("/World/Mechanical/FwsPump_2",)


def test_an_outage_changes_its_own_column_only(pod, outages):
    chosen = [o for o in outages if o.group in {RACK, ONE_PUMP} or o.part.endswith("Cdu_2")]
    cases = in_cases(pod, chosen)
    assert [case.name for case in cases.cases] == ["normal", *(o.case.name for o in chosen)]
    hoses = cases.tables["hose"]
    for column, outage in enumerate(chosen, start=1):
        still = [path for path, on in zip(hoses.paths, hoses.in_service[:, column], strict=True) if not on]
        assert still == [path for path in outage.case.out if "Return" in path or "Supply" in path]
    assert hoses.in_service[:, 0].all()
    units = cases.tables["cdu"]
    out = np.array([[o.part in o.case.one_pump_out and o.part == p for o in chosen] for p in units.paths])
    assert np.array_equal(units.numbers["pumps_out_count"][:, 1:], out)
    assert not units.numbers["pumps_out_count"][:, 0].any()


def test_cases_of_the_stage_keep_their_split_of_heat(pod):
    cases = in_cases(pod, authored_cases(pod))
    assert cases.cases == pod.cases
    assert np.array_equal(cases.tables["cdu"].in_service, pod.tables["cdu"].in_service)
