"""Dimensions of steel pipe against masses that standards print, and in themselves."""

import numpy as np
import pytest

from twin.laws.steel_pipe import (
    INSIDE_MM,
    OUTSIDE_MM,
    SCHEDULES,
    SIZES,
    inside_diameter,
    sizes_of,
    steel_mass,
)

# ASME B36.10M-2018, plain-end mass [kg/m]: size, wall, mass.
PRINTED = (
    ("DN25", "40", 2.50), ("DN50", "40", 5.44), ("DN100", "40", 16.08), ("DN100", "80", 22.32),
    ("DN200", "40", 42.55), ("DN300", "STD", 73.86), ("DN600", "STD", 141.12), ("DN1200", "STD", 284.25),
)  # fmt: skip


@pytest.mark.parametrize(("size", "wall", "mass"), PRINTED)
def test_a_metre_of_pipe_weighs_what_the_standard_prints(size, wall, mass):
    assert steel_mass([size], [wall], np.array([1.0]))[0] == pytest.approx(mass, rel=2e-3)


def test_sizes_go_from_dn15_to_dn1200():
    assert (SIZES[0], SIZES[-1]) == ("DN15", "DN1200")
    assert sizes_of("STD") == SIZES


@pytest.mark.parametrize("wall", SCHEDULES)
def test_a_larger_size_is_wider_and_no_wall_is_thinner(wall):
    names = sizes_of(wall)
    inside = inside_diameter(names, [wall] * len(names))
    walls = 1e-3 * np.array([OUTSIDE_MM[name] for name in names]) - inside
    assert (np.diff(inside) > 0.0).all()
    assert (walls > 0.0).all()
    assert (np.diff(walls) > -3e-4).all()  # outside diameters of both standards differ by 0.1 mm


def test_a_size_that_its_wall_is_not_made_in_has_no_bore():
    assert ("DN900", "10S") not in INSIDE_MM
    assert np.isnan(inside_diameter(["DN900", ""], ["10S", "40"])).all()
