"""Heat user: a network outside (district heating, greenhouse) that takes heat by an exchanger."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array, Index
from twin.laws import water
from twin.model.component import Component, Output, component, param, port
from twin.model.element import UNSAID, Block, Exchanger, Fluid, Path, Source, Valve
from twin.model.groups import quadratic_at

OUTPUTS = (
    Output(name="heat_w", role="exchanger", field="heat_w", doc="heat that the user takes"),
    Output(
        name="approach_dk", role="exchanger", field="approach_dk", doc="what leaves above the user's return"
    ),
    Output(name="hot_inlet_k", role="hot", field="inlet_k", doc="fluid that enters"),
    Output(name="hot_outlet_k", role="hot", field="outlet_k", doc="fluid that leaves"),
    Output(name="hot_flow_m3_s", role="hot", field="flow_m3_s", doc="flow"),
    Output(name="drop_pa", role="hot", field="drop_pa", doc="pressure drop"),
    Output(name="cold_flow_m3_s", role="cold", field="flow_m3_s", doc="flow of the user"),
    Output(name="cold_outlet_k", role="cold", field="outlet_k", doc="what the user gets"),
    Output(name="loop_index", role="hot", field="loop_index", doc="connected loop it is in"),
)
# The user's own pump stands on the user's side and bill; its head passes the design flow with room to spare.
USER_HEAD_PA, USER_DROP_PA = 1.5e5, 0.5e5


@final
@component(
    kind="heat_user",
    group="plant",
    label="Heat user",
    source="ε-NTU, counterflow; reused energy of ISO/IEC 30134-6 (ERF) leaves the boundary here",
    outputs=OUTPUTS,
)
class HeatUser(Component):
    """An exchanger in the return of a loop, whose other side is water that the user sends and takes back.

    The user's flow follows what carries the demand, and is at most the demand over the difference of its own
    supply and return. What the loop is too cold to give is not given, and the user gets colder water; what it
    does not take goes on to the coolers. Limits: the user's pump and losses are not counted; its return has
    one temperature.
    """

    demand_w: Array = param("Heat that the user takes at most.", unit="kW", hard=(0, 1e6))
    user_return_k: Array = param("Water that comes back from the user.", unit="degC", hard=(0, 90))
    user_supply_k: Array = param("Water that the user asks for.", unit="degC", hard=(1, 95))
    ua_w_k: Array = param(
        "Conductance at the flow of the rating and the user's design flow.", unit="kW/K", hard=(0.01, 1e5)
    )
    fouling_ratio: Array = param(
        "Resistance of dirt over that of the clean exchanger at its rating: fouling factor · UA / area.",
        unit="%", hard=(0, 300), default=0.0, source="clean, as rated",
    )  # fmt: skip
    hot_flow_m3_s: Array = param("Flow of the rating.", unit="L/min", hard=(0.1, 1e6))
    hot_drop_pa: Array = param("Drop at that flow.", unit="kPa", hard=(0.1, 1000))
    mass_kg: Array = param("Mass filled.", unit="kg", hard=(1, 50000))
    hot_inlet: Index = port("Warm in.", domain="thermal", direction="return", role="hot_inlet", flow="in")
    hot_outlet: Index = port(
        "Cooler out.", domain="thermal", direction="supply", role="hot_outlet", flow="out"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the user's two open ends, its valve, both sides of the exchanger, and the exchange."""
        back, behind, out = self.inner("user_return"), self.inner("user_inlet"), self.inner("user_supply")
        design = self._design_flow()
        hot = Path(
            role="hot", part=self.part, a=self.hot_inlet, b=self.hot_outlet,
            quadratic_pa_s2_m6=quadratic_at(self.hot_drop_pa, self.hot_flow_m3_s),
        )  # fmt: skip
        valve = Valve(
            role="user_valve", part=self.part, a=back, b=behind, limit_m3_s=design,
            quadratic_pa_s2_m6=quadratic_at(USER_DROP_PA + 0.0 * design, design), in_service=self.in_service,
        )  # fmt: skip
        cold = Path(
            role="cold", part=self.part, a=behind, b=out,
            quadratic_pa_s2_m6=quadratic_at(USER_DROP_PA + 0.0 * design, design),
        )  # fmt: skip
        yield from (hot, valve, cold)
        for role, node, pressure, fluid, supply in (
            ("user_return", back, USER_HEAD_PA, int(Fluid.WATER), self.user_return_k),
            ("user_supply", out, 0.0, UNSAID, np.full((len(self.part), 1), np.nan)),
        ):
            yield Source(
                role=role, part=self.part, node=node, pressure_pag=np.full((len(self.part), 1), pressure),
                fluid=np.full(len(self.part), fluid, dtype=np.intp),
                mass_fraction=np.zeros((len(self.part), 1)), supply_k=supply, open_ended=True,
            )  # fmt: skip
        yield Exchanger(
            role="exchanger", part=self.part, hot=hot, cold=cold, ua_w_k=self.ua_w_k,
            fouling_k_w=self.fouling_ratio / self.ua_w_k, hot_reference_m3_s=self.hot_flow_m3_s,
            cold_reference_m3_s=design, demand_w=self.demand_w, valve=valve, in_service=self.in_service,
        )  # fmt: skip

    def _design_flow(self) -> Array:
        """Return the user's flow at its demand and its own temperatures [m3/s], shape (part, 1)."""
        rise = water.enthalpy(self.user_supply_k) - water.enthalpy(self.user_return_k)
        most = np.maximum(self.demand_w.max(axis=1, keepdims=True), 1.0)
        return np.asarray(most / np.maximum(rise, 1.0) / water.density(self.user_return_k))
