"""A solved site as electrical schedules look at it: what feeds what, and where voltages are."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.checks.review import review_of
from twin.checks.rule import Check, Measure, Review
from twin.model.facility import Facility
from twin.model.phases import ALL_PHASES
from twin.model.power_net import PowerNet
from twin.model.power_volts import joined
from twin.solve.couple import Solution
from twin.solve.power import Power
from twin.walk import Outcome

RUNS = ("whip", "power_cable")
# Ports that what feeds a run comes in by, for equipment that only passes it on.
THROUGH = {"busway": ("feed",), "breaker": ("line", "load"), "fuse": ("line", "load")}
NOWHERE = -1
# Cases that differ by less than this share of a value are as bad as each other.
SAME_RATIO = 1e-6
Sort = TypeVar("Sort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """What is wired to a port.

    Attributes:
        run_kind, run: Kind and row of the whip or cable that ends at the port, "" and -1 for none.
        node: Port at its other end, -1 for none.
        kind, part: Kind and row of the equipment that port belongs to.
    """

    run_kind: str = ""
    run: int = NOWHERE
    node: int = NOWHERE
    kind: str = ""
    part: int = NOWHERE


NOTHING = Feeder()


@dataclass(frozen=True, kw_only=True, eq=False)
class Wiring:
    """What schedules are made from.

    Attributes:
        review: What rules look at.
        solution: What was solved.
    """

    review: Review
    solution: Solution

    @property
    def facility(self) -> Facility:
        """Return what is built."""
        return self.review.facility

    @property
    def net(self) -> PowerNet:
        """Return the electrical elements."""
        return self.solution.network.power

    @property
    def power(self) -> Power:
        """Return the electrical state."""
        return self.solution.power

    @cached_property
    def normal(self) -> int:
        """Return the column of normal operation that ``twin check`` prints the figures of."""
        return next(at for at, case in enumerate(self.facility.cases) if case.name == "normal")

    def case(self, column: int) -> str:
        """Return the name of a case."""
        return self.facility.cases[column].name

    def path(self, kind: str, part: int) -> str:
        """Return the prim of a part, "" for none."""
        return self.facility.tables[kind].paths[part] if part >= 0 else ""

    def port(self, node: int) -> str:
        """Return the name of a port without its prim."""
        return self.facility.ports.paths[node].rpartition("/")[2] if node >= 0 else ""

    def blocks(self, sort: type[Sort], kind: str = "", role: str = "") -> Iterator[tuple[str, Sort]]:
        """Yield kind and block of every electrical element of a sort, by kind and role where they are given.

        Args:
            sort: Class of the element.
            kind: Kind of equipment, "" for any.
            role: Role of the element in it, "" for any.
        """
        for name, block in self.solution.network.assembly.blocks:
            if isinstance(block, sort) and kind in {"", name} and role in {"", getattr(block, "role", "")}:
                yield name, block

    def at(self, node: Index) -> Index:
        """Return the power node of each port, -1 for one that is not electrical."""
        return self._local[node]

    @cached_property
    def _local(self) -> Index:
        local = np.full(self.solution.network.assembly.nodes.count + 1, NOWHERE, dtype=np.intp)
        local[self.net.node] = np.arange(len(self.net.node))
        return local

    def direct(self, node: Index) -> Flags:
        """Return which ports carry direct current."""
        at = self.at(node)
        return np.where(at >= 0, self.net.direct[at], False).astype(np.bool_)

    def nominal_v(self, node: Index) -> Array:
        """Return the nominal voltage of ports [V], the highest of all cases, 0 where nothing ever feeds."""
        at = self.at(node)
        return np.where(at >= 0, self.net.nominal_v.max(axis=1)[at], 0.0)

    def phases(self, kind: str) -> tuple[str, ...]:
        """Return the phases that runs of a kind are wired to, "abc" for those of all."""
        table = self.facility.tables[kind]
        return table.words.get("phases", ("abc",) * len(table.paths))

    @cached_property
    def unlike(self) -> Flags:
        """Return which power nodes conductors or transformers join to unlike phases, shape (node,)."""
        net = self.net
        ends = [np.concatenate([getattr(t, side) for t in (net.lines, net.transformers)]) for side in "ab"]
        group = joined(len(net.node), *ends)
        return np.isin(group, group[net.lines.a[net.lines.phases != ALL_PHASES]])

    @cached_property
    def volts_ratio(self) -> Array:
        """Return the size of the voltage of each power node over nominal, shape (node, variant).

        Where phases are unlike it is that of the positive sequence.
        """
        return np.abs(self.power.node_voltage_ratio)

    @cached_property
    def _joins(self) -> dict[int, tuple[str, int, int]]:
        found = {}
        for kind in self.review.built(*RUNS):
            ends = self.review.table(kind).ends
            pairs = zip(ends["a"].node.tolist(), ends["b"].node.tolist(), strict=True)
            for row, (a, b) in enumerate(pairs):
                found[b], found[a] = (kind, row, a), (kind, row, b)
        return found

    def feeder(self, node: int) -> Feeder:
        """Return what is wired to a port, ``NOTHING`` for a port that is not."""
        if node not in self._joins:
            return NOTHING
        kind, row, other = self._joins[node]
        ports = self.facility.ports
        return Feeder(run_kind=kind, run=row, node=other, kind=ports.kind[other], part=int(ports.part[other]))

    def above(self, found: Feeder) -> Feeder:
        """Return what feeds the busways and breakers that a feeder starts at; itself for other equipment."""
        seen = set()
        while found.kind in THROUGH and (found.kind, found.part) not in seen:
            seen.add((found.kind, found.part))
            ends = [self.review.table(found.kind).ends[name] for name in THROUGH[found.kind]]
            ports = [int(end.node[end.part == found.part][0]) for end in ends]
            found = self.feeder(next(port for port in ports if port != found.node))
        return found

    def measures(self, *checks: Check) -> Iterator[Measure]:
        """Yield what rules measure, in every case."""
        for check in checks:
            yield from check(self.review)


def wiring_of(outcome: Outcome) -> Wiring:
    """Return what the schedules of a run are made from."""
    return Wiring(review=review_of(outcome.facility, outcome.tree), solution=outcome.solution)


def worst(values: Array) -> tuple[Array, Index]:
    """Return the greatest value over the cases, and the first case that comes to it but for rounding.

    Args:
        values: Shape (variant, part); NaN where a case says nothing.

    Returns:
        Both of shape (part,); NaN, and the first case, where no case says anything.
    """
    known = np.where(np.isfinite(values), values, -np.inf)
    top = known.max(axis=0)
    near = top - SAME_RATIO * np.abs(np.where(np.isfinite(top), top, 0.0))
    return np.where(np.isfinite(top), top, np.nan), (known >= near).argmax(axis=0).astype(np.intp)
