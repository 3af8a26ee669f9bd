"""Finds referenced prims that nobody changed below their root, so that USD composes each content once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pxr import Sdf

RESULTS = "twin"  # key in customLayerData of every results layer


@dataclass(slots=True)
class _Survey:
    """What the site's own layers say about where content comes from.

    Attributes:
        arcs: Composed path to the specification that references something.
        parents: Paths with something below them.
        fixed: Paths whose author decided about instancing, and how.
    """

    arcs: dict[Any, Any] = field(default_factory=dict)
    parents: set[Any] = field(default_factory=set)
    fixed: dict[Any, bool] = field(default_factory=dict)


def local_layers(root: Any, session: Any) -> list[Any]:
    """Return the session layer, the root layer and its sublayers, strongest first."""
    found: list[Any] = []
    waiting = [session, root]
    while waiting:
        layer = waiting.pop(0)
        if layer is None or layer in found:
            continue
        found.append(layer)
        waiting[:0] = [Sdf.Layer.FindOrOpenRelativeToLayer(layer, path) for path in layer.subLayerPaths]
    return found


def share(root: Any, session: Any) -> None:
    """Make instances, in the session layer only, of equal references.

    A prim whose subtree the site's own layers leave alone composes to the same content as every other
    prim with its references and variant selections. USD then composes that content once, and the reader
    visits it once. A prim with a local opinion below it stays as it is, since an instance would lose the
    opinion; what its asset references in turn is shared instead.
    """
    survey = _survey(local_layers(root, session))
    assets: dict[Any, _Survey] = {}
    alone: dict[Any, str] = {}
    waiting = list(survey.arcs.items())
    while waiting:
        path, spec = waiting.pop()
        if path in survey.parents and not survey.fixed.get(path):
            inside = _inside(path, spec, assets)
            waiting += [(inner, child) for inner, child in inside if inner not in survey.arcs]
        elif path not in survey.fixed:
            alone[path] = f"{spec.layer.identifier}{spec.GetInfo('references')}{spec.GetInfo('payload')}"
    count = Counter(alone.values())
    with Sdf.ChangeBlock():
        for path, content in alone.items():
            if count[content] > 1:
                Sdf.CreatePrimInLayer(session, path).instanceable = True


def _inside(path: Any, spec: Any, assets: dict[Any, _Survey]) -> Iterator[tuple[Any, Any]]:
    """Yield the prims that a referenced asset references in turn, at the paths they will have.

    Those that the asset's own layers change below their root are left out: an instance loses that.
    """
    items = spec.GetInfo("references").GetAppliedItems() if spec.HasInfo("references") else []
    if len(items) != 1:
        return
    asset = items[0].assetPath
    layer = Sdf.Layer.FindRelativeToLayer(spec.layer, asset) if asset else spec.layer
    source = items[0].primPath or (layer and layer.defaultPrim and f"/{layer.defaultPrim}")
    root = layer.GetPrimAtPath(source) if source else None
    if root and layer not in assets:
        assets[layer] = _survey(local_layers(layer, None))
    for child in root.nameChildren if root else ():
        own = assets[layer]
        if child.HasInfo("references") and child.path not in own.parents and child.path not in own.fixed:
            yield path.AppendChild(child.name), child


def _survey(layers: Sequence[Any]) -> _Survey:
    """Visit every prim of the site's own layers, inside variants too."""
    survey = _Survey()
    for layer in layers:
        if RESULTS in layer.customLayerData:
            continue  # our own results say nothing that is read
        for spec, path, has_children in _prims(layer):
            if has_children:
                survey.parents.add(path)
            if spec.HasInfo("instanceable"):
                survey.fixed.setdefault(path, bool(spec.GetInfo("instanceable")))
            if spec.HasInfo("references") or spec.HasInfo("payload"):
                survey.arcs.setdefault(path, spec)
    return survey


def _prims(layer: Any) -> Iterator[tuple[Any, Any, bool]]:
    """Yield each prim of a layer: its specification, its composed path, whether it has children."""
    waiting = [(layer.pseudoRoot, Sdf.Path.absoluteRootPath)]
    while waiting:
        spec, path = waiting.pop()
        names = spec.GetInfo("primChildren") if spec.HasInfo("primChildren") else ()
        here = spec.path
        waiting += [(layer.GetPrimAtPath(here.AppendChild(name)), path.AppendChild(name)) for name in names]
        if spec.HasInfo("variantSetChildren"):
            waiting += [
                (variant.primSpec, path)
                for variants in spec.variantSets.values()
                for variant in variants.variants.values()
            ]
        yield spec, path, bool(names)
