"""Finds the layers of a site and makes sure that each can be read before USD composes them."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import Any

from pxr import Sdf, Tf, UsdUtils

from twin.data import bundled_layouts, folder
from twin.errors import UsageError
from twin.model.finding import Fault
from twin.stage.faults import Faults, Spot, spot_of

SITE = "site.usda"
_AT = re.compile(r"^(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): (?P<what>.*)$", re.DOTALL)
# USD names its own grammar, in C++, where it has no sentence of its own.
_GRAMMAR = re.compile(r"^parse error matching .*? at '(?P<text>.*)' in (?P<path><[^>]*>)$", re.DOTALL)

# A layer that is mapped into memory kills the process when its file is overwritten.
Sdf.Layer.SetDetachedLayerRules(Sdf.Layer.DetachedLayerRules().IncludeAll())


@contextmanager
def quiet() -> Iterator[None]:
    """Keep USD from writing to stderr what comes out as a fault anyway."""
    delegate = UsdUtils.CoalescingDiagnosticDelegate()
    try:
        yield
    finally:
        delegate.TakeUncoalescedDiagnostics()
        del delegate


def resolve(layout: str | Path) -> Path:
    """Return the root layer of a layout: a USD file, a folder that holds ``site.usda``, a bundled name.

    Raises:
        UsageError: There is no such layout.
    """
    path = Path(layout)
    if path.is_dir():
        if (path / SITE).exists():
            return path / SITE
        raise UsageError(f"the folder {layout} holds no {SITE}")
    if path.exists():
        return path
    bundled = folder("layouts") / str(layout) / SITE
    if str(layout) in bundled_layouts():
        return bundled
    known = ", ".join(bundled_layouts()) or "none"
    raise UsageError(
        f"there is no layout {layout}: name a USD file, a folder with {SITE}, or one of: {known}"
    )


def open_layers(root: Path, faults: Faults) -> tuple[Any, list[Any]]:
    """Open the root layer and all it depends on, since composition would hang or stop at a bad one.

    Returns:
        The root layer, None when it cannot be read, and all layers, to be kept alive.
    """
    first = _open(root.resolve(), partial(Spot, str(root)), faults)
    opened = {first.identifier: first} if first else {}
    waiting = list(opened.values())
    seen = {str(root.resolve())}
    while waiting:
        layer = waiting.pop()
        for asset in layer.GetCompositionAssetDependencies():
            file = _file(layer, asset)
            if file is None or str(file) in seen:
                continue
            seen.add(str(file))
            if not file.exists():
                continue  # only an error where it is used: composition tells
            inner = _open(file, partial(_spot_of_asset, layer, asset), faults)
            if inner is not None and inner.identifier not in opened:
                opened[inner.identifier] = inner
                waiting.append(inner)
    return first, list(opened.values())


def hashes(layers: list[Any], base: str) -> dict[str, str]:
    """Return the SHA-256 of each layer file, by the file as shown from a folder."""
    files = sorted({layer.realPath for layer in layers if layer.realPath and not layer.anonymous})
    return {
        Path(relpath(file, base)).as_posix(): hashlib.sha256(Path(file).read_bytes()).hexdigest()
        for file in files
        if Path(file).is_file()
    }


def _file(layer: Any, asset: str) -> Path | None:
    """Return the file that an asset path means, None for what is no plain file."""
    if not asset or asset.startswith("`") or "://" in asset:
        return None
    found = Sdf.ComputeAssetPathRelativeToLayer(layer, asset.partition(":SDF_FORMAT_ARGS:")[0])
    return Path(found.partition("[")[0]) if found else None


def _open(file: Path, named_at: Callable[[], Spot], faults: Faults) -> Any:
    """Return a layer as it stands on disk, None with a fault for one that cannot be read."""
    if not file.is_file():  # a FIFO or a device would hang for ever
        shown = file.name or str(file)
        faults.add(
            "ST001", prim="", spot=named_at(), found=f"{shown} is no regular file", expected="a USD layer"
        )
        return None
    try:
        with quiet():
            layer = Sdf.Layer.Find(str(file))
            if layer is not None and not layer.dirty:
                layer.Reload()  # a layer still alive in this process would give its old content
            layer = layer or Sdf.Layer.FindOrOpen(str(file))
    except Tf.ErrorException as refusal:
        said = [str(error.commentary).strip() for error in refusal.args]
        faults.add_located([_parse_fault(file, said, faults)])
        return None
    if layer is None:
        faults.add(
            "ST001", prim="", spot=named_at(), found=f"{file.name} is no USD layer", expected="a USD layer"
        )
    return layer


def _parse_fault(file: Path, said: list[str], faults: Faults) -> Fault:
    """Return what USD says about a file that it refuses, with line and column where it names them."""
    match = next(filter(None, map(_AT.match, said)), None)
    where = faults.where(Spot(match["file"] if match else str(file)))
    if match:
        where = f"{where}:{match['line']}:{match['column']}"
    found = (match["what"] if match else "; ".join(said)).replace(str(file), file.name).strip()
    return Fault(
        code="ST001", prim="", attribute="", where=where,
        found=" ".join(_in_words(found).split()), expected="a complete USD layer",
    )  # fmt: skip


def _in_words(said: str) -> str:
    """Return what USD says with the text it cannot read in the place of its grammar."""
    if (match := _GRAMMAR.match(said)) is None:
        return said
    text = match["text"].strip()
    what = f"USD cannot read {text!r} in this place" if text else "what begins here does not end on its line"
    return f"{what}, in {match['path']}"


def _spot_of_asset(layer: Any, asset: str) -> Spot:
    """Return the line that names an asset."""
    identifier = layer.realPath or layer.identifier
    if asset in list(layer.subLayerPaths):
        return Spot(identifier, "/", "subLayers", asset)
    found: list[Spot] = []

    def look(path: Any) -> None:
        if found or path.IsPropertyPath() or (spec := layer.GetPrimAtPath(path)) is None:
            return
        keys = (key for key in ("references", "payload") if spec.HasInfo(key))
        found.extend(spot_of(spec, key, asset) for key in keys if asset in str(spec.GetInfo(key)))

    layer.Traverse(Sdf.Path.absoluteRootPath, look)
    return found[0] if found else Spot(identifier)
