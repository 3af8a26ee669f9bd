"""Why a year is infeasible, in words."""

from collections.abc import Iterator

import numpy as np

from twin.checks.rule import rules
from twin.reports.numbers import apart, power, unit_text
from twin.studies.year import Year
from twin.studies.year_figures import HOUR_S, SERIOUS, Beyond, beyond, lacking
from twin.units import display_unit, from_si


def reasons(year: Year) -> tuple[str, ...]:
    """Return a text for each rule that makes a year infeasible; none where the design holds.

    Each tells rule, hours, worst value and limit: "CL003 673 h, 52.33 °C where 45 °C is the most".
    """
    return (*_lacking(year), *_broken(year))


def _lacking(year: Year) -> Iterator[str]:
    short = np.array([one.short_w for one in lacking(year)])
    if short.size:
        hours = short.size * year.weather.step_s / HOUR_S
        amount = f", up to {power(float(np.nanmax(short)))} short" if np.isfinite(short).any() else ""
        yield f"no steady state {hours:.0f} h{amount}"


def _broken(year: Year) -> Iterator[str]:
    """Yield each critical or major rule once, at the measure that breaks it worst and longest."""
    told = set()
    for one in beyond(year):
        if one.severity in SERIOUS and one.rule not in told:
            told.add(one.rule)
            yield f"{one.rule} {one.duration_s / HOUR_S:.0f} h, {_amount(one)}"


def _amount(one: Beyond) -> str:
    """Return value and limit of a measure in the unit of its rule."""
    unit = rules()[one.rule][0].unit or display_unit(one.name)
    worst, limit = apart(*(float(from_si(si, unit, one.name)) for si in (one.worst, one.limit)))
    return f"{worst}{unit_text(unit)} where {limit}{unit_text(unit)} is the {one.side}"
