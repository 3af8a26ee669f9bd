"""Looks at what composition hides: opinions that nobody reads, layers that do not fit together."""

import re
from collections.abc import Container, Iterator, Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

from pxr import Sdf, UsdGeom

from twin.model.component import camel
from twin.stage.content import Chunk
from twin.stage.declared import RESULT_PREFIX, Property, apis, declared
from twin.stage.faults import Faults, Spot, spot_of
from twin.stage.locate import lines_of
from twin.stage.opinion import complaints, nearest
from twin.stage.share import RESULTS

_LAYER, _PATH = r"@(?P<layer>[^@]*)@", r"<(?P<path>[^>]*)>"
_INTRODUCED = re.compile(rf"(?:@(?P<asset>[^@]*)@.*?)?introduced by {_LAYER}{_PATH}", re.DOTALL)
_SUBLAYER = re.compile(rf"sublayer @(?P<asset>[^@]*)@ of layer {_LAYER}")
_ANY_SITE = re.compile(rf"@(?P<layer>[^@,]*)[^@]*@{_PATH}")
_SITE = re.compile(r"@<(?P<path>[^>]*)>$")
_UNREADABLE = ("ErrorType_InvalidAssetPath", "ErrorType_InvalidSublayerPath")
_NAMED = re.compile(r"@(?P<file>/[^@,]*)")
_USD_RATE = 24.0  # timeCodesPerSecond where nobody says


def lint_stage(stage: Any, faults: Faults) -> None:
    """Note composition errors, which USD only warns of."""
    for error in stage.GetCompositionErrors():
        spot, prim = _site_of(stage, error)
        kind = str(error.errorType).rpartition(".")[2]
        said = _told(stage, error, spot, faults)
        faults.add(
            "ST001" if kind in _UNREADABLE else "ST002",
            prim=prim,
            attribute=spot.key,
            spot=spot,
            found=re.sub(r"@anon:[^@]*@", "the command line", said)[:300],
            expected="an asset that is there"
            if kind in _UNREADABLE
            else "a target that is there, and no circle",
        )


def _told(stage: Any, error: Any, spot: Spot, faults: Faults) -> str:
    """Return what USD says, with assets as the named layer writes them and no folder of this machine."""
    written = {
        Sdf.ComputeAssetPathRelativeToLayer(layer, asset): asset
        for layer in stage.GetUsedLayers()
        if (layer.realPath or layer.identifier) == spot.layer
        for asset in filter(None, layer.GetCompositionAssetDependencies())
    }
    said = " ".join(str(error).split())
    return _NAMED.sub(lambda m: f"@{written.get(m['file']) or relpath(m['file'], faults.base)}", said)


def lint_instances(stage: Any, chunks: Mapping[str, Chunk], faults: Faults) -> None:
    """Note opinions below an instance that USD ignores, in whatever layer they stand.

    An instance is composed of what its own references bring. What layers say below it at the place where
    it stands, in the site or in an asset that holds it, reaches nobody.
    """
    known: set[tuple[str, Any, Any]] = set()
    for name, chunk in chunks.items():
        for rel, prototype, _ in chunk.instances:
            prim = stage.GetPrimAtPath(name + rel)
            for spec in prim.GetPrimStack():
                key = (prototype, spec.layer, spec.path)
                if key not in known:
                    known.add(key)
                    _lint_below(stage.GetPrimAtPath(prototype), spec, chunk.home + rel, faults)


def _lint_below(prototype: Any, spec: Any, path: str, faults: Faults) -> None:
    """Note the children that one specification of an instance has and its content has not."""
    names = spec.GetInfo("primChildren") if spec.HasInfo("primChildren") else ()
    if not names or RESULTS in spec.layer.customLayerData:
        return  # our own results say nothing that is read
    for child in spec.nameChildren:
        inside = prototype.GetChild(child.name)
        if not inside or child not in inside.GetPrimStack():
            faults.add(
                "ST008",
                prim=f"{path}/{child.name}",
                spot=spot_of(child),
                found=f"{path} is instanceable",
                expected="no opinion below an instance",
            )


def lint_layers(stage: Any, faults: Faults, judged: Container[Spot] = ()) -> None:
    """Look at every layer in use, in every variant, selected or not; not at opinions judged already."""
    session, root = stage.GetSessionLayer(), stage.GetRootLayer()
    used = [layer for layer in stage.GetUsedLayers() if layer != session and not layer.anonymous]
    inner = {
        found.identifier
        for layer in used
        for path in layer.subLayerPaths
        if (found := Sdf.Layer.FindRelativeToLayer(layer, path))
    }
    if not stage.GetDefaultPrim():
        named = f"defaultPrim = '{root.defaultPrim}' does not exist" if root.defaultPrim else "no defaultPrim"
        faults.add(
            "ST003",
            prim="/",
            attribute="defaultPrim",
            found=named,
            expected='defaultPrim = "World"',
            spot=Spot(root.realPath or root.identifier, "/", "defaultPrim"),
        )
    for layer in used:
        _lint_head(layer, root, faults, referenced=layer != root and layer.identifier not in inner)
        _lint_specs(layer, faults, judged)
        _lint_twice(layer, faults)


def _lint_head(layer: Any, root: Any, faults: Faults, *, referenced: bool) -> None:
    """Check the metadata of a layer."""
    head, name = layer.pseudoRoot, layer.realPath or layer.identifier
    for key, code, right in (
        (UsdGeom.Tokens.metersPerUnit, "ST004", 1.0),
        (UsdGeom.Tokens.upAxis, "ST005", UsdGeom.Tokens.z),
    ):
        written = head.GetInfo(key) if head.HasInfo(key) else None
        if written == right or (written is None and layer != root and not referenced):
            continue
        lacks = written is None
        faults.add(
            code,
            prim="/",
            attribute=key,
            spot=Spot(name, "/", "" if lacks else key),
            found=f"no {key}" if lacks else f"{key} = {written}",
            expected=f"{key} = {_quoted(right)}",
            severity="warning" if lacks and layer != root else None,
        )
    rate = layer.timeCodesPerSecond if layer.HasTimeCodesPerSecond() else None
    wanted = root.timeCodesPerSecond if root.HasTimeCodesPerSecond() else _USD_RATE
    if (rate is not None and rate != wanted) or (
        rate is None and wanted != _USD_RATE and layer.ListAllTimeSamples()
    ):
        faults.add(
            "ST006",
            prim="/",
            attribute="timeCodesPerSecond",
            spot=Spot(name, "/", "timeCodesPerSecond"),
            found=f"{rate if rate is not None else _USD_RATE:g}, the root layer has {wanted:g}",
            expected=f"timeCodesPerSecond = {wanted:g}",
        )


def _lint_specs(layer: Any, faults: Faults, judged: Container[Spot]) -> None:
    """Check the schemas and the twin: properties of every prim of a layer, whatever variant it stands in."""
    known, names = declared(), [api.name for api in apis()]
    file = layer.realPath or layer.identifier

    def look(path: Any) -> None:
        if path.IsPropertyPath():
            name = path.name
            if (
                name.startswith("twin:")
                and not name.startswith(RESULT_PREFIX)
                and Spot(file, str(path)) not in judged
            ):
                _lint_property(layer.GetObjectAtPath(path), known.get(name), faults)
        elif path.IsPrimPath() or path.IsPrimVariantSelectionPath():
            spec = layer.GetPrimAtPath(path)
            if spec is not None and spec.HasInfo("apiSchemas"):
                _lint_schemas(spec, names, faults)

    layer.Traverse(Sdf.Path.absoluteRootPath, look)


def _lint_twice(layer: Any, faults: Faults) -> None:
    """Note attributes that a text gives two values, of which USD drops the first without a word."""
    file = layer.realPath or layer.identifier
    lines = lines_of(file)
    for path, earlier, later in lines.twice() if lines else ():
        prim, _, name = path.partition(".")
        faults.add(
            "ST009",
            prim=prim or "/",
            attribute=name,
            spot=Spot(file, path),
            found=f"written on line {earlier} and on line {later}, and USD takes the second",
            expected="one of the two",
        )


def _lint_property(spec: Any, prop: Property | None, faults: Faults) -> None:
    if spec is None:
        return
    prim, name = str(spec.path.GetPrimPath()), spec.path.name
    if prop is None:
        hint = nearest_name(name)
        faults.add(
            "ST010",
            prim=prim,
            attribute=name,
            spot=spot_of(spec),
            found="nobody declares this attribute",
            expected=hint or "a name that `twin schema` lists",
        )
        return
    for c in complaints(spec, prop):
        faults.add(
            c.code,
            prim=prim,
            attribute=name,
            spot=spot_of(spec),
            found=c.found,
            expected=c.expected,
            severity=c.severity,
        )


def nearest_name(name: str) -> str:
    """Return ``did you mean …?`` for an attribute name, within its kind first."""
    known = [n for n in declared() if n.startswith("twin:")]
    words = name.split(":")
    kind = camel(words[1]) if len(words) > 2 else ""
    same = [n for n in known if n.startswith(f"twin:{kind}:")]
    return nearest(name, same) or nearest(name, known)


def _lint_schemas(spec: Any, known: list[str], faults: Faults) -> None:
    operation = spec.GetInfo("apiSchemas")
    for name in operation.GetAppliedItems():
        if str(name).startswith("Twin") and name not in known:
            faults.add(
                "ST020",
                prim=str(spec.path),
                attribute="apiSchemas",
                found=str(name),
                expected=nearest(str(name), known) or "a schema that `twin schema` lists",
                spot=spot_of(spec, "apiSchemas", str(name)),
            )


def _site_of(stage: Any, error: Any) -> tuple[Spot, str]:
    """Return the opinion that a composition error comes from, and the prim it is about."""
    text = str(error)
    site = _SITE.search(str(error.rootSite))
    prim = site["path"] if site else ""
    if match := _SUBLAYER.search(text):
        return Spot(_layer(stage, match["layer"]), "/", "subLayers", Path(match["asset"]).name), "/"
    if match := _INTRODUCED.search(text):
        key = next((k for word, k in _ARCS if word in text), "")
        asset = Path(match["asset"] or "").name if key in {"references", "payload"} else ""
        return Spot(_layer(stage, match["layer"]), match["path"], key, asset), prim
    for match in reversed(list(_ANY_SITE.finditer(text.partition("CANNOT")[0]))):
        spec = next((s.GetPrimAtPath(match["path"]) for s in _named(stage, match["layer"])), None)
        arc = next((key for info, key in _KEYS if spec and spec.HasInfo(info)), "")
        if arc:
            return spot_of(spec, arc), prim
    found = stage.GetPrimAtPath(prim) if prim else None
    specs = [s for s in (found.GetPrimStack() if found else []) if not s.layer.anonymous]
    return (spot_of(specs[0]) if specs else Spot()), prim


_ARCS = (
    ("payload", "payload"),
    ("reference", "references"),
    ("inherit", "inherits"),
    ("specialize", "specializes"),
)


_KEYS = (
    ("references", "references"),
    ("payload", "payload"),
    ("inheritPaths", "inherits"),
    ("specializes", "specializes"),
)


def _named(stage: Any, identifier: str) -> Iterator[Any]:
    """Yield the layer that a message names."""
    return (layer for layer in stage.GetUsedLayers() if layer.identifier == identifier)


def _layer(stage: Any, identifier: str) -> str:
    """Return the file of a layer that a message names."""
    return next((layer.realPath or layer.identifier for layer in _named(stage, identifier)), identifier)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
