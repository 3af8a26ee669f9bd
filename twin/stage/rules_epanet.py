"""Codes that an EPANET input is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "ST100": (
        "Input of a water network cannot be read",
        "The file is missing, or is no text.",
        "Check the path; export the network as an .inp file.",
    ),
    "ST101": (
        "Section that EPANET does not know",
        "What stands below a misspelt section would be left out of the network.",
        "Write one of the section names of EPANET 2.2 or 2.3, in brackets.",
    ),
    "ST102": (
        "Line with too few or too many words",
        "The meaning of a word is its place on the line; with one missing, numbers get a wrong meaning.",
        "Write the words of the named form; a name with blanks stands in quotes, a remark behind ;.",
    ),
    "ST103": (
        "Word that is no number, or no time",
        "A number is asked for in this place.",
        "Write digits with a decimal point; times as 1.5, 90 MIN, 13:30 or 1:30 PM.",
    ),
    "ST104": (
        "Number out of range",
        "Lengths and powers lie above 0, levels and losses are not negative, pipes are 1 mm to 30 m wide.",
        "Correct the number; check the unit of the whole input.",
    ),
    "ST105": (
        "Name that nothing has",
        "A link, control or demand names a node, link, curve or pattern that the input does not hold.",
        "Correct the name; EPANET tells capital letters from small ones.",
    ),
    "ST106": (
        "Name given twice",
        "Results could not be told apart, and controls would not know what they change.",
        "Give each node, and each link, a name of its own.",
    ),
    "ST107": (
        "Keyword that nobody knows",
        "What the line asks for would be left out.",
        "Write one of the named keywords.",
    ),
    "ST108": (
        "Curve that cannot be used",
        "A pump's head falls with flow, a tank's volume rises with level, a valve's loss does not fall.",
        "Correct the points, first column rising; give curves for different uses different names.",
    ),
    "ST109": (
        "Link or valve in an impossible place",
        "A link joins two nodes; a valve cannot regulate at a given head, or where another one regulates.",
        "Put a pipe between them, or name another link.",
    ),
    "ST110": (
        "Network is not whole",
        "Flow needs a reservoir or tank whose head is given, and a way of links from one to every junction.",
        "Add what is missing, or take the lonely junction out.",
    ),
    "ST111": (
        "Levels of a tank out of order",
        "A tank begins between its lowest and its highest level, and its volume curve covers both.",
        "Write level, minimum and maximum in this order, or extend the curve.",
    ),
}
