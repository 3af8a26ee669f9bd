"""EPANET's laws of pipes, pumps and valves as numbers of our elements, with its own constants.

Source of all of them:
    L. A. Rossman et al., EPANET 2.2 User Manual (EPA/600/R-20/133), 2020, section 3.1 and table 3.1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.interop.epanet_model import FOOT_M, GRAVITY_M_S2, Curve, HeadLoss, Pipe
from twin.model.element import Friction

CUBIC_FOOT_M3 = FOOT_M**3
# Minor loss in ft: 0.02517 K Q²/d⁴; over that of g = 32.2 ft/s² exactly.
MINOR_RATIO = 0.02517 * math.pi**2 / 8.0 * 32.2
HAZEN_WILLIAMS, HAZEN_EXPONENT, HAZEN_DIAMETER = 4.727, 1.852, 4.871
MANNING, MANNING_EXPONENT, MANNING_RADIUS = 1.49, 2.0, 1.333
# A pump of constant power lifts 8.814 ft·hp·s/ft³: 550 ft·lbf/s over this weight.
POWER_N_M3 = 550.0 / 8.814 * 0.45359237 * 9.80665 / CUBIC_FOOT_M3
# A pump curve of one point is a parabola to 4/3 of its head at no flow, and none at twice its flow.
ONE_POINT_SHUTOFF, ONE_POINT_REACH = 4.0 / 3.0, 2.0
LEAST_EXPONENT, MOST_EXPONENT = 1e-9, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Formulas:
    """Where EPANET rounds or approximates, and others do not.

    Attributes:
        friction: Friction factor of Darcy-Weisbach.
        minor_ratio: Minor loss over loss ratio times velocity head.
    """

    friction: Friction = Friction.SWAMEE_JAIN
    minor_ratio: float = MINOR_RATIO


AS_EPANET = Formulas()


def friction_m(pipe: Pipe, law: HeadLoss) -> tuple[float, float]:
    """Return the head [m] that a pipe loses at 1 m3/s by a power law, and its exponent.

    Darcy-Weisbach is no power law: then both are 0 and 1.
    """
    length, diameter = pipe.length_m / FOOT_M, pipe.diameter_m / FOOT_M
    if law is HeadLoss.DARCY_WEISBACH:
        return 0.0, 1.0
    if law is HeadLoss.HAZEN_WILLIAMS:
        exponent = HAZEN_EXPONENT
        feet = HAZEN_WILLIAMS * length / (pipe.roughness**exponent * diameter**HAZEN_DIAMETER)
    else:
        exponent = MANNING_EXPONENT
        speed = 4.0 * pipe.roughness / (MANNING * math.pi * diameter**2)
        feet = speed**2 * (diameter / 4.0) ** -MANNING_RADIUS * length
    return feet * FOOT_M / CUBIC_FOOT_M3**exponent, exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpCurve:
    """Head of a pump at full speed: shutoff - factor · Q^exponent, or points with straight lines between.

    Attributes:
        shutoff_m: Head at no flow.
        factor_m: Head lost at 1 m3/s, 0 with points.
        exponent_ratio: Exponent of the flow.
        points: Flows [m3/s] and heads [m], empty for the power law.
    """

    shutoff_m: float = 0.0
    factor_m: float = 0.0
    exponent_ratio: float = 1.0
    points: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())


def pump_curve(curve: Curve) -> PumpCurve:
    """Return the head that EPANET makes of the points of a pump.

    One point, and three of which the first stands at no flow, give a power law where it fits them; other
    points are joined by straight lines, which go on beyond both ends.
    """
    flows, heads = curve.x, curve.y
    if len(flows) == 1:
        flows = (0.0, flows[0], ONE_POINT_REACH * flows[0])
        heads = (ONE_POINT_SHUTOFF * heads[0], heads[0], 0.0)
    if len(flows) == 3 and flows[0] == 0.0:
        (shutoff, first, second), (_, near, far) = heads, flows
        exponent = math.log((shutoff - second) / (shutoff - first)) / math.log(far / near)
        if LEAST_EXPONENT < exponent <= MOST_EXPONENT:
            factor = (shutoff - first) / near**exponent
            return PumpCurve(shutoff_m=shutoff, factor_m=factor, exponent_ratio=exponent)
    return PumpCurve(shutoff_m=heads[0], points=(flows, heads))


def padded(rows: Sequence[Sequence[float]]) -> Array:
    """Return rows of unequal length as one array, NaN behind the last of each, shape (row, point)."""
    out = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for at, row in enumerate(rows):
        out[at, : len(row)] = row
    return out


def emitter_head_m(flow_m3_s: Array, exponent_ratio: float) -> Array:
    """Return the pressure head [m] at which an emitter lets 1 m3/s out, from its flow [m3/s] at 1 m."""
    return flow_m3_s ** (-1.0 / exponent_ratio)


def pressure_pa(head_m: Array, density_kg_m3: float) -> Array:
    """Return the pressure under a head, at the gravity of EPANET, of the shape of the head."""
    return head_m * (density_kg_m3 * GRAVITY_M_S2)
