"""The variants of a study on one page: table with filters, parallel axes, trade-off, margins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.plots.one_file import one_file

_SCRIPTS = ("unpack.js", "study_model.js", "study_draw.js", "study.js")
# A margin is read to a tenth of a percent, everything else to six digits.
_DIGITS, _MARGIN_DIGITS = 6, 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """One column of the table.

    Attributes:
        name: What heads it.
        unit: Unit as people print it, "" for none.
        values: Numbers, or numbers of words, shape (variant,); NaN for none.
        words: The words, () for numbers.
        role: ``axis``, ``output``, ``cost`` or ``margin``.
    """

    name: str
    unit: str
    values: Array
    words: Sequence[str] = ()
    role: str = "output"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyView:
    """What the page of a study shows. Shapes: (variant,).

    Attributes:
        title, site: What it is about.
        columns: Columns of the table, in order.
        passes, pareto: Which variants pass, which of them no other beats.
        status: 0 open, 1 solved, 2 failed.
        binding: Number of the constraint with the least margin, -1 for none.
        constraints: Names of the constraints.
        titles: What each says when it is broken.
        margins: Margin over limit of the constraints drawn, shape (constraint, variant).
        drawn: Which constraints are drawn, shape (constraint,).
        commands: Command that checks each variant by itself.
        failures: Variant to why it failed.
        notes: How to read the page.
    """

    title: str
    site: str
    columns: Sequence[Column]
    passes: Flags
    pareto: Flags
    status: Index
    binding: Index
    constraints: Sequence[str]
    titles: Sequence[str]
    margins: Array
    drawn: Sequence[int]
    commands: Sequence[str]
    failures: dict[int, str]
    notes: Sequence[str]


def study_html(view: StudyView) -> str:
    """Return the page, which needs no other file and asks for none."""
    payload = {
        "title": view.title,
        "site": view.site,
        "columns": [
            {"name": c.name, "unit": c.unit, "words": list(c.words), "role": c.role,
             "values": _numbers(c.values, _DIGITS)}
            for c in view.columns
        ],
        "passes": view.passes.astype(int).tolist(),
        "pareto": view.pareto.astype(int).tolist(),
        "status": view.status.tolist(),
        "binding": view.binding.tolist(),
        "constraints": list(view.constraints),
        "titles": list(view.titles),
        "margins": [_numbers(row, _MARGIN_DIGITS) for row in view.margins],
        "drawn": list(view.drawn),
        "commands": list(view.commands),
        "failures": {str(variant): why for variant, why in view.failures.items()},
        "notes": list(view.notes),
    }  # fmt: skip
    return one_file("study", title=view.title, payload=payload, scripts=_SCRIPTS)


def _numbers(values: Array, digits: int) -> list[float | None]:
    return [float(f"{x:.{digits}g}") if np.isfinite(x) else None for x in values.tolist()]
