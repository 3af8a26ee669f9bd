"""The flow of all variants by compiled kernels, block by block."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from twin.arrays import Array, Flags
from twin.solve.branch import Laws
from twin.solve.fast.lanes import State, source_of
from twin.solve.fast.layout import Layout, layout_of
from twin.solve.fast.newton import UNSETTLED, settle
from twin.solve.flow_state import Flow, Point
from twin.solve.flow_system import FlowSystem

# Variants that a block holds: more do not fit into the caches, fewer pay more for indices.
WIDE = 24


def settle_flow(
    system: FlowSystem, laws: Laws, at: Point, start: Flow, *, moderate: Array, settled: Array, passes: int
) -> tuple[Flow, Flags] | None:
    """Return the settled flow of every variant and which check valves are shut, None if one has none.

    Args:
        system: From ``prepare``; no valve of it keeps a pressure.
        laws: Laws of the branches.
        at: Where to start.
        start: The flow that this was made of.
        moderate: A flow that each branch may well have [kg/s], shape (branch, variant).
        settled: Share of the largest flow of its island that no branch may still move by [1], shape (1, 1 or
            variant).
        passes: Most Newton passes.
    """
    layout: Layout = system.once("layout", lambda: layout_of(system))
    source = source_of(system, layout, laws, at.lift_pa, settled)
    found = replace(
        start, pressure_pag=np.empty_like(at.pressure), flow_kg_s=np.empty_like(at.flow),
        speed_ratio=np.empty((len(system.net.mover), system.net.variants)),
        control_ratio=np.empty(at.speed.shape), running_count=np.empty(at.running.shape, dtype=np.intp),
    )  # fmt: skip
    shut, most = np.empty_like(at.shut), 0
    for lanes in _blocks(system.net.variants):
        state = _gathered(layout, at, start, moderate, lanes)
        width = lanes.stop - lanes.start
        took = settle(layout.rows, layout.wiring, source.block(lanes), state, passes, width)
        if took == UNSETTLED:
            return None
        _spread(layout, state, found, lanes)
        shut[:, lanes] = state.shut.reshape(-1, width)
        most = max(most, took)
    return replace(found, iteration_count=most, compiled=True), shut


def _blocks(variants: int) -> Iterator[slice]:
    """Yield blocks of variants, as wide as each other or nearly so."""
    count = -(-variants // WIDE)
    for block in range(count):
        yield slice(block * variants // count, (block + 1) * variants // count)


def _gathered(layout: Layout, at: Point, start: Flow, moderate: Array, lanes: slice) -> State:
    """Return where a block starts."""
    pressure = np.zeros((len(layout.nodes) + 1, lanes.stop - lanes.start))
    pressure[:-1] = at.pressure[layout.nodes, lanes]
    usual = moderate[layout.branches, lanes] if len(at.shut) else moderate[:0]
    return State(
        flow=at.flow[layout.branches, lanes].reshape(-1), pressure=pressure.reshape(-1),
        control=np.array(at.speed[:, lanes]).reshape(-1), running=np.array(at.running[:, lanes]).reshape(-1),
        shut=at.shut[:, lanes].astype(np.intp).reshape(-1), moderate=usual.reshape(-1),
        speed=np.array(start.speed_ratio[:, lanes]).reshape(-1),
    )  # fmt: skip


def _spread(layout: Layout, state: State, found: Flow, lanes: slice) -> None:
    """Put the solution of a block where it belongs."""
    width = lanes.stop - lanes.start
    found.flow_kg_s[:, lanes] = state.flow.reshape(-1, width)[layout.branch_at]
    found.pressure_pag[:, lanes] = state.pressure.reshape(-1, width)[layout.node_at]
    found.speed_ratio[:, lanes] = state.speed.reshape(-1, width)
    found.control_ratio[:, lanes] = state.control.reshape(-1, width)
    found.running_count[:, lanes] = state.running.reshape(-1, width)
