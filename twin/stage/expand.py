"""Puts every part in its place: distinct content, repeated under each instance of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.stage.content import Chunk, Content, Place


@dataclass(slots=True, eq=False)
class Told:
    """What distinct places say, as columns, shape (place,)."""

    openings: Index
    located: Index
    standby: Flags
    size: Array
    floor: Array
    asset: list[str]
    ids: list[str]
    group: list[str]


@dataclass(slots=True, eq=False)
class Parts:
    """Every part of one kind, in path order.

    Attributes:
        kind: Kind.
        paths: Prim paths.
        base: Path of the instance a part came with, before its local relationship targets.
        places: Distinct places, of every kind.
        told: What these places say.
        place: Place of each part, shape (part,).
        record: Record of each part, shape (part,).
        matrix: Transform to the world, rows as in USD, shape (part, 4, 4).
    """

    kind: str
    paths: tuple[str, ...]
    base: tuple[str, ...]
    places: list[Place]
    told: Told
    place: Index
    record: Index
    matrix: Array

    def place_of(self, row: int) -> Place:
        """Return the distinct place of a part."""
        return self.places[int(self.place[row])]

    def each(self, column: list[str]) -> tuple[str, ...]:
        """Return a column of places for every part."""
        return tuple(map(column.__getitem__, self.place.tolist()))


@dataclass(slots=True, eq=False)
class _Flat:
    """Places below one root: paths, paths of the instances they came with, numbers, transforms."""

    rel: list[str] = field(default_factory=list)
    base: list[str] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    matrix: list[Array] = field(default_factory=list)


def expand(content: Content) -> dict[str, Parts]:
    """Return the parts of every kind that has any, kinds in name order."""
    places: list[Place] = []
    first: dict[str, int] = {}
    for name, chunk in content.chunks.items():
        first[name] = len(places)
        places += chunk.places
    flat = _flatten("", content.chunks, first, {})
    if not flat.rel:
        return {}
    told = _told(places)
    order = sorted(range(len(flat.rel)), key=flat.rel.__getitem__)
    place = np.array(flat.place, dtype=np.intp)[order]
    matrix = np.concatenate(flat.matrix)[order]
    paths = [flat.rel[i] for i in order]
    base = [flat.base[i] for i in order]
    record_of = np.array([p.record for p in places], dtype=np.intp)
    names = sorted({record.kind for record in content.records})
    number = {name: i for i, name in enumerate(names)}
    kind_of = np.array([number[record.kind] for record in content.records], dtype=np.intp)[record_of[place]]
    found = {}
    for name in names:
        mine = kind_of == number[name]
        if mine.any():
            found[name] = Parts(
                kind=name,
                paths=tuple(compress(paths, mine)),
                base=tuple(compress(base, mine)),
                places=places,
                told=told,
                place=place[mine],
                record=record_of[place[mine]],
                matrix=matrix[mine],
            )
    return found


def _told(places: list[Place]) -> Told:
    return Told(
        openings=np.array([p.openings for p in places], dtype=np.intp),
        located=np.array([p.located for p in places], dtype=np.intp),
        standby=np.array([p.standby for p in places], dtype=np.bool_),
        size=np.array([p.shape.size for p in places]),
        floor=np.array([p.shape.floor for p in places]),
        asset=[p.asset for p in places],
        ids=[p.id for p in places],
        group=[p.group for p in places],
    )


def _flatten(name: str, chunks: dict[str, Chunk], first: dict[str, int], done: dict[str, _Flat]) -> _Flat:
    """Return the places of a chunk and of the instances in it, at any depth."""
    if name in done:
        return done[name]
    chunk = chunks[name]
    flat = _Flat()
    if chunk.places:
        flat.rel = [p.rel for p in chunk.places]
        flat.base = [""] * len(flat.rel)
        flat.place = list(range(first[name], first[name] + len(flat.rel)))
        flat.matrix = [np.array([p.matrix for p in chunk.places])]
    by_content = defaultdict(list)
    for rel, inner, matrix in chunk.instances:
        by_content[inner].append((rel, matrix))
    for inner, instances in by_content.items():
        below = _flatten(inner, chunks, first, done)
        if not below.rel:
            continue
        local = np.concatenate(below.matrix)
        roots = np.array([matrix for _, matrix in instances])
        flat.matrix.append((local[None] @ roots[:, None]).reshape(-1, 4, 4))
        for rel, _ in instances:
            flat.rel += [rel + inside for inside in below.rel]
            flat.base += [rel + inside for inside in below.base]
            flat.place += below.place
    done[name] = flat
    return flat
