"""Transfer switch: static or automatic, from a preferred supply to an alternate one."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults

OUTPUTS = (
    Output(name="current_a", role="contact", field="current_a", reduce="max", doc="current"),
    Output(
        name="loading_ratio", role="contact", field="loading_ratio", reduce="max", doc="current over rating"
    ),
    Output(name="loss_w", role="contact", field="loss_w", reduce="sum", doc="loss of the three poles"),
    Output(
        name="alternate_ratio", role="contact", field="closed_ratio", reduce="last",
        doc="1 while it stands on its alternate supply",
    ),
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
    kind="transfer_switch",
    group="plant",
    label="Transfer switch",
    source="IEC 62310-3 (static) and IEC 60947-6-1 (automatic): open transition, rated current and withstand",
    outputs=OUTPUTS,
)
class TransferSwitch(Component):
    """A switch that takes its preferred supply while that is alive, else the alternate, else neither.

    It never joins its supplies: what would feed its output beside it is refused, and so are switches that
    wait for each other in a ring. Limits: the steady state after the transfer only; supplies count as alive
    whatever their voltage; its loss follows the square of current.
    """

    switching: tuple[str, ...] = token("What switches.", tokens=("static", "automatic"), default="automatic")
    rating_a: Array = param("Rated current.", unit="A", hard=(1, 20_000))
    loss_w: Array = param("Loss at rated current.", unit="W", hard=(0.01, 200_000))
    transfer_s: Array = param(
        "Longest time without supply while it transfers.", unit="ms", hard=(0, 600_000), required=False
    )
    withstand_a: Array = param(
        "Rated short-time withstand, or conditional short-circuit, current.", unit="kA", hard=(1, 300),
        required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass.", unit="kg", hard=(1, 100_000), required=False)
    preferred: Index = port(
        "Preferred supply.", domain="electrical", system="power", direction="input", role="preferred",
        flow="in",
    )  # fmt: skip
    alternate: Index = port(
        "Alternate supply.", domain="electrical", system="power", direction="input", role="alternate",
        flow="in",
    )  # fmt: skip
    output: Index = port("Load side.", domain="electrical", system="power", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the two contacts, of which one is closed at the most."""
        both = np.tile(self.part, 2)
        resistance = (self.loss_w / (3.0 * self.rating_a**2))[both]
        yield Line(
            role="contact", part=both, a=np.concatenate([self.preferred, self.alternate]),
            b=self.output[both], resistance_ohm=resistance, reactance_ohm=0.0 * resistance,
            rating_a=self.rating_a[both], priority=np.repeat([[0.0], [1.0]], len(self.part), axis=0),
            transfer_s=self.transfer_s[both], room=self.room[both], in_service=self.in_service[both],
        )  # fmt: skip
