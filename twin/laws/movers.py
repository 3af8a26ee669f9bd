"""Pumps and fans: rise over flow and speed, electric power, and the fit of a curve to its points."""

from typing import NamedTuple, Self

import numpy as np

from twin.arrays import Array

# Where the data sheet ends the curve bends down by this share of its shut-off rise per (runout flow)²;
# reversed flow meets ten times as much. Both are assumptions that keep a solver on the curve.
RUNOUT_STEEPNESS_RATIO = 1.0
REVERSE_STEEPNESS_RATIO = 10.0
# Below this share of the runout flow the square of flow acts like a linear resistance.
SMALL_FLOW_RATIO = 1e-4
ONE_M3_S = 1.0
ONE_PA = 1.0
TINY_M3_S = 1e-12
# A pump of constant power keeps its slope below this flow; a drive does not turn slower than this.
LEAST_M3_S = 1e-6
SLOWEST_RATIO = 1e-3


def runout_flow(shutoff_pa: Array, linear_pa_s_m3: Array, quadratic_pa_s2_m6: Array) -> Array:
    """Return the flow at which a full-speed curve gives no rise, or where it would turn up again.

    Args:
        shutoff_pa: Rise at no flow [Pa], any shape, >= 0.
        linear_pa_s_m3: Linear term of the curve [Pa s/m^3].
        quadratic_pa_s2_m6: Quadratic term of the curve [Pa s^2/m^6].

    Returns:
        Flow [m^3/s], broadcast shape, > 0; 1 for a curve that never falls.

    Source:
        Root of c0 + c1·Q + c2·Q², in the form that does not cancel: W. H. Press et al., Numerical Recipes,
        3rd ed., eq. 5.6.4.
    """
    inside = linear_pa_s_m3**2 - 4.0 * quadratic_pa_s2_m6 * shutoff_pa
    below = np.sqrt(np.maximum(inside, 0.0 * inside)) - linear_pa_s_m3
    falls = below > 0.0 * below
    root = 2.0 * shutoff_pa / np.where(falls, below, np.nan)
    return np.where(falls & (root > 0.0 * root), root, ONE_M3_S)


def pump_rise(
    flow_m3_s: Array,
    speed_ratio: Array,
    shutoff_pa: Array,
    linear_pa_s_m3: Array,
    quadratic_pa_s2_m6: Array,
) -> tuple[Array, Array, Array]:
    """Return the pressure rise n²·c0 + n·c1·Q + c2·Q² of a pump or fan and its slopes in flow and speed.

    Beyond the runout flow and for reversed flow the curve goes on, ever steeper and without a corner. A
    pump that stands still is a resistance in both directions.

    Args:
        flow_m3_s: Volume flow [m^3/s], shape (mover, variant), any sign.
        speed_ratio: Speed over that of the curve [1], >= 0.
        shutoff_pa: Rise at no flow and full speed [Pa], >= 0.
        linear_pa_s_m3: Linear term of the curve [Pa s/m^3].
        quadratic_pa_s2_m6: Quadratic term of the curve [Pa s^2/m^6], < 0 for a pump.

    Returns:
        Rise [Pa], slope in flow [Pa s/m^3] and slope in speed [Pa], shape (mover, variant).

    Source:
        Affinity laws, Q ~ n and rise ~ n²: I. J. Karassik et al., Pump Handbook, 4th ed., section 2.3.
    """
    return Parabola.of(shutoff_pa, linear_pa_s_m3, quadratic_pa_s2_m6).rise(flow_m3_s, speed_ratio)


class Parabola(NamedTuple):
    """All that does not change with flow and speed in the rise of pumps. Shapes: of its columns.

    Attributes:
        shutoff_pa, linear_pa_s_m3, quadratic_pa_s2_m6: Their curves.
        runout_m3_s: Where each curve ends at full speed [m^3/s].
        over_pa_s2_m6, reverse_pa_s2_m6: Steepness beyond it, and for reversed flow [Pa s^2/m^6].
        small_m6_s2: Square of the flow below which the square of flow acts like a linear term [m^6/s^2].
    """

    shutoff_pa: Array
    linear_pa_s_m3: Array
    quadratic_pa_s2_m6: Array
    runout_m3_s: Array
    over_pa_s2_m6: Array
    reverse_pa_s2_m6: Array
    small_m6_s2: Array

    @classmethod
    def of(cls, shutoff: Array, linear: Array, quadratic: Array) -> Self:
        """Return the pumps with these curves; names and units are those of ``pump_rise``."""
        runout = runout_flow(shutoff, linear, quadratic)
        steep = shutoff / runout**2
        return cls(
            shutoff, linear, quadratic, runout, RUNOUT_STEEPNESS_RATIO * steep,
            REVERSE_STEEPNESS_RATIO * steep, (SMALL_FLOW_RATIO * runout) ** 2,
        )  # fmt: skip

    def rise(self, flow_m3_s: Array, speed_ratio: Array) -> tuple[Array, Array, Array]:
        """Return rise [Pa] and its slopes in flow [Pa s/m^3] and speed [Pa] as ``pump_rise`` does."""
        shutoff, linear, quadratic, runout, over, reverse, small = self
        square, none = flow_m3_s * flow_m3_s, 0.0 * flow_m3_s
        soft = np.sqrt(square + small)
        excess = np.maximum(flow_m3_s - speed_ratio * runout, none)
        back = np.maximum(-flow_m3_s, none)
        beyond, turned = over * excess, reverse * back
        tilt, still = linear * flow_m3_s, speed_ratio * shutoff
        rise = speed_ratio * (still + tilt) + quadratic * soft * flow_m3_s - beyond * excess + turned * back
        by_flow = speed_ratio * linear + quadratic * (soft + square / soft) - 2.0 * (beyond + turned)
        return rise, by_flow, 2.0 * (still + beyond * runout) + tilt


def power_rise(
    flow_m3_s: Array, speed_ratio: Array, shutoff_pa: Array, power_pa: Array, exponent_ratio: Array
) -> tuple[Array, Array, Array]:
    """Return the rise n²·c0 - n^(2 - C)·b·Q^C of a pump and its slopes in flow and speed.

    The loss of rise is odd in flow.

    Args:
        flow_m3_s: Volume flow Q [m^3/s], shape (mover, variant), any sign.
        speed_ratio: Speed n over that of the curve [1], >= 0; 1e-3 at the least counts in the second term.
        shutoff_pa: Rise c0 at no flow and full speed [Pa].
        power_pa: Loss b of rise at 1 m³/s [Pa].
        exponent_ratio: Exponent C [1], > 0.

    Returns:
        Rise [Pa], slope in flow [Pa s/m^3] and slope in speed [Pa], shape (mover, variant).

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1, pump curves.
    """
    turning, share = np.maximum(speed_ratio, SLOWEST_RATIO), flow_m3_s / ONE_M3_S
    size = np.sqrt(share**2 + (TINY_M3_S / ONE_M3_S) ** 2)
    linear = power_pa * turning ** (2.0 - exponent_ratio) * size ** (exponent_ratio - 1.0)
    bent = linear / ONE_M3_S * (1.0 + (exponent_ratio - 1.0) * (share / size) ** 2)
    by_speed = 2.0 * speed_ratio * shutoff_pa - (2.0 - exponent_ratio) / turning * linear * share
    return speed_ratio**2 * shutoff_pa - linear * share, -bent, by_speed


def constant_power_rise(flow_m3_s: Array, power_w: Array) -> tuple[Array, Array]:
    """Return the rise of a pump that gives a constant hydraulic power, and its slope.

    Args:
        flow_m3_s: Volume flow [m^3/s], shape (mover, variant); below 1 mL/s the curve goes on straight.
        power_w: Hydraulic power [W], > 0.

    Returns:
        Rise [Pa] and slope in flow [Pa s/m^3], shape (mover, variant).

    Source:
        Power = rise · flow; as in L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1.
    """
    size = np.maximum(flow_m3_s, LEAST_M3_S)
    rise = power_w / size
    return rise * (1.0 - (flow_m3_s - size) / size), -rise / size


def pump_power(
    flow_m3_s: Array,
    rise_pa: Array,
    efficiency: Array,
    *,
    rated_power_w: Array,
    speed_ratio: Array,
    floor_fraction: float | Array = 0.5,
) -> Array:
    """Return the electric power of a pump or fan; at its rated point that is flow · rise / efficiency.

    At little flow the machine still draws ``floor_fraction`` of its rated power, times n³. The two add as
    sides of a right angle, so that neither jumps.

    Args:
        flow_m3_s: Volume flow [m^3/s], shape (mover, variant); reversed flow counts as none.
        rise_pa: Pressure rise [Pa]; a negative one counts as none.
        efficiency: Wire-to-water efficiency at the rated point [1], 0 to 1.
        rated_power_w: Electric power at the rated point [W], > 0.
        speed_ratio: Speed over rated speed [1], >= 0.
        floor_fraction: Share of rated power drawn at no flow and rated speed [1], 0 to 1.

    Returns:
        Electric power [W], shape (mover, variant), >= 0.

    Source:
        Hydraulic power over efficiency; floor 0.5 read off Wilo IL 80/220-4/4 (1905 W at 0.003 m³/s, 3593 W
        at 0.021 m³/s), lbl-srg/modelica-buildings, Fluid/Movers/Data/Pumps/Wilo. The blend is an assumption.
    """
    hydraulic = np.maximum(flow_m3_s, 0.0 * flow_m3_s) * np.maximum(rise_pa, 0.0 * rise_pa)
    floor = floor_fraction * rated_power_w * speed_ratio**3
    return np.sqrt((hydraulic / efficiency) ** 2 * (1.0 - floor_fraction**2) + floor**2)


def fan_power(
    speed_ratio: Array,
    rated_power_w: Array,
    *,
    exponent_ratio: float | Array = 2.7,
    fixed_fraction: float | Array = 0.04,
) -> Array:
    """Return the electric power of a fan in a fixed duct system over its speed.

    Args:
        speed_ratio: Speed over rated speed [1], shape (mover, variant), >= 0.
        rated_power_w: Electric power at rated speed [W], >= 0.
        exponent_ratio: Exponent of speed [1], 3 for the bare fan law.
        fixed_fraction: Share of rated power that the drive takes at any speed [1], 0 to 1.

    Returns:
        Electric power [W], shape (mover, variant).

    Source:
        Fan law P ~ n³, AMCA 201; exponent 2.7 and 4 % for EC drives are an assumption from practice (rec-M).
    """
    return rated_power_w * (fixed_fraction + (1.0 - fixed_fraction) * speed_ratio**exponent_ratio)


def fit_power(flow_m3_s: Array, rise_pa: Array) -> tuple[Array, Array, Array]:
    """Return c0, b, C of the curve c0 - b·Q^C through three points, the first of them at no flow.

    Args:
        flow_m3_s: Volume flow of each point [m^3/s], shape (..., point), rising from 0; three count.
        rise_pa: Rise of each point [Pa], shape (..., point), falling.

    Returns:
        Shut-off rise c0 [Pa], loss b of rise at 1 m³/s [Pa] and exponent C [1], shape (...); NaN where the
        points do not fall from no flow on.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1, pump curves.
    """
    share, head = flow_m3_s[..., :3] / ONE_M3_S, rise_pa[..., :3] / ONE_PA
    near, far, shutoff = share[..., 1], share[..., 2], head[..., 0]
    falls = (share[..., 0] == 0.0) & (near > 0.0) & (far > near)
    falls &= (shutoff > head[..., 1]) & (head[..., 1] > head[..., 2])
    least = np.where(falls, shutoff - head[..., 1], np.nan)
    most, near, far = (np.where(falls, x, np.nan) for x in (shutoff - head[..., 2], near, far))
    exponent = np.log(most / least) / np.log(far / near)
    return (shutoff + 0.0 * least) * ONE_PA, least / near**exponent * ONE_PA, exponent


def fit_curve(flow_m3_s: Array, rise_pa: Array) -> tuple[Array, Array, Array]:
    """Return c0, c1, c2 of the curve c0 + c1·Q + c2·Q² closest to the points of a data sheet.

    Args:
        flow_m3_s: Volume flow of each point [m^3/s], shape (..., point), three or more that differ; NaN pads.
        rise_pa: Rise of each point [Pa], shape (..., point).

    Returns:
        Shut-off rise [Pa], linear term [Pa s/m^3] and quadratic term [Pa s^2/m^6], shape (...); NaN where the
        points do not settle three numbers.

    Source:
        Least squares; G. Strang, Introduction to Linear Algebra, 5th ed., section 4.3.
    """
    known = np.isfinite(flow_m3_s) & np.isfinite(rise_pa)
    flow = np.where(known, flow_m3_s, np.zeros_like(flow_m3_s))
    rise = np.where(known, rise_pa, np.zeros_like(rise_pa))
    scale = np.maximum(np.abs(flow).max(axis=-1), TINY_M3_S)
    q = flow / scale[..., None]
    s0, s1, s2, s3, s4 = ((np.where(known, 1.0, 0.0) * q**power).sum(axis=-1) for power in range(5))
    r0, r1, r2 = ((rise * q**power).sum(axis=-1) for power in range(3))
    # Cramer's rule on the normal equations, with flow scaled to one.
    m0, m1, m2 = s2 * s4 - s3**2, s1 * s4 - s2 * s3, s1 * s3 - s2**2
    spread = s0 * m0 - s1 * m1 + s2 * m2
    settled = spread > 1e-12 * np.maximum(s0, 1.0) * np.maximum(s2 * s4, 1e-300)
    spread = np.where(settled, spread, np.nan)
    c0 = (r0 * m0 - r1 * m1 + r2 * m2) / spread
    c1 = (-r0 * m1 + r1 * (s0 * s4 - s2**2) - r2 * (s0 * s3 - s1 * s2)) / spread
    c2 = (r0 * m2 - r1 * (s0 * s3 - s1 * s2) + r2 * (s0 * s2 - s1**2)) / spread
    return c0, c1 / scale, c2 / scale**2


def peak_rise(shutoff_pa: Array, linear_pa_s_m3: Array, quadratic_pa_s2_m6: Array) -> Array:
    """Return the highest rise of a full-speed curve: at no flow, or farther on where it first climbs.

    Args:
        shutoff_pa: Rise at no flow [Pa], any shape.
        linear_pa_s_m3: Linear term of the curve [Pa s/m^3].
        quadratic_pa_s2_m6: Quadratic term of the curve [Pa s^2/m^6].

    Returns:
        Rise [Pa], broadcast shape; that at no flow for a curve that never falls.

    Source:
        Vertex of c0 + c1·Q + c2·Q², c0 - c1²/(4·c2).
    """
    climbs = (linear_pa_s_m3 > 0.0 * linear_pa_s_m3) & (quadratic_pa_s2_m6 < 0.0 * quadratic_pa_s2_m6)
    peak = shutoff_pa - linear_pa_s_m3**2 / (4.0 * np.where(climbs, quadratic_pa_s2_m6, np.nan))
    return np.where(climbs, peak, shutoff_pa)
