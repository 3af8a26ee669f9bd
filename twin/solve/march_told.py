"""What a march keeps of the power flow at every instant."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.arrays import Array, Index
from twin.model.power_net import PowerNet
from twin.solve.power import Power

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instants:
    """Results over time. Shapes: (element, instant).

    Attributes:
        feed_power_va, feed_current_a: Of each feed, batteries among them.
        converter_in_w, converter_out_w, converter_loss_w: Of each converter.
        transformer_loss_w, transformer_loading_ratio: Of each transformer.
        line_loss_w: All lines together, shape (1, instant).
        consumer_power_w: Power at the inputs of each consumer.
        consumer_voltage_ratio: Lowest voltage of an input alive over nominal, 0 where none is.
        residual_ratio: Worst mismatch of a node's current, shape (1, instant).
    """

    feed_power_va: NDArray[np.complex128]
    feed_current_a: Array
    converter_in_w: Array
    converter_out_w: Array
    converter_loss_w: Array
    transformer_loss_w: Array
    transformer_loading_ratio: Array
    line_loss_w: Array
    consumer_power_w: Array
    consumer_voltage_ratio: Array
    residual_ratio: Array

    def columns(self, which: Index) -> "Instants":
        """Return some instants, in the order of ``which``."""
        return Instants(**{f.name: getattr(self, f.name)[:, which] for f in fields(self)})

    @staticmethod
    def joined(parts: "Sequence[Instants]") -> "Instants":
        """Return the instants of several stretches one after the other."""
        if len(parts) == 1:
            return parts[0]
        return Instants(
            **{
                f.name: np.concatenate([getattr(part, f.name) for part in parts], axis=1)
                for f in fields(Instants)
            }
        )


def kept(net: PowerNet, power: Power) -> Instants:
    """Return what a march keeps of a solution."""
    voltage = power.input_voltage_ratio
    lowest = np.full((net.consumers.use.size, voltage.shape[1]), np.inf)
    np.minimum.at(lowest, net.consumers.consumer, np.where(voltage > 0.0, voltage, np.inf))
    return Instants(
        feed_power_va=power.feed_power_va, feed_current_a=power.feed_current_a,
        converter_in_w=power.converter_in_w, converter_out_w=power.converter_out_w,
        converter_loss_w=power.converter_loss_w, transformer_loss_w=power.transformer_loss_w,
        transformer_loading_ratio=power.transformer_loading_ratio,
        line_loss_w=power.line_loss_w.sum(axis=0, keepdims=True), consumer_power_w=power.consumer_power_w,
        consumer_voltage_ratio=np.where(np.isfinite(lowest), lowest, 0.0),
        residual_ratio=power.residual_ratio[None],
    )  # fmt: skip
