"""Valves that an engineer sets once: which they are, how far they go, and networks with them set so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.model.assemble import Assembly, elements
from twin.model.element import Valve
from twin.model.facility import Facility, Table
from twin.model.flow_net import FlowNet

# Kind, and the parameter that is its setting.
SETTING: Mapping[str, str] = {"hose": "flow_limit_m3_s", "picv": "flow_limit_m3_s", "valve": "kv_m3_s"}
LEAST_DROP: Mapping[str, str] = {"hose": "valve_minimum_drop_pa", "picv": "minimum_drop_pa"}
# A valve carries a rack when all but this share of the rack's coolant passes it.
WHOLE_RATIO = 1e-6
# Branches with less than this share of the largest flow carry nothing.
STILL_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Valves:
    """Valves in service that can be set. Shapes: (valve,).

    Attributes:
        kind: Kind of each.
        part: Its row in the table of that kind.
        paths: Its prim path.
        block: Its block among those of the assembly.
        row: Its row in that block.
        regulates: Whether it holds its flow by itself; the setting is then that flow, else a Kv.
        setting: Setting as it stands, SI.
        least, most, step: Range and step of the setting, SI; NaN for none.
        open_pa_s2_m6: Loss over the square of flow, as far open as it goes; that of a Kv in its own water.
        least_drop_pa: Difference below which it does not regulate, NaN for one that never does.
    """

    kind: tuple[str, ...]
    part: Index
    paths: tuple[str, ...]
    block: Index
    row: Index
    regulates: Flags
    setting: Array
    least: Array
    most: Array
    step: Array
    open_pa_s2_m6: Array
    least_drop_pa: Array

    def taken(self, rows: Index) -> "Valves":
        """Return some of the valves."""
        kept: dict[str, Any] = {
            f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in {"kind", "paths"}
        }
        kept |= {n: tuple(getattr(self, n)[row] for row in rows.tolist()) for n in ("kind", "paths")}
        return replace(self, **kept)

    def branches(self, net: FlowNet, assembly: Assembly) -> Index:
        """Return the flow branch of each valve, shape (valve,)."""
        first = [net.rows[id(assembly.blocks[at][1])].start for at in self.block.tolist()]
        return np.asarray(first, dtype=np.intp) + self.row


def settable(facility: Facility) -> Valves:
    """Return the balancing valves and the flow-limiting valves of a facility of one case."""
    found: list[tuple[str, int, int, int]] = []
    assembly = elements(facility)
    for number, (kind, block) in enumerate(assembly.blocks):
        if kind not in SETTING or not isinstance(block, Valve) or block.check_valve:
            continue
        table = facility.tables[kind]
        on = np.broadcast_to(block.in_service, (len(block.part), 1))[:, 0]
        found += [
            (kind, number, row, int(part))
            for row, part in enumerate(block.part.tolist())
            if on[row] and (kind != "valve" or table.words["use"][part] == "balancing")
        ]
    kinds = tuple(kind for kind, *_ in found)
    at, row, part = (np.array([item[i] for item in found], dtype=np.intp) for i in (1, 2, 3))

    def numbers(names: Mapping[str, str]) -> Array:
        return np.array(
            [_number(facility.tables[k], names.get(k, ""), p) for k, p in zip(kinds, part, strict=True)]
        )

    setting, opened = numbers(SETTING), numbers({"valve": "kv_open_m3_s"})
    loss = [_quadratic(assembly, b, r) for b, r in zip(at.tolist(), row.tolist(), strict=True)]
    hand = np.array([kind == "valve" for kind in kinds], dtype=np.bool_)
    widest = np.where(hand & np.isfinite(opened), np.fmax(opened, setting), setting)
    limits = {end: dict.fromkeys(LEAST_DROP, f"flow_limit_{end}_m3_s") for end in ("least", "most", "step")}
    return Valves(
        kind=kinds, part=part, block=at, row=row, regulates=~hand, setting=setting,
        paths=tuple(facility.tables[k].paths[p] for k, p in zip(kinds, part.tolist(), strict=True)),
        least=numbers(limits["least"] | {"valve": "kv_least_m3_s"}),
        most=np.where(hand, widest, numbers(limits["most"])), step=numbers(limits["step"]),
        open_pa_s2_m6=np.array(loss) * (setting / widest) ** 2, least_drop_pa=numbers(LEAST_DROP),
    )  # fmt: skip


def _number(table: Table, name: str, part: int) -> float:
    return float(table.numbers[name][part, 0]) if name else float("nan")


def _quadratic(assembly: Assembly, number: int, row: int) -> float:
    block = assembly.blocks[number][1]
    assert isinstance(block, Valve)
    return float(np.broadcast_to(block.quadratic_pa_s2_m6, (len(block.part), 1))[row, 0])


def with_valves(assembly: Assembly, valves: Valves, loss_pa_s2_m6: Array, limit_m3_s: Array) -> Assembly:
    """Return the elements of a facility with its valves set otherwise.

    Args:
        assembly: Elements of the facility, in one case.
        valves: Valves to set.
        loss_pa_s2_m6: What each loses over the square of flow below its limit, shape (valve,).
        limit_m3_s: Flow that each lets pass at most, NaN for any, shape (valve,).
    """
    blocks = list(assembly.blocks)
    for number in np.unique(valves.block).tolist():
        kind, block = blocks[number]
        mine, shape = valves.block == number, (len(block.part), 1)
        assert isinstance(block, Valve)
        loss = np.broadcast_to(block.quadratic_pa_s2_m6, shape).copy()
        limit = np.broadcast_to(block.limit_m3_s, shape).copy()
        loss[valves.row[mine], 0], limit[valves.row[mine], 0] = loss_pa_s2_m6[mine], limit_m3_s[mine]
        blocks[number] = kind, replace(block, quadratic_pa_s2_m6=loss, limit_m3_s=limit)
    return replace(assembly, blocks=tuple(blocks))


def without_limits(facility: Facility, valves: Valves) -> Assembly:
    """Return the elements of a facility with valves as far open as they go, their limits off."""
    none = np.full(len(valves.kind), np.nan)
    return with_valves(elements(facility), valves, valves.open_pa_s2_m6, none)


def carried(net: FlowNet, flow_kg_s: Array, valves: Index, users: Index) -> Flags:
    """Return which users each valve carries: all of a user's fluid passes the valve, before or after it.

    Fluid is followed along the solved flows from pump to pump.

    Args:
        net: The network.
        flow_kg_s: Solved flow, shape (branch,).
        valves: Branches of the valves, shape (valve,).
        users: Branches of the users, shape (user,).

    Returns:
        Shape (valve, user).
    """
    forward = flow_kg_s >= 0.0
    start, stop = np.where(forward, net.tail, net.head), np.where(forward, net.head, net.tail)
    came = _passed(net, np.abs(flow_kg_s), start, stop, valves)[start[users]]
    goes = _passed(net, np.abs(flow_kg_s), stop, start, valves)[stop[users]]
    found: Flags = np.maximum(came, goes).T > 1.0 - WHOLE_RATIO
    return found


def _passed(net: FlowNet, flow: Array, start: Index, stop: Index, valves: Index) -> Array:
    """Return the share of what arrives at each node that has passed each valve, shape (node, valve)."""
    nodes = len(net.node)
    carries = flow > STILL_RATIO * flow.max(initial=0.0)
    rows = np.flatnonzero(carries)
    through = np.bincount(stop[rows], flow[rows], minlength=nodes)
    weight = np.zeros(len(flow))
    weight[rows] = flow[rows] / through[stop[rows]]
    # What a pump delivers is a new beginning; what leaves a valve has passed it, whatever came in.
    rows = np.setdiff1d(rows, net.mover)
    along = csr_array((weight[rows], (stop[rows], start[rows])), shape=(nodes, nodes))
    each = np.arange(len(valves))
    share = np.zeros((nodes, len(valves)))
    for _ in range(nodes):
        following = np.asarray(along @ share)
        following[stop[valves], each] += weight[valves] * (1.0 - share[start[valves], each])
        if np.array_equal(following, share):
            break
        share = following
    return share
