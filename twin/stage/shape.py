"""Box of a part and the drawn route of a connection, as their author drew them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Sdf, Tf, Usd, UsdGeom, Vt

from twin.arrays import Array
from twin.stage.faults import Faults, spot_of
from twin.stage.opinion import has_value
from twin.stage.specs import Spec, Specs
from twin.stage.transform import FARTHEST_M
from twin.stage.world import said_by, type_of

GEOMETRY = "Geometry"
# The longest hall there is takes a kilometre; a wider box is a slip of the unit.
WIDEST_M = 1.0e4
_NOTHING = np.zeros(3)
_REFUSED = np.full(3, np.nan)  # told already
_DIGITS = 6  # of a computed box, micrometres
_NO_ROUTE = np.zeros((0, 3))
_PURPOSES = 3  # extentsHint lists a box for each of default, render and proxy before that of guides
_EMPTY = 3.4e38  # the corners of a purpose that draws nothing are larger than that, the highest first
_POINTS = (Vt.Vec3fArray, Vt.Vec3dArray, Vt.Vec3hArray)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Box along the part's own axes and points of its curve.

    Attributes:
        size: Extent of the box, shape (3,).
        floor: Middle of the box's floor, from the part's origin, shape (3,).
        route: Points of the curve, shape (point, 3).
        spec: Where the curve is drawn.
        layer: Layer in which the curve is drawn.
    """

    size: Array
    floor: Array
    route: Array
    spec: str = ""
    layer: str = ""


class Shapes:
    """Measures each distinct geometry once; notes what cannot be measured."""

    def __init__(self, specs: Specs, faults: Faults) -> None:
        """Start empty."""
        self._specs, self._faults = specs, faults
        purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.proxy]
        self._boxes = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes, useExtentsHint=True)
        self._known: dict[Any, Shape] = {}

    def of(self, prim: Any, stack: list[Spec], path: str) -> Shape:
        """Return the shape of a part."""
        key = self._key(prim, stack)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._measure(prim, stack, path)
        return found

    def _key(self, prim: Any, stack: list[Spec]) -> Any:
        """Return what two parts of the same shape have in common."""
        own = tuple((s.layer, s.path) for s in stack if s.draws)
        if prim.IsInstance():
            return prim.GetPrototype().GetPath(), own
        child = prim.GetChild(GEOMETRY)
        return own, tuple((s.layer, s.path) for s in self._specs.of(child)) if child else None

    def _measure(self, prim: Any, stack: list[Spec], path: str) -> Shape:
        if not prim.IsA(UsdGeom.Curves):
            low, size = self._box(prim, path)
            floor = (low + size * np.array([0.5, 0.5, 0.0])).round(_DIGITS) + 0.0
            return Shape(size, floor, _NO_ROUTE)
        drawn = next((s for s in stack if "points" in s.names), None)
        route = self._route(drawn, path) if drawn else None
        if drawn is None or route is None:
            return Shape(_NOTHING, _NOTHING, _NO_ROUTE)
        return Shape(_NOTHING, _NOTHING, route, f"{drawn.path}.points", drawn.layer)

    def _route(self, drawn: Spec, path: str) -> Array | None:
        """Return the points of a curve, None where they are none."""
        handle = drawn.handle.properties["points"]
        is_attribute = isinstance(handle, Sdf.AttributeSpec)
        if is_attribute and not has_value(handle):
            return None
        points = handle.default if is_attribute else None
        if not isinstance(points, _POINTS):
            written = str(handle.typeName) if is_attribute else "rel"
            self._faults.add(
                "ST011", prim=path, attribute="points", spot=spot_of(handle), found=f"{written} points",
                expected="point3f[] points",
            )  # fmt: skip
            return None
        route = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        if not np.all(np.abs(route) <= FARTHEST_M):
            self._faults.add(
                "ST015", prim=path, attribute="points", spot=spot_of(handle),
                found="a point that is not finite or far from everything",
                expected=f"finite numbers up to {FARTHEST_M:g} m",
            )  # fmt: skip
            return None
        return route

    def _box(self, prim: Any, path: str) -> tuple[Array, Array]:
        """Return lowest corner and size of the box that somebody authored, else of the measured one."""
        for name in ("extentsHint", "extent"):
            attribute = prim.GetAttribute(name)
            if attribute and attribute.HasAuthoredValue():
                return self._authored(attribute, path)
        child = prim.GetChild(GEOMETRY)
        try:
            if child:
                box = self._boxes.ComputeRelativeBound(child, prim).ComputeAlignedRange()
            elif prim.IsA(UsdGeom.Boundable):
                box = self._boxes.ComputeUntransformedBound(prim).ComputeAlignedRange()
            else:
                return _NOTHING, _NOTHING
        except Tf.ErrorException as reason:
            self._refuse_measured(child or prim, path, said_by(reason)[:200])
            return _NOTHING, _REFUSED
        if box.IsEmpty():
            return _NOTHING, _NOTHING
        low, high = (np.array(corner, dtype=np.float64) for corner in (box.GetMin(), box.GetMax()))
        if what := next(_faults_of(low, high), ""):
            self._refuse_measured(child or prim, path, what)
            return _NOTHING, _REFUSED
        return low, np.array(box.GetSize(), dtype=np.float64).round(_DIGITS)

    def _authored(self, attribute: Any, path: str) -> tuple[Array, Array]:
        """Return lowest corner and size of an authored extent, of all purposes but guides together."""
        value = attribute.Get()
        if not isinstance(value, _POINTS) or len(value) < 2 or len(value) % 2:
            what = f"{len(value)} corners" if isinstance(value, _POINTS) else f"{type_of(attribute)}"
            self._refuse(attribute, path, what)
            return _NOTHING, _REFUSED
        pairs = _written(value).reshape(-1, 2, 3)[:_PURPOSES]
        drawn = [(low, high) for low, high in pairs if not (np.all(low > _EMPTY) and np.all(high < -_EMPTY))]
        for low, high in drawn:
            if what := next(_faults_of(low, high), ""):
                self._refuse(attribute, path, what)
                return _NOTHING, _REFUSED
        if not drawn:
            return _NOTHING, _NOTHING
        low = np.min([low for low, _ in drawn], axis=0)
        return low, np.max([high for _, high in drawn], axis=0) - low

    def _refuse_measured(self, prim: Any, path: str, found: str) -> None:
        """Note a box that cannot be measured, unless it is told already where the transform is written."""
        if "ST085" not in self._faults.errors():
            self._refuse(prim, path, found)

    def _refuse(self, thing: Any, path: str, found: str) -> None:
        is_attribute = isinstance(thing, Usd.Attribute)
        stack = thing.GetPropertyStack() if is_attribute else thing.GetPrimStack()
        self._faults.add(
            "ST086", prim=path, attribute=thing.GetName() if is_attribute else "extentsHint",
            spot=spot_of(stack[0]), found=found,
            expected=f"two corners, the lowest first on every axis, at most {WIDEST_M:g} m apart",
        )  # fmt: skip


def _faults_of(low: Array, high: Array) -> Iterator[str]:
    """Yield why two corners make no box."""
    shown = f"{_corner(low)}, {_corner(high)}"
    if not np.isfinite([low, high]).all():
        yield f"corners that are not finite: {shown}"
    elif np.any(high < low):
        yield f"a highest corner below the lowest: {shown}"
    elif np.any(high - low > WIDEST_M) or np.any(np.abs([low, high]) > FARTHEST_M):
        yield f"a box of {np.max(high - low):g} m: {shown}"


def _corner(values: Array) -> str:
    return f"({', '.join(f'{value:g}' for value in values)})"


def _written(values: Any) -> Array:
    """Return single-precision numbers as the decimals their author wrote: 0.6, not 0.60000002."""
    return np.asarray(values, dtype=np.float32).astype("U32").astype(np.float64)
