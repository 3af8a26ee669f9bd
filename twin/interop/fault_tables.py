"""Tables of a network in JSON, row by row: what is missing or wrong is told with its entry."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.finding import Fault


@dataclass(slots=True)
class Notes:
    """What readers of all tables share.

    Attributes:
        file: Name of the input as it is shown.
        faults: Faults found so far.
        left_out: Tables that bear on other calculations only.
    """

    file: str
    faults: list[Fault] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def fault(self, code: str, entry: str, key: str, *, found: str, expected: str) -> None:
        """Note a fault of an entry, like ``trafo 0``."""
        made = Fault(code=code, prim=entry, attribute=key, where=self.file, found=found, expected=expected)
        self.faults.append(made)

    def refuse(self) -> None:
        """Refuse the input if there are faults, all of them.

        Raises:
            InputError: There are some.
        """
        if self.faults:
            raise InputError(self.faults)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a table.

    Attributes:
        table: Name of the table.
        index: Its ``index``, its place where it has none.
        values: Column to value.
        notes: Where faults go.
    """

    table: str
    index: int
    values: Mapping[str, Any]
    notes: Notes

    @property
    def entry(self) -> str:
        """Return how the row is named in a fault."""
        return f"{self.table} {self.index}"

    def number(
        self,
        key: str,
        *,
        default: float | None = None,
        above: float = -math.inf,
        most: float = math.inf,
        least: float = -math.inf,
    ) -> float:
        """Return a number of the row; a fault and NaN where it is missing, none, or out of range."""
        value = self.values.get(key)
        if value is None or value == "nan" or (isinstance(value, float) and math.isnan(value)):
            if default is None:
                self.notes.fault("ST152", self.entry, key, found="no number", expected=f"a number for {key}")
                return math.nan
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.notes.fault("ST152", self.entry, key, found=f"{value!r}", expected="a finite number")
            return math.nan
        if not (value > above and least <= value <= most):
            ends = [f"above {above:g}"] if above > -math.inf else []
            ends += [f"at least {least:g}"] if least > -math.inf else []
            ends += [f"at most {most:g}"] if most < math.inf else []
            self.notes.fault("ST153", self.entry, key, found=f"{value:g}", expected=" and ".join(ends))
            return math.nan
        return float(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a yes or no of the row; a fault where it is something else."""
        value = self.values.get(key)
        if value is None or value == "nan":
            return default
        if value in {0, 1}:
            return bool(value)
        self.notes.fault("ST152", self.entry, key, found=f"{value!r}", expected="true or false")
        return default

    def word(self, key: str, among: Collection[str], *, default: str = "") -> str:
        """Return a word of the row; a fault where it is none of those."""
        value = self.values.get(key, default)
        if isinstance(value, str) and value in among:
            return value
        expected = f"one of {', '.join(sorted(among))}"
        self.notes.fault("ST155", self.entry, key, found=f"{value!r}", expected=expected)
        return default

    def bus(self, key: str, known: Mapping[int, int]) -> int:
        """Return the row of the bus that is named; a fault and -1 where there is none."""
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value in known:
            return known[value]
        self.notes.fault("ST154", self.entry, key, found=f"{value!r}", expected="the index of a bus")
        return -1


def numbers(rows: Sequence[Row], key: str, scale: float = 1.0, **limits: float | None) -> Array:
    """Return one column [SI with ``scale``], shape (row, 1); ``limits`` as in ``Row.number``."""
    found = [scale * row.number(key, **limits) for row in rows]  # type: ignore[arg-type]
    return np.array(found, dtype=np.float64).reshape(-1, 1)


def read_json(path: str | Path) -> Mapping[str, Any]:
    """Return the object of a JSON file.

    Raises:
        InputError: The file is missing, is no JSON, or holds no object.
    """
    notes = Notes(str(path))
    try:
        held = json.loads(Path(path).read_bytes())
    except OSError as reason:
        found = reason.strerror or str(reason)
        notes.fault("ST150", "", "", found=found, expected="a file that is there")
    except ValueError as reason:
        notes.fault("ST150", "", "", found=f"no JSON: {reason}", expected="an object with `network`")
    else:
        if isinstance(held, dict):
            return held
        notes.fault("ST150", "", "", found="no object", expected="an object with `network` and `call`")
    raise InputError(notes.faults)


def rows_of(network: Mapping[str, Any], table: str, notes: Notes) -> list[Row]:
    """Return the entries of a table that are in service, none where there is no such table."""
    held = network.get(table, [])
    if not isinstance(held, list) or not all(isinstance(values, dict) for values in held):
        notes.fault("ST150", table, "", found="no list of objects", expected="one object per entry")
        return []
    rows: list[Row] = []
    seen: set[int] = set()
    for place, values in enumerate(held):
        index = values.get("index", place)
        row = Row(table, index if isinstance(index, int) else place, values, notes)
        if row.index != index or row.index in seen:
            notes.fault("ST154", row.entry, "index", found=f"{index!r}", expected="a whole number of its own")
        seen.add(row.index)
        rows.append(row)
    return [row for row in rows if row.flag("in_service", default=True)]
