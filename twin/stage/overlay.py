"""Writes results as a layer of our own, to be put on top of a site; no other layer is ever touched."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pxr import Gf, Sdf, Tf, Vt

from twin.errors import UsageError
from twin.model.component import camel
from twin.stage.declared import RESULT_PREFIX
from twin.stage.faults import Faults
from twin.stage.layers import open_layers, quiet, resolve
from twin.stage.schema import UNIT_FIELD
from twin.stage.share import RESULTS
from twin.units import display_unit, from_si, stem_of

Colour = tuple[float, float, float]
_RATE = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """What is written on one prim.

    Attributes:
        prim: Prim path.
        values: SI numbers by suffix name; each is written in its display unit.
        words: Text by name, such as a verdict.
        colour: Display colour, red, green and blue from 0 to 1; None for none.
    """

    prim: str
    values: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    colour: Colour | None = None


def write_results(
    path: str | Path, stage_root: str | Path, rows: Iterable[ResultRow], *, meta: Mapping[str, object]
) -> Path:
    """Write a results layer at once, replacing an older one, and return its file.

    Args:
        path: ``.usda``, ``.usdc`` or ``.usd`` file to write.
        stage_root: Site that the results belong to, as for reading.
        rows: One row per prim.
        meta: Input hashes, version, case: becomes ``customLayerData``.

    Raises:
        UsageError: The file belongs to the site, or is no results layer of ours.
    """
    target, site = Path(path).resolve(), resolve(stage_root).resolve()
    with quiet():
        root, layers = open_layers(site, Faults(str(site.parent)))
        _refuse_foreign(target, layers)
        layer = Sdf.Layer.CreateAnonymous(f"results{target.suffix}")
        _fill(layer, rows, meta, root)
        draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
        try:
            layer.Export(str(draft))
            draft.replace(target)  # whoever watches the file sees the old results or the new ones
        finally:
            draft.unlink(missing_ok=True)
    return target


def _refuse_foreign(target: Path, layers: list[Any]) -> None:
    """Refuse a file that the site is made of, or that we did not write."""
    if target.suffix not in {".usda", ".usdc", ".usd"}:
        raise UsageError(f"{target.name}: results are written to .usda, .usdc or .usd")
    if str(target) in {layer.realPath for layer in layers}:
        raise UsageError(f"{target.name} is a layer of the site: results go to a file of their own")
    if target.exists():
        try:
            old = Sdf.Layer.OpenAsAnonymous(str(target), metadataOnly=True) if target.is_file() else None
        except Tf.ErrorException:
            old = None
        if old is None or RESULTS not in old.customLayerData:
            raise UsageError(f"{target.name} exists and is no results layer: choose another file")


def _fill(layer: Any, rows: Iterable[ResultRow], meta: Mapping[str, object], root: Any) -> None:
    rate = root.timeCodesPerSecond if root and root.HasTimeCodesPerSecond() else _RATE
    with Sdf.ChangeBlock():
        layer.pseudoRoot.SetInfo("metersPerUnit", 1.0)
        layer.pseudoRoot.SetInfo("upAxis", "Z")
        layer.timeCodesPerSecond = rate  # another rate would move the samples of the site
        if root and root.defaultPrim:
            layer.defaultPrim = root.defaultPrim
        layer.customLayerData = {RESULTS: _plain(meta)}
        for row in rows:
            _write(Sdf.CreatePrimInLayer(layer, row.prim), row)


def _write(spec: Any, row: ResultRow) -> None:
    number = Sdf.ValueTypeNames.Double
    for name, value in row.values.items():
        full_name, unit, custom = _shown(name)
        attribute = Sdf.AttributeSpec(spec, full_name, number)
        attribute.custom = True
        attribute.default = float(from_si(value, unit, name))
        # Beside our own field, which a program without our schema drops when it flattens.
        attribute.SetInfo("customData", custom)
        attribute.SetInfo(UNIT_FIELD, unit)
    for name, word in row.words.items():
        attribute = Sdf.AttributeSpec(spec, RESULT_PREFIX + camel(name), Sdf.ValueTypeNames.String)
        attribute.custom = True
        attribute.default = word
    if row.colour is not None:
        colour = Sdf.AttributeSpec(spec, "primvars:displayColor", Sdf.ValueTypeNames.Color3fArray)
        colour.default = Vt.Vec3fArray([Gf.Vec3f(*row.colour)])


@cache
def _shown(name: str) -> tuple[str, str, dict[str, str]]:
    """Return attribute name, unit and custom data for a number with this suffix name."""
    unit = display_unit(name)
    return RESULT_PREFIX + camel(stem_of(name)), unit, {"unit": unit}


def _plain(value: object) -> Any:
    """Return metadata as what a layer can hold: dictionaries with plain keys, text and numbers."""
    if isinstance(value, Mapping):
        return {str(key).replace(":", "_"): _plain(inner) for key, inner in value.items()}
    return value if isinstance(value, bool | int | float | str) else str(value)
