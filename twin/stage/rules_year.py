"""Codes that the inputs of a year are refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

YEAR: Mapping[str, tuple[str, str, str]] = {
    "ST230": (
        "Load or carbon profile of a wrong length",
        "A profile has a row per hour of the day, or one per step of the weather that it goes with.",
        "Write 24 rows of one number, 24 rows of two (working day, weekend), or a row per step.",
    ),
    "ST231": (
        "Cell of a profile that is no number within its range",
        "A share of IT power runs from 0 to 1; a carbon intensity from 0 to 2,000 g/kWh.",
        "Mend the row that is named; decimals have a point, columns are parted by commas.",
    ),
    "ST232": (
        "Tariff that lacks a part or holds one that is not known",
        "A price without currency and source is a guess; a key that is not known would be lost unseen.",
        "Write currency, source, and energy as one price or as periods with price, months, days and hours.",
    ),
    "ST233": (
        "Hour of the year without a price of energy",
        "Every hour has to lie in one period of the tariff; the first that fits counts.",
        "Add a last period without months, days and hours: it takes what the others leave.",
    ),
}
