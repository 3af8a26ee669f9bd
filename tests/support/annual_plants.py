"""Plants of the annual cases as stages, and their year hour by hour: what EnergyPlus ran, as our network."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from tests.data.sites import HEAD, indent, placed, port, port_name, value
from twin.components import declare_all
from twin.interop.climate import read_climate
from twin.laws import water
from twin.laws.chiller_curves import curve_index
from twin.laws.rejection import chiller_capacity, chiller_power
from twin.model.component import kinds
from twin.model.element import Load
from twin.model.facility import Facility
from twin.model.network import lay_out
from twin.solve.couple import Solution
from twin.solve.tower import towers
from twin.stage.declared import api_name, attribute_name
from twin.states import settle
from twin.studies.year import read_for_year
from twin.units import from_si

ZERO_K = 273.15
# Two stand for all: the case has one load.
RACKS = 2
# EnergyPlus draws its four steps of an hour between the row before and the row itself.
BEFORE = 0.375
VOLTS = 10e3
CURVE_SET = "trane_cvhf_2317"
BOX = "float3[] extentsHint = [(-2, -2, 0), (9, 2, 4)]\n"


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnualCase:
    """A plant that EnergyPlus ran for a year.

    Attributes:
        name: Of the case.
        spec: What is built, as the case says.
        expected: What EnergyPlus found, as the case says.
        epw: Its weather file.
    """

    name: str
    spec: dict
    expected: dict
    epw: Path

    @cached_property
    def load_ratio(self):
        """Return the load of every hour over its peak, shape (hour,)."""
        return np.tile(self.spec["IT_profile"], 365)


def case_of(cases: Path, name: str) -> AnnualCase:
    """Return a case of the published ones."""
    told = json.loads((cases / "annual" / f"{name}.expected.json").read_text(encoding="utf-8"))
    return AnnualCase(name=name, spec=told["spec"], expected=told, epw=cases / "weather" / told["weather"])


# ------------------------------------------------------------------------------------------- what is built


def thing(kind: str, name: str, at: tuple[float, float, float], **numbers) -> str:
    """Return a prim of a kind with all its ports; numbers in SI, words and lists of points as they are."""
    cls, lines = kinds()[kind], []
    for param in cls.params:
        if param.name in numbers:
            lines.append(_line(kind, param, numbers.pop(param.name)))
        elif param.required:
            lines.append(value(kind, param))
    assert not numbers, numbers
    many = {"utility": RACKS + 4}.get(kind, 1)
    ports = "".join(port(kind, p, i) for p in cls.ports if not p.end for i in range(many if p.many else 1))
    inside = "\n".join([*lines, *placed(at)]) + f'\ndef Scope "ConnectionPoints"\n{{\n{indent(ports, 1)}}}\n'
    inside = (BOX if kind == "room" else "") + inside
    return (
        f'def Xform "{name}" (\n    prepend apiSchemas = ["{api_name(kind)}"]\n)\n{{\n{indent(inside, 1)}}}\n'
    )


def _line(kind, param, given):
    name = attribute_name(kind, param.attribute)
    if param.form == "token":
        return f'token {name} = "{given}"'
    if param.form == "curve":
        points = (
            (from_si(x, param.x_unit, param.x_name), from_si(y, param.unit, param.name)) for x, y in given
        )
        return f"double2[] {name} = [{', '.join(f'({float(x):.9g}, {float(y):.9g})' for x, y in points)}]"
    return f"double {name} = {float(from_si(given, param.unit, param.name)):.12g}"


def joined(kind: str, name: str, start: str, end: str, **numbers) -> str:
    """Return a connection between two ports, given as ``prim kind port number``."""
    ends = []
    for end_ in (start, end):
        prim, what, port_, number = (*end_.split(), "0")[:4]
        ends.append(f"/World/Plant/{prim}/ConnectionPoints/{port_name(what, port_, int(number))}")
    cls = kinds()[kind]
    lines = [
        _line(kind, p, numbers[p.name]) if p.name in numbers else value(kind, p)
        for p in cls.params if p.required or p.name in numbers
    ]  # fmt: skip
    lines += [
        f"rel twin:connection:from = <{ends[0]}>", f"rel twin:connection:to = <{ends[1]}>",
        'uniform token type = "linear"', "int[] curveVertexCounts = [2]",
        "point3f[] points = [(0, 0, 0), (1, 0, 0)]",
    ]  # fmt: skip
    head = f'def BasisCurves "{name}" (\n    prepend apiSchemas = ["{api_name(kind)}"]\n)\n'
    return head + "{\n" + indent("\n".join(lines) + "\n", 1) + "}\n"


def parabola(flow_m3_s: float, rise_pa: float) -> list[tuple[float, float]]:
    """Return points of a pump that gives a rise at a flow, and 1.3 times that at none."""
    return [(flow_m3_s * r, rise_pa * (1.3 - 0.3 * r * r)) for r in (0.2, 0.6, 1.0)]


def pump(name: str, at, *, flow_m3_s: float, rise_pa: float, power_w: float) -> str:
    """Return a pump whose motor of 90 % stands in the open: shaft power warms the water."""
    return thing(
        "pump", name, at, rated_flow_m3_s=flow_m3_s, curve_pa=parabola(flow_m3_s, rise_pa),
        rated_power_w=power_w, heat_to_fluid_ratio=0.9, power_factor_ratio=0.9,
    )  # fmt: skip


def racks(peak_w: float, flow_m3_s: float, drop_pa: float, mean_k: float) -> list[str]:
    """Return racks that give all their heat to their water, of a drop at a temperature."""
    each, at = flow_m3_s / RACKS, np.array(mean_k)
    return [
        thing(
            "rack", f"Rack_{i}", (1.0 * i, 0.0, 0.0), it_power_w=peak_w / RACKS, heat_capture_ratio=1.0,
            heat_capture_low_ratio=1.0, airflow_m3_s=0.1, power_factor_ratio=1.0,
            pressure_curve_pa=[(each * r, drop_pa * r * r) for r in (0.25, 0.5, 1.0)],
            curve_density_kg_m3=float(water.density(at)),
            curve_viscosity_pa_s=float(water.viscosity(at)),
            required_flow_m3_s=[(ZERO_K + t, 0.01 * each) for t in (5.0, 60.0)],
        )
        for i in range(RACKS)
    ]  # fmt: skip


def tower(spec: dict, flow_m3_s: float, air_m3_s: float, set_c: float, drop_pa: float) -> str:
    """Return the tower of a case."""
    return thing(
        "cooling_tower", "Tower", (60.0, 0.0, 0.0), law="york_calc",
        design_wet_bulb_k=spec["design_wb"] + ZERO_K, design_range_dk=spec["range"],
        design_approach_dk=spec["approach"], reference_flow_m3_s=flow_m3_s,
        airflow_m3_s=air_m3_s, fan_power_w=spec["fan_W"], fan_least_ratio=spec["min_air"],
        still_ratio=spec["free_conv"], leaving_set_k=set_c + ZERO_K, cycles_ratio=3.0, drift_ratio=8e-5,
        drop_pa=drop_pa, power_factor_ratio=0.9,
    )  # fmt: skip


def room() -> str:
    """Return the room that the racks stand in; only their whips warm it."""
    return thing("room", "Room", (0.0, 0.0, 0.0), use="white", wall_conductance_w_k=500.0)


def vessel(name: str, at) -> str:
    """Return what holds the pressure of a loop of water."""
    return thing(
        "expansion_vessel", name, at, fluid="water", glycol_mass_ratio=0.0, fill_pressure_pag=2e5,
        fill_temperature_k=293.15,
    )  # fmt: skip


def loop(*ends: str) -> list[str]:
    """Return wide pipes from each outlet to the next inlet, given in turn."""
    return [
        joined("pipe", f"Pipe_{a.split()[0]}_{b.split()[0]}_{i}", a, b, inner_diameter_m=0.8)
        for i, (a, b) in enumerate(zip(ends[::2], ends[1::2], strict=True))
    ]


def fed(*names: str) -> list[str]:
    """Return a whip to each consumer, given as ``prim kind``."""
    return [
        joined(
            "whip", f"Whip_{i}", f"Utility utility feeders {i}", f"{name} power", section_m2=240e-6,
            count=8, breaker_rating_a=400.0,
        )
        for i, name in enumerate(names)
    ]  # fmt: skip


def shared(elevation_m: float) -> str:
    """Return the site and its supply; the design day is that of the tower's rating."""
    return thing(
        "site", "Site", (0.0, 0.0, 0.0), elevation_m=elevation_m, dry_bulb_k=308.15, wet_bulb_k=298.15,
        dew_point_k=288.15, minimum_k=243.15, recirculation_dk=0.0, frequency_hz=60.0,
    )  # fmt: skip


def rating(data: dict) -> tuple[float, float]:
    """Return heat and power of a chiller at its reference point by its own curves, which are not quite 1.

    EnergyPlus multiplies a nameplate by the curves; ours meets what it is told of its rating exactly.
    """
    at_ = [np.array([[data[name] + ZERO_K]]) for name in ("tev", "tco")]
    curve = np.array([[curve_index(CURVE_SET)]])
    cap, cop = np.array([[data["cap"]]]), np.array([[data["cop"]]])
    heat = chiller_capacity(cap, *at_, curve)
    return heat.item(), chiller_power(heat, cap, cop, *at_, curve).item()


def chilled(spec: dict, air_m3_s: float) -> list[str]:
    """Return racks on chilled water, a chiller, its tower."""
    data, cold, warm = spec["chiller_data"], spec["chw_flow_max"], spec["cw_flow"]
    rated_w, drawn_w = rating(data)
    return [
        *racks(spec["peak_W"], cold, 80e3, spec["chw_setpoint_C"] + 3.0 + ZERO_K),
        thing(
            "water_cooled_chiller", "Chiller", (30.0, 0.0, 0.0), capacity_w=rated_w,
            cop_ratio=rated_w / drawn_w,
            rating_leaving_k=data["tev"] + ZERO_K, rating_entering_k=data["tco"] + ZERO_K,
            curve_set=CURVE_SET, leaving_set_k=spec["chw_setpoint_C"] + ZERO_K,
            reference_flow_m3_s=cold, drop_pa=100e3, condenser_flow_m3_s=warm, condenser_drop_pa=80e3,
            power_factor_ratio=0.9,
        ),
        tower(spec["tower"], warm, air_m3_s, spec["cw_setpoint_C"], 70e3),
        pump("CHWP", (20.0, 0.0, 0.0), flow_m3_s=cold, rise_pa=180e3, power_w=spec["pump_W"]["CHWP"]),
        pump("CWP", (50.0, 0.0, 0.0), flow_m3_s=warm, rise_pa=150e3, power_w=spec["pump_W"]["CWP"]),
        *meeting(),
        *loop(
            *around("CHWP", "Chiller water_cooled_chiller inlet", "Chiller water_cooled_chiller outlet"),
            *outdoors("CWP", "Chiller water_cooled_chiller condenser_inlet",
                      "Chiller water_cooled_chiller condenser_outlet"),
        ),
        *fed("Chiller water_cooled_chiller", *CONSUMERS, "CHWP pump", "CWP pump"),
    ]  # fmt: skip


CONSUMERS = ("Tower cooling_tower", *(f"Rack_{i} rack" for i in range(RACKS)))


def around(pump_: str, inlet: str, outlet: str) -> list[str]:
    """Return the ends that join racks, pump, vessel and the cooled side of a plant, pair by pair."""
    supply, back = "Supply junction joint", "Return junction joint"
    each = [
        end for i in range(RACKS) for end in (supply, f"Rack_{i} rack supply", f"Rack_{i} rack return_", back)
    ]
    return [
        *each, back, f"{pump_} pump inlet", f"{pump_} pump outlet", inlet, outlet, supply,
        "Cold expansion_vessel loop", back,
    ]  # fmt: skip


def outdoors(pump_: str, inlet: str, outlet: str) -> list[str]:
    """Return the ends that join the warm side of a plant, pump, vessel and tower, pair by pair."""
    back = "Warm_return junction joint"
    return [
        outlet, back, back, f"{pump_} pump inlet", f"{pump_} pump outlet", "Tower cooling_tower inlet",
        "Tower cooling_tower outlet", inlet, "Warm expansion_vessel loop", back,
    ]  # fmt: skip


def meeting() -> list[str]:
    """Return vessels, and the points where more than two pipes meet."""
    return [
        vessel("Cold", (15.0, 0.0, 0.0)), vessel("Warm", (45.0, 0.0, 0.0)),
        *(thing("junction", name, (10.0 + i, 0.0, 0.0))
          for i, name in enumerate(("Supply", "Return", "Warm_return"))),
    ]  # fmt: skip


def warm_water(spec: dict, air_m3_s: float) -> list[str]:
    """Return racks on an exchanger, and its tower."""
    flow, given = spec["flow_max"], spec["HX"]
    return [
        *racks(spec["peak_W"], flow, 100e3, spec["facility_setpoint_C"] + 4.0 + ZERO_K),
        thing(
            "plate_exchanger", "Exchanger", (30.0, 0.0, 0.0), ua_w_k=given["UA_W_K"], hot_flow_m3_s=flow,
            cold_flow_m3_s=given["flow"], hot_drop_pa=100e3, cold_drop_pa=75e3,
        ),
        tower(spec["tower"], given["flow"], air_m3_s, spec["tower_setpoint_C"], 75e3),
        pump("FWP", (20.0, 0.0, 0.0), flow_m3_s=flow, rise_pa=200e3, power_w=spec["pump_W"]["FWP"]),
        pump("TWP", (50.0, 0.0, 0.0), flow_m3_s=given["flow"], rise_pa=150e3, power_w=spec["pump_W"]["TWP"]),
        *meeting(),
        *loop(
            *around("FWP", "Exchanger plate_exchanger hot_inlet", "Exchanger plate_exchanger hot_outlet"),
            *outdoors("TWP", "Exchanger plate_exchanger cold_inlet", "Exchanger plate_exchanger cold_outlet"),
        ),
        *fed(*CONSUMERS, "FWP pump", "TWP pump"),
    ]  # fmt: skip


# Builder, airflow of the tower at full speed [m3/s] (in the input of EnergyPlus only), the pump whose speed
# follows the load.
PLANTS = {"plant_chiller_phoenix": (chilled, 55.0, "CHWP"), "plant_warm_intlfalls": (warm_water, 40.0, "FWP")}


def written(case: AnnualCase, folder: Path, elevation_m: float) -> Path:
    """Write the stage of a case and return its folder."""
    declare_all()
    build, air_m3_s, _ = PLANTS[case.name]
    utility = thing("utility", "Utility", (80.0, 0.0, 0.0), voltage_v=VOLTS, short_circuit_power_va=500e6)
    inside = "".join([room(), utility, *build(case.spec, air_m3_s)])
    text = HEAD.format(root="World", more="") + 'def Xform "World" (\n    kind = "assembly"\n)\n{\n'
    text += indent(shared(elevation_m), 1)
    text += f'    def Xform "Plant"\n    {{\n{indent(inside, 2)}    }}\n}}\n'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.usda").write_text(text, encoding="utf-8")
    return folder


# --------------------------------------------------------------------------------------- a year of it


def weather_of(case: AnnualCase):
    """Return dry bulb and wet bulb of every hour [K], shape (2, hour), and the height of the station [m].

    Each is the mean of the four steps that EnergyPlus draws between two rows of the file.
    """
    read = read_climate(str(case.epw))
    found = np.stack([read.dry_bulb_k, read.wet_bulb_k])
    return BEFORE * np.roll(found, 1, axis=1) + (1.0 - BEFORE) * found, read.elevation_m


@dataclass(frozen=True, kw_only=True, eq=False)
class Hours:
    """What a plant does in every state, shape (state,) each.

    Attributes:
        power_w: Electric power of each consumer, by the name of its prim.
        make_up_kg_s: Water that the tower takes.
        condenser_k: Water that leaves the tower for condenser or exchanger.
        residual_ratio: Gap of the energy balance over the power that comes in.
    """

    power_w: dict
    make_up_kg_s: np.ndarray
    condenser_k: np.ndarray
    residual_ratio: np.ndarray

    def of(self, *names: str):
        """Return the power of some consumers together [W]."""
        return sum(watts for name, watts in self.power_w.items() if name.startswith(names))


def built(case: AnnualCase, folder: Path):
    """Return a plant read from a stage written for it, and every state of its year, shape (3, hour)."""
    outdoors, elevation_m = weather_of(case)
    facility = read_for_year(str(written(case, folder, elevation_m)))
    return facility, np.vstack([outdoors, case.load_ratio])


def solved(case: AnnualCase, facility: Facility, state) -> Hours:
    """Return the steady state of every hour, each solved for itself, all side by side."""
    here = at(case, facility, state)
    solution, closed = settle(lay_out(here))
    water_kg_s, condenser_k = water_of(solution)
    return Hours(
        power_w=dict(drawn(here, solution)), make_up_kg_s=water_kg_s, condenser_k=condenser_k,
        residual_ratio=closed.energy_ratio,
    )  # fmt: skip


def drawn(facility: Facility, solution: Solution):
    """Yield the name of every consumer with its power [W]."""
    for kind, block in solution.network.assembly.blocks:
        if isinstance(block, Load):
            span = solution.network.heat.load_rows[id(block)]
            for path, row in zip(facility.tables[kind].paths, range(span.start, span.stop), strict=True):
                yield path.rsplit("/", 1)[1], solution.consumer_w[row]


def water_of(solution: Solution):
    """Return the water that towers take [kg/s], and what they send to the plant [K]."""
    net = solution.network.heat
    (row,) = towers(net)
    return solution.water_kg_s[row], solution.heat.outlet_k[net.rejector[row]]


def at(case: AnnualCase, facility: Facility, state) -> Facility:
    """Return a plant with one variant per state: dry bulb, wet bulb [K] and load, shape (3, variant)."""
    follows = PLANTS[case.name][2]
    tables = facility.tables
    load, pumps, racks_ = state[2], tables["pump"], tables["rack"]
    speed = np.array([[path.endswith(f"/{follows}")] for path in pumps.paths])
    changed = {
        "site": {"dry_bulb_k": state[:1], "wet_bulb_k": state[1:2]},
        "rack": {"it_power_w": racks_.numbers["it_power_w"] * load},
        "pump": {"speed_ratio": np.where(speed, load, pumps.numbers["speed_ratio"])},
    }  # fmt: skip
    return replace(
        facility, cases=facility.cases[:1] * len(load),
        tables={**tables, **{
            kind: replace(tables[kind], numbers={**tables[kind].numbers, **columns})
            for kind, columns in changed.items()
        }},
    )  # fmt: skip
