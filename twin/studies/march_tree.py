"""A march as results: every part over time, and what rules judge."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from twin.arrays import Array, Flags, Index
from twin.model.element import Block, Converter, Feed, Load, Use
from twin.model.facility import Facility
from twin.model.network import Network
from twin.solve.march import March
from twin.solve.march_energy import energy, it_w, loss_w, source_w
from twin.solve.march_state import Mode, offsets
from twin.solve.march_stores import rows_of
from twin.solve.shapes import at_time
from twin.studies.march_judged import judged
from twin.units import unit_of

SCHEMA_VERSION = "1.0"
METHOD = "quasi-static: a steady power flow at every instant; no network dynamics, no control transients"
RAMP_S = 1.0
Columns = Mapping[str, tuple[Array, str]]


def march_tree(facility: Facility, network: Network, march: March) -> xr.DataTree:
    """Return results over time, leading dimensions ``variant`` (one: the march) and ``time``, units told.

    Groups ``/plant`` (supplies), ``/converter``, ``/rack`` and ``/facility``; ``/march/KIND`` holds what
    rules judge. A switch or a jump stands twice on the time axis, before and after it.
    """
    groups: dict[str, xr.Dataset] = {}
    for name, (paths, kinds, columns) in _parts(facility, network, march).items():
        coords = {name: paths, "kind": (name, kinds)}
        groups[f"/{name}"] = _dataset(march, columns, name, coords)
    groups["/facility"] = _dataset(march, _whole(network, march), "", {})
    for kind, told in judged(facility, network, march).items():
        held = {n: xr.Variable(("variant", "part"), v[None], {"units": unit_of(n)}) for n, v in told.items()}
        paths = list(facility.tables[kind].paths)
        groups[f"/march/{kind}"] = xr.Dataset(held, coords={"variant": ["march"], "part": paths})
    closed = energy(march)
    top = xr.Dataset(
        attrs={
            "schema": SCHEMA_VERSION, "layout": facility.layout, "method": METHOD,
            "energy_residual_ratio": closed.residual_ratio, "source_energy_j": closed.source_j,
            "it_and_plant_energy_j": closed.load_j, "loss_energy_j": closed.loss_j,
            "stored_change_j": closed.stored_j,
        }
    )  # fmt: skip
    return xr.DataTree.from_dict({"/": top, **groups})


def _dataset(march: March, columns: Columns, along: str, coords: Mapping[str, object]) -> xr.Dataset:
    dims = ("variant", "time", along) if along else ("variant", "time")
    held = {}
    for name, (values, doc) in columns.items():
        attributes = {"units": unit_of(name), "long_name": doc, "source": "solved"}
        held[name] = xr.Variable(dims, values.T[None] if along else values[None], attributes)
    time = ("time", march.time_s, {"units": "s", "long_name": "time from the start of the march"})
    return xr.Dataset(held, coords={"variant": ["march"], "time": time, **coords})


def _grid_w(network: Network, march: March) -> Array:
    """Return the power at the connection to the grid [W], shape (instant,)."""
    power = np.zeros(march.time_s.size)
    for kind, block in network.assembly.blocks:
        if kind == "utility" and isinstance(block, Feed):
            power += march.instants.feed_power_va.real[rows_of(march.plan.net, block)].sum(axis=0)
    return power


def _connected(network: Network, march: March) -> Flags:
    """Return whether any connection to the grid is in service, shape (instant,)."""
    first = offsets(march.plan.net)["feeds"]
    rows = [
        first + rows_of(march.plan.net, block)
        for kind, block in network.assembly.blocks
        if kind == "utility" and isinstance(block, Feed)
    ]
    if not rows:
        return np.zeros(march.time_s.size, dtype=np.bool_)
    return np.asarray(march.service[np.concatenate(rows)].any(axis=0))


def _whole(network: Network, march: March) -> Columns:
    total = march.stored_j.sum(axis=0)
    power = _grid_w(network, march)
    at, after = march.time_s, np.ones(march.time_s.size, dtype=np.bool_)
    after[np.flatnonzero(np.diff(at) == 0.0)] = False
    # Off the grid there is no ramp to tell; a loss of it is none of the site's (as in rule EL090).
    now = np.where(_connected(network, march), power - at_time(at, power, at - RAMP_S, after=after), np.nan)
    return {
        "utility_power_w": (power, "power at the point of connection"),
        "ramp_w_s": (now / RAMP_S, "change of the power at the point of connection over the last second"),
        "source_power_w": (source_w(march), "power of utilities and generators"),
        "load_power_w": (it_w(march).sum(axis=0), "power served to IT and plant, recharging left out"),
        "loss_w": (loss_w(march), "losses of conductors, transformers, converters and charging"),
        "stored_j": (total, "energy stored in all batteries"),
        "stored_power_w": (
            (march.taken_w - march.given_w).sum(axis=0),
            "power drawn less given by batteries",
        ),
    }


def _parts(
    facility: Facility, network: Network, march: March
) -> dict[str, tuple[list[str], list[str], Columns]]:
    """Return prims, kinds and columns of each group."""
    found: dict[str, list[tuple[str, Block]]] = {"plant": [], "converter": [], "rack": []}
    for kind, block in network.assembly.blocks:
        match block:
            case Feed():
                found["plant"].append((kind, block))
            case Converter():
                found["converter"].append((kind, block))
            case Load() if block.use == Use.IT:
                found["rack"].append((kind, block))
    made: dict[str, tuple[list[str], list[str], Columns]] = {}
    for name, blocks in found.items():
        if not blocks:
            continue
        counts = [len(facility.tables[kind].paths) for kind, _ in blocks]
        columns = [_columns(march, block, count) for (_, block), count in zip(blocks, counts, strict=True)]
        merged = {n: (np.concatenate([c[n][0] for c in columns]), doc) for n, (_, doc) in columns[0].items()}
        paths = [path for kind, _ in blocks for path in facility.tables[kind].paths]
        kinds = [kind for (kind, _), count in zip(blocks, counts, strict=True) for _ in range(count)]
        made[name] = paths, kinds, merged
    return made


def _columns(march: March, block: Block, count: int) -> Columns:
    """Return the results of one block, each of shape (part, instant)."""
    rows, told, part = rows_of(march.plan.net, block), march.instants, np.asarray(block.part)
    match block:
        case Feed():
            given = told.feed_power_va[rows]
            highest = np.zeros((count, march.time_s.size))
            np.maximum.at(highest, part, told.feed_current_a[rows])
            return {
                "power_w": (_by_part(part, given.real, count), "active power given"),
                "reactive_power_var": (_by_part(part, given.imag, count), "reactive power given"),
                "current_a": (highest, "highest current of a feeder"),
            }
        case Converter():
            return _converter(march, rows, part, count)
        case _:
            dropped = (march.lost_s[rows][:, None] <= march.time_s).astype(np.float64)
            served, voltage = it_w(march)[rows], told.consumer_voltage_ratio[rows]
            return {
                "it_power_w": (_by_part(part, served, count), "power served, by its own battery too"),
                "input_voltage_ratio": (_by_part(part, voltage, count), "lowest input voltage, 0 without"),
                "supply_lost_ratio": (_by_part(part, dropped, count), "1 once it has dropped"),
            }


def _converter(march: March, rows: Index, part: Index, count: int) -> Columns:
    """Return what converters carry, on line or from their battery, and how their batteries stand."""
    told, stores = march.instants, march.plan.stores
    out, stored = told.converter_out_w[rows], np.full((rows.size, march.time_s.size), np.nan)
    given, taken, mode = np.zeros_like(out), np.zeros_like(out), np.full(out.shape, -1.0)
    for store in np.flatnonzero((stores.online >= rows[0]) & (stores.online <= rows[-1])):
        row = int(stores.online[store] - rows[0])
        out[row] += told.converter_out_w[stores.backup[store]]
        stored[row], mode[row] = march.stored_j[store], march.mode[store]
        given[row], taken[row] = march.given_w[store], march.taken_w[store]
    state = "battery: " + ", ".join(f"{m.value} {m.name.lower()}" for m in Mode) + ", -1 has none"
    columns = {
        "power_in_w": (told.converter_in_w[rows], "input power on line, recharging left out"),
        "power_out_w": (out, "output power, on line or from the battery"),
        "stored_j": (stored, "energy in the battery"),
        "battery_out_w": (given, "power the battery gives"),
        "recharge_w": (taken, "power drawn to recharge"),
        "state_index": (mode, state),
    }
    return {name: (_by_part(part, values, count), doc) for name, (values, doc) in columns.items()}


def _by_part(part: Index, values: Array, count: int) -> Array:
    """Return sums over the elements of each part, shape (part, instant)."""
    out = np.zeros((count, values.shape[1]))
    np.add.at(out, part, values)
    return out
