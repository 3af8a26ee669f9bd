"""Tank: gives and takes flow at the level it stands at."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block
from twin.model.groups import open_end

OUTPUTS = (
    Output(name="pressure_pag", role="water", field="pressure_pag", doc="pressure at its bottom"),
    Output(name="temperature_k", role="water", field="temperature_k", doc="temperature where it is joined"),
    Output(name="given_m3_s", role="water", field="given_m3_s", doc="flow given, negative where taken"),
    Output(name="loop_index", role="water", field="loop_index", doc="connected network it feeds"),
)


@final
@component(
    kind="tank",
    group="node",
    label="Tank",
    source="Hydrostatics; fluid that enters has the temperature of the supply",
    outputs=OUTPUTS,
    can_stop=False,
)
class Tank(Component):
    """An upright cylinder of fluid; the origin of the prim is its bottom.

    Limits: in a steady state the level stands, full or empty as it may be: rule HY030 looks at it; what is
    given is as warm as said, not mixed with what comes in.
    """

    fluid: tuple[str, ...] = token("What it holds.", tokens=("water", "propylene_glycol"), default="water")
    glycol_mass_ratio: Array = param(
        "Mass share of glycol; 0 for water.", unit="%", hard=(0, 60), default=0.0, source="water"
    )
    level_m: Array = param("Level above its bottom.", unit="m", hard=(0, 200))
    minimum_level_m: Array = param(
        "Level below which it gives nothing.", unit="m", hard=(0, 200), default=0.0, source="its bottom"
    )
    maximum_level_m: Array = param("Level above which it overflows.", unit="m", hard=(0, 200))
    diameter_m: Array = param("Inner diameter.", unit="m", hard=(0.01, 1000))
    surface_pressure_pag: Array = param(
        "Pressure on the surface.", unit="bar g", hard=(-1, 100), default=0.0, source="open to the air"
    )
    supply_temperature_k: Array = param("Temperature of what it gives.", unit="degC", hard=(0, 95))
    joint: Ends = port(
        "Where pipes are joined; one port takes any number of them.", domain="thermal",
        direction="bidirectional", many=True,
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the open end, and what joins its ports to it."""
        yield from open_end(self)
