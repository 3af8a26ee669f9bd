"""Size of a part's box and the drawn route of a connection."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from twin.arrays import Array
from twin.stage.specs import Spec, Specs

GEOMETRY = "Geometry"
_NO_SIZE = np.zeros(3)
_DIGITS = 6  # of a computed box, micrometres
_NO_ROUTE = np.zeros((0, 3))


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Extent of the box along the part's own axes, shape (3,), and points of its curve, shape (point, 3)."""

    size: Array
    route: Array
    spec: str = ""
    layer: str = ""


class Shapes:
    """Measures each distinct geometry once."""

    def __init__(self, specs: Specs) -> None:
        """Start empty."""
        self._specs = specs
        purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.proxy]
        self._boxes = UsdGeom.BBoxCache(Usd.TimeCode.Default(), purposes, useExtentsHint=True)
        self._known: dict[Any, Shape] = {}

    def of(self, prim: Any, stack: list[Spec]) -> Shape:
        """Return the shape of a part."""
        key = self._key(prim, stack)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._measure(prim, stack)
        return found

    def _key(self, prim: Any, stack: list[Spec]) -> Any:
        """Return what two parts of the same shape have in common."""
        own = tuple((s.layer, s.path) for s in stack if s.draws)
        if prim.IsInstance():
            return prim.GetPrototype().GetPath(), own
        child = prim.GetChild(GEOMETRY)
        return own, tuple((s.layer, s.path) for s in self._specs.of(child)) if child else None

    def _measure(self, prim: Any, stack: list[Spec]) -> Shape:
        if not prim.IsA(UsdGeom.Curves):
            return Shape(self._size(prim), _NO_ROUTE)
        drawn = next((s for s in stack if "points" in s.names), None)
        points = drawn.handle.properties["points"].default if drawn else None
        if drawn is None or points is None:
            return Shape(_NO_SIZE, _NO_ROUTE)
        route = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        return Shape(_NO_SIZE, route, f"{drawn.path}.points", drawn.layer)

    def _size(self, prim: Any) -> Array:
        """Return the extent that somebody authored, else the measured one."""
        for name in ("extentsHint", "extent"):
            attribute = prim.GetAttribute(name)
            extent = attribute.Get() if attribute and attribute.HasAuthoredValue() else None
            if extent is not None and len(extent) >= 2:
                low, high = _written(extent)[:2]
                return np.asarray(high - low)
        child = prim.GetChild(GEOMETRY)
        if child:
            box = self._boxes.ComputeRelativeBound(child, prim).ComputeAlignedRange()
        elif prim.IsA(UsdGeom.Boundable):
            box = self._boxes.ComputeUntransformedBound(prim).ComputeAlignedRange()
        else:
            return _NO_SIZE
        size: Array = np.array(box.GetSize(), dtype=np.float64)
        return _NO_SIZE if box.IsEmpty() else size.round(_DIGITS)


def _written(values: Any) -> Array:
    """Return single-precision numbers as the decimals their author wrote: 0.6, not 0.60000002."""
    return np.asarray(values, dtype=np.float32).astype("U32").astype(np.float64)
