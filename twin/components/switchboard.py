"""Switchboard: incomers and outgoing ways on one bus, each behind its breaker."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults

OUTPUTS = (
    Output(name="incomer_current_a", role="incomer", field="current_a", reduce="max", doc="highest current"),
    Output(
        name="incomer_loading_ratio", role="incomer", field="loading_ratio", reduce="max",
        doc="highest incomer current over rating",
    ),
    Output(
        name="outgoing_loading_ratio", role="outgoing", field="loading_ratio", reduce="max",
        doc="highest outgoing current over rating",
    ),
    Output(name="incomer_loss_w", role="incomer", field="loss_w", reduce="sum", doc="loss of the incomers"),
    Output(name="outgoing_loss_w", role="outgoing", field="loss_w", reduce="sum", doc="loss of the ways"),
    Output(
        name="ikss_max_a", role="outgoing", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="outgoing", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="outgoing", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("outgoing"),
)  # fmt: skip


@final
@component(
    kind="switchboard",
    group="plant",
    label="Switchboard",
    source="IEC 61439-2: rated current, rated short-time withstand current; breakers as closed contacts",
    outputs=OUTPUTS,
)
class Switchboard(Component):
    """A board whose bus is one node. A case that changes the supply opens one incomer and closes another.

    A panel (RPP) is a board too, and a power distribution unit (PDU) a transformer before a board. A
    way has every phase, or two poles on direct current; what leaves it may be wired to fewer
    (``twin:whip:phases``, ``twin:powerCable:phases``). Limits: all ways have breakers of one rating.
    """

    rating_a: Array = param("Rated current of the bus.", unit="A", hard=(1, 20_000))
    withstand_a: Array = param("Rated short-time withstand current.", unit="kA", hard=(1, 300))
    nominal_voltage_v: Array = param("Rated voltage, line to line.", unit="V", hard=(50, 500_000))
    incomer_rating_a: Array = param("Rated current of an incomer's breaker.", unit="A", hard=(1, 20_000))
    outgoing_rating_a: Array = param("Rated current of an outgoing breaker.", unit="A", hard=(1, 20_000))
    incomer_resistance_ohm: Array = param(
        "Resistance of a closed incomer per phase.", unit="uohm", hard=(0.1, 100_000)
    )
    outgoing_resistance_ohm: Array = param(
        "Resistance of a closed outgoing way per phase.", unit="uohm", hard=(0.1, 100_000)
    )
    outgoing_let_through_a: Array = param(
        "Greatest short-circuit current that an outgoing breaker lets through, by its maker's curve.",
        unit="kA", hard=(0.1, 300), required=False,
    )  # fmt: skip
    outgoing_long_time_pickup_a: Array = param(
        "Long-time pickup Ir of an outgoing breaker.", unit="A", hard=(1, 20_000), required=False
    )
    outgoing_long_time_delay_s: Array = param(
        "Long-time delay tr at six times that.", unit="s", hard=(0.1, 100), required=False
    )
    outgoing_short_time_pickup_a: Array = param(
        "Short-time pickup Isd.", unit="A", hard=(1, 200_000), required=False
    )
    outgoing_short_time_delay_s: Array = param("Short-time delay tsd.", unit="s", hard=(0, 5), required=False)
    outgoing_instantaneous_pickup_a: Array = param(
        "Instantaneous pickup Ii.", unit="A", hard=(1, 300_000), required=False
    )
    mass_kg: Array = param("Mass.", unit="kg", hard=(1, 100_000), required=False)
    incomers: Ends = port(
        "Supplies.", domain="electrical", system="power", direction="input", many=True, flow="in"
    )
    outgoing: Ends = port(
        "Outgoing ways.", domain="electrical", system="power", direction="output", many=True, flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the incomers and the outgoing ways, joined at the bus."""
        bus = self.inner("bus")
        yield self._ways("incomer", self.incomers.part, self.incomers.node, bus[self.incomers.part])
        yield self._ways("outgoing", self.outgoing.part, bus[self.outgoing.part], self.outgoing.node)

    def _ways(self, role: str, part: Index, a: Index, b: Index) -> Line:
        ohm = (self.incomer_resistance_ohm if role == "incomer" else self.outgoing_resistance_ohm)[part]
        rating = (self.incomer_rating_a if role == "incomer" else self.outgoing_rating_a)[part]
        return Line(
            role=role, part=part, a=a, b=b, resistance_ohm=ohm, reactance_ohm=0.0 * ohm, rating_a=rating,
            room=self.room[part], in_service=self.in_service[part],
        )  # fmt: skip
