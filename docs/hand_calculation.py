"""One 132 kW rack of the pod by hand, from the chip to the outside air, with pint alone.

Nothing of the package is imported: what is compared with it must not share its mistakes. Run it to print
the results; `tests/golden/test_hand_calculation.py` compares them with a solved pod.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pint  # noqa: TID251  the point of this file

unit = pint.UnitRegistry()
Quantity = Any
Table = Sequence[tuple[float, float, float, float]]

# Propylene glycol in water, Melinder (2010): °C, kg/m3, J/(kg K), mPa s.
PG25: Table = (
    (35, 1012.479, 3956.67, 1.5417), (40, 1009.909, 3968.65, 1.3530), (45, 1007.205, 3980.56, 1.1993),
    (50, 1004.378, 3992.38, 1.0726), (55, 1001.439, 4004.10, 0.9670),
)  # fmt: skip
PG30: Table = (
    (35, 1016.226, 3897.18, 1.8085), (40, 1013.432, 3910.42, 1.5731), (45, 1010.518, 3923.56, 1.3835),
    (50, 1007.493, 3936.60, 1.2288), (55, 1004.368, 3949.53, 1.1012),
)  # fmt: skip
DENSITY, HEAT, VISCOSITY = (1, unit("kg/m^3")), (2, unit("J/(kg K)")), (3, unit("mPa s"))
AIR_HEAT = 1006.0 * unit("J/(kg K)")
AIR_GAS = 287.042 * unit("J/(kg K)")
# Standard atmosphere at the site's 100 m.
AIR_PRESSURE = 101.325 * unit.kPa * (1.0 - 2.25577e-5 * 100.0) ** 5.2559

# The rack: HPE QuickSpecs (power), Lenovo LP2357 (capture, curve, read for water at 40 °C), PICV set to
# 125 L/min. Racks and network cabinets of one row, and of the pod.
RACK, CAPTURE, RACKS, ROWS = 132.0 * unit.kW, 0.90, 8, 2
NETWORK = 19.0 * unit.kW
AIRFLOW, NETWORK_AIRFLOW = 0.87 * unit("m^3/s"), 1.33 * unit("m^3/s")
PICV = 125.0 * unit("L/min")
CURVE = [(59.0, 15.9), (71.0, 22.1), (89.0, 33.8), (119.0, 58.6), (177.0, 126.9)]
CURVE_DENSITY, CURVE_VISCOSITY = 992.2 * unit("kg/m^3"), 0.653 * unit("mPa s")
# Set-points: coolant to the racks, facility water to the CDUs, outside air plus recirculation, room air.
TCS_SUPPLY, FWS_SUPPLY, OUTSIDE, ROOM = 40.0, 36.0, 28.0 + 2.0, 24.0
# The CDU (Vertiv SL-71309): 1,368 kW at 4 K and equal rates; two of them, 135 kPa held across the rows.
CDU_UA, CDU_FLOW, CDUS = 1368.0 * unit.kW / (4.0 * unit.K), 1200.0 * unit("L/min"), 2
PUMP_RATED = (250.0 + 100.0) * unit.kPa * CDU_FLOW / (13.7 * unit.kW)
# Dry cooler: UA at 500 L/min and full fans; a third of its resistance is the fluid's film.
COOLER_UA, COOLER_FLOW, COOLER_AIR = 91.0 * unit("kW/K"), 500.0 * unit("L/min"), 35.6 * unit("m^3/s")
COOLERS, COOLER_FANS = 3, 15.0 * unit.kW
# Power: 415 V, power factor 0.98, four cords of each feed to a rack.
VOLTAGE, POWER_FACTOR, CORDS = 415.0 * unit.V, 0.98, 4


def at(table: Table, column: tuple[int, Quantity], celsius: float) -> Quantity:
    """Return a property by straight line between the two rows of the table around a temperature."""
    index, measure = column
    below, above = next((a, b) for a, b in pairwise(table) if celsius <= b[0])
    share = (celsius - below[0]) / (above[0] - below[0])
    return (below[index] + share * (above[index] - below[index])) * measure


def root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function crosses zero, by halving."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if excess(middle) < 0.0 else (low, middle)
    return 0.5 * (low + high)


def rise(table: Table, heat: Quantity, flow: Quantity, inlet: float) -> float:
    """Return by how many kelvin a mass flow warms that takes up a heat, at the heat capacity of its mean."""
    found = 0.0
    for _ in range(8):
        found = (heat / (flow * at(table, HEAT, inlet + 0.5 * found))).m_as("K")
    return found


def film(flow_ratio: float, exponent: float) -> float:
    """Return the resistance of a film over that at its rated flow."""
    return flow_ratio**-exponent


def counterflow(ntu: float, ratio: float) -> float:
    """Return the effectiveness of a counterflow exchanger (Incropera, 7th ed., eq. 11.29a)."""
    decay = math.exp(-ntu * (1.0 - ratio))
    return (1.0 - decay) / (1.0 - ratio * decay)


def crossflow(ntu: float, ratio: float) -> float:
    """Return the effectiveness of a crossflow exchanger, both streams unmixed (Mason's series)."""
    n, m = ntu, ntu * ratio

    def tail(x: float, k: int) -> float:
        return 1.0 - math.exp(-x) * sum(x**j / math.factorial(j) for j in range(k + 1))

    return sum(tail(n, k) * tail(m, k) for k in range(60)) / m


def rack() -> dict[str, Quantity]:
    """Return the rack's heat, flow, rise and pressure drop."""
    liquid = CAPTURE * RACK
    back = TCS_SUPPLY + 14.0
    for _ in range(8):  # the valve stands in the return and meters what is warm
        mass = PICV * at(PG25, DENSITY, back)
        back = TCS_SUPPLY + rise(PG25, liquid, mass, TCS_SUPPLY)
    mean = 0.5 * (TCS_SUPPLY + back)
    flow = mass / at(PG25, DENSITY, mean)
    # Least squares of a·Q + b·Q² on the published points.
    q2, q3, q4 = (sum(q**n for q, _ in CURVE) for n in (2, 3, 4))
    d1, d2 = sum(q * d for q, d in CURVE), sum(q**2 * d for q, d in CURVE)
    a = (d1 * q4 - d2 * q3) / (q2 * q4 - q3**2) * unit("kPa/(L/min)")
    b = (d2 * q2 - d1 * q3) / (q2 * q4 - q3**2) * unit("kPa/(L/min)^2")
    # Laminar part by viscosity, turbulent part by density and the fourth root of kinematic viscosity.
    thick = (at(PG25, VISCOSITY, mean) / CURVE_VISCOSITY).m_as("")
    dense = (at(PG25, DENSITY, mean) / CURVE_DENSITY).m_as("")
    drop = a * thick * flow + b * dense**0.75 * thick**0.25 * flow**2
    air = RACK - liquid
    warm = 13.0
    for _ in range(8):
        density = AIR_PRESSURE / (AIR_GAS * (ROOM + 0.5 * warm + 273.15) * unit.K)
        warm = (air / (AIRFLOW * density * AIR_HEAT)).m_as("K")
    return {
        "rack: heat into the coolant": liquid.to("kW"),
        "rack: heat into the air": air.to("kW"),
        "rack: coolant flow at its mean temperature": flow.to("L/min"),
        "rack: rise of the coolant": (back - TCS_SUPPLY) * unit.K,
        "rack: pressure drop": drop.to("kPa"),
        "rack: rise of the air": warm * unit.K,
        "mass": mass,
        "back": back * unit.K,
        "liquid": liquid,
    }


def cdu(of: dict[str, Quantity]) -> dict[str, Quantity]:
    """Return the duty of one of two CDUs, and the facility water that carries it."""
    racks, back = RACKS // CDUS, of["back"].m
    volume = racks * of["mass"] / at(PG25, DENSITY, back)
    # 135 kPa held; two DN100 lines of three dynamic heads at 0.9 m/s; own exchanger and filter 100 kPa.
    pipes = 2 * 3 * 0.5 * at(PG25, DENSITY, 47.0) * (0.9 * unit("m/s")) ** 2
    lift = 135.0 * unit.kPa + pipes + 100.0 * unit.kPa * (volume / CDU_FLOW) ** 2
    pump = (volume * lift / PUMP_RATED).to("kW")
    heat = racks * of["liquid"] + 0.9 * pump
    warm = racks * of["mass"]
    hot = TCS_SUPPLY + rise(PG25, heat, warm, TCS_SUPPLY)
    hot_rate = warm * at(PG25, HEAT, hot)
    hot_ratio = (warm / (at(PG25, DENSITY, hot) * CDU_FLOW)).m_as("")

    def effectiveness(flow: float) -> tuple[float, Quantity]:
        cold = flow * unit("kg/s")
        cold_rate = cold * at(PG30, HEAT, FWS_SUPPLY)
        cold_ratio = (cold / (at(PG30, DENSITY, FWS_SUPPLY) * CDU_FLOW)).m_as("")
        ua = CDU_UA / (0.5 * film(hot_ratio, 0.8) + 0.5 * film(cold_ratio, 0.8))
        least, most = sorted((hot_rate, cold_rate))
        return counterflow((ua / least).m_as(""), (least / most).m_as("")), least

    def excess(flow: float) -> float:
        share, least = effectiveness(flow)
        return float((share * least * (hot - FWS_SUPPLY) * unit.K / heat).m_as("")) - 1.0

    cold = root(excess, 6.0, 20.0) * unit("kg/s")
    gain = rise(PG30, heat, cold, FWS_SUPPLY)
    return {
        "CDU: heat": heat.to("kW"),
        "CDU: approach": (TCS_SUPPLY - FWS_SUPPLY) * unit.K,
        "CDU: effectiveness": effectiveness(cold.m)[0] * unit(""),
        "CDU: facility-water flow": (cold / at(PG30, DENSITY, FWS_SUPPLY + 0.5 * gain)).to("L/min"),
        "CDU: rise of the facility water": gain * unit.K,
        "cold": cold,
        "pump": pump,
    }


def power() -> dict[str, Quantity]:
    """Return the currents of a row's busway and of a rack's cord, at nominal voltage."""
    row = RACKS / ROWS * RACK + NETWORK
    ampere = math.sqrt(3.0) * VOLTAGE * POWER_FACTOR
    return {
        "busway: current, both feeds": (row / 2 / ampere).to("A"),
        "busway: current, one feed": (row / ampere).to("A"),
        "whip: current of a cord, both feeds": (RACK / 2 / CORDS / ampere).to("A"),
        "whip: current of a cord, one feed": (RACK / CORDS / ampere).to("A"),
    }


def cooler(of: dict[str, Quantity]) -> dict[str, Quantity]:
    """Return the duty of one of three dry coolers and the fan speed that holds 36 °C."""
    total = CDUS * of["cold"]
    volume = (total / at(PG30, DENSITY, 52.0)).to("L/min")
    # 110 kPa held across the CDUs, the coolers' own drop, and some 17 kPa of DN125 pipes.
    lift = (110.0 + 60.0 * (volume / COOLERS / COOLER_FLOW).m_as("") ** 2 + 17.0) * unit.kPa
    pump = volume * lift / (220.0 * unit.kPa * 1000.0 * unit("L/min") / (7.5 * unit.kW))
    heat = (CDUS * of["CDU: heat"] + 0.8 * pump) / COOLERS
    mass = total / COOLERS
    inlet = FWS_SUPPLY + rise(PG30, heat, mass, FWS_SUPPLY)
    rate = mass * at(PG30, HEAT, inlet)
    wanted = rate * (inlet - FWS_SUPPLY) * unit.K
    density = AIR_PRESSURE / (AIR_GAS * (OUTSIDE + 273.15) * unit.K)
    air = COOLER_AIR * density * AIR_HEAT
    ratio = (mass / at(PG30, DENSITY, inlet) / COOLER_FLOW).m_as("")

    def excess(speed: float) -> float:
        ua = COOLER_UA / (film(ratio, 0.85) / 3.0 + 2.0 * film(speed, 0.8) / 3.0)
        least, most = sorted((rate, air * speed))
        moved = crossflow((ua / least).m_as(""), (least / most).m_as("")) * least
        return float((moved * (inlet - OUTSIDE) * unit.K / wanted).m_as("")) - 1.0

    return {
        "dry cooler: heat": heat.to("kW"),
        "dry cooler: rise of the facility water": (inlet - FWS_SUPPLY) * unit.K,
        "dry cooler: fan speed": root(excess, 0.05, 1.0) * unit(""),
        "pump": pump.to("kW"),
    }


def ups_loss(load: float) -> float:
    """Return the loss over rating, by the parabola through 96, 97 and 97 % at 25, 50 and 75 % load."""
    l1, l2, l3 = (x * (1.0 / y - 1.0) for x, y in ((0.25, 0.96), (0.50, 0.97), (0.75, 0.97)))
    step = (load - 0.25) / 0.25
    return l1 + step * (l2 - l1) + 0.5 * step * (step - 1.0) * (l3 - 2.0 * l2 + l1)


def pod(cdus: dict[str, Quantity], coolers: dict[str, Quantity]) -> dict[str, Quantity]:
    """Return what the pod draws, and the design-point ratio: total over IT power."""
    it = RACKS * RACK + ROWS * NETWORK
    speed = coolers["dry cooler: fan speed"].m
    # EC fans keep 4 % at any speed and follow its power of 2.7; fan walls follow the fan law.
    outside = COOLERS * COOLER_FANS * (0.04 + 0.96 * speed**2.7)
    moved = (RACKS * AIRFLOW + ROWS * NETWORK_AIRFLOW) / (13.7 * unit("m^3/s"))
    inside = 13.5 * unit.kW * (moved.m_as("") ** 3 + 0.4**3)
    rating = 2 * 1500.0 * unit.kW
    ups = rating * ups_loss(((it + inside + CDUS * cdus["pump"]) / rating).m_as(""))
    # From the secondaries to the racks some 0.2 % of the voltage is lost, and so of the power.
    lines = 0.002 * it
    house = 10.0 * unit.kW
    warm = RACKS * (1.0 - CAPTURE) * RACK + ROWS * NETWORK + inside + ups + lines + house
    # Chilled water: 14 K, 80 kPa held, the chiller's 50 kPa at 307 L/min, pipes 10 kPa; 50 % of 1.5 kW.
    water = (warm / (998.0 * unit("kg/m^3") * 4186.0 * unit("J/(kg K)") * 14.0 * unit.K)).to("L/min")
    lift = (90.0 + 50.0 * (water.m / 307.0) ** 2) * unit.kPa
    pumps = CDUS * cdus["pump"] + coolers["pump"] + water * lift / 0.5
    chiller = warm / 4.3
    below = it + outside + inside + ups + lines + house + pumps + chiller
    # Two transformers of 2,000 kVA: 1,305 W at no load each, 15 kW at rated current.
    share = (below / (0.98 * 4000.0 * unit.kW)).m_as("")
    total = below + 2 * (1.305 + 15.0 * share**2) * unit.kW
    return {
        "pod: IT power": it.to("kW"),
        "pod: power drawn": total.to("kW"),
        "pod: design-point ratio": (total / it).to(""),
    }


def results() -> dict[str, Quantity]:
    """Return every result by its name, in the order of the chain."""
    one = rack()
    two = cdu(one)
    three = cooler(two)
    found = one | two | power() | three | pod(two, three)
    return {name: value for name, value in found.items() if ":" in name}


if __name__ == "__main__":
    for name, value in results().items():
        print(f"{name:45} {value:.4g~P}")
