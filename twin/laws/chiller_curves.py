"""Curve sets of chillers for the DOE-2 energy-input-ratio model of ``twin.laws.rejection``."""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index

NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """One chiller's curves over leaving chilled water Te and entering condenser fluid Tc, both in °C.

    ``capacity`` and ``power`` are c1 + c2·Te + c3·Te² + c4·Tc + c5·Tc² + c6·Te·Tc, ``part`` is
    d1 + d2·L + d3·L² over the load ratio L. NaN capacity or COP: the source gives curves only.
    """

    name: str
    capacity_w: float
    cop_ratio: float
    leaving_k: float
    entering_k: float
    leaving_range_k: tuple[float, float]
    entering_range_k: tuple[float, float]
    least_load_ratio: float
    capacity: tuple[float, float, float, float, float, float]
    power: tuple[float, float, float, float, float, float]
    part: tuple[float, float, float]
    air_cooled: bool
    source: str
    evidence: str


_BUILDINGS = (
    "lbl-srg/modelica-buildings@c4117ccec1, Fluid/Chillers/Data/ElectricEIR.mo (EnergyPlus data sets)"
)
_OPENSTUDIO = (
    "OpenStudio-Standards, quoted second-hand; range of validity not stated there, assumed as DOE-2's"
)


def _water_cooled(  # noqa: PLR0917  one row of the table
    name: str,
    nominal: tuple[float, float, float, float],
    leaving: tuple[float, float],
    entering: tuple[float, float],
    least: float,
    capacity: tuple[float, float, float, float, float, float],
    power: tuple[float, float, float, float, float, float],
    part: tuple[float, float, float],
) -> Curves:
    kilowatts, cop, leaving_c, entering_c = nominal
    return Curves(
        name=name, capacity_w=kilowatts * 1e3, cop_ratio=cop,
        leaving_k=leaving_c + 273.15, entering_k=entering_c + 273.15,
        leaving_range_k=(leaving[0] + 273.15, leaving[1] + 273.15),
        entering_range_k=(entering[0] + 273.15, entering[1] + 273.15),
        least_load_ratio=least, capacity=capacity, power=power, part=part,
        air_cooled=False, source=_BUILDINGS, evidence="R1",
    )  # fmt: skip


def _air_cooled(
    name: str,
    capacity: tuple[float, float, float, float, float, float],
    power: tuple[float, float, float, float, float, float],
    part: tuple[float, float, float],
) -> Curves:
    return Curves(
        name=name, capacity_w=NAN, cop_ratio=NAN, leaving_k=279.82, entering_k=308.15,
        leaving_range_k=(277.55, 283.15), entering_range_k=(285.93, 319.25), least_load_ratio=0.1,
        capacity=capacity, power=power, part=part, air_cooled=True, source=_OPENSTUDIO, evidence="R3",
    )  # fmt: skip


CURVES: tuple[Curves, ...] = (
    _water_cooled(
        "york_yt_1023", (1023.3, 5.81, 6.67, 29.44), (4.4, 8.9), (12.8, 35.0), 0.09,
        (0.2571195, -0.01571421, -0.003041761, 0.08106512, -0.002568598, 0.004247073),
        (0.5254964, -0.01972389, 3.441072e-4, 0.01651466, 2.005198e-4, -3.193246e-4),
        (0.2368399, 0.3286421, 0.4344939),
    ),
    _water_cooled(
        "york_yk_1259", (1258.9, 6.45, 8.89, 26.67), (7.2, 12.8), (12.8, 26.7), 0.18,
        (0.96092, 0.07223733, -0.001693471, 0.002543722, -6.41557e-4, -3.02854e-4),
        (0.8991536, 0.006305932, -3.756374e-4, -0.01952076, 0.001381302, -0.001615004),
        (0.1014593, 0.6216537, 0.2780213),
    ),
    _water_cooled(
        "trane_cvhf_2317", (2317.4, 6.33, 5.56, 29.44), (4.44, 8.89), (12.78, 29.44), 0.10,
        (0.7277716, 0.01018101, -6.282438e-4, 0.01337701, -5.050352e-4, 0.001527259),
        (0.350233, -0.0230151, 5.749596e-4, 0.01902421, 3.109974e-4, -4.714517e-4),
        (0.09861441, 0.5297727, 0.3707229),
    ),
    _water_cooled(
        "trane_cvhf_4610", (4610.3, 6.34, 6.67, 26.11), (4.4, 8.9), (18.3, 29.4), 0.20,
        (0.8614836, -0.00398813, -0.001643579, 0.008882312, -3.930474e-4, 0.001593969),
        (0.7415078, -0.04779029, -0.001028085, 0.0142365, 1.304315e-4, 9.170177e-4),
        (0.2026691, 0.2922585, 0.5044422),
    ),
    _water_cooled(
        "york_yk_4966", (4965.5, 6.05, 6.67, 26.11), (4.4, 8.9), (15.6, 29.4), 0.12,
        (0.5746486, -0.03051134, -1.964984e-4, 0.03309783, -9.174714e-4, 0.002287276),
        (0.8229769, -0.008128614, 0.001110212, -0.003521351, 6.129803e-4, -9.170063e-4),
        (0.3416463, 0.1947185, 0.4640804),
    ),
    _water_cooled(
        "carrier_19ex_5208", (5208.2, 6.88, 6.67, 26.11), (4.4, 8.9), (15.6, 29.4), 0.20,
        (0.5563516, -0.04106264, -0.003164992, 0.05722234, -0.002313857, 0.005377616),
        (0.5198204, -0.0152334, -6.391523e-4, 0.02170049, 2.423693e-5, 1.432604e-4),
        (0.2334262, 0.3926783, 0.373132),
    ),
    _water_cooled(
        "carrier_19fa_5651", (5651.3, 5.50, 6.67, 29.44), (4.4, 8.9), (15.6, 29.4), 0.19,
        (1.299676, 0.01790645, -0.0025223, 0.002536423, -0.001128041, 0.003003265),
        (0.7853207, -0.01652255, -3.294526e-4, 0.004569179, 1.964013e-4, 1.761497e-4),
        (0.1629327, 0.5709336, 0.2659304),
    ),
    _air_cooled(
        "path_a",
        (1.0433825, 0.0407073, 0.0004506, -0.0041514, -8.86e-5, -0.0003467),
        (0.5961915, -0.0099496, 0.0007888, 0.0004506, 0.0004875, -0.0007623),
        (0.141, 0.655, 0.203),
    ),
    _air_cooled(
        "screw",
        (0.985959, 0.049487, -0.000298, -0.003737, -4.5e-5, -0.000502),
        (0.570624, 0.011954, -0.000522, -3.2e-5, 0.000421, -0.000606),
        (0.036487, 0.734743, 0.219947),
    ),
    _air_cooled(
        "scroll",
        (1.05229229, 0.033560892, 0.000215, -0.005180832, -4.42e-5, -0.000215),
        (0.58333562, -0.004036194, 0.000468, -0.000224478, 0.000481, -0.000682),
        (0.03366649, 0.53152555, 0.43480802),
    ),
)  # fmt: skip


def curve_index(name: str) -> int:
    """Return the place of a curve set in ``CURVES``.

    Args:
        name: Name of the set, no unit.

    Returns:
        Place [1].

    Source:
        ``CURVES``.
    """
    return [curves.name for curves in CURVES].index(name)


def coefficients(curve_index: Index) -> tuple[Array, Array, Array]:
    """Return the coefficients of curve sets as columns, for ``rejection.eir_chiller``.

    Args:
        curve_index: Place in ``CURVES`` [1], any shape.

    Returns:
        Capacity [1] and power [1], shape (6, ...), and part load [1], shape (3, ...).

    Source:
        ``CURVES``.
    """
    rows = np.asarray(curve_index)
    tables = ([c.capacity for c in CURVES], [c.power for c in CURVES], [c.part for c in CURVES])
    capacity, power, part = (np.moveaxis(np.array(table)[rows], -1, 0) for table in tables)
    return capacity, power, part


def least_load(curve_index: Index) -> Array:
    """Return the least load that the chillers of curve sets hold without cycling.

    Args:
        curve_index: Place in ``CURVES`` [1], any shape.

    Returns:
        Least load over available capacity [1], shape of the argument.

    Source:
        ``CURVES``.
    """
    return np.array([curves.least_load_ratio for curves in CURVES])[np.asarray(curve_index)]


def least_entering(curve_index: Index) -> Array:
    """Return the coldest that condensers of curve sets are fed; head-pressure control holds them there.

    Args:
        curve_index: Place in ``CURVES`` [1], any shape.

    Returns:
        Lower end of the range of entering condenser water, or outdoor air [K], shape of the argument.

    Source:
        ``CURVES``; EnergyPlus Engineering Reference, Electric Chiller Model, holds curves at the ends of
        their range likewise.
    """
    return np.array([curves.entering_range_k[0] for curves in CURVES])[np.asarray(curve_index)]


def in_range(curve_index: Index, leaving_k: Array, entering_k: Array) -> Flags:
    """Return whether a curve set holds at two temperatures.

    Args:
        curve_index: Place in ``CURVES`` [1], shape (chiller,) or broadcast to (chiller, variant).
        leaving_k: Leaving chilled water [K], shape (chiller, variant).
        entering_k: Entering condenser water, or outdoor air [K].

    Returns:
        True inside the range of the data, broadcast shape.

    Source:
        ``CURVES``.
    """
    rows = np.asarray(curve_index)
    leaving = np.array([c.leaving_range_k for c in CURVES])[rows]
    entering = np.array([c.entering_range_k for c in CURVES])[rows]
    cold: Flags = (leaving_k >= leaving[..., 0] - 0.1) & (leaving_k <= leaving[..., 1] + 0.1)
    warm: Flags = (entering_k >= entering[..., 0] - 0.1) & (entering_k <= entering[..., 1] + 0.1)
    return cold & warm
