"""Solved problems of Crane Technical Paper 410 against our laws of pipes and fittings and our flow solver."""

import runpy
from pathlib import Path

import numpy as np

from twin.arrays import Array
from twin.laws import fittings
from twin.laws.friction import darcy_drop, darcy_factor
from twin.laws.movers import pump_power
from twin.reports.verify import Row

PIPES = runpy.run_path(str(Path(__file__).parents[1] / "pipes.py"))
GRAVITY_M_S2 = 9.80665
INCH_M, FOOT_M, GALLON_M3_S = 0.0254, 0.3048, 6.30901964e-5
POUND_KG_M3, HORSEPOWER_W, BARREL_M3 = 16.018463374, 745.699871582, 0.158987294928
# Roughness as the problems take it, and inside diameters of Sch 40 (Sch 30 for 12 in), in inches.
STEEL_M, STEEL_022_M = 0.0018 * INCH_M, 0.0022 * INCH_M
TWO, TWO_AND_HALF, THREE, FOUR, FIVE, EIGHT = (
    np.array(INCH_M * bore) for bore in (2.067, 2.469, 3.068, 4.026, 5.047, 7.981)
)
SUDDEN_RAD = np.array(np.pi / 2.0)


def rows() -> list[Row]:
    """Return one row per published answer."""
    return [
        *_smooth_pipe(), *_globe_valve(), *_angle_valve(), _ball_valve(), _laminar_globe(), _laminar_oil(),
        _fuel_oil(), _lift(), *_pump_discharge(), *_pipeline(), _reservoir(), _cost(),
    ]  # fmt: skip


def _row(quantity: str, reference: float, ours: object, unit: str, tolerance: float) -> Row:
    return Row(
        quantity=quantity, reference=reference, ours=float(np.asarray(ours)), unit=unit,
        tolerance=tolerance, relative=True,
    )  # fmt: skip


def _smooth_pipe() -> list[Row]:
    """7.1: water at 30 °C, 200 L/min through a smooth pipe of 50 mm nominal."""
    reynolds = 4.0 * 995.65 * (0.2 / 60.0) / (np.pi * 0.0525 * 7.97e-4)
    factor = darcy_factor(np.array(reynolds), np.array(0.0))
    return [
        _row("7.1 Reynolds number", 100600.0, reynolds, "", 0.01),
        _row("7.1 friction factor", 0.0179, factor, "", 0.015),
    ]


def _globe_valve() -> list[Row]:
    """7.2: a globe valve of Kv 500 m3/h in a pipe of 154 mm, friction factor 0.015."""
    bore, factor = np.array(0.154), np.array(0.015)
    loss = fittings.loss_of_kv(np.array(500.0 / 3600.0), bore)
    length = fittings.equivalent_length(loss, factor, bore)
    return [
        _row("7.2 loss coefficient", 3.6, loss, "", 0.01),
        _row("7.2 equivalent length over diameter", 240.0, length / bore, "", 0.01),
        _row("7.2 equivalent length", 37.0, length, "m", 0.01),
    ]


def _angle_valve() -> list[Row]:
    """7.3: an angle valve with a full seat of 97.2 mm, friction factor 0.0165."""
    bore, factor = np.array(0.0972), np.array(0.0165)
    loss = fittings.CRANE["angle valve"] * factor
    return [
        _row("7.3 loss coefficient", 2.475, loss, "", 1e-3),
        _row("7.3 Kv", 240.2, 3600.0 * fittings.kv_of_loss(loss, bore), "m3/h", 1e-3),
        _row("7.3 equivalent length", 14.6, fittings.equivalent_length(loss, factor, bore), "m", 5e-3),
    ]


def _ball_valve() -> Row:
    """7.6: 7 m of head through 60 m of pipe, six elbows and a ball valve with a seat of 60 mm; f = 0.017."""
    bore, factor = 0.0779, 0.017
    seat = np.array(0.060 / bore)
    valve = fittings.CRANE["ball valve"] * factor
    valve += fittings.contraction_loss(seat, np.radians(8.0))
    valve += fittings.enlargement_loss(seat, np.radians(15.0))
    loss = 0.5 + 1.0 + factor * 60.0 / bore + 6.0 * fittings.CRANE["elbow 90, threaded"] * factor
    loss += float(fittings.loss_on(valve, seat))
    pipe = ("pipe", "tank", "air", {"diameter_m": bore, "loss_ratio": loss})
    found = PIPES["solve"]([pipe], levels={"tank": 7.0, "air": 0.0})
    return _row("7.6 discharge", 781.0, 6e4 * found.flow_m3_s["pipe"], "L/min", 0.01)


def _laminar_globe() -> Row:
    """7.8: SAE 30 oil, 600 bbl/h, 60 m of 200 mm pipe and a globe valve; laminar."""
    loss = float(fittings.crane_loss(np.array(fittings.CRANE["globe valve"]), EIGHT))
    drop = _drop(600.0 * BARREL_M3 / 3600.0, 60.0, EIGHT, STEEL_M, loss, 869.2, 0.130)
    return _row("7.8 drop, laminar", 6382.0, drop, "Pa", 0.01)


def _laminar_oil() -> Row:
    """7.9: SAE 30 oil, 400 gpm in 5 in pipe."""
    speed = 400.0 * GALLON_M3_S / (np.pi / 4.0 * FIVE**2)
    return _row("7.9 fluid speed", 6.41 * FOOT_M, speed, "m/s", 2e-3)


def _fuel_oil() -> Row:
    """7.13: fuel oil, 2 gal/s through 100 ft of 2 in pipe."""
    density = 0.815 * 999.1
    drop = _drop(120.0 * GALLON_M3_S, 100.0 * FOOT_M, TWO, STEEL_M, 0.0, density, density * 2.7e-6)
    return _row("7.13 drop", 66500.0, drop, "Pa", 0.015)


def _lift() -> Row:
    """7.14: water at 15 °C, 1500 L/min, 34 m of 4 in and 67 m of 5 in pipe, 22 m up."""
    flow, density, viscosity = 1.5 / 60.0, 999.1, 1.138e-3
    bend = np.array(fittings.CRANE["elbow 90, r/D 1.5, flanged"])
    wide = fittings.enlargement_loss(FOUR / FIVE, SUDDEN_RAD)
    small = _drop(
        flow, 34.0, FOUR, STEEL_M, float(wide + fittings.crane_loss(bend, FOUR)), density, viscosity
    )
    large = _drop(flow, 67.0, FIVE, STEEL_M, float(fittings.crane_loss(bend, FIVE)), density, viscosity)
    return _row("7.14 drop and lift", 2.6e5, small + large + density * GRAVITY_M_S2 * 22.0, "Pa", 0.02)


def _pump_discharge() -> list[Row]:
    """7.15: water at 70 °F, 100 gpm through 500 ft of 3 in pipe, 400 ft up; efficiency 0.70."""
    flow, density = 100.0 * GALLON_M3_S, 62.298 * POUND_KG_M3
    check = fittings.crane_loss(np.array(fittings.CRANE["lift check valve"]), THREE)
    loss = 1.0 + float(fittings.reduced_seat_loss(check, TWO_AND_HALF / THREE))
    fixed = fittings.CRANE["gate valve"] + 4.0 * fittings.CRANE["elbow 90, threaded"]
    loss += float(fittings.crane_loss(np.array(fixed), THREE))
    drop = _drop(flow, 500.0 * FOOT_M, THREE, STEEL_022_M, loss, density, 0.95e-3)
    head = 400.0 * FOOT_M + drop / density / GRAVITY_M_S2
    return [
        _row("7.15 head of the pump", 421.0 * FOOT_M, head, "m", 5e-3),
        _row("7.15 shaft power", 15.2 * HORSEPOWER_W, _power(flow, density, head, 0.70), "W", 5e-3),
    ]


def _pipeline() -> list[Row]:
    """7.17: crude oil, 1900 bbl/h through 50 miles of 12 in Sch 30 pipe, 2000 ft up; efficiency 0.67."""
    flow, density = 1900.0 * BARREL_M3 / 3600.0, 54.64 * POUND_KG_M3
    bore = np.array(12.09 * INCH_M)
    drop = _drop(flow, 50.0 * 5280.0 * FOOT_M, bore, STEEL_022_M, 0.0, density, 12.5e-3)
    head = 2000.0 * FOOT_M + drop / density / GRAVITY_M_S2
    return [
        _row("7.17 head of the pump", 3406.5 * FOOT_M, head, "m", 5e-3),
        _row("7.17 shaft power", 1496.0 * HORSEPOWER_W, _power(flow, density, head, 0.67), "W", 5e-3),
    ]


def _reservoir() -> Row:
    """7.19: 11.5 ft of head through 10 ft of 3 in and 20 ft of 2 in pipe; solved as a network."""
    fixed = fittings.CRANE["mitre bend 90"] + fittings.CRANE["gate valve"]
    first = {
        "length_m": 10.0 * FOOT_M, "diameter_m": float(THREE), "roughness_m": STEEL_M,
        "loss_ratio": 0.5 + float(fittings.crane_loss(np.array(fixed), THREE)),
    }  # fmt: skip
    second = {
        "length_m": 20.0 * FOOT_M, "diameter_m": float(TWO), "roughness_m": STEEL_M,
        "loss_ratio": 1.0 + float(fittings.contraction_loss(TWO / THREE, SUDDEN_RAD)),
    }  # fmt: skip
    found = PIPES["solve"](
        [("3 in", "reservoir", "joint", first), ("2 in", "joint", "air", second)],
        levels={"reservoir": 11.5 * FOOT_M, "air": 0.0},
        fluid=PIPES["Fluid"](density_kg_m3=62.364 * POUND_KG_M3, viscosity_pa_s=1.1e-3),
    )
    return _row("7.19 discharge", 137.0 * GALLON_M3_S, found.flow_m3_s["2 in"], "m3/s", 0.02)


def _cost() -> Row:
    """7.34: 700 gpm lifted 428 ft, efficiencies 0.707, 0.95, 0.96, 8000 h at 0.12 $/kWh."""
    power = _power(700.0 * GALLON_M3_S, 62.364 * POUND_KG_M3, np.array(428.0 * FOOT_M), 0.707 * 0.95 * 0.96)
    return _row("7.34 cost of a year, $", 83970.0, 0.12 * 8000.0 * power / 1e3, "", 2e-3)


def _drop(  # noqa: PLR0917  the order of darcy_drop
    flow_m3_s: float,
    length_m: float,
    diameter_m: Array,
    roughness_m: float,
    loss_ratio: float,
    density_kg_m3: float,
    viscosity_pa_s: float,
) -> Array:
    """Return the drop that the flow solver would use [Pa]."""
    given = (length_m, diameter_m, roughness_m, loss_ratio, density_kg_m3, viscosity_pa_s)
    return darcy_drop(np.array(density_kg_m3 * flow_m3_s), *(np.array(value) for value in given))[0]


def _power(flow_m3_s: float, density_kg_m3: float, head_m: Array, efficiency: float) -> Array:
    """Return the power at the shaft, or at the meter where the efficiency is that of all [W]."""
    rise = density_kg_m3 * GRAVITY_M_S2 * head_m
    return pump_power(
        np.array(flow_m3_s), rise, np.array(efficiency), rated_power_w=np.array(1.0),
        speed_ratio=np.array(1.0), floor_fraction=0.0,
    )  # fmt: skip
