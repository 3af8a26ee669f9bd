"""The whole facility as read-only arrays: flow, heat and power, ready to solve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from twin.arrays import Array, Index
from twin.model.assemble import Assembly, elements
from twin.model.columns import freeze
from twin.model.element import OUTDOORS
from twin.model.facility import Facility
from twin.model.flow_net import FlowNet, lay_out_flow
from twin.model.heat_net import HeatNet, lay_out_heat
from twin.model.power_net import PowerNet, lay_out_power


class Losses(Protocol):
    """What a power solution tells about losses [W], shapes (line | transformer | converter, variant)."""

    @property
    def line_loss_w(self) -> Array: ...  # noqa: D102
    @property
    def transformer_loss_w(self) -> Array: ...  # noqa: D102
    @property
    def converter_loss_w(self) -> Array: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """Every element of one facility.

    Attributes:
        assembly: Blocks the arrays came from, for mapping results back.
        flow, heat, power: The three domains.
        line_room, transformer_room, converter_room: Flow node their losses warm, -1 outdoors.
        variants: Length of the variant axis.
    """

    assembly: Assembly
    flow: FlowNet
    heat: HeatNet
    power: PowerNet
    line_room: Index
    transformer_room: Index
    converter_room: Index
    variants: int

    def losses_to(self, power: Losses) -> Iterator[tuple[Array, Index]]:
        """Yield losses [W] and the flow node each warms."""
        yield power.line_loss_w, self.line_room
        yield power.transformer_loss_w, self.transformer_room
        yield power.converter_loss_w, self.converter_room


def lay_out(facility: Facility, assembly: Assembly | None = None) -> Network:
    """Lay a facility out as arrays; an ``assembly`` stands in the place of what it expands into."""
    assembly = elements(facility) if assembly is None else assembly
    paths_of: Mapping[str, tuple[str, ...]] = {k: t.paths for k, t in facility.tables.items()}
    flow = lay_out_flow(assembly, paths_of)
    heat = lay_out_heat(assembly, flow, paths_of)
    power = lay_out_power(
        assembly.blocks, assembly.nodes.count, assembly.variants, name_of=assembly.nodes.name,
        frequency_hz=float(assembly.site.frequency_hz[0, 0]),
    )  # fmt: skip
    local = np.full(assembly.nodes.count + 1, OUTDOORS, dtype=np.intp)
    local[flow.node] = np.arange(len(flow.node))
    local[OUTDOORS] = OUTDOORS
    return Network(
        assembly=assembly,
        flow=flow,
        heat=heat,
        power=power,
        line_room=freeze(local[power.lines.room]),
        transformer_room=freeze(local[power.transformers.room]),
        converter_room=freeze(local[power.converters.room]),
        variants=assembly.variants,
    )
