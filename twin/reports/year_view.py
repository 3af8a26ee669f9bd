"""What the page of a year shows: figures, hours, months, a waterfall and limits, in shown units."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from twin.checks.rule import rules
from twin.plots.year_data import Card, Fall, Stack, YearData
from twin.reports.numbers import number, percent, power, unit_text
from twin.reports.year_page import RESTS_ON, stamp
from twin.studies.year import Year
from twin.studies.year_figures import SERIOUS, Beyond, beyond, claimed, energy
from twin.studies.year_limits import Held
from twin.studies.year_money import Bills, cost_of, emitted
from twin.studies.year_parts import COOLING, LOSS, OTHER
from twin.units import display_unit, from_si

KWH_J, MWH_J, HOUR_S, L_PER_M3 = 3.6e6, 3.6e9, 3600.0, 1000.0
SORTS = (COOLING, LOSS, OTHER)
BEFORE = {COOLING: "", LOSS: "lost in ", OTHER: ""}
SMALL = {COOLING: "other cooling", LOSS: "other parts", OTHER: "small consumers"}
# Parts of less than this share of IT energy stand together.
SMALL_RATIO = 1e-3


def year_data(layout: str, year: Year, bills: Bills | None = None, held: Sequence[Held] = ()) -> YearData:
    """Return what the page shows."""
    found, broken = claimed(year), beyond(year)
    verdict, good = _verdict(year, broken, held)
    it_w = year.hourly["it_power_w"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(it_w > 0.0, year.hourly["facility_power_w"] / it_w, np.nan)
    return YearData(
        title=f"{layout}: a year in {year.weather.name}", site=list(_site(year)), verdict=verdict, good=good,
        cards=list(_cards(year, found, bills or Bills(), held)), ratio=ratio,
        step_h=year.weather.step_s / HOUR_S,
        dry_bulb=year.weather.dry_bulb_k - 273.15, load=100.0 * year.load.ratio, month=year.weather.month,
        annual=found.get("pue", float("nan")), stacks=list(_stacks(year)), falls=list(_falls(year, found)),
        limits=[
            ("rule", "severity", "what", "hours", "worst", "limit", "worst hour"),
            *(_row(year, one) for one in broken),
        ],
        notes=list(_notes(year, found)),
    )  # fmt: skip


def _site(year: Year) -> Iterator[str]:
    told, evidence = year.weather.source, f"({year.weather.evidence})"
    yield f"Weather: {told if told.endswith(evidence) else f'{told} {evidence}'}"
    yield f"Load: {year.load.text}"
    yield f"State: {year.case.text or 'as built, nothing out'}"


def _verdict(year: Year, broken: Sequence[Beyond], held: Sequence[Held]) -> tuple[str, bool]:
    if year.lacking.any():
        hours = float(year.lacking.sum()) * year.weather.step_s / HOUR_S
        return (
            f"Infeasible in {number(hours)} h: no steady state, or heat or IT power that finds no way. "
            "No PUE is given.", False,
        )  # fmt: skip
    serious = list(dict.fromkeys(one.rule for one in broken if one.severity in SERIOUS))
    missed = [one.name for one in held if not one.met]
    told = []
    if serious:
        told.append(f"Infeasible: breaks {', '.join(serious)} in the hours below. No PUE is given.")
    if missed:
        told.append(f"Misses {', '.join(missed)}.")
    return " ".join(told) or "No critical or major limit is broken in any hour.", not told


def _cards(year: Year, found: Mapping[str, float], bills: Bills, held: Sequence[Held]) -> Iterator[Card]:
    if "pue" in found:
        yield Card(label="PUE", figure=f"{found['pue']:.3f}", note="ISO/IEC 30134-2, category 3")
        yield Card(
            label="WUE", figure=f"{number(found['wue_m3_j'] * L_PER_M3 * KWH_J)} L/kWh",
            note=f"{number(found['water_m3'])} m³ a year",
        )  # fmt: skip
        yield Card(label="Cooling pPUE", figure=f"{found['cooling_ppue']:.3f}", note="IT and cooling over IT")
    yield Card(
        label="Energy", figure=f"{number(found['facility_energy_j'] / MWH_J / 1e3)} GWh",
        note=f"{number(found['it_energy_j'] / MWH_J / 1e3)} GWh of it IT",
    )  # fmt: skip
    yield Card(label="Peak power", figure=power(found["peak_power_w"]), note="highest hour")
    yield Card(label="Chillers run", figure=f"{number(found['chiller_s'] / HOUR_S)} h", note="any of them")
    if bills.tariff is not None:
        cost = cost_of(year, bills.tariff)
        yield Card(
            label="Cost", figure=f"{cost.total:,.0f} {cost.currency}".strip(),
            note="energy, demand and water",
        )  # fmt: skip
    if bills.carbon is not None:
        kg, _ = emitted(year, bills.carbon)
        yield Card(label="Carbon", figure=f"{kg / 1e3:,.0f} t", note=f"evidence: {bills.carbon.evidence}")
    for one in held:
        if np.isfinite(one.pue):
            yield Card(
                label=one.name, figure="met" if one.met else "missed", note=f"PUE {one.limit:g} at most"
            )


def _parts(year: Year, sort: str) -> dict[str, np.ndarray]:
    """Return powers of one sort by label, those of little energy together."""
    it = energy(year, year.hourly["it_power_w"])
    out: dict[str, np.ndarray] = {}
    held = {n.partition("/")[2]: v for n, v in year.hourly.items() if n.startswith(f"{sort}/")}
    for label, values in sorted(held.items(), key=lambda pair: -float(np.nansum(pair[1]))):
        if np.nansum(values) <= 0.0:
            continue
        plain = label[0].lower() + label[1:] if label[1:2].islower() else label
        name = plain if energy(year, values) > SMALL_RATIO * it else SMALL[sort]
        out[name] = out[name] + values if name in out else values
    return out


def _stacks(year: Year) -> Iterator[Stack]:
    it_w = year.hourly["it_power_w"]
    months = [year.weather.month == month for month in range(1, 13)]
    it = np.array([np.nansum(it_w[own]) for own in months])
    for sort in SORTS:
        for name, values in _parts(year, sort).items():
            sums = np.array([np.nansum(values[own]) for own in months])
            ratio = np.divide(sums, it, out=np.full(12, np.nan), where=it > 0.0)
            yield Stack(name=f"{BEFORE[sort]}{name}", sort=sort, ratio=ratio)


def _falls(year: Year, found: Mapping[str, float]) -> Iterator[Fall]:
    """Yield the steps from the connection to the chips."""
    yield Fall(name="connection", energy=found["facility_energy_j"] / MWH_J, total=True)
    for sort in (LOSS, COOLING, OTHER):
        for name, values in _parts(year, sort).items():
            yield Fall(name=f"{BEFORE[sort]}{name}", energy=energy(year, values) / MWH_J, total=False)
    it, fans = found["it_energy_j"], energy(year, year.hourly["rack_fan_power_w"])
    yield Fall(name="racks", energy=it / MWH_J, total=True)
    if fans > 0.0:
        yield Fall(name="fans in racks", energy=fans / MWH_J, total=False)
        yield Fall(name="boards and chips", energy=(it - fans) / MWH_J, total=True)


def _row(year: Year, one: Beyond) -> tuple[str, ...]:
    rule = rules()[one.rule][0]
    unit = rule.unit or display_unit(one.name)
    worst, limit = (
        f"{number(float(from_si(v, unit, one.name)))}{unit_text(unit)}" for v in (one.worst, one.limit)
    )
    air = year.weather.dry_bulb_k[one.step] - 273.15
    return (
        one.rule, one.severity, rule.title, f"{one.duration_s / HOUR_S:,.0f}", worst, limit,
        f"{stamp(year, one.step)}, {number(float(air), 3)} °C",
    )  # fmt: skip


def _notes(year: Year, found: Mapping[str, float]) -> Iterator[str]:
    yield (
        "PUE, WUE and the other ratios are those of annual energies; the ratio of an hour is no PUE. A load "
        "without declared fans ends at the racks."
    )
    yield (
        f"{year.solved_count} steady states solved; hours between them are off by "
        f"{found['mean_interpolation_error_ratio']:.1e} of IT power on average, "
        f"{found['interpolation_error_ratio']:.1e} at most. The worst hour closes to "
        f"{found['energy_residual_ratio']:.1e}."
    )
    yield f"Rests on {RESTS_ON}."
    lost = found["distribution_loss_energy_j"] / found["facility_energy_j"]
    yield (
        f"Distribution loses {percent(lost)} of what is drawn; parts under 0.1 % of IT energy stand together."
    )
