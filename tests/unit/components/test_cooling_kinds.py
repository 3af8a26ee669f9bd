"""Cooling, air and space: what each kind expands into, without a stage and without a solver."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from twin.components.adiabatic_cooler import AdiabaticCooler
from twin.components.air_cooled_chiller import AirCooledChiller
from twin.components.air_rack import AirRack
from twin.components.aisle import Aisle
from twin.components.cdu import Cdu
from twin.components.contingency import Contingency
from twin.components.control import Control
from twin.components.cooling_tower import CoolingTower
from twin.components.crah import Crah
from twin.components.dry_cooler import DryCooler
from twin.components.expansion_vessel import ExpansionVessel
from twin.components.fan_wall import FanWall
from twin.components.hose import Hose
from twin.components.manifold import Manifold
from twin.components.picv import Picv
from twin.components.pipe import FITTINGS, Pipe
from twin.components.plate_exchanger import PlateExchanger
from twin.components.pump import Pump
from twin.components.rear_door import RearDoor
from twin.components.room import Room
from twin.components.site import SiteRecord
from twin.components.strainer import Strainer
from twin.components.tile import Tile
from twin.components.valve import HandValve
from twin.components.water_cooled_chiller import WaterCooledChiller
from twin.laws.chiller_curves import coefficients
from twin.laws.friction import darcy_drop
from twin.laws.psychrometrics import humidity_of_wet_bulb, wet_bulb
from twin.laws.rejection import eir_chiller
from twin.model.binding import Cells, Ends, Nodes, Site, Targets
from twin.model.component import Component
from twin.model.element import (
    Conductance,
    Controller,
    Exchanger,
    Fluid,
    Load,
    Machine,
    Mover,
    Path,
    Rejector,
    Release,
    Source,
    Valve,
    Zone,
)  # fmt: skip
from twin.units import to_si

EQUIPMENT = (
    AirRack, Cdu, Manifold, HandValve, Picv, Strainer, Pump, ExpansionVessel, RearDoor, Crah, FanWall, Tile,
    PlateExchanger, DryCooler, AirCooledChiller, WaterCooledChiller, CoolingTower, AdiabaticCooler,
)  # fmt: skip
CONNECTIONS = (Pipe, Hose)
ZONES = (Room, Aisle)
RECORDS = (SiteRecord, Control, Contingency)
KINDS = EQUIPMENT + CONNECTIONS + ZONES + RECORDS
DRAWN = [k for k in EQUIPMENT if any(p.domain == "electrical" for p in k.ports)]
NO_INDEX = np.zeros(0, dtype=np.intp)


def site() -> Site:
    def one(value: float) -> Any:
        return np.full((1, 1), value)

    return Site(
        dry_bulb_k=one(301.15), wet_bulb_k=one(294.15), dew_point_k=one(288.15), minimum_k=one(263.15),
        recirculation_dk=one(2.0), pressure_pa=one(101325.0), frequency_hz=one(50.0),
        high_capture=np.ones((1, 1), dtype=np.bool_),
        viscosity_ratio=np.ones((1, 1)),
    )  # fmt: skip


def sample(param: Any) -> float:
    """Return a value that a prim may have: the default, else the geometric middle of the hard range."""
    if param.default is not None:
        return float(param.default)
    low, high = param.hard
    middle = np.sqrt(low * high) if low and low > 0 and high > 0 else 0.5 * ((low or 0.0) + (high or 1.0))
    return float(to_si(middle, param.unit, param.name))


def make(kind: type[Component], parts: int = 2, **given: Any) -> Component:
    """Return a kind's component with plausible columns; what is given wins."""
    if kind is Control and "set_flow_m3_s" not in given:
        given.setdefault("set_pa", [30e3] * parts)
    if kind is Cdu:
        given.setdefault("ua_w_k", [3e5] * parts)
    fields: dict[str, Any] = {}
    for p in kind.params:
        if p.form == "number":
            number = sample(p) if p.required or p.default is not None else np.nan
            fields[p.name] = np.full((parts, 1), number)
        elif p.form == "curve" and not p.required and p.name.endswith("_k"):
            fields[p.name] = np.full((parts, 1, 2), np.nan)
        elif p.form == "curve":
            falling = [[0.0, 300e3], [0.01, 280e3], [0.02, 200e3]]
            fields[p.name] = np.tile(np.array(falling), (parts, 1, 1))
        else:
            fields[p.name] = ((str(p.default) if p.default else (p.tokens or ("text",))[0]),) * parts
    node = 0
    for port in kind.ports:
        if port.many:
            owner = np.repeat(np.arange(parts), 2)
            fields[port.name] = Ends(
                part=owner, node=np.arange(node, node + 2 * parts), offset_m=np.tile([0.3, 0.9], parts)
            )
            node += 2 * parts
        else:
            fields[port.name] = np.arange(node, node + parts)
            node += parts
    fields.setdefault("cells", Cells(part=NO_INDEX, node=NO_INDEX, length_m=np.zeros(0), around=NO_INDEX,
                                     above=NO_INDEX, below=NO_INDEX))  # fmt: skip
    for relation in kind.relations:
        owner = np.repeat(np.arange(parts), 2)
        fields[relation.name] = Targets(
            part=owner, node=np.arange(2 * parts), kind=("pump",) * 2 * parts, row=np.arange(2 * parts)
        )
    if kind.zone:
        fields["cells"] = cells_of(parts, 3, node)
        node += 3 * parts + parts
    defaults: dict[str, Any] = {
        "paths": tuple(f"/World/{kind.kind}_{i}" for i in range(parts)),
        "site": site(), "nodes": Nodes(1000, lambda n: f"port {n}"),
        "in_service": np.ones((parts, 1), dtype=np.bool_), "room": np.full(parts, 900),
        "position_m": np.zeros((parts, 3)), "size_m": np.tile([3.6, 1.5, 2.4], (parts, 1)),
    }  # fmt: skip
    columns = {name: np.array(value).reshape(parts, -1) if isinstance(value, list) else value
               for name, value in given.items()}  # fmt: skip
    return kind(**{**defaults, **fields, **columns})


def cells_of(parts: int, count: int, first: int, around: int = 900) -> Cells:
    part = np.repeat(np.arange(parts), count)
    return Cells(
        part=part, node=first + np.arange(parts * count), length_m=np.full(parts * count, 3.6 / count),
        around=np.full(parts * count, around), above=np.full(parts * count, 901),
        below=np.full(parts * count, 902),
    )  # fmt: skip


def blocks(component: Component, kind: type, role: str = "") -> Any:
    """Return the one block of a type, and of a role when several have that type."""
    (found,) = [b for b in component.elements() if isinstance(b, kind) and role in ("", b.role)]
    return found


def columns_of(block: Any) -> dict[str, np.ndarray]:
    names = [name for name in block.__dataclass_fields__ if isinstance(getattr(block, name), np.ndarray)]
    return {name: getattr(block, name) for name in names}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_no_two_parameters_share_a_name_on_the_stage(kind):
    names = [p.attribute for p in kind.params] + [r.name for r in kind.relations]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_number_says_what_it_is_and_where_its_default_comes_from(kind):
    for p in kind.params:
        assert p.doc.endswith("."), p.name
        if p.form == "number":
            assert None not in p.hard, p.name
        if p.form == "number" and p.default is not None:
            assert p.source, p.name


# Tables: as many columns as their kind has points, none for most.
POINTS = {"curve_m3_s", "curve_pa", "efficiency_m3_s", "efficiency_curve_ratio", "npsh_m3_s", "npsh_m",
          "extreme_m", "extreme_ratio"}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_column_has_one_row_per_element(kind):
    for block in make(kind).elements():
        rows = len(block.part)
        for name, values in columns_of(block).items():
            if name in {"node", "consumer", "priority", "weight_ratio"} and isinstance(block, Load):
                assert len(values) == len(block.node), (block.role, name)
            elif name in {"owner", "mover_part"}:
                assert len(values) == len(block.mover_kind), (block.role, name)
            else:
                assert len(values) in {1, rows}, (block.role, name)
                assert values.ndim == 1 or values.shape[1] == 1 or name in POINTS, (block.role, name)
        assert block.part.dtype.kind == "i"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_no_number_of_an_element_is_nan_but_what_may_be_left_out(kind):
    left_out = {"length_m", "volume_m3", "held_m3_s", "rated_power_w", "limit_m3_s", "hold_k", "ua_w_k",
                "reference_density_kg_m3", "reference_viscosity_pa_s", "reference_m3_s", "airflow_m3_s",
                "carnot_ratio", "wet_bulb_k", "design_wet_bulb_k", "cycles_ratio",
                "fan_power_w", "capacity_w", "cop_ratio", "stroke_s", "spin_energy_j", "keep_pag", "set_m3_s",
                "demand_w", "mix_k", *POINTS}  # fmt: skip
    for block in (
        make(kind, inner_diameter_m=[0.1, 0.1]).elements() if kind is Pipe else make(kind).elements()
    ):
        for name, values in columns_of(block).items():
            if values.dtype.kind == "f" and name not in left_out:
                assert np.isfinite(values).all(), (block.role, name)


@pytest.mark.parametrize("kind", EQUIPMENT + CONNECTIONS, ids=lambda k: k.kind)
def test_elements_join_every_port_and_nothing_foreign(kind):
    component = make(kind)
    own: set[int] = set()
    for p in (p for p in kind.ports if p.domain != "network"):
        value = getattr(component, p.name)
        own |= set(map(int, value.node if p.many else value))
    touched: set[int] = set()
    for block in component.elements():
        for name in ("a", "b", "node"):
            if hasattr(block, name):
                touched |= set(map(int, getattr(block, name)))
    assert own <= touched
    assert all(node in own or node >= 1000 for node in touched)


@pytest.mark.parametrize("kind", DRAWN, ids=lambda k: k.kind)
def test_every_watt_drawn_is_released(kind):
    made = list(make(kind).elements())
    loads = [b for b in made if isinstance(b, Load)]
    assert loads
    for load in loads:
        shares = [b for b in made if isinstance(b, Release) and b.load is load]
        total = sum(np.broadcast_to(b.share_ratio, (2, 1)) for b in shares)
        assert np.allclose(total, 1.0)
        assert all(b.path is None or b.path in made for b in shares)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.kind)
def test_every_output_names_an_element_of_its_kind(kind):
    component = make(kind, **({"flow_limit_m3_s": [0.002, 0.002]} if kind is Hose else {}))
    roles = {b.role for b in component.elements()}
    assert {o.role for o in kind.outputs} <= roles


@pytest.mark.parametrize("kind", [SiteRecord, Contingency], ids=lambda k: k.kind)
def test_a_record_has_no_physics(kind):
    assert list(make(kind).elements()) == []


def test_a_cdu_gives_at_its_terminals_the_curve_of_its_data_sheet():
    flow = np.array([[0.0], [0.01], [0.02]])
    cdu = make(Cdu, 1, reference_tcs_flow_m3_s=[0.02], tcs_drop_pa=[100e3], pump_power_w=[13.7e3])
    pumps, tcs = blocks(cdu, Mover), blocks(cdu, Path, "tcs")
    rise = pumps.shutoff_pa + pumps.linear_pa_s_m3 * flow + pumps.quadratic_pa_s2_m6 * flow**2
    outside = rise - tcs.quadratic_pa_s2_m6 * flow**2
    assert np.allclose(outside[:, 0], [300e3, 280e3, 200e3])
    assert pumps.check_valve
    assert np.allclose(pumps.efficiency, 0.02 * 300e3 / 13.7e3)


def rise_at(mover, flow):
    """Return the rise of a mover at full speed [Pa]."""
    return mover.shutoff_pa + mover.linear_pa_s_m3 * flow + mover.quadratic_pa_s2_m6 * flow**2


def test_with_one_of_two_pumps_out_a_cdu_gives_at_a_flow_what_both_give_at_twice_that():
    flow = np.array([[0.0, 0.004, 0.01]])
    given = {"reference_tcs_flow_m3_s": [0.02], "tcs_drop_pa": [100e3], "pump_power_w": [13.7e3]}
    both, one, none = (
        blocks(make(Cdu, 1, pump_count=[2.0], pumps_out_count=[out], **given), Mover)
        for out in (0.0, 1.0, 2.0)
    )
    assert np.allclose(rise_at(one, flow), rise_at(both, 2.0 * flow), rtol=1e-12)
    assert np.array_equal(one.efficiency, both.efficiency)
    assert float(one.rated_power_w[0, 0]) == 13.7e3 / 2.0
    assert one.in_service.all()
    assert not none.in_service.any()


def test_a_cdu_holds_what_leaves_by_the_valve_on_its_facility_water():
    cdu = make(Cdu, 1, tcs_supply_set_k=[313.15], fws_flow_max_m3_s=[0.02])
    made = list(cdu.elements())
    (exchanger,) = [b for b in made if isinstance(b, Exchanger)]
    (valve,) = [b for b in made if isinstance(b, Valve)]
    assert exchanger.valve is valve
    assert exchanger.hot.role == "tcs"
    assert np.array_equal(exchanger.hot.b, cdu.tcs_supply)
    assert np.array_equal(valve.a, cdu.fws_supply)
    assert float(exchanger.hold_k[0, 0]) == 313.15
    assert float(valve.limit_m3_s[0, 0]) == 0.02


def test_the_first_input_of_a_cdu_runs_and_the_second_takes_over_but_a_rack_shares():
    assert blocks(make(Cdu), Load).priority.tolist() == [0, 1, 0, 1]
    assert blocks(make(AirRack), Load).priority.tolist() == [0, 0, 0, 0]


def test_a_manifold_is_a_chain_in_the_order_of_its_taps():
    taps = Ends(part=np.array([0, 0, 0, 1]), node=np.array([10, 11, 12, 20]),
                offset_m=np.array([1.5, 0.3, 0.9, 0.4]))  # fmt: skip
    made = make(Manifold, 2, near=np.array([1, 2]), far=np.array([-1, 9]), taps=taps)
    header = blocks(made, Path)
    assert list(zip(header.a.tolist(), header.b.tolist(), strict=True)) == [
        (1, 11), (11, 12), (12, 10), (2, 20), (20, 9),
    ]  # fmt: skip
    assert np.allclose(header.length_m[:, 0], [0.3, 0.6, 0.6, 0.4, 3.2])
    assert header.part.tolist() == [0, 0, 0, 1, 1]


def test_a_hose_has_a_valve_only_where_a_flow_is_limited():
    hose = make(Hose, 2, flow_limit_m3_s=[np.nan, 0.002], length_m=[2.0, 2.0], inner_diameter_m=[0.04, 0.04],
                coupling_kv_m3_s=[23.7 / 3600.0, np.nan])  # fmt: skip
    made = list(hose.elements())
    (bore,) = [b for b in made if isinstance(b, Path)]
    (valve,) = [b for b in made if isinstance(b, Valve)]
    assert valve.part.tolist() == [1]
    assert bore.b[0] == hose.b[0]
    assert bore.b[1] == valve.a[0]
    assert valve.b[0] == hose.b[1]
    drop = float(bore.quadratic_pa_s2_m6[0, 0]) * (125.0 / 60e3) ** 2
    assert drop == pytest.approx(10e3, rel=0.01)
    assert float(bore.quadratic_pa_s2_m6[1, 0]) == 0.0


@pytest.mark.parametrize(("size", "schedule", "mm"), [("DN100", "10S", 108.20), ("DN400", "40", 381.00)])
def test_a_pipe_takes_its_bore_from_its_nominal_size(size, schedule, mm):
    pipe = blocks(make(Pipe, 1, size=(size,), schedule=(schedule,), length_m=[3.0]), Path)
    assert float(pipe.diameter_m[0, 0]) == pytest.approx(mm / 1000.0)


def test_a_pipe_adds_its_fittings_as_dynamic_heads():
    plain = make(Pipe, 1, size=("DN80",), schedule=("10S",), loss_ratio=[0.5], elbow_count=[0.0])
    bent = make(Pipe, 1, size=("DN80",), schedule=("10S",), loss_ratio=[0.5], elbow_count=[3.0])
    per_elbow = 0.091 * (1.0 + 4.0 * (82.80 / 25.4) ** -0.3)
    assert float(blocks(plain, Path).loss_ratio[0, 0]) == 0.5
    assert float(blocks(bent, Path).loss_ratio[0, 0]) == pytest.approx(0.5 + 3.0 * per_elbow)


# W. B. Hooper's and R. Darby's tables; Crane has no laminar part. Friction factor fT of 0.016 in 4 in pipe.
@pytest.mark.parametrize(
    ("method", "elbow", "laminar"), [("darby", 0.331, 800.0), ("hooper", 0.312, 800.0), ("crane", 0.326, 0.0)]
)
def test_a_pipe_takes_its_fittings_by_the_method_it_names(method, elbow, laminar):
    given = {"inner_diameter_m": [0.10226], "elbow_count": [2.0], "tee_run_count": [0.0]}
    rest = ("tee_branch_count", "elbow_45_count", "gate_valve_count", "ball_valve_count", "globe_valve_count")
    given |= {key: [0.0] for key in (*rest, "loss_ratio")}
    pipe = blocks(make(Pipe, 1, fitting_method=(method,), **given), Path)
    assert float(pipe.loss_ratio[0, 0]) == pytest.approx(2.0 * elbow, abs=2e-3)
    assert float(pipe.laminar_loss_ratio[0, 0]) == 2.0 * laminar


def test_pipes_of_three_methods_in_one_table_are_those_pipes_alone():
    methods = ("crane", "darby", "hooper")
    given = {"loss_ratio": 0.0, "inner_diameter_m": 0.08}
    given |= {name: 1.0 + i for i, name in enumerate(FITTINGS)}
    together = blocks(make(Pipe, 3, fitting_method=methods, **{k: [v] * 3 for k, v in given.items()}), Path)
    for row, method in enumerate(methods):
        alone = blocks(make(Pipe, 1, fitting_method=(method,), **{k: [v] for k, v in given.items()}), Path)
        np.testing.assert_array_equal(alone.loss_ratio[0], together.loss_ratio[row])
        np.testing.assert_array_equal(alone.laminar_loss_ratio[0], together.laminar_loss_ratio[row])


def test_a_tile_passes_what_the_hall_calculation_says():
    tile = blocks(make(Tile, 1, area_m2=[0.36], open_ratio=[0.56]), Path)
    speed = np.sqrt(2.0 * 12.5 / (1.19 * tile.loss_ratio))
    airflow = 0.25 * np.pi * tile.diameter_m**2 * speed
    assert float(airflow[0, 0]) == pytest.approx(0.61, abs=0.01)


@pytest.mark.parametrize("kind", [Crah, FanWall])
def test_an_air_handler_meets_its_rated_point(kind):
    unit = make(kind, 1, airflow_m3_s=[13.7], internal_drop_pa=[490.0], external_drop_pa=[100.0],
                fan_power_w=[13.5e3])  # fmt: skip
    made = list(unit.elements())
    (fan,) = [b for b in made if isinstance(b, Mover)]
    (air,) = [b for b in made if isinstance(b, Path) and b.role == "coil_air"]
    rise = fan.shutoff_pa + fan.quadratic_pa_s2_m6 * 13.7**2
    assert float(rise[0, 0]) == pytest.approx(590.0)
    assert float((rise - air.quadratic_pa_s2_m6 * 13.7**2)[0, 0]) == pytest.approx(100.0)
    assert float((rise * 13.7 / fan.efficiency)[0, 0]) == pytest.approx(13.5e3)
    assert np.array_equal(fan.a, unit.air_intake)
    assert np.array_equal(air.b, unit.air_discharge)


def test_the_coil_cools_what_the_fan_warmed():
    made = list(make(Crah, 1).elements())
    (exchanger,) = [b for b in made if isinstance(b, Exchanger)]
    (fan,) = [b for b in made if isinstance(b, Mover)]
    (release,) = [b for b in made if isinstance(b, Release)]
    assert release.path is fan
    assert np.array_equal(exchanger.hot.a, fan.b)
    assert exchanger.valve is not None


def test_a_rear_door_moves_a_constant_airflow():
    fan = blocks(make(RearDoor, 1, airflow_m3_s=[3.0]), Mover)
    assert float(fan.held_m3_s[0, 0]) == 3.0


def test_a_chiller_gives_at_its_rating_point_what_it_is_rated():
    made = make(AirCooledChiller, 1, capacity_w=[300e3], cop_ratio=[4.3], rating_leaving_k=[291.15],
                rating_entering_k=[303.15], curve_set=("screw",))  # fmt: skip
    rejector = blocks(made, Rejector)
    lift, effort, part = coefficients(rejector.curve[:, None])
    duty = eir_chiller(
        np.full((1, 1), 300e3), np.full((1, 1), 291.15), np.full((1, 1), 303.15),
        capacity_w=rejector.capacity_w, cop_ratio=rejector.cop_ratio, capacity_curve_ratio=lift,
        power_curve_ratio=effort, part_curve_ratio=part,
    )  # fmt: skip
    assert float(duty.available_w[0, 0]) == pytest.approx(300e3)
    assert float(duty.loading_ratio[0, 0]) == pytest.approx(1.0)
    assert 300e3 / float(duty.power_w[0, 0]) == pytest.approx(4.3)


def test_a_water_cooled_chiller_gives_heat_and_power_to_its_condenser():
    made = list(make(WaterCooledChiller, 1).elements())
    (rejector,) = [b for b in made if isinstance(b, Rejector)]
    (release,) = [b for b in made if isinstance(b, Release)]
    assert rejector.condenser is release.path


@pytest.mark.parametrize(("wet_from_c", "wetted"), [(40.0, False), (30.0, True), (25.0, True)])
def test_an_adiabatic_cooler_wets_its_pads_from_its_dry_bulb_on_and_never_cools_below_the_wet_bulb(
    wet_from_c, wetted
):
    given = {"saturation_ratio": [0.8], "pads_power_ratio": [0.1], "fan_power_w": [30e3]}
    made = blocks(make(AdiabaticCooler, 1, wet_from_k=[wet_from_c + 273.15], **given), Rejector)
    entering, taken = float(made.entering_k[0, 0]), float(made.humidified_kg_kg[0, 0])
    if not wetted:
        assert (entering, taken) == (pytest.approx(303.15), 0.0)
        return
    outside = humidity_of_wet_bulb(np.array(301.15), np.array(294.15), np.array(101325.0))
    wet = wet_bulb(np.array(303.15), outside, np.array(101325.0))
    assert entering == pytest.approx(303.15 - 0.8 * (303.15 - wet))
    # The air has lost the heat that the water took up.
    assert 1020.0 * (303.15 - entering) == pytest.approx(2.45e6 * taken, rel=0.02)
    assert float(made.fan_power_w[0, 0]) == pytest.approx(33e3)


def test_a_saturated_pad_cools_to_the_wet_bulb():
    made = blocks(make(AdiabaticCooler, 1, wet_from_k=[273.15], saturation_ratio=[1.0]), Rejector)
    outside = humidity_of_wet_bulb(np.array(301.15), np.array(294.15), np.array(101325.0))
    assert float(made.entering_k[0, 0]) == pytest.approx(
        float(wet_bulb(np.array(303.15), outside, np.array(101325.0)))
    )


@pytest.mark.parametrize("law", ["york_calc", "merkel"])
def test_a_cooling_tower_takes_the_wet_bulb_above_the_sites_and_is_calibrated_at_its_rating(law):
    rating = {"design_wet_bulb_k": [298.7], "design_range_dk": [5.56], "design_approach_dk": [3.89]}
    size = {"reference_flow_m3_s": [0.0515], "airflow_m3_s": [36.0]}
    made = blocks(make(CoolingTower, 1, law=(law,), **rating, **size), Rejector)
    assert float(made.wet_bulb_k[0, 0]) == pytest.approx(296.15)
    assert made.machine.tolist() == [{"york_calc": Machine.YORK_TOWER, "merkel": Machine.MERKEL_TOWER}[law]]
    assert float(made.calibration_ratio[0, 0]) == pytest.approx(1.0, abs=0.1)
    assert float(made.ua_w_k[0, 0]) > 5e4


def test_outside_machines_draw_air_above_the_dry_bulb_and_warm_no_room():
    made = list(make(DryCooler, 1).elements())
    (rejector,) = [b for b in made if isinstance(b, Rejector)]
    (release,) = [b for b in made if isinstance(b, Release)]
    assert np.allclose(rejector.entering_k, 303.15)
    assert release.room.tolist() == [-1]


def test_an_expansion_vessel_says_what_fills_its_loop():
    made = make(ExpansionVessel, 2, fluid=("water", "propylene_glycol"), glycol_mass_ratio=[0.3, 0.25])
    source = blocks(made, Source)
    assert source.fluid.tolist() == [int(Fluid.WATER), int(Fluid.PROPYLENE_GLYCOL)]
    assert source.mass_fraction[:, 0].tolist() == [0.0, 0.25]


def test_a_room_holds_the_reference_of_its_air_and_a_plenum_does_not():
    room = make(Room, 4, use=("white", "raised_floor", "plant", "electrical"),
                air_reference=("auto", "auto", "no", "yes"))  # fmt: skip
    assert blocks(room, Source).part.tolist() == [0, 3]
    assert blocks(room, Zone).volume_m3.sum() == pytest.approx(4 * 3.6 * 1.5 * 2.4)


def test_walls_and_gaps_exist_where_they_are_given():
    room = make(Room, 2, use=("white", "raised_floor"), wall_conductance_w_k=[120.0, np.nan],
                leakage_area_m2=[0.5, 0.2])  # fmt: skip
    made = list(room.elements())
    (walls,) = [b for b in made if isinstance(b, Conductance)]
    (gaps,) = [b for b in made if isinstance(b, Path)]
    assert walls.part.tolist() == [0, 0, 0]
    assert walls.conductance_w_k.sum() == pytest.approx(120.0)
    assert gaps.part.tolist() == [1, 1, 1]
    assert (0.25 * np.pi * gaps.diameter_m**2).sum() == pytest.approx(0.2)
    assert set(gaps.b.tolist()) == {901}


def test_an_open_aisle_meets_the_room_through_top_and_ends_and_a_contained_one_through_gaps():
    low = make(Aisle, 2, containment=("open", "hot"), leakage_ratio=[0.03, 0.03])
    cells = replace(low.cells, above=low.cells.around)
    aisle = make(Aisle, 2, containment=("open", "hot"), leakage_ratio=[0.03, 0.03], cells=cells)
    around = blocks(aisle, Path, "around")
    area = (0.25 * np.pi * around.diameter_m**2)[:, 0]
    roof, end = 1.2 * 1.5, 1.5 * 2.4
    assert np.allclose(area, [roof + end, roof, roof + end, *[0.03 * roof] * 3])
    along = blocks(aisle, Path, "along")
    assert along.part.tolist() == [0, 0, 1, 1]
    assert len(blocks(aisle, Path, "above").part) == 0


def test_an_open_aisle_as_tall_as_its_room_meets_it_through_its_ends_only():
    tall = make(Aisle, 1, containment=("open",), leakage_ratio=[0.03])
    around = blocks(tall, Path, "around")
    assert around.part.tolist() == [0, 0]
    assert np.allclose(0.25 * np.pi * around.diameter_m[:, 0] ** 2, 1.5 * 2.4)


def test_a_contained_aisle_opens_into_the_plenum_above_only_when_told():
    aisle = make(Aisle, 2, containment=("hot", "cold"), open_top=("yes", "no"))
    above = blocks(aisle, Path, "above")
    assert above.part.tolist() == [0, 0, 0]
    assert set(above.b.tolist()) == {901}


def test_a_control_loop_holds_its_first_sensed_node_over_its_second():
    controller = blocks(make(Control, 2), Controller)
    assert controller.plus.tolist() == [0, 2]
    assert controller.minus.tolist() == [1, 3]
    assert controller.owner.tolist() == [0, 0, 1, 1]


def test_a_control_loop_that_holds_a_flow_senses_nothing_and_may_lead_and_lag():
    none = Targets(part=NO_INDEX, node=NO_INDEX, kind=(), row=NO_INDEX)
    loop = make(Control, 2, senses=none, set_flow_m3_s=[0.01, 0.02], staging=("all", "lead_lag"))
    controller = blocks(loop, Controller)
    assert controller.plus.tolist() == controller.minus.tolist() == [-1, -1]
    assert controller.set_m3_s[:, 0].tolist() == [0.01, 0.02]
    assert controller.in_turn.tolist() == [False, True]


def test_a_check_valve_stands_apart_from_the_others_and_a_shut_one_is_out():
    valve = make(HandValve, 3, use=("isolating", "check", "balancing"), position=("shut", "open", "open"))
    made = {block.check_valve: block for block in valve.elements()}
    assert made[True].part.tolist() == [1]
    assert made[False].part.tolist() == [0, 2]
    assert made[False].in_service[:, 0].tolist() == [False, True]


def test_a_pump_may_meet_its_points_and_carry_points_of_efficiency():
    points = np.tile([[0.0, 3e5], [0.01, 2.9e5], [0.02, 2e5]], (2, 1, 1))
    shares = np.tile([[0.005, 0.4], [0.015, 0.7], [np.nan, np.nan]], (2, 1, 1))
    pump = make(
        Pump, 2, curve_pa=points, curve_law=("parabola", "points"), efficiency_ratio=shares,
        rated_flow_m3_s=[0.01, 0.01], rated_power_w=[5e3, 5e3],
    )  # fmt: skip
    mover = blocks(pump, Mover)
    assert mover.shutoff_pa[:, 0] == pytest.approx([3e5, 0.0])
    assert np.isnan(mover.curve_pa[0]).all()
    assert mover.curve_pa[1].tolist() == [3e5, 2.9e5, 2e5]
    assert mover.efficiency[1, 0] == pytest.approx(2.9e5 * 0.01 / 5e3)
    assert mover.efficiency_curve_ratio[0, :2].tolist() == [0.4, 0.7]


def test_four_elbows_lose_3200_over_reynolds_heads_more_in_slow_oil():
    pipe = blocks(make(Pipe, 1, inner_diameter_m=[0.1], length_m=[1.0], elbow_count=[4.0]), Path)
    reynolds, density, viscosity = 500.0, 900.0, 0.05
    flow = np.array([[reynolds * np.pi / 4.0 * 0.1 * viscosity]])
    given = (pipe.length_m, pipe.diameter_m, pipe.roughness_m, pipe.loss_ratio, density, viscosity)
    head_pa = flow**2 / (2.0 * density * (np.pi / 4.0 * 0.1**2) ** 2)
    more = darcy_drop(flow, *given, pipe.laminar_loss_ratio)[0] - darcy_drop(flow, *given)[0]
    assert float((more / head_pa)[0, 0]) == pytest.approx(4.0 * 800.0 / reynolds)
