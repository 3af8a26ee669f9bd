"""Notes faults of a weather file: equal ones of neighbouring rows as one, each with line and hour."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from twin.arrays import Array, Index
from twin.errors import InputError
from twin.model.finding import Fault

# Days before each month of a year of 365, and how many each has.
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_START = np.cumsum([0, *DAYS])


@dataclass(slots=True)
class Notes:
    """The faults of one file, as they are found.

    Attributes:
        file: Name that is shown.
        faults: What is wrong so far, warnings among the errors.
    """

    file: str
    faults: list[Fault] = field(default_factory=list)

    def add(
        self, code: str, line: int, *, found: str, expected: str, entry: str = "", column: str = "",
        severity: Literal["error", "warning"] = "error",
    ) -> None:  # fmt: skip
        """Note one fault; line 0 stands for the whole file."""
        where = f"{self.file}:{line}" if line else self.file
        self.faults.append(
            Fault(
                code=code, prim=entry, attribute=column, where=where, found=found, expected=expected,
                severity=severity,
            )
        )  # fmt: skip

    def refuse(self) -> None:
        """Refuse the file if it has faults.

        Raises:
            InputError: An error was noted; carries every fault in the order of lines.
        """
        if any(fault.severity == "error" for fault in self.faults):
            raise InputError(self.told())

    def told(self) -> tuple[Fault, ...]:
        """Return every fault in the order of lines."""
        return tuple(sorted(self.faults, key=_line))


def runs(rows: Index) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of neighbours in rising numbers."""
    if len(rows):
        breaks = np.flatnonzero(np.diff(rows) != 1)
        first = rows[np.concatenate([[0], breaks + 1])]
        last = rows[np.concatenate([breaks, [len(rows) - 1]])]
        yield from zip(first.tolist(), last.tolist(), strict=True)


def step_name(step: int, per_hour: int) -> str:
    """Return the step of a year as people write it: ``3 February, hour ending 05:00``."""
    day, minute = divmod((step + 1) * 60 // per_hour, 24 * 60)
    if minute == 0:
        day, minute = day - 1, 24 * 60
    month = int(np.searchsorted(_START, day, side="right")) - 1
    what = "hour" if per_hour == 1 else f"{60 // per_hour} min"
    date = f"{day - int(_START[month]) + 1} {MONTHS[month]}"
    return f"{date}, {what} ending {minute // 60:02d}:{minute % 60:02d}"


def span_name(first: int, last: int, per_hour: int) -> str:
    """Return a run of steps as people write it, with how many they are."""
    if first == last:
        return step_name(first, per_hour)
    return f"{last - first + 1} steps, {step_name(first, per_hour)} to {step_name(last, per_hour)}"


def worst(values: Array, low: float, high: float) -> float:
    """Return the value farthest out of a range."""
    return float(values[np.argmax(np.maximum(low - values, values - high))])


def _line(fault: Fault) -> int:
    line = fault.where.rpartition(":")[2]
    return int(line) if line.isdecimal() else 0
