"""A water network as elements of the flow solver: topology once, then numbers for every moment.

All heights are zero and a pressure is density · g · head, so that EPANET's g serves and ours plays no part.
Demands are constant flows to an open outlet, emitters power laws to one at the head of their junction. A
valve that regulates has two branches, the one that does and one that stands wide open, never both in service.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.interop.epanet_blocks import LEAST_LOSS_RATIO, Blocks, link_blocks, node_blocks
from twin.interop.epanet_laws import AS_EPANET, Formulas, pressure_pa
from twin.interop.epanet_model import WATER_KG_M3, Pipe, Pump, Status, Valve, ValveKind, WaterNetwork
from twin.model.assemble import Assembly
from twin.model.binding import Nodes, Site
from twin.model.flow_net import FlowNet, lay_out_flow
from twin.model.place import Placement
from twin.solve.branch import Medium
from twin.solve.flow import FlowSystem, begin, prepare
from twin.solve.flow_state import Flow
from twin.solve.flow_system import with_numbers

# Flows begin at one foot per second, as in EPANET.
START_M_S = 0.3048
# A pump slower than this stands.
LEAST_SPEED_RATIO = 1e-6

Link = Pipe | Pump | Valve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moment:
    """What may change from one moment to the next. Reservoirs come before tanks.

    Attributes:
        head_m: Head of reservoirs and tanks, shape (source,).
        demand_m3_s: What is drawn at every junction, shape (junction,).
        status: ``Status`` of every link, shape (link,).
        setting: Speed ratio of pumps, setting of valves in SI, shape (link,).
    """

    head_m: Array
    demand_m3_s: Array
    status: Index
    setting: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A network prepared for the solver.

    Attributes:
        network: The water network.
        formulas: Where it differs from EPANET.
        system: Topology and numbers of the solver.
        medium: What flows.
        nodes: Names of junctions, reservoirs, tanks.
        links: Pipes, pumps, valves.
        a, b: Number of the node at each end of every link, shape (link,).
        node_row: Where the solver keeps each node, shape (node,).
        row: Branch of every link, shape (link,).
        open_row: Branch that stands for it wide open, -1 for none, shape (link,).
        demand_row: Branch of the demand of every junction, -1 where nothing is ever drawn, shape (junction,).
        start_kg_s: Flows to begin with, shape (branch, 1).
        checked: Links that refuse reversed flow: check valves and pumps, shape (link,).
        minor_m: Head that valves lose wide open at 1 m3/s, shape (link,).
    """

    network: WaterNetwork
    formulas: Formulas
    system: FlowSystem
    medium: Medium
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    a: Index
    b: Index
    node_row: Index
    row: Index
    open_row: Index
    demand_row: Index
    start_kg_s: Array
    checked: Flags
    minor_m: Array

    @property
    def density_kg_m3(self) -> float:
        """Return the density of the fluid."""
        return density_of(self.network)


def density_of(network: WaterNetwork) -> float:
    """Return the density of the fluid of a network [kg/m3]."""
    return WATER_KG_M3 * network.options.specific_gravity_ratio


def node_names(network: WaterNetwork) -> tuple[str, ...]:
    """Return the names of junctions, reservoirs and tanks."""
    return (
        *(junction.name for junction in network.junctions),
        *(reservoir.name for reservoir in network.reservoirs),
        *(tank.name for tank in network.tanks),
    )


def plan(network: WaterNetwork, formulas: Formulas = AS_EPANET) -> Plan:
    """Return a network prepared for the solver, every link in service.

    Args:
        network: The water network.
        formulas: Where to differ from EPANET.

    Raises:
        ConvergenceError: A part of the network has neither reservoir nor tank, or two valves keep one place.
    """
    density = density_of(network)
    nodes = node_names(network)
    number = {name: i for i, name in enumerate(nodes)}
    links: tuple[Link, ...] = (*network.pipes, *network.pumps, *network.valves)
    a = np.array([number[link.a] for link in links], dtype=np.intp)
    b = np.array([number[link.b] for link in links], dtype=np.intp)
    of_links = link_blocks(network, formulas, (a, b), density)
    of_nodes = node_blocks(network, len(nodes), density)
    net = _laid_out(network, links, of_links, of_nodes)
    row, open_row = np.full(len(links), -1, dtype=np.intp), np.full(len(links), -1, dtype=np.intp)
    for block in of_links.own:
        row[block.part] = _branches(net, block)
    for block in of_links.wide_open:
        open_row[block.part] = _branches(net, block)
    demand_row = np.full(len(network.junctions), -1, dtype=np.intp)
    for block in of_nodes.own:
        if block.role == "demand":
            demand_row[block.part] = _branches(net, block)
    local = np.full(of_nodes.count, -1, dtype=np.intp)
    local[net.node] = np.arange(len(net.node))
    shape = (len(net.tail), 1)
    medium = Medium(
        density_kg_m3=np.full(shape, density),
        viscosity_pa_s=np.full(shape, density * network.options.viscosity_m2_s),
    )
    return Plan(
        network=network, formulas=formulas, system=prepare(net), medium=medium, nodes=nodes, links=links,
        a=a, b=b,
        node_row=local[: len(nodes)], row=row, open_row=open_row, demand_row=demand_row,
        start_kg_s=_start(net, medium, links, (row, open_row)),
        checked=np.array([isinstance(k, Pump) or (isinstance(k, Pipe) and k.check_valve) for k in links]),
        minor_m=of_links.minor_m,
    )  # fmt: skip


def _branches(net: FlowNet, block: object) -> Index:
    span = net.rows[id(block)]
    return np.arange(span.start, span.stop, dtype=np.intp)


def _laid_out(network: WaterNetwork, links: Sequence[Link], of_links: Blocks, of_nodes: Blocks) -> FlowNet:
    names = {
        "link": tuple(f"{_kind(link)} {link.name}" for link in links),
        "node": tuple(f"junction {junction.name}" for junction in network.junctions),
    }
    ends = node_names(network)
    none, one = np.zeros(0, dtype=np.intp), np.full((1, 1), 293.15)
    site = Site(
        dry_bulb_k=one, wet_bulb_k=one, dew_point_k=one, minimum_k=one, recirculation_dk=0.0 * one,
        pressure_pa=np.full((1, 1), 101325.0), frequency_hz=np.full((1, 1), 50.0),
        high_capture=np.ones((1, 1), dtype=np.bool_), viscosity_ratio=np.ones((1, 1)),
    )  # fmt: skip
    count = of_nodes.count
    made = Assembly(
        blocks=(
            *(("link", block) for block in (*of_links.own, *of_links.wide_open)),
            *(("node", block) for block in (*of_nodes.own, *of_nodes.sources)),
        ),
        nodes=Nodes(count, lambda n: f"node {ends[n]}" if n < len(ends) else "an outlet"),
        height_m=np.zeros(count),
        placement=Placement(cells={}, room={}, opening=none, first=count, count=0), site=site, variants=1,
    )  # fmt: skip
    return lay_out_flow(made, names)


def _kind(link: Link) -> str:
    return link.kind.value if isinstance(link, Valve) else type(link).__name__.lower()


def _start(net: FlowNet, medium: Medium, links: Sequence[Link], rows: tuple[Index, Index]) -> Array:
    """Return flows to begin with, shape (branch, 1)."""
    start = begin(net, medium).flow_kg_s.copy()
    bore = np.array([np.nan if isinstance(link, Pump) else link.diameter_m for link in links])
    usual = 0.25 * np.pi * bore**2 * START_M_S * medium.density_kg_m3[0, 0]
    for row in rows:
        given = (row >= 0) & np.isfinite(bore)
        start[row[given], 0] = usual[given]
    return start


def system_at(plan: Plan, moment: Moment, shut: Flags | None = None) -> FlowSystem:
    """Return the system of the solver for a moment.

    Args:
        plan: The network.
        moment: Heads, demands, statuses and settings.
        shut: Links that something else than their status closes, shape (link,).
    """
    net, density = plan.system.net, plan.density_kg_m3
    on = net.in_service.copy()
    runs, wide = regulates(plan, moment)
    if shut is not None:
        runs, wide = runs & ~shut, wide & ~shut
    on[plan.row, 0] = runs
    has = plan.open_row >= 0
    on[plan.open_row[has], 0] = wide[has]
    held_flow = np.zeros(len(net.tail))
    drawn = plan.demand_row >= 0
    held_flow[plan.demand_row[drawn]] = moment.demand_m3_s[drawn]
    on[plan.demand_row[drawn], 0] = moment.demand_m3_s[drawn] != 0.0
    held = net.held_pag.copy()
    held[: len(moment.head_m), 0] = pressure_pa(moment.head_m, density)
    changed = replace(net, in_service=on, held_pag=held, held_m3_s=held_flow[net.held_flow][:, None])
    return with_numbers(plan.system, _with_settings(plan, changed, moment.setting))


def regulates(plan: Plan, moment: Moment) -> tuple[Flags, Flags]:
    """Return which links let flow pass by their own branch, and which wide open, both of shape (link,).

    A breaker whose minor loss exceeds its setting is found by whoever solves.
    """
    is_open, active = moment.status == Status.OPEN, moment.status == Status.ACTIVE
    has = plan.open_row >= 0
    pump = np.array([isinstance(link, Pump) for link in plan.links])
    turning = ~pump | (moment.setting > LEAST_SPEED_RATIO)
    return np.where(has, active, (is_open | active) & turning), has & is_open


def _with_settings(plan: Plan, net: FlowNet, setting: Array) -> FlowNet:
    """Return the network with the columns that settings fill."""
    links, density = plan.links, plan.density_kg_m3
    by_row = np.full(len(net.tail), np.nan)
    by_row[plan.row] = setting
    heights = {j.name: j.elevation_m for j in plan.network.junctions}
    loss, fixed, keep = net.loss_ratio.copy(), net.fixed_pa.copy(), net.keep_pag.copy()
    for i, link in enumerate(links):
        if not isinstance(link, Valve):
            continue
        value, row = float(setting[i]), plan.row[i]
        if link.kind is ValveKind.TCV:
            loss[np.searchsorted(net.friction, row)] = max(
                value * plan.formulas.minor_ratio, LEAST_LOSS_RATIO
            )
        elif link.kind is ValveKind.PBV:
            fixed[np.flatnonzero(net.fixed == row)] = pressure_pa(np.array(value), density)
        elif link.kind in {ValveKind.PRV, ValveKind.PSV}:
            height = heights[link.b if link.kind is ValveKind.PRV else link.a]
            keep[np.flatnonzero(net.keeper == row)] = pressure_pa(np.array(height + value), density)
    speed = net.speed_ratio.copy()
    driven = np.isfinite(by_row[net.mover])
    speed[driven, 0] = by_row[net.mover][driven]
    return replace(
        net, loss_ratio=loss, fixed_pa=fixed, keep_pag=keep, speed_ratio=speed,
        limit_m3_s=by_row[net.limited][:, None],
    )  # fmt: skip


def begun(plan: Plan, system: FlowSystem, last: Flow | None) -> Flow:
    """Return where to begin: at the last flow, branches that it does not use at a usual one."""
    first = begin(system.net, plan.medium)
    if last is None:
        return replace(first, flow_kg_s=plan.start_kg_s)
    idle = last.flow_kg_s == 0.0
    out = ~system.open.astype(np.bool_)[system.net.keeper]
    return replace(
        last, flow_kg_s=np.where(idle, plan.start_kg_s, last.flow_kg_s), speed_ratio=first.speed_ratio,
        keeper_state=np.where(out, first.keeper_state, last.keeper_state),
    )  # fmt: skip
