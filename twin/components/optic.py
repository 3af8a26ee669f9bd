"""Pluggable optical transceiver, as a record."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, component, param, port, token
from twin.model.element import Block


@final
@component(
    kind="optic",
    group="network",
    label="Optical transceiver",
    source="Vendor data sheets of pluggable transceivers; its power is counted by the equipment it sits in",
    can_stop=False,
)
class Optic(Component):
    """A transceiver model: what it fits, how far it reaches, what it draws. It adds no element."""

    power_w: Array = param("Highest power.", unit="W", hard=(0, 100))
    reach_m: Array = param("Longest fibre.", unit="m", hard=(0.1, 200_000))
    data_rate_bit_s: Array = param("Rate of the cage.", unit="Gbit/s", hard=(0.1, 10_000))
    form_factor: tuple[str, ...] = token(
        "Cage it fits.", tokens=("OSFP", "QSFP112", "QSFP56", "QSFP28", "SFP28")
    )
    fibre: tuple[str, ...] = token("Fibre it drives.", tokens=("multimode", "singlemode"))
    connector: tuple[str, ...] = token(
        "Connector on the fibre side.", tokens=("MPO_12_APC", "MPO_12_UPC", "LC_duplex")
    )
    line: Index = port("Fibre receptacle.", domain="network", required=False)

    def elements(self) -> Iterator[Block]:
        """Yield nothing: the equipment it sits in draws the power."""
        yield from ()
