"""Voltage drop schedule: from the bus of a board to the inputs of racks, by the solved voltages."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.checks.electrical import DROP_RATIO, PEAKS, voltage_drop
from twin.model.element import Load
from twin.studies.schedule_loads import LETTERS, bus_of
from twin.studies.schedule_rows import DropRow
from twin.studies.wiring import Feeder, Wiring, worst


def drop_rows(wiring: Wiring) -> Iterator[DropRow]:
    """Yield a row for every input of every rack that is fed from a board, directly or along a busway."""
    buses = bus_of(wiring)
    told = {measure.kind: worst(measure.value)[0] for measure in wiring.measures(voltage_drop)}
    for kind, load in wiring.blocks(Load):
        if kind in PEAKS:
            yield from _inputs(wiring, kind, load, buses, told.get("whip"))


def _inputs(
    wiring: Wiring, kind: str, load: Load, buses: dict[int, int], told: Array | None
) -> Iterator[DropRow]:
    net, normal = wiring.net, wiring.normal
    inputs = net.inputs[id(load)]
    consumer = net.consumers.consumer[inputs] - net.rows[id(load)].start
    alive = wiring.power.input_current_a[inputs] > 0.0
    lowest = wiring.power.input_voltage_ratio[inputs]
    direct, rank = wiring.direct(load.node), np.zeros(len(load.part), dtype=np.intp)
    for at, (owner, node) in enumerate(zip(consumer.tolist(), load.node.tolist(), strict=True)):
        letter = LETTERS[rank[owner] % len(LETTERS)]
        rank[owner] += 1
        near = wiring.feeder(node)
        far = wiring.above(near)
        if far.kind != "switchboard":
            continue
        along = np.column_stack([_along(wiring, near, buses[far.part]), lowest[at]])
        fed = np.where(alive[at][:, None], along, np.nan)
        total, ends = fed[:, 0] - fed[:, -1], fed[:, -1]
        if not alive[at].any():
            continue
        case, low = (int(worst(values[:, None])[1][0]) for values in (total, -ends))
        feeder, busway, run = -np.diff(fed[case])
        rule = told[near.run] if told is not None and near.run_kind == "whip" else np.nan
        yield DropRow(
            rack=wiring.path(kind, int(load.part[owner])), kind=kind, input=wiring.port(node), feed=letter,
            board=wiring.path(far.kind, far.part),
            busway=wiring.path(near.kind, near.part) if near.kind == "busway" else "",
            run=wiring.path(near.run_kind, near.run), direct=bool(direct[at]),
            feeder_ratio=float(feeder), busway_ratio=float(busway), run_ratio=float(run),
            total_ratio=float(total[case]), worst_case=wiring.case(case), normal_ratio=float(total[normal]),
            limit_ratio=DROP_RATIO, margin_ratio=DROP_RATIO - float(total[case]), rule_ratio=float(rule),
            lowest_ratio=float(np.nanmin(ends)), lowest_case=wiring.case(low),
            normal_voltage_ratio=float(ends[normal]),
        )  # fmt: skip


def _along(wiring: Wiring, near: Feeder, bus: int) -> Array:
    """Return the voltage at the bus, at the end of the feeder and at the tap-off, shape (variant, 3)."""
    feed = near.node
    if near.kind == "busway":
        ends = wiring.review.table("busway").ends["feed"]
        feed = int(ends.node[ends.part == near.part][0])
    points = wiring.at(np.array([feed, near.node], dtype=np.intp))
    return wiring.volts_ratio[np.array([bus, *points.tolist()], dtype=np.intp)].T
