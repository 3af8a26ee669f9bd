"""Power converter: rectifier, DC/DC converter or inverter, in modules that share the load."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.converters import fit_loss_curve
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Converter, Store
from twin.model.fault_outputs import direct_faults
from twin.model.groups import recharge

OUTPUTS = (
    Output(
        name="power_in_w", role="conversion", field="power_in_w",
        doc="input power, without what recharges its battery",
    ),
    Output(name="power_out_w", role="conversion", field="power_out_w", doc="output power"),
    Output(name="loss_w", role="conversion", field="loss_w", doc="loss"),
    Output(
        name="loading_ratio", role="conversion", field="loading_ratio", doc="output power over all modules'"
    ),
    Output(
        name="current_a", role="conversion", field="current_a",
        doc="input current, without what recharges its battery",
    ),
    Output(name="recharge_w", role="recharge", field="power_w", doc="power that recharges its battery"),
    *direct_faults("conversion"),
)  # fmt: skip


@final
@component(
    kind="power_converter",
    group="converter",
    label="Power converter",
    source="IEC 60146-1-1 and IEC 62909: loss as a quadratic in load fitted to the efficiency curve",
    outputs=OUTPUTS,
)
class PowerConverter(Component):
    """Modules in parallel that hold the output voltage; what feeds them may be AC or DC.

    Limits: all modules share the load equally and none is switched off at low load; whatever hangs on direct
    current is joined pole to pole; the middle of ±400 V carries nothing. Its battery gives nothing in a
    steady state. Short circuits on direct current are established where ``short_circuit_a`` and
    ``output_capacitance_farad`` are declared, which may be none.
    """

    rated_power_w: Array = param("Rated output of one module.", unit="kW", hard=(0.1, 10_000))
    module_count: Array = param("Modules in parallel.", unit="1", hard=(1, 256))
    spare_count: Array = param("Modules that may fail at the usable power.", unit="1", hard=(0, 128))
    output_voltage_v: Array = param(
        "Output voltage: between poles, or line to line.", unit="V", hard=(10, 2000)
    )
    output_current: tuple[str, ...] = token(
        "What it gives.", tokens=("direct", "alternating"), default="direct"
    )
    power_factor_ratio: Array = param(
        "Power factor at an AC input; a DC input draws none.", unit="1", hard=(0.5, 1)
    )
    conversion_efficiency: Array = curve(
        "Output over input power, three loads or more.", x_name="loading_ratio", x_unit="%", unit="%",
        required=True, hard=(50, 100), x_hard=(0, 150), points=3,
    )  # fmt: skip
    battery_energy_j: Array = param(
        "Energy stored behind its output when full.", unit="kWh", hard=(0, 100_000), required=False
    )
    recharge_power_w: Array = param(
        "Highest power drawn on top of the load after an outage.", unit="kW", hard=(0, 5000), required=False
    )
    recharging_ratio: Array = param(
        "Share of that power drawn now.", unit="%", hard=(0, 100), default=0.0,
        source="the battery is full in normal operation",
    )  # fmt: skip
    short_circuit_a: Array = param(
        "Current that it gives to a lasting short circuit at its output, all modules.", unit="kA",
        hard=(0, 300), required=False,
    )  # fmt: skip
    output_capacitance_farad: Array = param(
        "Capacitance across its output that feeds a short circuit, all modules.", unit="mF",
        hard=(0, 100_000), required=False,
    )  # fmt: skip
    output_capacitor_resistance_ohm: Array = param(
        "Resistance of that bank up to the terminals.", unit="mohm", hard=(0, 10_000), required=False
    )
    output_capacitor_inductance_henry: Array = param(
        "Inductance of that bank up to the terminals.", unit="uH", hard=(0, 10_000), required=False
    )
    battery_voltage_v: Array = param(
        "Open-circuit voltage of a charged battery without a converter of its own.", unit="V",
        hard=(10, 2000), required=False,
    )  # fmt: skip
    battery_resistance_ohm: Array = param(
        "Resistance of that battery up to the terminals.", unit="mohm", hard=(0.01, 100_000), required=False
    )
    redundancy: tuple[str, ...] = token(
        "Scheme of its twin:redundancyGroup, one name over the whole stage, standby and catcher included.",
        tokens=("n", "n_plus_1", "2n", "3_make_2", "4_make_3", "block_redundant"), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass, batteries excluded.", unit="kg", hard=(1, 100_000), required=False)
    input: Index = port("Supply.", domain="electrical", system="power", direction="input", flow="in")
    output: Index = port(
        "Converted side.", domain="electrical", system="power", direction="output", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the conversion, whose loss warms the room, and the battery."""
        points = self.conversion_efficiency
        fixed, linear, quadratic = fit_loss_curve(points[..., 0], points[..., 1])
        direct = np.array([word == "direct" for word in self.output_current], dtype=np.float64)
        rated = self.rated_power_w * self.module_count
        yield Converter(
            role="conversion", part=self.part, a=self.input, b=self.output, rated_w=rated,
            output_v=self.output_voltage_v, fixed_loss_ratio=fixed[:, None],
            linear_loss_ratio=linear[:, None], quadratic_loss_ratio=quadratic[:, None],
            power_factor_ratio=self.power_factor_ratio, direct_ratio=direct[:, None], room=self.room,
            fault_a=self.short_circuit_a, capacitance_farad=self.output_capacitance_farad,
            capacitor_ohm=self.output_capacitor_resistance_ohm,
            capacitor_henry=self.output_capacitor_inductance_henry,
            rides_ratio=np.where(np.nan_to_num(self.battery_energy_j) > 0.0, 1.0, 0.0),
            transfer_s=np.zeros((1, 1)), battery_v=self.battery_voltage_v,
            battery_ohm=self.battery_resistance_ohm, in_service=self.in_service,
        )  # fmt: skip
        yield from recharge(self)
        yield Store(
            role="battery", part=self.part, node=self.output,
            energy_j=np.nan_to_num(self.battery_energy_j), rated_w=rated,
        )  # fmt: skip
