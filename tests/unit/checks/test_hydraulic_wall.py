"""How fast a fluid may go all year in walls of each material."""

import numpy as np
import pytest

from tests.unit.checks.reviews import CELSIUS, built, found, measured, table
from twin.checks.hydraulic_wall import BEARS, borne
from twin.laws.waves import WALLS

FOOT_M = 0.3048


def pipe(material, kind="pipe"):
    return built(table(kind, 1, inner_diameter_m=0.05, words={"material": material}))


def broken(material, speed_m_s, celsius, kind="pipe"):
    results = {"velocity_m_s": speed_m_s, "inlet_k": CELSIUS + celsius}
    return found("HY054", pipe(material, kind), **{kind: results})


@pytest.mark.parametrize(("material", "celsius", "feet_s"), [
    ("copper", 10.0, 8.0), ("copper", 29.0, 8.0), ("copper", 30.0, 5.0), ("copper", 60.0, 5.0),
    ("copper", 61.0, 3.0), ("pvc", 20.0, 5.0), ("pp", 50.0, 5.0),
])  # fmt: skip
def test_a_pipe_bears_what_its_handbook_says(material, celsius, feet_s):
    assert broken(material, 0.999 * feet_s * FOOT_M, celsius) == []
    (finding,) = broken(material, 1.001 * feet_s * FOOT_M, celsius)
    assert finding.limit == pytest.approx(feet_s * FOOT_M)
    assert finding.margin < 0.0


@pytest.mark.parametrize(("speed", "count"), [(2.39, 0), (2.41, 1)])
def test_carbon_steel_bears_what_a_year_of_service_leaves(speed, count):
    assert len(broken("carbon_steel", speed, 50.0)) == count


def test_stainless_steel_does_not_wear_at_any_speed_of_a_loop():
    assert broken("stainless_steel", 10.0, 55.0) == []


@pytest.mark.parametrize("material", ["epdm", "rubber", "ptfe", "steel_wire_hose"])
def test_hoses_bear_five_feet_a_second(material):
    assert broken(material, 1.52, 55.0, "hose") == []
    assert len(broken(material, 1.53, 55.0, "hose")) == 1


def test_every_material_of_a_wall_has_its_limit_and_none_bears_more_when_hot():
    assert set(BEARS) == set(WALLS)
    limits = borne(tuple(BEARS), np.array([[280.0], [320.0], [350.0]]) * np.ones((3, len(BEARS))))
    assert (np.diff(limits, axis=0) <= 0.0).all()


def test_it_is_a_matter_of_normal_operation_and_of_manifolds_too():
    assert measured("HY054", pipe("copper", "manifold"), manifold={"velocity_m_s": 1.0, "inlet_k": 300.0})
