"""What the year of a plant comes to, beside what EnergyPlus found: energies, water, pPUE, months."""

from dataclasses import dataclass

import numpy as np

from tests.support.annual_plants import AnnualCase, Hours

# Bars of the cases, in % of EnergyPlus; pPUE in itself.
BARS = {"chiller": 2.0, "pump": 1.0, "tower fan": 15.0, "make-up water": 10.0, "IT": 1e-6}
PPUE = "pPUE"
PPUE_BAR = 0.005
PARTS = {
    "Chiller": "chiller",
    "Tower": "tower fan",
    "CHWP": "pump",
    "CWP": "pump",
    "FWP": "pump",
    "TWP": "pump",
}
THEIRS = {"Chiller": "chiller_kWh", "Tower": "tower_fan_kWh"}
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a year.

    Attributes:
        name: What it is.
        unit: Its unit, "" for a ratio.
        theirs, ours: Of EnergyPlus, and of the network.
        bar: How far they may lie apart: % of theirs, or in itself for a ratio.
        month_apart: How far the worst month lies apart [%], NaN for a ratio.
    """

    name: str
    unit: str
    theirs: float
    ours: float
    bar: float
    month_apart: float

    @property
    def apart(self) -> float:
        """Return how far they lie apart, as ``bar``."""
        gap = self.ours - self.theirs
        return gap if self.unit == "" else 100.0 * gap / self.theirs

    @property
    def passed(self) -> bool:
        """Return whether they lie near enough."""
        return abs(self.apart) <= self.bar


def figures(case: AnnualCase, hours: Hours) -> list[Figure]:
    """Return every figure that the case states."""
    it = hours.of("Rack_")
    columns = {name: watts / 1e3 for name, watts in hours.power_w.items() if not name.startswith("Rack_")}
    found = [_figure(case, "IT", "kWh", it / 1e3, "IT_kWh")]
    found += [
        _figure(case, _named(name), "kWh", columns[name], THEIRS.get(name, f"pump_{name}_kWh"))
        for name in PARTS if name in columns
    ]  # fmt: skip
    found.append(_figure(case, "make-up water", "m³", 3.6 * hours.make_up_kg_s, "makeup_m3"))
    ours = 1.0 + sum(kw.sum() for kw in columns.values()) / (it.sum() / 1e3)
    theirs = case.expected["annual"][PPUE]
    return [
        *found,
        Figure(name=PPUE, unit="", theirs=theirs, ours=ours, bar=PPUE_BAR, month_apart=float("nan")),
    ]


def _named(name: str) -> str:
    return f"pump {name}" if PARTS[name] == "pump" else PARTS[name]


def _figure(case: AnnualCase, name: str, unit: str, hourly, key: str) -> Figure:
    theirs = np.array([month[key] for month in case.expected["monthly"]])
    ours = np.add.reduceat(hourly, 24 * np.cumsum((0, *DAYS[:-1])))
    worst = 100.0 * np.abs(ours / theirs - 1.0).max()
    return Figure(
        name=name, unit=unit, theirs=case.expected["annual"][key], ours=float(hourly.sum()),
        bar=BARS["pump" if name.startswith("pump") else name], month_apart=float(worst),
    )  # fmt: skip
