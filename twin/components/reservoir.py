"""Reservoir: gives and takes any flow at a level, as a lake, a main or a cooling pond does."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block
from twin.model.groups import open_end

OUTPUTS = (
    Output(name="pressure_pag", role="water", field="pressure_pag", doc="pressure at its origin"),
    Output(name="temperature_k", role="water", field="temperature_k", doc="temperature where it is joined"),
    Output(name="given_m3_s", role="water", field="given_m3_s", doc="flow given, negative where taken"),
    Output(name="loop_index", role="water", field="loop_index", doc="connected network it feeds"),
)


@final
@component(
    kind="reservoir",
    group="node",
    label="Reservoir",
    source="Hydrostatics; fluid that enters has the temperature of the supply",
    outputs=OUTPUTS,
    can_stop=False,
)
class Reservoir(Component):
    """A body of fluid whose level nothing moves.

    The level stands above the origin of the prim, with ``surface_pressure_pag`` on it. Limits: level and
    temperature do not follow what flows in or out.
    """

    fluid: tuple[str, ...] = token("What it holds.", tokens=("water", "propylene_glycol"), default="water")
    glycol_mass_ratio: Array = param(
        "Mass share of glycol; 0 for water.", unit="%", hard=(0, 60), default=0.0, source="water"
    )
    level_m: Array = param(
        "Surface above the origin of the prim.", unit="m", hard=(-100, 1000), default=0.0,
        source="the origin lies in the surface",
    )  # fmt: skip
    surface_pressure_pag: Array = param(
        "Pressure on the surface.", unit="bar g", hard=(-1, 100), default=0.0, source="open to the air"
    )
    supply_temperature_k: Array = param("Temperature of what it gives.", unit="degC", hard=(0, 95))
    joint: Ends = port(
        "Where pipes leave; one port takes any number of them.", domain="thermal",
        direction="bidirectional", many=True,
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the open end, and what joins its ports to it."""
        every = np.ones(len(self.part), dtype=np.bool_)
        yield from open_end(self, gives=every, takes=every)
