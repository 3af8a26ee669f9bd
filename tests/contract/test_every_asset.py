"""What every asset owes: it opens alone, says all its numbers with their source, and places its ports."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from pxr import Sdf, Usd, UsdGeom

from twin.data import folder
from twin.model.component import Component, Port, kinds
from twin.stage.aif import LATEST, PORT_PREFIX
from twin.stage.aif_port import DRY_CONTACT, DRY_CONTACT_OMITS
from twin.stage.declared import PORT, attribute_name, kind_of_api
from twin.stage.simready import faults

EVIDENCE = {"datasheet", "standard", "derived", "assumption"}
USD_TYPES = {"number": "double", "curve": "double2[]", "token": "token", "text": "string"}
# What only an asset of one of NVIDIA's four classes owes; what has no port needs no ConnectionPoints (SR107).
OF_A_CLASS = {"SR121", "SR122", "SR123"}
FILES = {
    file.stem: file for file in sorted(folder("assets").glob("*/*.usda")) if file.stem == file.parent.name
}
Case = tuple[str, str]


def variants(name: str) -> list[str]:
    """Return the selections of the asset's first variant set, or one empty selection."""
    layer = Sdf.Layer.FindOrOpen(str(FILES[name]))
    prim = layer.GetPrimAtPath(f"/{name}")
    families = sorted(prim.variantSets.keys()) if prim else []
    return [f"{f}={v.name}" for f in families[:1] for v in prim.variantSets[f].variantList] or [""]


CASES: list[Case] = [(name, variant) for name in FILES for variant in variants(name)]


@cache
def stage_of(case: Case) -> Any:
    """Return the asset's stage with its variant selected."""
    name, variant = case
    stage = Usd.Stage.Open(Sdf.Layer.FindOrOpen(str(FILES[name])), Sdf.Layer.CreateAnonymous(".usda"))
    if variant:
        family, selection = variant.split("=")
        stage.SetEditTarget(stage.GetSessionLayer())
        stage.GetDefaultPrim().GetVariantSet(family).SetVariantSelection(selection)
    return stage


def root_of(case: Case) -> Any:
    return stage_of(case).GetDefaultPrim()


def applied(prim: Any) -> list[str]:
    told = prim.GetMetadata("apiSchemas")
    return list(told.GetAddedOrExplicitItems()) if told else []


def kind_of(case: Case) -> type[Component]:
    (kind,) = [kind_of_api()[api] for api in applied(root_of(case)) if api in kind_of_api()]
    return kind


def port_prims(case: Case) -> list[Any]:
    scope = root_of(case).GetChild("ConnectionPoints")
    return list(scope.GetChildren()) if scope else []


def said(prim: Any, name: str) -> Any:
    attribute = prim.GetAttribute(PORT_PREFIX + name)
    return attribute.Get() if attribute else None


def fits(prim: Any, port: Port) -> bool:
    """Return whether a port prim can stand for a declared port."""
    role = prim.GetAttribute("twin:port:role")
    told = role.Get() if role else None
    return (
        said(prim, "domain") == port.domain
        and port.system in ("", said(prim, "system"))
        and port.direction in ("", said(prim, "direction"))
        and (told is None or port.role in ("", told))
    )


def own_numbers(case: Case) -> Iterator[tuple[Any, Any]]:
    """Yield the attribute and the parameter of everything the asset says of its kind."""
    kind = kind_of(case)
    for param in kind.params:
        attribute = root_of(case).GetAttribute(attribute_name(kind.kind, param.attribute))
        if attribute and attribute.HasAuthoredValue():
            yield attribute, param


every_asset = pytest.mark.parametrize("case", CASES, ids=["-".join(filter(None, case)) for case in CASES])
every_equipment = pytest.mark.parametrize(
    "case",
    [case for case in CASES if not kind_of(case).is_connection],
    ids=lambda case: "-".join(filter(None, case)),
)


def test_there_are_assets():
    assert len(FILES) > 30


@every_asset
def test_it_opens_alone(case):
    stage = stage_of(case)
    assert [str(error) for error in stage.GetCompositionErrors()] == []
    assert stage.GetDefaultPrim().GetName() == case[0]
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z
    assert stage.GetRootLayer().timeCodesPerSecond == 1.0
    assert stage.GetRootLayer().documentation


@every_asset
def test_one_opinion_reaches_every_instance_through_its_class(case):
    inherits = root_of(case).GetInherits().GetAllDirectInherits()
    assert f"/_class_{case[0]}" in [str(path) for path in inherits]


@every_asset
def test_it_is_of_one_kind_and_says_nothing_undeclared(case):
    kind = kind_of(case)
    mine = {attribute_name(kind.kind, param.attribute) for param in kind.params}
    told = {name for name in root_of(case).GetAuthoredPropertyNames() if name.startswith("twin:")}
    assert told - mine == set()


@every_asset
def test_every_required_number_is_given(case):
    given = {name for _, param in own_numbers(case) for name in (param.name, param.instead_of)}
    assert {p.name for p in kind_of(case).params if p.required} - given == set()


@every_asset
def test_every_value_has_its_type_its_source_and_its_evidence(case):
    for attribute, param in own_numbers(case):
        assert str(attribute.GetTypeName()) == USD_TYPES[param.form], attribute.GetName()
        custom = attribute.GetCustomData()
        assert custom.get("source"), attribute.GetName()
        assert custom.get("evidence") in EVIDENCE, attribute.GetName()


@every_asset
def test_every_value_is_inside_its_hard_range(case):
    for attribute, param in own_numbers(case):
        value, (low, high) = attribute.Get(), param.hard
        if param.form == "number":
            assert low is None or value >= low, attribute.GetName()
            assert high is None or value <= high, attribute.GetName()
        elif param.form == "curve":
            points = np.array(value)
            assert np.isfinite(points).all(), attribute.GetName()
            assert (np.diff(points[:, 0]) > 0).all(), attribute.GetName()
        elif param.form == "token":
            assert value in param.tokens, attribute.GetName()


@every_equipment
def test_its_box_is_its_geometry_with_the_origin_at_the_centre_of_the_footprint(case):
    hint = np.array(root_of(case).GetAttribute("extentsHint").Get())
    geometry = root_of(case).GetChild("Geometry")
    cache_ = UsdGeom.BBoxCache(Usd.TimeCode.Default(), [UsdGeom.Tokens.default_])
    box = cache_.ComputeRelativeBound(geometry, root_of(case)).ComputeAlignedRange()
    assert np.allclose(np.array([box.GetMin(), box.GetMax()]), hint, atol=1e-4)
    assert np.allclose(hint[0] + hint[1], [0.0, 0.0, hint[1, 2]], atol=1e-4)
    assert (hint[1] > hint[0]).all()
    assert not geometry.HasAPI("MaterialBindingAPI")


@every_equipment
def test_every_declared_port_is_there(case):
    prims = port_prims(case)
    for port in kind_of(case).ports:
        bound = [prim.GetName() for prim in prims if fits(prim, port)]
        if port.many:
            assert bound or not port.required, port.name
        else:
            assert len(bound) == 1 or (not bound and not port.required), (port.name, bound)
    for prim in prims:
        assert any(fits(prim, port) for port in kind_of(case).ports), prim.GetName()


@every_equipment
def test_every_port_is_a_complete_connection_point(case):
    for prim in port_prims(case):
        domain = said(prim, "domain")
        assert prim.GetTypeName() == LATEST.port_type
        assert PORT in applied(prim), prim.GetName()
        assert UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide
        assert prim.GetCustomData().get("evidence") in EVIDENCE, prim.GetName()
        assert prim.GetCustomData().get("source"), prim.GetName()
        wanted = [(name.name, name) for name in LATEST.base]
        dry = said(prim, "electrical:connectorType") == DRY_CONTACT
        wanted += [
            (f"{domain}:{name.name}", name)
            for name in LATEST.domains[domain]
            if not (dry and name.name in DRY_CONTACT_OMITS)
        ]
        for name, entry in wanted:
            attribute = prim.GetAttribute(PORT_PREFIX + name)
            assert attribute.HasAuthoredValue(), (prim.GetName(), name)
            assert str(attribute.GetTypeName()) == entry.type, (prim.GetName(), name)


@every_equipment
def test_the_simready_rules_find_nothing_wrong(case):
    found = faults(root_of(case))
    classed = root_of(case).HasAttribute("aif:core:assetClass")
    excused = set() if classed else OF_A_CLASS if kind_of(case).ports else OF_A_CLASS | {"SR107"}
    assert [str(f) for f in found if f.code not in excused] == []


@every_equipment
def test_a_connection_point_lies_at_its_opening(case):
    hint = np.array(root_of(case).GetAttribute("extentsHint").Get())
    places = UsdGeom.XformCache()
    for prim in port_prims(case):
        at = np.array(places.ComputeRelativeTransform(prim, root_of(case))[0].ExtractTranslation())
        outside = np.maximum(hint[0] - at, at - hint[1]).max()
        assert outside < 0.11, f"{prim.GetName()} is {outside:.2f} m away from the box"


def test_a_kind_without_an_asset_is_one_that_needs_none():
    made = {kind_of(case).kind for case in CASES}
    mine = {"rack", "air_rack", "cdu", "manifold", "hose", "picv", "strainer", "pump", "expansion_vessel",
            "cooling_tower", "adiabatic_cooler",
            "dry_cooler", "air_cooled_chiller", "water_cooled_chiller", "plate_exchanger", "fan_wall", "crah",
            "rear_door", "tile", "junction", "reservoir", "tank", "regulating_valve",
            "bare_pump"}  # fmt: skip
    assert mine & set(kinds()) <= made
