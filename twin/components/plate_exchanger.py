"""Plate heat exchanger between two loops."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, param, port
from twin.model.element import Block, Exchanger, Path
from twin.model.groups import quadratic_at

OUTPUTS = (
    Output(name="heat_w", role="exchanger", field="heat_w", doc="heat from the hot to the cold side"),
    Output(name="approach_dk", role="exchanger", field="approach_dk", doc="hot outlet above cold inlet"),
    Output(name="effectiveness_ratio", role="exchanger", field="effectiveness_ratio", doc="effectiveness"),
    Output(name="hot_inlet_k", role="hot", field="inlet_k", doc="hot inlet temperature"),
    Output(name="hot_outlet_k", role="hot", field="outlet_k", doc="hot outlet temperature"),
    Output(name="cold_inlet_k", role="cold", field="inlet_k", doc="cold inlet temperature"),
    Output(name="cold_outlet_k", role="cold", field="outlet_k", doc="cold outlet temperature"),
    Output(name="hot_flow_m3_s", role="hot", field="flow_m3_s", doc="hot flow"),
    Output(name="cold_flow_m3_s", role="cold", field="flow_m3_s", doc="cold flow"),
)


@final
@component(
    kind="plate_exchanger",
    group="plant",
    label="Plate heat exchanger",
    source="ε-NTU, counterflow; Incropera et al., Fundamentals of Heat and Mass Transfer, 7th ed., ch. 11",
    outputs=OUTPUTS,
)
class PlateExchanger(Component):
    """Two channels in counterflow, uncontrolled. Limits: no loss of heat to the room."""

    ua_w_k: Array = param("Conductance at the two reference flows.", unit="kW/K", hard=(0.01, 1e5))
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    hot_flow_m3_s: Array = param("Hot flow of the rating.", unit="L/min", hard=(0.1, 1e6))
    cold_flow_m3_s: Array = param("Cold flow of the rating.", unit="L/min", hard=(0.1, 1e6))
    hot_drop_pa: Array = param("Drop of the hot side at its reference flow.", unit="kPa", hard=(0.1, 1000))
    cold_drop_pa: Array = param("Drop of the cold side at its reference flow.", unit="kPa", hard=(0.1, 1000))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 50000))
    hot_inlet: Index = port("Hot in.", domain="thermal", direction="return", role="hot_inlet", flow="in")
    hot_outlet: Index = port("Hot out.", domain="thermal", direction="supply", role="hot_outlet", flow="out")
    cold_inlet: Index = port("Cold in.", domain="thermal", direction="supply", role="cold_inlet", flow="in")
    cold_outlet: Index = port(
        "Cold out.", domain="thermal", direction="return", role="cold_outlet", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield both channels and the exchange."""
        hot = Path(
            role="hot", part=self.part, a=self.hot_inlet, b=self.hot_outlet,
            quadratic_pa_s2_m6=quadratic_at(self.hot_drop_pa, self.hot_flow_m3_s),
        )  # fmt: skip
        cold = Path(
            role="cold", part=self.part, a=self.cold_inlet, b=self.cold_outlet,
            quadratic_pa_s2_m6=quadratic_at(self.cold_drop_pa, self.cold_flow_m3_s),
        )  # fmt: skip
        yield hot
        yield cold
        yield Exchanger(
            role="exchanger", part=self.part, hot=hot, cold=cold, ua_w_k=self.ua_w_k,
            fouling_k_w=self.fouling_ratio / self.ua_w_k,
            hot_reference_m3_s=self.hot_flow_m3_s, cold_reference_m3_s=self.cold_flow_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
