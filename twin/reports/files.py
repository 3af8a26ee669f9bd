"""Writes the files of a run: all of them or none, and never into a layout or an installed package."""

import shutil
import site
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from twin.data import bundled_layouts, folder
from twin.errors import UsageError

Writer = Callable[[Path], None]


def layout_folder(layout: str) -> Path | None:
    """Return the folder that a layout lies in, None for a layout that is not there."""
    path = Path(layout)
    if path.exists():
        return path.resolve() if path.is_dir() else path.resolve().parent
    return (folder("layouts") / layout).resolve() if layout in bundled_layouts() else None


def refuse_target(target: Path, layout: str | None) -> None:
    """Refuse to write where engineers or installers do.

    Raises:
        UsageError: The target lies in the layout's own folder, in an installed package, or is a file.
    """
    where = target.resolve()
    own = None if layout is None else layout_folder(layout)
    if own is not None and where.is_relative_to(own):
        raise UsageError(f"{target} lies in the folder of the layout itself; name a folder outside {own}")
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    package = [folder("assets"), folder("layouts"), folder("schema"), *(Path(p) for p in installed)]
    for held in package:
        if where.is_relative_to(held.resolve()):
            raise UsageError(f"{target} lies in an installed package; name another folder")


def write_file(target: Path, write: Writer) -> None:
    """Write one file under another name and put it in place when it is complete.

    Raises:
        UsageError: The file cannot be written.
    """
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file")
    with _writing(target.parent, target.name) as scratch:
        write(scratch / target.name)
        (scratch / target.name).replace(target)


def write_folder(target: Path, files: Mapping[str, Writer]) -> None:
    """Write files into a folder: a new folder appears complete, in an old one each file is replaced whole.

    Args:
        target: Folder; what else lies in it stays.
        files: File name to what writes it; the last is put in place last.

    Raises:
        UsageError: The folder cannot be written.
    """
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file; name a folder")
    with _writing(target.parent, target.name) as scratch:
        ready = scratch / "ready"
        ready.mkdir()
        for name, write in files.items():
            write(ready / name)
        if not target.exists():
            ready.rename(target)
            return
        for name in files:
            (ready / name).replace(target / name)


@contextmanager
def _writing(parent: Path, name: str) -> Iterator[Path]:
    """Give a folder beside the target that is gone afterwards, whatever happens."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{name}.twin-", dir=parent))
    except OSError as reason:
        raise UsageError(f"cannot write {parent / name}: {reason.strerror or reason}") from reason
    try:
        yield scratch
    except OSError as reason:
        raise UsageError(f"cannot write {parent / name}: {reason.strerror or reason}") from reason
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
