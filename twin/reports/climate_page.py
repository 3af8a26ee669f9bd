"""Climates as pages: the list of the built-in ones, and months, hours and design days of one."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from twin.interop.climate import read_climate
from twin.interop.climates import climates
from twin.laws.psychrometrics import FREEZING_K
from twin.model.design_days import DEFAULT, design_days
from twin.model.weather import Weather
from twin.model.weather_stats import Month, counts, months
from twin.reports.lines import Ink, columns, wrapped
from twin.reports.records import records_json

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_HEADS = ("", "mean", "daily max", "daily min", "wet bulb", "dew point", "highest", "lowest")
LIST_HEADS = ("name", "station", "what", "height m", "mean", "0.4 % dry", "wet bulb", "lowest")


def degrees(kelvin: float) -> str:
    """Return a temperature in degrees Celsius with one decimal, a dash where there is none."""
    return f"{round(kelvin - FREEZING_K, 1) + 0.0:.1f}" if np.isfinite(kelvin) else "–"


def climates_text(ink: Ink) -> str:
    """Return the built-in climates, one a line."""
    rows = [LIST_HEADS, *_listed()]
    head, *lines = columns(rows, right=(3, 4, 5, 6, 7))
    foot = "degrees Celsius; `twin climate NAME` shows one, docs/weather.md where its numbers come from"
    return "\n".join([ink("bold", head), *lines, "", ink("dim", foot)]) + "\n"


def _listed() -> Iterator[tuple[str, ...]]:
    for name, held in climates().items():
        weather = read_climate(name)
        day = design_days(weather)[DEFAULT]
        yield (
            name, held.station, held.title, f"{held.elevation_m:g}", degrees(weather.dry_bulb_k.mean()),
            degrees(day.dry_bulb_k), degrees(day.wet_bulb_k), degrees(weather.dry_bulb_k.min()),
        )  # fmt: skip


def climates_json() -> str:
    """Return the built-in climates with every number, its source and evidence, as JSON."""
    rows = {}
    for name, held in climates().items():
        series = {
            what: {"values": s.values.tolist(), "evidence": s.evidence, "source": s.source}
            for what, s in held.series.items()
        }
        rows[name] = {
            "station": held.station, "title": held.title, "latitude_deg": held.latitude_deg,
            "longitude_deg": held.longitude_deg, "elevation_m": held.elevation_m, "series": series,
        }  # fmt: skip
    return records_json("twin-climates/1", {}, {"climates": rows})


def climate_json(weather: Weather) -> str:
    """Return months, hours above limits and design days of a year as JSON, in SI."""
    tables: dict[str, list[Any]] = {
        "months": months(weather), "hours_above": counts(weather),
        "design_days": list(design_days(weather).values()),
    }  # fmt: skip
    facts = {
        "name": weather.name, "source": weather.source, "evidence": weather.evidence,
        "latitude_deg": weather.latitude_deg, "longitude_deg": weather.longitude_deg,
        "elevation_m": weather.elevation_m, "step_s": weather.step_s,
        "warnings": [str(warning) for warning in weather.warnings],
    }  # fmt: skip
    return records_json("twin-climate/1", tables, facts)


def climate_text(weather: Weather, ink: Ink) -> str:
    """Return months, hours above limits and design days of a year as a page."""
    place = (
        f"{weather.latitude_deg:g}° N, {weather.longitude_deg:g}° E, {weather.elevation_m:g} m above the sea"
    )
    lines = [ink("bold", weather.name), f"  {place}", *wrapped(weather.source, indent="  ")]
    lines += [f"  evidence: {weather.evidence}", ""]
    head, *rows = columns([MONTH_HEADS, *(_month(m) for m in months(weather))], right=tuple(range(1, 8)))
    lines += [ink("bold", "Months, degrees Celsius"), ink("dim", head), *rows, ""]
    lines += [ink("bold", "Hours of the year above")]
    for name in ("dry_bulb", "wet_bulb"):
        held = [count for count in counts(weather) if count.column == name]
        limits = [name.replace("_", " "), *(f"{degrees(c.limit_k)} °C" for c in held)]
        hours = ["", *(f"{c.hours_count:.0f}" for c in held)]
        lines += columns([limits, hours], right=tuple(range(1, len(limits))))
    lines += ["", *_days(weather, ink)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _month(month: Month) -> tuple[str, ...]:
    held = (
        month.dry_bulb_k, month.dry_max_k, month.dry_min_k, month.wet_bulb_k, month.dew_point_k,
        month.highest_k, month.lowest_k,
    )  # fmt: skip
    return (NAMES[month.month - 1] if month.month else "year", *map(degrees, held))


def _days(weather: Weather, ink: Ink) -> Iterator[str]:
    days = design_days(weather).values()
    yield ink("bold", "Design days, degrees Celsius")
    heads = ("day", "condition", "dry bulb", "wet bulb", "evidence")
    rows = [
        (day.key, day.title, degrees(day.dry_bulb_k), degrees(day.wet_bulb_k), day.evidence) for day in days
    ]
    head, *lines = columns([heads, *rows], right=(2, 3))
    yield ink("dim", head)
    yield from lines
    for source in dict.fromkeys(day.source for day in days):
        yield from wrapped(source, indent="  ")
    if weather.published is None:
        yield from wrapped("extremes of several years: not established, no spread of them is published",
                           indent="  ")  # fmt: skip
