"""What keeps a facility from being solved: loops that nothing holds, openings outdoors, still air."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from twin.arrays import Flags, Index
from twin.model.assemble import Assembly
from twin.model.component import kinds
from twin.model.element import (
    OUTDOORS,
    UNSAID,
    Controller,
    Converter,
    FlowBlock,
    Line,
    Mover,
    Path,
    Release,
    Source,
    Transformer,
    Valve,
)
from twin.model.facility import Facility
from twin.model.place import AISLE, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that keeps a facility from being solved.

    Attributes:
        code: Code of the fault.
        kind: Kind of the part to start at.
        part: Its row.
        attribute: Attribute or relationship at fault, "" for the part itself.
        found: What stands there.
        expected: What would be right.
        beside: Kind and row of another part that has to do with it, to be named after ``found``.
    """

    code: str
    kind: str
    part: int
    attribute: str = ""
    found: str
    expected: str
    beside: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Branches:
    """Flow branches of all kinds. Shapes: (branch,)."""

    kind: tuple[str, ...]
    block: Index
    part: Index
    tail: Index
    head: Index
    turned: Flags


def lacks(facility: Facility, assembly: Assembly) -> Iterator[Lack]:
    """Yield what a facility lacks: each opening, each loop, each part that warms still air."""
    branches = _branches(assembly)
    used = np.zeros(assembly.nodes.count + 1, dtype=np.bool_)  # the last one stands for outdoors
    used[branches.tail] = used[branches.head] = True
    sources = [b.node for _, b in assembly.blocks if isinstance(b, Source)]
    used[np.concatenate([*sources, np.array([OUTDOORS])])] = True
    # An outlet takes what comes; it holds no pressure for the loop that leads to it.
    holding = [b.node[b.fluid != UNSAID] for _, b in assembly.blocks if isinstance(b, Source)]
    held = np.concatenate([*holding, np.array([OUTDOORS])])
    yield from _openings(facility, assembly, branches)
    yield from _short_circuits(facility, assembly.placement)
    yield from _idle_aisles(facility, assembly.placement)
    yield from _loops(assembly, branches, used, held)
    yield from _still_air(assembly, used)
    yield from _undecided(facility)
    yield from _sensed(assembly, used)
    yield from _unsettled(assembly)
    yield from _boreless(assembly)


def _branches(assembly: Assembly) -> _Branches:
    pairs = [(k, b) for k, b in assembly.blocks if isinstance(b, Path | Mover | Valve)]
    none = np.zeros(0, dtype=np.intp)
    counts = [len(b.part) for _, b in pairs]

    def joined(name: str) -> Index:
        return np.concatenate([*(getattr(b, name) for _, b in pairs), none])

    return _Branches(
        kind=tuple(k for k, _ in pairs),
        block=np.repeat(np.arange(len(pairs)), counts),
        part=joined("part"),
        tail=joined("a"),
        head=joined("b"),
        turned=np.repeat([_turns(b) for _, b in pairs], counts).astype(np.bool_),
    )


def _turns(block: FlowBlock) -> bool:
    """Return whether a block drives its loop: a pump or a fan with a curve."""
    return isinstance(block, Mover) and not bool(np.any(np.isfinite(block.held_m3_s)))


def _openings(facility: Facility, assembly: Assembly, branches: _Branches) -> Iterator[Lack]:
    """Yield each part of which an air opening lies outside every room and aisle."""
    outside = np.flatnonzero((branches.tail < 0) | (branches.head < 0))
    parts = {(branches.kind[branches.block[row]], int(branches.part[row])) for row in outside}
    for kind, part in sorted(parts):
        names = ", ".join(_outside(facility, assembly, kind, part))
        yield Lack(
            code="ST082", kind=kind, part=part,
            found=f"opens into no room and no aisle: {names or 'its air'}",
            expected="a place within the box of a room or an aisle",
        )  # fmt: skip


def _outside(facility: Facility, assembly: Assembly, kind: str, part: int) -> Iterator[str]:
    """Yield the air openings of a part that lie in no air volume, by the names of their prims."""
    ends = facility.tables[kind].ends
    for port in (p for p in kinds()[kind].ports if p.domain == "airflow" and p.name in ends):
        for node in ends[port.name].node[ends[port.name].part == part]:
            if assembly.placement.opening[node] < 0:
                yield facility.ports.paths[node].rpartition("/")[2]


def _short_circuits(facility: Facility, placement: Placement) -> Iterator[Lack]:
    """Yield each part that draws its air from the contained aisle that it blows into."""
    aisle = _contained(facility, placement)
    for kind, table in facility.tables.items():
        sides = [p for p in kinds()[kind].ports if p.domain == "airflow" and p.name in table.ends]
        for one, other in product(*([p for p in sides if p.flow == way] for way in ("in", "out"))):
            first, second = (np.full(len(table.paths), -1) for _ in range(2))
            for found, port in ((first, one), (second, other)):
                ends = table.ends[port.name]
                found[ends.part] = aisle[placement.opening[ends.node]]
            for part in np.flatnonzero((first == second) & (first >= 0)):
                path = facility.tables[AISLE].paths[first[part]]
                yield Lack(
                    code="ST089", kind=kind, part=int(part),
                    found=f"{one.name} and {other.name} both open into {path}, which is contained",
                    expected="an aisle that holds one side of the part",
                )  # fmt: skip


def _idle_aisles(facility: Facility, placement: Placement) -> Iterator[Lack]:
    """Yield each contained aisle that no part blows into or draws from."""
    aisle = _contained(facility, placement)
    airy = np.array([spec.domain == "airflow" for spec in facility.ports.specs], dtype=np.bool_)
    met = aisle[placement.opening[airy[facility.ports.spec]]]
    for part in np.setdiff1d(aisle[aisle >= 0], met):
        yield Lack(
            code="ST090", kind=AISLE, part=int(part), attribute="extentsHint",
            found="no air opening of any part lies in its box",
            expected="a box that holds one side of the racks beside it",
        )  # fmt: skip


def _contained(facility: Facility, placement: Placement) -> Index:
    """Return the contained aisle of each node, -1 for none; the last one stands for outdoors."""
    found = np.full(placement.first + placement.count + 1, -1, dtype=np.intp)
    if (cells := placement.cells.get(AISLE)) is not None:
        closed = np.array([word != "open" for word in facility.tables[AISLE].words["containment"]])
        found[cells.node] = np.where(closed[cells.part], cells.part, -1)
    return found


def _loops(assembly: Assembly, branches: _Branches, used: Flags, held: Index) -> Iterator[Lack]:
    """Yield a part of each connected loop whose pressure nothing holds: one that drives it, if any does."""
    count = len(used)
    graph = coo_array(
        (np.ones(len(branches.tail)), (branches.tail % count, branches.head % count)), shape=(count, count)
    )
    island = np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)
    holds = np.zeros(count, dtype=np.bool_)
    holds[island[held]] = True
    mine = island[branches.tail]
    first = assembly.placement.first
    airy = np.unique(island[first : first + assembly.placement.count])
    for loop in np.unique(mine[~holds[mine]]):
        rows = np.flatnonzero(mine == loop)
        row = next(iter(rows[branches.turned[rows]]), rows[0])
        air = loop in airy
        yield Lack(
            code="ST081", kind=branches.kind[branches.block[row]], part=int(branches.part[row]),
            found=f"nothing holds the pressure of the {'air' if air else 'loop'} that it is joined to",
            expected="a room that holds the reference of its air (airReference)" if air
            else "an expansion vessel joined to the loop, or a reservoir or tank",
        )  # fmt: skip


def _still_air(assembly: Assembly, used: Flags) -> Iterator[Lack]:
    """Yield each part whose heat goes into a room that no air flows through."""
    for kind, block in assembly.blocks:
        if not isinstance(block, Release | Line | Transformer | Converter) or block.room is None:
            continue
        for at in np.flatnonzero((block.room >= 0) & ~used[block.room]):
            where = assembly.nodes.name(int(block.room[at]))
            yield Lack(
                code="ST083", kind=kind, part=int(block.part[at]),
                found=f"its heat goes into {where}, through which no air flows",
                expected="an air handler, a tile or gaps that join that air to a room",
            )  # fmt: skip


def _sensed(assembly: Assembly, used: Flags) -> Iterator[Lack]:
    """Yield each control that senses a point in which nothing flows."""
    for kind, block in assembly.blocks:
        if not isinstance(block, Controller):
            continue
        for nodes in (block.plus, block.minus):
            for at in np.flatnonzero(~used[nodes]):
                name = assembly.nodes.name(int(nodes[at]))
                yield Lack(
                    code="ST039", kind=kind, part=int(block.part[at]), attribute="twin:control:senses",
                    found=f"nothing flows through {name}", expected="a point of a loop, or a zone with air",
                )  # fmt: skip


def _undecided(facility: Facility) -> Iterator[Lack]:
    """Yield each control that holds nothing or two things, or a difference of other than two points."""
    if (table := facility.tables.get("control")) is None:
        return
    difference, flow = (
        np.asarray(np.isfinite(table.numbers[n]).any(axis=1)) for n in ("set_pa", "set_flow_m3_s")
    )
    count = np.bincount(table.targets["senses"].part, minlength=len(table.paths))
    for part in np.flatnonzero(difference == flow).tolist():
        yield Lack(
            code="ST091", kind="control", part=part, attribute="twin:control:set",
            found="a difference and a flow" if flow[part] else "nothing to hold",
            expected="either twin:control:set, a difference, or twin:control:setFlow",
        )  # fmt: skip
    for part in np.flatnonzero(difference & ~flow & (count != 2)).tolist():
        yield Lack(
            code="ST038", kind="control", part=part, attribute="twin:control:senses",
            found=f"{count[part]} targets", expected="two ports or zones: high side, then low side",
        )  # fmt: skip


def _unsettled(assembly: Assembly) -> Iterator[Lack]:
    """Yield each part whose curve has enough points that lie too close together to settle its fit."""
    for kind, block in assembly.blocks:
        if not isinstance(block, Mover | Converter):
            continue
        fitted = block.shutoff_pa if isinstance(block, Mover) else block.fixed_loss_ratio
        for at in np.flatnonzero(np.broadcast_to(np.isnan(fitted).any(axis=1), (len(block.part),))):
            yield Lack(
                code="ST019", kind=kind, part=int(block.part[at]),
                found="the points of its curve lie too close together to fit a curve to them",
                expected="points from low to high flow or load",
            )  # fmt: skip


def _boreless(assembly: Assembly) -> Iterator[Lack]:
    """Yield each pipe of which nothing says how wide it is."""
    for kind, block in assembly.blocks:
        if kind == "pipe" and isinstance(block, Path):
            for at in np.flatnonzero(np.isnan(block.diameter_m).any(axis=1)):
                yield Lack(
                    code="ST024", kind=kind, part=int(block.part[at]), attribute="twin:pipe:size",
                    found="neither an inner diameter nor a nominal size that its schedule is made in",
                    expected="twin:pipe:innerDiameter, or twin:pipe:size with a schedule that has it",
                )  # fmt: skip
