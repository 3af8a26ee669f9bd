"""Elements whose heat follows temperature: chips on cold plates, and a split that follows the coolant.

``row`` says which rows of the blocks they belong to they are about: only those of which enough is known.
"""

from dataclasses import dataclass, field
from typing import Any

from twin.arrays import Array, Flags, Index
from twin.model.columns import nan, one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chip:
    """Equal chips on cold plates in the trays of a consumer, whose power follows their junctions.

    Trays are equal branches along two headers; chips sit in the ``chip_tray_count`` that get least. A tray
    has chains of ``series_count`` plates, each with ``plate_flow_ratio`` of the tray's flow. ``plate_k_w``
    over ``plate_m3_s`` holds for ``fluid`` only. The consumer of ``load`` draws what it declares with its
    chips at full clock and at ``leakage_reference_k``; what they draw more, over ``efficiency_ratio``, it
    draws more. NaN in numbers of throttling and leakage means: not given, nothing follows.
    """

    role: str
    part: Index
    row: Index
    load: Any
    path: Any
    fluid: Index
    mass_fraction: Array
    tray_count: Array
    chip_tray_count: Array
    tray_chip_count: Array
    series_count: Array
    header_diameter_m: Array
    header_length_m: Array
    header_roughness_m: Array
    plate_flow_ratio: Array
    plate_m3_s: Array
    plate_k_w: Array
    package_k_w: Array
    power_w: Array
    junction_max_k: Array = field(default_factory=nan)
    slowdown_k: Array = field(default_factory=nan)
    throttle_per_k: Array = field(default_factory=nan)
    clock_least_ratio: Array = field(default_factory=nan)
    clock_power_ratio: Array = field(default_factory=nan)
    leakage_w_k: Array = field(default_factory=nan)
    leakage_reference_k: Array = field(default_factory=nan)
    efficiency_ratio: Array = field(default_factory=one)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Share of a consumer's heat that goes to ``path``, over the temperature of its coolant.

    It takes the place of the shares of the two releases ``liquid`` and ``air``, which it keeps at 1 together.
    ``mean`` takes the mean of entering and leaving coolant, so that the share follows the flow as well; else
    it is the entering coolant. Beyond the points the share stays level.
    """

    role: str
    part: Index
    row: Index
    liquid: Any
    air: Any
    path: Any
    coolant_k: Array
    share_ratio: Array
    mean: Flags
