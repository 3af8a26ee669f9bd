"""Laws of converter losses beyond what was measured."""

from types import SimpleNamespace

import numpy as np
import pytest

from twin.solve.power_point import converter_power

RATED_W = 1e6
FIXED, LINEAR, QUADRATIC = 0.01, 0.015, 0.02


def loss_w(load):
    """Return the loss at each load over rating."""
    load = np.atleast_2d(np.asarray(load, dtype=np.float64))
    count = load.shape[1]
    converters = SimpleNamespace(
        b=np.zeros(1, dtype=np.intp), rated_w=np.full((1, 1), RATED_W),
        fixed_loss_ratio=np.full((1, 1), FIXED), linear_loss_ratio=np.full((1, 1), LINEAR),
        quadratic_loss_ratio=np.full((1, 1), QUADRATIC),
    )  # fmt: skip
    supply = SimpleNamespace(
        rated_ratio=np.ones((1, count)), bus=np.arange(count).reshape(1, -1),
        converters=np.ones((1, count), dtype=np.bool_),
    )  # fmt: skip
    grid = SimpleNamespace(supply=supply, net=SimpleNamespace(converters=converters))
    state = SimpleNamespace(
        bus_va=load[0] * RATED_W + 0j, deviation=np.zeros((1, count), dtype=np.complex128)
    )
    return converter_power(grid, state)[1][0]


def test_up_to_its_rating_a_converter_loses_what_its_curve_says():
    load = np.array([0.0, 0.25, 1.0])
    np.testing.assert_allclose(
        loss_w(load), RATED_W * (FIXED + load * (LINEAR + load * QUADRATIC)), rtol=1e-12
    )


def test_beyond_its_rating_the_loss_goes_on_along_the_tangent():
    step = 1e-4
    below, at, above = loss_w([1.0 - step, 1.0, 1.0 + step])
    assert above - at == pytest.approx(at - below, rel=1e-3)
    far = loss_w([1.0, 2.0, 14.0])
    assert far[2] - far[0] == pytest.approx(13.0 * (far[1] - far[0]), rel=1e-12)
