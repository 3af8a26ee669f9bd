"""What is wrong with the transform of a prim: USD cannot compute it, or nothing can stand in it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from pxr import Tf, Usd, UsdGeom, Vt

from twin.arrays import Array
from twin.stage.faults import Faults, Spot, spot_of
from twin.stage.world import said_by, type_of

# Surveyors' grids count up to ten million metres from their origin; what is farther is a slip.
FARTHEST_M = 2.0e7
# Nothing is drawn at a ten thousandth of its size: a determinant below its cube is a flat part.
_FLAT = 1e-12
_ROUNDED = 1e-9
_ORDER = "xformOpOrder"
_INVERT, _RESET = "!invert!", "!resetXformStack!"
_A_MATRIX = "a transform of finite numbers"


class _Slip(NamedTuple):
    """What is wrong with the transform of one prim: the attribute, what stands there, what would be right."""

    attribute: str
    found: str
    expected: str


def check_transform(prim: Any, path: str, faults: Faults, *, drawing: bool = False) -> None:
    """Note what keeps a prim from standing where its author placed it; a drawing may be mirrored."""
    ops = {p.GetName() for p in prim.GetAuthoredPropertiesInNamespace("xformOp")}
    order = prim.GetProperty(_ORDER)
    listed = bool(order) and order.IsAuthored()
    if not ops and not listed:
        return
    slip = _slip(prim, order, drawing=drawing) if listed else None
    if slip is not None:
        faults.add(
            "ST085", prim=path, attribute=slip.attribute, spot=_spot(prim, slip.attribute),
            found=slip.found, expected=slip.expected,
        )  # fmt: skip
        return
    for name in sorted(ops) if not listed else ():
        faults.add(
            "ST085", prim=path, attribute=name, spot=_spot(prim, name), severity="warning",
            found=f"no {_ORDER}, so that it moves nothing",
            expected=f'uniform token[] {_ORDER} = ["{name}"], or no such attribute',
        )  # fmt: skip


def _slip(prim: Any, order: Any, *, drawing: bool) -> _Slip | None:
    """Return what is wrong with the transform of a prim, None for nothing."""
    if not prim.IsA(UsdGeom.Xformable):
        kind = f"a prim of type {prim.GetTypeName()}" if prim.GetTypeName() else "a prim without type"
        return _Slip(_ORDER, f"{kind}, which USD does not move", f'def Xform "{prim.GetName()}"')
    names = [str(name) for name in _listed(order)]
    if not names and type_of(order) != "token[]":
        return _Slip(_ORDER, f"{type_of(order)} {_ORDER}", f"uniform token[] {_ORDER}")
    for name in names:
        if name != _RESET and (slip := _slip_of_op(prim, name)):
            return slip
    try:
        matrix = np.array(UsdGeom.Xformable(prim).GetLocalTransformation())
    except Tf.ErrorException as reason:
        return _Slip(_ORDER, said_by(reason), "a transform that USD can compute")
    return next(_slips_of_matrix(matrix, drawing=drawing), None)


def _slip_of_op(prim: Any, name: str) -> _Slip | None:
    """Return what is wrong with one operation of a transform."""
    plain = name.removeprefix(_INVERT)
    attribute = prim.GetAttribute(plain)
    if not attribute:
        ops = [p.GetName() for p in prim.GetAuthoredPropertiesInNamespace("xformOp")]
        return _Slip(_ORDER, f"'{plain}' is no attribute of the prim", f"one of {', '.join(ops) or 'none'}")
    if attribute.Get() is None:
        return _Slip(plain, "no value", "a value that holds at every time")
    try:
        matrix = UsdGeom.XformOp(attribute, name != plain).GetOpTransform(Usd.TimeCode.Default())
    except (Tf.ErrorException, RuntimeError) as reason:
        written = f"{type_of(attribute)} {plain} = {attribute.Get()}"
        return _Slip(plain, written[:120], f"an operation that UsdGeom knows; {said_by(reason)}"[:200])
    if not np.isfinite(np.array(matrix)).all():
        return _Slip(plain, f"{attribute.Get()}"[:120], _A_MATRIX)
    return None


def _slips_of_matrix(matrix: Array, *, drawing: bool) -> Iterator[_Slip]:
    """Yield why nothing real stands in a transform."""
    if not np.isfinite(matrix).all():
        yield _Slip(_ORDER, "numbers that overflow", _A_MATRIX)
        return
    # The inverse of a pivot leaves rounding there.
    if np.abs(matrix[:, 3] - [0.0, 0.0, 0.0, 1.0]).max() > _ROUNDED:
        yield _Slip(_ORDER, "a transform with perspective", "last column 0, 0, 0, 1")
    if np.abs(matrix[3, :3]).max() > FARTHEST_M:
        far = float(np.abs(matrix[3, :3]).max())
        yield _Slip(_ORDER, f"{far:g} m from its parent", f"at most {FARTHEST_M:g} m")
    scale = np.linalg.norm(matrix[:3, :3], axis=1)
    volume = float(np.linalg.det(matrix[:3, :3]))
    if not drawing and volume <= _FLAT:
        what = "mirrored" if volume < -_FLAT else "flat"
        yield _Slip(
            _ORDER, f"a transform that is {what}: scale {_row(scale)}", "scales above 0 on every axis"
        )
    elif scale.max() > FARTHEST_M:
        yield _Slip(_ORDER, f"scale {_row(scale)}", f"at most {FARTHEST_M:g}")


def _listed(order: Any) -> Any:
    """Return the operations that move a prim; text of another type than USD reads lists none."""
    value = order.Get() if isinstance(order, Usd.Attribute) else None
    return value if isinstance(value, Vt.TokenArray) else ()


def _row(values: Array) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _spot(prim: Any, attribute: str) -> Spot:
    """Return where an attribute is authored, else where the prim is."""
    own = prim.GetProperty(attribute)
    stack = own.GetPropertyStack() if own else ()
    return spot_of(stack[0] if stack else prim.GetPrimStack()[0])
