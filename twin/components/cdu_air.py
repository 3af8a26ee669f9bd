"""Coolant distribution unit, liquid to air: pumps, a coil and fans that give a row's heat to the room."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.laws.movers import fit_curve
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Arrangement, Block, Exchanger, Load, Mover, Path, Release, Use, Valve
from twin.model.groups import consumer, fan_release, quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="exchanger", field="heat_w", doc="heat from the coolant to the air"),
    Output(name="approach_dk", role="exchanger", field="approach_dk", doc="coil outlet above entering air"),
    Output(name="effectiveness_ratio", role="exchanger", field="effectiveness_ratio", doc="effectiveness"),
    Output(name="tcs_flow_m3_s", role="pumps", field="flow_m3_s", doc="TCS flow"),
    Output(name="tcs_supply_k", role="bypass", field="head_k", doc="TCS supply temperature"),
    Output(name="set_point_k", role="bypass", field="mix_k", doc="set-point, reset applied"),
    Output(name="bypass_flow_m3_s", role="bypass", field="flow_m3_s", doc="flow past the coil"),
    Output(name="tcs_return_k", role="pumps", field="inlet_k", doc="TCS return temperature"),
    Output(name="tcs_supply_pag", role="bypass", field="outlet_pag", doc="TCS supply pressure"),
    Output(name="tcs_return_pag", role="pumps", field="inlet_pag", doc="TCS return pressure"),
    Output(name="pump_rise_pa", role="pumps", field="rise_pa", doc="pressure rise of the pumps"),
    Output(name="pump_speed_ratio", role="pumps", field="speed_ratio", doc="pump speed over rated speed"),
    Output(name="airflow_m3_s", role="fan", field="flow_m3_s", doc="airflow"),
    Output(name="air_inlet_k", role="fan", field="inlet_k", doc="entering air temperature"),
    Output(name="air_outlet_k", role="coil_air", field="outlet_k", doc="leaving air temperature"),
    Output(name="power_w", role="power", field="power_w", doc="electric power of the pumps"),
    Output(name="fan_power_w", role="fan_power", field="power_w", doc="electric power of the fans"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="tcs_loop_index", role="pumps", field="loop_index", doc="connected TCS loop it is in"),
)  # fmt: skip


@final
@component(
    kind="cdu_air",
    group="cdu",
    label="Coolant distribution unit, liquid to air",
    source="ε-NTU coil, crossflow; pump affinity laws; first law of mixing",
    outputs=OUTPUTS,
    has_speed=True,
)
class CduAir(Component):
    """A unit without facility water: its coil gives the heat of a coolant loop to the air of the room.

    A valve leads coolant past the coil to hold the supply until it is shut; then all of it passes the coil
    and the supply floats with the air. Limits: constant airflow and fan power; one mover for all pumps, whose
    efficiency is that of the reference point; the coil stays dry.
    """

    capacity_w: Array = param("Rated heat.", unit="kW", hard=(1, 5000))
    ua_w_k: Array = param(
        "Conductance of the coil at its two reference flows.", unit="kW/K", hard=(0.1, 5000)
    )
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    reference_tcs_flow_m3_s: Array = param("TCS flow of the rating.", unit="L/min", hard=(1, 50000))
    airflow_m3_s: Array = param("Airflow of the fans.", unit="m^3/s", hard=(0.01, 500))
    internal_drop_pa: Array = param("Drop of filter and coil at that airflow.", unit="Pa", hard=(1, 3000))
    fan_power_w: Array = param("Electric power of the fans.", unit="kW", hard=(0, 1000))
    tcs_drop_pa: Array = param(
        "Drop of coil and filter on the TCS side at the reference flow.", unit="kPa", hard=(1, 1000)
    )
    tcs_supply_set_k: Array = param("Set-point of the TCS supply.", unit="degC", hard=(2, 70), soft=(15, 50))
    reset_k: Array = curve(
        "TCS supply over outdoor temperature in place of tcsSupplySet; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(2, 70), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="dry_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    tcs_supply_min_k: Array = param(
        "Lowest TCS supply temperature.", unit="degC", hard=(0, 70), required=False
    )
    tcs_supply_max_k: Array = param(
        "Highest TCS supply temperature.", unit="degC", hard=(0, 90), required=False
    )
    tcs_flow_max_m3_s: Array = param("Highest TCS flow.", unit="L/min", hard=(1, 50000))
    pump_curve_pa: Array = curve(
        "External pressure difference over TCS flow at full speed, three points or more.",
        x_name="flow_m3_s", x_unit="L/min", unit="kPa", required=True, points=3,
        hard=(0, 2000), x_hard=(0, 50_000),
    )  # fmt: skip
    pump_speed_ratio: Array = param(
        "Pump speed when no control moves it.", unit="%", hard=(0, 120), default=1.0, source="rated speed"
    )
    pump_power_w: Array = param(
        "Electric power of the pumps at the reference flow and full speed; gives the efficiency.", unit="kW",
        hard=(0.01, 1000),
    )  # fmt: skip
    pump_heat_to_coolant_ratio: Array = param(
        "Share of the pumps' power that warms the coolant; the rest warms the room.", unit="%", hard=(0, 100)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 50000))
    tcs_supply: Index = port(
        "Cool coolant out.", domain="thermal", system="TCS", direction="supply", flow="out"
    )
    tcs_return: Index = port(
        "Warm coolant in.", domain="thermal", system="TCS", direction="return", flow="in"
    )
    air_intake: Index = port("Room air in.", domain="airflow", direction="input", flow="in")
    air_discharge: Index = port("Warm air out.", domain="airflow", direction="output", flow="out")
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield pumps, coil and bypass of the coolant, fans and coil of the air, and the exchange."""
        load = self._load("power", 0.0 * self.pump_power_w)
        fans = self._load("fan_power", self.fan_power_w)
        discharge, behind, between = (
            self.inner(n) for n in ("pump_discharge", "coil_outlet", "fan_discharge")
        )
        pumps = self._pumps(load, discharge)
        coil = Path(
            role="tcs", part=self.part, a=discharge, b=behind,
            quadratic_pa_s2_m6=quadratic_at(self.tcs_drop_pa, self.reference_tcs_flow_m3_s),
        )  # fmt: skip
        fan = Mover(
            role="fan", part=self.part, a=self.air_intake, b=between, load=fans, held_m3_s=self.airflow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        air = Path(
            role="coil_air", part=self.part, a=between, b=self.air_discharge,
            quadratic_pa_s2_m6=quadratic_at(self.internal_drop_pa, self.airflow_m3_s),
        )  # fmt: skip
        yield from (pumps, coil, load, fans, fan, air)
        yield Path(role="coil_outlet", part=self.part, a=behind, b=self.tcs_supply)
        yield Valve(
            role="bypass", part=self.part, a=discharge, b=self.tcs_supply,
            quadratic_pa_s2_m6=quadratic_at(self.tcs_drop_pa, self.tcs_flow_max_m3_s),
            limit_m3_s=self.tcs_flow_max_m3_s, mix_k=held(self, self.tcs_supply_set_k),
            in_service=self.in_service,
        )  # fmt: skip
        yield Exchanger(
            role="exchanger", part=self.part, hot=coil, cold=air, ua_w_k=self.ua_w_k,
            arrangement=Arrangement.CROSSFLOW, fouling_k_w=self.fouling_ratio / self.ua_w_k,
            hot_reference_m3_s=self.reference_tcs_flow_m3_s, cold_reference_m3_s=self.airflow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        share = self.pump_heat_to_coolant_ratio
        yield Release(role="coolant_heat", part=self.part, load=load, share_ratio=share, path=pumps)
        yield Release(role="room_heat", part=self.part, load=load, share_ratio=1.0 - share, room=self.room)
        yield fan_release(fan, fans)

    def _load(self, role: str, power_w: Array) -> Load:
        return consumer(
            role, self.part, self.power, power_w=power_w, power_factor_ratio=self.power_factor_ratio,
            use=Use.COOLING, in_service=self.in_service, transfer=True,
        )  # fmt: skip

    def _pumps(self, load: Load, discharge: Index) -> Mover:
        """Return the pumps: the unit's curve, plus what its own coil and filter take."""
        shutoff, linear, quadratic = fit_curve(self.pump_curve_pa[..., 0], self.pump_curve_pa[..., 1])
        flow, own = self.reference_tcs_flow_m3_s, quadratic_at(self.tcs_drop_pa, self.reference_tcs_flow_m3_s)
        rise = shutoff[:, None] + linear[:, None] * flow + quadratic[:, None] * flow**2 + self.tcs_drop_pa
        return Mover(
            role="pumps", part=self.part, a=self.tcs_return, b=discharge, load=load,
            shutoff_pa=shutoff[:, None], linear_pa_s_m3=linear[:, None],
            quadratic_pa_s2_m6=quadratic[:, None] + own, speed_ratio=self.pump_speed_ratio,
            efficiency=rise * flow / self.pump_power_w, rated_power_w=self.pump_power_w, check_valve=True,
            in_service=self.in_service,
        )  # fmt: skip
