"""The page of weather: what is read from a file, where built-in climates come from, how good they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.interop.climate import read_climate
from twin.interop.climates import climates
from twin.model.design_days import HOT, YEARS, design_days
from twin.model.weather import Weather
from twin.model.weather_stats import counts
from twin.reports.climate_page import degrees

DRY_C, WET_C = (10.0, 20.0, 30.0, 35.0, 40.0), (10.0, 15.0, 20.0, 22.0, 24.0)


@dataclass(frozen=True, slots=True)
class TypicalYear:
    """Figures of a typical year that is no part of this project.

    Attributes:
        source: Data set and number of the station.
        mean_c, wet_mean_c, wet_peak_c: Mean dry bulb, mean and highest wet bulb [°C].
        hours: Hours above each of ``DRY_C``, then above each of ``WET_C``.
    """

    source: str
    mean_c: float
    wet_mean_c: float
    wet_peak_c: float
    hours: tuple[int, ...]


# Counted in the files of the stations; tests/verification/weather counts them anew.
TYPICAL_YEARS = {
    "phoenix": TypicalYear(
        "TMY3 722780", 23.80, 13.22, 24.95, (7964, 5348, 2639, 1230, 310, 5978, 3407, 1223, 562, 32)
    ),
    "miami": TypicalYear(
        "TMY3 722020", 24.51, 20.79, 26.54, (8707, 7428, 639, 1, 0, 8466, 7753, 5914, 4544, 2175)
    ),
}

_LISTED = ("name", "station", "what", "height", "mean", "0.4 % dry bulb", "wet bulb", "lowest hour")
_BESIDE = ("climate", "99.6 %", "99 %", *(f"{n} % {c} bulb" for c in ("dry", "wet") for n, _ in HOT))
_TYPICAL = (
    "climate", "", "mean", *(f"dry > {limit:g}" for limit in DRY_C), "mean wet", "highest wet",
    *(f"wet > {limit:g}" for limit in WET_C),
)  # fmt: skip
_USE = """\
`twin check LAYOUT --climate phoenix` puts the design day of a climate on the site record: dry bulb, the
wet bulb that goes with it, and the lowest dry bulb to protect against. `--design-day` names another day.
The site's elevation stays; where the station lies more than 100 m above or below it, a warning says so
(ST209); where the site has none, that of the station is taken. `--set` is stronger than `--climate`, and
`--climate` stronger than every file and variant; no file is written. `solve`, `plan` and `explain` take
the same options. `twin climate` lists the built-in climates; `twin climate NAME` or `twin climate
FILE.epw` prints months, hours above limits and design days, `--format json` in SI.
"""
_FILES = """\
## Weather files

An EPW file is read whole or refused with every fault, each with line and hour (ST200 to ST207 in
[rules](rules.md)).
"""
_TRAPS = (
    (
        "row 1",
        "is the hour that ends at 01:00; it is hour 0 of the day in the results",
    ),
    (
        "years differ by month in a typical year",
        "month, day, hour and minute place a row; the year is not looked at",
    ),
    (
        "minutes",
        "of 2, 4 or more rows an hour, minutes end a step, 0 being 60; where the first row "
        "has 0, they begin it",
    ),
    (
        "missing values: 99.9 °C, 999 %, 999999 Pa",
        "a dew point comes from relative humidity; up to 6 hours are interpolated; both are "
        "told (ST208); more are refused",
    ),
    (
        "missing rows",
        "are refused, one fault for each gap",
    ),
    (
        "humidity and dew point are rounded, and differ",
        "wet bulb comes from the dew point and the station's pressure",
    ),
    (
        "dew point above the dry bulb",
        "up to 0.5 K is rounding, told, and saturated air; more is refused",
    ),
    (
        "pressure reduced to sea level",
        "a yearly mean 5 % off the standard atmosphere at the station is refused",
    ),
    (
        "29 February",
        "is left out and told: a year here has 8,760 hours",
    ),
    (
        "daylight saving",
        "is not looked at: times are local standard time",
    ),
    (
        "less than a year, or several periods",
        "is refused",
    ),
)
_DAYS = """\
## Design days

Published conditions in the head of a file (`DESIGN CONDITIONS`, forms of 2009 to 2021) go before
statistics of its hours; the page says which. Statistics are quantiles of the hours; what goes with a dry
bulb is the mean wet bulb of the hours within 0.5 K of it. Extremes of n years are T = M + F·s with F of
a Gumbel distribution, from the published mean M and standard deviation s of annual extremes; without
these they are not established. The air of the hottest hour in n years is taken as humid as that of the
0.4 % day, which is an assumption. The lowest dry bulb is that of 20 years, or the lowest hour where no
spread is published.
"""
_METHOD = """\
## How their hours are made

One and the same pattern of weather for every climate, without chance: each day has a highest and a
lowest dry bulb, which are monthly means drawn as lines that keep them, and an anomaly. Anomalies are
sums of cosines of six periods between 4 and 30 days, so that spells last for days; within each month
they have the mean 0 and reach from -1 to 1 times an amplitude, which lifts the warmest month to the mean
annual maximum and drops the coldest to the mean annual minimum. Hours follow the daily range as ASHRAE
draws it. The dew point follows the dry bulb in the coldest month and not at all in the warmest, besides
an anomaly of its own up to the published peak. Pressure is that of the standard atmosphere. The method
is an assumption of this project, and so is every number that rests on it. Monthly means of the daily
highest and lowest dry bulb, of all hours where they are known, and of the dew point or the relative
humidity are met within 0.1 K (test).

Such a year knows no fronts, sea breezes or monsoon bursts, its dew point does not swing within a day,
and it has the extremes of a mean year. It serves to compare designs and climates; a design is settled
with a weather file.
"""


def weather_page() -> str:
    """Return the page."""
    parts = [
        "# Weather\n", _USE, _FILES, *_table(("trap", "what is done"), _TRAPS), _DAYS,
        "## Built-in climates\n",
        *_table(_LISTED, _list()),
        "Degrees Celsius. Dry and wet bulb are those of the 0.4 % design day, published where the next table "
        "names design conditions.\n",
        "### Where their numbers come from\n",
        *_table(("climate", "number", "evidence", "source"), _sources()),
        _METHOD,
        "### Beside published design conditions\n",
        "Statistics of the made hours less what the ASHRAE Handbook of 2009 prints for the station, in "
        "kelvin. A run takes the published condition, not this one.\n",
        *_table(_BESIDE, _beside()),
        "### Beside typical years\n",
        "Hours of the year above a limit, of the made hours and of the station's typical year TMY3 (its "
        "monthly dew points are an input of ours, its dry bulbs are not).\n",
        *_table(_TYPICAL, _typical()),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


@cache
def _made(name: str) -> Weather:
    return read_climate(name)


def _list() -> Iterator[tuple[str, ...]]:
    for name, held in climates().items():
        weather, day = _made(name), design_days(_made(name))[HOT[0][0]]
        yield (
            f"`{name}`", held.station, held.title, f"{held.elevation_m:g} m",
            degrees(weather.dry_bulb_k.mean()), degrees(day.dry_bulb_k), degrees(day.wet_bulb_k),
            degrees(weather.dry_bulb_k.min()),
        )  # fmt: skip


def _sources() -> Iterator[tuple[str, ...]]:
    for name, held in climates().items():
        told: dict[tuple[str, str], list[str]] = {}
        for what, series in held.series.items():
            told.setdefault((series.evidence, series.source), []).append(what)
        for (evidence, source), numbers in told.items():
            yield f"`{name}`", ", ".join(numbers), evidence, source
        if held.published is not None:
            years = f"design conditions, extremes of {YEARS[0]} to {YEARS[-1]} years"
            yield f"`{name}`", years, "standard", held.published.source


def _beside() -> Iterator[tuple[str, ...]]:
    for name, held in climates().items():
        if held.published is None:
            continue
        dry, wet = _made(name).dry_bulb_k, _made(name).wet_bulb_k
        ours = [
            *np.quantile(dry, [0.004, 0.01]),
            *(np.quantile(c, 1.0 - s) for c in (dry, wet) for _, s in HOT),
        ]
        theirs = [*held.published.heating_k, *held.published.dry_bulb_k, *held.published.wet_bulb_k]
        yield f"`{name}`", *(f"{a - b:+.1f}" for a, b in zip(ours, theirs, strict=True))


def _typical() -> Iterator[tuple[str, ...]]:
    split = len(DRY_C)
    for name, year in TYPICAL_YEARS.items():
        weather = _made(name)
        hours = [f"{count.hours_count:.0f}" for count in counts(weather, DRY_C, WET_C)]
        dry, *wet = map(
            degrees, (weather.dry_bulb_k.mean(), weather.wet_bulb_k.mean(), weather.wet_bulb_k.max())
        )
        yield f"`{name}`", "made", dry, *hours[:split], *wet, *hours[split:]
        hours = [str(count) for count in year.hours]
        dry, *wet = (f"{value:.1f}" for value in (year.mean_c, year.wet_mean_c, year.wet_peak_c))
        yield f"`{name}`", year.source, dry, *hours[:split], *wet, *hours[split:]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
