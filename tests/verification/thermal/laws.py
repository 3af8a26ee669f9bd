"""Published points of fluids, exchangers, moist air, chillers and towers beside our laws, as rows."""

import numpy as np

from tests.verification.thermal.rows import ZERO_K, Row, apart, kelvin, percent
from twin.laws import (
    advection,
    convection,
    exchange,
    fluids,
    friction,
    glycol,
    psychrometrics,
    rejection,
    towers,
    water,
)

PROPERTIES = (
    ("rho", "density"), ("cp", "heat_capacity"), ("k", "conductivity"), ("mu", "viscosity")
)  # fmt: skip
GLYCOL = "INCOMP::MPG[0.25]"
# What the case allows a fit of another definition of 25 % glycol.
OTHER_GLYCOL, OTHER_BARS = "INCOMP::APG[0.25]", (0.5, 1.0, 2.0, 3.0)
EFFECTIVENESS = {
    "counterflow": exchange.counterflow,
    "parallel": exchange.parallel,
    "crossflow": exchange.crossflow_unmixed,
    "crossflow approximate": exchange.crossflow_incropera,
    "crossflow, mixed Cmax": exchange.crossflow_mixed_larger,
    "crossflow, mixed Cmin": exchange.crossflow_mixed_smaller,
    "S&T": exchange.shell_and_tube,
    "2S&T": lambda ntu, ratio: exchange.shell_and_tube(ntu, ratio, 2.0),
    # A boiling stream has no capacity ratio, so that every arrangement is the same.
    "boiler": exchange.counterflow,
}
ARRANGEMENTS = {
    "counterflow": exchange.COUNTERFLOW,
    "crossflow": exchange.CROSSFLOW,
    "crossflow, mixed Cmax": exchange.CROSSFLOW_MIXED_LARGER,
}
# EnergyPlus turns the design flow into kg/s at the 5.05 °C that its loops begin with.
LOOP_BEGINS_K = 278.2


def fluid_properties(case) -> list[Row]:
    """Compare density, specific heat, conductivity and viscosity of the three coolants."""
    rows = []
    for name, law, fraction in (
        ("water", water, ()),
        (GLYCOL, glycol, (0.25,)),
        (OTHER_GLYCOL, glycol, (0.25,)),
    ):
        points = case["fluids"][name]["rows"]
        at = (kelvin([p["T_C"] for p in points]), *map(np.array, fraction))
        for (symbol, quantity), wide in zip(PROPERTIES, OTHER_BARS, strict=True):
            worst = percent(getattr(law, quantity)(*at), [p[symbol] for p in points])
            bar = wide if name == OTHER_GLYCOL else 0.1
            said = f"{quantity.replace('_', ' ')}, {name.removeprefix('INCOMP::')}, {len(points)} points"
            rows.append(_row("fluid_properties", said, worst, bar, "%"))
    points = case["fluids"]["water"]["iapws97_check"]
    worst = max(
        percent(getattr(water, quantity)(kelvin([p["T_C"] for p in points])), [p[symbol] for p in points])
        for symbol, quantity in PROPERTIES
    )
    freezing = apart(glycol.freezing(np.array(0.25)) - ZERO_K, case["fluids"][GLYCOL]["freezing_C"])
    return [
        *rows,
        _row("fluid_properties", f"all four, water by IAPWS-97, {len(points)} points", worst, 0.1, "%"),
        _row("fluid_properties", "freezing point, MPG[0.25]", freezing, 0.01, "K"),
    ]


def eps_ntu(case) -> list[Row]:
    """Compare the effectiveness of every arrangement."""
    rows = []
    for name in dict.fromkeys(row["subtype"] for row in case["rows"]):
        ntu, ratio, expected = np.array(
            [[r["NTU"], r["Cr"], r["eff"]] for r in case["rows"] if r["subtype"] == name], float
        ).T
        said = f"effectiveness, {name}, {len(ntu)} points"
        rows.append(_row("eps_ntu", said, apart(EFFECTIVENESS[name](ntu, ratio), expected), 1e-6, ""))
        if name == "crossflow":
            worst = apart(exchange.crossflow_incropera(ntu, ratio), expected)
            rows.append(_row("eps_ntu", "the approximation beside exact crossflow", worst, 0.03, ""))
    return rows


def hx_rating(case) -> list[Row]:
    """Compare rated exchangers: heat and both outlets, or the conductance that gives them."""
    rows = []
    for rated in case["cases"]:
        given, expected, name = rated["inputs"], rated["expected"], rated["id"].partition(" (")[0]
        hot, cold = np.array(given["mh"] * given["Cph"]), np.array(given["mc"] * given["Cpc"])
        kind, between = ARRANGEMENTS[given["subtype"]], given["Thi"] - given["Tci"]
        if "UA" in given:
            ua = np.array(given["UA"])
        else:
            heat = hot * (given["Thi"] - given["Tho"])
            ua, _ = exchange.ua_for_heat(heat, np.array(between), hot, cold, arrangement_index=kind)
            rows.append(_row("hx_rating", f"UA, {name}", percent(ua, expected["UA"]), 0.1, "%"))
        rate = exchange.exchange_rate(ua, hot, cold, design_w_k=np.minimum(hot, cold), arrangement_index=kind)
        heat = rate * between
        outlets = given["Thi"] - heat / hot, given["Tci"] + heat / cold
        rows += [
            _row("hx_rating", f"heat, {name}", percent(heat, expected["Q"]), 0.1, "%"),
            _row(
                "hx_rating", f"outlets, {name}", apart(outlets, (expected["Tho"], expected["Tco"])), 0.01, "K"
            ),
        ]
    return rows


def internal_convection(case) -> list[Row]:
    """Compare channels of cold plates and turbulent pipes."""
    aspect, nusselt, product = np.array([list(row.values()) for row in case["laminar"]], float).T
    reynolds, prandtl, expected = np.array([list(row.values()) for row in case["turbulent"]], float).T
    smooth = friction.darcy_factor(reynolds, np.array(0.0))
    slow = friction.darcy_factor(np.array(1000.0), np.array(0.0)) * 1000.0 / 4.0
    circular = case["circular"]
    found = (convection.LAMINAR_NUSSELT_RATIO, convection.LAMINAR_NUSSELT_OF_FLUX_RATIO, slow)
    theirs = (circular["Nu_T"], circular["Nu_q"], circular["fRe_Fanning"])
    turbulent = convection.turbulent_nusselt(reynolds, prandtl, smooth)
    name = "internal_convection"
    return [
        _row(
            name,
            "Nusselt number, laminar channels",
            percent(convection.duct_nusselt(aspect), nusselt),
            0.5,
            "%",
        ),
        _row(name, "f·Re, laminar channels", percent(convection.duct_friction(aspect), product), 0.5, "%"),
        _row(
            name,
            f"Nusselt number, turbulent pipes, {len(prandtl)} points",
            percent(turbulent, expected),
            1.0,
            "%",
        ),
        _row(name, "Nusselt numbers and f·Re, laminar pipe", percent(found, theirs), 0.5, "%"),
    ]


def pipe_advection(case) -> list[Row]:
    """Compare a pipe with heat loss: its exit in a steady state, and a step on its way."""
    given, expected = case["inputs"], case["expected"]
    area = 0.25 * np.pi * given["D_m"] ** 2
    flow, volume = area * given["v_m_s"], area * given["L_m"]
    held = given["rho"] * given["cp"]
    loss = given["U_W_m2K"] * np.pi * given["D_m"] * given["L_m"]
    entering, air = kelvin(given["T_in_C"]), kelvin(given["T_amb_C"])
    steady = advection.leaving(entering, air, np.array(loss), np.array(flow * held))
    time = np.arange(0.0, 4.0 * expected["delay_s"], 0.05)
    # Full of air-warm water at rest, then water enters: half a step, and the time from 10 to 90 % of it.
    found = advection.plug_flow_leaving(
        time, np.full(time.shape, float(entering)), np.full(time.shape, flow), volume_m3=volume,
        capacity_j_k=volume * held, loss_w_k=loss, ambient_k=float(air), initial_k=float(air),
    )  # fmt: skip
    share = (found - air) / (steady - air)
    low, half, high = (time[np.argmax(share >= part)] for part in (0.1, 0.5, 0.9))
    name = "pipe_advection"
    return [
        _row(name, "exit, steady", apart(steady - ZERO_K, expected["T_out_C"]), 0.01, "K"),
        _row(name, "exit, long after the step", apart(found[-1] - ZERO_K, expected["T_out_C"]), 0.01, "K"),
        _row(name, "half of a step after L/v", percent(half, expected["delay_s"]), 3.0, "%"),
        _row(name, "10 to 90 % of the step, over L/v", 100.0 * (high - low) / expected["delay_s"], 1.0, "%"),
    ]


def plate_hx_points(case) -> list[Row]:
    """Compare an exchanger of constant conductance; ``networks`` solves the same points as networks."""
    points = np.array([row for row in case["rows"] if row[1] > 0.0], float).T
    hot_in, hot_flow, cold_in, cold_flow, hot_out, cold_out, share = points
    hot = hot_flow * water.heat_capacity(kelvin(0.5 * (hot_in + hot_out)))
    cold = cold_flow * water.heat_capacity(kelvin(0.5 * (cold_in + cold_out)))
    small = np.minimum(hot, cold)
    rate = exchange.exchange_rate(np.array(case["UA_W_K"]), hot, cold, design_w_k=small.max())
    heat = rate * (hot_in - cold_in)
    worst = max(apart(hot_in - heat / hot, hot_out), apart(cold_in + heat / cold, cold_out))
    return [
        _row("plate_hx_points", f"outlets, law, {len(share)} points", worst, 0.02, "K"),
        _row("plate_hx_points", "effectiveness, law", apart(rate / small, share), 2e-3, ""),
    ]


def moist_air(case) -> list[Row]:
    """Compare moist air with ASHRAE's equations, and those with the real gas of RP-1485."""
    rows, name = case["rows"], "psychrometrics"
    col = {key: np.array([row[key] for row in rows], float) for key in rows[0] if key != "coolprop_RP1485"}
    real = {key: np.array([r["coolprop_RP1485"][key] for r in rows]) for key in rows[0]["coolprop_RP1485"]}
    warm, pressure = kelvin(col["Tdb_C"]), col["p_Pa"]
    humid = psychrometrics.humidity_at(warm, col["RH"], pressure)
    wet = psychrometrics.wet_bulb(warm, humid, pressure) - ZERO_K
    dew = psychrometrics.dew_point(humid, pressure) - ZERO_K
    heat = psychrometrics.enthalpy(warm, humid)
    volume = (1.0 + humid) / fluids.air_density(warm, psychrometrics.vapour_fraction(humid), pressure)
    return [
        _row(name, f"humidity ratio, ASHRAE, {len(rows)} points", percent(humid, col["W"]), 0.05, "%"),
        _row(name, "wet bulb, ASHRAE", apart(wet, col["Twb_C"]), 0.01, "K"),
        _row(name, "dew point, ASHRAE", apart(dew, col["Tdp_C"]), 0.01, "K"),
        _row(name, "enthalpy, ASHRAE", apart(heat, col["h_J_kgda"]), 1.0, "J/kg"),
        _row(name, "specific volume, ASHRAE", percent(volume, col["v_m3_kgda"]), 0.05, "%"),
        _row(name, "humidity ratio, RP-1485", percent(humid, real["W"]), 0.55, "%"),
        _row(name, "wet bulb, RP-1485", apart(wet, real["Twb_C"]), 0.05, "K"),
        _row(name, "dew point, RP-1485", apart(dew, real["Tdp_C"]), 0.05, "K"),
    ]


def chiller_eir_points(case) -> list[Row]:
    """Compare a chiller at operating points of EnergyPlus."""
    given = case["coefficients"]
    leaving, entering, heat, power, load, _, _, condenser = np.array(case["rows"], float).T
    duty = chiller(given, heat, kelvin(leaving), kelvin(entering))
    rate = given["vco"] * water.density(kelvin(entering)) * water.heat_capacity(kelvin(entering))
    leaves, name = entering + (heat + duty.power_w) / rate, "chiller_eir_points"
    return [
        _row(name, f"power, {len(load)} points", percent(duty.power_w, power), 0.05, "%"),
        _row(name, "part load", apart(duty.loading_ratio, load), 1e-4, ""),
        _row(name, "condenser water leaving", apart(leaves, condenser), 0.05, "K"),
    ]


def chiller(given, heat_w, leaving_k, entering_k):
    """Return what a chiller of a case's coefficients does."""
    return rejection.eir_chiller(
        heat_w, leaving_k, entering_k, capacity_w=np.array(given["cap"]), cop_ratio=np.array(given["cop"]),
        capacity_curve_ratio=np.array(given["capft"]), power_curve_ratio=np.array(given["eirft"]),
        part_curve_ratio=np.array(given["eirplr"]), least_load_ratio=given["plrmin"],
        greatest_load_ratio=given["plrmax"],
    )  # fmt: skip


def yorkcalc_reference(case) -> list[Row]:
    """Compare the approach with that of the same coefficients in Modelica Buildings."""
    given, expected = case["inputs"], case["expected"]
    ratio, one = np.array(expected["x"]), np.array(1.0)
    at = np.array(given["range_K"]), kelvin(given["Twb_C"])
    by_water = towers.yorkcalc_approach(*at, ratio, one), expected["approach_K_vs_FRwater_FRair1"]
    by_air = towers.yorkcalc_approach(*at, one, ratio), expected["approach_K_vs_FRair_FRwater1"]
    return [
        _row("yorkcalc_reference", "approach over water flow", apart(*by_water), 1e-4, "K"),
        _row("yorkcalc_reference", "approach over airflow", apart(*by_air), 1e-4, "K"),
    ]


def york_tower_points(case) -> list[Row]:
    """Compare towers at full fan speed, calibrated at their design point and as the curve is."""
    wet, entering, leaving = np.array([row[1:4] for row in case["rows"]], float).T
    scale = design_scale(*(case["design"][key] for key in ("range_K", "wet_bulb_C", "approach_K")))
    flows = {
        f"calibrated, water by mass, {len(wet)} points": (scale * begins_cold(kelvin(entering)), 0.05),
        "calibrated": (scale, 0.05),
        "bare curve": (np.array(1.0), 0.4),
    }
    return [
        _row(
            "york_tower_points", f"water leaving, {said}",
            apart(tower_leaves(entering, wet, ratio, np.array(1.0)), leaving), bar, "K",
        )
        for said, (ratio, bar) in flows.items()
    ]  # fmt: skip


def tower_leaves(entering_c, wet_bulb_c, water_flow_ratio, air_flow_ratio):
    """Return the water that leaves towers [°C]."""
    at = kelvin(entering_c), kelvin(wet_bulb_c)
    return towers.york_leaving(*at, water_flow_ratio, air_flow_ratio) - ZERO_K


def design_scale(range_dk, wet_bulb_c, approach_dk):
    """Return the calibration of a tower in water flow."""
    found, met = towers.yorkcalc_flow_scale(np.array(range_dk), kelvin(wet_bulb_c), np.array(approach_dk))
    assert met
    return found


def begins_cold(entering_k):
    """Return the volume flow over design of a tower whose design flow EnergyPlus takes as cold water."""
    return water.density(np.array(LOOP_BEGINS_K)) / water.density(entering_k)


def _row(case, quantity, worst, bar, unit) -> Row:
    return Row(case=case, quantity=quantity, worst=float(worst), bar=bar, unit=unit)


CASES = {
    "fluid_properties": fluid_properties, "eps_ntu": eps_ntu, "hx_rating": hx_rating,
    "internal_convection": internal_convection, "pipe_advection": pipe_advection,
    "plate_hx_points": plate_hx_points, "psychrometrics": moist_air,
    "chiller_eir_points": chiller_eir_points, "yorkcalc_reference": yorkcalc_reference,
    "york_tower_points": york_tower_points,
}  # fmt: skip
