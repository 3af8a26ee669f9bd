"""What an outage of power equipment leaves, as one row: read from a solved state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags
from twin.model.element import Block, Load
from twin.model.facility import Facility
from twin.model.network import Network
from twin.solve.power import Power
from twin.solve.power_meters import ROOT3
from twin.studies.failures import NORMAL
from twin.studies.outages import Outage
from twin.studies.power_devices import Loading, Solved, gauges, worst_loadings

RACKS = ("rack", "air_rack")
# A margin below this is an overload; above it rounding decides.
OVERLOADED_RATIO = -1e-9
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """What one outage leaves.

    Attributes:
        group: Sort of outage, ``all running`` for normal operation.
        part: Prim of what is out, of the contingency where that is authored, "" for normal operation.
        text: What happened.
        out: Prims out of service, breakers that open for it included.
        starts: Standby prims that start, breakers that close.
        transferred_w: What consumers now draw through other inputs, and what breakers that closed carry.
        dropped_w: What the consumers without any supply draw in normal operation.
        lowest_voltage_ratio: Lowest voltage of an input that is alive, over nominal.
        lowest_voltage_part: Whose input that is.
        worst_device, worst_part, margin_ratio: The survivor with the least margin to its limit.
        racks_dark: Racks in service without power.
        racks_dry: Racks in service without coolant.
        racks_short: Racks in service with less coolant than their maker asks for, dry ones included.
        racks_hot: Racks that their own protection drops, as their coolant would boil or warm without end.
        loads_dark: Other consumers without power: pumps, CDUs, fans, chillers, house loads.
        facility_w: Power of all feeds.
        loadings: The worst survivor of each class.
        unsolved: Why the outage has no steady state, "" where it has one.
    """

    group: str
    part: str
    text: str
    out: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    transferred_w: float = NAN
    dropped_w: float = NAN
    lowest_voltage_ratio: float = NAN
    lowest_voltage_part: str = ""
    worst_device: str = ""
    worst_part: str = ""
    margin_ratio: float = NAN
    racks_dark: tuple[str, ...] = ()
    racks_dry: tuple[str, ...] = ()
    racks_short: tuple[str, ...] = ()
    racks_hot: tuple[str, ...] = ()
    loads_dark: tuple[str, ...] = ()
    facility_w: float = NAN
    loadings: tuple[Loading, ...] = ()
    unsolved: str = ""

    @property
    def overloaded(self) -> bool:
        """Return whether a survivor is above its limit."""
        return self.margin_ratio < OVERLOADED_RATIO

    @property
    def harmless(self) -> bool:
        """Return whether no rack loses power or cooling and nothing is overloaded."""
        lost = self.racks_dark or self.racks_short or self.racks_hot
        return not (self.unsolved or lost or self.overloaded)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coolant:
    """Coolant of the racks. Shapes: (rack, variant).

    Attributes:
        paths: Prims of the liquid-cooled racks.
        dry, short: Racks in service without coolant, and with less than asked for.
        lost: Consumers dropped because their coolant stopped, shape (consumer, variant).
    """

    paths: tuple[str, ...]
    dry: Flags
    short: Flags
    lost: Flags

    def of_first(self) -> "Coolant":
        """Return that of the first variant."""
        return Coolant(paths=self.paths, dry=self.dry[:, :1], short=self.short[:, :1], lost=self.lost[:, :1])


class Reader:
    """Reads rows from power solutions of one facility."""

    def __init__(self, facility: Facility, network: Network) -> None:
        """Find what belongs to which prim."""
        self._net = network.power
        self._gauges = gauges(facility, network)
        self._names = tuple(name.rpartition(".")[0] for name in network.heat.load_names)
        self._is_rack = np.zeros(len(self._names), dtype=np.bool_)
        for kind, block in network.assembly.blocks:
            if kind in RACKS and isinstance(block, Load):
                self._is_rack[network.power.rows[id(block)]] = True
        self._breaker = _lines_of(facility, network.assembly.blocks, network.power.rows, "breaker")

    def rows(
        self,
        outages: Sequence[Outage | None],
        power: Solved,
        coolant: Coolant,
        normal: tuple[Array, Array],
    ) -> Iterator[PowerRow]:
        """Yield a row for each variant.

        Args:
            outages: What is out, None for normal operation, shape (variant,).
            power: Their solution.
            coolant: What their racks are left with.
            normal: Power of inputs and of consumers in normal operation [W], shapes (input,), (consumer,).
        """
        input_w, consumer_w = normal
        consumer = self._net.consumers.consumer
        alive = power.input_voltage_ratio > 0.0
        moved = (~alive & ~power.dropped[consumer] & (power.consumer_power_w[consumer] > 0.0)).T @ input_w
        dropped = power.dropped.T @ consumer_w
        voltage = np.where(alive & (power.input_power_w > 0.0), power.input_voltage_ratio, np.inf)
        lowest = voltage.argmin(axis=0)
        loadings = worst_loadings(self._gauges, power)
        facility = power.feed_power_va.real.sum(axis=0)
        for at, outage in enumerate(outages):
            margins = [each.margin_ratio if each.part else np.inf for each in loadings[at]]
            worst = loadings[at][int(np.argmin(margins))]
            volts = float(voltage[lowest[at], at])
            starts = outage.case.start if outage else ()
            yield PowerRow(
                group=outage.group if outage else NORMAL, part=outage.part if outage else "",
                text=outage.case.text if outage else "", out=outage.case.out if outage else (), starts=starts,
                transferred_w=float(moved[at]) + self._carried(power, starts, at),
                dropped_w=float(dropped[at]),
                lowest_voltage_ratio=volts if np.isfinite(volts) else NAN,
                lowest_voltage_part=self._names[consumer[lowest[at]]] if np.isfinite(volts) else "",
                worst_device=worst.device if worst.part else "", worst_part=worst.part,
                margin_ratio=worst.margin_ratio,
                racks_dark=self._which(power.dropped[:, at] & self._is_rack),
                loads_dark=self._which(power.dropped[:, at] & ~self._is_rack),
                racks_dry=_named(coolant.paths, coolant.dry[:, at]),
                racks_short=_named(coolant.paths, coolant.short[:, at]),
                racks_hot=self._which(coolant.lost[:, at]),
                facility_w=float(facility[at]), loadings=loadings[at],
            )  # fmt: skip

    def _which(self, flags: Flags) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_named(self._names, flags)))

    def _carried(self, power: Solved, starts: Sequence[str], variant: int) -> float:
        """Return the power that breakers which closed carry [W]."""
        rows = [self._breaker[path] for path in starts if path in self._breaker]
        if not rows or not isinstance(power, Power):
            return 0.0
        node = self._net.lines.b[rows]
        nominal = np.broadcast_to(self._net.nominal_v, power.node_alive.shape)[node, variant]
        voltage, current = power.node_voltage_ratio[node, variant], power.line_current_a[rows, variant]
        return float(np.abs((ROOT3 * nominal * voltage * current.conj()).real).sum())


def _named(names: Sequence[str], flags: Flags) -> tuple[str, ...]:
    return tuple(names[row] for row in np.flatnonzero(flags).tolist())


def _lines_of(
    facility: Facility, blocks: Sequence[tuple[str, Block]], rows: Mapping[int, slice], kind: str
) -> dict[str, int]:
    """Return the line of each prim of a kind that is one line."""
    found: dict[str, int] = {}
    for name, block in blocks:
        if name == kind and id(block) in rows:
            at = range(rows[id(block)].start, rows[id(block)].stop)
            found |= dict(zip(facility.tables[kind].paths, at, strict=True))
    return found
