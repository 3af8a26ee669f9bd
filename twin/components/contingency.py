"""Contingency: one thing that goes wrong, as a list of prims that stop and prims that start."""

from collections.abc import Iterator
from typing import final

from twin.model.binding import Targets
from twin.model.component import Component, component, relation, text
from twin.model.element import Block


@final
@component(
    kind="contingency",
    group="facility",
    label="Contingency",
    source="A failure is a state of service, not another layout",
    can_stop=False,
)
class Contingency(Component):
    """A failure the design must survive. It has no physics; the reader makes a case of it."""

    description: tuple[str, ...] = text("What happened, as a sentence.", required=True)
    out: Targets = relation(
        "Equipment and connections that stop.", resolves="part", required=False, only="can_stop"
    )
    start: Targets = relation(
        "Standby equipment that starts.", resolves="part", required=False, only="can_stop"
    )

    one_pump_out: Targets = relation(
        "Units that lose one of their duty pumps and run on.", resolves="part", required=False,
        kinds=("cdu",),
    )  # fmt: skip

    recharging: Targets = relation(
        "Units whose batteries recharge, as after an outage.", resolves="part", required=False,
        kinds=("ups", "power_converter"),
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield nothing: a contingency is a record."""
        yield from ()
