"""Weather of a year: what the outdoor air is in every step, with where it comes from."""

from dataclasses import dataclass

from twin.arrays import Array, Index

__all__ = ["Weather"]


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
