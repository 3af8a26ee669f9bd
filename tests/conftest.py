"""Marks every test by the folder it lies in, and fails a skip where a test has to run."""

import os
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# The numpy path is the reference: no test depends on what is installed, or on how much was solved before it.
os.environ.setdefault("TWIN_FAST", "0")

FOLDERS = (
    "unit", "contract", "verification", "property", "golden", "e2e", "browser", "oracle", "perf", "fast"
)  # fmt: skip

# Where this variable is set, a skip in this folder is a failure (.ci/run sets them).
NO_SKIP = {
    "browser": "CI_BROWSER", "oracle": "CI_ORACLES", "fast": "CI_FAST", "verification": "TWIN_CASES_REQUIRED"
}  # fmt: skip


def folder_of(path: Path) -> str:
    """Return the folder of tests/ that a file lies in, "" for a file elsewhere."""
    if not path.is_relative_to(TESTS):
        return ""
    folder = path.relative_to(TESTS).parts[0]
    if folder not in FOLDERS:
        raise pytest.UsageError(f"{path} lies in none of tests/{{{','.join(FOLDERS)}}}")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the marker of its folder."""
    for item in items:
        if folder := folder_of(item.path):
            item.add_marker(folder)


def refuse_skip(report: pytest.CollectReport | pytest.TestReport, path: Path) -> None:
    """Turn a skip into a failure where the environment says that the test has to run."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    switch = "TWIN_CASES_REQUIRED" if "TWIN_CASES" in reason else NO_SKIP.get(folder_of(path), "")
    if os.environ.get(switch):
        report.outcome = "failed"
        report.longrepr = f"{reason}\n{switch} is set: this has to run."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Look at the skip of a test."""
    report = yield
    refuse_skip(report, item.path)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """Look at the skip of a whole module."""
    report = yield
    if isinstance(collector, pytest.Module):
        refuse_skip(report, collector.path)
    return report


@pytest.fixture(scope="session")
def published_cases() -> Path:
    """Return the folder of published cases that TWIN_CASES names; skip where it names none."""
    folder = os.environ.get("TWIN_CASES", "")
    if not Path(folder or "?").is_dir():
        pytest.skip(f"TWIN_CASES names no folder of published cases: {folder!r}")
    return Path(folder)
