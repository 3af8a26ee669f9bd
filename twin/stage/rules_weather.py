"""Codes that weather is refused or doubted with: title, what it means, how to mend it, and severity."""

from collections.abc import Mapping
from typing import Literal

RULES: Mapping[str, tuple[str, str, str, Literal["error", "warning"]]] = {
    "ST200": (
        "Weather file cannot be read",
        "The file is missing, is no text, or does not begin as an EPW file does.",
        "Name an EPW file; `twin climate` lists the climates that need none.",
        "error",
    ),
    "ST201": (
        "Head of a weather file that is not whole",
        "Eight lines give the place, the records per hour and the period; without them no row has a time.",
        "Correct the named field; the data have to cover one whole year.",
        "error",
    ),
    "ST202": (
        "Row of a weather file that cannot be read",
        "A field is missing, too many or no number, so that the others may stand in the wrong column.",
        "Correct the row; every row has the 35 fields of the format, or 32 to 34 in all rows alike.",
        "error",
    ),
    "ST203": (
        "Time of a weather row that cannot be",
        "Hours count from 1 to 24, each the hour that ends then; the row has no place in the year.",
        "Correct month, day, hour or minute.",
        "error",
    ),
    "ST204": (
        "Weather row twice or out of order",
        "One of two equal times is wrong, and nobody can say which.",
        "Remove or move the row.",
        "error",
    ),
    "ST205": (
        "Weather rows missing",
        "A year with a gap has no annual energy.",
        "Add the rows; values that are not known may be marked as missing in them.",
        "error",
    ),
    "ST206": (
        "Weather value that cannot be",
        "It lies out of the range of the format, the dew point above the dry bulb, or the pressure is not "
        "that of the elevation.",
        "Correct the value, or mark it as missing; the format has °C, and Pa at the station.",
        "error",
    ),
    "ST207": (
        "Weather values missing over many hours",
        "Interpolation over more than a few hours would make weather up.",
        "Fill the hours from another source.",
        "error",
    ),
    "ST208": (
        "Weather filled, taken from elsewhere or left out",
        "The run goes on with what is named instead.",
        "Look whether these hours matter to the result.",
        "warning",
    ),
    "ST209": (
        "Climate that contradicts the site",
        "The station lies more than 100 m above or below the site: each 100 m make air about 0.65 K cooler "
        "and its pressure 1.2 % lower.",
        "Take a nearer station, or correct the elevation of the site, which is what counts.",
        "warning",
    ),
}
