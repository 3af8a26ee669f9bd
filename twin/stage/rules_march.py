"""Codes that a march in time is refused with: title, what it means, how to mend it."""

from collections.abc import Mapping

MARCH: Mapping[str, tuple[str, str, str]] = {
    "ST180": (
        "Rack that follows two load shapes",
        "A rack draws one power at a time; without named racks a load shape is that of every rack.",
        "Name the racks of each load shape by twin:loadShape:racks, none of them twice.",
    ),
    "ST181": (
        "Supply event that ends before it begins, or of several contingencies",
        "An event is one contingency from its loss to its return.",
        "Write twin:supplyEvent:return later than twin:supplyEvent:lost; write an event per contingency.",
    ),
    "ST182": (
        "Number that a march in time needs and nobody has written",
        "Start times and transfer times decide whether batteries last; there is no usual value for them.",
        "Write the number that is named, from the data sheet or the sequence of operation.",
    ),
    "ST183": (
        "Limit of the grid without the time it is taken over",
        "A ramp and a swing mean nothing without their window: within a millisecond every step is steep.",
        "Write twin:utility:rampWindow or twin:utility:swingWindow as the terms of the connection say.",
    ),
    "ST184": (
        "Short-time rating that lacks its power or its time",
        "A power beyond the rating holds for a time that its maker says; one alone judges nothing.",
        "Write both: overloadPower and overload of a UPS, shelfPeakPower and shelfPeak of a rack.",
    ),
}
