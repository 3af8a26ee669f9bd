"""Writes results as a layer of our own, to be put on top of a site; no other layer is ever touched."""

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pxr import Sdf, Tf

from twin.errors import UsageError
from twin.model.component import camel
from twin.stage.declared import RESULT_PREFIX
from twin.stage.faults import Faults
from twin.stage.layers import open_layers, quiet, resolve
from twin.stage.schema import UNIT_FIELD
from twin.stage.share import RESULTS
from twin.units import affine, display_unit, stem_of

Colour = tuple[float, float, float]
_RATE = 24.0
_PAD = "    "
_COLOUR = "primvars:displayColor"
_ESCAPED = {i: f"\\x{i:02x}" for i in range(32)} | {ord(c): f"\\{c}" for c in '"\\'} | {9: "\\t", 10: "\\n"}


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
        _refuse_foreign(target, site)
        layer = Sdf.Layer.CreateAnonymous(f"results{target.suffix}")
        _fill_head(layer, meta, site)
        draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
        try:
            _export(layer, rows, draft)
            draft.replace(target)  # whoever watches the file sees the old results or the new ones
        finally:
            draft.unlink(missing_ok=True)
    return target


def _refuse_foreign(target: Path, site: Path) -> None:
    """Refuse a file that the site is made of, or that we did not write."""
    if target.suffix not in {".usda", ".usdc", ".usd"}:
        raise UsageError(f"{target.name}: results are written to .usda, .usdc or .usd")
    if not target.exists():
        return
    if str(target) in {layer.realPath for layer in open_layers(site, Faults(str(site.parent)))[1]}:
        raise UsageError(f"{target.name} is a layer of the site: results go to a file of their own")
    try:
        old = Sdf.Layer.OpenAsAnonymous(str(target), metadataOnly=True) if target.is_file() else None
    except Tf.ErrorException:
        old = None
    if old is None or RESULTS not in old.customLayerData:
        raise UsageError(f"{target.name} exists and is no results layer: choose another file")


def _fill_head(layer: Any, meta: Mapping[str, object], site: Path) -> None:
    try:
        root = Sdf.Layer.OpenAsAnonymous(str(site), metadataOnly=True)
    except Tf.ErrorException:
        root = None
    layer.pseudoRoot.SetInfo("metersPerUnit", 1.0)
    layer.pseudoRoot.SetInfo("upAxis", "Z")
    # Another rate would move the samples of the site.
    layer.timeCodesPerSecond = root.timeCodesPerSecond if root and root.HasTimeCodesPerSecond() else _RATE
    if root and root.defaultPrim:
        layer.defaultPrim = root.defaultPrim
    layer.customLayerData = {RESULTS: _plain(meta)}


def _export(head: Any, rows: Iterable[ResultRow], file: Path) -> None:
    """Write a layer with the rows below its head; text needs no specification per attribute in memory."""
    text = itertools.chain([head.ExportToString()], _prims(rows))
    if file.suffix == ".usda":
        with file.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(text)
        return
    head.ImportFromString("".join(text))
    head.Export(str(file))


def _prims(rows: Iterable[ResultRow]) -> Iterator[str]:
    """Yield the text of the prims, as USD itself lays it out."""
    inside: list[str] = []
    opened = True
    for row in sorted(rows, key=lambda row: row.prim):
        names = row.prim.strip("/").split("/")
        shared = sum(itertools.takewhile(bool, (a == b for a, b in zip(inside, names, strict=False))))
        while len(inside) > shared:
            inside.pop()
            yield f"{_PAD * len(inside)}}}\n"
            opened = False
        for name in names[shared:]:
            pad = _PAD * len(inside)
            yield f'{"" if opened else chr(10)}{pad}over "{name}"\n{pad}{{\n'
            inside.append(name)
            opened = True
        yield from _attributes(row, _PAD * len(inside))
        opened = False
    yield from (f"{_PAD * depth}}}\n" for depth in reversed(range(len(inside))))
    yield "\n"


def _attributes(row: ResultRow, pad: str) -> Iterator[str]:
    """Yield the text of what is written on one prim."""
    found = []
    if row.colour is not None:
        colour = ", ".join(map(_number, row.colour))
        found.append((_COLOUR, f"{pad}color3f[] {_COLOUR} = [({colour})]\n"))
    for name, value in row.values.items():
        full_name, before, after, factor, offset = _around(name, pad)
        found.append((full_name, f"{before}{_number((value - offset) / factor)}{after}"))
    for name, word in row.words.items():
        full_name = RESULT_PREFIX + camel(name)
        found.append((full_name, f'{pad}custom string {full_name} = "{word.translate(_ESCAPED)}"\n'))
    yield from (text for _, text in sorted(found))


@cache
def _around(name: str, pad: str) -> tuple[str, str, str, float, float]:
    """Return the attribute of a suffix name, what stands before and after its number, its unit in SI."""
    full_name, unit = RESULT_PREFIX + camel(stem_of(name)), display_unit(name)
    # Beside our own field, which a program without our schema drops when it flattens.
    custom = f'{pad}    customData = {{\n{pad}        string unit = "{unit}"\n{pad}    }}\n'
    return (
        full_name,
        f"{pad}custom double {full_name} = ",
        f' (\n{custom}{pad}    {UNIT_FIELD} = "{unit}"\n{pad})\n',
        *affine(unit, name),
    )


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _plain(value: object) -> Any:
    """Return metadata as what a layer can hold: dictionaries with plain keys, text and numbers."""
    if isinstance(value, Mapping):
        return {str(key).replace(":", "_"): _plain(inner) for key, inner in value.items()}
    return value if isinstance(value, bool | int | float | str) else str(value)
