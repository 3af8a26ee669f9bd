"""Rules by subject, one module each."""

import importlib
import pkgutil
from functools import cache

MACHINERY = frozenset({"rule", "review", "review_many"})


@cache
def declare_rules() -> None:
    """Import every subject of this package, which declares its rules."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        if module not in MACHINERY:
            importlib.import_module(f"{__name__}.{module}")
