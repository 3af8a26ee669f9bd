"""Coolant distribution unit, liquid to liquid: pumps and a plate exchanger between FWS and TCS."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.movers import fit_curve
from twin.laws.waves import spin_energy
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Exchanger, Load, Mover, Path, Release, Use, Valve
from twin.model.groups import consumer, quadratic_at
from twin.model.rating import NAMES, conductance
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="exchanger", field="heat_w", doc="heat from the TCS to the FWS"),
    Output(name="approach_dk", role="exchanger", field="approach_dk", doc="TCS supply above FWS supply"),
    Output(
        name="effectiveness_ratio",
        role="exchanger",
        field="effectiveness_ratio",
        doc="exchanger effectiveness",
    ),
    Output(
        name="saturated_ratio",
        role="exchanger",
        field="saturated_ratio",
        doc="1 when the FWS valve is fully open",
    ),
    Output(name="tcs_flow_m3_s", role="tcs", field="flow_m3_s", doc="TCS flow"),
    Output(name="tcs_supply_k", role="tcs", field="outlet_k", doc="TCS supply temperature"),
    Output(name="set_point_k", role="exchanger", field="set_k", doc="set-point, reset applied"),
    Output(name="tcs_return_k", role="pumps", field="inlet_k", doc="TCS return temperature"),
    Output(name="tcs_supply_pag", role="tcs", field="outlet_pag", doc="TCS supply pressure"),
    Output(name="tcs_return_pag", role="pumps", field="inlet_pag", doc="TCS return pressure"),
    Output(name="fws_flow_m3_s", role="fws", field="flow_m3_s", doc="FWS flow"),
    Output(name="fws_supply_k", role="fws", field="inlet_k", doc="FWS supply temperature"),
    Output(name="fws_return_k", role="fws", field="outlet_k", doc="FWS return temperature"),
    Output(name="fws_valve_drop_pa", role="fws_valve", field="drop_pa", doc="pressure drop of the FWS valve"),
    Output(name="fws_supply_pag", role="fws_valve", field="inlet_pag", doc="FWS supply pressure"),
    Output(name="fws_return_pag", role="fws", field="outlet_pag", doc="FWS return pressure"),
    Output(name="pump_rise_pa", role="pumps", field="rise_pa", doc="pressure rise of the pumps"),
    Output(name="pump_speed_ratio", role="pumps", field="speed_ratio", doc="pump speed over rated speed"),
    Output(
        name="npsh_available_m",
        role="pumps",
        field="npsh_available_m",
        doc="NPSH available",
    ),
    Output(name="npsh_required_m", role="pumps", field="npsh_required_m", doc="NPSH required"),
    Output(
        name="curve_flow_m3_s", role="pumps", field="curve_flow_m3_s", doc="place on its full-speed curve"
    ),
    Output(name="runout_ratio", role="pumps", field="runout_ratio", doc="that place over its last point"),
    Output(
        name="dead_head_pa", role="pumps", field="dead_head_pa",
        doc="rise against shut racks at their highest speed, with pumps before them in series",
    ),
    Output(name="hydraulic_power_w", role="pumps", field="hydraulic_power_w", doc="power to the coolant"),
    Output(name="shaft_power_w", role="pumps", field="shaft_power_w", doc="power at the pump shafts"),
    Output(
        name="wire_to_water_ratio", role="pumps", field="wire_to_water_ratio",
        doc="power given to the coolant over electric power",
    ),
    Output(
        name="fws_authority_ratio", role="fws_valve", field="authority_ratio",
        doc="share of the open FWS valve in the drop of its branch",
    ),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(name="tcs_loop_index", role="tcs", field="loop_index", doc="connected TCS loop it is in"),
    Output(name="fws_loop_index", role="fws", field="loop_index", doc="connected FWS loop it is in"),
)  # fmt: skip


@final
@component(
    kind="cdu",
    group="cdu",
    label="Coolant distribution unit",
    source="ASHRAE TC 9.9, Water-Cooled Servers (2019); ε-NTU exchanger; pump affinity laws",
    outputs=OUTPUTS,
    has_speed=True,
)
class Cdu(Component):
    """A liquid-to-liquid unit that holds its TCS supply temperature by throttling facility water.

    The pump curve is that of the unit at its terminals with all duty pumps running; the drop of its own
    exchanger and filter is added back to get the pumps' rise and power. Pumps stand before the exchanger,
    so the set-point is what leaves. Duty pumps are equal, in parallel, each with a check valve: with one of
    them out the others give the same rise at a flow smaller by their share. Their efficiency is that of the
    reference point, or follows points over flow at full speed. Limits: pumps are one mover; speed alone
    does not lower the efficiency; the loop's pressure reference is an expansion vessel, because several
    units share a loop.
    """

    capacity_w: Array = param("Rated heat.", unit="kW", hard=(1, 20000))
    ua_w_k: Array = param(
        "Conductance, clean, at the two reference flows; that of the maker's point when absent.",
        unit="kW/K", hard=(0.1, 10000), required=False,
    )  # fmt: skip
    rating_approach_dk: Array = param(
        "TCS supply above FWS supply at rated heat and the two reference flows.", unit="K", hard=(0.1, 50),
        required=False,
    )  # fmt: skip
    rating_fws_supply_k: Array = param("FWS supply of the rating.", unit="degC", hard=(0, 70), required=False)
    rating_tcs_glycol_ratio: Array = param(
        "Propylene glycol by mass in the TCS of the rating, 0 for water.", unit="%", hard=(0, 60),
        required=False,
    )  # fmt: skip
    rating_fws_glycol_ratio: Array = param(
        "Propylene glycol by mass in the FWS of the rating, 0 for water.", unit="%", hard=(0, 60),
        required=False,
    )  # fmt: skip
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    reference_tcs_flow_m3_s: Array = param("TCS flow of the rating.", unit="L/min", hard=(1, 50000))
    reference_fws_flow_m3_s: Array = param("FWS flow of the rating.", unit="L/min", hard=(1, 50000))
    tcs_drop_pa: Array = param(
        "Drop of exchanger and filter on the TCS side at the reference flow.", unit="kPa", hard=(1, 1000)
    )
    fws_drop_pa: Array = param(
        "Drop of the exchanger's FWS side at its reference flow.", unit="kPa", hard=(1, 1000)
    )
    fws_valve_drop_pa: Array = param(
        "Drop of the open FWS valve at the highest FWS flow.", unit="kPa", hard=(1, 1000)
    )
    fws_flow_max_m3_s: Array = param("Highest FWS flow, valve open.", unit="L/min", hard=(1, 50000))
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
    tcs_pressure_max_pag: Array = param("Highest TCS pressure.", unit="bar g", hard=(0, 40), required=False)
    tcs_pressure_min_pag: Array = param(
        "Lowest TCS return pressure.", unit="bar g", hard=(-1, 40), required=False
    )
    fws_pressure_max_pag: Array = param("Highest FWS pressure.", unit="bar g", hard=(0, 40), required=False)
    tcs_volume_m3: Array = param("Coolant in it on the TCS side.", unit="L", hard=(0, 1e5), required=False)
    fws_volume_m3: Array = param("Water in it on the FWS side.", unit="L", hard=(0, 1e5), required=False)
    tcs_filter_m: Array = param("Mesh of the TCS filter.", unit="um", hard=(0.1, 5000), required=False)
    pump_curve_pa: Array = curve(
        "External pressure difference over TCS flow at full speed, three points or more.",
        x_name="flow_m3_s", x_unit="L/min", unit="kPa", required=True, points=3,
        hard=(0, 2000), x_hard=(0, 50_000),
    )  # fmt: skip
    pump_efficiency_ratio: Array = curve(
        "Efficiency over TCS flow at full speed, all duty pumps running: power to the coolant, with what the "
        "unit's own exchanger takes, over electric power; that of the reference point when absent.",
        x_name="flow_m3_s", x_unit="L/min", unit="%", hard=(0.1, 100), x_hard=(0.01, 200_000),
    )  # fmt: skip
    npsh_required_m: Array = curve(
        "Net positive suction head that it needs over flow at full speed; not established when absent.",
        x_name="flow_m3_s", x_unit="L/min", unit="m", hard=(0.01, 50), x_hard=(0.01, 200_000),
    )  # fmt: skip
    pump_count: Array = param("Duty pumps.", unit="1", hard=(1, 8))
    pumps_out_count: Array = param(
        "Duty pumps that stand still; a contingency may stop one more.", unit="1", hard=(0, 8), default=0.0,
        source="none",
    )  # fmt: skip
    pump_speed_ratio: Array = param(
        "Pump speed when no control moves it.", unit="%", hard=(0, 120), default=1.0, source="rated speed"
    )
    pump_minimum_flow_m3_s: Array = param(
        "Least continuous TCS flow at full speed; it falls with speed.", unit="L/min", hard=(0.01, 50_000),
        required=False,
    )  # fmt: skip
    pump_motor_efficiency_ratio: Array = param(
        "Efficiency of the pumps' motors and drives; gives the power at their shafts.", unit="%",
        hard=(10, 100), required=False,
    )  # fmt: skip
    pump_power_w: Array = param(
        "Electric power at the reference flow and full speed; gives the efficiency.",
        unit="kW",
        hard=(0.01, 1000),
    )
    pump_inertia_kgm2: Array = param(
        "Moment of inertia of what turns in all duty pumps together.", unit="kg m2", hard=(1e-5, 1e4),
        required=False,
    )  # fmt: skip
    pump_rated_speed_rad_s: Array = param(
        "Speed of the curve; needed to run down on the inertia.", unit="rpm", hard=(100, 20000),
        required=False,
    )  # fmt: skip
    nameplate_power_w: Array = param("Power to size feeders for.", unit="kW", hard=(0, 1000), required=False)
    pump_heat_to_coolant_ratio: Array = param(
        "Share of the power that warms the coolant; the rest warms the room.", unit="%", hard=(0, 100)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 50000))
    tcs_supply: Index = port(
        "Cool coolant out.", domain="thermal", system="TCS", direction="supply", flow="out"
    )
    tcs_return: Index = port(
        "Warm coolant in.", domain="thermal", system="TCS", direction="return", flow="in"
    )
    fws_supply: Index = port(
        "Facility water in.", domain="thermal", system="FWS", direction="supply", flow="in"
    )
    fws_return: Index = port(
        "Facility water out.", domain="thermal", system="FWS", direction="return", flow="out"
    )
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the pumps and their load, both sides of the exchanger, the FWS valve, and the exchange."""
        load = consumer(
            "power", self.part, self.power, power_w=0.0 * self.pump_power_w,
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
            transfer=True,
        )  # fmt: skip
        discharge, behind = self.inner("pump_discharge"), self.inner("fws_inlet")
        pumps = self._pumps(load, discharge)
        tcs = Path(
            role="tcs", part=self.part, a=discharge, b=self.tcs_supply,
            quadratic_pa_s2_m6=quadratic_at(self.tcs_drop_pa, self.reference_tcs_flow_m3_s),
            volume_m3=np.nan_to_num(self.tcs_volume_m3),
        )  # fmt: skip
        valve = Valve(
            role="fws_valve", part=self.part, a=self.fws_supply, b=behind,
            quadratic_pa_s2_m6=quadratic_at(self.fws_valve_drop_pa, self.fws_flow_max_m3_s),
            limit_m3_s=self.fws_flow_max_m3_s, in_service=self.in_service,
        )  # fmt: skip
        fws = Path(
            role="fws", part=self.part, a=behind, b=self.fws_return,
            quadratic_pa_s2_m6=quadratic_at(self.fws_drop_pa, self.reference_fws_flow_m3_s),
            volume_m3=np.nan_to_num(self.fws_volume_m3),
        )  # fmt: skip
        yield pumps
        yield tcs
        yield valve
        yield fws
        ua = conductance({name: getattr(self, name) for name in NAMES})
        yield Exchanger(
            role="exchanger", part=self.part, hot=tcs, cold=fws, ua_w_k=ua,
            fouling_k_w=self.fouling_ratio / ua,
            hot_reference_m3_s=self.reference_tcs_flow_m3_s, cold_reference_m3_s=self.reference_fws_flow_m3_s,
            hold_k=held(self, self.tcs_supply_set_k), valve=valve, in_service=self.in_service,
        )  # fmt: skip
        yield load
        share = self.pump_heat_to_coolant_ratio
        yield Release(role="coolant_heat", part=self.part, load=load, share_ratio=share, path=pumps)
        yield Release(role="room_heat", part=self.part, load=load, share_ratio=1.0 - share, room=self.room)

    def _pumps(self, load: Load, discharge: Index) -> Mover:
        """Return the pumps: the unit's curve, plus what its own exchanger and filter take.

        The curve is that of all duty pumps. Each of those that run carries its share of the flow, so that
        ``running`` of them give at a flow what all of them give at that flow over the share that runs.
        """
        shutoff, linear, quadratic = fit_curve(self.pump_curve_pa[..., 0], self.pump_curve_pa[..., 1])
        flow, own = self.reference_tcs_flow_m3_s, quadratic_at(self.tcs_drop_pa, self.reference_tcs_flow_m3_s)
        rise = shutoff[:, None] + linear[:, None] * flow + quadratic[:, None] * flow**2 + self.tcs_drop_pa
        running = self.pump_count - self.pumps_out_count
        some = running > 0.0
        share = np.where(some, running, self.pump_count) / self.pump_count
        return Mover(
            role="pumps", part=self.part, a=self.tcs_return, b=discharge, load=load,
            shutoff_pa=shutoff[:, None], linear_pa_s_m3=linear[:, None] / share,
            quadratic_pa_s2_m6=(quadratic[:, None] + own) / share**2, speed_ratio=self.pump_speed_ratio,
            running_ratio=share, npsh_m3_s=self.npsh_required_m[..., 0], npsh_m=self.npsh_required_m[..., 1],
            efficiency_m3_s=self.pump_efficiency_ratio[..., 0],
            efficiency_curve_ratio=self.pump_efficiency_ratio[..., 1],
            efficiency=rise * flow / self.pump_power_w, rated_power_w=share * self.pump_power_w,
            spin_energy_j=share * spin_energy(self.pump_inertia_kgm2, self.pump_rated_speed_rad_s),
            check_valve=True, in_service=self.in_service & some,
        )  # fmt: skip
