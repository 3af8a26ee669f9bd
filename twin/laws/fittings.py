"""Loss coefficients of pipe fittings and valves, and the drop of a valve of known flow coefficient."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from twin.arrays import Array

INCH_M = 0.0254
BAR_PA = 1e5
PSI_PA = 6894.757293168361
# Kv is told for water of 15 °C: IEC 60534-2-1, where its relative density is one.
KV_DENSITY_KG_M3 = 999.1
# Below this share of Kv (at 1 bar) the square of flow acts like a linear resistance.
SMALL_KV_RATIO = 1e-6


class Darby(NamedTuple):
    """Constants of the 3-K method: K = K1/Re + Ki·(1 + Kd/D^0.3), D in inches."""

    k1_ratio: float
    ki_ratio: float
    kd_ratio: float


class Hooper(NamedTuple):
    """Constants of the 2-K method: K = K1/Re + Ki·(1 + 1/D), D in inches."""

    k1_ratio: float
    ki_ratio: float


# Crane's friction factors are those of clean commercial steel, roughness 0.0018 in.
STEEL_ROUGHNESS_M = 0.0018 * INCH_M

# R. Darby, Chem. Eng. 106 (1999) 101; as in CalebBell/fluids@091070e, fittings.py.
DARBY: Mapping[str, Darby] = MappingProxyType(
    {
        "elbow 90, r/D 1, flanged": Darby(800.0, 0.091, 4.0),
        "elbow 90, r/D 1.5, threaded": Darby(800.0, 0.071, 4.2),
        "elbow 45, long radius": Darby(500.0, 0.052, 4.0),
        "tee branch, flanged": Darby(800.0, 0.28, 4.0),
        "tee run, flanged": Darby(150.0, 0.05, 4.0),
        "gate valve": Darby(300.0, 0.037, 3.9),
        "ball valve": Darby(300.0, 0.017, 3.5),
        "globe valve": Darby(1500.0, 1.7, 3.6),
        "diaphragm valve": Darby(1000.0, 0.69, 4.9),
        "swing check valve": Darby(1500.0, 0.46, 4.0),
    }
)

# W. B. Hooper, Chem. Eng. 88 (1981) 96; as in CalebBell/fluids@091070e, fittings.py.
HOOPER: Mapping[str, Hooper] = MappingProxyType(
    {
        "elbow 90, long radius": Hooper(800.0, 0.2),
        "elbow 90, standard, flanged": Hooper(800.0, 0.25),
        "elbow 45, standard": Hooper(500.0, 0.2),
        "elbow 45, long radius": Hooper(500.0, 0.15),
        "tee branch, flanged": Hooper(800.0, 0.8),
        "tee run, flanged": Hooper(150.0, 0.05),
        "gate, ball or plug valve, full bore": Hooper(300.0, 0.1),
        "globe valve": Hooper(1500.0, 4.0),
        "butterfly valve": Hooper(800.0, 0.25),
        "tilting check valve": Hooper(1000.0, 0.5),
        "swing check valve": Hooper(1500.0, 1.5),
    }
)

# Equivalent lengths over diameter, n of K = n·fT: Crane TP-410 (2009), as in CalebBell/fluids@091070e;
# tees as the Ansul Inergen manual has them of Crane (1957), p. A-30; "elbow 45" recalled (assumption).
CRANE: Mapping[str, float] = MappingProxyType(
    {
        "elbow 90, r/D 1, flanged": 20.0,
        "elbow 90, r/D 1.5, flanged": 14.0,
        "elbow 90, threaded": 30.0,
        "elbow 45": 16.0,
        "mitre bend 90": 60.0,
        "tee run": 20.0,
        "tee branch": 60.0,
        "gate valve": 8.0,
        "ball valve": 3.0,
        "globe valve": 340.0,
        "angle valve": 150.0,
        "lift check valve": 600.0,
    }
)


def darby_loss(
    reynolds_ratio: Array, diameter_m: Array, k1_ratio: Array, ki_ratio: Array, kd_ratio: Array
) -> Array:
    """Return the loss coefficient of a fitting by Darby's 3-K method.

    Args:
        reynolds_ratio: Reynolds number in the pipe [1], any shape, > 0.
        diameter_m: Inside diameter [m], > 0.
        k1_ratio: Laminar constant K1 [1].
        ki_ratio: Turbulent constant Ki [1].
        kd_ratio: Size constant Kd [1].

    Returns:
        Loss coefficient [1], broadcast shape, > 0.

    Source:
        R. Darby, Chem. Eng. 106 (1999) 101; constants in ``DARBY``.
    """
    return k1_ratio / reynolds_ratio + ki_ratio * (1.0 + kd_ratio * (diameter_m / INCH_M) ** -0.3)


def hooper_loss(reynolds_ratio: Array, diameter_m: Array, k1_ratio: Array, ki_ratio: Array) -> Array:
    """Return the loss coefficient of a fitting by Hooper's 2-K method.

    Args:
        reynolds_ratio: Reynolds number in the pipe [1], any shape, > 0.
        diameter_m: Inside diameter [m], > 0.
        k1_ratio: Laminar constant K1 [1].
        ki_ratio: Turbulent constant of a large fitting [1].

    Returns:
        Loss coefficient [1], broadcast shape, > 0.

    Source:
        W. B. Hooper, Chem. Eng. 88 (1981) 96; constants in ``HOOPER``.
    """
    return k1_ratio / reynolds_ratio + ki_ratio * (1.0 + INCH_M / diameter_m)


def full_turbulence_factor(diameter_m: Array) -> Array:
    """Return Crane's fT: the Darcy friction factor of clean steel in fully turbulent flow.

    Args:
        diameter_m: Inside diameter [m], any shape, > 0.

    Returns:
        Friction factor [1], shape of the argument, 0.010 to 0.027 for 1/2 to 36 in.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e quotes it in ft_Crane: Colebrook at
        infinite Reynolds number. Crane's own table has two digits and is up to 2 % off it.
    """
    factor: Array = (2.0 * np.log10(3.7 * diameter_m / STEEL_ROUGHNESS_M)) ** -2.0
    return factor


def crane_loss(equivalent_ratio: Array, diameter_m: Array) -> Array:
    """Return the loss coefficient of a fitting of known equivalent length by Crane's method.

    Args:
        equivalent_ratio: Equivalent length over diameter [1], any shape; constants in ``CRANE``.
        diameter_m: Inside diameter of the pipe [m], > 0.

    Returns:
        Loss coefficient [1], broadcast shape; the same at every Reynolds number.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e has it: K = n·fT.
    """
    loss: Array = equivalent_ratio * full_turbulence_factor(diameter_m)
    return loss


def equivalent_length(loss_ratio: Array, friction_ratio: Array, diameter_m: Array) -> Array:
    """Return the length of pipe that loses as much as a fitting.

    Args:
        loss_ratio: Loss coefficient [1], any shape.
        friction_ratio: Darcy friction factor of the pipe [1], > 0.
        diameter_m: Inside diameter of the pipe [m], > 0.

    Returns:
        Length [m], broadcast shape.

    Source:
        Darcy-Weisbach, K = f·L/D; Crane Technical Paper 410 (2009).
    """
    length: Array = loss_ratio * diameter_m / friction_ratio
    return length


def contraction_loss(bore_ratio: Array, half_angle_rad: Array) -> Array:
    """Return the loss coefficient of a contraction, on the velocity in the small pipe.

    Args:
        bore_ratio: Small over large diameter [1], any shape, 0 to 1.
        half_angle_rad: Half the included angle of the cone [rad], 0 to π/2; π/2 is a sudden contraction.

    Returns:
        Loss coefficient [1], broadcast shape, 0 to 0.5.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e has it, contraction_conical_Crane.
    """
    sine, step = np.sin(half_angle_rad), 1.0 - bore_ratio**2
    loss: Array = step * np.where(half_angle_rad <= np.pi / 8.0, 0.8 * sine, 0.5 * np.sqrt(sine))
    return loss


def enlargement_loss(bore_ratio: Array, half_angle_rad: Array) -> Array:
    """Return the loss coefficient of an enlargement, on the velocity in the small pipe.

    Args:
        bore_ratio: Small over large diameter [1], any shape, 0 to 1.
        half_angle_rad: Half the included angle of the cone [rad], 0 to π/2; π/2 is a sudden enlargement.

    Returns:
        Loss coefficient [1], broadcast shape, 0 to 1; 1 into a vessel.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e has it, K_gate_valve_Crane;
        Borda-Carnot when sudden.
    """
    step = (1.0 - bore_ratio**2) ** 2
    loss: Array = step * np.where(half_angle_rad <= np.pi / 8.0, 2.6 * np.sin(half_angle_rad), 1.0)
    return loss


def reduced_seat_loss(loss_ratio: Array, bore_ratio: Array) -> Array:
    """Return the loss coefficient of a globe, angle or lift check valve with a narrow seat.

    Args:
        loss_ratio: Loss coefficient of the valve on the velocity in its seat [1], any shape.
        bore_ratio: Seat over pipe diameter [1], > 0 and <= 1.

    Returns:
        Loss coefficient on the velocity in the pipe [1], broadcast shape.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e has it, K_lift_check_valve_Crane.
    """
    step = 1.0 - bore_ratio**2
    loss: Array = (loss_ratio + bore_ratio * (0.5 * step + step**2)) / bore_ratio**4
    return loss


def reduced_port_loss(loss_ratio: Array, bore_ratio: Array, half_angle_rad: Array) -> Array:
    """Return the loss coefficient of a gate or ball valve whose port narrows by cones.

    Args:
        loss_ratio: Loss coefficient of the valve on the velocity in its port [1], any shape.
        bore_ratio: Port over pipe diameter [1], > 0 and <= 1.
        half_angle_rad: Half the included angle of the cones [rad], 0 to π/2.

    Returns:
        Loss coefficient on the velocity in the pipe [1], broadcast shape.

    Source:
        Crane Technical Paper 410 (2009), as CalebBell/fluids@091070e has it, K_gate_valve_Crane.
    """
    cones = contraction_loss(bore_ratio, half_angle_rad) + enlargement_loss(bore_ratio, half_angle_rad)
    return loss_on(loss_ratio + cones, bore_ratio)


def loss_on(loss_ratio: Array, bore_ratio: Array) -> Array:
    """Return a loss coefficient on the velocity in a wider pipe.

    Args:
        loss_ratio: Loss coefficient on the velocity in the narrow pipe [1], any shape.
        bore_ratio: Narrow over wide diameter [1], > 0.

    Returns:
        Loss coefficient on the velocity in the wide pipe [1], broadcast shape.

    Source:
        Continuity: velocity heads are as the inverse fourth power of diameters.
    """
    loss: Array = loss_ratio / bore_ratio**4
    return loss


def loss_of_kv(kv_m3_s: Array, diameter_m: Array) -> Array:
    """Return the loss coefficient, on the velocity in a pipe, of a valve of known Kv.

    Args:
        kv_m3_s: Flow of water at 1 bar [m^3/s], any shape, > 0.
        diameter_m: Inside diameter of the pipe [m], > 0.

    Returns:
        Loss coefficient [1], broadcast shape, > 0.

    Source:
        IEC 60534-1: definition of Kv; equals 1.6e9·D⁴/Kv² with Kv in m³/h.
    """
    area = np.pi / 4.0 * diameter_m**2
    return 2.0 * BAR_PA / KV_DENSITY_KG_M3 * (area / kv_m3_s) ** 2


def kv_of_loss(loss_ratio: Array, diameter_m: Array) -> Array:
    """Return the Kv of a fitting of known loss coefficient; the inverse of ``loss_of_kv``.

    Args:
        loss_ratio: Loss coefficient [1], any shape, > 0.
        diameter_m: Inside diameter of the pipe [m], > 0.

    Returns:
        Flow of water at 1 bar [m^3/s], broadcast shape, > 0.

    Source:
        IEC 60534-1: definition of Kv.
    """
    area = np.pi / 4.0 * diameter_m**2
    return area * np.sqrt(2.0 * BAR_PA / KV_DENSITY_KG_M3 / loss_ratio)


def quadratic_of_loss(loss_ratio: Array, diameter_m: Array, density_kg_m3: Array) -> Array:
    """Return the quadratic resistance of a fitting of known loss coefficient.

    Args:
        loss_ratio: Loss coefficient on the velocity in the pipe [1], any shape, >= 0.
        diameter_m: Inside diameter of the pipe [m], > 0.
        density_kg_m3: Density of the fluid that flows [kg/m^3], > 0.

    Returns:
        Resistance [Pa s^2/m^6], broadcast shape, >= 0.

    Source:
        Definition of the loss coefficient: pressure over dynamic pressure; Idelchik, Handbook of Hydraulic
        Resistance, 4th ed., 1-2.
    """
    area = np.pi / 4.0 * diameter_m**2
    return 0.5 * density_kg_m3 * loss_ratio / area**2


def kv_of_cv(cv_m3_s: Array) -> Array:
    """Return the Kv of a valve whose American Cv is known.

    Args:
        cv_m3_s: Flow of water at 1 psi [m^3/s] (Cv in gpm, converted), any shape.

    Returns:
        Flow of water at 1 bar [m^3/s], shape of the argument.

    Source:
        IEC 60534-1 and ANSI/ISA-75.01.01: Kv = 0.865 Cv with Kv in m³/h and Cv in gpm.
    """
    bar_over_psi: float = (BAR_PA / PSI_PA) ** 0.5
    return cv_m3_s * bar_over_psi


def quadratic_of_kv(kv_m3_s: Array, density_kg_m3: Array) -> Array:
    """Return the quadratic resistance of a valve of known Kv.

    Args:
        kv_m3_s: Flow of water at 1 bar [m^3/s], any shape, > 0.
        density_kg_m3: Density of the fluid that flows [kg/m^3], > 0.

    Returns:
        Resistance [Pa s^2/m^6], broadcast shape, > 0.

    Source:
        IEC 60534-1: definition of Kv.
    """
    return BAR_PA * (density_kg_m3 / KV_DENSITY_KG_M3) / kv_m3_s**2


def kv_drop(flow_kg_s: Array, kv_m3_s: Array, density_kg_m3: Array) -> tuple[Array, Array]:
    """Return the pressure drop of a valve of known Kv and its slope in flow.

    Args:
        flow_kg_s: Mass flow [kg/s], shape (branch, variant); the drop has its sign.
        kv_m3_s: Flow of water at 1 bar [m^3/s], > 0.
        density_kg_m3: Density [kg/m^3], > 0.

    Returns:
        Drop [Pa] and slope [Pa s/kg], shape (branch, variant); the slope is > 0.

    Source:
        IEC 60534-2-1:2011, eq. 1 (turbulent, no choking); linear below 1e-6 of Kv, an assumption.
    """
    resistance = quadratic_of_kv(kv_m3_s, density_kg_m3)
    flow = flow_kg_s / density_kg_m3
    soft = np.sqrt(flow**2 + (SMALL_KV_RATIO * kv_m3_s) ** 2)
    return resistance * soft * flow, resistance * (soft + flow**2 / soft) / density_kg_m3


def equal_percentage(opening_fraction: Array, rangeability_ratio: Array) -> Array:
    """Return the share of its Kv that an equal-percentage valve shows at an opening.

    Args:
        opening_fraction: Stroke over full stroke [1], any shape, 0 to 1.
        rangeability_ratio: Greatest over least controllable Kv [1], 30 to 100.

    Returns:
        Kv over Kv of the open valve [1], broadcast shape, 1/rangeability to 1.

    Source:
        IEC 60534-2-4:2009, inherent equal-percentage characteristic.
    """
    return rangeability_ratio ** (opening_fraction - 1.0)
