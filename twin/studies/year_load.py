"""IT load over a year, as a share of what is declared: one number, hours of the day, or every step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.arrays import Array, Flags
from twin.errors import InputError, UsageError
from twin.model.finding import Fault
from twin.model.weather import Weather

DAY_HOURS = 24
# Typical years have no weekdays of their own.
FIRST_DAY = "the year begins on a Monday (assumption)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """IT power over that declared in every step, shape (step,), and where it comes from."""

    ratio: Array
    text: str


def load_of(told: str | None, weather: Weather) -> Load:
    """Return the load of every step.

    Args:
        told: A share such as ``0.6``, or a file of numbers: 24 rows of one column, or of two for working days
            and weekends, or one row per step of the weather; None for all that is declared.
        weather: What says when each step is.

    Raises:
        UsageError: It is neither a share nor a file.
        InputError: A row is no share, or there are not as many as there should be; each is named.
    """
    count = weather.hour.size
    if told is None:
        return Load(ratio=np.ones(count), text="all IT power that is declared, every hour")
    try:
        share = float(told)
    except ValueError:
        return _from_file(Path(told), weather)
    if not 0.0 < share <= 1.0:
        raise UsageError(f"--load {told} is no share of the declared IT power above 0 and up to 1")
    return Load(ratio=np.full(count, share), text=f"{share:g} of the declared IT power, every hour")


def _from_file(path: Path, weather: Weather) -> Load:
    if not path.is_file():
        raise UsageError(f"--load {path}: neither a share like 0.6 nor a file")
    rows = numbers_of(path, least=0.0, most=1.0, what="share of the declared IT power, 0 to 1")
    count, width = rows.shape
    if count == DAY_HOURS and width in {1, 2}:
        column = np.where(weekend(weather), width - 1, 0)
        days = "hours of the day" if width == 1 else f"hours of working days and weekends; {FIRST_DAY}"
        return Load(ratio=rows[weather.hour, column], text=f"{path.name}: {days}")
    if count == weather.hour.size and width == 1:
        return Load(ratio=rows[:, 0].copy(), text=f"{path.name}: every step")
    raise InputError([
        Fault(
            code="ST230", prim="", attribute="", where=str(path), found=f"{count} rows of {width} numbers",
            expected=f"24 rows of one or two numbers, or {weather.hour.size} rows of one",
        )
    ])  # fmt: skip


def numbers_of(path: Path, *, least: float, most: float, what: str) -> Array:
    """Return the numbers of a file with commas, shape (row, column); a heading is left out.

    Raises:
        InputError: A cell is no number within the range, or a row is longer than the others; all are named.
    """
    rows: list[list[float]] = []
    faults: list[Fault] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if not any(cells) or (not rows and not faults and not _is_number(cells[0])):
            continue
        if rows and len(cells) != len(rows[0]):
            faults.append(
                _fault(path, number, f"{len(cells)} numbers", f"{len(rows[0])} as in the rows above")
            )
            continue
        faults += [
            _fault(path, number, f"'{cell}'", what)
            for cell in cells
            if not _is_number(cell) or not least <= float(cell) <= most
        ]
        rows.append([float(cell) if _is_number(cell) else np.nan for cell in cells])
    if faults:
        raise InputError(faults)
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _fault(path: Path, line: int, found: str, expected: str) -> Fault:
    where = f"{path}:{line}"
    return Fault(code="ST231", prim="", attribute="", where=where, found=found, expected=expected)


def weekend(weather: Weather) -> Flags:
    """Return which steps lie on a Saturday or Sunday, shape (step,)."""
    per_day = round(86_400.0 / weather.step_s)
    day = np.arange(weather.hour.size) // per_day
    return np.asarray(day % 7 >= 5, dtype=np.bool_)
