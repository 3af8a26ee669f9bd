"""Sampled hours of two plants that EnergyPlus ran for a year: each component beside our laws, as rows."""

import numpy as np

from tests.verification.thermal.laws import begins_cold, chiller, design_scale, tower_leaves
from tests.verification.thermal.rows import Row, apart, kelvin, percent
from twin.laws import exchange, towers, water

# Where YorkCalc holds: EnergyPlus Input Output Reference, CoolingTowerPerformance:YorkCalc.
RANGE_DK, APPROACH_DK, WET_BULB_C = (1.1111, 22.2222), (1.1111, 40.0), (-34.4, 26.6667)


class Hours:
    """Columns of the sampled hours, by the words that name them."""

    def __init__(self, case):
        """Take the columns."""
        self.values = np.array(case["sampled_hours"], float).T
        self.names = case["columns"]

    def __call__(self, words):
        """Return the one column whose name holds these words."""
        (row,) = [i for i, name in enumerate(self.names) if words in name]
        return self.values[row]


def tower(name, case) -> list[Row]:
    """Compare the water that leaves the tower, and its fan, where the curve holds."""
    hour, given = Hours(case), case["spec"]["tower"]
    wet, entering, leaving = (
        hour(words) for words in ("Outdoor Air Wetbulb", "Cooling Tower Inlet", "Cooling Tower Outlet")
    )
    spread, approach, air = (
        hour(f"TWR|Cooling Tower {words}") for words in ("Range", "Approach", "Air Flow")
    )
    scale = design_scale(given["range"], given["design_wb"], given["approach"])
    flow = scale * begins_cold(kelvin(entering))
    held = np.logical_and.reduce([
        (values >= low) & (values <= high)
        for values, (low, high) in ((spread, RANGE_DK), (approach, APPROACH_DK), (wet, WET_BULB_C))
    ])  # fmt: skip
    found = tower_leaves(entering, wet, flow, air)
    # The liquid-gas ratio that meets range and approach tells the airflow, and its cube the fan.
    gas, met = towers.yorkcalc_flow_scale(spread, kelvin(wet), approach)
    needed = np.minimum(flow / gas, 1.0)
    fan = given["fan_W"] * needed**3
    theirs = hour("Cooling Tower Fan")
    asked = held & met
    leaves = apart(found[held], leaving[held])
    return [
        _row(name, f"tower: water leaving, {held.sum()} hours in range", leaves, 0.2, "K"),
        _row(name, f"tower: fan power, {asked.sum()} hours", percent(fan[asked], theirs[asked]), 5.0, "%"),
    ]


def plant_chiller_phoenix(case) -> list[Row]:
    """Compare chiller, tower and pumps of the plant with a chiller."""
    hour, given, name = Hours(case), case["spec"]["chiller_data"], "plant_chiller_phoenix"
    leaving, entering = hour("Evaporator Outlet"), hour("Condenser Inlet")
    heat, power = hour("Evaporator Cooling Rate"), hour("Chiller Electricity")
    duty = chiller(given, heat, kelvin(leaving), kelvin(entering))
    rate = hour("Condenser Mass Flow") * water.heat_capacity(kelvin(entering))
    leaves = entering + (heat + duty.power_w) / rate
    return [
        _row(name, f"chiller: power, {len(heat)} hours", percent(duty.power_w, power), 0.5, "%"),
        _row(name, "chiller: part load", apart(duty.loading_ratio, hour("Part Load Ratio")), 1e-3, ""),
        _row(name, "chiller: condenser water leaving", apart(leaves, hour("Condenser Outlet")), 0.1, "K"),
        *tower(name, case),
    ]


def plant_warm_intlfalls(case) -> list[Row]:
    """Compare exchanger, tower and pumps of the plant of warm water."""
    hour, given, name = Hours(case), case["spec"]["HX"], "plant_warm_intlfalls"
    side = {
        part: [hour(f"{part} Side {words}") for words in ("Inlet", "Outlet", "Mass Flow")]
        for part in ("Supply", "Demand")
    }
    rates = {
        part: flow * water.heat_capacity(kelvin(0.5 * (inlet + outlet)))
        for part, (inlet, outlet, flow) in side.items()
    }
    hot_in, hot_out, _ = side["Supply"]
    cold_in, cold_out, _ = side["Demand"]
    rate = exchange.exchange_rate(
        np.array(given["UA_W_K"]), rates["Supply"], rates["Demand"], design_w_k=rates["Supply"].max()
    )
    heat = rate * (hot_in - cold_in)
    outlets = hot_in - heat / rates["Supply"], cold_in + heat / rates["Demand"]
    worst = apart(outlets, (hot_out, cold_out))
    return [
        _row(name, f"exchanger: outlets, {len(heat)} hours", worst, 0.1, "K"),
        *tower(name, case),
    ]


def _row(case, quantity, worst, bar, unit) -> Row:
    return Row(case=case, quantity=quantity, worst=float(worst), bar=bar, unit=unit)


CASES = {
    "plant_chiller_phoenix": plant_chiller_phoenix, "plant_warm_intlfalls": plant_warm_intlfalls,
}  # fmt: skip
