"""Chips and splits as read-only columns over the branches, consumers and releases of a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.arrays import Array, Flags, Index
from twin.laws.curves import levelling
from twin.model.chip import Chip, Split
from twin.model.columns import column, freeze, slices

NUMBERS = (
    "mass_fraction", "tray_count", "chip_tray_count", "tray_chip_count", "series_count",
    "header_diameter_m", "header_length_m", "header_roughness_m", "plate_flow_ratio", "package_k_w",
    "power_w", "junction_max_k", "slowdown_k", "throttle_per_k", "clock_least_ratio", "clock_power_ratio",
    "leakage_w_k", "leakage_reference_k", "efficiency_ratio",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChipNet:
    """Chips of consumers. Shapes: (chip, 1 or variant) but where said.

    Attributes:
        load: Consumer they belong to, shape (chip,).
        branch: Branch of the coolant, shape (chip,).
        fluid: Fluid the plate was measured with, shape (chip,).
        declared_w: Power the consumer declares with its chips at full clock [W].
        plate_m3_s, plate_k_w: Points of the plate, shape (chip, point, 1).
        plate_level_k_w, plate_exponent_ratio: The falling power that goes on beyond them, shape (chip, 1).
        rows: Block identity to its rows.
        mass_fraction, tray_count, chip_tray_count, tray_chip_count, series_count, header_diameter_m,
            header_length_m, header_roughness_m, plate_flow_ratio, package_k_w, power_w, junction_max_k,
            slowdown_k, throttle_per_k, clock_least_ratio, clock_power_ratio, leakage_w_k,
            leakage_reference_k, efficiency_ratio: As in ``Chip``.
    """

    load: Index
    branch: Index
    fluid: Index
    declared_w: Array
    plate_m3_s: Array
    plate_k_w: Array
    plate_level_k_w: Array
    plate_exponent_ratio: Array
    rows: Mapping[int, slice]
    mass_fraction: Array
    tray_count: Array
    chip_tray_count: Array
    tray_chip_count: Array
    series_count: Array
    header_diameter_m: Array
    header_length_m: Array
    header_roughness_m: Array
    plate_flow_ratio: Array
    package_k_w: Array
    power_w: Array
    junction_max_k: Array
    slowdown_k: Array
    throttle_per_k: Array
    clock_least_ratio: Array
    clock_power_ratio: Array
    leakage_w_k: Array
    leakage_reference_k: Array
    efficiency_ratio: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitNet:
    """Releases whose share follows the coolant.

    Attributes:
        release: Release of the liquid's share, then that of the rest, shape (split, 2).
        branch: Branch of the coolant, shape (split,).
        coolant_k, share_ratio: Points, shape (split, point, 1).
        mean: Whether the mean temperature counts, shape (split,).
        rows: Block identity to its rows.
    """

    release: Index
    branch: Index
    coolant_k: Array
    share_ratio: Array
    mean: Flags
    rows: Mapping[int, slice]


Rows = Mapping[int, slice]


def _picked(blocks: Sequence[Any], field: str, rows: Rows) -> Index:
    """Return the row of what each element is about, in the whole."""
    found = [rows[id(getattr(b, field))].start + b.row for b in blocks]
    return freeze(np.concatenate([*found, np.zeros(0)]).astype(np.intp))  # type: ignore[no-any-return]


def _points(blocks: Sequence[Any], field: str, counts: Sequence[int]) -> Array:
    """Return points of every block, padded with NaN to one width, shape (element, point, 1)."""
    parts = [getattr(b, field) for b in blocks]
    width = max((p.shape[1] for p in parts), default=1)
    wide = [np.pad(p, ((0, 0), (0, width - p.shape[1])), constant_values=np.nan) for p in parts]
    tables = np.concatenate([np.broadcast_to(p, (c, width)) for p, c in zip(wide, counts, strict=True)])
    return freeze(tables[..., None])  # type: ignore[no-any-return]


def lay_out_chips(blocks: Sequence[Any], branches: Rows, loads: Rows) -> ChipNet:
    """Lay chips out as columns, given the rows of branches and of consumers by block identity."""
    chips = [b for b in blocks if isinstance(b, Chip)]
    counts = [len(b.part) for b in chips]
    none = np.zeros((0, 1))
    declared = [np.asarray(b.load.power_w)[b.row] for b in chips]
    wide = max((d.shape[1] for d in declared), default=1)
    drawn = [np.broadcast_to(d, (len(d), wide)) for d in declared]
    plate = [
        _points(chips, name, counts) if chips else none[..., None] for name in ("plate_m3_s", "plate_k_w")
    ]
    level, _, exponent = levelling(plate[0][..., 0], plate[1][..., 0]) if chips else (none, none, none)
    return ChipNet(
        load=_picked(chips, "load", loads), branch=_picked(chips, "path", branches),
        fluid=freeze(np.concatenate([*(b.fluid for b in chips), np.zeros(0)]).astype(np.intp)),
        declared_w=freeze(np.concatenate(drawn) if drawn else none),
        plate_m3_s=plate[0], plate_k_w=plate[1], plate_level_k_w=freeze(level),
        plate_exponent_ratio=freeze(exponent),
        rows={id(b): s for b, s in zip(chips, slices(counts), strict=True)},
        **{name: column(chips, name, counts) for name in NUMBERS},
    )  # fmt: skip


def lay_out_splits(blocks: Sequence[Any], branches: Rows, releases: Rows) -> SplitNet:
    """Lay splits out as columns, given the rows of branches and of releases by block identity."""
    splits = [b for b in blocks if isinstance(b, Split)]
    counts = [len(b.part) for b in splits]
    none = np.zeros((0, 1, 1))
    both = np.stack([_picked(splits, "liquid", releases), _picked(splits, "air", releases)], axis=1)
    return SplitNet(
        release=freeze(both), branch=_picked(splits, "path", branches),
        coolant_k=_points(splits, "coolant_k", counts) if splits else none,
        share_ratio=_points(splits, "share_ratio", counts) if splits else none,
        mean=freeze(np.concatenate([*(b.mean for b in splits), np.zeros(0)]).astype(np.bool_)),
        rows={id(b): s for b, s in zip(splits, slices(counts), strict=True)},
    )  # fmt: skip


def chips_of(net: ChipNet, kept: Index, to_branch: Index) -> ChipNet:
    """Return some chips, whose branches carry other numbers."""
    names = (
        "load", "fluid", "declared_w", "plate_m3_s", "plate_k_w", "plate_level_k_w", "plate_exponent_ratio",
        *NUMBERS,
    )  # fmt: skip
    return replace(
        net, branch=to_branch[net.branch[kept]], rows={}, **{n: getattr(net, n)[kept] for n in names}
    )


def splits_of(net: SplitNet, kept: Index, to_branch: Index, to_release: Index) -> SplitNet:
    """Return some splits, whose branches and releases carry other numbers."""
    return replace(
        net, branch=to_branch[net.branch[kept]], release=to_release[net.release[kept]], rows={},
        coolant_k=net.coolant_k[kept], share_ratio=net.share_ratio[kept], mean=net.mean[kept],
    )  # fmt: skip
