"""One layout over the years of several climates: what is solved for one serves the others."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from twin.checks import declare_rules
from twin.model.facility import Facility
from twin.model.weather import Weather
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.studies.year import TOLERANCE_RATIO, Year
from twin.studies.year_load import Load
from twin.studies.year_points import Plant
from twin.studies.year_table import tabulate


def run_years(
    facility: Facility, years: Sequence[tuple[Weather, Load]], *, tolerance_ratio: float = TOLERANCE_RATIO
) -> tuple[Year, ...]:
    """Return the years of several climates, read from one table of steady states.

    The site keeps its own height: pressure of the air does not follow the climate.

    Args:
        facility: In one state of service.
        years: Outdoor air and IT load of each.
        tolerance_ratio: As for ``run_year``, on the average of all years together; each year's own error is
            among its figures.

    Raises:
        ConvergenceError: No step of any year has a steady state.
    """
    clock, processor = time.perf_counter(), time.process_time()
    declare_rules()
    states = [np.stack([w.dry_bulb_k, w.wet_bulb_k, load.ratio]) for w, load in years]
    plant = Plant(facility)
    with paused(), placing(facility):
        table = tabulate(plant, np.concatenate(states, axis=1), tolerance_ratio)
    timings = {"year": time.perf_counter() - clock, "cpu": time.process_time() - processor}
    ends = np.cumsum([0, *(state.shape[1] for state in states)]).tolist()
    found = []
    for (weather, load), (start, stop) in zip(years, pairwise(ends), strict=True):
        steps = slice(start, stop)
        own = replace(
            table, corner=table.corner[steps], weight=table.weight[steps],
            error_ratio=table.error_ratio[steps],
        )  # fmt: skip
        hourly: Mapping[str, np.ndarray] = {n: own.of(v) for n, v in table.points.values.items()}
        found.append(Year(
            facility=facility, weather=weather, load=load, table=own, hourly=hourly,
            solved_count=plant.count, timings_s=timings,
        ))  # fmt: skip
    return tuple(found)
