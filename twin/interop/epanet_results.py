"""Results of a water network as JSON and as a netCDF data set, by the names of its nodes and links."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.interop.epanet_laws import POWER_N_M3, pressure_pa
from twin.interop.epanet_model import GRAVITY_M_S2, HeadLoss, Pump, Status
from twin.interop.epanet_net import density_of
from twin.interop.epanet_run import Record
from twin.interop.epanet_warn import warnings_of

SCHEMA_VERSION = "1.1"
LAWS: Mapping[HeadLoss, str] = {
    HeadLoss.HAZEN_WILLIAMS: "Hazen-Williams",
    HeadLoss.DARCY_WEISBACH: "Darcy-Weisbach with Swamee-Jain friction factor",
    HeadLoss.CHEZY_MANNING: "Chezy-Manning",
}
STATUSES = tuple(status.name.lower() for status in Status)
DIGITS = 10
# Losses of a pump grow as its speed falls, by this power of it; EPANET's least efficiency.
LOSS_EXPONENT, LEAST_EFFICIENCY = 0.1, 0.01


def headloss_m(record: Record) -> Array:
    """Return the head at the first node of every link less that at its second [m], shape (time, link)."""
    return np.asarray(record.head_m[:, record.plan.a] - record.head_m[:, record.plan.b])


def node_pressure_pa(record: Record) -> Array:
    """Return the gauge pressure at every node [Pa], shape (time, node).

    That of a reservoir is 0 at its surface, that of a tank the one at its bottom.
    """
    network = record.plan.network
    bottom = np.array([
        *(junction.elevation_m for junction in network.junctions), *(0.0 for _ in network.reservoirs),
        *(tank.elevation_m for tank in network.tanks),
    ])  # fmt: skip
    above = record.head_m - bottom
    first = len(network.junctions)
    above[:, first : first + len(network.reservoirs)] = 0.0
    return pressure_pa(above, density_of(network))


def power_w(record: Record) -> Array:
    """Return the electric power that every pump draws [W], NaN for other links, shape (time, link).

    Source:
        L. A. Rossman et al., EPANET 2.2 User Manual (EPA/600/R-20/133), 2020, section 3.1: efficiency at the
        flow over speed; away from full speed as of I. Sarbu and I. Borza, Energetic optimization of water
        pumping in distribution systems, Periodica Polytechnica Mech. Eng. 42 (1998) 141.
    """
    network, out = record.plan.network, np.full(record.flow_m3_s.shape, np.nan)
    weight_n_m3 = POWER_N_M3 * network.options.specific_gravity_ratio
    for at, pump in enumerate(record.plan.links):
        if isinstance(pump, Pump):
            flow, lift = np.abs(record.flow_m3_s[:, at]), np.abs(headloss_m(record)[:, at])
            efficiency = np.full(len(flow), network.options.pump_efficiency_ratio)
            if pump.efficiency_curve:
                curve, speed = network.curves[pump.efficiency_curve], np.maximum(record.setting[:, at], 1e-6)
                efficiency = 1.0 - (1.0 - np.interp(flow / speed, curve.x, curve.y)) * speed**-LOSS_EXPONENT
            efficiency = np.clip(efficiency, LEAST_EFFICIENCY, 1.0)
            runs = record.status[:, at] != Status.CLOSED
            out[:, at] = np.where(runs, weight_n_m3 * flow * lift / efficiency, 0.0)
    return out


def figures(record: Record) -> dict[str, Any]:
    """Return what holds for the whole run: passes, residual, law, what is left out, what cannot be."""
    network = record.plan.network
    return {
        "network": Path(network.file).name, "friction_law": LAWS[network.options.head_loss],
        "density_kg_m3": density_of(network), "gravity_m_s2": GRAVITY_M_S2,
        "iteration_count": int(record.iteration_count.sum()),
        "step_count": len(record.iteration_count),
        "mass_residual_ratio": float(record.residual_ratio.max()),
        "unsupported": list(network.unsupported),
        "warnings": [asdict(warned) for warned in warnings_of(record)],
    }  # fmt: skip


def summary(record: Record) -> str:
    """Return one line: how large the network is, how much work it was, how well it closes."""
    plan, told = record.plan, figures(record)
    hours, steps = record.time_s[-1] / 3600.0, told["step_count"]
    length = f", {steps} steps to {hours:g} h" if steps > 1 else ""
    return (
        f"{len(plan.nodes)} nodes, {len(plan.links)} links{length}; {told['friction_law']};"
        f" {told['iteration_count']} iterations, mass residual {told['mass_residual_ratio']:.1e}"
    )


def network_json(record: Record, *, over_time: bool) -> str:
    """Return the results as JSON: ``node`` and ``link`` by name, single numbers or arrays over ``time_s``.

    Pumps have ``power_w``, the electric power that they draw.

    Args:
        record: Solved network.
        over_time: Whether numbers are arrays over time; otherwise those of the first time.
    """
    plan = record.plan
    columns: dict[str, tuple[Sequence[str], dict[str, Any]]] = {
        "node": (plan.nodes, {"head_m": record.head_m, "pressure_pa": node_pressure_pa(record)}),
        "link": (
            [link.name for link in plan.links],
            {"flow_m3_s": record.flow_m3_s, "headloss_m": headloss_m(record), "status": record.status},
        ),
    }
    pumps, power = [i for i, link in enumerate(plan.links) if isinstance(link, Pump)], power_w(record)
    made: dict[str, Any] = {"schema": SCHEMA_VERSION, **figures(record)}
    if over_time:
        made["time_s"] = record.time_s.tolist()
    for kind, (names, values) in columns.items():
        lists = {field: [_plain(field, row) for row in array.T] for field, array in values.items()}
        made[kind] = {
            name: {field: rows[i] if over_time else rows[i][0] for field, rows in lists.items()}
            for i, name in enumerate(names)
        }
    for at in pumps:
        drawn = _plain("power_w", power[:, at])
        made["link"][plan.links[at].name]["power_w"] = drawn if over_time else drawn[0]
    return json.dumps(made, indent=1, allow_nan=False) + "\n"


def _plain(field: str, row: Array) -> list[Any]:
    """Return numbers as JSON takes them: null where a node is cut off, words for statuses."""
    if field == "status":
        return [STATUSES[int(value)] for value in row]
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in row.tolist()]


def network_dataset(record: Record) -> xr.Dataset:
    """Return the results as a data set over time, node and link; NaN where closed links cut a node off.

    Its attribute ``warnings`` is the list of the JSON, as JSON.
    """
    plan, left_out, told = record.plan, record.plan.network.unsupported, figures(record)
    node, link = ("time", "node"), ("time", "link")
    meaning = {"flag_values": list(range(len(STATUSES))), "flag_meanings": " ".join(STATUSES)}
    return xr.Dataset(
        {
            "head_m": (node, record.head_m, {"units": "m", "long_name": "head"}),
            "pressure_pa": (node, node_pressure_pa(record), {"units": "Pa", "long_name": "gauge pressure"}),
            "flow_m3_s": (link, record.flow_m3_s, {"units": "m3/s", "long_name": "flow"}),
            "headloss_m": (link, headloss_m(record), {"units": "m", "long_name": "head at a less at b"}),
            "power_w": (link, power_w(record), {"units": "W", "long_name": "electric power of pumps"}),
            "status": (link, record.status.astype(np.int8), {"long_name": "status"} | meaning),
        },
        coords={
            "time_s": ("time", record.time_s, {"units": "s"}), "node": list(plan.nodes),
            "link": [link.name for link in plan.links],
        },
        attrs={
            **told, "schema": SCHEMA_VERSION, "unsupported": "; ".join(left_out),
            "warnings": json.dumps(told["warnings"]),
        },
    )  # fmt: skip
