"""What racks hang on: devices with their loading, their limit, and the racks they serve."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.element import Converter, Exchanger, Feed, Line, Load, Mover, Path, Transformer
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.solve.demand import flat_out_ratio
from twin.studies.power_devices import gauges

# What belongs to one rack, which brings its own.
OWN = frozenset({"whip", "power_shelf"})
RACKS = ("rack", "air_rack")
# Heat ratings and highest flows by kind, and the role of the elements they are about.
HEAT = {"cdu": "capacity_w", "fan_wall": "capacity_w", "crah": "capacity_w", "rear_door": "capacity_w"}
FLOW = {"cdu": ("tcs", "tcs_flow_max_m3_s")}
# Movers of air by kind, whose speed rises with the air that racks draw.
AIR = ("fan_wall", "crah")
STILL = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """What several parts carry together: loading and limit by variant, and which racks they serve."""

    sort: str
    device: str
    part: str
    loading_ratio: Array
    limit_ratio: Array
    serves: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Racks:
    """Every rack. Shapes: (rack,), power (rack, variant)."""

    paths: tuple[str, ...]
    consumer: Index
    power_w: Array
    liquid: Index
    air: Index


def racks_of(solution: Solution) -> Racks:
    """Return every rack, its power in every case, and the islands of its coolant and its air."""
    net = solution.network
    branches = {
        (kind, block.role): net.flow.island[net.flow.tail[net.flow.rows[id(block)]]]
        for kind, block in net.assembly.blocks
        if kind in RACKS and isinstance(block, Path | Mover)
    }
    rows, liquid, air = [], [], []
    for kind, block in net.assembly.blocks:
        if kind in RACKS and isinstance(block, Load) and block.role == "it":
            span = net.heat.load_rows[id(block)]
            rows += list(range(span.start, span.stop))
            count = span.stop - span.start
            liquid.append(branches.get((kind, "coolant"), np.full(count, -1)))
            air.append(branches.get((kind, "air"), np.full(count, -1)))
    consumer = np.array(rows, dtype=np.intp)
    none = np.zeros(0, dtype=np.intp)
    return Racks(
        paths=tuple(net.heat.load_names[row].rpartition(".")[0] for row in rows), consumer=consumer,
        power_w=solution.consumer_w[consumer], liquid=np.concatenate([*liquid, none]).astype(np.intp),
        air=np.concatenate([*air, none]).astype(np.intp),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------ power


def power_groups(facility: Facility, solution: Solution, racks: Racks) -> Iterator[Group]:
    """Yield what stands between the racks and their sources, element by element."""
    net = solution.network.power
    fed = _fed(solution, racks)
    for gauge in gauges(facility, solution.network):
        if gauge.block is None or gauge.device in OWN:
            continue
        loading = gauge.loading(solution.power)
        limit = np.broadcast_to(gauge.limit_ratio, loading.shape)
        rows = net.rows[id(gauge.block)]
        match gauge.block:
            case Line():
                at = net.lines.b[rows]
            case Transformer():
                at = net.transformers.b[rows]
            case Converter():
                at = net.converters.b[rows]
            case Feed():
                at = net.feeds.node[rows]
        serves = np.zeros((len(gauge.part), len(racks.paths)), dtype=np.bool_)
        if isinstance(gauge.block, Feed) and len(gauge.part) != len(at):
            for feeder, owner in zip(at.tolist(), gauge.block.part.tolist(), strict=True):
                serves[owner] |= fed[feeder]
        else:
            serves = fed[at]
        for row in np.flatnonzero(serves.any(axis=1)).tolist():
            yield Group(
                sort="power", device=gauge.device, part=gauge.paths[int(gauge.part[row])],
                loading_ratio=loading[row], limit_ratio=limit[row], serves=serves[row],
            )  # fmt: skip


def _fed(solution: Solution, racks: Racks) -> Flags:
    """Return which racks each power node feeds, whatever is switched, shape (node, rack)."""
    net = solution.network.power
    a = np.concatenate([t.a for t in (net.lines, net.transformers, net.converters)])
    b = np.concatenate([t.b for t in (net.lines, net.transformers, net.converters)])
    place = np.full(len(solution.network.heat.load_names), -1, dtype=np.intp)
    place[racks.consumer] = np.arange(len(racks.consumer))
    fed = np.zeros((len(net.node), len(racks.paths)), dtype=np.bool_)
    owner = place[net.consumers.consumer]
    mine = np.flatnonzero(owner >= 0)
    fed[net.consumers.node[mine], owner[mine]] = True
    while True:
        before = int(fed.sum())
        np.logical_or.at(fed, a, fed[b])
        if int(fed.sum()) == before:
            return fed


# ------------------------------------------------------------------------------------------ cooling


def cooling_groups(facility: Facility, solution: Solution, racks: Racks) -> Iterator[Group]:
    """Yield exchangers and coils by the fluid they cool, then what rejects the heat."""
    net = solution.network
    reach = _reach(solution, racks)
    for kind, block in net.assembly.blocks:
        if isinstance(block, Exchanger) and kind in HEAT:
            rows = net.heat.rows[id(block)]
            rated = np.broadcast_to(
                facility.tables[kind].numbers[HEAT[kind]][block.part], (len(block.part), net.variants)
            )
            yield from _together(
                _prims(facility, kind, block.part),
                net.flow.island[net.flow.tail[net.heat.hot[rows]]],
                (solution.heat.exchanged_w[rows], rated),
                reach,
                sort="air" if kind in AIR else "coolant",
                device=f"{kind} heat",
            )
        if isinstance(block, Path) and kind in FLOW and block.role == FLOW[kind][0]:
            rows = net.flow.rows[id(block)]
            flow = np.abs(solution.flow.flow_kg_s[rows]) / solution.medium.density_kg_m3[rows]
            most = np.broadcast_to(facility.tables[kind].numbers[FLOW[kind][1]][block.part], flow.shape)
            yield from _together(
                _prims(facility, kind, block.part),
                net.flow.island[net.flow.tail[rows]],
                (flow, most),
                reach,
                sort="coolant",
                device=f"{kind} flow",
            )
        if isinstance(block, Mover) and kind in AIR and block.role == "fan":
            rows = net.flow.rows[id(block)]
            at = np.searchsorted(net.flow.mover, np.arange(rows.start, rows.stop))
            speed = np.where(solution.flow.flow_kg_s[rows] > STILL, solution.flow.speed_ratio[at], 0.0)
            yield from _together(
                _prims(facility, kind, block.part),
                net.flow.island[net.flow.tail[rows]],
                (speed, np.ones_like(speed)),
                reach,
                sort="air",
                device=f"{kind} airflow",
            )
    yield from _plant(facility, solution, reach)


def _plant(facility: Facility, solution: Solution, reach: Flags) -> Iterator[Group]:
    """Yield dry coolers and chillers by loop, against what they take flat out from fluid as warm as it is."""
    net = solution.network
    most = flat_out_ratio(net, solution.flow.flow_kg_s, solution.heat)
    for kind, block in net.assembly.blocks:
        rows = net.heat.rows.get(id(block))
        if rows is None or isinstance(block, Exchanger):
            continue
        island = net.flow.island[net.flow.tail[net.heat.rejector[rows]]]
        heat = np.maximum(solution.heat.rejected_w[rows], 0.0)
        could = np.where(most[rows] > 0.0, heat / np.where(most[rows] > 0.0, most[rows], 1.0), 0.0)
        part = np.asarray(block.part)
        yield from _together(
            _prims(facility, kind, part), island, (heat, could), reach, sort="plant", device=kind
        )


def _together(
    paths: tuple[str, ...],
    island: Index,
    carried: tuple[Array, Array],
    reach: Flags,
    *,
    sort: str,
    device: str,
) -> Iterator[Group]:
    """Yield parts on each island as one: what those that run carry, over what they may."""
    amount, rating = carried
    for each in np.unique(island).tolist():
        rows = np.flatnonzero(island == each)
        runs = amount[rows] > STILL * np.maximum(rating[rows], 1e-12)
        total = np.where(runs, amount[rows], 0.0).sum(axis=0)
        room = np.where(runs, rating[rows], 0.0).sum(axis=0)
        loading = np.where(room > 0.0, total / np.where(room > 0.0, room, 1.0), 0.0)
        if reach[each].any():
            yield Group(
                sort=sort, device=device, part=paths[int(rows[0])],
                loading_ratio=loading, limit_ratio=np.ones_like(loading), serves=reach[each],
            )  # fmt: skip


def _prims(facility: Facility, kind: str, part: Index) -> tuple[str, ...]:
    paths = facility.tables[kind].paths
    return tuple(paths[row] for row in part.tolist())


def _reach(solution: Solution, racks: Racks) -> Flags:
    """Return which racks give heat to each island of fluid, whatever is between, shape (island, rack)."""
    net, flow = solution.network.heat, solution.network.flow
    count = int(flow.island.max(initial=-1)) + 1
    reach = np.zeros((count, len(racks.paths)), dtype=np.bool_)
    for island in (racks.liquid, racks.air):
        known = np.flatnonzero(island >= 0)
        reach[island[known], known] = True
    wet = net.condenser >= 0
    hot = flow.island[np.concatenate([flow.tail[net.hot], flow.tail[net.rejector[wet]]])]
    cold = flow.island[np.concatenate([flow.tail[net.cold], flow.tail[net.condenser[wet]]])]
    while True:
        before = int(reach.sum())
        np.logical_or.at(reach, cold, reach[hot])
        if int(reach.sum()) == before:
            return reach
