"""Controllers of movers, compiled: what ``twin.solve.flow_control`` says, lane by lane."""

from twin.arrays import Array, Index
from twin.solve.fast.branches import fill, part, wired
from twin.solve.fast.compiled import inner
from twin.solve.fast.lanes import (
    DENSITY,
    MAXIMUM,
    MINIMUM,
    ON,
    OWN_SPEED,
    PLACE,
    SENSED_LIFT,
    SET_M3_S,
    SET_PA,
    Numbers,
    State,
    Work,
)  # fmt: skip
from twin.solve.fast.layout import (
    COLOUR,
    CONTROL_OF,
    GROUP,
    HEAD,
    MEMBER,
    MINUS,
    MOVER,
    PLUS,
    STAGED,
    TAIL,
    Wiring,
)  # fmt: skip
from twin.solve.flow_control import DEAD, LARGEST_SPEED_STEP, SHORT_RATIO


@inner
def mover_speeds(
    wiring: Wiring, numbers: Numbers, control: Array, running: Index, speed: Array, w: int
) -> None:
    """Set the speed of each mover: its own, that of its controller, or none where it waits its turn."""
    own, place = part(numbers, OWN_SPEED, w), part(numbers, PLACE, w)
    control_of, staged = wired(wiring, CONTROL_OF), wired(wiring, STAGED)
    for row in range(control_of.size):
        by = control_of[row]
        for v in range(w):
            k = row * w + v
            if by < 0:
                speed[k] = own[k]
            elif staged[row] and place[k] >= running[by * w + v]:
                speed[k] = 0.0
            else:
                speed[k] = control[by * w + v]


@inner
def drive(wiring: Wiring, gain: Array, right: Array, w: int) -> None:
    """Add what a turn of each colour of controllers makes movers push, to sides of its own.

    Args:
        wiring: The network.
        gain: Flow that a turn adds to each mover [kg/s], flat.
        right: Right-hand sides, shape (1 + colour, free · lane); changed.
        w: Lanes.
    """
    control_of, colour = wired(wiring, CONTROL_OF), wired(wiring, COLOUR)
    for row in range(control_of.size):
        by = control_of[row]
        if by >= 0:
            at = wired(wiring, MOVER)[row]
            tail, head = wired(wiring, TAIL)[at], wired(wiring, HEAD)[at]
            for v in range(w):
                right[1 + colour[by], tail * w + v] -= gain[row * w + v]
                right[1 + colour[by], head * w + v] += gain[row * w + v]


@inner
def turns(wiring: Wiring, numbers: Numbers, state: State, work: Work, group: Array, w: int) -> bool:
    """Set the change of every controller's speed, limits projected; return whether all can be told apart.

    Args:
        wiring: The network.
        numbers: Its numbers.
        state: Where they stand.
        work: Holds the changes of pressure without a turn and for a turn of each colour, and steps at the
            pressures of now; ``turn`` is set.
        group: Room for what controllers of an island do to each other, shape (3, colour, colour).
        w: Lanes.
    """
    low, high, turn = part(numbers, MINIMUM, w), part(numbers, MAXIMUM, w), work.turn
    matrix, wanted, fixed, start = group[0], group[1, 0], group[2, 0], wired(wiring, GROUP)
    for number in range(start.size - 1):
        members = wired(wiring, MEMBER)[start[number] : start[number + 1]]
        for v in range(w):
            for row in range(members.size):
                wanted[row] = _sense(wiring, numbers, state, work, members[row], matrix[row], w, v)
            for row in range(members.size):
                alone, now = matrix[row, row], state.control[members[row] * w + v]
                at_limit = now >= high[members[row] * w + v]
                if wanted[row] * alone <= 0.0:
                    at_limit = now <= low[members[row] * w + v]
                fixed[row] = abs(alone) < DEAD or (members.size > 1 and at_limit)
            if not _solve(matrix, wanted, fixed, members.size):
                return False
            for row in range(members.size):
                k = members[row] * w + v
                step = min(max(wanted[row], -LARGEST_SPEED_STEP), LARGEST_SPEED_STEP)
                turn[k] = min(max(state.control[k] + step, low[k]), high[k]) - state.control[k]
    return True


@inner
def _sense(
    wiring: Wiring,
    numbers: Numbers,
    state: State,
    work: Work,
    control: int,
    effect: Array,
    w: int,
    v: int,
) -> float:
    """Return what a controller lacks of its set-point, and set what a turn of each colour adds to it."""
    right, here, pressure = work.right, control * w + v, state.pressure
    if not numbers.holds_flow[control]:
        plus, minus = wired(wiring, PLUS)[control] * w + v, wired(wiring, MINUS)[control] * w + v
        for colour in range(effect.size):
            effect[colour] = right[1 + colour, plus] - right[1 + colour, minus]
        lack = part(numbers, SET_PA, w)[here] - part(numbers, SENSED_LIFT, w)[here]
        return float(lack - (pressure[plus] + right[0, plus]) + (pressure[minus] + right[0, minus]))
    fill(effect, 0.0)
    lack, density = part(numbers, SET_M3_S, w)[here], part(numbers, DENSITY, w)
    mover, control_of = wired(wiring, MOVER), wired(wiring, CONTROL_OF)
    for row in range(mover.size):
        if control_of[row] == control:
            at, heavy = mover[row], density[row * w + v]
            tail, head = wired(wiring, TAIL)[at] * w + v, wired(wiring, HEAD)[at] * w + v
            g = work.conductance[at * w + v]
            lack -= (
                state.flow[at * w + v] + work.step[at * w + v] + g * (right[0, tail] - right[0, head])
            ) / heavy
            for colour in range(effect.size):
                effect[colour] += g * (right[1 + colour, tail] - right[1 + colour, head]) / heavy
            effect[wired(wiring, COLOUR)[control]] += work.gain[row * w + v] / heavy
    return float(lack)


@inner
def _solve(matrix: Array, wanted: Array, fixed: Array, size: int) -> bool:
    """Solve the turns of controllers that meet set-points together, in place; fixed ones do not turn."""
    for row in range(size):
        if fixed[row] > 0.0:
            wanted[row] = 0.0
            fill(matrix[row, :size], 0.0)
            matrix[row, row] = 1.0
    for column in range(size):
        best = column
        for row in range(column + 1, size):
            if abs(matrix[row, column]) > abs(matrix[best, column]):
                best = row
        if matrix[best, column] == 0.0:
            return False
        for k in range(size):
            matrix[column, k], matrix[best, k] = matrix[best, k], matrix[column, k]
        wanted[column], wanted[best] = wanted[best], wanted[column]
        for row in range(column + 1, size):
            share = matrix[row, column] / matrix[column, column]
            wanted[row] -= share * wanted[column]
            for k in range(column, size):
                matrix[row, k] -= share * matrix[column, k]
    for row in range(size - 1, -1, -1):
        for k in range(row + 1, size):
            wanted[row] -= matrix[row, k] * wanted[k]
        wanted[row] /= matrix[row, row]
    return True


@inner
def more_running(
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    pressure: Array,
    speed: Array,
    running: Index,
    w: int,
    v: int,
) -> bool:
    """Start one more mover of each controller of a settled lane that falls short; return whether any does."""
    density, on = part(numbers, DENSITY, w), part(numbers, ON, w)
    plus, minus, control_of, more = (
        wired(wiring, PLUS),
        wired(wiring, MINUS),
        wired(wiring, CONTROL_OF),
        False,
    )
    for control in range(plus.size):
        total, present, staged = 0.0, 0.0, False
        for row in range(control_of.size):
            if control_of[row] == control:
                total += flow[wired(wiring, MOVER)[row] * w + v] / density[row * w + v]
                present += on[row * w + v]
                staged |= wired(wiring, STAGED)[row] != 0
        k = control * w + v
        if staged and speed[k] >= part(numbers, MAXIMUM, w)[k] * (1.0 - SHORT_RATIO) and running[k] < present:
            wanted_pa, wanted_m3_s = part(numbers, SET_PA, w)[k], part(numbers, SET_M3_S, w)[k]
            held = pressure[plus[control] * w + v] - pressure[minus[control] * w + v]
            short = held + part(numbers, SENSED_LIFT, w)[k] < wanted_pa - SHORT_RATIO * abs(wanted_pa)
            if wanted_m3_s == wanted_m3_s:  # noqa: PLR0124  NaN is no set-point
                short = total < wanted_m3_s * (1.0 - SHORT_RATIO)
            if short:
                running[k] += 1
                more = True
    return more
