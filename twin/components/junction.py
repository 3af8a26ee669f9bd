"""Junction: a point of a water network where any number of pipes meet, and where fluid may be drawn."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.laws.fittings import BAR_PA
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port
from twin.model.element import UNSAID, Block, Mover, Path, Source

OUTPUTS = (
    Output(name="pressure_pag", role="demand", field="first_pag", doc="pressure"),
    Output(name="temperature_k", role="demand", field="first_k", doc="temperature of the fluid"),
    Output(name="demand_m3_s", role="demand", field="flow_m3_s", doc="flow drawn as demanded"),
    Output(name="emitter_m3_s", role="emitter", field="flow_m3_s", doc="flow that leaves by the emitter"),
    Output(name="loop_index", role="demand", field="loop_index", doc="connected network it is in"),
)


@final
@component(
    kind="junction",
    group="node",
    label="Junction",
    source="Continuity; emitter by the orifice law, L. A. Rossman, EPANET 2.2 User Manual, section 3.1",
    outputs=OUTPUTS,
)
class Junction(Component):
    """A point where pipes meet without loss, at the height of its port.

    Fluid leaves there at a constant flow, and by an emitter (sprinkler, nozzle, leak) at one that follows the
    pressure. A negative demand brings fluid in, as warm as the network was filled. Limits: a demand is met
    whatever the pressure; an emitter below the pressure outdoors lets fluid in.
    """

    demand_m3_s: Array = param(
        "Flow drawn; negative is brought in.", unit="L/min", hard=(-1e7, 1e7), default=0.0, source="none"
    )
    emitter_m3_s: Array = param(
        "Flow of its emitter at 1 bar g.", unit="L/min", hard=(0, 1e7), default=0.0, source="none"
    )
    emitter_exponent_ratio: Array = param(
        "Exponent of pressure in the flow of the emitter.", unit="1", hard=(0.1, 1.0), default=0.5,
        source="orifice; NFPA 13 writes sprinklers as Q = K·p^0.5",
    )  # fmt: skip
    joint: Ends = port(
        "Where pipes meet; one port takes any number of them.", domain="thermal",
        direction="bidirectional", many=True,
    )  # fmt: skip

    def elements(self) -> Iterator[Block]:
        """Yield what is drawn, where it goes, and what joins further ports to the first one."""
        first = np.searchsorted(self.joint.part, self.part)
        hub, outlet = self.joint.node[first], self.inner("outlet")
        others = np.setdiff1d(np.arange(len(self.joint.part)), first)
        yield Mover(
            role="demand", part=self.part, a=hub, b=outlet, held_m3_s=self.demand_m3_s,
            in_service=self.in_service,
        )  # fmt: skip
        leaks = np.flatnonzero((self.emitter_m3_s > 0.0).any(axis=1))
        exponent = 1.0 / self.emitter_exponent_ratio[leaks]
        yield Path(
            role="emitter", part=leaks, a=hub[leaks], b=outlet[leaks],
            power_pa=BAR_PA / self.emitter_m3_s[leaks] ** exponent, exponent_ratio=exponent,
            in_service=self.in_service[leaks],
        )  # fmt: skip
        yield Source(
            role="outlet", part=self.part, node=outlet, pressure_pag=np.zeros((len(self.part), 1)),
            fluid=np.full(len(self.part), UNSAID), mass_fraction=np.zeros((len(self.part), 1)),
            supply_k=np.full((len(self.part), 1), np.nan), open_ended=True,
        )  # fmt: skip
        part = self.joint.part[others]
        yield Path(role="body", part=part, a=hub[part], b=self.joint.node[others])
