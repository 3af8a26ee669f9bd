"""Which supply feeds what at an instant of a march: switches, batteries, loads that have dropped."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.power_net import PowerNet
from twin.solve.march_plan import Plan
from twin.solve.march_stores import GROUPS, switched
from twin.solve.power_supply import Supply, find_supply
from twin.solve.shapes import at_time


class Mode(IntEnum):
    """What a battery does."""

    IDLE = 0
    GIVES = 1
    RECHARGES = 2
    EMPTY = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """State from one instant to the next switch.

    Attributes:
        time_s: The instant [s].
        service: Whether each element is in service, shape (switch,).
        stored_j: Energy of each battery [J], shape (store,).
        mode: What each battery does, shape (store,).
        fed: Whether the input of each battery's unit is alive, shape (store,).
        lost: IT consumers that have dropped, shape (consumer,).
    """

    time_s: float
    service: Flags
    stored_j: Array
    mode: Index
    fed: Flags
    lost: Flags


def offsets(net: PowerNet) -> dict[str, int]:
    """Return where each group of elements begins among all switches."""
    counts = [getattr(net, group).in_service.shape[0] for group in GROUPS]
    return dict(zip(GROUPS, np.cumsum([0, *counts[:-1]]).tolist(), strict=True))


def demand(plan: Plan, time_s: Array, after: Flags) -> tuple[Array, Array]:
    """Return the power on each curve and what each consumer wants [W], shapes (curve | consumer, instant)."""
    curve = np.array([at_time(t, p, time_s, after=after) for t, p in plan.curves])
    curve = curve.reshape(len(plan.curves), time_s.size)
    wanted = np.repeat(plan.wanted_w[:, None], time_s.size, axis=1)
    follows = plan.shape >= 0
    wanted[follows] = curve[plan.shape[follows]]
    return curve, wanted


def moment(plan: Plan, time_s: float, stored_j: Array, lost: Flags) -> Moment:
    """Return the state behind an instant: supplies, then batteries, then loads.

    Args:
        plan: The march.
        time_s: The instant [s].
        stored_j: Energy of each battery [J].
        lost: IT consumers that have dropped before.
    """
    stores, first = plan.stores, offsets(plan.net)
    service = _switches(plan, time_s)
    service[first["consumers"] + np.flatnonzero(lost)] = False
    behind = np.flatnonzero(stores.online >= 0)
    runs = service[first["converters"] + stores.online[behind]]
    supply = _supply(plan, service)
    fed = np.ones(stores.capacity_j.size, dtype=np.bool_)
    fed[behind] = supply.alive[stores.input[behind], 0]
    gives = np.zeros_like(fed)
    gives[behind] = runs & ~fed[behind] & (stored_j[behind] > 0.0)
    if gives.any():
        supply = _supply(plan, _on_battery(plan, service, gives))
        # A unit whose input another one's battery feeds stays on line.
        fed[behind] = supply.alive[stores.input[behind], 0]
        if (gives & fed).any():
            gives &= ~fed
            supply = _supply(plan, _on_battery(plan, service, gives))
    inside = np.flatnonzero(stores.consumer >= 0)
    dropped = supply.dropped[:, 0]
    fed[inside] = ~dropped[stores.consumer[inside]]
    wanted = demand(plan, np.array([time_s]), np.array([True]))[1][:, 0]
    drain = wanted[stores.consumer[inside]] * stores.efficiency_ratio[inside]
    gives[inside] = ~fed[inside] & (stored_j[inside] > 0.0) & (drain <= stores.rated_w[inside])
    gives[inside] &= service[first["consumers"] + stores.consumer[inside]]
    held = np.zeros_like(lost)
    held[stores.consumer[inside[gives[inside]]]] = True
    lost = lost | (dropped & plan.it & ~held)
    takes = fed & ~gives & (stored_j < stores.capacity_j) & (stores.recharge_w > 0.0)
    takes[behind] &= runs
    takes[inside] &= ~lost[stores.consumer[inside]]
    service = _on_battery(plan, service, gives)
    service[first["consumers"] + stores.charger[behind]] = takes[behind]
    service[first["consumers"] + np.flatnonzero(lost)] = False
    mode = np.where(stored_j <= 0.0, Mode.EMPTY, Mode.IDLE)
    mode = np.where(takes, Mode.RECHARGES, np.where(gives, Mode.GIVES, mode)).astype(np.intp)
    return Moment(time_s=time_s, service=service, stored_j=stored_j, mode=mode, fed=fed, lost=lost)


def _switches(plan: Plan, time_s: float) -> Flags:
    active = [e for e in plan.events if e.lost_s <= time_s < e.return_s]
    service = plan.switches.copy()
    for event in active:
        service &= ~event.out
    for event in active:
        service |= event.ready_s <= time_s
    return service & ~plan.battery


def _on_battery(plan: Plan, service: Flags, gives: Flags) -> Flags:
    stores, first = plan.stores, offsets(plan.net)
    behind = np.flatnonzero(stores.online >= 0)
    out = service.copy()
    out[first["converters"] + stores.backup[behind]] = gives[behind]
    out[first["feeds"] + stores.source[behind]] = gives[behind]
    return out


def _supply(plan: Plan, service: Flags) -> Supply:
    return find_supply(switched(plan.net, service[:, None]))
