"""Binds port prims to the ports that their kind declares, and numbers them as nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Port
from twin.model.facility import PortPoint, Ports
from twin.stage.aif import sense
from twin.stage.expand import Parts
from twin.stage.faults import Faults
from twin.stage.openings import Opening
from twin.stage.simready import PortSpec

_SENSE = {"in": "enters", "out": "leaves"}


@dataclass(slots=True, eq=False)
class Bound:
    """Ports of the facility, and what the kinds see of them.

    Attributes:
        ports: Every port.
        ends: Kind, then declared port, to what is bound to it.
    """

    ports: Ports
    ends: dict[str, dict[str, Ends]] = field(default_factory=dict)


Binding = dict[str, list[int]]


def bind(
    parts: Mapping[str, Parts],
    kinds: Mapping[str, type[Component]],
    sets: list[tuple[Opening, ...]],
    faults: Faults,
) -> Bound:
    """Return all ports as nodes, numbered by kind, part and name."""
    bound = Bound(_empty())
    paths: list[str] = []
    kind_names: list[str] = []
    part_rows: list[Index] = []
    positions: list[Array] = []
    spec_numbers: list[Index] = []
    specs: list[PortPoint] = []
    for name, mine in parts.items():
        set_of = mine.told.openings[mine.place]
        size = np.array([len(s) for s in sets], dtype=np.intp)[set_of]
        first = len(paths) + np.cumsum(size) - size
        rel = [tuple(o.rel for o in s) for s in sets]
        paths += [path + r for path, s in zip(mine.paths, set_of.tolist(), strict=True) for r in rel[s]]
        count = int(size.sum())
        kind_names += [name] * count
        part_rows.append(np.repeat(np.arange(len(mine.paths), dtype=np.intp), size))
        position, spec = np.zeros((count, 3)), np.zeros(count, dtype=np.intp)
        bindings: dict[int, Binding] = {}
        for number in np.unique(set_of).tolist():
            openings = sets[number]
            rows = np.flatnonzero(set_of == number)
            bindings[number] = _bind_set(kinds[name], openings, mine, rows, faults)
            at = (first[rows] - (first[0] if len(first) else 0))[:, None] + np.arange(len(openings))
            if not len(openings):
                continue
            local = np.array([[*o.position_m, 1.0] for o in openings])
            position[at] = (local[None] @ mine.matrix[rows])[:, :, :3]
            spec[at] = len(specs) + np.arange(len(openings))
            specs += _points(name, mine.paths[rows[0]], int(rows[0]), openings, bindings[number])
        positions.append(position)
        spec_numbers.append(spec)
        bound.ends[name] = _ends(kinds[name], sets, set_of, first, bindings)
    if parts:
        bound.ports = Ports(
            paths=tuple(paths),
            kind=tuple(kind_names),
            part=np.concatenate(part_rows),
            position_m=np.concatenate(positions),
            spec=np.concatenate(spec_numbers),
            specs=tuple(specs),
        )
    return bound


def _ends(
    kind: type[Component],
    sets: list[tuple[Opening, ...]],
    set_of: Index,
    first: Index,
    bindings: dict[int, Binding],
) -> dict[str, Ends]:
    """Return the ends of each declared port by part and name; NaN where no offset is authored."""
    found = {}
    for port in (p for p in kind.ports if not p.end):
        part, node, offset = [], [], []
        for number, binding in bindings.items():
            chosen = binding.get(port.name, [])
            rows = np.flatnonzero(set_of == number)
            part.append(np.repeat(rows, len(chosen)))
            node.append((first[rows][:, None] + np.array(chosen, dtype=np.intp)).ravel())
            along = [sets[number][j].along_m for j in chosen]
            offset.append(np.tile(np.array(along, dtype=np.float64), len(rows)))
        all_parts = np.concatenate(part).astype(np.intp)
        order = np.argsort(all_parts, kind="stable")
        found[port.name] = Ends(
            part=all_parts[order],
            node=np.concatenate(node).astype(np.intp)[order],
            offset_m=np.concatenate(offset).astype(np.float64)[order],
        )
    return found


def _bind_set(
    kind: type[Component], openings: tuple[Opening, ...], parts: Parts, rows: Index, faults: Faults
) -> Binding:
    """Return which openings stand for which declared port, and note what does not work out."""
    declared = [p for p in kind.ports if not p.end]
    binding: Binding = {}
    path, place = parts.paths[rows[0]], parts.place_of(int(rows[0]))
    for j, opening in enumerate(openings):
        fits = _fits(kind, declared, opening.said)
        if len(fits) == 1:
            binding.setdefault(fits[0].name, []).append(j)
        elif len(fits) > 1 or opening.said.role:
            roles = ", ".join(p.role or p.name for p in fits or declared)
            faults.add(
                "ST042", prim=path + opening.rel, spot=opening.spot,
                found=f"role '{opening.said.role}'" if opening.said.role else "fits several declared ports",
                expected=f"twin:port:role, one of {roles}",
            )  # fmt: skip
    for port in declared:
        chosen = binding.get(port.name, [])
        if not chosen and port.required:
            names = ", ".join(o.said.name for o in openings) or "none"
            faults.add(
                "ST040", prim=path, attribute=port.name, spot=place.spot,
                found=f"ports: {names}",
                expected=f"one for '{port.name}': {_wanted(port)}",
            )  # fmt: skip
        elif len(chosen) > 1 and not port.many:
            faults.add(
                "ST041", prim=path, attribute=port.name, spot=place.spot,
                found=" and ".join(openings[j].said.name for j in chosen),
                expected=f"one for '{port.name}'; set twin:port:role on the one meant",
            )  # fmt: skip
            binding[port.name] = chosen[:1]
    return binding


def _fits(kind: type[Component], declared: list[Port], said: PortSpec) -> list[Port]:
    """Return the declared ports that a port prim may stand for, the most particular only."""
    if said.role:
        return [p for p in declared if said.role in {p.role, p.name.rstrip("_")} and p.domain == said.domain]
    fits = [p for p in declared if _agrees(kind, p, said)]
    best = max((_agreements(p, said) for p in fits), default=0)
    return [p for p in fits if _agreements(p, said) == best]


def _agrees(kind: type[Component], port: Port, said: PortSpec) -> bool:
    if port.domain != said.domain:
        return False
    if port.system and said.system and port.system != said.system:
        return False
    if not port.direction or not said.direction or port.direction == said.direction:
        return True
    # Air is called supply and return by some, input and output by others; what counts is which way it goes.
    way = sense(kind.kind, said.domain, said.system, said.direction)
    if said.domain == "airflow":
        way = way or {"supply": "enters", "return": "leaves"}.get(said.direction)  # type: ignore[assignment]
    return said.domain != "thermal" and way is not None and _SENSE.get(port.flow) == way


def _agreements(port: Port, said: PortSpec) -> int:
    """Return how particularly a declared port describes a port prim."""
    return 2 * (bool(port.system) and port.system == said.system) + (
        bool(port.direction) and port.direction == said.direction
    )


def _wanted(port: Port) -> str:
    words = {"domain": port.domain, "system": port.system, "direction": port.direction}
    text = ", ".join(f"{key} {word}" for key, word in words.items() if word)
    return f"{text}, or twin:port:role {port.role}" if port.role else text


def _points(
    kind: str, path: str, row: int, openings: tuple[Opening, ...], binding: Binding
) -> list[PortPoint]:
    port_of = {j: name for name, chosen in binding.items() for j in chosen}
    return [
        PortPoint(
            path=path + o.rel,
            kind=kind,
            part=row,
            port=port_of.get(j, ""),
            domain=o.said.domain,
            system=o.said.system,
            direction=o.said.direction,
            values=o.values,
            words=o.words,
        )
        for j, o in enumerate(openings)
    ]


def _empty() -> Ports:
    none = np.zeros(0, dtype=np.intp)
    return Ports(paths=(), kind=(), part=none, position_m=np.zeros((0, 3)), spec=none, specs=())
