"""Rejector: the element that gives heat to the outside air, straight or through a condenser."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.model.choices import Machine
from twin.model.columns import nan, on, one, zero


class Rows(Protocol):
    """A block whose rows are aligned with those of a rejector."""

    @property
    def part(self) -> Index: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rejector:
    """Gives the heat of ``path`` to the outside air, or to ``condenser`` when it has one.

    Holds the leaving fluid at ``leaving_k`` until fans or capacity saturate; then it floats. ``entering_k``
    is the air (or condenser water) that enters. ``machine`` may differ from element to element. Electric
    power goes to ``load``. ``carnot_ratio`` given, a chiller follows it, not its curve. Towers cool towards
    ``wet_bulb_k``: ``calibration_ratio`` scales the water flow of YorkCalc, ``ua_w_k`` is Merkel's at
    ``design_wet_bulb_k``; fans turn no slower than ``least_speed_ratio`` and cycle below, and
    ``still_ratio`` of the heat leaves with the fans off. Air takes up ``humidified_kg_kg`` in wetted pads.
    ``cycles_ratio`` and ``drift_ratio`` say what water goes besides.
    """

    role: str
    part: Index
    path: Rows
    load: Rows
    machine: Machine | Index
    leaving_k: Array
    entering_k: Array
    ua_w_k: Array = field(default_factory=nan)
    reference_m3_s: Array = field(default_factory=nan)
    airflow_m3_s: Array = field(default_factory=nan)
    fan_power_w: Array = field(default_factory=nan)
    capacity_w: Array = field(default_factory=nan)
    cop_ratio: Array = field(default_factory=nan)
    curve: Index = field(default_factory=lambda: np.zeros(1, dtype=np.intp))
    carnot_ratio: Array = field(default_factory=nan)
    wet_bulb_k: Array = field(default_factory=nan)
    design_wet_bulb_k: Array = field(default_factory=nan)
    calibration_ratio: Array = field(default_factory=one)
    least_speed_ratio: Array = field(default_factory=zero)
    still_ratio: Array = field(default_factory=zero)
    humidified_kg_kg: Array = field(default_factory=zero)
    cycles_ratio: Array = field(default_factory=nan)
    drift_ratio: Array = field(default_factory=zero)
    condenser: Rows | None = None
    in_service: Flags = field(default_factory=on)
