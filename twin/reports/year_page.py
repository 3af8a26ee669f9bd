"""A year as a page for a terminal: what it comes to, where the energy goes, which hours go wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from twin.checks.rule import rules
from twin.reports.lines import WIDTH, Ink, columns, fit, shorten, wrapped
from twin.reports.numbers import number, percent, plural, power, seconds, unit_text
from twin.reports.records import records_json
from twin.studies.year import Year
from twin.studies.year_figures import SERIOUS, Beyond, beyond, claimed, energy, infeasible, lacking
from twin.studies.year_limits import Held
from twin.studies.year_money import Bills, cost_of, emitted
from twin.studies.year_parts import COOLING, LOSS, OTHER
from twin.units import display_unit, from_si

KWH_J, HOUR_S, NAMED = 3.6e6, 3600.0, 5
L_PER_M3 = 1000.0
RESTS_ON = (
    "steady states hour by hour, without stored heat or start-ups; racks draw load times what they declare, "
    "the airflow of racks stays; rooms keep the declared dew point and the site its pressure; standby "
    "equipment stands still"
)
CATEGORIES = (
    ("pue_category_1", "category 1, IT energy at the UPS outputs: racks and all losses behind a UPS"),
    ("pue_category_2", "category 2, IT energy at the last run: racks and their whips or cables"),
)


def year_text(
    layout: str,
    year: Year,
    bills: Bills | None = None,
    ink: Ink | None = None,
    held: Sequence[Held] = (),
) -> str:
    """Return the page; ``held`` are legal limits that were asked for."""
    ink, bills = ink or Ink(), bills or Bills()
    found = claimed(year)
    lines = [
        ink("bold", f"{layout}: a year in {year.weather.name}"),
        *_premises(year),
        "",
        *_headline(year, found, ink),
        *_legal(held, ink),
        "",
        *_energies(year, found),
        *_bills(year, bills),
        "",
        *_months(year),
        *_limits(year, ink),
        *_method(year, found),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _premises(year: Year) -> Iterator[str]:
    source = f"{year.weather.source} ({year.weather.evidence})"
    yield from wrapped(source, indent=" " * 10, first="Weather   ")
    yield f"Load      {year.load.text}"
    yield f"State     {year.case.text or 'as built, nothing out'}; heat splits as for twin check"


def _headline(year: Year, found: Mapping[str, float], ink: Ink) -> Iterator[str]:
    if infeasible(year):
        yield from _infeasible(year, ink)
        return
    if "pue" not in found:
        yield "No IT energy: there is no ratio to it"
        return
    yield (
        ink("bold", f"PUE {found['pue']:.4f}")
        + "  ISO/IEC 30134-2 category 3, IT energy at the racks' inputs"
    )
    for name, text in CATEGORIES:
        if name in found:
            yield f"    {found[name]:.4f}  {text}"
    wue = found["wue_m3_j"] * L_PER_M3 * KWH_J
    yield ""
    rows = [
        ("cooling pPUE", f"{found['cooling_ppue']:.4f}", "IT and cooling over IT"),
        ("TUE", f"{found['tue']:.4f}" if "tue" in found else "not established",
         "server fans counted as cooling" if "tue" in found else "no rack declares the power of its fans"),
        ("WUE", f"{number(wue)} L/kWh", "make-up water over IT energy"),
        ("ERF, ERE", f"{number(found['erf'])}, {found['ere']:.4f}", "reused over all; the rest over IT"),
        ("MLC", f"{found['mlc']:.4f}", "mechanical over IT energy, at this load; ASHRAE 90.4 takes four"),
        ("ELC", _elc(found), "incoming service, UPS, distribution to IT, at this load"),
    ]  # fmt: skip
    yield from columns(rows)


def _legal(held: Sequence[Held], ink: Ink) -> Iterator[str]:
    """Yield the legal limits that were asked for."""
    if held:
        yield ""
    for one in held:
        if not np.isfinite(one.pue):
            yield ink("red", f"{one.rule} {one.name} not tested: there is no annual PUE")
            continue
        colour: Literal["green", "red"] = "green" if one.met else "red"
        verdict = "meets" if one.met else "misses"
        text = f"{one.rule} {verdict} {one.name}: {one.pue:.4f}, limit {one.limit:g}. {one.source}"
        first, *more = wrapped(text, indent="      ", first="")
        yield ink(colour, first)
        yield from more


def _elc(found: Mapping[str, float]) -> str:
    return f"{found['elc']:.4f}" if "elc" in found else "not established"


def _infeasible(year: Year, ink: Ink) -> Iterator[str]:
    serious = list(dict.fromkeys(one.rule for one in beyond(year) if one.severity in SERIOUS))
    if serious:
        yield ink("red", f"INFEASIBLE: breaks {', '.join(serious)}; hours and amounts stand below")
    if not year.lacking.any():
        yield "No PUE is given: what the plant cannot do it draws no power for"
        return
    steps = list(lacking(year))
    lost = len(steps) * year.weather.step_s / HOUR_S
    yield ink(
        "red", f"INFEASIBLE in {number(lost)} h: no steady state, or heat or IT power that finds no way"
    )
    yield "No PUE is given; energies below leave these hours out"
    worst = sorted(steps, key=lambda one: -one.short_w if np.isfinite(one.short_w) else -np.inf)
    for one in worst[:NAMED]:
        short = f", {power(one.short_w)} short" if np.isfinite(one.short_w) else ""
        yield fit(f"  {stamp(year, one.step)}, {_air(year, one.step)}{short}: {one.reason}", WIDTH)
    if len(steps) > NAMED:
        yield f"  and {len(steps) - NAMED} more"


def stamp(year: Year, step: int) -> str:
    """Return a step as month, day and hour."""
    at = year.weather
    return f"{at.month[step]:02d}-{at.day[step]:02d} {at.hour[step]:02d}:00"


def _air(year: Year, step: int) -> str:
    return f"{number(float(from_si(year.weather.dry_bulb_k[step], 'degC', 'dry_bulb_k')), 3)} °C"


def _energies(year: Year, found: Mapping[str, float]) -> Iterator[str]:
    """Yield where the energy goes, from the connection to the racks."""
    total = found["facility_energy_j"]
    rows: list[tuple[str, ...]] = [("Energy", "MWh", "share", "least", "greatest")]

    def row(label: str, values: "np.ndarray", unit: float = KWH_J * 1e3) -> tuple[str, ...]:
        joule = energy(year, values)
        return (
            label, number(joule / unit), percent(joule / total), power(float(np.nanmin(values))),
            power(float(np.nanmax(values))),
        )  # fmt: skip

    rows.append(row("facility", year.hourly["facility_power_w"]))
    for sort, before in ((LOSS, "lost in "), (COOLING, "cooling: "), (OTHER, "other: ")):
        held = {n.partition("/")[2]: v for n, v in year.hourly.items() if n.startswith(f"{sort}/")}
        for label, values in sorted(held.items(), key=lambda pair: -np.nansum(pair[1])):
            if np.nansum(values) > 0.0:
                plain = label[0].lower() + label[1:] if label[1:2].islower() else label
                rows.append(row(f"  {before}{plain}", values))
    rows.append(row("  racks", year.hourly["it_power_w"]))
    yield from columns(rows, right=range(1, 5))
    chiller = found["chiller_s"] / HOUR_S
    yield f"Peak      {power(found['peak_power_w'])}, water {number(found['peak_water_kg_s'] * 3.6)} m³/h"
    reused = found["reused_energy_j"] / 3.6e9
    yield f"Water     {number(found['water_m3'])} m³; reused heat {number(reused)} MWh"
    yield f"Chillers  run {number(chiller)} h"


def _bills(year: Year, bills: Bills) -> Iterator[str]:
    """Yield what the year costs and emits, where prices and intensities are given."""
    if bills.tariff is not None:
        cost = cost_of(year, bills.tariff)
        unit = f" {cost.currency}" if cost.currency else ""
        text = (
            f"{cost.total:,.0f}{unit}: energy {cost.energy:,.0f}, demand {cost.demand:,.0f}, water "
            f"{cost.water:,.0f} (prices: {cost.source})"
        )
        yield from wrapped(text, indent=" " * 10, first="Cost      ")
    if bills.carbon is not None:
        kg, cue = emitted(year, bills.carbon)
        ratio = "" if infeasible(year) or not np.isfinite(cue) else f", CUE {cue * KWH_J:.3f} kg/kWh of IT"
        text = f"{kg / 1e3:,.0f} t{ratio} ({bills.carbon.source}; {bills.carbon.evidence})"
        yield from wrapped(text, indent=" " * 10, first="Carbon    ")


def _months(year: Year) -> Iterator[str]:
    """Yield the ratio of energies of each month."""
    power_w, it_w = year.hourly["facility_power_w"], year.hourly["it_power_w"]
    if infeasible(year) or not it_w.sum():
        return
    months = [year.weather.month == month for month in range(1, 13)]
    shown = [f"{power_w[m].sum() / it_w[m].sum():.3f}" if it_w[m].sum() else "–" for m in months]
    yield "Months    " + "  ".join(shown)
    yield ""


def _limits(year: Year, ink: Ink) -> Iterator[str]:
    found = beyond(year)
    if not found:
        yield ink("green", "No rule of twin check is broken in any hour")
        yield ""
        return
    yield ink("bold", "Hours beyond limits")
    yield from columns([("rule", "", "hours", "worst", "limit", "worst hour", ""), *(
        _beyond(year, one) for one in found)], right=(2, 3, 4))  # fmt: skip
    yield ""


def _beyond(year: Year, one: Beyond) -> tuple[str, ...]:
    unit = rules()[one.rule][0].unit or display_unit(one.name)
    worst, limit = (
        f"{number(float(from_si(v, unit, one.name)))}{unit_text(unit)}" for v in (one.worst, one.limit)
    )
    title = shorten(rules()[one.rule][0].title, 52)
    return (
        f"{one.rule} {one.severity}", title, number(one.duration_s / HOUR_S),
        worst, limit, stamp(year, one.step), _air(year, one.step),
    )  # fmt: skip


def _method(year: Year, found: Mapping[str, float]) -> Iterator[str]:
    error = found["interpolation_error_ratio"], found["mean_interpolation_error_ratio"]
    axes = ", ".join(a.rpartition("_")[0].replace("_", " ") for a in year.table.axes) or "nothing"
    off = f"{error[0]:.1e} of IT power at most, {error[1]:.1e} on average"
    text = f"{year.solved_count} steady state{plural(year.solved_count)} over {axes}; hours are off by {off}"
    yield from wrapped(text, indent=" " * 10, first="Solved    ")
    yield f"Closes to {found['energy_residual_ratio']:.1e}, the worst hour"
    yield from wrapped(RESTS_ON, indent=" " * 10, first="Rests on  ")
    yield f"Time      {seconds(year.timings_s['year'])} (processor {seconds(year.timings_s['cpu'])})"


def year_json(layout: str, year: Year, bills: Bills | None = None, held: Sequence[Held] = ()) -> str:
    """Return the year as one JSON object: premises, figures in SI, limits broken, hours without a state."""
    bills = bills or Bills()
    facts: dict[str, object] = {
        "layout": layout, "inputs": year.facility.inputs, "climate": year.weather.name,
        "climate_source": year.weather.source, "climate_evidence": year.weather.evidence,
        "load": year.load.text, "case": year.case.name,
        "verdict": "infeasible" if infeasible(year) else "solved",
        "metrics": claimed(year), "solved_count": year.solved_count, "timings_s": year.timings_s,
        "energies_j": {n: energy(year, v) for n, v in year.hourly.items() if "/" in n},
    }  # fmt: skip
    if bills.tariff is not None:
        facts["cost"] = asdict(cost_of(year, bills.tariff))
    if bills.carbon is not None:
        kg, cue = emitted(year, bills.carbon)
        facts["carbon"] = {
            "emitted_kg": kg, "source": bills.carbon.source, "evidence": bills.carbon.evidence,
            **({} if infeasible(year) else {"cue_kg_j": cue}),
        }  # fmt: skip
    tables: dict[str, Sequence[Any]] = {
        "beyond": beyond(year),
        "lacking": list(lacking(year)),
        "limits": held,
    }
    return records_json("twin-year/1", tables, facts)
