"""Flow, return temperature and pressure drop of a GB300 NVL72 rack, and its coolant."""

import numpy as np

from twin.laws import glycol, water
from twin.laws.friction import fit_quadratic_through_zero
from twin.reports.verify import Row
from twin.units import from_si, to_si

LIQUID_W, TOTAL_W = 121.5e3, 135e3
# Table 27: supply [degC], flow [L/min], drop [psi]; returns are derived.
SUPPLY_C, RETURN_C = (25.0, 30.0, 35.0, 40.0, 45.0), (54.9, 54.8, 54.8, 54.8, 55.0)
FLOW_L_MIN = np.array([59.0, 71.0, 89.0, 119.0, 177.0])
DROP_PSI = np.array([2.3, 3.2, 4.9, 8.5, 18.4])
FITTED_KPA = (15.6, 22.1, 33.8, 58.8, 126.8)


def rows() -> list[Row]:
    """Return the comparisons."""
    return [*_returns(), *_captures(), *_drops(), *_glycol()]


def _returns() -> list[Row]:
    made = []
    for supply_c, flow_l_min, reference in zip(SUPPLY_C, FLOW_L_MIN, RETURN_C, strict=True):
        supply_k = to_si(supply_c, "degC", "supply_k")
        flow_kg_s = to_si(flow_l_min, "L/min", "flow_m3_s") * water.density(supply_k)
        leaving_k = water.temperature(water.enthalpy(supply_k) + LIQUID_W / flow_kg_s)
        made.append(
            Row(
                quantity=f"return, {flow_l_min:.0f} L/min at {supply_c:.0f} °C",
                reference=reference,
                ours=float(from_si(leaving_k, "degC", "leaving_k")),
                unit="degC",
                tolerance=0.3,
            )
        )
    return made


def _captures() -> list[Row]:
    """Return the share of 135 kW that the flows carry off at one return temperature."""
    leaving = water.enthalpy(to_si(55.0, "degC", "leaving_k"))
    made = []
    for supply_c, flow_l_min in zip(SUPPLY_C, FLOW_L_MIN, strict=True):
        supply_k = to_si(supply_c, "degC", "supply_k")
        carried_w = (
            to_si(flow_l_min, "L/min", "flow_m3_s") * water.density(supply_k)
            * (leaving - water.enthalpy(supply_k))
        )  # fmt: skip
        made.append(
            Row(
                quantity=f"share to liquid, {flow_l_min:.0f} L/min at {supply_c:.0f} °C",
                reference=90.0, ours=100.0 * float(carried_w) / TOTAL_W, unit="%", tolerance=1.5,
            )
        )  # fmt: skip
    return made


def _drops() -> list[Row]:
    flow = to_si(FLOW_L_MIN, "L/min", "flow_m3_s")
    linear, quadratic = fit_quadratic_through_zero(flow, to_si(DROP_PSI, "psi", "drop_pa"))
    ours = from_si(linear * flow + quadratic * flow**2, "kPa", "drop_pa")
    return [
        Row(
            quantity=f"drop at {at:.0f} L/min",
            reference=reference,
            ours=float(drop),
            unit="kPa",
            tolerance=0.1,
        )
        for at, reference, drop in zip(FLOW_L_MIN, FITTED_KPA, ours, strict=True)
    ]


def _glycol() -> list[Row]:
    at = to_si(40.0, "degC", "coolant_k"), np.array(0.25)
    heat_capacity = float(glycol.heat_capacity(*at))
    viscosity = float(from_si(glycol.viscosity(*at), "mPa s", "viscosity_pa_s"))
    density = float(glycol.density(*at))
    return [
        Row(quantity="PG25 density, 40 °C", reference=1009.9, ours=density, unit="kg/m3", tolerance=0.05),
        Row(
            quantity="PG25 heat capacity, 40 °C",
            reference=3969.0,
            ours=heat_capacity,
            unit="J/(kg K)",
            tolerance=0.5,
        ),
        Row(
            quantity="PG25 viscosity, 40 °C", reference=1.353, ours=viscosity, unit="mPa s", tolerance=0.0005
        ),
    ]
