"""Valve: isolating, balancing or check."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Valve
from twin.model.groups import KV_DENSITY, KV_OVER_CV, quadratic_of

OUTPUTS = (
    Output(name="flow_m3_s", role="valve", field="flow_m3_s", doc="flow"),
    Output(name="drop_pa", role="valve", field="drop_pa", doc="pressure drop"),
    Output(
        name="closing_pa", role="valve", field="closing_pa",
        doc="bound of the rise before it when it closes in its stroke",
    ),
    Output(name="loop_index", role="valve", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="valve",
    group="valve",
    label="Valve",
    source="IEC 60534-2-1:2011, turbulent incompressible flow",
    outputs=OUTPUTS,
)
class HandValve(Component):
    """A valve of fixed opening; a balancing valve may say between which Kv it is set.

    Limits: a check valve opens without a spring force.
    """

    use: tuple[str, ...] = token("What it is for.", tokens=("isolating", "balancing", "check"))
    position: tuple[str, ...] = token("Whether it is shut.", tokens=("open", "shut"), default="open")
    kv_m3_s: Array = param("Flow coefficient Kv as it stands, at 1 bar.", unit="m3/h", hard=(0.001, 1e5))
    stroke_s: Array = param("How fast it can close.", unit="s", hard=(0.001, 600), required=False)
    kv_open_m3_s: Array = param(
        "Kv fully open; as it stands when absent.", unit="m3/h", hard=(0.001, 1e5), required=False
    )
    kv_least_m3_s: Array = param(
        "Least Kv that can be set and locked.", unit="m3/h", hard=(0.0001, 1e5), required=False
    )
    cv_m3_s: Array = param(
        "Flow coefficient Cv as it stands, at 1 psi, in the place of kv.", unit="gpm", hard=(0.001, 1e5),
        instead_of="kv_m3_s", worth=KV_OVER_CV,
    )  # fmt: skip
    cv_open_m3_s: Array = param(
        "Cv fully open, in the place of kvOpen.", unit="gpm", hard=(0.001, 1e5), instead_of="kv_open_m3_s",
        worth=KV_OVER_CV,
    )  # fmt: skip
    cv_least_m3_s: Array = param(
        "Least Cv that can be set and locked, in the place of kvLeast.", unit="gpm", hard=(0.0001, 1e5),
        instead_of="kv_least_m3_s", worth=KV_OVER_CV,
    )  # fmt: skip
    inlet: Index = port("One end.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Other end.", domain="thermal", direction="output", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the check valves and the others."""
        is_check = np.array(self.use) == "check"
        is_open = (np.array(self.position) == "open")[:, None] & self.in_service
        for refuses, rows in ((True, np.flatnonzero(is_check)), (False, np.flatnonzero(~is_check))):
            yield Valve(
                role="valve", part=rows, a=self.inlet[rows], b=self.outlet[rows],
                quadratic_pa_s2_m6=quadratic_of(self.kv_m3_s[rows]), reference_density_kg_m3=KV_DENSITY,
                check_valve=refuses,
                stroke_s=self.stroke_s[rows], in_service=is_open[rows],
            )  # fmt: skip
