"""Power shelf of a rack: AC in, DC busbar out."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, component, curve, param, port
from twin.model.element import Block


@final
@component(
    kind="power_shelf",
    group="converter",
    label="Power shelf",
    source="OCP Open Rack v3 and HPR power shelf; a rack's power is counted at its AC inputs",
    can_stop=False,
)
class PowerShelf(Component):
    """What a shelf carries and loses within the rack. It adds no element: the rack draws at its AC inputs."""

    rated_power_w: Array = param("DC output with every supply working.", unit="kW", hard=(0, 500))
    supply_count: Array = param("Power supplies in the shelf.", unit="1", hard=(1, 64))
    spare_count: Array = param("Supplies that may fail at the usable power.", unit="1", hard=(0, 32))
    output_voltage_v: Array = param("DC output voltage at full load.", unit="V", hard=(10, 1000))
    busbar_rating_a: Array = param(
        "Rated DC current of the shelf's busbar contact.", unit="A", hard=(1, 10_000)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    conversion_efficiency: Array = curve(
        "Output over input power over load.", x_name="loading_ratio", x_unit="%", unit="%", required=True,
        hard=(50, 100), x_hard=(0, 150),
    )  # fmt: skip
    mass_kg: Array = param("Mass.", unit="kg", hard=(1, 1000), required=False)
    inputs: Ends = port(
        "AC inputs.", domain="electrical", system="power", direction="input", many=True, flow="in"
    )
    busbar: Index = port(
        "DC busbar contact.",
        domain="electrical",
        system="power",
        direction="output",
        required=False,
        flow="out",
    )

    def elements(self) -> Iterator[Block]:
        """Yield nothing: the rack draws the power."""
        yield from ()
