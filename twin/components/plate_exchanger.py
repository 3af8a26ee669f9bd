"""Plate heat exchanger between two loops."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Exchanger, Path, Valve
from twin.model.groups import quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="heat_w", role="exchanger", field="heat_w", doc="heat from the hot to the cold side"),
    Output(name="approach_dk", role="exchanger", field="approach_dk", doc="hot outlet above cold inlet"),
    Output(name="effectiveness_ratio", role="exchanger", field="effectiveness_ratio", doc="effectiveness"),
    Output(name="set_point_k", role="exchanger", field="set_k", doc="set-point, reset applied"),
    Output(
        name="saturated_ratio", role="exchanger", field="saturated_ratio",
        doc="1 when the cold valve is fully open",
    ),
    Output(name="hot_inlet_k", role="hot", field="inlet_k", doc="hot inlet temperature"),
    Output(name="hot_outlet_k", role="hot", field="outlet_k", doc="hot outlet temperature"),
    Output(name="cold_inlet_k", role="cold", field="inlet_k", doc="cold inlet temperature"),
    Output(name="cold_outlet_k", role="cold", field="outlet_k", doc="cold outlet temperature"),
    Output(name="hot_flow_m3_s", role="hot", field="flow_m3_s", doc="hot flow"),
    Output(name="cold_flow_m3_s", role="cold", field="flow_m3_s", doc="cold flow"),
)  # fmt: skip


@final
@component(
    kind="plate_exchanger",
    group="plant",
    label="Plate heat exchanger",
    source="ε-NTU, counterflow; Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., ch. 11",
    outputs=OUTPUTS,
)
class PlateExchanger(Component):
    """Two channels in counterflow; with a set-point a valve in the cold one holds what leaves the hot one.

    Before a chiller, in series on its warm side, it is a water-side economiser: it takes what the cold loop
    can, and the chiller trims the rest; with its set-point at that of the chiller it cools no further, and
    where the cold loop is the warmer one its valve shuts. Limits: no loss of heat to the room.
    """

    ua_w_k: Array = param("Conductance at the two reference flows.", unit="kW/K", hard=(0.01, 1e5))
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    hot_flow_m3_s: Array = param("Hot flow of the rating.", unit="L/min", hard=(0.1, 1e6))
    cold_flow_m3_s: Array = param("Cold flow of the rating.", unit="L/min", hard=(0.1, 1e6))
    hot_drop_pa: Array = param("Drop of the hot side at its reference flow.", unit="kPa", hard=(0.1, 1000))
    cold_drop_pa: Array = param("Drop of the cold side at its reference flow.", unit="kPa", hard=(0.1, 1000))
    hot_set_k: Array = param(
        "Set-point of what leaves the hot side; uncontrolled when absent.", unit="degC", hard=(-10, 90),
        required=False,
    )  # fmt: skip
    reset_k: Array = curve(
        "Set-point of what leaves over outdoor temperature in place of hotSet; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(-10, 90), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="dry_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    cold_valve_drop_pa: Array = param(
        "Drop of the open valve at the cold flow of the rating; that of the cold side when absent.",
        unit="kPa", hard=(0.1, 1000), required=False,
    )  # fmt: skip
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 50000))
    hot_inlet: Index = port("Hot in.", domain="thermal", direction="return", role="hot_inlet", flow="in")
    hot_outlet: Index = port("Hot out.", domain="thermal", direction="supply", role="hot_outlet", flow="out")
    cold_inlet: Index = port("Cold in.", domain="thermal", direction="supply", role="cold_inlet", flow="in")
    cold_outlet: Index = port(
        "Cold out.", domain="thermal", direction="return", role="cold_outlet", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield both channels and the exchange; those that hold a temperature have a valve in the cold."""
        holds = np.atleast_1d(np.isfinite(held(self, self.hot_set_k)).any(axis=1))
        for rows in (np.flatnonzero(~holds), np.flatnonzero(holds)):
            if len(rows):
                yield from self._channels(rows, holds=bool(holds[rows[0]]))

    def _channels(self, rows: Index, *, holds: bool) -> Iterator[Block]:
        """Yield the elements of some parts, shape (row,)."""
        part, on = self.part[rows], self.in_service[rows]
        inlet = self.cold_inlet[rows]
        behind = self.inner("cold_behind", part) if holds else inlet
        hot = Path(
            role="hot", part=part, a=self.hot_inlet[rows], b=self.hot_outlet[rows],
            quadratic_pa_s2_m6=quadratic_at(self.hot_drop_pa, self.hot_flow_m3_s)[rows],
        )  # fmt: skip
        cold = Path(
            role="cold", part=part, a=behind, b=self.cold_outlet[rows],
            quadratic_pa_s2_m6=quadratic_at(self.cold_drop_pa, self.cold_flow_m3_s)[rows],
        )  # fmt: skip
        yield hot
        yield cold
        valve = None
        if holds:
            drop = np.where(np.isfinite(self.cold_valve_drop_pa), self.cold_valve_drop_pa, self.cold_drop_pa)
            valve = Valve(
                role="cold_valve", part=part, a=inlet, b=behind, limit_m3_s=self.cold_flow_m3_s[rows],
                quadratic_pa_s2_m6=quadratic_at(drop, self.cold_flow_m3_s)[rows], in_service=on,
            )  # fmt: skip
            yield valve
        yield Exchanger(
            role="exchanger", part=part, hot=hot, cold=cold, ua_w_k=self.ua_w_k[rows],
            fouling_k_w=(self.fouling_ratio / self.ua_w_k)[rows],
            hot_reference_m3_s=self.hot_flow_m3_s[rows], cold_reference_m3_s=self.cold_flow_m3_s[rows],
            hold_k=held(self, self.hot_set_k)[rows], valve=valve, locks_out=True,
            in_service=on,
        )  # fmt: skip
