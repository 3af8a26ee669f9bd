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
    least_short_circuit_power_va: Array = param(
        "Least short-circuit power; least currents are not established without it.", unit="MVA",
        hard=(1, 100_000), required=False,
    )  # fmt: skip
    rx_ratio: Array = param(
        "Resistance over reactance at the connection.", unit="1", hard=(0, 10), default=0.1,
        source="IEC 60909-0:2016, 6.2: RQ = 0.1·XQ where nothing better is known",
    )  # fmt: skip
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
            least_short_circuit_va=self.least_short_circuit_power_va[part], rx_ratio=self.rx_ratio[part],
            in_service=self.in_service[part],
        )  # fmt: skip
