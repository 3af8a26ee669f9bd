"""Hours of a year from monthly statistics: one and the same weather pattern for every climate.

Each day has a highest and a lowest dry bulb: the monthly means, drawn as lines that keep them, and an
anomaly. Anomalies are sums of cosines of six periods between 4 and 30 days, with the power 3/4 of the period
as weight, so that spells last for days; within each month they have the mean 0 and reach from -1 to 1 times
an amplitude. The amplitude lifts the warmest month to the mean annual maximum and drops the coldest to the
mean annual minimum, and lies between for the others. Hours follow the daily range as ASHRAE draws it, from
the highest of one day to the lowest of the next. The dew point follows the anomaly of the dry bulb in the
coldest month and not at all in the warmest, besides an anomaly of its own whose amplitude lifts the warmest
month to the published peak and is half of that in the coldest. Means of the calendar days are then corrected
until they are met. Pressure is that of the standard atmosphere.

Limits:
    A pattern, no record: order and length of spells are made up, alike for all climates; maximum and minimum
    move together; fronts, sea breezes and monsoon bursts are not in it; the dew point does not swing within
    a day, and pressure stands still. Its year has the extremes of a mean year, none of a rare one.

Source:
    Daily range by the hour: ASHRAE Handbook Fundamentals, climatic design information, fraction of the daily
    temperature range (recalled). The rest is an assumption of this project.
"""

from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.interop.climates import MONTHS, Climate
from twin.interop.epw_notes import DAYS
from twin.laws.air import pressure_at_elevation
from twin.laws.psychrometrics import dew_point, humidity_at, humidity_ratio, saturation_pressure, wet_bulb
from twin.model.weather import Weather

YEAR_D, DAY_H = 365, 24
# Share of the daily range below the highest dry bulb, hour by hour: 15 and 5 o'clock are the extremes.
RANGE = np.array([
    0.88, 0.92, 0.95, 0.98, 1.00, 0.98, 0.91, 0.74, 0.55, 0.38, 0.23, 0.13,
    0.05, 0.00, 0.00, 0.06, 0.14, 0.24, 0.39, 0.50, 0.59, 0.68, 0.75, 0.82,
])  # fmt: skip
COLDEST_AT, WARMEST_AT = 4, 14
PERIODS_D = (29.3, 17.9, 11.7, 8.3, 5.9, 4.1)
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
# Of the patterns the one that is least correlated with that of the dry bulb, 0.08.
OTHER = 3
POWERS = np.linspace(0.3, 3.0, 271)
# Each pass takes a share out of what days that reach over midnight leave: all of it would overshoot.
PASSES, SHARE, CLOSE_DK = 200, 0.5, 0.01
_MONTH = np.repeat(np.arange(MONTHS), DAYS)
_MIDDLE = np.cumsum([0, *DAYS[:-1]]) + 0.5 * np.array(DAYS)


@dataclass(frozen=True, slots=True, eq=False)
class _Days:
    """Anomalies of a climate by the day, shape (day,) each [K]."""

    warm: Array
    damp: Array


def synthesize(climate: Climate) -> Weather:
    """Return a year of hours with the monthly statistics of a climate.

    Args:
        climate: Monthly statistics.

    Returns:
        8,760 hours; row 1 is the hour that ends at 01:00, as in a weather file.
    """
    days = _anomalies(climate)
    dry = _dry_bulb(climate, days)
    pressure = np.full(dry.size, float(pressure_at_elevation(np.array(climate.elevation_m))))
    dew = _dew_point(climate, days, dry, pressure)
    humid = humidity_ratio(saturation_pressure(dew), pressure)
    hour = np.tile(np.arange(DAY_H, dtype=np.intp), YEAR_D)
    month = np.repeat(_MONTH + 1, DAY_H).astype(np.intp)
    day = np.concatenate([np.repeat(np.arange(1, n + 1), DAY_H) for n in DAYS]).astype(np.intp)
    weakest = "assumption" if "assumption" in {s.evidence for s in climate.series.values()} else "derived"
    return Weather(
        name=climate.station, evidence="assumption",
        source=f"built-in climate {climate.name}: made from monthly statistics ({weakest})",
        latitude_deg=climate.latitude_deg, longitude_deg=climate.longitude_deg,
        elevation_m=climate.elevation_m, step_s=3600.0, month=month, day=day, hour=hour, dry_bulb_k=dry,
        wet_bulb_k=wet_bulb(dry, humid, pressure), dew_point_k=dew, pressure_pa=pressure,
        published=climate.published,
    )  # fmt: skip


def pattern(shift: int) -> Array:
    """Return an anomaly by the day that has the mean 0 and reaches from -1 to 1 in every month.

    Args:
        shift: Which of the patterns.

    Returns:
        Anomaly [1], shape (day,).
    """
    day = np.arange(YEAR_D)
    raw = sum(
        period**0.75 * np.cos(2.0 * np.pi * (day / period + GOLDEN * (index + 1) * (shift + 1)))
        for index, period in enumerate(PERIODS_D)
    )
    made = np.zeros(YEAR_D)
    for month in range(MONTHS):
        rows = month == _MONTH
        made[rows] = _unit(np.asarray(raw)[rows])
    return made


def _unit(values: Array) -> Array:
    """Return values with the mean 0, the lowest -1 and the highest 1, in the same order."""
    around = values - values.mean()
    up, down = np.maximum(around, 0.0), np.minimum(around, 0.0)
    # a·up + b·down less its mean: highest a·max - mean = 1, lowest b·min - mean = -1.
    matrix = np.array([[up.max() - up.mean(), -down.mean()], [-up.mean(), down.min() - down.mean()]])
    above, below = np.linalg.solve(matrix, np.array([1.0, -1.0]))
    made = above * up + below * down
    return np.asarray(made - made.mean())


def _anomalies(climate: Climate) -> _Days:
    """Return how far each day lies from its time of the year."""
    middle = 0.5 * (climate.maximum_k.values + climate.minimum_k.values)
    hot, cold = int(middle.argmax()), int(middle.argmin())
    lowest, highest = climate.extreme_k.values
    up, down = highest - climate.maximum_k.values[hot], climate.minimum_k.values[cold] - lowest
    share = (middle - middle[cold]) / (middle[hot] - middle[cold])
    warm = (down + (up - down) * share)[_MONTH] * pattern(0)
    damp = max(float(climate.dew_point_peak_k.values[0] - _dew_means(climate).max()), 0.0)
    return _Days(warm, (1.0 - share)[_MONTH] * warm + damp * (0.5 + 0.5 * share)[_MONTH] * pattern(OTHER))


def _dew_means(climate: Climate) -> Array:
    """Return the mean dew point by month, from humidity at the mean dry bulb where that is what is given."""
    if climate.dew_point_k is not None:
        return climate.dew_point_k.values
    if climate.humidity_ratio is None:
        raise ValueError(climate.name)
    pressure = pressure_at_elevation(np.full(MONTHS, climate.elevation_m))
    return dew_point(humidity_at(_means(climate), climate.humidity_ratio.values, pressure), pressure)


def _means(climate: Climate) -> Array:
    """Return the mean dry bulb by month: the middle of the daily extremes where no other is given."""
    if climate.mean_k is not None:
        return climate.mean_k.values
    return 0.5 * (climate.maximum_k.values + climate.minimum_k.values)


def _lines(means: Array) -> Array:
    """Return values by the day on lines between the middles of the months that keep the monthly means."""
    day = np.arange(YEAR_D) + 0.5
    base = np.stack([np.interp(day, _MIDDLE, row, period=YEAR_D) for row in np.eye(MONTHS)])
    nodes = np.linalg.solve(_by_month(base.T).T, means)
    return np.asarray(nodes @ base)


def _by_month(daily: Array) -> Array:
    """Return the means of the months along the first axis."""
    return np.stack([daily[month == _MONTH].mean(axis=0) for month in range(MONTHS)])


def _dry_bulb(climate: Climate, days: _Days) -> Array:
    """Return the dry bulb by the hour."""
    goal = (climate.maximum_k.values, climate.minimum_k.values, _means(climate))
    high, low, mean = goal
    hours = np.zeros((YEAR_D, DAY_H))
    for _ in range(PASSES):
        share = (high - mean) / (high - low)
        hours = _hours(_lines(high) + days.warm, _lines(low) + days.warm, share)
        found = (hours.max(axis=1), hours.min(axis=1), hours.mean(axis=1))
        missed = np.array([wanted - _by_month(daily) for wanted, daily in zip(goal, found, strict=True)])
        if np.abs(missed).max() < CLOSE_DK:
            break
        high, low, mean = np.array([high, low, mean]) + SHARE * missed
    return hours.ravel()


def _hours(high: Array, low: Array, share: Array) -> Array:
    """Return hours between the extremes of the days, with a mean share of the range below the highest."""
    below = np.interp(share, (RANGE[:, None] ** POWERS).mean(axis=0)[::-1], POWERS[::-1])
    shape = RANGE ** below[_MONTH][:, None]
    hour = np.arange(DAY_H)
    top = np.where(hour < COLDEST_AT, np.roll(high, 1)[:, None], high[:, None])
    bottom = np.where(hour > WARMEST_AT, np.roll(low, -1)[:, None], low[:, None])
    return np.asarray(top - shape * (top - bottom))


def _dew_point(climate: Climate, days: _Days, dry: Array, pressure: Array) -> Array:
    """Return the dew point by the hour; air that would be more than saturated is saturated."""
    middle = (np.arange(YEAR_D) + 0.5) * DAY_H
    hour = np.arange(YEAR_D * DAY_H) + 0.5
    mean = _dew_means(climate).copy()
    dew = np.zeros(dry.size)
    for _ in range(PASSES):
        daily = _lines(mean) + days.damp
        dew = np.minimum(np.interp(hour, middle, daily, period=YEAR_D * DAY_H), dry)
        missed = _missed(climate, dew, dry, pressure)
        if np.abs(missed).max() < CLOSE_DK:
            break
        mean += SHARE * missed
    return dew


def _missed(climate: Climate, dew: Array, dry: Array, pressure: Array) -> Array:
    """Return by how much the dew point of each month has to rise [K]."""
    if climate.humidity_ratio is None:
        return _dew_means(climate) - _by_month(dew.reshape(YEAR_D, DAY_H).mean(axis=1))
    humid = saturation_pressure(dew) / saturation_pressure(dry)
    found = _by_month(humid.reshape(YEAR_D, DAY_H).mean(axis=1))
    wanted, now = (
        dew_point(humidity_at(_means(climate), ratio, pressure[:MONTHS]), pressure[:MONTHS])
        for ratio in (climate.humidity_ratio.values, found)
    )
    return wanted - now
