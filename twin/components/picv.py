"""Pressure-independent control valve: lets a set flow pass, whatever the difference across it."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Valve
from twin.model.groups import quadratic_at

OUTPUTS = (
    Output(name="flow_m3_s", role="valve", field="flow_m3_s", doc="flow"),
    Output(name="drop_pa", role="valve", field="drop_pa", doc="pressure difference it takes"),
    Output(
        name="closing_pa", role="valve", field="closing_pa",
        doc="bound of the rise before it when it closes in its stroke",
    ),
    Output(name="loop_index", role="valve", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="picv",
    group="valve",
    label="Pressure-independent control valve",
    source="Constant flow above a least difference, a fully open valve below it",
    outputs=OUTPUTS,
)
class Picv(Component):
    """A valve that limits its flow; below ``minimum_drop_pa`` it is open and the flow falls short.

    Limits: exact regulation, no hysteresis; ``maximum_drop_pa`` is for a check, not for the law.
    """

    flow_limit_m3_s: Array = param("Flow it is set to.", unit="L/min", hard=(0.1, 1e5))
    flow_limit_most_m3_s: Array = param(
        "Highest flow that it can be set to.", unit="L/min", hard=(0.1, 1e5), required=False
    )
    flow_limit_least_m3_s: Array = param(
        "Lowest flow that it can be set to.", unit="L/min", hard=(0.01, 1e5), required=False
    )
    flow_limit_step_m3_s: Array = param(
        "Step of its scale; any flow can be set when absent.", unit="L/min", hard=(0.001, 1e4), required=False
    )
    minimum_drop_pa: Array = param("Least difference at which it regulates.", unit="kPa", hard=(0.1, 500))
    maximum_drop_pa: Array = param(
        "Greatest difference it regulates.", unit="kPa", hard=(1, 5000), required=False
    )
    stroke_s: Array = param("How fast it can close.", unit="s", hard=(0.001, 600), required=False)
    inlet: Index = port("Inlet.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Outlet.", domain="thermal", direction="output", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the valve."""
        yield Valve(
            role="valve", part=self.part, a=self.inlet, b=self.outlet,
            quadratic_pa_s2_m6=quadratic_at(self.minimum_drop_pa, self.flow_limit_m3_s),
            limit_m3_s=self.flow_limit_m3_s, stroke_s=self.stroke_s, in_service=self.in_service,
        )  # fmt: skip
