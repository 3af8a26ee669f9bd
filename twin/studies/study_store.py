"""Where a study keeps its results: a Zarr group, and a mark for every block that is whole.

    manifest.json    what went in: hashes of the study and of every layer, versions, seed
    data.zarr        axes, outputs, margins, one chunk per block
    done/000012.json a block that is written: the hash of its numbers, and why variants of it failed

A mark is written last and at once, so a run that dies at any instant leaves blocks that are whole or absent.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from twin.arrays import Array
from twin.errors import InputError, UsageError
from twin.model.finding import Fault
from twin.studies.study_plan import Plan
from twin.studies.study_read import Rows, rule_ids
from twin.units import unit_of

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "twin-study-store/1"
MANIFEST, DATA, DONE = "manifest.json", "data.zarr", "done"
# What differs between two stores of one study without making them different studies.
FREE = ("layout", "python")
TABLES = ("margin", "closeness_ratio", "broken_count")
EXTRA = "studies are stored in Zarr: install the extra, facility-twin[study]"


def manifest_of(plan: Plan) -> dict[str, Any]:
    """Return what a store is recognised by."""
    study = plan.study
    return {
        "schema": SCHEMA,
        "study": study.digest,
        "layout": study.layout,
        "layers": dict(sorted(plan.first.layers.items())),
        "design": hashlib.sha256(np.ascontiguousarray(plan.rows).tobytes()).hexdigest(),
        "variants": len(plan.rows),
        "block": study.block,
        "seed": study.seed,
        "rules": hashlib.sha256(" ".join(rule_ids()).encode()).hexdigest(),
        "versions": {
            "facility-twin": _version(), "numpy": np.__version__, "scipy": scipy.__version__,
        },
        "python": platform.python_version(),
    }  # fmt: skip


def _version() -> str:
    try:
        return metadata.version("facility-twin")
    except metadata.PackageNotFoundError:  # a checkout that is not installed
        return "0"


class Store:
    """The results of one study on disk."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Look at a folder; it is made or recognised by ``begun``."""
        self.folder, self._plan = folder, plan

    @contextmanager
    def begun(self, *, resume: bool) -> Iterator[list[int]]:
        """Make the store, or go on with it, and give the blocks that are still to be solved.

        Raises:
            InputError: The store is of another study, or none of ours.
            UsageError: It exists and ``resume`` is not set, another run holds it, or it cannot be written.
        """
        import_zarr()
        manifest = manifest_of(self._plan)
        with writing(self.folder):
            if not self.folder.exists():
                self._make(manifest)
            elif not resume:
                raise UsageError(f"{self.folder} exists; go on with --resume, or name another store with -o")
            compare(read_manifest(self.folder), manifest, self.folder)
            with (self.folder / MANIFEST).open("rb") as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise UsageError(f"{self.folder} is being written by another run") from None
                yield [block for block in range(self._plan.blocks) if not self._whole(block)]

    def put(self, block: int, rows: Rows) -> None:
        """Write the results of a block, then its mark.

        Raises:
            UsageError: It cannot be written; blocks that are whole stay.
        """
        import xarray as xr

        where, variables = self._plan.rows_of(block), arrays_of(rows)
        with writing(self.folder):
            data = xr.Dataset({
                name: (("variant", "rule")[: values.ndim], values) for name, values in variables.items()
            })  # fmt: skip
            data.to_zarr(self.folder / DATA, region={"variant": where}, zarr_format=3, consolidated=False)
            failed = {str(where.start + at): text for at, text in sorted(rows.reasons.items())}
            mark = {"rows": [where.start, where.stop], "sha256": _hash(variables), "failed": failed}
            _write_whole(self._mark(block), json.dumps(mark, indent=1) + "\n")

    def _mark(self, block: int) -> Path:
        return self.folder / DONE / f"{block:06d}.json"

    def _whole(self, block: int) -> bool:
        """Return whether a block is written and reads as it was written."""
        try:
            mark = json.loads(self._mark(block).read_text(encoding="utf-8"))
            group = import_zarr().open_group(self.folder / DATA, mode="r")
            where = self._plan.rows_of(block)
            names = self._names()
            found = {name: np.asarray(group[name][where]) for name in names}
        except (OSError, ValueError, KeyError, RuntimeError):  # a torn chunk does not unpack
            return False
        return bool(mark.get("sha256") == _hash(found))

    def _names(self) -> tuple[str, ...]:
        return ("status", "unsolved_count", *(o.name for o in self._plan.study.outputs), *TABLES)

    def _make(self, manifest: Mapping[str, Any]) -> None:
        """Make an empty store beside its place, then put it there whole."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}.", dir=self.folder.parent))
        try:
            self._fill(draft)
            (draft / DONE).mkdir()
            (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
            draft.chmod(0o755)
            draft.rename(self.folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _fill(self, draft: Path) -> None:
        study, count, ids = self._plan.study, len(self._plan.rows), rule_ids()
        group = import_zarr().open_group(draft / DATA, mode="w", zarr_format=3)
        group.attrs.update(
            {"schema": SCHEMA, "layout": study.layout, "rules": list(ids), "study": study.file}
        )
        block = min(study.block, count)

        def array(name: str, kind: str, fill: Any, attrs: Mapping[str, Any], *, wide: bool = False) -> Any:
            made = group.create_array(
                name, shape=(count, len(ids)) if wide else (count,), dtype=kind, fill_value=fill,
                chunks=(block, len(ids)) if wide else (block,),
                dimension_names=("variant", "rule") if wide else ("variant",),
            )  # fmt: skip
            made.attrs.update(dict(attrs))
            return made

        for at, axis in enumerate(study.axes):
            told = {"units": axis.unit} if axis.is_number else {"levels": list(axis.levels)}
            array(axis.name, "float64", np.nan, {"role": "axis", **told})[:] = self._plan.rows[:, at]
        for output in study.outputs:
            array(output.name, "float64", np.nan, {"role": "output", "units": unit_of(output.variable)})
        array("status", "int8", 0, {"long_name": "0 not solved yet, 1 solved, 2 failed"})
        array("unsolved_count", "int16", 0, {"long_name": "contingencies without a steady state"})
        array("margin", "float64", np.nan, {"long_name": "least margin, in the unit of the rule"}, wide=True)
        array(
            "closeness_ratio", "float64", np.nan, {"long_name": "margin over limit", "units": ""}, wide=True
        )
        array("broken_count", "int32", 0, {"long_name": "parts that break the rule"}, wide=True)


def arrays_of(rows: Rows) -> dict[str, Any]:
    """Return what is stored of a block, by name."""
    return {
        "status": rows.status.astype(np.int8), "unsolved_count": rows.unsolved_count.astype(np.int16),
        **rows.outputs, "margin": rows.judged.margin, "closeness_ratio": rows.judged.closeness_ratio,
        "broken_count": rows.judged.broken_count.astype(np.int32),
    }  # fmt: skip


def _hash(variables: Mapping[str, Array]) -> str:
    found = hashlib.sha256()
    for name in sorted(variables):
        found.update(name.encode())
        found.update(np.ascontiguousarray(variables[name]).tobytes())
    return found.hexdigest()


def import_zarr() -> Any:
    """Return the package that keeps stores.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import zarr
    except ImportError:
        raise UsageError(EXTRA) from None
    return zarr


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a store says it is of.

    Raises:
        InputError: It is no store of ours.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise _strange(folder, str(reason)) from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        said = found.get("schema") if isinstance(found, dict) else found
        raise _strange(folder, f"schema {said!r}, not {SCHEMA}")
    return found


def _strange(folder: Path, found: str) -> InputError:
    fault = Fault(
        code="ST250", prim="", attribute="", where=str(folder / MANIFEST), found=found,
        expected="a store of a study",
    )  # fmt: skip
    return InputError([fault])


def compare(there: Mapping[str, Any], wanted: Mapping[str, Any], folder: Path) -> None:
    """Refuse a store of other inputs.

    Raises:
        InputError: Each thing that differs.
    """
    faults = []
    for name in wanted:
        if name in FREE or there.get(name) == wanted[name]:
            continue
        old, new = there.get(name), wanted[name]
        if isinstance(old, dict) and isinstance(new, dict):
            changed = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
            found = f"other {name}: {', '.join(changed)}"
        else:
            found = f"{name} {str(old)[:40]}"
        faults.append(
            Fault(
                code="ST249",
                prim="",
                attribute=name,
                where=str(folder / MANIFEST),
                found=found,
                expected=str(new)[:40] if not isinstance(new, dict) else "what it was solved with",
            )
        )
    if faults:
        raise InputError(faults)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say in one sentence why a store cannot be written.

    Raises:
        UsageError: It cannot.
    """
    try:
        yield
    except OSError as reason:
        raise UsageError(
            f"cannot write {folder}: {reason.strerror or reason}; what is solved stays, go on with --resume"
        ) from reason


def _write_whole(file: Path, text: str) -> None:
    """Write a file at once: there is the old one, the new one, or none."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def open_store(folder: str | Path) -> "xr.Dataset":
    """Return the variants of a store; numbers are read when they are used.

    Axes are coordinates; those of words hold the number of the word in ``attrs["levels"]``.

    Raises:
        InputError: It is no store of ours.
        UsageError: The extra is not installed.
    """
    import xarray as xr

    import_zarr()
    read_manifest(Path(folder))
    data = xr.open_zarr(Path(folder) / DATA, consolidated=False, chunks=None, zarr_format=3)
    axes = [name for name, held in data.variables.items() if held.attrs.get("role") == "axis"]
    opened: xr.Dataset = data.set_coords(axes).assign_coords(rule=data.attrs["rules"])
    return opened


def failures_of(folder: str | Path) -> dict[int, str]:
    """Return why variants failed, by their number."""
    out: dict[int, str] = {}
    for mark in sorted((Path(folder) / DONE).glob("*.json")):
        failed = json.loads(mark.read_text(encoding="utf-8"))["failed"]
        out |= {int(variant): str(text) for variant, text in failed.items()}
    return out
