"""What an engineer reads off the shipped pod, against the numbers it follows from."""

import numpy as np
import pytest

from tests.property.pods import apply_all, copy_pod, swap
from twin.laws import fluids
from twin.walk import walk

TCS = "/World/White/Mechanical/Tcs"
L_MIN = 1.0 / 60000.0


@pytest.fixture(scope="module")
def pod():
    return walk("pod")


@pytest.fixture(scope="module")
def uneven():
    """Return the pod with one rack's valve set to 100 L/min."""
    return walk("pod", overrides=[f"{TCS}/Rack_A1_Return.twin:hose:flowLimit=100"])


def of(outcome, group, kind, name, case=0):
    data = outcome.tree[group].to_dataset()
    return data[name].values[case, data["kind"].values == kind]


def test_a_pump_stands_on_its_curve_where_flow_over_speed_says(pod):
    flow, speed, place = (
        of(pod, "plant", "pump", n) for n in ("flow_m3_s", "speed_ratio", "curve_flow_m3_s")
    )
    runs = flow > 0.0
    assert place[runs] == pytest.approx((flow / speed)[runs], rel=1e-12)
    last = np.nanmax(pod.facility.tables["pump"].curves["curve_pa"][..., 0], axis=1)
    assert of(pod, "plant", "pump", "runout_ratio")[runs] == pytest.approx((place / last)[runs], rel=1e-12)
    assert np.isnan(place[~runs]).all()


@pytest.mark.parametrize(("group", "kind", "flow", "rise"), [
    ("plant", "pump", "flow_m3_s", "rise_pa"), ("cdu", "cdu", "tcs_flow_m3_s", "pump_rise_pa"),
])  # fmt: skip
def test_power_to_the_fluid_is_flow_times_rise_and_a_share_of_what_is_drawn(pod, group, kind, flow, rise):
    given = of(pod, group, kind, "hydraulic_power_w")
    # The flow of a CDU is told behind its exchanger, where the coolant is denser by half a per cent.
    near = 1e-12 if kind == "pump" else 6e-3
    assert given == pytest.approx(of(pod, group, kind, flow) * of(pod, group, kind, rise), rel=near)
    share, drawn = (of(pod, group, kind, n) for n in ("wire_to_water_ratio", "power_w"))
    runs = np.isfinite(share)
    assert runs.any()
    assert (share * drawn)[runs] == pytest.approx(given[runs], rel=1e-9)
    assert np.isnan(of(pod, group, kind, "shaft_power_w")).all()  # nobody gives the motor's efficiency


def test_with_one_of_two_pumps_out_the_other_stands_twice_as_far_on_the_curve():
    unit = "/World/White/Mechanical/Cdu_1"
    data = (
        walk("pod", overrides=[f"{unit}.twin:cdu:pumpsOutCount=1"]).tree["cdu"].to_dataset().isel(variant=0)
    )
    flow, speed, place = (data[n].values for n in ("tcs_flow_m3_s", "pump_speed_ratio", "curve_flow_m3_s"))
    assert place * speed / flow == pytest.approx([2.0, 1.0], rel=6e-3)


def test_the_shaft_takes_what_motor_and_drive_leave():
    pump = "/World/Mechanical/FwsPump_1"
    outcome = walk("pod", overrides=[f"{pump}.twin:pump:motorEfficiencyRatio=90"])
    data = outcome.tree["plant"].to_dataset().isel(variant=0).sel(plant=pump)
    assert float(data["shaft_power_w"]) == pytest.approx(0.9 * float(data["power_w"]), rel=1e-8)


def test_equal_branches_are_served_alike_and_an_unequal_one_is_told(pod, uneven):
    assert of(pod, "rack", "rack", "header_spread_ratio") == pytest.approx(0.0, abs=1e-9)
    flow, ratio, spread, header = (
        of(uneven, "rack", "rack", n)
        for n in ("coolant_flow_m3_s", "header_flow_ratio", "header_spread_ratio", "header_index")
    )
    row = flow[:4]
    assert row[0] == pytest.approx(100 * L_MIN, rel=6e-3)  # the valve limits the warm, lighter return
    assert ratio[:4] == pytest.approx(row / row.mean(), rel=1e-12)
    assert spread[:4] == pytest.approx(np.full(4, (row.max() - row.min()) / row.mean()), rel=1e-12)
    assert ratio[4:] == pytest.approx(1.0)
    names = uneven.facility.tables["manifold"].paths
    assert [names[int(h)] for h in header] == [f"{TCS}/Row{row}Supply" for row in "AAAABBBB"]
    told = [f.prim for f in uneven.findings if f.rule == "HY030"]
    assert told == ["/World/White/IT/Rack_A1"]


def test_the_authority_of_the_water_valve_is_its_share_of_the_branch(pod):
    unit = pod.facility.tables["cdu"].numbers
    valve, own = unit["fws_valve_drop_pa"][0, 0], unit["fws_drop_pa"][0, 0]
    largest = unit["fws_flow_max_m3_s"][0, 0]
    pipes = pod.tree["pipe"].to_dataset().isel(variant=0)
    supply, back = (f"/World/Mechanical/Fws/{name}01" for name in ("To", "From"))
    branch = sum(float(pipes["drop_pa"].sel(pipe=path)) for path in (supply, back))
    flow = float(pipes["flow_m3_s"].sel(pipe=supply))
    authority = of(pod, "cdu", "cdu", "fws_authority_ratio")[0]
    assert authority == pytest.approx(valve / (valve + own + branch * (largest / flow) ** 2), rel=1e-9)
    assert authority < valve / (valve + own)


def test_so_is_that_of_a_coil_which_loses_as_its_valve_does(pod):
    unit = pod.facility.tables["fan_wall"].numbers
    valve, own, largest = (unit[n][0, 0] for n in ("valve_drop_pa", "water_drop_pa", "water_flow_m3_s"))
    pipes = pod.tree["pipe"].to_dataset().isel(variant=0)
    supply, back = (f"/World/Mechanical/Chw/{name}01" for name in ("To", "From"))
    branch = sum(float(pipes["drop_pa"].sel(pipe=path)) for path in (supply, back))
    flow = float(pipes["flow_m3_s"].sel(pipe=supply))
    authority = of(pod, "air_handler", "fan_wall", "water_authority_ratio")[0]
    assert authority == pytest.approx(valve / (valve + own + branch * (largest / flow) ** 2), rel=1e-9)
    assert 0.4 < authority < valve / (valve + own) == pytest.approx(0.5, abs=0.01)


def test_behind_a_valve_that_limits_the_flow_authority_is_not_established(tmp_path):
    layer = "layers/mechanical.usda"
    changes = [
        swap(layer, "FanWall_1/ConnectionPoints/vertiv_liq_supply_01>", "TwinPipeAPI", "TwinHoseAPI"),
        swap(layer, "FanWall_1/ConnectionPoints/vertiv_liq_return_01>", 'token twin:pipe:size = "DN65"',
             "double twin:hose:innerDiameter = 62.71"),
        swap(layer, "twin:hose:innerDiameter", 'token twin:pipe:system = "CHW"',
             "double twin:hose:flowLimit = 600"),
        swap(layer, "twin:hose:flowLimit", "double twin:pipe:elbowCount = 3", ""),
        swap(layer, "twin:hose:flowLimit", "twin:pipe:lossRatio", "twin:hose:lossRatio"),
    ]  # fmt: skip
    site = copy_pod(tmp_path)
    apply_all(site, changes)
    outcome = walk(site)
    authority = of(outcome, "air_handler", "fan_wall", "water_authority_ratio")
    assert np.isnan(authority[0])
    measured = [m.parts.tolist() for m in outcome.margins if (m.rule.id, m.kind) == ("HY032", "fan_wall")]
    assert 0 not in measured[0]


def test_the_friction_of_a_pipe_per_metre_makes_up_its_drop_without_fittings():
    pipe = f"{TCS}/RowASupplyFeed"
    fittings = ("lossRatio", "elbowCount", "teeRunCount", "teeBranchCount")
    outcome = walk("pod", overrides=[f"{pipe}.twin:pipe:{name}=0" for name in fittings])
    data = outcome.tree["pipe"].to_dataset().isel(variant=0).sel(pipe=pipe)
    table = outcome.facility.tables["pipe"]
    length = table.numbers["length_m"][table.paths.index(pipe), 0]
    assert float(data["drop_pa"]) == pytest.approx(float(data["gradient_pa_m"]) * length, rel=1e-6)


def test_trays_of_a_rack_with_narrower_headers_differ_more(pod):
    design = of(pod, "rack", "rack", "tray_spread_ratio")
    assert np.all((design > 0.005) & (design < 0.01))
    narrow = walk("pod", overrides=["/World/White/IT/Rack_A1.twin:rack:trayHeaderDiameter=25"])
    spread = of(narrow, "rack", "rack", "tray_spread_ratio")
    assert spread[0] > 5.0 * spread[1]
    assert [f.prim for f in narrow.findings if f.rule == "HY031"] == ["/World/White/IT/Rack_A1"]


def test_the_segments_of_a_loop_without_isolating_valves_are_the_loop_and_its_racks(pod):
    rack = of(pod, "rack", "rack", "segment_index")
    assert len(np.unique(rack)) == 8
    assert of(pod, "rack", "rack", "segment_lost_count") == pytest.approx(1.0)
    hose = of(pod, "pipe", "hose", "segment_lost_count")
    assert hose == pytest.approx(8.0)
    loop = pod.tree["loop"].to_dataset().isel(variant=0)
    volume = float(loop["volume_m3"].sel(loop=f"{TCS}/ExpansionVessel"))
    assert of(pod, "pipe", "hose", "segment_volume_m3") == pytest.approx(volume, rel=1e-12)


def test_with_a_pump_out_the_others_need_the_suction_of_where_they_stand():
    unit, points = "/World/White/Mechanical/Cdu_1", "[(100, 2), (900, 4), (1000, 6)]"
    ask = f"{unit}.twin:cdu:npshRequired={points}"
    whole, fewer = (walk("pod", overrides=[ask, f"{unit}.twin:cdu:pumpsOutCount={out}"]) for out in (0, 1))
    place, speed, needed = (
        np.array([of(o, "cdu", "cdu", name)[0] for o in (whole, fewer)])
        for name in ("curve_flow_m3_s", "pump_speed_ratio", "npsh_required_m")
    )
    flow = place / L_MIN
    inside, last = 2.0 + (flow - 100.0) / 400.0, 6.0 + (flow - 1000.0) / 50.0
    told = np.where(flow > 900.0, last, inside)
    assert needed == pytest.approx(speed**2 * told, rel=1e-9)
    assert flow[1] > 1000.0 > flow[0]
    assert needed[1] > needed[0]


def efficient(*more, lowest=20):
    """Return one CDU of the pod whose pumps carry points of efficiency: its results, by name."""
    unit, points = "/World/White/Mechanical/Cdu_1", "[(200, 30), (1000, 62), (2000, 40)]"
    asks = [f"{unit}.twin:cdu:pumpEfficiencyRatio={points}", *(f"{unit}.twin:cdu:{ask}" for ask in more)]
    asks.append(f"/World/White/Mechanical/CduGroup.twin:control:minimumRatio={lowest}")
    data = walk("pod", overrides=asks).tree["cdu"].to_dataset().isel(variant=0).sel(cdu=unit)
    return {str(name): float(v) for name, v in data.items() if v.dtype.kind == "f"}


@pytest.mark.parametrize(("out", "lowest"), [(0, 20), (1, 20), (0, 75), (1, 75)])
def test_the_power_of_a_cdu_closes_with_its_points_where_each_pump_stands_at_its_speed(out, lowest):
    unit = efficient(f"pumpsOutCount={out}", "pumpMotorEfficiencyRatio=90", lowest=lowest)
    speed = unit["pump_speed_ratio"]
    assert speed == pytest.approx(0.75) if lowest == 75 else speed < 0.65
    place = unit["curve_flow_m3_s"] / L_MIN
    given, flow = unit["hydraulic_power_w"], unit["tcs_flow_m3_s"]
    assert place == pytest.approx(flow / L_MIN / unit["pump_speed_ratio"] * (1 + out), rel=6e-3)
    told = (
        0.30 + 0.32 * (place - 200.0) / 800.0 if place < 1000.0 else 0.62 - 0.22 * (place - 1000.0) / 1000.0
    )
    assert unit["power_w"] == pytest.approx(given / told, rel=1e-6)
    assert unit["wire_to_water_ratio"] == pytest.approx(told, rel=1e-6)
    assert unit["shaft_power_w"] == pytest.approx(0.9 * unit["power_w"], rel=1e-8)


def test_the_suction_head_of_a_cdu_pump_by_hand():
    """Steam tables (IAPWS-IF97): 12.352 kPa at 50 °C, 15.762 kPa at 55 °C; a quarter of glycol by mass.

    ICAO atmosphere: 100.129 kPa at 100 m.
    """
    unit = efficient()
    warm, vapour = unit["tcs_return_k"] - 273.15, 15.762e3
    assert 50.0 < warm < 55.0
    vapour *= (12.352 / 15.762) ** ((55.0 - warm) / 5.0) * (75 / 18.015) / (75 / 18.015 + 25 / 76.095)
    density = fluids.density(np.array(1), np.array(0.25), np.array(unit["tcs_return_k"]))
    head = (unit["tcs_return_pag"] + 100.129e3 - vapour) / 9.80665
    assert head / unit["npsh_available_m"] == pytest.approx(float(density), rel=1e-3)


@pytest.mark.parametrize(("above", "count"), [(0.999, 0), (1.001, 1)])
def test_a_cdu_is_told_of_its_least_flow_and_its_suction_at_the_limit_and_not_before(above, count):
    unit, path = efficient("pumpsOutCount=1"), "/World/White/Mechanical/Cdu_1"
    least = above * unit["curve_flow_m3_s"] / L_MIN
    head = above * (unit["npsh_available_m"] - 0.5) / unit["pump_speed_ratio"] ** 2
    asks = ("pumpsOutCount=1", f"pumpMinimumFlow={least}", f"npshRequired=[(1, {head}), (5000, {head})]")
    outcome = walk("pod", overrides=[f"{path}.twin:cdu:{ask}" for ask in asks])
    for rule in ("HY013", "HY027"):
        assert [f.prim for f in outcome.findings if f.rule == rule] == [path] * count
