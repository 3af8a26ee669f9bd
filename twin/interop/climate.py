"""Weather by a file's path: what a run names after ``--climate``."""

from pathlib import Path

from twin.errors import UsageError
from twin.interop.epw import read_epw
from twin.model.weather import Weather


def read_climate(name_or_path: str) -> Weather:
    """Return the weather of a year.

    Args:
        name_or_path: Path of an EPW file.

    Raises:
        UsageError: It is no path of an EPW file.
        InputError: The file is refused; carries every fault with line and hour.
    """
    if Path(name_or_path).suffix.lower() == ".epw":
        return read_epw(name_or_path)
    raise UsageError(f"{name_or_path} does not end in .epw")
