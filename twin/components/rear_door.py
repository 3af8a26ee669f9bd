"""Active rear-door heat exchanger: fans and a water coil that stand behind one rack."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Mover, Use
from twin.model.groups import coil, consumer, fan_release

OUTPUTS = (
    Output(name="heat_w", role="coil", field="heat_w", doc="heat from the air to the water"),
    Output(
        name="saturated_ratio",
        role="coil",
        field="saturated_ratio",
        doc="1 when the water valve is fully open",
    ),
    Output(name="airflow_m3_s", role="fan", field="flow_m3_s", doc="airflow"),
    Output(name="air_inlet_k", role="fan", field="inlet_k", doc="air temperature behind the rack"),
    Output(name="air_supply_k", role="coil_air", field="outlet_k", doc="air temperature behind the door"),
    Output(name="water_flow_m3_s", role="coil_water", field="flow_m3_s", doc="water flow"),
    Output(name="water_supply_k", role="water_valve", field="inlet_k", doc="water supply temperature"),
    Output(name="water_return_k", role="coil_water", field="outlet_k", doc="water return temperature"),
    Output(
        name="water_authority_ratio", role="water_valve", field="authority_ratio",
        doc="share of the open water valve in the drop of its branch",
    ),
    Output(name="power_w", role="power", field="power_w", doc="electric power drawn"),
    Output(name="supply_lost_ratio", role="power", field="supply_lost_ratio", doc="1 when no input is alive"),
)  # fmt: skip


@final
@component(
    kind="rear_door",
    group="air_handler",
    label="Rear-door heat exchanger",
    source="ε-NTU coil, sensible heat only; fans that follow the rack behind which they stand",
    outputs=OUTPUTS,
)
class RearDoor(Component):
    """A door whose fans move a constant airflow from the gap behind a rack, through a coil, to the room.

    The gap is an air volume of its own on the stage (a thin contained aisle), so that what the door does not
    draw escapes into the room. Limits: constant airflow, sensible heat only; the fans draw ``fan_power_w``.
    """

    capacity_w: Array = param("Rated sensible heat.", unit="kW", hard=(0.1, 500))
    ua_w_k: Array = param(
        "Conductance of the coil at rated airflow and water flow.", unit="kW/K", hard=(0.01, 500)
    )
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    airflow_m3_s: Array = param("Airflow of the fans.", unit="m^3/s", hard=(0.01, 50))
    internal_drop_pa: Array = param("Drop of the coil at that airflow.", unit="Pa", hard=(1, 1000))
    fan_power_w: Array = param("Electric power of the fans.", unit="kW", hard=(0, 50))
    supply_set_k: Array = param("Set-point of the air that leaves.", unit="degC", hard=(5, 45), soft=(14, 35))
    water_flow_m3_s: Array = param("Highest water flow, valve open.", unit="L/min", hard=(0.1, 5000))
    water_drop_pa: Array = param("Drop of the coil at the highest water flow.", unit="kPa", hard=(0.1, 500))
    valve_drop_pa: Array = param(
        "Drop of the open valve at the highest water flow.", unit="kPa", hard=(0.1, 500)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 1000))
    water_supply: Index = port("Chilled water in.", domain="thermal", direction="supply", flow="in")
    water_return: Index = port("Warm water out.", domain="thermal", direction="return", flow="out")
    air_intake: Index = port("Air from the rack.", domain="airflow", direction="input", flow="in")
    air_discharge: Index = port("Cooled air out.", domain="airflow", direction="output", flow="out")
    power: Ends = port(
        "Power inputs, shared equally.",
        domain="electrical",
        system="power",
        direction="input",
        many=True,
        flow="in",
    )

    def elements(self) -> Iterator[Block]:
        """Yield the fans with their load, and the coil behind them."""
        between = self.inner("fan_discharge")
        load = consumer(
            "power", self.part, self.power, power_w=self.fan_power_w,
            power_factor_ratio=self.power_factor_ratio, use=Use.COOLING, in_service=self.in_service,
        )  # fmt: skip
        mover = Mover(
            role="fan", part=self.part, a=self.air_intake, b=between, held_m3_s=self.airflow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        yield mover
        yield load
        yield fan_release(mover, load)
        yield from coil(self, between, self.air_discharge)
