"""Codes that an electrical network is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

RULES: Mapping[str, tuple[str, str, str]] = {
    "PW001": (
        "Different voltages joined",
        "Conductors join what is rated for voltages over 10 % apart: a transformer or converter is missing.",
        "Correct the rated voltage of the named equipment, or the end of the cable that joins the two.",
    ),
    "PW002": (
        "Conductor without impedance",
        "Current would divide between such conductors in any way.",
        "Give it a length and a cross-section, or a resistance.",
    ),
    "PW003": (
        "Electrical element with an open end",
        "What is joined to nothing cannot be solved.",
        "Join both of its ports, or take it out.",
    ),
    "PW004": (
        "Load loss above what the impedance allows",
        "The resistive part of a short-circuit impedance cannot exceed the whole.",
        "Correct the load loss, in W, the rating or the short-circuit impedance uk.",
    ),
    "PW005": (
        "Number missing that the power flow needs",
        "A rating, a voltage, a power factor or a loss curve is not there, and nothing is made up for it.",
        "Write the named number; a curve needs three points or more.",
    ),
    "PW006": (
        "Direct joined to alternating current",
        "Conductors lead from the output of a rectifier to what gives or takes alternating current.",
        "Put a converter between them, or correct the end of the cable.",
    ),
    "PW007": (
        "Single phases on direct current",
        "A conductor wired to one or two phases hangs on direct current, which has two poles and no phase.",
        'Write phases = "abc": both poles.',
    ),
    "PW008": (
        "Vector groups that do not fit in parallel",
        "Transformers in a closed circuit turn voltages by different angles: a current as of a fault flows.",
        "Give them vector groups whose hours of the clock add up alike, or open a breaker between them.",
    ),
    "PW009": (
        "Phase or neutral missing",
        "A conductor is wired to a phase, or one phase to the neutral, that nothing before it supplies.",
        "Wire it to phases that are there; single phases need a transformer or converter with a neutral.",
    ),
    "PW010": (
        "Two sources hold one node at different voltages",
        "Both are taken as stiff: no voltage satisfies both.",
        "Give both the same voltage, or join one of them through a cable or a transformer.",
    ),
}
