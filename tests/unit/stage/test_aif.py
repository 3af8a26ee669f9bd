"""The vocabulary table: complete, in units that we know, silent where the specification is."""

import pickle

import pytest

from twin.stage.aif import FLUIDS, LATEST, PORT_NAMES, PORT_PREFIX, VOCABULARIES, nearest, port_name, sense
from twin.stage.aif_map import AIF_MAP
from twin.units import UnitError, canonical, check_unit

# What the specification gives no unit for; nobody may read a number from it.
SILENT = {
    "cdu": {
        "coolingCapacityCurve", "maximumCoolingCapacity", "maximumPowerConsumption2XPumps",
        "maximumPowerConsumption3XPumps", "current", "efficiency", "ratedVoltageIncomingPower",
        "ratedMaxPower", "incomingPowerFeeds", "motorPowerInfo", "ratedVoltageRotatingEquipment",
        "efficiencyRotatingEquipment",
    },
    "crah": {"primaryPipeDiameter", "secondaryPipeDiameter", "powerSupply", "electricalCurrent"},
    "ups": {
        "upsRating", "electricalCurrent", "inputCurrentDistortion", "outputVoltage",
        "outputThdNominalVoltageWithNonLinearLoad", "operatingAltitude",
    },
    "rack": set(),
}  # fmt: skip


def test_both_versions_are_there_and_know_themselves():
    assert list(VOCABULARIES) == ["0.1.0", "0.2.0"]
    assert all(vocabulary.version == version for version, vocabulary in VOCABULARIES.items())


@pytest.mark.parametrize("version", VOCABULARIES)
@pytest.mark.parametrize(("kind", "count"), [("cdu", 61), ("crah", 31), ("ups", 29), ("rack", 18)])
def test_each_class_has_as_many_attributes_as_its_class_file(version, kind, count):
    names = [entry.name for entry in VOCABULARIES[version].kind(kind).names]
    assert len(names) == len(set(names)) == count


def test_core_and_ports_are_complete():
    assert len(LATEST.core) == 17
    assert [entry.name for entry in LATEST.base] == [
        "domain", "direction", "system", "disconnectType", "serviceClearance",
    ]  # fmt: skip
    assert {domain: len(names) for domain, names in LATEST.domains.items()} == {
        "thermal": 11, "electrical": 9, "network": 12, "airflow": 9,
    }  # fmt: skip
    assert not VOCABULARIES["0.1.0"].base
    assert not VOCABULARIES["0.1.0"].domains


def test_every_stated_unit_is_one_that_our_units_know():
    for name, entry in LATEST.every_name():
        for unit in entry.columns:
            assert canonical(unit), name


@pytest.mark.parametrize("kind", SILENT)
def test_silence_of_the_specification_is_none_and_nothing_else_is(kind):
    assert {entry.name for entry in LATEST.kind(kind).names if not entry.stated} == SILENT[kind]
    assert LATEST.attribute(kind, "nothing") is None


def test_what_looks_alike_is_told_apart():
    assert LATEST.attribute("cdu", "nominalFlow").unit == "m^3/s"
    assert LATEST.attribute("cdu", "referenceTechnologyCoolantFlowRate").unit == "L/min"
    assert LATEST.attribute("crah", "flowRate").unit == "gpm"
    assert LATEST.port_property("thermal", "designFlowRate").unit == "L/s"
    assert LATEST.attribute("rack", "namePlatePower").unit == "W"
    assert LATEST.attribute("rack", "maxPowerDcTdp").unit == "kW"
    assert LATEST.attribute("crah", "unitPressureDrop").unit == "ftH2O"
    assert LATEST.port_property("thermal", "operatingPressure").unit == "Pa g"
    assert LATEST.port_property("airflow", "staticPressure").unit == "Pa"
    assert LATEST.attribute("crah", "returnAirVolume").basis == "actual"
    assert LATEST.port_property("electrical", "nominalVoltage").basis == "line not stated"
    assert LATEST.attribute("rack", "requiredLiquidFlowRate").columns == ("degC", "L/s", "L/min")
    assert all(entry.unit != "" for entry in LATEST.kind("cdu").names if entry.type.startswith("float2"))


@pytest.mark.parametrize(
    ("token", "kind"),
    [("CDU", "cdu"), (" crah ", "crah"), ("Ups", "ups"), ("Compute Rack", "rack"), ("gb300_rack", "rack")],
)
def test_class_tokens_match_without_regard_to_case_and_outer_blanks(token, kind):
    assert LATEST.asset_class(token).kind == kind


def test_the_token_of_the_authoring_guide_is_no_class():
    assert LATEST.asset_class("Rack") is None
    assert LATEST.asset_class("") is None


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("acme_tcs_supply_01", "tcs_supply"),
        ("acme_cooling_2_fws_return", "fws_return"),
        ("acme_electrical_nominal_voltage_main_a", "electrical_nominal_voltage"),
        ("spt_liq_supply", "liq_supply"),
        ("generic_tcs_supply_piping_connection_primary", "tcs_supply"),
        ("tcs_supply", None),
        ("Acme_tcs_supply", None),
        ("acme_tcs_supply_", None),
        ("acme_tcs_inlet", None),
        ("acme_network_01", None),
        ("acme__tcs_supply", None),
    ],
)
def test_port_names_of_0_1_0(name, prefix):
    found = port_name(name)
    assert (found.prefix if found else None) == prefix


def test_every_prefix_that_a_class_requires_has_a_meaning():
    known = {meaning.prefix for meaning in PORT_NAMES}
    assert {prefix for own in LATEST.classes for prefix in own.prefixes} <= known


@pytest.mark.parametrize(
    ("kind", "system", "direction", "expected"),
    [
        ("cdu", "FWS", "supply", "enters"), ("cdu", "FWS", "return", "leaves"),
        ("cdu", "TCS", "supply", "leaves"), ("cdu", "TCS", "return", "enters"),
        ("rack", "TCS", "supply", "enters"), ("rack", "TCS", "return", "leaves"),
        ("crah", "anything", "supply", "enters"), ("crah", "", "return", "leaves"),
        ("cdu", "", "supply", None), ("ups", "TCS", "supply", None), ("rack", "TCS", "bidirectional", None),
    ],
)  # fmt: skip
def test_direction_is_a_role_in_the_loop_and_the_sense_follows_from_the_class(
    kind, system, direction, expected
):
    assert sense(kind, "thermal", system, direction) == expected


def test_power_and_air_are_seen_from_the_equipment():
    assert sense("ups", "electrical", "power", "input") == "enters"
    assert sense("ups", "electrical", "power", "output") == "leaves"
    assert sense("rack", "airflow", "equipment_cooling", "output") == "leaves"
    assert sense("rack", "network", "mgmt", "bidirectional") is None


def test_fluid_tokens_carry_the_share_and_nothing_that_is_not_said():
    shares = {fluid.token: fluid.share_ratio for fluid in FLUIDS}
    assert shares["glycol_water_25"] == 0.25
    assert shares["water"] is None
    assert set(shares) == set(LATEST.tokens["fluidType"])


def test_the_nearest_name_is_suggested_and_nothing_far():
    known = [f"{PORT_PREFIX}thermal:{entry.name}" for entry in LATEST.domains["thermal"]]
    assert nearest(f"{PORT_PREFIX}thermal:designFlowrate", known).endswith("designFlowRate")
    assert nearest("qqqq", known) == ""


def test_every_mapped_source_is_in_the_vocabulary():
    known = dict(LATEST.every_name())
    for kind, params in AIF_MAP.items():
        for param, sources in params.items():
            for source in sources:
                assert source.attribute in known, (kind, param)
                assert LATEST.kind(kind)


def test_a_mapped_unit_fits_the_name_of_the_parameter():
    for kind, params in AIF_MAP.items():
        for param, sources in params.items():
            for source in sources:
                entry = dict(LATEST.every_name())[source.attribute]
                own = LATEST.attribute(kind, source.attribute.rpartition(":")[2]) or entry
                if own.stated and not (source.columns or source.sampled):
                    assert check_unit(own.unit, param)


def test_apparent_power_from_an_author_is_refused_by_the_name():
    with pytest.raises(UnitError):
        check_unit("kVA", "rated_w")


def test_tables_pickle():
    assert pickle.loads(pickle.dumps(LATEST.classes)) == LATEST.classes
