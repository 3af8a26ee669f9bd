"""Tank: gives and takes flow at the level it stands at."""

from collections.abc import Iterator
from typing import final

import numpy as np

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
    """A body of fluid at a level; the origin of the prim is its bottom.

    At its lowest level it gives nothing, at its highest it takes nothing unless it spills. Limits: in a
    steady state the level stands; what is given is as warm as said, not mixed with what comes in.
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
    when_full: tuple[str, ...] = token(
        "Whether it shuts or spills at its highest level.", tokens=("shuts", "spills"), default="shuts"
    )
    diameter_m: Array = param(
        "Inner diameter of an upright cylinder.", unit="m", hard=(0.01, 1000), required=False
    )
    surface_pressure_pag: Array = param(
        "Pressure on the surface.", unit="bar g", hard=(-1, 100), default=0.0, source="open to the air"
    )
    supply_temperature_k: Array = param("Temperature of what it gives.", unit="degC", hard=(0, 95))
    joint: Ends = port(
        "Where pipes are joined; one port takes any number of them.", domain="thermal",
        direction="bidirectional", many=True,
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the open end, and what joins its ports to it, one way only where it is empty or full."""
        spills = (np.array(self.when_full) == "spills")[:, None]
        empty = (self.level_m <= self.minimum_level_m).any(axis=1)
        full = ((self.level_m >= self.maximum_level_m) & ~spills).any(axis=1)
        yield from open_end(self, gives=np.asarray(~empty), takes=np.asarray(~full))
