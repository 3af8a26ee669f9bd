"""Reads the connection points and the ratings of a SimReady asset from a composed stage."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from pxr import Gf, Usd, UsdGeom, Vt

from twin.stage.aif import (
    DOMAIN_ALIAS,
    DRY_CONTACT,
    DRY_CONTACT_OMITS,
    LATEST,
    PORT_PREFIX,
    VOCABULARIES,
    Sense,
    Vocabulary,
    port_name,
    sense,
)
from twin.stage.world import to_world

Level = Literal["below", "stub", "draft", "production"]
Point = tuple[float, float, float]
Value = float | int | bool | str | tuple[Any, ...]

SCOPE = "ConnectionPoints"
ROLE = "twin:port:role"
CORE = "aif:core:"
SPEC = "aif:spec:"

_SINGLE = struct.Struct("f")
LARGEST_SINGLE = 3.4e38


class Stated(NamedTuple):
    """A value as written and its unit; None for a unit that the vocabulary does not state."""

    value: Value
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSpec:
    """One connection point of an asset.

    Attributes:
        path: Prim path.
        name: Prim name.
        vocabulary: ``0.2.0`` when properties say what it is, ``0.1.0`` when its name does, "" when neither.
        domain: ``thermal``, ``electrical``, ``network``, ``airflow``, or as written; "" for unknown.
        direction: Role in its loop, ``supply``, ``return``, ``input`` …; "" for unknown.
        system: ``TCS``, ``FWS``, ``power`` …; "" for unknown.
        disconnect_type: How it is joined, "" for unknown.
        service_clearance_m: Free space before it; None for unknown, 0 for obstructed.
        values: Domain properties with an authored value, by short name.
        missing: Properties still outstanding, full names.
        level: Completeness: ``below`` a stub, ``stub``, ``draft``, ``production``.
        sense: Whether the medium enters or leaves the equipment, None where the vocabulary does not tell.
        role: ``twin:port:role`` that resolves ties, "" for none.
        position_m: Place in the world.
        normal: Outward normal in the world, the port's +Z.
        local_position_m: Place in the asset.
        local_normal: Outward normal in the asset.
        placed: Whether anyone authored a transform or, in 0.1.0, drew the opening.
    """

    path: str
    name: str
    vocabulary: str
    domain: str
    direction: str
    system: str
    disconnect_type: str
    service_clearance_m: float | None
    values: Mapping[str, Stated]
    missing: tuple[str, ...]
    level: Level
    sense: Sense | None
    role: str
    position_m: Point
    normal: Point
    local_position_m: Point
    local_normal: Point
    placed: bool

    def number(self, name: str) -> float | None:
        """Return a domain property as a number in its unit, None where it is absent or no number."""
        return _number(self.values.get(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """One `aif` attribute as written.

    Attributes:
        value: Value; a float32 gives the shortest decimal that it stands for.
        unit: Unit of the vocabulary; "" for text, None where none is stated.
        type: USD type as authored.
        source_attribute: Full USD name.
        evidence: Evidence class.
    """

    value: Value
    unit: str | None
    type: str
    source_attribute: str
    evidence: Literal["datasheet"] = "datasheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class AifRatings:
    """What an asset says about itself.

    Attributes:
        asset_class: ``aif:core:assetClass`` as written.
        kind: Kind of component that the class becomes, "" for an unknown class.
        version: ``aif:core:simreadyVersion`` as written.
        source: Datasheet or product page, "" for none.
        values: Known attributes with a value, by full USD name.
        unknown: Full USD names that the vocabulary does not have.
    """

    asset_class: str
    kind: str
    version: str
    source: str
    values: Mapping[str, Rating]
    unknown: tuple[str, ...]

    def number(self, name: str) -> float | None:
        """Return an ``aif:spec`` attribute as a number in its unit; None for absent, text or no unit."""
        rating = self.values.get(SPEC + name) or self.values.get(CORE + name)
        return _number(Stated(rating.value, rating.unit)) if rating and rating.unit is not None else None

    def points(self, name: str) -> tuple[tuple[float, ...], ...]:
        """Return an ``aif:spec`` curve as written, empty where it is absent or lacks a column."""
        rating = self.values.get(SPEC + name)
        value = rating.value if rating else ()
        count = len((rating.unit or "").split(",")) if rating else 0
        rows = value if isinstance(value, tuple) else ()
        return rows if all(isinstance(row, tuple) and len(row) >= count for row in rows) else ()


def ratings(prim: Usd.Prim) -> AifRatings:
    """Return the `aif:core` and `aif:spec` attributes of an asset with their units."""
    version = _text(prim, CORE + "simreadyVersion")
    vocabulary = vocabulary_of(prim)
    token = _text(prim, CORE + "assetClass")
    found = vocabulary.asset_class(token)
    known = {CORE + n.name: n for n in vocabulary.core}
    known |= {SPEC + n.name: n for n in (found.names if found else ())}
    values: dict[str, Rating] = {}
    unknown = []
    for attribute in prim.GetAuthoredPropertiesInNamespace("aif"):
        name = attribute.GetName()
        if name not in known:
            unknown.append(name)
        elif (value := authored(prim, name)) is not None:
            unit, written = known[name].unit, str(attribute.GetTypeName())
            values[name] = Rating(value=value, unit=unit, type=written, source_attribute=name)
    return AifRatings(
        asset_class=token,
        kind=found.kind if found else "",
        version=version,
        source=_text(prim, CORE + "connectsToModelDocumentation"),
        values=values,
        unknown=tuple(unknown),
    )


def ports(prim: Usd.Prim, *, cache: UsdGeom.XformCache | None = None) -> tuple[PortSpec, ...]:
    """Return the connection points of an asset in the order of their names.

    Args:
        prim: Root prim of the asset, wherever it is composed.
        cache: Transforms to share between assets of one stage.
    """
    cache = cache or UsdGeom.XformCache()
    found = VOCABULARIES["0.2.0"].asset_class(_text(prim, CORE + "assetClass"))
    kind = found.kind if found else ""
    specs = (_port(prim, port, kind, cache) for port in port_prims(prim))
    return tuple(sorted(specs, key=lambda spec: (spec.name, spec.path)))


def port_prims(prim: Usd.Prim) -> Iterator[Usd.Prim]:
    """Yield each child of the scope, and each deeper prim with a connection point property."""
    scope = prim.GetChild(SCOPE)
    if not scope:
        return
    for candidate in Usd.PrimRange(scope, Usd.TraverseInstanceProxies()):
        direct = candidate.GetParent() == scope
        if candidate != scope and (direct or candidate.GetAuthoredPropertiesInNamespace(PORT_PREFIX[:-1])):
            yield candidate


def vocabulary_of(prim: Usd.Prim) -> Vocabulary:
    """Return the vocabulary that the asset's version selects, the latest for an unknown one."""
    return VOCABULARIES.get(_text(prim, CORE + "simreadyVersion"), LATEST)


def authored(prim: Usd.Prim, name: str) -> Value | None:
    """Return an authored value as plain Python, None where nobody said. A written zero is data."""
    attribute = prim.GetAttribute(name)
    value = attribute.Get() if attribute and attribute.HasAuthoredValue() else None
    return None if value is None else _plain(value)


def _port(asset: Usd.Prim, prim: Usd.Prim, kind: str, cache: UsdGeom.XformCache) -> PortSpec:
    """Read one connection point by its properties, else by its name."""
    names = [p.GetName() for p in prim.GetAuthoredPropertiesInNamespace(PORT_PREFIX[:-1])]
    found = ((name.removeprefix(PORT_PREFIX), authored(prim, name)) for name in names)
    own = {name: value for name, value in found if value is not None}
    if DOMAIN_ALIAS in own:
        own.setdefault("domain", own[DOMAIN_ALIAS])
    said = {n.name: own[n.name] if isinstance(own.get(n.name), str) else "" for n in LATEST.base}
    named = None if names else port_name(prim.GetName())
    if named:
        said |= {"domain": named.domain, "direction": named.direction, "system": named.system}
    domain, direction, system = (str(said[name]) for name in ("domain", "direction", "system"))
    entries = LATEST.domains.get(domain, ())
    values = {n.name: Stated(own[at], n.unit) for n in entries if (at := f"{domain}:{n.name}") in own}
    missing = _outstanding(own, domain, values)
    return PortSpec(
        path=str(prim.GetPath()),
        name=prim.GetName(),
        vocabulary="0.2.0" if names else "0.1.0" if named else "",
        domain=domain,
        direction=direction,
        system=system,
        disconnect_type=str(said["disconnectType"]),
        service_clearance_m=_number(Stated(own.get("serviceClearance", ""), "m")),
        values=values,
        missing=missing,
        level=_level(values, missing),
        sense=sense(kind, domain, system, direction),
        role=_text(prim, ROLE),
        **_place(asset, prim, cache),
    )


def _outstanding(own: Mapping[str, Value], domain: str, values: Mapping[str, Stated]) -> tuple[str, ...]:
    """Return the full names of base and domain properties that have no value."""
    dry = values.get("connectorType", Stated("", "")).value == DRY_CONTACT
    omitted = DRY_CONTACT_OMITS if dry else ()
    base = [n.name for n in LATEST.base if n.name not in own]
    more = [n.name for n in LATEST.domains.get(domain, ()) if n.name not in values and n.name not in omitted]
    return (*(PORT_PREFIX + name for name in base), *(f"{PORT_PREFIX}{domain}:{name}" for name in more))


def _level(values: Mapping[str, Stated], missing: tuple[str, ...]) -> Level:
    """Return how complete a port is; a missing base property is below a stub."""
    if any(name.count(":") == PORT_PREFIX.count(":") for name in missing):
        return "below"
    if not values:
        return "stub"
    return "draft" if missing else "production"


def _place(asset: Usd.Prim, prim: Usd.Prim, cache: UsdGeom.XformCache) -> dict[str, Any]:
    """Return where a port is and where it faces, in the world and in the asset."""
    scale = UsdGeom.GetStageMetersPerUnit(prim.GetStage())
    world = to_world(cache, prim)
    local = world * to_world(cache, asset).GetInverse()
    opening = _drawn_opening(prim)
    centre, normal = opening or (Gf.Vec3d(0), Gf.Vec3d.ZAxis())
    return {
        "position_m": _point(world.Transform(centre) * scale),
        "normal": _point(world.TransformDir(normal).GetNormalized()),
        "local_position_m": _point(local.Transform(centre) * scale),
        "local_normal": _point(local.TransformDir(normal).GetNormalized()),
        "placed": opening is not None or _has_transform(asset, prim),
    }


def _drawn_opening(prim: Usd.Prim) -> tuple[Gf.Vec3d, Gf.Vec3d] | None:
    """Return centre and normal of the plane or disk that is a port in 0.1.0, None for anything else."""
    if not prim.IsA(UsdGeom.Mesh):
        return None
    mesh = UsdGeom.Mesh(prim)
    drawn = mesh.GetPointsAttr().Get()
    points = np.array(drawn, dtype=float) if isinstance(drawn, Vt.Vec3fArray) else np.zeros((0, 3))
    if len(points) < 3 or not np.isfinite(points).all():
        return None
    centre = 0.5 * (points.min(axis=0) + points.max(axis=0))
    corners = points[_first_face(mesh, len(points))]
    normal = np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0) if len(corners) else np.zeros(3)
    return Gf.Vec3d(*centre.tolist()), Gf.Vec3d(*normal.tolist()) if normal.any() else Gf.Vec3d.ZAxis()


def _first_face(mesh: UsdGeom.Mesh, count: int) -> list[int]:
    """Return the corners of the first face, none where they are not told."""
    counts, corners = mesh.GetFaceVertexCountsAttr().Get(), mesh.GetFaceVertexIndicesAttr().Get()
    if not isinstance(counts, Vt.IntArray) or not isinstance(corners, Vt.IntArray) or not counts:
        return []
    face = list(corners[: counts[0]])
    return face if all(0 <= corner < count for corner in face) else []


def _has_transform(asset: Usd.Prim, prim: Usd.Prim) -> bool:
    """Return whether anyone authored a transform between the asset's root and the port."""
    while prim and prim != asset:
        if prim.IsA(UsdGeom.Xformable) and authored(prim, "xformOpOrder"):
            return True
        prim = prim.GetParent()
    return False


def _point(vector: Gf.Vec3d) -> Point:
    return float(vector[0]), float(vector[1]), float(vector[2])


def _text(prim: Usd.Prim, name: str) -> str:
    value = authored(prim, name)
    return value if isinstance(value, str) else ""


def _number(stated: Stated | None) -> float | None:
    """Return a value as a float; None for text, truth values and curves."""
    value = stated.value if stated else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _plain(value: Any) -> Value:
    """Return a value without pxr types; a single-precision number as the decimal its author wrote."""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _decimal(value)
    return tuple(map(_plain, value)) if hasattr(value, "__len__") else str(value)


def _decimal(value: float) -> float:
    """Return the shortest decimal that a single-precision number stands for, any other number as it is."""
    if not abs(value) < LARGEST_SINGLE or _SINGLE.unpack(_SINGLE.pack(value))[0] != value:
        return value
    shortest = (float(f"{value:.{digits}g}") for digits in (6, 7, 8, 9))
    return next(short for short in shortest if _SINGLE.unpack(_SINGLE.pack(short))[0] == value)
