"""Power shelf of a rack: AC in, DC busbar out."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.converters import fit_loss_curve
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, curve, param, port
from twin.model.element import Block, Converter
from twin.model.fault_outputs import direct_faults

OUTPUTS = (
    Output(
        name="power_in_w", role="supplies", field="power_in_w", reduce="sum", doc="power at its AC inputs"
    ),
    Output(
        name="power_out_w", role="supplies", field="power_out_w", reduce="sum", doc="power into the busbar"
    ),
    Output(name="loss_w", role="supplies", field="loss_w", reduce="sum", doc="loss"),
    Output(
        name="loading_ratio", role="supplies", field="loading_ratio", reduce="max",
        doc="power of the supplies behind an input over their rating, the highest",
    ),
    Output(
        name="current_a", role="supplies", field="current_a", reduce="max", doc="highest current of an input"
    ),
    *direct_faults("supplies"),
    Output(
        name="transfer_gap_s", role="supplies", field="transfer_gap_s", reduce="min",
        doc="time without supply on its best input while something before it transfers",
    ),
)  # fmt: skip


@final
@component(
    kind="power_shelf",
    group="converter",
    label="Power shelf",
    source="OCP Open Rack v3 and HPR power shelf; loss as a quadratic in load fitted to the efficiency curve",
    outputs=OUTPUTS,
)
class PowerShelf(Component):
    """Supplies that share the load of a DC busbar, in equal groups behind the shelf's inputs.

    A shelf without a busbar contact adds no element: then the rack's power is counted at its AC inputs,
    shelves included. Limits: a group stops with its input; no supply is switched off at low load.
    """

    rated_power_w: Array = param("DC output with every supply working.", unit="kW", hard=(0, 500))
    supply_count: Array = param("Power supplies in the shelf.", unit="1", hard=(1, 64))
    spare_count: Array = param("Supplies that may fail at the usable power.", unit="1", hard=(0, 32))
    output_voltage_v: Array = param("DC output voltage at full load.", unit="V", hard=(10, 1000))
    busbar_rating_a: Array = param(
        "Rated DC current of the shelf's busbar contact.", unit="A", hard=(1, 10_000)
    )
    power_factor_ratio: Array = param("Power factor at the inputs.", unit="1", hard=(0.5, 1))
    conversion_efficiency: Array = curve(
        "Output over input power over load.", x_name="loading_ratio", x_unit="%", unit="%", required=True,
        hard=(50, 100), x_hard=(0, 150),
    )  # fmt: skip
    short_circuit_a: Array = param(
        "Current that it gives to a lasting short circuit at its output, all supplies.", unit="kA",
        hard=(0, 300), required=False,
    )  # fmt: skip
    output_capacitance_farad: Array = param(
        "Capacitance across its output that feeds a short circuit, all supplies.", unit="mF",
        hard=(0, 100_000), required=False,
    )  # fmt: skip
    output_capacitor_resistance_ohm: Array = param(
        "Resistance of that bank up to the terminals.", unit="mohm", hard=(0, 10_000), required=False
    )
    output_capacitor_inductance_henry: Array = param(
        "Inductance of that bank up to the terminals.", unit="uH", hard=(0, 10_000), required=False
    )
    hold_up_s: Array = param(
        "Time that it holds its output at rated load after every input is dead.", unit="ms",
        hard=(0, 10_000), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass.", unit="kg", hard=(1, 1000), required=False)
    inputs: Ends = port(
        "AC inputs.", domain="electrical", system="power", direction="input", many=True, flow="in"
    )
    busbar: Index = port(
        "DC busbar contact.",
        domain="electrical",
        system="power",
        direction="output",
        required=False,
        flow="out",
    )

    def elements(self) -> Iterator[Block]:
        """Yield the supplies behind each input of the shelves that have a busbar contact."""
        points = self.conversion_efficiency
        fixed, linear, quadratic = fit_loss_curve(points[..., 0], points[..., 1])
        mine = self.busbar[self.inputs.part] >= 0
        part, node = self.inputs.part[mine], self.inputs.node[mine]
        inputs = np.bincount(self.inputs.part, minlength=len(self.part))[part]
        yield Converter(
            role="supplies", part=part, a=node, b=self.busbar[part],
            rated_w=self.rated_power_w[part] / inputs[:, None], output_v=self.output_voltage_v[part],
            fixed_loss_ratio=fixed[part, None], linear_loss_ratio=linear[part, None],
            quadratic_loss_ratio=quadratic[part, None], power_factor_ratio=self.power_factor_ratio[part],
            fault_a=self.short_circuit_a[part] / inputs[:, None],
            capacitance_farad=self.output_capacitance_farad[part] / inputs[:, None],
            capacitor_ohm=self.output_capacitor_resistance_ohm[part] * inputs[:, None],
            capacitor_henry=self.output_capacitor_inductance_henry[part] * inputs[:, None],
            direct_ratio=np.ones((1, 1)), room=self.room[part], in_service=self.in_service[part],
        )  # fmt: skip
