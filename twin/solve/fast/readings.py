"""Results of a power flow, compiled: ``twin.solve.power_meters`` and what follows, of one variant."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array
from twin.solve.fast.compiled import compiled, inner
from twin.solve.power_grid import Complex
from twin.solve.power_meters import Meters
from twin.solve.power_point import LOWEST_RATIO, Draws

Row = NDArray[np.uint32]
COMPLEX = ("node_voltage_ratio", "line_current_a", "feed_power_va")
REAL = (
    "line_loss_w", "line_drop_ratio", "line_loading_ratio", "line_voltage_ratio",
    "transformer_in_w", "transformer_out_w", "transformer_loss_w", "transformer_current_a",
    "transformer_loading_ratio", "input_power_w", "input_current_a", "input_voltage_ratio",
    "consumer_power_w", "feed_current_a", "residual_ratio",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dials:
    """What kernels read by.

    Attributes:
        counts: Nodes, lines, transformers, load inputs, consumers and feeds.
        wiring: Ends of branches, nodes of inputs, consumers of inputs, nodes of feeds, nodes that are held.
        admittance: As of ``Meters``, shape (branch,).
        number: Columns of ``Meters`` one behind the other.
        alive: Whether each node is.
        complex_rows: Rows of each complex result in the array of all.
        real_rows: Rows of each real one.
    """

    counts: tuple[int, int, int, int, int, int]
    wiring: Row
    admittance: Complex
    number: Array
    alive: NDArray[np.bool_]
    complex_rows: dict[str, slice]
    real_rows: dict[str, slice]


def dials_of(meters: Meters) -> Dials | None:
    """Return what kernels read a grid by, None where its variants differ or converters are in it."""
    grid, net = meters.grid, meters.grid.net
    coil_high, coil_low = meters.coil_ratio
    columns = (
        meters.per_v, meters.line_w, meters.rating_v, meters.step_ratio, meters.core_w, meters.load_w,
        coil_high, coil_low, meters.feed_share[:, :1], meters.feed_v,
    )  # fmt: skip
    wide = max(each.shape[1] for each in (*columns, meters.admittance))
    if wide > 1 or meters.fixed is None or net.converters.a.size:
        return None
    inputs, consumers = net.consumers.node.size, net.consumers.use.size
    lines, coils = meters.lines, meters.coils - meters.lines
    size, feeds = net.node.size, net.feeds.node.size
    wiring = meters.a, meters.b, net.consumers.node, net.consumers.consumer, net.feeds.node, meters.fixed
    return Dials(
        counts=(size, lines, coils, inputs, consumers, feeds),
        wiring=np.concatenate(wiring).astype(np.uint32),
        admittance=np.ascontiguousarray(meters.admittance[:, 0]),
        number=np.concatenate([each[:, 0] for each in columns]),
        alive=np.ascontiguousarray(grid.supply.alive[:, 0]),
        complex_rows=_rows(COMPLEX, (size, lines, feeds)),
        real_rows=_rows(REAL, (*[lines] * 4, *[coils] * 5, *[inputs] * 3, consumers, feeds, 1)),
    )  # fmt: skip


def _rows(names: tuple[str, ...], counts: tuple[int, ...]) -> dict[str, slice]:
    ends = list(accumulate(counts))
    return {name: slice(end - count, end) for name, count, end in zip(names, counts, ends, strict=True)}


def columns(dials: Dials, draws: Draws, deviation: Complex) -> dict[str, Any]:
    """Return results of one variant by the names of ``Power``.

    Args:
        dials: Those of the grid.
        draws: What hangs on the nodes, none of it limited.
        deviation: Voltage less nominal, shape (node, 1).
    """
    complex_ = np.empty((dials.complex_rows["feed_power_va"].stop, 1), dtype=np.complex128)
    real = np.empty((dials.real_rows["residual_ratio"].stop, 1))
    read(
        dials.wiring, dials.admittance, dials.number, dials.alive, deviation, draws.wanted_va, complex_, real,
        *dials.counts,
    )  # fmt: skip
    found: dict[str, Any] = {name: complex_[rows] for name, rows in dials.complex_rows.items()}
    for name, rows in dials.real_rows.items():
        found[name] = real[rows]
    found["residual_ratio"] = real[-1]
    return found


@compiled
def read(
    wiring: Row,
    admittance: Complex,
    number: Array,
    alive: NDArray[np.bool_],
    deviation: Complex,
    wanted: Complex,
    complex_: Complex,
    real: Array,
    size: int,
    lines: int,
    coils: int,
    inputs: int,
    consumers: int,
    feeds: int,
) -> None:
    """Set all results.

    Args:
        wiring: As of ``Dials``, like the next three.
        admittance: Likewise.
        number: Likewise.
        alive: Likewise.
        deviation: Voltage less nominal, shape (node, 1).
        wanted: What inputs want [VA], shape (input, 1).
        complex_: Set to the complex results.
        real: Set to the others.
        size: Nodes.
        lines: Lines.
        coils: Transformers.
        inputs: Load inputs.
        consumers: Consumers.
        feeds: Feeds.
    """
    branches, currents = lines + coils, lines + 2 * coils + inputs
    nodes, of, told = wiring[2 * branches :], number[currents:], real[4 * lines :, 0]
    volts, given = complex_[:size, 0], complex_[size + lines :, 0]
    leaving, magnitude = np.zeros(size, np.complex128), np.empty(size)
    for i in range(size):
        volts[i] = 1.0 + deviation[i, 0] if alive[i] else 0.0
        magnitude[i] = np.sqrt(volts[i].real ** 2 + volts[i].imag ** 2)
    state = deviation[:, 0], volts, magnitude, leaving
    largest = lines_read(
        wiring, wiring[branches:], admittance, number, of, state, complex_[size:, 0], real[:, 0], lines
    )
    of = of[2 * lines :]
    ends = wiring[lines:], wiring[branches + lines :]
    more = coils_read(ends, admittance[lines:], number[branches:], of, state, told, coils)
    largest = max(largest, more)
    told, of = told[5 * coils :], of[5 * coils :]
    more = loads_read(nodes, number[lines + 2 * coils :], wanted[:, 0], state, told, inputs, consumers)
    largest = max(largest, more)
    feed, fixed, told = nodes[2 * inputs :], nodes[2 * inputs + feeds :], told[3 * inputs + consumers :]
    for k in range(feeds):
        own = leaving[feed[k]] * of[k]
        given[k] = volts[feed[k]] * own.conjugate()
        told[k] = of[feeds + k] * np.sqrt(own.real**2 + own.imag**2)
    for k in range(fixed.size):
        leaving[fixed[k]] = 0.0
    most = 0.0
    for i in range(size):
        most = max(most, leaving[i].real ** 2 + leaving[i].imag ** 2)
    told[feeds] = np.sqrt(most / largest) if largest > 0.0 else np.sqrt(most)


@inner
def lines_read(
    a: Row,
    b: Row,
    admittance: Complex,
    per_v: Array,
    of: Array,
    state: tuple[Complex, Complex, Array, Complex],
    current: Complex,
    told: Array,
    count: int,
) -> float:
    """Set results of lines, and what leaves nodes; return the largest square of a current."""
    deviation, volts, magnitude, leaving = state
    loss, drop, loading, voltage = told, told[count:], told[2 * count :], told[3 * count :]
    largest = 0.0
    for k in range(count):
        i, j = a[k], b[k]
        along = (deviation[i] - deviation[j]) * admittance[k]
        square = along.real**2 + along.imag**2
        largest = max(largest, square)
        leaving[i] += along
        leaving[j] -= along
        current[k] = along * per_v[k]
        loss[k], loading[k] = of[k] * square, of[count + k] * np.sqrt(square)
        fall = magnitude[i] - magnitude[j]
        forward = volts[i].real * along.real + volts[i].imag * along.imag >= 0.0
        drop[k], voltage[k] = (fall, magnitude[j]) if forward else (-fall, magnitude[i])
    return largest


@inner
def coils_read(
    ends: tuple[Row, Row],
    admittance: Complex,
    per_v: Array,
    of: Array,
    state: tuple[Complex, Complex, Array, Complex],
    told: Array,
    count: int,
) -> float:
    """Set the results of transformers; return as ``lines_read``."""
    deviation, volts, magnitude, leaving = state
    largest = 0.0
    for k in range(count):
        i, j, step, core, load = ends[0][k], ends[1][k], of[k], of[count + k], of[2 * count + k]
        out = (deviation[i] * step + (step - 1.0) - deviation[j]) * admittance[k]
        into = out * step + core * (1.0 + deviation[i])
        leaving[i] += into
        leaving[j] -= out
        high, low = np.sqrt(into.real**2 + into.imag**2), np.sqrt(out.real**2 + out.imag**2)
        largest = max(largest, high * high, low * low)
        told[k] = volts[i].real * into.real + volts[i].imag * into.imag
        told[count + k] = volts[j].real * out.real + volts[j].imag * out.imag
        told[2 * count + k] = core * magnitude[i] ** 2 + load * low**2
        told[3 * count + k] = low * per_v[k]
        told[4 * count + k] = max(of[3 * count + k] * high, of[4 * count + k] * low)
    return largest


@inner
def loads_read(
    nodes: Row,
    per_v: Array,
    wanted: Complex,
    state: tuple[Complex, Complex, Array, Complex],
    told: Array,
    count: int,
    consumers: int,
) -> float:
    """Set the results of load inputs, then of consumers; return as ``lines_read``."""
    _, volts, magnitude, leaving = state
    consumer, total, largest = nodes[count:], told[3 * count :], 0.0
    for c in range(consumers):
        total[c] = 0.0
    for k in range(count):
        i, want = nodes[k], wanted[k]
        at, per = volts[i], 1.0 / max(magnitude[i] ** 2, LOWEST_RATIO**2)
        re = (want.real * at.real + want.imag * at.imag) * per
        im = (want.real * at.imag - want.imag * at.real) * per
        square, watts = re * re + im * im, at.real * re + at.imag * im
        leaving[i] += complex(re, im)
        largest = max(largest, square)
        told[k], told[count + k], told[2 * count + k] = watts, np.sqrt(square) * per_v[k], magnitude[i]
        total[consumer[k]] += watts
    return largest
