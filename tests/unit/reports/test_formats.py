"""One run in every format: text, JSON, SARIF, JUnit, Markdown."""

import dataclasses
import json
import re
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.unit.reports.outcomes import CDU, FLOW, HOT, LAYER, OUT, RACKS, outcome, places, report
from twin.errors import ConvergenceError, InputError, UnitError, UsageError
from twin.model.finding import Cause, Fault
from twin.reports.causes import by_cause
from twin.reports.lines import WIDTH, Ink
from twin.reports.machine import check_json, check_object, plain, schema
from twin.reports.outputs import FORMATS, formatted
from twin.reports.report import Report, refusal, report_of

FAULT = Fault(
    code="ST017", prim=RACKS[0], attribute="twin:rack:itPower", where="layers/it.usda:7", found="132 kVA",
    expected="power [kW, W]",
)  # fmt: skip
REFUSALS = {
    2: UsageError("there is no layout nowhere"),
    3: InputError([FAULT, dataclasses.replace(FAULT, severity="warning")]),
    4: ConvergenceError("flow still changing", component=CDU, equation="mass balance"),
    5: ZeroDivisionError("division by zero"),
}


def refused(code):
    return refusal("layouts/tiny", REFUSALS[code], inputs={"scenario": ""})


EVERY = {"fails": report(), "passes": report(outcome(limit_c=70.0))} | {
    f"exit {c}": refused(c) for c in REFUSALS
}


@pytest.mark.parametrize("said", EVERY.values(), ids=EVERY)
def test_every_outcome_obeys_the_json_schema(said):
    jsonschema.validate(json.loads(check_json(said)), schema())


def test_the_json_schema_is_a_schema_and_closed():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["additionalProperties"] is False
    assert set(schema()["required"]) == set(check_object(report()))


@pytest.mark.parametrize("said", EVERY.values(), ids=EVERY)
def test_json_holds_no_number_that_json_does_not_know(said):
    assert not re.search(r"\b(NaN|Infinity)\b", check_json(said))


def test_plain_data_has_null_for_what_is_not_finite():
    import numpy as np

    assert plain({"a": np.array([1.0, np.nan]), "b": float("inf"), "c": np.int64(2), "d": (True, None)}) == {
        "a": [1.0, None], "b": None, "c": 2, "d": [True, None],
    }  # fmt: skip


def test_metrics_are_those_of_normal_operation_under_the_names_of_the_contract():
    metrics = check_object(report())["metrics"]
    assert metrics["it_power_w"] == 252e3
    assert metrics["facility_power_w"] == 280e3
    assert metrics["pue_design"] == 1.1111
    assert metrics["liquid_heat_ratio"] is None
    assert "pue" not in metrics
    assert "pue_design_ratio" not in metrics


@pytest.mark.parametrize(
    ("fail_on", "limit_c", "verdict", "code"),
    [
        ("critical", 60.0, "fail", 1), ("major", 60.0, "fail", 1), ("major", 70.0, "pass", 0),
        ("minor", 70.0, "fail", 1), ("critical", 70.0, "pass", 0), ("never", 60.0, "fail", 0),
    ],
)  # fmt: skip
def test_the_exit_code_follows_fail_on_and_the_verdict_does_not_hide(fail_on, limit_c, verdict, code):
    said = report(outcome(limit_c=limit_c), fail_on=fail_on)
    assert (said.verdict, said.exit_code) == (verdict, code)


@pytest.mark.parametrize("code", REFUSALS)
def test_each_reason_to_refuse_has_its_exit_code(code):
    assert (refused(code).exit_code, refused(code).verdict) == (code, "invalid")
    assert refusal("x", UnitError("no"), inputs={}).exit_code == 3


def test_only_errors_refuse():
    assert [p.code for p in refused(3).problems] == ["ST017"]


def test_an_internal_error_says_where_on_one_line_and_asks_for_a_report():
    try:
        report_of(None)
    except AttributeError as broken:
        text = refusal("x", broken, inputs={}).problems[0].text
    assert re.search(r"in .*report\.py:\d+ \(report_of\): AttributeError: .*; please report it", text)
    assert "\n" not in text


@pytest.mark.parametrize("said", EVERY.values(), ids=EVERY)
def test_no_line_of_text_is_over_120_columns(said):
    page = formatted(said, "text", Ink(on=False))
    assert max(map(len, page.splitlines())) <= WIDTH
    assert all(line == line.rstrip() for line in page.splitlines())


def test_no_line_is_over_120_columns_whatever_the_names():
    run = outcome()
    long = "/World" + "/Very_long_name_of_a_prim" * 12
    run.findings = [
        dataclasses.replace(
            f, prim=long, where=f"{'folder/' * 30}it.usda#{long}", source="word " * 80, case="case_" * 30,
            cause=Cause(prim=long, rule="case:" + "x" * 200, text="why " * 60),
        )
        for f in run.findings
    ]  # fmt: skip
    said = dataclasses.replace(
        report(run), layout="layouts/" + "x" * 200,
        tightest=[dataclasses.replace(t, prim=long, case="case_" * 30) for t in report(run).tightest],
    )  # fmt: skip
    assert max(map(len, formatted(said, "text", Ink()).splitlines())) <= WIDTH


def test_colour_adds_no_words():
    coloured = formatted(report(), "text", Ink(on=True))
    assert "\x1b[" in coloured
    plain_page = formatted(report(), "text", Ink())
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == plain_page.split()


def test_the_page_tells_verdict_cause_place_margins_boundary_evidence_and_time():
    page = formatted(report(), "text", Ink())
    for word in (
        "FAIL", "CDU A is out", "64 °C, limit 60 °C, margin −4 K", f"{LAYER}:8", RACKS[0], "OCP MGX",
        "Closest to their limit", "+2 K", "ratio 1.111", "not the annual PUE of ISO/IEC 30134-2",
        "energy 3.0e−12", "2 of 3 inputs are assumptions", "solve 1.5 s", "ST014",
    ):  # fmt: skip
        assert word in page, word


def test_a_passing_run_still_tells_how_close_it_comes():
    page = formatted(report(outcome(limit_c=70.0)), "text", Ink())
    assert "PASS" in page
    assert "+6 K" in page


def test_an_invalid_layout_tells_place_what_is_there_and_what_is_right():
    page = formatted(refused(3), "text", Ink())
    for word in ("INVALID", "ST017", "layers/it.usda:7", "132 kVA", "→ power [kW, W]", "twin explain ST017"):
        assert word in page, word


def test_findings_group_by_cause_and_the_worst_speaks_for_its_rule():
    run = outcome(return_c=((54.0, 53.0), (64.0, 66.0)))
    (group,) = by_cause(run.findings)
    assert (group.cause.prim, group.count) == (OUT, 3)
    assert [(b.worst.rule, b.count) for b in group.breaches] == [(HOT.id, 2), (FLOW.id, 1)]
    assert group.breaches[0].worst.prim == RACKS[1]


def test_a_thing_that_must_be_zero_and_is_has_no_margin_to_tell():
    run = outcome(flow_l_min=((0.0, 0.0), (0.0, 0.0)))
    run.margins = [
        dataclasses.replace(
            m, value=m.value * 0, limit=m.limit * 0, margin=m.margin * 0, broken=m.broken & False
        )
        for m in run.margins
    ]
    assert report(run).tightest == []


def test_tightest_comes_first_and_each_rule_once():
    said = report(outcome(limit_c=70.0))
    assert [t.rule.id for t in said.tightest] == [FLOW.id, HOT.id]
    assert said.tightest[0].prim == RACKS[1]
    assert said.tightest[0].closeness_ratio < said.tightest[1].closeness_ratio


def test_sarif_marks_the_line_and_names_the_prim(tmp_path, monkeypatch):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "it.usda").write_text("#usda 1.0\n")
    monkeypatch.chdir(tmp_path)
    log = json.loads(formatted(report(), "sarif", Ink()))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    hot = run["results"][0]
    assert (hot["ruleId"], hot["level"]) == (HOT.id, "error")
    assert run["tool"]["driver"]["rules"][hot["ruleIndex"]]["id"] == HOT.id
    place = hot["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "files/it.usda"}, "region": {"startLine": 8},
    }  # fmt: skip
    assert place["logicalLocations"][0]["fullyQualifiedName"] == RACKS[0]
    assert {r["level"] for r in run["results"]} == {"error", "warning"}


def test_sarif_of_a_refusal_is_no_successful_run():
    (run,) = json.loads(formatted(refused(3), "sarif", Ink()))["runs"]
    assert not run["invocations"][0]["executionSuccessful"]
    assert run["results"][0]["ruleId"] == "ST017"
    (run,) = json.loads(formatted(refused(4), "sarif", Ink()))["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "flow still changing"


def test_fingerprints_survive_moved_lines():
    def prints(said):
        (run,) = json.loads(formatted(said, "sarif", Ink()))["runs"]
        return [r["partialFingerprints"] for r in run["results"]]

    moved = dataclasses.replace(report(), places=type(places())())
    assert prints(moved) == prints(report())


def test_junit_has_one_case_per_rule_and_fails_where_the_run_fails():
    suite = ET.fromstring(formatted(report(), "junit", Ink()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    cases = {case.get("name").split()[0]: case for case in suite.iter("testcase")}
    assert set(cases) == {HOT.id, FLOW.id}
    assert cases[HOT.id].find("failure").get("type") == "critical"
    assert cases[FLOW.id].find("failure") is None
    assert cases[FLOW.id].find("system-out") is not None


def test_junit_of_a_refusal_is_an_error_and_holds_no_forbidden_character():
    suite = ET.fromstring(formatted(refused(3), "junit", Ink()))
    assert suite.get("errors") == "1"
    odd = dataclasses.replace(FAULT, found="\x00\x1b[31m & <b>")
    text = formatted(refusal("x", InputError([odd]), inputs={}), "junit", Ink())
    assert "?" in ET.fromstring(text).find(".//error").text


def test_markdown_says_the_same_and_its_tables_are_whole():
    page = formatted(report(), "md", Ink())
    for word in ("fail", "CDU A is out", "64 °C", "−4 K", f"`{LAYER}:8`", "not the annual PUE"):
        assert word in page
    rows = [re.sub(r"\\\|", "", line) for line in page.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9, 8}
    assert "No result" in formatted(refused(4), "md", Ink())


def test_markdown_shows_odd_names_as_they_are():
    run = outcome()
    run.findings = [dataclasses.replace(f, title="a|b <script> *x*") for f in run.findings]
    page = formatted(report(run), "md", Ink())
    assert "a\\|b \\<script\\> \\*x\\*" in page


def test_a_run_without_findings_or_rules_can_be_said_in_every_format():
    bare = Report(layout="x")
    assert bare.verdict == "pass"
    for form in FORMATS:
        assert formatted(bare, form, Ink())
