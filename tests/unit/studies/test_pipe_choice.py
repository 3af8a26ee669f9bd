"""Sizes for given flows: the smallest that keeps its limits, and never a smaller one for more flow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.laws.steel_pipe import SCHEDULES, SIZES, inside_diameter, sizes_of
from twin.studies.pipe_choice import Flows, SizeLimits, keeps, loads, smallest_size

USUAL = SizeLimits(
    velocity_m_s=3.0, velocity_source="", small_velocity_m_s=1.2, small_source="", gradient_pa_m=400.0,
    small_gradient_pa_m=np.inf, gradient_source="",
)  # fmt: skip


def flows(*m3_s, density=998.0):
    """Return parts that carry these flows of water in one case."""
    one = np.ones((len(m3_s), 1))
    return Flows(
        flow_kg_s=density * np.array(m3_s)[:, None], density_kg_m3=density * one, viscosity_pa_s=1e-3 * one,
        roughness_m=4.5e-5 * one, worst=np.zeros(len(m3_s), np.intp), carries=np.ones(len(m3_s), np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize("wall", SCHEDULES)
@given(st.lists(st.floats(1e-5, 5.0), min_size=2, max_size=8))
def test_what_carries_more_is_never_smaller(wall, m3_s):
    rising = sorted(m3_s)
    names = smallest_size(flows(*rising), np.arange(len(rising)), wall, USUAL)
    assert [SIZES.index(n) for n in names] == sorted(SIZES.index(n) for n in names)


@pytest.mark.parametrize("m3_s", [4e-4, 2e-3, 5e-3, 2e-2, 0.2, 1.0])
def test_the_size_keeps_its_limits_and_the_next_smaller_one_does_not(m3_s):
    found, (name,) = flows(m3_s), smallest_size(flows(m3_s), np.array([0]), "STD", USUAL)
    names = sizes_of("STD")
    at = names.index(name)
    bores = inside_diameter(names[at - 1 : at + 1], ["STD"] * 2)
    smaller, own = (
        keeps(USUAL, bores[i : i + 1], *loads(found, np.array([0]), bores[i : i + 1])) for i in (0, 1)
    )
    assert own.all()
    assert not smaller.any()


def test_friction_is_that_of_the_moody_chart():
    # DN100 schedule 40, 10 L/s of water at 20 °C, wall 0.045 mm: 1.2176 m/s, Re 1.24e5, f 0.01953.
    velocity, gradient = loads(flows(0.01), np.array([0]), np.array([0.10226]))
    assert velocity[0] == pytest.approx(1.2176, rel=1e-4)
    assert gradient[0] == pytest.approx(0.01953 / 0.10226 * 998.0 / 2.0 * 1.2176**2, rel=2e-3)


def test_the_largest_size_of_a_wall_stands_for_what_none_can_carry():
    assert smallest_size(flows(50.0), np.array([0]), "80", USUAL) == [sizes_of("80")[-1]]
