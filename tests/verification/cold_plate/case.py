"""Measured cold plates: at their points, between them, and beyond."""

import numpy as np

from twin.laws.curves import falling, levelling
from twin.reports.verify import Row

# Flow [L/min] and resistance [K/kW].
PG25 = {
    0.4: 38.9, 0.5: 32.5, 0.6: 30.0, 0.7: 28.0, 0.8: 26.5, 0.9: 25.5, 1.0: 24.5, 1.2: 23.0, 1.4: 22.0,
    1.6: 21.4, 1.8: 20.9, 2.0: 20.4, 2.2: 20.0, 2.4: 19.7,
}  # fmt: skip
WATER = {2.0: 17.2, 3.0: 16.0, 4.0: 15.4, 5.0: 15.1}
LEFT_OUT = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.2)


def rows() -> list[Row]:
    """Return the comparisons."""
    found = []
    for name, points in (("PG25", PG25), ("water", WATER)):
        at = _at(points, *points)
        found += [
            _row(f"{name}, {flow:g} L/min", value, float(ours), 0.05)
            for (flow, value), ours in zip(points.items(), at, strict=True)
        ]
    found += [
        _row(f"PG25 without {flow:g} L/min", PG25[flow], _without(PG25, flow), 0.2) for flow in LEFT_OUT
    ]
    found += [_row(f"water without {flow:g} L/min", WATER[flow], _without(WATER, flow), 0.2)
              for flow in (3.0, 4.0)]  # fmt: skip
    low = {flow: value for flow, value in PG25.items() if flow <= 1.6}
    high = {flow: value for flow, value in PG25.items() if flow >= 0.5}
    cool = {flow: value for flow, value in WATER.items() if flow <= 4.0}
    return [
        *found,
        _row("PG25 to 1.6 L/min, at 2.4", PG25[2.4], float(_at(low, 2.4)[0]), 0.5),
        _row("water to 4 L/min, at 5", WATER[5.0], float(_at(cool, 5.0)[0]), 0.5),
        _row("PG25 from 0.5 L/min, at 0.4", PG25[0.4], float(_at(high, 0.4)[0]), 2.5),
        _row("PG25, largest miss of the fit", 0.75, _miss(PG25), 0.15),
    ]


def _row(quantity: str, reference: float, ours: float, tolerance: float) -> Row:
    return Row(quantity=quantity, reference=reference, ours=ours, unit="K/kW", tolerance=tolerance)


def _table(points: dict[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([list(points)]), np.array([list(points.values())])


def _at(points: dict[float, float], *flow: float) -> np.ndarray:
    level, _, exponent = levelling(*_table(points))
    return falling(*_table(points), np.array([flow]), level, exponent)[0]


def _without(points: dict[float, float], flow: float) -> float:
    return float(_at({at: value for at, value in points.items() if at != flow}, flow)[0])


def _miss(points: dict[float, float]) -> float:
    knots, values = _table(points)
    level, reach, exponent = levelling(knots, values)
    return float(np.abs(level + reach * (knots / knots[:, :1]) ** -exponent - values).max())
