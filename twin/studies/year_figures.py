"""What a year comes to: energies, ratios to IT energy by their standards, peaks, hours beyond limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.arrays import Array
from twin.studies.year import ROUNDING, Year, severity_of
from twin.studies.year_parts import COOLING, LOSS, OTHER

HOUR_S = 3600.0
SERIOUS = frozenset({"critical", "major"})
RATIOS = frozenset({
    "pue", "pue_category_1", "pue_category_2", "cooling_ppue", "erf", "ere", "wue_m3_j", "mlc", "elc", "tue",
})  # fmt: skip
# Power above which a chiller is said to run [W].
RUNS_W = 1.0
# Water is sold by volume; a litre of it is a kilogram within 0.3 % up to 25 °C.
WATER_KG_M3 = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """A limit that some steps break.

    Attributes:
        rule, kind, name, side: The measure.
        severity: How bad that is.
        duration_s: How long it is broken.
        worst, limit: Value and limit in the worst step, SI.
        step: That step.
    """

    rule: str
    kind: str
    name: str
    side: str
    severity: str
    duration_s: float
    worst: float
    limit: float
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A step without a steady state, or with heat or IT power that finds no way.

    Attributes:
        step: Which.
        short_w: By how much: heat that cannot leave, or IT that drops out [W]; NaN where no state was found.
        reason: Why, as the solver tells it.
    """

    step: int
    short_w: float
    reason: str


def figures(year: Year) -> dict[str, float]:
    """Return the figures of a year by suffixed name; ratios to IT energy are left out where there is none.

    Energies [J], powers [W], water [m3], durations [s]. Every ratio is one of annual energies.

    Source:
        PUE: ISO/IEC 30134-2:2016, categories 1 to 3 by where IT energy is taken; ERF: ISO/IEC 30134-6:2021;
        WUE: ISO/IEC 30134-9:2022; ERE: The Green Grid, White Paper 29, 2010; TUE: Patterson et al., ISC 2013.
    """
    sums = {name: energy(year, values) for name, values in year.hourly.items() if name != "make_up_kg_s"}
    total, it = sums["facility_power_w"], sums["it_power_w"]
    cooling = sum(v for n, v in sums.items() if n.startswith(f"{COOLING}/"))
    lost = sum(v for n, v in sums.items() if n.startswith(f"{LOSS}/"))
    other = sum(v for n, v in sums.items() if n.startswith(f"{OTHER}/"))
    water = energy(year, year.hourly["make_up_kg_s"]) / WATER_KG_M3
    found = {
        "facility_energy_j": total, "it_energy_j": it, "cooling_energy_j": cooling,
        "distribution_loss_energy_j": lost, "other_energy_j": other, "rejected_energy_j": sums["heat_out_w"],
        "reused_energy_j": sums["reused_heat_w"], "water_m3": water,
        "peak_power_w": float(np.nanmax(year.hourly["facility_power_w"])),
        "peak_water_kg_s": float(np.nanmax(year.hourly["make_up_kg_s"])),
        "chiller_s": float((year.hourly["chiller_power_w"] > RUNS_W).sum()) * year.weather.step_s,
        "energy_residual_ratio": residual_ratio(year),
        "interpolation_error_ratio": float(year.table.error_ratio.max()),
        "mean_interpolation_error_ratio": float(year.table.error_ratio.mean()),
    }  # fmt: skip
    return found | (ratios(found, sums) if it > 0.0 and not year.lacking.any() else {})


def ratios(found: Mapping[str, float], sums: Mapping[str, float]) -> dict[str, float]:
    """Return the ratios of annual energies [1], and water over IT energy [m3/J]."""
    total, it, reused = found["facility_energy_j"], found["it_energy_j"], found["reused_energy_j"]
    fans = sums["rack_fan_power_w"]
    more = {
        "pue": total / it,
        "pue_category_2": total / sums["it_at_pdu_w"],
        "cooling_ppue": 1.0 + found["cooling_energy_j"] / it,
        "erf": reused / total,
        "ere": (total - reused) / it,
        "wue_m3_j": found["water_m3"] / it,
        "mlc": found["cooling_energy_j"] / it,
    }
    if "it_at_ups_w" in sums:
        behind = sums["it_at_ups_w"]
        ups = sums.get(f"{LOSS}/UPS", 0.0)
        incoming = found["distribution_loss_energy_j"] - ups - (behind - it)
        more["pue_category_1"] = total / behind
        more["elc"] = 1.0 - (1.0 - incoming / total) * behind / (behind + ups) * it / behind
    if fans > 0.0:
        more["tue"] = total / (it - fans)
    return more


def energy(year: Year, power_w: Array) -> float:
    """Return the sum of a power over the year [J]; steps without a steady state are left out."""
    return float(np.nansum(power_w) * year.weather.step_s)


def residual_ratio(year: Year) -> float:
    """Return the worst gap between power in and heat out of any step, over power in."""
    h = year.hourly
    gap = np.abs(h["facility_power_w"] - h["heat_out_w"] - h["charged_w"])
    return float(np.nanmax(gap / np.maximum(np.abs(h["facility_power_w"]), 1.0)))


def beyond(year: Year) -> list[Beyond]:
    """Return every limit that some step breaks, worst severity and longest first."""
    found = []
    for key, (value, limit) in year.measured().items():
        gap = (limit - value) * (1.0 if key.side == "most" else -1.0)
        broken = gap < -ROUNDING * np.maximum(np.abs(value), np.abs(limit))
        if broken.any():
            step = int(np.nanargmin(np.where(broken, gap, np.inf)))
            found.append(
                Beyond(
                    rule=key.rule, kind=key.kind, name=key.name, side=key.side, severity=severity_of(key),
                    duration_s=float(broken.sum()) * year.weather.step_s, worst=float(value[step]),
                    limit=float(limit[step]), step=step,
                )
            )  # fmt: skip
    order = ("critical", "major", "minor", "note")
    return sorted(found, key=lambda one: (order.index(one.severity), -one.duration_s, one.rule, one.kind))


def infeasible(year: Year) -> bool:
    """Return whether any step has no steady state, or breaks a critical or major limit.

    What the plant cannot do it does not draw power for: the ratios of such a year are none of a design that
    works, and nothing prints them.
    """
    return bool(year.lacking.any()) or any(one.severity in SERIOUS for one in beyond(year))


def claimed(year: Year) -> dict[str, float]:
    """Return the figures of a year, without ratios to IT energy where it is infeasible."""
    found = figures(year)
    return {n: v for n, v in found.items() if n not in RATIOS} if infeasible(year) else found


def lacking(year: Year) -> Iterator[Lacking]:
    """Yield every step without a steady state, by the solved point that stands nearest to it."""
    points, table = year.table.points, year.table
    fails = np.array([bool(reason) for reason in points.reasons])
    for step in np.flatnonzero(year.lacking).tolist():
        weight = np.where(fails[table.corner[step]], table.weight[step], -1.0)
        at = int(table.corner[step][int(np.argmax(weight))])
        yield Lacking(step=step, short_w=float(points.short_w[at]), reason=points.reasons[at])
