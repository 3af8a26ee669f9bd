"""Heat between a wall and the fluid that flows in a pipe or a channel."""

import numpy as np

from twin.arrays import Array
from twin.laws._polynomial import horner
from twin.laws.friction import darcy_factor

# Fully developed laminar flow in a round pipe: walls of one temperature, and of one heat flux.
LAMINAR_NUSSELT_RATIO = 3.66
LAMINAR_NUSSELT_OF_FLUX_RATIO = 48.0 / 11.0
LAMINAR_END, TURBULENT_BEGIN = 2300.0, 4000.0

_DUCT_NUSSELT = (1.0, -2.0421, 3.0853, -2.4765, 1.0578, -0.1861)
_DUCT_FRICTION = (1.0, -1.3553, 1.9467, -1.7012, 0.9564, -0.2537)


def duct_nusselt(aspect_ratio: Array) -> Array:
    """Return the Nusselt number of laminar flow in a rectangular channel, as cold plates have it.

    Heated by one flux along the channel, at one wall temperature around it (H1), fully developed.

    Args:
        aspect_ratio: Shorter over longer side [1], any shape, 0 to 1.

    Returns:
        Nusselt number over the hydraulic diameter [1], shape of the argument.

    Source:
        R. K. Shah and A. L. London, Laminar Flow Forced Convection in Ducts (1978), eq. 344.
    """
    return 8.235 * horner(_DUCT_NUSSELT, aspect_ratio)


def duct_friction(aspect_ratio: Array) -> Array:
    """Return the friction of laminar flow in a rectangular channel.

    Args:
        aspect_ratio: Shorter over longer side [1], any shape, 0 to 1.

    Returns:
        Fanning friction factor times Reynolds number, over the hydraulic diameter [1], shape of the argument.

    Source:
        R. K. Shah and A. L. London, Laminar Flow Forced Convection in Ducts (1978), eq. 341.
    """
    return 24.0 * horner(_DUCT_FRICTION, aspect_ratio)


def prandtl(heat_capacity_j_kgk: Array, viscosity_pa_s: Array, conductivity_w_mk: Array) -> Array:
    """Return the Prandtl number of a fluid.

    Args:
        heat_capacity_j_kgk: Specific heat [J/(kg K)], any shape, > 0.
        viscosity_pa_s: Dynamic viscosity [Pa s], > 0.
        conductivity_w_mk: Conductivity [W/(m K)], > 0.

    Returns:
        Prandtl number [1], broadcast shape.

    Source:
        Its definition; Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., table 6.2.
    """
    return heat_capacity_j_kgk * viscosity_pa_s / conductivity_w_mk


def turbulent_nusselt(reynolds_ratio: Array, prandtl_ratio: Array, darcy_ratio: Array) -> Array:
    """Return the Nusselt number of turbulent flow in a pipe.

    Args:
        reynolds_ratio: Reynolds number over the bore [1], any shape, 4000 to 5e6.
        prandtl_ratio: Prandtl number [1], 0.5 to 2000.
        darcy_ratio: Darcy friction factor [1], as of ``friction.darcy_factor``.

    Returns:
        Nusselt number over the bore [1], broadcast shape.

    Source:
        V. Gnielinski, Int. Chem. Eng. 16 (1976) 359; Incropera et al., 7th ed., eq. 8.62.
    """
    eighth = darcy_ratio / 8.0
    spread = 1.0 + 12.7 * np.sqrt(eighth) * (prandtl_ratio ** (2.0 / 3.0) - 1.0)
    return eighth * (reynolds_ratio - 1000.0) * prandtl_ratio / spread


def pipe_nusselt(reynolds_ratio: Array, prandtl_ratio: Array, roughness_ratio: Array) -> Array:
    """Return the Nusselt number of a pipe at any flow, fully developed, with a wall of one temperature.

    Args:
        reynolds_ratio: Reynolds number over the bore [1], any shape, >= 0.
        prandtl_ratio: Prandtl number [1], 0.5 to 2000.
        roughness_ratio: Roughness over bore [1], 0 to 0.05.

    Returns:
        Nusselt number over the bore [1], broadcast shape, without a step.

    Source:
        V. Gnielinski, Int. J. Heat Mass Transfer 63 (2013) 134: linear from 3.66 at a Reynolds number of 2300
        to ``turbulent_nusselt`` at 4000.
    """
    share = np.clip((reynolds_ratio - LAMINAR_END) / (TURBULENT_BEGIN - LAMINAR_END), 0.0, 1.0)
    fast = np.maximum(reynolds_ratio, TURBULENT_BEGIN)
    turbulent = turbulent_nusselt(fast, prandtl_ratio, darcy_factor(fast, roughness_ratio))
    return (1.0 - share) * LAMINAR_NUSSELT_RATIO + share * turbulent
