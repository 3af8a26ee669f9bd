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
from twin.stage.simready_read import SCOPE
from twin.stage.specs import OWN, Spec, Specs
from twin.stage.targets import Frames, Relationship, composed, relationship, relocates
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


@dataclass(slots=True)
class _Alike:
    """What prims that rest on the same specifications have in common.

    Attributes:
        number: Its number.
        stack: The specifications, strongest first.
        kind: Kind, None for what is no part.
        children: Names of what may lie right below.
        selects: Whether variants are selected.
        twofold: Whether the schemas name several kinds.
        strange: Whether there are attributes that no prim without a kind has.
        unmoved: Whether its transform is still to be checked.
        spot: Where it is defined.
        located: Opinion number of that place.
        own: Identity, redundancy group, whether it stands by.
        asset: Name of the asset it references, "" for none.
        simready: Whether its ports say something about the part.
        authors: Who writes each relationship of the kind, None for nobody.
        records: Set of ports, where they matter, to the number of the record.
        shape: Size and route, where nothing below has a say.
    """

    number: int
    stack: list[Spec]
    kind: type[Component] | None
    children: frozenset[str]
    selects: bool
    twofold: bool
    strange: bool
    unmoved: bool = True
    spot: Spot = NOWHERE
    located: int = -1
    own: tuple[str, str, bool] = ("", "", False)
    asset: str = ""
    simready: bool = False
    authors: dict[str, Spec | None] = field(default_factory=dict)
    records: dict[int, int] = field(default_factory=dict)
    shape: Shape | None = None


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
        self.frames = Frames(self._local, relocates=relocates(stage.GetUsedLayers()))
        self._specs = Specs(stage.GetSessionLayer())
        self._cache = UsdGeom.XformCache()
        self._values = Values(faults, opinions)
        self._shapes = Shapes(self._specs, faults)
        self.openings = Openings(faults, self._cache, self._specs)
        self._known: dict[Any, int] = {}
        self._alikes: dict[tuple[Any, ...], _Alike] = {}
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
                alike, rel = self._alike(prim), str(prim.GetPath())[len(name) :]
                if not name:
                    self.frames.enter(rel, alike.number, alike.stack)
                if alike.unmoved:
                    alike.unmoved = False
                    inside = f"/{GEOMETRY}/" in f"{home}{rel}/"
                    check_transform(prim, home + rel, self._faults, drawing=inside)
                if alike.selects:
                    self._check_selections(prim, home + rel)
                if alike.twofold:
                    self._check_one_kind(prim, home + rel)
                if alike.kind is not None:
                    chunk.places.append(self._place(prim, alike, alike.kind, (name, home), rel))
                elif alike.strange:
                    self._check_kind(prim, None, home + rel, -1, alike.stack)

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

    def _alike(self, prim: Any) -> _Alike:
        """Return what a prim shares with all that rest on the same specifications; looked at once."""
        handles = tuple(prim.GetPrimStack())
        found = self._alikes.get(handles)
        if found is None:
            stack = [self._specs.known(h) for h in handles]
            found = self._alikes[handles] = self._first(prim, len(self._alikes), stack)
        return found

    def _first(self, prim: Any, number: int, stack: list[Spec]) -> _Alike:
        named = self._named(prim)
        kind = self._apis[named[0]] if named else self._simready_kind(prim)
        alike = _Alike(
            number=number,
            stack=stack,
            kind=kind,
            children=frozenset[str]().union(*(s.children for s in stack)),
            selects=prim.HasAuthoredMetadata("variantSelection"),
            twofold=len(named) > 1,
            strange=kind is None and any(self._strange(stack, None)),
        )
        if kind is not None:
            own = {n for s in stack for n in OWN & s.names}
            alike.spot = next((s.spot for s in stack if not s.session), NOWHERE)
            alike.own = (
                str(prim.GetAttribute(ID).Get() or "") if ID in own else "",
                str(prim.GetAttribute(GROUP).Get() or "") if GROUP in own else "",
                bool(prim.GetAttribute(STANDBY).Get()) if STANDBY in own else False,
            )
            alike.asset = self._asset(stack)
            alike.simready = any(ASSET_CLASS in s.names for s in stack)
            alike.authors = {n: next((s for s in stack if n in s.names), None) for n in _relationships(kind)}
        return alike

    def _named(self, prim: Any) -> list[str]:
        """Return the schemas of kinds that a prim has."""
        return [n for n in prim.GetPrimTypeInfo().GetAppliedAPISchemas() if n in self._apis]

    def _check_one_kind(self, prim: Any, path: str) -> None:
        author = next(s for s in prim.GetPrimStack() if s.HasInfo("apiSchemas"))
        self._faults.add(
            "ST021",
            prim=path,
            attribute="apiSchemas",
            spot=spot_of(author, "apiSchemas"),
            found=" and ".join(self._named(prim)),
            expected="one kind",
        )

    def _simready_kind(self, prim: Any) -> type[Component] | None:
        """Return the kind that the class of a SimReady asset becomes."""
        if prim.GetTypeName() == "Xform" and (attribute := prim.GetAttribute(ASSET_CLASS)):
            found = LATEST.asset_class(str(attribute.Get() or ""))
            return kinds().get(found.kind) if found else None
        return None

    def _strange(self, stack: list[Spec], kind: type[Component] | None) -> Iterator[str]:
        """Yield the attributes of kinds that the prim is not of."""
        own = (f"twin:{camel(kind.kind)}:", "twin:connection:") if kind else ()
        named = frozenset[str]().union(*(s.names for s in stack)) & self._declared.keys()
        for name in (n for n in named if n.startswith("twin:") and not n.startswith(own)):
            if name != ID and not (kind and name in OWN):
                yield name

    def _check_kind(
        self, prim: Any, kind: type[Component] | None, path: str, record: int, stack: list[Spec]
    ) -> None:
        """Note attributes of a kind that the prim is not of."""
        for name in self._strange(stack, kind):
            self._faults.add(
                "ST022",
                prim=path,
                attribute=name,
                spot=spot_of(prim.GetProperty(name).GetPropertyStack()[0]),
                record=record,
                found=f"the prim is {'of kind ' + kind.kind if kind else 'of no kind'}",
                expected="the schema of the attribute's kind",
            )

    def _place(
        self, prim: Any, alike: _Alike, kind: type[Component], chunk: tuple[str, str], rel: str
    ) -> Place:
        name, path = chunk[0], chunk[1] + rel
        openings = self.openings.of(prim, path) if SCOPE in alike.children else 0
        number = openings if alike.simready else -1
        record = alike.records.get(number)
        if record is None:
            record = alike.records[number] = self._record(prim, kind, path, alike, number)
        if alike.located < 0:
            alike.located = self._values.located(alike.spot)
        identity, group, standby = alike.own
        return Place(
            rel=rel,
            path=path,
            record=record,
            openings=openings,
            shape=self._shape(prim, alike, path),
            matrix=_matrix(self._cache, prim),
            relationships={
                n: Relationship((), alike.spot) if a is None else self._relationship(prim, n, name, a)
                for n, a in alike.authors.items()
            },
            id=identity,
            group=group,
            standby=standby,
            located=alike.located,
            spot=alike.spot,
            asset=alike.asset,
        )

    def _relationship(self, prim: Any, name: str, chunk: str, author: Spec) -> Relationship:
        """Return what a relationship names; within an instance USD is asked, and that only once."""
        path = str(prim.GetPath())
        found = composed(prim, name) if chunk else self.frames.targets(prim, path, name)
        return relationship(found, name, chunk, author)

    def _shape(self, prim: Any, alike: _Alike, path: str) -> Shape:
        """Return the shape of a part; without geometry below, prims that are alike have the same."""
        if GEOMETRY in alike.children or prim.IsInstance():
            return self._shapes.of(prim, alike.stack, path)
        if alike.shape is None:
            alike.shape = self._shapes.of(prim, alike.stack, path)
        return alike.shape

    def _record(self, prim: Any, kind: type[Component], path: str, alike: _Alike, openings: int) -> int:
        """Return the number of the record of a prim, read when its specifications are met first."""
        key = (kind.kind, openings, *((s.layer, s.path) for s in alike.stack if s.tells))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self.records)
            self._check_kind(prim, kind, path, found, alike.stack)
            values, lacks = self._values.read(prim, kind, alike.stack, path, found)
            self.records.append(Record(kind.kind, path, values, lacks, alike.spot))
        return found

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
