"""Balanced power flow: voltages, currents and losses of AC and DC islands that converters join.

Positive sequence, and pole to pole on direct current, per unit of nominal voltage. The matrix holds lines
and transformers only; loads and converter inputs are currents that follow the voltage, found as a fixed
point with one factorisation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from twin.arrays import Array, Flags, Index
from twin.model.element import Block, Converter, Feed, Line, Load, Transformer
from twin.model.power_net import PowerNet
from twin.solve.fast.choice import POWER, asked
from twin.solve.power_grid import Complex, Grid
from twin.solve.power_meters import Meters, Reading
from twin.solve.power_point import State, converter_power
from twin.solve.power_settle import POLISHED, Running, measured, polished, prepare, settle


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
        line_neutral_a: Current of the neutral, fundamental only; none where all phases are alike.
        line_closed: Whether it is closed and alive.
        transformer_in_w, transformer_out_w, transformer_loss_w: Power into ``a``, out of ``b``, and loss.
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
        residual_ratio: Worst current mismatch of a node over the largest current, shape (variant,).
        passes: Number of fixed-point passes.
        running: What a later solve of the same net starts from, None where nothing is kept.
    """

    node_voltage_ratio: Complex
    node_alive: Flags
    line_current_a: Complex
    line_loss_w: Array
    line_drop_ratio: Array
    line_loading_ratio: Array
    line_voltage_ratio: Array
    line_neutral_a: Array
    line_closed: Flags
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
    running: Running | None


def solve_power(
    net: PowerNet, consumer_power_w: Array, start: Power | None = None, *, running: Running | None = None
) -> Power:
    """Return the state in which every node's current balances.

    Args:
        net: Elements as columns.
        consumer_power_w: Power each consumer wants [W], shape (consumer, variant).
        start: A solution of the same net, to start from and to reuse the factorisation of.
        running: The same net on its way, to start from.

    Returns:
        Voltages, currents, losses; dead consumers draw nothing and are ``dropped``.

    Raises:
        ConvergenceError: No fixed point is found, or a converter's input voltage is below half of nominal.

    Source:
        Kersting, Distribution System Modeling and Analysis, 3rd ed. 2012, ch. 10 (current injection);
        IEC 60909-0:2016, 6.3 (transformer impedance from uk and Pk).
    """
    begun = (start.running if start else running) or prepare(net)
    before = begun.passes
    settled = measured(settle(begun, consumer_power_w))
    return _compiled(settled, before) or _power(*polished(settled), before)


def _compiled(running: Running, before: int) -> Power | None:
    """Return what ``_power`` does by kernels, None where these are not for it, or the state needs polish."""
    kept, draws, state, meters = running.kept, running.draws, running.state, running.meters
    if kept is None or state.deviation.shape[1] > 1 or not asked(POWER, state.deviation.size):
        return None
    from twin.solve.fast import readings

    assert meters is not None
    assert draws is not None
    dials = meters.once("dials", lambda: readings.dials_of(meters))
    if dials is None or draws.limited is not None:
        return None
    columns = readings.columns(dials, draws, state.deviation)
    if not columns["residual_ratio"][0] <= POLISHED:
        return None
    supply, none = running.grid.supply, np.zeros((0, 1))
    return Power(
        **columns, node_alive=supply.alive, line_closed=supply.lines, dropped=supply.dropped,
        converter_in_w=none, converter_out_w=none, converter_loss_w=none, converter_loading_ratio=none,
        converter_current_a=none, line_neutral_a=np.zeros((meters.lines, 1)),
        limited=np.zeros(draws.wanted_va.shape, dtype=np.bool_),
        passes=running.passes - before, running=running,
    )  # fmt: skip


def _power(running: Running, found: Reading, before: int) -> Power:
    """Return everything that follows from the voltages; ``before`` passes belong to earlier solves."""
    grid, state, draws, meters = running.grid, running.state, running.draws, running.meters
    assert draws is not None
    assert meters is not None
    net, supply, inputs = grid.net, grid.supply, grid.net.consumers.node
    lines, first, last = meters.lines, 2 * meters.coils - meters.lines, found.size.shape[0]
    loads = slice(first, first + inputs.size)
    voltage, size, ampere = found.voltage, np.abs(found.voltage), found.size * meters.per_v
    input_w = _watts(voltage.take(inputs, axis=0), found.current[loads])
    given = found.leaving.take(net.feeds.node, axis=0) * meters.feed_share
    return Power(
        node_voltage_ratio=voltage,
        node_alive=supply.alive,
        line_closed=supply.lines,
        line_current_a=found.current[:lines] * meters.per_v[:lines],
        line_loss_w=meters.line_w * found.size[:lines] ** 2,
        line_loading_ratio=meters.rating_v * found.size[:lines],
        line_neutral_a=np.zeros((lines, size.shape[1])),
        **_line_voltages(meters, found, size),
        transformer_current_a=ampere[meters.coils : first],
        **_transformer_results(meters, found, size),
        **_converter_results(grid, state, voltage, found.current[loads.stop :]),
        converter_current_a=ampere[loads.stop : last],
        input_power_w=input_w,
        input_current_a=ampere[loads],
        input_voltage_ratio=size.take(inputs, axis=0),
        consumer_power_w=_summed(net.consumers.consumer, input_w, net.consumers.use.size),
        dropped=supply.dropped,
        limited=np.zeros(input_w.shape, dtype=np.bool_)
        if draws.limited is None
        else draws.limited[: inputs.size],
        feed_power_va=voltage.take(net.feeds.node, axis=0) * given.conj(),
        feed_current_a=meters.feed_v * np.abs(given),
        residual_ratio=found.ratio,
        passes=running.passes - before,
        running=running,
    )


def _watts(voltage: Complex, current: Complex) -> Array:
    """Return the real part of voltage times conjugate current."""
    return np.asarray(voltage.real * current.real + voltage.imag * current.imag)


def _summed(owner: Index, values: Array, count: int) -> Array:
    """Return sums of the rows of each owner, shape (count, variant)."""
    if values.shape[1] == 1:
        alone = np.bincount(owner, weights=values[:, 0], minlength=count)
        return np.asarray(alone, dtype=np.float64)[:, None]
    ones = csr_array((np.ones(owner.size), (owner, np.arange(owner.size))), shape=(count, owner.size))
    total: Array = ones @ values
    return total


def _line_voltages(meters: Meters, found: Reading, size: Array) -> dict[str, Any]:
    """Return the fall of voltage along lines in the direction of power, and where it ends."""
    a, b, lines = meters.a[: meters.lines], meters.b[: meters.lines], meters.lines
    start, end = size.take(a, axis=0), size.take(b, axis=0)
    forward = _watts(found.voltage.take(a, axis=0), found.current[:lines]) >= 0.0
    drop = start - end
    return {
        "line_drop_ratio": np.where(forward, drop, -drop),
        "line_voltage_ratio": np.where(forward, end, start),
    }


def _transformer_results(meters: Meters, found: Reading, size: Array) -> dict[str, Any]:
    lines, coils = meters.lines, meters.coils
    a, b, more = meters.a[lines:], meters.b[lines:], 2 * coils - lines
    high, low = found.size[lines:coils], found.size[coils:more]
    loss = meters.core_w * size.take(a, axis=0) ** 2 + meters.load_w * low**2
    by_high, by_low = meters.coil_ratio
    return {
        "transformer_in_w": _watts(found.voltage.take(a, axis=0), found.current[lines:coils]),
        "transformer_out_w": _watts(found.voltage.take(b, axis=0), found.current[coils:more]),
        "transformer_loss_w": loss,
        "transformer_loading_ratio": np.maximum(by_high * high, by_low * low),
    }


def _converter_results(grid: Grid, state: State, voltage: Complex, drawn: Complex) -> dict[str, Any]:
    converters = grid.net.converters
    out, loss = converter_power(grid, state) if converters.a.size else (np.zeros(drawn.shape),) * 2
    return {
        "converter_in_w": _watts(voltage.take(converters.a, axis=0), drawn),
        "converter_out_w": out,
        "converter_loss_w": loss,
        "converter_loading_ratio": out / converters.rated_w,
    }


def results_of(net: PowerNet, power: Power, block: Block) -> dict[str, Array]:
    """Return the results of one block by the field names that outputs declare, shape (element, variant).

    Loads are by consumer: power delivered, sum of the currents, lowest voltage of an input alive.
    """
    rows = net.rows[id(block)]
    match block:
        case Line():
            fields = ("loss_w", "drop_ratio", "loading_ratio", "voltage_ratio", "neutral_a")
            found = {name: getattr(power, f"line_{name}")[rows] for name in fields}
            closed = power.line_closed[rows].astype(np.float64)
            return found | {"current_a": np.abs(power.line_current_a[rows]), "closed_ratio": closed}
        case Transformer():
            return _of(power, "transformer", rows)
        case Converter():
            return _of(power, "converter", rows)
        case Feed():
            given = power.feed_power_va[rows]
            current = power.feed_current_a[rows]
            return {"power_w": given.real, "reactive_power_var": given.imag, "current_a": current}
        case Load():
            return _load_results(net, power, block)
        case _:
            msg = f"{type(block).__name__} is no power element"
            raise TypeError(msg)


def _of(power: Power, element: str, rows: slice) -> dict[str, Array]:
    names = {"power_in_w": "in_w", "power_out_w": "out_w"}
    fields = ("power_in_w", "power_out_w", "loss_w", "loading_ratio", "current_a")
    return {name: getattr(power, f"{element}_{names.get(name, name)}")[rows] for name in fields}


def _load_results(net: PowerNet, power: Power, load: Load) -> dict[str, Array]:
    rows, wires = net.rows[id(load)], net.inputs[id(load)]
    owner, count = net.consumers.consumer[wires] - rows.start, rows.stop - rows.start
    voltage = power.input_voltage_ratio[wires]
    lowest = np.full((count, net.variants), np.inf)
    np.minimum.at(lowest, owner, np.where(voltage > 0.0, voltage, np.inf))
    return {
        "power_w": power.consumer_power_w[rows],
        "current_a": _summed(owner, power.input_current_a[wires], count),
        "voltage_ratio": np.where(np.isfinite(lowest), lowest, 0.0),
        "supply_lost_ratio": power.dropped[rows].astype(np.float64),
    }
