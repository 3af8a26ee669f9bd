"""A power flow on its way: one grid, its factors and its state, settled as sharply as is asked for.

What the coupled solver needs between two passes is little: the power drawn and the losses.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.power_net import PowerNet
from twin.model.variants import take
from twin.solve.fast.choice import POWER, asked
from twin.solve.power_grid import (
    Complex,
    Grid,
    build_grid,
    line_currents,
    matrix,
    of_variants,
    winding_currents,
)
from twin.solve.power_kept import Kept, Limits, kept_of, settled
from twin.solve.power_meters import Meters, Reading, meters_of, read
from twin.solve.power_point import (
    LOWEST_RATIO,
    PLAIN_PASSES,
    TOLERANCE,
    Draws,
    State,
    converter_power,
    drawn,
    draws_of,
    fixed_right,
    flat_state,
    iterate,
    low_inputs,
    polish,
    shunts,
    stuck,
)
from twin.solve.power_supply import find_supply
from twin.solve.sparse import Factor

SWITCHES = 10
# Mismatch over the largest current above which a settled state is polished, and how often at most.
POLISHED, POLISHES = 1e-10, 3
AGAIN = Limits(passes=PLAIN_PASSES, lowest=LOWEST_RATIO)
KEPT_AFTER = 2
"""Settlings with one factor after which more is kept of it: that takes as long as a settling or two."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Running:
    """Where a power flow stands.

    Attributes:
        grid: Admittances and what is alive.
        state: Voltages, and what converters carry.
        draws: What hangs on the nodes, None before the first settling.
        factor: Factors of the nodal matrix, None before the first settling.
        passes: Fixed-point passes so far.
        used: Settlings with these factors.
        kept: What repeated settlings need of them, None where they have been few, or the grid is not so.
        meters: What readings have in common, of this grid or of one before it; None before the first one.
    """

    grid: Grid
    state: State
    draws: Draws | None = None
    factor: Factor | None = None
    passes: int = 0
    used: int = 0
    kept: Kept | None = None
    meters: Meters | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """What heats the facility. Shapes: (consumer | line | transformer | converter, variant)."""

    consumer_power_w: Array
    line_loss_w: Array
    transformer_loss_w: Array
    converter_loss_w: Array


def prepare(net: PowerNet) -> Running:
    """Return a net at nominal voltage, with what can be computed before any number changes."""
    grid = build_grid(net, find_supply(net))
    return Running(grid=grid, state=flat_state(grid))


def narrowed(running: Running, which: Index) -> Running:
    """Return the power flow for some of its variants."""
    count, state, factor = running.grid.net.variants, running.state, running.factor
    limited = running.draws is not None and running.draws.limited is not None
    return Running(
        grid=of_variants(running.grid, which),
        factor=None if factor is None or limited else factor.part(which),
        used=running.used, kept=None if limited else running.kept,
        state=replace(take(state, which, count), bus_va=state.bus_va, shift=state.shift),
    )  # fmt: skip


def neighbour(running: Running, settled: Running, of: Index) -> Running:
    """Return the power flow started from a settled one of the same facility.

    Args:
        running: Not started yet.
        settled: Others variants of it.
        of: The settled variant that each one starts from, shape (variant,).
    """
    state, before, after = settled.state, settled.grid.supply.bus[:, of], running.grid.supply.bus
    bus_va, shift = running.state.bus_va.copy(), running.state.shift.copy()
    bus_va[after], shift[after] = state.bus_va[before], state.shift[before]
    started = State(
        deviation=state.deviation[:, of], converter_va=state.converter_va[:, of], bus_va=bus_va, shift=shift
    )
    return replace(running, state=started)


def archived(total: Running, which: Index, part: Running) -> Running:
    """Return a power flow with the state of some of its variants replaced."""
    before, state = total.state, part.state
    deviation, converter_va = before.deviation.copy(), before.converter_va.copy()
    bus_va, shift = before.bus_va.copy(), before.shift.copy()
    deviation[:, which], converter_va[:, which] = state.deviation, state.converter_va
    bus = part.grid.supply.bus
    bus_va[bus], shift[bus] = state.bus_va[bus], state.shift[bus]
    return Running(
        grid=total.grid,
        state=State(deviation=deviation, converter_va=converter_va, bus_va=bus_va, shift=shift),
        passes=total.passes + part.passes,
    )


def settle(running: Running, consumer_power_w: Array, accuracy: float | Array = TOLERANCE) -> Running:
    """Return the state in which no current changes by more than a share of the largest.

    Args:
        running: Where to start from.
        consumer_power_w: Power each consumer wants [W], shape (consumer, variant).
        accuracy: Share of the largest current that none may still change by, for all or of shape (variant,).

    Raises:
        ConvergenceError: No fixed point is found, or a converter's input voltage is below half of nominal.
    """
    grid, state, passes = running.grid, running.state, running.passes
    refuse_unknown(grid.net, consumer_power_w)
    draws = draws_of(grid, consumer_power_w)
    before = running.draws
    factor = running.factor if before is None or before.limited is None else None
    kept = None if factor is None else _kept(running, factor)
    if kept is not None and (again := _again(running, kept, draws, accuracy)) is not None:
        return again
    for _ in range(SWITCHES):
        factor = factor or _factor(grid, draws)
        state, count = iterate(grid, factor, draws, state, accuracy)
        passes += count
        low = low_inputs(grid, draws, state)
        held = np.zeros_like(low) if draws.limited is None else draws.limited
        if np.array_equal(low, held):
            used = running.used if factor is running.factor else 0
            return Running(
                grid=grid, state=state, draws=draws, factor=factor, passes=passes, used=used + 1,
                kept=kept if used else None, meters=running.meters,
            )  # fmt: skip
        draws = _limited(draws, low, held)
        factor, state = None, flat_state(grid)
    row, variant = np.argwhere(held)[0]
    raise stuck(grid, draws, state, (int(row), int(variant)), "switches between full power and collapse")


def _kept(running: Running, factor: Factor) -> Kept | None:
    """Return what is kept of the factors, made when they have served often enough."""
    if running.used == KEPT_AFTER:
        return kept_of(running.grid, factor, fixed_right(running.grid))
    return running.kept


def _again(running: Running, kept: Kept, draws: Draws, accuracy: float | Array) -> Running | None:
    """Return the settled state from what is kept of the factors, None where it does not do."""
    state = running.state
    sharp = np.full(state.deviation.shape[1], accuracy, dtype=np.float64)
    if asked(POWER, state.deviation.size):
        from twin.solve.fast import currents

        found = currents.settled(running.grid, kept, draws.wanted_va, state.deviation, sharp, AGAIN)
    else:
        found = settled(kept, draws.wanted_va, state.deviation, sharp, AGAIN)
    if found is None:
        return None
    after = State(deviation=found[0], converter_va=state.converter_va, bus_va=state.bus_va, shift=state.shift)
    return Running(
        grid=running.grid, state=after, draws=draws, factor=running.factor,
        passes=running.passes + found[1], used=running.used + 1, kept=kept, meters=running.meters,
    )  # fmt: skip


def _factor(grid: Grid, draws: Draws) -> Factor:
    """Return the factors of the nodal matrix; variants of one pattern of switches have theirs in common."""
    if draws.limited is not None or grid.supply.uniform or grid.numbers > 1:
        return matrix(grid, shunts(draws), grid.net.name)
    kept, number = np.unique(grid.supply.pattern.ravel(), return_index=True, return_inverse=True)[1:]
    return matrix(of_variants(grid, kept), None, grid.net.name).part(number)


def _limited(draws: Draws, low: Flags, held: Flags) -> Draws:
    """Return the draws with those limited that fell; only when none falls any more may others recover."""
    limited = held | low if (low & ~held).any() else low
    return replace(draws, limited=limited if limited.any() else None)


def measured(running: Running) -> Running:
    """Return a settled state with what readings of its grid have in common."""
    meters = running.meters
    return (
        running
        if meters and meters.grid is running.grid
        else replace(running, meters=meters_of(running.grid))
    )


def polished(running: Running) -> tuple[Running, Reading]:
    """Return a settled and measured state with what rounding left over solved for, and its currents."""
    grid, state, draws, factor, meters = (
        running.grid, running.state, running.draws, running.factor, running.meters
    )  # fmt: skip
    assert draws is not None
    assert factor is not None
    assert meters is not None
    found = read(meters, draws, state)
    for _ in range(POLISHES):
        if found.ratio.max(initial=0.0) <= POLISHED:
            break
        state = polish(grid, factor, draws, state, found.left_over)
        found = read(meters, draws, state)
    return replace(running, state=state), found


def taken(running: Running, consumer_power_w: Array) -> Taken:
    """Return the power drawn and the losses at a state.

    Args:
        running: A settled state.
        consumer_power_w: Power each consumer wanted [W], shape (consumer, variant).
    """
    grid, state, draws = running.grid, running.state, running.draws
    given = np.where(grid.supply.dropped | ~grid.net.consumers.in_service, 0.0, consumer_power_w)
    if draws is not None and draws.limited is not None:
        node = grid.net.consumers.node
        voltage = np.where(grid.supply.alive[node], 1.0 + state.deviation[node], 0.0)
        power = (voltage * drawn(grid, draws, state)[: node.size].conj()).real
        given = np.zeros_like(given)
        np.add.at(given, grid.net.consumers.consumer, power)
    _, loss = converter_power(grid, state)
    primary = state.deviation[grid.net.transformers.a]
    out = winding_currents(grid, state.deviation)[1]
    return Taken(
        consumer_power_w=given,
        line_loss_w=line_loss(grid, line_currents(grid, state.deviation)),
        transformer_loss_w=transformer_loss(grid, 1.0 + primary, out), converter_loss_w=loss,
    )  # fmt: skip


def with_more(taken_: Taken, more: Taken | None) -> Taken:
    """Return what heats the facility with further losses added."""
    if more is None:
        return taken_
    return Taken(
        consumer_power_w=taken_.consumer_power_w, line_loss_w=taken_.line_loss_w + more.line_loss_w,
        transformer_loss_w=taken_.transformer_loss_w + more.transformer_loss_w,
        converter_loss_w=taken_.converter_loss_w + more.converter_loss_w,
    )  # fmt: skip


def line_loss(grid: Grid, along: Complex) -> Array:
    """Return the loss of all three phases of each line [W] at its current [VA], shape (line, variant)."""
    nominal = grid.net.nominal_v[grid.net.lines.a]
    per_va2 = grid.net.lines.resistance_ohm / np.where(nominal > 0.0, nominal, 1.0) ** 2
    return np.asarray(per_va2 * (along.real**2 + along.imag**2))


def transformer_loss(grid: Grid, primary: Complex, out: Complex) -> Array:
    """Return the loss of each transformer [W], shape (transformer, variant).

    Args:
        grid: Admittances.
        primary: Voltage at ``a`` over nominal.
        out: Current out of ``b`` [VA].
    """
    transformers, nominal = grid.net.transformers, grid.net.nominal_v[grid.net.transformers.b]
    core = grid.core_va * (primary.real**2 + primary.imag**2)
    share = transformers.secondary_v / transformers.rated_va / np.where(nominal > 0.0, nominal, 1.0)
    return np.asarray(core + transformers.load_loss_w * (share * np.abs(out)) ** 2)


def refuse_unknown(net: PowerNet, consumer_power_w: Array) -> None:
    """Refuse a power that is no number.

    Raises:
        ConvergenceError: There is one.
    """
    known = np.isfinite(consumer_power_w)
    if not known.all():
        unknown = np.argwhere(~known)
        row = unknown[0][0]
        inputs = np.flatnonzero(net.consumers.consumer == row)
        name = net.name(int(net.consumers.node[inputs[0]])) if inputs.size else f"consumer {row}"
        raise ConvergenceError(
            f"the power wanted at {name} is no number",
            component=name,
            equation="power of the load",
        )
