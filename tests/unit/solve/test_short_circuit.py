"""Laws of short-circuit currents."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.solve.fault_nets import bus, generator, grid, hall, line, motor, solved, transformer

ROOT3 = np.sqrt(3.0)


def test_a_fault_at_the_terminals_of_the_grid_is_its_declared_power():
    for side, mva in (("max", 500.0), ("min", 300.0)):
        found = solved(hall(), case=side)
        assert found.ikss_a[0, 0] == pytest.approx(mva * 1e6 / (ROOT3 * 20e3), rel=1e-12)


def test_the_line_line_current_is_0_866_of_the_three_phase_one_far_from_machines():
    three, two = solved(hall()), solved(hall(), fault="2ph")
    np.testing.assert_allclose(two.ikss_a, ROOT3 / 2.0 * three.ikss_a, rtol=1e-12)
    np.testing.assert_allclose(two.ip_a, ROOT3 / 2.0 * three.ip_a, rtol=1e-12)


def test_far_from_machines_nothing_decays():
    found = solved(hall(), ib=True, ik=True, tmin_s=0.1)
    np.testing.assert_allclose(found.ib_a, found.ikss_a, rtol=1e-12)
    np.testing.assert_allclose(found.ik_a, found.ikss_a, rtol=1e-12)


def test_a_board_behind_a_transformer_has_the_current_of_a_hand_calculation():
    """20 kV, 500 MVA, R/X 0.1; 2 MVA, 20/0.4 kV, 6 %, 0.9 %; busway 40 m of 0.05 + j0.03 mOhm/m.

    The grid at 0.4 kV: 1.1 * 0.4^2 / 500 = 0.352 mOhm, X = 0.995 of it, R = 0.1 X.
    The transformer: 0.4^2 / 2 = 80 mOhm, Z = 4.8, R = 0.72, X = 4.7457 mOhm; xT = 0.05932,
    KT = 0.95 * 1.1 / (1 + 0.6 * 0.05932) = 1.00909.
    """
    reactance = 0.352 / np.hypot(1.0, 0.1)
    factor = 0.95 * 1.1 / (1.0 + 0.6 * np.sqrt(0.06**2 - 0.009**2))
    board = (0.1 + 1j) * reactance + factor * (0.72 + 1j * np.sqrt(4.8**2 - 0.72**2))
    rack = board + (2.0 + 1.2j)
    found = solved(hall())
    for row, milliohms in ((1, board), (2, rack)):
        assert found.ikss_a[row, 0] == pytest.approx(1.1 * 400.0 / (ROOT3 * abs(milliohms) * 1e-3), rel=1e-12)
        kappa = 1.02 + 0.98 * np.exp(-3.0 * milliohms.real / milliohms.imag)
        assert found.ip_a[row, 0] == pytest.approx(kappa * np.sqrt(2.0) * found.ikss_a[row, 0], rel=1e-12)
    assert found.ikss_a[1, 0] == pytest.approx(48.9e3, rel=0.001)


def test_line_to_earth_behind_a_delta_is_the_sum_of_three_impedances_by_hand():
    earth = solved(hall(), fault="1ph")
    leakage = 0.4**2 / 2.0 * (0.009 + 1j * np.sqrt(0.055**2 - 0.009**2))
    factor = 0.95 * 1.1 / (1.0 + 0.6 * np.sqrt(0.06**2 - 0.009**2))
    positive = solved(hall()).impedance_ohm[1, 0]
    current = ROOT3 * 1.1 * 400.0 / abs(2.0 * positive + factor * leakage)
    assert earth.ikss_a[1, 0] == pytest.approx(current, rel=1e-12)


def test_the_earthing_of_the_star_point_counts_three_times_and_is_not_corrected():
    bare = solved(hall(), fault="1ph").zero_impedance_ohm
    earthed = solved(
        hall(trafo=[transformer(0, 1, rn_ohm=0.05, xn_ohm=0.02)]), fault="1ph"
    ).zero_impedance_ohm
    np.testing.assert_allclose(earthed[1:] - bare[1:], 0.15 + 0.06j, rtol=1e-9)


@pytest.mark.parametrize("group", ["Dy", "Yy", "Yd", "Dd", "Yyn"])
def test_without_a_way_back_there_is_no_current_to_earth(group):
    found = solved(hall(trafo=[transformer(0, 1, group=group)]), fault="1ph")
    assert np.all(found.ikss_a[1:] == 0.0)
    assert np.all(np.isinf(found.zero_impedance_ohm[1:]))
    assert found.ikss_a[0, 0] > 0.0


def test_an_earthed_star_on_both_sides_passes_the_zero_sequence_of_the_grid():
    network = hall(trafo=[transformer(0, 1, group="YNyn")])
    found = solved(network, fault="1ph").zero_impedance_ohm
    leakage = solved(hall(), fault="1ph").zero_impedance_ohm[1, 0]
    assert found[1, 0] == pytest.approx(found[0, 0] * (0.4 / 20.0) ** 2 + leakage, rel=1e-12)


def test_two_equal_transformers_side_by_side_are_one_of_twice_the_rating():
    pair = hall(trafo=[transformer(0, 1), transformer(0, 1)])
    for fault in ("3ph", "1ph"):
        one, two = solved(hall(trafo=[transformer(0, 1, mva=4.0)]), fault=fault), solved(pair, fault=fault)
        np.testing.assert_allclose(two.ikss_a, one.ikss_a, rtol=1e-12)
        np.testing.assert_allclose(two.ip_a, one.ip_a, rtol=1e-12)


def test_minimum_currents_take_hot_conductors_no_correction_and_no_motors():
    cold = solved(hall(motor=[motor(1)]), case="min")
    hot = solved(hall(line=[line(1, 2, r=0.05, x=0.03, km=0.04, endtemp_degree=120.0)]), case="min")
    assert hot.ikss_a[1, 0] == pytest.approx(cold.ikss_a[1, 0], rel=1e-12)
    rise = (hot.impedance_ohm - cold.impedance_ohm)[2, 0]
    assert rise == pytest.approx(2e-3 * 0.004 * 100.0, rel=1e-9)


@given(km=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=12), rx=st.floats(0.1, 5.0))
@settings(max_examples=30, deadline=None)
def test_current_falls_and_its_peak_flattens_away_from_the_source(km, rx):
    lines = [line(n, n + 1, r=0.1 * rx, km=each) for n, each in enumerate(km)]
    found = solved({"bus": bus(*[20.0] * (len(km) + 1)), "ext_grid": [grid(0)], "line": lines})
    assert np.all(np.diff(found.ikss_a[:, 0]) < 0.0)
    assert np.all(np.diff(found.impedance_ohm.imag[:, 0]) > 0.0)
    assert np.all((found.peak_factor_ratio >= 1.02) & (found.peak_factor_ratio <= 2.0))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_diagonal_of_the_inverse_is_that_of_a_dense_one(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 20))
    ends = [(int(rng.integers(0, n)), n) for n in range(1, count)]
    ends += [tuple(int(n) for n in rng.choice(count, 2, replace=False)) for _ in range(4)]
    ohms = rng.uniform(0.05, 1.0, (len(ends), 2))
    lines = [line(a, b, r=r, x=x) for (a, b), (r, x) in zip(ends, ohms, strict=True)]
    found = solved({"bus": bus(*[20.0] * count), "ext_grid": [grid(0)], "line": lines})
    y = np.zeros((count, count), dtype=complex)
    for (a, b), (r, x) in zip(ends, ohms, strict=True):
        y[[a, b], [a, b]] += 1.0 / (r + 1j * x)
        y[[a, b], [b, a]] -= 1.0 / (r + 1j * x)
    y[0, 0] += 1.0 / ((0.1 + 1j) * 1.1 * 20.0**2 / 500.0 / np.hypot(1.0, 0.1))
    np.testing.assert_allclose(found.impedance_ohm[:, 0], np.diag(np.linalg.inv(y)), rtol=1e-9)


def test_a_converter_gives_what_its_control_gives_whatever_the_fault():
    own = {"bus": 1, "sn_mva": 1.0, "k": 1.2}
    without, found = solved(hall()), solved(hall(sgen=[own]))
    added = found.ikss_a - without.ikss_a
    assert added[1, 0] == pytest.approx(1.2 * 1e6 / (ROOT3 * 400.0), rel=1e-9)
    np.testing.assert_allclose(found.ip_a - without.ip_a, np.sqrt(2.0) * added, rtol=1e-9)
    assert solved(hall(sgen=[own]), case="min").ikss_a[1, 0] == solved(hall(), case="min").ikss_a[1, 0]


def test_an_island_without_a_source_has_no_current_and_no_impedance():
    found = solved(hall(bus=bus(20.0, 0.4, 0.4, 0.4, 0.4), line=[line(3, 4)]), ith=True, ik=True)
    assert not found.live[2:].any()
    for current in (found.ikss_a, found.ip_a, found.ith_a, found.ik_a):
        assert np.all(current[2:] == 0.0)


def lone(**changes):
    """Return a generator and a busway behind it."""
    return {"bus": bus(0.4, 0.4), "gen": [generator(0, **changes)], "line": [line(0, 1, r=0.02, x=0.02)]}


def test_a_lone_generator_gives_c_over_its_corrected_reactance_and_then_decays():
    found = solved(lone(sustained_current_pu=2.0), ib=True, ik=True, tmin_s=0.1)
    factor = 1.1 / (1.0 + 0.15 * 0.6)
    rated = 2.5e6 / (ROOT3 * 400.0)
    impedance = factor * np.hypot(0.0005, 0.15 * 0.4**2 / 2.5)
    assert found.ikss_a[0, 0] == pytest.approx(1.1 * 400.0 / (ROOT3 * impedance), rel=1e-12)
    assert found.ik_a[0, 0] == pytest.approx(2.0 * rated, rel=1e-12)
    mu = 0.62 + 0.72 * np.exp(-0.32 * found.ikss_a[0, 0] / rated)
    radial = solved(lone(), ib=True, tmin_s=0.1, topology="radial")
    assert radial.ib_a[0, 0] == pytest.approx(mu * found.ikss_a[0, 0], rel=1e-9)
    assert mu * found.ikss_a[0, 0] < found.ib_a[0, 0] < found.ikss_a[0, 0]


def test_the_steady_current_of_a_lone_generator_is_never_guessed():
    found = solved(lone(), ik=True)
    assert np.all(np.isnan(found.ik_a))
    assert np.all(found.ikss_a > 0.0)


def test_motors_add_to_the_first_current_decay_and_are_gone_in_the_end():
    without, found = solved(hall()), solved(hall(motor=[motor(1)]), ib=True, ik=True, tmin_s=0.1)
    rated = 0.2e6 / (0.95 * 0.88) / (ROOT3 * 400.0)
    added = (found.ikss_a - without.ikss_a)[1, 0]
    assert added == pytest.approx(1.1 * 6.0 * rated, rel=0.03)  # the two currents are not quite in phase
    assert without.ikss_a[1, 0] < found.ib_a[1, 0] < found.ikss_a[1, 0]
    np.testing.assert_allclose(found.ik_a, without.ikss_a, rtol=1e-12)


@pytest.mark.parametrize(("megawatts", "left_out"), [(0.2, True), (0.4, False)])
def test_motors_are_left_out_up_to_one_percent_of_the_current_without_them(megawatts, left_out):
    """48.9 kA without motors: 489 A of rated current, 0.28 MW at these ratings."""
    network = hall(motor=[motor(1, pn_mech_mw=megawatts)])
    found = solved(network, neglect_small_motors=True)
    expected = solved(hall()) if left_out else solved(network)
    assert found.ikss_a[1, 0] == pytest.approx(expected.ikss_a[1, 0], rel=1e-12)


def unit(**changes):
    """Return a power-station unit on a 110 kV grid."""
    made = {"power_station_unit": True, "oltc": True, "group": "YNd5"} | changes
    return {
        "bus": bus(110.0, 20.0), "ext_grid": [grid(0, s_sc_max_mva=5e3)],
        "trafo": [transformer(0, 1, mva=150.0, kv=(115.0, 21.0), uk=16.0, ur=0.5, **made)],
        "gen": [generator(1, vn_kv=21.0, sn_mva=150.0, power_station_trafo=0)],
    }  # fmt: skip


def test_at_its_own_terminals_a_unit_gives_its_share_at_its_rated_voltage():
    found = solved(unit())
    factor = 1.1 / (1.0 + 0.15 * 0.6)
    machine = 1.0 / (factor * (0.0005 + 1j * 0.15 * 21.0**2 / 150.0))
    grid_ohm = (0.1 + 1j) * 1.1 * 110.0**2 / 5e3 / np.hypot(1.0, 0.1) * (21.0 / 115.0) ** 2
    through = 21.0**2 / 150.0 * (0.005 + 1j * np.sqrt(0.16**2 - 0.005**2)) + grid_ohm
    current = 1.1 * 21e3 / ROOT3 * abs(machine + 1.0 / through)
    assert found.ikss_a[1, 0] == pytest.approx(current, rel=1e-9)


def test_a_permanent_tap_enters_a_unit_without_taps_on_load_only():
    with_tap, without = (solved(unit(oltc=on, pt_percent=5.0)).ikss_a[0, 0] for on in (False, True))
    plain = solved(unit(oltc=False)).ikss_a[0, 0]
    assert with_tap > plain
    assert without == solved(unit(oltc=True)).ikss_a[0, 0]


def test_method_c_is_exact_where_all_impedances_have_one_angle():
    lines = [line(0, 1, r=0.03, x=0.3), line(1, 2, r=0.05, x=0.5), line(2, 0, r=0.01, x=0.1)]
    found = solved({"bus": bus(20.0, 20.0, 20.0), "ext_grid": [grid(0)], "line": lines}, kappa_method="C")
    np.testing.assert_allclose(found.peak_factor_ratio, 1.02 + 0.98 * np.exp(-0.3), rtol=1e-12)


def ring(rx):
    ends = ((0, 1), (1, 2), (2, 0))
    return {
        "bus": bus(20.0, 20.0, 20.0, 20.0), "ext_grid": [grid(3)],
        "line": [line(3, 0, r=0.03, x=0.3), *(line(a, b, r=0.1 * rx) for a, b in ends)],
    }  # fmt: skip


def test_method_b_raises_kappa_in_meshes_unless_all_branches_are_inductive():
    plain = solved(ring(1.0), kappa_method="B", topology="radial").peak_factor_ratio[:, 0]
    raised = solved(ring(1.0), kappa_method="B").peak_factor_ratio[:, 0]
    np.testing.assert_allclose(raised / plain, [1.0, 1.15, 1.15, 1.0], rtol=1e-12)
    inductive = [
        solved(ring(0.2), kappa_method="B", topology=t).peak_factor_ratio for t in ("auto", "radial")
    ]
    np.testing.assert_allclose(*inductive, rtol=1e-12)
