"""What pressure waves need beside the flow network: length, bore, wall, inertia, events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.errors import ConvergenceError
from twin.model.assemble import Assembly
from twin.model.element import FlowBlock, Fluid, Mover, Path, Valve
from twin.model.event import Event
from twin.model.flow_net import FlowNet
from twin.model.part import FLOW_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurgeNet:
    """One variant of a flow network as pressure waves see it. Shapes: (branch,), (mover,), (event,).

    Attributes:
        length_m: Length of the column of liquid, 0 where it is not known.
        area_m2: Bore, 1 where it is not known.
        stretch_per_pa: Relative growth of the bore per pressure.
        stroke_s: How fast a valve can close, NaN where it is not said.
        spin_energy_j: What turns in each mover at full speed, NaN where it is not known.
        part: Row of each event in the table of its kind.
        close_s: Time in which valves close.
        stop_s: Time in which movers run down that do not say what turns in them.
        closing, column: ``Closing`` and ``Column`` of each event.
        closes: Event and branch of everything that closes, shape (2, closing).
        trips: Event and mover of everything that trips, shape (2, trip).
    """

    length_m: Array
    area_m2: Array
    stretch_per_pa: Array
    stroke_s: Array
    spin_energy_j: Array
    part: Index
    close_s: Array
    stop_s: Array
    closing: Index
    column: Index
    closes: Index
    trips: Index


def lay_out_surge(assembly: Assembly, flow: FlowNet, variant: int = 0) -> SurgeNet:
    """Lay out what pressure waves need of one variant.

    Raises:
        ConvergenceError: An event closes what no liquid flows through, or trips what does not turn.
    """
    blocks = [(kind, block) for kind, block in assembly.blocks if id(block) in flow.rows]
    count = len(flow.tail)
    length, area, stretch = np.zeros(count), np.ones(count), np.zeros(count)
    stroke, spin = np.full(count, np.nan), np.full(count, np.nan)
    for _, block in blocks:
        rows = flow.rows[id(block)]
        match block:
            case Path():
                area[rows] = 0.25 * np.pi * _of(block.diameter_m, variant) ** 2
                length[rows] = _column(block, area[rows], variant)
                stretch[rows] = _of(block.stretch_per_pa, variant)
            case Valve():
                stroke[rows] = _of(block.stroke_s, variant)
            case Mover():
                spin[rows] = _of(block.spin_energy_j, variant)
    events = [block for _, block in assembly.blocks if isinstance(block, Event)]
    return SurgeNet(
        length_m=length, area_m2=area, stretch_per_pa=stretch, stroke_s=stroke,
        spin_energy_j=spin[flow.mover], **_events(flow, blocks, events, variant),
    )  # fmt: skip


def _column(block: Path, area_m2: Array, variant: int) -> Array:
    """Return the length of the column of liquid in each part [m].

    What loses by an empirical law tells no length to friction: its volume does.
    """
    length, volume = (_of(values, variant) for values in (block.length_m, block.volume_m3))
    empirical = (length == 0.0) & (_of(block.power_pa, variant) > 0.0) & (volume > 0.0)
    return np.where(empirical, volume / area_m2, length)


def _of(values: Array, variant: int) -> Array:
    return np.asarray(values[:, variant if values.shape[1] > 1 else 0])


def _events(
    flow: FlowNet, blocks: list[tuple[str, Any]], events: list[Event], variant: int
) -> dict[str, Any]:
    """Return the columns of events: what closes and what trips, as branches and movers."""
    pairs: dict[str, list[tuple[int, int]]] = {"closes": [], "trips": []}
    named = {kind for event in events for kind in (*event.closes_kind, *event.trips_kind)}
    mine = [(kind, block) for kind, block in blocks if kind in named]
    rows_of = {"closes": _closing(flow, mine), "trips": _turning(flow, mine)}
    start = 0
    for event in events:
        for word, found in pairs.items():
            for owner, kind, part in _targets(event, word):
                row = rows_of[word].get((kind, part))
                if row is None:
                    raise ConvergenceError(
                        f"an event {word} part {part} of {kind}, which has nothing that {word}",
                        component=kind,
                        equation="closing law" if word == "closes" else "run-down of the pump",
                    )  # fmt: skip
                found.append((start + owner, row))
        start += len(event.part)
    return {
        "part": _joined([e.part for e in events], np.intp),
        "close_s": _joined([_of(e.close_s, variant) for e in events], np.float64),
        "stop_s": _joined([_of(e.stop_s, variant) for e in events], np.float64),
        "closing": _joined([e.closing for e in events], np.intp),
        "column": _joined([e.column for e in events], np.intp),
        **{word: np.array(found, dtype=np.intp).reshape(-1, 2).T for word, found in pairs.items()},
    }


def _targets(event: Event, word: str) -> Iterator[tuple[int, str, int]]:
    owner, kind, part = (getattr(event, f"{word}_{what}") for what in ("owner", "kind", "part"))
    yield from zip(owner.tolist(), kind, part.tolist(), strict=True)


def _closing(flow: FlowNet, blocks: list[tuple[str, FlowBlock]]) -> Mapping[tuple[str, int], int]:
    """Return the branch that closes for each part: its valve, else its first path of liquid."""
    found: dict[tuple[str, int], int] = {}
    for wanted in (Path, Valve):
        taken = set(found) if wanted is Path else set()
        for kind, block in blocks:
            if isinstance(block, wanted):
                first = flow.rows[id(block)].start
                for row, part in enumerate(np.asarray(block.part).tolist(), first):
                    liquid = flow.fluid[flow.island[flow.tail[row]]] != Fluid.AIR
                    if liquid and (kind, part) not in taken:
                        found[kind, part] = row
                        taken.add((kind, part))
    return found


def _turning(flow: FlowNet, blocks: list[tuple[str, FlowBlock]]) -> Mapping[tuple[str, int], int]:
    """Return the mover of each part that has one which moves liquid by a curve."""
    found: dict[tuple[str, int], int] = {}
    for kind, block in blocks:
        if isinstance(block, Mover) and not np.isfinite(block.held_m3_s).any():
            rows = flow.rows[id(block)]
            movers = np.searchsorted(flow.mover, np.arange(rows.start, rows.stop))
            for mover, part in zip(movers.tolist(), np.asarray(block.part).tolist(), strict=True):
                if flow.fluid[flow.island[flow.tail[flow.mover[mover]]]] != Fluid.AIR:
                    found.setdefault((kind, part), mover)
    return found


def _joined(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])


FREE = ("held_flow", "limited", "check", "keeper")


def repeated(net: FlowNet, branch: Index) -> FlowNet:
    """Return a network of one variant whose branches are some of those of another, any number of times.

    They follow the same laws, but hold and limit nothing and pass fluid both ways.

    Args:
        net: A network of one variant.
        branch: Branches of it, shape (row,).
    """
    changed: dict[str, Any] = {}
    for name, columns in FLOW_COLUMNS.items():
        place = np.full(len(net.tail), -1, dtype=np.intp)
        place[getattr(net, name)] = np.arange(len(getattr(net, name)))
        at = place[branch]
        mine = np.flatnonzero(at >= 0) if name not in FREE else np.zeros(0, dtype=np.intp)
        changed[name] = mine
        changed |= {column: getattr(net, column)[at[mine]] for column in columns}
    movers = len(changed["mover"])
    return replace(
        net, **changed, tail=net.tail[branch], head=net.head[branch], in_service=net.in_service[branch],
        control_of=np.full(movers, -1, dtype=np.intp), rows={},
        branch_name=lambda row: net.branch_name(int(branch[row])),
    )  # fmt: skip


def in_service(net: FlowNet) -> Flags:
    """Return which branches of a network of one variant are open, shape (branch,)."""
    return np.asarray(net.in_service[:, 0])
