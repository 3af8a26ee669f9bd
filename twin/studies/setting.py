"""Where valves have to stand: flows wanted, supply temperatures and differences held, made to agree."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from twin.arrays import Array, Index
from twin.errors import ConvergenceError
from twin.model.facility import Facility
from twin.solve.couple import Solution
from twin.studies.circuits import SHORT_RATIO, Circuits, Held, hold, limits
from twin.studies.rack_flow import RackFlow
from twin.studies.valves import SETTING, Valves

Target = Literal["design", "equal"]
# Settled when no flow wanted and no difference held moves by more than this share of itself.
SETTLED = 1e-8
PASSES = 30
# A difference above the one asked for by more than this share is that of pumps at their lowest speed.
FLOOR_RATIO = 1e-6


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
        return np.where(runs, (1.0 + self.reserve_ratio) * asked, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Where the balance settled. Shapes: (valve,).

    Attributes:
        held: The network with valves that hold their flow.
        limit_m3_s: What each holds, NaN for none.
        set_pa: Difference that each matched control is told.
        value: Setting of each valve, SI.
        wanted: Setting that its range does not permit, NaN for the others.
    """

    held: Held
    limit_m3_s: Array
    set_pa: Mapping[int, float]
    value: Array
    wanted: Array


def density_of(solution: Solution, racks: RackFlow) -> Array:
    """Return the density of the coolant in each rack [kg/m3], shape (rack,)."""
    return np.asarray(solution.medium.density_kg_m3[racks.branch, 0])


def settle_valves(base: Facility, wish: Wish, now: Solution) -> Found:
    """Return where flows wanted, supply temperatures and differences held agree.

    Flows are held, so that a difference of the pumps is a difference of every valve of the loop: what all
    valves of a loop have to spare at the highest speed is what its pumps give too much.
    """
    at = wish.at
    branch = at.valves.branches(now.network.flow, now.network.assembly)
    density = now.medium.density_kg_m3[branch, 0]
    limit = limits(at, wish.kg_s(now, wish.now), density)
    held = hold(base, at, limit, {}, flat_out=True)
    set_pa, free = {}, dict(at.control)
    for loop, control in at.control.items():
        ends = at.ends_in(loop)
        set_pa[control] = float(held.held_pa[control])
        if held.short[ends].any():
            del free[loop]  # its pumps give all they have
        else:
            set_pa[control] -= float(held.spare_pa[ends].min())
    for _ in range(PASSES):
        held = hold(base, at, limit, set_pa)
        following = limits(at, wish.kg_s(held.solution, held.racks), held.density_kg_m3)
        moved = float(np.nanmax(np.abs(following / limit - 1.0), initial=0.0))
        for loop, control in list(free.items()):
            if held.held_pa[control] > set_pa[control] * (1.0 + FLOOR_RATIO):
                del free[loop]  # its pumps turn as slowly as their control permits
                continue
            over = _over(held, at.ends_in(loop), limit, float(held.held_pa[control]))
            moved = max(moved, abs(over) / set_pa[control])
            set_pa[control] -= over
        if moved < SETTLED:
            value, wanted = _settings(at, held, limit)
            return Found(held=held, limit_m3_s=limit, set_pa=set_pa, value=value, wanted=wanted)
        limit = following
    raise ConvergenceError(
        f"valve settings still move by {moved:.1g} of themselves after {PASSES} passes",
        component=at.valves.paths[int(np.nanargmax(np.abs(following / limit - 1.0)))],
        equation="flow wanted in the racks",
    )


def _over(held: Held, ends: Index, limit_m3_s: Array, held_pa: float) -> float:
    """Return what the pumps of a loop hold too much [Pa], negative where they hold too little."""
    missed = float(np.max(1.0 - held.flow_m3_s[ends] / limit_m3_s[ends]))
    # Near a flow, difference goes with its square.
    return -2.0 * missed * held_pa if missed > SHORT_RATIO else float(held.spare_pa[ends].min())


def _settings(at: Circuits, held: Held, limit_m3_s: Array) -> tuple[Array, Array]:
    """Return settings [SI], and those that the range of the valve does not permit, NaN for the others."""
    valves, spare = at.valves, np.maximum(held.spare_pa, 0.0)
    takes = np.where(at.ends, spare, 0.0)
    # What all valves of a branch have to spare is taken by the one that they share.
    for row in np.argsort(-at.carries.sum(axis=1), kind="stable").tolist():
        if not at.ends[row] and not valves.regulates[row]:
            below = np.unique(at.nearest[at.carries[row]])
            below = below[below >= 0]
            takes[row] = takes[below].min()
            takes[below] -= takes[row]
    loss = valves.open_pa_s2_m6 + takes / held.flow_m3_s**2
    kv = valves.most * np.sqrt(valves.open_pa_s2_m6 / loss)
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
