"""Results as JSON, units kept."""

import json
from typing import TYPE_CHECKING, Any

from twin.reports.machine import plain

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "twin-results/1"


def results_json(tree: "xr.DataTree") -> str:
    """Return the results as text, laid out as in netCDF; numbers that are not finite are null."""
    groups = {node.path: _group(node) for node in tree.subtree if node.data_vars}
    top = {"schema": SCHEMA, "attributes": plain(tree.attrs), "groups": groups}
    return json.dumps(top, ensure_ascii=False, allow_nan=False) + "\n"


def _group(node: "xr.DataTree") -> dict[str, Any]:
    return {
        "dimensions": {str(name): size for name, size in node.sizes.items()},
        "coordinates": {str(name): _variable(held) for name, held in node.coords.items()},
        "variables": {str(name): _variable(held) for name, held in node.data_vars.items()},
    }


def _variable(held: "xr.DataArray") -> dict[str, Any]:
    return {"dimensions": list(held.dims), **plain(held.attrs), "values": plain(held.values)}
