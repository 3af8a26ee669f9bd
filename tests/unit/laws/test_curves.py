"""Tables of points within and beyond their ends."""

import numpy as np
import pytest

from twin.laws.curves import extended, interpolate

KNOTS = np.array([[1.0, 2.0, 4.0], [1.0, 2.0, np.nan], [1.0, 3.0, 4.0]])
VALUES = np.array([[1.0, 2.0, 6.0], [1.0, 4.0, np.nan], [5.0, 3.0, 2.0]])


def test_a_table_that_goes_on_is_the_same_within_its_points_and_before_them():
    at = np.broadcast_to(np.linspace(-1.0, 2.0, 13), (3, 13))
    assert extended(KNOTS, VALUES, at) == pytest.approx(interpolate(KNOTS, VALUES, at), rel=1e-15)


def test_beyond_its_last_point_a_table_rises_on_and_never_falls():
    assert extended(KNOTS, VALUES, np.full((3, 1), 6.0))[:, 0] == pytest.approx([10.0, 16.0, 2.0])
