"""Runs the packaged cases against published numbers: what was printed, what we compute, how far apart."""

import importlib.util
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from twin.data import folder
from twin.errors import UsageError
from twin.reports.lines import WIDTH, Ink, columns, fit, shorten
from twin.reports.numbers import margin_unit, number, unit_text

CARD = "case.toml"
# What every case has to tell.
REQUIRED = ("title", "source", "compares", "tolerance_reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published number and ours.

    Attributes:
        quantity: What is compared, in words.
        reference: Published value, in ``unit``.
        ours: Our value, in ``unit``.
        unit: Display unit, "" for a pure number.
        tolerance: Largest difference allowed: in ``unit``, or as a share of the reference.
        relative: Whether the tolerance is a share of the reference.
    """

    quantity: str
    reference: float
    ours: float
    unit: str
    tolerance: float
    relative: bool = False

    @property
    def error(self) -> float:
        """Return ours less the reference, as a share of the reference where the tolerance is one."""
        difference = self.ours - self.reference
        return difference / abs(self.reference) if self.relative else difference

    @property
    def passes(self) -> bool:
        """Return whether the difference is allowed; NaN never is."""
        return math.isfinite(self.error) and abs(self.error) <= self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One folder of published numbers.

    Attributes:
        name: Name of the folder.
        folder: Where it lies.
        card: ``case.toml``: title, source, what is compared, why the tolerance, known differences.
    """

    name: str
    folder: Path
    card: dict[str, Any]

    def rows(self) -> list[Row]:
        """Return every comparison, by running ``rows()`` of the folder's ``case.py``."""
        made: list[Row] = self.module().rows()
        return made

    def module(self) -> ModuleType:
        """Return the folder's ``case.py``."""
        spec = importlib.util.spec_from_file_location(f"twin_case_{self.name}", self.folder / "case.py")
        if spec is None or spec.loader is None:
            raise UsageError(f"{self.folder} holds no case.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def cases(where: Path | None = None) -> list[Case]:
    """Return every case of a folder, the packaged one by default, in name order.

    Raises:
        UsageError: A case lacks what every case has to tell.
    """
    found = []
    for card in sorted((where or folder("verification")).glob(f"*/{CARD}")):
        said = tomllib.loads(card.read_text(encoding="utf-8"))
        if lacking := [key for key in REQUIRED if not said.get(key)]:
            raise UsageError(f"{card.parent.name}/{CARD} lacks {', '.join(lacking)}")
        if (card.parent / "case.py").is_file():
            found.append(Case(name=card.parent.name, folder=card.parent, card=said))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one case came to: its rows, or why it was not run."""

    case: Case
    rows: Sequence[Row] = ()
    skipped: str = ""


def run(chosen: Sequence[str] = (), where: Path | None = None) -> list[Result]:
    """Run the chosen cases, all by default.

    Raises:
        UsageError: There is no case of that name.
    """
    known = {case.name: case for case in cases(where)}
    if strangers := [name for name in chosen if name not in known]:
        raise UsageError(f"there is no case {strangers[0]}; there is {', '.join(known) or 'none'}")
    results = []
    for case in (known[name] for name in (chosen or known)):
        try:
            results.append(Result(case=case, rows=case.rows()))
        except ModuleNotFoundError as reason:
            if (reason.name or "").split(".")[0] == "twin":
                raise
            results.append(Result(case=case, skipped=f"needs {reason.name}"))
    return results


def passes(results: Sequence[Result]) -> bool:
    """Return whether nothing failed."""
    return all(row.passes for result in results for row in result.rows)


def verify_text(results: Sequence[Result], ink: Ink | None = None) -> str:
    """Return the comparison as a table, one row per number, then how many passed."""
    ink = ink or Ink()
    heads = ("case", "quantity", "reference", "ours", "error", "tolerance", "")
    rows = [r for result in results for r in result.rows]
    body = [_cells(result.case.name, row) for result in results for row in result.rows]
    lines = columns([heads, *body], right=(2, 3, 4, 5)) if body else []
    shown = [fit(line, WIDTH) for line in lines]
    shown = [ink("red", line) if line.endswith("FAIL") else line for line in shown]
    for result in results:
        if result.skipped:
            shown.append(f"{result.case.name}: skipped, {result.skipped}")
    passed = sum(row.passes for row in rows)
    skipped = sum(bool(result.skipped) for result in results)
    shown.append("")
    done = len(results) - skipped
    shown.append(f"{passed} of {len(rows)} numbers within tolerance, in {done} cases; {skipped} skipped")
    return "\n".join(shown) + "\n"


def _cells(name: str, row: Row) -> tuple[str, ...]:
    unit = unit_text(row.unit)
    scale, mark = (100.0, " %") if row.relative else (1.0, unit_text(margin_unit(row.unit)))
    return (
        shorten(name, 20),
        shorten(row.quantity, 40),
        f"{number(row.reference, 5)}{unit}",
        f"{number(row.ours, 5)}{unit}",
        f"{number(scale * row.error, 2)}{mark}",
        f"{number(scale * row.tolerance, 2)}{mark}",
        "ok" if row.passes else "FAIL",
    )
