"""A layout over a year of weather and load: every hour, and what the year comes to."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from twin.arrays import Array, Flags
from twin.checks import declare_rules
from twin.checks.rule import rules
from twin.errors import ConvergenceError, UsageError
from twin.model.facility import Case, Facility
from twin.model.weather import Weather
from twin.stage import read as read_stage
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.states import without
from twin.studies.outages import Outage, in_cases, normal_case
from twin.studies.year_box import Table
from twin.studies.year_load import Load
from twin.studies.year_points import Key, Plant
from twin.studies.year_table import tabulate

# Distance of any power from the solved state, over its IT power, that the year may have on average.
TOLERANCE_RATIO = 1e-4
# A limit that rounding breaks is met.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Year:
    """What every step of a year comes to.

    Attributes:
        facility: What is built, in the one case that stands all year.
        weather: Outdoor air.
        load: IT load.
        table: Steady states that the steps are the mean of.
        hourly: Powers, heats and water by name, shape (step,); NaN where there is no steady state.
        solved_count: Steady states that were solved.
        timings_s: How long each step took, by the clock; ``cpu`` is that of the processor.
    """

    facility: Facility
    weather: Weather
    load: Load
    table: Table
    hourly: Mapping[str, Array]
    solved_count: int
    timings_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """Return the state of service that stands all year."""
        return self.facility.cases[0]

    @property
    def lacking(self) -> Flags:
        """Return which steps have no steady state, shape (step,)."""
        return np.isnan(self.hourly["facility_power_w"])

    def measured(self) -> Mapping[Key, tuple[Array, Array]]:
        """Return value and limit of every measure that any step may break, shape (step,) each."""
        found = {}
        for key, (value, limit) in self.table.points.measured.items():
            gap = (limit - value) * (1.0 if key.side == "most" else -1.0)
            if np.any(gap < -ROUNDING * np.maximum(np.abs(value), np.abs(limit))):
                found[key] = self.table.of(value), self.table.of(limit)
        return found


def read_for_year(
    layout: str,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    out: Sequence[str] = (),
    case: str = "",
) -> Facility:
    """Return a layout in the one state of service that stands all year: as built, or with something out.

    Heat splits as declared at its highest share to the liquid, as ``twin check`` prints it.

    Raises:
        UsageError: There is no such case or prim, or both are asked for.
    """
    with paused():
        facility = read_stage(layout, variants=variants, overrides=overrides, scenario=scenario).facility
    if out and case:
        raise UsageError("--out and --case do not go together: a year stands in one state")
    if out:
        facility = in_cases(facility, [_outage(facility, out)])
        return _only(facility, 1)
    if not case:
        return _only(facility, normal_case(facility))
    plain = [
        row for row, one in enumerate(facility.cases)
        if one.name == case and one.capture == facility.cases[0].capture and one.viscosity_ratio == 1.0
    ]  # fmt: skip
    if not plain:
        known = ", ".join(dict.fromkeys(one.name for one in facility.cases))
        raise UsageError(f"there is no case '{case}'; there is {known}")
    return _only(facility, plain[0])


def _only(facility: Facility, row: int) -> Facility:
    others = {i: ConvergenceError("not asked for") for i in range(len(facility.cases)) if i != row}
    return replace(without(facility, others), unsolved=())


def _outage(facility: Facility, out: Sequence[str]) -> Outage:
    paths = [path for table in facility.tables.values() for path in table.paths]
    stopped: list[str] = []
    for prim in out:
        below = [path for path in paths if path == prim or path.startswith(f"{prim}/")]
        if not below:
            raise UsageError(f"--out {prim}: there is no such equipment")
        stopped += below
    text = f"{', '.join(out)} out all year"
    case = Case(name=out[0], prim=out[0], out=tuple(dict.fromkeys(stopped)), text=text)
    return Outage(group="out", part=out[0], case=case, like=normal_case(facility))


def run_year(
    facility: Facility, weather: Weather, load: Load, *, tolerance_ratio: float = TOLERANCE_RATIO
) -> Year:
    """Return every step of a year.

    Args:
        facility: In one state of service.
        weather: Outdoor air of every step.
        load: IT load of every step.
        tolerance_ratio: Distance of any power from the solved state, over IT power, that the year may have on
            average; a single step may have ten times that.

    Raises:
        ConvergenceError: No step of the year has a steady state.
    """
    clock, processor = time.perf_counter(), time.process_time()
    declare_rules()
    state = np.stack([weather.dry_bulb_k, weather.wet_bulb_k, load.ratio])
    plant = Plant(facility)
    with paused(), placing(facility):
        table = tabulate(plant, state, tolerance_ratio)
        hourly = {name: table.of(values) for name, values in table.points.values.items()}
    timings = {"year": time.perf_counter() - clock, "cpu": time.process_time() - processor}
    return Year(
        facility=facility, weather=weather, load=load, table=table, hourly=hourly, solved_count=plant.count,
        timings_s=timings,
    )  # fmt: skip


def severity_of(key: Key) -> str:
    """Return how bad it is to break a measure."""
    return rules()[key.rule][0].severity
