"""A year as a page for a terminal: what it comes to, where the energy goes, which hours go wrong."""

from collections.abc import Iterator

import numpy as np

from twin.reports.lines import WIDTH, Ink, fit, wrapped
from twin.reports.numbers import (
    number,
    power,
)
from twin.studies.year import Year
from twin.studies.year_figures import beyond, figures, lacking

KWH, NAMED = 3.6e6, 5


def year_text(layout: str, year: Year, ink: Ink | None = None) -> str:
    """Return the page."""
    ink = ink or Ink()
    found = figures(year)
    lines = [
        ink("bold", f"{layout}, a year in {year.weather.name}"),
        *_premises(year),
        "",
        *_headline(year, found, ink),
        "",
        *_split(year, found),
        "",
        *_limits(year, ink),
        *_method(year, found),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _premises(year: Year) -> Iterator[str]:
    yield f"Load      {year.load.text}"
    yield f"State     {year.case.text or 'as built, nothing out'}"
    yield from wrapped(
        f"{year.weather.source} ({year.weather.evidence})", indent=" " * 10, first="Weather   "
    )


def _headline(year: Year, found: dict[str, float], ink: Ink) -> Iterator[str]:
    steps = list(lacking(year))
    if steps:
        yield ink("red", f"INFEASIBLE: {len(steps)} hours have no steady state; no PUE is given")
        for one in steps[:NAMED]:
            at = year.weather
            short = f" ({power(one.short_w)} short)" if np.isfinite(one.short_w) else ""
            yield fit(
                f"  {stamp(year, one.step)}  {number(at.dry_bulb_k[one.step] - 273.15)} °C{short}: {one.reason}",
                WIDTH,
            )
        if len(steps) > NAMED:
            yield f"  and {len(steps) - NAMED} more hours"
        return
    if "pue" not in found:
        yield "no IT energy: there is no ratio to it"
        return
    yield (
        ink("bold", f"PUE {found['pue']:.4f}") + "  annual, IT energy at the inputs of the racks (category 3)"
    )


def stamp(year: Year, step: int) -> str:
    """Return a step as month, day and hour."""
    at = year.weather
    return f"{at.month[step]:02d}-{at.day[step]:02d} {at.hour[step]:02d}:00"


def _split(year: Year, found: dict[str, float]) -> Iterator[str]:
    yield "to be replaced"


def _limits(year: Year, ink: Ink) -> Iterator[str]:
    for one in beyond(year):
        yield f"{one.rule} {one.duration_s / 3600:.0f} h"


def _method(year: Year, found: dict[str, float]) -> Iterator[str]:
    yield f"Solved    {year.solved_count} steady states; every other hour lies between them"
