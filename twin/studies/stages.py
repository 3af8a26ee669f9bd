"""Stages from the point of connection to the racks, and which element belongs to which."""

from collections.abc import Mapping

import numpy as np

from twin.arrays import Flags, Index
from twin.model.component import kinds
from twin.model.element import Converter, Line, Transformer
from twin.studies.wiring import Wiring

Element = Line | Transformer | Converter
# IEC 60038: low voltage on alternating current ends here.
LOW_V = 1000.0
GRID, MEDIUM_CABLES, DISTRIBUTION = "grid transformers", "cables above 1 kV", "distribution transformers"
LOW_CABLES, DIRECT_CABLES = "cables up to 1 kV AC", "cables of direct current"
BOARDS = "boards and breakers"
OWN = "racks' own supplies"
STAGES = (
    GRID, MEDIUM_CABLES, DISTRIBUTION, BOARDS, "UPS", "power converters", LOW_CABLES,
    DIRECT_CABLES, "busways", "whips", "power shelves",
)  # fmt: skip
OF_KIND: Mapping[str, str] = {
    "switchboard": BOARDS, "breaker": BOARDS, "generator": BOARDS, "fuse": BOARDS,
    "transfer_switch": BOARDS,
    "ups": "UPS", "power_converter": "power converters", "power_shelf": "power shelves",
    "busway": "busways", "whip": "whips",
}  # fmt: skip


def stage_of(kind: str) -> str:
    """Return the stage of a kind that has one only; its own label for a kind that nobody thought of."""
    return OF_KIND[kind] if kind in OF_KIND else kinds()[kind].label


def cable_stages(wiring: Wiring, node: Index) -> tuple[str, ...]:
    """Return the stage of cables by the port at one of their ends, shape (cable,)."""
    direct, high = wiring.direct(node), above_low(wiring, node)
    return tuple(
        DIRECT_CABLES if d else MEDIUM_CABLES if h else LOW_CABLES for d, h in zip(direct, high, strict=True)
    )


def above_low(wiring: Wiring, node: Index) -> Flags:
    """Return which ports carry alternating current above 1 kV."""
    return np.asarray(~wiring.direct(node) & (wiring.nominal_v(node) > LOW_V), dtype=np.bool_)


def stages_of(wiring: Wiring, kind: str, block: Element) -> tuple[str, ...]:
    """Return the stage of every element of a block, shape (element,)."""
    if kind == "power_cable":
        return cable_stages(wiring, block.a)
    if kind == "transformer":
        high = above_low(wiring, block.b)
        return tuple(GRID if h else DISTRIBUTION for h in high)
    return (stage_of(kind),) * len(block.part)
