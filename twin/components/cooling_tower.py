"""Open cooling tower: water falls through air that a fan draws up, and some of it evaporates."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.towers import yorkcalc_flow_scale
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import OUTDOORS, Block, Machine, Path, Rejector, Release, Use
from twin.model.groups import consumer, merkel_at_design, quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="rejector", field="heat_w", doc="heat to the outside air"),
    Output(
        name="fan_speed_ratio", role="rejector", field="speed_ratio", doc="fan speed over rated, mean in time"
    ),
    Output(name="flow_m3_s", role="fluid", field="flow_m3_s", doc="water flow"),
    Output(name="inlet_k", role="fluid", field="inlet_k", doc="entering water temperature"),
    Output(name="leaving_k", role="fluid", field="outlet_k", doc="leaving water temperature"),
    Output(name="set_point_k", role="rejector", field="set_k", doc="set-point, reset applied"),
    Output(name="wet_bulb_k", role="rejector", field="wet_bulb_k", doc="wet bulb of the entering air"),
    Output(name="make_up_kg_s", role="rejector", field="water_kg_s", doc="evaporation, drift and blowdown"),
    Output(name="drop_pa", role="fluid", field="drop_pa", doc="pressure drop"),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="loop_index", role="fluid", field="loop_index", doc="connected loop it is in"),
)


@final
@component(
    kind="cooling_tower",
    group="plant",
    label="Cooling tower",
    source="YorkCalc or Merkel as EnergyPlus has them; fan law",
    outputs=OUTPUTS,
)
class CoolingTower(Component):
    """An open tower whose fan slows down to hold the leaving water, and runs full out beyond it.

    Below its least speed the fan cycles; with the fan off a share of the heat still leaves. Entering wet bulb
    and dry bulb are the site's plus its recirculation. All heat leaves with the air: make-up is taken to
    enter as warm as the water that leaves. Limits: no ice, no basin heater; outside the range of its
    correlation it works at the nearest end, which rules CL060 to CL062 tell; static lift is part of the drop.
    """

    law: tuple[str, ...] = token("What the leaving water follows.", tokens=("york_calc", "merkel"))
    design_wet_bulb_k: Array = param("Wet bulb of the rating.", unit="degC", hard=(-10, 35), soft=(10, 26.7))
    design_range_dk: Array = param("Entering less leaving water of the rating.", unit="K", hard=(1.2, 22))
    design_approach_dk: Array = param("Leaving water less wet bulb of the rating.", unit="K", hard=(1.2, 20))
    reference_flow_m3_s: Array = param("Water flow of the rating.", unit="L/min", hard=(1, 1e6))
    airflow_m3_s: Array = param("Airflow at full fan speed.", unit="m^3/s", hard=(0.1, 5000))
    fan_power_w: Array = param("Electric power at full fan speed.", unit="kW", hard=(0.01, 2000))
    fan_least_ratio: Array = param(
        "Least fan speed over full speed.", unit="%", hard=(20, 100), default=0.2,
        source="EnergyPlus 25.2, CoolingTower:VariableSpeed, minimum air flow rate ratio, default",
    )  # fmt: skip
    still_ratio: Array = param(
        "Share of the heat at full speed that leaves with the fan off.", unit="%", hard=(0, 50),
        default=0.125,
        source="EnergyPlus 25.2, CoolingTower:VariableSpeed, capacity in free convection, default",
    )  # fmt: skip
    leaving_set_k: Array = param("Set-point of the leaving water.", unit="degC", hard=(4, 60))
    reset_k: Array = curve(
        "Set-point of what leaves over outdoor temperature in place of leavingSet; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(4, 60), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="wet_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    cycles_ratio: Array = param(
        "Cycles of concentration at which water is blown down.", unit="1", hard=(1.1, 20), soft=(2, 10),
        default=5.0, source="4 to 6 are usual (practice, recalled)",
    )  # fmt: skip
    drift_ratio: Array = param(
        "Drift over water flow at full fan speed.", unit="%", hard=(0, 1), default=8e-5,
        source="EnergyPlus 25.2, CoolingTower:VariableSpeed, drift loss 0.008 %, default",
    )  # fmt: skip
    drop_pa: Array = param(
        "Drop at the reference flow, nozzles and lift to them.", unit="kPa", hard=(0.1, 500)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    fluid_volume_m3: Array = param("Water in its basin.", unit="L", hard=(0, 1e6), required=False)
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 500000))
    inlet: Index = port("Warm water in.", domain="thermal", direction="return", flow="in")
    outlet: Index = port("Cooled water out.", domain="thermal", direction="supply", flow="out")
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the fill, the fan's load, and the rejection; fan heat goes outdoors."""
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
        merkel = np.array([law == "merkel" for law in self.law])
        ua, _ = merkel_at_design(
            self.design_wet_bulb_k, self.design_range_dk, self.design_approach_dk,
            flow_m3_s=self.reference_flow_m3_s, airflow_m3_s=self.airflow_m3_s,
            pressure_pa=self.site.pressure_pa,
        )  # fmt: skip
        scale, _ = yorkcalc_flow_scale(self.design_range_dk, self.design_wet_bulb_k, self.design_approach_dk)
        yield Rejector(
            role="rejector", part=self.part, path=fluid, load=load,
            machine=np.where(merkel, Machine.MERKEL_TOWER, Machine.YORK_TOWER).astype(np.intp),
            leaving_k=held(self, self.leaving_set_k),
            entering_k=self.site.dry_bulb_k + self.site.recirculation_dk,
            wet_bulb_k=self.site.wet_bulb_k + self.site.recirculation_dk, ua_w_k=ua,
            design_wet_bulb_k=self.design_wet_bulb_k,
            calibration_ratio=scale,
            reference_m3_s=self.reference_flow_m3_s, airflow_m3_s=self.airflow_m3_s,
            fan_power_w=self.fan_power_w, least_speed_ratio=self.fan_least_ratio,
            still_ratio=self.still_ratio, cycles_ratio=self.cycles_ratio, drift_ratio=self.drift_ratio,
            in_service=self.in_service,
        )  # fmt: skip
        yield Release(
            role="outdoor_heat", part=self.part, load=load, share_ratio=np.ones((len(self.part), 1)),
            room=np.full(len(self.part), OUTDOORS, dtype=np.intp),
        )  # fmt: skip
