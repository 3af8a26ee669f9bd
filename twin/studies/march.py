"""A layout over time: its normal state, load shapes and supply events, marched and judged."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from twin.arrays import Array
from twin.checks import declare_rules
from twin.checks.march import CODES
from twin.checks.review import review
from twin.errors import ConvergenceError, UsageError
from twin.model.facility import Facility
from twin.model.finding import Finding
from twin.model.network import Network, lay_out
from twin.solve.march import March, march
from twin.solve.march_plan import plan_of
from twin.stage import read as read_stage
from twin.stage.placed import placing
from twin.stage.read import paused
from twin.states import steady, without
from twin.studies.march_tree import march_tree

INSTANTS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timed:
    """A facility in its normal state and the cases of its events, and how it went.

    Attributes:
        facility: What is built, in these cases.
        network: Its elements.
        march: The march.
        tree: Results over time, by group.
        findings: What rules found, worst first.
        timings_s: How long each step took.
    """

    facility: Facility
    network: Network
    march: March
    tree: xr.DataTree
    findings: Sequence[Finding]
    timings_s: Mapping[str, float]


def read_for_march(
    layout: str, variants: Sequence[str], overrides: Sequence[str], scenario: str | None
) -> Facility:
    """Return a facility in its normal case and the cases that its supply events name."""
    with paused():
        facility = read_stage(layout, variants=variants, overrides=overrides, scenario=scenario).facility
    wanted = {""}
    if (table := facility.tables.get("supply_event")) is not None:
        named = table.targets["contingency"]
        wanted |= {facility.tables["contingency"].paths[int(row)] for row in named.row}
    seen: set[str] = set()
    left_out = {}
    for number, case in enumerate(facility.cases):
        plain = case.viscosity_ratio == 1.0 and case.capture == facility.cases[0].capture
        if case.prim not in wanted or case.prim in seen or not plain:
            left_out[number] = ConvergenceError("not asked for")
        else:
            seen.add(case.prim)
    return replace(without(facility, left_out), unsolved=())


def time_march(
    layout: str,
    duration_s: float,
    *,
    step_s: float | None = None,
    variants: Sequence[str] = (),
    overrides: Sequence[str] = (),
    scenario: str | None = None,
) -> Timed:
    """Return a layout settled, marched and judged.

    Args:
        layout: What to read.
        duration_s: Length of the march [s].
        step_s: Longest time between two instants [s]; a two-hundredth of the length where not given.
        variants: Selections, as for the walk.
        overrides: Values, likewise.
        scenario: Scenario, likewise.

    Raises:
        UsageError: The march has no length, or the layout has cords of single phases.
        InputError: The stage is wrong, or lacks a number that its events need.
        ConvergenceError: The normal state, or an instant, has no solution.
    """
    if duration_s <= 0.0:
        raise UsageError("a march takes longer than 0 s")
    clock = [time.perf_counter()]
    facility = read_for_march(layout, variants, overrides, scenario)
    clock.append(time.perf_counter())
    with placing(facility):
        network = lay_out(facility)
        if network.power.unbalanced:
            raise UsageError("cords of single phases are not followed in time: phases are alike in a march")
        solved, solution = steady(facility)
        clock.append(time.perf_counter())
        plan = plan_of(facility, network.assembly, _consumer_w(facility, solved, solution.consumer_w))
    found = march(plan, duration_s, duration_s / INSTANTS if step_s is None else step_s)
    clock.append(time.perf_counter())
    tree = march_tree(facility, network, found)
    declare_rules()
    findings, _ = review(facility, tree, only=CODES)
    clock.append(time.perf_counter())
    timings = dict(zip(("read", "settle", "march", "check"), np.diff(clock).tolist(), strict=True))
    return Timed(
        facility=facility, network=network, march=found, tree=tree, findings=findings, timings_s=timings
    )


def _consumer_w(facility: Facility, solved: Facility, consumer_w: Array) -> Array:
    """Return what consumers draw in each case; a case without a steady state draws as the normal one."""
    at = {case.prim: number for number, case in enumerate(solved.cases)}
    return consumer_w[:, [at.get(case.prim, 0) for case in facility.cases]]
