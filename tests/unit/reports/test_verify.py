"""The cases that `twin verify` runs, and doctor."""

import math
from pathlib import Path

import pytest

from twin.errors import UsageError
from twin.reports import doctor
from twin.reports.lines import WIDTH
from twin.reports.verify import Row, cases, passes, run, verify_text

CARD = 'title = "t"\nsource = "s"\ncompares = "c"\ntolerance_reason = "r"\n'


def row(**options):
    return Row(
        **{"quantity": "q", "reference": 2.0, "ours": 2.01, "unit": "kPa", "tolerance": 0.02} | options
    )


def folder_with(where: Path, body: str, card: str = CARD) -> Path:
    (where / "one").mkdir(parents=True)
    (where / "one" / "case.toml").write_text(card)
    (where / "one" / "case.py").write_text(f"from twin.reports.verify import Row\n{body}\n")
    return where


def test_a_row_passes_within_its_tolerance_in_its_unit_or_as_a_share():
    assert row().passes
    assert row(ours=2.02, tolerance=0.02 + 1e-12).passes
    assert not row(ours=2.03).passes
    assert not row(relative=True, tolerance=0.004).passes
    assert row(relative=True, tolerance=0.006).passes
    assert not row(ours=math.nan).passes


def test_a_failing_number_is_named_and_counted(tmp_path):
    body = (
        "def rows():\n    return [Row(quantity='head', reference=1, ours=2, unit='m', tolerance=0.1),"
        " Row(quantity='flow', reference=1, ours=1, unit='kg/s', tolerance=0.1)]"
    )
    results = run(where=folder_with(tmp_path, body))
    assert not passes(results)
    page = verify_text(results)
    (line,) = [line for line in page.splitlines() if line.endswith("FAIL")]
    assert "head" in line
    assert "1 of 2 numbers within tolerance, in 1 cases; 0 skipped" in page
    assert max(map(len, page.splitlines())) <= WIDTH


def test_a_case_that_needs_what_is_not_installed_is_skipped_by_name(tmp_path):
    results = run(where=folder_with(tmp_path, "import no_such_engine\n"))
    assert passes(results)
    assert "one: skipped, needs no_such_engine" in verify_text(results)


def test_a_card_that_does_not_tell_its_source_is_refused(tmp_path):
    with pytest.raises(UsageError, match="lacks source, compares"):
        cases(folder_with(tmp_path, "", 'title = "t"\ntolerance_reason = "r"\n'))


def test_an_unknown_case_names_those_there_are():
    with pytest.raises(UsageError, match=r"there is no case nothing; there is .*friction_factor"):
        run(["nothing"])


def test_the_doctor_finds_this_environment_well():
    symptoms = doctor.examine()
    page = doctor.doctor_text(symptoms)
    assert not [s for s in symptoms if s.state == "missing"], page
    for name in ("python", "numpy", "usd-core", "USD schema", "assets", "verification", "this folder"):
        assert name in {s.name for s in symptoms}
    assert max(map(len, page.splitlines())) <= WIDTH


def test_the_doctor_names_what_stops_work(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda name: "" if name == "scipy" else "1.0")
    assert "cannot work: scipy" in doctor.doctor_text(doctor.examine())


def test_versions_fit_on_one_line():
    assert doctor.version_line().startswith("twin ")
    assert "\n" not in doctor.version_line()
