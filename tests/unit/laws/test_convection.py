"""Heat between wall and fluid, and fluid on its way through a pipe."""

import numpy as np
import pytest

from twin.laws import advection, convection, exchange


def test_a_nusselt_number_has_no_step_and_rises_with_flow():
    reynolds = np.linspace(10.0, 2e4, 4001)
    found = convection.pipe_nusselt(reynolds, np.array(6.0), np.array(1e-5))
    assert found[0] == convection.LAMINAR_NUSSELT_RATIO
    steps = np.diff(found)
    assert (steps >= 0.0).all()
    assert steps.max() < 0.15


def test_water_of_25_degrees_has_the_prandtl_number_of_the_tables():
    found = convection.prandtl(np.array(4180.0), np.array(8.9e-4), np.array(0.607))
    assert found == pytest.approx(6.13, abs=0.01)


def test_shells_in_series_end_at_counterflow():
    ntu, ratio = np.array([0.5, 2.0, 4.0, 60.0, 4.0]), np.array([0.5, 0.5, 1.0, 0.7, 0.0])
    many = exchange.shell_and_tube(ntu, ratio, 400.0)
    np.testing.assert_allclose(many, exchange.counterflow(ntu, ratio), atol=2e-4)
    two = exchange.shell_and_tube(ntu, ratio, 2.0)
    assert (two >= exchange.shell_and_tube(ntu, ratio) - 1e-12).all()
    assert (two <= exchange.counterflow(ntu, ratio) + 1e-12).all()


def test_fluid_comes_to_the_temperature_of_the_air_as_the_flow_falls():
    capacity = np.array([1e9, 5.0, 0.01])
    found = advection.leaving(np.full(3, 320.0), np.full(3, 295.0), np.array(5.0), capacity)
    np.testing.assert_allclose(found, [320.0, 295.0 + 25.0 / np.e, 295.0], atol=1e-6)


def test_insulation_is_what_holds_the_heat():
    bare, thin, thick = advection.insulated_conductance(
        np.array(10.0), np.array(0.0779), np.array(0.0889), np.array([0.0, 0.025, 0.05]),
        wall_w_mk=np.array(15.0), insulation_w_mk=np.array(0.035),
        inner_film_w_m2k=np.array(3000.0), outer_film_w_m2k=np.array(10.0),
    )  # fmt: skip
    # A bare pipe is its outer film, a thick one its insulation: 2 pi k L / ln(d2/d1).
    assert bare == pytest.approx(10.0 * np.pi * 0.0889 * 10.0, rel=0.01)
    assert thick < thin < 0.2 * bare
    assert thick == pytest.approx(2.0 * np.pi * 0.035 * 10.0 / np.log(0.1889 / 0.0889), rel=0.05)


PIPE = {"volume_m3": 0.1, "capacity_j_k": 4e5, "loss_w_k": 200.0, "ambient_k": 295.0, "initial_k": 300.0}


def test_a_step_arrives_as_a_step_after_the_content_has_passed():
    time = np.arange(0.0, 201.0)
    found = advection.plug_flow_leaving(time, np.full(201, 320.0), np.full(201, 1e-3), **PIPE)
    settled = advection.leaving(np.array(320.0), np.array(295.0), np.array(200.0), np.array(4000.0))
    # After 100 s; what was in the pipe cools until then.
    np.testing.assert_allclose(found[101:], settled, rtol=1e-12)
    assert found[99] == pytest.approx(295.0 + 5.0 * np.exp(-99.0 * 200.0 / 4e5))


def test_what_stands_in_a_pipe_cools_and_leaves_later():
    time = np.arange(0.0, 400.0)
    flow = np.where((time >= 50.0) & (time < 150.0), 0.0, 1e-3)
    found = advection.plug_flow_leaving(time, np.full(400, 320.0), flow, **PIPE)
    # The first parcel is on its way for 200 s, of which it stands 100 s; the last ones for 100 s.
    assert found[198] < 300.0
    assert found[202] == pytest.approx(295.0 + 25.0 * np.exp(-200.0 * 200.0 / 4e5))
    assert found[390] == pytest.approx(295.0 + 25.0 * np.exp(-100.0 * 200.0 / 4e5))
    assert (np.diff(found[50:150]) < 0.0).all()


def test_what_leaves_a_pipe_without_loss_is_what_entered_it():
    rng = np.random.default_rng(3)
    time = np.arange(0.0, 1000.0, 0.5)
    entering, flow = rng.uniform(290.0, 330.0, 2000), rng.uniform(0.0, 2e-3, 2000)
    found = advection.plug_flow_leaving(time, entering, flow, **{**PIPE, "loss_w_k": 0.0})
    assert set(found[:50]) == {300.0}
    assert np.isin(found, np.append(entering, 300.0)).all()
