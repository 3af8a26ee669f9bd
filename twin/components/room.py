"""Room: a volume of air with walls; also the plenum below a raised floor or above a ceiling."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Flags
from twin.laws.air import orifice_loss
from twin.model.component import Component, Output, component, param, token
from twin.model.element import OUTDOORS, Block, Conductance, Fluid, Path, Source, Zone
from twin.model.groups import diameter_of

OUTPUTS = (
    Output(name="air_k", role="air", field="temperature_k", doc="air temperature"),
    Output(name="dew_point_k", role="air", field="dew_point_k", doc="dew point"),
)
PLENUMS = ("raised_floor", "ceiling_plenum")
# Sharp-edged gaps: discharge coefficient 0.6.
GAP_LOSS_RATIO = float(orifice_loss(np.array(0.6)))


@final
@component(
    kind="room",
    group="zone",
    label="Room",
    source="Mixed air volume; orifice law for gaps",
    outputs=OUTPUTS,
    zone=True,
    can_stop=False,
)
class Room(Component):
    """A mixed volume of air the size of its box, joined to outdoors by the conductance of its walls.

    Rooms hold the pressure reference of the air that circulates through them, 0 Pa; plenums do not. Two rooms
    that share their air (by a duct, a door, an air handler) need ``airReference = "no"`` on all but one,
    because two references would pass air from one to the other. Limits: one temperature per room; no
    ventilation with outdoor air, so moisture stays at the site's design dew point.
    """

    use: tuple[str, ...] = token(
        "What the room is for.",
        tokens=("white", "plant", "electrical", "network", "office", "raised_floor", "ceiling_plenum"),
    )
    air_reference: tuple[str, ...] = token(
        "Whether the room holds the pressure reference of its air; auto: every room but a plenum.",
        tokens=("auto", "yes", "no"), default="auto",
    )  # fmt: skip
    wall_conductance_w_k: Array = param(
        "Conductance of walls and roof to outdoors.", unit="W/K", hard=(0, 1e6), required=False
    )
    leakage_area_m2: Array = param(
        "Gaps of a plenum into the room it serves: cable openings, tile edges.", unit="m2", hard=(0, 100),
        required=False,
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the volume, the pressure reference, the walls, and the gaps of a plenum."""
        part, node, count = self.cells.part, self.cells.node, len(self.cells.part)
        shape = (count, self.site.dry_bulb_k.shape[1])
        cross = np.prod(self.size_m[part], axis=1) / np.max(self.size_m[part, :2], axis=1)
        yield Zone(
            role="air", part=part, node=node, volume_m3=(self.cells.length_m * cross)[:, None],
            dew_point_k=np.broadcast_to(self.site.dew_point_k, (count, self.site.dew_point_k.shape[1])),
        )  # fmt: skip
        first = np.flatnonzero(np.diff(part, prepend=-1) > 0)
        held = first[self._holds_reference()[part[first]]]
        yield Source(
            role="reference", part=part[held], node=node[held], pressure_pag=np.zeros((len(held), 1)),
            fluid=np.full(len(held), int(Fluid.AIR), dtype=np.intp), mass_fraction=np.zeros((len(held), 1)),
            supply_k=np.broadcast_to(self.site.dry_bulb_k, shape)[held],
        )  # fmt: skip
        shared = self.cells.length_m[:, None] / np.max(self.size_m[part, :2], axis=1)[:, None]
        walls = self.wall_conductance_w_k[part] * shared
        walled = np.flatnonzero(np.any(walls > 0, axis=1))
        yield Conductance(
            role="walls", part=part[walled], a=node[walled],
            b=np.full(len(walled), OUTDOORS, dtype=np.intp), conductance_w_k=walls[walled],
        )  # fmt: skip
        beside = np.where(np.array(self.use)[part] == "raised_floor", self.cells.above, self.cells.below)
        area = self.leakage_area_m2[part] * shared
        plenum = np.isin(np.array(self.use)[part], PLENUMS)
        leaky = np.flatnonzero(plenum & (beside >= 0) & np.any(area > 0, axis=1))
        yield Path(
            role="gaps", part=part[leaky], a=node[leaky], b=beside[leaky],
            diameter_m=diameter_of(area[leaky]), loss_ratio=np.full((len(leaky), 1), GAP_LOSS_RATIO),
        )  # fmt: skip

    def _holds_reference(self) -> Flags:
        """Return which rooms hold the pressure reference, shape (part,)."""
        told, use = np.array(self.air_reference), np.array(self.use)
        return np.where(told == "auto", ~np.isin(use, PLENUMS), told == "yes")
