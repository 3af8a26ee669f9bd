"""Solution to DataTree: loops over what kinds declare, and derives every unit from the variable's name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.fields import FIELDS
from twin.model.component import Output, kinds
from twin.model.element import Block
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.units import label, unit_of

SCHEMA_VERSION = "1.0"


def to_tree(facility: Facility, solution: Solution) -> xr.DataTree:
    """Return all declared results; leading dimension ``variant``, then the part; prim path as coordinate."""
    blocks: dict[tuple[str, str], list[Block]] = {}
    for kind, block in solution.network.assembly.blocks:
        blocks.setdefault((kind, block.role), []).append(block)
    groups: dict[str, list[xr.Dataset]] = {}
    cache: dict[tuple[int, str], Array] = {}
    for kind in sorted(facility.tables):
        table = facility.tables[kind]
        declared = kinds()[kind]
        if not table.paths or not declared.outputs:
            continue
        variables = {
            o.name: _variable(o, declared.group, _values(o, blocks, solution, len(table.paths), kind, cache))
            for o in declared.outputs
        }
        coords = {
            "variant": [case.name for case in facility.cases],
            "capture": ("variant", [case.capture for case in facility.cases]),
            declared.group: list(table.paths),
            "kind": (declared.group, [kind] * len(table.paths)),
        }
        groups.setdefault(declared.group, []).append(xr.Dataset(variables, coords=coords))
    tree = {
        f"/{name}": sets[0] if len(sets) == 1 else xr.concat(sets, dim=name, data_vars="all", join="outer")
        for name, sets in groups.items()
    }
    top = xr.Dataset(attrs={"schema": SCHEMA_VERSION, "layout": facility.layout})
    return xr.DataTree.from_dict({"/": top, **tree})


def _variable(output: Output, group: str, values: Array) -> xr.Variable:
    attributes = {"units": unit_of(output.name), "long_name": output.doc, "source": "solved"}
    return xr.Variable(("variant", group), values.T, attributes)


def _values(
    output: Output,
    blocks: Mapping[tuple[str, str], list[Block]],
    solution: Solution,
    parts: int,
    kind: str,
    cache: dict[tuple[int, str], Array],
) -> Array:
    """Return one output of every part, shape (part, variant); NaN where a part has no such element."""
    found = blocks.get((kind, output.role), [])
    out = np.full((parts, solution.network.variants), np.nan)
    for block in found:
        key = id(block), output.field
        if key not in cache:
            cache[key] = FIELDS[type(block), output.field](solution, block)
        _reduce(out, np.asarray(block.part), cache[key], output.reduce)
    return out


def _reduce(out: Array, part: Any, values: Array, how: str) -> None:
    if not len(part):
        return
    order = np.argsort(part, kind="stable")
    owner = part[order]
    starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
    if how == "last":
        out[owner[np.r_[starts[1:], len(owner)] - 1]] = values[order[np.r_[starts[1:], len(owner)] - 1]]
    elif how == "first":
        out[owner[starts]] = values[order[starts]]
    else:
        ufunc = {"max": np.maximum, "min": np.minimum, "sum": np.add}[how]
        out[owner[starts]] = ufunc.reduceat(values[order], starts, axis=0)


def add_facility(tree: xr.DataTree, facility: Facility, figures: Mapping[str, Array]) -> xr.DataTree:
    """Return the tree with the figures of the whole facility as group ``/facility``."""
    coords = {
        "variant": [case.name for case in facility.cases],
        "capture": ("variant", [case.capture for case in facility.cases]),
    }
    variables = {
        name: xr.Variable(
            ("variant",), values, {"units": unit_of(name), "long_name": label(name), "source": "solved"}
        )
        for name, values in figures.items()
    }
    groups = {f"/{name}": node.to_dataset() for name, node in tree.children.items()}
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups, "/facility": xr.Dataset(variables, coords)})
