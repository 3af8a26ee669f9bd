"""Every packaged case, as `twin verify` runs it."""

import pytest

from twin.data import folder
from twin.reports.verify import cases

CASES = cases(folder("verification"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_published_number_is_met(case):
    rows = case.rows()
    assert rows
    assert [f"{r.quantity}: {r.ours} for {r.reference} ± {r.tolerance}" for r in rows if not r.passes] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_tells_what_it_is_and_why_its_tolerance(case):
    text = (case.folder / "README.md").read_text(encoding="utf-8")
    for word in ("What:", "Source:", "Tolerance:", "Known differences:"):
        assert word in text
    assert all(row.tolerance > 0.0 for row in case.rows())


def test_there_are_cases():
    assert {"friction_factor", "gb300_rack"} <= {case.name for case in CASES}
