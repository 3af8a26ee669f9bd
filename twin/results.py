"""Solution to DataTree: loops over what kinds declare, and derives every unit from the variable's name."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.laws import fluids
from twin.model.component import Output, kinds
from twin.model.element import (
    Block, Controller, Converter, Exchanger, Feed, Line, Load, Mover, Path, Rejector, Transformer, Valve, Zone,
)  # fmt: skip
from twin.model.facility import Facility
from twin.solve.branch import GRAVITY_M_S2
from twin.solve.couple import Solution
from twin.units import label, unit_of

SCHEMA_VERSION = "1.0"
Field = Callable[[Solution, Any], Array]


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


def _branch(pick: Callable[[Solution, slice], Array]) -> Field:
    return lambda s, block: pick(s, s.network.flow.rows[id(block)])


def _end_pag(s: Solution, rows: slice, inlet: bool) -> Array:
    net = s.network.flow
    forward = s.flow.flow_kg_s[rows] >= 0.0
    at_tail, at_head = s.flow.pressure_pag[net.tail[rows]], s.flow.pressure_pag[net.head[rows]]
    return np.where(forward == inlet, at_tail, at_head)


def _drop(s: Solution, rows: slice) -> Array:
    """Return what the branch loses to friction: the difference of its ends, height taken out."""
    net = s.network.flow
    rise = (net.height_m[net.head[rows]] - net.height_m[net.tail[rows]])[:, None]
    ends = s.flow.pressure_pag[net.tail[rows]] - s.flow.pressure_pag[net.head[rows]]
    return np.asarray(ends - GRAVITY_M_S2 * s.medium.density_kg_m3[rows] * rise)


def _velocity(s: Solution, block: Path) -> Array:
    rows = s.network.flow.rows[id(block)]
    area = 0.25 * np.pi * block.diameter_m**2
    return np.asarray(np.abs(s.flow.flow_kg_s[rows]) / s.medium.density_kg_m3[rows] / area)


def _approach(s: Solution, block: Exchanger) -> Array:
    flow, rows = s.network.flow, s.network.heat.rows[id(block)]
    hot, cold = s.network.heat.hot[rows], s.network.heat.cold[rows]
    running = np.abs(s.flow.flow_kg_s[hot]) > 1e-6  # noqa: PLR2004
    return np.where(running & flow.in_service[hot], s.heat.outlet_k[hot] - s.heat.inlet_k[cold], np.nan)


def _open_valve(s: Solution, block: Exchanger) -> Array:
    """Return 1 where a held temperature floats because the valve is open, 0 while it holds."""
    rows = s.network.heat.rows[id(block)]
    held = np.isfinite(s.network.heat.hold_k[rows])
    return np.where(held & (s.exchanger_mode[rows] == 0), 1.0, 0.0)


def _zone_temperature(s: Solution, block: Zone) -> Array:
    flow = s.network.flow
    at = np.searchsorted(flow.node, block.node)
    known = (at < len(flow.node)) & (flow.node[np.minimum(at, len(flow.node) - 1)] == block.node)
    return np.where(known[:, None], s.heat.temperature_k[np.minimum(at, len(flow.node) - 1)], np.nan)


def _mover(values: Callable[[Solution], Array]) -> Field:
    def pick(s: Solution, block: Mover) -> Array:
        rows = s.network.flow.rows[id(block)]
        return values(s)[np.searchsorted(s.network.flow.mover, np.arange(rows.start, rows.stop))]

    return pick


def _heat_rows(values: Callable[[Solution], Array]) -> Field:
    return lambda s, block: values(s)[s.network.heat.rows[id(block)]]


def _density(s: Solution, rows: slice) -> Array:
    return s.medium.density_kg_m3[rows]


BRANCH_FIELDS: dict[str, Field] = {
    "flow_kg_s": _branch(lambda s, r: s.flow.flow_kg_s[r]),
    "flow_m3_s": _branch(lambda s, r: s.flow.flow_kg_s[r] / s.medium.density_kg_m3[r]),
    "inlet_k": _branch(lambda s, r: s.heat.inlet_k[r]),
    "outlet_k": _branch(lambda s, r: s.heat.outlet_k[r]),
    "drop_pa": _branch(_drop),
    "inlet_pag": _branch(lambda s, r: _end_pag(s, r, inlet=True)),
    "outlet_pag": _branch(lambda s, r: _end_pag(s, r, inlet=False)),
    "heat_w": _branch(lambda s, r: s.heat.branch_heat_w[r]),
    "density_kg_m3": _branch(_density),
}
FIELDS: dict[tuple[type, str], Field] = {
    **{(kind, name): field for kind in (Path, Mover, Valve) for name, field in BRANCH_FIELDS.items()},
    (Path, "velocity_m_s"): _velocity,
    (Mover, "rise_pa"): _branch(lambda s, r: -_drop(s, r)),
    (Mover, "speed_ratio"): _mover(lambda s: s.flow.speed_ratio),
    (Mover, "power_w"): _mover(lambda s: s.mover_w),
    (Exchanger, "heat_w"): _heat_rows(lambda s: s.heat.exchanged_w),
    (Exchanger, "approach_dk"): _approach,
    (Exchanger, "saturated_ratio"): _open_valve,
    (Rejector, "heat_w"): _heat_rows(lambda s: s.heat.rejected_w),
    (Rejector, "power_w"): _heat_rows(lambda s: s.machine_w),
    (Rejector, "speed_ratio"): _heat_rows(lambda s: s.machine_ratio),
    (Rejector, "loading_ratio"): _heat_rows(lambda s: s.machine_ratio),
    (Zone, "temperature_k"): _zone_temperature,
}


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
    groups = {path: node.to_dataset() for path, node in tree.subtree_with_keys}
    return xr.DataTree.from_dict({"/": tree.to_dataset(), **groups, "/facility": xr.Dataset(variables, coords)})
