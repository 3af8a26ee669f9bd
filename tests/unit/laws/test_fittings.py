"""Laws of fittings by Crane's method."""

import numpy as np
import pytest

from twin.laws import fittings

SUDDEN = np.array(np.pi / 2.0)


# Crane's table of fT, two digits, Sch 40, as the fit of fluids (ft_Crane) gives it when rounded.
@pytest.mark.parametrize(
    ("inch", "bore_m", "printed"),
    [(1, 0.02664, 0.022), (2, 0.0525, 0.019), (4, 0.10226, 0.016), (6, 0.15405, 0.015), (12, 0.30323, 0.013)],
)
def test_the_factor_of_full_turbulence_is_that_of_the_table_to_a_digit(inch, bore_m, printed):
    assert inch > 0
    assert fittings.full_turbulence_factor(np.array(bore_m)) == pytest.approx(printed, abs=0.001)


def test_a_length_of_pipe_of_the_equivalent_length_loses_what_the_fitting_loses():
    bore = np.array([0.05, 0.1])
    factor = fittings.full_turbulence_factor(bore)
    for diameters in fittings.CRANE.values():
        loss = fittings.crane_loss(np.array(diameters), bore)
        np.testing.assert_allclose(fittings.equivalent_length(loss, factor, bore), diameters * bore)


def test_a_sudden_enlargement_loses_what_borda_and_carnot_found():
    ratio = np.linspace(0.0, 1.0, 6)
    np.testing.assert_allclose(fittings.enlargement_loss(ratio, SUDDEN), (1.0 - ratio**2) ** 2)
    assert fittings.enlargement_loss(np.array(0.0), SUDDEN) == 1.0
    assert fittings.contraction_loss(np.array(0.0), SUDDEN) == 0.5


def test_a_gentler_cone_never_loses_more():
    angles = np.radians(np.linspace(0.0, 90.0, 60))
    for law in (fittings.contraction_loss, fittings.enlargement_loss):
        losses = law(np.array(0.6), angles)
        assert losses[0] == 0.0
        assert np.all(np.diff(losses) >= -1e-12)


def test_a_valve_as_wide_as_the_pipe_is_not_reduced_and_a_narrower_one_loses_more():
    own = np.array(0.3)
    assert fittings.reduced_seat_loss(own, np.array(1.0)) == own
    assert fittings.reduced_port_loss(own, np.array(1.0), SUDDEN) == own
    ratio = np.linspace(1.0, 0.4, 20)
    assert np.all(np.diff(fittings.reduced_seat_loss(own, ratio)) > 0.0)
    assert np.all(np.diff(fittings.reduced_port_loss(own, ratio, np.array(0.2))) > 0.0)


def test_a_loss_moved_to_a_wider_pipe_and_back_is_itself():
    there = fittings.loss_on(np.array(2.0), np.array(0.7))
    assert fittings.loss_on(there, np.array(1.0 / 0.7)) == pytest.approx(2.0)
