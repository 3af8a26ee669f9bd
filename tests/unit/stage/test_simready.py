"""Reading SimReady assets: ports, ratings, parameters."""

import math
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pxr import Usd

from twin.stage.simready import (
    Refused,
    faults,
    missing_params,
    parse_curve,
    ports,
    ratings,
    to_params,
)
from twin.stage.simready_read import _decimal
from twin.units import to_si

DATA = Path(__file__).parents[2] / "data" / "simready"
CLEAN = {"AcmeCdu": "cdu", "AcmeRack": "rack", "AcmeCrah": "crah", "AcmeUps": "ups"}


@pytest.fixture
def opened():
    """Return a function that opens an asset by name or file; stages live as long as the test."""
    stages = []

    def open_asset(name):
        file = name if isinstance(name, Path) else next((DATA / name).glob(f"{name}.usd*"))
        stages.append(Usd.Stage.Open(str(file)))
        assert stages[-1].GetCompositionErrors() == []
        return stages[-1].GetDefaultPrim()

    return open_asset


@pytest.fixture
def hall(tmp_path):
    """Return a function that writes a site which references an asset, and gives the prim in it."""
    stages = []

    def place(name, *, body="", metres=1.0, folder=DATA):
        shutil.copytree(folder / name, tmp_path / "assets" / name)
        file = tmp_path / "site.usda"
        file.write_text(
            f'#usda 1.0\n(\n    metersPerUnit = {metres}\n    upAxis = "Z"\n)\n'
            f'def Xform "Hall"\n{{\n    double3 xformOp:translate = (10, 20, 0)\n'
            '    uniform token[] xformOpOrder = ["xformOp:translate"]\n'
            f'    def Xform "Unit_01" (\n        references = @./assets/{name}/{name}.usda@\n    )\n    {{\n'
            "        float xformOp:rotateZ = 90\n"
            '        uniform token[] xformOpOrder = ["xformOp:rotateZ"]\n'
            f"{body}    }}\n}}\n",
            encoding="utf-8",
        )
        stages.append(Usd.Stage.Open(str(file)))
        return stages[-1].GetPrimAtPath("/Hall/Unit_01")

    return place


def by_name(prim):
    return {port.name: port for port in ports(prim)}


def close(point, expected):
    return point == pytest.approx(expected, abs=1e-6)


# ports


@pytest.mark.parametrize("name", CLEAN)
def test_every_port_of_our_assets_is_production(opened, name):
    assert {(port.level, port.vocabulary, port.placed) for port in ports(opened(name))} == {
        ("production", "0.2.0", True)
    }


def test_a_port_is_read_with_its_units(opened):
    port = by_name(opened("AcmeCdu"))["acme_tcs_supply_01"]
    assert (port.domain, port.direction, port.system) == ("thermal", "supply", "TCS")
    assert (port.disconnect_type, port.service_clearance_m) == ("flanged", 0.6)
    assert port.values["designFlowRate"] == (19.2, "L/s")
    assert port.values["operatingPressure"] == (400000.0, "Pa g")
    assert port.values["designTemperature"] == (40.0, "degC")
    assert port.values["fluidType"] == ("glycol_water_25", "")
    assert port.number("designFlowRate") == 19.2
    assert port.number("fluidType") is None
    assert port.sense == "leaves"
    assert close(port.local_position_m, (0.3, -0.3, 2.1))
    assert close(port.local_normal, (0, 0, 1))
    assert len(port.values) == 11


def test_ports_come_in_the_order_of_their_names(opened):
    names = [port.name for port in ports(opened("AcmeRack"))]
    assert names == sorted(names)
    assert len(names) == 9


def test_network_ports_keep_lists_and_truth_values(opened):
    port = by_name(opened("AcmeRack"))["acme_fabric_01"]
    assert port.values["supportedConfigurations"] == (("1x800G", "2x400G"), "")
    assert port.values["hotPlugCapable"] == (True, "")
    assert port.number("hotPlugCapable") is None


def test_a_turned_port_faces_where_its_z_axis_points(opened):
    rack = by_name(opened("AcmeRack"))
    assert close(rack["acme_airvent_intake_01"].normal, (0, -1, 0))
    assert close(rack["acme_airvent_outflow_01"].normal, (0, 1, 0))
    assert close(by_name(opened("SampleGb300"))["sample_airvent_intake_01"].normal, (1, 0, 0))


def test_place_and_normal_follow_the_asset_into_the_hall(hall):
    port = by_name(hall("AcmeRack"))["acme_airvent_intake_01"]
    assert close(port.local_position_m, (0, -0.6, 1.1))
    assert close(port.local_normal, (0, -1, 0))
    assert close(port.position_m, (10.6, 20, 1.1))
    assert close(port.normal, (1, 0, 0))


def test_places_are_metres_whatever_the_stage_counts_in(hall):
    port = by_name(hall("AcmeRack", metres=0.01))["acme_airvent_intake_01"]
    assert close(port.local_position_m, (0, -0.006, 0.011))


def test_ports_of_an_instance_are_found(hall):
    prim = hall("AcmeRack")
    prim.SetInstanceable(True)
    assert prim.IsInstance()
    found = by_name(prim)
    assert len(found) == 9
    assert close(found["acme_airvent_intake_01"].position_m, (10.6, 20, 1.1))
    assert [fault.code for fault in faults(prim)] == []


def test_the_hall_overrides_a_port_and_names_its_role(hall):
    body = (
        '        over "ConnectionPoints"\n        {\n            over "acme_tcs_supply_01"\n            {\n'
        "                float simready:connectionPoint:thermal:designFlowRate = 2.6\n"
        '                token twin:port:role = "supply"\n            }\n        }\n'
    )
    port = by_name(hall("AcmeRack", body=body))["acme_tcs_supply_01"]
    assert port.number("designFlowRate") == 2.6
    assert port.role == "supply"


def test_a_port_of_0_1_0_is_read_from_its_name_and_its_mesh(opened):
    found = by_name(opened("AcmeCduOld"))
    port = found["acme_tcs_return_primary"]
    assert port.vocabulary == "0.1.0"
    assert (port.domain, port.direction, port.system, port.sense) == ("thermal", "return", "TCS", "enters")
    assert port.level == "below"
    assert port.service_clearance_m is None
    assert port.placed
    assert close(port.local_position_m, (0.3, 0.3, 2.0))
    assert close(port.local_normal, (0, 0, 1))
    assert found["acme_electrical_nominal_voltage_main"].direction == ""


@pytest.mark.parametrize(
    ("properties", "level"),
    [
        ("", "below"),
        ("domain direction system disconnectType", "below"),
        ("domain direction system disconnectType serviceClearance", "stub"),
        ("type direction system disconnectType serviceClearance", "stub"),
        ("domain direction system disconnectType serviceClearance designFlowRate", "draft"),
    ],
)
def test_levels_of_completeness(properties, level):
    written = {
        "domain": 'token {0}domain = "thermal"', "type": 'token {0}type = "thermal"',
        "direction": 'token {0}direction = "supply"', "system": 'token {0}system = "TCS"',
        "disconnectType": 'token {0}disconnectType = "flanged"',
        "serviceClearance": "float {0}serviceClearance = 0",
        "designFlowRate": "float {0}thermal:designFlowRate = 0",
    }  # fmt: skip
    lines = "\n".join(written[name].format("simready:connectionPoint:") for name in properties.split())
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString(
        '#usda 1.0\ndef Xform "A"\n{\ndef Scope "ConnectionPoints"\n{\ndef Xform "x"\n{\n'
        + lines
        + "\n}\n}\n}\n"
    )
    (port,) = ports(stage.GetPrimAtPath("/A"))
    assert port.level == level
    assert port.domain == ("thermal" if properties else "")


def test_a_written_zero_is_data_and_an_absent_property_is_none(opened):
    port = by_name(opened("AcmeCdu"))["acme_electrical_nominal_voltage_a"]
    assert port.number("matingDepth") == 0.0
    assert port.number("designFlowRate") is None


def test_a_dry_contact_needs_no_phases_frequency_or_power_factor(opened):
    port = by_name(opened("AcmeUps"))["acme_electrical_nominal_voltage_alarm"]
    assert port.level == "production"
    assert "phases" not in port.values


def test_an_asset_without_ports_has_none():
    stage = Usd.Stage.CreateInMemory()
    assert ports(stage.DefinePrim("/A", "Xform")) == ()


def test_ports_and_ratings_pickle_without_usd(opened):
    prim = opened("AcmeRack")
    assert pickle.loads(pickle.dumps(ports(prim))) == ports(prim)
    assert pickle.loads(pickle.dumps(ratings(prim))) == ratings(prim)


# ratings


def test_ratings_carry_class_unit_type_and_evidence(opened):
    cdu = ratings(opened("AcmeCdu"))
    assert (cdu.asset_class, cdu.kind, cdu.version) == ("CDU", "cdu", "0.2.0")
    assert cdu.source == "https://acme.example/c800.pdf"
    flow = cdu.values["aif:spec:referenceTechnologyCoolantFlowRate"]
    assert (flow.value, flow.unit, flow.type, flow.evidence) == (1150.0, "L/min", "float", "datasheet")
    assert cdu.values["aif:core:weight"].unit == "kg"
    assert cdu.values["aif:spec:maximumPowerConsumption2XPumps"].unit is None
    assert cdu.number("nominalFlow") == 0.0192
    assert cdu.number("maximumPowerConsumption2XPumps") is None
    assert cdu.number("coolingType") is None
    assert len(cdu.points("pumpFlowCurve")) == 5
    assert cdu.points("nominalFlow") == cdu.points("absent") == ()
    assert cdu.unknown == ()


@given(st.floats(allow_nan=False, width=32))
def test_the_decimal_of_a_single_precision_number_is_the_same_number(value):
    assert np.float32(_decimal(value)) == np.float32(value)


@given(st.integers(-999_999, 999_999), st.integers(-12, 12))
def test_six_digits_come_back_as_they_were_written(digits, exponent):
    written = float(f"{digits}e{exponent}")
    assert _decimal(float(np.float32(written))) == written


@pytest.mark.parametrize("value", [0.1, 55.10641, 1e300, -1e300, math.inf, 0.0])
def test_double_precision_stays_what_it_is(value):
    assert _decimal(value) == value


def test_a_number_is_read_as_its_author_wrote_it(opened):
    assert ratings(opened("SampleGb300")).number("airCooling") == 19.3


# parameters


@pytest.mark.parametrize(
    ("name", "missing"), [("AcmeCdu", ["pump_power_w"]), ("AcmeRack", []), ("AcmeCrah", []), ("AcmeUps", [])]
)
def test_our_assets_give_what_the_vocabulary_has_a_name_and_a_unit_for(opened, name, missing):
    assert [gap.param for gap in missing_params(opened(name), CLEAN[name])] == missing


def test_a_rack_gives_its_parameters_in_the_units_of_the_vocabulary(opened):
    params = to_params(opened("AcmeRack"), "rack")
    numbers = {name: (p.value, p.unit) for name, p in params.items() if isinstance(p.value, float)}
    assert numbers == {
        "it_power_w": (120.0, "kW"), "edpp_power_w": (150.0, "kW"), "heat_capture_ratio": (85.0, "%"),
        "airflow_m3_s": (1.0, "m^3/s"), "power_factor_ratio": (0.95, "1"), "pressure_max_pag": (1e6, "Pa g"),
        "mass_kg": (1520.0, "kg"),
    }  # fmt: skip
    assert params["required_flow_m3_s"].value == ((30.0, 120.0), (35.0, 135.0), (40.0, 150.0))
    assert params["required_flow_m3_s"].unit == "degC,L/min"
    assert params["it_power_w"].source_attribute == "aif:spec:maxPowerDcTdp"
    assert params["it_power_w"].note.startswith("DC side")
    assert params["airflow_m3_s"].port == "/AcmeRack/ConnectionPoints/acme_airvent_intake_01"


def test_a_pressure_curve_is_sampled_up_to_the_largest_flow_that_the_asset_names(opened):
    curve = to_params(opened("AcmeRack"), "rack")["pressure_curve_pa"]
    assert curve.unit == "L/min,kPa"
    assert curve.value[0] == (0.0, 0.0)
    assert curve.value[-1] == pytest.approx((180.0, 0.002 * 180.0**2 + 0.05 * 180.0))  # 3 L/s of the ports
    assert len(curve.value) == 9


def test_what_is_mapped_converts_to_si_by_the_name_of_the_parameter(opened):
    cdu = to_params(opened("AcmeCdu"), "cdu")
    si = {name: float(to_si(p.value, p.unit, name)) for name, p in cdu.items() if isinstance(p.value, float)}
    assert si["capacity_w"] == 800e3
    assert si["reference_tcs_flow_m3_s"] == pytest.approx(1.15 / 60.0)
    assert si["tcs_flow_max_m3_s"] == pytest.approx(0.026)
    assert si["nameplate_power_w"] == 16e3
    assert si["power_factor_ratio"] == 0.9
    crah = to_params(opened("AcmeCrah"), "crah")
    water = crah["water_flow_m3_s"]
    assert float(to_si(water.value, water.unit, "water_flow_m3_s")) == pytest.approx(40 * 3.785411784e-3 / 60)
    air = crah["airflow_m3_s"]
    assert float(to_si(air.value, air.unit, "airflow_m3_s")) == pytest.approx(14000 * 0.3048**3 / 60)


def test_a_value_without_unit_is_missing_until_its_author_states_one(opened):
    prim = opened("AcmeCdu")
    name = "aif:spec:maximumPowerConsumption2XPumps"
    (gap,) = missing_params(prim, "cdu")
    assert (gap.param, gap.refused) == ("pump_power_w", (Refused(name, "= 14.0 has no stated unit"),))
    stated = to_params(prim, "cdu", author_units={name: "kW"})["pump_power_w"]
    assert (stated.value, stated.unit, stated.source_attribute) == (14.0, "kW", name)


def test_a_ups_takes_its_output_voltage_from_the_port_that_has_a_unit(opened):
    params = to_params(opened("AcmeUps"), "ups")
    assert params["rated_power_w"].source_attribute == "aif:spec:outputActivePower"
    assert params["output_voltage_v"].source_attribute == "simready:connectionPoint:electrical:nominalVoltage"
    assert (params["output_voltage_v"].value, params["output_voltage_v"].unit) == (480.0, "V")


def test_what_an_asset_does_not_say_is_reported_and_never_made_up(opened):
    prim = opened("SampleGb300")
    assert set(to_params(prim, "rack")) == {"airflow_m3_s", "power_factor_ratio", "pressure_max_pag"}
    gaps = {gap.param: gap.reason for gap in missing_params(prim, "rack")}
    assert gaps["heat_capture_ratio"] == "aif:spec:heatCaptureRatio has no value"
    assert gaps["it_power_w"].count("has no value") == 2


@pytest.mark.parametrize(
    ("attribute", "value", "param", "reason"),
    [
        (
            "float3[] aif:spec:requiredLiquidFlowRate",
            "[(30, 2, 12)]",
            "required_flow_m3_s",
            "two different flows",
        ),
        ("float3[] aif:spec:requiredLiquidFlowRate", "[]", "required_flow_m3_s", "no curve"),
        ("float3[] aif:spec:requiredLiquidFlowRate", "[(30, inf, 0)]", "required_flow_m3_s", "not finite"),
        (
            "float2[] aif:spec:requiredLiquidFlowRate",
            "[(30, 2)]",
            "required_flow_m3_s",
            "no curve of 3 columns",
        ),
        ("string aif:spec:liquidSidePqCurve", '"see datasheet"', "pressure_curve_pa", "one '='"),
        ("string aif:spec:heatCaptureRatio", '"85 %"', "heat_capture_ratio", "no number"),
        ("float aif:spec:heatCaptureRatio", "nan", "heat_capture_ratio", "no number"),
    ],
)
def test_a_value_that_cannot_be_believed_is_missing_with_the_reason(hall, attribute, value, param, reason):
    prim = hall("AcmeRack", body=f"        {attribute} = {value}\n")
    assert param not in to_params(prim, "rack")
    assert reason in next(gap.reason for gap in missing_params(prim, "rack") if gap.param == param)


def test_an_equation_without_any_flow_is_not_sampled():
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString(
        '#usda 1.0\ndef Xform "A"\n{\nstring aif:core:assetClass = "compute rack"\n'
        'string aif:spec:liquidSidePqCurve = "y = x"\n}\n'
    )
    gaps = {gap.param: gap.reason for gap in missing_params(stage.GetPrimAtPath("/A"), "rack")}
    assert "no flow of the asset" in gaps["pressure_curve_pa"]


# equations


@pytest.mark.parametrize(
    ("text", "coefficients"),
    [
        ("y = 0.0038x^2 + 0.039x", (0.0, 0.039, 0.0038)),
        ("kPa = 0.0038*LPM^2 + 0.039 LPM", (0.0, 0.039, 0.0038)),
        ("y=0.0038x²−0.039x+1", (1.0, -0.039, 0.0038)),
        ("dP (kPa) = 3.8e-3 Q**2", (0.0, 0.0, 0.0038)),
        ("y = x", (0.0, 1.0)),
        ("y = -.5x + x", (0.0, 0.5)),
        ("y = 0.1x^3, x in L/min, y in kPa", (0.0, 0.0, 0.0, 0.1)),
    ],
)
def test_a_polynomial_is_understood(text, coefficients):
    curve = parse_curve(text)
    assert curve.coefficients == pytest.approx(coefficients)
    assert curve.at(2.0) == pytest.approx(sum(c * 2.0**power for power, c in enumerate(coefficients)))


@pytest.mark.parametrize(
    "text",
    [
        "", "y", "y =", "y = 5", "y == x", "x^2", "y = 0.0038x^2 0.039x", "y = 0,0038x^2", "psi = x",
        "y = sin(x)", "y = __import__('os')", "y = x/2", "y = x + Q", "y = 2x^5", "y = 0.1x, x in gpm",
        "y = x +", "y = --x", "y = 1e999x", "y = x^", "y = x; rm -rf", "Pa = x", "y = 2 * 3 x",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_curve(text)


# the published samples, whose ports later checks will try to mate


def test_the_sample_cdu_has_the_published_port_values(opened):
    prim = opened("SampleCdu")
    found = by_name(prim)
    supply, back = found["sample_tcs_supply_01"], found["sample_tcs_return_01"]
    cold, warm = found["sample_fws_supply_01"], found["sample_fws_return_01"]
    assert ratings(prim).number("nominalCoolingCapacity") == 1200.0
    assert [p.number("designTemperature") for p in (supply, back)] == [44.85, 55.10641]
    assert [p.number("designTemperature") for p in (cold, warm)] == [40.85, 51.10641]
    assert [p.number("designFlowRate") for p in (supply, cold)] == [30.0, 28.50359]
    assert [p.number("portDiameter") for p in (supply, cold)] == [0.101, 0.154]
    assert [p.values["fluidType"].value for p in (supply, cold)] == ["glycol_water_25", "water"]
    assert [p.values["flangeSize"].value for p in (supply, cold)] == ["NPS4", "NPS6"]
    assert (supply.sense, back.sense, cold.sense, warm.sense) == ("leaves", "enters", "enters", "leaves")
    assert supply.number("designTemperature") - cold.number("designTemperature") == pytest.approx(4.0)
    feed = found["sample_electrical_nominal_voltage_01"]
    assert [feed.number(n) for n in ("ratedPower", "nominalVoltage", "maxCurrent")] == [22000.0, 400.0, 35.0]
    assert feed.sense == "enters"


def test_the_sample_rack_has_the_published_port_values(opened):
    prim = opened("SampleGb300")
    found = by_name(prim)
    supply, back = found["sample_tcs_supply_01"], found["sample_tcs_return_01"]
    assert [p.number("designTemperature") for p in (supply, back)] == [32.0, 42.0]
    assert supply.values["fluidType"] == ("water", "")
    assert (supply.number("designFlowRate"), supply.number("portDiameter")) == (2.77512, 0.053)
    assert (supply.sense, back.sense) == ("enters", "leaves")
    air = found["sample_airvent_intake_01"]
    assert (air.number("designAirflowRate"), air.number("designTemperature"), air.sense) == (
        1.06583,
        24.0,
        "enters",
    )
    feeds = [port for name, port in found.items() if "voltage" in name]
    assert len(feeds) == 8
    assert {p.values["ratedPower"] for p in feeds} == {(34000.0, "W")}
    heat = ratings(prim)
    liquid, to_air = heat.number("liquidCooling"), heat.number("airCooling")
    assert 100.0 * liquid / (liquid + to_air) == pytest.approx(85.7, abs=0.05)
    assert 60.0 * supply.number("designFlowRate") / liquid == pytest.approx(1.44, abs=0.005)


def test_the_two_samples_do_not_mate(opened):
    cdu, rack = (by_name(opened(name))["sample_tcs_supply_01"] for name in ("SampleCdu", "SampleGb300"))
    for name in ("fluidType", "flangeSize", "designTemperature"):
        assert cdu.values[name] != rack.values[name]
    assert math.floor(cdu.number("designFlowRate") / rack.number("designFlowRate")) == 10
