"""A part of a network: the flow and heat elements of some nodes, the whole of its power side."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Flags, Index
from twin.model.chip_net import chips_of, splits_of
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.model.network import Network

# The elements that each group of columns belongs to.
FLOW_COLUMNS = {
    "friction": (
        "friction_law", "length_m", "diameter_m", "roughness_m", "loss_ratio", "laminar_loss_ratio",
    ),
    "measured": (
        "linear_pa_s_m3", "quadratic_pa_s2_m6", "reference_density_kg_m3", "reference_viscosity_pa_s",
    ),
    "powered": ("power_pa", "exponent_ratio"),
    "tabled": ("table_m3_s", "table_pa", "table_density_kg_m3", "table_viscosity_pa_s"),
    "fixed": ("fixed_pa",),
    "mover": (
        "shutoff_pa", "rise_linear", "rise_quadratic", "rise_power_pa", "rise_exponent_ratio",
        "turn_index", "hydraulic_power_w", "efficiency_m3_s", "efficiency_curve_ratio", "speed_ratio",
        "running_ratio", "efficiency", "minimum_power_w", "rated_power_w",
    ),
    "held_flow": ("held_m3_s",),
    "limited": ("limit_m3_s",),
    "check": (),
    "keeper": ("keeps", "keep_pag"),
}  # fmt: skip
EXCHANGER_COLUMNS = (
    "ua_w_k", "hot_reference_m3_s", "cold_reference_m3_s", "arrangement", "fouling_k_w", "hold_k", "demand_w",
    "locks_out",
)  # fmt: skip
REJECTOR_COLUMNS = (
    "machine", "leaving_k", "entering_k", "reject_ua_w_k", "reference_m3_s", "airflow_m3_s", "fan_power_w",
    "capacity_w", "cop_ratio", "carnot_ratio", "wet_bulb_k", "design_wet_bulb_k", "calibration_ratio",
    "least_speed_ratio", "still_ratio", "humidified_kg_kg", "cycles_ratio", "drift_ratio", "curve",
    "reject_load", "reject_in_service",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A part of a network, and which elements of the whole its own are.

    Attributes:
        network: The part; blocks are not mapped to its rows.
        rows: Rows in the whole of its nodes, branches, movers, limited branches, controls, exchangers,
            rejectors, conductances, releases and chips, by these names.
    """

    network: Network
    rows: dict[str, Index]


def part_of(network: Network, inside: Flags) -> Part:
    """Return the part of a network at some nodes; no branch, exchanger or conductance may leave it.

    Args:
        network: The whole.
        inside: Which nodes belong to it, shape (node,).
    """
    flow, rows = _flow(network.flow, inside)
    heat = _heat(network, inside, rows)
    node = numbers(rows["node"], len(inside))
    rooms: dict[str, Any] = {
        name: np.where(room >= 0, node[room], -1)
        for name in ("line_room", "transformer_room", "converter_room")
        for room in (getattr(network, name),)
    }
    return Part(network=replace(network, flow=flow, heat=heat, **rooms), rows=rows)


def numbers(rows: Index, count: int) -> Index:
    """Return the number of each element within a part, -1 for those outside and for none (row -1)."""
    numbers = np.full(count + 1, -1, dtype=np.intp)
    numbers[rows] = np.arange(len(rows))
    return numbers


def _flow(flow: FlowNet, inside: Flags) -> tuple[FlowNet, dict[str, Index]]:
    node, branch = np.flatnonzero(inside), np.flatnonzero(inside[flow.tail])
    to_node, to_branch = numbers(node, len(inside)), numbers(branch, len(flow.tail))
    islands, island = np.unique(flow.island[node], return_inverse=True)
    rows = {"node": node, "branch": branch, "control": np.flatnonzero(inside[flow.plus])}
    changed: dict[str, Any] = {}
    for name, columns in FLOW_COLUMNS.items():
        elements = getattr(flow, name)
        rows[name] = kept = np.flatnonzero(to_branch[elements] >= 0)
        changed[name] = to_branch[elements[kept]]
        changed |= {column: getattr(flow, column)[kept] for column in columns}
    held = np.flatnonzero(inside[flow.held])
    control = rows["control"]
    names = flow.branch_name
    part = replace(
        flow, **changed, node=flow.node[node], height_m=flow.height_m[node], island=island.astype(np.intp),
        fluid=flow.fluid[islands], mass_fraction=flow.mass_fraction[islands], fill_k=flow.fill_k[islands],
        held=to_node[flow.held[held]], held_pag=flow.held_pag[held],
        open_ended=flow.open_ended[held], supply_k=flow.supply_k[held], tail=to_node[flow.tail[branch]],
        head=to_node[flow.head[branch]], in_service=flow.in_service[branch],
        plus=to_node[flow.plus[control]], minus=to_node[flow.minus[control]], set_pa=flow.set_pa[control],
        minimum_ratio=flow.minimum_ratio[control], maximum_ratio=flow.maximum_ratio[control],
        set_m3_s=flow.set_m3_s[control],
        control_of=numbers(control, len(flow.plus))[flow.control_of[rows["mover"]]], rows={},
        branch_name=lambda row: names(int(branch[row])),
    )  # fmt: skip
    return part, rows


def _heat(network: Network, inside: Flags, rows: dict[str, Index]) -> HeatNet:
    """Return the heat elements of a part, and add their rows to those of the flow elements."""
    net, flow = network.heat, network.flow
    to_node, to_branch = numbers(rows["node"], len(inside)), numbers(rows["branch"], len(flow.tail))
    exchanger = rows["exchanger"] = np.flatnonzero(inside[flow.tail[net.hot]])
    rejector = rows["rejector"] = np.flatnonzero(inside[flow.tail[net.rejector]])
    at = np.maximum(net.conduct_a, net.conduct_b)
    conduct = rows["conduct"] = np.flatnonzero(inside[at]) if len(at) else at
    branch, node = to_branch[net.release_branch], to_node[net.release_node]
    release = rows["release"] = np.flatnonzero((branch >= 0) | (node >= 0))
    chip = rows["chip"] = np.flatnonzero(to_branch[net.chips.branch] >= 0)
    split = np.flatnonzero(to_branch[net.splits.branch] >= 0)
    to_release = numbers(release, len(net.release_load))
    return replace(
        net, chips=chips_of(net.chips, chip, to_branch),
        splits=splits_of(net.splits, split, to_branch, to_release), mix_k=net.mix_k[rows["limited"]],
        hot=to_branch[net.hot[exchanger]], cold=to_branch[net.cold[exchanger]],
        valve=numbers(rows["limited"], len(flow.limited))[net.valve[exchanger]],
        **{name: getattr(net, name)[exchanger] for name in EXCHANGER_COLUMNS},
        rejector=to_branch[net.rejector[rejector]], condenser=to_branch[net.condenser[rejector]],
        **{name: getattr(net, name)[rejector] for name in REJECTOR_COLUMNS},
        release_load=net.release_load[release], release_share=net.release_share[release],
        release_branch=branch[release], release_node=node[release],
        conduct_a=to_node[net.conduct_a[conduct]], conduct_b=to_node[net.conduct_b[conduct]],
        conductance_w_k=net.conductance_w_k[conduct], mover_load=net.mover_load[rows["mover"]], rows={},
    )  # fmt: skip
