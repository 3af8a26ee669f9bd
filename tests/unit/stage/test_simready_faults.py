"""One planted fault at a time: each is found under its own code, at its own line, and nothing else is."""

import re
import shutil
from pathlib import Path

import pytest
from pxr import Usd

from twin.stage.simready import RULES, faults, ports

DATA = Path(__file__).parents[2] / "data" / "simready"
CDU, RACK, CRAH, UPS, OLD = "AcmeCdu", "AcmeRack", "AcmeCrah", "AcmeUps", "AcmeCduOld"
PORT = "simready:connectionPoint:"

FLOW, PURPOSE = f"float {PORT}thermal:designFlowRate", 'purpose = "guide"'
DISCONNECT = f'            token {PORT}disconnectType = "quick_disconnect"\n'
PLACED = (
    "            double3 xformOp:translate = (-0.3, -0.3, 2.1)\n"
    '            uniform token[] xformOpOrder = ["xformOp:translate"]\n'
)
VOLTAGE, SCOPE = "    float aif:spec:nominalVoltage", 'def Scope "ConnectionPoints"'
BOX, REFERENCE = (
    "overallGeometryDimensions = (600, 1200, 2250)",
    "referenceFacilityCoolantTemperature = 305.15",
)
LIQUID = "[(30, 2, 120), (35, 2.25, 135), (40, 2.5, 150)]"
GEOMETRY = 'def Xform "Geometry"\n    {\n'

# Asset, layer, what stands there, what is planted, codes. The first occurrence is replaced.
PLANTED = [
    (RACK, "ConnectionPoints", FLOW, FLOW.replace("float", "double"), "SR101"),
    (RACK, "ConnectionPoints", f'token {PORT}system = "TCS"', f'string {PORT}system = "TCS"', "SR101"),
    (RACK, "ConnectionPoints", f"int {PORT}electrical:phases", f"float {PORT}electrical:phases", "SR101"),
    (CDU, "Properties", "float aif:spec:nominalFlow", "double aif:spec:nominalFlow", "SR101"),
    (CDU, "Properties", "float aif:spec:maxSpeed = 60", 'string aif:spec:maxSpeed = "60 Hz"', "SR101"),
    (RACK, "ConnectionPoints", "thermal:maxFlowRate", "thermal:maxFlowrate", "SR102"),
    (CDU, "Properties", "aif:spec:numberOfPumps", "aif:spec:numberOfPump", "SR102"),
    (CDU, "Properties", "aif:core:assetCreationDate", "aif:core:assetCreationDay", "SR102"),
    (RACK, "ConnectionPoints", DISCONNECT, "", "SR103"),
    (RACK, "ConnectionPoints", f"token {PORT}domain", f"token {PORT}type", "SR104"),
    (RACK, "ConnectionPoints", "thermal:matingDepth", "airflow:freeAreaRatio", "SR105"),
    (RACK, "ConnectionPoints", f'{PORT}system = "TCS"', f'{PORT}system = "tcs"', "SR106"),
    (RACK, "ConnectionPoints", '"glycol_water_25"', '"Glycol-Water-25"', "SR106 SR143"),
    (CDU, "ConnectionPoints", SCOPE, 'def Xform "ConnectionPoints"', "SR107"),
    (CDU, "ConnectionPoints", SCOPE, 'def Scope "Connectionpoints"', "SR107"),
    (CDU, "Geometry", GEOMETRY, GEOMETRY + f"        {SCOPE}\n        {{\n        }}\n", "SR107"),
    (CDU, "ConnectionPoints", 'def Xform "acme_bms_01"', 'def Scope "acme_bms_01"', "SR109 SR110"),
    (CDU, "ConnectionPoints", PURPOSE, 'purpose = "render"', "SR109"),
    (CDU, "ConnectionPoints", PLACED, "", "SR110"),
    (CDU, "ConnectionPoints", "(-0.3, -0.3, 2.1)", "(0, 0, 0)", "SR111"),
    (OLD, "ConnectionPoints", "acme_fws_supply_primary", "Acme_fws_inlet", "SR112"),
    (CDU, "ConnectionPoints", "serviceClearance = 0.6", "serviceClearance = -0.6", "SR113"),
    (CDU, "ConnectionPoints", "powerFactor = 0.9", "powerFactor = 90", "SR113 SR138"),
    (CDU, "Properties", "maximumFlow = 0.026", "maximumFlow = nan", "SR113"),
    (CDU, "ConnectionPoints", "maxFlowRate = 28", "maxFlowRate = 18", "SR114"),
    (CDU, "ConnectionPoints", "designTemperature = 32", "designTemperature = 62", "SR114"),
    (RACK, "Properties", 'assetClass = "compute rack"', 'assetClass = "Rack"', "SR121"),
    (RACK, "Properties", '    string aif:core:assetClass = "compute rack"\n', "", "SR121"),
    (RACK, "Properties", 'simreadyVersion = "0.2.0"', 'simreadyVersion = "2026.8.0"', "SR122"),
    (RACK, "Properties", "    float aif:core:weight = 1520\n", "", "SR123"),
    (CDU, "Properties", VOLTAGE, f"    float aif:spec:current = 22\n{VOLTAGE}", "SR124"),
    (CDU, "Properties", VOLTAGE, f"    float aif:spec:communication1 = 1\n{VOLTAGE}", "SR125"),
    (RACK, "Properties", "(35, 2.25, 135)", "(35, 2.25, 225)", "SR131"),
    (CDU, "Properties", REFERENCE, "referenceFacilityCoolantTemperature = 32", "SR132"),
    (RACK, "Properties", LIQUID, "[(303.15, 2, 120)]", "SR132"),
    (
        CRAH,
        "ConnectionPoints",
        "airflow:designTemperature = 24",
        "airflow:designTemperature = 297",
        "SR132 SR114",
    ),
    (RACK, "Properties", "namePlatePower = 140000", "namePlatePower = 140", "SR133"),
    (CDU, "Properties", "powerRating = 16", "powerRating = 16000", "SR133"),
    (UPS, "Properties", "outputActivePower = 500", "outputActivePower = 300", "SR134"),
    (RACK, "Properties", "y = 0.002x^2 + 0.05x", "about 70 kPa", "SR135"),
    (CDU, "Properties", "(0.008, 300)", "(0.008, 330)", "SR135"),
    (CDU, "Properties", "(0.008, 300)", "(0.02, 300)", "SR135"),
    (RACK, "Properties", "(25, 1, 0)", "(25, 1, 2119)", "SR136"),
    (RACK, "Properties", "heatCaptureRatio = 85", "heatCaptureRatio = 0.85", "SR137"),
    (RACK, "ConnectionPoints", "ratedPower = 40000", "ratedPower = 52000", "SR138"),
    (RACK, "ConnectionPoints", "nominalVoltage = 415", "nominalVoltage = 240", "SR138"),
    (RACK, "ConnectionPoints", "breakerRating = 80", "breakerRating = 70", "SR139"),
    (CDU, "ConnectionPoints", "portDiameter = 0.154", "portDiameter = 0.065", "SR140"),
    (CDU, "Properties", "nominalFlow = 0.0192", "nominalFlow = 60", "SR141"),
    (CRAH, "Properties", "flowRate = 40", "flowRate = 2.5", "SR141"),
    (RACK, "Properties", "width = 600", "width = 0.6", "SR142"),
    (RACK, "Properties", BOX, BOX.replace("2250", "2050"), "SR142"),
    (RACK, "Geometry", "2.25", "2.05", "SR142"),
    (CDU, "ConnectionPoints", 'fluidType = "glycol_water_25"', 'fluidType = "water"', "SR143"),
    (RACK, "ConnectionPoints", "designTemperature = 50.2", "designTemperature = 60.2", "SR144"),
    (RACK, "Properties", "maxPowerDcTdp = 120", "maxPowerDcTdp = 150", "SR145"),
]


def found_in(folder: Path, asset: str):
    file = next(folder.glob(f"{asset}.usd*"))
    stage = Usd.Stage.Open(str(file))
    assert stage.GetCompositionErrors() == []
    return faults(stage.GetDefaultPrim())


def found_ports(folder: Path):
    stage = Usd.Stage.Open(str(folder / f"{folder.name}.usda"))
    return ports(stage.GetDefaultPrim())


def clean(asset: str):
    return found_in(DATA / asset, asset)


def planted(folder: Path, asset: str, layer: str, old: str, new: str) -> Path:
    """Copy an asset with one text replaced; in the geometry every occurrence."""
    copy = folder / asset
    shutil.copytree(DATA / asset, copy)
    file = copy / f"{asset}_{layer}.usda"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, -1 if layer == "Geometry" else 1), encoding="utf-8")
    return copy


@pytest.mark.parametrize("asset", [CDU, RACK, CRAH, UPS, OLD])
def test_our_assets_have_no_fault_but_what_the_vocabulary_leaves_open(asset):
    assert {(fault.code, fault.severity) for fault in clean(asset)} <= {("SR124", "warning")}


@pytest.mark.parametrize("row", PLANTED, ids=[f"{row[4]}-{row[3][:40]}" for row in PLANTED])
def test_a_planted_fault_is_found_and_no_other(tmp_path, row):
    asset, *change, codes = row
    known = {(fault.code, fault.attribute) for fault in clean(asset)}
    folder = planted(tmp_path, asset, *change)
    fresh = [fault for fault in found_in(folder, asset) if (fault.code, fault.attribute) not in known]
    assert {fault.code for fault in fresh} == set(codes.split())
    for fault in fresh:
        file, _, line = fault.where.partition(":")
        assert (folder / file).exists()
        text = (folder / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert fault.attribute in text or fault.prim.rpartition("/")[2] in text


def test_every_code_is_planted_somewhere_and_documented():
    tested = {word for row in PLANTED for word in row[4].split()} | {"SR108"}
    assert tested == set(RULES)
    assert all(re.fullmatch(r"SR1\d\d", code) and text.endswith(".") for code, text in RULES.items())


def test_a_grouping_prim_is_named_and_its_ports_are_still_read(tmp_path):
    text = (DATA / CDU / f"{CDU}_ConnectionPoints.usda").read_text(encoding="utf-8")
    start = text.index('        def Xform "acme_bms_01"')
    end = text.rindex("    }\n}")
    group = f'        def Xform "Controls"\n        {{\n{text[start:end]}        }}\n'
    folder = planted(tmp_path, CDU, "ConnectionPoints", text[start:end], group)
    assert len(found_ports(folder)) == 7
    fresh = [fault for fault in found_in(folder, CDU) if fault.code != "SR124"]
    assert [(fault.code, fault.prim) for fault in fresh] == [("SR108", "/AcmeCdu/ConnectionPoints/Controls")]


def test_an_empty_and_a_missing_scope_are_named(tmp_path):
    text = (DATA / CDU / f"{CDU}_ConnectionPoints.usda").read_text(encoding="utf-8")
    ports_text = text[text.index("    {\n        def") + 6 : text.rindex("    }\n}")]
    folder = planted(tmp_path, CDU, "ConnectionPoints", ports_text, "")
    assert [f.found for f in found_in(folder, CDU) if f.code == "SR107"] == ["Scope with 0 prims"]
    stage = Usd.Stage.CreateInMemory()
    assert "SR107" in {fault.code for fault in faults(stage.DefinePrim("/A", "Xform"))}


def sentence(folder: Path, asset: str, code: str) -> str:
    return next(str(fault) for fault in found_in(folder, asset) if fault.code == code)


def test_line_to_neutral_is_told_from_a_wrong_power(tmp_path):
    feed = "nominalVoltage = 415", "nominalVoltage = 240"
    told = sentence(planted(tmp_path, RACK, "ConnectionPoints", *feed), RACK, "SR138")
    assert "SR138 warning" in told
    assert "line-to-neutral" in told


def test_kva_is_told_by_the_load_power_factor(tmp_path):
    folder = planted(tmp_path, UPS, "Properties", "loadPowerFactor = 1", "loadPowerFactor = 0.6")
    file = folder / f"{UPS}_Properties.usda"
    text = file.read_text(encoding="utf-8").replace("outputActivePower = 500", "outputActivePower = 300")
    file.write_text(text, encoding="utf-8")
    told = sentence(folder, UPS, "SR134")
    assert "SR134 warning" in told
    assert "the number is kVA" in told


WORDS = {
    "thermal:maxFlowrate": "did you mean simready:connectionPoint:thermal:maxFlowRate?",
    "heatCaptureRatio = 0.85": "0.85 %, which looks like a fraction; 85.0 % from 102 and 18 kW",
    "(35, 2.25, 225)": "2.25 L/s beside 225 L/min at 35 degC; 135 L/min",
    "nominalFlow = 60": "60 m^3/s for 800 kW is a rise of 0.00333 K; a rise of 1 to 60 K",
    'assetClass = "Rack"': "'Rack'; one of cdu, crah, ups, compute rack",
    "portDiameter = 0.065": "20 L/s through 65 mm is 6.03 m/s; at most 3 m/s",
    "[(303.15, 2, 120)]": "303.15 degC, which looks like K; degC from -60 to 150",
    "referenceFacilityCoolantTemperature = 32": "32 K, which looks like degC",
    "breakerRating = 70": "60 A; at most 56 A, 80 % of the breaker (NEC 210.20)",
    "namePlatePower = 140": "140 W; about maxPowerDcTdp = 120 kW",
}


@pytest.mark.parametrize("change", WORDS)
def test_a_fault_says_what_stands_there_and_what_is_right(tmp_path, change):
    asset, layer, old, new, code = next(row for row in PLANTED if row[3] == change or row[3].endswith(change))
    assert WORDS[change] in sentence(planted(tmp_path, asset, layer, old, new), asset, code)


def test_the_published_samples_are_sound_but_for_what_they_leave_out_and_one_fast_port():
    assert {fault.code for fault in clean("SampleGb300")} == {"SR123"}
    cdu = clean("SampleCdu")
    assert {fault.code for fault in cdu} == {"SR123", "SR140"}
    assert all("3.74 m/s" in fault.found for fault in cdu if fault.code == "SR140")
    assert {fault.severity for fault in cdu} == {"warning"}


def test_a_fault_in_a_hall_is_shown_from_the_hall_and_at_the_opinion_that_wins(tmp_path):
    shutil.copytree(DATA / RACK, tmp_path / "assets" / RACK)
    site = tmp_path / "site.usda"
    site.write_text(
        '#usda 1.0\n(\n    metersPerUnit = 1\n)\ndef Xform "Hall"\n{\n    def Xform "R1" (\n'
        f"        references = @./assets/{RACK}/{RACK}.usda@\n    )\n    {{\n"
        "        float aif:spec:heatCaptureRatio = 0.9\n    }\n}\n",
        encoding="utf-8",
    )
    stage = Usd.Stage.Open(str(site))
    (fault,) = faults(stage.GetPrimAtPath("/Hall/R1"))
    assert (fault.code, fault.prim, fault.where) == ("SR137", "/Hall/R1", "site.usda:11")
    stage.GetPrimAtPath("/Hall/R1").GetAttribute("aif:spec:liquidCooling").Set(10.0)
    (fault,) = [f for f in faults(stage.GetPrimAtPath("/Hall/R1")) if f.code == "SR144"]
    assert fault.where.startswith(f"assets/{RACK}/{RACK}_ConnectionPoints.usda:")
