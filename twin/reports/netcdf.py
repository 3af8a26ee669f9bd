"""Results as a netCDF-4 file, written with HDF5 itself: xarray takes half a second to do the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    import xarray as xr

# The words by which netCDF knows a dimension that has no values.
_UNNAMED = "This is a netCDF dimension but not a netCDF variable. %9d"
_TEXT = h5py.string_dtype()
# Which libraries wrote a file; readers of netCDF tell by it which rules the file follows.
_WRITTEN_BY = f"version=2,h5py={h5py.__version__},hdf5={h5py.version.hdf5_version}"


def write_netcdf(tree: "xr.DataTree", file: Path) -> None:
    """Write the results with every group, unit and long name."""
    with h5py.File(file, "w", track_order=True) as target:
        target.attrs["_NCProperties"] = np.bytes_(_WRITTEN_BY)
        dimensions = 0
        for node in tree.subtree:
            group = target if node.path == "/" else target.create_group(node.path, track_order=True)
            for name, said in node.attrs.items():
                _say(group, str(name), said)
            dimensions += _write_group(group, node, dimensions)


def _write_group(group: Any, node: "xr.DataTree", first: int) -> int:
    """Write the variables of one group and return how many dimensions it has, numbered from the first."""
    scales = {str(name): number for number, name in enumerate(node.sizes, first)}
    for name, number in scales.items():
        if name in node.coords:
            held, known_as = _dataset(group, name, node.coords[name]), name
        else:
            held, known_as = (
                group.create_dataset(name, (node.sizes[name],), ">f4"),
                _UNNAMED % node.sizes[name],
            )
        held.make_scale(known_as)
        held.attrs["_Netcdf4Dimid"] = np.int32(number)
    others = {str(name): c for name, c in node.coords.items() if str(name) not in scales}
    for name, variable in (*((str(n), v) for n, v in node.data_vars.items()), *others.items()):
        held = _dataset(group, name, variable)
        for axis, dimension in enumerate(variable.dims):
            held.dims[axis].attach_scale(group[str(dimension)])
        if variable.dims:
            held.attrs["_Netcdf4Coordinates"] = np.array([scales[str(d)] for d in variable.dims], np.int32)
        beside = sorted(
            n for n, c in others.items() if name not in others and set(c.dims) <= set(variable.dims)
        )
        if beside:
            _say(held, "coordinates", " ".join(beside))
    return len(scales)


def _dataset(group: Any, name: str, variable: "xr.DataArray") -> Any:
    """Write the values and attributes of one variable; NaN stands for what is not there."""
    values = np.asarray(variable.values)
    if values.dtype.kind in "OU":
        held = group.create_dataset(name, data=values.astype(object), dtype=_TEXT, track_order=True)
    else:
        fill = np.nan if values.dtype.kind == "f" else None
        held = group.create_dataset(name, data=values, fillvalue=fill, track_order=True)
        if fill is not None:
            held.attrs["_FillValue"] = np.array([fill], dtype=values.dtype)
    for key, said in variable.attrs.items():
        _say(held, str(key), said)
    return held


def _say(target: Any, name: str, said: Any) -> None:
    """Write one attribute; text in a form that empty text has, too."""
    if isinstance(said, str):
        target.attrs.create(name, said, dtype=_TEXT)
    else:
        target.attrs[name] = said
