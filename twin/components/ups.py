"""Uninterruptible power supply: double conversion, eco mode, maintenance bypass."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws.converters import fit_loss_curve
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Converter, Store
from twin.model.groups import recharge

FOLLOWING = ("eco", "maintenance_bypass")

OUTPUTS = (
    Output(
        name="power_in_w", role="conversion", field="power_in_w",
        doc="input power, without what recharges its battery",
    ),
    Output(name="power_out_w", role="conversion", field="power_out_w", doc="output power"),
    Output(name="loss_w", role="conversion", field="loss_w", doc="loss"),
    Output(name="loading_ratio", role="conversion", field="loading_ratio", doc="output power over rating"),
    Output(
        name="current_a", role="conversion", field="current_a",
        doc="input current, without what recharges its battery",
    ),
    Output(name="recharge_w", role="recharge", field="power_w", doc="power that recharges its battery"),
    Output(
        name="ikss_max_a", role="conversion", field="ikss_max_a",
        doc="greatest initial short-circuit current through its static bypass",
    ),
)  # fmt: skip


@final
@component(
    kind="ups",
    group="converter",
    label="UPS",
    source="IEC 62040-3: classes VFI (double conversion) and VFD (eco mode); loss as a quadratic in load "
    "fitted to the efficiency curve of the mode",
    outputs=OUTPUTS,
)
class Ups(Component):
    """A converter that holds its output voltage, or feeds through its switch what its input gets.

    In eco mode and on its maintenance bypass the output has the voltage of the input and the input the
    reactive power of the output. The battery gives nothing in a steady state; it takes ``rechargePower`` in
    the share ``rechargingRatio``, whole in cases that name the unit under ``twin:contingency:recharging``.
    Limits: units in parallel share by rating whatever their mode; a bypass loses no voltage, one for
    maintenance no power; a unit in eco mode gives to a short circuit what its inverter gives, at the least.
    """

    rated_power_w: Array = param(
        "Rated output, every module working.", unit="kW", hard=(1, 10_000), soft=(10, 3000)
    )
    module_count: Array = param("Modules in parallel.", unit="1", hard=(1, 64), required=False)
    spare_count: Array = param(
        "Modules that may fail at the usable power.", unit="1", hard=(0, 32), default=0.0,
        source="no spare module where none is declared",
    )  # fmt: skip
    mode: tuple[str, ...] = token(
        "How it runs.", tokens=("double_conversion", *FOLLOWING), default="double_conversion"
    )
    output_voltage_v: Array = param("Output voltage, line to line.", unit="V", hard=(100, 1000))
    power_factor_ratio: Array = param("Power factor at the input.", unit="1", hard=(0.5, 1))
    conversion_efficiency: Array = curve(
        "Output over input power, three loads or more.", x_name="loading_ratio", x_unit="%", unit="%",
        required=True, hard=(50, 100), x_hard=(0, 150), points=3,
    )  # fmt: skip
    eco_efficiency: Array = curve(
        "Output over input power in eco mode, three loads or more; without it there is no such mode.",
        x_name="loading_ratio", x_unit="%", unit="%", hard=(50, 100), x_hard=(0, 150), points=3,
    )  # fmt: skip
    battery_energy_j: Array = param("Energy stored when full.", unit="kWh", hard=(0, 100_000))
    recharge_power_w: Array = param(
        "Highest power drawn on top of the load after an outage.", unit="kW", hard=(0, 5000), required=False
    )
    charge_efficiency: Array = param(
        "What the battery takes up over what recharging draws; nothing is lost where not given.", unit="%",
        hard=(50, 100), required=False,
    )  # fmt: skip
    transfer_s: Array = param(
        "Longest time without output when it goes from eco mode to its battery.", unit="ms",
        hard=(0, 1000), required=False,
    )  # fmt: skip
    overload_power_w: Array = param(
        "Highest output for a short time.", unit="kW", hard=(1, 20_000), required=False
    )
    overload_s: Array = param(
        "How long the output may be above its rating.", unit="s", hard=(0.001, 36_000), required=False
    )
    recharging_ratio: Array = param(
        "Share of that power drawn now.", unit="%", hard=(0, 100), default=0.0,
        source="the battery is full in normal operation",
    )  # fmt: skip
    withstand_a: Array = param(
        "Rated conditional short-circuit current.", unit="kA", hard=(1, 300), required=False
    )
    inverter_fault_a: Array = param(
        "Current that the inverter gives to a short circuit at its output; least currents behind it are not "
        "established without it.", unit="A", hard=(1, 100_000), required=False,
    )  # fmt: skip
    bypass: tuple[str, ...] = token(
        "What feeds its static bypass: its own input, or nothing where it is locked out.",
        tokens=("input", "none"), default="input",
    )  # fmt: skip
    redundancy: tuple[str, ...] = token(
        "Scheme of its twin:redundancyGroup, one name over the whole stage, standby and catcher included.",
        tokens=("n", "n_plus_1", "2n", "3_make_2", "4_make_3", "block_redundant"), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass, batteries excluded.", unit="kg", hard=(1, 100_000), required=False)
    input: Index = port("Supply.", domain="electrical", system="power", direction="input", flow="in")
    output: Index = port(
        "Protected side.", domain="electrical", system="power", direction="output", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the conversion, whose loss warms the room, the battery and what recharges it."""
        fixed, linear, quadratic = self._loss()
        bypass = np.array([word == "input" for word in self.bypass], dtype=np.float64)
        follows = np.array([word in FOLLOWING for word in self.mode], dtype=np.float64)
        alone = np.array([word == "maintenance_bypass" for word in self.mode], dtype=np.bool_)[:, None]
        yield Converter(
            role="conversion", part=self.part, a=self.input, b=self.output, rated_w=self.rated_power_w,
            output_v=self.output_voltage_v, fixed_loss_ratio=fixed[:, None],
            linear_loss_ratio=linear[:, None], quadratic_loss_ratio=quadratic[:, None],
            power_factor_ratio=self.power_factor_ratio,
            fault_a=np.where(alone, np.nan, self.inverter_fault_a), bypass_ratio=bypass[:, None],
            follow_ratio=follows[:, None],
            rides_ratio=np.where(alone | ~(self.battery_energy_j > 0.0), 0.0, 1.0),
            transfer_s=np.where(follows[:, None] > 0.0, self.transfer_s, 0.0), room=self.room,
            in_service=self.in_service,
        )  # fmt: skip
        yield from recharge(self)
        yield Store(
            # Past its converter the load has no battery to ride on.
            role="battery", part=self.part, node=self.output,
            energy_j=np.where(alone, 0.0, self.battery_energy_j),
            rated_w=self.rated_power_w, recharge_w=self.recharge_power_w, charge_ratio=self.charge_efficiency,
        )  # fmt: skip

    def _loss(self) -> tuple[Array, Array, Array]:
        """Return the coefficients of the loss in the mode of each unit [1], shape (part,) each."""
        usual, eco = (
            fit_loss_curve(points[..., 0], points[..., 1])
            for points in (self.conversion_efficiency, self.eco_efficiency)
        )
        mode = np.array(self.mode)
        fixed, linear, quadratic = (
            np.where(mode == "eco", own, np.where(mode == "maintenance_bypass", 0.0, other))
            for own, other in zip(eco, usual, strict=True)
        )
        return fixed, linear, quadratic
