"""The flow of all variants by compiled kernels, block by block."""

from dataclasses import replace

import numpy as np

from twin.arrays import Array, Index
from twin.solve.branch import Laws
from twin.solve.fast.lanes import Source, source_of
from twin.solve.fast.layout import Layout, layout_of
from twin.solve.fast.newton import UNSETTLED, State, settle
from twin.solve.flow_state import Flow, Point
from twin.solve.flow_system import FlowSystem

# Variants that a block holds: more do not fit into the caches, fewer pay more for indices.
WIDE = 32


def settle_flow(
    system: FlowSystem, laws: Laws, at: Point, start: Flow, *, moderate: Array, settled: Array, passes: int
) -> tuple[Point, Flow] | None:
    """Return the settled point of every variant and its flow; None where one has no answer.

    Args:
        system: From ``prepare``; no valve of it keeps a pressure.
        laws: Laws of the branches.
        at: Where to start.
        start: The flow that it was made of.
        moderate: A flow that each branch may well have [kg/s], shape (branch, variant).
        settled: Share of the largest flow of its island that no branch may still move by, shape (1, 1 or
            variant).
        passes: Most Newton passes.
    """
    layout: Layout = system.once("layout", lambda: layout_of(system))
    source = source_of(system, layout, laws, at.lift_pa, settled)
    variants = system.net.variants
    blocks = -(-variants // WIDE)
    ends = np.linspace(0, variants, blocks + 1).astype(np.intp)
    out = replace(
        at, flow=np.empty_like(at.flow), pressure=np.empty_like(at.pressure), speed=np.empty(at.speed.shape),
        running=np.empty(at.running.shape, dtype=np.intp), shut=np.empty_like(at.shut),
    )  # fmt: skip
    turning, most = np.empty((len(system.net.mover), variants)), 0
    for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        took = _block(layout, source, at, start, out, turning, moderate, slice(first, last), passes)
        if took == UNSETTLED:
            return None
        most = max(most, took)
    flow = Flow(
        pressure_pag=out.pressure, flow_kg_s=out.flow, speed_ratio=turning, control_ratio=out.speed,
        running_count=out.running, keeper_state=start.keeper_state, iteration_count=most,
    )  # fmt: skip
    return out, flow


def _block(
    layout: Layout, source: Source, at: Point, start: Flow, out: Point, turning: Array, moderate: Array,
    lanes: slice, passes: int,
) -> int:
    width = lanes.stop - lanes.start
    pressure = np.zeros((len(layout.nodes) + 1, width))
    pressure[:-1] = at.pressure[layout.nodes, lanes]
    usual = moderate[layout.branches, lanes] if len(at.shut) else moderate[:0]
    state = State(
        at.flow[layout.branches, lanes].reshape(-1), pressure.reshape(-1), _flat(at.speed[:, lanes]),
        _flat(at.running[:, lanes]), _flat(at.shut[:, lanes].astype(np.intp)), usual.reshape(-1),
        _flat(start.speed_ratio[:, lanes]),
    )  # fmt: skip
    took = int(settle(layout.rows, layout.wiring, source.block(lanes), state, passes, width))
    out.flow[:, lanes] = state.flow.reshape(-1, width)[layout.branch_at]
    out.pressure[:, lanes] = pressure[layout.node_at]
    out.speed[:, lanes] = state.control.reshape(-1, width)
    out.running[:, lanes] = state.running.reshape(-1, width)
    out.shut[:, lanes] = state.shut.reshape(-1, width) != 0
    turning[:, lanes] = state.speed.reshape(-1, width)
    return took


def _flat(values: Array) -> Array:
    return np.array(values).reshape(-1)
