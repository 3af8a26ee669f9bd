"""The page of wave speeds: how fast pressure waves run in pipes and hoses, and how high they are."""

from collections.abc import Iterator

import numpy as np

from twin.arrays import Array
from twin.laws import glycol, water
from twin.laws.steel_pipe import INSIDE_MM, OUTSIDE_MM
from twin.laws.waves import WALLS, glycol_bulk_modulus, joukowsky_rise, water_bulk_modulus, wave_speed
from twin.model.groups import HOSES, METALS_AND_PLASTICS, stretch_of
from twin.reports.numbers import number

WATER_K, COOLANT_K, COOLANT_RATIO = 293.15, 313.15, 0.25
STEEL = (("10S", "stainless_steel"), ("40", "carbon_steel"))
SIZES = ("DN25", "DN40", "DN50", "DN80", "DN100", "DN150", "DN200", "DN300", "DN400")
BORES_M = (0.020, 0.025, 0.04276, 0.050)
HOSE_WALL_M = 6e-3
NOT_GIVEN = np.full((1, 1), np.nan)


def waves_page() -> str:
    """Return the page."""
    parts = [
        "# Pressure waves\n",
        "How fast a pressure wave runs decides how high a surge is: a stream of 1 m/s that is stopped at "
        "once raises the pressure by density times wave speed (Joukowsky). The numbers are those of "
        "`twin.laws.waves`: Korteweg's formula for thick walls, pipes anchored throughout.\n",
        f"Water is at {number(WATER_K - 273.15)} °C, PG25 (propylene glycol, {number(100 * COOLANT_RATIO)} % "
        f"by mass) at {number(COOLANT_K - 273.15)} °C. `a` is the wave speed, `Δp` the rise per m/s.\n",
        "## Materials\n",
        *_table(("word", "Young's modulus", "Poisson's ratio", "evidence", "source"), _materials()),
        "Moduli are the upper ends of published ranges: the stiffer wall has the faster wave and the higher "
        "surge. Reinforced hoses are assumptions; a maker's modulus is written as `twin:hose:wallModulus`.\n",
        "## Steel pipe\n",
        *_table(_HEADS, _steel()),
        "## Pipe of 50 mm bore\n",
        "Metals with the wall of Sch 10S, plastics SDR 11.\n",
        *_table(_HEADS, _materials_at(0.050)),
        "## Hoses\n",
        f"Wall {number(1e3 * HOSE_WALL_M)} mm.\n",
        *_table(_HEADS, _hoses()),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


_HEADS = ("pipe", "bore", "wall", "a, water", "Δp, water", "a, PG25", "Δp, PG25")


def _materials() -> Iterator[tuple[str, ...]]:
    for word, wall in WALLS.items():
        modulus = number(wall.modulus_n_m2 / 1e9)
        yield f"`{word}`", f"{modulus} kN/mm²", number(wall.poisson_ratio), wall.evidence, wall.source


def _steel() -> Iterator[tuple[str, ...]]:
    for schedule, material in STEEL:
        for size in SIZES:
            bore = 1e-3 * INSIDE_MM[size, schedule]
            wall = 0.5e-3 * (OUTSIDE_MM[size] - INSIDE_MM[size, schedule])
            yield _row(f"{size} Sch {schedule}, `{material}`", material, bore, wall)


def _materials_at(bore_m: float) -> Iterator[tuple[str, ...]]:
    for material in METALS_AND_PLASTICS:
        yield _row(f"`{material}`", material, bore_m, float("nan"))


def _hoses() -> Iterator[tuple[str, ...]]:
    for material in HOSES:
        for bore in BORES_M:
            yield _row(f"`{material}`", material, bore, HOSE_WALL_M)


def _row(name: str, material: str, bore_m: float, wall_m: float) -> tuple[str, ...]:
    stretch = stretch_of((material,), np.full((1, 1), bore_m), np.full((1, 1), wall_m))
    one = np.ones((1, 1))
    cold, warm = WATER_K * one, COOLANT_K * one
    fluids = (
        (water.density(cold), water_bulk_modulus(cold)),
        (glycol.density(warm, COOLANT_RATIO * one), glycol_bulk_modulus(warm, COOLANT_RATIO * one)),
    )
    told = [cell for density, bulk in fluids for cell in _wave(density, bulk, stretch)]
    wall = f"{number(1e3 * wall_m, 3)} mm" if np.isfinite(wall_m) else "usual"
    return name, f"{number(1e3 * bore_m, 4)} mm", wall, *told


def _wave(density: Array, bulk: Array, stretch: Array) -> tuple[str, str]:
    speed = wave_speed(density, bulk, stretch)
    rise = joukowsky_rise(density, speed, np.ones((1, 1)))
    return f"{speed.item():.0f} m/s", f"{rise.item() / 1e5:.2f} bar"


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]
