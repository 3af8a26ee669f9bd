"""The eight lines at the head of a weather file: place, design conditions, period of the data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from twin.interop.epw_notes import Notes
from twin.model.weather import Conditions
from twin.units import to_si

NAMES = (
    "LOCATION", "DESIGN CONDITIONS", "TYPICAL/EXTREME PERIODS", "GROUND TEMPERATURES",
    "HOLIDAYS/DAYLIGHT SAVING", "COMMENTS 1", "COMMENTS 2", "DATA PERIODS",
)  # fmt: skip
LOCATION, CONDITIONS, PERIODS = 1, 2, 8
LONGEST = 60
PLACE = (
    (6, "latitude", -90.0, 90.0), (7, "longitude", -180.0, 180.0), (8, "time zone", -12.0, 14.0),
    (9, "elevation", -500.0, 9000.0),
)  # fmt: skip
# Counts of numbers behind each word: Handbook of Fundamentals 2009 and 2013, then 2017 and 2021.
FORMS = {(15, 32, 16): 4, (16, 32, 15): 3}
_DATE = re.compile(r"\s*(\d+)\s*/\s*(\d+)\s*(?:/\s*\d+\s*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the head of a weather file says.

    Attributes:
        name: City with state and country.
        source: Data set and number of the station.
        latitude_deg, longitude_deg, elevation_m: Place.
        per_hour_count: Rows per hour.
        published: Design conditions, None where there are none.
    """

    name: str
    source: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float
    per_hour_count: int
    published: Conditions | None


def read_head(lines: Sequence[str], notes: Notes) -> Head:
    """Return what the first eight lines say.

    Args:
        lines: Lines of the file.
        notes: Takes the faults.

    Raises:
        InputError: The file is no weather file, or its head has faults; carries every fault found.
    """
    if not lines or not lines[0].upper().startswith("LOCATION,"):
        found = f"'{lines[0][:40]}'" if lines else "an empty file"
        notes.add("ST200", 1, found=found, expected="an EPW file: its first line begins with LOCATION,")
        notes.refuse()
    for number, name in enumerate(NAMES, start=1):
        line = lines[number - 1] if number <= len(lines) else ""
        if not line.upper().startswith(name):
            notes.add("ST201", number, found=f"'{line[:40]}'", expected=f"a line that begins with {name}")
    notes.refuse()
    place = [cell.strip() for cell in lines[0].split(",")]
    latitude, longitude, _, elevation = (_number(place, asked, notes) for asked in PLACE)
    per_hour = _period([cell.strip() for cell in lines[PERIODS - 1].split(",")], notes)
    notes.refuse()
    return Head(
        name=", ".join(cell for cell in place[1:4] if cell and cell != "-"),
        source=" ".join(cell for cell in place[4:6] if cell), latitude_deg=latitude, longitude_deg=longitude,
        elevation_m=elevation, per_hour_count=per_hour, published=_conditions(lines[CONDITIONS - 1], notes),
    )  # fmt: skip


def _number(cells: Sequence[str], asked: tuple[int, str, float, float], notes: Notes) -> float:
    """Return a number of the first line, 0 with a fault where it is none or cannot be."""
    at, name, low, high = asked
    given = cells[at] if at < len(cells) else ""
    value = _float(given)
    if value is None or not low <= value <= high:
        expected = f"a number from {low:g} to {high:g} in field {at + 1}"
        notes.add("ST201", LOCATION, entry="LOCATION", column=name, found=f"'{given}'", expected=expected)
        return 0.0
    return value


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _period(cells: Sequence[str], notes: Notes) -> int:
    """Return the rows per hour; note data of less than a year."""

    def refuse(what: str, found: str, expected: str) -> None:
        notes.add("ST201", PERIODS, entry="DATA PERIODS", column=what, found=found, expected=expected)

    cells = [*cells, *[""] * max(0, 7 - len(cells))]
    if cells[1] != "1":
        refuse("periods", f"'{cells[1]}'", "one period, the whole year")
    per_hour = int(cells[2]) if cells[2].isdecimal() else 0
    if per_hour < 1 or LONGEST % per_hour:
        refuse("records per hour", f"'{cells[2]}'", "1, 2, 4 or another count that 60 minutes divide by")
    for at, (what, day) in ((5, ("start", ("1", "1"))), (6, ("end", ("12", "31")))):
        match = _DATE.fullmatch(cells[at])
        if not match or tuple(part.lstrip("0") for part in match.groups()) != day:
            refuse(what, f"'{cells[at]}'", f"{'/'.join(day)}: a whole year")
    return per_hour


def _conditions(line: str, notes: Notes) -> Conditions | None:
    """Return the first design conditions of a file; a line of another form is told and not used."""
    cells = [cell.strip() for cell in line.split(",")]
    words = [word.capitalize() for word in cells]
    if not {"Heating", "Cooling", "Extremes"} <= set(words):
        return None
    at = [words.index(word) for word in ("Heating", "Cooling", "Extremes")]
    end = next((i for i in range(at[2] + 1, len(cells)) if _float(cells[i]) is None), len(cells))
    blocks = [cells[first + 1 : last] for first, last in zip(at, [*at[1:], end], strict=True)]
    numbers = [[_float(cell) for cell in block] for block in blocks]
    after = FORMS.get((len(blocks[0]), len(blocks[1]), len(blocks[2])))
    if after is None or any(value is None for block in numbers for value in block):
        counts = ", ".join(f"{len(block)}" for block in blocks)
        notes.add(
            "ST208", CONDITIONS, entry="DESIGN CONDITIONS", severity="warning",
            found=f"{counts} numbers behind Heating, Cooling and Extremes, of a form that is not known",
            expected="those of the hours are used instead",
        )  # fmt: skip
        return None
    heating, cooling, extremes = ([to_k(value or 0.0) for value in block] for block in numbers)
    spread = numbers[2][after + 2 : after + 4]
    return Conditions(
        source=cells[2], heating_k=(heating[1], heating[2]),
        dry_bulb_k=(cooling[2], cooling[4], cooling[6]), dry_wet_bulb_k=(cooling[3], cooling[5], cooling[7]),
        wet_bulb_k=(cooling[8], cooling[10], cooling[12]),
        wet_dry_bulb_k=(cooling[9], cooling[11], cooling[13]),
        extreme_k=(extremes[after], extremes[after + 1]), spread_dk=(spread[0] or 0.0, spread[1] or 0.0),
    )  # fmt: skip


def to_k(value_c: float) -> float:
    """Return degrees Celsius as kelvin."""
    return float(to_si(value_c, "degC", "value_k"))
