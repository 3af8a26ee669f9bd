"""Standby generator behind its own circuit breaker."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Feed, Line
from twin.model.phases import NEUTRALS, neutral_ohm

OUTPUTS = (
    Output(name="power_w", role="feed", field="power_w", doc="active power"),
    Output(name="reactive_power_var", role="feed", field="reactive_power_var", doc="reactive power"),
    Output(name="current_a", role="feed", field="current_a", doc="current"),
    Output(name="breaker_loading_ratio", role="breaker", field="loading_ratio", doc="current over rating"),
)


@final
@component(
    kind="generator",
    group="plant",
    label="Generator",
    source="IEC 60034-22: generating sets; a regulator holds the terminal voltage in the steady state",
    outputs=OUTPUTS,
)
class Generator(Component):
    """An engine-driven set that holds its voltage while it runs.

    A standby set (``twin:standby``) runs only in the cases that start it. Such a case also opens the incomer
    from the lost supply, or the set feeds back into it. Limits: sets in parallel share by the impedance of
    their connections, not by governor.
    """

    rated_power_w: Array = param("Standby rating.", unit="MW", hard=(0, 100), soft=(0.1, 5))
    apparent_power_va: Array = param("Apparent power rating.", unit="MVA", hard=(0, 125))
    voltage_v: Array = param("Voltage, line to line.", unit="V", hard=(100, 36_000))
    subtransient_ratio: Array = param("Subtransient reactance Xd″ on its rating.", unit="%", hard=(1, 100))
    zero_reactance_ratio: Array = param(
        "Zero-sequence reactance over Xd″.", unit="1", hard=(0.01, 5), default=0.5,
        source="assumption: between 0.2 and 0.8 by the pitch of the winding; no maker's sheet read",
    )  # fmt: skip
    neutral: tuple[str, ...] = token(
        "How its star point is earthed; where not given solid up to 1 kV (assumption: TN), not known above.",
        tokens=NEUTRALS, required=False,
    )  # fmt: skip
    neutral_resistance_ohm: Array = param(
        "Resistor between that star point and earth.", unit="ohm", hard=(0.01, 10_000), required=False
    )
    breaker_rating_a: Array = param("Rated current of the breaker.", unit="A", hard=(1, 20_000))
    breaker_resistance_ohm: Array = param(
        "Resistance of the closed breaker per phase.", unit="uohm", hard=(0.1, 10_000)
    )
    fuel_use_m3_j: Array = param("Fuel used at full load.", unit="L/MWh", hard=(50, 1000), required=False)
    tank_volume_m3: Array = param("Fuel stored.", unit="m3", hard=(0, 10_000), required=False)
    start_time_s: Array = param("Time to start and accept load.", unit="s", hard=(0, 300), required=False)
    mass_kg: Array = param("Mass, fuel excluded.", unit="kg", hard=(1, 500_000), required=False)
    output: Index = port("Terminals.", domain="electrical", system="power", direction="output", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the machine and its breaker, which is open while the set stands still."""
        terminal = self.inner("terminal")
        rated = np.maximum(self.apparent_power_va, self.rated_power_w)
        cosine = np.where(rated > 0.0, self.rated_power_w / np.where(rated > 0.0, rated, 1.0), 1.0)
        yield Feed(
            role="feed", part=self.part, node=terminal, voltage_v=self.voltage_v,
            short_circuit_va=self.apparent_power_va / self.subtransient_ratio, rated_w=self.rated_power_w,
            rated_va=self.apparent_power_va, sine_ratio=np.sqrt(1.0 - cosine**2),
            zero_reactance_ratio=self.zero_reactance_ratio,
            neutral_ohm=neutral_ohm(self.neutral, self.neutral_resistance_ohm, self.voltage_v),
            in_service=self.in_service,
        )  # fmt: skip
        yield Line(
            role="breaker", part=self.part, a=terminal, b=self.output,
            resistance_ohm=self.breaker_resistance_ohm,
            reactance_ohm=0.0 * self.breaker_resistance_ohm, rating_a=self.breaker_rating_a, room=self.room,
            in_service=self.in_service,
        )  # fmt: skip
