"""When compiled kernels are used: by TWIN_FAST, by whether numba is there, by how much was solved."""

import os
import sys
from collections import Counter
from functools import cache
from importlib.util import find_spec

from twin.errors import UsageError
from twin.solve.fast.kept import folder
from twin.solve.flow_system import FlowSystem

# Branches, or nodes of a power flow, times variants that numpy solves before kernels are loaded from disk, or
# compiled: it takes about as long as these do. Once loaded they are always faster.
LOADING, COMPILING = 2_000_000, 60_000_000
FLOW, POWER = "twin.solve.fast.settle", "twin.solve.fast.currents"


class _Tally:
    """How much numpy has solved in this process, by module of kernels: little never waits for a compiler."""

    def __init__(self) -> None:
        self.solved: Counter[str] = Counter()


TALLY = _Tally()


def chosen(system: FlowSystem) -> bool:
    """Return whether kernels solve this system; valves that keep a pressure are for numpy.

    Raises:
        UsageError: As of ``asked``.
    """
    return asked(FLOW, system.net.in_service.size, covered=not len(system.net.keeper))


def asked(module: str, work: int, *, covered: bool = True) -> bool:
    """Return whether the kernels of a module are used.

    TWIN_FAST=0 forbids them, TWIN_FAST=1 asks for them at once.

    Args:
        module: Where they are.
        work: How much there is to solve.
        covered: Whether they can do it at all.

    Raises:
        UsageError: TWIN_FAST says something else, or asks for kernels where numba is not installed.
    """
    said = os.environ.get("TWIN_FAST", "")
    if said not in {"", "0", "1"}:
        raise UsageError(f"TWIN_FAST is {said!r}; it may be 0 (numpy only) or 1 (compiled kernels)")
    if said == "1" and not _installed():
        raise UsageError(
            "TWIN_FAST=1 asks for compiled kernels, and numba is not installed (the extra [fast])"
        )
    if said == "0" or not covered:
        return False
    if said == "1" or module in sys.modules:
        return True
    TALLY.solved[module] += work
    solved = TALLY.solved[module]
    return solved > LOADING and _installed() and solved > (LOADING if _compiled() else COMPILING)


@cache
def _installed() -> bool:
    return find_spec("numba") is not None


def _compiled() -> bool:
    """Return whether an earlier process has left its kernels on disk."""
    return any(folder().glob("**/*.nbi"))
