"""Codes of chips, cold plates and tokens that contradict themselves: title, meaning, remedy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CHIP: Mapping[str, tuple[Any, ...]] = MappingProxyType({
    "ST220": (
        "Chip half declared",
        "A slope says nothing without where it starts and ends; left out, the rest would be guessed.",
        "Add the attributes named, or take the slope out: what follows from it then reads 'not established'.",
    ),
    "ST221": (
        "Chips that take more than their rack",
        "Trays times chips times power of a chip exceed the power at the rack's inputs: it is held below "
        "what its chips may take, and how they share it is not known. Their junctions are not established.",
        "Correct the counts, the power of a chip, or that of the rack.",
        "warning",
    ),
    "ST222": (
        "Cold plate that gets worse with flow",
        "Its resistance from case to entering coolant falls with flow, and no flow makes it zero.",
        "Correct the points: flow [L/min] rises, resistance [K/kW] falls.",
    ),
    "ST223": (
        "Plates that do not fit their tray",
        "Chains of plates share the flow of one tray: together they take no more than all of it, and the "
        "chips of a tray make whole chains.",
        "Correct the share of one chain, the chips of a tray, or how many plates stand one behind the other.",
    ),
    "ST224": (
        "Throttle that takes all power",
        "At its lowest clock a chip still draws something.",
        "Correct the lowest clock, or the share of power saved per share of the clock.",
    ),
    "ST225": (
        "Tokens of no named workload",
        "Tokens per second of different models and precisions differ a hundredfold; a figure needs its name.",
        "Name model, precision and benchmark in twin:<kind>:tokenWorkload.",
    ),
})  # fmt: skip
