"""Weather by name or by file: what a run names after ``--climate``."""

import difflib
from pathlib import Path

from twin.errors import UsageError
from twin.interop.climates import climates
from twin.interop.epw import read_epw
from twin.interop.synthesis import synthesize
from twin.model.weather import Weather


def read_climate(name_or_path: str) -> Weather:
    """Return the weather of a year.

    Args:
        name_or_path: Name of a built-in climate, or path of an EPW file.

    Returns:
        Its steps from 1 January on; ``warnings`` says what was filled in or left out.

    Raises:
        UsageError: There is no such climate, and it is no path of an EPW file.
        InputError: The file is refused; carries every fault with line and hour.
    """
    if Path(name_or_path).suffix.lower() == ".epw":
        return read_epw(name_or_path)
    held = climates().get(name_or_path.lower())
    if held is not None:
        return synthesize(held)
    near = difflib.get_close_matches(name_or_path.lower(), climates(), n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(climates())}"
    raise UsageError(f"there is no climate '{name_or_path}', and it does not end in .epw; {hint}")
