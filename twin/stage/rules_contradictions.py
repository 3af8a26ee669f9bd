"""Codes of numbers and joints that are possible alone but not together: title, meaning, remedy."""

from collections.abc import Mapping
from types import MappingProxyType

CONTRADICTIONS: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "ST120": (
        "Limits in the wrong order",
        "The lowest allowed value is above the highest, or a set-point lies outside what its unit allows.",
        "Correct one of the two numbers.",
    ),
    "ST121": (
        "Curve that turns",
        "A pump that rises again meets a loop at two flows, and a drop that falls with flow at none.",
        "Correct the points: a pump's rise falls from its highest point on, a drop rises all along.",
    ),
    "ST122": (
        "Wall too rough for its bore",
        "Colebrook's law of friction ends at 5 % of the bore; often the number is written in another unit.",
        "Correct the roughness [mm] or the inner diameter [mm].",
    ),
    "ST123": (
        "Fluid and its share of glycol contradict each other",
        "Density, heat and viscosity follow from fluid and share together.",
        "Write 0 % for water, or propylene_glycol and its share by mass.",
    ),
    "ST190": (
        "The UPS cannot run in its mode",
        "In eco mode the load is fed through the static bypass, with losses of its own.",
        "Declare twin:ups:ecoEfficiency and leave the bypass in, or write mode double_conversion.",
    ),
    "ST191": (
        "Redundancy scheme that its group contradicts",
        "A scheme says how much of the units of one group may fail: it needs the group, and as many units.",
        "Write twin:redundancyGroup and the same scheme on every unit of the group.",
    ),
    "ST192": (
        "Half of what gives current to a short circuit",
        "What a capacitor or a battery gives follows from its voltage and all that limits its current.",
        "Declare resistance and inductance beside a capacitance, voltage and resistance of a battery.",
    ),
    "ST210": (
        "CDU without a conductance",
        "Nothing says how much heat the exchanger moves per kelvin: UA, or a rating it follows from.",
        "Write twin:cdu:ua, or the rated heat with twin:cdu:ratingApproach and the flows of that rating.",
    ),
    "ST124": (
        "Control loop across two loops of fluid",
        "The speed of a pump has no hold on a pressure in a loop that it does not push in.",
        "Let it sense two points of the loop that its pumps stand in.",
    ),
    "ST125": (
        "Two control loops hold one difference",
        "Each would undo what the other does, and no speed of the two follows from one pressure.",
        "Let one control actuate all pumps or fans of the header, or sense other points.",
    ),
    "ST127": (
        "Kv and Cv of two different valves",
        "One coefficient is the other in American units, Kv = 0.865 Cv; both are given and differ by more "
        "than rounding (1 %).",
        "Keep the one that its maker prints; over a weaker layer, block the other with None.",
    ),
    "ST128": (
        "Pump more efficient than its motor",
        "Efficiency from wire to fluid is that of the pump times that of motor and drive, so it is smaller "
        "than either; the shaft would take less than the fluid gets.",
        "Give points from wire to fluid, those of the bare pump times motor and drive; correct the motor.",
    ),
})  # fmt: skip
