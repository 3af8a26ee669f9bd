"""Fabric switch standing in a network rack."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array
from twin.model.binding import Ends
from twin.model.component import Component, component, param, port, token
from twin.model.element import Block


@final
@component(
    kind="switch",
    group="network",
    label="Switch",
    source="Vendor data; its power is counted by the rack it stands in",
    can_stop=False,
)
class Switch(Component):
    """A switch and its ports. It adds no element: the rack it stands in draws its power.

    ``power_w`` is what the rack's own power is checked against; outside a rack it needs an auxiliary load.
    """

    power_w: Array = param(
        "Planning power of one switch, optics included.", unit="kW", hard=(0, 50), soft=(0.1, 10)
    )
    port_count: Array = param("Data ports of one switch at full speed.", unit="1", hard=(1, 2048))
    count: Array = param(
        "Equal switches that the prim stands for; cables of a bundle spread evenly over them.",
        unit="1", hard=(1, 128), default=1.0, source="One switch for each prim (convention of this schema)",
    )  # fmt: skip
    data_rate_bit_s: Array = param("Rate of one port.", unit="Gbit/s", hard=(0.1, 10_000))
    tier: tuple[str, ...] = token(
        "Place in the fabric.", tokens=("leaf", "spine", "core", "management"), required=False
    )
    mass_kg: Array = param("Mass of one switch.", unit="kg", hard=(0.1, 500), required=False)
    data: Ends = port("Data ports.", domain="network", many=True)
    power: Ends = port(
        "Power inputs.", domain="electrical", system="power", direction="input", many=True, required=False,
        flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield nothing: the rack draws the power."""
        yield from ()
