"""Pump skid: one pump with its motor, drive and check valve."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.curves import interpolate
from twin.laws.movers import fit_curve
from twin.laws.waves import pump_inertia, spin_energy
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Mover, Release, Use
from twin.model.groups import consumer

OUTPUTS = (
    Output(name="flow_m3_s", role="pump", field="flow_m3_s", doc="flow"),
    Output(name="rise_pa", role="pump", field="rise_pa", doc="pressure rise"),
    Output(name="inlet_pag", role="pump", field="inlet_pag", doc="suction pressure"),
    Output(name="outlet_pag", role="pump", field="outlet_pag", doc="discharge pressure"),
    Output(name="inlet_k", role="pump", field="inlet_k", doc="fluid temperature"),
    Output(name="speed_ratio", role="pump", field="speed_ratio", doc="speed over rated speed"),
    Output(
        name="npsh_available_m",
        role="pump",
        field="npsh_available_m",
        doc="NPSH available",
    ),
    Output(name="npsh_required_m", role="pump", field="npsh_required_m", doc="NPSH required"),
    Output(name="curve_flow_m3_s", role="pump", field="curve_flow_m3_s", doc="place on its full-speed curve"),
    Output(name="runout_ratio", role="pump", field="runout_ratio", doc="that place over its last point"),
    Output(
        name="dead_head_pa", role="pump", field="dead_head_pa",
        doc="rise against shut valves at its highest speed, with those before it in series",
    ),
    Output(name="hydraulic_power_w", role="pump", field="hydraulic_power_w", doc="power given to the fluid"),
    Output(name="shaft_power_w", role="pump", field="shaft_power_w", doc="power at the shaft"),
    Output(
        name="wire_to_water_ratio", role="pump", field="wire_to_water_ratio",
        doc="power given to the fluid over electric power",
    ),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="loop_index", role="pump", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="pump",
    group="plant",
    label="Pump",
    source="Quadratic pump curve with affinity laws",
    outputs=OUTPUTS,
    has_speed=True,
)
class Pump(Component):
    """A pump with a check valve.

    Its curve is a parabola close to the points, or meets them. Its efficiency is that of the rated point at
    every flow and speed, or follows points over flow at full speed. Limits: speed alone does not lower the
    efficiency; cavitation is checked, what it does to the curve is not modelled.
    """

    rated_flow_m3_s: Array = param("Rated flow.", unit="L/min", hard=(0.1, 1e6))
    curve_pa: Array = curve(
        "Rise over flow at full speed, three points or more.",
        x_name="flow_m3_s", x_unit="L/min", unit="kPa", required=True, points=3,
        hard=(0, 5000), x_hard=(0, 200_000),
    )  # fmt: skip
    curve_law: tuple[str, ...] = token(
        "Whether the curve is a parabola close to its points, or meets them.", tokens=("parabola", "points"),
        default="parabola",
    )  # fmt: skip
    efficiency_ratio: Array = curve(
        "Wire-to-water efficiency over flow at full speed; that of the rated point when absent.",
        x_name="flow_m3_s", x_unit="L/min", unit="%", hard=(0.1, 100), x_hard=(0.01, 200_000),
    )  # fmt: skip
    npsh_required_m: Array = curve(
        "Net positive suction head that it needs over flow at full speed; not established when absent.",
        x_name="flow_m3_s", x_unit="L/min", unit="m", hard=(0.01, 50), x_hard=(0.01, 200_000),
    )  # fmt: skip
    minimum_flow_m3_s: Array = param(
        "Least continuous flow at full speed; it falls with speed.", unit="L/min", hard=(0.01, 200_000),
        required=False,
    )  # fmt: skip
    motor_efficiency_ratio: Array = param(
        "Efficiency of motor and drive; gives the power at the shaft.", unit="%", hard=(10, 100),
        required=False,
    )  # fmt: skip
    rated_power_w: Array = param(
        "Electric power at rated flow and full speed; gives the efficiency.", unit="kW", hard=(0.001, 5000)
    )
    speed_ratio: Array = param(
        "Speed when no control moves it.", unit="%", hard=(0, 120), default=1.0, source="rated speed"
    )
    heat_to_fluid_ratio: Array = param(
        "Share of the power that warms the fluid; the rest warms the room.", unit="%", hard=(0, 100)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    inertia_kgm2: Array = param(
        "Moment of inertia of rotor, impeller and coupling; Thorley's usual one when absent.", unit="kg m2",
        hard=(1e-5, 1e4), required=False,
    )  # fmt: skip
    rated_speed_rad_s: Array = param(
        "Speed of the curve; needed to run down on the inertia.", unit="rpm", hard=(100, 20000),
        required=False,
    )  # fmt: skip
    pressure_max_pag: Array = param("Highest working pressure.", unit="bar g", hard=(0, 100), required=False)
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 20000))
    inlet: Index = port("Suction.", domain="thermal", direction="input", role="inlet", flow="in")
    outlet: Index = port("Discharge.", domain="thermal", direction="output", role="outlet", flow="out")
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the pump, its load, and where its power becomes heat."""
        flow, rise = self.curve_pa[..., 0], self.curve_pa[..., 1]
        shutoff, linear, quadratic = fit_curve(flow, rise)
        meets = (np.array(self.curve_law) == "points")[:, None]
        c0, c1, c2 = (np.where(meets, 0.0, c[:, None]) for c in (shutoff, linear, quadratic))
        fitted_pa = c0 + c1 * self.rated_flow_m3_s + c2 * self.rated_flow_m3_s**2
        rated_pa = np.where(meets, interpolate(flow, rise, self.rated_flow_m3_s), fitted_pa)
        load = consumer(
            "power", self.part, self.power, power_w=np.zeros((len(self.part), 1)),
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
            transfer=True,
        )  # fmt: skip
        usual = pump_inertia(self.rated_power_w, self.rated_speed_rad_s)
        inertia = np.where(np.isfinite(self.inertia_kgm2), self.inertia_kgm2, usual)
        pump = Mover(
            role="pump", part=self.part, a=self.inlet, b=self.outlet, load=load,
            shutoff_pa=c0, linear_pa_s_m3=c1, quadratic_pa_s2_m6=c2, speed_ratio=self.speed_ratio,
            curve_m3_s=np.where(meets, flow, np.nan), curve_pa=np.where(meets, rise, np.nan),
            efficiency_m3_s=self.efficiency_ratio[..., 0],
            efficiency_curve_ratio=self.efficiency_ratio[..., 1],
            npsh_m3_s=self.npsh_required_m[..., 0], npsh_m=self.npsh_required_m[..., 1],
            efficiency=rated_pa * self.rated_flow_m3_s / self.rated_power_w, rated_power_w=self.rated_power_w,
            spin_energy_j=spin_energy(inertia, self.rated_speed_rad_s), check_valve=True,
            in_service=self.in_service,
        )  # fmt: skip
        share = self.heat_to_fluid_ratio
        yield pump
        yield load
        yield Release(role="fluid_heat", part=self.part, load=load, share_ratio=share, path=pump)
        yield Release(role="room_heat", part=self.part, load=load, share_ratio=1.0 - share, room=self.room)
