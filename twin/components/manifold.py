"""Manifold: a header with taps along it, one for supply and one for return."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Path
from twin.model.groups import METALS_AND_PLASTICS, stretch_of

OUTPUTS = (
    Output(name="velocity_m_s", role="header", field="velocity_m_s", doc="highest fluid speed", reduce="max"),
    Output(
        name="drop_pa",
        role="header",
        field="drop_pa",
        doc="drop from the near end to the last tap",
        reduce="sum",
    ),
    Output(name="near_pag", role="header", field="inlet_pag", doc="pressure at the near end"),
    Output(name="flow_m3_s", role="header", field="flow_m3_s", doc="flow through the near end"),
    Output(name="inlet_k", role="header", field="inlet_k", doc="fluid temperature at the near end"),
    Output(name="segment_index", role="header", field="segment_index", doc="piece between isolating valves"),
    Output(
        name="segment_volume_m3", role="header", field="segment_volume_m3",
        doc="declared volume of that piece: what a leak lets out",
    ),
    Output(
        name="segment_lost_count", role="header", field="segment_lost_count",
        doc="racks, units and coils without flow while that piece is shut",
    ),
    Output(name="loop_index", role="header", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="manifold",
    group="pipe",
    label="Manifold",
    source="Darcy–Weisbach between taps; tee run by Darby's 3-K method, turbulent part",
    outputs=OUTPUTS,
)
class Manifold(Component):
    """A header of one diameter; pieces of pipe join its near end, its taps in order, and its far end.

    Flow counts positive from the near end; in a return header it is negative. What a stream loses when it
    turns into a tap belongs to the hose or pipe joined there. Taps are placed by their distance from the near
    end, the far end by the length of the box. Limits: no pressure recovery along the header.
    """

    inner_diameter_m: Array = param("Inner diameter.", unit="mm", hard=(5, 3000))
    roughness_m: Array = param(
        "Roughness of the wall.", unit="mm", hard=(0, 5), default=4.5e-5,
        source="Idelchik: good welded steel 0.04–0.10 mm; stainless TCS up to 0.045 mm",
    )  # fmt: skip
    run_loss_ratio: Array = param(
        "Dynamic heads lost at each tap that the stream passes.", unit="1", hard=(0, 100), default=0.19,
        source="derived: Darby tee run, flanged, at 83 mm",
    )  # fmt: skip
    material: tuple[str, ...] = token(
        "What the wall is made of: how fast pressure waves run.", tokens=METALS_AND_PLASTICS,
        default="stainless_steel",
    )  # fmt: skip
    wall_m: Array = param(
        "Thickness of the wall; that of steel pipe Sch 10S or plastic pipe SDR 11 of that bore when absent.",
        unit="mm", hard=(0.1, 200), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(0.1, 50000), required=False)
    near: Index = port("Near end.", domain="thermal", direction="input", role="near")
    far: Index = port(
        "Far end, capped when absent.", domain="thermal", direction="output", role="far", required=False
    )
    taps: Ends = port(
        "Taps along the header.", domain="thermal", direction="bidirectional", role="tap", many=True
    )

    def elements(self) -> Iterator[Block]:
        """Yield the pieces of header, in order from the near end for every part."""
        part, node, offset = self._stations()
        here = np.flatnonzero(part[1:] == part[:-1])
        owner = part[here]
        length = np.maximum(offset[here + 1] - offset[here], 0.0)[:, None]
        diameter = self.inner_diameter_m[owner]
        yield Path(
            role="header", part=owner, a=node[here], b=node[here + 1], length_m=length, diameter_m=diameter,
            roughness_m=self.roughness_m[owner], loss_ratio=self.run_loss_ratio[owner],
            volume_m3=0.25 * np.pi * diameter**2 * length, in_service=self.in_service[owner],
            stretch_per_pa=stretch_of(self.material, self.inner_diameter_m, self.wall_m)[owner],
        )  # fmt: skip

    def _stations(self) -> tuple[Index, Index, Array]:
        """Return near end, taps and far end of every part in order: part, node, place along it."""
        open_ = np.flatnonzero(self.far >= 0)
        part = np.concatenate([self.part, self.taps.part, open_])
        node = np.concatenate([self.near, self.taps.node, self.far[open_]])
        offset = np.concatenate([np.zeros(len(self.part)), self.taps.offset_m, self.size_m[open_, 0]])
        rank = np.repeat([0, 1, 2], [len(self.part), len(self.taps.part), len(open_)])
        order = np.lexsort((offset, rank, part))
        return part[order], node[order], offset[order]
