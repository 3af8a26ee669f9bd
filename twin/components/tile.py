"""Perforated floor tile: air from the plenum below to the aisle above."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.laws.air import tile_loss
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Path
from twin.model.groups import diameter_of

OUTPUTS = (
    Output(name="airflow_m3_s", role="opening", field="flow_m3_s", doc="airflow into the aisle"),
    Output(name="drop_pa", role="opening", field="drop_pa", doc="pressure drop of the tile"),
    Output(
        name="air_supply_k", role="opening", field="outlet_k", doc="temperature of the air it lets through"
    ),
)


@final
@component(
    kind="tile",
    group="air_handler",
    label="Perforated tile",
    source="Fried and Idelchik, Flow Resistance (1989): thin perforated plate, on approach velocity",
    outputs=OUTPUTS,
)
class Tile(Component):
    """A perforated tile that loses K dynamic heads of its approach velocity, K from its open share.

    Limits: thin sharp-edged holes; a damper below the tile is a smaller open share.
    """

    area_m2: Array = param("Face area.", unit="m2", hard=(0.01, 10))
    open_ratio: Array = param("Open share of the face.", unit="%", hard=(1, 95))
    air_below: Index = port("Plenum below.", domain="airflow", direction="input", flow="in")
    air_above: Index = port("Aisle above.", domain="airflow", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the opening."""
        yield Path(
            role="opening", part=self.part, a=self.air_below, b=self.air_above,
            diameter_m=diameter_of(self.area_m2), loss_ratio=tile_loss(self.open_ratio),
            in_service=self.in_service,
        )  # fmt: skip
