"""Hose between two ports: quick disconnects and, if wanted, a pressure-independent valve at its end."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, end, param, token
from twin.model.element import Block, Path, Valve
from twin.model.groups import (
    HOSES,
    KV_DENSITY,
    KV_OVER_CV,
    extremes_of,
    quadratic_at,
    quadratic_of,
    stretch_of,
)

OUTPUTS = (
    Output(name="flow_m3_s", role="bore", field="flow_m3_s", doc="flow"),
    Output(name="velocity_m_s", role="bore", field="velocity_m_s", doc="fluid speed"),
    Output(name="drop_pa", role="bore", field="drop_pa", doc="drop of hose and couplings"),
    Output(name="inlet_pag", role="bore", field="inlet_pag", doc="pressure where it begins"),
    Output(name="outlet_pag", role="bore", field="outlet_pag", doc="pressure at its end, before its valve"),
    Output(name="valve_outlet_pag", role="valve", field="outlet_pag", doc="pressure behind its valve"),
    Output(name="top_m", role="bore", field="top_m", doc="height of the highest point of its run"),
    Output(name="top_pag", role="bore", field="top_pag", doc="pressure at that point"),
    Output(
        name="top_margin_pa", role="bore", field="top_margin_pa",
        doc="distance of that pressure from vapour pressure",
    ),
    Output(name="inlet_k", role="bore", field="inlet_k", doc="fluid temperature"),
    Output(name="valve_drop_pa", role="valve", field="drop_pa", doc="difference its valve takes"),
    Output(name="segment_index", role="bore", field="segment_index", doc="piece between isolating valves"),
    Output(
        name="segment_volume_m3", role="bore", field="segment_volume_m3",
        doc="declared volume of that piece: what a leak lets out",
    ),
    Output(
        name="segment_lost_count", role="bore", field="segment_lost_count",
        doc="racks, units and coils without flow while that piece is shut",
    ),
    Output(
        name="valve_closing_pa", role="valve", field="closing_pa",
        doc="bound of the rise before its valve when that closes in its stroke",
    ),
    Output(name="loop_index", role="bore", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="hose",
    group="pipe",
    label="Hose",
    source="Darcy–Weisbach; IEC 60534-2-1:2011 for couplings; constant-flow valve",
    outputs=OUTPUTS,
)
class Hose(Component):
    """A bore with friction and couplings; with ``flow_limit_m3_s`` also a PICV at its far end.

    One prim is thus a rack's whole return branch: hose, couplings, tee, and valve. Limits: no bends beyond
    ``loss_ratio``; couplings lose as Kv and density say.
    """

    inner_diameter_m: Array = param("Inner diameter.", unit="mm", hard=(2, 1000))
    length_m: Array = param(
        "Length; measured along the drawn curve when absent.", unit="m", hard=(0.01, 500), required=False
    )
    roughness_m: Array = param(
        "Roughness of the bore.", unit="mm", hard=(0, 5), default=1.5e-6,
        source="Idelchik: drawn copper 0.0015 mm; taken for smooth hose (assumption)",
    )  # fmt: skip
    material: tuple[str, ...] = token(
        "What the wall is made of: how fast pressure waves run.", tokens=HOSES, default="epdm"
    )
    wall_m: Array = param(
        "Thickness of the wall.", unit="mm", hard=(0.1, 50), default=6e-3,
        source="assumption: 6 mm, usual for a textile-reinforced hose of DN40",
    )  # fmt: skip
    wall_modulus_n_m2: Array = param(
        "Effective Young's modulus of the wall with its reinforcement; that of the material when absent.",
        unit="kN/mm2", hard=(1e-3, 250), required=False,
    )  # fmt: skip
    coupling_kv_m3_s: Array = param(
        "Flow coefficient Kv of one mated pair of quick disconnects, at 1 bar; none when absent.",
        unit="m3/h", hard=(0.01, 10000), required=False,
    )  # fmt: skip
    coupling_cv_m3_s: Array = param(
        "Flow coefficient Cv of one mated pair of quick disconnects, at 1 psi, in the place of couplingKv.",
        unit="gpm", hard=(0.01, 10000), instead_of="coupling_kv_m3_s", worth=KV_OVER_CV,
    )  # fmt: skip
    coupling_count: Array = param(
        "Pairs of quick disconnects, when their Kv is given.",
        unit="1",
        hard=(0, 10),
        default=1.0,
        source="one pair",
    )
    loss_ratio: Array = param(
        "Other losses in dynamic heads of the bore: tees, bends, entry, exit.", unit="1", hard=(0, 1000),
        default=0.0, source="none",
    )  # fmt: skip
    flow_limit_m3_s: Array = param(
        "Flow that the valve at its end is set to; no valve when absent.", unit="L/min", hard=(0.1, 1e5),
        required=False,
    )  # fmt: skip
    flow_limit_most_m3_s: Array = param(
        "Highest flow that the valve can be set to.", unit="L/min", hard=(0.1, 1e5), required=False
    )
    flow_limit_least_m3_s: Array = param(
        "Lowest flow that the valve can be set to.", unit="L/min", hard=(0.01, 1e5), required=False
    )
    flow_limit_step_m3_s: Array = param(
        "Step of the valve's scale; any flow can be set when absent.",
        unit="L/min",
        hard=(0.001, 1e4),
        required=False,
    )
    valve_minimum_drop_pa: Array = param(
        "Least difference at which the valve regulates.", unit="kPa", hard=(0.1, 500), default=2e4,
        source="assumption: 20 kPa, usual for small pressure-independent valves",
    )  # fmt: skip
    valve_maximum_drop_pa: Array = param(
        "Greatest difference at which the valve regulates.", unit="kPa", hard=(1, 5000), required=False
    )
    valve_stroke_s: Array = param(
        "How fast the valve at its end can close.", unit="s", hard=(0.001, 600), required=False
    )
    a: Index = end("Where the fluid comes from.", domain="thermal", which="from")
    b: Index = end("Where the fluid goes.", domain="thermal", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield the bore with its couplings, and the valves of those that have one."""
        valved = np.flatnonzero(np.any(np.isfinite(self.flow_limit_m3_s), axis=1))
        middle = self.inner("valve_inlet", valved)
        stop = self.b.copy()
        stop[valved] = middle
        coupled = np.isfinite(self.coupling_kv_m3_s)
        pair = quadratic_of(np.where(coupled, self.coupling_kv_m3_s, np.inf))
        height, before = extremes_of(self.route_m, len(self.part))
        yield Path(
            role="bore", part=self.part, a=self.a, b=stop, length_m=self.length_m,
            diameter_m=self.inner_diameter_m, roughness_m=self.roughness_m, loss_ratio=self.loss_ratio,
            quadratic_pa_s2_m6=self.coupling_count * pair, reference_density_kg_m3=KV_DENSITY,
            volume_m3=0.25 * np.pi * self.inner_diameter_m**2 * self.length_m, in_service=self.in_service,
            stretch_per_pa=stretch_of(
                self.material, self.inner_diameter_m, self.wall_m, self.wall_modulus_n_m2
            ),
            extreme_m=height, extreme_ratio=before,
        )  # fmt: skip
        limit = self.flow_limit_m3_s[valved]
        yield Valve(
            role="valve", part=valved, a=middle, b=self.b[valved],
            quadratic_pa_s2_m6=quadratic_at(self.valve_minimum_drop_pa[valved], limit), limit_m3_s=limit,
            stroke_s=self.valve_stroke_s[valved], in_service=self.in_service[valved],
        )  # fmt: skip
