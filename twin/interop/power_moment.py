"""The electrical side of one solved case as plain rows, for writers of other formats.

Limits:
    Positive sequence. A converter stands as what it draws and what it holds in this state; converters that
    share a bus stand as one that holds the voltage and others that give what they give.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from twin.arrays import Array
from twin.interop.epanet_export import numbered
from twin.interop.epanet_loops import short_name, unique_names
from twin.model.element import Block, Converter, Feed, Line, Load, Store, Transformer
from twin.model.facility import Facility
from twin.model.variants import take
from twin.solve.couple import Solution
from twin.solve.power_grid import Complex, branch_ends, build_grid
from twin.solve.power_supply import find_supply
from twin.solve.transfer import transferred

LONGEST_NAME = 60
DRAW, CONVERTER_INPUT = "load", "converter input"
UTILITY, MACHINE, CONVERTER_OUTPUT = "utility", "generator", "converter output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row has.

    Attributes:
        name: Letters, digits and lines, once in its table whatever the case of its letters.
        told: What it is traced to: a port, or ``prim.role`` with its place among several.
        in_service: Whether it is closed or runs.
        alive: Whether a source reaches it in this state.
    """

    name: str
    told: str
    in_service: bool
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus(Row):
    """A node: nominal voltage between phases, and solved voltage over it, 0 where dead."""

    nominal_v: float
    voltage_ratio: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Row):
    """What holds the voltage of a bus: a feeder of the utility, a machine, or a converter's output."""

    kind: str
    bus: int
    voltage_ratio: complex
    power_va: complex
    short_circuit_va: float
    rx_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor(Row):
    """Impedance per phase of a whole run; the rating is NaN where none is given."""

    a: int
    b: int
    ohm: complex
    rating_a: float
    loss_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Windings(Row):
    """A two-winding transformer by its name plate, its core at its primary."""

    a: int
    b: int
    rated_va: float
    primary_v: float
    secondary_v: float
    impedance_ratio: float
    load_loss_w: float
    no_load_loss_w: float
    loss_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw(Row):
    """Constant power at a bus: drawn by a load or the input of a converter, or given when negative."""

    kind: str
    bus: int
    power_va: complex


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One case.

    Attributes:
        title: Layout and case.
        hertz: Frequency of the site.
        buses, sources, conductors, transformers, draws: The rows; ends are places among ``buses``.
        said: What the formats cannot say and how it stands, and what is left out; one line each.
        converter_loss_w: Loss within converters, which no row has.
    """

    title: str
    hertz: float
    buses: tuple[Bus, ...]
    sources: tuple[Source, ...]
    conductors: tuple[Conductor, ...]
    transformers: tuple[Windings, ...]
    draws: tuple[Draw, ...]
    said: tuple[str, ...]
    converter_loss_w: float

    @property
    def line_loss_w(self) -> float:
        """Return the loss of all conductors [W]."""
        return sum(row.loss_w for row in self.conductors)

    @property
    def transformer_loss_w(self) -> float:
        """Return the loss of all transformers [W]."""
        return sum(row.loss_w for row in self.transformers)


def power_moment(facility: Facility, solution: Solution, variant: int = 0) -> Moment | None:
    """Return the electrical side of one case; None where nothing is alive.

    Args:
        facility: What is built.
        solution: Its settled state.
        variant: Which case, a place on the variant axis.
    """
    return _Reader(facility, solution, variant).moment()


T = TypeVar("T", bound=Row)


class _Reader:
    """Makes the rows of one case."""

    def __init__(self, facility: Facility, solution: Solution, variant: int) -> None:
        self._facility, self._variant = facility, variant
        self._net = transferred(take(solution.network.power, np.array([variant]), solution.network.variants))
        self._power = solution.power
        self._blocks = solution.network.assembly.blocks
        self._rows, self._inputs = solution.network.power.rows, solution.network.power.inputs
        self._nominal = self._net.nominal_v[:, 0]
        self._volts = self._power.node_voltage_ratio[:, variant]
        self._alive = self._power.node_alive[:, variant]
        self._supply = find_supply(self._net)
        kept = np.flatnonzero((self._nominal > 0.0) & ~self._net.direct)
        self._place = {int(node): at for at, node in enumerate(kept)}
        self._left: list[str] = []
        self._direct = 0
        self._into_va = self._into()

    def moment(self) -> Moment | None:
        """Return the rows."""
        if not self._alive.any():
            return None
        hertz = self._facility.tables["site"].numbers["frequency_hz"]
        held = self._outputs()
        outputs = [row for row in held if isinstance(row, Source)]
        pushed = [row for row in held if isinstance(row, Draw)]
        sources, draws = [*self._sources(), *outputs], [*self._draws(), *pushed]
        conductors, transformers = self._conductors(), self._transformers()
        rows: list[Row] = [*sources, *conductors, *transformers, *draws]
        case = self._facility.cases[self._variant]
        out = self._power.converter_loss_w[:, self._variant]
        return Moment(
            title=f"{self._facility.layout}, case {case.name}, heat to {case.capture}",
            hertz=float(_at(hertz, self._variant)[0]), buses=tuple(self._buses()), sources=_named(sources),
            conductors=_named(conductors), transformers=_named(transformers), draws=_named(draws),
            said=tuple(self._said(rows, held)), converter_loss_w=float(out.sum()),
        )  # fmt: skip

    def _buses(self) -> Iterator[Bus]:
        full = [self._net.name(node) for node in self._place]
        for node, told, name in zip(self._place, full, legal_names(full), strict=True):
            yield Bus(
                name=name, told=told, in_service=True, alive=bool(self._alive[node]),
                nominal_v=float(self._nominal[node]), voltage_ratio=complex(self._volts[node]),
            )  # fmt: skip

    def _each(self, element: type[Block]) -> Iterator[tuple[int, str]]:
        """Yield row and name of every element of one sort."""
        for kind, block in self._blocks:
            if isinstance(block, element):
                paths = self._facility.tables[kind].paths
                parts: Sequence[int] = block.part.tolist()
                rows = self._rows[id(block)]
                for row, part in zip(range(rows.start, rows.stop), parts, strict=True):
                    yield row, f"{paths[part]}.{block.role}"

    def _ends(self, told: str, *nodes: int) -> bool:
        """Return whether all ends are kept; note an element that is left out."""
        if all(node in self._place for node in nodes):
            return True
        if self._net.direct[list(nodes)].any():
            self._direct += 1
        else:
            self._left.append(told)
        return False

    def _conductors(self) -> list[Conductor]:
        net, lines, v = self._net, self._net.lines, self._variant
        ohm = lines.resistance_ohm[:, 0] + 1j * lines.reactance_ohm[:, 0]
        found = []
        for row, told in self._each(Line):
            a, b = int(lines.a[row]), int(lines.b[row])
            if self._ends(told, a, b):
                found.append(Conductor(
                    name="", told=told, in_service=bool(net.lines.in_service[row, 0]),
                    alive=bool(self._supply.lines[row, 0]), a=self._place[a], b=self._place[b],
                    ohm=complex(ohm[row]), rating_a=float(lines.rating_a[row, 0]),
                    loss_w=float(self._power.line_loss_w[row, v]),
                ))  # fmt: skip
        return found

    def _transformers(self) -> list[Windings]:
        table, v, found = self._net.transformers, self._variant, []
        plates = (
            "rated_va", "primary_v", "secondary_v", "impedance_ratio", "load_loss_w", "no_load_loss_w"
        )  # fmt: skip
        for row, told in self._each(Transformer):
            a, b = int(table.a[row]), int(table.b[row])
            found.append(Windings(
                name="", told=told, in_service=bool(table.in_service[row, 0]),
                alive=bool(self._supply.transformers[row, 0]), a=self._place[a], b=self._place[b],
                loss_w=float(self._power.transformer_loss_w[row, v]),
                **{name: float(getattr(table, name)[row, 0]) for name in plates},
            ))  # fmt: skip
        return found

    def _sources(self) -> list[Source]:
        feeds, v, found = self._net.feeds, self._variant, []
        for row, told in self._each(Feed):
            node = int(feeds.node[row])
            machine = bool(np.isfinite(feeds.rated_va[row, 0]))
            found.append(Source(
                name="", told=told, in_service=bool(feeds.in_service[row, 0]),
                alive=bool(self._supply.feeds[row, 0]), kind=MACHINE if machine else UTILITY,
                bus=self._place[node], voltage_ratio=complex(feeds.voltage_v[row, 0] / self._nominal[node]),
                power_va=complex(self._power.feed_power_va[row, v]),
                short_circuit_va=float(feeds.short_circuit_va[row, 0]),
                rx_ratio=float(feeds.rx_ratio[row, 0]),
            ))  # fmt: skip
        return found

    def _outputs(self) -> list[Source | Draw]:
        """Return converter outputs: one of each bus holds it, others give their share."""
        converters, supply = self._net.converters, self._supply
        found: list[Source | Draw] = []
        held: set[int] = set()
        given = self._given(self._into_va)
        for row, told in self._each(Converter):
            node = int(converters.b[row])
            at, on = f"{told}.output", bool(supply.converters[row, 0])
            if not self._ends(at, node):
                continue
            if not on or (supply.leads[row, 0] and node not in held):
                held |= {node} if on else set()
                volts = (
                    complex(self._volts[node]) if on else converters.output_v[row, 0] / self._nominal[node]
                )
                found.append(Source(
                    name="", told=at, in_service=on, alive=on, kind=CONVERTER_OUTPUT, bus=self._place[node],
                    voltage_ratio=complex(volts), power_va=complex(given[row]), short_circuit_va=np.nan,
                    rx_ratio=np.nan,
                ))  # fmt: skip
            else:
                found.append(Draw(
                    name="", told=at, in_service=True, alive=True, kind=CONVERTER_OUTPUT,
                    bus=self._place[node], power_va=-complex(given[row]),
                ))  # fmt: skip
        return found

    def _into(self) -> Complex:
        """Return the complex power into each converter [VA], shape (converter,)."""
        converters, v = self._net.converters, self._variant
        lag = _lag(converters.power_factor_ratio[:, 0])  # 1 where the input is direct current
        into: Complex = self._power.converter_in_w[:, v] * lag
        follows = converters.follow_ratio[:, 0] > 0.0
        if follows.any():  # reactive power passes through
            into = np.where(follows, self._given(into) + self._power.converter_loss_w[:, v], into)
        return into

    def _given(self, into_va: Complex) -> Complex:
        """Return the complex power out of each converter [VA], shape (converter,)."""
        net, supply = self._net, self._supply
        grid = build_grid(net, supply)
        deviation = np.where(self._alive, self._volts - 1.0, 0.0)[:, None]
        current = (grid.leaving @ branch_ends(grid, deviation))[:, 0]
        volts = np.where(self._alive, self._volts, 1.0)
        for node, power in self._drawn(into_va):
            current[node] += np.conj(power / volts[node])
        bus = supply.bus[:, 0]
        whole = np.zeros(supply.buses, dtype=np.complex128)
        for node, number in {(int(n), int(b)) for n, b in zip(net.converters.b, bus, strict=True)}:
            if self._alive[node]:
                whole[number] += current[node]
        given: Complex = volts[net.converters.b] * np.conj(whole[bus] * supply.rated_ratio[:, 0])
        return np.where(supply.converters[:, 0], given, 0.0)

    def _drawn(self, into_va: Complex) -> Iterator[tuple[int, complex]]:
        """Yield node and complex power of every input of a load or a converter."""
        net, v = self._net, self._variant
        lag = _lag(net.consumers.power_factor_ratio[:, 0])[net.consumers.consumer]
        lag = np.where(net.direct[net.consumers.node], 1.0 + 0.0j, lag)
        yield from zip(
            net.consumers.node.tolist(), (self._power.input_power_w[:, v] * lag).tolist(), strict=True
        )
        yield from zip(net.converters.a.tolist(), into_va.tolist(), strict=True)

    def _draws(self) -> list[Draw]:
        drawn, found = list(self._drawn(self._into_va)), []
        wanted, count = self._net.consumers, self._net.consumers.node.size
        names = dict(self._each(Load))
        for at, (node, power) in enumerate(drawn[:count]):
            owner = int(wanted.consumer[at])
            if self._ends(f"{names[owner]} at {self._net.name(node)}", node):
                on = bool(wanted.in_service[owner, 0])
                found.append(self._draw(DRAW, names[owner], node, power, on))
        for row, told in self._each(Converter):
            on = bool(self._net.converters.in_service[row, 0])
            node, power = drawn[count + row]
            if self._ends(told, node):
                found.append(self._draw(CONVERTER_INPUT, f"{told}.input", node, power, on))
        return found

    def _draw(self, kind: str, told: str, node: int, power: complex, on: bool) -> Draw:
        return Draw(
            name="", told=told, in_service=on, alive=on and bool(self._alive[node]), kind=kind,
            bus=self._place[node], power_va=power,
        )  # fmt: skip

    def _said(self, rows: Sequence[Row], held: Sequence[Source | Draw]) -> Iterator[str]:
        """Yield what no format can say, and what is left out."""
        yield "loads are of constant power: ours turn to constant impedance below half of nominal voltage"
        batteries = sum(len(block.part) for _, block in self._blocks if isinstance(block, Store))
        if batteries:
            yield f"{batteries} batteries are left out: full, they are idle in a steady state"
        if self._net.transformers.a.size:
            yield "vector groups are left out: transformers turn no phase here"
        if self._direct:
            yield f"{self._direct} elements on direct current are left out: rectifiers draw what they draw"
        yield "neutral conductors and the zero sequence are left out: three like phases"
        out, dead = sum(not row.in_service for row in rows), sum(row.in_service > row.alive for row in rows)
        yield f"{out} elements are out of service and {dead} dead: written, but take no part"
        low = self._power.limited[:, self._variant]
        for node in self._net.consumers.node[low].tolist():
            yield f"{self._net.name(node)} lies below half of nominal: it stands at the power it still gets"
        for row in sorted(held, key=lambda row: isinstance(row, Source)):
            if isinstance(row, Draw):
                yield (
                    f"{row.told} shares its bus by rating: it gives {-row.power_va.real / 1e3:.6g} kW, "
                    f"{-row.power_va.imag / 1e3:.6g} kvar as solved"
                )
            elif row.alive:
                yield (
                    f"{row.told} stands as a source at {abs(row.voltage_ratio):.8g} of nominal, and at its "
                    "input as the power that it draws as solved"
                )
        for told in self._left:
            yield f"{told}: left out, no voltage could ever reach it"


def _named(rows: Sequence[T]) -> tuple[T, ...]:
    """Return rows with the names that they are written under."""
    told = list(numbered({at: row.told for at, row in enumerate(rows)}).values())
    return tuple(
        replace(row, told=full, name=name)
        for row, full, name in zip(rows, told, legal_names(told), strict=True)
    )


def legal_names(full: Sequence[str]) -> list[str]:
    """Return names of letters, digits and lines for some paths, none twice whatever its case."""
    bare = [re.sub(r"\W+", "_", short_name(path), flags=re.ASCII).strip("_") for path in full]
    return unique_names(bare, LONGEST_NAME, "_")


def _at(values: Array, variant: int) -> Array:
    return np.asarray(values[:, variant if values.shape[1] > 1 else 0])


def _lag(power_factor_ratio: Array) -> Complex:
    return np.asarray(1.0 + 1j * np.tan(np.arccos(power_factor_ratio)))
