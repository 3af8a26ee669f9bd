"""Control loop: holds a pressure difference or a flow with the common speed of its pumps or fans."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.model.binding import Targets
from twin.model.component import Component, Output, component, param, relation, token
from twin.model.element import Block, Controller

OUTPUTS = (
    Output(name="speed_ratio", role="control", field="speed_ratio", doc="common speed over rated speed"),
    Output(name="difference_pa", role="control", field="difference_pa", doc="pressure difference held"),
    Output(name="flow_m3_s", role="control", field="flow_m3_s", doc="flow of all movers it turns"),
    Output(name="running_count", role="control", field="running_count", doc="movers that turn, at most"),
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
    """A loop that turns its movers together until what it holds is at its set-point.

    It holds the difference of two ports or zones, first minus second sensed, or the flow of all its movers.
    ``lead_lag``: as many turn as it takes, in the order in which ``actuates`` lists them, the next one when
    those before it are at the highest speed; the others stand behind their check valves. Limits: no dead
    band, no rotation of the lead; in a steady state a lag unit that has started runs.
    """

    set_pa: Array = param(
        "Pressure difference to hold, first minus second sensed.", unit="kPa", hard=(-1000, 5000),
        required=False,
    )  # fmt: skip
    set_flow_m3_s: Array = param(
        "Flow of all its movers to hold, in the place of a difference.", unit="L/min", hard=(0.1, 1e7),
        required=False,
    )  # fmt: skip
    staging: tuple[str, ...] = token(
        "Whether all its movers turn, or lead and lag.", tokens=("all", "lead_lag"), default="all"
    )
    minimum_ratio: Array = param(
        "Lowest speed.", unit="%", hard=(0, 100), default=0.2, source="assumption: drive limit"
    )
    maximum_ratio: Array = param("Highest speed.", unit="%", hard=(1, 120), default=1.0, source="rated speed")
    senses: Targets = relation(
        "Two ports or zones: high side, then low side; none where a flow is held.", resolves="node",
        required=False,
    )  # fmt: skip
    actuates: Targets = relation(
        "Pumps, units or fans whose speed it sets.", resolves="part", only="has_speed"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the controllers; the first and the second sensed node of each part are its two sides."""
        first = np.searchsorted(self.senses.part, self.part)
        difference = np.asarray(np.isfinite(self.set_pa).any(axis=1))
        node = np.append(self.senses.node, [-1, -1])
        yield Controller(
            role="control", part=self.part, plus=np.where(difference, node[first], -1),
            minus=np.where(difference, node[first + 1], -1),
            set_pa=np.where(difference[:, None], self.set_pa, 0.0), set_m3_s=self.set_flow_m3_s,
            in_turn=np.array(self.staging) == "lead_lag", minimum_ratio=self.minimum_ratio,
            maximum_ratio=self.maximum_ratio,
            owner=self.actuates.part, mover_kind=self.actuates.kind, mover_part=self.actuates.row,
        )  # fmt: skip
