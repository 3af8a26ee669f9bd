"""Small networks that textbooks solve by hand against our flow solver."""

import runpy
from pathlib import Path

from twin.reports.verify import Row

PIPES = runpy.run_path(str(Path(__file__).parents[1] / "pipes.py"))
FOOT_M, INCH_M = 0.3048, 0.0254
CFS_M3_S = FOOT_M**3


def rows() -> list[Row]:
    """Return one row per printed answer."""
    return [*_parallel_levels(), *_parallel_flow(), *_three_reservoirs(), *_three_reservoirs_rough()]


def hazen_williams(length_m: float, diameter_m: float, coefficient_ratio: float) -> dict[str, float]:
    """Return a pipe that loses 10.67 L Q^1.852 / (C^1.852 D^4.87) of head, in SI."""
    head_m = 10.67 * length_m / coefficient_ratio**1.852 / diameter_m**4.87
    return {"head_m": head_m, "exponent_ratio": 1.852}


def _row(quantity: str, reference: float, ours: float, unit: str, tolerance: float) -> Row:
    return Row(quantity=quantity, reference=reference, ours=ours, unit=unit, tolerance=tolerance)


def _parallel_levels() -> list[Row]:
    """Three pipes between heads of 70 and 46 m, C = 120."""
    pipes = [
        ("ABE", "A", "E", hazen_williams(3000.0, 0.300, 120.0)),
        ("ACE", "A", "E", hazen_williams(1300.0, 0.200, 120.0)),
        ("ADE", "A", "E", hazen_williams(2600.0, 0.250, 120.0)),
    ]
    flow = PIPES["solve"](pipes, levels={"A": 70.0, "E": 46.0}).flow_m3_s
    printed = {"ABE": 0.105, "ACE": 0.056, "ADE": 0.070}
    return [
        _row(f"11.1 flow in {name}", reference, flow[name], "m3/s", 0.015 * reference)
        for name, reference in printed.items()
    ]


def _parallel_flow() -> list[Row]:
    """18 cfs through two concrete pipes, C = 120."""
    pipes = [
        ("BCE", "B", "E", hazen_williams(5000.0 * FOOT_M, 15.0 * INCH_M, 120.0)),
        ("BDE", "B", "E", hazen_williams(4000.0 * FOOT_M, 18.0 * INCH_M, 120.0)),
    ]
    found = PIPES["solve"](pipes, levels={"B": 0.0}, demands={"E": 18.0 * CFS_M3_S})
    loss = found.head_m["B"] - found.head_m["E"]
    return [
        _row("11.2 flow in BCE", 6.4 * CFS_M3_S, found.flow_m3_s["BCE"], "m3/s", 0.05 * CFS_M3_S),
        _row("11.2 flow in BDE", 11.6 * CFS_M3_S, found.flow_m3_s["BDE"], "m3/s", 0.05 * CFS_M3_S),
        _row("11.2 loss of head", 35.0 * FOOT_M, loss, "m", 0.5 * FOOT_M),
    ]


def _three_reservoirs() -> list[Row]:
    """Levels of 200, 180 and 185 m meet at a junction, Hazen-Williams."""
    pipes = [
        ("AJ", "A", "J", hazen_williams(200.0, 0.500, 100.0)),
        ("JB", "J", "B", hazen_williams(2000.0, 0.500, 100.0)),
        ("JC", "J", "C", hazen_williams(400.0, 0.200, 140.0)),
    ]
    flow = PIPES["solve"](pipes, levels={"A": 200.0, "B": 180.0, "C": 185.0}).flow_m3_s
    printed = {"AJ": 0.433, "JB": 0.346, "JC": 0.087}
    return [
        _row(f"A0.49 flow in {name}", reference, flow[name], "m3/s", 0.0015)
        for name, reference in printed.items()
    ]


def _three_reservoirs_rough() -> list[Row]:
    """Levels of 135, 120 and 112 m meet at a junction, h = r·Q²."""
    factors = {"1": 0.7594, "2": 36.33, "3": 8.168}
    ends = {"1": ("A", "J"), "2": ("J", "B"), "3": ("J", "C")}
    pipes = [(n, *ends[n], {"head_m": r, "exponent_ratio": 2.0}) for n, r in factors.items()]
    found = PIPES["solve"](pipes, levels={"A": 135.0, "B": 120.0, "C": 112.0})
    return [_row("9.12 head of the junction", 131.6, found.head_m["J"], "m", 0.05)]
