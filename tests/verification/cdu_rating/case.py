"""Conductance and approach of coolant distribution units at their makers' points."""

import numpy as np

from twin.arrays import Array
from twin.laws import glycol, water
from twin.model.rating import rated_approach, rated_conductance
from twin.reports.verify import Row
from twin.units import from_si, to_si

TCS_KG_S, FWS_KG_S, HEAT_W = 31.48, 32.3, 2000e3
CLEAN = np.zeros((1, 1))


def rows() -> list[Row]:
    """Return the comparisons."""
    point = _deschutes()
    ua = rated_conductance(point)
    back = rated_approach(point | {"ua_w_k": ua}, CLEAN)
    return [
        _row("Deschutes, conductance", 550.0, float(from_si(ua[0, 0], "kW/K", "ua_w_k")), "kW/K", 16.5),
        _row("Deschutes, effectiveness", 0.843, _effectiveness(), "1", 0.00843),
        _row("Deschutes, approach of 550 kW/K", 3.0, _approach(point, 550e3), "K", 0.5),
        _row("Deschutes, approach of its own conductance", 3.0, float(back[0, 0]), "K", 1e-3),
        _row("XDU1350, approach of 342 kW/K", 4.0, _approach(_xdu1350(), 342e3), "K", 0.5),
    ]


def _row(quantity: str, reference: float, ours: float, unit: str, tolerance: float) -> Row:
    return Row(quantity=quantity, reference=reference, ours=ours, unit=unit, tolerance=tolerance)


def _one(value: float) -> Array:
    return np.array([[value]])


def _deschutes() -> dict[str, Array]:
    """Return the point with flows by volume where they enter: 46 °C and 26.8 °C."""
    tcs = TCS_KG_S / glycol.density(to_si(46.0, "degC", "tcs_return_k"), np.array(0.25))
    fws = FWS_KG_S / water.density(to_si(26.8, "degC", "fws_supply_k"))
    return {
        "capacity_w": _one(HEAT_W), "ua_w_k": _one(np.nan), "rating_approach_dk": _one(3.0),
        "rating_fws_supply_k": _one(26.8 + 273.15), "rating_tcs_glycol_ratio": _one(0.25),
        "rating_fws_glycol_ratio": _one(0.0), "reference_tcs_flow_m3_s": _one(float(tcs)),
        "reference_fws_flow_m3_s": _one(float(fws)),
    }  # fmt: skip


def _effectiveness() -> float:
    """Return heat over the greatest possible: the coolant is the lesser stream."""
    supply = to_si(29.8, "degC", "tcs_supply_k")
    returns = glycol.temperature(glycol.enthalpy(supply, np.array(0.25)) + HEAT_W / TCS_KG_S, np.array(0.25))
    capacity = TCS_KG_S * glycol.heat_capacity(returns, np.array(0.25))
    return float(HEAT_W / capacity / (returns - to_si(26.8, "degC", "fws_supply_k")))


def _approach(point: dict[str, Array], ua_w_k: float) -> float:
    return float(rated_approach(point | {"ua_w_k": _one(ua_w_k)}, CLEAN)[0, 0])


def _xdu1350() -> dict[str, Array]:
    flow = float(to_si(1200.0, "L/min", "flow_m3_s"))
    return {
        "capacity_w": _one(1368e3), "rating_approach_dk": _one(4.0), "rating_fws_supply_k": _one(np.nan),
        "rating_tcs_glycol_ratio": _one(0.0), "rating_fws_glycol_ratio": _one(0.0),
        "reference_tcs_flow_m3_s": _one(flow), "reference_fws_flow_m3_s": _one(flow),
    }  # fmt: skip
