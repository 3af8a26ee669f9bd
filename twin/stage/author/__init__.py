"""Writes sites: a pod, halls of pods on common mains, an air-cooled hall; as an engineer would have typed them."""

import shutil
from pathlib import Path

from twin.data import folder
from twin.errors import UsageError
from twin.stage.author.parts import Library
from twin.stage.author.pod import build as build_pod
from twin.stage.author.text import write
from twin.stage.author.white import Choice

__all__ = ["new"]


def new(kind: str, *, racks: int, out: Path, assets: str = "") -> list[Path]:
    """Write a new site into an empty folder and return the files written.

    Args:
        kind: ``pod``.
        racks: Compute racks.
        out: Folder, created; must not hold a site yet.
        assets: Where layers find assets, relative to a layer of the site; by default they are copied along.

    Raises:
        UsageError: The kind is unknown, the number of racks does not fit it, or the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        msg = f"{out} is not empty; a new site is never written over another"
        raise UsageError(msg)
    source = folder("assets")
    library = Library(folder=source, reference=assets or "../assets")
    if kind != "pod" or racks != 8:  # noqa: PLR2004
        msg = f"{kind} with {racks} racks: a pod has 8"
        raise UsageError(msg)
    layers = build_pod(library, Choice())
    write(out, layers)
    if not assets:
        for name in sorted({p.split("/")[-2] for t in layers.values() for p in t.split("@")[1::2] if "/assets/" in p}):
            shutil.copytree(source / name, out / "assets" / name)
    return [out / name for name in sorted(layers)]
