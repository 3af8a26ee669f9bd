"""When compiled kernels are used; the package runs without numba."""

import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from twin.errors import UsageError
from twin.solve.fast import choice


def system(branches=1000, variants=1, keepers=0):
    """Return what a choice looks at."""
    net = SimpleNamespace(in_service=np.ones((branches, variants), bool), keeper=np.zeros(keepers, dtype=int))
    return SimpleNamespace(net=net)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Begin with nothing solved, nothing loaded, numba installed and its kernels on disk."""
    monkeypatch.delenv("TWIN_FAST", raising=False)
    monkeypatch.delitem(sys.modules, "twin.solve.fast.settle", raising=False)
    monkeypatch.setattr(choice.TALLY, "solved", Counter())
    monkeypatch.setattr(choice, "_installed", lambda: True)
    monkeypatch.setattr(choice, "_compiled", lambda: True)


def first_chosen(branches):
    """Return how much is solved when kernels are chosen first, None if they are not soon."""
    for count in range(1, 300):
        if choice.chosen(system(branches)):
            return count * branches
    return None


def test_kernels_wait_until_as_much_is_solved_as_loading_them_takes():
    assert first_chosen(300_000) == 2_100_000


def test_kernels_wait_longer_where_they_have_to_be_compiled(monkeypatch):
    monkeypatch.setattr(choice, "_compiled", lambda: False)
    assert first_chosen(300_000) == 60_300_000


def test_kernels_that_are_loaded_solve_everything(monkeypatch):
    monkeypatch.setitem(sys.modules, "twin.solve.fast.settle", object())
    assert choice.chosen(system(1))


def test_without_numba_no_kernels_are_chosen(monkeypatch):
    monkeypatch.setattr(choice, "_installed", lambda: False)
    assert first_chosen(10_000_000) is None
    monkeypatch.setenv("TWIN_FAST", "1")
    with pytest.raises(UsageError, match="numba is not installed"):
        choice.chosen(system())


def test_the_variable_forbids_or_forces(monkeypatch):
    monkeypatch.setenv("TWIN_FAST", "0")
    assert first_chosen(10_000_000) is None
    monkeypatch.setenv("TWIN_FAST", "1")
    assert choice.chosen(system(1))
    monkeypatch.setenv("TWIN_FAST", "yes")
    with pytest.raises(UsageError, match="TWIN_FAST is 'yes'"):
        choice.chosen(system())


def test_valves_that_keep_a_pressure_are_for_numpy(monkeypatch):
    monkeypatch.setenv("TWIN_FAST", "1")
    assert not choice.chosen(system(keepers=1))


def test_a_small_run_imports_no_numba():
    script = (
        "import sys; from tests.unit.solve.loops import mesh, solved;"
        "blocks, nodes = mesh(0); solved(*blocks, nodes=nodes); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": ".", "PATH": ""})
