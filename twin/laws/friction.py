"""Pressure drop of flow in pipes and through measured parts: Darcy-Weisbach and fitted polynomials.

Every drop carries the sign of the flow, has its slope beside it and no corner at zero flow.
"""

from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np

from twin.arrays import Array

LAMINAR_END_RATIO = 2000.0
TURBULENT_START_RATIO = 4000.0
# Colebrook's law of friction ends here: a wall any rougher is no wall but an orifice.
ROUGHEST_RATIO = 0.05
# Below this Reynolds number a loss coefficient acts like a linear resistance, so that fittings without
# a pipe keep a slope at rest; the drop above Re 2000 is larger by less than 1.3e-7 of itself.
SMALL_REYNOLDS_RATIO = 1.0
# Below this volume flow (6 mL/min) the square of a measured curve acts like a linear resistance.
SMALL_FLOW_M3_S = 1e-7
ONE_M3_S = 1.0

TurbulentLaw = Callable[[Array, Array], tuple[Array, Array]]


def colebrook(reynolds_ratio: Array, roughness_ratio: Array) -> tuple[Array, Array]:
    """Return the Darcy friction factor of Colebrook to machine precision, and how its logarithm falls.

    Args:
        reynolds_ratio: Reynolds number [1], any shape, >= 100.
        roughness_ratio: Roughness height over inside diameter [1], 0 to 0.05.

    Returns:
        Friction factor [1] and d ln f / d ln Re [1], shape of the arguments, -1 to 0.

    Source:
        C. F. Colebrook, J. Inst. Civ. Eng. 11 (1939), eq. 16 with 3.7 and 2.51; solved by two steps of
        D. Clamond, Ind. Eng. Chem. Res. 48 (2009) 3665, algorithm 1.
    """
    rough = roughness_ratio * reynolds_ratio * (np.log(10.0) / (2.0 * 3.7 * 2.51))
    smooth = np.log(reynolds_ratio) - np.log(2.0 * 2.51 / np.log(10.0))
    x = smooth - 0.2
    for _ in range(2):
        total = rough + x
        error = (np.log(total) + x - smooth) / (1.0 + total)
        x = x - (1.0 + total + 0.5 * error) * error * total / (1.0 + total + error * (1.0 + error / 3.0))
    return (0.5 * np.log(10.0) / x) ** 2, -2.0 / (1.0 + rough + x)


def swamee_jain(reynolds_ratio: Array, roughness_ratio: Array) -> tuple[Array, Array]:
    """Return the explicit friction factor of Swamee and Jain, and how its logarithm falls.

    Args:
        reynolds_ratio: Reynolds number [1], any shape, 4000 to 1e8.
        roughness_ratio: Roughness height over inside diameter [1], 0 to 0.05.

    Returns:
        Friction factor [1] and d ln f / d ln Re [1], shape of the arguments, -1 to 0.

    Source:
        P. K. Swamee and A. K. Jain, J. Hydraul. Div. ASCE 102 (1976) 657; as used by EPANET 2.2.
    """
    thin = 5.74 * reynolds_ratio**-0.9
    inner = roughness_ratio / 3.7 + thin
    root = np.log(inner)
    return (0.5 * np.log(10.0) / root) ** 2, 1.8 * thin / (inner * root)


def _laminar_product(reynolds: Array, factor: Array, fall: Array) -> tuple[Array, Array]:
    """Return f·Re, continuous in value and slope, and d(f·Re)/d ln Re; ``factor`` holds at max(Re, 4000)."""
    product = factor * reynolds
    growth = product * (1.0 + fall)
    slow = reynolds < TURBULENT_START_RATIO
    if np.any(slow):
        slow_product, slow_growth = _slow_product(reynolds, factor, fall)
        product, growth = np.where(slow, slow_product, product), np.where(slow, slow_growth, growth)
    return product, growth


def _slow_product(reynolds: Array, factor: Array, fall: Array) -> tuple[Array, Array]:
    """Return f·Re below Re 4000, and d(f·Re)/d ln Re; ``factor`` holds at 4000."""
    width = TURBULENT_START_RATIO - LAMINAR_END_RATIO
    s = np.minimum(np.maximum((reynolds - LAMINAR_END_RATIO) / width, 0.0), 1.0)
    low, low_slope = 64.0 / LAMINAR_END_RATIO, -64.0 / LAMINAR_END_RATIO**2 * width
    high_slope = factor * fall / TURBULENT_START_RATIO * width
    gap = factor - low
    # Cubic Hermite from the end of the laminar line to the start of the turbulent law.
    square, cube = 3.0 * gap - 2.0 * low_slope - high_slope, low_slope + high_slope - 2.0 * gap
    middle = low + s * (low_slope + s * (square + s * cube))
    middle_fall = (low_slope + s * (2.0 * square + 3.0 * s * cube)) / width * reynolds
    laminar = reynolds <= LAMINAR_END_RATIO
    product = np.where(laminar, 64.0, middle * reynolds)
    return product, np.where(laminar, 0.0, product + middle_fall * reynolds)


def darcy_factor(reynolds_ratio: Array, roughness_ratio: Array) -> Array:
    """Return the Darcy friction factor of a pipe, laminar to turbulent.

    64/Re up to Re 2000, Colebrook from Re 4000, between them the cubic that meets both in value and slope.

    Args:
        reynolds_ratio: Reynolds number [1], any shape, > 0.
        roughness_ratio: Roughness height over inside diameter [1], 0 to 0.05.

    Returns:
        Friction factor [1], shape of the arguments, > 0.

    Source:
        Hagen-Poiseuille and Colebrook (see ``colebrook``); cubic as in EPANET 2.2 (Dunlop 1991).
    """
    factor, fall = colebrook(np.maximum(reynolds_ratio, TURBULENT_START_RATIO), roughness_ratio)
    return _laminar_product(reynolds_ratio, factor, fall)[0] / reynolds_ratio


def darcy_drop(  # noqa: PLR0917  hot path: the solvers pass columns in the order of the equation
    flow_kg_s: Array,
    length_m: Array,
    diameter_m: Array,
    roughness_m: Array,
    loss_ratio: Array,
    density_kg_m3: Array,
    viscosity_pa_s: Array,
    laminar_loss_ratio: Array | float = 0.0,
) -> tuple[Array, Array]:
    """Return the pressure drop of a round pipe with fittings and its slope in flow, friction by Colebrook.

    Args:
        flow_kg_s: Mass flow [kg/s], shape (branch, variant); the drop has its sign.
        length_m: Length [m], >= 0.
        diameter_m: Inside diameter [m], > 0.
        roughness_m: Roughness height [m], >= 0.
        loss_ratio: Sum of the loss coefficients on the velocity head in the pipe [1], >= 0.
        density_kg_m3: Density [kg/m^3], > 0.
        viscosity_pa_s: Dynamic viscosity [Pa s], > 0.
        laminar_loss_ratio: What a Reynolds number divides of the loss, K1 of the 2-K and 3-K methods [1].

    Returns:
        Drop [Pa] and slope [Pa s/kg], shape (branch, variant); the slope is > 0 where length or loss is.

    Source:
        Darcy-Weisbach; F. M. White, Fluid Mechanics, 7th ed., eq. 6.10 and 6.78.
    """
    pipe = Pipe.of(
        length_m, diameter_m, roughness_m, loss_ratio, density_kg_m3, viscosity_pa_s, laminar_loss_ratio
    )
    return pipe.drop(colebrook, flow_kg_s)


def darcy_drop_swamee_jain(  # noqa: PLR0917  as darcy_drop
    flow_kg_s: Array,
    length_m: Array,
    diameter_m: Array,
    roughness_m: Array,
    loss_ratio: Array,
    density_kg_m3: Array,
    viscosity_pa_s: Array,
    laminar_loss_ratio: Array | float = 0.0,
) -> tuple[Array, Array]:
    """Return the pressure drop of a round pipe and its slope with EPANET's friction factor.

    Args:
        flow_kg_s: Mass flow [kg/s], shape (branch, variant); the drop has its sign.
        length_m: Length [m], >= 0.
        diameter_m: Inside diameter [m], > 0.
        roughness_m: Roughness height [m], >= 0.
        loss_ratio: Sum of the loss coefficients on the velocity head in the pipe [1], >= 0.
        density_kg_m3: Density [kg/m^3], > 0.
        viscosity_pa_s: Dynamic viscosity [Pa s], > 0.
        laminar_loss_ratio: What a Reynolds number divides of the loss, K1 of the 2-K and 3-K methods [1].

    Returns:
        Drop [Pa] and slope [Pa s/kg], shape (branch, variant).

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1: 64/Re, Dunlop, Swamee-Jain.
    """
    pipe = Pipe.of(
        length_m, diameter_m, roughness_m, loss_ratio, density_kg_m3, viscosity_pa_s, laminar_loss_ratio
    )
    return pipe.drop(swamee_jain, flow_kg_s)


class Pipe(NamedTuple):
    """All that does not change with flow in the drop of pipes. Shapes: broadcast shape of its columns.

    Attributes:
        reynolds_s_kg: Reynolds number over mass flow [s/kg].
        roughness_ratio: Roughness height over inside diameter [1].
        rub_pa_s_kg: Drop by friction over f·Re and flow [Pa s/kg].
        local_pa_s2_kg2: Drop of fittings over the square of flow [Pa s^2/kg^2].
        viscous_pa_s_kg: Drop of their laminar part over flow [Pa s/kg].
        small_kg2_s2: Square of the flow below which fittings resist in proportion to it [kg^2/s^2].
    """

    reynolds_s_kg: Array
    roughness_ratio: Array
    rub_pa_s_kg: Array
    local_pa_s2_kg2: Array
    viscous_pa_s_kg: Array
    small_kg2_s2: Array

    @classmethod
    def of(  # noqa: PLR0917 - the columns of darcy_drop
        cls,
        length: Array,
        diameter: Array,
        roughness: Array,
        loss: Array,
        density: Array,
        viscosity: Array,
        laminar_loss: Array | float,
    ) -> Self:
        """Return the pipes with these columns; names and units are those of ``darcy_drop``."""
        head = 0.5 / (density * (np.pi / 4.0 * diameter**2) ** 2)  # drop = head · K · flow²
        unit = np.pi / 4.0 * diameter * viscosity  # flow at a Reynolds number of one
        return cls(
            1.0 / unit, roughness / diameter, head * unit * (length / diameter), head * loss,
            head * unit * laminar_loss, (SMALL_REYNOLDS_RATIO * unit) ** 2,
        )  # fmt: skip

    def drop(self, law: TurbulentLaw, flow_kg_s: Array) -> tuple[Array, Array]:
        """Return drop [Pa] and slope [Pa s/kg] as ``darcy_drop`` does, with a turbulent law of choice."""
        reynolds_s_kg, rough, rub, local, viscous, small = self
        size = np.abs(flow_kg_s)
        reynolds = size * reynolds_s_kg
        factor, fall = law(np.maximum(reynolds, TURBULENT_START_RATIO), rough)
        product, growth = _laminar_product(reynolds, factor, fall)
        square = size * size
        soft = np.sqrt(square + small)
        drop = (rub * product + local * soft + viscous) * flow_kg_s
        return drop, rub * (product + growth) + local * (soft + square / soft) + viscous


def polynomial_in(
    linear_pa_s_m3: Array, quadratic_pa_s2_m6: Array, density_ratio: Array, viscosity_ratio: Array
) -> tuple[Array, Array]:
    """Return the terms of a measured curve a·Q + b·Q² in another fluid.

    The linear term follows viscosity (laminar). The quadratic term follows density and, as the friction
    factor of a smooth turbulent channel does at equal flow, the fourth root of kinematic viscosity.

    Args:
        linear_pa_s_m3: Linear term of the measurement [Pa s/m^3], any shape, >= 0.
        quadratic_pa_s2_m6: Quadratic term of the measurement [Pa s^2/m^6], >= 0.
        density_ratio: Density of the fluid that flows over that of the measurement [1], > 0.
        viscosity_ratio: Its dynamic viscosity over that of the measurement [1], > 0.

    Returns:
        Linear term [Pa s/m^3] and quadratic term [Pa s^2/m^6], broadcast shape.

    Source:
        Hagen-Poiseuille for the linear term; Blasius f = 0.3164/Re^0.25 for the quadratic one (F. M. White,
        Fluid Mechanics, 7th ed., eq. 6.39). Splitting a measured curve like this is our assumption.
    """
    turbulent = density_ratio**0.75 * viscosity_ratio**0.25
    return linear_pa_s_m3 * viscosity_ratio, quadratic_pa_s2_m6 * turbulent


def polynomial_drop(  # noqa: PLR0917  as darcy_drop
    flow_kg_s: Array,
    linear_pa_s_m3: Array,
    quadratic_pa_s2_m6: Array,
    density_kg_m3: Array,
    density_ratio: Array,
    viscosity_ratio: Array,
) -> tuple[Array, Array]:
    """Return the drop of a part with a measured curve a·Q + b·Q², in another fluid, and its slope in flow.

    Args:
        flow_kg_s: Mass flow [kg/s], shape (branch, variant); the drop has its sign.
        linear_pa_s_m3: Linear term of the measurement [Pa s/m^3], >= 0.
        quadratic_pa_s2_m6: Quadratic term of the measurement [Pa s^2/m^6], >= 0.
        density_kg_m3: Density of the fluid that flows [kg/m^3], > 0.
        density_ratio: Its density over that of the measurement [1], > 0.
        viscosity_ratio: Its dynamic viscosity over that of the measurement [1], > 0.

    Returns:
        Drop [Pa] and slope [Pa s/kg], shape (branch, variant).

    Source:
        The terms by ``polynomial_in``.
    """
    linear, quadratic = polynomial_in(linear_pa_s_m3, quadratic_pa_s2_m6, density_ratio, viscosity_ratio)
    drop, slope = quadratic_drop(flow_kg_s / density_kg_m3, linear, quadratic)
    return drop, slope / density_kg_m3


def quadratic_drop(flow_m3_s: Array, linear_pa_s_m3: Array, quadratic_pa_s2_m6: Array) -> tuple[Array, Array]:
    """Return the drop a·Q + b·Q² of a passage with the sign of the flow, and its slope.

    Args:
        flow_m3_s: Volume flow Q [m^3/s], shape (branch, variant), any sign; below 6 mL/min b·Q² is linear.
        linear_pa_s_m3: Linear term a [Pa s/m^3], >= 0.
        quadratic_pa_s2_m6: Quadratic term b [Pa s^2/m^6], >= 0.

    Returns:
        Drop [Pa] and slope [Pa s/m^3], shape (branch, variant).

    Source:
        Definition of the curve.
    """
    square = flow_m3_s * flow_m3_s
    soft = np.sqrt(square + SMALL_FLOW_M3_S**2)
    drop = (linear_pa_s_m3 + quadratic_pa_s2_m6 * soft) * flow_m3_s
    return drop, linear_pa_s_m3 + quadratic_pa_s2_m6 * (soft + square / soft)


def power_drop(flow_m3_s: Array, power_pa: Array, exponent_ratio: Array) -> tuple[Array, Array]:
    """Return the drop power · |Q|^n of a passage with the sign of the flow, and its slope.

    Hazen-Williams (n 1.852), Manning (n 2) and emitters are of this form. Below 0.1 mL/s it is linear.

    Args:
        flow_m3_s: Volume flow Q [m^3/s], shape (branch, variant), any sign.
        power_pa: Drop at 1 m³/s [Pa], >= 0.
        exponent_ratio: Exponent n [1], >= 1.

    Returns:
        Drop [Pa] and slope [Pa s/m^3], shape (branch, variant).

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1, table 3.1.
    """
    share = flow_m3_s / ONE_M3_S
    size = np.sqrt(share**2 + (SMALL_FLOW_M3_S / ONE_M3_S) ** 2)
    linear = power_pa * size ** (exponent_ratio - 1.0)
    return linear * share, linear / ONE_M3_S * (1.0 + (exponent_ratio - 1.0) * (share / size) ** 2)


def fit_quadratic_through_zero(flow_m3_s: Array, drop_pa: Array) -> tuple[Array, Array]:
    """Return linear and quadratic term of the curve a·Q + b·Q² closest to measured points.

    Points with NaN are padding. A negative term is set to zero and the other one fitted alone, as is a
    single point (quadratic); no point gives zeros.

    Args:
        flow_m3_s: Volume flow of each point [m^3/s], shape (..., point).
        drop_pa: Pressure drop of each point [Pa], shape (..., point).

    Returns:
        Linear term [Pa s/m^3] and quadratic term [Pa s^2/m^6], shape (...), >= 0.

    Source:
        Least squares; G. Strang, Introduction to Linear Algebra, 5th ed., section 4.3.
    """
    known = np.isfinite(flow_m3_s) & np.isfinite(drop_pa)
    flow, drop = np.where(known, flow_m3_s, 0.0), np.where(known, drop_pa, 0.0)
    q2, q3, q4 = ((flow**power).sum(axis=-1) for power in (2, 3, 4))
    d1, d2 = (drop * flow).sum(axis=-1), (drop * flow**2).sum(axis=-1)
    spread = q2 * q4 - q3**2
    spread = np.where(spread > 1e-12 * q2 * q4, spread, np.nan)
    linear, quadratic = (d1 * q4 - d2 * q3) / spread, (d2 * q2 - d1 * q3) / spread
    some = q4 > 0.0 * q4
    alone = d1 / np.where(some, q2, np.nan), d2 / np.where(some, q4, np.nan)
    only_linear, only_quadratic = (np.where(fit > 0.0 * fit, fit, 0.0) for fit in alone)
    straight = quadratic < 0.0 * quadratic
    bent = ~straight & ~(linear >= 0.0 * linear)
    return (
        np.where(straight, only_linear, np.where(bent, 0.0, linear)),
        np.where(straight, 0.0, np.where(bent, only_quadratic, quadratic)),
    )
