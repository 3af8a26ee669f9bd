"""Solves a water network: at a moment, and over hours as EPANET does.

Limits:
    Tanks follow their inflow by explicit steps, as in EPANET: a step is cut where a tank is full or empty or
    a control acts, to the second. A part of the network that closed links cut off has no head.

Source:
    L. A. Rossman et al., EPANET 2.2 User Manual (EPA/600/R-20/133), 2020, sections 3.2 and 12.1.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.interop.epanet_laws import AS_EPANET, Formulas
from twin.interop.epanet_model import (
    GRAVITY_M_S2,
    Control,
    Pipe,
    Pump,
    Status,
    Valve,
    ValveKind,
    WaterNetwork,
    When,
)
from twin.interop.epanet_moment import (
    DAY_S,
    HEAD_STEP_M,
    STILL_M3_S,
    Acts,
    Tanks,
    acts,
    at_time,
    by_pressure,
    by_time_and_level,
    changed,
    first_moment,
    schedule,
)
from twin.interop.epanet_net import Moment, Plan, begun, plan, system_at
from twin.interop.epanet_sound import reached, refuse_cut_off, refuse_unsound, residual_ratio
from twin.solve.flow import Flow, solve_flow
from twin.solve.flow_system import FlowSystem
from twin.solve.keepers import ACTIVE, SHUT

# Rounds of links that tanks, breakers and controls open and close at one moment.
ROUNDS = 40
# A flow below this share of the largest, or below EPANET's least flow, is none.
NOTHING_RATIO = 1e-9
# A limiting valve is at its limit within this share of it.
AT_LIMIT_RATIO = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A water network at one moment.

    Attributes:
        head_m: Head of every node, NaN where closed links cut it off, shape (node,).
        flow_m3_s: Flow of every link from ``a`` to ``b``, shape (link,).
        status: ``Status`` of every link, shape (link,).
        moment: What links were told, controls by pressure included.
        shut: Links that full and empty tanks keep shut, shape (link,).
        flow: Where the next solution begins.
        iteration_count: Newton passes of all rounds.
        residual_ratio: Largest continuity error over the largest flow.
    """

    head_m: Array
    flow_m3_s: Array
    status: Index
    moment: Moment
    shut: Flags
    flow: Flow
    iteration_count: int
    residual_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """A water network at one or more times.

    Attributes:
        plan: The network.
        time_s: Times, shape (time,).
        head_m: Heads, NaN where closed links cut a node off, shape (time, node).
        flow_m3_s: Flows from ``a`` to ``b``, shape (time, link).
        status: ``Status``, shape (time, link).
        told: ``Status`` that links were given; CLOSED where a tank keeps them shut, shape (time, link).
        setting: Speed ratio of pumps, setting of valves in SI, shape (time, link).
        iteration_count: Newton passes of every step, shape (step,).
        residual_ratio: Largest continuity error of every step over its largest flow, shape (step,).
    """

    plan: Plan
    time_s: Array
    head_m: Array
    flow_m3_s: Array
    status: Index
    told: Index
    setting: Array
    iteration_count: Index
    residual_ratio: Array


def snapshot(network: WaterNetwork, formulas: Formulas = AS_EPANET) -> Record:
    """Return a network at the start of its times.

    Args:
        network: The water network.
        formulas: Where to differ from EPANET.

    Raises:
        ConvergenceError: It has no solution; the device in the way is named.
    """
    return run(network, duration_s=0.0, formulas=formulas)


def run(network: WaterNetwork, *, duration_s: float | None = None, formulas: Formulas = AS_EPANET) -> Record:
    """Return a network at its report times.

    Args:
        network: The water network.
        duration_s: How long, that of the network if left out.
        formulas: Where to differ from EPANET.

    Raises:
        ConvergenceError: A moment has no solution; the device in the way is named, and the time.
    """
    length = network.times.duration_s if duration_s is None else duration_s
    made = plan(network, formulas)
    told, orders, tanks = schedule(made), acts(made), Tanks(network)
    moment, volume, inflow = first_moment(made), tanks.volumes(tanks.first_m), np.zeros(len(tanks.all))
    head, time = tanks.first_m, 0.0
    last: Answer | None = None
    times: list[float] = []
    answers: list[Answer] = []
    work: list[tuple[int, float]] = []
    while True:
        moment = at_time(made, told, moment, time, head)
        moment = by_time_and_level(orders, moment, time, tanks, inflow)
        with _told_when(time):
            answer = solve_moment(made, orders, tanks, moment, last)
        moment, last = answer.moment, answer
        inflow = _inflow(made, answer.flow_m3_s)
        work.append((answer.iteration_count, answer.residual_ratio))
        if length == 0.0 or _reported(network, time) or (time >= length and not times):
            times.append(time)
            answers.append(answer)
        if time >= length:
            break
        step = min(_step(made, orders, tanks, (time, moment, volume, inflow)), length - time)
        volume = tanks.after(volume, inflow, step)
        head, time = tanks.heads(volume), time + step
    return Record(
        plan=made, time_s=np.array(times), head_m=np.array([a.head_m for a in answers]),
        flow_m3_s=np.array([a.flow_m3_s for a in answers]), status=np.array([a.status for a in answers]),
        told=np.array([np.where(a.shut, Status.CLOSED, a.moment.status) for a in answers]),
        setting=np.array([a.moment.setting for a in answers]),
        iteration_count=np.array([passes for passes, _ in work], dtype=np.intp),
        residual_ratio=np.array([residual for _, residual in work]),
    )  # fmt: skip


@contextmanager
def _told_when(time_s: float) -> Iterator[None]:
    """Tell the time with a refusal."""
    try:
        yield
    except ConvergenceError as reason:
        if time_s == 0.0:
            raise
        raise ConvergenceError(
            f"{reason} (at {time_s:g} s)", component=reason.component, equation=reason.equation
        ) from reason


def _inflow(plan: Plan, flow_m3_s: Array) -> Array:
    """Return what flows into every tank [m3/s], shape (tank,)."""
    count, first = len(plan.nodes), len(plan.nodes) - len(plan.network.tanks)
    into = np.bincount(plan.b, flow_m3_s, minlength=count) - np.bincount(plan.a, flow_m3_s, minlength=count)
    return np.asarray(into[first:])


def _reported(network: WaterNetwork, time_s: float) -> bool:
    times = network.times
    return time_s >= times.report_start_s and (time_s - times.report_start_s) % times.report_step_s == 0.0


Standing = tuple[float, Moment, Array, Array]


def _step(plan: Plan, orders: Acts, tanks: Tanks, now: Standing) -> float:
    """Return the length of the next step [s]: until something changes, and no longer than the longest."""
    time, moment, volume, inflow = now
    times = plan.network.times
    step = min(times.hydraulic_step_s, times.pattern_step_s, times.report_step_s)
    waits = [times.pattern_step_s - (time + times.pattern_start_s) % times.pattern_step_s]
    since = time - times.report_start_s
    waits.append(-since if since < 0.0 else times.report_step_s - since % times.report_step_s)
    for tank, flow in enumerate(inflow):
        if abs(flow) > STILL_M3_S:
            end = tanks.most_m3[tank] if flow > 0.0 else tanks.least_m3[tank]
            waits.append(float(np.rint((end - volume[tank]) / flow)))
    waits += [
        wait for wait, control, link in _waits(plan, orders, tanks, now)
        if changed(plan, moment, control, link) is not None
    ]  # fmt: skip
    return min([step, *(wait for wait in waits if wait > 0.0)])


def _waits(plan: Plan, orders: Acts, tanks: Tanks, now: Standing) -> Iterator[tuple[float, Control, int]]:
    """Yield how long each control by time or by the level of a tank still waits [s]."""
    time, _, volume, inflow = now
    network = plan.network
    first = len(network.junctions) + len(network.reservoirs)
    for number, control in enumerate(network.controls):
        wait = 0.0
        if control.when is When.TIME:
            wait = control.time_s - time
        elif control.when is When.CLOCK_TIME:
            wait = (control.time_s - time - network.times.start_clock_s) % DAY_S
        elif (tank := int(orders.node[number]) - first) >= 0:
            flow = inflow[tank]
            missing = tanks.volume_of(tank, control.head_m) - volume[tank]
            rising = control.when is When.ABOVE
            if abs(flow) > STILL_M3_S and (missing > 0.0) == rising and (flow > 0.0) == rising:
                wait = float(np.rint(missing / flow))
        yield wait, control, int(orders.link[number])


def solve_moment(plan: Plan, orders: Acts, tanks: Tanks, moment: Moment, last: Answer | None) -> Answer:
    """Return a network at one moment.

    Args:
        plan: The network.
        orders: Its controls.
        tanks: Its tanks; full ones take nothing, empty ones give nothing.
        moment: What everything is told.
        last: Where to begin, None for nowhere near.

    Raises:
        ConvergenceError: It has no solution; the device in the way is named.
    """
    begin = None if last is None else last.flow
    shut = np.zeros(len(plan.links), dtype=np.bool_)
    if last is not None and last.shut.any():
        shut = last.shut & _at_bounds(plan, tanks, moment)
    passes, seen = 0, set[bytes]()
    acting = _with_breakers(plan, moment, None)
    refused: ConvergenceError | None = None
    for _ in range(ROUNDS):
        system = system_at(plan, acting, shut)
        try:
            refuse_cut_off(plan, system, acting)
            flow = _flow(plan, system, begin)
        except ConvergenceError as reason:
            # A tank that is full or empty may be what stands in the way: once, all of them are shut off.
            bound = _at_bounds(plan, tanks, acting) & ~shut
            if refused is not None or not bound.any():
                raise refused or reason from None
            refused, shut, begin = reason, shut | bound, None
            continue
        passes, begin = passes + flow.iteration_count, flow
        head, through = _heads(plan, system, flow), _through(plan, flow)
        told = by_pressure(orders, moment, head)
        wanted, closing = _with_breakers(plan, told, through), _shut_by_tanks(plan, tanks, head, through)
        same = np.array_equal(wanted.status, acting.status) and np.array_equal(wanted.setting, acting.setting)
        if same and np.array_equal(closing, shut):
            residual = residual_ratio(plan, system, flow.flow_kg_s)
            refuse_unsound(plan, acting, np.where(shut, 1.0, through), residual)
            status = _statuses(plan, system, acting, flow, through)
            through = np.where(status == Status.CLOSED, 0.0, through)
            return Answer(
                head_m=head, flow_m3_s=through, status=status, moment=told, shut=shut, flow=flow,
                iteration_count=passes, residual_ratio=residual,
            )  # fmt: skip
        turned = (wanted.status != acting.status) | (wanted.setting != acting.setting) | (closing != shut)
        moment, acting, shut = told, wanted, closing
        key = wanted.status.tobytes() + wanted.setting.tobytes() + closing.tobytes()
        if key in seen:
            break
        seen.add(key)
    name = plan.links[int(np.argmax(turned))].name
    raise ConvergenceError(
        f"{name} opens and closes without end: by a control, a full or empty tank, or a breaker",
        component=name, equation="status of links",
    )  # fmt: skip


def _flow(plan: Plan, system: FlowSystem, last: Flow | None) -> Flow:
    """Return the flow at a moment, from the last one or, where that leads nowhere, from the usual start."""
    limit = system.net.limit_m3_s
    if last is not None:
        try:
            return solve_flow(system, plan.medium, limit, start=begun(plan, system, last))
        except ConvergenceError:
            pass
    return solve_flow(system, plan.medium, limit, start=begun(plan, system, None))


def _heads(plan: Plan, system: FlowSystem, flow: Flow) -> Array:
    """Return heads [m], NaN where closed links cut a node off, shape (node,)."""
    head = flow.pressure_pag[:, 0] / (plan.density_kg_m3 * GRAVITY_M_S2)
    return np.asarray(np.where(reached(plan, system), head[plan.node_row], np.nan))


def _through(plan: Plan, flow: Flow) -> Array:
    """Return the flow of every link [m3/s], shape (link,)."""
    volume = flow.flow_kg_s[:, 0] / plan.density_kg_m3
    return np.asarray(volume[plan.row] + np.where(plan.open_row >= 0, volume[plan.open_row], 0.0))


def _with_breakers(plan: Plan, moment: Moment, flow_m3_s: Array | None) -> Moment:
    """Return the moment with breakers wide open where that alone loses more than they are set to."""
    breaker = np.array([isinstance(k, Valve) and k.kind is ValveKind.PBV for k in plan.links])
    if not breaker.any():
        return moment
    own = np.zeros(len(breaker)) if flow_m3_s is None else plan.minor_m * flow_m3_s**2
    idle = breaker & (moment.status == Status.ACTIVE) & ((moment.setting <= own) | (moment.setting == 0.0))
    return replace(moment, status=np.where(idle, Status.OPEN, moment.status))


def _bounds(tanks: Tanks, head_m: Array) -> tuple[Flags, Flags]:
    """Return which tanks are full and which are empty at their heads, shape (tank,)."""
    full = (head_m >= tanks.highest_m - HEAD_STEP_M) & ~np.asarray(tanks.spills)
    return full, head_m <= tanks.lowest_m + HEAD_STEP_M


def _at_bounds(plan: Plan, tanks: Tanks, moment: Moment) -> Flags:
    """Return which links end at a tank that is full or empty, shape (link,)."""
    heads = moment.head_m[len(moment.head_m) - len(tanks.all) :]
    nodes = len(plan.nodes) - len(tanks.all) + np.flatnonzero(np.logical_or(*_bounds(tanks, heads)))
    return np.asarray(np.isin(plan.a, nodes) | np.isin(plan.b, nodes))


def _shut_by_tanks(plan: Plan, tanks: Tanks, head_m: Array, flow_m3_s: Array) -> Flags:
    """Return which links a full tank keeps from filling it, and an empty one from drawing, shape (link,)."""
    shut = np.zeros(len(plan.links), dtype=np.bool_)
    first = len(plan.nodes) - len(tanks.all)
    full, empty = _bounds(tanks, head_m[first:])
    for tank in np.flatnonzero(full | empty):
        node = first + tank
        for link in np.flatnonzero((plan.a == node) | (plan.b == node)):
            away = plan.a[link] == node
            if isinstance(plan.links[link], Pump):
                shut[link] |= empty[tank] if away else full[tank]
                continue
            drives = head_m[node] - head_m[plan.b[link] if away else plan.a[link]]
            leaving = flow_m3_s[link] if away else -flow_m3_s[link]
            into = drives < -HEAD_STEP_M or (leaving < -STILL_M3_S)
            out = drives > HEAD_STEP_M or leaving > STILL_M3_S
            shut[link] |= (full[tank] and into) or (empty[tank] and out and not into)
    return shut


def _statuses(plan: Plan, system: FlowSystem, moment: Moment, flow: Flow, flow_m3_s: Array) -> Index:
    """Return what every link does, shape (link,)."""
    net = system.net
    on = system.open[plan.row, 0] > 0.0
    wide = (plan.open_row >= 0) & (system.open[plan.open_row, 0] > 0.0)
    status = np.where(on | wide, int(Status.OPEN), int(Status.CLOSED))
    nothing = max(NOTHING_RATIO * float(np.abs(flow_m3_s).max(initial=0.0)), STILL_M3_S)
    back = flow.pressure_pag[net.head[plan.row], 0] - flow.pressure_pag[net.tail[plan.row], 0]
    # As in EPANET a check valve is open where nothing presses it shut, though nothing flows.
    idle = (back < HEAD_STEP_M * plan.density_kg_m3 * GRAVITY_M_S2) & [
        isinstance(k, Pipe) for k in plan.links
    ]
    status[plan.checked & (flow_m3_s < nothing) & ~idle] = Status.CLOSED
    keeping = np.full(len(net.tail), -1, dtype=np.intp)
    keeping[net.keeper] = flow.keeper_state[:, 0]
    state = keeping[plan.row]
    status[on & (state == SHUT)] = Status.CLOSED
    active = on & (state == ACTIVE)
    for i, link in enumerate(plan.links):
        if isinstance(link, Valve) and on[i]:
            limit = moment.setting[i]
            active[i] |= link.kind in {ValveKind.PBV, ValveKind.TCV}
            active[i] |= link.kind is ValveKind.FCV and flow_m3_s[i] >= limit * (1.0 - AT_LIMIT_RATIO)
    status[active] = Status.ACTIVE
    return np.asarray(status, dtype=np.intp)
