"""Every trap of the stage is a fault with its code, its file and its line."""

import os
import signal

import pytest

from tests.data.sites import HEAD, Site, contingency, layer, part, reference, small_site
from twin.errors import InputError
from twin.stage.read import read
from twin.stage.rules import RULES

RACK, WHITE, IT = "assets/Rack/Rack.usda", "assets/White/White.usda", "layers/it.usda"
POWER = "twin:rack:itPower = 132"
SUPPLY = "rel twin:connection:to = </White/Rack_00/ConnectionPoints/acme_supply_00>"


def faults(site: Site, folder, **options):
    """Return errors and warnings of a site."""
    try:
        return list(read(site.write(folder), **options).warnings)
    except InputError as refusal:
        return list(refusal.faults)


def only(found, code):
    """Return the one fault of a code."""
    chosen = [f for f in found if f.code == code]
    assert len(chosen) == 1, "\n".join(map(str, found))
    return chosen[0]


def planted(folder, file, old, new, code, *, line=""):
    """Return the fault that one change of one file makes, and check where it is said to be."""
    site = small_site().edit(file, old, new)
    fault = only(faults(site, folder), code)
    if line:
        assert fault.where == f"{file}:{site.line(file, line)}"
    return fault


def test_a_sound_site_has_no_fault(tmp_path):
    assert faults(small_site(), tmp_path) == []


def test_every_code_says_what_it_means_and_how_to_mend_it():
    for code, rule in RULES.items():
        assert code[:2] in {"ST", "SR", "PW"}
        assert rule.title
        assert rule.means.endswith(".")
        assert rule.mend.endswith(".")


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (POWER, "twin:rack:itPwer = 132", "ST010", ("nobody declares", "twin:rack:itPower")),
        (f"double {POWER}", 'string twin:rack:itPower = "132 kW"', "ST011", ("'132 kW'", "= 132, in kW")),
        (f"double {POWER}", f"float {POWER}", "ST011", ("float 132", "double twin:rack:itPower")),
        ('airClass = "A1"', 'airClass = "banana"', "ST012", ("'banana'", "A1, A2")),
        (POWER, "twin:rack:itPower = 5000", "ST013", ("5000 kW", "0 to 2000 kW")),
        (POWER, "twin:rack:itPower = 132000", "ST013", ("132000 kW (written in W?)", "0 to 2000 kW")),
        (POWER, "twin:rack:itPower = 0.132", "ST014", ("0.132 kW (written in MW?)", "5 to 300 kW")),
        (POWER, "twin:rack:itPower = nan", "ST015", ("nan", "finite")),
        (POWER, "twin:rack:itPower = -inf", "ST015", ("-inf", "finite")),
        (POWER, f'{POWER} (twinUnit = "kVA")', "ST017", ("'kVA'", "power factor")),
        (POWER, f'{POWER} (twinUnit = "kilowat")', "ST017", ("'kilowat'", "unknown unit")),
        ("TwinRackAPI", "TwinRakcAPI", "ST020", ("TwinRakcAPI", "TwinRackAPI")),
        ('["TwinRackAPI"]', '["TwinRackAPI", "TwinCduAPI"]', "ST021", ("TwinRackAPI and TwinCduAPI", "one")),
        (POWER, f"{POWER}\n    double twin:cdu:hold = 3", "ST010", ("nobody", "cdu")),
    ],
)  # fmt: skip
def test_a_wrong_opinion_is_named_with_its_line(tmp_path, old, new, code, said):
    line = new.splitlines()[-1].strip() if code != "ST021" else "apiSchemas"
    fault = planted(tmp_path, RACK, old, new, code, line=line)
    assert said[0] in fault.found
    assert said[1] in fault.expected


def test_an_attribute_of_another_kind_is_not_lost_without_a_word(tmp_path):
    fault = planted(tmp_path, RACK, POWER, f"{POWER}\n    double twin:manifold:mass = 3", "ST022")
    assert (fault.attribute, fault.found) == (
        "twin:manifold:mass",
        "the prim is of kind rack (and 3 more alike)",
    )


def test_an_attribute_on_a_prim_without_schema_is_not_lost_without_a_word(tmp_path):
    site = small_site().edit("site.usda", ")\n{\n", ")\n{\n    double twin:rack:itPower = 3\n")
    assert only(faults(site, tmp_path), "ST022").prim == "/World"


def test_one_wrong_opinion_of_an_asset_is_one_fault_with_the_number_of_its_copies(tmp_path):
    fault = planted(tmp_path, RACK, POWER, "twin:rack:itPower = nan", "ST015")
    assert fault.prim == "/World/Hall/Pod_00/Rack_00"
    assert fault.found == "nan (and 3 more alike)"


def test_an_integer_where_a_number_is_declared_is_a_warning_only(tmp_path):
    fault = planted(tmp_path, RACK, f"double {POWER}", f"int {POWER}", "ST011")
    assert fault.severity == "warning"


def test_a_missing_value_names_the_prim_that_needs_it(tmp_path):
    fault = planted(tmp_path, RACK, f"double {POWER}", "", "ST016")
    assert fault.attribute == "twin:rack:itPower"
    assert "[kW]" in fault.expected
    assert fault.where.startswith("assets/")


def test_a_blocked_value_is_a_missing_one(tmp_path):
    planted(tmp_path, RACK, POWER, "twin:rack:itPower = None", "ST016")


def test_a_unit_of_a_weaker_opinion_does_not_hold_for_a_stronger_value(tmp_path):
    site = (
        small_site()
        .edit(RACK, POWER, 'twin:rack:itPower = 132000 (twinUnit = "W")')
        .edit(WHITE, "double3 xformOp", "double twin:rack:itPower = 140\n        double3 xformOp")
    )
    fault = only(faults(site, tmp_path), "ST018")
    assert "140.0 here, 'W' at assets/Rack/Rack.usda:" in fault.found
    assert fault.where == f"{WHITE}:{site.line(WHITE, 'itPower = 140')}"


def test_a_curve_must_rise(tmp_path):
    planted(tmp_path, RACK, "requiredFlow = [(20", "requiredFlow = [(50", "ST019", line="requiredFlow")


def test_two_prims_with_one_identity_are_a_warning_but_copies_of_an_asset_are_not(tmp_path):
    site = small_site().edit(RACK, POWER, f'{POWER}\n    string twin:id = "R"')
    assert faults(site, tmp_path / "copies")
    site = small_site()
    for pod in range(2):
        at = f"({6 * pod}, 1, 0)"
        site.edit(IT, f"translate = {at}", f'translate = {at}\n            string twin:id = "POD"')
    assert not [f for f in faults(site, tmp_path / "pods") if f.severity == "error"]


def test_two_connections_with_one_identity_are_named(tmp_path):
    site = small_site()
    for name in ("Hose_S_00", "Hose_R_00"):
        at = site.files[WHITE].index(f'"{name}"')
        cut = site.files[WHITE].index("{", at) + 1
        site.files[WHITE] = (
            site.files[WHITE][:cut] + '\n        string twin:id = "H1"' + site.files[WHITE][cut:]
        )
    fault = only(faults(site, tmp_path), "ST023")
    assert fault.severity == "warning"
    assert "'H1' is also /World/Hall/Pod_00/Hose_" in fault.found


@pytest.mark.parametrize(
    ("new", "code", "expected"),
    [
        ("", "ST030", "one thermal port"),
        ("rel twin:connection:to", "ST030", "one thermal port"),
        (SUPPLY.replace("<", "[</White/Supply/ConnectionPoints/acme_taps_01>, <") + "]", "ST030", "one port"),
        (SUPPLY.replace("acme_supply_00", "acme_suply_00"), "ST031", "acme_supply_00"),
        (SUPPLY.replace("Rack_00", "Rack_07"), "ST031", "Rack_00"),
        (SUPPLY.replace("/ConnectionPoints/acme_supply_00", ""), "ST032", "acme_supply_00"),
        (SUPPLY.replace("acme_supply_00", "acme_power_00"), "ST033", "domain thermal"),
        (SUPPLY.replace("acme_supply_00", "acme_return_00"), "ST034", "one connection"),
        ("rel twin:connection:to = </White/Supply/ConnectionPoints/acme_taps_00>", "ST037", "another part"),
        (SUPPLY.replace("/White/Rack_00", "/Elsewhere/Rack_00"), "ST036", "within the asset"),
    ],
)  # fmt: skip
def test_a_connection_that_does_not_join_two_ports_is_named_with_its_line(tmp_path, new, code, expected):
    fault = planted(tmp_path, WHITE, SUPPLY, new, code)
    assert expected in fault.expected
    assert fault.where.startswith(f"{WHITE}:")


def test_two_pipes_on_one_port_name_both(tmp_path):
    new = SUPPLY.replace("acme_supply_00", "acme_return_00")
    fault = planted(tmp_path, WHITE, SUPPLY, new, "ST034")
    assert "Hose_R_00 and /World/Hall/Pod_00/Hose_S_00" in fault.found


def test_a_required_port_that_nothing_joins_is_a_fault(tmp_path):
    site = small_site().edit(WHITE, SUPPLY, SUPPLY.replace("acme_supply_00", "acme_return_00"))
    fault = only(faults(site, tmp_path), "ST035")
    assert "Rack_00/ConnectionPoints/acme_supply_00 leads nowhere" in fault.found


def test_a_missing_port_names_the_candidates(tmp_path):
    fault = planted(tmp_path, RACK, 'direction = "return"', 'direction = "retrun"', "ST040")
    assert "acme_return_00" in fault.found
    assert "direction return" in fault.expected


def test_several_prims_for_one_port_are_named_and_a_role_settles_it(tmp_path):
    double = 'direction = "supply"'
    site = small_site().edit(RACK, 'direction = "return"', double)
    found = faults(site, tmp_path / "double")
    assert only(found, "ST041").found.startswith("acme_return_00 and acme_supply_00")
    settled = small_site().edit(
        RACK, 'direction = "return"', f'{double}\n            token twin:port:role = "return"'
    )
    assert faults(settled, tmp_path / "settled") == []


def test_a_role_that_no_port_declares_is_named(tmp_path):
    fault = planted(tmp_path, "assets/Manifold/Manifold.usda", '"near"', '"nearr"', "ST042")
    assert "near" in fault.expected


def test_a_port_at_the_origin_that_nobody_placed_is_a_warning(tmp_path):
    site = small_site()
    text = site.files[RACK]
    at = text.index('"acme_supply_00"')
    start = text.index("            double3 xformOp", at)
    stop = text.index("\n", text.index("xformOpOrder", at)) + 1
    site.files[RACK] = text[:start] + text[stop:]
    fault = only(faults(site, tmp_path), "ST043")
    assert fault.severity == "warning"
    assert fault.prim.endswith("acme_supply_00")


def test_a_misspelt_variant_selection_is_named_with_its_line(tmp_path):
    fault = planted(
        tmp_path, "site.usda", 'scenario = "normal"', 'scenario = "nornal"', "ST007", line="nornal"
    )
    assert fault.expected == "did you mean normal?"


def test_a_selection_of_a_variant_set_that_does_not_exist_is_named(tmp_path):
    fault = planted(
        tmp_path, "site.usda", 'string scenario = "normal"',
        'string scenario = "normal"\n        string coolign = "air"', "ST007",
    )  # fmt: skip
    assert "coolign" in fault.found


def test_an_opinion_below_an_instance_is_not_lost_without_a_word(tmp_path):
    site = small_site().edit(
        IT,
        'def Xform "Pod_01" (\n',
        'def Xform "Pod_01" (\n            instanceable = true\n',
    ).edit(
        IT, "double3 xformOp:translate = (6, 1, 0)",
        'double3 xformOp:translate = (6, 1, 0)\n            over "Rack_01"\n            {\n'
        "                double twin:rack:itPower = 99\n            }",
    )  # fmt: skip
    fault = only(faults(site, tmp_path), "ST008")
    line = site.line(IT, 'over "Rack_01"')
    assert fault.where == f"{IT}:{line}"


BELOW = """
        over "ConnectionPoints"
        {
            double3 xformOp:translate = (0, 0, 7)
        }
"""


def below_instance(folder, **options):
    """Return what is said of an opinion below an instance in an asset that others reference."""
    site = small_site().edit(
        WHITE, 'def Xform "Rack_01" (\n', 'def Xform "Rack_01" (\n        instanceable = true\n'
    )
    at = site.files[WHITE].index("{", site.files[WHITE].index('"Rack_01"')) + 1
    site.files[WHITE] = site.files[WHITE][:at] + BELOW + site.files[WHITE][at:]
    return only(faults(site, folder, **options), "ST008"), site.line(WHITE, 'over "ConnectionPoints"')


def test_an_opinion_below_an_instance_in_a_referenced_layer_is_not_lost_without_a_word(tmp_path):
    fault, line = below_instance(tmp_path)
    assert fault.where == f"{WHITE}:{line}"
    assert fault.prim == "/World/Hall/Pod_00/Rack_01/ConnectionPoints"


def test_an_opinion_below_an_instance_is_named_whatever_variant_is_chosen(tmp_path):
    assert below_instance(tmp_path / "lint", lint=False)[0].code == "ST008"


def test_an_override_below_an_instance_is_not_lost_without_a_word(tmp_path):
    pod = 'def Xform "Pod_01" (\n'
    site = small_site().edit(IT, pod, f"{pod}            instanceable = true\n")
    overrides = ["/World/Hall/Pod_01/Rack_01.twin:rack:itPower=99kW"]
    assert only(faults(site, tmp_path, overrides=overrides), "ST008").where == "<--set>"


def twice(folder, file, old, new):
    """Return the places at which an attribute is said to stand twice."""
    return [f.where for f in faults(small_site().edit(file, old, new), folder) if f.code == "ST009"]


def test_an_attribute_written_twice_names_both_lines(tmp_path):
    site = small_site().edit(RACK, f"double {POWER}", f"double twin:rack:itPower = 99\n    double {POWER}")
    fault = only(faults(site, tmp_path), "ST009")
    first, second = site.line(RACK, "itPower = 99"), site.line(RACK, POWER)
    assert fault.where == f"{RACK}:{second}"
    assert f"line {first} and on line {second}" in fault.found
    assert (fault.prim, fault.attribute, fault.severity) == ("/Rack", "twin:rack:itPower", "error")


@pytest.mark.parametrize(
    "more",
    [
        "double twin:rack:itPower",  # declared and then given a value
        "double twin:rack:itPower.timeSamples = { 0: 132 }",
        'string note = "double twin:rack:itPower = 99"',
        "# double twin:rack:itPower = 99",
        'over "Geometry"\n    {\n        double twin:rack:itPower = 99\n    }',
        "prepend rel twin:note = </Rack>\n    append rel twin:note = </Rack/Geometry>",
    ],
)
def test_what_is_written_once_in_a_prim_is_not_taken_for_twice(tmp_path, more):
    assert twice(tmp_path, RACK, f"double {POWER}", f"{more}\n    double {POWER}") == []


def test_a_relationship_written_twice_is_found_in_a_variant_too(tmp_path):
    old = "double twin:rack:itPower = 150"
    found = twice(tmp_path, "site.usda", old, f"rel twin:x = </World>\n{old}\nrel twin:x = </World/Hall>\n")
    assert len(found) == 1
    assert found[0].startswith("site.usda:")


@pytest.mark.parametrize(
    ("points", "found", "expected"),
    [
        ("[(1, 2), (2, 1.5)]", "2 points", "3 points or more"),
        ("[(1, 2)]", "1 point", "3 points or more"),
        ("[]", "0 points", "3 points or more"),
        ("[(1, 2), (1, 1.5), (2, 1)]", "first column not rising", "points in rising order"),
    ],
)
def test_a_curve_needs_as_many_distinct_points_as_its_fit(tmp_path, points, found, expected):
    site = small_site()
    pump = part("pump", "Pump")
    old = next(line.strip() for line in pump.splitlines() if "twin:pump:curve" in line)
    new = f"double2[] twin:pump:curve = {points}"
    site.files["assets/Pump.usda"] = HEAD.format(root="Pump", more="") + pump.replace(old, new)
    site.files["layers/it.usda"] = layer([reference("Pump", "Pump", "../assets/Pump.usda", (0, 0, 0))])
    said = [f for f in faults(site, tmp_path) if f.code == "ST019"]
    assert [(f.where, f.found, f.expected) for f in said] == [
        (f"assets/Pump.usda:{site.line('assets/Pump.usda', new)}", said[0].found, expected)
    ]
    assert found in said[0].found


CONTROL = """
def Scope "Control" (
    prepend apiSchemas = ["TwinControlAPI"]
)
{
    double twin:control:set = 100
    rel twin:control:senses = [<%s>, <%s>]
    rel twin:control:actuates = <%s>
}
"""
NEAR = "/World/Hall/Pod_00/Supply/ConnectionPoints/acme_near_00"
BACK = "/World/Hall/Pod_00/Return/ConnectionPoints/acme_near_00"


@pytest.mark.parametrize(
    ("names", "attribute", "found"),
    [
        (("/World/Hall/Pod_00/Rack_00", BACK, "/World/Hall"), "senses", "Rack_00 is neither"),
        ((NEAR, "/World/Hall/Pod_00/Rack_00/ConnectionPoints/acme_power_00", "/World/Hall"), "senses",
         "acme_power_00 is a port of domain electrical"),
        ((NEAR, BACK, "/World/Hall/Pod_00/Rack_00"), "actuates", "Rack_00 is of kind rack"),
        ((NEAR, BACK, "/World/Hall/Pod_00"), "actuates", "Pod_00 is no such part"),
    ],
)  # fmt: skip
def test_a_control_senses_points_and_turns_what_has_a_speed(tmp_path, names, attribute, found):
    site = small_site()
    site.files["layers/controls.usda"] = layer([CONTROL % names])
    said = [f for f in faults(site, tmp_path) if f.attribute == f"twin:control:{attribute}"]
    assert [f.code for f in said] == ["ST039"]
    assert said[0].where == f"layers/controls.usda:{site.line('layers/controls.usda', attribute)}"
    assert found in said[0].found


def test_a_contingency_may_name_a_prim_that_holds_parts_but_no_part_that_cannot_fail(tmp_path):
    site = small_site()
    site.files["layers/controls.usda"] = layer(
        [contingency("pod", out=["/World/Hall/Pod_01"]), contingency("room", out=["/World/Room"])]
    )
    fault = only(faults(site, tmp_path), "ST050")
    assert fault.prim == "/World/Hall/room"
    assert fault.found == "/World/Room is of kind room; nothing there can fail"
    line = site.line("layers/controls.usda", "out = [</World/Room>]")
    assert fault.where == f"layers/controls.usda:{line}"


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("site.usda", "    metersPerUnit = 1\n", "", "ST004"),
        ("site.usda", "metersPerUnit = 1", "metersPerUnit = 0.01", "ST004"),
        (IT, "metersPerUnit = 1", "metersPerUnit = 0.01", "ST004"),
        (RACK, "metersPerUnit = 1", "metersPerUnit = 0.001", "ST004"),
        ("site.usda", 'upAxis = "Z"', 'upAxis = "Y"', "ST005"),
        (RACK, 'upAxis = "Z"', 'upAxis = "Y"', "ST005"),
        ("site.usda", '    defaultPrim = "World"\n', "", "ST003"),
        ("site.usda", 'defaultPrim = "World"', 'defaultPrim = "Wrold"', "ST003"),
        (IT, "timeCodesPerSecond = 1", "timeCodesPerSecond = 24", "ST006"),
    ],
)
def test_layers_that_do_not_fit_together_are_named(tmp_path, file, old, new, code):
    fault = planted(tmp_path, file, old, new, code)
    assert fault.where.split(":")[0] == file


def test_an_asset_that_does_not_say_its_unit_of_length_is_a_warning(tmp_path):
    fault = planted(tmp_path, RACK, "    metersPerUnit = 1\n", "", "ST004")
    assert fault.severity == "warning"


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        (WHITE, "@../Rack/Rack.usda@", "@../Rack/Rakc.usda@", "ST001"),
        ("site.usda", "@./layers/it.usda@", "@./layers/ti.usda@", "ST001"),
        (WHITE, "@../Rack/Rack.usda@", "@../Rack/Rack.usda@</Nope>", "ST002"),
        (RACK, "inherits = </_class_Rack>", "inherits = </Rack/Inside>", "ST002"),
    ],
)
def test_a_composition_error_names_the_arc_and_its_line(tmp_path, file, old, new, code):
    site = small_site().edit(file, old, new)
    found = [f for f in faults(site, tmp_path) if f.code == code]
    assert found
    assert found[0].where == f"{file}:{site.line(file, new)}"


def test_a_half_written_layer_is_one_fault_with_line_and_column(tmp_path):
    site = small_site()
    site.files[IT] = site.files[IT][: len(site.files[IT]) // 2].rpartition("\n")[0] + "\n   double x = "
    (fault,) = faults(site, tmp_path)
    assert fault.code == "ST001"
    assert fault.where.startswith(f"{IT}:")
    assert fault.where.count(":") == 2
    assert str(tmp_path) not in str(fault)


@pytest.mark.parametrize("content", [b"", b"\x00\x01junk" * 9, b"PXR-USDC\x00\x01junk" * 20])
@pytest.mark.parametrize("file", ["site.usda", IT])
def test_junk_is_a_fault_and_no_crash(tmp_path, content, file):
    folder = small_site().write(tmp_path)
    (folder / file).write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read(folder)
    (fault,) = refusal.value.faults
    assert (fault.code, fault.where.split(":")[0]) == ("ST001", file)


@pytest.mark.parametrize("file", ["site.usda", IT, RACK])
def test_a_pipe_where_a_layer_should_be_does_not_hang(tmp_path, file):
    folder = small_site().write(tmp_path)
    (folder / file).unlink()
    os.mkfifo(folder / file)
    signal.alarm(20)  # a hang would hold up the whole run
    try:
        with pytest.raises(InputError) as refusal:
            read(folder)
    finally:
        signal.alarm(0)
    assert only(list(refusal.value.faults), "ST001").found.endswith("is no regular file")


def test_a_broken_opinion_in_a_variant_that_is_not_selected_is_found_by_lint_only(tmp_path):
    site = small_site().edit("site.usda", "twin:rack:itPower = 150", "twin:rack:itPwer = 150")
    assert only(faults(site, tmp_path / "with"), "ST010").where.startswith("site.usda:")
    assert faults(site, tmp_path / "without", lint=False) == []


def test_what_lint_alone_would_find_twice_is_said_once(tmp_path):
    found = faults(small_site().edit(RACK, POWER, "twin:rack:itPower = nan"), tmp_path)
    assert len(found) == 1


def test_nothing_is_written_to_stderr(tmp_path, capfd):
    faults(small_site().edit(WHITE, "@../Rack/Rack.usda@", "@../Rack/Rakc.usda@"), tmp_path)
    assert capfd.readouterr() == ("", "")
