"""The rows of a weather file: every number by its column, every row in its step of the year."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.interop.epw_notes import DAYS, Notes, runs, span_name, step_name, worst

HEAD_LINES = 8
# Albedo and rain came later, so the last three of 35 fields may be absent; in all rows alike.
FIELDS = range(32, 36)
TIMES = {"month": 1, "day": 2, "hour": 3, "minute": 4}
# Field, lowest and highest value, and from where on it means missing: EPW data dictionary of EnergyPlus 24.1.
VALUES = {
    "dry bulb": (6, -70.0, 70.0, 99.9),
    "dew point": (7, -70.0, 70.0, 99.9),
    "relative humidity": (8, 0.0, 110.0, 999.0),
    "pressure": (9, 31000.0, 120000.0, 999999.0),
}
HOURS, HOURS_A_DAY = 8760, 24
SEVERAL = (1, 2, 4, 6, 12)
_START = np.cumsum([0, *DAYS[:-1]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of a whole year in order, shape (step,) each.

    Attributes:
        per_hour_count: Rows per hour.
        line: Line of the file.
        step: Step of the year.
        month, day, hour: Time as written; the hour is that which ends.
        values: Numbers by the name of their column, as written; NaN where missing.
    """

    per_hour_count: int
    line: Index
    step: Index
    month: Index
    day: Index
    hour: Index
    values: dict[str, Array]

    def named(self, first: int, last: int) -> str:
        """Return a run of rows as people write it."""
        return _named(self.step, first, last, self.per_hour_count)


def read_rows(lines: Sequence[str], per_hour: int, notes: Notes) -> Rows:
    """Return the rows behind the head.

    Args:
        lines: Lines of the file, head and all.
        per_hour: Rows per hour, as the head says.
        notes: Takes the faults.

    Raises:
        InputError: No row can be read; others are told by what is noted.
    """
    cells, line = _cells(lines, notes)
    told = max(1, round(len(cells) / HOURS))
    if told != per_hour and told in SEVERAL:
        notes.add(
            "ST201", HEAD_LINES, entry="DATA PERIODS", column="records per hour", found=str(per_hour),
            expected=f"{told}: there are {len(cells)} rows",
        )  # fmt: skip
        notes.refuse()
    time = {name: _numbers(cells, line, at, name, notes) for name, at in TIMES.items()}
    hours = time["hour"][np.isfinite(time["hour"])]
    if len(hours) and hours.min() == 0 and hours.max() == HOURS_A_DAY - 1:
        notes.add(
            "ST203", int(line[0]), entry="all rows", column="hour", found="hours from 0 to 23",
            expected="1 to 24: the hour that ends then",
        )  # fmt: skip
        notes.refuse()
    step, leap = _steps(time, line, per_hour, notes)
    values = {name: _numbers(cells, line, VALUES[name][0], name, notes) for name in VALUES}
    for name, column in values.items():
        values[name] = _known(column, name, (line, step, per_hour), notes)
    if leap.any():
        notes.add(
            "ST208", int(line[np.argmax(leap)]), entry="29 February", severity="warning",
            found=f"{int(leap.sum())} rows of a leap year", expected="left out: a year here has 365 days",
        )  # fmt: skip
    _in_order(step, line, per_hour, notes)
    kept = np.flatnonzero(step >= 0)
    if not len(kept):
        notes.refuse()
    month, day, hour = (time[name][kept].astype(np.intp) for name in ("month", "day", "hour"))
    return Rows(
        per_hour_count=per_hour, line=line[kept], step=step[kept], month=month, day=day, hour=hour,
        values={name: column[kept] for name, column in values.items()},
    )  # fmt: skip


def _cells(lines: Sequence[str], notes: Notes) -> tuple[list[list[str]], Index]:
    """Return the fields of each row that has all of them, and their lines."""
    last = len(lines)
    while last > HEAD_LINES and not lines[last - 1].strip():
        last -= 1
    split = [line.split(",") for line in lines[HEAD_LINES:last]]
    count = np.array([len(row) for row in split], dtype=np.intp)
    wanted = int(count[0]) if len(count) and int(count[0]) in FIELDS else FIELDS[-1]
    for first, end in runs(np.flatnonzero(count != wanted)):
        many = f" in {end - first + 1} rows" if end > first else ""
        notes.add(
            "ST202", first + HEAD_LINES + 1, found=f"{count[first]} fields{many}",
            expected=f"{wanted}, as in the others" if count[0] in FIELDS else "35, or 32 to 34 in all rows",
        )  # fmt: skip
    if not len(count):
        notes.add("ST205", 0, found="no rows behind the head", expected=f"{HOURS} hours")
    whole = np.flatnonzero(count == wanted)
    if not len(whole):
        notes.refuse()
    return [split[row] for row in whole.tolist()], whole + HEAD_LINES + 1


def _numbers(cells: list[list[str]], line: Index, at: int, name: str, notes: Notes) -> Array:
    """Return a column as numbers, NaN where there is none; an empty field is missing, other text a fault."""
    words = [row[at] for row in cells]
    try:
        return _finite(np.array(list(map(float, words))))
    except ValueError:
        pass
    column = np.full(len(words), np.nan)
    strange = []
    for row, word in enumerate(words):
        try:
            column[row] = _finite(np.array([float(word)]))[0] if word.strip() else np.nan
        except ValueError:
            strange.append(row)
    for first, last in runs(np.array(strange, dtype=np.intp)):
        many = f" and on in {last - first + 1} rows" if last > first else ""
        notes.add(
            "ST202", int(line[first]), entry=name, found=f"'{words[first][:20]}'{many}", expected="a number"
        )  # fmt: skip
    return column


def _finite(column: Array) -> Array:
    """Return numbers, or refuse words like nan and inf that count as such elsewhere."""
    if not np.isfinite(column).all():
        raise ValueError
    return column


def _steps(time: dict[str, Array], line: Index, per_hour: int, notes: Notes) -> tuple[Index, Flags]:
    """Return the step of the year of each row, -1 for none, and which rows lie on 29 February."""
    month, day, hour, minute = (time[name] for name in TIMES)
    whole = np.all([np.isfinite(c) & (c == np.round(c)) for c in time.values()], axis=0)
    safe = np.where(whole & (month >= 1) & (month <= 12), month, 1).astype(np.intp)
    leap = (safe == 2) & (day == 29)
    slot = _slot(minute, per_hour)
    bad = {
        "month": ~((month >= 1) & (month <= 12) & whole),
        "day": ~(((day >= 1) & (day <= np.array(DAYS)[safe - 1])) | leap),
        "hour": ~((hour >= 1) & (hour <= HOURS_A_DAY)),
        "minute": slot < 0,
    }
    expected = {
        "month": "whole numbers, the month from 1 to 12", "day": "a day that the month has",
        "hour": "1 to 24: the hour that ends then",
        "minute": "0 to 60" if per_hour == 1 else f"a multiple of {60 // per_hour} up to 60",
    }  # fmt: skip
    wrong = np.zeros(len(line), dtype=bool)
    for name, flags in bad.items():
        for first, last in runs(np.flatnonzero(flags & ~wrong)):
            many = f" in {last - first + 1} rows from here" if last > first else ""
            row = f"row of {month[first]:g}/{day[first]:g} hour {hour[first]:g} minute {minute[first]:g}"
            notes.add(
                "ST203", int(line[first]), entry=row, column=name,
                found=f"{time[name][first]:g}{many}", expected=expected[name],
            )  # fmt: skip
        wrong |= flags
    kept = ~wrong & ~leap
    step = np.full(len(line), -1, dtype=np.intp)
    days = _START[safe[kept] - 1] + day[kept].astype(np.intp) - 1
    step[kept] = (days * HOURS_A_DAY + hour[kept].astype(np.intp) - 1) * per_hour + slot[kept]
    return step, leap & ~wrong


def _slot(minute: Array, per_hour: int) -> Index:
    """Return which step of its hour a row is, from 0; -1 for none.

    Minutes end a step, 0 being 60; where the first row has 0, they begin it.
    """
    known = np.where(np.isfinite(minute) & (minute >= 0) & (minute <= 60), minute, -1.0).astype(np.intp)
    if per_hour == 1:
        return np.where(known < 0, -1, 0)
    length = 60 // per_hour
    place = np.where(known == 0, 60, known) // length - 1 if known[0] else known // length
    return np.where((known < 0) | (known % length != 0) | (place >= per_hour), -1, place)


def _known(column: Array, name: str, place: tuple[Index, Index, int], notes: Notes) -> Array:
    """Return a column with what is missing as NaN; note what is out of range."""
    line, step, per_hour = place
    _, low, high, missing = VALUES[name]
    column = np.where(column >= missing, np.nan, column)
    for first, last in runs(np.flatnonzero((step >= 0) & ((column < low) | (column > high)))):
        notes.add(
            "ST206", int(line[first]), entry=_named(step, first, last, per_hour), column=name,
            found=f"{worst(column[first : last + 1], low, high):g}", expected=f"{low:g} to {high:g}",
        )  # fmt: skip
    return column


def _named(step: Index, first: int, last: int, per_hour: int) -> str:
    """Return the rows as steps of the year; rows that stand in disorder by how many they are."""
    if step[last] - step[first] == last - first:
        return span_name(int(step[first]), int(step[last]), per_hour)
    return f"{last - first + 1} rows from {step_name(int(step[first]), per_hour)}"


def _in_order(step: Index, line: Index, per_hour: int, notes: Notes) -> None:
    """Note rows that stand twice or too late, and steps that no row holds."""
    rows = np.flatnonzero(step >= 0)
    placed = step[rows]
    seen, first, back = np.unique(placed, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[back] != np.arange(len(placed)))
    for begin, end in runs(again):
        other = int(line[rows[first[back[begin]]]])
        notes.add(
            "ST204", int(line[rows[begin]]), entry=_named(placed, begin, end, per_hour),
            found=f"stands twice, first in line {other}", expected="each step once",
        )  # fmt: skip
    once = np.setdiff1d(np.arange(len(placed)), again)
    late = once[1:][np.diff(placed[once]) < 0]
    for begin, end in runs(late):
        before = int(placed[once][np.searchsorted(once, begin) - 1])
        many = f", and so do {end - begin} rows behind it" if end > begin else ""
        notes.add(
            "ST204", int(line[rows[begin]]), entry=step_name(int(placed[begin]), per_hour),
            found=f"stands behind {step_name(before, per_hour)}{many}", expected="rows in the order of time",
        )  # fmt: skip
    absent = np.setdiff1d(np.arange(HOURS * per_hour), seen)
    for begin, end in runs(absent):
        after = rows[placed > end]
        notes.add(
            "ST205", int(line[after[0]] if len(after) else line[-1]), entry=span_name(begin, end, per_hour),
            found="no row", expected=f"{HOURS * per_hour} rows, one for each step of the year",
        )  # fmt: skip
