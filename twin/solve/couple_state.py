"""Where a coupled solution stands: what each variant has reached, and what it starts from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.model.flow_net import FlowNet
from twin.model.heat_net import HeatNet
from twin.model.network import Network
from twin.model.part import part_of
from twin.model.variants import spread, take
from twin.solve import flow as flows
from twin.solve import flow_system, power_settle
from twin.solve import heat as heats
from twin.solve.branch import Medium

# Of what a stream carries; rounding is some thousand times smaller.
ROUNDED_RATIO = 1e-5
EMPTY = np.zeros((0, 1), dtype=np.bool_)
# Elements that the columns of a state belong to.
STATE = {
    "asked_w": "consumer", "drawn_w": "consumer", "lost": "consumer", "exchanger_mode": "exchanger",
    "rejector_mode": "rejector", "limit_m3_s": "limited", "switches": "exchanger", "more_w": "chip",
    "before_w": "chip", "led_w": "chip", "tried_m3_s": "limited", "answered_m3_s": "limited",
}  # fmt: skip
FLOW = {
    "pressure_pag": "node", "flow_kg_s": "branch", "speed_ratio": "mover", "control_ratio": "control",
    "running_count": "control", "keeper_state": "keeper",
}  # fmt: skip
HEAT = {
    "enthalpy_j_kg": "node", "temperature_k": "node", "parked": "node", "inlet_k": "branch",
    "outlet_k": "branch", "branch_heat_w": "branch", "exchanged_w": "exchanger", "rejected_w": "rejector",
    "conducted_w": "conduct", "stored_w": "node",
}  # fmt: skip
# What settled means where nobody says so: see ``couple.SETTLED``.
SETTLED = 5e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """What one pass hands to the next; columns by variant.

    Attributes:
        flow, heat: States of the two domains.
        asked_w: Power that consumers ask for [W], movers and machines included, shape (consumer, variant).
        drawn_w: Power that they get [W], shape (consumer, variant).
        exchanger_mode, rejector_mode: What they do, shape (exchanger | rejector, variant).
        limit_m3_s: Limit of each limiting branch [m3/s], shape (limited, variant).
        lost: Consumers dropped because their coolant stopped, shape (consumer, variant).
        tried_m3_s, answered_m3_s: Limits of the pass before, and what they led to, shape (limited, variant).
        switches: Changes of each exchanger's mode so far, shape (exchanger, variant).
        more_w, before_w: What hot chips draw more, and what they did in the pass before [W], (chip, variant).
        led_w: What that pass leads to, shape (chip, variant).
    """

    flow: flows.Flow
    heat: heats.Heat
    asked_w: Array
    drawn_w: Array
    exchanger_mode: Index
    rejector_mode: Index
    limit_m3_s: Array
    lost: Flags
    switches: Index
    more_w: Array
    before_w: Array
    led_w: Array
    tried_m3_s: Array
    answered_m3_s: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Systems:
    """A network with all that its topology needs once, for some variants.

    Attributes:
        network: Elements as columns; branches whose drive has no supply are closed.
        flow, heat: Systems of the two domains.
        power: Power flow at nominal voltage.
        part: Thermal part of each node: islands that exchangers and conductances join, shape (node,).
        outside_w: What movers and machines that the network leaves out draw [W], shape (consumer, variant).
        surplus: Losses beside those of the balanced power flow, None where all phases are alike.
        settled: Share of the IT power that no load and no enthalpy stream may still move by.
    """

    network: Network
    flow: flows.FlowSystem
    heat: heats.HeatSystem
    power: power_settle.Running
    part: Index
    outside_w: Array
    surplus: power_settle.Taken | None = None
    settled: float = SETTLED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """The variants still on the way: their systems, and how far they are. Shapes: (variant,).

    Attributes:
        systems: What their topology needs once.
        state: Where they stand.
        power: Where their power flow stands.
        change: Last change over the IT power [1].
        sharp: To which share of the largest flow their flows were settled last [1].
    """

    systems: Systems
    state: State
    power: power_settle.Running
    change: Array
    sharp: Array


def prepare(network: Network) -> Systems:
    """Return what can be computed before any number changes; branches whose drive is dead are closed."""
    power = power_settle.prepare(network.power)
    net, flow = network.heat, network.flow
    driven = net.mover_load >= 0
    open_ = flow.in_service.copy()
    open_[flow.mover[driven]] &= ~power.grid.supply.dropped[net.mover_load[driven]]
    flow = replace(flow, in_service=open_)
    return Systems(
        network=replace(network, flow=flow), flow=flows.prepare(flow), heat=heats.prepare(flow, net),
        power=power, part=_parts(flow, net), outside_w=np.zeros((len(net.load_names), network.variants)),
    )  # fmt: skip


def _parts(flow: FlowNet, net: HeatNet) -> Index:
    """Return the part of each node that no heat leaves but to the outside air."""
    wet, inner = net.condenser >= 0, (net.conduct_a >= 0) & (net.conduct_b >= 0)
    tail = flow.tail
    heated, by = _heated_with(flow, net)
    a = flow.island[np.concatenate([tail[net.hot], tail[net.rejector[wet]], net.conduct_a[inner], heated])]
    b = flow.island[np.concatenate([tail[net.cold], tail[net.condenser[wet]], net.conduct_b[inner], by])]
    count = int(flow.island.max(initial=-1)) + 1
    joined = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1][flow.island], dtype=np.intp)


def _heated_with(flow: FlowNet, net: HeatNet) -> tuple[Index, Index]:
    """Return the nodes that heat goes to which follows the coolant at other nodes, and these."""
    follower = np.full(len(net.load_names), -1, dtype=np.intp)
    if not len(follower) or not len(flow.tail):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    follower[net.chips.load] = flow.tail[net.chips.branch]
    follower[net.release_load[net.splits.release[:, 0]]] = flow.tail[net.splits.branch]
    node = np.where(net.release_branch >= 0, flow.tail[net.release_branch], net.release_node)
    by = follower[net.release_load]
    both = (node >= 0) & (by >= 0)
    return node[both], by[both]


def of_variants(systems: Systems, which: Index) -> Systems:
    """Return the systems for some of their variants."""
    count = systems.network.variants
    if np.array_equal(which, np.arange(count)):
        return systems
    network = take(systems.network, which, count)
    return Systems(
        network=network, flow=flow_system.of_variants(systems.flow, network.flow, which),
        heat=replace(systems.heat, flow=network.flow, net=network.heat),
        power=power_settle.narrowed(systems.power, which), part=systems.part,
        outside_w=systems.outside_w[:, which],
        surplus=None if systems.surplus is None else take(systems.surplus, which, count),
        settled=systems.settled,
    )  # fmt: skip


def started(systems: Systems, state: State, power: power_settle.Running, sharp: float) -> Job:
    """Return a job that has not made a pass yet."""
    variants = systems.network.variants
    return Job(
        systems=systems, state=state, power=power, change=np.full(variants, np.inf),
        sharp=np.full(variants, sharp),
    )  # fmt: skip


def narrowed(job: Job, keep: Index) -> Job:
    """Return the job for some of its variants."""
    return Job(
        systems=of_variants(job.systems, keep), state=columns(job.state, keep),
        power=power_settle.narrowed(job.power, keep), change=job.change[keep], sharp=job.sharp[keep],
    )  # fmt: skip


def columns(state: State, which: Index) -> State:
    """Return the state of some variants, which may repeat."""
    count = state.asked_w.shape[1]
    if count == 1:
        wide = spread(state, len(which))
        return replace(wide, flow=spread(state.flow, len(which)), heat=spread(state.heat, len(which)))
    picked = take(state, which, count)
    return replace(picked, flow=take(state.flow, which, count), heat=take(state.heat, which, count))


def rows_of(state: State, rows: Mapping[str, Index]) -> State:
    """Return the state of a part of a network, whose elements are ``rows`` of the whole."""

    def cut(thing: Any, axes: Mapping[str, str]) -> Any:
        return replace(thing, **{n: getattr(thing, n)[rows[a]] for n, a in axes.items() if a in rows})

    return replace(cut(state, STATE), flow=cut(state.flow, FLOW), heat=cut(state.heat, HEAT))  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inner:
    """Variants within some parts of their network.

    Attributes:
        systems: Systems of these parts; the power side is whole.
        rows: Their elements in the whole network.
        lost: Consumers outside that are dropped, shape (consumer, variant).
        outside_loads: Consumers whose heat goes elsewhere too, shape (load,).
    """

    systems: Systems
    rows: dict[str, Index]
    lost: Flags
    outside_loads: Index


def inner(
    systems: Systems, inside: Flags, variants: tuple[Index, Index], lost: Flags, driven_w: Array
) -> Inner:
    """Return some variants within some parts of their network.

    Args:
        systems: All variants.
        inside: Nodes of these parts, shape (node,).
        variants: The variants wanted, and for each the one that holds outside.
        lost: Consumers that are dropped, shape (consumer, variant).
        driven_w: What movers and machines draw [W], shape (consumer, variant).
    """
    (which, like), network = variants, systems.network
    part = part_of(network, inside)
    flow, net, own = part.network.flow, part.network.heat, np.zeros(len(lost), dtype=np.bool_)
    own[net.mover_load[net.mover_load >= 0]] = True
    own[net.reject_load] = True
    own[net.chips.load] = True
    cooled = np.zeros_like(own)
    cooled[net.release_load[net.release_branch >= 0]] = True
    whole = network.heat
    indoors = np.maximum(whole.release_branch, whole.release_node) >= 0
    left = np.setdiff1d(np.flatnonzero(indoors), part.rows["release"])
    every = Systems(
        network=part.network, flow=flows.prepare(flow), heat=heats.prepare(flow, net), power=systems.power,
        part=systems.part[part.rows["node"]], outside_w=systems.outside_w, surplus=systems.surplus,
        settled=systems.settled,
    )  # fmt: skip
    outside_w = np.where(own[:, None], 0.0, driven_w[:, like])
    return Inner(
        systems=replace(of_variants(every, which), outside_w=outside_w), rows=part.rows,
        lost=lost[:, like] & ~cooled[:, None], outside_loads=whole.release_load[left],
    )  # fmt: skip


def adopt(total: State, which: Index, like: Index) -> None:
    """Give some variants the state of others, in place."""
    for thing, axes in ((total, STATE), (total.flow, FLOW), (total.heat, HEAT)):
        for name in axes:
            values = getattr(thing, name)
            values[:, which] = values[:, like]


def archive(total: State, which: Index, part: State, rows: Mapping[str, Index]) -> None:
    """Write the state of some variants, and of some elements, into that of all, in place."""
    for whole, own, axes in (
        (total, part, STATE), (total.flow, part.flow, FLOW), (total.heat, part.heat, HEAT)
    ):  # fmt: skip
        for name, axis in axes.items():
            target, values = getattr(whole, name), getattr(own, name)
            if axis in rows:
                target[rows[axis][:, None], which] = values
            else:
                target[:, which] = values


def neighbour(systems: Systems, changed: Flags, settled: State, of: Index) -> State:
    """Return a start for every variant from a settled one.

    Where a part of it is given something else than there, what stands still there may run here.

    Args:
        systems: The variants to start.
        changed: Parts that are given something else, shape (part, variant).
        settled: Settled states of other variants.
        of: Which of them each variant starts from, shape (variant,).
    """
    network, wide = systems.network, columns(settled, of)
    exchangers, rejectors = _begin_modes(network)
    part = systems.part[network.flow.tail]
    stood = (wide.exchanger_mode == heats.Mode.OFF) & changed[part[network.heat.hot]]
    idle = (wide.rejector_mode == heats.Mode.OFF) & changed[part[network.heat.rejector]]
    valve = network.heat.valve
    shut = np.zeros(wide.limit_m3_s.shape, dtype=np.bool_)
    shut[valve[valve >= 0]] = stood[valve >= 0]
    return replace(
        wide,
        flow=replace(wide.flow, running_count=np.ones_like(wide.flow.running_count)),
        exchanger_mode=np.where(stood, exchangers, wide.exchanger_mode),
        rejector_mode=np.where(idle, rejectors, wide.rejector_mode),
        limit_m3_s=np.where(shut, network.flow.limit_m3_s, wide.limit_m3_s),
        lost=np.zeros_like(wide.lost), switches=np.zeros_like(wide.switches),
    )  # fmt: skip


def _begin_modes(network: Network) -> tuple[Index, Index]:
    """Return every control holding: exchangers with a valve and a set-point, rejectors in service."""
    net, variants = network.heat, network.variants
    held = np.isfinite(np.broadcast_to(net.hold_k, (len(net.hot), variants))) & (net.valve >= 0)[:, None]
    return (
        np.where(held, heats.Mode.HOLDS, heats.Mode.FREE).astype(np.intp),
        np.where(net.reject_in_service, heats.Mode.HOLDS, heats.Mode.OFF).astype(np.intp),
    )


def begin(network: Network) -> State:
    """Start every island at the temperature it was filled at, every control holding."""
    net, flow, variants = network.heat, network.flow, network.variants
    t = np.repeat(flow.fill_k[flow.island][:, None], variants, axis=1)
    at_branch = t[flow.tail]
    heat = heats.Heat(
        enthalpy_j_kg=heats.enthalpy_at(flow, np.arange(len(flow.node)), t), temperature_k=t,
        inlet_k=at_branch, outlet_k=at_branch.copy(), branch_heat_w=np.zeros_like(at_branch),
        exchanged_w=np.zeros((len(net.hot), variants)), rejected_w=np.zeros((len(net.rejector), variants)),
        conducted_w=np.zeros((len(net.conduct_a), variants)), parked=np.zeros(t.shape, dtype=np.bool_),
        stored_w=np.zeros(t.shape),
    )  # fmt: skip
    exchangers, rejectors = _begin_modes(network)
    none = np.full((len(flow.limited), variants), np.nan)
    return State(
        tried_m3_s=none, answered_m3_s=none.copy(), flow=flows.begin(flow, medium_of(flow, heat)), heat=heat,
        asked_w=declared(network), drawn_w=declared(network),
        exchanger_mode=exchangers, rejector_mode=rejectors,
        limit_m3_s=np.broadcast_to(flow.limit_m3_s, (len(flow.limited), variants)).copy(),
        lost=np.zeros((len(net.load_names), variants), dtype=np.bool_),
        switches=np.zeros((len(net.hot), variants), dtype=np.intp),
        **{name: np.zeros((len(net.chips.load), variants)) for name in ("more_w", "before_w", "led_w")},
    )  # fmt: skip


def declared(network: Network) -> Array:
    """Return what consumers draw before movers and machines are added [W], shape (consumer, variant)."""
    consumers = network.power.consumers
    return np.where(consumers.in_service, consumers.power_w, 0.0)


def medium_of(flow: FlowNet, heat: heats.Heat) -> Medium:
    """Return fluid properties at the mean temperature of each branch."""
    known = heats.properties_at(flow, flow.tail, 0.5 * (heat.inlet_k + heat.outlet_k))
    return Medium(
        density_kg_m3=known.density_kg_m3, viscosity_pa_s=known.viscosity_pa_s * flow.viscosity_ratio
    )


def change_ratio(
    network: Network, state: State, q: Array, heat: heats.Heat, *, asked: Array, wanted: Array
) -> Array:
    """Return the largest change of a load or of an enthalpy stream, shape (variant,).

    It is over the power of all loads and what streams carry at open ends. What hot chips draw more moves by
    what is still between what they drew and what that leads to, ``wanted``.
    """
    carried = heats.CARRIED_J_KG * np.maximum(heats.given_at(network.flow, q), 0.0).sum(axis=0)
    # Without load a stream that turns round cannot settle to less than what it is rounded to.
    least = np.maximum(ROUNDED_RATIO * heats.CARRIED_J_KG * np.abs(q).max(axis=0, initial=0.0), 1.0)
    total = np.maximum(asked.sum(axis=0) + carried, least)
    streams = np.abs(q) * np.abs(
        heats.upstream(network.flow, q, heat.enthalpy_j_kg - state.heat.enthalpy_j_kg)
    )
    moved = np.abs(asked - state.asked_w)
    hot = np.where(asked[network.heat.chips.load] > 0.0, np.abs(wanted - state.more_w), 0.0)
    # A stream carries as much between its two temperatures, so that is what its drift moves.
    drift = np.abs(q - state.flow.flow_kg_s) * heats.CARRIED_J_KG
    worst = np.maximum(streams.max(axis=0, initial=0.0), moved.max(axis=0, initial=0.0))
    worst = np.maximum(worst, hot.max(axis=0, initial=0.0))
    return np.asarray(np.maximum(worst, drift.max(axis=0, initial=0.0)) / total)
