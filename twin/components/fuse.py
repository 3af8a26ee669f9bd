"""Fuse on a line: a link that carries its rated current and melts above it."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults

OUTPUTS = (
    Output(name="current_a", role="link", field="current_a", doc="current"),
    Output(name="loading_ratio", role="link", field="loading_ratio", doc="current over rating"),
    Output(name="loss_w", role="link", field="loss_w", doc="loss of the three links"),
    Output(
        name="ikss_max_a", role="link", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="link", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="link", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("link"),
)  # fmt: skip


@final
@component(
    kind="fuse",
    group="plant",
    label="Fuse",
    source="IEC 60269-1: rated current, breaking capacity, pre-arcing time over current, I²t",
    outputs=OUTPUTS,
)
class Fuse(Component):
    """A fuse in each phase; an isolator with the links pulled is ``twin:standby``.

    Limits: its resistance is that of the warm link at rated current whatever it carries; arcing after melting
    and the selectivity of two fuses are not told.
    """

    rating_a: Array = param("Rated current.", unit="A", hard=(1, 6300))
    breaking_capacity_a: Array = param("Rated breaking capacity.", unit="kA", hard=(0.1, 300))
    loss_w: Array = param("Loss of one link at rated current.", unit="W", hard=(0.01, 2000))
    utilization: tuple[str, ...] = token(
        "Breaking range and utilization category.", tokens=("gG", "gM", "gR", "gS", "aM", "aR"), default="gG"
    )
    melting_curve_s: Array = curve(
        "Pre-arcing time over current, longest time first.", x_name="current_a", x_unit="A", unit="s",
        hard=(0.0001, 100_000), x_hard=(1, 1_000_000),
    )  # fmt: skip
    melting_a2_s: Array = param(
        "Pre-arcing I²t, which tells the time beyond the points.", unit="kA2 s", hard=(1e-6, 1e5),
        required=False,
    )  # fmt: skip
    let_through_a: Array = param(
        "Greatest short-circuit current that it lets through, by its maker's curve.", unit="kA",
        hard=(0.1, 300), required=False,
    )  # fmt: skip
    continuous_ratio: Array = param(
        "Share of the rating allowed without limit of time.", unit="%", hard=(1, 100), default=0.8,
        source="NEC 210.20 (2023): continuous load at most 80 % of the overcurrent device",
    )  # fmt: skip
    line: Index = port("Supply side.", domain="electrical", system="power", direction="input", flow="in")
    load: Index = port("Load side.", domain="electrical", system="power", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the link."""
        resistance = self.loss_w / self.rating_a**2
        yield Line(
            role="link", part=self.part, a=self.line, b=self.load, resistance_ohm=resistance,
            reactance_ohm=0.0 * resistance, rating_a=self.rating_a, room=self.room,
            in_service=self.in_service,
        )  # fmt: skip
