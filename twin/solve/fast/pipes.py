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


@inlined
def _colebrook(reynolds: float, rough: float) -> tuple[float, float]:
    wall = rough * reynolds * ROUGH
    smooth = ln(reynolds) - SMOOTH
    x = smooth - 0.2
    for _ in range(2):
        total = wall + x
        error = (ln(total) + x - smooth) / (1.0 + total)
        x = x - (1.0 + total + 0.5 * error) * error * total / (1.0 + total + error * (1.0 + error * THIRD))
    root = HALF_LN_10 / x
    return root * root, -2.0 / (1.0 + wall + x)


@inlined
def _swamee_jain(reynolds: float, rough: float) -> tuple[float, float]:
    thin = 5.74 * exp(-0.9 * ln(reynolds))
    inner = rough * PER_3_7 + thin
    by_log = 1.0 / ln(inner)
    root = HALF_LN_10 * by_log
    return root * root, 1.8 * thin * by_log / inner


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
    """
    for i in range(flow.size):
        q = flow[i]
        size = abs(q)
        reynolds = size * by_reynolds[i]
        turbulent = max(reynolds, TURBULENT_START_RATIO)
        if swamee_jain:
            factor, fall = _swamee_jain(turbulent, rough[i])
        else:
            factor, fall = _colebrook(turbulent, rough[i])
        product, growth = _loss(reynolds, factor, fall)
        soft = math.sqrt(size * size + small[i])
        loss[i] += (rubbing[i] * product + local[i] * soft + viscous[i]) * q
        slope[i] = rubbing[i] * (product + growth) + local[i] * (soft + size * size / soft) + viscous[i]
