"""The same random radial networks in pandapower and here."""

import numpy as np
import pytest

from twin.model.element import Feed, Line, Load, Transformer, Use
from twin.model.power_net import lay_out_power
from twin.solve.power import solve_power

pandapower = pytest.importorskip("pandapower")

FACTOR = 0.97


def tree(buses, seed):
    """Return parents, impedances and loads of a random tree behind one transformer."""
    rng = np.random.default_rng(seed)
    parent = np.array([int(rng.integers(0, n)) for n in range(1, buses)])
    ohm = rng.uniform(1e-4, 2e-3, buses - 1)
    return parent, ohm, ohm * rng.uniform(0.2, 1.5, buses - 1), rng.uniform(1e3, 2e5 / buses * 4, buses)


def with_pandapower(parent, ohm, reactance, watts):
    net = pandapower.create_empty_network()
    high = pandapower.create_bus(net, vn_kv=20.0)
    low = [pandapower.create_bus(net, vn_kv=0.415) for _ in watts]
    pandapower.create_ext_grid(net, high)
    pandapower.create_transformer_from_parameters(
        net, high, low[0], sn_mva=2.0, vn_hv_kv=20.0, vn_lv_kv=0.415, vkr_percent=0.75, vk_percent=6.0,
        pfe_kw=0.0, i0_percent=0.0,
    )  # fmt: skip
    for row, above in enumerate(parent):
        pandapower.create_line_from_parameters(
            net, low[above], low[row + 1], length_km=1.0, r_ohm_per_km=ohm[row], x_ohm_per_km=reactance[row],
            c_nf_per_km=0.0, max_i_ka=1.0,
        )  # fmt: skip
    for bus, power in zip(low, watts, strict=True):
        pandapower.create_load(net, bus, power / 1e6, power / 1e6 * np.tan(np.arccos(FACTOR)))
    pandapower.runpp(net, tolerance_mva=1e-12, trafo_model="pi", max_iteration=50)
    return net


def here(parent, ohm, reactance, watts):
    count = len(watts)
    each, bare = np.arange(count), np.full((1, 1), np.nan)
    blocks = [
        Feed(
            role="grid", part=np.zeros(1, int), node=np.array([0]), voltage_v=np.array([[20e3]]),
            short_circuit_va=bare, rated_w=bare,
        ),
        Transformer(
            role="winding", part=np.zeros(1, int), a=np.array([0]), b=np.array([1]),
            rated_va=np.array([[2e6]]), primary_v=np.array([[20e3]]), secondary_v=np.array([[415.0]]),
            impedance_ratio=np.array([[0.06]]),
            load_loss_w=np.array([[15e3]]), no_load_loss_w=np.zeros((1, 1)), room=np.array([-1]),
        ),
        Line(
            role="line", part=each[1:], a=parent + 1, b=each[1:] + 1, resistance_ohm=ohm[:, None],
            reactance_ohm=reactance[:, None], rating_a=np.full((count - 1, 1), np.nan),
            room=np.full(count - 1, -1),
        ),
        Load(
            role="load", part=each, node=each + 1, consumer=each, priority=np.zeros(count, int),
            weight_ratio=np.ones((count, 1)), power_w=watts[:, None],
            power_factor_ratio=np.full((count, 1), FACTOR), use=Use.IT,
        ),
    ]  # fmt: skip
    net = lay_out_power([("oracle", block) for block in blocks], count + 1, 1)
    return solve_power(net, watts[:, None])


@pytest.mark.parametrize(("buses", "seed"), [(2, 0), (8, 1), (30, 2), (120, 3)])
def test_voltages_currents_and_losses_are_those_of_pandapower(buses, seed):
    numbers = tree(buses, seed)
    theirs, ours = with_pandapower(*numbers), here(*numbers)
    np.testing.assert_allclose(np.abs(ours.node_voltage_ratio[:, 0]), theirs.res_bus.vm_pu, rtol=1e-9)
    np.testing.assert_allclose(
        np.degrees(np.angle(ours.node_voltage_ratio[:, 0])), theirs.res_bus.va_degree, atol=1e-7
    )
    np.testing.assert_allclose(np.abs(ours.line_current_a[:, 0]), 1e3 * theirs.res_line.i_ka, rtol=1e-8)
    np.testing.assert_allclose(ours.line_loss_w[:, 0], 1e6 * theirs.res_line.pl_mw, rtol=1e-6, atol=1e-3)
    assert ours.transformer_loss_w[0, 0] == pytest.approx(1e6 * theirs.res_trafo.pl_mw[0], rel=1e-6)
    assert ours.transformer_loading_ratio[0, 0] == pytest.approx(
        theirs.res_trafo.loading_percent[0] / 100, rel=1e-8
    )
    assert ours.feed_power_va[0, 0].real == pytest.approx(1e6 * theirs.res_ext_grid.p_mw[0], rel=1e-9)
