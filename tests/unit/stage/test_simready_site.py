"""A SimReady asset in a layout: what it says reaches our columns, what it lacks is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from pxr import Usd

from tests.data.sites import HEAD, small_site
from twin.errors import InputError
from twin.model.component import kinds
from twin.stage.declared import attribute_name
from twin.stage.read import read
from twin.stage.simready import to_params

DATA = Path(__file__).parents[2] / "data" / "simready"
WHITE, ASSET = "assets/White/White.usda", "assets/AcmeRack/AcmeRack_Properties.usda"
PORTS = {
    "acme_supply_00": "acme_tcs_supply_01",
    "acme_return_00": "acme_tcs_return_01",
    "acme_power_00": "acme_electrical_nominal_voltage_a1",
    "acme_power_01": "acme_electrical_nominal_voltage_b1",
}
# What the vocabulary has no name for, as an engineer adds it where the rack is placed.
ADDED = """
        double twin:rack:heatCaptureLowRatio = 80
        double twin:rack:coolantSupplyMax = 45
        double twin:rack:coolantSupplyMin = 20
        token twin:rack:airClass = "A2"
        double twin:rack:curveDensity = 1020
        double twin:rack:curveViscosity = 1.4
"""


def site(folder, *, added=ADDED, asset=(), racks=1):
    """Write a site with the SimReady rack in the place of ours; ``asset`` are changes of its layers."""
    made = small_site(racks=racks)
    text = made.files[WHITE].replace("@../Rack/Rack.usda@", "@../AcmeRack/AcmeRack.usda@")
    for ours, theirs in PORTS.items():
        text = text.replace(f"/ConnectionPoints/{ours}>", f"/ConnectionPoints/{theirs}>")
    for i in range(racks):
        at = text.index("{", text.index(f'"Rack_{i:02d}"')) + 1
        text = text[:at] + added + text[at:]
    made.files[WHITE] = text
    made.write(folder)
    shutil.copytree(DATA / "AcmeRack", folder / "assets" / "AcmeRack")
    for name, old, new in asset:
        file = folder / "assets" / "AcmeRack" / f"AcmeRack_{name}.usda"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))
    return folder


def refused(folder, **options):
    """Return the errors that a site is refused with."""
    with pytest.raises(InputError) as refusal:
        read(site(folder, **options))
    return [f for f in refusal.value.faults if f.severity == "error"]


def test_its_values_reach_our_columns_in_si_with_the_datasheet_behind_them(tmp_path):
    facility = read(site(tmp_path)).facility
    racks = facility.tables["rack"]
    assert len(racks.paths) == 2
    numbers = {name: racks.numbers[name][:, 0] for name in racks.numbers}
    assert numbers["it_power_w"] == pytest.approx(120e3)
    assert numbers["edpp_power_w"] == pytest.approx(150e3)
    assert numbers["heat_capture_ratio"] == pytest.approx(0.85)
    assert numbers["airflow_m3_s"] == pytest.approx(1.0)
    assert numbers["power_factor_ratio"] == pytest.approx(0.95)
    assert numbers["pressure_max_pag"] == pytest.approx(1e6)
    assert numbers["mass_kg"] == pytest.approx(1520.0)
    flow = racks.curves["required_flow_m3_s"][0]
    assert flow[0] == pytest.approx((303.15, 0.002))
    drop = racks.curves["pressure_curve_pa"][0]
    assert drop[-1] == pytest.approx((0.003, (0.002 * 180.0**2 + 0.05 * 180.0) * 1e3))
    assert np.isnan(numbers["shelf_power_w"]).all()

    def said(name):
        return facility.opinions[racks.opinion[name][0]]

    power, airflow, added = said("it_power_w"), said("airflow_m3_s"), said("curve_density_kg_m3")
    assert (power.evidence, power.unit, power.spec) == ("datasheet", "kW", "/AcmeRack.aif:spec:maxPowerDcTdp")
    assert power.layer == ASSET
    assert power.source.startswith("https://acme.example/r120.pdf; DC side")
    assert airflow.evidence == "datasheet"
    assert airflow.layer == "assets/AcmeRack/AcmeRack_ConnectionPoints.usda"
    assert airflow.spec.endswith("acme_airvent_intake_01.simready:connectionPoint:airflow:designAirflowRate")
    assert (added.evidence, added.layer) == ("given", WHITE)


def test_what_the_vocabulary_has_no_name_for_is_missing_and_never_a_default(tmp_path):
    faults = refused(tmp_path, added="")
    assert {f.code for f in faults} == {"ST016"}
    assert {f.attribute for f in faults} == {line.split()[1] for line in ADDED.splitlines() if line.strip()}
    assert {f.found for f in faults} == {
        "no value: the SimReady vocabulary has no name for it (and 1 more alike)"
    }


def test_what_the_asset_lacks_is_missing_with_the_simready_name_that_would_give_it(tmp_path):
    line = "    float aif:spec:heatCaptureRatio = 85\n"
    (fault,) = refused(tmp_path, asset=[("Properties", line, "")])
    assert (fault.code, fault.attribute) == ("ST016", "twin:rack:heatCaptureRatio")
    assert "no value: aif:spec:heatCaptureRatio has no value" in fault.found
    assert fault.where.split(":")[0] == WHITE


def test_a_value_on_ports_that_disagree_is_no_value(tmp_path):
    change = ("ConnectionPoints", "electrical:powerFactor = 0.95", "electrical:powerFactor = 0.9")
    (fault,) = refused(tmp_path, asset=[change])
    assert (fault.code, fault.attribute) == ("ST016", "twin:rack:powerFactorRatio")
    assert "has 2 values on electrical input power ports" in fault.found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("float aif:spec:heatCaptureRatio = 85", 'string aif:spec:heatCaptureRatio = "85 %"', "is no number"),
        ("(30, 2, 120)", "(30, 2, 150)", "two different flows"),
        ('"y = 0.002x^2 + 0.05x"', '"see the data sheet"', "has one '='"),
        ("[(30, 2, 120), (35, 2.25, 135)", "[(36, 2, 120), (35, 2.25, 135)", "first column not rising"),
    ],
)
def test_a_required_value_that_cannot_be_used_is_missing_and_the_reason_is_told(tmp_path, old, new, said):
    (fault,) = refused(tmp_path, asset=[("Properties", old, new)])
    assert fault.code == "ST016"
    assert said in fault.found


def test_an_optional_value_that_cannot_be_used_is_a_doubt_with_its_line(tmp_path):
    changes = (
        ("    float aif:spec:maxPowerDcEdpp1 = 145\n", ""),
        ("    float aif:spec:maxPowerDcEdpp2 = 160\n", ""),
        ("float aif:spec:maxPowerAcEdpp1 = 150", 'string aif:spec:maxPowerAcEdpp1 = "150 kW"'),
    )
    reading = read(site(tmp_path, asset=[("Properties", *change) for change in changes]))
    (doubt,) = [f for f in reading.warnings if f.code == "ST060"]
    lines = (tmp_path / ASSET).read_text().splitlines()
    line = next(i for i, words in enumerate(lines, start=1) if "150 kW" in words)
    assert (doubt.where, doubt.severity) == (f"{ASSET}:{line}", "warning")
    assert doubt.found == "= '150 kW' is no number (and 1 more alike)"
    assert doubt.expected == "twin:rack:edppPower in kW"
    assert np.isnan(reading.facility.tables["rack"].numbers["edpp_power_w"]).all()


def test_our_own_attribute_settles_what_cannot_be_used(tmp_path):
    change = ("Properties", "aif:spec:heatCaptureRatio = 85", "aif:spec:heatCaptureRatio = nan")
    own = ADDED + "        double twin:rack:heatCaptureRatio = 90\n"
    reading = read(site(tmp_path, added=own, asset=[change]))
    assert reading.facility.tables["rack"].numbers["heat_capture_ratio"][:, 0] == pytest.approx(0.9)
    assert not [f for f in reading.warnings if f.code == "ST060"]


def test_a_value_outside_our_limits_is_refused_on_its_line_in_the_asset(tmp_path):
    faults = refused(tmp_path, asset=[("Properties", "maxPowerDcTdp = 120", "maxPowerDcTdp = 120000")])
    fault = next(f for f in faults if f.code == "ST013")
    assert fault.where.startswith(f"{ASSET}:")
    assert "written in W?" in fault.found


def test_a_rack_whose_port_says_something_else_has_numbers_of_its_own(tmp_path):
    folder = site(tmp_path, racks=2)
    file = folder / WHITE
    over = """
        over "ConnectionPoints"
        {
            over "acme_airvent_intake_01"
            {
                float simready:connectionPoint:airflow:designAirflowRate = 1.2
            }
        }
"""
    text = file.read_text()
    at = text.index("{", text.index('"Rack_01"')) + 1
    file.write_text(text[:at] + over + text[at:])
    racks = read(folder).facility.tables["rack"]
    flows = dict(zip(racks.paths, racks.numbers["airflow_m3_s"][:, 0], strict=True))
    assert all(flow == pytest.approx(1.0 if "Rack_00" in path else 1.2) for path, flow in flows.items())


@pytest.mark.parametrize("kind", ["cdu", "crah", "rack", "ups"])
def test_each_required_number_is_given_by_the_asset_or_missing(tmp_path, kind):
    name = f"Acme{kind.capitalize()}"
    shutil.copytree(DATA / name, tmp_path / name)
    head = HEAD.format(root="World", more="")
    (tmp_path / "site.usda").write_text(
        f'{head}def Xform "World"\n{{\n    def "Unit" (\n        references = @./{name}/{name}.usda@\n    )\n'
        "    {\n    }\n}\n"
    )
    with pytest.raises(InputError) as refusal:
        read(tmp_path)
    missing = {f.attribute for f in refusal.value.faults if f.code == "ST016"}
    stage = Usd.Stage.Open(str(tmp_path / "site.usda"))
    given = to_params(stage.GetPrimAtPath("/World/Unit"), kind)
    needed = {attribute_name(kind, p.attribute): p.name for p in kinds()[kind].params if p.required}
    assert missing == {attribute for attribute, param in needed.items() if param not in given}
    assert all("no value: " in f.found for f in refusal.value.faults if f.code == "ST016")
