"""Fixed point of a power flow: loads and converters are currents that follow the voltage."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.solve.power_grid import Complex, Grid, Taps, branch_ends, solve_rows
from twin.solve.sparse import Factor

LOWEST_RATIO = 0.5
"""Voltage below which a load is taken as a constant impedance: its supplies no longer hold their power."""
PASSES = 200
PLAIN_PASSES = 20
"""Passes before a slow fixed point, near the point of collapse, is sped up."""
TOLERANCE = 1e-12
"""Share of the largest current that none may still change by."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """What hangs on the nodes: load inputs first, then converter inputs. Shapes: (draw, variant).

    Attributes:
        taps: Where it hangs.
        wanted_va: Complex power that load inputs want, shape (input, variant).
        limited: Draws held in the matrix as an impedance; None for none.
    """

    taps: Taps
    wanted_va: Complex
    limited: Flags | None = None

    def current(self, power_va: Complex, voltage: Complex) -> Complex:
        """Return the current of each draw [VA]: constant power, constant impedance below half voltage.

        Args:
            power_va: Power of load inputs, then of converter inputs.
            voltage: Voltage at each draw over nominal.
        """
        size = np.maximum(voltage.real**2 + voltage.imag**2, LOWEST_RATIO**2)
        if self.limited is not None:
            size = np.where(self.limited, LOWEST_RATIO**2, size)
        return power_va.conj() * (voltage / size)


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
    """What no pass changes. Shapes: (touched, variant) unless said otherwise.

    Attributes:
        right: Right-hand side without draws: what leaves at nominal voltage, and by how much held nodes lie
            above nominal, shape (node, variant).
        free: Nodes whose voltage is unknown.
        scale_va: Largest fixed current [VA], at least 1, shape (variant,).
        pushers: Converters that push, and in which variant; the nodes they push into, numbered as touched.
        leaders: Converters that lead a bus, and in which variant; their nodes, likewise.
    """

    right: Complex
    free: Flags
    scale_va: Array
    pushers: tuple[Index, Index, Index]
    leaders: tuple[Index, Index, Index]


def draws_of(grid: Grid, consumer_power_w: Array) -> Draws:
    """Return what hangs on the nodes when consumers want this power [W], shape (consumer, variant)."""
    wanted = grid.taps.lag_ratio * consumer_power_w[grid.net.consumers.consumer] * grid.supply.share_ratio
    return Draws(taps=grid.taps, wanted_va=wanted)


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
    if draws.limited is None or not draws.limited.any():
        return None
    count = draws.wanted_va.shape[0]
    admittance = np.where(draws.limited[:count], draws.wanted_va.conj() / LOWEST_RATIO**2, 0.0)
    summed: Complex = draws.taps.into[:, :count] @ admittance
    return summed


def low_inputs(grid: Grid, draws: Draws, state: State) -> Flags:
    """Return the load inputs that are alive below half of nominal voltage; converters never are limited."""
    node = draws.taps.node
    low = np.abs(1.0 + state.deviation[node]) < LOWEST_RATIO
    low &= grid.supply.alive[node]
    low[draws.wanted_va.shape[0] :] = False
    return low


def iterate(
    grid: Grid, factor: Factor, draws: Draws, state: State, settled: float | Array
) -> tuple[State, int]:
    """Return the fixed point, or the state in which a further load collapses."""
    fixed = _fixed(grid, draws)
    touched, right = grid.taps.touched, fixed.right.copy()
    now = _touched(grid, draws, state, fixed)
    earlier = now, np.zeros_like(now)
    absent, given = grid.absent, np.zeros(0, dtype=np.complex128)
    for count in range(1, PASSES + 1):
        if absent is not None and given.size:
            np.subtract.at(right, (absent.node, absent.variant), given)
        right[touched] = now
        if absent is not None:
            given = absent.drawn(state.deviation)
            np.add.at(right, (absent.node, absent.variant), given)
        state = _after(grid, draws, replace(state, deviation=solve_rows(factor, right)))
        refuse_starved_converter(grid, state)
        used, now = now, _touched(grid, draws, state, fixed)
        scale = np.maximum(np.abs(now).max(axis=0, where=fixed.free, initial=1.0), fixed.scale_va)
        step = now - used
        change = np.abs(step) / np.where(fixed.free, scale, 1.0)
        low = low_inputs(grid, draws, state)
        fallen = low if draws.limited is None else low & ~draws.limited
        if np.all(change.max(axis=0, initial=0.0) <= settled) or fallen.any():
            return state, count
        if count > PLAIN_PASSES:
            now = _secant(now, step, earlier)
        earlier = used + step, step
    node, variant = np.unravel_index(int(np.argmax(change)), change.shape)
    row = int(np.argmax(draws.taps.node == touched[node]))
    raise stuck(grid, draws, state, (row, int(variant)), "does not settle")


def polish(grid: Grid, factor: Factor, draws: Draws, state: State, left_over: Complex) -> State:
    """Return the state with the current that is left over at each node solved for once more.

    A micro-ohm turns the last digit of a voltage into amperes; a change of voltage has more digits.
    """
    deviation = state.deviation - solve_rows(factor, left_over)
    return _after(grid, draws, replace(state, deviation=deviation))


def drawn(grid: Grid, draws: Draws, state: State) -> Complex:
    """Return the current of each draw [VA], 0 for dead ones, shape (draw, variant)."""
    node = draws.taps.node
    voltage = np.where(grid.supply.alive[node], 1.0 + state.deviation[node], 0.0)
    return draws.current(np.concatenate([draws.wanted_va, state.converter_va]), voltage)


def fixed_right(grid: Grid, shunt: Complex | None = None) -> Complex:
    """Return the right-hand side without draws, shape (node, variant).

    Args:
        grid: Admittances.
        shunt: Admittance of limited draws at each node [VA], shape (node, variant).
    """
    free = grid.supply.alive & ~grid.supply.held
    bias = grid.bias if shunt is None else grid.bias + shunt
    right: Complex = np.where(free, -bias, _held_deviation(grid))
    return right


def _fixed(grid: Grid, draws: Draws) -> Fixed:
    supply, touched, node = grid.supply, grid.taps.touched, grid.net.converters.b
    right, free = fixed_right(grid, shunts(draws)), supply.alive & ~supply.held
    local = np.searchsorted(touched, node)
    push, pushing = np.nonzero(supply.converters & ~supply.leads)
    lead, leading = np.nonzero(supply.leads)
    return Fixed(
        right=right, free=free[touched],
        scale_va=np.sqrt((right.real**2 + right.imag**2).max(axis=0, where=free, initial=1.0)),
        pushers=(push, pushing, local[push]), leaders=(lead, leading, local[lead]),
    )  # fmt: skip


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


def _touched(grid: Grid, draws: Draws, state: State, fixed: Fixed) -> Complex:
    """Return the right-hand side where draws and converters are: what flows into free nodes, or is held."""
    supply = grid.supply
    right = fixed.right[grid.taps.touched]
    right -= np.where(fixed.free, grid.taps.into_touched @ _outside_the_matrix(draws, state), 0.0)
    which, variant, place = fixed.pushers
    np.add.at(right, (place, variant), (supply.rated_ratio * state.bus_va[supply.bus])[which, variant])
    which, variant, place = fixed.leaders
    right[place, variant] += state.shift[supply.bus[which, variant]]
    return right


def _outside_the_matrix(draws: Draws, state: State) -> Complex:
    """Return the currents that are not in the matrix [VA], shape (draw, variant)."""
    wanted = np.concatenate([draws.wanted_va, state.converter_va])
    current = draws.current(wanted, 1.0 + state.deviation[draws.taps.node])
    return current if draws.limited is None else np.where(draws.limited, 0.0, current)


def _after(grid: Grid, draws: Draws, state: State) -> State:
    """Return the state with what its converters carry, draw and hold at these voltages."""
    supply, converters = grid.supply, grid.net.converters
    if not converters.a.size:
        return state
    near = grid.near
    out = near.leaving @ branch_ends(grid, state.deviation, near.lines, near.transformers)
    if draws.taps.beside.nnz:
        wanted = np.concatenate([draws.wanted_va, state.converter_va])
        out += draws.taps.beside @ draws.current(wanted, 1.0 + state.deviation[draws.taps.node])
    leaders = np.maximum(_by_bus(grid, supply.leads.astype(np.float64)).real, 1.0)[supply.bus]
    pushed = supply.rated_ratio * state.bus_va[supply.bus]
    own = np.where(supply.leads, out / leaders, np.where(supply.converters, pushed, 0.0))
    after = replace(state, bus_va=_by_bus(grid, own))
    out_w, loss_w = converter_power(grid, after)
    wants = (out_w + loss_w) * (1.0 + 1j * np.tan(np.arccos(converters.power_factor_ratio)))
    mean = _by_bus(grid, supply.rated_ratio * state.deviation[converters.b])
    aim = _by_bus(grid, supply.rated_ratio * (_target(grid) - 1.0))
    follow = converters.follow_ratio
    if follow.any():
        wants = np.where(follow > 0.0, _output_va(grid, after) + loss_w, wants)
        aim += _by_bus(grid, supply.rated_ratio * follow * _followed(grid, state))
    return replace(after, converter_va=wants, shift=state.shift + aim - mean)


def _followed(grid: Grid, state: State) -> Complex:
    """Return by how much the voltage at each input exceeds that of the output, over nominal there."""
    converters, nominal = grid.net.converters, grid.net.nominal_v
    seen = (1.0 + state.deviation[converters.a]) * nominal[converters.a]
    above: Complex = (seen - converters.output_v) / nominal[converters.b]
    return above


def _output_va(grid: Grid, state: State) -> Complex:
    """Return the complex power out of each converter [VA], shape (converter, variant)."""
    current = grid.supply.rated_ratio * state.bus_va[grid.supply.bus]
    given: Complex = (1.0 + state.deviation[grid.net.converters.b]) * current.conj()
    return given


def converter_power(grid: Grid, state: State) -> tuple[Array, Array]:
    """Return output power and loss of each converter [W], shape (converter, variant).

    Beyond its rating nothing is measured: the loss goes on along its tangent there.
    """
    out = _output_va(grid, state).real
    return out, conversion_loss(grid, out)


def conversion_loss(grid: Grid, out_w: Array) -> Array:
    """Return the loss of each converter at what it gives out [W], 0 for dead ones, (converter, variant)."""
    converters = grid.net.converters
    load = out_w / converters.rated_w
    within = np.minimum(load, 1.0)
    bend = within * (2.0 * load - within)
    ratio = (
        converters.fixed_loss_ratio
        + converters.linear_loss_ratio * load
        + converters.quadratic_loss_ratio * bend
    )
    return np.where(grid.supply.converters, converters.rated_w * ratio, 0.0)


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
            f"it wants {state.converter_va[row, variant].real / 1e3:,.0f} kW "
            f"at {at[row, variant]:.3f} of nominal",
            component=name,
            equation="power balance of the converter",
        )


def stuck(grid: Grid, draws: Draws, state: State, where: tuple[int, int], what: str) -> ConvergenceError:
    """Return the refusal that names a draw and its variant: what it wants, and at which voltage."""
    row, variant = where
    node = int(draws.taps.node[row])
    name = grid.net.name(node)
    wanted = np.concatenate([draws.wanted_va, state.converter_va])[row, variant].real
    ratio = np.abs(1.0 + state.deviation[node, variant])
    return ConvergenceError(
        f"the voltage at {name} {what}: {wanted:.4g} W wanted at {ratio:.3f} of nominal",
        component=name,
        equation="nodal current balance",
    )
