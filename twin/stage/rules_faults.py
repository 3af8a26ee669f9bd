"""Codes that a network with faults is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "ST150": (
        "Network for short-circuit currents cannot be read",
        "The file is missing, is no JSON, or lacks buses, or does not say which fault is asked for.",
        "Write an object with `network` (tables by name) and `call` with `fault`.",
    ),
    "ST151": (
        "Table, machine or option that short-circuit currents do not know",
        "Left out, it would change the currents without a word.",
        "Take it out, or write it as one of the named tables or options.",
    ),
    "ST152": (
        "Number for short-circuit currents that is missing, or none",
        "The standard has no value to put in its place.",
        "Write the number of the data sheet, in the unit that the name of the column says.",
    ),
    "ST153": (
        "Number for short-circuit currents out of range",
        "Impedances, ratings and lengths lie above 0; a resistive part is no greater than the whole.",
        "Correct the number; check the unit in the name of the column.",
    ),
    "ST154": (
        "Bus, transformer or index that does not fit",
        "A bus is named that is not there, an index stands twice, or a conductor joins two voltages.",
        "Correct the index; put a transformer between two voltages.",
    ),
    "ST155": (
        "Word that nobody knows in a network for short-circuit currents",
        "A vector group has a letter for each winding, N for an earthed star point, maybe a clock number.",
        "Write one of the named words, a vector group like Dyn11 or YNynd.",
    ),
}
