"""The lines of an EPANET input, cut into words, and the faults that their readers find."""

import difflib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from twin.errors import InputError
from twin.model.finding import Fault

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
# Words part at blanks and tabs; what begins with a quote goes on to the next one.
WORD = re.compile(r'"([^"]*)"?|([^ \t]+)')

SECTIONS = (
    "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "DEMANDS", "EMITTERS",
    "PATTERNS", "CURVES", "STATUS", "CONTROLS", "RULES", "OPTIONS", "TIMES", "LEAKAGE", "ENERGY", "QUALITY",
    "SOURCES", "REACTIONS", "MIXING", "REPORT", "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "TAGS",
    "ROUGHNESS", "END",
)  # fmt: skip
# EPANET tells sections apart by these many letters.
SECTION_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line with words.

    Attributes:
        number: Its number in the file.
        words: Its words, quotes taken off.
        comment: What stands behind the semicolon.
    """

    number: int
    words: tuple[str, ...]
    comment: str = ""

    def says(self, at: int, *starts: str) -> bool:
        """Return whether a word begins with one of some keywords, whatever the case."""
        return at < len(self.words) and self.words[at].upper().startswith(starts)


@dataclass(slots=True)
class Reading:
    """What the readers of all sections share.

    Attributes:
        file: Name of the input as it is shown.
        faults: Faults found so far.
        unsupported: What is asked for and left out.
    """

    file: str
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)

    def where(self, line: int) -> str:
        """Return a place in the file, the file alone for line 0."""
        return f"{self.file}:{line}" if line else self.file

    def fault(
        self, code: str, line: int, name: str, *, found: str, expected: str, attribute: str = ""
    ) -> None:
        """Note a fault of the element or keyword ``name``."""
        fault = Fault(
            code=code, prim=name, attribute=attribute, where=self.where(line), found=found, expected=expected
        )
        self.faults.append((line, fault))

    def refuse(self) -> None:
        """Refuse the input if there are faults, all of them in order of lines.

        Raises:
            InputError: There are some.
        """
        if self.faults:
            raise InputError([fault for _, fault in sorted(self.faults, key=lambda pair: pair[0])])

    def complete(self, line: Line, form: str) -> bool:
        """Return whether a line has the words of a form like ``ID NODE (PATTERN)``; note it if not."""
        parts = form.replace("...", "").split()
        needed = sum(not part.startswith("(") for part in parts)
        most = math.inf if form.endswith("...") else len(parts)
        if needed <= len(line.words) <= most:
            return True
        self.fault(
            "ST102", line.number, line.words[0], found=f"{len(line.words)} words: {' '.join(line.words)}",
            expected=form.replace("...", "").rstrip(),
        )  # fmt: skip
        return False

    def number(
        self,
        line: Line,
        at: int,
        what: str,
        *,
        default: float = math.nan,
        above: float = -math.inf,
        least: float = -math.inf,
    ) -> float:
        """Return a number of a line in its own unit; note it when it is none or out of range.

        Args:
            line: The line.
            at: Which word.
            what: What it is.
            default: Value where the line ends before it, or where the word is at fault.
            above: The number lies above.
            least: The number is no less.
        """
        if at >= len(line.words):
            return default
        word = line.words[at]
        if not NUMBER.fullmatch(word):
            self.fault(
                "ST103", line.number, line.words[0], attribute=what, found=repr(word), expected="a number"
            )
            return default
        value = float(word)
        if not (above < value < math.inf and least <= value):
            bound = f"above {above:g}" if above > -math.inf else f"{least:g} or more"
            self.fault(
                "ST104", line.number, line.words[0], attribute=what, found=word,
                expected=bound if math.isfinite(value) else "a finite number",
            )  # fmt: skip
            return default
        return value

    def known(self, line: int, name: str, kind: str, asked: str, among: Collection[str]) -> bool:
        """Return whether a name is among those of a kind (node, link, curve, pattern); note it if not."""
        if asked in among:
            return True
        near = difflib.get_close_matches(asked, among, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        self.fault(
            "ST105", line, name, attribute=kind, found=f"there is no {kind} {asked}",
            expected=f"the name of a {kind}, letter by letter{hint}",
        )  # fmt: skip
        return False

    def unknown_word(self, line: int, name: str, found: str, right: Sequence[str]) -> None:
        """Note a keyword that nobody knows."""
        near = difflib.get_close_matches(found.upper(), right, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        self.fault(
            "ST107", line, name, found=repr(found), expected=f"one of {', '.join(right)}{hint}",
        )  # fmt: skip


def sections_of(text: str, reading: Reading) -> dict[str, list[Line]]:
    """Return the lines of every section that the input has, and note sections that nobody knows."""
    found: dict[str, list[Line]] = {}
    lines: list[Line] | None = None
    for number, row in enumerate(text.splitlines(), start=1):
        said, _, comment = row.partition(";")
        words = tuple(bare or quoted for quoted, bare in WORD.findall(said))
        if not words:
            continue
        if words[0].startswith("["):
            name = _section(words[0])
            if name == "END":
                break
            if not name:
                near = difflib.get_close_matches(words[0].strip("[]").upper(), SECTIONS, n=1)
                reading.fault(
                    "ST101", number, words[0], found="no section of this name",
                    expected=f"[{near[0]}]" if near else "a section that EPANET knows",
                )  # fmt: skip
            lines = found.setdefault(name, [])
        elif lines is None:
            reading.fault("ST101", number, words[0], found="a line before any section", expected="[TITLE]")
            lines = []
        else:
            lines.append(Line(number, words, comment.strip()))
    found.pop("", None)
    return found


def _section(word: str) -> str:
    """Return the section that a word in brackets names, "" for none; four letters are enough."""
    said = word.strip("[]").upper()
    return next(
        (name for name in SECTIONS if name.startswith(said[:SECTION_LETTERS]) and name.startswith(said)), ""
    )


def seconds(words: Sequence[str]) -> float | None:
    """Return the time that one or two words say [s], None for none: ``1.5``, ``90 MIN``, ``1 PM``.

    Source:
        L. A. Rossman, EPANET 2.2 User Manual (EPA/600/R-20/133), appendix C, [TIMES] and [CONTROLS].
    """
    clock, unit = words[0], words[1].upper() if len(words) > 1 else ""
    parts = clock.split(":")
    if len(parts) > 3 or not all(NUMBER.fullmatch(part) and float(part) >= 0.0 for part in parts):
        return None
    hours = sum(float(part) / 60.0**place for place, part in enumerate(parts))
    if unit in {"", "AM", "PM"}:
        if unit and hours >= 13.0:
            return None
        noon = unit and hours >= 12.0
        shift = 12.0 * ((unit == "PM") - bool(noon)) if unit else 0.0
        return 3600.0 * (hours + shift)
    scale = next((s for start, s in TIME_UNITS.items() if unit.startswith(start)), None)
    return None if scale is None or len(parts) > 1 else hours * scale


TIME_UNITS: Mapping[str, float] = {"SEC": 1.0, "MIN": 60.0, "HOU": 3600.0, "DAY": 86400.0}
