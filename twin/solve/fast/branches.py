"""Laws of branches, compiled: what ``twin.solve.branch`` says, lane by lane."""

import math

import numpy as np

from twin.arrays import Array
from twin.laws.friction import SMALL_FLOW_M3_S
from twin.laws.movers import LEAST_M3_S, SLOWEST_RATIO, TINY_M3_S
from twin.solve.branch import LEAST_LIMIT_KG_S, LEAST_SLOPE_PA_S_KG, PUSH_PA, SLOW_RATIO, STIFF_PA
from twin.solve.fast.compiled import inlined, inner, spliced
from twin.solve.fast.lanes import (
    C0,
    C1,
    C2,
    DENSITY,
    EXPONENT,
    FLOOR,
    HELD_FLOW,
    HELD_STIFF,
    LIFT,
    LIMIT,
    LINEAR,
    LITTLE,
    LOCAL,
    MEASURED_DENSITY,
    OVER,
    PARABOLA,
    POWER,
    POWER_PA,
    POWERED_DENSITY,
    QUADRATIC,
    REVERSE,
    REYNOLDS,
    ROUGHNESS,
    RUB,
    RUNOUT,
    SMALL,
    TABLE_DENSITY,
    TABLE_FLOOR,
    TABLE_RATIO,
    VISCOUS,
    Numbers,
)  # fmt: skip
from twin.solve.fast.layout import (
    COLEBROOK,
    HEAD,
    HELD,
    LIFTING,
    LIMITED,
    MEASURED,
    MOVER,
    POWERED,
    SWAMEE_JAIN,
    TABLED,
    TAIL,
    Short,
    Wiring,
)  # fmt: skip
from twin.solve.fast.logarithm import exp, ln
from twin.solve.fast.pipes import rub


@spliced
def part(numbers: Numbers, which: np.intp, w: int) -> Array:
    """Return one part of the numbers of a block, flat."""
    return numbers.flat[numbers.start[which] * w : numbers.start[which + 1] * w]


@spliced
def row_of(values: Array, row: int, w: int) -> Array:
    """Return the lanes of one row."""
    return values[row * w : row * w + w]


@spliced
def wired(wiring: Wiring, which: np.intp) -> Short:
    """Return one part of the wiring."""
    return wiring.flat[wiring.start[which] : wiring.start[which + 1]]


@inlined
def fill(values: Array, value: float) -> None:
    """Set every number of a flat array; what numpy does itself brings all its error messages along."""
    for k in range(values.size):
        values[k] = value


@inner
def branch_laws(
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    speed: Array,
    pressure: Array,
    known: bool,
    loss: Array,
    slope: Array,
    by_speed: Array,
    spare: Array,
    w: int,
) -> None:
    """Set what every branch loses, its slope in flow and what speed adds, as ``Laws.at`` returns them.

    Args:
        wiring: The network.
        numbers: Its numbers.
        flow: Flow of each branch [kg/s], flat.
        speed: Speed of each mover [1], flat.
        pressure: Pressure of each node [Pa], flat.
        known: Whether it counts.
        loss: Set to what each branch loses [Pa].
        slope: Set to its slope [Pa·s/kg].
        by_speed: Set to the rise per speed of each mover [Pa].
        spare: Overwritten, as long as the flow.
        w: Lanes.
    """
    lift, start = part(numbers, LIFT, w), 0
    for k in range(lift.size):
        loss[k] = lift[k]
    fill(slope, 0.0)
    fill(by_speed, 0.0)
    for law in (COLEBROOK, SWAMEE_JAIN):
        stop = start + wired(wiring, law).size * w
        rub(
            law == SWAMEE_JAIN, flow[start:stop],
            part(numbers, REYNOLDS, w)[start:stop], part(numbers, ROUGHNESS, w)[start:stop],
            part(numbers, RUB, w)[start:stop], part(numbers, LOCAL, w)[start:stop],
            part(numbers, VISCOUS, w)[start:stop], part(numbers, SMALL, w)[start:stop],
            loss[start:stop], slope[start:stop], spare[start:stop],
        )  # fmt: skip
        start = stop
    _measure(wiring, numbers, flow, loss, slope, w)
    _rise(wiring, numbers, flow, speed, loss, slope, by_speed, w)
    _follow(wiring, numbers, flow, loss, slope, w)
    _look_up(wiring, numbers, flow, speed, loss, slope, by_speed, w)
    _hold(wiring, numbers, flow, pressure, known, loss, slope, w)
    for k in range(slope.size):
        slope[k] = max(slope[k], LEAST_SLOPE_PA_S_KG)


@inlined
def _power(x: float, y: float) -> float:
    """Return x to the power y for positive normal x."""
    return exp(y * ln(x))


@inner
def _measure(wiring: Wiring, numbers: Numbers, flow: Array, loss: Array, slope: Array, w: int) -> None:
    branches = wired(wiring, MEASURED)
    linear, quadratic = part(numbers, LINEAR, w), part(numbers, QUADRATIC, w)
    density = part(numbers, MEASURED_DENSITY, w)
    for row in range(branches.size):
        at = branches[row]
        through, lost, steep = row_of(flow, at, w), row_of(loss, at, w), row_of(slope, at, w)
        for v in range(w):
            k = row * w + v
            q = through[v] / density[k]
            soft = math.sqrt(q * q + SMALL_FLOW_M3_S * SMALL_FLOW_M3_S)
            lost[v] += (linear[k] + quadratic[k] * soft) * q
            steep[v] += (linear[k] + quadratic[k] * (soft + q * q / soft)) / density[k]


@inner
def _follow(wiring: Wiring, numbers: Numbers, flow: Array, loss: Array, slope: Array, w: int) -> None:
    branches = wired(wiring, POWERED)
    power, exponent = part(numbers, POWER_PA, w), part(numbers, EXPONENT, w)
    density = part(numbers, POWERED_DENSITY, w)
    for row in range(branches.size):
        at = branches[row]
        through, lost, steep = row_of(flow, at, w), row_of(loss, at, w), row_of(slope, at, w)
        for v in range(w):
            k = row * w + v
            q, n = through[v] / density[k], exponent[k]
            square = q * q + SMALL_FLOW_M3_S * SMALL_FLOW_M3_S
            linear = power[k] * _power(square, 0.5 * (n - 1.0))
            lost[v] += linear * q
            steep[v] += linear * (1.0 + (n - 1.0) * (q * q / square)) / density[k]


@inner
def _rise(
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    speed: Array,
    loss: Array,
    slope: Array,
    by_speed: Array,
    w: int,
) -> None:
    branches, kinds = wired(wiring, MOVER), numbers.kind
    density, floor = part(numbers, DENSITY, w), part(numbers, FLOOR, w)
    c0, c1, c2 = part(numbers, C0, w), part(numbers, C1, w), part(numbers, C2, w)
    runout, over, reverse = part(numbers, RUNOUT, w), part(numbers, OVER, w), part(numbers, REVERSE, w)
    little = part(numbers, LITTLE, w)
    for row in range(branches.size):
        for v in range(w):
            k, at = row * w + v, branches[row] * w + v
            q, n = flow[at] / density[k], speed[k]
            if kinds[row] == PARABOLA:
                soft = math.sqrt(q * q + little[k])
                beyond, back = max(q - n * runout[k], 0.0), max(-q, 0.0)
                rise = n * (n * c0[k] + c1[k] * q) + c2[k] * soft * q
                rise += reverse[k] * back * back - over[k] * beyond * beyond
                steep = 2.0 * (over[k] * beyond + reverse[k] * back) - n * c1[k]
                steep = max(steep - c2[k] * (soft + q * q / soft), floor[k] * n)
                by_speed[k] = 2.0 * (n * c0[k] + over[k] * beyond * runout[k]) + c1[k] * q
            elif kinds[row] == POWER:
                turning, square = max(n, SLOWEST_RATIO), q * q + TINY_M3_S * TINY_M3_S
                linear = c1[k] * _power(turning, 2.0 - c2[k]) * _power(square, 0.5 * (c2[k] - 1.0))
                rise = n * n * c0[k] - linear * q
                steep = max(linear * (1.0 + (c2[k] - 1.0) * (q * q / square)), floor[k] * n)
                by_speed[k] = 2.0 * n * c0[k] - (2.0 - c2[k]) / turning * linear * q
            else:
                size = max(q, LEAST_M3_S)
                steep = c0[k] / size / size
                rise = c0[k] / size * (1.0 - (q - size) / size)
            loss[at] -= rise
            slope[at] += steep / density[k]


@inner
def _look_up(
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    speed: Array,
    loss: Array,
    slope: Array,
    by_speed: Array,
    w: int,
) -> None:
    branches, lifting, knots = wired(wiring, TABLED), wired(wiring, LIFTING), numbers.knots
    ratio, density = part(numbers, TABLE_RATIO, w), part(numbers, TABLE_DENSITY, w)
    floor, own = part(numbers, TABLE_FLOOR, w), branches.size - lifting.size
    for row in range(branches.size):
        lift = row - own
        for v in range(w):
            k, at = row * w + v, branches[row] * w + v
            q, n, sign = flow[at] / density[k], 1.0, 1.0
            if lift >= 0:
                n = max(speed[lifting[lift] * w + v], SLOW_RATIO)
            elif q < 0.0:
                sign = -1.0
            x, piece = sign * q / n, 0
            for point in range(1, knots.shape[1]):
                piece += x >= knots[row, point]
            t, curve = x - knots[row, piece], numbers.pieces[row, piece]
            bend, twist = (0.0, 0.0) if t < 0.0 else (curve[2], curve[3])
            value = ratio[k] * (curve[0] + t * (curve[1] + t * (bend + t * twist)))
            steep = ratio[k] * (curve[1] + t * (2.0 * bend + 3.0 * t * twist))
            if lift < 0:
                loss[at] += sign * value
                slope[at] += steep / density[k]
            else:
                loss[at] -= n * n * value
                slope[at] += n * max(-steep, floor[lift * w + v]) / density[k]
                by_speed[lifting[lift] * w + v] += 2.0 * n * value - q * steep


@inner
def _hold(
    wiring: Wiring,
    numbers: Numbers,
    flow: Array,
    pressure: Array,
    known: bool,
    loss: Array,
    slope: Array,
    w: int,
) -> None:
    held, limited, tail, head = (
        wired(wiring, HELD),
        wired(wiring, LIMITED),
        wired(wiring, TAIL),
        wired(wiring, HEAD),
    )
    wanted, stiff, limit = part(numbers, HELD_FLOW, w), part(numbers, HELD_STIFF, w), part(numbers, LIMIT, w)
    for row in range(held.size):
        for v in range(w):
            k, at = row * w + v, held[row] * w + v
            across = loss[at]
            if known:
                across = pressure[tail[held[row]] * w + v] - pressure[head[held[row]] * w + v]
            loss[at] = stiff[k] * (flow[at] - wanted[k]) + across
            slope[at] += stiff[k]
    for row in range(limited.size):
        for v in range(w):
            most, at = limit[row * w + v], limited[row] * w + v
            scale, left, pushed = max(most, LEAST_LIMIT_KG_S), flow[at] - most, loss[at]
            surplus = left
            if known:
                across = pressure[tail[limited[row]] * w + v] - pressure[head[limited[row]] * w + v]
                surplus = PUSH_PA * left / scale + (across - pushed)
                pushed = across
            if surplus > 0.0:
                loss[at] = pushed + STIFF_PA / scale * left
                slope[at] += STIFF_PA / scale
