"""Writes settings that a study found as a layer of overs, for an engineer to adopt."""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pxr import Sdf, Tf

from twin.errors import UsageError
from twin.model.component import kinds
from twin.stage.author.text import Prim, layer
from twin.stage.declared import attribute_name, declared
from twin.stage.faults import Faults
from twin.stage.layers import open_layers, quiet, resolve
from twin.stage.schema import UNIT_FIELD
from twin.units import from_si

# Key in customLayerData of every proposal. It differs from that of results, which nobody reads back.
PROPOSAL = "twinProposal"
_ESCAPED = {i: f"\\x{i:02x}" for i in range(32)} | {ord(c): f"\\{c}" for c in '"\\'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One parameter of one prim that a study wants changed.

    Attributes:
        prim: Prim path.
        kind: Kind of the part.
        name: Python name of the parameter.
        value: New value, SI for a number.
        note: What changes by it, for a reader of the layer.
        source: What found the value.
    """

    prim: str
    kind: str
    name: str
    value: float | str
    note: str
    source: str


def layers_hash(inputs: Mapping[str, object]) -> str:
    """Return one SHA-256 over the layers that a run read, from the record of its inputs."""
    layers = inputs.get("layers")
    said = [f"{name} {digest}" for name, digest in sorted(layers.items())] if isinstance(layers, dict) else []
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def refuse_existing(target: Path, stage_root: str | Path, *, force: bool) -> None:
    """Refuse a file that somebody wrote, and with ``force`` still one that the site is made of.

    Raises:
        UsageError: The name does not end in ``.usda``, the file exists, or it is a layer of the site.
    """
    if target.suffix != ".usda":
        raise UsageError(f"{target} does not end in .usda: settings are written as text")
    if not target.exists():
        return
    site = resolve(stage_root).resolve()
    with quiet():
        own = {found.realPath for found in open_layers(site, Faults(str(site.parent)))[1]}
    if str(target.resolve()) in own:
        raise UsageError(f"{target} is a layer of the site; name another file and adopt it by hand")
    if not force:
        raise UsageError(f"{target} exists; name another file, or write over it with --force")


def write_proposal(
    target: Path,
    stage_root: str | Path,
    settings: Sequence[Setting],
    *,
    doc: str,
    meta: Mapping[str, str],
    force: bool = False,
) -> Path:
    """Write settings as a text layer of overs at once, and return its file.

    Args:
        target: ``.usda`` file to write.
        stage_root: Site that the settings are for, as for reading.
        settings: What to change; at most one per prim and parameter.
        doc: What the layer holds, for its head.
        meta: Layout, hash, options, version: becomes ``customLayerData``.
        force: Whether an older file is replaced.

    Raises:
        UsageError: The file exists and is not to be replaced, or it belongs to the site.
    """
    refuse_existing(target, stage_root, force=force)
    roots = _overs(settings)
    site = resolve(stage_root).resolve()
    with quiet():
        head = Sdf.Layer.OpenAsAnonymous(str(site), metadataOnly=True)
    data = [f"        string {key} = {_quoted(text)}" for key, text in sorted(meta.items())]
    text = layer(
        roots, doc=doc.translate(_ESCAPED), default=head.defaultPrim or (roots[0].name if roots else "World"),
        rate_hz=head.timeCodesPerSecond,  # another rate would move the samples of the site
        more=["    customLayerData = {", f"        dictionary {PROPOSAL} = {{",
              *(f"    {line}" for line in data), "        }", "    }"],
    )  # fmt: skip
    draft = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        _require_readable(draft)
        draft.replace(target)
    except OSError as reason:
        raise UsageError(f"cannot write {target}: {reason.strerror or reason}") from reason
    finally:
        draft.unlink(missing_ok=True)
    return target


def _overs(settings: Iterable[Setting]) -> list[Prim]:
    """Return the overs, nested as the prims are, in path order."""
    roots: list[Prim] = []
    known: dict[str, Prim] = {}
    for setting in sorted(settings, key=lambda s: (s.prim.split("/"), s.name)):
        path = ""
        for name in setting.prim.strip("/").split("/"):
            above, path = known.get(path), f"{path}/{name}"
            if path not in known:
                known[path] = Prim(name=name, spec="over")
                if above is None:
                    roots.append(known[path])
                else:
                    above.add(known[path])
        prim = known[setting.prim]
        prim.note = "\n".join(text for text in (prim.note, setting.note) if text)
        prim.lines += _lines(setting)
    return roots


def _lines(setting: Setting) -> list[str]:
    """Return the lines of one attribute: the value in the declared unit, what it is worth, its unit."""
    prop = next(
        p for p in declared().values()
        if p.param is not None and p.param.name == setting.name
        and p.name == attribute_name(setting.kind, p.param.attribute)
    )  # fmt: skip
    if isinstance(setting.value, str):
        value = _quoted(setting.value)
    else:
        value = repr(float(from_si(setting.value, prop.unit, setting.name))).removesuffix(".0")
    return [
        f"{prop.type} {prop.name} = {value} (",
        "    customData = {",
        '        string evidence = "derived"',
        f"        string source = {_quoted(setting.source)}",
        "    }",
        *([f'    {UNIT_FIELD} = "{prop.unit}"'] if prop.unit else []),  # a weaker layer may name another unit
        ")",
        # What says the same in a weaker layer would contradict it.
        *(f"double {attribute_name(setting.kind, p.attribute)} = None"
          for p in kinds()[setting.kind].params if p.instead_of == setting.name),
    ]  # fmt: skip


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPED)}"'


def _require_readable(file: Path) -> None:
    """Refuse to put in place what USD could not read.

    Raises:
        UsageError: A prim of the site has a name that no text layer can hold.
    """
    try:
        with quiet():
            Sdf.Layer.OpenAsAnonymous(str(file))
    except Tf.ErrorException as reason:
        raise UsageError(f"USD cannot read the layer of settings: {reason}") from reason
