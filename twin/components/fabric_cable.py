"""Bundle of data cables between two groups of network ports."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.binding import Targets
from twin.model.component import Component, component, end, param, relation, text, token
from twin.model.element import Block

DATA_RATES = ("1GbE", "25GbE", "100GbE", "200GbE", "400GbE", "800GbE", "NDR200", "NDR", "XDR")
MEDIA = ("DAC", "ACC", "AEC", "AOC", "multimode", "singlemode", "copper")
CONNECTORS = ("MPO_12_APC", "MPO_12_UPC", "LC_duplex", "OSFP", "QSFP112", "QSFP56", "SFP28", "RJ45")


@final
@component(
    kind="fabric_cable",
    group="cable",
    label="Fabric cable bundle",
    source="TIA-942-C pathways; reach by medium from vendor data",
    can_stop=False,
)
class FabricCable(Component):
    """``count`` like cables from one port group to another; single cables exist only in the pull schedule.

    It adds no element: the optics' power is drawn by the equipment they sit in.
    """

    count: Array = param("Cables in the bundle.", unit="1", hard=(1, 100_000))
    length_m: Array = param(
        "Length of one cable; measured along its route when not given.",
        unit="m",
        hard=(0.1, 100_000),
        required=False,
    )
    reach_m: Array = param("Longest length the medium carries the rate over.", unit="m", hard=(0.1, 200_000))
    diameter_m: Array = param("Outer diameter of one cable.", unit="mm", hard=(0.5, 100))
    bend_radius_m: Array = param("Smallest bend radius installed.", unit="mm", hard=(1, 2000), required=False)
    power_per_end_w: Array = param(
        "Power of the optic or of the active head at each end.", unit="W", hard=(0, 100)
    )
    mass_kg_m: Array = param("Mass of one cable per length.", unit="kg/m", hard=(0, 20), required=False)
    medium: tuple[str, ...] = token("What carries the signal.", tokens=MEDIA)
    data_rate: tuple[str, ...] = token("Rate of one cable.", tokens=DATA_RATES)
    connector: tuple[str, ...] = token("Connector at the ends of the cable.", tokens=CONNECTORS)
    transceiver: tuple[str, ...] = text(
        "Transceiver model at the ends, empty when the cable has its own heads."
    )
    trays: Targets = relation("Trays it runs through.", resolves="part", required=False, kinds=("tray",))
    a: Index = end("Port group it starts at.", domain="network", which="from")
    b: Index = end("Port group it ends at.", domain="network", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield nothing: a cable is checked for reach and space, not solved."""
        yield from ()
