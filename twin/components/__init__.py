"""Kinds of equipment, one module each; they do not know each other."""

import importlib
import pkgutil
from functools import cache


@cache
def declare_all() -> None:
    """Import every module of this package, which declares its kind."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
