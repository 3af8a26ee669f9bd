"""Whips: like cords from one tap-off group of a busway to one input of a rack."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.conductors import COPPER_OHM_M, COPPER_PER_K, conductor_resistance, resistance_at
from twin.model.component import Component, Output, component, end, param, token
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults
from twin.model.phases import PHASES, phase_bits

OUTPUTS = (
    Output(name="current_a", role="conductor", field="current_a", doc="current of the whole bundle"),
    Output(
        name="loading_ratio", role="conductor", field="loading_ratio", doc="current over the breakers' rating"
    ),
    Output(name="drop_ratio", role="conductor", field="drop_ratio", doc="voltage drop"),
    Output(name="loss_w", role="conductor", field="loss_w", doc="loss"),
    Output(name="voltage_ratio", role="conductor", field="voltage_ratio", doc="voltage at the receiving end"),
    Output(name="air_k", role="conductor", field="air_k", doc="temperature of the air around it"),
    Output(
        name="derating_ratio", role="conductor", field="derating_ratio",
        doc="current allowed in that air over the rated current",
    ),
    Output(
        name="conductor_k", role="conductor", field="conductor_k",
        doc="temperature that its current brings it to in that air",
    ),
    Output(
        name="ikss_max_a", role="conductor", field="ikss_max_a", reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="conductor", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a", role="conductor", field="ikss_min_a", reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("conductor"),
    Output(
        name="neutral_current_a", role="conductor", field="neutral_a",
        doc="current of the neutral, fundamental only; none where all phases are alike",
    ),
)  # fmt: skip


@final
@component(
    kind="whip",
    group="cable",
    label="Whip",
    source="IEC 60364-5-52: resistance at temperature; the breakers of the tap-offs give the rating",
    outputs=OUTPUTS,
)
class Whip(Component):
    """A bundle of ``count`` cords, each behind its own breaker, that share the current equally."""

    count: Array = param("Cords in the bundle.", unit="1", hard=(1, 32))
    breaker_rating_a: Array = param("Rated current of the breaker of one cord.", unit="A", hard=(6, 400))
    ampacity_a: Array = param(
        "Rated current of one cord; that of its breaker, the least IEC 60364-4-43 (433.1) allows, when not "
        "given.", unit="A", hard=(1, 1000), required=False,
    )  # fmt: skip
    rating_air_temperature_k: Array = param(
        "Air temperature of the cord's rated current.", unit="degC", hard=(0, 60), default=303.15,
        source="IEC 60364-5-52:2009, B.52.2.1: ambient air of 30 °C (recalled)",
    )  # fmt: skip
    conductor_max_k: Array = param(
        "Highest conductor temperature at that current.", unit="degC", hard=(61, 200), default=363.15,
        source="assumption: a 90 °C cord",
    )  # fmt: skip
    length_m: Array = param(
        "Length of one cord; measured along its route when not given.",
        unit="m",
        hard=(0.1, 100),
        required=False,
    )
    section_m2: Array = param("Copper cross-section of one phase.", unit="mm2", hard=(1, 240))
    reactance_ohm_per_m: Array = param(
        "Phase reactance of one cord.", unit="mohm/m", hard=(0, 1), default=0.08e-3,
        source="assumption: 0.08 Ω/km as pandapower standard type NAYY 4x150",
    )  # fmt: skip
    conductor_temperature_k: Array = param(
        "Conductor temperature the resistance is taken at.", unit="degC", hard=(0, 105), default=333.15,
        source="assumption: 60 °C, three quarters of the rating of a 90 °C cord",
    )  # fmt: skip
    zero_resistance_ratio: Array = param(
        "Zero-sequence over positive-sequence resistance.", unit="1", hard=(1, 50), default=4.0,
        source="assumption: current to earth comes back by a conductor of the same section, R + 3·R",
    )  # fmt: skip
    zero_reactance_ratio: Array = param(
        "Zero-sequence over positive-sequence reactance.", unit="1", hard=(0.5, 50), default=4.0,
        source="assumption: likewise; IEC TR 60909-2 has 3 to 4 for four-core cables (recalled)",
    )  # fmt: skip
    fault_temperature_k: Array = param(
        "Conductor temperature at the end of a short circuit.", unit="degC", hard=(20, 400),
        default=523.15,
        source="IEC 60364-4-43:2008, table 43A: 90 °C thermosetting insulation, 250 °C (recalled)",
    )  # fmt: skip
    breaking_capacity_a: Array = param(
        "Ultimate breaking capacity of the breaker of one cord.", unit="kA", hard=(0.1, 300), required=False
    )
    let_through_a: Array = param(
        "Greatest short-circuit current that this breaker lets through, by its maker's curve.", unit="kA",
        hard=(0.1, 300), required=False,
    )  # fmt: skip
    phases: tuple[str, ...] = token(
        "Phases it is wired to; one phase goes with the neutral, two go without.",
        tokens=tuple(PHASES), default="abc",
    )  # fmt: skip
    long_time_pickup_a: Array = param(
        "Long-time pickup Ir of the breaker of one cord.", unit="A", hard=(1, 20_000), required=False
    )
    long_time_delay_s: Array = param(
        "Long-time delay tr at six times that.", unit="s", hard=(0.1, 100), required=False
    )
    short_time_pickup_a: Array = param("Short-time pickup Isd.", unit="A", hard=(1, 200_000), required=False)
    short_time_delay_s: Array = param("Short-time delay tsd.", unit="s", hard=(0, 5), required=False)
    instantaneous_pickup_a: Array = param(
        "Instantaneous pickup Ii.", unit="A", hard=(1, 300_000), required=False
    )
    a: Index = end("Tap-off group.", domain="electrical", which="from")
    b: Index = end("Input of the rack.", domain="electrical", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield the bundle as one line."""
        cold = conductor_resistance(self.length_m, self.section_m2, COPPER_OHM_M)  # type: ignore[arg-type]
        yield Line(
            role="conductor", part=self.part, a=self.a, b=self.b,
            resistance_ohm=resistance_at(cold, self.conductor_temperature_k, COPPER_PER_K) / self.count,  # type: ignore[arg-type]
            reactance_ohm=self.reactance_ohm_per_m * self.length_m / self.count,
            rating_a=self.breaker_rating_a * self.count, room=self.room,
            cold_ohm=cold / self.count, end_k=self.fault_temperature_k, phases=phase_bits(self.phases),
            zero_resistance_ratio=self.zero_resistance_ratio,
            zero_reactance_ratio=self.zero_reactance_ratio,
            reference_k=self.rating_air_temperature_k, limit_k=self.conductor_max_k,
            ampacity_a=self.ampacity_a * self.count,
            coefficient_per_k=np.full((len(self.part), 1), COPPER_PER_K),
            in_service=self.in_service,
        )  # fmt: skip
