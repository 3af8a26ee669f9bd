"""Power cable: parallel runs between two pieces of equipment."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.conductors import (
    ALUMINIUM_OHM_M,
    ALUMINIUM_PER_K,
    COPPER_OHM_M,
    COPPER_PER_K,
    conductor_resistance,
    resistance_at,
)
from twin.model.component import Component, Output, component, end, param, token
from twin.model.element import Block, Line
from twin.model.fault_outputs import unlike_faults
from twin.model.phases import PHASES, phase_bits

OUTPUTS = (
    Output(name="current_a", role="conductor", field="current_a", doc="current of all runs together"),
    Output(name="loading_ratio", role="conductor", field="loading_ratio", doc="current over rating"),
    Output(name="drop_ratio", role="conductor", field="drop_ratio", doc="voltage drop"),
    Output(name="loss_w", role="conductor", field="loss_w", doc="loss"),
    Output(name="voltage_ratio", role="conductor", field="voltage_ratio", doc="voltage at the receiving end"),
    Output(
        name="neutral_current_a",
        role="conductor",
        field="neutral_a",
        doc="current of the neutral, fundamental only; none where all phases are alike",
    ),
    Output(name="air_k", role="conductor", field="air_k", doc="temperature of the air around it"),
    Output(
        name="derating_ratio",
        role="conductor",
        field="derating_ratio",
        doc="current allowed in that air over the rated current",
    ),
    Output(
        name="conductor_k",
        role="conductor",
        field="conductor_k",
        doc="temperature that its current brings it to in that air",
    ),
    Output(
        name="ikss_max_a",
        role="conductor",
        field="ikss_max_a",
        reduce="max",
        doc="greatest initial short-circuit current, UPS in static bypass",
    ),
    Output(name="ip_a", role="conductor", field="ip_a", reduce="max", doc="peak of that current"),
    Output(
        name="ikss_min_a",
        role="conductor",
        field="ikss_min_a",
        reduce="min",
        doc="least initial short-circuit current, on inverter or generator",
    ),
    *unlike_faults("conductor"),
)


@final
@component(
    kind="power_cable",
    group="cable",
    label="Power cable",
    source="IEC 60228 and IEC 60364-5-52: resistance by cross-section, at temperature",
    outputs=OUTPUTS,
)
class PowerCable(Component):
    """``count`` like runs per phase that share the current equally."""

    count: Array = param("Runs in parallel per phase.", unit="1", hard=(1, 32))
    rating_a: Array = param("Rated current of one run as installed.", unit="A", hard=(1, 5000))
    rating_air_temperature_k: Array = param(
        "Air temperature that the rating is given for.", unit="degC", hard=(0, 60), default=303.15,
        source="IEC 60364-5-52:2009, B.52.2.1: ambient air of 30 °C (recalled)",
    )  # fmt: skip
    conductor_max_k: Array = param(
        "Highest conductor temperature at that current.", unit="degC", hard=(61, 200), default=363.15,
        source="IEC 60364-5-52:2009, table 52.1: thermosetting insulation (XLPE), 90 °C (recalled)",
    )  # fmt: skip
    length_m: Array = param(
        "Length of one run; measured along its route when not given.",
        unit="m",
        hard=(0.1, 50_000),
        required=False,
    )
    section_m2: Array = param("Cross-section of one run.", unit="mm2", hard=(1, 2500))
    conductor: tuple[str, ...] = token("Conductor.", tokens=("copper", "aluminium"), default="copper")
    reactance_ohm_per_m: Array = param(
        "Phase reactance of one run.", unit="mohm/m", hard=(0, 1), default=0.08e-3,
        source="assumption: 0.08 Ω/km as pandapower standard type NAYY 4x150; medium voltage about 0.11",
    )  # fmt: skip
    conductor_temperature_k: Array = param(
        "Conductor temperature the resistance is taken at.", unit="degC", hard=(0, 105), default=333.15,
        source="assumption: 60 °C, between the ambient and the 90 °C limit of XLPE",
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
    phases: tuple[str, ...] = token(
        "Phases it is wired to; one phase goes with the neutral, two go without.",
        tokens=tuple(PHASES), default="abc",
    )  # fmt: skip
    a: Index = end("Sending end.", domain="electrical", which="from")
    b: Index = end("Receiving end.", domain="electrical", which="to")

    def elements(self) -> Iterator[Block]:
        """Yield the runs as one line."""
        copper = np.array([word == "copper" for word in self.conductor], dtype=np.bool_)[:, None]
        resistivity = np.where(copper, COPPER_OHM_M, ALUMINIUM_OHM_M)
        coefficient = np.where(copper, COPPER_PER_K, ALUMINIUM_PER_K)
        cold = conductor_resistance(self.length_m, self.section_m2, resistivity)
        yield Line(
            role="conductor", part=self.part, a=self.a, b=self.b,
            resistance_ohm=resistance_at(cold, self.conductor_temperature_k, coefficient) / self.count,
            reactance_ohm=self.reactance_ohm_per_m * self.length_m / self.count,
            rating_a=self.rating_a * self.count, cold_ohm=cold / self.count,
            end_k=self.fault_temperature_k, zero_resistance_ratio=self.zero_resistance_ratio,
            zero_reactance_ratio=self.zero_reactance_ratio,
            reference_k=self.rating_air_temperature_k,
            limit_k=self.conductor_max_k, coefficient_per_k=coefficient,
            phases=phase_bits(self.phases), room=self.room,
            in_service=self.in_service,
        )  # fmt: skip
