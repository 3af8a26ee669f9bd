"""Fixed point of a power flow: loads and converters are currents that follow the voltage."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.solve.power_grid import Complex, Grid, branch_ends, nominal_bias, solve_rows
from twin.solve.sparse import Factor

LOWEST_RATIO = 0.5
"""Voltage below which a load is taken as a constant impedance: its supplies no longer hold their power."""
PASSES = 200
PLAIN_PASSES = 20
"""Passes before a slow fixed point, near the point of collapse, is sped up."""
TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What hangs on the nodes: load inputs first, then converter inputs. Shapes: (draw, variant).

    Attributes:
        node: Node of each draw, shape (draw,).
        into: Sums draws into nodes, shape (node, draw).
        beside: Its rows at the outputs of converters, shape (converter, draw).
        wanted_va: Complex power that load inputs want, shape (input, variant).
        limited: Draws held in the matrix as an impedance.
    """

    node: Index
    into: csr_array
    beside: csr_array
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fixed:
    """Part of the right-hand side that no pass changes. Shapes: (node, variant).

    Attributes:
        bias: What leaves each node at nominal voltage [VA].
        held: By how much held nodes lie above nominal.
        free: Nodes whose voltage is unknown.
    """

    bias: Complex
    held: Complex
    free: Flags


def draws_of(grid: Grid, consumer_power_w: Array) -> Draws:
    """Return what hangs on the nodes when consumers want this power [W], shape (consumer, variant)."""
    net, supply = grid.net, grid.supply
    consumers = net.consumers
    node = np.concatenate([consumers.node, net.converters.a])
    tangent = np.tan(np.arccos(consumers.power_factor_ratio))
    wanted = consumer_power_w * (1.0 + 1j * tangent)
    shape = net.node.size, node.size
    into = csr_array((np.ones(node.size), (node, np.arange(node.size))), shape=shape)
    return Draws(
        node=node,
        into=into,
        beside=into[net.converters.b],
        wanted_va=wanted[consumers.consumer] * supply.share_ratio,
        limited=np.zeros((node.size, net.variants), dtype=np.bool_),
    )


def flat_state(grid: Grid) -> State:
    """Return nominal voltage everywhere and idle converters."""
    net, buses = grid.net, grid.supply.buses
    return State(
        deviation=np.zeros((net.node.size, net.variants), dtype=np.complex128),
        converter_va=np.zeros((net.converters.a.size, net.variants), dtype=np.complex128),
        bus_va=np.zeros(buses, dtype=np.complex128),
        shift=np.zeros(buses, dtype=np.complex128),
    )


def shunts(draws: Draws) -> Complex | None:
    """Return the admittance of limited draws at each node [VA], None where none is."""
    if not draws.limited.any():
        return None
    count = draws.wanted_va.shape[0]
    admittance = np.where(draws.limited[:count], draws.wanted_va.conj() / LOWEST_RATIO**2, 0.0)
    summed: Complex = draws.into[:, :count] @ admittance
    return summed


def low_inputs(grid: Grid, draws: Draws, state: State) -> Flags:
    """Return the load inputs that are alive below half of nominal voltage; converters never are limited."""
    low = np.abs(1.0 + state.deviation[draws.node]) < LOWEST_RATIO
    low &= grid.supply.alive[draws.node]
    low[draws.wanted_va.shape[0] :] = False
    return low


def iterate(grid: Grid, factor: Factor, draws: Draws, state: State) -> tuple[State, int]:
    """Return the fixed point, or the state in which a further load collapses."""
    net, supply = grid.net, grid.supply
    shunt = shunts(draws)
    bias = nominal_bias(grid, net.variants)
    fixed = Fixed(
        bias=bias if shunt is None else bias + shunt,
        held=_held_deviation(grid),
        free=supply.alive & ~supply.held,
    )
    right = _right(grid, draws, state, fixed)
    earlier = right, np.zeros_like(right)
    for count in range(1, PASSES + 1):
        deviation = solve_rows(factor, right)
        state = _after(grid, draws, replace(state, deviation=deviation))
        refuse_starved_converter(grid, state)
        used, right = right, _right(grid, draws, state, fixed)
        scale = np.abs(right).max(axis=0, where=fixed.free, initial=1.0)
        change = np.abs(right - used) / np.where(fixed.free, scale, 1.0)
        if change.max(initial=0.0) <= TOLERANCE or np.any(low_inputs(grid, draws, state) & ~draws.limited):
            return state, count
        step = right - used
        if count > PLAIN_PASSES:
            right = _secant(right, step, earlier)
        earlier = used + step, step
    node, variant = np.unravel_index(int(np.argmax(change)), change.shape)
    row = int(np.argmax(draws.node == node))
    raise stuck(grid, draws, state, (row, int(variant)), "does not settle")


def _secant(right: Complex, step: Complex, earlier: tuple[Complex, Complex]) -> Complex:
    """Return where the last two passes point to, per variant (Anderson mixing of depth one)."""
    right_before, step_before = earlier
    turn = step - step_before
    size = (np.abs(turn) ** 2).sum(axis=0)
    share = (step * turn.conj()).real.sum(axis=0) / np.where(size > 0.0, size, 1.0)
    mixed: Complex = right - share * (right - right_before)
    return mixed


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
    return _by_bus(grid, supply.rated_ratio * own).real[supply.bus]


def _by_bus(grid: Grid, values: NDArray[Any]) -> Complex:
    """Return sums over the converters of each output bus, shape (bus,)."""
    bus, count = grid.supply.bus.ravel(), grid.supply.buses
    real = np.bincount(bus, weights=values.real.ravel(), minlength=count)
    return real + 1j * np.bincount(bus, weights=values.imag.ravel(), minlength=count)


def _right(grid: Grid, draws: Draws, state: State, fixed: Fixed) -> Complex:
    """Return the right-hand side: what flows into free nodes, by how much held ones lie above nominal."""
    supply, converters = grid.supply, grid.net.converters
    right: Complex = np.where(fixed.free, -fixed.bias - draws.into @ _drawn(draws, state), fixed.held)
    which, variant = np.nonzero(supply.converters & ~supply.leads)
    pushed = (supply.rated_ratio * state.bus_va[supply.bus])[which, variant]
    np.add.at(right, (converters.b[which], variant), pushed)
    which, variant = np.nonzero(supply.leads)
    right[converters.b[which], variant] = (fixed.held[converters.b] + state.shift[supply.bus])[which, variant]
    return right


def _drawn(draws: Draws, state: State) -> Complex:
    """Return the currents that are not in the matrix [VA], shape (draw, variant)."""
    wanted = np.concatenate([draws.wanted_va, state.converter_va])
    current = draws.current(wanted, 1.0 + state.deviation)
    return np.where(draws.limited, 0.0, current) if draws.limited.any() else current


def _after(grid: Grid, draws: Draws, state: State) -> State:
    """Return the state with what its converters carry, draw and hold at these voltages."""
    supply, converters = grid.supply, grid.net.converters
    if not converters.a.size:
        return state
    near = grid.near
    leaving = near.leaving @ branch_ends(grid, state.deviation, near.lines, near.transformers)
    if draws.beside.nnz:
        wanted = np.concatenate([draws.wanted_va, state.converter_va])
        leaving += draws.beside @ draws.current(wanted, 1.0 + state.deviation)
    leaders = np.maximum(_by_bus(grid, supply.leads.astype(np.float64)).real, 1.0)[supply.bus]
    pushed = supply.rated_ratio * state.bus_va[supply.bus]
    own = np.where(supply.leads, leaving / leaders, np.where(supply.converters, pushed, 0.0))
    after = replace(state, bus_va=_by_bus(grid, own))
    out_w, loss_w = converter_power(grid, after)
    lag = 1.0 + 1j * np.tan(np.arccos(converters.power_factor_ratio))
    mean = _by_bus(grid, supply.rated_ratio * state.deviation[converters.b])
    aim = _by_bus(grid, supply.rated_ratio * (_target(grid) - 1.0))
    return replace(after, converter_va=(out_w + loss_w) * lag, shift=state.shift + aim - mean)


def converter_power(grid: Grid, state: State) -> tuple[Array, Array]:
    """Return output power and loss of each converter [W], shape (converter, variant)."""
    supply, converters = grid.supply, grid.net.converters
    current = supply.rated_ratio * state.bus_va[supply.bus]
    out = ((1.0 + state.deviation[converters.b]) * current.conj()).real
    load = out / converters.rated_w
    ratio = converters.fixed_loss_ratio + load * (
        converters.linear_loss_ratio + load * converters.quadratic_loss_ratio
    )
    return out, np.where(supply.converters, converters.rated_w * ratio, 0.0)


def refuse_starved_converter(grid: Grid, state: State) -> None:
    """Refuse a converter whose input lies below half of nominal voltage: it would switch off.

    Raises:
        ConvergenceError: There is one.
    """
    net = grid.net
    at = np.abs(1.0 + state.deviation[net.converters.a])
    low = np.argwhere(grid.supply.converters & (at < LOWEST_RATIO))
    if low.size:
        row, variant = low[0]
        name = net.name(int(net.converters.a[row]))
        raise ConvergenceError(
            f"the supply of the converter at {name} collapses: "
            f"it wants {state.converter_va[row, variant].real:.4g} W "
            f"at {at[row, variant]:.3f} of nominal (variant {variant})",
            component=name,
            equation="power balance of the converter",
        )


def stuck(grid: Grid, draws: Draws, state: State, where: tuple[int, int], what: str) -> ConvergenceError:
    """Return the refusal that names a draw and its variant: what it wants, and at which voltage."""
    row, variant = where
    node = int(draws.node[row])
    name = grid.net.name(node)
    wanted = np.concatenate([draws.wanted_va, state.converter_va])[row, variant].real
    ratio = np.abs(1.0 + state.deviation[node, variant])
    return ConvergenceError(
        f"the voltage at {name} {what}: {wanted:.4g} W wanted at {ratio:.3f} of nominal (variant {variant})",
        component=name,
        equation="nodal current balance",
    )
