"""Dimensions of steel pipe by nominal size and wall: outside and inside diameter, mass per metre."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from twin.arrays import Array

# Carbon steel; austenitic stainless steel weighs 1 % more (EN 10088-1: 7900 kg/m3).
STEEL_KG_M3 = 7850.0
# Outside diameter [mm] of every nominal size, ASME B36.10M-2018 (B36.19M shares it within 0.1 mm).
OUTSIDE_MM: Mapping[str, float] = MappingProxyType({
    "DN15": 21.3, "DN20": 26.7, "DN25": 33.4, "DN32": 42.2, "DN40": 48.3, "DN50": 60.3, "DN65": 73.0,
    "DN80": 88.9, "DN100": 114.3, "DN125": 141.3, "DN150": 168.3, "DN200": 219.1, "DN250": 273.0,
    "DN300": 323.8, "DN350": 355.6, "DN400": 406.4, "DN450": 457.0, "DN500": 508.0, "DN550": 559.0,
    "DN600": 610.0, "DN650": 660.0, "DN700": 711.0, "DN750": 762.0, "DN800": 813.0, "DN850": 864.0,
    "DN900": 914.0, "DN950": 965.0, "DN1000": 1016.0, "DN1050": 1067.0, "DN1100": 1118.0, "DN1150": 1168.0,
    "DN1200": 1219.0,
})  # fmt: skip
SIZES = tuple(OUTSIDE_MM)
# Inside diameters [mm] in the order of SIZES; a wall ends where its standard does.
_NONE = float("nan")
_INSIDE_MM: Mapping[str, tuple[float, ...]] = MappingProxyType({
    "10S": (
        17.08, 22.48, 27.86, 36.66, 42.76, 54.76, 66.90, 82.80, 108.20, 134.50, 161.50, 211.58, 264.72,
        314.76, 346.04, 396.84, 447.44, 496.92, 547.92, 597.30, _NONE, _NONE, 746.16,
    ),
    "40": (
        15.76, 20.96, 26.64, 35.08, 40.94, 52.48, 62.68, 77.92, 102.26, 128.20, 154.08, 202.74, 254.46,
        303.18, 333.34, 381.00, 428.46, 477.82, _NONE, 575.04, _NONE, _NONE, _NONE, 778.04, 829.04, 875.90,
    ),
    "80": (
        13.84, 18.88, 24.30, 32.50, 38.14, 49.22, 58.98, 73.66, 97.18, 122.24, 146.36, 193.70, 242.82,
        288.84, 317.50, 363.52, 409.34, 455.62, 501.84, 548.08,
    ),
    "STD": (
        15.76, 20.96, 26.64, 35.08, 40.94, 52.48, 62.68, 77.92, 102.26, 128.20, 154.08, 202.74, 254.46,
        304.74, 336.54, 387.34, 437.94, 488.94, 539.94, 590.94, 640.94, 691.94, 742.94, 793.94, 844.94,
        894.94, 945.94, 996.94, 1047.94, 1098.94, 1148.94, 1199.94,
    ),
})  # fmt: skip
SCHEDULES = tuple(_INSIDE_MM)
INSIDE_MM: Mapping[tuple[str, str], float] = MappingProxyType({
    (size, wall): mm
    for wall, row in _INSIDE_MM.items() for size, mm in zip(SIZES, row, strict=False) if mm == mm  # noqa: PLR0124
})  # fmt: skip


def inside_diameter(size: Sequence[str], schedule: Sequence[str]) -> Array:
    """Return the inside diameter of nominal sizes.

    Args:
        size: Nominal size of each pipe, "" for none.
        schedule: Wall of each pipe.

    Returns:
        Inside diameter [m], shape (pipe,); NaN where the wall is not made in that size.

    Source:
        ASME B36.10M-2018 (Sch 40, Sch 80, STD) and B36.19M-2018 (Sch 10S); as in CalebBell/fluids, piping.py.
    """
    return 1e-3 * np.array([INSIDE_MM.get(pair, np.nan) for pair in zip(size, schedule, strict=True)])


def sizes_of(schedule: str) -> tuple[str, ...]:
    """Return the nominal sizes that a wall is made in.

    Args:
        schedule: Name of the wall.

    Returns:
        Names, smallest first.

    Source:
        ASME B36.10M-2018 (Sch 40, Sch 80, STD) and B36.19M-2018 (Sch 10S).
    """
    return tuple(size for size in SIZES if (size, schedule) in INSIDE_MM)


def steel_mass(size: Sequence[str], schedule: Sequence[str], length_m: Array) -> Array:
    """Return the mass of empty pipe.

    Args:
        size: Nominal size of each pipe.
        schedule: Wall of each pipe.
        length_m: Length of each pipe [m].

    Returns:
        Mass [kg], shape (pipe,); NaN where the wall is not made in that size.

    Source:
        Ring between the two diameters of ASME B36.10M-2018 and B36.19M-2018, of 7850 kg/m3.
    """
    outside = 1e-3 * np.array([OUTSIDE_MM.get(name, np.nan) for name in size])
    inside = inside_diameter(size, schedule)
    return np.asarray(0.25 * np.pi * (outside**2 - inside**2) * STEEL_KG_M3 * length_m)
