"""Aisle between rows of racks, hot or cold, contained or open, in cells along its length."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Flags
from twin.laws.air import orifice_loss
from twin.model.component import Component, Output, component, param, token
from twin.model.element import Block, Path, Zone
from twin.model.groups import diameter_of

OUTPUTS = (
    Output(
        name="air_k",
        role="air",
        field="temperature_k",
        doc="highest air temperature of its cells",
        reduce="max",
    ),
    Output(
        name="air_lowest_k", role="air", field="temperature_k", doc="lowest air temperature", reduce="min"
    ),
    Output(name="dew_point_k", role="air", field="dew_point_k", doc="dew point", reduce="max"),
    Output(
        name="velocity_m_s",
        role="along",
        field="velocity_m_s",
        doc="highest air speed along it",
        reduce="max",
    ),
    Output(
        name="leakage_m3_s",
        role="around",
        field="flow_m3_s",
        doc="air that leaves into the room",
        reduce="sum",
    ),
)
# Narrow gaps: discharge coefficient 0.6. Wide openings: sharp entry 0.5, exit 1.
GAP_LOSS_RATIO = float(orifice_loss(np.array(0.6)))
WIDE_LOSS_RATIO = 1.5


@final
@component(
    kind="aisle",
    group="zone",
    label="Aisle",
    source="Mixed air cells; orifice law for openings; momentum of side inflow along the aisle",
    outputs=OUTPUTS,
    zone=True,
    can_stop=False,
)
class Aisle(Component):
    """A row of mixed air cells, joined to each other, to the room around and to the plenum above.

    An open aisle meets the room through its whole top and both ends; a contained one through its gaps only.
    Limits: one temperature per cell, no layers in height; an opening passes air one way at a time, so what
    warm and cold air exchange through it by buoyancy is not seen; flow from cell to cell loses
    ``along_loss_ratio`` dynamic heads, which stands for the momentum that air from the side has to be given.
    """

    containment: tuple[str, ...] = token(
        "Which side the containment encloses; open: there is none.", tokens=("hot", "cold", "open")
    )
    open_top: tuple[str, ...] = token(
        "Whether its top opens into the plenum above.", tokens=("yes", "no"), default="no"
    )
    cell_length_m: Array = param(
        "Length of a cell; the aisle is divided evenly.",
        unit="m",
        hard=(0.1, 50),
        default=1.2,
        source="two racks",
    )
    leakage_ratio: Array = param(
        "Gaps of a contained aisle over its plan area.", unit="%", hard=(0.01, 100), soft=(0.1, 20),
        default=0.03,
        source="assumption: 3–10 % of the flow at 5 Pa, as well-sealed containment is said to leak",
    )  # fmt: skip
    along_loss_ratio: Array = param(
        "Dynamic heads lost from cell to cell.", unit="1", hard=(0.01, 10), default=1.0,
        source="derived: side inflow over six cells takes two dynamic heads of the end velocity",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the cells, the passages along the aisle, and the openings to the room and the plenum."""
        cells, part = self.cells, self.cells.part
        width, height = np.min(self.size_m[part, :2], axis=1), self.size_m[part, 2]
        yield Zone(
            role="air", part=part, node=cells.node, volume_m3=(cells.length_m * width * height)[:, None],
            dew_point_k=np.broadcast_to(self.site.dew_point_k, (len(part), self.site.dew_point_k.shape[1])),
        )  # fmt: skip
        here = np.flatnonzero(part[1:] == part[:-1])
        yield Path(
            role="along", part=part[here], a=cells.node[here], b=cells.node[here + 1],
            diameter_m=diameter_of((width * height)[here, None]),
            loss_ratio=self.along_loss_ratio[part[here]],
        )  # fmt: skip
        is_open = (np.array(self.containment)[part] == "open")[:, None]
        top = np.array(self.open_top)[part] == "yes"
        area = np.where(is_open, self._bare(width, height, top)[:, None], self._gaps(width))
        loss = np.where(is_open, WIDE_LOSS_RATIO, GAP_LOSS_RATIO)
        out = np.flatnonzero((cells.around >= 0) & np.any(area > 0, axis=1))
        yield Path(
            role="around", part=part[out], a=cells.node[out], b=cells.around[out],
            diameter_m=diameter_of(area[out]), loss_ratio=loss[out],
        )  # fmt: skip
        up = np.flatnonzero((cells.above >= 0) & top)
        yield Path(
            role="above", part=part[up], a=cells.node[up], b=cells.above[up],
            diameter_m=diameter_of((cells.length_m * width)[up, None]),
            loss_ratio=np.full((len(up), 1), WIDE_LOSS_RATIO),
        )  # fmt: skip

    def _bare(self, width: Array, height: Array, top: Flags) -> Array:
        """Return the opening of each cell of an open aisle into the room [m2], shape (cell,)."""
        part = self.cells.part
        ends = (np.diff(part, prepend=-1) != 0).astype(float) + (np.diff(part, append=-1) != 0)
        roomy = ~top & (self.cells.above == self.cells.around)  # as tall as its room, it meets the ceiling
        bare: Array = np.where(roomy, self.cells.length_m * width, 0.0) + ends * width * height
        return bare

    def _gaps(self, width: Array) -> Array:
        """Return the gaps of each cell of a contained aisle [m2], shape (cell, 1 or variant)."""
        return self.leakage_ratio[self.cells.part] * (self.cells.length_m * width)[:, None]
