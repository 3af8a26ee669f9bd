"""Dry cooler: fans blow outside air through a coil."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import OUTDOORS, Block, Machine, Path, Rejector, Release, Use
from twin.model.groups import consumer, quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="rejector", field="heat_w", doc="heat to the outside air"),
    Output(name="fan_speed_ratio", role="rejector", field="speed_ratio", doc="fan speed over rated speed"),
    Output(name="flow_m3_s", role="fluid", field="flow_m3_s", doc="fluid flow"),
    Output(name="inlet_k", role="fluid", field="inlet_k", doc="entering fluid temperature"),
    Output(name="leaving_k", role="fluid", field="outlet_k", doc="leaving fluid temperature"),
    Output(name="set_point_k", role="rejector", field="set_k", doc="set-point, reset applied"),
    Output(name="drop_pa", role="fluid", field="drop_pa", doc="pressure drop"),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="loop_index", role="fluid", field="loop_index", doc="connected loop it is in"),
)


@final
@component(
    kind="dry_cooler",
    group="plant",
    label="Dry cooler",
    source="ε-NTU, cross-flow; fan affinity laws",
    outputs=OUTPUTS,
)
class DryCooler(Component):
    """A coil whose fans slow down to hold the leaving fluid at its set-point, and run full out beyond it.

    It draws outside air at the design dry bulb plus the site's recirculation. Limits: no spray, no frost,
    no heat loss with the fans off.
    """

    capacity_w: Array = param("Rated heat.", unit="kW", hard=(1, 50000))
    ua_w_k: Array = param("Conductance at rated airflow and reference flow.", unit="kW/K", hard=(0.1, 10000))
    reference_flow_m3_s: Array = param("Fluid flow of the rating.", unit="L/min", hard=(1, 1e6))
    airflow_m3_s: Array = param("Airflow at full fan speed.", unit="m^3/s", hard=(0.1, 5000))
    fan_power_w: Array = param("Electric power at full fan speed.", unit="kW", hard=(0.01, 2000))
    leaving_set_k: Array = param("Set-point of the leaving fluid.", unit="degC", hard=(-20, 80))
    reset_k: Array = curve(
        "Set-point of what leaves over outdoor temperature in place of leavingSet; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(-20, 80), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="dry_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    drop_pa: Array = param("Drop at the reference flow.", unit="kPa", hard=(0.1, 500))
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    fluid_volume_m3: Array = param("Fluid in its coil.", unit="L", hard=(0, 1e5), required=False)
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 100000))
    inlet: Index = port("Warm fluid in.", domain="thermal", direction="return", flow="in")
    outlet: Index = port("Cooled fluid out.", domain="thermal", direction="supply", flow="out")
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the coil, the fans' load, and the rejection; fan heat goes outdoors."""
        fluid = Path(
            role="fluid", part=self.part, a=self.inlet, b=self.outlet,
            quadratic_pa_s2_m6=quadratic_at(self.drop_pa, self.reference_flow_m3_s),
            volume_m3=np.nan_to_num(self.fluid_volume_m3), in_service=self.in_service,
        )  # fmt: skip
        load = consumer(
            "power", self.part, self.power, power_w=0.0 * self.fan_power_w,
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
            transfer=True,
        )  # fmt: skip
        yield fluid
        yield load
        yield Rejector(
            role="rejector", part=self.part, path=fluid, load=load, machine=Machine.DRY_COOLER,
            leaving_k=held(self, self.leaving_set_k),
            entering_k=self.site.dry_bulb_k + self.site.recirculation_dk,
            ua_w_k=self.ua_w_k, reference_m3_s=self.reference_flow_m3_s, airflow_m3_s=self.airflow_m3_s,
            fan_power_w=self.fan_power_w, in_service=self.in_service,
        )  # fmt: skip
        yield Release(
            role="outdoor_heat", part=self.part, load=load, share_ratio=np.ones((len(self.part), 1)),
            room=np.full(len(self.part), OUTDOORS, dtype=np.intp),
        )  # fmt: skip
