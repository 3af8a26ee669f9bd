"""A climate stands on the site of a run: above the files, below what the user overrides."""

from dataclasses import replace

import numpy as np
import pytest

from tests.data.sites import small_site
from twin.errors import UsageError
from twin.interop.climate import read_climate
from twin.model.design_days import site_climate
from twin.model.finding import Fault
from twin.stage.climate import ELEVATION
from twin.stage.open import open_stage
from twin.stage.read import read

SITE = "/World/Site"


@pytest.fixture(scope="module")
def climate():
    return site_climate(read_climate("phoenix"), name="phoenix")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_site().write(tmp_path_factory.mktemp("site"))


def number(facility, name):
    return facility.tables["site"].numbers[name][0, 0]


def opinion(facility, name):
    return facility.opinions[facility.tables["site"].opinion[name][0]]


def test_the_site_has_the_design_day_with_source_and_evidence(folder, climate):
    before = {f: f.read_bytes() for f in folder.rglob("*.usda")}
    reading = read(folder, climate=climate)
    found = reading.facility
    assert number(found, "dry_bulb_k") - 273.15 == pytest.approx(43.4)
    assert number(found, "wet_bulb_k") - 273.15 == pytest.approx(21.1)
    assert number(found, "minimum_k") - 273.15 == pytest.approx(-1.5, abs=0.05)
    said = opinion(found, "dry_bulb_k")
    assert (said.layer, said.evidence) == ("--climate", "standard")
    assert "0.4 % dry bulb" in said.source
    assert "ASHRAE" in said.source
    assert opinion(found, "minimum_k").evidence == "derived"
    assert found.tables["site"].words["climate"][0].startswith("Phoenix Sky Harbor")
    assert found.inputs["climate"] == climate.told
    assert {f: f.read_bytes() for f in folder.rglob("*.usda")} == before


def test_what_the_user_overrides_is_stronger(folder, climate):
    found = read(folder, climate=climate, overrides=[f"{SITE}.twin:site:dryBulb=30"]).facility
    assert number(found, "dry_bulb_k") - 273.15 == pytest.approx(30.0)
    assert opinion(found, "dry_bulb_k").layer == "--set"
    assert number(found, "wet_bulb_k") - 273.15 == pytest.approx(21.1)


def test_a_site_without_a_climate_is_as_before(folder):
    plain = read(folder).facility
    assert plain.inputs["climate"] == ""
    assert opinion(plain, "dry_bulb_k").layer == "site.usda"


def test_the_elevation_of_the_site_stays_and_a_far_station_is_told(folder, climate):
    own = number(read(folder).facility, "elevation_m")
    near = read(folder, climate=replace(climate, elevation_m=own + 99.0))
    assert [w.code for w in near.warnings if w.code == "ST209"] == []
    far = read(folder, climate=replace(climate, elevation_m=own + 101.0))
    (told,) = [w for w in far.warnings if w.code == "ST209"]
    assert (told.severity, told.prim, told.attribute) == ("warning", SITE, ELEVATION)
    assert told.where.startswith("site.usda:")
    assert number(far.facility, "elevation_m") == own


def test_an_elevation_in_feet_is_compared_in_metres(folder, climate):
    near = replace(climate, elevation_m=304.8)
    reading = read(folder, climate=near, overrides=[f"{SITE}.twin:site:elevation=1000 ft"])
    assert [w.code for w in reading.warnings if w.code == "ST209"] == []


def test_a_site_without_elevation_takes_that_of_the_station(tmp_path, climate):
    site = small_site()
    text = site.files["site.usda"]
    lines = [line for line in text.splitlines(keepends=True) if "site:elevation" not in line]
    assert len(lines) < len(text.splitlines())
    site.files["site.usda"] = "".join(lines)
    found = read(site.write(tmp_path), climate=climate).facility
    assert number(found, "elevation_m") == 337.0
    assert opinion(found, "elevation_m").layer == "--climate"


def test_what_a_reader_filled_in_reaches_the_warnings(folder, climate):
    told = Fault(
        code="ST208", prim="1 May", attribute="dry bulb", where="w.epw:99", found="missing",
        expected="interpolated", severity="warning",
    )  # fmt: skip
    assert told in read(folder, climate=replace(climate, warnings=(told,))).warnings


def test_a_layout_without_a_site_takes_no_climate(tmp_path, climate):
    (tmp_path / "site.usda").write_text(
        '#usda 1.0\n(\n    defaultPrim = "World"\n    metersPerUnit = 1\n    upAxis = "Z"\n'
        '    timeCodesPerSecond = 1\n)\n\ndef Xform "World"\n{\n}\n'
    )
    with pytest.raises(UsageError, match="no site"):
        open_stage(tmp_path, climate=climate)
    assert np.isfinite(climate.day.dry_bulb_k)
