"""Writes the pull schedule: one line for each cable, as a contractor reads it."""

import csv
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from twin.errors import UsageError
from twin.reports.records import cell

if TYPE_CHECKING:
    from twin.studies.fabric_routes import Routed


def write_pulls(target: Path, found: "Routed") -> None:
    """Write every cable as CSV, or as a workbook where the name ends in ``.xlsx``.

    Raises:
        UsageError: A workbook is asked for and openpyxl is not installed.
    """
    from twin.studies.fabric_bill import Pull, pulls

    names = [field.name for field in dataclasses.fields(Pull)]
    rows = ([cell(getattr(pull, name)) for name in names] for pull in pulls(found))
    if target.name.endswith(".csv"):
        with target.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(rows)
        return
    try:
        import openpyxl
    except ImportError:
        raise UsageError("a workbook needs openpyxl: install it, or name a .csv file") from None
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("pull schedule")
    sheet.freeze_panes = "B2"
    sheet.append(names)
    for row in rows:
        sheet.append(row)
    book.save(target)
