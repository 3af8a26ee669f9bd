"""Expansion vessel: holds the pressure of a loop where it is joined, and says what fills the loop."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Fluid, Source

OUTPUTS = (
    Output(name="loop_index", role="vessel", field="loop_index", doc="connected loop it holds"),
    Output(name="volume_m3", role="vessel", field="volume_m3", doc="declared volume of the loop"),
    Output(name="unstated_count", role="vessel", field="unstated_count", doc="parts of undeclared volume"),
    Output(name="fill_density_kg_m3", role="vessel", field="fill_density_kg_m3", doc="density of the fill"),
    Output(name="hottest_k", role="vessel", field="hottest_k", doc="highest temperature in the loop"),
    Output(name="expansion_m3", role="vessel", field="expansion_m3", doc="expansion from fill to hottest"),
    Output(name="static_pa", role="vessel", field="static_pa", doc="column up to the highest point"),
    Output(name="highest_m", role="vessel", field="highest_m", doc="height of the loop's highest point"),
    Output(name="lowest_pag", role="vessel", field="lowest_pag", doc="lowest pressure in the loop"),
    Output(name="highest_pag", role="vessel", field="highest_pag", doc="highest pressure in the loop"),
    Output(name="boiling_margin_pa", role="vessel", field="boiling_margin_pa",
           doc="least distance of pressure from vapour pressure"),
)  # fmt: skip


@final
@component(
    kind="expansion_vessel",
    group="loop",
    label="Expansion vessel",
    source="A pre-charged vessel holds its loop's pressure at the point where it is joined",
    outputs=OUTPUTS,
    can_stop=False,
)
class ExpansionVessel(Component):
    """The one pressure reference of a loop, on the return header near the pumps' suction.

    Its results are those of its loop. Limits: the pressure does not follow the fluid's expansion; its volume,
    precharge and the safety valve are for checks; the loop's volume is that of the parts that declare one.
    """

    fluid: tuple[str, ...] = token("What the loop is filled with.", tokens=("water", "propylene_glycol"))
    glycol_mass_ratio: Array = param("Mass share of glycol; 0 for water.", unit="%", hard=(0, 60))
    fill_pressure_pag: Array = param(
        "Pressure it holds at its port.", unit="bar g", hard=(0, 40), soft=(0.5, 10)
    )
    fill_temperature_k: Array = param(
        "Temperature of the fill.", unit="degC", hard=(1, 60), default=293.15,
        source="assumption: filled at room temperature; no flow in a steady state",
    )  # fmt: skip
    volume_m3: Array = param("Volume of the vessel.", unit="L", hard=(0.1, 1e6), required=False)
    precharge_pag: Array = param(
        "Pressure of its gas when empty.", unit="bar g", hard=(0, 40), required=False
    )
    safety_valve_pag: Array = param(
        "Set pressure of the loop's safety valve.", unit="bar g", hard=(0.1, 60), required=False
    )
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(0.1, 50000))
    loop: Index = port("Point of the loop that it holds.", domain="thermal", flow="")

    def elements(self) -> Iterator[Block]:
        """Yield the pressure reference."""
        water = np.array(self.fluid) == "water"
        yield Source(
            role="vessel", part=self.part, node=self.loop, pressure_pag=self.fill_pressure_pag,
            fluid=np.where(water, int(Fluid.WATER), int(Fluid.PROPYLENE_GLYCOL)).astype(np.intp),
            mass_fraction=np.where(water[:, None], 0.0, self.glycol_mass_ratio),
            supply_k=self.fill_temperature_k,
        )  # fmt: skip
