"""Utility supply: the grid at the point of common coupling."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Feed

OUTPUTS = (
    Output(name="power_w", role="feed", field="power_w", reduce="sum", doc="active power drawn"),
    Output(
        name="reactive_power_var", role="feed", field="reactive_power_var", reduce="sum",
        doc="reactive power drawn from the grid",
    ),
    Output(name="current_a", role="feed", field="current_a", reduce="max", doc="highest current of a feeder"),
)  # fmt: skip


@final
@component(
    kind="utility",
    group="plant",
    label="Utility supply",
    source="IEC 60909-0: network feeder of declared short-circuit power; ideal in the steady state",
    outputs=OUTPUTS,
)
class Utility(Component):
    """A grid connection that holds its declared voltage at each of its feeders."""

    voltage_v: Array = param("Declared voltage, line to line.", unit="kV", hard=(0.1, 500))
    short_circuit_power_va: Array = param(
        "Short-circuit power at the connection.", unit="MVA", hard=(1, 100_000)
    )
    rated_power_w: Array = param("Power agreed with the grid.", unit="MW", hard=(0, 5000), required=False)
    feeders: Ends = port(
        "Feeders to the site.", domain="electrical", system="power", direction="output", many=True, flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield one feed per feeder."""
        part = self.feeders.part
        yield Feed(
            role="feed", part=part, node=self.feeders.node, voltage_v=self.voltage_v[part],
            short_circuit_va=self.short_circuit_power_va[part], rated_w=self.rated_power_w[part],
            in_service=self.in_service[part],
        )  # fmt: skip
