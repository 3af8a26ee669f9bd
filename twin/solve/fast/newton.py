"""Newton's iteration of the flow, compiled, for a block of variants: ``twin.solve.flow`` by lanes."""

import numpy as np

from twin.arrays import Array, Index
from twin.solve.fast.branches import branch_laws, fill, part, row_of, wired
from twin.solve.fast.compiled import compiled, inner, outer
from twin.solve.fast.controls import drive, more_running, mover_speeds, turns
from twin.solve.fast.lanes import OPEN, PINNED, SETTLED, Lanes, Numbers, State, Work
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
from twin.solve.flow_state import DAMPED_AFTER, LEAST_KG_S, ROUNDING, SHRINKS, TRACE_KG_S
from twin.solve.flow_step import CHECK_PA_S_KG

UNSETTLED = -1
"""What ``settle`` returns when a lane has no answer: the numpy path then says why."""


@outer
def _work(rows: Rows, wiring: Wiring, state: State, w: int) -> Work:
    branches, nodes, pairs = state.flow.size, state.pressure.size, rows.later.size * w
    free, islands = wired(wiring, NODE_ISLAND).size * w, wired(wiring, ISLANDS)[0] * w
    movers, colours = state.speed.size, wired(wiring, COLOURS)[0]
    return Work(
        np.empty(branches), np.empty(branches), np.empty(branches), np.empty(branches),
        np.empty(movers), np.empty(movers), np.zeros(state.control.size), np.zeros(state.shut.size),
        np.empty(nodes + pairs + w), np.empty(pairs), np.empty(free), np.empty(free),
        np.empty(rows.widest * w), np.empty((1 + colours, nodes)), np.empty(islands), np.empty(islands),
        np.empty(w), np.empty(w), np.empty(w), np.empty(w), np.empty(w), np.empty(w),
    )  # fmt: skip


@compiled
def settle(rows: Rows, wiring: Wiring, numbers: Numbers, state: State, passes: int, w: int) -> int:
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
    work, colours = _work(rows, wiring, state, w), wired(wiring, COLOURS)[0]
    group = np.empty((3, colours, colours))
    fill(work.last, np.inf)
    fill(work.live, 1.0)
    fill(work.blur, 0.0)
    for k in range(pressure.size):
        work.blur[k % w] = max(work.blur[k % w], ROUNDING * abs(pressure[k]))
    if shut.size:
        _chords(wiring, numbers, moderate, speed, work, w)
    # Loops over lanes are compiled twice, because one lane alone needs none.
    lanes, one = np.empty(w), (0.0,)
    for iteration in range(1, passes + 1):
        mover_speeds(wiring, numbers, control, running, speed, w)
        branch_laws(
            wiring, numbers, flow, speed, pressure, True,
            work.loss, work.slope, work.by_speed, work.conductance, w,
        )  # fmt: skip
        _check(wiring, numbers, flow, pressure, shut, work, w)
        _wait(wiring, speed, work.by_speed, w)
        if w == 1:
            sound = _solve(rows, wiring, numbers, state, work, iteration == 1, one)
        else:
            sound = _solve(rows, wiring, numbers, state, work, iteration == 1, lanes)
        if control.size:
            sound &= turns(wiring, numbers, state, work, group, w)
            _turn(wiring, work, w)
        if not sound:
            return UNSETTLED
        late = iteration > DAMPED_AFTER
        if w == 1:
            _advance(wiring, numbers, state, work, late, one)
        else:
            _advance(wiring, numbers, state, work, late, lanes)
        waiting = 0.0
        for v in range(w):
            if work.live[v] * work.still[v] > 0.0:
                work.live[v] = more_running(wiring, numbers, flow, pressure, control, running, w, v)
            waiting += work.live[v]
        if waiting == 0.0:
            mover_speeds(wiring, numbers, control, running, speed, w)
            return iteration
    return UNSETTLED


@inner
def _chords(wiring: Wiring, numbers: Numbers, moderate: Array, speed: Array, work: Work, w: int) -> None:
    """Set the slope of check valves' branches from no flow to a moderate one."""
    loss, none, chord, rows = work.loss, work.step, work.chord, wired(wiring, CHECK)
    fill(none, 0.0)
    branch_laws(
        wiring, numbers, none, speed, none, False, loss, work.slope, work.by_speed, work.conductance, w
    )
    for row in range(rows.size):
        for v in range(w):
            chord[row * w + v] = loss[rows[row] * w + v]
    branch_laws(
        wiring, numbers, moderate, speed, none, False, loss, work.slope, work.by_speed, work.conductance, w
    )
    for row in range(rows.size):
        for v in range(w):
            k, at = row * w + v, rows[row] * w + v
            chord[k] = (loss[at] - chord[k]) / (moderate[at] if moderate[at] > 0.0 else 1.0)


@inner
def _check(
    wiring: Wiring, numbers: Numbers, flow: Array, pressure: Array, shut: Index, work: Work, w: int
) -> None:
    """Let check valves shut and open, as ``flow_step.linearised`` says."""
    rows, open_ = wired(wiring, CHECK), part(numbers, OPEN, w)
    tail, head = wired(wiring, TAIL), wired(wiring, HEAD)
    for row in range(rows.size):
        for v in range(w):
            k, at = row * w + v, rows[row] * w + v
            across = pressure[tail[rows[row]] * w + v] - pressure[head[rows[row]] * w + v]
            was = shut[k] != 0
            trace = TRACE_KG_S + work.blur[v] / work.slope[at]
            now = across < work.loss[at] if was else flow[at] < -trace
            if was and not now and open_[at] > 0.0:
                work.slope[at] = max(work.slope[at], work.chord[k])
            if now:
                work.loss[at] = across + CHECK_PA_S_KG * flow[at]
                work.slope[at] += CHECK_PA_S_KG
            if work.live[v] > 0.0:
                shut[k] = now


@inner
def _wait(wiring: Wiring, speed: Array, by_speed: Array, w: int) -> None:
    """Let speed add nothing in movers that wait their turn."""
    staged = wired(wiring, STAGED)
    for row in range(staged.size):
        if staged[row]:
            for k in range(row * w, row * w + w):
                if speed[k] == 0.0:
                    by_speed[k] = 0.0


@inner
def _solve(
    rows: Rows, wiring: Wiring, numbers: Numbers, state: State, work: Work, traced: bool, lanes: Lanes
) -> bool:
    """Set the change of pressures without a turn, then for a turn of each colour of controllers."""
    w, pinned, entries, right = len(lanes), part(numbers, PINNED, len(lanes)), work.entries, work.right
    for k in range(pinned.size):
        entries[k] = pinned[k]
    fill(entries[pinned.size :], 0.0)
    for side in range(right.shape[0]):
        fill(right[side], 0.0)
    _assemble(wiring, numbers, state, work, rows.pairs, lanes)
    for k in range(pinned.size):
        work.rounding[k] = abs(entries[k])
    if not factor(rows, entries, work.lower, work.inverse, work.rounding, work.buffer, traced, lanes):
        return False
    drive(wiring, work.gain, right, w)
    for side in range(right.shape[0]):
        substitute(rows, work.lower, work.inverse, right[side], lanes)
        fill(right[side, pinned.size :], 0.0)
    return True


@inner
def _assemble(wiring: Wiring, numbers: Numbers, state: State, work: Work, pairs: int, lanes: Lanes) -> None:
    """Add every branch to the matrix, and its flow at the pressures of now to the right-hand side."""
    w, tail, head, pair = len(lanes), wired(wiring, TAIL), wired(wiring, HEAD), wired(wiring, PAIR)
    entries, right, open_, through = (
        work.entries,
        work.right[0],
        part(numbers, OPEN, len(lanes)),
        work.through,
    )
    for row in range(tail.size):
        before, behind = row_of(state.pressure, tail[row], w), row_of(state.pressure, head[row], w)
        loss, slope, on = row_of(work.loss, row, w), row_of(work.slope, row, w), row_of(open_, row, w)
        g, step, flow = (
            row_of(work.conductance, row, w),
            row_of(work.step, row, w),
            row_of(state.flow, row, w),
        )
        for v in range(w):
            g[v] = on[v] / slope[v]
            step[v] = g[v] * (before[v] - behind[v] - loss[v])
            through[v] = flow[v] + step[v]
        out, into = row_of(right, tail[row], w), row_of(right, head[row], w)
        one, other, both = (
            row_of(entries, tail[row], w),
            row_of(entries, head[row], w),
            row_of(entries, pairs + pair[row], w),
        )
        for v in range(w):
            one[v] += g[v]
        for v in range(w):
            other[v] += g[v]
        for v in range(w):
            both[v] -= g[v]
        for v in range(w):
            out[v] -= through[v]
        for v in range(w):
            into[v] += through[v]
    mover = wired(wiring, MOVER)
    for row in range(mover.size):
        for v in range(w):
            work.gain[row * w + v] = work.conductance[mover[row] * w + v] * work.by_speed[row * w + v]


@inner
def _turn(wiring: Wiring, work: Work, w: int) -> None:
    """Let pressures, and the flows of movers, follow the turns of controllers."""
    right, turn = work.right, work.turn
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
                work.step[mover[row] * w + v] += work.gain[row * w + v] * turn[control_of[row] * w + v]


@inner
def _advance(wiring: Wiring, numbers: Numbers, state: State, work: Work, late: bool, lanes: Lanes) -> None:
    """Go the step, or half of it, and set which lanes moved by no more than they may."""
    w, tail, head, step, change = len(lanes), wired(wiring, TAIL), wired(wiring, HEAD), work.step, work.change
    fill(change, 0.0)
    for row in range(tail.size):
        g, by, rise = row_of(work.conductance, row, w), row_of(step, row, w), work.right[0]
        before, behind = row_of(rise, tail[row], w), row_of(rise, head[row], w)
        for v in range(w):
            by[v] += g[v] * (before[v] - behind[v])
        for v in range(w):
            change[v] = max(change[v], abs(by[v]))
    for v in range(w):
        if late and change[v] > SHRINKS * work.last[v]:
            for k in range(v, step.size, w):
                step[k] *= 0.5
            for k in range(v, work.turn.size, w):
                work.turn[k] *= 0.5
        work.last[v] = change[v]
    for row in range(work.turn.size // w):
        for v in range(w):
            state.control[row * w + v] += work.turn[row * w + v] if work.live[v] > 0.0 else 0.0
    _move(wiring, state, work, lanes)
    settled, moved, largest, turn = part(numbers, SETTLED, w), work.moved, work.largest, work.turn
    for v in range(w):
        quiet = True
        for k in range(v, moved.size, w):
            quiet &= moved[k] < settled[v] * max(largest[k], LEAST_KG_S)
        for k in range(v, turn.size, w):
            quiet &= abs(turn[k]) < settled[v]
        work.still[v] = quiet


@inner
def _move(wiring: Wiring, state: State, work: Work, lanes: Lanes) -> None:
    """Go the step but in settled lanes; set how far the flows of islands moved, and how large they are.

    What a flow moves within the last digit of pressures does not count.
    """
    w, island, blur, live = len(lanes), wired(wiring, ISLAND), work.blur, work.live
    fill(blur, 0.0)
    for row in range(state.pressure.size // w):
        to, by = row_of(state.pressure, row, w), row_of(work.right[0], row, w)
        for v in range(w):
            to[v] += by[v] if live[v] > 0.0 else 0.0
        for v in range(w):
            blur[v] = max(blur[v], ROUNDING * abs(to[v]))
    fill(work.moved, -np.inf)
    fill(work.largest, 0.0)
    for row in range(island.size):
        flow, by, g = row_of(state.flow, row, w), row_of(work.step, row, w), row_of(work.conductance, row, w)
        far, most = row_of(work.moved, island[row], w), row_of(work.largest, island[row], w)
        for v in range(w):
            flow[v] += by[v] if live[v] > 0.0 else 0.0
        for v in range(w):
            far[v] = max(far[v], abs(by[v]) - blur[v] * g[v])
        for v in range(w):
            most[v] = max(most[v], abs(flow[v]))
