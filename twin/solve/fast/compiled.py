"""How kernels are compiled."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

from twin.solve.fast.kept import folder

Kernel = TypeVar("Kernel", bound=Callable[..., object])

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
# Kernels that only other kernels call: they allocate nothing, so they need not count who holds an array.
INNER = OPTIONS | {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(kernel: Kernel) -> Kernel:
    """Return a kernel for Python to call, compiled at its first call; later processes find it on disk.

    It holds the kernels that it calls, and numba looks at its own source only, so every version has a folder.
    """
    chosen = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder())
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
