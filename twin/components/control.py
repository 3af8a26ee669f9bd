"""Control loop: holds a pressure difference with the common speed of its pumps or fans."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.binding import Targets
from twin.model.component import Component, Output, component, param, relation
from twin.model.element import Block, Controller
from twin.model.finding import Fault

OUTPUTS = (
    Output(name="speed_ratio", role="control", field="speed_ratio", doc="common speed over rated speed"),
    Output(name="difference_pa", role="control", field="difference_pa", doc="pressure difference held"),
)


@final
@component(
    kind="control",
    group="plant",
    label="Control loop",
    source="A set-point holds until its actuator saturates; then it floats",
    outputs=OUTPUTS,
    can_stop=False,
)
class Control(Component):
    """A loop that senses two ports or zones, first minus second, and turns its movers together."""

    set_pa: Array = param(
        "Pressure difference to hold, first minus second sensed.", unit="kPa", hard=(-1000, 5000)
    )
    minimum_ratio: Array = param(
        "Lowest speed.", unit="%", hard=(0, 100), default=0.2, source="assumption: drive limit"
    )
    maximum_ratio: Array = param("Highest speed.", unit="%", hard=(1, 120), default=1.0, source="rated speed")
    senses: Targets = relation("Two ports or zones: high side, then low side.", resolves="node")
    actuates: Targets = relation(
        "Pumps, units or fans whose speed it sets.", resolves="part", only="has_speed"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the controllers; the first and the second sensed node of each part are its two sides."""
        self._refuse_other_than_two()
        first = np.searchsorted(self.senses.part, self.part)
        yield Controller(
            role="control", part=self.part, plus=self.senses.node[first], minus=self.senses.node[first + 1],
            set_pa=self.set_pa, minimum_ratio=self.minimum_ratio, maximum_ratio=self.maximum_ratio,
            owner=self.actuates.part, mover_kind=self.actuates.kind, mover_part=self.actuates.row,
        )  # fmt: skip

    def _refuse_other_than_two(self) -> None:
        count = np.bincount(self.senses.part, minlength=len(self.part))
        faults = [
            Fault(
                code="ST038", prim=self.paths[row], attribute="twin:control:senses", where="",
                found=f"{count[row]} targets", expected="two ports or zones: high side, then low side",
            )
            for row in np.flatnonzero(count != 2)
        ]  # fmt: skip
        if faults:
            raise InputError(faults)
