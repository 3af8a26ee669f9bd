"""When compiled kernels are used: TWIN_FAST, whether numba is there, how much work waits."""

import os
import sys
from functools import cache
from importlib.util import find_spec

from twin.solve.flow_system import FlowSystem

# Branches times variants from which kernels pay although numba has to be loaded first, and once it is.
LOADING, LOADED = 200_000, 0


def chosen(system: FlowSystem) -> bool:
    """Return whether kernels solve this system."""
    said = os.environ.get("TWIN_FAST", "")
    if said == "0" or len(system.net.keeper):
        return False
    if said == "1":
        return True
    size = system.net.in_service.size
    return size >= (LOADED if "twin.solve.fast.settle" in sys.modules else LOADING) and _there()


@cache
def _there() -> bool:
    return find_spec("numba") is not None
