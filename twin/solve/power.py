"""Balanced power flow: voltages, currents and losses of AC islands that converters join.

Positive sequence, per unit of nominal voltage. The matrix holds lines and transformers only; loads and converter
inputs are currents that follow the voltage, found as a fixed point with one factorisation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.power_net import PowerNet
from twin.solve.power_grid import (
    Complex,
    Grid,
    branch_currents,
    build_grid,
    leaving_nodes,
    matrix,
    nominal_bias,
    solve_rows,
)
from twin.solve.power_supply import find_supply
from twin.solve.sparse import Factor

LOWEST_RATIO = 0.5
"""Voltage below which a load is taken as a constant impedance: its supplies no longer hold their power."""
PASSES = 200
SWITCHES = 10
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Power:
    """Solved state. Shapes: (element, variant); complex numbers in the frame of the feeds, dead ones 0.

    Attributes:
        node_voltage_ratio: Complex voltage over nominal, shape (node, variant).
        node_alive: Whether a feed reaches the node.
        line_current_a: Complex current from ``a`` to ``b``.
        line_loss_w: Loss of all three phases.
        line_drop_ratio: Fall of the voltage's magnitude in the direction of power, over nominal.
        line_loading_ratio: Current over rating, NaN where no rating is given.
        line_voltage_ratio: Voltage at the receiving end over nominal.
        transformer_in_w, transformer_out_w, transformer_loss_w: Power into ``a``, out of ``b``, load and core loss.
        transformer_current_a: Secondary current.
        transformer_loading_ratio: Highest current over rated current.
        converter_in_w, converter_out_w, converter_loss_w: Power into ``a``, out of ``b``, and loss.
        converter_loading_ratio: Output power over rating.
        converter_current_a: Input current.
        input_power_w, input_current_a, input_voltage_ratio: Of each load input, shape (input, variant).
        consumer_power_w: Power delivered, shape (consumer, variant).
        dropped: Consumers that want power and are dead.
        limited: Inputs below half of nominal voltage, which get less than they want.
        feed_power_va: Complex power out of each feed.
        feed_current_a: Current out of each feed.
        residual_ratio: Worst current mismatch of a node over the highest current drawn, shape (variant,).
        passes: Number of fixed-point passes.
        grid, factor, state: What a later solve of the same net starts from.
    """

    node_voltage_ratio: Complex
    node_alive: Flags
    line_current_a: Complex
    line_loss_w: Array
    line_drop_ratio: Array
    line_loading_ratio: Array
    line_voltage_ratio: Array
    transformer_in_w: Array
    transformer_out_w: Array
    transformer_loss_w: Array
    transformer_current_a: Array
    transformer_loading_ratio: Array
    converter_in_w: Array
    converter_out_w: Array
    converter_loss_w: Array
    converter_loading_ratio: Array
    converter_current_a: Array
    input_power_w: Array
    input_current_a: Array
    input_voltage_ratio: Array
    consumer_power_w: Array
    dropped: Flags
    limited: Flags
    feed_power_va: Complex
    feed_current_a: Array
    residual_ratio: Array
    passes: int
    grid: Grid
    factor: Factor
    state: "State"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What hangs on the nodes: load inputs first, then converter inputs. Shapes: (draw, variant).

    Attributes:
        node: Node of each draw, shape (draw,).
        into: Sums draws into nodes, shape (node, draw).
        wanted_va: Complex power that load inputs want, shape (input, variant).
        limited: Draws held in the matrix as an impedance.
    """

    node: Index
    into: csr_array
    wanted_va: Complex
    limited: Flags

    def current(self, power_va: Complex, voltage: Complex) -> Complex:
        """Return the current of each draw [VA]: constant power, constant impedance below half voltage."""
        at = voltage[self.node]
        size = np.where(self.limited, LOWEST_RATIO**2, np.maximum(np.abs(at) ** 2, LOWEST_RATIO**2))
        return power_va.conj() * at / size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Unknowns of the fixed point.

    Attributes:
        deviation: Voltage minus nominal, per unit, shape (node, variant).
        converter_va: Power that converters draw, shape (converter, variant).
        bus_va: Current of each converter output bus, shape (bus,).
        shift: What the leader of each bus adds to its held voltage, shape (bus,).
    """

    deviation: Complex
    converter_va: Complex
    bus_va: Complex
    shift: Complex


def solve_power(net: PowerNet, consumer_power_w: Array, start: Power | None = None) -> Power:
    """Return the state in which every node's current balances.

    Args:
        net: Elements as columns.
        consumer_power_w: Power each consumer wants [W], shape (consumer, variant).
        start: A solution of the same net, to start from and to reuse the factorisation of.

    Returns:
        Voltages, currents, losses; dead consumers draw nothing and are ``dropped``.

    Raises:
        ConvergenceError: No fixed point is found, or a converter's input voltage is below half of nominal.

    Source:
        Kersting, Distribution System Modeling and Analysis, 3rd ed. 2012, ch. 10 (current injection);
        IEC 60909-0:2016, 6.3 (transformer impedance from uk and Pk).
    """
    grid = start.grid if start else build_grid(net, find_supply(net))
    state = start.state if start else _flat(grid)
    factor = start.factor if start and not start.limited.any() else None
    draws, passes = _draws(grid, consumer_power_w), 0
    for _ in range(SWITCHES):
        factor = factor or matrix(grid, _shunts(draws), net.name)
        state, count = _iterate(grid, factor, draws, state)
        passes += count
        low = _low(grid, draws, state)
        if np.array_equal(low, draws.limited):
            _refuse_starved_converter(grid, state)
            return report(grid, factor, draws, state, passes)
        fallen = low & ~draws.limited
        draws = replace(draws, limited=draws.limited | low if fallen.any() else low)
        factor, state = None, _flat(grid)
    row, variant = np.argwhere(draws.limited)[0]
    raise _stuck(grid, draws, state, int(row), int(variant), "switches between full power and collapse")


def _draws(grid: Grid, consumer_power_w: Array) -> Draws:
    net, supply = grid.net, grid.supply
    consumers = net.consumers
    node = np.concatenate([consumers.node, net.converters.a])
    tangent = np.tan(np.arccos(consumers.power_factor_ratio))
    wanted = consumer_power_w * (1.0 + 1j * tangent)
    return Draws(
        node=node,
        into=csr_array((np.ones(node.size), (node, np.arange(node.size))), shape=(net.node.size, node.size)),
        wanted_va=wanted[consumers.consumer] * supply.share_ratio,
        limited=np.zeros((node.size, net.variants), dtype=np.bool_),
    )


def _flat(grid: Grid) -> State:
    """Return nominal voltage everywhere and idle converters."""
    net, buses = grid.net, grid.supply.buses
    return State(
        deviation=np.zeros((net.node.size, net.variants), dtype=np.complex128),
        converter_va=np.zeros((net.converters.a.size, net.variants), dtype=np.complex128),
        bus_va=np.zeros(buses, dtype=np.complex128),
        shift=np.zeros(buses, dtype=np.complex128),
    )


def _shunts(draws: Draws) -> Complex | None:
    """Return the admittance of limited draws at each node [VA], None where none is."""
    if not draws.limited.any():
        return None
    count = draws.wanted_va.shape[0]
    admittance = np.where(draws.limited[:count], draws.wanted_va.conj() / LOWEST_RATIO**2, 0.0)
    summed: Complex = draws.into[:, :count] @ admittance
    return summed


def _low(grid: Grid, draws: Draws, state: State) -> Flags:
    """Return the load inputs that are alive below half of nominal voltage; converters never are limited."""
    low = np.abs(1.0 + state.deviation[draws.node]) < LOWEST_RATIO
    low &= grid.supply.alive[draws.node]
    low[draws.wanted_va.shape[0] :] = False
    return low


def _iterate(grid: Grid, factor: Factor, draws: Draws, state: State) -> tuple[State, int]:
    """Return the fixed point, or the state in which a further load collapses."""
    net, supply = grid.net, grid.supply
    shunt = _shunts(draws)
    bias = nominal_bias(grid, net.variants) + (0.0 if shunt is None else shunt)
    free = supply.alive & ~supply.held
    held = _held_deviation(grid)
    right = _right(grid, draws, state, bias, held, free)
    for count in range(1, PASSES + 1):
        deviation = solve_rows(factor, right)
        state = _after(grid, draws, replace(state, deviation=deviation))
        before, right = right, _right(grid, draws, state, bias, held, free)
        scale = np.abs(right).max(axis=0, where=free, initial=1.0)
        change = np.abs(right - before) / np.where(free, scale, 1.0)
        if not change.max(initial=0.0) > TOLERANCE:
            return state, count
        if np.any(_low(grid, draws, state) & ~draws.limited):
            return state, count
    node, variant = np.unravel_index(int(np.argmax(change)), change.shape)
    row = int(np.argmax(draws.node == node))
    raise _stuck(grid, draws, state, row, int(variant), "does not settle")


def _held_deviation(grid: Grid) -> Complex:
    """Return by how much held nodes lie above nominal, shape (node, variant); 0 elsewhere."""
    net, supply = grid.net, grid.supply
    held = np.zeros((net.node.size, net.variants), dtype=np.complex128)
    sources = (
        (net.feeds.node, net.feeds.voltage_v, supply.feeds),
        (net.converters.b, _target(grid) * net.nominal_v[net.converters.b], supply.leads),
    )
    for nodes, volts, holds in sources:
        above = np.broadcast_to(volts / net.nominal_v[nodes] - 1.0, holds.shape)
        which, variant = np.nonzero(holds)
        held[nodes[which], variant] = above[which, variant]
    return held


def _target(grid: Grid) -> Array:
    """Return the voltage that the bus of each converter holds on average, by rating, over nominal."""
    net, supply = grid.net, grid.supply
    own = net.converters.output_v / net.nominal_v[net.converters.b]
    weights = (supply.rated_ratio * own).ravel()
    mean: Array = np.bincount(supply.bus.ravel(), weights=weights, minlength=supply.buses)[supply.bus]
    return mean


def _right(grid: Grid, draws: Draws, state: State, bias: Complex, held: Complex, free: Flags) -> Complex:
    """Return the right-hand side: what flows into free nodes, by how much held ones lie above nominal."""
    supply, converters = grid.supply, grid.net.converters
    right: Complex = np.where(free, -bias - draws.into @ _drawn(draws, state), held)
    which, variant = np.nonzero(supply.converters & ~supply.leads)
    pushed = (supply.rated_ratio * state.bus_va[supply.bus])[which, variant]
    beside = free[converters.b[which], variant]
    np.add.at(right, (converters.b[which], variant), np.where(beside, pushed, 0.0))
    which, variant = np.nonzero(supply.leads)
    right[converters.b[which], variant] = (held[converters.b] + state.shift[supply.bus])[which, variant]
    return right


def _drawn(draws: Draws, state: State) -> Complex:
    """Return the currents that are not in the matrix [VA], shape (draw, variant)."""
    wanted = np.concatenate([draws.wanted_va, state.converter_va])
    current = draws.current(wanted, 1.0 + state.deviation)
    return np.where(draws.limited, 0.0, current) if draws.limited.any() else current
