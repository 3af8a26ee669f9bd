"""What the energy of a year costs and emits: tariffs with periods and demand charge, carbon by zone.

Prices are inputs and carry their source; carbon of zones is a published mean.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin.arrays import Array, Flags
from twin.errors import InputError, UsageError
from twin.model.finding import Fault
from twin.model.weather import Weather
from twin.studies.year import Year
from twin.studies.year_figures import WATER_KG_M3, energy
from twin.studies.year_load import DAY_HOURS, FIRST_DAY, numbers_of, weekend

KWH_J, G_PER_KG = 3.6e6, 1000.0
GREATEST_G_KWH = 2000.0
KEYS = frozenset({"currency", "source", "energy", "demand_per_kw_month", "water_per_m3"})
PERIOD_KEYS = frozenset({"price", "months", "days", "hours"})
# Direct emissions of generation per energy, mean of 2025 [g/kWh].
ZONES: Mapping[str, float] = {
    "US": 331.0, "DE": 235.0, "FR": 15.0, "GB": 101.0, "ES": 103.0, "IT": 199.0, "PL": 470.0, "NO": 9.0,
    "KR": 353.0, "PJM": 363.0, "ERCOT": 269.0, "CAISO": 105.0,
}  # fmt: skip
ZONES_SOURCE = (
    "Electricity Maps, zone parameters of electricitymaps-contrib at b354f28: mean of 2025, direct emissions"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tariff:
    """Prices of a year.

    Attributes:
        currency: As written.
        source: Where the prices come from.
        energy_per_kwh: Of every step, shape (step,).
        demand_per_kw_month: Of the highest power of each month.
        water_per_m3: Of make-up water.
    """

    currency: str
    source: str
    energy_per_kwh: Array
    demand_per_kw_month: float
    water_per_m3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a year costs, in the currency of its tariff."""

    currency: str
    source: str
    energy: float
    demand: float
    water: float

    @property
    def total(self) -> float:
        """Return all of it."""
        return self.energy + self.demand + self.water


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carbon:
    """Emissions per energy in every step [kg/J], shape (step,), with source and evidence class."""

    kg_j: Array
    source: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bills:
    """What a year is charged by; None where nobody gave it."""

    tariff: Tariff | None = None
    carbon: Carbon | None = None


def tariff_of(told: str, weather: Weather) -> Tariff:
    """Return the prices of every step.

    Args:
        told: One price of energy per kWh, or a TOML file with ``currency``, ``source``, ``energy`` (a price,
            or periods with ``price`` and, where they do not hold always, ``months``, ``days`` "weekday" or
            "weekend", ``hours`` [from, to)), ``demand_per_kw_month``, ``water_per_m3``.
        weather: What says when each step is.

    Raises:
        UsageError: It is neither a price nor a file.
        InputError: The file lacks a part, holds one that is not known, or leaves hours without a price.
    """
    count = weather.hour.size
    try:
        price = float(told)
    except ValueError:
        return _tariff(Path(told), weather)
    if not 0.0 <= price < np.inf:
        raise UsageError(f"--price {told} is no price per kWh")
    return Tariff(
        currency="", source="as given on the command line", energy_per_kwh=np.full(count, price),
        demand_per_kw_month=0.0, water_per_m3=0.0,
    )  # fmt: skip


def _tariff(path: Path, weather: Weather) -> Tariff:
    if not path.is_file():
        raise UsageError(f"--price {path}: neither a price per kWh like 0.12 nor a file")
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as reason:
        raise InputError([_fault("ST232", path, str(reason), "a TOML file")]) from reason
    faults = list(_wrong(path, held))
    if faults:
        raise InputError(faults)
    periods = held["energy"] if isinstance(held["energy"], list) else [{"price": held["energy"]}]
    price = np.full(weather.hour.size, np.nan)
    for period in periods:
        price[np.isnan(price) & _holds(period, weather)] = period["price"]
    left = np.flatnonzero(np.isnan(price))
    if left.size:
        at = int(left[0])
        found = (
            f"{left.size} steps without one, the first in month {weather.month[at]}, hour {weather.hour[at]}"
        )
        raise InputError([_fault("ST233", path, found, "a price for every hour of the year")])
    days = any("days" in period for period in periods)
    return Tariff(
        currency=held["currency"], source=held["source"] + (f"; {FIRST_DAY}" if days else ""),
        energy_per_kwh=price, demand_per_kw_month=float(held.get("demand_per_kw_month", 0.0)),
        water_per_m3=float(held.get("water_per_m3", 0.0)),
    )  # fmt: skip


def _wrong(path: Path, held: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("currency", "source", "energy"):
        if name not in held:
            yield _fault("ST232", path, f"no {name}", "currency, source and energy")
    for name in sorted(set(held) - KEYS):
        yield _fault("ST232", path, f"'{name}'", f"one of {', '.join(sorted(KEYS))}")
    for name in ("demand_per_kw_month", "water_per_m3"):
        if not _is_price(held.get(name, 0.0)):
            yield _fault("ST232", path, f"{name} = {held[name]!r}", "a price of 0 or more")
    periods = held.get("energy", 0.0)
    for number, period in enumerate(periods if isinstance(periods, list) else [{"price": periods}], start=1):
        if not isinstance(period, dict) or not _is_price(period.get("price")):
            yield _fault(
                "ST232", path, f"energy period {number} without a price", "price = a number of 0 or more"
            )
            continue
        for name in sorted(set(period) - PERIOD_KEYS):
            yield _fault("ST232", path, f"'{name}' in energy period {number}", ", ".join(sorted(PERIOD_KEYS)))
        if not _sensible(period):
            yield _fault(
                "ST232", path, f"energy period {number}: {period}",
                'months of 1 to 12, days "weekday" or "weekend", hours [from, to) of 0 to 24',
            )  # fmt: skip


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < np.inf


def _sensible(period: Mapping[str, Any]) -> bool:
    hours, months = period.get("hours", [0, 24]), period.get("months", [1])
    whole = [isinstance(v, list) and all(type(x) is int for x in v) for v in (hours, months)]
    return (
        all(whole) and len(hours) == 2 and 0 <= hours[0] <= 24 and 0 <= hours[1] <= 24
        and bool(months) and all(1 <= month <= 12 for month in months)
        and period.get("days", "weekday") in {"weekday", "weekend"}
    )  # fmt: skip


def _holds(period: Mapping[str, Any], weather: Weather) -> Flags:
    """Return the steps that a period covers, shape (step,); hours may run over midnight."""
    start, end = period.get("hours", [0, DAY_HOURS])
    inside = (weather.hour >= start) & (weather.hour < end)
    if end <= start:
        inside = (weather.hour >= start) | (weather.hour < end)
    if "months" in period:
        inside &= np.isin(weather.month, period["months"])
    if "days" in period:
        inside &= weekend(weather) == (period["days"] == "weekend")
    return np.asarray(inside, dtype=np.bool_)


def _fault(code: str, path: Path, found: str, expected: str) -> Fault:
    return Fault(code=code, prim="", attribute="", where=str(path), found=found, expected=expected)


def cost_of(year: Year, tariff: Tariff) -> Cost:
    """Return what a year costs; demand is charged on the highest power of any step of each month."""
    power_w = year.hourly["facility_power_w"]
    step_kwh = power_w * year.weather.step_s / KWH_J
    months = [power_w[year.weather.month == month] for month in range(1, 13)]
    peaks_kw = sum(float(np.nanmax(own)) / 1e3 for own in months if own.size)
    water_m3 = energy(year, year.hourly["make_up_kg_s"]) / WATER_KG_M3
    return Cost(
        currency=tariff.currency, source=tariff.source,
        energy=float(np.nansum(step_kwh * tariff.energy_per_kwh)),
        demand=peaks_kw * tariff.demand_per_kw_month, water=water_m3 * tariff.water_per_m3,
    )  # fmt: skip


def carbon_of(told: str, weather: Weather) -> Carbon:
    """Return the emissions per energy of every step.

    Args:
        told: Grams per kWh, a zone such as ``DE``, or a file of grams per kWh: 24 rows, or one per step.
        weather: What says when each step is.

    Raises:
        UsageError: It is none of these.
        InputError: A row is no intensity, or there are not as many as there should be.
    """
    count = weather.hour.size
    try:
        mean = float(told)
    except ValueError:
        if told in ZONES:
            return Carbon(
                kg_j=_kg_j(np.full(count, ZONES[told])),
                source=f"{told}: {ZONES_SOURCE}",
                evidence="datasheet",
            )
        return _carbon(Path(told), weather)
    if not 0.0 <= mean <= GREATEST_G_KWH:
        raise UsageError(f"--carbon {told} is no intensity in g/kWh, 0 to {GREATEST_G_KWH:g}")
    return Carbon(
        kg_j=_kg_j(np.full(count, mean)), source="as given on the command line", evidence="assumption"
    )


def _carbon(path: Path, weather: Weather) -> Carbon:
    if not path.is_file():
        raise UsageError(f"--carbon {path}: neither g/kWh nor a file nor one of {', '.join(ZONES)}")
    rows = numbers_of(path, least=0.0, most=GREATEST_G_KWH, what="grams per kWh, 0 to 2,000")
    if rows.shape == (DAY_HOURS, 1):
        hourly = rows[weather.hour, 0]
    elif rows.shape == (weather.hour.size, 1):
        hourly = rows[:, 0]
    else:
        found = f"{rows.shape[0]} rows of {rows.shape[1]} numbers"
        raise InputError([_fault("ST230", path, found, f"24 rows of one number, or {weather.hour.size}")])
    return Carbon(kg_j=_kg_j(hourly), source=path.name, evidence="assumption")


def _kg_j(g_kwh: Array) -> Array:
    return np.asarray(g_kwh / G_PER_KG / KWH_J)


def emitted(year: Year, carbon: Carbon) -> tuple[float, float]:
    """Return emissions of a year [kg], and those over its IT energy [kg/J].

    Source:
        CUE: ISO/IEC 30134-8:2022, emissions of the data centre's energy over IT energy.
    """
    total = energy(year, year.hourly["facility_power_w"] * carbon.kg_j)
    it = energy(year, year.hourly["it_power_w"])
    return total, total / it if it > 0.0 else float("nan")
