"""One moment of a water network, settled: flows, and what tanks, breakers and pressures make links do.

The flow solver settles check valves, pumps and valves that keep a pressure or limit a flow. What looks at the
answer comes around it: links at full and empty tanks, pressure breakers that lose more than they are set to,
and controls by the pressure of junctions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.interop.epanet_model import FOOT_M, Control, Status, ValveKind, WaterNetwork, When
from twin.interop.epanet_net import Aside, Moment, WaterSystem, at_moment
from twin.solve.flow import Flow, mass_gaps, solve_flow
from twin.solve.flow_state import moderate
from twin.solve.flow_system import FlowSystem
from twin.solve.keepers import ACTIVE, OPEN

# Heads that differ by less are equal for tanks and controls, as in EPANET; so is no flow below the second.
HEAD_M = 5e-4 * FOOT_M
STILL_M3_S = 1e-9
LIMIT_RATIO = 1e-6
# Links that still change after so many answers do not settle.
ROUNDS = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """A settled moment.

    Attributes:
        head_m: Head of each node, NaN where an outage cuts it off from every given head, (node, variant).
        flow_m3_s: Flow of each link from its first node to its second, shape (link, variant).
        status: What each link does, ``Status``, shape (link, variant).
        inflow_m3_s: What flows into each reservoir and tank, shape (fixed, variant).
        iteration_count: Newton passes of all answers.
        mass_residual_ratio: Largest error of continuity over the largest flow, shape (variant,).
        moment: The moment, with what controls by pressure changed.
        aside: What links do beside their status.
        flow: Answer of the flow solver.
    """

    head_m: Array
    flow_m3_s: Array
    status: Index
    inflow_m3_s: Array
    iteration_count: int
    mass_residual_ratio: Array
    moment: Moment
    aside: Aside
    flow: Flow


def settle(water: WaterSystem, moment: Moment, before: Settled | None = None) -> Settled:
    """Return a moment with flows, and with links as flows make them.

    Args:
        water: The network.
        moment: What changes with time.
        before: A neighbouring moment to start from.

    Raises:
        ConvergenceError: Flows cannot be met, or links do not settle; one is named.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), section 3.1.
    """
    shape = moment.status.shape
    none = np.zeros(shape, dtype=np.bool_)
    aside = Aside(shut=none, wide=none) if before is None else before.aside
    aside = replace(aside, shut=aside.shut & _at_bounds(water, moment))
    start, passes = None if before is None else before.flow, 0
    for _ in range(ROUNDS):
        system = at_moment(water, moment, aside)
        found = _answer(water, moment, aside, system, start)
        passes += found.iteration_count
        after_aside = Aside(shut=_shut(water, found, aside), wide=_wide(water, found))
        after = after_pressures(water.network, moment, found.head_m)
        changed = (
            (after_aside.shut != aside.shut) | (after_aside.wide != aside.wide)
            | (after.status != moment.status) | (after.setting != moment.setting)
        )  # fmt: skip
        if not changed.any():
            return replace(found, iteration_count=passes)
        aside, moment, start = after_aside, after, found.flow
    name = water.built.paths["link"][int(np.argmax(changed.any(axis=1)))]
    raise ConvergenceError(
        f"{name} still changes what it does after {ROUNDS} answers", component=name,
        equation="controls by pressure, and links at full and empty tanks",
    )  # fmt: skip


def _answer(
    water: WaterSystem, moment: Moment, aside: Aside, system: FlowSystem, start: Flow | None
) -> Settled:
    """Return what the flow solver says with links as they are."""
    net, variants = system.net, moment.status.shape[1]
    medium = water.medium(variants)
    if start is not None:
        # A branch that opens begins with a moderate flow: laws of power have no slope at rest.
        usual = moderate(net, medium, net.speed_ratio)
        rest = np.abs(start.flow_kg_s) < STILL_M3_S * water.density_kg_m3
        rest[net.check] = False
        start = replace(start, flow_kg_s=np.where(rest & net.in_service, usual, start.flow_kg_s))
    flow = solve_flow(system, medium, net.limit_m3_s, start=start)
    volume = flow.flow_kg_s / water.density_kg_m3
    through = volume[water.main]
    twin = water.bypass >= 0
    through[twin] += volume[water.bypass[twin]]
    head = np.where(system.alive, flow.pressure_pag / water.pascal_per_metre, np.nan)
    return Settled(
        head_m=head, flow_m3_s=through, status=_status(water, moment, aside, flow, volume),
        inflow_m3_s=_inflow(water, through), iteration_count=flow.iteration_count,
        mass_residual_ratio=mass_gaps(net, flow.flow_kg_s).max(axis=0, initial=0.0), moment=moment,
        aside=aside, flow=flow,
    )  # fmt: skip


def _inflow(water: WaterSystem, through: Array) -> Array:
    total = np.zeros((len(water.built.node_names), through.shape[1]))
    np.add.at(total, water.ends[:, 1], through)
    np.add.at(total, water.ends[:, 0], -through)
    return total[water.built.fixed]


def _status(water: WaterSystem, moment: Moment, aside: Aside, flow: Flow, volume: Array) -> Index:
    """Return what every link does: closed by choice or by what flows, open, or active."""
    on, wide = aside.standing(water, moment)
    status = np.where(on, np.where(wide, Status.OPEN, moment.status), Status.CLOSED).astype(np.intp)
    net, link_of = water.net, np.full(len(water.net.tail), -1, dtype=np.intp)
    link_of[water.main] = np.arange(len(water.main))
    checks = net.check[link_of[net.check] >= 0]
    shut = np.zeros(status.shape, dtype=np.bool_)
    shut[link_of[checks]] = volume[checks] < STILL_M3_S
    pipes = [at for at, pipe in enumerate(water.network.pipes) if pipe.check_valve]
    shut[pipes] = volume[water.main[pipes]] < STILL_M3_S
    status[shut] = Status.CLOSED
    limited = link_of[net.limited]
    below = volume[net.limited] < moment.setting[limited] * (1.0 - LIMIT_RATIO) - STILL_M3_S
    status[limited] = np.where((status[limited] == Status.ACTIVE) & below, Status.OPEN, status[limited])
    keepers = link_of[net.keeper]
    state = np.select([flow.keeper_state == ACTIVE, flow.keeper_state == OPEN], [2, 1], 0)
    status[keepers] = np.where(status[keepers] == Status.ACTIVE, state, status[keepers])
    return status


def tank_bounds(network: WaterNetwork) -> tuple[Array, Array]:
    """Return the heads at which tanks are empty and full, infinite for reservoirs, shape (fixed, 1)."""
    none = [np.inf] * len(network.reservoirs)
    low = [*(-value for value in none), *(tank.elevation_m + tank.minimum_m for tank in network.tanks)]
    high = [*none, *(t.elevation_m + (np.inf if t.overflow else t.maximum_m) for t in network.tanks)]
    return np.array(low)[:, None], np.array(high)[:, None]


def _tank_links(water: WaterSystem) -> tuple[Index, Index, Flags]:
    """Return links at tanks, the tank among reservoirs and tanks, and whether the link begins there."""
    first = len(water.network.junctions)
    tanks = first + len(water.network.reservoirs)
    link, end = np.nonzero(water.ends >= tanks)
    return link, water.ends[link, end] - first, end == 0


def _at_bounds(water: WaterSystem, moment: Moment) -> Flags:
    """Return which links end at a tank that is full or empty, shape (link, variant)."""
    low, high = tank_bounds(water.network)
    bound = (moment.head_m >= high - HEAD_M) | (moment.head_m <= low + HEAD_M)
    out = np.zeros(moment.status.shape, dtype=np.bool_)
    link, tank, _ = _tank_links(water)
    np.logical_or.at(out, link, bound[tank])
    return out


def _shut(water: WaterSystem, found: Settled, aside: Aside) -> Flags:
    """Return which links are shut because they would fill a full tank or draw from an empty one."""
    low, high = tank_bounds(water.network)
    link, tank, begins = _tank_links(water)
    out = np.zeros(aside.shut.shape, dtype=np.bool_)
    if not len(link):
        return out
    pump = np.zeros(len(water.main), dtype=np.bool_)
    pump[water.pump_links] = True
    head = found.moment.head_m[tank]
    beyond = found.head_m[np.where(begins, water.ends[link, 1], water.ends[link, 0])]
    beyond = np.where(np.isnan(beyond), head, beyond)
    into = np.where(begins[:, None], -1.0, 1.0) * found.flow_m3_s[link]
    was = aside.shut[link]
    fills = (beyond > head + HEAD_M) | (~was & (into > STILL_M3_S))
    drains = (beyond < head - HEAD_M) | (~was & (into < -STILL_M3_S))
    full, empty = head >= high[tank] - HEAD_M, head <= low[tank] + HEAD_M
    ends_here = (~begins & pump[link])[:, None]
    begins_here = (begins & pump[link])[:, None]
    plain = ~pump[link][:, None]
    stops = (full & (ends_here | (plain & fills))) | (empty & (begins_here | (plain & drains)))
    np.logical_or.at(out, link, stops)
    return out & (found.moment.status != Status.CLOSED)


def _wide(water: WaterSystem, found: Settled) -> Flags:
    """Return which pressure breakers lose more, standing open, than they are set to."""
    out = np.zeros(found.status.shape, dtype=np.bool_)
    first = len(water.main) - len(water.network.valves)
    rows = [first + at for at, v in enumerate(water.network.valves) if v.kind is ValveKind.PBV]
    if rows:
        net = water.net
        valve = np.searchsorted(net.measured, water.bypass[rows])
        open_pa = net.quadratic_pa_s2_m6[valve] * found.flow_m3_s[rows] ** 2
        set_pa = water.pascal_per_metre * found.moment.setting[rows]
        active = found.moment.status[rows] == Status.ACTIVE
        out[rows] = active & ((open_pa > set_pa) | (set_pa == 0.0))
    return out


def after_pressures(network: WaterNetwork, moment: Moment, head_m: Array) -> Moment:
    """Return a moment after the controls that look at heads of junctions."""
    at = {junction.name: row for row, junction in enumerate(network.junctions)}
    watching = [control for control in network.controls if control.node in at]
    if not watching:
        return moment
    met = []
    for control in watching:
        head = head_m[at[control.node]]
        above = control.when is When.ABOVE
        met.append(head >= control.head_m - HEAD_M if above else head <= control.head_m + HEAD_M)
    return after_controls(network, moment, watching, met)


def after_controls(
    network: WaterNetwork, moment: Moment, controls: Sequence[Control], met: Sequence[Flags]
) -> Moment:
    """Return a moment after simple controls, in their order.

    Args:
        network: The network.
        moment: The moment before.
        controls: Controls.
        met: Where the condition of each one holds, each of shape (variant,).
    """
    names = [*(p.name for p in network.pipes), *(p.name for p in network.pumps)]
    pumps = range(len(network.pipes), len(names))
    row = {name: at for at, name in enumerate([*names, *(v.name for v in network.valves)])}
    status, setting = moment.status.copy(), moment.setting.copy()
    for control, where in zip(controls, met, strict=True):
        link = row[control.link]
        if control.setting is not None:
            setting[link, where] = control.setting
            turns = Status.OPEN if control.setting > 0.0 else Status.CLOSED
            status[link, where] = turns if link in pumps else Status.ACTIVE
        elif control.status is not None:
            status[link, where] = control.status
            if link in pumps:
                setting[link, where] = float(control.status is Status.OPEN)
    return replace(moment, status=status, setting=setting)
