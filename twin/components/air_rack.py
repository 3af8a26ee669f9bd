"""Air-cooled rack: server fans carry all of its heat. Network racks are assets of this kind."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, text, token
from twin.model.element import Block, Mover, Release, Use
from twin.model.fault_outputs import unlike_faults
from twin.model.groups import consumer

OUTPUTS = (
    Output(name="it_power_w", role="it", field="power_w", doc="AC power at the rack's inputs"),
    Output(name="air_heat_w", role="air", field="heat_w", doc="heat into the room air"),
    Output(name="airflow_m3_s", role="air", field="flow_m3_s", doc="air drawn by the fans"),
    Output(name="air_inlet_k", role="air", field="inlet_k", doc="air inlet temperature"),
    Output(name="air_outlet_k", role="air", field="outlet_k", doc="air outlet temperature"),
    Output(
        name="tokens_per_s",
        role="it",
        field="tokens_per_s",
        doc="tokens per second while its air is as its maker asks for",
    ),
    Output(
        name="input_voltage_ratio", role="it", field="voltage_ratio", doc="lowest input voltage", reduce="min"
    ),
    Output(name="supply_lost_ratio", role="it", field="supply_lost_ratio", doc="1 when no input is alive"),
    Output(
        name="ikss_max_a",
        role="it",
        field="ikss_max_a",
        reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="it", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a",
        role="it",
        field="ikss_min_a",
        reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("it"),
    Output(
        name="transfer_gap_s",
        role="it",
        field="transfer_gap_s",
        doc="time without supply on its best input while something before it transfers",
    ),
)


@final
@component(
    kind="air_rack",
    group="rack",
    label="Air-cooled rack",
    source="First law: every watt drawn leaves as heat in the air the fans move",
    outputs=OUTPUTS,
)
class AirRack(Component):
    """A rack whose fans move a constant airflow, whatever the pressure across it.

    Limits: fans do not speed up with the inlet temperature, and leave no bypass between the servers.
    """

    it_power_w: Array = param(
        "Continuous AC power at the rack's inputs, power supplies and fans included.",
        unit="kW", hard=(0, 2000), soft=(0.5, 150),
    )  # fmt: skip
    peak_power_w: Array = param("Electrical peak.", unit="kW", hard=(0, 3000), required=False)
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    hold_up_s: Array = param(
        "Time that it runs on at its power after every input is dead.", unit="ms",
        hard=(0, 10_000), required=False,
    )  # fmt: skip
    airflow_m3_s: Array = param("Air drawn by the fans.", unit="m^3/s", hard=(0.001, 50), soft=(0.05, 10))
    air_inlet_max_k: Array = param("Highest allowable air inlet temperature.", unit="degC", hard=(0, 60))
    air_inlet_min_k: Array = param(
        "Lowest allowable air inlet temperature.", unit="degC", hard=(-20, 40), required=False
    )
    air_class: tuple[str, ...] = token("ASHRAE TC 9.9 air class.", tokens=("A1", "A2", "A3", "A4", "H1"))
    tokens_per_s: Array = param(
        "Tokens per second of the workload named.", unit="1/s", hard=(0, 1e9), required=False
    )
    token_workload: tuple[str, ...] = text("What these tokens are: model, precision, benchmark.")
    withstand_a: Array = param(
        "Rated short-circuit current of its power inputs.", unit="kA", hard=(0.1, 300), required=False
    )
    mass_kg: Array = param("Mass loaded.", unit="kg", hard=(1, 10000))
    power: Ends = port(
        "Power inputs, shared equally.",
        domain="electrical",
        system="power",
        direction="input",
        many=True,
        flow="in",
    )
    network: Ends = port("Data ports, in groups.", domain="network", many=True, required=False)
    air_intake: Index = port("Cold air in.", domain="airflow", direction="input", flow="in")
    air_exhaust: Index = port("Hot air out.", domain="airflow", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the fans, the load, and its heat into the air."""
        air = Mover(
            role="air", part=self.part, a=self.air_intake, b=self.air_exhaust, held_m3_s=self.airflow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        load = consumer(
            "it", self.part, self.power, power_w=self.it_power_w, power_factor_ratio=self.power_factor_ratio,
            use=Use.IT, in_service=self.in_service,
        )  # fmt: skip
        yield air
        yield load
        yield Release(
            role="air_heat", part=self.part, load=load, share_ratio=np.ones((len(self.part), 1)), path=air
        )
