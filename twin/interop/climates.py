"""The built-in climates: monthly statistics of stations, each number with source and evidence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from twin.arrays import Array
from twin.model.weather import Conditions
from twin.units import to_si

FILE = Path(__file__).with_name("climates.json")
MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """Numbers with where they come from.

    Attributes:
        values: In SI.
        evidence: Evidence class.
        source: Source, as a report prints it.
    """

    values: Array
    evidence: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Climate:
    """Monthly statistics of a station.

    Attributes:
        name: Name that a user gives.
        title: What sort of climate, in words.
        station: Name of the station.
        latitude_deg, longitude_deg, elevation_m: Place.
        maximum_k, minimum_k: Mean daily highest and lowest dry bulb of each month.
        mean_k: Mean dry bulb of each month, None where only its extremes are known.
        dew_point_k: Mean dew point of each month, None where humidity is given.
        humidity_ratio: Mean relative humidity of each month [1], None where the dew point is given.
        extreme_k: Mean of the lowest and of the highest dry bulb of each year.
        dew_point_peak_k: Dew point that is exceeded in 0.4 % of the hours, shape (1,).
        published: Design conditions, None where there are none.
    """

    name: str
    title: str
    station: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float
    maximum_k: Series
    minimum_k: Series
    mean_k: Series | None
    dew_point_k: Series | None
    humidity_ratio: Series | None
    extreme_k: Series
    dew_point_peak_k: Series
    published: Conditions | None

    @property
    def series(self) -> Mapping[str, Series]:
        """Return what is given, by name."""
        named = {
            "mean daily maximum": self.maximum_k, "mean daily minimum": self.minimum_k, "mean": self.mean_k,
            "mean dew point": self.dew_point_k, "mean relative humidity": self.humidity_ratio,
            "mean annual extremes": self.extreme_k, "dew point exceeded in 0.4 % of the hours":
            self.dew_point_peak_k,
        }  # fmt: skip
        return {name: held for name, held in named.items() if held is not None}


@cache
def climates() -> Mapping[str, Climate]:
    """Return every built-in climate by its name."""
    held: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: _climate(name, row) for name, row in held.items()}


def _climate(name: str, row: Mapping[str, Any]) -> Climate:
    def series(key: str, suffix: str = "_k") -> Series | None:
        if key not in row:
            return None
        given = row[key]
        values = np.asarray(to_si(np.array(given["values"], dtype=float), given["unit"], f"x{suffix}"))
        return Series(values=values, evidence=given["evidence"], source=given["source"])

    def needed(key: str) -> Series:
        found = series(key)
        if found is None:
            raise KeyError(key)
        return found

    return Climate(
        name=name, title=row["title"], station=row["station"], latitude_deg=row["latitude"],
        longitude_deg=row["longitude"], elevation_m=row["elevation"], maximum_k=needed("maximum"),
        minimum_k=needed("minimum"), mean_k=series("mean"), dew_point_k=series("dew_point"),
        humidity_ratio=series("humidity", "_ratio"), extreme_k=needed("extreme"),
        dew_point_peak_k=needed("dew_point_peak"), published=_published(row.get("published")),
    )  # fmt: skip


def _published(row: Mapping[str, Any] | None) -> Conditions | None:
    if row is None:
        return None
    held = {key: to_si(np.array(row[key], dtype=float), row["unit"], "x_k").tolist() for key in _KELVINS}
    return Conditions(
        source=row["source"], spread_dk=tuple(row["spread"]),
        **{f"{key}_k": tuple(values) for key, values in held.items()},
    )  # fmt: skip


_KELVINS = ("heating", "dry_bulb", "dry_wet_bulb", "wet_bulb", "wet_dry_bulb", "extreme")
