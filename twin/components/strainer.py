"""Strainer or filter in a pipe."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Path
from twin.model.groups import KV_DENSITY, KV_OVER_CV, quadratic_of

OUTPUTS = (
    Output(name="flow_m3_s", role="mesh", field="flow_m3_s", doc="flow"),
    Output(name="drop_pa", role="mesh", field="drop_pa", doc="pressure drop"),
)


@final
@component(
    kind="strainer",
    group="valve",
    label="Strainer",
    source="IEC 60534-2-1:2011, turbulent incompressible flow",
    outputs=OUTPUTS,
)
class Strainer(Component):
    """A strainer whose drop is that of a clean one times ``fouling_ratio``."""

    kv_m3_s: Array = param("Flow coefficient Kv when clean, at 1 bar.", unit="m3/h", hard=(0.001, 1e5))
    cv_m3_s: Array = param(
        "Flow coefficient Cv when clean, at 1 psi, in the place of kv.", unit="gpm", hard=(0.001, 1e5),
        instead_of="kv_m3_s", worth=KV_OVER_CV,
    )  # fmt: skip
    fouling_ratio: Array = param(
        "Drop over that of a clean strainer.", unit="1", hard=(1, 100), default=1.0, source="clean"
    )
    drop_max_pa: Array = param(
        "Drop at which it is to be cleaned.", unit="kPa", hard=(0.1, 1000), required=False
    )
    mesh_m: Array = param("Mesh.", unit="um", hard=(0.1, 5000))
    inlet: Index = port("Inlet.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Outlet.", domain="thermal", direction="output", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the mesh."""
        yield Path(
            role="mesh", part=self.part, a=self.inlet, b=self.outlet,
            quadratic_pa_s2_m6=self.fouling_ratio * quadratic_of(self.kv_m3_s),
            reference_density_kg_m3=KV_DENSITY, in_service=self.in_service,
        )  # fmt: skip
