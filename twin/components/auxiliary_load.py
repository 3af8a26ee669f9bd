"""Small load that is neither IT nor cooling: lighting, controls, BMS, security, offices."""

from collections.abc import Iterator
from typing import final

import numpy as np

from twin.arrays import Array
from twin.model.binding import Ends
from twin.model.component import Component, Output, component, param, port, token
from twin.model.element import Block, Load, Release, Use

OUTPUTS = (
    Output(name="power_w", role="auxiliary", field="power_w", doc="power drawn"),
    Output(name="voltage_ratio", role="auxiliary", field="voltage_ratio", doc="lowest input voltage"),
    Output(
        name="supply_lost_ratio", role="auxiliary", field="supply_lost_ratio", doc="1 when no input is alive"
    ),
)


@final
@component(
    kind="auxiliary_load",
    group="plant",
    label="Auxiliary load",
    source="First law: every watt drawn warms the room; ISO/IEC 30134-2:2016 counts it",
    outputs=OUTPUTS,
)
class AuxiliaryLoad(Component):
    """A load of constant power whose heat stays in the room it stands in, or outdoors."""

    power_w: Array = param("Power drawn.", unit="kW", hard=(0, 10_000))
    power_factor_ratio: Array = param("Power factor.", unit="1", hard=(0.1, 1))
    supply: tuple[str, ...] = token(
        "Several inputs share the load, or the first one alive carries it.", tokens=("share", "transfer"),
        default="share",
    )  # fmt: skip
    power: Ends = port(
        "Power inputs.", domain="electrical", system="power", direction="input", many=True, flow="in"
    )

    def elements(self) -> Iterator[Block]:
        """Yield the load and its heat."""
        owner = self.power.part
        rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
        transfers = np.array([word == "transfer" for word in self.supply], dtype=np.bool_)
        load = Load(
            role="auxiliary", part=self.part, node=self.power.node, consumer=owner,
            priority=np.where(transfers[owner], rank, 0), weight_ratio=np.ones((len(owner), 1)),
            power_w=self.power_w, power_factor_ratio=self.power_factor_ratio, use=Use.OTHER,
            in_service=self.in_service,
        )  # fmt: skip
        yield load
        yield Release(role="heat", part=self.part, load=load, share_ratio=np.ones((1, 1)), room=self.room)
