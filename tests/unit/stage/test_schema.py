"""The USD schema says what the declarations say, and USD understands it."""

import pytest
from pxr import Plug, Sdf, Usd

import twin.stage
from twin.model.component import kinds
from twin.stage.declared import api_name, apis, attribute_name, declared, kind_of_api, relation_name
from twin.stage.plugin import plugin_path, register
from twin.stage.schema import drift, files, generate, write


@pytest.fixture(scope="module")
def schema():
    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.ImportFromString(generate())
    return layer


def test_names_follow_from_the_kind():
    assert api_name("fan_wall") == "TwinFanWallAPI"
    assert attribute_name("fan_wall", "ratedFlow") == "twin:fanWall:ratedFlow"
    assert relation_name("some_kind", "from_") == "twin:someKind:from"


def test_there_is_one_schema_for_each_kind_and_three_for_all(schema):
    names = {spec.name for spec in schema.rootPrims}
    assert names == {"TwinEquipmentAPI", "TwinPortAPI", "TwinConnectionAPI"} | set(kind_of_api())
    assert {spec.specifier for spec in schema.rootPrims} == {Sdf.SpecifierClass}


def test_nothing_has_a_fallback_value(schema):
    def look(path):
        if path.IsPropertyPath():
            assert not schema.GetObjectAtPath(path).HasInfo("default"), path

    schema.Traverse("/", look)


def test_a_number_carries_unit_name_limits_and_source(schema):
    power = schema.GetAttributeAtPath("/TwinRackAPI.twin:rack:itPower")
    assert power.typeName == Sdf.ValueTypeNames.Double
    assert (power.displayName, power.GetInfo("twinUnit")) == ("itPower [kW]", "kW")
    assert power.GetInfo("limits")["hard"] == {"minimum": 0, "maximum": 2000}
    assert power.documentation.endswith(".")
    roughness = schema.GetAttributeAtPath("/TwinManifoldAPI.twin:manifold:roughness")
    assert "Idelchik" in roughness.customData["source"]


def test_a_curve_is_pairs_with_the_units_of_both_columns(schema):
    curve = schema.GetAttributeAtPath("/TwinRackAPI.twin:rack:pressureCurve")
    assert str(curve.typeName) == "double2[]"
    assert curve.GetInfo("twinUnit") == "L/min;kPa"
    assert curve.displayName == "pressureCurve [kPa over L/min]"


def test_a_closed_list_of_words_and_a_relationship_are_declared_as_such(schema):
    assert "A2" in schema.GetAttributeAtPath("/TwinRackAPI.twin:rack:airClass").allowedTokens
    assert schema.GetRelationshipAtPath("/TwinContingencyAPI.twin:contingency:out")
    assert schema.GetRelationshipAtPath("/TwinConnectionAPI.twin:connection:from")


def test_ports_keep_the_simready_names_types_and_units(schema):
    flow = schema.GetAttributeAtPath("/TwinPortAPI.simready:connectionPoint:thermal:designFlowRate")
    assert (str(flow.typeName), flow.GetInfo("twinUnit")) == ("float", "L/s")
    pressure = schema.GetAttributeAtPath("/TwinPortAPI.simready:connectionPoint:thermal:maxPressure")
    assert pressure.GetInfo("twinUnit") == "Pa g"
    phases = schema.GetAttributeAtPath("/TwinPortAPI.simready:connectionPoint:electrical:phases")
    assert str(phases.typeName) == "int"


def test_usd_knows_every_schema_without_code():
    registry = Usd.SchemaRegistry()
    for api in apis():
        definition = registry.FindAppliedAPIPrimDefinition(api.name)
        assert definition is not None, api.name
        assert {p.name for p in api.properties} <= set(definition.GetPropertyNames())


def test_a_connection_has_its_ends_and_its_identity_built_in():
    names = set(Usd.SchemaRegistry().FindAppliedAPIPrimDefinition("TwinHoseAPI").GetPropertyNames())
    assert {"twin:connection:from", "twin:connection:to", "twin:id", "twin:standby"} <= names
    assert (
        "twin:connection:from"
        not in Usd.SchemaRegistry().FindAppliedAPIPrimDefinition("TwinRackAPI").GetPropertyNames()
    )


def test_the_unit_of_a_prim_that_says_nothing_comes_from_the_schema():
    stage = Usd.Stage.CreateInMemory()
    prim = stage.DefinePrim("/Rack", "Xform")
    prim.ApplyAPI("TwinRackAPI")
    attribute = prim.GetAttribute("twin:rack:itPower")
    assert attribute.Get() is None
    assert attribute.GetMetadata("twinUnit") == "kW"
    assert attribute.GetHardLimits().GetMaximum() == 2000


def test_registering_again_is_harmless():
    register()
    assert Plug.Registry().GetPluginWithName("twinSchema") is not None
    assert plugin_path().is_dir()
    assert twin.stage.__name__ == "twin.stage"


def test_writing_the_schema_twice_gives_the_same_files_and_no_drift(tmp_path):
    write(tmp_path)
    assert drift(tmp_path) == ()
    (tmp_path / "generatedSchema.usda").write_text("#usda 1.0\n")
    assert drift(tmp_path) == ("generatedSchema.usda",)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(files())


def test_every_declared_name_belongs_to_one_schema_only():
    names = [p.name for api in apis() for p in api.properties]
    assert len(names) == len(set(names)) == len(declared())
    assert len(kind_of_api()) == len(kinds())
