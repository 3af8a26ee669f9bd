"""Outages of power equipment after which every consumer still has a supply, solved coupled from normal operation.

They change currents and losses, and through the heat of the losses what fans, pumps and chillers draw. Power is
solved for all of them with the factors of normal operation; flow and heat are settled anew, coupled with power,
in the parts of the facility that the losses reach. Nothing else is left as it was but heat below ``LEFT_RATIO``.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.element import Fluid, Use
from twin.model.network import Network
from twin.solve import power_settle
from twin.solve.couple import COARSEST, Settled, settle_job
from twin.solve.couple_state import (
    Inner,
    State,
    Systems,
    begin,
    declared,
    inner,
    neighbour,
    of_variants,
    prepare,
    rows_of,
    started,
)
from twin.solve.power import Power, solve_power
from twin.solve.power_settle import Running, Taken
from twin.solve.power_tree import Tree, tree_of, without

# Parts whose losses change by less than this share of all power are left as in normal operation.
LEFT_RATIO = 2e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Normal:
    """Normal operation, settled, and room for as many outages as the network has variants.

    Attributes:
        systems: The network, every variant in normal operation.
        state: Settled state of one variant.
        power: Its power flow, with factors.
        solution: What that power flow came to.
        tree: Its radial net.
        loss_w: Losses that it gives to each flow node, shape (node, 1).
        cuts: Parts of the network that outages reached, by their flags.
    """

    systems: Systems
    state: State
    power: Running
    solution: Power
    tree: Tree
    loss_w: Array
    cuts: dict[bytes, Inner] = field(default_factory=dict)


def normal_of(network: Network) -> Normal | None:
    """Return normal operation settled, None where the power net is not radial.

    Args:
        network: Every variant in normal operation, as many as outages are to be solved at once.

    Raises:
        ConvergenceError: It has no steady state.
    """
    systems = prepare(network)
    first = of_variants(systems, np.zeros(1, dtype=np.intp))
    grid = first.power.grid
    tree = tree_of(grid.net, grid.supply)
    if tree is None:
        return None
    done = settle_job(started(first, begin(first.network), first.power, COARSEST))
    solution = solve_power(first.network.power, done.state.asked_w, running=done.power)
    power = solution.running
    assert power is not None
    loss_w = _losses(network, power_settle.taken(power, done.state.asked_w))
    return Normal(
        systems=systems, state=done.state, power=power, solution=solution, tree=tree, loss_w=loss_w
    )


def _losses(network: Network, taken: Taken) -> Array:
    """Return the losses that go into each flow node [W], shape (node, variant)."""
    into = np.zeros((len(network.flow.node), taken.line_loss_w.shape[1]))
    for loss_w, node in network.losses_to(taken):
        np.add.at(into, node[node >= 0], loss_w[node >= 0])
    return into


def settled_outages(normal: Normal, dead: Flags) -> Power | None:
    """Return the power flow of outages, None where the coolant of racks would have to be settled anew.

    Args:
        normal: Normal operation.
        dead: Nodes that each outage leaves dead, every consumer with an input alive; shape (node, variant).

    Raises:
        ConvergenceError: One has no steady state.
    """
    variants = dead.shape[1]
    asked = np.repeat(normal.state.asked_w, variants, axis=1)
    power = power_settle.settle(without(normal.power, normal.tree, dead), asked)
    change = np.abs(_losses(normal.systems.network, power_settle.taken(power, asked)) - normal.loss_w)
    reached = _reached(normal.systems, change, float(normal.state.asked_w.sum()))
    if reached.any():
        if reached[normal.systems.part[_coolant(normal.systems.network)]].any():
            return None
        done = _coupled(normal, reached, power)
        asked, power = done.state.asked_w, replace(done.power, factor=normal.power.factor)
    return solve_power(power.grid.net, asked, running=power)


def _reached(systems: Systems, change_w: Array, total_w: float) -> Flags:
    """Return the parts whose losses change by more than may be left, shape (part,)."""
    found = np.zeros((int(systems.part.max(initial=-1)) + 1, change_w.shape[1]))
    np.add.at(found, systems.part, change_w)
    reached: Flags = found.max(axis=1, initial=0.0) > LEFT_RATIO * total_w
    return reached


def _coolant(network: Network) -> Index:
    """Return the nodes behind which liquid cools racks."""
    net, flow = network.heat, network.flow
    cooled = (net.release_branch >= 0) & (network.power.consumers.use[net.release_load] == Use.IT)
    tail = flow.tail[net.release_branch[cooled]]
    return tail[flow.fluid[flow.island[tail]] != Fluid.AIR]


def _coupled(normal: Normal, reached: Flags, power: Running) -> Settled:
    """Settle outages coupled within some parts of the facility."""
    variants, width = power.grid.net.variants, normal.systems.network.variants
    like = np.zeros(width, dtype=np.intp)
    key = reached.tobytes()
    if key not in normal.cuts:
        driven = normal.state.asked_w - np.where(normal.state.lost, 0.0, declared(normal.systems.network)[:, :1])
        inside = reached[normal.systems.part]
        normal.cuts[key] = inner(
            normal.systems, inside, (np.arange(width), like), normal.state.lost, driven
        )
    cut = normal.cuts[key]
    systems = replace(of_variants(cut.systems, np.arange(variants)), power=power)
    unchanged = np.zeros((len(reached), variants), dtype=np.bool_)
    state = neighbour(systems, unchanged, rows_of(normal.state, cut.rows), like[:variants])
    state = replace(state, lost=cut.lost[:, :variants])
    return settle_job(started(systems, state, power, COARSEST))
