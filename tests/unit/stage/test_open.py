"""What a run changes lies in the session layer, and what does not exist is refused with a suggestion."""

import re
import subprocess
import sys

import pytest

from tests.data.sites import small_site
from twin import data
from twin.errors import InputError, UsageError
from twin.stage.open import open_stage
from twin.stage.read import read

RACK = "/World/Hall/Pod_01/Rack_00"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return small_site().write(tmp_path_factory.mktemp("site"))


def power(opened):
    return opened.stage.GetPrimAtPath(RACK).GetAttribute("twin:rack:itPower").Get()


def test_a_layout_is_a_file_a_folder_or_a_bundled_name(site, monkeypatch):
    assert power(open_stage(site)) == power(open_stage(site / "site.usda")) == 132
    monkeypatch.setattr(data, "_CHECKOUT", {**data._CHECKOUT, "layouts": str(site.parent)})
    assert power(open_stage(site.name)) == 132


@pytest.mark.parametrize("layout", ["nowhere", "nowhere/site.usda"])
def test_a_layout_that_does_not_exist_is_a_usage_error(layout):
    with pytest.raises(UsageError, match="no layout"):
        open_stage(layout)


def test_a_folder_without_a_site_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"site\.usda"):
        open_stage(tmp_path)


@pytest.mark.parametrize(
    ("written", "value", "unit"), [("142", 142, "kW"), ("142kW", 142, "kW"), ("150000 W", 150000, "W")]
)
def test_an_override_keeps_its_unit_beside_its_value(site, written, value, unit):
    opened = open_stage(site, overrides=[f"{RACK}.twin:rack:itPower={written}"])
    attribute = opened.stage.GetPrimAtPath(RACK).GetAttribute("twin:rack:itPower")
    assert (attribute.Get(), attribute.GetMetadata("twinUnit")) == (value, unit)
    assert not opened.stage.GetRootLayer().dirty


def test_words_truth_values_and_curves_can_be_overridden(site):
    opened = open_stage(
        site,
        overrides=[
            f"{RACK}.twin:rack:airClass=A2",
            f"{RACK}.twin:standby=yes",
            f"{RACK}.twin:rack:requiredFlow=[(20, 90), (40, 120)]",
        ],
    )
    prim = opened.stage.GetPrimAtPath(RACK)
    assert prim.GetAttribute("twin:rack:airClass").Get() == "A2"
    assert prim.GetAttribute("twin:standby").Get() is True
    assert [tuple(p) for p in prim.GetAttribute("twin:rack:requiredFlow").Get()] == [(20, 90), (40, 120)]


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (f"{RACK}.twin:rack:itPowr=142kW", "did you mean twin:rack:itPower"),
        (f"{RACK}.twin:rack:itPower=142kV", "expected power"),
        (f"{RACK}.twin:rack:itPower=142 kVA", "power factor"),
        (f"{RACK}.twin:rack:itPower=much", "does not begin with a number"),
        (f"{RACK}.twin:rack:airClass=A7", "there is A1, A2"),
        (f"{RACK}.twin:standby=maybe", "true or false"),
        ("/World/Hall/Pod_01/Rack_0.twin:rack:itPower=1kW", "did you mean /World/Hall/Pod_01/Rack_0"),
        ("/World/Hall/Pod_01/Supply.twin:rack:itPower=1kW", "it has TwinManifoldAPI"),
        ("/_class_Rakc.twin:rack:itPower=1kW", "did you mean /_class_Rack"),
        (f"{RACK} twin:rack:itPower", "write it like"),
    ],
)
def test_an_override_of_what_does_not_exist_is_refused_with_a_suggestion(site, override, sentence):
    with pytest.raises(UsageError) as refusal:
        open_stage(site, overrides=[override])
    assert sentence in str(refusal.value)


def test_a_variant_selection_lies_in_the_session(site):
    opened = open_stage(site, variants=["/World:scenario=hot"])
    assert power(opened) == 150
    assert opened.inputs["variants"] == {"/World:scenario": "hot"}


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("/World:scenario=hto", "did you mean hot"),
        ("/World:scenrio=hot", "did you mean scenario"),
        ("/Wolrd:scenario=hot", "did you mean /World"),
        ("World:scenario", "write it like"),
    ],
)
def test_a_variant_that_does_not_exist_is_refused_with_a_suggestion(site, variant, sentence):
    with pytest.raises(UsageError) as refusal:
        open_stage(site, variants=[variant])
    assert sentence in str(refusal.value)


def test_importing_the_stage_after_the_registry_was_built_is_refused_with_the_way_out():
    script = (
        "from pxr import Usd; Usd.SchemaRegistry()\n"
        "try: import twin.stage\n"
        "except ImportError as refusal: print(refusal)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "PXR_PLUGINPATH_NAME" in run.stdout


def test_the_late_registry_is_no_matter_where_the_plugin_path_is_set():
    from twin.stage.plugin import plugin_path

    script = "from pxr import Usd; Usd.SchemaRegistry(); import twin.stage; print('fine')"
    environment = {"PXR_PLUGINPATH_NAME": str(plugin_path())}
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.strip() == "fine"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            'def "A" {\n double2[] x = [(1, 2) (3, 4)]\n}',
            "USD cannot read '(3, 4)]' in this place, in </A.x>",
        ),
        ("(\n customLayerData = {\n string[] x = [\n ]\n }\n)", "USD cannot read ']' in this place, in </>"),
        ('def "A" {\n string x = "open\n}', "what begins here does not end on its line, in </A.x>"),
    ],
)
def test_what_usd_cannot_read_is_told_by_its_text_and_not_by_its_grammar(tmp_path, written, said):
    (tmp_path / "site.usda").write_text("#usda 1.0\n" + written, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        read(tmp_path)
    (fault,) = refusal.value.faults
    assert (fault.code, fault.found) == ("ST001", said)
    assert re.fullmatch(r"site\.usda:\d+:\d+", fault.where)
