"""Design days of a year of weather: what is exceeded in few hours of a year, or in few years."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.arrays import Array
from twin.laws.air import pressure_at_elevation
from twin.laws.psychrometrics import FREEZING_K, humidity_of_wet_bulb, wet_bulb
from twin.model.finding import Fault
from twin.model.weather import Conditions, Weather

__all__ = ["DesignDay", "SiteClimate", "design_days", "extreme_factor", "site_climate"]

# Handbook of Fundamentals: hot conditions by the share of hours above, cold ones by the share above them.
HOT = (("0.4", 0.004), ("1", 0.01), ("2", 0.02))
COLD = (("99.6", 0.004), ("99", 0.01))
YEARS = (5, 10, 20, 50)
DEFAULT = "0.4"
# Wet bulbs of hours this near to a dry bulb go with it, as in the handbook's bins of 1 K.
BIN_DK = 0.5
# Freeze protection of a plant outlasts 20 years; where no spread is published, the year's own lowest stands.
MINIMUM_YEARS = 20
EULER = 0.5772


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignDay:
    """One condition that plant is designed for.

    Attributes:
        key: Short name, as ``--design-day`` takes it.
        title: What it is, in words.
        dry_bulb_k: Dry bulb.
        wet_bulb_k: Wet bulb that goes with it, NaN for a cold condition.
        source: Where it comes from.
        evidence: Evidence class.
    """

    key: str
    title: str
    dry_bulb_k: float
    wet_bulb_k: float
    source: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteClimate:
    """What a climate says about a site for one run.

    Attributes:
        name: What the user asked for.
        text: Station and condition, for the record.
        day: Condition that the plant is run in.
        minimum: Lowest dry bulb to protect against.
        elevation_m: Height of the station.
        evidence: Evidence class of the station's height.
        warnings: What a reader filled in or left out.
    """

    name: str
    text: str
    day: DesignDay
    minimum: DesignDay
    elevation_m: float
    evidence: str
    warnings: tuple[Fault, ...] = field(default=())

    @property
    def told(self) -> str:
        """Return the condition in one line."""
        dry, wet, least = (
            value - FREEZING_K
            for value in (self.day.dry_bulb_k, self.day.wet_bulb_k, self.minimum.dry_bulb_k)
        )
        return (
            f"{self.name}: {self.day.title}, {dry:.1f} and {wet:.1f} °C ({self.day.source}); "
            f"{self.minimum.title}, {least:.1f} °C"
        )


def extreme_factor(years: int) -> float:
    """Return by how many standard deviations the extreme of so many years lies above the annual mean.

    Args:
        years: Return period, 2 or more.

    Returns:
        Factor F of ``T = M + F·s`` [1]; for the lowest of so many years, ``T = M - F·s``.

    Source:
        ASHRAE Handbook Fundamentals, climatic design information, n-year return period values of extreme
        dry bulb (Gumbel distribution), checked against the n-year values in the heads of TMY3 files.
    """
    return float(-np.sqrt(6.0) / np.pi * (EULER + np.log(np.log(years / (years - 1.0)))))


def design_days(weather: Weather) -> Mapping[str, DesignDay]:
    """Return the design days of a year by their keys.

    Published conditions go before those of the hours. Extremes of several years are there only where a mean
    and a standard deviation of annual extremes are published.

    Args:
        weather: A year.

    Returns:
        ``0.4``, ``1``, ``2`` (dry bulb), ``wet0.4``, ``wet1``, ``wet2``, ``99.6``, ``99`` and, where
        published, ``n5`` to ``n50`` and ``cold5`` to ``cold50``.
    """
    held = weather.published
    if held is None:
        return {day.key: day for day in _of_hours(weather)}
    return {day.key: day for day in (*_published(held), *_of_years(held, weather))}


def _of_hours(weather: Weather) -> list[DesignDay]:
    dry, wet = weather.dry_bulb_k, weather.wet_bulb_k
    evidence = "assumption" if weather.evidence == "assumption" else "derived"
    source = f"own statistics of the hours, {weather.source}"
    days = []
    for name, share in HOT:
        hot = float(np.quantile(dry, 1.0 - share))
        days.append(_day(name, hot, _beside(wet, dry, hot), source, evidence))
    for name, share in HOT:
        damp = float(np.quantile(wet, 1.0 - share))
        days.append(_day(f"wet{name}", _beside(dry, wet, damp), damp, source, evidence))
    for name, share in COLD:
        days.append(_day(name, float(np.quantile(dry, share)), np.nan, source, evidence))
    return days


def _published(held: Conditions) -> list[DesignDay]:
    source, evidence = held.source, "standard"
    hot = zip(HOT, held.dry_bulb_k, held.dry_wet_bulb_k, strict=True)
    damp = zip(HOT, held.wet_dry_bulb_k, held.wet_bulb_k, strict=True)
    cold = zip(COLD, held.heating_k, strict=True)
    return [
        *(_day(name, dry, wet, source, evidence) for (name, _), dry, wet in hot),
        *(_day(f"wet{name}", dry, wet, source, evidence) for (name, _), dry, wet in damp),
        *(_day(name, dry, np.nan, source, evidence) for (name, _), dry in cold),
    ]


def _of_years(held: Conditions, weather: Weather) -> list[DesignDay]:
    """Return the extremes of several years; the air of the hottest is as humid as that of the 0.4 % day."""
    lowest, highest = held.extreme_k
    below, above = held.spread_dk
    source = f"{held.source}: mean and standard deviation of annual extremes, Gumbel"
    pressure = pressure_at_elevation(np.array(weather.elevation_m))
    humid = humidity_of_wet_bulb(np.array(held.dry_bulb_k[0]), np.array(held.dry_wet_bulb_k[0]), pressure)
    days = []
    for years in YEARS:
        hot = highest + extreme_factor(years) * above
        wet = float(wet_bulb(np.array(hot), humid, pressure))
        days.append(
            _day(f"n{years}", hot, wet, f"{source}; humidity of the 0.4 % day (assumption)", "derived")
        )
    return days + [
        _day(f"cold{years}", lowest - extreme_factor(years) * below, np.nan, source, "derived")
        for years in YEARS
    ]


def _day(key: str, dry_bulb_k: float, wet_bulb_k: float, source: str, evidence: str) -> DesignDay:
    return DesignDay(
        key=key, title=_title(key), dry_bulb_k=float(dry_bulb_k), wet_bulb_k=float(wet_bulb_k), source=source,
        evidence=evidence,
    )  # fmt: skip


def _title(key: str) -> str:
    """Return what a condition is, in words."""
    for head, said in (
        ("wet", "{} % wet bulb with the dry bulb beside it"), ("n", "highest dry bulb of {} years"),
        ("cold", "lowest dry bulb of {} years"), ("hour", "lowest dry bulb of the year"),
    ):  # fmt: skip
        if key.startswith(head):
            return said.format(key.removeprefix(head))
    return (
        f"{key} % heating dry bulb"
        if key.startswith("99")
        else f"{key} % dry bulb with the wet bulb beside it"
    )


def _beside(wanted: Array, given: Array, value_k: float) -> float:
    """Return the mean of one column over the hours in which another lies next to a value."""
    return float(wanted[np.abs(given - value_k) <= BIN_DK].mean())


def site_climate(weather: Weather, *, name: str, key: str = DEFAULT) -> SiteClimate:
    """Return what a climate says about a site on a design day.

    Args:
        weather: A year.
        name: What the user asked for.
        key: Key of a hot design day.

    Raises:
        KeyError: The climate has no such day.
    """
    days = design_days(weather)
    day = days[key]
    minimum = days.get(f"cold{MINIMUM_YEARS}")
    if minimum is None:
        lowest = float(weather.dry_bulb_k.min())
        evidence = "assumption" if weather.evidence == "assumption" else "derived"
        minimum = _day("hour", lowest, np.nan, weather.source, evidence)
    return SiteClimate(
        name=name, text=f"{weather.name}: {day.title}", day=day, minimum=minimum,
        elevation_m=weather.elevation_m, evidence=weather.evidence, warnings=weather.warnings,
    )  # fmt: skip
