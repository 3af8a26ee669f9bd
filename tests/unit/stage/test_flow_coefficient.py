"""A flow coefficient is given as Kv or as Cv; what follows is the same."""

import numpy as np
import pytest

from tests.property.pods import copy_pod
from tests.support.hand_valves import hand_set
from twin.errors import InputError
from twin.model.groups import KV_OVER_CV
from twin.reports.explain_value import explain_target
from twin.stage.proposal import Setting, write_proposal
from twin.stage.read import read
from twin.units import to_si

VALVE = "/World/White/Mechanical/Tcs/Valve_A1"
GPM_M3_S, PSI_PA, BAR_PA = 231 * 0.0254**3 / 60.0, 6894.757293168361, 1e5


@pytest.fixture(scope="module")
def pod(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pod")
    copy_pod(folder)
    return next(folder.rglob("site.usda")).parent


def site(pod, folder, **change):
    """Return a site of hand-set valves, with some of its text changed."""
    root = hand_set(folder, pod, kv=25.0, least=0.5)
    text = root.read_text()
    for old, new in change.values():
        assert old in text
        text = text.replace(old, new)
    root.write_text(text)
    return root


def in_cv(name, kv):
    return f"double twin:valve:{name} = {kv}", f"double twin:valve:c{name[1:]} = {kv / 0.865!r}"


def valve(facility, name):
    table = facility.tables["valve"]
    return table.numbers[name][table.paths.index(VALVE), 0]


def test_kv_over_cv_is_that_of_the_standard_and_exact_in_its_units():
    # IEC 60534-1: Kv/Cv = 8.65e-1, Kv in m3/h at 1 bar and Cv in US gpm at 1 psi.
    assert pytest.approx(0.865, abs=5e-4) == KV_OVER_CV * GPM_M3_S * 3600.0
    assert pytest.approx((BAR_PA / PSI_PA) ** 0.5, rel=1e-14) == KV_OVER_CV
    assert to_si(1.0, "gpm", "cv_m3_s") == pytest.approx(GPM_M3_S, rel=1e-12)


def test_a_valve_given_by_cv_is_the_valve_given_by_kv(pod, tmp_path):
    by_kv = read(site(pod, tmp_path / "kv")).facility
    by_cv = read(
        site(pod, tmp_path / "cv", a=in_cv("kv", 25.0), b=in_cv("kvOpen", 25.0), c=in_cv("kvLeast", 0.5))
    ).facility
    for name in ("kv_m3_s", "kv_open_m3_s", "kv_least_m3_s"):
        given, meant = valve(by_cv, name), valve(by_kv, name)
        assert given == pytest.approx(meant, rel=1e-4)  # 0.865 is rounded
    table = by_cv.tables["valve"]
    opinion = by_cv.opinions[table.opinion["kv_m3_s"][0]]
    assert opinion.spec.endswith("twin:valve:cv")
    assert opinion.unit == ""


def test_couplings_of_hoses_follow_too(pod, tmp_path):
    root = site(
        pod, tmp_path,
        a=("double twin:hose:flowLimit = None", "double twin:hose:couplingKv = None\n"
           "    double twin:hose:couplingCv = 27.4\n    double twin:hose:flowLimit = None"),
    )  # fmt: skip
    hoses = read(root).facility.tables["hose"]
    kv = hoses.numbers["coupling_kv_m3_s"][[path.endswith("_Return") for path in hoses.paths], 0]
    assert kv * 3600.0 == pytest.approx(23.7, rel=1e-3)
    assert len(kv) == 8


def test_two_that_differ_by_more_than_rounding_are_refused_once(pod, tmp_path):
    kv = "double twin:valve:kv = 25.0"
    both = site(pod, tmp_path / "same", a=(kv, f"{kv}\n    double twin:valve:cv = 28.9"))
    assert valve(read(both).facility, "kv_m3_s") == pytest.approx(25.0 / 3600.0)
    with pytest.raises(InputError) as refused:
        read(site(pod, tmp_path / "other", a=(kv, f"{kv}\n    double twin:valve:cv = 40")))
    faults = [f for f in refused.value.faults if f.code == "ST127"]
    assert len(faults) == len(refused.value.faults) == 8
    told = next(f for f in faults if f.prim == VALVE)
    assert told.attribute == "twin:valve:cv"
    assert told.found == "40 gpm, a kv of 34.5991 m3/h, beside kv = 25 m3/h"
    assert told.expected == "one of the two, or both of one size: 28.9025 gpm here"
    assert told.where.startswith("site.usda:")


def test_a_valve_without_any_coefficient_is_refused_for_its_kv(pod, tmp_path):
    with pytest.raises(InputError) as refused:
        read(site(pod, tmp_path, a=("double twin:valve:kv = 25.0\n", "\n")))
    told = {(f.code, f.attribute) for f in refused.value.faults}
    assert told == {("ST016", "twin:valve:kv")}


def test_a_proposal_of_kv_silences_the_cv_of_a_weaker_layer(pod, tmp_path):
    root = site(pod, tmp_path, a=in_cv("kv", 25.0))
    wanted = Setting(
        prim=VALVE, kind="valve", name="kv_m3_s", value=8.0 / 3600.0, note="set", source="a study"
    )
    made = write_proposal(tmp_path / "set.usda", root, [wanted], doc="settings", meta={})
    head = root.read_text().partition("subLayers")[0]
    adopted = tmp_path / "adopted.usda"
    adopted.write_text(f"{head}subLayers = [@{made}@, @{root}@]\n)\n")
    facility = read(adopted).facility
    assert valve(facility, "kv_m3_s") * 3600.0 == pytest.approx(8.0)
    assert np.isnan(valve(facility, "cv_m3_s"))


def test_an_explanation_shows_where_the_coefficient_was_written(pod, tmp_path):
    page = explain_target(f"{VALVE}.twin:valve:kv", str(site(pod, tmp_path, a=in_cv("kv", 25.0))))
    assert "25 m³/h" in page.replace("24.9994", "25")
    assert "site.usda:" in page
