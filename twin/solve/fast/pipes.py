"""Friction of pipes, compiled: the laws of ``twin.laws.friction`` over flat arrays."""

import math

from twin.arrays import Array
from twin.laws.friction import LAMINAR_END_RATIO, TURBULENT_START_RATIO
from twin.solve.fast.compiled import inlined, inner
from twin.solve.fast.logarithm import exp, ln

WIDTH = TURBULENT_START_RATIO - LAMINAR_END_RATIO
PER_WIDTH, WIDTH_SHARE = 1.0 / WIDTH, WIDTH / TURBULENT_START_RATIO
LOW, LOW_SLOPE = 64.0 / LAMINAR_END_RATIO, -64.0 / LAMINAR_END_RATIO**2 * WIDTH
HALF_LN_10 = 0.5 * math.log(10.0)
ROUGH = math.log(10.0) / (2.0 * 3.7 * 2.51)
PER_3_7 = 1.0 / 3.7
THIRD = 1.0 / 3.0
SMOOTH = math.log(2.0 * 2.51 / math.log(10.0))


# Elements of one round. A loop does one logarithm or exponential, because a longer chain waits for itself.
ROUND = 512


@inner
def _colebrook(flow: Array, by_reynolds: Array, rough: Array, fall: Array, factor: Array) -> None:
    """Set Colebrook's factor, and how its logarithm falls with that of the Reynolds number."""
    smooth, x = fall, factor  # the root of the factor is ln 10 / 2x
    for i in range(flow.size):
        smooth[i] = ln(max(abs(flow[i]) * by_reynolds[i], TURBULENT_START_RATIO)) - SMOOTH
        x[i] = smooth[i] - 0.2
    for _ in range(2):
        for i in range(flow.size):
            total = rough[i] * max(abs(flow[i]) * by_reynolds[i], TURBULENT_START_RATIO) * ROUGH + x[i]
            error = (ln(total) + x[i] - smooth[i]) / (1.0 + total)
            less = (1.0 + total + 0.5 * error) * error * total / (1.0 + total + error * (1.0 + error * THIRD))
            x[i] -= less
    for i in range(flow.size):
        wall = rough[i] * max(abs(flow[i]) * by_reynolds[i], TURBULENT_START_RATIO) * ROUGH
        fall[i] = -2.0 / (1.0 + wall + x[i])
        root = HALF_LN_10 / x[i]
        factor[i] = root * root


@inner
def _swamee_jain(flow: Array, by_reynolds: Array, rough: Array, fall: Array, factor: Array) -> None:
    """Set the factor of Swamee and Jain, and how its logarithm falls with that of the Reynolds number."""
    thin, by_log = fall, factor
    for i in range(flow.size):
        thin[i] = -0.9 * ln(max(abs(flow[i]) * by_reynolds[i], TURBULENT_START_RATIO))
    for i in range(flow.size):
        thin[i] = 5.74 * exp(thin[i])
    for i in range(flow.size):
        by_log[i] = 1.0 / ln(rough[i] * PER_3_7 + thin[i])
    for i in range(flow.size):
        fall[i] = 1.8 * thin[i] * by_log[i] / (rough[i] * PER_3_7 + thin[i])
        root = HALF_LN_10 * by_log[i]
        factor[i] = root * root


@inlined
def _loss(reynolds: float, factor: float, fall: float) -> tuple[float, float]:
    """Return f·Re and its growth; ``factor`` holds at max(Re, 4000)."""
    s = min(max((reynolds - LAMINAR_END_RATIO) * PER_WIDTH, 0.0), 1.0)
    high_slope = factor * fall * WIDTH_SHARE
    gap = factor - LOW
    square, cube = 3.0 * gap - 2.0 * LOW_SLOPE - high_slope, LOW_SLOPE + high_slope - 2.0 * gap
    middle = LOW + s * (LOW_SLOPE + s * (square + s * cube))
    middle_fall = (LOW_SLOPE + s * (2.0 * square + 3.0 * s * cube)) * PER_WIDTH * reynolds
    turbulent = reynolds >= TURBULENT_START_RATIO
    f = factor if turbulent else middle
    df = factor * fall if turbulent else middle_fall
    laminar = reynolds <= LAMINAR_END_RATIO
    product = 64.0 if laminar else f * reynolds
    return product, 0.0 if laminar else product + df * reynolds


@inner
def _add(
    flow: Array, by_reynolds: Array, rubbing: Array, local: Array, viscous: Array, small: Array, loss: Array,
    slope: Array, fall: Array,
) -> None:  # fmt: skip
    """Add the loss, of which ``slope`` holds the turbulent factor, and set the slope."""
    for i in range(flow.size):
        q = flow[i]
        size = abs(q)
        product, growth = _loss(size * by_reynolds[i], slope[i], fall[i])
        soft = math.sqrt(size * size + small[i])
        loss[i] += (rubbing[i] * product + local[i] * soft + viscous[i]) * q
        slope[i] = rubbing[i] * (product + growth) + local[i] * (soft + size * size / soft) + viscous[i]


@inner
def rub(
    swamee_jain: bool,
    flow: Array,
    by_reynolds: Array,
    rough: Array,
    rubbing: Array,
    local: Array,
    viscous: Array,
    small: Array,
    loss: Array,
    slope: Array,
    spare: Array,
) -> None:
    """Add friction and fittings of flat elements to what they lose, and set their slope.

    Args:
        swamee_jain: Their turbulent factor; else Colebrook's.
        flow: Mass flow [kg/s], flat.
        by_reynolds: These and the next are the numbers of ``twin.laws.friction.Pipe``, flat.
        rough: Its ``roughness_ratio``.
        rubbing: Its ``rub_pa_s_kg``.
        local: Its ``local_pa_s2_kg2``.
        viscous: Its ``viscous_pa_s_kg``.
        small: Its ``small_kg2_s2``.
        loss: Changed.
        slope: Set.
        spare: Overwritten.
    """
    for first in range(0, flow.size, ROUND):
        a = slice(first, min(first + ROUND, flow.size))
        if swamee_jain:
            _swamee_jain(flow[a], by_reynolds[a], rough[a], spare[a], slope[a])
        else:
            _colebrook(flow[a], by_reynolds[a], rough[a], spare[a], slope[a])
        _add(
            flow[a], by_reynolds[a], rubbing[a], local[a], viscous[a], small[a], loss[a], slope[a], spare[a]
        )  # fmt: skip
