"""Codes that a circuit in plain JSON is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "ST160": (
        "Circuit cannot be read",
        "The file is missing, is no JSON, or is none of the forms that a circuit is taken in.",
        "Give a circuit of conductors, a power flow case or network tables; docs/circuits.md shows each.",
    ),
    "ST161": (
        "Key that a circuit does not have",
        "What stands there would be left out of the solution.",
        "Write one of the named keys, letter by letter, or take it out.",
    ),
    "ST162": (
        "Key that a circuit lacks",
        "An element without it cannot be solved, and nothing is made up for it.",
        "Write the named key.",
    ),
    "ST163": (
        "Value of a circuit that cannot be",
        "Impedances and ratings are above 0, resistances lose power, a matrix has a row for each conductor.",
        "Correct the value; check the unit that the key names.",
    ),
    "ST164": (
        "Bus or phase that is not there",
        "An element names a bus, or a conductor of it, that the circuit does not hold.",
        "Correct the name or the node, or give the bus the phase.",
    ),
    "ST165": (
        "Voltages that do not match",
        "A line joins one voltage; a winding, load or capacitor is rated for that of its bus.",
        "Check phase against line voltage, and volts against kilovolts; put a transformer between.",
    ),
    "ST166": (
        "Load that no source reaches",
        "It would draw nothing; a line or winding on the way is missing, out of service or lacks the phase.",
        "Close the gap, or take the load out of service.",
    ),
    "ST167": (
        "Sources that fight",
        "Two of them without impedance hold one bus: the current between them has no bound.",
        "Leave one, or put an impedance between them.",
    ),
    "ST168": (
        "Circuit without a source",
        "Voltages start from a source that holds one; a generator has to say which voltage it keeps.",
        "Add a source, or name the bus that takes up the balance.",
    ),
    "ST169": (
        "Name of a circuit given twice",
        "Results could not be told apart.",
        "Give each element of a table a name of its own.",
    ),
}
