"""Codes that a study is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "ST240": (
        "Study file cannot be read",
        "The file is missing, or is no TOML.",
        "Correct the named line; `twin study --help` names an example.",
    ),
    "ST241": (
        "Key of a study file that is unknown, missing or of the wrong sort",
        "Left out, it would change the study without a word.",
        "Write one of the named keys, with a value of the named sort.",
    ),
    "ST242": (
        "Axis of a study that leads nowhere",
        "An axis sets an attribute, selects a variant or a scenario, or scales the IT load.",
        "Name a prim and an attribute or a variant set that the layout has.",
    ),
    "ST243": (
        "Value of an axis that does not fit",
        "Values are read as on the command line: numbers with a unit of their sort, words that are offered.",
        "Correct the value; write its unit.",
    ),
    "ST244": (
        "Empty design",
        "No variant is left to look at.",
        "Give axes, values and a count; loosen the filters.",
    ),
    "ST245": (
        "Expression of a study that cannot be read",
        "Filters and costs are arithmetic and comparisons of axes and outputs, nothing else.",
        "Use the named columns, numbers, + - * / **, comparisons, and, or, not, abs, min, max.",
    ),
    "ST246": (
        "Output that no result holds",
        "An output names a group and a variable of the results, and a part where it is of one.",
        "Name one of the variables; `twin solve LAYOUT -o results.nc` holds all of them.",
    ),
    "ST247": (
        "Constraints that are unknown or contradict each other",
        "A rule that does not exist holds nothing; limits that exclude each other fail every variant.",
        "Name rules of `twin explain`; give a least limit below the most.",
    ),
    "ST248": (
        "Two axes set the same number",
        "Only one of them would count, and nobody could say which.",
        "Leave one axis out, or give both targets to one axis.",
    ),
    "ST249": (
        "Store of another study",
        "Results of different inputs in one table would be compared as if they were alike.",
        "Name another store with -o, or take away what changed; the store itself is left as it is.",
    ),
    "ST250": (
        "Store that cannot be read",
        "It is no store of ours, or of another version of the schema.",
        "Name another folder with -o.",
    ),
    "ST251": (
        "Scheduler that cannot be reached",
        "No worker would take the study; nothing is lost, what is solved stays in the store.",
        "Start the scheduler, correct its address, then go on with --resume.",
    ),
    "ST252": (
        "Design that a method of study cannot make",
        "Values in steps belong to factorial designs; sensitivity and Monte Carlo need ranges.",
        "Give the axis a range, or steps, or choose another method.",
    ),
}
