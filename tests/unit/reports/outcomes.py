"""A run made by hand: two racks, one CDU, one pipe; normal operation and the CDU out. No stage, no solver."""

from types import SimpleNamespace
from unittest import mock

import numpy as np
import xarray as xr

from twin.checks.review import review
from twin.checks.rule import Measure, Rule
from twin.components import declare_all
from twin.model.binding import Ends
from twin.model.component import kinds
from twin.model.facility import Case, Facility, PortPoint, Ports, Table
from twin.model.finding import Fault
from twin.model.provenance import Opinion
from twin.reports.places import Places
from twin.reports.report import report_of

declare_all()

RACKS = ("/World/IT/Rack_01", "/World/IT/Rack_02")
CDU, PIPE, OUT = "/World/Cooling/CDU_A", "/World/Cooling/Pipe_1", "/World/Cases/CDU_A_out"
LAYER = "layers/it.usda"
OPINIONS = (
    Opinion(LAYER, RACKS[0], "", "given", "", "files/it.usda"),
    Opinion(LAYER, f"{RACKS[0]}.twin:rack:itPower", "kW", "datasheet", "LP2357", "files/it.usda"),
    Opinion(LAYER, f"{RACKS[1]}.twin:rack:itPower", "kW", "assumption", "", "files/it.usda"),
    Opinion("default", "twin:rack:powerFactor", "1", "assumption", "practice"),
)
HOT = Rule(
    id="CL012", severity="critical", title="Coolant leaves the rack hotter than it may", unit="degC",
    formula="Coolant temperature at the outlet of the rack", source="OCP MGX 1.1, 11", remedy="More flow.",
)  # fmt: skip
FLOW = Rule(
    id="CL020", severity="minor", title="Coolant flow falls short", unit="L/min",
    formula="Flow of the coolant", source="Table 27", remedy="Open the valve.",
)  # fmt: skip


def table(kind, paths, *, numbers=None, size=(0.6, 1.2, 2.3), at=None, **fields):
    count = len(paths)
    given = {
        "words": {p.name: ("",) * count for p in kinds()[kind].params if p.form in {"token", "text"}},
        "curves": {},
        "ends": {},
        "targets": {},
    } | fields
    return Table(
        kind=kind, paths=paths, numbers=numbers or {}, in_service=np.ones((count, 1), dtype=bool),
        position_m=np.array([[2.0 * i, 0.0, 0.0] for i in range(count)]) if at is None else np.array(at),
        size_m=np.tile(np.array(size, dtype=float), (count, 1)), angle_rad=np.zeros(count), **given,
    )  # fmt: skip


def facility():
    racks = table(
        "rack", RACKS,
        numbers={"it_power_w": np.array([[132e3], [120e3]]), "power_factor_ratio": np.full((2, 1), 0.98)},
        opinion={"it_power_w": np.array([1, 2]), "power_factor_ratio": np.array([3, 3])},
        located=np.array([0, 0]), asset=("GB300", "GB300"),
    )  # fmt: skip
    pipe = table(
        "pipe", (PIPE,), numbers={"inner_diameter_m": np.array([[0.1]])}, size=(0.0, 0.0, 0.0),
        route_m=(np.array([[0.0, 1.0, 3.0], [4.0, 1.0, 3.0]]),),
        ends={"a": Ends(part=np.array([0]), node=np.array([0]), offset_m=np.zeros(1))},
    )  # fmt: skip
    spec = PortPoint(
        path="ConnectionPoints/tcs_return", kind="cdu", part=0, port="tcs_return", domain="thermal",
        system="TCS", direction="return", values={}, words={},
    )  # fmt: skip
    ports = Ports(
        paths=(f"{CDU}/ConnectionPoints/tcs_return",), kind=("cdu",), part=np.array([0]),
        position_m=np.zeros((1, 3)), spec=np.array([0]), specs=(spec,),
    )  # fmt: skip
    out = Case(name="CDU_A_out", prim=OUT, out=(CDU,), text="CDU A is out")
    return Facility(
        layout="layouts/tiny",
        tables={
            "site": table("site", ("/World/Site",), size=(0.0, 0.0, 0.0)),
            "rack": racks,
            "cdu": table("cdu", (CDU,), at=[[0.0, 3.0, 0.0]]),
            "pipe": pipe,
        },
        ports=ports,
        cases=(Case(name="normal"), out),
        opinions=OPINIONS,
        inputs={
            "variants": {"/World:cooling": "liquid"},
            "overrides": {},
            "scenario": "",
            "layers": {LAYER: "00"},
        },
    )


def tree(return_c=((54.0, 53.0), (64.0, 58.0)), flow_l_min=((120.0, 118.0), (90.0, 118.0))):
    def held(values, unit):
        return xr.Variable(("variant", "rack"), np.array(values), {"units": unit, "long_name": "x"})

    rack = xr.Dataset(
        {
            "coolant_return_k": held(np.array(return_c) + 273.15, "K"),
            "coolant_flow_m3_s": held(np.array(flow_l_min) / 60e3, "m^3/s"),
            "air_inlet_k": held([[297.0, np.nan], [299.0, np.nan]], "K"),
            "it_power_w": held([[132e3, 120e3], [132e3, 120e3]], "W"),
        },
        coords={
            "variant": ["normal", "CDU_A_out"],
            "capture": ("variant", ["liquid", "liquid"]),
            "rack": list(RACKS),
            "kind": ("rack", ["rack", "rack"]),
        },
    )
    figures = {
        "it_power_w": (252e3, 252e3),
        "facility_power_w": (280e3, 281e3),
        "pue_design_ratio": (1.1111, 1.115),
        "tue_design_ratio": (1.12, np.nan),
        "liquid_heat_ratio": (np.nan, 0.9),
    }
    whole = xr.Dataset(
        {n: ("variant", np.array(v)) for n, v in figures.items()}, coords={"variant": ["normal", "CDU_A_out"]}
    )
    top = xr.Dataset(attrs={"schema": "1.0", "layout": "layouts/tiny"})
    return xr.DataTree.from_dict({"/": top, "/rack": rack, "/facility": whole})


def solved(case, name):
    return np.asarray(case.tree["rack"][name].values)


def measures(limit_c=60.0):
    def hot(case):
        yield Measure(
            kind="rack", value=solved(case, "coolant_return_k"),
            limit=np.array(limit_c + 273.15), side="most", name="coolant_return_k", inputs=("it_power_w",),
        )  # fmt: skip

    def flow(case):
        yield Measure(
            kind="rack", value=solved(case, "coolant_flow_m3_s"), limit=np.array(0.0019),
            side="least", name="coolant_flow_m3_s",
        )  # fmt: skip

    return {HOT.id: (HOT, hot), FLOW.id: (FLOW, flow)}


def outcome(limit_c=60.0, **results):
    built, solved = facility(), tree(**results)
    with mock.patch.dict("twin.checks.rule._rules", measures(limit_c), clear=True):
        findings, margins = review(built, solved)
    warning = Fault(
        code="ST014", prim=RACKS[0], attribute="twin:rack:itPower", where=f"{LAYER}:7", found="400 kW",
        expected="5 to 300 kW", severity="warning",
    )  # fmt: skip
    block = SimpleNamespace(role="coolant")
    return SimpleNamespace(
        facility=built, tree=solved, findings=findings, margins=margins, warnings=(warning,),
        balance=SimpleNamespace(energy_ratio=np.array([2e-12, 3e-12]), mass_ratio=1e-13, current_ratio=4e-12),
        solution=SimpleNamespace(
            network=SimpleNamespace(assembly=SimpleNamespace(blocks=(("rack", block),)))
        ),
        timings_s={"read": 0.12, "solve": 1.5},
    )  # fmt: skip


def places():
    lines = dict.fromkeys(RACKS, 7)
    return Places(
        OPINIONS, lambda file, spec: f"{file}:{lines.get(spec.partition('.')[0], 0) + ('.' in spec)}"
    )


def report(run=None, **options):
    return report_of(run or outcome(), places=places(), **options)
