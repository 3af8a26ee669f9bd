"""The JSON of a circuit, looked through entry by entry, and the faults that its readers find."""

import difflib
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

Entry = Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """What the readers of all tables share.

    Attributes:
        file: Name of the input as it is shown.
        faults: Faults found so far.
    """

    file: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, entry: str, *, found: str, expected: str, attribute: str = "") -> None:
        """Note a fault of an entry like ``lines.feed``."""
        self.faults.append(
            Fault(code=code, prim=entry, attribute=attribute, where=self.file, found=found, expected=expected)
        )

    def refuse(self) -> None:
        """Refuse the input if there are faults.

        Raises:
            InputError: There are some; carries all of them.
        """
        if self.faults:
            raise InputError(self.faults)

    def keys(self, entry: str, given: Any, needed: Collection[str], known: Collection[str]) -> bool:
        """Return whether an entry is an object with what it needs; note that, and keys nobody knows."""
        if not isinstance(given, Mapping):
            self.fault("ST163", entry, found=_told(given), expected="an object with keys and values")
            return False
        for key in given:
            if key not in needed and key not in known:
                every = [*needed, *known]
                same = [other for other in every if other.lower() == key.lower()]
                near = same or difflib.get_close_matches(key, every, n=1, cutoff=0.5)
                hint = near[0] if near else f"one of {', '.join(every)}"
                self.fault("ST161", entry, found=f"unknown key {key!r}", expected=hint)
        missing = [key for key in needed if given.get(key) is None]
        for key in missing:
            self.fault("ST162", entry, found=f"no key {key!r}", expected=f"{', '.join(needed)}")
        return not missing

    def number(
        self,
        entry: str,
        given: Entry,
        key: str,
        *,
        default: float = math.nan,
        above: float = -math.inf,
        least: float = -math.inf,
    ) -> float:
        """Return a number of an entry, NaN where it is at fault; text of digits counts.

        Args:
            entry: Name of the entry.
            given: The entry.
            key: Which number.
            default: What stands for one that is left out.
            above: The number lies above.
            least: The number is no less.
        """
        value = given.get(key)
        if value is None:
            return default
        try:
            found = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            found = math.nan
        if math.isfinite(found) and found > above and found >= least:
            return found
        bound = (
            f" above {above:g}" if above > -math.inf else f", {least:g} or more" if least > -math.inf else ""
        )
        self.fault("ST163", entry, attribute=key, found=_told(value), expected=f"a finite number{bound}")
        return math.nan

    def matrix(self, entry: str, given: Entry, key: str, size: int) -> Array:
        """Return a symmetric matrix of an entry, NaN where it is at fault."""
        try:
            found = np.array(given[key], dtype=np.float64)
        except (TypeError, ValueError):
            found = np.zeros(0)
        spread = np.abs(found).max(initial=0.0)
        if found.shape != (size, size):
            expected = f"{size} rows of {size} numbers, one for each conductor"
        elif not np.isfinite(found).all():
            expected = "finite numbers"
        elif np.abs(found - found.T).max(initial=0.0) > 1e-6 * spread:
            expected = "a symmetric matrix"
        else:
            return found
        self.fault("ST163", entry, attribute=key, found=_told(given[key]), expected=expected)
        return np.full((size, size), math.nan)

    def flag(self, entry: str, given: Entry, key: str, *, default: bool) -> bool:
        """Return a yes or no of an entry."""
        value = given.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault("ST163", entry, attribute=key, found=_told(value), expected="true or false")
        return default

    def one_of(self, entry: str, given: Entry, key: str, among: Sequence[Any], *, default: Any) -> Any:
        """Return a value of an entry that is one of a few."""
        value = given.get(key, default)
        if value in among:
            return value
        said = ", ".join(map(str, among))
        self.fault("ST163", entry, attribute=key, found=_told(value), expected=f"one of {said}")
        return default


def load_json(file: str | Path) -> Mapping[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        InputError: The file is missing, is no JSON object, or has a key twice in one object.
    """
    reading = Reading(str(file))

    def unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                reading.fault(
                    "ST169", key, found="stands twice in one table", expected="a name of its own for each"
                )
            found[key] = value
        return found

    try:
        made = json.loads(Path(file).read_text(encoding="utf-8"), object_pairs_hook=unique)
    except OSError as reason:
        reading.fault("ST160", "", found=reason.strerror or str(reason), expected="a file that can be read")
    except (ValueError, RecursionError) as reason:
        reading.fault("ST160", "", found=f"no JSON: {reason}", expected="one JSON object")
    else:
        if not isinstance(made, Mapping):
            reading.fault("ST160", "", found=_told(made), expected="one JSON object")
    reading.refuse()
    checked: Mapping[str, Any] = made
    return checked


def _told(value: Any) -> str:
    """Return a value as it is shown, cut where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
