"""Checks a column against the limits of its parameter, and guesses the unit of a slip."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.errors import UnitError
from twin.model.component import Param, Range
from twin.units import canonical, check_unit, from_si, to_si

_MARGIN = 1e-9  # a limit itself is allowed, whatever the conversion did to its last digit
_SLIPS = (
    "W",
    "kW",
    "MW",
    "Pa",
    "kPa",
    "bar",
    "Pa g",
    "kPa g",
    "bar g",
    "psi",
    "psig",
    "L/s",
    "L/min",
    "m3/h",
    "m3/s",
    "gpm",
    "cfm",
    "mm",
    "m",
    "ft",
    "in",
    "degC",
    "K",
    "degF",
    "%",
    "1",
    "A",
    "kA",
    "V",
    "kV",
    "kVA",
    "VA",
    "MVA",
    "kg",
    "g",
    "t",
    "s",
    "min",
    "h",
    "ms",
    "L",
    "m3",
    "mm2",
    "m2",
    "Pa s",
    "mPa s",
    "kW/K",
    "W/K",
    "ohm",
    "mohm",
)


def check_limits(param: Param, values: Array) -> Iterator[tuple[int, str, str, str]]:
    """Yield position, code, what was found and what is right, for each value outside a limit.

    A value that floats cannot hold in SI is outside whatever limits there are.
    """
    for code, limits in (("ST013", param.hard), ("ST014", param.soft)):
        for at in np.flatnonzero(_outside(param, limits, values)):
            if code == "ST014" and _outside(param, param.hard, values[at : at + 1])[0]:
                continue  # already refused
            value = float(values[at])
            slip = _slip(param, value)
            found = f"{_shown(param, value)}{f' (written in {slip}?)' if slip else ''}"
            yield int(at), code, found, _range(param, limits)


def _outside(param: Param, limits: Range, values: Array) -> Array:
    low, high = (_si(param, limit) for limit in limits)
    with np.errstate(invalid="ignore"):
        below = values < low - _MARGIN * abs(low) if low is not None else np.zeros(len(values), dtype=bool)
        above = values > high + _MARGIN * abs(high) if high is not None else np.zeros(len(values), dtype=bool)
    return np.asarray(below | above | np.isinf(values))


def _si(param: Param, limit: float | None) -> float | None:
    return None if limit is None else float(to_si(limit, param.unit, param.name))


def _shown(param: Param, value: float) -> str:
    unit = canonical(param.unit)
    if np.isinf(value):
        return "a number beyond what floats hold"
    return f"{float(from_si(value, unit, param.name)):.6g}{'' if unit == '1' else f' {unit}'}"


def _range(param: Param, limits: Range) -> str:
    low, high = limits
    unit = canonical(param.unit)
    if low is None and high is None:
        return "a number that a real part can have"
    return (
        f"from {low:g} to {high:g} {unit}"
        if low is not None and high is not None
        else (f"at least {low:g} {unit}" if high is None else f"at most {high:g} {unit}")
    )


def _slip(param: Param, value: float) -> str:
    """Return the unit in which the bare number would be usual, "" for none."""
    limits = param.soft if param.soft != (None, None) else param.hard
    bare = float(from_si(value, param.unit, param.name))
    for unit in _SLIPS:
        try:
            if check_unit(unit, param.name) == canonical(param.unit):
                continue
            meant = to_si(np.array([bare]), unit, param.name)
        except UnitError:
            continue
        if not _outside(param, limits, meant)[0] and not _outside(param, param.hard, meant)[0]:
            return unit
    return ""
