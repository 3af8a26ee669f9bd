# ruff: noqa: E501  a fault is one line, however long
"""Faults planted in an EPANET input: each is told with its code, its line and what is right, all at once."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.interop.inputs import SMALL, line_of
from twin.errors import InputError
from twin.interop.epanet_text import parse_inp, read_inp
from twin.reports.explain import explain_code
from twin.stage.rules import RULES

INTEROP = Path(__file__).parents[3] / "twin" / "interop"
# Codes of inputs of water networks; those of their whole, and of files, have tests of their own below.
CODES = {*(f"ST{number}" for number in range(100, 112)), "ST122"}


@dataclass(frozen=True)
class Planted:
    """One fragment in the place of another, the code that tells it, its element, and part of the sentence."""

    what: str
    old: str
    new: str
    code: str
    name: str
    said: str
    at: str = ""


PLANTS = (
    Planted("section misspelt", "[VALVES]", "[VALFES]", "ST101", "[VALFES]", "[VALVES]"),
    Planted("pipe without a roughness", "300  100  0.1  0.5", "300  100", "ST102", "P3", "ROUGHNESS"),
    Planted("junction with a word too many", "8          1       *", "8 1 * 5", "ST102", "J4", "5 words"),
    Planted("pump without anything", "HEAD rise  SPEED 0.9  PATTERN night", "SPEED 0.9", "ST102", "U1", "neither"),
    Planted("pump with two laws", "HEAD rise", "HEAD rise POWER 5", "ST102", "U1", "both HEAD and POWER"),
    Planted("keyword without a value", "PATTERN night\n", "PATTERN\n", "ST102", "U1", "nothing after PATTERN", "SPEED 0.9"),
    Planted("old pump with three numbers", "POWER 2", "40 5 20", "ST102", "U2", "1, 2 or 5 numbers"),
    Planted("decimal comma", " J2   12 ", " J2   12,5 ", "ST103", "J2.elevation", "'12,5'; a number"),
    Planted("not a number", "200  100  0.1  CV", "nan  100  0.1  CV", "ST103", "P2.length", "'nan'"),
    Planted("time that is none", "AT TIME 1:30", "AT TIME 1:xx", "ST103", "P1", "13:30"),
    Planted("hour that no clock has", "6 PM", "16 PM", "ST103", "V2", "16 PM"),
    Planted("duration in words", "Duration            24:00", "Duration a day", "ST103", "Duration", "1.5, 90 MIN"),
    Planted("pipe of no length", "300  100  0.1  0.5", "0  100  0.1  0.5", "ST104", "P3.length", "0; above 0"),
    Planted("negative diameter", "300  100  0.1  0.5", "300  -100  0.1", "ST104", "P3.diameter", "above 0"),
    Planted("negative roughness", "300  100  0.1  0.5", "300  100  -0.1", "ST104", "P3.roughness", "0 or more"),
    Planted("negative loss", "0.1  0.5", "0.1  -0.5", "ST104", "P3.minor loss", "0 or more"),
    Planted("number beyond all measure", "300  100  0.1  0.5", "1e999 100 0.1", "ST104", "P3.length", "finite"),
    Planted("pump of no power", "POWER 2", "POWER 0", "ST104", "U2.power", "above 0"),
    Planted("negative speed", "SPEED 0.9", "SPEED -0.9", "ST104", "U1.speed", "0 or more"),
    Planted("valve without a diameter", "100  FCV", "0  FCV", "ST104", "V2.diameter", "above 0"),
    Planted("negative limit of flow", "FCV  4 ", "FCV  -4 ", "ST104", "V2.setting", "0 or more"),
    Planted("emitter that draws in", "J4   0.5", "J4   -0.5", "ST104", "J4.coefficient", "0 or more"),
    Planted("no gravity", "Gravity   0.95", "Gravity   0", "ST104", "Specific.specific_gravity_ratio", "above 0"),
    Planted("pipe to nowhere", "J4  T1     10", "J44  T1     10", "ST105", "P4.node", "did you mean J4"),
    Planted("names differ in case", "U1   R1  J1", "U1   r1  J1", "ST105", "U1.node", "letter by letter"),
    Planted("curve misspelt", "HEAD rise", "HEAD rize", "ST105", "U1.curve", "did you mean rise?"),
    Planted("pattern misspelt", "homes", "homes\n J1 2 dya", "ST105", "J1.pattern", "did you mean day?", "dya"),
    Planted("demand of nobody", "J2   1          ; works", "J9 1", "ST105", "J9.node", "no node J9"),
    Planted("emitter of nobody", "J4   0.5", "J9   0.5", "ST105", "J9.node", "no node J9"),
    Planted("status of nobody", "U2   Closed", "U9   Closed", "ST105", "U9.link", "no link U9"),
    Planted("control of nobody", "LINK P1 OPEN", "LINK P11 OPEN", "ST105", "P11.link", "did you mean P1"),
    Planted("control that watches nobody", "IF NODE J2", "IF NODE J22", "ST105", "U1.node", "did you mean J2?"),
    Planted("two junctions of one name", " J4   8 ", " J2   8 ", "ST106", "J2", "the first on line"),
    Planted("junction and tank of one name", " T1   30", " J1   30", "ST106", "J1", "a second node J1"),
    Planted("pipe and valve of one name", " V4   J1", " P3   J1", "ST106", "P3", "a second link P3"),
    Planted("status that is none", "0    Closed", "0    Shut", "ST107", "P4", "'Shut'; one of OPEN, CLOSED, CV"),
    Planted("kind of valve that is none", "PRV  25", "PVR  25", "ST107", "V1", "'PVR'; one of PRV"),
    Planted("word of a pump", "SPEED 0.9", "SPED 0.9", "ST107", "U1", "did you mean SPEED?"),
    Planted("overflow of a tank", "bulge  YES", "bulge  maybe", "ST107", "T2", "YES, NO"),
    Planted("unit of flow", "LPS", "LPH", "ST107", "Units", "did you mean LPS"),
    Planted("law of friction", "D-W", "DW", "ST107", "Headloss", "did you mean D-W?"),
    Planted("option", "Trials ", "Trails ", "ST107", "Trails", "did you mean TRIALS?"),
    Planted("time", "Report Start ", "Report Stort ", "ST107", "Report", "did you mean REPORT START?"),
    Planted("condition of a control", "ABOVE 3.5", "OVER 3.5", "ST107", "U1", "ABOVE, BELOW"),
    Planted("control that waits for nothing", "AT TIME 1:30", "AT NOON 1:30", "ST107", "P1", "TIME, CLOCKTIME"),
    Planted("control without a condition", "IF NODE T1", "WHEN NODE T1", "ST107", "U1", "IF, AT"),
    Planted("efficiency of nobody", "Global Efficiency 75", "Pump U9 Effic rise", "ST105", "U9.pump", "there is no pump U9"),
    Planted("word of energy", "Global Efficiency", "Global Yield", "ST107", "Global", "'Yield'; one of EFFICIENCY"),
    Planted("efficiency above all", "[STATUS]", " e 1 120\n[ENERGY]\n Pump U1 Effic e\n[STATUS]", "ST108", "e", "no more than 100 %", " e 1 120"),
    Planted("curve that turns back", "rise   9  20", "rise   4  20", "ST108", "rise", "rising order of x", "rise   0"),
    Planted("pump that gains head", "rise   9  20", "rise   9  45", "ST108", "rise", "falls with flow", "rise   0"),
    Planted("tank that shrinks", "bulge  4  90", "bulge  4  9", "ST108", "bulge", "volumes that rise", "bulge  1"),
    Planted("valve that gains", "bump   5  3", "bump   5  -3", "ST108", "bump", "do not fall", "bump   0"),
    Planted("curve for two things", "GPV  bump", "GPV  rise", "ST108", "rise", "a curve for each", "GPV  rise"),
    Planted("pipe around a node", "P3   \"J 3\"  J4", "P3   J4  J4", "ST109", "P3", "two different nodes"),
    Planted("valve at a tank", "V1   J1  J4", "V1   J1  T1", "ST109", "V1", "a PRV at a reservoir or tank"),
    Planted("valves side by side", "V2   J2  J4     100  FCV", "V2   J2  J4 100 PRV", "ST109", "V2", "PRV V1"),
    Planted("status of a check valve", "U2   Closed", "P2   Closed", "ST109", "P2", "can be set"),
    Planted("control of a check valve", "LINK P1 OPEN", "LINK P2 OPEN", "ST109", "P2", "a check valve"),
    Planted("setting of a GPV", "U2   Closed", "V4   5", "ST109", "V4", "the setting of a GPV"),
    Planted("control that sets a GPV", "LINK V2 3", "LINK V4 3", "ST109", "V4", "OPEN or CLOSED"),
    Planted("junction on its own", "[RESERVOIRS]", " J5 1\n[RESERVOIRS]", "ST110", "J5", "no link ends", " J5 1"),
    Planted("junctions that no source feeds", "[RESERVOIRS]", " J5 1\n J6 1\n[PIPES]\n P9 J5 J6 9 99 0.1\n[RESERVOIRS]", "ST110", "J5", "and 1 more; a link from there", " J5 1"),
    Planted("roughness in the wrong unit", "300  100  0.1  0.5", "300  100  5.5  0.5", "ST122", "P3.roughness", "5.5 mm, 5.5 % of the bore of 100 mm; at most 5 %"),
    Planted("diameter in metres", "300  100  0.1  0.5", "300  0.1  0  0.5", "ST104", "P3.diameter", "0.0001 m; 1 to 3e+04 in the unit of the input"),
    Planted("valve of the diameter of a town", "100  TCV", "100000  TCV", "ST104", "V3.diameter", "0.001 to 30 m"),
    Planted("tank above its rim", "30  2  1  4  5  40", "30  5  1  4  5  40", "ST111", "T1", "levels 1, 5, 4"),
    Planted("tank above its curve", "30  2  1  4  5  0", "30  2  1  6  5  0", "ST111", "T2", "curve bulge"),
)  # fmt: skip


def faults_of(text):
    with pytest.raises(InputError) as refused:
        parse_inp(text, file="net.inp")
    return refused.value.faults


@pytest.mark.parametrize("planted", PLANTS, ids=lambda planted: planted.what)
def test_a_planted_fault_is_told_with_code_line_element_and_what_is_right(planted):
    assert SMALL.count(planted.old) == 1
    text = SMALL.replace(planted.old, planted.new)
    at = line_of(text, planted.at or planted.new.strip("\n"))
    found = [f for f in faults_of(text) if f.code == planted.code and f.where == f"net.inp:{at}"]
    assert [f"{f.prim}.{f.attribute}".rstrip(".") for f in found] == [planted.name]
    assert planted.said in str(found[0])


def test_every_code_of_water_networks_is_planted_and_explained():
    planted = {plant.code for plant in PLANTS}
    assert planted | {"ST100"} == CODES
    used = {code for file in INTEROP.glob("*.py") for code in re.findall(r"ST1\d\d", file.read_text("utf-8"))}
    assert used >= CODES
    for code in CODES:
        assert RULES[code].severity == "error"
        assert RULES[code].title in " ".join(explain_code(code).split())


def test_all_faults_are_told_at_once_in_the_order_of_their_lines():
    text = SMALL
    apart = [p for p in PLANTS if p.what in {
        "decimal comma", "negative roughness", "pump of no power", "curve that turns back", "option", "time",
    }]  # fmt: skip
    for planted in apart:
        text = text.replace(planted.old, planted.new)
    faults = faults_of(text)
    assert {f.code for f in faults} >= {p.code for p in apart}
    assert len(faults) == len(apart)
    lines = [int(f.where.rpartition(":")[2]) for f in faults]
    assert lines == sorted(lines)


def test_a_line_before_any_section_is_told():
    (fault, *_) = faults_of("J1 10\n" + SMALL)
    assert (fault.code, fault.where) == ("ST101", "net.inp:1")


@pytest.mark.parametrize(
    ("gone", "said"),
    [(("RESERVOIRS", "TANKS"), "no reservoir and no tank"), (("JUNCTIONS",), "no junction")],
)
def test_a_network_without_junctions_or_a_given_head_is_told(gone, said):
    text = SMALL
    for name in gone:
        text = re.sub(rf"\[{name}\]\n(?:(?!\[).*\n)*", "", text)
    assert any(f.code == "ST110" and said in f.found for f in faults_of(text))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match=r"missing\.inp  ST100"):
        read_inp(tmp_path / "missing.inp")
    with pytest.raises(InputError, match="ST100"):
        read_inp(tmp_path)


def test_bytes_that_are_no_text_are_told(tmp_path):
    file = tmp_path / "net.inp"
    file.write_bytes(b"\x00\x01\x02PK\x00")
    with pytest.raises(InputError, match="ST100"):
        read_inp(file)


@pytest.mark.parametrize("cut", range(50, len(SMALL), 97))
def test_an_input_cut_off_anywhere_is_read_or_refused_but_never_breaks(cut):
    try:
        found = parse_inp(SMALL[:cut])
    except InputError as refused:
        found = refused
    assert getattr(found, "junctions", None) or found.faults
