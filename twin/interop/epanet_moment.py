"""What a water network is told to do at a moment: patterns, tanks, and the controls that change links."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.interop.epanet_model import FOOT_M, Control, Pump, Status, Tank, WaterNetwork, When
from twin.interop.epanet_net import Moment, Plan

DAY_S = 86400.0
# EPANET compares heads to 0.0005 ft, and takes a flow below 1e-6 cubic feet per second for none.
HEAD_STEP_M = 0.0005 * FOOT_M
STILL_M3_S = 1e-6 * FOOT_M**3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schedule:
    """Patterns of a network, as columns.

    Attributes:
        multipliers: Of every pattern; the last one is always 1.
        base_m3_s: Demands before their pattern, shape (demand,).
        junction: Number of their junction, shape (demand,).
        pattern: Number of their pattern, shape (demand,).
        head_m: Heads of reservoirs before their pattern, shape (reservoir,).
        head_pattern: Number of their pattern, shape (reservoir,).
        speed_pattern: Number of the pattern of every link, -1 for none, shape (link,).
    """

    multipliers: tuple[tuple[float, ...], ...]
    base_m3_s: Array
    junction: Index
    pattern: Index
    head_m: Array
    head_pattern: Index
    speed_pattern: Index


def schedule(plan: Plan) -> Schedule:
    """Return the patterns of a network as columns."""
    network = plan.network
    names = list(network.patterns)
    number = {name: i for i, name in enumerate(names)}
    steady = len(names)
    usual = number.get(network.options.pattern, steady)
    rows = [
        (demand.base_m3_s, i, number[demand.pattern] if demand.pattern else usual)
        for i, junction in enumerate(network.junctions)
        for demand in junction.demands
    ]
    factor = network.options.demand_multiplier_ratio
    return Schedule(
        multipliers=(*(network.patterns[name] for name in names), (1.0,)),
        base_m3_s=np.array([base * factor for base, _, _ in rows], dtype=np.float64),
        junction=np.array([i for _, i, _ in rows], dtype=np.intp),
        pattern=np.array([p for _, _, p in rows], dtype=np.intp),
        head_m=np.array([r.head_m for r in network.reservoirs], dtype=np.float64),
        head_pattern=np.array([number.get(r.pattern, steady) for r in network.reservoirs], dtype=np.intp),
        speed_pattern=np.array(
            [number[k.pattern] if isinstance(k, Pump) and k.pattern else -1 for k in plan.links],
            dtype=np.intp,
        ),
    )


def first_moment(plan: Plan) -> Moment:
    """Return what the input gives links and tanks to begin with; demands and reservoirs are yet to come."""
    network = plan.network
    setting = [k.speed_ratio if isinstance(k, Pump) else getattr(k, "setting", 0.0) for k in plan.links]
    return Moment(
        head_m=np.zeros(len(network.reservoirs) + len(network.tanks)),
        demand_m3_s=np.zeros(len(network.junctions)),
        status=np.array([link.status for link in plan.links], dtype=np.intp),
        setting=np.array(setting, dtype=np.float64),
    )


def at_time(plan: Plan, schedule: Schedule, moment: Moment, time_s: float, tank_m: Array) -> Moment:
    """Return a moment with what patterns say at a time, and with the heads of tanks, shape (tank,)."""
    times = plan.network.times
    period = int((time_s + times.pattern_start_s) // times.pattern_step_s)
    factor = np.array([row[period % len(row)] for row in schedule.multipliers])
    demand = np.zeros(len(moment.demand_m3_s))
    np.add.at(demand, schedule.junction, schedule.base_m3_s * factor[schedule.pattern])
    head = np.concatenate([schedule.head_m * factor[schedule.head_pattern], tank_m])
    status, setting = moment.status.copy(), moment.setting.copy()
    paced = schedule.speed_pattern >= 0
    setting[paced] = factor[schedule.speed_pattern[paced]]
    status[paced] = np.where(setting[paced] > 0.0, Status.OPEN, Status.CLOSED)
    return replace(moment, head_m=head, demand_m3_s=demand, status=status, setting=setting)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Acts:
    """What controls look at and change.

    Attributes:
        plan: The network.
        link: Link of each control, shape (control,).
        node: Node that each looks at, -1 for none, shape (control,).
        tank: Whether that node is a reservoir or tank, shape (control,).
    """

    plan: Plan
    link: Index
    node: Index
    tank: Flags

    @property
    def controls(self) -> Sequence[Control]:
        """Return the controls, in input order."""
        return self.plan.network.controls


def acts(plan: Plan) -> Acts:
    """Return the controls of a network by number."""
    links = {link.name: i for i, link in enumerate(plan.links)}
    nodes = {name: i for i, name in enumerate(plan.nodes)}
    controls = plan.network.controls
    node = np.array([nodes[c.node] if c.node else -1 for c in controls], dtype=np.intp)
    return Acts(
        plan=plan, link=np.array([links[c.link] for c in controls], dtype=np.intp), node=node,
        tank=node >= len(plan.network.junctions),
    )  # fmt: skip


def changed(plan: Plan, moment: Moment, control: Control, link: int) -> Moment | None:
    """Return the moment after a control has acted, None where that changes nothing."""
    status, setting = int(moment.status[link]), float(moment.setting[link])
    pump = isinstance(plan.links[link], Pump)
    if control.status is not None:
        status = int(control.status)
        setting = 1.0 if pump and control.status is Status.OPEN else setting
    elif control.setting is not None:
        setting = control.setting
        turning = Status.OPEN if setting > 0.0 else Status.CLOSED
        status = int(turning if pump else Status.ACTIVE)
    if status == moment.status[link] and setting == moment.setting[link]:
        return None
    made = replace(moment, status=moment.status.copy(), setting=moment.setting.copy())
    made.status[link], made.setting[link] = status, setting
    return made


def by_time_and_level(
    acts: Acts, moment: Moment, time_s: float, tanks: "Tanks", inflow_m3_s: Array
) -> Moment:
    """Return the moment after controls by time, and those by the level of a tank.

    Args:
        acts: Controls.
        moment: What links do, and heads of reservoirs and tanks.
        time_s: Time.
        tanks: Tanks.
        inflow_m3_s: What flows into tanks, shape (tank,); a level counts as reached one second before.
    """
    network, head_m = acts.plan.network, moment.head_m
    clock = (time_s + network.times.start_clock_s) % DAY_S
    first_source, first_tank = len(network.junctions), len(network.junctions) + len(network.reservoirs)
    for at, control in enumerate(network.controls):
        if control.when is When.TIME:
            due = control.time_s == time_s
        elif control.when is When.CLOCK_TIME:
            due = control.time_s == clock
        elif not acts.tank[at]:
            continue
        else:
            over = head_m[acts.node[at] - first_source] - control.head_m
            tank, slack = acts.node[at] - first_tank, 0.0
            if tank >= 0:
                ends = np.array([head_m[acts.node[at] - first_source], control.head_m])
                here, there = (tanks.volume_of(tank, float(end)) for end in ends)
                over, slack = here - there, abs(float(inflow_m3_s[tank]))
            due = over <= slack if control.when is When.BELOW else over >= -slack
        if due:
            moment = changed(acts.plan, moment, control, int(acts.link[at])) or moment
    return moment


def by_pressure(acts: Acts, moment: Moment, head_m: Array) -> Moment:
    """Return the moment after controls by the head of a junction, heads of shape (node,)."""
    for at, control in enumerate(acts.controls):
        if acts.node[at] < 0 or acts.tank[at]:
            continue
        over = head_m[acts.node[at]] - control.head_m
        due = over <= HEAD_STEP_M if control.when is When.BELOW else over >= -HEAD_STEP_M
        if due:
            moment = changed(acts.plan, moment, control, int(acts.link[at])) or moment
    return moment


class Tanks:
    """Volumes and levels of the tanks of a network."""

    def __init__(self, network: WaterNetwork) -> None:
        """Take the tanks and their curves."""
        self.all: tuple[Tank, ...] = network.tanks
        self._curves = network.curves
        bottom = np.array([t.elevation_m for t in self.all], dtype=np.float64)
        self.lowest_m = bottom + np.array([t.minimum_m for t in self.all])
        self.highest_m = bottom + np.array([t.maximum_m for t in self.all])
        self.first_m = bottom + np.array([t.level_m for t in self.all])
        self.least_m3, self.most_m3 = self.volumes(self.lowest_m), self.volumes(self.highest_m)
        self.spills = np.array([t.overflow for t in self.all], dtype=np.bool_)

    def volume_of(self, at: int, head_m: float) -> float:
        """Return the volume [m3] of one tank at a head."""
        tank = self.all[at]
        level = head_m - tank.elevation_m
        if tank.volume_curve:
            curve = self._curves[tank.volume_curve]
            return float(np.interp(level, curve.x, curve.y))
        area = 0.25 * np.pi * tank.diameter_m**2
        least = tank.minimum_volume_m3 or area * tank.minimum_m
        return float(least + area * (level - tank.minimum_m))

    def volumes(self, head_m: Array) -> Array:
        """Return the volume [m3] of every tank, heads and volumes of shape (tank,)."""
        return np.array([self.volume_of(at, float(head)) for at, head in enumerate(head_m)], dtype=np.float64)

    def heads(self, volume_m3: Array) -> Array:
        """Return the head [m] of every tank, volumes and heads of shape (tank,)."""
        out = np.empty(len(self.all))
        for at, (tank, volume) in enumerate(zip(self.all, volume_m3, strict=True)):
            if tank.volume_curve:
                curve = self._curves[tank.volume_curve]
                level = float(np.interp(volume, curve.y, curve.x))
            else:
                area = 0.25 * np.pi * tank.diameter_m**2
                level = tank.minimum_m + (volume - self.least_m3[at]) / area
            out[at] = tank.elevation_m + level
        return out

    def after(self, volume_m3: Array, inflow_m3_s: Array, step_s: float) -> Array:
        """Return the volume [m3] after a step, shape (tank,); within a second of full or empty counts."""
        volume = volume_m3 + inflow_m3_s * step_s
        volume = np.where(volume + inflow_m3_s >= self.most_m3, self.most_m3, volume)
        return np.where(volume - inflow_m3_s <= self.least_m3, self.least_m3, volume)
