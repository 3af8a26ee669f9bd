"""Where the files that come with the package lie: in an installed wheel, or in a checkout."""

from pathlib import Path
from typing import Literal, get_args

Name = Literal["assets", "layouts", "schema", "verification"]

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = {"assets": "assets", "layouts": "layouts", "verification": "tests/verification"}


def folder(name: Name) -> Path:
    """Return a bundled folder; it need not exist, and nothing may be written into it.

    Raises:
        KeyError: There is no bundled folder of that name.
    """
    if name == "schema":
        return _PACKAGE / "stage" / "usd_schema"
    if name not in get_args(Name):
        raise KeyError(name)
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / _CHECKOUT[name]


def bundled_layouts() -> tuple[str, ...]:
    """Return the names of the layouts that come with the package."""
    sites = folder("layouts").glob("*/site.usda")
    return tuple(sorted(site.parent.name for site in sites))
