"""Outage × device class: loading and margin of the worst survivor, and the worst failure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twin.studies.failures import NORMAL
from twin.studies.power_devices import Loading
from twin.studies.power_outages import PAIR
from twin.studies.power_rows import PowerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One device class in normal operation and in the single failure that leaves it the least margin.

    Attributes:
        device: Class.
        limit_ratio: Share of the rating that the worst part may use without limit of time [1].
        normal_part, normal_loading_ratio, normal_margin_ratio: The part with the least margin, all running.
        worst_part, worst_loading_ratio, worst_margin_ratio: The same in the worst single failure.
        outage_group, outage: Which failure that is.
    """

    device: str
    limit_ratio: float
    normal_part: str
    normal_loading_ratio: float
    normal_margin_ratio: float
    worst_part: str
    worst_loading_ratio: float
    worst_margin_ratio: float
    outage_group: str
    outage: str


def by_class(rows: Sequence[PowerRow]) -> tuple[ClassRow, ...]:
    """Return every class with its normal and its worst single failure; chosen pairs do not count."""
    normal = next(row for row in rows if row.group == NORMAL)
    single = [row for row in rows if row.group not in (NORMAL, PAIR) and row.loadings]
    found = []
    for at, usual in enumerate(normal.loadings):
        worst = min(single or [normal], key=lambda row, at=at: _order(row.loadings[at]))  # type: ignore[misc]
        loading = worst.loadings[at]
        found.append(
            ClassRow(
                device=usual.device, limit_ratio=loading.limit_ratio, normal_part=usual.part,
                normal_loading_ratio=usual.loading_ratio, normal_margin_ratio=usual.margin_ratio,
                worst_part=loading.part, worst_loading_ratio=loading.loading_ratio,
                worst_margin_ratio=loading.margin_ratio, outage_group=worst.group if loading.part else "",
                outage=worst.part if loading.part else "",
            )
        )  # fmt: skip
    return tuple(found)


def _order(loading: Loading) -> float:
    return round(loading.margin_ratio, 9) if loading.part else np.inf


def matrix(rows: Sequence[PowerRow]) -> xr.Dataset:
    """Return the failure matrix.

    Returns:
        ``loading_ratio``, ``limit_ratio``, ``margin_ratio`` and ``part`` of the worst survivor with dims
        ``outage`` and ``device``; ``lowest_voltage_ratio``, ``transferred_w``, ``dropped_w``, numbers of
        racks without power, coolant or cooling by ``outage``. NaN and "" where
        nothing of a class carries anything.
    """
    devices = [loading.device for loading in rows[0].loadings]
    dims = ("outage", "device")
    held: dict[str, tuple[tuple[str, ...], object, dict[str, str]]] = {}
    for name, unit in (("loading_ratio", "1"), ("limit_ratio", "1"), ("margin_ratio", "1"), ("part", "")):
        empty: object = "" if name == "part" else np.nan
        values = [
            [getattr(loading, name) for loading in row.loadings] or [empty] * len(devices) for row in rows
        ]
        held[name] = dims, values, {"units": unit, "long_name": f"{name.split('_')[0]} of the worst survivor"}
    for name, unit in (("lowest_voltage_ratio", "1"), ("transferred_w", "W"), ("dropped_w", "W")):
        held[name] = dims[:1], [getattr(row, name) for row in rows], {"units": unit}
    for name in ("racks_dark", "racks_dry", "racks_short", "racks_hot"):
        held[f"{name}_count"] = dims[:1], [len(getattr(row, name)) for row in rows], {"units": "1"}
    return xr.Dataset(
        held,
        coords={
            "device": devices, "outage": [row.part for row in rows],
            "group": ("outage", [row.group for row in rows]),
        },
    )  # fmt: skip
