"""The same networks in pandapower's calc_sc and here, zero sequence included."""

import warnings

import numpy as np
import pytest

from twin.interop.fault_read import READ, question
from twin.interop.fault_results import answer

pandapower = pytest.importorskip("pandapower")
pandas = pytest.importorskip("pandas")
shortcircuit = pytest.importorskip("pandapower.shortcircuit")


def hall():
    """Return 20 kV grid, two transformers on 0.4 kV boards, cables, a coupled ring, motors."""
    net = pandapower.create_empty_network()
    grid, ring = (pandapower.create_bus(net, vn_kv=20.0) for _ in range(2))
    boards = [pandapower.create_bus(net, vn_kv=0.4) for _ in range(2)]
    racks = [pandapower.create_bus(net, vn_kv=0.4) for _ in range(4)]
    pandapower.create_ext_grid(
        net, grid, s_sc_max_mva=500.0, s_sc_min_mva=200.0, rx_max=0.1, rx_min=0.3, x0x_max=1.0, r0x0_max=0.1,
        x0x_min=1.2, r0x0_min=0.2,
    )  # fmt: skip
    line(net, grid, ring, km=1.2, r=0.125, x=0.11, factor0=3.0)
    for high, low, uk, group in ((grid, boards[0], 6.0, "Dyn"), (ring, boards[1], 6.5, "Dyn")):
        transformer(net, high, low, mva=2.0, kv=(20.0, 0.41), uk=uk, ur=0.9, group=group)
    for n, rack in enumerate(racks):
        line(net, boards[n % 2], rack, km=0.03 + 0.02 * n, r=0.164, x=0.08, factor0=4.0, parallel=2)
    line(net, racks[2], racks[3], km=0.05, r=0.32, x=0.08, factor0=4.0)
    pandapower.create_motor(
        net, boards[1], pn_mech_mw=0.2, cos_phi=0.88, cos_phi_n=0.88, efficiency_n_percent=95.0, lrc_pu=6.0,
        rx=0.42, vn_kv=0.4,
    )  # fmt: skip
    return net


def grid_of_three_levels():
    """Return two feeders, three windings, a ring and transformers of several vector groups."""
    net = pandapower.create_empty_network()
    top, *middle = (pandapower.create_bus(net, vn_kv=kv) for kv in (380.0, 110.0, 110.0, 110.0))
    low = [pandapower.create_bus(net, vn_kv=30.0) for _ in range(2)]
    star, spur = pandapower.create_bus(net, vn_kv=20.0), pandapower.create_bus(net, vn_kv=20.0)
    for bus, mva, x0 in ((top, 25e3, 3.0), (middle[2], 3e3, 3.3)):
        pandapower.create_ext_grid(
            net, bus, s_sc_max_mva=mva, s_sc_min_mva=0.7 * mva, rx_max=0.1, rx_min=0.12, x0x_max=x0,
            r0x0_max=0.15, x0x_min=x0, r0x0_min=0.2,
        )  # fmt: skip
    for a, b, km in ((0, 1, 20.0), (0, 2, 5.0), (0, 2, 5.0), (2, 1, 10.0)):
        line(net, middle[a], middle[b], km=km, r=0.12, x=0.39, factor0=3.2)
    for bus, group in ((low[0], "YNynd"), (low[1], "YNdd")):
        pandapower.create_transformer3w_from_parameters(
            net, top, middle[0], bus, vn_hv_kv=400.0, vn_mv_kv=120.0, vn_lv_kv=30.0, sn_hv_mva=350.0,
            sn_mv_mva=350.0, sn_lv_mva=50.0, vk_hv_percent=21.0, vk_mv_percent=7.0, vk_lv_percent=10.0,
            vkr_hv_percent=0.26, vkr_mv_percent=0.16, vkr_lv_percent=0.16, pfe_kw=0.0, i0_percent=0.0,
            vk0_hv_percent=44.1, vk0_mv_percent=6.3, vk0_lv_percent=6.3, vkr0_hv_percent=0.26,
            vkr0_mv_percent=0.16, vkr0_lv_percent=0.16, vector_group=group,
        )  # fmt: skip
    transformer(net, middle[1], star, mva=40.0, kv=(112.0, 21.0), uk=12.0, ur=0.5, group="YNyn")
    transformer(net, middle[2], star, mva=25.0, kv=(110.0, 20.0), uk=11.0, ur=0.6, group="YNd")
    line(net, star, spur, km=4.0, r=0.2, x=0.12, factor0=3.0)
    return net


def power_station(*, on_load):
    """Return a unit behind its transformer, a generator on its own busbar, and a grid."""
    net = pandapower.create_empty_network()
    high, terminals, own = (pandapower.create_bus(net, vn_kv=kv) for kv in (110.0, 20.0, 10.0))
    pandapower.create_ext_grid(net, high, s_sc_max_mva=5e3, s_sc_min_mva=3e3, rx_max=0.1, rx_min=0.1)
    transformer(net, high, terminals, mva=150.0, kv=(115.0, 21.0), uk=16.0, ur=0.5, group="YNd")
    net.trafo["power_station_unit"], net.trafo["oltc"], net.trafo["pt_percent"] = True, on_load, 0.0
    transformer(net, high, own, mva=60.0, kv=(115.0, 10.5), uk=12.0, ur=0.4, group="YNd")
    net.trafo["power_station_unit"] = [True, False]
    net.trafo["oltc"] = [on_load, False]
    for bus, mva, kv, unit in ((terminals, 150.0, 21.0, 0), (own, 30.0, 10.5, np.nan)):
        pandapower.create_gen(
            net, bus, p_mw=0.0, vn_kv=kv, sn_mva=mva, xdss_pu=0.14, rdss_ohm=0.004, cos_phi=0.85,
            pg_percent=5.0 if bus == terminals else 0.0, power_station_trafo=unit,
        )  # fmt: skip
    line(net, own, pandapower.create_bus(net, vn_kv=10.0), km=1.5, r=0.16, x=0.11, factor0=3.0)
    return net


def line(net, a, b, *, km, r, x, factor0, parallel=1):
    pandapower.create_line_from_parameters(
        net, a, b, length_km=km, r_ohm_per_km=r, x_ohm_per_km=x, c_nf_per_km=0.0, max_i_ka=1.0,
        r0_ohm_per_km=factor0 * r, x0_ohm_per_km=factor0 * x, c0_nf_per_km=0.0, endtemp_degree=80.0,
        parallel=parallel,
    )  # fmt: skip


def transformer(net, a, b, *, mva, kv, uk, ur, group):
    pandapower.create_transformer_from_parameters(
        net, a, b, sn_mva=mva, vn_hv_kv=kv[0], vn_lv_kv=kv[1], vkr_percent=ur, vk_percent=uk, pfe_kw=0.0,
        i0_percent=0.0, vk0_percent=0.9 * uk, vkr0_percent=ur, mag0_percent=500.0, mag0_rx=0.2,
        si0_hv_partial=0.6, vector_group=group,
    )  # fmt: skip


def both(net, **call):
    """Return currents of both, in kA: ikss, ip (theirs None for line to earth)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shortcircuit.calc_sc(net, ip=call["fault"] != "1ph", **call)
    tables = {}
    for table in READ:
        rows = net[table].drop(columns=["geo"], errors="ignore").reset_index()
        tables[table] = [
            {key: value for key, value in row.items() if not pandas.isna(value)}
            for row in rows.astype(object).to_dict("records")
        ]
    found = answer(question({"network": tables, "call": call}, file="oracle"))
    theirs = net.res_bus_sc
    return found, theirs


OPTIONS = {"max": {"case": "max"}, "min": {"case": "min"}, "narrow": {"case": "max", "lv_tol_percent": 6}}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("fault", ["3ph", "2ph", "1ph"])
@pytest.mark.parametrize("build", [hall, grid_of_three_levels])
def test_initial_and_peak_currents_are_those_of_pandapower(build, fault, options):
    found, theirs = both(build(), fault=fault, **options)
    np.testing.assert_allclose(found.ikss_a[:, 0], 1e3 * theirs.ikss_ka, rtol=1e-6, atol=1e-9)
    if fault != "1ph":
        np.testing.assert_allclose(found.ip_a[:, 0], 1e3 * theirs.ip_ka, rtol=1e-6)


@pytest.mark.parametrize("on_load", [True, False])
@pytest.mark.parametrize("fault", ["3ph", "2ph"])
def test_generators_and_power_station_units_are_corrected_as_in_pandapower(fault, on_load):
    found, theirs = both(power_station(on_load=on_load), fault=fault, case="max")
    np.testing.assert_allclose(found.ikss_a[:, 0], 1e3 * theirs.ikss_ka, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.ip_a[:, 0], 1e3 * theirs.ip_ka, rtol=1e-6)


@pytest.mark.parametrize("topology", ["radial", "meshed"])
@pytest.mark.parametrize("build", [hall, grid_of_three_levels])
def test_peaks_by_method_b_are_those_of_pandapower(build, topology):
    net = build()
    net.motor = net.motor.iloc[:0]  # pandapower does not count motors among the paths of a bus
    found, theirs = both(net, fault="3ph", case="max", kappa_method="B", topology=topology)
    np.testing.assert_allclose(found.ip_a[:, 0], 1e3 * theirs.ip_ka, rtol=1e-6)


@pytest.mark.parametrize("build", [hall, grid_of_three_levels])
def test_method_b_leaves_the_factor_1_15_out_no_sooner_than_pandapower(build):
    """The standard leaves it out if all branches are inductive; pandapower, if one path to a source is."""
    net = build()
    net.motor = net.motor.iloc[:0]
    found, theirs = both(net, fault="3ph", case="max", kappa_method="B")
    ratio = found.ip_a[:, 0] / (1e3 * theirs.ip_ka)
    assert ratio.min() >= 1.0 - 1e-6
    assert ratio.max() <= 1.15 + 1e-6


def test_a_converter_adds_the_current_that_pandapower_adds():
    net = hall()
    pandapower.create_sgen(net, 5, p_mw=0.0, sn_mva=0.5, k=1.3, current_source=True)
    found, theirs = both(net, fault="3ph", case="max")
    np.testing.assert_allclose(found.ikss_a[:, 0], 1e3 * theirs.ikss_ka, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.ip_a[:, 0], 1e3 * theirs.ip_ka, rtol=1e-6)
