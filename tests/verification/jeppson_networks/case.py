"""Looped networks of Jeppson's manual against our flow solver."""

import runpy
from collections.abc import Sequence
from pathlib import Path

from twin.reports.verify import Row

PIPES = runpy.run_path(str(Path(__file__).parents[1] / "pipes.py"))
FOOT_M, INCH_M = 0.3048, 0.0254
CFS_M3_S = FOOT_M**3
VISCOSITY_M2_S = 1.217e-5 * FOOT_M**2
# Hazen-Williams as Jeppson has it, in feet and cfs: h = 4.73 L (Q/C)^(1/0.54) / D^(2.63/0.54).
FACTOR, FLOW_EXPONENT, BORE_EXPONENT = 4.73, 1.0 / 0.54, 2.63 / 0.54
ROUNDING, FITTED_LOSS = 1e-4, 5e-4

# Bore [in], length [ft], from, to, flow [cfs], head loss [ft].
HARDY_CROSS = (
    (12, 3000, "a", "b", 1.7474, 4.8817), (14, 2000, "b", "c", 3.4873, 5.6573),
    (10, 3000, "d", "c", 0.92260, 3.6113), (10, 2000, "a", "d", 1.5926, 6.9278),
    (14, 3000, "e", "b", 1.7399, 2.2054), (10, 2000, "e", "f", 1.6001, 6.9913),
    (12, 3000, "f", "c", 0.71006, 0.87151),
)  # fmt: skip
HARDY_CROSS_CFS = {"a": -3.34, "e": -3.34, "d": 0.67, "f": 0.89}
LOOP_FLOWS = (
    (12, 2000, "a", "b", 5.7124, 51.875), (10, 1500, "b", "c", 2.8274, 25.706),
    (6, 2000, "d", "c", 0.25678, 4.8548), (8, 1500, "a", "d", 2.7568, 72.726),
    (8, 2000, "b", "e", 2.8850, 105.49), (6, 1000, "e", "f", 0.38505, 5.1401),
    (10, 2000, "c", "f", 4.6150, 84.922), (10, 3000, "a", "c", 3.5308, 77.581),
)  # fmt: skip
LOOP_FLOWS_CFS = {"a": -12.0, "c": 2.0, "d": 2.5, "e": 2.5, "f": 5.0}


def rows() -> list[Row]:
    """Return flows and head losses of every pipe."""
    return [
        *_darcy("Hardy Cross", HARDY_CROSS, HARDY_CROSS_CFS, "c", 0.012),
        *_hazen_williams("loop flows", LOOP_FLOWS, LOOP_FLOWS_CFS, "b", 95.0),
    ]


def _darcy(
    name: str, pipes: Sequence[tuple[float, float, str, str, float, float]], drawn: dict[str, float],
    level: str, roughness_in: float,
) -> list[Row]:  # fmt: skip
    """Return the rows of a network with Darcy-Weisbach friction."""
    numbers = [
        {"length_m": length * FOOT_M, "diameter_m": bore * INCH_M, "roughness_m": roughness_in * INCH_M}
        for bore, length, *_ in pipes
    ]
    return _compared(name, pipes, numbers, drawn, level)


def _hazen_williams(
    name: str, pipes: Sequence[tuple[float, float, str, str, float, float]], drawn: dict[str, float],
    level: str, coefficient_ratio: float,
) -> list[Row]:  # fmt: skip
    """Return the rows of a network with Hazen-Williams friction."""
    unit = (coefficient_ratio * CFS_M3_S) ** FLOW_EXPONENT
    numbers = [
        {
            "head_m": FOOT_M * FACTOR * length / (bore / 12.0) ** BORE_EXPONENT / unit,
            "exponent_ratio": FLOW_EXPONENT,
        }
        for bore, length, *_ in pipes
    ]
    return _compared(name, pipes, numbers, drawn, level)


def _compared(
    name: str, pipes: Sequence[tuple[float, float, str, str, float, float]], numbers: list[dict[str, float]],
    drawn: dict[str, float], level: str,
) -> list[Row]:  # fmt: skip
    found = PIPES["solve"](
        [(str(i), p[2], p[3], given) for i, (p, given) in enumerate(zip(pipes, numbers, strict=True), 1)],
        levels={level: 0.0},
        demands={node: q * CFS_M3_S for node, q in drawn.items() if node != level},
        fluid=PIPES["Fluid"](viscosity_pa_s=1000.0 * VISCOSITY_M2_S),
    )
    made = []
    for i, (_, _, a, b, flow, loss) in enumerate(pipes, 1):
        ours = found.head_m[a] - found.head_m[b]
        made += [
            _row(f"{name}: flow in {i}", flow * CFS_M3_S, found.flow_m3_s[str(i)], "m3/s", ROUNDING),
            _row(f"{name}: head loss of {i}", loss * FOOT_M, ours, "m", FITTED_LOSS),
        ]
    return made


def _row(quantity: str, reference: float, ours: float, unit: str, tolerance: float) -> Row:
    return Row(
        quantity=quantity, reference=reference, ours=ours, unit=unit, tolerance=tolerance, relative=True
    )
