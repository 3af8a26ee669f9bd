"""Writes sites as an engineer would have typed them: a pod, halls of pods, an old hall."""

import shutil
from pathlib import Path

from twin.data import folder
from twin.errors import UsageError
from twin.stage.author.hall import RACKS_PER_POD
from twin.stage.author.hall import build as build_hall
from twin.stage.author.legacy import RACK_COUNT
from twin.stage.author.legacy import build as build_legacy
from twin.stage.author.parts import Library
from twin.stage.author.pod import build as build_pod
from twin.stage.author.text import write
from twin.stage.author.white import Choice

__all__ = ["layers", "new"]


def new(kind: str, *, racks: int, out: Path, assets: str = "") -> list[Path]:
    """Write a new site into an empty folder and return the files written.

    Args:
        kind: ``pod``, ``hall`` or ``legacy``.
        racks: Compute racks, a multiple of eight; 160 for ``legacy``.
        out: Folder, created; must not hold anything yet.
        assets: Where layers find assets, relative to a layer of the site; by default they are copied along.

    Raises:
        UsageError: The kind is unknown, the number of racks does not fit it, or the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        msg = f"{out} is not empty; a new site is never written over another"
        raise UsageError(msg)
    texts = layers(kind, racks=racks, assets=assets or "../assets")
    write(out, texts)
    if not assets:
        for name in _referenced(texts):
            shutil.copytree(folder("assets") / name, out / "assets" / name)
    return [out / name for name in sorted(texts)]


def layers(kind: str, *, racks: int, assets: str) -> dict[str, str]:
    """Return the layers of a new site, by file name.

    Raises:
        UsageError: The kind is unknown, or the number of racks does not fit it.
    """
    library = Library(folder=folder("assets"), reference=assets)
    if kind == "legacy" and racks == RACK_COUNT:
        return build_legacy(library)
    if racks < RACKS_PER_POD or racks % RACKS_PER_POD:
        msg = f"{racks} racks do not make whole pods of {RACKS_PER_POD}"
        raise UsageError(msg)
    if kind == "pod" and racks == RACKS_PER_POD:
        return build_pod(library, Choice())
    if kind == "hall":
        return build_hall(library, pods=racks // RACKS_PER_POD)
    msg = f"{kind} with {racks} racks: a pod has {RACKS_PER_POD}, a hall any multiple of it"
    raise UsageError(msg)


def _referenced(texts: dict[str, str]) -> list[str]:
    """Return the names of the assets that layers refer to."""
    named = (reference for text in texts.values() for reference in text.split("@")[1::2])
    return sorted({path.split("/")[-2] for path in named if "assets/" in path})
