"""Properties of whatever flows in a branch: water, propylene glycol in water, or moist air.

The number of a fluid is that of ``twin.model.element.Fluid``. Air is an ideal gas whose specific heat is
constant; its ``mass_fraction`` is the mass of vapour over the mass of moist air.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws import glycol, water

WATER = 0
PROPYLENE_GLYCOL = 1
AIR = 2

ZERO_ENTHALPY_K = 273.15
STANDARD_PA = 101325.0
# Dry air and water vapour, ASHRAE Handbook Fundamentals 2021, chapter 1: R/M and specific heats.
DRY_AIR_GAS_J_KGK = 287.042
VAPOUR_GAS_J_KGK = 461.524
DRY_AIR_HEAT_J_KGK = 1006.0
VAPOUR_HEAT_J_KGK = 1860.0
SUTHERLAND_PA_S = 1.716e-5
SUTHERLAND_BASE_K = 273.15
SUTHERLAND_K = 110.4
CONDUCTIVITY_W_MK = 0.02414
CONDUCTIVITY_K = 194.4
COLDEST_AIR_K = 200.0
HOTTEST_AIR_K = 400.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Properties:
    """Properties of the fluid in each branch, shape (branch, variant).

    Attributes:
        density_kg_m3: Density [kg/m^3].
        heat_capacity_j_kgk: Specific heat [J/(kg K)].
        conductivity_w_mk: Thermal conductivity [W/(m K)].
        viscosity_pa_s: Dynamic viscosity [Pa s].
        enthalpy_j_kg: Specific enthalpy [J/kg], zero at 273.15 K.
    """

    density_kg_m3: Array
    heat_capacity_j_kgk: Array
    conductivity_w_mk: Array
    viscosity_pa_s: Array
    enthalpy_j_kg: Array


def air_density(temperature_k: Array, mass_fraction: Array, pressure_pa: Array) -> Array:
    """Return the density of moist air.

    Args:
        temperature_k: Temperature [K], any shape, > 0.
        mass_fraction: Mass of vapour over mass of moist air [1], 0 to 0.1.
        pressure_pa: Absolute pressure [Pa], > 0.

    Returns:
        Density [kg/m^3], broadcast shape.

    Source:
        Ideal gas mixture; ASHRAE Handbook Fundamentals 2021, chapter 1, eq. 11 and 12.
    """
    gas = DRY_AIR_GAS_J_KGK + mass_fraction * (VAPOUR_GAS_J_KGK - DRY_AIR_GAS_J_KGK)
    return pressure_pa / (gas * np.maximum(temperature_k, 0.5 * ZERO_ENTHALPY_K))


def air_heat_capacity(mass_fraction: Array) -> Array:
    """Return the specific heat of moist air at constant pressure.

    Args:
        mass_fraction: Mass of vapour over mass of moist air [1], 0 to 0.1.

    Returns:
        Specific heat [J/(kg K)], shape of the argument.

    Source:
        ASHRAE Handbook Fundamentals 2021, chapter 1, eq. 30: 1.006 and 1.860 kJ/(kg K).
    """
    return DRY_AIR_HEAT_J_KGK + mass_fraction * (VAPOUR_HEAT_J_KGK - DRY_AIR_HEAT_J_KGK)


def air_viscosity(temperature_k: Array) -> Array:
    """Return the dynamic viscosity of air.

    Args:
        temperature_k: Temperature [K], any shape, 200 to 600.

    Returns:
        Viscosity [Pa s], shape of the argument.

    Source:
        Sutherland's law; F. M. White, Viscous Fluid Flow, 3rd ed., table 1-2 (1.716e-5 Pa s, 273 K, 111 K).
    """
    warm = np.maximum(temperature_k, 0.5 * ZERO_ENTHALPY_K)
    ratio = warm / SUTHERLAND_BASE_K
    return SUTHERLAND_PA_S * ratio**1.5 * (SUTHERLAND_BASE_K + SUTHERLAND_K) / (warm + SUTHERLAND_K)


def air_conductivity(temperature_k: Array) -> Array:
    """Return the thermal conductivity of air.

    Args:
        temperature_k: Temperature [K], any shape, 200 to 600.

    Returns:
        Conductivity [W/(m K)], shape of the argument.

    Source:
        Sutherland's law; F. M. White, Viscous Fluid Flow, 3rd ed., table 1-3 (0.0241 W/(m K), 273 K, 194 K).
    """
    warm = np.maximum(temperature_k, 0.5 * ZERO_ENTHALPY_K)
    ratio = warm / SUTHERLAND_BASE_K
    return CONDUCTIVITY_W_MK * ratio**1.5 * (SUTHERLAND_BASE_K + CONDUCTIVITY_K) / (warm + CONDUCTIVITY_K)


def air_enthalpy(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return the sensible enthalpy of moist air, zero at 273.15 K.

    Args:
        temperature_k: Temperature [K], any shape.
        mass_fraction: Mass of vapour over mass of moist air [1], 0 to 0.1.

    Returns:
        Enthalpy [J/kg], broadcast shape, without the latent heat of the vapour.

    Source:
        Integral of ``air_heat_capacity``.
    """
    return air_heat_capacity(mass_fraction) * (temperature_k - ZERO_ENTHALPY_K)


def properties(
    fluid_index: Index, mass_fraction: Array, temperature_k: Array, pressure_pa: float | Array = STANDARD_PA
) -> Properties:
    """Return the properties of the fluid in each branch.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).
        pressure_pa: Absolute pressure of air [Pa], scalar or broadcast to (branch, variant).

    Returns:
        Properties with the units of their names, shape (branch, variant).

    Source:
        ``twin.laws.water``, ``twin.laws.glycol`` and the air laws of this module.
    """
    return Properties(
        density_kg_m3=density(fluid_index, mass_fraction, temperature_k, pressure_pa),
        heat_capacity_j_kgk=heat_capacity(fluid_index, mass_fraction, temperature_k),
        conductivity_w_mk=_each(
            fluid_index, (temperature_k, mass_fraction),
            lambda t, _x: water.conductivity(t), glycol.conductivity, lambda t, _x: air_conductivity(t),
        ),
        viscosity_pa_s=viscosity(fluid_index, mass_fraction, temperature_k),
        enthalpy_j_kg=enthalpy(fluid_index, mass_fraction, temperature_k),
    )  # fmt: skip


def density(
    fluid_index: Index, mass_fraction: Array, temperature_k: Array, pressure_pa: float | Array = STANDARD_PA
) -> Array:
    """Return the density of the fluid in each branch.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).
        pressure_pa: Absolute pressure of air [Pa], scalar or broadcast to (branch, variant).

    Returns:
        Density [kg/m^3], shape (branch, variant).

    Source:
        ``twin.laws.water``, ``twin.laws.glycol`` and ``air_density``.
    """
    return _each(
        fluid_index, (temperature_k, mass_fraction, pressure_pa),
        lambda t, _x, _p: water.density(t), lambda t, x, _p: glycol.density(t, x), air_density,
    )  # fmt: skip


def heat_capacity(fluid_index: Index, mass_fraction: Array, temperature_k: Array) -> Array:
    """Return the specific heat of the fluid in each branch.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).

    Returns:
        Specific heat [J/(kg K)], shape (branch, variant).

    Source:
        ``twin.laws.water``, ``twin.laws.glycol`` and ``air_heat_capacity``.
    """
    return _each(
        fluid_index, (temperature_k, mass_fraction),
        lambda t, _x: water.heat_capacity(t), glycol.heat_capacity, lambda _t, x: air_heat_capacity(x),
    )  # fmt: skip


def viscosity(fluid_index: Index, mass_fraction: Array, temperature_k: Array) -> Array:
    """Return the dynamic viscosity of the fluid in each branch.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).

    Returns:
        Viscosity [Pa s], shape (branch, variant).

    Source:
        ``twin.laws.water``, ``twin.laws.glycol`` and ``air_viscosity``.
    """
    return _each(
        fluid_index, (temperature_k, mass_fraction),
        lambda t, _x: water.viscosity(t), glycol.viscosity, lambda t, _x: air_viscosity(t),
    )  # fmt: skip


def enthalpy(fluid_index: Index, mass_fraction: Array, temperature_k: Array) -> Array:
    """Return the specific enthalpy of the fluid in each branch, zero at 273.15 K.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).

    Returns:
        Enthalpy [J/kg], shape (branch, variant).

    Source:
        ``twin.laws.water``, ``twin.laws.glycol`` and ``air_enthalpy``.
    """
    return _each(
        fluid_index, (temperature_k, mass_fraction),
        lambda t, _x: water.enthalpy(t), glycol.enthalpy, air_enthalpy,
    )  # fmt: skip


def temperature(fluid_index: Index, mass_fraction: Array, enthalpy_j_kg: Array) -> Array:
    """Return the temperature at an enthalpy; the inverse of ``enthalpy`` to 1e-12 of itself.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        enthalpy_j_kg: Specific enthalpy [J/kg], shape (branch, variant), zero at 273.15 K.

    Returns:
        Temperature [K], shape (branch, variant).

    Source:
        Newton's method on the enthalpies of ``twin.laws.water`` and ``twin.laws.glycol``; air is linear.
    """
    return _each(
        fluid_index, (enthalpy_j_kg, mass_fraction),
        lambda h, _x: water.temperature(h), glycol.temperature,
        lambda h, x: ZERO_ENTHALPY_K + h / air_heat_capacity(x),
    )  # fmt: skip


def in_range(fluid_index: Index, mass_fraction: Array, temperature_k: Array) -> Flags:
    """Return whether the correlations of each branch's fluid hold.

    Args:
        fluid_index: Water 0, propylene glycol 1, air 2 [1], shape (branch,) or (branch, 1).
        mass_fraction: Glycol in the mixture, or vapour in moist air [1], broadcast to (branch, variant).
        temperature_k: Temperature [K], shape (branch, variant).

    Returns:
        True inside the range, shape (branch, variant).

    Source:
        ``in_range`` of ``twin.laws.water`` and ``twin.laws.glycol``; air 200 to 400 K.
    """
    inside = _each(
        fluid_index, (temperature_k, mass_fraction),
        lambda t, _x: np.where(water.in_range(t), 1.0, 0.0),
        lambda t, x: np.where(glycol.in_range(t, x), 1.0, 0.0),
        lambda t, _x: np.where((t > COLDEST_AIR_K) & (t < HOTTEST_AIR_K), 1.0, 0.0),
    )  # fmt: skip
    return inside > 0.0


def _each(fluid: Index, inputs: tuple[Array | float, ...], *laws: Callable[..., Array]) -> Array:
    """Return each branch's law on its own rows, in the shape that the inputs broadcast to."""
    kinds = np.ravel(fluid)
    given = [np.asarray(values, dtype=np.float64) for values in inputs]
    shape = np.broadcast_shapes(*(values.shape for values in given))
    present = [number for number in range(len(laws)) if np.any(kinds == number)]
    if len(present) == 1:
        return np.array(np.broadcast_to(laws[present[0]](*map(_one_for_all, given)), shape))
    out = np.full(shape, np.nan)
    for number in present:
        rows = np.flatnonzero(kinds == number)
        picked = (values[rows] if values.ndim and len(values) == len(kinds) else values for values in given)
        out[rows] = laws[number](*map(_one_for_all, picked))
    return out


def _one_for_all(values: Array) -> Array:
    """Return one row where all are the same: most fluids have one mixture, and its coefficients cost most."""
    alike = values.ndim == 2 and values.shape[1] == 1 < len(values) and bool((values == values[0]).all())
    return values[:1] if alike else values
