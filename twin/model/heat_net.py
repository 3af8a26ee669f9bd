"""Heat elements as read-only columns over the branches and nodes of a flow network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.assemble import Assembly
from twin.model.chip_net import ChipNet, SplitNet, lay_out_chips, lay_out_splits
from twin.model.columns import column, flags, freeze, index, slices
from twin.model.element import OUTDOORS, Conductance, Exchanger, Load, Mover, Rejector, Release, Valve
from twin.model.flow_net import FlowNet

EXCHANGER_NUMBERS = (
    "ua_w_k", "hot_reference_m3_s", "cold_reference_m3_s", "fouling_k_w", "hold_k", "demand_w",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeatNet:
    """Exchangers, rejectors, releases and conductances. Branch and node numbers are the flow network's.

    Attributes:
        hot, cold: Branches an exchanger joins, shape (exchanger,).
        ua_w_k, hot_reference_m3_s, cold_reference_m3_s: Its rating, shape (exchanger, 1 or variant).
        arrangement: How its streams meet, shape (exchanger, 1).
        fouling_k_w: Resistance of dirt [K/W], shape (exchanger, 1 or variant).
        hold_k: Leaving hot temperature it holds [K], NaN for none, shape (exchanger, 1 or variant).
        demand_w: Heat that a user takes through it [W], NaN for none, shape (exchanger, 1 or variant).
        locks_out: Whether its valve shuts where the cold stream is warmer, shape (exchanger, 1).
        mix_k: Temperature that a limiting branch mixes to [K], NaN for none, shape (limited, 1 or variant).
        valve: Row of its valve among the limiting branches, -1 for none, shape (exchanger,).
        rejector: Branch of each rejector, shape (rejector,).
        condenser: Branch its condenser gives the heat to, -1 for the outside air, shape (rejector,).
        machine: Law it follows, shape (rejector,).
        leaving_k, entering_k, reject_ua_w_k, reference_m3_s, airflow_m3_s, fan_power_w, capacity_w,
            cop_ratio: Its numbers, shape (rejector, 1 or variant).
        carnot_ratio, wet_bulb_k, design_wet_bulb_k, calibration_ratio, least_speed_ratio, still_ratio,
            humidified_kg_kg, cycles_ratio, drift_ratio: As of ``Rejector``, shape (rejector, 1 or variant).
        curve: Chiller curve set, shape (rejector,).
        reject_load: Consumer that draws its power, shape (rejector,).
        reject_in_service: Whether it runs, shape (rejector, variant).
        release_load: Consumer whose power becomes heat, shape (release,).
        release_share: Share of it [1], shape (release, 1 or variant).
        release_branch: Branch it goes into, -1 for a room, shape (release,).
        release_node: Node it goes into, -1 for a branch or outdoors, shape (release,).
        conduct_a, conduct_b: Nodes a conductance joins, -1 outdoors, shape (conductance,).
        conductance_w_k: Shape (conductance, 1 or variant).
        mover_load: Consumer that draws a mover's power, -1 for none, shape (mover,).
        load_names: Name of each consumer, shape (consumer,).
        load_rows: Load block identity to its consumers.
        rows: Exchanger and rejector block identity to its rows.
        outdoors_k: Temperature outdoors [K], shape (1, 1 or variant).
        chips, splits: What follows temperature.
    """

    hot: Index
    cold: Index
    ua_w_k: Array
    hot_reference_m3_s: Array
    cold_reference_m3_s: Array
    arrangement: Index
    fouling_k_w: Array
    hold_k: Array
    demand_w: Array
    locks_out: Flags
    mix_k: Array
    valve: Index
    rejector: Index
    condenser: Index
    machine: Index
    leaving_k: Array
    entering_k: Array
    reject_ua_w_k: Array
    reference_m3_s: Array
    airflow_m3_s: Array
    fan_power_w: Array
    capacity_w: Array
    cop_ratio: Array
    carnot_ratio: Array
    wet_bulb_k: Array
    design_wet_bulb_k: Array
    calibration_ratio: Array
    least_speed_ratio: Array
    still_ratio: Array
    humidified_kg_kg: Array
    cycles_ratio: Array
    drift_ratio: Array
    curve: Index
    reject_load: Index
    reject_in_service: Flags
    release_load: Index
    release_share: Array
    release_branch: Index
    release_node: Index
    conduct_a: Index
    conduct_b: Index
    conductance_w_k: Array
    mover_load: Index
    load_names: tuple[str, ...]
    load_rows: Mapping[int, slice]
    rows: Mapping[int, slice]
    outdoors_k: Array
    chips: ChipNet
    splits: SplitNet


def lay_out_heat(assembly: Assembly, flow: FlowNet, paths_of: Mapping[str, tuple[str, ...]]) -> HeatNet:
    """Lay the heat elements out as columns.

    Raises:
        ConvergenceError: Heat is released into a room that no air flows through.
    """
    loads = [(k, b) for k, b in assembly.blocks if isinstance(b, Load)]
    load_counts = [len(b.part) for _, b in loads]
    load_rows = {id(b): s for (_, b), s in zip(loads, slices(load_counts), strict=True)}
    names = tuple(f"{paths_of[k][int(p)]}.{b.role}" for k, b in loads for p in b.part)
    local = np.full(assembly.nodes.count + 1, -2, dtype=np.intp)
    local[flow.node] = np.arange(len(flow.node))
    local[OUTDOORS] = OUTDOORS
    exchangers = [b for _, b in assembly.blocks if isinstance(b, Exchanger)]
    rejectors = [b for _, b in assembly.blocks if isinstance(b, Rejector)]
    mixing = [b for _, b in assembly.blocks if isinstance(b, Valve)]
    conducts = [b for _, b in assembly.blocks if isinstance(b, Conductance)]
    counts = [len(b.part) for b in conducts]
    blocks = [b for _, b in assembly.blocks]
    releases = [b for b in blocks if isinstance(b, Release)]
    fields = {
        **_exchangers(exchangers, flow),
        "mix_k": _mixing(mixing, flow),
        **_rejectors(rejectors, flow, load_rows, assembly.variants),
        **_releases(assembly, flow, local, load_rows, names),
    }
    return HeatNet(
        **fields,
        conduct_a=freeze(local[index(conducts, "a")]),
        conduct_b=freeze(local[index(conducts, "b")]),
        conductance_w_k=column(conducts, "conductance_w_k", counts),
        mover_load=_mover_loads(assembly, flow, load_rows),
        load_names=names,
        load_rows=load_rows,
        rows=_rows(exchangers) | _rows(rejectors),
        outdoors_k=assembly.site.dry_bulb_k,
        chips=lay_out_chips(blocks, flow.rows, load_rows),
        splits=lay_out_splits(blocks, flow.rows, _rows(releases)),
    )


def _mixing(valves: list[Valve], flow: FlowNet) -> Array:
    """Return what each limiting branch mixes to [K], shape (limited, 1 or variant)."""
    mixed = column(valves, "mix_k", [len(b.part) for b in valves])
    return freeze(mixed[np.searchsorted(_branches(flow, valves), flow.limited)])  # type: ignore[no-any-return]


def _rows(blocks: Sequence[Exchanger | Rejector | Release]) -> dict[int, slice]:
    return {id(b): s for b, s in zip(blocks, slices([len(b.part) for b in blocks]), strict=True)}


def _branches(flow: FlowNet, blocks: Sequence[object]) -> Index:
    spans = [flow.rows[id(b)] for b in blocks]
    return freeze(  # type: ignore[no-any-return]
        np.concatenate([np.arange(s.start, s.stop) for s in spans] or [np.zeros(0, dtype=np.intp)])
    )


def _exchangers(blocks: list[Exchanger], flow: FlowNet) -> dict[str, Any]:
    counts = [len(b.part) for b in blocks]
    limit_row = np.full(len(flow.tail), -1, dtype=np.intp)
    limit_row[flow.limited] = np.arange(len(flow.limited))
    valve = [
        limit_row[flow.rows[id(b.valve)]] if b.valve is not None else np.full(len(b.part), -1) for b in blocks
    ]
    return {
        "hot": _branches(flow, [b.hot for b in blocks]),
        "cold": _branches(flow, [b.cold for b in blocks]),
        **{f: column(blocks, f, counts) for f in EXCHANGER_NUMBERS},
        "arrangement": freeze(
            np.repeat([int(b.arrangement) for b in blocks], counts).astype(np.intp)[:, None]
        ),
        "locks_out": freeze(np.repeat([b.locks_out for b in blocks], counts).astype(np.bool_)[:, None]),
        "valve": freeze(np.concatenate([*valve, np.zeros(0)]).astype(np.intp)),
    }


def _rejectors(
    blocks: list[Rejector], flow: FlowNet, load_rows: Mapping[int, slice], variants: int
) -> dict[str, Any]:
    counts = [len(b.part) for b in blocks]
    condenser = [
        np.arange(len(flow.tail))[flow.rows[id(b.condenser)]]
        if b.condenser is not None
        else np.full(len(b.part), -1)
        for b in blocks
    ]
    drawn = [np.arange(load_rows[id(b.load)].start, load_rows[id(b.load)].stop) for b in blocks]
    names = (
        "leaving_k", "entering_k", "reference_m3_s", "airflow_m3_s", "fan_power_w", "capacity_w", "cop_ratio",
        "carnot_ratio", "wet_bulb_k", "design_wet_bulb_k", "calibration_ratio", "least_speed_ratio",
        "still_ratio", "humidified_kg_kg", "cycles_ratio", "drift_ratio",
    )  # fmt: skip
    return {
        "rejector": _branches(flow, [b.path for b in blocks]),
        "condenser": freeze(np.concatenate([*condenser, np.zeros(0)]).astype(np.intp)),
        "machine": _each(blocks, "machine", counts),
        **{f: column(blocks, f, counts) for f in names},
        "reject_ua_w_k": column(blocks, "ua_w_k", counts),
        "curve": _each(blocks, "curve", counts),
        "reject_load": freeze(np.concatenate([*drawn, np.zeros(0)]).astype(np.intp)),
        "reject_in_service": flags(blocks, counts, variants),
    }  # fmt: skip


def _each(blocks: list[Rejector], field: str, counts: Sequence[int]) -> Index:
    """Return a number of every element that a block may say once, shape (rejector,)."""
    said = [np.broadcast_to(getattr(b, field), (c,)) for b, c in zip(blocks, counts, strict=True)]
    return freeze(np.concatenate([*said, np.zeros(0)]).astype(np.intp))  # type: ignore[no-any-return]


def _releases(
    assembly: Assembly, flow: FlowNet, local: Index, load_rows: Mapping[int, slice], names: tuple[str, ...]
) -> dict[str, Any]:
    blocks = [b for _, b in assembly.blocks if isinstance(b, Release)]
    counts = [len(b.part) for b in blocks]
    load, branch, node = [], [], []
    for block, count in zip(blocks, counts, strict=True):
        span = load_rows[id(block.load)]
        consumers = np.arange(span.start, span.stop)
        load.append(consumers)
        if block.path is not None:
            rows = flow.rows[id(block.path)]
            branch.append(np.arange(rows.start, rows.stop))
            node.append(np.full(count, OUTDOORS))
        else:
            branch.append(np.full(count, -1))
            room = np.full(count, OUTDOORS) if block.room is None else block.room
            node.append(local[room])
            still = np.flatnonzero(node[-1] == -2)
            if len(still):
                where = assembly.nodes.name(int(room[still[0]]))
                who = names[int(consumers[still[0]])]
                raise ConvergenceError(
                    f"{who} gives heat to {where}, but no air flows through it",
                    component=where,
                    equation="energy balance of the room",
                )
    none = np.zeros(0)
    return {
        "release_load": freeze(np.concatenate([*load, none]).astype(np.intp)),
        "release_share": column(blocks, "share_ratio", counts),
        "release_branch": freeze(np.concatenate([*branch, none]).astype(np.intp)),
        "release_node": freeze(np.concatenate([*node, none]).astype(np.intp)),
    }


def _mover_loads(assembly: Assembly, flow: FlowNet, load_rows: Mapping[int, slice]) -> Index:
    consumer = np.full(len(flow.tail), -1, dtype=np.intp)
    for _, block in assembly.blocks:
        if isinstance(block, Mover) and block.load is not None:
            span = load_rows[id(block.load)]
            consumer[flow.rows[id(block)]] = np.arange(span.start, span.stop)
    return freeze(consumer[flow.mover])  # type: ignore[no-any-return]
