"""Two-winding power transformer."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Transformer
from twin.model.phases import NEUTRALS, VECTOR_GROUPS, group_numbers, neutral_ohm

OUTPUTS = (
    Output(name="power_in_w", role="winding", field="power_in_w", doc="power into the primary"),
    Output(name="power_out_w", role="winding", field="power_out_w", doc="power out of the secondary"),
    Output(name="loss_w", role="winding", field="loss_w", doc="load and no-load loss"),
    Output(name="loading_ratio", role="winding", field="loading_ratio", doc="apparent power over rating"),
    Output(name="current_a", role="winding", field="current_a", doc="secondary current"),
)


@final
@component(
    kind="transformer",
    group="converter",
    label="Transformer",
    source="IEC 60076-1: short-circuit impedance, load loss and no-load loss; tap in the middle",
    outputs=OUTPUTS,
)
class PowerTransformer(Component):
    """A transformer given by its name plate: rating, voltages, impedance and the two losses."""

    rated_power_va: Array = param("Rated power.", unit="kVA", hard=(1, 1_000_000), soft=(50, 200_000))
    primary_voltage_v: Array = param("Rated primary voltage, line to line.", unit="kV", hard=(0.1, 500))
    secondary_voltage_v: Array = param("Rated secondary voltage, line to line.", unit="V", hard=(50, 150_000))
    impedance_ratio: Array = param("Short-circuit impedance uk.", unit="%", hard=(0.5, 30), soft=(3, 20))
    load_loss_w: Array = param("Loss at rated current Pk.", unit="W", hard=(0, 5_000_000))
    no_load_loss_w: Array = param("Loss at rated voltage P0.", unit="W", hard=(0, 1_000_000))
    insulation: tuple[str, ...] = token(
        "What insulates the windings.", tokens=("liquid", "dry"), default="liquid"
    )
    vector_group: tuple[str, ...] = token(
        "Vector group by IEC 60076-1:2011, annex D: it counts where phases are unlike, and in parallel; "
        "Dyn11, usual before low voltage, is an assumption.", tokens=VECTOR_GROUPS, default="Dyn11",
    )  # fmt: skip
    neutral: tuple[str, ...] = token(
        "How its low-voltage star point is earthed; where not given solid up to 1 kV (assumption: TN), not "
        "known above.", tokens=NEUTRALS, required=False,
    )  # fmt: skip
    neutral_resistance_ohm: Array = param(
        "Resistor between that star point and earth.", unit="ohm", hard=(0.01, 10_000), required=False
    )
    zero_reactance_ratio: Array = param(
        "Zero-sequence over positive-sequence reactance.", unit="1", hard=(0.1, 20), default=0.95,
        source="IEC TR 60909-4:2000, transformers of its low-voltage example, Dyn: 0.95 (recalled)",
    )  # fmt: skip
    redundancy: tuple[str, ...] = token(
        "Scheme of its twin:redundancyGroup, one name over the whole stage, standby and catcher included.",
        tokens=("n", "n_plus_1", "2n", "3_make_2", "4_make_3", "block_redundant"), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass, liquid included.", unit="kg", hard=(1, 500_000), required=False)
    primary: Index = port("Supply.", domain="electrical", system="power", direction="input", flow="in")
    secondary: Index = port(
        "Outgoing side.", domain="electrical", system="power", direction="output", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the transformer; its losses warm the room it stands in."""
        yield Transformer(
            role="winding", part=self.part, a=self.primary, b=self.secondary, rated_va=self.rated_power_va,
            primary_v=self.primary_voltage_v, secondary_v=self.secondary_voltage_v,
            impedance_ratio=self.impedance_ratio,
            load_loss_w=self.load_loss_w, no_load_loss_w=self.no_load_loss_w, room=self.room,
            group=group_numbers(self.vector_group), zero_reactance_ratio=self.zero_reactance_ratio,
            neutral_ohm=neutral_ohm(
                self.neutral, self.neutral_resistance_ohm,
                np.minimum(self.primary_voltage_v, self.secondary_voltage_v),
            ),
            in_service=self.in_service,
        )  # fmt: skip
