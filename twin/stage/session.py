"""Variant selections and overrides of a run, as opinions of the session layer only."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pxr import Sdf, Vt

from twin.errors import UnitError, UsageError
from twin.stage.declared import RESULT_PREFIX, Property, api_name, declared
from twin.stage.faults import SESSION
from twin.stage.schema import UNIT_FIELD
from twin.units import check_unit, parse

_VARIANT = re.compile(r"(?P<prim>/[\w/]*):(?P<set>[\w-]+)=(?P<selection>[\w.|-]*)")
_OVERRIDE = re.compile(r"(?P<prim>/[\w/]+)\.(?P<attribute>[\w:]+)=(?P<value>.*)", re.DOTALL)
_POINT = re.compile(r"\(\s*([^,()\s]+)\s*,\s*([^,()\s]+)\s*\)")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Choice:
    """One variant selection: prim, variant set, selection."""

    prim: str
    set: str
    selection: str


@dataclass(frozen=True, slots=True)
class Override:
    """One attribute value, as written on the command line."""

    prim: str
    attribute: str
    value: str


def parse_choice(text: str) -> Choice:
    """Return the parts of ``/World:cooling=air``.

    Raises:
        UsageError: The text is not of this form.
    """
    match = _VARIANT.fullmatch(text)
    if not match:
        raise UsageError(f"'{text}' is no variant selection; write it like /World:cooling=air")
    return Choice(match["prim"].rstrip("/"), match["set"], match["selection"])


def parse_override(text: str) -> Override:
    """Return the parts of ``/World/Rack_01.twin:rack:itPower=142kW``.

    Raises:
        UsageError: The text is not of this form.
    """
    match = _OVERRIDE.fullmatch(text)
    if not match:
        raise UsageError(f"'{text}' is no override; write it like /World/Rack_01.twin:rack:itPower=142kW")
    return Override(match["prim"].rstrip("/"), match["attribute"], match["value"].strip())


def session_layer(choices: Sequence[Choice], overrides: Sequence[Override]) -> Any:
    """Return a new session layer that carries the selections and overrides.

    Raises:
        UsageError: An attribute, word or unit does not exist.
    """
    layer = Sdf.Layer.CreateAnonymous(SESSION)
    with Sdf.ChangeBlock():
        for choice in choices:
            _prim(layer, choice.prim).variantSelections[choice.set] = choice.selection
        for override in overrides:
            author(layer, override)
    return layer


def check_choices(stage: Any, choices: Iterable[Choice]) -> None:
    """Refuse a selection of what the composed stage does not offer.

    Raises:
        UsageError: The prim, variant set or selection does not exist.
    """
    for choice in choices:
        if _is_broadcast(choice.prim):
            _check_class(stage, choice.prim)
            continue
        sets = _existing(stage, choice.prim).GetVariantSets()
        names = sorted(sets.GetNames())
        if choice.set not in names:
            raise UsageError(f"{choice.prim} has no variant set '{choice.set}'{_instead(choice.set, names)}")
        offered = sets.GetVariantSet(choice.set).GetVariantNames()
        if choice.selection not in offered:
            raise UsageError(
                f"{choice.prim} has no {choice.set}='{choice.selection}'{_instead(choice.selection, offered)}"
            )


def check_overrides(stage: Any, overrides: Iterable[Override]) -> None:
    """Refuse an override of what the composed stage does not hold.

    Raises:
        UsageError: The prim does not exist or is not of the attribute's kind.
    """
    for override in overrides:
        if _is_broadcast(override.prim):
            _check_class(stage, override.prim)
            continue
        prim = _existing(stage, override.prim)
        kind = override.attribute.split(":")[1]
        apis = list(prim.GetPrimTypeInfo().GetAppliedAPISchemas())
        wanted = {api_name(p) for p in _kinds_named(kind)}
        if wanted and not wanted & set(apis) and not prim.GetAttribute("aif:core:assetClass"):
            own = ", ".join(a for a in apis if a.startswith("Twin")) or "no Twin schema"
            raise UsageError(f"{override.prim} has no {override.attribute}: it has {own}")


def author(layer: Any, override: Override) -> Any:
    """Write one override with the unit as written beside it, and return its specification.

    Raises:
        UsageError: The attribute, word or unit does not exist.
    """
    prop = declared().get(override.attribute)
    if prop is None or prop.type == "rel" or override.attribute.startswith((RESULT_PREFIX, "simready:")):
        names = [p.name for p in declared().values() if p.type != "rel" and p.name.startswith("twin:")]
        raise UsageError(f"there is no attribute {override.attribute}{_instead(override.attribute, names)}")
    value, unit = _value(override, prop)
    attribute = Sdf.AttributeSpec(
        _prim(layer, override.prim), override.attribute, Sdf.ValueTypeNames.Find(prop.type)
    )
    attribute.default = value
    if unit:
        attribute.SetInfo(UNIT_FIELD, unit)
    return attribute


def _value(override: Override, prop: Property) -> tuple[Any, str]:
    """Return the value to author and the unit it is written in, "" for the declared one."""
    try:
        if prop.type == "double":
            value, unit = parse(override.value)
            if unit and prop.param:
                check_unit(unit, prop.param.name)
            return value, unit or prop.unit  # a weaker layer may name another unit
        if prop.type == "double2[]":
            return Vt.Vec2dArray(_points(override.value)), prop.unit
    except (UnitError, ValueError) as reason:
        raise UsageError(f"{override.attribute}={override.value}: {reason}") from None
    if prop.type == "bool":
        if override.value.lower() not in _TRUTH:
            raise UsageError(f"{override.attribute}={override.value}: write true or false")
        return _TRUTH[override.value.lower()], ""
    if prop.tokens and override.value not in prop.tokens:
        raise UsageError(
            f"{override.attribute} is not '{override.value}'{_instead(override.value, prop.tokens)}"
        )
    return override.value, ""


def _points(text: str) -> list[tuple[float, float]]:
    """Return the points of a curve as written on the command line."""
    pairs = [(float(x), float(y)) for x, y in _POINT.findall(text)]
    if not pairs:
        raise UnitError("write a curve like [(0, 20), (120, 77)], in the declared units")
    return pairs


def _prim(layer: Any, path: str) -> Any:
    """Return the specification of a prim, a class for what is broadcast to every prim that inherits it."""
    spec = Sdf.CreatePrimInLayer(layer, path)
    if _is_broadcast(path):
        layer.GetPrimAtPath(Sdf.Path(path).GetPrefixes()[0]).specifier = Sdf.SpecifierClass
    return spec


def _is_broadcast(path: str) -> bool:
    return path.startswith("/_class_")


def _check_class(stage: Any, path: str) -> None:
    """Refuse a class that no layer defines."""
    root = str(Sdf.Path(path).GetPrefixes()[0])
    session = stage.GetSessionLayer()
    layers = [layer for layer in stage.GetUsedLayers() if layer != session]
    if not any(layer.GetPrimAtPath(root) for layer in layers):
        classes = [
            str(spec.path) for layer in layers for spec in layer.rootPrims if spec.name.startswith("_class_")
        ]
        raise UsageError(f"no asset inherits {root}{_instead(root, classes)}")


def _existing(stage: Any, path: str) -> Any:
    """Return a prim that some file defines."""
    prim = stage.GetPrimAtPath(path) if path else None
    if prim and prim.IsDefined():
        return prim
    parent = Sdf.Path(path or "/").GetParentPath()
    while parent != Sdf.Path.absoluteRootPath and not (
        stage.GetPrimAtPath(parent) and stage.GetPrimAtPath(parent).IsDefined()
    ):
        parent = parent.GetParentPath()
    near = [str(child.GetPath()) for child in stage.GetPrimAtPath(parent).GetChildren()]
    raise UsageError(f"there is no prim {path}{_instead(path, near)}")


def _kinds_named(camel_name: str) -> list[str]:
    """Return the kind whose attributes carry this word, none for attributes of every kind."""
    names = {p.name for p in declared().values() if p.param is not None}
    snake = re.sub(r"(?<!^)([A-Z])", r"_\1", camel_name).lower()
    return [snake] if any(name.startswith(f"twin:{camel_name}:") for name in names) else []


def _instead(word: str, known: Iterable[str]) -> str:
    """Return what there is instead, as the end of a sentence."""
    offered = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, offered, n=3, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there is {', '.join(offered[:12])}" if offered else ""
