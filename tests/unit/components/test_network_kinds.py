"""Points, pumps and valves of water networks, and pipes by other laws: what each kind expands into."""

import numpy as np
import pytest

from tests.unit.components.test_cooling_kinds import POINTS, blocks, columns_of, make
from twin.components.bare_pump import BarePump
from twin.components.flange import Flange
from twin.components.junction import Junction
from twin.components.pipe import Pipe
from twin.components.regulating_valve import NEEDS, RegulatingValve
from twin.components.reservoir import Reservoir
from twin.components.tank import Tank
from twin.errors import InputError
from twin.laws import water
from twin.laws.empirical import hazen_williams
from twin.laws.fittings import quadratic_of_loss
from twin.laws.friction import darcy_drop, power_drop
from twin.laws.movers import fit_power
from twin.model.binding import Ends
from twin.model.element import UNSAID, Fluid, Keeps, Mover, Path, Source, Valve

KELVIN = 293.15
DENSITY = float(water.density(np.array(KELVIN)))
GRAVITY_M_S2 = 9.80665
FALLING = np.array([[0.0, 300e3], [0.01, 280e3], [0.02, 200e3]])
# What each use of a valve needs.
SET = {
    "pressure_reducing": {"set_pressure_pag": [3e5]}, "pressure_sustaining": {"set_pressure_pag": [3e5]},
    "flow_control": {"set_flow_m3_s": [2e-3]}, "throttle_control": {},
    "pressure_breaker": {"set_drop_pa": [5e4]},
    "general_purpose": {"drop_curve_pa": FALLING[None, :, :]},
}  # fmt: skip


def one_port(*nodes):
    """Return one port prim per part."""
    return Ends(part=np.arange(len(nodes)), node=np.array(nodes), offset_m=np.zeros(len(nodes)))


def valve(use, **given):
    return make(RegulatingValve, 1, use=(use,), **{"loss_ratio": [0.0], **SET[use], **given})


def made(component):
    return [b for b in component.elements() if len(b.part)]


EXAMPLES = {
    "junction": lambda: make(Junction, emitter_m3_s=[1e-3, 0.0]),
    "reservoir": lambda: make(Reservoir),
    "tank": lambda: make(Tank, level_m=[2.0, 3.0], minimum_level_m=[0.0, 0.0], maximum_level_m=[5.0, 5.0]),
    "flange": lambda: make(Flange),
    "bare_pump": lambda: make(BarePump),
    **{use: (lambda use=use: valve(use)) for use in NEEDS},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_column_has_one_row_per_element(name):
    for block in EXAMPLES[name]().elements():
        for column, values in columns_of(block).items():
            assert len(values) in {1, len(block.part)}, (block.role, column)
            assert values.ndim == 1 or values.shape[1] == 1 or column in POINTS, (block.role, column)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_port_is_joined_and_nothing_foreign(name):
    component = EXAMPLES[name]()
    own: set[int] = set()
    for p in type(component).ports:
        value = getattr(component, p.name)
        own |= set(map(int, value.node if p.many else value))
    touched: set[int] = set()
    for block in component.elements():
        for end in ("a", "b", "node"):
            if hasattr(block, end):
                touched |= set(map(int, getattr(block, end)))
    assert own <= touched
    assert all(node in own or node >= 1000 for node in touched)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_output_names_an_element_of_its_kind(name):
    component = EXAMPLES[name]()
    roles = {b.role for b in component.elements()}
    assert {o.role for o in type(component).outputs} <= roles


def test_a_junction_draws_its_demand_into_an_outlet():
    junction = make(Junction, joint=one_port(7, 8), demand_m3_s=[2e-3, -1e-3])
    parts = list(junction.elements())
    (demand,) = [b for b in parts if isinstance(b, Mover)]
    (outlet,) = [b for b in parts if isinstance(b, Source)]
    assert demand.held_m3_s[:, 0].tolist() == [2e-3, -1e-3]
    assert demand.a.tolist() == [7, 8]
    assert np.array_equal(demand.b, outlet.node)
    assert outlet.open_ended
    assert (outlet.fluid == UNSAID).all()


def test_an_emitter_passes_its_flow_at_one_bar_and_follows_the_exponent():
    junction = make(
        Junction, joint=one_port(7, 8), emitter_m3_s=[1e-3, 0.0], emitter_exponent_ratio=[0.5, 0.5]
    )
    emitter = blocks(junction, Path, "emitter")
    assert emitter.part.tolist() == [0]
    for flow, pressure in ((1e-3, 1e5), (2e-3, 4e5), (5e-4, 2.5e4)):
        drop, _ = power_drop(np.array([[flow]]), emitter.power_pa, emitter.exponent_ratio)
        assert drop[0, 0] == pytest.approx(pressure, rel=1e-6)


def test_further_ports_of_a_junction_are_joined_without_loss():
    junction = make(Junction, 1)
    body = blocks(junction, Path, "body")
    assert body.a.tolist() == [0]
    assert body.b.tolist() == [1]
    assert not any(values.any() for name, values in columns_of(body).items() if name.endswith("_pa"))


def test_a_reservoir_holds_the_column_above_its_origin():
    reservoir = make(
        Reservoir, level_m=[12.0, 0.0], surface_pressure_pag=[0.0, 2e5],
        supply_temperature_k=[KELVIN, KELVIN],
    )  # fmt: skip
    source = blocks(reservoir, Source)
    assert source.open_ended
    assert source.pressure_pag[:, 0] == pytest.approx([12.0 * DENSITY * GRAVITY_M_S2, 2e5], rel=1e-12)
    assert source.supply_k[:, 0].tolist() == [KELVIN, KELVIN]
    assert source.fluid.tolist() == [Fluid.WATER, Fluid.WATER]


def test_a_reservoir_of_glycol_stands_on_its_own_density():
    kinds = {"fluid": ("propylene_glycol",), "glycol_mass_ratio": [0.3], "supply_temperature_k": [KELVIN]}
    source = blocks(make(Reservoir, 1, level_m=[10.0], surface_pressure_pag=[0.0], **kinds), Source)
    assert source.pressure_pag[0, 0] > 1.02 * 10.0 * DENSITY * GRAVITY_M_S2
    assert source.mass_fraction[0, 0] == 0.3


@pytest.mark.parametrize(
    ("level", "full", "gives", "takes"),
    [(2.0, "shuts", True, True), (0.0, "shuts", False, True), (5.0, "shuts", True, False),
     (5.0, "spills", True, True)],
)  # fmt: skip
def test_an_empty_tank_gives_nothing_and_a_full_one_takes_nothing(level, full, gives, takes):
    tank = make(
        Tank, 1, level_m=[level], minimum_level_m=[0.0], maximum_level_m=[5.0], when_full=(full,),
        joint=one_port(3),
    )  # fmt: skip
    parts = made(tank)
    (source,) = [b for b in parts if isinstance(b, Source)]
    (joint,) = [b for b in parts if b.role == "joint"]
    body = int(source.node[0])
    if gives and takes:
        assert isinstance(joint, Path)
    else:
        assert isinstance(joint, Valve)
        assert joint.check_valve
        assert (int(joint.a[0]), int(joint.b[0])) == ((body, 3) if gives else (3, body))


def test_a_flange_loses_nothing():
    face = blocks(make(Flange), Path)
    assert all(
        not values.any()
        for name, values in columns_of(face).items()
        if name in {"length_m", "loss_ratio", "quadratic_pa_s2_m6", "power_pa", "fixed_pa"}
    )


def test_a_pump_follows_the_law_that_it_names():
    laws = ("parabola", "points", "straight", "power")
    pump = make(BarePump, 4, curve_law=laws, curve_pa=np.tile(FALLING, (4, 1, 1)))
    parabola, power, points, straight = made(pump)
    assert [b.part.tolist() for b in (parabola, points, straight, power)] == [[0], [1], [2], [3]]
    at = np.array([0.0, 0.01, 0.02])
    fit = parabola.shutoff_pa + parabola.linear_pa_s_m3 * at + parabola.quadratic_pa_s2_m6 * at**2
    assert fit[0] == pytest.approx(FALLING[:, 1])
    assert power.shutoff_pa - power.power_pa * at**power.exponent_ratio == pytest.approx(FALLING[None, :, 1])
    assert not points.curve_straight
    assert straight.curve_straight
    assert all(b.check_valve and b.load is None for b in made(pump))


def test_a_pump_of_constant_power_has_no_curve():
    bare = np.full((2, 1, 2), np.nan)
    pump = make(BarePump, hydraulic_power_w=[15e3, 7e3], curve_pa=bare, position=("runs", "stands"))
    (block,) = made(pump)
    assert block.hydraulic_power_w[:, 0].tolist() == [15e3, 7e3]
    assert block.in_service[:, 0].tolist() == [True, False]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"curve_pa": np.full((1, 1, 2), np.nan)}, "neither a curve nor a power"),
        ({"hydraulic_power_w": [1e3]}, "both a curve and a constant power"),
        ({"curve_pa": FALLING[None, :2]}, "2 points for curveLaw 'parabola'"),
    ],
)
def test_a_pump_without_one_law_is_refused(given, found):
    with pytest.raises(InputError, match=found) as refusal:
        list(make(BarePump, 1, **given).elements())
    assert [f.code for f in refusal.value.faults] == ["ST092"]


def test_a_power_curve_that_rises_is_none():
    assert np.isnan(fit_power(FALLING[None, :, 0], FALLING[None, ::-1, 1])[0]).all()
    assert np.isnan(fit_power(FALLING[None, :, 0] + 1e-3, FALLING[None, :, 1])[2]).all()


def test_each_valve_regulates_what_its_use_says():
    found = {use: made(valve(use)) for use in NEEDS}
    assert all(len(parts) == 1 for parts in found.values())
    one = {use: parts[0] for use, parts in found.items()}
    assert one["pressure_reducing"].keeps is Keeps.DOWNSTREAM
    assert one["pressure_sustaining"].keeps is Keeps.UPSTREAM
    assert one["pressure_reducing"].keep_pag[0, 0] == 3e5
    assert one["flow_control"].limit_m3_s[0, 0] == 2e-3
    assert np.isnan(one["throttle_control"].limit_m3_s).all()
    assert one["pressure_breaker"].fixed_pa[0, 0] == 5e4
    assert one["general_purpose"].curve_pa[0].tolist() == FALLING[:, 1].tolist()


@pytest.mark.parametrize("use", NEEDS)
def test_a_valve_fixed_open_or_shut_regulates_nothing(use):
    (shut,) = made(valve(use, position=("shut",)))
    (open_,) = made(valve(use, position=("open",)))
    assert not shut.in_service.any()
    assert isinstance(open_, Valve)
    assert open_.keeps is Keeps.NOTHING
    assert np.isnan(open_.limit_m3_s).all()


def test_a_valve_loses_by_its_coefficient_or_by_kv():
    by_loss = made(valve("throttle_control", loss_ratio=[4.0], inner_diameter_m=[0.1]))[0]
    assert by_loss.quadratic_pa_s2_m6[0, 0] == pytest.approx(
        float(quadratic_of_loss(np.array(4.0), np.array(0.1), np.array(DENSITY)))
    )
    by_kv = made(valve("throttle_control", kv_m3_s=[0.01]))[0]
    assert by_kv.quadratic_pa_s2_m6[0, 0] == pytest.approx(1e5 / 0.01**2)


@pytest.mark.parametrize("use", [u for u in NEEDS if NEEDS[u][0]])
def test_a_valve_without_its_setting_is_refused_and_the_setting_named(use):
    bare = {name: np.full((1, 1) if name != "drop_curve_pa" else (1, 1, 2), np.nan) for name in SET[use]}
    with pytest.raises(InputError, match=NEEDS[use][1]):
        list(valve(use, **bare).elements())


def test_a_loss_without_a_diameter_is_refused():
    with pytest.raises(InputError, match="a loss without a diameter"):
        list(valve("throttle_control", loss_ratio=[2.0]).elements())


def pipes(**given):
    return make(Pipe, 1, inner_diameter_m=[0.2], length_m=[300.0], **given)


def test_a_hazen_williams_pipe_loses_by_that_law_alone():
    bore = blocks(pipes(hazen_williams_ratio=[120.0], loss_ratio=[2.0]), Path)
    assert bore.length_m[0, 0] == 0.0
    assert bore.loss_ratio[0, 0] == 2.0
    drop, _ = power_drop(np.array([[0.05]]), bore.power_pa, bore.exponent_ratio)
    head = 10.6668 * 300.0 * 0.05**1.852 / (120.0**1.852 * 0.2**4.871)
    assert drop[0, 0] == pytest.approx(DENSITY * GRAVITY_M_S2 * head, rel=1e-5)


def test_a_manning_pipe_loses_by_the_square_of_its_flow():
    bore = blocks(pipes(manning_ratio=[0.011]), Path)
    assert bore.exponent_ratio[0, 0] == 2.0
    assert bore.power_pa[0, 0] == pytest.approx(
        DENSITY * GRAVITY_M_S2 * 10.2373 * 0.011**2 * 300 / 0.2 ** (16 / 3), rel=1e-5
    )


def test_a_pipe_by_roughness_keeps_its_length_and_darcy():
    bore = blocks(pipes(), Path)
    assert bore.length_m[0, 0] == 300.0
    assert bore.power_pa[0, 0] == 0.0


def test_hazen_williams_agrees_with_darcy_for_water_in_a_smooth_pipe():
    # C 150 is a smooth pipe: L. A. Rossman, EPANET 2.2 User Manual, table 3.2, plastic 140 to 150.
    flow = DENSITY * np.array([[0.02]])
    smooth, _ = darcy_drop(
        flow, *(np.array([[x]]) for x in (100.0, 0.15, 1.5e-6, 0.0, DENSITY, 1.002e-3)), np.zeros((1, 1))
    )
    head = hazen_williams(np.array(150.0), np.array(100.0), np.array(0.15)) * 0.02**1.852
    assert DENSITY * GRAVITY_M_S2 * head == pytest.approx(smooth[0, 0], rel=0.05)


def test_two_laws_of_friction_at_once_are_refused():
    with pytest.raises(InputError, match="two laws of friction"):
        list(pipes(hazen_williams_ratio=[120.0], manning_ratio=[0.011]).elements())


def test_pipes_with_check_valves_refuse_reversed_flow_and_shut_ones_stand():
    pipe = make(Pipe, 3, inner_diameter_m=[0.1] * 3, valve=("none", "check", "shut"))
    plain, checked = [b for b in pipe.elements() if isinstance(b, Path)]
    assert (plain.part.tolist(), checked.part.tolist()) == ([0, 2], [1])
    assert not plain.check_valve
    assert checked.check_valve
    assert plain.in_service[:, 0].tolist() == [True, False]
