"""Rows of a study as JSON or as a table for a spreadsheet, in SI."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from twin.reports.machine import plain

Tables = Mapping[str, Sequence[Any]]


def records_json(schema: str, tables: Tables, facts: Mapping[str, object]) -> str:
    """Return tables of dataclasses and some facts as one JSON object; null where not finite.

    Args:
        schema: Name and version of what is written.
        tables: Rows by the name of their table.
        facts: What holds for all of them.
    """
    rows = {name: [plain(dataclasses.asdict(row)) for row in held] for name, held in tables.items()}
    top = {"schema": schema, **plain(dict(facts)), **rows}
    return json.dumps(top, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def records_csv(rows: Sequence[Any]) -> str:
    """Return rows of one dataclass as comma-separated values; empty where a number is not finite."""
    out = io.StringIO()
    if rows:
        names = [field.name for field in dataclasses.fields(rows[0])]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([cell(getattr(row, name)) for name in names] for row in rows)
    return out.getvalue()


def tables_csv(tables: Tables) -> str:
    """Return rows of several dataclasses as one table whose first column names theirs.

    A column of another table is empty; so is a number that is not finite.
    """
    held = {name: rows for name, rows in tables.items() if rows}
    own = {name: [field.name for field in dataclasses.fields(rows[0])] for name, rows in held.items()}
    names = list(dict.fromkeys(column for columns in own.values() for column in columns))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["table", *names])
    for name, rows in held.items():
        mine = set(own[name])
        writer.writerows(
            [name, *(cell(getattr(row, column)) if column in mine else "" for column in names)]
            for row in rows
        )
    return out.getvalue()


def cell(value: object) -> object:
    """Return a value as it stands in a table: parts joined by semicolons, empty where not finite."""
    if isinstance(value, tuple):
        return ";".join(str(item) for item in value)
    if isinstance(value, float):
        return repr(value) if value == value and abs(value) != float("inf") else ""  # noqa: PLR0124
    return value
