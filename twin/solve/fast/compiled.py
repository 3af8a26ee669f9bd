"""How kernels are compiled, and where they are kept: a folder of its own for every version."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

from twin.laws import friction, movers
from twin.solve import branch, flow_control, flow_state, flow_step, sparse

Kernel = TypeVar("Kernel", bound=Callable[..., object])

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
# Kernels that only other kernels call: they allocate nothing, so they need not count who holds an array.
INNER = OPTIONS | {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# Modules whose laws and constants the kernels repeat.
SOURCES = (branch, flow_control, flow_state, flow_step, friction, movers, sparse)


def compiled(kernel: Kernel) -> Kernel:
    """Return a kernel for Python to call, compiled at its first call; later processes find it on disk.

    It holds the kernels that it calls, and numba looks at its own source only. So the folder is named by the
    text of all of them.
    """
    chosen = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_folder(chosen))
    try:
        return cast("Kernel", numba.njit(**OPTIONS, cache=True, nogil=True)(kernel))
    finally:
        numba.config.CACHE_DIR = chosen


def outer(kernel: Kernel) -> Kernel:
    """Return a kernel for other kernels to call that makes arrays."""
    return cast("Kernel", numba.njit(**OPTIONS)(kernel))


def inner(kernel: Kernel) -> Kernel:
    """Return a kernel for other kernels to call."""
    return cast("Kernel", numba.njit(**INNER)(kernel))


def inlined(kernel: Kernel) -> Kernel:
    """Return a small kernel that becomes part of the loops it is called in, so that they are vector code."""
    return cast("Kernel", numba.njit(**INNER, forceinline=True)(kernel))


def spliced(kernel: Kernel) -> Kernel:
    """Return a kernel that is written into its callers, because one that counts nothing returns no array."""
    return cast("Kernel", numba.njit(**INNER, inline="always")(kernel))


def _folder(chosen: str) -> Path:
    """Return where kernels of this version are kept: below what NUMBA_CACHE_DIR says, or the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen or Path(home) / "facility-twin") / f"kernels-{_VERSION}"


def _version() -> str:
    """Return a digest of all sources that kernels are made of."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), *(Path(str(each.__file__)) for each in SOURCES)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


_VERSION = _version()
