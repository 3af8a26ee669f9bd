"""Utility supply: the grid at the point of common coupling."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.errors import InputError
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Feed
from twin.model.finding import Fault

OUTPUTS = (
    Output(name="power_w", role="feed", field="power_w", reduce="sum", doc="active power drawn"),
    Output(
        name="reactive_power_var", role="feed", field="reactive_power_var", reduce="sum",
        doc="reactive power drawn from the grid",
    ),
    Output(name="current_a", role="feed", field="current_a", reduce="max", doc="highest current of a feeder"),
)  # fmt: skip


@final
@component(
    kind="utility",
    group="plant",
    label="Utility supply",
    source="IEC 60909-0: network feeder of declared short-circuit power; ideal in the steady state",
    outputs=OUTPUTS,
)
class Utility(Component):
    """A grid connection that holds its declared voltage at each of its feeders."""

    voltage_v: Array = param("Declared voltage, line to line.", unit="kV", hard=(0.1, 500))
    short_circuit_power_va: Array = param(
        "Short-circuit power at the connection.", unit="MVA", hard=(1, 100_000)
    )
    least_short_circuit_power_va: Array = param(
        "Least short-circuit power; least currents are not established without it.", unit="MVA",
        hard=(1, 100_000), required=False,
    )  # fmt: skip
    rx_ratio: Array = param(
        "Resistance over reactance at the connection.", unit="1", hard=(0, 10), default=0.1,
        source="IEC 60909-0:2016, 6.2: RQ = 0.1·XQ where nothing better is known",
    )  # fmt: skip
    zero_reactance_ratio: Array = param(
        "Zero-sequence over positive-sequence reactance; faults to earth at its voltage are not established "
        "without it.", unit="1", hard=(0.1, 1000), required=False,
    )  # fmt: skip
    zero_rx_ratio: Array = param(
        "Resistance over reactance of the zero sequence; that of the positive where not given.", unit="1",
        hard=(0, 100), required=False,
    )  # fmt: skip
    rated_power_w: Array = param("Power agreed with the grid.", unit="MW", hard=(0, 5000), required=False)
    peak_power_w: Array = param(
        "Highest power allowed at any moment.", unit="MW", hard=(0, 5000), required=False
    )
    ramp_limit_w_s: Array = param(
        "Fastest change of power the grid allows, over the ramp window.", unit="MW/min", hard=(0, 100_000),
        required=False,
    )  # fmt: skip
    ramp_window_s: Array = param(
        "Time over which that change is taken.", unit="s", hard=(0.001, 86_400), required=False
    )
    swing_limit_w: Array = param(
        "Widest swing of power the grid allows, highest less lowest within the swing window.", unit="MW",
        hard=(0, 5000), required=False,
    )  # fmt: skip
    swing_window_s: Array = param(
        "Time within which that swing is taken.", unit="s", hard=(0.001, 86_400), required=False
    )
    feeders: Ends = port(
        "Feeders to the site.", domain="electrical", system="power", direction="output", many=True, flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield one feed per feeder.

        Raises:
            InputError: A limit over time has no window.
        """
        self._refuse_endless()
        part = self.feeders.part
        yield Feed(
            role="feed", part=part, node=self.feeders.node, voltage_v=self.voltage_v[part],
            short_circuit_va=self.short_circuit_power_va[part], rated_w=self.rated_power_w[part],
            least_short_circuit_va=self.least_short_circuit_power_va[part], rx_ratio=self.rx_ratio[part],
            zero_reactance_ratio=self.zero_reactance_ratio[part], zero_rx_ratio=self.zero_rx_ratio[part],
            in_service=self.in_service[part],
        )  # fmt: skip

    def _refuse_endless(self) -> None:
        pairs = (
            ("ramp", self.ramp_limit_w_s, self.ramp_window_s),
            ("swing", self.swing_limit_w, self.swing_window_s),
        )
        faults = [
            Fault(
                code="ST183", prim=self.paths[row], attribute=f"twin:utility:{name}Limit", where="",
                found="a limit without the time it is taken over",
                expected=f"twin:utility:{name}Window, in seconds, as the grid's connection terms say",
            )
            for name, limit, window in pairs
            for row in np.flatnonzero((np.isfinite(limit) & ~np.isfinite(window)).any(axis=1))
        ]  # fmt: skip
        if faults:
            raise InputError(faults)
