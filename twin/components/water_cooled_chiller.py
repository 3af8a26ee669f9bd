"""Water-cooled chiller: a compressor plant that gives its heat to a condenser-water loop."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.chiller_curves import curve_index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Machine, Path, Rejector, Release, Use
from twin.model.groups import at_reference, consumer, quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="rejector", field="heat_w", doc="heat taken from the chilled water"),
    Output(name="loading_ratio", role="rejector", field="loading_ratio", doc="heat over available capacity"),
    Output(name="flow_m3_s", role="evaporator", field="flow_m3_s", doc="chilled-water flow"),
    Output(name="inlet_k", role="evaporator", field="inlet_k", doc="entering chilled-water temperature"),
    Output(name="leaving_k", role="evaporator", field="outlet_k", doc="leaving chilled-water temperature"),
    Output(name="set_point_k", role="rejector", field="set_k", doc="set-point, reset applied"),
    Output(name="drop_pa", role="evaporator", field="drop_pa", doc="pressure drop of the evaporator"),
    Output(name="condenser_inlet_k", role="condenser", field="inlet_k", doc="entering condenser water"),
    Output(name="condenser_outlet_k", role="condenser", field="outlet_k", doc="leaving condenser water"),
    Output(name="condenser_flow_m3_s", role="condenser", field="flow_m3_s", doc="condenser-water flow"),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(
        name="loop_index", role="evaporator", field="loop_index", doc="connected chilled-water loop it is in"
    ),
)
# Our words for the curve sets of twin.laws.chillers.
CURVE_SETS = (
    "york_yt_1023",
    "york_yk_1259",
    "trane_cvhf_2317",
    "trane_cvhf_4610",
    "york_yk_4966",
    "carrier_19ex_5208",
    "carrier_19fa_5651",
)


@final
@component(
    kind="water_cooled_chiller",
    group="plant",
    label="Water-cooled chiller",
    source="DOE-2 / EnergyPlus electric EIR model with makers' curve sets (Modelica Buildings)",
    outputs=OUTPUTS,
)
class WaterCooledChiller(Component):
    """A chiller that holds its leaving water at its set-point until its capacity is used up.

    Capacity and COP are stated at one rating point and carried to the curves' reference point by the curves
    themselves. For warmer water it may follow a share of Carnot's COP: the same at every load, with the
    capacity of its rating at every temperature. Heat and compressor power both leave with the condenser
    water. Limits: no curve set holds for leaving water above 12.8 °C.
    """

    capacity_w: Array = param("Capacity at the rating point.", unit="kW", hard=(1, 20000))
    cop_ratio: Array = param("COP at the rating point and full load.", unit="1", hard=(1, 12), soft=(3, 9))
    rating_leaving_k: Array = param("Leaving water of the rating.", unit="degC", hard=(-10, 40))
    rating_entering_k: Array = param("Entering condenser water of the rating.", unit="degC", hard=(0, 50))
    curve_set: tuple[str, ...] = token("Curve set over temperatures and load.", tokens=CURVE_SETS)
    carnot_ratio: Array = param(
        "Share of Carnot's COP over entering and leaving water, in the place of COP and curves.",
        unit="1", hard=(0.1, 0.9), soft=(0.5, 0.65), required=False,
    )  # fmt: skip
    leaving_set_k: Array = param("Set-point of the leaving water.", unit="degC", hard=(-10, 40))
    reset_k: Array = curve(
        "Set-point of what leaves over outdoor temperature in place of leavingSet; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(-10, 40), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="dry_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    reference_flow_m3_s: Array = param("Water flow of the rating.", unit="L/min", hard=(1, 1e6))
    drop_pa: Array = param("Drop of the evaporator at the reference flow.", unit="kPa", hard=(0.1, 500))
    condenser_flow_m3_s: Array = param("Condenser flow of the rating.", unit="L/min", hard=(1, 1e6))
    condenser_drop_pa: Array = param(
        "Drop of the condenser at its reference flow.", unit="kPa", hard=(0.1, 500)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 100000))
    inlet: Index = port("Warm water in.", domain="thermal", direction="return", role="inlet", flow="in")
    outlet: Index = port(
        "Chilled water out.", domain="thermal", direction="supply", role="outlet", flow="out"
    )
    condenser_inlet: Index = port(
        "Cool condenser water in.", domain="thermal", direction="supply", role="condenser_inlet", flow="in"
    )
    condenser_outlet: Index = port(
        "Warm condenser water out.", domain="thermal", direction="return", role="condenser_outlet", flow="out"
    )
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the evaporator, the load, the condenser, and the rejection into it."""
        evaporator = Path(
            role="evaporator", part=self.part, a=self.inlet, b=self.outlet,
            quadratic_pa_s2_m6=quadratic_at(self.drop_pa, self.reference_flow_m3_s),
            in_service=self.in_service,
        )  # fmt: skip
        condenser = Path(
            role="condenser", part=self.part, a=self.condenser_inlet, b=self.condenser_outlet,
            quadratic_pa_s2_m6=quadratic_at(self.condenser_drop_pa, self.condenser_flow_m3_s),
            in_service=self.in_service,
        )  # fmt: skip
        load = consumer(
            "power", self.part, self.power, power_w=np.zeros((len(self.part), 1)),
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
            transfer=True,
        )  # fmt: skip
        curve = np.array([curve_index(name) for name in self.curve_set], dtype=np.intp)
        capacity, cop = at_reference(
            self.capacity_w, self.cop_ratio, self.rating_leaving_k, self.rating_entering_k, curve
        )
        carnot = np.isfinite(self.carnot_ratio)
        yield evaporator
        yield condenser
        yield load
        yield Rejector(
            role="rejector", part=self.part, path=evaporator, load=load, machine=Machine.WATER_COOLED_CHILLER,
            leaving_k=held(self, self.leaving_set_k),
            entering_k=self.site.dry_bulb_k + self.site.recirculation_dk,
            capacity_w=np.where(carnot, self.capacity_w, capacity), cop_ratio=cop, curve=curve,
            carnot_ratio=self.carnot_ratio,
            condenser=condenser, in_service=self.in_service,
        )  # fmt: skip
        yield Release(
            role="condenser_heat", part=self.part, load=load, share_ratio=np.ones((len(self.part), 1)),
            path=condenser,
        )  # fmt: skip
