"""Writes ``docs/year.md`` and ``docs/year.csv``: a year of five designs in six climates.

Run ``python -m tests.golden.year_page`` from the top of the repository; ``docs/pictures/make.py
year_climates`` draws the rows.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from twin.interop.climate import read_climate
from twin.model.weather import Weather
from twin.reports.year_reasons import reasons
from twin.stage.author import new
from twin.studies.year import Year, read_for_year, run_year
from twin.studies.year_figures import energy, figures
from twin.studies.year_load import load_of
from twin.studies.year_money import Tariff, carbon_of, cost_of, emitted

DOCS = Path(__file__).parents[2] / "docs"
PAGE, ROWS = DOCS / "year.md", DOCS / "year.csv"
MARK = "<!-- below: written by tests.golden.year_page -->"
# One of the four equal blocks of hall_liquid.
RACKS = 128
TOLERANCE = 2e-4
KWH_J, HOUR_S, MW = 3.6e6, 3600.0, 1e6
STAGES_OF = "dublin"
NO_CLAIM = "–"


@dataclass(frozen=True, kw_only=True)
class Design:
    """A hall as it is run: layout or "" for a written block, variants, and what starts its spare chiller."""

    name: str
    layout: str = ""
    variants: tuple[str, ...] = ()
    spare: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Prices and emissions at a climate; ``carbon`` is a zone or grams per kWh."""

    name: str
    price: float
    price_source: str
    carbon: str
    carbon_source: str


DESIGNS = (
    Design(name="liquid, dry coolers"),
    Design(name="liquid, adiabatic coolers", variants=("/World:heat_rejection=adiabatic",)),
    Design(
        name="rear doors",
        variants=("/World:cooling=rear_door",),
        spare="/World/Block_1/Mechanical/Chiller_11",
    ),
    Design(name="air", variants=("/World:cooling=air",), spare="/World/Block_1/Mechanical/Chiller_07"),
    Design(name="legacy", layout="hall_legacy", spare="/World/Mechanical/Chiller_3"),
)
EIA = "EIA, Electric Power Annual with data for 2023, average revenue from industry: {}"
PLACES = (
    Place(name="phoenix", price=0.0811, price_source=EIA.format("Arizona"), carbon="US", carbon_source="US"),
    Place(name="singapore", price=0.20, price_source="assumption", carbon="400", carbon_source="assumption"),
    Place(
        name="sterling", price=0.0892, price_source=EIA.format("Virginia"), carbon="PJM", carbon_source="PJM"
    ),
    Place(
        name="chicago", price=0.0820, price_source=EIA.format("Illinois"), carbon="PJM", carbon_source="PJM"
    ),
    Place(name="frankfurt", price=0.18, price_source="assumption", carbon="DE", carbon_source="DE"),
    Place(name="dublin", price=0.20, price_source="assumption", carbon="280", carbon_source="assumption"),
)
WATER_PER_M3 = 2.0
Row = dict[str, str]


def row_of(design: str, place: Place, weather: Weather, year: Year) -> Row:
    """Return one row: figures per IT energy, and what makes a design infeasible."""
    found = figures(year)
    row = {
        "climate": place.name, "design": design, "it_mw": f"{year.hourly['it_power_w'].max() / MW:.2f}",
        "infeasible": "; ".join(reasons(year)), "residual": f"{found['energy_residual_ratio']:.1e}",
        "off": f"{found['mean_interpolation_error_ratio']:.0e}", "solved": str(year.solved_count),
    }  # fmt: skip
    return row if row["infeasible"] else row | feasible(place, weather, year, found)


def feasible(place: Place, weather: Weather, year: Year, found: Mapping[str, float]) -> Row:
    """Return what only a feasible year has; costs and emissions per MW of IT and year."""
    tariff = Tariff(
        currency="USD", source=place.price_source, energy_per_kwh=np.full(weather.hour.size, place.price),
        demand_per_kw_month=0.0, water_per_m3=WATER_PER_M3,
    )  # fmt: skip
    it_mw = found["it_energy_j"] / (weather.hour.size * weather.step_s) / MW
    cost, (kg, _) = cost_of(year, tariff), emitted(year, carbon_of(place.carbon, weather))
    parts = {n: energy(year, v) / found["it_energy_j"] for n, v in year.hourly.items() if "/" in n}
    return {
        "pue": f"{found['pue']:.4f}", "wue_l_kwh": f"{found['wue_m3_j'] * 1e3 * KWH_J:.3f}",
        "cost_usd_mw": f"{cost.total / it_mw:.0f}", "carbon_t_mw": f"{kg / 1e3 / it_mw:.0f}",
        "peak_ratio": f"{found['peak_power_w'] / year.hourly['it_power_w'].max():.4f}",
        "chiller_h": f"{found['chiller_s'] / HOUR_S:.0f}",
        **{n: f"{v:.5f}" for n, v in sorted(parts.items()) if v > 0.0},
    }  # fmt: skip


def rows() -> Iterator[Row]:
    """Yield every design in every climate, and with its spare chiller where it is infeasible without."""
    with TemporaryDirectory() as folder:
        hall = Path(folder) / "hall"
        new("hall", racks=RACKS, out=hall)
        for design in DESIGNS:
            layout = design.layout or str(hall)
            facility = read_for_year(layout, variants=design.variants)
            for place in PLACES:
                weather = read_climate(place.name)
                load = load_of(None, weather)
                year = run_year(facility, weather, load, tolerance_ratio=TOLERANCE)
                yield (row := row_of(design.name, place, weather, year))
                if row["infeasible"] and design.spare:
                    spare = read_for_year(
                        layout, variants=design.variants, overrides=[f"{design.spare}.twin:standby=false"]
                    )
                    year = run_year(spare, weather, load, tolerance_ratio=TOLERANCE)
                    yield row_of(f"{design.name}, spare chiller runs", place, weather, year)


def main_table(held: list[Row]) -> Iterator[str]:
    """Yield the one table, by climate."""
    yield (
        "| climate | design | IT [MW] | PUE | WUE [L/kWh] | cost [USD/MW] | carbon [t/MW] | peak "
        "| chillers [h] |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for place in PLACES:
        for row in held:
            if row["climate"] != place.name:
                continue
            start = f"| {row['climate']} | {row['design']} | {row['it_mw']}"
            if row["infeasible"]:
                yield f"{start} | **infeasible** | {' | '.join([NO_CLAIM] * 5)} |"
                continue
            cost, carbon = (f"{float(row[n]):,.0f}" for n in ("cost_usd_mw", "carbon_t_mw"))
            yield (
                f"{start} | {float(row['pue']):.3f} | {float(row['wue_l_kwh']):.2f} | {cost} | {carbon} "
                f"| {float(row['peak_ratio']):.3f} | {float(row['chiller_h']):,.0f} |"
            )


def infeasible_table(held: list[Row]) -> Iterator[str]:
    """Yield why designs are infeasible."""
    yield "| climate | design | breaks |"
    yield "|---|---|---|"
    for row in held:
        if row["infeasible"]:
            yield f"| {row['climate']} | {row['design']} | {row['infeasible']} |"


def stage_table(held: list[Row], climate: str) -> Iterator[str]:
    """Yield where the energy goes beside IT, in percent of IT energy."""
    own = [row for row in held if row["climate"] == climate and not row["infeasible"]]
    names = sorted({n for row in own for n, v in row.items() if "/" in n and v})
    sums = {n: max(float(row.get(n) or 0.0) for row in own) for n in names}
    yield f"| % of IT energy | {' | '.join(row['design'] for row in own)} |"
    yield f"|---|{'--:|' * len(own)}"
    for name in sorted(names, key=lambda n: (n.partition("/")[0], -sums[n])):
        cells = [f"{100.0 * float(row[name]):.2f}" if row.get(name) else NO_CLAIM for row in own]
        sort, _, label = name.partition("/")
        plain = label[0].lower() + label[1:] if label[1:2].islower() else label
        yield f"| {'lost in ' if sort == 'loss' else sort + ': '}{plain} | {' | '.join(cells)} |"
    ratios = [f"**{float(row['pue']):.3f}**" for row in own]
    yield f"| **PUE** | {' | '.join(ratios)} |"


def inputs_table() -> Iterator[str]:
    """Yield prices and emissions."""
    yield "| climate | energy [USD/kWh] | source | carbon | source |"
    yield "|---|--:|---|---|---|"
    for place in PLACES:
        carbon = carbon_of(place.carbon, read_climate(place.name))
        source = place.carbon_source if place.carbon_source == "assumption" else carbon.source
        yield (
            f"| {place.name} | {place.price:.4f} | {place.price_source} "
            f"| {carbon.kg_j[0] * KWH_J * 1e3:.0f} g/kWh | {source} |"
        )


def page(held: list[Row]) -> str:
    """Return the page: what stands above the mark, and the tables anew."""
    worst = max(float(row["residual"]) for row in held)
    off = max(float(row["off"]) for row in held)
    lines = [
        PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK,
        "\n## A year at equal IT power\n", *main_table(held),
        f"\nThe worst hour of all {len(held)} years closes to {worst:.0e} of the power drawn. Tables are off "
        f"by {off:.0e} of IT power on average at most.",
        "\n## What makes a design infeasible\n", *infeasible_table(held),
        f"\n## Where the energy goes, {STAGES_OF}\n", *stage_table(held, STAGES_OF),
        "\n## Prices and emissions\n", *inputs_table(),
        f"\nWater costs {WATER_PER_M3:.2f} USD/m³ everywhere (assumption).",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def read_rows() -> list[Row]:
    """Return the rows as they were written."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(held: list[Row]) -> None:
    """Write rows; a column that a row does not have is empty."""
    names = list(dict.fromkeys(n for row in held for n in row))
    order = [n for n in names if "/" not in n] + sorted(n for n in names if "/" in n)
    with ROWS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, order, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(held)


if __name__ == "__main__":
    found = []
    for one in rows():
        found.append(one)
        print(one["climate"], one["design"], one.get("pue", ""), one["infeasible"], one["solved"], flush=True)
    write_rows(found)
    PAGE.write_text(page(found), encoding="utf-8")
