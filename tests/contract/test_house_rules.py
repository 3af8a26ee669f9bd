"""What every file owes, whatever it holds."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef
MODULES = sorted((ROOT / "twin").rglob("*.py"))

GRAB_BAGS = {"utils", "util", "common", "helpers", "helper", "base", "manager", "misc"}
HEAVY = ("pint", "plotly", "pxr", "scipy", "xarray")

# One letter of each pattern is bracketed so that this file does not match itself.
MACHINE = re.compile(r"(?<![\w.:/*-])/(?:[r]oot|[h]ome|[U]sers|[w]ork|[t]mp|[o]pt)/[\w.-]")
PACKAGE_INDEX = re.compile(
    r"[p]ypi\.org|[p]ythonhosted|[i]ndex-url|https?://[^\s\"'<>)]*/[s]imple\b", re.IGNORECASE
)


def files_of_the_project() -> list[Path]:
    """Return every file that is in the repository or about to be: tracked, or new and not ignored."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: no list of the project's files")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """Return the text of a file, "" for a binary one."""
    data = path.read_bytes()
    return "" if b"\0" in data[:8192] else data.decode("utf-8", errors="replace")


def matches(pattern: re.Pattern[str]) -> list[str]:
    """Return `file:line: text` wherever the project holds the pattern."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in files_of_the_project()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def tree_of(module: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse(text_of(module))


def public_docstrings(node: ast.Module | ast.ClassDef | Function, name: str) -> Iterator[tuple[str, str]]:
    """Yield (name, docstring) of a module and of every public class, method and function in it."""
    yield name, ast.get_docstring(node) or ""
    for child in [] if isinstance(node, Function) else node.body:
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield from public_docstrings(child, f"{name}.{child.name}")


def body_lines(node: Function) -> int:
    """Return the lines of a function's body without its docstring."""
    body = node.body[ast.get_docstring(node) is not None :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_no_module_is_longer_than_400_lines():
    lengths = {str(path.relative_to(ROOT)): len(text_of(path).splitlines()) for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_no_function_is_longer_than_60_lines():
    lengths = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": body_lines(node)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, Function)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}


def test_no_module_is_a_grab_bag():
    named = {path: {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} for path in MODULES}
    assert [str(path.relative_to(ROOT)) for path, parts in named.items() if parts & GRAB_BAGS] == []


def test_the_first_line_of_a_public_docstring_fits_in_100_characters():
    first_lines = {
        name: docstring.partition("\n")[0]
        for path in MODULES
        for name, docstring in public_docstrings(tree_of(path), str(path.relative_to(ROOT)))
    }
    assert {name: line for name, line in first_lines.items() if len(line) > 100} == {}


def test_no_file_names_a_folder_of_one_machine():
    assert matches(MACHINE) == []


def test_no_file_names_a_package_index():
    assert matches(PACKAGE_INDEX) == []


@pytest.mark.skipif(not (ROOT / "twin" / "cli.py").exists(), reason="twin/cli.py is not there yet")
def test_asking_for_help_imports_nothing_heavy():
    script = (
        "import sys, twin.cli\n"
        "sys.argv = ['twin', '--help']\n"
        "try: twin.cli.main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stderr.split() == []
