"""Judges one authored opinion against the declaration of its attribute."""

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from pxr import Sdf

from twin.errors import UnitError
from twin.stage.declared import Property
from twin.stage.schema import UNIT_FIELD
from twin.units import check_unit, parse

_LIKE = {
    "double": {"float", "half", "int", "int64", "uint", "uint64", "uchar"},
    "float": {"double", "half", "int"},
    "int": {"int64", "uint", "uint64", "uchar"},
    "token": {"string"},
    "string": {"token"},
    "double2[]": {"float2[]", "half2[]", "point2d[]"},
}


class Complaint(NamedTuple):
    """What is wrong with one opinion."""

    code: str
    found: str
    expected: str
    severity: Literal["error", "warning"] | None = None


def has_value(spec: Any) -> bool:
    """Return whether an attribute specification says something; a blocked value says nothing."""
    return bool(spec.HasDefaultValue()) and not isinstance(spec.default, Sdf.ValueBlock)


def own_unit(spec: Any) -> str:
    """Return the unit metadata of one opinion, "" for none."""
    if not spec.HasInfo(UNIT_FIELD):
        return ""
    written = spec.GetInfo(UNIT_FIELD)
    # A binary layer saved by a program without our plugin keeps the unit as an unknown, quoted value.
    return str(getattr(written, "value", written)).strip('"')


def complaints(spec: Any, prop: Property) -> Iterator[Complaint]:
    """Yield what is wrong with an opinion, whatever wins in the end."""
    if prop.type == "rel":
        if not isinstance(spec, Sdf.RelationshipSpec):
            yield Complaint("ST011", f"an attribute of type {spec.typeName}", f"rel {prop.name}")
        return
    if not isinstance(spec, Sdf.AttributeSpec):
        yield Complaint("ST011", "a relationship", f"{prop.type} {prop.name}")
        return
    written = str(spec.typeName)
    if written != prop.type:
        like = written in _LIKE.get(prop.type, ())
        found = f"{written} {_shown(spec.default)}" if has_value(spec) else written
        yield Complaint("ST011", found, _as_declared(spec, prop), "warning" if like else "error")
        if not like:
            return
    yield from _unit_complaints(spec, prop)
    if has_value(spec):
        yield from _value_complaints(spec.default, prop)


def wrong_type(found: Iterable[Complaint]) -> bool:
    """Return whether a value cannot be used."""
    return any((c.severity or "error") == "error" for c in found)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean …?`` for the nearest known words, "" for none near."""
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else ""


def _unit_complaints(spec: Any, prop: Property) -> Iterator[Complaint]:
    unit = own_unit(spec)
    if not unit or unit == prop.unit:
        return
    if not prop.unit:
        yield Complaint("ST017", f"{UNIT_FIELD} = '{unit}'", "no unit: this is no quantity")
        return
    if prop.param is None:
        yield Complaint(
            "ST017", f"{UNIT_FIELD} = '{unit}'", f"the unit {prop.unit}, which cannot be changed here"
        )
        return
    names = (prop.param.x_name, prop.param.name) if prop.param.form == "curve" else (prop.param.name,)
    columns = unit.split(";")
    if len(columns) != len(names):
        yield Complaint("ST017", f"{UNIT_FIELD} = '{unit}'", f"one unit per column, like '{prop.unit}'")
        return
    for column, name in zip(columns, names, strict=True):
        try:
            check_unit(column, name)
        except UnitError as reason:
            yield Complaint("ST017", f"{UNIT_FIELD} = '{unit}'", str(reason))


def _value_complaints(value: Any, prop: Property) -> Iterator[Complaint]:
    if prop.type == "double" and not math.isfinite(value):
        yield Complaint("ST015", f"{value}", f"a finite number [{prop.unit}]")
    elif prop.type == "double2[]":
        points = [(float(x), float(y)) for x, y in value]
        if not all(math.isfinite(x) and math.isfinite(y) for x, y in points):
            yield Complaint("ST015", "a point that is not finite", f"finite numbers [{prop.unit}]")
        elif trouble := curve_trouble(points, prop.param.points if prop.param else 1):
            yield Complaint("ST019", *trouble)
    elif prop.tokens and value not in prop.tokens:
        hint = nearest(str(value), prop.tokens)
        yield Complaint("ST012", f"'{value}'", hint or f"one of {', '.join(prop.tokens)}")


def curve_trouble(points: Sequence[tuple[float, ...]], least: int) -> tuple[str, str] | None:
    """Return what is wrong with the points of a curve and what would be right, None for nothing."""
    if any(b[0] <= a[0] for a, b in pairwise(points)):
        return f"{len(points)} points, first column not rising", "points in rising order"
    if len(points) < max(least, 1):
        return f"{len(points)} point{'' if len(points) == 1 else 's'}", f"{max(least, 1)} points or more"
    return None


def _as_declared(spec: Any, prop: Property) -> str:
    """Return the line that the author should have written."""
    unit = f", in {prop.unit}" if prop.unit else ""
    text = str(spec.default) if has_value(spec) else ""
    try:
        number, written = parse(text)
    except UnitError:
        return f"{prop.type} {prop.name}{unit}"
    if prop.type == "double" and written in {None, prop.unit}:
        return f"{prop.type} {prop.name} = {number:g}{unit}"
    return f"{prop.type} {prop.name}{unit}"


def _shown(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) < 60 else text[:57] + "..."


def missing_selections(prim: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Yield set, selection and offered selections wherever a prim selects what does not exist."""
    sets = prim.GetVariantSets()
    names = sets.GetNames()
    for name, chosen in sets.GetAllVariantSelections().items():
        offered = list(sets.GetVariantSet(name).GetVariantNames()) if name in names else []
        if chosen and chosen not in offered:
            yield name, chosen, offered
