"""Codes that a pandapower network is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "ST170": (
        "Pandapower network cannot be read",
        "The file is missing, is no JSON, or is not what pandapower.to_json writes.",
        "Write the network with pandapower.to_json(net, file), version 2 or 3.",
    ),
    "ST171": (
        "Table of a pandapower network that is not whole",
        "Rows without a column cannot be solved, and nothing is made up for it.",
        "Load the network in pandapower, which fills its columns in, and write it again.",
    ),
    "ST172": (
        "Number of a pandapower network that cannot be",
        "Impedances and ratings lie above 0, and within what the component on the stage takes.",
        "Correct the number; check the unit that the column names.",
    ),
    "ST173": (
        "Bus or element of a pandapower network that is not there",
        "A row names an index that its table does not hold, or an index stands twice.",
        "Correct the index.",
    ),
    "ST174": (
        "Element of a pandapower network without a counterpart",
        "Left out, it would change voltages and currents without a word.",
        "Take it out of service, or stand something in its place that the message names.",
    ),
    "ST175": (
        "Voltages of a pandapower network that do not match",
        "A line joins one voltage; a winding or a source holds about that of its bus.",
        "Correct the voltage, or put a transformer between.",
    ),
    "ST176": (
        "Charging or magnetising power in a pandapower network",
        "Cables and transformers on the stage have none; without it voltages come out a little lower.",
        "Take it along as left out: --without charging, --without magnetising.",
    ),
    "ST177": (
        "Sources or phase shifts of a pandapower network that fight",
        "Two ways from a source to a bus turn the phase by different angles, or two sources hold one bus.",
        "Correct shift_degree, va_degree or vm_pu, or open the loop.",
    ),
    "ST178": (
        "Load of a pandapower network that nothing feeds",
        "It would draw nothing; there is no source, or a switch or line on the way is open.",
        "Close the gap, or take the load out of service.",
    ),
    "ST179": (
        "Load of a pandapower network that is no constant lagging power",
        "Loads on the stage draw their power at any voltage, with a lagging power factor of 0.1 or more.",
        "Write the load as constant power, with q_mvar between 0 and ten times p_mw.",
    ),
}
