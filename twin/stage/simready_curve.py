"""The pressure drop of a rack that the vocabulary keeps as an equation in words."""

import math
import re
from dataclasses import dataclass
from typing import final

_DROP = r"(?:y|f\(x\)|dp|ΔP|Δp|pressure(?:\s*drop)?)"
_KPA = r"(?:\s*[\[(]?\s*kPa\s*[\])]?)"
_FLOW = r"(?:x|Q|flow)"
_LPM = r"(?:\s*[\[(]?\s*(?:L/min|LPM|l/min|lpm)\s*[\])]?)"

_LEFT = re.compile(rf"{_DROP}{_KPA}?|kPa", re.IGNORECASE)
_VARIABLE = rf"(?:{_FLOW}{_LPM}?|{_LPM.strip()})"
_SIGNED_TERM = re.compile(
    rf"""\s*(?P<sign>[+-]?)\s*
    (?:(?P<factor>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?))?
    (?:\s*[*·]?\s*(?P<variable>{_VARIABLE})(?:\s*(?:\^|\*\*)\s*(?P<power>[1-4]))?)?\s*""",
    re.VERBOSE,
)
_UNIT_NOTE = re.compile(
    rf"\s*(?:where\s+|with\s+)?(?:{_FLOW}\s*(?:in|=|:){_LPM}|{_DROP}\s*(?:in|=|:){_KPA})\s*"
)
_PLAIN = str.maketrans({"−": "-", "–": "-", "×": "*"})
_SUPERSCRIPT = {"²": "^2", "³": "^3", "⁴": "^4"}


@final
@dataclass(frozen=True, slots=True)
class Polynomial:
    """Pressure drop [kPa] over flow [L/min].

    Attributes:
        coefficients: By rising power, the constant first.
    """

    coefficients: tuple[float, ...]

    def at(self, flow: float) -> float:
        """Return the pressure drop [kPa] at a flow [L/min]."""
        drop = 0.0
        for coefficient in reversed(self.coefficients):
            drop = drop * flow + coefficient
        return drop


def parse_curve(text: str) -> Polynomial:
    """Return the polynomial of ``y = 0.0038x^2 + 0.039x``; nothing is evaluated, anything else is refused.

    Raises:
        ValueError: The text is no polynomial of one flow, or names other units than kPa over L/min.
    """
    equation, *notes = re.split(r"[;,]\s+", _ascii(text).strip())
    for note in notes:
        if not _UNIT_NOTE.fullmatch(note):
            raise ValueError(f"{note.strip()!r} is no statement of kPa or L/min")
    left, equals, right = equation.partition("=")
    if not equals or "=" in right:
        raise ValueError("an equation has one '='")
    if not _LEFT.fullmatch(left.strip()):
        raise ValueError(f"{left.strip()!r} is not a pressure drop in kPa")
    return Polynomial(_coefficients(right))


def _coefficients(text: str) -> tuple[float, ...]:
    """Return the coefficients of a sum of terms, by rising power."""
    found: dict[int, float] = {}
    variables: set[str] = set()
    at = 0
    while at < len(text) or not found:
        match = _SIGNED_TERM.match(text, at)
        if match is None or not (match["factor"] or match["variable"]) or (found and not match["sign"]):
            raise ValueError(f"{text[at:].strip()!r} is no term of a polynomial")
        power = int(match["power"] or 1) if match["variable"] else 0
        value = float(f"{match['sign']}{match['factor'] or 1}")
        found[power] = found.get(power, 0.0) + value
        variables |= {match["variable"]} if match["variable"] else set()
        at = match.end()
    if not all(map(math.isfinite, found.values())):
        raise ValueError("a coefficient is too large")
    if len(variables) != 1:
        raise ValueError("a curve has one variable, the flow")
    return tuple(found.get(power, 0.0) for power in range(max(found) + 1))


def _ascii(text: str) -> str:
    """Return the text with the signs and exponents that a keyboard has."""
    for sign, plain in _SUPERSCRIPT.items():
        text = text.replace(sign, plain)
    return text.translate(_PLAIN)
