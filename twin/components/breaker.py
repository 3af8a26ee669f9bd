"""Circuit breaker that stands alone: feeder, coupler, isolator."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults

OUTPUTS = (
    Output(name="current_a", role="contact", field="current_a", doc="current"),
    Output(name="loading_ratio", role="contact", field="loading_ratio", doc="current over rating"),
    Output(name="loss_w", role="contact", field="loss_w", doc="loss of the three poles"),
    Output(
        name="ikss_max_a", role="contact", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="contact", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="contact", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("contact"),
)  # fmt: skip


@final
@component(
    kind="breaker",
    group="plant",
    label="Circuit breaker",
    source="IEC 60947-2: rated current, ultimate breaking capacity; closed contact as a resistance",
    outputs=OUTPUTS,
)
class Breaker(Component):
    """A breaker is closed while it is in service; a normally open coupler is ``twin:standby``."""

    rating_a: Array = param("Rated current.", unit="A", hard=(1, 20_000))
    breaking_capacity_a: Array = param("Ultimate breaking capacity.", unit="kA", hard=(0.1, 300))
    let_through_a: Array = param(
        "Greatest short-circuit current that it lets through, by its maker's curve.", unit="kA",
        hard=(0.1, 300), required=False,
    )  # fmt: skip
    resistance_ohm: Array = param(
        "Resistance of the closed contact per phase.", unit="uohm", hard=(0.1, 100_000)
    )
    continuous_ratio: Array = param(
        "Share of the rating allowed without limit of time.", unit="%", hard=(1, 100), default=0.8,
        source="NEC 210.20 (2023): continuous load at most 80 % of a standard-rated breaker",
    )  # fmt: skip
    long_time_pickup_a: Array = param(
        "Long-time pickup Ir of its trip unit.", unit="A", hard=(1, 20_000), required=False
    )
    long_time_delay_s: Array = param(
        "Long-time delay tr at six times that.", unit="s", hard=(0.1, 100), required=False
    )
    short_time_pickup_a: Array = param("Short-time pickup Isd.", unit="A", hard=(1, 200_000), required=False)
    short_time_delay_s: Array = param("Short-time delay tsd.", unit="s", hard=(0, 5), required=False)
    instantaneous_pickup_a: Array = param(
        "Instantaneous pickup Ii.", unit="A", hard=(1, 300_000), required=False
    )
    line: Index = port("Supply side.", domain="electrical", system="power", direction="input", flow="in")
    load: Index = port("Load side.", domain="electrical", system="power", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the contact."""
        yield Line(
            role="contact", part=self.part, a=self.line, b=self.load, resistance_ohm=self.resistance_ohm,
            reactance_ohm=0.0 * self.resistance_ohm, rating_a=self.rating_a, room=self.room,
            in_service=self.in_service,
        )  # fmt: skip
