"""Mixing valve: a bypass that keeps a supply from getting too cold by what comes back warm."""

from collections.abc import Iterator
from typing import final

from twin.arrays import Array, Index
from twin.model.component import Component, Output, component, curve, param, port, token
from twin.model.element import Block, Path, Valve
from twin.model.groups import quadratic_at
from twin.model.set_point import held

OUTPUTS = (
    Output(name="set_point_k", role="bypass", field="mix_k", doc="set-point, reset applied"),
    Output(name="mixed_k", role="bypass", field="head_k", doc="temperature of what leaves, mixed"),
    Output(name="cool_k", role="cool", field="inlet_k", doc="temperature of the cool stream"),
    Output(name="warm_k", role="bypass", field="inlet_k", doc="temperature of the warm stream"),
    Output(name="cool_flow_m3_s", role="cool", field="flow_m3_s", doc="flow of the cool stream"),
    Output(name="bypass_flow_m3_s", role="bypass", field="flow_m3_s", doc="flow of the warm stream"),
    Output(name="loop_index", role="cool", field="loop_index", doc="connected loop it is in"),
)  # fmt: skip


@final
@component(
    kind="mixing_valve",
    group="plant",
    label="Mixing valve",
    source="First law of mixing; a set-point holds until its actuator saturates, then it floats",
    outputs=OUTPUTS,
)
class MixingValve(Component):
    """A three-way body in a supply: cool fluid passes, warm fluid is added to hold what leaves.

    Fully open the warm way passes at most ``bypass_flow_max_m3_s`` and what the drop of the cooler beside it
    drives; then the supply floats below its set-point. Limits: the cool way does not close, so that all of
    the flow never goes round; no leakage of a shut way but a millionth.
    """

    set_k: Array = param("Least temperature of what leaves.", unit="degC", hard=(2, 70))
    reset_k: Array = curve(
        "Least temperature over outdoor temperature in place of set; level beyond its ends.",
        x_name="outdoor_k", x_unit="degC", unit="degC", hard=(2, 70), x_hard=(-60, 60),
    )  # fmt: skip
    reset_by: tuple[str, ...] = token(
        "Outdoor temperature that the reset follows.", tokens=("dry_bulb", "wet_bulb"), default="dry_bulb"
    )
    dew_point_margin_dk: Array = param(
        "Least distance of the set-point from the dew point of the rooms.", unit="K", hard=(0, 20),
        required=False,
    )  # fmt: skip
    flow_m3_s: Array = param("Flow of the cool way that its drop is told at.", unit="L/min", hard=(0.1, 1e6))
    drop_pa: Array = param("Drop of the cool way at that flow.", unit="kPa", hard=(0.01, 500))
    bypass_flow_max_m3_s: Array = param("Highest flow of the warm way.", unit="L/min", hard=(0.1, 1e6))
    bypass_drop_pa: Array = param("Drop of the open warm way at that flow.", unit="kPa", hard=(0.01, 500))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(0.1, 10000))
    cool_inlet: Index = port("Cool in.", domain="thermal", direction="supply", role="cool_inlet", flow="in")
    warm_inlet: Index = port("Warm in.", domain="thermal", direction="return", role="warm_inlet", flow="in")
    outlet: Index = port("Mixed out.", domain="thermal", direction="supply", role="outlet", flow="out")

    def elements(self) -> Iterator[Block]:
        """Yield the cool way and the warm one, which mix at the outlet."""
        yield Path(
            role="cool", part=self.part, a=self.cool_inlet, b=self.outlet,
            quadratic_pa_s2_m6=quadratic_at(self.drop_pa, self.flow_m3_s),
        )  # fmt: skip
        yield Valve(
            role="bypass", part=self.part, a=self.warm_inlet, b=self.outlet,
            quadratic_pa_s2_m6=quadratic_at(self.bypass_drop_pa, self.bypass_flow_max_m3_s),
            limit_m3_s=self.bypass_flow_max_m3_s, mix_k=held(self, self.set_k), check_valve=True,
            in_service=self.in_service,
        )  # fmt: skip
