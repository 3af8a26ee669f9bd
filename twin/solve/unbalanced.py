"""Power flow where cords lack phases: islands with unlike phases solved conductor by conductor.

An island behind converters is solved before the one that feeds it: converters hold the voltage of every phase
alike and draw from all three phases alike. Islands that no such cord touches keep their balanced solution.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.phases import ALL_PHASES
from twin.solve.phase_net import Conductors, Phased, conductors_at, phased, spread_held
from twin.solve.phase_results import Found, blank, write
from twin.solve.power import Power
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_point import draws_of
from twin.solve.power_settle import Taken
from twin.solve.wires import WireFlow, solve_wires
from twin.solve.wires_net import Wires

HELD_RATIO = 1e-13
"""Voltages over nominal that sources hold in two variants are alike up to this."""
PUSHES, PUSHED_RATIO = 20, 1e-12
"""Rounds in which converters on one bus come to share it by rating, and what may be left of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Islands:
    """AC and DC islands of one pattern of switches. Shapes: (node,) and (island,).

    Attributes:
        of: Island of each node.
        level: How many converters lie between a feed and an island.
        unlike: Whether a cord that lacks phases lies in it, or behind its converters.
    """

    of: Index
    level: Index
    unlike: Flags


def solve_phases(grid: Grid, balanced: Power, asked_w: Array, *, everywhere: bool = False) -> Power:
    """Return the state of a facility in which some cords lack phases.

    Args:
        grid: The facility and what is alive.
        balanced: Its solution with every phase alike, which holds where no such cord is.
        asked_w: Power each consumer wants [W], shape (consumer, variant).
        everywhere: Whether islands that no such cord touches are solved phase by phase too.

    Returns:
        As ``solve_power``; currents, loadings and drops are those of the worst phase.

    Raises:
        ConvergenceError: Voltage collapses, or an inverter on direct current feeds such an island.
        InputError: A cord has no phase or neutral to draw from.

    Source:
        As ``solve_wires``.
    """
    wanted = draws_of(grid, asked_w).wanted_va
    found = blank(grid, balanced, wanted)
    for variants in _alike(grid, balanced):
        made = conductors_at(grid.net, grid.supply, int(variants[0]))
        islands = _islands(grid, int(variants[0]))
        for level in range(int(islands.level.max(initial=0)), -1, -1):
            nodes = ((islands.unlike | everywhere) & (islands.level == level))[islands.of] & ~grid.net.direct
            if nodes.any():
                _solve_level(grid, found, variants, nodes, made)
    return found.power(grid)


def lost_beside(power: Power, balanced: Power) -> Taken:
    """Return what a state loses beside another one [W]; its consumers draw alike."""
    return Taken(
        consumer_power_w=np.zeros_like(balanced.consumer_power_w),
        line_loss_w=power.line_loss_w - balanced.line_loss_w,
        transformer_loss_w=power.transformer_loss_w - balanced.transformer_loss_w,
        converter_loss_w=power.converter_loss_w - balanced.converter_loss_w,
    )


def _alike(grid: Grid, balanced: Power) -> Iterator[Index]:
    """Yield variants that have their switches, numbers and held voltages in common."""
    pattern = grid.supply.pattern.ravel()
    for number in np.unique(pattern):
        own = np.flatnonzero(pattern == number)
        held = balanced.node_voltage_ratio[grid.supply.held[:, own[0]]][:, own]
        if grid.numbers > 1 or np.ptp(np.abs(held), axis=1).max(initial=0.0) > HELD_RATIO:
            yield from own[:, None]
        else:
            yield own


def _islands(grid: Grid, variant: int) -> Islands:
    net, supply = grid.net, grid.supply
    lines, coils = supply.lines[:, variant], supply.transformers[:, variant]
    a = np.concatenate([net.lines.a[lines], net.transformers.a[coils]])
    b = np.concatenate([net.lines.b[lines], net.transformers.b[coils]])
    size = net.node.size
    count, of = connected_components(coo_array((np.ones(a.size), (a, b)), shape=(size, size)), directed=False)
    level, unlike = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.bool_)
    unlike[of[net.lines.a[lines & (net.lines.phases != ALL_PHASES)]]] = True
    on = supply.converters[:, variant]
    before, behind = of[net.converters.a[on]], of[net.converters.b[on]]
    for _ in range(count):
        risen = level.copy()
        np.maximum.at(risen, behind, level[before] + 1)
        touched = unlike.copy()
        touched[before[unlike[behind]]] = True
        if np.array_equal(risen, level) and np.array_equal(touched, unlike):
            break
        level, unlike = risen, touched
    direct = np.zeros(count, dtype=np.bool_)
    direct[of[net.direct]] = True
    follows = net.converters.follow_ratio.max(axis=1, initial=0.0)[on] > 0.0
    for row in np.flatnonzero(unlike[behind] & (direct[before] | follows)):
        name = net.name(int(net.converters.b[on][row]))
        how = "on bypass or in eco mode" if follows[row] else "from direct current"
        raise ConvergenceError(
            f"{name} feeds cords of single phases {how}, which is not solved",
            component=name, equation="phases of the conductors",
        )  # fmt: skip
    return Islands(of=of.astype(np.intp), level=level, unlike=unlike)


def _solve_level(grid: Grid, found: Found, variants: Index, nodes: Flags, made: Conductors) -> None:
    """Solve some islands for some variants, and write what follows into what is found."""
    island = phased(grid.net, grid.supply, int(variants[0]), nodes, made)
    pushed = found.pushed_va[:, variants]
    for _ in range(PUSHES):
        flow = solve_wires(_held_at(found, island, variants), _power(found, island, variants, pushed))
        held = _by_node(island, flow)
        given = _given(grid, island, variants, held, pushed)
        change = np.abs(given - pushed)[_pushers(grid, variants, nodes)]
        pushed = given
        if change.size == 0 or change.max() <= PUSHED_RATIO * np.abs(given).max():
            break
    rows = np.flatnonzero(nodes[grid.net.converters.b])
    out = found.converter_out_w[:, variants].copy()
    out[rows] = np.where(grid.supply.converters[rows][:, variants], given[rows].real, 0.0)
    found.converter_out_w[:, variants] = out
    found.pushed_va[:, variants] = pushed
    write(grid, found, variants, island, (flow, held))


def _pushers(grid: Grid, variants: Index, nodes: Flags) -> Flags:
    own = grid.supply.converters & ~grid.supply.leads
    return own[:, variants] & nodes[grid.net.converters.b][:, None]


def _held_at(found: Found, island: Phased, variants: Index) -> Wires:
    """Return the network with its sources at the voltage they hold."""
    ratio = found.balanced.node_voltage_ratio[island.held, variants[0]]
    held = island.wires.held
    scaled = held.voltage_v * spread_held(np.abs(ratio), island.conductors.bits[island.held])
    return replace(island.wires, held=replace(held, voltage_v=scaled))


def _power(found: Found, island: Phased, variants: Index, pushed: Complex) -> Complex:
    """Return what every draw takes [VA], shape (draw, set)."""
    every = np.concatenate([found.wanted_va[:, variants], found.converter_va(variants), -pushed])
    taken: Complex = island.share_ratio[:, None] * every[island.hung]
    return taken


def _by_node(island: Phased, flow: WireFlow) -> Complex:
    """Return what each held node gives [VA], shape (held, set)."""
    present = [int(b).bit_count() for b in island.conductors.bits[island.held]]
    starts = np.cumsum([0, *present])[:-1]
    given: Complex = np.add.reduceat(flow.held_power_va, starts, axis=0)
    return given


def _given(grid: Grid, island: Phased, variants: Index, held: Complex, pushed: Complex) -> Complex:
    """Return what each converter gives when all on a bus share it by rating [VA], (converter, set)."""
    net, supply = grid.net, grid.supply
    at = np.full(net.node.size, -1, dtype=np.intp)
    at[island.held] = np.arange(island.held.size)
    leads, bus = supply.leads[:, variants], supply.bus[:, variants]
    total = np.zeros(supply.buses, dtype=np.complex128)
    leaders = np.zeros((net.node.size, len(variants)))
    np.add.at(leaders, net.converters.b, leads.astype(np.float64))
    lead, column = np.nonzero(leads & (at[net.converters.b] >= 0)[:, None])
    node = net.converters.b[lead]
    np.add.at(total, bus[lead, column], held[at[node], column] / leaders[node, column])
    push, column = np.nonzero(supply.converters[:, variants] & ~leads)
    np.add.at(total, bus[push, column], pushed[push, column])
    shared: Complex = supply.rated_ratio[:, variants] * total[bus]
    return shared
