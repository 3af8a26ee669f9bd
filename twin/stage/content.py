"""Visits every distinct prim of a stage once and reads what it says.

Equal references are composed once (``share``), and prims that rest on the same specifications share a
record, so the work grows with distinct content, not with the number of parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from twin.arrays import Array
from twin.model.component import Component, camel, kinds
from twin.model.provenance import Opinions
from twin.stage.aif import LATEST
from twin.stage.declared import (
    FROM,
    GROUP,
    ID,
    STANDBY,
    TO,
    declared,
    kind_of_api,
    relation_name,
)
from twin.stage.faults import NOWHERE, Faults, Spot, spot_of
from twin.stage.openings import Openings
from twin.stage.opinion import missing_selections, nearest
from twin.stage.shape import GEOMETRY, Shape, Shapes
from twin.stage.specs import OWN, Spec, Specs
from twin.stage.transform import check_transform
from twin.stage.values import ASSET_CLASS, Value, Values
from twin.stage.world import to_world


@dataclass(slots=True)
class Record:
    """Distinct content of parts of one kind.

    Attributes:
        kind: Kind.
        path: First prim that has it, for messages.
        values: Parameter name to what is said.
        lacks: Parameter name to why a SimReady asset does not say it.
        spot: Where the prim is defined.
    """

    kind: str
    path: str
    values: dict[str, Value]
    lacks: dict[str, str]
    spot: Spot


@dataclass(slots=True)
class Target:
    """One relationship target: path below the chunk's root, or in the stage when ``local`` is false."""

    path: str
    local: bool


@dataclass(slots=True)
class Relationship:
    """Targets of one relationship of one prim, and where they are authored."""

    targets: tuple[Target, ...]
    spot: Spot
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class Place:
    """One prim of a kind within a chunk.

    Attributes:
        rel: Path below the chunk's root.
        path: Path in the stage, for messages.
        record: Number of its record.
        openings: Number of its set of ports.
        shape: Size and route.
        matrix: Transform to the chunk's root, rows as in USD.
        relationships: By full USD name.
        id: ``twin:id``.
        group: ``twin:redundancyGroup``.
        standby: Whether it stands by.
        located: Opinion number of the prim.
        spot: Where the prim is defined.
        asset: Name of the asset it references, "" for none.
    """

    rel: str
    path: str
    record: int
    openings: int
    shape: Shape
    matrix: Array
    relationships: dict[str, Relationship]
    id: str
    group: str
    standby: bool
    located: int
    spot: Spot
    asset: str


@dataclass(slots=True)
class Chunk:
    """Content that is composed once: the stage outside instances, or a prototype."""

    home: str
    places: list[Place] = field(default_factory=list)
    instances: list[tuple[str, str, Array]] = field(default_factory=list)


class Content:
    """Everything distinct that a stage says about parts."""

    def __init__(self, stage: Any, faults: Faults, opinions: Opinions) -> None:
        """Visit the stage."""
        self.records: list[Record] = []
        self.chunks: dict[str, Chunk] = {}
        self.visited = 0
        self._stage = stage
        self._faults = faults
        layers = stage.GetLayerStack(includeSessionLayers=True)
        self._local = {layer.realPath or layer.identifier for layer in layers}
        self._specs = Specs(stage.GetSessionLayer())
        self._cache = UsdGeom.XformCache()
        self._values = Values(faults, opinions)
        self._shapes = Shapes(self._specs, faults)
        self.openings = Openings(faults, self._cache, self._specs)
        self._known: dict[Any, int] = {}
        self._apis, self._declared = kind_of_api(), declared()
        self._walk()

    @property
    def judged(self) -> set[Spot]:
        """Return the opinions that have been judged."""
        return self._values.judged

    def _walk(self) -> None:
        """Visit the stage, then each prototype that an instance met on the way stands for."""
        waiting = [("", "", self._stage.GetPseudoRoot())]
        while waiting:
            name, home, root = waiting.pop(0)
            chunk = self.chunks[name] = Chunk(home)
            for prim in self._prims(root):
                self.visited += 1
                if prim.IsInstance():
                    self._instance(chunk, name, prim, waiting)
                here = home + str(prim.GetPath())[len(name) :]
                check_transform(prim, here, self._faults, drawing=f"/{GEOMETRY}/" in f"{here}/")
                if prim.HasAuthoredMetadata("variantSelection"):
                    self._check_selections(prim, here)
                found = self._kind(prim, here)
                if found:
                    chunk.places.append(self._place(prim, found, name, home))
                else:
                    self._check_kind(prim, None, here, -1, None)

    def _prims(self, root: Any) -> Iterator[Any]:
        """Yield the prims of a chunk below its root; ports come with their part."""
        walk = iter(Usd.PrimRange(root))
        for prim in walk:
            if prim == root:
                continue
            if prim.GetName() == "ConnectionPoints":
                walk.PruneChildren()
            else:
                yield prim

    def _instance(self, chunk: Chunk, name: str, prim: Any, waiting: list[Any]) -> None:
        prototype = prim.GetPrototype()
        path, rel = str(prototype.GetPath()), str(prim.GetPath())[len(name) :]
        chunk.instances.append((rel, path, _matrix(self._cache, prim)))
        if path not in self.chunks and all(path != other[0] for other in waiting):
            waiting.append((path, chunk.home + rel, prototype))

    def _check_selections(self, prim: Any, path: str) -> None:
        """Note selections of variants that do not exist: USD leaves their opinions out without a word."""
        for name, chosen, offered in missing_selections(prim):
            author = next((s for s in prim.GetPrimStack() if name in s.variantSelections), None)
            self._faults.add(
                "ST007",
                prim=path,
                attribute=f"variants:{name}",
                found=f"{name} = '{chosen}'",
                expected=nearest(chosen, offered)
                or f"one of {', '.join(offered) or 'no variant set of this name'}",
                spot=spot_of(author, f"variants:{name}") if author else NOWHERE,
            )

    def _check_kind(
        self, prim: Any, kind: type[Component] | None, path: str, record: int, stack: list[Spec] | None
    ) -> None:
        """Note attributes of a kind that the prim is not of."""
        own = (f"twin:{camel(kind.kind)}:", "twin:connection:") if kind else ()
        names = (
            {p.GetName() for p in prim.GetAuthoredPropertiesInNamespace("twin")}
            if stack is None
            else {name for spec in stack for name in spec.names if name.startswith("twin:")}
        )
        for name in names:
            if name.startswith(own) or name not in self._declared or name == ID or (kind and name in OWN):
                continue
            self._faults.add(
                "ST022",
                prim=path,
                attribute=name,
                spot=spot_of(prim.GetProperty(name).GetPropertyStack()[0]),
                record=record,
                found=f"the prim is {'of kind ' + kind.kind if kind else 'of no kind'}",
                expected="the schema of the attribute's kind",
            )

    def _kind(self, prim: Any, path: str) -> type[Component] | None:
        """Return the kind of a prim, by our schema or by its SimReady class."""
        applied = prim.GetPrimTypeInfo().GetAppliedAPISchemas()
        named = [name for name in applied if name in self._apis]
        if len(named) > 1:
            author = next(s for s in prim.GetPrimStack() if s.HasInfo("apiSchemas"))
            self._faults.add(
                "ST021",
                prim=path,
                attribute="apiSchemas",
                spot=spot_of(author, "apiSchemas"),
                found=" and ".join(named),
                expected="one kind",
            )
        if named:
            return self._apis[named[0]]
        if prim.GetTypeName() == "Xform" and (attribute := prim.GetAttribute(ASSET_CLASS)):
            found = LATEST.asset_class(str(attribute.Get() or ""))
            return kinds().get(found.kind) if found else None
        return None

    def _place(self, prim: Any, kind: type[Component], name: str, home: str) -> Place:
        rel = str(prim.GetPath())[len(name) :]
        stack = self._specs.of(prim)
        spot = next((s.spot for s in stack if not s.session), Spot())
        own = {n for s in stack for n in OWN & s.names}
        openings = self.openings.of(prim, home + rel)
        return Place(
            rel=rel,
            path=home + rel,
            record=self._record(prim, kind, home + rel, stack, spot, openings=openings),
            openings=openings,
            shape=self._shapes.of(prim, stack, home + rel),
            matrix=_matrix(self._cache, prim),
            relationships={n: self._relationship(prim, n, name, stack) for n in _relationships(kind)},
            id=str(prim.GetAttribute(ID).Get() or "") if ID in own else "",
            group=str(prim.GetAttribute(GROUP).Get() or "") if GROUP in own else "",
            standby=bool(prim.GetAttribute(STANDBY).Get()) if STANDBY in own else False,
            located=self._values.located(spot),
            spot=spot,
            asset=self._asset(stack),
        )

    def _record(
        self, prim: Any, kind: type[Component], path: str, stack: list[Spec], spot: Spot, *, openings: int
    ) -> int:
        """Return the number of the record of a prim, read when its specifications are met first."""
        simready = any(ASSET_CLASS in s.names for s in stack)  # whose ports say something about the part
        key = (kind.kind, openings if simready else -1, *((s.layer, s.path) for s in stack if s.tells))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.records)
            self._check_kind(prim, kind, path, found, stack)
            values, lacks = self._values.read(prim, kind, stack, path, found)
            self.records.append(Record(kind.kind, path, values, lacks, spot))
        return found

    def _relationship(self, prim: Any, name: str, chunk: str, stack: list[Spec]) -> Relationship:
        """Return the targets of a relationship; USD drops those that leave a referenced asset."""
        author = next((s for s in stack if name in s.names), None)
        if author is None:
            return Relationship((), next((s.spot for s in stack if not s.session), Spot()))
        spot = Spot(author.layer, f"{author.path}.{name}")
        inside = chunk + "/"
        found = tuple(
            Target(t[len(chunk) :], local=True) if t.startswith(inside) else Target(t, local=False)
            for t in map(str, prim.GetRelationship(name).GetTargets())
        )
        if found:
            return Relationship(found, spot)
        handle = author.handle.relationships.get(name)
        written = handle.targetPathList.GetAddedOrExplicitItems() if handle else ()
        return Relationship((), spot, dropped=tuple(map(str, written)))

    def _asset(self, stack: list[Spec]) -> str:
        """Return the root prim of the deepest asset that a prim references."""
        for spec in reversed(stack):
            is_root = spec.path.count("/") == 1 and "{" not in spec.path
            if is_root and spec.layer not in self._local and spec.handle.specifier != Sdf.SpecifierClass:
                return str(spec.path[1:])
        return ""


def _matrix(cache: Any, prim: Any) -> Array:
    return np.array(to_world(cache, prim), dtype=np.float64)


@lru_cache(maxsize=256)
def _relationships(kind: type[Component]) -> tuple[str, ...]:
    """Return the full USD names of the relationships of a kind."""
    ends = (FROM, TO) if kind.is_connection else ()
    return (*(relation_name(kind.kind, r.name) for r in kind.relations), *ends)
