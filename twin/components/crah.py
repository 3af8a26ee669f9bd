"""Computer-room air handler: a fan and a chilled-water coil, usually above a raised floor."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Use
from twin.model.groups import coil, consumer, fan, fan_release

OUTPUTS = (
    Output(name="heat_w", role="coil", field="heat_w", doc="heat from the air to the water"),
    Output(
        name="saturated_ratio",
        role="coil",
        field="saturated_ratio",
        doc="1 when the water valve is fully open",
    ),
    Output(name="airflow_m3_s", role="fan", field="flow_m3_s", doc="airflow"),
    Output(name="air_return_k", role="fan", field="inlet_k", doc="return air temperature"),
    Output(name="air_supply_k", role="coil_air", field="outlet_k", doc="supply air temperature"),
    Output(name="water_flow_m3_s", role="coil_water", field="flow_m3_s", doc="water flow"),
    Output(name="water_supply_k", role="water_valve", field="inlet_k", doc="water supply temperature"),
    Output(name="water_return_k", role="coil_water", field="outlet_k", doc="water return temperature"),
    Output(name="fan_speed_ratio", role="fan", field="speed_ratio", doc="fan speed over rated speed"),
    Output(
        name="water_authority_ratio", role="water_valve", field="authority_ratio",
        doc="share of the open water valve in the drop of its branch",
    ),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
)  # fmt: skip


@final
@component(
    kind="crah",
    group="air_handler",
    label="Computer-room air handler",
    source="Fan affinity laws; ε-NTU coil, sensible heat only",
    outputs=OUTPUTS,
    has_speed=True,
)
class Crah(Component):
    """A unit that draws room air at its intake and blows cooled air out at its discharge.

    The fan is modelled before the coil, so that the set-point is what leaves, fan heat included.
    Limits: sensible heat only; many rows of a cross-flow coil count as counterflow.
    """

    capacity_w: Array = param("Rated sensible heat.", unit="kW", hard=(0.1, 5000))
    ua_w_k: Array = param(
        "Conductance of the coil at rated airflow and water flow.", unit="kW/K", hard=(0.01, 5000)
    )
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    airflow_m3_s: Array = param("Rated airflow.", unit="m^3/s", hard=(0.01, 500))
    internal_drop_pa: Array = param(
        "Drop of filter, coil and casing at rated airflow.", unit="Pa", hard=(1, 3000)
    )
    external_drop_pa: Array = param("External pressure at rated airflow.", unit="Pa", hard=(0, 2000))
    fan_power_w: Array = param(
        "Electric power of the fans at the rated point.", unit="kW", hard=(0.001, 1000)
    )
    shutoff_ratio: Array = param(
        "Total pressure at no flow over that at the rated point.", unit="1", hard=(1.01, 5), default=1.4,
        source="assumption: backward-curved plug fan",
    )  # fmt: skip
    fan_speed_ratio: Array = param(
        "Fan speed when no control moves it.", unit="%", hard=(0, 120), default=1.0, source="rated speed"
    )
    supply_set_k: Array = param("Set-point of the supply air.", unit="degC", hard=(5, 45), soft=(14, 30))
    water_flow_m3_s: Array = param("Highest water flow, valve open.", unit="L/min", hard=(0.1, 50000))
    water_drop_pa: Array = param("Drop of the coil at the highest water flow.", unit="kPa", hard=(0.1, 500))
    valve_drop_pa: Array = param(
        "Drop of the open valve at the highest water flow.", unit="kPa", hard=(0.1, 500)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    mass_kg: Array = param("Mass in operation.", unit="kg", hard=(1, 50000))
    water_supply: Index = port("Chilled water in.", domain="thermal", direction="supply", flow="in")
    water_return: Index = port("Warm water out.", domain="thermal", direction="return", flow="out")
    air_intake: Index = port("Return air in.", domain="airflow", direction="input", flow="in")
    air_discharge: Index = port("Supply air out.", domain="airflow", direction="output", flow="out")
    power: Ends = port(
        "Power inputs; the first in name order runs, the next take over.",
        domain="electrical", system="power", direction="input", many=True, flow="in",
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield the fan with its load, and the coil behind it."""
        between = self.inner("fan_discharge")
        load = consumer(
            "power", self.part, self.power, power_w=0.0 * self.fan_power_w,
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
            transfer=True,
        )  # fmt: skip
        mover = fan(self, load, self.air_intake, between)
        yield mover
        yield load
        yield fan_release(mover, load)
        yield from coil(self, between, self.air_discharge)
