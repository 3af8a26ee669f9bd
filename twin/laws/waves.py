"""Pressure waves in liquid-filled pipes: how fast they run, how high they are, and rigid columns.

A wall that gives makes the wave slower. Where a number is not certain the stiffer one is taken, because the
faster wave is the higher one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from twin.arrays import Array
from twin.laws import water
from twin.laws._polynomial import horner
from twin.laws.steel_pipe import INSIDE_MM, OUTSIDE_MM, sizes_of

FREEZING_K = 273.15
HOTTEST_K = 383.15
SPAN_K = 100.0
ONE_PA = 1.0
ONE_KG_M3 = 1.0
ONE_M = 1.0
ONE_KGM2 = 1.0
ONE_KILO_W = 1000.0
KILO_RPM_RAD_S = 104.71975511965977

# Powers of (T - 273.15 K) / 100 K.
_WATER_BULK = (1967456520.0, 1427756120.0, -1566085260.0, 546449990.0, -91933425.6)
_GLYCOL_BULK = (2615808680.0, -1074554580.0, 64755522.5, 20075875.8)
_GLYCOL_DENSITY = (1051.4788, -74.602681, -2.1225216, -1.63126285)
# Bores and walls of steel pipe Sch 10S from DN25 to DN600 [m].
_SIZES = tuple(size for size in sizes_of("10S") if OUTSIDE_MM[size] >= 30.0 and OUTSIDE_MM[size] < 620.0)
_BORES_M = tuple(1e-3 * INSIDE_MM[size, "10S"] for size in _SIZES)
_WALLS_M = tuple(0.5e-3 * (OUTSIDE_MM[size] - INSIDE_MM[size, "10S"]) for size in _SIZES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What a pipe or hose is made of.

    Attributes:
        modulus_n_m2: Young's modulus, the upper end of a published range [N/m^2].
        poisson_ratio: Poisson's ratio [1].
        evidence: Evidence class of the modulus.
        source: Where the modulus comes from.
    """

    modulus_n_m2: float
    poisson_ratio: float
    evidence: str
    source: str


_CALLISTER = "W. D. Callister, Fundamentals of Materials Science and Engineering, 3rd ed., tables B.2, B.3"
_DOWLING = "N. E. Dowling, Mechanical Behavior of Materials, 4th ed., table 5.2"
WALLS: Mapping[str, Wall] = MappingProxyType({
    "stainless_steel": Wall(
        modulus_n_m2=193e9, poisson_ratio=0.283, evidence="standard",
        source=f"{_CALLISTER}: 304, 316; {_DOWLING}",
    ),
    "carbon_steel": Wall(
        modulus_n_m2=207e9, poisson_ratio=0.293, evidence="standard",
        source=f"{_CALLISTER}: A36, 1020; {_DOWLING}",
    ),
    "copper": Wall(
        modulus_n_m2=130e9, poisson_ratio=0.343, evidence="standard",
        source=_DOWLING,
    ),
    "pvc": Wall(
        modulus_n_m2=4.14e9, poisson_ratio=0.38, evidence="standard", source=f"{_CALLISTER}: 2.41 to 4.14"
    ),
    "pp": Wall(
        modulus_n_m2=1.55e9, poisson_ratio=0.40, evidence="standard",
        source=f"{_CALLISTER}: 1.14 to 1.55; Poisson's ratio 0.4 is an assumption",
    ),
    "ptfe": Wall(
        modulus_n_m2=0.55e9, poisson_ratio=0.46, evidence="standard",
        source=f"{_CALLISTER}: 0.40 to 0.55; a bare liner, without a braid of steel wire",
    ),
    "rubber": Wall(
        modulus_n_m2=0.1e9, poisson_ratio=0.50, evidence="assumption",
        source="assumption: 0.1 kN/mm2, ten times a soft rubber; a plain wall without reinforcement",
    ),
    "epdm": Wall(
        modulus_n_m2=0.5e9, poisson_ratio=0.50, evidence="assumption",
        source="assumption: 0.5 kN/mm2 for EPDM with textile inserts, of which 5 % by section at 10 kN/mm2",
    ),
    "steel_wire_hose": Wall(
        modulus_n_m2=5e9, poisson_ratio=0.50, evidence="assumption",
        source="assumption: 5 kN/mm2 for rubber or PTFE with a braid of steel wire, 2.5 % of the section",
    ),
})  # fmt: skip
"""Materials of walls by the word that stands on the stage."""


def water_bulk_modulus(temperature_k: Array) -> Array:
    """Return how stiff liquid water is: density times the square of the speed of sound.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 383.15; the ends hold beyond.

    Returns:
        Isentropic bulk modulus [Pa], shape of the argument.

    Source:
        Our fit to IAPWS R6-95(2018) at 0.3 MPa, CoolProp 8.0.0; greatest error 9e-6.
    """
    return horner(_WATER_BULK, _reduced(temperature_k)) * ONE_PA


def glycol_bulk_modulus(temperature_k: Array, mass_fraction: Array) -> Array:
    """Return how stiff a mixture of water and propylene glycol is.

    The compressibilities of both add up by volume. That is an assumption: real mixtures are somewhat stiffer,
    and the wave in them a few percent faster.

    Args:
        temperature_k: Temperature [K], any shape, 273.15 to 373.15; the ends hold beyond.
        mass_fraction: Mass of glycol over mass of mixture [1], 0 to 0.6.

    Returns:
        Isentropic bulk modulus [Pa], broadcast shape.

    Source:
        Our fit to T. Eisenbach et al., J. Phys. Chem. Ref. Data 50 (2021), doi 10.1063/5.0050021, at
        0.3 MPa, CoolProp 8.0.0; greatest error 4e-4. Mixing by volume: A. B. Wood, A Textbook of Sound.
    """
    reduced = _reduced(temperature_k)
    glycol = mass_fraction / (horner(_GLYCOL_DENSITY, reduced) * ONE_KG_M3)
    thin = (1.0 - mass_fraction) / water.density(temperature_k)
    share = glycol / (glycol + thin)
    stiff = horner(_GLYCOL_BULK, reduced) * ONE_PA
    return 1.0 / (share / stiff + (1.0 - share) / water_bulk_modulus(temperature_k))


def _reduced(temperature: Array) -> Array:
    return (np.minimum(np.maximum(temperature, FREEZING_K), HOTTEST_K) - FREEZING_K) / SPAN_K


def restraint_factor(diameter_m: Array, wall_m: Array, poisson_ratio: Array, restraint_index: Array) -> Array:
    """Return what restraint along the pipe makes of its hoop stretch, for walls of any thickness.

    Args:
        diameter_m: Inside diameter [m], any shape, > 0.
        wall_m: Thickness of the wall [m], > 0.
        poisson_ratio: Poisson's ratio of the wall [1], 0 to 0.5.
        restraint_index: 0 anchored throughout, 1 anchored at the upstream end only, 2 expansion joints [1].

    Returns:
        Factor c1 [1], broadcast shape; 1 - nu^2, 1 - nu/2 and 1 for a thin wall.

    Source:
        E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993: thick-walled pipes.
    """
    held = np.where(
        restraint_index == 0, 1.0 - poisson_ratio**2,
        np.where(restraint_index == 1, 1.0 - 0.5 * poisson_ratio, 1.0),
    )  # fmt: skip
    thick = 2.0 * wall_m / diameter_m * (1.0 + poisson_ratio)
    return thick + diameter_m / (diameter_m + wall_m) * held


def schedule_wall(diameter_m: Array) -> Array:
    """Return the wall of steel pipe Sch 10S with that bore, straight between sizes.

    Args:
        diameter_m: Inside diameter [m], any shape; beyond DN25 and DN600 the wall is that of the end.

    Returns:
        Thickness [m], shape of the argument.

    Source:
        ASME B36.19M-2018, Sch 10S.
    """
    return np.interp(diameter_m / ONE_M, _BORES_M, _WALLS_M) * ONE_M


def wall_stretch(diameter_m: Array, wall_m: Array, modulus_n_m2: Array, factor_ratio: Array) -> Array:
    """Return by which share the bore of a pipe grows per pressure.

    Args:
        diameter_m: Inside diameter [m], any shape, > 0.
        wall_m: Thickness of the wall [m], > 0.
        modulus_n_m2: Young's modulus of the wall [N/m^2], > 0.
        factor_ratio: Restraint factor c1 [1].

    Returns:
        Relative growth of the area per pressure [1/Pa], broadcast shape.

    Source:
        D. J. Korteweg, Ann. Phys. 241 (1878) 525; E. B. Wylie and V. L. Streeter, Fluid Transients in
        Systems, 1993: c1·D/(E·e).
    """
    return factor_ratio * diameter_m / (modulus_n_m2 * wall_m)


def wave_speed(density_kg_m3: Array, bulk_modulus_pa: Array, stretch_per_pa: Array) -> Array:
    """Return how fast a pressure wave runs along a pipe full of liquid.

    Args:
        density_kg_m3: Density of the liquid [kg/m^3], any shape, > 0.
        bulk_modulus_pa: Its bulk modulus [Pa], > 0.
        stretch_per_pa: Relative growth of the bore per pressure [1/Pa], >= 0; 0 for a rigid wall.

    Returns:
        Wave speed [m/s], broadcast shape.

    Source:
        E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993, ch. 1.
    """
    return np.sqrt(1.0 / (density_kg_m3 * (1.0 / bulk_modulus_pa + stretch_per_pa)))


def joukowsky_rise(density_kg_m3: Array, wave_m_s: Array, stopped_m_s: Array) -> Array:
    """Return how far pressure rises where a stream is stopped faster than its wave comes back.

    Args:
        density_kg_m3: Density of the liquid [kg/m^3], any shape.
        wave_m_s: Wave speed [m/s].
        stopped_m_s: Speed taken from the stream [m/s].

    Returns:
        Rise [Pa], broadcast shape.

    Source:
        N. Joukowsky, Mem. Acad. Imp. Sci. St.-Petersbourg 9 (1898); E. B. Wylie and V. L. Streeter, Fluid
        Transients in Systems, 1993, ch. 1.
    """
    return density_kg_m3 * wave_m_s * stopped_m_s


def critical_time(length_m: Array, wave_m_s: Array) -> Array:
    """Return how long a wave takes to the end of a pipe and back; what closes faster is instantaneous.

    Args:
        length_m: Length of the pipe [m], any shape.
        wave_m_s: Wave speed [m/s], > 0.

    Returns:
        Time 2L/a [s], broadcast shape.

    Source:
        E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993, ch. 1.
    """
    return 2.0 * length_m / wave_m_s


def column_rise(density_kg_m3: Array, length_m: Array, stopped_m_s: Array, closing_s: Array) -> Array:
    """Return the pressure that slows a rigid column down evenly.

    Args:
        density_kg_m3: Density of the liquid [kg/m^3], any shape.
        length_m: Length of the column [m].
        stopped_m_s: Speed taken from it [m/s].
        closing_s: In which time [s], > 0.

    Returns:
        Pressure [Pa], broadcast shape.

    Source:
        Newton's second law; E. B. Wylie and V. L. Streeter, Fluid Transients in Systems, 1993, ch. 1.
    """
    return density_kg_m3 * length_m * stopped_m_s / closing_s


def closing_rise(
    density_kg_m3: Array, length_m: Array, wave_m_s: Array, *, stopped_m_s: Array, closing_s: Array
) -> Array:
    """Return a bound of the rise before a valve that closes evenly: Joukowsky's, or Michaud's when slower.

    Args:
        density_kg_m3: Density of the liquid [kg/m^3], any shape.
        length_m: Length of the pipe [m].
        wave_m_s: Wave speed [m/s], > 0.
        stopped_m_s: Speed taken from the stream [m/s].
        closing_s: Time of closing [s], >= 0.

    Returns:
        Rise [Pa], broadcast shape.

    Source:
        J. Michaud, Bull. Soc. Vaud. Ing. Arch. 1878, 2·rho·L·V/T beyond the critical time; below it
        ``joukowsky_rise``.
    """
    critical = critical_time(length_m, wave_m_s)
    share = critical / np.maximum(closing_s, critical)
    return joukowsky_rise(density_kg_m3, wave_m_s, stopped_m_s) * share


def establishment_time(length_m: Array, final_m_s: Array, speed_m_s: Array, drive_j_kg: Array) -> Array:
    """Return when a rigid column that starts from rest has reached a speed.

    Args:
        length_m: Length of the column, local losses as equivalent length [m], any shape.
        final_m_s: Speed that it reaches in the end [m/s], > 0.
        speed_m_s: Speed reached [m/s], 0 to below the final one.
        drive_j_kg: Constant driving pressure over density [J/kg], > 0.

    Returns:
        Time [s], broadcast shape.

    Source:
        V. L. Streeter and E. B. Wylie, Fluid Mechanics, establishment of flow:
        t = L·V0/(2gH)·ln((V0 + V)/(V0 - V)).
    """
    ratio = (final_m_s + speed_m_s) / (final_m_s - speed_m_s)
    return length_m * final_m_s / (2.0 * drive_j_kg) * np.log(ratio)


def spin_energy(inertia_kgm2: Array, speed_rad_s: Array) -> Array:
    """Return the energy of a turning mass.

    Args:
        inertia_kgm2: Moment of inertia of rotor, shaft and coupling [kg m^2], any shape, >= 0.
        speed_rad_s: Angular speed [rad/s].

    Returns:
        Energy [J], broadcast shape.

    Source:
        Definition of the moment of inertia.
    """
    return 0.5 * inertia_kgm2 * speed_rad_s**2


def pump_inertia(power_w: Array, speed_rad_s: Array) -> Array:
    """Return a usual moment of inertia of a pump with its motor.

    Args:
        power_w: Shaft power at the best point [W], any shape, > 0.
        speed_rad_s: Rated speed [rad/s], > 0.

    Returns:
        Moment of inertia of impeller, entrained water, shaft and rotor [kg m^2], broadcast shape.

    Source:
        A. R. D. Thorley, Fluid Transients in Pipeline Systems, 2nd ed.: 0.03768 (P/N^3)^0.9556 of the pump
        and 0.0043 (P/N)^1.48 of the motor, P in kW, N in 1000 rpm.
    """
    power, speed = power_w / ONE_KILO_W, speed_rad_s / KILO_RPM_RAD_S
    return (0.03768 * (power / speed**3) ** 0.9556 + 0.0043 * (power / speed) ** 1.48) * ONE_KGM2
