"""Where valves have to stand: flows wanted, supply temperatures and differences held, made to agree."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from twin.arrays import Array
from twin.errors import ConvergenceError
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.studies.circuits import Circuits, Held, hold, limits
from twin.studies.rack_flow import RackFlow
from twin.studies.valves import SETTING, Valves

Target = Literal["design", "equal"]
# Settled when no flow wanted and no difference held moves by more than this share of itself.
SETTLED = 1e-8
PASSES = 30
# A difference above the one asked for by more than this share is that of pumps at their lowest speed.
FLOOR_RATIO = 1e-6
# Flows wanted and least differences are met from above by this share: rounding misses no limit.
ABOVE_RATIO = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """What flow is wanted in the racks.

    Attributes:
        at: Which valve settles which rack.
        now: Coolant of the racks as the valves stand.
        now_kg_s: Its mass flow, shape (rack,).
        target: See ``balance``.
        reserve_ratio: Share on top.
    """

    at: Circuits
    now: RackFlow
    now_kg_s: Array
    target: Target
    reserve_ratio: float

    def kg_s(self, solution: Solution, racks: RackFlow) -> Array:
        """Return the flow wanted in each rack [kg/s], zero where it is out of service, shape (rack,)."""
        runs = racks.runs[:, 0]
        if self.target == "design":
            asked = racks.required_m3_s[:, 0] * density_of(solution, racks)
        else:
            loop = self.at.loop
            total = np.bincount(loop, self.now_kg_s * runs)
            asked = (total / np.maximum(np.bincount(loop, runs), 1))[loop]
        return np.where(runs, (1.0 + self.reserve_ratio + ABOVE_RATIO) * asked, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Where the balance settled. Shapes: (valve,).

    Attributes:
        held: The network with valves that hold their flow.
        limit_m3_s: What each holds, NaN for none.
        set_pa: Difference that each matched control is told.
        least_spare_pa: What each valve has to spare in the case in which it has the least.
        value: Setting of each valve, SI.
        wanted: Setting that its range does not permit, NaN for the others.
    """

    held: Held
    limit_m3_s: Array
    set_pa: Mapping[int, float]
    least_spare_pa: Array
    value: Array
    wanted: Array


def density_of(solution: Solution, racks: RackFlow) -> Array:
    """Return the density of the coolant in each rack [kg/m3], shape (rack,)."""
    return np.asarray(solution.medium.density_kg_m3[racks.branch, 0])


def settle_valves(facility: Facility, wish: Wish, now: Solution) -> Found:
    """Return where flows wanted, supply temperatures and differences held agree.

    Flows are held, so that a difference of the pumps is a difference of every valve of the loop: what all
    valves of a loop have to spare at the highest speed is what its pumps give too much. Valves that regulate
    keep their flow in every case; the pumps then hold what the worst case takes that they can give at all.
    Valves set by hand are set for normal operation.

    Args:
        facility: In the cases that pumps are matched for, normal operation first.
        wish: What flow is wanted.
        now: State of normal operation as the valves stand.
    """
    at = wish.at
    branch = at.valves.branches(now.network.flow, now.network.assembly)
    limit = limits(at, wish.kg_s(now, wish.now), now.medium.density_kg_m3[branch, 0])
    held = hold(facility, at, limit, {}, flat_out=True)
    loops = [_Loop(at, loop, held) for loop in at.control]
    set_pa = {loop.control: loop.needed_pa(held) for loop in loops}
    for _ in range(PASSES):
        held = hold(facility, at, limit, set_pa)
        following = limits(at, wish.kg_s(held.solution, held.racks), held.density_kg_m3)
        moved = float(np.nanmax(np.abs(following / limit - 1.0), initial=0.0))
        for loop in loops:
            told = set_pa[loop.control]
            if loop.within and not loop.slowest(held, told):
                set_pa[loop.control] = loop.needed_pa(held)
                moved = max(moved, abs(set_pa[loop.control] / told - 1.0))
        if moved < SETTLED:
            value, wanted = _settings(at, held, limit)
            spare = np.where(held.short, np.inf, held.spare_pa).min(axis=1)
            return Found(
                held=held, limit_m3_s=limit, set_pa=set_pa, value=value, wanted=wanted,
                least_spare_pa=np.where(at.valves.regulates & np.isfinite(spare), spare, held.spare_pa[:, 0]),
            )  # fmt: skip
        limit = following
    raise ConvergenceError(
        f"valve settings still move by {moved:.1g} of themselves after {PASSES} passes",
        component=at.valves.paths[int(np.nanargmax(np.abs(following / limit - 1.0)))],
        equation="flow wanted in the racks",
    )


class _Loop:
    """A loop whose pumps are matched to its valves.

    Attributes:
        control: Control of its pumps.
        ends: Valves nearest to its racks.
        cases: Cases that count: normal operation, and with valves that regulate all that pumps can give.
        within: Whether its pumps can give all flows in normal operation.
        regulated: Whether all its valves regulate.
    """

    def __init__(self, at: Circuits, loop: int, flat_out: Held) -> None:
        """Look at a loop while its pumps run at their highest speed."""
        self.control, self.ends = at.control[loop], at.ends_in(loop)
        given = np.asarray(~flat_out.short[self.ends].any(axis=0))
        self.within = bool(given[0])
        self.regulated = bool(at.valves.regulates[self.ends].all())
        self.cases = np.flatnonzero(given) if self.within and self.regulated else np.zeros(1, dtype=np.intp)

    def needed_pa(self, held: Held) -> float:
        """Return the difference that its pumps have to hold [Pa], all they can where that is too little."""
        if not self.within:
            return float(held.held_pa[self.control, 0])
        needed = float(held.needed_pa(self.control, self.ends)[self.cases].max())
        return needed * (1.0 + ABOVE_RATIO) if self.regulated else needed

    def slowest(self, held: Held, told_pa: float) -> bool:
        """Return whether its pumps, as slow as their control permits, hold more than they are told."""
        return bool((held.held_pa[self.control, self.cases] > told_pa * (1.0 + FLOOR_RATIO)).all())


def _settings(at: Circuits, held: Held, limit_m3_s: Array) -> tuple[Array, Array]:
    """Return settings [SI], and those that the range of the valve does not permit, NaN for the others."""
    valves, spare = at.valves, np.maximum(held.spare_pa[:, 0], 0.0)
    takes = np.where(at.ends, spare, 0.0)
    # What all valves of a branch have to spare is taken by the one that they share.
    for row in np.argsort(-at.carries.sum(axis=1), kind="stable").tolist():
        if not at.ends[row] and not valves.regulates[row]:
            below = np.unique(at.nearest[at.carries[row]])
            below = below[below >= 0]
            takes[row] = takes[below].min()
            takes[below] -= takes[row]
    loss = held.open_pa_s2_m6 + takes / held.flow_m3_s**2
    kv = valves.most * np.sqrt(held.open_pa_s2_m6 / loss)
    value = np.where(valves.regulates, limit_m3_s, np.fmax(kv, valves.least))
    return value, np.where(~valves.regulates & (value > kv), kv, np.nan)


def as_set(facility: Facility, valves: Valves, found: Found) -> Facility:
    """Return the facility with its valves and controls set."""
    new: dict[str, dict[str, dict[int, float]]] = {}
    for kind, part, value in zip(valves.kind, valves.part.tolist(), found.value.tolist(), strict=True):
        new.setdefault(kind, {}).setdefault(SETTING[kind], {})[part] = value
    if found.set_pa:
        new["control"] = {"set_pa": dict(found.set_pa)}
    tables = dict(facility.tables)
    for kind, columns in new.items():
        numbers = dict(tables[kind].numbers)
        for name, values in columns.items():
            numbers[name] = numbers[name].copy()
            for part, value in values.items():
                numbers[name][part] = value
        tables[kind] = replace(tables[kind], numbers=numbers)
    return replace(facility, tables=tables)
