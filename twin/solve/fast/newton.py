"""Newton's iteration of the flow, compiled, for a block of variants: what ``twin.solve.flow`` says, by lanes."""

from typing import NamedTuple

import numpy as np

from twin.arrays import Array, Index
from twin.solve.fast.branches import branch_laws, fill, part, row_of, wired
from twin.solve.fast.compiled import compiled
from twin.solve.fast.controls import drive, more_running, mover_speeds, turns
from twin.solve.fast.lanes import OPEN, PINNED, SETTLED, Lanes, Numbers
from twin.solve.fast.layout import (
    CHECK,
    COLOURS,
    CONTROL_AT,
    CONTROL_OF,
    HEAD,
    ISLAND,
    ISLANDS,
    MOVER,
    NODE_ISLAND,
    PAIR,
    STAGED,
    TAIL,
    Rows,
    Wiring,
)  # fmt: skip
from twin.solve.fast.triangles import factor, substitute
from twin.solve.flow_state import DAMPED_AFTER, LEAST_KG_S, ROUNDING, SHRINKS
from twin.solve.flow_step import CHECK_PA_S_KG

UNSETTLED = -1
"""What ``settle`` returns when a lane has no answer: the numpy path then says why."""


class State(NamedTuple):
    """Where a block of variants stands, flat, the lanes of a row side by side.

    Attributes:
        flow, pressure: Of branches [kg/s] and nodes [Pa].
        control: Common speed of each controller [1].
        running: Movers that each controller turns, at most.
        shut: 1 for check valves that are shut.
        moderate: A flow that each branch may well have [kg/s]; none without check valves.
        speed: Speed of each mover [1].
    """

    flow: Array
    pressure: Array
    control: Array
    running: Index
    shut: Index
    moderate: Array
    speed: Array


@compiled
def settle(  # noqa: PLR0917
    rows: Rows, wiring: Wiring, numbers: Numbers, state: State, passes: int, w: int
) -> int:
    """Return the passes that a block of variants took to settle, or ``UNSETTLED``; ``state`` is changed.

    Args:
        rows: Order of elimination.
        wiring: The network.
        numbers: Its numbers.
        state: Where to start; afterwards the solution.
        passes: Most passes.
        w: Lanes, one for each variant.
    """
    flow, pressure, control, running, shut, moderate, speed = state
    branches, movers = wired(wiring, TAIL).size * w, speed.size
    loss, slope, across, conductance = np.empty(branches), np.empty(branches), np.empty(branches), np.empty(branches)
    step, through, by_speed, gain = np.empty(branches), np.empty(branches), np.empty(movers), np.empty(movers)
    turn, chord = np.zeros(control.size), np.zeros(shut.size)
    right = np.empty((1 + wired(wiring, COLOURS)[0], pressure.size))
    last, live, still = np.empty(w), np.ones(w), np.empty(w)
    fill(last, np.inf)
    if shut.size:
        _chords(wiring, numbers, moderate, speed, (loss, slope, by_speed, step), chord, w)
    # Loops over lanes are compiled twice, because one lane alone needs none.
    lanes, one = np.empty(w), (0.0,)
    for iteration in range(1, passes + 1):
        mover_speeds(wiring, numbers, control, running, speed, w)
        if w == 1:
            _across(wiring, pressure, across, one)
        else:
            _across(wiring, pressure, across, lanes)
        branch_laws(wiring, numbers, flow, speed, across, True, loss, slope, by_speed, w)
        _check(wiring, numbers, flow, across, loss, slope, chord, shut, live, w)
        _wait(wiring, speed, by_speed, w)
        _conduct(wiring, numbers, across, loss, slope, by_speed, flow, conductance, step, through, gain, w)
        if w == 1:
            sound = _solve(rows, wiring, numbers, through, conductance, gain, right, iteration == 1, one)
        else:
            sound = _solve(rows, wiring, numbers, through, conductance, gain, right, iteration == 1, lanes)
        if control.size:
            sound &= turns(wiring, numbers, right, pressure, through, conductance, gain, control, turn, w)
            _turn(wiring, right, gain, turn, step, w)
        if not sound:
            return UNSETTLED
        late = iteration > DAMPED_AFTER
        if w == 1:
            _advance(wiring, numbers, state, right[0], conductance, step, turn, last, live, still, late, one)
        else:
            _advance(wiring, numbers, state, right[0], conductance, step, turn, last, live, still, late, lanes)
        waiting = 0.0
        for v in range(w):
            if live[v] * still[v] > 0.0:
                live[v] = more_running(wiring, numbers, flow, pressure, control, running, w, v)
            waiting += live[v]
        if waiting == 0.0:
            mover_speeds(wiring, numbers, control, running, speed, w)
            return iteration
    return UNSETTLED


@compiled
def _chords(  # noqa: PLR0917
    wiring: Wiring,
    numbers: Numbers,
    moderate: Array,
    speed: Array,
    work: tuple[Array, Array, Array, Array],
    chord: Array,
    w: int,
) -> None:
    """Set the slope of check valves' branches from no flow to a moderate one."""
    (loss, slope, by_speed, none), rows = work, wired(wiring, CHECK)
    fill(none, 0.0)
    branch_laws(wiring, numbers, none, speed, none, False, loss, slope, by_speed, w)
    for row in range(rows.size):
        for v in range(w):
            chord[row * w + v] = loss[rows[row] * w + v]
    branch_laws(wiring, numbers, moderate, speed, none, False, loss, slope, by_speed, w)
    for row in range(rows.size):
        for v in range(w):
            k, at = row * w + v, rows[row] * w + v
            chord[k] = (loss[at] - chord[k]) / (moderate[at] if moderate[at] > 0.0 else 1.0)


@compiled
def _across(wiring: Wiring, pressure: Array, across: Array, lanes: Lanes) -> None:
    """Set the pressure at the tail of each branch less that at its head."""
    w, tail, head = len(lanes), wired(wiring, TAIL), wired(wiring, HEAD)
    for row in range(tail.size):
        before, behind = row_of(pressure, tail[row], w), row_of(pressure, head[row], w)
        out = row_of(across, row, w)
        for v in range(w):
            out[v] = before[v] - behind[v]


@compiled
def _check(  # noqa: PLR0917
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    across: Array,
    loss: Array,
    slope: Array,
    chord: Array,
    shut: Index,
    live: Array,
    w: int,
) -> None:
    """Let check valves shut and open, as ``flow_step.linearised`` says."""
    rows, open_ = wired(wiring, CHECK), part(numbers, OPEN, w)
    for row in range(rows.size):
        for v in range(w):
            k, at = row * w + v, rows[row] * w + v
            was = shut[k] != 0
            now = across[at] < loss[at] if was else flow[at] < 0.0
            if was and not now and open_[at] > 0.0:
                slope[at] = max(slope[at], chord[k])
            if now:
                loss[at] = across[at] + CHECK_PA_S_KG * flow[at]
                slope[at] += CHECK_PA_S_KG
            if live[v] > 0.0:
                shut[k] = now


@compiled
def _wait(wiring: Wiring, speed: Array, by_speed: Array, w: int) -> None:
    """Let speed add nothing in movers that wait their turn."""
    staged = wired(wiring, STAGED)
    for row in range(staged.size):
        if staged[row]:
            for k in range(row * w, row * w + w):
                if speed[k] == 0.0:
                    by_speed[k] = 0.0


@compiled
def _conduct(  # noqa: PLR0917
    wiring: Wiring,
    numbers: Numbers,
    across: Array,
    loss: Array,
    slope: Array,
    by_speed: Array,
    flow: Array,
    conductance: Array,
    step: Array,
    through: Array,
    gain: Array,
    w: int,
) -> None:
    """Set conductances, steps and flows at the pressures of now, and what a turn adds to the flow of movers."""
    open_, mover = part(numbers, OPEN, w), wired(wiring, MOVER)
    for k in range(loss.size):
        conductance[k] = open_[k] / slope[k]
        step[k] = conductance[k] * (across[k] - loss[k])
        through[k] = flow[k] + step[k]
    for row in range(mover.size):
        for v in range(w):
            gain[row * w + v] = conductance[mover[row] * w + v] * by_speed[row * w + v]


@compiled
def _solve(  # noqa: PLR0917
    rows: Rows,
    wiring: Wiring,
    numbers: Numbers,
    through: Array,
    conductance: Array,
    gain: Array,
    right: Array,
    traced: bool,
    lanes: Lanes,
) -> bool:
    """Set the change of pressures without a turn, then for a turn of each colour of controllers."""
    w, size, pairs = len(lanes), part(numbers, PINNED, len(lanes)).size, rows.later.size * len(lanes)
    entries, lower = np.zeros(right.shape[1] + pairs + w), np.empty(pairs)
    inverse, rounding, pinned = np.empty(size), np.empty(size), part(numbers, PINNED, w)
    for k in range(size):
        entries[k] = pinned[k]
    for side in range(right.shape[0]):
        fill(right[side], 0.0)
    _assemble(wiring, conductance, through, entries, rows.pairs, right[0], lanes)
    for k in range(size):
        rounding[k] = abs(entries[k])
    if not factor(rows, entries, lower, inverse, rounding, traced, lanes):
        return False
    drive(wiring, gain, right, w)
    for side in range(right.shape[0]):
        substitute(rows, lower, inverse, right[side], lanes)
        fill(right[side, size:], 0.0)
    return True


@compiled
def _assemble(  # noqa: PLR0917
    wiring: Wiring, conductance: Array, through: Array, entries: Array, pairs: int, right: Array, lanes: Lanes
) -> None:
    """Add every branch to the matrix, and its flow to the right-hand side."""
    w, tail, head, pair = len(lanes), wired(wiring, TAIL), wired(wiring, HEAD), wired(wiring, PAIR)
    for row in range(tail.size):
        g, q = row_of(conductance, row, w), row_of(through, row, w)
        before, behind = row_of(entries, tail[row], w), row_of(entries, head[row], w)
        out, into, both = row_of(right, tail[row], w), row_of(right, head[row], w), row_of(entries, pairs + pair[row], w)
        for v in range(w):
            before[v] += g[v]
        for v in range(w):
            behind[v] += g[v]
        for v in range(w):
            both[v] -= g[v]
        for v in range(w):
            out[v] -= q[v]
        for v in range(w):
            into[v] += q[v]


@compiled
def _turn(  # noqa: PLR0917
    wiring: Wiring, right: Array, gain: Array, turn: Array, step: Array, w: int
) -> None:
    """Let pressures, and the flows of movers, follow the turns of controllers."""
    islands, node_island = wired(wiring, ISLANDS)[0], wired(wiring, NODE_ISLAND)
    for colour in range(right.shape[0] - 1):
        control_at = wired(wiring, CONTROL_AT)[colour * islands : (colour + 1) * islands]
        for node in range(node_island.size):
            by = control_at[node_island[node]]
            if by >= 0:
                for k in range(node * w, node * w + w):
                    right[0, k] += right[1 + colour, k] * turn[(by - node) * w + k]
    mover, control_of = wired(wiring, MOVER), wired(wiring, CONTROL_OF)
    for row in range(mover.size):
        if control_of[row] >= 0:
            for v in range(w):
                step[mover[row] * w + v] += gain[row * w + v] * turn[control_of[row] * w + v]


@compiled
def _advance(  # noqa: PLR0917
    wiring: Wiring,
    numbers: Numbers,
    state: State,
    rise: Array,
    conductance: Array,
    step: Array,
    turn: Array,
    last: Array,
    live: Array,
    still: Array,
    late: bool,
    lanes: Lanes,
) -> None:
    """Go the step, or half of it, and set which lanes moved by no more than they may."""
    share, whole = np.empty(len(lanes)), np.ones(len(lanes))
    _pass_on(wiring, rise, conductance, step, lanes)
    _damp(step, last, share, late, lanes)
    _move(state.flow, step, share, live, lanes)
    _move(state.control, turn, share, live, lanes)
    _move(state.pressure[: rise.size], rise, whole, live, lanes)
    _look(wiring, numbers, state.flow, step, turn, conductance, state.pressure, still, lanes)


@compiled
def _pass_on(wiring: Wiring, rise: Array, conductance: Array, step: Array, lanes: Lanes) -> None:
    """Let flows follow the pressures at their ends."""
    w, tail, head = len(lanes), wired(wiring, TAIL), wired(wiring, HEAD)
    for row in range(tail.size):
        g, out = row_of(conductance, row, w), row_of(step, row, w)
        before, behind = row_of(rise, tail[row], w), row_of(rise, head[row], w)
        for v in range(w):
            out[v] += g[v] * (before[v] - behind[v])


@compiled
def _damp(step: Array, last: Array, share: Array, late: bool, lanes: Lanes) -> None:
    """Set which share of its step a lane goes: half where steps do not shrink."""
    w, change = len(lanes), np.zeros(len(lanes))
    for row in range(step.size // w):
        size = row_of(step, row, w)
        for v in range(w):
            change[v] = max(change[v], abs(size[v]))
    for v in range(w):
        share[v], last[v] = (0.5 if late and change[v] > SHRINKS * last[v] else 1.0), change[v]


@compiled
def _move(values: Array, step: Array, share: Array, live: Array, lanes: Lanes) -> None:
    """Go a share of the step, which is changed; lanes that have settled stay."""
    w = len(lanes)
    for row in range(values.size // w):
        to, by = row_of(values, row, w), row_of(step, row, w)
        for v in range(w):
            by[v] *= share[v]
            to[v] += by[v] if live[v] > 0.0 else 0.0


@compiled
def _look(  # noqa: PLR0917
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    step: Array,
    turn: Array,
    conductance: Array,
    pressure: Array,
    still: Array,
    lanes: Lanes,
) -> None:
    """Set which lanes moved by no more than they may."""
    w, island, islands = len(lanes), wired(wiring, ISLAND), wired(wiring, ISLANDS)[0]
    blur, settled = np.zeros(w), part(numbers, SETTLED, w)
    for row in range(pressure.size // w):
        value = row_of(pressure, row, w)
        for v in range(w):
            blur[v] = max(blur[v], ROUNDING * abs(value[v]))
    moved, largest = np.empty(islands * w), np.zeros(islands * w)
    fill(moved, -np.inf)
    for row in range(island.size):
        far, most = row_of(moved, island[row], w), row_of(largest, island[row], w)
        by, through, g = row_of(step, row, w), row_of(flow, row, w), row_of(conductance, row, w)
        for v in range(w):
            far[v] = max(far[v], abs(by[v]) - blur[v] * g[v])
            most[v] = max(most[v], abs(through[v]))
    for v in range(w):
        quiet = True
        for k in range(v, islands * w, w):
            quiet &= moved[k] < settled[v] * max(largest[k], LEAST_KG_S)
        for k in range(v, turn.size, w):
            quiet &= abs(turn[k]) < settled[v]
        still[v] = quiet
