"""Reading EPANET inputs: what bears on hydraulics arrives in SI, whatever its units and its form."""

import dataclasses

import numpy as np
import pytest

from tests.unit.interop.inputs import SMALL, line_of, swapped
from twin import units
from twin.errors import InputError
from twin.interop.epanet_model import (
    FOOT_M,
    WATER_KG_M3,
    WATER_M2_S,
    Control,
    Demand,
    HeadLoss,
    Status,
    ValveKind,
    WaterNetwork,
    When,
)
from twin.interop.epanet_text import parse_inp, read_inp


@pytest.fixture(scope="module")
def small():
    return parse_inp(SMALL, file="small.inp")


def by_name(elements):
    return {element.name: element for element in elements}


def test_nodes_have_their_heights_demands_and_lines(small):
    junctions = by_name(small.junctions)
    assert list(junctions) == ["J1", "J2", "J 3", "J4"]
    assert junctions["J1"].elevation_m == 10.0
    assert junctions["J1"].demands == (Demand(base_m3_s=2e-3, pattern="day"),)
    assert junctions["J 3"].demands == ()
    assert junctions["J1"].line == line_of(SMALL, "; first")
    (reservoir,) = small.reservoirs
    assert (reservoir.head_m, reservoir.pattern) == (20.0, "night")


def test_demands_of_their_section_take_the_place_of_those_beside_the_junction(small):
    homes, works = by_name(small.junctions)["J2"].demands
    assert homes == Demand(base_m3_s=4e-3, pattern="day", category="homes")
    assert works == Demand(base_m3_s=1e-3, category="works")


def test_tanks_are_cylinders_or_follow_a_curve(small):
    plain, curved = small.tanks
    assert (plain.elevation_m, plain.level_m, plain.minimum_m, plain.maximum_m) == (30.0, 2.0, 1.0, 4.0)
    assert (plain.diameter_m, plain.minimum_volume_m3, plain.overflow) == (5.0, 40.0, False)
    assert (curved.volume_curve, curved.overflow) == ("bulge", True)
    assert small.curves["bulge"].x == (1.0, 4.0)
    assert small.curves["bulge"].y == (10.0, 90.0)


def test_pipes_have_a_loss_or_a_status_or_both(small):
    pipes = by_name(small.pipes)
    first = pipes["P1"]
    assert (first.a, first.b, first.length_m, first.loss_ratio) == ("J1", "J2", 100.0, 2.5)
    assert first.diameter_m == pytest.approx(0.15)
    assert first.roughness == pytest.approx(1e-4)
    assert [p.check_valve for p in small.pipes] == [False, True, False, False, False]
    assert [p.status for p in small.pipes] == [*[Status.OPEN] * 3, Status.CLOSED, Status.OPEN]
    assert (pipes["P3"].loss_ratio, pipes["P5"].loss_ratio) == (0.5, 0.0)


def test_pumps_have_a_curve_or_a_power_with_speed_pattern_and_status(small):
    curve, power = small.pumps
    assert (curve.head_curve, curve.speed_ratio, curve.pattern) == ("rise", 0.9, "night")
    assert (power.power_w, power.status) == (2000.0, Status.CLOSED)
    assert small.curves["rise"].x == pytest.approx((0.0, 5e-3, 9e-3))
    assert small.curves["rise"].y == (50.0, 40.0, 20.0)


def test_settings_of_valves_have_the_unit_of_their_kind(small):
    valves = by_name(small.valves)
    # 25 m of water are more metres of a lighter fluid.
    assert valves["V1"].setting == pytest.approx(25.0 / 0.95)
    assert valves["V2"].setting == pytest.approx(4e-3)
    assert valves["V3"].setting == 7.0
    assert valves["V4"].curve == "bump"
    assert [v.status for v in small.valves] == [Status.OPEN, Status.ACTIVE, Status.ACTIVE, Status.OPEN]
    assert [v.kind for v in small.valves] == [ValveKind.PRV, ValveKind.FCV, ValveKind.TCV, ValveKind.GPV]


def test_an_emitter_is_its_flow_at_one_metre(small):
    # 0.5 L/s at one metre of water, which is 1/0.95 m of this fluid.
    assert by_name(small.junctions)["J4"].emitter_m3_s == pytest.approx(0.5e-3 * 0.95**0.5)


def test_lines_of_one_pattern_go_on(small):
    assert small.patterns == {"day": (1.0, 1.2, 0.8), "night": (1.5,), "*": (1.0,)}


def test_controls_say_what_they_wait_for_and_what_they_do(small):
    line = line_of(SMALL, "ABOVE 3.5")
    above, below, timed, daily = small.controls
    assert above == Control(
        link="U1", when=When.ABOVE, status=Status.CLOSED, node="T1", head_m=33.5, line=line
    )
    assert (below.when, below.setting, below.node) == (When.BELOW, 0.5, "J2")
    assert below.head_m == pytest.approx(12.0 + 20.0 / 0.95)
    assert (timed.when, timed.time_s, timed.status) == (When.TIME, 5400.0, Status.OPEN)
    assert (daily.when, daily.time_s) == (When.CLOCK_TIME, 18 * 3600.0)
    assert daily.setting == pytest.approx(3e-3)


def test_options_and_times_arrive_in_si(small):
    options, times = small.options, small.times
    assert options.head_loss is HeadLoss.DARCY_WEISBACH
    assert options.viscosity_m2_s == pytest.approx(1.2 * WATER_M2_S)
    assert (options.specific_gravity_ratio, options.demand_multiplier_ratio) == (0.95, 1.1)
    assert (options.pattern, options.accuracy_ratio, options.trials_count) == ("day", 1e-4, 40)
    assert (times.duration_s, times.hydraulic_step_s, times.pattern_step_s) == (86400.0, 1800.0, 7200.0)
    assert (times.pattern_start_s, times.report_step_s, times.start_clock_s) == (3600.0, 3600.0, 21600.0)


def test_a_sound_input_leaves_nothing_out(small):
    assert small.unsupported == ()
    assert small.title == "Two zones\nand a tank"
    assert small.file == "small.inp"


TRADE = {
    "GPM": "gpm", "LPS": "L/s", "LPM": "L/min", "CMH": "m3/h", "CMS": "m3/s",
}  # fmt: skip
DEFINED = {
    "CFS": FOOT_M**3, "MGD": 3785.411784 / 86400.0, "IMGD": 4546.09 / 86400.0,
    "AFD": 1233.48183754752 / 86400.0, "MLD": 1000.0 / 86400.0, "CMD": 1.0 / 86400.0, "SI": 1e-3,
}  # fmt: skip


@pytest.mark.parametrize("word", [*TRADE, *DEFINED])
def test_every_unit_of_flow_is_what_it_is_defined_as(word):
    network = parse_inp(swapped("LPS", word))
    flow = by_name(network.junctions)["J1"].demands[0].base_m3_s / 2.0
    expected = float(units.to_si(1.0, TRADE[word], "flow_m3_s")) if word in TRADE else DEFINED[word]
    assert flow == pytest.approx(expected, rel=1e-9)
    assert network.options.flow_units == word


def test_us_flows_go_with_feet_inches_psi_horsepower_and_thousandths_of_a_foot():
    network = parse_inp(swapped("LPS", "gpm"))
    pipe, pump = network.pipes[0], network.pumps[1]
    assert pipe.length_m == pytest.approx(100.0 * 0.3048)
    assert pipe.diameter_m == pytest.approx(150.0 * 0.0254)
    assert pipe.roughness == pytest.approx(0.1e-3 * 0.3048)
    assert pump.power_w == pytest.approx(2.0 * 745.6998715822702)
    assert network.tanks[0].minimum_volume_m3 == pytest.approx(40.0 * 0.3048**3)
    # EPANET's foot of water is 0.4333 psi.
    assert network.valves[0].setting == pytest.approx(25.0 / 0.4333 * 0.3048 / 0.95)


@pytest.mark.parametrize(
    ("flow", "pressure", "metres", "listed"),
    [
        ("LPS", "METERS", 25.0 / 0.95, 0),
        ("LPS", "KPA", 25e3 / (0.4333 * 6894.757293168361 / 0.3048) / 0.95, 0),
        ("LPS", "BAR", 25e5 / (0.4333 * 6894.757293168361 / 0.3048) / 0.95, 0),
        ("LPS", "PSI", 25.0 / 0.95, 1),
        ("GPM", "KPA", 25.0 / 0.4333 * 0.3048 / 0.95, 1),
    ],
)
def test_a_unit_of_pressure_that_does_not_go_with_the_flow_is_listed(flow, pressure, metres, listed):
    text = swapped("Units              LPS", f"Units {flow}\n Pressure {pressure}")
    network = parse_inp(text)
    assert network.valves[0].setting == pytest.approx(metres)
    assert len(network.unsupported) == listed


def test_the_weight_of_water_is_that_of_its_pressure():
    assert pytest.approx(998.7, abs=0.05) == WATER_KG_M3


@pytest.mark.parametrize(("written", "value"), [("1.1", 1.1 * WATER_M2_S), ("1e-6", 1e-6), ("1e-3", 1e-3)])
def test_a_small_viscosity_is_meant_as_such_and_a_large_one_as_a_multiple(written, value):
    network = parse_inp(swapped("Viscosity          1.2", f"VISCOSITY {written}"))
    assert network.options.viscosity_m2_s == pytest.approx(value)


@pytest.mark.parametrize("flow", ["LPS", "GPM"])
def test_where_nobody_says_how_thick_the_fluid_is_it_is_water(flow):
    network = parse_inp(swapped(" Viscosity          1.2\n", "").replace("LPS", flow))
    assert network.options.viscosity_m2_s == pytest.approx(WATER_M2_S)


@pytest.mark.parametrize(
    ("law", "roughness"),
    [("H-W", 130.0), ("C-M", 0.013), ("D-W", 0.13e-3)],
)
def test_roughness_is_a_height_only_with_darcy_and_weisbach(law, roughness):
    written = {"H-W": "130", "C-M": "0.013", "D-W": "0.13"}[law]
    text = swapped("D-W", law).replace("150  0.1  2.5", f"150  {written}  2.5")
    assert parse_inp(text).pipes[0].roughness == pytest.approx(roughness)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("AT TIME 5", 18000.0),
        ("AT TIME 90 MIN", 5400.0),
        ("AT TIME 1.5 HOURS", 5400.0),
        ("AT TIME 2 DAYS", 172800.0),
        ("AT TIME 30 sec", 30.0),
        ("AT TIME 1:00:30", 3630.0),
        ("AT CLOCKTIME 12 AM", 0.0),
        ("AT CLOCKTIME 12 PM", 43200.0),
        ("AT CLOCKTIME 1:30 pm", 48600.0),
        ("AT CLOCKTIME 26:00", 7200.0),
    ],
)
def test_times_are_hours_clock_times_or_numbers_with_a_unit(said, seconds):
    assert parse_inp(swapped("AT TIME 1:30", said)).controls[2].time_s == seconds


@pytest.mark.parametrize(
    ("range_", "closed"),
    [("P1 P3 Closed", {"P1", "P3"}), ("1 3 Closed", set()), ("P5 0", set()), ("P5 Closed", {"P5"})],
)
def test_a_status_holds_for_one_link_or_for_a_range_but_for_no_check_valve(range_, closed):
    network = parse_inp(swapped(" V3   7", f" V3   7\n {range_}"))
    assert {p.name for p in network.pipes if p.status is Status.CLOSED} == closed | {"P4"}


def test_a_range_of_numbers_is_one_of_numbers():
    text = SMALL
    for old, new in (("P1", "9"), ("P3", "10"), ("P5", "11")):
        text = text.replace(f" {old} ", f" {new} ")
    network = parse_inp(text.replace(" V3   7", " V3   7\n 9 10 Closed"))
    assert {p.name for p in network.pipes if p.status is Status.CLOSED} == {"9", "10", "P4"}


def test_the_status_of_a_pump_may_be_its_speed():
    slow = parse_inp(swapped("U2   Closed", "U2   0.6")).pumps[1]
    still = parse_inp(swapped("U2   Closed", "U2   0")).pumps[1]
    assert (slow.speed_ratio, slow.status) == (0.6, Status.OPEN)
    assert still.status is Status.CLOSED


@pytest.mark.parametrize(
    ("numbers", "x", "y"),
    [
        ("40 5", (5e-3,), (40.0,)),
        ("50 40 5 20 9", (0.0, 5e-3, 9e-3), (50.0, 40.0, 20.0)),
    ],
)
def test_pumps_in_the_form_of_epanet_1_have_a_curve_too(numbers, x, y):
    network = parse_inp(swapped("HEAD rise  SPEED 0.9  PATTERN night", numbers))
    curve = network.curves[network.pumps[0].head_curve]
    assert curve.x == pytest.approx(x)
    assert curve.y == y


def test_one_number_behind_a_pump_is_its_power():
    assert parse_inp(swapped("POWER 2", "3")).pumps[1].power_w == 3000.0


def test_a_tank_without_levels_is_a_reservoir():
    network = parse_inp(swapped("[TANKS]\n", "[TANKS]\n R2 25 night\n"))
    assert [(r.name, r.head_m, r.pattern) for r in network.reservoirs] == [
        ("R1", 20.0, "night"), ("R2", 25.0, "night"),
    ]  # fmt: skip


def test_the_multiplier_of_the_demands_is_that_of_the_options():
    network = parse_inp(swapped("[DEMANDS]\n", "[DEMANDS]\n MULTIPLY 1.3\n"))
    assert network.options.demand_multiplier_ratio == 1.3


def test_what_bears_on_hydraulics_and_is_left_out_is_listed_with_its_line():
    text = swapped(
        "[ENERGY]",
        "[RULES]\nRULE night\nIF SYSTEM CLOCKTIME >= 8 PM\nTHEN PUMP U1 STATUS = CLOSED\n"
        "[LEAKAGE]\n P1 1 0\n[ENERGY]",
    )
    text = swapped("Quality            None mg/L", "Demand Model PDA\n Minimum Pressure 0", text)
    text = swapped("Statistic           None", "Statistic Average", text)
    unsupported = parse_inp(text, file="net.inp").unsupported
    assert len(unsupported) == 4
    for part in ("PDA", "RULE night", " P1 1 0", "Statistic Average"):
        assert any(f"net.inp:{line_of(text, part)}" in said for said in unsupported), part


@pytest.mark.parametrize("section", ["QUALITY", "SOURCES", "REACTIONS", "MIXING"])
def test_sections_on_quality_are_listed_with_their_line(section):
    text = swapped("[ENERGY]", f"[{section}]\n J1 one\n J2 two\n[ENERGY]")
    (said,) = parse_inp(text, file="net.inp").unsupported
    assert f"[{section}] of 2 lines (net.inp:{line_of(text, 'J1 one')})" in said
    assert parse_inp(swapped("[ENERGY]", f"[{section}]\n;nothing\n[ENERGY]")).unsupported == ()


def test_a_quality_that_is_asked_for_is_listed():
    text = swapped("None mg/L", "Chlorine mg/L")
    assert (
        f"quality Chlorine (net.inp:{line_of(text, 'Chlorine')})"
        in parse_inp(text, file="net.inp").unsupported[0]
    )


@pytest.mark.parametrize(
    "price", ["Global Price 0.1", "Demand Charge 9", "Pump U1 Pattern day", "Pump U1 Price 1"]
)
def test_prices_of_energy_are_listed_where_they_are_not_nothing(price):
    text = swapped("Global Efficiency 75", f"Global Efficiency 75\n {price}")
    (said,) = parse_inp(text, file="net.inp").unsupported
    assert f"price of energy (net.inp:{line_of(text, price)})" in said
    free = swapped("Global Efficiency 75", "Global Price 0.0\n Demand Charge 0")
    assert parse_inp(free).unsupported == ()


def test_pumps_have_the_efficiency_of_all_or_a_curve_of_their_own(small):
    assert small.options.pump_efficiency_ratio == 0.75
    text = swapped("Global Efficiency 75", "Global Effic 60\n Pump U1 Effic part")
    found = parse_inp(swapped("[STATUS]", "part 1 50\n part 9 80\n[STATUS]", text))
    assert found.options.pump_efficiency_ratio == 0.6
    assert [pump.efficiency_curve for pump in found.pumps] == ["part", ""]
    assert found.curves["part"].x == pytest.approx((1e-3, 9e-3))
    assert found.curves["part"].y == pytest.approx((0.5, 0.8))


def test_emitters_may_refuse_to_let_anything_in():
    assert parse_inp(SMALL).options.emitter_backflow
    text = swapped("Trials             40", "EMITTER BACKFLOW NO")
    assert not parse_inp(text).options.emitter_backflow


def test_a_control_that_is_disabled_does_not_act():
    assert len(parse_inp(swapped("AT TIME 1:30", "AT TIME 1:30 DISABLED")).controls) == 3


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: text.replace(" ", "\t")])
def test_keywords_are_read_in_any_case_and_words_between_any_blanks(change, small):
    names = {"J1", "J2", "J4", "R1", "T1", "T2", "day", "night", "rise", "bump", "bulge", "homes", "works"}
    names |= {"Two zones", "and a tank", *(f"{k}{n}" for k in "PUV" for n in range(1, 6))}
    text = change(swapped('"J 3"\t8', "J3 8").replace('"J 3"', "J3"))
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(change(name), name)
    text = text.replace(change("J3"), "J3").replace(change("Start ClockTime"), "Start ClockTime")
    found = parse_inp(text)
    for field in ("reservoirs", "tanks", "pumps", "curves", "patterns", "options", "times"):
        assert getattr(found, field) == getattr(small, field)
    assert [p.name for p in found.pipes] == [p.name for p in small.pipes]


def test_a_file_may_be_in_utf_8_with_a_mark_or_in_latin_1(tmp_path):
    text = SMALL.replace("Two zones", "Kühlung")
    for name, encoding in (("mark", "utf-8-sig"), ("plain", "utf-8"), ("old", "latin-1")):
        file = tmp_path / f"{name}.inp"
        file.write_bytes(text.encode(encoding))
        assert read_inp(file).title.startswith("Kühlung")


def test_line_ends_of_windows_are_line_ends(tmp_path, small):
    file = tmp_path / "net.inp"
    file.write_bytes(SMALL.replace("\n", "\r\n").encode())
    found = read_inp(file)
    assert dataclasses.replace(found, file=small.file) == small


def test_sections_may_be_short_and_come_in_any_order(small):
    head, *parts = SMALL.split("[END]")[0].split("\n[")
    turned = "\n[".join([head, *reversed(parts)])
    found = parse_inp(turned.replace("[PUMPS]", "[PUMP]").replace("[JUNCTIONS]", "[JUNC]"))
    assert {j.name for j in found.junctions} == {j.name for j in small.junctions}
    assert [v.setting for v in found.valves] == [v.setting for v in small.valves]


def test_a_network_made_by_hand_needs_no_file():
    assert WaterNetwork().unsupported == ()
    assert np.isfinite(WATER_KG_M3)


def test_nothing_behind_the_end_is_read():
    with pytest.raises(InputError, match="ST102"):
        parse_inp(SMALL.replace("[END]", "[JUNCTIONS]\n nothing"))
