"""Pages written from the declarations, and the names that users script against."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import twin
from twin.model.component import kinds
from twin.model.provenance import STRENGTH
from twin.reports.docs import _GROUPS, pages, write
from twin.units import SUFFIXES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["nomenclature.md", "rules.md"])
def test_the_page_in_docs_is_as_declared(name):
    kept = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert kept == pages()[name], "run: python -m twin.reports.docs"


def test_nomenclature_lists_every_suffix_group_evidence_and_kind():
    page = pages()["nomenclature.md"]
    for suffix in SUFFIXES:
        assert f"| `_{suffix}` |" in page
    for kind in kinds().values():
        assert f"(`{kind.kind}`)" in page
        assert f"`/{kind.group}`" in page
    for evidence in STRENGTH:
        assert f"| {evidence} |" in page


def test_every_kind_is_of_a_listed_group():
    assert {kind.group for kind in kinds().values()} <= set(_GROUPS)


def test_pages_are_written_where_they_are_wanted(tmp_path):
    assert [file.name for file in write(tmp_path / "docs")] == ["nomenclature.md", "rules.md"]


def test_every_public_name_is_there_and_no_other():
    assert sorted(twin.__all__) == dir(twin) == sorted(twin.__all__)
    for name in twin.__all__:
        assert getattr(twin, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = twin.nothing


def test_importing_the_package_costs_less_than_20_ms():
    script = "import time; t = time.process_time(); import twin; print(time.process_time() - t)"
    spent = [
        float(
            subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True).stdout
        )
        for _ in range(3)
    ]
    assert min(spent) < 0.020


def test_help_comes_at_once():
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "twin", "--help"], cwd=ROOT, check=True, capture_output=True)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.2
