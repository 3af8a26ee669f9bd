"""Solution to DataTree: loops over what kinds declare; units come from the variables' names."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.fields import FIELDS
from twin.hydraulics import Hydraulics
from twin.model.component import Output, kinds
from twin.model.facility import Facility, Table
from twin.model.flow_net import FlowNet
from twin.solve.couple import Solution
from twin.solve.surges import Surges
from twin.units import label, unit_of

if TYPE_CHECKING:
    from twin.model.element import Block

SCHEMA_VERSION = "1.0"


def to_tree(facility: Facility, solution: Solution) -> xr.DataTree:
    """Return all declared results; leading dimension ``variant``, then the part; prim path as coordinate."""
    members: dict[str, list[Table]] = {}
    for kind in sorted(facility.tables):
        table = facility.tables[kind]
        if table.paths and kinds()[kind].outputs:
            members.setdefault(kinds()[kind].group, []).append(table)
    solved = _Solved(facility, solution)
    tree = {f"/{name}": _group(name, tables, solved, _cases(facility)) for name, tables in members.items()}
    lost = "; ".join(f"{u.case.name} (heat to {u.case.capture}): {u.text}" for u in facility.unsolved)
    top = xr.Dataset(attrs={"schema": SCHEMA_VERSION, "layout": facility.layout, "unsolved": lost})
    if solution.surges is not None:
        tree["/surge"] = tree["/surge"].merge(_in_time(solution.network.flow, solution.surges))
    return xr.DataTree.from_dict({"/": top, **tree})


def _in_time(net: FlowNet, surges: Surges) -> xr.Dataset:
    """Return what events leave beside their numbers: extremes by place, and a few series over time."""
    said = {
        "highest_pag": ("place", surges.highest_pag, "highest pressure at the place"),
        "lowest_node_pag": ("place", surges.lowest_node_pag, "lowest pressure at the place"),
        "sample_s": ("sample", surges.sample_s, "instant"),
        "sample_peak_pag": ("sample", surges.sample_peak_pag, "pressure where it peaks"),
        "sample_lowest_pag": ("sample", surges.sample_lowest_pag, "pressure where it is lowest"),
        "sample_flow_kg_s": ("sample", surges.sample_flow_kg_s, "flow of what closes or trips first"),
    }  # fmt: skip
    variables = {
        name: xr.Variable(
            ("surge", along), values, {"units": unit_of(name), "long_name": doc, "source": "solved"}
        )
        for name, (along, values, doc) in said.items()
    }
    places = {
        "place": [net.name_of(int(net.node[node])) for node in surges.node],
        "node": ("place", net.node[surges.node]),
        "loop": ("place", net.island[surges.node]),
        "peak_place": ("surge", list(surges.peak_place)),
        "lowest_place": ("surge", list(surges.lowest_place)),
    }
    return xr.Dataset(variables, coords=places)


def _cases(facility: Facility) -> dict[str, Any]:
    return {
        "variant": [case.name for case in facility.cases],
        "capture": ("variant", [case.capture for case in facility.cases]),
    }


def _group(name: str, tables: Sequence[Table], solved: "_Solved", cases: Mapping[str, Any]) -> xr.Dataset:
    """Return every variable of the kinds of one group; NaN where a kind has no such variable."""
    declared = [{o.name: o for o in kinds()[t.kind].outputs} for t in tables]
    first: dict[str, Output] = {}
    for outputs in declared:
        first |= {variable: output for variable, output in outputs.items() if variable not in first}
    variables = {}
    for variable, output in first.items():
        columns = [solved.column(t, o.get(variable)) for t, o in zip(tables, declared, strict=True)]
        attributes = {"units": unit_of(variable), "long_name": output.doc, "source": "solved"}
        variables[variable] = xr.Variable(("variant", name), np.concatenate(columns).T, attributes)
    parts = {
        name: [path for table in tables for path in table.paths],
        "kind": (name, [table.kind for table in tables for _ in table.paths]),
    }
    return xr.Dataset(variables, coords={**cases, **parts})


class _Solved:
    """Looks declared outputs up in a solution; what several kinds of output share is computed once."""

    def __init__(self, facility: Facility, solution: Solution) -> None:
        self._solution, self._hydraulics = solution, Hydraulics(facility, solution)
        self._cache: dict[tuple[int, str], Array] = {}
        self._blocks: dict[tuple[str, str], list[Block]] = {}
        for kind, block in solution.network.assembly.blocks:
            self._blocks.setdefault((kind, block.role), []).append(block)

    def column(self, table: Table, output: Output | None) -> Array:
        """Return one output of every part, shape (part, variant); NaN where a part has no such element."""
        out = np.full((len(table.paths), self._solution.network.variants), np.nan)
        if output is None:
            return out
        for block in self._blocks.get((table.kind, output.role), ()):
            key = id(block), output.field
            if key not in self._cache:
                self._cache[key] = self._field(table, block, output.field)
            _reduce(out, np.asarray(block.part), self._cache[key], output.reduce)
        return out

    def _field(self, table: Table, block: "Block", name: str) -> Array:
        if (field := FIELDS.get((type(block), name))) is not None:
            return field(self._solution, block)
        return self._hydraulics.field(block, name, table)


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
    variables = {
        name: xr.Variable(
            ("variant",), values, {"units": unit_of(name), "long_name": label(name), "source": "solved"}
        )
        for name, values in figures.items()
    }
    groups = {f"/{name}": node.to_dataset() for name, node in tree.children.items()}
    whole = xr.Dataset(variables, _cases(facility))
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups, "/facility": whole})
