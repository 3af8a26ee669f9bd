"""The notebooks run from top to bottom, hold the outputs of a run, and speak of nothing but the project."""

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "notebooks"
BOOKS = sorted(HERE.glob("*.ipynb"))
# One letter of each pattern is bracketed so that this file does not match itself.
FOREIGN = re.compile(r"(?<![\w.:/*-])/(?:[r]oot|[h]ome|[t]mp|[o]pt|[w]ork)/|[c]dn\.|\b20\d\d-\d\d-\d\dT\d\d")
MOST_BYTES = 1_500_000


def cells(book):
    return [c for c in json.loads(book.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]


def test_every_notebook_of_the_folder_is_there():
    assert {book.stem for book in BOOKS} == {"liquid_or_air", "one_rack", "six_climates"}


# A year in six places takes its time.
RUNS = [
    pytest.param(b, id=b.stem, marks=[pytest.mark.slow] if b.stem == "six_climates" else []) for b in BOOKS
]


@pytest.mark.parametrize("book", RUNS)
def test_a_notebook_runs_from_top_to_bottom(book, monkeypatch):
    monkeypatch.chdir(HERE)
    names = {}
    for cell in cells(book):
        exec(compile("".join(cell["source"]), f"{book.name}:{cell['id']}", "exec"), names)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_a_notebook_is_committed_with_its_outputs_and_nothing_else(book):
    assert book.stat().st_size < MOST_BYTES
    assert not FOREIGN.search(book.read_text("utf-8"))
    assert [c["execution_count"] for c in cells(book)] == list(range(1, len(cells(book)) + 1))
    assert not any(output["output_type"] == "error" for c in cells(book) for output in c["outputs"])
    assert any("image/png" in output.get("data", {}) for c in cells(book) for output in c["outputs"])
