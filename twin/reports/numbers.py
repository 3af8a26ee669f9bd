"""Numbers as people read them: few digits, but never so few that a breach looks like none."""

import math

from twin.units import canonical, display_unit, from_si, pretty

DIGITS = 4
MOST_DIGITS = 12
NONE = "–"
# What a difference of two readings is written in, where that is not the unit of the readings.
_DIFFERENCE = {
    "degC": "K", "degF": "delta_degF", "bar g": "bar", "mbar g": "mbar", "kPa g": "kPa", "psig": "psi",
}  # fmt: skip


def number(value: float, digits: int = DIGITS) -> str:
    """Return a number with so many significant digits, no exponent where none is needed."""
    if not math.isfinite(value):
        return NONE
    if value == 0.0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -5 <= size <= 9:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    text = f"{value:.{max(0, digits - 1 - size)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def apart(value: float, limit: float) -> tuple[str, str]:
    """Return value and limit with as many digits as it takes to tell them apart."""
    for digits in range(DIGITS, MOST_DIGITS + 1):
        shown = number(value, digits), number(limit, digits)
        if shown[0] != shown[1] or value == limit:
            return shown
    return shown


def signed(value: float) -> str:
    """Return a margin with its sign."""
    text = number(value)
    return f"+{text}" if value > 0.0 else text


def shown(value: float, name: str, digits: int = DIGITS) -> str:
    """Return an SI number in the display unit of its name, the unit left out."""
    return number(float(from_si(value, display_unit(name), name)), digits)


def gap(value: float, name: str) -> str:
    """Return an SI difference in the display unit of its name, with its sign, the unit left out."""
    return signed(float(from_si(value, display_unit(name), name)))


def percent(ratio: float, digits: int = 3) -> str:
    """Return a ratio in per cent."""
    return f"{number(100.0 * ratio, digits)} %" if math.isfinite(ratio) else NONE


def unit_text(unit: str) -> str:
    """Return a unit as it stands behind a number, with the space before it."""
    shown = pretty(canonical(unit)) if unit else ""
    return f" {shown}" if shown else ""


def margin_unit(unit: str) -> str:
    """Return the unit of a difference of two readings in ``unit``: K for °C, bar for bar g."""
    return _DIFFERENCE.get(canonical(unit), unit) if unit else ""


def seconds(duration_s: float) -> str:
    """Return a duration for a timing line."""
    return f"{duration_s * 1e3:.0f} ms" if duration_s < 1.0 else f"{duration_s:.1f} s"


def power(power_w: float) -> str:
    """Return a power in the unit that suits its size."""
    if not math.isfinite(power_w):
        return NONE
    factor, unit = (1e-6, "MW") if abs(power_w) >= 1e6 else (1e-3, "kW")
    return f"{number(power_w * factor)} {unit}"


def reading(value: float, limit: float, margin: float, unit: str) -> tuple[str, str, str]:
    """Return value, limit and margin with their units, told apart and signed."""
    shown, bound = apart(value, limit)
    gap = f"{signed(margin)}{unit_text(margin_unit(unit))}"
    return f"{shown}{unit_text(unit)}", f"{bound}{unit_text(unit)}", gap


def sentence(value: float, limit: float, margin: float, unit: str) -> str:
    """Return value, limit and margin in words."""
    shown, bound, gap = reading(value, limit, margin, unit)
    return f"{shown}, limit {bound}, margin {gap}"


def plural(count: int) -> str:
    """Return what a word gets at its end for so many."""
    return "" if count == 1 else "s"
