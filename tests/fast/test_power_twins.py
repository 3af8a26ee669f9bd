"""Compiled power flows say what the numpy path says: repeated solutions of halls that carry other loads."""

import dataclasses

import numpy as np
import pytest

from tests.unit.solve.test_power_kept import again, tree

pytest.importorskip("numba")

# Of nominal voltage: what rounding leaves of the same sums in two orders.
EQUAL = 1e-12
# Of the largest of its kind: a stiff busway turns the last digits of voltages, those of numpy, into amperes.
STIFF = 3e-12


@pytest.mark.parametrize("variants", [1, 7, 70])
def test_a_repeated_power_flow_is_the_same_compiled(monkeypatch, variants):
    net, watts = tree(variants)
    found = []
    for path in ("0", "1"):
        monkeypatch.setenv("TWIN_FAST", path)
        found.append(again(net, watts))
    plain, fast = found
    assert np.abs(fast.node_voltage_ratio - plain.node_voltage_ratio).max() <= EQUAL
    for field in dataclasses.fields(plain):
        one, other = getattr(plain, field.name), getattr(fast, field.name)
        if isinstance(one, np.ndarray) and one.size and field.name != "residual_ratio":
            np.testing.assert_allclose(
                other, one, rtol=0.0, atol=STIFF * np.abs(one).max(), err_msg=field.name
            )
    assert fast.passes == plain.passes
