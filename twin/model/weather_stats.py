"""What a year of weather is like: its months, and the hours above and below a limit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.laws.psychrometrics import FREEZING_K
from twin.model.weather import Weather

__all__ = ["Count", "Month", "counts", "months"]

MONTHS = 12
DAY_S = 86400.0
HOUR_S = 3600.0
# Free cooling of warm-water loops, and where plant begins to be short, in degrees Celsius.
DRY_C = (0.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
WET_C = (0.0, 5.0, 10.0, 15.0, 18.0, 20.0, 22.0, 24.0, 26.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month: means of the daily highest and lowest dry bulb, and of all hours.

    Attributes:
        month: 1 to 12, 0 for the year.
        dry_max_k, dry_min_k: Mean of the daily highest and lowest dry bulb.
        dry_bulb_k, wet_bulb_k, dew_point_k: Means over the hours.
        highest_k, lowest_k: Extremes of the dry bulb.
    """

    month: int
    dry_max_k: float
    dry_min_k: float
    dry_bulb_k: float
    wet_bulb_k: float
    dew_point_k: float
    highest_k: float
    lowest_k: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hours of the year above a limit.

    Attributes:
        column: ``dry_bulb`` or ``wet_bulb``.
        limit_k: Limit.
        hours_count: Hours above it.
    """

    column: str
    limit_k: float
    hours_count: float


def months(weather: Weather) -> list[Month]:
    """Return the twelve months, and the year as the last.

    Args:
        weather: A year of whole days.
    """
    every = [_month(weather, month, weather.month == month) for month in range(1, MONTHS + 1)]
    return [*every, _month(weather, 0, np.ones(weather.month.size, dtype=bool))]


def _month(weather: Weather, month: int, rows: Array) -> Month:
    dry = weather.dry_bulb_k[rows]
    days = dry.reshape(-1, round(DAY_S / weather.step_s))
    return Month(
        month=month, dry_max_k=float(days.max(axis=1).mean()), dry_min_k=float(days.min(axis=1).mean()),
        dry_bulb_k=float(dry.mean()), wet_bulb_k=float(weather.wet_bulb_k[rows].mean()),
        dew_point_k=float(weather.dew_point_k[rows].mean()), highest_k=float(dry.max()),
        lowest_k=float(dry.min()),
    )  # fmt: skip


def counts(weather: Weather, dry_c: Sequence[float] = DRY_C, wet_c: Sequence[float] = WET_C) -> list[Count]:
    """Return the hours above each limit.

    Args:
        weather: A year.
        dry_c: Limits of the dry bulb [°C].
        wet_c: Limits of the wet bulb [°C].
    """
    hour = weather.step_s / HOUR_S
    columns = (("dry_bulb", weather.dry_bulb_k, dry_c), ("wet_bulb", weather.wet_bulb_k, wet_c))
    return [
        Count(
            column=name,
            limit_k=limit + FREEZING_K,
            hours_count=hour * float((column > limit + FREEZING_K).sum()),
        )
        for name, column, limits in columns
        for limit in limits
    ]
