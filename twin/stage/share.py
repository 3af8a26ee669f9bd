"""Finds referenced prims that nobody changed below their root, so that USD composes each content once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pxr import Sdf


def local_layers(root: Any, session: Any) -> list[Any]:
    """Return the session layer, the root layer and its sublayers, strongest first."""
    found: list[Any] = []
    waiting = [session, root]
    while waiting:
        layer = waiting.pop(0)
        if layer is None or layer in found:
            continue
        found.append(layer)
        inner = (Sdf.Layer.FindOrOpenRelativeToLayer(layer, path) for path in layer.subLayerPaths)
        waiting[:0] = list(inner)
    return found


def share(root: Any, session: Any) -> int:
    """Make instances, in the session layer only, of equal references; return how many.

    A prim whose subtree the site's own layers leave alone composes to the same content as every other
    prim with its references and variant selections. USD then composes that content once, and the reader
    visits it once. A prim with a local opinion below it stays as it is: an instance would lose the opinion.
    """
    arcs, parents, fixed = _survey(local_layers(root, session))
    alone = {path: content for path, content in arcs.items() if path not in parents and path not in fixed}
    count = Counter(alone.values())
    chosen = [path for path, content in alone.items() if count[content] > 1]
    with Sdf.ChangeBlock():
        for path in chosen:
            Sdf.CreatePrimInLayer(session, path).instanceable = True
    return len(chosen)


def _survey(layers: Sequence[Any]) -> tuple[dict[Any, str], set[Any], set[Any]]:
    """Return references by prim path, the paths with children, the paths with `instanceable` authored."""
    arcs: dict[Any, str] = {}
    parents: set[Any] = set()
    fixed: set[Any] = set()
    for layer in layers:
        for spec, path, has_children in _prims(layer):
            if has_children:
                parents.add(path)
            if spec.HasInfo("instanceable"):
                fixed.add(path)
            if spec.HasInfo("references") or spec.HasInfo("payload"):
                arcs[path] = arcs.get(path, "") + f"{spec.GetInfo('references')}{spec.GetInfo('payload')}"
    return arcs, parents, fixed


def _prims(layer: Any) -> Iterator[tuple[Any, Any, bool]]:
    """Yield each prim of a layer, inside variants too: its specification, its composed path, any children."""
    waiting = [(layer.pseudoRoot, Sdf.Path.absoluteRootPath)]
    while waiting:
        spec, path = waiting.pop()
        names = spec.GetInfo("primChildren") if spec.HasInfo("primChildren") else ()
        here = spec.path
        waiting += [
            (layer.GetPrimAtPath(here.AppendChild(name)), path.AppendChild(name)) for name in names
        ]
        if spec.HasInfo("variantSetChildren"):
            waiting += [
                (variant.primSpec, path)
                for variants in spec.variantSets.values()
                for variant in variants.variants.values()
            ]
        yield spec, path, bool(names)
