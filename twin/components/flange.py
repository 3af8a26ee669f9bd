"""Flange: joins two ports directly, where no pipe lies between them."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Index
from twin.model.component import Component, Output, component, end
from twin.model.element import Block, Path

OUTPUTS = (
    Output(name="flow_m3_s", role="face", field="flow_m3_s", doc="flow"),
    Output(name="inlet_pag", role="face", field="inlet_pag", doc="pressure where it begins"),
    Output(name="inlet_k", role="face", field="inlet_k", doc="fluid temperature"),
    Output(name="loop_index", role="face", field="loop_index", doc="connected loop it is in"),
)


@final
@component(
    kind="flange",
    group="pipe",
    label="Flange",
    source="Two faces bolted together: one pressure, one flow",
    outputs=OUTPUTS,
)
class Flange(Component):
    """A joint of two ports without length and without loss, but for the height between them.

    It stands for bolting a pump or a valve onto what it is joined to. Limits: its drawing has no length in
    hydraulics; a pipe has.
    """

    a: Index = end("Where the fluid comes from.", domain="thermal", which="from")
    b: Index = end("Where the fluid goes.", domain="thermal", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield the passage."""
        yield Path(role="face", part=self.part, a=self.a, b=self.b, in_service=self.in_service)
