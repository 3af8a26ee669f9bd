"""Weather of a year: what the outdoor air is in every step, with where it comes from."""

from dataclasses import dataclass

from twin.arrays import Array, Index
from twin.model.finding import Fault

__all__ = ["Conditions", "Weather"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Design conditions that somebody published for a station.

    Attributes:
        source: Who published them, as a report prints it.
        heating_k: Dry bulb that is undercut in 0.4 % and in 1 % of the hours.
        dry_bulb_k: Dry bulb that is exceeded in 0.4, 1 and 2 % of the hours.
        dry_wet_bulb_k: Mean wet bulb that goes with each of them.
        wet_bulb_k: Wet bulb that is exceeded in 0.4, 1 and 2 % of the hours.
        wet_dry_bulb_k: Mean dry bulb that goes with each of them.
        extreme_k: Mean of the lowest and of the highest dry bulb of each year.
        spread_dk: Standard deviation of both over the years.
    """

    source: str
    heating_k: tuple[float, float]
    dry_bulb_k: tuple[float, float, float]
    dry_wet_bulb_k: tuple[float, float, float]
    wet_bulb_k: tuple[float, float, float]
    wet_dry_bulb_k: tuple[float, float, float]
    extreme_k: tuple[float, float]
    spread_dk: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weather:
    """Outdoor air over a year, one column per quantity, shape (step,) each.

    Attributes:
        name: Station or built-in climate, as a reader knows it.
        source: Where the numbers come from, as a report prints it.
        evidence: Evidence class of the numbers: ``datasheet``, ``standard``, ``derived`` or ``assumption``.
        latitude_deg, longitude_deg: Place, north and east positive.
        elevation_m: Height above sea level.
        step_s: Length of a step [s]; a year is 8,760 steps of an hour or 35,040 of a quarter.
        month: Month of each step, 1 to 12.
        day: Day of the month, from 1.
        hour: Hour of the day that a step lies in, 0 to 23, local standard time.
        dry_bulb_k, wet_bulb_k, dew_point_k: Temperatures of the air [K].
        pressure_pa: Absolute pressure of the air [Pa].
        published: Design conditions that come with the data, None without.
        warnings: What a reader filled in, took from elsewhere or left out.
    """

    name: str
    source: str
    evidence: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float
    step_s: float
    month: Index
    day: Index
    hour: Index
    dry_bulb_k: Array
    wet_bulb_k: Array
    dew_point_k: Array
    pressure_pa: Array
    published: Conditions | None = None
    warnings: tuple[Fault, ...] = ()
