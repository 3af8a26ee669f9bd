"""Years of a layout as scripts and notebooks ask for them: results, limits broken, bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from twin.interop.climate import read_climate
from twin.reports.year_reasons import reasons
from twin.studies.year import Year, read_for_year
from twin.studies.year_figures import Beyond, beyond, claimed
from twin.studies.year_load import load_of
from twin.studies.year_money import Cost, carbon_of, cost_of, emitted, tariff_of
from twin.studies.year_tree import year_tree
from twin.studies.years import run_years


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annual:
    """What one year leaves behind.

    Attributes:
        year: Every step, with its weather and the steady states it is the mean of.
        tree: Results: ``/facility`` and ``/weather`` over time, ``/annual``, ``/beyond`` and more.
        infeasible: Why the design does not hold there, a text for each reason; empty where it does.
        figures: Figures by suffixed name, SI; no PUE and no other ratio to IT energy where it is infeasible.
        beyond: Limits that some steps break, worst first.
        cost: What it costs; None where no price was given.
        emitted_kg: Emissions [kg]; None where no intensity was given.
    """

    year: Year
    tree: xr.DataTree
    infeasible: Sequence[str]
    figures: Mapping[str, float]
    beyond: Sequence[Beyond]
    cost: Cost | None = None
    emitted_kg: float | None = None


def annual(
    layout: str,
    climates: Sequence[str],
    *,
    variants: Sequence[str],
    overrides: Sequence[str],
    scenario: str | None,
    price: str | None,
    carbon: str | None,
    tolerance_ratio: float,
) -> list[Annual]:
    """Return the year of a layout as built in each climate; arguments and refusals as for ``twin.years``."""
    weathers = [read_climate(name) for name in climates]
    facility = read_for_year(layout, variants=variants, overrides=overrides, scenario=scenario)
    loaded = [(weather, load_of(None, weather)) for weather in weathers]
    return [
        Annual(
            year=year, tree=year_tree(year), infeasible=reasons(year), figures=claimed(year),
            beyond=tuple(beyond(year)),
            cost=cost_of(year, tariff_of(price, year.weather)) if price else None,
            emitted_kg=emitted(year, carbon_of(carbon, year.weather))[0] if carbon else None,
        )
        for year in run_years(facility, loaded, tolerance_ratio=tolerance_ratio)
    ]  # fmt: skip
