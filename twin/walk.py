"""The walk: stage → facility → network → solution → results → findings."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from twin.balance import Balance
from twin.checks import declare_rules
from twin.checks.review import Margin, review
from twin.errors import ConvergenceError
from twin.metrics import metrics
from twin.model.design_days import SiteClimate
from twin.model.facility import Facility
from twin.model.finding import Fault, Finding
from twin.model.network import lay_out
from twin.results import add_facility, to_tree
from twin.solve.couple import Solution
from twin.solve.hammer import with_events
from twin.solve.site_faults import site_faults
from twin.stage import Reading
from twin.stage import read as read_stage
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.states import set_aside, settle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """Everything one run of the walk leaves behind."""

    facility: Facility
    solution: Solution
    balance: Balance
    tree: xr.DataTree
    findings: Sequence[Finding]
    margins: Sequence[Margin]
    warnings: Sequence[Fault]
    timings_s: dict[str, float] = field(default_factory=dict)


def walk(
    layout: str,
    *,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
    climate: SiteClimate | None = None,
) -> Outcome:
    """Read, lay out, solve and check a layout."""
    with paused():
        start = time.perf_counter()
        reading = read_stage(
            layout, variants=variants, overrides=overrides, scenario=scenario, climate=climate
        )
        return _walk(reading, start)


def walk_on(facility: Facility) -> Outcome:
    """Lay out, solve and check a facility that was read before."""
    with paused():
        reading = Reading(facility=facility, warnings=(), visited=0, timings_s={"open": 0.0})
        return _walk(reading, time.perf_counter())


def _walk(reading: Reading, start: float) -> Outcome:
    clock = [start, time.perf_counter()]
    facility = reading.facility
    with placing(facility):
        network = lay_out(facility)
        clock.append(time.perf_counter())
        try:
            solution, closed = settle(network)
        except ConvergenceError:
            facility = set_aside(facility, network)
            network = lay_out(facility)
            solution, closed = settle(network)
    clock.append(time.perf_counter())
    solution = with_events(solution)
    clock.append(time.perf_counter())
    solution = replace(solution, faults=site_faults(network.power))
    clock.append(time.perf_counter())
    tree = add_facility(to_tree(facility, solution), facility, metrics(facility, solution, closed))
    clock.append(time.perf_counter())
    declare_rules()
    findings, margins = review(facility, tree, network.assembly.placement)
    clock.append(time.perf_counter())
    by = "solve_compiled" if solution.flow.compiled else "solve"
    names = ("read", "lay_out", by, "surge", "short_circuit", "results", "check")
    timings_s = {"open": reading.timings_s["open"], **dict(zip(names, np.diff(clock).tolist(), strict=True))}
    timings_s["read"] -= timings_s["open"]  # the stages of a run add up to the run
    return Outcome(
        facility=facility, solution=solution, balance=closed, tree=tree, findings=findings,
        margins=margins, warnings=reading.warnings, timings_s=timings_s,
    )  # fmt: skip
