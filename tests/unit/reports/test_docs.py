"""Pages written from the declarations, and the names that users script against."""

import subprocess
import sys
from pathlib import Path

import pytest

import twin
from twin.model.component import kinds
from twin.model.provenance import STRENGTH
from twin.reports.docs import _GROUPS, pages, write
from twin.units import SUFFIXES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["nomenclature.md", "rules.md", "waves.md", "weather.md"])
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
    names = ["nomenclature.md", "rules.md", "waves.md", "weather.md"]
    assert [file.name for file in write(tmp_path / "docs")] == names


def test_every_public_name_is_there_and_no_other():
    assert sorted(twin.__all__) == dir(twin) == sorted(twin.__all__)
    for name in twin.__all__:
        assert getattr(twin, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = twin.nothing


def _loaded_by(code: str) -> set[str]:
    script = f"import sys; {code}; print(' '.join(m.partition('.')[0] for m in sys.modules), file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(run.stderr.split())


HEAVY = {"numpy", "scipy", "pxr", "xarray", "pint", "plotly", "pandas"}


def test_importing_the_package_loads_nothing_heavy():
    assert not _loaded_by("import twin") & HEAVY


def test_help_loads_nothing_heavy():
    script = "import contextlib, twin.cli\nwith contextlib.suppress(SystemExit): twin.cli.main(['--help'])"
    assert not _loaded_by(f"exec({script!r})") & HEAVY
