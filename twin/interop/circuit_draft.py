"""A circuit while it is read: its buses and nodes, and the elements found so far."""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from twin.arrays import Array
from twin.interop.circuit_json import Entry, Reading
from twin.solve.wires_load import Draw
from twin.solve.wires_net import EARTH, NEUTRAL
from twin.solve.wires_parts import Part

ROOT3 = math.sqrt(3.0)


class Terminal(NamedTuple):
    """Where an element ends: its bus, and the nodes in the order of its conductors, EARTH for earth."""

    bus: int
    nodes: tuple[int, ...]


class Rating(NamedTuple):
    """Voltage that an element is rated for: its entry, key and bus, and whether it stands between phases."""

    entry: str
    key: str
    bus: int
    between: bool
    rated_v: float


@dataclass(slots=True)
class Draft:
    """What has been read.

    Attributes:
        reading: Where faults go.
        buses: Number of each bus.
        names: Their names.
        base_v: Nominal voltage of each bus, phase to earth, NaN for none.
        nodes: Number of each node by bus and conductor.
        conductor: Number of the conductor that each node is.
        conductors: Numbers of the conductors of each bus.
        parts: Elements.
        draws: Loads by phase.
        held: Sources without impedance: name, node, voltage.
        ratings: Voltages that elements are rated for.
        joined: Lines and the buses they join.
        warnings: What taints the input without refusing it.
        idle: What is out of service, by table: name and number of conductors.
        rated_a: Rated currents of the coils of transformers, shape (coil,).
    """

    reading: Reading
    buses: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    base_v: list[float] = field(default_factory=list)
    nodes: dict[tuple[int, int], int] = field(default_factory=dict)
    conductor: list[int] = field(default_factory=list)
    conductors: dict[int, list[int]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    held: list[tuple[str, int, complex]] = field(default_factory=list)
    ratings: list["Rating"] = field(default_factory=list)
    joined: list[tuple[str, int, int]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    idle: dict[str, dict[str, int]] = field(default_factory=dict)
    rated_a: dict[str, Array] = field(default_factory=dict)

    def add_buses(self, given: Mapping[str, Any]) -> None:
        """Take the table of buses: conductors 1 to 4 and a nominal voltage for each."""
        for name, entry in given.items():
            where = f"buses.{name}"
            if not self.reading.keys(where, entry, ("nodes",), ("kV_base_LN",)):
                continue
            wanted = entry["nodes"]
            if not isinstance(wanted, Sequence) or not wanted or not all(_counts(n) for n in wanted):
                self.reading.fault(
                    "ST163", where, attribute="nodes", found=str(wanted), expected="numbers from 1 on"
                )
                continue
            base = 1e3 * self.reading.number(where, entry, "kV_base_LN", least=0.0)
            bus = self.add_bus(name.lower(), base or math.nan)
            for conductor in sorted(set(wanted)):
                self.add_node(bus, conductor)

    def add_bus(self, name: str, base_v: float) -> int:
        """Take a bus and return its number."""
        bus = self.buses[name] = len(self.buses)
        self.names.append(name)
        self.base_v.append(base_v)
        return bus

    def add_node(self, bus: int, conductor: int) -> int:
        """Take a conductor of a bus and return its node."""
        node = self.nodes[bus, conductor] = len(self.nodes)
        self.conductors.setdefault(bus, []).append(conductor)
        self.conductor.append(conductor)
        return node

    def terminal(self, entry: str, given: Entry, key: str, phases: int) -> Terminal | None:
        """Return where an element ends, None with a fault where that is nowhere.

        Args:
            entry: Name of the entry.
            given: The entry, or one of its windings.
            key: Which of its ends, like ``bus1``.
            phases: Conductors that it needs; the text may name one more, the neutral.
        """
        name, *numbers = str(given[key]).lower().split(".")
        if name not in self.buses:
            near = difflib.get_close_matches(name, self.buses, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._nowhere(entry, key, f"there is no bus {name}", f"the name of a bus{hint}")
            return None
        bus = self.buses[name]
        wanted = [*numbers] or [str(number) for number in range(1, phases + 1)]
        there = self.conductors[bus]
        unknown = [c for c in wanted if c not in {"0", *map(str, there)}]
        if unknown:
            has = ", ".join(map(str, there))
            self._nowhere(
                entry, key, f"bus {name} has no node {', '.join(unknown)}", f"one of its nodes: {has}"
            )
            return None
        if not phases <= len(wanted) <= phases + 1:
            self._nowhere(
                entry, key, f"{len(wanted)} nodes in {given[key]}",
                f"{phases}, one for each phase, and perhaps a neutral",
            )  # fmt: skip
            return None
        found = tuple(EARTH if c == "0" else self.nodes[bus, int(c)] for c in wanted)
        return Terminal(bus=bus, nodes=found)

    def _nowhere(self, entry: str, key: str, found: str, expected: str) -> None:
        self.reading.fault("ST164", entry, attribute=key, found=found, expected=expected)

    def fits(self, entry: str, key: str, bus: int, ends: tuple[int, int], rated_v: float) -> None:
        """Note which voltage an element is rated for between two nodes of a bus."""
        conductors = [self.conductor[node] for node in ends if node != EARTH]
        between = len(conductors) > 1 and NEUTRAL not in conductors
        if not math.isnan(rated_v) and max(conductors, default=0) <= NEUTRAL:
            self.ratings.append(Rating(entry, key, bus, between, rated_v))

    def bus_name(self, bus: int) -> str:
        """Return the name of a bus."""
        return self.names[bus]

    def rest(self, table: str, name: str, conductors: int) -> None:
        """Note an element that is out of service."""
        self.idle.setdefault(table, {})[name] = conductors


def phase_pairs(nodes: Sequence[int], phases: int, *, delta: bool, turn: int = 1) -> list[tuple[int, int]]:
    """Return between which nodes each phase of a load, capacitor or winding stands.

    Args:
        nodes: Nodes of its terminal.
        phases: Number of phases.
        delta: Whether phases stand between conductors; one phase with one node only stands to earth.
        turn: 1 for conductors k and k + 1, -1 for k and k - 1.
    """
    if delta and phases > 1:
        return [(nodes[k], nodes[(k + turn) % len(nodes)]) for k in range(phases)]
    star = nodes[phases] if len(nodes) > phases else EARTH
    return [(nodes[k], star) for k in range(phases)]


def _counts(number: Any) -> bool:
    """Return whether a value is the number of a conductor."""
    return isinstance(number, int) and not isinstance(number, bool) and number > 0
