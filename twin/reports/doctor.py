"""Says whether this installation can do its work, and what is missing where it cannot."""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from twin.data import bundled_layouts, folder
from twin.reports.lines import Ink, wrapped

State = Literal["ok", "missing", "optional"]
DISTRIBUTION = "facility-twin"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at.

    Attributes:
        name: What it is.
        state: ``missing`` stops work, ``optional`` does not.
        text: What was found.
    """

    name: str
    state: State
    text: str


def version() -> str:
    """Return the version of this package, ``0`` for a checkout that is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0"


def version_line() -> str:
    """Return the versions that results depend on, on one line."""
    parts = [
        f"{name} {_installed(name) or 'missing'}" for name in ("usd-core", "numpy", "scipy", "pint", "plotly")
    ]
    return f"twin {version()} (python {platform.python_version()}, {', '.join(parts)})"


def examine() -> list[Symptom]:
    """Return everything looked at, in the order it matters."""
    return [*_python(), *_packages(), _usd(), *_extras(), *_bundled(), _writable(Path.cwd())]


def doctor_text(symptoms: list[Symptom], ink: Ink | None = None) -> str:
    """Return the symptoms as a page, worst told last as one sentence."""
    ink = ink or Ink()
    signs = {"ok": ink("green", "ok  "), "missing": ink("red", "FAIL"), "optional": ink("dim", "–   ")}
    lines = []
    for symptom in symptoms:
        first, *rest = wrapped(symptom.text, indent=" " * 24)
        lines += [f"{signs[symptom.state]}  {symptom.name:<16}  {first[24:]}", *rest]
    failing = [s.name for s in symptoms if s.state == "missing"]
    lines += ["", f"cannot work: {', '.join(failing)}" if failing else "everything that is needed is there"]
    return "\n".join(lines) + "\n"


def _python() -> Iterator[Symptom]:
    fits = sys.version_info >= (3, 11)
    yield Symptom(
        "python", "ok" if fits else "missing", f"{platform.python_version()} on {platform.platform()}"
    )


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the packages that are needed, and those of each extra."""
    try:
        listed = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return ["numpy", "scipy", "pint", "usd-core", "xarray", "plotly", "h5netcdf", "h5py"], {}
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in listed:
        head, _, marker = line.partition(";")
        name = "".join(c if c.isalnum() or c in "-_." else " " for c in head).split()[0]
        if "extra ==" in marker:
            extra = marker.partition("extra ==")[2].strip().strip("'\")( ")
            extras.setdefault(extra, []).append(name)
        else:
            needed.append(name)
    return needed, extras


def _packages() -> Iterator[Symptom]:
    for name in _requirements()[0]:
        found = _installed(name)
        yield Symptom(name, "ok" if found else "missing", found or "not installed")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _usd() -> Symptom:
    def look() -> str:
        from twin.stage.declared import apis
        from twin.stage.plugin import plugin_path

        if not plugin_path().is_dir():
            raise FileNotFoundError(f"no schema folder {plugin_path()}")
        return f"{len(apis())} schemas registered from {plugin_path()}"

    return _try("USD schema", look)


def _extras() -> Iterator[Symptom]:
    for extra, names in sorted(_requirements()[1].items()):
        lacking = [name for name in names if not _installed(name)]
        text = f"{', '.join(names)}" if not lacking else f"not installed: {', '.join(lacking)}"
        yield Symptom(f"[{extra}]", "optional" if lacking else "ok", text)


def _bundled() -> Iterator[Symptom]:
    layouts = bundled_layouts()
    yield Symptom(
        "layouts", "ok" if layouts else "optional", ", ".join(layouts) or f"none in {folder('layouts')}"
    )
    assets = sorted(p.name for p in folder("assets").glob("*") if p.is_dir())
    yield Symptom("assets", "ok" if assets else "optional", f"{len(assets)} in {folder('assets')}")
    cases = sorted(p.parent.name for p in folder("verification").glob("*/case.toml"))
    yield Symptom("verification", "ok" if cases else "optional", f"{len(cases)} cases for `twin verify`")


def _writable(where: Path) -> Symptom:
    def look() -> str:
        with tempfile.NamedTemporaryFile(dir=where, prefix=".twin-"):
            return f"can write in {where}"

    if not os.access(where, os.W_OK):
        return Symptom("this folder", "optional", f"cannot write in {where}; name another with --out")
    return _try("this folder", look)


def _try(name: str, look: Callable[[], str]) -> Symptom:
    try:
        return Symptom(name, "ok", look())
    except Exception as reason:
        return Symptom(name, "missing", f"{type(reason).__name__}: {reason}")
